"""Masks hold or drop, gates are masks made of a calendar, and neither stops a clock. Instants are worked by hand.

November 2026: Mon 23, Tue 24, Wed 25, Thu 26, Fri 27, Sat 28, Sun 29, Mon 30. Hours are Monday to Friday 9 to 18.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, ROBOT, Desk, mails, utc
from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Created,
    Elapsed,
    Field,
    Ladder,
    LastMessage,
    Latest,
    OnMessage,
    Rules,
    Rung,
    State,
    StateIs,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    evaluate,
    next_due,
)
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import advance, apply
from ticketflow.errors import DefinitionError
from ticketflow.kernel.instants import EPOCH
from ticketflow.rules.actions import Move, SendMessage, Wake
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import AtClosing, AtField, AtOpening, During, On, OnChange
from ticketflow.text.sentences import Wording
from ticketflow.tickets.anchors import Anchor, AssignedLast, Closed, LastActivity, Left, ResolvedLast, Woke
from ticketflow.tickets.events import ByRule, Dropped, MessageRequested, StateChanged, Superseded
from ticketflow.workflow.snooze import Snoozing

SUPPORT = ("agent", "administrator")
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")


def workflow(*rules: Rule) -> Workflow:
    """A desk whose tickets are busy at times, which masks every group of rules there is."""
    return Workflow(
        states=(
            State("open"),
            State("busy", masks={each.group for each in rules if each.group}),
            State("closed", "closed"),
        ),
        transitions=(
            Transition("start", ("open",), "busy", may=SUPPORT),
            Transition("stop", ("busy",), "open", may=SUPPORT),
            Transition("close", ("open", "busy"), "closed", may=SUPPORT),
        ),
    )


MICRO = timedelta(microseconds=1)
MONDAY = utc(2026, 11, 23, 10)
AT_WORK = StateIs("open", "busy")


def send(name: str) -> SendMessage:
    return SendMessage(name)


def ladder(*hours: int, **terms: object) -> Ladder:
    """Reminders and a closing so many hours after the support's last message."""
    rungs = [Rung(Elapsed(hours=each), send(f"r{each}")) for each in hours[:-1]]
    rungs.append(Rung(Elapsed(hours=hours[-1]), Move("close")))
    return Ladder("wait", LastMessage("agent"), AT_WORK, tuple(rungs), group="idle", **terms)  # type: ignore[arg-type]


def desk(*rules: Rule) -> Desk:
    """A ticket that the support answered on Monday at ten."""
    made = Desk(Rules("masked", workflow(*rules), OFFICE, rules))
    made.open(MONDAY)
    made.write(MONDAY, ANA)
    return made


def busy(made: Desk, since: datetime, until: datetime | None) -> Desk:
    made.give(commands.Move("start", at=since, by=ANA))  # without a message, which would move the anchor
    if until:
        made.give(commands.Move("stop", at=until, by=ANA))
    return made


def told(made: Desk) -> list[tuple[datetime, datetime, str]]:
    """Return what rules did: when, when it was due by itself, and what."""
    found = []
    for entry in made.ticket.history:
        if isinstance(entry.cause, ByRule):
            for event in entry.events:
                match event:
                    case MessageRequested(template=what):
                        pass
                    case StateChanged(after=what):
                        pass
                    case Superseded(count=count):
                        what = f"superseded {count}"
                    case Dropped(why=why):
                        what = f"dropped: {why}"
                    case _:
                        raise AssertionError(event)
                found.append((entry.at, entry.cause.due_at, what))
    return found


class TestHold:
    """3.6: what is masked is held; it becomes due when the mask lifts, and its clock has run on."""

    def test_nothing_is_due_while_masked_and_next_due_says_so(self) -> None:
        made = busy(desk(ladder(2, 4, 8)), utc(2026, 11, 23, 11), None)
        assert next_due(made.ticket, made.rules) is None
        assert not evaluate(utc(2027, 1, 1), made.ticket, made.rules)

    def test_what_was_held_is_due_when_the_mask_lifts(self) -> None:
        """Due at 12, masked from 11 to 13: it is given at 13, and the next rung at its own 14."""
        made = busy(desk(ladder(2, 4, 24)), utc(2026, 11, 23, 11), utc(2026, 11, 23, 13))
        made.advance(utc(2026, 11, 23, 15))
        assert told(made) == [
            (utc(2026, 11, 23, 13), utc(2026, 11, 23, 12), "r2"),
            (utc(2026, 11, 23, 14), utc(2026, 11, 23, 14), "r4"),
        ]

    def test_what_is_due_at_the_lifting_itself_was_not_held(self) -> None:
        made = busy(desk(ladder(2, 24)), utc(2026, 11, 23, 11), utc(2026, 11, 23, 12))
        made.advance(utc(2026, 11, 23, 12))
        assert told(made) == [(utc(2026, 11, 23, 12), utc(2026, 11, 23, 12), "r2")]

    def test_what_is_due_when_the_mask_begins_is_held(self) -> None:
        """Events of an instant come before its timers."""
        made = busy(desk(ladder(2, 24)), utc(2026, 11, 23, 12), None)
        made.advance(utc(2026, 11, 23, 20))
        assert told(made) == []

    def test_an_episode_that_ended_in_the_mask_gives_nothing(self) -> None:
        made = busy(desk(ladder(2, 24)), utc(2026, 11, 23, 11), None)
        made.write(utc(2026, 11, 23, 12), CUSTOMER)
        made.give(commands.Move("stop", at=utc(2026, 11, 23, 13), by=ANA))
        made.advance(utc(2026, 12, 23))
        assert told(made) == []

    def test_restarting_counts_from_the_end_of_the_mask(self) -> None:
        made = busy(desk(ladder(2, 4, on_resume="restart")), utc(2026, 11, 23, 11), utc(2026, 11, 23, 15))
        made.advance(utc(2026, 11, 24))
        assert told(made) == [
            (utc(2026, 11, 23, 17), utc(2026, 11, 23, 17), "r2"),
            (utc(2026, 11, 23, 19), utc(2026, 11, 23, 19), "closed"),
        ]

    def test_dropping_records_each_at_its_instant(self) -> None:
        made = busy(desk(ladder(2, 4, 24, on_mask="drop")), utc(2026, 11, 23, 11), utc(2026, 11, 23, 13))
        made.advance(utc(2026, 11, 23, 15))
        assert told(made) == [
            (utc(2026, 11, 23, 12), utc(2026, 11, 23, 12), "dropped: masked"),
            (utc(2026, 11, 23, 14), utc(2026, 11, 23, 14), "r4"),
        ]

    def test_asking_often_or_never_is_all_the_same(self) -> None:
        made = busy(desk(ladder(2, 4, 8)), utc(2026, 11, 23, 11), utc(2026, 11, 23, 20))
        asked, end = made.ticket, utc(2026, 11, 26)
        now = made.ticket.changed_at
        while now < end:
            asked = apply(asked, evaluate(now, asked, made.rules)).unwrap().ticket
            now += timedelta(minutes=7)
        assert advance(end, asked, made.rules) == advance(end, made.ticket, made.rules)


class TestCollapse:
    """3.7: of held reminders the latest is given, and the last rung comes no sooner than its notice."""

    def test_the_latest_reminder_is_given_and_the_last_rung_waits(self) -> None:
        """Due at 12, 14 and 18; masked from 11 to 20. 18 - 14 is 4 hours: the last rung is due at midnight."""
        made = busy(desk(ladder(2, 4, 8)), utc(2026, 11, 23, 11), utc(2026, 11, 23, 20))
        made.advance(utc(2026, 11, 24) - MICRO)
        assert told(made) == [
            (utc(2026, 11, 23, 20), utc(2026, 11, 23, 12), "superseded 1"),
            (utc(2026, 11, 23, 20), utc(2026, 11, 23, 14), "r4"),
        ]
        made.advance(utc(2026, 11, 24))
        assert told(made)[2:] == [(utc(2026, 11, 24), utc(2026, 11, 23, 18), "closed")]

    def test_without_notice_the_reminders_give_way_to_the_last_rung(self) -> None:
        """Adereso's literal rule: the ticket may close at the very next evaluation."""
        made = busy(desk(ladder(2, 4, 8, min_notice=Elapsed())), utc(2026, 11, 23, 11), utc(2026, 11, 23, 20))
        made.advance(utc(2026, 11, 23, 20))
        assert [what for _, _, what in told(made)] == ["superseded 1", "superseded 1", "closed"]

    def test_a_reminder_that_was_not_moved_needs_no_notice(self) -> None:
        """The reminder of 12 was given at 12; only the last rung, of 14, is held until 20."""
        made = busy(desk(ladder(2, 4)), utc(2026, 11, 23, 13), utc(2026, 11, 23, 20))
        made.advance(utc(2026, 11, 23, 20))
        assert [(at, what) for at, _, what in told(made)] == [
            (utc(2026, 11, 23, 12), "r2"),
            (utc(2026, 11, 23, 20), "closed"),
        ]

    def test_a_reminder_that_was_moved_and_given_before_still_needs_it(self) -> None:
        """Given at 13 instead of 12, it keeps the last rung of 14 away until 15, two hours later."""
        made = busy(desk(ladder(2, 4)), utc(2026, 11, 23, 11), utc(2026, 11, 23, 13))
        made.advance(utc(2026, 11, 24))
        assert [at for at, _, _ in told(made)] == [utc(2026, 11, 23, 13), utc(2026, 11, 23, 15)]


class TestGates:
    """A gate is never passed while its calendar is shut."""

    def test_what_is_due_at_night_is_given_in_the_morning(self) -> None:
        made = desk(ladder(9, 48, gate="default"))
        made.advance(utc(2026, 11, 26))
        assert told(made) == [
            (utc(2026, 11, 24, 9), utc(2026, 11, 23, 19), "r9"),
            # 39 hours of notice after Tue 9:00 is Thu 0:00, which is shut as well
        ]
        made.advance(utc(2026, 11, 26, 9))
        assert told(made)[1:] == [(utc(2026, 11, 26, 9), utc(2026, 11, 25, 10), "closed")]

    def test_two_of_one_night_are_one(self) -> None:
        made = desk(ladder(9, 12, 48, gate="default"))
        made.advance(utc(2026, 11, 24, 9))
        assert told(made) == [
            (utc(2026, 11, 24, 9), utc(2026, 11, 23, 19), "superseded 1"),
            (utc(2026, 11, 24, 9), utc(2026, 11, 23, 22), "r12"),
        ]

    def test_of_a_nights_repetitions_one_is_given_in_the_morning(self) -> None:
        """Hourly from Monday 17:00: what is due from 18:00 to 8:00 gives way to that of 9:00."""
        after = After(Elapsed(hours=7), Created(), every=Elapsed(hours=1))
        made = desk(Automation("a", after, (send("x"),), gate="default"))
        made.advance(utc(2026, 11, 24, 9))
        assert told(made) == [
            (utc(2026, 11, 23, 17), utc(2026, 11, 23, 17), "x"),
            (utc(2026, 11, 24, 9), utc(2026, 11, 24, 8), "superseded 15"),
            (utc(2026, 11, 24, 9), utc(2026, 11, 24, 9), "x"),
        ]

    def test_of_several_closings_held_by_a_gate_one_is_given(self) -> None:
        """The office closes on Friday at 18:00, which is when its own gate shuts: given on Monday morning."""
        rule = Automation("a", AtClosing(), (send("x"),), gate="default", on_mask="hold")
        made = Desk(Rules("masked", workflow(rule), OFFICE, (rule,)))
        made.give(commands.Open("T-1", at=utc(2026, 11, 27, 10), by=ANA))
        made.advance(utc(2026, 11, 30, 9))
        assert told(made) == [(utc(2026, 11, 30, 9), utc(2026, 11, 27, 18), "x")]

    def test_dropping_at_a_shut_gate(self) -> None:
        rule = Automation("a", After(Elapsed(hours=9), Created()), (send("x"),), gate="default", on_mask="drop")
        made = desk(rule)
        made.advance(utc(2026, 11, 25))
        assert told(made) == [(utc(2026, 11, 23, 19), utc(2026, 11, 23, 19), "dropped: default was shut")]


class TestRepeats:
    """3.4: periods are counted from the anchor, never from the last firing."""

    def test_they_do_not_drift_and_end_with_their_number(self) -> None:
        after = After(Elapsed(hours=1), LastMessage("agent"), every=Elapsed(hours=5), at_most=3)
        made = desk(Automation("a", after, (send("x"),), given=AT_WORK))
        made.advance(utc(2026, 12, 1))
        assert [at for at, _ in mails(made.ticket)] == [MONDAY + timedelta(hours=each) for each in (1, 6, 11)]

    def test_working_time_used_up_at_closing_is_due_then(self) -> None:
        """Eight hours from Monday ten end at its closing, and not on Tuesday morning."""
        made = desk(Automation("a", After(WorkingTime(hours=8), Created()), (send("x"),)))
        assert next_due(made.ticket, made.rules) == utc(2026, 11, 23, 18)

    def test_of_those_before_the_arming_only_the_last_exists(self) -> None:
        """Every five hours from 11 on; armed on Tuesday at 12, when the last one was at 12 itself."""
        after = After(Elapsed(hours=1), Created(), every=Elapsed(hours=5))
        made = desk(Automation("a", after, (send("x"),), given=StateIs("busy")))
        made.give(commands.Move("start", at=utc(2026, 11, 24, 14), by=ANA))
        made.advance(utc(2026, 11, 24, 20))
        assert [at.hour for at, _ in mails(made.ticket)] == [14, 17]

    def test_the_record_of_the_rest_can_be_told(self) -> None:
        after = After(Elapsed(hours=1), Created(), every=Elapsed(hours=1))
        made = busy(
            desk(Automation("a", after, (send("x"),), group="idle")), utc(2026, 11, 23, 10), utc(2026, 11, 23, 14)
        )
        made.advance(utc(2026, 11, 23, 14))
        spoken = [Wording(made.rules, ZoneInfo("UTC"), "es").entry(entry)[0] for entry in made.ticket.history][-3:]
        # opened at ten: those of eleven, twelve and one give way to that of two, when the mask lifts
        assert spoken[1:] == ["3 reemplazadas por una ejecución posterior", "se solicita enviar x al cliente"]

    def test_held_ones_are_one_and_a_record_of_the_rest(self) -> None:
        after = After(Elapsed(hours=1), Created(), every=Elapsed(hours=1))
        made = desk(Automation("a", after, (send("x"),), group="idle", given=AT_WORK))
        busy(made, utc(2026, 11, 23, 11, 30), utc(2026, 11, 23, 15, 30))
        made.advance(utc(2026, 11, 23, 16))
        assert told(made) == [
            (utc(2026, 11, 23, 11), utc(2026, 11, 23, 11), "x"),
            (utc(2026, 11, 23, 15, 30), utc(2026, 11, 23, 14), "superseded 3"),
            (utc(2026, 11, 23, 15, 30), utc(2026, 11, 23, 15), "x"),
            (utc(2026, 11, 23, 16), utc(2026, 11, 23, 16), "x"),
        ]


class TestWhatComesRound:
    """Recurrences, openings and closings: a moment missed is missed."""

    @pytest.mark.parametrize(
        ("when", "first", "second"),
        [
            (On(EveryWeek("tuesday", "09:00")), utc(2026, 11, 24, 9), utc(2026, 12, 1, 9)),
            (AtOpening(), utc(2026, 11, 24, 9), utc(2026, 11, 25, 9)),
            (AtClosing(), utc(2026, 11, 23, 18), utc(2026, 11, 24, 18)),
        ],
    )
    def test_again_and_again(self, when: On | AtOpening | AtClosing, first: datetime, second: datetime) -> None:
        made = desk(Automation("a", when, (send("x"),), given=AT_WORK))
        assert next_due(made.ticket, made.rules) == first
        made.advance(second)
        assert [at for at, _ in mails(made.ticket)] == [first, second]

    def test_what_is_masked_is_dropped_and_recorded(self) -> None:
        made = desk(Automation("a", AtClosing(), (send("x"),), given=AT_WORK, group="idle"))
        busy(made, utc(2026, 11, 23, 17), utc(2026, 11, 24, 8))
        made.advance(utc(2026, 11, 24, 18))
        assert told(made) == [
            (utc(2026, 11, 23, 18), utc(2026, 11, 23, 18), "dropped: masked"),
            (utc(2026, 11, 24, 18), utc(2026, 11, 24, 18), "x"),
        ]

    def test_what_is_held_on_request_is_given_once(self) -> None:
        made = desk(Automation("a", AtClosing(), (send("x"),), given=AT_WORK, group="idle", on_mask="hold"))
        busy(made, utc(2026, 11, 23, 17), utc(2026, 11, 26, 8))
        made.advance(utc(2026, 11, 26, 18))
        assert told(made) == [
            (utc(2026, 11, 26, 8), utc(2026, 11, 24, 18), "superseded 2"),
            (utc(2026, 11, 26, 8), utc(2026, 11, 25, 18), "x"),
            (utc(2026, 11, 26, 18), utc(2026, 11, 26, 18), "x"),
        ]

    def test_one_that_begins_at_the_moment_itself_has_it(self) -> None:
        """Armed at closing: events of an instant come before its timers."""
        made = Desk(Rules("masked", workflow(), OFFICE, (Automation("a", AtClosing(), (send("x"),)),)))
        made.give(commands.Open("T-1", at=utc(2026, 11, 23, 18), by=ANA))
        assert next_due(made.ticket, made.rules) == utc(2026, 11, 23, 18)


class TestAnchors:
    """3.3: fact anchors follow the fact, whoever caused it; activity is people's."""

    @pytest.mark.parametrize(
        ("anchor", "since"),
        [
            (Left("open"), 11),
            (AssignedLast(), 12),
            (LastActivity("note"), 13),
            (LastActivity("command"), 14),
            (LastMessage("agent"), 10),
        ],
    )
    def test_each_has_its_own_moment(self, anchor: Anchor, since: int) -> None:
        made = desk(Automation("a", After(Elapsed(days=1), anchor), (send("x"),)))
        made.give(commands.Move("start", at=utc(2026, 11, 23, 11), by=ANA))
        made.assign(utc(2026, 11, 23, 12))
        made.write(utc(2026, 11, 23, 13), ANA, public=False)
        made.give(commands.Link("T-2", at=utc(2026, 11, 23, 14), by=ANA))
        made.write(utc(2026, 11, 23, 15), ROBOT)
        made.write(utc(2026, 11, 23, 16), CUSTOMER, automatic=True)
        assert next_due(made.ticket, made.rules) == utc(2026, 11, 24, since)

    def test_closing_and_resolving_are_moments_too(self) -> None:
        rules = (
            Automation("a", After(Elapsed(days=1), Closed()), (send("closed"),)),
            Automation("b", After(Elapsed(days=2), ResolvedLast()), (send("resolved"),)),
        )
        made = desk(*rules)
        made.give(commands.Move("close", at=utc(2026, 11, 23, 11), by=ANA))
        made.advance(utc(2026, 11, 26))
        assert mails(made.ticket) == [(utc(2026, 11, 24, 11), "closed"), (utc(2026, 11, 25, 11), "resolved")]

    def test_idle_rules_may_run_from_the_waking(self) -> None:
        """5.2: the sleep does not count; woken on Wednesday at nine, idle a day later."""
        idle = Automation(
            "a", After(Elapsed(days=1), Latest(LastMessage("anyone"), Woke())), (send("idle"),), group="idle"
        )
        made = Desk(Rules("masked", workflow(idle), OFFICE, (idle,), Snoozing()))
        made.open(MONDAY)
        made.give(commands.Snooze(until=utc(2026, 11, 25, 9), at=MONDAY, by=ANA))
        made.advance(utc(2026, 11, 30))
        assert mails(made.ticket) == [(utc(2026, 11, 26, 9), "idle")]


class TestEventRules:
    """3.2: only timers wait; a reaction that is masked is dropped, and the history says so."""

    def test_a_masked_reaction_is_dropped(self) -> None:
        made = desk(Automation("a", OnMessage("customer"), (send("x"),), group="idle"))
        busy(made, utc(2026, 11, 23, 11), None)
        made.write(utc(2026, 11, 23, 12), CUSTOMER)
        assert [what for _, _, what in told(made)] == ["x", "dropped: masked"], "the opening message came unmasked"

    def test_a_reaction_at_a_shut_gate_is_dropped(self) -> None:
        made = desk(Automation("a", OnMessage("customer"), (send("x"),), gate="default"))
        made.write(utc(2026, 11, 23, 18), CUSTOMER)
        assert [what for _, _, what in told(made)] == ["x", "dropped: default was shut"]

    def test_a_reaction_may_ask_for_hours(self) -> None:
        asks = (During(), During(is_open=False))
        rules = (
            Automation(f"a{each.is_open}".lower(), OnMessage("customer"), (send("x"),), during=each) for each in asks
        )
        made = desk(*rules)
        made.write(utc(2026, 11, 23, 18), CUSTOMER)
        causes = [entry.cause.key.rule for entry in made.ticket.history if isinstance(entry.cause, ByRule)]
        assert causes == ["atrue", "afalse"], "opened at ten, and written to at closing"

    def test_a_field_that_changes_sets_rules_off(self) -> None:
        changing = attrs.evolve(workflow(), fields=(Field("hot"), Field("cold")))
        rule = Automation("a", OnChange("hot"), (send("x"),))
        made = Desk(Rules("masked", changing, OFFICE, (rule,)))
        made.open(MONDAY)
        for name, value in (("cold", 1), ("hot", 1), ("hot", 1), ("hot", 2)):
            made.give(commands.SetFields({name: value}, at=MONDAY, by=ANA))
        assert len(mails(made.ticket)) == 2


class TestUnknownHolidays:
    @pytest.mark.parametrize(
        "when",
        [AtClosing(), After(BusinessDays(1), Created(), every=BusinessDays(1)), After(BusinessDays(1), Created())],
    )
    def test_what_lies_beyond_them_is_not_known(self, when: AtClosing | After) -> None:
        """Opened in the last hour of the last year that is known."""
        office = BusinessCalendar("UTC", "mon-fri 09:00-18:00", public_holidays=public_holidays("CL"))
        end = EPOCH + office.limits[1]
        made = Desk(Rules("masked", workflow(), office, (Automation("a", when, (send("x"),)),)))
        made.give(commands.Open("T-1", at=end - timedelta(hours=1), by=ANA))
        assert next_due(made.ticket, made.rules) is None
        assert unknown_from(made.ticket, made.rules) == end

    def test_what_never_comes_is_known_never_to_come(self) -> None:
        """In the last hours of all years nothing opens any more."""
        made = Desk(Rules("masked", workflow(), OFFICE, (Automation("a", AtOpening(), (send("x"),)),)))
        made.give(commands.Open("T-1", at=datetime(9999, 12, 31, 20, tzinfo=UTC), by=ANA))
        assert (next_due(made.ticket, made.rules), unknown_from(made.ticket, made.rules)) == (None, None)


class TestRefusals:
    """A refusal says what would close the ticket instead."""

    @pytest.mark.parametrize(
        ("when", "said"),
        [
            (AtClosing(), "rule 'a' does when the state is busy, counting from the closing of default"),
            (AtField("day"), "rule 'a' does when the state is busy, counting from the moment of day"),
        ],
    )
    def test_what_a_rule_waits_for(self, when: AtClosing | AtField, said: str) -> None:
        rule = Automation("a", when, (Move("archive"),), given=StateIs("busy"))
        base = workflow(rule)
        rows = (*base.transitions, Transition("archive", ("open", "busy"), "closed"))
        made = Desk(
            Rules("x", attrs.evolve(base, transitions=rows, fields=(Field("day", kind="moment"),)), OFFICE, (rule,))
        )
        made.open(MONDAY)
        (reason,) = made.refused(commands.Move("archive", at=MONDAY, by=ANA)).reasons
        assert said in reason.help


class TestProblems:
    def test_what_cannot_be_meant_is_found(self) -> None:
        rules = (
            Automation("a", After(Elapsed(hours=1), Created(), every=BusinessDays(1), at_most=0), (send("x"),)),
            Automation("b", After(BusinessDays(1), Created(), every=BusinessDays(0)), (send("x"),)),
            Automation("c", AtClosing("offcie"), (send("x"),), gate="dfault"),
            Automation("d", OnMessage("customer"), (send("x"),), during=During("offcie")),
            Automation("e", After(Elapsed(hours=1), Left("bsy")), (send("x"),), during=During()),
            Automation("f", AtField("day"), (send("x"),)),
            Automation("g", OnChange("dya"), (send("x"),)),
            Automation("h", AtField("hot"), (send("x"),)),
            Automation("i", OnMessage("customer"), (Wake(), Move("close"))),
            Automation("j", AtClosing(), (send("x"),), on_resume="restart"),
            Automation("snooze.wake", OnMessage("customer"), (send("x"),)),
        )
        fields = (Field("hot"),)
        with pytest.raises(DefinitionError) as caught:
            Rules("masked", attrs.evolve(workflow(), fields=fields), OFFICE, rules)
        assert [str(each).removeprefix("rules 'masked', automations") for each in caught.value.problems] == [
            "[0] 'a'.when.every: it has another type than span; give both as spans of one type",
            "[0] 'a'.when.at_most: it is 0; give 1 to a billion, or leave it out",
            "[1] 'b'.when.every: the period has no days; give at least one business day",
            "[2] 'c'.gate: no calendar 'dfault'; did you mean 'default'?",
            "[2] 'c'.when: no calendar 'offcie'; there are: default",
            "[3] 'd'.during: no calendar 'offcie'; there are: default",
            "[4] 'e'.when.since: no state 'bsy'; did you mean 'busy'?",
            "[4] 'e'.during: a rule with a timer cannot have it; use a gate to hold the rule until a calendar opens",
            "[5] 'f'.when: no field 'day'; there are: hot",
            "[6] 'g'.when: no field 'dya'; there are: hot",
            "[7] 'h'.when: field 'hot' holds no instants; make its kind 'moment' or 'future'",
            (
                "[8] 'i'.then: one step changes the state twice; "
                "keep one of the actions; all actions of a step take effect at once"
            ),
            "[9] 'j'.on_resume: a dropped occurrence is not resumed; give on_mask='hold', or leave it out",
            (
                "[9] 'j'.on_resume: the rule has no group, so it is never masked; "
                "put it in a group that a state or the snooze options mask; a gate is not a mask"
            ),
            "[10] 'snooze.wake': the id 'snooze.wake' is reserved for implied rules; use another id",
        ]
