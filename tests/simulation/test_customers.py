"""Customers, and what is done in a turn. A ticket that waits gets a reminder after two days and closes after five."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, support
from ticketflow import Message, Refused, StateIs, commands
from ticketflow.errors import BadValueError
from ticketflow.presets import senior
from ticketflow.simulation import Customers, SimulatedDesk, Turn, follow_up, measure, outcome

RULES = support()
RULES_OF_SENIOR = senior()
WAITING = StateIs("waiting")


def asked(*groups: Customers, asks: tuple[float, ...] = (0,), seed: int = 0) -> SimulatedDesk:
    """Return a desk at which a customer is asked some hours after Monday 0:00."""
    desk = SimulatedDesk(RULES, MONDAY, seed)
    for group in groups:
        group(desk)
    desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
    for hours in asks:
        desk.after(hours * HOUR, asking(desk))
    return desk


def asking(desk: SimulatedDesk) -> Callable[[], object]:
    return lambda: desk.give(commands.Move("ask", Message(f"q{desk.now:%d%H}"), at=desk.now, by=ANA), "T-1").unwrap()


def history(desk: SimulatedDesk) -> list[tuple[float, str]]:
    """Return the hours after Monday 0:00 and the actors of all entries after the question."""
    found = desk.tickets["T-1"].history[2:]
    return [(round((entry.at - MONDAY) / HOUR, 6), entry.actor.id) for entry in found]


def test_a_customer_answers_after_the_time_and_the_rules_go_on() -> None:
    desk = asked(Customers(WAITING, 50 * HOUR))
    desk.run(MONDAY + 9 * DAY)
    first_response, reminder, answer, resumed = history(desk)[:4]
    assert (reminder, answer, resumed) == ((48, "ticketflow"), (50, "bruno"), (50, "ticketflow"))
    assert first_response == (17, "ticketflow"), "eight working hours, missed by the resolution"
    assert desk.tickets["T-1"].state == "open"


def test_a_silent_customer_does_not_answer() -> None:
    desk = asked(Customers(WAITING, HOUR, answers=0))
    desk.run(MONDAY + 9 * DAY)
    assert desk.tickets["T-1"].state == "closed"


def test_an_answer_that_comes_too_late_is_not_given() -> None:
    desk = asked(Customers(WAITING, 6 * DAY))
    desk.run(MONDAY + 9 * DAY)
    assert desk.tickets["T-1"].state == "closed"
    assert not desk.refused


def test_a_customer_who_is_too_late_may_open_a_follow_up() -> None:
    """Closed after five days, answered after six; the answer to the follow-up's own question comes, too."""
    workflow = attrs.evolve(RULES.workflow, after_closing="follow_up")
    desk = SimulatedDesk(attrs.evolve(RULES, workflow=workflow), MONDAY)
    Customers(WAITING, 6 * DAY, when_closed=follow_up)(desk)
    desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
    asking(desk)()
    desk.run(MONDAY + 9 * DAY)
    again = desk.tickets["T-1-again"]
    assert (again.follows, again.history.first.at, again.requester) == ("T-1", MONDAY + 6 * DAY, "bruno")
    assert not desk.refused
    found = outcome(desk.now, again, desk.rules)
    assert (found.follows, measure([found]).follow_ups) == ("T-1", 1)


def test_who_answered_in_time_opens_no_follow_up_after_the_closing() -> None:
    desk = asked(Customers(WAITING, HOUR, when_closed=follow_up), Customers(WAITING, 2 * HOUR, when_closed=follow_up))
    desk.after(3 * HOUR, lambda: desk.give(moved_by_agent("solve", desk), "T-1").unwrap())
    desk.after(4 * HOUR, lambda: desk.give(moved_by_agent("close", desk), "T-1").unwrap())
    desk.run(MONDAY + 9 * DAY)
    assert list(desk.tickets) == ["T-1"]


def moved_by_agent(transition: str, desk: SimulatedDesk) -> commands.Move:
    return commands.Move(transition, Message(transition), at=desk.now, by=ANA)


def test_a_ticket_that_waits_again_is_decided_again() -> None:
    """The first question is answered after ten hours, the second is asked at twenty, and answered ten hours later."""
    desk = asked(Customers(WAITING, 10 * HOUR), asks=(0, 20))
    desk.run(MONDAY + 2 * DAY)
    assert [hours for hours, who in history(desk) if who == "bruno"] == [10, 30]


def test_the_answer_to_an_earlier_question_is_not_given_to_a_later_one() -> None:
    desk = asked(Customers(WAITING, 10 * HOUR), asks=(0, 4))
    answer = commands.AddMessage(Message("early"), at=MONDAY + 2 * HOUR, by=BRUNO)
    desk.at(answer.at, lambda: desk.give(answer, "T-1").unwrap())
    desk.run(MONDAY + 2 * DAY)
    assert [hours for hours, who in history(desk) if who == "bruno"] == [2, 14]


def test_a_reminder_may_wake_a_silent_customer() -> None:
    desk = asked(Customers(WAITING, HOUR, answers=0, reminded=1))
    desk.run(MONDAY + 9 * DAY)
    assert [hours for hours, who in history(desk) if who == "bruno"] == [49]


def test_a_reminder_wakes_with_its_probability_each_time() -> None:
    """Senior sends two reminders while it waits, so a quarter of the customers stay silent."""
    silent = 0
    for seed in range(100):
        desk = SimulatedDesk(RULES_OF_SENIOR, MONDAY, seed)
        Customers(StateIs("waiting_for_customer"), HOUR, answers=0, reminded=0.5)(desk)
        desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
        desk.give(commands.Move("ask_for_information", Message("q"), at=MONDAY, by=ANA), "T-1").unwrap()
        desk.run(MONDAY + 9 * DAY)
        silent += desk.tickets["T-1"].state == "closed"
    assert 13 < silent < 39


def test_some_customers_answer_and_some_do_not() -> None:
    desk = SimulatedDesk(RULES, MONDAY)
    Customers(WAITING, HOUR, answers=0.7)(desk)
    for number in range(200):
        desk.give(commands.Open(f"T-{number}", message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
        desk.give(commands.Move("ask", Message("q"), at=MONDAY, by=ANA), f"T-{number}").unwrap()
    desk.run(MONDAY + DAY)
    answered = sum(ticket.state == "open" for ticket in desk.tickets.values())
    assert 115 < answered < 165


def test_tickets_at_the_start_may_wait() -> None:
    before = asked()
    before.run(MONDAY + HOUR)
    desk = SimulatedDesk(RULES, MONDAY + 2 * HOUR, tickets=before.tickets.values())
    Customers(WAITING, HOUR)(desk)
    desk.run(MONDAY + 4 * HOUR)
    assert desk.tickets["T-1"].state == "open"


def test_a_turn_gives_any_command_at_its_instant_by_its_actor() -> None:
    desk = asked()
    desk.run(MONDAY + 0.5 * HOUR)
    agent = Turn(desk, "T-1", ANA, desk.random("T-1"))
    agent.move("solve", message=True).unwrap()
    agent.write(public=False).unwrap()
    agent.give(commands.Assign, assignee="eva").unwrap()
    agent.give(commands.AddMessage, agent.message(), by=BRUNO).unwrap()
    assert (agent.ticket.state, agent.ticket.assignee, agent.now) == ("open", "eva", MONDAY + 0.5 * HOUR)
    assert len({entry.id for entry in agent.ticket.history}) == agent.ticket.version
    assert isinstance(agent.move("solve"), Refused)
    assert [agent.chance(0), agent.chance(1)] == [False, True]


def test_a_transition_takes_fields() -> None:
    desk = SimulatedDesk(senior(), MONDAY)
    desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
    turn = Turn(desk, "T-1", ANA, desk.random("T-1"))
    turn.move("start_analysis", nature="incident").unwrap()
    assert turn.ticket.fields["nature"] == "incident"


def test_a_ticket_for_nobody_is_answered_by_a_customer() -> None:
    desk = SimulatedDesk(RULES, MONDAY)
    Customers(WAITING, HOUR)(desk)
    desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=ANA)).unwrap()
    asking(desk)()
    desk.run(MONDAY + 2 * HOUR)
    assert desk.tickets["T-1"].history[2].actor.id == "customer"


@pytest.mark.parametrize("wrong", [-0.1, 1.1, "half", True, float("nan")])
def test_probabilities_are_from_zero_to_one(wrong: float) -> None:
    fix = "give a probability from 0 to 1"
    with pytest.raises(BadValueError, match=f"answers is .*; {fix}"):
        Customers(WAITING, HOUR, answers=wrong)
    with pytest.raises(BadValueError, match=f"reminded is .*; {fix}"):
        Customers(WAITING, HOUR, reminded=wrong)
    with pytest.raises(BadValueError, match=f"probability is .*; {fix}"):
        Turn(asked(), "T-1", ANA, asked().random("x")).chance(wrong)
