"""Many tickets are evaluated one by one, in little memory, and from many threads."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from ticketflow import (
    Actor,
    Message,
    Ticket,
    advance,
    commands,
    evaluate,
    evaluate_all,
    explain,
    handle,
    next_due,
    read,
    replay,
)
from ticketflow.errors import BadValueError
from ticketflow.presets.adereso import adereso
from ticketflow.presets.senior import senior

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")
RULES = senior()


def waiting(name: str = "T-1") -> Ticket:
    """Return a ticket that waits for the customer."""
    given: tuple[commands.Command, ...] = (
        commands.Open(name, message=Message("m1"), at=NOON, by=BRUNO),
        commands.Assign("ana", at=NOON, by=ANA),
        commands.Move("ask_for_information", message=Message("m2"), at=NOON, by=ANA),
    )
    ticket: Ticket | None = None
    for command in given:
        ticket = handle(ticket, command, RULES).unwrap().ticket
    assert ticket is not None
    return ticket


class TestEvaluateAll:
    def test_a_plan_for_each_ticket_in_their_order(self) -> None:
        tickets = [waiting("T-1"), handle(None, commands.Open("T-2", at=NOON, by=BRUNO), RULES).unwrap().ticket]
        plans = list(evaluate_all(NOON + 30 * DAY, tickets, RULES))
        assert plans == [evaluate(NOON + 30 * DAY, ticket, RULES) for ticket in tickets]
        assert [bool(plan) for plan in plans] == [True, False]

    def test_tickets_are_taken_one_by_one(self) -> None:
        taken: list[int] = []

        def coming() -> Iterator[Ticket]:
            for number in range(1_000_000):
                taken.append(number)
                yield waiting()

        plans = evaluate_all(NOON, coming(), RULES)
        assert taken == []
        next(plans)
        next(plans)
        assert taken == [0, 1]

    def test_what_is_no_ticket_is_refused_when_it_comes(self) -> None:
        plans = evaluate_all(NOON, [waiting(), "T-2"], RULES)  # type: ignore[list-item]
        assert not next(plans)
        with pytest.raises(BadValueError, match=r"tickets\[1\] is 'T-2'; give a Ticket"):
            next(plans)

    def test_a_sleeping_ticket_costs_little(self) -> None:
        one = waiting()
        tickets = [replay(one.history) for _ in range(500)]
        list(evaluate_all(NOON, [one], RULES))
        gc.collect()
        tracemalloc.start()
        try:
            assert not any(evaluate_all(NOON, tickets, RULES))
            size, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert size / len(tickets) < 1_024


def test_threads_get_the_same_answers() -> None:
    count, rules, tickets = 8, adereso(), [replay(waiting().history) for _ in range(20)]
    start = Barrier(count)
    said = commands.AddMessage(Message("m3"), at=NOON + DAY, by=BRUNO)

    def answers(_: int) -> list[object]:
        start.wait()
        found: list[object] = []
        for ticket in tickets:
            for desk in (RULES, rules):
                found += (next_due(ticket, desk), evaluate(NOON + 9 * DAY, ticket, desk))
                found += (explain(NOON, ticket, desk),)
                found += [read(NOON + DAY, ticket, desk.clock(each.name)) for each in desk.clocks]
            found += (advance(NOON + 9 * DAY, ticket, RULES), handle(ticket, said, RULES))
        return found

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(answers, range(count)))
    finally:
        sys.setswitchinterval(before)
    assert all(each == found[0] for each in found)
