"""Anchors: named instants of a ticket from which time is counted.

An anchor *moves* when the thing happens that it names. A ticket keeps the last mark of each simple anchor by name. Only
messages of people move message anchors; messages of rules, robots and automatic mail do not.

Source: docs/semantics.md 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.tickets.facts import Mark

__all__ = [
    "Anchor",
    "AssignedLast",
    "Breached",
    "Closed",
    "Created",
    "Entered",
    "LastActivity",
    "LastMessage",
    "Latest",
    "Left",
    "Outside",
    "ResolvedLast",
    "Resumed",
    "Started",
    "Woke",
]

Author = Literal["customer", "third_party", "agent", "anyone"]


AUTHORS: Mapping[Author, str] = {
    "customer": "the customer",
    "third_party": "a third party",
    "agent": "the support",
    "anyone": "anyone",
}
"""The name of each author in messages."""

CREATED = "created"
ENTERED = "entered"
ASSIGNED = "assigned"
RESOLVED = "resolved"
CLOSED = "closed"
WOKE = "woke"

ENTERED_STATE = "entered."
"""Prefix of the marks of each state's last entry."""
LEFT = "left."
"""Prefix of the marks of each state's last exit."""
MESSAGE = "message."
"""Prefix of the marks of each author's last message."""
OUTSIDE = "outside."
"""Prefix of the marks of outside events."""
BREACHED = "breached."
"""Prefix of the marks of each clock's last breach."""
ACTIVITY = "activity."
"""Prefix of the marks of each kind of activity."""


@attrs.frozen
class Created:
    """The ticket was opened."""

    def __str__(self) -> str:
        return "opening the ticket"


@attrs.frozen
class Entered:
    """The ticket entered a state.

    Attributes:
        state: The state's name; None for the current state.
    """

    state: str | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"entering {self.state or 'the state'}"


@attrs.frozen
class LastMessage:
    """The last public message by a person, including the message that opened the ticket.

    Attributes:
        by: ``agent`` for support (administrators included), ``customer``, ``third_party``, or ``anyone``.
    """

    by: Author

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the last message by {AUTHORS[self.by]}"


@attrs.frozen
class Outside:
    """An outside event was last recorded.

    Attributes:
        event: The event's name.
    """

    event: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the event {self.event}"


@attrs.frozen
class Left:
    """The ticket left a state.

    Attributes:
        state: The state's name.
    """

    state: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"leaving {self.state}"


@attrs.frozen
class AssignedLast:
    """The assignee of the ticket last changed."""

    def __str__(self) -> str:
        return "the last assignment"


@attrs.frozen
class ResolvedLast:
    """The ticket was last resolved."""

    def __str__(self) -> str:
        return "the last resolution"


@attrs.frozen
class Closed:
    """The ticket was closed."""

    def __str__(self) -> str:
        return "the closing"


@attrs.frozen
class Woke:
    """A snooze ended at its time while the ticket was hidden."""

    def __str__(self) -> str:
        return "waking up"


@attrs.frozen
class LastActivity:
    """A person last did something.

    Attributes:
        kind: ``note`` for an internal note, ``command`` for any command of a person that changed something. For
            public messages, use `LastMessage`. Combine several with `Latest`.
    """

    kind: Literal["note", "command"]

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the last {self.kind} by a person"


@attrs.frozen
class Started:
    """The current cycle of a clock began. Spans from this anchor are measured by the clock.

    Attributes:
        clock: The clock's name.
    """

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the start of the clock {self.clock}"


@attrs.frozen
class Breached:
    """A clock last missed its target.

    Attributes:
        clock: The clock's name.
    """

    clock: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the breach of {self.clock}"


@attrs.frozen
class Resumed:
    """A hold on the rule ended, for rules that start over then."""

    def __str__(self) -> str:
        return "the end of the hold"


@attrs.frozen(init=False)
class Latest:
    """The latest of several anchors that have occurred.

    Attributes:
        anchors: The anchors.
    """

    anchors: tuple[Anchor, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *anchors: Anchor) -> None:
        """Create the anchor from its parts."""
        self.__attrs_init__(anchors)

    def __str__(self) -> str:
        return "the later of " + " and ".join(str(anchor) for anchor in self.anchors)


Anchor = (
    Created
    | Entered
    | Left
    | AssignedLast
    | ResolvedLast
    | Closed
    | Woke
    | LastMessage
    | LastActivity
    | Outside
    | Started
    | Breached
    | Resumed
    | Latest
)
"""A named instant in a ticket's history, from which spans count."""
name_kind(Anchor, "an anchor, for example Created()")


def last_moved(anchor: Anchor, marks: Mapping[str, Mark]) -> tuple[Anchor, Mark] | None:
    """Return the simple anchor that *anchor* stands for and its last mark; None if it has not occurred.

    `Latest` stands for the latest of its parts.

    >>> from datetime import UTC, datetime
    >>> marks = {"entered": Mark(datetime(2026, 11, 19, tzinfo=UTC), 3, 1, "3")}
    >>> last_moved(Latest(Entered(), LastMessage("agent")), marks)[0]
    Entered(state=None)
    """
    if isinstance(anchor, Latest):
        found = [moved for part in anchor.anchors if (moved := last_moved(part, marks))]
        return max(found, key=lambda moved: moved[1].place, default=None)
    mark = marks.get(mark_name(anchor))
    return None if mark is None else (anchor, mark)


def mark_name(anchor: Anchor) -> str:
    """Return the name under which a ticket keeps the mark of a simple anchor."""
    match anchor:
        case Entered(state=None):
            return ENTERED
        case Entered(state=str(state)):
            return ENTERED_STATE + state
        case LastMessage(by=author):
            return MESSAGE + author
        case Outside(event=event):
            return OUTSIDE + event
        case Left(state=state):
            return LEFT + state
        case Started(clock=clock):
            return f"started.{clock}"  # the mark of a cycle; tickets have none
        case Breached(clock=clock):
            return BREACHED + clock
        case LastActivity(kind=kind):
            return ACTIVITY + kind
        case _:
            return _NAMES[type(anchor)]


_NAMES: Mapping[type, str] = {
    Created: CREATED,
    AssignedLast: ASSIGNED,
    ResolvedLast: RESOLVED,
    Closed: CLOSED,
    Woke: WOKE,
    Resumed: "resumed",  # the mark of a rule; tickets have none
}


def simple_parts(anchor: Anchor) -> tuple[Anchor, ...]:
    """Return the simple anchors that *anchor* consists of."""
    if isinstance(anchor, Latest):
        return tuple(part for each in anchor.anchors for part in simple_parts(each))
    return (anchor,)
