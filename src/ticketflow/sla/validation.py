"""Validate the policies of a rule set: unknown names, targets that never come into force, and the like.

Source: docs/semantics.md 4.1 to 4.4, 6.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from ticketflow.calendars.spans import (
    LONGEST,
    BeforeDue,
    BusinessDays,
    Elapsed,
    WorkingTime,
    is_too_long,
)
from ticketflow.errors import Problem, unknown_name
from ticketflow.sla.policies import Deadline, Policy, StartedBetween, StartedWhile, Target
from ticketflow.tickets.anchors import Breached, Started, simple_parts
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow
from ticketflow.workflow.ticket_calendar import calendar_problems
from ticketflow.workflow.validation import condition_problems

_FACTS = frozenset({"answered", "answers", "assignee", "category", "reopenings", "state", "unanswered"})
_SMALLEST = timedelta(seconds=1)


def clock_problems(
    policies: tuple[Policy, ...], place: str, calendars: Collection[str], workflow: Workflow
) -> Iterator[Problem]:
    """Yield every problem of the policies of a rule set.

    Args:
        policies: The policies.
        place: The name of the rule set in messages.
        calendars: The names of the rule set's calendars.
        workflow: The workflow of the rule set.
    """
    names = [policy.name for policy in policies]
    for index, policy in enumerate(policies):
        where = f"{place}, clocks[{index}] {policy.name!r}"
        if policy.name in names[:index]:
            yield Problem(where, f"another clock is named {policy.name!r}", "give each clock its own name")
        yield from _measure_problems(policy, where, workflow)
        yield from calendar_problems(f"{where}.calendar", policy.calendar, calendars, workflow)
        yield from _target_problems(policy, where, calendars, workflow)
        yield from _multiplier_problems(policy, where, workflow)
        leads = (span.lead for span in policy.warn_at if isinstance(span, BeforeDue))
        if policy.calendar is None and any(isinstance(lead, BusinessDays) for lead in leads):
            what = "a warning is in business days, but there is no calendar"
            yield Problem(f"{where}.calendar", what, "name a calendar, or give elapsed time")
        if len(set(policy.warn_at)) < len(policy.warn_at):
            yield Problem(f"{where}.warn_at", "the same span is given twice", "give each span once")
        if policy.warn_at and not policy.targets:
            yield Problem(f"{where}.warn_at", "the clock has warnings but no target", "add a target, or leave it out")
    for index, state in enumerate(workflow.states):
        where = f"{place}, workflow.states[{index}] {state.name!r}.freezes"
        yield from (unknown_name(where, "clock", name, names) for name in sorted(state.freezes) if name not in names)


def _measure_problems(policy: Policy, where: str, workflow: Workflow) -> Iterator[Problem]:
    measure = policy.measure
    for name, condition in (("runs", measure.runs), ("frozen", measure.frozen), ("void", measure.void)):
        yield from _condition_problems(f"{where}.measure.{name}", condition, workflow)
    known = _FACTS | {f"field.{field.name}" for field in workflow.fields}
    if measure.each is not None and measure.each not in known:
        yield unknown_name(f"{where}.measure.each", "fact", measure.each, sorted(known))
    if measure.each is not None and measure.again not in ("anew", "never"):
        what = f"each change of {measure.each!r} ends a cycle, but again is {measure.again!r}"
        yield Problem(f"{where}.measure.each", what, "give again='anew' or again='never', or leave each out")


def _condition_problems(where: str, condition: conditions.Condition, workflow: Workflow) -> Iterator[Problem]:
    """Yield the problems of a condition that a clock reads; it may not ask about clocks."""
    yield from condition_problems(workflow, where, condition, of_rules=True)
    if any(map(_asks_about_clocks, conditions.parts(condition))):
        yield Problem(where, "the condition of a clock asks about a clock", "ask about the ticket instead")


def _asks_about_clocks(part: conditions.Condition) -> bool:
    moments = simple_parts(part.anchor) if isinstance(part, conditions.Happened) else ()
    return isinstance(part, conditions.ClockIs) or any(isinstance(moment, Started | Breached) for moment in moments)


def _target_problems(policy: Policy, where: str, calendars: Collection[str], workflow: Workflow) -> Iterator[Problem]:
    for index, row in enumerate(policy.targets):
        at = f"{where}.targets[{index}]"
        yield from _condition_problems(f"{at}.given", row.given, workflow)
        if index and _is_always_in_force(policy.targets[index - 1]):
            what = "the target never comes into force, because the one before it always is"
            yield Problem(at, what, "put it before that one, or leave it out")
        if isinstance(row, Target):
            yield from calendar_problems(f"{at}.calendar", row.calendar, calendars, workflow)
            yield from _start_problems(f"{at}.started", row.started, policy, calendars, workflow)
            yield from _time_problems(at, row, policy)
        else:
            yield from _deadline_problems(at, row, workflow)


def _is_always_in_force(row: Target | Deadline) -> bool:
    return row.given == conditions.ALWAYS and (isinstance(row, Deadline) or row.started is None)


def _start_problems(
    where: str,
    started: StartedBetween | StartedWhile | None,
    policy: Policy,
    calendars: Collection[str],
    workflow: Workflow,
) -> Iterator[Problem]:
    if isinstance(started, StartedWhile):
        yield from calendar_problems(f"{where}.calendar", started.calendar, calendars, workflow)
    elif started is not None and policy.calendar is None:
        what = "the target asks for a local time, but the policy has no calendar and so no zone"
        yield Problem(where, what, "name a calendar of the policy")


def _multiplier_problems(policy: Policy, where: str, workflow: Workflow) -> Iterator[Problem]:
    if policy.multipliers and not policy.targets:
        what = "the clock has multipliers but no target"
        yield Problem(f"{where}.multipliers", what, "add a target, or leave them out")
    for index, multiplier in enumerate(policy.multipliers):
        at = f"{where}.multipliers[{index}]"
        yield from _condition_problems(f"{at}.given", multiplier.given, workflow)
        if index and policy.multipliers[index - 1].given == conditions.ALWAYS:
            what = "the multiplier never applies, because the one before it always does"
            yield Problem(at, what, "put it before that one, or leave it out")
        for row in policy.targets:
            if (
                isinstance(row, Target)
                and not isinstance(row.time, BusinessDays)
                and _SMALLEST <= row.time.amount <= LONGEST
            ):
                whole = multiplier.of(row)
                if (
                    isinstance(whole, Target)
                    and not isinstance(whole.time, BusinessDays)
                    and not _SMALLEST <= whole.time.amount <= LONGEST
                ):
                    what = f"{multiplier.percent} % of the target {row.time} is too short or too long"
                    yield Problem(f"{at}.percent", what, "let it be one second or more, and 100 years or less")


def _time_problems(where: str, row: Target, policy: Policy) -> Iterator[Problem]:
    if not isinstance(row.time, Elapsed) and (row.calendar or policy.calendar) is None:
        kind = "working time" if isinstance(row.time, WorkingTime) else "business days"
        yield Problem(
            f"{where}.calendar",
            f"the target is in {kind}, but there is no calendar",
            "name a calendar, or give elapsed time",
        )
    if not isinstance(row.time, BusinessDays) and row.time.amount < _SMALLEST:
        yield Problem(f"{where}.time", f"the target {row.time} is too short", "give one second or more")
    for name, span in (("time", row.time), ("extra", row.extra)):
        if span is not None and is_too_long(span):
            yield Problem(f"{where}.{name}", f"the span {span} is too long", "give 100 years or less")
    if row.extra is not None and type(row.extra) is not type(row.time):
        fix = "give both as Elapsed or both as WorkingTime; business days have no extra"
        yield Problem(f"{where}.extra", "it has another type than time", fix)


def _deadline_problems(where: str, row: Deadline, workflow: Workflow) -> Iterator[Problem]:
    field = workflow.field(row.field)
    if field is None:
        yield unknown_name(f"{where}.field", "field", row.field, workflow.fields_by_name)
    elif field.kind not in ("moment", "future"):
        yield Problem(f"{where}.field", f"field {row.field!r} holds no instants", "make its kind 'moment' or 'future'")
