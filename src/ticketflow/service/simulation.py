"""Simulate a ticket: apply commands and everything that falls due, from one due instant to the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.engine.decisions import Decision, Refused
from ticketflow.engine.handling import advance_before, handle
from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.tickets.commands import Command, FollowUp
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class Refusal:
    """A command that was refused during a simulation, with the answer.

    Attributes:
        command: The command.
        refused: The answer, which has the reasons.
    """

    command: Command
    refused: Refused


@attrs.frozen
class Simulation:
    """The result of a simulation.

    Attributes:
        ticket: The ticket at the end; None if no command opened it.
        refusals: The commands that were refused, in order.
        created: The other tickets that the commands opened, as they were opened.
        next_due: The next instant at which something is due; None if none is known.
        unknown_from: The instant from which it is not known what is due, because public holidays are not known; None
            if everything is known.
    """

    ticket: Ticket | None
    refusals: tuple[Refusal, ...] = ()
    created: tuple[Ticket, ...] = ()
    next_due: datetime | None = None
    unknown_from: datetime | None = None


def give(
    ticket: Ticket | None, command: Command, rules: Rules, stored: Ticket | None = None
) -> tuple[Ticket | None, Decision]:
    """Give a command to a ticket, advanced first if more is due than one call carries out.

    *stored* is the ticket that the command opened earlier, as for `handle`.

    Returns:
        The ticket after it, or as it was if the command is refused, and the answer.
    """
    decision = handle(ticket, command, rules, stored)
    if ticket is not None and isinstance(decision, Refused) and decision.kinds == {"behind"}:
        ticket = advance_before(command.at, ticket, rules)
        decision = handle(ticket, command, rules, stored)
    return (ticket, decision) if isinstance(decision, Refused) else (decision.ticket, decision)


def simulate(
    commands: Iterable[Command], rules: Rules, until: datetime | None = None, ticket: Ticket | None = None
) -> Simulation:
    """Simulate one ticket under *rules*.

    Args:
        commands: The commands to the ticket, in the order of their instants.
        rules: The rule set.
        until: The instant until which due entries are applied after the last command; aware. None means until nothing
            more is due.
        ticket: The ticket at the start, for example one that a command to another ticket created. None if the first
            command opens it.

    Raises:
        NaiveDatetimeError: *until* has no time zone.
        BadValueError: An argument has the wrong type.

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
    for command in items_of(commands, Command, "commands"):
        ticket, decision = give(ticket, command, rules, _stored(command, ticket, created))
        if isinstance(decision, Refused):
            refusals.append(Refusal(command, decision))
            continue
        created += [decision.created] if decision.created and not decision.is_repeated else []
    if ticket is None:
        return Simulation(None, tuple(refusals))
    while (due := next_due(ticket, rules)) and (end is None or due <= end):
        ticket = apply(ticket, evaluate(due, ticket, rules)).unwrap().ticket
    return Simulation(ticket, tuple(refusals), tuple(created), next_due(ticket, rules), unknown_from(ticket, rules))


def _stored(command: Command, ticket: Ticket | None, created: list[Ticket]) -> Ticket | None:
    """Return the ticket that has the id of the follow-up that *command* opens; None if there is none."""
    name = command.ticket_id(ticket.id) if isinstance(command, FollowUp) and ticket else None
    return next((each for each in created if each.id == name), None)
