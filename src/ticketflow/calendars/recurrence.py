"""Recurrences: local times that repeat every week, month or year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

from ticketflow.calendars.hours import time_of_day, time_text
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, ZERO, to_utc
from ticketflow.kernel.type_checks import name_kind

_ON = (MO, TU, WE, TH, FR, SA, SU)
_LAST = -1
_STEPS = 3  # the previous, current and next period; one of them has the answer

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


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


def _days(value: str) -> str:
    """Return weekdays in one form: a full name, or short names and ranges of three days and more."""
    days = sorted(set(_day_numbers(value)))
    if len(days) == 1:
        return _WEEKDAYS[days[0]]
    parts, run = [], [days[0]]
    for day in [*days[1:], None]:
        if day == run[-1] + 1:
            run.append(day)
            continue
        names = [_SHORT[each] for each in run]
        parts += [f"{names[0]}-{names[-1]}"] if len(run) > _PAIR else names
        run = [] if day is None else [day]
    return ",".join(parts)


def _day_numbers(value: str) -> Iterator[int]:
    for part in value.split(",") if isinstance(value, str) else (value,):
        ends = [_NUMBERS.get(end) for end in part.split("-")] if isinstance(part, str) else []
        if not ends or len(ends) > _PAIR or None in ends:
            fix = f"use {', '.join(_WEEKDAYS)}, or several as in mon-fri or mon,wed"
            raise BadValueError(f"weekday {value!r:.80} does not exist", fix)
        first, last = cast("int", ends[0]), cast("int", ends[-1])
        yield from ((first + step) % 7 for step in range((last - first) % 7 + 1))


_SHORT = tuple(name[:3] for name in _WEEKDAYS)
_NUMBERS = {name: number for names in (_WEEKDAYS, _SHORT) for number, name in enumerate(names)}
_PAIR = 2


def _times(value: str | timedelta | Iterable[str | timedelta]) -> timedelta | tuple[timedelta, ...]:
    if isinstance(value, str | timedelta):
        return _time(value)
    times = tuple(sorted({_time(each) for each in value})) if isinstance(value, Iterable) else ()
    if not times:
        raise BadValueError("a recurrence has no time of day", "give one, such as 09:00")
    return times if len(times) > 1 else times[0]


@attrs.frozen(init=False)
class EveryWeek:
    """A recurrence every week, on one weekday or several, at one local time or several.

    Attributes:
        weekday: The weekdays: a name in lower-case English, or several as in ``mon-fri`` or ``mon,wed``.
        at: The local time, such as ``09:00``; several as a list.
        zone: The time zone; None for the zone of the rule set.

    >>> str(EveryWeek("mon,wed", "08:00", "14:00"))
    'every monday and wednesday at 08:00 and 14:00'
    >>> str(EveryWeek("mon-fri", "08:00"))
    'every mon-fri at 08:00'
    """

    weekday: str = attrs.field(converter=_days)
    at: timedelta | tuple[timedelta, ...] = attrs.field(converter=_times)
    zone: str | None = attrs.field(default=None, converter=_zone)

    def __init__(
        self,
        weekday: str,
        *times: str | timedelta,
        at: str | timedelta | Iterable[str | timedelta] = (),
        zone: str | None = None,
    ) -> None:
        """Build the recurrence from the weekdays and the local times, which may also be given by keyword."""
        self.__attrs_init__(weekday, times or at, zone)

    @property
    def weekdays(self) -> tuple[Weekday, ...]:
        """The weekdays, from Monday on."""
        return tuple(_WEEKDAYS[number] for number in sorted(_day_numbers(self.weekday)))

    @property
    def times(self) -> tuple[timedelta, ...]:
        """The local times, ascending."""
        return self.at if isinstance(self.at, tuple) else (self.at,)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        on = [_ON[_WEEKDAYS.index(name)](+1) for name in self.weekdays]
        return tuple(
            sorted(day + relativedelta(days=-7 + 7 * step, weekday=each) for step in range(_STEPS) for each in on)
        )

    def __str__(self) -> str:
        days = " and ".join(self.weekdays) if len(self.weekdays) <= _PAIR else self.weekday
        return f"every {days} at {' and '.join(map(time_text, self.times))}"


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

    @property
    def times(self) -> tuple[timedelta, ...]:
        """The local time, alone."""
        return (self.at,)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        month = day + relativedelta(day=1)
        return tuple(month + relativedelta(months=step - 1, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every month on day {self.day} at {time_text(self.at)}"


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

    @property
    def times(self) -> tuple[timedelta, ...]:
        """The local time, alone."""
        return (self.at,)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        on, begin = _ON[_WEEKDAYS.index(self.weekday)](self.nth), 31 if self.nth == _LAST else 1
        months = (day + relativedelta(day=1) + relativedelta(months=step - 1) for step in range(_STEPS))
        return tuple(month + relativedelta(day=begin, weekday=on) for month in months)

    def __str__(self) -> str:
        which = "last" if self.nth == _LAST else ("first", "second", "third", "fourth")[self.nth - 1]
        return f"every {which} {self.weekday} of the month at {time_text(self.at)}"


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

    @property
    def times(self) -> tuple[timedelta, ...]:
        """The local time, alone."""
        return (self.at,)

    def dates_near(self, day: date) -> tuple[date, ...]:
        """Return the dates in the periods before, of and after *day*, ascending."""
        month = day + relativedelta(day=1)
        return tuple(month + relativedelta(years=step - 1, month=self.month, day=self.day) for step in range(_STEPS))

    def __str__(self) -> str:
        return f"every year on {self.day}/{self.month} at {time_text(self.at)}"


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
        midnights = (datetime.combine(day, datetime.min.time()) for day in days)
        instants = (from_local(midnight + time, zone) for midnight in midnights for time in recurrence.times)
        return next(instant for instant in instants if instant > start or (instant == start and not after))
    except (OverflowError, ValueError):  # the date lies after the year 9999
        raise OutOfRangeError(f"{recurrence} after {start.isoformat()}") from None
