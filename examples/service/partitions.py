"""Simulate a service whose tickets are divided among several databases.

    python examples/service/partitions.py

Commands arrive at random instants, and each database stores one after another. Besides, many reminders fall due at
once. The times that a database needs are those of the README, measured on one machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import accumulate
from random import Random
from statistics import quantiles

COMMAND = 1 / 380
"""The seconds that a database needs for a command, on average."""
WAKING = 1 / 924
"""The seconds that a database needs for a ticket that is due, with two workers."""
CUSTOMERS = 2000


def database_of(name: str, databases: int) -> int:
    """Return the number of the database that holds a ticket, or all tickets of a customer; it never changes."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % databases


def waits(rate: float, seconds: float, database: Callable[[Random], int], random: Random) -> list[float]:
    """Return how long each command waits until a database begins with it.

    Args:
        rate: The commands in a second, at all databases together.
        seconds: How long they arrive.
        database: Draws the database of a command.
        random: The source of the draws.
    """
    free: dict[int, float] = {}
    at, found = 0.0, list[float]()
    while at < seconds:
        at += random.expovariate(rate)
        number = database(random)
        begins = max(at, free.get(number, 0.0))
        free[number] = begins + random.expovariate(1 / COMMAND)
        found.append(begins - at)
    return found


def by_ticket(databases: int) -> Callable[[Random], int]:
    """Return a function that draws the database of a command where ticket ids are divided."""
    return lambda random: database_of(f"T-{random.randrange(1_000_000)}", databases)


def by_customer(databases: int) -> Callable[[Random], int]:
    """Return a function that draws the database where customers are divided, of whom few write most."""
    weights = [*accumulate(1 / (place + 1) for place in range(CUSTOMERS))]
    homes = [database_of(f"customer-{number}", databases) for number in range(CUSTOMERS)]
    return lambda random: homes[random.choices(range(CUSTOMERS), cum_weights=weights)[0]]


def drained_after(due: int, databases: int) -> float:
    """Return the seconds until the last of many tickets that are due at one instant was woken."""
    shares = Counter(database_of(f"T-{number}", databases) for number in range(due))
    return max(shares.values()) * WAKING


def table(seconds: float = 60.0, counts: tuple[int, ...] = (1, 2, 4, 8)) -> Iterator[str]:
    """Yield the lines of the README's table."""
    yield "| databases | commands/s | 99 % wait at most, divided by ticket | by customer | 100,000 due at once |"
    yield "| --- | --- | --- | --- | --- |"
    for databases in counts:
        rate = 0.7 * databases / COMMAND
        cells = []
        for draw in (by_ticket(databases), by_customer(databases)):
            late = quantiles(waits(rate, seconds, draw, Random(1)), n=100)[98]  # noqa: S311 -- a simulation
            cells.append(f"{late * 1000:,.0f} ms")
        yield f"| {databases} | {rate:,.0f} | {' | '.join(cells)} | {drained_after(100_000, databases):.0f} s |"


if __name__ == "__main__":
    print(*table(), sep="\n")
