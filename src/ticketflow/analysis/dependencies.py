"""What events bring with them, and what actions do to each other, as far as that can be told without a ticket.

Source: docs/semantics.md 2.1, 3.1, 3.2, 3.10; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import assert_never

from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets.actors import PEOPLE, ROLES, SUPPORT
from ticketflow.tickets.anchors import LastMessage, Outside
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.ticket import METHOD, OUTCOME
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow

_GOES_ON = conditions.Not(conditions.CategoryIs("closed"))
_AWAKE = conditions.Not(conditions.IsHidden())


def implied(trigger: triggers.Trigger, rules: Rules) -> conditions.Condition:
    """Return what certainly holds right after an event that *trigger* waits for, when rules read their conditions.

    Source: docs/semantics.md 3.2.

    >>> from ticketflow.workflow.conditions import StateIs
    >>> from ticketflow.presets.servicenow import servicenow
    >>> str(implied(OnLeave(StateIs("new")), servicenow()))
    'not (the state is new)'
    """
    match trigger:
        case triggers.OnEnter(condition=condition):
            return condition
        case triggers.OnLeave(condition=condition):
            return conditions.Not(condition)
        case triggers.OnMessage(by="customer"):
            sleeps_on = rules.snoozing is not None and rules.snoozing.on_message == "stay_hidden"
            return conditions.All(conditions.IsUnanswered(), *(() if sleeps_on else (_AWAKE,)))
        case triggers.OnMessage(by="agent"):
            return conditions.All(conditions.Not(conditions.IsUnanswered()), conditions.Happened(LastMessage("agent")))
        case triggers.OnMessage(by=author):
            return conditions.Happened(LastMessage(author))
        case triggers.OnOutside(event=event):
            return conditions.All(conditions.Happened(Outside(event)), _GOES_ON)
        case triggers.OnCommand(commands=commands):
            return conditions.AnyOf(*(_AFTER.get(name, _GOES_ON) for name in sorted(commands)))
        case triggers.OnWake():
            return conditions.All(_GOES_ON, conditions.Not(conditions.IsSnoozed()), _AWAKE)
        case triggers.OnChange():
            return conditions.ALWAYS
        case _:
            assert_never(trigger)


# A closed ticket takes no command; only what moves a ticket can have closed it, and a follow-up leaves it so.
_AFTER: Mapping[str, conditions.Condition] = {
    "move": conditions.ALWAYS,
    "reopen": _AWAKE,
    "follow_up": conditions.ALWAYS,
    "give_back": conditions.All(_GOES_ON, conditions.Not(conditions.IsAssigned())),
    "decline": conditions.All(_GOES_ON, conditions.Not(conditions.IsAssigned())),
    "snooze": conditions.All(_GOES_ON, conditions.IsSnoozed(), conditions.IsHidden()),
    "cancel_snooze": conditions.All(_GOES_ON, conditions.Not(conditions.IsSnoozed()), _AWAKE),
}


def together(one: triggers.Trigger, other: triggers.Trigger, rules: Rules) -> conditions.Condition:
    """Return what certainly holds where one entry of a history is what both triggers wait for; NEVER if none is.

    Source: docs/semantics.md 3.2.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> str(together(OnMessage("customer"), OnMessage("anyone"), servicenow()))
    'always'
    >>> str(together(OnMessage("customer"), OnMessage("agent"), servicenow()))
    'never'
    """
    ours, theirs = _entries(one, rules), _entries(other, rules)
    shared = {name for name in ours.keys() & theirs.keys() if ours[name] & theirs[name]}
    if not shared:
        return conditions.NEVER
    return (
        conditions.ALWAYS
        if shared - _BEGINNING
        else conditions.StateIs(*dict.fromkeys(way.target for way in rules.workflow.ways_in))
    )


_BEGINNING = frozenset({"open", "follow_up"})
_EVERYTHING = ("",)
_MOVED = ("state", "category", "field.", "once.", "unanswered", "hidden", "reopenings")
_BY_HAND = "once.activity"
_CHANGED: Mapping[str, tuple[str, ...]] = {
    "open": _EVERYTHING,
    "follow_up": _EVERYTHING,
    "move": _MOVED,
    "reopen": _MOVED,
    "add_message": ("once.message", "unanswered", "hidden", _BY_HAND),
    "assign": ("assignee", "once.assigned", _BY_HAND),
    "give_back": ("assignee", "once.assigned", _BY_HAND),
    "decline": ("assignee", "once.assigned", _BY_HAND),
    "set_fields": ("field.", "once.resolved", _BY_HAND),
    "review_classification": ("field.classification", _BY_HAND),
    "record_event": ("once.outside", _BY_HAND),
    "snooze": ("snoozed", "hidden", _BY_HAND),
    "cancel_snooze": ("snoozed", "hidden", _BY_HAND),
    "link": (_BY_HAND,),
    "rate": (_BY_HAND,),
}
"""Beginnings of the names of the facts that each command can change."""

_WRITING = ("add_message", "move", "reopen", *_BEGINNING)
_WRITERS: Mapping[str, frozenset[str]] = {"anyone": PEOPLE, "agent": SUPPORT}


def _entries(trigger: triggers.Trigger, rules: Rules) -> Mapping[str, frozenset[str]]:
    """Return the kinds of entries that *trigger* waits for, and by whom: commands, and steps of rules."""
    movers = _may_move(rules.workflow)
    return {name: by & movers.get(name, ROLES) for name, by in _possible(trigger, rules).items()}


def _may_move(workflow: Workflow) -> Mapping[str, frozenset[str]]:
    """Return the roles that may move tickets, and reopen them, where a sleeping one may only surface."""
    by_row = frozenset(name for row in workflow.transitions for name in row.may)
    return {"move": _roles(by_row, workflow), "reopen": _roles(by_row | workflow.permission("reopen").may, workflow)}


def _roles(may: frozenset[str], workflow: Workflow) -> frozenset[str]:
    """Return the roles of whom *may* can mean; in a group, anybody can be."""
    return ROLES if may & workflow.groups else ROLES & may


def _possible(trigger: triggers.Trigger, rules: Rules) -> Mapping[str, frozenset[str]]:
    """Return the kinds of entries that *trigger* waits for, and by whom, if everybody could move tickets."""
    match trigger:
        case triggers.OnMessage(by=author):
            return dict.fromkeys(_WRITING, _WRITERS.get(author, frozenset({author})))
        case triggers.OnOutside(event=event):
            return {_recording(event): ROLES}
        case triggers.OnCommand(commands=commands, by=by):
            events = [_recording(event) for event in rules.workflow.outside_events if "record_event" in commands]
            return dict.fromkeys((*commands, *events), by or ROLES)
        case triggers.OnWake():
            return dict.fromkeys((name for name, then in _steps(rules) if actions.Wake() in then), ROLES)
        case triggers.OnChange(field=field):
            return dict.fromkeys(_changing(frozenset({f"field.{field}"}), rules), ROLES)
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            return dict.fromkeys(_changing(conditions.reads(condition), rules), ROLES)
        case _:
            assert_never(trigger)


def _recording(event: str) -> str:
    return f"record_event {event}"


def _changing(facts: Collection[str], rules: Rules) -> Iterator[str]:
    """Yield the kinds of entries that can change one of *facts*."""
    filled = tuple(f"field.{field.name}" for field in rules.workflow.filled_fields)
    for name in NAMES.values():
        changed = (*_CHANGED[name], *(filled if name == "add_message" else ()))
        if any(fact.startswith(changed) for fact in facts):
            yield name
            if name == "record_event":
                yield from (_recording(event) for event in rules.workflow.outside_events)
    for name, then in _steps(rules):
        changed = tuple(beginning for action in then for beginning in _changed_by(action))
        if any(fact.startswith(changed) for fact in facts):
            yield name


def _steps(rules: Rules) -> Iterator[tuple[str, tuple[actions.Action, ...]]]:
    """Yield a name for each step of each rule that is switched on, and what it does."""
    for rule in rules.all_automations:
        if rule.is_enabled:
            yield from ((f"rule {rule.id} {number}", then) for number, then in enumerate(action_steps(rule)))


def _changed_by(action: actions.Action) -> tuple[str, ...]:
    """Return beginnings of the names of the facts that carrying out *action* can change."""
    match action:
        case actions.Move():
            return ("state", "category", "once.", "reopenings", f"field.{OUTCOME}")
        case actions.Wake():
            return ("state", "category", "once.", "reopenings", f"field.{OUTCOME}", "snoozed", "hidden")
        case actions.SetField(field=field) | actions.HoldField(field=field) | actions.ReleaseField(field=field):
            return (f"field.{field}", *(("once.resolved",) if field == OUTCOME else ()))
        case actions.Resolve():
            return (f"field.{OUTCOME}", f"field.{METHOD}", "once.resolved")
        case actions.Assign() | actions.AssignTo():
            return ("assignee", "once.assigned")
        case actions.CancelSnooze():
            return ("snoozed",)
        case actions.RecordWarning(clock=clock):
            return (f"warned.{clock}",)
        case actions.RecordBreach(clock=clock):
            return (f"breached.{clock}", f"once.breached.{clock}")
        case actions.Rate() | actions.AddNote() | actions.SendMessage() | actions.FollowUp():
            return ()
        case _:
            assert_never(action)


def clash(
    one: Automation, other: Automation, states: Collection[str], workflow: Workflow
) -> tuple[actions.Action, actions.Action] | None:
    """Return an action of each of two rules whose order makes a difference; None if they can go either way.

    Opposite outcomes are no clash here: they are a finding of their own.

    Args:
        one: A rule.
        other: Another one.
        states: The states in which both can be carried out.
        workflow: The table.

    Source: docs/semantics.md 3.1, 3.2, 3.10.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> when, table = OnMessage("customer"), servicenow().workflow
    >>> first, second = (Automation(name, when, (Assign(name),)) for name in ("ana", "bea"))
    >>> [str(action) for action in clash(first, second, ["new"], table)]
    ['assign to ana', 'assign to bea']
    """
    if one.then == other.then:
        return None
    pairs = ((first, second) for first in one.then for second in other.then)
    return next((pair for pair in pairs if _differ(*pair, states, workflow)), None)


def _differ(one: actions.Action, other: actions.Action, states: Collection[str], workflow: Workflow) -> bool:
    return _depends(one, other, states, workflow) or _depends(other, one, states, workflow)


def _depends(one: actions.Action, other: actions.Action, states: Collection[str], workflow: Workflow) -> bool:
    """Return whether what *other* does can depend on whether *one* was done before."""
    match one, other:
        case actions.Move(), actions.Move():
            return one != other and any(_leads_elsewhere(one, other, state, workflow) for state in states)
        case actions.Move(), actions.FollowUp():
            return closes(one, states, workflow)
        case (
            (actions.SetField(field=field) | actions.HoldField(field=field) | actions.ReleaseField(field=field)),
            actions.Move(),
        ) if any(
            f"field.{field}" in conditions.reads(row.given)
            for state in states
            for row in workflow.rows(other.transition, state)
        ):
            return True
        case actions.Move(), _:
            return actions.is_change(other) and closes(one, states, workflow)
        case (
            (actions.SetField(field=field) | actions.HoldField(field=field) | actions.ReleaseField(field=field)),
            (
                actions.SetField(field=same)
                | actions.HoldField(field=same)
                | actions.ReleaseField(field=same)
                | actions.AddNote(field=same)
            ),
        ):
            return field == same and one != other
        case actions.SetField(field=field), actions.Resolve(method=method):
            return field == OUTCOME or (field == METHOD and method is not None)
        case actions.Resolve(), actions.Resolve():
            return one.outcome == other.outcome  # the second is dropped, with all that stands beside it
        case actions.Rate(), actions.Rate():
            return True
        case ((actions.Assign() | actions.AssignTo()), (actions.Assign() | actions.AssignTo())):
            return one != other
        case ((actions.CancelSnooze() | actions.Wake()), actions.AssignTo(who="snoozer")):
            return True
        case _:
            return False


def _leads_elsewhere(one: actions.Move, other: actions.Move, state: str, workflow: Workflow) -> bool:
    """Return whether it makes a difference from *state* that *one* is taken before *other*."""
    first, second = _targets(one, state, workflow), _targets(other, state, workflow)
    if first and second:
        return first != second
    return any(_targets(other, target, workflow) for target in first)


def _targets(move: actions.Move, state: str, workflow: Workflow) -> frozenset[str]:
    return frozenset(row.target for row in workflow.rows(move.transition, state))


def closes(action: actions.Action, states: Collection[str], workflow: Workflow) -> bool:
    """Return whether *action* can close a ticket that is in one of *states*.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> closes(Move("close"), ["new", "resolved"], servicenow().workflow)
    True
    """
    if not isinstance(action, actions.Move):
        return False
    targets = frozenset(target for state in states for target in _targets(action, state, workflow))
    return any(workflow.states_by_name[target].category == "closed" for target in targets)
