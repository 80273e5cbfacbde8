"""Targets in business days: what is unknown, never comes, or is wrong as written."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from tests.support.desk import Desk, utc
from tests.support.small_rule_set import WORKFLOW
from ticketflow import BusinessCalendar, BusinessDays, Elapsed, Policy, Rules, Target, WorkingTime, next_due, read
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla import Multiplier, StartedBetween, StartedWhile, resolution
from ticketflow.sla.measures import Again
from ticketflow.tickets.events import ByRule

TEN = utc(2026, 11, 23, 10)  # a Monday
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")


def promised(
    *targets: Target, calendar: Calendar = OFFICE, name: str | None = "default", again: Again = "continue"
) -> Desk:
    """Return a desk with one clock, on which a ticket was opened on Monday at ten."""
    freezing = tuple(
        attrs.evolve(each, freezes={"solving"} if each.name == "pending" else ()) for each in WORKFLOW.states
    )
    policy = Policy("solving", resolution(again), targets, calendar=name)
    desk = Desk(Rules("days", attrs.evolve(WORKFLOW, states=freezing), calendar, (), None, (policy,)))
    desk.open(TEN)
    return desk


def problems(*targets: Target, name: str | None = "default") -> str:
    with pytest.raises(DefinitionError) as caught:
        promised(*targets, name=name)
    return str(caught.value)


def test_days_beyond_the_known_holidays_are_not_known() -> None:
    known = BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("CL", FrozenMap(), 2026, 2026))
    desk = promised(Target(BusinessDays(100)), calendar=known)
    reading = read(TEN + timedelta(hours=1), desk.ticket, desk.rules.clock("solving"))
    assert (reading.state, reading.target, reading.due_at, reading.elapsed) == (
        "running",
        None,
        None,
        timedelta(hours=1),
    )
    assert next_due(desk.ticket, desk.rules) is None


@pytest.mark.parametrize(
    ("days", "calendar"),
    [
        (100, BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("CL", FrozenMap(), 2026, 2026))),
        (2, BusinessCalendar("UTC", "", overrides={date(2026, 11, 23): "09:00-18:00"})),
    ],
)
def test_a_freeze_before_an_end_that_is_not_known_misses_nothing(days: int, calendar: Calendar) -> None:
    desk = promised(Target(BusinessDays(days)), calendar=calendar)
    desk.move(TEN + timedelta(hours=1), "wait")
    desk.move(TEN + timedelta(hours=3), "go_on")
    reading = read(TEN + timedelta(hours=4), desk.ticket, desk.rules.clock("solving"))
    assert (reading.state, reading.elapsed, reading.frozen) == ("running", timedelta(hours=2), timedelta(hours=2))


@pytest.mark.parametrize("is_read_before", [True, False])
def test_a_counted_restart_after_a_stop_while_frozen_is_the_miss(is_read_before: bool) -> None:
    """4.3, 4.5: due on Tuesday at 18:00, when the clock freezes; it stops at 20:00."""
    desk = promised(Target(BusinessDays(1, at="closing")), again="count")
    closing, restart = utc(2026, 11, 24, 18), utc(2026, 11, 26, 12)
    desk.move(closing, "wait")
    desk.move(closing + timedelta(hours=2), "finish", fields={"answer": "42"})
    if is_read_before:
        stopped = read(restart - timedelta(hours=1), desk.ticket, desk.rules.clock("solving"))
        assert (stopped.state, stopped.due_at, stopped.missed) == ("met", None, None)
    desk.move(restart, "go_on")
    going = read(restart, desk.ticket, desk.rules.clock("solving"))
    assert (going.state, going.breached_at, going.missed) == ("breached", restart, closing)
    desk.advance(restart)
    cause = desk.ticket.history.last.cause
    assert isinstance(cause, ByRule)
    assert (cause.key.rule, cause.due_at) == ("sla.solving.breach", restart)


def test_days_that_a_calendar_does_not_have_never_end() -> None:
    once = BusinessCalendar("UTC", "", overrides={date(2026, 11, 23): "09:00-18:00"})
    desk = promised(Target(BusinessDays(1)), calendar=once)
    reading = read(TEN + timedelta(hours=1), desk.ticket, desk.rules.clock("solving"))
    assert (reading.target, reading.due_at) == (None, None)


def test_what_is_wrong_with_them_is_said() -> None:
    assert "the target is in business days, but there is no calendar; name a calendar" in problems(
        Target(BusinessDays(1)), name=None
    )
    assert (
        "it has another type than time; give both as Elapsed or both as WorkingTime; business days have no extra"
        in (problems(Target(BusinessDays(1), extra=WorkingTime(hours=1))))
    )
    assert "too long; give 100 years or less" in problems(Target(BusinessDays(36_526)))
    assert "no calendar 'offcie'" in problems(Target(Elapsed(hours=1), started=StartedWhile("offcie")))
    between = StartedBetween("10:00", "24:00")
    assert "the target asks for a local time, but the policy has no calendar and so no zone" in problems(
        Target(Elapsed(hours=1), started=between), name=None
    )


def test_a_row_for_some_starts_does_not_hide_the_next_one() -> None:
    assert promised(Target(Elapsed(hours=1), started=StartedWhile("default", is_open=False)), Target(Elapsed(hours=2)))


def test_multipliers_leave_them_alone() -> None:
    row = Target(BusinessDays(2))
    assert Multiplier(50).of(row) is row


@pytest.mark.parametrize(
    ("since", "until"), [("10:00", "10:00"), ("24:00", "10:00"), ("25:00", "10:00"), (timedelta(hours=-1), "10:00")]
)
def test_times_that_are_none_are_refused(since: str | timedelta, until: str) -> None:
    with pytest.raises(BadValueError):
        StartedBetween(since, until)


def test_starts_in_words() -> None:
    assert str(StartedBetween("22:00", "06:00")) == "between 22:00 and 06:00"
    assert str(StartedWhile("office", is_open=False)) == "while office was closed"
