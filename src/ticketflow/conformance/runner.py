"""Language-neutral cases, so that any implementation can be held to the same answers.

The format is described in docs/conformance.md. A case asks a calendar, tells the life of a ticket, or gives a document
that must be refused or found wanting; what it has tells which.
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
    document = parse(text, name, most=MOST_BYTES).data
    cases = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(cases, list):
        raise DocumentError((Problem(name, "it has no list of cases", 'write {"cases": [...]}'),))
    for key in document.keys() - _HEAD:
        if get_close_matches(key, _HEAD, n=1):  # other keys are notes, but this was meant to be read
            raise DocumentError((unknown_name(name, "key", key, _HEAD),))
    named = (case.get("id") for case in cases if isinstance(case, dict))
    ids = Counter(name for name in named if isinstance(name, str))
    twice = sorted(each for each, times in ids.items() if times > 1)
    if twice:
        raise DocumentError((Problem(name, f"two cases are called {twice[0]!r}", "name each once"),))
    return document


_HEAD = frozenset({"cases", "calendars"})


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
    except DataError as error:
        return Result(name, "failed", f"it cannot be read: {readable(_told(error))}")
    except TicketflowError as error:
        return Result(name, "failed", f"it cannot be read: {readable(str(error))}")
    except RecursionError:
        return Result(name, "failed", "it cannot be read: its calendar is nested too deeply, or in itself")
    return Result(name, "failed", readable(detail)) if detail else Result(name, "passed")


_MOST_TOLD = 5


def _told(error: DataError) -> str:
    flaws = [f"{spoken(flaw.path) or 'the case'}: {flaw.what}; {flaw.fix}" for flaw in error.problems]
    more = [f"and {len(flaws) - _MOST_TOLD} more"] if len(flaws) > _MOST_TOLD else []
    return "; ".join((*flaws[:_MOST_TOLD], *more))


def _missed(case: object, document: Case) -> str | None:
    """Return what was expected of a case and what came instead; None if it is met."""
    if not isinstance(case, dict):
        raise BadValueError(f"case {case!r:.60}", "give a JSON object")
    if "op" in case:
        return _calendar(case, document)
    for key, missed in _KINDS.items():
        if key in case:
            return missed(case)
    raise BadValueError(f"a case without op or {' or '.join(_KINDS)}", "say what it asks")


def _calendar(case: Case, document: Case) -> str | None:
    calendars = document.get("calendars", {})
    if not isinstance(calendars, dict):
        raise BadValueError(f"calendars {calendars!r:.60}", "give a JSON object")
    return calendar_cases.missed(case, calendars)


_KINDS: Mapping[str, Callable[[Case], str | None]] = {
    "steps": scenario_cases.missed,
    "reject": document_cases.missed_rejection,
    "read": document_cases.missed_reading,
    "check": document_cases.missed_check,
}
