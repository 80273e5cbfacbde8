"""Calendars made of other calendars, and calendars of fixed intervals.

Source: docs/semantics.md 1.2, 1.3.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any, Literal, TypeVar, assert_never, get_args
from weakref import WeakKeyDictionary, ref

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.half_years import AROUND, start_of
from ticketflow.calendars.intervals import Interval, clip, complement, intersect, merge_overlapping
from ticketflow.calendars.trace import Segment, align, resolve_overlaps
from ticketflow.calendars.zones import limits, load_zone
from ticketflow.errors import BadValueError, OutOfRangeError, TicketflowError
from ticketflow.kernel.instants import EPOCH, to_utc

How = Literal["union", "intersection", "difference"]
_T = TypeVar("_T")


def union(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when any of the given calendars is.

    Business days are counted in the zone of the first calendar.

    >>> from datetime import UTC
    >>> from ticketflow import BusinessCalendar
    >>> early, late = BusinessCalendar("UTC", "mon-fri 06:00-14:00"), BusinessCalendar("UTC", "mon-fri 13:00-22:00")
    >>> union(early, late).between(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
    datetime.timedelta(seconds=57600)
    """
    return _combine("union", first, others)


def intersection(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when all of the given calendars are.

    Shifts and business days belong to the dates of the first calendar. A calendar that never opens raises
    `NeverOpenError` when it is queried, not here.
    """
    return _combine("intersection", first, others)


def difference(first: Calendar, *others: Calendar) -> Calendar:
    """Return a calendar that is open when the first calendar is and none of the others are.

    A calendar that never opens raises `NeverOpenError` when it is queried, not here.
    """
    return _combine("difference", first, others)


def _combine(how: How, first: Calendar, others: tuple[Calendar, ...]) -> Calendar:
    _check_calendar(first)
    for other in others:
        first = CombinedCalendar(how, first, other)
    return first


def _check_calendar(value: Calendar) -> Calendar:
    if not isinstance(value, Calendar):
        raise BadValueError(f"{value!r} is not a calendar", "give a calendar, for example a BusinessCalendar")
    return value


def excluding(calendar: Calendar, *stretches: tuple[datetime, datetime]) -> Calendar:
    """Return a calendar that is open when *calendar* is, except in the given intervals.

    Args:
        calendar: The calendar to reduce.
        stretches: The intervals to exclude, as pairs of start and end.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
        BadValueError: an interval does not end after it starts.

    >>> from datetime import UTC
    >>> from ticketflow import BusinessCalendar
    >>> office, nine = BusinessCalendar("UTC", "mon-fri 09:00-18:00"), datetime(2026, 11, 23, 9, tzinfo=UTC)
    >>> excluding(office, (nine, nine + timedelta(hours=2))).next_open(nine).hour
    11
    """
    return difference(calendar, FixedIntervals(stretches)) if stretches else _check_calendar(calendar)


def _bases(calendar: Calendar) -> tuple[Calendar, ...]:
    return calendar.bases if isinstance(calendar, CombinedCalendar) else (calendar,)


def _shared(value: Calendar) -> Calendar:
    """Return the first calendar that is equal to *value*, so equal parts of combinations are one object."""
    _check_calendar(value)
    return _PARTS.setdefault(value, ref(value))() or value  # None if the first one was dropped a moment ago


_PARTS: WeakKeyDictionary[Calendar, ref[Calendar]] = WeakKeyDictionary()
"""The first of equal parts, while something uses it.

Threads may share it: each use is one `setdefault` of a dictionary, and nothing iterates over it.
"""


@attrs.frozen
class CombinedCalendar(Calendar):
    """A combination of two calendars. Use `union`, `intersection` or `difference` to build one.

    A part that occurs several times is computed once for each query.

    Attributes:
        how: The operation: ``union``, ``intersection`` or ``difference``.
        left: The first calendar, which gives the zone and the business dates.
        right: The second calendar.
        depth: The number of combinations on the longest way to a calendar that is not combined.
    """

    how: How
    left: Calendar = attrs.field(converter=_shared)
    right: Calendar = attrs.field(converter=_shared)
    _hash: int = attrs.field(init=False, eq=False, repr=False)
    depth: int = attrs.field(init=False, eq=False, repr=False)
    _latest: Mapping[str, tuple[object, tuple[Any, ...]]] = attrs.field(init=False, eq=False, repr=False, factory=dict)
    _bases: tuple[Calendar, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.how not in get_args(How):
            raise BadValueError(f"combination {self.how!r} does not exist", f"use one of {', '.join(get_args(How))}")
        left, right = self.left, self.right
        limits = max(left.limits[0], right.limits[0]), min(left.limits[1], right.limits[1])
        special = min(left.first_special, right.first_special), max(left.last_special, right.last_special)
        is_other = self.how == "union" and (right.runs_overnight or right.zone != left.zone)
        self._prepare(left.zone, limits, special, runs_overnight=left.runs_overnight or is_other)
        parts = (part.depth for part in (left, right) if isinstance(part, CombinedCalendar))
        object.__setattr__(self, "_hash", hash((self.how, left, right)))
        object.__setattr__(self, "depth", 1 + max(parts, default=0))
        bases = {id(base): base for part in (left, right) for base in _bases(part)}
        object.__setattr__(self, "_bases", tuple(bases.values()))

    def __eq__(self, other: object) -> bool:
        """Return whether two calendars combine equal parts in the same way. Equal parts are usually one object."""
        if self is other:
            return True
        if not isinstance(other, CombinedCalendar):
            return NotImplemented
        return (self._hash, self.how) == (other._hash, other.how) and (self.left, self.right) == (
            other.left,
            other.right,
        )

    def __hash__(self) -> int:
        return self._hash

    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""
        low, high = self.left.limits
        return self.right.error_beyond_limits(moment) if low <= moment < high else self.left.error_beyond_limits(moment)

    def shift_date(self, at: datetime) -> date:
        """Return the date on which the shift that is open at *at* starts. The calendar must be open then."""
        return self.left.shift_date(at) if self.how != "union" or self.left.is_open(at) else self.right.shift_date(at)

    @property
    def bases(self) -> tuple[Calendar, ...]:
        """The calendars that are combined and are not combinations themselves, each once."""
        return self._bases

    def pattern_of(self, half_year: int) -> Hashable:
        """Return a value that is equal for two half-years only if the calendar is open at the same times of both."""
        return tuple(base.pattern_of(half_year) for base in self._bases)

    def _once(self, query: str, compute: Callable[..., Iterator[_T]], *given: object) -> Iterator[_T]:
        """Yield the answer of a query. The latest answer is kept: a part that occurs twice is asked the same twice."""
        asked, answer = self._latest.get(query, (None, ()))
        if asked != given:
            answer = tuple(compute(*given))
            self._keep("_latest", {**self._latest, query: (given, answer)})
        yield from answer

    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""
        return self._once("between", self._intervals_between, start, end)

    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, of the shifts that start on *day*."""
        return self._once("on", self._intervals_on, day)

    def segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield the segments of `trace`, as time since the epoch. Equal neighbors need not be merged."""
        return self._once("segments", self._segments, start, end)

    def _intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        ours, theirs = self.left.intervals_between(start, end), self.right.intervals_between(start, end)
        match self.how:
            case "union":
                return merge_overlapping(merge(ours, theirs))
            case "intersection":
                return intersect(ours, theirs)
            case "difference":
                return intersect(ours, complement(theirs, start, end))
            case _:
                assert_never(self.how)

    def _intervals_on(self, day: date) -> Iterator[Interval]:
        ours = self.left.intervals_on(day)
        if self.how == "union":
            return merge_overlapping(merge(ours, self.right.intervals_on(day)))
        return (part for start, end in ours for part in self.index_covering(start, end).intervals(start, end))

    def _segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        for ours, theirs in align(self.left.segments(start, end), self.right.segments(start, end)):
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
        raise BadValueError(f"stretches {value!r} are not pairs of instants", "give pairs of start and end") from None
    stretches = sorted((to_utc(start, "start"), to_utc(end, "end")) for start, end in pairs)
    for start, end in stretches:
        if end <= start:
            raise BadValueError(f"the interval from {start} to {end} is empty", "give an end after the start")
    return tuple(stretches)


@attrs.frozen
class FixedIntervals(Calendar):
    """A calendar that is open in the listed intervals only. Its dates are those of UTC.

    Attributes:
        stretches: The open intervals, as pairs of start and end.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
        BadValueError: an interval does not end after it starts.
    """

    stretches: tuple[tuple[datetime, datetime], ...] = attrs.field(converter=_stretches)
    _merged: tuple[Interval, ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        merged = merge_overlapping((opens - EPOCH, closes - EPOCH) for opens, closes in self.stretches)
        object.__setattr__(self, "_merged", tuple(merged))
        days = [instant.date() for stretch in self.stretches for instant in stretch]
        special = min(days, default=date.max), max(days, default=date.min)
        self._prepare("UTC", limits(load_zone("UTC")), special, runs_overnight=True)

    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""
        return OutOfRangeError(f"the instant {moment} after 1970, or the answer,")

    def shift_date(self, at: datetime) -> date:
        """Return the date on which the interval that contains *at* starts. The calendar must be open then."""
        return next(start.date() for start, end in self.stretches if start <= at < end)

    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""
        first = bisect_right(self._merged, start, key=itemgetter(1))
        until = bisect_right(self._merged, end, key=itemgetter(0))
        return clip(self._merged[first:until], start, end)

    def pattern_of(self, half_year: int) -> Hashable:
        """Return a value that is equal for two half-years only if the calendar is open at the same times of both."""
        around = next(self.intervals_between(start_of(half_year) - AROUND, start_of(half_year + 1) + AROUND), None)
        return None if around is None else half_year

    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, that start on *day*."""
        return merge_overlapping(
            (opens - EPOCH, closes - EPOCH) for opens, closes in self.stretches if opens.date() == day
        )

    def segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield the segments of `trace`, as time since the epoch. Equal neighbors need not be merged."""
        return resolve_overlaps(
            (Segment(*each, counted=True, why="hours") for each in self.intervals_between(start, end)), start, end
        )
