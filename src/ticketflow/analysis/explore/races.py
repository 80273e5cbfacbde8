"""Findings about races: two rules at one instant whose order changes the result.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

import attrs

from ticketflow.analysis.explore.search import Exploration, Step, rule_of
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.steps import Steps, engine_step, steps_of_entries
from ticketflow.engine.episodes import Occurrence
from ticketflow.engine.handling import handle
from ticketflow.engine.lookahead import ahead
from ticketflow.engine.planning import advance
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps
from ticketflow.rules.ruleset import Rules, all_automations
from ticketflow.tickets import events
from ticketflow.tickets.facts import OUTCOME

_Pair = tuple[str, str]
"""The ids of two rules; the first acts first."""

_MOST_TRIES = 25  # how many steps are repeated with two rules in the other order


def race_findings(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each pair of rules at one instant with opposite outcomes, or whose order matters.

    A pair with opposite outcomes is not reported for its order as well.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(race_findings(explore(servicenow())))
    []
    """
    opposed = dict[frozenset[str], None]()
    for step in exploration.steps:
        exploration.budget.spend(_cost_of_looking(step, exploration))
        for pair in _opposed_pairs(step, exploration):
            if frozenset(pair) not in opposed:
                opposed[frozenset(pair)] = None
                yield _opposite_outcomes(step, pair, exploration)
    yield from _order_findings(exploration, set(opposed))


def _cost_of_looking(step: Step, exploration: Exploration) -> int:
    """Return the steps for a look at one step of the search: where time passes, all timers are computed."""
    cost = 0 if step.command else engine_step(exploration.rules, exploration.ticket_before(step))
    return cost + (1 + len(step.entries)) ** 2


def _opposite_outcomes(step: Step, pair: _Pair, exploration: Exploration) -> Finding:
    one, other = pair
    what = f"{one!r} and {other!r} would resolve a ticket differently at the same instant; {one!r} does"
    fix = "make their conditions exclude each other"
    witness = exploration.witness(exploration.commands_of(step), step.at)
    return make_finding("opposite_outcomes", ("automations", *sorted(pair)), what, fix, witness=witness)


def _outcomes(then: Iterable[actions.Action]) -> set[str]:
    return {action.outcome for action in then if isinstance(action, actions.Resolve)}


def _opposed_pairs(step: Step, exploration: Exploration) -> Iterator[_Pair]:
    """Yield the pairs of rules that would resolve a ticket differently in a step: both due, or one too late."""
    for entry, outcome in _resolutions(step):
        one = rule_of(entry)
        for each in _due_together(step, exploration) if one else ():
            if each.rule.id != one and _outcomes(each.then) - {outcome}:
                yield str(one), each.rule.id
        for late in step.entries:
            other = rule_of(late)
            if one and other and late.at == entry.at and _was_too_late(late, other, outcome, exploration.rules):
                yield one, other


def _resolutions(step: Step) -> Iterator[tuple[events.Entry, str]]:
    """Yield the entries of a step that set an outcome, with the outcome."""
    for entry in step.entries:
        for event in entry.events:
            if isinstance(event, events.FieldChanged) and event.field == OUTCOME and isinstance(event.after, str):
                yield entry, event.after


def _was_too_late(entry: events.Entry, rule_id: str, outcome: object, rules: Rules) -> bool:
    """Return whether a rule could not set another outcome because the ticket already had this one."""
    others = [
        action
        for action in _actions(rule_id, rules)
        if isinstance(action, actions.Resolve) and action.outcome != outcome
    ]
    drops = [event.why for event in entry.events if isinstance(event, events.Dropped)]
    return any(why.startswith(f"{action}: ") for why in drops for action in others)


def _rule(rule_id: str, rules: Rules) -> Rule:
    return next(rule for rule in all_automations(rules) if rule.id == rule_id)


def _actions(rule_id: str, rules: Rules) -> tuple[actions.Action, ...]:
    return tuple(action for then in action_steps(_rule(rule_id, rules)) for action in then)


def _due_together(step: Step, exploration: Exploration) -> list[Occurrence]:
    """Return the first occurrence of each rule at the instant of a time step, in order."""
    ticket = exploration.ticket_before(step)
    if ticket is None or step.command is not None:
        return []
    firsts = [each for mine in ahead(ticket, exploration.rules) if (each := next(mine, None))]
    at = min(each.at for each in firsts)
    return sorted((each for each in firsts if each.at == at and each.instead is None), key=lambda each: each.order)


def _order_findings(exploration: Exploration, known: set[frozenset[str]]) -> Iterator[Finding]:
    """Yield a finding for each pair of rules of one rank whose order changes the ticket."""
    tries, swapped, budget = Counter[_Pair](), dict[_Pair, Rules](), exploration.budget
    changing = frozenset(
        rule.id
        for rule in exploration.rules.automations
        if any(actions.is_change(action) for then in action_steps(rule) for action in then)
    )
    for step in exploration.steps:
        budget.spend(_cost_of_looking(step, exploration))
        for pair in (pair for tied in _tied_rules(step, changing, exploration) for pair in _pairs(tied, known, budget)):
            tries[pair] += 1
            if tries[pair] > _MOST_TRIES:
                continue
            budget.spend(2 * (exploration.engine_step + steps_of_entries(len(step.entries), exploration.rules)))
            if pair not in swapped:
                swapped[pair] = _swapped(exploration.rules, pair)
            one, other = (_repeat(step, exploration, rules) for rules in (exploration.rules, swapped[pair]))
            if one != other:
                known.add(frozenset(pair))
                yield _order_sensitive(step, pair, exploration, (one, other))


def _pairs(tied: tuple[str, ...], known: set[frozenset[str]], steps: Steps) -> Iterator[_Pair]:
    """Yield the pairs of tied rules, neighbors first.

    A pair around a known pair is left out, because its order would matter for the same reason.
    """
    for distance in range(1, len(tied)):
        for start in range(len(tied) - distance):
            between = tied[start : start + distance + 1]
            steps.spend(len(between) ** 2)
            if not any(frozenset(pair) in known for pair in combinations(between, 2)):
                yield between[0], between[-1]


def _order_sensitive(step: Step, pair: _Pair, exploration: Exploration, ends: tuple[_End, _End]) -> Finding:
    one, other = pair
    what = (
        f"{one!r} and {other!r} act at the same instant with the same rank; if {one!r} acts first, the ticket is "
        f"{_in_words(ends[0])}; if {other!r} does, it is {_in_words(ends[1])}"
    )
    fix = "give them different ranks, or make their conditions exclude each other"
    witness = exploration.witness(exploration.commands_of(step), step.at)
    return make_finding("order_sensitive", ("automations", *sorted(pair)), what, fix, witness=witness)


def _tied_rules(step: Step, changing: frozenset[str], exploration: Exploration) -> Iterator[tuple[str, ...]]:
    """Yield the groups of changing rules with one rank that were due at one instant or reacted to one event."""
    groups = defaultdict[object, list[str]](list)
    for each in _due_together(step, exploration):
        groups[each.due_at, each.rule.rank].append(each.rule.id)
    for entry in step.entries:
        if isinstance(entry.cause, events.ByRule) and isinstance(entry.cause.reason, events.EventReason):
            rule = entry.cause.key.rule
            groups[entry.cause.armed, _rule(rule, exploration.rules).rank].append(rule)
    for group in groups.values():
        yield tuple(rule for rule in group if rule in changing)


def _swapped(rules: Rules, pair: _Pair) -> Rules:
    """Return the rule set with distinct ranks that keep the order, except that two rules are swapped."""
    one, other = pair
    in_order = [rule.id for rule in sorted(rules.automations, key=lambda rule: (rule.rank, rule.id))]
    places = {rule: place for place, rule in enumerate(in_order)}
    places[one], places[other] = places[other], places[one]
    ranked = tuple(attrs.evolve(rule, rank=places[rule.id]) for rule in rules.automations)
    return attrs.evolve(rules, automations=ranked)


_End = tuple[str, object, str | None]


def _repeat(step: Step, exploration: Exploration, rules: Rules) -> _End:
    """Repeat a step under *rules*; return the state, the fields and the assignee."""
    before = exploration.ticket_before(step)
    if step.command is not None:
        after = handle(
            before, step.command, rules
        ).ticket  # the ticket before, if the order makes the command impossible
    else:
        after = before and advance(step.at, before, rules)
    assert after is not None  # noqa: S101 -- an opening precedes all rules
    return after.state, after.fields, after.assignee


def _in_words(end: _End) -> str:
    state, fields, assignee = end
    return f"{state} with {fields!r}, assigned to {assignee or 'nobody'}"
