"""What a calendar remembers, and how it searches: indexes of open time and business days, and sums of half-years.

An `OpenTimeIndex` answers with one binary search whatever lies in it. Indexes are built half a year at a time, and only
so much of them is kept. What lies farther away is skipped by sums of half-years. A sum is computed once for each
pattern of half-years, so the steps to the year 9999 are as many as the half-years, and few of those are built.

All caches are replaced as a whole and never changed, so threads can at worst do the same work twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.half_years import (
    AROUND,
    FIRST_CHANGE,
    LAST_CHANGE,
    NO_TOTALS,
    Totals,
    first_day,
    half_year_of,
    start_of,
    zone_pattern,
)
from ticketflow.calendars.intervals import Interval, OpenTimeIndex
from ticketflow.calendars.zones import from_local, load_zone
from ticketflow.errors import NeverClosesError, NeverOpenError, TicketflowError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, ZERO

# The Gregorian calendar, and with it every zone's DST rule, repeats after 400 years. A calendar that is closed for
# longer, with no special date in that time, never opens again.
_CYCLE_YEARS = 400
_CYCLE = _CYCLE_YEARS * timedelta(days=365, hours=6)

LONGEST = 40 * timedelta(days=366)
"""The longest time that one index covers. Farther answers are found by sums of half-years."""
SHORT = 4 * timedelta(days=366)
"""The longest time that is built without looking at how many openings there are."""
MOST_EDGES = 50_000
"""The number of openings and closings in one index: 50 years of two shifts on five days a week."""
MOST_KEPT = 100_000
"""The number of openings and closings in all indexes of a calendar, some 7 MiB."""
MOST_INDEXES = 16
"""The number of indexes that a calendar keeps."""
MOST_DAYS = LONGEST // DAY
"""The number of dates in an index of business days."""
_MOST_TIMES = 80  # half-years in `LONGEST`
_DAYS_AT_ONCE, _LEAP_YEAR = 16, 366
_NEAR_LIMITS = 3 * DAY  # shifts of a date lie within two days of it, and offsets are less than a day
_AROUND = timedelta(hours=72)  # every shift lies within this distance of noon UTC of its date, whatever the offset
_FIRST_REGULAR, _LAST_REGULAR = 2 * date.min.year + 2, 2 * date.max.year - 1  # half-years well inside all years
_EPOCH_ORDINAL = EPOCH.toordinal()
_EMPTY_INDEX = OpenTimeIndex.of(ZERO, ZERO, ())

T = TypeVar("T")
Calm = tuple[int, int, timedelta]
"""Days since the epoch, the first and the last, around which a zone has one offset, and the offset."""


@attrs.frozen
class BusinessDayIndex:
    """The business days between two dates, prepared for binary search. All are days since the epoch.

    Attributes:
        first: The first date covered.
        until: The first date after those covered.
        days: The business days.
        midnights: For each, the instant at which it starts as time since the epoch; None where the offset of the zone
            changes near it.
    """

    first: int
    until: int
    days: list[int]
    midnights: list[timedelta | None]


_NO_DAYS = BusinessDayIndex(0, 0, [], [])


@attrs.frozen
class IndexedCalendar(ABC):
    """The part of a calendar that caches and searches.

    Attributes:
        zone: The IANA name of the zone whose local dates business days are counted on.
        limits: The interval, as time since the epoch, in which the calendar can answer queries.
        first_special: The first date that may differ from the weekly and yearly pattern.
        last_special: The last such date.
        runs_overnight: Whether a shift may belong to another date than the local one, in `zone`.
    """

    zone: str = attrs.field(init=False, eq=False, repr=False)
    limits: Interval = attrs.field(init=False, eq=False, repr=False)
    first_special: date = attrs.field(init=False, eq=False, repr=False)
    last_special: date = attrs.field(init=False, eq=False, repr=False)
    runs_overnight: bool = attrs.field(init=False, eq=False, repr=False)
    _zone: ZoneInfo = attrs.field(init=False, eq=False, repr=False)
    _indexes: tuple[OpenTimeIndex, ...] = attrs.field(init=False, eq=False, repr=False)
    _open_totals: Totals = attrs.field(init=False, eq=False, repr=False)
    _open_alike: Mapping[Hashable, int] = attrs.field(init=False, eq=False, repr=False)
    _days: BusinessDayIndex = attrs.field(init=False, eq=False, repr=False)
    _day_totals: Totals = attrs.field(init=False, eq=False, repr=False)
    _days_alike: Mapping[Hashable, bytes] = attrs.field(init=False, eq=False, repr=False)
    _calm: Calm = attrs.field(init=False, eq=False, repr=False)

    def _prepare(self, zone: str, limits: Interval, special: tuple[date, date], *, runs_overnight: bool) -> None:
        """Set the derived fields. Subclasses call this once, when they are built.

        Args:
            zone: The zone whose local dates business days are counted on.
            limits: The interval, as time since the epoch, in which the calendar can answer queries.
            special: The first and the last date that differ from the weekly and yearly pattern.
            runs_overnight: Whether a shift may belong to another date than the local one.
        """
        self._keep("zone", zone)
        self._keep("_zone", load_zone(zone))
        self._keep("limits", limits)
        self._keep("first_special", min(special[0], date(FIRST_CHANGE, 1, 1)))
        self._keep("last_special", max(special[1], date(LAST_CHANGE, 1, 1)))
        self._keep("_indexes", (_EMPTY_INDEX,))
        self._keep("_open_totals", NO_TOTALS)
        self._keep("_open_alike", FrozenMap())
        self._keep("_days", _NO_DAYS)
        self._keep("_day_totals", NO_TOTALS)
        self._keep("_days_alike", FrozenMap())
        self._keep("_calm", (1, 0, ZERO))
        self._keep("runs_overnight", runs_overnight)

    def _keep(self, name: str, value: object) -> None:
        """Replace a derived field or a cache of this frozen object."""
        object.__setattr__(self, name, value)

    # -- What subclasses define ----------------------------------------------------------------------------------------

    @abstractmethod
    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""

    @abstractmethod
    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, of the shifts that start on *day*."""

    @abstractmethod
    def pattern_of(self, half_year: int) -> Hashable:
        """Return a value that is equal for two half-years only if the calendar is open at the same times of both.

        Times count from the start of the half-year, and dates near it are alike too. The half-year is not among the
        first and the last of `limits`.
        """

    @abstractmethod
    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""

    def has_open_time_on(self, day: date) -> bool:
        """Return whether the shifts that start on *day* have open time."""
        return any(True for _ in self.intervals_on(day))

    # -- Indexes of open time ------------------------------------------------------------------------------------------

    def index_covering(self, first: timedelta, last: timedelta) -> OpenTimeIndex:
        """Return an index that covers *first* to *last*, both since the epoch, building what is missing.

        The most recently used index is the last one. Those that were not used for long are dropped.

        Raises:
            OutOfRangeError: a local time lies outside the years 1 to 9999.
            UnknownHolidaysError: the public holidays are not known in that time.
        """
        indexes = self._indexes
        for index in indexes:
            if index.since <= first and last <= index.until:
                if index is not indexes[-1]:
                    self._keep("_indexes", (*(other for other in indexes if other is not index), index))
                return index
        self._check_limits(first, last)
        start, end = self._half_years_around(first, last)
        parts = _touching(indexes, start, end) if self._fits(start, end) else []
        begin = min([start, *(index.since for index in parts)])
        merged = OpenTimeIndex.of(begin, begin, ())
        for index in sorted(parts, key=lambda index: index.since):
            merged = self._extend(merged, index.since) + index
        merged = self._extend(merged, end)
        others = (index for index in indexes if index.until <= merged.since or index.since >= merged.until)
        self._keep("_indexes", _most_recent((*others, merged)))
        return merged

    def _check_limits(self, first: timedelta, last: timedelta) -> None:
        low, high = self.limits
        if not low <= first <= last <= high:
            raise self.error_beyond_limits(first if first < low else last)

    def _half_years_around(self, first: timedelta, last: timedelta) -> Interval:
        """Return the start of the first half-year and the end of the last one between two instants."""
        low, high = self.limits
        start, until = half_year_of(first), half_year_of(max(first, last - MICROSECOND)) + 1
        return max(start_of(start), low), min(start_of(until), high)

    def _fits(self, start: timedelta, end: timedelta) -> bool:
        """Return whether one index can cover the time between two instants, and the indexes that touch it."""
        parts = _touching(self._indexes, start, end)
        length = max([end, *(index.until for index in parts)]) - min([start, *(index.since for index in parts)])
        known = [index for index in parts or self._indexes if index.edges]
        days = sum((index.until - index.since for index in known), ZERO) // DAY
        edges = sum(len(index.edges) for index in known)
        return length <= LONGEST and edges * (length // DAY) <= MOST_EDGES * max(days, 1)

    def _extend(self, index: OpenTimeIndex, until: timedelta) -> OpenTimeIndex:
        if index.until >= until:
            return index
        return index + OpenTimeIndex.of(index.until, until, self.intervals_between(index.until, until))

    def _index_of(self, half_year: int) -> OpenTimeIndex:
        """Return an index that covers a half-year, or what the limits leave of it."""
        at = max(start_of(half_year), self.limits[0])
        return self.index_covering(at, at + MICROSECOND)

    # -- Sums of open time ---------------------------------------------------------------------------------------------

    def opened_between(self, first: timedelta, last: timedelta) -> timedelta:
        """Return the open time between two instants since the epoch. *last* is not before *first*."""
        self._check_limits(first, last)
        if last - first > SHORT:
            self.index_covering(first, first)
        after, number = half_year_of(first) + 1, half_year_of(last - MICROSECOND)
        if after > number or self._fits(*self._half_years_around(first, last)):
            index = self.index_covering(first, last)
            return index.opened_before(last) - index.opened_before(first)
        begun, ended = self._index_of(after - 1), self._index_of(number)
        return (
            (begun.opened_before(start_of(after)) - begun.opened_before(first))
            + self._totals(after, number).between(after, number) * MICROSECOND
            + (ended.opened_before(last) - ended.opened_before(max(start_of(number), self.limits[0])))
        )

    def _totals(self, first: int, until: int) -> Totals:
        """Return sums of open time, in microseconds, that cover these half-years."""
        totals = self._open_totals
        if not totals.covers(first, until):
            known = dict(self._open_alike)
            totals = totals.extended(first, until, self._by_pattern(known, self._open_in))
            self._keep("_open_alike", known)
            self._keep("_open_totals", totals)
        return totals

    def _by_pattern(self, known: dict[Hashable, T], measure: Callable[[int], T]) -> Callable[[int], T]:
        """Return a function like *measure* that takes the value of a half-year with the same pattern from *known*."""
        low, high = (half_year_of(limit) for limit in self.limits)

        def value(number: int) -> T:
            pattern = self.pattern_of(number) if low + 1 < number < high - 1 else number
            found = known.get(pattern)
            if found is None:
                found = known[pattern] = measure(number)
            return found

        return value

    def _open_in(self, number: int) -> int:
        low, high = self.limits
        start, end = max(start_of(number), low), min(start_of(number + 1), high)
        intervals = self.intervals_between(start, end) if start < end else ()
        return sum((closes - opens for opens, closes in intervals), ZERO) // MICROSECOND

    # -- Searches in open time -----------------------------------------------------------------------------------------

    def earliest(self, index: OpenTimeIndex, moment: timedelta, amount: timedelta, asked: datetime) -> timedelta:
        """Return the first instant by which *amount* of open time has passed since *moment*.

        Args:
            index: An index that covers *moment*.
            moment: The instant to count from.
            amount: The open time, more than 0.
            asked: The instant of the query, for the error.

        Raises:
            NeverOpenError: the calendar does not have that much open time left.
            OutOfRangeError: the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.
        """
        while (needed := index.opened_before(moment) + amount) > index.opened[-1]:
            missing = needed - index.opened[-1]
            grown = self._grown(index, _growth(index, missing))
            if grown is None:
                return self._earliest_far(index, missing, asked)
            index = grown
        return index.earliest(needed)

    def latest(self, index: OpenTimeIndex, moment: timedelta, amount: timedelta, asked: datetime) -> timedelta:
        """Return the last instant from which *amount* of open time passes until *moment*, as `earliest` does."""
        while (needed := index.opened_before(moment) - amount) < ZERO:
            grown = self._grown(index, -_growth(index, -needed))
            if grown is None:
                return self._latest_far(index, -needed, asked)
            index = grown
        return index.latest(needed)

    def _grown(self, index: OpenTimeIndex, by: timedelta) -> OpenTimeIndex | None:
        """Return an index that covers more time, later or earlier; None if that is too long, or brings no open time."""
        low, high = self.limits
        first, last = max(index.since + min(by, ZERO), low), min(index.until + max(by, ZERO), high)
        if not by or (first, last) == (index.since, index.until):
            return None
        if not self._fits(*self._half_years_around(first, last)):
            return None
        grown = self.index_covering(first, last)
        return grown if grown.opened[-1] > index.opened[-1] else None

    def _earliest_far(self, index: OpenTimeIndex, missing: timedelta, asked: datetime) -> timedelta:
        """Return the first instant by which the missing time has passed after an index."""
        amount, begin = missing // MICROSECOND, half_year_of(index.until)
        closed, special = index.edges[-1] if index.edges else index.since, _noon(self.last_special)
        for until in self._ahead(index.until):
            totals = self._totals(begin, until)
            total = totals.between(begin, until)
            if total >= amount:
                number = totals.reaching(begin, amount)
                found, start = self._index_of(number), start_of(number)
                return found.earliest(
                    found.opened_before(start) + missing - totals.between(begin, number) * MICROSECOND
                )
            end, number = min(start_of(until), self.limits[1]), totals.reaching(begin, total)
            closed = start_of(number) if total else closed  # or later in that half-year, which is rarely built
            is_cycle = end - max(closed, special) > _CYCLE
            if is_cycle and (not total or end - max(self._last_closing(number), special) > _CYCLE):
                raise NeverOpenError(self.zone, asked)
        raise self.error_beyond_limits(self.limits[1])

    def _latest_far(self, index: OpenTimeIndex, missing: timedelta, asked: datetime) -> timedelta:
        """Return the last instant from which the missing time passes until an index starts."""
        amount, end = missing // MICROSECOND, half_year_of(index.since)
        opening = index.edges[0] if index.edges else index.until
        low, special = self.limits[0], _noon(self.first_special)
        for first in self._back(index.since):
            totals = self._totals(first, end)
            total = totals.between(first, end)
            if total >= amount:
                number = totals.reaching_back(end, amount)
                found, start = self._index_of(number), max(start_of(number), low)
                return found.latest(found.opened_before(start) + totals.between(number, end) * MICROSECOND - missing)
            start, number = max(start_of(first), low), totals.reaching_back(end, total)
            opening = start_of(number + 1) if total else opening  # or earlier in that half-year
            is_cycle = min(opening, special) - start > _CYCLE
            if is_cycle and (not total or min(self._first_opening(number), special) - start > _CYCLE):
                raise NeverOpenError(self.zone, asked)
        raise self.error_beyond_limits(low - MICROSECOND)

    def first_closing(self, index: OpenTimeIndex, opening: timedelta, asked: datetime) -> timedelta:
        """Return the first instant after an index at which the calendar is closed. It is open where the index ends.

        Args:
            index: The index.
            opening: Since when the calendar is open there.
            asked: The instant of the query, for the error.

        Raises:
            NeverClosesError: the calendar never closes.
            OutOfRangeError: the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.
        """
        begin, high = half_year_of(index.until), self.limits[1]

        def shut(number: int) -> timedelta:
            return min(start_of(number + 1), high) - index.until - totals.between(begin, number + 1) * MICROSECOND

        for until in self._ahead(index.until):
            totals = self._totals(begin, until)
            end = min(start_of(until), high)
            if shut(until - 1):
                numbers = range(begin, until)
                number = numbers[bisect_right(numbers, ZERO, key=shut)]
                found = self._index_of(number)
                edge = bisect_right(found.edges, start_of(number))
                return found.edges[edge] if edge & 1 else start_of(number)
            if end - max(opening, _noon(self.last_special)) > _CYCLE:
                raise NeverClosesError(self.zone, asked)
        raise self.error_beyond_limits(high)

    def _ahead(self, since: timedelta) -> Iterator[int]:
        """Yield the ends of longer and longer runs of half-years from an instant on, up to the limits."""
        first, end = half_year_of(since), half_year_of(self.limits[1] - MICROSECOND) + 1
        return _doubling(first, end) if since < self.limits[1] else iter(())

    def _back(self, until: timedelta) -> Iterator[int]:
        """Yield the starts of longer and longer runs of half-years up to an instant, down to the limits."""
        first, end = half_year_of(self.limits[0]), half_year_of(until)
        return (-number for number in _doubling(-end, -first)) if until > self.limits[0] else iter(())

    def _last_closing(self, half_year: int) -> timedelta:
        """Return the last closing in a half-year with open time before one without."""
        edges = self._index_of(half_year).edges
        return edges[bisect_right(edges, start_of(half_year + 1)) - 1]

    def _first_opening(self, half_year: int) -> timedelta:
        """Return the first opening in a half-year with open time after one without."""
        edges = self._index_of(half_year).edges
        return edges[bisect_right(edges, start_of(half_year) - MICROSECOND)]

    # -- Business days -------------------------------------------------------------------------------------------------

    def nth_business_day(self, after: int, number: int, asked: datetime) -> tuple[int, timedelta | None]:
        """Return the *number*-th date with open time after a date, and the instant at which it starts.

        Dates are days since the epoch, and the instant is time since the epoch. It is None where the offset of the zone
        changes near the date.

        Args:
            after: The date to count from.
            number: The number of dates, 1 or more.
            asked: The instant of the query, for the error.

        Raises:
            NeverOpenError: the calendar does not have that many business days left.
            OutOfRangeError: the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.
        """
        index: BusinessDayIndex | None = self._days
        if index is None or not index.first - 1 <= after < index.until:
            index = self._with_days(after, after + 1 + _DAYS_AT_ONCE)
        while index is not None:
            position = bisect_right(index.days, after) + number - 1
            if position < len(index.days):
                return index.days[position], index.midnights[position]
            missing = position - len(index.days) + 1
            by = max(_DAYS_AT_ONCE, (index.until - index.first) // 8, missing * 3 // 2)
            is_near = index.until - after < _LEAP_YEAR + 3 * number
            index = self._with_days(after, index.until + by) if is_near else None
        return self._nth_far(after, number, asked), None

    def _with_days(self, after: int, until: int) -> BusinessDayIndex | None:
        """Return an index of the business days after a date up to *until*; None if that is too long or near limits."""
        index, low = self._days, (self.limits[0] + _NEAR_LIMITS) // DAY
        until = min(until, self._last_safe_day())
        first = after + 1 - (after + 1) % _DAYS_AT_ONCE
        if first <= low:
            first = after + 1
        if first > index.until or until < index.first or max(until, index.until) - min(first, index.first) > MOST_DAYS:
            index = BusinessDayIndex(first, first, [], [])
        begin, end = min(first, index.first), max(until, index.until)
        if until <= after + 1 or (begin, end) == (index.first, index.until) or end - begin > MOST_DAYS:
            return None
        before, later = self._list_days(begin, index.first), self._list_days(index.until, end)
        days = [*before, *index.days, *later]
        midnights = [*map(self._midnight, before), *index.midnights, *map(self._midnight, later)]
        index = BusinessDayIndex(begin, end, days, midnights)
        self._keep("_days", index)
        return index

    def _last_safe_day(self) -> int:
        """Return the first date, as days since the epoch, whose shifts may lie beyond the limits."""
        return (self.limits[1] - _NEAR_LIMITS) // DAY

    def _list_days(self, first: int, until: int) -> list[int]:
        """Return the dates with open time from *first* to the one before *until*."""
        return [day for day in range(first, until) if self.has_open_time_on(_date(day))]

    def _midnight(self, day: int) -> timedelta | None:
        offset = self.calm_offset(day)
        return None if offset is None else day * DAY - offset

    def _local_day(self, moment: timedelta) -> tuple[int, timedelta] | None:
        """Return the local date at an instant, as days since the epoch, and the local time since its midnight.

        None if that needs more than a sum: if shifts run overnight, or the offset of the zone changes near the date.
        """
        first, last, offset = self._calm
        local = moment + offset
        day = local // DAY
        if not first <= day <= last:
            known = self.calm_offset(moment // DAY)
            if known is None:
                return None
            local = moment + known
            day = local // DAY
            if self.calm_offset(day) is None:
                return None
        return None if self.runs_overnight else (day, local - day * DAY)

    def calm_offset(self, day: int) -> timedelta | None:
        """Return the zone's offset around a day since the epoch, from days before to days after.

        None if it changes there, or the limits of the calendar are near.
        """
        first, last, offset = self._calm
        if first <= day <= last:
            return offset
        low, high = (self.limits[0] + _NEAR_LIMITS) // DAY + 1, self._last_safe_day() - 1
        number = half_year_of(day * DAY) if low <= day <= high else 0
        if not _FIRST_REGULAR <= number <= _LAST_REGULAR:
            return None
        begin, segments = first_day(number), zone_pattern(self._zone, number)
        ends = [*(since for since, _ in segments[1:]), start_of(number + 1) - start_of(number) + AROUND]
        for (since, offset), until in zip(segments, ends, strict=True):
            first = max(begin + (since + _AROUND) // DAY + 1, low)
            last = min(begin + (until - _AROUND) // DAY - 1, high)
            if first <= day <= last:
                self._keep("_calm", (first, last, offset))
                return offset
        return None

    def _nth_far(self, after: int, number: int, asked: datetime) -> int:
        """Return the *number*-th date with open time after a day, by sums of half-years."""
        worked, block, end = after, half_year_of(after * DAY), half_year_of(self._last_safe_day() * DAY)
        if block < end:
            number += sum(day <= after for day in self._days_in(block))
            total = 0
            for until in _doubling(block, end):
                totals = self._sum_of_days(block, until)
                total = totals.between(block, until)
                if total >= number:
                    found = totals.reaching(block, number)
                    return self._days_in(found)[number - totals.between(block, found) - 1]
                if total:
                    worked = max(after, first_day(totals.reaching(block, total)))  # or later in that year
                if (until - 1) // 2 - max(_date(worked), self.last_special).year > _CYCLE_YEARS:
                    raise NeverOpenError(self.zone, asked)
            number, after = number - total, first_day(end) - 1
        for day in self._business_days_after(_date(after), _date(worked), asked):
            number -= 1
            if number == 0:
                return day.toordinal() - _EPOCH_ORDINAL
        raise self.error_beyond_limits(self.limits[1])

    def _sum_of_days(self, first: int, until: int) -> Totals:
        """Return sums of business days that cover these half-years."""
        totals = self._day_totals
        if not totals.covers(first, until):
            known = dict(self._days_alike)
            listed = self._by_pattern(known, self._list_half_year)
            totals = totals.extended(first, until, lambda number: len(listed(number)))
            self._keep("_days_alike", known)
            self._keep("_day_totals", totals)
        return totals

    def _days_in(self, half_year: int) -> list[int]:
        """Return the business days of a half-year, as days since the epoch."""
        known = dict(self._days_alike)
        begin, listed = first_day(half_year), self._by_pattern(known, self._list_half_year)(half_year)
        if len(known) > len(self._days_alike):
            self._keep("_days_alike", known)
        return [begin + day for day in listed]

    def _list_half_year(self, half_year: int) -> bytes:
        """Return the business days of a half-year, as days since its first."""
        begin = first_day(half_year)
        return bytes(day - begin for day in self._list_days(begin, first_day(half_year + 1)))

    def _business_days_after(self, day: date, worked: date, asked: datetime) -> Iterator[date]:
        """Yield the dates after *day* that have open time, one by one; raise once there cannot be another.

        *worked* is the last business day before. Used near the limits only.
        """
        end = self.limits[1]
        near_end = date.max if end > _noon(date.max) else (EPOCH + end).date() - DAY
        while day < date.max:
            day += DAY
            if day >= near_end and from_local(datetime.combine(day, time()), self._zone) - EPOCH >= end:
                return
            if self.has_open_time_on(day):
                worked = day
                yield day
            elif day.year - max(worked, self.last_special).year > _CYCLE_YEARS:
                raise NeverOpenError(self.zone, asked)


def _touching(indexes: tuple[OpenTimeIndex, ...], start: timedelta, end: timedelta) -> list[OpenTimeIndex]:
    return [index for index in indexes if index.since <= end and index.until >= start]


def _most_recent(indexes: tuple[OpenTimeIndex, ...]) -> tuple[OpenTimeIndex, ...]:
    """Return the last one of some indexes, and those before it as far as they may be kept."""
    kept, edges = indexes[-MOST_INDEXES:], sum(len(index.edges) for index in indexes[-MOST_INDEXES:])
    while edges > MOST_KEPT and len(kept) > 1:
        edges, kept = edges - len(kept[0].edges), kept[1:]
    return kept


def _growth(index: OpenTimeIndex, missing: timedelta) -> timedelta:
    """Return by how much to extend an index that misses open time; nothing if it does not show how much.

    An eighth of its length at least, to limit copying.
    """
    opened, length = index.opened[-1], index.until - index.since
    if not opened or missing // opened > _MOST_TIMES:
        return ZERO
    return max(length // 8, missing // MICROSECOND * (length // DAY) // (opened // MICROSECOND) * DAY, MICROSECOND)


def _doubling(first: int, end: int) -> Iterator[int]:
    """Yield the ends of runs from *first* on, each about twice as long as the one before, up to *end*."""
    until, step = first, 1
    while until < end:
        until = min(until + step, end)
        step *= 2
        yield until


def _noon(day: date) -> timedelta:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - EPOCH


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)
