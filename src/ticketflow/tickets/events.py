"""Events: what happened to a ticket. They are complete without the rules that led to them.

An `Entry` of the history records one decision: an accepted command, or an occurrence of a rule. All its events take
effect together at one instant. Conditions are read after the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import attrs

from ticketflow.calendars.spans import ClockSpan, Span
from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import LONGEST_ID, escape_id
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.typed import typed
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import Anchor
from ticketflow.tickets.facts import Category
from ticketflow.tickets.messages import Message
from ticketflow.tickets.unloaded import UnloadedHistory

__all__ = [
    "Assigned",
    "ByBound",
    "ByCommand",
    "ByRule",
    "Cause",
    "Declined",
    "Dropped",
    "Emitted",
    "Entry",
    "Event",
    "EventReason",
    "FieldChanged",
    "FieldHeld",
    "FieldReleased",
    "FollowUpRequested",
    "Key",
    "Linked",
    "MessageAdded",
    "MessageRequested",
    "OccasionReason",
    "Opened",
    "OutsideEventRecorded",
    "Rated",
    "RequesterChanged",
    "ResolutionMarked",
    "RulesHalted",
    "SnoozeCancelled",
    "Snoozed",
    "StateChanged",
    "Superseded",
    "Surfaced",
    "TargetBreached",
    "TargetWarned",
    "TimeReason",
    "Why",
    "Woke",
]


PERSONAL = frozenset({"customer", "requester", "owner"})
"""Recipients of messages that mean one person of the ticket, or nobody."""


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


@fast_init
@attrs.frozen(eq=False)
class Opened:
    """The ticket was opened.

    Comparing, hashing and pickling do not recurse into earlier histories, however many follow-ups came one after
    another.

    Attributes:
        ticket: The ticket's id.
        state: The initial state.
        category: The category of that state.
        fields: The initial values of the fields.
        follows: The id of the closed ticket that it follows up.
        earlier: The history of that ticket. It is an `UnloadedHistory` if the follow-up was read from a document.
        requester: The id of the customer whom it is for; None for the customer who opened it, or nobody yet.
    """

    ticket: str
    state: str
    category: Category
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap)
    follows: str | None = None
    earlier: PersistentList[Entry] | None = attrs.field(default=None, repr=False)
    requester: str | None = None
    _links: int = attrs.field(init=False, default=0, repr=False)
    """The number of closed tickets behind it: the one that it follows up, the one before that, and so on."""

    def __attrs_post_init__(self) -> None:
        before = _opening(self.earlier)
        if before is not None:
            object.__setattr__(self, "_links", before._links + 1)  # noqa: SLF001 -- its own class

    def __eq__(self, other: object) -> bool:
        return _are_equal(self, other) if isinstance(other, Opened) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._own)

    @property
    def _own(self) -> tuple[object, ...]:
        return (self.ticket, self.state, self.category, self.fields, self.follows, self.requester)

    def __reduce__(self) -> tuple[object, ...]:
        return (_unpickled, (tuple(_far_histories(self)), *self._own[:-1], self.earlier, self.requester))


def _opening(history: PersistentList[Entry] | None) -> Opened | None:
    """Return the opening of a history; None if it has none or was not loaded."""
    first = history.first if isinstance(history, PersistentList) and not isinstance(history, UnloadedHistory) else None
    return next(iter(_openings(first)), None) if isinstance(first, Entry) else None


def _are_equal(one: Opened, other: Opened) -> bool:
    """Compare two openings and the histories behind them, one pair of openings after another."""
    pairs = [(one, other)]
    while pairs:
        mine, theirs = pairs.pop()
        if mine._own != theirs._own:  # noqa: SLF001 -- their own module
            return False
        left, right = mine.earlier, theirs.earlier
        if isinstance(left, UnloadedHistory) or isinstance(right, UnloadedHistory):
            if left != right:
                return False
            continue
        while left is not right:
            if left is None or right is None or _beside_openings(left.last) != _beside_openings(right.last):
                return False
            pairs += zip(_openings(left.last), _openings(right.last), strict=True)
            left, right = left.before, right.before
    return True


def _openings(entry: Entry) -> tuple[Opened, ...]:
    return tuple(event for event in entry.events if isinstance(event, Opened))


def _beside_openings(entry: Entry) -> tuple[object, ...]:
    """Return an entry for comparing, in which the class stands for each opening."""
    events = tuple(Opened if isinstance(event, Opened) else event for event in entry.events)
    return (entry.sequence, entry.id, entry.at, entry.actor, entry.cause, events, entry.occurred_at)


def _far_histories(opened: Opened) -> Iterator[PersistentList[Entry]]:
    """Yield some histories behind an opening, farthest first; pickled before it, they keep the recursion shallow.

    They are 2, 4, 8, ... tickets away, up to the greatest power of two that divides the number of tickets behind it.
    So each of *n* histories is pickled once, at a depth of at most twice the logarithm of *n*.
    """
    farthest = opened._links & -opened._links  # noqa: SLF001 -- its own module
    found = list[PersistentList[Entry]]()
    at: Opened | None = opened
    for distance in range(1, farthest + 1):
        history = at.earlier if at else None
        if history is not None and distance > 1 and distance & (distance - 1) == 0:
            found.append(history)
        at = _opening(history)
    return reversed(found)


def _unpickled(_: tuple[PersistentList[Entry], ...], *attributes: Any) -> Opened:  # noqa: ANN401 -- those of Opened
    return Opened(*attributes)


@fast_init
@attrs.frozen
class MessageAdded:
    """A message or an internal note was added. The entry's actor is its author.

    Attributes:
        message: The message.
    """

    message: Message


@fast_init
@attrs.frozen
class Assigned:
    """The assignee changed.

    Attributes:
        before: The id of the earlier assignee; None for nobody.
        after: The id of the new assignee; None for nobody.
    """

    before: str | None
    after: str | None


@fast_init
@attrs.frozen
class RequesterChanged:
    """The ticket is for another customer.

    Attributes:
        before: The id of the earlier requester; None for nobody.
        after: The id of the new requester; None for nobody.
    """

    before: str | None
    after: str | None


@fast_init
@attrs.frozen
class StateChanged:
    """The ticket moved from one state to another by a transition.

    Attributes:
        before: The earlier state.
        after: The new state.
        category: The category of the new state.
        transition: The transition's name.
    """

    before: str
    after: str
    category: Category
    transition: str


@fast_init
@attrs.frozen
class FieldChanged:
    """A field was set. This ends a hold on it.

    Attributes:
        field: The field's name.
        before: The earlier value.
        after: The new value.
    """

    field: str
    before: Value = attrs.field(eq=typed)
    after: Value = attrs.field(eq=typed)


@fast_init
@attrs.frozen
class FieldHeld:
    """A rule holds a field at a value until it releases the field.

    Attributes:
        field: The field's name.
        before: The value that is kept aside.
        after: The value while the field is held.
    """

    field: str
    before: Value = attrs.field(eq=typed)
    after: Value = attrs.field(eq=typed)


@fast_init
@attrs.frozen
class FieldReleased:
    """A hold on a field ended.

    Attributes:
        field: The field's name.
        before: The value while the field was held.
        after: The value that was kept aside.
    """

    field: str
    before: Value = attrs.field(eq=typed)
    after: Value = attrs.field(eq=typed)


@fast_init
@attrs.frozen
class Rated:
    """The satisfaction survey was answered.

    Attributes:
        score: The answer, 1 to 5; 5 is the best.
        comment: The id of a comment that came with it; None if there is none.
    """

    score: int
    comment: str | None = None


@fast_init
@attrs.frozen
class OutsideEventRecorded:
    """Something happened outside the ticket, such as the release of a version.

    Attributes:
        event: The event's name.
    """

    event: str


@fast_init
@attrs.frozen
class ResolutionMarked:
    """A message or note became the resolution. It may have been added earlier.

    Attributes:
        message: The message's id.
    """

    message: str


@fast_init
@attrs.frozen
class Declined:
    """A robot gave the ticket back.

    Attributes:
        why: The robot's reason.
    """

    why: str


@fast_init
@attrs.frozen
class Linked:
    """The ticket was linked to another one.

    Attributes:
        ticket: The other ticket's id.
        kind: The kind of link, for example ``duplicate_of``.
    """

    ticket: str
    kind: str


@fast_init
@attrs.frozen
class Snoozed:
    """The ticket was snoozed and hidden. A pending snooze was replaced.

    Attributes:
        until: The instant at which the snooze ends.
        before: The end of the snooze that was replaced; None if there was none.
        why: The actor's reason.
    """

    until: datetime = attrs.field(converter=_until)
    before: datetime | None = attrs.field(default=None, converter=_before)
    why: str | None = None


@fast_init
@attrs.frozen
class SnoozeCancelled:
    """The pending snooze was cancelled.

    Attributes:
        until: The instant at which it would have ended.
    """

    until: datetime = attrs.field(converter=_until)


@fast_init
@attrs.frozen
class Surfaced:
    """The hidden ticket is shown again. Its snooze stays pending."""


@fast_init
@attrs.frozen
class MessageRequested:
    """A rule requested a message. An adapter sends it once for each key.

    Attributes:
        template: The name of the message's template.
        to: The recipient as the rule names it: a role, ``owner``, ``requester``, a group, or a person.
        recipient: The id of the person whom it meant at that instant; None for a group or another role, whose members
            an adapter knows, or if there was nobody.
    """

    template: str
    to: str
    recipient: str | None = None

    @property
    def has_addressee(self) -> bool:
        """True if it is for somebody: a person was meant, or the members of a group or role are."""
        return self.recipient is not None or self.to not in PERSONAL


@fast_init
@attrs.frozen
class Emitted:
    """A rule emitted an event for other systems. An adapter passes it on once for each key and name.

    Attributes:
        name: The name of the event.
        fields: The values of the fields that the rule names, after the entry; None for a field without a value.
    """

    name: str
    fields: FrozenMap[str, Value] = attrs.field(factory=FrozenMap)


@fast_init
@attrs.frozen
class FollowUpRequested:
    """A rule requested a follow-up of the ticket. An adapter opens it with the command that `follow_ups` returns."""


@fast_init
@attrs.frozen
class TargetWarned:
    """A clock reached the warning of its policy.

    Attributes:
        clock: The clock's name.
        cycle: The clock's cycle, as the sequence of the entry that began it.
        due_at: The deadline of the target; None if it was not known.
    """

    clock: str
    cycle: int
    due_at: datetime | None = attrs.field(converter=_before)


@fast_init
@attrs.frozen
class TargetBreached:
    """A clock missed its target. This happens at most once in a cycle and is never erased.

    Attributes:
        clock: The clock's name.
        cycle: The clock's cycle, as the sequence of the entry that began it.
        target: The target's length; None for a deadline that was set by hand.
        due_at: The deadline of the target.
    """

    clock: str
    cycle: int
    target: timedelta | None
    due_at: datetime = attrs.field(converter=_due_at)


@fast_init
@attrs.frozen
class Woke:
    """A snooze ended at its time.

    Attributes:
        slept: Whether the ticket was hidden until now; if not, nothing else changes.
    """

    slept: bool


@fast_init
@attrs.frozen
class Superseded:
    """A later occurrence of the same rule replaced this one.

    Attributes:
        count: The number of replaced occurrences, this one included.
    """

    count: int = 1


@fast_init
@attrs.frozen
class Dropped:
    """The occurrence could not be carried out.

    Attributes:
        why: The reason.
    """

    why: str


@fast_init
@attrs.frozen
class RulesHalted:
    """Rules that set each other off endlessly are halted until the next outside entry.

    Attributes:
        rules: The ids of the rules.
    """

    rules: tuple[str, ...]


Event = (
    Opened
    | MessageAdded
    | Assigned
    | RequesterChanged
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
    | Emitted
    | FollowUpRequested
    | TargetWarned
    | TargetBreached
    | Superseded
    | Dropped
    | RulesHalted
)
"""One thing that happened to a ticket."""


@fast_init
@attrs.frozen
class Key:
    """The identity of a rule's occurrence. Its instant is not part of it, because a new holiday can move the instant.

    Attributes:
        ticket: The ticket's id.
        rule: The rule's id.
        generation: The rule's generation. A higher generation fires again on purpose.
        arming: The id of the entry that armed the episode, or that triggered the rule.
        occurrence: The number of the rung or repetition, from 0.

    Source: docs/semantics.md 3.12.
    """

    ticket: str
    rule: str
    generation: int
    arming: str
    occurrence: int

    def __str__(self) -> str:
        ticket = escape_id(self.ticket, _KEPT)
        return f"{ticket}/{self.rule}/{self.generation}/{self.arming}/{self.occurrence}"

    @property
    def digest(self) -> str:
        """A short hash of the key, the same on every machine. It is the id of the occurrence's entry."""
        return _digest(str(self))


_KEPT = ".:@#"
"""Characters that stay as they are in keys and derived ids. Ids could always have them, and keys do not change."""


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=10).hexdigest()


def sayable_id(digest: str) -> str:
    """Return a ticket id made from *digest*, in groups of letters and digits that people can read aloud."""
    return f"{digest[:8]}-{digest[8:16]}".upper()


def follow_up_id(ticket: str, event_id: str) -> str:
    """Return the id of the follow-up of *ticket* that the command with this delivery id opens.

    >>> follow_up_id("T-1", "mail-7")
    '1D23AB82-EA730488'
    """
    return sayable_id(_digest(f"{escape_id(ticket, _KEPT)}/{escape_id(event_id, _KEPT)}"))


def note_id(ticket: str, sequence: int) -> str:
    """Return the id of the note that a rule adds to a ticket in the entry *sequence*; an entry has at most one.

    It contains the escaped id of the ticket, or the digest of that if it were too long for an id.
    """
    name = escape_id(ticket, _KEPT)
    note = f"{name}.note.{sequence}"
    return note if len(note) <= LONGEST_ID else f"{_digest(name)}.note.{sequence}"


@fast_init
@attrs.frozen
class ByCommand:
    """The entry records an accepted command.

    Attributes:
        command: The command's name.
        event_id: The id of its delivery; None if it had none.
        rules: The digest of the rule set that decided it, and also the cycles that it began.
    """

    command: str
    event_id: str | None = None
    rules: str | None = None


@fast_init
@attrs.frozen
class TimeReason:
    """A span had passed since an anchor.

    Attributes:
        anchor: The anchor from which time was counted.
        since: The instant of the anchor.
        span: The span that had passed.
    """

    anchor: Anchor
    since: datetime = attrs.field(converter=_since)
    span: Span | ClockSpan

    def __str__(self) -> str:
        return f"{self.span} after {self.anchor} ({self.since.isoformat()})"


@fast_init
@attrs.frozen
class EventReason:
    """The rule's trigger had occurred.

    Attributes:
        trigger: The trigger in words.
        entry: The id of the entry in which it occurred.
    """

    trigger: str
    entry: str

    def __str__(self) -> str:
        return self.trigger


@fast_init
@attrs.frozen
class OccasionReason:
    """The rule's time had come: a recurrence, an opening or closing, the instant of a field, or the end of a snooze.

    Attributes:
        occasion: The time in words.
        at: The instant.
    """

    occasion: str
    at: datetime = attrs.field(converter=_at)

    def __str__(self) -> str:
        return f"{self.occasion} ({self.at.isoformat()})"


Why = TimeReason | EventReason | OccasionReason
"""Why a rule acted: time passed, an event happened, or an occasion came."""


@fast_init
@attrs.frozen
class ByRule:
    """The entry records an occurrence of a rule.

    Attributes:
        key: The occurrence's key.
        due_at: When the occurrence was due. The entry's instant is later if something held it.
        reason: Why it was due.
        armed: The sequence of the entry that armed the episode.
        rules: The digest of the rule set that decided it.
    """

    key: Key
    due_at: datetime = attrs.field(converter=_due_at)
    reason: Why
    armed: int
    rules: str


@fast_init
@attrs.frozen
class ByBound:
    """A bound of the rule set was reached.

    Attributes:
        bound: The bound's name.
        rules: The digest of the rule set.
    """

    bound: str
    rules: str


Cause = ByCommand | ByRule | ByBound
"""What made an entry: a command, a rule, or a bound that was reached."""


@fast_init
@attrs.frozen
class Entry:
    """A record of a ticket's history: the events of one decision.

    Attributes:
        sequence: The entry's place in the history, from 0.
        id: The entry's id in keys: the number of the outside entry, or the digest of the occurrence's key.
        at: When it takes effect, in UTC; never before the entry before it.
        actor: The actor who caused it.
        cause: The command, the occurrence of a rule, or the bound that caused it.
        events: The events, in order. They take effect together.
        occurred_at: The instant that the command claimed, if it is not *at*.

    Raises:
        NaiveDatetimeError: *at* or *occurred_at* has no time zone.
    """

    sequence: int
    id: str
    at: datetime = attrs.field(converter=_at)
    actor: Actor
    cause: Cause
    events: tuple[Event, ...]
    occurred_at: datetime | None = attrs.field(default=None, converter=_occurred_at)

    def __copy__(self) -> Entry:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Entry:
        return self

    @property
    def is_by_hand(self) -> bool:
        """True if it records a command that changed something and had no automatic message."""
        if not self.events or self.is_automatic:
            return False
        for event in self.events:  # noqa: SIM110 -- every fold asks this, and a generator costs twice as much
            if isinstance(event, MessageAdded) and event.message.automatic:
                return False
        return True

    @property
    def is_automatic(self) -> bool:
        """True if the system caused it, and not a command."""
        return not isinstance(self.cause, ByCommand)
