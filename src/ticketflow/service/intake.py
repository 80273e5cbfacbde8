"""Where a customer's message belongs: on one of their tickets, in a follow-up of a closed one, or in a new one.

Source: row F1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

import attrs

from ticketflow.engine.handling import advance_before, handle
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
    """A message that has come in and belongs to no ticket yet.

    Attributes:
        message: The message.
        by: Who wrote it.
        reply_to: The id of the ticket that it names as answered, if it names one.
        channel: The channel it came through, where channels feed pipelines.
    """

    message: Message
    by: Actor
    reply_to: str | None = None
    channel: str | None = None

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)


@attrs.frozen
class Append:
    """Put the message on this ticket, where it may end a wait."""

    ticket: str


@attrs.frozen
class Reopen:
    """Put the message on this resolved ticket, which reopens by it."""

    ticket: str


@attrs.frozen
class Surface:
    """Put the message on this sleeping ticket, which comes back to sight by it."""

    ticket: str


@attrs.frozen
class FollowUp:
    """Open a follow-up of this closed ticket with the message."""

    ticket: str


@attrs.frozen
class OpenNew:
    """Open a new ticket with the message.

    Attributes:
        state: The stage it begins in: the return stage of the customer's last ticket, or the entry of the pipeline that
            the channel feeds; None for where tickets usually begin.
    """

    state: str | None = None


@attrs.frozen
class SetAside:
    """Do nothing: a machine answered a ticket that is closed, and answering machines is how loops begin."""

    ticket: str


Route = Append | Reopen | Surface | FollowUp | OpenNew | SetAside


def route(arrival: Arrival, tickets: Iterable[Ticket], rules: Rules, now: datetime) -> Route:
    """Return what to do with a message that has arrived.

    The ticket that it names goes before all others; else an open one before a sleeping one before a resolved one before
    a closed one; among equals the one on which a person wrote last, then the smaller id. Whether the message reopens or
    surfaces that ticket is found by giving it to the ticket. A machine's message wakes nothing.

    Args:
        arrival: The message.
        tickets: The customer's tickets, as they are stored; what was due before *now* counts as done.
        rules: The definition of the desk.
        now: When it arrived; aware.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

    Source: row F1.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> arrival = Arrival(Message("m1"), Actor("customer", "bob"))
    >>> route(arrival, [], servicenow(), datetime(2026, 11, 19, tzinfo=UTC))
    OpenNew(state=None)
    """
    at = to_utc(now, "now")
    check_argument(arrival, Arrival, "arrival")
    check_rules(rules)
    found = [advance_before(at, ticket, rules) for ticket in items_of(tickets, Ticket, "tickets")]
    candidates = [ticket for ticket in found if ticket.id == arrival.reply_to] or found
    first = min(candidates, key=_order, default=None)
    if first is None:
        return OpenNew(_entry(arrival, rules))
    if first.category == "closed":
        return _after_closing(first, arrival, rules)
    return _on(first, arrival, rules, at)


def command_for(route: Route, arrival: Arrival, at: datetime, new_ticket: str) -> commands.AnyCommand | None:
    """Return the command that does what *route* says; None where nothing is to be done.

    Args:
        route: Where the message belongs.
        arrival: The message.
        at: When it arrived; aware.
        new_ticket: The id that a new ticket would have.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
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
        case SetAside():
            return None
        case _:
            assert_never(route)


def _order(ticket: Ticket) -> tuple[int, timedelta, str]:
    """Return the ticket's place among those that a message could belong to."""
    if ticket.category == "closed":
        rank = 3
    elif ticket.is_hidden:
        rank = 1
    else:
        rank = 2 if ticket.category == "resolved" else 0
    active = ticket.marks.get("message.anyone") or ticket.marks["created"]
    return rank, EPOCH - active.at, ticket.id


def _on(ticket: Ticket, arrival: Arrival, rules: Rules, at: datetime) -> Route:
    """Return what the message does to a ticket that is not closed."""
    command = commands.AddMessage(arrival.message, at=at, by=arrival.by)
    after = handle(ticket, command, rules).ticket or ticket  # refused, it stays as it is
    if ticket.is_hidden and not after.is_hidden:
        return Surface(ticket.id)
    if ticket.category == "resolved" and after.category in ("open", "pending"):
        return Reopen(ticket.id)
    return Append(ticket.id)


def _after_closing(ticket: Ticket, arrival: Arrival, rules: Rules) -> Route:
    """Return what to do with a message whose best ticket is closed."""
    if arrival.message.automatic and arrival.reply_to == ticket.id:
        return SetAside(ticket.id)
    if rules.workflow.after_closing == "follow_up" and not arrival.message.automatic:
        return FollowUp(ticket.id)
    stage = ticket.facts[f"field.{RETURN_STAGE}"]
    is_known = isinstance(stage, str) and rules.workflow.way_in(arrival.by, stage) is not None
    return OpenNew(stage if is_known and isinstance(stage, str) else _entry(arrival, rules))


def _entry(arrival: Arrival, rules: Rules) -> str | None:
    """Return the entry stage of the pipeline that the message's channel feeds."""
    feeding = (each.entry for each in rules.workflow.pipelines if arrival.channel in each.channels)
    entry = next(feeding, None)
    return entry if entry is None or rules.workflow.way_in(arrival.by, entry) else None
