"""Read and write the smallest parts of documents: instants, dates, durations, times of day, hours, field values.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

from ticketflow.calendars.date_rules import DateRule, parse_date_rule
from ticketflow.calendars.hours import WEEKDAYS, Hours, Shift, parse_hours, parse_week, time_of_day, time_text
from ticketflow.documents.parsing import Plain
from ticketflow.documents.problems import collect, data_error, refuse_unknown_keys
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.field_values import Value, frozen_value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.rules.limits import MOST_SHIFTS

T = TypeVar("T")

NOTHING: Mapping[str, Plain] = {"nothing": True}
"""Stands for null in TOML, which has none."""

Read = Callable[[object], object]
"""Reads a value from plain data; raises `DataError` if it can't."""
Write = Callable[[Any], Plain]
"""Writes a value as plain data."""


def exactly(value: object, kind: type[T]) -> T:
    """Return *value* if its type is exactly *kind*: a boolean is not an integer.

    Raises:
        DataError: *value* has another type.
    """
    if type(value) is not kind:
        raise data_error("wrong_type", f"the value is {shown(value)}", f"give {_TYPE_NAMES[kind]}")
    return value


_TYPE_NAMES: Mapping[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def shown(value: object) -> str:
    """Return a value for messages; only the type of an object or a list."""
    return _TYPE_NAMES[type(value)] if isinstance(value, dict | list) else f"{value!a:.100}"


def a_list(value: object, most: int | None = None) -> list[object]:
    """Return *value* if it is a list with at most *most* items.

    Raises:
        DataError: *value* is not a list, or too long.
    """
    found = exactly(value, list)
    if most is not None and len(found) > most:
        raise data_error("too_many", f"the list has {len(found)} items", f"give at most {most}")
    return found


def is_nothing(value: object) -> bool:
    """Return whether *value* stands for None."""
    return value is None or value == NOTHING


def chosen(value: object, options: tuple[str, ...]) -> str:
    """Return *value* if it is one of the *options*.

    Raises:
        DataError: *value* is not a string, or is another one.
    """
    text = exactly(value, str)
    if text not in options:
        problem = unknown_name("", "choice", text, options)
        raise data_error("unknown_name", problem.what, problem.fix)
    return text


def read_value(value: object) -> Value:
    """Read the value of a field.

    An instant is written as an object, so that no string can be mistaken for one.
    """
    if isinstance(value, dict):
        if is_nothing(value):
            return None
        if set(value) == {"instant"}:
            return parse_instant(exactly(value["instant"], str))
    if type(value) not in (str, int, bool, type(None)):
        fix = 'give a string, an integer, true or false, null or {"instant": "…"}'
        raise data_error("wrong_type", f"the value is {shown(value)}", fix)
    return frozen_value(cast("Value", value), "the value")


def write_value(value: Value) -> Plain:
    """Write the value of a field."""
    return {"instant": write_instant(value)} if isinstance(value, datetime) else value


_UNITS: Mapping[str, timedelta] = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
    "microseconds": timedelta(microseconds=1),
}


def read_duration(value: object, units: Iterable[str] = tuple(_UNITS)) -> timedelta:
    """Read a duration from an object of units and integers."""
    known, total = {unit: _UNITS[unit] for unit in units}, timedelta()
    given = exactly(value, dict)
    refuse_unknown_keys(given, known)
    if not given:
        raise data_error("missing_key", "the duration has no unit", f"give at least one of: {', '.join(known)}")
    numbers = collect(given.items(), lambda number: exactly(number, int))
    try:
        for unit, number in zip(given, numbers, strict=True):
            total += number * known[unit]
    except OverflowError:
        raise data_error("bad_value", "the duration is too long", "give a shorter one") from None
    return total


def write_duration(amount: timedelta, units: Iterable[str] = tuple(_UNITS)) -> dict[str, Plain]:
    """Write a duration in integers of units, the largest unit first; all have one sign."""
    sign, rest = (-1 if amount < timedelta() else 1), abs(amount)
    written: dict[str, Plain] = {}
    for unit in units:
        number, rest = divmod(rest, _UNITS[unit])
        if number:
            written[unit] = sign * number
    return written or {"seconds": 0}


WITHOUT_DAYS = tuple(unit for unit in _UNITS if unit != "days")
"""The units of working time. It has no days, because business days differ in length."""


def read_span(value: object) -> timedelta:
    """Read a duration that is not negative."""
    return _not_negative(read_duration(value))


def read_working_span(value: object) -> timedelta:
    """Read a duration of working time that is not negative."""
    return _not_negative(read_duration(value, WITHOUT_DAYS))


def _not_negative(amount: timedelta) -> timedelta:
    if amount < timedelta():
        raise data_error("bad_value", f"the span {amount} is negative", "give zero or more")
    return amount


def write_span(amount: timedelta) -> Plain:
    """Write a duration with days."""
    return dict(write_duration(amount))


def write_working_span(amount: timedelta) -> Plain:
    """Write a duration that may be working time, without days."""
    return dict(write_duration(amount, WITHOUT_DAYS))


def read_time(value: object) -> timedelta:
    """Read a time of day such as ``09:00``, as the duration since midnight."""
    return time_of_day(exactly(value, str))


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """Return the instant of an RFC 3339 text, in UTC.

    Raises:
        BadValueError: *text* has another form, a day or time that does not exist, or no offset.
        OutOfRangeError: The instant in UTC is outside the years 1 to 9999.

    >>> parse_instant("2026-11-19T15:00:00-03:00").isoformat()
    '2026-11-19T18:00:00+00:00'
    """
    at = read_datetime(text)
    if at.tzinfo is None:
        raise BadValueError(f"the instant {text!r} has no UTC offset", f"add one, for example {text}Z")
    return to_utc(at, "the instant")


def read_datetime(text: str) -> datetime:
    """Return the datetime of an RFC 3339 text; without a time zone if the text has no offset.

    Raises:
        BadValueError: *text* has another form, or a day or time that does not exist.
    """
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass  # the form is right, but the day or time does not exist
    given = text if isinstance(text, str) else type(text).__name__
    fix = "write it as 2026-11-19T15:00:00-03:00 or 2026-11-19T18:00:00Z"
    raise BadValueError(f"{given!a:.60} is not an instant", fix)


def write_instant(at: datetime) -> str:
    """Write an instant as RFC 3339, in UTC.

    >>> write_instant(parse_instant("2026-11-19T15:00:00.5-03:00"))
    '2026-11-19T18:00:00.500000Z'
    """
    in_utc = at if at.tzinfo is UTC else to_utc(at)
    return f"{in_utc.isoformat()[:-6]}Z"  # without +00:00


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_date(value: object) -> date:
    """Read a date such as ``2026-12-24``.

    Raises:
        BadValueError: *value* is not a date.
    """
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # the form is right, but the day does not exist
    raise BadValueError(f"{value!a:.60} is not a date", "write it as 2026-12-24")


def read_date_rule(value: object) -> DateRule:
    """Read a date such as ``2026-12-24``, or a rule for dates such as ``12-24`` or ``last fri``."""
    return parse_date_rule(exactly(value, str))


def read_date_or_name(value: object) -> date | str:
    """Read a date, or the name of a holiday: any other string."""
    text = exactly(value, str)
    return read_date(text) if _DATE.fullmatch(text) else text


def read_excluded(value: object) -> tuple[date | str, ...]:
    """Read dates and names of holidays."""
    return tuple(collect(enumerate(a_list(value)), read_date_or_name))


def read_hours(value: object) -> Hours:
    """Read the shifts of a day, from a text for `parse_hours` or a list of shifts."""
    if isinstance(value, str):
        return parse_hours(_limited(value))
    return tuple(collect(enumerate(a_list(value, MOST_SHIFTS)), _read_shift))


def _limited(text: str) -> str:
    """Return *text* if hours can be that long; a single word can stand for seven days of shifts."""
    if len(text) > _LONGEST_HOURS:
        raise data_error("too_many", f"the hours have {len(text)} characters", f"give at most {_LONGEST_HOURS}")
    return text


_LONGEST_HOURS = 1_000


def _read_shift(value: object) -> Shift:
    given = exactly(value, dict)
    refuse_unknown_keys(given, ("opens", "closes"))
    return Shift(*collect(((name, given.get(name)) for name in ("opens", "closes")), read_duration))


def _write_shift(shift: Shift) -> Plain:
    return {"opens": dict(write_duration(shift.opens)), "closes": dict(write_duration(shift.closes))}


def write_hours(hours: Hours) -> Plain:
    """Write the shifts of a day, as a text if possible."""
    parts = [f"{time_text(shift.opens)}-{time_text(_of_day(shift.closes))}" for shift in hours]
    text = " ".join(parts)
    # A shift of exactly 24 hours that does not begin at midnight cannot be written as text.
    has_text = all(shift.opens != _of_day(shift.closes) for shift in hours) and parse_hours(text) == hours
    return text if has_text and len(text) <= _LONGEST_HOURS else [_write_shift(shift) for shift in hours]


def _of_day(closes: timedelta) -> timedelta:
    return closes if closes <= timedelta(days=1) else closes - timedelta(days=1)


def read_week(value: object) -> tuple[Hours, ...]:
    """Read the hours of Monday to Sunday, from a text for `parse_week` or a list of days."""
    if isinstance(value, str):
        return parse_week(_limited(value))
    return tuple(collect(enumerate(a_list(value)), read_hours))


def write_week(week: tuple[Hours, ...]) -> Plain:
    """Write the hours of Monday to Sunday, as a text if possible."""
    days = [write_hours(hours) for hours in week]
    if not all(isinstance(day, str) for day in days):
        return days
    runs: list[tuple[int, int]] = []
    for day, hours in enumerate(days):
        if runs and runs[-1][1] == day - 1 and days[runs[-1][0]] == hours:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    text = "; ".join(f"{_range(first, last)} {days[first]}" for first, last in runs if days[first])
    return text if len(text) <= _LONGEST_HOURS else days


def _range(first: int, last: int) -> str:
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"


def read_map(value: object, key: Read, held: Read) -> FrozenMap[Any, Any]:
    """Read an object whose keys are values, too.

    Raises:
        DataError: A key or a value is not valid, or two keys have the same meaning.
    """
    given = exactly(value, dict)
    pairs = collect(((name, name) for name in given), lambda name: (key(name), held(given[name])))
    found: dict[Any, Any] = {}
    for name, (each, kept) in zip(given, pairs, strict=True):
        if each in found:
            raise data_error("bad_value", f"the key {name!a:.80} has the same meaning as another one", "give one", name)
        found[each] = kept
    return FrozenMap(found)


def write_key(key: object) -> str:
    """Write a value as the key of an object."""
    return str(key)


def read_dated_times(value: object) -> FrozenMap[DateRule, timedelta]:
    """Read a time of day for each of some dates, such as the ends of half days."""
    return read_map(value, read_date_rule, read_time)


def write_dated_times(value: Mapping[DateRule, timedelta]) -> Plain:
    """Write a time of day for each of some dates."""
    return {write_key(day): time_text(at) for day, at in sorted(value.items(), key=lambda item: write_key(item[0]))}


def read_overrides(value: object) -> FrozenMap[DateRule, Hours]:
    """Read the hours that replace those of the week on some dates."""
    return read_map(value, read_date_rule, read_hours)


def write_overrides(value: Mapping[DateRule, Hours]) -> Plain:
    """Write the hours that replace those of the week on some dates."""
    return {write_key(day): write_hours(value[day]) for day in sorted(value, key=write_key)}
