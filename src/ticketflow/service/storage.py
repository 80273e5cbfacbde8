"""The protocol of a store: what a service needs of a database that holds tickets and the outbox of their messages.

The library has no store. It has this protocol, and tests that every store can inherit
(`ticketflow.testing.StoreContract`).

Source: docs/semantics.md 2.1, 3.11, 3.12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from ticketflow.errors import BadValueError
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.service.rule_changes import Outdated, outdated
from ticketflow.service.transactions import OutboxItem, Row, Transaction
from ticketflow.tickets.events import Entry
from ticketflow.tickets.ticket import Ticket


class Store(Protocol):
    """Storage for tickets, for the outbox of their messages, and for the rule sets by which they were decided.

    Any number of workers use one database, each through a store of its own. Only one thread uses a store at a time.

    Instants are aware, and a store returns them in UTC, exact to the microsecond. Ids are compared letter by letter,
    with regard to case. A method that raises has changed nothing. Errors of the database pass through unchanged.
    """

    def load(self, ticket: str) -> Ticket | None:
        """Return the ticket as it is stored; None if there is none with this id.

        A snapshot saves the replay of the history. A snapshot that `documents.read_snapshot` refuses is ignored.

        Raises:
            HistoryError: The stored history is not valid.
            DocumentError: A stored entry cannot be read.
        """

    def row(self, ticket: str) -> Row | None:
        """Return the row that was stored last for a ticket; None if there is no such ticket."""

    def entries(self, ticket: str, since: int = 0) -> Sequence[Entry]:
        """Return the entries of a ticket from the sequence *since* on, oldest first; none for an unknown ticket."""

    def requested_by(self, person: str, limit: int) -> Sequence[str]:
        """Return the ids of the tickets whose `Row.requester` is *person*.

        Tickets that are not closed come before closed ones, then the latest `Row.active_at` comes first, then the
        smaller id. If *limit* is greater than the number of tickets that are not closed, `route` finds the same ticket
        among these as among all.
        """

    def follow_ups(self, ticket: str) -> Sequence[str]:
        """Return the ids of the tickets whose `Row.follows` is *ticket*, smallest first."""

    def mentioning(self, text: str) -> Sequence[str]:
        """Return the ids of all tickets with *text* in their entries, smallest first; others may be among them.

        For erasure. It may take as long as reading every entry.
        """

    def commit(self, transaction: Transaction) -> None:
        """Store everything of a transaction, or nothing.

        For each write, the new entries, the row, and a snapshot if the store keeps them; then the items of the outbox,
        the withheld ones included. If no rule set with the digest of a row is kept, a store may refuse. A commit for a
        ticket that is set aside puts it back. A transaction without writes changes nothing.

        Raises:
            ConflictError: `Write.before` of a write is not the stored history: it has another version, or the same
                version and another digest, because somebody was erased from it. For version 0, the ticket exists
                already.
        """

    def claim_due(self, now: datetime, limit: int) -> AbstractContextManager[Sequence[str]]:
        """Return a block in which the caller wakes tickets that are due.

        The block has the ids of at most *limit* tickets with a `Row.next_due` at or before *now* that are not set
        aside, the earliest first, then the smaller id. Other claims skip these tickets until the block ends, if the
        database can do that; if it cannot, `commit` refuses the second worker.

        Within the block, the caller commits and sets aside as usual. That may take effect only when the block ends. If
        the block ends with an exception, or the process dies in it, each ticket is either done or still due.
        """

    def next_due(self) -> datetime | None:
        """Return the earliest `Row.next_due` of the tickets that are not set aside; None if nothing will be due."""

    def set_aside(self, ticket: str, error: str) -> None:
        """Keep a ticket that failed out of `claim_due`, `next_due` and `outdated`, until it is put back.

        An unknown ticket changes nothing. Setting it aside again replaces the error.
        """

    def put_back(self, ticket: str) -> None:
        """Undo `set_aside`. A ticket that is not set aside does not change."""

    def tickets_set_aside(self) -> Mapping[str, str]:
        """Return the tickets that are set aside, each with its error."""

    def to_send(self, now: datetime, limit: int) -> Sequence[OutboxItem]:
        """Return at most *limit* items that are to be sent, in the order in which they were stored.

        Left out are items that are withheld, sent, postponed beyond *now*, or given up. Until an item is marked as
        sent, every call can return it, to other workers, too: the receiver recognizes it by its key.
        """

    def mark_sent(self, key: str, at: datetime) -> None:
        """Mark an item as sent. Marking it again, or an unknown key, changes nothing."""

    def postpone(self, key: str, until: datetime | None, error: str) -> None:
        """Try an item again from *until* on; None gives it up. An item that is sent, or unknown, does not change."""

    def given_up(self) -> Mapping[str, str]:
        """Return the keys of the items that were given up, each with its last error."""

    def withheld(self, ticket: str) -> Sequence[OutboxItem]:
        """Return the items of a ticket that are withheld, in the order in which they were stored."""

    def keep_rules(self, rules: Rules) -> None:
        """Keep a rule set under its digest, before the first commit under it. Again, it changes nothing.

        Its document is frozen (`documents.write`), so that a release of the holidays package does not change it.
        """

    def rules(self, digest: str) -> Rules | None:
        """Return the rule set that is kept under a digest; None if there is none."""

    def rules_in_use(self) -> Sequence[str]:
        """Return the digests in the rows, smallest first, each once."""

    def outdated(self, digest: str, which: Outdated, limit: int) -> Sequence[str]:
        """Return the ids of at most *limit* tickets whose rows are of an old rule set, and which must be woken.

        Call it again after waking them, until it returns none: a woken ticket has a row with the new digest.

        Args:
            digest: The digest of the old rule set.
            which: Of the tickets with this digest in their row that are not set aside: all, none, or those with a
                `Row.unknown_from`, as the function `outdated` says.
            limit: The greatest number of ids.
        """

    def replace(self, before: Sequence[Ticket], after: Sequence[Ticket]) -> None:
        """Replace the histories of tickets by erased ones, all or none of them.

        The entries, the snapshots, and the requester and assignee of the rows change. All other facts of the rows
        stay. Items of the outbox stay, and have the new entries.

        Args:
            before: The tickets as they were loaded.
            after: The erased tickets, in the same order, each of the same version.

        Raises:
            ConflictError: A ticket of *before* does not have the stored version, or not the digest of that version.
        """


def find_outdated(store: Store, rules: Rules, limit: int) -> Sequence[str]:
    """Return the ids of some tickets that must be woken after a change of the rule set; none if all are up to date.

    Wake them with `transact_due` under *rules*, or set them aside, and call it again until it returns none. Rule sets
    with another name belong to other desks, so their tickets are left alone. While a worker still has an earlier
    version of the rules, it can store rows of that version: call it again after the last one has stopped.

    Args:
        store: The store.
        rules: The present version of the rule set.
        limit: The greatest number of ids.

    Raises:
        BadValueError: The store does not keep a rule set whose digest is in a row, or *rules* is not a Rules.
    """
    check_rules(rules)
    for digest in store.rules_in_use():
        before = store.rules(digest)
        if before is None:
            raise BadValueError(f"the store does not keep the rule set {digest}", "give it to keep_rules")
        which = outdated(before, rules) if before.name == rules.name else "none"
        found = store.outdated(digest, which, limit)
        if found:
            return found
    return []
