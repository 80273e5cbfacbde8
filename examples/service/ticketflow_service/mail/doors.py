# ruff: noqa: ARG002, N802 -- methods as aiosmtpd calls them
"""Take mail in by SMTP or LMTP. A real mail server stands in front: it has TLS, queues and filters against spam."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from ticketflow_service.mail.incoming import TEMPORARY, Incoming
from ticketflow_service.mail.parsing import MOST_BYTES

log = logging.getLogger(__name__)

LOOKS_AGAIN = 5.0
"""The seconds after which mails are taken in that are stored and were not."""


class Handler:
    """Answers the mail server in front.

    Args:
        address: The address of the desk. Mail for others is refused.
        incoming: Takes mails in, one at a time.
    """

    def __init__(self, address: str, incoming: Incoming) -> None:
        self._name, _, self._domain = address.lower().partition("@")
        self._incoming, self._lock = incoming, threading.Lock()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept the address of the desk, also with something after a plus."""
        name, _, domain = address.lower().partition("@")
        if (name.partition("+")[0], domain) != (self._name, self._domain):
            return "550 5.1.1 there is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store the mail, then put it where it belongs. The sender keeps it until it is stored."""
        try:
            await asyncio.to_thread(self._receive, cast("bytes", envelope.content), envelope.mail_from)
        except SQLAlchemyError as error:
            log.warning("the database failed; the sender tries again: %s", error)
            return "451 4.3.0 not stored; try again later"
        return "250 2.6.0 stored"

    def _receive(self, raw: bytes, envelope_from: str | None) -> None:
        with self._lock:
            self._incoming.receive(raw, envelope_from)

    def look_again(self) -> None:
        """Take in the mails that are stored and were not taken in, as after a crash."""
        with self._lock:
            self._incoming.take_in_waiting()


class _LmtpController(Controller):
    def factory(self) -> SMTP:
        return LMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def listening(handler: Handler, place: tuple[str, int], *, lmtp: bool = False) -> Iterator[Controller]:
    """Listen until the block ends."""
    kind = _LmtpController if lmtp else Controller
    host, port = place
    door = kind(handler, hostname=host, port=port, data_size_limit=MOST_BYTES, timeout=60, ident="ticketflow")
    door.start()
    try:
        yield door
    finally:
        door.stop()


def run(handler: Handler, place: tuple[str, int], stop: threading.Event, *, lmtp: bool = False) -> None:
    """Listen until *stop* is set."""
    with listening(handler, place, lmtp=lmtp):
        while not stop.is_set():
            try:
                handler.look_again()
            except TEMPORARY as error:
                log.warning("mails are taken in later: %s", error)
            stop.wait(LOOKS_AGAIN)
