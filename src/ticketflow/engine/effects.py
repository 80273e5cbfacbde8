"""Turn accepted commands and rule actions into events, and commands into hints for a screen.

Source: docs/semantics.md 2.1, 3.1, 5.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, assert_never

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import person_in
from ticketflow.rules import actions
from ticketflow.rules.ruleset import Rules
from ticketflow.sla.progress import Progress
from ticketflow.sla.tracking import progress, unrecorded
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import OUTSIDERS, SUPPORT, Actor
from ticketflow.tickets.facts import DONE, METHOD, OUTCOME, STATE, Facts
from ticketflow.tickets.messages import Hint, Mail, Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import holds
from ticketflow.workflow.definition import State, Transition
from ticketflow.workflow.snooze import wake_hints
from ticketflow.workflow.ticket_calendar import calendar_in_force


def is_missing(value: Value) -> bool:
    """Return whether the value of a field is None or a blank text."""
    return value is None or (isinstance(value, str) and not value.strip())


def fields_with(
    fields: Mapping[str, Value],
    message: Message | None,
    by: Actor,
    facts: Facts,
    rules: Rules,
    held: Collection[str] = (),
) -> Mapping[str, Value]:
    """Return the fields that a command sets, including those that its mail fills.

    Args:
        fields: The fields that the command itself sets.
        message: The message that comes with the command; a mail by the support fills missing fields.
        by: Who gives the command.
        facts: The facts of the ticket before the command.
        rules: The rule set; it says which part of a mail fills which field, and where.
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


def is_past(name: str, value: Value, rules: Rules, at: datetime) -> bool:
    """Return True if a field for moments in the future has one that is not after *at*."""
    field = rules.workflow.field(name)
    return field is not None and field.kind == "future" and isinstance(value, datetime) and value <= at


def copied_fields(parent: Ticket | None, rules: Rules, at: datetime) -> Mapping[str, Value]:
    """Return the fields that a follow-up of *parent* copies when it is opened at *at*, with their values.

    The transition that closed the ticket names them. A value that the field cannot have is left out: rules may have
    changed, and a moment may have passed.
    """
    if parent is None:
        return {}
    last_move = parent.history[parent.trails[STATE].mark.sequence]
    moves = (event for event in last_move.events if isinstance(event, events.StateChanged))
    rows = (rules.workflow.row_between(each.transition, each.before, each.after) for each in moves)
    names = (name for row in rows if row for name in row.follow_up_fields)
    values = {name: parent.facts[f"field.{name}"] for name in names}
    known = rules.workflow.fields_by_name
    return {
        name: value
        for name, value in values.items()
        if value is not None and known[name].takes(value) and not is_past(name, value, rules, at)
    }


def opening_events(
    command: commands.Open | commands.FollowUp, parent: Ticket | None, rules: Rules, at: datetime
) -> tuple[events.Event, ...]:
    """Return the events with which a ticket begins at *at*, as a follow-up of *parent* if there is one."""
    requester = command.requester
    if isinstance(command, commands.Open):
        name, state, assignee = command.ticket, command.state, command.assignee
    else:
        name, state, assignee = command.ticket_id(parent.id if parent else ""), None, None
        if requester is None and command.by.role != "customer" and parent:
            requester = parent.requester
    way_in = rules.workflow.way_in(command.by, state) or rules.workflow.ways_in[0]
    begins_in = rules.workflow.states_by_name[way_in.target]
    facts = Facts(FrozenMap(), {"state": begins_in.name, "category": begins_in.category})
    given = {**copied_fields(parent, rules, at), **command.fields}
    opened = events.Opened(
        ticket=name,
        state=begins_in.name,
        category=begins_in.category,
        fields=FrozenMap(fields_with(given, command.message, command.by, facts, rules)),
        follows=parent.id if parent else None,
        earlier=parent.history if parent else None,
        requester=None if command.by.role == "customer" and requester == command.by.id else requester,
    )
    return (
        opened,
        *((events.MessageAdded(command.message.facts),) if command.message else ()),
        *_outcome(facts.with_fields(opened.fields), begins_in),
        *((events.Assigned(None, assignee),) if assignee else ()),
    )


class RequestedMove(NamedTuple):
    """A transition that a command asks for.

    Attributes:
        verb: The name of the transition; None where a hidden ticket is only shown again.
        message: The message that comes with it.
        fields: The fields that are set with it.
        row: The row of the table that is taken from the ticket's state; None if there is none.
    """

    verb: str | None
    message: Message | None
    fields: Mapping[str, Value]
    row: Transition | None


class Request(NamedTuple):
    """A command with everything that is needed to accept or refuse it, except the ticket.

    Attributes:
        command: The command.
        rules: The rule set.
        at: The instant at which it takes effect.
        move: The transition that it asks for; None if it asks for none.
    """

    command: commands.Command
    rules: Rules
    at: datetime
    move: RequestedMove | None


_NO_FIELDS: Mapping[str, Value] = {}


def requested_move(ticket: Ticket, command: commands.Command, rules: Rules) -> RequestedMove | None:
    """Return the transition that *command* asks for; None if it asks for none."""
    workflow = rules.workflow
    if isinstance(command, commands.Move):
        verb, given = command.transition, command.fields
    elif isinstance(command, commands.Reopen):
        given = FrozenMap()
        if workflow.reopen is None or (ticket.is_hidden and not workflow.rows(workflow.reopen, ticket.state)):
            return RequestedMove(None, command.message, _NO_FIELDS, None)
        verb = workflow.reopen
    else:
        return None
    facts, message = ticket.facts, command.message
    fields: Mapping[str, Value] = given
    if message is not None:
        fields = fields_with(given, message, command.by, facts, rules, ticket.held)
    if fields:
        facts = facts.with_fields(fields)
    return RequestedMove(verb, message, fields, workflow.select(verb, ticket.state, facts))


def command_events(ticket: Ticket, request: Request) -> tuple[events.Event, ...]:
    """Return the events of a command that is accepted.

    Args:
        ticket: The ticket before the command.
        request: The command; neither `Open` nor `FollowUp`, which begin another ticket (`opening_events`).
    """
    command, rules, at, move = request
    match command:
        case commands.Move() | commands.Reopen():
            return tuple(_move_events(ticket, command, rules, move)) if move else ()
        case commands.AddMessage(message=message):
            filled = fields_with({}, message, command.by, ticket.facts, rules, ticket.held)
            return (*_message_events(ticket, message, command.by, rules), *_field_events(ticket, filled))
        case commands.Assign(assignee=assignee):
            return (events.Assigned(ticket.assignee, assignee),) if assignee != ticket.assignee else ()
        case commands.GiveBack():
            return (events.Assigned(ticket.assignee, None),)
        case commands.Decline(why=why):
            return (events.Declined(why), events.Assigned(ticket.assignee, None))
        case commands.SetFields(fields=fields):
            return tuple(_field_events(ticket, fields))
        case commands.SetRequester(requester=requester):
            changed = events.RequesterChanged(ticket.requester, requester)
            return (changed,) if requester != ticket.requester else ()
        case commands.ReviewClassification(classification=value):
            return tuple(_field_events(ticket, {"classification": value}))
        case commands.Rate(score=score, comment=comment):
            return (events.Rated(score, comment),)
        case commands.RecordEvent(event=event):
            return (events.OutsideEventRecorded(event),)
        case commands.Snooze(why=why):
            before = ticket.snooze.until if ticket.snooze else None
            return (events.Snoozed(snooze_end(command, ticket, rules, at), before, why),)
        case commands.CancelSnooze():
            return (events.SnoozeCancelled(ticket.snooze.until),) if ticket.snooze else ()
        case commands.Link(other=other, kind=kind):
            linked = events.Linked(other, kind)
            return () if linked in ticket.links else (linked,)
        case _:
            return opening_events(command, ticket, rules, at)


def snooze_end(command: commands.Snooze, ticket: Ticket, rules: Rules, at: datetime) -> datetime:
    """Return the instant until which a snooze of *ticket* that is given at *at* lasts.

    Raises:
        BadValueError: The desk does not snooze tickets, or has no such choice.
        TicketflowError: The choice falls on a day that the calendar does not know.
    """
    if command.until is not None:
        return command.until
    snoozing = rules.snoozing
    choice = snoozing.choice(command.choice or "") if snoozing else None
    if snoozing is None or choice is None:
        known = ", ".join(each.name for each in snoozing.choices) if snoozing else "none"
        raise BadValueError(f"choice {command.choice!r} does not exist", f"there are: {known}")
    return snoozing.moment(choice, at, rules.calendars[calendar_in_force(snoozing.calendar, ticket.facts)])


def _message_events(ticket: Ticket, message: Message, by: Actor, rules: Rules) -> Iterator[events.Event]:
    """Yield the events of a message: it is added, and a customer's message shows a hidden ticket again."""
    yield events.MessageAdded(message.facts)
    stays_hidden = rules.snoozing is not None and rules.snoozing.on_message == "stay_hidden"
    is_heard = by.role == "customer" and message.public and not message.automatic
    if is_heard and ticket.is_hidden and not stays_hidden:
        yield events.Surfaced()


def _field_events(ticket: Ticket, fields: Mapping[str, Value]) -> Iterator[events.Event]:
    """Yield an event for each field whose value changes."""
    for name, value in fields.items():
        before = ticket.facts[f"field.{name}"]
        if not is_same(before, value):
            yield events.FieldChanged(name, before, value)


def _move_events(ticket: Ticket, command: commands.Command, rules: Rules, move: RequestedMove) -> list[events.Event]:
    """Return the events of a transition taken by hand, or of a hidden ticket that is only shown again."""
    found: list[events.Event] = []
    message, is_heard, said = move.message, False, None
    if message is not None:
        found += _message_events(ticket, message, command.by, rules)
        is_heard = any(isinstance(event, events.Surfaced) for event in found)
        said = message.id if command.by.role not in OUTSIDERS else None
    if move.fields:
        found += _field_events(ticket, move.fields)
    if move.verb in (None, rules.workflow.reopen) and ticket.is_hidden and not is_heard:
        found.append(events.Surfaced())
    if move.row:
        found += transition_events(ticket, move.row, rules, move.fields, said)
    return found


def transition_events(
    ticket: Ticket, row: Transition, rules: Rules, fields: Mapping[str, Value], said: str | None
) -> list[events.Event]:
    """Return the events of taking a row: which message resolved the ticket, the new state, and its outcome.

    Args:
        ticket: The ticket before the transition.
        row: The row of the table.
        rules: The rule set.
        fields: The fields that are set in the same step.
        said: The id of the message that the support sent with the transition.
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
    """Yield the outcome that *state* gives to a ticket without one."""
    if state.outcome is not None and facts[f"field.{OUTCOME}"] is None:
        yield events.FieldChanged(OUTCOME, None, state.outcome)


def hints(ticket: Ticket, request: Request) -> tuple[Hint, ...]:
    """Return the hints for the screen of the actor whose command was accepted.

    Args:
        ticket: The ticket before the command.
        request: The command.
    """
    command, rules, _, move = request
    if move is None or (ticket.snooze is None and (move.row is None or move.row.hint is None)):
        return ()
    found = list[Hint]()
    if move.row and move.row.hint:
        hint = move.row.hint
        found.append(Hint(hint.name, hint.texts, {**hint.data, "reference": ticket.id}))
    if ticket.snooze and move.verb in (None, rules.workflow.reopen):
        found += wake_hints(ticket.snooze.until)
    return tuple(hint for hint in found if hint.name not in command.without_hints)


def events_of_actions(
    ticket: Ticket, then: tuple[actions.Action, ...], rules: Rules, cause: events.Entry | None
) -> tuple[events.Event, ...]:
    """Return the events of one step of a rule.

    The actions of a step take effect all at once or, if one of them is impossible, not at all. They read the ticket
    before the step; only the condition of a transition reads the fields that are set beside it, and an emitted event
    has the values after the step. Messages and events about a closed ticket can be sent, but it does not change.

    Args:
        ticket: The ticket before the step.
        then: The actions.
        rules: The rule set.
        cause: The entry that triggered the rule; None for a timer.
    """
    step = _Step(ticket, rules, then, cause)
    impossible = next((why for action in then if (why := step.obstacle(action))), None)
    if impossible:
        return (events.Dropped(impossible),)
    return tuple(event for action in then for event in step.effects(action))


def _looked_up(table: actions.LookUp, facts: Facts) -> tuple[Value, ...]:
    return table.found({name: facts[f"field.{name}"] for name in table.inputs})


def _set_by(then: tuple[actions.Action, ...], facts: Facts) -> Iterator[tuple[str, Value]]:
    """Yield the fields that actions set, with the new values."""
    for action in then:
        match action:
            case actions.LookUp(field=field):
                yield from ((field, value) for value in _looked_up(action, facts))
            case actions.SetField(field=field, value=value) | actions.HoldField(field=field, value=value):
                yield field, value
            case actions.Resolve(outcome=outcome, method=method):
                yield OUTCOME, outcome
                yield from ((METHOD, method),) if method else ()
            case _:
                pass


class _Step:
    """The actions of one step of a rule on one ticket."""

    def __init__(
        self, ticket: Ticket, rules: Rules, then: tuple[actions.Action, ...], cause: events.Entry | None
    ) -> None:
        self.ticket = ticket
        self.rules = rules
        self.then = then
        self.fields = dict(_set_by(then, ticket.facts))
        self.cause = cause

    def obstacle(self, action: actions.Action) -> str | None:
        """Return the reason why *action* is impossible; None if it is possible."""
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
        """Return True if the ticket is closed after the step."""
        rows = [self._row(action) for action in self.then if isinstance(action, actions.Move)]
        targets = [self.rules.workflow.target_of(row).category for row in rows if row]
        return "closed" in (self.ticket.category, *targets)

    def _row(self, action: actions.Move) -> Transition | None:
        facts = self.ticket.facts.with_fields(self.fields)
        return self.rules.workflow.select(action.transition, self.ticket.state, facts)

    def effects(self, action: actions.Action) -> Iterator[events.Event]:
        """Yield the events of an action that is possible."""
        ticket = self.ticket
        match action:
            case actions.Move():
                row = self._row(action)
                yield from transition_events(ticket, row, self.rules, self.fields, None) if row else ()
            case actions.SendMessage(template=template, to=to):
                yield events.MessageRequested(template, to, self._recipient(to))
            case actions.SetField(field=field, value=value):
                yield from self._setting(field, value)
            case actions.Resolve(outcome=outcome, method=method):
                yield events.FieldChanged(OUTCOME, None, outcome)
                yield from self._setting(METHOD, method) if method else ()
            case actions.Rate(score=score):
                yield events.Rated(score)
            case actions.Wake():
                yield from self._waking()
            case actions.CancelSnooze():
                yield from self._cancelling()
            case actions.LookUp():
                for value in _looked_up(action, ticket.facts):
                    yield from self._setting(action.field, value)
            case actions.HoldField(field=field, value=value):
                before = ticket.facts[f"field.{field}"]
                if field not in ticket.held or not is_same(before, value):
                    yield events.FieldHeld(field, ticket.held.get(field, before), value)
            case actions.ReleaseField(field=field):
                if field in ticket.held:
                    yield events.FieldReleased(field, ticket.facts[f"field.{field}"], ticket.held[field])
            case actions.Assign(assignee=assignee):
                yield from self._assigning(assignee)
            case actions.AssignTo(who=who):
                found = self._assignee(who)
                yield from self._assigning(found) if found else ()
            case actions.AddNote(field=field):
                if not is_missing(ticket.facts[f"field.{field}"]):
                    yield events.MessageAdded(Message(events.note_id(ticket.id, ticket.version), public=False))
            case actions.Emit(name=name, fields=fields):
                after = self._field_values_after()
                values = {field: after.get(field, ticket.facts[f"field.{field}"]) for field in fields}
                yield events.Emitted(name, FrozenMap(values))
            case actions.FollowUp():
                yield events.FollowUpRequested()
            case actions.RecordWarning(clock=clock):
                yield _warning(clock, progress(ticket, self.rules.clock(clock)))
            case actions.RecordBreach(clock=clock):
                yield _breach(clock, unrecorded(ticket, self.rules.clock(clock)))
            case _:
                assert_never(action)

    def _field_values_after(self) -> Mapping[str, Value]:
        """Return the fields that the step changes, with their values after it."""
        changes = (event for each in self.then if not isinstance(each, actions.Emit) for event in self.effects(each))
        kinds = events.FieldChanged | events.FieldHeld | events.FieldReleased
        return {event.field: event.after for event in changes if isinstance(event, kinds)}

    def _setting(self, field: str, value: Value) -> Iterator[events.Event]:
        """Yield the change of a field's value, or the end of a hold on it."""
        before = self.ticket.facts[f"field.{field}"]
        if field in self.ticket.held or not is_same(before, value):
            yield events.FieldChanged(field, before, value)

    def _assigning(self, assignee: str | None) -> Iterator[events.Event]:
        if assignee != self.ticket.assignee:
            yield events.Assigned(self.ticket.assignee, assignee)

    def _cancelling(self) -> Iterator[events.Event]:
        """Yield the end of a pending snooze. A hidden ticket is shown first: nothing else would show it again."""
        ticket = self.ticket
        if ticket.snooze:
            yield from (events.Surfaced(),) if ticket.is_hidden else ()
            yield events.SnoozeCancelled(ticket.snooze.until)

    def _waking(self) -> Iterator[events.Event]:
        """Yield the end of a snooze at its moment; a hidden or resolved ticket comes back to work (5.1)."""
        ticket, way_back = self.ticket, self.rules.workflow.reopen
        yield events.Woke(slept=ticket.is_hidden)
        if ticket.category == "resolved" and way_back:
            row = self.rules.workflow.select(way_back, ticket.state, ticket.facts)
            if row and self.rules.workflow.target_of(row).is_enabled:
                yield from transition_events(ticket, row, self.rules, {}, None)

    def _recipient(self, to: str) -> str | None:
        """Return the id of the person whom a recipient means now; None for groups and roles, or nobody."""
        ticket = self.ticket
        if to == "owner":
            return ticket.assignee or ticket.snoozer
        return ticket.requester if to in events.PERSONAL else person_in(to)

    def _assignee(self, who: str) -> str | None:
        if who == "snoozer":
            return self.ticket.snooze.by if self.ticket.snooze else None
        return self.cause.actor.id if self.cause and not self.cause.is_automatic else None


def _warning(clock: str, found: Progress | None) -> events.Event:
    assert found is not None  # noqa: S101 -- only a cycle arms the implied rules
    return events.TargetWarned(clock, found.cycle.start.sequence, found.due_at())


def _breach(clock: str, found: Progress | None) -> events.Event:
    missed = found.miss if found else None
    assert found is not None and missed is not None  # noqa: PT018, S101 -- only a miss arms the implied rule
    return events.TargetBreached(clock, found.cycle.start.sequence, missed.target, missed.due_at)
