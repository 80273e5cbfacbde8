"""The facts of clocks that conditions ask: the status of each clock, and its present or last cycle.

They are derived from the changes of a ticket, like its own facts: values, and since when. A ticket does not have them,
because rules define the clocks.

Source: docs/semantics.md 3.1, 4.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla.clock import Clock
from ticketflow.sla.cycles import Moment, Trails, moments
from ticketflow.tickets.facts import CLOCK, CYCLE, Change, Mark
from ticketflow.tickets.ticket import STANDINGS, Ticket

_UNDER_WAY = ("running", "frozen")


class _Standing(NamedTuple):
    """The derived facts of a clock, as far as they were followed on a ticket.

    Attributes:
        clock: The clock, without its targets.
        sequence: The last entry that changed a fact of the clock; -1 before the opening.
        values: The values of the facts after it; None before the opening.
        status: The changes of the clock's status; None before its start.
        cycle: The changes of the cycle, each as the sequence of the entry that began it; None before its start.
    """

    clock: Clock
    sequence: int = -1
    values: tuple[Value, ...] | None = None
    status: Change | None = None
    cycle: Change | None = None

    def after(self, moment: Moment) -> _Standing:
        """Return the derived facts after a moment of the clock."""
        mark, values, begins = moment
        again, course = self.clock.measure.again, self.clock.course(values)
        status = None if self.status is None else self.status.value
        cycle = self.cycle
        if status in _UNDER_WAY and (not course.runs or (begins and again in ("anew", "never"))):
            status = "void" if course.is_void else "stopped"
        if course.runs and status not in _UNDER_WAY and (status is None or again != "never"):
            cycle = _changed(cycle, mark.sequence, mark) if status is None or again == "anew" else cycle
            status = "running"
        if status in _UNDER_WAY:
            status = "frozen" if course.modes[0].kind == "frozen" else "running"
        trail = self.status if status is None else _changed(self.status, status, mark)
        return _Standing(self.clock, mark.sequence, values, trail, cycle)


def _changed(trail: Change | None, value: Value, mark: Mark) -> Change:
    """Return the changes of a fact after it has had a value since a mark."""
    return trail if trail is not None and trail.value == value else Change(value, mark, trail)


def trails_with(ticket: Ticket, clocks: Iterable[Clock]) -> Trails:
    """Return the changes of a ticket's facts, with the derived facts of clocks. The cost grows with what is new."""
    trails: dict[str, Change] = {**ticket.trails}
    for clock in clocks:
        name, found = clock.policy.name, _standing(ticket, clock.without_targets)
        if found.status is not None and found.cycle is not None:
            trails[CLOCK + name], trails[CYCLE + name] = found.status, found.cycle
    return trails


def _standing(ticket: Ticket, clock: Clock) -> _Standing:
    """Return the derived facts of a clock, and cache them on the ticket, whose successors inherit them."""
    kept: Mapping[str, _Standing] = ticket.__dict__.get(STANDINGS, _NOTHING)
    known = kept.get(clock.policy.name)
    if known is None or known.clock is not clock:
        known = _Standing(clock)
    those = moments(clock, ticket.trails, known.values, known.sequence)
    if not those:
        return known
    for moment in those:
        known = known.after(moment)
    ticket.__dict__[STANDINGS] = {**kept, clock.policy.name: known}  # a new mapping, because tickets share the old one
    return known


_NOTHING: Mapping[str, _Standing] = FrozenMap()
