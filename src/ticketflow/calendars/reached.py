"""A stopwatch that knows no ticket: when a span that began at an instant has passed.

Source: docs/semantics.md 1.4, 1.6 to 1.8, 1.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, Span, WorkingTime
from ticketflow.calendars.zones import load_zone
from ticketflow.errors import OutOfRangeError
from ticketflow.kernel.instants import to_utc

if TYPE_CHECKING:
    from datetime import datetime


def reached(since: datetime, span: Span, calendar: Calendar) -> datetime:
    """Return the least instant, in UTC, by which *span* has passed since *since*.

    Args:
        since: The anchor.
        span: Elapsed and calendar spans run day and night; working time and business days on the calendar.
        calendar: Whose hours count, and whose wall a calendar span reads if it names no zone.

    Raises:
        NaiveDatetimeError: *since* has no time zone.
        NeverOpenError: the calendar does not open often enough.
        OutOfRangeError: the answer lies outside the years 1 to 9999.
        UnknownHolidaysError: the answer lies where nobody knows the public holidays.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import BusinessCalendar
    >>> friday = datetime(2026, 11, 20, 17, tzinfo=UTC)
    >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
    >>> [str(reached(friday, span, office)) for span in (Elapsed(hours=2), WorkingTime(hours=2))]
    ['2026-11-20 19:00:00+00:00', '2026-11-23 10:00:00+00:00']
    """
    start = to_utc(since, "since")
    match span:
        case Elapsed(amount=amount):
            try:
                return start + amount
            except OverflowError:
                raise OutOfRangeError(f"{span} after {start.isoformat()}") from None
        case WorkingTime(amount=amount):
            return calendar.add(start, amount)
        case BusinessDays(days=days, anchor=anchor, shut=shut):
            return calendar.add_business_days(start, days, anchor=anchor, shut=shut)
        case CalendarSpan():
            return span.after(start, load_zone(calendar.zone))
        case _:
            assert_never(span)
