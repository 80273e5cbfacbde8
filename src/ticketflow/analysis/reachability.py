"""Reachability: the states that tickets can reach by the definition, and the people and rules that move them.

States form a graph. Its edges are the transitions that a person or a rule can take. An edge is dropped only if its
condition is proven never to hold (`ticketflow.analysis.satisfiability`).

Source: docs/semantics.md 2.3, 2.4; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

import attrs

from ticketflow.analysis.dependencies import entries, implied, together
from ticketflow.analysis.satisfiability import Measures, is_always_true, is_satisfiable
from ticketflow.analysis.steps import Steps
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule, action_steps
from ticketflow.rules.ruleset import Rules, all_automations, mask_of
from ticketflow.rules.triggers import Trigger
from ticketflow.tickets.facts import Category
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import State, Transition

_COMPARISON = 20
"""The steps for each rule in a comparison of two triggers."""


@attrs.frozen
class Edge:
    """A transition from one of its sources.

    Attributes:
        source: The state it leads from.
        row: The transition.
        by_hand: Whether a person may take it.
        rules: The ids of the rules that can take it, including disabled rules.
    """

    source: str
    row: Transition
    by_hand: bool
    rules: frozenset[str]


def acting_condition(rule: Rule, rules: Rules) -> conditions.Condition:
    """Return a condition that holds whenever *rule* acts: its own condition, and what its event implies.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> desk = servicenow()
    >>> str(acting_condition(desk.automations[0], desk))
    'the state is resolved'
    """
    if isinstance(rule, Automation) and isinstance(rule.when, Trigger):
        return conditions.All(rule.given, implied(rule.when, rules))
    return rule.given


def transitions_of(rule: Rule) -> frozenset[str]:
    """Return the names of the transitions that *rule* takes.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted(transitions_of(servicenow().automations[0]))
    ['close']
    """
    return frozenset(
        action.transition for then in action_steps(rule) for action in then if isinstance(action, actions.Move)
    )


@attrs.frozen(slots=False)
class Reachability:
    """The reachability of states under one rule set.

    Attributes:
        rules: The rule set.
        steps: The budget of steps.
    """

    rules: Rules
    steps: Steps = attrs.field(factory=Steps, eq=False, repr=False)

    @cached_property
    def _answers(self) -> dict[conditions.Condition, bool]:
        return {}

    @cached_property
    def _measures(self) -> Measures:
        return {policy.name: self.rules.clock(policy.name).measure for policy in self.rules.clocks}

    def is_satisfiable(self, condition: conditions.Condition) -> bool | None:
        """Return whether *condition* can hold for a ticket of the workflow; None if it takes too many steps."""
        return is_satisfiable(condition, self.rules.workflow, self.steps, self._measures)

    def is_always_true(self, condition: conditions.Condition) -> bool | None:
        """Return whether *condition* holds for every ticket of the workflow; None if it takes too many steps."""
        return is_always_true(condition, self.rules.workflow, self.steps, self._measures)

    def can_hold(self, condition: conditions.Condition) -> bool:
        """Return whether *condition* can hold for some ticket. False is proven.

        Without snoozing, no ticket is snoozed. A condition that takes too long to decide counts as possible.
        """
        found = self._answers.get(condition)
        if found is None:
            snoozes = (
                ()
                if self.rules.snoozing
                else (conditions.Not(conditions.IsSnoozed()), conditions.Not(conditions.IsHidden()))
            )
            found = self.is_satisfiable(conditions.All(*snoozes, condition)) is not False
            self._answers[condition] = found
        return found

    @cached_property
    def _meetings(self) -> dict[tuple[Trigger, Trigger], conditions.Condition]:
        return {}

    @cached_property
    def _entries(self) -> dict[Trigger, frozenset[str]]:
        return {}

    def entries(self, trigger: Trigger) -> frozenset[str]:
        """Return the names of the commands and rules' steps that can be what *trigger* waits for."""
        found = self._entries.get(trigger)
        if found is None:
            self.steps.spend(_COMPARISON * len(all_automations(self.rules)))
            found = self._entries[trigger] = frozenset(entries(trigger, self.rules))
        return found

    def together(self, one: Trigger, other: Trigger) -> conditions.Condition:
        """Return a condition that holds after every entry that both triggers wait for; NEVER if no entry can be both.

        Each pair of triggers is compared once. The comparison looks at every rule.
        """
        found = self._meetings.get((one, other))
        if found is None:
            self.steps.spend(_COMPARISON * len(all_automations(self.rules)))
            found = self._meetings[one, other] = together(one, other, self.rules)
        return found

    def can_hold_in(self, condition: conditions.Condition, state: str) -> bool:
        """Return whether *condition* can hold for a ticket in *state*. False is proven."""
        return self.can_hold(conditions.All(conditions.StateIs(state), condition))

    def reachable_states(self, condition: conditions.Condition) -> tuple[str, ...]:
        """Return the reachable states in which *condition* can hold, in the order of the workflow."""
        states = (state.name for state in self.rules.workflow.states if state.name in self.reachable)
        return tuple(name for name in states if self.can_hold_in(condition, name))

    @cached_property
    def enabled_rules(self) -> tuple[Rule, ...]:
        """The enabled rules of the definition, with the measures of clocks filled in. Implied rules are excluded."""
        written = {rule.id for rule in self.rules.automations}
        return tuple(rule for rule in all_automations(self.rules) if rule.id in written and rule.is_enabled)

    @cached_property
    def reactions(self) -> tuple[tuple[Automation, Trigger], ...]:
        """The enabled rules that wait for events, with their triggers."""
        found = [rule for rule in self.enabled_rules if isinstance(rule, Automation)]
        return tuple((rule, rule.when) for rule in found if isinstance(rule.when, Trigger))

    def selection_condition(self, row: Transition, source: str) -> conditions.Condition:
        """Return when *row* is selected in *source*: its condition holds, and that of no earlier row of its name."""
        rows = self.rules.workflow.rows(row.name, source)
        earlier = rows[: rows.index(row)]
        return conditions.All(conditions.StateIs(source), row.given, *(conditions.Not(each.given) for each in earlier))

    @cached_property
    def _movers(self) -> tuple[tuple[str, frozenset[str], tuple[str, ...]], ...]:
        """The id, the transitions and the possible source states of each rule that moves tickets.

        A reaction may act in any state, because an earlier reaction may have moved the ticket.
        """
        names = tuple(state.name for state in self.rules.workflow.states)
        found = []
        for rule in all_automations(self.rules):
            if moves := transitions_of(rule):
                reacts = isinstance(rule, Automation) and isinstance(rule.when, Trigger)
                can = self.can_hold(acting_condition(rule, self.rules))
                states = tuple(name for name in names if can and (reacts or self.can_hold_in(rule.given, name)))
                found.append((rule.id, moves, states))
        return tuple(found)

    def is_taken_by_waking(self, row: Transition, source: str) -> bool:
        """Return whether the end of a snooze takes *row* from *source*."""
        workflow = self.rules.workflow
        is_way_back = self.rules.snoozing is not None and row.name == workflow.reopen
        return is_way_back and workflow.states_by_name[source].category == "resolved"

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges of the graph: all transitions that can be selected, even if nobody takes them."""
        found = []
        for row in self.rules.workflow.transitions:
            for source in sorted(row.sources):
                if self.can_hold(self.selection_condition(row, source)):
                    takers = {name for name, moves, states in self._movers if row.name in moves and source in states}
                    takers |= {"snooze.wake"} if self.is_taken_by_waking(row, source) else set()
                    found.append(Edge(source, row, not row.is_system_only, frozenset(takers)))
        return tuple(found)

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The states that tickets can reach, counting disabled rules and states as enabled."""
        edges = [(edge.source, edge.row.target) for edge in self.edges if edge.by_hand or edge.rules]
        return _closure((opening.target for opening in self.rules.workflow.ways_in), edges)

    @cached_property
    def _enabled_edges(self) -> tuple[tuple[str, str], ...]:
        """The edges that tickets can take, without disabled rules and states."""
        on = {rule.id for rule in all_automations(self.rules) if rule.is_enabled}
        taken = [edge for edge in self.edges if edge.by_hand or edge.rules & on]
        enabled = {state.name for state in self.rules.workflow.states if state.is_enabled}
        return tuple((edge.source, edge.row.target) for edge in taken if edge.row.target in enabled)

    @cached_property
    def live_states(self) -> tuple[State, ...]:
        """The states that tickets can reach, without disabled rules and states, in the order of the workflow."""
        found = _closure((opening.target for opening in self.rules.workflow.ways_in), self._enabled_edges)
        return tuple(state for state in self.rules.workflow.states if state.name in found)

    @cached_property
    def end_category(self) -> Category:
        """The category in which tickets end: closed, or resolved if the workflow has no closed state."""
        categories = {state.category for state in self.rules.workflow.states}
        return "closed" if "closed" in categories or "resolved" not in categories else "resolved"

    @cached_property
    def ending_states(self) -> frozenset[str]:
        """The states from which a ticket can reach its end, including end states."""
        closed = (state.name for state in self.live_states if state.category == self.end_category)
        return _closure(closed, [(target, source) for source, target in self._enabled_edges])

    def rules_leaving(self, state: State) -> tuple[Rule, ...]:
        """Return the enabled rules that can move a ticket out of *state* and are not masked there."""
        leading = {
            edge.row.name
            for edge in self.edges
            if edge.source == state.name and edge.row.target not in (state.name, *self._disabled_states)
        }
        return tuple(
            rule
            for rule in all_automations(self.rules)
            if rule.is_enabled
            and rule.group not in state.masks
            and transitions_of(rule) & leading
            and self.can_hold_in(acting_condition(rule, self.rules), state.name)
        )

    def is_left_by_waking(self, state: State) -> bool:
        """Return whether the end of a snooze can move a ticket out of *state*."""
        return any(edge.source == state.name and self.is_taken_by_waking(edge.row, state.name) for edge in self.edges)

    @cached_property
    def _disabled_states(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.rules.workflow.states if not state.is_enabled)

    def categories_of(self, states: Collection[str]) -> frozenset[str]:
        """Return the categories of *states*."""
        return frozenset(self.rules.workflow.states_by_name[name].category for name in states)

    def is_masked_anywhere(self, rule: Rule) -> bool:
        """Return whether any state or snooze masks *rule*."""
        return mask_of(rule, self.rules) not in (None, conditions.AnyOf())


def _closure(start: Iterable[str], edges: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return all nodes that *edges* reach from *start*, including *start*."""
    onwards: dict[str, set[str]] = {}
    for source, target in edges:
        onwards.setdefault(source, set()).add(target)
    seen, waiting = set[str](), list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += onwards.get(name, ())
    return frozenset(seen)
