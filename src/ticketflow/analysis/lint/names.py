"""Names that nothing uses, texts that lack a language, ids that nobody has, and calendars that end.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import EPOCH
from ticketflow.kernel.labels import Labels
from ticketflow.kernel.names import check_id
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.sla.policies import Target
from ticketflow.tickets.anchors import Outside, simple_parts
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow

KNOWN_UNTIL = 2050
"""Until which year public holidays should be known: the working life of what is set up today."""

Path = tuple[str, ...]


def name_findings(prospects: Reachability, known_until: int = KNOWN_UNTIL) -> Iterator[Finding]:
    """Yield what is wrong with names, texts, ids and calendars.

    Args:
        prospects: The rule set, and what can become of its tickets.
        known_until: The year before which no calendar should end.

    Source: docs/checks.md.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(name_findings(Reachability(servicenow())))
    []
    """
    rules = prospects.rules
    yield from _impossible_ids(rules)
    yield from _calendar_ends(rules, datetime(known_until, 1, 1, tzinfo=UTC))
    yield from _unmasked_groups(prospects)
    yield from _unused(rules)
    for kind in _texts(rules):
        yield from _missing(kind)
    yield from _untold(rules)


def _impossible_ids(rules: Rules) -> Iterator[Finding]:
    """Yield the ids of people that rules ask for and nobody can have."""
    for rule in rules.automations:
        for name in (
            who
            for part in conditions.parts(rule.given)
            if isinstance(part, conditions.AssignedTo)
            for who in part.assignees
        ):
            if (fix := _mended(name)) is not None:
                yield make_finding("bad_id", ("automations", rule.id, "given"), f"nobody's id can be {name!r}", fix)


def _mended(name: str) -> str | None:
    """Return how to mend what is no id; None if it is one."""
    try:
        check_id(name, "assignee")
    except BadValueError as error:
        return error.fix
    return None


def _actions(rule: Rule) -> Iterator[actions.Action]:
    return (action for then in action_steps(rule) for action in then)


def _calendar_ends(rules: Rules, until: datetime) -> Iterator[Finding]:
    for name, calendar in sorted(rules.calendars.items()):
        limit = calendar.limits[1]
        if limit < until - EPOCH:
            what = f"its public holidays are known before {EPOCH + limit:%d %B %Y} only"
            fix = "take them from a newer source in time, or say beyond_known='assume_none'"
            yield make_finding("calendar_ends", ("calendars", name), what, fix)


# -- What nothing uses


def _unmasked_groups(prospects: Reachability) -> Iterator[Finding]:
    for rule in prospects.rules.automations:
        if rule.group is not None and not prospects.is_masked_anywhere(rule):
            what = f"no state and no snooze masks the group {rule.group}"
            yield make_finding(
                "unused_name", ("automations", rule.id, "group"), what, "let one mask it, or leave it out"
            )


def _unused(rules: Rules) -> Iterator[Finding]:
    workflow = rules.workflow
    people = {name for may in _allowed(workflow) for name in may}
    sent = {
        action.template
        for rule in rules.automations
        for action in _actions(rule)
        if isinstance(action, actions.SendMessage)
    }
    kinds: tuple[tuple[Path, Iterable[str], Iterable[str], str], ...] = (
        (("workflow", "groups"), workflow.groups, people, "nothing is allowed to this group"),
        (("workflow", "outside_events"), workflow.outside_events, _heard(rules), "no rule waits or asks for it"),
        (("calendars",), rules.calendars.keys() - {"default"}, _calendars_named(rules), "nothing counts on it"),
        (("templates",), (template.name for template in rules.templates), sent, "no rule sends it"),
    )
    for path, there, used, what in kinds:
        for name in sorted(set(there) - set(used)):
            yield make_finding("unused_name", (*path, name), what, "leave it out, or let something use it")


def _allowed(workflow: Workflow) -> Iterator[frozenset[str]]:
    yield from (row.may for row in workflow.transitions)
    yield from (opening.may for opening in workflow.openings)
    yield from (permission.may for permission in workflow.permissions.values())


def _heard(rules: Rules) -> Iterator[str]:
    """Yield the outside events that something waits for, counts from, or asks about."""
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
        yield from (target.given for target in policy.targets)


def _calendars_named(rules: Rules) -> Iterator[str]:
    for rule in rules.automations:
        yield from (rule.calendar, rule.gate or rule.calendar)
        if isinstance(rule, Automation):
            yield from (rule.during.calendar,) if rule.during else ()
            yield from (rule.when.calendar,) if isinstance(rule.when, triggers.AtOpening | triggers.AtClosing) else ()
    for policy in rules.clocks:
        targets = (target.calendar for target in policy.targets if isinstance(target, Target))
        yield from (name for name in (policy.calendar, *targets) if name)
    if rules.snoozing:
        yield rules.snoozing.calendar


# -- Texts


def _texts(rules: Rules) -> Iterator[Mapping[Path, Labels]]:
    """Yield the texts of a rule set, kind by kind: of one kind, all should speak the same languages."""
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


def _missing(kind: Mapping[Path, Labels]) -> Iterator[Finding]:
    spoken = {language for texts in kind.values() for language in texts}
    for path, texts in kind.items():
        if lacking := sorted(spoken - texts.keys()):
            what = f"it says nothing in {' and '.join(lacking)}, as others of its kind do"
            yield make_finding("text_missing", path, what, f"add what it is called in {' and '.join(lacking)}")


def _untold(rules: Rules) -> Iterator[Finding]:
    """Yield the messages that rules send without a text, where the rule set has ready-made texts at all."""
    known = {template.name for template in rules.templates}
    for rule in rules.automations:
        sent = {action.template for action in _actions(rule) if isinstance(action, actions.SendMessage)}
        for name in sorted(sent - known) if known else ():
            what = f"it sends {name!r}, and there is no such text"
            yield make_finding("text_missing", ("automations", rule.id, "then"), what, "add a Template of that name")
