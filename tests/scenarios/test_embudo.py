"""Rows C1 to C10: funnels, stages, tickets that are won or lost. Instants are worked out by hand, in UTC.

The funnels are the preset's own: sales (contact, offer, and the stages of a type, won and lost), fed by the channel
``shop``; scheduling (information, scheduled, finished), fed by ``clinic``. Two days without activity in information
lose, and finishing wins; both archive and return to information.

Recurrences read the wall in Santiago: UTC-3, but UTC-4 from Sun 5 April to Sun 6 September 2026. Mon 16 Nov 9:00 there
is 12:00Z.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings, utc
from ticketflow import (
    Actor,
    After,
    All,
    Automation,
    CategoryIs,
    Elapsed,
    Entered,
    FieldIs,
    LastMessage,
    Latest,
    Message,
    Not,
    Rules,
    StateIs,
    Ticket,
    advance,
    available,
    commands,
    evaluate,
    handle,
    next_due,
    replay,
)
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.engine.handling import handle_all
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.kernel.field_values import Value
from ticketflow.presets.embudo import RESOLUTIONS, SALES, SCHEDULING, Funnel, Outcome, Resolution, Stage, embudo
from ticketflow.rules.actions import SetField
from ticketflow.rules.automations import Rule
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.intake import Append, Arrival, OpenNew, command_for, route
from ticketflow.service.reports import report_all
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByCommand, FieldChanged, StateChanged
from ticketflow.tickets.records import records

RULES = embudo()
MICRO = timedelta(microseconds=1)
SUPPLIER = Actor("third_party", "petra")
MONDAY = utc(2026, 11, 16, 10)
HOME = "scheduling.information"


def contact(stage: str = HOME, rules: Rules = RULES) -> Desk:
    """A customer's ticket that began in *stage* on Mon 16 Nov 2026 at 10:00."""
    desk = Desk(rules)
    by = CUSTOMER if desk.rules.workflow.way_in(CUSTOMER, stage) else ANA  # typed stages are for the support to choose
    desk.give(commands.Open("T-1", message=desk.message(), state=stage, at=MONDAY, by=by))
    return desk


def go(desk: Desk, stage: str, hours: int = 1) -> Accepted:
    """Let Ana move the ticket to *stage* some hours after Monday 10:00."""
    return desk.give(commands.Move(f"to.{stage}", at=MONDAY + timedelta(hours=hours), by=ANA))


def mark(desk: Desk, outcome: Value, hours: int = 1) -> None:
    """Let Ana set the outcome by hand."""
    desk.give(commands.SetFields({"outcome": outcome}, at=MONDAY + timedelta(hours=hours), by=ANA))


def archive(desk: Desk, hours: int = 2, return_stage: str = HOME) -> None:
    """Let Ana close the ticket by hand."""
    fields = {"return_stage": return_stage}
    desk.give(commands.Move("close", fields=fields, at=MONDAY + timedelta(hours=hours), by=ANA))


MONDAYS = EveryWeek("monday", "09:00")
WEEKLY = embudo(resolutions=[Resolution(HOME, MONDAYS, "lost", return_stage=HOME)])
COMES = utc(2026, 11, 16, 12)


def begun(at: datetime, rules: Rules, stage: str = HOME) -> Desk:
    """A ticket that Ana began in *stage* at some other time."""
    desk = Desk(rules)
    desk.give(commands.Open("T-1", state=stage, at=at, by=ANA))
    return desk


def why(desk: Desk, rule: str, now: datetime) -> Explanation:
    """Return the explanation of *rule*."""
    return next(each for each in explain(now, desk.ticket, desk.rules) if each.rule == rule)


def stands(desk: Desk) -> tuple[str, Value]:
    return desk.ticket.state, desk.ticket.outcome


class TestC1:
    @pytest.mark.parametrize(("channel", "entry"), [("shop", "sales.contact"), ("clinic", HOME)])
    def test_c1_a_message_begins_a_ticket_at_the_entry_of_the_funnel_its_channel_feeds(
        self, channel: str, entry: str
    ) -> None:
        arrival = Arrival(Message("m1"), CUSTOMER, channel=channel)
        found = route(arrival, [], RULES, MONDAY)
        assert found == OpenNew(entry)
        command = command_for(found, arrival, MONDAY, "T-1")
        assert command is not None
        assert handle(None, command, RULES).unwrap().ticket.state == entry

    def test_c1_a_channel_that_feeds_no_funnel_leaves_it_to_the_usual_entry(self) -> None:
        arrival = Arrival(Message("m1"), CUSTOMER, channel="fax")
        assert route(arrival, [], RULES, MONDAY) == OpenNew(None)
        desk = Desk(RULES)
        desk.open(MONDAY)
        assert desk.ticket.state == "sales.contact"

    def test_c1_another_stage_than_the_first_may_be_the_entry(self) -> None:
        later = attrs.evolve(SCHEDULING, entry="scheduled")
        rules = embudo((later, SALES), ())
        assert route(Arrival(Message("m1"), CUSTOMER, channel="clinic"), [], rules, MONDAY) == OpenNew(
            "scheduling.scheduled"
        )
        desk = Desk(rules)
        desk.open(MONDAY)
        assert desk.ticket.state == "scheduling.scheduled", "the first funnel's is the usual entry"

    def test_c1_a_contact_with_an_open_ticket_gets_no_second_one(self) -> None:
        arrival = Arrival(Message("m9"), CUSTOMER, channel="shop")
        assert route(arrival, [contact().ticket], RULES, MONDAY + MICRO) == Append("T-1")

    @pytest.mark.parametrize("stage", ["sales.offer", "scheduling.scheduled", HOME])
    def test_c1_an_agent_who_writes_first_chooses_funnel_and_stage(self, stage: str) -> None:
        desk = Desk(RULES)
        desk.give(commands.Open("T-1", message=desk.message(), state=stage, at=MONDAY, by=ANA))
        assert desk.ticket.state == stage

    def test_c1_an_agent_who_does_not_choose_is_refused(self) -> None:
        refusal = Desk(RULES).refused(commands.Open("T-1", at=MONDAY, by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert refusal.reasons[0].lacks == ("state",)
        assert refusal.reasons[0].help.startswith("name one of: sales.contact, scheduling.information, sales.offer")
        (option,) = available(None, ANA, RULES)
        assert (option.needs, option.is_open, option.target) == (("state",), True, None)

    def test_c1_an_agent_follows_up_an_archived_ticket_without_choosing(self) -> None:
        desk = contact()
        archive(desk)
        follow_up = commands.FollowUp("T-2", at=MONDAY + timedelta(hours=3), by=ANA)
        created = handle(desk.ticket, follow_up, RULES).unwrap().created
        assert created is not None
        assert (created.state, created.requester) == ("sales.contact", CUSTOMER.id)

    def test_c1_a_stage_that_does_not_exist_is_refused(self) -> None:
        refusal = Desk(RULES).refused(commands.Open("T-1", state="sales.contct", at=MONDAY, by=ANA))
        assert refusal.kinds == {"not_found"}
        assert "sales.contact" in refusal.reasons[0].help

    def test_c1_nobody_opens_an_archived_ticket(self) -> None:
        refusal = Desk(RULES).refused(commands.Open("T-1", state="archived", at=MONDAY, by=ANA))
        assert refusal.kinds == {"not_allowed"}
        assert "sales.contact" in refusal.reasons[0].help


class TestC2:
    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_c2_marking_does_not_close_and_closing_comes_separately(self, outcome: str) -> None:
        desk = contact()
        assert desk.ticket.outcome is None
        mark(desk, outcome)
        assert stands(desk) == (HOME, outcome)
        assert desk.ticket.category != "closed"
        archive(desk)
        assert (*stands(desk), desk.ticket.category) == ("archived", outcome, "closed")

    def test_c2_both_by_hand_in_one_step(self) -> None:
        desk = contact()
        fields: dict[str, Value] = {"outcome": "won", "return_stage": HOME}
        decision = desk.give(commands.Move("close", fields=fields, at=MONDAY + MICRO, by=ANA))
        assert stands(desk) == ("archived", "won")
        assert len(decision.entries) == 1

    def test_c2_closing_needs_no_outcome(self) -> None:
        desk = contact()
        archive(desk)
        assert stands(desk) == ("archived", None)

    def test_c2_there_are_two_outcomes(self) -> None:
        refusal = contact().refused(commands.SetFields({"outcome": "drawn"}, at=MONDAY + MICRO, by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert "won, lost" in refusal.reasons[0].help

    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER, ROBOT])
    def test_c2_the_support_alone_marks_by_hand(self, by: Actor) -> None:
        refusal = contact().refused(commands.SetFields({"outcome": "won"}, at=MONDAY + MICRO, by=by))
        assert refusal.kinds == {"not_allowed"}

    def test_c2_closing_on_leaving_a_stage_is_allowed(self) -> None:
        rules = embudo(resolutions=[Resolution(HOME, "leaving", "won", return_stage="sales.contact")])
        desk = contact(rules=rules)
        go(desk, "scheduling.scheduled")
        assert stands(desk) == ("archived", "won")
        assert desk.ticket.fields["return_stage"] == "sales.contact"


class TestC3:
    def test_c3_on_entering(self) -> None:
        desk = contact()
        go(desk, "scheduling.scheduled")
        assert stands(desk) == ("scheduling.scheduled", None)
        go(desk, "scheduling.finished", hours=2)
        assert stands(desk) == ("archived", "won")
        last = desk.ticket.history.last
        assert (last.at, last.actor.role) == (utc(2026, 11, 16, 12), "system")

    def test_c3_on_entering_by_beginning_there(self) -> None:
        assert stands(contact("scheduling.finished")) == ("archived", "won")

    def test_c3_on_leaving_to_any_stage(self) -> None:
        rules = embudo(resolutions=[Resolution(HOME, "leaving", "lost")])
        for stage in ("scheduling.scheduled", "sales.offer"):
            desk = contact(rules=rules)
            assert stands(desk) == (HOME, None)
            go(desk, stage)
            assert stands(desk) == (stage, "lost")

    def test_c3_leaving_touches_only_tickets_of_its_stage(self) -> None:
        desk = contact("sales.contact", embudo(resolutions=[Resolution(HOME, "leaving", "lost")]))
        go(desk, "sales.offer")
        assert desk.ticket.outcome is None

    def test_c3_two_of_a_kind_by_ids_and_ranks(self) -> None:
        """Both act on entering; the one of the smaller rank decides, and the other finds the outcome decided."""
        twice = [
            Resolution("scheduling.finished", "entering", "won", id="first", rank=1),
            Resolution("scheduling.finished", "entering", "lost", id="second", rank=0),
        ]
        rules = embudo(resolutions=twice)
        assert {rule.id: rule.rank for rule in rules.automations if rule.id in ("first", "second")} == {
            "first": 1,
            "second": 0,
        }
        assert stands(contact("scheduling.finished", rules)) == ("scheduling.finished", "lost")
        assert len(rules.without("second").automations) == len(rules.automations) - 1

    def test_c3_an_id_that_is_given_stays(self) -> None:
        """Equal ids are refused; an id that is made avoids those that are given."""
        lost = Resolution("scheduling.finished", "entering", "lost")
        named = attrs.evolve(lost, id="entering-scheduling.finished-lost-2")
        rules = embudo(resolutions=[lost, lost, named])
        names = ["entering-scheduling.finished-lost", "entering-scheduling.finished-lost-2"]
        assert [rule.id for rule in rules.automations] == [*names, "entering-scheduling.finished-lost-3"]
        with pytest.raises(DefinitionError, match="lost-2"):
            embudo(resolutions=[named, attrs.evolve(named, outcome="won")])

    def test_c3_two_days_without_activity(self) -> None:
        """Mon 16 Nov 10:00 and 2 days: Wed 18 Nov 10:00."""
        desk, due = contact(), utc(2026, 11, 18, 10)
        assert next_due(desk.ticket, RULES) == due
        assert not evaluate(due - MICRO, desk.ticket, RULES)
        desk.advance(due - MICRO)
        assert stands(desk) == (HOME, None)
        desk.advance(due)
        assert stands(desk) == ("archived", "lost")
        assert desk.ticket.changed_at == due
        assert next_due(desk.ticket, RULES) is None

    @pytest.mark.parametrize("by", [CUSTOMER, ANA, BOSS, SUPPLIER])
    def test_c3_a_public_message_by_a_person_is_activity(self, by: Actor) -> None:
        """Tue 17 Nov 16:00 and 2 days: Thu 19 Nov 16:00."""
        desk = contact()
        desk.write(utc(2026, 11, 17, 16), by)
        desk.advance(utc(2026, 12, 1))
        assert desk.ticket.changed_at == utc(2026, 11, 19, 16)

    @pytest.mark.parametrize(
        ("by", "public", "automatic"),
        [(ANA, False, False), (CUSTOMER, True, True), (ROBOT, True, False)],
        ids=["internal note", "automatic message", "robot"],
    )
    def test_c3_notes_and_machines_are_not_activity(self, by: Actor, public: bool, automatic: bool) -> None:
        desk = contact()
        desk.write(utc(2026, 11, 17, 16), by, public=public, automatic=automatic)
        desk.advance(utc(2026, 12, 1))
        assert desk.ticket.changed_at == utc(2026, 11, 18, 10)

    def test_c3_what_counts_as_activity_is_a_setting(self) -> None:
        """Only the creation and the customer's messages count; Ana's message of Tue 17 Nov 16:00 does not."""
        rules = embudo(activity=Latest(Entered(), LastMessage("customer")))
        desk = contact(rules=rules)
        desk.write(utc(2026, 11, 17, 16), ANA)
        assert next_due(desk.ticket, rules) == utc(2026, 11, 18, 10)
        desk.write(utc(2026, 11, 17, 17), CUSTOMER)
        assert next_due(desk.ticket, rules) == utc(2026, 11, 19, 17)

    def test_c3_a_message_at_the_due_instant_is_in_time(self) -> None:
        desk = contact()
        desk.write(utc(2026, 11, 18, 10), CUSTOMER)
        assert stands(desk) == (HOME, None)
        assert next_due(desk.ticket, RULES) == utc(2026, 11, 20, 10)

    def test_c3_time_touches_only_tickets_in_the_stage(self) -> None:
        desk = contact()
        go(desk, "scheduling.scheduled", hours=47)
        assert next_due(desk.ticket, RULES) is None
        desk.advance(utc(2027, 1, 1))
        assert stands(desk) == ("scheduling.scheduled", None)

    def test_c3_coming_back_counts_from_the_entry(self) -> None:
        """Back at Mon 16 Nov 10:00 + 30 h, Tue 17 Nov 16:00; 2 days later is Thu 19 Nov 16:00."""
        desk = contact()
        go(desk, "scheduling.scheduled", hours=20)
        go(desk, HOME, hours=30)
        assert next_due(desk.ticket, RULES) == utc(2026, 11, 19, 16)

    def test_c3_time_may_mark_without_closing_and_does_so_once(self) -> None:
        rules = embudo(resolutions=[Resolution(HOME, Elapsed(days=2), "lost")])
        desk = contact(rules=rules)
        desk.advance(utc(2026, 11, 18, 10))
        assert stands(desk) == (HOME, "lost")
        desk.write(utc(2026, 11, 18, 11), CUSTOMER)
        assert next_due(desk.ticket, rules) is None

    def test_c3_by_hand(self) -> None:
        desk = contact()
        mark(desk, "won")
        (record,) = records(desk.ticket, "field_set", field="outcome")
        assert isinstance(record.event, FieldChanged)
        assert (record.event.after, record.entry.actor, record.entry.at) == ("won", ANA, utc(2026, 11, 16, 11))

    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_c3_by_the_type_of_the_stage(self, outcome: str) -> None:
        desk = contact("sales.contact")
        go(desk, f"sales.{outcome}")
        assert stands(desk) == (f"sales.{outcome}", outcome)

    def test_c3_periodically(self) -> None:
        """Begun on Mon 16 Nov 10:00Z, 7:00 in Santiago: that very day at 9:00, 12:00Z."""
        desk = contact(rules=WEEKLY)
        assert next_due(desk.ticket, WEEKLY) == COMES
        assert not evaluate(COMES - MICRO, desk.ticket, WEEKLY)
        desk.advance(COMES - MICRO)
        assert stands(desk) == (HOME, None)
        desk.advance(COMES)
        assert stands(desk) == ("archived", "lost")
        assert (desk.ticket.changed_at, desk.ticket.fields["return_stage"]) == (COMES, HOME)
        assert desk.ticket.history.last.actor.role == "system"

    def test_c3_periodically_activity_does_not_put_it_off(self) -> None:
        desk = contact(rules=WEEKLY)
        desk.write(COMES - MICRO, CUSTOMER)
        desk.advance(COMES)
        assert stands(desk) == ("archived", "lost")

    def test_c3_periodically_only_tickets_in_the_stage(self) -> None:
        for stage in ("scheduling.scheduled", "sales.contact"):
            desk = contact(stage, WEEKLY)
            assert next_due(desk.ticket, WEEKLY) is None
            desk.advance(utc(2027, 6, 1))
            assert stands(desk) == (stage, None)

    @pytest.mark.parametrize(
        ("at", "due"),
        [(COMES - MICRO, COMES), (COMES, COMES), (COMES + MICRO, utc(2026, 11, 23, 12))],
        ids=["before", "at", "after"],
    )
    def test_c3_periodically_a_ticket_that_enters_at_that_instant_is_included(
        self, at: datetime, due: datetime
    ) -> None:
        """Commands at an instant come before its timers; a microsecond later it is next Monday's."""
        desk = contact("scheduling.scheduled", WEEKLY)
        desk.give(commands.Move(f"to.{HOME}", at=at, by=ANA))
        assert next_due(desk.ticket, WEEKLY) == due
        desk.advance(due)
        assert (*stands(desk), desk.ticket.changed_at) == ("archived", "lost", due)

    def test_c3_periodically_a_ticket_that_leaves_at_that_instant_is_not_included(self) -> None:
        desk = contact(rules=WEEKLY)
        desk.give(commands.Move("to.scheduling.scheduled", at=COMES, by=ANA))
        desk.advance(utc(2027, 6, 1))
        assert stands(desk) == ("scheduling.scheduled", None)

    @pytest.mark.parametrize(
        ("at", "due"),
        [
            (utc(2026, 8, 25, 15), utc(2026, 8, 31, 13)),  # UTC-4
            (utc(2026, 9, 1, 15), utc(2026, 9, 7, 12)),  # UTC-3 since the day before
            (utc(2026, 3, 24, 15), utc(2026, 3, 30, 12)),  # UTC-3
            (utc(2026, 3, 31, 15), utc(2026, 4, 6, 13)),  # UTC-4 since the day before
        ],
    )
    def test_c3_periodically_at_nine_local_time_across_clock_changes(self, at: datetime, due: datetime) -> None:
        assert next_due(begun(at, WEEKLY).ticket, WEEKLY) == due

    @pytest.mark.parametrize(
        ("when", "at", "due"),
        [
            # Sun 6 Sep 2026 has no 0:30: the clocks go from 0:00 to 1:00 at 04:00Z
            (EveryWeek("sunday", "00:30"), utc(2026, 9, 1, 15), utc(2026, 9, 6, 4)),
            # Sat 4 Apr 2026 has two 23:30s, 02:30Z and 03:30Z
            (EveryWeek("saturday", "23:30"), utc(2026, 3, 31, 15), utc(2026, 4, 5, 2, 30)),
        ],
        ids=["a time that never comes", "a time that comes twice"],
    )
    def test_c3_periodically_in_skipped_and_repeated_hours(self, when: EveryWeek, at: datetime, due: datetime) -> None:
        rules = embudo(resolutions=[Resolution(HOME, when, "lost")])
        assert next_due(begun(at, rules).ticket, rules) == due

    def test_c3_periodically_in_another_zone_if_configured(self) -> None:
        """9:00 in Greenwich is over on Mon 16 Nov at 10:00Z: a week later."""
        rules = embudo(resolutions=[Resolution(HOME, EveryWeek("monday", "09:00", zone="UTC"), "lost")])
        assert next_due(contact(rules=rules).ticket, rules) == utc(2026, 11, 23, 9)

    def test_c3_periodically_marking_without_closing(self) -> None:
        rules = embudo(resolutions=[Resolution(HOME, MONDAYS, "won")])
        desk = contact(rules=rules)
        desk.advance(utc(2027, 6, 1))
        assert (stands(desk), desk.ticket.changed_at) == ((HOME, "won"), COMES)
        assert next_due(desk.ticket, rules) is None

    def test_c3_periodically_a_ticket_with_an_outcome_is_left_alone(self) -> None:
        desk = contact(rules=WEEKLY)
        mark(desk, "won")
        desk.advance(utc(2027, 6, 1))
        assert stands(desk) == (HOME, "won")

    def test_c3_the_two_examples_of_the_source(self) -> None:
        """Mondays at 9:00 and Tuesdays at 16:00: begun Mon 16 Nov 10:00 in Santiago, it is Tue 17 Nov 19:00Z."""
        tuesdays = Resolution(HOME, EveryWeek("tuesday", "16:00"), "lost")
        rules = embudo(resolutions=[Resolution(HOME, MONDAYS, "won"), tuesdays])
        desk = begun(utc(2026, 11, 16, 13), rules)
        assert next_due(desk.ticket, rules) == utc(2026, 11, 17, 19)
        desk.advance(utc(2026, 11, 30))
        assert stands(desk) == (HOME, "lost")

    def test_c3_explained_before_and_while_it_waits(self) -> None:
        """The one condition that fails is that of the stage; entered on Mon 16 Nov 11:00Z, two days are Wed 11:00Z."""
        rules = embudo(resolutions=[*RESOLUTIONS, Resolution(HOME, MONDAYS, "won")])
        idle, periodic = f"idle-{HOME}-lost", f"periodic-{HOME}-won"
        desk = contact("scheduling.scheduled", rules)
        for rule in (idle, periodic):
            found = why(desk, rule, MONDAY)
            assert found.verdict == "not_applicable"
            assert [check.condition for check in found.checks if not check.holds] == [StateIs(HOME)]
        go(desk, HOME)
        at = desk.ticket.changed_at
        told = [(found.verdict, found.at) for found in (why(desk, idle, at), why(desk, periodic, at))]
        assert told == [("waiting", utc(2026, 11, 18, 11)), ("waiting", COMES)]
        assert why(desk, periodic, COMES).verdict == "due"
        assert why(desk, idle, COMES).verdict == "not_applicable", "won by then"

    @pytest.mark.parametrize(
        ("rules", "rule", "due"),
        [(RULES, f"idle-{HOME}-lost", utc(2026, 11, 18, 10)), (WEEKLY, f"periodic-{HOME}-lost", COMES)],
        ids=["idle", "periodic"],
    )
    def test_c3_explained_once_it_has_closed(self, rules: Rules, rule: str, due: datetime) -> None:
        """The explanation names the rule that fired, and when."""
        desk = contact(rules=rules)
        assert why(desk, rule, due).verdict == "due"
        desk.advance(due)
        found = why(desk, rule, due)
        assert (found.verdict, found.at) == ("fired", due)


class TestC4:
    def test_c4_closing_asks_for_a_return_stage(self) -> None:
        refusal = contact().refused(commands.Move("close", at=MONDAY + MICRO, by=ANA))
        assert refusal.kinds == {"missing_fields"}
        (reason,) = refusal.reasons
        assert reason.lacks == ("return_stage",)
        assert reason.help

    def test_c4_a_return_stage_that_does_not_exist_is_refused(self) -> None:
        fields = {"return_stage": "scheduling.nowhere"}
        refusal = contact().refused(commands.Move("close", fields=fields, at=MONDAY + MICRO, by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert HOME in refusal.reasons[0].help

    def test_c4_the_archive_cannot_be_a_return_stage(self) -> None:
        fields = {"return_stage": "archived"}
        refusal = contact().refused(commands.Move("close", fields=fields, at=MONDAY + MICRO, by=ANA))
        assert refusal.kinds == {"bad_value"}

    def test_c4_a_refusal_gives_every_reason(self) -> None:
        refusal = contact().refused(commands.Move("close", at=MONDAY + MICRO, by=CUSTOMER))
        assert refusal.kinds == {"not_allowed", "missing_fields"}

    @pytest.mark.parametrize("stage", [HOME, "scheduling.scheduled", "sales.contact"])
    def test_c4_there_the_customers_next_ticket_begins(self, stage: str) -> None:
        desk = contact()
        archive(desk, return_stage=stage)
        later = MONDAY + timedelta(days=9)
        arrival = Arrival(Message("m9"), CUSTOMER)
        found = route(arrival, [desk.ticket], RULES, later)
        assert found == OpenNew(stage)
        command = command_for(found, arrival, later, "T-2")
        assert command is not None
        assert handle(None, command, RULES).unwrap().ticket.state == stage

    def test_c4_the_return_stage_comes_before_the_channel(self) -> None:
        desk = contact()
        archive(desk)
        arrival = Arrival(Message("m9"), CUSTOMER, channel="shop")
        assert route(arrival, [desk.ticket], RULES, MONDAY + timedelta(days=9)) == OpenNew(HOME)

    def test_c4_an_automatic_closing_has_a_return_stage_too(self) -> None:
        """The stored ticket still waits; on Wed 18 Nov 10:00 it was archived."""
        arrival, due = Arrival(Message("m9"), CUSTOMER), utc(2026, 11, 18, 10)
        rules = embudo(resolutions=[Resolution(HOME, Elapsed(days=2), "lost", return_stage="sales.offer")])
        ticket = contact(rules=rules).ticket
        assert route(arrival, [ticket], rules, due) == Append("T-1")
        assert route(arrival, [ticket], rules, due + MICRO) == OpenNew("sales.offer")


class TestC5:
    def test_c5_nothing_is_deleted_and_the_ticket_can_still_be_read(self) -> None:
        desk = contact()
        desk.write(MONDAY + MICRO, ANA)
        before = desk.ticket
        archive(desk)
        after = desk.ticket
        assert tuple(after.history)[: before.version] == tuple(before.history)
        assert replay(after.history) == after
        assert after.first_answer == before.first_answer
        assert [type(record.event) for record in records(after, "state_changed")] == [StateChanged]

    @pytest.mark.parametrize(
        "command",
        [
            commands.AddMessage(Message("late"), at=MONDAY + timedelta(days=1), by=CUSTOMER),
            commands.Move(f"to.{HOME}", at=MONDAY + timedelta(days=1), by=ANA),
            commands.Assign("ana", at=MONDAY + timedelta(days=1), by=ANA),
            commands.Move("close", fields={"return_stage": HOME}, at=MONDAY + timedelta(days=1), by=BOSS),
        ],
        ids=["message", "move", "assign", "close again"],
    )
    def test_c5_an_archived_ticket_does_not_change(self, command: Command) -> None:
        desk = contact()
        archive(desk)
        assert "closed_for_good" in desk.refused(command).kinds

    def test_c5_each_interaction_after_closing_is_a_ticket_of_its_own(self) -> None:
        """Three cycles, each archived a day after it began; they can be counted."""
        tickets: list[Ticket] = []
        for cycle in range(3):
            at = MONDAY + timedelta(days=7 * cycle)
            arrival = Arrival(Message(f"m{cycle}"), CUSTOMER, channel="clinic")
            found = route(arrival, tickets, RULES, at)
            assert found == OpenNew(HOME)
            command = command_for(found, arrival, at, f"T-{cycle}")
            assert command is not None
            ticket = handle(None, command, RULES).unwrap().ticket
            close = commands.Move("close", fields={"return_stage": HOME}, at=at + timedelta(days=1), by=ANA)
            tickets.append(handle(ticket, close, RULES).unwrap().ticket)
        assert [ticket.category for ticket in tickets] == ["closed"] * 3
        assert len({ticket.id for ticket in tickets}) == 3
        _, summary = report_all(MONDAY + timedelta(days=30), tickets, RULES)
        assert summary.cycles == {"bruno": 3}

    def test_c5_the_cycles_of_each_customer_are_counted(self) -> None:
        """Bruno's second ticket is opened a microsecond after his first is archived; until then, he writes to it."""
        carla = Actor("customer", "carla")
        hers = handle(None, commands.Open("T-9", state=HOME, at=MONDAY, by=carla), RULES).unwrap().ticket
        first, due = contact().ticket, utc(2026, 11, 18, 10)
        assert report_all(due, [first, hers], RULES)[1].cycles == {"bruno": 1, "carla": 1}
        assert route(Arrival(Message("m9"), CUSTOMER), [first], RULES, due) == Append("T-1")
        arrival = Arrival(Message("m9"), CUSTOMER)
        command = command_for(route(arrival, [first], RULES, due + MICRO), arrival, due + MICRO, "T-2")
        assert command is not None
        second = handle(None, command, RULES).unwrap().ticket
        reports, summary = report_all(due + MICRO, [advance(due, first, RULES), hers, second], RULES)
        assert summary.cycles == {"bruno": 2, "carla": 1}
        assert [(each.ticket, each.is_open) for each in reports] == [("T-1", False), ("T-9", True), ("T-2", True)]

    def test_c5_the_open_ticket_comes_before_the_archived_one(self) -> None:
        desk = contact()
        archive(desk)
        arrival, at = Arrival(Message("m9"), CUSTOMER), MONDAY + timedelta(days=1)
        new = handle(None, commands.Open("T-2", state=HOME, at=at, by=CUSTOMER), RULES).unwrap().ticket
        assert route(arrival, [desk.ticket, new], RULES, at + MICRO) == Append("T-2")


class TestC6:
    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_c6_arriving_resolves_at_once_with_no_further_rule_and_does_not_close(self, outcome: str) -> None:
        desk = contact("sales.contact", embudo(resolutions=()))
        decision = go(desk, f"sales.{outcome}")
        (entry,) = decision.entries
        assert isinstance(entry.cause, ByCommand)
        assert stands(desk) == (f"sales.{outcome}", outcome)
        assert desk.ticket.category != "closed"

    def test_c6_beginning_there_is_arriving(self) -> None:
        assert stands(contact("sales.lost")) == ("sales.lost", "lost")

    def test_c6_a_stage_with_a_type_can_also_close(self) -> None:
        funnel = Funnel("loans", (Stage("asked"), Stage("granted", outcome="won", closes=True)))
        desk = contact("loans.asked", embudo([SALES, funnel], resolutions=()))
        go(desk, "loans.granted")
        assert stands(desk) == ("archived", "won")
        assert desk.ticket.fields["return_stage"] == "loans.asked"
        arrival = Arrival(Message("m9"), CUSTOMER)
        assert route(arrival, [desk.ticket], desk.rules, MONDAY + timedelta(days=1)) == OpenNew("loans.asked")

    def test_c6_other_stages_resolve_nothing(self) -> None:
        desk = contact("sales.contact")
        go(desk, "sales.offer")
        assert stands(desk) == ("sales.offer", None)


UNDECIDED = All(FieldIs("outcome", None), Not(CategoryIs("closed")))


def idle(name: str, outcome: str, rank: int = 0) -> Rule:
    """Return a rule for two days without activity in *information*."""
    when = After(Elapsed(days=2), Latest(Entered(), LastMessage("anyone")))
    given = All(StateIs(HOME), UNDECIDED)
    return Automation(name, when, (SetField("outcome", outcome),), given=given, rank=rank)


def outcomes(ticket: Ticket) -> list[Value]:
    """Return every outcome that the ticket was given."""
    given = [event for _, event in happenings(ticket) if isinstance(event, FieldChanged) and event.field == "outcome"]
    return [event.after for event in given]


class TestC7:
    def test_c7_at_one_event_the_first_by_total_order_wins(self) -> None:
        """The same move leaves information and enters scheduled; of equal rank, entering-… comes before leaving-…."""
        leaving = Resolution(HOME, "leaving", "lost")
        entering = Resolution("scheduling.scheduled", "entering", "won")
        lives = []
        for listed in ([leaving, entering], [entering, leaving]):
            desk = contact(rules=embudo(resolutions=listed))
            go(desk, "scheduling.scheduled")
            assert outcomes(desk.ticket) == ["won"]
            lives.append(desk.ticket)
        assert lives[0] == lives[1]

    @pytest.mark.parametrize(
        ("first", "second", "wins"),
        [
            (idle("a", "lost"), idle("b", "won"), "lost"),
            (idle("a", "won"), idle("b", "lost"), "won"),
            (idle("a", "lost", rank=1), idle("b", "won"), "won"),
        ],
        ids=["by id", "by id, the other way round", "by rank before id"],
    )
    def test_c7_at_one_instant_the_first_by_total_order_wins(self, first: Rule, second: Rule, wins: str) -> None:
        for listed in ((first, second), (second, first)):
            rules = attrs.evolve(embudo(resolutions=()), automations=listed)
            desk = contact(rules=rules)
            desk.advance(utc(2026, 11, 18, 10))
            assert outcomes(desk.ticket) == [wins]
            assert desk.ticket.changed_at == utc(2026, 11, 18, 10)

    @pytest.mark.parametrize("when", [Elapsed(days=2), "leaving"], ids=["time", "leaving"])
    def test_c7_two_resolutions_of_one_stage_have_a_fixed_order(self, when: Elapsed | Literal["leaving"]) -> None:
        """The same one wins in either order of listing."""
        won, lost = Resolution(HOME, when, "won"), Resolution(HOME, when, "lost")
        found = []
        for listed in ([won, lost], [lost, won]):
            desk = contact(rules=embudo(resolutions=listed))
            go(desk, "scheduling.scheduled", hours=49)
            assert len(outcomes(desk.ticket)) == 1
            found.append(outcomes(desk.ticket))
        assert found[0] == found[1]

    @pytest.mark.parametrize("closes", [None, HOME], ids=["marking", "closing"])
    def test_c7_two_periodic_ones_of_one_moment_are_decided_by_name(self, closes: str | None) -> None:
        """Both on Mondays at 9:00 and of equal rank: periodic-…-lost comes before periodic-…-won."""
        won, lost = Resolution(HOME, MONDAYS, "won", closes), Resolution(HOME, MONDAYS, "lost", closes)
        lives = []
        for listed in ([won, lost], [lost, won]):
            desk = contact(rules=embudo(resolutions=listed))
            desk.advance(COMES)
            assert (outcomes(desk.ticket), desk.ticket.changed_at) == (["lost"], COMES)
            desk.advance(utc(2027, 6, 1))
            assert outcomes(desk.ticket) == ["lost"]
            lives.append(desk.ticket)
        assert lives[0] == lives[1]

    @pytest.mark.parametrize("closes", [None, HOME], ids=["marking", "closing"])
    @pytest.mark.parametrize(("idles", "comes_round"), [("won", "lost"), ("lost", "won")])
    @pytest.mark.parametrize("periodic_first", [False, True], ids=["by name", "by rank"])
    def test_c7_a_span_and_a_recurrence_due_at_one_instant(
        self, idles: Outcome, comes_round: Outcome, closes: str | None, periodic_first: bool
    ) -> None:
        """Sat 14 Nov 12:00Z and 2 days are Mon 12:00Z as well. idle-… comes before periodic-…, unless ranks say so."""
        listed = [Resolution(HOME, Elapsed(days=2), idles, closes), Resolution(HOME, MONDAYS, comes_round, closes)]
        lives = []
        for resolutions in (listed, listed[::-1]):
            plain = embudo(resolutions=resolutions)
            ranked = [
                attrs.evolve(rule, rank=rule.id.startswith("idle") * periodic_first) for rule in plain.automations
            ]
            desk = begun(utc(2026, 11, 14, 12), attrs.evolve(plain, automations=tuple(ranked)))
            assert next_due(desk.ticket, desk.rules) == COMES
            desk.advance(COMES - MICRO)
            assert outcomes(desk.ticket) == []
            desk.advance(utc(2027, 6, 1))
            assert outcomes(desk.ticket) == [comes_round if periodic_first else idles]
            lives.append(desk.ticket.trails["state"].value)
            assert desk.ticket.changed_at == COMES
        assert lives == (["archived"] * 2 if closes else [HOME] * 2)

    def test_c7_the_earlier_instant_comes_before_any_rank(self) -> None:
        """A microsecond: begun at Sat 14 Nov 12:00Z less one, two days are over before Monday's 9:00."""
        listed = [Resolution(HOME, Elapsed(days=2), "lost"), Resolution(HOME, MONDAYS, "won")]
        plain = embudo(resolutions=listed)
        ranked = [attrs.evolve(rule, rank=int(rule.id.startswith("idle"))) for rule in plain.automations]
        desk = begun(utc(2026, 11, 14, 12) - MICRO, attrs.evolve(plain, automations=tuple(ranked)))
        desk.advance(utc(2027, 6, 1))
        assert (outcomes(desk.ticket), desk.ticket.changed_at) == (["lost"], COMES - MICRO)

    def test_c7_the_type_of_a_stage_comes_before_rules_about_entering_it(self) -> None:
        rules = embudo(resolutions=[Resolution("sales.won", "entering", "lost")])
        desk = contact("sales.contact", rules)
        go(desk, "sales.won")
        assert outcomes(desk.ticket) == ["won"]

    def test_c7_a_rule_resolves_only_while_there_is_no_outcome(self) -> None:
        desk = contact()
        mark(desk, "lost")
        go(desk, "scheduling.finished", hours=2)
        assert stands(desk) == ("scheduling.finished", "lost")
        desk = contact()
        mark(desk, "won")
        desk.advance(utc(2026, 12, 1))
        assert stands(desk) == (HOME, "won")

    def test_c7_a_type_does_not_change_an_outcome_either(self) -> None:
        desk = contact("sales.contact")
        go(desk, "sales.lost")
        go(desk, "sales.won", hours=2)
        assert stands(desk) == ("sales.won", "lost")

    def test_c7_a_command_at_the_due_instant_comes_before_time(self) -> None:
        desk = contact()
        go(desk, "scheduling.finished", hours=48)
        assert stands(desk) == ("archived", "won")


class TestC8:
    @pytest.mark.parametrize(
        ("resolution", "named"),
        [
            (Resolution("scheduling.finishd", "entering", "won"), "scheduling.finishd"),
            (Resolution("scheduling.finishd", "leaving", "won"), "scheduling.finishd"),
            (Resolution("scheduling.finishd", Elapsed(days=2), "won"), "scheduling.finishd"),
            (Resolution("schedulling.finished", "entering", "won"), "schedulling.finished"),
            (Resolution(HOME, "leaving", "won", return_stage="sales.contcat"), "sales.contcat"),
        ],
        ids=["stage entered", "stage left", "stage of time", "funnel", "return stage"],
    )
    def test_c8_an_unknown_name_is_an_error_when_the_rules_are_built(self, resolution: Resolution, named: str) -> None:
        with pytest.raises(DefinitionError) as error:
            embudo(resolutions=[resolution])
        for problem in error.value.problems:
            assert "rules 'embudo', automations[0]" in problem.place
            assert named in problem.what
            assert problem.fix

    def test_c8_the_likely_name_is_offered(self) -> None:
        with pytest.raises(DefinitionError, match=r"did you mean 'scheduling\.finished'"):
            embudo(resolutions=[Resolution("scheduling.finishd", "entering", "won")])

    def test_c8_all_unknown_names_are_reported_together(self) -> None:
        wrong = [
            Resolution("scheduling.nowhere", "entering", "won"),
            Resolution(HOME, "leaving", "lost", return_stage="sales.nowhere"),
        ]
        with pytest.raises(DefinitionError) as error:
            embudo(resolutions=wrong)
        told = f"{error.value}"
        assert "automations[0]" in told
        assert "automations[1]" in told
        assert "scheduling.nowhere" in told
        assert "sales.nowhere" in told

    def test_c8_without_a_funnel_its_stages_do_not_exist(self) -> None:
        with pytest.raises(DefinitionError, match=r"scheduling\.finished"):
            embudo([SALES], RESOLUTIONS)

    def test_c8_a_funnel_without_stages_is_the_only_one_reported(self) -> None:
        with pytest.raises(DefinitionError) as error:
            embudo([Funnel("empty", ()), SALES], ())
        told = [str(problem) for problem in error.value.problems]
        assert any("empty" in problem for problem in told)
        assert not [problem for problem in told if "sales" in problem]

    def test_c8_an_entry_that_is_not_a_stage_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match=r"scheduling\.schedulled"):
            embudo((SALES, attrs.evolve(SCHEDULING, entry="schedulled")))

    def test_c8_an_entry_with_a_type_is_refused(self) -> None:
        """Customers open tickets in stages without a type, so the entry of a funnel must not have one."""
        with pytest.raises(BadValueError, match="start in 'granted' and would be won at once; name an entry"):
            Funnel("loans", (Stage("granted", outcome="won"), Stage("asked")))
        with pytest.raises(BadValueError, match="start in 'lost' and would be lost at once; name an entry"):
            attrs.evolve(SALES, entry="lost")
        assert Funnel("loans", (Stage("granted", outcome="won"), Stage("asked")), entry="asked").entry == "asked"

    def test_c8_the_archive_is_not_a_stage(self) -> None:
        with pytest.raises(DefinitionError, match="no stage 'archived'"):
            embudo(resolutions=[Resolution("archived", "entering", "won")])

    def test_c6_a_ticket_with_the_other_outcome_is_not_archived_by_a_type(self) -> None:
        closing = Funnel("sales", (Stage("contact"), Stage("won", outcome="won", closes=True)))
        desk = contact("sales.contact", embudo([closing], ()))
        desk.give(commands.SetFields({"outcome": "lost"}, at=desk.ticket.changed_at, by=ANA))
        desk.give(commands.Move("to.sales.won", at=desk.ticket.changed_at, by=ANA))
        assert (desk.ticket.state, desk.ticket.outcome) == ("sales.won", "lost")

    def test_c8_only_a_stage_with_a_type_can_close(self) -> None:
        with pytest.raises(BadValueError, match="stage 'done' closes but has no type; set its outcome to won or lost"):
            Stage("done", closes=True)

    def test_c8_an_unknown_kind_of_resolution_is_refused(self) -> None:
        with pytest.raises(BadValueError, match=r"Resolution.when is 'arriving'"):
            Resolution("sales.won", "arriving", "won")  # type: ignore[arg-type]


def scheduling(outcome: Outcome | None, *, closes: bool = False) -> Rules:
    """Return the rules with this type for the middle stage of *scheduling*."""
    first, middle, last = SCHEDULING.stages
    changed = attrs.evolve(middle, outcome=outcome, closes=closes)
    return embudo([SALES, attrs.evolve(SCHEDULING, stages=(first, changed, last))])


class TestC9:
    @pytest.mark.parametrize("closes", [False, True], ids=["marking", "closing"])
    def test_c9_a_type_added_later_does_not_affect_tickets_in_the_stage(self, closes: bool) -> None:
        desk = contact("scheduling.scheduled")
        desk.rules = scheduling("won", closes=closes)
        desk.advance(MONDAY + timedelta(days=30))
        desk.write(MONDAY + timedelta(days=31), CUSTOMER)
        desk.assign(MONDAY + timedelta(days=32))
        assert stands(desk) == ("scheduling.scheduled", None)

    @pytest.mark.parametrize(("closes", "state"), [(False, "scheduling.scheduled"), (True, "archived")])
    def test_c9_a_type_added_later_counts_for_later_entries(self, closes: bool, state: str) -> None:
        desk = contact("scheduling.scheduled")
        desk.rules = scheduling("won", closes=closes)
        go(desk, HOME)
        assert desk.ticket.outcome is None
        go(desk, "scheduling.scheduled", hours=2)
        assert stands(desk) == (state, "won")

    def test_c9_removing_a_type_keeps_outcomes(self) -> None:
        desk = contact("scheduling.scheduled", scheduling("lost"))
        desk.rules = scheduling(None)
        desk.write(MONDAY + timedelta(days=1), CUSTOMER)
        assert stands(desk) == ("scheduling.scheduled", "lost")
        assert stands(contact("scheduling.scheduled", desk.rules)) == ("scheduling.scheduled", None)

    def test_c9_changing_won_to_lost_keeps_outcomes(self) -> None:
        desk = contact("scheduling.scheduled", scheduling("won"))
        desk.rules = scheduling("lost")
        desk.advance(MONDAY + timedelta(days=30))
        assert desk.ticket.outcome == "won"


class TestC10:
    def test_c10_archived_tickets_leave_the_funnel(self) -> None:
        desk = contact()
        assert RULES.workflow.listed(desk.ticket.facts) == ("scheduling",)
        mark(desk, "won")
        assert RULES.workflow.listed(desk.ticket.facts) == ("scheduling",), "marked is not closed"
        archive(desk)
        assert RULES.workflow.listed(desk.ticket.facts) == ()

    def test_c10_each_funnel_shows_its_own(self) -> None:
        desk = contact("sales.offer")
        assert RULES.workflow.listed(desk.ticket.facts) == ("sales",)
        go(desk, HOME)
        assert RULES.workflow.listed(desk.ticket.facts) == ("scheduling",)

    def test_c10_a_funnel_does_not_show_one_with_a_longer_name(self) -> None:
        rules = embudo((Funnel("loans", (Stage("asked"),)), Funnel("loans.cars", (Stage("asked"),))), ())
        assert rules.workflow.listed(contact("loans.asked", rules).ticket.facts) == ("loans",)
        assert rules.workflow.listed(contact("loans.cars.asked", rules).ticket.facts) == ("loans.cars",)

    def test_c10_the_outcome_of_a_marked_ticket_may_be_changed_by_hand(self) -> None:
        desk = contact("sales.contact")
        go(desk, "sales.won")
        mark(desk, "lost", hours=2)
        assert stands(desk) == ("sales.won", "lost")
        (record,) = records(desk.ticket, "field_changed", field="outcome")
        assert isinstance(record.event, FieldChanged)
        assert (record.event.before, record.event.after, record.entry.actor) == ("won", "lost", ANA)

    def test_c10_the_outcome_of_an_archived_ticket_cannot_be_changed(self) -> None:
        desk = contact()
        mark(desk, "won")
        archive(desk)
        change = commands.SetFields({"outcome": "lost"}, at=MONDAY + timedelta(days=1), by=BOSS)
        refusal = desk.refused(change)
        assert refusal.kinds == {"closed_for_good"}
        assert refusal.reasons[0].help


def test_f3_closing_many_gives_one_result_each_and_continues_after_refusals() -> None:
    desk = contact()
    archive(desk)
    close = commands.Move("close", fields={"return_stage": HOME}, at=MONDAY + timedelta(days=1), by=ANA)
    decisions = handle_all([contact().ticket, desk.ticket, contact("sales.offer").ticket], close, RULES)
    assert [type(decision) for decision in decisions] == [Accepted, Refused, Accepted]
    assert [decision.ticket.state for decision in decisions if decision.ticket] == ["archived"] * 3
