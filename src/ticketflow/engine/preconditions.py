"""What stands against a command: every reason, not only the first.

Some reasons follow from the ticket and from who asks (`standing`): `available` shows them before anything is asked. The
others follow from what the command says.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from ticketflow.engine.effects import Request, is_missing, snoozed_until
from ticketflow.engine.refusals import Reason
from ticketflow.engine.timers import when_taken
from ticketflow.errors import BadValueError, TicketflowError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import awaited, schedule_of
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.facts import SCORES
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import could_hold, holds, reads
from ticketflow.workflow.definition import Transition

_SAYABLE = re.compile(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,3}", re.ASCII)


def refusals(
    ticket: Ticket | None, command: commands.AnyCommand, rules: Rules, at: datetime, asked: Request | None
) -> list[Reason]:
    """Return every reason against *command*; none if it is to be taken.

    Args:
        ticket: The ticket it is given to; None for `Open`.
        command: What is asked.
        rules: The definition of the desk.
        at: When it would take effect.
        asked: The transition that it asks for.
    """
    if ticket is None and not isinstance(command, commands.Open):
        return [Reason("not_found", "there is no such ticket yet", "open it first")]
    reasons: list[Reason] = []
    expected = command.expected_version
    if expected is not None and expected != (ticket.version if ticket else 0):
        reasons.append(_stale(ticket, expected))
    if asked is not None and asked.verb is not None and ticket is not None:
        reasons += always_refused_move(ticket, command.by, asked, rules)
        if asked.fields or asked.message:
            reasons += _of_fields(ticket, asked.fields, rules, at)
            reasons += _not_theirs(ticket, command, asked, rules)
        if isinstance(command, commands.Reopen) and "reopen" in rules.workflow.permissions:
            reasons += _permitted(ticket, "reopen", command.by, rules)
        if asked.row and asked.row.needs:
            kept = {name: ticket.facts[f"field.{name}"] for name in asked.row.needs if name not in asked.fields}
            reasons += (_passed(name, value) for name, value in kept.items() if _is_past(name, value, rules, at))
    else:
        reasons += always_refused(ticket, commands.NAMES[type(command)], command.by, rules)
        reasons += _of_its_kind(ticket, command, rules, at)
    return reasons


def _stale(ticket: Ticket | None, expected: int) -> Reason:
    version = ticket.version if ticket else 0
    between = ticket.history.after(expected) if ticket and 0 <= expected < version else ()
    happened = ", ".join(type(event).__name__ for entry in between for event in entry.events) or "nothing known"
    what = f"version {expected} was expected and the ticket has {version}; in between: {happened}"
    fix = "read the ticket again and decide anew"
    if any(entry.is_automatic for entry in between):
        fix = f"apply what is due first (evaluate and apply), then {fix}"
    return Reason("stale", what, fix, between=between)


def always_refused(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield what stands against a command whatever it says, transitions aside.

    Args:
        ticket: The ticket it would be given to; None if there is none yet.
        name: What the command is called.
        actor: Who would give it.
        rules: The definition of the desk.
    """
    if ticket is not None:
        yield from _of_life(ticket, name)
    yield from _permitted(ticket, name, actor, rules)
    if ticket is not None and ticket.category != "closed":
        yield from _of_now(ticket, name, actor, rules)
    if name in ("open", "follow_up"):
        yield from _of_beginning(actor, None, rules)


def _permitted(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield what the permission of a command has against it."""
    permission = rules.workflow.permission(name)
    if not actor.is_any_of(permission.may):
        yield _not_for(actor, name, permission.may)
    if ticket is not None and not holds(permission.given, ticket.facts):
        yield Reason("guard", f"{name} is not possible now", f"it is when {permission.given}")


def _not_for(actor: Actor, what: str, may: frozenset[str]) -> Reason:
    who = ", ".join(sorted(may)) or "nobody"
    return Reason("not_allowed", f"{actor.role} {actor.id!r} may not {what}", f"it is for: {who}")


def _of_life(ticket: Ticket, name: str) -> Iterator[Reason]:
    """Yield what the beginning or the end of a ticket's life has against a command."""
    is_closed = ticket.category == "closed"
    if name == "open":
        what = f"ticket {ticket.id!r} is open already"
        yield Reason("no_such_transition", what, "give another command, or another id")
    elif name == "follow_up":
        if not is_closed:
            yield Reason("guard", f"ticket {ticket.id!r} is not closed", "go on in it: write a message")
    elif is_closed:
        yield _closed(ticket)


def _closed(ticket: Ticket) -> Reason:
    return Reason("closed_for_good", f"ticket {ticket.id!r} is closed and cannot change", "open a follow-up of it")


def _of_now(ticket: Ticket, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield what the ticket as it stands has against a command."""
    match name:
        case "rate":
            state = rules.workflow.state(ticket.state)
            if not state or not state.survey_open:
                open_in = ", ".join(each.name for each in rules.workflow.states if each.survey_open) or "no state"
                yield Reason("guard", f"the survey is shut in {ticket.state!r}", f"it is open in: {open_in}")
        case "set_fields" if not rules.workflow.fields:
            yield Reason("not_found", "this desk keeps no fields", "give its workflow some")
        case "review_classification" if rules.workflow.field("classification") is None:
            yield Reason("not_found", "this desk keeps no classification", "give its workflow a field of that name")
        case "record_event" if not rules.workflow.outside_events:
            yield Reason("not_found", "this desk knows no outside events", "give its workflow some")
        case "give_back" if ticket.assignee is None:
            yield Reason("guard", "nobody works on the ticket", "it can be taken as it is")
        case "decline" if ticket.assignee != actor.id:
            yield Reason("guard", f"{actor.id!r} does not work on the ticket", "take it first")
        case "snooze" if rules.snoozing is None:
            yield Reason("not_found", "this desk snoozes no tickets", "give its rules a Snoozing")
        case "cancel_snooze" if ticket.snooze is None:
            yield Reason("guard", "no snooze is armed", "there is nothing to cancel")
        case "cancel_snooze" if ticket.is_hidden:
            yield Reason("guard", "the ticket still sleeps", "reopen it first, then cancel its snooze")
        case "reopen" if not ticket.is_hidden:
            yield Reason("no_such_transition", f"there is no way back from {ticket.state!r}", "it is at work as it is")
        case _:
            pass


def _of_its_kind(ticket: Ticket | None, command: commands.AnyCommand, rules: Rules, at: datetime) -> Iterator[Reason]:
    """Yield what only this command says against itself."""
    match command:
        case commands.Open():
            yield from _of_opening(command, command.ticket, command.state, rules, at)
            if command.assignee is not None and not command.by.is_any_of(rules.workflow.permission("assign").may):
                yield _not_for(command.by, "assign", rules.workflow.permission("assign").may)
        case commands.FollowUp():
            if ticket and command.new_ticket == ticket.id:
                yield Reason("bad_value", f"the new ticket would be {ticket.id!r} again", "give it an id of its own")
            yield from _of_opening(command, command.new_ticket, None, rules, at)
        case commands.AddMessage(message=message):
            yield from _of_message(message, command.by)
        case commands.SetFields(fields=fields):
            yield from _of_fields(ticket, fields, rules, at)
        case commands.ReviewClassification(classification=value):
            yield from _of_fields(ticket, {"classification": value}, rules, at)
        case commands.Rate(score=score):
            if type(score) is not int or score not in SCORES:
                yield Reason("bad_value", f"a score of {score!r}", "give a whole number from 1 to 5")
        case commands.RecordEvent(event=event) if event not in rules.workflow.outside_events:
            yield _unknown("outside event", event, rules.workflow.outside_events)
        case commands.Snooze():
            yield from _of_snooze(command, rules, at)
        case commands.Link(other=other) if ticket and other == ticket.id:
            yield Reason("bad_value", f"ticket {other!r} would be linked to itself", "give the id of another one")
        case _:
            pass


def _unknown(kind: str, name: str, known: Mapping[str, object] | frozenset[str] | tuple[str, ...]) -> Reason:
    problem = unknown_name("", kind, name, known)
    return Reason("not_found", problem.what, problem.fix)


def _of_message(message: Message | None, by: Actor) -> Iterator[Reason]:
    if message is not None and not message.public and by.role in ("customer", "third_party"):
        yield Reason("not_allowed", f"{by.role} {by.id!r} may write no internal note", "make the message public")


def _of_beginning(actor: Actor, state: str | None, rules: Rules) -> Iterator[Reason]:
    """Yield what stands against *actor* beginning a ticket in *state*, or where they usually do."""
    workflow = rules.workflow
    way_in = workflow.way_in(actor, state)
    if state is not None and state not in workflow.states_by_name:
        yield _unknown("state", state, workflow.states_by_name)
    elif way_in is None:
        known = dict.fromkeys(each.target for each in workflow.ways_in if actor.is_any_of(each.may))
        where = f"{state!r}" if state else "any state"
        what = f"{actor.role} {actor.id!r} cannot begin a ticket in {where}"
        yield Reason("not_allowed", what, f"they can in: {', '.join(known) or 'none'}")


def _of_opening(
    command: commands.Open | commands.FollowUp, name: str, state: str | None, rules: Rules, at: datetime
) -> Iterator[Reason]:
    """Yield what stands against beginning a ticket there, like that."""
    yield from _of_id(name, rules)
    if state is not None:
        yield from _of_beginning(command.by, state, rules)
    yield from _of_fields(None, command.fields, rules, at)
    yield from _of_message(command.message, command.by)
    way_in = rules.workflow.way_in(command.by, state)
    if way_in is None:
        return
    given = {**command.fields, "message": command.message.id if command.message else None}
    lacks = tuple(need for need in way_in.needs if is_missing(given.get(need)))
    if lacks:
        what = f"beginning in {way_in.target!r} lacks: {', '.join(lacks)}"
        yield Reason("missing_fields", what, "give them with the command", lacks=lacks)
    yield from _too_much(command.by, command.fields, (*way_in.needs, *way_in.takes), rules)


def _too_much(actor: Actor, fields: Iterable[str], asked_for: Collection[str], rules: Rules) -> Iterator[Reason]:
    """Yield a refusal of fields that nobody asked for, from somebody who may set none."""
    extra = [name for name in fields if name not in asked_for]
    permission = rules.workflow.permission("set_fields")
    if extra and not actor.is_any_of(permission.may):
        yield _not_for(actor, f"set {', '.join(extra)}", permission.may)


def _of_id(name: str, rules: Rules) -> Iterator[Reason]:
    if rules.workflow.has_sayable_ids and not _SAYABLE.fullmatch(name):
        fix = "use up to four groups of up to eight capitals and digits, joined by hyphens"
        yield Reason("bad_value", f"people cannot say the reference {name!r}", fix)


def _not_enabled(name: str, rules: Rules) -> Reason:
    how = rules.workflow.states_by_name[name].to_enable.get("en") or "enable it in the rules"
    return Reason("state_not_enabled", f"the state {name!r} is not enabled", how)


def _of_snooze(command: commands.Snooze, rules: Rules, at: datetime) -> Iterator[Reason]:
    if rules.snoozing is None:
        return
    try:
        until = snoozed_until(command, rules, at)
    except BadValueError as error:
        yield Reason("not_found", f"no {error.what}", error.fix)
    except TicketflowError as error:
        yield Reason("bad_value", f"choice {command.choice!r}: {error}", "give an exact moment")
    else:
        if until <= at:
            yield Reason("bad_value", f"the moment {until.isoformat()} is not after now", "give one that lies ahead")


def _of_fields(ticket: Ticket | None, fields: Mapping[str, Value], rules: Rules, at: datetime) -> Iterator[Reason]:
    """Yield what stands against setting *fields*."""
    for name, value in fields.items():
        field = rules.workflow.field(name)
        if field is None:
            yield _unknown("field", name, rules.workflow.fields_by_name)
        elif not field.takes(value):
            yield Reason("bad_value", f"field {name!r} cannot have {value!r}", field.allowed)
        elif _is_past(name, value, rules, at):
            yield _passed(name, value)
        if ticket and name in ticket.held:
            reading = ticket.facts[f"field.{name}"]
            yield Reason("guard", f"a rule holds {name!r} at {reading!r} now", f"set it after {ticket.state!r} is left")


def _is_past(name: str, value: Value, rules: Rules, at: datetime) -> bool:
    """Return whether a field that asks for a moment ahead has one that is not after *at*."""
    field = rules.workflow.field(name)
    return field is not None and field.kind == "future" and isinstance(value, datetime) and value <= at


def _passed(name: str, value: Value) -> Reason:
    return Reason("bad_value", f"field {name!r}: the moment {value} is not after now", "give one that lies ahead")


def _not_theirs(ticket: Ticket, command: commands.AnyCommand, asked: Request, rules: Rules) -> Iterator[Reason]:
    """Yield a refusal of what comes with a move that does not ask for it, from somebody who may not give it."""
    rows = rules.workflow.rows(asked.verb or "", ticket.state)
    asked_for = {name for row in rows for name in (*row.needs, *row.takes)}
    given = command.fields if isinstance(command, commands.Move) else ()
    yield from _too_much(command.by, given, asked_for, rules)
    yield from _of_message(asked.message, command.by)
    may_write = rules.workflow.permission("add_message").may
    if asked.message and not asked_for & {"message", "resolution"} and not command.by.is_any_of(may_write):
        yield _not_for(command.by, "add_message", may_write)


def always_refused_move(ticket: Ticket, actor: Actor, asked: Request, rules: Rules) -> list[Reason]:
    """Return what stands against taking a transition, what is lacking included.

    Args:
        ticket: The ticket it would be taken on.
        actor: Who would take it.
        asked: The transition, with what comes with it.
        rules: The definition of the desk.
    """
    reasons = [_closed(ticket)] if ticket.category == "closed" else []
    verb, rows = asked.verb or "", _rows(ticket, asked, rules)
    if not rows:
        return [*reasons, *_no_such(ticket, actor, verb, rules)]
    row = rows[0]
    if not row.may:
        reasons.append(_left_to_the_system(ticket, row, rules))
    elif not actor.is_any_of(row.may):
        reasons.append(_not_allowed(actor, row))
    if asked.row is None:
        reasons.append(_guarded(verb, rows, ticket, actor, rules))
    needs = row.needs and _needed_by_all(rows)
    lacks = needs and tuple(need for need in needs if not _is_given(need, ticket, asked))
    if lacks:
        what = f"{verb!r} lacks: {', '.join(lacks)}"
        reasons.append(Reason("missing_fields", what, "give them with the command", lacks=lacks))
    if not rules.workflow.target_of(row).is_enabled:
        reasons.append(_not_enabled(row.target, rules))
    return reasons


def _rows(ticket: Ticket, asked: Request, rules: Rules) -> tuple[Transition, ...]:
    """Return the row that is taken or, while no condition holds, all that lead from there."""
    return (asked.row,) if asked.row else rules.workflow.rows(asked.verb or "", ticket.state)


def _no_such(ticket: Ticket, actor: Actor, verb: str, rules: Rules) -> Iterator[Reason]:
    """Yield that *verb* is unknown or does not lead from here, and what else stands against it."""
    workflow = rules.workflow
    open_to = [each.name for each in workflow.transitions_from(ticket.state) if actor.is_any_of(each.may)]
    possible = f"from there, {actor.role}s can: {', '.join(dict.fromkeys(open_to)) or 'nothing'}"
    if ticket.is_hidden:
        possible += "; the command reopen wakes it"
    elsewhere = [row for row in workflow.transitions if row.name == verb]
    if not elsewhere:
        yield Reason("not_found", f"no transition {verb!r}", possible)
        return
    yield Reason("no_such_transition", f"{verb!r} does not lead from {ticket.state!r}", possible)
    if all(row.is_system_only for row in elsewhere):
        yield _left_to_the_system(ticket, elsewhere[0], rules)
    elif not any(actor.is_any_of(row.may) for row in elsewhere):
        yield _not_allowed(actor, elsewhere[0])


def _not_allowed(actor: Actor, row: Transition) -> Reason:
    return _not_for(actor, row.name, row.may)


def _guarded(verb: str, rows: tuple[Transition, ...], ticket: Ticket, actor: Actor, rules: Rules) -> Reason:
    """Return that no row's condition holds; fields that would make one hold could come with the command."""
    when = " or ".join(f"{row.given}" for row in rows)
    lacks = dict.fromkeys(name for row in rows for name in _would_open(row, ticket, actor, rules))
    return Reason("guard", f"{verb!r} is not possible now", f"it is when {when}", lacks=tuple(lacks))


def _would_open(row: Transition, ticket: Ticket, actor: Actor, rules: Rules) -> Iterator[str]:
    """Yield the fields that *actor* could give with a move so that the row's condition holds."""
    sets_any = actor.is_any_of(rules.workflow.permission("set_fields").may)
    read = (name.removeprefix("field.") for name in sorted(reads(row.given)) if name.startswith("field."))
    free = [name for name in read if name not in ticket.held and (sets_any or name in (*row.needs, *row.takes))]
    if could_hold(row.given, ticket.facts, frozenset(f"field.{name}" for name in free)):
        yield from free


def _needed_by_all(rows: tuple[Transition, ...]) -> tuple[str, ...]:
    """Return what each of the rows needs: while it is not clear which one is meant, that much is."""
    return tuple(need for need in rows[0].needs if all(need in other.needs for other in rows))


def _is_given(need: str, ticket: Ticket, asked: Request) -> bool:
    match need:
        case "message":
            return asked.message is not None and asked.message.public
        case "resolution":
            return asked.message is not None or ticket.facts["resolution"] is not None
        case _:
            return not is_missing(asked.fields.get(need, ticket.facts[f"field.{need}"]))


def _left_to_the_system(ticket: Ticket, transition: Transition, rules: Rules) -> Reason:
    """Return the refusal of a transition that no one takes by hand, saying when it comes by itself."""
    what = f"nobody may {transition.name} by hand"
    expected = when_taken(transition.name, ticket, rules)
    if expected:
        return Reason("not_allowed", what, f"it happens by itself at {expected.isoformat()}", expected)
    takers = [
        rule for rule in rules.automations if any(actions.Move(transition.name) in then for then in action_steps(rule))
    ]
    would = "; ".join(_would_take(rule, ticket) for rule in takers) or "no rule ever does"
    return Reason("not_allowed", what, f"nothing does it by itself from {ticket.state!r} as things stand; {would}")


def _would_take(rule: Rule, ticket: Ticket) -> str:
    """Return what it takes for a rule to do what it does not do as things stand."""
    times = schedule_of(rule)
    if times is None:
        return f"rule {rule.id!r} does when {rule.given} and its event happens"
    if holds(rule.given, ticket.facts):
        return f"rule {rule.id!r} was ended by {rule.ended_by} and counts anew from {awaited(times)}"
    return f"rule {rule.id!r} does when {rule.given}, counting from {awaited(times)}"
