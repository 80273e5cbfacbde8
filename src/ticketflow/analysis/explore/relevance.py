"""Relevance: the conditions, facts, anchors and events that a rule set depends on.

The search only tries inputs that are relevant.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ticketflow.engine.program import Program
from ticketflow.rules.actions import Action, LookUp
from ticketflow.rules.automations import Automation, Rule, action_steps
from ticketflow.rules.ruleset import Rules, all_automations
from ticketflow.rules.schedules import Repeats, Steps
from ticketflow.rules.triggers import (
    AtClosing,
    AtField,
    AtOpening,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    Trigger,
)
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.anchors import Anchor, Breached, LastMessage, Started, simple_parts
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf


@attrs.frozen
class Relevance:
    """Everything that a rule set depends on.

    Attributes:
        questions: The atomic conditions, without duplicates.
        facts: The names of the facts that decide something.
        anchors: The simple anchors that time is counted from, that end an episode, or that are in conditions.
        triggers: The events that rules wait for.
        actions: The actions of rules.
        clocks: The names of the clocks that rules wait for or have in conditions.
        always_given: The names of the fields that only transitions depend on which require them. Their earlier values
            decide nothing.
    """

    questions: tuple[conditions.Condition, ...]
    facts: frozenset[str]
    anchors: frozenset[Anchor]
    triggers: tuple[Trigger, ...]
    actions: tuple[Action, ...]
    clocks: frozenset[str]
    always_given: frozenset[str]

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that decide something."""
        return _fields(self.facts)

    @property
    def watched_fields(self) -> frozenset[str]:
        """The names of the fields whose every change is an event for some rule."""
        return frozenset(each.field for each in self.triggers if isinstance(each, OnChange))

    @property
    def authors(self) -> frozenset[str]:
        """The authors whose messages decide something; ``anyone`` for messages of any author."""
        heard = {each.by for each in self.triggers if isinstance(each, OnMessage)}
        heard |= {each.by for each in self.anchors if isinstance(each, LastMessage)}
        if self.facts & {"answered", "unanswered"}:
            heard |= {"customer", "agent"}
        return frozenset(heard | ({"agent"} if "answers" in self.facts else set()))

    def roles_awaited(self, command: str) -> frozenset[str] | None:
        """Return the roles whose *command* some rule waits for; None if no rule does."""
        waiting = [each for each in self.triggers if isinstance(each, OnCommand) and command in each.commands]
        return frozenset(role for each in waiting for role in each.by) if waiting else None

    def questions_about(self, field: str) -> tuple[conditions.FieldIs, ...]:
        """Return the atomic conditions on a field."""
        return tuple(each for each in self.questions if isinstance(each, conditions.FieldIs) and each.field == field)


def relevance_of(rules: Rules) -> Relevance:
    """Return the relevance of a rule set. Disabled rules do not count.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted(relevance_of(servicenow()).facts), relevance_of(servicenow()).authors
    (['state'], frozenset())
    """
    enabled = [rule for rule in all_automations(rules) if rule.is_enabled]
    triggers = [rule.when for rule in enabled if isinstance(rule, Automation) and isinstance(rule.when, Trigger)]
    counted = frozenset(_anchors_of(rules))
    clocks = {each.clock for each in counted if isinstance(each, Started | Breached)}
    asked = [part for each in _conditions(rules) for part in conditions.parts(each)]
    clocks |= {each.clock for each in asked if isinstance(each, conditions.ClockIs)}
    asked += [
        part for name in sorted(clocks) for each in _conditions_of_clock(rules, name) for part in conditions.parts(each)
    ]
    happened = {
        moment for each in asked if isinstance(each, conditions.Happened) for moment in simple_parts(each.anchor)
    }
    policies = [rules.clock(name).policy for name in sorted(clocks)]
    asked += [*_looked_up(enabled), *_values_of_calendars(enabled, policies)]
    return Relevance(
        questions=tuple(
            dict.fromkeys(
                each for each in asked if not isinstance(each, conditions.All | conditions.AnyOf | conditions.Not)
            )
        ),
        facts=frozenset().union(*map(conditions.reads, asked), _watched_facts(rules, clocks)),
        anchors=counted | happened,
        triggers=tuple(triggers),
        actions=tuple(action for rule in enabled for then in action_steps(rule) for action in then),
        clocks=frozenset(clocks),
        always_given=frozenset(_always_given(rules, clocks)),
    )


def _looked_up(enabled: list[Rule]) -> Iterator[conditions.FieldIs]:
    """Yield a condition for each value that a rule looks up in a table."""
    for action in (action for rule in enabled for then in action_steps(rule) for action in then):
        if isinstance(action, LookUp):
            yield from (
                conditions.FieldIs(name, value)
                for row in action.rows
                for name, value in zip(action.inputs, row, strict=False)
            )


def _values_of_calendars(enabled: list[Rule], policies: list[Policy]) -> Iterator[conditions.FieldIs]:
    """Yield a condition for each value of a field that decides which calendar is in force."""
    rows = (row.calendar for policy in policies for row in policy.targets if isinstance(row, Target))
    for each in (*_calendars(enabled), *(policy.calendar for policy in policies), *rows):
        if isinstance(each, CalendarOf):
            yield from (conditions.FieldIs(each.field, value) for value in each.calendars)


def _calendars(enabled: list[Rule]) -> Iterator[str | CalendarOf | None]:
    """Yield every calendar that rules name."""
    for rule in enabled:
        yield from (rule.calendar, rule.gate)
        if isinstance(rule, Automation):
            yield rule.during.calendar if rule.during else None
            yield rule.when.calendar if isinstance(rule.when, AtOpening | AtClosing) else None


def _anchors_of(rules: Rules) -> Iterator[Anchor]:
    """Yield the simple anchors that rules count from, or that end their episodes."""
    for timer in Program.of(rules).timers:
        if isinstance(timer.times, Steps | Repeats):
            yield from simple_parts(timer.times.since)
        yield from simple_parts(timer.rule.ended_by) if timer.rule.ended_by else ()


def _always_given(rules: Rules, clocks: set[str]) -> Iterator[str]:
    """Yield the fields that only conditions of transitions depend on which require them."""
    others = set(_watched_facts(rules, clocks)).union(*map(conditions.reads, _conditions_except_transitions(rules)))
    others = others.union(*(conditions.reads(each) for name in clocks for each in _conditions_of_clock(rules, name)))
    rows = rules.workflow.transitions
    for name in _fields(frozenset().union(*(conditions.reads(row.given) for row in rows)) - others):
        if all(name in row.needs for row in rows if f"field.{name}" in conditions.reads(row.given)):
            yield name


def _fields(facts: frozenset[str]) -> frozenset[str]:
    return frozenset(name.removeprefix("field.") for name in facts if name.startswith("field."))


def _conditions(rules: Rules) -> Iterator[conditions.Condition]:
    """Yield every condition of rules, transitions, fields and permissions."""
    yield from (row.given for row in rules.workflow.transitions)
    yield from _conditions_except_transitions(rules)


def _conditions_except_transitions(rules: Rules) -> Iterator[conditions.Condition]:
    """Yield every condition except those of transitions."""
    for rule in all_automations(rules):
        if rule.is_enabled:
            yield rule.given
        if rule.is_enabled and isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave):
            yield rule.when.condition
    yield from (field.filled_when for field in rules.workflow.filled_fields)
    yield from (permission.given for permission in rules.workflow.permissions.values())


def _conditions_of_clock(rules: Rules, name: str) -> Iterator[conditions.Condition]:
    """Yield the conditions that decide whether a clock runs and which target it has."""
    clock = rules.clock(name)
    measure: Measure = clock.measure
    yield from (measure.runs, measure.frozen, measure.void)
    yield from (row.given for row in (*clock.policy.targets, *clock.policy.multipliers))


def _watched_facts(rules: Rules, clocks: set[str]) -> Iterator[str]:
    """Yield the facts that decide something without being in a condition."""
    for rule in all_automations(rules):
        if rule.is_enabled and isinstance(rule, Automation) and isinstance(rule.when, OnChange | AtField):
            yield f"field.{rule.when.field}"
        for action in (action for then in action_steps(rule) for action in then if rule.is_enabled):
            yield from (f"field.{name}" for name in action.inputs) if isinstance(action, LookUp) else ()
    for clock in map(rules.clock, sorted(clocks)):
        yield from (f"field.{row.field}" for row in clock.policy.targets if isinstance(row, Deadline))
        yield from (clock.measure.each,) if clock.measure.each else ()
