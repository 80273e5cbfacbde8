"""Which tickets the inbox shows, the latest active first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Row, select, tuple_

import ticketflow as tf
from ticketflow_service.http.backend import Asked
from ticketflow_service.http.routes import shown_messages
from ticketflow_service.page.session import Visit
from ticketflow_service.schema import tickets

LISTS = ("open", "mine", "unassigned", "hidden", "closed")
"""The lists. People outside the support have the first and the last: a snooze is the support's affair."""

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
        next_due: When it changes next by itself; None for people outside the support.
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
        older: Where the next page begins; None after the last. It can be empty if its tickets are in another list.
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
    where = [*_which(visit, which), *_before(before)]
    order = tickets.c.active_at.desc(), tickets.c.id.desc()
    query = select(tickets.c.id, tickets.c.active_at).where(*where).order_by(*order).limit(MOST_READ)
    with visit.backend.engine.connect() as connection:
        rows = connection.execute(query).all()
    found, older = list(islice(_lines(visit, which, rows), SHOWN + 1)), None
    if len(found) > SHOWN:
        older = f"{found[SHOWN - 1].active_at.isoformat()} {found[SHOWN - 1].asked.ticket.id}"
    elif len(rows) == MOST_READ:
        older = f"{rows[-1].active_at.isoformat()} {rows[-1].id}"
    return Inbox(tuple(found[:SHOWN]), older)


def lists_of(visit: Visit) -> tuple[str, ...]:
    """Return the lists that a visitor has."""
    return (LISTS[0], LISTS[-1]) if visit.is_outsider else LISTS


def subject_of(visit: Visit, asked: Asked) -> str | None:
    """Return what a ticket is about: the subject or the first line of the first message that the visitor may see."""
    first = shown_messages(visit.backend, asked, visit.actor, limit=1)
    text = next((each.subject or each.text or "" for each in first), "")
    return text.strip().partition("\n")[0][:120] or None


def _lines(visit: Visit, which: str, rows: Iterable[Row[Any, Any]]) -> Iterator[Line]:
    for row in rows:
        asked = visit.backend.ask(row.id, visit.actor)
        if which == "closed" or visit.is_outsider or asked.ticket.is_hidden is (which == "hidden"):
            due = None if visit.is_outsider else tf.next_due(asked.ticket, asked.rules)
            yield Line(asked, subject_of(visit, asked), row.active_at, due)


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
        instant = datetime.fromisoformat(at).replace(tzinfo=UTC)  # all are in UTC
    except ValueError:
        return
    yield tuple_(tickets.c.active_at, tickets.c.id) < (instant, ticket.replace("\0", ""))
