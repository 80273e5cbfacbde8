"""Satisfiability: whether a condition can hold, always holds, implies another, or excludes it.

Conditions compare a few facts with constants. The constants divide the values of each fact into finitely many classes
whose members are interchangeable. The search tries one member of each class, fact by fact, with the `holds` of the
engine, and prunes branches that can no longer become true.

Facts are not independent: a state has its category, a hidden ticket has a snooze, an unanswered customer has written a
message. The search excludes only combinations that can never occur, but not all of them. So "unsatisfiable" is proven,
and "satisfiable" means that nothing in the condition itself forbids it.

Source: docs/semantics.md 3.1; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

import attrs

from ticketflow.analysis.steps import Steps
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, frozen_value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import EPOCH, MICROSECOND
from ticketflow.sla.measures import Measure
from ticketflow.tickets import anchors
from ticketflow.tickets.facts import (
    ANSWERED,
    ASSIGNEE,
    CATEGORY,
    DONE,
    FIELD,
    HIDDEN,
    LINKS,
    ONCE,
    RATING,
    REOPENINGS,
    REQUESTER,
    SCORES,
    SNOOZED,
    STATE,
    TIMES,
    UNANSWERED,
    Category,
    Facts,
)
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Workflow

MOST_STEPS = 100_000
"""The most steps for one condition: cases, times the parts of the condition. Usual conditions take a few hundred."""


_ENTERED = ONCE + anchors.ENTERED_STATE
_LEFT = ONCE + anchors.LEFT
_WRITTEN = ONCE + anchors.MESSAGE
_CLOSED = ONCE + anchors.CLOSED
_RESOLVED = ONCE + anchors.RESOLVED


Measures = Mapping[str, Measure]
"""The measures of clocks, by the names of the clocks."""
_UNKNOWN: Measures = FrozenMap()


def is_satisfiable(
    condition: conditions.Condition, workflow: Workflow, steps: Steps | None = None, measures: Measures = _UNKNOWN
) -> bool | None:
    """Return whether *condition* can hold for a ticket of *workflow*; None if it takes too many steps.

    False is proven. True means that nothing in the condition forbids it, not that a ticket gets there.

    Args:
        condition: The condition.
        workflow: The workflow.
        steps: The steps that are left.
        measures: The measures that decide whether the clocks of the condition run or are frozen.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import All, Not, StateIs
    >>> from ticketflow.workflow.definition import State
    >>> desk = Workflow((State("open"), State("done", "closed")))
    >>> is_satisfiable(All(StateIs("done"), Not(StateIs("open"))), desk)
    True
    >>> is_satisfiable(All(StateIs("done"), StateIs("open")), desk)
    False
    """
    plain = _without_clocks(condition, measures)
    search = _Search(plain, workflow, size_of(plain), MOST_STEPS, steps or Steps())
    return search.run(tuple(_axes(plain, workflow)), {})


def size_of(condition: conditions.Condition) -> int:
    """Return the steps that an evaluation of *condition* takes: one for each part and for each value it compares.

    >>> from ticketflow.workflow.conditions import All, FieldIs, IsHidden
    >>> size_of(All(IsHidden(), FieldIs("level", 1, 2)))
    5
    """
    each = conditions.parts(condition)
    return len(each) + sum(len(part.values) for part in each if isinstance(part, conditions.FieldIs))


def is_always_true(
    condition: conditions.Condition, workflow: Workflow, steps: Steps | None = None, measures: Measures = _UNKNOWN
) -> bool | None:
    """Return whether *condition* holds for every ticket of *workflow*; None if it takes too many steps.

    True is proven.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import CategoryIs
    >>> from ticketflow.workflow.definition import State
    >>> is_always_true(CategoryIs("open", "closed"), Workflow((State("open"), State("done", "closed"))))
    True
    """
    return _negated(is_satisfiable(conditions.Not(condition), workflow, steps, measures))


def implies(
    one: conditions.Condition, other: conditions.Condition, workflow: Workflow, steps: Steps | None = None
) -> bool | None:
    """Return whether *other* holds whenever *one* does; None if it takes too many steps.

    True is proven.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import IsHidden, IsSnoozed
    >>> from ticketflow.workflow.definition import State
    >>> implies(IsHidden(), IsSnoozed(), Workflow((State("open"),)))
    True
    """
    return _negated(is_satisfiable(conditions.All(one, conditions.Not(other)), workflow, steps))


def are_disjoint(
    one: conditions.Condition, other: conditions.Condition, workflow: Workflow, steps: Steps | None = None
) -> bool | None:
    """Return whether *one* and *other* never hold together; None if it takes too many steps.

    True is proven.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import AssignedTo, IsAssigned, Not
    >>> from ticketflow.workflow.definition import State
    >>> are_disjoint(AssignedTo("ana"), Not(IsAssigned()), Workflow((State("open"),)))
    True
    """
    return _negated(is_satisfiable(conditions.All(one, other), workflow, steps))


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


@attrs.frozen
class _Axis:
    """Facts that vary together, with one member of each class of values."""

    facts: tuple[str, ...]
    classes: tuple[tuple[Value, ...], ...]


@attrs.define
class _Search:
    """A search for a case that makes a condition true."""

    condition: conditions.Condition
    workflow: Workflow
    size: int
    left: int
    steps: Steps

    def run(self, axes: tuple[_Axis, ...], known: Mapping[str, Value]) -> bool | None:
        """Return whether some choice on the remaining *axes*, together with *known*, makes the condition true."""
        self.steps.spend(self.size)
        self.left -= self.size
        if self.left < 0:
            return None
        free = frozenset(fact for axis in axes for fact in axis.facts)
        if not conditions.could_hold(self.condition, Facts(FrozenMap(), known), free):
            return False
        if not axes:
            return True
        for values in axes[0].classes:
            more = {**known, **dict(zip(axes[0].facts, values, strict=True))}
            if _is_consistent(more, self.workflow):
                answer = self.run(axes[1:], more)
                if answer is not False:
                    return answer
        return False


def _without_clocks(condition: conditions.Condition, measures: Measures) -> conditions.Condition:
    """Return *condition* with conditions on clocks replaced by conditions on facts.

    A known measure decides whether the clock runs or is frozen. Whether a target was missed becomes a free fact.
    """
    match condition:
        case conditions.ClockIs(clock=clock):
            return _of_measure(condition, measures.get(clock))
        case conditions.All(of=of):
            return conditions.All(*(_without_clocks(each, measures) for each in of))
        case conditions.AnyOf(of=of):
            return conditions.AnyOf(*(_without_clocks(each, measures) for each in of))
        case conditions.Not(condition=inner):
            return conditions.Not(_without_clocks(inner, measures))
        case _:
            return condition


def _of_measure(condition: conditions.ClockIs, measure: Measure | None) -> conditions.Condition:
    if measure is None:
        return _clock_fact(condition)
    match condition.fact:
        case "running":
            return conditions.All(measure.runs, conditions.Not(measure.frozen))
        case "frozen":
            return conditions.All(measure.runs, measure.frozen)
        case "met":
            return conditions.All(conditions.Not(measure.runs), _clock_fact(condition))
        case _:
            return _clock_fact(condition)


_CLOCK = "clock "  # no field's name has a space


def _clock_fact(condition: conditions.ClockIs) -> conditions.Condition:
    return conditions.FieldIs(f"{_CLOCK}{condition.clock} {condition.fact}", True)


def _axes(condition: conditions.Condition, workflow: Workflow) -> Iterator[_Axis]:
    """Yield the axes of the condition, the state first, because most conditions depend on it."""
    facts, atoms = conditions.reads(condition), conditions.parts(condition)
    tied = [name for name in facts if name.startswith((_ENTERED, _LEFT)) or name in _OF_CATEGORY]
    if tied or facts & {STATE, CATEGORY}:
        yield _Axis((STATE, CATEGORY), tuple(_state_classes(atoms, tied, workflow)))
    for name in sorted(facts - {STATE, CATEGORY}):
        yield _Axis((name,), tuple((value,) for value in _value_classes(name, atoms, workflow)))


_OF_CATEGORY = (_CLOSED, _RESOLVED)


def _state_classes(
    atoms: tuple[conditions.Condition, ...], tied: Iterable[str], workflow: Workflow
) -> Iterator[tuple[str, Category]]:
    """Yield each mentioned state, and one of each category of the others."""
    asked = {name for atom in atoms if isinstance(atom, conditions.StateIs) for name in atom.states}
    asked.update(name.split(".", 2)[-1] for name in tied)
    seen: set[Category] = set()
    for state in workflow.states:
        if state.name in asked or state.category not in seen:
            yield state.name, state.category
        if state.name not in asked:
            seen.add(state.category)


def _value_classes(name: str, atoms: tuple[conditions.Condition, ...], workflow: Workflow) -> tuple[Value, ...]:
    """Return one member of each class of values of a fact."""
    if name.startswith(FIELD):
        asked = [atom for atom in atoms if isinstance(atom, conditions.FieldIs) and name == FIELD + atom.field]
        named = (value for atom in asked for value in atom.values if value is not None)
        beside = (value for atom in asked for limit in atom.limits for value in values_beside(limit))
        field = workflow.field(name.removeprefix(FIELD))
        return (None, *_one_of_each(asked, _field_classes(_distinct((*named, *beside)), field)))
    if name == ASSIGNEE:
        known = _distinct(who for atom in atoms if isinstance(atom, conditions.AssignedTo) for who in atom.assignees)
        return (None, *known, _other_text(known))
    if name == REQUESTER:
        asked_for = (atom for atom in atoms if isinstance(atom, conditions.RequesterIs))
        customers = _distinct(who for atom in asked_for for who in atom.requesters)
        return (None, *customers, _other_text(customers))
    if name == REOPENINGS:
        return (None, *sorted({atom.times for atom in atoms if isinstance(atom, conditions.Reopened)}))
    if name == RATING:
        return (None, *SCORES)
    if name.startswith(LINKS):
        linked = (atom for atom in atoms if isinstance(atom, conditions.HasLink) and name in conditions.reads(atom))
        return (None, *sorted({atom.at_least for atom in linked}))
    if name.startswith(TIMES):
        counts = (atom for atom in atoms if isinstance(atom, conditions.Happened) and name in conditions.reads(atom))
        return (None, *sorted({atom.at_least for atom in counts}))
    return (True,) if name in _ALWAYS_HAPPENED else (None, True)


_ALWAYS_HAPPENED = (ONCE + anchors.CREATED, ONCE + anchors.ENTERED)


def values_beside(limit: Value) -> Iterator[Value]:
    """Yield a limit of a range, and the values just below and above it that fields can have."""
    yield limit
    for step in (-1, 1):
        try:
            near = limit + step * MICROSECOND if isinstance(limit, datetime) else cast("int", limit) + step
            yield frozen_value(near, "a value")
        except (OverflowError, BadValueError):
            pass


def _one_of_each(asked: list[conditions.FieldIs], values: Iterator[Value]) -> Iterator[Value]:
    """Yield the first of the values for which the same conditions hold."""
    seen = set[tuple[bool, ...]]()
    for value in values:
        answers = tuple(conditions.holds(atom, Facts(FrozenMap(), {FIELD + atom.field: value})) for atom in asked)
        if answers not in seen:
            yield value
        seen.add(answers)


def _distinct(values: Iterable[Value]) -> list[Value]:
    """Return *values* without duplicates; True and 1 are different."""
    found: list[Value] = []
    for value in values:
        if not any(is_same(value, other) for other in found):
            found.append(value)
    return found


def _field_classes(constants: list[Value], field: Field | None) -> Iterator[Value]:
    """Yield the constants that the field can have, and one other value."""
    if field is None:  # a clock fact is true or None
        yield True
        return
    yield from (value for value in constants if field.takes(value))
    if field.choices:
        yield from (choice for choice in field.choices if choice is not None)
    elif field.kind == "truth":
        yield from (value for value in (True, False) if not any(is_same(value, each) for each in constants))
    elif field.kind == "number":
        yield next(number for number in range(len(constants) + 1) if number not in constants)
    elif field.kind in ("moment", "future"):
        yield next(at for days in range(len(constants) + 1) if (at := EPOCH + timedelta(days=days)) not in constants)
    else:
        yield _other_text(constants)


def _other_text(constants: list[Value]) -> str:
    return "another" + "'" * max((len(value) for value in constants if isinstance(value, str)), default=0)


def _is_consistent(known: Mapping[str, Value], workflow: Workflow) -> bool:
    """Return whether known facts agree with their consequences."""
    return all(name not in known or (known[name] is True) is wanted for name, wanted in _consequences(known, workflow))


_TRUE_WITH: Mapping[str, tuple[str, ...]] = {
    HIDDEN: (SNOOZED,),
    ANSWERED: (_WRITTEN + "customer", _WRITTEN + "agent", _WRITTEN + "anyone"),
    UNANSWERED: (_WRITTEN + "customer", _WRITTEN + "anyone"),
    _WRITTEN + "customer": (_WRITTEN + "anyone",),
    _WRITTEN + "agent": (_WRITTEN + "anyone",),
    _WRITTEN + "third_party": (_WRITTEN + "anyone",),
}
_CLOCK_EXCLUDES: Mapping[str, tuple[str, ...]] = {
    "running": ("frozen", "met"),
    "frozen": ("met",),
    "breached": ("met",),
}


def _consequences(known: Mapping[str, Value], workflow: Workflow) -> Iterator[tuple[str, bool]]:
    """Yield the facts that known facts determine, with whether they are true."""
    for name, value in known.items():
        if value and name.startswith(TIMES):
            yield ONCE + name.removeprefix(TIMES), True
        if value is True:
            yield from ((other, True) for other in _TRUE_WITH.get(name, ()))
            clock, _, fact = name.rpartition(" ")
            yield from ((f"{clock} {other}", False) for other in _CLOCK_EXCLUDES.get(fact, ()))
    if known.get(REOPENINGS):
        yield _RESOLVED, True
    if known.get(_WRITTEN + "customer") is True and known.get(UNANSWERED, True) is None:
        yield _WRITTEN + "agent", True
        yield ANSWERED, True  # the customer has written and is no longer unanswered
    if all(known.get(_WRITTEN + who, True) is None for who in ("customer", "agent", "third_party")):
        yield _WRITTEN + "anyone", False
    if STATE in known:
        yield from _consequences_of_state(known, workflow)


def _consequences_of_state(known: Mapping[str, Value], workflow: Workflow) -> Iterator[tuple[str, bool]]:
    """Yield the facts that the current state determines. Closed tickets never leave their state."""
    yield f"{_ENTERED}{known[STATE]}", True
    yield _CLOSED, known[CATEGORY] == "closed"
    if known[CATEGORY] in DONE:
        yield _RESOLVED, True
    for state in workflow.states:
        if state.category == "closed":
            yield _LEFT + state.name, False
            yield _ENTERED + state.name, known[STATE] == state.name
