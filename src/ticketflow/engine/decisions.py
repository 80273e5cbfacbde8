"""What becomes of a command: accepted, with what happened, or refused, with every reason and what would help.

A refusal is a value; `accepted` is the door for those who want an exception.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NoReturn

import attrs

from ticketflow.engine.effects import Request, events_of, hints, opening, taking
from ticketflow.engine.preconditions import always_refused, always_refused_move, refusals
from ticketflow.engine.refusals import Reason, RefusalCode
from ticketflow.errors import OutOfRangeError, RefusedError
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
    """A command that was taken, or a plan that was applied.

    Attributes:
        ticket: The ticket as it is now.
        entries: What was added to its history, oldest first: what adapters store, and whose requested messages they
            send. Nothing for a delivery that was taken before.
        created: A new ticket that the command made beside this one.
        is_repeated: Whether it had been taken before, and so changed nothing.
        hints: What a screen may say to whoever gave the command.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    created: Ticket | None = None
    is_repeated: bool = False
    hints: tuple[Hint, ...] = ()

    def unwrap(self) -> Accepted:
        """Return this decision; a refused one raises `ticketflow.errors.RefusedError` instead."""
        return self


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
    def kinds(self) -> frozenset[RefusalCode]:
        """The kinds of the reasons."""
        return frozenset(reason.kind for reason in self.reasons)

    def unwrap(self) -> NoReturn:
        """Raise the refusal, for callers who expect the command to be accepted.

        Raises:
            RefusedError: always, with the ticket's id and every reason.

        >>> Refused(None, (Reason("not_found", "there is no such ticket yet", "open it first"),)).unwrap()
        Traceback (most recent call last):
            ...
        ticketflow.errors.RefusedError: ticket '?': there is no such ticket yet; open it first
        """
        name = self.ticket.id if self.ticket else "?"
        raise RefusedError(name, tuple(str(reason) for reason in self.reasons))

    def __str__(self) -> str:
        return "refused: " + "; ".join(f"{reason}" for reason in self.reasons)


Decision = Accepted | Refused


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
        return last.at + MICROSECOND
    except OverflowError:
        raise OutOfRangeError(f"a microsecond after {last.at.isoformat()}") from None


def decide(ticket: Ticket | None, command: commands.AnyCommand, rules: Rules) -> Decision:
    """Return what becomes of *command*: the ticket with it, or every reason against it.

    Nothing due before the command fires here, and no rule reacts to it; `ticketflow.engine.run.handle` does both.

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
    commands.check_command(command)
    check_rules(rules)
    if ticket is None:
        return _begun(command, rules)
    check_ticket(ticket)
    if command.event_id is not None and ticket.delivery_ids.knows(command.event_id, rules.remembered_events):
        return Accepted(ticket, (), is_repeated=True)
    at = effective_at(ticket, command.at)
    asked = taking(ticket, command, rules)
    reasons = refusals(ticket, command, rules, at, asked)
    if reasons:
        return Refused(ticket, tuple(reasons))
    if isinstance(command, commands.Open | commands.FollowUp):
        return Accepted(ticket, (), evolve(None, _entry(None, command, rules, opening(command, ticket, rules), at)))
    entry = _entry(ticket, command, rules, events_of(ticket, command, rules, at, asked), at)
    return Accepted(evolve(ticket, entry), (entry,), hints=hints(ticket, command, rules, asked))


def _begun(command: commands.AnyCommand, rules: Rules) -> Decision:
    """Return what becomes of a command to a ticket that is not there yet."""
    reasons = refusals(None, command, rules, command.at, None)
    if reasons or not isinstance(command, commands.Open):
        return Refused(None, tuple(reasons))
    entry = _entry(None, command, rules, opening(command, None, rules), command.at)
    return Accepted(evolve(None, entry), (entry,))


def _entry(
    ticket: Ticket | None, command: commands.AnyCommand, rules: Rules, events: tuple[Event, ...], at: datetime
) -> Entry:
    return Entry(
        ticket.version if ticket else 0,
        str(ticket.outside if ticket else 0),
        at,
        command.by,
        ByCommand(commands.NAMES[type(command)], command.event_id, rules.digest),
        events,
        None if at == command.at else command.at,
    )


@attrs.frozen
class Option:
    """Something that an actor could ask of a ticket, and how it stands with that.

    Attributes:
        command: What the command is called.
        transition: For a move, which.
        needs: What would have to come with it: names of fields, ``message`` or ``resolution``.
        reasons: What forbids it, whatever came with it; nothing: they could give it now.
    """

    command: str
    transition: str | None
    needs: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def is_open(self) -> bool:
        """Whether they could give it now."""
        return not self.reasons


def available(ticket: Ticket | None, actor: Actor, rules: Rules) -> tuple[Option, ...]:
    """Return every command that there is, with what it needs and what forbids it to *actor* now.

    Commands that don't ask for a transition come first, then each transition of the workflow. What depends on the
    instant (a moment, kept in a field, that has passed) is found when the command is given.

    Args:
        ticket: The ticket as it stands, advanced to now; None for one that is yet to be opened.
        actor: Who asks.
        rules: The definition of the desk.

    Source: docs/semantics.md 2.4.

    >>> from datetime import UTC
    >>> from ticketflow.presets.senior import senior
    >>> ana, bob = Actor("agent", "ana"), Actor("customer", "bob")
    >>> opened = decide(None, commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=bob), senior()).ticket
    >>> [option.transition for option in available(opened, bob, senior()) if option.transition and option.is_open]
    ['record_close_request']
    >>> [option.needs for option in available(opened, ana, senior()) if option.transition == "inform_solution"]
    [('message',)]
    """
    check_argument(actor, Actor, "actor")
    check_rules(rules)
    if ticket is None:
        return tuple(_option(None, name, actor, rules) for name in commands.NAMES.values() if name == "open")
    check_ticket(ticket)
    plain = (_option(ticket, name, actor, rules) for name in commands.NAMES.values() if name != "move")
    return (*plain, *(_move_option(ticket, verb, actor, rules) for verb in rules.workflow.verbs))


def _option(ticket: Ticket | None, name: str, actor: Actor, rules: Rules) -> Option:
    if name == "reopen" and ticket is not None and (way_back := _way_back(ticket, rules)):
        move = _move_option(ticket, way_back, actor, rules)
        return Option(name, None, move.needs, move.reasons)
    way_in = rules.workflow.way_in(actor) if name == "open" else None
    return Option(name, None, way_in.needs if way_in else (), tuple(always_refused(ticket, name, actor, rules)))


def _way_back(ticket: Ticket, rules: Rules) -> str | None:
    """Return the transition that reopening takes; None where it only wakes."""
    way_back = rules.workflow.reopen
    leads = way_back is not None and bool(rules.workflow.rows(way_back, ticket.state))
    return way_back if leads or not ticket.is_hidden else None


def _move_option(ticket: Ticket, verb: str, actor: Actor, rules: Rules) -> Option:
    row = rules.workflow.select(verb, ticket.state, ticket.facts)
    reasons = tuple(always_refused_move(ticket, actor, Request(verb, None, {}, row), rules))
    forbidding = tuple(reason for reason in reasons if not reason.lacks)
    needs = dict.fromkeys(need for reason in reasons for need in reason.lacks)
    return Option("move", verb, tuple(needs), forbidding)


def decide_all(tickets: Iterable[Ticket], command: commands.AnyCommand, rules: Rules) -> tuple[Decision, ...]:
    """Return what becomes of *command* on each of the tickets, in their order: one decision a ticket.

    A refusal stops nothing. Bulk operations are for whom the permission ``bulk`` names; to others all are refused.

    Args:
        tickets: The tickets, each of which gets the command.
        command: What is asked of each.
        rules: The definition of the desk.

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
    command: commands.AnyCommand,
    rules: Rules,
    decider: Callable[[Ticket, commands.AnyCommand, Rules], Decision],
) -> tuple[Decision, ...]:
    """Return what *decider* makes of *command* on each of the tickets, if its sender may do things in bulk."""
    commands.check_command(command)
    check_rules(rules)
    given = items_of(tickets, Ticket, "tickets")
    return tuple(_one_of_many(decider(ticket, command, rules), ticket, command, rules) for ticket in given)


def _one_of_many(decision: Decision, ticket: Ticket, command: commands.AnyCommand, rules: Rules) -> Decision:
    """Return *decision*, or every reason against it, if the command may not be given in bulk."""
    refusals = tuple(_not_in_bulk(ticket, command, rules))
    if not refusals:
        return decision
    return Refused(ticket, (*refusals, *(decision.reasons if isinstance(decision, Refused) else ())))


def _not_in_bulk(ticket: Ticket, command: commands.AnyCommand, rules: Rules) -> Iterator[Reason]:
    permission = rules.workflow.permission("bulk")
    if not command.by.is_any_of(permission.may):
        who = ", ".join(sorted(permission.may)) or "nobody"
        what = f"{command.by.role} {command.by.id!r} may give no command in bulk"
        yield Reason("not_allowed", what, f"it is for: {who}")
    if not holds(permission.given, ticket.facts):
        yield Reason("guard", "nothing is done in bulk to this ticket now", f"it is when {permission.given}")
    if isinstance(command, commands.FollowUp):
        yield Reason("bad_value", "many tickets would get one id", "follow them up one by one")
