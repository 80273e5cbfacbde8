"""Findings about conditions: impossible or constant ones, shadowed rows, and gaps between targets.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, acting_condition
from ticketflow.analysis.satisfiability import size_of
from ticketflow.kernel.field_values import Value
from ticketflow.rules.actions import HoldField, LookUp, SetField
from ticketflow.rules.automations import Automation, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import OnEnter, OnLeave
from ticketflow.sla.policies import Policy
from ticketflow.tickets.facts import RATING
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Workflow

Path = tuple[str, ...]

_MOST_COMBINATIONS = 500
"""The most combinations of choices to check for a table of targets."""
_SHOWN = 3
"""The most combinations without a target to list in a finding."""


def condition_findings(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about conditions, and about tables whose rows have conditions.

    Source: docs/checks.md.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(condition_findings(Reachability(servicenow())))
    []
    """
    yield from constant_conditions(reachability)
    yield from _ratings_as_fields(reachability)
    yield from _table_gaps(reachability)
    yield from _shadowed_transitions(reachability)
    yield from _shadowed_openings(reachability.rules.workflow)
    for policy in reachability.rules.clocks:
        yield from _shadowed_targets(reachability, policy)
        yield from _gaps(reachability, policy)


def constant_conditions(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about single conditions that cannot hold or always hold."""
    yield from _never_true(reachability)
    yield from _always_true(reachability)


def size_of_conditions(rules: Rules) -> int:
    """Return the size of all conditions that `constant_conditions` decides."""
    reachability = Reachability(rules)
    of = (*_of_rules(reachability), *_of_triggers(reachability), *_of_tables(reachability))
    return sum(size_of(condition) for _, condition in of)


def _of_rules(reachability: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    for rule in reachability.enabled_rules:
        yield ("automations", rule.id, "given"), rule.given


def _of_triggers(reachability: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    for rule in reachability.enabled_rules:
        if isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave):
            yield ("automations", rule.id, "when"), rule.when.condition


def _of_tables(reachability: Reachability) -> Iterator[tuple[Path, conditions.Condition]]:
    """Yield the conditions of the workflow and the clocks."""
    workflow = reachability.rules.workflow
    for row in workflow.transitions:
        yield ("workflow", "transitions", row.name, "given"), row.given
    for name, permission in sorted(workflow.permissions.items()):
        yield ("workflow", "permissions", name, "given"), permission.given
    for listing in workflow.lists:
        yield ("workflow", "lists", listing.name, "shows"), listing.shows
    for policy in reachability.rules.clocks:
        yield ("clocks", policy.name, "measure", "runs"), policy.measure.runs
        for index, target in enumerate(policy.targets):
            yield ("clocks", policy.name, "targets", str(index), "given"), target.given
        for index, multiplier in enumerate(policy.multipliers):
            yield ("clocks", policy.name, "multipliers", str(index), "given"), multiplier.given


def _never_true(reachability: Reachability) -> Iterator[Finding]:
    """Yield the conditions that hold for no ticket."""
    for path, condition in _of_tables(reachability):
        if not reachability.can_hold(condition):
            yield _cannot_hold(path, condition, reachability)
    for path, condition in (*_of_rules(reachability), *_of_triggers(reachability)):
        if reachability.is_satisfiable(condition) is False:  # a missing Snoozing gives never_fires instead
            yield _cannot_hold(path, condition, reachability)


def _cannot_hold(path: Path, condition: conditions.Condition, reachability: Reachability) -> Finding:
    is_on_snoozes = any(
        isinstance(part, conditions.IsSnoozed | conditions.IsHidden) for part in conditions.parts(condition)
    )
    if is_on_snoozes and reachability.rules.snoozing is None:
        what = f"the condition cannot hold, because the rule set has no snoozing: {condition}"
        return make_finding("never_true", path, what, "give the rules a Snoozing, or change the condition")
    fix = "remove it, or use AnyOf(…) if one of its parts is enough"
    return make_finding("never_true", path, f"the condition cannot hold: {condition}", fix)


def _ratings_as_fields(reachability: Reachability) -> Iterator[Finding]:
    """Yield the conditions on a field ``rating`` that no rule and no form sets, where there is a survey."""
    workflow = reachability.rules.workflow
    taken = {name for row in workflow.transitions for name in (*row.needs, *row.takes)}
    taken.update(name for way_in in workflow.ways_in for name in (*way_in.needs, *way_in.takes))
    then = (action for rule in reachability.enabled_rules for each in action_steps(rule) for action in each)
    setting = (action.field for action in then if isinstance(action, SetField | HoldField | LookUp))
    if RATING in {*taken, *setting} or not any(state.survey_open for state in workflow.states):
        return
    for path, condition in (*_of_rules(reachability), *_of_triggers(reachability), *_of_tables(reachability)):
        if f"field.{RATING}" in conditions.reads(condition):
            what = f"the answer to the survey is not in field {RATING!r}: {condition}"
            yield make_finding("no_effect", path, what, "use RatingIs(…), or another name for the field")


def _always_true(reachability: Reachability) -> Iterator[Finding]:
    """Yield the conditions that always hold. Triggers are excluded: they fire when the ticket is opened."""
    for path, condition in (*_of_rules(reachability), *_of_tables(reachability)):
        if condition != conditions.ALWAYS and reachability.is_always_true(condition):
            fix = "remove it, or change it to what was intended"
            if path[-1] == "runs":
                fix = "give a condition that ends: a clock that always runs is never met"
            yield make_finding("always_true", path, f"the condition always holds: {condition}", fix)


def _shadowed_transitions(reachability: Reachability) -> Iterator[Finding]:
    for row in reachability.rules.workflow.transitions:
        own = [source for source in sorted(row.sources) if reachability.can_hold_in(row.given, source)]
        behind = [source for source in own if not reachability.can_hold(reachability.selection_condition(row, source))]
        if behind:
            what = (
                f"from {', '.join(behind)}, an earlier row of this name is always taken before the one to {row.target}"
            )
            fix = "put it before that row, or make the two conditions exclude each other"
            yield make_finding("shadowed_row", ("workflow", "transitions", row.name, "given"), what, fix)


def _shadowed_openings(workflow: Workflow) -> Iterator[Finding]:
    for index, opening in enumerate(workflow.openings):
        earlier = [each.may for each in workflow.openings[:index] if each.target == opening.target]
        if opening.may <= frozenset().union(*earlier):
            what = f"earlier openings in {opening.target!r} already allow everybody whom this one allows"
            fix = "remove it, or allow other people"
            yield make_finding("shadowed_row", ("workflow", "openings", str(index)), what, fix)


def _shadowed_targets(reachability: Reachability, policy: Policy) -> Iterator[Finding]:
    for index, target in enumerate(policy.targets):
        starts = (None, getattr(target, "started", None))  # a row for other starts leaves this one its tickets
        rows = [each for each in policy.targets[:index] if getattr(each, "started", None) in starts]
        earlier = [conditions.Not(each.given) for each in rows]
        if reachability.can_hold(target.given) and not reachability.can_hold(conditions.All(target.given, *earlier)):
            what = f"an earlier row always applies when {target.given}"
            fix = "put it before that row, or make the two conditions exclude each other"
            yield make_finding("shadowed_row", ("clocks", policy.name, "targets", str(index), "given"), what, fix)


def _gaps(reachability: Reachability, policy: Policy) -> Iterator[Finding]:
    """Yield the combinations of choices for which no target can apply while the clock runs."""
    asked = frozenset().union(*(conditions.reads(target.given) for target in policy.targets))
    fields = [
        field for field in reachability.rules.workflow.fields if f"field.{field.name}" in asked and _is_finite(field)
    ]
    if not fields:
        return
    runs, rows = policy.measure.runs, conditions.AnyOf(*(target.given for target in policy.targets))
    uncovered = (
        _uncovered(combination, runs, rows, reachability) for combination in _combinations(fields, reachability)
    )
    gaps = [gap for gap in uncovered if gap is not None]
    if gaps:
        shown = "; ".join(str(gap) for gap in gaps[:_SHOWN])
        more = f"; and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
        fix = "add a target for them, or a last one without a condition"
        yield make_finding("sla_gap", ("clocks", policy.name, "targets"), f"there is no target when {shown}{more}", fix)


def _table_gaps(reachability: Reachability) -> Iterator[Finding]:
    """Yield the tables of rules that have no row for some combinations of choices."""
    known = reachability.rules.workflow.fields_by_name
    for rule in reachability.enabled_rules:
        acting = acting_condition(rule, reachability.rules)
        for table in (each for then in action_steps(rule) for each in then if isinstance(each, LookUp)):
            fields = [known[name] for name in table.inputs]
            if not all(map(_is_finite, fields)):
                continue
            gaps = [
                ", ".join(f"{field.name} is {_in_words(value)}" for field, value in zip(fields, values, strict=True))
                for values in islice(product(*(each.choices or (True, False) for each in fields)), _MOST_COMBINATIONS)
                if not table.found(dict(zip(table.inputs, values, strict=True)))
                and reachability.can_hold(conditions.All(acting, *map(conditions.FieldIs, table.inputs, values)))
            ]
            if gaps:
                more = f"; and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
                what = f"the table of {table.field!r} has no row when {'; '.join(gaps[:_SHOWN])}{more}"
                yield make_finding("table_gap", ("automations", rule.id, "then"), what, "add a row for them")


def _is_finite(field: Field) -> bool:
    """Return whether the definition lists all values of a field."""
    return bool(field.choices) or field.kind == "truth"


def _combinations(fields: list[Field], reachability: Reachability) -> Iterator[conditions.All]:
    spaces = [[conditions.FieldIs(field.name, value) for value in _choices(field, reachability)] for field in fields]
    for combination in islice(product(*spaces), _MOST_COMBINATIONS):
        yield conditions.All(*combination)


def _choices(field: Field, reachability: Reachability) -> tuple[Value, ...]:
    """Return the values of a field, with None unless every opening requires the field."""
    given = field.choices or (True, False)
    is_needed = all(field.name in opening.needs for opening in reachability.rules.workflow.ways_in)
    return given if is_needed else (*given, None)


def _uncovered(
    combination: conditions.All, runs: conditions.Condition, rows: conditions.Condition, reachability: Reachability
) -> str | None:
    """Return a combination in words if it can occur while the clock runs and no target can apply to it."""
    if reachability.can_hold(conditions.All(combination, rows)) or not reachability.can_hold(
        conditions.All(combination, runs)
    ):
        return None
    asked = (part for part in combination.of if isinstance(part, conditions.FieldIs))
    return ", ".join(f"{part.field} is {_in_words(part.values[0])}" for part in asked)


def _in_words(value: Value) -> str:
    return "not set" if value is None else str(value)
