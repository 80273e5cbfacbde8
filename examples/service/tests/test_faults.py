"""The database restarts, the disk is full, clocks are wrong, and rules change, all under load."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from support import Load, Outcome, Receiver, check_histories, check_outbox, check_stored
from ticketflow_service import jobs, postgres, sample
from ticketflow_service.clocks import REAL
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.http.app import make_app
from ticketflow_service.http.backend import Backend
from ticketflow_service.mail.incoming import Incoming
from ticketflow_service.sample import ANA
from ticketflow_service.sending import Webhook, send_waiting
from ticketflow_service.storage import SqlStore
from ticketflow_service.tokens import issue_token

import ticketflow as tf
from ticketflow import commands, presets

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPREAD = timedelta(days=5)
END = START + SPREAD + sample.LASTS
RIGHT = timedelta()
WRONG_CLOCKS = [timedelta(minutes=10), timedelta(minutes=-10), RIGHT]


def quick_senior(hours: int) -> tf.Rules:
    """Return the sample's rules with one reminder, and another one after *hours*."""
    reminders = (tf.Elapsed(hours=hours), tf.Elapsed(days=2))
    return presets.senior(waiting_reminders=reminders, validation_reminders=reminders)


def test_the_doors_wait_for_a_database_that_crashed(caplog: pytest.LogCaptureFixture) -> None:
    mail = b"From: bruno@mail.example\r\nMessage-ID: <1@mail.example>\r\n\r\nHello\r\n"
    with postgres.running({"fsync": "off"}) as server:
        store = SqlStore(open_engine(server.url), jobs.queue)
        migrate(store.engine)
        store.put_in_force(presets.senior())
        token, incoming = issue_token(store.engine, ANA), Incoming(store.engine, "help@desk.example", jobs.queue)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
        client = TestClient(make_app(Backend(store.engine, jobs.queue)), headers=headers)
        opening = {"do": "open", "requester": "bruno", "fields": {"nature": "incident"}}
        server.stop("immediate")
        answer = client.post("/tickets", json=opening)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        with pytest.raises(SQLAlchemyError):
            incoming.receive(mail)
        server.start()
        assert client.post("/tickets", json=opening).status_code == 201
        name = incoming.receive(mail)
        server.stop("immediate")
        server.start()
        again = [client.post("/tickets", json=opening) for _ in range(2)]  # the first finds a broken connection
        assert [each.status_code for each in again][-1] == 201
        assert incoming.receive(mail) == name
        assert store.counts(datetime.now(UTC)).tickets == 2
        assert "the database failed" in caplog.text
        store.engine.dispose()


def test_a_database_that_crashes_under_load_loses_nothing(receiver: Receiver) -> None:
    rules, crashes = presets.senior(), [0.2, 0.5, 0.8]
    with postgres.running({"fsync": "off"}) as server:
        engine = open_engine(server.url)
        migrate(engine)
        store = SqlStore(engine, jobs.queue)
        store.put_in_force(rules)

        def crash(given: float) -> None:
            if crashes and given >= crashes[0]:
                crashes.pop(0)
                server.stop("immediate")
                server.start()

        script = sample.script(range(50), START, SPREAD / 50)
        load = Load(server.url, receiver, script, END, 8.0, (RIGHT, RIGHT))
        outcome = load.run(store, crash)
        assert not crashes
        check_histories(store, rules, load, outcome)
        check_outbox(store, receiver)

        server.stop()
        server.start()
        ticket, command = next(sample.commands_of(80, END))
        assert isinstance(Desk(store).give(command, ticket).decision, tf.Accepted), "a sender need not try again"
        engine.dispose()


def conversations(tickets: int) -> Iterator[tuple[str, commands.Command]]:
    """Yield commands to tickets whose customers are reminded after an hour; every second one answers just before."""
    for number in range(tickets):
        name, at = f"T-{number}", START + number * timedelta(minutes=2)
        customer, hour = tf.Actor("customer", f"customer-{number}"), timedelta(hours=1)
        first, asked = tf.Message(f"{name}-first"), tf.Message(f"{name}-asked")
        yield name, commands.Open(name, message=first, requester=customer.id, at=at, by=ANA, event_id=f"{name}/open")
        yield name, commands.Move("ask_for_information", asked, at=at, by=ANA, event_id=f"{name}/ask")
        if number % 2:
            just_before, answer = at + hour - timedelta(minutes=1), tf.Message(f"{name}-answer")
            yield name, commands.AddMessage(answer, at=just_before, by=customer, event_id=f"{name}/answer")


def test_wrong_clocks_remind_early_or_late_and_lose_nothing(store: SqlStore, url: str, receiver: Receiver) -> None:
    rules = presets.senior(waiting_reminders=(tf.Elapsed(hours=1),))
    store.put_in_force(rules)
    script = sorted(conversations(20), key=lambda each: each[1].at)
    end = START + timedelta(hours=2)
    seconds, clocks = (13.0, WRONG_CLOCKS) if store.queue else (3.0, WRONG_CLOCKS[:1])  # the queue looks every second
    load = Load(url, receiver, script, end, seconds, clocks)
    outcome = load.run(store)
    check_histories(store, rules, load, outcome)
    check_outbox(store, receiver)


def test_rules_that_change_under_load_are_used_by_all(store: SqlStore, url: str, receiver: Receiver) -> None:
    versions = [quick_senior(hours) for hours in (2, 5, 9)]
    left = list(zip((0.0, 0.4, 0.8), versions, strict=True))

    def change(given: float) -> None:
        if left and given >= left[0][0]:
            store.put_in_force(left.pop(0)[1])

    change(0.0)
    workers = [RIGHT, RIGHT] if store.queue else [RIGHT]
    script = sample.script(range(50), START, SPREAD / 50)
    load = Load(url, receiver, script, END, 8.0 if store.queue else 4.0, workers)
    outcome = load.run(store, change)
    assert not left
    assert {command.event_id for _, command in script} == outcome.accepted
    assert store.rules_in_use() == [versions[-1].digest]
    check_stored(store, versions[-1])
    check_outbox(store, receiver)


class Disk:
    """A small disk for SQLite: a mounted file system, or a limit of the database itself.

    Where nothing may be mounted, it is the limit.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.url, self.most_pages = folder, f"sqlite:///{folder}/desk.db", 200
        self.is_mounted = kind == "mounted" and _ran("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder)
        print("a mounted file system" if self.is_mounted else "PRAGMA max_page_count")

    def open(self) -> Engine:
        engine = open_engine(self.url)
        if not self.is_mounted:
            event.listen(engine, "connect", lambda each, _: each.execute(f"PRAGMA max_page_count = {self.most_pages}"))
        return engine

    def grow(self) -> None:
        self.most_pages = 1_000_000
        assert not self.is_mounted or _ran("mount", "-o", "remount,size=64m", self.folder)

    def close(self) -> None:
        assert not self.is_mounted or _ran("umount", self.folder)


def _ran(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.fixture(params=["mounted", "limited"])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    found = Disk(tmp_path, request.param)
    yield found
    found.close()


def test_a_full_disk_stores_nothing_by_halves(disk: Disk, receiver: Receiver) -> None:
    rules, engine = presets.senior(), disk.open()
    migrate(engine)
    store = SqlStore(engine)
    store.put_in_force(rules)
    desk, accepted = Desk(store), set[str | None]()
    script = sample.script(range(200), START, timedelta(minutes=5))
    load = Load(disk.url, receiver, script, END, 0.0)

    def give(given: Iterable[tuple[str, commands.Command]]) -> None:
        for ticket, command in given:
            if isinstance(desk.give(command, ticket).decision, tf.Accepted):
                accepted.add(command.event_id)

    with pytest.raises(OperationalError, match="full"):
        give(script)
    assert 0 < len(accepted) < len(script)
    with pytest.raises(OperationalError, match="full"):
        desk.wake(END, 200)
    assert not store.tickets_set_aside(), "the disk failed, not a ticket"
    engine.dispose()

    disk.grow()
    engine = disk.open()
    desk = Desk(SqlStore(engine))
    place_of = [command.event_id for _, command in script].index
    give(script[max(map(place_of, accepted)) + 1 :])
    while desk.wake(END, 50) or send_waiting(desk.store, Webhook(receiver.address), REAL, 50):
        pass
    check_histories(desk.store, rules, load, Outcome([], frozenset(accepted)))
    check_outbox(desk.store, receiver)
    engine.dispose()
