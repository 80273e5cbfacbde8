"""The four kinds of span, which never convert into each other, and what recurs on a wall calendar.

Elapsed time, working time, business days and calendar spans are four types because they are four questions: a "day" of
eight hours does not exist here. Recurrences are a small closed form of our own. This module is the only door to
dateutil.

Source: docs/semantics.md 1.6, 1.10, 1.11, 6.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types

Outside = Literal["next_opening", "as_it_is"]
"""What becomes of an anchor outside hours, before business days are counted from it."""

Shut = Literal["next_opening", "as_it_is", "last_closing"]
"""What becomes of a moment that is shut on the business date it falls on."""
_OUTSIDE: tuple[str, ...] = get_args(Outside)
_SHUT: tuple[str, ...] = get_args(Shut)


def _duration(amount: timedelta | None, parts: dict[str, int]) -> timedelta:
    """Return one exact duration from either way of writing it."""
    if amount is not None and not isinstance(amount, timedelta):
        raise BadValueError(f"a span of {amount!r:.80}", "give a timedelta, or days, hours, …")
    for name, value in parts.items():
        if type(value) is not int:
            raise BadValueError(f"{name}={value!r:.80}", "use whole numbers of a smaller unit, or a timedelta")
    try:
        total = (ZERO if amount is None else amount) + timedelta(**parts)
    except (OverflowError, TypeError):
        raise BadValueError(f"a span of {amount!r} {parts!r:.200}", "give a timedelta, or days, hours, …") from None
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
        wall, at = zone if self.zone is None else load_zone(self.zone), to_utc(start, "start")
        try:
            delta = relativedelta(months=self.months, weeks=self.weeks, days=self.days)
            local = to_local(at, wall) + delta
        except (OverflowError, ValueError):
            raise OutOfRangeError(f"a calendar span after {start.isoformat()}") from None
        return from_local(local, wall)

    def __str__(self) -> str:
        parts = ((self.months, "month"), (self.weeks, "week"), (self.days, "day"))
        return " ".join(_count(number, unit) for number, unit in parts if number) or "0 days"


@attrs.frozen
class OfTarget:
    """So much of what a clock's target allows has been used.

    Attributes:
        percent: 1 to 1,000; more than 100 lies beyond the target.
    """

    percent: int

    def __attrs_post_init__(self) -> None:
        if type(self.percent) is not int or not 1 <= self.percent <= _MOST:
            raise BadValueError(f"{self.percent!r} % of a target", f"give a whole number from 1 to {_MOST:,}")

    def of(self, whole: timedelta) -> timedelta:
        """Return the least amount, to the microsecond, that is so much of *whole*.

        >>> OfTarget(50).of(timedelta(hours=3))
        datetime.timedelta(seconds=5400)
        """
        return -(whole * -self.percent // 100)

    def __str__(self) -> str:
        return f"{self.percent} % of the target"


_MOST = 1_000


@attrs.frozen
class BeforeDue:
    """A while before a clock's target is missed.

    Attributes:
        lead: How long: `WorkingTime` as the clock itself counts, `Elapsed` on everybody's.
    """

    lead: Elapsed | WorkingTime

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.lead} before the target is missed"


@attrs.frozen
class AfterDue:
    """A while after a clock's target was due, day and night.

    Attributes:
        span: How long.
    """

    span: Elapsed

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.span} after the target was due"


@attrs.frozen
class Missed:
    """A clock's target is missed: a microsecond after it was due, or when a stricter one came into force too late."""

    def __str__(self) -> str:
        return "missing the target"


ClockSpan = OfTarget | BeforeDue | AfterDue | Missed
name_kind(ClockSpan, "a span of a clock, for example OfTarget(50)")
"""Spans that only a clock can measure: they are counted from its start (`ticketflow.anchors.Started`)."""

Span = Elapsed | WorkingTime | BusinessDays | CalendarSpan
name_kind(Span, "a span, for example Elapsed(days=2)")
name_kind(Elapsed | WorkingTime, "Elapsed or WorkingTime, for example WorkingTime(hours=8)")

LONGEST = timedelta(days=36_525)
"""A hundred years: how long the spans of a definition may be."""


def is_too_long(span: Span | ClockSpan) -> bool:
    """Return whether a span is longer than a definition may ask for: a hundred years.

    >>> is_too_long(CalendarSpan(months=1_200)), is_too_long(CalendarSpan(months=1_200, days=1))
    (False, True)
    """
    match span:
        case Elapsed(amount=amount) | WorkingTime(amount=amount):
            return amount > LONGEST
        case BusinessDays(days=days):
            return days > LONGEST.days
        case CalendarSpan(months=months, weeks=weeks, days=days):
            return months * LONGEST.days + (7 * weeks + days) * _MONTHS > _MONTHS * LONGEST.days
        case BeforeDue(lead=inner) | AfterDue(span=inner):
            return is_too_long(inner)
        case OfTarget() | Missed():
            return False
        case _:
            assert_never(span)


_MONTHS = 1_200


def _summed(amount: timedelta, period: timedelta, count: int) -> timedelta:
    try:
        return amount + count * period
    except OverflowError:
        raise OutOfRangeError(f"{count} times {period}") from None


def plus_periods(span: Span, period: Span, count: int) -> Span:
    """Return *span* and *count* times *period*, which is of the same kind, counted from one anchor.

    Raises:
        BadValueError: they are of two kinds, which never convert.
        OutOfRangeError: it is longer than all years there are.

    Source: docs/semantics.md 1.10, 3.4.

    >>> plus_periods(CalendarSpan(days=1), CalendarSpan(months=1), 3)
    CalendarSpan(months=3, weeks=0, days=1, zone=None)
    """
    match span, period:
        case Elapsed(), Elapsed():
            return Elapsed(_summed(span.amount, period.amount, count))
        case WorkingTime(), WorkingTime():
            return WorkingTime(_summed(span.amount, period.amount, count))
        case BusinessDays(), BusinessDays():
            return attrs.evolve(span, days=span.days + count * period.days)
        case CalendarSpan(), CalendarSpan():
            return CalendarSpan(
                span.months + count * period.months,
                span.weeks + count * period.weeks,
                span.days + count * period.days,
                span.zone,
            )
        case _:
            raise BadValueError(f"a period of {period} after {span}", "give both as spans of one kind")


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
