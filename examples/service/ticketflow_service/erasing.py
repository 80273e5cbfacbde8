"""Erase a person from everything that the database has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing

from sqlalchemy import delete, or_, select, update

from ticketflow import documents, events
from ticketflow_service.schema import mails, messages, requests, tokens
from ticketflow_service.storage import SqlStore


def erase(store: SqlStore, names: Mapping[str, str]) -> tuple[str, ...]:
    """Put pseudonyms in the place of people, and return what still has one of the names, a sentence each.

    Histories, snapshots, rows and the outbox get the pseudonyms. Deleted are the texts of messages and the mails that
    these people wrote, their tokens, and kept answers to requests in which they are named. Of a mail its id stays, so
    that it is recognized if it comes again. If the process stops, run it again.

    Args:
        store: The store.
        names: The pseudonym for each id and each other text that names a person, as in `documents.erase`.
    """
    written = _written_by(store, names)
    answers = or_(*(requests.c.answer.contains(json.dumps(name)[1:-1], autoescape=True) for name in names))
    with store.engine.execution_options(writes=True).begin() as connection:
        for name in written:
            connection.execute(delete(messages).where(messages.c.id == name))
        for name, pseudonym in names.items():
            theirs = (mails.c.sender == name) & mails.c.taken_in_at.is_not(None)
            empty = {"sender": pseudonym, "envelope_from": None, "raw": b"", "command": None}
            connection.execute(update(mails).where(theirs).values(empty))
        connection.execute(delete(tokens).where(tokens.c.actor.in_(names)))
        connection.execute(delete(requests).where(answers))
    remains = documents.erase_stored(store, names)
    if store.engine.dialect.name == "sqlite":
        with closing(store.engine.raw_connection()) as connection:  # the write-ahead log still has the names
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (*remains, *_remains_in_texts(store, names))


def _written_by(store: SqlStore, names: Mapping[str, str]) -> set[str]:
    """Return the ids of the messages that people wrote."""
    tickets = {ticket for name in names for ticket in store.mentioning(name)}
    entries = (entry for ticket in tickets for entry in store.entries(ticket) if entry.actor.id in names)
    return {each.message.id for entry in entries for each in entry.events if isinstance(each, events.MessageAdded)}


def _remains_in_texts(store: SqlStore, names: Mapping[str, str]) -> Iterator[str]:
    with store.engine.connect() as connection:
        for name in names:
            for mail in connection.scalars(select(mails.c.id).where(mails.c.sender == name).order_by(mails.c.id)).all():
                yield f"mail {mail!r} of {name!r} is not taken in; take it in again or delete it"
            has_it = or_(*(column.contains(name, autoescape=True) for column in (messages.c.subject, messages.c.text)))
            for message in connection.scalars(select(messages.c.id).where(has_it).order_by(messages.c.id)).all():
                yield f"the text of message {message!r} has {name!r} in it; another person wrote it"
            can_have_it = mails.c.command.contains(name, autoescape=True) | mails.c.error.is_not(None)
            others = select(mails.c.id, mails.c.command, mails.c.raw).where(mails.c.sender.not_in(names) & can_have_it)
            for mail in connection.execute(others.order_by(mails.c.id)).all():
                if name in f"{mail.command}{bytes(mail.raw).decode(errors='replace')}":
                    yield f"mail {mail.id!r} has {name!r} in it; another person wrote it"
