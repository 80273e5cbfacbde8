"""Show the service at work: sample tickets on a clock that runs three weeks in 20 seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import inspect

import ticketflow as tf
from ticketflow import presets
from ticketflow_service import jobs, postgres, sample
from ticketflow_service.clocks import Clock
from ticketflow_service.databases import NotReadyError, migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.storage import SqlStore

TICKETS = 12
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY = timedelta(hours=3)
SECONDS = 20.0
STARTING = 3.0
"""The seconds that workers take to start; the clock begins after them."""


def demonstrate(on: str) -> int:
    """Give the commands of sample tickets while workers wake and send, then print the counts."""
    with _database(on) as url:
        engine = open_engine(url)
        is_used = inspect(engine).has_table("tickets") and SqlStore(engine).counts(START).tickets
        engine.dispose()
        if is_used:
            raise NotReadyError(f"there are tickets in {engine.url!r}; give an empty database")
        store = SqlStore(engine, jobs.queue if on == "postgres" else None)
        migrate(engine)
        store.put_in_force(presets.senior())
        lasts = sample.LASTS + TICKETS * EVERY
        clock = Clock(START, time.time() + STARTING, lasts.total_seconds() / SECONDS)
        print(
            f"{TICKETS} tickets in {engine.url!r}; {SECONDS:.0f} seconds are {lasts.days} days; Ctrl-C stops",
            flush=True,
        )
        command = [sys.executable, "-m", "ticketflow_service", "--clock", str(clock)]
        environment = {**os.environ, "TICKETFLOW_DATABASE": url}
        with _workers([*command, "work", "--heartbeat", "1"], environment, 2 if on == "postgres" else 1) as workers:
            _give(Desk(store), clock)
            while clock.now() < START + lasts or store.to_send(datetime.now(UTC), 1):
                time.sleep(0.2)
                if any(worker.poll() is not None for worker in workers):
                    raise RuntimeError("a worker stopped by itself")
        engine.dispose()
        return subprocess.run([*command, "status"], env=environment, check=True).returncode


def _give(desk: Desk, clock: Clock) -> None:
    for ticket, command in sample.script(range(TICKETS), START, EVERY):
        time.sleep(max(0.0, clock.real_seconds_until(command.at)))
        decision = desk.give(command, ticket).decision
        given = f"{command.at:%a %d %b %H:%M} {ticket}: {type(command).__name__}"
        print(f"         {given} -> {_said(decision)}", flush=True)


def _said(decision: tf.Decision) -> str:
    if isinstance(decision, tf.Refused):
        return f"refused: {', '.join(sorted(decision.kinds))}"
    if decision.created is not None:
        return f"{decision.created.id} is opened, {decision.created.state}"
    return decision.ticket.state


@contextmanager
def _workers(
    command: Sequence[str], environment: Mapping[str, str], number: int
) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    before = signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # workers that start do not hear Ctrl-C; they are stopped below
    try:
        running = [subprocess.Popen(command, env=environment) for _ in range(number)]
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield running
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            each.wait()


@contextmanager
def _database(on: str) -> Iterator[str]:
    """Yield the URL of a database of its own, or of the server in TICKETFLOW_DATABASE."""
    given = os.environ.get("TICKETFLOW_DATABASE", "")
    if on == "sqlite":
        with tempfile.TemporaryDirectory(prefix="ticketflow-") as folder:
            yield f"sqlite:///{Path(folder, 'desk.db')}"
    elif given.startswith("postgres"):
        yield given
    else:
        with postgres.running() as server:
            yield server.url
