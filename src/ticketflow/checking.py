"""The static check of a rule set: what is decided exactly, and what a bounded search of lives finds besides.

Source: docs/checks.md, docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.errors import BadValueError
from ticketflow.exact_checks import exact_findings
from ticketflow.exploration import BUDGET
from ticketflow.findings import SEVERITIES, Finding
from ticketflow.name_checks import KNOWN_UNTIL
from ticketflow.rules import Rules
from ticketflow.searching import searched_findings


def check(rules: Rules, budget: int = BUDGET, known_until: int = KNOWN_UNTIL) -> tuple[Finding, ...]:
    """Return what is wrong with a rule set, hurts, or is worth knowing; the gravest first.

    What is found both ways is told once, with the life that shows it.

    Args:
        rules: The rule set.
        budget: How many configurations of tickets the search may look at; 0: what is decided exactly is all.
        known_until: The year before which no calendar's public holidays should end.

    Raises:
        BadValueError: something else is given as rules, or as a number.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> [str(finding) for finding in check(senior(), budget=0) if finding.severity != "info"]
    []
    """
    if not isinstance(rules, Rules):
        raise BadValueError(f"rules {rules!r:.200}", "give a Rules")
    if type(budget) is not int or budget < 0:
        raise BadValueError(f"a budget of {budget!r:.60}", "give a whole number, zero or more")
    found = {(each.code, each.path): each for each in _found(rules, budget, known_until)}
    return tuple(sorted(found.values(), key=_gravest_first))


def _found(rules: Rules, budget: int, known_until: int) -> Iterator[Finding]:
    yield from exact_findings(rules, known_until)
    if budget:
        yield from searched_findings(rules, budget)  # later ones take the place of those without a life


def _gravest_first(finding: Finding) -> tuple[int, tuple[str, ...], str]:
    return (SEVERITIES.index(finding.severity), finding.path, finding.code)
