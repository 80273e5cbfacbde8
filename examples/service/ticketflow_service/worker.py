"""What a worker does: wake what is due, and send what waits. On SQLite it does so in a loop."""

from __future__ import annotations

import logging
import signal
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ticketflow_service.clocks import Clock
from ticketflow_service.databases import reason
from ticketflow_service.desk import Desk, Lateness
from ticketflow_service.sending import Transport, send, send_waiting
from ticketflow_service.storage import Queue, SqlStore

log = logging.getLogger(__name__)

BATCH = 50
"""The number of tickets that are claimed at a time."""

POLL = 1.0
"""The real seconds after which a worker without work looks again."""

REPORT = 10.0
"""The real seconds between two lines of progress."""


class Worker:
    """A worker on a database.

    Args:
        engine: The database.
        clock: The clock by which tickets are due.
        transport: Takes messages and events to their receivers.
        lateness: Which late messages are sent.
        queue: Queues the sending; None if this worker reads the outbox.
    """

    def __init__(
        self, engine: Engine, clock: Clock, transport: Transport, lateness: Lateness, queue: Queue | None = None
    ) -> None:
        self.clock = clock
        self._engine, self._queue = engine, queue
        self._transport, self._lateness = transport, lateness
        self._local = threading.local()
        self._reported = 0.0

    @property
    def desk(self) -> Desk:
        """The desk of the present thread."""
        if not hasattr(self._local, "desk"):
            self._local.desk = Desk(SqlStore(self._engine, self._queue), self._lateness)
        desk: Desk = self._local.desk
        return desk

    def wake(self) -> int:
        """Wake a batch of what is due, and one of what other rules computed; return the number of tickets."""
        now = self.clock.now()
        return self.desk.wake(now, BATCH) + self.desk.wake_outdated(now, BATCH)

    def send(self, key: str) -> None:
        """Send the item with a key, if it is still to send.

        Raises:
            SendingError: The attempt failed.
        """
        store = self.desk.store
        item = store.item(key)
        if item is not None:
            send(store, self._transport, item, self.clock)

    def report(self) -> None:
        """Log the counts, now and then."""
        if time.monotonic() - self._reported >= REPORT:
            self._reported = time.monotonic()
            now = self.clock.now()
            log.info("%s %s", now.isoformat(timespec="minutes"), self.desk.store.counts(now))

    def run(self, stop: threading.Event) -> None:
        """Wake and send until *stop* is set. A batch that has begun is finished."""
        while not stop.is_set():
            done = 0
            try:
                done = self.wake() + send_waiting(self.desk.store, self._transport, self.clock, BATCH)
                self.report()
            except SQLAlchemyError as error:
                log.warning("the database failed; everything is tried again: %s", reason(error))
            if not done:
                stop.wait(POLL)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    return stop
