"""The route of a customer's message (F1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.small_rule_set import small
from ticketflow import After, Automation, Created, Elapsed, Message, Ticket, advance_before, commands, handle
from ticketflow.engine.decisions import Refused
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.presets.embudo import embudo
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.rules.ruleset import Rules
from ticketflow.service.intake import (
    Advance,
    Append,
    Arrival,
    FollowUp,
    Load,
    OpenNew,
    Reopen,
    Route,
    SetAside,
    Surface,
    command_for,
    route,
)
from ticketflow.tickets.commands import Command
from ticketflow.workflow.definition import Permission

RULES = posponer()
FUNNELS = embudo()
CLOSING = small(Automation("close", After(Elapsed(days=1), Created()), (Move("archive"),)))
MONDAY = utc(2026, 11, 23, 9)
NOW = utc(2026, 11, 24, 9)
MAIL = Arrival(Message("m9"), CUSTOMER)


def lived(rules: Rules, name: str, *rest: Command, at: datetime = MONDAY) -> Ticket:
    """Return a ticket that its customer opened with a message and that accepted further commands."""
    ticket = handle(None, commands.Open(name, message=Message(f"{name}.1"), at=at, by=CUSTOMER), rules).unwrap().ticket
    for command in rest:
        ticket = handle(ticket, command, rules).unwrap().ticket
    return ticket


def move(name: str, at: datetime = MONDAY, **fields: str) -> Command:
    return commands.Move(name, fields=fields, at=at, by=ANA)


def asleep(name: str) -> Ticket:
    return lived(RULES, name, commands.Snooze(until=utc(2026, 12, 1), at=MONDAY, by=ANA))


def carried_out(routed: Route, tickets: list[Ticket], rules: Rules, arrival: Arrival = MAIL) -> Ticket:
    """Carry out a route and return the ticket that has the message then."""
    command = command_for(routed, arrival, NOW, "NEW-1")
    assert command is not None
    name = None if isinstance(routed, OpenNew | SetAside | Load | Advance) else routed.ticket
    ticket = next((each for each in tickets if each.id == name), None)
    decision = handle(ticket, command, rules).unwrap()
    return decision.created or decision.ticket


def test_a_ticket_on_which_much_is_due_is_advanced_first() -> None:
    every_hour = Automation(
        "hourly", After(Elapsed(hours=1), Created(), every=Elapsed(hours=1)), (SendMessage("hello"),)
    )
    rules = attrs.evolve(small(every_hour), occurrences_per_call=20)
    first, second = lived(rules, "A"), lived(rules, "B")
    assert route(MAIL, [second, first], rules, NOW) == Advance("A")  # a day has 23 full hours before its end
    assert route(MAIL, [second, first], rules, MONDAY + timedelta(hours=20)) == Append("A")  # 19 are due before it
    assert route(MAIL, [second, first], rules, MONDAY + timedelta(hours=21)) == Append("A")  # 20 are
    assert route(MAIL, [second, first], rules, MONDAY + timedelta(hours=21, microseconds=1)) == Advance("A")
    assert command_for(Advance("A"), MAIL, NOW, "NEW-1") is None
    caught_up = advance_before(NOW, first, rules)
    assert route(MAIL, [second, caught_up], rules, NOW) == Advance("B")
    assert route(MAIL, [caught_up], rules, NOW) == Append("A")


def test_f1_without_tickets_a_new_one_opens() -> None:
    routed = route(MAIL, [], RULES, NOW)
    assert routed == OpenNew()
    assert carried_out(routed, [], RULES).state == "open"


def test_f1_appended_to_the_open_one() -> None:
    tickets = [lived(RULES, "A")]
    routed = route(MAIL, tickets, RULES, NOW)
    assert routed == Append("A")
    assert carried_out(routed, tickets, RULES).history.last.at == NOW


def test_f1_reopens_the_resolved_one() -> None:
    tickets = [lived(RULES, "A", move("resolve"))]
    routed = route(MAIL, tickets, RULES, NOW)
    assert routed == Reopen("A")
    assert carried_out(routed, tickets, RULES).state == "open"


def test_f1_a_message_that_does_not_reopen_a_resolved_ticket_is_appended() -> None:
    """In the Senior preset, a customer who asked to close and writes again reopens nothing (D11)."""
    asked = commands.Move("record_close_request", at=MONDAY, by=CUSTOMER)
    assert route(MAIL, [lived(senior(), "A", asked)], senior(), NOW) == Append("A")


def test_f1_surfaces_the_hidden_one() -> None:
    tickets = [asleep("A")]
    routed = route(MAIL, tickets, RULES, NOW)
    assert routed == Surface("A")
    after = carried_out(routed, tickets, RULES)
    assert (after.is_hidden, after.snooze is not None) == (False, True)


def test_f1_open_before_hidden_before_resolved_before_closed() -> None:
    tickets = [
        lived(RULES, "D", move("close")),
        lived(RULES, "C", move("resolve")),
        asleep("B"),
        lived(RULES, "A"),
    ]
    found = [route(MAIL, tickets[:count], RULES, NOW) for count in (4, 3, 2, 1)]
    assert found == [Append("A"), Surface("B"), Reopen("C"), OpenNew()]


def test_f1_a_closed_ticket_gets_a_follow_up_if_the_workflow_says_so() -> None:
    desk = senior()
    waiting = commands.Move("ask_for_information", Message("m2"), at=MONDAY, by=ANA)
    ticket = lived(desk, "C", waiting)
    routed = route(MAIL, [ticket], desk, utc(2027, 1, 1))
    assert routed == FollowUp("C")
    command = command_for(routed, MAIL, utc(2027, 1, 1), "NEW-1")
    assert command is not None
    assert handle(ticket, command, desk).unwrap().created is not None


def test_f1_what_was_due_before_the_message_counts_as_done() -> None:
    """The stored ticket is that of Monday. It closed a day later."""
    tickets = [lived(CLOSING, "A")]
    assert route(MAIL, tickets, CLOSING, NOW) == Append("A"), "an event comes before the timers of its instant"
    assert route(MAIL, tickets, CLOSING, utc(2026, 11, 24, 9, 0, 1)) == OpenNew()


def test_f1_among_equals_the_last_active_then_the_smaller_id() -> None:
    early, late = lived(RULES, "A"), lived(RULES, "B", at=utc(2026, 11, 23, 10))
    assert route(MAIL, [early, late], RULES, NOW) == Append("B")
    assert route(MAIL, [lived(RULES, "B"), early], RULES, NOW) == Append("A")


def test_f1_an_entry_by_a_rule_is_not_activity() -> None:
    """The reminder on A is newer than the customer's message on B, but B is where the customer wrote last."""
    rules = small(Automation("remind", After(Elapsed(hours=20), Created()), (Move("wait"),)))
    tickets = [lived(rules, "A"), lived(rules, "B", at=utc(2026, 11, 23, 14))]
    assert route(MAIL, tickets, rules, NOW) == Append("B")


def test_f1_the_ticket_that_the_message_names_goes_first() -> None:
    tickets = [lived(RULES, "A"), lived(RULES, "C", move("close")), lived(RULES, "R", move("resolve"))]
    named = [route(Arrival(Message("m9"), CUSTOMER, reply_to=name), tickets, RULES, NOW) for name in ("R", "C", "x")]
    assert named == [Reopen("R"), OpenNew(), Append("A")]


def test_f1_a_new_ticket_begins_at_the_return_stage() -> None:
    closed = move("close", return_stage="scheduling.scheduled")
    tickets = [lived(FUNNELS, "A", closed)]
    routed = route(MAIL, tickets, FUNNELS, NOW)
    assert routed == OpenNew("scheduling.scheduled")
    assert carried_out(routed, tickets, FUNNELS).state == "scheduling.scheduled"


def test_f1_a_channel_feeds_its_funnel() -> None:
    by_channel = [route(Arrival(Message("m9"), CUSTOMER, channel=name), [], FUNNELS, NOW) for name in ("clinic", "x")]
    assert by_channel == [OpenNew("scheduling.information"), OpenNew()]


class TestLoopGuard:
    """An automatic message reopens, surfaces and follows nothing."""

    MACHINE = Message("m9", automatic=True)

    def test_f1_it_surfaces_and_reopens_nothing(self) -> None:
        arrival = Arrival(self.MACHINE, CUSTOMER)
        for ticket in (asleep("A"), lived(RULES, "A", move("resolve"))):
            assert route(arrival, [ticket], RULES, NOW) == Append("A")
            after = carried_out(Append("A"), [ticket], RULES, arrival)
            assert (after.state, after.is_hidden) == (ticket.state, ticket.is_hidden)

    def test_f1_as_an_answer_to_a_closed_ticket_it_is_set_aside(self) -> None:
        closed = lived(RULES, "A", move("close"))
        arrival = Arrival(self.MACHINE, CUSTOMER, reply_to="A")
        routed = route(arrival, [closed], RULES, NOW)
        assert routed == SetAside("A")
        assert command_for(routed, arrival, NOW, "NEW-1") is None

    def test_f1_without_a_ticket_that_it_answers_it_opens_a_new_one(self) -> None:
        """An alarm of a monitoring system is such a message."""
        arrival = Arrival(self.MACHINE, CUSTOMER)
        assert route(arrival, [lived(RULES, "A", move("close"))], RULES, NOW) == OpenNew()


def test_f1_a_message_that_is_refused_is_routed_as_an_append() -> None:
    """The refusal of the command says why."""
    permissions = {"add_message": Permission({"agent"})}
    rules = attrs.evolve(CLOSING, workflow=attrs.evolve(CLOSING.workflow, permissions=permissions))
    ticket = lived(rules, "A")
    assert route(MAIL, [ticket], rules, MONDAY) == Append("A")
    command = command_for(Append("A"), MAIL, MONDAY, "NEW-1")
    assert command is not None
    assert isinstance(handle(ticket, command, rules), Refused)


def test_f1_naive_instants_are_refused() -> None:
    with pytest.raises(NaiveDatetimeError, match="now is"):
        route(MAIL, [], RULES, datetime(2026, 11, 24))  # noqa: DTZ001 -- the point


def merged(name: str, into: str, *rest: Command) -> Ticket:
    return lived(RULES, name, commands.Link(into, "merged_into", at=MONDAY, by=ANA), *rest)


class TestMerges:
    """2.6: a message to a ticket that was merged is answered as one to the ticket where the merges lead."""

    NAMED = attrs.evolve(MAIL, reply_to="A")

    def test_a_message_follows_several_merges_and_says_so(self) -> None:
        tickets = [merged("A", "B", move("close")), merged("B", "C"), lived(RULES, "C", move("resolve"))]
        routed = route(self.NAMED, tickets, RULES, NOW)
        assert routed == Reopen("C", ("A", "B"))
        assert carried_out(routed, tickets, RULES, self.NAMED).state == "open"

    def test_the_last_merge_counts(self) -> None:
        again = commands.Link("C", "merged_into", at=MONDAY, by=ANA)
        other_kind = commands.Link("B", "related", at=MONDAY, by=ANA)
        tickets = [merged("A", "B", again, other_kind), lived(RULES, "B"), lived(RULES, "C")]
        assert route(self.NAMED, tickets, RULES, NOW) == Append("C", ("A",))

    def test_without_a_name_merged_tickets_stand_for_where_they_lead(self) -> None:
        """A, which is open, leads to the resolved C. So B, hidden, goes first; without B, it is C, itself given."""
        tickets = [merged("A", "C"), lived(RULES, "C", move("resolve")), asleep("B")]
        assert route(MAIL, tickets, RULES, NOW) == Surface("B")
        assert route(MAIL, tickets[:2], RULES, NOW) == Reopen("C")

    def test_a_ticket_that_is_missing_is_named(self) -> None:
        tickets = [merged("A", "B"), merged("B", "C")]
        routed = route(self.NAMED, tickets, RULES, NOW)
        assert routed == Load("C", ("A", "B"))
        assert command_for(routed, self.NAMED, NOW, "NEW-1") is None
        assert route(MAIL, tickets, RULES, NOW) == Load("C", ("A", "B"))
        assert route(self.NAMED, [*tickets, lived(RULES, "C")], RULES, NOW) == Append("C", ("A", "B"))

    def test_a_circle_is_refused(self) -> None:
        tickets = [merged("A", "B"), merged("B", "C"), merged("C", "A")]
        with pytest.raises(BadValueError) as caught:
            route(self.NAMED, tickets, RULES, NOW)
        assert str(caught.value) == (
            "the merges of ticket 'A' lead in a circle: A, B, C, A; "
            "link one of them to the ticket in which the conversation goes on"
        )

    def test_a_new_ticket_after_a_merge_into_a_closed_one_says_so(self) -> None:
        tickets = [merged("A", "B"), lived(RULES, "B", move("close"))]
        assert route(self.NAMED, tickets, RULES, NOW) == OpenNew(None, ("A",))
        machine = attrs.evolve(self.NAMED, message=Message("m9", automatic=True))
        assert route(machine, tickets, RULES, NOW) == SetAside("B", ("A",))
