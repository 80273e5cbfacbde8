"""Put incoming mails where they belong. A mail is stored first, so an error keeps it aside and loses nothing.

A mail is no proof of who wrote it: ``From`` can be forged. So whoever writes is a customer with that address, may write
to their own tickets only, and gets no answer but to that address.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

import ticketflow as tf
from ticketflow import documents, service
from ticketflow.errors import BadValueError, ConflictError
from ticketflow_service.clocks import REAL, Clock
from ticketflow_service.desk import Desk, new_id
from ticketflow_service.mail.parsing import ReadMail, name_of, read_mail
from ticketflow_service.schema import mails, outbox
from ticketflow_service.storage import Queue, SqlStore
from ticketflow_service.texts import keep_text

log = logging.getLogger(__name__)

TEMPORARY = (OperationalError, InterfaceError, PoolTimeoutError, ConnectorException, ConflictError)
"""What fails because of the database or of others who change the ticket. The mail waits, and is taken in later."""

MOST_PER_HOUR = 20
"""A sender of more mails in an hour is taken for a machine that does not say so."""

CANDIDATES = 20
"""The number of a sender's tickets among which a mail without a reference is routed."""

TRIES = 5
_TAG = re.compile(r"\[([!-Z\\^-~]{1,256})\]")


class Incoming:
    """Takes mails in.

    Args:
        engine: The database.
        address: The address of the desk.
        queue: Queues the sending; None if a worker reads the outbox.
        clock: The clock of the service.
    """

    def __init__(self, engine: Engine, address: str, queue: Queue | None = None, clock: Clock = REAL) -> None:
        self._engine, self._clock = engine, clock
        self._desk = Desk(SqlStore(engine, queue))
        self._address = address.lower()

    def receive(self, raw: bytes, envelope_from: str | None = None) -> str:
        """Store a mail and put it where it belongs. When this returns, the mail is safe.

        Raises:
            SQLAlchemyError: It is not stored. Send it again.
        """
        name = self.keep(raw, envelope_from)
        try:
            self.take_in(name)
        except TEMPORARY as error:
            log.warning("%s is taken in later: %s", name, error)
        return name

    def keep(self, raw: bytes, envelope_from: str | None) -> str:
        """Store a mail, and return its id. Once more changes nothing."""
        name, digest = name_of(raw)
        envelope_from = envelope_from and envelope_from.replace("\0", "")  # PostgreSQL has no zero bytes
        row = {"id": name, "digest": digest, "at": self._clock.now(), "envelope_from": envelope_from, "raw": raw}
        for each in (name, digest):
            try:
                with self._writing() as connection:
                    connection.execute(insert(mails).values(row | {"id": each}))
            except IntegrityError:  # it came before, or another mail has the same Message-ID
                if self._row(each).digest == digest:
                    return each
            else:
                return each
        return digest

    def take_in_waiting(self) -> int:
        """Take in the mails that were stored and not taken in, the oldest first, and return their number."""
        waiting = select(mails.c.id).where(mails.c.taken_in_at.is_(None), mails.c.error.is_(None)).order_by(mails.c.at)
        with self._engine.connect() as connection:
            names = connection.scalars(waiting.limit(100)).all()
        for each in names:
            self.take_in(each)
        return len(names)

    def take_in_again(self) -> int:
        """Take in the mails that were kept aside, and return their number."""
        with self._writing() as connection:
            again = update(mails).where(mails.c.error.is_not(None)).values(error=None, command=None, ticket=None)
            connection.execute(again)
        return self.take_in_waiting()

    def kept_aside(self) -> Mapping[str, str]:
        """Return the errors of the mails that were kept aside."""
        with self._engine.connect() as connection:
            failed = select(mails.c.id, mails.c.error).where(mails.c.error.is_not(None)).order_by(mails.c.at)
            return {each.id: each.error for each in connection.execute(failed)}

    def take_in(self, name: str) -> None:
        """Put a stored mail where it belongs; keep it aside with the error if that fails."""
        row = self._row(name)
        if row.taken_in_at is not None or row.error is not None:
            return
        try:
            self._take_in(row)
        except TEMPORARY:
            raise  # the mail is not the cause
        except Exception as error:
            log.exception("%s is kept aside", name)
            self._note(name, error=f"{type(error).__name__}: {error}".replace("\0", " ")[:2000])

    def _take_in(self, row: Any) -> None:  # noqa: ANN401 -- a row of mails
        reasons: tuple[tf.Reason, ...] = ()
        for _ in range(TRIES):
            if row.command is None:
                self._decide(row)
                row = self._row(row.id)
            if row.command is None:
                self._note(row.id, taken_in_at=self._clock.now())
                return
            decision = self._desk.give(documents.read("command", row.command), row.ticket).decision
            if isinstance(decision, tf.Accepted):
                ticket = (decision.created or decision.ticket).id
                self._note(row.id, ticket=ticket, taken_in_at=self._clock.now())
                return
            self._note(row.id, command=None, ticket=None)  # the ticket has changed since: look again
            row, reasons = self._row(row.id), decision.reasons
        raise BadValueError("the rules refuse the mail", "; ".join(map(str, reasons)))

    def _decide(self, row: Any) -> None:  # noqa: ANN401 -- a row of mails
        """Route a mail, and store the answer before it is carried out: a repeated mail does not go elsewhere."""
        mail = read_mail(bytes(row.raw), row.envelope_from)
        by = tf.Actor("customer", mail.sender)
        self._note(row.id, sender=by.id)
        automatic = mail.automatic or self._sends_too_much(by.id)
        message = tf.Mail(row.id, automatic=automatic, subject=mail.subject, text=mail.text)
        answered = self._answered(mail)
        is_theirs = answered is not None and answered.requester == by.id
        if by.id == self._address or self._is_own(row.id) or (automatic and answered and not is_theirs):
            self._note(row.id, route="own_mail_or_bounce")
            return
        keep_text(self._engine, message)
        names = [*self._desk.store.requested_by(by.id, CANDIDATES), *([answered.id] if answered and is_theirs else [])]
        arrival = tf.Arrival(message, by, answered.id if answered and is_theirs else None, "mail")
        found = self._route(arrival, names, row.at)
        command, route = tf.command_for(found, arrival, row.at, new_id(row.id)), type(found).__name__
        if command is None:
            self._note(row.id, route=route)
            return
        given = documents.write(attrs.evolve(command, event_id=row.id))
        ticket = None if isinstance(found, service.OpenNew) else found.ticket
        with self._writing() as connection:  # the first of two workers decides
            mine = (mails.c.id == row.id) & mails.c.command.is_(None)
            connection.execute(update(mails).where(mine).values(command=given, ticket=ticket, route=route))

    def _route(self, arrival: tf.Arrival, names: Sequence[str], at: datetime) -> service.Route:
        """Return the route of a mail; load tickets that it asks for, and wake those that are far behind."""
        store = self._desk.store
        rules, tickets = store.rules_in_force(), {name: each for name in names if (each := store.load(name))}
        while True:
            found = tf.route(arrival, tickets.values(), rules, at)
            match found:
                case service.Load(ticket):
                    loaded = store.load(ticket)
                    if loaded is None:
                        raise BadValueError(f"ticket {ticket!r} does not exist", "correct the link to it")
                    tickets[ticket] = loaded
                case service.Advance(ticket):
                    store.commit(tf.transact_due(at, tickets[ticket], rules))
                    tickets[ticket] = store.load(ticket) or tickets[ticket]
                case _:
                    return found

    def _answered(self, mail: ReadMail) -> tf.Ticket | None:
        """Return the ticket that a mail answers: by its references, or by the ticket in its subject."""
        keys = [each.partition("@")[0] for each in mail.references if each.endswith(self._domain)]
        with self._engine.connect() as connection:
            ours = connection.scalars(select(outbox.c.ticket).where(outbox.c.key.in_(keys))).all()
            theirs = connection.scalars(select(mails.c.ticket).where(mails.c.id.in_(mail.references))).all()
        found = (self._desk.store.load(name) for name in (*ours, *theirs, *_TAG.findall(mail.subject)[:3]) if name)
        return next((each for each in found if each), None)

    @property
    def _domain(self) -> str:
        return self._address[self._address.index("@") :]

    def _is_own(self, name: str) -> bool:
        """Return whether the id of a mail is that of a message that was sent."""
        key, _, domain = name.partition("@")
        if f"@{domain}" != self._domain:
            return False
        with self._engine.connect() as connection:
            return connection.execute(select(outbox.c.key).where(outbox.c.key == key)).first() is not None

    def _sends_too_much(self, sender: str) -> bool:
        recent = mails.c.sender == sender, mails.c.at > self._clock.now() - timedelta(hours=1)
        with self._engine.connect() as connection:
            return connection.scalars(select(func.count()).select_from(mails).where(*recent)).one() > MOST_PER_HOUR

    def _row(self, name: str) -> Any:  # noqa: ANN401 -- a row of mails
        with self._engine.connect() as connection:
            return connection.execute(select(mails).where(mails.c.id == name)).one()

    def _note(self, name: str, **values: object) -> None:
        with self._writing() as connection:
            connection.execute(update(mails).where(mails.c.id == name).values(values))

    def _writing(self) -> Any:  # noqa: ANN401 -- a context manager of SQLAlchemy
        return self._engine.execution_options(writes=True).begin()
