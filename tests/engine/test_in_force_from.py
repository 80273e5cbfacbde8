"""Rules that are in force from an instant on: what is due before it does not exist (3.17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, mails, utc
from tests.support.small_rule_set import WEEKDAYS, WORKFLOW, small
from ticketflow import (
    After,
    AtField,
    AtOpening,
    Automation,
    BusinessCalendar,
    CalendarSpan,
    Created,
    Elapsed,
    EveryWeek,
    Field,
    Ladder,
    LastMessage,
    On,
    OnMessage,
    Policy,
    Rules,
    Rung,
    Snoozing,
    StateIs,
    Target,
    Wording,
    commands,
    evaluate,
    explain,
    next_due,
    sla,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.rules.automations import Rule
from ticketflow.service.explanations import Explanation
from ticketflow.tickets.events import ByRule, TargetBreached, Woke
from ticketflow.workflow.conditions import ALWAYS

TEN = utc(2026, 11, 23, 10)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE = TEN + 10 * DAY  # Thursday, 3 December, at ten


def say(template: str) -> SendMessage:
    return SendMessage(template)


def stairs(**options: object) -> Ladder:
    """Reminders a day, five days and twelve days after the opening; then the closing after twenty."""
    reminders = (Rung(Elapsed(days=days), say(f"day-{days}")) for days in (1, 5, 12))
    last = Rung(Elapsed(days=20), Move("archive"))
    return Ladder("stairs", Created(), ALWAYS, (*reminders, last), **options)  # type: ignore[arg-type]


def opened(*rules: Rule, at: datetime = TEN, **options: object) -> Desk:
    made = Desk(small(*rules, **options))
    made.open(at)
    return made


class TestLadders:
    def test_rungs_before_the_instant_do_not_exist(self) -> None:
        made = opened(stairs(in_force_from=LIVE))
        assert next_due(made.ticket, made.rules) == TEN + 12 * DAY
        made.advance(TEN + 30 * DAY)
        assert mails(made.ticket) == [(TEN + 12 * DAY, "day-12")]
        assert (made.ticket.state, made.ticket.changed_at) == ("closed", TEN + 20 * DAY)
        numbers = [each.cause.key.occurrence for each in made.ticket.history if isinstance(each.cause, ByRule)]
        assert numbers == [2, 3], "rungs keep their numbers"

    def test_without_reminders_there_is_no_last_rung(self) -> None:
        made = opened(stairs(in_force_from=TEN + 12 * DAY + HOUR))
        assert next_due(made.ticket, made.rules) is None

    def test_a_reminder_at_the_very_instant_exists(self) -> None:
        made = opened(stairs(in_force_from=TEN + 12 * DAY))
        made.advance(TEN + 30 * DAY)
        assert mails(made.ticket) == [(TEN + 12 * DAY, "day-12")]
        assert made.ticket.state == "closed"

    def test_a_reminder_in_the_history_keeps_the_last_rung(self) -> None:
        made = opened(stairs())
        made.advance(TEN + 2 * DAY)
        made.rules = small(stairs(in_force_from=TEN + 15 * DAY))
        made.advance(TEN + 30 * DAY)
        assert mails(made.ticket) == [(TEN + DAY, "day-1")]
        assert (made.ticket.state, made.ticket.changed_at) == ("closed", TEN + 20 * DAY)

    def test_a_ladder_without_reminders_keeps_its_only_rung(self) -> None:
        only = Ladder("only", Created(), ALWAYS, (Rung(Elapsed(days=20), Move("archive")),), in_force_from=LIVE)
        late = attrs.evolve(only, in_force_from=TEN + 20 * DAY + timedelta(microseconds=1))
        assert next_due(opened(only).ticket, small(only)) == TEN + 20 * DAY
        assert next_due(opened(late).ticket, small(late)) is None

    def test_an_episode_that_is_armed_late_is_due_at_the_arming(self) -> None:
        """It waits from day 11 on. Of the reminders of days 1 and 5 the last is due at the arming, when in force."""
        waiting = attrs.evolve(stairs(in_force_from=LIVE), given=StateIs("pending"))
        made = opened(waiting)
        made.move(TEN + 11 * DAY, "wait")
        made.advance(TEN + 13 * DAY)
        assert mails(made.ticket) == [(TEN + 11 * DAY, "day-5"), (TEN + 12 * DAY, "day-12")]

    def test_an_episode_that_is_armed_too_early_counts_from_its_anchor(self) -> None:
        waiting = attrs.evolve(stairs(in_force_from=LIVE), given=StateIs("pending"))
        made = opened(waiting)
        made.move(TEN + 9 * DAY, "wait")
        made.advance(TEN + 13 * DAY)
        assert mails(made.ticket) == [(TEN + 12 * DAY, "day-12")]

    def test_what_a_gate_delays_beyond_the_instant_does_not_exist(self) -> None:
        """The second reminder is due on Saturday, a gate would hold it until Monday, and Sunday is the instant."""
        made = opened(stairs(in_force_from=TEN + 6 * DAY, gate="default"))
        made.advance(TEN + 8 * DAY)
        assert mails(made.ticket) == []


class TestOtherTimers:
    def test_repetitions_count_from_the_anchor(self) -> None:
        daily = After(Elapsed(days=1), Created(), every=Elapsed(days=3), at_most=5)
        made = opened(Automation("again", daily, (say("x"),), in_force_from=LIVE))
        assert next_due(made.ticket, made.rules) == LIVE  # the fourth: days 1, 4, 7 and 10
        made.advance(TEN + 30 * DAY)
        assert mails(made.ticket) == [(TEN + days * DAY, "x") for days in (10, 13)]

    def test_new_repetitions_do_not_supersede_earlier_ones(self) -> None:
        """The last entry is of day 12. Of days 10, 11 and 12 the last one acts; the nine before never existed."""
        made = opened()
        made.write(TEN + 12 * DAY, ANA)
        daily = After(Elapsed(days=1), Created(), every=Elapsed(days=1))
        plan = evaluate(TEN + 12 * DAY, made.ticket, small(Automation("d", daily, (say("x"),), in_force_from=LIVE)))
        assert [(str(each.entry.events[0]), each.key.occurrence) for each in plan] == [
            ("Superseded(count=2)", 10),
            ("MessageRequested(template='x', to='customer', recipient='bruno')", 11),
        ]

    def test_recurrences_and_openings_begin_at_the_first_occasion(self) -> None:
        at_nine, weekly = AtOpening(), On(EveryWeek("thursday", "10:00"))
        named: dict[str, AtOpening | On] = {"opening": at_nine, "weekly": weekly}
        made = opened(*(Automation(name, when, (say(name),), in_force_from=LIVE) for name, when in named.items()))
        made.advance(LIVE + DAY)
        assert mails(made.ticket) == [(LIVE, "weekly"), (LIVE + 23 * HOUR, "opening")]
        assert [each.cause.key.occurrence for each in made.ticket.history if isinstance(each.cause, ByRule)] == [0, 0]

    def test_a_recurrence_goes_on_after_the_instant(self) -> None:
        daily = Automation("r", On(EveryWeek("mon-sun", "10:00")), (say("x"),))
        made = opened(daily, at=TEN - HOUR)
        made.advance(TEN + DAY)
        made.rules = small(attrs.evolve(daily, in_force_from=LIVE))
        made.advance(LIVE + DAY)
        assert mails(made.ticket) == [(TEN + days * DAY, "x") for days in (0, 1, 10, 11)]

    @pytest.mark.parametrize(("day", "due"), [(TEN + DAY, LIVE), (LIVE, LIVE), (LIVE + DAY, LIVE + DAY)])
    def test_an_instant_of_the_ticket_before_is_due_at_it(self, day: datetime, due: datetime) -> None:
        workflow = attrs.evolve(WORKFLOW, fields=(*WORKFLOW.fields, Field("day", kind="moment")))
        rule = Automation("r", AtField("day"), (say("x"),), in_force_from=LIVE)
        made = Desk(Rules("small", workflow, WEEKDAYS, (rule,)))
        made.open(TEN)
        made.give(commands.SetFields({"day": day}, at=TEN, by=ANA))
        made.advance(LIVE + 9 * DAY)
        assert mails(made.ticket) == [(due, "x")]

    def test_what_is_too_early_is_not_unknown(self) -> None:
        """The gate's holidays are unknown after 2026. The rule is in force from 2027, so nothing waits for them."""
        gate = BusinessCalendar("UTC", "mon 09:00-10:00", PublicHolidays("XX", FrozenMap({}), 2000, 2026))
        ladder = Ladder("l", Created(), ALWAYS, (Rung(CalendarSpan(days=3), say("x")),), gate="gate")
        for in_force_from, unknown in ((None, utc(2027, 1, 1)), (utc(2027, 1, 1), None)):
            rule = attrs.evolve(ladder, in_force_from=in_force_from)
            rules = Rules("small", WORKFLOW, {"default": WEEKDAYS, "gate": gate}, (rule,))
            made = Desk(rules)
            made.open(utc(2026, 12, 28, 11))  # Monday; three days later the gate's next opening is in 2027
            assert evaluate(utc(2027, 6, 1), made.ticket, rules).unknown_from == unknown


class TestReactions:
    def test_an_entry_before_the_instant_sets_nothing_off(self) -> None:
        made = opened(Automation("r", OnMessage("customer"), (say("x"),), in_force_from=LIVE))
        made.write(LIVE - timedelta(microseconds=1), CUSTOMER)
        made.write(LIVE, CUSTOMER)
        assert mails(made.ticket) == [(LIVE, "x")]


class TestImpliedRules:
    def test_breaches_and_ends_of_snoozes_are_recorded_before_the_instant(self) -> None:
        clocks = (Policy("answer", sla.first_response(), (Target(Elapsed(hours=1)),)),)
        made = Desk(Rules("small", WORKFLOW, WEEKDAYS, (), Snoozing(), clocks, in_force_from=LIVE))
        made.open(TEN)
        made.give(commands.Snooze(until=TEN + 2 * HOUR, at=TEN, by=ANA))
        made.advance(TEN + DAY)
        found = {type(event): entry.at for entry in made.ticket.history for event in entry.events}
        assert found[TargetBreached] == TEN + HOUR + timedelta(microseconds=1)
        assert found[Woke] == TEN + 2 * HOUR


class TestTheLaterOfBoth:
    @pytest.mark.parametrize(("of_set", "of_rule"), [(LIVE, None), (None, LIVE), (LIVE, TEN), (TEN, LIVE)])
    def test_the_later_instant_counts(self, of_set: datetime | None, of_rule: datetime | None) -> None:
        rules = small(stairs(in_force_from=of_rule), in_force_from=of_set)
        made = Desk(rules)
        made.open(TEN)
        assert next_due(made.ticket, rules) == TEN + 12 * DAY


class TestValues:
    def test_instants_are_kept_in_utc(self) -> None:
        madrid = datetime(2026, 12, 3, 11, tzinfo=ZoneInfo("Europe/Madrid"))
        assert stairs(in_force_from=madrid) == stairs(in_force_from=LIVE)
        assert small(in_force_from=madrid).digest == small(in_force_from=LIVE).digest

    def test_it_is_part_of_the_meaning(self) -> None:
        digests = {small(stairs()).digest, small(stairs(in_force_from=LIVE)).digest}
        assert len(digests | {small(stairs(), in_force_from=LIVE).digest}) == 3

    def test_naive_instants_and_other_values_are_refused(self) -> None:
        naive = LIVE.replace(tzinfo=None)
        with pytest.raises(NaiveDatetimeError, match="in_force_from"):
            stairs(in_force_from=naive)
        with pytest.raises(NaiveDatetimeError, match="in_force_from"):
            small(in_force_from=naive)
        with pytest.raises(BadValueError, match="in_force_from is '2026', not a datetime; give an aware datetime"):
            small(in_force_from="2026")


class TestExplain:
    def verdict(self, made: Desk, at: datetime, *rules: Rule) -> Explanation:
        (found,) = explain(at, made.ticket, small(*rules))
        return found

    def test_a_ladder_whose_rungs_are_too_early(self) -> None:
        rule = stairs(in_force_from=TEN + 13 * DAY)
        found = self.verdict(opened(), TEN + DAY, rule)
        assert (found.verdict, found.at) == ("not_in_force", TEN + 13 * DAY)
        said = [Wording(small(rule), language=language).explanation(found) for language in ("en", "es", "pt")]
        assert said == [
            "stairs: in force from Sun 2026-12-06 10:00:00 +0000; what is due before that does not happen",
            "stairs: rige desde el dom 2026-12-06 10:00:00 +0000; no ocurre lo que correspondía antes",
            "stairs: em vigor desde dom 2026-12-06 10:00:00 +0000; o que estava previsto antes não acontece",
        ]

    def test_a_rule_with_an_occurrence_ahead_waits_for_it(self) -> None:
        found = self.verdict(opened(), TEN + DAY, stairs(in_force_from=LIVE))
        assert (found.verdict, found.at) == ("waiting", TEN + 12 * DAY)

    def test_what_has_acted_has_fired(self) -> None:
        rule = Automation("r", After(Elapsed(days=1), Created()), (say("x"),))
        made = opened(rule)
        made.advance(TEN + DAY)
        assert self.verdict(made, TEN + 2 * DAY, attrs.evolve(rule, in_force_from=LIVE)).verdict == "fired"

    def test_a_rule_that_would_never_act_never_acts(self) -> None:
        rule = Automation("r", After(CalendarSpan(months=1200), Created()), (say("x"),), in_force_from=LIVE)
        made = opened(at=utc(9950, 1, 5, 10))
        assert self.verdict(made, utc(9950, 1, 6), rule).verdict == "never"

    def test_a_reaction_is_in_force_from_the_instant_on(self) -> None:
        rule = Automation("r", OnMessage("agent"), (say("x"),), in_force_from=LIVE)
        early, later = (self.verdict(opened(), at, rule) for at in (LIVE - HOUR, LIVE))
        assert (early.verdict, early.at) == ("not_in_force", LIVE)
        assert later.verdict == "awaits_event"

    def test_a_ladder_that_waits_for_another_message_does_not_apply(self) -> None:
        rule = Ladder("l", LastMessage("agent"), ALWAYS, (Rung(Elapsed(days=1), say("x")),), in_force_from=LIVE)
        assert self.verdict(opened(), TEN + DAY, rule).verdict == "awaits_event"
