"""The base class of all calendars: opening times and working-time arithmetic.

A calendar is open at an instant if and only if the local time of its zone at that instant lies in the hours of that
local date. Every instant has exactly one local time, so DST needs no special rules: a skipped hour is never open, and a
repeated hour counts twice.

Subclasses yield the open intervals between two instants; everything else is computed from those. Intervals are cached
in an `OpenTimeIndex`, in blocks of half a year. A query on the index is one binary search, whether it spans a day or
twenty years.

Source: docs/semantics.md 1.2 to 1.5, 1.7.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice
from typing import assert_never
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.hours import time_of_day
from ticketflow.calendars.intervals import Interval, OpenTimeIndex, merge_overlapping
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, OutsideHours, Span, WhenShut, WorkingTime
from ticketflow.calendars.trace import Segment, merge_equal
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, NeverClosesError, NeverOpenError, OutOfRangeError, TicketflowError
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, ZERO, to_utc
from ticketflow.kernel.type_checks import check_argument

# The Gregorian calendar, and with it every zone's DST rule, repeats after 400 years. A calendar that is closed for
# longer, with no special date in that time, never opens again.
_CYCLE_YEARS = 400
_CYCLE = _CYCLE_YEARS * timedelta(days=365, hours=6)
# Irregular changes of zone offsets lie between these dates (tzdata 2026.6: the first is Amsterdam in 1835, the last
# Morocco in 2087). Outside them each zone has a fixed offset or a rule that repeats.
_FIRST_CHANGE, _LAST_CHANGE = date(1800, 1, 1), date(2100, 1, 1)
# A query at the edge of a block builds two blocks, which is no more than a year.
_BLOCK = 182 * DAY
_MOST_DAYS = date.max.toordinal()
_EMPTY_INDEX = OpenTimeIndex.of(ZERO, ZERO, ())


@attrs.frozen
class Calendar(ABC):
    """A calendar of open time: the interface that all kinds of calendar share.

    Attributes:
        zone: The IANA name of the zone whose local dates business days are counted on.
        limits: The interval, as time since the epoch, in which the calendar can answer queries.
        first_special: The first date that may differ from the weekly and yearly pattern.
        last_special: The last such date.
    """

    zone: str = attrs.field(init=False, eq=False, repr=False)
    limits: Interval = attrs.field(init=False, eq=False, repr=False)
    first_special: date = attrs.field(init=False, eq=False, repr=False)
    last_special: date = attrs.field(init=False, eq=False, repr=False)
    _zone: ZoneInfo = attrs.field(init=False, eq=False, repr=False)
    _indexes: tuple[OpenTimeIndex, ...] = attrs.field(init=False, eq=False, repr=False)

    def _prepare(self, zone: str, limits: Interval, special: tuple[date, date]) -> None:
        """Set the derived fields. Subclasses call this once, when they are built.

        Args:
            zone: The zone whose local dates business days are counted on.
            limits: The interval, as time since the epoch, in which the calendar can answer queries.
            special: The first and the last date that differ from the weekly and yearly pattern.
        """
        object.__setattr__(self, "zone", zone)
        object.__setattr__(self, "_zone", load_zone(zone))
        object.__setattr__(self, "limits", limits)
        object.__setattr__(self, "first_special", min(special[0], _FIRST_CHANGE))
        object.__setattr__(self, "last_special", max(special[1], _LAST_CHANGE))
        object.__setattr__(self, "_indexes", (_EMPTY_INDEX,))

    def __reduce__(self) -> tuple[object, ...]:
        fields = attrs.fields(type(self))
        return (type(self), tuple(getattr(self, field.name) for field in fields if field.init))

    def is_open(self, at: datetime) -> bool:
        """Return whether the calendar is open at the instant *at*.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays of that date are not known.

        Source: docs/semantics.md 1.2.

        >>> from ticketflow import BusinessCalendar
        >>> madrid = BusinessCalendar("Europe/Madrid", "sun 02:00-03:00")
        >>> madrid.is_open(datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Madrid")))  # a skipped hour
        False
        """
        moment = _since_epoch(at, "at")
        index = self._indexes[-1]
        if not index.since <= moment < index.until:
            index = self.index_covering(moment, moment + MICROSECOND)
        return bisect_right(index.edges, moment) & 1 == 1

    def next_open(self, at: datetime) -> datetime:
        """Return the earliest instant at or after *at*, in UTC, at which the calendar is open.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverOpenError: the calendar never opens after *at*.
            OutOfRangeError: the local time at *at* lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_open(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T09:00:00+00:00'
        """
        moment = _since_epoch(at, "at")
        index = self._indexes[-1]
        if not index.since <= moment < index.until:
            index = self.index_covering(moment, moment + MICROSECOND)
        position = bisect_right(index.edges, moment)
        if position & 1:
            return EPOCH + moment
        while position == len(index.edges):
            index = self._extend_later(index, at)
            position = bisect_right(index.edges, moment)
        return EPOCH + index.edges[position]

    def next_close(self, at: datetime) -> datetime:
        """Return the earliest instant after *at*, in UTC, at which the calendar closes.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverClosesError: the calendar is open and never closes.
            NeverOpenError: the calendar never opens after *at*.
            OutOfRangeError: the local time at *at* lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_close(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T18:00:00+00:00'
        """
        moment = _since_epoch(at, "at")
        index = self.index_covering(moment, moment + MICROSECOND)
        while (closing := bisect_right(index.edges, moment) | 1) >= len(index.edges) or index.edges[
            closing
        ] == index.until:
            if (
                closing < len(index.edges)
                and index.until - max(index.edges[closing - 1], _noon(self.last_special)) > _CYCLE
            ):
                raise NeverClosesError(self.zone, at)
            index = self._extend_later(index, at)
        return EPOCH + index.edges[closing]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from *start* to *end*, negative if *end* is earlier.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays of a date between them are not known.

        Source: docs/semantics.md 1.4.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> friday, monday = datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> office.between(friday, monday), office.between(monday, friday)
        (datetime.timedelta(seconds=7200), datetime.timedelta(days=-1, seconds=79200))
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        index = self._indexes[-1]
        if not (index.since <= first <= index.until and index.since <= last <= index.until):
            index = self.index_covering(min(first, last), max(first, last))
        return index.opened_before(last) - index.opened_before(first)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant, in UTC, by which *amount* of open time has passed.

        If the amount is used up exactly at a closing, the answer is that closing, not the next opening. For a negative
        amount, the answer is the latest instant from which that much open time passes until *start*.

        Args:
            start: The instant to count from.
            amount: The open time to add, positive or negative, exact to the microsecond. 0 returns *start*.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            BadValueError: *amount* is not a timedelta.
            NeverOpenError: the calendar does not have that much open time left.
            OutOfRangeError: *start* or the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        Source: docs/semantics.md 1.4; zendesk/biz returns the next opening instead.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.add(datetime(2026, 11, 20, 9, tzinfo=UTC), timedelta(hours=9)).isoformat()
        '2026-11-20T18:00:00+00:00'
        """
        moment = _since_epoch(start, "start")
        if not isinstance(amount, timedelta):
            raise BadValueError(f"amount {amount!r} is not a timedelta", "give a timedelta")
        if not amount:
            return EPOCH + moment
        index = self._indexes[-1]
        if not index.since <= moment <= index.until:
            index = self.index_covering(moment, moment)
        low, high = self.limits
        if not low - moment <= amount <= high - moment:  # open time cannot exceed elapsed time
            raise self.error_beyond_limits(high if amount > ZERO else low - MICROSECOND)
        if amount > ZERO:
            while (needed := index.opened_before(moment) + amount) > index.opened[-1]:
                index = self._extend_later(index, start)
            return EPOCH + index.earliest(needed)
        while (needed := index.opened_before(moment) + amount) < ZERO:
            index = self._extend_earlier(index, start)
        return EPOCH + index.latest(needed)

    def after(self, start: datetime, span: Span) -> datetime:
        """Return the earliest instant, in UTC, by which *span* has passed since *start*.

        Working time and business days are counted on this calendar. Elapsed time and calendar spans ignore opening
        hours. A calendar span without a zone uses this calendar's zone.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            NeverOpenError: the calendar does not open often enough.
            OutOfRangeError: the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        Source: docs/semantics.md 1.4, 1.6 to 1.8, 1.10.

        >>> from ticketflow import BusinessCalendar, Elapsed, WorkingTime
        >>> friday = datetime(2026, 11, 20, 17, tzinfo=UTC)
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> [str(office.after(friday, span)) for span in (Elapsed(hours=2), WorkingTime(hours=2))]
        ['2026-11-20 19:00:00+00:00', '2026-11-23 10:00:00+00:00']
        """
        begun = to_utc(start, "start")
        match span:
            case Elapsed(amount=amount):
                try:
                    return begun + amount
                except OverflowError:
                    raise OutOfRangeError(f"{span} after {begun.isoformat()}") from None
            case WorkingTime(amount=amount):
                return self.add(begun, amount)
            case BusinessDays(days=days, anchor=anchor, shut=shut, at=at):
                return self.add_business_days(begun, days, anchor=anchor, shut=shut, at=at)
            case CalendarSpan():
                return span.after(begun, self._zone)
            case _:
                check_argument(span, Span, "span")
                assert_never(span)

    def open_intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Return an iterator over the open intervals from *start* to *end*, ascending and in UTC.

        Adjacent intervals are merged. The first and the last are clipped to *start* and *end*. Intervals are computed
        while iterating, so *end* may be far away.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999; raised while iterating.
            UnknownHolidaysError: the public holidays are not known; raised while iterating.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-12:00 13:00-18:00")
        >>> days = office.open_intervals(datetime(2026, 11, 23, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
        >>> [closes.hour for _, closes in (next(days), next(days), next(days))]
        [12, 18, 12]
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        return ((EPOCH + opens, EPOCH + closes) for opens, closes in merge_overlapping(self._iterate_open(first, last)))

    def _iterate_open(self, first: timedelta, last: timedelta) -> Iterator[Interval]:
        while first < last:
            end = min((first // _BLOCK + 1) * _BLOCK, last)
            yield from self.index_covering(first, end).intervals(first, end)
            first = end

    def business_day_of(self, at: datetime) -> date | None:
        """Return the date on which the shift that is open at *at* starts, or None if the calendar is closed.

        Where shifts of two dates overlap, the local date of *at* wins.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays of that date are not known.

        Source: docs/semantics.md 1.7.

        >>> from ticketflow import BusinessCalendar
        >>> night = BusinessCalendar("UTC", "fri 22:00-06:00")
        >>> night.business_day_of(datetime(2026, 11, 28, 2, tzinfo=UTC))
        datetime.date(2026, 11, 27)
        """
        return self.shift_date(at) if self.is_open(at) else None

    def add_business_days(
        self,
        start: datetime,
        days: int,
        *,
        anchor: OutsideHours = "next_opening",
        shut: WhenShut = "next_opening",
        at: str | None = None,
    ) -> datetime:
        """Return the instant, in UTC, that lies *days* business days after *start*.

        A start outside hours first moves to the next opening. The answer has the same local time on the *days*-th
        following date with open time. If the calendar is closed then, the answer is the next opening. A local time
        after midnight in an overnight shift belongs to the date on which the shift starts.

        Args:
            start: The instant to count from.
            days: The number of business days, 0 or more. 0 gives the start itself, or the next opening.
            anchor: What to do with a start outside hours: ``next_opening`` moves it there, ``as_it_is`` counts from
                its local date and time.
            shut: What to do if the calendar is closed at the answer: ``next_opening``, ``as_it_is``, or
                ``last_closing`` for the closing before it.
            at: The point of the day of the answer, as in `BusinessDays`: ``opening``, ``closing`` or a local time.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            BadValueError: *days* is not a whole number of 0 or more, or another argument is not possible.
            NeverOpenError: the calendar does not have that many business days left.
            OutOfRangeError: *start* or the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        Source: docs/semantics.md 1.7; zendesk/biz does not move the start.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> saturday = datetime(2026, 11, 21, 15, tzinfo=UTC)
        >>> office.add_business_days(saturday, 1).isoformat()
        '2026-11-24T09:00:00+00:00'
        >>> office.add_business_days(saturday, 1, anchor="as_it_is").isoformat()
        '2026-11-23T15:00:00+00:00'
        >>> office.add_business_days(saturday, 1, at="closing").isoformat()
        '2026-11-23T18:00:00+00:00'
        """
        point = BusinessDays(days, anchor, shut, at).at  # validates the arguments
        if days > _MOST_DAYS:
            raise OutOfRangeError(f"{days} business days after {start.isoformat()}")
        asked = to_utc(start, "start")
        if point is not None:
            return self._point_of_day(asked, days, point)
        begun = self.next_open(asked) if anchor == "next_opening" else asked
        if days == 0:
            return self._resolve_shut(begun, shut)
        local = to_local(begun, self._zone)
        day = self.shift_date(begun) if anchor == "next_opening" or self.is_open(begun) else local.date()
        wall = local - datetime.combine(day, time())
        day = next(islice(self._business_days_after(day, begun), days - 1, None))
        return self._resolve_shut(from_local(datetime.combine(day, time()) + wall, self._zone), shut)

    def _point_of_day(self, start: datetime, days: int, point: str) -> datetime:
        """Return the point of the *days*-th business day after the date of *start*, but none before *start*."""
        own = self.shift_date(start) if self.is_open(start) else to_local(start, self._zone).date()
        later = self._business_days_after(own, start)
        counts_own = days == 0 and self.has_open_time_on(own)
        those = chain([own], later) if counts_own else islice(later, max(days - 1, 0), None)
        return next(at for day in those if (at := self._point_on(day, point)) >= start)

    def _point_on(self, day: date, point: str) -> datetime:
        """Return a point of a date with open time."""
        opened = tuple(self.intervals_on(day))
        if point == "opening":
            return EPOCH + opened[0][0]
        if point != "closing":
            wall = from_local(datetime.combine(day, time()) + time_of_day(point), self._zone) - EPOCH
            for opens, closes in opened:
                if wall < closes:
                    return EPOCH + max(opens, wall)
        return EPOCH + opened[-1][1]

    def _resolve_shut(self, at: datetime, shut: WhenShut) -> datetime:
        """Apply the *shut* policy to an instant at which the calendar may be closed."""
        if shut == "as_it_is" or self.is_open(at):
            return at
        return self.next_open(at) if shut == "next_opening" else self._previous_close(at)

    def _previous_close(self, at: datetime) -> datetime:
        moment = at - EPOCH
        index = self.index_covering(moment, moment + MICROSECOND)
        while (position := bisect_right(index.edges, moment)) == 0:
            index = self._extend_earlier(index, at)
        return EPOCH + index.edges[position - 1]

    def _business_days_after(self, day: date, begun: datetime) -> Iterator[date]:
        """Yield the dates after *day* that have open time; raise once there cannot be another."""
        worked, end = day, self.limits[1]
        near_end = date.max if end > _noon(date.max) else (EPOCH + end).date() - DAY
        while day < date.max:
            day += DAY
            if day >= near_end and from_local(datetime.combine(day, time()), self._zone) - EPOCH >= end:
                raise self.error_beyond_limits(end)
            if self.has_open_time_on(day):
                worked = day
                yield day
            elif day.year - max(worked, self.last_special).year > _CYCLE_YEARS:
                raise NeverOpenError(self.zone, begun)
        raise self.error_beyond_limits(end)

    def trace(self, start: datetime, end: datetime) -> tuple[Segment[datetime], ...]:
        """Return the segments from *start* to *end*: whether each is open, and why. In order and in UTC.

        Segments leave no gaps, and adjacent segments with the same reason are merged. If *end* is not after *start*,
        there are none.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays are not known in that time.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={date(2026, 11, 20): "Consciencia Negra"})
        >>> thursday, monday = datetime(2026, 11, 19, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> [(each.why, each.name) for each in office.trace(thursday, monday)]  # doctest: +NORMALIZE_WHITESPACE
        [('hours', None), ('closed', None), ('holiday', 'Consciencia Negra'), ('closed', None), ('hours', None)]
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        if last <= first:
            return ()
        self.index_covering(first, last)  # raises if part of it is not known
        return tuple(
            Segment(EPOCH + segment.start, EPOCH + segment.end, segment.counted, segment.why, segment.name)
            for segment in merge_equal(self.segments(first, last))
        )

    @abstractmethod
    def shift_date(self, at: datetime) -> date:
        """Return the date on which the shift that is open at *at* starts. The calendar must be open then."""

    def has_open_time_on(self, day: date) -> bool:
        """Return whether the shifts that start on *day* have open time."""
        return any(True for _ in self.intervals_on(day))

    @abstractmethod
    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, of the shifts that start on *day*."""

    @abstractmethod
    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""

    @abstractmethod
    def segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield the segments of `trace`, as time since the epoch. Equal neighbors need not be merged."""

    @abstractmethod
    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""

    def index_covering(self, first: timedelta, last: timedelta) -> OpenTimeIndex:
        """Return an index that covers *first* to *last*, both since the epoch, building what is missing.

        Indexes are cached, the most recently used one last. They are replaced as a whole and never mutated, so threads
        can at worst do the same work twice.

        Raises:
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays are not known in that time.
        """
        indexes = self._indexes
        for index in indexes:
            if index.since <= first and last <= index.until:
                object.__setattr__(self, "_indexes", (*(other for other in indexes if other is not index), index))
                return index
        low, high = self.limits
        if not low <= first <= last <= high:
            raise self.error_beyond_limits(first if first < low else last)
        start, end = max(first // _BLOCK * _BLOCK, low), min((last // _BLOCK + 1) * _BLOCK, high)
        separate = tuple(index for index in indexes if index.until < start or index.since > end)
        touching = (index for index in indexes if index.since <= end and index.until >= start)
        parts = sorted(touching, key=lambda index: index.since)
        begin = min([start, *(index.since for index in parts)])
        merged = OpenTimeIndex.of(begin, begin, ())
        for index in parts:
            merged = self._extend(merged, index.since) + index
        merged = self._extend(merged, end)
        object.__setattr__(self, "_indexes", (*separate, merged))
        return merged

    def _extend(self, index: OpenTimeIndex, until: timedelta) -> OpenTimeIndex:
        if index.until >= until:
            return index
        return index + OpenTimeIndex.of(index.until, until, self.intervals_between(index.until, until))

    def _extend_later(self, index: OpenTimeIndex, asked: datetime) -> OpenTimeIndex:
        """Return *index* extended into the future; raise if the calendar never opens again.

        *asked* is the instant of the query, for the error.
        """
        end = self.limits[1]
        closed_since = index.since if not index.edges else index.edges[-1]
        if index.until - max(closed_since, _noon(self.last_special)) > _CYCLE:
            raise NeverOpenError(self.zone, asked)
        if index.until >= end:
            raise self.error_beyond_limits(end)
        return self.index_covering(index.since, min(index.until + _growth(index), end))

    def _extend_earlier(self, index: OpenTimeIndex, asked: datetime) -> OpenTimeIndex:
        """Return *index* extended into the past; raise if the calendar was never open before."""
        start = self.limits[0]
        closed_until = index.until if not index.edges else index.edges[0]
        if min(closed_until, _noon(self.first_special)) - index.since > _CYCLE:
            raise NeverOpenError(self.zone, asked)
        if index.since <= start:
            raise self.error_beyond_limits(start - MICROSECOND)
        return self.index_covering(max(index.since - _growth(index), start), index.until)


def _growth(index: OpenTimeIndex) -> timedelta:
    """Return by how much to extend an index: an eighth of its length, to limit copying."""
    return max((index.until - index.since) // 8, MICROSECOND)


def _noon(day: date) -> timedelta:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - EPOCH


def _since_epoch(at: datetime, name: str) -> timedelta:
    """Return an instant as time since the epoch."""
    try:
        return at - EPOCH
    except (TypeError, OverflowError):
        return to_utc(at, name) - EPOCH  # raises the precise error
