"""The ticket: a frozen value folded from its history without rules.

What is cheap to derive from the history is derived on demand. What rules read often is kept beside it: the values of
each fact (`Ticket.trails`), the last time of each anchor (`Ticket.marks`), and the past occurrences of rules
(`Ticket.fired`). Their cost does not depend on the length of the history.

Source: docs/semantics.md 2.1, 2.2.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import ClassVar, cast

import attrs

from ticketflow.errors import BadValueError, HistoryError
from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets import events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.facts import (
    ASSIGNEE,
    CATEGORY,
    FIELD,
    HIDDEN,
    OUTCOME,
    RATING,
    REQUESTER,
    STATE,
    Category,
    Change,
    Facts,
    Mark,
)

OUTLOOK = "outlook"
"""The attribute that caches the next occurrences of a ticket; not part of its value."""

CLOCKS = "_clocks"
"""The attribute that caches the progress of its clocks; not part of its value."""

STANDINGS = "_standings"
"""The attribute that caches the facts of its clocks that conditions ask; not part of its value."""

PLANNED = "planned"
"""The attribute that caches the last plan that was made for it; not part of its value."""

READINGS = "_readings"
"""The attribute that caches the last reading of each clock; not part of its value."""

SINCES = "_sinces"
"""The attribute that caches since when conditions have held; not part of its value."""

AHEAD = "_ahead"
"""The attribute that caches what is known of the occurrences ahead, from a look at it or at an earlier version."""

TOUCHED = "_touched"
"""The attribute that keeps the names of the facts that its last entry set, and of the anchors that it moved."""

INHERITED = (CLOCKS, STANDINGS)
"""The caches that a ticket inherits: what earlier entries decided about its clocks stays true."""


def changes_ticket(entry: events.Entry) -> bool:
    """Return whether any event of *entry* changes the ticket, and does not only record a request, target or rule."""
    return not all(isinstance(event, _RECORDS_ONLY) for event in entry.events)


_RECORDS_ONLY = (
    events.MessageRequested
    | events.Emitted
    | events.FollowUpRequested
    | events.TargetWarned
    | events.TargetBreached
    | events.Superseded
    | events.Dropped
    | events.RulesHalted
)


@fast_init
@attrs.frozen
class Firing:
    """A past occurrence of a rule.

    Attributes:
        armed: The sequence of the entry that armed its episode.
        occurrence: The number of the rung or repetition, from 0.
        newest: The greatest *armed* of this firing and all before it; a look-up can stop at it.
        due_at: When the occurrence was due.
        at: When it took effect.
        was_given: Whether it was carried out, and neither dropped nor superseded.
    """

    armed: int
    occurrence: int
    newest: int
    due_at: datetime
    at: datetime
    was_given: bool


@fast_init
@attrs.frozen
class Milestone:
    """Something that is recorded once and never erased: the first answer, the first resolution.

    Attributes:
        mark: When it happened.
        by: The actor who did it.
    """

    mark: Mark
    by: Actor


@fast_init
@attrs.frozen
class Breach:
    """A missed target of a clock. It is recorded once and never erased.

    Attributes:
        clock: The clock's name.
        cycle: The clock's cycle, as the sequence of the entry that began it.
        target: The target's length; None for a deadline that was set by hand.
        due_at: The deadline of the target.
        at: The instant of the entry that recorded the breach.
        rules: The digest of the rule set that decided it.
    """

    clock: str
    cycle: int
    target: timedelta | None
    due_at: datetime
    at: datetime
    rules: str


@fast_init
@attrs.frozen
class ArmedSnooze:
    """The pending snooze of a ticket.

    Attributes:
        until: The instant at which it ends, in UTC.
        by: The id of the actor who snoozed the ticket.
        why: The actor's reason.
    """

    until: datetime
    by: str
    why: str | None


class _Caches:
    """Gives a ticket a dictionary for what was found out about it, beside the slots of its value."""


@fast_init
@attrs.frozen
class Ticket(_Caches):
    """A support ticket and its history.

    Attributes:
        id: Its id; ASCII.
        history: Every entry since it was opened, oldest first.
        trails: For each fact, its last change, and through it the values it had and when each began.
        marks: For each anchor (`ticketflow.anchors`), the last time that it moved.
        held: For each field that a rule holds, the value kept aside.
        fired: For each rule and generation, its past occurrences.
        halted: The rules that are halted until the next outside entry, because they set each other off endlessly.
        outside: The number of outside entries in the history.
        unattended: The number of automatic entries that changed the ticket since the last outside entry or halt.
        delivery_ids: The ids of accepted deliveries.
        snooze: The pending snooze; None if there is none.
        snoozer: The id of the actor who snoozed it last, whether or not that snooze is over.
        links: Links to other tickets, oldest first.
        first_answer: The first public message by a person of the support.
        first_resolution: The first resolution. Later reopenings do not change it.
        breaches: The missed targets of its clocks, oldest first.
        follows: The id of the closed ticket that it follows up.
        earlier: The history of that ticket; an `UnloadedHistory` if the follow-up was read from a document.
    """

    id: str
    history: PersistentList[events.Entry]
    trails: FrozenMap[str, Change] = attrs.field(repr=False)
    marks: FrozenMap[str, Mark] = attrs.field(repr=False)
    held: FrozenMap[str, Value] = attrs.field(repr=False)
    fired: FrozenMap[str, PersistentList[Firing]] = attrs.field(repr=False)
    halted: frozenset[str]
    outside: int
    unattended: int
    delivery_ids: DeliveryIds = attrs.field(repr=False)
    snooze: ArmedSnooze | None
    snoozer: str | None
    links: tuple[events.Linked, ...]
    first_answer: Milestone | None
    first_resolution: Milestone | None
    breaches: tuple[Breach, ...]
    follows: str | None
    earlier: PersistentList[events.Entry] | None = attrs.field(repr=False, hash=False)

    outlook: ClassVar[tuple[object, object, datetime]] = (None, None, datetime.min.replace(tzinfo=UTC))
    """The rules of the last look-ahead, its first occurrences, and an instant before which nothing is due."""

    planned: ClassVar[object] = None
    """The plan that was last made for it."""

    evolve: ClassVar[Callable[[Ticket | None, events.Entry], Ticket]]
    """The fold of one entry. `ticketflow.tickets.fold` sets it; that module makes all tickets and imports this one."""

    def __copy__(self) -> Ticket:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Ticket:
        return self

    @property
    def facts(self) -> Facts:
        """The facts that conditions read."""
        return Facts(self.trails)

    @property
    def state(self) -> str:
        """The name of its state."""
        return cast("str", self.trails[STATE].value)

    @property
    def category(self) -> Category:
        """The category of its state."""
        return cast("Category", self.trails[CATEGORY].value)

    @property
    def assignee(self) -> str | None:
        """The id of the person who works on it; None if nobody does."""
        return cast("str | None", self.facts[ASSIGNEE])

    @property
    def requester(self) -> str | None:
        """The id of the customer whom it is for; None for nobody yet."""
        return cast("str | None", self.facts[REQUESTER])

    @property
    def rating(self) -> int | None:
        """The answer to the satisfaction survey, 1 to 5; None without an answer."""
        return cast("int | None", self.facts[RATING])

    @property
    def is_hidden(self) -> bool:
        """True if a snooze hides it."""
        return self.facts[HIDDEN] is True

    @property
    def outcome(self) -> Value:
        """Its outcome, such as ``won``; None if it has none."""
        return self.facts[FIELD + OUTCOME]

    @property
    def fields(self) -> FrozenMap[str, Value]:
        """The current values of its fields."""
        values = {name: trail.value for name, trail in self.trails.items() if name.startswith(FIELD)}
        return FrozenMap({name.removeprefix(FIELD): value for name, value in values.items()})

    @property
    def version(self) -> int:
        """The number of entries in the history."""
        return len(self.history)

    @property
    def changed_at(self) -> datetime:
        """The instant of the last entry."""
        return self.history.last.at

    def as_of(self, instant: datetime) -> Ticket | None:
        """Return the ticket as it stood at an instant: the ticket of the entries at or before it.

        After its last entry it is the ticket itself, not advanced. Otherwise the cost grows with the history.

        Args:
            instant: The instant; aware.

        Returns:
            The ticket; None before the opening.

        Raises:
            NaiveDatetimeError: *instant* has no time zone.

        Source: docs/semantics.md 2.1.

        >>> from ticketflow import Actor, commands, handle
        >>> from ticketflow.presets.servicenow import servicenow
        >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
        >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
        >>> later = noon + timedelta(hours=2)
        >>> solved = handle(opened, commands.Move("to_resolved", at=later, by=ada), servicenow()).ticket
        >>> solved.as_of(noon).state, solved.as_of(later).state, solved.as_of(noon - timedelta(hours=1))
        ('new', 'resolved', None)
        """
        at = to_utc(instant, "instant")
        if at >= self.changed_at:
            return self
        ticket: Ticket | None = None
        for entry in takewhile(lambda entry: entry.at <= at, self.history):
            ticket = Ticket.evolve(ticket, entry)
        return ticket

    def with_earlier(self, closed: Ticket) -> Ticket:
        """Return the follow-up with the history of the ticket that it follows up.

        A follow-up that was read from a document only names that history. The result is equal to the follow-up.

        Args:
            closed: The closed ticket. Entries that it got after it was followed up are left out.

        Raises:
            HistoryError: The ticket does not follow up *closed*, or the history is not the one that it names.

        Source: docs/semantics.md 2.2.
        """
        check_ticket(closed)
        earlier = self.earlier
        history: PersistentList[events.Entry] | None = closed.history
        while earlier is not None and history is not None and len(history) > len(earlier):
            history = history.before
        if earlier is None or history is None or closed.id != self.follows or earlier != history:
            what = f"it does not go on from version {len(earlier or ())} of ticket {closed.id!r:.200}"
            raise HistoryError(self.id, 0, what, "give the ticket that it names, with the entries that it had then")
        first, *others = self.history
        opened = tuple(
            attrs.evolve(event, earlier=history) if isinstance(event, events.Opened) else event
            for event in first.events
        )
        whole = PersistentList.of(attrs.evolve(first, events=opened), *others)
        return attrs.evolve(self, history=whole, earlier=history)

    def last_fired(self, rule: str, generation: int, armed: int) -> Firing | None:
        """Return the last occurrence of the episode that entry *armed* began; None if it has not occurred."""
        trail = self.fired.get(firing_name(rule, generation))
        if trail is None or trail.last.newest < armed:
            return None
        return next((firing for firing in reversed(trail) if firing.armed == armed), None)


def check_ticket(ticket: Ticket) -> None:
    """Check that *ticket* is a ticket.

    Raises:
        BadValueError: *ticket* is of another type.
    """
    if not isinstance(ticket, Ticket):
        raise BadValueError(f"ticket {ticket!r:.200} is not a Ticket", "give the one that handle or replay returned")


def firing_name(rule: str, generation: int) -> str:
    """Return the name under which a ticket keeps the past occurrences of a rule's generation."""
    return f"{rule}#{generation}"
