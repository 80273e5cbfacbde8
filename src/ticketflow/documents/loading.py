"""Load a rule set from a document and check it."""

from __future__ import annotations

from typing import cast

import attrs

from ticketflow.analysis.check import in_order
from ticketflow.analysis.findings import Finding
from ticketflow.analysis.lint.run import linear_findings
from ticketflow.documents.locations import located
from ticketflow.documents.parsing import Format, parse
from ticketflow.documents.reading import Source, read_document
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules


@attrs.frozen
class Loaded:
    """A rule set from a document, with its findings.

    Attributes:
        rules: The rule set.
        findings: The findings of the linear checks, the most severe first.
        lines: The line of each finding's path in the text.
    """

    rules: Rules
    findings: tuple[Finding, ...]
    lines: FrozenMap[tuple[str, ...], int]


def load(source: Source, *, name: str = "rules", written: Format = "json") -> Loaded:
    """Read a rule set from a document and run the linear checks.

    The cost of these checks is at most proportional to the size of the document: they find names that nothing uses,
    missing texts, calendars that end, and conditions that cannot hold or always hold. `check` finds more.

    A document that is not valid is refused. Findings are only returned; the caller decides about them.

    Args:
        source: The text, as a string or in UTF-8, or parsed data.
        name: The document's name in messages.
        written: The language of a text, ``json`` or ``toml``.

    Raises:
        DocumentError: The document is not a valid rule set; with all its problems.

    Source: docs/checks.md.

    >>> from ticketflow.documents import write
    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted({finding.code for finding in load(write(servicenow())).findings})
    []
    """
    document = parse(source, name, written)
    rules = cast("Rules", read_document("rules", document))
    findings = in_order(linear_findings(rules))
    places = {each.path: located(each.path, document)[1] for each in findings}
    return Loaded(rules, findings, FrozenMap({path: line for path, line in places.items() if line is not None}))
