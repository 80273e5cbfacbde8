"""Rules that come late or have rested: what was missed collapses as it does when a mask lifts (3.7, 3.16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, mails, utc
from tests.support.small_rule_set import WEEKDAYS, WORKFLOW, small
from ticketflow import (
    After,
    Agenda,
    AtField,
    AtOpening,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarOf,
    Created,
    During,
    Elapsed,
    EveryWeek,
    Field,
    Ladder,
    LastMessage,
    On,
    OnChange,
    OnMessage,
    Outside,
    Rules,
    Rung,
    StateIs,
    Ticket,
    advance,
    apply,
    commands,
    deliveries,
    evaluate,
    explain,
    handle,
    next_due,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.spans import plus_periods
from ticketflow.engine.handling import advance_before
from ticketflow.errors import BadValueError, DefinitionError, OutOfRangeError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import Move, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.text.sentences import Wording
from ticketflow.tickets.events import ByRule, Dropped, MessageRequested, Superseded
from ticketflow.workflow.conditions import ALWAYS

TEN = utc(2026, 11, 23, 10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNTIL_2026 = PublicHolidays("XX", FrozenMap({}), 2000, 2026)


def say(template: str) -> SendMessage:
    return SendMessage(template)


def later(days: int, *rules: Rule) -> Desk:
    """Return a ticket without rules until its last entry, so many days after Monday at ten; then come *rules*."""
    made = Desk(small())
    made.open(TEN)
    made.write(TEN + days * DAY, ANA)
    made.rules = small(*rules)
    return made


def done(made: Desk) -> list[tuple[datetime, object]]:
    """Return what rules did: an event each, and when."""
    return [
        (entry.at, event) for entry in made.ticket.history if isinstance(entry.cause, ByRule) for event in entry.events
    ]


class TestRulesThatComeLate:
    """3.7, 3.16."""

    def test_of_repetitions_that_were_missed_the_last_is_given(self) -> None:
        """Daily since Monday at ten: of 100 that were due by the last entry, 99 give way; then it goes on daily."""
        made = later(100, Automation("daily", After(Elapsed(days=1), Created(), every=Elapsed(days=1)), (say("d"),)))
        last = TEN + 100 * DAY
        made.advance(last + DAY)
        assert [event for _, event in done(made)][:1] == [Superseded(99)]
        assert mails(made.ticket) == [(last, "d"), (last + DAY, "d")]

    def test_what_comes_round_was_missed(self) -> None:
        """Mondays at nine, from the 30th on: three were missed by Tue 15 Dec, and are one record of what was past."""
        made = later(22, Automation("weekly", On(EveryWeek("monday", "09:00")), (say("w"),)))
        made.advance(utc(2026, 12, 21, 9))
        assert [event for _, event in done(made)][:2] == [Superseded(2), Dropped("it was past")]
        assert mails(made.ticket) == [(utc(2026, 12, 21, 9), "w")]

    def test_a_ladder_gives_the_latest_reminder_and_its_notice(self) -> None:
        """Rungs after 1, 2 and 4 days, all past: the second is given, and two days later the third."""
        rungs = (
            Rung(Elapsed(days=1), say("r1")),
            Rung(Elapsed(days=2), say("r2")),
            Rung(Elapsed(days=4), Move("archive")),
        )
        made = later(10, Ladder("l", Created(), StateIs("open"), rungs, ended_by=None))
        made.advance(TEN + 20 * DAY)
        assert mails(made.ticket) == [(TEN + 10 * DAY, "r2")]
        assert (made.ticket.state, made.ticket.changed_at) == ("closed", TEN + 12 * DAY)

    def test_the_same_before_and_after_the_reminder_was_given(self) -> None:
        rungs = (Rung(Elapsed(hours=2), say("r")), Rung(Elapsed(hours=13), Move("archive")))
        made = later(1, Ladder("l", Created(), StateIs("open"), rungs, ended_by=None))
        whole = advance(TEN + 9 * DAY, made.ticket, made.rules)
        made.advance(TEN + DAY)
        assert next_due(made.ticket, made.rules) == whole.changed_at == TEN + DAY + 11 * HOUR

    def test_what_masks_would_drop_is_given_once(self) -> None:
        again = After(Elapsed(days=1), Created(), every=Elapsed(days=1))
        made = later(5, Automation("daily", again, (say("d"),), on_mask="drop"))
        made.advance(TEN + 5 * DAY)
        assert mails(made.ticket) == [(TEN + 5 * DAY, "d")]

    def test_a_rule_that_drops_is_not_held_by_a_gate_that_is_shut_when_it_comes_late(self) -> None:
        """Due on Tuesday at ten, while the desk was open; its last entry is on Saturday, while it is shut."""
        once = After(Elapsed(days=1), Created())
        made = later(5, Automation("once", once, (say("o"),), on_mask="drop", gate="default"))
        made.advance(TEN + 20 * DAY)
        assert done(made) == [(TEN + 5 * DAY, Dropped("default was shut"))]

    def test_a_last_rung_that_drops_is_not_held_when_its_notice_ends_behind_a_gate(self) -> None:
        """The reminder comes late, on Monday at ten; its notice of 12 hours ends at 22:00, while the desk is shut."""
        rungs = (Rung(Elapsed(hours=1), say("r")), Rung(Elapsed(days=1), Move("archive")))
        ladder = Ladder("l", Created(), StateIs("open"), rungs, min_notice=Elapsed(hours=12))
        made = later(7, attrs.evolve(ladder, on_mask="drop", gate="default"))
        made.advance(TEN + 20 * DAY)
        assert mails(made.ticket) == [(TEN + 7 * DAY, "r")]
        assert done(made)[-1] == (TEN + 7 * DAY + 12 * HOUR, Dropped("default was shut"))
        of_site = later(7, attrs.evolve(ladder, on_mask="drop", gate=CalendarOf("priority", {"low": "default"})))
        of_site.advance(TEN + 20 * DAY)
        assert done(of_site)[-1] == done(made)[-1]  # with the name of the calendar that was shut

    def test_a_halt_is_over_like_a_mask(self) -> None:
        """Hourly; halted at the fourth change, and woken by a message two days later: one mail, not forty."""
        flip = Automation(
            "flip", After(Elapsed(hours=1), Created(), every=Elapsed(hours=2)), (SetField("note", "a"), say("a"))
        )
        flop = Automation(
            "flop", After(Elapsed(hours=2), Created(), every=Elapsed(hours=2)), (SetField("note", "b"), say("b"))
        )
        made = Desk(small(flip, flop, unattended_changes=4))
        made.open(TEN)
        made.advance(TEN + 2 * DAY)
        assert len(mails(made.ticket)) == 4
        halted = explain(TEN + 2 * DAY, made.ticket, made.rules)
        words = [Wording(made.rules, ZoneInfo("UTC"), "es").explanation(each) for each in halted]
        assert words[0] == "flip: detenida en un límite hasta el próximo evento externo"
        at = TEN + 2 * DAY + HOUR / 2
        made.write(at, CUSTOMER)
        made.advance(at)
        assert [template for when, template in mails(made.ticket) if when == at] == ["a", "b"]


class TestWhereHolidaysAreUnknown:
    """1.5: commands are taken, and what is due is answered as far as it is known."""

    CALENDARS = {  # noqa: RUF012 -- never changed
        "default": BusinessCalendar("UTC", "mon-sun 00:00-24:00"),
        "short": BusinessCalendar("UTC", "mon-fri 09:00-18:00", public_holidays=UNTIL_2026),
    }

    @pytest.mark.parametrize("more", [{"gate": "short"}, {"during": During("short")}])
    def test_reactions_do_not_stand_in_the_way(self, more: dict[str, Any]) -> None:
        rules = Rules("r", WORKFLOW, self.CALENDARS, (Automation("a", OnMessage("customer"), (say("x"),), **more),))
        made = Desk(rules)
        made.open(utc(2027, 3, 1))
        assert mails(made.ticket) == []
        assert [event for _, event in done(made)] == (
            [Dropped("nobody knows whether short was open")] if "gate" in more else []
        )

    def test_of_an_opening_it_is_said_from_when_on(self) -> None:
        made = Desk(Rules("r", WORKFLOW, self.CALENDARS, (Automation("a", AtOpening("short"), (say("x"),)),)))
        made.open(utc(2026, 12, 30))
        plan = evaluate(utc(2027, 3, 1), made.ticket, made.rules)
        assert [due.due_at for due in plan] == [utc(2026, 12, 30, 9), utc(2026, 12, 31, 9)]
        assert plan.unknown_from == utc(2027, 1, 1)


class TestStrangers:
    """Values of other types in place of a ticket, a plan or rules are refused by name."""

    def test_at_every_door(self) -> None:
        made = Desk(small())
        made.open(TEN)
        ticket, rules = made.ticket, made.rules
        note = commands.AddMessage(made.message(), at=TEN, by=ANA)
        stranger: Any = 5
        doors = (
            lambda: evaluate(TEN, stranger, rules),
            lambda: evaluate(TEN, ticket, stranger),
            lambda: advance(TEN, stranger, rules),
            lambda: next_due(ticket, stranger),
            lambda: handle(stranger, note, rules),
            lambda: explain(TEN, ticket, stranger),
            lambda: advance_before(TEN, stranger, rules),
            lambda: apply(stranger, evaluate(TEN, ticket, rules)),
            lambda: apply(ticket, stranger),
        )
        for door in doors:
            with pytest.raises(BadValueError, match=r"^(ticket|rules|plan) 5"):
                door()

    def test_a_ticket_of_no_outlook_is_asked_all_the_same(self) -> None:
        """What was kept beside a ticket is no part of it."""
        made = Desk(small())
        made.open(TEN)
        plain: Ticket = attrs.evolve(made.ticket)
        assert not evaluate(TEN, plain, made.rules)

    def test_spans_of_strange_things(self) -> None:
        strange: Any = TEN
        with pytest.raises(BadValueError, match="give a timedelta"):
            Elapsed(strange)
        with pytest.raises(OutOfRangeError, match="2 times"):
            plus_periods(Elapsed(days=1), Elapsed(days=999_999_999), 2)

    def test_at_the_first_instant_of_all(self) -> None:
        made = Desk(small(Automation("a", AtOpening(), (say("x"),))))
        made.open(datetime.min.replace(tzinfo=ZoneInfo("UTC")))
        due = next_due(made.ticket, made.rules)
        assert due is not None
        assert due.hour == 9

    def test_never_in_an_agenda(self) -> None:
        assert len(Agenda([("T-1", None), ("T-2", TEN)])) == 1


class TestSmallMercies:
    def test_nothing_to_nothing_is_no_change(self) -> None:
        made = Desk(small(Automation("a", OnChange("note"), (say("x"),))))
        made.open(TEN, note=None)
        assert mails(made.ticket) == []
        made.give(commands.SetFields({"note": "n"}, at=TEN, by=ANA))
        assert mails(made.ticket) == [(TEN, "x")]

    def test_the_earliest_that_is_sent_is_one_that_may_be(self) -> None:
        """Of a ladder that closes in the same plan only the last word goes out, whatever mode."""
        rungs = (Rung(Elapsed(days=1), say("r1")), Rung(Elapsed(days=2), say("bye"), Move("archive")))
        made = Desk(small(Ladder("l", Created(), StateIs("open"), rungs, ended_by=None)))
        made.open(TEN)
        plan = evaluate(TEN + 9 * DAY, made.ticket, made.rules)
        for mode in ("earliest", "latest"):
            told = deliveries(plan, TEN + 9 * DAY, default=mode)
            requests = [each.request for each in told.send]
            assert [each.template for each in requests if isinstance(each, MessageRequested)] == ["bye"]

    def test_a_planned_drop_is_told(self) -> None:
        made = Desk(small(Automation("a", After(Elapsed(hours=1), Created()), (Move("go_on"),))))
        made.open(TEN)
        (told,) = explain(TEN + HOUR, made.ticket, made.rules)
        assert (
            Wording(made.rules, ZoneInfo("UTC"))
            .explanation(told)
            .endswith("; but dropped (move by go_on: it does not lead from 'open')")
        )

    def test_what_a_gate_or_a_notice_holds_back_is_told(self) -> None:
        """Due at Mon 19:00, when the office is shut; and a close that waits for the notice of a day after that mail."""
        rungs = (Rung(Elapsed(hours=9), say("r")), Rung(Elapsed(hours=10), Move("archive")))
        ladder = Ladder(
            "l", Created(), StateIs("open"), rungs, ended_by=None, gate="default", min_notice=Elapsed(hours=3)
        )
        made = Desk(small(ladder))
        made.open(TEN)
        english = Wording(made.rules, ZoneInfo("UTC"))
        (told,) = explain(TEN, made.ticket, made.rules)
        assert "; due on Mon 2026-11-23 19:00:00 +0000, when default is closed" in english.explanation(told)
        made.advance(utc(2026, 11, 24, 9))
        (told,) = explain(utc(2026, 11, 24, 9), made.ticket, made.rules)
        assert "waits until Tue 2026-11-24 12:00:00 +0000" in english.explanation(told)
        assert "when default is closed" in english.explanation(told)
        other = Desk(small(attrs.evolve(ladder, ended_by=Outside("delivered"))))
        other.open(TEN)
        (told,) = explain(TEN, other.ticket, other.rules)
        spoken = Wording(other.rules, ZoneInfo("UTC")).explanation(told)
        assert spoken.endswith("; unless the event delivered comes first")
        ungated = Desk(small(attrs.evolve(ladder, gate=None, min_notice=None)))
        ungated.open(TEN)
        held = attrs.evolve(explain(TEN, ungated.ticket, ungated.rules)[0], due_at=TEN)
        assert "; due on Mon 2026-11-23 10:00:00 +0000, and held until then" in english.explanation(held)

    def test_days_are_counted_on_the_calendars_wall(self) -> None:
        """Shown in Tokyo, where Monday's closing hours are Tuesday already, the days are the office's all the same."""
        rule = Automation("a", After(BusinessDays(2), LastMessage("customer")), (say("x"),), ALWAYS)
        made = Desk(small(rule))
        made.open(utc(2026, 11, 23, 17))
        (told,) = explain(utc(2026, 11, 23, 17), made.ticket, made.rules)
        assert ", counting Tue 11-24, Wed 11-25" in Wording(made.rules, ZoneInfo("Asia/Tokyo")).explanation(told)

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            (
                Automation("a", After(Elapsed(hours=1), Created(), at_most=3), (say("x"),)),
                "it is 3, but nothing repeats; give every, or leave it out",
            ),
            (
                Automation("a", AtField("when"), (say("x"),), group="idle", on_resume="restart"),
                "the instant of a field does not move; leave it out",
            ),
            (
                Automation("a", OnMessage("agent"), (say("x"),), ended_by=Created()),
                "a rule with a trigger has no episode that can end; leave it out",
            ),
        ],
    )
    def test_what_cannot_be_meant(self, rule: Rule, said: str) -> None:
        fields = (*WORKFLOW.fields, Field("when", kind="moment"))
        with pytest.raises(DefinitionError) as caught:
            Rules("small", attrs.evolve(WORKFLOW, fields=fields), WEEKDAYS, (rule,))
        assert [str(problem).split(": ", 1)[1] for problem in caught.value.problems] == [said]
