"""One desk, simulated twice: by `ticketflow.simulation`, and in SimPy with ticketflow for all that is automatic.

    python examples/what_if/simpy_desk.py

In SimPy, people are processes: customers open tickets and answer, agents take them from a store. One more process waits
until something is due and lets the rules do it (`simulation.Tickets`). Both draw the same random numbers, so every
ticket has the same history in both, to the microsecond.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random

import simpy

from ticketflow import Actor, BusinessCalendar, Message, StateIs, Ticket, commands, simulation
from ticketflow.presets import senior
from ticketflow.simulation import Agents, Arrivals, Customers, Exponential, LogNormal, Scenario, Turn

HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
START, UNTIL = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)  # a Sunday; SimPy leaves the end out
OFFICE = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
RULES = senior(OFFICE)
AGENTS, RATE, ASKS, ANSWERS = 2, 1.0, 0.4, 0.6
WORK, REPLY = Exponential(HOUR), LogNormal(30 * HOUR)
QUEUE, WAITS = ("new", "in_analysis"), "waiting_for_customer"
Process = Generator[simpy.Event, object, None]


def support(turn: Turn) -> None:
    """Ask for information, or send the solution."""
    turn.move("ask_for_information" if turn.chance(ASKS) else "inform_solution", message=True)


SCENARIO = Scenario(
    RULES,
    (
        Arrivals(RATE, during=OFFICE),
        Agents(AGENTS, OFFICE, StateIs(*QUEUE), WORK, support),
        Customers(StateIs(WAITS), REPLY, ANSWERS),
    ),
)


class Desk:
    """The same desk in SimPy. Its time is in microseconds, as whole numbers, so that no instant is rounded."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.env = simpy.Environment()
        self.tickets = simulation.Tickets(RULES, on_change=lambda touched: self.see(touched.ticket))
        self.free = simpy.Store(self.env)
        self.free.items += [f"agent-{number}" for number in range(1, AGENTS + 1)]
        self.changed = self.env.event()
        self.queued: set[str] = set()
        self.waiting: set[str] = set()
        self.turns: Counter[tuple[str, str]] = Counter()
        self.env.process(self.automatic())
        self.env.process(self.arrivals())

    @property
    def now(self) -> datetime:
        """The present instant."""
        return START + self.env.now * MICROSECOND

    def until(self, instant: datetime) -> simpy.Timeout:
        """Return the event of an instant."""
        return self.env.timeout((instant - self.now) // MICROSECOND)

    def see(self, ticket: Ticket) -> None:
        """Start the processes of a ticket that changed, and wake the rules: something else may be due first now."""
        if ticket.state in QUEUE and ticket.id not in self.queued:
            self.queued.add(ticket.id)
            self.env.process(self.work(ticket.id))
        if ticket.state != WAITS:
            self.waiting.discard(ticket.id)
        elif ticket.id not in self.waiting:
            self.waiting.add(ticket.id)
            self.env.process(self.answer(ticket.id))
        self.changed.succeed()
        self.changed = self.env.event()

    def automatic(self) -> Process:
        """Let the rules do what is due. Commands of an instant come first, so it wakes a microsecond later."""
        while True:
            due = self.tickets.next_due
            yield self.changed if due is None else self.changed | self.until(max(due + MICROSECOND, self.now))
            self.tickets.carry_out(self.now - MICROSECOND)

    def arrivals(self) -> Process:
        """Customers open tickets."""
        random, number = simulation.stream(self.seed, "T"), 0
        while True:
            wait, _ = Exponential(HOUR / RATE).draw(random), random.random()
            yield self.until(OFFICE.add(self.now, wait))
            number += 1
            self.tickets.give(simulation.customer_opens(f"T-{number}", self.now, random))

    def work(self, ticket: str) -> Process:
        """Wait for an agent and for the office to open, and work."""
        agent = yield self.free.get()
        yield self.until(OFFICE.next_open(self.now))
        random, by = self.draws(ticket, "agent"), Actor("agent", str(agent))
        if self.tickets[ticket].assignee != by.id:
            self.tickets.give(commands.Assign(by.id, at=self.now, by=by), ticket)
        yield self.until(OFFICE.add(self.now, WORK.draw(random)))
        step = "ask_for_information" if random.random() < ASKS else "inform_solution"
        self.queued.discard(ticket)
        self.tickets.give(commands.Move(step, self.message(ticket), at=self.now, by=by), ticket)
        yield self.free.put(agent)

    def answer(self, ticket: str) -> Process:
        """Answer after some time, or not at all. An answer to an earlier question is not given to a later one."""
        random, turn = self.draws(ticket, "customer"), self.turns[ticket, "customer"]
        if random.random() >= ANSWERS:
            return
        yield self.until(self.now + REPLY.draw(random))
        if ticket in self.waiting and self.turns[ticket, "customer"] == turn:
            by = Actor("customer", str(self.tickets[ticket].requester))
            self.tickets.give(commands.AddMessage(self.message(ticket), at=self.now, by=by), ticket)

    def draws(self, ticket: str, who: str) -> Random:
        """Return the random numbers of the next turn."""
        self.turns[ticket, who] += 1
        return simulation.stream(self.seed, ticket, who, self.turns[ticket, who])

    def message(self, ticket: str) -> Message:
        """Return the next message of a ticket."""
        return Message(f"{ticket}-m{self.tickets[ticket].version}")


def in_simpy(seed: int) -> dict[str, Ticket]:
    """Return the tickets of a run in SimPy."""
    desk = Desk(seed)
    desk.env.run(until=(UNTIL - START) // MICROSECOND)
    desk.tickets.carry_out(UNTIL)
    return dict(desk.tickets)


def in_ticketflow(seed: int) -> dict[str, Ticket]:
    """Return the tickets of the same run by `ticketflow.simulation`."""
    return {ticket.id: ticket for ticket in simulation.run(SCENARIO, START, UNTIL, seed).tickets}


def main() -> None:
    """Compare the two for three seeds."""
    for seed in range(3):
        one, other = in_simpy(seed), in_ticketflow(seed)
        entries = sum(ticket.version for ticket in one.values())
        print(f"seed {seed}: {len(one)} tickets, {entries} entries, {'equal' if one == other else 'NOT EQUAL'}")


if __name__ == "__main__":
    main()
