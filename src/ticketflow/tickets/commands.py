"""What people and machines ask of a ticket: imperative, and possibly refused.

Every command says when (``at``) and by whom (``by``). It may carry an ``event_id``, by which a repeated delivery is
known, and the ``expected_version`` of the ticket that its sender had seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, check_number, freeze_fields
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_id, check_name, check_text, names
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.messages import Message


def _at(value: datetime) -> datetime:
    return to_utc(value, "at")


def _event_id(value: str | None) -> str | None:
    return None if value is None else check_id(value, "event id")


def _ticket_id(value: str) -> str:
    return check_id(value, "ticket id")


def _hint_names(value: Iterable[str]) -> frozenset[str]:
    return names(value, "without_hints")


def _why(value: str) -> str:
    return check_text(value, "why")


def _optional_why(value: str | None) -> str | None:
    return None if value is None else _why(value)


def _until(value: datetime | None) -> datetime | None:
    return None if value is None else to_utc(value, "until")


def _kind(value: str) -> str:
    return check_name(value, "kind of link")


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
        without_hints: Names of hints that its sender has seen often enough; they are left out of the answer.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        BadValueError: an id is not ASCII, or something is of the wrong type.
    """

    at: datetime = attrs.field(converter=_at)
    by: Actor
    event_id: str | None = attrs.field(default=None, converter=_event_id)
    expected_version: int | None = None
    without_hints: frozenset[str] = attrs.field(default=frozenset(), converter=_hint_names)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        check_number(self.expected_version or 0, "expected_version")


@attrs.frozen
class Open(Command):
    """Begin a ticket.

    Attributes:
        ticket: Its id, chosen by the caller; ASCII.
        fields: What its fields hold to begin with.
        message: The message that opens it, if one does.
        assignee: Who works on it from the start, if anybody.
        state: Where it begins; None for where tickets of this actor usually begin.
    """

    ticket: str = attrs.field(converter=_ticket_id)
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)
    message: Message | None = None
    assignee: str | None = attrs.field(default=None, converter=_assignee)
    state: str | None = None


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
class GiveBack(Command):
    """Return the ticket, so that nobody works on it and somebody else can take it."""


@attrs.frozen
class Decline(Command):
    """Give the work back as a robot that can't do it.

    Attributes:
        why: What stood in its way; plain text in one line.
    """

    why: str = attrs.field(converter=_why)


@attrs.frozen
class Move(Command):
    """Take a transition of the workflow: submit, wait, resolve, close, whatever the desk calls it.

    Attributes:
        transition: Its name.
        message: The message that goes with it, where the transition asks for one.
        fields: Fields set in the same step; conditions of the transition read them.
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

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_number(self.score, "score")


@attrs.frozen
class RecordEvent(Command):
    """Record that something happened outside, such as the release of a version."""

    event: str


@attrs.frozen
class Reopen(Command):
    """Bring the ticket back to work: one that sleeps surfaces, a resolved one takes the workflow's way back.

    Attributes:
        message: The message that goes with it, where the way back asks for one.
    """

    message: Message | None = None


@attrs.frozen
class Snooze(Command):
    """Put the ticket to sleep, out of sight until a moment; a snooze before it is replaced.

    Attributes:
        until: The moment; it must lie ahead.
        choice: Instead, the name of one of the desk's choices, such as ``tomorrow``.
        why: What for; plain text in one line.

    Raises:
        BadValueError: both a moment and a choice are given, or neither.
    """

    until: datetime | None = attrs.field(default=None, converter=_until)
    choice: str | None = None
    why: str | None = attrs.field(default=None, converter=_optional_why)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if (self.until is None) is (self.choice is None):
            raise BadValueError("a snooze until both a moment and a choice, or neither", "give one of the two")


@attrs.frozen
class CancelSnooze(Command):
    """Disarm the snooze of a ticket that is awake."""


@attrs.frozen
class Link(Command):
    """Record that the ticket has to do with another one.

    Attributes:
        other: The other one's id; ASCII.
        kind: How they belong together, a lower-case name.
    """

    other: str = attrs.field(converter=_ticket_id)
    kind: str = attrs.field(default="related", converter=_kind)


def check_command(command: AnyCommand) -> None:
    """Check that something is a command, whatever its annotation promised.

    Raises:
        BadValueError: it is none.
    """
    if type(command) not in NAMES:
        raise BadValueError(f"command {command!r:.200}", f"give one of: {', '.join(NAMES.values())}")


AnyCommand = (
    Open
    | FollowUp
    | AddMessage
    | Assign
    | GiveBack
    | Decline
    | Move
    | Reopen
    | SetFields
    | ReviewClassification
    | Rate
    | RecordEvent
    | Snooze
    | CancelSnooze
    | Link
)

NAMES: FrozenMap[type[Command], str] = FrozenMap(
    {
        Open: "open",
        FollowUp: "follow_up",
        AddMessage: "add_message",
        Assign: "assign",
        GiveBack: "give_back",
        Decline: "decline",
        Move: "move",
        Reopen: "reopen",
        SetFields: "set_fields",
        ReviewClassification: "review_classification",
        Rate: "rate",
        RecordEvent: "record_event",
        Snooze: "snooze",
        CancelSnooze: "cancel_snooze",
        Link: "link",
    }
)
"""What each command is called in permissions, histories and files; renaming a class changes no stored ticket."""
