"""What triggers imply, which events can coincide, and which actions depend on each other's order, without a ticket.

Source: docs/semantics.md 2.1, 3.1, 3.2, 3.10; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import assert_never

from ticketflow.engine.program import facts_behind
from ticketflow.kernel.instants import EPOCH
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, action_steps
from ticketflow.rules.ruleset import Rules, all_automations
from ticketflow.tickets import anchors, events
from ticketflow.tickets.actors import PEOPLE, ROLES, SUPPORT, SYSTEM, Role
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.event_effects import effects_of
from ticketflow.tickets.facts import (
    CATEGORIES,
    CATEGORY,
    FIELD,
    LINKS,
    METHOD,
    ONCE,
    OUTCOME,
    RATING,
    UNANSWERED,
    Category,
    Change,
    Mark,
)
from ticketflow.tickets.messages import Message
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow

_NOT_CLOSED = conditions.Not(conditions.CategoryIs("closed"))
_VISIBLE = conditions.Not(conditions.IsHidden())


def implied(trigger: triggers.Trigger, rules: Rules) -> conditions.Condition:
    """Return a condition that holds after every event that *trigger* waits for, when rules read their conditions.

    Source: docs/semantics.md 3.2.

    >>> from ticketflow.workflow.conditions import StateIs
    >>> from ticketflow.presets.servicenow import servicenow
    >>> str(implied(triggers.OnLeave(conditions.StateIs("new")), servicenow()))
    'not (the state is new)'
    """
    match trigger:
        case triggers.OnEnter(condition=condition):
            return condition
        case triggers.OnLeave(condition=condition):
            return conditions.Not(condition)
        case triggers.OnMessage(by="customer"):
            stays_hidden = rules.snoozing is not None and rules.snoozing.on_message == "stay_hidden"
            return conditions.All(conditions.IsUnanswered(), *(() if stays_hidden else (_VISIBLE,)))
        case triggers.OnMessage(by="agent"):
            return conditions.All(
                conditions.Not(conditions.IsUnanswered()), conditions.Happened(anchors.LastMessage("agent"))
            )
        case triggers.OnMessage(by=author):
            return conditions.Happened(anchors.LastMessage(author))
        case triggers.OnOutside(event=event):
            return conditions.All(conditions.Happened(anchors.Outside(event)), _NOT_CLOSED)
        case triggers.OnCommand(commands=commands):
            return conditions.AnyOf(*(_after(name, rules) for name in sorted(commands)))
        case triggers.OnLink(kind=kind):
            return conditions.All(conditions.HasLink(kind), _NOT_CLOSED)
        case triggers.OnRate():
            return conditions.RatingIs()
        case triggers.OnWake():
            return conditions.All(_NOT_CLOSED, conditions.Not(conditions.IsSnoozed()), _VISIBLE)
        case triggers.OnChange():
            return conditions.ALWAYS
        case _:
            assert_never(trigger)


def _after(command: str, rules: Rules) -> conditions.Condition:
    """Return a condition that holds after every accepted command of that name."""
    if command == "rate":
        surveying = (state.name for state in rules.workflow.states if state.survey_open)
        return conditions.All(conditions.RatingIs(), conditions.StateIs(*surveying))
    return _AFTER.get(command, _NOT_CLOSED)


# A closed ticket accepts only ratings and a follow-up, so it is closed only after these and commands that move tickets.
_AFTER: Mapping[str, conditions.Condition] = {
    "move": conditions.ALWAYS,
    "reopen": _VISIBLE,
    "follow_up": conditions.ALWAYS,
    "give_back": conditions.All(_NOT_CLOSED, conditions.Not(conditions.IsAssigned())),
    "decline": conditions.All(_NOT_CLOSED, conditions.Not(conditions.IsAssigned())),
    "snooze": conditions.All(_NOT_CLOSED, conditions.IsSnoozed(), conditions.IsHidden()),
    "cancel_snooze": conditions.All(_NOT_CLOSED, conditions.Not(conditions.IsSnoozed()), _VISIBLE),
}


def together(one: triggers.Trigger, other: triggers.Trigger, rules: Rules) -> conditions.Condition:
    """Return a condition that holds after every entry that both triggers wait for; NEVER if no entry can be both.

    Source: docs/semantics.md 3.2.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> str(together(triggers.OnMessage("customer"), triggers.OnMessage("anyone"), servicenow()))
    'always'
    >>> str(together(triggers.OnMessage("customer"), triggers.OnMessage("agent"), servicenow()))
    'never'
    """
    ours, theirs = entries(one, rules), entries(other, rules)
    shared = {name for name in ours.keys() & theirs.keys() if ours[name] & theirs[name]}
    if not shared:
        return conditions.NEVER
    if shared <= _OPENING:
        return conditions.StateIs(*dict.fromkeys(way.target for way in rules.workflow.ways_in))
    return conditions.ALWAYS


_OPENING = frozenset({"open", "follow_up"})
_WRITERS: Mapping[str, frozenset[str]] = {"anyone": PEOPLE, "agent": SUPPORT}


def entries(trigger: triggers.Trigger, rules: Rules) -> Mapping[str, frozenset[str]]:
    """Return the commands and rules' steps that can be what *trigger* waits for, with the roles of their actors."""
    movers = _may_move(rules.workflow)
    return {name: by & movers.get(name, ROLES) for name, by in _possible(trigger, rules).items()}


def _may_move(workflow: Workflow) -> Mapping[str, frozenset[str]]:
    """Return the roles that may move and reopen tickets. Reopening may only show a hidden ticket again."""
    by_row = frozenset(name for row in workflow.transitions for name in row.may)
    return {"move": _roles(by_row, workflow), "reopen": _roles(by_row | workflow.permission("reopen").may, workflow)}


def _roles(may: frozenset[str], workflow: Workflow) -> frozenset[str]:
    """Return the roles that *may* allows. An actor of any role can belong to a group."""
    return ROLES if may & workflow.groups else ROLES & may


def _possible(trigger: triggers.Trigger, rules: Rules) -> Mapping[str, frozenset[str]]:
    """Return the same as `entries`, if every role may move tickets."""
    match trigger:
        case triggers.OnMessage(by=author):
            written = frozenset({ONCE + anchors.mark_name(anchors.LastMessage(author))})
            return dict.fromkeys(_changing(written, rules), _WRITERS.get(author, frozenset({author})))
        case triggers.OnOutside(event=event):
            return {_recording(event): ROLES}
        case triggers.OnCommand(commands=commands, by=by):
            recorded = [_recording(event) for event in rules.workflow.outside_events if "record_event" in commands]
            return dict.fromkeys((*commands, *recorded), by or ROLES)
        case triggers.OnLink(kind=kind):
            return dict.fromkeys(_changing(frozenset({LINKS + kind}), rules), ROLES)
        case triggers.OnRate():
            return dict.fromkeys(_changing(frozenset({RATING}), rules), ROLES)
        case triggers.OnWake():
            return dict.fromkeys((name for name, then in _steps(rules) if actions.Wake() in then), ROLES)
        case triggers.OnChange(field=field):
            return dict.fromkeys(_changing(frozenset({FIELD + field}), rules), ROLES)
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            return dict.fromkeys(_changing(facts_behind(condition, rules), rules), ROLES)
        case _:
            assert_never(trigger)


def _recording(event: str) -> str:
    return f"record_event {event}"


def _changing(facts: frozenset[str], rules: Rules) -> Iterator[str]:
    """Yield the commands and rules' steps that can change one of *facts*."""
    filled = _changed(_setting(field.name for field in rules.workflow.filled_fields), SUPPORT)
    for name in NAMES.values():
        changed = _CHANGED[name] | filled if name == "add_message" else _CHANGED[name]
        if _overlap(changed, facts):
            yield name
            if name == "record_event":
                yield from (_recording(event) for event in rules.workflow.outside_events)
    for name, then in _steps(rules):
        if any(_overlap(_changed_by(action), facts) for action in then):
            yield name


def _steps(rules: Rules) -> Iterator[tuple[str, tuple[actions.Action, ...]]]:
    """Yield each step of each enabled rule, as a name and the step's actions."""
    for rule in all_automations(rules):
        if rule.is_enabled:
            yield from ((f"rule {rule.id} {number}", then) for number, then in enumerate(action_steps(rule)))


def _overlap(changed: frozenset[str], facts: frozenset[str]) -> bool:
    """Return whether one of *facts* is among the *changed* ones, some of which end in a wildcard."""
    if changed & facts:
        return True
    prefixes = tuple(name.removesuffix(_ANY) for name in changed if name.endswith(_ANY))
    return any(fact.startswith(prefixes) for fact in facts)


_ANY = "*"
"""Stands for any field, state or outside event in an event, and at the end of the names of facts that it changes."""


def _changed(found: Iterable[events.Event], roles: Collection[Role]) -> frozenset[str]:
    """Return the facts that these events can change on any ticket, when an actor of one of *roles* brings them."""
    effects = [effects_of(event, role, before) for event in found for role in roles for before in _BEFORE]
    return frozenset(name for values, moved in effects for name in (*values, *(ONCE + anchor for anchor in moved)))


def _known(category: Category) -> Mapping[str, Change]:
    mark = Mark(EPOCH, 0, 0, "0")
    return {CATEGORY: Change(category, mark), UNANSWERED: Change(value=True, mark=mark)}


_BEFORE = tuple(map(_known, CATEGORIES))
"""Facts of tickets of each category whose customer waits. Effects depend on nothing else, but for their values."""


def _setting(fields: Iterable[str]) -> tuple[events.Event, ...]:
    return tuple(events.FieldChanged(field, None, _ANY) for field in fields)


_ASSIGNING: tuple[events.Event, ...] = (events.Assigned(None, _ANY),)
_MOVING: tuple[events.Event, ...] = (
    events.ResolutionMarked(_ANY),
    *(events.StateChanged(_ANY, _ANY, category, _ANY) for category in CATEGORIES),
    *_setting([OUTCOME]),
)
_WRITING: tuple[events.Event, ...] = (
    *(events.MessageAdded(Message("any", public=public, resolves=True)) for public in (True, False)),
    events.Surfaced(),
)
_EVENTS: Mapping[str, tuple[events.Event, ...]] = {
    "move": (*_WRITING, *_setting([_ANY]), *_MOVING),
    "reopen": (*_WRITING, *_setting([_ANY]), *_MOVING),
    "add_message": _WRITING,
    "assign": _ASSIGNING,
    "give_back": _ASSIGNING,
    "decline": (events.Declined(_ANY), *_ASSIGNING),
    "set_fields": _setting([_ANY, OUTCOME]),
    "review_classification": _setting(["classification"]),
    "record_event": (events.OutsideEventRecorded(_ANY),),
    "snooze": (events.Snoozed(EPOCH),),
    "cancel_snooze": (events.SnoozeCancelled(EPOCH),),
    "set_requester": (events.RequesterChanged(None, _ANY),),
    "link": (events.Linked(_ANY, _ANY),),
    "rate": (events.Rated(1),),
}
"""The events of each command, except for fields that messages fill and for commands that open tickets."""

_BY_HAND = ONCE + anchors.mark_name(anchors.LastActivity("command"))
_CHANGED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_OPENING, frozenset({_ANY})),
    **{name: _changed(found, ROLES) | {_BY_HAND} for name, found in _EVENTS.items()},
}
"""The facts that each command can change. A new ticket counts as a change of every fact."""


@lru_cache(maxsize=1024)
def _changed_by(action: actions.Action) -> frozenset[str]:
    """Return the facts that a rule can change by *action*."""
    return _changed(_events_of(action), {SYSTEM.role})


def _events_of(action: actions.Action) -> tuple[events.Event, ...]:
    match action:
        case actions.Move():
            return _MOVING
        case actions.Wake():
            return (events.Woke(slept=True), *_MOVING)
        case (
            actions.SetField(field=field)
            | actions.LookUp(field=field)
            | actions.HoldField(field=field)
            | actions.ReleaseField(field=field)
        ):
            return _setting([field])
        case actions.Resolve():
            return _setting([OUTCOME, METHOD])
        case actions.Assign() | actions.AssignTo():
            return _ASSIGNING
        case actions.CancelSnooze():
            return (events.Surfaced(), events.SnoozeCancelled(EPOCH))
        case actions.RecordWarning(clock=clock):
            return (events.TargetWarned(clock, 0, EPOCH),)
        case actions.RecordBreach(clock=clock):
            return (events.TargetBreached(clock, 0, None, EPOCH),)
        case actions.Rate(score=score):
            return (events.Rated(score),)
        case actions.AddNote():
            return (events.MessageAdded(Message("any", public=False)),)
        case actions.SendMessage(template=template, to=to):
            return (events.MessageRequested(template, to),)
        case actions.Emit(name=name):
            return (events.Emitted(name),)
        case actions.FollowUp():
            return (events.FollowUpRequested(),)
        case _:
            assert_never(action)


def clash(
    one: Automation, other: Automation, states: Collection[str], workflow: Workflow
) -> tuple[actions.Action, actions.Action] | None:
    """Return an action of each of two rules whose order makes a difference; None if the order makes none.

    Opposite outcomes are not a clash here; `check` has a finding of its own for them.

    Args:
        one: A rule.
        other: Another rule.
        states: The states in which both can be carried out.
        workflow: The workflow of the rules.

    Source: docs/semantics.md 3.1, 3.2, 3.10.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> when, workflow = triggers.OnMessage("customer"), servicenow().workflow
    >>> first, second = (Automation(name, when, (actions.Assign(name),)) for name in ("ana", "bea"))
    >>> [str(action) for action in clash(first, second, ["new"], workflow)]
    ['assign to ana', 'assign to bea']
    """
    if one.then == other.then:
        return None
    pairs = ((first, second) for first in one.then for second in other.then)
    return next(
        (
            (first, second)
            for first, second in pairs
            if _depends(first, second, states, workflow) or _depends(second, first, states, workflow)
        ),
        None,
    )


def _depends(one: actions.Action, other: actions.Action, states: Collection[str], workflow: Workflow) -> bool:
    """Return whether the effect of *other* can depend on *one* being carried out before."""
    field = _field_set_by(one)
    match one, other:
        case actions.Move(), actions.Move():
            return one != other and any(_leads_elsewhere(one, other, state, workflow) for state in states)
        case actions.Move(), actions.FollowUp():
            return closes(one, states, workflow)
        case _, actions.Move() if field is not None and any(
            FIELD + field in conditions.reads(row.given)
            for state in states
            for row in workflow.rows(other.transition, state)
        ):
            return True
        case actions.Move(), _:
            return actions.is_change(other) and closes(one, states, workflow)
        case _, (actions.LookUp(inputs=read) | actions.Emit(fields=read)) if field in read:
            return True
        case _, actions.AddNote(field=noted) if field == noted:
            return True
        case _, _ if field is not None and field == _field_set_by(other):
            return one != other
        case actions.Resolve(method=method), (actions.LookUp(inputs=read) | actions.Emit(fields=read)):
            return OUTCOME in read or (METHOD in read and method is not None)
        case ((actions.SetField() | actions.LookUp()), actions.Resolve(method=method)):
            return field == OUTCOME or (field == METHOD and method is not None)
        case actions.Resolve(), actions.Resolve():
            return one.outcome == other.outcome  # the second is dropped, with its whole step
        case actions.Rate(), actions.Rate():
            return True
        case ((actions.Assign() | actions.AssignTo()), (actions.Assign() | actions.AssignTo())):
            return one != other
        case ((actions.CancelSnooze() | actions.Wake()), actions.AssignTo(who="snoozer")):
            return True
        case _:
            return False


def _field_set_by(action: actions.Action) -> str | None:
    """Return the field that an action sets, holds or releases; None for other actions."""
    kinds = actions.SetField | actions.LookUp | actions.HoldField | actions.ReleaseField
    return action.field if isinstance(action, kinds) else None


def _leads_elsewhere(one: actions.Move, other: actions.Move, state: str, workflow: Workflow) -> bool:
    """Return whether the order of the two moves makes a difference from *state*."""
    first, second = _targets(one, state, workflow), _targets(other, state, workflow)
    if first and second:
        return first != second
    return any(_targets(other, target, workflow) for target in first)


def _targets(move: actions.Move, state: str, workflow: Workflow) -> frozenset[str]:
    return frozenset(row.target for row in workflow.rows(move.transition, state))


def closes(action: actions.Action, states: Collection[str], workflow: Workflow) -> bool:
    """Return whether *action* can close a ticket that is in one of *states*.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> closes(actions.Move("close"), ["new", "resolved"], servicenow().workflow)
    True
    """
    if not isinstance(action, actions.Move):
        return False
    targets = frozenset(target for state in states for target in _targets(action, state, workflow))
    return any(workflow.states_by_name[target].category == "closed" for target in targets)
