"""Send the items of the outbox, and decide when a failed one is tried again."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ticketflow import documents, events
from ticketflow.service import OutboxItem
from ticketflow_service.clocks import Clock
from ticketflow_service.storage import SqlStore

log = logging.getLogger(__name__)

ATTEMPTS = 10
"""An item is given up after so many failed attempts. `SqlStore.revive` lets it be sent again."""

LONGEST_WAIT = timedelta(hours=1)


class Transport(Protocol):
    """Something that takes messages and events to their receivers."""

    def send(self, item: OutboxItem) -> None:
        """Send an item, with its key as the idempotency key. An exception of any kind is a failed attempt."""


class Console:
    """A transport that writes to the log."""

    def send(self, item: OutboxItem) -> None:
        """Log the item."""
        request = item.request
        what = request.name if isinstance(request, events.Emitted) else request.template
        log.info("%s: %s to %s", item.ticket, what, item.recipient or item.group or "other systems")


class Webhook:
    """A transport that posts to an address, in JSON.

    Args:
        address: The URL.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def send(self, item: OutboxItem) -> None:
        """Post the item."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": item.key}
        said = {"key": item.key, "ticket": item.ticket, "recipient": item.recipient, "group": item.group}
        body = json.dumps({**said, "event": documents.plain(item.request)}).encode()
        request = urllib.request.Request(self._address, body, headers)  # noqa: S310 -- the address of the operator
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                pass
        except urllib.error.HTTPError as error:
            error.close()  # it is also the response
            raise


class SendingError(Exception):
    """An attempt to send failed.

    Attributes:
        retry_at: The instant of the next attempt; None if the item is given up.
    """

    def __init__(self, key: str, retry_at: datetime | None) -> None:
        super().__init__(key, retry_at)
        self.retry_at = retry_at


def retry_at(failed: int, now: datetime) -> datetime | None:
    """Return when to try again after a number of failed attempts; None for never. The wait doubles each time.

    >>> retry_at(3, datetime(2026, 11, 23, 9, tzinfo=UTC)).isoformat()
    '2026-11-23T09:00:08+00:00'
    """
    return now + min(timedelta(seconds=2**failed), LONGEST_WAIT) if failed < ATTEMPTS else None


def send(store: SqlStore, transport: Transport, item: OutboxItem, clock: Clock) -> None:
    """Send an item and mark it as sent.

    Raises:
        SendingError: The attempt failed. The store has the error.
    """
    try:
        transport.send(item)
    except Exception as error:
        again = retry_at(store.attempts(item.key) + 1, datetime.now(UTC))
        store.postpone(item.key, again, f"{type(error).__name__}: {error}")
        raise SendingError(item.key, again) from error
    store.mark_sent(item.key, clock.now())


def send_waiting(store: SqlStore, transport: Transport, clock: Clock, limit: int) -> int:
    """Send what waits, the oldest first, and return the number of attempts."""
    items = store.to_send(datetime.now(UTC), limit)
    for item in items:
        try:
            send(store, transport, item, clock)
        except SendingError as error:
            log.warning("%s was not sent: %s", item.key, error.__cause__)
    return len(items)
