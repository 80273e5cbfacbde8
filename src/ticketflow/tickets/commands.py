"""Commands: what people and machines ask of a ticket. A command is accepted or refused.

Every command has an instant (``at``) and an actor (``by``). An ``event_id`` identifies repeated deliveries. An
``expected_version`` protects against changes that the sender has not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.field_values import Value, check_number, freeze_fields
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_id, check_name, check_names, check_text
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.events import follow_up_id
from ticketflow.tickets.messages import Message

__all__ = [
    "NAMES",
    "AddMessage",
    "Assign",
    "CancelSnooze",
    "Command",
    "CommandHeader",
    "Decline",
    "FollowUp",
    "GiveBack",
    "Link",
    "Move",
    "Open",
    "Rate",
    "RecordEvent",
    "Reopen",
    "ReviewClassification",
    "SetFields",
    "SetRequester",
    "Snooze",
]


def _at(value: datetime) -> datetime:
    return to_utc(value, "at")


def _event_id(value: str | None) -> str | None:
    return None if value is None else check_id(value, "event id")


def _ticket_id(value: str) -> str:
    return check_id(value, "ticket id")


def _new_ticket(value: str | None) -> str | None:
    return None if value is None else _ticket_id(value)


def _comment(value: str | None) -> str | None:
    return None if value is None else check_id(value, "comment")


def _hint_names(value: Iterable[str]) -> frozenset[str]:
    return check_names(value, "without_hints")


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


def _requester(value: str | None) -> str | None:
    return None if value is None else check_id(value, "requester")


@attrs.frozen(kw_only=True)
class CommandHeader:
    """The attributes of every command.

    Attributes:
        at: When it is to take effect; an aware datetime, kept in UTC.
        by: The actor who gives it.
        event_id: The id of its delivery. A delivery with an accepted id changes nothing.
        expected_version: The version of the ticket that the sender saw. With any other version, the command is stale
            and refused.
        without_hints: Names of hints to leave out of the decision.

    Raises:
        NaiveDatetimeError: *at* has no time zone.
        BadValueError: an id is not ASCII, or an attribute has a wrong type.
    """

    at: datetime = attrs.field(converter=_at)
    by: Actor
    event_id: str | None = attrs.field(default=None, converter=_event_id)
    expected_version: int | None = None
    without_hints: frozenset[str] = attrs.field(default=frozenset(), converter=_hint_names)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if self.expected_version is not None:
            check_number(self.expected_version, "expected_version")


@fast_init
@attrs.frozen
class Open(CommandHeader):
    """Open a ticket.

    Attributes:
        ticket: The new ticket's id; ASCII.
        fields: The initial values of fields.
        message: The message that opens the ticket; None if there is none.
        assignee: The id of the first assignee; None for nobody.
        state: The initial state; None for the default of the actor.
        requester: The id of the customer whom the ticket is for; None for the customer who opens it, or nobody yet.
    """

    ticket: str = attrs.field(converter=_ticket_id)
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)
    message: Message | None = None
    assignee: str | None = attrs.field(default=None, converter=_assignee)
    state: str | None = None
    requester: str | None = attrs.field(default=None, converter=_requester)


@fast_init
@attrs.frozen
class FollowUp(CommandHeader):
    """Open a new ticket that follows up a closed one and keeps its history.

    Attributes:
        new_ticket: The new ticket's id; ASCII. None derives it from the closed ticket's id and the delivery's id
            (`ticket_id`).
        fields: The initial values of fields. They go before those that the workflow copies from the closed ticket
            (`Transition.follow_up_fields`); None leaves a copied field without a value.
        message: The message that opens the ticket; None if there is none.
        requester: The id of the customer whom it is for; None for the customer who opens it, or else the requester of
            the closed ticket.

    Raises:
        BadValueError: neither *new_ticket* nor *event_id* is given.
    """

    new_ticket: str | None = attrs.field(default=None, converter=_new_ticket)
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)
    message: Message | None = None
    requester: str | None = attrs.field(default=None, converter=_requester)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.new_ticket is None and self.event_id is None:
            raise BadValueError("the follow-up has no id", "give new_ticket or event_id")

    def ticket_id(self, closed: str) -> str:
        """Return the id of the ticket that the command opens, as a follow-up of the ticket *closed*.

        >>> from datetime import UTC, datetime
        >>> mail = FollowUp(event_id="mail-7", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("customer", "bob"))
        >>> mail.ticket_id("T-1")
        '1D23AB82-EA730488'
        """
        if self.new_ticket is not None:
            return self.new_ticket
        return follow_up_id(closed, self.event_id or "")


@fast_init
@attrs.frozen
class AddMessage(CommandHeader):
    """Add a message or an internal note. The command's actor is its author.

    Attributes:
        message: The message.
    """

    message: Message


@fast_init
@attrs.frozen
class Assign(CommandHeader):
    """Assign the ticket.

    Attributes:
        assignee: The id of the new assignee; None for nobody.
    """

    assignee: str | None = attrs.field(converter=_assignee)


@fast_init
@attrs.frozen
class GiveBack(CommandHeader):
    """Give the ticket back, so that nobody is assigned and somebody else can take it."""


@fast_init
@attrs.frozen
class Decline(CommandHeader):
    """Give the ticket back as a robot that can't do the work.

    Attributes:
        why: The robot's reason; plain text in one line.
    """

    why: str = attrs.field(converter=_why)


@fast_init
@attrs.frozen
class Move(CommandHeader):
    """Take a transition of the workflow, such as submit, wait, resolve or close.

    Attributes:
        transition: The transition's name.
        message: The message that comes with it; some transitions require one.
        fields: Fields to set in the same step. The transition's guard reads them.
    """

    transition: str
    message: Message | None = None
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)


@fast_init
@attrs.frozen
class SetFields(CommandHeader):
    """Set fields of the ticket.

    Attributes:
        fields: The new values by field.
    """

    fields: FrozenMap[str, Value] = attrs.field(converter=freeze_fields)


@fast_init
@attrs.frozen
class SetRequester(CommandHeader):
    """Say whom the ticket is for.

    Attributes:
        requester: The id of the customer; None for nobody yet.
    """

    requester: str | None = attrs.field(converter=_requester)


@fast_init
@attrs.frozen
class ReviewClassification(CommandHeader):
    """Replace the classification, if the workflow allows reviews.

    Attributes:
        classification: The new classification.
    """

    classification: str


@fast_init
@attrs.frozen
class Rate(CommandHeader):
    """Answer the satisfaction survey. A closed ticket takes the answer if its state has the survey open.

    Attributes:
        score: A whole number from 1 to 5; 5 is the best.
        comment: The id of a comment that came with it; ASCII. None if there is none.
    """

    score: int
    comment: str | None = attrs.field(default=None, converter=_comment)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_number(self.score, "score")


@fast_init
@attrs.frozen
class RecordEvent(CommandHeader):
    """Record an outside event, such as the release of a version.

    Attributes:
        event: The event's name.
    """

    event: str


@fast_init
@attrs.frozen
class Reopen(CommandHeader):
    """Bring the ticket back to work: show a hidden ticket, and take the workflow's reopening transition if it can.

    Attributes:
        message: The message that comes with it; some transitions require one.
    """

    message: Message | None = None


@fast_init
@attrs.frozen
class Snooze(CommandHeader):
    """Hide the ticket until an instant. A pending snooze is replaced.

    Attributes:
        until: The instant at which the snooze ends; in the future.
        choice: Alternatively, the name of one of the rule set's choices, such as ``tomorrow``.
        why: The actor's reason; plain text in one line.

    Raises:
        BadValueError: both *until* and *choice* are given, or neither.
    """

    until: datetime | None = attrs.field(default=None, converter=_until)
    choice: str | None = None
    why: str | None = attrs.field(default=None, converter=_optional_why)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if (self.until is None) is (self.choice is None):
            given = "neither until nor choice" if self.until is None else "both until and choice"
            raise BadValueError(f"the snooze has {given}", "give one of the two")


@fast_init
@attrs.frozen
class CancelSnooze(CommandHeader):
    """Cancel the pending snooze of a ticket that is shown again."""


@fast_init
@attrs.frozen
class Link(CommandHeader):
    """Link the ticket to another one.

    Attributes:
        other: The other ticket's id; ASCII.
        kind: The kind of link; a lower-case name.
    """

    other: str = attrs.field(converter=_ticket_id)
    kind: str = attrs.field(default="related", converter=_kind)


def check_command(command: Command) -> None:
    """Check that *command* is a command, in spite of its annotation.

    Raises:
        BadValueError: *command* is of another type.
    """
    if type(command) not in NAMES:
        raise BadValueError(f"{command!r:.200} is not a command", f"give one of: {', '.join(NAMES.values())}")


Command = (
    Open
    | FollowUp
    | AddMessage
    | Assign
    | GiveBack
    | Decline
    | Move
    | Reopen
    | SetFields
    | SetRequester
    | ReviewClassification
    | Rate
    | RecordEvent
    | Snooze
    | CancelSnooze
    | Link
)
"""A request to a ticket."""

NAMES: FrozenMap[type[CommandHeader], str] = FrozenMap(
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
        SetRequester: "set_requester",
        ReviewClassification: "review_classification",
        Rate: "rate",
        RecordEvent: "record_event",
        Snooze: "snooze",
        CancelSnooze: "cancel_snooze",
        Link: "link",
    }
)
"""The name of each command in permissions, histories and documents. Renaming a class does not change documents."""
