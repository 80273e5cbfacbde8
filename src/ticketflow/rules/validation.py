"""Validate a rule set as written: unknown names, spans that are too short, actions that collide, and the like.

Source: docs/semantics.md 3.14, 6.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, assert_never

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.combined import CombinedCalendar
from ticketflow.calendars.spans import (
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    ClockSpan,
    Elapsed,
    Span,
    WorkingTime,
    is_too_long,
)
from ticketflow.errors import Problem, unknown_name
from ticketflow.kernel.names import is_id, is_name, is_plain_name, is_readable, person_in
from ticketflow.kernel.typed import typed
from ticketflow.rules import triggers
from ticketflow.rules.actions import (
    Action,
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    Emit,
    FollowUp,
    HoldField,
    LookUp,
    Move,
    Rate,
    RecordBreach,
    RecordWarning,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
    Wake,
)
from ticketflow.rules.automations import Automation, Ladder, Rule, action_steps, drops_masked
from ticketflow.rules.implied import is_reserved
from ticketflow.rules.schedules import AtMoment, Repeats, Steps, schedule_of
from ticketflow.sla.validation import clock_problems
from ticketflow.tickets.actors import ROLES
from ticketflow.tickets.anchors import Breached, Latest, Started, simple_parts
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.facts import METHOD, OUTCOME, SCORES
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    ClockIs,
    Happened,
    Not,
    parts,
)
from ticketflow.workflow.definition import Field, Workflow
from ticketflow.workflow.snooze import AfterSpan, LaterToday
from ticketflow.workflow.ticket_calendar import CalendarOf, calendar_problems
from ticketflow.workflow.validation import (
    PERSONAL_RECIPIENTS,
    anchor_problems,
    condition_problems,
    link_problems,
    workflow_problems,
)

if TYPE_CHECKING:
    from ticketflow.rules.ruleset import Rules

_COMMANDS = frozenset(NAMES.values())


_RECIPIENTS = ROLES | PERSONAL_RECIPIENTS


_SMALLEST = timedelta(seconds=1)
_MOST = 1_000_000_000
_TOO_LONG = "give 100 years or less"
_NAME_FIX = "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"


def rule_problems(
    rule: Rule, where: str, calendars: Collection[str], workflow: Workflow, clocks: Collection[str]
) -> Iterator[Problem]:
    """Yield every problem of one rule.

    Args:
        rule: The rule.
        where: The place of the rule in messages.
        calendars: The names of the rule set's calendars.
        workflow: The workflow of the rule set.
        clocks: The names of the rule set's clocks.
    """
    yield from _clock_problems(where, rule, clocks)
    yield from _calendar_problems(where, rule, calendars, workflow)
    yield from condition_problems(workflow, f"{where}.given", rule.given, of_rules=True)
    yield from _timing_problems(where, rule, workflow)
    yield from _mask_problems(where, rule)
    yield from _number_problems(where, rule)
    for then in action_steps(rule):
        yield from _action_problems(where, then, workflow)


def _number_problems(where: str, rule: Rule) -> Iterator[Problem]:
    if rule.generation < 1:
        yield Problem(f"{where}.generation", f"it is {rule.generation}", "count generations from 1")
    if rule.generation > _MOST:
        yield Problem(f"{where}.generation", "it is over a billion", "count generations one by one")
    if abs(rule.rank) > _MOST:
        yield Problem(f"{where}.rank", "it is over a billion", "give a rank of at most a billion either way")
    if rule.group is not None and not is_plain_name(rule.group):
        yield Problem(f"{where}.group", f"it is {rule.group!a:.80}", "use ASCII, at most 256 characters")
    if isinstance(rule, Ladder) and rule.min_notice is not None and is_too_long(rule.min_notice):
        yield Problem(f"{where}.min_notice", f"the span {rule.min_notice} is too long", _TOO_LONG)


def _calendar_problems(where: str, rule: Rule, calendars: Collection[str], workflow: Workflow) -> Iterator[Problem]:
    named: dict[str, str | CalendarOf | None] = {"calendar": rule.calendar, "gate": rule.gate}
    if isinstance(rule, Automation):
        named["during"] = rule.during.calendar if rule.during else None
        named["when"] = rule.when.calendar if isinstance(rule.when, triggers.AtOpening | triggers.AtClosing) else None
    for part, name in named.items():
        yield from calendar_problems(f"{where}.{part}", name, calendars, workflow)


def _timing_problems(where: str, rule: Rule, workflow: Workflow) -> Iterator[Problem]:
    times = schedule_of(rule)
    if isinstance(times, Steps):
        yield from _rung_problems(where, rule, times, workflow)
    if isinstance(times, Repeats):
        yield from _repeat_problems(where, times, workflow)
    if isinstance(rule, Automation):
        yield from _trigger_problems(f"{where}.when", rule.when, workflow)
        if rule.ended_by is not None and times is None:
            yield Problem(f"{where}.ended_by", "a rule with a trigger has no episode that can end", "leave it out")
        if rule.during and times:
            what, fix = "a rule with a timer cannot have it", "use a gate to hold the rule until a calendar opens"
            yield Problem(f"{where}.during", what, fix)
    if rule.ended_by is not None:
        yield from anchor_problems(f"{where}.ended_by", rule.ended_by, workflow)


def _mask_problems(where: str, rule: Rule) -> Iterator[Problem]:
    if rule.on_mask == "hold" and schedule_of(rule) is None:
        yield Problem(f"{where}.on_mask", "a rule with a trigger cannot be held", "give 'drop', or leave it out")
    if rule.on_resume == "restart" and drops_masked(rule):
        yield Problem(
            f"{where}.on_resume", "a dropped occurrence is not resumed", "give on_mask='hold', or leave it out"
        )
    if rule.on_resume == "restart" and isinstance(schedule_of(rule), AtMoment):
        yield Problem(f"{where}.on_resume", "the instant of a field does not move", "leave it out")
    if rule.on_resume == "restart" and rule.group is None:
        fix = "put it in a group that a state or the snooze options mask; a gate is not a mask"
        yield Problem(f"{where}.on_resume", "the rule has no group, so it is never masked", fix)


def _clock_problems(where: str, rule: Rule, clocks: Collection[str]) -> Iterator[Problem]:
    """Yield the problems of unknown clocks, and of spans of a clock that do not count from its start."""
    conditions = [rule.given]
    if isinstance(rule, Automation) and isinstance(rule.when, triggers.OnEnter | triggers.OnLeave):
        conditions.append(rule.when.condition)
    asks = [part for each in conditions for part in parts(each)]
    asked = [part.clock for part in asks if isinstance(part, ClockIs)]
    happened = [anchor for part in asks if isinstance(part, Happened) for anchor in simple_parts(part.anchor)]
    asked += [anchor.clock for anchor in happened if isinstance(anchor, Breached)]
    times = schedule_of(rule)
    since = times.since if isinstance(times, Steps | Repeats) else None
    anchors = [part for each in (since, rule.ended_by) if each for part in simple_parts(each)]
    asked += [part.clock for part in anchors if isinstance(part, Started | Breached)]
    yield from (unknown_name(where, "clock", name, clocks) for name in dict.fromkeys(asked) if name not in clocks)
    if any(isinstance(anchor, Started) for anchor in happened):
        yield Problem(where, "Happened cannot ask for the start of a clock", "use ClockIs(…)")
    if isinstance(since, Started) and rule.on_resume == "restart":
        yield Problem(f"{where}.on_resume", "the end of a mask cannot replace the start of a clock", "leave it out")
    if any(isinstance(part, Started) for part in anchors) and not isinstance(since, Started):
        yield Problem(where, "the start of a clock is combined with other anchors", "use Started(…) alone")
    if isinstance(times, Steps) and not isinstance(since, Started):
        for rung in times.rungs:
            if isinstance(rung.after, ClockSpan):
                what = f"the span {rung.after!s} does not count from the start of a clock"
                yield Problem(where, what, "count it since Started(…)")
    if (
        isinstance(rule, Automation)
        and isinstance(rule.when, triggers.After)
        and rule.when.every
        and isinstance(times, Steps)
    ):
        yield Problem(f"{where}.when.every", "a span of a clock does not repeat", "leave it out")


def _rung_problems(where: str, rule: Rule, times: Steps, workflow: Workflow) -> Iterator[Problem]:
    if isinstance(rule, Automation):  # its one rung is written as *when*
        yield from anchor_problems(f"{where}.when.since", times.since, workflow)
        yield from _span_problems(f"{where}.when.span", times.rungs[0].after)
        return
    yield from anchor_problems(f"{where}.since", times.since, workflow)
    if not times.rungs:
        yield Problem(f"{where}.rungs", "the ladder has no rungs", "give at least one")
    for index, rung in enumerate(times.rungs):
        yield from _span_problems(f"{where}.rungs[{index}]", rung.after)


def _span_problems(
    place: str, span: Span | ClockSpan, fix: str = "give one second or more, or use a trigger"
) -> Iterator[Problem]:
    if is_too_long(span):
        yield Problem(place, f"the span {span} is too long", _TOO_LONG)
    is_short = isinstance(span, Elapsed | WorkingTime) and span.amount < _SMALLEST
    if span == CalendarSpan() or is_short:
        yield Problem(place, f"the span {span} is too short", fix)


def _repeat_problems(where: str, times: Repeats, workflow: Workflow) -> Iterator[Problem]:
    yield from anchor_problems(f"{where}.when.since", times.since, workflow)
    yield from _span_problems(f"{where}.when.span", times.span)
    yield from _span_problems(f"{where}.when.every", times.every)
    if times.every == BusinessDays(0):
        yield Problem(f"{where}.when.every", "the period has no days", "give at least one business day")
    if type(times.every) is not type(times.span):
        yield Problem(f"{where}.when.every", "it has another type than span", "give both as spans of one type")
    if times.at_most is not None and not 1 <= times.at_most <= _MOST:
        what = f"it is {times.at_most}" if times.at_most < 1 else "it is over a billion"
        yield Problem(f"{where}.when.at_most", what, "give 1 to a billion, or leave it out")


def _trigger_problems(where: str, when: triggers.Trigger | triggers.Timer, workflow: Workflow) -> Iterator[Problem]:
    match when:
        case triggers.AtSnoozeEnd():
            yield Problem(where, "AtSnoozeEnd is reserved for an implied rule", "use OnWake()")
        case triggers.After(every=None, at_most=int(at_most)):
            yield Problem(f"{where}.at_most", f"it is {at_most}, but nothing repeats", "give every, or leave it out")
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            yield from condition_problems(workflow, where, condition, of_rules=True)
        case triggers.OnOutside(event=event) if event not in workflow.outside_events:
            yield unknown_name(where, "outside event", event, workflow.outside_events)
        case triggers.OnChange(field=field) | triggers.AtField(field=field) if workflow.field(field) is None:
            yield unknown_name(where, "field", field, workflow.fields_by_name)
        case triggers.AtField(field=field) if workflow.fields_by_name[field].kind not in ("moment", "future"):
            yield Problem(where, f"field {field!r} holds no instants", "make its kind 'moment' or 'future'")
        case triggers.OnLink(kind=kind):
            yield from link_problems(where, kind)
        case triggers.OnCommand(commands=commands, by=by):
            if not commands:
                yield Problem(where, "the trigger names no command", "name at least one")
            yield from (unknown_name(where, "command", name, NAMES.values()) for name in sorted(commands - _COMMANDS))
            yield from (unknown_name(where, "role", name, ROLES) for name in sorted(by - ROLES))
        case _:
            pass


def _touches(action: Action) -> str | None:
    """Return a text for the part of the ticket that an action changes; None if it changes none."""
    match action:
        case Move():
            return "the state"
        case SetField(field=name) | LookUp(field=name) | HoldField(field=name) | ReleaseField(field=name):
            return f"field {name!r}"
        case Resolve():
            return f"field {OUTCOME!r}"
        case Rate():
            return "the rating"
        case CancelSnooze():
            return "the snooze"
        case Assign() | AssignTo():
            return "the assignee"
        case Wake():
            return "the state"
        case SendMessage() | Emit() | AddNote() | FollowUp() | RecordWarning() | RecordBreach():
            return None
        case _:
            assert_never(action)


def _action_problems(where: str, actions: tuple[Action, ...], workflow: Workflow) -> Iterator[Problem]:
    transitions = frozenset(workflow.verbs)
    fields = workflow.fields_by_name
    recipients = _RECIPIENTS | workflow.groups
    if not actions:
        yield Problem(f"{where}.then", "there are no actions", "give at least one")
    touched = Counter(filter(None, map(_touches, actions)))
    for name in sorted(name for name, times in touched.items() if times > 1):
        fix = "keep one of the actions; all actions of a step take effect at once"
        yield Problem(f"{where}.then", f"one step changes {name} twice", fix)
    emitted = Counter(action.name for action in actions if isinstance(action, Emit))
    for name in sorted(name for name, times in emitted.items() if times > 1):
        yield Problem(f"{where}.then", f"one step emits {name!r:.80} twice", "keep one of the actions, with all fields")
    for action in actions:
        match action:
            case Move(transition=name) if name not in transitions:
                yield unknown_name(f"{where}.then", "transition", name, transitions)
            case SetField(field=name) | HoldField(field=name) | ReleaseField(field=name) | AddNote(field=name) if (
                name not in fields
            ):
                yield unknown_name(f"{where}.then", "field", name, fields)
            case Resolve(method=str(method)) if METHOD not in fields or not fields[METHOD].takes(method):
                known = fields[METHOD].choices if METHOD in fields else ()
                yield unknown_name(f"{where}.then", "method", method, map(str, known))
            case Rate(score=score) if score not in SCORES:
                yield Problem(f"{where}.then", f"the score is {score!r:.80}", "give a whole number from 1 to 5")
            case Resolve(outcome=outcome) if OUTCOME not in fields or not fields[OUTCOME].takes(outcome):
                known = fields[OUTCOME].choices if OUTCOME in fields else ()
                yield unknown_name(f"{where}.then", "outcome", outcome, map(str, known))
            case SetField(field=name, value=value) | HoldField(field=name, value=value) if not fields[name].takes(
                value
            ):
                yield Problem(f"{where}.then", f"field {name!r} cannot have {value!r:.80}", fields[name].allowed)
            case Emit():
                yield from _emit_problems(f"{where}.then", action, fields)
            case LookUp():
                yield from _table_problems(f"{where}.then", action, workflow)
            case RecordWarning() | RecordBreach():
                what = f"the action {type(action).__name__} is reserved for implied rules"
                yield Problem(f"{where}.then", what, "leave it out")
            case Assign(assignee=str(assignee)) if not is_id(assignee):
                yield Problem(f"{where}.then", f"assignee {assignee!a:.80} is not an id", "give the id of somebody")
            case SendMessage(to=to) if not is_name(to) and person_in(to) is None:
                what = f"{to!a:.80} is not a recipient"
                yield Problem(f"{where}.then", what, "name a role or group, or 'person:' and an id")
            case SendMessage(to=to) if to not in recipients and person_in(to) is None:
                yield unknown_name(f"{where}.then", "recipient", to, recipients)
            case SendMessage(template=template) if not is_name(template):
                yield Problem(f"{where}.then", f"template {template!r:.80} is not a name", _NAME_FIX)
            case _:
                pass


def _emit_problems(place: str, action: Emit, known: Mapping[str, Field]) -> Iterator[Problem]:
    """Yield every problem of an event that a rule emits."""
    if not is_name(action.name):
        yield Problem(place, f"event {action.name!r:.80} is not a name", _NAME_FIX)
    yield from (unknown_name(place, "field", name, known) for name in dict.fromkeys(action.fields) if name not in known)
    if len(set(action.fields)) < len(action.fields):
        yield Problem(place, f"event {action.name!r:.80} has a field twice", "give each field once")


def _table_problems(place: str, action: LookUp, workflow: Workflow) -> Iterator[Problem]:
    """Yield every problem of a table that a rule looks a field up in."""
    known = workflow.fields_by_name
    columns = (*action.inputs, action.field)
    unknown = [name for name in dict.fromkeys(columns) if name not in known]
    yield from (unknown_name(place, "field", name, known) for name in unknown)
    if not action.inputs:
        yield Problem(place, "the table has no inputs", "give at least one field")
    if len(set(action.inputs)) < len(action.inputs):
        yield Problem(place, "the table has an input twice", "give each input once")
    if not action.rows:
        yield Problem(place, "the table has no rows", "give at least one")
    seen = set[object]()
    for row in action.rows:
        shown = ", ".join(map(str, row))
        if len(row) != len(columns):
            fix = f"give {len(columns)}: {', '.join(columns)}"
            yield Problem(place, f"the row ({shown:.80}) has {len(row)} values", fix)
        elif typed(row[:-1]) in seen:
            yield Problem(place, f"the row ({shown:.80}) has the inputs of an earlier one", "leave one of them out")
        elif not unknown:
            pairs = [(known[name], value) for name, value in zip(columns, row, strict=True)]
            wrong = ((field, value) for field, value in pairs if not field.takes(value))
            for field, value in wrong:
                yield Problem(place, f"field {field.name!r} cannot have {value!r:.80}", field.allowed)
        seen.add(typed(row[:-1]))


LONGEST_NAME = 200
"""The most characters in the name of a rule set."""

_CEILINGS = {
    "remembered_events": 10_000,
    "steps_at_one_instant": 1_000,
    "unattended_changes": 10_000,
    "occurrences_per_call": 100_000,
}


def ruleset_problems(rules: Rules, place: str) -> Iterator[Problem]:
    """Yield every problem of a rule set whose values have the right types."""
    yield from _name_problems(rules, place)
    yield from workflow_problems(rules.workflow, f"{place}, workflow", _moves(rules))
    yield from _bound_problems(place, rules)
    yield from _snoozing_problems(place, rules)
    yield from _mask_name_problems(place, rules)
    yield from clock_problems(rules.clocks, place, rules.calendars, rules.workflow)
    yield from _lead_problems(rules, place)
    yield from _template_problems(place, rules)
    clocks = [policy.name for policy in rules.clocks]
    seen: set[str] = set()
    for index, rule in enumerate(rules.automations):
        where = f"{place}, automations[{index}] {rule.id!r}"
        if is_reserved(rule.id):
            yield Problem(where, f"the id {rule.id!r} is reserved for implied rules", "use another id")
        if rule.id in seen:
            yield Problem(where, f"another rule has the id {rule.id!r}", "give each rule its own id")
        seen.add(rule.id)
        yield from rule_problems(rule, where, rules.calendars, rules.workflow, clocks)


def _lead_problems(rules: Rules, place: str) -> Iterator[Problem]:
    """Yield the problems of rules that count business days before the target of a clock without a calendar."""
    without = {policy.name for policy in rules.clocks if policy.calendar is None}
    for index, rule in enumerate(rules.automations):
        times = schedule_of(rule)
        if isinstance(times, Steps) and isinstance(times.since, Started) and times.since.clock in without:
            leads = (rung.after.lead for rung in times.rungs if isinstance(rung.after, BeforeDue))
            if any(isinstance(lead, BusinessDays) for lead in leads):
                what = f"it counts business days, but the clock {times.since.clock!r} has no calendar"
                yield Problem(f"{place}, automations[{index}] {rule.id!r}", what, "give the clock a calendar")


def _name_problems(rules: Rules, place: str) -> Iterator[Problem]:
    if len(rules.name) > LONGEST_NAME or not is_readable(rules.name):
        fix = f"give plain text in one line, at most {LONGEST_NAME} characters"
        yield Problem(f"{place}.name", "the name cannot be shown in messages", fix)
    for name in rules.calendars:
        if not is_plain_name(name):
            what = f"{name!a:.80} is not a name for a calendar"
            yield Problem(f"{place}.calendars", what, "use ASCII, at most 256 characters")


_DEEPEST_CONDITION, _DEEPEST_CALENDAR = 12, 24


def nesting_problems(rules: Rules, place: str) -> Iterator[Problem]:
    """Yield a problem for each part that is nested deeper than a document can be."""
    parts: list[tuple[str, object, int]] = [
        *((f"{place}, workflow.{name}", getattr(rules.workflow, name), _DEEPEST_CONDITION) for name in _ASKING),
        *((f"{place}, clocks[{index}]", each, _DEEPEST_CONDITION) for index, each in enumerate(rules.clocks)),
        *((f"{place}, automations[{index}]", each, _DEEPEST_CONDITION) for index, each in enumerate(rules.automations)),
        *((f"{place}.calendars[{name!r}]", each, _DEEPEST_CALENDAR) for name, each in rules.calendars.items()),
    ]
    for where, part, deepest in parts:
        if _is_deeper(part, deepest):
            yield Problem(where, f"it is nested more than {deepest} levels deep", "nest it less")


_ASKING = ("transitions", "fields", "permissions", "lists")
_NESTING = All | AnyOf | Not | Happened | Latest


def _is_deeper(part: object, levels: int) -> bool:
    """Return whether conditions, anchors or calendars are nested more than *levels* deep in a part of a definition."""
    if isinstance(part, Mapping):
        part = tuple(part.values())
    if isinstance(part, tuple):
        return any(_is_deeper(each, levels) for each in part)
    if isinstance(part, CombinedCalendar):
        return part.depth > levels
    kind: Any = type(part)
    if not attrs.has(kind) or isinstance(part, BusinessCalendar):
        return False
    left = levels - isinstance(part, _NESTING)
    return left < 0 or any(_is_deeper(getattr(part, name), left) for name in _parts_of(kind))


@cache
def _parts_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 -- an attrs class
    return tuple(field.name for field in attrs.fields(kind) if field.init)


def _moves(rules: Rules) -> frozenset[str]:
    """Return the names of the transitions that rules take."""
    taken = (action for rule in rules.automations for then in action_steps(rule) for action in then)
    return frozenset(action.transition for action in taken if isinstance(action, Move))


def _bound_problems(place: str, rules: Rules) -> Iterator[Problem]:
    for name, ceiling in _CEILINGS.items():
        value = getattr(rules, name)
        if type(value) is not int or not 1 <= value <= ceiling:
            yield Problem(f"{place}.{name}", f"it is {value!r}", f"give a whole number from 1 to {ceiling}")


def _snoozing_problems(place: str, rules: Rules) -> Iterator[Problem]:
    snoozing = rules.snoozing
    if snoozing:
        yield from calendar_problems(f"{place}.snoozing.calendar", snoozing.calendar, rules.calendars, rules.workflow)
    for index, choice in enumerate(snoozing.choices if snoozing else ()):
        where = f"{place}.snoozing.choices[{index}]"
        if isinstance(choice, LaterToday) and is_too_long(choice.after):
            yield Problem(f"{where}.after", f"the span {choice.after} is too long", _TOO_LONG)
        if isinstance(choice, AfterSpan):
            yield from _span_problems(f"{where}.span", choice.span, "give one second or more")


def _template_problems(place: str, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each template with the name of another one.

    A message without a template is not a problem: an adapter can have its own text.
    """
    seen: set[str] = set()
    for index, template in enumerate(rules.templates):
        if template.name in seen:
            where = f"{place}, templates[{index}] {template.name!r}"
            yield Problem(where, f"another template is named {template.name!r}", "give each template its own name")
        seen.add(template.name)


def _mask_name_problems(place: str, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each group that a state masks and that no rule is in."""
    groups = {rule.group for rule in rules.automations if rule.group is not None}
    for index, state in enumerate(rules.workflow.states):
        where = f"{place}, workflow.states[{index}] {state.name!r}.masks"
        yield from (unknown_name(where, "group of rules", name, groups) for name in sorted(state.masks - groups))
