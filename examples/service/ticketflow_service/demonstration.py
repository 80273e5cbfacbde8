"""Show the service at work: sample tickets on a clock that runs three weeks in 20 seconds."""

from __future__ import annotations

import os
import signal
import socket
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
from ticketflow_service.tokens import issue_token
from ticketflow_service.worker import stop_on_signals

TICKETS = 12
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY = timedelta(hours=3)
SECONDS = 20.0
STARTING = 3.0
"""The seconds that workers take to start; the clock begins after them."""


def demonstrate(on: str, *, stay: bool = False) -> int:
    """Give the commands of sample tickets while workers wake and send and HTTP answers, then print the counts.

    Args:
        on: ``sqlite`` or ``postgres``.
        stay: Whether the desk stays open afterwards, on a clock that runs as fast as the real one, until SIGTERM or
            SIGINT.
    """
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
        port, token = free_port(), issue_token(engine, sample.ANA)
        print(f"the desk is open at http://127.0.0.1:{port}/ with the token {token}", flush=True)
        with _processes(on, url, clock, port) as processes:
            _give(Desk(store), clock)
            while clock.now() < START + lasts or store.to_send(datetime.now(UTC), 1):
                time.sleep(0.2)
                _check(processes)
        engine.dispose()
        status = subprocess.run([*_command(clock), "status"], env=_environment(url), check=True).returncode
        if stay:
            stop = stop_on_signals()
            print(f"the desk stays open at http://127.0.0.1:{port}/ until Ctrl-C", flush=True)
            with _processes(on, url, Clock(clock.now(), time.time()), port) as processes:
                while not stop.wait(0.2):
                    _check(processes)
        return status


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _command(clock: Clock) -> Sequence[str]:
    return [sys.executable, "-m", "ticketflow_service", "--clock", str(clock)]


def _environment(url: str) -> Mapping[str, str]:
    return {**os.environ, "TICKETFLOW_DATABASE": url}


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
def _processes(on: str, url: str, clock: Clock, port: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Let workers work and HTTP answer until the block ends."""
    work, serve = ("work", "--heartbeat", "1"), ("serve", "--port", str(port))
    kinds = [work, work, serve] if on == "postgres" else [work, serve]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # they do not hear Ctrl-C; they are stopped below
    try:
        running = [subprocess.Popen([*_command(clock), *kind], env=_environment(url)) for kind in kinds]
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield running
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            each.wait()


def _check(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    if any(each.poll() is not None for each in processes):
        raise RuntimeError("a process stopped by itself")


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
