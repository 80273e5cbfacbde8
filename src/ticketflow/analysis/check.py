"""The check of a rule set: exact findings from the definition, and findings from a bounded search.

Source: docs/checks.md, docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, MINYEAR

import attrs

from ticketflow.analysis.explore.findings import findings_within
from ticketflow.analysis.explore.search import BUDGET
from ticketflow.analysis.findings import SEVERITIES, Finding
from ticketflow.analysis.lint.names import KNOWN_UNTIL
from ticketflow.analysis.lint.run import exact_within
from ticketflow.analysis.steps import MOST_STEPS, Steps
from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules


def check(
    rules: Rules, budget: int = BUDGET, known_until: int = KNOWN_UNTIL, steps: int = MOST_STEPS
) -> tuple[Finding, ...]:
    """Check a rule set and return the findings, the most severe first.

    A finding that is both exact and found by search is listed once, with the witness. When the budget of steps is used
    up, a ``not_checked`` finding names what was skipped.

    Args:
        rules: The rule set.
        budget: The most configurations that the search visits; 0 for exact findings only.
        known_until: The year until which the public holidays of calendars should be known.
        steps: The budget of steps of the whole check, for the exact findings and the search together.

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
    spent = Steps(steps)
    exact = tuple(exact_within(spent, rules, known_until))
    searched = tuple(_searched(spent, rules, budget)) if budget else ()
    known, witnessed = {_same(each) for each in exact}, dict[object, Finding]()
    for each in searched:
        if each.witness:
            for same in _exact_ones(each):
                witnessed.setdefault(same, each)
    further = (each for each in searched if known.isdisjoint(_exact_ones(each)))
    return in_order((*(_with_witness(each, witnessed) for each in exact), *further, *spent.not_checked()))


def _searched(steps: Steps, rules: Rules, budget: int) -> Iterator[Finding]:
    """Yield the findings of the search, unless the exact checks used up the budget."""
    if steps.left:
        yield from findings_within(steps, rules, budget)
    else:
        steps.skipped.append("histories of tickets")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without duplicates, the most severe first."""
    return tuple(sorted(dict.fromkeys(findings), key=_by_severity))


def _with_witness(finding: Finding, witnessed: Mapping[object, Finding]) -> Finding:
    """Return an exact finding with the witness of the same finding by search, if there is one."""
    same = witnessed.get(_same(finding))
    return attrs.evolve(finding, witness=same.witness) if same else finding


def _same(exact: Finding) -> object:
    """Return what identifies an exact finding among those of a search, which do not name a part of a rule."""
    return (exact.code, exact.path[:2] if exact.path[0] == "automations" else exact.path[:3])


def _exact_ones(searched: Finding) -> Iterator[object]:
    """Yield what identifies the exact findings that say the same as a finding by search."""
    part, *names = searched.path
    if part == "automations":
        yield from ((searched.code, (part, name)) for name in names)
    else:
        yield (searched.code, searched.path[:3])


def _by_severity(finding: Finding) -> tuple[int, tuple[str, ...], str]:
    return (SEVERITIES.index(finding.severity), finding.path, finding.code)
