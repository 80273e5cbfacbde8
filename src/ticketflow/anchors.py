"""Named moments of a ticket's life that time is counted from.

A ticket keeps the newest mark of each moment under a name; an anchor says which names it means. Message anchors move by
people alone: what a rule, a robot or a machine's mail emits has no mark under these names.

Source: docs/semantics.md 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

import attrs

from ticketflow.values import Mark

Author = Literal["customer", "third_party", "agent", "anyone"]


AUTHORS: Mapping[Author, str] = {
    "customer": "the customer",
    "third_party": "a third party",
    "agent": "the support",
    "anyone": "anyone",
}
"""What people call them."""


@attrs.frozen
class Created:
    """The ticket came to be."""

    def __str__(self) -> str:
        return "opening the ticket"


@attrs.frozen
class Entered:
    """The ticket entered a state.

    Attributes:
        state: Which one; None for the state it is in.
    """

    state: str | None = None

    def __str__(self) -> str:
        return f"entering {self.state or 'the state'}"


@attrs.frozen
class LastMessage:
    """The last public message that a person wrote; the one that opened the ticket counts.

    Attributes:
        by: ``agent`` for the support (administrators too), ``customer``, ``third_party``, or ``anyone``.
    """

    by: Author

    def __str__(self) -> str:
        return f"the last message by {AUTHORS[self.by]}"


@attrs.frozen
class Outside:
    """An outside event of some name was recorded, the last time."""

    event: str

    def __str__(self) -> str:
        return f"the event {self.event}"


@attrs.frozen(init=False)
class Latest:
    """The later of several moments, of those that there have been."""

    anchors: tuple[Anchor, ...]

    def __init__(self, *anchors: Anchor) -> None:
        """Take the moments to choose from."""
        self.__attrs_init__(anchors)

    def __str__(self) -> str:
        return "the later of " + " and ".join(str(anchor) for anchor in self.anchors)


Anchor = Created | Entered | LastMessage | Outside | Latest


def last_moved(anchor: Anchor, marks: Mapping[str, Mark]) -> tuple[Anchor, Mark] | None:
    """Return the simple moment that *anchor* comes down to and when it was; None if it never was.

    Of several moments it is the latest.

    >>> from datetime import UTC, datetime
    >>> marks = {"entered": Mark(datetime(2026, 11, 19, tzinfo=UTC), 3, 1, "3")}
    >>> last_moved(Latest(Entered(), LastMessage("agent")), marks)[0]
    Entered(state=None)
    """
    if isinstance(anchor, Latest):
        found = [moved for part in anchor.anchors if (moved := last_moved(part, marks))]
        return max(found, key=lambda moved: moved[1].place, default=None)
    mark = marks.get(_name(anchor))
    return None if mark is None else (anchor, mark)


def last_mark(anchor: Anchor, marks: Mapping[str, Mark]) -> Mark | None:
    """Return when *anchor* last moved; None if it never did."""
    moved = last_moved(anchor, marks)
    return None if moved is None else moved[1]


def _name(anchor: Created | Entered | LastMessage | Outside) -> str:
    """Return the name under which a ticket keeps the mark of a simple moment."""
    match anchor:
        case Created():
            return "created"
        case Entered(state=None):
            return "entered"
        case Entered(state=state):
            return f"entered.{state}"
        case LastMessage(by=author):
            return f"message.{author}"
        case Outside(event=event):
            return f"outside.{event}"
        case _:
            assert_never(anchor)


def named(anchor: Anchor) -> tuple[Anchor, ...]:
    """Return the simple moments that *anchor* is made of."""
    if isinstance(anchor, Latest):
        return tuple(part for each in anchor.anchors for part in named(each))
    return (anchor,)
