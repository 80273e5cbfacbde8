"""Following a clock costs what changes, not what the history has."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise

import attrs
import pytest

from tests.support.calls import count_calls
from ticketflow import (
    Actor,
    After,
    All,
    Automation,
    BusinessCalendar,
    BusinessDays,
    ClockIs,
    Created,
    Elapsed,
    Field,
    FieldIs,
    Not,
    OnEnter,
    Policy,
    Rules,
    State,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    commands,
    decide,
    handle,
    read,
    read_all,
    replay,
    report,
    sla,
    trace,
)
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import BeforeDue, OfTarget
from ticketflow.sla.trace import MOST_PARTS, Part

ANA = Actor("agent", "ana")
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
HIGH = FieldIs("level", at_least=2)
WARNINGS = (OfTarget(50), OfTarget(110), BeforeDue(WorkingTime(hours=1)))

AMOUNTS = (Target(WorkingTime(hours=4000), given=HIGH), Target(WorkingTime(hours=8000)))
SHORT = (Target(WorkingTime(minutes=20), given=HIGH), Target(WorkingTime(minutes=30)))
DAYS = (Target(BusinessDays(200), given=HIGH), Target(BusinessDays(300)))
TODAY = (Target(BusinessDays(0, at="12:20"), given=HIGH), Target(BusinessDays(0, at="12:40")))


def desk(targets: tuple[Target, ...], *rules: Automation) -> Rules:
    """Return a desk whose target depends on a field, and whose clock a field freezes."""
    states = (State("open"), State("closed", "closed"))
    close = Transition("close", ("open",), "closed", may=("agent",))
    fields = (Field("level", kind="number"),)
    measure = sla.resolution(frozen=FieldIs("level", 4))
    clocks = (Policy("resolution", measure, targets, WARNINGS),)
    return Rules("growth", Workflow(states, (close,), fields=fields), OFFICE, rules, clocks=clocks)


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


def test_a_condition_on_a_clock_costs_the_same_after_many_changes() -> None:
    given = All(ClockIs("resolution", "running"), Not(ClockIs("resolution", "breached")))
    told = Automation("told", After(Elapsed(days=900), Created()), (actions.Emit("told"),), given=given)
    thawed = Automation("thawed", OnEnter(ClockIs("resolution", "running")), (actions.Emit("thawed"),))
    rules = desk(AMOUNTS, told, thawed)
    assert sum(entry.is_automatic for entry in changed(rules, 20).history) == 5  # at the opening, and after each freeze
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


class TestFarTraces:
    """A trace costs the parts that it lists, however far away its end is."""

    FAR = datetime(9999, 6, 1, tzinfo=UTC)

    def traced(self, now: datetime, *changes: commands.Command, calendar: Calendar = OFFICE) -> tuple[Part, ...]:
        rules = attrs.evolve(desk(AMOUNTS), calendars=calendar)
        ticket = handle(None, commands.Open("T-1", at=START, by=ANA), rules).ticket
        for change in changes:
            ticket = decide(ticket, change, rules).unwrap().ticket
        assert ticket is not None
        return trace(now, ticket, rules.clock("resolution"))

    def test_the_rest_of_a_long_trace_is_one_part(self) -> None:
        """Ten parts a week: ten thousand of them are nineteen years."""
        parts = self.traced(self.FAR)
        assert len(parts) == MOST_PARTS + 1
        assert {part.kind for part in parts[:-1]} == {"counted", "closed"}
        assert parts[-1] == Part(parts[-2].end, self.FAR, "more", "open", None)
        assert all(one.end == other.start for one, other in pairwise(parts))

    def test_what_is_listed_is_what_a_nearer_end_lists(self) -> None:
        near = START + timedelta(days=1000)
        assert self.traced(self.FAR)[:500] == self.traced(near)[:500]

    def test_parts_of_years_are_merged_across_their_ends(self) -> None:
        once = BusinessCalendar("UTC", "", overrides={date(2031, 1, 6): "09:00-18:00"})
        parts = self.traced(datetime(2040, 1, 1, tzinfo=UTC), calendar=once)
        assert [(part.kind, part.start.year, part.end.year) for part in parts] == [
            ("closed", 2026, 2031),
            ("counted", 2031, 2031),
            ("closed", 2031, 2040),
        ]

    def test_a_trace_ends_after_a_hundred_years(self) -> None:
        once = BusinessCalendar("UTC", "", overrides={date(2031, 1, 6): "09:00-18:00"})
        *_, listed, rest = self.traced(self.FAR, calendar=once)
        assert (listed.kind, listed.end) == ("closed", START + timedelta(days=36_525))
        assert rest == Part(listed.end, self.FAR, "more", "open", None)

    def test_a_change_after_a_hundred_years_is_in_the_rest(self) -> None:
        late = commands.SetFields({"level": 4}, at=datetime(2200, 1, 1, tzinfo=UTC), by=ANA)
        assert self.traced(self.FAR, late)[-1].end == self.FAR

    def test_a_far_end_costs_little_more_than_a_near_one(self) -> None:
        near, far = (count_calls(partial(self.traced, now)) for now in (START + timedelta(days=365 * 20), self.FAR))
        assert far < 1.1 * near


def peak_of(work: Callable[[], object]) -> int:
    """Return the greatest number of bytes that were allocated at once while *work* ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_a_far_instant_costs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten years, and eight thousand years, under a rule that acts each hour. The first question adds up half-years."""
    hourly = Automation("hourly", After(Elapsed(hours=1), Created(), Elapsed(hours=1)), (actions.SendMessage("m"),))
    rules = desk(AMOUNTS, hourly)
    ticket = handle(None, commands.Open("T-1", at=START, by=ANA), rules).unwrap().ticket
    near, far = START + timedelta(days=3653), datetime(9999, 6, 1, tzinfo=UTC)
    assert peak_of(partial(report, far, ticket, rules)) < 4 * 2**20
    monkeypatch.setattr("ticketflow.sla.trace.MOST_PARTS", 500)
    assert peak_of(partial(trace, far, ticket, rules.clock("resolution"))) < 2**20
    few, many = (count_calls(partial(report, now, ticket, rules)) for now in (near, far))
    assert many < 2.5 * few
