"""Whole lives of tickets: commands in, everything that became of them out, jumping from one due instant to the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.engine.decisions import Refused
from ticketflow.engine.handling import handle
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.engine.timers import unknown_from
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.tickets.commands import AnyCommand
from ticketflow.tickets.ticket import Ticket


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
        created: Tickets that its commands opened beside it, as they began.
        next_due: When something would be due next; None if never, as far as is known.
        unknown_from: From when on nobody knows what is due, for want of public holidays; None if all is known.
    """

    ticket: Ticket | None
    refusals: tuple[Refusal, ...] = ()
    created: tuple[Ticket, ...] = ()
    next_due: datetime | None = None
    unknown_from: datetime | None = None


def simulate(
    commands: Iterable[AnyCommand], rules: Rules, until: datetime | None = None, ticket: Ticket | None = None
) -> Life:
    """Return the life of one ticket under *rules*.

    Args:
        commands: What it is given, in the order of their instants.
        rules: The definition of the desk.
        until: How far to go after the last command; None: until nothing lies ahead.
        ticket: How it begins, where a command to another ticket created it; None if the first command opens it.

    Raises:
        NaiveDatetimeError: *until* has no time zone.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> ada, noon = Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = commands.Open("T-1", at=noon, by=ada)
    >>> simulate([opened, commands.Move("to_resolved", at=noon, by=ada)], servicenow()).ticket.changed_at.day
    24
    """
    end = None if until is None else to_utc(until, "until")
    check_rules(rules)
    check_argument(ticket, Ticket | None, "ticket")
    refusals: list[Refusal] = []
    created: list[Ticket] = []
    for command in items_of(commands, AnyCommand, "commands"):
        decision = handle(ticket, command, rules)
        if isinstance(decision, Refused):
            refusals.append(Refusal(command, decision))
            continue
        ticket = decision.ticket
        created += [decision.created] if decision.created else []
    if ticket is None:
        return Life(None, tuple(refusals))
    ticket = _lived_on(ticket, rules, end)
    return Life(ticket, tuple(refusals), tuple(created), next_due(ticket, rules), unknown_from(ticket, rules))


def _lived_on(ticket: Ticket, rules: Rules, until: datetime | None) -> Ticket:
    """Return the ticket after everything due by *until*, or after all that lies ahead."""
    while (due := next_due(ticket, rules)) and (until is None or due <= until):
        ticket = apply(ticket, evaluate(due, ticket, rules)).unwrap().ticket
    return ticket
