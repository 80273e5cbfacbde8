"""The explanation of each rule: its verdict, its condition part by part, and its text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, SAO_PAULO, Desk, sp, utc
from tests.support.small_rule_set import SUPPORT
from ticketflow import (
    After,
    All,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Created,
    Elapsed,
    Field,
    FieldIs,
    IsAssigned,
    Ladder,
    LastMessage,
    Message,
    OnEnter,
    OnMessage,
    Outside,
    Rules,
    Rung,
    State,
    StateIs,
    Transition,
    Workflow,
    commands,
    evaluate,
    replay,
)
from ticketflow.errors import NaiveDatetimeError
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Move, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import AtField
from ticketflow.service.explanations import Explanation, explain
from ticketflow.text.sentences import Wording
from ticketflow.workflow.snooze import Snoozing

NINE = utc(2026, 11, 23, 9)
NUDGE = (SendMessage("nudge"),)
UTC_WALL = ZoneInfo("UTC")
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")


def desk(*rules: Rule, **options: object) -> Desk:
    groups = {rule.group for rule in rules if rule.group}
    workflow = Workflow(
        (State("open"), State("busy", masks=groups), State("closed", "closed")),
        (
            Transition("start", ("open",), "busy", may=SUPPORT),
            Transition("stop", ("busy",), "open", may=SUPPORT),
            Transition("close", ("open", "busy"), "closed", may=SUPPORT),
        ),
        fields=(Field("day", kind="moment"), Field("hot", kind="truth")),
        outside_events={"delivered"},
    )
    made = Desk(Rules("why", workflow, OFFICE, rules, None, (), (), **options))  # type: ignore[arg-type]
    made.open(NINE)
    return made


def verdict(made: Desk, now: datetime, rule: str = "a") -> Explanation:
    (found,) = (each for each in explain(now, made.ticket, made.rules) if each.rule == rule)
    return found


def at(hour: int) -> datetime:
    return NINE + timedelta(hours=hour)


class TestVerdicts:
    def test_waiting_then_due_then_fired(self) -> None:
        made = desk(Automation("a", After(Elapsed(hours=2), Created()), NUDGE))
        waiting, due = verdict(made, at(1)), verdict(made, at(3))
        assert (waiting.verdict, waiting.at, waiting.then) == ("waiting", at(2), NUDGE)
        assert (due.verdict, due.at) == ("due", at(2))
        made.advance(at(3))
        fired = verdict(made, at(3))
        assert (fired.verdict, fired.at) == ("fired", at(2))

    def test_not_applicable_shows_which_part_fails(self) -> None:
        made = desk(Automation("a", OnMessage("agent"), NUDGE, given=All(StateIs("open"), All(IsAssigned()))))
        found = verdict(made, at(1))
        assert found.verdict == "not_applicable"
        assert [(str(check.condition), check.holds) for check in found.checks] == [
            ("the state is open", True),
            ("somebody is assigned", False),
        ]

    def test_held_shows_the_mask(self) -> None:
        made = desk(Automation("a", After(Elapsed(hours=2), Created()), NUDGE, group="idle"))
        made.give(commands.Move("start", at=at(1), by=ANA))
        found = verdict(made, at(5))
        assert (found.verdict, str(found.mask)) == ("held", "(the state is busy)")

    def test_ended_shows_the_entry_that_ended_it(self) -> None:
        rungs = (Rung(Elapsed(hours=5), *NUDGE),)
        made = desk(Ladder("a", Created(), StateIs("open"), rungs, ended_by=LastMessage("customer")))
        made.write(at(1), CUSTOMER)
        found = verdict(made, at(9))
        assert (found.verdict, found.at) == ("ended", at(1))
        assert found.entry is not None
        assert found.entry.sequence == 1

    def test_superseded_and_dropped(self) -> None:
        rungs = (Rung(Elapsed(hours=2), *NUDGE), Rung(Elapsed(hours=2), SetField("hot", value=True)))
        made = desk(
            Ladder("a", Created(), StateIs("open"), rungs[:1], ended_by=None),
            Automation("b", After(Elapsed(hours=3), Created()), (Move("stop"),)),
        )
        made.advance(at(4))
        assert verdict(made, at(4), "b").verdict == "dropped"
        both = desk(Ladder("a", Created(), FieldIs("hot", None), rungs, ended_by=None))
        both.advance(at(2))
        entries = [entry for entry in both.ticket.history if entry.is_automatic]
        assert [type(entry.events[0]).__name__ for entry in entries] == ["Superseded", "FieldChanged"]

    def test_waiting_for_an_event_or_an_anchor_that_has_not_occurred(self) -> None:
        made = desk(
            Automation("a", OnMessage("agent"), NUDGE),
            Automation("b", After(Elapsed(hours=1), Outside("delivered")), NUDGE),
            Automation("c", AtField("day"), NUDGE),
        )
        assert [verdict(made, at(1), name).verdict for name in "abc"] == ["awaits_event"] * 3
        made.write(at(1), ANA)
        assert verdict(made, at(2), "a").verdict == "fired"

    def test_not_enabled_and_never(self) -> None:
        made = desk(
            Automation("a", After(Elapsed(hours=1), Created()), NUDGE, is_enabled=False),
            Automation("b", After(Elapsed(days=36_525), Created()), NUDGE),
        )
        assert [verdict(made, at(1), name).verdict for name in "ab"] == ["not_enabled", "waiting"]
        late = Desk(made.rules)
        late.open(utc(9950, 1, 5, 9))
        assert verdict(late, utc(9950, 1, 5, 10), "b").verdict == "never", "the instant is after the year 9999"

    def test_halted(self) -> None:
        """Two rules that undo each other go in a circle and are halted."""
        made = desk(
            Automation("a", OnEnter(StateIs("busy")), (Move("stop"),)),
            Automation("b", OnEnter(StateIs("open")), (Move("start"),)),
        )
        assert {verdict(made, at(1), name).verdict for name in "ab"} == {"halted"}

    def test_the_implied_rules_of_a_snooze_are_explained(self) -> None:
        made = Desk(posponer())
        made.open(NINE)
        made.give(commands.Snooze(until=at(9), at=NINE, by=ANA))
        found = verdict(made, at(1), "snooze.wake")
        assert (found.verdict, found.at) == ("waiting", at(9))
        clearing = Desk(posponer(snoozing=Snoozing(on_message="clear")))
        clearing.open(NINE)
        assert verdict(clearing, NINE, "snooze.clear").verdict == "not_applicable"

    def test_it_agrees_with_evaluate(self) -> None:
        made = Desk(senior())
        made.open(sp(2026, 11, 18, 9), nature="incident")
        made.move(sp(2026, 11, 19, 15), "ask_for_information")
        for day in range(19, 31):
            now = sp(2026, 11, day, 16)
            due = {each.rule for each in evaluate(now, made.ticket, made.rules)}
            assert {each.rule for each in explain(now, made.ticket, made.rules) if each.verdict == "due"} == due

    def test_a_naive_instant_is_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="now is"):
            explain(datetime(2026, 11, 23), desk().ticket, desk().rules)  # noqa: DTZ001 -- the point

    def test_the_last_rung_is_explained_and_not_the_reminder_that_gave_way(self) -> None:
        """A reminder gives way to the last rung, which is dropped. The verdict is that of the last rung."""
        rungs = (Rung(Elapsed(hours=2), *NUDGE), Rung(Elapsed(hours=2), Move("stop")))
        made = desk(Ladder("a", Created(), StateIs("open"), rungs, ended_by=None))
        made.advance(at(2))
        before = replay(list(made.ticket.history)[:-1])
        (found,) = explain(at(1), before, made.rules)
        assert found.verdict == "waiting"
        words = [Wording(made.rules, UTC_WALL).entry(entry)[0] for entry in made.ticket.history if entry.is_automatic]
        (told,) = explain(at(3), made.ticket, made.rules)
        assert (told.verdict, len(told.gave_way)) == ("dropped", 1)
        assert words == ["superseded by a later one", "dropped (move by stop: it does not lead from 'open')"]

    def test_a_rule_that_ended_its_own_condition_has_fired(self) -> None:
        made = desk(Automation("a", After(Elapsed(hours=2), Created()), (Move("start"),), given=StateIs("open")))
        made.advance(at(2))
        assert (verdict(made, at(3)).verdict, verdict(made, at(3)).at) == ("fired", at(2))
        made.give(commands.Move("stop", at=at(4), by=ANA))
        again = verdict(made, at(4))
        assert (again.verdict, again.at) == ("due", at(4)), "armed again after its two hours had passed"

    def test_a_rule_that_waits_for_the_instant_of_a_field_is_due_and_then_fired(self) -> None:
        made = desk(Automation("a", AtField("day"), NUDGE))
        made.give(commands.SetFields({"day": at(2)}, at=NINE, by=ANA))
        said = Wording(made.rules, UTC_WALL).explanation(verdict(made, at(2)))
        assert said == (
            "a: due since Mon 2026-11-23 11:00:00 +0000: send nudge to the customer, "
            "the moment of day on Mon 2026-11-23 11:00:00 +0000"
        )
        made.advance(at(3))
        assert verdict(made, at(3)).verdict == "fired"
        assert str(verdict(made, at(3)).reason) == "the moment of day (2026-11-23T11:00:00+00:00)"


class TestWords:
    def test_six_business_days_in_words(self) -> None:
        """Thu 19 Nov 15:00 and six business days, with Friday 20 a holiday: Mon 30 Nov 15:00."""
        made = Desk(senior())
        made.open(sp(2026, 11, 18, 9), nature="incident")
        made.move(sp(2026, 11, 19, 15), "ask_for_information")
        made.advance(sp(2026, 11, 24))
        made.give(commands.Assign("bea", at=sp(2026, 11, 24), by=BOSS))
        found = verdict(made, sp(2026, 11, 24), "close-unanswered-request")
        english = Wording(made.rules, SAO_PAULO).explanation(found)
        assert english.startswith("close-unanswered-request: waits until Mon 2026-11-30 15:00:00 -0300: ")
        assert (
            "6 business days after entering the state on Thu 2026-11-19 15:00:00 -0300, counting Mon 11-23, " in english
        )
        assert "Fri 11-27, Mon 11-30, skipping Fri 11-20 (" in english
        assert english.endswith("; unless the customer writes")
        spanish = Wording(made.rules, SAO_PAULO, "es").explanation(found)
        assert "espera hasta el lun 2026-11-30 15:00:00 -0300: fijar calificación en" in spanish
        assert "6 días hábiles tras la entrada en el estado" in spanish
        assert "contando lun 11-23" in spanish

    def test_business_days_without_a_holiday_in_words(self) -> None:
        made = desk(Automation("a", After(BusinessDays(1), Created()), NUDGE))
        said = Wording(made.rules, UTC_WALL).explanation(verdict(made, NINE))
        assert said.endswith(
            "1 business day after opening the ticket on Mon 2026-11-23 09:00:00 +0000, counting Tue 11-24"
        )

    def test_the_days_of_a_long_span_are_not_all_listed(self) -> None:
        """From Mon 23 Nov 2026 on, 31 business days end on Tue 5 Jan 2027."""
        made = desk(Automation("a", After(BusinessDays(36_000), Created()), NUDGE))
        said = Wording(made.rules, UTC_WALL).explanation(verdict(made, NINE))
        _, _, days = said.partition(", counting ")
        assert days.startswith("Tue 11-24, Wed 11-25, ")
        assert days.split(", ")[30:32] == ["Tue 01-05", "…"]
        assert len(days.split(", ")) == 33

    def test_a_span_is_followed_for_a_hundred_years(self) -> None:
        def said(year: int) -> str:
            days = {date(2026, 11, 23): "09:00-18:00", date(year, 1, 5): "09:00-18:00"}
            rules = desk(Automation("a", After(BusinessDays(1), Created()), NUDGE)).rules
            made = Desk(attrs.evolve(rules, calendars=BusinessCalendar("UTC", "", overrides=days)))
            made.open(NINE)
            return Wording(made.rules, UTC_WALL).explanation(verdict(made, NINE)).partition(", counting ")[2]

        assert [said(2100), said(2150)] == ["Tue 01-05", "…, Mon 01-05"]

    def test_the_holidays_of_a_long_span_are_not_all_listed(self) -> None:
        """Each of the first 40 Mondays is a holiday; the office opens on Mondays only."""
        shut = {NINE.date() + timedelta(weeks=number): f"no {number}" for number in range(1, 41)}
        mondays = BusinessCalendar("UTC", "mon 09:00-18:00", holidays=shut)
        rules = desk(Automation("a", After(BusinessDays(1), Created()), NUDGE)).rules
        made = Desk(attrs.evolve(rules, calendars=mondays))
        made.open(NINE)
        said = Wording(made.rules, UTC_WALL).explanation(verdict(made, NINE))
        days, _, skipped = said.partition(", counting ")[2].partition(", skipping ")
        assert days == "…, Mon 09-06"
        assert skipped.endswith("Mon 07-05 (no 32)")

    @pytest.mark.parametrize(
        ("rule", "english", "spanish"),
        [
            (Automation("a", OnMessage("agent"), NUDGE), "a: waits for its event", "a: espera su evento"),
            (
                Automation("a", OnMessage("agent"), NUDGE, given=StateIs("busy")),
                "a: does not apply; not true: the state is busy",
                "a: no se aplica; no se cumple: el estado es busy",
            ),
            (
                Automation("a", After(Elapsed(hours=1), LastMessage("customer")), (Move("stop"),)),
                "a: dropped on Mon 2026-11-23 10:00:00 +0000: move by stop: it does not lead from 'open'",
                "a: descartada el lun 2026-11-23 10:00:00 +0000: move by stop: it does not lead from 'open'",
            ),
        ],
    )
    def test_verdicts_in_both_languages(self, rule: Automation, english: str, spanish: str) -> None:
        made = desk(rule)
        made.advance(at(3))
        found, zone = verdict(made, at(3)), OFFICE.zone
        assert zone == "UTC"
        words = [Wording(made.rules, UTC_WALL, language).explanation(found) for language in ("en", "es")]
        assert words == [english, spanish]

    def test_an_ended_rule_names_the_entry_that_ended_it(self) -> None:
        rungs = (Rung(Elapsed(hours=5), *NUDGE),)
        made = desk(Ladder("a", Created(), StateIs("open"), rungs, ended_by=LastMessage("customer")))
        made.give(commands.AddMessage(Message("late"), at=at(1), by=CUSTOMER))
        said = Wording(made.rules, UTC_WALL).explanation(verdict(made, at(2)))
        assert said == "a: ended on Mon 2026-11-23 10:00:00 +0000 by customer bruno: message late"
