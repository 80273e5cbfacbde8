"""The check of a rule set: exact findings from the definition, and findings from a bounded search.

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
    """Check a rule set and return the findings, the most severe first.

    A finding that is both exact and found by search is listed once, with the witness.

    Args:
        rules: The rule set.
        budget: The most configurations that the search visits; 0 for exact findings only.
        known_until: The year until which the public holidays of calendars should be known.

    Raises:
        BadValueError: *rules* is not a rule set, or a number is out of range.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> [str(finding) for finding in check(senior(), budget=0) if finding.severity != "info"]
    []
    """
    if not isinstance(rules, Rules):
        raise BadValueError(f"{rules!r:.200} is not a rule set", "give a Rules")
    if type(budget) is not int or budget < 0:
        raise BadValueError(f"budget {budget!r:.60} is not possible", "give a whole number, zero or more")
    check_argument(known_until, int, "known_until")
    if not MINYEAR <= known_until <= MAXYEAR:
        raise BadValueError(f"known_until is {known_until}", f"give a year from {MINYEAR} to {MAXYEAR}")
    exact = tuple(exact_findings(rules, known_until))
    searched = tuple(searched_findings(rules, budget)) if budget else ()
    further = (each for each in searched if not any(_is_same(each, other) for other in exact))
    findings = (*(_with_witness(each, searched) for each in exact), *further)
    return tuple(sorted(dict.fromkeys(findings), key=_by_severity))


def _with_witness(finding: Finding, searched: Iterable[Finding]) -> Finding:
    """Return an exact finding with the witness of the same finding by search, if there is one."""
    same = next((each for each in searched if each.witness and _is_same(each, finding)), None)
    return attrs.evolve(finding, witness=same.witness) if same else finding


def _is_same(searched: Finding, exact: Finding) -> bool:
    """Return whether two findings are the same. Paths of a search name rules, but not a part of them."""
    part, *names = exact.path
    if searched.code != exact.code or searched.path[:1] != (part,):
        return False
    return names[0] in searched.path[1:] if part == "automations" else searched.path[:3] == exact.path[:3]


def _by_severity(finding: Finding) -> tuple[int, tuple[str, ...], str]:
    return (SEVERITIES.index(finding.severity), finding.path, finding.code)
