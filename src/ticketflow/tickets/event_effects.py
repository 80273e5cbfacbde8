"""The facts that each event sets and the anchors that it moves.

This is the only table of them. The fold applies it to tickets; `ticketflow.analysis.dependencies` asks it about
commands and rules, without a ticket.

Source: docs/semantics.md 2.1, 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never, cast

from ticketflow.kernel.field_values import Value
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets import anchors, events
from ticketflow.tickets.actors import OUTSIDERS, PEOPLE, SUPPORT, Role
from ticketflow.tickets.facts import (
    ANSWERED,
    ANSWERS,
    ASSIGNEE,
    BREACHED,
    CATEGORY,
    DONE,
    FIELD,
    HIDDEN,
    LINKS,
    OUTCOME,
    RATING,
    REOPENINGS,
    REQUESTER,
    RESOLUTION,
    SNOOZE_END,
    SNOOZED,
    STATE,
    TIMES,
    UNANSWERED,
    WARNED,
    Category,
    Change,
)
from ticketflow.tickets.messages import Message

Trails = Mapping[str, PersistentList[Change]]
"""For each fact, the values it had."""
Effects = tuple[Mapping[str, Value], tuple[str, ...]]
"""The facts that are set, with their new values, and the names of the anchors that move."""


def effects_of(event: events.Event, role: Role, before: Trails) -> Effects:
    """Return the facts that *event* sets and the anchors that it moves.

    Args:
        event: The event.
        role: The role of the entry's actor.
        before: The facts before the event, with the values they had.

    >>> effects_of(events.Assigned(None, "ana"), "agent", {})
    ({'assignee': 'ana'}, ('assigned',))
    """
    match event:
        case events.StateChanged(before=left, after=state, category=category):
            values, moved = _entering(state, category, before)
            return values, (anchors.LEFT + left, *moved)
        case events.MessageAdded(message=message):
            return _writing(message, role, before)
        case events.ResolutionMarked(message=name):
            return {RESOLUTION: name}, ()
        case (
            events.FieldChanged(field=field, after=value)
            | events.FieldHeld(field=field, after=value)
            | events.FieldReleased(field=field, after=value)
        ):
            name = FIELD + field
            is_resolving = field == OUTCOME and value is not None and _latest(before, name) is None
            return {name: value}, (anchors.RESOLVED,) if is_resolving else ()
        case events.Assigned(after=assignee):
            return {ASSIGNEE: assignee}, (anchors.ASSIGNED,)
        case events.RequesterChanged(after=requester):
            return {REQUESTER: requester}, ()
        case events.Opened(state=state, category=category, fields=fields, requester=requester):
            values, moved = _entering(state, category, before)
            resolved = () if fields.get(OUTCOME) is None else (anchors.RESOLVED,)
            set_fields = {FIELD + name: value for name, value in fields.items()}
            named = {} if requester is None else {REQUESTER: requester}
            return {**values, **set_fields, **named}, (anchors.CREATED, *moved, *resolved)
        case events.Rated(score=score):
            return {RATING: score}, ()
        case events.OutsideEventRecorded(event=name):
            anchor = anchors.OUTSIDE + name
            return {TIMES + anchor: _one_more(before, TIMES + anchor)}, (anchor,)
        case events.Linked(kind=kind):
            return {LINKS + kind: _one_more(before, LINKS + kind)}, ()
        case events.Snoozed(until=until):
            return {SNOOZED: True, HIDDEN: True, SNOOZE_END: until}, ()
        case events.SnoozeCancelled():
            return {SNOOZED: None, SNOOZE_END: None}, ()
        case events.Surfaced():
            return {HIDDEN: None}, ()
        case events.Woke(slept=was_hidden):
            unset = {SNOOZED: None, HIDDEN: None, SNOOZE_END: None}
            return unset, (anchors.WOKE,) if was_hidden else ()
        case events.TargetWarned(clock=clock, cycle=cycle):
            return {WARNED + clock: cycle}, ()
        case events.TargetBreached(clock=clock, cycle=cycle):
            return {BREACHED + clock: cycle}, (anchors.BREACHED + clock,)
        case (
            events.Declined()
            | events.MessageRequested()
            | events.Emitted()
            | events.FollowUpRequested()
            | events.Superseded()
            | events.Dropped()
            | events.RulesHalted()
        ):
            return _NONE
        case _:
            assert_never(event)


_NONE: Effects = ({}, ())


def _entering(state: str, category: Category, before: Trails) -> Effects:
    values: dict[str, Value] = {STATE: state, CATEGORY: category}
    moved: tuple[str, ...] = (anchors.ENTERED, anchors.ENTERED_STATE + state)
    was_done, is_done = _latest(before, CATEGORY) in DONE, category in DONE
    if category == "closed":
        moved += (anchors.CLOSED,)
    if is_done and not was_done:
        moved += (anchors.RESOLVED,)
    if was_done and not is_done:
        values[RESOLUTION] = None  # an earlier resolution does not resolve the reopened ticket again
        values[REOPENINGS] = _one_more(before, REOPENINGS)
    return values, moved


def _writing(message: Message, role: Role, before: Trails) -> Effects:
    values: dict[str, Value] = {}
    if message.resolves and role not in OUTSIDERS:
        values[RESOLUTION] = message.id
    if message.automatic or role not in PEOPLE:
        return values, ()
    if not message.public:
        return values, (anchors.ACTIVITY + "note",)
    author = "agent" if role in SUPPORT else role
    if author == "customer":
        values[UNANSWERED] = True
    elif author == "agent":
        if _latest(before, UNANSWERED) is True:
            values[ANSWERED] = True
        values[UNANSWERED] = None
        values[ANSWERS] = _one_more(before, ANSWERS)
    moved = (anchors.MESSAGE + "anyone", anchors.MESSAGE + author)
    values |= {TIMES + name: _one_more(before, TIMES + name) for name in moved}
    return values, moved


def _one_more(before: Trails, name: str) -> int:
    return 1 + cast("int", _latest(before, name) or 0)


def _latest(trails: Trails, name: str) -> Value:
    trail = trails.get(name)
    return None if trail is None else trail.last.value
