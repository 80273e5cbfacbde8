"""The commands: ``python -m ticketflow_service --help``."""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

import ticketflow as tf
from ticketflow import documents, presets
from ticketflow.errors import TicketflowError
from ticketflow_service import demonstration, jobs
from ticketflow_service.clocks import Clock, read_clock
from ticketflow_service.databases import NotReadyError, check_tables, migrate, open_engine, reason
from ticketflow_service.desk import Lateness
from ticketflow_service.erasing import erase
from ticketflow_service.mail.incoming import Incoming
from ticketflow_service.mail.outgoing import Smtp
from ticketflow_service.mail.parsing import MOST_BYTES
from ticketflow_service.sending import Console, Transport, Webhook
from ticketflow_service.storage import SqlStore
from ticketflow_service.tokens import issue_token, revoke_token
from ticketflow_service.worker import Worker, stop_on_signals


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0, 1 if it cannot be done, or 2 if it is wrong as written."""
    parser = _parser()
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level="INFO", format="%(asctime)s %(process)d %(message)s", datefmt="%H:%M:%S", stream=sys.stdout
    )
    logging.getLogger("procrastinate").setLevel("WARNING")
    logging.getLogger("alembic").setLevel("WARNING")
    logging.getLogger("psycopg.pool").setLevel("ERROR")  # `jobs.run` says it once a second
    logging.getLogger("mail.log").setLevel("WARNING")
    try:
        if given.command == "demonstrate":
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # its workers and its server stop with it
            return demonstration.demonstrate(given.on, stay=given.stay)
        return _run(given)
    except KeyboardInterrupt:
        return 130
    except (NotReadyError, TicketflowError, SQLAlchemyError, OSError) as error:
        print(f"{parser.prog} {given.command}: {reason(error)}", file=sys.stderr)
        return os.EX_TEMPFAIL if given.command == "receive" else 1  # the mail server keeps the mail, and tries again


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ticketflow_service", description=__doc__)
    default = os.environ.get("TICKETFLOW_DATABASE", "sqlite:///ticketflow.db")
    parser.add_argument("--database", default=default, help="the URL; by default TICKETFLOW_DATABASE, or ticketflow.db")
    parser.add_argument("--clock", type=_clock, default="", help="INSTANT@UNIX_SECONDS*SPEED; by default the real time")
    address = os.environ.get("TICKETFLOW_ADDRESS", "desk@localhost")
    parser.add_argument(
        "--address", type=_mail_address, default=address, help="the desk's mail address; by default TICKETFLOW_ADDRESS"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create the tables, or bring them up to date")
    rules = commands.add_parser("rules", help="put a rule set in force")
    rules.add_argument("rules", help="the name of a preset, or a file in JSON or TOML")
    work = commands.add_parser("work", help="wake and send until SIGTERM or SIGINT")
    work.add_argument(
        "--post-to", type=_address, help="the address to which messages are posted; by default they are logged"
    )
    work.add_argument("--smtp", type=_place, help="HOST:PORT of the mail server that sends the messages")
    work.add_argument(
        "--late", choices=("latest", "earliest", "all"), default="latest", help="which late messages are sent"
    )
    work.add_argument(
        "--heartbeat", type=_seconds, default=10.0, help="seconds between two signs of life; PostgreSQL only"
    )
    commands.add_parser("status", help="print the counts, what is set aside, and what was given up")
    back = commands.add_parser("put-back", help="wake tickets again that were set aside")
    back.add_argument("tickets", nargs="+")
    erasing = commands.add_parser("erase", help="put pseudonyms in the place of people, and print what remains")
    erasing.add_argument("names", nargs="+", type=_pseudonym, metavar="NAME=PSEUDONYM")
    token = commands.add_parser("token", help="make a token for the API, and print it")
    token.add_argument("role", choices=("customer", "third_party", "agent", "administrator", "robot"))
    token.add_argument("id", help="the id of the person or the robot")
    token.add_argument("--group", action="append", default=[], help="a group of the actor; can be repeated")
    revoke = commands.add_parser("revoke", help="make tokens invalid")
    revoke.add_argument("names", nargs="+", help="the part of a token before the dot")
    serve = commands.add_parser("serve", help="answer HTTP requests until SIGTERM or SIGINT")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    mail = commands.add_parser("mail", help="take mail in by SMTP until SIGTERM or SIGINT")
    mail.add_argument("--listen", type=_place, default="127.0.0.1:8025", help="HOST:PORT; by default 127.0.0.1:8025")
    mail.add_argument("--lmtp", action="store_true", help="speak LMTP")
    commands.add_parser("receive", help="take in one mail from the standard input")
    commands.add_parser("take-in-again", help="take in the mails that were kept aside")
    commands.add_parser("resend", help="send again what was given up")
    demo = commands.add_parser("demonstrate", help="run sample tickets on a fast clock for about 20 seconds")
    demo.add_argument("on", choices=("sqlite", "postgres"))
    demo.add_argument("--stay", action="store_true", help="keep the desk open afterwards, until SIGTERM or SIGINT")
    return parser


def _run(given: argparse.Namespace) -> int:
    engine = open_engine(given.database)
    try:
        return _do(given, engine)
    finally:
        engine.dispose()


def _do(given: argparse.Namespace, engine: Engine) -> int:
    on_postgres = engine.dialect.name == "postgresql"
    store = SqlStore(engine, jobs.queue if on_postgres else None)
    if given.command != "migrate":
        check_tables(engine)
    incoming = Incoming(engine, given.address, store.queue, given.clock)
    match given.command:
        case "migrate":
            migrate(engine)
        case "rules":
            store.put_in_force(_rules(given.rules))
        case "work":
            store.rules_in_force()
            transport: Transport = Webhook(given.post_to) if given.post_to else Console()
            if given.smtp:
                transport = Smtp(given.smtp, given.address, engine, others=transport)
            worker = Worker(engine, given.clock, transport, Lateness(default=given.late), store.queue)
            if on_postgres:
                jobs.run(engine, worker, given.heartbeat)
            else:
                worker.run(stop_on_signals())
        case "status":
            for name, count in attrs.asdict(store.counts(given.clock.now())).items():
                print(f"{name}: {count}")
            for what, found in (
                ("set aside", store.tickets_set_aside()),
                ("given up", store.given_up()),
                ("mail kept aside", incoming.kept_aside()),
            ):
                for name, error in found.items():
                    print(f"{what}: {name}: {error}")
        case "put-back":
            for ticket in given.tickets:
                is_aside = ticket in store.tickets_set_aside()
                store.put_back(ticket)
                print(f"{ticket}: {'put back' if is_aside else 'it is not set aside'}")
        case "erase":
            for each in erase(store, dict(given.names)):
                print(each)
        case "token":
            print(issue_token(engine, tf.Actor(given.role, given.id, given.group)))
        case "revoke":
            for name in given.names:
                print(f"{name}: {'revoked' if revoke_token(engine, name) else 'there is no such token'}")
        case "serve":
            from ticketflow_service.http import app, backend  # noqa: PLC0415 -- needs an extra

            app.serve(backend.Backend(engine, store.queue, given.clock), given.host, given.port)
        case "mail":
            from ticketflow_service.mail import doors  # noqa: PLC0415 -- needs an extra

            handler = doors.Handler(given.address, incoming)
            doors.run(handler, given.listen, stop_on_signals(), lmtp=given.lmtp)
        case "receive":
            raw = sys.stdin.buffer.read(MOST_BYTES + 1)
            if len(raw) > MOST_BYTES:
                print(f"the mail has more than {MOST_BYTES} bytes", file=sys.stderr)
                return os.EX_DATAERR  # the mail server returns it to the sender
            incoming.receive(raw)
        case "take-in-again":
            print(f"{incoming.take_in_again()} mails are taken in again")
        case _:  # resend
            print(f"{len(store.revive())} items are sent again")
    return 0


def _clock(text: str) -> Clock:
    try:
        return read_clock(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a clock ({error}); give INSTANT@UNIX_SECONDS*SPEED"
        ) from None


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address; give one with http:// or https://")
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a mail address; give one such as help@desk.example")
    return text


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a place; give HOST:PORT")
    return host, int(port)


def _pseudonym(text: str) -> tuple[str, str]:
    name, _, pseudonym = text.rpartition("=")
    if not name or not pseudonym:
        raise argparse.ArgumentTypeError(f"{text!r} has no pseudonym; give NAME=PSEUDONYM")
    return name, pseudonym


def _seconds(text: str) -> float:
    if not 0 < (seconds := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds; give one above 0")
    return seconds


def _rules(name: str) -> tf.Rules:
    path = Path(name)
    if path.suffix in {".json", ".toml"}:
        return documents.load(path.read_bytes(), name=name, written="toml" if path.suffix == ".toml" else "json").rules
    return presets.preset(name)()


if __name__ == "__main__":
    raise SystemExit(main())
