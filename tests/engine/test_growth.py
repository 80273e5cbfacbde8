"""Work is bounded by what is asked, and not by how many rules wait or how far away an instant is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ticketflow import (
    Actor,
    BusinessCalendar,
    Elapsed,
    Field,
    FieldIs,
    Ladder,
    Message,
    Refused,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    actions,
    commands,
    evaluate,
    explain,
    handle,
    next_due,
)
from ticketflow.calendars.spans import BusinessDays
from ticketflow.engine import run
from ticketflow.rules.automations import Automation, Rung
from ticketflow.rules.triggers import After, OnMessage
from ticketflow.service.intake import Advance, Arrival, route
from ticketflow.tickets.anchors import Created
from ticketflow.workflow.conditions import Condition, Not

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = Actor("agent", "ana")
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
TELL = (actions.SendMessage("hello"),)
CLOSE = Transition("close", {"open"}, "closed", may={"agent"})
DAY = timedelta(days=1)


def desk(*rules: Automation | Ladder) -> Rules:
    """Return a desk with these rules and a field for numbers."""
    workflow = Workflow((State("open"), State("closed", "closed")), (CLOSE,), (Field("n", kind="number"),))
    return Rules("desk", workflow, OFFICE, rules)


def opened(rules: Rules) -> Ticket:
    """Return a new ticket."""
    return handle(None, commands.Open("T-1", fields={"n": 0}, at=START, by=ANA), rules).unwrap().ticket


def steps(call: Callable[[], object]) -> int:
    """Return the number of calls of functions of the library that a call makes."""
    count = 0

    def counted(_frame: object, event: str, _: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


def hour_later(number: int) -> Automation:
    """Return a rule that acts an hour after the opening."""
    return Automation(f"rule-{number}", After(Elapsed(hours=1), Created()), TELL)


@pytest.mark.parametrize("make", [hour_later, lambda number: Automation(f"rule-{number}", OnMessage("agent"), TELL)])
def test_rules_that_act_at_once_cost_their_number(make: Callable[[int], Automation]) -> None:
    def cost(number: int) -> int:
        rules = desk(*map(make, range(number)))
        ticket = opened(rules)
        said = commands.AddMessage(Message("m"), at=START + DAY, by=ANA)
        assert len(handle(ticket, said, rules).unwrap().entries) == number + 1
        return steps(lambda: handle(opened(rules), said, rules))

    assert cost(1_000) < 13 * cost(100)


@pytest.mark.parametrize("given", [FieldIs("n", at_least=0), Not(StateIs("closed"))])
def test_changes_under_a_rule_cost_their_number(given: Condition) -> None:
    rules = desk(Automation("later", After(Elapsed(days=900), Created()), TELL, given=given))

    def changed(number: int) -> None:
        ticket = opened(rules)
        for value in range(1, number + 1):
            command = commands.SetFields({"n": value}, at=START + value * timedelta(minutes=1), by=ANA)
            ticket = handle(ticket, command, rules).unwrap().ticket
            assert next_due(ticket, rules) == START + 900 * DAY

    assert steps(lambda: changed(1_000)) < 11 * steps(lambda: changed(100))


def test_a_ladder_of_long_rungs_costs_its_next_rung() -> None:
    def cost(count: int) -> int:
        rungs = (Rung(BusinessDays(500 * number), *TELL) for number in range(1, count + 1))
        rules = desk(Ladder("ladder", Created(), StateIs("open"), tuple(rungs)))
        ticket = opened(rules)
        assert next_due(ticket, rules) == datetime(2027, 12, 6, 9, tzinfo=UTC)
        return steps(lambda: next_due(opened(rules), rules))

    assert cost(15) < 1.5 * cost(2)


class TestFarInstants:
    """An hourly rule has about 88,000 occurrences in ten years; a question asks for a thousand."""

    RULES = desk(Automation("hourly", After(Elapsed(hours=1), Created(), every=Elapsed(hours=1)), TELL))

    @pytest.mark.parametrize("years", [1, 10, 1_000])
    def test_a_command_is_refused_after_a_thousand(self, years: int) -> None:
        said = commands.AddMessage(Message("m"), at=START + 365 * years * DAY, by=ANA)
        answer = handle(opened(self.RULES), said, self.RULES)
        assert isinstance(answer, Refused)
        assert answer.kinds == {"behind"}

    @pytest.mark.parametrize("years", [1, 10, 1_000])
    def test_a_message_is_routed_after_the_ticket_is_advanced(self, years: int) -> None:
        at = START + 365 * years * DAY
        assert route(Arrival(Message("m"), ANA), [opened(self.RULES)], self.RULES, at) == Advance("T-1")

    @pytest.mark.parametrize("years", [1, 10, 1_000])
    def test_a_plan_says_that_there_is_more(self, years: int) -> None:
        plan = evaluate(START + 365 * years * DAY, opened(self.RULES), self.RULES)
        assert (len(plan), plan.has_more) == (1_000, True)

    def test_the_cost_does_not_grow_with_the_distance(self) -> None:
        ticket = opened(self.RULES)

        def cost(years: int) -> int:
            at = START + 365 * years * DAY
            mail = Arrival(Message("m"), ANA)
            return steps(
                lambda: (
                    evaluate(at, ticket, self.RULES),
                    explain(at, ticket, self.RULES),
                    route(mail, [ticket], self.RULES, at),
                )
            )

        assert cost(1_000) < 1.1 * cost(1)


class TestManyTimers:
    """A run that keeps the next occurrence of each timer answers as one that looks at all timers anew."""

    RULES = desk(
        *(hour_later(number) for number in range(5)),
        Automation("two", After(Elapsed(hours=2), Created()), (actions.SetField("n", 2),), given=FieldIs("n", 0)),
        Automation("two-too", After(Elapsed(hours=2), Created()), TELL, given=FieldIs("n", 0), rank=1),
        Automation("after-two", After(Elapsed(hours=1), Created()), TELL, given=FieldIs("n", 2)),
        Automation("close", After(Elapsed(hours=3), Created()), (actions.Move("close"),)),
        Automation("closed", After(Elapsed(hours=1), Created()), TELL, given=StateIs("closed")),
    )

    def test_the_plan_is_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = evaluate(START + DAY, opened(self.RULES), self.RULES)
        monkeypatch.setattr(run, "MANY_TIMERS", 0)
        assert evaluate(START + DAY, opened(self.RULES), self.RULES) == expected
        # two-too loses its condition to its neighbor; after-two is armed late, and so is what waits for the closing
        hours = {due.rule: (due.entry.at - START) / timedelta(hours=1) for due in expected}
        rest = {"two": 2, "after-two": 2, "close": 3, "closed": 3}
        assert hours == dict.fromkeys((f"rule-{number}" for number in range(5)), 1) | rest
