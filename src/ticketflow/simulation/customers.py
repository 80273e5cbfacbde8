"""Customers: they answer after some time, or do not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs

from ticketflow.engine.plans import Touched
from ticketflow.kernel.names import check_id
from ticketflow.simulation.desk import SimulatedDesk, Which, check_function
from ticketflow.simulation.randomness import Duration, check_chance, drawn
from ticketflow.simulation.turns import Turn, write
from ticketflow.tickets import events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.ticket import Ticket


def _answers(value: float) -> float:
    return check_chance(value, "answers")


def _reminded(value: float) -> float:
    return check_chance(value, "reminded")


def _name(value: str) -> str:
    return check_id(value, "name")


@attrs.frozen
class Customers:
    """Customers who answer with some probability after some time, while their ticket waits for them.

    A customer decides once each time the ticket begins to wait. The answer comes unless the ticket waits no more. If it
    was closed meanwhile, the customer does something else, or nothing. A silent customer may still answer after a
    message that a rule sends.

    Attributes:
        when: Which tickets wait for the customer: a condition of rules, or a function of a ticket. It is asked when a
            ticket changes.
        after: The time until the answer, or a function of the turn.
        answers: The probability that a customer answers unasked.
        then: What the customer does; a function of the turn. By default, a message is added.
        when_closed: What a customer does whose ticket was closed before the answer; a function of the turn, such as
            `follow_up`. None: nothing.
        reminded: The probability that a silent customer answers after a message of a rule, for each message. The time
            until the answer is counted from the message.
        name: The name of the stream of random numbers.

    Raises:
        BadValueError: An attribute has the wrong type, or a probability is not from 0 to 1.
    """

    when: Which
    after: Duration[Turn]
    answers: float = attrs.field(default=1.0, converter=_answers)
    then: Callable[[Turn], object] = write
    when_closed: Callable[[Turn], object] | None = None
    reminded: float = attrs.field(default=0.0, converter=_reminded)
    name: str = attrs.field(default="customer", converter=_name)

    def __attrs_post_init__(self) -> None:
        check_function(self.then, "then")
        if self.when_closed is not None:
            check_function(self.when_closed, "when_closed")

    def __call__(self, desk: SimulatedDesk) -> None:
        """Let the customers answer at a desk."""
        waits = _Waiting(self, desk)
        for ticket in sorted(desk.tickets):
            waits.watch(Touched(desk.tickets[ticket], ()))
        desk.watch(waits.watch)


class _Waiting:
    """The tickets that wait for their customers."""

    def __init__(self, group: Customers, desk: SimulatedDesk) -> None:
        self._group = group
        self._desk = desk
        self._name = desk.new_name(group.name)
        self._waits = desk.test(group.when)
        self._turns: dict[str, int] = {}
        self._silent: dict[str, Turn] = {}
        self._present: dict[str, Turn] = {}
        self._closed: dict[str, Turn] = {}

    def watch(self, touched: Touched) -> None:
        """See a ticket that changed."""
        ticket = touched.ticket
        if not self._waits(ticket):
            turn = self._present.pop(ticket.id, None)
            if turn is not None and ticket.category == "closed":
                self._closed[ticket.id] = turn
            self._silent.pop(ticket.id, None)
        elif ticket.id not in self._present:
            self._decide(ticket)
        elif ticket.id in self._silent:
            turn = self._silent[ticket.id]
            for _ in range(sum(map(_reminds, touched.entries))):
                if turn.chance(self._group.reminded):
                    self._answer_later(turn)
                    break

    def _decide(self, ticket: Ticket) -> None:
        number = self._turns[ticket.id] = self._turns.get(ticket.id, 0) + 1
        actor = Actor("customer", ticket.requester or "customer")
        turn = Turn(self._desk, ticket.id, actor, self._desk.random(ticket.id, self._name, number))
        self._present[ticket.id] = turn
        if turn.chance(self._group.answers):
            self._answer_later(turn)
        elif self._group.reminded:
            self._silent[ticket.id] = turn

    def _answer_later(self, turn: Turn) -> None:
        self._silent.pop(turn.ticket_id, None)
        self._desk.after(drawn(self._group.after, turn, "after"), partial(self._answer, turn), turn.ticket_id)

    def _answer(self, turn: Turn) -> None:
        if self._present.get(turn.ticket_id) is turn:
            self._group.then(turn)
        elif self._closed.get(turn.ticket_id) is turn and self._group.when_closed:
            self._group.when_closed(turn)


def _reminds(entry: events.Entry) -> bool:
    """Return True if a rule sends the customer a message in an entry."""
    return any(is_reminder(event) for event in entry.events)


def is_reminder(event: events.Event) -> bool:
    """Return True if an event is a message of a rule to the customer."""
    return (
        isinstance(event, events.MessageRequested)
        and event.to in ("customer", "requester")
        and event.recipient is not None
    )
