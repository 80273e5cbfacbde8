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
    BusinessDays,
    CalendarSpan,
    ClockSpan,
    Elapsed,
    Span,
    WorkingTime,
    is_too_long,
)
from ticketflow.errors import Problem, unknown_name
from ticketflow.kernel.names import is_id, is_name, is_plain_name, is_readable
from ticketflow.rules import triggers
from ticketflow.rules.actions import (
    Action,
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    FollowUp,
    HoldField,
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
from ticketflow.workflow.definition import Workflow
from ticketflow.workflow.snooze import LaterToday
from ticketflow.workflow.validation import anchor_problems, condition_problems, workflow_problems

if TYPE_CHECKING:
    from ticketflow.rules.ruleset import Rules

_COMMANDS = frozenset(NAMES.values())


_ADDRESSEES = ROLES | {"owner"}


_SMALLEST = timedelta(seconds=1)
_MOST = 1_000_000_000
_NAMED_PLAINLY = "name it in ASCII, at most 256 characters"


def rule_problems(
    rule: Rule, where: str, calendars: Collection[str], workflow: Workflow, clocks: Collection[str]
) -> Iterator[Problem]:
    """Yield everything wrong with one rule.

    Args:
        rule: The rule.
        where: What messages call it.
        calendars: The names of the calendars that there are.
        workflow: The table that it speaks of.
        clocks: The names of the clocks that there are.
    """
    yield from _clock_problems(where, rule, clocks)
    yield from _calendar_problems(where, rule, calendars)
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
        yield Problem(f"{where}.rank", "it is over a billion", "give a smaller one")
    if rule.group is not None and not is_plain_name(rule.group):
        yield Problem(f"{where}.group", f"it is {rule.group!a:.80}", _NAMED_PLAINLY)
    if isinstance(rule, Ladder) and rule.min_notice is not None and is_too_long(rule.min_notice):
        yield Problem(f"{where}.min_notice", f"a span of {rule.min_notice}", "give a hundred years or less")


def _calendar_problems(where: str, rule: Rule, calendars: Collection[str]) -> Iterator[Problem]:
    named = {"calendar": rule.calendar, "gate": rule.gate}
    if isinstance(rule, Automation):
        named["during"] = rule.during.calendar if rule.during else None
        named["when"] = rule.when.calendar if isinstance(rule.when, triggers.AtOpening | triggers.AtClosing) else None
    for part, name in named.items():
        if name is not None and name not in calendars:
            yield unknown_name(f"{where}.{part}", "calendar", name, calendars)


def _timing_problems(where: str, rule: Rule, workflow: Workflow) -> Iterator[Problem]:
    times = schedule_of(rule)
    if isinstance(times, Steps):
        yield from _rung_problems(where, rule, times, workflow)
    if isinstance(times, Repeats):
        yield from _repeat_problems(where, times, workflow)
    if isinstance(rule, Automation):
        yield from _trigger_problems(f"{where}.when", rule.when, workflow)
        if rule.ended_by is not None and times is None:
            yield Problem(f"{where}.ended_by", "a reaction waits for no time that could end", "leave it out")
        if rule.during and times:
            yield Problem(f"{where}.during", "it waits for no event", "use a gate to hold it until a calendar opens")
    if rule.ended_by is not None:
        yield from anchor_problems(f"{where}.ended_by", rule.ended_by, workflow)


def _mask_problems(where: str, rule: Rule) -> Iterator[Problem]:
    if rule.on_mask == "hold" and schedule_of(rule) is None:
        yield Problem(f"{where}.on_mask", "a reaction cannot be held: only timers wait", "drop it, or leave this out")
    if rule.on_resume == "restart" and drops_masked(rule):
        yield Problem(f"{where}.on_resume", "what is dropped is not resumed", "hold it, or let its anchor stay")
    if rule.on_resume == "restart" and isinstance(schedule_of(rule), AtMoment):
        yield Problem(f"{where}.on_resume", "a moment that the ticket names does not move", "let it stay")
    if rule.on_resume == "restart" and rule.group is None:
        fix = "put it in a group that a state or snooze masks: no gate counts"
        yield Problem(f"{where}.on_resume", "no mask is ever on it", fix)


def _clock_problems(where: str, rule: Rule, clocks: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each clock that is not there, and for spans of a clock that are counted from elsewhere."""
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
        yield Problem(where, "no ticket keeps when a clock started", "ask how it stands: ClockIs(…)")
    if isinstance(since, Started) and rule.on_resume == "restart":
        yield Problem(f"{where}.on_resume", "no mask starts a clock anew", "let its anchor stay")
    if any(isinstance(part, Started) for part in anchors) and not isinstance(since, Started):
        yield Problem(where, "the start of a clock is mixed with other moments", "count from it alone")
    if isinstance(times, Steps) and not isinstance(since, Started):
        for rung in times.rungs:
            if isinstance(rung.after, ClockSpan):
                yield Problem(where, f"no clock counts {rung.after}", "count it since Started(…) of one")
    if (
        isinstance(rule, Automation)
        and isinstance(rule.when, triggers.After)
        and rule.when.every
        and isinstance(times, Steps)
    ):
        yield Problem(f"{where}.when.every", "a span of a clock comes once in a cycle", "leave it out")


def _rung_problems(where: str, rule: Rule, times: Steps, workflow: Workflow) -> Iterator[Problem]:
    if isinstance(rule, Automation):  # it has one, and calls it otherwise
        yield from anchor_problems(f"{where}.when.since", times.since, workflow)
        yield from _span_problems(f"{where}.when.span", times.rungs[0].after)
        return
    yield from anchor_problems(f"{where}.since", times.since, workflow)
    if not times.rungs:
        yield Problem(f"{where}.rungs", "there are none", "give at least one rung")
    for index, rung in enumerate(times.rungs):
        yield from _span_problems(f"{where}.rungs[{index}]", rung.after)


def _span_problems(place: str, span: Span | ClockSpan) -> Iterator[Problem]:
    if is_too_long(span):
        yield Problem(place, f"a span of {span}", "give a hundred years or less")
    is_short = isinstance(span, Elapsed | WorkingTime) and span.amount < _SMALLEST
    if span == CalendarSpan() or is_short:
        yield Problem(place, f"a span of {span}", "give a second or more, or wait for an event instead")


def _repeat_problems(where: str, times: Repeats, workflow: Workflow) -> Iterator[Problem]:
    yield from anchor_problems(f"{where}.when.since", times.since, workflow)
    yield from _span_problems(f"{where}.when.span", times.span)
    yield from _span_problems(f"{where}.when.every", times.every)
    if times.every == BusinessDays(0):
        yield Problem(f"{where}.when.every", "a period of no days", "give at least one")
    if type(times.every) is not type(times.span):
        yield Problem(f"{where}.when.every", "it is of another kind than the span", "give both as spans of one kind")
    if times.at_most is not None and not 1 <= times.at_most <= _MOST:
        what = f"it is {times.at_most}" if times.at_most < 1 else "it is over a billion"
        yield Problem(f"{where}.when.at_most", what, "give at least 1, or leave it out")


def _trigger_problems(where: str, when: triggers.Trigger | triggers.Timer, workflow: Workflow) -> Iterator[Problem]:
    match when:
        case triggers.AtSnoozeEnd():
            yield Problem(where, "the library's own rule takes that moment", "react to it: OnWake()")
        case triggers.After(every=None, at_most=int(at_most)):
            yield Problem(f"{where}.at_most", f"it is {at_most} and nothing repeats", "say every …, or leave it out")
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            yield from condition_problems(workflow, where, condition, of_rules=True)
        case triggers.OnOutside(event=event) if event not in workflow.outside_events:
            yield unknown_name(where, "outside event", event, workflow.outside_events)
        case triggers.OnChange(field=field) | triggers.AtField(field=field) if workflow.field(field) is None:
            yield unknown_name(where, "field", field, workflow.fields_by_name)
        case triggers.AtField(field=field) if workflow.fields_by_name[field].kind not in ("moment", "future"):
            yield Problem(where, f"field {field!r} holds no moments", "make its kind 'moment' or 'future'")
        case triggers.OnCommand(commands=commands, by=by):
            if not commands:
                yield Problem(where, "it waits for no command", "name at least one")
            yield from (unknown_name(where, "command", name, NAMES.values()) for name in sorted(commands - _COMMANDS))
            yield from (unknown_name(where, "role", name, ROLES) for name in sorted(by - ROLES))
        case _:
            pass


def _touches(action: Action) -> str | None:
    """Return what of the ticket an action changes, in words."""
    match action:
        case Move():
            return "the state"
        case SetField(field=name) | HoldField(field=name) | ReleaseField(field=name):
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
        case SendMessage() | AddNote() | FollowUp() | RecordWarning() | RecordBreach():
            return None
        case _:
            assert_never(action)


def _action_problems(where: str, actions: tuple[Action, ...], workflow: Workflow) -> Iterator[Problem]:
    transitions = frozenset(workflow.verbs)
    fields = workflow.fields_by_name
    if not actions:
        yield Problem(f"{where}.then", "there are no actions", "say what is to be done")
    touched = Counter(filter(None, map(_touches, actions)))
    for name in sorted(name for name, times in touched.items() if times > 1):
        yield Problem(
            f"{where}.then", f"one step touches {name} twice", "its actions hold all at once; keep one of them"
        )
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
                yield Problem(f"{where}.then", f"a score of {score!r:.80}", "give a whole number from 1 to 5")
            case Resolve(outcome=outcome) if OUTCOME not in fields or not fields[OUTCOME].takes(outcome):
                known = fields[OUTCOME].choices if OUTCOME in fields else ()
                yield unknown_name(f"{where}.then", "outcome", outcome, map(str, known))
            case SetField(field=name, value=value) | HoldField(field=name, value=value) if not fields[name].takes(
                value
            ):
                yield Problem(f"{where}.then", f"field {name!r} cannot have {value!r:.80}", fields[name].allowed)
            case RecordWarning() | RecordBreach():
                yield Problem(f"{where}.then", f"{action}: clocks do so by themselves", "leave it out")
            case Assign(assignee=str(assignee)) if not is_id(assignee):
                yield Problem(f"{where}.then", f"nobody can be called {assignee!a:.80}", "give the id of somebody")
            case SendMessage(to=to) if to not in _ADDRESSEES:
                yield unknown_name(f"{where}.then", "role", to, _ADDRESSEES)
            case SendMessage(template=template) if not is_name(template):
                fix = "name it with lower-case ASCII letters, digits, '_', '.' or '-'"
                yield Problem(f"{where}.then", f"no template can be called {template!r:.80}", fix)
            case _:
                pass


LONGEST_NAME = 200
"""How many characters the name of a rule set may have."""

_CEILINGS = {
    "remembered_events": 10_000,
    "steps_at_one_instant": 1_000,
    "unattended_changes": 10_000,
    "occurrences_per_call": 100_000,
}


def ruleset_problems(rules: Rules, place: str) -> Iterator[Problem]:
    """Yield everything wrong with a rule set whose values have the right types."""
    yield from _name_problems(rules, place)
    yield from workflow_problems(rules.workflow, f"{place}, workflow", _moves(rules))
    yield from _bound_problems(place, rules)
    yield from _snoozing_problems(place, rules)
    yield from _mask_name_problems(place, rules)
    yield from clock_problems(rules.clocks, place, rules.calendars, rules.workflow)
    yield from _template_problems(place, rules)
    clocks = [policy.name for policy in rules.clocks]
    seen: set[str] = set()
    for index, rule in enumerate(rules.automations):
        where = f"{place}, automations[{index}] {rule.id!r}"
        if is_reserved(rule.id):
            yield Problem(where, f"{rule.id!r} is the library's own name", "name it otherwise")
        if rule.id in seen:
            yield Problem(where, f"another rule is named {rule.id!r}", "name each once: keys are made of it")
        seen.add(rule.id)
        yield from rule_problems(rule, where, rules.calendars, rules.workflow, clocks)


def _name_problems(rules: Rules, place: str) -> Iterator[Problem]:
    if len(rules.name) > LONGEST_NAME or not is_readable(rules.name):
        fix = f"give plain text in one line, at most {LONGEST_NAME} characters"
        yield Problem(f"{place}.name", "messages cannot show it", fix)
    for name in rules.calendars:
        if not is_plain_name(name):
            yield Problem(f"{place}.calendars", f"one is called {name!a:.80}", "name it in ASCII")


_DEEPEST_CONDITION, _DEEPEST_CALENDAR = 12, 24


def nesting_problems(rules: Rules, place: str) -> Iterator[Problem]:
    """Yield a problem for each part that is nested deeper than a document of the whole could say."""
    parts: list[tuple[str, object, int]] = [
        *((f"{place}, workflow.{name}", getattr(rules.workflow, name), _DEEPEST_CONDITION) for name in _ASKING),
        *((f"{place}, clocks[{index}]", each, _DEEPEST_CONDITION) for index, each in enumerate(rules.clocks)),
        *((f"{place}, automations[{index}]", each, _DEEPEST_CONDITION) for index, each in enumerate(rules.automations)),
        *((f"{place}.calendars[{name!r}]", each, _DEEPEST_CALENDAR) for name, each in rules.calendars.items()),
    ]
    for where, part, deepest in parts:
        if _is_deeper(part, deepest):
            yield Problem(where, f"it is nested over {deepest} deep", "say it with less nesting")


_ASKING = ("transitions", "fields", "permissions", "lists")
_NESTING = All | AnyOf | Not | Happened | Latest | CombinedCalendar


def _is_deeper(part: object, levels: int) -> bool:
    """Return whether more than *levels* conditions, anchors or calendars are nested in a part of a definition."""
    if isinstance(part, Mapping):
        part = tuple(part.values())
    if isinstance(part, tuple):
        return any(_is_deeper(each, levels) for each in part)
    kind: Any = type(part)
    if not attrs.has(kind) or isinstance(part, BusinessCalendar):
        return False
    left = levels - isinstance(part, _NESTING)
    return left < 0 or any(_is_deeper(getattr(part, name), left) for name in _parts_of(kind))


@cache
def _parts_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 -- an attrs class
    return tuple(field.name for field in attrs.fields(kind) if field.init)


def _moves(rules: Rules) -> frozenset[str]:
    """Return the transitions that rules take."""
    taken = (action for rule in rules.automations for then in action_steps(rule) for action in then)
    return frozenset(action.transition for action in taken if isinstance(action, Move))


def _bound_problems(place: str, rules: Rules) -> Iterator[Problem]:
    for name, ceiling in _CEILINGS.items():
        value = getattr(rules, name)
        if type(value) is not int or not 1 <= value <= ceiling:
            yield Problem(f"{place}.{name}", f"it is {value!r}", f"give a whole number from 1 to {ceiling}")


def _snoozing_problems(place: str, rules: Rules) -> Iterator[Problem]:
    snoozing = rules.snoozing
    if snoozing and snoozing.calendar not in rules.calendars:
        yield unknown_name(f"{place}.snoozing.calendar", "calendar", snoozing.calendar, rules.calendars)
    for index, choice in enumerate(snoozing.choices if snoozing else ()):
        if isinstance(choice, LaterToday) and is_too_long(choice.after):
            where = f"{place}.snoozing.choices[{index}].after"
            yield Problem(where, f"a span of {choice.after}", "give a hundred years or less")


def _template_problems(place: str, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each text whose name another bears; what is sent without one is for its sender to word."""
    seen: set[str] = set()
    for index, template in enumerate(rules.templates):
        if template.name in seen:
            where = f"{place}, templates[{index}] {template.name!r}"
            yield Problem(where, "another text bears this name", "name each once")
        seen.add(template.name)


def _mask_name_problems(place: str, rules: Rules) -> Iterator[Problem]:
    """Yield a problem for each group that a state holds back and no rule is in."""
    groups = {rule.group for rule in rules.automations if rule.group is not None}
    for index, state in enumerate(rules.workflow.states):
        where = f"{place}, workflow.states[{index}] {state.name!r}.masks"
        yield from (unknown_name(where, "group of rules", name, groups) for name in sorted(state.masks - groups))
