"""Recovering commands from histories.

Source: docs/semantics.md 2.1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, RELEASES, ROBOT, utc
from tests.support.random_lives import lived, seeded, story
from ticketflow import (
    Actor,
    BusinessCalendar,
    Field,
    Message,
    Rules,
    Snoozing,
    State,
    Ticket,
    Transition,
    Workflow,
    commands,
    events,
    handle,
    simulate,
)
from ticketflow.errors import BadValueError
from ticketflow.service import commands_of
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.messages import Mail
from ticketflow.workflow.definition import Opening

AT = utc(2026, 11, 18, 12)
STATES = (
    State("open"),
    State("doing"),
    State("done", "resolved", survey_open=True, outcome="won"),
    State("closed", "closed"),
)
TRANSITIONS = (
    Transition("start", ("open",), "doing", may=("agent",)),
    Transition("finish", ("doing",), "done", may=("agent",)),
    Transition("reopen", ("done",), "open", may=("agent", "customer")),
    Transition("archive", ("open",), "closed", may=("agent",), follow_up_fields=("title",)),
)
WORKFLOW = Workflow(
    STATES,
    TRANSITIONS,
    fields=(Field("title", filled_from="subject"), Field("classification"), Field("outcome", ("won", "lost"))),
    outside_events={"released"},
    openings=(Opening("open", PEOPLE, takes=("title",)), Opening("doing", ("agent",), must_be_named=True)),
    reopen="reopen",
)
RULES = Rules("recovered", WORKFLOW, BusinessCalendar("UTC", "mon-fri 09:00-18:00"), snoozing=Snoozing())


def at(hours: int, by: Actor = ANA, **more: str) -> dict[str, Any]:
    return {"at": AT + timedelta(hours=hours), "by": by, **more}


def after(*asked: commands.Command) -> Ticket:
    ticket: Ticket | None = None
    for command in asked:
        ticket = handle(ticket, command, RULES).unwrap().ticket
    assert ticket is not None
    return ticket


OPEN = commands.Open("T-1", {"title": "no ink"}, Message("m0"), "ana", "doing", "bruno", at=AT, by=ANA, event_id="e0")
GIVEN: tuple[commands.Command, ...] = (
    commands.AddMessage(Message("m1", public=False, automatic=True), **at(1)),
    commands.Move("finish", Message("m2", resolves=True), {"classification": "fault"}, **at(2, event_id="e2")),
    commands.Rate(4, "c1", **at(3, CUSTOMER)),
    commands.Reopen(Message("m3"), **at(4, CUSTOMER)),
    commands.SetFields({"title": "no paper", "classification": None}, **at(5)),
    commands.SetFields({}, **at(6)),
    commands.ReviewClassification("request", **at(7)),
    commands.ReviewClassification("request", **at(8)),
    commands.Assign("bea", **at(9)),
    commands.Assign("bea", **at(10)),
    commands.GiveBack(**at(11, BOSS)),
    commands.Assign("bot", **at(12)),
    commands.Decline("no idea", **at(13, ROBOT)),
    commands.SetRequester("carla", **at(14)),
    commands.SetRequester("carla", **at(15)),
    commands.Link("T-2", "duplicate_of", **at(16)),
    commands.Link("T-2", "duplicate_of", **at(17)),
    commands.RecordEvent("released", **at(18, RELEASES)),
    commands.Snooze(AT + timedelta(days=9), why="holidays", **at(19)),
    commands.Reopen(**at(20)),
    commands.CancelSnooze(**at(21)),
    commands.Move("archive", **at(22)),
)


def test_each_command_is_recovered_as_it_was_given() -> None:
    assert commands_of(after(OPEN, *GIVEN)) == (OPEN, *GIVEN)


def test_an_opening_names_its_state_and_a_snooze_its_instant() -> None:
    opening = attrs.evolve(OPEN, by=CUSTOMER, state=None, assignee=None, requester=None)
    snooze = commands.Snooze(choice="tomorrow", at=AT, by=ANA)
    ticket = after(opening, snooze)
    assert ticket.snooze
    again = commands.Snooze(ticket.snooze.until, at=AT, by=ANA)
    assert commands_of(ticket) == (attrs.evolve(opening, state="open"), again)


def test_a_late_command_keeps_the_instant_that_it_claimed() -> None:
    late = commands.Assign("bea", at=AT - timedelta(days=1), by=ANA)
    assert commands_of(after(OPEN, late)) == (OPEN, late)


@pytest.mark.parametrize("what", [commands.AddMessage, commands.Reopen])
def test_fields_that_a_mail_filled_are_set_after_it(what: type[commands.AddMessage | commands.Reopen]) -> None:
    opening = attrs.evolve(OPEN, fields={}, message=None)
    done = commands.Move("finish", at=AT, by=ANA)
    mail = what(message=Mail("m1", subject="no ink", text="Help"), at=AT, by=ANA, event_id="e1")
    *_, said, filled = commands_of(after(opening, done, mail))
    assert said == what(message=Message("m1"), at=AT, by=ANA, event_id="e1")
    assert filled == commands.SetFields({"title": "no ink"}, at=AT, by=ANA)


def test_a_move_sets_the_fields_that_its_mail_filled() -> None:
    opening = attrs.evolve(OPEN, fields={}, message=None)
    move = commands.Move("finish", Mail("m1", subject="no ink"), at=AT, by=ANA)
    expected = commands.Move("finish", Message("m1"), {"title": "no ink"}, at=AT, by=ANA)
    assert commands_of(after(opening, move))[-1] == expected


def test_a_follow_up_becomes_a_ticket_of_its_own() -> None:
    opening = attrs.evolve(OPEN, state="open", by=CUSTOMER, assignee=None, requester=None)
    closed = after(opening, commands.Move("archive", at=AT, by=ANA))
    asked = commands.FollowUp("T-7", message=Message("m9"), at=AT, by=BOSS)
    created = handle(closed, asked, RULES).unwrap().created
    assert created
    [command] = commands_of(created)
    assert command == commands.Open("T-7", {"title": "no ink"}, Message("m9"), None, "open", "bruno", at=AT, by=BOSS)
    again = simulate([command], RULES, AT).ticket
    assert again
    assert (again.facts["field.title"], again.requester) == ("no ink", "bruno")


def test_a_command_of_a_later_release_is_left_out() -> None:
    ticket = after(OPEN)
    entry = attrs.evolve(ticket.history.last, sequence=1, id="1", cause=events.ByCommand("merge"), events=())
    assert commands_of(evolve(ticket, entry)) == (OPEN,)
    linked = attrs.evolve(entry, cause=events.ByCommand("merge"), events=(events.Linked("T-3", "merged"),))
    assert commands_of(evolve(ticket, linked)) == (OPEN,)


@pytest.mark.parametrize("number", range(30))
def test_the_commands_of_a_random_history_lead_to_it_again(number: int) -> None:
    world = seeded(number)
    ticket = lived(world)
    again = simulate(commands_of(ticket), world.rules, world.end)
    assert again.ticket is not None
    assert not again.refusals
    assert story(again.ticket) == story(ticket)


def test_only_a_ticket_has_commands() -> None:
    with pytest.raises(BadValueError):
        commands_of("T-1")  # type: ignore[arg-type]
