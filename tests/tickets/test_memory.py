"""What entries and tickets cost in memory, against plain objects with slots and the same fields."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from ticketflow import Message, Ticket, documents, events
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.fold import evolve

START = utc(2026, 11, 23, 9)
COUNT = 1_000
DIGEST = "5d5eab6cc1fb4e9f6c3e"


def plain(kind: type) -> type[Any]:
    """Return a plain class with slots for the attributes of a class."""
    names = [field.name for field in attrs.fields(kind) if field.init]
    assignments = "\n    ".join(f"self.{name} = {name}" for name in names)
    source = f"def __init__(self, {', '.join(names)}):\n    {assignments}"
    scope: dict[str, Any] = {}
    exec(source, scope)  # noqa: S102 -- of the names of attributes
    return type(kind.__name__, (), {"__slots__": names, "__init__": scope["__init__"]})


ENTRY, BY_COMMAND, MESSAGE_ADDED, STATE_CHANGED, MESSAGE = map(
    plain, (events.Entry, events.ByCommand, events.MessageAdded, events.StateChanged, Message)
)


def entry(number: int, *, ours: bool) -> Any:  # noqa: ANN401 -- an entry, or a plain one
    """Return an entry with a message and a move, of values that nothing else shares."""
    entry_of, cause_of, added, moved, message = (
        (events.Entry, events.ByCommand, events.MessageAdded, events.StateChanged, Message)
        if ours
        else (ENTRY, BY_COMMAND, MESSAGE_ADDED, STATE_CHANGED, MESSAGE)
    )
    before, after = ("open", "waiting") if number % 2 == 0 else ("waiting", "open")
    cause = cause_of("move", f"delivery-{number}", DIGEST)
    happened = (
        added(message(f"message-{number}", True, False, False)),
        moved(before, after, "open", "go"),
    )
    return entry_of(
        number, str(number), START + timedelta(minutes=number), (ANA, CUSTOMER)[number % 2], cause, happened, None
    )


def opening() -> events.Entry:
    opened = events.Opened("T-1", "waiting", "open", FrozenMap())
    return events.Entry(0, "0", START, ANA, events.ByCommand("open"), (opened,))


def ticket(count: int) -> Ticket:
    """Return a ticket with so many entries after its opening."""
    found = evolve(None, opening())
    for number in range(1, count + 1):
        found = evolve(found, entry(number, ours=True))
    return found


def history(count: int) -> PersistentList[events.Entry]:
    found = PersistentList(opening())
    for number in range(1, count + 1):
        found = found.append(entry(number, ours=True))
    return found


def size(make: Callable[[], object]) -> int:
    """Return the bytes that a value keeps."""
    make()  # what is kept once for all
    gc.collect()
    tracemalloc.start()
    try:
        kept = make()
        gc.collect()
        found = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    del kept
    return found


@pytest.fixture(scope="module")
def plain_size() -> float:
    """The bytes of a plain entry, in a list."""
    return size(lambda: [entry(number, ours=False) for number in range(COUNT)]) / COUNT


class TestMemory:
    def test_an_entry_costs_less_than_twice_a_plain_one(self, plain_size: float) -> None:
        assert size(lambda: history(COUNT)) / COUNT <= 1.5 * plain_size

    def test_so_does_an_entry_that_was_read(self, plain_size: float) -> None:
        text = documents.write(ticket(COUNT))
        assert size(lambda: documents.read("ticket", text).history) / COUNT <= 1.5 * plain_size

    def test_a_ticket_costs_less_than_three_plain_entries_an_entry(self, plain_size: float) -> None:
        """It keeps when each of its facts had which value: here of five facts in each entry."""
        text = documents.write(ticket(COUNT))
        assert size(lambda: ticket(COUNT)) / COUNT <= 3 * plain_size
        assert size(lambda: documents.read("ticket", text)) / COUNT <= 3 * plain_size

    def test_tickets_share_the_names_of_their_facts(self) -> None:
        one, other = ticket(3), documents.read("ticket", documents.write(ticket(3)))
        names = {name: name for name in one.trails}
        assert all(names[name] is name for name in other.trails)
        assert all(any(name is each for each in other.marks) for name in one.marks)
