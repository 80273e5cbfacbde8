"""Language-neutral cases, so that any implementation can be held to the same answers.

The format is described in docs/conformance.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

import attrs

from ticketflow.business_calendars import BusinessCalendar
from ticketflow.calendars import Calendar
from ticketflow.combinations import difference, excluding, intersection, union
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.hours import WEEKDAYS, Hours, Shift, Yearly
from ticketflow.serialization import parse_instant

Status = Literal["passed", "failed", "skipped"]
T = TypeVar("T")

_MICROSECOND = timedelta(microseconds=1)
_MOST_SECONDS = 10**12
_REMARKS = frozenset({"source", "policy", "clauses", "comment", "description", "note", "notes", "title"})
_CASE_KEYS = frozenset({"id", "calendar", "op", "args", "expect"}) | _REMARKS


@attrs.frozen
class Result:
    """What became of one case.

    Attributes:
        case: Its id.
        status: Whether the answer was as expected, or the case could not be asked here.
        detail: What was expected and what came, or why it was skipped; empty if it passed.
    """

    case: str
    status: Status
    detail: str = ""


class _SkipError(Exception):
    """The case asks for something that is not known here."""


def read_cases(text: bytes, name: str) -> Mapping[str, object]:
    """Return the document of cases that a file holds.

    Raises:
        DocumentError: it is no JSON object with a list of cases.

    >>> read_cases(b"[]", "cases.json")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: cases.json: it has no list of cases; write {"cases": [...]}
    """
    try:
        document = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise DocumentError((Problem(name, "it is no JSON", "write one JSON object with a list of cases"),)) from None
    if not isinstance(document, dict) or not isinstance(document.get("cases"), list):
        raise DocumentError((Problem(name, "it has no list of cases", 'write {"cases": [...]}'),))
    return document


def run_cases(document: Mapping[str, object]) -> Iterator[Result]:
    """Yield what became of each case of a document that `read_cases` gave, in order."""
    cases = document["cases"]
    calendars = document.get("calendars", {})
    assert isinstance(cases, list)  # noqa: S101 -- read_cases saw to it
    for number, case in enumerate(cases):
        name = str(case.get("id", number)) if isinstance(case, dict) else str(number)
        try:
            yield _result(name, _object(case, "case"), _object(calendars, "calendars"))
        except _SkipError as reason:
            yield Result(name, "skipped", str(reason))
        except TicketflowError as error:
            yield Result(name, "failed", f"it cannot be read: {error}")


def _result(name: str, case: Mapping[str, object], calendars: Mapping[str, object]) -> Result:
    _known_keys(case, _CASE_KEYS, "key")
    op = _OPS.get(str(case.get("op")))
    if op is None:
        raise _SkipError(f"op {case.get('op')!r} is not known here; there are: {', '.join(_OPS)}")
    if "expect" not in case:
        raise BadValueError("a case without expect", "say what is expected; null stands for never")
    given = _object(case.get("args"), "args")
    _known_keys(given, op.arguments.keys(), "argument")
    arguments = {}
    for key, is_needed in op.arguments.items():
        if is_needed or key in given:
            parameter, read = _ARGUMENTS[key]
            arguments[parameter] = read(given.get(key))
    expected = None if case["expect"] is None else op.expected(case["expect"])
    definition = _definition(case.get("calendar"), calendars)
    try:
        answer = getattr(definition(), op.method)(**arguments)
    except TicketflowError as error:
        return Result(name, "passed") if expected is None else _failed(name, case["expect"], f"an error: {error}")
    return Result(name, "passed") if answer == expected is not None else _failed(name, case["expect"], _shown(answer))


def _failed(name: str, expected: object, got: str) -> Result:
    return Result(name, "failed", f"expected {'never' if expected is None else expected}, got {got}")


def _shown(answer: object) -> str:
    match answer:
        case datetime():
            return answer.isoformat()
        case timedelta():
            return f"{Decimal(answer // _MICROSECOND) / 1_000_000}"
        case _:
            return str(answer)


def _known_keys(given: Mapping[str, object], known: Iterable[str], what: str) -> None:
    for key in sorted(given.keys() - set(known)):
        raise _SkipError(f"{what} {key!r} is not known here")


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadValueError(f"{what} {value!r}", "give a JSON object")
    return value


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise BadValueError(f"{what} {value!r}", "give a JSON list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"{value!r}", "give a text")
    return value


def _instant(value: object) -> datetime:
    return parse_instant(_text(value))


def _seconds(value: object) -> timedelta:
    """Return an exact number of seconds, with at most six decimal places, as a duration."""
    if type(value) not in (int, Decimal) or not abs(Decimal(str(value))) < _MOST_SECONDS:
        raise BadValueError(f"{value!r} seconds", f"give a number between -{_MOST_SECONDS} and {_MOST_SECONDS}")
    micros = Decimal(str(value)) * 1_000_000
    if micros != micros.to_integral_value():
        raise BadValueError(f"{value} seconds", "give at most six decimal places")
    return int(micros) * _MICROSECOND


def _whole(value: object) -> int:
    if type(value) is not int:
        raise BadValueError(f"{value!r}", "give a whole number")
    return value


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise BadValueError(f"{value!r}", "give true or false")
    return value


def _day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise BadValueError(f"date {value!r}", "write it as 2026-11-23") from None


@attrs.frozen
class _Op:
    """A question that cases can ask.

    Attributes:
        method: The calendar's method.
        arguments: Its arguments, and whether each must be given.
        expected: How its expected answer is read.
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
        _Op("add_business_days", {"start": True, "days": True, "anchor": False, "shut": False}, _instant),
    )
}
_ARGUMENTS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "at": ("at", _instant),
    "start": ("start", _instant),
    "end": ("end", _instant),
    "seconds": ("amount", _seconds),
    "days": ("days", _whole),
    "anchor": ("anchor", _text),
    "shut": ("shut", _text),
}


def _definition(value: object, calendars: Mapping[str, object]) -> Callable[[], Calendar]:
    """Return how to build the calendar that a case describes or names; building it may refuse, reading it must not."""
    if isinstance(value, str):
        if value not in calendars:
            problem = unknown_name("calendar", "calendar", value, calendars)
            raise BadValueError(problem.what, problem.fix)
        value = calendars[value]
    described = _object(value, "calendar")
    for name, combine in (("union", union), ("intersection", intersection), ("difference", difference)):
        if name in described:
            _known_keys(described, {name}, "calendar key")
            parts = [_definition(part, calendars) for part in _list(described[name], name)]
            return lambda: combine(*(part() for part in parts))
    if "excluding" in described:
        _known_keys(described, {"excluding", "calendar"}, "calendar key")
        whole = _definition(described.get("calendar"), calendars)
        stretches = [_pair(stretch, _instant) for stretch in _list(described["excluding"], "excluding")]
        return lambda: excluding(whole(), *stretches)
    return _business(described)


def _business(described: Mapping[str, object]) -> Callable[[], Calendar]:
    _known_keys(described, _CALENDAR_KEYS, "calendar key")
    hours = _object(described.get("hours", {}), "hours")
    _known_keys(hours, WEEKDAYS, "weekday")
    overrides = _object(described.get("overrides", {}), "overrides")
    holidays: dict[date | Yearly, str] = {
        _day(day): "holiday" for day in _list(described.get("holidays", []), "holidays")
    }
    holidays |= {_yearly(day): "holiday" for day in _list(described.get("yearly_holidays", []), "yearly_holidays")}
    half_days = _object(described.get("half_days", {}), "half_days")
    return lambda: BusinessCalendar(
        _text(described.get("tz")),
        tuple(_shifts(hours.get(weekday, [])) for weekday in WEEKDAYS),
        holidays=holidays,
        half_days={
            (_day(day) if len(day) > _YEARLY_LENGTH else _yearly(day)): _text(at) for day, at in half_days.items()
        },
        overrides={_day(day): _shifts(shifts) for day, shifts in overrides.items()},
    )


_CALENDAR_KEYS = frozenset({"tz", "hours", "holidays", "yearly_holidays", "half_days", "overrides"})
_YEARLY_LENGTH = len("12-24")


def _yearly(value: object) -> Yearly:
    month, _, day = _text(value).partition("-")
    if not (month.isascii() and month.isdigit() and day.isascii() and day.isdigit() and len(f"{month}{day}") <= 4):  # noqa: PLR2004
        raise BadValueError(f"date of every year {value!r}", "write it as 12-24")
    return Yearly(int(month), int(day))


def _shifts(value: object) -> Hours:
    return tuple(Shift.parse(*_pair(shift, _text)) for shift in _list(value, "hours"))


def _pair(value: object, read: Callable[[object], T]) -> tuple[T, T]:
    first, *others = _list(value, "a pair") or [None]
    if len(others) != 1:
        raise BadValueError(f"{value!r}", "give a pair: from, until")
    return read(first), read(others[0])
