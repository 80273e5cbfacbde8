"""Recurrences: local times that repeat every week, month or year."""

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
_STEPS = 3  # the previous, current and next period; one of them has the answer

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _check_range(value: int, name: str, first: int, last: int) -> None:
    if type(value) is not int or not first <= value <= last:
        raise BadValueError(f"{name} {value!r} is not possible", f"give a whole number from {first} to {last}")


def _check_weekday(value: str) -> None:
    if value not in _WEEKDAYS:
        raise BadValueError(f"weekday {value!r} does not exist", f"use one of {', '.join(_WEEKDAYS)}")


def _time(value: str | timedelta) -> timedelta:
    at = value if isinstance(value, timedelta) else time_of_day(value)
    if not ZERO <= at < DAY:
        raise BadValueError(f"time of day {at} does not exist", "give a time before 24:00, such as 09:00")
    return at


def _zone(value: str | None) -> str | None:
    return None if value is None else load_zone(value).key


def _clock(at: timedelta) -> str:
    return f"{at // timedelta(hours=1):02}:{at // timedelta(minutes=1) % 60:02}"


@attrs.frozen
class EveryWeek:
    """A recurrence every week, on a weekday at a local time.

    Attributes:
        weekday: The weekday, in lower-case English.
        at: The local time, such as ``09:00``.
        zone: The time zone; None for the zone of the rule set.
    """

    weekday: Weekday
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _check_weekday(self.weekday)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        on = _ON[_WEEKDAYS.index(self.weekday)](+1)
        return tuple(day + relativedelta(days=-7 + 7 * step, weekday=on) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every {self.weekday} at {_clock(self.at)}"


@attrs.frozen
class EveryMonth:
    """A recurrence every month, on a day of the month at a local time.

    Attributes:
        day: The day of the month, 1 to 31; the last day in shorter months.
        at: The local time.
        zone: The time zone; None for the zone of the rule set.
    """

    day: int
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _check_range(self.day, "day", 1, 31)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        month = day + relativedelta(day=1)
        return tuple(month + relativedelta(months=step - 1, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every month on day {self.day} at {_clock(self.at)}"


@attrs.frozen
class EveryMonthOn:
    """A recurrence every month, on the n-th or last occurrence of a weekday at a local time.

    Attributes:
        nth: The number of the occurrence, 1 to 4, or -1 for the last.
        weekday: The weekday, in lower-case English.
        at: The local time.
        zone: The time zone; None for the zone of the rule set.
    """

    nth: int
    weekday: Weekday
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        if self.nth != _LAST:
            _check_range(self.nth, "nth", 1, 4)
        _check_weekday(self.weekday)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        on, begin = _ON[_WEEKDAYS.index(self.weekday)](self.nth), 31 if self.nth == _LAST else 1
        months = (day + relativedelta(day=1) + relativedelta(months=step - 1) for step in range(_STEPS))
        return tuple(month + relativedelta(day=begin, weekday=on) for month in months)

    def __str__(self) -> str:
        which = "last" if self.nth == _LAST else ("first", "second", "third", "fourth")[self.nth - 1]
        return f"every {which} {self.weekday} of the month at {_clock(self.at)}"


@attrs.frozen
class EveryYear:
    """A recurrence every year, on a date at a local time.

    Attributes:
        month: The month, 1 to 12.
        day: The day of the month. 29 February means 28 February outside leap years.
        at: The local time.
        zone: The time zone; None for the zone of the rule set.
    """

    month: int
    day: int
    at: timedelta = attrs.field(converter=_time)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __attrs_post_init__(self) -> None:
        _check_range(self.month, "month", 1, 12)
        _check_range(self.day, "day", 1, (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[self.month - 1])

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        month = day + relativedelta(day=1)
        return tuple(month + relativedelta(years=step - 1, month=self.month, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every year on {self.day}/{self.month} at {_clock(self.at)}"


Recurrence = EveryWeek | EveryMonth | EveryMonthOn | EveryYear
name_kind(Recurrence, "a recurrence, for example EveryWeek('monday', '09:00')")


def next_time(recurrence: Recurrence, at: datetime, zone: ZoneInfo, *, after: bool) -> datetime:
    """Return the first instant of *recurrence*, in UTC, at or after *at*.

    Args:
        recurrence: The recurrence.
        at: The earliest instant of the answer.
        zone: The time zone, if the recurrence does not have one.
        after: If True, the answer must be later than *at*.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        OutOfRangeError: the answer lies outside the years 1 to 9999.

    Source: docs/semantics.md 1.11. A local time that DST skips means the transition, a repeated one the first.

    >>> from datetime import UTC
    >>> monday = EveryWeek("monday", "09:00")
    >>> next_time(monday, datetime(2026, 11, 23, 9, tzinfo=UTC), ZoneInfo("UTC"), after=True).isoformat()
    '2026-11-30T09:00:00+00:00'
    """
    start = to_utc(at, "at")
    zone = zone if recurrence.zone is None else load_zone(recurrence.zone)
    try:
        days = recurrence.dates_near(to_local(start, zone).date())
        instants = (from_local(datetime.combine(day, datetime.min.time()) + recurrence.at, zone) for day in days)
        return next(instant for instant in instants if instant > start or (instant == start and not after))
    except (OverflowError, ValueError):  # the date lies after the year 9999
        raise OutOfRangeError(f"{recurrence} after {start.isoformat()}") from None
