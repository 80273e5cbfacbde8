"""Two rules at one instant, where their order decides what becomes of a ticket.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

import attrs

from ticketflow.analysis.explore.search import Exploration, Step, rule_of
from ticketflow.analysis.findings import Finding, make_finding, witnessed
from ticketflow.engine.handling import handle
from ticketflow.engine.planning import advance
from ticketflow.engine.timers import Occurrence, ahead
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import events
from ticketflow.tickets.facts import OUTCOME

_Pair = tuple[str, str]
"""The ids of two rules; the first is carried out first."""

_LOOKS = 25  # at how many steps two rules are tried in the other order


def race_findings(found: Exploration) -> Iterator[Finding]:
    """Yield each two rules that are due at one instant and would give other outcomes, or another ticket, in turn.

    Two that would resolve a ticket differently are told of as such, and not as rules whose order matters.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(race_findings(explore(servicenow())))
    []
    """
    opposed = dict[frozenset[str], None]()
    for step in found.steps:
        for pair in _opposed(step, found):
            if frozenset(pair) not in opposed:
                opposed[frozenset(pair)] = None
                yield _opposite(step, pair, found)
    yield from _orders(found, set(opposed))


def _opposite(step: Step, pair: _Pair, found: Exploration) -> Finding:
    one, other = pair
    what = f"{one!r} and {other!r} would resolve a ticket differently at one instant; {one!r} does"
    fix = "let their conditions exclude each other"
    witness = witnessed(found.asked(step), step.at, found.rules)
    return make_finding("opposite_outcomes", ("automations", *sorted(pair)), what, fix, witness=witness)


def _outcomes(then: Iterable[actions.Action]) -> set[str]:
    return {action.outcome for action in then if isinstance(action, actions.Resolve)}


def _opposed(step: Step, found: Exploration) -> Iterator[_Pair]:
    """Yield each two rules that would resolve a ticket differently in a step: both are due, or one came too late."""
    for entry, outcome in _ended(step):
        one = rule_of(entry)
        for each in _together(step, found) if one else ():
            if each.rule.id != one and _outcomes(each.then) - {outcome}:
                yield str(one), each.rule.id
        for late in step.entries:
            other = rule_of(late)
            if one and other and late.at == entry.at and _came_late(late, other, outcome, found.rules):
                yield one, other


def _ended(step: Step) -> Iterator[tuple[events.Entry, str]]:
    """Yield each entry of a step that gave the ticket an outcome, and which."""
    for entry in step.entries:
        for event in entry.events:
            if isinstance(event, events.FieldChanged) and event.field == OUTCOME and isinstance(event.after, str):
                yield entry, event.after


def _came_late(entry: events.Entry, rule_id: str, outcome: object, rules: Rules) -> bool:
    """Return whether a rule could not give a ticket another outcome, because it had this one."""
    others = [
        action
        for action in _actions(rule_id, rules)
        if isinstance(action, actions.Resolve) and action.outcome != outcome
    ]
    drops = [event.why for event in entry.events if isinstance(event, events.Dropped)]
    return any(why.startswith(f"{action}: ") for why in drops for action in others)


def _rule(rule_id: str, rules: Rules) -> Rule:
    return next(rule for rule in rules.all_automations if rule.id == rule_id)


def _actions(rule_id: str, rules: Rules) -> tuple[actions.Action, ...]:
    return tuple(action for then in action_steps(_rule(rule_id, rules)) for action in then)


def _together(step: Step, found: Exploration) -> list[Occurrence]:
    """Return what is carried out at the instant of a step that time alone takes, each rule's first, in order."""
    ticket = found.ticket_before(step)
    if ticket is None or step.command is not None:
        return []
    firsts = [each for mine in ahead(ticket, found.rules) if (each := next(mine, None))]
    at = min(each.at for each in firsts)
    return sorted((each for each in firsts if each.at == at and each.instead is None), key=lambda each: each.order)


def _orders(found: Exploration, known: set[frozenset[str]]) -> Iterator[Finding]:
    """Yield each two rules of one rank whose order, which their names decide, makes another ticket."""
    looks, swapped = Counter[_Pair](), dict[_Pair, Rules]()
    for step in found.steps:
        for pair in (pair for tied in _tied(step, found) for pair in _pairs(tied, known)):
            looks[pair] += 1
            if looks[pair] > _LOOKS:
                continue
            if pair not in swapped:
                swapped[pair] = _swapped(found.rules, pair)
            one, other = (_again(step, found, rules) for rules in (found.rules, swapped[pair]))
            if one != other:
                known.add(frozenset(pair))
                yield _order(step, pair, found, (one, other))


def _pairs(tied: tuple[str, ...], known: set[frozenset[str]]) -> Iterator[_Pair]:
    """Yield each two rules of some that are tied, neighbours first.

    Where two are known whose order matters, none are given that stand around them: their order would matter, too.
    """
    for distance in range(1, len(tied)):
        for start in range(len(tied) - distance):
            between = tied[start : start + distance + 1]
            if not any(frozenset(pair) in known for pair in combinations(between, 2)):
                yield between[0], between[-1]


def _order(step: Step, pair: _Pair, found: Exploration, ends: tuple[_End, _End]) -> Finding:
    one, other = pair
    what = (
        f"{one!r} and {other!r} are due at the same instant with the same rank; if {one!r} acts first, the ticket is "
        f"{_told(ends[0])}; if {other!r} does, it is {_told(ends[1])}"
    )
    fix = "give them ranks, or let their conditions exclude each other"
    witness = witnessed(found.asked(step), step.at, found.rules)
    return make_finding("order_sensitive", ("automations", *sorted(pair)), what, fix, witness=witness)


def _tied(step: Step, found: Exploration) -> Iterator[tuple[str, ...]]:
    """Yield the rules of one rank, among those that change things, that were due at one instant or met one event."""
    groups = defaultdict[object, list[str]](list)
    for each in _together(step, found):
        groups[each.due_at, each.rule.rank].append(each.rule.id)
    for entry in step.entries:
        if isinstance(entry.cause, events.ByRule) and isinstance(entry.cause.reason, events.EventReason):
            rule = entry.cause.key.rule
            groups[entry.cause.armed, _rule(rule, found.rules).rank].append(rule)
    changing = {
        rule.id for rule in found.rules.automations if any(map(actions.is_change, _actions(rule.id, found.rules)))
    }
    for group in groups.values():
        yield tuple(rule for rule in group if rule in changing)


def _swapped(rules: Rules, pair: _Pair) -> Rules:
    """Return the rules in the order that they have, each of a rank of its own, but two in each other's place."""
    one, other = pair
    in_order = [rule.id for rule in sorted(rules.automations, key=lambda rule: (rule.rank, rule.id))]
    places = {rule: place for place, rule in enumerate(in_order)}
    places[one], places[other] = places[other], places[one]
    ranked = tuple(attrs.evolve(rule, rank=places[rule.id]) for rule in rules.automations)
    return attrs.evolve(rules, automations=ranked)


_End = tuple[str, object, str | None]


def _again(step: Step, found: Exploration, rules: Rules) -> _End:
    """Return what comes of a step under *rules*: the state, the fields, and who works on the ticket."""
    before = found.ticket_before(step)
    if step.command is not None:
        after = handle(before, step.command, rules).ticket  # before it, if their order makes it impossible
    else:
        after = before and advance(step.at, before, rules)
    assert after is not None  # noqa: S101 -- an opening comes before all rules
    return after.state, after.fields, after.assignee


def _told(end: _End) -> str:
    state, fields, assignee = end
    return f"{state} with {fields!r}, {assignee or 'nobody'} working on it"
