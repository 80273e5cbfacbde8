"""The future occurrences of a rule on a ticket, as far as they are known.

A rule that is in force from an instant on has no occurrences before it: those of its own instant or, armed late, of
the arming.

Source: docs/semantics.md 3.4 to 3.7, 3.10, 3.17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import attrs

from ticketflow.engine.episodes import ArmedTimer, Occurrence, episode, passes_at
from ticketflow.engine.holding import through_gate
from ticketflow.engine.program import Timer
from ticketflow.engine.repeats import (
    first_moment,
    first_repeat,
    moment_occurrences,
    recurrence_occurrences,
    repeat_occurrences,
)
from ticketflow.engine.rungs import first_rung, is_too_early, rung_occurrences
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps
from ticketflow.tickets.ticket import Ticket


def occurrences(timer: Timer, ticket: Ticket) -> Iterator[Occurrence]:
    """Yield the future occurrences of the rule's present episode in order, as far as they are known.

    An endless series yields only its next occurrence. A rule that a mask holds has none.
    """
    try:
        present = _unheld_episode(timer, ticket)
    except (CalendarError, UnknownHolidaysError):
        return
    if present is not None:
        yield from _known_of(present, ticket, masked=timer.is_masked(ticket))


def next_occurrence(timer: Timer, ticket: Ticket, before: datetime) -> Occurrence | datetime | None:
    """Return the next of the rule's `occurrences`; None if there is none.

    If it takes effect after *before*, the answer can be an instant after *before* instead: the earliest one at which it
    can take effect. So a rule is left as soon as it is known to come later than another one.
    """
    try:
        present = _unheld_episode(timer, ticket)
        least = None if present is None else _FIRST[type(timer.times)](present, ticket)
        if present is None or least is None or least > before:
            return least
        if timer.is_plain and not _is_moved(present, least, ticket):
            return Occurrence(present, present.next_number, least, least)
        return next(_known_of(present, ticket, masked=timer.is_masked(ticket)), None)
    except (CalendarError, UnknownHolidaysError):
        return None


def _unheld_episode(timer: Timer, ticket: Ticket) -> ArmedTimer | None:
    """Return the rule's present episode; None if it has none, or if a mask holds it."""
    return None if timer.is_masked(ticket) and not timer.is_dropping else episode(timer, ticket)


def _is_moved(present: ArmedTimer, own: datetime, ticket: Ticket) -> bool:
    """Return whether the next rung of a plain timer may take effect at another instant than its own, or give way.

    It does not if it is due after the arming, and is not late; and, for the notice before the last rung, if the rung
    before it was not late either.
    """
    behind = present.behind
    is_late = own <= present.armed.at or own < ticket.changed_at
    return is_late or (behind is not None and behind.at != behind.due_at)


def _known_of(present: ArmedTimer, ticket: Ticket, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the occurrences of an episode as far as they are known."""
    try:
        yield from _ALL[type(present.times)](present, ticket, masked=masked)
    except (CalendarError, UnknownHolidaysError):
        return


def has_too_early(present: ArmedTimer, ticket: Ticket) -> bool:
    """Return whether an episode without anything ahead has occurrences that are due before the rule is in force."""
    always = attrs.evolve(present, in_force_from=None)
    return present.in_force_from is not None and any(_known_of(always, ticket, masked=False))


def is_cut_short(timer: Timer, ticket: Ticket) -> bool:
    """Return True if part of a rule's present episode lies in years whose public holidays are not known."""
    try:
        present = episode(timer, ticket)
        if present is None:
            return False
        if isinstance(timer.times, Steps):
            for rung in timer.times.rungs:
                at = passes_at(present, rung.after, ticket)
                if at and not is_too_early(present, at):
                    through_gate(timer, at, ticket)
        else:
            list(_ALL[type(timer.times)](present, ticket, masked=False))
    except UnknownHolidaysError:
        return True
    except CalendarError:
        return False
    return False


_ALL: dict[type[Schedule], Callable[..., Iterator[Occurrence]]] = {
    Steps: rung_occurrences,
    Repeats: repeat_occurrences,
    Recurring: recurrence_occurrences,
    AtMoment: moment_occurrences,
}
"""Yield the occurrences of an episode, by the kind of its schedule."""

_FIRST: dict[type[Schedule], Callable[[ArmedTimer, Ticket], datetime | None]] = {
    Steps: first_rung,
    Repeats: first_repeat,
    Recurring: lambda present, _: present.armed.at,
    AtMoment: first_moment,
}
"""Return the instant before which the next occurrence of an episode does not take effect; None if there is none."""
