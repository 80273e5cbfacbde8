"""The hours of a date, asked of each rule for each date, from docs/semantics.md 1.3.

No rule is expanded: a date is compared with a rule, and neighboring dates are tried one by one. Easter comes from
dateutil.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from ticketflow import BusinessCalendar
from ticketflow.calendars.date_rules import (
    BusinessDayAfter,
    BusinessDayBefore,
    DateRule,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
)
from ticketflow.calendars.hours import Hours, Shift, Yearly
from ticketflow.calendars.periods import Period

V = TypeVar("V")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BUSINESS = (NthBusinessDay, BusinessDayBefore, BusinessDayAfter)


_LATEST: list[tuple[BusinessCalendar, dict[tuple[date, bool], Hours]]] = []


def hours_on(calendar: BusinessCalendar, day: date, *, all_rules: bool = True) -> Hours:
    """Return the shifts that start on a date; without the rules that name business days if *all_rules* is false."""
    known = next((known for asked, known in _LATEST if asked is calendar), None)
    if known is None:
        known = {}
        _LATEST[:] = [(calendar, known), *_LATEST[:3]]
    if (day, all_rules) not in known:
        known[day, all_rules] = _hours_on(calendar, day, all_rules=all_rules)
    return known[day, all_rules]


def _hours_on(calendar: BusinessCalendar, day: date, *, all_rules: bool) -> Hours:

    def named(days: Mapping[DateRule, V]) -> list[V]:
        if day in days:
            return [days[day]]
        rules = [rule for rule in days if not isinstance(rule, date) and (all_rules or not isinstance(rule, BUSINESS))]
        return [days[rule] for rule in rules if is_on(rule, day, calendar)]

    if overrides := named(calendar.overrides):
        return min(overrides, key=lambda hours: (_minutes(hours), _starts(hours)))
    if _is_holiday(calendar, day, named(calendar.holidays)):
        return ()
    hours = _week_on(calendar, day)[day.weekday()]
    ends, starts = min(named(calendar.half_days), default=2 * DAY), max(named(calendar.late_days), default=0 * DAY)
    kept = ((max(shift.opens, starts), min(shift.closes, ends)) for shift in hours)
    return tuple(Shift(opens, closes) for opens, closes in kept if opens < closes)


def _minutes(hours: Hours) -> int:
    return sum(any(shift.opens <= minute * MINUTE < shift.closes for shift in hours) for minute in range(2 * 1440))


def _starts(hours: Hours) -> list[int]:
    return [
        minute for minute in range(2 * 1440) if any(shift.opens <= minute * MINUTE < shift.closes for shift in hours)
    ]


def _is_holiday(calendar: BusinessCalendar, day: date, own: Iterable[str]) -> bool:
    if day in calendar.excluded_holidays:
        return False
    public = calendar.public_holidays.names.get(day, "") if calendar.public_holidays else ""
    names = {part for name in (public, *own) if name for part in name.split("; ")}
    return not names <= set(calendar.excluded_holidays)


def _week_on(calendar: BusinessCalendar, day: date) -> tuple[Hours, ...]:
    """Return the week of the narrowest period around a date."""
    around = [(_width(period, day), period.week) for period in calendar.periods if is_in(period, day)]
    return min(around, key=lambda each: each[0], default=(0, calendar.week))[1]


def is_in(period: Period, day: date) -> bool:
    if isinstance(period.first, date) and isinstance(period.last, date):
        return period.first <= day <= period.last
    first, last = (period.first.month, period.first.day), (period.last.month, period.last.day)
    at = (day.month, day.day)
    return first <= at <= last if first <= last else at >= first or at <= last


def _width(period: Period, day: date) -> int:
    """Count the dates of the period around a date."""
    width, before, after = 1, day - DAY, day + DAY
    while is_in(period, before) and width < 400 and not _begins(period, before + DAY):
        width, before = width + 1, before - DAY
    while is_in(period, after) and width < 800 and not _begins(period, after):
        width, after = width + 1, after + DAY
    return width


def _begins(period: Period, day: date) -> bool:
    return (
        day == period.first
        if isinstance(period.first, date)
        else (day.month, day.day)
        == (
            period.first.month,
            period.first.day,
        )
    )


def is_on(rule: DateRule, day: date, calendar: BusinessCalendar) -> bool:
    """Return whether a rule names a date."""
    match rule:
        case date():
            return rule == day
        case Yearly(month=month, day=number):
            return (day.month, day.day) == (month, number)
        case NthWeekday(nth=nth, weekday=weekday, months=months):
            is_last = (day + 7 * DAY).month != day.month
            number = (day.day - 1) // 7 + 1
            is_named = number in nth or (is_last and -1 in nth)
            return WEEKDAYS[day.weekday()] == weekday and is_named and (not months or day.month in months)
        case Easter(days=days, church=church):
            sunday = day - days * DAY
            return sunday == easter(sunday.year, EASTER_WESTERN if church == "western" else EASTER_ORTHODOX)
        case Observed(rule=inner, moves=moves):
            tried = (day - step * DAY for step in range(-6, 7))
            return any(
                is_on(inner, near, calendar) and near + moves.get(WEEKDAYS[near.weekday()], 0) * DAY == day
                for near in tried
            )
        case NthBusinessDay(nth=nth, months=months):
            if not is_business_day(calendar, day) or (months and day.month not in months):
                return False
            before = sum(is_business_day(calendar, day.replace(day=number)) for number in range(1, day.day))
            later = (day + step * DAY for step in range(1, 31))
            is_last = not any(each.month == day.month and is_business_day(calendar, each) for each in later)
            return before + 1 in nth or (is_last and -1 in nth)
        case BusinessDayBefore(rule=inner):
            return is_business_day(calendar, day) and _leads(inner, day, +1, calendar)
        case BusinessDayAfter(rule=inner):
            return is_business_day(calendar, day) and _leads(inner, day, -1, calendar)


def _leads(rule: DateRule, day: date, step: int, calendar: BusinessCalendar) -> bool:
    """Return whether a rule names one of the next 31 dates up to the next business day, in one direction."""
    for far in range(1, 32):
        near = day + step * far * DAY
        if is_on(rule, near, calendar):
            return True
        if is_business_day(calendar, near):
            return False
    return False


def is_business_day(calendar: BusinessCalendar, day: date) -> bool:
    """Return whether a date opens when the rules that name business days are left out, minute by minute."""
    hours = hours_on(calendar, day, all_rules=False)
    if not hours:
        return False
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- a local time
    zone, at = ZoneInfo(calendar.zone), midnight.replace(tzinfo=UTC) - 16 * 60 * MINUTE
    for _ in range(80 * 4):  # hours and offsets change on quarters
        local = at.astimezone(zone).replace(tzinfo=None, fold=0)
        if any(midnight + shift.opens <= local < midnight + shift.closes for shift in hours):
            return True
        at += 15 * MINUTE
    return False
