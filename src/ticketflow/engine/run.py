"""Run timers and reactions on a ticket, one instant after the other.

The theory of operation:

    handle(t, c):  advance to c.at, timers of that very instant excepted -> refuse, or fold its entry -> react
    advance(now):  while the next timer is at or before now: fold its entry at its own instant -> react
    react:         the automations whose event happened, by rank and id, until none is left (bounded)
    timer:         armed = the latest of its anchor's mark and the mark since which its condition holds
                   own = calendar.after(anchor, span); none if the later of both is before the rule is in force
                   at = the latest of own, armed, the end of a mask, the opening of its gate, and the last entry

So what becomes of a ticket does not depend on when or how often it is advanced or evaluated. `evaluate` is `advance`
that returns the entries as a plan, `apply` folds a plan, and `next_due` returns the instant of the next timer.

`Run.next_instant` is one turn of the loop of *advance*, `Run.settle` is *react*, and the module
`ticketflow.engine.timers` computes *timer*. Reactions to one entry, and the timers of one instant, run before the next
instant begins. A bound ends what would go in a circle: the rules in the circle are halted, and the instant is computed
again without them.

Source: docs/semantics.md 3.2, 3.8 to 3.14, 3.17.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import assert_never

import attrs

from ticketflow.engine.effects import events_of_actions
from ticketflow.engine.plans import Due, due_of
from ticketflow.engine.timers import Occurrence, first_ahead, is_masked
from ticketflow.errors import UnknownHolidaysError
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation
from ticketflow.rules.implied import is_reserved
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import anchors
from ticketflow.tickets.actors import SYSTEM
from ticketflow.tickets.events import (
    ByBound,
    ByCommand,
    ByRule,
    Dropped,
    Entry,
    Event,
    EventReason,
    Key,
    Linked,
    Rated,
    RulesHalted,
    Woke,
)
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import Ticket, changes_ticket
from ticketflow.workflow.conditions import Condition, holds
from ticketflow.workflow.ticket_calendar import calendar_in_force

_MOST_STEPS = 1_000
"""The number of steps of one instant from which on no rule makes a second one."""


@attrs.frozen
class _Triggered:
    """A rule whose event has happened. It is carried out next, or dropped if *obstacle* says why it cannot act."""

    rule: Automation
    trigger: triggers.Trigger
    entry: Entry
    obstacle: str | None

    @property
    def order(self) -> tuple[int, str, int]:
        """The place among the reactions of an instant: rank, id, and the entry that triggered it (3.10)."""
        return (self.rule.rank, self.rule.id, self.entry.sequence)


class Run:
    """A ticket that is advanced in time, and the entries made on the way."""

    def __init__(self, ticket: Ticket, rules: Rules) -> None:
        self.ticket = ticket
        self.rules = rules
        self.made: list[tuple[Entry, tuple[actions.Action, ...]]] = []
        self._own_steps: dict[int, int | None] = {}  # what _own_step returned for each entry, by its sequence

    def entries(self) -> tuple[Entry, ...]:
        """Return the entries made so far, in order."""
        return tuple(entry for entry, _ in self.made)

    def ahead(self) -> Occurrence | None:
        """Return the next occurrence of a timer; None if there is none."""
        return first_ahead(self.ticket, self.rules)

    def has_next(self, until: datetime, *, inclusive: bool = True) -> bool:
        """Return True if something is due at or before *until*, or only before it."""
        first = self.ahead()
        return first is not None and (first.at < until or (inclusive and first.at == until))

    def next_instant(self, until: datetime, *, inclusive: bool = True) -> bool:
        """Carry out everything due at the next due instant; return False if that is after *until*.

        Args:
            until: The last instant that counts.
            inclusive: Whether *until* itself counts.
        """
        first = self.ahead()
        if first is None or not self.has_next(until, inclusive=inclusive):
            return False
        self.settle((), first.at)
        return True

    def settle(self, reactions: tuple[_Triggered, ...], timers_of: datetime | None = None) -> None:
        """Run reactions until none is left, then each timer of an instant with the reactions to it.

        Where a bound is reached, the rules in the circle are halted, and the instant is computed again without them.

        Args:
            reactions: The reactions that wait.
            timers_of: The instant whose timers run after them; None for none.

        Source: docs/semantics.md 3.2, 3.14.
        """
        start, kept, queue = self.ticket, len(self.made), list(reactions)
        while step := self._next_step(queue, timers_of):
            bound = self._bound_reached(step)
            if bound is None:
                queue += self._take(step)
                continue
            circle = self._rules_in_circle(step, bound)
            self.ticket = start
            del self.made[kept:]
            self._own_steps.clear()
            self._halt(circle, bound, timers_of or start.changed_at)
            start, kept = self.ticket, len(self.made)
            queue = [reaction for reaction in reactions if reaction.rule.id not in start.halted]

    def _next_step(self, queue: list[_Triggered], timers_of: datetime | None) -> _Triggered | Occurrence | None:
        if queue:
            queue.sort(key=lambda each: each.order)
            return queue.pop(0)
        return self.ahead() if timers_of and self.has_next(timers_of) else None

    def _take(self, step: _Triggered | Occurrence) -> Iterator[_Triggered]:
        """Carry out one step and return the reactions to it."""
        match step:
            case Occurrence(rule=rule, armed=armed, then=then, reason=reason):
                events = (step.instead,) if step.instead else events_of_actions(self.ticket, then, self.rules, None)
                key = Key(self.ticket.id, rule.id, rule.generation, armed.entry, step.number)
                cause = ByRule(key, step.due_at, reason, armed.sequence, self.rules.digest)
                return self._append(key.digest, step.at, cause, events, then)
            case _Triggered(rule=rule, trigger=trigger, entry=entry):
                dropped = (Dropped(step.obstacle),) if step.obstacle else None
                events = dropped or events_of_actions(self.ticket, rule.then, self.rules, entry)
                if not events:
                    return iter(())
                key = Key(self.ticket.id, rule.id, rule.generation, entry.id, 0)
                because = EventReason(str(trigger), entry.id)
                cause = ByRule(key, entry.at, because, entry.sequence, self.rules.digest)
                return self._append(key.digest, entry.at, cause, events, rule.then)
            case _:
                assert_never(step)

    def _append(
        self,
        name: str,
        at: datetime,
        cause: ByRule | ByBound,
        events: tuple[Event, ...],
        then: tuple[actions.Action, ...],
    ) -> Iterator[_Triggered]:
        entry = Entry(self.ticket.version, name, at, SYSTEM, cause, events)
        before, self.ticket = self.ticket, evolve(self.ticket, entry)
        self.made.append((entry, then))
        return reactions_to(before, self.ticket, self.rules)

    def _bound_reached(self, step: _Triggered | Occurrence) -> str | None:
        """Return the name of the bound that one more step would exceed; None if it would exceed none.

        The records of the library, such as a breach, exceed none. They cannot go in a circle by themselves.
        """
        if is_reserved(step.rule.id):
            return None
        cause = step.armed.sequence if isinstance(step, Occurrence) else step.entry.sequence
        at = step.at if isinstance(step, Occurrence) else step.entry.at
        if self._is_circling(step.rule.id, cause, at):
            return "steps_at_one_instant"
        then = step.then if isinstance(step, Occurrence) else step.rule.then
        has_change = any(actions.is_change(action) for action in then)
        return "unattended_changes" if has_change and self.ticket.unattended >= self.rules.unattended_changes else None

    def _is_circling(self, rule: str, cause: int, at: datetime) -> bool:
        """Return True if a rule has set itself off, and its instant has as many steps of such rules as are allowed.

        Without a circle, rules can set off one another very often, too: each of two by each of two, and so on. So once
        an instant has a thousand steps, every rule that has made one of them counts as circling.
        """
        itself = self._own_step(rule, cause, at)
        if itself is not None and len(self._circling(at) | {itself}) >= self.rules.steps_at_one_instant:
            return True
        steps = list(self._steps_at(at))
        return len(steps) >= _MOST_STEPS and any(_rule_of(entry) == rule for entry in steps)

    def _steps_at(self, at: datetime) -> Iterator[Entry]:
        """Return the entries by rules at the end of the history that have this instant, newest first."""
        return takewhile(
            lambda entry: isinstance(entry.cause, ByRule) and entry.at == at, reversed(self.ticket.history)
        )

    def _own_step(self, rule: str, cause: int, at: datetime) -> int | None:
        """Return the last entry of a rule among those that led to its step; None if it did not set itself off.

        Args:
            rule: The rule's id.
            cause: The sequence of the entry that triggered or armed it.
            at: The instant of the step. Entries of earlier instants do not count.
        """
        of_instant = takewhile(lambda entry: entry.at == at, reversed(self.ticket.history))
        causes = {entry.sequence: entry.cause for entry in of_instant}  # an old entry would cost the whole history
        while isinstance(found := causes.get(cause), ByRule):
            if found.key.rule == rule:
                return cause
            cause = found.armed
        return None

    def _circling(self, at: datetime) -> frozenset[int]:
        """Return the sequences of the steps of one instant that rules made which set themselves off."""
        found = set[int]()
        for entry in self._steps_at(at):
            assert isinstance(entry.cause, ByRule)  # noqa: S101 -- all of them are entries of rules
            if entry.sequence not in self._own_steps:
                self._own_steps[entry.sequence] = self._own_step(entry.cause.key.rule, entry.cause.armed, at)
            itself = self._own_steps[entry.sequence]
            found |= {entry.sequence, itself} if itself is not None else set()
        return frozenset(found)

    def _rules_in_circle(self, step: _Triggered | Occurrence, bound: str) -> tuple[str, ...]:
        """Return the rules that went in a circle until this step, without the library's own; at least that of the step.

        For one instant, they are those that set themselves off; for unattended changes, those that acted more than
        once.
        """
        found: set[str]
        if bound == "steps_at_one_instant":
            at = step.at if isinstance(step, Occurrence) else step.entry.at
            found = {_rule_of(self.ticket.history[each]) for each in self._circling(at)}
        else:
            unattended = takewhile(lambda entry: isinstance(entry.cause, ByRule), reversed(self.ticket.history))
            times = Counter(_rule_of(entry) for entry in unattended if changes_ticket(entry))
            found = {rule for rule, count in times.items() if count > 1}
        found = {rule for rule in found if not is_reserved(rule)}
        return tuple(sorted(found | {step.rule.id}))

    def _halt(self, circle: tuple[str, ...], bound: str, at: datetime) -> None:
        cause = ByBound(bound, self.rules.digest)
        self._append(f"bound.{self.ticket.version}", at, cause, (RulesHalted(circle),), ())


def dues(run: Run) -> Iterator[Due]:
    """Yield the due items of the entries that rules made on a run."""
    for entry, then in run.made:
        if isinstance(entry.cause, ByRule):
            yield due_of(entry, entry.cause, then)


def _rule_of(entry: Entry) -> str:
    """Return the id of the rule that made an entry."""
    assert isinstance(entry.cause, ByRule)  # noqa: S101 -- asked about entries of rules only
    return entry.cause.key.rule


def reactions_to(before: Ticket | None, after: Ticket, rules: Rules) -> Iterator[_Triggered]:
    """Yield the rules that react to the last entry of *after*; their conditions read the ticket right after it.

    A rule does not react to an entry before the instant from which it is in force.

    Args:
        before: The ticket before the entry; None if the entry opened it.
        after: The ticket after the entry.
        rules: The rule set.

    Source: docs/semantics.md 3.2, 3.17.
    """
    last, facts = after.history.last, after.facts
    changed = {name for name, trail in after.trails.items() if trail.last.mark.sequence == last.sequence}
    for reaction in rules.reactions:
        watches, in_force_from = reaction.watches, reaction.rule.in_force_from
        if in_force_from is not None and last.at < in_force_from:
            continue
        if before is not None and watches is not None and watches.isdisjoint(changed):
            continue
        is_halted = reaction.rule.id in after.halted
        if is_halted or not _has_happened(reaction.trigger, before, after) or not holds(reaction.rule.given, facts):
            continue
        if _is_in_hours(reaction.rule.during, after, rules):
            obstacle = _obstacle(reaction.rule, after, rules)
            yield _Triggered(reaction.rule, reaction.trigger, last, obstacle)


def _obstacle(rule: Automation, ticket: Ticket, rules: Rules) -> str | None:
    """Return the reason to drop a reaction: a mask or a gate; None if there is no reason. Only timers are held."""
    if is_masked(rule, ticket, rules):
        return "masked"
    if rule.gate is None:
        return None
    gate = calendar_in_force(rule.gate, ticket.facts)
    try:
        is_open = rules.calendars[gate].is_open(ticket.changed_at)
    except UnknownHolidaysError:
        return f"nobody knows whether {gate} was open"
    return None if is_open else f"{gate} was shut"


def _has_happened(trigger: triggers.Trigger, before: Ticket | None, after: Ticket) -> bool:
    """Return True if the last entry of *after* is the event that a trigger waits for."""
    match trigger:
        case triggers.OnEnter(condition=condition):
            return holds(condition, after.facts) and not _did_hold(condition, before)
        case triggers.OnLeave(condition=condition):
            return _did_hold(condition, before) and not holds(condition, after.facts)
        case triggers.OnMessage(by=author):
            return _is_moved_last(anchors.LastMessage(author), after)
        case triggers.OnOutside(event=event):
            return _is_moved_last(anchors.Outside(event), after)
        case triggers.OnChange(field=field):
            trail = after.trails.get(f"field.{field}")
            is_new = trail is not None and trail.last.mark.sequence == after.history.last.sequence
            return is_new and trail is not None and (trail.before is not None or trail.last.value is not None)
        case triggers.OnWake():
            return any(isinstance(event, Woke) for event in after.history.last.events)
        case triggers.OnLink(kind=kind):
            return any(isinstance(event, Linked) and event.kind == kind for event in after.history.last.events)
        case triggers.OnRate():
            return any(isinstance(event, Rated) for event in after.history.last.events)
        case triggers.OnCommand(commands=names, by=roles):
            last = after.history.last
            is_command = isinstance(last.cause, ByCommand) and last.cause.command in names
            return is_command and (not roles or last.actor.role in roles) and last.is_by_hand
        case _:
            assert_never(trigger)


def _is_in_hours(during: triggers.During | None, ticket: Ticket, rules: Rules) -> bool:
    """Return True if the ticket's last entry lies inside, or outside, the hours that a rule asks for."""
    if during is None:
        return True
    try:
        return rules.calendar_for(during.calendar, ticket.facts).is_open(ticket.changed_at) is during.is_open
    except UnknownHolidaysError:
        return False  # commands are accepted even where holidays are not known (1.5)


def _did_hold(condition: Condition, ticket: Ticket | None) -> bool:
    return ticket is not None and holds(condition, ticket.facts)


def _is_moved_last(anchor: anchors.Anchor, ticket: Ticket) -> bool:
    mark = anchors.last_mark(anchor, ticket.marks)
    return mark is not None and mark.sequence == ticket.history.last.sequence
