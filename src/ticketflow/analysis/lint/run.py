"""The exact findings about a rule set: all that follow from the definition alone.

Definitions that make no sense at all are refused when they are built. Findings that need simulated tickets come from
`ticketflow.analysis.explore`.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.analysis.findings import Finding
from ticketflow.analysis.lint.conditions import condition_findings, constant_conditions, size_of_conditions
from ticketflow.analysis.lint.names import KNOWN_UNTIL, name_findings
from ticketflow.analysis.lint.pairs import pair_findings
from ticketflow.analysis.lint.rules import rule_findings
from ticketflow.analysis.lint.timers import timer_findings
from ticketflow.analysis.lint.workflow import table_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.analysis.steps import Steps
from ticketflow.rules.ruleset import Rules


def exact_findings(rules: Rules, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield the exact findings about a rule set, grouped by kind, not by severity.

    Every finding is proven. No findings does not mean that nothing is wrong. When the budget of steps is used up, the
    last finding is ``not_checked``.

    Args:
        rules: The rule set.
        known_until: The year until which the public holidays of calendars should be known.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> [str(finding) for finding in exact_findings(senior()) if finding.severity != "info"]
    []
    """
    steps = Steps()
    yield from exact_within(steps, rules, known_until)
    yield from steps.not_checked()


def exact_within(steps: Steps, rules: Rules, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield the same as `exact_findings` within a budget of steps, which notes what was skipped."""
    reachability = Reachability(rules, steps)
    yield from steps.run(
        {
            "names": name_findings(reachability, known_until),
            "conditions": condition_findings(reachability),
            "states and transitions": table_findings(reachability),
            "rules": rule_findings(reachability),
            "timers": timer_findings(reachability),
            "pairs of rules": pair_findings(reachability),
        }
    )


_LINEAR_STEPS, _STEPS_FOR_EACH_PART = 20_000, 100


def linear_findings(rules: Rules, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield the exact findings whose cost is at most proportional to the size of the rule set.

    These are the findings about names, texts and calendars, and about single conditions that cannot hold or always do.
    Their budget is 20,000 steps, and 100 more for each part of a condition.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(linear_findings(senior()))
    []
    """
    steps = Steps(_LINEAR_STEPS + _STEPS_FOR_EACH_PART * size_of_conditions(rules))
    reachability = Reachability(rules, steps)
    yield from steps.run(
        {"names": name_findings(reachability, known_until), "conditions": constant_conditions(reachability)}
    )
    yield from steps.not_checked()
