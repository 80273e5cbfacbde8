"""A person is erased from all tables, files and queues, and what remains is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, text
from ticketflow_service import schema
from ticketflow_service.__main__ import main
from ticketflow_service.desk import Desk
from ticketflow_service.erasing import erase
from ticketflow_service.storage import SqlStore
from ticketflow_service.texts import keep_text, texts_of
from ticketflow_service.tokens import actor_of, issue_token

import ticketflow as tf
from ticketflow import commands, presets

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANA, BRUNO = tf.Actor("agent", "ana"), tf.Actor("customer", "bruno@example.org")
NAMES = {BRUNO.id: "person-7", "Bruno": "person-7"}


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    """Return a desk with a ticket of Bruno, its follow-up, messages to him, a mail and an answer."""
    store.put_in_force(presets.senior())
    desk = Desk(store)
    mails = [tf.Mail("m1", text="Bruno here"), tf.Mail("m2", text="Dear customer"), tf.Mail("m3", text="Bruno again")]
    for mail in mails:
        keep_text(store.engine, mail)
    desk.give(commands.Open("T-1", message=mails[0], at=START, by=BRUNO))
    desk.give(commands.Move("ask_for_information", mails[1], at=START, by=ANA), "T-1")
    for days in (2, 4, 6, 8, 10):
        desk.wake(START + days * DAY, 9)
    answer = desk.give(commands.FollowUp(event_id="e2", message=mails[2], at=START + 12 * DAY, by=BRUNO), "T-1")
    assert isinstance(answer.decision, tf.Accepted)
    assert answer.decision.created is not None
    row = {"event_id": "e1", "digest": "d", "at": START, "status": 200, "answer": f'{{"requester": "{BRUNO.id}"}}'}
    with store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(schema.requests).values(row))
        connection.execute(insert(schema.mails).values(mail_row("m1", taken_in_at=START)))
    return desk


def mail_row(name: str, **more: object) -> dict[str, object]:
    """Return the row of a mail of Bruno."""
    raw = b"From: bruno@example.org\n\nBruno here"
    row = {"id": name, "digest": name, "at": START, "envelope_from": BRUNO.id, "raw": raw, "sender": BRUNO.id}
    return {**row, "command": f'{{"by": "{BRUNO.id}"}}', **more}


def everything(store: SqlStore) -> str:
    """Return all rows of all tables, those of the queue included."""
    with store.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables])  # noqa: S608


def test_a_person_is_nowhere_in_the_database(desk: Desk, url: str) -> None:
    token = issue_token(desk.store.engine, BRUNO)
    waiting = [item.key for item in desk.store.to_send(START, 9)]
    assert waiting
    assert "bruno" in everything(desk.store).lower()
    assert erase(desk.store, NAMES) == ()
    assert "bruno" not in everything(desk.store).lower()
    assert actor_of(desk.store.engine, token) is None
    assert texts_of(desk.store.engine, ["m1", "m2", "m3"]) == {"m2": (None, "Dear customer")}
    assert [item.key for item in desk.store.to_send(START, 9)] == waiting
    assert {item.recipient for item in desk.store.to_send(START, 9)} == {"person-7"}
    follow_up, closed = (desk.store.load(name) for name in (*desk.store.follow_ups("T-1"), "T-1"))
    assert follow_up is not None
    assert closed is not None
    assert follow_up.with_earlier(closed).requester == "person-7"
    assert erase(desk.store, NAMES) == ()
    if desk.store.queue is None:
        path = Path(url.removeprefix("sqlite:///"))
        assert not any(b"bruno" in each.read_bytes().lower() for each in path.parent.iterdir())


def test_the_command_prints_what_remains(desk: Desk, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    keep_text(desk.store.engine, tf.Mail("m4", subject="Call Bruno", text="today"))
    desk.give(commands.AddMessage(tf.Mail("m4"), at=START + 13 * DAY, by=ANA), desk.store.follow_ups("T-1")[0])
    with desk.store.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(schema.mails).values(mail_row("m5", error="it failed")))
    given = [f"{name}={pseudonym}" for name, pseudonym in NAMES.items()]
    assert main(["--database", url, "erase", *given]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "mail 'm5' of 'bruno@example.org' is not taken in; take it in again or delete it",
        "the text of message 'm4' has 'Bruno' in it; another person wrote it",
    ]
