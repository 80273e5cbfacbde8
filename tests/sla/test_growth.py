"""Following a clock costs what changes, not what the history has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.support.calls import count_calls
from ticketflow import (
    Actor,
    BusinessCalendar,
    BusinessDays,
    Field,
    FieldIs,
    Policy,
    Rules,
    State,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    decide,
    handle,
    read,
    read_all,
    replay,
    sla,
)
from ticketflow.calendars.spans import BeforeDue, OfTarget

ANA = Actor("agent", "ana")
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
HIGH = FieldIs("level", at_least=2)
WARNINGS = (OfTarget(50), OfTarget(110), BeforeDue(WorkingTime(hours=1)))

AMOUNTS = (Target(WorkingTime(hours=4000), given=HIGH), Target(WorkingTime(hours=8000)))
SHORT = (Target(WorkingTime(minutes=20), given=HIGH), Target(WorkingTime(minutes=30)))
DAYS = (Target(BusinessDays(200), given=HIGH), Target(BusinessDays(300)))
TODAY = (Target(BusinessDays(0, at="12:20"), given=HIGH), Target(BusinessDays(0, at="12:40")))


def desk(targets: tuple[Target, ...]) -> Rules:
    """Return a desk whose target depends on a field, and whose clock a field freezes."""
    states = (State("open"), State("closed", "closed"))
    close = Transition("close", ("open",), "closed", may=("agent",))
    fields = (Field("level", kind="number"),)
    measure = sla.resolution(frozen=FieldIs("level", 4))
    clocks = (Policy("resolution", measure, targets, WARNINGS),)
    return Rules("growth", Workflow(states, (close,), fields=fields), OFFICE, clocks=clocks)


def changed(rules: Rules, times: int) -> Ticket:
    """Return a ticket whose field changed every minute."""
    ticket = handle(None, commands.Open("T-1", at=START, by=ANA), rules).ticket
    for number in range(1, times + 1):
        at = START + timedelta(minutes=number)
        ticket = handle(ticket, commands.SetFields({"level": number % 5}, at=at, by=ANA), rules).ticket
    assert ticket is not None
    return ticket


@pytest.mark.parametrize("targets", [AMOUNTS, SHORT, DAYS, TODAY])
def test_a_change_costs_the_same_after_many_changes(targets: tuple[Target, ...]) -> None:
    rules = desk(targets)
    changed(rules, 20)
    few, many = (count_calls(partial(changed, rules, times)) for times in (100, 400))
    assert many < 4.4 * few


@pytest.mark.parametrize("targets", [AMOUNTS, SHORT, DAYS, TODAY])
def test_a_clock_that_was_followed_reads_like_one_that_was_not(targets: tuple[Target, ...]) -> None:
    rules = desk(targets)
    clock = rules.clock("resolution")
    ticket = changed(rules, 60)
    for later in (timedelta(), timedelta(hours=3), timedelta(days=400)):
        now = ticket.changed_at + later
        assert read(now, ticket, clock) == read(now, replay(ticket.history), clock) == read_all(now, ticket, clock)[-1]


def test_a_field_with_very_many_values_is_read_like_one_with_few() -> None:
    """A clock caches what it decided for a value, but not for any number of values."""
    rules = desk(AMOUNTS)
    clock = rules.clock("resolution")
    ticket = handle(None, commands.Open("T-1", at=START, by=ANA), rules).ticket
    for number in range(1_100):
        set_level = commands.SetFields({"level": number + 2}, at=START + timedelta(seconds=number + 1), by=ANA)
        ticket = decide(ticket, set_level, rules).unwrap().ticket
        found = read(ticket.changed_at, ticket, clock)
        assert (found.target, found.state) == (timedelta(hours=4000), "frozen" if number == 2 else "running")
