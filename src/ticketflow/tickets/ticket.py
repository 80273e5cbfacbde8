"""The ticket: a frozen value folded from its history, which needs no rules to be folded.

Whatever can be derived from the history cheaply is derived when asked; what rules ask for again and again is kept
beside it: how each fact came to its value (`Ticket.trails`), when each named moment was last (`Ticket.marks`), and
which occurrences of rules are behind it (`Ticket.fired`). All three cost the same however long the history is.

Source: docs/semantics.md 2.1, 2.2.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets import events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.facts import Category, Change, Facts, Mark

OUTLOOK = "outlook"
"""Where a ticket keeps what lies ahead of it, once that was asked; no part of its value."""

CLOCKS = "_clocks"
"""Where a ticket keeps how its clocks went, once that was asked; no part of its value."""

READINGS = "_readings"
"""Where a ticket keeps the last reading of each clock; no part of its value."""

SNOOZE_END = "snooze.until"
"""The fact that holds the moment of an armed snooze."""

OUTCOME = "outcome"
"""The field that says how a ticket ended; setting it from nothing resolves the ticket, whatever its state."""

METHOD = "method"
"""The field that says in which way it did."""

DONE: tuple[Category, ...] = ("resolved", "closed")
"""What a state counts as in which a ticket is resolved."""


def changes_ticket(entry: events.Entry) -> bool:
    """Return whether any event of *entry* changes what the ticket is."""
    return not all(isinstance(event, _NO_CHANGE) for event in entry.events)


_NO_CHANGE = (
    events.MessageRequested
    | events.FollowUpRequested
    | events.TargetWarned
    | events.TargetBreached
    | events.Superseded
    | events.Dropped
    | events.RulesHalted
)


@attrs.frozen
class Firing:
    """An occurrence of a rule that is behind the ticket.

    Attributes:
        armed: The place in the history of the entry that armed its episode.
        occurrence: Which rung or repetition, from 0.
        newest: The latest *armed* of this firing and all before it; a look-up need not go on past it.
        due_at: When it was due by itself.
        at: When it took effect.
        was_given: Whether it was carried out, and neither dropped nor superseded.
    """

    armed: int
    occurrence: int
    newest: int
    due_at: datetime
    at: datetime
    was_given: bool


@attrs.frozen
class Milestone:
    """Something that is recorded once and never erased: the first answer, the first resolution.

    Attributes:
        mark: When it was.
        by: Who did it.
    """

    mark: Mark
    by: Actor


@attrs.frozen
class Breach:
    """A target that a clock missed: written once, never erased.

    Attributes:
        clock: The clock's name.
        cycle: Which cycle of it: the place in the history of the entry that began it.
        target: How much time it had; None for a deadline that was set by hand.
        due_at: When it was to be met.
        at: When it counted as missed.
        rules: The digest of the rule set under which it was decided.
    """

    clock: str
    cycle: int
    target: timedelta | None
    due_at: datetime
    at: datetime
    rules: str


@attrs.frozen
class ArmedSnooze:
    """What a snoozed ticket waits for.

    Attributes:
        until: The moment at which it comes back, in UTC.
        by: The id of whoever put it to sleep.
        why: What for, in their words.
    """

    until: datetime
    by: str
    why: str | None


# Without slots, a frozen class is built in half the time: what is made for every command is made so.
@attrs.frozen(slots=False)
class Ticket:
    """A support ticket as it stands, with everything that led there.

    Attributes:
        id: Who it is; ASCII.
        history: Every decision since it was opened, oldest first.
        trails: For each fact, the values it had and when each began.
        marks: For each named moment (`ticketflow.anchors`), when it was last.
        held: For each field that a rule holds, the value kept aside.
        fired: For each rule and generation, its occurrences that are behind the ticket.
        halted: Rules that went in a circle and rest until the next outside event.
        outside: How many outside entries the history has.
        unattended: How many automatic entries changed the ticket since the last outside one, or the last halt.
        delivery_ids: The ids of deliveries that were taken.
        snooze: The snooze that is armed; None if there is none.
        links: Other tickets that it has to do with, oldest first.
        first_answer: The first public message by a person of the support.
        first_resolution: When it was first resolved, and by whom, however often it was reopened since.
        breaches: The targets that its clocks missed, oldest first.
        follows: The id of the closed ticket that it goes on from.
        earlier: That ticket's whole history.
    """

    id: str
    history: PersistentList[events.Entry]
    trails: FrozenMap[str, PersistentList[Change]] = attrs.field(repr=False)
    marks: FrozenMap[str, Mark] = attrs.field(repr=False)
    held: FrozenMap[str, Value] = attrs.field(repr=False)
    fired: FrozenMap[str, PersistentList[Firing]] = attrs.field(repr=False)
    halted: frozenset[str]
    outside: int
    unattended: int
    delivery_ids: DeliveryIds = attrs.field(repr=False)
    snooze: ArmedSnooze | None
    links: tuple[events.Linked, ...]
    first_answer: Milestone | None
    first_resolution: Milestone | None
    breaches: tuple[Breach, ...]
    follows: str | None
    earlier: PersistentList[events.Entry] | None = attrs.field(repr=False)

    outlook: ClassVar[tuple[object, object, datetime]] = (None, None, datetime.min.replace(tzinfo=UTC))
    """The rules that were asked about, what comes first under them, and before which instant nothing is due."""

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: its value, without what was found out about it."""
        return {name: value for name, value in self.__dict__.items() if name not in (OUTLOOK, CLOCKS, READINGS)}

    @property
    def facts(self) -> Facts:
        """What conditions can ask."""
        return Facts(self.trails)

    @property
    def state(self) -> str:
        """The name of the state the ticket is in."""
        return cast("str", self.trails["state"].last.value)

    @property
    def category(self) -> Category:
        """What that state counts as."""
        return cast("Category", self.trails["category"].last.value)

    @property
    def assignee(self) -> str | None:
        """Who works on it."""
        return cast("str | None", self.facts["assignee"])

    @property
    def rating(self) -> int | None:
        """The answer to the satisfaction survey, 1 to 5."""
        return cast("int | None", self.facts["rating"])

    @property
    def is_hidden(self) -> bool:
        """Whether it sleeps, out of sight."""
        return self.facts["hidden"] is True

    @property
    def outcome(self) -> Value:
        """How it ended, where the desk keeps outcomes; None if it has not."""
        return self.facts[f"field.{OUTCOME}"]

    @property
    def fields(self) -> FrozenMap[str, Value]:
        """The fields as they read now."""
        prefix = "field."
        values = {name: trail.last.value for name, trail in self.trails.items() if name.startswith(prefix)}
        return FrozenMap({name.removeprefix(prefix): value for name, value in values.items()})

    @property
    def version(self) -> int:
        """The number of entries in the history."""
        return len(self.history)

    @property
    def changed_at(self) -> datetime:
        """The instant of the last entry."""
        return self.history.last.at

    def last_fired(self, rule: str, generation: int, armed: int) -> Firing | None:
        """Return the last occurrence behind the ticket of the rule's episode armed by entry *armed*; None if none."""
        trail = self.fired.get(_fired_name(rule, generation))
        if trail is None or trail.last.newest < armed:
            return None
        return next((firing for firing in reversed(trail) if firing.armed == armed), None)


def check_ticket(ticket: Ticket) -> None:
    """Check that what is given as a ticket is one.

    Raises:
        BadValueError: it is something else.
    """
    if not isinstance(ticket, Ticket):
        raise BadValueError(f"ticket {ticket!r:.200}", "give a Ticket: what handle or replay returned")


def _fired_name(rule: str, generation: int) -> str:
    return f"{rule}#{generation}"
