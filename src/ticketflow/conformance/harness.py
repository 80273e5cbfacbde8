"""Ask another program for the answers to cases, and compare them with the expectations.

A request is a case without its expectations; an answer has the form of the expectations. Both are JSON objects, one
per line. docs/conformance.md describes the protocol.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import attrs

from ticketflow.conformance import calendar_cases
from ticketflow.conformance.calendar_cases import UnknownOpError
from ticketflow.conformance.document_cases import Changed, Checked, Compared, Readable, Rejected, Wrong
from ticketflow.conformance.expectations import differs, not_empty
from ticketflow.conformance.runner import Case, Result, invalid_detail, named_cases
from ticketflow.conformance.scenario_format import (
    AgendaStep,
    ApplyStep,
    ArrivalStep,
    AvailableStep,
    BulkStep,
    CommandStep,
    DeliveriesStep,
    ExpectationStep,
    FollowUpsStep,
    MigrationStep,
    ReportsStep,
    Scenario,
    Step,
    SummaryStep,
    VerifyStep,
    described,
)
from ticketflow.documents.conversion import read_plain, shown_plain
from ticketflow.documents.introspection import Partial
from ticketflow.documents.parsing import Fractional, Plain, parse
from ticketflow.documents.problems import DataError, data_error
from ticketflow.errors import BadValueError, TicketflowError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import readable

PROTOCOL = "harness/1"
"""The name of the protocol, with its version. Each request has it."""

MOST_BYTES_OF_ANSWER = 1_048_576
"""The size limit of an answer."""


class HarnessError(Exception):
    """The program gave no answer: it ended, took too long or wrote too much. The message says which."""


Ask = Callable[[str], str]
"""A function that sends a request, one line of JSON, to the program and returns the line that answers it.

It raises `HarnessError` if there is no answer.
"""


def ask_cases(document: Case, ask: Ask) -> Iterator[Result]:
    """Ask a program each case of a document from `runner.read_cases`, in order, and yield the results.

    A case that the program says it does not support is skipped.
    """
    for name, case in named_cases(document):
        yield _result(name, case, document, ask)


def _result(name: str, case: object, document: Case, ask: Ask) -> Result:
    try:
        question = request(case, document)
    except UnknownOpError as reason:
        return Result(name, "skipped", str(reason))
    except (DataError, TicketflowError, RecursionError) as error:
        return Result(name, "failed", invalid_detail(error))
    try:
        answer = _read_answer(ask(_written(question)), question["id"])
        if "unsupported" in answer:
            return Result(name, "skipped", f"not supported: {readable(str(answer['unsupported']))[:200]}")
        if "failed" in answer:
            return Result(name, "failed", f"the program failed: {readable(str(answer['failed']))[:200]}")
        detail = answer_failure(cast("Case", case), document, answer)
    except HarnessError as error:
        return Result(name, "failed", str(error))
    except (DataError, TicketflowError, RecursionError) as error:
        detail = invalid_detail(error).replace("the case is", "the answer is", 1)
    return Result(name, "failed", readable(detail)) if detail else Result(name, "passed")


def _written(value: object) -> str:
    """Return plain data as one line of JSON, with numbers as they are written in the case."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {_written(held)}" for key, held in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case Fractional():
            return value.text
        case _:
            return json.dumps(value)


def _read_answer(line: str, name: object) -> Mapping[str, Plain]:
    """Parse the line of an answer.

    Raises:
        DocumentError: The line is not JSON, or a limit is exceeded.
        BadValueError: It is not an answer to this request.
    """
    data = parse(line, "the answer", most=MOST_BYTES_OF_ANSWER, parts=None).data
    if not isinstance(data, dict):
        raise BadValueError(f"{data!r:.60} is not an answer", "write a JSON object on one line")
    if data.get("id") != name:
        raise BadValueError(f"the id is {data.get('id')!r:.60}, not {name!r:.60}", "answer each request once, in order")
    kinds = [key for key in ("answer", "unsupported", "failed") if key in data]
    if len(kinds) != 1:
        raise BadValueError("the object does not say what it is", "give one of: answer, unsupported, failed")
    return data


# -- requests ---------------------------------------------------------------------------------------------------------


def request(case: object, document: Case) -> dict[str, Any]:
    """Return the request for a case: what it gives and what it asks, without what it expects.

    Args:
        case: The case, as plain data.
        document: The file of the case; it has the calendars that the case can name.

    Raises:
        DataError: The case is not valid.
        BadValueError: The case is not valid.
    """
    if not isinstance(case, dict):
        raise BadValueError(f"{case!r:.60} is not a case", "give a JSON object")
    head = {"protocol": PROTOCOL, "id": case.get("id")}
    if "op" in case:
        calendars = calendar_cases.calendars_of(document)
        calendar_cases.Question.of(case, calendars)  # raises the problems of the case
        asked = {"op": case["op"], "args": case.get("args")}
        return head | {"kind": "calendar", **asked, "calendar": _resolved(case.get("calendar"), calendars)}
    for key, (kind, made) in _REQUESTS.items():
        if key in case:
            return head | {"kind": kind, **made(case)}
    raise BadValueError("the case does not say what it tests", f"add one of: op, {', '.join(_REQUESTS)}")


def _resolved(calendar: Any, calendars: Mapping[str, object]) -> dict[str, Any]:  # noqa: ANN401 -- a valid calendar
    """Return a calendar with all named calendars in place of their names."""
    if isinstance(calendar, str):
        return _resolved(calendar_cases.named_calendar(calendar, calendars), calendars)
    parts = {
        key: [_resolved(part, calendars) for part in value]
        for key, value in calendar.items()
        if key in calendar_cases.COMBINATIONS
    }
    whole = {"calendar": _resolved(calendar["calendar"], calendars)} if "calendar" in calendar else {}
    return {**calendar, **parts, **whole}


def _scenario_request(case: dict[str, Any]) -> dict[str, Any]:
    scenario: Scenario = read_plain(case, Scenario)
    steps = [_asked(step, plain) for step, plain in zip(scenario.steps, case["steps"], strict=True)]
    return {"rules": case["rules"], "steps": steps}


def _asked(step: Step, plain: dict[str, Any]) -> dict[str, Any]:
    """Return a step without its expectations. Those that are an object are replaced with what they ask."""
    expected = _EXPECTED.get(type(step), ())
    kept = {key: value for key, value in plain.items() if key not in expected and key != "comment"}
    asked = {
        key: _shape(plain[key])
        for key in expected
        if isinstance(getattr(step, key), Partial) or key in ("reports", "agenda")
    }
    return kept | asked | ({"follow_ups": None} if isinstance(step, FollowUpsStep) else {})


def _shape(expected: object) -> object:
    """Return the keys of an expectation, without values."""
    return {key: _shape(value) for key, value in expected.items()} if isinstance(expected, dict) else None


def _document_request(case: dict[str, Any]) -> dict[str, Any]:
    text = case["read"] if "read" in case else case["reject"]
    asked = {"document": text, "of": case.get("kind", "rules"), "written": case.get("written", "json")}
    return asked | ({"bases": case["bases"]} if "bases" in case else {})


def _check_request(case: dict[str, Any]) -> dict[str, Any]:
    return {"rules": case["check"]} | ({"budget": case["budget"]} if "budget" in case else {})


_REQUESTS: Mapping[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "steps": ("scenario", _scenario_request),
    "reject": ("document", _document_request),
    "read": ("document", _document_request),
    "check": ("check", _check_request),
    "differences": ("comparison", lambda case: {"old": case.get("old"), "new": case.get("new")}),
}


# -- answers ----------------------------------------------------------------------------------------------------------


def answer_failure(case: Case, document: Case, answer: Mapping[str, Plain]) -> str | None:
    """Return the difference between the expectations of a case and an answer; None if the case passes.

    Args:
        case: The case, as plain data.
        document: The file of the case.
        answer: The answer: ``answer`` and, for a calendar, ``error``.

    Raises:
        DataError: The case or the answer is not valid.
        BadValueError: The case or the answer is not valid.
    """
    given = answer["answer"]
    if "op" in case:
        return calendar_cases.answer_failure(case, document, given, answer.get("error"))
    return next(failure for key, failure in _COMPARISONS.items() if key in case)(case, given)


def _scenario_failure(case: Case, answer: Plain) -> str | None:
    scenario: Scenario = read_plain(case, Scenario)
    answers: tuple[object, ...] = read_plain(answer, tuple[object, ...])
    if len(answers) != len(scenario.steps):
        raise BadValueError(
            f"there are {len(answers)} answers to {len(scenario.steps)} steps", "give an object for each step"
        )
    for number, (step, plain) in enumerate(zip(scenario.steps, answers, strict=True)):
        try:
            found = tuple(_step_differs(step, plain))
        except DataError as error:
            raise error.under("answer", number) from None
        if found:
            return f"step {number} ({described(step)}): " + "; ".join(found)
    return None


_EXPECTED: Mapping[type, tuple[str, ...]] = {
    CommandStep: ("refused", "reasons", "hints", "hint_data", "is_repeated"),
    BulkStep: ("refused",),
    ArrivalStep: ("to",),
    ExpectationStep: ("expect",),
    ApplyStep: ("refused", "is_repeated"),
    VerifyStep: ("is_true",),
    MigrationStep: ("changes",),
    SummaryStep: ("summary",),
    AvailableStep: ("available",),
    DeliveriesStep: ("deliveries",),
    FollowUpsStep: ("follow_ups",),
    AgendaStep: ("agenda", "due"),
    ReportsStep: ("reports",),
}
"""The attributes of steps that are expectations; an answer to the step has these keys. Other steps have none."""


def _step_differs(step: Step, plain: object) -> Iterator[str]:
    some: Any = Partial
    given = read_plain(plain, some[type(step)])
    for key in _EXPECTED.get(type(step), ()):
        expected = getattr(step, key)
        if isinstance(expected, Partial):
            not_empty(expected)
        default: Any = attrs.fields_dict(type(step))[key].default
        got = given.get(key, default.factory() if hasattr(default, "factory") else default)
        if got is attrs.NOTHING:
            yield f"{key}: the answer does not have it"
        elif key != "hints" or expected is not None:
            yield from _differs(key, expected, got)


_IN_ANY_ORDER = frozenset({"refused", "open_commands", "open_moves"})


def _differs(name: str, expected: object, got: object) -> Iterator[str]:
    """Yield the differences between an expectation and an answer, which can have more attributes."""
    key = name.rpartition(".")[2]
    if isinstance(expected, Mapping) and isinstance(got, Mapping) and _is_partial(key, expected):
        for part, value in expected.items():
            if part in got:
                yield from _differs(f"{name}.{part}", value, got[part])
            else:
                yield f"{name}.{part}: the answer does not have it"
    elif isinstance(expected, tuple) and isinstance(got, tuple) and any(isinstance(each, Partial) for each in expected):
        if len(expected) != len(got):
            yield f"{name}: expected {len(expected)}, got {len(got)}: {shown_plain(got)}"
        for index, pair in enumerate(zip(expected, got, strict=False)):
            yield from _differs(f"{name}[{index}]", *pair)
    else:
        yield from differs(name, _sorted(key, expected), _sorted(key, got))


def _is_partial(key: str, expected: Mapping[str, object]) -> bool:
    """Return whether an expectation names some keys of an object. Of others it names all."""
    if isinstance(expected, Partial) or key == "fields":
        return True
    return key not in _IN_ANY_ORDER and all(
        isinstance(value, Mapping) or (isinstance(value, tuple) and all(isinstance(each, Partial) for each in value))
        for value in expected.values()
    )


def _sorted(key: str, value: object) -> object:
    """Return codes and names in alphabetical order, those of each ticket of a bulk command as well."""
    if key in _IN_ANY_ORDER and isinstance(value, tuple):
        return tuple(sorted(value))
    if key in _IN_ANY_ORDER and isinstance(value, FrozenMap):
        return FrozenMap({ticket: tuple(sorted(codes)) for ticket, codes in value.items() if codes})
    return value


@attrs.frozen(kw_only=True)
class _Reading:
    """An answer about a document.

    Attributes:
        canonical: The canonical form, if the document is read.
        problems: All problems, if it is refused.
    """

    canonical: str | None = None
    problems: tuple[Wrong, ...] = ()


def _reading_failure(case: Case, answer: Plain) -> str | None:
    expected: Readable = read_plain(case, Readable)
    got: _Reading = read_plain(answer, _Reading)
    return "; ".join(differs("canonical", expected.canonical, got.canonical)) or None


def _rejection_failure(case: Case, answer: Plain) -> str | None:
    expected: Rejected = read_plain(case, Rejected)
    got: _Reading = read_plain(answer, _Reading)
    if not expected.problems:
        raise data_error("bad_value", "the case expects no problems", "list the problems of the document")
    pairs = [sorted((each.code, each.pointer) for each in problems) for problems in (expected.problems, got.problems)]
    return "; ".join(differs("problems", *pairs)) or None


@attrs.frozen(kw_only=True)
class _Found:
    """A finding of a check.

    Attributes:
        code: Its code.
        severity: How grave it is.
    """

    code: str
    severity: str


def _check_failure(case: Case, answer: Plain) -> str | None:
    expected: Checked = read_plain(case, Checked)
    found: tuple[_Found, ...] = read_plain(answer, tuple[_Found, ...])
    grave = [each.code for each in found if each.severity != "info"]
    if not expected.finds and grave:
        return f"expected no findings, got {', '.join(grave)}"
    codes = [each.code for each in found]
    lacking = sorted(set(expected.finds) - set(codes))
    return f"expected {', '.join(lacking)}, got {', '.join(codes) or 'no findings'}" if lacking else None


def _comparison_failure(case: Case, answer: Plain) -> str | None:
    expected: Compared = read_plain(case, Compared)
    got: tuple[Changed, ...] = read_plain(answer, tuple[Changed, ...])
    pairs = (sorted(map(shown_plain, each)) for each in (expected.differences, got))
    return "; ".join(differs("differences", *pairs)) or None


_COMPARISONS: Mapping[str, Callable[[Case, Plain], str | None]] = {
    "steps": _scenario_failure,
    "reject": _rejection_failure,
    "read": _reading_failure,
    "check": _check_failure,
    "differences": _comparison_failure,
}
