"""What a rule may ask for: imperative, as data.

Actions that change the ticket are carried out in its history; a message is asked for there and sent by an adapter.
"""

from __future__ import annotations

import attrs

from ticketflow.values import Value


@attrs.frozen
class Move:
    """Take a transition of the workflow."""

    transition: str

    def __str__(self) -> str:
        return f"move by {self.transition}"


@attrs.frozen
class SetField:
    """Set a field for good, whatever held it."""

    field: str
    value: Value

    def __str__(self) -> str:
        return f"set {self.field} to {self.value}"


@attrs.frozen
class HoldField:
    """Let a field read *value* until it is released; what it was is kept aside."""

    field: str
    value: Value

    def __str__(self) -> str:
        return f"hold {self.field} at {self.value}"


@attrs.frozen
class ReleaseField:
    """End the hold on a field: what was kept aside comes back. Without a hold, nothing happens."""

    field: str

    def __str__(self) -> str:
        return f"release {self.field}"


@attrs.frozen
class SendMessage:
    """Ask for a message to be sent.

    Attributes:
        template: The name of its text; the library sends nothing.
        to: The role it goes to.
    """

    template: str
    to: str = "customer"

    def __str__(self) -> str:
        return f"send {self.template} to the {self.to}"


Action = Move | SetField | HoldField | ReleaseField | SendMessage


def is_change(action: Action) -> bool:
    """Return whether carrying out *action* changes what the ticket is, and not only what is sent.

    >>> is_change(Move("close")), is_change(SendMessage("reminder"))
    (True, False)
    """
    return not isinstance(action, SendMessage)
