"""What the tests share: a receiver that knows keys, processes that are killed at a statement, and unpolled replays."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import c_bool, c_double, c_int
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import attrs
from procrastinate import PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from ticketflow_service import jobs, schema
from ticketflow_service import worker as worker_module
from ticketflow_service.clocks import Clock
from ticketflow_service.databases import open_engine
from ticketflow_service.desk import Desk, Lateness
from ticketflow_service.sending import Webhook
from ticketflow_service.storage import SqlStore
from ticketflow_service.worker import Worker, stop_on_signals

import ticketflow as tf
from ticketflow import commands, documents, events
from ticketflow.service import OutboxItem, row_of

STUCK = 60.0
"""The seconds after which a load is stuck: its clock and its sender stand still, or both ended and work is left."""


LATEST = timedelta(hours=36)
"""How late a ticket can be woken: a load holds its clock then."""


class Receiver:
    """A server that takes messages and recognizes a repeated one by its key.

    Attributes:
        address: Its URL.
        attempts: The number of times that each key came.
        taken: The keys that it took, each once, in order.
        refuses: Whether it answers that it cannot take anything now.
    """

    def __init__(self) -> None:
        self.attempts = Counter[str]()
        self.taken = dict[str, bytes]()
        self.refuses = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                key = self.headers["Idempotency-Key"]
                receiver.attempts[key] += 1
                if not receiver.refuses:
                    receiver.taken.setdefault(key, body)
                self.send_response(503 if receiver.refuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/"

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        """Take messages until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def fail_at(point: int, fail: Callable[[], object]) -> None:
    """Call *fail* before one of the statements of this process that touch the database or the receiver, counted from 0.

    A commit, a savepoint, a statement of the queue and a message are counted, too. So the points are all those between
    two of them.
    """
    lock, reached = threading.Lock(), iter(range(point + 1))

    def reach(*_: object, **__: object) -> None:
        with lock:
            is_here = next(reached, None) == point
        if is_here:
            fail()

    for name in ("before_cursor_execute", "begin", "commit", "rollback", "savepoint", "release_savepoint"):
        event.listen(Engine, name, reach)
    for kind in (PsycopgConnector, SyncPsycopgConnector):
        for name in [name for name in dir(kind) if name.startswith("execute_query")]:
            setattr(kind, name, _after(reach, getattr(kind, name)))
    Webhook.send = _after(reach, Webhook.send)  # type: ignore[method-assign]  # a failpoint


def _after(first: Callable[[], None], then: Callable[..., Any]) -> Callable[..., Any]:
    def both(*arguments: object, **named: object) -> object:
        first()
        return then(*arguments, **named)

    return both


@attrs.define
class SharedClock:
    """A clock that several processes read and one moves.

    Attributes:
        start: The instant that it shows first.
        seconds: The seconds that it has moved since, in memory that the processes share.
        ahead: How far it is ahead of the others.
    """

    start: datetime
    seconds: Any = attrs.field(factory=lambda: multiprocessing.RawValue(c_double, 0.0))
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the instant."""
        return self.start + timedelta(seconds=self.seconds.value) + self.ahead

    def move(self, to: datetime) -> None:
        """Move it forward to an instant."""
        self.seconds.value = max(self.seconds.value, (to - self.start).total_seconds())


def desk_on(url: str) -> Desk:
    """Return a desk on a database."""
    engine = open_engine(url)
    return Desk(SqlStore(engine, jobs.queue if engine.dialect.name == "postgresql" else None))


def kill_at(point: int | None) -> None:
    """Kill this process at a point, as ``kill -9`` does; None for never."""
    if point is not None:
        fail_at(point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def work(point: int | None, url: str, clock: SharedClock, address: str) -> None:
    """Work as the command ``work`` does, with another clock, and be killed at a point."""
    kill_at(point)
    worker_module.POLL = 0.1
    store = desk_on(url).store
    worker = Worker(store.engine, cast("Clock", clock), Webhook(address), Lateness(), store.queue)
    if store.queue is not None:
        jobs.run(store.engine, worker, heartbeat=1.0)
    else:
        worker.run(stop_on_signals())


def unpolled(rules: tf.Rules, given: Iterable[commands.Command], until: datetime) -> dict[str, tf.Ticket]:
    """Return a ticket and its follow-ups after commands, all of them accepted, without a wake-up in between."""
    ticket: tf.Ticket | None = None
    found: dict[str, tf.Ticket] = {}
    for command in given:
        decision = tf.handle(ticket, command, rules).unwrap()
        ticket = decision.ticket
        found[ticket.id] = ticket
        if decision.created is not None:
            found[decision.created.id] = decision.created
    return {name: tf.advance(until, each, rules) for name, each in found.items()}


def comparable(history: Iterable[events.Entry]) -> list[events.Entry]:
    """Return a history without the instants that senders claimed, and without what the digests of those name."""
    return [
        attrs.evolve(
            entry,
            occurred_at=None,
            events=tuple(
                attrs.evolve(each, earlier=None) if isinstance(each, events.Opened) else each for each in entry.events
            ),
        )
        for entry in history
    ]


def histories(store: SqlStore) -> dict[str, list[events.Entry]]:
    """Return all stored histories."""
    with store.engine.connect() as connection:
        rows = connection.execute(select(schema.entries).order_by(schema.entries.c.ticket, schema.entries.c.sequence))
        found = {name: [*mine] for name, mine in groupby(rows, key=itemgetter(0))}
        assert found.keys() == {*connection.scalars(select(schema.tickets.c.id))}
    return {name: [documents.read("entry", each.document) for each in mine] for name, mine in found.items()}


def check_stored(store: SqlStore, rules: tf.Rules) -> dict[str, list[events.Entry]]:
    """Check that snapshots and rows are those of the histories under *rules*, and return the histories."""
    stored = histories(store)
    for name, history in stored.items():
        loaded = store.load(name)
        assert loaded is not None
        assert loaded == tf.replay(history)
        assert store.row(name) == row_of(loaded, rules)
    return stored


def check_histories(
    store: SqlStore, rules: tf.Rules, load: Load, outcome: Outcome, others: Collection[str] = ()
) -> None:
    """Check that no accepted command is lost, and that every ticket equals their unpolled replay.

    A command is replayed at the instant at which it took effect. This is later than its own if the ticket was woken
    before the command came. Tickets that *others* opened are left out.
    """
    stored = {name: history for name, history in check_stored(store, rules).items() if name not in others}
    took_effect = {
        entry.cause.event_id: entry.at
        for history in stored.values()
        for entry in history
        if isinstance(entry.cause, events.ByCommand)
    }
    assert took_effect.keys() == outcome.accepted
    replayed = dict[str, tf.Ticket]()
    for _, given in groupby(sorted(load.script, key=itemgetter(0)), key=itemgetter(0)):
        accepted = [command for _, command in given if command.event_id in outcome.accepted]
        replayed |= unpolled(rules, [attrs.evolve(each, at=took_effect[each.event_id]) for each in accepted], load.end)
    assert stored.keys() == replayed.keys()
    for name, history in stored.items():
        assert comparable(history) == comparable(replayed[name].history), name


def check_outbox(store: SqlStore, receiver: Receiver) -> Mapping[str, int]:
    """Check that nothing that rules asked for is lost, and that the receiver took each item exactly once."""
    asked = {
        OutboxItem(entry, place).key
        for history in histories(store).values()
        for entry in history
        if isinstance(entry.cause, events.ByRule)
        for place, each in enumerate(entry.events)
        if isinstance(each, events.MessageRequested | events.Emitted)
    }
    with store.engine.connect() as connection:
        rows = connection.execute(select(schema.outbox)).all()
    assert {row.key for row in rows} == asked
    to_send = {row.key for row in rows if row.withheld is None}
    assert all(row.sent_at is not None for row in rows if row.withheld is None)
    assert receiver.taken.keys() == to_send == receiver.attempts.keys()
    for key, body in receiver.taken.items():
        assert json.loads(body)["key"] == key
    return receiver.attempts


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def readme_script(section: str, folder: Path, ports: Mapping[str, str], until: str) -> str:
    """Run the commands of a section of the README in a folder, and return what they print.

    Args:
        section: Its heading.
        folder: The folder.
        ports: What stands in the place of ports.
        until: A command that succeeds when the last service in the background has started.
    """
    text = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    block = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    script = dedent("".join(line for line in block.splitlines(keepends=True) if line.startswith("    ")))
    begin, _, rest = script.rpartition("&\n")
    script = f"trap 'kill $(jobs -p)' EXIT\n{begin}&\nuntil {until} > /dev/null; do sleep 0.1; done\n{rest}"
    for before, after in ports.items():
        script = script.replace(before, after)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "TICKETFLOW_DATABASE": f"sqlite:///{folder}/desk.db"}
    run = ["/bin/bash", "-ec", script]
    ran = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def wait_for(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It is not so in time.
    """
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def is_idle(store: SqlStore, now: datetime) -> bool:
    """Return whether nothing is due and nothing is to send."""
    counts = store.counts(now)
    return (counts.due, counts.to_send) == (0, 0)


Script = Sequence[tuple[str, commands.Command]]

# The fork server of older Pythons ignores sys.path: without this, each process would import everything itself.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["support", "doors", "sqlalchemy.dialects.postgresql.psycopg", "psycopg_pool", "uuid", "http.server"]
)


class Role:
    """A process that is started again each time that it is killed.

    Attributes:
        kills: How often it was killed.
    """

    def __init__(self, target: Callable[..., None], arguments: Sequence[object], points: Iterable[int] = ()) -> None:
        self._target, self._arguments, self._points = target, arguments, iter(points)
        self.kills = 0
        self._start()

    def _start(self) -> None:
        self.process = processes.Process(target=self._target, args=(next(self._points, None), *self._arguments))
        self.process.start()

    def is_done(self) -> bool:
        """Return whether it came to its end; start it again if it was killed."""
        code = self.process.exitcode
        if code == -signal.SIGKILL:
            self.kills += 1
            self._start()
        elif code:
            raise RuntimeError(f"a process ended with {code}")
        return code == 0

    def stop(self) -> None:
        """Stop it gracefully."""
        while not self.is_done():
            self.process.terminate()
            self.process.join(10)


def give(point: int | None, url: str, clock: SharedClock, script: Script, done: Any, accepted: Any) -> None:  # noqa: ANN401 -- shared memory
    """Give the commands of a script when their time has come, from the first one that is not known to be stored.

    If the database fails, give the command again.
    """
    kill_at(point)
    desk = desk_on(url)
    while done.value < len(script):
        ticket, command = script[done.value]
        while clock.now() < command.at:
            time.sleep(0.01)
        try:
            answer = desk.give(command, ticket)
        except (SQLAlchemyError, ConnectorException):
            time.sleep(0.1)
        else:
            accepted[done.value] = isinstance(answer.decision, tf.Accepted)
            done.value += 1


@attrs.frozen
class Outcome:
    """What happened under a load.

    Attributes:
        kills: How often each worker and the sender were killed.
        accepted: The event ids of the commands that the sender was told are accepted.
    """

    kills: list[int]
    accepted: frozenset[str | None]


@attrs.frozen
class Load:
    """Sample tickets in a database, while workers wake and send.

    Attributes:
        url: The database.
        receiver: Where messages go.
        script: The commands.
        end: The instant at which nothing is due any more.
        seconds: The real seconds that the time from the first command to *end* takes, if the machine is fast enough.
        clocks: How far the clock of each worker is ahead.
        points: For each worker and for the sender, where it is killed in each of its lives.
        late: How late commands can come. The more, the fewer of them wait for the clock.
        clock: The clock.
    """

    url: str
    receiver: Receiver
    script: Script
    end: datetime
    seconds: float
    clocks: Sequence[timedelta] = (timedelta(),)
    points: Sequence[Sequence[int]] = ()
    late: timedelta = timedelta()
    clock: SharedClock = attrs.Factory(lambda self: SharedClock(self.script[0][1].at), takes_self=True)

    def run(
        self,
        store: SqlStore,
        meanwhile: Callable[[float], None] = lambda _: None,
        go_on: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Run until nothing is left to do.

        Time passes evenly, but waits for the next command and for late workers. So a slow machine tests the same.

        Args:
            store: The database.
            meanwhile: Called often with the part of the commands that were given.
            go_on: Called often. While it is true, others give commands, too, and the clock waits after the last one of
                the script.
        """
        start, clock = self.script[0][1].at, self.clock
        done, points = multiprocessing.RawValue(c_int, 0), [*self.points, *([()] * 9)]
        clocks = [attrs.evolve(clock, ahead=ahead) for ahead in self.clocks]
        roles = [Role(work, (self.url, each, self.receiver.address), points.pop(0)) for each in clocks]
        accepted = multiprocessing.RawArray(c_bool, len(self.script))
        sender = Role(give, (self.url, clock, self.script, done, accepted), points.pop(0))
        begun = seen = moved = time.monotonic()
        last: tuple[datetime, int] | None = None
        try:
            while not (sender.is_done() and clock.now() >= self.end and is_idle(store, self.end)):
                assert not any(role.is_done() for role in roles), "a worker stopped by itself"
                if last != (clock.now(), done.value):
                    last, moved = (clock.now(), done.value), seen
                assert seen - moved < STUCK, f"{done.value} commands, {store.counts(self.end)}"
                meanwhile(done.value / len(self.script))
                time.sleep(0.02)
                passed, seen = time.monotonic() - seen, time.monotonic()
                to = clock.now() + passed / self.seconds * (self.end - start)
                if go_on():
                    to = min(to, self.script[-1][1].at)
                if done.value < len(self.script):
                    to = min(to, self.script[done.value][1].at + self.late)
                due = store.next_due()
                clock.move(min(to, self.end, (due or self.end) + LATEST))
        finally:
            for role in (*roles, sender):
                role.stop()
        print(f"{time.monotonic() - begun:.0f} s, {store.counts(self.end)}")
        told = zip(self.script, accepted, strict=True)
        known = frozenset(command.event_id for (_, command), is_accepted in told if is_accepted)
        return Outcome([role.kills for role in (*roles, sender)], known)
