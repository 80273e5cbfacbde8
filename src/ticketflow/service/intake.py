"""Route a message that has arrived: to one of the sender's tickets, to a follow-up, or to a new ticket.

Source: row F1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

import attrs

from ticketflow.engine.handling import found_before, handle
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import EPOCH, to_utc
from ticketflow.kernel.type_checks import check_argument, items_of, refuse_wrong_types
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.validation import RETURN_STAGE


@attrs.frozen
class Arrival:
    """A message that has arrived and is not on a ticket yet.

    Attributes:
        message: The message.
        by: The sender.
        reply_to: The id of the ticket that the message answers, if it names one.
        channel: The channel through which it arrived. It chooses a pipeline for a new ticket.
    """

    message: Message
    by: Actor
    reply_to: str | None = None
    channel: str | None = None

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Append:
    """Add the message to this ticket. It neither reopens nor surfaces the ticket.

    Attributes:
        ticket: The ticket's id.
        through: The ids of the merged tickets whose links led to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class Reopen:
    """Add the message to this resolved ticket, which reopens.

    Attributes:
        ticket: The ticket's id.
        through: The ids of the merged tickets whose links led to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class Surface:
    """Add the message to this hidden ticket, which surfaces.

    Attributes:
        ticket: The ticket's id.
        through: The ids of the merged tickets whose links led to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class FollowUp:
    """Open a follow-up of this closed ticket, with the message.

    Attributes:
        ticket: The ticket's id.
        through: The ids of the merged tickets whose links led to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class OpenNew:
    """Open a new ticket, with the message.

    Attributes:
        state: The stage in which it opens: the return stage of the closed ticket, or the entry stage of the pipeline
            that the channel feeds. None means the usual opening.
        through: The ids of the merged tickets whose links led to the closed ticket, in their order.
    """

    state: str | None = None
    through: tuple[str, ...] = ()


@attrs.frozen
class SetAside:
    """Do nothing, because the message is an automatic answer to this closed ticket.

    A new ticket could be answered automatically again, and two machines would write to each other without end.

    Attributes:
        ticket: The ticket's id.
        through: The ids of the merged tickets whose links led to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class Load:
    """Load this ticket, into which another one was merged, and route the message again with it.

    Attributes:
        ticket: The id of the missing ticket.
        through: The ids of the merged tickets whose links lead to it, in their order.
    """

    ticket: str
    through: tuple[str, ...] = ()


@attrs.frozen
class Advance:
    """Advance this ticket to the message, and route the message again with it.

    More is due on it before the message than one call carries out.

    Attributes:
        ticket: The ticket's id.
    """

    ticket: str


Route = Append | Reopen | Surface | FollowUp | OpenNew | SetAside | Load | Advance
"""Where an incoming message belongs."""

MERGED_INTO = "merged_into"
"""The kind of link from a ticket to the one in which its conversation goes on."""


def route(arrival: Arrival, tickets: Iterable[Ticket], rules: Rules, now: datetime) -> Route:
    """Return the route of a message that has arrived.

    The ticket that the message names goes first. Without one, open and pending tickets go before hidden ones, hidden
    before resolved, resolved before closed. Among equals, the ticket on which a person wrote last goes first, then the
    smaller id. To find out whether the message reopens or surfaces that ticket, it is tried on the ticket. An automatic
    message reopens and surfaces nothing.

    A ticket with a link ``merged_into`` stands for the ticket to which the link leads, through several merges too; the
    last such link counts. If that ticket is not among *tickets*, the answer is to `Load` it.

    If more is due on one of *tickets* before *now* than one call carries out, the answer is to `Advance` it, the one
    with the least id first.

    Args:
        arrival: The message.
        tickets: The sender's tickets as stored, and those into which they were merged. A customer's message goes to a
            ticket with another requester only if it names the ticket, or if merges lead there. Everything due before
            *now* is carried out on them first.
        rules: The rule set.
        now: The instant at which the message arrived; aware.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: An argument has the wrong type, or merges lead in a circle.

    Source: row F1; docs/semantics.md 3.14.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> arrival = Arrival(Message("m1"), Actor("customer", "bob"))
    >>> route(arrival, [], servicenow(), datetime(2026, 11, 19, tzinfo=UTC))
    OpenNew(state=None, through=())
    """
    at = to_utc(now, "now")
    check_argument(arrival, Arrival, "arrival")
    check_rules(rules)
    advanced = {each.id: found_before(at, each, rules) for each in items_of(tickets, Ticket, "tickets")}
    found = {name: ticket for name, ticket in advanced.items() if ticket is not None}
    if len(found) < len(advanced):
        return Advance(min(advanced.keys() - found.keys()))
    named = found.get(arrival.reply_to or "")
    candidates = [named] if named else [ticket for ticket in found.values() if _is_for(arrival.by, ticket)]
    paths = [_merge_path(ticket, found) for ticket in candidates]
    missing = min(((path[-1], path[:-1]) for path in paths if path[-1] not in found), default=None)
    if missing:
        return Load(*missing)
    through = {path[-1]: path[:-1] for path in sorted(paths, key=len, reverse=True)}  # the shortest way to each
    first = min((found[name] for name in through), key=_priority, default=None)
    if first is None:
        return OpenNew(_entry_stage(arrival, rules))
    if first.category == "closed":
        return _route_after_closing(first, through[first.id], arrival, rules)
    return attrs.evolve(_route_to(first, arrival, rules, at), through=through[first.id])


def _merge_path(ticket: Ticket, known: Mapping[str, Ticket]) -> tuple[str, ...]:
    """Return the ids from *ticket* to where its merges lead; the last one may not be known.

    Raises:
        BadValueError: The merges lead in a circle.
    """
    path, at = [ticket.id], known.get(ticket.id)
    while at is not None:
        into = [link.ticket for link in at.links if link.kind == MERGED_INTO]
        if not into:
            break
        path.append(into[-1])
        if into[-1] in path[:-1]:
            what = f"the merges of ticket {ticket.id!r} lead in a circle: {', '.join(path)}"
            raise BadValueError(what, "link one of them to the ticket in which the conversation goes on")
        at = known.get(into[-1])
    return tuple(path)


def command_for(route: Route, arrival: Arrival, at: datetime, new_ticket: str) -> commands.Command | None:
    """Return the command that carries out *route*; None for `SetAside`, `Load` and `Advance`.

    Args:
        route: The result of `route`.
        arrival: The message.
        at: The instant at which the message arrived; aware.
        new_ticket: The id for a new ticket or a follow-up.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        BadValueError: An argument has the wrong type.
    """
    to_utc(at, "at")
    check_argument(arrival, Arrival, "arrival")
    check_argument(route, Route, "route")
    check_argument(new_ticket, str, "new_ticket")
    match route:
        case Append() | Reopen() | Surface():
            return commands.AddMessage(arrival.message, at=at, by=arrival.by)
        case FollowUp():
            return commands.FollowUp(new_ticket, message=arrival.message, at=at, by=arrival.by)
        case OpenNew(state=state):
            return commands.Open(new_ticket, message=arrival.message, state=state, at=at, by=arrival.by)
        case SetAside() | Load() | Advance():
            return None
        case _:
            assert_never(route)


def _is_for(sender: Actor, ticket: Ticket) -> bool:
    """Return whether a ticket that the sender does not name can be theirs."""
    return sender.role != "customer" or ticket.requester in (None, sender.id)


def _priority(ticket: Ticket) -> tuple[int, timedelta, str]:
    """Return the sort key of a candidate; the least one gets the message."""
    if ticket.category == "closed":
        rank = 3
    elif ticket.is_hidden:
        rank = 1
    else:
        rank = 2 if ticket.category == "resolved" else 0
    return rank, EPOCH - active_at(ticket), ticket.id


def active_at(ticket: Ticket) -> datetime:
    """Return the instant at which a person last wrote on *ticket*; that of its opening if nobody did."""
    return (ticket.marks.get("message.anyone") or ticket.marks["created"]).at


def _route_to(ticket: Ticket, arrival: Arrival, rules: Rules, at: datetime) -> Append | Reopen | Surface:
    """Return the route to a ticket that is not closed."""
    command = commands.AddMessage(arrival.message, at=at, by=arrival.by)
    after = handle(ticket, command, rules).ticket or ticket  # a refused message changes nothing
    if ticket.is_hidden and not after.is_hidden:
        return Surface(ticket.id)
    if ticket.category == "resolved" and after.category in ("open", "pending"):
        return Reopen(ticket.id)
    return Append(ticket.id)


def _route_after_closing(ticket: Ticket, through: tuple[str, ...], arrival: Arrival, rules: Rules) -> Route:
    """Return the route of a message whose best candidate is closed."""
    if arrival.message.automatic and arrival.reply_to in (ticket.id, *through):
        return SetAside(ticket.id, through)
    if rules.workflow.after_closing == "follow_up" and not arrival.message.automatic:
        return FollowUp(ticket.id, through)
    stage = ticket.facts[f"field.{RETURN_STAGE}"]
    is_known = isinstance(stage, str) and rules.workflow.way_in(arrival.by, stage) is not None
    return OpenNew(stage if is_known and isinstance(stage, str) else _entry_stage(arrival, rules), through)


def _entry_stage(arrival: Arrival, rules: Rules) -> str | None:
    """Return the entry stage of the pipeline that the channel feeds, if the sender may open a ticket there."""
    feeding = (each.entry for each in rules.workflow.pipelines if arrival.channel in each.channels)
    entry = next(feeding, None)
    return entry if entry is None or rules.workflow.way_in(arrival.by, entry) else None
