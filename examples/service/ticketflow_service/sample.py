"""Sample tickets under the preset ``senior``: customers who answer, who stay silent, and who come back later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import ticketflow as tf
from ticketflow import commands

ANA = tf.Actor("agent", "ana")
LASTS = timedelta(days=21)
"""The time after which nothing is due on a sample ticket."""


def commands_of(number: int, start: datetime) -> Iterator[tuple[str, commands.Command]]:
    """Yield the commands to a sample ticket in order, each with the id of its ticket.

    Every command has an event id, so it can be given again after a crash.
    """
    name, customer = f"T-{number}", tf.Actor("customer", f"customer-{number % 100}")

    def header(after: timedelta, by: tf.Actor, what: str) -> dict[str, Any]:
        return {"at": start + after, "by": by, "event_id": f"{name}/{what}"}

    def move(after: timedelta, transition: str) -> tuple[str, commands.Command]:
        message = tf.Message(f"{name}-{transition}")
        return name, commands.Move(transition, message, **header(after, ANA, transition))

    fields = {"nature": "incident" if number % 2 else "request"}
    first = tf.Message(f"{name}-first")
    opening = header(timedelta(), ANA, "open")
    yield name, commands.Open(name, fields, first, "ana", requester=customer.id, **opening)
    match number % 4:
        case 0:  # silent: two reminders, then the ticket closes
            yield move(timedelta(hours=1), "ask_for_information")
        case 1:  # answers, and does not validate the solution
            yield move(timedelta(hours=1), "ask_for_information")
            answer = header(timedelta(days=3), customer, "answer")
            yield name, commands.AddMessage(tf.Message(f"{name}-answer"), **answer)
            yield move(timedelta(days=3, hours=4), "inform_solution")
        case 2:  # rates the solution
            yield move(timedelta(hours=2), "inform_solution")
            yield name, commands.Rate(5, **header(timedelta(days=1), customer, "rate"))
        case _:  # comes back after the ticket has closed
            yield move(timedelta(hours=1), "ask_for_information")
            again = header(timedelta(days=12), customer, "again")
            yield name, commands.FollowUp(message=tf.Message(f"{name}-again"), **again)


def script(numbers: Iterable[int], start: datetime, every: timedelta) -> list[tuple[str, commands.Command]]:
    """Return the commands to sample tickets, one opened after the other, in the order of their instants."""
    each = (item for place, number in enumerate(numbers) for item in commands_of(number, start + place * every))
    return sorted(each, key=lambda item: item[1].at)
