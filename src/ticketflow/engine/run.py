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

`Run.next_instant` is one turn of the loop of *advance*, and `Run.settle` is *react*. Of *timer*, the module
`ticketflow.engine.episodes` computes *armed*, `ticketflow.engine.rungs` and `ticketflow.engine.repeats` compute *own*,
and `ticketflow.engine.holding` computes *at*. All ask the rules as `ticketflow.engine.program` has made them ready.
Reactions to one entry, and the timers of one instant, run before the next instant begins. A bound ends what would go in
a circle: the rules in the circle are halted, and the instant is computed again without them.

Source: docs/semantics.md 3.2, 3.8 to 3.14, 3.17.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import takewhile
from typing import assert_never, cast

import attrs

from ticketflow.engine.effects import events_of_actions
from ticketflow.engine.episodes import Occurrence
from ticketflow.engine.lookahead import Lookahead, first_ahead, grown, remembered
from ticketflow.engine.plans import Due, due_of
from ticketflow.engine.program import Program, Reaction
from ticketflow.errors import UnknownHolidaysError
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule
from ticketflow.rules.implied import is_reserved
from ticketflow.tickets.actors import SYSTEM
from ticketflow.tickets.events import (
    ByBound,
    ByRule,
    Cause,
    Dropped,
    Entry,
    Event,
    EventReason,
    Key,
    RulesHalted,
)
from ticketflow.tickets.ticket import Ticket, changes_ticket

MANY_TIMERS = 16
"""The number of timers from which on a run that has made an entry keeps the next occurrence of each."""

_MOST_STEPS = 1_000
"""The number of steps of one instant from which on no rule makes a second one."""


@attrs.frozen
class _Triggered:
    """A rule whose event has happened. It is carried out next, or dropped if *obstacle* says why it cannot act."""

    reaction: Reaction
    entry: Entry
    obstacle: str | None

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.reaction.rule

    @property
    def order(self) -> tuple[int, str, int]:
        """The place among the reactions of an instant: rank, id, and the entry that triggered it (3.10)."""
        return (*self.reaction.order, self.entry.sequence)


_Queue = list[tuple[tuple[int, str, int], _Triggered]]
"""A heap of reactions that wait. No two have one place: a rule reacts once to an entry."""


class _Steps:
    """The steps of rules at one instant at the end of a history, and which of them set themselves off.

    Attributes:
        at: The instant.
    """

    def __init__(self, history: PersistentList[Entry], at: datetime) -> None:
        self.at = at
        self._causes: dict[int, Cause] = {}  # of all entries of the instant: an old one would cost the whole history
        self._forget()
        for entry in reversed(list(takewhile(lambda entry: entry.at == at, reversed(history)))):
            self.add(entry)

    def _forget(self) -> None:
        self._count = 0
        self._rules: set[str] = set()
        self._circling: set[int] = set()

    def add(self, entry: Entry) -> None:
        """Add the next entry of the instant. One that no rule made begins the count anew."""
        cause = self._causes[entry.sequence] = entry.cause
        if not isinstance(cause, ByRule):
            self._forget()
            return
        self._count += 1
        self._rules.add(cause.key.rule)
        itself = self._own_step(cause.key.rule, cause.armed)
        if itself is not None:
            self._circling |= {entry.sequence, itself}

    def is_circling(self, rule: str, cause: int, most: int) -> bool:
        """Return True if a rule has set itself off, and the instant has as many steps of such rules as are allowed.

        Without a circle, rules can set off one another very often, too: each of two by each of two, and so on. So once
        an instant has a thousand steps, every rule that has made one of them counts as circling.

        Args:
            rule: The id of the rule whose step is next.
            cause: The sequence of the entry that triggered or armed it.
            most: The number of steps that are allowed.
        """
        itself = self._own_step(rule, cause)
        if itself is not None and len(self._circling | {itself}) >= most:
            return True
        return self._count >= _MOST_STEPS and rule in self._rules

    def _own_step(self, rule: str, cause: int) -> int | None:
        """Return the last entry of a rule among those that led to its step; None if it did not set itself off.

        Args:
            rule: The rule's id.
            cause: The sequence of the entry that triggered or armed it. Entries of earlier instants do not count.
        """
        while isinstance(found := self._causes.get(cause), ByRule):
            if found.key.rule == rule:
                return cause
            cause = found.armed
        return None

    def circling_rules(self) -> set[str]:
        """Return the rules that set themselves off."""
        causes = map(self._causes.__getitem__, self._circling)
        return {cause.key.rule for cause in causes if isinstance(cause, ByRule)}


class Run:
    """A ticket that is advanced in time, and the entries made on the way."""

    def __init__(self, ticket: Ticket, program: Program) -> None:
        self.ticket = ticket
        self.program = program
        self.rules = program.rules
        self._start = ticket
        self.made: list[tuple[Entry, tuple[actions.Action, ...]]] = []
        self._steps: _Steps | None = None
        self._lookahead: Lookahead | None = None

    def entries(self) -> tuple[Entry, ...]:
        """Return the entries made so far, in order."""
        return tuple(entry for entry, _ in self.made)

    def ahead(self) -> Occurrence | None:
        """Return the next occurrence of a timer; None if there is none."""
        asked, first, _ = self.ticket.outlook
        if asked is self.rules:
            return cast("Occurrence | None", first)
        if self._lookahead is None:
            if not self.made or len(self.program.timers_of(self.ticket)) < MANY_TIMERS:
                return first_ahead(self.ticket, self.program)
            self._lookahead = Lookahead(self.ticket, self.program)
        return remembered(self._lookahead.first(), self.ticket, self.program)

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
        if first is None or first.at > until or (first.at == until and not inclusive):
            return False
        self.settle((), first.at)
        return True

    def settle(self, reactions: Sequence[_Triggered], timers_of: datetime | None = None) -> None:
        """Run reactions until none is left, then each timer of an instant with the reactions to it.

        Where a bound is reached, the rules in the circle are halted, and the instant is computed again without them.

        Args:
            reactions: The reactions that wait.
            timers_of: The instant whose timers run after them; None for none.

        Source: docs/semantics.md 3.2, 3.14.
        """
        start, kept, queue = self.ticket, len(self.made), _queue(reactions)
        while step := self._next_step(queue, timers_of):
            bound = self._bound_reached(step)
            if bound is None:
                for reaction in self._take(step):
                    heappush(queue, (reaction.order, reaction))
                continue
            circle = self._rules_in_circle(step, bound)
            self.ticket = start
            del self.made[kept:]
            self._steps = self._lookahead = None
            self._halt(circle, bound, timers_of or start.changed_at)
            start, kept = self.ticket, len(self.made)
            queue = _queue(reaction for reaction in reactions if reaction.rule.id not in start.halted)

    def _next_step(self, queue: _Queue, timers_of: datetime | None) -> _Triggered | Occurrence | None:
        if queue:
            return heappop(queue)[1]
        first = self.ahead() if timers_of else None
        return first if first is None or timers_of is None or first.at <= timers_of else None

    def _take(self, step: _Triggered | Occurrence) -> list[_Triggered]:
        """Carry out one step and return the reactions to it."""
        match step:
            case Occurrence(rule=rule, armed=armed, then=then):
                events = (step.instead,) if step.instead else events_of_actions(self.ticket, then, self.rules, None)
                key = Key(self.ticket.id, rule.id, rule.generation, armed.entry, step.number)
                cause = ByRule(key, step.due_at, step.reason, armed.sequence, self.program.digest)
                return self._append(key.digest, step.at, cause, events, then)
            case _Triggered(reaction=reaction, entry=entry):
                rule, then = reaction.rule, reaction.then
                dropped = (Dropped(step.obstacle),) if step.obstacle else None
                events = dropped or events_of_actions(self.ticket, then, self.rules, entry)
                if not events:
                    return []
                key = Key(self.ticket.id, rule.id, rule.generation, entry.id, 0)
                because = EventReason(reaction.event, entry.id)
                cause = ByRule(key, entry.at, because, entry.sequence, self.program.digest)
                return self._append(key.digest, entry.at, cause, events, then)
            case _:
                assert_never(step)

    def _append(
        self,
        name: str,
        at: datetime,
        cause: ByRule | ByBound,
        events: tuple[Event, ...],
        then: tuple[actions.Action, ...],
    ) -> list[_Triggered]:
        entry = Entry(self.ticket.version, name, at, SYSTEM, cause, events)
        before, self.ticket = self.ticket, grown(self.ticket, entry)
        self.made.append((entry, then))
        if self._lookahead is not None:
            self._lookahead.add(self.ticket)
        if self._steps is not None and self._steps.at == at:
            self._steps.add(entry)
        return reactions_to(before, self.ticket, self.program)

    def _bound_reached(self, step: _Triggered | Occurrence) -> str | None:
        """Return the name of the bound that one more step would exceed; None if it would exceed none.

        The records of the library, such as a breach, exceed none. They cannot go in a circle by themselves.
        """
        if step.rule.id in self.program.reserved:
            return None
        if isinstance(step, Occurrence):
            cause, at, then = step.armed.sequence, step.at, step.then
        else:
            cause, at, then = step.entry.sequence, step.entry.at, step.reaction.then
        most = self.rules.steps_at_one_instant
        if self._could_circle(at, most) and self._steps_at(at).is_circling(step.rule.id, cause, most):
            return "steps_at_one_instant"
        is_over = self.ticket.unattended >= self.rules.unattended_changes
        return "unattended_changes" if is_over and any(map(actions.is_change, then)) else None

    def _could_circle(self, at: datetime, most: int) -> bool:
        """Return False if the instant has too few steps yet for a circle: each step counts itself and one before it."""
        begun = self._start.history.last
        return (begun.at == at and begun.is_automatic) or 2 * len(self.made) + 1 >= min(most, _MOST_STEPS)

    def _steps_at(self, at: datetime) -> _Steps:
        """Return the steps of the instant *at*, which is that of the next step."""
        if self._steps is None or self._steps.at != at:
            self._steps = _Steps(self.ticket.history, at)
        return self._steps

    def _rules_in_circle(self, step: _Triggered | Occurrence, bound: str) -> tuple[str, ...]:
        """Return the rules that went in a circle until this step, without the library's own; at least that of the step.

        For one instant, they are those that set themselves off; for unattended changes, those that acted more than
        once.
        """
        found: set[str]
        if bound == "steps_at_one_instant":
            at = step.at if isinstance(step, Occurrence) else step.entry.at
            found = self._steps_at(at).circling_rules()
        else:
            unattended = takewhile(lambda entry: isinstance(entry.cause, ByRule), reversed(self.ticket.history))
            times = Counter(_rule_of(entry) for entry in unattended if changes_ticket(entry))
            found = {rule for rule, count in times.items() if count > 1}
        found = {rule for rule in found if not is_reserved(rule)}
        return tuple(sorted(found | {step.rule.id}))

    def _halt(self, circle: tuple[str, ...], bound: str, at: datetime) -> None:
        cause = ByBound(bound, self.program.digest)
        self._append(f"bound.{self.ticket.version}", at, cause, (RulesHalted(circle),), ())


def _queue(reactions: Iterable[_Triggered]) -> _Queue:
    queue = [(reaction.order, reaction) for reaction in reactions]
    heapify(queue)
    return queue


def dues(run: Run) -> Iterator[Due]:
    """Yield the due items of the entries that rules made on a run."""
    for entry, then in run.made:
        if isinstance(entry.cause, ByRule):
            yield due_of(entry, entry.cause, then)


def _rule_of(entry: Entry) -> str:
    """Return the id of the rule that made an entry."""
    assert isinstance(entry.cause, ByRule)  # noqa: S101 -- asked about entries of rules only
    return entry.cause.key.rule


def reactions_to(before: Ticket | None, after: Ticket, program: Program) -> list[_Triggered]:
    """Return the rules that react to the last entry of *after*; their conditions read the ticket right after it.

    A rule does not react to an entry before the instant from which it is in force.

    Args:
        before: The ticket before the entry; None if the entry opened it.
        after: The ticket after the entry.
        program: The rules.

    Source: docs/semantics.md 3.2, 3.17.
    """
    last = after.history.last
    return [
        _Triggered(reaction, last, _obstacle(reaction, after))
        for reaction in (program.reactions if before is None else program.concerned(after).reactions)
        if (reaction.in_force_from is None or last.at >= reaction.in_force_from)
        and reaction.id not in after.halted
        and reaction.has_happened(before, after)
        and reaction.given.holds_for(after)
        and _is_in_hours(reaction, after)
    ]


def _obstacle(reaction: Reaction, ticket: Ticket) -> str | None:
    """Return the reason to drop a reaction: a mask or a gate; None if there is no reason. Only timers are held."""
    if reaction.is_masked(ticket):
        return "masked"
    gate = reaction.gate(ticket)
    if gate is None:
        return None
    try:
        is_open = gate.is_open(ticket.changed_at)
    except UnknownHolidaysError:
        return f"nobody knows whether {reaction.gate_name(ticket)} was open"
    return None if is_open else f"{reaction.gate_name(ticket)} was shut"


def _is_in_hours(reaction: Reaction, ticket: Ticket) -> bool:
    """Return True if the ticket's last entry lies inside, or outside, the hours that a rule asks for."""
    during = reaction.during
    if during is None:
        return True
    try:
        return reaction.named(during.calendar, ticket).is_open(ticket.changed_at) is during.is_open
    except UnknownHolidaysError:
        return False  # commands are accepted even where holidays are not known (1.5)
