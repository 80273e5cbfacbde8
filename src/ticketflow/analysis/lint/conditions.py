"""Conditions that cannot hold or always do, rows that never get their turn, and promises with a gap.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability
from ticketflow.analysis.satisfiability import always, satisfiable
from ticketflow.kernel.field_values import Value
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import OnEnter, OnLeave
from ticketflow.sla.policies import Policy
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Workflow

Path = tuple[str, ...]

_MOST_COMBINATIONS = 500
"""How many combinations of choices a table of targets is asked about; larger ones are searched no further."""
_SHOWN = 3
"""How many uncovered combinations are spelt out: enough to see the pattern, few enough to read."""


def condition_findings(prospects: Reachability) -> Iterator[Finding]:
    """Yield what is wrong with conditions as such, and with tables whose rows have conditions.

    Source: docs/checks.md.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(condition_findings(Reachability(servicenow())))
    []
    """
    yield from _never(prospects)
    yield from _always(prospects)
    yield from _shadowed_transitions(prospects)
    yield from _shadowed_openings(prospects.rules.workflow)
    for policy in prospects.rules.clocks:
        yield from _shadowed_targets(prospects, policy)
        yield from _gaps(prospects, policy)


def _of_rules(prospects: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    for rule in prospects.written:
        yield ("automations", rule.id, "given"), rule.given


def _of_triggers(prospects: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    for rule in prospects.written:
        if isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave):
            yield ("automations", rule.id, "when"), rule.when.condition


def _of_tables(prospects: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    """Yield the conditions of the workflow and the clocks."""
    workflow = prospects.rules.workflow
    for row in workflow.transitions:
        yield ("workflow", "transitions", row.name, "given"), row.given
    for name, permission in sorted(workflow.permissions.items()):
        yield ("workflow", "permissions", name, "given"), permission.given
    for listing in workflow.lists:
        yield ("workflow", "lists", listing.name, "shows"), listing.shows
    for policy in prospects.rules.clocks:
        yield ("clocks", policy.name, "measure", "runs"), policy.measure.runs
        for index, target in enumerate(policy.targets):
            yield ("clocks", policy.name, "targets", str(index), "given"), target.given


def _never(prospects: Reachability) -> Iterator[Finding]:
    """Yield the conditions that cannot hold, whatever a ticket is."""
    for path, condition in _of_tables(prospects):
        if not prospects.possible(condition):
            yield _cannot_hold(path, condition, prospects)
    for path, condition in (*_of_rules(prospects), *_of_triggers(prospects)):
        if satisfiable(condition, prospects.rules.workflow) is False:  # snoozes that no desk has: see never_fires
            yield _cannot_hold(path, condition, prospects)


def _cannot_hold(path: Path, condition: conditions.Condition, prospects: Reachability) -> Finding:
    asks_for_sleep = any(
        isinstance(part, conditions.IsSnoozed | conditions.IsHidden) for part in conditions.parts(condition)
    )
    if asks_for_sleep and prospects.rules.snoozing is None:
        what, fix = f"it can't hold that {condition}: this desk does not snooze", "give the rules a Snoozing"
        return make_finding("never_true", path, what, f"{fix}, or ask for something else")
    fix = "leave it out, or say with AnyOf(…) what is meant to hold one at a time"
    return make_finding("never_true", path, f"it can't hold that {condition}", fix)


def _always(prospects: Reachability) -> Iterator[Finding]:
    """Yield what always holds; what a rule waits to enter may, for that happens as the ticket is opened."""
    for path, condition in (*_of_rules(prospects), *_of_tables(prospects)):
        if condition != conditions.ALWAYS and always(condition, prospects.rules.workflow):
            fix = "leave it out, or ask for what was meant"
            if path[-1] == "runs":
                fix = "say when it stops: a clock that always runs is never met"
            yield make_finding("always_true", path, f"it always holds that {condition}", fix)


def _shadowed_transitions(prospects: Reachability) -> Iterator[Finding]:
    for row in prospects.rules.workflow.transitions:
        own = [source for source in sorted(row.sources) if prospects.possible_in(row.given, source)]
        behind = [source for source in own if not prospects.possible(prospects.turn_of(row, source))]
        if behind:
            what = f"from {', '.join(behind)} an earlier row of that name always goes before the one to {row.target}"
            fix = "put it before that row, or give the two conditions that exclude each other"
            yield make_finding("shadowed_row", ("workflow", "transitions", row.name, "given"), what, fix)


def _shadowed_openings(workflow: Workflow) -> Iterator[Finding]:
    for index, opening in enumerate(workflow.openings):
        earlier = [each.may for each in workflow.openings[:index] if each.target == opening.target]
        if opening.may <= frozenset().union(*earlier):
            what = f"whoever may begin in {opening.target!r} by it begins there by an earlier one"
            fix = "leave it out, or make it for other people"
            yield make_finding("shadowed_row", ("workflow", "openings", str(index)), what, fix)


def _shadowed_targets(prospects: Reachability, policy: Policy) -> Iterator[Finding]:
    for index, target in enumerate(policy.targets):
        earlier = [conditions.Not(each.given) for each in policy.targets[:index]]
        if prospects.possible(target.given) and not prospects.possible(conditions.All(target.given, *earlier)):
            what = f"an earlier row is in force whenever {target.given}"
            fix = "put it before that row, or give the two conditions that exclude each other"
            yield make_finding("shadowed_row", ("clocks", policy.name, "targets", str(index), "given"), what, fix)


def _gaps(prospects: Reachability, policy: Policy) -> Iterator[Finding]:
    """Yield the combinations of choices for which no row can be in force while the clock runs, whatever else is so."""
    asked = frozenset().union(*(conditions.reads(target.given) for target in policy.targets))
    fields = [field for field in prospects.rules.workflow.fields if f"field.{field.name}" in asked and _has_end(field)]
    if not fields:
        return
    runs, rows = policy.measure.runs, conditions.AnyOf(*(target.given for target in policy.targets))
    open_to = (_uncovered(combination, runs, rows, prospects) for combination in _combinations(fields, prospects))
    gaps = [gap for gap in open_to if gap is not None]
    if gaps:
        shown = "; ".join(str(gap) for gap in gaps[:_SHOWN])
        more = f"; and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
        fix = "add a row for them, or a last one without a condition"
        yield make_finding("sla_gap", ("clocks", policy.name, "targets"), f"no target where {shown}{more}", fix)


def _has_end(field: Field) -> bool:
    """Return whether all that a field can have is written down."""
    return bool(field.choices) or field.kind == "truth"


def _combinations(fields: list[Field], prospects: Reachability) -> Iterator[conditions.All]:
    spaces = [[conditions.FieldIs(field.name, value) for value in _choices(field, prospects)] for field in fields]
    for combination in islice(product(*spaces), _MOST_COMBINATIONS):
        yield conditions.All(*combination)


def _choices(field: Field, prospects: Reachability) -> tuple[Value, ...]:
    """Return what a field can have; nothing too, unless every ticket begins with something in it."""
    given = field.choices or (True, False)
    is_needed = all(field.name in opening.needs for opening in prospects.rules.workflow.ways_in)
    return given if is_needed else (*given, None)


def _uncovered(
    combination: conditions.All, runs: conditions.Condition, rows: conditions.Condition, prospects: Reachability
) -> str | None:
    """Return a combination in words that can be while the clock runs, and for which no row can hold."""
    if prospects.possible(conditions.All(combination, rows)) or not prospects.possible(
        conditions.All(combination, runs)
    ):
        return None
    asked = (part for part in combination.of if isinstance(part, conditions.FieldIs))
    return ", ".join(f"{part.field} is {_spoken(part.values[0])}" for part in asked)


def _spoken(value: Value) -> str:
    return "not set" if value is None else str(value)
