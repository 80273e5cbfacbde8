"""What becomes of a command: accepted, with what happened, or refused, with every reason and what would help.

A refusal is a value; `accepted` is the door for those who want an exception.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, assert_never

import attrs

from ticketflow import actions, commands
from ticketflow.actions import Action
from ticketflow.commands import NAMES, AnyCommand
from ticketflow.conditions import holds
from ticketflow.episodes import when_taken
from ticketflow.errors import BadValueError, OutOfRangeError, RefusedError
from ticketflow.events import (
    Assigned,
    ByCommand,
    Dropped,
    Entry,
    Event,
    FieldChanged,
    FieldHeld,
    FieldReleased,
    MessageAdded,
    MessageRequested,
    Opened,
    OutsideEventRecorded,
    Rated,
    StateChanged,
)
from ticketflow.rules import Rule, Rules, steps_of, timetable
from ticketflow.ticket import Ticket, evolve
from ticketflow.values import Message, Value
from ticketflow.workflow import Transition

Kind = Literal[
    "no_such_transition",
    "guard",
    "missing_fields",
    "not_allowed",
    "state_not_enabled",
    "closed_for_good",
    "bad_value",
    "stale",
    "not_found",
]
"""Why a command can be refused; there is no other way."""

_OnTicket = (
    commands.AddMessage
    | commands.Assign
    | commands.Move
    | commands.SetFields
    | commands.ReviewClassification
    | commands.Rate
    | commands.RecordEvent
)
_MICROSECOND = timedelta(microseconds=1)
_SCORES = range(1, 6)


@attrs.frozen
class Reason:
    """One reason for a refusal.

    Attributes:
        kind: Which of the closed set it is.
        what: What stands against the command.
        help: What would help.
        expected_at: When it will happen by itself, where it will.
    """

    kind: Kind
    what: str
    help: str
    expected_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.what}; {self.help}"


@attrs.frozen
class Accepted:
    """A command that was taken, or a plan that was applied.

    Attributes:
        ticket: The ticket as it is now.
        entries: What was added to its history, oldest first: what adapters store, and whose requested messages they
            send. Nothing for a delivery that was taken before.
        created: A new ticket that the command made beside this one.
        is_repeated: Whether it had been taken before, and so changed nothing.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    created: Ticket | None = None
    is_repeated: bool = False


@attrs.frozen
class Refused:
    """A command that was not taken.

    Attributes:
        ticket: The ticket, unchanged and not even advanced; None if there was none.
        reasons: All of them.
    """

    ticket: Ticket | None
    reasons: tuple[Reason, ...]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of the reasons."""
        return frozenset(reason.kind for reason in self.reasons)

    def __str__(self) -> str:
        return "refused: " + "; ".join(f"{reason}" for reason in self.reasons)


Decision = Accepted | Refused


def accepted(decision: Decision) -> Accepted:
    """Return *decision* if the command was taken.

    Raises:
        RefusedError: it was refused.

    >>> accepted(Refused(None, (Reason("not_found", "there is no such ticket yet", "open it first"),)))
    Traceback (most recent call last):
        ...
    ticketflow.errors.RefusedError: ticket '?': there is no such ticket yet; open it first
    """
    if isinstance(decision, Refused):
        name = decision.ticket.id if decision.ticket else "?"
        raise RefusedError(name, tuple(str(reason) for reason in decision.reasons))
    return decision


def effective_at(ticket: Ticket, at: datetime) -> datetime:
    """Return the instant at which a command meant for *at* takes effect on *ticket*.

    At or before the seal (the last automatic entry) it is a microsecond later; before the last outside entry it is
    that entry's instant.

    Source: docs/semantics.md 3.8.
    """
    last = ticket.history.last
    if at > last.at:
        return at
    if not last.is_automatic:
        return last.at
    try:
        return last.at + _MICROSECOND
    except OverflowError:
        raise OutOfRangeError(f"a microsecond after {last.at.isoformat()}") from None


def decide(ticket: Ticket | None, command: AnyCommand, rules: Rules) -> Decision:
    """Return what becomes of *command*: the ticket with it, or every reason against it.

    Nothing due before the command fires here, and no rule reacts to it; `ticketflow.engine.handle` does both.

    Args:
        ticket: The ticket it is given to; None for `Open`.
        command: What is asked.
        rules: The definition of the desk.

    Raises:
        BadValueError: *command* is none.

    Source: docs/semantics.md 2.1, 2.4, 3.12.

    >>> from datetime import UTC
    >>> from ticketflow import Actor
    >>> from ticketflow.presets.servicenow import servicenow
    >>> bob = Actor("customer", "bob")
    >>> opened = decide(None, commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=bob), servicenow()).ticket
    >>> move = commands.Move("close", at=datetime(2026, 11, 20, tzinfo=UTC), by=bob)
    >>> [reason.kind for reason in decide(opened, move, servicenow()).reasons]
    ['no_such_transition', 'not_allowed']
    """
    if type(command) not in NAMES:
        raise BadValueError(f"command {command!r}", f"give one of: {', '.join(NAMES.values())}")
    if ticket is not None and _was_taken(ticket, command, rules):
        return Accepted(ticket, (), is_repeated=True)
    reasons = tuple(_objections(ticket, command, rules))
    if reasons:
        return Refused(ticket, reasons)
    if isinstance(command, commands.Open | commands.FollowUp):
        at = effective_at(ticket, command.at) if ticket else command.at
        created = evolve(None, _entry(None, command, _opening(command, ticket, rules), at))
        return Accepted(ticket, (), created) if ticket else Accepted(created, tuple(created.history))
    assert ticket is not None  # noqa: S101 -- without a ticket, every other command was refused
    entry = _entry(ticket, command, _happenings(ticket, command, rules), effective_at(ticket, command.at))
    return Accepted(evolve(ticket, entry), (entry,))


def _was_taken(ticket: Ticket, command: AnyCommand, rules: Rules) -> bool:
    if command.event_id is None or ticket.event_ids is None:
        return False
    return command.event_id in islice(reversed(ticket.event_ids), rules.remembered_events)


def _entry(ticket: Ticket | None, command: AnyCommand, events: tuple[Event, ...], at: datetime) -> Entry:
    return Entry(
        sequence=ticket.version if ticket else 0,
        id=str(ticket.outside if ticket else 0),
        at=at,
        actor=command.by,
        cause=ByCommand(NAMES[type(command)], command.event_id),
        events=events,
        occurred_at=None if at == command.at else command.at,
    )


def _objections(ticket: Ticket | None, command: AnyCommand, rules: Rules) -> Iterator[Reason]:
    """Yield every reason against *command*."""
    if ticket is None:
        if not isinstance(command, commands.Open):
            yield Reason("not_found", "there is no such ticket yet", "open it first")
            return
    elif isinstance(command, commands.Open):
        yield Reason(
            "no_such_transition", f"ticket {ticket.id!r} is open already", "give another command, or another id"
        )
    else:
        yield from _stale(ticket, command)
        yield from _closed(ticket, command)
    yield from _permission(ticket, command, rules)
    yield from _of_its_kind(ticket, command, rules)


def _stale(ticket: Ticket, command: AnyCommand) -> Iterator[Reason]:
    expected = command.expected_version
    if expected is not None and expected != ticket.version:
        between = ticket.history.after(expected) if 0 <= expected < ticket.version else ()
        names = ", ".join(type(event).__name__ for entry in between for event in entry.events) or "nothing known"
        what = f"version {expected} was expected and the ticket has {ticket.version}; in between: {names}"
        yield Reason("stale", what, "read the ticket again and decide anew")


def _closed(ticket: Ticket, command: AnyCommand) -> Iterator[Reason]:
    if ticket.category == "closed" and not isinstance(command, commands.FollowUp):
        yield Reason("closed_for_good", f"ticket {ticket.id!r} is closed and cannot change", "open a follow-up of it")
    if isinstance(command, commands.FollowUp):
        if ticket.category != "closed":
            yield Reason("guard", f"ticket {ticket.id!r} is not closed", "go on in it: write a message")
        if command.new_ticket == ticket.id:
            yield Reason("bad_value", f"the new ticket would be {ticket.id!r} again", "give it an id of its own")


def _permission(ticket: Ticket | None, command: AnyCommand, rules: Rules) -> Iterator[Reason]:
    if isinstance(command, commands.Move):
        return  # its transition says who may
    name = NAMES[type(command)]
    permission = rules.workflow.permission(name)
    if not command.by.is_any_of(permission.may):
        who = ", ".join(sorted(permission.may)) or "nobody"
        yield Reason("not_allowed", f"{command.by.role} {command.by.id!r} may not {name}", f"it is for: {who}")
    if ticket and not holds(permission.given, ticket.facts):
        yield Reason("guard", f"{name} is not possible now", f"it is when {permission.given}")


def _of_its_kind(ticket: Ticket | None, command: AnyCommand, rules: Rules) -> Iterator[Reason]:
    """Yield the reasons that only this kind of command can have."""
    match command:
        case commands.Open(fields=fields) | commands.FollowUp(fields=fields):
            yield from _bad_fields(None, fields, rules)
        case commands.SetFields(fields=fields):
            yield from _bad_fields(ticket, fields, rules)
        case commands.ReviewClassification(classification=value):
            yield from _bad_fields(ticket, {"classification": value}, rules)
        case commands.Move() if ticket:
            yield from _bad_move(ticket, command, rules)
        case commands.Rate(score=score) if ticket:
            yield from _bad_rating(ticket, score, rules)
        case commands.RecordEvent(event=event) if event not in rules.workflow.outside_events:
            names = ", ".join(sorted(rules.workflow.outside_events)) or "none"
            yield Reason("not_found", f"no outside event {event!r}", f"there are: {names}")
        case _:
            pass


def _bad_fields(ticket: Ticket | None, fields: Mapping[str, Value], rules: Rules) -> Iterator[Reason]:
    for name, value in fields.items():
        field = rules.workflow.field(name)
        if field is None:
            names = ", ".join(field.name for field in rules.workflow.fields) or "none"
            yield Reason("not_found", f"no field {name!r}", f"there are: {names}")
        elif not field.takes(value):
            yield Reason("bad_value", f"field {name!r} cannot have {value!r}", field.allowed)
        if ticket and name in ticket.held:
            reading = ticket.facts[f"field.{name}"]
            yield Reason("guard", f"a rule holds {name!r} at {reading!r} now", f"set it after {ticket.state!r} is left")


def _bad_rating(ticket: Ticket, score: int, rules: Rules) -> Iterator[Reason]:
    state = rules.workflow.state(ticket.state)
    if not state or not state.survey_open:
        names = ", ".join(each.name for each in rules.workflow.states if each.survey_open) or "no state"
        yield Reason("guard", f"the survey is shut in {ticket.state!r}", f"it is open in: {names}")
    if type(score) is not int or score not in _SCORES:
        yield Reason("bad_value", f"a score of {score!r}", "give a whole number from 1 to 5")


def _bad_move(ticket: Ticket, command: commands.Move, rules: Rules) -> Iterator[Reason]:
    transition = rules.workflow.transition(command.transition)
    open_to = [each for each in rules.workflow.transitions_from(ticket.state) if command.by.is_any_of(each.may)]
    possible = f"from there, {command.by.role}s can: {', '.join(each.name for each in open_to) or 'nothing'}"
    if transition is None:
        yield Reason("not_found", f"no transition {command.transition!r}", possible)
        return
    if ticket.state not in transition.sources:
        yield Reason("no_such_transition", f"{transition.name!r} does not lead from {ticket.state!r}", possible)
    if transition.is_system_only:
        yield _left_to_the_system(ticket, transition, rules)
    elif not command.by.is_any_of(transition.may):
        who = ", ".join(sorted(transition.may))
        yield Reason(
            "not_allowed", f"{command.by.role} {command.by.id!r} may not {transition.name}", f"it is for: {who}"
        )
    if not holds(transition.given, ticket.facts):
        yield Reason("guard", f"{transition.name!r} is not possible now", f"it is when {transition.given}")
    missing = [need for need in transition.needs if not _is_given(need, ticket, command)]
    if missing:
        what = f"{transition.name!r} lacks: {', '.join(missing)}"
        yield Reason("missing_fields", what, "give them with the command")
    yield from _bad_fields(ticket, command.fields, rules)


def _is_given(need: str, ticket: Ticket, command: commands.Move) -> bool:
    if need == "message":
        return command.message is not None and command.message.public
    return command.fields.get(need, ticket.facts[f"field.{need}"]) is not None


def _left_to_the_system(ticket: Ticket, transition: Transition, rules: Rules) -> Reason:
    """Return the refusal of a transition that no one takes by hand, saying when it comes by itself."""
    what = f"nobody may {transition.name} by hand"
    expected = when_taken(transition.name, ticket, rules)
    if expected:
        return Reason("not_allowed", what, f"it happens by itself at {expected.isoformat()}", expected)
    takers = [
        rule for rule in rules.automations if any(actions.Move(transition.name) in then for then in steps_of(rule))
    ]
    would = "; ".join(_would_take(rule, ticket) for rule in takers) or "no rule ever does"
    return Reason("not_allowed", what, f"nothing does it by itself from {ticket.state!r} as things stand; {would}")


def _would_take(rule: Rule, ticket: Ticket) -> str:
    """Return what it takes for a rule to do what it does not do as things stand."""
    times = timetable(rule)
    if times is None:
        return f"rule {rule.id!r} does when {rule.given} and its event happens"
    if holds(rule.given, ticket.facts):
        return f"rule {rule.id!r} was ended by {rule.ended_by} and counts anew from {times.since}"
    return f"rule {rule.id!r} does when {rule.given}, counting from {times.since}"


def _opening(command: commands.Open | commands.FollowUp, parent: Ticket | None, rules: Rules) -> tuple[Event, ...]:
    """Return how a ticket begins, going on from *parent* if there is one."""
    state = rules.workflow.initial
    opened = Opened(
        ticket=command.ticket if isinstance(command, commands.Open) else command.new_ticket,
        state=state.name,
        category=state.category,
        fields=command.fields,
        follows=parent.id if parent else None,
        earlier=parent.history if parent else None,
    )
    assignee = command.assignee if isinstance(command, commands.Open) else None
    return (opened, *_message(command.message), *((Assigned(None, assignee),) if assignee else ()))


def _happenings(ticket: Ticket, command: _OnTicket, rules: Rules) -> tuple[Event, ...]:
    """Return the events of a command that nothing stands against."""
    match command:
        case commands.AddMessage(message=message):
            return (MessageAdded(message),)
        case commands.Assign(assignee=assignee):
            return (Assigned(ticket.assignee, assignee),)
        case commands.Move(transition=name, message=message, fields=fields):
            return (*_message(message), *_set_fields(ticket, fields), _moved(ticket, _known(name, rules), rules))
        case commands.SetFields(fields=fields):
            return tuple(_set_fields(ticket, fields))
        case commands.ReviewClassification(classification=value):
            return tuple(_set_fields(ticket, {"classification": value}))
        case commands.Rate(score=score):
            return (Rated(score),)
        case commands.RecordEvent(event=event):
            return (OutsideEventRecorded(event),)
        case _:
            assert_never(command)


def _message(message: Message | None) -> tuple[Event, ...]:
    return () if message is None else (MessageAdded(message),)


def _set_fields(ticket: Ticket, fields: Mapping[str, Value]) -> Iterator[Event]:
    for name, value in fields.items():
        yield FieldChanged(name, ticket.facts[f"field.{name}"], value)


def _known(transition: str, rules: Rules) -> Transition:
    """Return a transition that was checked to be there."""
    return next(each for each in rules.workflow.transitions if each.name == transition)


def _moved(ticket: Ticket, transition: Transition, rules: Rules) -> Event:
    target = rules.workflow.target_of(transition)
    return StateChanged(ticket.state, target.name, target.category, transition.name)


def carried_out(ticket: Ticket, then: tuple[Action, ...], rules: Rules) -> tuple[Event, ...]:
    """Return the events of a rule's *then*, which holds all at once or, if any of it is impossible, not at all.

    The actions read the ticket as it was before them. A closed ticket can still be told about, but not changed.
    """
    impossible = next((why for action in then if (why := _obstacle(ticket, action, rules))), None)
    if impossible:
        return (Dropped(impossible),)
    return tuple(event for action in then for event in _effects(ticket, action, rules))


def _obstacle(ticket: Ticket, action: Action, rules: Rules) -> str | None:
    """Return what makes *action* impossible, if anything does."""
    if ticket.category == "closed" and actions.is_change(action) and any(_effects(ticket, action, rules)):
        return f"{action}: the ticket is closed for good"
    if isinstance(action, actions.Move):
        transition = _known(action.transition, rules)
        if ticket.state not in transition.sources:
            return f"{action}: it does not lead from {ticket.state!r}"
        if not holds(transition.given, ticket.facts):
            return f"{action}: possible only when {transition.given}"
    return None


def _effects(ticket: Ticket, action: Action, rules: Rules) -> Iterator[Event]:
    match action:
        case actions.Move(transition=name):
            yield _moved(ticket, _known(name, rules), rules)
        case actions.SetField(field=field, value=value):
            yield FieldChanged(field, ticket.facts[f"field.{field}"], value)
        case actions.HoldField(field=field, value=value):
            kept = ticket.held.get(field, ticket.facts[f"field.{field}"])
            yield FieldHeld(field, kept, value)
        case actions.ReleaseField(field=field) if field in ticket.held:
            yield FieldReleased(field, ticket.facts[f"field.{field}"], ticket.held[field])
        case actions.ReleaseField():
            pass
        case actions.SendMessage(template=template, to=to):
            yield MessageRequested(template, to)
        case _:
            assert_never(action)
