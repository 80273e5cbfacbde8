"""The one step that everything automatic happens in, and the ways to take it.

`handle` gives a ticket a command, `evaluate` says what is due, `apply` carries out what it said, `advance` does both,
`next_due` says when to come back. What a ticket becomes does not depend on when or how often any of them is called: a
command at an instant first fires, in order, every timer due before it, each at its own due instant, and is only then
taken.

Source: docs/semantics.md 3.2, 3.8 to 3.14.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import takewhile
from typing import assert_never

import attrs

from ticketflow.engine.decisions import Accepted, Decision, Refused, decide, effective_at, in_bulk
from ticketflow.engine.effects import carried_out
from ticketflow.engine.refusals import Reason
from ticketflow.engine.timers import Occurrence, first_ahead, is_masked, unknown_from
from ticketflow.errors import BadValueError, UnknownHolidaysError
from ticketflow.kernel.values import SYSTEM, to_utc
from ticketflow.rules.actions import Action, is_change
from ticketflow.rules.automations import (
    Automation,
    During,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    OnWake,
    Trigger,
)
from ticketflow.rules.ruleset import Rules, refuse_strangers
from ticketflow.tickets.anchors import Anchor, LastMessage, Outside, last_mark
from ticketflow.tickets.commands import AnyCommand, check_command
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
    Why,
    Woke,
)
from ticketflow.tickets.ticket import Ticket, changes_ticket, evolve
from ticketflow.workflow.conditions import Condition, holds


@attrs.frozen
class Due:
    """What one rule asks for at one instant.

    Attributes:
        rule: The rule's id.
        actions: What is to be done; what becomes of it stands in the entry.
        reason: Why it is due.
        due_at: When it is, in UTC; the entry takes effect then or, if the rules made it due too late, thereafter.
        key: What makes it the one it is; the same in every process, and whenever it is asked for.
        entry: What applying it adds to the history.
    """

    rule: str
    actions: tuple[Action, ...]
    reason: Why
    due_at: datetime
    key: Key
    entry: Entry


@attrs.frozen
class Plan:
    """Everything due, in order: what advancing a ticket would carry out.

    A plan iterates over its `Due`s and is true iff there is anything to apply.

    Attributes:
        due: What the rules ask for.
        entries: What applying the plan adds to the history: an entry for each due, and for each bound reached.
        ticket: The id of the ticket it was made for; None if nothing is due.
        version: The version of the ticket it was made for.
        has_more: Whether a bound cut it short; going on after applying it gives the rest.
        unknown_from: From which instant on nobody knows what is due, because the public holidays are not known; what is
            due before it is in the plan. None if *now* lies before it.
    """

    due: tuple[Due, ...] = ()
    entries: tuple[Entry, ...] = ()
    ticket: str | None = None
    version: int = 0
    has_more: bool = False
    unknown_from: datetime | None = None

    def __iter__(self) -> Iterator[Due]:
        return iter(self.due)

    def __len__(self) -> int:
        return len(self.due)

    def __bool__(self) -> bool:
        return bool(self.entries)


NOTHING_DUE = Plan()


def evaluate(now: datetime, ticket: Ticket, rules: Rules) -> Plan:
    """Return the actions that are due: the whole plan that advancing to *now* would carry out, cascade included.

    Pure: nothing is applied, and asking again answers the same. A *now* before the ticket's last entry gets an empty
    plan.

    Args:
        now: Due is what has a due instant at or before it; aware.
        ticket: The ticket.
        rules: The definition of the desk.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> late = noon + timedelta(days=30)
    >>> [(due.rule, due.due_at.isoformat()) for due in evaluate(late, ticket, rules)]
    [('close-resolved', '2026-11-24T12:00:00+00:00')]
    >>> len(evaluate(noon, ticket, rules)), ticket.state
    (0, 'resolved')
    """
    if type(ticket) is not Ticket:
        refuse_strangers(ticket, rules)
    asked, _, quiet_until = ticket.outlook  # found out before: a million idle tickets are asked again and again
    if asked is rules and type(now) is datetime and now.tzinfo is UTC and now < quiet_until:
        return NOTHING_DUE
    until = to_utc(now, "now")
    refuse_strangers(ticket, rules)
    run = _Run(ticket, rules)
    while len(run.made) < rules.occurrences_per_call and run.instant(until):
        pass
    unknown = None
    if until >= rules.known_before and not run.has_next(until):
        unknown = unknown_from(run.ticket, rules)
    if not run.made and unknown is None:
        return NOTHING_DUE
    return Plan(tuple(run.dues()), run.entries(), ticket.id, ticket.version, run.has_next(until), unknown)


def apply(ticket: Ticket, plan: Plan) -> Decision:
    """Return the ticket with *plan* carried out.

    A plan wholly in the history already answers the same ticket, marked as repeated. A plan made from another version
    is refused as stale and changes nothing: something raced it, so evaluate again.

    Source: docs/semantics.md 3.11.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> plan = evaluate(noon + timedelta(days=5), ticket, rules)
    >>> reopened = handle(ticket, commands.Move("to_active", at=noon + timedelta(hours=1), by=ada), rules).ticket
    >>> apply(ticket, plan).ticket.state, sorted(apply(reopened, plan).kinds)
    ('closed', ['stale'])
    """
    if not isinstance(plan, Plan):
        raise BadValueError(f"plan {plan!r:.200}", "give what evaluate returned")
    refuse_strangers(ticket)
    if not plan:
        return Accepted(ticket, ())
    if plan.ticket != ticket.id:
        what = f"the plan is for ticket {plan.ticket!r}, not {ticket.id!r}"
        return Refused(ticket, (Reason("not_found", what, "apply it to the ticket it was made for"),))
    if ticket.history.after(plan.version)[: len(plan.entries)] == plan.entries:
        return Accepted(ticket, (), is_repeated=True)
    if plan.version != ticket.version:
        what = f"the plan was made from version {plan.version} and the ticket has {ticket.version}"
        return Refused(ticket, (Reason("stale", what, "evaluate the ticket again"),))
    after = ticket
    for entry in plan.entries:
        after = evolve(after, entry)
    return Accepted(after, plan.entries)


def advance(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket with everything due by *now* carried out, each at its own instant.

    Advancing to one instant and then to another is advancing to the later one.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: docs/semantics.md 3.8.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> week = [noon + timedelta(days=days) for days in range(8)]
    >>> twice = advance(week[7], advance(week[6], ticket, rules), rules)
    >>> twice == advance(week[7], ticket, rules), twice.changed_at == week[5]
    (True, True)
    """
    until = to_utc(now, "now")
    refuse_strangers(ticket, rules)
    run = _Run(ticket, rules)
    while run.instant(until):
        pass
    return run.ticket


def next_due(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the first instant, in UTC, at which `evaluate` answers something if nothing else happens; None if never.

    Nothing is due before it, and something is due at it. Where public holidays are not known, `unknown_from` says from
    which instant on nobody knows.

    Source: docs/semantics.md 3.13.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> next_due(ticket, rules) - noon, next_due(opened, rules)
    (datetime.timedelta(days=5), None)
    """
    refuse_strangers(ticket, rules)
    first = first_ahead(ticket, rules)
    return first.at if first else None


def handle(ticket: Ticket | None, command: AnyCommand, rules: Rules) -> Decision:
    """Return what becomes of *command*, after everything due before it and with every rule that reacts to it.

    A refusal leaves the ticket as it was, not even advanced.

    Args:
        ticket: The ticket it is given to; None for `Open`.
        command: What is asked.
        rules: The definition of the desk.

    Source: docs/semantics.md 3.2, 3.8.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> too_late = commands.Move("to_active", at=noon + timedelta(days=6), by=ada)
    >>> sorted(handle(ticket, too_late, rules).kinds)  # it had closed by itself the day before
    ['closed_for_good', 'no_such_transition']
    """
    check_command(command)
    if ticket is not None:
        refuse_strangers(ticket, rules)
    run = None if ticket is None else _until(command.at, ticket, rules)
    advanced, made = (run.ticket, run.entries()) if run else (None, ())
    decision = decide(advanced, command, rules)
    if isinstance(decision, Refused):
        return Refused(ticket, decision.reasons)
    if ticket is not None and decision.is_repeated:
        return Accepted(ticket, (), is_repeated=True)
    created = _reacted(None, decision.created, rules).ticket if decision.created else None
    if not decision.entries:
        return Accepted(decision.ticket, made, created)
    reaction = _reacted(advanced, decision.ticket, rules)
    return Accepted(reaction.ticket, (*made, *decision.entries, *reaction.entries()), created, hints=decision.hints)


def handle_all(tickets: Iterable[Ticket], command: AnyCommand, rules: Rules) -> tuple[Decision, ...]:
    """Return what becomes of *command* on each of the tickets, in their order: one `handle` a ticket.

    A refusal stops nothing. Bulk operations are for whom the permission ``bulk`` names; to others all are refused.

    Source: row F3.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> to_ana = commands.Assign("ana", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("agent", "bea"))
    >>> handle_all([], to_ana, servicenow())
    ()
    """
    return in_bulk(tickets, command, rules, handle)


def found_at(at: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket as a command given at *at* finds it: with everything that was due before.

    Raises:
        NaiveDatetimeError: *at* has no time zone.

    Source: docs/semantics.md 3.8: events of an instant come before timers of that instant.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> ticket = handle(opened, commands.Move("to_resolved", at=noon, by=ada), rules).ticket
    >>> end = noon + timedelta(days=5)
    >>> found_at(end, ticket, rules).state, advance(end, ticket, rules).state
    ('resolved', 'closed')
    """
    refuse_strangers(ticket, rules)
    return _until(to_utc(at, "at"), ticket, rules).ticket


def _until(at: datetime, ticket: Ticket, rules: Rules) -> _Run:
    """Return the run of everything that is due before a command meant for *at* takes effect."""
    run = _Run(ticket, rules)
    effective = effective_at(ticket, at)
    while run.instant(effective, inclusive=False):
        pass
    return run


def _reacted(before: Ticket | None, after: Ticket, rules: Rules) -> _Run:
    """Return the run of the rules that react to a ticket's last entry, to completion."""
    run = _Run(after, rules)
    run.settle(tuple(_triggered(before, after, rules)))
    return run


@attrs.frozen
class _Triggered:
    """A rule whose event has happened, to be carried out next, or to be dropped for what is *against* it."""

    rule: Automation
    trigger: Trigger
    entry: Entry
    against: str | None

    @property
    def order(self) -> tuple[int, str, int]:
        """Its place among the reactions of an instant: rank, id, and which entry set it off (3.10)."""
        return (self.rule.rank, self.rule.id, self.entry.sequence)


class _Run:
    """A ticket on its way through time, and the entries made on it."""

    def __init__(self, ticket: Ticket, rules: Rules) -> None:
        self.ticket = ticket
        self.rules = rules
        self.made: list[tuple[Entry, tuple[Action, ...]]] = []

    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for entry, _ in self.made)

    def dues(self) -> Iterator[Due]:
        for entry, then in self.made:
            if isinstance(entry.cause, ByRule):
                cause = entry.cause
                yield Due(cause.key.rule, then, cause.reason, cause.due_at, cause.key, entry)

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
                events = (step.instead,) if step.instead else carried_out(self.ticket, then, self.rules, None)
                key = Key(self.ticket.id, rule.id, rule.generation, armed.entry, step.number)
                cause = ByRule(key, step.due_at, reason, armed.sequence, self.rules.digest)
                return self._append(key.digest, step.at, cause, events, then)
            case _Triggered(rule=rule, trigger=trigger, entry=entry):
                dropped = (Dropped(step.against),) if step.against else None
                events = dropped or carried_out(self.ticket, rule.then, self.rules, entry)
                if not events:
                    return iter(())
                key = Key(self.ticket.id, rule.id, rule.generation, entry.id, 0)
                because = EventReason(str(trigger), entry.id)
                cause = ByRule(key, entry.at, because, entry.sequence, self.rules.digest)
                return self._append(key.digest, entry.at, cause, events, rule.then)
            case _:
                assert_never(step)

    def _append(
        self, name: str, at: datetime, cause: ByRule | ByBound, events: tuple[Event, ...], then: tuple[Action, ...]
    ) -> Iterator[_Triggered]:
        entry = Entry(self.ticket.version, name, at, SYSTEM, cause, events)
        before, self.ticket = self.ticket, evolve(self.ticket, entry)
        self.made.append((entry, then))
        return _triggered(before, self.ticket, self.rules)

    def _bound_reached(self, step: _Triggered | Occurrence) -> str | None:
        at = step.at if isinstance(step, Occurrence) else step.entry.at
        behind = takewhile(
            lambda entry: isinstance(entry.cause, ByRule) and entry.at == at, reversed(self.ticket.history)
        )
        if sum(1 for _ in behind) >= self.rules.steps_at_one_instant:
            return "steps_at_one_instant"
        then = step.then if isinstance(step, Occurrence) else step.rule.then
        has_change = any(is_change(action) for action in then)
        return "unattended_changes" if has_change and self.ticket.unattended >= self.rules.unattended_changes else None

    def _circle(
        self, step: _Triggered | Occurrence, bound: str, steps: list[tuple[Entry, tuple[Action, ...]]]
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


def _triggered(before: Ticket | None, after: Ticket, rules: Rules) -> Iterator[_Triggered]:
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


def _happened(trigger: Trigger, before: Ticket | None, after: Ticket) -> bool:
    match trigger:
        case OnEnter(condition=condition):
            return holds(condition, after.facts) and not _held(condition, before)
        case OnLeave(condition=condition):
            return _held(condition, before) and not holds(condition, after.facts)
        case OnMessage(by=author):
            return _moved_last(LastMessage(author), after)
        case OnOutside(event=event):
            return _moved_last(Outside(event), after)
        case OnChange(field=field):
            trail = after.trails.get(f"field.{field}")
            is_new = trail is not None and trail.last.mark.sequence == after.history.last.sequence
            return is_new and trail is not None and (trail.before is not None or trail.last.value is not None)
        case OnWake():
            return any(isinstance(event, Woke) for event in after.history.last.events)
        case OnCommand(commands=names, by=roles):
            last = after.history.last
            is_command = isinstance(last.cause, ByCommand) and last.cause.command in names
            return is_command and (not roles or last.actor.role in roles) and last.is_by_hand
        case _:
            assert_never(trigger)


def _is_during(during: During | None, at: datetime, rules: Rules) -> bool:
    """Return whether an event of the instant *at* happened in the hours that a rule asks for."""
    try:
        return during is None or rules.calendars[during.calendar].is_open(at) is during.is_open
    except UnknownHolidaysError:
        return False  # nobody knows: commands are taken all the same (1.5)


def _held(condition: Condition, ticket: Ticket | None) -> bool:
    return ticket is not None and holds(condition, ticket.facts)


def _moved_last(anchor: Anchor, ticket: Ticket) -> bool:
    mark = last_mark(anchor, ticket.marks)
    return mark is not None and mark.sequence == ticket.history.last.sequence
