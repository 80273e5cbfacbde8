"""Follow a clock through the changes of the facts that it reads: its cycles, and how it goes in each.

This is one fold, forward in time. Each moment at which a fact changes can begin a cycle, stop it, or change how the
clock goes. A fold can be continued, so a new entry costs what it changes, not what the history has.

Source: docs/semantics.md 4.1, 4.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ticketflow.kernel.field_values import Value
from ticketflow.sla.clock import Clock, Mode
from ticketflow.tickets.facts import Change, Mark

Trails = Mapping[str, Change]
"""For each fact, the values it had and when each began."""


_new = tuple.__new__  # a named tuple made by its class costs twice as much

Moment = tuple[Mark, tuple[Value, ...], bool]
"""An entry of the history that changes facts which a clock reads.

The mark of the last of these changes; the values of all facts after it, in the order of `Clock.names`; and whether the
fact of `Measure.each` is among those that change.
"""


class Phase(NamedTuple):
    """A part of a cycle in which the clock goes one way.

    Attributes:
        start: The start of the phase.
        mode: How the clock goes.
        deadline: The due instant, if the target in force is a `Deadline` and its field has one.
    """

    start: datetime
    mode: Mode
    deadline: datetime | None


class Cycle(NamedTuple):
    """One cycle of a clock, from its start to its stop.

    Attributes:
        start: The mark of the entry that started it.
        begun: The values of the facts at its start, in the order of `Clock.names`.
        phases: The phases of the cycle, oldest first; the next one begins where one ends.
        stop: The mark of the entry that stopped it; None while it is under way.
        is_void: Whether it stopped and counts neither as met nor as missed.
        later: The phases since the stop. They belong to the cycle if it goes on.
    """

    start: Mark
    begun: tuple[Value, ...]
    phases: tuple[Phase, ...] = ()
    stop: Mark | None = None
    is_void: bool = False
    later: tuple[Phase, ...] = ()


def moments(clock: Clock, trails: Trails, known: tuple[Value, ...] | None, after: int) -> list[Moment]:
    """Return the moments of a clock after an entry, oldest first.

    Args:
        clock: The clock.
        trails: The changes of a ticket's facts.
        known: The values of the facts after that entry; None before the opening.
        after: The sequence of the entry; -1 before the opening.
    """
    names = clock.names
    found: list[tuple[int, int, Value, Mark]] = []
    for place, name in enumerate(names):
        trail = trails.get(name)
        while trail is not None:
            mark = trail.mark
            if (sequence := mark.sequence) <= after:
                break
            found.append((sequence, place, trail.value, mark))
            trail = trail.before
    if not found:
        return []
    found.sort()  # an entry leaves one change of a fact, so values are never compared
    values: list[Value] = [None] * len(names) if known is None else [*known]
    each = -1 if clock.measure.each is None else names.index(clock.measure.each)
    those: list[Moment] = []
    last, _, _, mark = found[0]
    begins = False
    for sequence, place, value, changed in found:
        if sequence != last:
            those.append((mark, tuple(values), begins))
            last, mark, begins = sequence, changed, False
        elif changed.step > mark.step:
            mark = changed
        values[place] = value
        if place == each:
            begins = True
    those.append((mark, tuple(values), begins))
    return those


def follow(clock: Clock, present: Cycle | None, those: Iterable[Moment]) -> list[Cycle]:
    """Return the present cycle as later moments leave it, and the cycles that begin with them, oldest first.

    Args:
        clock: The clock.
        present: The last cycle before these moments; None if the clock did not start.
        those: The moments.
    """
    course_of, again = clock.course, clock.measure.again
    goes_on = again in ("continue", "count")
    cycles: list[Cycle] = []
    phases: list[Phase] = []
    start: Mark | None = None
    stop: Mark | None = None
    begun: tuple[Value, ...] = ()
    is_void, kept = False, 0
    if present is not None:
        start, begun, before, stop, is_void, later = present
        phases, kept = [*before, *later], len(before)
    last_mode, last_deadline = (phases[-1].mode, phases[-1].deadline) if phases else (None, None)
    for mark, values, begins in those:
        runs, voids, mode, _ = course = course_of(values)
        if goes_on and runs:
            stop = None
        elif start is not None and stop is None and (not runs or begins):
            stop, is_void, kept = mark, voids, len(phases)
        if start is None or (stop is not None and again == "anew"):
            if not runs:
                continue
            if start is not None:
                cycles.append(_cycle(start, begun, phases, stop, kept, is_void=is_void))
            start, begun, phases, stop, last_mode = mark, values, [], None, None
        if stop is None or goes_on:  # phases after the stop belong to the cycle if it goes on
            if mode is None:
                mode = clock.mode(course, start.at, begun)
            deadline = None
            if mode.place is not None and isinstance(value := values[mode.place], datetime):
                deadline = value
            if mode is not last_mode or deadline != last_deadline:
                phases.append(_new(Phase, (mark.at, mode, deadline)))
                last_mode, last_deadline = mode, deadline
    if start is not None:
        cycles.append(_cycle(start, begun, phases, stop, kept, is_void=is_void))
        if present is not None and _goes_on_unchanged(present, cycles[0]):
            cycles[0] = present
    return cycles


def _cycle(
    start: Mark, begun: tuple[Value, ...], phases: list[Phase], stop: Mark | None, kept: int, *, is_void: bool
) -> Cycle:
    """Return a cycle with these phases; if it stopped, those after the first *kept* ones are later than the stop."""
    if stop is None:
        return Cycle(start, begun, tuple(phases))
    return Cycle(start, begun, tuple(phases[:kept]), stop, is_void, tuple(phases[kept:]))


def _goes_on_unchanged(present: Cycle, cycle: Cycle) -> bool:
    """Return whether nothing changed in the present cycle, given what became of it."""
    return (
        cycle.stop is present.stop
        and len(cycle.phases) == len(present.phases)
        and len(cycle.later) == len(present.later)
    )
