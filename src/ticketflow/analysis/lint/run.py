"""Everything about a rule set that is well-formed and still wrong, as far as that can be decided without searching.

What keeps a rule set from being built at all is found when it is built; what can only be found by living through lives
is found by a search. Here everything follows from the definition by itself.

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
    """Yield what is decided exactly about a rule set, in the order of its parts and not of severity.

    A finding is certain as far as it goes; that nothing is found does not mean that nothing is wrong.

    Args:
        rules: The rule set.
        known_until: The year before which no calendar's public holidays should end.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> [str(finding) for finding in exact_findings(senior()) if finding.severity != "info"]
    []
    """
    prospects = Reachability(rules)
    yield from condition_findings(prospects)
    yield from table_findings(prospects)
    yield from rule_findings(prospects)
    yield from timer_findings(prospects)
    yield from pair_findings(prospects)
    yield from name_findings(prospects, known_until)
