"""Open time on a calendar, or by day and by night where there is none. What never comes is None, not an error.

All functions raise UnknownHolidaysError where the answer lies in years whose public holidays are not known, except
that a lead of business days then reaches back to its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import CalendarError
from ticketflow.kernel.instants import DAY, MICROSECOND


def opened_between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """Return the open time from *start* to *end*; all of it if there is no calendar."""
    return calendar.between(start, end) if calendar else end - start


def lengths(calendar: Calendar | None, instants: Sequence[datetime]) -> list[timedelta]:
    """Return the open time from each of these instants to the next one; all of it if there is no calendar."""
    if calendar:
        return calendar.between_each(instants)
    return [end - start for start, end in pairwise(instants)]


def add_open(calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime | None:
    """Return the instant by which *amount* of open time has passed; None if it never has."""
    try:
        return calendar.add(start, amount) if calendar else plus(start, amount)
    except CalendarError:
        return None


def plus(at: datetime, amount: timedelta) -> datetime | None:
    """Return the instant *amount* after *at*; None beyond the year 9999."""
    try:
        return at + amount
    except OverflowError:
        return None


def subtract_open(calendar: Calendar | None, due: datetime, lead: timedelta) -> datetime | None:
    """Return the instant *lead* of open time before *due*; None if there is none."""
    try:
        return calendar.add(due, -lead) if calendar else due - lead
    except (CalendarError, OverflowError):
        return None


def business_days_before(calendar: Calendar, due: datetime, days: int, start: datetime) -> datetime:
    """Return the instant *days* business days before *due*, but not before *start*: 1.7, mirrored in time."""
    try:
        before = calendar.add(due, -MICROSECOND)  # the last open microsecond: a closing belongs to the day that it ends
        day, zone = calendar.shift_date(before), load_zone(calendar.zone)
        reading = to_local(before, zone) - datetime.combine(day, time())
        first = to_local(start, zone).date() - DAY  # a shift that runs overnight belongs to the day before
        while days and day >= first:
            day -= DAY
            days -= calendar.has_open_time_on(day)
        at = from_local(datetime.combine(day, time()) + reading, zone)
        return start if days else max(calendar.add(at + MICROSECOND, -MICROSECOND) + MICROSECOND, start)
    except (CalendarError, OverflowError):
        return start
