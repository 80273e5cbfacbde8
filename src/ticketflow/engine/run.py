"""The one step that everything automatic happens in, and the ways to take it.

`handle` gives a ticket a command, `evaluate` says what is due, `apply` carries out what it said, `advance` does both,
`next_due` says when to come back. What a ticket becomes does not depend on when or how often any of them is called: a
command at an instant first fires, in order, every timer due before it, each at its own due instant, and is only then
taken.

Source: docs/semantics.md 3.2, 3.8 to 3.14.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import assert_never

import attrs

from ticketflow.engine.effects import events_of_actions
from ticketflow.engine.timers import Occurrence, first_ahead, is_masked
from ticketflow.errors import UnknownHolidaysError
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation
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
    RulesHalted,
    Woke,
)
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import Ticket, changes_ticket
from ticketflow.workflow.conditions import Condition, holds


@attrs.frozen
class _Triggered:
    """A rule whose event has happened, to be carried out next, or to be dropped for what is *against* it."""

    rule: Automation
    trigger: triggers.Trigger
    entry: Entry
    against: str | None

    @property
    def order(self) -> tuple[int, str, int]:
        """Its place among the reactions of an instant: rank, id, and which entry set it off (3.10)."""
        return (self.rule.rank, self.rule.id, self.entry.sequence)


class Run:
    """A ticket on its way through time, and the entries made on it."""

    def __init__(self, ticket: Ticket, rules: Rules) -> None:
        self.ticket = ticket
        self.rules = rules
        self.made: list[tuple[Entry, tuple[actions.Action, ...]]] = []

    def entries(self) -> tuple[Entry, ...]:
        """Return the entries made so far, in order."""
        return tuple(entry for entry, _ in self.made)

    def ahead(self) -> Occurrence | None:
        """Return what comes first."""
        return first_ahead(self.ticket, self.rules)

    def has_next(self, until: datetime) -> bool:
        """Return whether something is due at or before *until*."""
        first = self.ahead()
        return first is not None and first.at <= until

    def instant(self, until: datetime, *, inclusive: bool = True) -> bool:
        """Carry out everything due at the next instant that has anything, and say whether there was one by *until*."""
        first = self.ahead()
        if first is None or first.at > until or (first.at == until and not inclusive):
            return False
        self.settle((), first.at)
        return True

    def settle(self, reactions: tuple[_Triggered, ...], timers_of: datetime | None = None) -> None:
        """Run *reactions* to completion, then each timer of the instant *timers_of*, and what reacts to it.

        Where a bound is reached, the rules of the circle are halted and the instant is computed again without them.

        Source: docs/semantics.md 3.2, 3.14.
        """
        start, kept, queue = self.ticket, len(self.made), list(reactions)
        while step := self._next_step(queue, timers_of):
            bound = self._bound_reached(step)
            if bound is None:
                queue += self._take(step)
                continue
            circle = self._circle(step, bound, self.made[kept:])
            self.ticket = start
            del self.made[kept:]
            self._halt(circle, bound, timers_of or start.changed_at)
            start, kept = self.ticket, len(self.made)
            queue = [reaction for reaction in reactions if reaction.rule.id not in start.halted]

    def _next_step(self, queue: list[_Triggered], timers_of: datetime | None) -> _Triggered | Occurrence | None:
        if queue:
            queue.sort(key=lambda each: each.order)
            return queue.pop(0)
        return self.ahead() if timers_of and self.has_next(timers_of) else None

    def _take(self, step: _Triggered | Occurrence) -> Iterator[_Triggered]:
        """Carry out one step, and return the reactions to it."""
        match step:
            case Occurrence(rule=rule, armed=armed, then=then, reason=reason):
                events = (step.instead,) if step.instead else events_of_actions(self.ticket, then, self.rules, None)
                key = Key(self.ticket.id, rule.id, rule.generation, armed.entry, step.number)
                cause = ByRule(key, step.due_at, reason, armed.sequence, self.rules.digest)
                return self._append(key.digest, step.at, cause, events, then)
            case _Triggered(rule=rule, trigger=trigger, entry=entry):
                dropped = (Dropped(step.against),) if step.against else None
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
        return triggered(before, self.ticket, self.rules)

    def _bound_reached(self, step: _Triggered | Occurrence) -> str | None:
        at = step.at if isinstance(step, Occurrence) else step.entry.at
        behind = takewhile(
            lambda entry: isinstance(entry.cause, ByRule) and entry.at == at, reversed(self.ticket.history)
        )
        if sum(1 for _ in behind) >= self.rules.steps_at_one_instant:
            return "steps_at_one_instant"
        then = step.then if isinstance(step, Occurrence) else step.rule.then
        has_change = any(actions.is_change(action) for action in then)
        return "unattended_changes" if has_change and self.ticket.unattended >= self.rules.unattended_changes else None

    def _circle(
        self, step: _Triggered | Occurrence, bound: str, steps: list[tuple[Entry, tuple[actions.Action, ...]]]
    ) -> tuple[str, ...]:
        """Return the rules that keep coming back; if none does, the rule whose turn it was."""
        entries = (entry for entry, _ in steps)
        if bound == "unattended_changes":
            unattended = takewhile(lambda entry: isinstance(entry.cause, ByRule), reversed(self.ticket.history))
            entries = (entry for entry in unattended if changes_ticket(entry))
        times = Counter(entry.cause.key.rule for entry in entries if isinstance(entry.cause, ByRule))
        return tuple(sorted(rule for rule, count in times.items() if count > 1)) or (step.rule.id,)

    def _halt(self, circle: tuple[str, ...], bound: str, at: datetime) -> None:
        cause = ByBound(bound, self.rules.digest)
        self._append(f"bound.{self.ticket.version}", at, cause, (RulesHalted(circle),), ())


def triggered(before: Ticket | None, after: Ticket, rules: Rules) -> Iterator[_Triggered]:
    """Yield the rules that react to the last entry of *after*; their conditions read the ticket right after it.

    Source: docs/semantics.md 3.2.
    """
    last, facts = after.history.last, after.facts
    changed = {name for name, trail in after.trails.items() if trail.last.mark.sequence == last.sequence}
    for reaction in rules.reactions:
        watches = reaction.watches
        if before is not None and watches is not None and watches.isdisjoint(changed):
            continue
        is_halted = reaction.rule.id in after.halted
        if is_halted or not _happened(reaction.trigger, before, after) or not holds(reaction.rule.given, facts):
            continue
        if _is_during(reaction.rule.during, last.at, rules):
            against = _against(reaction.rule, after, rules)
            yield _Triggered(reaction.rule, reaction.trigger, last, against)


def _against(rule: Automation, ticket: Ticket, rules: Rules) -> str | None:
    """Return what keeps a rule from reacting, if anything does; only timers wait, so its reaction is dropped."""
    if is_masked(rule, ticket, rules):
        return "masked"
    try:
        is_open = rule.gate is None or rules.calendars[rule.gate].is_open(ticket.changed_at)
    except UnknownHolidaysError:
        return f"nobody knows whether {rule.gate} was open"
    return None if is_open else f"{rule.gate} was shut"


def _happened(trigger: triggers.Trigger, before: Ticket | None, after: Ticket) -> bool:
    match trigger:
        case triggers.OnEnter(condition=condition):
            return holds(condition, after.facts) and not _held(condition, before)
        case triggers.OnLeave(condition=condition):
            return _held(condition, before) and not holds(condition, after.facts)
        case triggers.OnMessage(by=author):
            return _moved_last(anchors.LastMessage(author), after)
        case triggers.OnOutside(event=event):
            return _moved_last(anchors.Outside(event), after)
        case triggers.OnChange(field=field):
            trail = after.trails.get(f"field.{field}")
            is_new = trail is not None and trail.last.mark.sequence == after.history.last.sequence
            return is_new and trail is not None and (trail.before is not None or trail.last.value is not None)
        case triggers.OnWake():
            return any(isinstance(event, Woke) for event in after.history.last.events)
        case triggers.OnCommand(commands=names, by=roles):
            last = after.history.last
            is_command = isinstance(last.cause, ByCommand) and last.cause.command in names
            return is_command and (not roles or last.actor.role in roles) and last.is_by_hand
        case _:
            assert_never(trigger)


def _is_during(during: triggers.During | None, at: datetime, rules: Rules) -> bool:
    """Return whether an event of the instant *at* happened in the hours that a rule asks for."""
    try:
        return during is None or rules.calendars[during.calendar].is_open(at) is during.is_open
    except UnknownHolidaysError:
        return False  # nobody knows: commands are taken all the same (1.5)


def _held(condition: Condition, ticket: Ticket | None) -> bool:
    return ticket is not None and holds(condition, ticket.facts)


def _moved_last(anchor: anchors.Anchor, ticket: Ticket) -> bool:
    mark = anchors.last_mark(anchor, ticket.marks)
    return mark is not None and mark.sequence == ticket.history.last.sequence
