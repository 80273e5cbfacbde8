"""Repetitions of events: the rules of iCalendar that name dates.

A rule is expanded period by period, from the first period that can matter, and never beyond the last date asked for. So
the time that it takes depends on the dates asked for, not on what the rule says.

Source: RFC 5545, 3.3.10.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, assert_never, get_args

import attrs

from ticketflow.calendars.hours import WEEKDAYS

Frequency = Literal["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]
Spend = Callable[[int], None]
"""A function that is given each number of dates that were looked at, and raises once there are too many."""

_MONTHS = 12
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_DAYS = tuple(name[:2].upper() for name in WEEKDAYS)


class NotSupportedError(ValueError):
    """An event that cannot be taken. Its text is the reason; it never leaves this package."""


@attrs.frozen
class Repetition:
    """A rule that repeats an event.

    Attributes:
        frequency: What a period is: a year, a month, a week or a day.
        interval: Every how many periods it applies.
        count: The number of occurrences, the first one included; None if it is not given.
        until: The last date or instant, as written; None if it is not given.
        months: The months, 1 to 12; none for all.
        month_days: The days of the month, negative from its end.
        year_days: The days of the year, negative from its end.
        weekdays: The weekdays, 0 to 6, each with its number in the month or year; 0 for every one.
        positions: Which of the dates of a period are meant, negative from its end; none for all.
        week_start: The weekday with which weeks begin.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: str | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def parse_repetition(text: str, start: date) -> Repetition:
    """Return the rule that *text* writes, for an event that begins at *start*.

    Raises:
        NotSupportedError: the rule has another form, or repeats more often than daily.

    >>> parse_repetition("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", date(2026, 11, 26)).weekdays
    ((4, 3),)
    """
    parts: dict[str, str] = {}
    for each in text.upper().strip().rstrip(";").split(";"):
        name, equals, value = each.partition("=")
        if not equals or name in parts:
            raise NotSupportedError(f"its repetition {text!a:.80} cannot be read")
        parts[name] = value
    frequency = next((each for each in get_args(Frequency) if each == parts.get("FREQ")), None)
    if frequency is None:
        raise NotSupportedError("it does not repeat daily, weekly, monthly or yearly")
    for name, value in parts.items():
        if name not in _PARTS and not _is_time_of_start(name, value, start):
            raise NotSupportedError(f"the part {name!a:.40} of its repetition is not supported")
    rule = Repetition(
        frequency,
        _whole(parts.get("INTERVAL", "1")),
        _whole(parts["COUNT"]) if "COUNT" in parts else None,
        parts.get("UNTIL"),
        _numbers(parts.get("BYMONTH"), _MONTHS, is_negative_allowed=False),
        _numbers(parts.get("BYMONTHDAY"), 31),
        _numbers(parts.get("BYYEARDAY"), 366),
        _weekdays(parts.get("BYDAY")),
        _numbers(parts.get("BYSETPOS"), 366),
        _DAYS.index(parts["WKST"]) if parts.get("WKST") in _DAYS else 0,
    )
    _check(rule, parts)
    return rule


_PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYSETPOS", "WKST"}
)


def _is_time_of_start(name: str, value: str, start: date) -> bool:
    """Return whether a part only repeats the time of day at which the event begins."""
    if not isinstance(start, datetime) or not _WHOLE.fullmatch(value):
        return False
    return {"BYHOUR": start.hour, "BYMINUTE": start.minute, "BYSECOND": start.second}.get(name) == int(value)


def _check(rule: Repetition, parts: dict[str, str]) -> None:
    is_wrong = (
        (rule.count is not None and rule.until is not None)
        or (rule.year_days and rule.frequency != "YEARLY")
        or (rule.month_days and rule.frequency == "WEEKLY")
        or (rule.frequency in ("WEEKLY", "DAILY") and any(nth for nth, _ in rule.weekdays))
        or parts.get("WKST", "MO") not in _DAYS
    )
    if is_wrong:
        raise NotSupportedError("the parts of its repetition do not go together")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not int(text):
        raise NotSupportedError(f"{text!a:.40} in its repetition is not a number from 1")
    return int(text)


def _numbers(text: str | None, most: int, *, is_negative_allowed: bool = True) -> tuple[int, ...]:
    if text is None:
        return ()
    found = [int(each) if _NUMBER.fullmatch(each) else 0 for each in text.split(",")]
    if any(not 1 <= abs(each) <= most or (each < 0 and not is_negative_allowed) for each in found):
        raise NotSupportedError(f"{text!a:.40} in its repetition has numbers that do not exist")
    return tuple(sorted(set(found)))


def _weekdays(text: str | None) -> tuple[tuple[int, int], ...]:
    found = [(each, _WEEKDAY.fullmatch(each)) for each in text.split(",")] if text is not None else []
    for each, match in found:
        if match is None or (match[1] and not 1 <= abs(int(match[1])) <= 53):  # noqa: PLR2004 -- the weeks of a year
            raise NotSupportedError(f"{each!a:.40} in its repetition is not a weekday")
    return tuple(sorted({(int(match[1] or 0), _DAYS.index(match[2])) for _, match in found if match}))


def dates_of(rule: Repetition, start: date, since: date, until: date, spend: Spend) -> Iterator[date]:
    """Yield the dates of a rule from *since* to *until*, ascending. The start counts as the first occurrence.

    Args:
        rule: The rule.
        start: The date on which the event begins.
        since: The first date asked for.
        until: The last date asked for.
        spend: Called with the numbers of dates that were looked at.

    >>> fourth = Repetition("MONTHLY", weekdays=((4, 3),))
    >>> [str(day) for day in dates_of(fourth, date(2026, 11, 26), date(2026, 12, 1), date(2027, 1, 31), print)]
    31
    31
    ['2026-12-24', '2027-01-28']
    """
    left = rule.count
    if since <= start <= until:
        yield start
    for days in _periods(_with_defaults(rule, start), start, since if left is None else start, until, spend):
        for day in days:
            if day <= start:
                continue
            if left is not None:
                left -= 1
                if not left:
                    return
            if since <= day <= until:
                yield day


def _with_defaults(rule: Repetition, start: date) -> Repetition:
    """Return the rule with what it leaves to the date on which the event begins."""
    if rule.weekdays or rule.month_days or rule.year_days or rule.frequency == "DAILY":
        return rule
    if rule.frequency == "WEEKLY":
        return attrs.evolve(rule, weekdays=((0, start.weekday()),))
    months = rule.months or ((start.month,) if rule.frequency == "YEARLY" else ())
    return attrs.evolve(rule, months=months, month_days=(start.day,))


def _periods(rule: Repetition, start: date, since: date, until: date, spend: Spend) -> Iterator[list[date]]:
    """Yield the dates of each period from the one of *since* to the one of *until*."""
    first, wanted, last = (_number(rule, day) for day in (start, since, until))
    skipped = max(0, wanted - first) // rule.interval
    for number in range(first + skipped * rule.interval, last + 1, rule.interval):
        looked_at = list(_candidates(rule, number))
        spend(max(1, len(looked_at)))
        found = [day for day in looked_at if _fits(rule, day)]
        if rule.positions:
            at = {each - 1 if each > 0 else len(found) + each for each in rule.positions}
            found = [day for place, day in enumerate(found) if place in at]
        yield found


def _number(rule: Repetition, day: date) -> int:
    """Return the number of the period in which a date lies."""
    match rule.frequency:
        case "YEARLY":
            return day.year
        case "MONTHLY":
            return day.year * _MONTHS + day.month - 1
        case "WEEKLY":
            return (day.toordinal() - 1 - rule.week_start) // 7  # 1 January of the year 1 is a Monday
        case "DAILY":
            return day.toordinal()
        case _:
            assert_never(rule.frequency)


def _candidates(rule: Repetition, number: int) -> Iterator[date]:
    """Yield the dates of a period that may fit, ascending."""
    match rule.frequency:
        case "YEARLY" if rule.year_days:
            length, before = 365 + isleap(number), date(number, 1, 1).toordinal() - 1
            yield from (date.fromordinal(before + each) for each in _counted(rule.year_days, length))
        case "YEARLY":
            for month in rule.months or range(1, _MONTHS + 1):
                yield from _days_of(rule, number, month)
        case "MONTHLY":
            year, month = divmod(number, _MONTHS)
            yield from _days_of(rule, year, month + 1)
        case "WEEKLY":
            first = number * 7 + 1 + rule.week_start
            yield from (date.fromordinal(each) for each in range(max(first, 1), first + 7))
        case "DAILY":
            yield date.fromordinal(number)
        case _:
            assert_never(rule.frequency)


def _days_of(rule: Repetition, year: int, month: int) -> Iterator[date]:
    length = monthrange(year, month)[1]
    days = _counted(rule.month_days, length) if rule.month_days else range(1, length + 1)
    return (date(year, month, day) for day in days)


def _counted(numbers: Iterable[int], length: int) -> list[int]:
    """Return numbers of days, those from the end counted from the beginning, ascending."""
    found = {each if each > 0 else length + 1 + each for each in numbers}
    return sorted(each for each in found if 1 <= each <= length)


def _fits(rule: Repetition, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = monthrange(day.year, day.month)[1]
    if rule.month_days and not {day.day, day.day - length - 1} & set(rule.month_days):
        return False
    if not rule.weekdays:
        return True
    place = day.day
    if rule.frequency == "YEARLY" and not rule.months:
        place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    numbers = {0, (place - 1) // 7 + 1, -((length - place) // 7 + 1)}
    return any(weekday == day.weekday() and nth in numbers for nth, weekday in rule.weekdays)


def shifted(day: date, days: int) -> date:
    """Return a date some days later, or the last or first one that there is.

    >>> shifted(date(2026, 1, 1), -1), shifted(date.min, -1)
    (datetime.date(2025, 12, 31), datetime.date(1, 1, 1))
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
