"""Reasons for refusing a command: a closed set of codes, each with the case in which it occurs.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.tickets import events

RefusalCode = Literal[
    "already_there",
    "no_such_transition",
    "guard",
    "missing_fields",
    "not_allowed",
    "state_not_enabled",
    "closed_for_good",
    "bad_value",
    "stale",
    "behind",
    "not_found",
]
"""The codes of all reasons for which a command can be refused."""

REFUSAL_CODES: FrozenMap[RefusalCode, str] = FrozenMap(
    {
        "already_there": (
            "The transition leads to the state in which the ticket already is, and does not lead from that state."
        ),
        "no_such_transition": (
            "The transition does not exist, or does not lead from the ticket's state; "
            "the command opens a ticket that already exists; "
            "or it is to be reopened, but is not hidden and no transition reopens it."
        ),
        "guard": (
            "A condition does not hold: that of the transition, of the permission, or of the command itself, "
            "such as a survey that is not open or a snooze that is not pending; or a rule holds the field."
        ),
        "missing_fields": (
            "The transition or the opening needs a field, a message or a resolution that is not there; "
            "`Reason.lacks` names what is missing."
        ),
        "not_allowed": (
            "The actor has none of the roles and groups that may do it; "
            "or nobody may, because the transition is left to the rules."
        ),
        "state_not_enabled": "The transition leads to a state that is not enabled.",
        "closed_for_good": "The ticket is closed; only a follow-up is accepted, and a rating where the survey is open.",
        "bad_value": (
            "The command carries a value that is not allowed here: a field's value, a score, an id, "
            "or a moment that is not in the future."
        ),
        "stale": "The ticket has another version than the command or the plan expects.",
        "behind": (
            "More occurrences are due before the command than one call carries out; the ticket must be advanced first."
        ),
        "not_found": (
            "Something that the command names does not exist: the ticket, a state, a field, an outside event, "
            "a choice of snooze; or the rule set has no such feature."
        ),
    }
)
"""The cases in which each reason occurs; docs/refusals.md shows this table."""


@attrs.frozen
class Reason:
    """One reason for a refusal.

    Attributes:
        kind: The code, from a closed set.
        what: What is wrong.
        help: What would help.
        expected_at: When a rule will do it, if one will.
        lacks: What must come with the command for this reason to go: names of fields, ``message`` or ``resolution``.
        between: For a stale command, the entries that its sender had not seen.
    """

    kind: RefusalCode
    what: str
    help: str
    expected_at: datetime | None = None
    lacks: tuple[str, ...] = ()
    between: tuple[events.Entry, ...] = attrs.field(default=(), repr=False)

    def __str__(self) -> str:
        return f"{self.what}; {self.help}"
