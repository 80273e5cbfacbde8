"""The requester: the customer whom a ticket is for (2.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.desk import ANA, CUSTOMER, ROBOT, Desk, utc
from tests.support.small_rule_set import WEEKDAYS
from ticketflow import (
    Actor,
    Field,
    Message,
    Opening,
    RequesterIs,
    Rules,
    State,
    Transition,
    Workflow,
    commands,
    documents,
    handle,
    matching,
    replay,
)
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.service.intake import Append, Arrival, OpenNew, route
from ticketflow.service.reports import report, report_all
from ticketflow.tickets import events
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.records import records
from ticketflow.workflow.conditions import Condition

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
STATES = (State("open"), State("sent"), State("closed", "closed"))
MOVES = (
    Transition("send", ["open"], "sent", may=SUPPORT, needs=("requester",)),
    Transition("close", ["open", "sent"], "closed", may=SUPPORT),
)
PLAIN = Rules("plain", Workflow(STATES, MOVES), WEEKDAYS)
NAMING = Rules("naming", Workflow(STATES, MOVES, openings=(Opening("open", PEOPLE, ("requester",)),)), WEEKDAYS)
CARLA, LAB = Actor("customer", "carla"), Actor("third_party", "lab")


def opened(by: Actor = ANA, requester: str | None = None) -> Desk:
    desk = Desk(PLAIN)
    desk.give(commands.Open("T-1", requester=requester, at=NINE, by=by))
    return desk


class TestWhoItIs:
    def test_a_customer_who_opens_a_ticket_is_its_requester(self) -> None:
        assert opened(CUSTOMER).ticket.requester == CUSTOMER.id

    def test_a_customer_may_name_themselves_and_the_history_is_the_same(self) -> None:
        assert opened(CUSTOMER, CUSTOMER.id).ticket == opened(CUSTOMER).ticket

    @pytest.mark.parametrize("by", [ANA, ROBOT])
    def test_others_name_one_or_nobody_yet(self, by: Actor) -> None:
        assert opened(by, "bruno").ticket.requester == "bruno"
        assert opened(by).ticket.requester is None

    @pytest.mark.parametrize("by", [CUSTOMER, LAB])
    def test_outsiders_open_no_ticket_for_somebody_else(self, by: Actor) -> None:
        refusal = Desk(PLAIN).refused(commands.Open("T-1", requester="carla", at=NINE, by=by))
        what = f"{by.role} {by.id!r} may not open a ticket for somebody else; it is for: administrator, agent"
        assert [str(reason) for reason in refusal.reasons] == [what]

    def test_it_changes_by_a_command_and_stands_in_the_history(self) -> None:
        desk = opened(CUSTOMER)
        desk.give(commands.SetRequester("carla", at=NINE + HOUR, by=ANA))
        desk.give(commands.SetRequester("carla", at=NINE + HOUR, by=ANA))
        assert desk.ticket.requester == "carla"
        assert [entry.events for entry in desk.ticket.history][1:] == [
            (events.RequesterChanged(CUSTOMER.id, "carla"),),
            (),
        ]
        assert [record.kind for record in records(desk.ticket)] == ["opened", "requester_changed"]
        assert replay(desk.ticket.history) == desk.ticket
        assert documents.read("ticket", documents.write(desk.ticket)) == desk.ticket

    def test_customers_do_not_change_it(self) -> None:
        assert opened(CUSTOMER).refused(commands.SetRequester("carla", at=NINE, by=CARLA)).kinds == {"not_allowed"}

    def test_it_is_not_changed_on_a_closed_ticket(self) -> None:
        desk = opened()
        desk.move(NINE, "close")
        assert "closed_for_good" in desk.refused(commands.SetRequester("carla", at=NINE, by=ANA)).kinds


class TestFollowUps:
    @pytest.mark.parametrize(
        ("by", "named", "expected"),
        [(ANA, None, "bruno"), (ANA, "carla", "carla"), (CARLA, None, "carla"), (CARLA, "bruno", "bruno")],
    )
    def test_they_are_for_who_opens_them_or_the_earlier_requester(
        self, by: Actor, named: str | None, expected: str
    ) -> None:
        desk = opened(ANA, "bruno")
        desk.move(NINE, "close")
        follow_up = commands.FollowUp("T-2", requester=named, at=NINE + HOUR, by=by)
        created = handle(desk.ticket, follow_up, PLAIN).unwrap().created
        assert created is not None
        assert created.requester == expected

    def test_outsiders_open_none_for_somebody_else(self) -> None:
        desk = opened(ANA, "bruno")
        desk.move(NINE, "close")
        follow_up = commands.FollowUp("T-2", requester="dora", at=NINE + HOUR, by=CARLA)
        assert desk.refused(follow_up).kinds == {"not_allowed"}


class TestNeeds:
    def test_a_transition_can_need_it(self) -> None:
        desk = opened()
        refusal = desk.refused(commands.Move("send", at=NINE, by=ANA))
        assert refusal.kinds == {"missing_fields"}
        assert refusal.reasons[0].lacks == ("requester",)
        desk.give(commands.SetRequester("bruno", at=NINE, by=ANA))
        desk.move(NINE, "send")
        assert desk.ticket.state == "sent"

    def test_an_opening_can_need_it(self) -> None:
        refusal = Desk(NAMING).refused(commands.Open("T-1", at=NINE, by=ANA))
        assert refusal.reasons[0].lacks == ("requester",)
        for by, requester in ((ANA, "bruno"), (CUSTOMER, None)):
            assert handle(None, commands.Open("T-1", requester=requester, at=NINE, by=by), NAMING).unwrap()

    def test_a_field_of_that_name_goes_before_it(self) -> None:
        workflow = Workflow(STATES, MOVES, (Field("requester"),), openings=NAMING.workflow.openings)
        rules = Rules("field", workflow, WEEKDAYS)
        refusal = Desk(rules).refused(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        assert refusal.reasons[0].lacks == ("requester",)
        desk = Desk(rules)
        desk.give(commands.Open("T-1", {"requester": "Bruno"}, at=NINE, by=ANA))
        desk.move(NINE, "send")
        assert (desk.ticket.state, desk.ticket.requester) == ("sent", None)


class TestWhoAsks:
    @pytest.mark.parametrize(
        ("condition", "expected"), [(RequesterIs("bruno", "carla"), ["T-1"]), (RequesterIs("dora"), [])]
    )
    def test_a_condition_filters_by_it(self, condition: Condition, expected: list[str]) -> None:
        tickets = [opened(ANA, "bruno").ticket, handle(None, commands.Open("T-2", at=NINE, by=ANA), PLAIN).ticket]
        given = [ticket for ticket in tickets if ticket]
        assert [ticket.id for ticket in matching(condition, given)] == expected

    def test_reports_and_cycles_go_by_it(self) -> None:
        desk = opened(ANA, "bruno")
        assert report(NINE, desk.ticket, PLAIN).customer == "bruno"
        _, summary = report_all(NINE, [desk.ticket, opened(CARLA).ticket, opened().ticket], PLAIN)
        assert summary.cycles == FrozenMap({"bruno": 1, "carla": 1})

    def test_a_message_goes_to_the_senders_tickets_or_to_the_one_it_names(self) -> None:
        ticket = opened(ANA, "bruno").ticket
        arrivals = [Arrival(Message("m1"), by, reply_to) for by in (CARLA, LAB) for reply_to in (None, "T-1")]
        found = [route(arrival, [ticket], PLAIN, NINE + HOUR) for arrival in arrivals]
        assert found == [OpenNew(), Append("T-1"), Append("T-1"), Append("T-1")]
        assert route(Arrival(Message("m1"), Actor("customer", "bruno")), [ticket], PLAIN, NINE) == Append("T-1")
        assert route(Arrival(Message("m1"), CARLA), [opened().ticket], PLAIN, NINE) == Append("T-1")
