"""Two rules that do the same, get in each other's way, or end a ticket in opposite ways.

Source: docs/checks.md; row C7.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, product

import attrs

from ticketflow.analysis.dependencies import clash, together
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, acts_when
from ticketflow.calendars.recurrence import EveryWeek, EveryYear
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets.facts import OUTCOME
from ticketflow.workflow import conditions


def pair_findings(prospects: Reachability) -> Iterator[Finding]:
    """Yield what is wrong with two rules of a rule set taken together.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(pair_findings(Reachability(senior())))
    []
    """
    for one, other in combinations(prospects.written, 2):
        yield from _redundant(prospects, one, other)
        if one.rank != other.rank:
            continue
        for both, meetings in _encounters(one, other, prospects.rules):
            if prospects.possible(both):
                yield from _opposite(prospects, one, other, both, meetings)
                yield from _order_sensitive(prospects, one, other, both)
        yield from _clash(prospects, one, other)


def _clash(prospects: Reachability, one: Rule, other: Rule) -> Iterator[Finding]:
    """Yield that what comes round could fall on the very instant at which another timer ends a ticket otherwise."""
    both = conditions.All(acts_when(one, prospects.rules), acts_when(other, prospects.rules))
    if _could_coincide(one, other) and prospects.possible(both):
        meetings = tuple(product(action_steps(one), action_steps(other)))
        yield from islice(_opposite(prospects, one, other, both, meetings), 1)


def _could_coincide(one: Rule, other: Rule) -> bool:
    """Return whether two timers, one of which comes round, can be due at one instant and are not one by name."""
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
    are_of_one_kind = type(mine) is type(yours)  # Mondays are never Tuesdays; but the 31st is the 30th in June
    is_fixed = isinstance(mine, EveryWeek | EveryYear)
    return mine.at == yours.at and not (are_of_one_kind and is_fixed)


def _timer(rule: Rule) -> object:
    """Return what a rule waits for in time; None for a reaction."""
    if isinstance(rule, Ladder):
        return rule.since
    return None if isinstance(rule.when, triggers.Trigger) else rule.when


def _bare(rule: Rule) -> Rule:
    """Return *rule* without what makes no difference to when it acts and what it does."""
    return attrs.evolve(rule, id="rule", given=conditions.All(), rank=0, generation=1, labels=FrozenMap())


def _redundant(prospects: Reachability, one: Rule, other: Rule) -> Iterator[Finding]:
    """Yield that one of two rules, which say the same but for their conditions, acts only when the other does too."""
    if _bare(one) != _bare(other):
        return
    for narrow, wide in ((other, one), (one, other)):
        if prospects.possible(narrow.given) and not prospects.possible(
            conditions.All(narrow.given, conditions.Not(wide.given))
        ):
            what = f"rule {wide.id!r} does the same at the same moment, and whenever this one does"
            yield make_finding("redundant_rule", ("automations", narrow.id), what, f"leave out {narrow.id!r}")
            return


Meeting = tuple[tuple[actions.Action, ...], tuple[actions.Action, ...]]
"""What two rules do that act at one and the same instant."""


def _encounters(one: Rule, other: Rule, rules: Rules) -> Iterator[tuple[conditions.Condition, tuple[Meeting, ...]]]:
    """Yield what holds where two rules certainly wait for one and the same, and what they do then.

    It is an event, or a moment that is one by name: an anchor and a span, or what comes round.
    """
    ours, theirs = dict(_moments(one)), dict(_moments(other))
    both = conditions.All(acts_when(one, rules), acts_when(other, rules))
    if meetings := tuple((ours[moment], theirs[moment]) for moment in ours if moment in theirs):
        yield both, meetings
    our_event, their_event = _event(one), _event(other)
    if our_event and their_event and not _at_other_hours(one, other):
        yield (
            conditions.All(together(our_event, their_event, rules), both),
            ((action_steps(one)[0], action_steps(other)[0]),),
        )


def _event(rule: Rule) -> triggers.Trigger | None:
    """Return what a reaction waits for; None for a rule that waits for time."""
    return rule.when if isinstance(rule, Automation) and isinstance(rule.when, triggers.Trigger) else None


def _at_other_hours(one: Rule, other: Rule) -> bool:
    hours, others = (rule.during if isinstance(rule, Automation) else None for rule in (one, other))
    return bool(hours and others and hours.calendar == others.calendar and hours.is_open is not others.is_open)


def _moments(rule: Rule) -> Iterator[tuple[object, tuple[actions.Action, ...]]]:
    """Yield the moments that a rule waits for, by what makes two of them one and the same, and what it does then."""
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
    prospects: Reachability, one: Rule, other: Rule, both: conditions.Condition, meetings: tuple[Meeting, ...]
) -> Iterator[Finding]:
    states = prospects.states_of(both)
    ends = [[_outcomes(then, states, prospects) for then in meeting] for meeting in meetings]
    pairs = {pair for ours, theirs in ends for pair in product(ours, theirs)}
    against = sorted(pair for pair in pairs if pair[0] != pair[1])
    if against and prospects.possible(conditions.All(both, conditions.FieldIs(OUTCOME, None))):
        ours, theirs = against[0]
        what = f"at one instant this resolves a ticket as {ours}, and rule {other.id!r} as {theirs}"
        fix = "let their conditions exclude each other, or say by rank which goes first"
        yield make_finding("opposite_outcomes", ("automations", one.id, "then"), what, fix)


def _outcomes(then: tuple[actions.Action, ...], states: tuple[str, ...], prospects: Reachability) -> frozenset[str]:
    """Return the outcomes that a step can bring: those it names, and those of the states it moves to."""
    workflow = prospects.rules.workflow
    moves = [action.transition for action in then if isinstance(action, actions.Move)]
    targets = [workflow.target_of(row) for name in moves for state in states for row in workflow.rows(name, state)]
    named = [action.outcome for action in then if isinstance(action, actions.Resolve)]
    return frozenset((*named, *(target.outcome for target in targets if target.outcome)))


def _order_sensitive(prospects: Reachability, one: Rule, other: Rule, both: conditions.Condition) -> Iterator[Finding]:
    if not (isinstance(one, Automation) and isinstance(other, Automation) and isinstance(one.when, triggers.Trigger)):
        return
    workflow = prospects.rules.workflow
    pair = clash(one, other, prospects.states_of(both), workflow)
    if pair:
        what = f"on one event this would {pair[0]}, and rule {other.id!r} would {pair[1]}"
        fix = "say by rank which goes first, or let their conditions exclude each other"
        yield make_finding("order_sensitive", ("automations", one.id, "then"), what, fix)
