"""Calendars made of calendars: two shifts' teams, hours common to both, hours with some taken out.

Source: docs/semantics.md 1.2, 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from heapq import merge
from typing import Literal, assert_never, get_args

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.intervals import Interval, common, joined, outside, within
from ticketflow.calendars.trace import Segment, layered, paired
from ticketflow.calendars.zones import limits, load_zone
from ticketflow.errors import BadValueError, OutOfRangeError, TicketflowError
from ticketflow.kernel.instants import EPOCH, to_utc

How = Literal["union", "intersection", "difference"]


def union(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when any of these is.

    Its zone, on whose dates business days are counted, is the first one's.

    >>> from datetime import UTC
    >>> from ticketflow import BusinessCalendar
    >>> early, late = BusinessCalendar("UTC", "mon-fri 06:00-14:00"), BusinessCalendar("UTC", "mon-fri 13:00-22:00")
    >>> union(early, late).between(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
    datetime.timedelta(seconds=57600)
    """
    return _folded("union", first, others)


def intersection(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when all of these are; a date is a business date of it as it is of the first.

    It may never open; that is said when it is asked.
    """
    return _folded("intersection", first, others)


def difference(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when the first is and none of the others.

    It may never open; that is said when it is asked.
    """
    return _folded("difference", first, others)


def _folded(how: How, first: Calendar, others: tuple[Calendar, ...]) -> Calendar:
    _calendar(first)
    for other in others:
        first = CombinedCalendar(how, first, other)
    return first


def _calendar(value: Calendar) -> Calendar:
    if not isinstance(value, Calendar):
        raise BadValueError(f"calendar {value!r}", "give a calendar")
    return value


def excluding(calendar: Calendar, *stretches: tuple[datetime, datetime]) -> Calendar:
    """Return *calendar* without some stretches of time, each from an instant until another.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
        BadValueError: a stretch ends before or as it begins.

    >>> from datetime import UTC
    >>> from ticketflow import BusinessCalendar
    >>> office, nine = BusinessCalendar("UTC", "mon-fri 09:00-18:00"), datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> excluding(office, (nine, nine + timedelta(hours=2))).next_open(nine).hour
    11
    """
    return difference(calendar, FixedIntervals(stretches)) if stretches else _calendar(calendar)


@attrs.frozen
class CombinedCalendar(Calendar):
    """Two calendars as one; `union`, `intersection` and `difference` make them.

    Attributes:
        how: In which way.
        left: The calendar whose zone counts and whose business dates these are.
        right: The other one.
    """

    how: How
    left: Calendar = attrs.field(converter=_calendar)
    right: Calendar = attrs.field(converter=_calendar)

    def __attrs_post_init__(self) -> None:
        if self.how not in get_args(How):
            raise BadValueError(f"combination {self.how!r}", f"there are: {', '.join(get_args(How))}")
        left, right = self.left, self.right
        limits = max(left.limits[0], right.limits[0]), min(left.limits[1], right.limits[1])
        special = min(left.first_special, right.first_special), max(left.last_special, right.last_special)
        self._prepare(left.zone, limits, special)

    def beyond(self, moment: timedelta) -> TicketflowError:
        """Return the error of asking about an instant outside the limits."""
        low, high = self.left.limits
        return self.right.beyond(moment) if low <= moment < high else self.left.beyond(moment)

    def date_of(self, at: datetime) -> date:
        """Return the date on which the shift starts that is on at *at*, an instant at which the calendar is open."""
        return self.left.date_of(at) if self.how != "union" or self.left.is_open(at) else self.right.date_of(at)

    def opened(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open stretches between two instants since the epoch, in order and apart."""
        ours, theirs = self.left.opened(start, end), self.right.opened(start, end)
        match self.how:
            case "union":
                return joined(merge(ours, theirs))
            case "intersection":
                return common(ours, theirs)
            case "difference":
                return common(ours, outside(theirs, start, end))
            case _:
                assert_never(self.how)

    def opened_on(self, day: date) -> Iterator[Interval]:
        """Yield the open stretches, since the epoch, of the shifts that start on *day*."""
        ours = self.left.opened_on(day)
        if self.how == "union":
            return joined(merge(ours, self.right.opened_on(day)))
        return (part for start, end in ours for part in self.covering(start, end).stretches(start, end))

    def pieces(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield what `trace` tells, since the epoch; neighbours may be alike."""
        for ours, theirs in paired(self.left.pieces(start, end), self.right.pieces(start, end)):
            match self.how:
                case "union":
                    yield theirs if theirs.counted and not ours.counted else ours
                case "intersection":
                    yield theirs if ours.counted and not theirs.counted else ours
                case "difference":
                    excluded = Segment(ours.start, ours.end, counted=False, why="excluded")
                    yield excluded if ours.counted and theirs.counted else ours
                case _:
                    assert_never(self.how)


def _stretches(value: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    try:
        pairs = [(start, end) for start, end in value]
    except (TypeError, ValueError):
        raise BadValueError(f"stretches {value!r}", "give pairs of instants: from, until") from None
    stretches = sorted((to_utc(start, "start"), to_utc(end, "end")) for start, end in pairs)
    for start, end in stretches:
        if end <= start:
            raise BadValueError(f"a stretch from {start} until {end}", "let it end after it begins")
    return tuple(stretches)


@attrs.frozen
class FixedIntervals(Calendar):
    """A calendar that is open just in the stretches of time that are listed; its dates are those of UTC.

    Attributes:
        stretches: From an instant until another, each.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
        BadValueError: a stretch ends before or as it begins.
    """

    stretches: tuple[tuple[datetime, datetime], ...] = attrs.field(converter=_stretches)

    def __attrs_post_init__(self) -> None:
        days = [instant.date() for stretch in self.stretches for instant in stretch]
        special = min(days, default=date.max), max(days, default=date.min)
        self._prepare("UTC", limits(load_zone("UTC")), special)

    def beyond(self, moment: timedelta) -> TicketflowError:
        """Return the error of asking about an instant outside the limits."""
        return OutOfRangeError(f"an instant {moment} from 1970 on, or an answer,")

    def date_of(self, at: datetime) -> date:
        """Return the date on which the stretch starts that is on at *at*, an instant at which the calendar is open."""
        return next(start.date() for start, end in self.stretches if start <= at < end)

    def opened(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open stretches between two instants since the epoch, in order and apart."""
        return within(joined((opens - EPOCH, closes - EPOCH) for opens, closes in self.stretches), start, end)

    def opened_on(self, day: date) -> Iterator[Interval]:
        """Yield the open stretches, since the epoch, that start on *day*."""
        return joined((opens - EPOCH, closes - EPOCH) for opens, closes in self.stretches if opens.date() == day)

    def pieces(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield what `trace` tells, since the epoch; neighbours may be alike."""
        return layered((Segment(*each, counted=True, why="hours") for each in self.opened(start, end)), start, end)
