"""What a check of a rule set finds, and the short lives that show it.

A finding about what can happen carries a *witness*: commands which the real engine takes one after the other, and what
it does with them. A finding about what cannot happen says which space was searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, get_args

import attrs

from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.tickets import events
from ticketflow.tickets.commands import AnyCommand
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
        return (automatic_steps(life.ticket), life.ticket.state) == (self.steps, self.state)


def witnessed(commands: tuple[AnyCommand, ...], until: datetime, rules: Rules) -> Witness:
    """Return the witness of a life whose commands are all accepted: what happens in it is what the engine does."""
    life = simulate(commands, rules, until)
    assert life.ticket is not None  # noqa: S101 -- the first command opens it
    return Witness(commands, until, automatic_steps(life.ticket), life.ticket.state)


def automatic_steps(ticket: Ticket) -> tuple[str, ...]:
    """Return the rule of each automatic entry of a ticket's history, in order; ``halted`` for a bound."""
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


class Code(NamedTuple):
    """What the findings of one code have in common.

    Attributes:
        severity: How much they matter.
        why: Why they matter.
        searched_severity: How much they matter where only a search shows it; None for the same.
    """

    severity: Severity
    why: str
    searched_severity: Severity | None = None


CODES: Mapping[str, Code] = {
    "always_true": Code("warning", "a condition that always holds decides nothing, although its author expected it to"),
    "bad_id": Code("error", "no person can have this id, so no command can have named it"),
    "calendar_ends": Code("warning", "after that year nothing on this calendar is due; plans say from when on"),
    "dead_transition": Code("warning", "no ticket ever takes it"),
    "ended_at_once": Code("warning", "the rule was meant for these tickets and never waits for them"),
    "feeds_itself": Code("error", "only a bound stops it; the rules are then halted until the next outside event"),
    "frozen_where_armed": Code(
        "warning", "the clock stands still while the rule waits for it, so the rule is never due"
    ),
    "ladder_out_of_order": Code(
        "error", "a rung never comes before its predecessor, so the later one is never due first"
    ),
    "mask_without_bound": Code("warning", "rules are held back there until somebody remembers the ticket"),
    "message_storm": Code("warning", "recipients stop reading after the first few messages"),
    "never_fires": Code("error", "the rule has no effect on any ticket", searched_severity="warning"),
    "never_true": Code("error", "whatever depends on this condition never happens"),
    "no_effect": Code("warning", "it changes nothing, although its author expected it to"),
    "no_way_to_end": Code("warning", "tickets that reach it can never be closed"),
    "opposite_outcomes": Code("warning", "the first rule by rank and id ends the ticket; the other outcome is lost"),
    "order_sensitive": Code("warning", "only the ids of the rules decide which acts first"),
    "redundant_rule": Code("warning", "both rules act at the same time, so messages are sent twice"),
    "reminder_after_close": Code("warning", "people are reminded of a ticket that is closed"),
    "rots": Code("info", "a forgotten ticket stays there until somebody looks for it"),
    "shadowed_row": Code("warning", "the first row that fits is used, so this one never is"),
    "sla_gap": Code("warning", "time is measured there but nothing is promised"),
    "text_missing": Code("warning", "some readers see another language, or the name of the definition"),
    "unreachable_state": Code("warning", "no ticket is ever in it"),
    "unused_name": Code("info", "unused definitions were forgotten, or were meant to be used"),
}
"""Every code of a finding. Codes are stable; docs/checks.md explains each."""


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
