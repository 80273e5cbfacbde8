"""Recurrences: instants that come round every week, month or year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

from ticketflow.calendars.hours import time_of_day
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, ZERO, to_utc
from ticketflow.kernel.type_checks import name_kind

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ON = (MO, TU, WE, TH, FR, SA, SU)
_LAST = -1
_STEPS = 3  # the period before, the one at hand, and the next: one of them has the answer

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _within(value: int, name: str, first: int, last: int) -> None:
    if type(value) is not int or not first <= value <= last:
        raise BadValueError(f"{name} {value!r}", f"give a whole number from {first} to {last}")


def _weekday(value: str) -> None:
    if value not in _WEEKDAYS:
        raise BadValueError(f"weekday {value!r}", f"there are: {', '.join(_WEEKDAYS)}")


def _time(value: str | timedelta) -> timedelta:
    at = value if isinstance(value, timedelta) else time_of_day(value)
    if not ZERO <= at < DAY:
        raise BadValueError(f"a wall time of {at}", "give one of the day, such as 09:00")
    return at


def _zone(value: str | None) -> str | None:
    return None if value is None else load_zone(value).key


def _clock(at: timedelta) -> str:
    return f"{at // timedelta(hours=1):02}:{at // timedelta(minutes=1) % 60:02}"


@attrs.frozen
class EveryWeek:
    """A weekday and a wall time, every week.

    Attributes:
        weekday: Which, in lower-case English.
        at: The wall time, such as ``09:00``.
        zone: Whose wall; None for the rule set's.
    """

    weekday: Weekday
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _weekday(self.weekday)

    def dates(self, near: date) -> tuple[date, ...]:
        """Return its dates around *near*, ascending."""
        on = _ON[_WEEKDAYS.index(self.weekday)](+1)
        return tuple(near + relativedelta(days=-7 + 7 * step, weekday=on) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every {self.weekday} at {_clock(self.at)}"


@attrs.frozen
class EveryMonth:
    """A day of the month and a wall time; in shorter months, the last day.

    Attributes:
        day: 1 to 31.
        at: The wall time.
        zone: Whose wall; None for the rule set's.
    """

    day: int
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _within(self.day, "day", 1, 31)

    def dates(self, near: date) -> tuple[date, ...]:
        """Return its dates around *near*, ascending."""
        month = near + relativedelta(day=1)
        return tuple(month + relativedelta(months=step - 1, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every month on day {self.day} at {_clock(self.at)}"


@attrs.frozen
class EveryMonthOn:
    """The n-th weekday of the month, or the last, and a wall time.

    Attributes:
        nth: 1 to 4, or -1 for the last.
        weekday: Which, in lower-case English.
        at: The wall time.
        zone: Whose wall; None for the rule set's.
    """

    nth: int
    weekday: Weekday
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        if self.nth != _LAST:
            _within(self.nth, "nth", 1, 4)
        _weekday(self.weekday)

    def dates(self, near: date) -> tuple[date, ...]:
        """Return its dates around *near*, ascending."""
        on, begin = _ON[_WEEKDAYS.index(self.weekday)](self.nth), 31 if self.nth == _LAST else 1
        months = (near + relativedelta(day=1) + relativedelta(months=step - 1) for step in range(_STEPS))
        return tuple(month + relativedelta(day=begin, weekday=on) for month in months)

    def __str__(self) -> str:
        which = "last" if self.nth == _LAST else ("first", "second", "third", "fourth")[self.nth - 1]
        return f"every {which} {self.weekday} of the month at {_clock(self.at)}"


@attrs.frozen
class EveryYear:
    """A date of the year and a wall time; 29 February is the 28th in other years.

    Attributes:
        month: 1 to 12.
        day: 1 to the month's longest.
        at: The wall time.
        zone: Whose wall; None for the rule set's.
    """

    month: int
    day: int
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _within(self.month, "month", 1, 12)
        _within(self.day, "day", 1, (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[self.month - 1])

    def dates(self, near: date) -> tuple[date, ...]:
        """Return its dates around *near*, ascending."""
        month = near + relativedelta(day=1)
        return tuple(month + relativedelta(years=step - 1, month=self.month, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every year on {self.day}/{self.month} at {_clock(self.at)}"


Recurrence = EveryWeek | EveryMonth | EveryMonthOn | EveryYear
name_kind(Recurrence, "a recurrence, for example EveryWeek('monday', '09:00')")


def next_time(recurrence: Recurrence, at: datetime, zone: ZoneInfo, *, after: bool) -> datetime:
    """Return the first instant, in UTC, at which *recurrence* comes round at or after *at*.

    Args:
        recurrence: What recurs.
        at: From when; aware.
        zone: Whose wall, if the recurrence names none.
        after: Whether *at* itself does not count.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        OutOfRangeError: the answer lies outside the years 1 to 9999.

    Source: docs/semantics.md 1.11: a time that DST skips is the transition, a repeated one the first.

    >>> from datetime import UTC
    >>> monday = EveryWeek("monday", "09:00")
    >>> next_time(monday, datetime(2026, 11, 23, 9, tzinfo=UTC), ZoneInfo("UTC"), after=True).isoformat()
    '2026-11-30T09:00:00+00:00'
    """
    start, wall = to_utc(at, "at"), zone if recurrence.zone is None else load_zone(recurrence.zone)
    try:
        days = recurrence.dates(to_local(start, wall).date())
        found = (from_local(datetime.combine(day, datetime.min.time()) + recurrence.at, wall) for day in days)
        return next(instant for instant in found if instant > start or (instant == start and not after))
    except (OverflowError, ValueError):  # the last year that there is
        raise OutOfRangeError(f"{recurrence} after {start.isoformat()}") from None
