"""What can be wrong with a desk's clocks as written: names that are not there, targets that never get their turn.

Source: docs/semantics.md 4.1 to 4.4, 6.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from ticketflow.calendars.spans import LONGEST, WorkingTime
from ticketflow.errors import Problem, unknown_name
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.anchors import Breached, Started, simple_parts
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Workflow
from ticketflow.workflow.validation import condition_problems

_FACTS = frozenset({"answers", "assignee", "category", "reopenings", "state", "unanswered"})
_SMALLEST = timedelta(seconds=1)


def clock_problems(
    policies: tuple[Policy, ...], place: str, calendars: Collection[str], workflow: Workflow
) -> Iterator[Problem]:
    """Yield everything wrong with what is measured.

    Args:
        policies: What is promised.
        place: What messages call the rule set.
        calendars: The names of the calendars that there are.
        workflow: The table that they speak of.
    """
    names = [policy.name for policy in policies]
    for index, policy in enumerate(policies):
        where = f"{place}, clocks[{index}] {policy.name!r}"
        if policy.name in names[:index]:
            yield Problem(where, f"another clock is named {policy.name!r}", "name each once")
        yield from _of_measure(policy, where, workflow)
        yield from _of_calendar(f"{where}.calendar", policy.calendar, calendars)
        yield from _of_targets(policy, where, calendars, workflow)
        if len(set(policy.warn_at)) < len(policy.warn_at):
            yield Problem(f"{where}.warn_at", "it warns twice of one thing", "say each once")
        if policy.warn_at and not policy.targets:
            yield Problem(f"{where}.warn_at", "there is no target to be missed", "give it a target, or warn of nothing")
    for index, state in enumerate(workflow.states):
        where = f"{place}, workflow.states[{index}] {state.name!r}.freezes"
        yield from (unknown_name(where, "clock", name, names) for name in sorted(state.freezes) if name not in names)


def _of_measure(policy: Policy, where: str, workflow: Workflow) -> Iterator[Problem]:
    measure = policy.measure
    for name, condition in (("runs", measure.runs), ("frozen", measure.frozen), ("void", measure.void)):
        yield from _of_condition(f"{where}.measure.{name}", condition, workflow)
    known = _FACTS | {f"field.{field.name}" for field in workflow.fields}
    if measure.each is not None and measure.each not in known:
        yield unknown_name(f"{where}.measure.each", "fact", measure.each, sorted(known))
    if measure.each is not None and measure.again != "anew":
        fix = "make it again='anew'"
        yield Problem(f"{where}.measure.each", "what begins another cycle cannot go on in the same one", fix)


def _of_condition(where: str, condition: conditions.Condition, workflow: Workflow) -> Iterator[Problem]:
    """Yield what is wrong with a condition that decides how a clock goes; it may not ask about clocks."""
    yield from condition_problems(workflow, where, condition, of_rules=True)
    if any(map(_asks_about_clocks, conditions.parts(condition))):
        yield Problem(where, "a clock that depends on a clock", "ask about the ticket itself")


def _asks_about_clocks(part: conditions.Condition) -> bool:
    moments = simple_parts(part.anchor) if isinstance(part, conditions.Happened) else ()
    return isinstance(part, conditions.ClockIs) or any(isinstance(moment, Started | Breached) for moment in moments)


def _of_calendar(where: str, name: str | None, calendars: Collection[str]) -> Iterator[Problem]:
    if name is not None and name not in calendars:
        yield unknown_name(where, "calendar", name, calendars)


def _of_targets(policy: Policy, where: str, calendars: Collection[str], workflow: Workflow) -> Iterator[Problem]:
    for index, row in enumerate(policy.targets):
        at = f"{where}.targets[{index}]"
        yield from _of_condition(f"{at}.given", row.given, workflow)
        if index and policy.targets[index - 1].given == conditions.ALWAYS:
            yield Problem(at, "the row before it is always in force", "put it before that one, or leave it out")
        if isinstance(row, Target):
            yield from _of_calendar(f"{at}.calendar", row.calendar, calendars)
            yield from _of_time(at, row, policy)
        else:
            yield from _of_deadline(at, row, workflow)


def _of_time(where: str, row: Target, policy: Policy) -> Iterator[Problem]:
    if isinstance(row.time, WorkingTime) and (row.calendar or policy.calendar) is None:
        yield Problem(f"{where}.calendar", "working time without a calendar", "name one, or give elapsed time")
    if row.time.amount < _SMALLEST:
        yield Problem(f"{where}.time", f"a target of {row.time}", "give a second or more")
    for name, span in (("time", row.time), ("extra", row.extra)):
        if span is not None and span.amount > LONGEST:
            yield Problem(f"{where}.{name}", f"it is {span}", "give a hundred years or less")
    if row.extra is not None and type(row.extra) is not type(row.time):
        yield Problem(f"{where}.extra", "it is of another kind than the time", "give both as spans of one kind")


def _of_deadline(where: str, row: Deadline, workflow: Workflow) -> Iterator[Problem]:
    field = workflow.field(row.field)
    if field is None:
        yield unknown_name(f"{where}.field", "field", row.field, workflow.fields_by_name)
    elif field.kind not in ("moment", "future"):
        yield Problem(f"{where}.field", f"field {row.field!r} holds no moments", "make its kind 'moment' or 'future'")
