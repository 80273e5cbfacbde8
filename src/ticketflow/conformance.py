"""Language-neutral cases, so that any implementation can be held to the same answers.

The format is described in docs/conformance.md. A case asks a calendar, tells the life of a ticket, or gives a document
that must be refused or found wanting; what it has tells which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import attrs

from ticketflow import calendar_cases, document_cases, scenario_cases
from ticketflow.calendar_cases import UnknownOpError
from ticketflow.documents import printable, spoken
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError
from ticketflow.flaws import FlawedError
from ticketflow.untrusted import parsed

Status = Literal["passed", "failed", "skipped"]

MOST_BYTES = 16_777_216
"""Of a file of cases: it comes from who holds us to them, and not from a stranger."""

Case = Mapping[str, object]


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


def read_cases(text: bytes, name: str) -> Case:
    """Return the document of cases that a file holds.

    Raises:
        DocumentError: it is no JSON object with a list of cases, or two of them share an id.

    >>> read_cases(b"[]", "cases.json")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: cases.json: it has no list of cases; write {"cases": [...]}
    """
    document = parsed(text, name, most=MOST_BYTES)
    cases = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(cases, list):
        raise DocumentError((Problem(name, "it has no list of cases", 'write {"cases": [...]}'),))
    ids = [case["id"] for case in cases if isinstance(case, dict) and isinstance(case.get("id"), str)]
    twice = sorted({each for each in ids if ids.count(each) > 1}, key=str)
    if twice:
        raise DocumentError((Problem(name, f"two cases are called {twice[0]!r}", "name each once"),))
    return document


def run_cases(document: Case) -> Iterator[Result]:
    """Yield what became of each case of a document that `read_cases` gave, in order."""
    cases = document["cases"]
    assert isinstance(cases, list)  # noqa: S101 -- read_cases saw to it
    for number, case in enumerate(cases):
        name = case.get("id") if isinstance(case, dict) else None
        yield _result(printable(name) if isinstance(name, str) else str(number), case, document)


def _result(name: str, case: object, document: Case) -> Result:
    try:
        detail = _missed(case, document)
    except UnknownOpError as reason:
        return Result(name, "skipped", str(reason))
    except FlawedError as error:
        return Result(name, "failed", f"it cannot be read: {_told(error)}")
    except TicketflowError as error:
        return Result(name, "failed", f"it cannot be read: {error}")
    except RecursionError:
        return Result(name, "failed", "it cannot be read: its calendar is nested too deeply, or in itself")
    return Result(name, "failed", detail) if detail else Result(name, "passed")


_MOST_TOLD = 5


def _told(error: FlawedError) -> str:
    flaws = [f"{spoken(flaw.path) or 'the case'}: {flaw.what}; {flaw.fix}" for flaw in error.flaws]
    more = [f"and {len(flaws) - _MOST_TOLD} more"] if len(flaws) > _MOST_TOLD else []
    return "; ".join((*flaws[:_MOST_TOLD], *more))


def _missed(case: object, document: Case) -> str | None:
    """Return what was expected of a case and what came instead; None if it is met."""
    if not isinstance(case, dict):
        raise BadValueError(f"case {case!r:.60}", "give a JSON object")
    for key, missed in _KINDS.items():
        if key in case:
            return missed(case, document)
    raise BadValueError(f"a case without {' or '.join(_KINDS)}", "say what it asks")


def _calendar(case: Case, document: Case) -> str | None:
    calendars = document.get("calendars", {})
    if not isinstance(calendars, dict):
        raise BadValueError(f"calendars {calendars!r:.60}", "give a JSON object")
    return calendar_cases.missed(case, calendars)


def _scenario(case: Case, _: Case) -> str | None:
    return scenario_cases.missed(case)


def _rejection(case: Case, _: Case) -> str | None:
    return document_cases.missed_rejection(case)


def _reading(case: Case, _: Case) -> str | None:
    return document_cases.missed_reading(case)


_KINDS: Mapping[str, Callable[[Case, Case], str | None]] = {
    "op": _calendar,
    "steps": _scenario,
    "reject": _rejection,
    "read": _reading,
}
