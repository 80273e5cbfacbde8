"""The ticket: a frozen value folded from its history, which needs no rules to be folded.

Whatever can be derived from the history cheaply is derived when asked; what rules ask for again and again is kept
beside it: how each fact came to its value (`Ticket.trails`), when each named moment was last (`Ticket.marks`), and
which occurrences of rules are behind it (`Ticket.fired`). All three cost the same however long the history is.

Source: docs/semantics.md 2.1, 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, assert_never, cast

import attrs

from ticketflow.errors import BadValueError, HistoryError
from ticketflow.kernel.persistent_list import Chain
from ticketflow.kernel.values import PEOPLE, SUPPORT, Actor, Category, Change, FrozenMap, Mark, Message, Value, same
from ticketflow.tickets.delivery_ids import TakenIds
from ticketflow.tickets.events import (
    Assigned,
    ByCommand,
    ByRule,
    Declined,
    Dropped,
    Entry,
    Event,
    FieldChanged,
    FieldHeld,
    FieldReleased,
    FollowUpRequested,
    Linked,
    MessageAdded,
    MessageRequested,
    Opened,
    OutsideEventRecorded,
    Rated,
    ResolutionMarked,
    RulesHalted,
    SnoozeCancelled,
    Snoozed,
    StateChanged,
    Superseded,
    Surfaced,
    TargetBreached,
    TargetWarned,
    Woke,
)

OUTLOOK = "outlook"
"""Where a ticket keeps what lies ahead of it, once that was asked; no part of its value."""

CLOCKS = "_clocks"
"""Where a ticket keeps how its clocks went, once that was asked; no part of its value."""

SNOOZE_END = "snooze.until"
"""The fact that holds the moment of an armed snooze."""

OUTCOME = "outcome"
"""The field that says how a ticket ended; setting it from nothing resolves the ticket, whatever its state."""

METHOD = "method"
"""The field that says in which way it did."""

DONE: tuple[Category, ...] = ("resolved", "closed")
"""What a state counts as in which a ticket is resolved."""


def changes_ticket(entry: Entry) -> bool:
    """Return whether any event of *entry* changes what the ticket is."""
    return not all(isinstance(event, _NO_CHANGE) for event in entry.events)


_NO_CHANGE = MessageRequested | FollowUpRequested | TargetWarned | TargetBreached | Superseded | Dropped | RulesHalted


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


@attrs.frozen(slots=False)
class Facts:
    """What conditions can ask of a ticket, by name.

    Names: ``state``, ``category``, ``assignee``, ``rating``, ``resolution`` (the message that is or is offered as the
    resolution), ``snoozed`` (True while a snooze is armed), ``hidden`` (True while it sleeps), ``unanswered`` (True
    while a customer's message is), ``answers`` and ``reopenings`` (how many), ``warned.<clock>`` and
    ``breached.<clock>`` (in which cycle), ``field.<name>``, and ``once.<moment>`` (True from the first on).
    """

    trails: Mapping[str, Chain[Change]]
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
        taken: The ids of deliveries that were taken.
        snooze: The snooze that is armed; None if there is none.
        links: Other tickets that it has to do with, oldest first.
        first_answer: The first public message by a person of the support.
        first_resolution: When it was first resolved, and by whom, however often it was reopened since.
        breaches: The targets that its clocks missed, oldest first.
        follows: The id of the closed ticket that it goes on from.
        earlier: That ticket's whole history.
    """

    id: str
    history: Chain[Entry]
    trails: FrozenMap[str, Chain[Change]] = attrs.field(repr=False)
    marks: FrozenMap[str, Mark] = attrs.field(repr=False)
    held: FrozenMap[str, Value] = attrs.field(repr=False)
    fired: FrozenMap[str, Chain[Firing]] = attrs.field(repr=False)
    halted: frozenset[str]
    outside: int
    unattended: int
    taken: TakenIds = attrs.field(repr=False)
    snooze: ArmedSnooze | None
    links: tuple[Linked, ...]
    first_answer: Milestone | None
    first_resolution: Milestone | None
    breaches: tuple[Breach, ...]
    follows: str | None
    earlier: Chain[Entry] | None = attrs.field(repr=False)

    outlook: ClassVar[tuple[object, object, datetime]] = (None, None, datetime.min.replace(tzinfo=UTC))
    """The rules that were asked about, what comes first under them, and before which instant nothing is due."""

    def __getstate__(self) -> dict[str, object]:
        """Return what is pickled: its value, without what was found out about it."""
        return {name: value for name, value in self.__dict__.items() if name not in (OUTLOOK, CLOCKS)}

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


def replay(entries: Iterable[Entry]) -> Ticket:
    """Return the ticket that a stored history tells of; no rules are needed.

    Raises:
        HistoryError: it doesn't begin with an opening, has another one, skips a number, repeats an id, or its instants
            decrease.

    Source: docs/semantics.md 2.1, 2.2.

    >>> replay([])
    Traceback (most recent call last):
        ...
    ticketflow.errors.HistoryError: history of ticket '?', entry 0: it is empty; a history begins with an opening
    """
    ticket: Ticket | None = None
    ids: set[str] = set()
    for entry in entries:
        _check_follows(ticket, entry, ids)
        ticket = evolve(ticket, entry)
        ids.add(entry.id)
    if ticket is None:
        raise HistoryError("?", 0, "it is empty", "a history begins with an opening")
    return ticket


def _check_follows(ticket: Ticket | None, entry: Entry, ids: set[str]) -> None:
    opening = next((event for event in entry.events if isinstance(event, Opened)), None)
    name = ticket.id if ticket else opening.ticket if opening else "?"
    expected = ticket.version if ticket else 0
    if entry.sequence != expected:
        what = f"entry {expected} was to come, and here stands entry {entry.sequence}"
        raise HistoryError(name, expected, what, "give every entry, in order")
    if (ticket is None) is not (opening is not None):
        raise HistoryError(
            name, entry.sequence, "a ticket is opened by its first entry and no other", "check the store"
        )
    if entry.id in ids:
        raise HistoryError(name, entry.sequence, f"its id {entry.id!r} stands twice", "each entry has an id of its own")
    if ticket and entry.at < ticket.changed_at:
        earlier = f"its instant {entry.at.isoformat()} is before the entry before it, {ticket.changed_at.isoformat()}"
        raise HistoryError(name, entry.sequence, earlier, "instants never decrease along a history; sort or mend it")


def evolve(ticket: Ticket | None, entry: Entry) -> Ticket:
    """Return the ticket after *entry*; None as the ticket before it stands for none yet.

    Nothing is checked here: an entry is a fact, and commands were checked before they became one.
    """
    draft = _Draft(ticket or _UNBORN, entry)
    for place, event in enumerate(entry.events):
        step = (
            0 if entry.is_automatic else place
        )  # what a rule does at once has one place, in whatever order it is written
        draft.mark = Mark(entry.at, entry.sequence, step, entry.id)
        draft.take(event)
    return draft.finished()


# The maps of a draft are nobody else's yet: filled like this, they need not be copied once more to be frozen.
_put = dict.__setitem__


class _Draft:
    """A ticket while the events of one entry are folded into it."""

    __slots__ = (
        "before",
        "breaches",
        "entry",
        "first_answer",
        "first_resolution",
        "halted",
        "held",
        "links",
        "mark",
        "marks",
        "opening",
        "snooze",
        "trails",
    )
    mark: Mark

    def __init__(self, before: Ticket, entry: Entry) -> None:
        self.before = before
        self.entry = entry
        self.opening: Opened | None = None
        self.trails = FrozenMap(before.trails)
        self.marks = FrozenMap(before.marks)
        self.held = before.held
        self.halted = before.halted if entry.is_automatic else frozenset[str]()
        self.snooze = before.snooze
        self.links = before.links
        self.breaches = before.breaches
        self.first_answer = before.first_answer
        self.first_resolution = before.first_resolution

    def take(self, event: Event) -> None:  # noqa: PLR0915 -- one flat table, a case an event
        match event:
            case StateChanged(after=after, category=category):
                self._enter(after, category)
            case MessageAdded(message=message):
                self._take_message(message)
            case FieldChanged(field=field, after=value):
                self._change(field, value)
                self.held = self.held.without(field)
            case FieldHeld(field=field, before=before, after=value):
                self._change(field, value)
                self.held = self.held.set(field, before)
            case FieldReleased(field=field, after=value):
                self._change(field, value)
                self.held = self.held.without(field)
            case Assigned(after=after):
                self._set("assignee", after)
                self._moves("assigned")
            case Opened():
                self.opening = event
                self._moves("created")
                self._enter(event.state, event.category)
                for name, value in event.fields.items():
                    self._change(name, value)
            case Rated(score=score):
                self._set("rating", score)
            case OutsideEventRecorded(event=name):
                self._moves(f"outside.{name}")
            case ResolutionMarked(message=name):
                self._set("resolution", name)
            case Linked():
                self.links = (*self.links, event)
            case Snoozed(until=until, why=why):
                self.snooze = ArmedSnooze(until, self.entry.actor.id, why)
                self._set("snoozed", value=True)
                self._set("hidden", value=True)
                self._set(SNOOZE_END, until)
            case SnoozeCancelled():
                self.snooze = None
                self._set("snoozed", None)
                self._set(SNOOZE_END, None)
            case Surfaced():
                self._set("hidden", None)
            case Woke(slept=slept):
                self._end_snooze(slept=slept)
            case RulesHalted(rules=rules):
                self.halted |= set(rules)
            case TargetWarned(clock=clock, cycle=cycle):
                self._set(f"warned.{clock}", cycle)
            case TargetBreached():
                self._miss(event)
            case Declined() | MessageRequested() | FollowUpRequested() | Superseded() | Dropped():
                pass
            case _:
                assert_never(event)

    def _enter(self, state: str, category: Category) -> None:
        trail = self.trails.get("category")
        was_done = trail is not None and trail.last.value in DONE
        if trail is not None:
            self._moves(f"left.{self.trails['state'].last.value}")
        if category == "closed":
            self._moves("closed")
        self._set("state", state)
        self._set("category", category)
        self._moves("entered")
        self._moves(f"entered.{state}")
        if category in DONE and not was_done:
            self._resolve()
        elif was_done and category not in DONE:
            self._set("resolution", None)  # what was said then does not resolve it again
            count = self.trails.get("reopenings")
            self._set("reopenings", 1 + cast("int", count.last.value) if count else 1)

    def _moves(self, name: str) -> None:
        """Let a named moment be now; the first time is a fact for good."""
        if name not in self.marks:
            self._set(f"once.{name}", value=True)
        _put(self.marks, name, self.mark)

    def _miss(self, event: TargetBreached) -> None:
        """Let a target be missed, under whatever rules that was decided."""
        entry = self.entry
        self._set(f"breached.{event.clock}", event.cycle)
        self._moves(f"breached.{event.clock}")
        rules = entry.cause.rules or ""
        breach = Breach(event.clock, event.cycle, event.target, event.due_at, entry.at, rules)
        self.breaches = (*self.breaches, breach)

    def _end_snooze(self, *, slept: bool) -> None:
        self.snooze = None
        for fact in ("snoozed", "hidden", SNOOZE_END):
            self._set(fact, None)
        if slept:
            self._moves("woke")

    def _change(self, field: str, value: Value) -> None:
        name = f"field.{field}"
        if field == OUTCOME and value is not None and (name not in self.trails or self.trails[name].last.value is None):
            self._resolve()
        self._set(name, value)

    def _resolve(self) -> None:
        self._moves("resolved")
        self.first_resolution = self.first_resolution or Milestone(self.mark, self.entry.actor)

    def _take_message(self, message: Message) -> None:
        role = self.entry.actor.role
        if message.resolves and role not in ("customer", "third_party"):
            self._set("resolution", message.id)
        if not message.public and not message.automatic and role in PEOPLE:
            self._moves("activity.note")
        if message.public and not message.automatic and role in PEOPLE:
            author = "agent" if role in SUPPORT else role
            self._moves("message.anyone")
            self._moves(f"message.{author}")
            if role == "customer" or role in SUPPORT:
                self._set("unanswered", value=True if role == "customer" else None)
            if role in SUPPORT:
                answers = self.trails.get("answers")
                self._set("answers", 1 + cast("int", answers.last.value) if answers else 1)
                self.first_answer = self.first_answer or Milestone(self.mark, self.entry.actor)

    def _set(self, name: str, value: Value) -> None:
        """Let a fact have a value; one entry leaves at most one change, and none where the value stays."""
        trail = self.trails.get(name)
        if trail is not None and trail.last.mark.sequence == self.entry.sequence:
            trail = trail.before
        if trail is not None and same(trail.last.value, value):
            _put(self.trails, name, trail)
        else:
            _put(self.trails, name, Chain(Change(value, self.mark), trail))

    def finished(self) -> Ticket:
        before, entry, opening = self.before, self.entry, self.opening
        if entry.actor.role in PEOPLE and entry.is_by_hand:
            self._moves("activity.command")
        fired, outside, unattended, taken = before.fired, before.outside + 1, 0, before.taken
        if not isinstance(entry.cause, ByCommand):
            fired, outside = _fired(fired, entry), before.outside
            counted = before.unattended if before.halted == self.halted else 0
            unattended = counted + changes_ticket(entry)
        elif entry.cause.event_id is not None:
            taken = taken.added(entry.cause.event_id)
        return Ticket(
            opening.ticket if opening else before.id,
            Chain(entry, before.history or None),
            self.trails,
            self.marks,
            self.held,
            fired,
            self.halted,
            outside,
            unattended,
            taken,
            self.snooze,
            self.links,
            self.first_answer,
            self.first_resolution,
            self.breaches,
            opening.follows if opening else before.follows,
            opening.earlier if opening else before.earlier,
        )


_UNBORN = Ticket(
    id="?",
    history=cast("Chain[Entry]", ()),
    trails=FrozenMap(),
    marks=FrozenMap(),
    held=FrozenMap(),
    fired=FrozenMap(),
    halted=frozenset(),
    outside=0,
    unattended=0,
    taken=TakenIds(),
    snooze=None,
    links=(),
    first_answer=None,
    first_resolution=None,
    breaches=(),
    follows=None,
    earlier=None,
)
"""What a ticket is before its first entry; it leaves this module only with an entry in its history."""


def _fired(fired: FrozenMap[str, Chain[Firing]], entry: Entry) -> FrozenMap[str, Chain[Firing]]:
    if not isinstance(entry.cause, ByRule):
        return fired
    key, armed = entry.cause.key, entry.cause.armed
    name = _fired_name(key.rule, key.generation)
    trail = fired.get(name)
    newest = armed if trail is None else max(armed, trail.last.newest)
    was_given = not any(isinstance(event, Superseded | Dropped) for event in entry.events)
    firing = Firing(armed, key.occurrence, newest, entry.cause.due_at, entry.at, was_given)
    return fired.set(name, Chain(firing, trail))
