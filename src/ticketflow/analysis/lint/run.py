"""The exact findings about a rule set: all that follow from the definition alone.

Definitions that make no sense at all are refused when they are built. Findings that need simulated tickets come from
`ticketflow.analysis.explore`.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.analysis.findings import Finding
from ticketflow.analysis.lint.conditions import condition_findings
from ticketflow.analysis.lint.names import KNOWN_UNTIL, name_findings
from ticketflow.analysis.lint.pairs import pair_findings
from ticketflow.analysis.lint.rules import rule_findings
from ticketflow.analysis.lint.timers import timer_findings
from ticketflow.analysis.lint.workflow import table_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.rules.ruleset import Rules


def exact_findings(rules: Rules, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield the exact findings about a rule set, grouped by kind, not by severity.

    Every finding is proven. No findings does not mean that nothing is wrong.

    Args:
        rules: The rule set.
        known_until: The year until which the public holidays of calendars should be known.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> [str(finding) for finding in exact_findings(senior()) if finding.severity != "info"]
    []
    """
    reachability = Reachability(rules)
    yield from condition_findings(reachability)
    yield from table_findings(reachability)
    yield from rule_findings(reachability)
    yield from timer_findings(reachability)
    yield from pair_findings(reachability)
    yield from name_findings(reachability, known_until)
