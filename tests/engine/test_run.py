"""The engine by hand: order, ties, bounds, late and repeated commands, changing rules."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone

import attrs
import pytest

from tests.support.calls import count_calls
from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings, mails, utc
from tests.support.small_rule_set import IS_HIGH, WORKFLOW, small
from ticketflow import (
    Accepted,
    Actor,
    After,
    All,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CategoryIs,
    Created,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Message,
    Not,
    OfTarget,
    On,
    OnChange,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Outside,
    Policy,
    Refused,
    Rules,
    Rung,
    Snoozing,
    Started,
    StateIs,
    Target,
    Ticket,
    WorkingTime,
    advance,
    apply,
    commands,
    decide,
    evaluate,
    explain,
    handle,
    next_due,
    replay,
    simulate,
    sla,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.engine.occurrences import occurrences
from ticketflow.engine.plans import NOTHING_DUE
from ticketflow.engine.program import Program
from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import HoldField, Move, ReleaseField, SendMessage, SetField
from ticketflow.sla.measures import Measure, resolution
from ticketflow.sla.policies import Deadline
from ticketflow.tickets.anchors import Anchor
from ticketflow.tickets.events import ByBound, ByRule, Dropped, RulesHalted, Superseded, TargetBreached
from ticketflow.workflow.conditions import ALWAYS, ClockIs, Reopened, holds

MICRO = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
NINE = utc(2026, 11, 23, 9)  # a Monday


def opened(rules: Rules, note: str | None = None) -> Desk:
    desk = Desk(rules)
    desk.open(NINE, note=note)
    return desk


CREATED = Created()


def after(hours: int, name: str, since: Anchor = CREATED, *, rank: int = 0, generation: int = 1) -> Automation:
    """A rule that sends a message of its own name."""
    when = After(Elapsed(hours=hours), since)
    return Automation(name, when, (SendMessage(name),), rank=rank, generation=generation)


class TestOrder:
    def test_simultaneous_occurrences_go_by_rank_then_id(self) -> None:
        """3.10: rank first, smaller before; then the rule's id."""
        desk = opened(small(after(1, "b"), after(1, "c", rank=-1), after(1, "a")))
        desk.advance(NINE + HOUR)
        assert [name for _, name in mails(desk.ticket)] == ["c", "a", "b"]

    def test_what_one_occurrence_does_the_next_one_sees(self) -> None:
        """The first of two simultaneous rules ends the second's episode."""
        first = Automation("a", After(Elapsed(hours=1), Created()), (Move("wait"),), StateIs("open"))
        second = Automation("b", After(Elapsed(hours=1), Created()), (SendMessage("b"),), StateIs("open"))
        desk = opened(small(first, second))
        assert [due.rule for due in evaluate(NINE + HOUR, desk.ticket, desk.rules)] == ["a"]

    def test_events_of_an_instant_come_before_its_timers(self) -> None:
        rungs, answered = (Rung(Elapsed(hours=1), Move("archive")),), LastMessage("customer")
        rules = small(Ladder("l", Created(), StateIs("open"), rungs, ended_by=answered))
        desk = opened(rules)
        desk.write(NINE + 2 * MICRO, ANA)
        desk.advance(NINE + HOUR - MICRO)
        desk.write(NINE + HOUR, CUSTOMER)
        desk.advance(NINE + 10 * HOUR)
        assert desk.ticket.state == "open"

    def test_a_cascade_is_in_the_plan(self) -> None:
        """A timer moves the ticket, an event rule reacts, and a timer anchored there is due later: all one plan."""
        rules = small(
            Automation("wait", After(Elapsed(hours=1), Created()), (Move("wait"),), StateIs("open")),
            Automation("tell", OnEnter(StateIs("pending")), (SendMessage("told"),)),
            Automation("close", After(Elapsed(hours=2), Entered("pending")), (Move("archive"),), StateIs("pending")),
        )
        plan = evaluate(NINE + 24 * HOUR, opened(rules).ticket, rules)
        assert [(due.rule, due.due_at) for due in plan] == [
            ("wait", NINE + HOUR),
            ("tell", NINE + HOUR),
            ("close", NINE + 3 * HOUR),
        ]
        assert len(plan) == 3


class TestLadders:
    def test_a_reminder_that_coincides_with_the_last_rung_gives_way(self) -> None:
        """3.5: one day elapsed and one business day meet on Tuesday at nine."""
        rungs = (Rung(Elapsed(days=1), SendMessage("late")), Rung(BusinessDays(1), Move("archive")))
        desk = opened(small(Ladder("l", Created(), StateIs("open"), rungs, ended_by=None)))
        desk.advance(NINE + 48 * HOUR)
        assert mails(desk.ticket) == []
        told = [type(event) for _, event in happenings(desk.ticket)]
        assert told.count(Superseded) == 1
        assert desk.ticket.state == "closed"

    def test_no_rung_comes_before_its_predecessor(self) -> None:
        rungs = (Rung(Elapsed(days=3), SendMessage("three")), Rung(Elapsed(days=1), Move("archive")))
        desk = opened(small(Ladder("l", Created(), StateIs("open"), rungs, ended_by=None)))
        assert next_due(desk.ticket, desk.rules) == NINE + timedelta(days=3)

    def test_of_rungs_before_a_late_arming_only_the_last_exists(self) -> None:
        """3.4: priority becomes high three and a half hours after the opening that the rungs count from."""
        rungs = tuple(Rung(Elapsed(hours=hours), SendMessage(f"r{hours}")) for hours in (1, 2, 3, 5))
        desk = opened(small(Ladder("l", Created(), FieldIs("priority", "high"), rungs)))
        raised = NINE + timedelta(hours=3, minutes=30)
        desk.give(commands.SetFields({"priority": "high"}, at=raised, by=ANA))
        desk.advance(NINE + 24 * HOUR)
        assert mails(desk.ticket) == [(raised, "r3"), (NINE + 5 * HOUR, "r5")]

    def test_what_was_answered_is_answered(self) -> None:
        """3.4: asked at 14:00, answered at 14:03, set to pending at 14:05; a question at 15:00 begins a wait."""
        rungs = (Rung(Elapsed(hours=1), SendMessage("remind")),)
        support = LastMessage("agent")
        desk = opened(
            small(
                Ladder("answered", support, StateIs("pending"), rungs),
                Ladder("since-pending", Latest(Entered("pending"), support), StateIs("pending"), rungs),
            )
        )
        two_pm = NINE + 5 * HOUR
        desk.write(two_pm, ANA)
        desk.write(two_pm + timedelta(minutes=3), CUSTOMER)
        desk.give(commands.Move("wait", at=two_pm + timedelta(minutes=5), by=ANA))
        (answered, _) = explain(two_pm + timedelta(minutes=6), desk.ticket, desk.rules)
        assert (answered.verdict, answered.at) == ("ended", two_pm + timedelta(minutes=3))
        assert next_due(desk.ticket, desk.rules) == two_pm + timedelta(minutes=65)
        desk.write(two_pm + HOUR, ANA)
        desk.advance(NINE + 24 * HOUR)
        sent = [(entry.cause.key.rule, entry.at) for entry in desk.ticket.history if isinstance(entry.cause, ByRule)]
        assert sent == [("answered", two_pm + 2 * HOUR), ("since-pending", two_pm + 2 * HOUR)]

    def test_a_recurrence_is_armed_again_by_its_condition(self) -> None:
        """3.4: recurrences have no anchor that could move after the answer."""
        daily = Automation(
            "daily",
            On(EveryWeek("tuesday", "12:00")),
            (SendMessage("noon"),),
            StateIs("pending"),
            ended_by=LastMessage("customer"),
        )
        desk = opened(small(daily))
        desk.give(commands.Move("wait", at=NINE + HOUR, by=ANA))
        desk.write(NINE + 2 * HOUR, CUSTOMER)
        desk.advance(NINE + 10 * HOUR)
        assert mails(desk.ticket) == []
        desk.give(commands.Move("go_on", at=NINE + 11 * HOUR, by=ANA))
        desk.give(commands.Move("wait", at=NINE + 12 * HOUR, by=ANA))
        desk.advance(NINE + 28 * HOUR)
        assert mails(desk.ticket) == [(NINE + 27 * HOUR, "noon")]

    def test_escalations_are_not_ended_by_the_customer(self) -> None:
        """3.5: since the opening or a clock's start, nothing ends a ladder by default."""
        rungs = (Rung(OfTarget(50), SendMessage("late", "owner")),)
        policy = Policy("sol", sla.resolution(), (Target(Elapsed(hours=8)),))
        ladder = Ladder("esc", Started("sol"), All(), rungs)
        assert (ladder.ended_by, Ladder("l", Created(), All(), rungs).ended_by) == (None, None)
        assert Ladder("l", Latest(Created(), LastMessage("agent")), All(), rungs).ended_by == LastMessage("customer")
        desk = Desk(attrs.evolve(small(), automations=(ladder,), clocks=(policy,)))
        desk.give(commands.Open("T-1", message=Message("m0"), at=NINE, by=CUSTOMER))
        desk.write(NINE + HOUR, CUSTOMER)
        desk.advance(NINE + 5 * HOUR)
        assert mails(desk.ticket) == [(NINE + 4 * HOUR, "late")]

    def test_a_rung_beyond_the_end_of_time_never_comes(self) -> None:
        rungs = (Rung(Elapsed(hours=1), SendMessage("one")), Rung(Elapsed(days=36_525), Move("archive")))
        desk = Desk(small(Ladder("l", Created(), StateIs("open"), rungs, ended_by=None)))
        desk.open(utc(9950, 1, 4, 10))
        desk.advance(utc(9950, 1, 5, 10))
        assert next_due(desk.ticket, desk.rules) is None

    def test_an_anchor_that_never_was_arms_nothing(self) -> None:
        desk = opened(small(after(1, "x", Outside("delivered"))))
        assert next_due(desk.ticket, desk.rules) is None
        desk.give(commands.RecordEvent("delivered", at=NINE + HOUR, by=ANA))
        assert next_due(desk.ticket, desk.rules) == NINE + 2 * HOUR

    def test_without_ended_by_an_answer_ends_nothing(self) -> None:
        desk = opened(small(after(1, "x", LastMessage("customer"))))
        desk.write(NINE + timedelta(minutes=30), CUSTOMER)
        assert next_due(desk.ticket, desk.rules) == NINE + timedelta(minutes=90)

    def test_an_event_that_both_ends_and_resets_ends(self) -> None:
        """3.4: a customer's message moves the anchor and is the answer, at once."""
        when = After(Elapsed(hours=1), LastMessage("anyone"))
        desk = opened(small(Automation("x", when, (SendMessage("x"),), ended_by=LastMessage("customer"))))
        assert next_due(desk.ticket, desk.rules) is None
        desk.write(NINE + HOUR, ANA)
        assert next_due(desk.ticket, desk.rules) == NINE + 2 * HOUR
        desk.write(NINE + HOUR + MICRO, CUSTOMER)
        assert next_due(desk.ticket, desk.rules) is None

    def test_robots_move_no_message_anchor(self) -> None:
        desk = opened(small(after(1, "x", LastMessage("anyone"))))
        desk.write(NINE + HOUR / 2, ROBOT)
        assert next_due(desk.ticket, desk.rules) == NINE + HOUR


class TestReactions:
    def test_conditions_read_the_ticket_right_after_the_event(self) -> None:
        """3.2: both rules saw the state that the message found, though the first has moved it since."""
        rules = small(
            Automation("a", OnMessage("customer"), (Move("wait"),), given=StateIs("open")),
            Automation("b", OnMessage("customer"), (SendMessage("b"),), given=StateIs("open")),
        )
        desk = opened(rules)
        assert [name for _, name in mails(desk.ticket)] == ["b"]
        reasons = [str(e.cause.reason) for e in desk.ticket.history if isinstance(e.cause, ByRule)]
        assert reasons == ["the customer wrote"] * 2
        assert desk.ticket.state == "pending"

    def test_a_step_that_has_become_impossible_is_dropped_whole(self) -> None:
        rules = small(
            Automation("a", OnMessage("customer"), (Move("wait"),), given=StateIs("open")),
            Automation("b", OnMessage("customer"), (Move("wait"), SetField("note", "x")), given=StateIs("open")),
            Automation("c", OnMessage("customer"), (Move("hurry"),), given=StateIs("open"), rank=-1),
        )
        ticket = opened(rules).ticket
        dropped = [event.why for _, event in happenings(ticket) if isinstance(event, Dropped)]
        assert dropped == [
            "move by hurry: possible only when priority is high",
            "move by wait: it does not lead from 'pending'",
        ]
        assert ticket.fields["note"] is None

    def test_holding_and_releasing(self) -> None:
        rules = small(
            Automation("hold", OnEnter(IS_HIGH), (HoldField("note", "hot"),)),
            Automation("hold-again", OnMessage("agent"), (HoldField("note", "hotter"),), given=IS_HIGH),
            Automation("free", OnLeave(IS_HIGH), (ReleaseField("note"),)),
            Automation("free-again", OnMessage("anyone"), (ReleaseField("note"),), given=Not(IS_HIGH)),
        )
        desk = opened(rules, note="cool")
        desk.give(commands.SetFields({"priority": "high"}, at=NINE + HOUR, by=ANA))
        desk.write(NINE + 2 * HOUR, ANA)
        assert desk.ticket.fields["note"] == "hotter"
        desk.give(commands.SetFields({"priority": "low"}, at=NINE + 3 * HOUR, by=ANA))
        assert desk.ticket.fields["note"] == "cool"
        entries = desk.ticket.version
        desk.write(NINE + 4 * HOUR, ANA)
        assert desk.ticket.version == entries + 1, "nothing to release, nothing to tell"

    def test_a_closed_ticket_is_told_about_but_not_changed(self) -> None:
        rules = small(
            Automation("close", After(Elapsed(hours=1), Created()), (Move("archive"),), StateIs("open")),
            Automation("tell", OnEnter(StateIs("closed")), (SendMessage("closed"),)),
            Automation("set", OnEnter(StateIs("closed")), (SetField("note", "x"),)),
        )
        desk = opened(rules)
        desk.advance(NINE + HOUR)
        assert mails(desk.ticket) == [(NINE + HOUR, "closed")]
        assert desk.ticket.fields["note"] is None

    def test_outside_events_trigger(self) -> None:
        desk = opened(small(Automation("x", OnOutside("delivered"), (Move("wait"),))))
        desk.give(commands.RecordEvent("delivered", at=NINE + HOUR, by=ANA))
        assert desk.ticket.state == "pending"


class TestBounds:
    def test_rules_in_a_circle_at_one_instant_rest_and_the_others_go_on(self) -> None:
        """3.14: a and b undo each other; c and the command are not harmed, and the next command wakes them."""
        rules = small(
            Automation("a", OnEnter(StateIs("open")), (Move("wait"),)),
            Automation("b", OnEnter(StateIs("pending")), (Move("go_on"),)),
            Automation("c", OnMessage("customer"), (SendMessage("c"),)),
        )
        ticket = opened(rules).ticket
        assert ticket.halted == {"a", "b"}
        assert (ticket.state, [name for _, name in mails(ticket)]) == ("open", ["c"])
        (halt,) = [entry for entry, event in happenings(ticket) if isinstance(event, RulesHalted)]
        assert isinstance(halt.cause, ByBound)
        assert halt.cause.bound == "steps_at_one_instant"
        assert replay(ticket.history) == ticket
        later = handle(ticket, commands.Assign("ana", at=NINE + HOUR, by=ANA), rules)
        assert later.ticket is not None
        assert later.ticket.halted == frozenset()

    def test_a_plan_carries_the_halt_of_a_circle(self) -> None:
        rules = small(
            Automation("t", After(Elapsed(hours=1), Created()), (Move("wait"),), StateIs("open")),
            Automation("a", OnEnter(StateIs("pending")), (Move("go_on"),)),
            Automation("b", OnEnter(StateIs("open")), (Move("wait"),), given=FieldIs("note", "x")),
        )
        desk = Desk(small())
        desk.open(NINE, note="x")
        plan = evaluate(NINE + HOUR, desk.ticket, rules)
        assert [type(event) for event in plan.entries[0].events] == [RulesHalted]
        assert [due.rule for due in plan] == ["t"]
        decision = apply(desk.ticket, plan)
        assert decision.ticket == advance(NINE + HOUR, desk.ticket, rules)

    def test_timers_that_feed_each_other_rest_after_so_many_changes(self) -> None:
        rules = small(
            Automation("a", After(Elapsed(hours=1), Entered("open")), (Move("wait"),), StateIs("open")),
            Automation("b", After(Elapsed(hours=1), Entered("pending")), (Move("go_on"),), StateIs("pending")),
            unattended_changes=10,
        )
        desk = opened(rules)
        desk.advance(NINE + timedelta(days=365))
        assert desk.ticket.halted == {"a", "b"}
        assert desk.ticket.changed_at == NINE + 11 * HOUR
        assert next_due(desk.ticket, rules) is None
        desk.assign(NINE + timedelta(days=366))
        assert next_due(desk.ticket, rules) is not None

    def test_a_halt_starts_the_count_anew_for_the_others(self) -> None:
        """Two circles, one begun by the other's end: the second goes on for its own ten changes."""
        rules = small(
            Automation("a", After(Elapsed(hours=1), Entered("open")), (Move("wait"),), StateIs("open")),
            Automation("b", After(Elapsed(hours=1), Entered("pending")), (Move("go_on"),), StateIs("pending")),
            Automation("c", After(Elapsed(hours=90), Created()), (SetField("note", "x"),)),
            unattended_changes=10,
        )
        desk = opened(rules)
        desk.advance(NINE + timedelta(days=30))
        assert desk.ticket.halted == {"a", "b"}
        assert desk.ticket.fields["note"] == "x"

    def test_unrelated_reactions_to_one_message_all_act(self) -> None:
        """3.14: seventy rules that do not set each other off are no circle."""
        names = [f"r{number:02}" for number in range(70)]
        reactions = (Automation(name, OnMessage("customer"), (SendMessage(name),)) for name in names)
        ticket = opened(small(*reactions)).ticket
        assert not ticket.halted
        assert [name for _, name in mails(ticket)] == names

    def test_a_long_chain_of_rules_is_no_circle(self) -> None:
        """3.14: each of seventy rules sets off the next one, and none sets off itself."""
        fields = [Field(f"f{number}") for number in range(70)]
        first = Automation("start", OnMessage("customer"), (SetField("f0", "x"),))
        links = [Automation(f"r{n:02}", OnChange(f"f{n}"), (SetField(f"f{n + 1}", "x"),)) for n in range(69)]
        ticket = opened(with_fields(fields, first, *links)).ticket
        assert not ticket.halted
        assert ticket.fields["f69"] == "x"

    def test_what_a_circle_sets_off_is_not_halted_with_it(self) -> None:
        """3.14: a and b undo each other; c follows each b, and sets off neither."""
        circle = (
            Automation("a", OnEnter(StateIs("open")), (Move("wait"),)),
            Automation("b", OnEnter(StateIs("pending")), (Move("go_on"),)),
        )
        told = Automation("c", OnLeave(StateIs("pending")), (SendMessage("c"),))
        assert opened(small(*circle, told)).ticket.halted == {"a", "b"}

    @pytest.mark.parametrize(("most", "halted"), [(6, set()), (5, {"again", "back"})])
    def test_the_first_steps_of_a_circle_count_too(self, most: int, halted: set[str]) -> None:
        """3.14: the ticket is reopened three times, and finished again each time: six steps of one circle."""
        rules = small(
            Automation("again", OnEnter(StateIs("done")), (Move("go_on"),), given=Not(Reopened(3))),
            Automation("back", OnEnter(StateIs("open")), (Move("finish"),), given=Reopened()),
            steps_at_one_instant=most,
        )
        desk = Desk(rules)
        desk.open(NINE, answer="x")
        desk.give(commands.Move("finish", at=NINE + HOUR, by=ANA))
        assert desk.ticket.halted == halted
        assert desk.ticket.facts["reopenings"] == (None if halted else 3)

    def test_rules_that_multiply_without_a_circle_are_bounded(self) -> None:
        """3.14: each change of a field sets off two changes of the next one: two to the power of twenty steps."""
        fields = [Field(f"f{number}", kind="number") for number in range(21)]
        doubling = [
            Automation(f"{name}{n:02}", OnChange(f"f{n}"), (SetField(f"f{n + 1}", value),), rank=-n)
            for n in range(20)
            for name, value in (("a", 1), ("b", 2))
        ]
        desk = Desk(attrs.evolve(with_fields(fields, *doubling), unattended_changes=10_000))
        desk.open(NINE)
        desk.give(commands.SetFields({"f0": 1}, at=NINE + HOUR, by=ANA))
        assert desk.ticket.halted
        assert len(desk.ticket.history) < 1100

    def test_a_breach_is_recorded_although_rules_go_in_a_circle(self) -> None:
        """3.14: each change of *n* begins a cycle whose deadline has passed, and each breach changes *n*."""
        measure = Measure(runs=Not(CategoryIs("closed")), again="anew", each="field.n")
        policy = Policy("due", measure, (Deadline("day"),))
        when, fields = OnEnter(ClockIs("due", "breached")), (Field("n", kind="number"), Field("day", kind="moment"))
        flip = (
            Automation("one", when, (SetField("n", 1),), given=Not(FieldIs("n", 1))),
            Automation("two", when, (SetField("n", 2),), given=FieldIs("n", 1)),
        )
        desk = Desk(attrs.evolve(with_fields(fields), automations=flip, clocks=(policy,)))
        desk.open(NINE)
        desk.give(commands.SetFields({"day": NINE + HOUR}, at=NINE + MICRO, by=ANA))
        desk.advance(NINE + 2 * HOUR)
        assert desk.ticket.halted == {"one", "two"}
        (breach,) = [entry for entry, event in happenings(desk.ticket) if isinstance(event, TargetBreached)]
        assert breach.at == NINE + HOUR + MICRO

    def test_the_librarys_records_are_not_halted_by_unattended_changes(self) -> None:
        """3.14: rules change the ticket ten times while it is hidden; its snooze ends all the same."""
        rules = attrs.evolve(
            small(
                Automation("a", After(Elapsed(hours=1), Entered("open")), (Move("wait"),), StateIs("open")),
                Automation("b", After(Elapsed(hours=1), Entered("pending")), (Move("go_on"),), StateIs("pending")),
                unattended_changes=10,
            ),
            snoozing=Snoozing(),
        )
        desk = opened(rules)
        desk.give(commands.Snooze(until=NINE + 48 * HOUR, at=NINE + MICRO, by=ANA))
        desk.advance(NINE + 72 * HOUR)
        assert desk.ticket.halted == {"a", "b"}
        assert not desk.ticket.is_hidden

    def test_a_timer_in_a_circle_rests_too(self) -> None:
        rules = small(
            Automation("t", After(Elapsed(hours=1), Created()), (Move("wait"),), StateIs("open")),
            Automation("a", OnEnter(StateIs("pending")), (Move("go_on"),)),
            Automation("b", OnEnter(StateIs("open")), (Move("wait"),), given=FieldIs("priority", "high")),
        )
        desk = opened(rules, note="x")
        desk.give(commands.SetFields({"priority": "high"}, at=NINE + MICRO, by=ANA))
        desk.advance(NINE + HOUR)
        assert desk.ticket.halted >= {"a", "b"}

    def test_a_call_that_is_cut_short_says_so_and_going_on_gives_the_same(self) -> None:
        rules = small(*(after(hours, f"r{hours}") for hours in range(1, 8)), occurrences_per_call=3)
        ticket = opened(rules).ticket
        now, steps = NINE + 24 * HOUR, 0
        whole = advance(now, ticket, rules)
        while plan := evaluate(now, ticket, rules):
            assert plan.has_more is (steps < 2)
            decision = apply(ticket, plan)
            assert isinstance(decision, Accepted)
            ticket, steps = decision.ticket, steps + 1
        assert (ticket, steps) == (whole, 3)

    def test_a_command_before_which_too_much_is_due_is_refused_as_behind(self) -> None:
        """3.14: four are due before noon and a call carries out three; a repeated command is answered all the same."""
        rules = small(*(after(hours, f"r{hours}") for hours in range(1, 5)), occurrences_per_call=3)
        first = commands.Assign("ana", at=NINE, by=ANA, event_id="e1")
        desk = opened(rules)
        desk.give(first)
        ticket, at = desk.ticket, NINE + 5 * HOUR
        late = handle(ticket, commands.Assign("bea", at=at, by=ANA), rules)
        assert isinstance(late, Refused)
        assert late.ticket is ticket
        assert late.kinds == {"behind"}
        assert late.reasons[0].what == "more than 3 occurrences are due before the command"
        assert handle(ticket, attrs.evolve(first, at=at), rules).unwrap().is_repeated
        assert isinstance(handle(ticket, commands.Assign("bea", at=NINE + 4 * HOUR, by=ANA), rules), Accepted)
        taken = handle(advance(at - MICRO, ticket, rules), commands.Assign("bea", at=at, by=ANA), rules)
        assert [name for _, name in mails(taken.unwrap().ticket)] == ["r1", "r2", "r3", "r4"]

    def test_an_explanation_beyond_the_bound_waits_for_an_instant_that_has_passed(self) -> None:
        rules = small(*(after(hours, f"r{hours}") for hours in range(1, 5)), occurrences_per_call=3)
        said = explain(NINE + 9 * HOUR, opened(rules).ticket, rules)
        assert [each.verdict for each in said] == ["due", "due", "due", "waiting"]
        assert said[3].at == NINE + 4 * HOUR

    def test_a_simulation_catches_up_before_each_command(self) -> None:
        rules = small(*(after(hours, f"r{hours}") for hours in range(1, 5)), occurrences_per_call=3)
        opening = commands.Open("T-1", at=NINE, by=CUSTOMER)
        found = simulate([opening, commands.Assign("ana", at=NINE + 5 * HOUR, by=ANA)], rules)
        assert not found.refusals
        assert found.ticket is not None
        assert found.ticket.assignee == "ana"


def with_fields(fields: Iterable[Field], *rules: Automation) -> Rules:
    """Return a rule set with these fields instead of the usual ones, which agents may set."""
    workflow = attrs.evolve(WORKFLOW, fields=(*WORKFLOW.fields, *fields))
    return Rules("small", workflow, small().calendars, rules)


def test_a_firing_costs_the_same_after_a_long_history() -> None:
    """3.14: the steps of its instant are counted, not those of the whole history."""
    note = Automation("late", After(Elapsed(days=10), Created()), (SendMessage("late"),))

    def calls(messages: int) -> int:
        desk = opened(Rules("long", WORKFLOW, small().calendars, (note,)))
        for minute in range(messages):
            desk.write(NINE + timedelta(minutes=minute + 1), ANA)
        return count_calls(lambda: advance(NINE + timedelta(days=10), desk.ticket, desk.rules))

    assert calls(400) <= 1.1 * calls(20)


class TestCommands:
    def test_a_late_command_takes_effect_after_the_seal_and_keeps_its_claim(self) -> None:
        """3.8: the reminder of ten o'clock is in the history; half past nine comes a microsecond after it."""
        desk = opened(small(after(1, "r")))
        desk.advance(NINE + HOUR)
        desk.write(NINE + HOUR / 2, CUSTOMER)
        last = desk.ticket.history.last
        assert (last.at, last.occurred_at) == (NINE + HOUR + MICRO, NINE + HOUR / 2)

    def test_one_before_the_last_outside_entry_takes_its_instant(self) -> None:
        desk = opened(small())
        desk.write(NINE - HOUR, CUSTOMER)
        last = desk.ticket.history.last
        assert (last.at, last.occurred_at) == (NINE, NINE - HOUR)

    def test_a_delivery_already_taken_changes_nothing(self) -> None:
        """3.12: not even later, in another state, and by another version."""
        desk = opened(small())
        command = commands.AddMessage(Message("m9"), at=NINE + HOUR, by=CUSTOMER, event_id="mail-9")
        desk.give(command)
        before = desk.ticket
        again = handle(before, command, desk.rules)
        assert isinstance(again, Accepted)
        assert (again.ticket, again.entries, again.is_repeated) == (before, (), True)

    def test_a_repeated_delivery_does_not_even_advance(self) -> None:
        desk = opened(small(after(1, "r")))
        command = commands.Assign("ana", at=NINE + HOUR / 2, by=ANA, event_id="e")
        desk.give(command)
        assert handle(desk.ticket, attrs.evolve(command, at=NINE + 5 * HOUR), desk.rules).ticket is desk.ticket

    def test_only_so_many_deliveries_are_remembered(self) -> None:
        desk = opened(small(remembered_events=2))
        first, *others = (
            commands.AddMessage(Message(f"x{n}"), at=NINE + n * HOUR, by=CUSTOMER, event_id=f"e{n}") for n in range(3)
        )
        for command in (first, *others):
            desk.give(command)
        assert desk.give(others[0]).is_repeated
        assert not desk.give(first).is_repeated

    def test_a_stale_version_is_refused_with_what_happened_between(self) -> None:
        """3.12: the expected version is checked after the advance, so a reminder due meanwhile counts."""
        desk = opened(small(after(1, "r")))
        seen = desk.ticket.version
        late = commands.Assign("bea", at=NINE + 2 * HOUR, by=ANA, expected_version=seen)
        (reason,) = desk.refused(late).reasons
        assert reason.kind == "stale"
        assert "in between: MessageRequested" in reason.what
        assert [entry.sequence for entry in reason.between] == [seen]
        (reason,) = desk.refused(attrs.evolve(late, expected_version=0)).reasons
        assert [entry.sequence for entry in reason.between] == [0, seen]
        unknown = commands.Assign("bea", at=NINE, by=ANA, expected_version=99)
        assert "nothing known" in desk.refused(unknown).reasons[0].what
        desk.give(commands.Assign("bea", at=NINE + 2 * HOUR, by=ANA, expected_version=seen + 1))

    def test_a_ticket_is_opened_once_and_first(self) -> None:
        desk = opened(small())
        assert desk.refused(commands.Open("T-1", at=NINE, by=CUSTOMER)).kinds == {"no_such_transition"}
        nothing = handle(None, commands.Assign("ana", at=NINE, by=ANA), desk.rules)
        assert isinstance(nothing, Refused)
        assert nothing.kinds == {"not_found"}
        assert nothing.ticket is None

    def test_all_reasons_come_together(self) -> None:
        move = commands.Move("finish", fields={"priority": "hgih", "nots": 1}, at=NINE, by=CUSTOMER)
        refusal = opened(small()).refused(move)
        assert [reason.kind for reason in refusal.reasons] == [
            "not_allowed",
            "missing_fields",
            "bad_value",
            "not_found",
            "not_allowed",  # to set fields that the transition does not ask for
        ]
        assert str(refusal).startswith("refused: customer 'bruno' may not finish; it is for: administrator, agent; ")

    def test_moves_by_hand(self) -> None:
        desk = opened(small())
        assert desk.refused(commands.Move("finsh", at=NINE, by=ANA)).kinds == {"no_such_transition"}
        assert desk.refused(commands.Move("go_on", at=NINE, by=ANA)).kinds == {"already_there"}
        assert desk.refused(commands.Move("hurry", at=NINE, by=BOSS)).kinds == {"guard"}
        with_answer = commands.Move("finish", fields={"answer": "done"}, at=NINE + HOUR, by=ANA)
        desk.give(with_answer)
        assert (desk.ticket.state, desk.ticket.fields["answer"]) == ("done", "done")

    def test_what_no_rule_does_is_said(self) -> None:
        refusal = opened(small()).refused(commands.Move("archive", at=NINE, by=BOSS))
        assert "no rule ever does" in refusal.reasons[0].help
        reacting = small(Automation("a", OnMessage("agent"), (Move("archive"),)))
        refusal = opened(reacting).refused(commands.Move("archive", at=NINE + HOUR, by=BOSS))
        assert "rule 'a' does when always and its event happens" in refusal.reasons[0].help

    def test_what_opens_a_ticket_is_checked(self) -> None:
        decision = decide(None, commands.Open("T-1", {"nots": 1}, at=NINE, by=ANA), small())
        assert isinstance(decision, Refused)
        assert decision.kinds == {"not_found"}
        bad = decide(None, commands.Open("T-1", {"priority": "x"}, at=NINE, by=CUSTOMER), small())
        assert isinstance(bad, Refused)
        assert bad.kinds == {"bad_value"}

    def test_no_instant_is_promised_that_another_rule_comes_before(self) -> None:
        """It would close at 72 hours, but is moved away at 24: nothing is promised then."""
        close = Automation("close", After(Elapsed(hours=72), Created()), (Move("archive"),), StateIs("open"))
        move = Automation("move", After(Elapsed(hours=24), Created()), (Move("wait"),), StateIs("open"))
        archive = commands.Move("archive", at=NINE + HOUR, by=BOSS)
        assert opened(small(close)).refused(archive).reasons[0].expected_at == NINE + 72 * HOUR
        assert opened(small(close, move)).refused(archive).reasons[0].expected_at is None

    def test_a_truth_value_is_no_number(self) -> None:
        desk = opened(small())
        desk.give(commands.SetFields({"note": 1}, at=NINE + HOUR, by=ANA))
        desk.give(commands.SetFields({"note": True}, at=NINE + 2 * HOUR, by=ANA))
        assert desk.ticket.fields["note"] is True
        assert not holds(FieldIs("note", 1), desk.ticket.facts)
        assert not Field("x", (1, 2)).takes(True)

    def test_follow_ups_have_an_id_of_their_own_and_come_after_the_closing(self) -> None:
        desk = opened(small(Automation("close", After(Elapsed(hours=1), Created()), (Move("archive"),))))
        again = commands.FollowUp("T-1", at=NINE + 2 * HOUR, by=CUSTOMER)
        desk.advance(NINE + HOUR)
        assert desk.refused(again).kinds == {"bad_value"}
        created = desk.give(commands.FollowUp("T-2", at=NINE, by=CUSTOMER)).created
        assert created is not None
        assert (created.changed_at, created.history.last.occurred_at) == (NINE + HOUR + MICRO, NINE)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: commands.Open("T-1", at=NINE, by="ana"),  # type: ignore[arg-type]
            lambda: commands.Open("T-1", 5, at=NINE, by=ANA),  # type: ignore[arg-type]
            lambda: commands.Open("T-1", {"note": 1.5}, at=NINE, by=ANA),  # type: ignore[dict-item]
            lambda: commands.AddMessage("m", at=NINE, by=ANA),  # type: ignore[arg-type]
            lambda: commands.RecordEvent([], at=NINE, by=ANA),  # type: ignore[arg-type]
            lambda: commands.Assign("bea", at=NINE, by=ANA, expected_version="x"),  # type: ignore[arg-type]
            lambda: handle(None, commands.CommandHeader(at=NINE, by=ANA), small()),  # type: ignore[arg-type]
            lambda: Actor([], "ana"),  # type: ignore[arg-type]
            lambda: Actor("agent", "ana", groups="vip"),  # type: ignore[arg-type]
        ],
    )
    def test_what_is_no_command_is_our_error(self, make: Callable[[], object]) -> None:
        with pytest.raises(BadValueError):
            make()

    def test_the_last_microsecond_of_all(self) -> None:
        end = datetime.max.replace(tzinfo=UTC)
        rules = small(Automation("x", OnMessage("customer"), (SendMessage("x"),)))
        desk = Desk(rules)
        desk.open(end)
        with pytest.raises(OutOfRangeError):
            handle(desk.ticket, commands.Assign("ana", at=end, by=ANA), rules)
        for offset in (14, -14):
            edge = datetime.min if offset > 0 else datetime.max  # noqa: DTZ901 -- the point
            with pytest.raises(OutOfRangeError, match="now"):
                evaluate(edge.replace(tzinfo=timezone(timedelta(hours=offset))), desk.ticket, rules)

    def test_naive_instants_are_refused_by_name(self) -> None:
        naive = datetime(2026, 11, 23)  # noqa: DTZ001 -- the point
        desk = opened(small())
        with pytest.raises(NaiveDatetimeError, match="at is"):
            commands.Assign("ana", at=naive, by=ANA)
        for door in (evaluate, advance):
            with pytest.raises(NaiveDatetimeError, match="now is"):
                door(naive, desk.ticket, desk.rules)


class TestApply:
    def plan(self) -> tuple[Desk, Ticket]:
        desk = opened(small(after(1, "r")))
        return desk, desk.ticket

    def test_nothing_due_is_one_constant(self) -> None:
        desk, ticket = self.plan()
        assert evaluate(NINE, ticket, desk.rules) is NOTHING_DUE
        decision = apply(ticket, NOTHING_DUE)
        assert decision.ticket is ticket

    def test_a_plan_applied_twice_changes_nothing(self) -> None:
        desk, ticket = self.plan()
        plan = evaluate(NINE + HOUR, ticket, desk.rules)
        once = apply(ticket, plan)
        assert isinstance(once, Accepted)
        twice = apply(once.ticket, plan)
        assert isinstance(twice, Accepted)
        assert (twice.ticket, twice.is_repeated, twice.entries) == (once.ticket, True, ())

    def test_a_plan_is_known_again_whatever_came_after_it(self) -> None:
        desk, ticket = self.plan()
        plan = evaluate(NINE + HOUR, ticket, desk.rules)
        desk.advance(NINE + HOUR)
        desk.write(NINE + 2 * HOUR, ANA)
        decision = apply(desk.ticket, plan)
        assert isinstance(decision, Accepted)
        assert (decision.is_repeated, decision.ticket) == (True, desk.ticket)

    def test_a_plan_that_was_raced_is_stale(self) -> None:
        desk, ticket = self.plan()
        plan = evaluate(NINE + HOUR, ticket, desk.rules)
        desk.write(NINE + HOUR / 2, CUSTOMER)
        decision = apply(desk.ticket, plan)
        assert isinstance(decision, Refused)
        assert decision.kinds == {"stale"}
        assert decision.ticket == desk.ticket

    def test_a_plan_is_for_one_ticket(self) -> None:
        desk, ticket = self.plan()
        plan = evaluate(NINE + HOUR, ticket, desk.rules)
        other = handle(None, commands.Open("T-2", at=NINE, by=CUSTOMER), desk.rules).ticket
        assert other is not None
        decision = apply(other, plan)
        assert isinstance(decision, Refused)
        assert decision.kinds == {"not_found"}


class TestUnknownHolidays:
    """1.5: where the holidays are not known, the engine answers what it knows and says from when on it does not."""

    LANKA = BusinessCalendar(
        "UTC",
        "mon-fri 09:00-18:00",
        public_holidays=PublicHolidays("LK", FrozenMap({}), 2003, 2026),
    )

    def test_commands_are_taken_and_what_is_known_is_due(self) -> None:
        rungs = (Rung(Elapsed(days=2), SendMessage("known")), Rung(BusinessDays(6), Move("archive")))
        ladder = Ladder("l", Created(), StateIs("open"), rungs, ended_by=None)
        rules = Rules("x", WORKFLOW, self.LANKA, (ladder,))
        desk = Desk(rules)
        desk.open(utc(2026, 12, 28, 10))
        assert next_due(desk.ticket, rules) == utc(2026, 12, 30, 10)
        assert evaluate(utc(2026, 12, 29), desk.ticket, rules) is NOTHING_DUE
        plan = evaluate(utc(2027, 2, 1), desk.ticket, rules)
        assert [due.entry.at for due in plan] == [utc(2026, 12, 30, 10)]
        assert plan.unknown_from == utc(2027, 1, 1)
        desk.write(utc(2027, 2, 1), CUSTOMER)
        assert mails(desk.ticket) == [(utc(2026, 12, 30, 10), "known")]
        nothing = evaluate(utc(2027, 3, 1), desk.ticket, rules)
        assert (len(nothing), nothing.unknown_from) == (0, utc(2027, 1, 1))

    def test_a_clock_that_froze_in_unknown_days_has_no_known_reminder(self) -> None:
        """Half of forty hours of work: how much was used before the question of 12 January is not known."""
        policy = Policy("solving", resolution(), (Target(WorkingTime(hours=40)),))
        half = Ladder("l", Started("solving"), ALWAYS, (Rung(OfTarget(50), SendMessage("half")),), ended_by=None)
        states = tuple(
            attrs.evolve(each, freezes={"solving"} if each.name == "pending" else ()) for each in WORKFLOW.states
        )
        workflow = attrs.evolve(WORKFLOW, states=states)
        desk = Desk(Rules("x", workflow, self.LANKA, (half,), clocks=(policy,)))
        desk.open(utc(2026, 12, 30, 10))
        desk.move(utc(2027, 1, 12, 10), "wait", ANA)
        assert next_due(desk.ticket, desk.rules) is None
        assert evaluate(utc(2027, 2, 1), desk.ticket, desk.rules).unknown_from == utc(2027, 1, 1)
        assert [each.at for each in explain(utc(2027, 2, 1), desk.ticket, desk.rules)] == [None, None]
        timers = Program.of(desk.rules).timers_of(desk.ticket)
        assert [list(occurrences(timer, desk.ticket)) for timer in timers] == [[], []]

    def test_what_never_comes_is_not_unknown(self) -> None:
        rules = Rules("x", WORKFLOW, self.LANKA, (after(1, "r"), after(24, "never", Outside("delivered"))))
        desk = Desk(rules)
        desk.open(utc(2026, 12, 28, 10))
        assert evaluate(utc(2027, 2, 1), desk.ticket, rules).unknown_from is None
        far = Automation("far", After(Elapsed(days=36_525), Created()), (SendMessage("x"),))
        assert evaluate(utc(2027, 2, 1), desk.ticket, Rules("x", WORKFLOW, self.LANKA, (far,))) is NOTHING_DUE


class TestChangingRules:
    def test_what_new_rules_make_due_too_late_takes_effect_at_the_last_entry(self) -> None:
        """3.16: three hours became one, and a note of eleven o'clock stands in the history already."""
        old, new = small(after(3, "r")), small(after(1, "r"))
        desk = opened(old)
        desk.write(NINE + 2 * HOUR, ANA)
        plan = evaluate(NINE + 2 * HOUR, desk.ticket, new)
        (due,) = plan
        assert (due.due_at, due.entry.at) == (NINE + HOUR, NINE + 2 * HOUR)

    def test_a_higher_generation_fires_anew(self) -> None:
        desk = opened(small(after(1, "r")))
        desk.advance(NINE + HOUR)
        assert not evaluate(NINE + 2 * HOUR, desk.ticket, small(after(1, "r")))
        assert len(evaluate(NINE + 2 * HOUR, desk.ticket, small(after(1, "r", generation=2)))) == 1

    def test_no_key_fires_again_when_an_event_rule_becomes_a_timer(self) -> None:
        """3.16: the same id and generation, armed by the same entry, is the same occurrence."""
        desk = opened(small(Automation("x", OnMessage("customer"), (SendMessage("x"),))))
        assert len(mails(desk.ticket)) == 1
        assert not evaluate(NINE + 99 * HOUR, desk.ticket, small(after(24, "x")))
        assert evaluate(NINE + 99 * HOUR, desk.ticket, small(after(24, "x", generation=2)))

    def test_a_holiday_added_fires_nothing_again(self) -> None:
        """3.12: Tuesday's reminder is out; that Tuesday was a holiday after all makes it no other one."""
        reminding = Automation("r", After(BusinessDays(1), Created()), (SendMessage("x"),))
        fair = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={date(2026, 11, 24): "a fair"})
        old, new = small(reminding), attrs.evolve(small(reminding), calendars={"default": fair})
        desk = opened(old)
        assert [due.due_at for due in evaluate(NINE + 99 * HOUR, desk.ticket, new)] == [NINE + 48 * HOUR]
        desk.advance(NINE + 25 * HOUR)
        assert len(mails(desk.ticket)) == 1
        assert not evaluate(NINE + 99 * HOUR, desk.ticket, new)

    def test_entries_record_the_rules_they_were_decided_under(self) -> None:
        rules = small(after(1, "r"))
        (due,) = evaluate(NINE + HOUR, opened(rules).ticket, rules)
        assert due.entry.is_automatic
        assert rules.digest in str(due.entry.cause)


def test_what_always_holds_is_armed_by_the_opening() -> None:
    desk = opened(small(Ladder("l", Created(), ALWAYS, (Rung(Elapsed(hours=1), SendMessage("x")),), ended_by=None)))
    assert next_due(desk.ticket, desk.rules) == NINE + HOUR


class TestWhatIsKnown:
    """What was found out about a ticket is kept beside it, and is no part of it."""

    def test_asking_leaves_no_trace(self) -> None:
        desk = opened(small(Automation("a", After(Elapsed(hours=2), Created()), (SendMessage("x"),))))
        fresh = replay(desk.ticket.history)
        shown = repr(desk.ticket)
        assert not evaluate(NINE, desk.ticket, desk.rules)
        assert evaluate(NINE, desk.ticket, desk.rules) is NOTHING_DUE
        assert (desk.ticket, hash(desk.ticket), repr(desk.ticket)) == (fresh, hash(fresh), shown)
        assert pickle.loads(pickle.dumps(desk.ticket)).__dict__ == {}  # noqa: S301 -- our own

    def test_other_rules_are_asked_anew(self) -> None:
        desk = opened(small())
        assert not evaluate(NINE, desk.ticket, desk.rules)
        other = small(Automation("a", After(Elapsed(hours=2), Created()), (SendMessage("x"),)))
        assert [due.rule for due in evaluate(NINE + timedelta(hours=2), desk.ticket, other)] == ["a"]
        assert not evaluate(NINE + timedelta(hours=2), desk.ticket, desk.rules)

    def test_it_is_due_at_its_instant_and_not_before(self) -> None:
        desk = opened(small(Automation("a", After(Elapsed(hours=2), Created()), (SendMessage("x"),))))
        due = NINE + timedelta(hours=2)
        assert [
            len(evaluate(now, desk.ticket, desk.rules)) for now in (NINE, due - timedelta(microseconds=1), due)
        ] == [
            0,
            0,
            1,
        ]
