"""The ticket: a frozen value folded from its history, which needs no rules to be folded.

Whatever can be derived from the history cheaply is derived when asked; what rules ask for again and again is kept
beside it: how each fact came to its value (`Ticket.trails`), when each named moment was last (`Ticket.marks`), and
which occurrences of rules are behind it (`Ticket.fired`). All three cost the same however long the history is.

Source: docs/semantics.md 2.1, 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import assert_never, cast

import attrs

from ticketflow.chain import Chain
from ticketflow.errors import HistoryError
from ticketflow.events import (
    Assigned,
    ByCommand,
    ByRule,
    Dropped,
    Entry,
    Event,
    FieldChanged,
    FieldHeld,
    FieldReleased,
    MessageAdded,
    MessageRequested,
    Opened,
    OutsideEventRecorded,
    Rated,
    RulesHalted,
    StateChanged,
    Superseded,
)
from ticketflow.values import PEOPLE, SUPPORT, Category, Change, FrozenMap, Mark, Value, same


def changes_ticket(entry: Entry) -> bool:
    """Return whether any event of *entry* changes what the ticket is."""
    return not all(isinstance(event, MessageRequested | Superseded | Dropped | RulesHalted) for event in entry.events)


@attrs.frozen
class Firing:
    """An occurrence of a rule that is behind the ticket.

    Attributes:
        armed: The place in the history of the entry that armed its episode.
        occurrence: Which rung or repetition, from 0.
        newest: The latest *armed* of this firing and all before it; a look-up need not go on past it.
    """

    armed: int
    occurrence: int
    newest: int


@attrs.frozen
class Facts:
    """What conditions can ask of a ticket, by name.

    Names: ``state``, ``category``, ``assignee``, ``rating``, and ``field.<name>``.
    """

    trails: Mapping[str, Chain[Change]]

    def __getitem__(self, name: str) -> Value:
        """Return the fact's value; None for one that never was."""
        trail = self.trails.get(name)
        return None if trail is None else trail.last.value


@attrs.frozen
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
        event_ids: The ids of deliveries that were taken, oldest first.
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
    event_ids: Chain[str] | None = attrs.field(repr=False)
    follows: str | None
    earlier: Chain[Entry] | None = attrs.field(repr=False)

    @property
    def facts(self) -> Facts:
        """What conditions can ask."""
        return Facts(self.trails)

    @property
    def state(self) -> str:
        """The name of the state the ticket is in."""
        return cast("str", self.facts["state"])

    @property
    def category(self) -> Category:
        """What that state counts as."""
        return cast("Category", self.facts["category"])

    @property
    def assignee(self) -> str | None:
        """Who works on it."""
        return cast("str | None", self.facts["assignee"])

    @property
    def rating(self) -> int | None:
        """The answer to the satisfaction survey, 1 to 5."""
        return cast("int | None", self.facts["rating"])

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

    def last_fired(self, rule: str, generation: int, armed: int) -> int | None:
        """Return the last occurrence behind the ticket of the rule's episode armed by entry *armed*; None if none."""
        trail = self.fired.get(_fired_name(rule, generation))
        if trail is None or trail.last.newest < armed:
            return None
        occurrences = (firing.occurrence for firing in reversed(trail) if firing.armed == armed)
        return next(occurrences, None)


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
        raise HistoryError(name, entry.sequence, f"entry {expected} was to come", "give every entry, in order")
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
    draft = _Draft(ticket, entry)
    for event in entry.events:
        draft.take(event)
    return draft.finished()


class _Draft:
    """A ticket while the events of one entry are folded into it."""

    def __init__(self, ticket: Ticket | None, entry: Entry) -> None:
        self.entry = entry
        self.mark = Mark(entry.at, entry.sequence, -1, entry.id)
        self.before = ticket
        self.trails = dict(ticket.trails) if ticket else {}
        self.marks = dict(ticket.marks) if ticket else {}
        self.held = ticket.held if ticket else FrozenMap[str, Value]()
        self.halted = ticket.halted if ticket and entry.is_automatic else frozenset[str]()
        self.opening: Opened | None = None

    def take(self, event: Event) -> None:
        self.mark = Mark(self.mark.at, self.mark.sequence, self.mark.index + 1, self.mark.entry)
        match event:
            case Opened():
                self.opening = event
                self.marks["created"] = self.mark
                self._enter(event.state, event.category)
                for name, value in event.fields.items():
                    self._set(f"field.{name}", value)
            case MessageAdded(message=message):
                if message.public and not message.automatic:
                    self._mark_message()
            case Assigned(after=after):
                self._set("assignee", after)
            case StateChanged(after=after, category=category):
                self._enter(after, category)
            case FieldChanged(field=field, after=value):
                self._set(f"field.{field}", value)
                self.held = self.held.without(field)
            case FieldHeld(field=field, before=before, after=value):
                self._set(f"field.{field}", value)
                self.held = self.held.set(field, before)
            case FieldReleased(field=field, after=value):
                self._set(f"field.{field}", value)
                self.held = self.held.without(field)
            case Rated(score=score):
                self._set("rating", score)
            case OutsideEventRecorded(event=name):
                self.marks[f"outside.{name}"] = self.mark
            case RulesHalted(rules=rules):
                self.halted |= set(rules)
            case MessageRequested() | Superseded() | Dropped():
                pass
            case _:
                assert_never(event)

    def _enter(self, state: str, category: Category) -> None:
        self._set("state", state)
        self._set("category", category)
        self.marks["entered"] = self.marks[f"entered.{state}"] = self.mark

    def _mark_message(self) -> None:
        role = self.entry.actor.role
        if role in PEOPLE:
            self.marks["message.anyone"] = self.mark
            self.marks["message.agent" if role in SUPPORT else f"message.{role}"] = self.mark

    def _set(self, name: str, value: Value) -> None:
        """Let a fact have a value; one entry leaves at most one change, and none where the value stays."""
        trail = self.trails.get(name)
        if trail is not None and trail.last.mark.sequence == self.mark.sequence:
            trail = trail.before
        if trail is None or not same(trail.last.value, value):
            trail = Chain(Change(value, self.mark), trail)
        self.trails[name] = trail

    def finished(self) -> Ticket:
        before, entry, opening = self.before, self.entry, self.opening
        by_people = not entry.is_automatic
        counted = 0 if by_people or not before or before.halted != self.halted else before.unattended
        return Ticket(
            id=before.id if before else opening.ticket if opening else "?",
            history=Chain(entry, before.history if before else None),
            trails=FrozenMap(self.trails),
            marks=FrozenMap(self.marks),
            held=self.held,
            fired=self._fired(before.fired if before else FrozenMap()),
            halted=self.halted,
            outside=(before.outside if before else 0) + by_people,
            unattended=counted + (not by_people and changes_ticket(entry)),
            event_ids=self._event_ids(before.event_ids if before else None),
            follows=opening.follows if opening else before.follows if before else None,
            earlier=opening.earlier if opening else before.earlier if before else None,
        )

    def _fired(self, fired: FrozenMap[str, Chain[Firing]]) -> FrozenMap[str, Chain[Firing]]:
        match self.entry.cause:
            case ByRule(key=key, armed=armed):
                name = _fired_name(key.rule, key.generation)
                trail = fired.get(name)
                newest = armed if trail is None else max(armed, trail.last.newest)
                return fired.set(name, Chain(Firing(armed, key.occurrence, newest), trail))
            case _:
                return fired

    def _event_ids(self, known: Chain[str] | None) -> Chain[str] | None:
        match self.entry.cause:
            case ByCommand(event_id=str(event_id)):
                return Chain(event_id, known)
            case _:
                return known
