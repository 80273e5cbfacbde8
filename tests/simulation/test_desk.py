"""The event loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, busy, support
from ticketflow import ClockIs, Message, Refused, StateIs, Ticket, commands
from ticketflow.engine.plans import Touched
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.simulation import SimulatedDesk

RULES = attrs.evolve(support(), clocks=())
MICRO = timedelta(microseconds=1)


def desk_with(*tickets: str) -> SimulatedDesk:
    desk = SimulatedDesk(RULES, MONDAY)
    for ticket in tickets:
        desk.give(commands.Open(ticket, message=Message("m0"), at=MONDAY, by=BRUNO)).unwrap()
    return desk


def asking(desk: SimulatedDesk, ticket: str) -> Callable[[], object]:
    return lambda: desk.give(commands.Move("ask", Message("q"), at=desk.now, by=ANA), ticket).unwrap()


def test_calls_of_one_instant_come_by_their_keys_and_then_as_planned() -> None:
    desk, made = desk_with(), list[str]()
    for key, name in (("T-2", "a"), ("T-1", "b"), ("T-2", "c"), ("", "d")):
        desk.after(HOUR, lambda name=name: made.append(name), key)  # type: ignore[misc]
    desk.at(MONDAY + 2 * HOUR, lambda: made.append("last"))
    desk.run(MONDAY + HOUR)
    assert made == ["d", "b", "a", "c"]
    desk.run(MONDAY + 2 * HOUR)
    assert made[-1] == "last"


def test_a_call_comes_before_the_rules_of_its_instant() -> None:
    """The customer answers at the very instant of the reminder, so none is sent (docs/semantics.md 3.8)."""
    desk = desk_with("T-1")
    asking(desk, "T-1")()
    desk.at(MONDAY + 2 * DAY, lambda: desk.give(commands.AddMessage(Message("m1"), at=desk.now, by=BRUNO), "T-1"))
    desk.run(MONDAY + 9 * DAY)
    assert [entry.at - MONDAY for entry in desk.tickets["T-1"].history][2:] == [2 * DAY, 2 * DAY]
    assert desk.tickets["T-1"].state == "open"


def test_watchers_see_commands_at_once_and_rules_a_microsecond_later() -> None:
    desk, seen = desk_with("T-1"), list[tuple[timedelta, str, int]]()
    desk.watch(lambda each: seen.append((desk.now - MONDAY, each.ticket.state, len(each.entries))))
    asking(desk, "T-1")()
    desk.run(MONDAY + 9 * DAY)
    assert seen == [
        (timedelta(), "waiting", 1),
        (2 * DAY + MICRO, "waiting", 1),
        (5 * DAY + MICRO, "closed", 1),
    ]


def test_an_answer_to_what_a_rule_did_comes_after_it_in_a_replay_too() -> None:
    desk = desk_with("T-1")

    def answer(touched: Touched) -> None:
        if touched.due and touched.ticket.state == "waiting":
            desk.give(commands.AddMessage(Message("m1"), at=desk.now, by=BRUNO), "T-1").unwrap()

    desk.watch(answer)
    asking(desk, "T-1")()
    desk.run(MONDAY + 9 * DAY)
    assert [entry.at - MONDAY for entry in desk.tickets["T-1"].history][2:] == [
        2 * DAY,
        2 * DAY + MICRO,
        2 * DAY + MICRO,
    ]


def test_watchers_see_changes_in_their_order_even_if_one_of_them_makes_another_change() -> None:
    desk, seen = desk_with("T-1"), list[int]()

    def solve(touched: Touched) -> None:
        if touched.ticket.state == "waiting":
            desk.give(commands.Move("solve", Message("s"), at=desk.now, by=ANA), "T-1").unwrap()

    desk.watch(solve)
    desk.watch(lambda each: seen.append(each.ticket.version))
    asking(desk, "T-1")()
    assert seen == [2, 3]


@pytest.mark.parametrize("pieces", [2, 7, 50])
def test_running_in_pieces_is_the_same_as_running_at_once(pieces: int) -> None:
    whole, cut = (SimulatedDesk(busy().rules, MONDAY, 4) for _ in range(2))
    for desk in (whole, cut):
        for behavior in busy().behaviors:
            behavior(desk)
    span = timedelta(days=8)
    whole.run(MONDAY + span)
    for number in range(1, pieces + 1):
        cut.run(max(MONDAY + span * number / pieces, cut.now))
    assert dict(whole.tickets) == dict(cut.tickets)
    assert len(whole.tickets) > 30


def test_the_present_is_past_the_rules_that_fired_at_the_end_of_a_run() -> None:
    desk = desk_with("T-1")
    asking(desk, "T-1")()
    desk.run(MONDAY + 2 * DAY)
    assert desk.now == MONDAY + 2 * DAY + MICRO
    desk.run(MONDAY + 3 * DAY)
    assert desk.now == MONDAY + 3 * DAY


def test_refusals_are_counted_and_watchers_do_not_see_them() -> None:
    desk, seen = desk_with("T-1"), list[Touched]()
    desk.watch(seen.append)
    for _ in range(2):
        refused = desk.give(commands.Move("close", at=desk.now, by=BRUNO), "T-1")
        assert isinstance(refused, Refused)
        assert refused.kinds == {"no_such_transition", "not_allowed"}
    assert desk.refused == {"no_such_transition": 2, "not_allowed": 2}
    assert desk.refusals == 2
    assert seen == []


def test_names_are_given_once() -> None:
    desk = desk_with()
    names = ("agent", "agent", "T", "agent3", "agent")
    assert [desk.new_name(name) for name in names] == ["agent", "agent2", "T", "agent3", "agent4"]


def test_progress_is_told_once_a_day_and_at_the_end() -> None:
    desk, told = desk_with("T-1"), list[tuple[int, int]]()
    asking(desk, "T-1")()
    desk.after(3 * HOUR, lambda: None)
    desk.run(MONDAY + 5 * DAY + HOUR, progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 6), (5, 6), (6, 6)]


def test_tickets_are_selected_by_a_condition_of_rules_or_a_function() -> None:
    """A condition may ask about the clocks of the rule set."""
    desk = SimulatedDesk(support(), MONDAY)
    desk.give(commands.Open("T-1", message=Message("m0"), at=MONDAY, by=BRUNO))
    ticket = desk.tickets["T-1"]
    tests = [StateIs("open"), StateIs("closed"), ClockIs("first_response", "running"), lambda each: each.id == "T-1"]
    assert [desk.test(which)(ticket) for which in tests] == [True, False, True, True]  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match=r"^'open' selects no tickets; give a condition or a function of a ticket$"):
        desk.test("open")  # type: ignore[arg-type]


def _nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda desk: desk.at(MONDAY - HOUR, _nothing), "is before the present 2026-11-23T00:00:00.00:00; plan ahead"),
        (lambda desk: desk.after(3, _nothing), "^delay is 3; give a timedelta"),
        (lambda desk: desk.run(MONDAY - HOUR), "before the present 2026-11-23T00:00:00.00:00; run forward"),
        (lambda desk: desk.give("open"), "'open' is not a command; give one of"),
        (
            lambda desk: desk.give(commands.Assign("ana", at=MONDAY + HOUR, by=ANA), "T-1"),
            "the command is of 2026-11-23T01:00:00.00:00 and the present is .*; give it at=desk.now",
        ),
    ],
)
def test_a_desk_does_not_go_back_in_time(wrong: Callable[[SimulatedDesk], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        wrong(desk_with("T-1"))


def test_instants_need_a_time_zone() -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001 -- the point
    for wrong in (
        lambda: SimulatedDesk(RULES, naive),
        lambda: desk_with().at(naive, _nothing),
        lambda: desk_with().run(naive),
    ):
        with pytest.raises(NaiveDatetimeError):
            wrong()


def test_a_desk_can_begin_with_tickets() -> None:
    first = desk_with("T-1")
    asking(first, "T-1")()
    second = SimulatedDesk(RULES, MONDAY + DAY, tickets=first.tickets.values())
    second.run(MONDAY + 9 * DAY)
    closed: Ticket = second.tickets["T-1"]
    assert (closed.state, closed.changed_at) == ("closed", MONDAY + 5 * DAY)


def test_what_is_overdue_at_the_start_is_done_first_and_dated_at_its_own_instant() -> None:
    """The ticket was to be reminded on Wednesday and closed on Saturday; the desk begins on Sunday."""
    first, seen = desk_with("T-1"), list[datetime]()
    asking(first, "T-1")()
    sunday = MONDAY + 6 * DAY
    second = SimulatedDesk(RULES, sunday, tickets=first.tickets.values())
    second.watch(lambda _: seen.append(second.now))
    second.run(sunday + HOUR)
    assert second.tickets["T-1"].changed_at == MONDAY + 5 * DAY
    assert seen
    assert sunday < min(seen) <= max(seen) < sunday + timedelta(seconds=1)


def test_a_ticket_with_a_planned_call_or_an_agent_is_not_dropped() -> None:
    desk = desk_with("T-1")
    desk.after(HOUR, _nothing, "T-1")
    assert not desk.forget("T-1")
    desk.run(MONDAY + HOUR)
    desk.taken.add("T-1")
    assert not desk.forget("T-1")
    desk.release("T-1")
    assert desk.forget("T-1")
    assert "T-1" not in desk.tickets
