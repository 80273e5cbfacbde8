"""What a rule may ask for: imperative, as data.

Actions that change the ticket are carried out in its history; a message is asked for there and sent by an adapter.
"""

from __future__ import annotations

from typing import Literal

import attrs

from ticketflow.kernel.field_values import Value, frozen_value
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.kernel.typed import typed

__all__ = [
    "Action",
    "AddNote",
    "Assign",
    "AssignTo",
    "CancelSnooze",
    "FollowUp",
    "HoldField",
    "Move",
    "Rate",
    "RecordBreach",
    "RecordWarning",
    "ReleaseField",
    "Resolve",
    "SendMessage",
    "SetField",
    "Wake",
]


def _value(value: Value) -> Value:
    return frozen_value(value, "a field's value")


@attrs.frozen
class Move:
    """Take a transition of the workflow."""

    transition: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"move by {self.transition}"


@attrs.frozen
class SetField:
    """Set a field for good, whatever held it."""

    field: str
    value: Value = attrs.field(converter=_value, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"set {self.field} to {self.value}"


@attrs.frozen
class Resolve:
    """Say how the ticket ended, unless it has an outcome already: of two that would, the first one does.

    Attributes:
        outcome: The outcome, such as ``won``.
        method: In which way, for the field ``method``; None leaves that as it is.
    """

    outcome: str
    method: str | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"resolve as {self.outcome}" + (f" by {self.method}" if self.method else "")


@attrs.frozen
class Rate:
    """Give a rating in the customer's place, unless the ticket has one already.

    Attributes:
        score: 1 to 5.
    """

    score: int

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"rate {self.score}"


@attrs.frozen
class HoldField:
    """Let a field read *value* until it is released; what it was is kept aside."""

    field: str
    value: Value = attrs.field(converter=_value, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"hold {self.field} at {self.value}"


@attrs.frozen
class ReleaseField:
    """End the hold on a field: what was kept aside comes back. Without a hold, nothing happens."""

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"release {self.field}"


@attrs.frozen
class Assign:
    """Give the ticket to somebody to work on.

    Attributes:
        assignee: Who; None for nobody.
    """

    assignee: str | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"assign to {self.assignee or 'nobody'}"


@attrs.frozen
class AssignTo:
    """Give the ticket to somebody who is found when it comes to it; where there is none, nothing happens.

    Attributes:
        who: ``actor``: the person or robot whose command set the rule off; ``snoozer``: whoever armed the snooze.
    """

    who: Literal["actor", "snoozer"]

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"assign to the {self.who}"


@attrs.frozen
class CancelSnooze:
    """Disarm the snooze; where none is armed, nothing happens."""

    def __str__(self) -> str:
        return "cancel the snooze"


@attrs.frozen
class Wake:
    """End the snooze at its moment: a ticket that sleeps or is resolved comes back to work, an open one gets a note."""

    def __str__(self) -> str:
        return "wake"


@attrs.frozen
class AddNote:
    """Put an internal note on the ticket whose text is what a field holds.

    Attributes:
        field: The field; a store that shows the note reads it there.
    """

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"note {self.field}"


@attrs.frozen
class SendMessage:
    """Ask for a message to be sent.

    Attributes:
        template: The name of its text; the library sends nothing.
        to: The role it goes to, or ``owner`` for whoever works on the ticket, else whoever snoozed it.
    """

    template: str
    to: str = "customer"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"send {self.template} to the {self.to}"


@attrs.frozen
class FollowUp:
    """Ask for a follow-up of the ticket, which must be closed by then; an adapter opens it (`follow_ups`)."""

    def __str__(self) -> str:
        return "open a follow-up"


@attrs.frozen
class RecordWarning:
    """Record that a clock is about to miss its target: what policies that warn do by themselves."""

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"warn of {self.clock}"


@attrs.frozen
class RecordBreach:
    """Record that a clock missed its target: what every policy does by itself."""

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"record the breach of {self.clock}"


Action = (
    Move
    | Resolve
    | Rate
    | SetField
    | HoldField
    | ReleaseField
    | Assign
    | AssignTo
    | CancelSnooze
    | Wake
    | AddNote
    | SendMessage
    | FollowUp
    | RecordWarning
    | RecordBreach
)
name_kind(Action, "an action, for example SendMessage('reminder')")


def is_change(action: Action) -> bool:
    """Return whether carrying out *action* changes what the ticket is, and not only what is sent.

    >>> is_change(Move("close")), is_change(SendMessage("reminder"))
    (True, False)
    """
    return not isinstance(action, SendMessage | FollowUp | RecordWarning | RecordBreach)
