"""The facts that each event sets and the anchors that it moves.

This is the only table of them. The fold applies it to tickets; `ticketflow.analysis.dependencies` asks it about
commands and rules, without a ticket.

Source: docs/semantics.md 2.1, 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
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

Trails = Mapping[str, Change]
"""For each fact, the values it had."""
Effects = tuple[Mapping[str, Value], tuple[str, ...]]
"""The facts that are set, with their new values, and the names of the anchors that move."""


def effects_of(event: events.Event, role: Role, before: Trails) -> Effects:
    """Return the facts that *event* sets and the anchors that it moves.

    Args:
        event: The event.
        role: The role of the entry's actor.
        before: The facts before the event, with the values they had.

    Raises:
        BadValueError: *event* is of another type.

    >>> effects_of(events.Assigned(None, "ana"), "agent", {})
    ({'assignee': 'ana'}, ('assigned',))
    """
    work_out = _EFFECTS.get(event.__class__)
    if work_out is None:
        raise BadValueError(f"{event!r:.200} is not an event", "give an event of ticketflow.events")
    return work_out(event, role, before)


_NONE: Effects = ({}, ())


@lru_cache(maxsize=1_024)
def _entering(left: str | None, state: str, category: Category, *, was_done: bool) -> Effects:
    """Return the effects of entering a state that do not count anything; *left* is the state before, if there is one.

    Tickets take the same transitions again and again, so they share the answers.
    """
    moved: tuple[str, ...] = () if left is None else (anchors.LEFT + left,)
    moved += (anchors.ENTERED, anchors.ENTERED_STATE + state)
    if category == "closed":
        moved += (anchors.CLOSED,)
    if category in DONE and not was_done:
        moved += (anchors.RESOLVED,)
    return {STATE: state, CATEGORY: category}, moved


def _opening(event: events.Opened, *_: object) -> Effects:
    values, moved = _entering(None, event.state, event.category, was_done=False)
    facts: dict[str, Value] = {**values, **{FIELD + name: value for name, value in event.fields.items()}}
    if event.requester is not None:
        facts[REQUESTER] = event.requester
    resolved = () if event.fields.get(OUTCOME) is None else (anchors.RESOLVED,)
    return facts, (anchors.CREATED, *moved, *resolved)


def _moving(event: events.StateChanged, _: Role, before: Trails) -> Effects:
    was_done = _latest(before, CATEGORY) in DONE
    values, moved = _entering(event.before, event.after, event.category, was_done=was_done)
    if was_done and event.category not in DONE:
        # An earlier resolution does not resolve the reopened ticket again.
        values = {**values, RESOLUTION: None, REOPENINGS: _one_more(before, REOPENINGS)}
    return values, moved


def _setting(event: events.FieldChanged | events.FieldHeld | events.FieldReleased, _: Role, before: Trails) -> Effects:
    name, value = FIELD + event.field, event.after
    is_resolving = event.field == OUTCOME and value is not None and _latest(before, name) is None
    return {name: value}, (anchors.RESOLVED,) if is_resolving else ()


def _happening(event: events.OutsideEventRecorded, _: Role, before: Trails) -> Effects:
    anchor = anchors.OUTSIDE + event.event
    return {TIMES + anchor: _one_more(before, TIMES + anchor)}, (anchor,)


def _writing(event: events.MessageAdded, role: Role, before: Trails) -> Effects:
    message = event.message
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
    for name in moved:
        values[TIMES + name] = _one_more(before, TIMES + name)
    return values, moved


def _one_more(before: Trails, name: str) -> int:
    return 1 + cast("int", _latest(before, name) or 0)


def _latest(trails: Trails, name: str) -> Value:
    trail = trails.get(name)
    return None if trail is None else trail.value


_EFFECTS: Mapping[type[events.Event], Callable[[Any, Role, Trails], Effects]] = {
    events.Opened: _opening,
    events.StateChanged: _moving,
    events.MessageAdded: _writing,
    events.FieldChanged: _setting,
    events.FieldHeld: _setting,
    events.FieldReleased: _setting,
    events.OutsideEventRecorded: _happening,
    events.ResolutionMarked: lambda event, *_: ({RESOLUTION: event.message}, ()),
    events.Assigned: lambda event, *_: ({ASSIGNEE: event.after}, (anchors.ASSIGNED,)),
    events.RequesterChanged: lambda event, *_: ({REQUESTER: event.after}, ()),
    events.Rated: lambda event, *_: ({RATING: event.score}, ()),
    events.Linked: lambda event, _, before: ({LINKS + event.kind: _one_more(before, LINKS + event.kind)}, ()),
    events.Snoozed: lambda event, *_: ({SNOOZED: True, HIDDEN: True, SNOOZE_END: event.until}, ()),
    events.SnoozeCancelled: lambda *_: ({SNOOZED: None, SNOOZE_END: None}, ()),
    events.Surfaced: lambda *_: ({HIDDEN: None}, ()),
    events.Woke: lambda event, *_: (
        {SNOOZED: None, HIDDEN: None, SNOOZE_END: None},
        (anchors.WOKE,) if event.slept else (),
    ),
    events.TargetWarned: lambda event, *_: ({WARNED + event.clock: event.cycle}, ()),
    events.TargetBreached: lambda event, *_: (
        {BREACHED + event.clock: event.cycle},
        (anchors.BREACHED + event.clock,),
    ),
    **dict.fromkeys(
        (
            events.Declined,
            events.MessageRequested,
            events.Emitted,
            events.FollowUpRequested,
            events.Superseded,
            events.Dropped,
            events.RulesHalted,
        ),
        lambda *_: _NONE,
    ),
}
"""How each event is worked out."""
