"""What a check of a rule set finds, and the short lives that show it.

A finding about what can happen carries a *witness*: commands which the real engine takes one after the other, and what
it does with them. A finding about what cannot happen says which space was searched.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

import attrs

from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.tickets.commands import AnyCommand
from ticketflow.tickets.events import ByBound, ByRule, Entry
from ticketflow.tickets.ticket import Ticket

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""*error*: it cannot have been meant; *warning*: it hurts, or is easily meant otherwise; *info*: worth knowing."""

HALTED = "halted"
"""What stands for rules that were put to rest among the steps of a witness; no rule can be named so by accident."""


@attrs.frozen
class Witness:
    """A short life that shows a finding.

    Attributes:
        commands: What is asked of the ticket, in the order of their instants; all are accepted.
        until: How far to let time go after the last of them.
        steps: What happens by itself: the id of the rule of each automatic entry, in order; ``halted`` for a bound.
        state: The state in which it ends.
    """

    commands: tuple[AnyCommand, ...]
    until: datetime
    steps: tuple[str, ...]
    state: str

    def replays(self, rules: Rules) -> bool:
        """Return whether the engine does under *rules* what the witness says.

        Raises:
            TicketflowError: the commands are such as nobody could give.
        """
        life = simulate(self.commands, rules, self.until)
        if life.ticket is None or life.refusals:
            return False
        return (steps_of(life.ticket), life.ticket.state) == (self.steps, self.state)


def witnessed(commands: tuple[AnyCommand, ...], until: datetime, rules: Rules) -> Witness:
    """Return the witness of a life whose commands are all accepted: what happens in it is what the engine does."""
    life = simulate(commands, rules, until)
    assert life.ticket is not None  # noqa: S101 -- the first command opens it
    return Witness(commands, until, steps_of(life.ticket), life.ticket.state)


def steps_of(ticket: Ticket) -> tuple[str, ...]:
    """Return the rule of each automatic entry of a ticket's history, in order; ``halted`` for a bound."""
    return tuple(step for entry in ticket.history if (step := _step(entry)) is not None)


def _step(entry: Entry) -> str | None:
    match entry.cause:
        case ByRule(key=key):
            return key.rule
        case ByBound():
            return HALTED
        case _:
            return None


@attrs.frozen
class Finding:
    """Something about a rule set that is wrong, hurts, or is worth knowing.

    Attributes:
        code: Which kind of finding; stable.
        severity: How much it matters.
        path: Where it stands in the definition: names of attributes, and of what they list.
        what: What was found.
        why: Why it matters.
        fix: What would be right.
        witness: A life that shows it, for what can happen.
        searched: The space that was searched, for what cannot.
    """

    code: str
    severity: Severity
    path: tuple[str, ...]
    what: str
    why: str
    fix: str
    witness: Witness | None = None
    searched: str | None = None

    @property
    def place(self) -> str:
        """Where it stands, in words.

        >>> Finding("x", "info", ("automations", "close", "given"), "", "", "").place
        'automations close, given'
        """
        return " ".join(self.path[:2]) + "".join(f", {part}" for part in self.path[2:])

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.place}: {self.what}; {self.fix}"
