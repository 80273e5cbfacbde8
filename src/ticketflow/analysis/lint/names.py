"""Findings about names: unused names, missing texts, impossible ids, and calendars that end.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.lint.calendars import calendar_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.errors import BadValueError
from ticketflow.kernel.labels import Labels
from ticketflow.kernel.names import check_id
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.tickets.anchors import Outside, simple_parts
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow
from ticketflow.workflow.ticket_calendar import calendars_named

KNOWN_UNTIL = 2050
"""The year until which holidays should be known: the expected lifetime of a rule set."""

Path = tuple[str, ...]


def name_findings(reachability: Reachability, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield the findings about names, texts, ids and calendars.

    Args:
        reachability: The reachability of the rule set.
        known_until: The year until which the holidays of calendars should be known.

    Source: docs/checks.md.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(name_findings(Reachability(servicenow())))
    []
    """
    rules = reachability.rules
    yield from _impossible_ids(rules)
    yield from calendar_findings(rules, known_until)
    yield from _unmasked_groups(reachability)
    yield from _unused_names(rules)
    for kind in _texts(rules):
        yield from _missing_languages(kind)
    yield from _without_template(rules)


def _impossible_ids(rules: Rules) -> Iterator[Finding]:
    """Yield the ids in conditions that no person can have."""
    for rule in rules.automations:
        for name in (
            who
            for part in conditions.parts(rule.given)
            if isinstance(part, conditions.AssignedTo | conditions.RequesterIs)
            for who in part.asks_for
        ):
            if (fix := _fix_of_id(name)) is not None:
                yield make_finding(
                    "bad_id", ("automations", rule.id, "given"), f"{name!r} cannot be the id of a person", fix
                )


def _fix_of_id(name: object) -> str | None:
    """Return how to fix a malformed id; None if it is valid."""
    try:
        check_id(cast("str", name), "id")
    except BadValueError as error:
        return error.fix
    return None


def _actions(rule: Rule) -> Iterator[actions.Action]:
    return (action for then in action_steps(rule) for action in then)


# -- Unused names


def _unmasked_groups(reachability: Reachability) -> Iterator[Finding]:
    for rule in reachability.rules.automations:
        if rule.group is not None and not reachability.is_masked_anywhere(rule):
            what = f"no state and no snooze masks the group {rule.group}"
            yield make_finding(
                "unused_name", ("automations", rule.id, "group"), what, "let a state or a snooze mask it, or remove it"
            )


def _unused_names(rules: Rules) -> Iterator[Finding]:
    workflow = rules.workflow
    people = {name for may in _allowed(workflow) for name in may}
    sent = {
        action.template
        for rule in rules.automations
        for action in _actions(rule)
        if isinstance(action, actions.SendMessage)
    }
    kinds: tuple[tuple[Path, Iterable[str], Iterable[str], str], ...] = (
        (("workflow", "groups"), workflow.groups, people, "no permission or transition names this group"),
        (
            ("workflow", "outside_events"),
            workflow.outside_events,
            _used_outside_events(rules),
            "no rule uses this outside event",
        ),
        (("calendars",), rules.calendars.keys() - {"default"}, _used_calendars(rules), "nothing uses this calendar"),
        (("templates",), (template.name for template in rules.templates), sent, "no rule sends this template"),
    )
    for path, there, used, what in kinds:
        for name in sorted(set(there) - set(used)):
            yield make_finding("unused_name", (*path, name), what, "remove it, or use it")


def _allowed(workflow: Workflow) -> Iterator[frozenset[str]]:
    yield from (row.may for row in workflow.transitions)
    yield from (opening.may for opening in workflow.openings)
    yield from (permission.may for permission in workflow.permissions.values())


def _used_outside_events(rules: Rules) -> Iterator[str]:
    """Yield the outside events that rules wait for, count from, or have in conditions."""
    for rule in rules.automations:
        times = schedule_of(rule)
        anchors = [times.since] if isinstance(times, Steps | Repeats) else []
        anchors += [rule.ended_by] if rule.ended_by else []
        if isinstance(rule, Automation) and isinstance(rule.when, triggers.OnOutside):
            yield rule.when.event
        yield from (part.event for each in anchors for part in simple_parts(each) if isinstance(part, Outside))
    asked = (
        part
        for condition in _conditions(rules)
        for part in conditions.parts(condition)
        if isinstance(part, conditions.Happened)
    )
    yield from (each.event for part in asked for each in simple_parts(part.anchor) if isinstance(each, Outside))


def _conditions(rules: Rules) -> Iterator[conditions.Condition]:
    """Yield every condition of a rule set."""
    for rule in rules.automations:
        yield rule.given
        if isinstance(rule, Automation) and isinstance(rule.when, triggers.OnEnter | triggers.OnLeave):
            yield rule.when.condition
    workflow = rules.workflow
    yield from (row.given for row in workflow.transitions)
    yield from (permission.given for permission in workflow.permissions.values())
    yield from (listing.shows for listing in workflow.lists)
    yield from (field.filled_when for field in workflow.fields)
    for policy in rules.clocks:
        yield from (policy.measure.runs, policy.measure.frozen, policy.measure.void)
        yield from (row.given for row in (*policy.targets, *policy.multipliers))


def _used_calendars(rules: Rules) -> Iterator[str]:
    for rule in rules.automations:
        yield from calendars_named(rule.calendar, rule.gate)
        if isinstance(rule, Automation):
            yield from calendars_named(rule.during.calendar) if rule.during else ()
            if isinstance(rule.when, triggers.AtOpening | triggers.AtClosing):
                yield from calendars_named(rule.when.calendar)
    for policy in rules.clocks:
        yield from policy.calendar_names
    if rules.snoozing:
        yield from calendars_named(rules.snoozing.calendar)


# -- Texts


def _texts(rules: Rules) -> Iterator[Mapping[Path, Labels]]:
    """Yield the texts of a rule set by kind. All texts of one kind should have the same languages."""
    workflow, table = rules.workflow, ("workflow",)
    yield {(*table, "states", each.name, "labels"): each.labels for each in workflow.states}
    yield {(*table, "states", each.name, "to_enable"): each.to_enable for each in workflow.states if each.to_enable}
    yield {(*table, "transitions", each.name, "labels"): each.labels for each in workflow.transitions}
    yield {(*table, "transitions", each.name, "hint"): each.hint.texts for each in workflow.transitions if each.hint}
    yield {(*table, "fields", each.name, "labels"): each.labels for each in workflow.fields}
    yield {(*table, "pipelines", each.name, "labels"): each.labels for each in workflow.pipelines}
    yield {(*table, "lists", each.name, "labels"): each.labels for each in workflow.lists}
    yield {("automations", each.id, "labels"): each.labels for each in rules.automations}
    yield {("templates", each.name, "texts"): each.texts for each in rules.templates}
    yield {("templates", each.name, "labels"): each.labels for each in rules.templates}
    choices = rules.snoozing.choices if rules.snoozing else ()
    yield {("snoozing", "choices", each.name, "labels"): each.labels for each in choices}


def _missing_languages(kind: Mapping[Path, Labels]) -> Iterator[Finding]:
    languages_of_kind = {language for texts in kind.values() for language in texts}
    for path, texts in kind.items():
        if lacking := sorted(languages_of_kind - texts.keys()):
            languages = " and ".join(lacking)
            what = f"the text is missing in {languages}, unlike others of its kind"
            yield make_finding("text_missing", path, what, f"add the text in {languages}")


def _without_template(rules: Rules) -> Iterator[Finding]:
    """Yield the messages without a template, if the rule set has any templates."""
    known = {template.name for template in rules.templates}
    for rule in rules.automations:
        sent = {action.template for action in _actions(rule) if isinstance(action, actions.SendMessage)}
        for name in sorted(sent - known) if known else ():
            what = f"the rule sends {name!r}, which has no template"
            yield make_finding("text_missing", ("automations", rule.id, "then"), what, "add a Template with this name")
