"""Which tickets the inbox shows, the latest active first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import attrs
from sqlalchemy import ColumnElement, select, tuple_

import ticketflow as tf
from ticketflow import events
from ticketflow_service.http.backend import Asked
from ticketflow_service.page.session import Visit
from ticketflow_service.schema import tickets
from ticketflow_service.texts import texts_of

LISTS = ("open", "mine", "unassigned", "hidden", "closed")
"""The lists. Those for which a customer has no use are the second and third."""

SHOWN = 25
MOST_READ = 200
"""The most tickets that are read for a list. Snoozed tickets are found among the open ones."""


@attrs.frozen
class Line:
    """A ticket in a list.

    Attributes:
        asked: The ticket as it stands now.
        subject: What it is about; None if its first message has neither a subject nor a text here.
        active_at: When a person last wrote.
        next_due: When it changes next by itself.
    """

    asked: Asked
    subject: str | None
    active_at: datetime
    next_due: datetime | None


@attrs.frozen
class Inbox:
    """Some tickets of a list.

    Attributes:
        lines: The tickets, the latest active first.
        older: Where the next page begins; None after the last.
    """

    lines: tuple[Line, ...]
    older: str | None


def inbox(visit: Visit, which: str, before: str) -> Inbox:
    """Return a page of a list.

    Args:
        visit: Who asks. People outside the support find what they may see.
        which: One of `LISTS`.
        before: The `older` of the page before; empty for the first.
    """
    found = list(islice(_lines(visit, which, before), SHOWN + 1))
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    older = f"{last.active_at.isoformat()} {last.asked.ticket.id}" if last else None
    return Inbox(tuple(found[:SHOWN]), older)


def subject_of(visit: Visit, ticket: tf.Ticket) -> str | None:
    """Return what a ticket is about: the subject or the first line of its first message; None if it has neither."""
    everything = (event for entry in ticket.history for event in entry.events)
    said = (each.message for each in everything if isinstance(each, events.MessageAdded))
    first = next((each.id for each in said if each.public), "")
    subject, text = texts_of(visit.backend.engine, [first]).get(first, (None, None))
    return (subject or text or "").strip().partition("\n")[0][:120] or None


def _lines(visit: Visit, which: str, before: str) -> Iterator[Line]:
    where = [*_which(visit, which), *_before(before)]
    order = tickets.c.active_at.desc(), tickets.c.id.desc()
    query = select(tickets.c.id, tickets.c.active_at).where(*where).order_by(*order).limit(MOST_READ)
    with visit.backend.engine.connect() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        asked = visit.backend.ask(row.id, visit.actor)
        if which == "closed" or asked.ticket.is_hidden is (which == "hidden"):
            due = tf.next_due(asked.ticket, asked.rules)
            yield Line(asked, subject_of(visit, asked.ticket), row.active_at, due)


def _which(visit: Visit, which: str) -> Iterator[ColumnElement[bool]]:
    actor, is_closed = visit.actor, tickets.c.category == "closed"
    yield is_closed if which == "closed" else ~is_closed
    if actor.role == "customer":
        yield tickets.c.requester == actor.id
    if actor.role == "third_party" or which == "mine":
        yield tickets.c.assignee == actor.id
    if which == "unassigned":
        yield tickets.c.assignee.is_(None)


def _before(text: str) -> Iterator[ColumnElement[bool]]:
    at, _, ticket = text.partition(" ")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return
    if instant.tzinfo is not None:
        yield tuple_(tickets.c.active_at, tickets.c.id) < (instant, ticket)
