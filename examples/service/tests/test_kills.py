"""Workers, a sender of commands and the doors are killed between any two statements. Nothing is lost or sent twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from doors import check_visits, visited
from support import Load, Receiver, check_histories, check_outbox
from ticketflow_service import sample
from ticketflow_service.storage import SqlStore

import ticketflow as tf
from ticketflow import presets

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPREAD = timedelta(days=5)
REMINDER = tf.Elapsed(days=2)
LATE = timedelta(minutes=30)
SEED = 20


def points(drawn: random.Random, kills: int) -> list[int]:
    """Return the statements at which a process is killed, one for each life: early or late in it."""
    return [round(2 ** drawn.uniform(0, 10)) for _ in range(kills)]


def mostly_silent(number: int) -> int:
    """Return the number of a sample ticket: four of five customers are silent, the others do all that they can."""
    return 4 * number if number % 5 else number


@pytest.mark.parametrize(
    ("url", "tickets", "kills", "seconds", "visits", "door_kills"),
    [("postgres", 2000, (24, 24, 16), 30.0, 30, 8), ("sqlite", 100, (12, 8), 5.0, 10, 4)],
    indirect=["url"],
)
def test_kills_lose_nothing_and_send_nothing_twice(  # noqa: PLR0913, PLR0917 -- the columns of the table
    store: SqlStore,
    receiver: Receiver,
    url: str,
    tickets: int,
    kills: Sequence[int],
    seconds: float,
    visits: int,
    door_kills: int,
) -> None:
    rules = presets.senior(waiting_reminders=(REMINDER,), validation_reminders=(REMINDER,))
    store.put_in_force(rules)
    script = sample.script(map(mostly_silent, range(tickets)), START, SPREAD / tickets)
    drawn, workers = random.Random(SEED), [timedelta()] * (len(kills) - 1)
    killed = [points(drawn, number) for number in kills]
    load = Load(url, receiver, script, START + SPREAD + sample.LASTS, seconds, workers, killed, LATE)
    doors = [points(drawn, door_kills) for _ in range(2)]
    with visited(url, store, load.clock, visits, doors) as (people, go_on):
        outcome = load.run(store, go_on=go_on)

    print(outcome.kills)
    assert sum(outcome.kills) >= 0.8 * sum(kills), "the last points are so late that not every run reaches them"
    check_histories(store, rules, load, outcome, {*people.commands.values()})
    check_visits(store, rules, people, load.end)
    print(Counter(check_outbox(store, receiver).values()))
    assert not store.tickets_set_aside()
    assert not store.given_up()
