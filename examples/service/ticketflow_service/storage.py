"""Tickets and their outbox in SQL: a `ticketflow.service.Store` on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import attrs
from sqlalchemy import Connection, Engine, Select, delete, exists, func, insert, select, update
from sqlalchemy.exc import DBAPIError

import ticketflow as tf
from ticketflow import documents, events
from ticketflow.errors import ConflictError, DocumentError
from ticketflow.service import OutboxItem, Outdated, Row, Transaction, Write, find_outdated
from ticketflow_service import schema
from ticketflow_service.databases import NotReadyError, insert_into
from ticketflow_service.schema import entries, outbox, set_aside, tickets

ABORTED = {"40001", "40P01"}
"""The SQLSTATEs of a serialization failure and of a deadlock. The same transaction can be given again."""

Queue = Callable[[Connection, Sequence[str]], None]
"""Queues the sending of items, by their keys, in the transaction that stores them."""

_WAITING = schema.waiting
_GIVEN_UP = _WAITING & outbox.c.error.is_not(None) & outbox.c.postponed_until.is_(None)
_IS_SET_ASIDE = exists().where(set_aside.c.ticket == tickets.c.id)
_ROW = [tickets.c.id if field.name == "ticket" else tickets.c[field.name] for field in attrs.fields(Row)]


@attrs.frozen
class Counts:
    """What is stored and what is left to do.

    Attributes:
        tickets: The number of tickets.
        due: The number of those that are due now.
        lag: The time since the earliest of them was due.
        to_send: The number of messages and events that wait.
        sent: The number of those that were sent.
        withheld: The number of those that are not sent.
        given_up: The number of those that failed too often.
        set_aside: The number of tickets that failed.
    """

    tickets: int
    due: int
    lag: timedelta
    to_send: int
    sent: int
    withheld: int
    given_up: int
    set_aside: int

    def __str__(self) -> str:
        return " ".join(f"{each.name}={getattr(self, each.name)}" for each in attrs.fields(Counts))


class SqlStore:
    """A store. One thread uses it at a time.

    Args:
        engine: The database.
        queue: Queues the sending; None if a worker reads the outbox.
    """

    def __init__(self, engine: Engine, queue: Queue | None = None) -> None:
        self.engine = engine
        self.queue = queue
        on_postgres = engine.dialect.name == "postgresql"  # a single SELECT needs no transaction, and saves two trips
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT") if on_postgres else engine
        self._claim: Connection | None = None
        self._rules: dict[str, tf.Rules] = {}

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Begin a transaction; within a claim, a savepoint of the claim's."""
        if self._claim is not None:
            with self._claim.begin_nested():
                yield self._claim
        else:
            with self.engine.execution_options(writes=True).begin() as connection:
                yield connection

    def _all(self, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        if self._claim is not None:
            return self._claim.execute(query).all()
        with self._reader.connect() as connection:
            return connection.execute(query).all()

    def _first(self, query: Select[*tuple[Any, ...]]) -> Any:  # noqa: ANN401 -- a row, or None
        return next(iter(self._all(query.limit(1))), None)

    # Tickets

    def load(self, ticket: str) -> tf.Ticket | None:
        """Return a ticket; None if it is not stored."""
        found = self._first(select(tickets.c.snapshot, tickets.c.digest).where(tickets.c.id == ticket))
        if found is None:
            return None
        try:
            return documents.read_snapshot(found.snapshot, found.digest)
        except DocumentError:  # it is of another release, or damaged
            return tf.replay(self.entries(ticket))

    def row(self, ticket: str) -> Row | None:
        """Return the facts of a ticket; None if it is not stored."""
        found = self._first(select(*_ROW).where(tickets.c.id == ticket))
        return None if found is None else Row(*found)

    def rows(self, wanted: Mapping[str, str], after: str, limit: int) -> Sequence[Row]:
        """Return the facts of tickets with values in columns, in the order of their ids, from after an id on."""
        which = (tickets.c.id > after, *(tickets.c[name] == value for name, value in wanted.items()))
        return [Row(*each) for each in self._all(select(*_ROW).where(*which).order_by(tickets.c.id).limit(limit))]

    def entries(self, ticket: str, since: int = 0) -> Sequence[events.Entry]:
        """Return the entries of a ticket from a sequence on, oldest first."""
        mine = (entries.c.ticket == ticket) & (entries.c.sequence >= since)
        found = self._all(select(entries.c.document).where(mine).order_by(entries.c.sequence))
        return [documents.read("entry", each.document) for each in found]

    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        """Return the ids of a person's tickets, those that are not closed first, then the latest active first."""
        order = tickets.c.category == "closed", tickets.c.active_at.desc(), tickets.c.id
        found = self._all(select(tickets.c.id).where(tickets.c.requester == person).order_by(*order).limit(limit))
        return [each.id for each in found]

    def follow_ups(self, ticket: str) -> Sequence[str]:
        """Return the ids of the tickets that follow up a ticket."""
        found = self._all(select(tickets.c.id).where(tickets.c.follows == ticket).order_by(tickets.c.id))
        return [each.id for each in found]

    def mentioning(self, text: str) -> Sequence[str]:
        """Return the ids of all tickets with a text in their entries. Reads every entry."""
        written = json.dumps(text, ensure_ascii=False)[1:-1]
        has_it = entries.c.document.contains(written, autoescape=True)
        found = self._all(select(entries.c.ticket).where(has_it).distinct().order_by(entries.c.ticket))
        return [each.ticket for each in found]

    # One transaction

    def commit(self, transaction: Transaction) -> None:
        """Store everything of a transaction, or nothing.

        Raises:
            ConflictError: A ticket was changed since it was loaded.
        """
        if not transaction.writes:
            return
        try:
            with self._writing() as connection:
                for write in transaction.writes:
                    self._write(connection, write)
                if transaction.outbox:
                    connection.execute(insert(outbox), [outbox_row(item) for item in transaction.outbox])
                if self.queue is not None and transaction.to_send:
                    self.queue(connection, [item.key for item in transaction.to_send])
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in ABORTED:
                raise
            write = transaction.writes[0]
            raise ConflictError(write.ticket.id, write.row.version - len(write.entries)) from error

    def _write(self, connection: Connection, write: Write) -> None:
        """Store a row, then its entries. The row is the lock: a concurrent writer waits for it and then fails."""
        ticket, before = write.ticket, write.row.version - len(write.entries)
        name, facts = ticket.id, ticket_row(write)
        if write.before is None:
            store = insert_into(self.engine, tickets).values(id=name, **facts).on_conflict_do_nothing()
        else:
            digest = documents.history_digest(write.before)
            mine = (tickets.c.id == name) & (tickets.c.version == before) & (tickets.c.digest == digest)
            store = update(tickets).where(mine).values(facts)
        stored = connection.execute(store.returning(_IS_SET_ASIDE)).first()
        if stored is None:
            raise ConflictError(ticket.id, before)
        if write.entries:
            connection.execute(insert(entries), entry_rows(write))
        if stored[0]:
            connection.execute(delete(set_aside).where(set_aside.c.ticket == name))

    def replace(self, before: Sequence[tf.Ticket], after: Sequence[tf.Ticket]) -> None:
        """Replace the histories of tickets by erased ones, all or none of them.

        Raises:
            ConflictError: A ticket of *before* is not as it is stored.
        """
        with self._writing() as connection:
            for old, ticket in zip(before, after, strict=True):
                stored = (tickets.c.version == old.version) & (
                    tickets.c.digest == documents.history_digest(old.history)
                )
                facts = {"requester": ticket.requester, "assignee": ticket.assignee, **_snapshot(ticket)}
                replaced = connection.execute(update(tickets).where(tickets.c.id == old.id, stored).values(facts))
                if replaced.rowcount != 1:
                    raise ConflictError(old.id, old.version)
                connection.execute(delete(entries).where(entries.c.ticket == ticket.id))
                connection.execute(insert(entries), [_entry_row(ticket.id, entry) for entry in ticket.history])

    # Work

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        """Claim due tickets, the earliest first, and hold them until the block ends.

        On PostgreSQL, the block is one transaction, each `commit` in it is a savepoint, and claims skip what others
        hold. On SQLite, nothing is held and each `commit` is a transaction: it refuses what another worker did first.
        """
        due = tickets.c.next_due <= now, ~_IS_SET_ASIDE
        with self._claiming():
            yield self._ids(select(tickets.c.id).where(*due).order_by(tickets.c.next_due, tickets.c.id), limit)

    @contextmanager
    def claim_outdated(self, rules: tf.Rules, limit: int) -> Iterator[Sequence[str]]:
        """Claim tickets that an earlier version of the rules computed, as `claim_due` does."""
        with self._claiming():
            yield find_outdated(self, rules, limit)

    @contextmanager
    def _claiming(self) -> Iterator[None]:
        """Begin a claim: one transaction that holds the tickets which `_ids` finds. SQLite has none."""
        if self.engine.dialect.name == "sqlite":
            yield
            return
        with self.engine.begin() as connection:
            self._claim = connection
            try:
                yield
            finally:
                self._claim = None

    def _ids(self, query: Select[*tuple[Any, ...]], limit: int) -> Sequence[str]:
        """Return ids of tickets. Within a claim, leave out what others hold, and hold the rest."""
        if self._claim is not None:
            query = query.with_for_update(skip_locked=True, of=tickets)
        return [each.id for each in self._all(query.limit(limit))]

    def next_due(self) -> datetime | None:
        """Return the earliest instant at which a ticket must be woken; None if there is none."""
        due = tickets.c.next_due.is_not(None), ~_IS_SET_ASIDE
        found = self._first(select(tickets.c.next_due).where(*due).order_by(tickets.c.next_due))
        return None if found is None else found.next_due

    def set_aside(self, ticket: str, error: str) -> None:
        """Keep a ticket from being claimed until it is put back, or until something is stored for it."""
        row = {"ticket": ticket, "error": error.replace("\0", " ")}  # PostgreSQL has no zero bytes
        with self._writing() as connection:
            if connection.execute(select(tickets.c.id).where(tickets.c.id == ticket)).first():
                connection.execute(
                    insert_into(self.engine, set_aside)
                    .values(row)
                    .on_conflict_do_update(index_elements=["ticket"], set_=row)
                )

    def put_back(self, ticket: str) -> None:
        """Let a ticket be claimed again."""
        with self._writing() as connection:
            connection.execute(delete(set_aside).where(set_aside.c.ticket == ticket))

    def tickets_set_aside(self) -> Mapping[str, str]:
        """Return the errors of the tickets that are set aside."""
        return dict(self._all(select(set_aside.c.ticket, set_aside.c.error).order_by(set_aside.c.ticket)))

    # Outbox

    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        """Return what is to be sent now, in the order in which it was stored."""
        ready = outbox.c.error.is_(None) | (outbox.c.postponed_until <= now)
        return [_item(each) for each in self._all(_ITEMS.where(_WAITING, ready).limit(limit))]

    def item(self, key: str) -> OutboxItem | None:
        """Return the item with a key if it was not sent yet and is not withheld."""
        found = self._first(_ITEMS.where(_WAITING, outbox.c.key == key))
        return None if found is None else _item(found)

    def withheld(self, ticket: str) -> Sequence[OutboxItem]:
        """Return what is withheld for a ticket, in the order in which it was stored."""
        mine = outbox.c.ticket == ticket, outbox.c.withheld.is_not(None)
        return [_item(each) for each in self._all(_ITEMS.where(*mine))]

    def mark_sent(self, key: str, at: datetime) -> None:
        """Note that an item was sent. Once more changes nothing."""
        self._change(key, {"sent_at": at, "error": None, "postponed_until": None})

    def postpone(self, key: str, until: datetime | None, error: str) -> None:
        """Note that an attempt failed, and the instant of the next one; None gives the item up."""
        failed = {"attempts": outbox.c.attempts + 1, "error": error.replace("\0", " "), "postponed_until": until}
        self._change(key, failed)

    def _change(self, key: str, values: Mapping[str, object]) -> None:
        with self._writing() as connection:
            connection.execute(update(outbox).where(outbox.c.key == key, _WAITING).values(values))

    def attempts(self, key: str) -> int:
        """Return the number of attempts to send an item that failed."""
        found = self._first(select(outbox.c.attempts).where(outbox.c.key == key))
        return 0 if found is None else found.attempts

    def given_up(self) -> Mapping[str, str]:
        """Return the errors of the items that were given up."""
        return dict(self._all(select(outbox.c.key, outbox.c.error).where(_GIVEN_UP).order_by(outbox.c.position)))

    def revive(self) -> Sequence[str]:
        """Let all items that were given up be sent again, and return their keys."""
        keys = list(self.given_up())
        with self._writing() as connection:
            again = update(outbox).where(outbox.c.key.in_(keys), _GIVEN_UP).values(error=None, attempts=0)
            connection.execute(again)
            if self.queue is not None and keys:
                self.queue(connection, keys)
        return keys

    # Rules

    def keep_rules(self, rules: tf.Rules) -> None:
        """Keep a rule set by its digest."""
        row = {"digest": rules.digest, "document": documents.write(rules, frozen=True)}
        with self._writing() as connection:
            connection.execute(insert_into(self.engine, schema.rules).values(row).on_conflict_do_nothing())

    def put_in_force(self, rules: tf.Rules) -> None:
        """Let all workers use a rule set from their next batch on.

        Raises:
            NotReadyError: Another rule set is in force, which is not an earlier version of this one.
        """
        before = self._in_force()
        if before is not None and before.name != rules.name:
            what = f"the tickets are under the rule set {before.name!r}, and this one is {rules.name!r}"
            raise NotReadyError(f"{what}; give a version of that one, or use another database")
        self.keep_rules(rules)
        latest = select(func.coalesce(func.max(schema.rules.c.in_force), 0)).scalar_subquery()
        with self._writing() as connection:
            mine = schema.rules.c.digest == rules.digest
            connection.execute(update(schema.rules).where(mine).values(in_force=latest + 1))

    def rules_in_force(self) -> tf.Rules:
        """Return the rule set that is in force.

        Raises:
            NotReadyError: None is.
        """
        rules = self._in_force()
        if rules is None:
            raise NotReadyError("no rules are in force; put a rule set in force with the command 'rules'")
        return rules

    def _in_force(self) -> tf.Rules | None:
        numbered = schema.rules.c.in_force.is_not(None)
        found = self._first(select(schema.rules.c.digest).where(numbered).order_by(schema.rules.c.in_force.desc()))
        return None if found is None else self.rules(found.digest)

    def rules(self, digest: str) -> tf.Rules | None:
        """Return the rule set with a digest; None if it is not kept."""
        if digest not in self._rules:
            found = self._first(select(schema.rules.c.document).where(schema.rules.c.digest == digest))
            if found is None:
                return None
            self._rules[digest] = documents.read("rules", found.document)
        return self._rules[digest]

    def rules_in_use(self) -> Sequence[str]:
        """Return the digests of the rule sets that computed rows."""
        used = exists().where(tickets.c.rules == schema.rules.c.digest)
        return [
            each.digest for each in self._all(select(schema.rules.c.digest).where(used).order_by(schema.rules.c.digest))
        ]

    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        """Return the ids of tickets that were computed by an old rule set and must be woken."""
        query = select(tickets.c.id).where(tickets.c.rules == digest, ~_IS_SET_ASIDE).order_by(tickets.c.id)
        match which:
            case "all":
                return self._ids(query, limit)
            case "unknown":
                return self._ids(query.where(tickets.c.unknown_from.is_not(None)), limit)
            case "none":
                return []

    # Figures

    def counts(self, now: datetime) -> Counts:
        """Count what is stored and what is left to do. Reads the whole outbox and an index of the tickets."""
        due, number = (tickets.c.next_due <= now) & ~_IS_SET_ASIDE, func.count()
        [(stored,)] = self._all(select(number).select_from(tickets))
        [(are_due, earliest)] = self._all(select(number, func.min(tickets.c.next_due)).where(due))
        kinds = _WAITING & ~_GIVEN_UP, outbox.c.sent_at.is_not(None), outbox.c.withheld.is_not(None), _GIVEN_UP
        [(to_send, sent, withheld, given_up)] = self._all(
            select(*(number.filter(kind) for kind in kinds)).select_from(outbox)
        )
        [(aside,)] = self._all(select(number).select_from(set_aside))
        lag = now - earliest if earliest else timedelta()
        return Counts(stored, are_due, lag, to_send, sent, withheld, given_up, aside)


_ITEMS = (
    select(entries.c.document, outbox.c.place, outbox.c.withheld)
    .join(entries, (entries.c.ticket == outbox.c.ticket) & (entries.c.sequence == outbox.c.sequence))
    .order_by(outbox.c.position)
)


def _item(row: Any) -> OutboxItem:  # noqa: ANN401 -- a row of _ITEMS
    return OutboxItem(documents.read("entry", row.document), row.place, row.withheld)


def ticket_row(write: Write) -> dict[str, Any]:
    """Return the columns of a ticket but its id."""
    facts = {field.name: getattr(write.row, field.name) for field in attrs.fields(Row) if field.name != "ticket"}
    return facts | _snapshot(write.ticket)


def entry_rows(write: Write) -> list[dict[str, Any]]:
    """Return the rows of the new entries of a ticket."""
    return [_entry_row(write.ticket.id, entry) for entry in write.entries]


def _snapshot(ticket: tf.Ticket) -> dict[str, object]:
    return {"digest": documents.history_digest(ticket.history), "snapshot": documents.write_snapshot(ticket)}


def _entry_row(ticket: str, entry: events.Entry) -> dict[str, object]:
    return {"ticket": ticket, "sequence": entry.sequence, "at": entry.at, "document": documents.write(entry)}


def outbox_row(item: OutboxItem) -> dict[str, Any]:
    """Return the row of an item of the outbox."""
    where = {"ticket": item.ticket, "sequence": item.entry.sequence, "place": item.place}
    return {"key": item.key, **where, "withheld": item.withheld}
