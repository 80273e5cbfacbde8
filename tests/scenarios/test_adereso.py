"""Rows A1 to A11: the state *in progress* of Adereso. Instants are worked by hand; the working stands beside them.

November 2026 in Santiago (UTC-3, summer time): Mon 23 to Fri 27. Tue 8 December is a holiday. What waits for time
(the closings, the reminders and what holds them back) is not looked at here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings
from ticketflow import Accepted, Actor, Message, Refused, Rules, Ticket, commands
from ticketflow.conditions import StateIs, matching
from ticketflow.decisions import Decision, Option, available
from ticketflow.engine import handle_all
from ticketflow.errors import BadValueError
from ticketflow.events import Assigned, MessageAdded, StateChanged
from ticketflow.histories import records
from ticketflow.intake import Append, Arrival, OpenNew, route
from ticketflow.presets.adereso import adereso
from ticketflow.values import Hint
from ticketflow.wording import Wording

SANTIAGO = ZoneInfo("America/Santiago")
OFF = adereso()
RULES = adereso(in_progress=True)
MICRO = timedelta(microseconds=1)
LABELS = {"open": "Abierto", "in_progress": "En Progreso", "closed": "Cerrado"}
BEA = Actor("agent", "bea")
VENDOR = Actor("third_party", "vendor")
CLOCKWORK = Actor("system", "clockwork")


def cl(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant read off a wall in Santiago."""
    return datetime(year, month, day, hour, minute, tzinfo=SANTIAGO)


MONDAY = cl(2026, 11, 23, 9)
BEGUN = cl(2026, 11, 23, 10)
LATER = cl(2026, 11, 23, 11)


def opened(rules: Rules = RULES) -> Desk:
    """A ticket that its customer opened on Mon 23 Nov 2026 at 9:00, and that is Ana's."""
    desk = Desk(rules)
    desk.open(MONDAY)
    desk.assign(cl(2026, 11, 23, 9, 5))
    return desk


QUIET = adereso(in_progress=True, review=None)


def in_progress(rules: Rules = RULES) -> Desk:
    """A ticket that Ana put in progress on Mon 23 Nov 2026 at 10:00."""
    desk = opened(rules)
    move(desk, BEGUN, "start_progress")
    assert desk.ticket.state == "in_progress"
    return desk


def closed() -> Desk:
    desk = opened()
    move(desk, BEGUN, "close")
    assert desk.ticket.category == "closed"
    return desk


def move(desk: Desk, at: datetime, transition: str, by: Actor = ANA) -> Accepted:
    """Choose a state and say nothing with it."""
    return desk.give(commands.Move(transition, at=at, by=by))


def start(by: Actor = ANA, at: datetime = BEGUN) -> commands.Move:
    return commands.Move("start_progress", at=at, by=by)


def help_of(refusal: Refused) -> str:
    return "; ".join(reason.help for reason in refusal.reasons)


def option(ticket: Ticket, actor: Actor, rules: Rules, transition: str) -> Option:
    return next(each for each in available(ticket, actor, rules) if each.transition == transition)


class TestA1:
    def test_a1_states_and_their_labels(self) -> None:
        assert {state.name: state.labels["es"] for state in RULES.workflow.states} == LABELS
        assert [state.labels["en"] for state in RULES.workflow.states] == ["open", "in progress", "closed"]

    def test_a1_a_ticket_begins_as_open(self) -> None:
        assert opened().ticket.state == "open"
        assert opened(OFF).ticket.state == "open"

    def test_a1_off_by_default_and_the_refusal_says_how_to_enable_it(self) -> None:
        refusal = opened(OFF).refused(start())
        assert refusal.kinds == {"state_not_enabled"}
        assert "adereso(in_progress=True)" in help_of(refusal)

    def test_a1_off_for_administrators_too(self) -> None:
        assert opened(OFF).refused(start(BOSS)).kinds == {"state_not_enabled"}

    def test_a1_off_and_not_allowed_are_both_told(self) -> None:
        assert opened(OFF).refused(start(CUSTOMER)).kinds == {"state_not_enabled", "not_allowed"}

    def test_a1_how_to_enable_it_can_be_read_in_both_languages(self) -> None:
        state = OFF.workflow.state("in_progress")
        assert state is not None
        assert set(state.to_enable) == {"en", "es"}
        assert all("adereso(in_progress=True)" in text for text in state.to_enable.values())

    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a1_switched_on_for_all_agents_of_the_account(self, by: Actor) -> None:
        desk = opened()
        desk.give(start(by))
        assert desk.ticket.state == "in_progress"

    def test_a1_what_is_available_says_so_before_anybody_asks(self) -> None:
        off = option(opened(OFF).ticket, ANA, OFF, "start_progress")
        assert [reason.kind for reason in off.reasons] == ["state_not_enabled"]
        assert option(opened().ticket, ANA, RULES, "start_progress").is_open

    def test_a1_entered_only_from_open(self) -> None:
        ways = [row.sources for row in RULES.workflow.transitions if row.target == "in_progress"]
        assert ways == [{"open"}]

    def test_a1_not_from_in_progress_and_the_refusal_says_what_can_be_done(self) -> None:
        refusal = in_progress().refused(start(at=LATER))
        assert refusal.kinds == {"no_such_transition"}
        assert "back_to_open" in help_of(refusal)
        assert "close" in help_of(refusal)

    def test_a1_not_from_closed(self) -> None:
        refusal = closed().refused(start(at=LATER))
        assert refusal.kinds == {"no_such_transition", "closed_for_good"}
        assert "follow-up" in help_of(refusal)

    @pytest.mark.parametrize("by", [ANA, BOSS, CUSTOMER])
    def test_a1_no_ticket_begins_in_it(self, by: Actor) -> None:
        desk = Desk(RULES)
        refusal = desk.refused(commands.Open("T-1", state="in_progress", at=MONDAY, by=by))
        assert refusal.kinds == {"not_allowed"}
        assert "they can in: open" in help_of(refusal)


class TestA3:
    @pytest.mark.parametrize(
        "at",
        [
            cl(2026, 11, 23, 18),  # Monday, the minute the desk shuts
            cl(2026, 11, 25, 3, 30),  # a Wednesday night
            cl(2026, 11, 29, 4),  # a Sunday
            cl(2026, 12, 8, 11),  # a Tuesday, but a holiday
        ],
    )
    def test_a3_agents_answer_at_any_hour(self, at: datetime) -> None:
        desk = in_progress(QUIET)
        decision = desk.give(commands.AddMessage(Message("answer"), at=at, by=ANA))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("in_progress", at)
        assert [event for entry in decision.entries for event in entry.events] == [MessageAdded(Message("answer"))]

    def test_a3_agents_assign_and_reassign_by_hand(self) -> None:
        desk = in_progress()
        desk.give(commands.Assign("bea", at=cl(2026, 11, 29, 4), by=ANA))
        assert (desk.ticket.assignee, desk.ticket.state) == ("bea", "in_progress")
        desk.give(commands.Assign("carlos", at=cl(2026, 11, 29, 5), by=BEA))
        assert (desk.ticket.assignee, desk.ticket.state) == ("carlos", "in_progress")
        desk.give(commands.GiveBack(at=cl(2026, 11, 29, 6), by=BOSS))
        assert (desk.ticket.assignee, desk.ticket.state) == (None, "in_progress")

    def test_a3_customers_do_not_assign(self) -> None:
        refusal = in_progress().refused(commands.Assign("bea", at=LATER, by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    def test_a3_the_history_goes_on_being_written(self) -> None:
        desk = in_progress()
        version = desk.ticket.version
        desk.write(cl(2026, 11, 29, 4), ANA)
        desk.write(cl(2026, 11, 29, 5), ANA, public=False)
        desk.assign(cl(2026, 11, 29, 6), "bea")
        told = [record.kind for record in records(desk.ticket) if record.entry.sequence >= version]
        assert told == ["message", "note", "assigned"]


class TestA4:
    def hints(self, desk: Desk, command: commands.Move) -> tuple[Hint, ...]:
        return desk.give(command).hints

    def test_a4_the_command_counts_as_accepting_and_its_answer_carries_the_notice(self) -> None:
        desk = opened()
        (notice,) = self.hints(desk, start())
        assert notice.name == "in_progress_notice"
        assert notice.data["reference"] == "T-1"
        assert desk.ticket.state == "in_progress"

    def test_a4_the_notice_in_both_languages(self) -> None:
        (notice,) = self.hints(opened(), start())
        assert set(notice.texts) == {"en", "es"}
        assert "in progress" in notice.text("en")
        assert "En Progreso" in notice.text("es")

    def test_a4_dont_show_again_is_passed_in_by_the_caller(self) -> None:
        desk = opened()
        quiet = commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"})
        assert self.hints(desk, quiet) == ()
        assert desk.ticket.state == "in_progress"

    def test_a4_the_preference_is_the_agents_and_the_ticket_keeps_none(self) -> None:
        desk = opened()
        self.hints(desk, commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"}))
        move(desk, LATER, "back_to_open")
        assert len(self.hints(desk, start(BEA, cl(2026, 11, 23, 12)))) == 1
        move(desk, cl(2026, 11, 23, 13), "back_to_open")
        assert len(self.hints(desk, start(ANA, cl(2026, 11, 23, 14)))) == 1

    def test_a4_other_preferences_leave_it_alone(self) -> None:
        command = commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"interrupts_flow"})
        assert len(self.hints(opened(), command)) == 1

    def test_a4_the_preference_changes_nothing_else(self) -> None:
        loud, quiet = opened(), opened()
        loud.give(start())
        quiet.give(commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"}))
        assert loud.ticket == quiet.ticket

    @pytest.mark.parametrize("transition", ["back_to_open", "close"])
    def test_a4_the_ways_out_need_no_notice(self, transition: str) -> None:
        assert in_progress().move(LATER, transition).hints == ()


class TestA5:
    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a5_back_to_open_at_once(self, by: Actor) -> None:
        desk = in_progress()
        move(desk, BEGUN + MICRO, "back_to_open", by)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("open", BEGUN + MICRO)

    def test_a5_even_in_the_very_instant_it_was_begun(self) -> None:
        desk = in_progress()
        move(desk, BEGUN, "back_to_open")
        assert (desk.ticket.state, desk.ticket.changed_at) == ("open", BEGUN)

    def test_a5_an_open_ticket_is_open_already(self) -> None:
        refusal = opened().refused(commands.Move("back_to_open", at=BEGUN, by=ANA))
        assert refusal.kinds == {"no_such_transition"}
        assert "start_progress" in help_of(refusal)

    @pytest.mark.parametrize("by", [CUSTOMER, ROBOT, CLOCKWORK])
    def test_a5_only_those_who_may_edit_go_back(self, by: Actor) -> None:
        refusal = in_progress().refused(commands.Move("back_to_open", at=LATER, by=by))
        assert refusal.kinds == {"not_allowed"}

    def test_a5_it_can_be_put_in_progress_again(self) -> None:
        desk = in_progress()
        move(desk, LATER, "back_to_open")
        move(desk, cl(2026, 11, 23, 12), "start_progress")
        assert desk.ticket.state == "in_progress"


class TestA6:
    def test_a6_counts_as_open(self) -> None:
        ticket = in_progress().ticket
        assert ticket.category == "open"
        assert (ticket.first_resolution, "resolved" in ticket.marks) == (None, False)

    def test_a6_stays_in_the_inbox(self) -> None:
        assert "inbox" in RULES.workflow.listed(in_progress().ticket.facts)

    def test_a6_resolution_time_has_all_of_it(self) -> None:
        """Opened Mon 23 Nov 9:00, in progress from 10:00, closed Mon 30 Nov 9:00: seven whole days."""
        desk = in_progress()
        move(desk, cl(2026, 11, 30, 9), "close")
        resolved = desk.ticket.first_resolution
        assert resolved is not None
        assert resolved.mark.at - desk.ticket.marks["created"].at == timedelta(days=7)

    def test_a6_no_clock_stands_still_in_it(self) -> None:
        state = RULES.workflow.state("in_progress")
        assert state is not None
        assert state.freezes == frozenset()


class TestA7:
    @pytest.mark.parametrize("automatic", [False, True])
    def test_a7_the_customer_writes_at_any_time_and_it_stays_in_progress(self, *, automatic: bool) -> None:
        desk = in_progress()
        sunday_night = cl(2026, 11, 29, 3)
        desk.write(sunday_night, CUSTOMER, automatic=automatic)
        assert (desk.ticket.state, desk.ticket.category, desk.ticket.assignee) == ("in_progress", "open", "ana")
        messages = [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, MessageAdded)]
        assert messages == [MONDAY, sunday_night]

    def test_a7_a_message_that_arrives_belongs_to_it(self) -> None:
        """F1: the message is appended; after the close the next one begins a ticket of its own."""
        desk, arrival = in_progress(), Arrival(Message("m9"), CUSTOMER)
        assert route(arrival, [desk.ticket], RULES, LATER) == Append("T-1")
        move(desk, LATER, "close")
        assert route(arrival, [desk.ticket], RULES, LATER + MICRO) == OpenNew()

    def test_a7_not_once_it_is_closed(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close")
        refusal = desk.refused(commands.AddMessage(Message("late"), at=LATER, by=CUSTOMER))
        assert refusal.kinds == {"closed_for_good"}
        assert "follow-up" in help_of(refusal)


class TestA8:
    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a8_any_agent_and_no_administrators_right(self, by: Actor) -> None:
        """The ticket is Ana's; Bea is no administrator."""
        desk = opened()
        desk.give(start(by))
        assert desk.ticket.history.last.actor == by

    def test_a8_on_a_ticket_of_nobodys(self) -> None:
        desk = Desk(RULES)
        desk.open(MONDAY)
        desk.give(start(BEA))
        assert (desk.ticket.state, desk.ticket.assignee) == ("in_progress", None)

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT, CLOCKWORK])
    def test_a8_nobody_who_may_not_edit(self, by: Actor) -> None:
        refusal = opened().refused(start(by))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    @pytest.mark.parametrize("by", [ANA, BOSS])
    def test_a8_who_may_edit_can_be_a_group(self, by: Actor) -> None:
        """Then a role alone is not enough, be it the administrator's; the same people in the group may."""
        rules = adereso(in_progress=True, may_edit={"editors"})
        desk = Desk(rules)
        desk.open(MONDAY)
        refusal = desk.refused(start(by))
        assert refusal.kinds == {"not_allowed"}
        assert "editors" in help_of(refusal)
        desk.give(start(Actor(by.role, by.id, groups={"editors"})))
        assert desk.ticket.state == "in_progress"

    @pytest.mark.parametrize(
        "command",
        [
            commands.Move("close", at=BEGUN, by=ANA),
            commands.Assign("ana", at=BEGUN, by=ANA),
            commands.Link("T-9", at=BEGUN, by=ANA),
        ],
    )
    def test_a8_the_group_edits_everything(self, command: commands.Move | commands.Assign | commands.Link) -> None:
        desk = Desk(adereso(in_progress=True, may_edit={"editors"}))
        desk.open(MONDAY)
        assert desk.refused(command).kinds == {"not_allowed"}

    def test_a8_somebody_must_be_able_to_edit(self) -> None:
        with pytest.raises(BadValueError, match="nobody may edit tickets"):
            adereso(may_edit=())


class TestA9:
    def tickets(self) -> list[Ticket]:
        """One open, one in progress, one closed, one more in progress: T-1 to T-4."""
        found = []
        for number, way in enumerate((None, "start_progress", "close", "start_progress"), start=1):
            desk = Desk(RULES)
            desk.give(commands.Open(f"T-{number}", at=MONDAY, by=CUSTOMER))
            if way:
                move(desk, BEGUN, way)
            found.append(desk.ticket)
        return found

    def test_a9_a_filter_finds_all_in_progress_and_no_other(self) -> None:
        found = matching(StateIs("in_progress"), self.tickets())
        assert [ticket.id for ticket in found] == ["T-2", "T-4"]

    def test_a9_they_have_a_list_of_their_own(self) -> None:
        listed = {ticket.id: RULES.workflow.listed(ticket.facts) for ticket in self.tickets()}
        assert listed == {
            "T-1": ("inbox",),
            "T-2": ("inbox", "in_progress"),
            "T-3": (),
            "T-4": ("inbox", "in_progress"),
        }
        labels = {listing.name: listing.labels["es"] for listing in RULES.workflow.lists}
        assert labels["in_progress"] == "En Progreso"

    def test_a9_bulk_close_gives_one_result_a_ticket_and_stops_at_no_refusal(self) -> None:
        tickets = self.tickets()
        results = handle_all(tickets, commands.Move("close", at=LATER, by=BOSS), RULES)
        assert [isinstance(result, Accepted) for result in results] == [True, True, False, True]
        assert [result.ticket.id for result in results if result.ticket] == ["T-1", "T-2", "T-3", "T-4"]
        assert {result.ticket.state for result in results if result.ticket} == {"closed"}

    def test_a9_the_closed_one_among_them_is_refused_with_its_reason(self) -> None:
        tickets = self.tickets()
        refusal = handle_all(tickets, commands.Move("close", at=LATER, by=BOSS), RULES)[2]
        assert isinstance(refusal, Refused)
        assert "closed_for_good" in refusal.kinds
        assert refusal.ticket is tickets[2]

    def test_a9_a_refusal_that_comes_first_stops_nothing(self) -> None:
        results = handle_all(self.tickets()[::-1], commands.Move("back_to_open", at=LATER, by=BOSS), RULES)
        assert [self.summary(result) for result in results] == [
            ("T-4", "open"),
            ("T-3", "closed_for_good no_such_transition"),
            ("T-2", "open"),
            ("T-1", "no_such_transition"),
        ]

    def summary(self, result: Decision) -> tuple[str, str]:
        assert result.ticket is not None
        outcome = result.ticket.state if isinstance(result, Accepted) else " ".join(sorted(result.kinds))
        return result.ticket.id, outcome

    @pytest.mark.parametrize("by", [ANA, CUSTOMER, ROBOT])
    def test_a9_bulk_is_for_administrators(self, by: Actor) -> None:
        tickets = self.tickets()
        results = handle_all(tickets, commands.Move("close", at=LATER, by=by), RULES)
        assert len(results) == len(tickets)
        for ticket, result in zip(tickets, results, strict=True):
            assert isinstance(result, Refused)
            assert "not_allowed" in result.kinds
            assert "administrator" in help_of(result)
            assert result.ticket is ticket

    def test_a9_what_is_refused_in_bulk_an_agent_may_do_one_by_one(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close", ANA)
        assert desk.ticket.state == "closed"

    def test_a9_of_no_tickets_no_results(self) -> None:
        assert handle_all([], commands.Move("close", at=LATER, by=BOSS), RULES) == ()


class TestA10:
    def life(self) -> Ticket:
        """Ana's ticket: in progress 10:00, to Bea 11:00, an answer 12:00, back to open 13:00, again 14:00, closed."""
        desk = in_progress()
        desk.assign(LATER, "bea")
        desk.write(cl(2026, 11, 23, 12), CUSTOMER)
        move(desk, cl(2026, 11, 23, 13), "back_to_open", BEA)
        move(desk, cl(2026, 11, 23, 14), "start_progress", BEA)
        move(desk, cl(2026, 11, 23, 15), "close", BOSS)
        return desk.ticket

    def test_a10_every_change_of_state_with_who_when_from_and_to(self) -> None:
        told = [(each.entry.at, each.entry.actor, each.event) for each in records(self.life(), "state_changed")]
        assert told == [
            (BEGUN, ANA, StateChanged("open", "in_progress", "open", "start_progress")),
            (cl(2026, 11, 23, 13), BEA, StateChanged("in_progress", "open", "open", "back_to_open")),
            (cl(2026, 11, 23, 14), BEA, StateChanged("open", "in_progress", "open", "start_progress")),
            (cl(2026, 11, 23, 15), BOSS, StateChanged("in_progress", "closed", "closed", "close")),
        ]

    def test_a10_every_assignment_with_who_when_from_and_to(self) -> None:
        told = [(each.entry.at, each.entry.actor, each.event) for each in records(self.life(), "assigned")]
        assert told == [
            (cl(2026, 11, 23, 9, 5), ANA, Assigned(None, "ana")),
            (LATER, ANA, Assigned("ana", "bea")),
        ]

    def test_a10_nothing_is_left_out_and_the_order_is_that_of_the_day(self) -> None:
        kinds = [record.kind for record in records(self.life())]
        assert kinds == [
            "opened",
            "message",
            "assigned",
            "state_changed",
            "assigned",
            "message",
            "state_changed",
            "state_changed",
            "state_changed",
        ]

    def test_a10_read_in_spanish(self) -> None:
        spanish = Wording(RULES, SANTIAGO, "es")
        assert [spanish.event(each.event) for each in records(self.life(), "state_changed")] == [
            "Abierto -> En Progreso",
            "En Progreso -> Abierto",
            "Abierto -> En Progreso",
            "En Progreso -> Cerrado",
        ]

    def test_a10_what_was_refused_leaves_no_trace(self) -> None:
        desk = in_progress()
        version = desk.ticket.version
        desk.refused(start(at=LATER))
        assert desk.ticket.version == version


class TestA11:
    def test_a11_nothing_automatic_ends_it(self) -> None:
        """A year and a half later, weekends and holidays and all."""
        desk = in_progress()
        desk.advance(cl(2028, 5, 23, 9))
        assert (desk.ticket.state, desk.ticket.category) == ("in_progress", "open")
        changed = [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, StateChanged)]
        assert changed == [BEGUN]

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR])
    def test_a11_nor_does_anybodys_message(self, by: Actor) -> None:
        desk = in_progress()
        desk.write(LATER, by)
        assert desk.ticket.state == "in_progress"

    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a11_somebody_closes_it_by_hand(self, by: Actor) -> None:
        desk = in_progress()
        move(desk, LATER, "close", by)
        assert (desk.ticket.state, desk.ticket.category) == ("closed", "closed")

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT, CLOCKWORK])
    def test_a11_by_the_hand_of_one_who_may_edit(self, by: Actor) -> None:
        refusal = in_progress().refused(commands.Move("close", at=LATER, by=by))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    def test_a11_closed_is_for_good(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close")
        for command in (
            start(BOSS, cl(2026, 11, 24)),
            commands.Move("back_to_open", at=cl(2026, 11, 24), by=BOSS),
            commands.Assign("bea", at=cl(2026, 11, 24), by=BOSS),
        ):
            assert "closed_for_good" in desk.refused(command).kinds
