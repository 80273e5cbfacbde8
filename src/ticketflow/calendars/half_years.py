"""Half-years: the parts of time by which calendars cache their answers, and the patterns in which they repeat.

A half-year starts on 1 January or 1 July, 00:00 UTC. Its number is twice its year, plus one for the second half. Two
half-years with the same pattern are alike: their dates have the same weekdays, and so have the dates near them. A sum
over one of them is therefore also the sum over the other, and thousands of years are summed with few of them built.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.zones import offsets
from ticketflow.kernel.instants import DAY, EPOCH

FIRST_CHANGE, LAST_CHANGE = 1800, 2100
"""Irregular changes of zone offsets lie between these years (tzdata 2026.6: the first is Amsterdam in 1835, the last
Morocco in 2087). Outside them each zone has a fixed offset or a rule that repeats with the pattern of the year."""

_EPOCH_ORDINAL = EPOCH.toordinal()
_LAST_ORDINAL = date.max.toordinal()
_CYCLE = 400
AROUND = timedelta(days=4)
"""How far outside a half-year its zone pattern reaches. All that decides its hours lies within this time."""

ZonePattern = tuple[tuple[timedelta, timedelta], ...]


def half_year_of(moment: timedelta) -> int:
    """Return the number of the half-year with an instant, given as time since the epoch. The last has no end.

    >>> half_year_of(timedelta())  # the first half of 1970
    3940
    """
    day = date.fromordinal(min(moment // DAY + _EPOCH_ORDINAL, _LAST_ORDINAL))
    return 2 * day.year + (day.month > 6)  # noqa: PLR2004 -- June


def first_day(number: int) -> int:
    """Return the first date of a half-year, as days since the epoch; also of the one after the year 9999."""
    year, half = divmod(number, 2)
    before = year - 1
    days = 365 * before + before // 4 - before // 100 + before // 400
    return days + half * (181 + _is_leap(year)) + 1 - _EPOCH_ORDINAL


def start_of(number: int) -> timedelta:
    """Return the first instant of a half-year, as time since the epoch.

    >>> start_of(3941) // timedelta(days=1)
    181
    """
    return first_day(number) * DAY


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _year_pattern(year: int) -> int:
    weekday = first_day(2 * year) % 7
    return 8 * weekday + 4 * _is_leap(year - 1) + 2 * _is_leap(year) + _is_leap(year + 1)


_YEAR_PATTERNS = bytes(_year_pattern(year) for year in range(_CYCLE, 2 * _CYCLE))
_YEARS_ALIKE = {_YEAR_PATTERNS[year % _CYCLE]: year for year in range(LAST_CHANGE + 5, LAST_CHANGE + 33)}
"""A year after `LAST_CHANGE` for each pattern. There are 28: a weekday, and the distance from a leap year."""


def date_pattern(number: int) -> int:
    """Return the pattern of the dates of a half-year and of the years around it: weekdays and leap days."""
    return 2 * _YEAR_PATTERNS[(number >> 1) % _CYCLE] + (number & 1)


def zone_pattern(zone: ZoneInfo, number: int) -> ZonePattern:
    """Return the offsets of a zone in and around a half-year, each with its start counted from the half-year's start.

    The half-year must not be among the first or the last.
    """
    year = number >> 1
    if year < FIRST_CHANGE:
        year = FIRST_CHANGE - 1
    elif year > LAST_CHANGE:
        year = _YEARS_ALIKE[_YEAR_PATTERNS[year % _CYCLE]]
    return _zone_pattern(zone, 2 * year + (number & 1))


@lru_cache(maxsize=4096)
def _zone_pattern(zone: ZoneInfo, number: int) -> ZonePattern:
    start, end = start_of(number), start_of(number + 1)
    return tuple((max(since - start, -AROUND), held) for since, _, held in offsets(zone, start - AROUND, end + AROUND))


@attrs.frozen
class Totals:
    """Sums over successive half-years, prepared for binary search.

    Attributes:
        first: The first half-year.
        sums: For each half-year, and for the one after the last, the sum before it, counted from any zero.
    """

    first: int
    sums: array[int]

    @property
    def until(self) -> int:
        """The half-year after the last one."""
        return self.first + len(self.sums) - 1

    def covers(self, first: int, until: int) -> bool:
        """Return whether the sums of these half-years are known."""
        return self.first <= first and until <= self.until

    def extended(self, first: int, until: int, measure: Callable[[int], int]) -> Totals:
        """Return sums that cover these half-years too; sums that do not touch them are dropped.

        *measure* returns the value of a half-year.
        """
        if first > self.until or until < self.first:
            return Totals(first, array("q", accumulate(map(measure, range(first, until)), initial=0)))
        later = accumulate(map(measure, range(self.until, until)), initial=self.sums[-1])
        earlier = accumulate((-measure(number) for number in reversed(range(first, self.first))), initial=self.sums[0])
        before = list(earlier)[:0:-1]
        return Totals(min(first, self.first), array("q", [*before, *self.sums[:-1], *later]))

    def between(self, first: int, until: int) -> int:
        """Return the sum over the half-years from *first* to the one before *until*."""
        return self.sums[until - self.first] - self.sums[first - self.first]

    def reaching(self, first: int, amount: int) -> int:
        """Return the first half-year at whose end the sum from *first* on is *amount*, or more."""
        return self.first + bisect_left(self.sums, self.sums[first - self.first] + amount, first - self.first) - 1

    def reaching_back(self, until: int, amount: int) -> int:
        """Return the last half-year from whose start the sum up to *until* is *amount*, or more."""
        return (
            self.first + bisect_right(self.sums, self.sums[until - self.first] - amount, 0, until - self.first + 1) - 1
        )


NO_TOTALS = Totals(0, array("q", [0]))
