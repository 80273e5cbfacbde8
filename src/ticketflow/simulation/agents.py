"""Agents: they have working hours, take tickets from a queue, and work on one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from typing import Any

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.engine.plans import Touched
from ticketflow.errors import BadValueError
from ticketflow.kernel.names import check_id
from ticketflow.kernel.type_checks import check_argument
from ticketflow.simulation.desk import SimulatedDesk, Which, check_function
from ticketflow.simulation.randomness import Duration, drawn
from ticketflow.simulation.turns import Turn, assign
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.ticket import Ticket, changes_ticket


def _number(value: int) -> int:
    if type(value) is not int or value < 1:
        raise BadValueError(f"number is {value!r:.200}", "give a whole number of 1 or more")
    return value


def _hours(value: Calendar) -> Calendar:
    check_argument(value, Calendar, "hours")
    return value


def _name(value: str) -> str:
    return check_id(value, "name")


@attrs.frozen
class Agents:
    """A group of agents who share a queue.

    A ticket waits in the queue while it is one of those that the group takes, it is not closed, and nobody works on it.
    An agent who is free takes the first one while the hours are open, and works on it for some working time. The agent
    who has been free the longest is next. A ticket that did not change since the group began with it is not taken again
    before it changes; a recorded breach is no change. One that is closed meanwhile gets nothing more.

    Several groups can stand beside each other, with other hours and tickets. What two of them take goes to the one that
    comes first in the scenario, if both have somebody free.

    Attributes:
        number: The number of agents.
        hours: The calendar of their working hours.
        takes: Which tickets they take: a condition of rules, or a function of a ticket. It is asked when a ticket
            changes.
        work: The working time for a ticket, or a function of the turn.
        then: What the agent does at the end of the work; a function of the turn.
        begins: What the agent does when taking the ticket; a function of the turn. By default, the ticket is assigned.
        first: A function of a ticket whose smallest values are taken first, for example a rank by priority. Among equal
            ones, the ticket that has waited the longest is first, and then the one with the smallest id.
        name: The prefix of the agents' ids. It also names the streams of random numbers.

    Raises:
        BadValueError: An attribute has the wrong type.
    """

    number: int = attrs.field(converter=_number)
    hours: Calendar = attrs.field(converter=_hours)
    takes: Which
    work: Duration[Turn]
    then: Callable[[Turn], object]
    begins: Callable[[Turn], object] = assign
    first: Callable[[Ticket], Any] | None = None
    name: str = attrs.field(default="agent", converter=_name)

    def __attrs_post_init__(self) -> None:
        check_function(self.then, "then")
        check_function(self.begins, "begins")
        if self.first is not None:
            check_function(self.first, "first")

    def __call__(self, desk: SimulatedDesk) -> None:
        """Let the agents work at a desk."""
        queue = _Queue(self, desk)
        for ticket in sorted(desk.tickets):
            queue.see(desk.tickets[ticket])
        desk.watch(queue.watch)


class _Queue:
    """The queue of a group, and its agents who are free."""

    def __init__(self, group: Agents, desk: SimulatedDesk) -> None:
        self._group = group
        self._desk = desk
        self._name = desk.new_name(group.name)
        self._takes = desk.test(group.takes)
        self._free = deque(Actor("agent", f"{self._name}-{number}") for number in range(1, group.number + 1))
        self._waiting: dict[str, tuple[Any, ...]] = {}
        self._heap: list[tuple[Any, ...]] = []
        self._turns: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._wakes = False

    def watch(self, touched: Touched) -> None:
        """See a ticket that changed."""
        self.see(touched.ticket)

    def see(self, ticket: Ticket) -> None:
        """Put a ticket into the queue, or take it out."""
        if ticket.id in self._desk.taken:
            return
        if ticket.category == "closed" or not self._takes(ticket) or not self._is_changed(ticket):
            self._waiting.pop(ticket.id, None)
            return
        known = self._waiting.get(ticket.id)
        rank = self._group.first(ticket) if self._group.first else 0
        place = (rank, self._desk.now if known is None else known[1], ticket.id)
        if place != known:
            self._waiting[ticket.id] = place
            heappush(self._heap, place)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give tickets to the agents who are free; if the hours are closed, plan to do so when they open."""
        desk = self._desk
        while self._free and self._waiting:
            if not self._group.hours.is_open(desk.now):
                if not self._wakes:
                    self._wakes = True
                    desk.at(self._group.hours.next_open(desk.now), self._open, self._name)
                return
            place = heappop(self._heap)
            ticket = place[2]
            if self._waiting.get(ticket) == place:
                del self._waiting[ticket]
                if ticket not in desk.taken:
                    self._begin(ticket, self._free.popleft())

    def _open(self) -> None:
        self._wakes = False
        self._hand_out()

    def _begin(self, ticket: str, agent: Actor) -> None:
        desk = self._desk
        desk.taken.add(ticket)
        number = self._turns[ticket] = self._turns.get(ticket, 0) + 1
        turn = Turn(desk, ticket, agent, desk.random(ticket, self._name, number))
        self._group.begins(turn)
        span = drawn(self._group.work, turn, "work")
        self._seen[ticket] = turn.ticket.version
        desk.at(self._group.hours.add(desk.now, span), partial(self._finish, turn), ticket)

    def _finish(self, turn: Turn) -> None:
        if turn.ticket.category != "closed":
            self._group.then(turn)
        self._free.append(turn.actor)
        self._desk.release(turn.ticket_id)
        self._hand_out()

    def _is_changed(self, ticket: Ticket) -> bool:
        """Return True if the group never had the ticket, or if it changed since an agent of the group began with it."""
        seen = self._seen.get(ticket.id)
        return seen is None or any(map(changes_ticket, ticket.history.after(seen)))
