"""Many tickets under one rule set."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, support
from ticketflow import Actor, Automation, Message, OnEnter, Refused, StateIs, Ticket, actions, commands, handle
from ticketflow.engine.episodes import Occurrence
from ticketflow.engine.lookahead import first_ahead
from ticketflow.engine.plans import Touched
from ticketflow.engine.program import Program
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.simulation import Tickets

RULES = attrs.evolve(support(), clocks=())
MICRO = timedelta(microseconds=1)


def opened(ticket: str) -> Ticket:
    return handle(None, commands.Open(ticket, message=Message("m0"), at=MONDAY, by=BRUNO), RULES).unwrap().ticket


def ask(tickets: Tickets, ticket: str, hours: int) -> None:
    tickets.give(commands.Move("ask", Message(f"q{hours}"), at=MONDAY + hours * HOUR, by=ANA), ticket).unwrap()


def test_what_is_due_is_carried_out_in_the_order_of_time_and_then_of_ids() -> None:
    """Each is reminded two days after the question, and closed five days after it."""
    seen: list[tuple[str, timedelta]] = []

    def note(touched: Touched) -> None:
        seen.extend((touched.ticket.id, entry.at - MONDAY) for entry in touched.entries)

    tickets = Tickets(RULES, map(opened, ("T-3", "T-1", "T-2")), note)
    for ticket, hours in (("T-3", 1), ("T-1", 2), ("T-2", 1)):
        ask(tickets, ticket, hours)
    assert tickets.next_due == MONDAY + 2 * DAY + HOUR
    del seen[:]
    tickets.carry_out(MONDAY + 5 * DAY + HOUR)
    reminded = [(name, 2 * DAY + hours * HOUR) for name, hours in (("T-2", 1), ("T-3", 1), ("T-1", 2))]
    assert seen == [*reminded, ("T-2", 5 * DAY + HOUR), ("T-3", 5 * DAY + HOUR)]
    assert tickets.next_due == MONDAY + 5 * DAY + 2 * HOUR


def test_a_command_moves_what_is_due() -> None:
    tickets = Tickets(RULES, [opened("T-1")])
    assert tickets.next_due is None
    ask(tickets, "T-1", 1)
    tickets.give(commands.AddMessage(Message("m1"), at=MONDAY + DAY, by=BRUNO), "T-1")
    assert tickets["T-1"].state == "open"
    assert tickets.next_due is None
    assert (list(tickets), len(tickets)) == (["T-1"], 1)


def test_a_late_command_finds_what_was_due_before_it() -> None:
    tickets = Tickets(RULES, [opened("T-1")])
    ask(tickets, "T-1", 0)
    late = tickets.give(commands.AddMessage(Message("m1"), at=MONDAY + 6 * DAY, by=BRUNO), "T-1")
    assert isinstance(late, Refused)
    assert late.kinds == {"closed_for_good"}
    assert tickets["T-1"].state == "waiting", "a refusal changes nothing"
    assert tickets.next_due == MONDAY + 2 * DAY


def test_an_id_opens_one_ticket() -> None:
    tickets = Tickets(RULES, [opened("T-1")])
    again = tickets.give(commands.Open("T-1", at=MONDAY, by=BRUNO))
    assert isinstance(again, Refused)
    assert again.kinds == {"no_such_transition"}


def test_a_command_to_an_unknown_ticket_is_an_error() -> None:
    with pytest.raises(BadValueError, match=r"^there is no ticket 'T-9'; open it first$"):
        Tickets(RULES).give(commands.Assign("ana", at=MONDAY, by=ANA), "T-9")
    with pytest.raises(BadValueError, match=r"^there is no ticket None; open it first$"):
        Tickets(RULES).give(commands.Assign("ana", at=MONDAY, by=ANA))
    with pytest.raises(NaiveDatetimeError):
        Tickets(RULES).carry_out(datetime(2026, 11, 23))  # noqa: DTZ001 -- the point


def test_follow_ups_that_rules_request_are_opened_once() -> None:
    again = Automation("again", OnEnter(StateIs("closed")), (actions.FollowUp(),))
    workflow = attrs.evolve(RULES.workflow, after_closing="follow_up")
    rules = attrs.evolve(RULES, workflow=workflow, automations=(*RULES.automations, again))
    tickets = Tickets(rules, [opened("T-1")])
    ask(tickets, "T-1", 0)
    tickets.carry_out(MONDAY + 5 * DAY)
    (new,) = (ticket for ticket in tickets.values() if ticket.id != "T-1")
    assert (new.follows, new.state) == ("T-1", "open")
    assert new.changed_at == MONDAY + 5 * DAY + MICRO, "a command comes after what rules did at its instant"
    assert new.history.first.actor == Actor("robot", "follow-ups")


def test_a_follow_up_of_the_same_delivery_is_opened_once() -> None:
    rules = attrs.evolve(RULES, workflow=attrs.evolve(RULES.workflow, after_closing="follow_up"))
    tickets = Tickets(rules, [opened("T-1")])
    ask(tickets, "T-1", 0)
    mail = commands.FollowUp(event_id="mail-7", message=Message("m9"), at=MONDAY + 9 * DAY, by=BRUNO)
    first, second = (tickets.give(mail, "T-1").unwrap() for _ in range(2))
    assert not first.is_repeated
    assert second.is_repeated
    assert first.created == second.created
    assert sorted(tickets) == sorted(["T-1", mail.ticket_id("T-1")])


def test_all_that_is_due_at_one_instant_is_carried_out() -> None:
    """The number of occurrences per call does not bound a simulation."""
    once = attrs.evolve(RULES.automations[1], id="other")
    rules = attrs.evolve(RULES, automations=(*RULES.automations, once), occurrences_per_call=1)
    tickets = Tickets(rules, [opened("T-1")])
    ask(tickets, "T-1", 0)
    tickets.carry_out(MONDAY + 2 * DAY)
    entries = [entry for entry in tickets["T-1"].history if entry.at == MONDAY + 2 * DAY]
    assert len(entries) == 2
    assert tickets.next_due == MONDAY + 5 * DAY


def test_tickets_that_wait_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred tickets wait for two days. A day passes, and one gets a command."""
    tickets = Tickets(RULES, (opened(f"T-{number}") for number in range(100)))
    for name in list(tickets):
        ask(tickets, name, 0)
    looked_at = list[str]()

    def looking(ticket: Ticket, program: Program) -> Occurrence | None:
        looked_at.append(ticket.id)
        return first_ahead(ticket, program)

    monkeypatch.setattr("ticketflow.simulation.many_tickets.first_ahead", looking)
    tickets.carry_out(MONDAY + DAY)
    tickets.give(commands.AddMessage(Message("m1"), at=MONDAY + DAY, by=BRUNO), "T-7")
    assert looked_at == ["T-7"]


def test_a_ticket_is_dropped_only_if_nothing_is_due_on_it() -> None:
    tickets = Tickets(RULES, [opened("T-1"), opened("T-2")])
    ask(tickets, "T-1", 0)
    assert not tickets.forget("T-1")
    assert tickets.forget("T-2")
    assert list(tickets) == ["T-1"]
