"""Send messages by SMTP, from the outbox."""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import Engine, select

import ticketflow as tf
from ticketflow import events
from ticketflow.service import OutboxItem
from ticketflow_service.schema import mails
from ticketflow_service.sending import Transport
from ticketflow_service.storage import SqlStore
from ticketflow_service.texts import texts_of

log = logging.getLogger(__name__)

MOST_REFERENCES = 10


class Smtp:
    """A transport that sends messages by mail.

    A person's id is the address, if it has an ``@``; else it is the part before that of the desk's address. The text is
    that of the template. A template with ``{text}`` passes on the last public message of the ticket: so a rule sends
    the answers of agents.

    Args:
        server: The host and the port of the mail server.
        address: The address of the desk.
        engine: The database.
        others: Takes the events for other systems.
        language: The language of the templates.
    """

    def __init__(
        self, server: tuple[str, int], address: str, engine: Engine, others: Transport, language: str = "en"
    ) -> None:
        self._server, self._address, self._engine = server, address, engine
        self._others, self._language = others, language
        self._domain = address.partition("@")[2]

    def send(self, item: OutboxItem) -> None:
        """Send an item. Its key is the ``Message-ID``, so a receiver recognizes a repeated one."""
        request, to = item.request, item.recipient or item.group
        if isinstance(request, events.Emitted):
            self._others.send(item)
            return
        store = SqlStore(self._engine)
        ticket = store.load(item.ticket)
        if to is None or ticket is None or _answers_a_machine(ticket, item):
            log.info("%s is for nobody, or for a machine", item.key)
            return
        mail = self._mail(item, request.template, ticket, store.rules_in_force())
        receiver = Address(addr_spec=to if "@" in to else f"{to}@{self._domain}")  # one, whatever the id has in it
        mail["To"] = receiver
        with smtplib.SMTP(*self._server, timeout=10) as server:
            server.send_message(mail, self._address, [receiver.addr_spec])

    def _mail(self, item: OutboxItem, template: str, ticket: tf.Ticket, rules: tf.Rules) -> EmailMessage:
        found = next((each for each in rules.templates if each.name == template), tf.Template(template, {}))
        subject, text = self._last_message(ticket, item.entry.sequence)
        at = ticket.snooze.until if ticket.snooze else item.entry.at
        data: Mapping[str, str | datetime] = {"ticket": ticket.id, "subject": subject, "text": text, "at": at}
        references = self._references(item)
        title = f"Re: {re.sub('^(re: *)+', '', subject, flags=re.IGNORECASE)}" if subject else template
        tag = f"[{ticket.id}]"
        mail = EmailMessage()
        mail["From"] = self._address
        mail["Subject"] = " ".join(title.split()) if tag in title else " ".join(f"{title} {tag}".split())
        mail["Date"] = format_datetime(item.entry.at)
        mail["Message-ID"] = f"<{item.key}@{self._domain}>"
        if references:
            mail["In-Reply-To"] = references[-1]
            mail["References"] = " ".join(references)
        if "{text}" not in "".join(found.texts.values()):
            mail["Auto-Submitted"] = "auto-replied" if references else "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(found.text(self._language, data))
        return mail

    def _references(self, item: OutboxItem) -> list[str]:
        """Return the ids of the last mails of the ticket from the recipient, the oldest first."""
        of_recipient = mails.c.ticket == item.ticket, mails.c.sender == item.recipient, mails.c.id.contains("@")
        newest = select(mails.c.id).where(*of_recipient).order_by(mails.c.at.desc()).limit(MOST_REFERENCES)
        with self._engine.connect() as connection:
            return [f"<{each}>" for each in reversed(connection.scalars(newest).all())]

    def _last_message(self, ticket: tf.Ticket, sequence: int) -> tuple[str, str]:
        """Return the subject of the ticket, and the text of its last public message up to an entry."""
        before = (each for entry in ticket.history if entry.sequence <= sequence for each in entry.events)
        ids = [each.message.id for each in before if isinstance(each, events.MessageAdded) and each.message.public]
        texts = texts_of(self._engine, [*ids[:1], *ids[-1:]])
        return (texts.get(ids[0], ("", ""))[0] or "", texts.get(ids[-1], ("", ""))[1] or "") if ids else ("", "")


def _answers_a_machine(ticket: tf.Ticket, item: OutboxItem) -> bool:
    """Return whether all that the recipient has written on the ticket was sent by a machine (RFC 3834, section 2)."""
    written = [
        each.message
        for entry in ticket.history
        if entry.actor.id == item.recipient
        for each in entry.events
        if isinstance(each, events.MessageAdded)
    ]
    return bool(written) and all(each.automatic for each in written)
