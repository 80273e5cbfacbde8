"""A store in memory: for tests of services, and as the simplest example of an adapter.

It keeps texts, as a database does: entries, snapshots and rule sets are written and read as documents.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import Any

import attrs

from ticketflow import documents
from ticketflow.errors import ConflictError, DocumentError
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.ruleset import Rules
from ticketflow.service.delivery import Why
from ticketflow.service.rule_changes import Outdated
from ticketflow.service.transactions import OutboxItem, Row, Transaction
from ticketflow.tickets.events import Entry
from ticketflow.tickets.fold import replay
from ticketflow.tickets.ticket import Ticket


class InjectedFailure(Exception):  # noqa: N818 -- it stands for a crash
    """The failure of a storage that a test asks for."""


@attrs.frozen
class _Item:
    """An item of the outbox. What to send is in the entry."""

    ticket: str
    sequence: int
    place: int
    withheld: Why | None
    is_done: bool = False
    until: datetime | None = None
    error: str | None = None

    @property
    def is_given_up(self) -> bool:
        return self.error is not None and self.until is None


@attrs.define
class MemoryDatabase:
    """What several stores share.

    Attributes:
        entries: The documents of the entries of each ticket.
        snapshots: The snapshot of each ticket.
        digests: The digest of the history of each ticket.
        rows: The row of each ticket.
        outbox: The items of the outbox by key, in the order in which they were stored.
        aside: The error of each ticket that is set aside.
        rules: The documents of the rule sets by digest.
        claimed: The tickets that are claimed now.
        before_write: Called before each write. If it raises, the transaction changes nothing.
    """

    entries: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    snapshots: dict[str, str] = attrs.field(factory=dict)
    digests: dict[str, str] = attrs.field(factory=dict)
    rows: dict[str, Row] = attrs.field(factory=dict)
    outbox: dict[str, _Item] = attrs.field(factory=dict)
    aside: dict[str, str] = attrs.field(factory=dict)
    rules: dict[str, str] = attrs.field(factory=dict)
    claimed: set[str] = attrs.field(factory=set)
    before_write: Callable[[], None] = lambda: None
    lock: RLock = attrs.field(factory=RLock)


class _Writes:
    """The writes of one transaction: collected first, then made together."""

    def __init__(self, before_write: Callable[[], None]) -> None:
        self._before_write = before_write
        self._made = list[tuple[dict[str, Any], str, Any]]()

    def put(self, table: dict[str, Any], key: str, value: object) -> None:
        """Put a value in a table; None removes it."""
        self._before_write()
        self._made.append((table, key, value))

    def commit(self) -> None:
        """Make the writes."""
        for table, key, value in self._made:
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value


class MemoryStore:
    """A store in memory (`ticketflow.service.Store`).

    Args:
        database: The database that it shares with other stores; None for a new one.

    Attributes:
        database: The database.
    """

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        self.database = MemoryDatabase() if database is None else database

    @contextmanager
    def _transaction(self) -> Iterator[_Writes]:
        with self.database.lock:
            writes = _Writes(self.database.before_write)
            yield writes
            writes.commit()

    def load(self, ticket: str) -> Ticket | None:
        """Return the ticket as it is stored; None if there is none with this id."""
        if ticket not in self.database.rows:
            return None
        try:
            return documents.read_snapshot(self.database.snapshots[ticket], self.database.digests[ticket])
        except DocumentError:
            return replay(self.entries(ticket))

    def row(self, ticket: str) -> Row | None:
        """Return the row that was stored last for a ticket; None if there is no such ticket."""
        return self.database.rows.get(ticket)

    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        """Return the entries of a ticket from the sequence *since* on, oldest first."""
        return [documents.read("entry", text) for text in self.database.entries.get(ticket, ())[since:]]

    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        """Return the ids of the tickets whose requester is *person*, those that are not closed first."""
        found = (row for row in self.database.rows.values() if row.requester == person)
        by_id = sorted(found, key=lambda row: row.ticket)
        latest = sorted(by_id, key=lambda row: row.active_at, reverse=True)
        return [row.ticket for row in sorted(latest, key=lambda row: row.category == "closed")][:limit]

    def follow_ups(self, ticket: str) -> Sequence[str]:
        """Return the ids of the tickets that follow up a ticket, smallest first."""
        return sorted(row.ticket for row in self.database.rows.values() if row.follows == ticket)

    def mentioning(self, text: str) -> Sequence[str]:
        """Return the ids of all tickets with *text* in their entries, smallest first."""
        written = json.dumps(text, ensure_ascii=False)[1:-1]
        return sorted(name for name, texts in self.database.entries.items() if any(written in each for each in texts))

    def commit(self, transaction: Transaction) -> None:
        """Store everything of a transaction, or nothing.

        Raises:
            ConflictError: A ticket has another history.
        """
        database = self.database
        with self._transaction() as writes:
            for write in transaction.writes:
                self._check_history(write.row.ticket, write.before)
            for write in transaction.writes:
                name = write.row.ticket
                texts = (*database.entries.get(name, ()), *map(documents.write, write.entries))
                self._put_history(writes, write.ticket, texts)
                writes.put(database.rows, name, write.row)
                writes.put(database.aside, name, None)
            for item in transaction.outbox:
                kept = _Item(item.ticket, item.entry.sequence, item.place, item.withheld)
                writes.put(database.outbox, item.key, kept)

    def _check_history(self, ticket: str, expected: PersistentList[Entry] | None) -> None:
        """Check that a ticket has this history; None if there must be no ticket."""
        row = self.row(ticket)
        is_stored = expected is not None and documents.history_digest(expected) == self.database.digests.get(ticket)
        if (row.version if row else 0) != len(expected or ()) or (row is not None and not is_stored):
            raise ConflictError(ticket, len(expected or ()))

    def _put_history(self, writes: _Writes, ticket: Ticket, texts: tuple[str, ...]) -> None:
        writes.put(self.database.entries, ticket.id, texts)
        writes.put(self.database.snapshots, ticket.id, documents.write_snapshot(ticket))
        writes.put(self.database.digests, ticket.id, documents.history_digest(ticket.history))

    @contextmanager
    def claim_due(self, now: datetime, limit: int) -> Iterator[Sequence[str]]:
        """Return a block with the ids of due tickets, which other claims skip."""
        with self.database.lock:
            found = [name for at, name in self._agenda() if at <= now and name not in self.database.claimed][:limit]
            self.database.claimed.update(found)
        try:
            yield found
        finally:
            self.database.claimed.difference_update(found)

    def _agenda(self) -> list[tuple[datetime, str]]:
        rows = [row for row in self.database.rows.values() if row.ticket not in self.database.aside]
        return sorted((row.next_due, row.ticket) for row in rows if row.next_due is not None)

    def next_due(self) -> datetime | None:
        """Return the earliest instant at which a ticket is due; None if nothing will be due."""
        return next((at for at, _ in self._agenda()), None)

    def set_aside(self, ticket: str, error: str) -> None:
        """Keep a ticket that failed out of claims until it is put back."""
        if ticket in self.database.rows:
            with self._transaction() as writes:
                writes.put(self.database.aside, ticket, error)

    def put_back(self, ticket: str) -> None:
        """Undo `set_aside`."""
        with self._transaction() as writes:
            writes.put(self.database.aside, ticket, None)

    def tickets_set_aside(self) -> Mapping[str, str]:
        """Return the tickets that are set aside, each with its error."""
        return dict(self.database.aside)

    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        """Return at most *limit* items that are to be sent, in the order in which they were stored."""
        waiting = (each for each in self.database.outbox.values() if not each.is_done and each.withheld is None)
        open_ones = [each for each in waiting if not each.is_given_up and (each.until is None or each.until <= now)]
        return [self._item(each) for each in open_ones[:limit]]

    def _item(self, kept: _Item) -> OutboxItem:
        return OutboxItem(self.entries(kept.ticket, kept.sequence)[0], kept.place, kept.withheld)

    def mark_sent(self, key: str, at: datetime) -> None:  # noqa: ARG002 -- a database keeps the instant
        """Mark an item as sent."""
        self._change_item(key, lambda kept: attrs.evolve(kept, is_done=True, error=None))

    def postpone(self, key: str, until: datetime | None, error: str) -> None:
        """Try an item again from *until* on; None gives it up."""
        self._change_item(key, lambda kept: attrs.evolve(kept, until=until, error=error))

    def _change_item(self, key: str, change: Callable[[_Item], _Item]) -> None:
        kept = self.database.outbox.get(key)
        if kept is not None and not kept.is_done:
            with self._transaction() as writes:
                writes.put(self.database.outbox, key, change(kept))

    def given_up(self) -> Mapping[str, str]:
        """Return the keys of the items that were given up, each with its last error."""
        return {key: each.error or "" for key, each in self.database.outbox.items() if each.is_given_up}

    def withheld(self, ticket: str) -> Sequence[OutboxItem]:
        """Return the items of a ticket that are withheld, in the order in which they were stored."""
        kept = (each for each in self.database.outbox.values() if each.ticket == ticket and each.withheld is not None)
        return [self._item(each) for each in kept]

    def keep_rules(self, rules: Rules) -> None:
        """Keep a rule set under its digest."""
        with self._transaction() as writes:
            writes.put(self.database.rules, rules.digest, documents.write(rules, frozen=True))

    def rules(self, digest: str) -> Rules | None:
        """Return the rule set that is kept under a digest; None if there is none."""
        text = self.database.rules.get(digest)
        return None if text is None else documents.read("rules", text)

    def rules_in_use(self) -> Sequence[str]:
        """Return the digests in the rows, smallest first, each once."""
        return sorted({row.rules for row in self.database.rows.values()})

    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        """Return the ids of at most *limit* tickets whose rows are of an old rule set, and which must be woken."""
        rows = (row for row in self.database.rows.values() if row.rules == digest)
        marked = (row for row in rows if which == "all" or (which == "unknown" and row.unknown_from is not None))
        return [row.ticket for row in marked if row.ticket not in self.database.aside][:limit]

    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        """Replace the histories of tickets by erased ones, all or none of them.

        Raises:
            ConflictError: A ticket of *before* is not as it is stored.
        """
        with self._transaction() as writes:
            for old, new in zip(before, after, strict=True):
                self._check_history(old.id, old.history)
                self._put_history(writes, new, tuple(map(documents.write, new.history)))
                row = attrs.evolve(self.database.rows[new.id], requester=new.requester, assignee=new.assignee)
                writes.put(self.database.rows, new.id, row)
