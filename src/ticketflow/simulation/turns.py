"""Turns: an agent or a customer acts on a ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random  # noqa: TID251 -- only its type; `stream` makes them

import attrs

from ticketflow.engine.decisions import Decision
from ticketflow.kernel.field_values import Value
from ticketflow.simulation.desk import SimulatedDesk
from ticketflow.simulation.randomness import check_chance
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket


@attrs.frozen(eq=False)
class Turn:
    """The turn of an agent or a customer to act on a ticket. Commands are given at the present instant, by the actor.

    Attributes:
        desk: The desk.
        ticket_id: The id of the ticket.
        actor: Whose turn it is.
        random: The random numbers of this turn. They depend on the seed, the ticket, the behavior and the number of
            turns before, and on nothing else.
    """

    desk: SimulatedDesk
    ticket_id: str
    actor: Actor
    random: Random

    @property
    def ticket(self) -> Ticket:
        """The ticket as it is now."""
        return self.desk.tickets[self.ticket_id]

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.desk.now

    def chance(self, probability: float) -> bool:
        """Return True with a probability from 0 to 1.

        Raises:
            BadValueError: *probability* is not a number from 0 to 1.
        """
        return self.random.random() < check_chance(probability, "probability")

    def give(self, kind: Callable[..., commands.Command], /, *arguments: object, **named: object) -> Decision:
        """Give a command, for example ``turn.give(commands.Rate, score=5)``.

        Args:
            kind: The class of the command.
            arguments: Its attributes by position.
            named: Its attributes by name. The instant and the actor are filled in, unless they are given.
        """
        return self.desk.give(kind(*arguments, **{"at": self.now, "by": self.actor, **named}), self.ticket_id)

    def move(self, transition: str, *, message: bool = False, **fields: Value) -> Decision:
        """Take a transition of the workflow.

        Args:
            transition: Its name.
            message: Whether a public message comes with it.
            fields: Fields to set in the same step.
        """
        return self.give(commands.Move, transition, self.message() if message else None, fields)

    def write(self, *, public: bool = True) -> Decision:
        """Add a message, or an internal note."""
        return self.give(commands.AddMessage, self.message(public=public))

    def message(self, *, public: bool = True) -> Message:
        """Return a new message, with an id that no other message of the ticket has."""
        return Message(f"{self.ticket_id}-m{self.ticket.version}", public=public)


def assign(turn: Turn) -> None:
    """Assign the ticket to the agent whose turn it is, unless it is theirs already."""
    if turn.ticket.assignee != turn.actor.id:
        turn.give(commands.Assign, turn.actor.id)


def write(turn: Turn) -> None:
    """Add a public message."""
    turn.write()


def follow_up(turn: Turn) -> None:
    """Open a follow-up of a closed ticket with a message."""
    turn.give(commands.FollowUp, f"{turn.ticket_id}-again", message=turn.message())
