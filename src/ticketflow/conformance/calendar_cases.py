"""Run language-neutral cases about calendars.

docs/conformance.md describes the format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import difference, excluding, intersection, union
from ticketflow.calendars.date_rules import RULE_PATTERN
from ticketflow.calendars.hours import WEEKDAYS, Hours, Shift, time_of_day
from ticketflow.calendars.periods import Period
from ticketflow.calendars.trace import Segment
from ticketflow.documents.parsing import Fractional
from ticketflow.documents.scalars import read_datetime
from ticketflow.errors import (
    BadValueError,
    NaiveDatetimeError,
    NeverClosesError,
    NeverOpenError,
    TicketflowError,
    UnknownHolidaysError,
    unknown_name,
)
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import MICROSECOND

T = TypeVar("T")

_MOST_SECONDS = 10**12
_REMARKS = frozenset({"source", "policy", "clauses", "comment", "description", "note", "name", "notes", "title"})
_CASE_KEYS = frozenset({"id", "calendar", "op", "args", "expect", "error"}) | _REMARKS


class UnknownOpError(Exception):
    """A case has an operation that is not known here, and is skipped. The runner catches it."""


def failure(case: Mapping[str, object], calendars: Mapping[str, object]) -> str | None:
    """Return the difference between the expected and the actual answer; None if the case passes.

    Args:
        case: The case, as plain data.
        calendars: The calendars that it can name.

    Raises:
        UnknownOpError: The operation is not known here.
        BadValueError: The case is not valid.
    """
    question = Question.of(case, calendars)
    try:
        answer = getattr(question.calendar(), question.op.method)(**question.arguments)
    except TicketflowError as error:
        is_expected = question.expected is None and isinstance(error, question.error)
        return None if is_expected else _difference(case, f"an error: {error}")
    is_as_expected = question.expected is not None and answer == question.expected
    return None if is_as_expected else _difference(case, _shown(answer))


def answer_failure(
    case: Mapping[str, object], document: Mapping[str, object], answer: object, error: object
) -> str | None:
    """Return the difference between the expectation and the answer of another program; None if the case passes.

    Args:
        case: The case, as plain data.
        document: The file of the case.
        answer: The answer, as plain data; None for a refusal.
        error: The name of the error, as plain data; None if the program names none.

    Raises:
        BadValueError: The case or the answer is not valid.
    """
    question = Question.of(case, calendars_of(document))
    if answer is None:
        is_expected = question.expected is None and case.get("error", error) == error
        return None if is_expected else _difference(case, "never" if error is None else str(error))
    given = question.op.expected(answer)
    return None if given == question.expected else _difference(case, _shown(given))


def calendars_of(document: Mapping[str, object]) -> Mapping[str, object]:
    """Return the calendars that the cases of a file can name.

    Raises:
        BadValueError: They are not a JSON object.
    """
    return _object(document.get("calendars", {}), "calendars")


@attrs.frozen
class Question:
    """A valid case about a calendar.

    Attributes:
        op: The operation.
        arguments: Its arguments.
        expected: The expected answer; None if the calendar must refuse.
        error: The type of error that is expected then.
        calendar: A function that builds the calendar.
    """

    op: _Op
    arguments: Mapping[str, Any]
    expected: object
    error: type[TicketflowError]
    calendar: Callable[[], Calendar]

    @classmethod
    def of(cls, case: Mapping[str, object], calendars: Mapping[str, object]) -> Question:
        """Read a case.

        Args:
            case: The case, as plain data.
            calendars: The calendars that it can name.

        Raises:
            UnknownOpError: The operation is not known here.
            BadValueError: The case is not valid.
        """
        _known_keys(case, _CASE_KEYS, "key")
        op = _OPS.get(str(case.get("op")))
        if op is None:
            raise UnknownOpError(f"op {case.get('op')!r:.100} is not known here; there are: {', '.join(_OPS)}")
        if "expect" not in case:
            raise BadValueError("the case has no expectation", "add expect; null means never")
        given = _object(case.get("args"), "args")
        _known_keys(given, op.arguments.keys(), "argument")
        arguments = {}
        for key, is_needed in op.arguments.items():
            if is_needed or key in given:
                parameter, read = _ARGUMENTS[key]
                arguments[parameter] = read(given.get(key))
        expected = None if case["expect"] is None else op.expected(case["expect"])
        return cls(op, arguments, expected, _refusal(case), _definition(case.get("calendar"), calendars))


_ERRORS: Mapping[str, type[TicketflowError]] = {
    "naive": NaiveDatetimeError,
    "never_open": NeverOpenError,
    "never_closes": NeverClosesError,
    "unknown_holidays": UnknownHolidaysError,
}
"""The errors that a case can name. A case that names none accepts any error of the library."""


def _refusal(case: Mapping[str, object]) -> type[TicketflowError]:
    """Return the type of error that a case expects.

    Raises:
        BadValueError: The name is not known, or the case expects an answer.
    """
    if "error" not in case:
        return TicketflowError
    name = _text(case["error"])
    if name not in _ERRORS:
        problem = unknown_name("", "error", name, _ERRORS)
        raise BadValueError(problem.what, problem.fix)
    if case["expect"] is not None:
        raise BadValueError("the case expects both an answer and an error", "make expect null, or leave error out")
    return _ERRORS[name]


def _difference(case: Mapping[str, object], got: str) -> str:
    expected = case["expect"]
    return f"expected {case.get('error', 'never') if expected is None else expected}, got {got}"


def _shown(answer: object) -> str:
    match answer:
        case datetime():
            return answer.isoformat()
        case timedelta():
            return f"{Decimal(answer // MICROSECOND) / 1_000_000}"
        case tuple():
            return f"[{', '.join(map(_shown, answer))}]"
        case Segment(start=start, end=end, counted=counted, why=why, name=name):
            shown = f"{_shown(start)} to {_shown(end)} {'counted' if counted else 'skipped'}: {why}"
            return shown if name is None else f"{shown} {name!r}"
        case _:
            return str(answer)


def _known_keys(given: Mapping[str, object], known: Iterable[str], what: str) -> None:
    for key in sorted(given.keys() - set(known)):
        problem = unknown_name("", what, key, known)
        raise BadValueError(problem.what, problem.fix)


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadValueError(f"{what} is {value!r:.60}", "give a JSON object")
    return value


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise BadValueError(f"{what} is {value!r:.60}", "give a JSON list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"{value!r:.60} is not a string", "give a string")
    return value


def _instant(value: object) -> datetime:
    """Return a datetime, without a time zone if the text has no offset: the calendar must refuse that."""
    return read_datetime(_text(value))


def _seconds(value: Any) -> timedelta:  # noqa: ANN401 -- a document holds anything
    """Return a number of seconds as an exact duration.

    A number that no duration can hold gives the longest one, which every calendar refuses.
    """
    seconds = _decimal(value)
    if seconds is None:
        raise BadValueError(f"{value!r:.60} is not a number of seconds", "give a number")
    if not abs(seconds) < _MOST_SECONDS:
        return timedelta.max if seconds > 0 else timedelta.min
    micros = seconds * 1_000_000
    if micros != micros.to_integral_value():
        raise BadValueError(f"{value} has too many decimal places", "give at most six")
    return int(micros) * MICROSECOND


def _number(value: object) -> object:
    """Return a number, as an integer if possible: the calendar must refuse another one."""
    number = _decimal(value)
    if number is None:
        raise BadValueError(f"{value!r:.60} is not a number", "give a number")
    return int(number) if abs(number) < _MOST_SECONDS and number == number.to_integral_value() else number


def _decimal(value: object) -> Decimal | None:
    """Return an exact number; None if *value* is not a finite number."""
    if not isinstance(value, int | Fractional) or isinstance(value, bool):
        return None
    try:
        number = Decimal(value.text if isinstance(value, Fractional) else value)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise BadValueError(f"{value!r:.60} is not a boolean", "give true or false")
    return value


def _segments(value: object) -> tuple[Segment[datetime], ...]:
    return tuple(map(_segment, _list(value, "a trace")))


def _segment(value: object) -> Segment[datetime]:
    given = _object(value, "a segment")
    _known_keys(given, attrs.fields_dict(Segment), "key of a segment")
    why: Any = _text(given.get("why"))  # another reason equals none that a calendar has
    name = None if given.get("name") is None else _text(given["name"])
    start, end = _instant(given.get("start")), _instant(given.get("end"))
    return Segment(start, end, _boolean(given.get("counted")), why, name)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise BadValueError(f"{value!r:.60} is not a date", "write it as 2026-11-23") from None


@attrs.frozen
class _Op:
    """An operation of cases.

    Attributes:
        method: The method of the calendar.
        arguments: Its arguments; True for those that are required.
        expected: The reader of the expected answer.
    """

    method: str
    arguments: Mapping[str, bool]
    expected: Callable[[object], object]


_OPS: Mapping[str, _Op] = {
    op.method: op
    for op in (
        _Op("is_open", {"at": True}, _boolean),
        _Op("next_open", {"at": True}, _instant),
        _Op("next_close", {"at": True}, _instant),
        _Op("add", {"start": True, "seconds": True}, _instant),
        _Op("between", {"start": True, "end": True}, _seconds),
        _Op("trace", {"start": True, "end": True}, _segments),
        _Op(
            "add_business_days", {"start": True, "days": True, "anchor": False, "shut": False, "point": False}, _instant
        ),
    )
}
_ARGUMENTS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "at": ("at", _instant),
    "start": ("start", _instant),
    "end": ("end", _instant),
    "seconds": ("amount", _seconds),
    "days": ("days", _number),
    "anchor": ("anchor", _text),
    "shut": ("shut", _text),
    "point": ("at", _text),
}


COMBINATIONS: Mapping[str, Callable[..., Calendar]] = {
    "union": union,
    "intersection": intersection,
    "difference": difference,
}
"""The functions that combine calendars, by their keys."""


def named_calendar(name: str, calendars: Mapping[str, object]) -> object:
    """Return the calendar with this name.

    Raises:
        BadValueError: There is none.
    """
    if name not in calendars:
        problem = unknown_name("calendar", "calendar", name, calendars)
        raise BadValueError(problem.what, problem.fix)
    return calendars[name]


def _definition(value: object, calendars: Mapping[str, object]) -> Callable[[], Calendar]:
    """Return a function that builds the calendar of a case. It reads and builds each named calendar once.

    Only the function may raise an error of the library: a case can expect that. Errors raised here fail the case.
    """
    return _described(value, calendars, {})


def _described(
    value: object, calendars: Mapping[str, object], known: dict[str, Callable[[], Calendar]]
) -> Callable[[], Calendar]:
    """Return a function that builds a described or named calendar. Those already read are in *known*, by name."""
    if isinstance(value, str):
        if value not in known:
            known[value] = cache(_described(_object(named_calendar(value, calendars), "calendar"), calendars, known))
        return known[value]
    described = _object(value, "calendar")
    for name, combine in COMBINATIONS.items():
        if name in described:
            _known_keys(described, {name} | _REMARKS, "calendar key")
            first, *others = _list(described[name], name) or [None]
            whole, parts = _described(first, calendars, known), [_described(part, calendars, known) for part in others]
            return lambda: combine(whole(), *(part() for part in parts))
    if "excluding" in described:
        _known_keys(described, {"excluding", "calendar"} | _REMARKS, "calendar key")
        whole = _described(described.get("calendar"), calendars, known)
        stretches = [_pair(stretch, _instant) for stretch in _list(described["excluding"], "excluding")]
        return lambda: excluding(whole(), *stretches)
    return _business(described)


def _business(described: Mapping[str, object]) -> Callable[[], Calendar]:
    """Return a function that builds a business calendar."""
    _known_keys(described, _CALENDAR_KEYS, "calendar key")
    zone, week = _text(described.get("tz")), _week_times(described.get("hours", {}))
    overrides = {
        _rule(day): _times(times or []) for day, times in _object(described.get("overrides", {}), "overrides").items()
    }
    ends, starts = (
        {_rule(day): time_of_day(_text(at)) for day, at in _object(described.get(key, {}), key).items()}
        for key in ("half_days", "late_days")
    )
    holidays = _named(described.get("holidays", []), "holidays")
    holidays |= _named(described.get("yearly_holidays", []), "yearly_holidays")
    known = _known_years(described.get("known_years"))
    periods = [_period(_object(period, "a period")) for period in _list(described.get("periods", []), "periods")]
    excluded = [_text(each) for each in _list(described.get("excluded_holidays", []), "excluded_holidays")]
    until = _day(described["dated_until"]) if "dated_until" in described else None
    beyond: Any = described.get("beyond_known", "error")  # the calendar checks it
    return lambda: BusinessCalendar(
        zone,
        tuple(_shifts(times) for times in week),
        known,
        beyond_known=beyond,
        holidays=holidays,
        half_days=ends,
        late_days=starts,
        overrides={day: _shifts(times) for day, times in overrides.items()},
        periods=[Period(first, last, tuple(map(_shifts, hours))) for first, last, hours in periods],
        excluded_holidays=excluded,
        dated_until=until,
    )


def _period(described: Mapping[str, object]) -> tuple[str, str, list[list[tuple[str, str]]]]:
    """Return the ends of a period and the times of its weekdays."""
    _known_keys(described, {"first", "last", "hours"} | _REMARKS, "key of a period")
    first, last = (_rule(_text(described.get(key))) for key in ("first", "last"))
    return first, last, _week_times(described.get("hours", {}))


def _known_years(value: object) -> PublicHolidays | None:
    """Return public holidays without dates that are known for a range of years; None for no public holidays."""
    if value is None:
        return None
    first, last = _pair(value, _year)
    return PublicHolidays("XX", FrozenMap(), first, last)


def _year(value: object) -> int:
    if type(value) is not int:
        raise BadValueError(f"{value!r:.60} is not a year", "give an integer")
    return value


_CALENDAR_KEYS = (
    frozenset({"tz", "hours", "holidays", "yearly_holidays", "half_days", "late_days", "overrides", "periods"})
    | frozenset({"excluded_holidays", "known_years", "dated_until", "beyond_known"})
    | _REMARKS
)


def _named(value: object, what: str) -> dict[str, str]:
    """Return the dates and rules of a list, or of an object with names for them."""
    days = value if isinstance(value, dict) else dict.fromkeys(map(_text, _list(value, what)), "holiday")
    return {_rule(day): _text(name) for day, name in days.items()}


def _rule(text: str) -> str:
    """Return the text of a date or a rule. The calendar must refuse one that names a date that does not exist."""
    if not re.fullmatch(RULE_PATTERN, text, re.ASCII):
        raise BadValueError(f"{text!r:.60} is not a date or a rule for dates", "write it as 2026-11-23 or 'last fri'")
    return text


def _week_times(value: object) -> list[list[tuple[str, str]]]:
    """Return the times of Monday to Sunday."""
    hours = _object(value, "hours")
    _known_keys(hours, WEEKDAYS, "weekday")
    return [_times(hours.get(weekday, [])) for weekday in WEEKDAYS]


def _times(value: object) -> list[tuple[str, str]]:
    """Return pairs of times of day. The calendar must refuse a shift that ends when it begins."""
    pairs = [_pair(shift, _text) for shift in _list(value, "hours")]
    for time in (time for pair in pairs for time in pair):
        time_of_day(time)
    return pairs


def _shifts(times: list[tuple[str, str]]) -> Hours:
    return tuple(Shift.parse(opens, closes) for opens, closes in times)


def _pair(value: object, read: Callable[[object], T]) -> tuple[T, T]:
    first, *others = _list(value, "a pair") or [None]
    if len(others) != 1:
        raise BadValueError(f"{value!r:.60} is not a pair", "give [from, until]")
    return read(first), read(others[0])
