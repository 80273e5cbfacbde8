"""People who use the HTTP and the mail door while the processes behind them are killed."""

from __future__ import annotations

import http.client
import json
import smtplib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, cast

import attrs
from sqlalchemy import select
from support import Role, SharedClock, comparable, desk_on, free_port, kill_at, unpolled
from ticketflow_service import schema
from ticketflow_service.clocks import Clock
from ticketflow_service.http.app import serve
from ticketflow_service.http.backend import Backend
from ticketflow_service.mail import doors
from ticketflow_service.mail.incoming import Incoming
from ticketflow_service.storage import SqlStore
from ticketflow_service.tokens import issue_token
from ticketflow_service.worker import stop_on_signals

import ticketflow as tf
from ticketflow import events

ADDRESS = "help@desk.example"
ANA = tf.Actor("agent", "ana")


def serve_http(point: int | None, url: str, clock: SharedClock, port: int) -> None:
    """Serve as the command ``serve`` does, with another clock, and be killed at a point."""
    kill_at(point)
    store = desk_on(url).store
    serve(Backend(store.engine, store.queue, cast("Clock", clock)), "127.0.0.1", port)


def serve_mail(point: int | None, url: str, clock: SharedClock, port: int) -> None:
    """Take mail in as the command ``mail`` does, with another clock, and be killed at a point."""
    kill_at(point)
    store = desk_on(url).store
    handler = doors.Handler(ADDRESS, Incoming(store.engine, ADDRESS, store.queue, cast("Clock", clock)))
    doors.run(handler, ("127.0.0.1", port), stop_on_signals())


def until_it_works(attempt: Callable[[], Any]) -> Any:  # noqa: ANN401 -- what the attempt returns
    """Try until nothing fails that a client tries again: a connection that breaks, or an answer that says so."""
    while True:
        try:
            return attempt()
        except (OSError, http.client.HTTPException, smtplib.SMTPException):
            time.sleep(0.05)


@attrs.define
class Visitors:
    """People who use the doors.

    Attributes:
        commands: The event ids of the commands that HTTP answered as accepted, with their tickets.
        mails: The ids of the mails that the mail door took, with the tickets that they answer.
    """

    token: str
    ports: Sequence[int]
    number: int
    commands: dict[str, str] = attrs.field(factory=dict)
    mails: dict[str, str] = attrs.field(factory=dict)

    def visit(self, begin: int, step: int) -> None:
        """Open every *step*-th ticket by HTTP, ask its customer by HTTP, and answer by mail, with and without a tag."""
        for each in range(begin, self.number, step):
            customer = f"customer-{each}@mail.example"
            text, nature = {"message": {"text": "Hello"}}, {"fields": {"nature": "incident"}}
            name = self._post("/tickets", f"open-{each}", {"do": "open", "requester": customer, **nature, **text})
            self._post(
                f"/tickets/{name}/commands", f"ask-{each}", {"do": "move", "transition": "ask_for_information", **text}
            )
            self._send(customer, f"tagged-{each}@mail.example", f"Re: [{name}]", name)
            self._send(customer, f"plain-{each}@mail.example", "More", name)

    def _post(self, path: str, key: str, body: dict[str, object]) -> str:
        def attempt() -> str:
            connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=10)
            try:
                headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
                connection.request("POST", path, json.dumps(body), headers | {"Content-Type": "application/json"})
                answer = connection.getresponse()
                given = json.loads(answer.read())
            finally:
                connection.close()
            if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
                raise OSError(given["detail"])
            assert answer.status in (200, 201), given
            name: str = given["ticket"]["ticket"]
            return name

        name = cast("str", until_it_works(attempt))
        self.commands[f"{key}@{self.token.partition('.')[0]}"] = name
        return name

    def _send(self, sender: str, name: str, subject: str, ticket: str) -> None:
        mail = f"From: {sender}\r\nSubject: {subject}\r\nMessage-ID: <{name}>\r\n\r\nHello\r\n"

        def attempt() -> None:
            with smtplib.SMTP("127.0.0.1", self.ports[1], timeout=10) as server:
                server.sendmail(sender, [ADDRESS], mail)

        until_it_works(attempt)
        self.mails[name] = ticket


@contextmanager
def visited(
    url: str, store: SqlStore, clock: SharedClock, number: int, points: Sequence[Sequence[int]]
) -> Iterator[tuple[Visitors, Callable[[], bool]]]:
    """Let people use the doors until the block ends.

    Yields:
        The people, and a function that returns whether they go on. Call it often: it starts killed processes again.
    """
    ports = free_port(), free_port()
    people = Visitors(issue_token(store.engine, ANA), ports, number)
    threads = [threading.Thread(target=people.visit, args=(begin, 2), daemon=True) for begin in range(2)]
    roles = [
        Role(target, (url, clock, port), drawn)
        for target, port, drawn in zip((serve_http, serve_mail), ports, points, strict=True)
    ]

    def go_on() -> bool:
        assert not any(each.is_done() for each in roles), "a door closed by itself"
        with store.engine.connect() as connection:
            waiting = connection.execute(select(schema.mails.c.id).where(schema.mails.c.taken_in_at.is_(None))).first()
        return any(each.is_alive() for each in threads) or waiting is not None

    try:
        for each in threads:
            each.start()
        yield people, go_on
    finally:
        with ExitStack() as stack:
            for role in roles:
                stack.callback(role.stop)
        print(
            f"doors: {[role.kills for role in roles]} kills, {len(people.commands)} commands, {len(people.mails)} mails"
        )


def check_visits(store: SqlStore, rules: tf.Rules, people: Visitors, until: datetime) -> None:
    """Check that what the doors confirmed happened once, where it belongs, and that the tickets equal their replay."""
    histories = {name: list(store.entries(name)) for name in {*people.commands.values()}}
    assert len(histories) == people.number
    happened = [
        (entry.cause.event_id, name)
        for name, history in histories.items()
        for entry in history
        if isinstance(entry.cause, events.ByCommand)
    ]
    assert sorted(happened) == sorted({**people.commands, **people.mails}.items())
    for name, history in histories.items():
        at = {each.cause.event_id: each.at for each in history if isinstance(each.cause, events.ByCommand)}
        given = [attrs.evolve(each, at=at[each.event_id]) for each in tf.commands_of(tf.replay(history))]
        assert comparable(history) == comparable(unpolled(rules, given, until)[name].history), name
