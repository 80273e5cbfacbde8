"""Decide a command: accept it and add its entry to the ticket, or refuse it with every reason.

A refusal is a value; `Refused.unwrap` raises it for callers who want an exception.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

import attrs

from ticketflow.engine.effects import Request, RequestedMove, command_events, hints, opening_events, requested_move
from ticketflow.engine.lookahead import grown
from ticketflow.engine.plans import NOTHING_DUE, Due, Plan, Touched
from ticketflow.engine.preconditions import move_refusals, refusals, refusals_before_asking
from ticketflow.engine.refusals import Reason, RefusalCode
from ticketflow.errors import BadValueError, OutOfRangeError, RefusedError
from ticketflow.kernel.instants import MICROSECOND
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.events import ByCommand, Entry, Event
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.messages import Hint
from ticketflow.tickets.ticket import Ticket, check_ticket
from ticketflow.workflow.conditions import holds


@attrs.frozen(slots=False)
class Accepted:
    """A command that was accepted, or a plan that was applied.

    Attributes:
        ticket: The ticket after it.
        entries: The entries added to the history, oldest first. None for a delivery that was accepted before.
        created: A new ticket that the command opened, such as a follow-up.
        is_repeated: Whether it was accepted before, and so changed nothing.
        hints: What a screen may say to whoever gave the command.
        due: What was due before the command and was carried out first, as a plan. For a plan that was applied, that
            plan.
        reactions: What rules did in reaction to the command, on its ticket and on one that it opened.
        ended: The items of *due* whose episode the command ended, such as reminders of a question that it answers.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    created: Ticket | None = None
    is_repeated: bool = False
    hints: tuple[Hint, ...] = ()
    due: Plan = NOTHING_DUE
    reactions: tuple[Due, ...] = ()
    ended: tuple[Due, ...] = ()

    @property
    def touched(self) -> tuple[Touched, ...]:
        """Each ticket that the answer changed or opened, with its new entries: everything to store and to send."""
        found = [Touched(self.ticket, self.entries)] if self.entries else []
        if self.created and not self.is_repeated:
            found.append(Touched(self.created, tuple(self.created.history)))
        by_rules = (*self.due, *self.reactions)
        return tuple(
            attrs.evolve(each, due=tuple(due for due in by_rules if due.key.ticket == each.ticket.id)) for each in found
        )

    def unwrap(self) -> Accepted:
        """Return this decision; a refusal raises `ticketflow.errors.RefusedError` instead."""
        return self


@attrs.frozen
class Refused:
    """A command that was refused.

    Attributes:
        ticket: The ticket, neither changed nor advanced; None if there was none.
        reasons: Every reason.
    """

    ticket: Ticket | None
    reasons: tuple[Reason, ...]

    @property
    def kinds(self) -> frozenset[RefusalCode]:
        """The codes of the reasons."""
        return frozenset(reason.kind for reason in self.reasons)

    def unwrap(self) -> NoReturn:
        """Raise the refusal, for callers who expect the command to be accepted.

        Raises:
            RefusedError: Always, with the ticket's id and every reason.

        >>> Refused(None, (Reason("not_found", "the ticket does not exist yet", "open it first"),)).unwrap()
        Traceback (most recent call last):
            ...
        ticketflow.errors.RefusedError: ticket '?': the ticket does not exist yet; open it first
        """
        name = self.ticket.id if self.ticket else "?"
        raise RefusedError(name, tuple(str(reason) for reason in self.reasons), self.kinds)

    def __str__(self) -> str:
        return "refused: " + "; ".join(f"{reason}" for reason in self.reasons)


Decision = Accepted | Refused
"""The answer to a command."""


def effective_at(ticket: Ticket, at: datetime) -> datetime:
    """Return the instant at which a command that is meant for *at* takes effect on *ticket*.

    A command at or before the seal (the last automatic entry) takes effect a microsecond after it; a command before
    the last outside entry takes effect at that entry's instant.

    Source: docs/semantics.md 3.8.
    """
    last = ticket.history.last
    if at > last.at:
        return at
    if not last.is_automatic:
        return last.at
    try:
        return last.at + MICROSECOND
    except OverflowError:
        raise OutOfRangeError(f"a microsecond after {last.at.isoformat()}") from None


def decide(ticket: Ticket | None, command: commands.Command, rules: Rules, stored: Ticket | None = None) -> Decision:
    """Accept or refuse a command, on the ticket as it is.

    No timer fires before the command and no rule reacts to it; `ticketflow.engine.handling.handle` does both.

    Args:
        ticket: The ticket that gets the command; None for `Open`.
        command: The command.
        rules: The rule set.
        stored: For a follow-up, the ticket that the same delivery opened before, or that has the id of the new one;
            None if neither is stored.

    Raises:
        BadValueError: *command* is not a command, another argument has a wrong type, or *stored* is another ticket.

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
    check_request(ticket, command, rules, stored)
    return decided(ticket, command, rules, stored)


def check_request(ticket: Ticket | None, command: commands.Command, rules: Rules, stored: Ticket | None) -> None:
    """Check the arguments of a function that gives a command to a ticket.

    Raises:
        BadValueError: One of them has a wrong type, or *stored* is given for something else than a follow-up.
    """
    commands.check_command(command)
    check_rules(rules)
    if ticket is not None:
        check_ticket(ticket)
    if stored is not None:
        check_ticket(stored)
        if not isinstance(command, commands.FollowUp):
            raise BadValueError("stored is given, but the command is no follow-up", "leave it out")


def decided(ticket: Ticket | None, command: commands.Command, rules: Rules, stored: Ticket | None) -> Decision:
    """Return the decision about a command whose arguments were checked."""
    if ticket is None:
        return _decide_opening(command, rules)
    if command.event_id is not None and ticket.delivery_ids.has(command.event_id, rules.remembered_events):
        return Accepted(ticket, (), is_repeated=True, hints=_hints_again(ticket, command, rules))
    if stored is not None and isinstance(command, commands.FollowUp) and _is_opened_by(stored, command, ticket):
        return Accepted(ticket, (), stored, is_repeated=True)
    request = Request(command, rules, effective_at(ticket, command.at), requested_move(ticket, command, rules))
    reasons = refusals(ticket, request)
    if stored is not None and stored.id != ticket.id:
        reasons.append(Reason("bad_value", f"ticket {stored.id!r} exists already", "give another id"))
    if reasons:
        return Refused(ticket, tuple(reasons))
    events = command_events(ticket, request)
    if isinstance(command, commands.FollowUp):
        return Accepted(ticket, (), evolve(None, _entry(None, request, events)))
    entry = _entry(ticket, request, events)
    return Accepted(grown(ticket, entry), (entry,), hints=hints(ticket, request))


def _is_opened_by(stored: Ticket, command: commands.FollowUp, closed: Ticket) -> bool:
    """Return whether this delivery of a follow-up of *closed* opened a stored ticket before.

    Raises:
        BadValueError: It did not, and the stored ticket does not have the id of the new one either.
    """
    cause = stored.history.first.cause
    delivery = cause.event_id if isinstance(cause, ByCommand) else None
    if stored.follows == closed.id and delivery is not None and delivery == command.event_id:
        return True
    name = command.ticket_id(closed.id)
    if stored.id != name:
        what = f"stored is ticket {stored.id!r:.200}, but the command opens {name!r:.200}"
        raise BadValueError(what, f"give the ticket {name!r:.200}, or None if it is not stored")
    return False


def _hints_again(ticket: Ticket, command: commands.Command, rules: Rules) -> tuple[Hint, ...]:
    """Return the hints of a command that the ticket accepted before: those on the ticket as it was then."""
    if not isinstance(command, commands.Move | commands.Reopen):
        return ()
    name, before = commands.NAMES[type(command)], None
    for entry in ticket.history:
        cause = entry.cause
        if before and isinstance(cause, ByCommand) and (cause.command, cause.event_id) == (name, command.event_id):
            return hints(before, Request(command, rules, entry.at, requested_move(before, command, rules)))
        before = evolve(before, entry)
    return ()


def _decide_opening(command: commands.Command, rules: Rules) -> Decision:
    """Accept or refuse a command to a ticket that does not exist yet."""
    request = Request(command, rules, command.at, None)
    reasons = refusals(None, request)
    if reasons or not isinstance(command, commands.Open):
        return Refused(None, tuple(reasons))
    entry = _entry(None, request, opening_events(command, None, rules, command.at))
    return Accepted(evolve(None, entry), (entry,))


def _entry(ticket: Ticket | None, request: Request, events: tuple[Event, ...]) -> Entry:
    command, rules, at, _ = request
    name, event_id, digest = commands.NAMES[type(command)], command.event_id, rules.digest
    return Entry(
        ticket.version if ticket else 0,
        str(ticket.outside if ticket else 0),
        at,
        command.by,
        _shared_cause(name, digest) if event_id is None else ByCommand(name, event_id, digest),
        events,
        None if at == command.at else command.at,
    )


@lru_cache(maxsize=256)
def _shared_cause(name: str, rules: str) -> ByCommand:
    """Return the cause of an entry by a command without a delivery id. They are equal, so tickets share them."""
    return ByCommand(name, None, rules)


@attrs.frozen
class Option:
    """Something that an actor could do to a ticket, with what it needs and what forbids it.

    Attributes:
        command: The name of the command.
        transition: The name of the transition, for a move.
        needs: What must come with it: names of fields, ``message``, ``resolution``, ``requester``, or ``state`` for an
            opening that must name its state.
        reasons: The reasons to refuse it with any content; none if the actor could do it now.
        target: The state that the ticket would be in, for a move, a reopening and an opening. None if the state would
            stay the same, if the transition does not lead from here, or if fields that come with it decide.
    """

    command: str
    transition: str | None
    needs: tuple[str, ...]
    reasons: tuple[Reason, ...]
    target: str | None = None

    @property
    def is_open(self) -> bool:
        """True if the actor could do it now."""
        return not self.reasons


def available(ticket: Ticket | None, actor: Actor, rules: Rules) -> tuple[Option, ...]:
    """Return every command, with where it leads, what it needs, and what forbids it to *actor* now.

    Commands without a transition come first, then each transition of the workflow. Reasons that depend on the instant,
    such as a moment in a field that has passed, are found when the command is given.

    Args:
        ticket: The ticket, advanced to now; None for a ticket that is to be opened.
        actor: Who asks.
        rules: The rule set.

    Source: docs/semantics.md 2.4.

    >>> from datetime import UTC
    >>> from ticketflow.presets.senior import senior
    >>> ana, bob = Actor("agent", "ana"), Actor("customer", "bob")
    >>> opened = decide(None, commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=bob), senior()).ticket
    >>> [option.transition for option in available(opened, bob, senior()) if option.transition and option.is_open]
    ['record_close_request']
    >>> [option.needs for option in available(opened, ana, senior()) if option.transition == "inform_solution"]
    [('message',)]
    >>> [option.target for option in available(opened, ana, senior()) if option.transition == "inform_solution"]
    ['customer_validation']
    """
    check_argument(actor, Actor, "actor")
    check_rules(rules)
    if ticket is None:
        return tuple(_option(None, name, actor, rules) for name in commands.NAMES.values() if name == "open")
    check_ticket(ticket)
    plain = (_option(ticket, name, actor, rules) for name in commands.NAMES.values() if name != "move")
    return (*plain, *(_move_option(ticket, verb, actor, rules) for verb in rules.workflow.verbs))


def _option(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Option:
    if name == "reopen" and ticket is not None and (verb := _reopening_verb(ticket, rules)):
        move = _move_option(ticket, verb, actor, rules)
        return Option(name, None, move.needs, move.reasons, move.target)
    way_in = rules.workflow.way_in(actor) if name == "open" and ticket is None else None
    reasons = tuple(refusals_before_asking(ticket, name, actor, rules))
    if way_in is not None and way_in.must_be_named:
        return Option(name, None, ("state",), reasons)
    return Option(name, None, way_in.needs if way_in else (), reasons, way_in.target if way_in else None)


def _reopening_verb(ticket: Ticket, rules: Rules) -> str | None:
    """Return the transition that reopening takes; None where it only shows a hidden ticket again."""
    verb = rules.workflow.reopen
    leads = verb is not None and bool(rules.workflow.rows(verb, ticket.state))
    return verb if leads or not ticket.is_hidden else None


def _move_option(ticket: Ticket, verb: str, actor: Actor, rules: Rules) -> Option:
    row = rules.workflow.select(verb, ticket.state, ticket.facts)
    reasons = tuple(move_refusals(ticket, actor, RequestedMove(verb, None, {}, row), rules))
    forbidding = tuple(reason for reason in reasons if not reason.lacks)
    needs = dict.fromkeys(need for reason in reasons for need in reason.lacks)
    targets = {each.target for each in rules.workflow.rows(verb, ticket.state)}
    target = row.target if row and not needs else next(iter(targets)) if len(targets) == 1 else None
    return Option("move", verb, tuple(needs), forbidding, target)


def decide_all(tickets: Iterable[Ticket], command: commands.Command, rules: Rules) -> tuple[Decision, ...]:
    """Decide one command on each of several tickets, and return the decisions in their order.

    A refusal does not stop the rest. The permission ``bulk`` says who may give commands in bulk; for others every
    ticket is refused.

    Args:
        tickets: The tickets.
        command: The command.
        rules: The rule set.

    Source: row F3.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> to_ana = commands.Assign("ana", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("agent", "bea"))
    >>> decide_all([], to_ana, servicenow())
    ()
    """
    return in_bulk(tickets, command, rules, decide)


def in_bulk(
    tickets: Iterable[Ticket],
    command: commands.Command,
    rules: Rules,
    decider: Callable[[Ticket, commands.Command, Rules], Decision],
) -> tuple[Decision, ...]:
    """Return the decision of *decider* on each of the tickets, refused where the command may not be given in bulk."""
    commands.check_command(command)
    check_rules(rules)
    given = items_of(tickets, Ticket, "tickets")
    return tuple(_with_bulk_refusals(decider(ticket, command, rules), ticket, command, rules) for ticket in given)


def _with_bulk_refusals(decision: Decision, ticket: Ticket, command: commands.Command, rules: Rules) -> Decision:
    """Return *decision*, or a refusal if the command may not be given in bulk."""
    reasons = tuple(_bulk_refusals(ticket, command, rules))
    if not reasons:
        return decision
    return Refused(ticket, (*reasons, *(decision.reasons if isinstance(decision, Refused) else ())))


def _bulk_refusals(ticket: Ticket, command: commands.Command, rules: Rules) -> Iterator[Reason]:
    permission = rules.workflow.permission("bulk")
    if not command.by.is_any_of(permission.may):
        who = ", ".join(sorted(permission.may)) or "nobody"
        what = f"{command.by.role} {command.by.id!r} may not give commands in bulk"
        yield Reason("not_allowed", what, f"it is for: {who}")
    if not holds(permission.given, ticket.facts):
        what = "bulk commands are not allowed on this ticket"
        yield Reason("guard", what, f"they are allowed when {permission.given}")
    if isinstance(command, commands.FollowUp) and command.new_ticket is not None:
        yield Reason(
            "bad_value",
            "several tickets would get the same id",
            "leave new_ticket out, and give event_id",
        )
