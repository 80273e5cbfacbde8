"""The base class of all calendars: opening times and working-time arithmetic.

A calendar is open at an instant if and only if the local time of its zone at that instant lies in the hours of that
local date. Every instant has exactly one local time, so DST needs no special rules: a skipped hour is never open, and a
repeated hour counts twice.

Subclasses yield the open intervals between two instants; everything else is computed from those. Intervals are cached
in an `OpenTimeIndex`. A query on the index is one binary search, whether it spans a day or twenty years. What lies
farther away is skipped by sums (`ticketflow.calendars.indexed`).

Source: docs/semantics.md 1.2 to 1.5, 1.7.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import assert_never

import attrs

from ticketflow.calendars.half_years import half_year_of, start_of
from ticketflow.calendars.hours import time_of_day
from ticketflow.calendars.indexed import IndexedCalendar
from ticketflow.calendars.intervals import Interval, merge_overlapping
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, OutsideHours, Span, WhenShut, WorkingTime
from ticketflow.calendars.trace import Segment, merge_equal
from ticketflow.calendars.zones import from_local, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, ZERO, to_utc
from ticketflow.kernel.type_checks import check_argument

_MOST_DAYS = date.max.toordinal()
_TWO_DAYS = 2 * DAY
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- a local time


@attrs.frozen
class Calendar(IndexedCalendar):
    """A calendar of open time: the interface that all kinds of calendar share.

    Attributes:
        zone: The IANA name of the zone whose local dates business days are counted on.
        limits: The interval, as time since the epoch, in which the calendar can answer queries.
        first_special: The first date that may differ from the weekly and yearly pattern.
        last_special: The last such date.
    """

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

        >>> from zoneinfo import ZoneInfo
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

        >>> from datetime import UTC
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
        if position < len(index.edges):
            return EPOCH + index.edges[position]
        return EPOCH + (self.earliest(index, moment, MICROSECOND, at) - MICROSECOND)

    def next_close(self, at: datetime) -> datetime:
        """Return the earliest instant after *at*, in UTC, at which the calendar closes.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverClosesError: the calendar is open and never closes.
            NeverOpenError: the calendar never opens after *at*.
            OutOfRangeError: the local time at *at* lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        >>> from datetime import UTC
        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_close(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T18:00:00+00:00'
        """
        moment = _since_epoch(at, "at")
        index = self.index_covering(moment, moment + MICROSECOND)
        position = bisect_right(index.edges, moment)
        if position == len(index.edges):
            moment = self.earliest(index, moment, MICROSECOND, at) - MICROSECOND
            index = self.index_covering(moment, moment + MICROSECOND)
            position = bisect_right(index.edges, moment)
        closing = index.edges[position | 1]
        return EPOCH + (closing if closing < index.until else self.first_closing(index, index.edges[-2], at))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from *start* to *end*, negative if *end* is earlier.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays of a date between them are not known.

        Source: docs/semantics.md 1.4.

        >>> from datetime import UTC
        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> friday, monday = datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> office.between(friday, monday), office.between(monday, friday)
        (datetime.timedelta(seconds=7200), datetime.timedelta(days=-1, seconds=79200))
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        index = self._indexes[-1]
        if index.since <= first <= index.until and index.since <= last <= index.until:
            return index.opened_before(last) - index.opened_before(first)
        return self.opened_between(first, last) if first <= last else -self.opened_between(last, first)

    def between_each(self, instants: Sequence[datetime]) -> list[timedelta]:
        """Return the open time from each of these instants to the next one. One search for each is enough.

        Args:
            instants: The instants, oldest first; aware.

        Raises:
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays of a date between them are not known.

        >>> from datetime import UTC
        >>> from ticketflow import BusinessCalendar
        >>> days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (20, 21, 24)]  # the first is a Friday
        >>> list(map(str, BusinessCalendar("UTC", "mon-fri 09:00-18:00").between_each(days)))
        ['6:00:00', '12:00:00']
        """
        index = self._indexes[-1]
        if not (index.since <= instants[0] - EPOCH and instants[-1] - EPOCH <= index.until):
            return [self.between(start, end) for start, end in pairwise(instants)]
        opened_before, found = index.opened_before, []
        before = opened_before(instants[0] - EPOCH)
        for at in instants[1:]:
            opened = opened_before(at - EPOCH)
            found.append(opened - before)
            before = opened
        return found

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

        >>> from datetime import UTC
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
        needed = index.opened_before(moment) + amount
        if amount > ZERO:
            if needed <= index.opened[-1]:
                return _instant(index.earliest(needed))
            return _instant(self.earliest(index, moment, amount, start))
        return EPOCH + (index.latest(needed) if needed >= ZERO else self.latest(index, moment, -amount, start))

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

        >>> from datetime import UTC
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
            case BusinessDays():
                return self._add_days(begun, span)
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

        >>> from datetime import UTC
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
            end = min(start_of(half_year_of(first) + 1), last)
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

        >>> from datetime import UTC
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

        >>> from datetime import UTC
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
        return self._add_days(to_utc(start, "start"), BusinessDays(days, anchor, shut, at))

    def _add_days(self, start: datetime, span: BusinessDays) -> datetime:
        """Return the instant that lies *span* after *start*, which is in UTC."""
        if span.days > _MOST_DAYS:
            raise OutOfRangeError(f"{span.days} business days after {start.isoformat()}")
        if span.at is not None:
            return self._point_of_day(start, span.days, span.at)
        begun = self.next_open(start) if span.anchor == "next_opening" else start
        if span.days == 0:
            return self._resolve_shut(begun, span.shut)
        day, wall = self._business_date(begun)
        found, midnight = self.nth_business_day(day, span.days, begun)
        if midnight is not None and ZERO <= wall < _TWO_DAYS:
            return self._resolve_shut(EPOCH + (midnight + wall), span.shut)
        return self._resolve_shut(from_local(_LOCAL_EPOCH + found * DAY + wall, self._zone), span.shut)

    def _business_date(self, at: datetime) -> tuple[int, timedelta]:
        """Return the date to count from at an instant, and the time since its midnight in local time.

        The date is that of the shift that is open then, or else the local date, as days since the epoch.
        """
        found = self._local_day(at - EPOCH)
        if found is None:
            local = to_local(at, self._zone)
            day = self.shift_date(at) if self.is_open(at) else local.date()
            found = (day - _LOCAL_EPOCH.date()).days, local - datetime.combine(day, time())
        return found

    def _point_of_day(self, start: datetime, days: int, point: str) -> datetime:
        """Return the point of the *days*-th business day after the date of *start*, but none before *start*."""
        own, _ = self._business_date(start)
        if days == 0 and self.has_open_time_on(_LOCAL_EPOCH.date() + own * DAY):
            at = self._point_on(own, None, point)
            if at >= start:
                return at
        number = max(days, 1)
        while (at := self._point_on(*self.nth_business_day(own, number, start), point)) < start:
            number += 1
        return at

    def _point_on(self, day: int, midnight: timedelta | None, point: str) -> datetime:
        """Return a point of a date with open time, and, if that is one sum, with a known midnight."""
        opened = tuple(self.intervals_on(_LOCAL_EPOCH.date() + day * DAY))
        if point == "opening":
            return EPOCH + opened[0][0]
        if point != "closing":
            wall = time_of_day(point)
            if midnight is None:
                at = from_local(_LOCAL_EPOCH + day * DAY + wall, self._zone) - EPOCH
            else:
                at = midnight + wall
            for opens, closes in opened:
                if at < closes:
                    return EPOCH + max(opens, at)
        return _instant(opened[-1][1])

    def _resolve_shut(self, at: datetime, shut: WhenShut) -> datetime:
        """Apply the *shut* policy to an instant at which the calendar may be closed."""
        if shut == "as_it_is" or self.is_open(at):
            return at
        return self.next_open(at) if shut == "next_opening" else self._previous_close(at)

    def _previous_close(self, at: datetime) -> datetime:
        moment = at - EPOCH
        index = self.index_covering(moment, moment + MICROSECOND)
        position = bisect_right(index.edges, moment)
        if position:
            return EPOCH + index.edges[position - 1]
        return EPOCH + (self.latest(index, moment, MICROSECOND, at) + MICROSECOND)

    def trace(self, start: datetime, end: datetime) -> tuple[Segment[datetime], ...]:
        """Return the segments from *start* to *end*: whether each is open, and why. In order and in UTC.

        Segments leave no gaps, and adjacent segments with the same reason are merged. If *end* is not after *start*,
        there are none.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays are not known in that time.

        >>> from datetime import UTC
        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={date(2026, 11, 20): "Consciencia Negra"})
        >>> thursday, monday = datetime(2026, 11, 19, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> [(each.why, each.name) for each in office.trace(thursday, monday)]  # doctest: +NORMALIZE_WHITESPACE
        [('hours', None), ('closed', None), ('holiday', 'Consciencia Negra'), ('closed', None), ('hours', None)]
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        if last <= first:
            return ()
        self._check_limits(first, last)
        return tuple(self._segments_between(first, last))

    def iter_trace(self, start: datetime, end: datetime) -> Iterator[Segment[datetime]]:
        """Return an iterator over the segments of `trace`.

        Segments are computed while iterating, so *end* may be far away.

        Raises:
            NaiveDatetimeError: *start* or *end* has no time zone.
            OutOfRangeError: a local time lies outside the years 1 to 9999; raised while iterating.
            UnknownHolidaysError: the public holidays are not known; raised while iterating.

        >>> from datetime import UTC
        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> segments = office.iter_trace(datetime(2026, 11, 20, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
        >>> [next(segments).why for _ in range(3)]
        ['closed', 'hours', 'closed']
        """
        return self._segments_between(_since_epoch(start, "start"), _since_epoch(end, "end"))

    def _segments_between(self, first: timedelta, last: timedelta) -> Iterator[Segment[datetime]]:
        """Yield the segments between two instants since the epoch, half a year at a time."""
        for segment in merge_equal(self._traced(first, last)):
            yield Segment(EPOCH + segment.start, EPOCH + segment.end, segment.counted, segment.why, segment.name)

    def _traced(self, first: timedelta, last: timedelta) -> Iterator[Segment[timedelta]]:
        while first < last:
            end = min(start_of(half_year_of(first) + 1), last)
            self._check_limits(first, end)
            yield from self.segments(first, end)
            first = end

    @abstractmethod
    def shift_date(self, at: datetime) -> date:
        """Return the date on which the shift that is open at *at* starts. The calendar must be open then."""

    @abstractmethod
    def segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield the segments of `trace`, as time since the epoch. Equal neighbors need not be merged."""


def _instant(moment: timedelta) -> datetime:
    """Return an answer as an instant. Only the end of the year 9999 is none: it has no datetime."""
    try:
        return EPOCH + moment
    except OverflowError:
        raise OutOfRangeError("the answer") from None


def _since_epoch(at: datetime, name: str) -> timedelta:
    """Return an instant as time since the epoch."""
    try:
        return at - EPOCH
    except (TypeError, OverflowError):
        return to_utc(at, name) - EPOCH  # raises the precise error
