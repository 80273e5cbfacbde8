"""How the smallest parts of documents are written: instants, dates, durations, wall times, hours of a week.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

from ticketflow.calendars.hours import WEEKDAYS, Hours, Shift, Yearly, parse_hours, parse_week, time_of_day
from ticketflow.documents.parsing import Plain
from ticketflow.documents.problems import data_error, gathered, refuse_unknown_keys
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc

T = TypeVar("T")

NOTHING: Mapping[str, Plain] = {"nothing": True}
"""What stands for null where a language has none."""


def exactly(value: object, kind: type[T]) -> T:
    """Return *value* if it is just of that kind: a truth value is no number."""
    if type(value) is not kind:
        raise data_error("wrong_type", f"it is {shown(value)}", f"give {_SPOKEN[kind]}")
    return value


_SPOKEN: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def shown(value: object) -> str:
    """Return what a value is, without walking through a stranger's whole document."""
    if isinstance(value, dict | list):
        return f"{_SPOKEN[type(value)]} of {len(value)}"
    return f"{value!a:.100}"


def a_list(value: object, most: int | None = None) -> list[object]:
    """Return *value* if it is a list, and not longer than *most*."""
    found = exactly(value, list)
    if most is not None and len(found) > most:
        raise data_error("too_many", f"a list of {len(found)}", f"give at most {most}")
    return found


def is_nothing(value: object) -> bool:
    """Return whether *value* stands for None."""
    return value is None or value == NOTHING


_UNITS: Mapping[str, timedelta] = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
    "microseconds": timedelta(microseconds=1),
}


def read_duration(value: object, units: Iterable[str] = tuple(_UNITS)) -> timedelta:
    """Return the duration that an object of whole numbers of units describes."""
    known, total = {unit: _UNITS[unit] for unit in units}, timedelta()
    given = exactly(value, dict)
    refuse_unknown_keys(given, known)
    if not given:
        raise data_error("missing_key", "a duration of no unit", f"give some of: {', '.join(known)}")
    numbers = gathered(given.items(), lambda number: exactly(number, int))
    try:
        for unit, number in zip(given, numbers, strict=True):
            total += number * known[unit]
    except OverflowError:
        raise data_error("bad_value", "a duration beyond all years", "give a shorter one") from None
    return total


def write_duration(amount: timedelta, units: Iterable[str] = tuple(_UNITS)) -> dict[str, Plain]:
    """Return a duration in whole numbers of units, the largest first; all of one sign."""
    sign, rest = (-1 if amount < timedelta() else 1), abs(amount)
    written: dict[str, Plain] = {}
    for unit in units:
        number, rest = divmod(rest, _UNITS[unit])
        if number:
            written[unit] = sign * number
    return written or {"seconds": 0}


WITHOUT_DAYS = tuple(unit for unit in _UNITS if unit != "days")
"""There are no days of working time, for a working day has no fixed length."""


def read_time(value: object) -> timedelta:
    """Return how long after midnight a wall time such as ``09:00`` is."""
    return time_of_day(exactly(value, str))


def write_time(at: timedelta) -> str:
    """Return a time of day as `time_of_day` reads it."""
    minutes, rest = divmod(at, timedelta(minutes=1))
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if not rest:
        return text
    fraction = rest.microseconds
    return f"{text}:{rest.seconds:02}" + (f".{fraction:06}" if fraction else "")


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """Return the instant, in UTC, that an RFC 3339 text names.

    Raises:
        BadValueError: it is of another form, names no day or time, or has no offset.
        OutOfRangeError: in UTC it lies outside the years 1 to 9999.

    >>> parse_instant("2026-11-19T15:00:00-03:00").isoformat()
    '2026-11-19T18:00:00+00:00'
    """
    at = read_datetime(text)
    if at.tzinfo is None:
        raise BadValueError(f"instant {text!r} has no offset", f"say which instant is meant, for example {text}Z")
    return to_utc(at, "the instant")


def read_datetime(text: str) -> datetime:
    """Return the datetime that an RFC 3339 text names; without a zone if it has no offset.

    Raises:
        BadValueError: it is of another form, or names no day or time.
    """
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass  # of the right form, but no such day or time
    shown = text if isinstance(text, str) else type(text).__name__
    raise BadValueError(f"instant {shown!a:.60}", "write it as 2026-11-19T15:00:00-03:00 or 2026-11-19T18:00:00Z")


def write_instant(at: datetime) -> str:
    """Return an instant as RFC 3339, in UTC.

    >>> write_instant(parse_instant("2026-11-19T15:00:00.5-03:00"))
    '2026-11-19T18:00:00.500000Z'
    """
    return to_utc(at).replace(tzinfo=None).isoformat() + "Z"


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MONTH_AND_DAY = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)


def read_date(value: object) -> date:
    """Return the date that a text such as ``2026-12-24`` names.

    Raises:
        BadValueError: it names none.
    """
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # of the right form, but no such day
    raise BadValueError(f"date {value!a:.60}", "write it as 2026-12-24")


def read_date_or_yearly(value: object) -> date | Yearly:
    """Return the date, or the date of every year, that a text such as ``12-24`` names."""
    match = _MONTH_AND_DAY.fullmatch(value) if isinstance(value, str) else None
    return Yearly(int(match[1]), int(match[2])) if match else read_date(value)


def read_hours(value: object) -> Hours:
    """Return the shifts of a day: a text that `parse_hours` reads, or a list of shifts."""
    if isinstance(value, str):
        return parse_hours(_of_a_line(value))
    return tuple(gathered(enumerate(a_list(value, _MOST_SHIFTS)), _read_shift))


def _of_a_line(text: str) -> str:
    """Return *text* if it is no longer than hours are: each of its words stands for up to seven days."""
    if len(text) > _LONGEST_HOURS:
        raise data_error("too_many", f"hours of {len(text)} characters", f"give at most {_LONGEST_HOURS}")
    return text


_LONGEST_HOURS, _MOST_SHIFTS = 1_000, 50


def _read_shift(value: object) -> Shift:
    given = exactly(value, dict)
    refuse_unknown_keys(given, ("opens", "closes"))
    return Shift(*gathered(((name, given.get(name)) for name in ("opens", "closes")), read_duration))


def _write_shift(shift: Shift) -> Plain:
    return {"opens": dict(write_duration(shift.opens)), "closes": dict(write_duration(shift.closes))}


def write_hours(hours: Hours) -> Plain:
    """Return the shifts of a day, as a text if one can say them."""
    parts = [f"{write_time(shift.opens)}-{write_time(_of_day(shift.closes))}" for shift in hours]
    text = " ".join(parts)
    # A shift of just 24 hours that does not begin at midnight has no text.
    is_said = all(shift.opens != _of_day(shift.closes) for shift in hours) and parse_hours(text) == hours
    return text if is_said else [_write_shift(shift) for shift in hours]


def _of_day(closes: timedelta) -> timedelta:
    return closes if closes <= timedelta(days=1) else closes - timedelta(days=1)


def read_week(value: object) -> tuple[Hours, ...]:
    """Return the hours of Monday to Sunday: a text that `parse_week` reads, or a list of days."""
    if isinstance(value, str):
        return parse_week(_of_a_line(value))
    return tuple(gathered(enumerate(a_list(value)), read_hours))


def write_week(week: tuple[Hours, ...]) -> Plain:
    """Return the hours of Monday to Sunday, as a text if one can say them."""
    days = [write_hours(hours) for hours in week]
    if not all(isinstance(day, str) for day in days):
        return days
    runs: list[tuple[int, int]] = []
    for day, hours in enumerate(days):
        if runs and runs[-1][1] == day - 1 and days[runs[-1][0]] == hours:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    said = ((first, last, days[first]) for first, last in runs if days[first])
    text = "; ".join(f"{_range(first, last)} {hours}" for first, last, hours in said)
    return text if len(text) <= _LONGEST_HOURS else days


def _range(first: int, last: int) -> str:
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"
