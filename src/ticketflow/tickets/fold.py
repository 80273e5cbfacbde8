"""Fold a history into a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never, cast

from ticketflow.errors import HistoryError
from ticketflow.kernel.field_values import Value, same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.tickets import events
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.facts import Category, Change, Mark
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import (
    DONE,
    OUTCOME,
    SNOOZE_END,
    ArmedSnooze,
    Breach,
    Firing,
    Milestone,
    Ticket,
    _fired_name,
    changes_ticket,
)


def replay(entries: Iterable[events.Entry]) -> Ticket:
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
    for entry in items_of(entries, events.Entry, "entries"):
        _check_follows(ticket, entry, ids)
        ticket = evolve(ticket, entry)
        ids.add(entry.id)
    if ticket is None:
        raise HistoryError("?", 0, "it is empty", "a history begins with an opening")
    return ticket


def _check_follows(ticket: Ticket | None, entry: events.Entry, ids: set[str]) -> None:
    opening = next((event for event in entry.events if isinstance(event, events.Opened)), None)
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


def evolve(ticket: Ticket | None, entry: events.Entry) -> Ticket:
    """Return the ticket after *entry*; None as the ticket before it stands for none yet.

    Nothing is checked here: an entry is a fact, and commands were checked before they became one.
    """
    if type(entry) is not events.Entry or (ticket is not None and type(ticket) is not Ticket):
        check_argument(ticket, Ticket | None, "ticket")
        check_argument(entry, events.Entry, "entry")
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

    def __init__(self, before: Ticket, entry: events.Entry) -> None:
        self.before = before
        self.entry = entry
        self.opening: events.Opened | None = None
        self.trails = FrozenMap(before.trails)
        self.marks = FrozenMap(before.marks)
        self.held = before.held
        self.halted = before.halted if entry.is_automatic else frozenset[str]()
        self.snooze = before.snooze
        self.links = before.links
        self.breaches = before.breaches
        self.first_answer = before.first_answer
        self.first_resolution = before.first_resolution

    def take(self, event: events.Event) -> None:  # noqa: PLR0915 -- one flat table, a case an event
        match event:
            case events.StateChanged(after=after, category=category):
                self._enter(after, category)
            case events.MessageAdded(message=message):
                self._take_message(message)
            case events.FieldChanged(field=field, after=value):
                self._change(field, value)
                self.held = self.held.without(field)
            case events.FieldHeld(field=field, before=before, after=value):
                self._change(field, value)
                self.held = self.held.set(field, before)
            case events.FieldReleased(field=field, after=value):
                self._change(field, value)
                self.held = self.held.without(field)
            case events.Assigned(after=after):
                self._set("assignee", after)
                self._moves("assigned")
            case events.Opened():
                self.opening = event
                self._moves("created")
                self._enter(event.state, event.category)
                for name, value in event.fields.items():
                    self._change(name, value)
            case events.Rated(score=score):
                self._set("rating", score)
            case events.OutsideEventRecorded(event=name):
                self._moves(f"outside.{name}")
            case events.ResolutionMarked(message=name):
                self._set("resolution", name)
            case events.Linked():
                self.links = (*self.links, event)
            case events.Snoozed(until=until, why=why):
                self.snooze = ArmedSnooze(until, self.entry.actor.id, why)
                self._set("snoozed", value=True)
                self._set("hidden", value=True)
                self._set(SNOOZE_END, until)
            case events.SnoozeCancelled():
                self.snooze = None
                self._set("snoozed", None)
                self._set(SNOOZE_END, None)
            case events.Surfaced():
                self._set("hidden", None)
            case events.Woke(slept=slept):
                self._end_snooze(slept=slept)
            case events.RulesHalted(rules=rules):
                self.halted |= set(rules)
            case events.TargetWarned(clock=clock, cycle=cycle):
                self._set(f"warned.{clock}", cycle)
            case events.TargetBreached():
                self._miss(event)
            case (
                events.Declined()
                | events.MessageRequested()
                | events.FollowUpRequested()
                | events.Superseded()
                | events.Dropped()
            ):
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

    def _miss(self, event: events.TargetBreached) -> None:
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
            _put(self.trails, name, PersistentList(Change(value, self.mark), trail))

    def finished(self) -> Ticket:
        before, entry, opening = self.before, self.entry, self.opening
        if entry.actor.role in PEOPLE and entry.is_by_hand:
            self._moves("activity.command")
        fired, outside, unattended, delivery_ids = before.fired, before.outside + 1, 0, before.delivery_ids
        if not isinstance(entry.cause, events.ByCommand):
            fired, outside = _fired(fired, entry), before.outside
            counted = before.unattended if before.halted == self.halted else 0
            unattended = counted + changes_ticket(entry)
        elif entry.cause.event_id is not None:
            delivery_ids = delivery_ids.added(entry.cause.event_id)
        return Ticket(
            opening.ticket if opening else before.id,
            PersistentList(entry, before.history or None),
            self.trails,
            self.marks,
            self.held,
            fired,
            self.halted,
            outside,
            unattended,
            delivery_ids,
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
    history=cast("PersistentList[events.Entry]", ()),
    trails=FrozenMap(),
    marks=FrozenMap(),
    held=FrozenMap(),
    fired=FrozenMap(),
    halted=frozenset(),
    outside=0,
    unattended=0,
    delivery_ids=DeliveryIds(),
    snooze=None,
    links=(),
    first_answer=None,
    first_resolution=None,
    breaches=(),
    follows=None,
    earlier=None,
)
"""What a ticket is before its first entry; it leaves this module only with an entry in its history."""


def _fired(
    fired: FrozenMap[str, PersistentList[Firing]], entry: events.Entry
) -> FrozenMap[str, PersistentList[Firing]]:
    if not isinstance(entry.cause, events.ByRule):
        return fired
    key, armed = entry.cause.key, entry.cause.armed
    name = _fired_name(key.rule, key.generation)
    trail = fired.get(name)
    newest = armed if trail is None else max(armed, trail.last.newest)
    was_given = not any(isinstance(event, events.Superseded | events.Dropped) for event in entry.events)
    firing = Firing(armed, key.occurrence, newest, entry.cause.due_at, entry.at, was_given)
    return fired.set(name, PersistentList(firing, trail))
