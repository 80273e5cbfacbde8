"""Give commands to stored tickets, and wake those that are due."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import attrs
from sqlalchemy.exc import SQLAlchemyError

import ticketflow as tf
from ticketflow import commands
from ticketflow.errors import ConflictError
from ticketflow.service import Mode, Transaction, Within, find_outdated
from ticketflow_service.storage import SqlStore

log = logging.getLogger(__name__)

ATTEMPTS = 20
"""The number of times that a command is given to a ticket that others change at the same time."""


@attrs.frozen
class Lateness:
    """Which late messages are sent: the arguments of `ticketflow.deliveries`.

    Attributes:
        modes: The modes of rules, by rule id.
        default: The mode of all other rules.
    """

    modes: Mapping[str, Mode | Within] = attrs.field(factory=dict)
    default: Mode | Within = "latest"


def new_id(name: str) -> str:
    """Return the id of a ticket that a request or a mail opens. It is easy to say aloud, as some rules want it."""
    digest = blake2b(name.encode(), digest_size=8).hexdigest().upper()
    return f"T-{digest[:8]}-{digest[8:]}"


class Desk:
    """Tickets in a store, under the rules that are in force.

    Args:
        store: The store.
        lateness: Which late messages are sent.
    """

    def __init__(self, store: SqlStore, lateness: Lateness | None = None) -> None:
        self.store = store
        self._lateness = attrs.asdict(lateness or Lateness(), recurse=False)

    def give(self, command: commands.Command, ticket: str | None = None) -> Transaction:
        """Give a command to a ticket and store what it changes.

        If another process changes the ticket at the same time, the command is given again to the changed ticket.

        Args:
            command: The command. With an event id, it can be given again after a crash.
            ticket: The ticket's id; None for `Open`.

        Raises:
            ConflictError: Others changed the ticket each time.
        """
        name = command.ticket if isinstance(command, commands.Open) else ticket or ""
        conflicts = 0
        while True:
            rules, loaded, stored = self.store.rules_in_force(), self.store.load(name), None
            if isinstance(command, commands.FollowUp):
                stored = self.store.load(command.ticket_id(name))
            answer = tf.transact(loaded, command, rules, stored, **self._lateness)
            is_behind = isinstance(answer.decision, tf.Refused) and answer.decision.kinds == {"behind"}
            if loaded is not None and is_behind:  # more is due than one call carries out: do that first
                answer = tf.transact_due(command.at, loaded, rules, **self._lateness)
            try:
                self.store.commit(answer)
            except ConflictError:
                conflicts += 1
                if conflicts == ATTEMPTS:
                    raise
            else:
                if not is_behind:
                    return answer

    def wake(self, now: datetime, limit: int) -> int:
        """Wake a batch of the tickets that are due, and return their number."""
        with self.store.claim_due(now, limit) as claimed:
            self._wake_all(claimed, now)
        return len(claimed)

    def wake_outdated(self, now: datetime, limit: int) -> int:
        """Wake a batch of the tickets that an earlier version of the rules computed, and return their number."""
        with self.store.claim_outdated(self.store.rules_in_force(), limit) as claimed:
            self._wake_all(claimed, now)
        return len(claimed)

    def has_work(self, now: datetime) -> bool:
        """Return whether there is a ticket to wake."""
        due = self.store.next_due()
        return (due is not None and due <= now) or bool(find_outdated(self.store, self.store.rules_in_force(), 1))

    def _wake_all(self, claimed: Sequence[str], now: datetime) -> None:
        """Wake claimed tickets. One that fails is set aside, so that the others go on."""
        rules = self.store.rules_in_force()
        for ticket in claimed:
            try:
                self._wake(ticket, now, rules)
            except ConflictError:
                log.info("%s was changed meanwhile; it stays due", ticket)
            except SQLAlchemyError:
                raise  # the database fails, not the ticket
            except Exception as error:
                log.exception("%s is set aside", ticket)
                self.store.set_aside(ticket, f"{type(error).__name__}: {error}")

    def _wake(self, ticket: str, now: datetime, rules: tf.Rules) -> None:
        loaded = self.store.load(ticket)
        if loaded is None:
            raise LookupError("the ticket has a row but no history")
        woken = tf.transact_due(now, loaded, rules, **self._lateness)
        [*_, write] = (each for each in woken.writes if each.ticket.id == ticket)
        if not write.entries and write.row.next_due is not None and write.row.next_due <= now:
            raise RuntimeError("the ticket is due, and waking it changes nothing")
        self.store.commit(woken)
