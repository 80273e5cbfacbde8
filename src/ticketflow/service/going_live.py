"""Import the past of a ticket: its commands are given again, and rules do nothing about them.

Source: docs/semantics.md 3.17.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.engine.decisions import Refused
from ticketflow.engine.handling import advance_before
from ticketflow.engine.refusals import Reason
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.service.simulation import give
from ticketflow.tickets.commands import Command
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class ImportRefusal:
    """A command of the past that was refused.

    Attributes:
        index: Its place among the commands, from 0.
        command: The command.
        reasons: Every reason.
    """

    index: int
    command: Command
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        return f"commands[{self.index}]: " + "; ".join(map(str, self.reasons))


@attrs.frozen
class ImportedHistory:
    """A ticket whose past was imported.

    Attributes:
        ticket: The ticket as it stands when the rules come into force; None if no command opened it.
        rules: The rule set to go on with. It is in force from the instant of going live.
        refused: The commands that were refused, in order. The others were accepted.
        created: The other tickets that the commands opened, as they were opened.
    """

    ticket: Ticket | None
    rules: Rules
    refused: tuple[ImportRefusal, ...] = ()
    created: tuple[Ticket, ...] = ()


def import_history(
    commands: Iterable[Command], rules: Rules, going_live: datetime, *, strict: bool = False
) -> ImportedHistory:
    """Give a ticket the commands of its past, under rules that are in force from *going_live* only.

    Automations and ladders do nothing before that instant: they send no messages and move no tickets. Ends of snoozes,
    and warnings and breaches of clocks, are recorded at their own instants. Commands from that instant on are given to
    the ticket as usual.

    Go on with the rule set of the answer. Under a rule set without the instant, the rules would act on the past. Give
    that rule set for the next ticket, too: a rule set that is in force from *going_live* is used as it is, and one that
    is not is made ready again for each ticket.

    Args:
        commands: The commands to one ticket, in the order in which they were given.
        rules: The rule set. If it is in force from a later instant, that one stays.
        going_live: The instant from which the rules are in force; aware.
        strict: Whether a command is refused as ``bad_value`` if its instant is before that of a command in front of it.
            Otherwise it takes effect later than it says, as late commands do.

    Raises:
        NaiveDatetimeError: *going_live* has no time zone.
        BadValueError: An argument has the wrong type.

    Source: docs/semantics.md 3.8, 3.17.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> ada, noon = Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> past = [commands.Open("T-1", at=noon, by=ada), commands.Move("to_resolved", at=noon, by=ada)]
    >>> imported = import_history(past, servicenow(), datetime(2026, 12, 1, tzinfo=UTC))
    >>> imported.ticket.state, imported.refused, imported.rules.in_force_from.isoformat()
    ('resolved', (), '2026-12-01T00:00:00+00:00')
    """
    live_from = to_utc(going_live, "going_live")
    check_rules(rules)
    check_argument(strict, bool, "strict")
    known = rules.in_force_from
    in_force = attrs.evolve(rules, in_force_from=live_from) if known is None or known < live_from else rules
    ticket: Ticket | None = None
    latest: datetime | None = None
    refused, created = list[ImportRefusal](), list[Ticket]()
    for index, command in enumerate(items_of(commands, Command, "commands")):
        if strict and latest is not None and command.at < latest:
            refused.append(ImportRefusal(index, command, (_out_of_order(command.at, latest),)))
            continue
        latest = command.at
        ticket, decision = give(ticket, command, in_force)
        if isinstance(decision, Refused):
            refused.append(ImportRefusal(index, command, decision.reasons))
        elif decision.created:
            created.append(decision.created)
    if ticket is not None:
        ticket = advance_before(live_from, ticket, in_force)
    return ImportedHistory(ticket, in_force, tuple(refused), tuple(created))


def _out_of_order(at: datetime, latest: datetime) -> Reason:
    what = f"the command is at {at.isoformat()}, and one in front of it at {latest.isoformat()}"
    return Reason("bad_value", what, "give the commands in the order of their instants")
