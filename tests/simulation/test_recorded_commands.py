"""The commands of a ticket, read back from its history."""

from __future__ import annotations

import attrs
import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, busy, support
from tests.support.desk import CONSULTANT, ROBOT
from tests.support.random_lives import lived, seeded
from ticketflow import Field, Message, Permission, Rules, Snoozing, Ticket, commands, replay, simulate
from ticketflow.errors import BadValueError
from ticketflow.simulation import ObservedAnswers, commands_of, observed_answers, replay_under, run
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByCommand

UNTIL = MONDAY + 20 * DAY


def everything() -> Rules:
    """Return a desk that takes every command."""
    rules = support()
    robots = {name: Permission({"agent", "robot"}) for name in ("decline", "assign", "give_back")}
    reviews = {"review_classification": Permission({"accredited_consultant"}), "rate": Permission({"customer"})}
    workflow = attrs.evolve(
        rules.workflow,
        states=tuple(attrs.evolve(each, survey_open=each.name == "solved") for each in rules.workflow.states),
        transitions=tuple(attrs.evolve(each, may={"agent"}) for each in rules.workflow.transitions),
        fields=(Field("level"), Field("classification")),
        permissions={**robots, **reviews},
        groups={"accredited_consultant"},
        outside_events={"released"},
        reopen="resume",
        after_closing="follow_up",
    )
    ladders = tuple(rule for rule in rules.automations if rule.id != "resume")
    return attrs.evolve(rules, workflow=workflow, automations=ladders, snoozing=Snoozing())


def given() -> tuple[Command, ...]:
    """Return a command of each kind, in an order in which all are accepted."""
    ten = MONDAY + 10 * HOUR
    return (
        commands.Open("T-1", {"level": "low"}, Message("m0"), "eva", "open", "bruno", at=ten, by=ANA, event_id="e0"),
        commands.Assign("bot", at=ten, by=ANA),
        commands.Decline("too hard", at=ten, by=ROBOT),
        commands.Assign("ana", at=ten + HOUR, by=ANA, event_id="e1"),
        commands.GiveBack(at=ten + HOUR, by=ANA),
        commands.SetFields({"level": "high", "classification": "a"}, at=ten + HOUR, by=ANA),
        commands.SetRequester("carla", at=ten + HOUR, by=ANA),
        commands.RecordEvent("released", at=ten + HOUR, by=ANA),
        commands.Link("T-2", "duplicate_of", at=ten + HOUR, by=ANA),
        commands.Snooze(ten + 3 * HOUR, why="later", at=ten + 2 * HOUR, by=ANA),
        commands.Reopen(at=ten + 2 * HOUR, by=ANA),
        commands.CancelSnooze(at=ten + 2 * HOUR, by=ANA),
        commands.AddMessage(Message("m1", public=False), at=ten + 2 * HOUR, by=ANA),
        commands.Move("solve", Message("m2"), {"level": "low"}, at=ten + 3 * HOUR, by=ANA),
        commands.ReviewClassification("b", at=ten + 3 * HOUR, by=CONSULTANT),
        commands.Rate(4, "c1", at=ten + 3 * HOUR, by=attrs.evolve(BRUNO, id="carla")),
        commands.Reopen(Message("m3"), at=ten + 4 * HOUR, by=ANA),
    )


def lived_by(history: tuple[Command, ...], rules: Rules) -> Ticket:
    found = simulate(history, rules, UNTIL)
    assert not found.refusals
    assert found.ticket is not None
    return found.ticket


def test_every_kind_of_command_is_read_back() -> None:
    assert {type(command) for command in given()} == set(commands.NAMES) - {commands.FollowUp}
    assert commands_of(lived_by(given(), everything())) == given()


def test_commands_that_change_nothing_are_read_back() -> None:
    """They are entries, too, and later entries have their numbers after them."""
    twice = (
        commands.Assign("eva", at=MONDAY + 11 * HOUR, by=ANA),
        commands.SetFields({"level": "low"}, at=MONDAY + 11 * HOUR, by=ANA),
        commands.SetRequester("bruno", at=MONDAY + 11 * HOUR, by=ANA),
        commands.CancelSnooze(at=MONDAY + 11 * HOUR, by=ANA),
        commands.Link("T-2", at=MONDAY + 11 * HOUR, by=ANA),
        commands.Link("T-2", at=MONDAY + 11 * HOUR, by=ANA),
        commands.Move("solve", Message("m2"), {"classification": "a"}, at=MONDAY + 12 * HOUR, by=ANA),
        commands.ReviewClassification("a", at=MONDAY + 12 * HOUR, by=CONSULTANT),
    )
    rules = everything()
    snooze = commands.Snooze(MONDAY + 30 * HOUR, at=MONDAY + 11 * HOUR, by=ANA)
    reopen = commands.Reopen(at=MONDAY + 11 * HOUR, by=ANA)
    ticket = lived_by((given()[0], snooze, reopen, *twice), rules)
    assert lived_by(commands_of(ticket), rules) == ticket


@pytest.mark.parametrize("number", range(20))
def test_a_replay_of_the_commands_gives_the_same_ticket(number: int) -> None:
    world = seeded(number)
    ticket = lived(world)
    assert simulate(commands_of(ticket), world.rules, world.end).ticket == ticket


def test_simulated_tickets_replay_as_they_were() -> None:
    """So under the present rules nothing changes, and what other rules change is found without the commands."""
    tickets = run(busy(), MONDAY, MONDAY + 6 * DAY, 3).tickets
    found = replay_under({"today": support(), "three": support(days=3)}, tickets, MONDAY + 6 * DAY)
    assert [each.ticket for each in found.outcomes["today"]] == [ticket.id for ticket in tickets]
    for each, ticket in zip(found.outcomes["today"], tickets, strict=True):
        assert simulate(commands_of(ticket), support(), MONDAY + 6 * DAY).ticket == ticket
        assert each.refused == ()
    assert found.difference("three").closed


def test_a_field_that_was_filled_from_a_mail_comes_as_a_command_of_its_own() -> None:
    rules = everything()
    ticket = lived_by((given()[0],), rules)
    mail = commands.AddMessage(Message("m9"), at=UNTIL, by=ANA)
    added = lived_by((given()[0], attrs.evolve(mail, at=MONDAY + 11 * HOUR)), rules)
    (entry,) = (each for each in added.history if each.sequence == 1)
    set_level = lived_by((given()[0], commands.SetFields({"level": "high"}, at=MONDAY + 11 * HOUR, by=ANA)), rules)
    both = attrs.evolve(entry, events=(*entry.events, *set_level.history[1].events))
    filled = replay((ticket.history[0], both))
    assert commands_of(filled)[1:] == (
        commands.AddMessage(Message("m9"), at=MONDAY + 11 * HOUR, by=ANA),
        commands.SetFields({"level": "high"}, at=MONDAY + 11 * HOUR, by=ANA),
    )


def test_a_follow_up_is_opened_as_a_ticket_without_a_past() -> None:
    rules = everything()
    closed = lived_by((given()[0], commands.Move("solve", Message("s"), at=MONDAY + 11 * HOUR, by=ANA)), rules)
    again = commands.FollowUp("T-9", {"level": "high"}, Message("m9"), at=UNTIL, by=ANA)
    created = simulate([again], rules, UNTIL, closed).created[0]
    assert commands_of(created) == (
        commands.Open("T-9", {"level": "high"}, Message("m9"), None, "open", "bruno", at=UNTIL, by=ANA),
    )


def test_a_claimed_instant_is_given_again() -> None:
    """The answer of 9:30 arrives after the reminder of 10:00."""
    ask = commands.Move("ask", Message("q"), at=MONDAY + 10 * HOUR, by=ANA)
    opened = commands.Open("T-1", message=Message("m0"), state="open", at=MONDAY + 9 * HOUR, by=BRUNO)
    late = commands.AddMessage(Message("m1"), at=MONDAY + 2 * DAY + 9.5 * HOUR, by=BRUNO)
    reminded = simulate((opened, ask), support(), MONDAY + 2 * DAY + 10 * HOUR).ticket
    ticket = simulate([late], support(), MONDAY + 2 * DAY + 10 * HOUR, reminded).ticket
    assert ticket is not None
    assert commands_of(ticket) == (opened, ask, late)


def test_an_entry_that_no_command_can_have_made_is_refused() -> None:
    ticket = lived_by(given()[:1], everything())
    first = ticket.history[0]
    odd = attrs.evolve(first, sequence=1, id="1", cause=ByCommand("rate"), events=())
    with pytest.raises(BadValueError, match=r"^entry 1 records no Rated, which its command makes; give a ticket that"):
        commands_of(replay((first, odd)))
    with pytest.raises(
        BadValueError, match=r"^command 'merge' does not exist; there are: open, follow_up, add_message"
    ):
        commands_of(replay((first, attrs.evolve(odd, cause=ByCommand("merge")))))
    with pytest.raises(BadValueError, match="is not a Ticket"):
        commands_of("T-1")  # type: ignore[arg-type]


def moved(transition: str, hours: float) -> commands.Move:
    return commands.Move(transition, Message(f"q{hours}"), at=MONDAY + hours * HOUR, by=ANA)


def said(hours: float, *, automatic: bool = False) -> commands.AddMessage:
    return commands.AddMessage(Message(f"a{hours}", automatic=automatic), at=MONDAY + hours * HOUR, by=BRUNO)


def test_answers_are_observed_from_the_question_on() -> None:
    """Answered after 4 and after 20 hours; one ticket is closed unanswered, one waits, and one is solved meanwhile."""
    rules = support()

    def ticket(*history: Command, hours: float = 480) -> Ticket:
        opened = commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO)
        found = simulate((opened, *history), rules, MONDAY + hours * HOUR).ticket
        assert found is not None
        return found

    tickets = (
        ticket(said(1), moved("ask", 2), said(3, automatic=True), said(6), said(7), moved("ask", 10), said(30)),
        ticket(moved("ask", 1)),
        ticket(moved("ask", 1), hours=3),
        ticket(moved("ask", 1), moved("solve", 2), said(5)),
    )
    found = observed_answers(tickets, "waiting")
    assert found.after == (4 * HOUR, 20 * HOUR), "the message of 3:00 is automatic"
    assert found.unanswered == 1
    assert found.share == 2 / 3
    assert ObservedAnswers((), 0).share == 0


def test_observed_answers_resemble_the_behavior_of_a_simulation() -> None:
    tickets = run(busy(), MONDAY, MONDAY + 12 * DAY, 3).tickets
    found = observed_answers(tickets, "waiting")
    assert 0.5 < found.share < 0.95, "six of ten answer unasked, and some others after a reminder"
