"""Outcomes and measures. The office is open from 9 to 18; 23 November 2026 is a Monday."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, busy, support
from ticketflow import BusinessCalendar, Message, Ticket, advance, commands, report_all, simulate
from ticketflow.errors import BadValueError
from ticketflow.simulation import Measures, Outcome, Times, measure, outcome, run

RULES = support()


def ticket(*given: commands.Command, until: timedelta = 9 * DAY) -> Ticket:
    opened = commands.Open("T-1", message=Message("m0"), at=MONDAY + 9 * HOUR, by=BRUNO)
    found = simulate((opened, *given), RULES, MONDAY + until).ticket
    assert found is not None
    return advance(MONDAY + until, found, RULES)


def move(transition: str, hours: float) -> commands.Move:
    return commands.Move(transition, Message(f"{transition}{hours}"), at=MONDAY + hours * HOUR, by=ANA)


def test_an_open_ticket_has_no_answer_and_no_resolution() -> None:
    """Both targets are missed: one working hour, and eight."""
    found = outcome(MONDAY + 9 * DAY, ticket(), RULES)
    assert found == Outcome(
        "T-1",
        MONDAY + 9 * HOUR,
        is_open=True,
        met={"first_response": 0, "resolution": 0},  # type: ignore[arg-type]
        breached={"first_response": 1, "resolution": 1},  # type: ignore[arg-type]
    )


def test_a_ticket_that_waits_in_vain_is_reminded_and_closed_by_a_rule() -> None:
    """Asked at 9:30, reminded on Wednesday and closed on Saturday: 45 - 0.5 working hours after the opening."""
    found = outcome(MONDAY + 9 * DAY, ticket(move("ask", 9.5)), RULES)
    assert found.first_answer == 0.5 * HOUR
    assert found.reminders == (MONDAY + 2 * DAY + 9.5 * HOUR,)
    assert (found.closed_at, found.closed_by) == (MONDAY + 5 * DAY + 9.5 * HOUR, "no-answer")
    assert found.resolution == 45 * HOUR
    assert (found.met, found.breached) == (
        {"first_response": 1, "resolution": 0},
        {"first_response": 0, "resolution": 1},
    )
    assert not found.is_open


def test_a_ticket_that_a_person_closed_is_closed_by_no_rule() -> None:
    found = outcome(MONDAY + 9 * DAY, ticket(move("solve", 12), move("close", 13)), RULES)
    assert (found.closed_by, found.closed_at) == (None, MONDAY + 13 * HOUR)
    assert found.resolution == 3 * HOUR


def test_a_reopened_ticket_is_not_resolved() -> None:
    again = commands.AddMessage(Message("m1"), at=MONDAY + 20 * HOUR, by=BRUNO)
    found = outcome(MONDAY + 2 * DAY, ticket(move("solve", 12), again, until=2 * DAY), RULES)
    assert (found.resolution, found.is_open, found.closed_at) == (None, True, None)


def test_working_time_is_counted_on_the_calendar_that_is_given() -> None:
    always = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
    solved = ticket(move("solve", 24 + 12), until=2 * DAY)
    assert outcome(MONDAY + 2 * DAY, solved, RULES).resolution == 12 * HOUR
    assert outcome(MONDAY + 2 * DAY, solved, RULES, always).resolution == 27 * HOUR


def test_a_closed_cycle_without_a_target_is_neither_met_nor_breached() -> None:
    clocks = tuple(attrs.evolve(policy, targets=()) for policy in RULES.clocks)
    rules = attrs.evolve(RULES, clocks=clocks)
    found = simulate((commands.Open("T-1", at=MONDAY, by=BRUNO), move("solve", 3)), rules).ticket
    assert found is not None
    assert set(outcome(MONDAY + DAY, found, rules).met.values()) == {0}


def test_measures_are_counted_from_outcomes() -> None:
    open_, waits, solved = (
        outcome(MONDAY + 9 * DAY, each, RULES)
        for each in (ticket(), ticket(move("ask", 9.5)), ticket(move("solve", 12), move("close", 13)))
    )
    found = measure((open_, waits, solved), refused=4)
    assert found == Measures(
        tickets=3,
        backlog=1,
        closed=2,
        closed_by_rule=1,
        follow_ups=0,
        reminders=1,
        breached={"first_response": 2 / 3, "resolution": 2 / 3},  # type: ignore[arg-type]
        first_answer=Times(2, 1.75 * HOUR, 0.5 * HOUR, 3 * HOUR),
        resolution=Times(2, 24 * HOUR, 3 * HOUR, 45 * HOUR),
        refused=4,
    )
    assert found.row == {
        "tickets": 3,
        "backlog": 1,
        "closed": 2,
        "closed_by_rule": 1,
        "follow_ups": 0,
        "reminders": 1,
        "refused": 4,
        "breached.first_response": 2 / 3,
        "breached.resolution": 2 / 3,
        "first_answer.mean_hours": 1.75,
        "first_answer.median_hours": 0.5,
        "first_answer.p90_hours": 3,
        "resolution.mean_hours": 24,
        "resolution.median_hours": 3,
        "resolution.p90_hours": 45,
    }


def test_without_tickets_there_are_no_times_and_no_shares() -> None:
    young = outcome(MONDAY + 9.5 * HOUR, ticket(until=9.5 * HOUR), RULES)
    row = measure([young]).row
    assert row["breached.resolution"] is None
    assert row["resolution.median_hours"] is None
    assert measure([]).breached == {}


def test_outcomes_agree_with_the_reports_of_the_same_tickets() -> None:
    until = MONDAY + timedelta(days=10)
    found = run(busy(), MONDAY, until, seed=5)
    reports, _ = report_all(until, found.tickets, busy().rules)
    assert len(reports) > 40
    for each, reported in zip(found.outcomes, reports, strict=True):
        assert each.first_answer == (reported.first_answer.working if reported.first_answer else None)
        resolved = None if reported.is_open or not reported.last_resolution else reported.last_resolution.working
        assert each.resolution == resolved
        assert (each.ticket, each.closed_at, each.is_open) == (reported.ticket, reported.closed_at, reported.is_open)
        for clock, kept in reported.clocks.items():
            assert (each.met[clock], each.breached[clock]) == (kept.met, kept.breached)


def test_an_outcome_needs_a_ticket_and_rules() -> None:
    with pytest.raises(BadValueError):
        outcome(MONDAY, "T-1", RULES)  # type: ignore[arg-type]
