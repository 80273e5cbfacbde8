"""What a rule set asks of a ticket: its questions one by one, the facts and moments they read, what it listens to.

Whoever wants to know what can become of tickets need only try what somebody asks for.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from ticketflow.rules.actions import Action
from ticketflow.rules.automations import Automation, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps
from ticketflow.rules.triggers import AtField, OnChange, OnCommand, OnEnter, OnLeave, OnMessage, Trigger
from ticketflow.sla.policies import Deadline
from ticketflow.tickets.anchors import Anchor, Breached, LastMessage, Started, simple_parts
from ticketflow.workflow import conditions


@attrs.frozen
class Relevance:
    """What a rule set asks of a ticket.

    Attributes:
        questions: The conditions that are made of no others, each once.
        facts: The names of the facts that decide something.
        anchors: The simple moments that time is counted from, that end an episode, or that are asked about.
        triggers: The events that rules wait for.
        actions: What rules do.
        clocks: The names of the clocks that rules wait for or ask about.
        brought: The names of the fields that nothing asks for but transitions that they always come with: what they
            held before decides nothing.
    """

    questions: tuple[conditions.Condition, ...]
    facts: frozenset[str]
    anchors: frozenset[Anchor]
    triggers: tuple[Trigger, ...]
    actions: tuple[Action, ...]
    clocks: frozenset[str]
    brought: frozenset[str]

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that decide something."""
        return _fields(self.facts)

    @property
    def changes(self) -> frozenset[str]:
        """The names of the fields of which any change is an event for some rule."""
        return frozenset(each.field for each in self.triggers if isinstance(each, OnChange))

    @property
    def authors(self) -> frozenset[str]:
        """The authors whose messages decide something; ``anyone`` for those of whoever writes."""
        heard = {each.by for each in self.triggers if isinstance(each, OnMessage)}
        heard |= {each.by for each in self.anchors if isinstance(each, LastMessage)}
        if "unanswered" in self.facts:
            heard |= {"customer", "agent"}
        return frozenset(heard | ({"agent"} if "answers" in self.facts else set()))

    def askers(self, command: str) -> frozenset[str] | None:
        """Return the roles for which some rule waits to give *command*; None if none waits for it."""
        waiting = [each for each in self.triggers if isinstance(each, OnCommand) and command in each.commands]
        return frozenset(role for each in waiting for role in each.by) if waiting else None

    def asked_of(self, field: str) -> tuple[conditions.FieldIs, ...]:
        """Return the questions that a field answers."""
        return tuple(each for each in self.questions if isinstance(each, conditions.FieldIs) and each.field == field)


def relevance_of(rules: Rules) -> Relevance:
    """Return what a rule set asks of a ticket; what is not enabled asks nothing.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted(relevance_of(servicenow()).facts), relevance_of(servicenow()).authors
    (['state'], frozenset())
    """
    enabled = [rule for rule in rules.all_automations if rule.is_enabled]
    triggers = [rule.when for rule in enabled if isinstance(rule, Automation) and isinstance(rule.when, Trigger)]
    counted = frozenset(_counted_from(rules))
    clocks = {each.clock for each in counted if isinstance(each, Started | Breached)}
    asked = [part for each in _conditions(rules) for part in conditions.parts(each)]
    clocks |= {each.clock for each in asked if isinstance(each, conditions.ClockIs)}
    asked += [part for name in sorted(clocks) for each in _of_clock(rules, name) for part in conditions.parts(each)]
    happened = {
        moment for each in asked if isinstance(each, conditions.Happened) for moment in simple_parts(each.anchor)
    }
    return Relevance(
        questions=tuple(
            dict.fromkeys(
                each for each in asked if not isinstance(each, conditions.All | conditions.AnyOf | conditions.Not)
            )
        ),
        facts=frozenset().union(*map(conditions.reads, asked), _watched(rules, clocks)),
        anchors=counted | happened,
        triggers=tuple(triggers),
        actions=tuple(action for rule in enabled for then in action_steps(rule) for action in then),
        clocks=frozenset(clocks),
        brought=frozenset(_brought(rules, clocks)),
    )


def _counted_from(rules: Rules) -> Iterator[Anchor]:
    """Yield the simple moments that rules count from, or that end their episodes."""
    for rule, times in rules.timers:
        if isinstance(times, Steps | Repeats):
            yield from simple_parts(times.since)
        yield from simple_parts(rule.ended_by) if rule.ended_by else ()


def _brought(rules: Rules, clocks: set[str]) -> Iterator[str]:
    """Yield the fields that decide only whether transitions are taken which they must come with."""
    others = set(_watched(rules, clocks)).union(*map(conditions.reads, _unmoved(rules)))
    others = others.union(*(conditions.reads(each) for name in clocks for each in _of_clock(rules, name)))
    rows = rules.workflow.transitions
    for name in _fields(frozenset().union(*(conditions.reads(row.given) for row in rows)) - others):
        if all(name in row.needs for row in rows if f"field.{name}" in conditions.reads(row.given)):
            yield name


def _fields(facts: frozenset[str]) -> frozenset[str]:
    return frozenset(name.removeprefix("field.") for name in facts if name.startswith("field."))


def _conditions(rules: Rules) -> Iterator[conditions.Condition]:
    """Yield every condition of rules, transitions, fields and permissions."""
    yield from (row.given for row in rules.workflow.transitions)
    yield from _unmoved(rules)


def _unmoved(rules: Rules) -> Iterator[conditions.Condition]:
    """Yield every condition that is not a transition's own."""
    for rule in rules.all_automations:
        if rule.is_enabled:
            yield rule.given
        if rule.is_enabled and isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave):
            yield rule.when.condition
    yield from (field.filled_when for field in rules.workflow.filled_fields)
    yield from (permission.given for permission in rules.workflow.permissions.values())


def _of_clock(rules: Rules, name: str) -> Iterator[conditions.Condition]:
    """Yield the conditions that decide how a clock goes and what it promises."""
    clock = rules.clock(name)
    measure: conditions.Measure = clock.measure
    yield from (measure.runs, measure.frozen, measure.void)
    yield from (row.given for row in clock.policy.targets)


def _watched(rules: Rules, clocks: set[str]) -> Iterator[str]:
    """Yield the facts that decide something without being asked about."""
    for rule in rules.all_automations:
        if rule.is_enabled and isinstance(rule, Automation) and isinstance(rule.when, OnChange | AtField):
            yield f"field.{rule.when.field}"
    for clock in map(rules.clock, sorted(clocks)):
        yield from (f"field.{row.field}" for row in clock.policy.targets if isinstance(row, Deadline))
        yield from (clock.measure.each,) if clock.measure.each else ()
