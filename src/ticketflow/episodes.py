"""When rules that wait for time are armed, and the occurrences that lie ahead of a ticket.

An episode of a rule begins with the entry that made its condition true, or that moved its anchor while it was true. It
is over once the condition is false or the moment it is `ended_by` has come. Nothing of this is stored: it is read from
the ticket's trails and marks, whatever the length of the history.

Source: docs/semantics.md 3.4, 3.5, 3.10.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

import attrs

from ticketflow.actions import Action, Move
from ticketflow.anchors import last_mark, last_moved
from ticketflow.calendars import Calendar
from ticketflow.clocks import reached
from ticketflow.conditions import true_since
from ticketflow.errors import NeverOpenError, OutOfRangeError, UnknownHolidaysError
from ticketflow.events import TimeReason
from ticketflow.rules import Rule, Rules, Rung, Timetable
from ticketflow.ticket import Ticket
from ticketflow.values import Mark
from ticketflow.walls import EPOCH


@attrs.frozen
class Occurrence:
    """A rung of a rule that lies ahead of a ticket.

    Attributes:
        rule: The rule.
        number: Which rung, from 0.
        rung: What is to be done.
        armed: When its episode was armed, and by which entry.
        due_at: When it is due by itself.
        at: When it takes effect: never before the ticket's last entry.
        reason: Which span since which anchor.
        is_superseded: Whether it gives way to the last rung, which is due at the same instant.
    """

    rule: Rule
    number: int
    rung: Rung
    armed: Mark
    due_at: datetime
    at: datetime
    reason: TimeReason
    is_superseded: bool

    @property
    def order(self) -> tuple[datetime, datetime, int, str, int, int]:
        """Its place among occurrences of the same instant; total, and no matter of listing (3.10)."""
        return (self.at, self.due_at, self.rule.rank, self.rule.id, self.armed.sequence, self.number)


def armed_at(rule: Rule, moved: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the entry that armed the rule's present episode; None if there is no episode.

    Args:
        rule: The rule.
        moved: When its anchor last moved.
        ticket: The ticket.
    """
    true = true_since(rule.given, ticket)
    if true is None:
        return None
    armed = max(true, moved, key=lambda mark: mark.place)
    ended = last_mark(rule.ended_by, ticket.marks) if rule.ended_by else None
    return None if ended and ended.place >= armed.place else armed


def occurrences(rule: Rule, times: Timetable, ticket: Ticket, rules: Rules) -> Iterator[Occurrence]:
    """Yield what lies ahead of *ticket* in the rule's present episode, first to last, as far as is known."""
    moved = last_moved(times.since, ticket.marks)
    armed = armed_at(rule, moved[1], ticket) if moved else None
    if moved is None or armed is None:
        return
    anchor, since = moved
    instants = list(_instants(rule, times, since.at, rules))
    late = sum(instant <= armed.at for instant in instants)
    behind = ticket.last_fired(rule.id, rule.generation, armed.sequence)
    first = max(late - 1, 0 if behind is None else behind + 1)
    last = len(times.rungs) - 1
    for number in range(first, len(instants)):
        rung = times.rungs[number]
        due_at = max(instants[number], armed.at)
        yield Occurrence(
            rule=rule,
            number=number,
            rung=rung,
            armed=armed,
            due_at=due_at,
            at=max(due_at, ticket.changed_at),
            reason=TimeReason(anchor, since.at, rung.after),
            is_superseded=number < last < len(instants) and instants[number] == instants[last],
        )


def _instants(rule: Rule, times: Timetable, since: datetime, rules: Rules) -> Iterator[datetime]:
    """Yield when each rung is due, none before its predecessor, up to the first that never comes or is not known."""
    calendar = rules.calendars[rule.calendar]
    try:
        yield from accumulate((reached(since, rung.after, calendar) for rung in times.rungs), max)
    except (NeverOpenError, OutOfRangeError, UnknownHolidaysError):
        return


def ahead(ticket: Ticket, rules: Rules) -> Iterator[Occurrence]:
    """Yield everything that lies ahead of *ticket* if nothing else happens, as far as is known, rule by rule."""
    for rule, times in rules.timers:
        if rule.id not in ticket.halted:
            yield from occurrences(rule, times, ticket, rules)


def first_ahead(ticket: Ticket, rules: Rules) -> Occurrence | None:
    """Return the occurrence that comes first, as far as is known; None if nothing lies ahead."""
    return min(ahead(ticket, rules), key=lambda occurrence: occurrence.order, default=None)


def unknown_from(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return from which instant on it is not known what lies ahead of *ticket*; None if all is known.

    So it is where a rung that lies ahead would be counted beyond the years whose public holidays are known.

    Source: docs/semantics.md 1.5.
    """
    limits = []
    for rule, times in rules.timers:
        moved = last_moved(times.since, ticket.marks)
        armed = armed_at(rule, moved[1], ticket) if moved and rule.id not in ticket.halted else None
        if moved and armed:
            calendar = rules.calendars[rule.calendar]
            if _is_cut_short(times, moved[1].at, calendar):
                limits.append(EPOCH + calendar.limits[1])
    return min(limits, default=None)


def _is_cut_short(times: Timetable, since: datetime, calendar: Calendar) -> bool:
    try:
        for rung in times.rungs:
            reached(since, rung.after, calendar)
    except UnknownHolidaysError:
        return True
    except (NeverOpenError, OutOfRangeError):
        return False
    return False


def when_taken(transition: str, ticket: Ticket, rules: Rules) -> datetime | None:
    """Return when a rule will take *transition* if nothing else happens; None if none will, or another moves first."""
    moves = (each for each in ahead(ticket, rules) if not each.is_superseded and any(map(_is_move, each.rung.then)))
    first = min(moves, key=lambda occurrence: occurrence.order, default=None)
    return first.at if first and Move(transition) in first.rung.then else None


def _is_move(action: Action) -> bool:
    return isinstance(action, Move)
