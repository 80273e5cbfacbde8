"""Run language-neutral conformance cases.

A case is about a calendar, the history of tickets, or a document. Its keys decide which. docs/conformance.md describes
the format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal

import attrs

from ticketflow.conformance import calendar_cases, document_cases, scenario_cases
from ticketflow.conformance.calendar_cases import UnknownOpError
from ticketflow.documents.parsing import parse
from ticketflow.documents.paths import printable, spoken
from ticketflow.documents.problems import DataError
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.kernel.names import readable

Status = Literal["passed", "failed", "skipped"]

MOST_BYTES = 16_777_216
"""The size limit of a file of cases. It is higher than that of documents, because these files are trusted more."""

Case = Mapping[str, object]


@attrs.frozen
class Result:
    """The result of one case.

    Attributes:
        case: The id of the case.
        status: Whether the case passed, failed, or was skipped.
        detail: The difference, or the reason to skip the case; empty if it passed.
    """

    case: str
    status: Status
    detail: str = ""


def read_cases(text: bytes, name: str) -> Case:
    """Read a file of cases.

    Args:
        text: The JSON text, in UTF-8.
        name: The name of the file, for messages.

    Raises:
        DocumentError: The file is not a JSON object with a list of cases, or two cases have the same id.

    >>> read_cases(b"[]", "cases.json")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: cases.json: the file has no list of cases; write {"cases": [...]}
    """
    document = parse(text, name, most=MOST_BYTES, parts=None).data
    cases = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(cases, list):
        raise DocumentError((Problem(name, "the file has no list of cases", 'write {"cases": [...]}'),))
    for key in document.keys() - _HEAD:
        if get_close_matches(key, _HEAD, n=1):  # other keys are remarks, but this one looks like a typing error
            raise DocumentError((unknown_name(name, "key", key, _HEAD),))
    named = (case.get("id") for case in cases if isinstance(case, dict))
    ids = Counter(name for name in named if isinstance(name, str))
    twice = sorted(each for each, times in ids.items() if times > 1)
    if twice:
        raise DocumentError((Problem(name, f"two cases have the id {twice[0]!r:.100}", "give each its own"),))
    return document


_HEAD = frozenset({"cases", "calendars"})


def named_cases(document: Case) -> Iterator[tuple[str, object]]:
    """Yield each case of a document from `read_cases` with its id, or with its number if it has none."""
    cases = document["cases"]
    assert isinstance(cases, list)  # noqa: S101 -- read_cases checked it
    for number, case in enumerate(cases):
        name = case.get("id") if isinstance(case, dict) else None
        yield printable(name) if isinstance(name, str) else str(number), case


def run_cases(document: Case) -> Iterator[Result]:
    """Yield the result of each case in a document from `read_cases`, in order."""
    for name, case in named_cases(document):
        yield _result(name, case, document)


def clauses_of(document: Case) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the id of each case in a document from `read_cases`, with the clauses that the case tests."""
    for name, case in named_cases(document):
        clauses = case.get("clauses") if isinstance(case, dict) else None
        yield name, tuple(each for each in clauses if isinstance(each, str)) if isinstance(clauses, list) else ()


def _result(name: str, case: object, document: Case) -> Result:
    try:
        detail = _failure(case, document)
    except UnknownOpError as reason:
        return Result(name, "skipped", str(reason))
    except (DataError, TicketflowError, RecursionError) as error:
        return Result(name, "failed", invalid_detail(error))
    return Result(name, "failed", readable(detail)) if detail else Result(name, "passed")


def invalid_detail(error: DataError | TicketflowError | RecursionError) -> str:
    """Return the detail of a case that is not valid."""
    if isinstance(error, RecursionError):
        return "the case is not valid: its calendar is nested too deeply, or within itself"
    return f"the case is not valid: {readable(_joined(error) if isinstance(error, DataError) else str(error))}"


_MOST_SHOWN = 5


def _joined(error: DataError) -> str:
    problems = [f"{spoken(each.path) or 'the case'}: {each.what}; {each.fix}" for each in error.problems]
    more = [f"and {len(problems) - _MOST_SHOWN} more"] if len(problems) > _MOST_SHOWN else []
    return "; ".join((*problems[:_MOST_SHOWN], *more))


def _failure(case: object, document: Case) -> str | None:
    if not isinstance(case, dict):
        raise BadValueError(f"{case!r:.60} is not a case", "give a JSON object")
    if "op" in case:
        return calendar_cases.failure(case, calendar_cases.calendars_of(document))
    for key, failure in _FAILURES.items():
        if key in case:
            return failure(case)
    raise BadValueError("the case does not say what it tests", f"add one of: op, {', '.join(_FAILURES)}")


_FAILURES: Mapping[str, Callable[[Case], str | None]] = {
    "steps": scenario_cases.failure,
    "reject": document_cases.rejection_failure,
    "read": document_cases.reading_failure,
    "check": document_cases.check_failure,
    "differences": document_cases.comparison_failure,
}
