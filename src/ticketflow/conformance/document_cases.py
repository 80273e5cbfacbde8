"""Run language-neutral cases about documents: to read, to refuse, to check or to compare.

docs/conformance.md describes the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.compare.differences import diff
from ticketflow.conformance.cases import CaseHead, DocumentRules, PresetRules
from ticketflow.documents.conversion import read_plain, shown_plain
from ticketflow.documents.parsing import Format, parse
from ticketflow.documents.problems import DataError, document_error
from ticketflow.documents.reading import read
from ticketflow.documents.writing import write
from ticketflow.errors import BadValueError, DocumentError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules


@attrs.frozen(kw_only=True)
class Wrong:
    """An expected problem of a document.

    Attributes:
        code: The kind of mistake.
        pointer: Its place, as a JSON pointer.
    """

    code: str
    pointer: str


Bases = FrozenMap[str, PresetRules | DocumentRules]


@attrs.frozen(kw_only=True)
class Readable(CaseHead):
    """A document that must be read.

    Attributes:
        read: The text of the document.
        canonical: Its canonical form. This form is read, too, and must give an equal value.
        kind: The kind of document.
        written: The language of the text.
        bases: The rule sets that it can extend, by id.
    """

    read: str
    canonical: str
    kind: str = "rules"
    written: Format = "json"
    bases: Bases = attrs.field(factory=FrozenMap)


@attrs.frozen(kw_only=True)
class Rejected(CaseHead):
    """A document that must be refused.

    Attributes:
        reject: The text of the document.
        problems: All its problems, in any order.
        kind: The kind of document; ``preset`` for a preset with options, as cases name it.
        written: The language of the text.
        bases: The rule sets that it can extend, by id.
    """

    reject: str
    problems: tuple[Wrong, ...]
    kind: str = "rules"
    written: Format = "json"
    bases: Bases = attrs.field(factory=FrozenMap)


@attrs.frozen(kw_only=True)
class Checked(CaseHead):
    """A rule set in which a check must have findings, or none.

    Attributes:
        check: The rule set.
        finds: Codes that must be among the findings; empty if no finding may be graver than *info*.
        budget: The number of configurations that the search may visit.
    """

    check: PresetRules | DocumentRules
    finds: tuple[str, ...]
    budget: int = BUDGET


@attrs.frozen(kw_only=True)
class Compared(CaseHead):
    """Two rule sets whose differences are compared with those expected.

    Attributes:
        old: The old rule set.
        new: The new rule set.
        differences: All differences, in any order.
    """

    old: PresetRules | DocumentRules
    new: PresetRules | DocumentRules
    differences: tuple[Changed, ...]


@attrs.frozen(kw_only=True)
class Changed:
    """An expected difference between two rule sets.

    Attributes:
        kind: What happened to the part: ``added``, ``removed`` or ``changed``.
        path: The place of the part, as names.
        changes_meaning: Whether a ticket can notice it.
    """

    kind: Literal["added", "removed", "changed"]
    path: tuple[str, ...]
    changes_meaning: bool = True


def reading_failure(case: Mapping[str, object]) -> str | None:
    """Read a document; return the difference from its expected canonical form, or None if the case passes.

    Raises:
        DataError: The case is not valid.
        DocumentError: The document is refused.
    """
    given: Readable = read_plain(case, Readable)
    value = read(given.kind, given.read, name=given.id, written=given.written, bases=_built(given.bases))
    canonical = write(value)
    if canonical != given.canonical:
        return f"expected {given.canonical}, got {canonical}"
    again = read(given.kind, canonical, name=given.id)
    return None if again == value else "the canonical form gives another value"


def rejection_failure(case: Mapping[str, object]) -> str | None:
    """Read a document; return the difference from its expected problems, or None if the case passes.

    Raises:
        DataError: The case is not valid.
        BadValueError: The case expects no problems.
    """
    rejected: Rejected = read_plain(case, Rejected)
    expected = sorted((wrong.code, wrong.pointer) for wrong in rejected.problems)
    if not expected:
        raise BadValueError("the case expects no problems", "list the problems of the document")
    try:
        _read(rejected)
    except DocumentError as error:
        got = sorted((problem.code, problem.pointer or "") for problem in error.problems)
        return None if got == expected else f"expected {expected}, got {got}: {error}"
    return f"expected {expected}, got no problems"


def _built(bases: Bases) -> Mapping[str, Rules]:
    return {name: each.build() for name, each in bases.items()}


def _read(rejected: Rejected) -> None:
    if rejected.kind != "preset":
        bases = _built(rejected.bases)
        read(rejected.kind, rejected.reject, name=rejected.id, written=rejected.written, bases=bases)
        return
    document = parse(rejected.reject, rejected.id, rejected.written)
    try:
        named: PresetRules = read_plain(document.data, PresetRules)
        named.build()
    except DataError as error:
        raise document_error(error, document) from None


def check_failure(case: Mapping[str, object]) -> str | None:
    """Check a rule set; return the difference from the expected findings, or None if the case passes.

    The witness of each finding must replay in the engine.

    Raises:
        DataError: The case is not valid.
    """
    checked: Checked = read_plain(case, Checked)
    rules = checked.check.build()
    found = check(rules, checked.budget)
    untrue = [str(each) for each in found if each.witness and not each.witness.replays(rules)]
    if untrue:
        return f"the engine does not replay the witnesses of: {'; '.join(untrue)}"
    grave = [each for each in found if each.severity != "info"]
    if not checked.finds and grave:
        return f"expected no findings, got {'; '.join(map(str, grave))}"
    lacking = sorted(set(checked.finds) - {each.code for each in found})
    return f"expected {', '.join(lacking)}, got {'; '.join(map(str, found)) or 'no findings'}" if lacking else None


def comparison_failure(case: Mapping[str, object]) -> str | None:
    """Compare two rule sets; return the difference from the expected answer, or None if the case passes.

    Raises:
        DataError: The case is not valid.
    """
    compared: Compared = read_plain(case, Compared)
    found = (
        Changed(kind=each.kind, path=each.path, changes_meaning=each.changes_meaning)
        for each in diff(compared.old.build(), compared.new.build())
    )
    expected, got = (sorted(map(shown_plain, each)) for each in (compared.differences, found))
    return None if expected == got else f"expected [{', '.join(expected)}], got [{', '.join(got)}]"
