"""Problems of clocks as written are found when a rule set is built. Each message is checked in full."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import attrs
import pytest

from tests.support.clocks import desk_rules
from tests.support.small_rule_set import WEEKDAYS, WORKFLOW
from ticketflow import (
    After,
    Automation,
    Created,
    Elapsed,
    FieldIs,
    Happened,
    Ladder,
    LastMessage,
    Latest,
    OnEnter,
    OnLeave,
    OnMessage,
    Rules,
    Rung,
    StateIs,
    WorkingTime,
)
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, Missed, OfTarget
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.rules.actions import RecordBreach, RecordWarning, SendMessage
from ticketflow.rules.automations import Rule
from ticketflow.rules.ruleset import implied_automations
from ticketflow.sla.measures import resolution, update_interval
from ticketflow.sla.policies import Deadline, Multiplier, Policy, Target
from ticketflow.tickets.anchors import Anchor, Breached, Started
from ticketflow.workflow.conditions import ALWAYS, ClockIs, Condition

HOUR = Target(WorkingTime(hours=1))
SOLVING = Policy("solving", resolution(), (HOUR,))
MAIL = (SendMessage("mail"),)


def problems(*policies: Policy, rules: Iterable[Rule] = (), freezes: Iterable[str] = ()) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        desk_rules(*policies, rules=rules, freezes=freezes)
    return [str(problem).removeprefix("rules 'clocks', ") for problem in caught.value.problems]


def told(*targets: Target | Deadline) -> list[str]:
    """Return the problems of these targets."""
    found = problems(attrs.evolve(SOLVING, targets=targets))
    return [problem.removeprefix("clocks[0] 'solving'.targets") for problem in found]


class TestPolicies:
    def test_names(self) -> None:
        assert problems(SOLVING, SOLVING) == [
            "clocks[1] 'solving': another clock is named 'solving'; give each clock its own name"
        ]
        assert problems(SOLVING, freezes=["sloving", "reply", "solving"]) == [
            "workflow.states[1] 'waiting'.freezes: no clock 'reply'; there are: solving",
            "workflow.states[1] 'waiting'.freezes: no clock 'sloving'; did you mean 'solving'?",
        ]

    def test_calendars(self) -> None:
        assert problems(attrs.evolve(SOLVING, calendar="night")) == [
            "clocks[0] 'solving'.calendar: no calendar 'night'; did you mean 'nights'?"
        ]
        assert told(attrs.evolve(HOUR, calendar="night")) == [
            "[0].calendar: no calendar 'night'; did you mean 'nights'?"
        ]

    @pytest.mark.parametrize(
        "asks", [ClockIs("solving", "met"), Happened(Breached("solving")), Happened(Latest(Created(), Started("x")))]
    )
    def test_measures_ask_about_the_ticket(self, asks: Condition) -> None:
        measure = attrs.evolve(SOLVING.measure, runs=StateIs("opne"), frozen=asks, void=FieldIs("prios", "high"))
        assert problems(attrs.evolve(SOLVING, measure=measure)) == [
            "clocks[0] 'solving'.measure.runs: no state 'opne'; did you mean 'open'?",
            (
                "clocks[0] 'solving'.measure.frozen: the condition of a clock asks about a clock; "
                "ask about the ticket instead"
            ),
            "clocks[0] 'solving'.measure.void: no field 'prios'; did you mean 'prio'?",
        ]

    def test_each_needs_again_anew_or_never(self) -> None:
        (found,) = problems(Policy("update", attrs.evolve(update_interval(), again="count")))
        assert found == (
            "clocks[0] 'update'.measure.each: each change of 'answers' ends a cycle, but again is 'count'; "
            "give again='anew' or again='never', or leave each out"
        )

    def test_warnings_need_a_target(self) -> None:
        assert problems(Policy("solving", resolution(), warn_at=(OfTarget(50),))) == [
            "clocks[0] 'solving'.warn_at: the clock has warnings but no target; add a target, or leave it out"
        ]


class TestTargets:
    def test_conditions(self) -> None:
        rows = (attrs.evolve(HOUR, given=FieldIs("prio", "hihg")), attrs.evolve(HOUR, given=ClockIs("solving", "met")))
        assert told(*rows) == [
            "[0].given: field 'prio' cannot be 'hihg'; there are: low, high, vip",
            "[1].given: the condition of a clock asks about a clock; ask about the ticket instead",
        ]

    def test_a_target_that_never_comes_into_force(self) -> None:
        assert told(HOUR, attrs.evolve(HOUR, given=StateIs("open"))) == [
            (
                "[1]: the target never comes into force, because the one before it always is; "
                "put it before that one, or leave it out"
            )
        ]

    def test_times(self) -> None:
        assert told(Target(WorkingTime())) == [
            "[0].time: the target 0 minutes of working time is too short; give one second or more"
        ]
        assert told(Target(Elapsed(hours=1), extra=WorkingTime(hours=1))) == [
            (
                "[0].extra: it has another type than time; "
                "give both as Elapsed or both as WorkingTime; business days have no extra"
            )
        ]
        assert told(Target(Elapsed(days=36_525), extra=Elapsed(timedelta.max))) == [
            f"[0].extra: the span {timedelta.max} is too long; give 100 years or less"
        ]
        assert told(Target(Elapsed(days=36_526))) == [
            "[0].time: the span 36526 days is too long; give 100 years or less"
        ]

    def test_deadlines(self) -> None:
        assert told(Deadline("promise")) == ["[0].field: no field 'promise'; did you mean 'promised'?"]
        assert told(Deadline("prio")) == [
            "[0].field: field 'prio' holds no instants; make its kind 'moment' or 'future'"
        ]


@pytest.mark.parametrize("percent", [0, 1001, 50.0, True])
def test_shares_of_a_target(percent: int) -> None:
    with pytest.raises(BadValueError, match=r"% of a target is not possible; give a whole number from 1 to 1,000$"):
        OfTarget(percent)


class TestRules:
    @pytest.mark.parametrize(
        "rule",
        [
            Automation("r", OnMessage("customer"), MAIL, given=ClockIs("sloving", "met")),
            Automation("r", OnMessage("customer"), MAIL, given=Happened(Breached("sloving"))),
            Automation("r", OnEnter(ClockIs("sloving", "met")), MAIL),
            Automation("r", OnLeave(ClockIs("sloving", "met")), MAIL, given=ClockIs("sloving", "met")),
            Automation("r", After(OfTarget(50), Started("sloving")), MAIL),
            Automation("r", After(Elapsed(hours=1), Started("sloving"), Elapsed(hours=1)), MAIL),
            Automation("r", After(Elapsed(hours=1), Created()), MAIL, ended_by=Breached("sloving")),
            Automation("r", After(Elapsed(hours=1), Latest(Created(), Breached("sloving"))), MAIL),
        ],
    )
    def test_unknown_clocks(self, rule: Rule) -> None:
        assert problems(SOLVING, rules=[rule]) == ["automations[0] 'r': no clock 'sloving'; did you mean 'solving'?"]

    @pytest.mark.parametrize(
        ("since", "ended_by"),
        [(Latest(Started("solving"), LastMessage("agent")), None), (Created(), Started("solving"))],
    )
    def test_a_start_is_counted_from_alone(self, since: Anchor, ended_by: Anchor | None) -> None:
        rule = Automation("r", After(Elapsed(hours=1), since), MAIL, ended_by=ended_by)
        assert problems(SOLVING, rules=[rule]) == [
            "automations[0] 'r': the start of a clock is combined with other anchors; use Started(…) alone"
        ]

    def test_a_start_is_no_fact(self) -> None:
        rule = Automation("r", OnMessage("customer"), MAIL, given=Happened(Started("solving")))
        assert problems(SOLVING, rules=[rule]) == [
            "automations[0] 'r': Happened cannot ask for the start of a clock; use ClockIs(…)"
        ]

    def test_spans_of_a_clock_are_counted_from_its_start(self) -> None:
        rungs = (Rung(Elapsed(hours=1), *MAIL), Rung(BeforeDue(Elapsed(hours=1)), *MAIL), Rung(Missed(), *MAIL))
        assert problems(SOLVING, rules=[Ladder("r", Breached("solving"), ALWAYS, rungs, ended_by=None)]) == [
            (
                "automations[0] 'r': the span 1 hour before the target is missed does not count from the start of a "
                "clock; count it since Started(…)"
            ),
            (
                "automations[0] 'r': the span missing the target does not count from the start of a clock; "
                "count it since Started(…)"
            ),
        ]

    def test_spans_of_a_clock_do_not_repeat(self) -> None:
        rule = Automation("r", After(AfterDue(Elapsed(hours=1)), Started("solving"), every=Elapsed(hours=1)), MAIL)
        assert problems(SOLVING, rules=[rule]) == [
            "automations[0] 'r'.when.every: a span of a clock does not repeat; leave it out"
        ]

    def test_no_mask_starts_a_clock_anew(self) -> None:
        when = After(OfTarget(50), Started("solving"))
        rule = Automation("r", when, MAIL, group="nudges", on_mask="hold", on_resume="restart")
        assert problems(SOLVING, rules=[rule]) == [
            "automations[0] 'r'.on_resume: the end of a mask cannot replace the start of a clock; leave it out"
        ]

    @pytest.mark.parametrize("action", [RecordBreach("solving"), RecordWarning("solving")])
    def test_records_and_ids_of_implied_rules_are_reserved(self, action: RecordBreach | RecordWarning) -> None:
        assert problems(SOLVING, rules=[Automation("r", OnMessage("customer"), (action,))]) == [
            f"automations[0] 'r'.then: the action {type(action).__name__} is reserved for implied rules; leave it out"
        ]
        assert problems(SOLVING, rules=[Automation("sla.r", OnMessage("customer"), MAIL)]) == [
            "automations[0] 'sla.r': the id 'sla.r' is reserved for implied rules; use another id"
        ]


def test_working_time_needs_a_calendar_and_elapsed_time_none() -> None:
    (found,) = problems(attrs.evolve(SOLVING, calendar=None))
    assert found == (
        "clocks[0] 'solving'.targets[0].calendar: the target is in working time, but there is no calendar; "
        "name a calendar, or give elapsed time"
    )
    desk_rules(attrs.evolve(SOLVING, calendar=None, targets=(Target(Elapsed(hours=1)),)))


def test_only_rules_ask_about_clocks() -> None:
    late = ClockIs("solving", "breached")
    ways = tuple(attrs.evolve(row, given=late) if row.name == "finish" else row for row in WORKFLOW.transitions)
    with pytest.raises(DefinitionError) as caught:
        Rules("small", attrs.evolve(WORKFLOW, transitions=ways), WEEKDAYS, clocks=(SOLVING,))
    (found,) = caught.value.problems
    fix = "only rules can ask about clocks; let a rule set a field, and ask for that"
    assert (found.what, found.fix) == ("the condition asks about the clock 'solving'", fix)


def test_names_of_clocks_leave_room_for_the_ids_of_implied_rules() -> None:
    longest = attrs.evolve(SOLVING, name="s" * 40, warn_at=(OfTarget(50),))
    assert [len(rule.id) for rule in implied_automations(desk_rules(longest))] == [51, 54]
    with pytest.raises(BadValueError, match=r"clock 's{41}' has too long a name; give at most 40 characters"):
        attrs.evolve(SOLVING, name="s" * 41)


def test_unknown_facts_and_repeated_warnings() -> None:
    each = attrs.evolve(update_interval(), each="answer")
    (found,) = problems(Policy("update", each))
    assert found == "clocks[0] 'update'.measure.each: no fact 'answer'; did you mean 'answers'?"
    (found,) = problems(attrs.evolve(SOLVING, warn_at=(OfTarget(50), OfTarget(50))))
    assert found == "clocks[0] 'solving'.warn_at: the same span is given twice; give each span once"


class TestMultipliers:
    def test_conditions_orders_and_lengths_are_checked(self) -> None:
        multipliers = (Multiplier(50, StateIs("opne")), Multiplier(1), Multiplier(200))
        policy = Policy("solving", resolution(), (Target(Elapsed(minutes=1)),), multipliers=multipliers)
        assert problems(policy) == [
            "clocks[0] 'solving'.multipliers[0].given: no state 'opne'; did you mean 'open'?",
            (
                "clocks[0] 'solving'.multipliers[1].percent: 1 % of the target 1 minute is too short or too long; "
                "let it be one second or more, and 100 years or less"
            ),
            (
                "clocks[0] 'solving'.multipliers[2]: the multiplier never applies, because the one before it always "
                "does; put it before that one, or leave it out"
            ),
        ]

    def test_they_need_a_target(self) -> None:
        assert problems(Policy("solving", resolution(), multipliers=(Multiplier(50),))) == [
            "clocks[0] 'solving'.multipliers: the clock has multipliers but no target; add a target, or leave them out"
        ]

    def test_the_percentage_has_bounds(self) -> None:
        with pytest.raises(BadValueError, match="1001 % of a target is not possible"):
            Multiplier(1_001)


class TestBusinessDaysBeforeATarget:
    def test_warnings_need_a_calendar(self) -> None:
        policy = Policy("solving", resolution(), (EIGHT_ELAPSED,), (BeforeDue(BusinessDays(1)),), calendar=None)
        assert problems(policy) == [
            (
                "clocks[0] 'solving'.calendar: a warning is in business days, but there is no calendar; "
                "name a calendar, or give elapsed time"
            )
        ]

    def test_rungs_need_a_calendar(self) -> None:
        policy = Policy("solving", resolution(), (EIGHT_ELAPSED,), calendar=None)
        ladder = Ladder("esc", Started("solving"), ALWAYS, (Rung(BeforeDue(BusinessDays(1)), *MAIL),), ended_by=None)
        assert problems(policy, rules=[ladder]) == [
            (
                "automations[0] 'esc': it counts business days, but the clock 'solving' has no calendar; "
                "give the clock a calendar"
            )
        ]

    def test_they_have_no_policy_of_their_own(self) -> None:
        with pytest.raises(BadValueError, match="give only their number"):
            BeforeDue(BusinessDays(1, "as_it_is"))


EIGHT_ELAPSED = Target(Elapsed(hours=8))
