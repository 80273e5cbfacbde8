"""Findings about pairs of rules: redundant rules, sensitive order, and opposite outcomes.

Source: docs/checks.md; row C7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, combinations, islice, product

import attrs

from ticketflow.analysis.dependencies import clash
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, acting_condition
from ticketflow.calendars.recurrence import EveryWeek, EveryYear
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rule, action_steps
from ticketflow.tickets.facts import OUTCOME
from ticketflow.workflow import conditions


def pair_findings(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about pairs of rules.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(pair_findings(Reachability(senior())))
    []
    """
    rules = reachability.enabled_rules
    for first, second in candidates(reachability):
        one, other = rules[first], rules[second]
        yield from _redundant(reachability, one, other)
        if one.rank != other.rank or _only_sends(one) or _only_sends(other):
            continue
        for both, meetings in _encounters(one, other, reachability):
            if reachability.can_hold(both):
                yield from _opposite(reachability, one, other, both, meetings)
                yield from _order_sensitive(reachability, one, other, both)
        yield from _coinciding(reachability, one, other)


_COMPARISON = 25
"""The steps of a comparison of two rules, besides their conditions."""


def candidates(reachability: Reachability) -> list[tuple[int, int]]:
    """Return the pairs of rules, by their indexes, that can have a finding.

    Two rules meet if they do the same, or if they have one rank, wait for the same instant or for triggers that one
    entry can be, and do not require different states. All other pairs are never compared.
    """
    rules, steps = reachability.enabled_rules, reachability.steps
    alike, meeting = defaultdict[Rule, list[int]](list), defaultdict[object, _ByState](_ByState)
    for index, rule in enumerate(rules):
        alike[_without_condition(rule)].append(index)
        states = _required_states(acting_condition(rule, reachability.rules))
        for key in () if _only_sends(rule) else _meeting_keys(rule, reachability):
            meeting[rule.rank, key].add(index, states)
    waiting = [index for index, rule in enumerate(rules) if _timer(rule) is not None and not _only_sends(rule)]
    recurring = [index for index in waiting if isinstance(_timer(rules[index]), triggers.Occasion)]
    groups = (
        *(combinations(each, 2) for each in alike.values()),
        *(each.pairs() for each in meeting.values()),
        product(recurring, waiting),
    )
    found = set[tuple[int, int]]()
    for one, other in chain.from_iterable(groups):
        steps.spend(_COMPARISON)
        if one != other:
            found.add((min(one, other), max(one, other)))
    return sorted(found)


class _ByState:
    """Rules that can meet, by the states that they require."""

    def __init__(self) -> None:
        self._anywhere: list[int] = []
        self._within = defaultdict[str, list[int]](list)

    def add(self, index: int, states: frozenset[str] | None) -> None:
        """Add a rule; None for *states* if it does not require any."""
        if states is None:
            self._anywhere.append(index)
        for state in states or ():
            self._within[state].append(index)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of rules that can be in one state."""
        yield from combinations(self._anywhere, 2)
        for indexes in self._within.values():
            yield from combinations(indexes, 2)
            yield from product(self._anywhere, indexes)


def _required_states(condition: conditions.Condition) -> frozenset[str] | None:
    """Return the states that a condition names as necessary; None if it names none."""
    match condition:
        case conditions.StateIs(states=states):
            return frozenset(states)
        case conditions.All(of=of):
            named = [each for each in map(_required_states, of) if each is not None]
            return frozenset.intersection(*named) if named else None
        case _:
            return None


def _meeting_keys(rule: Rule, reachability: Reachability) -> Iterator[object]:
    """Yield keys of the instants and the entries that a rule waits for."""
    yield from (moment for moment, _ in _instants(rule))
    event = _event(rule)
    if event is not None:
        yield from reachability.entries(event)


def _only_sends(rule: Rule) -> bool:
    """Return whether a rule only sends messages and events, so its order does not matter and it ends no ticket."""
    sent = (action for then in action_steps(rule) for action in then)
    return all(
        isinstance(action, actions.SendMessage) or (isinstance(action, actions.Emit) and not action.fields)
        for action in sent
    )


def _coinciding(reachability: Reachability, one: Rule, other: Rule) -> Iterator[Finding]:
    """Yield a finding if a recurrence and another timer could end a ticket differently at one instant."""
    both = conditions.All(acting_condition(one, reachability.rules), acting_condition(other, reachability.rules))
    if _could_coincide(one, other) and reachability.can_hold(both):
        meetings = tuple(product(action_steps(one), action_steps(other)))
        yield from islice(_opposite(reachability, one, other, both, meetings), 1)


def _could_coincide(one: Rule, other: Rule) -> bool:
    """Return whether two different timers, one of them a recurrence, can be due at the same instant."""
    ours, theirs = _timer(one), _timer(other)
    if (
        ours is None
        or theirs is None
        or ours == theirs
        or not (isinstance(ours, triggers.Occasion) or isinstance(theirs, triggers.Occasion))
    ):
        return False
    if not (isinstance(ours, triggers.On) and isinstance(theirs, triggers.On)):
        return True
    mine, yours = ours.recurrence, theirs.recurrence
    if mine.zone != yours.zone:
        return True
    if not set(mine.times) & set(yours.times):
        return False
    if isinstance(mine, EveryWeek) and isinstance(yours, EveryWeek):
        return bool(set(mine.weekdays) & set(yours.weekdays))  # a Monday is never a Tuesday
    return not (isinstance(mine, EveryYear) and isinstance(yours, EveryYear))  # but in June the 31st is the 30th


def _timer(rule: Rule) -> object:
    """Return the anchor or occasion that a timer waits for; None for a reaction."""
    if isinstance(rule, Ladder):
        return rule.since
    return None if isinstance(rule.when, triggers.Trigger) else rule.when


def _without_condition(rule: Rule) -> Rule:
    """Return *rule* without its condition, its id and everything else that does not decide when and what it does."""
    return attrs.evolve(rule, id="rule", given=conditions.All(), rank=0, generation=1, labels=FrozenMap())


def _redundant(reachability: Reachability, one: Rule, other: Rule) -> Iterator[Finding]:
    """Yield a finding if two rules differ only in their conditions and one acts only when the other does."""
    if _without_condition(one) != _without_condition(other):
        return
    for narrow, wide in ((other, one), (one, other)):
        if reachability.can_hold(narrow.given) and not reachability.can_hold(
            conditions.All(narrow.given, conditions.Not(wide.given))
        ):
            what = f"rule {wide.id!r} does the same whenever this rule acts"
            yield make_finding("redundant_rule", ("automations", narrow.id), what, f"remove rule {narrow.id!r}")
            return


Meeting = tuple[tuple[actions.Action, ...], tuple[actions.Action, ...]]
"""The actions of two rules that act at the same instant."""


def _encounters(
    one: Rule, other: Rule, reachability: Reachability
) -> Iterator[tuple[conditions.Condition, tuple[Meeting, ...]]]:
    """Yield the condition and the actions with which two rules certainly act at the same instant.

    They wait for the same event, the same span after the same anchor, or the same occasion.
    """
    rules = reachability.rules
    ours, theirs = dict(_instants(one)), dict(_instants(other))
    both = conditions.All(acting_condition(one, rules), acting_condition(other, rules))
    if meetings := tuple((ours[moment], theirs[moment]) for moment in ours if moment in theirs):
        yield both, meetings
    our_event, their_event = _event(one), _event(other)
    if our_event and their_event and not _has_opposite_hours(one, other):
        yield (
            conditions.All(reachability.together(our_event, their_event), both),
            ((action_steps(one)[0], action_steps(other)[0]),),
        )


def _event(rule: Rule) -> triggers.Trigger | None:
    """Return the trigger of a reaction; None for a timer."""
    return rule.when if isinstance(rule, Automation) and isinstance(rule.when, triggers.Trigger) else None


def _has_opposite_hours(one: Rule, other: Rule) -> bool:
    hours, others = (rule.during if isinstance(rule, Automation) else None for rule in (one, other))
    return bool(hours and others and hours.calendar == others.calendar and hours.is_open is not others.is_open)


def _instants(rule: Rule) -> Iterator[tuple[object, tuple[actions.Action, ...]]]:
    """Yield the instants that a timer waits for, as keys that are equal for equal instants, with its actions."""
    match rule:
        case Ladder(since=since, rungs=rungs, calendar=calendar):
            yield from (((since, rung.after, calendar), rung.then) for rung in rungs)
        case Automation(when=triggers.After(since=since, span=span), then=then, calendar=calendar):
            yield (since, span, calendar), then
        case Automation(when=when, then=then, calendar=calendar) if not isinstance(when, triggers.Trigger):
            yield (when, calendar), then
        case _:
            pass


def _opposite(
    reachability: Reachability, one: Rule, other: Rule, both: conditions.Condition, meetings: tuple[Meeting, ...]
) -> Iterator[Finding]:
    states = reachability.reachable_states(both)
    ends = [[_outcomes(then, states, reachability) for then in meeting] for meeting in meetings]
    pairs = {pair for ours, theirs in ends for pair in product(ours, theirs)}
    opposite = sorted(pair for pair in pairs if pair[0] != pair[1])
    if opposite and reachability.can_hold(conditions.All(both, conditions.FieldIs(OUTCOME, None))):
        ours, theirs = opposite[0]
        what = (
            f"at the same instant, this rule resolves a ticket as {ours} and rule {other.id!r} resolves it as {theirs}"
        )
        fix = "make their conditions exclude each other, or give them ranks"
        yield make_finding("opposite_outcomes", ("automations", one.id, "then"), what, fix)


def _outcomes(then: tuple[actions.Action, ...], states: tuple[str, ...], reachability: Reachability) -> frozenset[str]:
    """Return the outcomes that actions can set: those they name, and those of the states they move to."""
    workflow = reachability.rules.workflow
    moves = [action.transition for action in then if isinstance(action, actions.Move)]
    targets = [workflow.target_of(row) for name in moves for state in states for row in workflow.rows(name, state)]
    named = [action.outcome for action in then if isinstance(action, actions.Resolve)]
    return frozenset((*named, *(target.outcome for target in targets if target.outcome)))


def _order_sensitive(
    reachability: Reachability, one: Rule, other: Rule, both: conditions.Condition
) -> Iterator[Finding]:
    if not (isinstance(one, Automation) and isinstance(other, Automation) and isinstance(one.when, triggers.Trigger)):
        return
    workflow = reachability.rules.workflow
    pair = clash(one, other, reachability.reachable_states(both), workflow)
    if pair:
        what = f"on the same event, this rule would {pair[0]} and rule {other.id!r} would {pair[1]}"
        fix = "give them ranks, or make their conditions exclude each other"
        yield make_finding("order_sensitive", ("automations", one.id, "then"), what, fix)
