"""The four kinds of span, which never convert into each other.

Elapsed time, working time, business days and calendar spans are four types because they are four questions: a "day" of
eight hours does not exist here. This module is the only door to dateutil.

Source: docs/semantics.md 1.6, 1.10.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.values import to_utc
from ticketflow.walls import ZERO, at_wall, load_zone, reading

Outside = Literal["next_opening", "as_it_is"]
"""What becomes of an anchor outside hours, before business days are counted from it."""

Shut = Literal["next_opening", "as_it_is", "last_closing"]
"""What becomes of a moment that is shut on the business date it falls on."""
_OUTSIDE: tuple[str, ...] = get_args(Outside)
_SHUT: tuple[str, ...] = get_args(Shut)


def _duration(amount: timedelta | None, parts: dict[str, int]) -> timedelta:
    """Return one exact duration from either way of writing it."""
    for name, value in parts.items():
        if type(value) is not int:
            raise BadValueError(f"{name}={value!r}", "use whole numbers of a smaller unit, or a timedelta")
    try:
        total = (ZERO if amount is None else amount) + timedelta(**parts)
    except (OverflowError, TypeError):
        raise BadValueError(f"a span of {amount!r} {parts!r}", "give a timedelta, or days, hours, …") from None
    if total < ZERO:
        raise BadValueError(f"a span of {total}", "spans don't run backwards; give zero or more")
    return total


@attrs.frozen(init=False)
class Elapsed:
    """Time as a stopwatch counts it, day and night.

    >>> Elapsed(days=2, hours=1)
    Elapsed(amount=datetime.timedelta(days=2, seconds=3600))
    """

    amount: timedelta

    def __init__(self, amount: timedelta | None = None, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Take a timedelta, or whole days (of 24 hours), hours and minutes, or both together."""
        self.__attrs_init__(_duration(amount, {"days": days, "hours": hours, "minutes": minutes}))

    def __str__(self) -> str:
        return _spoken(self.amount)


@attrs.frozen(init=False)
class WorkingTime:
    """Time that passes only while a calendar is open.

    >>> WorkingTime(hours=8)
    WorkingTime(amount=datetime.timedelta(seconds=28800))
    """

    amount: timedelta

    def __init__(self, amount: timedelta | None = None, *, hours: int = 0, minutes: int = 0) -> None:
        """Take a timedelta, or whole hours and minutes; there are no days, for a working day has no fixed length."""
        self.__attrs_init__(_duration(amount, {"hours": hours, "minutes": minutes}))

    def __str__(self) -> str:
        return f"{_spoken(self.amount)} of working time"


@attrs.frozen
class BusinessDays:
    """A number of dates on which a calendar opens, counted after the anchor's own.

    Attributes:
        days: How many; 0 is the anchor itself, or the next opening if it falls outside hours.
        anchor: What becomes of an anchor outside hours: ``next_opening``, or ``as_it_is`` on its local date.
        shut: What becomes of a moment that is shut: ``next_opening``, ``as_it_is``, or ``last_closing`` before it.

    Source: docs/semantics.md 1.7.
    """

    days: int
    anchor: Outside = "next_opening"
    shut: Shut = "next_opening"

    def __attrs_post_init__(self) -> None:
        if type(self.days) is not int or self.days < 0:
            raise BadValueError(f"{self.days!r} business days", "give a whole number, zero or more")
        if self.anchor not in _OUTSIDE:
            raise BadValueError(f"anchor {self.anchor!r} of business days", f"there are: {', '.join(_OUTSIDE)}")
        if self.shut not in _SHUT:
            raise BadValueError(f"shut {self.shut!r} of business days", f"there are: {', '.join(_SHUT)}")

    def __str__(self) -> str:
        return _count(self.days, "business day")


@attrs.frozen
class CalendarSpan:
    """Months, weeks and days on the wall calendar of a zone; the end of a month is clamped.

    Attributes:
        months: Whole months; 31 January and one month is the last day of February.
        weeks: Whole weeks.
        days: Whole days: the same wall time on a later date, however long the days between.
        zone: Whose wall; None for the rule set's.
    """

    months: int = 0
    weeks: int = 0
    days: int = 0
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("months", "weeks", "days"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise BadValueError(f"{name}={value!r} of a calendar span", "give whole numbers, zero or more")
        if self.zone is not None:
            load_zone(self.zone)

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant, in UTC, that lies this span after *start* on the wall of the span's zone, or *zone*.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            OutOfRangeError: the answer lies outside the years 1 to 9999.

        Source: docs/semantics.md 1.10.

        >>> from datetime import UTC
        >>> CalendarSpan(months=1).after(datetime(2027, 1, 31, 9, tzinfo=UTC), ZoneInfo("UTC")).isoformat()
        '2027-02-28T09:00:00+00:00'
        """
        wall = zone if self.zone is None else load_zone(self.zone)
        try:
            delta = relativedelta(months=self.months, weeks=self.weeks, days=self.days)
            local = reading(to_utc(start, "start"), wall) + delta
        except (OverflowError, ValueError):
            raise OutOfRangeError(f"a calendar span after {start.isoformat()}") from None
        return at_wall(local, wall)

    def __str__(self) -> str:
        parts = ((self.months, "month"), (self.weeks, "week"), (self.days, "day"))
        return " ".join(_count(number, unit) for number, unit in parts if number) or "0 days"


Span = Elapsed | WorkingTime | BusinessDays | CalendarSpan


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _spoken(amount: timedelta) -> str:
    """Return a duration in words; what is no whole minute is left to Python's own writing."""
    minutes, rest = divmod(amount, timedelta(minutes=1))
    if rest:
        return str(amount)
    days, minutes = divmod(minutes, 24 * 60)
    parts = ((days, "day"), (minutes // 60, "hour"), (minutes % 60, "minute"))
    return " ".join(_count(number, unit) for number, unit in parts if number) or "0 minutes"
