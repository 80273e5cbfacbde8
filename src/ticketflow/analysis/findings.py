"""Findings of the check of a rule set, and their codes.

A finding about something that can happen has a *witness*: a short history that the engine produces. A finding about
something that cannot happen says which space was searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, get_args

import attrs

from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.tickets import events
from ticketflow.tickets.commands import Command
from ticketflow.tickets.ticket import Ticket

Severity = Literal["error", "warning", "info"]
"""How serious a finding is."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""*error*: this cannot be intended; *warning*: this is harmful or likely a mistake; *info*: this is worth knowing."""

HALTED = "halted"
"""The step of a witness at which a bound halted rules."""


@attrs.frozen
class Witness:
    """A short history that shows a finding.

    Attributes:
        commands: The commands, in the order of their instants; all are accepted.
        until: The instant up to which time passes after the last command.
        steps: The rule id of each automatic entry, in order; ``halted`` for a bound.
        state: The state at the end.
    """

    commands: tuple[Command, ...]
    until: datetime
    steps: tuple[str, ...]
    state: str

    def replays(self, rules: Rules) -> bool:
        """Return whether the engine reproduces the witness under *rules*.

        Raises:
            TicketflowError: a command is malformed.
        """
        simulation = simulate(self.commands, rules, self.until)
        if simulation.ticket is None or simulation.refusals:
            return False
        return (automatic_steps(simulation.ticket), simulation.ticket.state) == (self.steps, self.state)


def make_witness(commands: tuple[Command, ...], until: datetime, rules: Rules) -> Witness:
    """Return the witness of a sequence of commands, all of which the engine accepts."""
    ticket = simulate(commands, rules, until).ticket
    assert ticket is not None  # noqa: S101 -- the first command opens it
    return Witness(commands, until, automatic_steps(ticket), ticket.state)


def automatic_steps(ticket: Ticket) -> tuple[str, ...]:
    """Return the rule id of each automatic entry of the history, in order; ``halted`` for a bound."""
    return tuple(step for entry in ticket.history if (step := _step(entry)) is not None)


def _step(entry: events.Entry) -> str | None:
    match entry.cause:
        case events.ByRule(key=key):
            return key.rule
        case events.ByBound():
            return HALTED
        case _:
            return None


@attrs.frozen
class Finding:
    """A likely mistake in a rule set, or something worth knowing about it.

    Attributes:
        code: The kind of finding. Codes are stable.
        severity: The severity.
        path: The location in the rule set: names of attributes and of the items they list.
        what: What is wrong.
        why: Why it matters.
        fix: How to fix it.
        witness: A short history that shows it, for something that can happen.
        searched: The space that was searched, for something that cannot happen.
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
        """The path in words.

        >>> Finding("x", "info", ("automations", "close", "given"), "", "", "").place
        'automations close, given'
        """
        return " ".join(self.path[:2]) + "".join(f", {part}" for part in self.path[2:])

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.place}: {self.what}; {self.fix}"


class Code(NamedTuple):
    """The properties that all findings of one code share.

    Attributes:
        severity: The severity.
        why: Why it matters.
        searched_severity: The severity of findings by search only; None for the same.
    """

    severity: Severity
    why: str
    searched_severity: Severity | None = None


CODES: Mapping[str, Code] = {
    "always_true": Code("warning", "a condition that always holds has no effect, although its author expected one"),
    "answer_ignored": Code("warning", "customers are asked again although they have answered"),
    "bad_id": Code("error", "no person can have this id, so no command can have named it"),
    "calendar_ends": Code(
        "warning", "nothing is computed on this calendar beyond its last known year; plans report from which instant on"
    ),
    "closed_week": Code("info", "nothing that counts open time moves on for a week or longer"),
    "dead_transition": Code("warning", "no ticket ever takes it"),
    "ended_at_once": Code("warning", "the rule was meant for these tickets and never waits for them"),
    "feeds_itself": Code(
        "error", "only a bound stops the loop; the rules are then halted until the next outside entry"
    ),
    "frozen_where_armed": Code(
        "warning", "the clock is frozen while the rule waits for it, so the rule is due at once or never"
    ),
    "ladder_out_of_order": Code(
        "error", "a rung never fires before the previous one, so its time is not what the definition says"
    ),
    "list_ends": Code("warning", "from then on working time is counted on holidays, and nobody notices"),
    "lost_minute": Code("warning", "each night of open time is a minute short, so deadlines move"),
    "mask_without_bound": Code("warning", "rules are held there until somebody remembers the ticket"),
    "message_storm": Code("warning", "recipients stop reading after the first few messages"),
    "never_fires": Code("error", "the rule has no effect on any ticket", searched_severity="warning"),
    "never_true": Code("error", "nothing that depends on this condition ever happens"),
    "no_effect": Code("warning", "it has no effect, although its author expected one"),
    "no_way_to_end": Code("warning", "tickets there can never be closed"),
    "not_checked": Code("info", "there may be further findings"),
    "opposite_outcomes": Code("warning", "the first rule by rank and id ends the ticket; the other outcome is lost"),
    "order_sensitive": Code("warning", "only the ids of the rules decide which acts first"),
    "redundant_rule": Code("warning", "both rules act at the same time, so messages are sent twice"),
    "reminder_after_close": Code("warning", "people are reminded of a ticket that is closed"),
    "repeats_rungs": Code("warning", "the same message is sent twice, or the same step is taken twice"),
    "rots": Code("info", "a forgotten ticket stays there until somebody looks for it"),
    "shadowed_row": Code("warning", "the first row that fits is used, so this one never is"),
    "sla_gap": Code("warning", "time is measured, but there is no target to meet"),
    "table_gap": Code("warning", "for these values the rule leaves the field as it is"),
    "text_missing": Code("warning", "some readers see another language, or a technical name"),
    "unreachable_state": Code("warning", "no ticket is ever in it"),
    "unused_name": Code("info", "it was forgotten, or was meant to be used"),
}
"""The properties of each code. docs/checks.md explains the codes."""


def make_finding(
    code: str,
    path: tuple[str, ...],
    what: str,
    fix: str,
    *,
    witness: Witness | None = None,
    searched: str | None = None,
) -> Finding:
    """Return a finding with the severity and the reason of its code.

    >>> str(make_finding("rots", ("workflow", "states", "waiting"), "no rule leaves it", "add one"))
    'info rots: workflow states, waiting: no rule leaves it; add one'
    """
    known = CODES[code]
    severity = known.severity if searched is None else known.searched_severity or known.severity
    return Finding(code, severity, path, what, known.why, fix, witness, searched)
