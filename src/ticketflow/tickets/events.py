"""What happened to a ticket: past tense, total, and complete without the rules that led to it.

One `Entry` of the history is one decision: a command that was taken, or one occurrence of a rule. All its events hold
at one instant and together; conditions are read after the last of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import attrs

from ticketflow.calendars.spans import ClockSpan, Span
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import Anchor
from ticketflow.tickets.facts import Category
from ticketflow.tickets.messages import Message


def _at(value: datetime) -> datetime:
    return value if type(value) is datetime and value.tzinfo is UTC else to_utc(value, "at")


def _since(value: datetime) -> datetime:
    return to_utc(value, "since")


def _due_at(value: datetime) -> datetime:
    return to_utc(value, "due_at")


def _until(value: datetime) -> datetime:
    return to_utc(value, "until")


def _before(value: datetime | None) -> datetime | None:
    return None if value is None else to_utc(value, "before")


def _occurred_at(value: datetime | None) -> datetime | None:
    return None if value is None else to_utc(value, "occurred_at")


@attrs.frozen
class Opened:
    """The ticket came to be.

    Attributes:
        ticket: Its id.
        state: The state it began in.
        category: What that state counts as.
        fields: What its fields held.
        follows: The id of the closed ticket that it goes on from.
        earlier: That ticket's whole history.
    """

    ticket: str
    state: str
    category: Category
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap)
    follows: str | None = None
    earlier: PersistentList[Entry] | None = attrs.field(default=None, repr=False)


@attrs.frozen
class MessageAdded:
    """A person or a machine wrote a message; the entry's actor is its author."""

    message: Message


@attrs.frozen
class Assigned:
    """Another person works on the ticket, or nobody."""

    before: str | None
    after: str | None


@attrs.frozen(slots=False)
class StateChanged:
    """The ticket moved from one state to another, by a transition."""

    before: str
    after: str
    category: Category
    transition: str


@attrs.frozen
class FieldChanged:
    """A field was set; a hold on it has ended with that."""

    field: str
    before: Value
    after: Value


@attrs.frozen
class FieldHeld:
    """A field reads *after* until it is released; *before* is kept aside."""

    field: str
    before: Value
    after: Value


@attrs.frozen
class FieldReleased:
    """A hold ended, and what was kept aside came back as *after*."""

    field: str
    before: Value
    after: Value


@attrs.frozen
class Rated:
    """The satisfaction survey was answered."""

    score: int


@attrs.frozen
class OutsideEventRecorded:
    """Something happened outside."""

    event: str


@attrs.frozen
class ResolutionMarked:
    """The ticket was resolved by this message or note, which may have been added before."""

    message: str


@attrs.frozen
class Declined:
    """A robot gave the work back, and why."""

    why: str


@attrs.frozen
class Linked:
    """The ticket has to do with another one.

    Attributes:
        ticket: The other one's id.
        kind: How they belong together, for example ``duplicate_of``.
    """

    ticket: str
    kind: str


@attrs.frozen
class Snoozed:
    """The ticket was put to sleep until a moment; a snooze before it is replaced.

    Attributes:
        until: The moment.
        before: The moment it replaces, if one was armed.
        why: What for, in the words of whoever did it.
    """

    until: datetime = attrs.field(converter=_until)
    before: datetime | None = attrs.field(default=None, converter=_before)
    why: str | None = None


@attrs.frozen
class SnoozeCancelled:
    """The snooze that was armed until this moment is no more."""

    until: datetime = attrs.field(converter=_until)


@attrs.frozen
class Surfaced:
    """The ticket is seen again among the others; a snooze stays armed."""


@attrs.frozen
class MessageRequested:
    """A rule asked for a message; an adapter sends it, known by the entry's key."""

    template: str
    to: str


@attrs.frozen
class FollowUpRequested:
    """A rule asked for a follow-up of the ticket; an adapter opens it with the command that `follow_ups` gives."""


@attrs.frozen
class TargetWarned:
    """A clock came as near to missing its target as its policy warns of.

    Attributes:
        clock: Its name.
        cycle: Which cycle of it: the place in the history of the entry that began it.
        due_at: When the target was to be met then; None where nobody knew.
    """

    clock: str
    cycle: int
    due_at: datetime | None = attrs.field(converter=_before)


@attrs.frozen
class TargetBreached:
    """A clock missed its target; a cycle does so at most once, and this is never erased.

    Attributes:
        clock: Its name.
        cycle: Which cycle of it: the place in the history of the entry that began it.
        target: How much time it had; None for a deadline that was set by hand.
        due_at: When it was to be met.
    """

    clock: str
    cycle: int
    target: timedelta | None
    due_at: datetime = attrs.field(converter=_due_at)


@attrs.frozen
class Woke:
    """The moment of a snooze has come.

    Attributes:
        slept: Whether the ticket was asleep until now; if not, this is a note and no more.
    """

    slept: bool


@attrs.frozen
class Superseded:
    """The occurrence gave way to a later one of its rule.

    Attributes:
        count: How many did, this one the last of them.
    """

    count: int = 1


@attrs.frozen
class Dropped:
    """The occurrence could not be carried out, and why."""

    why: str


@attrs.frozen
class RulesHalted:
    """These rules went in a circle and rest until the next outside event."""

    rules: tuple[str, ...]


Event = (
    Opened
    | MessageAdded
    | Assigned
    | StateChanged
    | FieldChanged
    | FieldHeld
    | FieldReleased
    | Rated
    | OutsideEventRecorded
    | ResolutionMarked
    | Declined
    | Linked
    | Snoozed
    | SnoozeCancelled
    | Surfaced
    | Woke
    | MessageRequested
    | FollowUpRequested
    | TargetWarned
    | TargetBreached
    | Superseded
    | Dropped
    | RulesHalted
)


@attrs.frozen
class Key:
    """What makes an occurrence the one it is: never its instant, which moves when a holiday is added.

    Attributes:
        ticket: The ticket's id.
        rule: The rule's id.
        generation: The rule's generation; a higher one fires anew on purpose.
        arming: The id of the entry that armed the episode, or that triggered the rule.
        occurrence: Which rung or repetition, from 0.

    Source: docs/semantics.md 3.12.
    """

    ticket: str
    rule: str
    generation: int
    arming: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.ticket}/{self.rule}/{self.generation}/{self.arming}/{self.occurrence}"

    @property
    def digest(self) -> str:
        """A short name of the key, the same everywhere; automatic entries bear it as their id."""
        return blake2b(str(self).encode(), digest_size=10).hexdigest()


@attrs.frozen(slots=False)
class ByCommand:
    """A command was taken.

    Attributes:
        command: Its name.
        event_id: The id of its delivery, if it had one.
        rules: The digest of the rule set it was decided under, and with it the cycles that it began.
    """

    command: str
    event_id: str | None = None
    rules: str | None = None


@attrs.frozen
class TimeReason:
    """A span had passed since an anchor.

    Attributes:
        anchor: The named moment that time was counted from.
        since: When that was.
        span: What had passed.
    """

    anchor: Anchor
    since: datetime = attrs.field(converter=_since)
    span: Span | ClockSpan

    def __str__(self) -> str:
        return f"{self.span} after {self.anchor} ({self.since.isoformat()})"


@attrs.frozen
class EventReason:
    """An event had happened that the rule waits for.

    Attributes:
        trigger: What the rule waits for, in words.
        entry: The id of the entry that brought it.
    """

    trigger: str
    entry: str

    def __str__(self) -> str:
        return self.trigger


@attrs.frozen
class OccasionReason:
    """An occasion had come round: a recurrence, an opening or a closing, the moment that a field or a snooze names.

    Attributes:
        occasion: Which, in words.
        at: When it came.
    """

    occasion: str
    at: datetime = attrs.field(converter=_at)

    def __str__(self) -> str:
        return f"{self.occasion} ({self.at.isoformat()})"


Why = TimeReason | EventReason | OccasionReason


@attrs.frozen
class ByRule:
    """A rule's occurrence came due.

    Attributes:
        key: Which occurrence.
        due_at: When it was due by itself; the entry's own instant is later if something held it.
        reason: Why it was due.
        armed: The place in the history of the entry that armed it.
        rules: The digest of the rule set it was decided under.
    """

    key: Key
    due_at: datetime = attrs.field(converter=_due_at)
    reason: Why
    armed: int
    rules: str


@attrs.frozen
class ByBound:
    """A bound of the rule set was reached."""

    bound: str
    rules: str


Cause = ByCommand | ByRule | ByBound


@attrs.frozen(slots=False)
class Entry:
    """One decision in a ticket's history.

    Attributes:
        sequence: Its place, from 0.
        id: What keys call it: a number counting outside entries, or the digest of the key of a rule's occurrence.
        at: When it holds, in UTC; never before the entry before it.
        actor: Who did it.
        cause: The command, the rule's occurrence, or the bound behind it.
        events: What happened, in order, all at once.
        occurred_at: When its sender claimed it, where that is not *at*.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
    """

    sequence: int
    id: str
    at: datetime = attrs.field(converter=_at)
    actor: Actor
    cause: Cause
    events: tuple[Event, ...]
    occurred_at: datetime | None = attrs.field(default=None, converter=_occurred_at)

    @property
    def is_by_hand(self) -> bool:
        """Whether a command brought it that changed something, and no machine wrote in its sender's name."""
        if not self.events or self.is_automatic:
            return False
        for event in self.events:  # noqa: SIM110 -- every fold asks this, and a generator costs twice as much
            if isinstance(event, MessageAdded) and event.message.automatic:
                return False
        return True

    @property
    def is_automatic(self) -> bool:
        """Whether no outside command brought it."""
        return not isinstance(self.cause, ByCommand)
