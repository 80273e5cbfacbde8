"""Readings of clocks. Each expected figure is worked out by hand."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.clocks import Clocks, breach, desk_rules, on
from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk
from ticketflow import (
    Actor,
    BusinessCalendar,
    Elapsed,
    FieldIs,
    Happened,
    Rules,
    StateIs,
    WorkingTime,
    commands,
    evaluate,
    explain,
    handle,
    next_due,
    replay,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, Missed, OfTarget
from ticketflow.engine.program import ready
from ticketflow.errors import BadValueError, NaiveDatetimeError, UnknownHolidaysError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla.clock import Clock
from ticketflow.sla.clock_spans import instant_of
from ticketflow.sla.measures import (
    Again,
    Measure,
    agent_work,
    first_response,
    next_reply,
    requester_wait,
    resolution,
    time_while,
    update_interval,
)
from ticketflow.sla.policies import Deadline, Multiplier, Policy, Target
from ticketflow.sla.reading import read, read_all
from ticketflow.sla.trace import trace
from ticketflow.sla.tracking import progress
from ticketflow.tickets.anchors import Started
from ticketflow.tickets.events import TargetBreached, TargetWarned
from ticketflow.workflow.conditions import ALWAYS, ClockFact, ClockIs, Condition, holds, matching

HOUR, MICRO, NONE = timedelta(hours=1), timedelta(microseconds=1), timedelta(0)
EIGHT = Target(WorkingTime(hours=8))
FOUR_IF_HIGH = Target(WorkingTime(hours=4), FieldIs("prio", "high"))
SOLVING = Policy("solving", resolution(), (FOUR_IF_HIGH, EIGHT))
"""Opened on Monday at 9, eight hours end at 17, four at 13."""


@pytest.mark.parametrize("make", [first_response, next_reply, update_interval])
def test_a_measure_refuses_other_arguments(make: Callable[[str], Measure]) -> None:
    with pytest.raises(BadValueError, match=r"(since|again) is 'count'; give (message or opening|anew or never)"):
        make("count")


class TestFirstResponse:
    """4.1: the first public message to the customer by a person."""

    POLICY = Policy("first", first_response(), (Target(WorkingTime(hours=4)),))

    def test_it_ends_with_a_persons_public_message_and_nothing_else(self) -> None:
        desk = Clocks(self.POLICY)
        desk.assign(on(23, 10))
        desk.write(on(23, 10), ROBOT)
        desk.write(on(23, 10), ANA, public=False)
        desk.write(on(23, 10), ANA, automatic=True)
        assert desk.read(on(23, 11)).state == "running"
        desk.write(on(23, 11), ANA)  # 9 to 11
        desk.write(on(23, 12), ANA)
        reading = desk.read(on(23, 15))
        assert (reading.state, reading.elapsed, reading.done_at) == ("met", 2 * HOUR, on(23, 11))

    def test_resolved_without_an_answer_is_void(self) -> None:
        desk = Clocks(self.POLICY)
        desk.go(on(23, 10), "done")
        assert desk.read(on(23, 17)).state == "void"
        desk.go(on(23, 17), "open")  # it goes on: an hour was used, three are left, one of them today
        assert desk.read(on(23, 17)).due_at == on(24, 11)

    def test_a_target_missed_before_the_resolution_is_missed(self) -> None:
        desk = Clocks(self.POLICY)
        desk.go(on(23, 14), "done")  # it was due at 13
        assert desk.read(on(23, 15)).state == "breached"

    def test_a_message_with_the_resolution_is_an_answer(self) -> None:
        desk = Clocks(self.POLICY)
        desk.resolve_with_a_word(on(23, 12))
        assert desk.read(on(23, 17)).state == "met"

    def test_it_starts_with_the_customers_first_message(self) -> None:
        """Note at 9, public message at 11; the customer writes at 11 on the next day and is answered at 11:30."""
        desk = Clocks(attrs.evolve(self.POLICY, targets=(Target(WorkingTime(hours=1)),)), by=ANA, public=False)
        desk.write(on(23, 11), ANA)
        assert desk.read(on(24, 11)).state == "not_started"
        desk.write(on(24, 11), CUSTOMER)
        assert desk.read(on(24, 11, 15)).due_at == on(24, 12)
        desk.write(on(24, 11, 30), ANA)
        desk.write(on(24, 14), CUSTOMER)
        reading = desk.read(on(24, 17))
        assert (reading.state, reading.started, reading.elapsed) == ("met", on(24, 11), HOUR / 2)
        assert len(desk.read_all(on(24, 17))) == 1
        assert desk.breaches(on(30, 12)) == []

    def test_a_ticket_without_a_message_of_the_customer_starts_no_clock(self) -> None:
        desk = Clocks(self.POLICY, by=ANA)
        reading = desk.read(on(23, 12))
        assert (reading.state, reading.started, reading.elapsed, reading.due_at) == ("not_started", None, NONE, None)
        assert desk.read_all(on(23, 12)) == ()
        assert trace(on(23, 12), desk.ticket, desk.rules.clock("first")) == ()
        assert desk.breaches(on(30, 12)) == []

    @pytest.mark.parametrize("by", [ANA, CUSTOMER])
    def test_it_can_count_from_the_opening(self, by: Actor) -> None:
        desk = Clocks(attrs.evolve(self.POLICY, measure=first_response("opening")), by=by, public=by is CUSTOMER)
        assert desk.read(on(23, 10)).due_at == on(23, 13)
        desk.write(on(23, 11), ANA)
        assert desk.read(on(23, 12)).elapsed == 2 * HOUR

    def test_counted_from_the_opening_an_opening_with_a_public_message_is_the_answer(self) -> None:
        desk = Clocks(attrs.evolve(self.POLICY, measure=first_response("opening")), by=ANA)
        assert desk.read(on(23, 12)).state == "not_started"


def test_the_next_reply_on_a_ticket_that_the_desk_began_is_the_second_answer() -> None:
    desk = Clocks(Policy("reply", next_reply(), (Target(WorkingTime(hours=2)),)), by=ANA)
    desk.write(on(23, 10), CUSTOMER)
    assert desk.read(on(23, 11)).state == "not_started", "that is the first response"
    desk.write(on(23, 11), ANA)
    desk.write(on(23, 12), CUSTOMER)
    desk.write(on(23, 13), ANA)
    (reading,) = desk.read_all(on(23, 14))
    assert (reading.state, reading.started, reading.elapsed) == ("met", on(23, 12), HOUR)


def test_updates_begin_with_the_first_public_message() -> None:
    desk = Clocks(Policy("update", update_interval(), (Target(WorkingTime(hours=4)),)), by=ANA, public=False)
    assert desk.read(on(23, 10)).state == "not_started"
    desk.write(on(23, 11), ANA)
    assert desk.read(on(23, 12)).due_at == on(23, 15)
    desk.write(on(23, 13), ANA)
    assert [each.started for each in desk.read_all(on(23, 14))] == [on(23, 11), on(23, 13)]


def test_a_clock_can_be_for_the_first_cycle_only() -> None:
    """4.5: 9 to 10, and nothing after it."""
    desk = Clocks(Policy("update", update_interval("never"), (Target(Elapsed(hours=4)),)))
    desk.write(on(23, 10), ANA)
    desk.write(on(23, 15), ANA)
    assert [(each.state, each.elapsed) for each in desk.read_all(on(24, 18))] == [("met", HOUR)]
    assert desk.breaches(on(30, 12)) == []
    solving = Clocks(Policy("solving", resolution("never"), (EIGHT,)))
    solving.go(on(23, 11), "done")
    solving.go(on(23, 13), "open")
    assert [(each.state, each.elapsed) for each in solving.read_all(on(24, 18))] == [("met", 2 * HOUR)]


def test_next_reply_counts_from_the_oldest_unanswered_message() -> None:
    desk = Clocks(Policy("reply", next_reply(), (Target(WorkingTime(hours=2)),)))
    assert desk.read(on(23, 9)).state == "not_started", "the first response is another clock"
    desk.write(on(23, 10), ANA)
    desk.write(on(23, 11), CUSTOMER)
    desk.write(on(23, 12), CUSTOMER)
    desk.write(on(23, 14), ANA)  # 11 to 14: an hour late
    desk.write(on(23, 15), CUSTOMER)
    desk.write(on(23, 16), ANA)  # 15 to 16
    desk.write(on(23, 17), CUSTOMER)
    desk.go(on(23, 17, 30), "done")
    every = desk.read_all(on(24, 12))
    assert [(each.state, each.started, each.elapsed) for each in every] == [
        ("breached", on(23, 11), 3 * HOUR),
        ("met", on(23, 15), HOUR),
        ("void", on(23, 17), HOUR / 2),
    ]
    desk.go(on(24, 12), "open")  # the customer's word still stands
    assert desk.read(on(24, 13)).started == on(24, 12)


@pytest.mark.parametrize(
    ("again", "started", "elapsed", "frozen", "due_at"),
    [
        ("continue", 9, 4, 2, on(24, 10)),  # 9 to 11 and 13 to 15; four of eight are left, three of them today
        ("count", 9, 6, 0, on(23, 17)),  # 9 to 15
        ("anew", 13, 2, 0, on(24, 12)),  # 13 to 15; six are left, three of them today
    ],
)
def test_reopening_obeys_again(again: Again, started: int, elapsed: int, frozen: int, due_at: datetime) -> None:
    desk = Clocks(Policy("solving", resolution(again), (EIGHT,)))
    desk.go(on(23, 11), "done")
    over = desk.read(on(23, 12))
    assert (over.state, over.elapsed, over.done_at) == ("met", 2 * HOUR, on(23, 11))
    desk.go(on(23, 13), "open")
    reading = desk.read(on(23, 15))
    assert (reading.started, reading.elapsed, reading.frozen) == (on(23, started), elapsed * HOUR, frozen * HOUR)
    assert reading.due_at == due_at
    assert len(desk.read_all(on(23, 15))) == (2 if again == "anew" else 1)


@pytest.mark.parametrize("measure", [requester_wait(), agent_work(), resolution(frozen=StateIs("waiting"))])
def test_waiting_for_the_customer_does_not_count(measure: Measure) -> None:
    desk = Clocks(Policy("work", measure, (EIGHT,)))
    desk.go(on(23, 10), "waiting")
    assert desk.read(on(23, 11)).state == "frozen"
    desk.go(on(23, 12), "open")
    reading = desk.read(on(23, 15))  # 9 to 10 and 12 to 15; of four left, one is tomorrow's
    assert (reading.elapsed, reading.frozen, reading.due_at) == (4 * HOUR, 2 * HOUR, on(24, 10))


def test_every_answer_begins_another_interval() -> None:
    desk = Clocks(Policy("update", update_interval(), (Target(Elapsed(hours=4)),)))
    desk.write(on(23, 10), ANA)
    desk.write(on(23, 11), CUSTOMER)
    desk.write(on(23, 15), BOSS)  # after five hours
    every = desk.read_all(on(23, 18))
    assert [(each.state, each.elapsed) for each in every] == [
        ("met", HOUR),
        ("breached", 5 * HOUR),
        ("running", 3 * HOUR),
    ]
    assert desk.breaches(on(23, 18)) == [(on(23, 14, micro=1), on(23, 14))]


@pytest.mark.parametrize(("again", "cycles"), [("continue", [(2, 2)]), ("count", [(4, 0)]), ("anew", [(1, 0), (1, 0)])])
def test_time_in_a_state(again: Again, cycles: list[tuple[int, int]]) -> None:
    """From 10 to 11 and from 13 to 14."""
    desk = Clocks(Policy("waiting", time_while(StateIs("waiting"), again)))
    assert desk.read(on(23, 10)).state == "not_started"
    for hour, state in ((10, "waiting"), (11, "open"), (13, "waiting"), (14, "done")):
        desk.go(on(23, hour), state)
    every = desk.read_all(on(23, 17))
    assert [(each.elapsed, each.frozen) for each in every] == [(one * HOUR, other * HOUR) for one, other in cycles]
    assert {each.state for each in every} == {"met"}


class TestTargets:
    """4.2, 4.4: the first target whose condition holds is in force; each counts on its calendar."""

    ROWS = (
        Target(WorkingTime(hours=4), FieldIs("prio", "high"), "nights"),
        Target(Elapsed(hours=24), FieldIs("prio", "vip")),
        Target(WorkingTime(hours=8), FieldIs("prio", "low")),
    )

    @pytest.mark.parametrize(
        ("prio", "due_at", "state"),
        [
            ("high", on(24, 2), "paused"),  # the night begins at 22
            ("vip", on(24, 9), "running"),
            ("low", on(23, 17), "running"),
        ],
    )
    def test_the_first_that_holds_is_in_force(self, prio: str, due_at: datetime, state: str) -> None:
        desk = Clocks(Policy("solving", resolution(), self.ROWS), prio=prio)
        reading = desk.read(on(23, 12))
        assert (reading.due_at, reading.state) == (due_at, state)

    def test_without_a_target_time_is_only_measured(self) -> None:
        desk = Clocks(Policy("solving", resolution(), self.ROWS))
        reading = desk.read(on(24, 10))
        assert (reading.elapsed, reading.closed) == (10 * HOUR, 15 * HOUR)
        assert (reading.target, reading.remaining, reading.due_at, reading.missed) == (None, None, None, None)

    def test_each_phase_counts_on_the_calendar_then_in_force(self) -> None:
        """9 to 12 in the office; until Tuesday 5 seven hours of the night; day and night until 9."""
        desk = Clocks(Policy("solving", resolution(), self.ROWS), prio="low")
        desk.put(on(23, 12), prio="high")  # three hours were used; one is left, and the night begins at 22
        assert desk.read(on(23, 12)).due_at == on(23, 23)
        desk.put(on(24, 5), prio="vip")
        reading = desk.read(on(24, 9))
        assert (reading.elapsed, reading.closed) == (14 * HOUR, 10 * HOUR)
        assert desk.breaches(on(24, 9)) == [(on(23, 23, micro=1), on(23, 23))]

    @pytest.mark.parametrize(
        ("opened", "target", "due_at"),
        [
            (on(23, 10), Target(WorkingTime(hours=2), extra=WorkingTime(hours=1)), on(23, 12)),
            (on(23, 20), Target(WorkingTime(hours=2), extra=WorkingTime(hours=1)), on(24, 12)),
            (on(23, 20), Target(Elapsed(hours=2), extra=Elapsed(hours=12)), on(24, 10)),
            (on(23, 20), Target(Elapsed(hours=2), calendar="nights", extra=Elapsed(hours=12)), on(24, 10)),
            (on(23, 23), Target(Elapsed(hours=2), calendar="nights", extra=Elapsed(hours=12)), on(24, 1)),
        ],
    )
    def test_extra_time_for_cycles_that_begin_outside_hours(
        self, opened: datetime, target: Target, due_at: datetime
    ) -> None:
        assert Clocks(Policy("solving", resolution(), (target,)), opened=opened).read(opened).due_at == due_at

    def test_working_time_ends_at_closing(self) -> None:
        """1.4: nine hours from 9 are due at 18, not at the next opening."""
        desk = Clocks(Policy("solving", resolution(), (Target(WorkingTime(hours=9)),)))
        assert desk.breaches(on(24, 9)) == [(on(23, 18, micro=1), on(23, 18))]


class TestDeadlines:
    """4.3: a deadline is an instant in a field; freezes do not move it."""

    POLICY = Policy("promise", resolution(), (Deadline("promised"),))

    def test_freezes_never_move_it(self) -> None:
        desk = Clocks(self.POLICY, freezes=["promise"], promised=on(24, 12))
        desk.go(on(23, 10), "waiting")
        reading = desk.read(on(24, 12))
        assert (reading.state, reading.due_at, reading.target, reading.remaining) == ("frozen", on(24, 12), None, None)
        late = desk.read(on(24, 13))
        assert (late.state, late.breached_at, late.missed) == ("breached", on(24, 12, micro=1), on(24, 12))
        assert breach(desk.ticket).target is None

    def test_without_an_instant_nothing_is_missed(self) -> None:
        desk = Clocks(self.POLICY)
        assert desk.read(on(30, 9)).due_at is None
        assert desk.breaches(on(30, 9)) == []

    def test_it_can_be_moved_until_it_is_missed(self) -> None:
        desk = Clocks(self.POLICY, promised=on(24, 12))
        desk.put(on(24, 12), promised=on(24, 15))  # at the last instant
        desk.put(on(24, 16), promised=on(24, 17))  # too late
        reading = desk.read(on(24, 16))
        assert (reading.due_at, reading.breached_at, reading.missed) == (on(24, 17), on(24, 15, micro=1), on(24, 15))
        assert len(desk.breaches(on(25, 12))) == 1, "a cycle is missed once"

    def test_a_miss_without_a_record_is_read(self) -> None:
        """The rule set that moved the deadline had no clocks, so nothing was recorded. It was missed at 15."""
        unseen = Clocks(promised=on(24, 15))
        unseen.put(on(24, 16), promised=on(24, 17))
        reading = read(on(24, 16), unseen.ticket, desk_rules(self.POLICY).clock("promise"))
        assert (reading.breached_at, reading.missed) == (on(24, 15, micro=1), on(24, 15))

    def test_one_that_is_past_when_it_is_set_is_missed_then(self) -> None:
        desk = Clocks(self.POLICY)
        desk.put(on(23, 15), promised=on(23, 12))
        assert desk.breaches(on(23, 15)) == [(on(23, 15), on(23, 12))]

    def test_one_that_passes_while_the_ticket_is_resolved_is_missed_on_reopening(self) -> None:
        desk = Clocks(self.POLICY, promised=on(23, 12))
        desk.go(on(23, 11), "done")
        assert desk.read(on(23, 13)).state == "met"
        desk.go(on(23, 14), "open")
        assert desk.breaches(on(23, 15)) == [(on(23, 14), on(23, 12))]

    def test_the_last_instant_there_is_is_never_missed(self) -> None:
        last = datetime.max.replace(tzinfo=UTC)
        warns = (AfterDue(Elapsed(hours=1)), OfTarget(200), BeforeDue(Elapsed(timedelta.max)))
        desk = Clocks(attrs.evolve(self.POLICY, warn_at=warns), promised=last)
        assert desk.read(on(23, 10)).due_at == last
        assert desk.breaches(on(30, 9)) == []
        warned = [event for entry in desk.ticket.history for event in entry.events if isinstance(event, TargetWarned)]
        assert warned == [TargetWarned("promise", 0, last)], "the lead is longer than there is time"


class TestRetargeting:
    """4.4: another target has the same start and the same used and frozen time."""

    def test_a_stricter_one_that_is_past_is_missed_at_the_change(self) -> None:
        desk = Clocks(SOLVING)
        desk.put(on(23, 14), prio="high")  # it was due at 13
        desk.put(on(23, 15), prio="low")
        desk.advance(on(23, 16))
        found = breach(desk.ticket)
        assert (found.at, found.due_at, found.target, found.cycle) == (on(23, 14), on(23, 13), 4 * HOUR, 0)
        reading = desk.read(on(23, 16))
        assert (reading.state, reading.breached_at, reading.missed) == ("breached", on(23, 14), on(23, 13))
        assert (reading.due_at, reading.target, reading.remaining) == (on(23, 17), 8 * HOUR, HOUR)
        assert len(desk.breaches(on(25, 12))) == 1, "not once more at 17"

    def test_a_stricter_one_that_is_not_past_is_due_sooner(self) -> None:
        desk = Clocks(SOLVING)
        desk.put(on(23, 11), prio="high")
        assert desk.read(on(23, 11)).due_at == on(23, 13)
        assert desk.breaches(on(24, 9)) == [(on(23, 13, micro=1), on(23, 13))]

    @pytest.mark.parametrize("minute", [0, 59])
    def test_a_laxer_one_in_time_misses_nothing(self, minute: int) -> None:
        """At 12:59, and at 13 itself: an outside event comes before what is due at its instant."""
        desk = Clocks(SOLVING, prio="high")
        desk.put(on(23, 13 if minute == 0 else 12, minute), prio="low")
        assert desk.read(on(23, 16)).due_at == on(23, 17)
        assert desk.breaches(on(24, 9)) == [(on(23, 17, micro=1), on(23, 17))]

    def test_a_laxer_one_leaves_the_record(self) -> None:
        desk = Clocks(SOLVING, prio="high")
        desk.put(on(23, 14), prio="low")
        assert desk.breaches(on(23, 14)) == [(on(23, 13, micro=1), on(23, 13))]
        assert desk.read(on(23, 14)).due_at == on(23, 17)

    def test_while_it_is_frozen(self) -> None:
        """One hour of four is used. Two of the other three are from 16 to 18."""
        desk = Clocks(SOLVING, freezes=["solving"])
        desk.go(on(23, 10), "waiting")
        desk.put(on(23, 15), prio="high")
        frozen = desk.read(on(23, 15))
        assert (frozen.state, frozen.due_at, frozen.remaining) == ("frozen", None, 3 * HOUR)
        desk.go(on(23, 16), "open")
        assert desk.read(on(23, 16)).due_at == on(24, 10)

    def test_a_stricter_one_that_is_past_waits_for_the_freeze_to_end(self) -> None:
        desk = Clocks(SOLVING, freezes=["solving"])
        desk.go(on(23, 14), "waiting")  # five hours were used
        desk.put(on(23, 15), prio="high")
        assert desk.read(on(23, 15, 30)).state == "frozen"
        desk.go(on(23, 16), "open")
        assert desk.breaches(on(23, 17)) == [(on(23, 16), on(23, 13))]

    def test_a_stricter_one_at_the_instant_of_the_resolution(self) -> None:
        """1.8: the ticket is resolved at 14, and the target was due at 13. A resolution at 13 would be in time."""
        for hour, expected in ((13, []), (14, [(on(23, 14), on(23, 13))])):
            desk = Clocks(SOLVING)
            desk.put(on(23, hour), prio="high")
            desk.go(on(23, hour), "done")
            desk.go(on(23, hour + 2), "open")
            desk.put(on(23, hour + 2), prio="low")
            assert desk.breaches(on(23, 16)) == expected
            unseen = replay([entry for entry in desk.ticket.history if entry.is_by_hand][:3])
            assert bool(read(on(23, 16), unseen, desk.rules.clock("solving")).breached_at) is bool(expected)


class TestFreezing:
    """4.2, 4.3: frozen is not paused; a frozen clock misses nothing."""

    def test_at_the_due_instant(self) -> None:
        """The target is used up at 17, when the clock freezes. It is due when the clock runs again, at 10."""
        for done, state in ((on(24, 10), "met"), (on(24, 10, micro=1), "breached")):
            desk = Clocks(SOLVING, freezes=["solving"])
            desk.go(on(23, 17), "waiting")
            reading = desk.read(on(24, 9))
            assert (reading.state, reading.remaining, reading.due_at) == ("frozen", NONE, None)
            desk.go(on(24, 10), "open")
            assert desk.read(on(24, 10)).due_at == on(24, 10)
            desk.go(done, "done")
            assert desk.read(on(24, 12)).state == state

    def test_a_freeze_a_microsecond_after_the_due_instant_prevents_the_miss(self) -> None:
        """The freeze comes before what is due at its instant. The target is missed when the clock runs again."""
        desk = Clocks(SOLVING, freezes=["solving"])
        desk.go(on(23, 17, micro=1), "waiting")
        assert desk.breaches(on(24, 9)) == []
        desk.go(on(24, 10), "open")
        assert desk.breaches(on(24, 10)) == [(on(24, 10), on(23, 17))]

    def test_frozen_and_closed_time_is_closed(self) -> None:
        """Frozen from 17 to 18 and from 9 to 10; the calendar is closed in between."""
        desk = Clocks(SOLVING, freezes=["solving"])
        desk.go(on(23, 17), "waiting")
        reading = desk.read(on(24, 10))
        assert (reading.elapsed, reading.frozen, reading.closed) == (8 * HOUR, 2 * HOUR, 15 * HOUR)

    def test_state_and_measure_freeze_alike(self) -> None:
        """From 10 to 11 by the state, until 12 by both, until 13 by the field."""
        desk = Clocks(attrs.evolve(SOLVING, measure=resolution(frozen=FieldIs("hold", True))), freezes=["solving"])
        desk.go(on(23, 10), "waiting")
        desk.put(on(23, 11), hold=True)
        desk.go(on(23, 12), "open")
        desk.put(on(23, 13), hold=False)
        assert desk.read(on(23, 14)).frozen == 3 * HOUR

    def test_a_breached_cycle_goes_on(self) -> None:
        desk = Clocks(SOLVING, freezes=["solving"])
        desk.go(on(24, 10), "waiting")
        reading = desk.read(on(24, 11))
        assert (reading.state, reading.done_at, reading.due_at) == ("breached", None, None)
        assert (reading.elapsed, reading.remaining) == (10 * HOUR, -2 * HOUR)

    def test_with_again_count_nothing_is_missed_between_stop_and_start(self) -> None:
        """Resolved at 16, in time. Reopened on Tuesday at 9; with the hours between, it was due at 17."""
        policy = Policy("solving", resolution("count"), (EIGHT,))
        desk = Clocks(policy)
        desk.go(on(23, 16), "done")
        assert desk.read(on(23, 18)).state == "met"
        desk.go(on(24, 9), "open")
        assert desk.breaches(on(24, 9)) == [(on(24, 9), on(23, 17))]
        unseen = Clocks()
        unseen.go(on(23, 16), "done")
        unseen.go(on(24, 9), "open")
        assert read(on(24, 9), unseen.ticket, desk.rules.clock("solving")).breached_at == on(24, 9)


class TestRecords:
    """1.8, 2.2, 4.4: a breach is recorded once, with the target that was missed."""

    def test_done_at_the_due_instant_is_met(self) -> None:
        for late, expected in ((NONE, []), (MICRO, [(on(23, 17, micro=1), on(23, 17))])):
            desk = Clocks(SOLVING)
            desk.go(on(23, 17) + late, "done")
            assert desk.breaches(on(24, 9)) == expected
            desk.go(on(24, 9), "open")
            assert desk.breaches(on(24, 9)) == expected
            unseen = Clocks()
            unseen.go(on(23, 17) + late, "done")
            unseen.go(on(24, 9), "open")
            reading = read(on(24, 9), unseen.ticket, desk.rules.clock("solving"))
            assert reading.breached_at == (expected[0][0] if expected else None)

    def test_a_freeze_at_the_instant_of_the_breach_comes_first(self) -> None:
        """4.3: a frozen clock cannot breach. The target is missed when the clock runs again, or stops."""
        for way_out in ("open", "done"):
            desk = Clocks(SOLVING, freezes=["solving"])
            desk.go(on(23, 17, micro=1), "waiting")
            assert desk.breaches(on(24, 9)) == []
            assert read(on(24, 9), desk.ticket, desk.rules.clock("solving")).state == "frozen"
            desk.go(on(24, 9), way_out)
            assert desk.breaches(on(24, 10)) == [(on(24, 9), on(23, 17))]

    def test_a_cycle_that_ends_late_as_another_begins(self) -> None:
        """Each message ends a cycle. The one at 13:00:00.000001 is too late and still ends it."""
        desk = Clocks(Policy("update", update_interval(), (Target(WorkingTime(hours=4)),)))
        desk.write(on(23, 13, micro=1), ANA)
        first, second = desk.read_all(on(23, 14))
        assert (first.state, first.breached_at, second.state) == ("breached", on(23, 13, micro=1), "running")
        assert desk.breaches(on(23, 14)) == [(on(23, 13, micro=1), on(23, 13))]
        assert desk.breaches(on(23, 18)) == [
            (on(23, 13, micro=1), on(23, 13)),
            (on(23, 17, micro=2), on(23, 17, micro=1)),
        ]

    def test_the_history_has_the_breach(self) -> None:
        desk = Clocks(SOLVING)
        desk.advance(on(24, 9))
        (event,) = [each for entry in desk.ticket.history for each in entry.events if isinstance(each, TargetBreached)]
        assert event == TargetBreached("solving", 0, 8 * HOUR, on(23, 17))
        again = replay(desk.ticket.history)
        assert (again, again.breaches) == (desk.ticket, desk.ticket.breaches)
        assert breach(again).rules == desk.rules.digest

    def test_other_rules_do_not_change_the_record(self) -> None:
        desk = Clocks(SOLVING)
        desk.advance(on(24, 9))
        lax = desk_rules(attrs.evolve(SOLVING, targets=(Target(WorkingTime(hours=40)),)))
        reading = read(on(24, 9), desk.ticket, lax.clock("solving"))
        assert (reading.state, reading.missed, reading.version) == ("breached", on(23, 17), lax.digest)


class TestReading:
    """4.2: readings and traces."""

    def test_a_paused_clock_keeps_its_due_instant(self) -> None:
        reading = Clocks(SOLVING, opened=on(23, 12)).read(on(23, 20))
        assert (reading.state, reading.due_at, reading.remaining) == ("paused", on(24, 11), 2 * HOUR)

    def test_before_the_last_entry_the_ticket_as_it_stood_then_is_read(self) -> None:
        """2.1: resolved at 12:00, the clock was running at 10:00; before the opening it had not started."""
        desk = Clocks(SOLVING)
        desk.move(on(23, 12), "done")
        clock = desk.rules.clock("solving")
        reading = read(on(23, 10), desk.ticket, clock)
        assert (reading.at, reading.state, reading.elapsed) == (on(23, 10), "running", HOUR)
        assert [each.state for each in read_all(on(23, 10), desk.ticket, clock)] == ["running"]
        assert [part.end for part in trace(on(23, 10), desk.ticket, clock)] == [on(23, 10)]
        assert read(on(23, 12), desk.ticket, clock).state == "met"
        before = on(23, 8)
        assert read(before, desk.ticket, clock).state == "not_started"
        assert (read_all(before, desk.ticket, clock), trace(before, desk.ticket, clock)) == ((), ())

    def test_naive_instants_are_refused(self) -> None:
        desk, naive = Clocks(SOLVING), datetime(2026, 11, 23, 10)  # noqa: DTZ001 -- what is refused
        clock = desk.rules.clock("solving")
        for ask in (read, read_all, trace):
            with pytest.raises(NaiveDatetimeError, match="now is 2026-11-23T10:00:00"):
                ask(naive, desk.ticket, clock)

    def test_the_two_hours_of_a_fold_are_two(self) -> None:
        """1.9: 2:30 in Berlin occurs twice on 25 October 2026, and the two datetimes compare equal."""
        opened = datetime(2026, 10, 24, 22, tzinfo=UTC)
        desk = Clocks(Policy("solving", resolution(), (Target(Elapsed(days=1)),)), opened=opened)
        clock, twice = desk.rules.clock("solving"), datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        first, second = (read(twice.replace(fold=fold), desk.ticket, clock) for fold in (0, 1))
        assert (first.elapsed, second.elapsed) == (2.5 * HOUR, 3.5 * HOUR)

    def test_cached_readings_are_not_part_of_a_ticket(self) -> None:
        desk = Clocks(SOLVING)
        fresh = replay(desk.ticket.history)
        clock = desk.rules.clock("solving")
        reading = read(on(23, 10), desk.ticket, clock)
        assert read(on(23, 10), desk.ticket, clock) is reading
        assert progress(desk.ticket, clock) is progress(desk.ticket, clock)
        other = desk_rules(attrs.evolve(SOLVING, targets=())).clock("solving")
        assert read(on(23, 10), desk.ticket, other).due_at is None, "another clock of that name is asked anew"
        back = pickle.loads(pickle.dumps(desk.ticket))  # noqa: S301 -- our own
        assert len(pickle.dumps(desk.ticket)) == len(pickle.dumps(fresh))
        assert back == fresh == desk.ticket
        assert (hash(back), repr(back)) == (hash(fresh), repr(fresh))
        assert read(on(23, 10), back, clock) == reading

    def test_a_trace_shows_why_each_part_counts_or_not(self) -> None:
        """Frozen on Monday from 17, closed at 18, done on Tuesday from 10 to 11, and read at 12."""
        desk = Clocks(SOLVING, freezes=["solving"])
        for at, state in (
            (on(23, 17), "done"),
            (on(23, 17), "waiting"),
            (on(24, 9), "open"),
            (on(24, 10), "done"),
            (on(24, 11), "open"),
        ):
            desk.go(at, state)
        clock = desk.rules.clock("solving")
        parts = trace(on(24, 12), desk.ticket, clock)
        assert [(part.kind, part.state, part.start, part.end) for part in parts] == [
            ("counted", "open", on(23, 9), on(23, 17)),
            ("frozen", "waiting", on(23, 17), on(23, 18)),
            ("closed", "waiting", on(23, 18), on(24, 9)),
            ("counted", "open", on(24, 9), on(24, 10)),
            ("stopped", "done", on(24, 10), on(24, 11)),
            ("counted", "open", on(24, 11), on(24, 12)),
        ]
        assert [part.piece.why for part in parts if part.piece] == [
            "hours",
            "hours",
            "closed",
            "hours",
            "hours",
            "hours",
        ]
        reading = read(on(24, 12), desk.ticket, clock)
        assert (reading.elapsed, reading.frozen, reading.closed) == (10 * HOUR, 2 * HOUR, 15 * HOUR)

    def test_elapsed_time_has_no_segments_of_a_calendar(self) -> None:
        desk = Clocks(Policy("solving", resolution(), (Target(Elapsed(hours=30)),)))
        desk.go(on(24, 10), "done")
        (part,) = trace(on(30, 12), desk.ticket, desk.rules.clock("solving"))
        assert (part.kind, part.start, part.end, part.piece) == ("counted", on(23, 9), on(24, 10), None)

    def test_a_rule_set_returns_a_clock_by_name(self) -> None:
        rules = desk_rules(SOLVING)
        assert rules.clock("solving") is rules.clock("solving")
        with pytest.raises(BadValueError, match=r"^no clock 'sloving'; did you mean 'solving'\?$"):
            rules.clock("sloving")

    def test_names_are_checked(self) -> None:
        with pytest.raises(BadValueError, match=r"^clock 'Läuft'"):
            Policy("Läuft", resolution())


class TestUnknownHolidays:
    """1.5: known instants are returned, together with the instant from which nothing is known."""

    OFFICE = BusinessCalendar(
        "UTC",
        "mon-fri 09:00-18:00",
        public_holidays=PublicHolidays("XX", FrozenMap({date(2026, 12, 25): "Christmas"}), 2026, 2026),
    )
    NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

    def desk(self, *targets: Target | Deadline, **fields: Value) -> Desk:
        """A ticket of Thursday 31 December 2026 at 12: six working hours are left in known years."""
        warns = (OfTarget(50), BeforeDue(WorkingTime(hours=1)), BeforeDue(Elapsed(hours=1)))
        policy = Policy("solving", resolution(), targets or (EIGHT,), warns)
        desk = Desk(desk_rules(policy, freezes=["solving"], office=self.OFFICE))
        desk.open(datetime(2026, 12, 31, 12, tzinfo=UTC), CUSTOMER, **fields)
        return desk

    def test_instants_before_the_unknown_years_are_known(self) -> None:
        """Half of eight hours have passed at 16; the other half ends in a year of unknown holidays."""
        desk = self.desk()
        assert next_due(desk.ticket, desk.rules) == datetime(2026, 12, 31, 16, tzinfo=UTC)
        plan = evaluate(datetime(2027, 2, 1, tzinfo=UTC), desk.ticket, desk.rules)
        (warning,) = plan
        assert warning.entry.events == (TargetWarned("solving", 0, None),)
        assert plan.unknown_from == self.NEW_YEAR
        reading = read(datetime(2026, 12, 31, 17, tzinfo=UTC), desk.ticket, desk.rules.clock("solving"))
        assert (reading.elapsed, reading.remaining, reading.due_at) == (5 * HOUR, 3 * HOUR, None)
        with pytest.raises(UnknownHolidaysError):
            read(datetime(2027, 1, 5, tzinfo=UTC), desk.ticket, desk.rules.clock("solving"))

    def test_a_ticket_in_unknown_years_can_be_changed(self) -> None:
        """The time used until the freeze of 5 January is not known: nothing is due, and nothing is raised."""
        desk = self.desk()
        later = datetime(2027, 1, 5, 12, tzinfo=UTC)
        desk.give(commands.Move("waiting", at=later, by=ANA))
        desk.give(commands.Move("open", at=later + HOUR, by=ANA))
        assert next_due(desk.ticket, desk.rules) is None
        plan = evaluate(later + 2 * HOUR, desk.ticket, desk.rules)
        assert (len(plan), plan.unknown_from) == (0, self.NEW_YEAR)
        assert {each.verdict for each in explain(later + 2 * HOUR, desk.ticket, desk.rules)} == {"never"}

    def test_after_a_stop_before_the_unknown_years_everything_is_known(self) -> None:
        desk = self.desk()
        desk.give(commands.Move("done", at=datetime(2026, 12, 31, 13, tzinfo=UTC), by=ANA))
        plan = evaluate(datetime(2027, 2, 1, tzinfo=UTC), desk.ticket, desk.rules)
        assert (len(plan), plan.unknown_from) == (0, None)

    def test_elapsed_time_needs_no_holidays(self) -> None:
        desk = self.desk(Target(Elapsed(days=2)))
        plan = evaluate(datetime(2027, 2, 1, tzinfo=UTC), desk.ticket, desk.rules)
        due = datetime(2027, 1, 2, 12, tzinfo=UTC)
        assert [each.due_at for each in plan] == [due - 24 * HOUR, due - HOUR, due - HOUR, due + MICRO]
        assert plan.unknown_from is None

    def test_working_time_before_a_deadline_in_unknown_years(self) -> None:
        """The deadline and an elapsed time before it are known; a working time before it is not."""
        due = datetime(2027, 1, 4, 12, tzinfo=UTC)
        desk = self.desk(Deadline("promised"), promised=due)
        plan = evaluate(due + HOUR, desk.ticket, desk.rules)
        assert [each.due_at for each in plan] == [due - 48 * HOUR, due - HOUR, due + MICRO]
        assert plan.unknown_from == self.NEW_YEAR


def test_a_target_beyond_the_last_opening_is_never_due() -> None:
    """The calendar is open on Monday 23 November 2026 only, for nine hours."""
    once = BusinessCalendar("UTC", ("",) * 7, overrides={date(2026, 11, 23): "09:00-18:00"})
    policies = (
        Policy("long", resolution(), (Target(WorkingTime(hours=10)),), (OfTarget(50), BeforeDue(WorkingTime(hours=1)))),
        Policy("promise", resolution(), (Deadline("promised"),), (BeforeDue(WorkingTime(hours=10)),)),
    )
    rules = desk_rules(*policies, office=once)
    desk = Desk(rules)
    desk.open(on(23, 9), promised=on(24, 12))
    assert read(on(24, 12), desk.ticket, rules.clock("long")).due_at is None
    plan = evaluate(on(30, 12), desk.ticket, rules)
    assert [(each.rule, each.due_at) for each in plan] == [
        ("sla.long.warning.1", on(23, 14)),
        ("sla.long.warning.0", on(23, 18)),
        ("sla.promise.breach", on(24, 12, micro=1)),
    ]


def test_a_clock_without_a_rule_set() -> None:
    """Only its own measure freezes it. Spans that end after the year 9999 never pass."""
    desk = Clocks()
    policy = Policy("solving", resolution(), (Target(Elapsed(days=3_000_000)),))
    clock = Clock(policy, policy.measure, desk.rules.calendars, desk.rules.digest)
    reading = read(on(23, 10), desk.ticket, clock)
    assert (reading.state, reading.due_at, reading.elapsed) == ("running", None, HOUR)
    found = progress(desk.ticket, clock)
    assert found is not None
    assert [instant_of(found, span) for span in (OfTarget(100), Missed(), AfterDue(Elapsed(hours=1)))] == [
        None,
        None,
        None,
    ]


def test_conditions_about_clocks_that_never_started_do_not_hold() -> None:
    """Nor do those about clocks of which nothing is known: a ticket has no clocks without a rule set."""
    desk = Clocks(SOLVING, Policy("reply", next_reply()))
    asked = ClockIs("solving", "running")
    assert ready(asked, desk.rules).holds_for(desk.ticket)
    assert not holds(asked, desk.ticket.facts)
    assert list(matching(asked, [desk.ticket])) == []
    for fact in get_args(ClockFact):
        assert not ready(ClockIs("reply", fact), desk.rules).holds_for(desk.ticket)
    assert progress(desk.ticket, desk.rules.clock("reply")) is None
    assert not holds(Happened(Started("solving")), desk.ticket.facts), "a definition knows when, and no ticket"


def _row(given: Condition = ALWAYS) -> Target:
    return Target(WorkingTime(hours=1), given)


def test_another_target_gives_another_digest() -> None:
    one, other = (desk_rules(attrs.evolve(SOLVING, targets=(row,))) for row in (EIGHT, _row()))
    assert isinstance(one, Rules)
    assert one.digest != other.digest
    opened = commands.Open("T-1", at=on(23, 9), by=CUSTOMER)
    decision = handle(None, opened, one)
    assert decision.ticket is not None
    assert [entry.cause.rules for entry in decision.ticket.history] == [one.digest]


class TestMultipliers:
    """4.2, 4.4: a target may be a multiple of another."""

    HALF = attrs.evolve(SOLVING, multipliers=(Multiplier(50, FieldIs("hold", True)),))

    def test_a_multiplier_applies_to_every_target(self) -> None:
        desk = Clocks(self.HALF)
        desk.put(on(23, 9), hold=True)
        assert desk.read(on(23, 10)).due_at == on(23, 13)  # four of eight hours
        desk.put(on(23, 10), prio="high")
        reading = desk.read(on(23, 10))
        assert (reading.target, reading.due_at) == (2 * HOUR, on(23, 11))
        desk.put(on(23, 10), hold=False)
        assert desk.read(on(23, 10)).due_at == on(23, 13)

    def test_the_first_whose_condition_holds_applies(self) -> None:
        policy = attrs.evolve(self.HALF, multipliers=(*self.HALF.multipliers, Multiplier(150)))
        desk = Clocks(policy)
        assert desk.read(on(23, 9)).target == 12 * HOUR
        desk.put(on(23, 10), hold=True)
        assert desk.read(on(23, 10)).target == 4 * HOUR

    def test_a_stricter_multiple_that_is_past_is_missed_at_the_change(self) -> None:
        desk = Clocks(self.HALF)
        desk.put(on(23, 14), hold=True)
        assert desk.breaches(on(23, 14)) == [(on(23, 14), on(23, 13))]

    def test_a_multiple_is_rounded_up_to_the_microsecond(self) -> None:
        target = Target(WorkingTime(timedelta(seconds=3, microseconds=1)))
        thirds = Policy("solving", resolution(), (target,), multipliers=(Multiplier(34),))
        assert Clocks(thirds).read(on(23, 9)).target == timedelta(seconds=1, microseconds=20_001)

    def test_extra_time_and_deadlines_are_not_multiplied(self) -> None:
        extra = Target(WorkingTime(hours=8), extra=WorkingTime(hours=1))
        half = attrs.evolve(self.HALF, targets=(extra,), multipliers=(Multiplier(50),))
        assert Clocks(half, opened=on(23, 8)).read(on(23, 9)).target == 5 * HOUR
        promised = Clocks(attrs.evolve(half, targets=(Deadline("promised"),)), promised=on(24, 9))
        assert promised.read(on(23, 9)).due_at == on(24, 9)


@pytest.mark.parametrize(
    ("span", "at"),
    [
        (AfterDue(WorkingTime(hours=2)), on(24, 10)),  # due on Monday at 17; an hour then, another on Tuesday
        (AfterDue(Elapsed(hours=2)), on(23, 19)),
        (AfterDue(WorkingTime()), on(23, 17)),
    ],
)
def test_time_after_the_target_can_be_working_time(span: AfterDue, at: datetime) -> None:
    desk = Clocks(attrs.evolve(SOLVING, warn_at=(span,)))
    desk.advance(on(30, 9))
    warned = [entry.at for entry in desk.ticket.history if isinstance(entry.events[0], TargetWarned)]
    assert warned == [at]


@pytest.mark.parametrize(
    ("hours", "days", "at"),
    [
        (8, 1, on(23, 9)),  # due on Monday at 17: Friday is before the start
        (17, 1, on(23, 17)),  # due on Tuesday at 17
        (18, 1, on(23, 18)),  # due on Tuesday at 18, when it closes
        (18, 0, on(24, 18)),
        (37, 2, on(25, 10)),  # due on Friday the 27th at 10
        (37, 4, on(23, 10)),
    ],
)
def test_time_before_the_target_can_be_in_business_days(hours: int, days: int, at: datetime) -> None:
    """4.7: the same reading so many business days earlier."""
    policy = Policy("solving", resolution(), (Target(WorkingTime(hours=hours)),), (BeforeDue(BusinessDays(days)),))
    desk = Clocks(policy)
    desk.advance(on(30, 9))
    warned = [entry.at for entry in desk.ticket.history if isinstance(entry.events[0], TargetWarned)]
    assert warned == [at]


def test_a_deadline_outside_hours_has_the_business_day_that_closed_before_it() -> None:
    """4.7: Sunday at noon is Friday at 18; a business day earlier is Thursday at 18."""
    desk = Clocks(Policy("solving", resolution(), (Deadline("promised"),), (BeforeDue(BusinessDays(1)),)))
    desk.put(on(23, 10), promised=on(29, 12))
    desk.advance(on(30, 9))
    warned = [entry.at for entry in desk.ticket.history if isinstance(entry.events[0], TargetWarned)]
    assert warned == [on(26, 18)]


def test_a_calendar_without_an_earlier_day_warns_at_the_start() -> None:
    opening = FixedIntervals(((on(23, 10), on(23, 12)),))
    rules = attrs.evolve(
        desk_rules(Policy("solving", resolution(), (Deadline("promised"),), (BeforeDue(BusinessDays(1)),))),
        calendars={"default": opening},
    )
    desk = Desk(rules)
    desk.open(on(23, 9), promised=on(23, 9, 30))
    desk.advance(on(23, 11))
    warned = [entry.at for entry in desk.ticket.history if isinstance(entry.events[0], TargetWarned)]
    assert warned == [on(23, 9)]
