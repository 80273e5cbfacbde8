"""The occurrences of rules that repeat, that wait for a recurrence, an opening or a closing, and for an instant.

Source: docs/semantics.md 3.4, 3.6, 3.16, 3.17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.recurrence import next_time
from ticketflow.calendars.spans import plus_periods
from ticketflow.calendars.zones import load_zone
from ticketflow.engine.episodes import ArmedTimer, Occurrence
from ticketflow.engine.holding import held, held_until_of
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import MICROSECOND
from ticketflow.rules import triggers
from ticketflow.rules.schedules import Recurring, Repeats
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_REPEATS = 1 << 40  # more than the seconds in ten thousand years


def first_repeat(present: ArmedTimer, ticket: Ticket) -> datetime | None:
    """Return the instant before which no repetition is due that is not in the history; None if none ever is."""
    number = present.next_number
    return _instants(present, ticket)(number) if number < _count(present) else None


def _instants(present: ArmedTimer, ticket: Ticket) -> Callable[[int], datetime]:
    """Return a function that returns when a repetition is due by itself."""
    times, since, calendar = present.times, present.since, present.timer.calendar(ticket)
    assert isinstance(times, Repeats)  # noqa: S101 -- by the table of its callers
    return lambda number: calendar.after(since, plus_periods(times.span, times.every, number))


def _count(present: ArmedTimer) -> int:
    """Return the number of repetitions."""
    assert isinstance(present.times, Repeats)  # noqa: S101 -- by the table of its callers
    return present.times.at_most or _MOST_REPEATS


def repeat_occurrences(present: ArmedTimer, ticket: Ticket, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the next repetition, after one occurrence for all those that it supersedes."""
    instant, count = _instants(present, ticket), _count(present)
    late = _passed(instant, present.armed.at, present.next_number, count)
    first = max(late - 1, present.next_number)
    in_force_from = present.in_force_from
    if in_force_from is not None and present.armed.at < in_force_from:
        first = _passed(instant, in_force_from - MICROSECOND, first, count)
    if first < count:
        moved = held_until_of(present, max(instant(first), present.armed.at), ticket)
        past = _passed(instant, moved, first, count) if moved else first
        number = max(past - 1, first)
        yield from _collapsed(present, ticket, (number, number - first), instant, masked=masked)


def recurrence_occurrences(present: ArmedTimer, ticket: Ticket, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the next time of a recurrence, an opening or a closing, after one occurrence for those it supersedes."""
    assert isinstance(present.times, Recurring)  # noqa: S101 -- by the table below
    times, timer, behind = present.times, present.timer, present.behind
    calendar = timer.named(
        timer.rule.calendar if isinstance(times.occasion, triggers.On) else times.occasion.calendar, ticket
    )
    start, is_behind = behind.due_at if behind else present.armed.at, bool(behind)
    if present.in_force_from is not None and start < present.in_force_from:
        start, is_behind = present.in_force_from, False
    known = [_next_occasion(times.occasion, start, calendar, after=is_behind)]
    if moved := held_until_of(present, known[0], ticket):
        while (following := _next_occasion(times.occasion, known[-1], calendar, after=True)) <= moved:
            known.append(following)
    first = present.next_number
    number = first + len(known) - 1
    which = (number, len(known) - 1)
    yield from _collapsed(present, ticket, which, lambda asked: known[asked - first], masked=masked)


def first_moment(present: ArmedTimer, _: Ticket) -> datetime | None:
    """Return the instant that a rule waits for; None if it has come."""
    return present.since if present.behind is None else None


def moment_occurrences(present: ArmedTimer, ticket: Ticket, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the occurrence of a rule that waits for an instant, if that has not come."""
    if present.behind is None:
        due_at = max(present.since, present.armed.at, present.in_force_from or _EARLIEST)
        at, instead = held(present, due_at, ticket, masked=masked)
        yield Occurrence(present, 0, due_at, max(at, ticket.changed_at), instead)


def _collapsed(
    present: ArmedTimer,
    ticket: Ticket,
    which: tuple[int, int],
    instant: Callable[[int], datetime],
    *,
    masked: bool,
) -> Iterator[Occurrence]:
    """Yield the next repetition, after one occurrence for all those that it supersedes.

    Args:
        present: The episode.
        ticket: The ticket.
        which: The number of the repetition, and how many before it are superseded.
        instant: Returns when a repetition is due by itself.
        masked: Whether a mask drops it.
    """
    (number, superseded), armed = which, present.armed
    due_at = max(instant(number), armed.at)
    at, instead = held(present, due_at, ticket, masked=masked)
    effective = max(at, ticket.changed_at)
    if superseded:
        since = max(instant(number - 1), armed.at)
        yield Occurrence(present, number - 1, since, effective, events.Superseded(superseded))
    yield Occurrence(present, number, due_at, effective, instead)


def _passed(instant: Callable[[int], datetime], at: datetime, first: int, count: int) -> int:
    """Return the number of *count* occurrences that are due at or before *at*; the first *first* count as due.

    The search doubles its steps and halves them again: it asks about two dozen instants for a century of minutes.
    """
    if first >= count or _instant_or_none(instant, first, at) is None:
        return first
    step, low = 1, first
    while low + step < count and _instant_or_none(instant, low + step, at) is not None:
        low, step = low + step, step * 2
    high = min(low + step, count)
    while high - low > 1:
        middle = (low + high) // 2
        if _instant_or_none(instant, middle, at) is None:
            high = middle
        else:
            low = middle
    return low + 1


def _instant_or_none(instant: Callable[[int], datetime], number: int, at: datetime) -> datetime | None:
    """Return the due instant of occurrence *number*; None if it is after *at*."""
    try:
        due_at = instant(number)
    except (CalendarError, UnknownHolidaysError):
        return None
    return due_at if due_at <= at else None


def _next_occasion(occasion: triggers.Occasion, at: datetime, calendar: Calendar, *, after: bool) -> datetime:
    """Return the first instant of a recurrence, an opening or a closing at or after *at*, or only after it.

    Args:
        occasion: The recurrence, opening or closing.
        at: The instant.
        calendar: The calendar that opens or closes, or whose local time a recurrence has.
        after: Whether *at* itself does not count.
    """
    if isinstance(occasion, triggers.On):
        return next_time(occasion.recurrence, at, load_zone(calendar.zone), after=after)
    start = at if after or at == _EARLIEST else at - MICROSECOND
    if not isinstance(occasion, triggers.AtOpening):
        return calendar.next_close(start)
    return calendar.next_open(calendar.next_close(start) if calendar.is_open(start) else start)
