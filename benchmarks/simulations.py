"""Time a year of simulated tickets, against the same lives in SimPy without rules.

    python benchmarks/simulations.py [tickets]

A ticket of Senior's desk gets ten entries: five commands, two reactions, two reminders and the closing. In SimPy, each
ticket is a process that waits for the same ten instants, and writes a tuple at each. Both have all tickets in one
process. Rounds are small. The number on the command line, for example 100,000, is run with and without the garbage
collector of Python.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta

import simpy
from rounds import told

from ticketflow import Actor, BusinessCalendar, BusinessDays, Elapsed, Message, commands
from ticketflow.presets import senior
from ticketflow.simulation import Scenario, SimulatedDesk, run

START, YEAR, HOUR = datetime(2026, 1, 5, 12, tzinfo=UTC), timedelta(days=365), timedelta(hours=1)
ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")
RULES = senior(
    BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00"),
    validation_reminders=(Elapsed(hours=1), Elapsed(days=2)),
    close_after=BusinessDays(6),
)
SMALL, ROUNDS = 1_000, 7


def lives(count: int) -> Callable[[SimulatedDesk], None]:
    """Return a behavior that opens so many tickets, evenly over the year, and gives each its commands."""

    def begin(desk: SimulatedDesk) -> None:
        def open_next(number: int) -> None:
            ticket = f"T-{number}"
            message = Message("m1")
            desk.give(commands.Open(ticket, message=message, at=desk.now, by=BRUNO))

            def assign() -> None:
                desk.give(commands.Assign("ana", at=desk.now, by=ANA), ticket)

            def ask() -> None:
                desk.give(commands.Move("ask_for_information", Message("m2"), at=desk.now, by=ANA), ticket)

            def answer() -> None:
                desk.give(commands.AddMessage(Message("m3"), at=desk.now, by=BRUNO), ticket)

            def solve() -> None:
                desk.give(commands.Move("inform_solution", Message("m4"), at=desk.now, by=ANA), ticket)

            for hours, call in ((1, assign), (2, ask), (20, answer), (24, solve)):
                desk.after(hours * HOUR, call, ticket)
            if number < count:
                desk.after(YEAR / count, lambda: open_next(number + 1))

        open_next(1)

    return begin


def with_rules(count: int) -> tuple[int, int]:
    """Return the number of tickets, and of those that a rule closed."""
    found = run(Scenario(RULES, (lives(count),)), START, START + YEAR + timedelta(days=30), keep_tickets=False)
    return found.measures.tickets, found.measures.closed_by_rule


STEPS = ((0, "open"), (1, "assign"), (0, "analysis"), (1, "ask"), (18, "answer"), (0, "analysis"), (4, "solve"))
LATER = ((1, "reminder"), (47, "reminder"), (144, "close"))


def in_simpy(count: int) -> int:
    """Return the number of records that the same lives write in SimPy, without rules."""
    env, records = simpy.Environment(), list[tuple[int, str, float]]()

    def life(ticket: int) -> Generator[simpy.Event, object, None]:
        for wait, what in (*STEPS, *LATER):
            yield env.timeout(wait)
            records.append((ticket, what, env.now))

    def arrivals() -> Generator[simpy.Event, object, None]:
        for number in range(count):
            env.process(life(number))
            yield env.timeout(YEAR / HOUR / count)

    env.process(arrivals())
    env.run()
    return len(records)


def timed(call: Callable[[int], object], count: int) -> float:
    """Return the seconds of this process for one call."""
    gc.collect()
    before = time.process_time()
    call(count)
    return time.process_time() - before


def main() -> None:
    """Print the times."""
    assert with_rules(10) == (10, 10)  # noqa: S101 -- all lives end
    lived = run(Scenario(RULES, (lives(10),)), START, START + 2 * YEAR)
    assert {ticket.version for ticket in lived.tickets} == {10}  # noqa: S101 -- with ten entries each
    assert in_simpy(10) == 100  # noqa: S101, PLR2004 -- ten entries each
    seconds: dict[str, list[float]] = {"ticketflow.simulation": [], "SimPy without rules": []}
    for _ in range(ROUNDS):
        for name, call in (("ticketflow.simulation", with_rules), ("SimPy without rules", in_simpy)):
            seconds[name].append(timed(call, SMALL) / SMALL)
    told(seconds, "SimPy without rules")
    best = min(seconds["ticketflow.simulation"])
    print(f"\n{1 / best:,.0f} tickets a second, {10 / best:,.0f} entries a second")
    if len(sys.argv) > 1:
        count = int(sys.argv[1])
        alone = timed(in_simpy, count)
        print(f"{count:,} over a year in SimPy without rules: {alone:,.1f} s, {count / alone:,.0f} a second")
        for name, switch in (("without the garbage collector", gc.disable), ("with it", gc.enable)):
            switch()
            whole = timed(with_rules, count)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{count:,} over a year, {name}: {whole:,.1f} s, {count / whole:,.0f} a second, "
                f"{whole / alone:,.0f} times SimPy, {peak:,.0f} MB at most"
            )


if __name__ == "__main__":
    main()
