"""Make histories to try the example on: Senior's desk, with customers who answer or do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from ticketflow import Actor, Message, Rules, Ticket, commands, simulate

START = datetime(2025, 1, 6, 12, tzinfo=UTC)
ANA = Actor("agent", "ana")
HOUR = timedelta(hours=1)


def sample_tickets(count: int, rules: Rules, seed: int = 1) -> Iterator[Ticket]:
    """Yield the tickets of a year, the same for the same seed."""
    random = Random(seed)  # noqa: S311 -- a sample, no secret
    for number in range(count):
        at = START + timedelta(days=365) * number / count
        simulated = simulate(_commands(f"S-{number}", at, random), rules, START + timedelta(days=400))
        if simulated.ticket:
            yield simulated.ticket


def _commands(ticket: str, at: datetime, random: Random) -> Iterator[commands.Command]:
    customer = Actor("customer", f"customer-{random.randrange(200)}")
    nature = random.choice(("incident", "request"))
    yield commands.Open(ticket, {"nature": nature}, Message("m1"), at=at, by=customer)
    at += random.expovariate(1 / 6) * HOUR
    yield commands.Assign("ana", at=at, by=ANA)
    at += random.expovariate(1 / 24) * HOUR
    if random.random() < 0.6:  # noqa: PLR2004 -- the share of questions
        yield commands.Move("ask_for_information", Message("m2"), at=at, by=ANA)
        at += random.expovariate(1 / 60) * HOUR
        yield commands.AddMessage(Message("m3"), at=at, by=customer)  # refused if the rules have closed it
    yield commands.Move("inform_solution", Message("m4"), at=at + HOUR, by=ANA)
