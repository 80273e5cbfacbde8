# ruff: noqa: ARG002, N802 -- methods as aiosmtpd calls them
"""The mail door: where mails go, what is sent, hostile mail, and machines that answer each other."""

from __future__ import annotations

import os
import smtplib
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine, select
from sqlalchemy.exc import DataError, OperationalError
from support import free_port, readme_script
from ticketflow_service import schema
from ticketflow_service.__main__ import main
from ticketflow_service.clocks import Clock
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.erasing import erase
from ticketflow_service.mail import incoming as incoming_module
from ticketflow_service.mail.doors import Handler, listening
from ticketflow_service.mail.incoming import MOST_PER_HOUR, Incoming
from ticketflow_service.mail.outgoing import Smtp
from ticketflow_service.mail.parsing import MOST_BYTES, read_mail
from ticketflow_service.sending import Console, send_waiting
from ticketflow_service.storage import SqlStore
from ticketflow_service.texts import keep_text, texts_of

import ticketflow as tf
from ticketflow import actions, commands
from ticketflow.errors import ConflictError

DESK = "help@desk.example"
BRUNO = "bruno@mail.example"
ANA = tf.Actor("agent", "ana")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)

STATES = (tf.State("open"), tf.State("solved", "resolved"), tf.State("closed", "closed"))
MOVES = (
    tf.Transition("solve", ("open",), "solved", may={"agent"}),
    tf.Transition("resume", ("solved",), "open"),
    tf.Transition("close", ("solved",), "closed"),
)
RULES = tf.Rules(
    "mail",
    tf.Workflow(STATES, MOVES, after_closing="follow_up"),
    {"default": tf.BusinessCalendar("UTC", "mon-sun 00:00-24:00")},
    (
        tf.Automation("received", tf.OnMessage("customer"), (actions.SendMessage("received"),)),
        tf.Automation("answered", tf.OnMessage("agent"), (actions.SendMessage("answer"),)),
        tf.Automation("back", tf.OnMessage("customer"), (actions.Move("resume"),), given=tf.StateIs("solved")),
        tf.Automation("close", tf.After(tf.Elapsed(timedelta(days=2)), tf.Entered("solved")), (actions.Move("close"),)),
    ),
    snoozing=tf.Snoozing(),
    templates=(
        tf.Template(
            "received", {"en": "We have your message about {ticket}.", "es": "Tenemos su mensaje sobre {ticket}."}
        ),
        tf.Template("answer", {"en": "{text}"}),
    ),
)
QUIET = [each for each in RULES.automations if each.id not in ("received", "answered")]


def eml(body: str = "Hello", sender: str = f"Bruno <{BRUNO}>", name: str = "m1@mail.example", **headers: str) -> bytes:
    """Return a mail to the desk. Underscores in the names of headers are hyphens."""
    given = {"From": sender, "To": DESK, "Subject": "Printer", "Message-ID": f"<{name}>" if name else ""}
    lines = (given | {each.replace("_", "-"): value for each, value in headers.items()}).items()
    return "".join(f"{each}: {value}\r\n" for each, value in lines if value).encode() + f"\r\n{body}\r\n".encode()


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails = list[Message]()
        self.place = "127.0.0.1", free_port()
        self.refuses = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=compat32))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    found = Mailbox()
    server = Controller(found, hostname="127.0.0.1", port=found.place[1])
    server.start()
    yield found
    server.stop()


class DeskWithMail:
    """A desk at an address, whose clock stands still."""

    def __init__(self, engine: Engine, address: str = DESK, rules: tf.Rules = RULES) -> None:
        self.engine, self.address = engine, address
        self.store = SqlStore(engine)
        self.store.put_in_force(rules)
        self.at = MONDAY

    @property
    def incoming(self) -> Incoming:
        return Incoming(self.engine, self.address, None, Clock(self.at, 0.0, 0.0))

    def receive(self, raw: bytes, envelope_from: str | None = None) -> tuple[str, str | None]:
        """Take a mail in; return the answer of `route` and the ticket."""
        row = self.mail(self.incoming.receive(raw, envelope_from))
        assert row.error is None, row.error
        return row.route, row.ticket

    def mail(self, name: str) -> Any:  # noqa: ANN401 -- a row
        with self.engine.connect() as connection:
            return connection.execute(select(schema.mails).where(schema.mails.c.id == name)).one()

    def give(self, command: commands.Command, ticket: str | None) -> None:
        assert isinstance(Desk(self.store).give(command, ticket).decision, tf.Accepted)

    def send(self, place: tuple[str, int]) -> int:
        transport = Smtp(place, self.address, self.engine, Console())
        return send_waiting(self.store, transport, Clock(self.at, 0.0, 0.0), 100)

    def texts(self, ticket: str) -> list[str | None]:
        loaded = self.store.load(ticket)
        assert loaded is not None
        ids = [
            each.message.id
            for entry in loaded.history
            for each in entry.events
            if isinstance(each, tf.events.MessageAdded)
        ]
        texts = texts_of(self.engine, ids)
        return [texts[each][1] for each in ids]


@pytest.fixture
def desk(engine: Engine) -> DeskWithMail:
    return DeskWithMail(engine)


def opened(desk: DeskWithMail) -> str:
    route, ticket = desk.receive(eml())
    assert route == "OpenNew"
    assert ticket is not None
    return ticket


class TestRoutes:
    """The answers of `route`, for mails as they come."""

    def test_a_first_mail_opens_a_ticket(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        row = desk.store.row(name)
        assert row is not None
        assert (row.requester, row.state, desk.texts(name)) == (BRUNO, "open", ["Hello"])

    def test_an_answer_is_appended(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        other = desk.receive(eml("Something else", name="m2@mail.example", sender="carla@mail.example"))
        assert other[0] == "OpenNew"
        assert desk.receive(eml("More", name="m3@mail.example", In_Reply_To="<m1@mail.example>")) == ("Append", name)
        assert desk.texts(name) == ["Hello", "More"]

    def test_a_customer_brings_a_hidden_ticket_back(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        desk.give(commands.Snooze(choice="tomorrow", at=MONDAY, by=ANA), name)
        assert desk.receive(eml("More", name="m2@mail.example")) == ("Surface", name)

    def test_an_answer_reopens_a_solved_ticket(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        desk.give(commands.Move("solve", at=MONDAY, by=ANA), name)
        assert desk.receive(eml("No", name="m2@mail.example")) == ("Reopen", name)

    def test_an_answer_to_a_closed_ticket_is_a_follow_up(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        desk.give(commands.Move("solve", at=MONDAY, by=ANA), name)
        desk.at += 10 * DAY
        route, ticket = desk.receive(eml("No", name="m2@mail.example"))
        assert (route, ticket != name) == ("FollowUp", True)
        row = desk.store.row(ticket or "")
        assert row is not None
        assert row.follows == name

    def test_an_automatic_answer_to_a_closed_ticket_is_set_aside(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        desk.give(commands.Move("solve", at=MONDAY, by=ANA), name)
        desk.at += 10 * DAY
        away = eml("I am away", name="m2@mail.example", In_Reply_To="<m1@mail.example>", Auto_Submitted="auto-replied")
        assert desk.receive(away) == ("SetAside", None)
        assert desk.store.counts(desk.at).tickets == 1

    def test_a_merged_ticket_leads_to_the_other_one(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        _, other = desk.receive(eml("Me too", name="m2@mail.example", sender="carla@mail.example"))
        desk.give(commands.Link(other or "", "merged_into", at=MONDAY, by=ANA), name)
        assert desk.receive(eml("Well?", name="m3@mail.example")) == ("Append", other)

    def test_the_subject_and_our_own_message_name_the_ticket(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        first = opened(desk)
        desk.send(mailbox.place)
        [received] = mailbox.mails
        desk.at += timedelta(hours=1)
        assert desk.receive(eml("Another thing", name="m2@mail.example", References="<m0@x>")) == ("Append", first)
        _, second = desk.receive(eml(name="m3@mail.example", sender="carla@mail.example"))
        answer = eml("1", name="m4@mail.example", In_Reply_To=received["Message-ID"])
        assert desk.receive(answer) == ("Append", first)
        tagged = eml("2", name="m5@mail.example", sender="carla@mail.example", Subject=f"Re: Printer [{second}]")
        assert desk.receive(tagged) == ("Append", second)

    def test_a_ticket_far_behind_is_woken_first(self, desk: DeskWithMail) -> None:
        daily = tf.Automation(
            "daily", tf.After(tf.Elapsed(DAY), tf.Created(), every=tf.Elapsed(DAY)), (actions.SendMessage("still"),)
        )
        desk.store.put_in_force(attrs.evolve(RULES, automations=(*RULES.automations, daily), occurrences_per_call=3))
        name = opened(desk)
        desk.at += 10 * DAY
        assert desk.receive(eml("More", name="m2@mail.example")) == ("Append", name)


class TestSafety:
    def test_a_repeated_mail_changes_nothing(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        before = desk.store.entries(name)
        assert desk.receive(eml()) == ("OpenNew", name)
        assert desk.receive(b"Received: again\r\n" + eml()) == ("OpenNew", name)
        assert desk.store.entries(name) == before

    def test_another_mail_with_the_same_id_is_not_lost(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        forged = desk.incoming.receive(eml("Other", sender="carla@mail.example"))
        assert desk.mail(forged).ticket not in (None, name)
        assert desk.receive(eml()) == ("OpenNew", name)

    @pytest.mark.parametrize("step", range(3))
    def test_a_crash_loses_no_mail_and_takes_none_in_twice(
        self, desk: DeskWithMail, monkeypatch: pytest.MonkeyPatch, step: int
    ) -> None:
        opened(desk)
        broken, reached = OperationalError("", {}, Exception("gone")), iter(range(10))
        note = Incoming._note  # noqa: SLF001 -- a failpoint

        def fail(self: Incoming, name: str, **values: object) -> None:
            if next(reached) == step:
                raise broken
            note(self, name, **values)

        with monkeypatch.context() as patched:
            patched.setattr(Incoming, "_note", fail)
            name = desk.incoming.receive(eml("More", name="m2@mail.example"))
        assert desk.incoming.take_in_waiting() == (step < 2)
        assert desk.incoming.take_in_waiting() == 0
        row = desk.mail(name)
        assert (row.route, desk.texts(row.ticket)) == ("Append", ["Hello", "More"])

    @pytest.mark.parametrize(
        ("error", "waits"),
        [
            (ConflictError("T-1", 1), True),
            (ConnectorException("gone"), True),
            (DataError("", {}, Exception("a value that the database does not take")), False),
        ],
    )
    def test_what_fails_for_a_time_waits_and_all_else_is_kept_aside(
        self, desk: DeskWithMail, monkeypatch: pytest.MonkeyPatch, error: Exception, waits: bool
    ) -> None:
        def give(*_: object) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(Desk, "give", give)
            name = desk.incoming.receive(eml())
        assert (desk.mail(name).error is None) is waits
        assert desk.incoming.take_in_waiting() == waits

    def test_a_person_is_erased_from_mails_too(self, desk: DeskWithMail) -> None:
        opened(desk)
        desk.receive(eml(f"I am with {BRUNO}", name="m2@mail.example", sender="carla@mail.example"))
        remains = erase(desk.store, {BRUNO: "person-7"})
        assert remains == (
            f"the text of message 'm2@mail.example' has '{BRUNO}' in it; another person wrote it",
            f"mail 'm2@mail.example' has '{BRUNO}' in it; another person wrote it",
        )
        assert texts_of(desk.engine, ["m1@mail.example"]) == {}
        with desk.engine.connect() as connection:
            kept = connection.execute(select(schema.mails).where(schema.mails.c.id == "m1@mail.example")).one()
        assert (kept.sender, kept.envelope_from, bytes(kept.raw), kept.command) == ("person-7", None, b"", None)

    def test_a_mail_that_the_rules_refuse_is_kept_aside(
        self, desk: DeskWithMail, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nobody = attrs.evolve(RULES.workflow, permissions={"open": tf.Permission({"agent"})})
        desk.store.put_in_force(attrs.evolve(RULES, workflow=nobody))
        name = desk.incoming.receive(eml())
        assert desk.incoming.kept_aside() == {
            name: (
                f"BadValueError: the rules refuse the mail; customer '{BRUNO}' may not open; it is for: agent; "
                f"customer '{BRUNO}' may not begin a ticket in any state; they may in: none"
            )
        }
        main(["--database", str(desk.engine.url), "status"])
        assert f"mail kept aside: {name}" in capsys.readouterr().out
        desk.store.put_in_force(RULES)
        main(["--database", str(desk.engine.url), "take-in-again"])
        assert desk.mail(name).route == "OpenNew"

    def test_who_writes_is_a_customer_whatever_the_address_says(self, desk: DeskWithMail) -> None:
        _, name = desk.receive(eml(sender="ana@desk.example"))
        assert desk.store.entries(name or "")[0].actor == tf.Actor("customer", "ana@desk.example")

    def test_a_mail_gets_into_no_ticket_of_others(self, desk: DeskWithMail) -> None:
        name = opened(desk)
        named = {"References": "<m1@mail.example>", "Subject": f"Re: [{name}]"}
        route, other = desk.receive(eml("Let me in", name="m2@mail.example", sender="eve@mail.example", **named))
        assert (route, other != name) == ("OpenNew", True)
        assert desk.texts(name) == ["Hello"]


class TestHostileMail:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.mark.parametrize(
        ("raw", "error"),
        [
            (b"", "the mail has no usable sender: ''"),
            (b"\x00\xff\xfe" * 100, "the mail has no usable sender: ''"),
            (b"From: \r\n\r\nx", "the mail has no usable sender: ''"),
            (b"From: bruno\r\n\r\nx", "the mail has no usable sender: 'bruno'"),
            (b"From: a@b@c\r\n\r\nx", "the mail has no usable sender: ''"),
            ("From: b\u00e9@x.example\r\n\r\nx".encode(), "the mail has no usable sender:"),
            (b"From: " + b"a" * 300 + b"@x.example\r\n\r\n", "the mail has no usable sender:"),
            (eml("\n" * 400_000), "the mail has too many lines or parts"),
            (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 60, "the mail has too many lines or parts"),
            (b"Content-Type: message/rfc822\n\n" * 60, "the mail has too many lines or parts"),
            (eml("\r" * 400_000), "the mail has too many lines or parts"),
            (
                eml("\n--b\n" * 6_000, Content_Type="multipart/mixed; boundary=b"),
                "the mail has too many lines or parts",
            ),
            (eml(Content_Type="text/plain; " + "a=b;\r\n " * 50_000), "the mail has too many lines or parts"),
            (b"From: " + b"(" * 9_000 + b"\r\n\r\n", "RecursionError"),
        ],
    )
    def test_what_cannot_be_read_is_kept_aside_with_its_error(self, desk: DeskWithMail, raw: bytes, error: str) -> None:
        name = desk.incoming.receive(raw)
        assert error in desk.incoming.kept_aside()[name]
        assert bytes(desk.mail(name).raw) == raw
        assert desk.store.counts(MONDAY).tickets == 0

    @pytest.mark.parametrize(
        ("raw", "subject", "text"),
        [
            (eml(Subject="=?utf-8?q?Impresora_rota?="), "Impresora rota", "Hello"),
            (eml(Subject="=?x-unknown?q?a?="), "=?x-unknown?q?a?=", "Hello"),
            (eml(Subject="=?utf-8?b?!!!?="), "", "Hello"),
            (eml(Subject="=?utf-8?b?a?="), "=?utf-8?b?a?=", "Hello"),
            (eml(Subject="a\r\n\tb\x00c\x07"), "a b c", "Hello"),
            (eml(Subject="x" * 900), "x" * 500, "Hello"),
            (eml("caf\u00e9", Content_Type="text/plain; charset=utf-8"), "Printer", "caf\u00e9"),
            (eml("caf\u00e9", Content_Type="text/plain; charset=klingon"), "Printer", "caf\u00e9"),
            (eml("caf\u00e9", Content_Type="text/plain; charset=us-ascii"), "Printer", "caf\ufffd\ufffd"),
            (eml("a" * 99_999, Content_Type="text/plain; charset=idna"), "Printer", "a" * 99_999),
            (eml("\\ud800", Content_Type="text/plain; charset=unicode_escape"), "Printer", "?"),
            (eml("x", Content_Type="text/plain; charset=zlib"), "Printer", "x"),
            (eml("SGVsbG8", Content_Transfer_Encoding="base64"), "Printer", "Hello"),
            (eml("a\0b"), "Printer", "a\ufffdb"),
            (eml("x" * 300_000), "Printer", "x" * 100_000),
            (
                eml("<p>One</p><script>evil()</script><p>Two<br>&lt;3", Content_Type="text/html"),
                "Printer",
                "One\nTwo\n<3",
            ),
            (eml("<" * 50_000, Content_Type="text/html"), "Printer", "<" * 50_000),
            (eml("x", Content_Type="multipart/mixed"), "Printer", ""),
            (
                eml(
                    '--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/pdf; name="../a\x07b.pdf"\r\n\r\n%\r\n--b--',
                    Content_Type="multipart/mixed; boundary=b",
                ),
                "Printer",
                "Hello\n[attachment: ../a b.pdf, application/pdf]",
            ),
            (
                eml(
                    "--b\r\nContent-Type: text/html\r\n\r\n<b>Rich</b>\r\n--b\r\n\r\nPlain\r\n--b--",
                    Content_Type="multipart/alternative; boundary=b",
                ),
                "Printer",
                "Plain",
            ),
        ],
    )
    def test_broken_parts_are_left_out_and_the_rest_is_read(
        self, desk: DeskWithMail, raw: bytes, subject: str, text: str
    ) -> None:
        name = desk.incoming.receive(raw)
        assert desk.mail(name).error is None
        assert texts_of(desk.engine, [name])[name] == (subject, text)

    def test_an_unforeseen_error_keeps_the_mail_aside(
        self, desk: DeskWithMail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RecursionError("too deep")

        with monkeypatch.context() as patched:
            patched.setattr(incoming_module, "read_mail", fail)
            name = desk.incoming.receive(eml())
        assert desk.incoming.kept_aside() == {name: "RecursionError: too deep"}
        assert desk.incoming.take_in_again() == 1
        assert desk.mail(name).route == "OpenNew"

    @pytest.mark.parametrize(
        ("headers", "is_automatic"),
        [
            ({}, False),
            ({"Auto_Submitted": "no"}, False),
            ({"Auto_Submitted": "Auto-Replied; owner=x"}, True),
            ({"Precedence": "bulk"}, True),
            ({"List_Id": "<list.example>"}, True),
            ({"X_Autoreply": "yes"}, True),
            ({"Return_Path": "<>"}, True),
            ({"Content_Type": "multipart/report; report-type=delivery-status; boundary=b"}, True),
        ],
    )
    def test_machines_are_recognized(self, headers: dict[str, str], is_automatic: bool) -> None:
        assert read_mail(eml(**headers), "bruno@mail.example").automatic is is_automatic
        assert read_mail(eml(**headers), "").automatic


class TestSending:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_a_message_is_sent_into_the_thread(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        name = opened(desk)
        assert desk.send(mailbox.place) == 1
        [mail] = mailbox.mails
        [item] = outbox_of(desk)
        assert dict(mail.items()) == {
            "From": DESK,
            "Subject": f"Re: Printer [{name}]",
            "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
            "Message-ID": f"<{item}@desk.example>",
            "In-Reply-To": "<m1@mail.example>",
            "References": "<m1@mail.example>",
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "7bit",
            "MIME-Version": "1.0",
            "To": BRUNO,
        }
        assert mail.get_payload() == f"We have your message about {name}.\r\n"

    def test_an_agents_answer_is_sent_as_a_persons(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        name = opened(desk)
        answer = tf.Mail("a1", text="Turn it off\nand on.")
        keep_text(desk.engine, answer)
        desk.give(commands.AddMessage(answer, at=MONDAY, by=ANA), name)
        desk.send(mailbox.place)
        _, mail = mailbox.mails
        assert mail.get_payload() == "Turn it off\r\nand on.\r\n"
        assert mail["Auto-Submitted"] is None

    def test_a_repeated_message_has_the_same_id(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        opened(desk)
        mailbox.refuses = True
        desk.send(mailbox.place)
        mailbox.refuses = False
        [item] = [desk.store.item(key) for key in outbox_of(desk)]
        assert item is not None
        transport = Smtp(mailbox.place, DESK, desk.engine, Console())
        for _ in range(2):
            transport.send(item)
        first, second = mailbox.mails
        assert first["Message-ID"] == second["Message-ID"] == f"<{item.key}@desk.example>"

    def test_people_without_an_address_have_one_at_the_desk(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        to_team = tf.Automation("team", tf.OnMessage("customer"), (actions.SendMessage("new-mail", "agent"),))
        desk.store.put_in_force(attrs.evolve(RULES, automations=(to_team, *QUIET)))
        opened(desk)
        desk.send(mailbox.place)
        [mail] = mailbox.mails
        assert (mail["To"], mail["Subject"].partition(" [")[0]) == ("agent@desk.example", "Re: Printer")
        assert mail.get_payload() == "new-mail\r\n"

    def test_events_go_to_other_systems(
        self, desk: DeskWithMail, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        emitting = tf.Automation("emit", tf.OnMessage("customer"), (actions.Emit("mail-came"),))
        desk.store.put_in_force(attrs.evolve(RULES, automations=(emitting, *QUIET)))
        opened(desk)
        with caplog.at_level("INFO"):
            desk.send(mailbox.place)
        assert not mailbox.mails
        assert "mail-came" in caplog.text

    def test_an_id_is_one_receiver(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        name = opened(desk)
        desk.send(mailbox.place)
        desk.give(commands.SetRequester("a@mail.example,eve@mail.example", at=MONDAY, by=ANA), name)
        desk.give(commands.AddMessage(tf.Message("a1"), at=MONDAY, by=ANA), name)
        desk.send(mailbox.place)
        assert [mail["To"] for mail in mailbox.mails] == [BRUNO]

    def test_a_bounce_is_set_aside(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        opened(desk)
        desk.send(mailbox.place)
        bounce = eml(
            f"--b\r\nContent-Type: message/rfc822\r\n\r\n{mailbox.mails[0]}\r\n--b--",
            sender="mailer-daemon@mail.example",
            name="bounce-1@mail.example",
            Content_Type="multipart/report; report-type=delivery-status; boundary=b",
        )
        assert desk.receive(bounce, "") == ("own_mail_or_bounce", None)
        back = eml(name=mailbox.mails[0]["Message-ID"].strip("<>"))
        assert desk.receive(back) == ("own_mail_or_bounce", None)

    def test_hostile_subjects_add_no_headers(self, desk: DeskWithMail, mailbox: Mailbox) -> None:
        desk.receive(eml(Subject="=?utf-8?q?a=0D=0ABcc:_eve=40mail.example?="))
        desk.send(mailbox.place)
        [mail] = mailbox.mails
        assert mail["Bcc"] is None
        assert mail["Subject"].startswith("Re: a Bcc: eve@mail.example [")


def outbox_of(desk: DeskWithMail) -> list[str]:
    with desk.engine.connect() as connection:
        return list(connection.scalars(select(schema.outbox.c.key).order_by(schema.outbox.c.position)))


class TestDoors:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.mark.parametrize("lmtp", [False, True])
    def test_a_mail_server_hands_mails_over(self, desk: DeskWithMail, lmtp: bool) -> None:
        place = "127.0.0.1", free_port()
        kind = smtplib.LMTP if lmtp else smtplib.SMTP
        with listening(Handler(DESK, desk.incoming), place, lmtp=lmtp), kind(*place) as sender:
            sender.sendmail(BRUNO, ["help+printers@desk.example"], eml())
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                sender.sendmail(BRUNO, ["other@mail.example"], eml())
            with pytest.raises(smtplib.SMTPSenderRefused):
                sender.sendmail(BRUNO, [DESK], b"x" * (MOST_BYTES + 1))
        assert desk.mail("m1@mail.example").route == "OpenNew"

    def test_a_program_takes_one_mail_in(self, desk: DeskWithMail, monkeypatch: pytest.MonkeyPatch) -> None:
        def receive(raw: bytes, database: str) -> int:
            monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(raw)))
            return main(["--database", database, "receive"])

        url = str(desk.engine.url)
        assert receive(eml(), url) == 0
        assert desk.mail("m1@mail.example").route == "OpenNew"
        assert receive(b"x" * (MOST_BYTES + 1), url) == os.EX_DATAERR
        assert receive(eml(), f"{url}/nowhere") == os.EX_TEMPFAIL

    def test_a_mail_that_is_not_stored_stays_with_its_sender(
        self, desk: DeskWithMail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OperationalError("", {}, Exception("gone"))

        monkeypatch.setattr(Incoming, "keep", fail)
        place = "127.0.0.1", free_port()
        with (
            listening(Handler(DESK, desk.incoming), place),
            smtplib.SMTP(*place) as sender,
            pytest.raises(smtplib.SMTPDataError, match="451"),
        ):
            sender.sendmail(BRUNO, [DESK], eml())


class Between:
    """A mail server between two desks. It takes away what says that a machine wrote, and what names the thread."""

    def __init__(self, to: tuple[str, int], strips: Sequence[str] = ()) -> None:
        self.to, self.strips = to, strips
        self.passed = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content, policy=compat32)  # type: ignore[arg-type]
        for name in self.strips:
            del mail[name]
        if "Subject" in self.strips:
            mail["Subject"] = "Away"
        self.passed += 1
        with smtplib.SMTP(*self.to) as server_behind:
            server_behind.sendmail(envelope.mail_from or "", envelope.rcpt_tos, mail.as_bytes())
        return "250 OK"


class AwayMessage:
    """A mail server that answers every mail, and does not say that it is a machine."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.to = to
        self.answers = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.answers += 1
        with smtplib.SMTP(*self.to) as back:
            back.sendmail(BRUNO, [DESK], eml("I am away", name=f"away-{self.answers}@mail.example", Subject="Away"))
        return "250 OK"


@contextmanager
def serving(handler: object) -> Iterator[tuple[str, int]]:
    place = "127.0.0.1", free_port()
    server = Controller(handler, hostname=place[0], port=place[1])
    server.start()
    try:
        yield place
    finally:
        server.stop()


class TestLoops:
    """Machines that answer each other come to rest."""

    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress")
    THREAD = ("In-Reply-To", "References", "Subject")

    @pytest.mark.parametrize(
        ("strips", "mails"),
        [
            ((), [2, 0]),  # two rules answer the forged mail, and the other desk answers no machine
            (THREAD, [2, 0]),
            (MARKS, [MOST_PER_HOUR + 1, MOST_PER_HOUR + 1]),  # it is taken for a machine because it writes too much
            (MARKS + THREAD, [MOST_PER_HOUR + 1, MOST_PER_HOUR + 1]),
        ],
    )
    def test_two_desks_that_answer_each_other(self, tmp_path: Path, strips: Sequence[str], mails: list[int]) -> None:
        on_opening = tf.Automation("opened", tf.OnEnter(tf.StateIs("open")), (actions.SendMessage("received"),))
        eager = attrs.evolve(RULES, automations=(*RULES.automations, on_opening))
        desks = []
        for number, address in enumerate((DESK, "care@other.example")):
            engine = open_engine(f"sqlite:///{tmp_path}/{number}.db")
            migrate(engine)
            desks.append(DeskWithMail(engine, address, eager))
        first, second = desks
        with ExitStack() as stack:
            places = [stack.enter_context(serving(Handler(each.address, each.incoming))) for each in desks]
            betweens = [Between(places[1], strips), Between(places[0], strips)]
            ways = [stack.enter_context(serving(each)) for each in betweens]
            first.receive(eml(sender=second.address))  # somebody forged it
            while first.send(ways[0]) + second.send(ways[1]):
                assert betweens[0].passed < 10 * MOST_PER_HOUR
        assert [each.passed for each in betweens] == mails
        assert [each.store.counts(MONDAY).tickets for each in desks] == [1, 1]
        assert not any(each.incoming.kept_aside() for each in desks)
        for each in desks:
            each.engine.dispose()

    def test_a_machine_that_answers_everything(self, desk: DeskWithMail) -> None:
        with ExitStack() as stack:
            place = stack.enter_context(serving(Handler(DESK, desk.incoming)))
            machine = AwayMessage(place)
            away = stack.enter_context(serving(machine))
            opened(desk)
            while desk.send(away):
                assert machine.answers < 10 * MOST_PER_HOUR
        assert machine.answers == MOST_PER_HOUR
        assert desk.store.counts(MONDAY).tickets == 1


def test_the_commands_of_the_readme_work(tmp_path: Path, mailbox: Mailbox) -> None:
    ports = {"8025": str(free_port()), "localhost:25": f"localhost:{mailbox.place[1]}"}
    script = readme_script("Mail", tmp_path, ports, until="curl -s smtp://127.0.0.1:8025 -X NOOP")
    assert "tickets: 1\n" in script
    assert "mail kept aside" not in script
