"""The desk by which the kits try an adapter, and short words for what happens on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.spans import BusinessDays, Elapsed
from ticketflow.engine.decisions import Refused
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, AtField, OnEnter, OnMessage
from ticketflow.service.storage import Store
from ticketflow.service.transactions import Transaction, transact, transact_due
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import Created, LastMessage
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import FieldIs, StateIs
from ticketflow.workflow.definition import Field, State, Transition, Workflow

ANA = Actor("agent", "ana")
BRUNO = Actor("customer", "bruno")
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVER = datetime(9999, 12, 30, tzinfo=UTC)
"""An instant after everything that happens in a test."""

_WORKFLOW = Workflow(
    (State("open"), State("waiting", "pending"), State("closed", "closed")),
    (
        Transition("ask", ("open",), "waiting", may=("agent",)),
        Transition("close", ("open", "waiting"), "closed", may=("agent",)),
    ),
    fields=(Field("topic"), Field("again", kind="truth"), Field("review", kind="moment")),
)
_RULES = (
    Automation(
        "greet",
        OnMessage("customer"),
        (actions.SendMessage("we-got-it"), actions.SendMessage("terms"), actions.Emit("written", ("topic",))),
    ),
    Automation("tell-owner", OnMessage("customer"), (actions.SendMessage("written", "owner"),)),
    Automation("bye", OnEnter(StateIs("closed")), (actions.SendMessage("bye"),)),
    Automation("again", OnEnter(StateIs("closed")), (actions.FollowUp(),), given=FieldIs("again", True)),
    Automation("review", AtField("review"), (actions.SendMessage("review", "agent"),)),
)


def desk(days: int = 1) -> Rules:
    """Return a rule set that reminds a waiting customer after some days, twice, and closes the ticket at last."""
    steps: tuple[actions.Action, ...] = (
        actions.SendMessage("remind-1"),
        actions.SendMessage("remind-2"),
        actions.Move("close"),
    )
    rungs = tuple(Rung(Elapsed(days=days * number), step) for number, step in enumerate(steps, 1))
    ladder = Ladder("no-answer", LastMessage("agent"), StateIs("waiting"), rungs)
    return Rules("desk", _WORKFLOW, BusinessCalendar("UTC", "mon-fri 09:00-18:00"), (*_RULES, ladder))


def desk_with_holidays(last_year: int) -> Rules:
    """Return a rule set that counts business days, with public holidays that are known until *last_year*."""
    names = {date(year, 1, 1): "New Year" for year in range(2026, last_year + 1)}
    calendar = BusinessCalendar(
        "UTC", "mon-fri 09:00-18:00", public_holidays=PublicHolidays("XX", FrozenMap(names), 2026, last_year)
    )
    slow = After(BusinessDays(20), Created())
    return Rules("desk", _WORKFLOW, calendar, (Automation("slow", slow, (actions.SendMessage("slow", "agent"),)),))


DESK = desk()


def opening(
    ticket: str = "T-1", at: datetime = NINE, by: Actor = BRUNO, *, event_id: str | None = None, rules: Rules = DESK
) -> Transaction:
    """Return the transaction of an opening with a message."""
    return transact(None, commands.Open(ticket, message=Message("m1"), at=at, by=by, event_id=event_id), rules)


def ask(at: datetime = NINE + HOUR, *, event_id: str | None = None) -> commands.Move:
    """Return the command of an agent who asks the customer something."""
    return commands.Move("ask", Message("m2"), at=at, by=ANA, event_id=event_id)


def write(at: datetime, *, event_id: str | None = None, message: str = "m3") -> commands.AddMessage:
    """Return the command of a customer who writes."""
    return commands.AddMessage(Message(message), at=at, by=BRUNO, event_id=event_id)


def close(at: datetime = NINE + HOUR, **fields: Value) -> commands.Move:
    """Return the command of an agent who closes the ticket."""
    return commands.Move("close", fields=fields, at=at, by=ANA)


def set_fields(at: datetime = NINE + HOUR, **fields: Value) -> commands.SetFields:
    """Return the command of an agent who sets fields."""
    return commands.SetFields(fields, at=at, by=ANA)


def stored(store: Store, ticket: str = "T-1") -> Ticket:
    """Return a ticket that must be stored."""
    found = store.load(ticket)
    assert found is not None, f"the store does not have ticket {ticket!r}"
    return found


def opened(store: Store, *tickets: str, rules: Rules = DESK) -> None:
    """Open tickets in a store."""
    store.keep_rules(rules)
    for ticket in tickets or ("T-1",):
        store.commit(opening(ticket, rules=rules))


def give(store: Store, command: commands.Command, ticket: str = "T-1", rules: Rules = DESK) -> Transaction:
    """Give a command to a stored ticket and store what it leads to. The command must be accepted."""
    found = transact(stored(store, ticket), command, rules)
    assert not isinstance(found.decision, Refused), found.decision
    store.commit(found)
    return found


def wake(store: Store, now: datetime, ticket: str = "T-1", rules: Rules = DESK) -> Transaction:
    """Wake a stored ticket and store what it leads to."""
    found = transact_due(now, stored(store, ticket), rules)
    store.commit(found)
    return found
