"""Two rules at one instant, where their order decides what becomes of a ticket.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import attrs

from ticketflow.actions import Action, Resolve, is_change
from ticketflow.automations import Rule, steps_of
from ticketflow.engine import advance, handle
from ticketflow.episodes import Occurrence, ahead
from ticketflow.events import ByRule, Dropped, Entry, EventReason, FieldChanged
from ticketflow.exploration import Exploration, Step, rule_of
from ticketflow.findings import Finding, witnessed
from ticketflow.rules import Rules
from ticketflow.ticket import OUTCOME

_Pair = tuple[str, str]
"""The ids of two rules; the first is carried out first."""

_LOOKS = 25  # at how many steps two rules are tried in the other order


def tie_findings(found: Exploration) -> Iterator[Finding]:
    """Yield each two rules that are due at one instant and would give other outcomes, or another ticket, in turn.

    Two that would resolve a ticket differently are told of as such, and not as rules whose order matters.

    >>> from ticketflow.exploration import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(tie_findings(explore(servicenow())))
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
    why = "how the ticket ends depends on nothing but their ranks and names"
    fix = "let their conditions exclude each other"
    witness = witnessed(found.asked(step), step.at, found.rules)
    return Finding("opposite_outcomes", "warning", ("automations", *sorted(pair)), what, why, fix, witness)


def _outcomes(then: Iterable[Action]) -> set[str]:
    return {action.outcome for action in then if isinstance(action, Resolve)}


def _opposed(step: Step, found: Exploration) -> Iterator[_Pair]:
    """Yield each two rules that would resolve a ticket differently in a step: both are due, or one came too late."""
    for one, other in _together(step, found):
        ends = _outcomes(one.then), _outcomes(other.then)
        if all(ends) and ends[0] != ends[1]:
            yield one.rule.id, other.rule.id
    ended = [(entry, event) for entry in step.entries for event in entry.events if isinstance(event, FieldChanged)]
    for entry, event in ended:
        for late in step.entries:
            pair = rule_of(entry), rule_of(late)
            if event.field == OUTCOME and pair[0] and pair[1] and late.at == entry.at:
                yield from ((pair[0], pair[1]),) if _came_late(late, pair[1], event.after, found.rules) else ()


def _came_late(entry: Entry, rule_id: str, outcome: object, rules: Rules) -> bool:
    """Return whether a rule could not give a ticket another outcome, because it had this one."""
    others = [
        action for action in _actions(rule_id, rules) if isinstance(action, Resolve) and action.outcome != outcome
    ]
    drops = [event.why for event in entry.events if isinstance(event, Dropped)]
    return any(why.startswith(f"{action}: ") for why in drops for action in others)


def _rule(rule_id: str, rules: Rules) -> Rule:
    return next(rule for rule in rules.every if rule.id == rule_id)


def _actions(rule_id: str, rules: Rules) -> tuple[Action, ...]:
    return tuple(action for then in steps_of(_rule(rule_id, rules)) for action in then)


def _together(step: Step, found: Exploration) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Yield each two occurrences that are carried out at the instant of a step that time alone takes."""
    ticket = found.ticket_before(step)
    if ticket is None or step.command is not None:
        return
    firsts = [each for mine in ahead(ticket, found.rules) if (each := next(mine, None))]
    at = min(each.at for each in firsts)
    now = sorted((each for each in firsts if each.at == at and each.instead is None), key=lambda each: each.order)
    yield from combinations(now, 2)


def _orders(found: Exploration, known: set[frozenset[str]]) -> Iterator[Finding]:
    """Yield each two rules of one rank whose order, which their names decide, makes another ticket."""
    looks: dict[_Pair, int] = {}
    swapped: dict[_Pair, Rules] = {}
    for step in found.steps:
        for pair in dict.fromkeys((*_timers(step, found), *_reactions(step, found.rules))):
            looks[pair] = looks.get(pair, 0) + 1
            if frozenset(pair) in known or looks[pair] > _LOOKS:
                continue
            if pair not in swapped:
                swapped[pair] = _swapped(found.rules, pair[1])
            one, other = (_again(step, found, rules) for rules in (found.rules, swapped[pair]))
            if one != other:
                known.add(frozenset(pair))
                yield _order(step, pair, found, (one, other))


def _order(step: Step, pair: _Pair, found: Exploration, ends: tuple[_End, _End]) -> Finding:
    one, other = pair
    what = f"{one!r} and {other!r} are due at one instant and of one rank, and only their names decide which goes first"
    why = f"{one!r} first, the ticket is {_told(ends[0])}; {other!r} first, it would be {_told(ends[1])}"
    fix = "give them ranks, or let their conditions exclude each other"
    witness = witnessed(found.asked(step), step.at, found.rules)
    return Finding("order_sensitive", "warning", ("automations", *sorted(pair)), what, why, fix, witness)


def _timers(step: Step, found: Exploration) -> Iterator[_Pair]:
    """Yield each two rules of one rank that are due at the instant of a step, and both change something."""
    for one, other in _together(step, found):
        is_tie = (one.due_at, one.rule.rank) == (other.due_at, other.rule.rank)
        if is_tie and any(map(is_change, one.then)) and any(map(is_change, other.then)):
            yield one.rule.id, other.rule.id


def _reactions(step: Step, rules: Rules) -> Iterator[_Pair]:
    """Yield each two rules of one rank that reacted to one event in a step, and both change something."""
    for one, other in combinations(step.entries, 2):
        if isinstance(one.cause, ByRule) and isinstance(other.cause, ByRule):
            is_tie = one.cause.armed == other.cause.armed and isinstance(one.cause.reason, EventReason)
            pair = one.cause.key.rule, other.cause.key.rule
            ranks = [_rule(each, rules).rank for each in pair]
            if is_tie and ranks[0] == ranks[1] and all(any(map(is_change, _actions(each, rules))) for each in pair):
                yield pair


def _swapped(rules: Rules, before: str) -> Rules:
    """Return the rules with one of them before all others of its rank."""
    ranked = tuple(attrs.evolve(rule, rank=2 * rule.rank - (rule.id == before)) for rule in rules.automations)
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
