"""Spans of time: elapsed time, working time, business days, calendar spans, and spans relative to a clock's target.

The kinds of span are separate types and never convert into each other. There is no "day" of eight hours.

Source: docs/semantics.md 1.6, 1.10, 6.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo

import attrs
from dateutil.relativedelta import relativedelta

from ticketflow.calendars.hours import time_of_day, time_text
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types

OutsideHours = Literal["next_opening", "as_it_is"]
"""The treatment of an anchor outside hours, before business days are counted from it."""

WhenShut = Literal["next_opening", "as_it_is", "last_closing"]
"""The treatment of a result at which the calendar is closed."""
_OUTSIDE: tuple[str, ...] = get_args(OutsideHours)
_SHUT: tuple[str, ...] = get_args(WhenShut)


def _duration(amount: timedelta | None, parts: dict[str, int]) -> timedelta:
    """Return the sum of a timedelta and its parts; raise if it is negative or has fractions."""
    if amount is not None and not isinstance(amount, timedelta):
        raise BadValueError(f"{amount!r:.80} is not a timedelta", "give a timedelta, or days, hours, …")
    for name, value in parts.items():
        if type(value) is not int:
            raise BadValueError(
                f"{name}={value!r:.80} is not a whole number", "use a smaller unit, or give a timedelta"
            )
    try:
        total = (ZERO if amount is None else amount) + timedelta(**parts)
    except (OverflowError, TypeError):
        raise BadValueError(f"a span of {amount!r} and {parts!r:.200} is too long", "give a shorter span") from None
    if total < ZERO:
        raise BadValueError(f"a span of {total} is negative", "give zero or more")
    return total


@attrs.frozen(init=False)
class Elapsed:
    """A span of elapsed time, day and night.

    >>> Elapsed(days=2, hours=1)
    Elapsed(amount=datetime.timedelta(days=2, seconds=3600))
    """

    amount: timedelta

    def __init__(self, amount: timedelta | None = None, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Build the span from a timedelta, from whole days of 24 hours, hours and minutes, or from the sum of both."""
        self.__attrs_init__(_duration(amount, {"days": days, "hours": hours, "minutes": minutes}))

    def __str__(self) -> str:
        return _in_words(self.amount)


@attrs.frozen(init=False)
class WorkingTime:
    """A span of working time: it passes only while a calendar is open.

    >>> WorkingTime(hours=8)
    WorkingTime(amount=datetime.timedelta(seconds=28800))
    """

    amount: timedelta

    def __init__(self, amount: timedelta | None = None, *, hours: int = 0, minutes: int = 0) -> None:
        """Build the span from a timedelta, from whole hours and minutes, or from the sum of both.

        There are no days, because a working day has no fixed length.
        """
        self.__attrs_init__(_duration(amount, {"hours": hours, "minutes": minutes}))

    def __str__(self) -> str:
        return f"{_in_words(self.amount)} of working time"


POINTS = ("opening", "closing")
"""The points of a day that are not local times."""


def _point(value: str | None) -> str | None:
    """Return a point of the day in its one form: ``opening``, ``closing``, or a time as short as possible."""
    if value is None or value in POINTS:
        return value
    try:
        return _short_time(value) if isinstance(value, str) else time_text(time_of_day(value))
    except BadValueError:
        raise BadValueError(
            f"{value!r:.80} is no point of a business day", "use opening, closing, or a local time such as 16:00"
        ) from None


@lru_cache(maxsize=1024)
def _short_time(text: str) -> str:
    return time_text(time_of_day(text))


@attrs.frozen
class BusinessDays:
    """A span of business days: dates with open time, counted from the day after the anchor.

    Attributes:
        days: The number of days; 0 is the anchor itself, or the next opening if the anchor is outside hours.
        anchor: What to do with an anchor outside hours: ``next_opening`` moves it there, ``as_it_is`` counts from its
            local date and time.
        shut: What to do if the calendar is closed at the end: ``next_opening``, ``as_it_is``, or ``last_closing`` for
            the closing before it.
        at: The point of the last day: ``opening``, ``closing`` or a local time such as ``16:00``; None for the local
            time of the anchor. With a point, days are counted from the anchor's own date, also if that has no open
            time; 0 is that date. At a local time outside hours, the point is the next opening of that day, or else its
            closing. A point before the anchor moves to the next business day.

    Raises:
        BadValueError: A value is not possible, or both *at* and one of *anchor* and *shut* are given.

    Source: docs/semantics.md 1.7.

    >>> str(BusinessDays(1, at="16:00"))
    '1 business day, at 16:00'
    """

    days: int
    anchor: OutsideHours = "next_opening"
    shut: WhenShut = "next_opening"
    at: str | None = attrs.field(default=None, converter=_point)

    def __attrs_post_init__(self) -> None:
        if type(self.days) is not int or self.days < 0:
            raise BadValueError(f"{self.days!r} is not a number of business days", "give a whole number, zero or more")
        if self.anchor not in _OUTSIDE:
            raise BadValueError(
                f"anchor {self.anchor!r} of business days does not exist", f"use one of {', '.join(_OUTSIDE)}"
            )
        if self.shut not in _SHUT:
            raise BadValueError(f"shut {self.shut!r} of business days does not exist", f"use one of {', '.join(_SHUT)}")
        if self.at is not None and (self.anchor, self.shut) != (_OUTSIDE[0], _SHUT[0]):
            what = "business days to a point of the day have no anchor and shut"
            raise BadValueError(what, "leave out either at, or anchor and shut")

    def __str__(self) -> str:
        return _plural(self.days, "business day") + ("" if self.at is None else f", at {self.at}")


@attrs.frozen
class CalendarSpan:
    """A span of months, weeks and days in the local time of a zone. It ignores opening hours.

    Attributes:
        months: Whole months. If the month is too short, its last day: 31 January plus one month is 28 or 29 February.
        weeks: Whole weeks.
        days: Whole days: the same local time on a later date, whatever the length of the days in between.
        zone: The time zone; None for the zone of the rule set.
    """

    months: int = 0
    weeks: int = 0
    days: int = 0
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("months", "weeks", "days"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise BadValueError(
                    f"{name}={value!r} of a calendar span is not possible", "give a whole number, zero or more"
                )
        if self.zone is not None:
            load_zone(self.zone)

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant, in UTC, that lies this span after *start*, in local time.

        *zone* is the time zone if the span does not have one.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            OutOfRangeError: the answer lies outside the years 1 to 9999.

        Source: docs/semantics.md 1.10.

        >>> from datetime import UTC
        >>> CalendarSpan(months=1).after(datetime(2027, 1, 31, 9, tzinfo=UTC), ZoneInfo("UTC")).isoformat()
        '2027-02-28T09:00:00+00:00'
        """
        zone, at = zone if self.zone is None else load_zone(self.zone), to_utc(start, "start")
        try:
            delta = relativedelta(months=self.months, weeks=self.weeks, days=self.days)
            local = to_local(at, zone) + delta
        except (OverflowError, ValueError):
            raise OutOfRangeError(f"a calendar span after {start.isoformat()}") from None
        return from_local(local, zone)

    def __str__(self) -> str:
        parts = ((self.months, "month"), (self.weeks, "week"), (self.days, "day"))
        return " ".join(_plural(number, unit) for number, unit in parts if number) or "0 days"


@attrs.frozen
class OfTarget:
    """A percentage of a clock's target.

    Attributes:
        percent: The percentage, 1 to 1,000. Above 100, the target is already missed.
    """

    percent: int

    def __attrs_post_init__(self) -> None:
        if type(self.percent) is not int or not 1 <= self.percent <= _MOST_PERCENT:
            raise BadValueError(
                f"{self.percent!r} % of a target is not possible", f"give a whole number from 1 to {_MOST_PERCENT:,}"
            )

    def of(self, whole: timedelta) -> timedelta:
        """Return this percentage of *whole*, rounded up to the microsecond.

        >>> OfTarget(50).of(timedelta(hours=3))
        datetime.timedelta(seconds=5400)
        """
        return -(whole * -self.percent // 100)

    def __str__(self) -> str:
        return f"{self.percent} % of the target"


_MOST_PERCENT = 1_000


@attrs.frozen
class BeforeDue:
    """A span before a clock's target is missed.

    Attributes:
        lead: The span: `WorkingTime` or `BusinessDays` on the calendar of the clock, or `Elapsed` time.
    """

    lead: Elapsed | WorkingTime | BusinessDays

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if isinstance(self.lead, BusinessDays) and self.lead != BusinessDays(self.lead.days):
            raise BadValueError("business days before a target have a policy of their own", "give only their number")

    def __str__(self) -> str:
        return f"{self.lead} before the target is missed"


@attrs.frozen
class AfterDue:
    """A span after a clock's target was due.

    Attributes:
        span: The span: `Elapsed` time, or `WorkingTime` on the calendar of the target.
    """

    span: Elapsed | WorkingTime

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.span} after the target was due"


@attrs.frozen
class Missed:
    """The instant at which a clock misses its target.

    This is a microsecond after the target was due, or the instant at which a stricter target took effect too late.
    """

    def __str__(self) -> str:
        return "missing the target"


ClockSpan = OfTarget | BeforeDue | AfterDue | Missed
name_kind(ClockSpan, "a span of a clock, for example OfTarget(50)")
"""Spans relative to the target of a clock, counted from its start (`ticketflow.anchors.Started`)."""

Span = Elapsed | WorkingTime | BusinessDays | CalendarSpan
name_kind(Span, "a span, for example Elapsed(days=2)")
name_kind(Elapsed | WorkingTime | BusinessDays, "Elapsed, WorkingTime or BusinessDays, for example BusinessDays(1)")
name_kind(Elapsed | WorkingTime, "Elapsed or WorkingTime, for example WorkingTime(hours=8)")

LONGEST = timedelta(days=36_525)
"""The longest span that a definition may have: a hundred years."""


def is_too_long(span: Span | ClockSpan) -> bool:
    """Return whether a span is longer than `LONGEST`.

    >>> is_too_long(CalendarSpan(months=1_200)), is_too_long(CalendarSpan(months=1_200, days=1))
    (False, True)
    """
    match span:
        case Elapsed(amount=amount) | WorkingTime(amount=amount):
            return amount > LONGEST
        case BusinessDays(days=days):
            return days > LONGEST.days
        case CalendarSpan(months=months, weeks=weeks, days=days):
            return months * LONGEST.days + (7 * weeks + days) * _MONTHS_OF_LONGEST > _MONTHS_OF_LONGEST * LONGEST.days
        case BeforeDue(lead=inner) | AfterDue(span=inner):
            return is_too_long(inner)
        case OfTarget() | Missed():
            return False
        case _:
            assert_never(span)


_MONTHS_OF_LONGEST = 1_200


def _add_times(amount: timedelta, period: timedelta, count: int) -> timedelta:
    try:
        return amount + count * period
    except OverflowError:
        raise OutOfRangeError(f"{count} times {period}") from None


def plus_periods(span: Span, period: Span, count: int) -> Span:
    """Return the span *span* plus *count* times *period*, counted from a single anchor.

    Raises:
        BadValueError: the spans are of different kinds.
        OutOfRangeError: the result is too long for a timedelta.

    Source: docs/semantics.md 1.10, 3.4.

    >>> plus_periods(CalendarSpan(days=1), CalendarSpan(months=1), 3)
    CalendarSpan(months=3, weeks=0, days=1, zone=None)
    """
    match span, period:
        case Elapsed(), Elapsed():
            return Elapsed(_add_times(span.amount, period.amount, count))
        case WorkingTime(), WorkingTime():
            return WorkingTime(_add_times(span.amount, period.amount, count))
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
            raise BadValueError(f"a period of {period} cannot follow {span}", "give both as spans of one kind")


def _plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _in_words(amount: timedelta) -> str:
    """Return a duration in words, or as ``str`` writes it unless it is in whole minutes."""
    minutes, rest = divmod(amount, timedelta(minutes=1))
    if rest:
        return str(amount)
    days, minutes = divmod(minutes, 24 * 60)
    parts = ((days, "day"), (minutes // 60, "hour"), (minutes % 60, "minute"))
    return " ".join(_plural(number, unit) for number, unit in parts if number) or "0 minutes"
