"""Fold a history into a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never, cast

from ticketflow.errors import HistoryError
from ticketflow.kernel.field_values import Value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.tickets import anchors, events
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.event_effects import effects_of
from ticketflow.tickets.facts import ONCE, REQUESTER, Change, Mark
from ticketflow.tickets.history_checks import HistoryCheck
from ticketflow.tickets.ticket import ArmedSnooze, Breach, Firing, Milestone, Ticket, changes_ticket, firing_name


def replay(entries: Iterable[events.Entry]) -> Ticket:
    """Return the ticket of a stored history. No rules are needed.

    Raises:
        HistoryError: The entries are not the history of one ticket: they are empty, do not begin with the only opening,
            skip or repeat a number or an id, go back in time, go on after the closing, have an id or an actor that does
            not follow from their cause, leave a state that the ticket is not in, or follow up a ticket that is not
            closed or whose history is missing.

    Source: docs/semantics.md 2.1, 2.2.

    >>> replay([])
    Traceback (most recent call last):
        ...
    ticketflow.errors.HistoryError: history of ticket '?', entry 0: the history is empty; begin it with an opening
    """
    ticket: Ticket | None = None
    check = HistoryCheck()
    for entry in items_of(entries, events.Entry, "entries"):
        check.add(entry)
        ticket = evolve(ticket, entry)
    if ticket is None:
        raise HistoryError("?", 0, "the history is empty", "begin it with an opening")
    return ticket


def evolve(ticket: Ticket | None, entry: events.Entry) -> Ticket:
    """Return the ticket after *entry*. The entry is not checked: commands are checked before they become entries.

    Args:
        ticket: The ticket before the entry; None for an opening.
        entry: The entry.
    """
    if type(entry) is not events.Entry or (ticket is not None and type(ticket) is not Ticket):
        check_argument(ticket, Ticket | None, "ticket")
        check_argument(entry, events.Entry, "entry")
    draft = _Draft(ticket or _UNOPENED, entry)
    for step, event in enumerate(entry.events):
        if step and not draft.is_automatic:  # the events of a rule's step have no order
            draft.mark = Mark(entry.at, entry.sequence, step, entry.id)
        draft.add(event)
    return draft.finished()


Ticket.evolve = staticmethod(evolve)


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
        "is_automatic",
        "links",
        "mark",
        "marks",
        "opening",
        "snooze",
        "snoozer",
        "trails",
    )

    def __init__(self, before: Ticket, entry: events.Entry) -> None:
        self.before = before
        self.entry = entry
        self.is_automatic = entry.is_automatic
        self.mark = Mark(entry.at, entry.sequence, 0, entry.id)
        self.opening: events.Opened | None = None
        self.trails = FrozenMap(before.trails)
        self.marks = FrozenMap(before.marks)
        self.held = before.held
        self.halted = before.halted if self.is_automatic else frozenset[str]()
        self.snooze = before.snooze
        self.snoozer = before.snoozer
        self.links = before.links
        self.breaches = before.breaches
        self.first_answer = before.first_answer
        self.first_resolution = before.first_resolution

    def add(self, event: events.Event) -> None:
        """Set the facts and move the anchors of *event*, and keep what is not a fact."""
        entry = self.entry
        values, moved = effects_of(event, entry.actor.role, self.trails)
        for name, value in values.items():
            self._set(name, value)
        for name in moved:
            self._move(name)
        match event:
            case (
                events.StateChanged()
                | events.MessageAdded()
                | events.ResolutionMarked()
                | events.Assigned()
                | events.RequesterChanged()
            ):
                pass
            case events.FieldChanged(field=field) | events.FieldReleased(field=field):
                self.held = self.held.without(field)
            case events.FieldHeld(field=field, before=before):
                self.held = self.held.set(field, before)
            case events.Opened():
                self.opening = event
                if event.requester is None and entry.actor.role == "customer":
                    self._set(REQUESTER, entry.actor.id)
            case events.Linked():
                self.links = (*self.links, event)
            case events.Snoozed(until=until, why=why):
                self.snooze = ArmedSnooze(until, entry.actor.id, why)
                self.snoozer = entry.actor.id
            case events.SnoozeCancelled() | events.Woke():
                self.snooze = None
            case events.RulesHalted(rules=rules):
                self.halted |= set(rules)
            case events.TargetBreached(clock=clock, cycle=cycle, target=target, due_at=due_at):
                breach = Breach(clock, cycle, target, due_at, entry.at, entry.cause.rules or "")
                self.breaches = (*self.breaches, breach)
            case (
                events.Rated()
                | events.OutsideEventRecorded()
                | events.Surfaced()
                | events.TargetWarned()
                | events.Declined()
                | events.MessageRequested()
                | events.Emitted()
                | events.FollowUpRequested()
                | events.Superseded()
                | events.Dropped()
            ):
                pass
            case _:
                assert_never(event)

    def _set(self, name: str, value: Value) -> None:
        """Set a fact. An entry leaves at most one change of it, and none if the value is the same as before."""
        trail = self.trails.get(name)
        if trail is not None and trail.last.mark.sequence == self.entry.sequence:
            trail = trail.before
        if trail is None or not is_same(trail.last.value, value):
            trail = PersistentList(Change(value, self.mark), trail)
        _put(self.trails, name, trail)

    def _move(self, name: str) -> None:
        """Move an anchor. The first time is recorded permanently."""
        if name not in self.marks:
            self._set(ONCE + name, value=True)
            if name == anchors.RESOLVED:
                self.first_resolution = Milestone(self.mark, self.entry.actor)
            elif name == _ANSWER:
                self.first_answer = Milestone(self.mark, self.entry.actor)
        _put(self.marks, name, self.mark)

    def finished(self) -> Ticket:
        before, entry, opening = self.before, self.entry, self.opening
        is_closed = before is not _UNOPENED and before.category == "closed"  # it takes ratings, which are no activity
        if not is_closed and entry.actor.role in PEOPLE and entry.is_by_hand:
            self._move(_COMMAND)
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
            self.snoozer,
            self.links,
            self.first_answer,
            self.first_resolution,
            self.breaches,
            opening.follows if opening else before.follows,
            opening.earlier if opening else before.earlier,
        )


# The maps of a draft are not shared yet. They are filled in place, which saves a copy.
_put = dict.__setitem__
_ANSWER = f"{anchors.MESSAGE}agent"
_COMMAND = f"{anchors.ACTIVITY}command"
_UNOPENED = Ticket(
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
    snoozer=None,
    links=(),
    first_answer=None,
    first_resolution=None,
    breaches=(),
    follows=None,
    earlier=None,
)
"""A ticket before its first entry; it never leaves this module."""


def _fired(
    fired: FrozenMap[str, PersistentList[Firing]], entry: events.Entry
) -> FrozenMap[str, PersistentList[Firing]]:
    if not isinstance(entry.cause, events.ByRule):
        return fired
    key, armed = entry.cause.key, entry.cause.armed
    name = firing_name(key.rule, key.generation)
    trail = fired.get(name)
    newest = armed if trail is None else max(armed, trail.last.newest)
    was_given = not any(isinstance(event, events.Superseded | events.Dropped) for event in entry.events)
    firing = Firing(armed, key.occurrence, newest, entry.cause.due_at, entry.at, was_given)
    return fired.set(name, PersistentList(firing, trail))
