"""What comes of a command that nothing stands against, and of what a rule asks for: events, and hints for a screen.

Source: docs/semantics.md 2.1, 3.1, 5.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, assert_never

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions
from ticketflow.rules.ruleset import Rules
from ticketflow.sla.progress import Progress, progress, unrecorded
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import SUPPORT, Actor
from ticketflow.tickets.facts import Facts
from ticketflow.tickets.messages import Hint, Mail, Message
from ticketflow.tickets.ticket import DONE, METHOD, OUTCOME, Ticket
from ticketflow.workflow.conditions import holds
from ticketflow.workflow.definition import State, Transition
from ticketflow.workflow.snooze import wake_hints

_OUTSIDERS = ("customer", "third_party")

OnTicket = (
    commands.AddMessage
    | commands.Assign
    | commands.GiveBack
    | commands.Decline
    | commands.Move
    | commands.Reopen
    | commands.SetFields
    | commands.ReviewClassification
    | commands.Rate
    | commands.RecordEvent
    | commands.Snooze
    | commands.CancelSnooze
    | commands.Link
)


def is_missing(value: Value) -> bool:
    """Return whether a field that reads *value* has nothing to say: None, or a blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def fields_with(
    fields: Mapping[str, Value],
    message: Message | None,
    by: Actor,
    facts: Facts,
    rules: Rules,
    held: Collection[str] = (),
) -> Mapping[str, Value]:
    """Return the fields that a command sets, those that its mail fills included.

    Args:
        fields: What the command itself sets.
        message: The message that comes with it; a mail of the support's fills what is lacking.
        by: Who gives it.
        facts: The ticket before it.
        rules: Says which part of a mail fills which field, and where.
        held: Fields that a rule holds; no mail fills them.

    Source: row E2.
    """
    if not isinstance(message, Mail) or not message.public or by.role not in SUPPORT:
        return fields
    filled = dict(fields)
    for field in rules.workflow.filled_fields:
        part = message.subject if field.filled_from == "subject" else message.text
        lacking = is_missing(fields.get(field.name, facts[f"field.{field.name}"]))
        if not is_missing(part) and field.name not in held and lacking and holds(field.filled_when, facts):
            filled[field.name] = part
    return filled


def opening(
    command: commands.Open | commands.FollowUp, parent: Ticket | None, rules: Rules
) -> tuple[events.Event, ...]:
    """Return how a ticket begins, going on from *parent* if there is one."""
    if isinstance(command, commands.Open):
        name, state, assignee = command.ticket, command.state, command.assignee
    else:
        name, state, assignee = command.new_ticket, None, None
    way_in = rules.workflow.way_in(command.by, state) or rules.workflow.ways_in[0]
    begins_in = rules.workflow.states_by_name[way_in.target]
    facts = Facts(FrozenMap(), {"state": begins_in.name, "category": begins_in.category})
    opened = events.Opened(
        ticket=name,
        state=begins_in.name,
        category=begins_in.category,
        fields=FrozenMap(fields_with(command.fields, command.message, command.by, facts, rules)),
        follows=parent.id if parent else None,
        earlier=parent.history if parent else None,
    )
    return (
        opened,
        *((events.MessageAdded(command.message.facts),) if command.message else ()),
        *_outcome(facts.with_fields(opened.fields), begins_in),
        *((events.Assigned(None, assignee),) if assignee else ()),
    )


class Request(NamedTuple):
    """A transition as a command asks for it.

    Attributes:
        verb: Its name; None where the workflow has no way back and a sleeping ticket only surfaces.
        message: The message that comes with it.
        fields: The fields that are set with it.
        row: The row of the table that is taken from where the ticket is; None if there is none.
    """

    verb: str | None
    message: Message | None
    fields: Mapping[str, Value]
    row: Transition | None


_NO_FIELDS: Mapping[str, Value] = {}


def taking(ticket: Ticket, command: commands.AnyCommand, rules: Rules) -> Request | None:
    """Return the transition that *command* asks for; None if it asks for none."""
    workflow = rules.workflow
    if isinstance(command, commands.Move):
        verb, given = command.transition, command.fields
    elif isinstance(command, commands.Reopen):
        given = FrozenMap()
        if workflow.reopen is None or (ticket.is_hidden and not workflow.rows(workflow.reopen, ticket.state)):
            return Request(None, command.message, _NO_FIELDS, None)
        verb = workflow.reopen
    else:
        return None
    facts, message = ticket.facts, command.message
    fields = fields_with(given, message, command.by, facts, rules, ticket.held) if message else given
    facts = facts.with_fields(fields) if fields else facts
    return Request(verb, message, fields, workflow.select(verb, ticket.state, facts))


def events_of(
    ticket: Ticket, command: OnTicket, rules: Rules, at: datetime, asked: Request | None
) -> tuple[events.Event, ...]:
    """Return the events of a command that nothing stands against and that takes effect at *at*.

    Args:
        ticket: The ticket before it.
        command: What is asked.
        rules: The definition of the desk.
        at: When it takes effect.
        asked: The transition that it asks for.
    """
    match command:
        case commands.Move() | commands.Reopen():
            return tuple(_moving(ticket, command, rules, asked)) if asked else ()
        case commands.AddMessage(message=message):
            filled = fields_with({}, message, command.by, ticket.facts, rules, ticket.held)
            return (*_arriving(ticket, message, command.by, rules), *_setting(ticket, filled))
        case commands.Assign(assignee=assignee):
            return (events.Assigned(ticket.assignee, assignee),) if assignee != ticket.assignee else ()
        case commands.GiveBack():
            return (events.Assigned(ticket.assignee, None),)
        case commands.Decline(why=why):
            return (events.Declined(why), events.Assigned(ticket.assignee, None))
        case commands.SetFields(fields=fields):
            return tuple(_setting(ticket, fields))
        case commands.ReviewClassification(classification=value):
            return tuple(_setting(ticket, {"classification": value}))
        case commands.Rate(score=score):
            return (events.Rated(score),)
        case commands.RecordEvent(event=event):
            return (events.OutsideEventRecorded(event),)
        case commands.Snooze(why=why):
            before = ticket.snooze.until if ticket.snooze else None
            return (events.Snoozed(snoozed_until(command, rules, at), before, why),)
        case commands.CancelSnooze():
            return (events.SnoozeCancelled(ticket.snooze.until),) if ticket.snooze else ()
        case commands.Link(other=other, kind=kind):
            return (events.Linked(other, kind),)
        case _:
            assert_never(command)


def snoozed_until(command: commands.Snooze, rules: Rules, at: datetime) -> datetime:
    """Return the moment that a snooze given at *at* means.

    Raises:
        BadValueError: the desk does not snooze, or has no such choice.
        TicketflowError: the choice falls on no day that is known.
    """
    if command.until is not None:
        return command.until
    snoozing = rules.snoozing
    choice = snoozing.choice(command.choice or "") if snoozing else None
    if snoozing is None or choice is None:
        known = ", ".join(each.name for each in snoozing.choices) if snoozing else "none"
        raise BadValueError(f"choice {command.choice!r}", f"there are: {known}")
    return snoozing.moment(choice, at, rules.calendars[snoozing.calendar])


def _arriving(ticket: Ticket, message: Message, by: Actor, rules: Rules) -> Iterator[events.Event]:
    """Yield the events of a message: it is added, and a customer's brings a sleeping ticket back to sight."""
    yield events.MessageAdded(message.facts)
    sleeps_on = rules.snoozing is not None and rules.snoozing.on_message == "stay_hidden"
    is_heard = by.role == "customer" and message.public and not message.automatic
    if is_heard and ticket.is_hidden and not sleeps_on:
        yield events.Surfaced()


def _setting(ticket: Ticket, fields: Mapping[str, Value]) -> Iterator[events.Event]:
    """Yield the fields that come to have another value than before."""
    for name, value in fields.items():
        before = ticket.facts[f"field.{name}"]
        if not same(before, value):
            yield events.FieldChanged(name, before, value)


def _moving(ticket: Ticket, command: commands.AnyCommand, rules: Rules, asked: Request) -> list[events.Event]:
    """Return the events of a transition taken by hand, or of a sleeping ticket that is only woken."""
    found: list[events.Event] = []
    message, is_heard, said = asked.message, False, None
    if message is not None:
        found += _arriving(ticket, message, command.by, rules)
        is_heard = any(isinstance(event, events.Surfaced) for event in found)
        said = message.id if command.by.role not in _OUTSIDERS else None
    if asked.fields:
        found += _setting(ticket, asked.fields)
    if asked.verb in (None, rules.workflow.reopen) and ticket.is_hidden and not is_heard:
        found.append(events.Surfaced())
    if asked.row:
        found += moved(ticket, asked.row, rules, asked.fields, said)
    return found


def moved(
    ticket: Ticket, row: Transition, rules: Rules, fields: Mapping[str, Value], said: str | None
) -> list[events.Event]:
    """Return the events of taking *row*: which message resolved the ticket, the new state, and the outcome it brings.

    Args:
        ticket: The ticket before it.
        row: The row of the table.
        rules: Of which table.
        fields: What is set in the same step.
        said: The id of the message that the support sent with it.
    """
    target = rules.workflow.target_of(row)
    changed = events.StateChanged(ticket.state, target.name, target.category, row.name)
    found: list[events.Event] = [changed]
    if target.category in DONE and ticket.category not in DONE:
        resolution = said or ticket.facts["resolution"]
        if isinstance(resolution, str):
            found = [events.ResolutionMarked(resolution), changed]
    if target.outcome is not None:
        found += _outcome(ticket.facts.with_fields(fields), target)
    return found


def _outcome(facts: Facts, state: State) -> Iterator[events.Event]:
    """Yield how a ticket ended that arrives in *state* with no outcome yet."""
    if state.outcome is not None and facts[f"field.{OUTCOME}"] is None:
        yield events.FieldChanged(OUTCOME, None, state.outcome)


def hints(ticket: Ticket, command: commands.AnyCommand, rules: Rules, asked: Request | None) -> tuple[Hint, ...]:
    """Return what a screen may say to whoever gave *command*, which was taken.

    Args:
        ticket: The ticket before it.
        command: What was asked.
        rules: The definition of the desk.
        asked: The transition that it asked for.
    """
    if asked is None or (ticket.snooze is None and (asked.row is None or asked.row.hint is None)):
        return ()
    found = list[Hint]()
    if asked.row and asked.row.hint:
        hint = asked.row.hint
        found.append(Hint(hint.name, hint.texts, {**hint.data, "reference": ticket.id}))
    if ticket.snooze and asked.verb in (None, rules.workflow.reopen):
        found += wake_hints(ticket.snooze.until)
    return tuple(hint for hint in found if hint.name not in command.without_hints)


def events_of_actions(
    ticket: Ticket, then: tuple[actions.Action, ...], rules: Rules, cause: events.Entry | None
) -> tuple[events.Event, ...]:
    """Return the events of a rule's *then*, which holds all at once or, if any of it is impossible, not at all.

    The actions read the ticket as it was before them; but a transition's condition reads the fields that are set beside
    it. A closed ticket can still be told about, but not changed.

    Args:
        ticket: The ticket before them.
        then: The actions.
        rules: The definition of the desk.
        cause: The entry that set the rule off; None for one that waited for time.
    """
    step = _Step(ticket, rules, then, cause)
    impossible = next((why for action in then if (why := step.obstacle(action))), None)
    if impossible:
        return (events.Dropped(impossible),)
    return tuple(event for action in then for event in step.effects(action))


def _set_by(then: tuple[actions.Action, ...]) -> Iterator[tuple[str, Value]]:
    """Yield the fields that actions set, with what they set them to."""
    for action in then:
        match action:
            case actions.SetField(field=field, value=value) | actions.HoldField(field=field, value=value):
                yield field, value
            case actions.Resolve(outcome=outcome, method=method):
                yield OUTCOME, outcome
                yield from ((METHOD, method),) if method else ()
            case _:
                pass


class _Step:
    """The actions of one step of a rule, on one ticket."""

    def __init__(
        self, ticket: Ticket, rules: Rules, then: tuple[actions.Action, ...], cause: events.Entry | None
    ) -> None:
        self.ticket = ticket
        self.rules = rules
        self.then = then
        self.fields = dict(_set_by(then))
        self.cause = cause

    def obstacle(self, action: actions.Action) -> str | None:
        """Return what makes *action* impossible, if anything does."""
        ticket, workflow = self.ticket, self.rules.workflow
        if isinstance(action, actions.Move):
            rows = workflow.rows(action.transition, ticket.state)
            if not rows:
                return f"{action}: it does not lead from {ticket.state!r}"
            row = self._row(action)
            if row is None:
                return f"{action}: possible only when {' or '.join(str(each.given) for each in rows)}"
            if not workflow.target_of(row).is_enabled:
                return f"{action}: the state {row.target!r} is not enabled"
        if isinstance(action, actions.Resolve) and ticket.outcome is not None:
            return f"{action}: it ended already, as {ticket.outcome!r}"
        if isinstance(action, actions.Rate) and ticket.rating is not None:
            return f"{action}: it is rated already, {ticket.rating}"
        if isinstance(action, actions.FollowUp) and not self._is_closed_then():
            return f"{action}: the ticket is not closed"
        if ticket.category == "closed" and actions.is_change(action) and any(self.effects(action)):
            return f"{action}: the ticket is closed for good"
        return None

    def _is_closed_then(self) -> bool:
        """Return whether the ticket is closed after the step."""
        rows = [self._row(action) for action in self.then if isinstance(action, actions.Move)]
        targets = [self.rules.workflow.target_of(row).category for row in rows if row]
        return "closed" in (self.ticket.category, *targets)

    def _row(self, action: actions.Move) -> Transition | None:
        facts = self.ticket.facts.with_fields(self.fields)
        return self.rules.workflow.select(action.transition, self.ticket.state, facts)

    def effects(self, action: actions.Action) -> Iterator[events.Event]:
        ticket = self.ticket
        match action:
            case actions.Move():
                row = self._row(action)
                yield from moved(ticket, row, self.rules, self.fields, None) if row else ()
            case actions.Resolve(outcome=outcome, method=method):
                yield events.FieldChanged(OUTCOME, None, outcome)
                yield from self._setting(METHOD, method) if method else ()
            case actions.Rate(score=score):
                yield events.Rated(score)
            case actions.Wake():
                yield from self._waking()
            case actions.CancelSnooze():
                yield from self._cancelling()
            case actions.SetField(field=field, value=value):
                yield from self._setting(field, value)
            case actions.HoldField(field=field, value=value):
                before = ticket.facts[f"field.{field}"]
                if field not in ticket.held or not same(before, value):
                    yield events.FieldHeld(field, ticket.held.get(field, before), value)
            case actions.ReleaseField(field=field):
                if field in ticket.held:
                    yield events.FieldReleased(field, ticket.facts[f"field.{field}"], ticket.held[field])
            case actions.Assign(assignee=assignee):
                yield from self._assigning(assignee)
            case actions.AssignTo(who=who):
                found = self._found(who)
                yield from self._assigning(found) if found else ()
            case actions.AddNote(field=field):
                note = f"{ticket.id}.note.{ticket.version}"  # one entry has one note of a kind: ids derive (1.1)
                yield from () if is_missing(ticket.facts[f"field.{field}"]) else (events.MessageAdded(_note(note)),)
            case actions.SendMessage(template=template, to=to):
                yield events.MessageRequested(template, to)
            case actions.FollowUp():
                yield events.FollowUpRequested()
            case actions.RecordWarning(clock=clock):
                yield _warned(clock, progress(ticket, self.rules.clock(clock)))
            case actions.RecordBreach(clock=clock):
                yield _breached(clock, unrecorded(ticket, self.rules.clock(clock)))
            case _:
                assert_never(action)

    def _setting(self, field: str, value: Value) -> Iterator[events.Event]:
        """Yield that a field comes to have another value, or that a hold on it ends."""
        before = self.ticket.facts[f"field.{field}"]
        if field in self.ticket.held or not same(before, value):
            yield events.FieldChanged(field, before, value)

    def _assigning(self, assignee: str | None) -> Iterator[events.Event]:
        if assignee != self.ticket.assignee:
            yield events.Assigned(self.ticket.assignee, assignee)

    def _cancelling(self) -> Iterator[events.Event]:
        """Yield the end of a snooze that is armed; one that sleeps surfaces first, lest it sleep for ever."""
        ticket = self.ticket
        if ticket.snooze:
            yield from (events.Surfaced(),) if ticket.is_hidden else ()
            yield events.SnoozeCancelled(ticket.snooze.until)

    def _waking(self) -> Iterator[events.Event]:
        """Yield the end of a snooze at its moment: what slept or was resolved comes back to work (5.1)."""
        ticket, way_back = self.ticket, self.rules.workflow.reopen
        yield events.Woke(slept=ticket.is_hidden)
        if ticket.category == "resolved" and way_back:
            row = self.rules.workflow.select(way_back, ticket.state, ticket.facts)
            if row and self.rules.workflow.target_of(row).is_enabled:
                yield from moved(ticket, row, self.rules, {}, None)

    def _found(self, who: str) -> str | None:
        if who == "snoozer":
            return self.ticket.snooze.by if self.ticket.snooze else None
        return self.cause.actor.id if self.cause and not self.cause.is_automatic else None


def _warned(clock: str, found: Progress | None) -> events.Event:
    assert found is not None  # noqa: S101 -- only a cycle arms the library's own rules
    return events.TargetWarned(clock, found.cycle.start.sequence, found.due_at())


def _breached(clock: str, found: Progress | None) -> events.Event:
    missed = found.miss if found else None
    assert found is not None and missed is not None  # noqa: PT018, S101 -- only a miss arms the library's own rule
    return events.TargetBreached(clock, found.cycle.start.sequence, missed.target, missed.due_at)


def _note(name: str) -> Message:
    return Message(name, public=False)
