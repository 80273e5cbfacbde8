"""Validate a command; collect every reason to refuse it.

Some reasons depend only on the ticket and on the actor (`refusals_before_asking`); `available` shows them before a
command is given. The others depend on what the command says.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from ticketflow.engine.effects import Request, RequestedMove, copied_fields, is_missing, is_past, snooze_end
from ticketflow.engine.lookahead import next_move_at
from ticketflow.engine.refusals import Reason
from ticketflow.errors import BadValueError, TicketflowError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import awaited, schedule_of
from ticketflow.tickets import commands
from ticketflow.tickets.actors import OUTSIDERS, Actor
from ticketflow.tickets.facts import SCORES
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import ALWAYS, could_hold, holds, reads
from ticketflow.workflow.definition import Transition

_SAYABLE_ID = re.compile(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,3}", re.ASCII)


def refusals(ticket: Ticket | None, request: Request) -> list[Reason]:
    """Return every reason to refuse a command; none if it is to be accepted.

    Args:
        ticket: The ticket that gets the command; None for `Open`.
        request: The command.
    """
    command, rules, at, move = request
    if ticket is None and not isinstance(command, commands.Open):
        return [Reason("not_found", "the ticket does not exist yet", "open it first")]
    reasons: list[Reason] = []
    expected = command.expected_version
    if expected is not None and expected != (ticket.version if ticket else 0):
        reasons.append(_stale(ticket, expected))
    if move is None or move.verb is None or ticket is None:
        reasons += refusals_before_asking(ticket, commands.NAMES[type(command)], command.by, rules)
        reasons += _content_refusals(ticket, request)
        return reasons
    reasons += move_refusals(ticket, command.by, move, rules)
    if move.fields or move.message:
        reasons += _field_refusals(ticket, move.fields, rules, at)
        reasons += _unasked_refusals(ticket, command, move, rules)
    if isinstance(command, commands.Reopen) and "reopen" in rules.workflow.permissions:
        reasons += _permission_refusals(ticket, "reopen", command.by, rules)
    if move.row and move.row.needs:
        kept = {name: ticket.facts[f"field.{name}"] for name in move.row.needs if name not in move.fields}
        reasons += (_moment_passed(name, value) for name, value in kept.items() if is_past(name, value, rules, at))
    return reasons


def _stale(ticket: Ticket | None, expected: int) -> Reason:
    version = ticket.version if ticket else 0
    between = ticket.history.after(expected) if ticket and 0 <= expected < version else ()
    happened = ", ".join(type(event).__name__ for entry in between for event in entry.events) or "nothing known"
    what = f"version {expected} is expected but the ticket has version {version}; in between: {happened}"
    return Reason("stale", what, "read the ticket again and decide anew", between=between)


def refusals_before_asking(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield the reasons to refuse a command that do not depend on its content; for moves, see `move_refusals`.

    Args:
        ticket: The ticket that would get the command; None if there is none yet.
        name: The name of the command.
        actor: Who would give it.
        rules: The rule set.
    """
    if ticket is not None:
        yield from _existence_refusals(ticket, name, rules)
    yield from _permission_refusals(ticket, name, actor, rules)
    if ticket is not None and ticket.category != "closed":
        yield from _situation_refusals(ticket, name, actor, rules)
    if name in ("open", "follow_up"):
        yield from _opening_state_refusals(actor, None, rules)


def _permission_refusals(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    permission = rules.workflow.permission(name)
    if not actor.is_any_of(permission.may):
        yield _not_allowed(actor, name, permission.may)
    if ticket is not None and permission.given is not ALWAYS and not holds(permission.given, ticket.facts):
        yield Reason("guard", f"{name!r} is not possible now", f"it is possible when {permission.given}")


def _not_allowed(actor: Actor, what: str, may: frozenset[str]) -> Reason:
    who = ", ".join(sorted(may)) or "nobody"
    return Reason("not_allowed", f"{actor.role} {actor.id!r} may not {what}", f"it is for: {who}")


def _existence_refusals(ticket: Ticket, name: str, rules: Rules) -> Iterator[Reason]:
    """Yield the reasons against opening an existing ticket, following up an open one, or changing a closed one.

    A closed ticket takes a rating if its state has the survey open.
    """
    is_closed = ticket.category == "closed"
    if name == "open":
        what = f"ticket {ticket.id!r} already exists"
        yield Reason("no_such_transition", what, "give another command, or another id")
    elif name == "follow_up":
        if not is_closed:
            yield Reason("guard", f"ticket {ticket.id!r} is not closed", "continue in it: add a message")
    elif is_closed and not (name == "rate" and _has_open_survey(ticket, rules)):
        yield _closed(ticket)


def _has_open_survey(ticket: Ticket, rules: Rules) -> bool:
    state = rules.workflow.state(ticket.state)
    return state is not None and state.survey_open


def _closed(ticket: Ticket) -> Reason:
    return Reason("closed_for_good", f"ticket {ticket.id!r} is closed and cannot change", "open a follow-up of it")


def _situation_refusals(ticket: Ticket, name: str, actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield the reasons against a command in the present state of the ticket, or in the rule set."""
    match name:
        case "rate":
            if not _has_open_survey(ticket, rules):
                open_in = ", ".join(each.name for each in rules.workflow.states if each.survey_open) or "no state"
                yield Reason("guard", f"the survey is not open in state {ticket.state!r}", f"it is open in: {open_in}")
        case "set_fields" if not rules.workflow.fields:
            yield Reason("not_found", "the workflow has no fields", "define some in the workflow")
        case "review_classification" if rules.workflow.field("classification") is None:
            yield Reason("not_found", "the workflow has no field 'classification'", "define it in the workflow")
        case "record_event" if not rules.workflow.outside_events:
            yield Reason("not_found", "the workflow has no outside events", "define some in the workflow")
        case "give_back" if ticket.assignee is None:
            yield Reason("guard", "the ticket is not assigned", "there is nothing to give back")
        case "decline" if ticket.assignee != actor.id:
            yield Reason("guard", f"the ticket is not assigned to {actor.id!r}", "assign it first")
        case "snooze" if rules.snoozing is None:
            yield Reason("not_found", "the rule set does not allow snoozes", "give it a Snoozing")
        case "cancel_snooze" if ticket.snooze is None:
            yield Reason("guard", "no snooze is pending", "there is nothing to cancel")
        case "cancel_snooze" if ticket.is_hidden:
            yield Reason("guard", "the ticket is hidden by its snooze", "reopen it first, then cancel its snooze")
        case "reopen" if not ticket.is_hidden:
            yield Reason(
                "no_such_transition", f"no transition reopens a ticket in {ticket.state!r}", "take another transition"
            )
        case _:
            pass


def _content_refusals(ticket: Ticket | None, request: Request) -> Iterator[Reason]:
    """Yield the reasons against the content of a command; for moves, see `move_refusals`."""
    command, rules, at, _ = request
    match command:
        case commands.Open():
            requester = command.requester or (command.by.id if command.by.role == "customer" else None)
            yield from _opening_refusals(request, command.ticket, command.state, requester)
            if command.requester is not None and command.requester != command.by.id:
                yield from _requester_refusals(command.by, rules)
            if command.assignee is not None and not command.by.is_any_of(rules.workflow.permission("assign").may):
                yield _not_allowed(command.by, "assign", rules.workflow.permission("assign").may)
        case commands.FollowUp():
            name = command.ticket_id(ticket.id) if ticket else ""
            if ticket and name == ticket.id:
                yield Reason("bad_value", f"the new ticket has the id {ticket.id!r} of this one", "give another id")
            requester = command.requester or (command.by.id if command.by.role == "customer" else None)
            earlier = ticket.requester if ticket else None
            yield from _opening_refusals(request, name, None, requester or earlier, ticket)
            if command.requester not in (None, command.by.id, earlier):
                yield from _requester_refusals(command.by, rules)
        case commands.AddMessage(message=message):
            yield from _message_refusals(message, command.by)
        case commands.SetFields(fields=fields):
            yield from _field_refusals(ticket, fields, rules, at)
        case commands.ReviewClassification(classification=value):
            yield from _field_refusals(ticket, {"classification": value}, rules, at)
        case commands.Rate(score=score):
            if type(score) is not int or score not in SCORES:
                yield Reason("bad_value", f"score {score!r} is not allowed", "give a whole number from 1 to 5")
        case commands.RecordEvent(event=event) if event not in rules.workflow.outside_events:
            yield _unknown("outside event", event, rules.workflow.outside_events)
        case commands.Snooze() if ticket:
            yield from _snooze_refusals(ticket, command, rules, at)
        case commands.Link(other=other) if ticket and other == ticket.id:
            yield Reason("bad_value", f"ticket {other!r} cannot be linked to itself", "give the id of another ticket")
        case _:
            pass


def _unknown(kind: str, name: str, known: Mapping[str, object] | frozenset[str] | tuple[str, ...]) -> Reason:
    problem = unknown_name("", kind, name, known)
    return Reason("not_found", problem.what, problem.fix)


def _message_refusals(message: Message | None, by: Actor) -> Iterator[Reason]:
    if message is not None and not message.public and by.role in ("customer", "third_party"):
        yield Reason("not_allowed", f"{by.role} {by.id!r} may not write internal notes", "make the message public")


def _opening_state_refusals(actor: Actor, state: str | None, rules: Rules) -> Iterator[Reason]:
    """Yield the reasons why *actor* cannot open a ticket in *state*; None means in any state."""
    workflow = rules.workflow
    if state is not None and state not in workflow.states_by_name:
        yield _unknown("state", state, workflow.states_by_name)
    elif workflow.way_in(actor, state) is None:
        known = dict.fromkeys(each.target for each in workflow.ways_in if actor.is_any_of(each.may))
        where = f"state {state!r}" if state else "any state"
        what = f"{actor.role} {actor.id!r} may not begin a ticket in {where}"
        yield Reason("not_allowed", what, f"they may in: {', '.join(known) or 'none'}")


def _opening_refusals(
    request: Request, name: str, state: str | None, requester: str | None, parent: Ticket | None = None
) -> Iterator[Reason]:
    """Yield the reasons why `Open` or `FollowUp` cannot open the ticket *name* in *state* for *requester*."""
    command, rules, at, _ = request
    assert isinstance(command, commands.Open | commands.FollowUp)  # noqa: S101 -- its callers match on the command
    if rules.workflow.has_sayable_ids and not _SAYABLE_ID.fullmatch(name):
        fix = "use up to four groups of up to eight capitals and digits, joined by hyphens"
        yield Reason("bad_value", f"the id {name!r} is hard to say aloud", fix)
    if state is not None:
        yield from _opening_state_refusals(command.by, state, rules)
    yield from _field_refusals(None, command.fields, rules, at)
    yield from _message_refusals(command.message, command.by)
    way_in = rules.workflow.way_in(command.by, state)
    if way_in is None:
        return
    message = command.message if command.message and command.message.public else None
    fields = {**copied_fields(parent, rules, at), **command.fields}
    given: dict[str, Value] = {"message": message.id if message else None, **fields}
    if rules.workflow.field("requester") is None:
        given["requester"] = requester
    lacks = tuple(need for need in way_in.needs if is_missing(given.get(need)))
    if way_in.must_be_named and isinstance(command, commands.Open) and command.state is None:
        known = dict.fromkeys(each.target for each in rules.workflow.ways_in if command.by.is_any_of(each.may))
        what = "the opening does not name a state"
        yield Reason("missing_fields", what, f"name one of: {', '.join(known)}", lacks=("state",))
        return
    if lacks:
        what = f"a ticket that begins in {way_in.target!r} lacks: {', '.join(lacks)}"
        yield Reason("missing_fields", what, "give them with the command", lacks=lacks)
    yield from _extra_field_refusals(command.by, command.fields, (*way_in.needs, *way_in.takes), rules)


def _extra_field_refusals(
    actor: Actor, fields: Iterable[str], expected: Collection[str], rules: Rules
) -> Iterator[Reason]:
    """Yield a refusal of fields that are not *expected*, from an actor who may not set fields."""
    extra = [name for name in fields if name not in expected]
    permission = rules.workflow.permission("set_fields")
    if extra and not actor.is_any_of(permission.may):
        yield _not_allowed(actor, f"set {', '.join(extra)}", permission.may)


def _requester_refusals(actor: Actor, rules: Rules) -> Iterator[Reason]:
    """Yield a refusal of naming somebody else as the requester, for outsiders who may not set it."""
    may = rules.workflow.permission("set_requester").may
    if actor.role in OUTSIDERS and not actor.is_any_of(may):
        yield _not_allowed(actor, "open a ticket for somebody else", may)


def _snooze_refusals(ticket: Ticket, command: commands.Snooze, rules: Rules, at: datetime) -> Iterator[Reason]:
    if rules.snoozing is None:
        return
    try:
        until = snooze_end(command, ticket, rules, at)
    except BadValueError as error:
        yield Reason("not_found", error.what, error.fix)
    except TicketflowError as error:
        yield Reason("bad_value", f"choice {command.choice!r}: {error}", "give an exact moment")
    else:
        if until <= at:
            yield Reason("bad_value", f"the moment {until.isoformat()} is not in the future", "give a later one")


def _field_refusals(ticket: Ticket | None, fields: Mapping[str, Value], rules: Rules, at: datetime) -> Iterator[Reason]:
    """Yield the reasons why *fields* cannot have these values."""
    for name, value in fields.items():
        field = rules.workflow.field(name)
        if field is None:
            yield _unknown("field", name, rules.workflow.fields_by_name)
        elif not field.takes(value):
            yield Reason("bad_value", f"field {name!r} cannot have {value!r}", field.allowed)
        elif is_past(name, value, rules, at):
            yield _moment_passed(name, value)
        if ticket and name in ticket.held:
            reading = ticket.facts[f"field.{name}"]
            fix = f"set it after the ticket has left {ticket.state!r}"
            yield Reason("guard", f"a rule holds field {name!r} at {reading!r}", fix)


def _moment_passed(name: str, value: Value) -> Reason:
    return Reason("bad_value", f"field {name!r}: the moment {value} is not in the future", "give a later one")


def _unasked_refusals(ticket: Ticket, command: commands.Command, move: RequestedMove, rules: Rules) -> Iterator[Reason]:
    """Yield a refusal of fields and messages that come with a move that does not ask for them."""
    rows = rules.workflow.rows(move.verb or "", ticket.state)
    expected = {name for row in rows for name in (*row.needs, *row.takes)}
    given = command.fields if isinstance(command, commands.Move) else ()
    yield from _extra_field_refusals(command.by, given, expected, rules)
    yield from _message_refusals(move.message, command.by)
    may_write = rules.workflow.permission("add_message").may
    if move.message and not expected & {"message", "resolution"} and not command.by.is_any_of(may_write):
        yield _not_allowed(command.by, "add_message", may_write)


def move_refusals(ticket: Ticket, actor: Actor, move: RequestedMove, rules: Rules) -> list[Reason]:
    """Return every reason to refuse a transition, including what is missing.

    Args:
        ticket: The ticket.
        actor: Who takes the transition.
        move: The transition, with what comes with it.
        rules: The rule set.
    """
    reasons = [_closed(ticket)] if ticket.category == "closed" else []
    verb = move.verb or ""
    rows = (move.row,) if move.row else rules.workflow.rows(verb, ticket.state)
    if not rows:
        return [*reasons, *_no_row_refusals(ticket, actor, verb, rules)]
    row = rows[0]
    if not row.may:
        reasons.append(_left_to_rules(ticket, row, rules))
    elif not actor.is_any_of(row.may):
        reasons.append(_not_allowed(actor, row.name, row.may))
    if move.row is None:
        when = " or ".join(f"{each.given}" for each in rows)
        opening = dict.fromkeys(name for each in rows for name in _opening_fields(each, ticket, actor, rules))
        what = f"{verb!r} is not possible now"
        reasons.append(Reason("guard", what, f"it is possible when {when}", lacks=tuple(opening)))
    # While it is open which row will be taken, only what all of them need is missing.
    needs = row.needs and tuple(need for need in row.needs if all(need in other.needs for other in rows))
    lacks = needs and tuple(need for need in needs if not _is_given(need, ticket, move, rules))
    if lacks:
        what = f"{verb!r} lacks: {', '.join(lacks)}"
        reasons.append(Reason("missing_fields", what, "give them with the command", lacks=lacks))
    target = rules.workflow.target_of(row)
    if not target.is_enabled:
        fix = target.to_enable.get("en") or "enable it in the rules"
        reasons.append(Reason("state_not_enabled", f"state {target.name!r} is not enabled", fix))
    return reasons


def _no_row_refusals(ticket: Ticket, actor: Actor, verb: str, rules: Rules) -> Iterator[Reason]:
    """Yield the reason to refuse a transition that does not lead from the ticket's state."""
    workflow = rules.workflow
    open_to = [each.name for each in workflow.transitions_from(ticket.state) if actor.is_any_of(each.may)]
    possible = f"from there, {actor.role}s can: {', '.join(dict.fromkeys(open_to)) or 'nothing'}"
    if ticket.is_hidden:
        possible += "; the command reopen shows it again"
    elsewhere = [row for row in workflow.transitions if row.name == verb]
    if not elsewhere:
        yield Reason("no_such_transition", f"transition {verb!r} does not exist", possible)
        return
    if any(row.target == ticket.state for row in elsewhere):
        what = f"{verb!r} leads to {ticket.state!r}, where the ticket already is"
        yield Reason("already_there", what, possible)
    else:
        yield Reason("no_such_transition", f"{verb!r} does not lead from {ticket.state!r}", possible)
    if all(row.is_system_only for row in elsewhere):
        yield _left_to_rules(ticket, elsewhere[0], rules)
    elif not any(actor.is_any_of(row.may) for row in elsewhere):
        yield _not_allowed(actor, elsewhere[0].name, elsewhere[0].may)


def _opening_fields(row: Transition, ticket: Ticket, actor: Actor, rules: Rules) -> Iterator[str]:
    """Yield the fields that *actor* could give with a move so that the row's condition holds."""
    sets_any = actor.is_any_of(rules.workflow.permission("set_fields").may)
    read = (name.removeprefix("field.") for name in sorted(reads(row.given)) if name.startswith("field."))
    free = [name for name in read if name not in ticket.held and (sets_any or name in (*row.needs, *row.takes))]
    if could_hold(row.given, ticket.facts, frozenset(f"field.{name}" for name in free)):
        yield from free


def _is_given(need: str, ticket: Ticket, move: RequestedMove, rules: Rules) -> bool:
    match need:
        case "message":
            return move.message is not None and move.message.public
        case "resolution":
            return move.message is not None or ticket.facts["resolution"] is not None
        case "requester" if rules.workflow.field(need) is None:
            return ticket.requester is not None
        case _:
            return not is_missing(move.fields.get(need, ticket.facts[f"field.{need}"]))


def _left_to_rules(ticket: Ticket, transition: Transition, rules: Rules) -> Reason:
    """Return the refusal of a transition that only rules take, with the instant at which one will."""
    what = f"nobody may {transition.name} by hand"
    expected = next_move_at(transition.name, ticket, rules)
    if expected:
        return Reason("not_allowed", what, f"it happens by itself at {expected.isoformat()}", expected)
    takers = [
        rule for rule in rules.automations if any(actions.Move(transition.name) in then for then in action_steps(rule))
    ]
    would = "; ".join(_taken_when(rule, ticket) for rule in takers) or "no rule ever does"
    return Reason("not_allowed", what, f"nothing does it by itself from {ticket.state!r} now; {would}")


def _taken_when(rule: Rule, ticket: Ticket) -> str:
    """Return the condition under which a rule would act, in words."""
    times = schedule_of(rule)
    if times is None:
        return f"rule {rule.id!r} does when {rule.given} and its event happens"
    if holds(rule.given, ticket.facts):
        return f"rule {rule.id!r} was ended by {rule.ended_by} and counts anew from {awaited(times)}"
    return f"rule {rule.id!r} does when {rule.given}, counting from {awaited(times)}"
