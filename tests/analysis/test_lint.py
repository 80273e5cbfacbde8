"""Each planted fault is found with its code and place; its corrected twin and every preset are clean."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.faulty_rule_sets import (
    AGENT,
    BUSY,
    DAY,
    EIGHT,
    HIGH,
    OFFICE,
    OPEN,
    PLANTED,
    TABLE,
    WAITING,
    act,
    desk,
    ladder,
    promise,
    remind,
    table,
    tell,
)
from ticketflow import (
    After,
    AfterDue,
    All,
    AnyOf,
    AssignedTo,
    AtClosing,
    AtField,
    AtOpening,
    Automation,
    BeforeDue,
    BusinessCalendar,
    BusinessDays,
    CalendarSpan,
    Created,
    Deadline,
    During,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Happened,
    Hint,
    LastMessage,
    Left,
    Message,
    Missed,
    OfTarget,
    On,
    OnChange,
    OnEnter,
    OnMessage,
    OnOutside,
    Opening,
    Outside,
    Permission,
    Rules,
    Snoozing,
    StateIs,
    Target,
    Template,
    Transition,
    WorkingTime,
    sla,
)
from ticketflow.analysis.explore.search import rule_of as automatic_rule
from ticketflow.analysis.findings import CODES, Finding
from ticketflow.analysis.lint.run import exact_findings
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.combined import union
from ticketflow.calendars.periods import Period
from ticketflow.calendars.spans import ClockSpan, Span
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import Resolution, embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.rules.actions import Assign, FollowUp, LookUp, Move, Resolve, SetField
from ticketflow.service.simulation import simulate
from ticketflow.sla.policies import StartedBetween
from ticketflow.tickets import commands
from ticketflow.tickets.anchors import Closed, Started


def found(rules: Rules, *codes: str) -> list[Finding]:
    """Return the findings of these codes, or those above info."""
    return [each for each in exact_findings(rules) if (each.code in codes if codes else each.severity != "info")]


def said(rules: Rules, *codes: str) -> list[str]:
    """Return them in words."""
    return [f"{each.code} {each.place}: {each.what}" for each in found(rules, *codes)]


@pytest.mark.parametrize("name", sorted(PLANTED))
class TestPlanted:
    def test_the_fault_is_found_where_it_is(self, name: str) -> None:
        planted = PLANTED[name]
        findings = list(exact_findings(planted.fault()))
        assert (planted.code, planted.path) in {(each.code, each.path) for each in findings}, list(map(str, findings))

    def test_the_twin_is_clean(self, name: str) -> None:
        assert said(PLANTED[name].twin()) == []


def test_every_code_is_planted() -> None:
    searched_only = {"feeds_itself"}
    assert {planted.code for planted in PLANTED.values()} | {"unused_name", "not_checked"} | searched_only == set(CODES)


class TestPresets:
    @pytest.mark.parametrize(
        "rules",
        [
            adereso(),
            adereso(in_progress=True),
            adereso(in_progress=True, closes_out_of_hours=True),
            adereso(close_after=None, wake_after=()),
            posponer(),
            posponer(snoozing=Snoozing(on_message="clear")),
            posponer(snoozing=Snoozing(on_message="stay_hidden")),
            embudo(),
            senior(),
            enate(),
            enate(close_unanswered_after=CalendarSpan(days=5), feedback_window=Elapsed(days=3)),
            enate(feedback_window=Elapsed(days=3), reopens_by_itself=False),
            stale(),
        ],
    )
    def test_presets_have_no_findings(self, rules: Rules) -> None:
        assert found(rules) == []

    @pytest.mark.parametrize("rules", [servicenow(), servicenow(frozen=True)])
    def test_servicenow_has_states_that_only_people_leave(self, rules: Rules) -> None:
        """As the log shows, tickets in these states waited until somebody remembered them."""
        awaited = ("awaiting_user_info", "awaiting_vendor", "awaiting_problem", "awaiting_evidence")
        assert found(rules) == []
        assert [each.path[-1] for each in found(rules, "rots")] == list(awaited)

    def test_in_progress_without_a_review_has_no_bound(self) -> None:
        (unbounded,) = found(adereso(in_progress=True, review=None))
        assert (unbounded.code, unbounded.path) == (
            "mask_without_bound",
            ("workflow", "states", "in_progress", "masks"),
        )
        assert unbounded.what == (
            "the state holds inactivity, no rule leaves it, and no rule reminds anybody of tickets in it"
        )

    def test_two_resolutions_of_one_stage_that_contradict(self) -> None:
        both = tuple(Resolution("scheduling.finished", "entering", outcome) for outcome in ("won", "lost"))
        assert [each.code for each in found(embudo(resolutions=both), "opposite_outcomes")] == ["opposite_outcomes"]


class TestConditions:
    def test_a_gap_lists_the_first_combinations_and_their_number(self) -> None:
        by_both = Target(EIGHT, All(HIGH, FieldIs("urgent", True)))
        (gap,) = found(desk(clocks=(promise(by_both),)))
        assert gap.what == (
            "there is no target when level is low, urgent is True; level is low, urgent is False; level is low, "
            "urgent is not set; and 5 more"
        )

    def test_a_target_on_another_fact_closes_the_gap(self) -> None:
        by_state = Target(EIGHT, AnyOf(HIGH, OPEN))
        assert not found(desk(clocks=(promise(by_state),)))

    def test_combinations_that_stop_the_clock_are_no_gap(self) -> None:
        measure = sla.time_while(All(OPEN, HIGH))
        assert not found(desk(clocks=(promise(Target(EIGHT, HIGH), measure=measure),)))

    def test_at_most_500_combinations_are_checked(self) -> None:
        fields = tuple(Field(f"f{number}", tuple(range(1, 9))) for number in range(5))
        asked = All(*(FieldIs(field.name, 1) for field in fields))
        (gap,) = found(desk(clocks=(promise(Target(EIGHT, asked)),), workflow=table(fields=(*TABLE.fields, *fields))))
        assert gap.code == "sla_gap"
        assert gap.what.endswith("and 496 more")

    def test_a_table_of_instants_can_have_gaps(self) -> None:
        rank = Automation("rank", OnChange("until"), (LookUp("level", ("until",), {None: "low"}),))
        assert not found(desk(rank))

    def test_a_condition_on_snoozes_without_snoozing_says_so(self) -> None:
        (planted,) = found(PLANTED["a list shows what sleeps, and nothing does"].fault())
        assert planted.what.startswith("the condition cannot hold, because the rule set has no snoozing: ")


class TestPairs:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (During(is_open=True), During(is_open=False)),
            (During(is_open=False), During(is_open=True)),
        ],
    )
    def test_rules_for_open_and_closed_hours_never_meet(self, one: During, other: During) -> None:
        rules = (
            act(name, OnMessage("customer"), Assign(name), during=during) for name, during in (("a", one), ("b", other))
        )
        assert not found(desk(*rules))

    def test_rules_for_open_hours_and_for_any_time_can_meet(self) -> None:
        rules = (
            act(name, OnMessage("customer"), Assign(name), during=during)
            for name, during in (("a", During()), ("b", None))
        )
        assert [each.code for each in found(desk(*rules))] == ["order_sensitive"]

    def test_timers_and_reactions_do_not_meet(self) -> None:
        timer = act("a", After(DAY, Entered()), Assign("ana"), given=OPEN)
        assert not found(desk(timer, act("b", OnMessage("customer"), Assign("bea"))))

    def test_moving_to_a_stage_with_an_outcome_is_an_outcome(self) -> None:
        states = tuple(
            attrs.evolve(state, outcome="won") if state.name == "solved" else state for state in TABLE.states
        )
        rules = (act("a", OnEnter(WAITING), Move("solve")), act("b", OnEnter(WAITING), Resolve("lost")))
        assert "opposite_outcomes" in [
            each.code for each in found(desk(*rules, workflow=attrs.evolve(TABLE, states=states)))
        ]

    def test_a_ticket_with_an_outcome_gets_no_opposite_one(self) -> None:
        given = All(WAITING, FieldIs("outcome", "won"))
        rules = (act(name, OnEnter(WAITING), Resolve(name), given=given) for name in ("won", "lost"))
        assert not found(desk(*rules), "opposite_outcomes")


class TestRules:
    def test_disabled_rules_give_no_findings(self) -> None:
        assert not found(desk(tell("x", After(DAY, Created()), All(OPEN, WAITING), is_enabled=False)))

    def test_a_reaction_may_find_the_ticket_moved_on_by_another(self) -> None:
        first = act("a", OnMessage("customer"), Move("solve"), given=OPEN)
        then = act("b", OnMessage("customer"), Move("back"), given=OPEN, rank=1)
        back = Transition("back", ["solved"], "waiting", may=AGENT)
        assert not found(desk(first, then, workflow=table(back)))

    def test_a_follow_up_when_another_reaction_closes(self) -> None:
        rules = (
            act("a", OnEnter(StateIs("solved")), Move("close")),
            act("b", OnEnter(StateIs("solved")), FollowUp(), rank=1),
        )
        assert not found(desk(*rules))

    @pytest.mark.parametrize("ended_by", [LastMessage("agent"), Left("waiting")])
    def test_another_anchor_does_not_end_the_episode_at_once(self, ended_by: LastMessage | Left) -> None:
        assert not found(desk(tell("x", After(DAY, Entered()), WAITING, ended_by=ended_by)))

    def test_a_condition_that_becomes_true_later_begins_a_new_episode(self) -> None:
        later = All(WAITING, HIGH)
        assert not found(desk(tell("x", After(DAY, Outside("paid")), later, ended_by=Outside("paid")), workflow=_PAID))

    def test_assigned_to_nobody(self) -> None:
        (bad,) = found(desk(tell("x", OnMessage("customer"), AssignedTo("no one"))))
        assert (bad.code, bad.path) == ("bad_id", ("automations", "x", "given"))

    def test_only_customers_open_with_a_customer_message(self) -> None:
        own = table(openings=(Opening("open", AGENT),))
        wrote = LastMessage("customer")
        ended = ladder(remind(DAY), since=Created(), given=OPEN, ended_by=wrote)
        assert not found(desk(ended, workflow=own), "ended_at_once")
        tagged = All(OPEN, HIGH)  # tickets that customers open have no level
        assert not found(desk(attrs.evolve(ended, given=tagged)))
        assert not found(desk(attrs.evolve(ended, ended_by=LastMessage("agent"))))


_PAID = table(outside_events={"paid"})


def steps(*spans: Span | ClockSpan) -> list[str]:
    """Return which rungs of a ladder of these spans are out of order."""
    since = Started("fix") if any(isinstance(span, ClockSpan) for span in spans) else LastMessage("agent")
    rules = desk(ladder(*map(remind, spans), since=since, given=OPEN), clocks=(promise(Target(EIGHT)),))
    return [each.path[-1] for each in found(rules, "ladder_out_of_order")]


_LATE = AfterDue(Elapsed(hours=1))


class TestLadders:
    @pytest.mark.parametrize(
        "spans",
        [
            (Elapsed(days=1), Elapsed(days=2)),
            (Elapsed(days=2), BusinessDays(1)),
            (BusinessDays(1), BusinessDays(2)),
            (WorkingTime(hours=1), WorkingTime(hours=2)),
            (CalendarSpan(days=8), CalendarSpan(weeks=1, months=1)),
            (CalendarSpan(days=40), CalendarSpan(months=1)),
            (CalendarSpan(days=2), CalendarSpan(days=1, zone="Europe/Madrid")),
            (OfTarget(50), OfTarget(80), Missed(), _LATE),
            (OfTarget(150), Missed()),
            (BeforeDue(Elapsed(hours=2)), BeforeDue(Elapsed(hours=1)), Missed()),
            (BeforeDue(Elapsed(hours=1)), BeforeDue(WorkingTime(hours=2))),
            (BeforeDue(BusinessDays(2)), BeforeDue(BusinessDays(1))),
            (AfterDue(Elapsed(hours=9)), AfterDue(WorkingTime(hours=1))),
            (AfterDue(WorkingTime(hours=1)), AfterDue(Elapsed(hours=2))),
            (AfterDue(Elapsed()), Missed()),
            (BeforeDue(Elapsed(hours=1)), OfTarget(50)),
        ],
    )
    def test_rungs_in_order_or_incomparable(self, spans: tuple[Span | ClockSpan, ...]) -> None:
        assert steps(*spans) == []

    @pytest.mark.parametrize(
        "spans",
        [
            (Elapsed(days=2), Elapsed(days=2)),
            (BusinessDays(2), BusinessDays(1)),
            (WorkingTime(hours=2), WorkingTime(hours=1)),
            (CalendarSpan(weeks=1), CalendarSpan(days=7)),
            (OfTarget(80), OfTarget(50)),
            (Missed(), OfTarget(100)),
            (_LATE, Missed()),
            (Missed(), Missed()),
            (_LATE, AfterDue(Elapsed(minutes=1))),
            (_LATE, AfterDue(WorkingTime())),
            (AfterDue(WorkingTime(hours=1)), _LATE),
            (BeforeDue(BusinessDays(1)), BeforeDue(BusinessDays(2))),
            (BeforeDue(Elapsed(hours=1)), BeforeDue(Elapsed(hours=2))),
            (Missed(), BeforeDue(WorkingTime(hours=2))),
        ],
    )
    def test_rungs_out_of_order(self, spans: tuple[Span | ClockSpan, ...]) -> None:
        assert steps(*spans) == ["1"]

    def test_a_rung_between_two_others_hides_nothing(self) -> None:
        assert steps(Elapsed(days=3), BusinessDays(1), Elapsed(days=2)) == ["2"]


class TestAnswers:
    def test_an_answer_that_moves_the_ticket_ends_the_reminders(self) -> None:
        """A rule of the desk moves a waiting ticket back to open when its customer writes."""
        for state, paths in (("waiting", []), ("open", ["steps"])):
            nudges = ladder(remind(DAY), given=StateIs(state), ended_by=None)
            assert [each.path[1] for each in found(desk(nudges), "answer_ignored")] == paths


class TestTimers:
    @pytest.mark.parametrize(
        "rule",
        [
            tell("x", After(DAY, Closed())),
            tell("x", After(DAY, Entered("closed"))),
            tell("x", On(EveryWeek("monday", "09:00")), StateIs("closed")),
            act("x", After(DAY, Created()), SetField("level", "low")),
            tell("x", OnEnter(StateIs("closed"))),
        ],
    )
    def test_rules_meant_for_closed_tickets_give_no_finding(self, rule: Automation) -> None:
        assert not found(desk(rule))

    @pytest.mark.parametrize("when", [AtOpening(), AtField("until"), After(DAY, LastMessage("agent"))])
    def test_other_rules_continue_after_closing(self, when: AtOpening | AtField | After) -> None:
        assert [each.code for each in found(desk(tell("x", when)))] == ["reminder_after_close"]

    def test_a_deadline_passes_while_the_clock_is_frozen(self) -> None:
        policy = promise(Deadline("until"), measure=sla.requester_wait())
        assert not found(desk(tell("x", After(Missed(), Started("fix")), WAITING), clocks=(policy,)))

    def test_elapsed_time_passes_while_the_clock_is_frozen(self) -> None:
        policy = promise(Target(EIGHT), measure=sla.requester_wait())
        assert not found(desk(tell("x", After(DAY, Started("fix")), WAITING), clocks=(policy,)))

    def test_a_rule_on_a_frozen_clock_is_due_at_once_or_never(self) -> None:
        """Half of eight hours pass from 09:00 to 13:00; the rule begins to wait before or after that."""
        policy = promise(Target(EIGHT), measure=sla.requester_wait())
        rules = desk(tell("x", After(OfTarget(50), Started("fix")), WAITING), clocks=(policy,))
        (finding,) = found(rules, "frozen_where_armed")
        assert finding.why.endswith("the rule is due at once or never")
        fired = {}
        for hour in (12, 14):
            opening = commands.Open("T-1", message=Message("m1"), at=utc(2026, 11, 23, 9), by=CUSTOMER)
            asked = commands.Move("ask", at=utc(2026, 11, 23, hour), by=ANA)
            ticket = simulate((opening, asked), rules, utc(2026, 11, 30, 9)).ticket
            assert ticket is not None
            fired[hour] = [entry.at for entry in ticket.history if automatic_rule(entry) == "x"]
        assert fired == {12: [], 14: [utc(2026, 11, 23, 14)]}

    def test_a_storm_says_how_many(self) -> None:
        (storm,) = found(desk(tell("x", After(DAY, Entered(), every=Elapsed(hours=2), at_most=200), OPEN)))
        assert storm.what == "the rule sends 200 messages about one ticket in 30 days if nobody acts"

    def test_no_storm_without_messages(self) -> None:
        rule = act("x", After(DAY, Entered(), every=Elapsed(minutes=1)), SetField("level", "low"), given=OPEN)
        assert not found(desk(rule))


class TestTable:
    def test_disabled_states_give_no_finding(self) -> None:
        states = (*TABLE.states, attrs.evolve(BUSY.states[1], is_enabled=False, masks=frozenset()))
        stop = Transition("stop", ["busy"], "open", may=AGENT)
        start = Transition("start", ["open"], "busy", may=AGENT)
        assert not found(desk(workflow=table(start, stop, states=states[-1:])))

    def test_a_disabled_rule_still_uses_its_transition(self) -> None:
        lapse = Transition("lapse", ["open"], "closed")
        rule = act("x", After(DAY, Created()), Move("lapse"), given=OPEN, is_enabled=False)
        assert not found(desk(rule, workflow=table(lapse)))

    def test_a_shadowed_row_gives_one_finding(self) -> None:
        rows = (
            Transition("sort", ["open"], "waiting", may=AGENT, given=FieldIs("level", "low", "high")),
            Transition("sort", ["open"], "solved", given=HIGH),
        )
        assert [each.code for each in found(desk(workflow=table(*rows)))] == ["shadowed_row"]

    def test_the_end_of_a_snooze_bounds_a_mask_and_takes_a_row(self) -> None:
        states = tuple(
            attrs.evolve(state, masks={"idle"}) if state.name == "solved" else state for state in TABLE.states
        )
        wakes = attrs.evolve(
            TABLE,
            states=states,
            transitions=(*TABLE.transitions, Transition("wake", ["solved"], "open")),
            reopen="wake",
        )
        idle = ladder(remind(DAY), group="idle", given=OPEN)
        rules = Rules("planted", wakes, OFFICE, (idle, PLANTED_END), snoozing=Snoozing())
        assert not found(rules)


class TestTargets:
    @pytest.mark.parametrize(
        ("started", "shadowed"),
        [
            ((StartedBetween("09:00", "12:00"), None), []),
            ((StartedBetween("09:00", "12:00"), StartedBetween("12:00", "18:00")), []),
            ((StartedBetween("09:00", "12:00"), StartedBetween("09:00", "12:00")), ["1"]),
        ],
    )
    def test_a_row_for_other_starts_does_not_shadow(
        self, started: tuple[StartedBetween | None, ...], shadowed: list[str]
    ) -> None:
        policy = promise(*(Target(EIGHT, started=each) for each in started))
        assert [each.path[3] for each in found(desk(clocks=(policy,)), "shadowed_row")] == shadowed


PLANTED_END = act("end", After(BusinessDays(9), Entered()), Move("close"), given=WAITING)


class TestNames:
    def test_unused_names_are_found(self) -> None:
        workflow = table(
            outside_events={"paid", "sent"}, groups={"vip", "staff"}, permissions={"assign": Permission({"vip"})}
        )
        calendars = dict.fromkeys(("default", "night", "gate"), OFFICE)
        rules = (
            tell("x", OnOutside("paid"), gate="gate"),
            tell("y", After(DAY, Entered()), OPEN, group="idle"),
        )
        texts = tuple(Template(name, {"en": "hello"}) for name in ("x", "y", "z"))
        unused = found(desk(*rules, workflow=workflow, calendar=calendars, templates=texts), "unused_name")
        assert [each.path for each in unused] == [
            ("automations", "y", "group"),
            ("workflow", "groups", "staff"),
            ("workflow", "outside_events", "sent"),
            ("calendars", "night"),
            ("templates", "z"),
        ]
        assert {each.severity for each in unused} == {"info"}

    def test_every_kind_of_use_counts(self) -> None:
        names = ("anchor", "end", "asked", "filled", "when")
        fields = (*TABLE.fields, Field("subject", filled_from="subject", filled_when=Happened(Outside("filled"))))
        workflow = table(
            outside_events=set(names), fields=fields, openings=(Opening("open", (*AGENT, "vip")),), groups={"vip"}
        )
        rules = (
            tell("a", After(DAY, Outside("anchor")), OPEN, ended_by=Outside("end")),
            tell("b", OnMessage("customer"), Happened(Outside("asked"))),
            tell("c", OnEnter(Happened(Outside("when")))),
            tell("d", OnMessage("agent"), during=During("day")),
            tell("e", AtClosing("shut"), OPEN),
        )
        calendars = dict.fromkeys(("default", "day", "shut", "policy", "target", "snooze"), OFFICE)
        policy = promise(Target(EIGHT, HIGH, calendar="target"), Deadline("until"), calendar="policy")
        uses = desk(
            *rules, workflow=workflow, calendar=calendars, clocks=(policy,), snoozing=Snoozing(calendar="snooze")
        )
        assert found(uses, "unused_name") == []

    def test_the_caller_chooses_until_when_holidays_must_be_known(self) -> None:
        known = BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("XX", FrozenMap(), 2020, 2030))
        (ends,) = exact_findings(desk(calendar=known))
        assert ends.what == "the public holidays are only known before 01 January 2031"
        assert not list(exact_findings(desk(calendar=known), known_until=2031))

    def test_a_calendar_says_what_ends(self) -> None:
        office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        listed = {date(2026, 12, day): "x" for day in range(1, 6)}
        known = PublicHolidays("XX", FrozenMap(), 2020, 2030)
        until = date(2026, 12, 31)
        for calendar, what in (
            (attrs.evolve(office, dated_until=until), "the dates are listed until 31 December 2026 only"),
            (attrs.evolve(office, dated_until=until, public_holidays=known), "the dates are listed until 31 December"),
            (
                attrs.evolve(office, dated_until=date(2040, 1, 1), public_holidays=known),
                "the public holidays are only known before 01 January 2031",
            ),
            (
                union(attrs.evolve(office, dated_until=until), office),
                "the public holidays are only known before 01 January 2027",
            ),
            (
                union(office, attrs.evolve(office, holidays=listed), office),
                "the list of holidays ends on 05 December 2026, and later dates have none",
            ),
        ):
            (ends,) = found(desk(calendar=calendar))
            assert ends.what.startswith(what)
        for calendar in (
            attrs.evolve(office, holidays={day: name for day, name in listed.items() if day.day < 5}),
            attrs.evolve(office, holidays=listed, dated_until=until, beyond_known="assume_none"),
            attrs.evolve(office, holidays=listed | {date(2050, 1, 1): "x"}),
        ):
            assert found(desk(calendar=calendar)) == []

    def test_hours_that_end_in_the_last_minute_are_named(self) -> None:
        for parts, what in (
            ({"week": "mon 00:00-24:00; tue-wed 00:00-23:59:59"}, "(tue, …)"),
            ({"periods": [Period("06-01", "06-02", "fri 20:00-23:59:30")]}, "(fri, 06-01 to 06-02)"),
            ({"overrides": {"12-24": "09:00-23:59", "12-31": "09:00-23:58"}}, "(12-24)"),
        ):
            calendar = BusinessCalendar(**{"zone": "UTC", "week": "mon-fri 09:00-18:00", **parts})  # type: ignore[arg-type]
            (lost,) = found(desk(calendar=calendar), "lost_minute")
            assert lost.what == (
                f"hours end in the last minute before midnight {what}, so the rest of it is closed every night"
            )

    def test_a_closed_week_of_a_period_is_named(self) -> None:
        office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        for first, last, week, what in (
            ("12-24", "01-06", "", "from 2026-12-24 to 2026-12-30, in the period 12-24 to 01-06"),
            ("2027-05-03", "2027-05-16", "mon 09:00-18:00", "from 2027-05-04 to 2027-05-10, in the period"),
            ("0001-01-01", "0001-01-20", "", "from 0001-01-01 to 0001-01-07, in the period"),
        ):
            closed = {date(2027, 5, 10): "x"}
            calendar = attrs.evolve(office, holidays=closed, periods=[Period(first, last, week)])
            (week_found,) = found(desk(calendar=calendar), "closed_week")
            assert week_found.what.startswith(f"the calendar does not open {what}")
        for first, last in (("08-10", "08-15"), ("02-29", "02-29")):
            calendar = attrs.evolve(office, periods=[Period(first, last, "")])
            assert found(desk(calendar=calendar), "closed_week") == []
        opened = [Period(f"{month:02}-05", f"{month:02}-25", "mon 09:00-10:00") for month in range(6, 10)]
        summer = attrs.evolve(office, periods=[Period("06-01", "09-30", ""), *opened])
        assert len(found(desk(calendar=summer), "closed_week")) == 1

    def test_a_closed_week_is_named_with_the_narrowest_period_only(self) -> None:
        summer, fortnight = Period("06-01", "08-31", "mon-fri 08:00-14:00"), Period("08-10", "08-23", "")
        calendar = BusinessCalendar("UTC", "mon-fri 09:00-18:00", periods=[summer, fortnight])
        (only,) = found(desk(calendar=calendar), "closed_week")
        assert "from 2026-08-10 to 2026-08-16, in the period 08-10 to 08-23" in only.what

    def test_texts_of_one_kind_have_the_same_languages(self) -> None:
        rows = tuple(
            attrs.evolve(row, hint=Hint("h", {"en": "x"} if row.name == "ask" else {"en": "x", "es": "x"}))
            for row in TABLE.transitions[:2]
        )
        workflow = attrs.evolve(
            TABLE,
            transitions=(*rows, *TABLE.transitions[2:]),
            states=tuple(
                attrs.evolve(state, to_enable={"es": "x"} if state.name == "open" else {"en": "x"})
                for state in TABLE.states[:2]
            )
            + TABLE.states[2:],
        )
        missing = found(desk(workflow=workflow), "text_missing")
        assert [each.path[-2:] for each in missing] == [
            ("open", "to_enable"),
            ("waiting", "to_enable"),
            ("ask", "hint"),
        ]
        assert missing[0].what == "the text is missing in en, unlike others of its kind"


def test_the_page_lists_every_code_with_its_severity() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert {code for code, _, _ in rows} == set(CODES)
    for code, severity, decided in rows:
        known = CODES[code]
        assert severity == (known.severity if decided == "exact" else known.searched_severity or known.severity), code
