"""Where a customer's message belongs: on a ticket that is still open, in a follow-up of a closed one, or in a new one.

Source: row F1.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ticketflow.ticket import Ticket


@attrs.frozen
class Append:
    """Put the message on this ticket."""

    ticket: str


@attrs.frozen
class FollowUp:
    """Open a follow-up of this closed ticket with the message."""

    ticket: str


@attrs.frozen
class OpenNew:
    """Open a new ticket with the message."""


Route = Append | FollowUp | OpenNew


def route(tickets: Iterable[Ticket], reply_to: str | None = None) -> Route:
    """Return what to do with a message that arrived from a customer.

    An open ticket goes before a closed one; among equals the one last active, then the smaller id.

    Args:
        tickets: The customer's tickets, advanced to the instant of the message.
        reply_to: The id of the one among them that the message names as answered, if it does.

    >>> route([])
    OpenNew()
    """
    candidates = list(tickets)
    named = [ticket for ticket in candidates if ticket.id == reply_to]
    ordered = sorted(named or candidates, key=lambda ticket: ticket.id)
    ordered.sort(key=lambda ticket: ticket.changed_at, reverse=True)
    ordered.sort(key=lambda ticket: ticket.category == "closed")
    if not ordered:
        return OpenNew()
    first = ordered[0]
    return FollowUp(first.id) if first.category == "closed" else Append(first.id)
