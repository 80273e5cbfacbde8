"""What can become of tickets by the definition alone: which states they reach, and who could move them on.

A graph of states, whose edges are the rows that somebody or some rule can take; conditions count as far as they are
proven never to hold (`ticketflow.analysis.satisfiability`).

Source: docs/semantics.md 2.3, 2.4; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

import attrs

from ticketflow.analysis.dependencies import implied
from ticketflow.analysis.satisfiability import satisfiable
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import Trigger
from ticketflow.tickets.facts import Category
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import State, Transition


@attrs.frozen
class Way:
    """An edge of the graph: a row of the table, from one of its sources.

    Attributes:
        source: The state that it leads from.
        row: The row.
        by_hand: Whether somebody may take it.
        rules: The ids of the rules that can take it, those that are switched off included.
    """

    source: str
    row: Transition
    by_hand: bool
    rules: frozenset[str]


def acts_when(rule: Rule, rules: Rules) -> conditions.Condition:
    """Return what certainly holds when *rule* sets out to act: its condition, and what its event brings.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> desk = servicenow()
    >>> str(acts_when(desk.automations[0], desk))
    'the state is resolved'
    """
    if isinstance(rule, Automation) and isinstance(rule.when, Trigger):
        return conditions.All(rule.given, implied(rule.when, rules))
    return rule.given


def moves_of(rule: Rule) -> frozenset[str]:
    """Return the transitions that *rule* takes.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted(moves_of(servicenow().automations[0]))
    ['close']
    """
    return frozenset(
        action.transition for then in action_steps(rule) for action in then if isinstance(action, actions.Move)
    )


@attrs.frozen(slots=False)
class Reachability:
    """What can become of the tickets of one rule set.

    Attributes:
        rules: The rule set.
    """

    rules: Rules

    @cached_property
    def _answers(self) -> dict[conditions.Condition, bool]:
        return {}

    def possible(self, condition: conditions.Condition) -> bool:
        """Return whether *condition* could hold for a ticket of this desk; False is certain.

        Where the desk does not snooze, no ticket is snoozed. What takes too long to tell counts as possible.
        """
        found = self._answers.get(condition)
        if found is None:
            snoozes = (
                ()
                if self.rules.snoozing
                else (conditions.Not(conditions.IsSnoozed()), conditions.Not(conditions.IsHidden()))
            )
            found = satisfiable(conditions.All(*snoozes, condition), self.rules.workflow) is not False
            self._answers[condition] = found
        return found

    def possible_in(self, condition: conditions.Condition, state: str) -> bool:
        """Return whether *condition* could hold for a ticket in *state*; False is certain."""
        return self.possible(conditions.All(conditions.StateIs(state), condition))

    def states_of(self, condition: conditions.Condition) -> tuple[str, ...]:
        """Return the states that tickets reach and in which *condition* could hold, in the table's order."""
        states = (state.name for state in self.rules.workflow.states if state.name in self.reached)
        return tuple(name for name in states if self.possible_in(condition, name))

    @cached_property
    def written(self) -> tuple[Rule, ...]:
        """The rules that people wrote and that are switched on, ready to be asked about clocks."""
        written = {rule.id for rule in self.rules.automations}
        return tuple(rule for rule in self.rules.all_automations if rule.id in written and rule.is_enabled)

    @cached_property
    def reactions(self) -> tuple[tuple[Automation, Trigger], ...]:
        """Those of them that wait for events, with what they wait for."""
        found = [rule for rule in self.written if isinstance(rule, Automation)]
        return tuple((rule, rule.when) for rule in found if isinstance(rule.when, Trigger))

    def turn_of(self, row: Transition, source: str) -> conditions.Condition:
        """Return when a ticket in *source* takes *row*: its condition holds, and that of no row before it."""
        rows = self.rules.workflow.rows(row.name, source)
        earlier = rows[: rows.index(row)]
        return conditions.All(conditions.StateIs(source), row.given, *(conditions.Not(each.given) for each in earlier))

    @cached_property
    def _movers(self) -> tuple[tuple[str, frozenset[str], tuple[str, ...]], ...]:
        """For each rule that moves tickets: its id, by which transitions, and from which states.

        A reaction acts after those before it, which may have moved the ticket on: it could act in any state.
        """
        names = tuple(state.name for state in self.rules.workflow.states)
        found = []
        for rule in self.rules.all_automations:
            if moves := moves_of(rule):
                reacts = isinstance(rule, Automation) and isinstance(rule.when, Trigger)
                can = self.possible(acts_when(rule, self.rules))
                states = tuple(name for name in names if can and (reacts or self.possible_in(rule.given, name)))
                found.append((rule.id, moves, states))
        return tuple(found)

    def wakes(self, row: Transition, source: str) -> bool:
        """Return whether the end of a snooze takes *row* from *source*."""
        workflow = self.rules.workflow
        is_way_back = self.rules.snoozing is not None and row.name == workflow.reopen
        return is_way_back and workflow.states_by_name[source].category == "resolved"

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The edges of the graph: rows that can get their turn, whether or not anybody takes them."""
        found = []
        for row in self.rules.workflow.transitions:
            for source in sorted(row.sources):
                if self.possible(self.turn_of(row, source)):
                    takers = {name for name, moves, states in self._movers if row.name in moves and source in states}
                    takers |= {"snooze.wake"} if self.wakes(row, source) else set()
                    found.append(Way(source, row, not row.is_system_only, frozenset(takers)))
        return tuple(found)

    @cached_property
    def reached(self) -> frozenset[str]:
        """The states that tickets reach if everything that is switched off were on."""
        edges = [(way.source, way.row.target) for way in self.ways if way.by_hand or way.rules]
        return _closure((opening.target for opening in self.rules.workflow.ways_in), edges)

    @cached_property
    def _going(self) -> tuple[tuple[str, str], ...]:
        """The edges that tickets go by as things stand: what is switched off counts for nothing."""
        on = {rule.id for rule in self.rules.all_automations if rule.is_enabled}
        taken = [way for way in self.ways if way.by_hand or way.rules & on]
        enabled = {state.name for state in self.rules.workflow.states if state.is_enabled}
        return tuple((way.source, way.row.target) for way in taken if way.row.target in enabled)

    @cached_property
    def live(self) -> tuple[State, ...]:
        """The states that tickets reach as things stand, in the table's order."""
        found = _closure((opening.target for opening in self.rules.workflow.ways_in), self._going)
        return tuple(state for state in self.rules.workflow.states if state.name in found)

    @cached_property
    def end(self) -> Category:
        """What the end of a ticket counts as: closed, or resolved on a desk that closes nothing for good."""
        categories = {state.category for state in self.rules.workflow.states}
        return "closed" if "closed" in categories or "resolved" not in categories else "resolved"

    @cached_property
    def ending(self) -> frozenset[str]:
        """The states from which a ticket can come to its end, those that are its end included."""
        closed = (state.name for state in self.live if state.category == self.end)
        return _closure(closed, [(target, source) for source, target in self._going])

    def leavers(self, state: State) -> tuple[Rule, ...]:
        """Return the rules that could move a ticket that rests in *state* to another one, and are not masked there."""
        leading = {
            way.row.name
            for way in self.ways
            if way.source == state.name and way.row.target not in (state.name, *self._switched_off)
        }
        return tuple(
            rule
            for rule in self.rules.all_automations
            if rule.is_enabled
            and rule.group not in state.masks
            and moves_of(rule) & leading
            and self.possible_in(acts_when(rule, self.rules), state.name)
        )

    def comes_back(self, state: State) -> bool:
        """Return whether the end of a snooze moves a ticket that rests in *state* on."""
        return any(way.source == state.name and self.wakes(way.row, state.name) for way in self.ways)

    @cached_property
    def _switched_off(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.rules.workflow.states if not state.is_enabled)

    def categories(self, states: Collection[str]) -> frozenset[str]:
        """Return what *states* count as."""
        return frozenset(self.rules.workflow.states_by_name[name].category for name in states)

    def is_masked_anywhere(self, rule: Rule) -> bool:
        """Return whether a state or a snooze ever masks *rule*."""
        return self.rules.mask(rule) not in (None, conditions.AnyOf())


def _closure(start: Iterable[str], edges: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return everything that *edges* lead to from *start*, which is included."""
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
