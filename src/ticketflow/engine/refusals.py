"""Why a command was not taken: a closed set of kinds, each reason with what would help.

Source: docs/semantics.md 2.1, 2.4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from ticketflow.tickets import events

RefusalCode = Literal[
    "no_such_transition",
    "guard",
    "missing_fields",
    "not_allowed",
    "state_not_enabled",
    "closed_for_good",
    "bad_value",
    "stale",
    "not_found",
]
"""Why a command can be refused; there is no other way."""


@attrs.frozen
class Reason:
    """One reason for a refusal.

    Attributes:
        kind: Which of the closed set it is.
        what: What stands against the command.
        help: What would help.
        expected_at: When it will happen by itself, where it will.
        lacks: What would have to come with the command for this reason to go: names of fields, ``message`` or
            ``resolution``.
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
