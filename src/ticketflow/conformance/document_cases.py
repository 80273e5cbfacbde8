"""Language-neutral cases about documents: those that must be taken or refused, and rule sets found wanting.

The format is described in docs/conformance.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.conformance.scenario_cases import DocumentRules, PresetRules
from ticketflow.documents.conversion import read_plain
from ticketflow.documents.parsing import Format, parse
from ticketflow.documents.problems import DataError, document_error
from ticketflow.documents.reading import read
from ticketflow.documents.writing import write
from ticketflow.errors import BadValueError, DocumentError


@attrs.frozen(kw_only=True)
class Wrong:
    """A problem that is expected of a document.

    Attributes:
        code: Which kind of mistake it is.
        pointer: Where it stands, as a JSON pointer.
    """

    code: str
    pointer: str


@attrs.frozen(kw_only=True)
class Rejected:
    """A document that must be refused.

    Attributes:
        reject: The document, as a text.
        problems: All that is wrong with it, in any order.
        id: What results call the case; stable.
        kind: What kind of document it is read as; ``preset``: a ready-made rule set with options, as cases name it.
        written: In which language it is.
        source: Where the expectations come from.
        clauses: The clauses of docs/semantics.md that it holds.
        rows: The rows of the systems that it shows.
        title: What it shows.
        comment: For readers.
    """

    reject: str
    problems: tuple[Wrong, ...]
    id: str
    source: str
    kind: str = "rules"
    written: Format = "json"
    clauses: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""
    comment: str = ""


@attrs.frozen(kw_only=True)
class Readable:
    """A document that must be taken.

    Attributes:
        read: The document, as a text.
        canonical: Its canonical form; a document of that form is taken too, and means the same.
        id: What results call the case; stable.
        kind: What kind of document it is.
        written: In which language it is.
        source: Where the expectations come from.
        clauses: The clauses of docs/semantics.md that it holds.
        rows: The rows of the systems that it shows.
        title: What it shows.
        comment: For readers.
    """

    read: str
    canonical: str
    id: str
    source: str
    kind: str = "rules"
    written: Format = "json"
    clauses: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""
    comment: str = ""


def missed_reading(case: Mapping[str, object]) -> str | None:
    """Return what was expected of a document's canonical form and what it is; None if the case is met.

    Raises:
        FlawedError: the case cannot be read.
        DocumentError: the document is refused.
    """
    given: Readable = read_plain(case, Readable)
    value = read(given.kind, given.read, name=given.id, written=given.written)
    canonical = write(value)
    if canonical != given.canonical:
        return f"expected {given.canonical}, got {canonical}"
    again = read(given.kind, canonical, name=given.id)
    return None if again == value else "its canonical form means something else"


def missed_rejection(case: Mapping[str, object]) -> str | None:
    """Return what was expected to be wrong with a document and what was found; None if the case is met.

    Raises:
        FlawedError: the case cannot be read.
    """
    rejected: Rejected = read_plain(case, Rejected)
    expected = sorted((wrong.code, wrong.pointer) for wrong in rejected.problems)
    if not expected:
        raise BadValueError("a case of rejection without problems", "say what is wrong with the document")
    try:
        _take(rejected)
    except DocumentError as error:
        got = sorted((problem.code, problem.pointer or "") for problem in error.problems)
        return None if got == expected else f"expected {expected}, got {got}: {error}"
    return f"expected {expected}, got nothing wrong"


def _take(rejected: Rejected) -> None:
    """Read the document.

    Raises:
        DocumentError: it is refused.
    """
    if rejected.kind != "preset":
        read(rejected.kind, rejected.reject, name=rejected.id, written=rejected.written)
        return
    document = parse(rejected.reject, rejected.id, rejected.written)
    try:
        named: PresetRules = read_plain(document.data, PresetRules)
        named.build()
    except DataError as error:
        raise document_error(error, document) from None


@attrs.frozen(kw_only=True)
class Checked:
    """A rule set in which a check must find something, or nothing.

    Attributes:
        check: The rule set.
        finds: Codes of findings that must be among what is found; none: nothing above *info* may be.
        id: What results call the case; stable.
        source: Where the expectations come from.
        budget: How many configurations of tickets the search may look at.
        clauses: The clauses of docs/semantics.md that it holds.
        rows: The rows of the systems that it shows.
        title: What it shows.
        comment: For readers.
    """

    check: PresetRules | DocumentRules
    finds: tuple[str, ...]
    id: str
    source: str
    budget: int = BUDGET
    clauses: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    title: str = ""
    comment: str = ""


def missed_check(case: Mapping[str, object]) -> str | None:
    """Return what a check was to find and what it found; None if the case is met.

    Every life that is told with a finding must be what the engine does.

    Raises:
        FlawedError: the case cannot be read.
    """
    checked: Checked = read_plain(case, Checked)
    rules = checked.check.build()
    found = check(rules, checked.budget)
    untrue = [str(each) for each in found if each.witness and not each.witness.replays(rules)]
    if untrue:
        return f"lives that the engine does not live: {'; '.join(untrue)}"
    grave = [each for each in found if each.severity != "info"]
    if not checked.finds and grave:
        return f"expected nothing, got {'; '.join(map(str, grave))}"
    lacking = sorted(set(checked.finds) - {each.code for each in found})
    return f"expected {', '.join(lacking)}, got {'; '.join(map(str, found)) or 'nothing'}" if lacking else None
