"""Facts: the named values of a ticket that conditions read.

Source: docs/semantics.md 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import attrs

from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import EPOCH
from ticketflow.kernel.typed import typed

Category = Literal["open", "pending", "resolved", "closed"]
"""The category of a state: *open* is work for support, *pending* waits for somebody, *closed* is final."""
CATEGORIES: tuple[Category, ...] = get_args(Category)
DONE: tuple[Category, ...] = ("resolved", "closed")
"""The categories in which a ticket is resolved."""
SCORES = range(1, 6)
"""The answers to the satisfaction survey."""

STATE = "state"
CATEGORY = "category"
ASSIGNEE = "assignee"
REQUESTER = "requester"
"""The id of the customer whom the ticket is for."""
RATING = "rating"
RESOLUTION = "resolution"
"""The id of the message that is, or is offered as, the resolution."""
SNOOZED = "snoozed"
"""True while a snooze is pending."""
HIDDEN = "hidden"
"""True while the ticket is hidden by its snooze."""
SNOOZE_END = "snooze.until"
"""The instant at which the pending snooze ends."""
UNANSWERED = "unanswered"
"""True while a message of the customer waits for an answer."""
ANSWERED = "answered"
"""True from the first public message of support that follows one of the customer."""
ANSWERS = "answers"
"""The number of answers by support."""
REOPENINGS = "reopenings"
"""The number of times the ticket was reopened."""

FIELD = "field."
"""Prefix of the facts that hold the fields."""
ONCE = "once."
"""Prefix of the facts that are True from the first time on that an anchor moved."""
LINKS = "links."
"""Prefix of the facts that count the links of each kind."""
TIMES = "times."
"""Prefix of the facts that count the messages of each author and each outside event."""
WARNED = "warned."
"""Prefix of the facts that hold the cycle in which a clock last warned."""
BREACHED = "breached."
"""Prefix of the facts that hold the cycle in which a clock last missed its target."""
CLOCK = "clock."
"""Prefix of the derived facts that hold the status of a clock: ``running``, ``frozen``, ``stopped`` or ``void``."""
CYCLE = "cycle."
"""Prefix of the derived facts that hold the present or last cycle of a clock."""

OUTCOME = "outcome"
"""The field that says how a ticket ended. Setting it from nothing resolves the ticket in any state."""
METHOD = "method"
"""The field that says by which method a ticket was resolved."""


@lru_cache(maxsize=8_192)
def shared_name(name: str) -> str:
    """Return the name of a fact or an anchor as one object for all tickets; they have nearly the same ones."""
    return name


class Mark(NamedTuple):
    """The place in a history at which something happened to a ticket.

    A named tuple and not an attrs class: a fold makes several for each event, and a named tuple costs a third.

    Attributes:
        at: The effective instant, in UTC.
        sequence: The entry's place in the history. It orders the entries of one instant.
        step: The event's place in the entry. A message that comes with a move precedes the move. All events of an
            automatic entry have step 0.
        entry: The entry's id. Keys are derived from it.
    """

    at: datetime
    sequence: int
    step: int
    entry: str

    @property
    def place(self) -> tuple[int, int]:
        """The place among all events of the history."""
        return (self.sequence, self.step)


@fast_init
@attrs.frozen(eq=False)
class Change:
    """A value of a fact, and the changes before it.

    The last change of a fact stands for all of them: iterate over it to read them, oldest first. Comparing, hashing and
    pickling do not recurse, however many there are.

    Attributes:
        value: The value.
        mark: The mark at which it began.
        before: The change before it; None for the first one.
    """

    value: Value
    mark: Mark
    before: Change | None = attrs.field(default=None, repr=False)

    @classmethod
    def of(cls, *pairs: tuple[Value, Mark]) -> Change:
        """Return the last of several changes, which are given oldest first; at least one."""
        first, *others = pairs
        found = cls(*first)
        for value, mark in others:
            found = cls(value, mark, found)
        return found

    def __reversed__(self) -> Iterator[Change]:
        change: Change | None = self
        while change is not None:
            yield change
            change = change.before

    def __iter__(self) -> Iterator[Change]:
        return reversed(list(reversed(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Change):
            return NotImplemented
        mine: Change | None = self
        theirs: Change | None = other
        while mine is not theirs:
            if mine is None or theirs is None or mine.mark != theirs.mark or typed(mine.value) != typed(theirs.value):
                return False
            mine, theirs = mine.before, theirs.before
        return True

    def __hash__(self) -> int:
        return hash((self.value, self.mark))

    def __reduce__(self) -> tuple[object, tuple[tuple[Value, Mark], ...]]:
        return (Change.of, tuple((change.value, change.mark) for change in self))


@attrs.frozen(slots=False)
class Facts:
    """The facts of a ticket, by name.

    This module has the names: ``STATE``, ``CATEGORY`` and the others; prefixes such as ``FIELD`` are completed by a
    name, as in ``field.priority``.

    Attributes:
        trails: For each fact, its last change, and through it the values it had.
        overrides: Values that replace the latest ones.
    """

    trails: Mapping[str, Change]
    overrides: Mapping[str, Value] = FrozenMap()

    def __getitem__(self, name: str) -> Value:
        """Return the fact's value; None if it was never set."""
        if self.overrides and name in self.overrides:
            return self.overrides[name]
        trail = self.trails.get(name)
        return None if trail is None else trail.value

    @property
    def current(self) -> Mapping[str, Change]:
        """The facts, with the overrides as their last changes."""
        if not self.overrides:
            return self.trails
        return {**self.trails, **{name: Change(value, _NOW) for name, value in self.overrides.items()}}

    def with_fields(self, fields: Mapping[str, Value]) -> Facts:
        """Return the facts as they would be with these fields set."""
        return Facts(self.trails, {FIELD + name: value for name, value in fields.items()}) if fields else self


_NOW = Mark(EPOCH, 0, 0, "")
"""The mark of values that are not in the history."""
