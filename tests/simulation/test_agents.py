"""Agents, worked out by hand. The office is open from Monday to Friday, 9 to 18; 23 November 2026 is a Monday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from heapq import heappop, heappush

import pytest

from tests.simulation.desks import ANA, BRUNO, DAY, HOUR, MONDAY, OFFICE, asks, solves, support
from ticketflow import BusinessCalendar, CategoryIs, Message, StateIs, commands
from ticketflow.errors import BadValueError
from ticketflow.presets import senior
from ticketflow.simulation import Agents, SimulatedDesk, Turn, stream

RULES = support()
OPEN = StateIs("open")


def desk_with(*behaviors: Agents, opened: dict[str, float]) -> SimulatedDesk:
    """Return a desk at which tickets are opened some hours after Monday 0:00."""
    desk = SimulatedDesk(RULES, MONDAY)
    for behavior in behaviors:
        behavior(desk)
    for ticket, hours in opened.items():
        desk.after(hours * HOUR, opening(desk, ticket), ticket)
    return desk


def opening(desk: SimulatedDesk, ticket: str) -> Callable[[], object]:
    return lambda: desk.give(commands.Open(ticket, message=Message("m0"), at=desk.now, by=BRUNO)).unwrap()


def waits(_: Turn) -> None:
    """Do nothing."""


def done(desk: SimulatedDesk, state: str = "solved") -> dict[str, tuple[float, str]]:
    """Return who did each ticket, and how many hours after Monday 0:00."""
    found = {}
    for ticket in desk.tickets.values():
        for entry in ticket.history:
            if any(getattr(event, "after", None) == state for event in entry.events):
                found[ticket.id] = ((entry.at - MONDAY) / HOUR, entry.actor.id)
    return found


def test_one_agent_works_on_one_ticket_at_a_time_while_the_office_is_open() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, 3 * HOUR, solves), opened={"T-1": 8, "T-2": 8.5, "T-3": 9, "T-4": 10})
    desk.run(MONDAY + 2 * DAY)
    agent = "agent-1"
    assert done(desk) == {"T-1": (12, agent), "T-2": (15, agent), "T-3": (18, agent), "T-4": (24 + 12, agent)}


def test_work_goes_on_the_next_morning() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, 4 * HOUR, solves), opened={"T-1": 16})
    desk.run(MONDAY + 2 * DAY)
    assert done(desk) == {"T-1": (24 + 11, "agent-1")}, "two hours on Monday, two on Tuesday"


def test_the_agent_who_has_been_free_the_longest_is_next() -> None:
    desk = desk_with(Agents(3, OFFICE, OPEN, HOUR, solves), opened={"T-1": 9, "T-2": 9.5, "T-3": 10.25, "T-4": 10.75})
    desk.run(MONDAY + DAY)
    assert done(desk) == {
        "T-1": (10, "agent-1"),
        "T-2": (10.5, "agent-2"),
        "T-3": (11.25, "agent-3"),
        "T-4": (11.75, "agent-1"),
    }


def test_what_ranks_first_is_taken_first_and_then_what_has_waited_longest_and_then_the_smallest_id() -> None:
    group = Agents(1, OFFICE, OPEN, HOUR, solves, first=lambda ticket: ticket.id != "T-9")
    desk = desk_with(group, opened={"T-3": 2, "T-1": 3, "T-2": 3, "T-9": 4})
    desk.run(MONDAY + DAY)
    assert sorted(done(desk), key=done(desk).__getitem__) == ["T-9", "T-3", "T-1", "T-2"]


def test_a_ticket_whose_rank_changes_keeps_the_time_for_which_it_has_waited() -> None:
    group = Agents(1, OFFICE, OPEN, HOUR, solves, first=lambda ticket: -ticket.version)
    desk = desk_with(group, opened={"T-1": 1, "T-2": 2, "T-3": 3})
    for ticket, hours in (("T-3", 4), ("T-2", 5)):
        note = commands.AddMessage(Message(f"n{hours}"), at=MONDAY + hours * HOUR, by=BRUNO)
        desk.at(note.at, lambda note=note, ticket=ticket: desk.give(note, ticket).unwrap())  # type: ignore[misc]
    desk.run(MONDAY + DAY)
    assert sorted(done(desk), key=done(desk).__getitem__) == ["T-2", "T-3", "T-1"]


@pytest.mark.parametrize("seed", range(8))
def test_a_queue_is_served_as_a_list_of_free_times_says(seed: int) -> None:
    """First come, first served by several agents: who is free first takes the next ticket, while the office is open."""
    random = stream(seed)
    agents = 1 + int(random.random() * 3)
    arrivals = sorted(round(random.random() * 60, 3) for _ in range(25))
    works = {f"T-{number:02}": random.random() * 4 * HOUR for number in range(25)}
    opened = dict(zip(works, arrivals, strict=True))
    desk = desk_with(Agents(agents, OFFICE, OPEN, lambda turn: works[turn.ticket_id], solves), opened=opened)
    desk.run(MONDAY + 20 * DAY)
    free, expected = [MONDAY] * agents, {}
    for ticket, hours in opened.items():
        start = OFFICE.next_open(max(heappop(free), MONDAY + hours * HOUR))
        expected[ticket] = OFFICE.add(start, works[ticket])
        heappush(free, expected[ticket])
    solved = {ticket.id: ticket.marks["entered.solved"].at for ticket in desk.tickets.values()}
    assert solved == expected


def test_taking_a_ticket_assigns_it() -> None:
    """Senior's rules then move it to analysis."""
    rules = senior(OFFICE)
    desk = SimulatedDesk(rules, MONDAY)
    Agents(1, OFFICE, StateIs("new"), HOUR, waits)(desk)
    desk.after(9 * HOUR, opening(desk, "T-1"), "T-1")
    desk.run(MONDAY + 9.5 * HOUR)
    assert (desk.tickets["T-1"].assignee, desk.tickets["T-1"].state) == ("agent-1", "in_analysis")
    assert desk.taken == {"T-1"}
    desk.run(MONDAY + 11 * HOUR)
    assert desk.taken == set()


def test_who_has_the_ticket_already_does_not_assign_it_again() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, HOUR, asks), opened={"T-1": 9})
    answer = commands.AddMessage(Message("m1"), at=MONDAY + 11 * HOUR, by=BRUNO)
    desk.at(answer.at, lambda: desk.give(answer, "T-1").unwrap())
    desk.run(MONDAY + DAY)
    assert [entry.cause.command for entry in desk.tickets["T-1"].history if not entry.is_automatic] == [  # type: ignore[union-attr]
        "open",
        "assign",
        "move",
        "add_message",
        "move",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(15, [10, 16], id="not taken again before it changes"),
        pytest.param(9.5, [10, 11], id="during the work"),
    ],
)
def test_a_ticket_is_taken_again_after_it_changed(changed: float, expected: list[float]) -> None:
    taken: list[float] = []

    def looks(turn: Turn) -> None:
        taken.append((turn.now - MONDAY) / HOUR)

    desk = desk_with(Agents(1, OFFICE, OPEN, HOUR, looks), opened={"T-1": 9})
    note = commands.AddMessage(Message("n"), at=MONDAY + changed * HOUR, by=BRUNO)
    desk.at(note.at, lambda: desk.give(note, "T-1").unwrap())
    desk.run(MONDAY + 17 * HOUR)
    assert taken == expected


def test_a_ticket_that_leaves_the_queue_is_not_taken() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, HOUR, solves), opened={"T-1": 8, "T-2": 8})
    asked = commands.Move("ask", Message("q"), at=MONDAY + 9.5 * HOUR, by=ANA)
    desk.at(asked.at, lambda: desk.give(asked, "T-2").unwrap())
    desk.run(MONDAY + DAY)
    assert done(desk) == {"T-1": (10, "agent-1")}


def test_a_ticket_that_was_closed_during_the_work_gets_nothing_more() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, HOUR, solves), opened={"T-1": 9})

    def close() -> None:
        desk.give(commands.Move("ask", Message("q"), at=desk.now, by=ANA), "T-1").unwrap()
        desk.give(commands.Move("close", at=desk.now, by=ANA), "T-1").unwrap()

    desk.at(MONDAY + 9.5 * HOUR, close)
    desk.run(MONDAY + DAY)
    assert desk.tickets["T-1"].state == "closed"
    assert not desk.refused
    assert desk.taken == set()


def test_a_closed_ticket_is_in_no_queue() -> None:
    """The function takes every ticket, and the solved one is closed after three days."""
    desk = desk_with(Agents(1, OFFICE, lambda ticket: ticket.version > 0, HOUR, solves), opened={"T-1": 9})
    desk.run(MONDAY + 9 * DAY)
    assert desk.tickets["T-1"].state == "closed"
    assert desk.refused == {"already_there": 1}, "taken again once it was solved, and never after the closing"


def test_two_groups_share_what_both_take() -> None:
    """The early group has one agent from eight on; the late one comes at nine and takes what is left."""
    early = Agents(1, BusinessCalendar("UTC", "mon-fri 08:00-18:00"), OPEN, 3 * HOUR, solves, name="early")
    late = Agents(1, OFFICE, CategoryIs("open"), HOUR, solves, name="late")
    desk = desk_with(early, late, opened={"T-1": 7, "T-2": 7, "T-3": 7})
    desk.run(MONDAY + DAY)
    assert done(desk) == {"T-1": (11, "early-1"), "T-2": (10, "late-1"), "T-3": (11, "late-1")}


def test_a_group_takes_over_what_another_one_prepared() -> None:
    """The first line asks itself nothing and marks the ticket by a note; the second line takes marked tickets."""
    first = Agents(1, OFFICE, lambda each: each.version == 1, HOUR, lambda turn: turn.write(public=False), name="first")
    second = Agents(1, OFFICE, lambda each: each.version == 3, HOUR, solves, name="second")
    desk = desk_with(first, second, opened={"T-1": 9})
    desk.run(MONDAY + DAY)
    assert done(desk) == {"T-1": (11, "second-1")}


def test_work_that_takes_no_time_ends_at_its_instant() -> None:
    desk = desk_with(Agents(1, OFFICE, OPEN, timedelta(), solves), opened={"T-1": 8, "T-2": 9})
    desk.run(MONDAY + DAY)
    assert done(desk) == {"T-1": (9, "agent-1"), "T-2": (9, "agent-1")}


def test_tickets_at_the_start_are_in_the_queue() -> None:
    before = desk_with(opened={"T-2": 8, "T-1": 8})
    before.run(MONDAY + 8 * HOUR)
    desk = SimulatedDesk(RULES, MONDAY + 9 * HOUR, tickets=before.tickets.values())
    Agents(1, OFFICE, OPEN, HOUR, solves)(desk)
    desk.run(MONDAY + DAY)
    assert done(desk) == {"T-1": (10, "agent-1"), "T-2": (11, "agent-1")}


def test_the_random_numbers_of_a_turn_depend_on_the_ticket_and_the_turn_alone() -> None:
    """One agent or three, the work on a ticket takes the same time."""
    spans = []
    for number in (1, 3):
        found: dict[str, timedelta] = {}

        def work(turn: Turn, found: dict[str, timedelta] = found) -> timedelta:
            return found.setdefault(turn.ticket_id, turn.random.random() * HOUR)

        desk = desk_with(Agents(number, OFFICE, OPEN, work, solves), opened={f"T-{n}": 9 + n / 10 for n in range(9)})
        desk.run(MONDAY + 2 * DAY)
        spans.append(found)
    assert spans[0] == spans[1]
    assert len(spans[0]) == 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Agents(0, OFFICE, OPEN, HOUR, solves), "number is 0; give a whole number of 1 or more"),
        (lambda: Agents(1.5, OFFICE, OPEN, HOUR, solves), "number is 1.5; give a whole number of 1 or more"),  # type: ignore[arg-type]
        (lambda: Agents(1, "mon-fri", OPEN, HOUR, solves), "hours is 'mon-fri'; give a Calendar"),  # type: ignore[arg-type]
    ],
)
def test_a_group_has_agents_and_hours(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        make()
