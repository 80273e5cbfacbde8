"""Rules, clocks and snoozes take their calendar from a field of the ticket. Instants are worked by hand; all are UTC.

Monday is 23 November 2026. Dubai is open from 05:00 to 14:00, Santiago from 12:00 to 21:00, the default from 09:00 to
18:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, mails, utc
from ticketflow import (
    After,
    AtOpening,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarOf,
    Created,
    Elapsed,
    Field,
    InDays,
    Ladder,
    On,
    OnMessage,
    Policy,
    Reading,
    Rules,
    Rung,
    Snoozing,
    State,
    Target,
    Transition,
    Workflow,
    WorkingTime,
    check,
    commands,
    documents,
    explain,
    next_due,
)
from ticketflow.analysis.explore.relevance import relevance_of
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.engine.lookahead import unknown_from
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import AtClosing, During
from ticketflow.sla.measures import resolution
from ticketflow.sla.reading import read
from ticketflow.sla.trace import trace
from ticketflow.text.sentences import Wording
from ticketflow.tickets.events import ByRule, Dropped, Superseded
from ticketflow.workflow.conditions import ALWAYS
from ticketflow.workflow.definition import Opening

WEEK = "mon-fri 09:00-18:00"
CALENDARS = {
    "default": BusinessCalendar("UTC", WEEK),
    "dubai": BusinessCalendar("Asia/Dubai", WEEK),
    "chile": BusinessCalendar("America/Santiago", WEEK),
}
SITE = CalendarOf("site", {"dubai": "dubai", "santiago": "chile"}, otherwise="default")
SAID = (SendMessage("said"),)


def mon(hour: int, minute: int = 0) -> datetime:
    return utc(2026, 11, 23, hour, minute)


def desk(*rules: Rule, **more: object) -> Rules:
    workflow = Workflow(
        states=(State("open"), State("closed", "closed")),
        transitions=(Transition("close", ("open",), "closed", may=("agent",)),),
        openings=(Opening("open", {"agent", "customer"}, takes=("site",)),),
        fields=(Field("site", ("dubai", "santiago", "lima")), Field("note"), Field("count", kind="number")),
    )
    return Rules("offices", workflow, CALENDARS, rules, **more)  # type: ignore[arg-type]


def opened(site: str | None, *rules: Rule) -> Desk:
    found = Desk(desk(*rules))
    found.open(mon(10), site=site)
    return found


def put(found: Desk, site: str | None, at: datetime) -> None:
    found.give(commands.SetFields({"site": site}, at=at, by=ANA))


def timer(**more: object) -> Automation:
    when = After(WorkingTime(hours=2), Created())
    return Automation("said", when, SAID, calendar=SITE, **more)  # type: ignore[arg-type]


class TestSpans:
    @pytest.mark.parametrize(("site", "hour"), [("dubai", 12), ("santiago", 14), ("lima", 12), (None, 12)])
    def test_a_rule_counts_on_the_calendar_of_the_field(self, site: str | None, hour: int) -> None:
        found = opened(site, timer())
        assert next_due(found.ticket, found.rules) == mon(hour)

    def test_a_change_counts_the_whole_span_anew_from_the_anchor(self) -> None:
        """Dubai: from 10:00 to 12:00. Had the hour in Dubai been kept, Santiago would say 13:00."""
        found = opened("dubai", timer())
        put(found, "santiago", mon(11))
        assert next_due(found.ticket, found.rules) == mon(14)

    def test_what_the_change_makes_past_takes_effect_at_the_change(self) -> None:
        found = opened("santiago", timer())
        put(found, "dubai", mon(13))
        assert next_due(found.ticket, found.rules) == mon(13)
        found.advance(mon(20))
        last = found.ticket.history.last
        assert isinstance(last.cause, ByRule)
        assert (last.at, last.cause.due_at) == (mon(13), mon(12))

    def test_what_was_done_stays_done(self) -> None:
        found = opened("dubai", timer())
        put(found, "santiago", mon(12, 30))
        found.advance(mon(20))
        assert mails(found.ticket) == [(mon(12), "said")]

    def test_rungs_that_become_past_together_leave_the_last_reminder_and_its_notice(self) -> None:
        """In Dubai: 11:00, 12:00, and the closing at 13:00. At 12:15 the second is given; an hour later it closes."""
        rungs = (Rung(WorkingTime(hours=1), SendMessage("one")), Rung(WorkingTime(hours=2), SendMessage("two")))
        last = Rung(WorkingTime(hours=3), Move("close"))
        found = opened("santiago", Ladder("stairs", Created(), ALWAYS, (*rungs, last), calendar=SITE))
        put(found, "dubai", mon(12, 15))
        found.advance(mon(20))
        first = found.ticket.history[2]
        assert isinstance(first.events[0], Superseded)
        assert mails(found.ticket) == [(mon(12, 15), "two")]
        assert (found.ticket.category, found.ticket.changed_at) == ("closed", mon(13, 15))

    def test_business_days_are_those_of_the_site(self) -> None:
        rule = Automation("said", After(BusinessDays(1), Created()), SAID, calendar=SITE)
        found = opened("santiago", rule)
        assert next_due(found.ticket, found.rules) == utc(2026, 11, 24, 12)
        said = Wording(found.rules).explanation(explain(mon(11), found.ticket, found.rules)[0])
        assert "counting Tue 11-24" in said

    def test_an_explanation_that_lacks_the_calendar_counts_no_days(self) -> None:
        rule = Automation("said", After(BusinessDays(1), Created()), SAID, calendar=SITE)
        found = opened("santiago", rule)
        (explained,) = explain(mon(11), found.ticket, found.rules)
        assert "counting" not in Wording(found.rules).explanation(attrs.evolve(explained, calendar=None))

    def test_repetitions_keep_their_numbers(self) -> None:
        when = After(WorkingTime(hours=1), Created(), every=WorkingTime(hours=1), at_most=3)
        found = opened("dubai", Automation("said", when, SAID, calendar=SITE))
        put(found, "santiago", mon(11, 30))
        found.advance(utc(2026, 11, 25))
        assert mails(found.ticket) == [(mon(11), "said"), (mon(14), "said"), (mon(15), "said")]


class TestMoments:
    def test_a_recurrence_reads_the_local_time_of_the_site(self) -> None:
        rule = Automation("said", On(EveryWeek("mon-fri", "10:00")), SAID, calendar=SITE)
        found = opened("santiago", rule)
        assert next_due(found.ticket, found.rules) == mon(13)
        put(found, None, mon(11))
        assert next_due(found.ticket, found.rules) == mon(11), "10:00 UTC is past, and dropped at the change"
        found.advance(mon(12))
        assert found.ticket.history.last.events == (Dropped("it was past"),)

    @pytest.mark.parametrize(("when", "hour"), [(AtOpening(SITE), 12), (AtClosing(SITE), 21)])
    def test_the_site_opens_and_closes(self, when: AtOpening | AtClosing, hour: int) -> None:
        found = opened("santiago", Automation("said", when, SAID))
        assert next_due(found.ticket, found.rules) == mon(hour)


class TestGates:
    def test_the_gate_is_that_of_the_site(self) -> None:
        rule = Automation("said", After(Elapsed(hours=1), Created()), SAID, gate=SITE)
        found = opened("santiago", rule)
        assert next_due(found.ticket, found.rules) == mon(12)
        (explained,) = explain(mon(10), found.ticket, found.rules)
        assert (explained.calendar, explained.gate) == (None, "chile")
        said = Wording(found.rules).explanation(explained)
        assert "chile is closed" in said

    def test_a_gate_that_the_change_opens_lets_the_rule_act_at_the_change(self) -> None:
        found = opened("santiago", Automation("said", After(Elapsed(hours=1), Created()), SAID, gate=SITE))
        put(found, "dubai", mon(11, 30))
        found.advance(mon(20))
        assert mails(found.ticket) == [(mon(11, 30), "said")]

    def test_a_rule_that_drops_names_the_gate_in_force(self) -> None:
        rule = Automation("said", After(Elapsed(hours=1), Created()), SAID, gate=SITE, on_mask="drop")
        found = opened("santiago", rule)
        found.advance(mon(20))
        assert found.ticket.history.last.events == (Dropped("chile was shut"),)

    def test_a_reaction_needs_the_gate_of_the_site(self) -> None:
        found = opened("santiago", Automation("said", OnMessage("agent"), SAID, gate=SITE))
        found.write(mon(11), ANA)
        assert found.ticket.history.last.events == (Dropped("chile was shut"),)
        put(found, "dubai", mon(11, 10))
        found.write(mon(11, 20), ANA)
        assert mails(found.ticket) == [(mon(11, 20), "said")]

    def test_hours_of_events_are_those_of_the_site(self) -> None:
        found = opened("dubai", Automation("said", OnMessage("customer"), SAID, during=During(SITE)))
        put(found, "santiago", mon(11))
        found.write(mon(11, 30), CUSTOMER)
        found.write(mon(12), CUSTOMER)
        assert mails(found.ticket) == [(mon(10), "said"), (mon(12), "said")]


def promised(found: Desk) -> Reading:
    return read(found.ticket.changed_at, found.ticket, found.rules.clock("solve"))


def clocked(site: str | None, **more: object) -> Desk:
    target = Target(WorkingTime(hours=4), **more)  # type: ignore[arg-type]
    found = Desk(desk(clocks=(Policy("solve", resolution(), (target,), calendar=SITE),)))
    found.open(mon(10), site=site)
    return found


class TestClocks:
    def test_each_stretch_counts_on_the_calendar_then_in_force(self) -> None:
        """Two hours in Dubai until 12:00, and two in Santiago, which opens then."""
        found = clocked("dubai")
        assert promised(found).due_at == mon(14)
        put(found, "santiago", mon(12))
        reading = promised(found)
        assert (reading.elapsed, reading.due_at) == (timedelta(hours=2), mon(14))
        put(found, "dubai", mon(13, 30))  # with half an hour left, until Dubai closes
        assert (promised(found).elapsed, promised(found).due_at) == (timedelta(hours=3, minutes=30), mon(14))

    def test_a_change_to_a_closed_site_waits_for_its_opening(self) -> None:
        found = clocked("dubai")
        put(found, "santiago", mon(11))
        reading = promised(found)
        assert (reading.state, reading.due_at) == ("paused", mon(15))
        parts = trace(mon(13), found.ticket, found.rules.clock("solve"))
        assert [(part.kind, part.end) for part in parts] == [
            ("counted", mon(11)),
            ("closed", mon(12)),
            ("counted", mon(13)),
        ]

    def test_a_target_can_have_its_own_table(self) -> None:
        found = clocked("dubai", calendar=CalendarOf("site", {"dubai": "chile"}))
        assert promised(found).due_at == mon(16)

    def test_extra_time_goes_by_the_site_at_the_start(self) -> None:
        """Santiago is closed at 10:00, so five hours are allowed: 12:00 to 17:00."""
        found = clocked("santiago", extra=WorkingTime(hours=1))
        assert promised(found).due_at == mon(17)

    def test_a_wrong_table_of_a_clock_is_refused(self) -> None:
        wrong = CalendarOf("site", {"dubay": "dubai"})
        targets = (Target(WorkingTime(hours=1), calendar=wrong),)
        with pytest.raises(DefinitionError) as error:
            desk(clocks=(Policy("solve", resolution(), targets, calendar=wrong),))
        problem = "no value of site 'dubay'; did you mean 'dubai'?"
        place = "rules 'offices', clocks[0] 'solve'"
        assert [str(each) for each in error.value.problems] == [
            f"{place}.calendar: {problem}",
            f"{place}.targets[0].calendar: {problem}",
        ]


class TestSnoozes:
    def test_a_snooze_keeps_the_moment_computed_when_it_was_given(self) -> None:
        choice = InDays("tomorrow", 1, "09:00")
        found = Desk(desk(snoozing=Snoozing((choice,), calendar=SITE)))
        found.open(mon(10), site="santiago")
        found.give(commands.Snooze(choice="tomorrow", at=mon(11), by=ANA))
        put(found, "dubai", mon(12))
        assert found.ticket.snooze is not None
        assert found.ticket.snooze.until == utc(2026, 11, 24, 12)
        found.give(commands.Snooze(choice="tomorrow", at=mon(12), by=ANA))
        assert found.ticket.snooze.until == utc(2026, 11, 24, 5)

    def test_a_wrong_table_of_the_snoozes_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="no field 'sitte'; did you mean 'site'") as error:
            desk(snoozing=Snoozing(calendar=CalendarOf("sitte", {"dubai": "dubai"})))
        assert error.value.problems[0].place == "rules 'offices'.snoozing.calendar"


class TestUnknownHolidays:
    def test_the_calendars_of_the_table_say_until_when_all_is_known(self) -> None:
        spain = BusinessCalendar("Europe/Madrid", WEEK, public_holidays=public_holidays("ES"))
        rules = desk(Automation("said", After(BusinessDays(9), Created()), SAID, calendar=SITE))
        known = attrs.evolve(rules, calendars={**CALENDARS, "chile": spain})
        found = Desk(known)
        found.open(utc(2100, 12, 24, 10), site="santiago")
        assert unknown_from(found.ticket, known) is not None
        put(found, "dubai", utc(2100, 12, 24, 11))
        assert unknown_from(found.ticket, known) is None


class TestDefinitions:
    @pytest.mark.parametrize(
        ("table", "problem"),
        [
            (CalendarOf("sitte", {"dubai": "dubai"}), "no field 'sitte'; did you mean 'site'?"),
            (CalendarOf("site", {"dubay": "dubai"}), "no value of site 'dubay'; did you mean 'dubai'?"),
            (CalendarOf("site", {"dubai": "dubay"}), "no calendar 'dubay'; did you mean 'dubai'?"),
            (CalendarOf("site", {"dubai": "dubai"}, "defualt"), "no calendar 'defualt'; did you mean 'default'?"),
            (CalendarOf("count", {"1": "dubai"}), "field 'count' cannot have '1'; there are: whole numbers"),
            (CalendarOf("site", {}), "the table has no rows; give at least one, or the name of a calendar"),
        ],
    )
    def test_a_wrong_table_is_refused_with_its_place(self, table: CalendarOf, problem: str) -> None:
        place = "rules 'offices', automations[0] 'said'"
        with pytest.raises(DefinitionError) as error:
            desk(Automation("said", After(WorkingTime(hours=1), Created()), SAID, gate=table))
        assert [str(each) for each in error.value.problems] == [f"{place}.gate: {problem}"]

    def test_a_field_of_free_text_can_choose(self) -> None:
        rules = desk(timer(gate=CalendarOf("note", {"Viña del Mar": "chile"})))
        assert documents.load(documents.write_toml(rules), written="toml").rules == rules

    def test_a_table_that_is_no_mapping_is_refused(self) -> None:
        with pytest.raises(BadValueError, match="calendars is 5; give a mapping from values of the field to calendars"):
            CalendarOf("site", 5)  # type: ignore[arg-type]

    def test_a_document_has_a_table_where_a_name_can_be(self) -> None:
        rules = desk(
            timer(gate=SITE),
            Automation("at", AtOpening(SITE), SAID),
            Automation("on", OnMessage("customer"), SAID, during=During(SITE)),
            clocks=(Policy("solve", resolution(), (Target(WorkingTime(hours=4), calendar=SITE),), calendar=SITE),),
            snoozing=Snoozing(calendar=SITE),
        )
        text = documents.write_toml(rules)
        assert 'field = "site"' in text
        assert documents.load(text, written="toml").rules == rules
        assert documents.load(text, written="toml").rules.digest == rules.digest != desk(timer()).digest

    @pytest.mark.parametrize(
        ("language", "text"),
        [("en", "the calendar of site"), ("es", "el calendario de site"), ("pt", "o calendário de site")],
    )
    def test_sentences_name_the_field(self, language: str, text: str) -> None:
        rules = desk(Automation("said", AtClosing(SITE), SAID))
        assert text in Wording(rules, language=language).timer(AtClosing(SITE))


class TestCheck:
    def test_rules_and_clocks_depend_on_the_field(self) -> None:
        policy = Policy("solve", resolution(), (Target(WorkingTime(hours=4)),), calendar=SITE)
        for rules in (desk(timer()), desk(clocks=(policy,))):
            found = relevance_of(rules)
            assert found.fields == {"site"}
            assert {each.values for each in found.questions_about("site")} == {("dubai",), ("santiago",)}

    def test_every_calendar_of_a_table_is_used(self) -> None:
        without, having = (
            {each.path for each in check(rules) if each.code == "unused_name"} for rules in (desk(), desk(timer()))
        )
        assert without - having == {("calendars", "dubai"), ("calendars", "chile")}
