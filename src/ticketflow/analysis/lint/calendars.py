"""Findings about calendars: lists that end, hours that end a minute early, and weeks without an opening.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar
from ticketflow.calendars.hours import WEEKDAYS, Hours
from ticketflow.calendars.periods import Occurrence, Period
from ticketflow.kernel.instants import DAY, EPOCH
from ticketflow.rules.ruleset import Rules

_A_LIST = 5
"""So many dated holidays are a list; fewer are single events."""
_LAST_MINUTE = DAY - timedelta(minutes=1)
_A_WEEK = 7
_MOST_DAYS = 60
"""How many dates of a period are looked at."""
_YEARS = range(2026, 2027)
"""The year in which periods of every year are looked at."""


def calendar_findings(rules: Rules, known_until: int) -> Iterator[Finding]:
    """Yield the findings about calendars.

    Args:
        rules: The rule set.
        known_until: The year until which holidays should be known.

    Source: docs/checks.md.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(calendar_findings(servicenow(), 2050))
    []
    """
    for name, calendar in sorted(rules.calendars.items()):
        path = ("calendars", name)
        yield from _known_time_ends(path, calendar, known_until)
        for part in dict.fromkeys(_business_calendars(calendar, set())):
            yield from _list_ends(path, part, known_until)
            yield from _lost_minutes(path, part)
            yield from _closed_weeks(path, part)


def _business_calendars(calendar: Calendar, seen: set[int]) -> Iterator[BusinessCalendar]:
    """Yield the business calendars of a combination; each part of it once."""
    if id(calendar) in seen:
        return
    seen.add(id(calendar))
    if isinstance(calendar, BusinessCalendar):
        yield calendar
    if isinstance(calendar, CombinedCalendar):
        yield from _business_calendars(calendar.left, seen)
        yield from _business_calendars(calendar.right, seen)


def _known_time_ends(path: tuple[str, ...], calendar: Calendar, known_until: int) -> Iterator[Finding]:
    limit = calendar.limits[1]
    if limit >= datetime(known_until, 1, 1, tzinfo=UTC) - EPOCH:
        return
    what = f"the public holidays are only known before {EPOCH + limit:%d %B %Y}"
    fix = "update their source in time, or set beyond_known='assume_none'"
    if isinstance(calendar, BusinessCalendar) and calendar.dated_until is not None:
        known = calendar.public_holidays
        if known is None or calendar.dated_until < date(known.last_year, 12, 31):
            what = f"the dates are listed until {calendar.dated_until:%d %B %Y} only"
            fix = "list more dates and move dated_until in time, or set beyond_known='assume_none'"
    yield make_finding("calendar_ends", path, what, fix)


def _list_ends(path: tuple[str, ...], calendar: BusinessCalendar, known_until: int) -> Iterator[Finding]:
    dated = [day for day in calendar.holidays if isinstance(day, date)]
    if calendar.dated_until is None and len(dated) >= _A_LIST and max(dated).year < known_until:
        what = f"the list of holidays ends on {max(dated):%d %B %Y}, and later dates have none"
        fix = "give dated_until, rules for the dates, or public_holidays"
        yield make_finding("list_ends", path, what, fix)


def _lost_minutes(path: tuple[str, ...], calendar: BusinessCalendar) -> Iterator[Finding]:
    weeks = [("", calendar.week), *((f", {period}", period.week) for period in calendar.periods)]
    named = [(f"{WEEKDAYS[day]}{of}", hours) for of, week in weeks for day, hours in enumerate(week)]
    named += [(str(day), hours) for day, hours in sorted(calendar.overrides.items(), key=lambda item: str(item[0]))]
    lost = [name for name, hours in named if _loses_a_minute(hours)]
    if lost:
        what = f"hours end in the last minute before midnight ({lost[0]}{', …' if len(lost) > 1 else ''})"
        yield make_finding("lost_minute", path, f"{what}, so the rest of it is closed every night", "write 24:00")


def _loses_a_minute(hours: Hours) -> bool:
    return any(shift.closes % DAY >= _LAST_MINUTE for shift in hours)


def _closed_weeks(path: tuple[str, ...], calendar: BusinessCalendar) -> Iterator[Finding]:
    """Yield a finding for each period with a closed week, unless a narrower period has closed that week."""
    known: list[Occurrence] = []
    for period in sorted(calendar.periods, key=_length):
        if found := _closed_week(calendar, period, known):
            what = f"the calendar does not open from {found[0]} to {found[1]}, in the period {period}"
            yield make_finding("closed_week", path, what, "give the period hours, or leave it if that is meant")
        known += period.occurrences(_YEARS)


def _length(period: Period) -> timedelta:
    return max((last - first for first, last in period.occurrences(_YEARS)), default=0 * DAY)


def _closed_week(calendar: BusinessCalendar, period: Period, narrower: Sequence[Occurrence]) -> Occurrence | None:
    """Return the first and the last date of the first closed week of a period; None if there is none.

    Dates that lie in a *narrower* period do not count.
    """
    for first, last in period.occurrences(_YEARS):
        begin, closed = first.toordinal(), 0
        for day in map(date.fromordinal, range(begin, min(last.toordinal() + 1, begin + _MOST_DAYS))):
            is_elsewhere = any(start <= day <= end for start, end in narrower)
            closed = 0 if is_elsewhere or calendar.hours_on(day) else closed + 1
            if closed == _A_WEEK:
                return day - (_A_WEEK - 1) * DAY, day
    return None
