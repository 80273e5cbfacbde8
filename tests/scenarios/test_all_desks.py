"""Rows F1 to F4 on the ready-made desks: routing, reports, bulk, texts. Instants and figures are worked out by hand.

London reads UTC in November; Enate's desk is open Monday to Friday 9 to 17. São Paulo reads UTC-3; Senior's desk is
open 9 to 18, and Fri 20 Nov 2026 is a holiday there. Mon 16 to Fri 20 Nov, Mon 23 to Fri 27, Mon 30.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, SAO_PAULO, Desk, mails, sp, utc
from ticketflow import Actor, CalendarSpan, Elapsed, FieldIs, Message, Rules, Template, Ticket, commands, handle, read
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.engine.handling import handle_all
from ticketflow.engine.planning import advance
from ticketflow.errors import BadValueError, DefinitionError, NaiveDatetimeError
from ticketflow.kernel.field_values import Value
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.service.intake import (
    Append,
    Arrival,
    FollowUp,
    OpenNew,
    Reopen,
    Route,
    SetAside,
    Surface,
    command_for,
    route,
)
from ticketflow.service.reports import Kept, Spent, report, report_all
from ticketflow.sla.policies import Target
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import MessageRequested

MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
MONDAY = utc(2026, 11, 16, 10)
CARLA = Actor("customer", "carla")
ADERESO, EMBUDO, POSPONER, SENIOR = adereso(in_progress=True), embudo(), posponer(), senior()
ENATE = enate(
    close_unanswered_after=CalendarSpan(days=3), feedback_window=Elapsed(days=2), targets=(Target(Elapsed(hours=11)),)
)
MAIL = Arrival(Message("m9"), CUSTOMER)
MACHINE = Arrival(Message("m9", automatic=True), CUSTOMER)


def lived(rules: Rules, name: str, *rest: Command, at: datetime = MONDAY, by: Actor = CUSTOMER) -> Ticket:
    """Return a ticket opened by its customer's message on Mon 16 Nov 10:00, after some commands."""
    ticket = handle(None, commands.Open(name, message=Message(f"{name}.1"), at=at, by=by), rules).unwrap().ticket
    for command in rest:
        ticket = handle(ticket, command, rules).unwrap().ticket
    return ticket


def move(name: str, hours: int = 1, **fields: Value) -> Command:
    """Return Ana's command for a transition some hours after Monday 10:00, without a message."""
    return commands.Move(name, fields=fields, at=MONDAY + hours * HOUR, by=ANA)


def carried_out(routed: Route, ticket: Ticket | None, rules: Rules, at: datetime, arrival: Arrival = MAIL) -> Ticket:
    """Give the command of a route and return the ticket that has the message."""
    command = command_for(routed, arrival, at, "NEW-1")
    assert command is not None
    decision = handle(ticket, command, rules).unwrap()
    return decision.created or decision.ticket


WAITING = (move("start_work"), move("wait", 2, wait_kind="information"))  # until Thu 19 Nov 12:00, then it closes
SOLVED = (move("start_work"), move("resolve", 2))  # its window ends on Wed 18 Nov 12:00
ASLEEP = commands.Snooze(until=utc(2026, 11, 20, 9), at=MONDAY + HOUR, by=ANA)
ASKED = commands.Move("ask_for_information", Message("m2"), at=sp(2026, 11, 19, 15), by=ANA)  # closes Mon 30 Nov 15:00


FREE = ("low", "Prioridad 1")
PRIORITIES: tuple[tuple[Rules, str | None, tuple[str, ...]], ...] = (
    (ADERESO, None, FREE),
    (POSPONER, None, FREE),
    (EMBUDO, EMBUDO.workflow.pipelines[0].entry, FREE),
    (ENATE, None, FREE),
    (SENIOR, None, ("low", "normal", "high", "urgent")),
    (servicenow(), None, ("1 - Critical", "2 - High", "3 - Moderate", "4 - Low")),
)


class TestPriority:
    """A ticket can have a priority from its opening on, with the values of its system."""

    @pytest.mark.parametrize(("rules", "stage", "values"), PRIORITIES)
    @pytest.mark.parametrize("by", [CUSTOMER, ANA, ROBOT])
    def test_everybody_can_give_it(self, rules: Rules, stage: str | None, values: tuple[str, ...], by: Actor) -> None:
        for value in values:
            state = stage if by == ANA else None
            opening = commands.Open("A-1", {"priority": value}, Message("m1"), state=state, at=MONDAY, by=by)
            assert handle(None, opening, rules).unwrap().ticket.fields["priority"] == value

    @pytest.mark.parametrize("rules", [SENIOR, servicenow()])
    def test_another_value_is_refused(self, rules: Rules) -> None:
        opening = commands.Open("A-1", {"priority": "5 - Planning"}, Message("m1"), at=MONDAY, by=ANA)
        refused = handle(None, opening, rules)
        assert isinstance(refused, Refused)
        assert [reason.kind for reason in refused.reasons] == ["bad_value"]

    def test_stale_has_none(self) -> None:
        assert stale().workflow.field("priority") is None

    def test_targets_can_go_by_it(self) -> None:
        """Opened Mon 10:00: due at noon for an urgent ticket, at 20:00 for another."""
        targets = (Target(Elapsed(hours=2), FieldIs("priority", "urgent")), Target(Elapsed(hours=10)))
        rules = adereso(targets=targets)
        for priority, hours in (("urgent", 2), ("low", 10)):
            opening = commands.Open("A-1", {"priority": priority}, at=MONDAY, by=CUSTOMER)
            ticket = handle(None, opening, rules).unwrap().ticket
            assert read(MONDAY, ticket, rules.clock("resolution")).due_at == MONDAY + hours * HOUR


class TestF1:
    """A customer's message is routed to a ticket."""

    def test_f1_without_a_ticket_every_desk_opens_a_new_one(self) -> None:
        for rules in (ADERESO, EMBUDO, POSPONER, SENIOR, ENATE):
            found = route(MAIL, [], rules, MONDAY)
            assert found == OpenNew()
            assert carried_out(found, None, rules, MONDAY).id == "NEW-1"

    def test_f1_it_is_appended_to_the_open_ticket_and_ends_its_wait(self) -> None:
        ticket, at = lived(ENATE, "A-1", *WAITING), MONDAY + DAY
        found = route(MAIL, [ticket], ENATE, at)
        assert found == Append("A-1")
        after = carried_out(found, ticket, ENATE, at)
        assert (after.state, after.fields["highlighted"]) == ("to_do", True)

    def test_f1_a_message_ends_the_wait_until_the_instant_of_closing(self) -> None:
        """Waiting since Mon 12:00, three days: Thu 19 Nov 12:00. A message of that instant comes first."""
        ticket, end = lived(ENATE, "A-1", *WAITING), utc(2026, 11, 19, 12)
        for at in (end - MICRO, end):
            assert route(MAIL, [ticket], ENATE, at) == Append("A-1")
            assert carried_out(Append("A-1"), ticket, ENATE, at).state == "to_do"
        assert route(MAIL, [ticket], ENATE, end + MICRO) == OpenNew()

    def test_f1_reopens_the_resolved_one_until_its_window_ends(self) -> None:
        """Resolved Mon 12:00, two days: Wed 18 Nov 12:00."""
        ticket, end = lived(ENATE, "C-1", *SOLVED), utc(2026, 11, 18, 12)
        for at in (end - MICRO, end):
            assert route(MAIL, [ticket], ENATE, at) == Reopen("C-1")
            assert carried_out(Reopen("C-1"), ticket, ENATE, at).state == "to_do"
        assert route(MAIL, [ticket], ENATE, end + MICRO) == OpenNew()

    def test_f1_it_is_only_appended_if_people_reopen(self) -> None:
        by_hand = enate(feedback_window=Elapsed(days=2), reopens_by_itself=False)
        assert route(MAIL, [lived(by_hand, "C-1", *SOLVED)], by_hand, MONDAY + DAY) == Append("C-1")

    def test_f1_it_shows_the_snoozed_ticket_until_its_moment(self) -> None:
        """Asleep until Fri 20 Nov 9:00; a microsecond later it is visible, and the message is only appended."""
        ticket, moment = lived(POSPONER, "B-1", ASLEEP), utc(2026, 11, 20, 9)
        for at in (moment - MICRO, moment):
            assert route(MAIL, [ticket], POSPONER, at) == Surface("B-1")
            after = carried_out(Surface("B-1"), ticket, POSPONER, at)
            assert (after.is_hidden, after.snooze is not None) == (False, True)
        assert route(MAIL, [ticket], POSPONER, moment + MICRO) == Append("B-1")

    def test_f1_a_new_ticket_begins_at_the_return_stage(self) -> None:
        """Two days without activity archive it on Wed 18 Nov 10:00, with *information* as the return stage."""
        first = Arrival(Message("m1"), CUSTOMER, channel="clinic")
        ticket = carried_out(route(first, [], EMBUDO, MONDAY), None, EMBUDO, MONDAY, first)
        assert ticket.state == "scheduling.information"
        end, shop = MONDAY + 2 * DAY, Arrival(Message("m9"), CUSTOMER, channel="shop")
        for at in (end - MICRO, end):
            assert route(shop, [ticket], EMBUDO, at) == Append("NEW-1")
        assert route(shop, [ticket], EMBUDO, end + MICRO) == OpenNew("scheduling.information"), "not what shop feeds"

    def test_f1_a_closed_ticket_gets_a_follow_up_from_the_instant_after_its_closing(self) -> None:
        """Asked on Thu 19 Nov 15:00; Fri is a holiday, so six business days end on Mon 30 Nov 15:00."""
        ticket, end = lived(SENIOR, "D-1", ASKED, at=sp(2026, 11, 18, 9)), sp(2026, 11, 30, 15)
        for at in (end - MICRO, end):
            assert route(MAIL, [ticket], SENIOR, at) == Append("D-1")
        found = route(MAIL, [ticket], SENIOR, end + MICRO)
        assert found == FollowUp("D-1")
        created = carried_out(found, ticket, SENIOR, end + MICRO)
        assert (created.id, created.follows, created.state) == ("NEW-1", "D-1", "new")
        assert created.earlier is not None

    @pytest.mark.parametrize(
        ("rules", "ticket"),
        [
            (ENATE, lived(ENATE, "A-1", *WAITING)),
            (ENATE, lived(ENATE, "A-1", *SOLVED)),
            (POSPONER, lived(POSPONER, "A-1", ASLEEP)),
            (POSPONER, lived(POSPONER, "A-1", move("resolve"))),
        ],
        ids=["ends no wait", "reopens nothing in a window", "wakes nothing", "reopens nothing"],
    )
    def test_f1_a_machines_message_is_appended_and_triggers_nothing(self, rules: Rules, ticket: Ticket) -> None:
        at = MONDAY + DAY
        assert route(MACHINE, [ticket], rules, at) == Append("A-1")
        after = carried_out(Append("A-1"), ticket, rules, at, MACHINE)
        assert (after.state, after.is_hidden) == (ticket.state, ticket.is_hidden)

    def test_f1_a_machines_answer_to_a_closed_ticket_opens_nothing(self) -> None:
        closed = lived(POSPONER, "D-1", move("close"))
        arrival = attrs.evolve(MACHINE, reply_to="D-1")
        found = route(arrival, [closed], POSPONER, MONDAY + DAY)
        assert found == SetAside("D-1")
        assert command_for(found, arrival, MONDAY + DAY, "NEW-1") is None

    def test_f1_open_comes_before_snoozed_before_resolved_before_archived_in_any_order(self) -> None:
        tickets = [
            lived(POSPONER, "Z-1"),
            lived(POSPONER, "B-1", ASLEEP),
            lived(POSPONER, "A-1", move("resolve")),
            lived(POSPONER, "A-0", move("close")),
        ]
        best = [Append("Z-1"), Surface("B-1"), Reopen("A-1"), OpenNew()]
        for left_out, expected in enumerate(best):
            for order in permutations(tickets[left_out:]):
                assert route(MAIL, order, POSPONER, MONDAY + DAY) == expected

    def test_f1_waiting_comes_before_resolved_in_its_window_before_archived(self) -> None:
        tickets = [
            lived(ENATE, "C-1", *WAITING),
            lived(ENATE, "B-1", *SOLVED, at=MONDAY),
            lived(ENATE, "A-1", *SOLVED, at=MONDAY - 7 * DAY),
        ]
        closed = advance(MONDAY + 2 * HOUR + 2 * DAY, tickets[2], ENATE)
        assert closed.state == "closed"
        at = MONDAY + DAY
        assert route(MAIL, [closed, *tickets[:2]], ENATE, at) == Append("C-1")
        assert route(MAIL, [closed, tickets[1]], ENATE, at) == Reopen("B-1")

    def test_f1_among_equals_the_last_active_ticket_gets_it(self) -> None:
        early, late = lived(POSPONER, "A-1"), lived(POSPONER, "B-1", at=MONDAY + MICRO)
        for order in ([early, late], [late, early]):
            assert route(MAIL, order, POSPONER, MONDAY + DAY) == Append("B-1")

    def test_f1_among_equally_active_tickets_the_smaller_id_gets_it(self) -> None:
        one, other = lived(POSPONER, "A-1"), lived(POSPONER, "B-1")
        for order in ([one, other], [other, one]):
            assert route(MAIL, order, POSPONER, MONDAY + DAY) == Append("A-1")

    def test_f1_activity_and_id_decide_among_closed_tickets_too(self) -> None:
        """The last active archived ticket decides the return stage; of two equally active ones, the smaller id."""
        stages = ("sales.offer", "scheduling.scheduled")
        early, late = (
            lived(EMBUDO, name, move("close", 2, return_stage=stage), at=MONDAY + number * MICRO)
            for number, (name, stage) in enumerate(zip(("A-1", "B-1"), stages, strict=True))
        )
        twin = lived(EMBUDO, "A-2", move("close", 2, return_stage=stages[1]))
        assert route(MAIL, [early, late], EMBUDO, MONDAY + DAY) == OpenNew("scheduling.scheduled")
        assert route(MAIL, [twin, early], EMBUDO, MONDAY + DAY) == OpenNew("sales.offer")

    @pytest.mark.parametrize(
        ("named", "expected"),
        [("Z-1", Append("Z-1")), ("B-1", Surface("B-1")), ("A-1", Reopen("A-1")), ("A-0", OpenNew()), ("x", None)],
    )
    def test_f1_a_reply_goes_to_the_ticket_it_names(self, named: str, expected: Route | None) -> None:
        """A reply to an unknown ticket is routed like any other: Y-1 was active last."""
        tickets = [
            lived(POSPONER, "Y-1", at=MONDAY + HOUR),
            lived(POSPONER, "Z-1"),
            lived(POSPONER, "B-1", ASLEEP),
            lived(POSPONER, "A-1", move("resolve")),
            lived(POSPONER, "A-0", move("close")),
        ]
        reply = attrs.evolve(MAIL, reply_to=named)
        assert route(reply, tickets, POSPONER, MONDAY + DAY) == (expected or Append("Y-1"))

    def test_f1_a_reply_that_names_a_closed_ticket_is_its_follow_up_although_another_is_open(self) -> None:
        closed = lived(SENIOR, "D-1", ASKED, at=sp(2026, 11, 18, 9))
        young = lived(SENIOR, "E-1", at=sp(2026, 11, 30, 16))
        at = sp(2026, 12, 1, 9)
        assert route(MAIL, [closed, young], SENIOR, at) == Append("E-1")
        assert route(attrs.evolve(MAIL, reply_to="D-1"), [closed, young], SENIOR, at) == FollowUp("D-1")

    def test_f1_it_is_a_pure_function(self) -> None:
        """The stored ticket stays as it is, although its snooze has ended, and the answer is the same again."""
        ticket = lived(POSPONER, "B-1", ASLEEP)
        version = ticket.version
        found = [route(MAIL, [ticket], POSPONER, utc(2026, 11, 21)) for _ in range(2)]
        assert found == [Append("B-1")] * 2
        assert (ticket.version, ticket.is_hidden) == (version, True)

    def test_f1_an_instant_without_a_zone_is_refused_by_name(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="now is"):
            route(MAIL, [], POSPONER, datetime(2026, 11, 16))  # noqa: DTZ001 -- the point
        with pytest.raises(NaiveDatetimeError, match="at is"):
            command_for(OpenNew(), MAIL, datetime(2026, 11, 16), "NEW-1")  # noqa: DTZ001 -- the point


def worked_on(end: datetime) -> Ticket:
    """Opened Mon 10, answered 11, waiting 12 to Tue 10, taken up 11, solved 12, reopened Wed 9, taken up 10, solved."""
    desk = Desk(ENATE)
    desk.open(MONDAY)
    desk.write(utc(2026, 11, 16, 11), ANA)
    desk.give(commands.Move("wait", fields={"wait_kind": "information"}, at=utc(2026, 11, 16, 12), by=ANA))
    desk.write(utc(2026, 11, 17, 10), CUSTOMER)
    desk.give(commands.Move("start_work", at=utc(2026, 11, 17, 11), by=ANA))
    desk.give(commands.Move("resolve", at=utc(2026, 11, 17, 12), by=ANA))
    desk.write(utc(2026, 11, 18, 9), CUSTOMER)
    desk.give(commands.Move("start_work", at=utc(2026, 11, 18, 10), by=ANA))
    desk.give(commands.Move("resolve", at=end, by=ANA))
    return desk.ticket


SOLVED_AT = utc(2026, 11, 18, 16)
CLOSED_AT = utc(2026, 11, 20, 16)  # two days later


class TestF2:
    """Reports give the times and states of tickets."""

    def test_f2_time_to_the_first_answer_and_to_the_first_and_the_last_resolution(self) -> None:
        """Working: Mon 10 to 17 and Tue 9 to 12 are 10 hours; with all of Tue and Wed 9 to 16, 7 + 8 + 7 = 22."""
        told = report(SOLVED_AT, worked_on(SOLVED_AT), ENATE)
        assert told.first_answer == Spent(HOUR, HOUR)
        assert told.first_resolution == Spent(26 * HOUR, 10 * HOUR)
        assert told.last_resolution == Spent(54 * HOUR, 22 * HOUR)
        assert told.reopenings == 1

    def test_f2_times_are_empty_before_the_first_answer_and_resolution(self) -> None:
        told = report(MONDAY + HOUR, lived(ENATE, "T-1"), ENATE)
        assert (told.first_answer, told.first_resolution, told.last_resolution) == (None, None, None)
        assert (told.is_open, told.reopenings, told.customer) == (True, 0, "bruno")

    def test_f2_notes_and_automatic_answers_do_not_count_as_a_first_answer(self) -> None:
        """Sun 15 Nov: Adereso's desk is shut and says so; Ana's note of 10:00 is no answer, her mail of 11:00 is."""
        desk = Desk(ADERESO)
        desk.open(MONDAY - DAY)
        assert [what for _, what in mails(desk.ticket)] == ["out-of-hours-answer"]
        desk.write(MONDAY, ANA, public=False)
        assert report(MONDAY, desk.ticket, ADERESO).first_answer is None
        desk.write(MONDAY + HOUR, ANA)
        told = report(MONDAY + HOUR, desk.ticket, ADERESO).first_answer
        assert told is not None
        assert told.elapsed == 25 * HOUR

    def test_f2_time_in_each_state_elapsed_and_working(self) -> None:
        """Waiting Mon 12 to Tue 10: 5 + 1. Resolved Tue 12 to Wed 9: 5; and Wed 16 to Fri 16: 1 + 8 + 7."""
        closed = advance(CLOSED_AT, worked_on(SOLVED_AT), ENATE)
        assert report(CLOSED_AT + 30 * DAY, closed, ENATE).time_in == {
            "to_do": Spent(3 * HOUR, 3 * HOUR),
            "in_progress": Spent(8 * HOUR, 8 * HOUR),
            "waiting_for_information": Spent(22 * HOUR, 6 * HOUR),
            "resolved": Spent(69 * HOUR, 21 * HOUR),
        }

    def test_f2_a_holiday_counts_as_elapsed_but_not_as_worked(self) -> None:
        """Validating from Thu 19 Nov 15:00 to Mon 30 Nov 15:00: eleven days; 3 + 5 * 9 + 6 hours, none on Fri 20."""
        desk = Desk(SENIOR)
        desk.open(sp(2026, 11, 18, 9, 30))
        desk.move(sp(2026, 11, 19, 15), "inform_solution")
        desk.advance(sp(2026, 12, 24))
        told = report(sp(2026, 12, 24), desk.ticket, SENIOR)
        assert told.time_in["customer_validation"] == Spent(11 * DAY, 54 * HOUR)
        assert told.first_resolution == Spent(timedelta(hours=29, minutes=30), timedelta(hours=14, minutes=30))

    def test_f2_whether_a_ticket_is_open(self) -> None:
        """Open at the instant before it is resolved and not at it; waiting, asleep and in progress are open."""
        solving = lived(ENATE, "T-1", move("start_work"))
        assert report(MONDAY + 2 * HOUR - MICRO, solving, ENATE).is_open
        assert not report(MONDAY + 2 * HOUR, lived(ENATE, "T-1", *SOLVED), ENATE).is_open
        assert report(MONDAY + DAY, lived(ENATE, "T-1", *WAITING), ENATE).is_open
        assert report(MONDAY + DAY, lived(ADERESO, "T-1", move("start_progress")), ADERESO).is_open
        asleep = report(MONDAY + DAY, lived(POSPONER, "T-1", ASLEEP), POSPONER)
        assert (asleep.is_open, asleep.first_resolution) == (True, None), "its sleep is no resolution"

    @pytest.mark.parametrize(
        ("end", "kept"),
        [
            (SOLVED_AT - MICRO, Kept(met=1)),
            (SOLVED_AT, Kept(met=1)),
            (SOLVED_AT + MICRO, Kept(breached=1)),
        ],
    )
    def test_f2_targets_met_and_breached(self, end: datetime, kept: Kept) -> None:
        """Eleven hours: Mon 10 to 12, Tue 10 to 12, Wed 9 to 16; neither the wait nor the resolution counts."""
        assert report(CLOSED_AT, worked_on(end), ENATE).clocks == {"resolution": kept}

    def test_f2_cycles_per_customer(self) -> None:
        """Bruno came three times and Carla once; two of the four are archived."""
        archived = move("close", 2, return_stage="sales.contact")
        tickets = [
            lived(EMBUDO, "T-1", archived),
            lived(EMBUDO, "T-2", archived, at=MONDAY + HOUR),
            lived(EMBUDO, "T-3", at=MONDAY + DAY),
            lived(EMBUDO, "T-4", by=CARLA),
        ]
        reports, summary = report_all(MONDAY + 2 * DAY, tickets, EMBUDO)
        assert [each.ticket for each in reports] == ["T-1", "T-2", "T-3", "T-4"]
        assert summary.cycles == {"bruno": 3, "carla": 1}
        assert (summary.tickets, summary.open, summary.reopened) == (4, 2, 0)

    def test_f2_an_unknown_calendar_or_naive_instant_is_refused(self) -> None:
        ticket = lived(ENATE, "T-1")
        with pytest.raises(NaiveDatetimeError, match="until is"):
            report(datetime(2026, 11, 17), ticket, ENATE)  # noqa: DTZ001 -- the point
        with pytest.raises(BadValueError, match="there are: default"):
            report(MONDAY + DAY, ticket, ENATE, "night")
        with pytest.raises(BadValueError):
            report(MONDAY + DAY, None, ENATE)  # type: ignore[arg-type]


def closed_by_hand(rules: Rules, **fields: Value) -> Ticket:
    return lived(rules, "T-2", move("close", 1, **fields))


LATER = MONDAY + 3 * HOUR
BULK: dict[str, tuple[Rules, Ticket, Command]] = {
    "adereso": (ADERESO, closed_by_hand(ADERESO), commands.Move("start_progress", at=LATER, by=BOSS)),
    "posponer": (POSPONER, closed_by_hand(POSPONER), commands.Snooze(choice="tomorrow", at=LATER, by=BOSS)),
    "embudo": (
        EMBUDO,
        closed_by_hand(EMBUDO, return_stage="sales.contact"),
        commands.Move("close", fields={"return_stage": "sales.offer"}, at=LATER, by=BOSS),
    ),
    "senior": (
        SENIOR,
        lived(
            SENIOR,
            "T-2",
            commands.Move("inform_solution", Message("m"), at=MONDAY - 20 * DAY, by=ANA),
            at=MONDAY - 21 * DAY,
        ),
        commands.Assign("bea", at=LATER, by=BOSS),
    ),
    "enate": (ENATE, lived(ENATE, "T-2", *SOLVED), commands.Move("start_work", at=LATER, by=BOSS)),
}
every_bulk = pytest.mark.parametrize(("rules", "unfit", "command"), BULK.values(), ids=BULK)


class TestF3:
    """One command is given to many tickets; the middle one refuses it."""

    @every_bulk
    def test_f3_there_is_one_result_per_ticket_in_order_and_none_stops_the_rest(
        self, rules: Rules, unfit: Ticket, command: Command
    ) -> None:
        tickets = [lived(rules, "T-1"), unfit, lived(rules, "T-3")]
        for order in (tickets, tickets[::-1], [unfit, *tickets]):
            results = handle_all(order, command, rules)
            assert [result.ticket.id for result in results if result.ticket] == [ticket.id for ticket in order]
            assert [type(result) for result in results] == [Refused if each is unfit else Accepted for each in order]

    @every_bulk
    def test_f3_each_result_is_that_of_the_command_given_alone(
        self, rules: Rules, unfit: Ticket, command: Command
    ) -> None:
        tickets = [lived(rules, "T-1"), unfit]
        assert handle_all(tickets, command, rules) == tuple(handle(ticket, command, rules) for ticket in tickets)

    @every_bulk
    def test_f3_customers_do_nothing_in_bulk(self, rules: Rules, unfit: Ticket, command: Command) -> None:
        results = handle_all([lived(rules, "T-1"), unfit], attrs.evolve(command, by=CUSTOMER), rules)
        assert len(results) == 2
        for result in results:
            assert isinstance(result, Refused)
            assert "not_allowed" in result.kinds

    def test_f3_no_tickets_give_no_results(self) -> None:
        assert handle_all([], commands.GiveBack(at=LATER, by=BOSS), ENATE) == ()

    def test_f3_each_ticket_first_gets_what_was_due_on_it(self) -> None:
        """One wait ends on Thu 19 Nov 12:00, the other a microsecond later; a command of that instant finds one."""
        first = lived(ENATE, "T-1", *WAITING)
        late = commands.Move("wait", fields={"wait_kind": "information"}, at=MONDAY + 2 * HOUR + MICRO, by=ANA)
        second = lived(ENATE, "T-2", move("start_work"), late)
        end = utc(2026, 11, 19, 12)
        for at, kinds in ((end, [Accepted, Accepted]), (end + MICRO, [Refused, Accepted])):
            results = handle_all([first, second], commands.Move("start_work", at=at, by=BOSS), ENATE)
            assert [type(result) for result in results] == kinds


class TestF4:
    """Texts are data: rules request messages by name, and the sender looks up their texts."""

    def text(self, rules: Rules, name: str) -> Template:
        return next(each for each in rules.templates if each.name == name)

    def test_f4_a_requested_message_has_a_text_in_both_languages(self) -> None:
        """Asked on Thu 19 Nov 15:00: the first mail two days later, and nothing a microsecond before."""
        ticket, due = lived(SENIOR, "S-1", ASKED, at=sp(2026, 11, 18, 9)), sp(2026, 11, 21, 15)
        assert mails(advance(due - MICRO, ticket, SENIOR)) == []
        ((at, name),) = mails(advance(due, ticket, SENIOR))
        assert at == due
        text = self.text(SENIOR, name)
        assert text.text("es", {"ticket": "S-1"}) == (
            "Aún necesitamos la información solicitada para continuar con S-1. Sin ella, el ticket se cerrará."
        )
        assert text.text("en", {"ticket": "S-1"}).startswith("We still need the information")

    def test_f4_an_instant_in_a_text_is_in_the_readers_local_time(self) -> None:
        text = self.text(POSPONER, "scheduled-reopening")
        said = text.text("es", {"ticket": "P-1", "at": utc(2026, 11, 20, 12)}, SAO_PAULO)
        assert "el 2026-11-20 09:00 -0300" in said

    def test_f4_the_library_sends_nothing_and_works_without_texts(self) -> None:
        bare = attrs.evolve(SENIOR, templates=())
        ticket = lived(SENIOR, "S-1", ASKED, at=sp(2026, 11, 18, 9))
        after = advance(sp(2026, 11, 21, 15), ticket, bare)
        assert after.history.last.events == (MessageRequested("request-reminder-1", "customer", CUSTOMER.id),)

    def test_f4_a_missing_language_falls_back_to_english_and_missing_values_stay(self) -> None:
        text = Template("closing", {"en": "{ticket} closes on {at}."})
        assert text.text("es", {"ticket": "T-1"}) == "T-1 closes on {at}."

    def test_f4_two_texts_of_one_name_and_malformed_languages_are_refused(self) -> None:
        twice = (*SENIOR.templates, SENIOR.templates[0])
        with pytest.raises(DefinitionError, match="another template is named"):
            attrs.evolve(SENIOR, templates=twice)
        with pytest.raises(BadValueError, match=r"^language 'p'; give a BCP 47 tag, such as 'en', 'es' or 'pt-BR'$"):
            Template("closing", {"p": "{ticket} fecha."})
