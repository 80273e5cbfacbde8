"""Whole runs: worked out by hand, replayed one ticket at a time, and repeated in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest

from tests.simulation.desks import BRUNO, DAY, HOUR, MONDAY, OFFICE, asks_or_solves, busy, opens, solves, support
from ticketflow import Accepted, Decision, Message, StateIs, Ticket, commands, simulate
from ticketflow.engine.planning import advance
from ticketflow.errors import BadValueError
from ticketflow.presets import senior
from ticketflow.simulation import (
    Agents,
    Arrivals,
    Customers,
    LogNormal,
    Run,
    Scenario,
    SimulatedDesk,
    Turn,
    run,
)
from ticketflow.tickets.commands import Command

UNTIL = MONDAY + timedelta(days=12)


def at_hours(*hours: float) -> Callable[[SimulatedDesk], None]:
    """Return a behavior that opens tickets so many hours after the start, in the given order of their ids."""

    def plan(desk: SimulatedDesk) -> None:
        for number, after in enumerate(hours, 1):
            desk.after(after * HOUR, lambda number=number: arrive(f"T-{number}"), f"T-{number}")  # type: ignore[misc]

        def arrive(ticket: str) -> None:
            desk.give(opens(ticket, desk.now, desk.random(ticket))).unwrap()

    return plan


def test_a_desk_by_hand() -> None:
    """Three tickets, one agent, two hours each: solved at 11, 13 and 15. The target of the third's answer is missed.

    They are open for 2, 3.5 and 4 working hours; the first answer has one hour, the resolution eight.
    """
    scenario = Scenario(support(), (at_hours(9, 9.5, 11), Agents(1, OFFICE, StateIs("open"), 2 * HOUR, solves)))
    found = run(scenario, MONDAY, MONDAY + 9 * DAY)
    assert [each.resolution for each in found.outcomes] == [2 * HOUR, 3.5 * HOUR, 4 * HOUR]
    assert [each.closed_at for each in found.outcomes] == [MONDAY + 3 * DAY + hour * HOUR for hour in (11, 13, 15)]
    row = found.measures.row
    assert row["breached.first_response"] == 1.0
    assert row["breached.resolution"] == 0.0
    assert (row["closed_by_rule"], row["backlog"], row["reminders"]) == (3, 0, 0)
    assert row["resolution.median_hours"] == 3.5
    assert found.refused == {}


def recording(given: dict[str, list[Command]]) -> Callable[[SimulatedDesk], None]:
    """Return a behavior that writes down every accepted command."""

    def record(desk: SimulatedDesk) -> None:
        give = desk.give

        def giving(command: Command, ticket: str | None = None) -> Decision:
            mine = given.setdefault(command.ticket if isinstance(command, commands.Open) else str(ticket), [])
            mine.append(command)  # before the watchers see it, and answer
            place, decision = len(mine) - 1, give(command, ticket)
            if not isinstance(decision, Accepted):
                del mine[place]
            return decision

        desk.give = giving  # type: ignore[method-assign]

    return record


def senior_desk() -> Scenario:
    rules = senior(OFFICE)
    return Scenario(
        rules,
        (
            Arrivals(1.0, during=OFFICE),
            Agents(2, OFFICE, StateIs("new", "in_analysis"), HOUR, senior_support),
            Customers(StateIs("waiting_for_customer"), LogNormal(30 * HOUR), answers=0.5, reminded=0.3),
            Customers(StateIs("customer_validation"), LogNormal(30 * HOUR), answers=0.3),
        ),
    )


def senior_support(turn: Turn) -> None:
    turn.move("ask_for_information" if turn.chance(0.4) else "inform_solution", message=True)


@pytest.mark.parametrize("scenario", [busy(), senior_desk()], ids=["support", "senior"])
def test_every_ticket_is_what_a_replay_of_its_own_commands_gives(scenario: Scenario) -> None:
    """The replay looks at each ticket alone, and only when a command comes (docs/semantics.md 3.8)."""
    given: dict[str, list[Command]] = {}
    found = run(Scenario(scenario.rules, (recording(given), *scenario.behaviors)), MONDAY, UNTIL, seed=3)
    assert len(found.tickets) > 40
    for ticket in found.tickets:
        assert simulate(given[ticket.id], scenario.rules, UNTIL).ticket == ticket
    assert sum(len(ticket.history) for ticket in found.tickets) > 200


def test_polling_a_ticket_each_hour_gives_the_same_history() -> None:
    given: dict[str, list[Command]] = {}
    scenario = busy()
    found = run(Scenario(scenario.rules, (recording(given), *scenario.behaviors)), MONDAY, MONDAY + 12 * DAY, seed=3)
    for ticket in found.tickets[::10]:
        polled: Ticket | None = None
        now = MONDAY
        for command in given[ticket.id]:
            while polled is not None and now + HOUR < command.at:
                now += HOUR
                polled = advance(max(now, polled.changed_at), polled, scenario.rules)
            polled = simulate([command], scenario.rules, command.at - DAY, polled).ticket
            now = command.at
        assert polled is not None
        assert advance(MONDAY + 12 * DAY, polled, scenario.rules) == ticket


def test_the_order_in_which_tickets_are_created_makes_no_difference() -> None:
    """The same tickets are opened at one instant, planned in opposite orders; nobody works on two at once."""
    hours = [9.0] * 6
    forward = at_hours(*hours)

    def backward(desk: SimulatedDesk) -> None:
        def arrive(ticket: str) -> None:
            desk.give(opens(ticket, desk.now, desk.random(ticket))).unwrap()

        for number in range(6, 0, -1):
            desk.after(9 * HOUR, lambda number=number: arrive(f"T-{number}"), f"T-{number}")  # type: ignore[misc]

    others = (
        Agents(2, OFFICE, StateIs("open"), HOUR, asks_or_solves),
        Customers(StateIs("waiting"), LogNormal(20 * HOUR), answers=0.6, reminded=0.5),
    )
    one, other = (run(Scenario(support(), (opening, *others)), MONDAY, UNTIL, 2) for opening in (forward, backward))
    assert one == other


def test_tickets_of_the_start_may_be_given_in_any_order() -> None:
    before = run(busy(), MONDAY, MONDAY + 4 * DAY).tickets
    others = busy().behaviors[1:]
    one, other = (
        run(Scenario(support(), others, tickets), MONDAY + 5 * DAY, UNTIL) for tickets in (before, before[::-1])
    )
    assert one == other
    assert any(ticket.version > 6 for ticket in one.tickets)


def test_dropping_finished_tickets_changes_no_outcome() -> None:
    kept, dropped = (run(busy(), MONDAY, UNTIL, 7, keep_tickets=keep) for keep in (True, False))
    assert kept.outcomes == dropped.outcomes
    assert kept.refused == dropped.refused
    assert len(kept.tickets) == len(kept.outcomes)
    assert dropped.tickets == ()


def test_a_closed_ticket_is_not_dropped_while_a_call_is_planned_for_it() -> None:
    seen: list[str] = []

    def looks_back(desk: SimulatedDesk) -> None:
        desk.after(15 * DAY, lambda: seen.append(desk.tickets["T-1"].state), "T-1")

    agents = Agents(1, OFFICE, StateIs("open"), HOUR, solves)
    scenario = Scenario(support(), (at_hours(9), agents, looks_back))
    found = run(scenario, MONDAY, MONDAY + 30 * DAY, keep_tickets=False)
    assert seen == ["closed"]
    assert [each.closed_by for each in found.outcomes] == ["done"]


def test_tickets_of_the_warm_up_are_not_measured() -> None:
    scenario = Scenario(support(), (at_hours(1, 2, 3),))
    assert [each.ticket for each in run(scenario, MONDAY, UNTIL, warm_up=2 * HOUR).outcomes] == ["T-2", "T-3"]
    old = run(scenario, MONDAY, MONDAY + DAY).tickets
    assert len(run(Scenario(support(), (), old), MONDAY + DAY, UNTIL).outcomes) == 3, "without it, old ones are"


def test_a_generator_as_the_seed_gives_the_next_seed() -> None:
    random, other = Random(1), Random(1)  # noqa: S311 -- a simulation
    found = run(busy(), MONDAY, MONDAY + DAY, random)
    assert found.seed == other.getrandbits(64)
    assert run(busy(), MONDAY, MONDAY + DAY, found.seed) == found
    assert run(busy(), MONDAY, MONDAY + DAY, random) != found


def test_refused_commands_are_counted_by_code() -> None:
    def asks_twice(turn: Turn) -> None:
        turn.move("ask", message=True)
        turn.move("ask", message=True)

    scenario = Scenario(support(), (at_hours(9, 10), Agents(2, OFFICE, StateIs("open"), HOUR, asks_twice)))
    found = run(scenario, MONDAY, MONDAY + DAY)
    assert dict(found.refused) == {"already_there": 2}
    assert found.measures.refused == 2


def test_progress_is_told_each_day() -> None:
    told: list[tuple[int, int]] = []
    run(busy(), MONDAY, MONDAY + 5 * DAY, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (5, 5)
    assert {total for _, total in told} == {5}
    assert told == sorted(told)


def fingerprint(found: Run) -> str:
    """Return the last entries of all tickets of a run as one text."""
    return ",".join(f"{ticket.id}:{ticket.history.last.id}:{ticket.version}" for ticket in found.tickets)


def test_a_run_is_the_same_in_every_process_whatever_the_hash_seed() -> None:
    code = (
        "from tests.simulation.desks import *; from tests.simulation.test_running import fingerprint; "
        "from ticketflow.simulation import run; print(fingerprint(run(busy(), MONDAY, MONDAY + 4 * DAY, 11)))"
    )
    other = {**os.environ, "PYTHONHASHSEED": "1"}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=other)
    assert shown.stdout.strip() == fingerprint(run(busy(), MONDAY, MONDAY + 4 * DAY, 11))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Scenario("senior", ()), "rules"),  # type: ignore[arg-type]
        (lambda: Scenario(support(), [3]), "^behavior 3 is not a function; give functions of the desk$"),  # type: ignore[list-item]
        (lambda: Scenario(support(), (), ["T-1"]), r"^tickets\[0\] is 'T-1'; give a Ticket$"),  # type: ignore[list-item]
        (lambda: run(support(), MONDAY, UNTIL), "scenario"),  # type: ignore[arg-type]
        (lambda: run(busy(), MONDAY, UNTIL, warm_up=3), "warm_up is 3; give a timedelta"),  # type: ignore[arg-type]
        (
            lambda: run(busy(), MONDAY, UNTIL, warm_up=-HOUR),
            "warm_up is -1 day, 23:00:00; give no time or a positive one",
        ),
        (lambda: run(busy(), MONDAY, MONDAY - DAY), "run forward"),
    ],
)
def test_a_scenario_has_rules_and_functions(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        wrong()


def test_one_behavior_need_not_be_in_a_tuple() -> None:
    arrivals = Arrivals(1.0)
    assert Scenario(support(), arrivals).behaviors == (arrivals,)  # type: ignore[arg-type]


def test_a_closing_that_someone_writes_to_is_refused_and_goes_on() -> None:
    def late(desk: SimulatedDesk) -> None:
        note = commands.AddMessage(Message("late"), at=MONDAY + 10 * DAY, by=BRUNO)
        desk.at(note.at, lambda: desk.give(note, "T-1"))

    scenario = Scenario(support(), (at_hours(9), Agents(1, OFFICE, StateIs("open"), HOUR, solves), late))
    found = run(scenario, MONDAY, UNTIL)
    assert dict(found.refused) == {"closed_for_good": 1}


def test_a_run_has_its_instants_in_utc() -> None:
    found = run(Scenario(support(), ()), datetime.fromisoformat("2026-11-23T01:00:00+01:00"), UNTIL)
    assert (found.start, found.until, found.measures.tickets) == (MONDAY, UNTIL, 0)
