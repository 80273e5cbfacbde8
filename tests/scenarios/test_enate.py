"""Rows E1 to E17: drafts, to do, in progress, two kinds of waiting, resolving. Instants are worked out by hand.

The desk's calendar is London's, where November is UTC. Mon 16 Nov 2026; clocks went back on Sun 25 Oct 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings, utc
from ticketflow import (
    Actor,
    CalendarSpan,
    Elapsed,
    Message,
    Rules,
    Ticket,
    commands,
    evaluate,
    handle,
    next_due,
    replay,
)
from ticketflow.engine.decisions import Accepted, Refused
from ticketflow.engine.handling import handle_all
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.presets.enate import METHODS, enate
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.intake import Append, Arrival, OpenNew, Reopen, command_for, route
from ticketflow.sla.policies import Target
from ticketflow.sla.reading import read
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import Assigned, Declined, FieldChanged, MessageAdded, ResolutionMarked, StateChanged
from ticketflow.tickets.messages import Mail
from ticketflow.tickets.records import records
from ticketflow.workflow.conditions import matching

RULES = enate()
WINDOW = enate(feedback_window=Elapsed(days=2))
FOUR_HOURS = Target(Elapsed(hours=4))
MICRO = timedelta(microseconds=1)
MONDAY = utc(2026, 11, 16, 10)
BEA = Actor("agent", "bea")
SUPPLIER = Actor("third_party", "petra")
OTHER_ROBOT = Actor("robot", "bot-2")
FIELDS_NEEDED = ("title", "description", "category", "primary_contact")
NEEDED = (*FIELDS_NEEDED, "requester")
COMPLETE: Mapping[str, str] = dict.fromkeys(FIELDS_NEEDED, "x")
UNTIL: Mapping[str, Value] = {"wait_kind": "until", "wait_until": MONDAY + timedelta(days=4)}


def hour(hours: int) -> datetime:
    """Return Mon 16 Nov 2026 10:00 and some hours."""
    return MONDAY + timedelta(hours=hours)


def draft(rules: Rules = RULES, /, *, requester: str | None = None, **fields: Value) -> Desk:
    """A ticket that Ana began by hand on Monday at 10:00."""
    desk = Desk(rules)
    desk.give(commands.Open("T-1", fields=fields, requester=requester, at=MONDAY, by=ANA))
    return desk


def to_do(rules: Rules = RULES) -> Desk:
    """A ticket that a customer's mail began on Monday at 10:00."""
    desk = Desk(rules)
    desk.open(MONDAY)
    return desk


def picked_up(rules: Rules = RULES, by: Actor = ANA) -> Desk:
    """A customer's ticket that somebody took at 11:00."""
    desk = to_do(rules)
    verb = "robot_start_work" if by.role == "robot" else "start_work"
    desk.give(commands.Move(verb, at=hour(1), by=by))
    return desk


def waiting(rules: Rules = RULES) -> Desk:
    """A ticket that waits for more information since 12:00."""
    desk = picked_up(rules)
    desk.give(commands.Move("wait", fields={"wait_kind": "information"}, at=hour(2), by=ANA))
    return desk


def waiting_until() -> Desk:
    """A ticket that waits since 12:00 until Fri 20 Nov 10:00."""
    desk = picked_up()
    desk.give(commands.Move("wait", fields=UNTIL, at=hour(2), by=ANA))
    return desk


COMES = utc(2026, 11, 20, 10)


def why(desk: Desk, rule: str, now: datetime) -> Explanation:
    """Return the explanation of *rule*."""
    return next(each for each in explain(now, desk.ticket, desk.rules) if each.rule == rule)


def resolved(rules: Rules = WINDOW) -> Desk:
    """A ticket that Ana resolved at 12:00; a window of two days ends on Wed 18 Nov 12:00."""
    desk = picked_up(rules)
    desk.give(commands.Move("resolve", at=hour(2), by=ANA))
    return desk


WINDOW_ENDS = utc(2026, 11, 18, 12)


def stands(desk: Desk) -> tuple[str, str | None]:
    return desk.ticket.state, desk.ticket.assignee


def lacking(refusal: Refused) -> tuple[str, ...]:
    """Return what a refusal says is missing, in its one reason of that kind."""
    (reason,) = [reason for reason in refusal.reasons if reason.kind == "missing_fields"]
    assert reason.help
    return reason.lacks


def lists(desk: Desk) -> tuple[str, ...]:
    return desk.rules.workflow.listed(desk.ticket.facts)


class TestE1:
    def test_e1_a_ticket_begun_by_hand_is_a_draft(self) -> None:
        assert stands(draft()) == ("draft", None)

    def test_e1_submitting_lists_all_that_is_missing(self) -> None:
        refusal = draft().refused(commands.Move("submit", at=hour(1), by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert lacking(refusal) == NEEDED

    def test_e1_submitting_lists_only_what_is_missing(self) -> None:
        refusal = draft(title="Printer", category="it").refused(commands.Move("submit", at=hour(1), by=ANA))
        assert lacking(refusal) == ("description", "primary_contact", "requester")

    def test_e1_the_requester_is_the_tickets_own(self) -> None:
        desk = draft(**COMPLETE)
        assert lacking(desk.refused(commands.Move("submit", at=hour(1), by=ANA))) == ("requester",)
        desk.give(commands.SetRequester("bruno", at=hour(2), by=ANA))
        desk.move(hour(3), "submit")
        assert desk.ticket.state == "to_do"

    @pytest.mark.parametrize("name", FIELDS_NEEDED)
    @pytest.mark.parametrize("value", [None, "", "  "], ids=["none", "empty", "blank"])
    def test_e1_each_is_needed_and_blank_is_missing(self, name: str, value: str | None) -> None:
        desk = draft(requester="bruno", **{**COMPLETE, name: value})
        assert lacking(desk.refused(commands.Move("submit", at=hour(1), by=ANA))) == (name,)

    def test_e1_submitted_it_is_to_do(self) -> None:
        desk = draft(requester="bruno", **COMPLETE)
        desk.move(hour(1), "submit")
        assert stands(desk) == ("to_do", None)

    def test_e1_missing_fields_can_come_with_the_submission(self) -> None:
        desk = draft(title="Printer", requester="bruno")
        fields = {name: "x" for name in FIELDS_NEEDED if name != "title"}
        desk.give(commands.Move("submit", fields=fields, at=hour(1), by=ANA))
        assert desk.ticket.state == "to_do"

    def test_e1_updating_a_draft_does_not_submit_it(self) -> None:
        desk = draft()
        desk.give(commands.SetFields(COMPLETE, at=hour(1), by=ANA))
        desk.write(hour(2), ANA, public=False)
        assert stands(desk) == ("draft", None)

    def test_e1_a_ticket_is_submitted_only_once(self) -> None:
        desk = draft(requester="bruno", **COMPLETE)
        desk.move(hour(1), "submit")
        refusal = desk.refused(commands.Move("submit", at=hour(2), by=ANA))
        assert refusal.kinds == {"already_there"}

    def test_e1_every_reason_is_given(self) -> None:
        refusal = draft().refused(commands.Move("submit", at=hour(1), by=CUSTOMER))
        assert refusal.kinds == {"not_allowed", "missing_fields"}
        assert lacking(refusal) == NEEDED

    @pytest.mark.parametrize("transition", ["start_work", "wait", "put_back"])
    def test_e1_a_draft_is_not_worked_on(self, transition: str) -> None:
        refusal = draft(requester="bruno", **COMPLETE).refused(commands.Move(transition, at=hour(1), by=ANA))
        assert refusal.kinds == {"no_such_transition"}
        assert "submit" in refusal.reasons[0].help

    def test_e1_a_customers_mail_begins_no_draft(self) -> None:
        assert to_do().ticket.state == "to_do"


def mail(
    name: str = "m", *, public: bool = True, subject: str | None = "Printer", text: str | None = "On fire"
) -> Mail:
    return Mail(name, public=public, subject=subject, text=text)


def named(desk: Desk) -> tuple[Value, Value]:
    return desk.ticket.fields.get("title"), desk.ticket.fields.get("description")


class TestE2:
    @pytest.mark.parametrize(
        ("fields", "filled"),
        [
            ({}, ("Printer", "On fire")),
            ({"title": "Mine"}, ("Mine", "On fire")),
            ({"description": "Mine"}, ("Printer", "Mine")),
            ({"title": "Mine", "description": "Mine too"}, ("Mine", "Mine too")),
            ({"title": " ", "description": ""}, ("Printer", "On fire")),
        ],
        ids=["both", "description", "title", "neither", "blank ones"],
    )
    def test_e2_a_mail_fills_what_is_lacking(self, fields: dict[str, str], filled: tuple[str, str]) -> None:
        desk = draft(**fields)
        desk.give(commands.AddMessage(mail(), at=hour(1), by=ANA))
        assert named(desk) == filled
        assert desk.ticket.state == "draft"

    def test_e2_the_next_mail_fills_nothing(self) -> None:
        desk = draft()
        desk.give(commands.AddMessage(mail(), at=hour(1), by=ANA))
        desk.give(commands.AddMessage(mail("m2", subject="Re: Printer", text="Out"), at=hour(2), by=ANA))
        assert named(desk) == ("Printer", "On fire")

    def test_e2_an_empty_mail_fills_nothing(self) -> None:
        desk = draft(category="it", primary_contact="x", requester="x")
        desk.give(commands.AddMessage(mail(subject=None, text=" "), at=hour(1), by=ANA))
        refusal = desk.refused(commands.Move("submit", at=hour(2), by=ANA))
        assert lacking(refusal) == ("title", "description")
        assert desk.ticket.fields.get("description") is None, "a blank is no first text"

    def test_e2_what_was_filled_counts_for_submitting(self) -> None:
        desk = draft(category="it", primary_contact="x", requester="x")
        desk.give(commands.AddMessage(mail(), at=hour(1), by=ANA))
        desk.give(commands.Move("submit", at=hour(2), by=ANA))
        assert desk.ticket.state == "to_do"

    def test_e2_a_note_fills_nothing(self) -> None:
        desk = draft()
        desk.give(commands.AddMessage(mail(public=False), at=hour(1), by=ANA))
        assert named(desk) == (None, None)

    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER, ROBOT])
    def test_e2_only_the_supports_mails_fill_a_draft(self, by: Actor) -> None:
        desk = draft()
        desk.give(commands.AddMessage(mail(), at=hour(1), by=by))
        assert named(desk) == (None, None)

    def test_e2_mails_fill_only_a_draft(self) -> None:
        desk = to_do()
        desk.give(commands.AddMessage(mail("a"), at=hour(1), by=ANA))
        assert desk.ticket.state == "in_progress"
        desk.give(commands.AddMessage(mail("b"), at=hour(2), by=ANA))
        assert named(desk) == (None, None)

    def test_e2_the_history_says_who_filled_them(self) -> None:
        desk = draft()
        desk.give(commands.AddMessage(mail(), at=hour(1), by=ANA))
        (record,) = records(desk.ticket, "field_set", field="title")
        assert (record.entry.actor, record.entry.at) == (ANA, hour(1))


UPDATES = [
    commands.AddMessage(Message("u"), at=hour(1), by=ANA),
    commands.AddMessage(Message("u", public=False), at=hour(1), by=ANA),
    commands.SetFields({"category": "it"}, at=hour(1), by=ANA),
    commands.Link("T-7", at=hour(1), by=ANA),
]


class TestE3:
    @pytest.mark.parametrize("update", UPDATES, ids=["message", "note", "field", "link"])
    def test_e3_any_update_by_a_person_assigns_it_to_them_and_begins_the_work(self, update: Command) -> None:
        desk = to_do()
        desk.give(update)
        assert stands(desk) == ("in_progress", "ana")

    def test_e3_it_is_assigned_to_the_updater_whoever_had_it(self) -> None:
        desk = to_do()
        desk.assign(hour(1), "bea")
        desk.write(hour(2), BOSS, public=False)
        assert stands(desk) == ("in_progress", "boss")

    def test_e3_later_updates_by_others_do_not_reassign(self) -> None:
        desk = picked_up()
        desk.write(hour(2), BEA)
        assert stands(desk) == ("in_progress", "ana")

    def test_e3_setting_the_state_by_hand(self) -> None:
        assert stands(picked_up()) == ("in_progress", "ana")

    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER, ROBOT])
    def test_e3_messages_by_others_do_not_pick_up(self, by: Actor) -> None:
        desk = to_do()
        desk.write(hour(1), by)
        assert stands(desk) == ("to_do", None)

    def test_e3_automatic_mail_in_a_persons_name_does_not_pick_up(self) -> None:
        """An out-of-office answer comes from Ana's address, but Ana did nothing."""
        desk = to_do()
        desk.write(hour(1), ANA, automatic=True)
        assert stands(desk) == ("to_do", None)

    def test_e3_a_robot_picks_up_by_a_command_of_its_own(self) -> None:
        assert stands(picked_up(by=ROBOT)) == ("in_progress", "bot")

    def test_e3_a_robots_other_commands_do_not_pick_up(self) -> None:
        refusal = to_do().refused(commands.Move("start_work", at=hour(1), by=ROBOT))
        assert refusal.kinds == {"not_allowed"}
        assert refusal.reasons[0].help
        assert to_do().refused(commands.SetFields({"category": "it"}, at=hour(1), by=ROBOT)).kinds == {"not_allowed"}

    @pytest.mark.parametrize("by", [ANA, CUSTOMER])
    def test_e3_the_robots_command_is_for_robots(self, by: Actor) -> None:
        assert to_do().refused(commands.Move("robot_start_work", at=hour(1), by=by)).kinds == {"not_allowed"}

    def test_e3_customers_cannot_start_work(self) -> None:
        assert to_do().refused(commands.Move("start_work", at=hour(1), by=CUSTOMER)).kinds == {"not_allowed"}

    def test_e3_work_in_progress_is_not_started_again(self) -> None:
        refusal = picked_up().refused(commands.Move("start_work", at=hour(2), by=BEA))
        assert refusal.kinds == {"already_there"}


def categories(ticket: Ticket, *kinds: str) -> list[tuple[Actor, datetime, Value, Value]]:
    """Return who categorised, when, from what and to what."""
    found = []
    for record in records(ticket, *kinds, field="category"):
        assert isinstance(record.event, FieldChanged)
        found.append((record.entry.actor, record.entry.at, record.event.before, record.event.after))
    return found


class TestE4:
    def test_e4_setting_a_category_first_is_not_a_change(self) -> None:
        desk = draft()
        desk.give(commands.SetFields({"category": "it"}, at=hour(1), by=ANA))
        assert categories(desk.ticket, "field_changed") == []
        assert categories(desk.ticket, "field_set") == [(ANA, hour(1), None, "it")]

    def test_e4_a_change_says_who_when_to_what_and_from_what(self) -> None:
        desk = draft(category="it")
        desk.give(commands.SetFields({"category": "pay", "title": "t"}, at=hour(1), by=ANA))
        desk.give(commands.SetFields({"category": "it", "title": "u"}, at=hour(2), by=BEA))
        assert categories(desk.ticket, "field_changed") == [
            (ANA, hour(1), "it", "pay"),
            (BEA, hour(2), "pay", "it"),
        ]

    def test_e4_a_category_set_with_a_transition_is_a_change_too(self) -> None:
        desk = draft(requester="bruno", **COMPLETE)
        desk.give(commands.Move("submit", fields={"category": "it"}, at=hour(1), by=ANA))
        assert categories(desk.ticket, "field_changed") == [(ANA, hour(1), "x", "it")]

    def test_e4_the_same_category_again_is_not_a_change(self) -> None:
        desk = draft(category="it")
        desk.give(commands.SetFields({"category": "it"}, at=hour(1), by=ANA))
        assert categories(desk.ticket, "field_changed") == []

    def test_e4_the_history_is_filtered_by_kind(self) -> None:
        desk = draft()
        desk.give(commands.SetFields({"category": "it"}, at=hour(1), by=ANA))
        desk.write(hour(2), ANA, public=False)
        desk.write(hour(3), CUSTOMER)
        assert [record.kind for record in records(desk.ticket)] == ["opened", "field_set", "note", "message"]
        assert [record.entry.at for record in records(desk.ticket, "note", "message")] == [hour(2), hour(3)]
        with pytest.raises(BadValueError):
            records(desk.ticket, "categorised")

    def test_e4_a_desk_may_name_its_categories(self) -> None:
        rules = enate(categories=("it", "pay"))
        refusal = draft(rules).refused(commands.SetFields({"category": "garden"}, at=hour(1), by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert "it, pay" in refusal.reasons[0].help

    def test_e4_customers_do_not_categorise(self) -> None:
        refusal = to_do().refused(commands.SetFields({"category": "it"}, at=hour(1), by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}


class TestE5:
    @pytest.mark.parametrize("of", [picked_up, waiting, waiting_until])
    @pytest.mark.parametrize(
        ("command", "assignee"),
        [
            (commands.Assign(None, at=hour(3), by=ANA), None),
            (commands.GiveBack(at=hour(3), by=ANA), None),
            (commands.Assign("bea", at=hour(3), by=ANA), "bea"),
        ],
        ids=["unassigned", "given back", "handed over"],
    )
    def test_e5_giving_back_and_handing_over_lead_to_to_do(
        self, of: Callable[..., Desk], command: Command, assignee: str | None
    ) -> None:
        desk = of()
        desk.give(command)
        assert stands(desk) == ("to_do", assignee)
        assert lists(desk) == ("inbox",)

    @pytest.mark.parametrize("of", [picked_up, waiting, waiting_until])
    def test_e5_to_do_can_be_set_by_hand(self, of: Callable[..., Desk]) -> None:
        desk = of()
        desk.give(commands.Move("put_back", at=hour(3), by=ANA))
        assert desk.ticket.state == "to_do"

    def test_e5_at_any_time_after_the_pick_up(self) -> None:
        desk = picked_up()
        desk.give(commands.GiveBack(at=hour(1), by=ANA))
        assert stands(desk) == ("to_do", None)

    def test_e5_assigning_the_assignee_again_changes_nothing(self) -> None:
        desk = picked_up()
        desk.assign(hour(2), "ana")
        assert stands(desk) == ("in_progress", "ana")

    def test_e5_the_next_person_picks_it_up(self) -> None:
        desk = picked_up()
        desk.assign(hour(2), "bea")
        desk.write(hour(3), BEA, public=False)
        assert stands(desk) == ("in_progress", "bea")

    def test_e5_assigning_a_ticket_to_do_does_not_start_work(self) -> None:
        desk = to_do()
        desk.assign(hour(1), "bea")
        assert stands(desk) == ("to_do", "bea")

    def test_e5_a_ticket_without_an_assignee_cannot_be_given_back(self) -> None:
        refusal = to_do().refused(commands.GiveBack(at=hour(1), by=ANA))
        assert refusal.kinds == {"guard"}

    def test_e5_customers_cannot_assign_or_give_back(self) -> None:
        for command in (
            commands.Assign(None, at=hour(3), by=CUSTOMER),
            commands.GiveBack(at=hour(3), by=CUSTOMER),
            commands.Move("put_back", at=hour(3), by=CUSTOMER),
        ):
            assert picked_up().refused(command).kinds == {"not_allowed"}

    def declined(self) -> Desk:
        desk = picked_up(by=ROBOT)
        desk.give(commands.Decline("no such form", at=hour(2), by=ROBOT))
        return desk

    def test_e5_a_robots_decline_leads_to_to_do_and_the_history_says_why(self) -> None:
        desk = self.declined()
        assert stands(desk) == ("to_do", None)
        assert Declined("no such form") in [event for _, event in happenings(desk.ticket)]

    @pytest.mark.parametrize("robot", [ROBOT, OTHER_ROBOT])
    def test_e5_a_declined_ticket_is_not_picked_up_by_a_robot(self, robot: Actor) -> None:
        refusal = self.declined().refused(commands.Move("robot_start_work", at=hour(3), by=robot))
        assert refusal.kinds == {"guard"}
        assert refusal.reasons[0].help

    def test_e5_a_person_picks_it_up(self) -> None:
        for command in (
            commands.Move("start_work", at=hour(3), by=ANA),
            commands.AddMessage(Message("u"), at=hour(3), by=ANA),
        ):
            desk = self.declined()
            desk.give(command)
            assert stands(desk) == ("in_progress", "ana")

    @pytest.mark.parametrize("robot", [ROBOT, OTHER_ROBOT])
    def test_e5_a_declined_ticket_is_not_resolved_by_a_robot(self, robot: Actor) -> None:
        """A person resolves it; a robot may do so after a person has picked it up."""
        desk = self.declined()
        refusal = desk.refused(commands.Move("resolve", at=hour(3), by=robot))
        assert refusal.kinds == {"not_allowed"}
        assert "administrator, agent" in refusal.reasons[0].help
        desk.give(commands.Move("resolve", at=hour(3), by=ANA))
        assert stands(desk) == ("closed", "ana")

    def test_e5_a_robot_resolves_tickets_never_declined_or_picked_up_by_a_person(self) -> None:
        desk = picked_up(WINDOW, by=ROBOT)
        desk.give(commands.Move("resolve", at=hour(2), by=ROBOT))
        assert desk.ticket.state == "resolved"
        desk = self.declined()
        desk.give(commands.Move("start_work", at=hour(3), by=ANA))
        desk.give(commands.Move("resolve", at=hour(4), by=ROBOT))
        assert desk.ticket.state == "closed"

    def test_e5_people_give_back_and_do_not_decline(self) -> None:
        refusal = picked_up().refused(commands.Decline("no time", at=hour(2), by=ANA))
        assert refusal.kinds == {"not_allowed"}

    def test_e5_a_robot_declines_only_its_own_work(self) -> None:
        refusal = picked_up(by=ROBOT).refused(commands.Decline("why not", at=hour(2), by=OTHER_ROBOT))
        assert refusal.kinds == {"guard"}


CLOSING = enate(close_unanswered_after=CalendarSpan(days=3))


class TestE6:
    @pytest.mark.parametrize(("adds", "state", "due"), [(True, "frozen", hour(7)), (False, "breached", hour(4))])
    def test_e6_the_clock_stops_if_and_only_if_wait_time_is_added(self, adds: bool, state: str, due: datetime) -> None:
        """Four hours from Mon 10:00 are over at 14:00; waiting from 12:00 to 15:00, they are over at 17:00."""
        promising = enate(add_wait_time=adds, targets=(FOUR_HOURS,))
        desk, clock = waiting(promising), promising.clock("resolution")
        assert read(hour(4) + MICRO, desk.ticket, clock).state == state
        desk.write(hour(5), CUSTOMER)
        assert read(hour(5), desk.ticket, clock).due_at == due
        desk.advance(hour(9))
        assert [breach.at for breach in desk.ticket.breaches] == [due + MICRO]

    def test_e6_a_wait_for_information_is_pending(self) -> None:
        desk = waiting()
        assert desk.ticket.state == "waiting_for_information"
        assert desk.ticket.category == "pending"

    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER])
    def test_e6_an_answer_returns_it_to_to_do_highlighted(self, by: Actor) -> None:
        desk = waiting()
        assert not desk.ticket.fields.get("highlighted")
        desk.write(hour(3), by)
        assert desk.ticket.state == "to_do"
        assert desk.ticket.fields["highlighted"] is True
        assert desk.ticket.changed_at == hour(3)

    @pytest.mark.parametrize(
        ("by", "automatic"), [(CUSTOMER, True), (SUPPLIER, True), (ANA, False), (BEA, False), (ROBOT, False)]
    )
    def test_e6_messages_by_machines_and_the_desk_do_not_end_it(self, by: Actor, automatic: bool) -> None:
        desk = waiting()
        desk.write(hour(3), by, automatic=automatic)
        assert desk.ticket.state == "waiting_for_information"
        assert not desk.ticket.fields.get("highlighted")

    def test_e6_it_closes_on_the_configured_day_if_so_set(self) -> None:
        """Mon 16 Nov 12:00 and three calendar days: Thu 19 Nov 12:00."""
        desk, due = waiting(CLOSING), utc(2026, 11, 19, 12)
        assert next_due(desk.ticket, CLOSING) == due
        assert not evaluate(due - MICRO, desk.ticket, CLOSING)
        desk.advance(due - MICRO)
        assert desk.ticket.state == "waiting_for_information"
        desk.advance(due)
        assert desk.ticket.state == "closed"
        assert desk.ticket.changed_at == due
        assert desk.ticket.fields["method"] == "no_answer_from_customer"

    def test_e6_calendar_days_keep_the_wall_time_when_clocks_go_back(self) -> None:
        """Fri 23 Oct 12:00 in London is 11:00 UTC; Mon 26 Oct 12:00 there is 12:00 UTC."""
        desk = Desk(CLOSING)
        desk.open(utc(2026, 10, 23, 9))
        desk.move(utc(2026, 10, 23, 10), "start_work")
        desk.give(commands.Move("wait", fields={"wait_kind": "information"}, at=utc(2026, 10, 23, 11), by=ANA))
        assert next_due(desk.ticket, CLOSING) == utc(2026, 10, 26, 12)

    def test_e6_without_the_option_the_wait_has_no_end(self) -> None:
        desk = waiting()
        assert next_due(desk.ticket, RULES) is None
        desk.advance(utc(2028, 1, 1))
        assert desk.ticket.state == "waiting_for_information"

    def test_e6_an_answer_at_the_due_instant_is_in_time(self) -> None:
        desk = waiting(CLOSING)
        desk.write(utc(2026, 11, 19, 12), CUSTOMER)
        assert desk.ticket.state == "to_do"
        assert next_due(desk.ticket, CLOSING) is None

    def test_e6_a_microsecond_later_the_ticket_is_closed(self) -> None:
        late = commands.AddMessage(Message("late"), at=utc(2026, 11, 19, 12) + MICRO, by=CUSTOMER)
        assert "closed_for_good" in waiting(CLOSING).refused(late).kinds

    @pytest.mark.parametrize(("by", "automatic"), [(CUSTOMER, True), (ANA, False), (ROBOT, False)])
    def test_e6_other_messages_do_not_postpone_the_closing(self, by: Actor, automatic: bool) -> None:
        desk = waiting(CLOSING)
        desk.write(utc(2026, 11, 18, 9), by, automatic=automatic)
        desk.advance(utc(2026, 12, 1))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", utc(2026, 11, 19, 12))

    def test_e6_a_third_partys_answer_ends_the_wait_that_would_close_it_too(self) -> None:
        desk = waiting(CLOSING)
        desk.write(utc(2026, 11, 19, 12), SUPPLIER)
        assert (desk.ticket.state, next_due(desk.ticket, CLOSING)) == ("to_do", None)

    def test_e6_the_flag_and_the_days_are_settings(self) -> None:
        """Mon 16 Nov 12:00 and a week: Mon 23 Nov 12:00; the clock runs on, for four hours of it end at 14:00."""
        rules = enate(add_wait_time=False, close_unanswered_after=CalendarSpan(weeks=1), targets=(FOUR_HOURS,))
        desk = waiting(rules)
        assert read(hour(3), desk.ticket, rules.clock("resolution")).due_at == hour(4)
        desk.advance(utc(2026, 11, 23, 12) - MICRO)
        assert desk.ticket.state == "waiting_for_information"
        desk.advance(utc(2026, 11, 23, 12))
        assert (desk.ticket.state, desk.ticket.fields["method"]) == ("closed", "no_answer_from_customer")

    def test_e6_the_next_wait_counts_from_its_own_start(self) -> None:
        """Answered Wed 18 Nov 09:00; the second wait starts on Wed 18 Nov 15:00: Sat 21 Nov 15:00."""
        desk = waiting(CLOSING)
        desk.write(utc(2026, 11, 18, 9), CUSTOMER)
        desk.move(utc(2026, 11, 18, 14), "start_work")
        again = commands.Move("wait", fields={"wait_kind": "information"}, at=utc(2026, 11, 18, 15), by=ANA)
        desk.give(again)
        assert next_due(desk.ticket, CLOSING) == utc(2026, 11, 21, 15)

    def test_e6_nobody_closes_by_hand_and_the_refusal_says_when_it_happens(self) -> None:
        refusal = waiting(CLOSING).refused(commands.Move("close", at=hour(3), by=ANA))
        assert refusal.kinds == {"not_allowed"}
        assert refusal.reasons[0].expected_at == utc(2026, 11, 19, 12)


class TestE7:
    def test_e7_it_waits_until_a_moment(self) -> None:
        desk = waiting_until()
        assert desk.ticket.state == "waiting_until"
        assert desk.ticket.fields["wait_until"] == utc(2026, 11, 20, 10)

    def test_e7_it_needs_a_moment(self) -> None:
        refusal = picked_up().refused(commands.Move("wait", fields={"wait_kind": "until"}, at=hour(2), by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert lacking(refusal) == ("wait_until",)

    @pytest.mark.parametrize("early", [timedelta(days=1), MICRO, timedelta(0)], ids=["yesterday", "just past", "now"])
    def test_e7_a_moment_that_does_not_lie_ahead_is_refused(self, early: timedelta) -> None:
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": hour(2) - early}
        refusal = picked_up().refused(commands.Move("wait", fields=fields, at=hour(2), by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert refusal.reasons[0].help

    def test_e7_a_microsecond_ahead_is_accepted(self) -> None:
        desk = picked_up()
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": hour(2) + MICRO}
        desk.give(commands.Move("wait", fields=fields, at=hour(2), by=ANA))
        assert desk.ticket.state == "waiting_until"

    def test_e7_a_moment_set_before_that_has_passed_is_refused_too(self) -> None:
        desk = picked_up()
        desk.give(commands.SetFields({"wait_kind": "until", "wait_until": hour(3)}, at=hour(2), by=ANA))
        refusal = desk.refused(commands.Move("wait", at=hour(4), by=ANA))
        assert refusal.kinds == {"bad_value"}

    def test_e7_a_text_is_not_a_moment(self) -> None:
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": "2026-11-20"}
        refusal = picked_up().refused(commands.Move("wait", fields=fields, at=hour(2), by=ANA))
        assert refusal.kinds == {"bad_value"}

    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER])
    def test_e7_an_answer_meanwhile_does_not_end_it(self, by: Actor) -> None:
        desk = waiting_until()
        desk.write(hour(3), by)
        assert desk.ticket.state == "waiting_until"
        assert desk.ticket.fields["wait_until"] == utc(2026, 11, 20, 10)

    def test_e7_the_closing_of_unanswered_waits_does_not_apply(self) -> None:
        desk = picked_up(CLOSING)
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": utc(2027, 6, 1)}
        desk.give(commands.Move("wait", fields=fields, at=hour(2), by=ANA))
        desk.advance(utc(2027, 5, 31))
        assert desk.ticket.state == "waiting_until"

    def test_e7_at_the_moment_it_is_to_do_and_highlighted(self) -> None:
        desk = waiting_until()
        assert next_due(desk.ticket, RULES) == COMES
        assert not evaluate(COMES - MICRO, desk.ticket, RULES)
        desk.advance(COMES - MICRO)
        assert (desk.ticket.state, lists(desk)) == ("waiting_until", ("own_work",))
        assert not desk.ticket.fields.get("highlighted")
        desk.advance(COMES)
        assert (stands(desk), lists(desk)) == (("to_do", "ana"), ("inbox",))
        assert desk.ticket.fields["highlighted"] is True
        assert desk.ticket.changed_at == COMES
        assert desk.ticket.history.last.actor.role == "system"

    def test_e7_after_the_moment_nothing_else_is_due(self) -> None:
        desk = waiting_until()
        desk.advance(COMES)
        assert (desk.ticket.fields["wait_kind"], desk.ticket.fields["wait_until"]) == (None, None)
        assert next_due(desk.ticket, RULES) is None
        desk.advance(utc(2027, 6, 1))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", COMES)

    def test_e7_picking_it_up_removes_the_highlight(self) -> None:
        desk = waiting_until()
        desk.give(commands.Move("start_work", at=COMES + MICRO, by=BEA))
        assert stands(desk) == ("in_progress", "bea")
        assert desk.ticket.fields["highlighted"] is False

    @pytest.mark.parametrize("at", [hour(3), COMES - MICRO, COMES], ids=["long before", "just before", "at it"])
    @pytest.mark.parametrize("by", [CUSTOMER, SUPPLIER])
    def test_e7_an_answer_neither_ends_nor_moves_the_wait(self, by: Actor, at: datetime) -> None:
        desk = waiting_until()
        desk.write(at, by)
        assert desk.ticket.state == "waiting_until"
        assert not desk.ticket.fields.get("highlighted")
        assert next_due(desk.ticket, RULES) == COMES
        desk.advance(COMES)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", COMES)
        assert desk.ticket.fields["highlighted"] is True

    @pytest.mark.parametrize("at", [hour(3), COMES], ids=["before", "at the moment"])
    def test_e7_choosing_in_progress_ends_it_and_nothing_is_due(self, at: datetime) -> None:
        """At the due instant, the command comes before the timer."""
        desk = waiting_until()
        desk.give(commands.Move("start_work", at=at, by=ANA))
        assert next_due(desk.ticket, RULES) is None
        desk.advance(utc(2027, 6, 1))
        assert (stands(desk), desk.ticket.changed_at) == (("in_progress", "ana"), at)
        assert not desk.ticket.fields.get("highlighted")

    @pytest.mark.parametrize(
        "command",
        [
            commands.Move("put_back", at=hour(3), by=ANA),
            commands.GiveBack(at=hour(3), by=ANA),
            commands.Assign("bea", at=hour(3), by=ANA),
            commands.Move("resolve", at=hour(3), by=ANA),
        ],
        ids=["put back", "given back", "handed over", "resolved"],
    )
    def test_e7_the_moment_does_nothing_after_another_end_of_the_wait(self, command: Command) -> None:
        desk = waiting_until()
        desk.give(command)
        assert next_due(desk.ticket, RULES) is None
        desk.advance(utc(2027, 6, 1))
        assert desk.ticket.changed_at == hour(3)
        assert not desk.ticket.fields.get("highlighted")

    def test_e7_the_next_wait_has_its_own_moment(self) -> None:
        """The first, until Fri 20 Nov 10:00, was ended at 13:00; the second is until Mon 23 Nov 9:00."""
        desk, moment = waiting_until(), utc(2026, 11, 23, 9)
        desk.give(commands.Move("start_work", at=hour(3), by=ANA))
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": moment}
        desk.give(commands.Move("wait", fields=fields, at=hour(4), by=ANA))
        assert next_due(desk.ticket, RULES) == moment
        desk.advance(moment - MICRO)
        assert desk.ticket.state == "waiting_until"
        desk.advance(moment)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", moment)

    def test_e7_the_same_moment_can_be_used_again(self) -> None:
        desk = waiting_until()
        desk.give(commands.Move("start_work", at=hour(3), by=ANA))
        desk.give(commands.Move("wait", fields=UNTIL, at=hour(4), by=ANA))
        desk.advance(COMES)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", COMES)

    @pytest.mark.parametrize("moment", [utc(2026, 11, 18, 9), utc(2026, 11, 25, 9)], ids=["earlier", "later"])
    def test_e7_a_new_moment_replaces_the_old_one(self, moment: datetime) -> None:
        desk = waiting_until()
        desk.give(commands.SetFields({"wait_until": moment}, at=hour(3), by=ANA))
        assert next_due(desk.ticket, RULES) == moment
        desk.advance(utc(2027, 6, 1))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", moment)

    def test_e7_removing_the_moment_ends_the_wait(self) -> None:
        """Without a moment nothing would end the wait, so the ticket is to do at once, and highlighted."""
        desk = waiting_until()
        desk.give(commands.SetFields({"wait_until": None}, at=hour(3), by=BEA))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", hour(3))
        assert (stands(desk), desk.ticket.fields["highlighted"], lists(desk)) == (("to_do", "ana"), True, ("inbox",))
        assert desk.ticket.fields["wait_kind"] is None
        assert next_due(desk.ticket, RULES) is None

    def test_e7_removing_the_moment_just_before_and_at_its_instant(self) -> None:
        for at in (COMES - MICRO, COMES):
            desk = waiting_until()
            desk.give(commands.SetFields({"wait_until": None}, at=at, by=ANA))
            desk.advance(utc(2027, 6, 1))
            assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", at)

    def test_e7_removing_the_moment_of_another_state_changes_nothing_else(self) -> None:
        desk = waiting()
        desk.give(commands.SetFields({"wait_until": COMES}, at=hour(3), by=ANA))
        desk.give(commands.SetFields({"wait_until": None}, at=hour(4), by=ANA))
        assert desk.ticket.state == "waiting_for_information"

    def test_e7_a_moment_on_a_ticket_that_does_not_wait_does_nothing(self) -> None:
        """The moment matters only during a wait."""
        desk = picked_up()
        desk.give(commands.SetFields({"wait_until": COMES}, at=hour(2), by=ANA))
        assert next_due(desk.ticket, RULES) is None

    def test_e7_the_moment_may_be_at_night(self) -> None:
        """Sat 21 Nov 3:15:00.000001, on no business day."""
        desk, moment = picked_up(), utc(2026, 11, 21, 3, 15, 0, 1)
        fields: dict[str, Value] = {"wait_kind": "until", "wait_until": moment}
        desk.give(commands.Move("wait", fields=fields, at=hour(2), by=ANA))
        desk.advance(utc(2026, 12, 1))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("to_do", moment)

    def test_e7_explained_before_and_while_it_waits(self) -> None:
        desk = picked_up()
        before = why(desk, "come-back", hour(1))
        assert before.verdict == "not_applicable"
        assert [check.holds for check in before.checks] == [False]
        desk.give(commands.Move("wait", fields=UNTIL, at=hour(2), by=ANA))
        waits = why(desk, "come-back", hour(3))
        assert (waits.verdict, waits.at) == ("waiting", COMES)
        due = why(desk, "come-back", COMES)
        assert (due.verdict, due.at) == ("due", COMES)

    def test_e7_explained_once_it_has_come_back(self) -> None:
        desk = waiting_until()
        desk.advance(COMES)
        found = why(desk, "come-back", COMES)
        assert (found.verdict, found.at) == ("fired", COMES)


class TestE7Clock:
    def test_e7_the_target_is_missed_during_the_wait_with_either_setting(self) -> None:
        """Four hours from Mon 10:00 end at 14:00, with wait time added or not."""
        for adds in (True, False):
            promising = enate(add_wait_time=adds, targets=(FOUR_HOURS,))
            desk = picked_up(promising)
            desk.give(commands.Move("wait", fields=UNTIL, at=hour(2), by=ANA))
            desk.advance(hour(4))
            assert not desk.ticket.breaches
            desk.advance(hour(4) + MICRO)
            assert [breach.at for breach in desk.ticket.breaches] == [hour(4) + MICRO]

    def test_e7_the_clock_goes_on_while_it_waits_until_a_moment(self) -> None:
        """Waiting from Mon 12:00 to Fri; four hours from 10:00 are over at 14:00 all the same."""
        promising = enate(targets=(FOUR_HOURS,))
        desk = picked_up(promising)
        desk.give(commands.Move("wait", fields=UNTIL, at=hour(2), by=ANA))
        told = read(hour(3), desk.ticket, promising.clock("resolution"))
        assert (told.state, told.elapsed, told.due_at) == ("running", timedelta(hours=3), hour(4))


class TestE8:
    @pytest.mark.parametrize("of", [waiting, waiting_until])
    def test_e8_choosing_in_progress_ends_a_wait(self, of: Callable[..., Desk]) -> None:
        desk = of()
        desk.move(hour(3), "start_work")
        assert desk.ticket.state == "in_progress"
        assert desk.ticket.fields.get("wait_until") is None

    def test_e8_after_that_nothing_closes_it(self) -> None:
        desk = waiting(CLOSING)
        desk.move(hour(3), "start_work")
        assert next_due(desk.ticket, CLOSING) is None

    def test_e8_it_can_be_chosen_until_the_instant_of_the_closing(self) -> None:
        """Waiting since Mon 16 Nov 12:00, three days: Thu 19 Nov 12:00."""
        end = utc(2026, 11, 19, 12)
        for at in (end - MICRO, end):
            desk = waiting(CLOSING)
            desk.move(at, "start_work")
            desk.advance(utc(2027, 1, 1))
            assert desk.ticket.state == "in_progress"
        late = commands.Move("start_work", at=end + MICRO, by=ANA)
        assert "closed_for_good" in waiting(CLOSING).refused(late).kinds

    def test_e8_customers_cannot_choose_it(self) -> None:
        assert waiting().refused(commands.Move("start_work", at=hour(3), by=CUSTOMER)).kinds == {"not_allowed"}

    def test_e8_without_a_wait_it_is_refused(self) -> None:
        assert picked_up().refused(commands.Move("start_work", at=hour(3), by=ANA)).kinds == {"already_there"}


STRICT = enate(needs_resolution=True, feedback_window=Elapsed(days=2))


class TestE9:
    def test_e9_four_methods(self) -> None:
        assert METHODS == ("answered_to_customer", "no_answer_from_customer", "rejected", "rejected_as_spam")

    @pytest.mark.parametrize("method", METHODS)
    def test_e9_resolving_may_name_one(self, method: str) -> None:
        desk = picked_up(WINDOW)
        desk.give(commands.Move("resolve", fields={"method": method}, at=hour(2), by=ANA))
        assert (desk.ticket.state, desk.ticket.fields["method"]) == ("resolved", method)

    def test_e9_resolving_may_name_no_method(self) -> None:
        assert resolved().ticket.state == "resolved"

    def test_e9_an_unknown_method_is_refused(self) -> None:
        refusal = picked_up().refused(commands.Move("resolve", fields={"method": "ignored"}, at=hour(2), by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert "rejected_as_spam" in refusal.reasons[0].help

    @pytest.mark.parametrize("of", [to_do, picked_up, waiting])
    def test_e9_a_resolution_is_needed_where_so_configured(self, of: Callable[..., Desk]) -> None:
        refusal = of(STRICT).refused(commands.Move("resolve", at=hour(3), by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert lacking(refusal) == ("resolution",)

    @pytest.mark.parametrize("public", [True, False], ids=["mail", "note"])
    def test_e9_the_resolution_can_come_with_resolving(self, public: bool) -> None:
        desk = picked_up(STRICT)
        desk.give(commands.Move("resolve", desk.message(public=public), at=hour(2), by=ANA))
        assert desk.ticket.state == "resolved"

    @pytest.mark.parametrize("public", [True, False], ids=["mail", "note"])
    def test_e9_a_resolution_added_before_counts(self, public: bool) -> None:
        desk = picked_up(STRICT)
        desk.give(commands.AddMessage(Message("s", public=public, resolves=True), at=hour(2), by=ANA))
        assert desk.ticket.state == "in_progress"
        desk.give(commands.Move("resolve", at=hour(3), by=ANA))
        assert desk.ticket.state == "resolved"

    def test_e9_another_message_added_before_does_not_count(self) -> None:
        desk = picked_up(STRICT)
        desk.write(hour(2), ANA)
        desk.write(hour(2), ANA, public=False)
        assert lacking(desk.refused(commands.Move("resolve", at=hour(3), by=ANA))) == ("resolution",)

    def test_e9_a_customers_message_is_not_a_resolution(self) -> None:
        desk = picked_up(STRICT)
        desk.give(commands.AddMessage(Message("s", resolves=True), at=hour(2), by=CUSTOMER))
        assert lacking(desk.refused(commands.Move("resolve", at=hour(3), by=ANA))) == ("resolution",)

    def test_e9_send_and_resolve_is_one_step(self) -> None:
        desk = picked_up(STRICT)
        decision = desk.give(commands.Move("resolve", Message("s"), at=hour(2), by=ANA))
        (entry,) = decision.entries
        kinds = {type(event) for event in entry.events}
        assert {MessageAdded, ResolutionMarked, StateChanged} <= kinds
        assert (entry.at, entry.actor) == (hour(2), ANA)

    def test_e9_customers_do_not_resolve_and_every_reason_is_given(self) -> None:
        fields: dict[str, Value] = {"method": "ignored"}
        refusal = picked_up(STRICT).refused(commands.Move("resolve", fields=fields, at=hour(2), by=CUSTOMER))
        assert {"not_allowed", "missing_fields", "bad_value"} <= refusal.kinds

    def test_e9_a_resolved_ticket_is_not_resolved_again(self) -> None:
        refusal = resolved().refused(commands.Move("resolve", at=hour(3), by=ANA))
        assert refusal.kinds == {"already_there"}


BY_HAND = enate(feedback_window=Elapsed(days=2), reopens_by_itself=False)


class TestE10:
    def test_e10_an_answer_reopens_by_itself(self) -> None:
        desk = resolved()
        desk.write(hour(3), CUSTOMER)
        assert desk.ticket.state == "to_do"
        assert desk.ticket.changed_at == hour(3)

    def test_e10_an_answer_cancels_the_end_of_the_window(self) -> None:
        desk = resolved()
        desk.write(hour(3), CUSTOMER)
        assert next_due(desk.ticket, WINDOW) is None
        desk.advance(utc(2027, 1, 1))
        assert desk.ticket.state == "to_do"

    @pytest.mark.parametrize("rules", [WINDOW, BY_HAND])
    @pytest.mark.parametrize(
        "command",
        [commands.Reopen(at=hour(3), by=BEA), commands.Move("reopen", at=hour(3), by=BEA)],
        ids=["reopen", "move"],
    )
    def test_e10_people_reopen_by_hand(self, rules: Rules, command: Command) -> None:
        desk = resolved(rules)
        desk.give(command)
        assert desk.ticket.state == "to_do"
        assert next_due(desk.ticket, rules) is None

    def test_e10_only_people_reopen_if_so_configured(self) -> None:
        desk = resolved(BY_HAND)
        desk.write(hour(3), CUSTOMER)
        assert desk.ticket.state == "resolved"

    def test_e10_an_answer_cancels_the_end_also_if_people_reopen(self) -> None:
        desk = resolved(BY_HAND)
        desk.write(hour(3), CUSTOMER)
        desk.advance(utc(2026, 12, 1))
        assert desk.ticket.state == "resolved"
        desk.give(commands.Reopen(at=utc(2026, 12, 1, 9), by=ANA))
        assert desk.ticket.state == "to_do"

    @pytest.mark.parametrize(("by", "automatic"), [(CUSTOMER, True), (ANA, False), (ROBOT, False)])
    def test_e10_messages_by_machines_and_the_desk_do_not_reopen(self, by: Actor, automatic: bool) -> None:
        desk = resolved()
        desk.write(hour(3), by, automatic=automatic)
        assert desk.ticket.state == "resolved"
        assert next_due(desk.ticket, WINDOW) == WINDOW_ENDS

    @pytest.mark.parametrize("rules", [WINDOW, BY_HAND], ids=["by itself", "by hand"])
    def test_e10_a_third_party_ends_a_wait_but_does_not_reopen(self, rules: Rules) -> None:
        desk = resolved(rules)
        desk.write(hour(3), SUPPLIER)
        assert (desk.ticket.state, next_due(desk.ticket, rules)) == ("resolved", WINDOW_ENDS)

    @pytest.mark.parametrize("rules", [WINDOW, BY_HAND], ids=["by itself", "by hand"])
    def test_e10_an_answer_at_the_last_instant_counts_and_a_later_one_does_not(self, rules: Rules) -> None:
        for at in (WINDOW_ENDS - MICRO, WINDOW_ENDS):
            desk = resolved(rules)
            desk.write(at, CUSTOMER)
            desk.advance(utc(2027, 1, 1))
            assert desk.ticket.state != "closed"
        late = commands.AddMessage(Message("late"), at=WINDOW_ENDS + MICRO, by=CUSTOMER)
        assert "closed_for_good" in resolved(rules).refused(late).kinds

    def test_e10_people_reopen_until_the_window_ends(self) -> None:
        for at in (WINDOW_ENDS - MICRO, WINDOW_ENDS):
            desk = resolved()
            desk.give(commands.Reopen(at=at, by=BEA))
            assert desk.ticket.state == "to_do"
        assert "closed_for_good" in resolved().refused(commands.Reopen(at=WINDOW_ENDS + MICRO, by=BEA)).kinds

    def test_e10_customers_reopen_by_answering_and_not_by_hand(self) -> None:
        assert resolved().refused(commands.Reopen(at=hour(3), by=CUSTOMER)).kinds == {"not_allowed"}

    def test_e10_only_a_resolved_ticket_is_reopened(self) -> None:
        assert picked_up().refused(commands.Reopen(at=hour(3), by=ANA)).kinds == {"no_such_transition"}

    def test_e10_the_first_resolution_is_kept(self) -> None:
        desk = resolved()
        first = desk.ticket.first_resolution
        assert first is not None
        assert (first.by, first.mark.at) == (ANA, hour(2))
        desk.write(hour(3), CUSTOMER)
        desk.give(commands.Move("start_work", at=hour(4), by=BEA))
        desk.give(commands.Move("resolve", at=hour(5), by=BEA))
        assert desk.ticket.state == "resolved"
        assert desk.ticket.first_resolution == first
        desk.advance(utc(2027, 1, 1))
        assert desk.ticket.first_resolution == first
        by_whom = [record.entry.actor for record in records(desk.ticket, "state_changed")]
        assert BEA in by_whom, "the second stands in the history beside it"

    def test_e10_a_second_resolution_has_a_window_of_its_own(self) -> None:
        """Resolved again on Wed 18 Nov 11:00, an hour before the first window's end: Fri 20 Nov 11:00."""
        desk = resolved()
        desk.write(hour(3), CUSTOMER)
        desk.give(commands.Move("resolve", at=utc(2026, 11, 18, 11), by=ANA))
        desk.advance(utc(2027, 1, 1))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", utc(2026, 11, 20, 11))


class TestE10Clock:
    def test_e10_a_reopened_ticket_goes_on_without_the_window(self) -> None:
        """Resolved at 13:00 after three hours, reopened by an answer at 15:00: of four hours one is left."""
        promising = enate(feedback_window=Elapsed(days=2), targets=(FOUR_HOURS,))
        desk = picked_up(promising)
        desk.move(hour(3), "resolve")
        clock = promising.clock("resolution")
        assert read(hour(4), desk.ticket, clock).state == "met"
        desk.write(hour(5), CUSTOMER)
        told = read(hour(5), desk.ticket, clock)
        assert (told.state, told.frozen, told.due_at) == ("running", timedelta(hours=2), hour(6))


class TestE11:
    def test_e11_the_window_ends_with_no_answer(self) -> None:
        """Mon 16 Nov 12:00 and two days: Wed 18 Nov 12:00."""
        desk = resolved()
        assert next_due(desk.ticket, WINDOW) == WINDOW_ENDS
        assert not evaluate(WINDOW_ENDS - MICRO, desk.ticket, WINDOW)
        desk.advance(WINDOW_ENDS - MICRO)
        assert desk.ticket.state == "resolved"
        desk.advance(WINDOW_ENDS)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", WINDOW_ENDS)
        assert desk.ticket.history.last.actor.role == "system"

    def test_e11_an_answer_at_the_end_of_the_window_is_in_time(self) -> None:
        desk = resolved()
        desk.write(WINDOW_ENDS, CUSTOMER)
        assert desk.ticket.state == "to_do"

    def test_e11_a_later_mail_starts_a_new_ticket(self) -> None:
        arrival, ticket = Arrival(Message("late"), CUSTOMER), resolved().ticket
        assert route(arrival, [ticket], WINDOW, WINDOW_ENDS) == Reopen("T-1")
        found = route(arrival, [ticket], WINDOW, WINDOW_ENDS + MICRO)
        assert found == OpenNew(None)
        command = command_for(found, arrival, WINDOW_ENDS + MICRO, "T-2")
        assert command is not None
        new = handle(None, command, WINDOW).unwrap().ticket
        assert (new.id, new.state, new.follows) == ("T-2", "to_do", None)

    def test_e11_a_mail_in_a_window_that_people_reopen_is_appended(self) -> None:
        arrival = Arrival(Message("m9"), CUSTOMER)
        assert route(arrival, [resolved(BY_HAND).ticket], BY_HAND, hour(3)) == Append("T-1")

    def test_e11_without_a_window_it_is_closed_at_once(self) -> None:
        desk = resolved(RULES)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", hour(2))
        first = desk.ticket.first_resolution
        assert first is not None
        assert (first.by, first.mark.at) == (ANA, hour(2))
        assert route(Arrival(Message("m9"), CUSTOMER), [desk.ticket], RULES, hour(2) + MICRO) == OpenNew(None)

    @pytest.mark.parametrize(
        "command",
        [
            commands.Reopen(at=utc(2026, 11, 19), by=BOSS),
            commands.AddMessage(Message("late"), at=utc(2026, 11, 19), by=CUSTOMER),
            commands.SetFields({"title": "x"}, at=utc(2026, 11, 19), by=ANA),
        ],
        ids=["reopen", "message", "field"],
    )
    def test_e11_a_closed_ticket_stays_closed(self, command: Command) -> None:
        assert "closed_for_good" in resolved().refused(command).kinds

    def test_e11_the_refusal_of_closing_by_hand_says_when_it_comes(self) -> None:
        refusal = resolved().refused(commands.Move("close", at=hour(3), by=ANA))
        assert refusal.kinds == {"not_allowed"}
        assert refusal.reasons[0].expected_at == WINDOW_ENDS


class TestE12:
    def test_e12_a_draft_can_go_straight_to_resolved(self) -> None:
        desk = draft(WINDOW, requester="bruno", **COMPLETE)
        desk.give(commands.Move("resolve", at=hour(1), by=ANA))
        assert desk.ticket.state == "resolved"
        first = desk.ticket.first_resolution
        assert first is not None
        assert (first.by, first.mark.at) == (ANA, hour(1))

    def test_e12_resolving_a_draft_needs_what_submitting_needs(self) -> None:
        refusal = draft(title="Printer").refused(commands.Move("resolve", at=hour(1), by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert lacking(refusal) == NEEDED[1:]

    def test_e12_a_needed_resolution_is_listed_with_the_rest(self) -> None:
        refusal = draft(STRICT).refused(commands.Move("resolve", at=hour(1), by=ANA))
        assert lacking(refusal) == (*NEEDED, "resolution")

    def test_e12_a_mail_sent_and_resolving_fills_the_draft(self) -> None:
        desk = draft(STRICT, category="it", primary_contact="x", requester="x")
        desk.give(commands.Move("resolve", mail(), at=hour(1), by=ANA))
        assert desk.ticket.state == "resolved"
        assert named(desk) == ("Printer", "On fire")


class TestE13:
    def test_e13_the_list_follows_from_the_state(self) -> None:
        assert lists(draft()) == ("inbox",)
        assert lists(to_do()) == ("inbox",)
        assert lists(picked_up()) == ("inbox",)
        assert lists(waiting()) == ("own_work",)
        assert lists(waiting_until()) == ("own_work",)
        assert lists(resolved()) == ()
        assert lists(resolved(RULES)) == ()

    def test_e13_at_the_moment_it_waits_for_it_is_back_in_the_inbox(self) -> None:
        desk = waiting_until()
        desk.advance(COMES - MICRO)
        assert lists(desk) == ("own_work",)
        desk.advance(COMES)
        assert lists(desk) == ("inbox",)

    def test_e13_an_answer_brings_it_back_to_the_inbox(self) -> None:
        desk = waiting()
        desk.write(hour(3), CUSTOMER)
        assert lists(desk) == ("inbox",)

    def test_e13_each_list_finds_its_tickets(self) -> None:
        tickets = [to_do().ticket, waiting().ticket, resolved().ticket]
        shown = {each.name: list(matching(each.shows, tickets)) for each in RULES.workflow.lists}
        assert shown == {"inbox": tickets[:1], "own_work": tickets[1:2]}


class TestE14:
    def test_e14_the_answer_carries_the_reference_and_a_confirmation(self) -> None:
        decision = draft(requester="bruno", **COMPLETE).move(hour(1), "submit")
        (hint,) = decision.hints
        assert hint.data["reference"] == "T-1"
        assert "T-1" in hint.text("en")
        assert "T-1" in hint.text("es")
        assert hint.text("en") != hint.text("es")

    def test_e14_nothing_else_confirms_a_submission(self) -> None:
        desk = to_do()
        assert desk.move(hour(1), "start_work").hints == ()

    @pytest.mark.parametrize("name", ["T-1", "1", "2026-0042", "ABCDEFGH-12345678-A-1"])
    def test_e14_references_can_be_read_aloud(self, name: str) -> None:
        assert handle(None, commands.Open(name, at=MONDAY, by=ANA), RULES).unwrap().ticket.id == name

    @pytest.mark.parametrize(
        "name", ["t-1", "T_1", "T.1", "T--1", "T-", "ABCDEFGHI", "A-B-C-D-E", "9f86d081-884c-7d65-9a2f-eaa0c55ad015"]
    )
    def test_e14_other_references_are_refused(self, name: str) -> None:
        refusal = Desk(RULES).refused(commands.Open(name, at=MONDAY, by=ANA))
        assert refusal.kinds == {"bad_value"}
        assert refusal.reasons[0].help


class TestE15:
    def submitted(self) -> Desk:
        desk = draft(requester="bruno", **COMPLETE)
        desk.give(commands.Move("submit", at=hour(1), by=ANA))
        return desk

    def note(self, desk: Desk) -> Message:
        (record,) = records(desk.ticket, "note")
        assert isinstance(record.event, MessageAdded)
        assert record.entry.at == hour(1)
        return record.event.message

    def test_e15_the_description_becomes_an_internal_note(self) -> None:
        desk = self.submitted()
        assert not self.note(desk).public
        assert desk.ticket.first_answer is None, "a note answers nobody"

    def test_e15_its_id_is_derived_and_the_same_every_time(self) -> None:
        one, two = self.submitted(), self.submitted()
        assert self.note(one) == self.note(two)
        assert self.note(one).id.startswith("T-1")
        assert replay(one.ticket.history) == two.ticket

    def test_e15_no_note_before_submitting_and_no_second_one_after(self) -> None:
        desk = draft(requester="bruno", **COMPLETE)
        assert not list(records(desk.ticket, "note"))
        desk = self.submitted()
        desk.give(commands.Move("start_work", at=hour(2), by=ANA))
        desk.give(commands.Move("put_back", at=hour(3), by=ANA))
        assert len(list(records(desk.ticket, "note"))) == 1

    def test_e15_the_note_does_not_pick_the_ticket_up(self) -> None:
        assert stands(self.submitted()) == ("to_do", None)


class TestE16:
    def test_e16_a_wait_requires_its_kind(self) -> None:
        refusal = picked_up().refused(commands.Move("wait", at=hour(2), by=ANA))
        assert "missing_fields" in refusal.kinds
        assert lacking(refusal) == ("wait_kind",)

    @pytest.mark.parametrize(
        "ends",
        [
            commands.AddMessage(Message("answer"), at=hour(3), by=CUSTOMER),
            commands.Move("start_work", at=hour(3), by=ANA),
            commands.Move("put_back", at=hour(3), by=ANA),
            commands.GiveBack(at=hour(3), by=ANA),
        ],
        ids=["answer", "in progress", "to do", "given back"],
    )
    def test_e16_the_next_wait_requires_its_own_kind(self, ends: Command) -> None:
        desk = waiting()
        desk.give(ends)
        if desk.ticket.state == "to_do":
            desk.move(hour(4), "start_work")
        refusal = desk.refused(commands.Move("wait", at=hour(5), by=ANA))
        assert "missing_fields" in refusal.kinds
        assert lacking(refusal) == ("wait_kind",)

    def test_e16_the_next_wait_until_requires_its_own_moment(self) -> None:
        desk = waiting_until()
        desk.move(hour(3), "start_work")
        refusal = desk.refused(commands.Move("wait", fields={"wait_kind": "until"}, at=hour(4), by=ANA))
        assert lacking(refusal) == ("wait_until",)

    def test_e16_there_are_two_kinds(self) -> None:
        refusal = picked_up().refused(commands.Move("wait", fields={"wait_kind": "forever"}, at=hour(2), by=ANA))
        assert "bad_value" in refusal.kinds
        assert any("information, until" in reason.help for reason in refusal.reasons)

    def test_e16_only_a_ticket_in_progress_can_wait(self) -> None:
        refusal = to_do().refused(commands.Move("wait", fields={"wait_kind": "information"}, at=hour(1), by=ANA))
        assert refusal.kinds == {"no_such_transition"}


def marked(desk: Desk) -> list[tuple[str, datetime]]:
    """Return which messages the history marks as resolving, and when."""
    found = []
    for record in records(desk.ticket, "resolution"):
        assert isinstance(record.event, ResolutionMarked)
        found.append((record.event.message, record.entry.at))
    return found


class TestE17:
    @pytest.mark.parametrize("public", [True, False], ids=["mail", "note"])
    def test_e17_the_message_that_comes_with_resolving_is_marked(self, public: bool) -> None:
        desk = picked_up(WINDOW)
        desk.give(commands.Move("resolve", Message("s", public=public), at=hour(2), by=ANA))
        assert marked(desk) == [("s", hour(2))]

    @pytest.mark.parametrize("public", [True, False], ids=["mail", "note"])
    def test_e17_a_resolution_added_before_is_marked(self, public: bool) -> None:
        desk = picked_up(WINDOW)
        desk.give(commands.AddMessage(Message("s", public=public, resolves=True), at=hour(2), by=ANA))
        assert marked(desk) == [], "nothing is resolved yet"
        desk.write(hour(3), ANA, public=False)
        desk.give(commands.Move("resolve", at=hour(4), by=ANA))
        assert marked(desk) == [("s", hour(4))]

    def test_e17_no_other_message_is_marked(self) -> None:
        desk = picked_up(WINDOW)
        desk.write(hour(2), ANA)
        desk.give(commands.Move("resolve", at=hour(3), by=ANA))
        assert marked(desk) == []

    def test_e17_the_second_resolution_is_marked_beside_the_first(self) -> None:
        desk = picked_up(WINDOW)
        desk.give(commands.Move("resolve", Message("s"), at=hour(2), by=ANA))
        desk.write(hour(3), CUSTOMER)
        desk.give(commands.Move("resolve", Message("t"), at=hour(4), by=BEA))
        assert marked(desk) == [("s", hour(2)), ("t", hour(4))]


def test_f3_bulk_commands_give_one_result_each_and_continue_after_refusals() -> None:
    tickets = [picked_up().ticket, to_do().ticket, waiting().ticket, draft().ticket]
    decisions = handle_all(tickets, commands.GiveBack(at=hour(3), by=ANA), RULES)
    assert [type(decision) for decision in decisions] == [Accepted, Refused, Accepted, Refused]
    assert decisions[1].ticket is tickets[1]


def test_every_assignee_is_in_the_history() -> None:
    """A robot picks it up and declines, Ana picks it up and hands it to Bea, and Bea picks it up by writing."""
    desk = picked_up(by=ROBOT)
    desk.give(commands.Decline("no such form", at=hour(2), by=ROBOT))
    desk.write(hour(3), ANA, public=False)
    desk.assign(hour(4), "bea")
    desk.write(hour(5), BEA, public=False)
    hands = [event.after for _, event in happenings(desk.ticket) if isinstance(event, Assigned)]
    assert [hand for hand, before in zip(hands, [None, *hands], strict=False) if hand != before] == [
        "bot",
        None,
        "ana",
        "bea",
    ]


class TestInTheWindow:
    def test_e10_an_unhandled_answer_is_highlighted_until_somebody_reopens(self) -> None:
        desk = Desk(enate(feedback_window=Elapsed(days=5), reopens_by_itself=False))
        desk.give(commands.Open("T-1", message=Message("m1"), at=utc(2026, 11, 23, 9), by=CUSTOMER))
        desk.give(commands.Move("resolve", at=utc(2026, 11, 23, 10), by=ANA))
        assert desk.rules.workflow.listed(desk.ticket.facts) == ()
        desk.give(commands.AddMessage(Message("m2"), at=utc(2026, 11, 23, 11), by=CUSTOMER))
        assert (desk.ticket.state, desk.rules.workflow.listed(desk.ticket.facts)) == ("resolved", ("inbox",))
        desk.give(commands.Reopen(at=utc(2026, 11, 23, 12), by=ANA))
        assert desk.ticket.state == "to_do"

    def test_e3_whoever_resolves_an_unassigned_ticket_is_assigned(self) -> None:
        desk = Desk(enate(feedback_window=Elapsed(days=5)))
        desk.give(commands.Open("T-1", message=Message("m1"), at=utc(2026, 11, 23, 9), by=CUSTOMER))
        desk.give(commands.Move("resolve", at=utc(2026, 11, 23, 10), by=ANA))
        assert desk.ticket.assignee == "ana"
