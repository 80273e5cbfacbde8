"""Recover from a history the commands that people gave, to try other rules on them.

Source: docs/semantics.md 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from ticketflow.kernel.field_values import Value
from ticketflow.tickets import commands, events
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import Ticket, check_ticket


def commands_of(ticket: Ticket) -> tuple[commands.Command, ...]:
    """Return the accepted commands of a ticket's history, oldest first, so that they can be given again.

    Under the same rules, `simulate` makes the same history of them. Under other rules, it shows what those would have
    done.

    A history does not keep everything about a command. So:

    - `Open` names its state, even if the sender left it to the workflow, and `Snooze` names its instant.
    - A follow-up becomes a ticket of its own. `Open` sets the fields and the requester that it took from the closed
      ticket.
    - The fields that a mail filled are set by the command itself. If it cannot set fields, a `SetFields` by the same
      actor follows it.

    Raises:
        BadValueError: *ticket* is of another type.

    Source: docs/semantics.md 2.1.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> ada, noon = Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> ticket = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
    >>> [type(command).__name__ for command in commands_of(ticket)]
    ['Open']
    """
    check_ticket(ticket)
    found: list[commands.Command] = []
    before: Ticket | None = None
    for entry in ticket.history:
        if isinstance(entry.cause, events.ByCommand):
            found += _commands(entry, entry.cause, before)
        before = evolve(before, entry)
    return tuple(found)


def _commands(entry: events.Entry, cause: events.ByCommand, before: Ticket | None) -> Iterator[commands.Command]:
    """Yield the command of an entry, and a second one if a mail filled fields that the first cannot set."""
    who: dict[str, Any] = {"at": entry.occurred_at or entry.at, "by": entry.actor}
    header = {**who, "event_id": cause.event_id}
    message = next((event.message for event in entry.events if isinstance(event, events.MessageAdded)), None)
    moves = [event for event in entry.events if isinstance(event, events.StateChanged)]
    fields = _fields(entry)
    match cause.command, next(iter((*moves, *entry.events)), None):
        case _, events.Opened() as opened:
            assigned = [event.after for event in entry.events if isinstance(event, events.Assigned)]
            yield commands.Open(
                ticket=opened.ticket,
                fields=opened.fields,
                message=message,
                assignee=assigned[0] if assigned else None,
                state=opened.state,
                requester=opened.requester,
                **header,
            )
        case "move", events.StateChanged(transition=transition):
            yield commands.Move(transition=transition, message=message, fields=fields, **header)
        case "give_back", _:
            yield commands.GiveBack(**header)
        case "reopen", _:
            yield commands.Reopen(message=message, **header)
            yield from _filled(fields, who)
        case "add_message", _ if message:
            yield commands.AddMessage(message=message, **header)
            yield from _filled(fields, who)
        case "set_fields", _:
            yield commands.SetFields(fields=fields, **header)
        case "review_classification", events.FieldChanged(after=str() as after):
            yield commands.ReviewClassification(classification=after, **header)
        case "decline", events.Declined(why=why):
            yield commands.Decline(why=why, **header)
        case "assign", events.Assigned(after=after):
            yield commands.Assign(assignee=after, **header)
        case "set_requester", events.RequesterChanged(after=after):
            yield commands.SetRequester(requester=after, **header)
        case "rate", events.Rated(score=score, comment=comment):
            yield commands.Rate(score=score, comment=comment, **header)
        case "record_event", events.OutsideEventRecorded(event=name):
            yield commands.RecordEvent(event=name, **header)
        case "snooze", events.Snoozed(until=until, why=why):
            yield commands.Snooze(until=until, why=why, **header)
        case "cancel_snooze", _:
            yield commands.CancelSnooze(**header)
        case "link", events.Linked(ticket=other, kind=kind):
            yield commands.Link(other=other, kind=kind, **header)
        case name, None if before:
            yield from _unchanging(name, before, header)
        case _:
            pass  # a command of a later release


def _unchanging(name: str, ticket: Ticket, header: dict[str, Any]) -> Iterator[commands.Command]:
    """Yield a command that changes nothing about *ticket*: it gives what the ticket has."""
    classification = ticket.facts["field.classification"]
    match name:
        case "assign":
            yield commands.Assign(assignee=ticket.assignee, **header)
        case "set_requester":
            yield commands.SetRequester(requester=ticket.requester, **header)
        case "review_classification" if isinstance(classification, str):
            yield commands.ReviewClassification(classification=classification, **header)
        case "link" if ticket.links:
            yield commands.Link(other=ticket.links[0].ticket, kind=ticket.links[0].kind, **header)


def _fields(entry: events.Entry) -> dict[str, Value]:
    """Return the fields that a command set, without the outcome that its move gave to the ticket."""
    before = takewhile(lambda event: not isinstance(event, events.StateChanged), entry.events)
    return {event.field: event.after for event in before if isinstance(event, events.FieldChanged)}


def _filled(fields: dict[str, Value], who: dict[str, Any]) -> Iterator[commands.Command]:
    if fields:
        yield commands.SetFields(fields=fields, **who)
