"""Automations and triggers of Zendesk as rules.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/automations/,
https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/ and
https://support.zendesk.com/hc/en-us/articles/4408885654298, the conditions and actions of automations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import attrs

from ticketflow.calendars.spans import Elapsed, WorkingTime
from ticketflow.errors import TicketflowError
from ticketflow.importers.naming import Names, labels_of
from ticketflow.importers.parts import Part
from ticketflow.importers.zendesk_terms import (
    STATUSES,
    Desk,
    NotKnownError,
    condition_of,
    field_and_values,
    joined,
    read_action,
    read_condition,
    words_of,
)
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation
from ticketflow.tickets.anchors import (
    Anchor,
    AssignedLast,
    Author,
    Created,
    Entered,
    LastActivity,
    LastMessage,
    Latest,
)
from ticketflow.tickets.commands import NAMES
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import Condition

_SINCE: Mapping[str, Anchor] = {
    "NEW": Created(),
    "OPEN": Entered("open"),
    "PENDING": Entered("pending"),
    "HOLD": Entered("hold"),
    "SOLVED": Entered("solved"),
    "assigned_at": AssignedLast(),
    "updated_at": Latest(Created(), LastMessage("anyone"), LastActivity("command")),
    "requester_updated_at": LastMessage("customer"),
    "assignee_updated_at": LastMessage("agent"),
}
"""The anchor of each condition on hours."""
_TIMES = frozenset({*_SINCE, "CLOSED", "due_date", "until_due_date", "sla_next_breach_at", "until_sla_next_breach_at"})
_RUNS_HOURLY = "it acts once, at that moment; Zendesk looks once an hour, and acts again while the conditions hold"

Found = Iterator[tuple[Automation, Part]]


def read_automations(parts: Sequence[Part], desk: Desk, ids: Names) -> Found:
    """Yield the rules for automations, each with its part. Those that cannot be rules are left out."""
    for part in parts:
        title = _title(part)
        what = f"automation {title!r}"
        _skip_records(part)
        try:
            when, given = _after(part.at("conditions"), desk)
            then, lost = _actions(part, desk, title)
            rule = _rule(part, ids, title, when, given, then)
            if isinstance(when.span, WorkingTime):
                rule = attrs.evolve(rule, calendar=desk.calendar())
        except (NotKnownError, TicketflowError) as error:
            part.left_out(what, str(error))
            continue
        part.changed(what, "; ".join([f"automations.{rule.id}", _RUNS_HOURLY, *lost]))
        yield rule, part


def read_triggers(parts: Sequence[Part], desk: Desk, ids: Names) -> Found:
    """Yield the rules for triggers, each with its part. Those that cannot be rules are left out."""
    for part in parts:
        title = _title(part)
        what = f"trigger {title!r}"
        _skip_records(part)
        try:
            when, given, broad = _event(part.at("conditions"), desk)
            then, lost = _actions(part, desk, title)
            rule = _rule(part, ids, title, when, given, then)
        except (NotKnownError, TicketflowError) as error:
            part.left_out(what, str(error))
            continue
        losses = [*broad, *lost]
        say = part.changed if losses else part.carried
        say(what, "; ".join([f"automations.{rule.id}", *losses]))
        yield rule, part


def _title(part: Part) -> str:
    return part.at("title").text() or "without a title"


def _skip_records(part: Part) -> None:
    part.skipped("url", "id", "created_at", "updated_at", "category_id", "default", why="Zendesk keeps it for itself")
    part.skipped("raw_title", why="it is the title again")
    part.skipped("description", why="rules have no descriptions")


def _rule(
    part: Part,
    ids: Names,
    title: str,
    when: triggers.Trigger | triggers.Timer,
    given: Condition,
    then: tuple[actions.Action, ...],
) -> Automation:
    position, is_active = part.at("position").number(), part.at("active").truth()
    return Automation(
        ids.name(title, "rule"),
        when=when,
        given=given,
        then=then,
        rank=position or 0,
        is_enabled=is_active is not False,
        labels=labels_of(title),
    )


def _actions(part: Part, desk: Desk, title: str) -> tuple[tuple[actions.Action, ...], list[str]]:
    """Return the actions of a rule, and what they lose.

    Raises:
        NotKnownError: None of them is an action of rules.
    """
    then: list[actions.Action] = []
    lost: list[str] = []
    for each in part.at("actions").parts():
        try:
            found, loss = read_action(each, desk, title)
        except (NotKnownError, TicketflowError) as error:
            each.left_out(f"action {each.at('field').word() or '?'}", str(error))
            lost.append(f"without its action {each.at('field').word() or '?'}")
            continue
        then += found
        lost += filter(None, [loss])
    if not then:
        raise NotKnownError("none of its actions is known")
    return tuple(then), lost


# -- automations ------------------------------------------------------------------------------------------------------


def _after(part: Part, desk: Desk) -> tuple[triggers.After, Condition]:
    """Return the timer and the other conditions of an automation.

    Raises:
        NotKnownError: It has no time that rules can count, or another condition that they cannot have.
    """
    times, every = [], []
    for each in part.at("all").parts():
        if each.at("field").text() in _TIMES:
            times.append(each)
        else:
            every.append(read_condition(each, desk))
    some = [read_condition(each, desk) for each in part.at("any").parts()]
    waits = [each for each in times if not (each.at("operator").text() or "").startswith("less_than")]
    if len(waits) != 1:
        raise NotKnownError(f"it has {len(waits)} conditions on the least hours since something, not one")
    [wait] = waits
    for each in times:
        if each is not wait:
            what = f"condition {each.at('field').text()} {each.at('operator').text()}"
            each.left_out(what, "the rule acts once, so it needs no upper limit")
    field, state = wait.at("field").text() or "", (wait.at("field").text() or "").lower()
    if state in STATUSES[1:]:
        every.insert(0, conditions.StateIs(state))  # hours since a status count while the ticket stays in it
    return triggers.After(_span(wait), _anchor(field)), joined(list(dict.fromkeys(every)), some)


def _anchor(field: str) -> Anchor:
    if field not in _SINCE:
        raise NotKnownError(f"no rule counts the hours of {field!r}")
    return _SINCE[field]


def _span(part: Part) -> Elapsed | WorkingTime:
    operator, hours = part.at("operator").text() or "", part.at("value").number()
    if hours is None or operator not in _SPANS:
        raise NotKnownError(f"the hours of {part.at('field').text()!r} are not known")
    kind = _SPANS[operator]
    return kind(hours=hours) if hours else kind(timedelta(seconds=1))  # no rule acts at the moment from which it counts


_SPANS: Mapping[str, type[Elapsed | WorkingTime]] = {
    "is": Elapsed,
    "greater_than": Elapsed,
    "is_business_hours": WorkingTime,
    "greater_than_business_hours": WorkingTime,
}

# -- triggers ---------------------------------------------------------------------------------------------------------

_ANY_UPDATE = triggers.OnCommand(*(name for name in NAMES.values() if name not in ("open", "follow_up", "decline")))
_ANY_EVENT = triggers.OnCommand(*(name for name in NAMES.values() if name != "decline"))
_AUTHORS: Mapping[tuple[str, str, str], str] = {
    ("role", "is", "end_user"): "customer",
    ("role", "is_not", "end_user"): "agent",
    ("role", "is", "agent"): "agent",
    ("role", "is_not", "agent"): "customer",
    ("current_user_id", "is", "requester_id"): "customer",
    ("requester_id", "is", "current_user"): "customer",
    ("requester_id", "is_not", "current_user"): "agent",
}
"""The author of a comment by the condition that says it."""
_DROPPED: Mapping[tuple[str, str, str], str] = {
    ("assignee_id", "is_not", "current_user"): "it acts when the assignee is the one who acts, too",
    ("assignee_id", "is_not", "requester_id"): "it acts when the assignee is the requester, too",
}
"""What is lost by conditions that a trigger of notifications can do without."""
_CHANGES = ("changed", "value", "value_previous")
_PUBLIC = ("true", "requester_can_see_comment")

Event = tuple[triggers.Trigger, Condition, list[str]]


def _event(part: Part, desk: Desk) -> Event:
    """Return the event to which a trigger reacts, its other conditions, and what is lost.

    Raises:
        NotKnownError: It has a condition that rules cannot have, or waits for several events.
    """
    creates: bool | None = None
    author, is_comment = "", False
    changes: list[triggers.Trigger] = []
    lost: list[str] = []
    every: list[Condition] = []
    for each in part.at("all").parts():
        field, operator = each.at("field").text() or "", each.at("operator").text() or ""
        words = words_of(each.at("value"))
        key = (field, operator, words[0] if len(words) == 1 else "")
        if field == "update_type" and operator == "is" and words in (["Create"], ["Change"]):
            creates = words == ["Create"]
        elif field == "comment_is_public" and operator == "is" and words and words[0] in _PUBLIC:
            is_comment = True
        elif key in _AUTHORS:
            author = _AUTHORS[key]
        elif key in _DROPPED:
            lost.append(_DROPPED[key])
        elif operator in _CHANGES:
            changes.append(_change(field, operator, words, desk, lost))
        else:
            every.append(condition_of(field, operator, words, desk))
    given = joined(every, [read_condition(each, desk) for each in part.at("any").parts()])
    by = ("customer",) if author == "customer" else ("agent", "administrator") if author else ()
    if len(changes) + is_comment + (creates is True) > 1:
        raise NotKnownError("it waits for several events at once; a rule reacts to one")
    if changes:
        if author:
            raise NotKnownError("a rule that reacts to a change does not ask who made it")
        return changes[0], given, lost
    if is_comment:
        if creates is False:
            lost.append("the message that opens a ticket counts, too")
        return triggers.OnMessage(_AUTHOR[author]), given, lost
    if creates is True:
        return triggers.OnCommand("open", by=by), given, lost
    which = _ANY_UPDATE if creates is False else _ANY_EVENT
    lost.append("it reacts to what people do, not to what rules do")
    return triggers.OnCommand(*which.commands, by=by), given, lost


_AUTHOR: Mapping[str, Author] = {"": "anyone", "customer": "customer", "agent": "agent"}


def _change(field: str, operator: str, words: list[str], desk: Desk, lost: list[str]) -> triggers.Trigger:
    if operator == "value":
        return triggers.OnEnter(condition_of(field, "is", words, desk))
    if operator == "value_previous":
        return triggers.OnLeave(condition_of(field, "is", words, desk))
    if field == "assignee_id":
        lost.append("it reacts to assignments by people, not by rules")
        return triggers.OnCommand("assign", "give_back")
    if field == "status":
        lost.append("it reacts to moves by people, not by rules")
        return triggers.OnCommand("move", "reopen")
    name, _ = field_and_values(field, [None], desk, f"a change of {field!r}")
    return triggers.OnChange(name)
