"""What conditions can ask of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, get_args

import attrs

from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList

Category = Literal["open", "pending", "resolved", "closed"]
"""What a state counts as: *open* is ours to do, *pending* waits for somebody, *closed* is for good."""
CATEGORIES: tuple[str, ...] = get_args(Category)
SCORES = range(1, 6)
"""What the satisfaction survey asks for."""


class Mark(NamedTuple):
    """When something happened to a ticket, and by which entry of its history.

    A named tuple and no attrs class, as `ClockChange` is: a fold makes several for each event, and they cost a third.

    Attributes:
        at: The effective instant, in UTC.
        sequence: The entry's place in the history; entries of one instant keep their order by it.
        step: The event's place in the entry: a message that comes with a move comes before it. Of what a rule did at
            once, all have one.
        entry: The entry's id, which keys of what it armed are made of.
    """

    at: datetime
    sequence: int
    step: int
    entry: str

    @property
    def place(self) -> tuple[int, int]:
        """Its place among all events of the history."""
        return (self.sequence, self.step)


class Change(NamedTuple):
    """A value that a ticket came to have, and when."""

    value: Value
    mark: Mark


@attrs.frozen(slots=False)
class Facts:
    """What conditions can ask of a ticket, by name.

    Names: ``state``, ``category``, ``assignee``, ``rating``, ``resolution`` (the message that is or is offered as the
    resolution), ``snoozed`` (True while a snooze is armed), ``hidden`` (True while it sleeps), ``unanswered`` (True
    while a customer's message is), ``answers`` and ``reopenings`` (how many), ``warned.<clock>`` and
    ``breached.<clock>`` (in which cycle), ``field.<name>``, and ``once.<moment>`` (True from the first on).
    """

    trails: Mapping[str, PersistentList[Change]]
    instead: Mapping[str, Value] = FrozenMap()

    def __getitem__(self, name: str) -> Value:
        """Return the fact's value; None for one that never was."""
        if self.instead and name in self.instead:
            return self.instead[name]
        trail = self.trails.get(name)
        return None if trail is None else trail.last.value

    def with_fields(self, fields: Mapping[str, Value]) -> Facts:
        """Return the facts as they would be with these fields set."""
        return Facts(self.trails, {f"field.{name}": value for name, value in fields.items()}) if fields else self
