"""What is known of the occurrences ahead goes on to the ticket after an entry, and stays right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ticketflow import Actor, BusinessCalendar, Elapsed, Message, Rules, Ticket, commands, evaluate, handle, next_due
from ticketflow.rules.actions import SendMessage
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import After
from ticketflow.tickets.anchors import Anchor, Created, LastMessage
from ticketflow.tickets.fold import replay
from ticketflow.workflow.definition import State, Transition, Workflow

NINE, HOUR = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(hours=1)
ANA = Actor("agent", "ana")
WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")), (Transition("close", {"open"}, "closed", may={"agent"}),)
)


def waiting(name: str, hours: int, since: Anchor) -> Automation:
    """Return a rule that acts some hours after an anchor."""
    return Automation(name, After(Elapsed(hours=hours), since), (SendMessage("hello"),))


def asked(ticket: Ticket, rules: Rules, hour: int) -> Ticket:
    """Return the ticket after a message; what is ahead of it was asked before."""
    next_due(ticket, rules)
    said = commands.AddMessage(Message(f"m{hour}"), at=NINE + hour * HOUR, by=ANA)
    return handle(ticket, said, rules).unwrap().ticket


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((5, 5, 3), ["c", "a", "b"]),  # c is counted from the message of ten o'clock, and is due at one
        ((5, 5, 4), ["a", "b", "c"]),  # all are due at two
        ((5, 5, 9), ["a", "b", "c"]),  # a is the first, and b is due with it
        ((5, 6, 9), ["a", "b", "c"]),
        ((5, 6, 1), ["c", "a", "b"]),
    ],
)
def test_what_an_entry_does_not_concern_stays_ahead(hours: tuple[int, int, int], expected: list[str]) -> None:
    since: tuple[Anchor, ...] = (Created(), Created(), LastMessage("agent"))
    timers = (waiting(name, after, anchor) for name, after, anchor in zip("abc", hours, since, strict=True))
    rules = Rules("desk", WORKFLOW, BusinessCalendar("UTC", "mon-fri 09:00-18:00"), tuple(timers))
    opening = commands.Open("T-1", message=Message("m"), at=NINE, by=ANA)
    ticket = handle(None, opening, rules).unwrap().ticket
    ticket = asked(ticket, rules, 1)
    fresh = replay(ticket.history)
    assert next_due(ticket, rules) == next_due(fresh, rules)
    plan = evaluate(NINE + 12 * HOUR, ticket, rules)
    assert plan == evaluate(NINE + 12 * HOUR, fresh, rules)
    assert [due.rule for due in plan if due.due_at > ticket.changed_at] == expected
