"""Show the service at work: sample tickets on a clock that runs three weeks in 20 seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ticketflow as tf
from ticketflow import presets
from ticketflow_service import jobs, postgres, sample
from ticketflow_service.clocks import Clock
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.storage import SqlStore

TICKETS = 12
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY = timedelta(hours=3)
SECONDS = 20.0
STARTING = 2.0
"""The seconds that workers take to start; the clock begins after them."""


def demonstrate(on: str) -> int:
    """Give the commands of sample tickets while workers wake and send, then print the counts."""
    with _database(on) as url:
        engine = open_engine(url)
        migrate(engine)
        store = SqlStore(engine, jobs.queue if on == "postgres" else None)
        store.put_in_force(presets.senior())
        lasts = sample.LASTS + TICKETS * EVERY
        clock = Clock(START, time.time() + STARTING, lasts.total_seconds() / SECONDS)
        print(f"{TICKETS} tickets in {url}; {SECONDS:.0f} seconds are {lasts.days} days; Ctrl-C stops", flush=True)
        command = [sys.executable, "-m", "ticketflow_service", "--database", url, "--clock", str(clock)]
        with _workers(command, 2 if on == "postgres" else 1) as workers:
            _give(Desk(store), clock)
            while clock.now() < START + lasts or store.to_send(datetime.now(UTC), 1):
                time.sleep(0.2)
                if any(worker.poll() is not None for worker in workers):
                    raise RuntimeError("a worker stopped by itself")
        engine.dispose()
        return subprocess.run([*command, "status"], check=True).returncode


def _give(desk: Desk, clock: Clock) -> None:
    for ticket, command in sample.script(range(TICKETS), START, EVERY):
        time.sleep(max(0.0, clock.real_seconds_until(command.at)))
        decision = desk.give(command, ticket).decision
        result = decision.ticket.state if isinstance(decision, tf.Accepted) else decision.kinds
        print(f"         {command.at:%a %d %b %H:%M} {ticket}: {type(command).__name__} -> {result}", flush=True)


@contextmanager
def _workers(command: Sequence[str], number: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    running = [subprocess.Popen([*command, "work", "--heartbeat", "1"]) for _ in range(number)]
    try:
        yield running
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            each.wait()


@contextmanager
def _database(on: str) -> Iterator[str]:
    """Yield the URL of TICKETFLOW_DATABASE if it fits, or else of a new database that is removed afterwards."""
    given = os.environ.get("TICKETFLOW_DATABASE", "")
    if given.startswith(on):
        yield given
    elif on == "postgres":
        with postgres.running() as server:
            yield server.url
    else:
        with tempfile.TemporaryDirectory(prefix="ticketflow-") as folder:
            yield f"sqlite:///{Path(folder, 'desk.db')}"
