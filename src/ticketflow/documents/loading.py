"""Load a rule set from a document and check it."""

from __future__ import annotations

import attrs

from ticketflow.analysis.check import check
from ticketflow.analysis.findings import Finding
from ticketflow.documents.kinds import located, read_rules
from ticketflow.documents.parsing import Format
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules


@attrs.frozen
class Loaded:
    """A rule set that was loaded from a document.

    Attributes:
        rules: The rule set.
        findings: What is decided exactly about it; the gravest first.
        lines: For the place of each finding, on which line of the document it stands.
    """

    rules: Rules
    findings: tuple[Finding, ...]
    lines: FrozenMap[tuple[str, ...], int]


def load(text: bytes, name: str = "rules", written: Format = "json") -> Loaded:
    """Return the rule set of a document, with what the exact checks find in it.

    What no rule set can be is refused; what cannot have been meant is told, and whoever loads it decides.

    Args:
        text: The document, in UTF-8.
        name: What messages call it.
        written: ``json`` or ``toml``.

    Raises:
        DocumentError: it holds no rule set; all its problems together.

    Source: docs/checks.md.

    >>> from ticketflow.documents.kinds import write
    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted({finding.code for finding in load(write(servicenow()).encode()).findings})
    ['rots']
    """
    rules = read_rules(text, name, written)
    findings = check(rules, budget=0)
    places = {each.path: located(each.path, text, written)[1] for each in findings}
    return Loaded(rules, findings, FrozenMap({path: line for path, line in places.items() if line is not None}))
