"""The next occurrence of every timer of a ticket, kept from one entry to the next.

Where many timers are due one after another, it would cost the square of their number to look at all of them after each
entry. Here, an entry costs the timers that read what it changed.

Source: docs/semantics.md 3.10, 3.13.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from ticketflow.engine.program import Program, Timer
from ticketflow.engine.timers import Occurrence, occurrences
from ticketflow.tickets.ticket import Ticket


class Lookahead:
    """The next occurrence of every timer of a ticket, as far as they are known.

    An entry at the instant of the first occurrence, or before it, does not move the others, unless it changes something
    that they read: nothing of theirs is late at the new entry that was not late before it.
    """

    def __init__(self, ticket: Ticket, program: Program) -> None:
        self._program = program
        self._numbers = count()
        self._look_at_all(ticket)

    def _look_at_all(self, ticket: Ticket) -> None:
        self._timers = self._program.timers_of(ticket)
        self._next: dict[str, Occurrence] = {}
        self._heap: list[tuple[tuple[object, ...], int, Occurrence]] = []
        for timer in self._timers:
            self._look_at(timer, ticket)

    def _look_at(self, timer: Timer, ticket: Ticket) -> None:
        found = None if timer.id in ticket.halted else next(occurrences(timer, ticket), None)
        if found is None:
            self._next.pop(timer.id, None)
        else:
            self._next[timer.id] = found
            heappush(self._heap, (found.order, next(self._numbers), found))

    def first(self) -> Occurrence | None:
        """Return the next occurrence; None if there is none."""
        heap = self._heap
        while heap and self._next.get(heap[0][2].rule.id) is not heap[0][2]:
            heappop(heap)
        return heap[0][2] if heap else None

    def add(self, ticket: Ticket) -> None:
        """Take note of the last entry of *ticket*, the first one since the ticket that was looked at last."""
        if self._program.timers_of(ticket) is not self._timers:
            self._look_at_all(ticket)
            return
        for timer in self._program.timers_reading(ticket, ticket.history.last.sequence):
            self._look_at(timer, ticket)
