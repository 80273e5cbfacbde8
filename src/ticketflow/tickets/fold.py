"""Fold a history into a ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from ticketflow.errors import HistoryError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.tickets import anchors, events
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.delivery_ids import DeliveryIds
from ticketflow.tickets.event_effects import effects_of
from ticketflow.tickets.facts import ONCE, REQUESTER, Change, Mark, shared_name
from ticketflow.tickets.history_checks import HistoryCheck
from ticketflow.tickets.ticket import (
    INHERITED,
    TOUCHED,
    ArmedSnooze,
    Breach,
    Firing,
    Milestone,
    Ticket,
    changes_ticket,
    firing_name,
)


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
            draft.mark = _new(Mark, (entry.at, entry.sequence, step, entry.id))
        draft.add(event)
    after = draft.finished()
    caches = after.__dict__
    caches[TOUCHED] = tuple(draft.touched)
    if ticket is not None:
        known = ticket.__dict__
        for name in INHERITED:
            if name in known:
                caches[name] = known[name]
    return after


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
        "touched",
        "trails",
    )

    def __init__(self, before: Ticket, entry: events.Entry) -> None:
        self.before = before
        self.entry = entry
        self.is_automatic = entry.is_automatic
        self.mark = _new(Mark, (entry.at, entry.sequence, 0, entry.id))
        self.opening: events.Opened | None = None
        self.trails = FrozenMap(before.trails)
        self.marks = FrozenMap(before.marks)
        self.touched: list[str] = []
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
        values, moved = effects_of(event, self.entry.actor.role, self.trails)
        if values:
            self._set(values)
        if moved:
            self._move(moved)
        keep = _KEPT.get(event.__class__)
        if keep is not None:
            keep(self, event)

    def keep_opening(self, event: events.Opened) -> None:
        """Keep the opening. A customer who opens the ticket is its requester, if it names nobody else."""
        self.opening = event
        if event.requester is None and self.entry.actor.role == "customer":
            self._set({REQUESTER: self.entry.actor.id})

    def end_hold(self, event: events.FieldChanged | events.FieldReleased) -> None:
        """End the hold on a field."""
        if self.held:
            self.held = self.held.without(event.field)

    def hold(self, event: events.FieldHeld) -> None:
        """Keep the value of a held field aside."""
        self.held = self.held.set(event.field, event.before)

    def link(self, event: events.Linked) -> None:
        """Add a link."""
        self.links = (*self.links, event)

    def snoozed(self, event: events.Snoozed) -> None:
        """Arm a snooze."""
        self.snoozer = self.entry.actor.id
        self.snooze = ArmedSnooze(event.until, self.snoozer, event.why)

    def end_snooze(self, _: events.Event) -> None:
        """End the snooze."""
        self.snooze = None

    def halt(self, event: events.RulesHalted) -> None:
        """Halt rules."""
        self.halted |= set(event.rules)

    def breach(self, event: events.TargetBreached) -> None:
        """Record a missed target."""
        rules = self.entry.cause.rules or ""
        breach = Breach(event.clock, event.cycle, event.target, event.due_at, self.entry.at, rules)
        self.breaches = (*self.breaches, breach)

    def _set(self, values: Mapping[str, Value]) -> None:
        """Set facts. An entry leaves at most one change of each, and none if the value is the same as before."""
        trails, mark = self.trails, self.mark
        self.touched += values
        for name, value in values.items():
            trail = trails.get(name)
            if trail is not None and (trail.mark.sequence != mark.sequence or (trail := trail.before) is not None):
                last = trail.value
                if type(last) is not type(value) or last != value:  # is_same, without a call
                    trail = Change(value, mark, trail)
                _put(trails, name, trail)
            else:
                _put(trails, shared_name(name), Change(value, mark, None))

    def _move(self, names: tuple[str, ...]) -> None:
        """Move anchors. The first time of each is recorded permanently."""
        marks, mark = self.marks, self.mark
        self.touched += names
        for name in names:
            if name in marks:
                _put(marks, name, mark)
                continue
            _put(marks, shared_name(name), mark)
            self._set({shared_name(ONCE + name): True})
            if name == anchors.RESOLVED:
                self.first_resolution = Milestone(mark, self.entry.actor)
            elif name == _ANSWER:
                self.first_answer = Milestone(mark, self.entry.actor)

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


_KEPT: Mapping[type[events.Event], Callable[[_Draft, Any], None]] = {
    events.Opened: _Draft.keep_opening,
    events.FieldChanged: _Draft.end_hold,
    events.FieldReleased: _Draft.end_hold,
    events.FieldHeld: _Draft.hold,
    events.Linked: _Draft.link,
    events.Snoozed: _Draft.snoozed,
    events.SnoozeCancelled: _Draft.end_snooze,
    events.Woke: _Draft.end_snooze,
    events.RulesHalted: _Draft.halt,
    events.TargetBreached: _Draft.breach,
}
"""What a ticket keeps of each event beside facts and anchors."""

# Named tuples are made from a tuple in half the time of a call with their fields.
_new = tuple.__new__
# The maps of a draft are not shared yet. They are filled in place, which saves a copy.
_put = dict.__setitem__
_ANSWER = f"{anchors.MESSAGE}agent"
_COMMAND = (f"{anchors.ACTIVITY}command",)
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
