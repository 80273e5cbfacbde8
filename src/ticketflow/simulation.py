"""Whole lives of tickets: commands in, everything that became of them out, jumping from one due instant to the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.commands import AnyCommand
from ticketflow.decisions import Refused, accepted
from ticketflow.engine import apply, evaluate, handle, next_due
from ticketflow.rules import Rules
from ticketflow.ticket import Ticket
from ticketflow.values import to_utc


@attrs.frozen
class Refusal:
    """A command that was refused on the way, and why."""

    command: AnyCommand
    refused: Refused


@attrs.frozen
class Life:
    """What became of one ticket.

    Attributes:
        ticket: The ticket in the end; None if it never came to be.
        refusals: The commands that were refused, in order.
        created: Tickets that its commands opened beside it.
        next_due: When something would be due next; None if never.
    """

    ticket: Ticket | None
    refusals: tuple[Refusal, ...]
    created: tuple[Ticket, ...]
    next_due: datetime | None


def live(commands: Iterable[AnyCommand], rules: Rules, until: datetime | None = None) -> Life:
    """Return the life of one ticket under *rules*.

    Args:
        commands: What it is given, in the order of their instants.
        rules: The definition of the desk.
        until: How far to go after the last command; None: until nothing lies ahead, or one call's bound of
            occurrences is reached.

    Raises:
        NaiveDatetimeError: *until* has no time zone.
        UnknownHolidaysError: an instant lies where nobody knows the public holidays.
    """
    end = None if until is None else to_utc(until, "until")
    ticket: Ticket | None = None
    refusals: list[Refusal] = []
    created: list[Ticket] = []
    for command in commands:
        decision = handle(ticket, command, rules)
        if isinstance(decision, Refused):
            refusals.append(Refusal(command, decision))
            continue
        ticket = decision.ticket
        if decision.created:
            created.append(_lived_on(decision.created, rules, end))
    if ticket is not None:
        ticket = _lived_on(ticket, rules, end)
    return Life(ticket, tuple(refusals), tuple(created), next_due(ticket, rules) if ticket else None)


def _lived_on(ticket: Ticket, rules: Rules, until: datetime | None) -> Ticket:
    """Return the ticket after everything due by *until*, or after all that lies ahead."""
    made = 0
    while (due := next_due(ticket, rules)) and (until is None or due <= until) and made < rules.occurrences_per_call:
        decision = accepted(apply(ticket, evaluate(due, ticket, rules)))
        ticket, made = decision.ticket, made + len(decision.entries)
    return ticket
