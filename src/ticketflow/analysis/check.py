"""The static check of a rule set: what is decided exactly, and what a bounded search of lives finds besides.

Source: docs/checks.md, docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR

import attrs

from ticketflow.analysis.explore.findings import searched_findings
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.findings import SEVERITIES, Finding
from ticketflow.analysis.lint.names import KNOWN_UNTIL
from ticketflow.analysis.lint.run import exact_findings
from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules


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
    check_argument(known_until, int, "known_until")
    if not MINYEAR <= known_until <= MAXYEAR:
        raise BadValueError(f"known_until is {known_until}", f"give a year from {MINYEAR} to {MAXYEAR}")
    exact = tuple(exact_findings(rules, known_until))
    searched = tuple(searched_findings(rules, budget)) if budget else ()
    told = (*(_shown_by(each, searched) for each in exact), *(each for each in searched if not _is_said(each, exact)))
    return tuple(sorted(dict.fromkeys(told), key=_gravest_first))


def _shown_by(finding: Finding, searched: Iterable[Finding]) -> Finding:
    """Return what was decided exactly, with the life that the search found for it, if it did."""
    shows = next((each for each in searched if each.witness and _is_of(each, finding)), None)
    return attrs.evolve(finding, witness=shows.witness) if shows else finding


def _is_said(finding: Finding, exact: Iterable[Finding]) -> bool:
    return any(_is_of(finding, each) for each in exact)


def _is_of(searched: Finding, exact: Finding) -> bool:
    """Return whether two findings say the same of one thing: a search names the rules, and not which part of them."""
    part, *names = exact.path
    if searched.code != exact.code or searched.path[:1] != (part,):
        return False
    return names[0] in searched.path[1:] if part == "automations" else searched.path[:3] == exact.path[:3]


def _gravest_first(finding: Finding) -> tuple[int, tuple[str, ...], str]:
    return (SEVERITIES.index(finding.severity), finding.path, finding.code)
