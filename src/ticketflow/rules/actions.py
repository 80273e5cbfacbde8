"""The actions of rules, as data.

Most actions become events in the ticket's history. Messages, events for other systems and follow-ups are only requested
there; an adapter sends the first two and opens the follow-ups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Literal

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, frozen_value
from ticketflow.kernel.names import person, person_in
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.kernel.typed import typed

__all__ = [
    "Action",
    "AddNote",
    "Assign",
    "AssignTo",
    "CancelSnooze",
    "Emit",
    "FollowUp",
    "HoldField",
    "LookUp",
    "Move",
    "Rate",
    "RecordBreach",
    "RecordWarning",
    "ReleaseField",
    "Resolve",
    "SendMessage",
    "SetField",
    "Wake",
    "person",
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
    """Set a field and end any hold on it."""

    field: str
    value: Value = attrs.field(converter=_value, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"set {self.field} to {self.value}"


def _rows(value: object) -> tuple[tuple[Value, ...], ...]:
    """Return the rows of a table. A mapping from inputs to results is a table, too."""
    if isinstance(value, Mapping):
        value = tuple((*(key if isinstance(key, tuple) else (key,)), result) for key, result in value.items())
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise BadValueError(f"rows is {value!r:.200}", "give a mapping, or a tuple of rows")
    rows = tuple(value)
    for row in rows:
        if isinstance(row, str) or not isinstance(row, Sequence):
            raise BadValueError(f"a row of the table is {row!r:.200}", "give a tuple of values")
    return tuple(tuple(map(_value, row)) for row in rows)


@attrs.frozen
class LookUp:
    """Set a field to the value that a table has for the values of other fields, and end any hold on it.

    If the table has no row for them, nothing happens.

    Attributes:
        field: The name of the field to set.
        inputs: The names of the fields whose values are looked up.
        rows: The table. Each row has a value for each input, in their order, and then the value to set. None stands for
            a field without a value. Python code can also give a mapping from inputs to values.
    """

    field: str
    inputs: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...] = attrs.field(converter=_rows, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def found(self, values: Mapping[str, Value]) -> tuple[Value, ...]:
        """Return the value that the table has for the *values* of fields, as a tuple; empty if it has none.

        >>> table = LookUp("priority", ("impact", "urgency"), {("high", "high"): 1, ("high", "low"): 2})
        >>> table.found({"impact": "high", "urgency": "low"}), table.found({"impact": "low"})
        ((2,), ())
        """
        wanted = tuple(values.get(name) for name in self.inputs)
        return self._results.get(typed(wanted), ())

    @cached_property
    def _results(self) -> dict[object, tuple[Value, ...]]:
        return {typed(row[:-1]): row[-1:] for row in self.rows}

    def __str__(self) -> str:
        return f"look {self.field} up by {' and '.join(self.inputs)}"


@attrs.frozen
class Resolve:
    """Set the outcome of the ticket, unless it has one already.

    Attributes:
        outcome: The outcome, such as ``won``.
        method: The value for the field ``method``; None leaves the field as it is.
    """

    outcome: str
    method: str | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"resolve as {self.outcome}" + (f" by {self.method}" if self.method else "")


@attrs.frozen
class Rate:
    """Rate the ticket on the customer's behalf, unless it has a rating already.

    Attributes:
        score: The score, 1 to 5.
    """

    score: int

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"rate {self.score}"


@attrs.frozen
class HoldField:
    """Hold a field at a value until it is released. The value that it had is kept."""

    field: str
    value: Value = attrs.field(converter=_value, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"hold {self.field} at {self.value}"


@attrs.frozen
class ReleaseField:
    """End the hold on a field and restore the value that was kept. Without a hold, nothing happens."""

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"release {self.field}"


@attrs.frozen
class Assign:
    """Assign the ticket.

    Attributes:
        assignee: The id of the person or robot; None for nobody.
    """

    assignee: str | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"assign to {self.assignee or 'nobody'}"


@attrs.frozen
class AssignTo:
    """Assign the ticket to somebody who is determined when the rule fires. If there is nobody, nothing happens.

    Attributes:
        who: ``actor`` for the person or robot whose command triggered the rule; ``snoozer`` for the one who armed the
            snooze.
    """

    who: Literal["actor", "snoozer"]

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"assign to the {self.who}"


@attrs.frozen
class CancelSnooze:
    """Cancel the snooze. If none is armed, nothing happens."""

    def __str__(self) -> str:
        return "cancel the snooze"


@attrs.frozen
class Wake:
    """End the snooze at its instant. A hidden or resolved ticket comes back to work; an open one gets a note."""

    def __str__(self) -> str:
        return "wake"


@attrs.frozen
class AddNote:
    """Add an internal note to the ticket. Its text is the value of a field.

    Attributes:
        field: The name of the field. An application that shows the note reads the text there.
    """

    field: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"note {self.field}"


@attrs.frozen
class SendMessage:
    """Request a message. The library sends nothing itself.

    Attributes:
        template: The name of the text.
        to: The recipient: ``requester`` or ``customer`` for the requester; ``owner`` for the assignee, or if there is
            none, whoever snoozed the ticket last; another role; a group of the workflow; or `person("id")`.
    """

    template: str
    to: str = "customer"

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        name = person_in(self.to)
        return f"send {self.template} to {name or f'the {self.to}'}"


@attrs.frozen
class Emit:
    """Emit an event for other systems, such as a webhook. The library calls nothing itself.

    It changes nothing, moves no anchor and is not a message.

    Attributes:
        name: The name of the event. It stays as it is when texts change.
        fields: The names of the fields whose values the event records. Those are the values after the step.
    """

    name: str
    fields: tuple[str, ...] = ()

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"emit {self.name}" + (f" with {' and '.join(self.fields)}" if self.fields else "")


@attrs.frozen
class FollowUp:
    """Request a follow-up of the ticket, which must be closed by then. An adapter opens it (`follow_ups`)."""

    def __str__(self) -> str:
        return "open a follow-up"


@attrs.frozen
class RecordWarning:
    """Record a warning of a clock. Only the implied rules of policies with warnings have this action."""

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"warn of {self.clock}"


@attrs.frozen
class RecordBreach:
    """Record the breach of a clock's target. Only the implied rules of policies have this action."""

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"record the breach of {self.clock}"


Action = (
    Move
    | Resolve
    | Rate
    | SetField
    | LookUp
    | HoldField
    | ReleaseField
    | Assign
    | AssignTo
    | CancelSnooze
    | Wake
    | AddNote
    | SendMessage
    | Emit
    | FollowUp
    | RecordWarning
    | RecordBreach
)
"""What a rule does: one of the actions."""
name_kind(Action, "an action, for example SendMessage('reminder')")


def is_change(action: Action) -> bool:
    """Return whether *action* changes the ticket, and does not only request or record something.

    >>> is_change(Move("close")), is_change(SendMessage("reminder"))
    (True, False)
    """
    return not isinstance(action, SendMessage | Emit | FollowUp | RecordWarning | RecordBreach)
