"""Periods of the year, or of dates, that have weekly hours of their own.

Source: docs/semantics.md 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations

import attrs

from ticketflow.calendars.date_rules import date_rule
from ticketflow.calendars.hours import Hours, Yearly, to_week
from ticketflow.errors import BadValueError

_ANY_YEARS = range(2000, 2005)
"""Years in which every way in which yearly periods can lie occurs: before, in and after leap years."""

Occurrence = tuple[date, date]
"""The first and the last date of a period in one year."""


def _end(value: object) -> date | Yearly:
    rule = date_rule(value)
    if not isinstance(rule, date | Yearly):
        raise BadValueError(f"a period cannot begin or end with '{rule}'", "give a date or a date of every year")
    return rule


@attrs.frozen
class Period:
    """A period with weekly hours of its own, such as summer hours or a closed fortnight.

    Attributes:
        first: The first date of the period, or a `Yearly` date for a period of every year.
        last: The last date, which belongs to the period. A yearly period may run over the end of the year. At the
            start of a period, 29 February is 1 March in common years; at its end, 28 February.
        week: The hours of Monday to Sunday in the period, as a text (`ticketflow.calendars.hours.parse_week`) or as
            shifts. None: closed.

    Raises:
        BadValueError: one end is a date and the other one yearly, or the period ends before it begins.

    >>> summer = Period("06-01", "08-31", "mon-fri 08:00-15:00")
    >>> summer.first
    Yearly(month=6, day=1)
    """

    first: date | Yearly = attrs.field(converter=_end)
    last: date | Yearly = attrs.field(converter=_end)
    week: tuple[Hours, ...] = attrs.field(converter=to_week)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.first, date) != isinstance(self.last, date):
            raise BadValueError(f"the period {self} has one date and one date of every year", "give two of one kind")
        if isinstance(self.first, date) and isinstance(self.last, date) and self.last < self.first:
            raise BadValueError(f"the period {self} ends before it begins", "give the earlier date first")

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    def occurrences(self, years: range) -> Iterator[Occurrence]:
        """Yield the occurrences of the period that begin in these years; a dated period whatever its year."""
        if isinstance(self.first, date) and isinstance(self.last, date):
            yield self.first, self.last
            return
        runs_over = (self.last.month, self.last.day) < (self.first.month, self.first.day)
        for year in years:
            first = _in_year(self.first, year, date(year, 3, 1))
            ends = year + runs_over
            last = date.max if ends > date.max.year else _in_year(self.last, ends, date(ends, 2, 28))
            if first <= last:  # 29 February alone is no period in common years
                yield first, last


def _in_year(day: date | Yearly, year: int, otherwise: date) -> date:
    """Return a yearly date in a year, or another date if the year does not have it."""
    return (day.in_year(year) or otherwise) if isinstance(day, Yearly) else day


def _length(occurrence: Occurrence) -> timedelta:
    return occurrence[1] - occurrence[0]


def weeks_in(periods: Iterable[Period], year: int) -> dict[date, tuple[Hours, ...]]:
    """Return the weekly hours that hold on each date of a year that lies in a period: those of the narrowest."""
    years = range(max(year - 1, date.min.year), year + 1)
    found = [(each, period.week) for period in periods for each in period.occurrences(years)]
    weeks: dict[date, tuple[Hours, ...]] = {}
    for (first, last), week in sorted(found, key=lambda item: _length(item[0]), reverse=True):
        begin, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        weeks |= {date.fromordinal(day): week for day in range(begin.toordinal(), end.toordinal() + 1)}
    return weeks


def equally_narrow(periods: Iterable[Period]) -> tuple[Period, Period, date] | None:
    """Return two periods that are equally narrow on a date, and that date; None if there are none."""
    for one, other in combinations(periods, 2):
        years = _ANY_YEARS
        dated = next((each.first for each in (one, other) if isinstance(each.first, date)), None)
        if dated is not None:
            years = range(max(dated.year - 1, date.min.year), min(dated.year + 2, date.max.year) + 1)
        for ours in one.occurrences(years):
            for theirs in other.occurrences(years):
                day = max(ours[0], theirs[0])
                if _length(ours) == _length(theirs) and day <= min(ours[1], theirs[1]):
                    return one, other, day
    return None
