"""What real tickets show about the behavior of customers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import attrs

from ticketflow.kernel.type_checks import items_of
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class ObservedAnswers:
    """How customers answered while tickets waited for them.

    Attributes:
        after: The time until each answer, in the order of the tickets.
        unanswered: How often a ticket was closed before the customer answered.
    """

    after: tuple[timedelta, ...]
    unanswered: int

    @property
    def share(self) -> float:
        """The share of answers; 0 if there are neither answers nor closings."""
        return len(self.after) / max(len(self.after) + self.unanswered, 1)


def observed_answers(tickets: Iterable[Ticket], *states: str) -> ObservedAnswers:
    """Return how customers answered while their tickets were in some states, for `Customers`.

    The time runs from the entry into one of the states until the customer's next message that no machine sent, or until
    the ticket is closed. Tickets that still wait, or that somebody else moved on, count as neither.

    Args:
        tickets: The real tickets.
        states: The names of the states in which they wait for the customer.

    Raises:
        BadValueError: An item is not a Ticket.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, Message, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada, hour = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada"), timedelta(hours=1)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
    >>> asked = handle(opened, commands.Move("to_awaiting_user_info", at=noon, by=ada), servicenow()).ticket
    >>> answer = commands.AddMessage(Message("m1"), at=noon + 3 * hour, by=Actor("customer", "bob"))
    >>> found = observed_answers([handle(asked, answer, servicenow()).ticket], "awaiting_user_info")
    >>> [str(each) for each in found.after], found.share
    (['3:00:00'], 1.0)
    """
    after: list[timedelta] = []
    unanswered = 0
    for ticket in items_of(tickets, Ticket, "tickets"):
        since = None
        for entry, event in ((each, event) for each in ticket.history for event in each.events):
            if isinstance(event, events.StateChanged):
                unanswered += since is not None and event.category == "closed"
                since = entry.at if event.after in states else None
            elif since is not None and _is_answer(event, entry):
                after.append(entry.at - since)
                since = None
    return ObservedAnswers(tuple(after), unanswered)


def _is_answer(event: events.Event, entry: events.Entry) -> bool:
    is_message = isinstance(event, events.MessageAdded) and not event.message.automatic
    return is_message and entry.actor.role == "customer"
