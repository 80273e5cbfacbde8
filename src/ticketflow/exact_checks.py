"""Everything about a rule set that is well-formed and still wrong, as far as that can be decided without searching.

What keeps a rule set from being built at all is found when it is built; what can only be found by living through lives
is found by a search. Here everything follows from the definition by itself.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.automations import Ladder
from ticketflow.condition_checks import condition_findings, impossible_conditions
from ticketflow.findings import Finding
from ticketflow.name_checks import KNOWN_UNTIL, impossible_ids, name_findings
from ticketflow.pair_checks import pair_findings
from ticketflow.prospects import Prospects
from ticketflow.rule_checks import rule_findings
from ticketflow.rules import Rules
from ticketflow.table_checks import table_findings
from ticketflow.timer_checks import out_of_order, timer_findings


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
    prospects = Prospects(rules)
    yield from condition_findings(prospects)
    yield from table_findings(prospects)
    yield from rule_findings(prospects)
    yield from timer_findings(prospects)
    yield from pair_findings(prospects)
    yield from name_findings(prospects, known_until)


CASES_AT_LOADING = 2_000
"""What reading a stranger's document may cost: some hundred conditions of what people write."""


def certain_mistakes(rules: Rules) -> Iterator[Finding]:
    """Yield what cannot have been meant, as far as each part shows it by itself; reading a document refuses it.

    It is quick, however large the rule set; questions of many cases are left to `exact_findings`.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(certain_mistakes(senior()))
    []
    """
    prospects = Prospects(rules, iter(range(CASES_AT_LOADING)))
    yield from impossible_conditions(prospects)
    yield from impossible_ids(rules)
    for rule in prospects.written:
        if isinstance(rule, Ladder):
            yield from out_of_order(prospects, rule)
