"""A desk in a test: one ticket under one rule set, and short words for what people do to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ticketflow import Actor, Message, Rules, Ticket, advance, commands, handle
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.kernel.field_values import Value
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import Entry, MessageRequested

SAO_PAULO = ZoneInfo("America/Sao_Paulo")

ANA = Actor("agent", "ana")
BOSS = Actor("administrator", "boss")
CUSTOMER = Actor("customer", "bruno")
CONSULTANT = Actor("customer", "carla", groups={"accredited_consultant"})
CHANNEL = Actor("customer", "dario", groups={"channel"})
ROBOT = Actor("robot", "bot")
RELEASES = Actor("system", "release-desk")


def sp(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    """Return an instant in São Paulo's local time."""
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=SAO_PAULO)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    """Return an instant in UTC."""
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


class Desk:
    """One ticket that is given commands; each must be accepted."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._ticket: Ticket | None = None
        self._messages = 0

    @property
    def ticket(self) -> Ticket:
        assert self._ticket is not None
        return self._ticket

    def message(self, *, public: bool = True, automatic: bool = False) -> Message:
        self._messages += 1
        return Message(f"m{self._messages}", public=public, automatic=automatic)

    def give(self, command: Command) -> Accepted:
        decision = handle(self._ticket, command, self.rules).unwrap()
        self._ticket = decision.ticket
        return decision

    def refused(self, command: Command) -> Refused:
        """Return the refusal of a command, after checking that it was refused and changed nothing."""
        decision = handle(self._ticket, command, self.rules)
        assert isinstance(decision, Refused), decision
        assert decision.ticket is self._ticket
        assert decision.reasons
        return decision

    def open(self, at: datetime, by: Actor = CUSTOMER, **fields: Value) -> None:
        self.give(commands.Open("T-1", fields=fields, message=self.message(), at=at, by=by))

    def assign(self, at: datetime, assignee: str = "ana") -> None:
        self.give(commands.Assign(assignee, at=at, by=ANA))

    def write(self, at: datetime, by: Actor, *, public: bool = True, automatic: bool = False) -> None:
        self.give(commands.AddMessage(self.message(public=public, automatic=automatic), at=at, by=by))

    def move(
        self, at: datetime, transition: str, by: Actor = ANA, fields: Mapping[str, Value] | None = None
    ) -> Accepted:
        return self.give(commands.Move(transition, self.message(), fields or {}, at=at, by=by))

    def advance(self, now: datetime) -> None:
        self._ticket = advance(now, self.ticket, self.rules)


def mails(ticket: Ticket) -> list[tuple[datetime, str]]:
    """Return the messages that rules asked for, and when."""
    return [(entry.at, event.template) for entry, event in happenings(ticket) if isinstance(event, MessageRequested)]


def happenings(ticket: Ticket) -> list[tuple[Entry, object]]:
    """Return every event of a ticket's history with its entry."""
    return [(entry, event) for entry in ticket.history for event in entry.events]
