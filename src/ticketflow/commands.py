"""What people and machines ask of a ticket: imperative, and possibly refused.

Every command says when (``at``) and by whom (``by``). It may carry an ``event_id``, by which a repeated delivery is
known, and the ``expected_version`` of the ticket that its sender had seen.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketflow.checks import refuse_wrong_types
from ticketflow.values import Actor, FrozenMap, Message, Value, check_id, freeze_fields, to_utc


def _at(value: datetime) -> datetime:
    return to_utc(value, "at")


def _event_id(value: str | None) -> str | None:
    return None if value is None else check_id(value, "event id")


def _ticket_id(value: str) -> str:
    return check_id(value, "ticket id")


def _assignee(value: str | None) -> str | None:
    return None if value is None else check_id(value, "assignee")


@attrs.frozen(kw_only=True)
class Command:
    """What every command carries.

    Attributes:
        at: When it is meant to hold; aware, UTC inside.
        by: Who gives it.
        event_id: The id of its delivery; one already taken changes nothing.
        expected_version: The version of the ticket its sender saw; another one is refused as stale.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        BadValueError: an id is not ASCII, or something is of the wrong type.
    """

    at: datetime = attrs.field(converter=_at)
    by: Actor
    event_id: str | None = attrs.field(default=None, converter=_event_id)
    expected_version: int | None = None

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)


@attrs.frozen
class Open(Command):
    """Begin a ticket.

    Attributes:
        ticket: Its id, chosen by the caller; ASCII.
        fields: What its fields hold to begin with.
        message: The message that opens it, if one does.
        assignee: Who works on it from the start, if anybody.
    """

    ticket: str = attrs.field(converter=_ticket_id)
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)
    message: Message | None = None
    assignee: str | None = attrs.field(default=None, converter=_assignee)


@attrs.frozen
class FollowUp(Command):
    """Go on from a closed ticket with a new one, which keeps the closed one's history.

    Attributes:
        new_ticket: The new ticket's id; ASCII.
        fields: What its fields hold to begin with.
        message: The message that opens it, if one does.
    """

    new_ticket: str = attrs.field(converter=_ticket_id)
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)
    message: Message | None = None


@attrs.frozen
class AddMessage(Command):
    """Put a message, or an internal note, on the ticket; who gives the command wrote it."""

    message: Message


@attrs.frozen
class Assign(Command):
    """Give the ticket to somebody to work on; None to nobody."""

    assignee: str | None = attrs.field(converter=_assignee)


@attrs.frozen
class Move(Command):
    """Take a transition of the workflow.

    Attributes:
        transition: Its name.
        message: The message that goes with it, where the transition asks for one.
        fields: Fields set in the same step.
    """

    transition: str
    message: Message | None = None
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)


@attrs.frozen
class SetFields(Command):
    """Set fields of the ticket."""

    fields: FrozenMap[str, Value] = attrs.field(converter=freeze_fields)


@attrs.frozen
class ReviewClassification(Command):
    """Replace the classification, where the rules let reviewers do so."""

    classification: str


@attrs.frozen
class Rate(Command):
    """Answer the satisfaction survey.

    Attributes:
        score: A whole number from 1 to 5, 5 the best.
    """

    score: int


@attrs.frozen
class RecordEvent(Command):
    """Record that something happened outside, such as the release of a version."""

    event: str


AnyCommand = Open | FollowUp | AddMessage | Assign | Move | SetFields | ReviewClassification | Rate | RecordEvent

NAMES: FrozenMap[type[Command], str] = FrozenMap(
    {
        Open: "open",
        FollowUp: "follow_up",
        AddMessage: "add_message",
        Assign: "assign",
        Move: "move",
        SetFields: "set_fields",
        ReviewClassification: "review_classification",
        Rate: "rate",
        RecordEvent: "record_event",
    }
)
"""What each command is called in permissions, histories and files; renaming a class changes no stored ticket."""
