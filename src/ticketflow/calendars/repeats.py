"""Which half-years of a business calendar are alike, although nobody has looked at their hours.

What decides the hours of a date are its weekday, its place in the year, the offset of the zone, Easter, and lists of
single dates. Two half-years for which all these are the same have the same hours.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.date_rules import (
    BUSINESS_DAY_RULES,
    MOST_MOVED,
    REACH,
    Church,
    DateRule,
    Easter,
    easter,
    inner_rules,
)
from ticketflow.calendars.half_years import date_pattern, first_day, half_year_of, zone_pattern
from ticketflow.calendars.hours import Yearly
from ticketflow.kernel.instants import DAY, EPOCH

_EPOCH_ORDINAL = EPOCH.toordinal()
_NEAR = 4  # a shift lies within two days of its date, and a zone pattern reaches four days
_EARLIEST_EASTER: dict[Church, int] = {"western": 80, "orthodox": 77}
_LATEST_EASTER: dict[Church, int] = {"western": 115, "orthodox": 190}
"""Days from 1 January. The orthodox Easter moves with the Julian calendar, from March to July of the year 9999."""


@attrs.frozen
class Repeats:
    """The patterns of the half-years of a calendar.

    Attributes:
        zone: The time zone.
        zones_near: The distances of the half-years in which the offset of the zone matters: 0, and the neighbors if
            business days are counted.
        single: The half-years that are like no other, because a single date is in or near them.
        easters: For the first and the second half of a year, the Easters that matter: the church, and the distance of
            their year.
        periods: The periods of dates, as days since the epoch, the first and the last. A half-year that is all in one,
            and not near its ends, has the pattern of others in it.
    """

    zone: ZoneInfo
    zones_near: tuple[int, ...]
    single: frozenset[int]
    easters: tuple[tuple[tuple[Church, int], ...], ...]
    periods: tuple[tuple[int, int], ...]

    @classmethod
    def of(
        cls,
        zone: ZoneInfo,
        dates: Iterable[int],
        rules: Sequence[DateRule],
        periods: Iterable[tuple[date | Yearly, date | Yearly]],
    ) -> Repeats:
        """Return the patterns of a calendar.

        Args:
            zone: The time zone.
            dates: The ordinals of its single dates, and of those that rules start from.
            rules: Its rules for dates.
            periods: The first and the last dates of its periods.
        """
        counts_days = any(isinstance(rule, BUSINESS_DAY_RULES) for rule in rules)
        near = _NEAR + (REACH if counts_days else 0)
        spans = [
            (first.toordinal() - _EPOCH_ORDINAL, last.toordinal() - _EPOCH_ORDINAL)
            for first, last in periods
            if isinstance(first, date) and isinstance(last, date)
        ]
        days = {*(day - _EPOCH_ORDINAL for day in dates), *(end for span in spans for end in span)}
        single = {half_year_of((day + step) * DAY) for day in days for step in (-near, near) if _exists(day + step)}
        zones_near = (-1, 0, 1) if counts_days else (0,)
        return cls(
            zone, zones_near, frozenset(single), tuple(_easters(rules, near, half) for half in (0, 1)), tuple(spans)
        )

    def pattern_of(self, half_year: int) -> Hashable:
        """Return a value that is equal for two half-years only if they are alike."""
        if half_year in self.single:
            return half_year
        start, year = first_day(half_year), half_year >> 1
        easters = tuple(
            easter(year + distance, church).toordinal() - start for church, distance in self.easters[half_year & 1]
        )
        around = tuple(first <= start <= last for first, last in self.periods)
        zones = tuple(zone_pattern(self.zone, half_year + distance) for distance in self.zones_near)
        return date_pattern(half_year), zones, easters, around


def _exists(day: int) -> bool:
    return 1 <= day + _EPOCH_ORDINAL <= date.max.toordinal()


def _easters(rules: Iterable[DateRule], near: int, half: int) -> tuple[tuple[Church, int], ...]:
    """Return the Easters that may decide the hours of a half of a year: the church, and the distance of the year."""
    found: dict[tuple[Church, int], None] = {}
    first, last = (0, 182) if half == 0 else (181, 366)
    for rule in rules:
        moved = near + (0 if isinstance(rule, Easter) else REACH + MOST_MOVED)
        for about in _about_easter(rule):
            earliest, latest = _EARLIEST_EASTER[about.church], _LATEST_EASTER[about.church]
            for distance in (-1, 0, 1):
                years = 365 * distance, 366 * distance
                begin, end = min(years) + earliest + about.days - moved, max(years) + latest + about.days + moved
                if begin <= last and end >= first:
                    found[about.church, distance] = None
    return tuple(found)


def _about_easter(rule: DateRule) -> Iterable[Easter]:
    if isinstance(rule, Easter):
        yield rule
    for inner in inner_rules(rule):
        yield from _about_easter(inner)
