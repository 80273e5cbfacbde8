"""Conditions, decided: whether one can hold at all, always holds, follows from another, or excludes it.

No solver is needed. Conditions ask closed questions of a few facts; the constants they mention cut what each fact can
be into finitely many classes, of which one member is as good as any other. So a condition is asked about one member of
each class, by the same `holds` that the engine asks, fact after fact, and what cannot come true any more is given up.

Facts are not independent: a state has its category, a ticket that sleeps has a snooze, who waits for an answer has
written. What is excluded here never is; what is not excluded might still never come about. So "it can't hold" is
certain, and "it can" means that nothing in the condition itself forbids it.

Source: docs/semantics.md 3.1; docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

import attrs

from ticketflow.kernel.field_values import Value, is_same
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import EPOCH
from ticketflow.tickets import anchors
from ticketflow.tickets.facts import (
    ASSIGNEE,
    CATEGORY,
    DONE,
    FIELD,
    HIDDEN,
    ONCE,
    REOPENINGS,
    SNOOZED,
    STATE,
    UNANSWERED,
    Category,
    Facts,
)
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Workflow

MOST_CASES = 20_000
"""After how many cases a question is given up: a second or so; what people write takes a few dozen."""


_ENTERED = ONCE + anchors.ENTERED_STATE
_LEFT = ONCE + anchors.LEFT
_WRITTEN = ONCE + anchors.MESSAGE
_CLOSED = ONCE + anchors.CLOSED
_RESOLVED = ONCE + anchors.RESOLVED


def satisfiable(condition: conditions.Condition, workflow: Workflow) -> bool | None:
    """Return whether *condition* can hold for a ticket of *workflow*; None where there are too many cases to tell.

    False is certain. True means that nothing in the condition forbids it, and not that a ticket will come to it.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.definition import State
    >>> desk = Workflow((State("open"), State("done", "closed")))
    >>> satisfiable(All(StateIs("done"), Not(StateIs("open"))), desk)
    True
    >>> satisfiable(All(StateIs("done"), StateIs("open")), desk)
    False
    """
    asked = _plain(condition)
    return _found(asked, tuple(_axes(asked, workflow)), {}, workflow, iter(range(MOST_CASES)))


def always(condition: conditions.Condition, workflow: Workflow) -> bool | None:
    """Return whether *condition* holds for every ticket of *workflow*; None where there are too many cases to tell.

    True is certain.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import CategoryIs
    >>> from ticketflow.workflow.definition import State
    >>> always(CategoryIs("open", "closed"), Workflow((State("open"), State("done", "closed"))))
    True
    """
    return _not(satisfiable(conditions.Not(condition), workflow))


def implies(one: conditions.Condition, other: conditions.Condition, workflow: Workflow) -> bool | None:
    """Return whether *other* holds whenever *one* does; None where there are too many cases to tell.

    True is certain.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import IsHidden, IsSnoozed
    >>> from ticketflow.workflow.definition import State
    >>> implies(IsHidden(), IsSnoozed(), Workflow((State("open"),)))
    True
    """
    return _not(satisfiable(conditions.All(one, conditions.Not(other)), workflow))


def disjoint(one: conditions.Condition, other: conditions.Condition, workflow: Workflow) -> bool | None:
    """Return whether the two never hold for one ticket at once; None where there are too many cases to tell.

    True is certain.

    Source: docs/semantics.md 3.1.

    >>> from ticketflow.workflow.conditions import IsAssigned
    >>> from ticketflow.workflow.definition import State
    >>> disjoint(AssignedTo("ana"), Not(IsAssigned()), Workflow((State("open"),)))
    True
    """
    return _not(satisfiable(conditions.All(one, other), workflow))


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


@attrs.frozen
class _Axis:
    """Facts that go together, and one member of each class of values that the question tells apart."""

    facts: tuple[str, ...]
    classes: tuple[tuple[Value, ...], ...]


def _found(
    asked: conditions.Condition,
    axes: tuple[_Axis, ...],
    known: Mapping[str, Value],
    workflow: Workflow,
    budget: Iterator[int],
) -> bool | None:
    """Return whether some choice on the *axes* that are left makes the question true, beside what is *known*."""
    if next(budget, None) is None:
        return None
    free = frozenset(fact for axis in axes for fact in axis.facts)
    if not conditions.could_hold(asked, Facts(FrozenMap(), known), free):
        return False
    if not axes:
        return True
    for values in axes[0].classes:
        more = {**known, **dict(zip(axes[0].facts, values, strict=True))}
        if _is_consistent(more, workflow):
            answer = _found(asked, axes[1:], more, workflow, budget)
            if answer is not False:
                return answer
    return False


def _plain(condition: conditions.Condition) -> conditions.Condition:
    """Return *condition* with questions about clocks made into questions that facts can answer.

    Where the rule set has put the clock's measure in, how it stands follows from that; what no fact says (whether a
    target was missed) is a fact of its own, which can be either way.
    """
    match condition:
        case conditions.ClockIs(fact="running", measure=measure) if measure:
            return conditions.All(measure.runs, conditions.Not(measure.frozen))
        case conditions.ClockIs(fact="frozen", measure=measure) if measure:
            return conditions.All(measure.runs, measure.frozen)
        case conditions.ClockIs(fact="met", measure=measure) if measure:
            return conditions.All(conditions.Not(measure.runs), _of_clock(condition))
        case conditions.ClockIs():
            return _of_clock(condition)
        case conditions.All(of=of):
            return conditions.All(*map(_plain, of))
        case conditions.AnyOf(of=of):
            return conditions.AnyOf(*map(_plain, of))
        case conditions.Not(condition=inner):
            return conditions.Not(_plain(inner))
        case _:
            return condition


_CLOCK = "clock "  # no field's name has a space


def _of_clock(asked: conditions.ClockIs) -> conditions.Condition:
    return conditions.FieldIs(f"{_CLOCK}{asked.clock} {asked.fact}", True)


def _axes(asked: conditions.Condition, workflow: Workflow) -> Iterator[_Axis]:
    """Yield what the question depends on, the state first: most conditions say something of it."""
    facts, atoms = conditions.reads(asked), conditions.parts(asked)
    tied = [name for name in facts if name.startswith((_ENTERED, _LEFT)) or name in _OF_CATEGORY]
    if tied or facts & {STATE, CATEGORY}:
        yield _Axis((STATE, CATEGORY), tuple(_states(atoms, tied, workflow)))
    for name in sorted(facts - {STATE, CATEGORY}):
        yield _Axis((name,), tuple((value,) for value in _values(name, atoms, workflow)))


_OF_CATEGORY = (_CLOSED, _RESOLVED)


def _states(
    atoms: tuple[conditions.Condition, ...], tied: Iterable[str], workflow: Workflow
) -> Iterator[tuple[str, Category]]:
    """Yield each state that is mentioned, and one of each category of those that are not."""
    asked = {name for atom in atoms if isinstance(atom, conditions.StateIs) for name in atom.states}
    asked.update(name.split(".", 2)[-1] for name in tied)
    seen: set[Category] = set()
    for state in workflow.states:
        if state.name in asked or state.category not in seen:
            yield state.name, state.category
        if state.name not in asked:
            seen.add(state.category)


def _values(name: str, atoms: tuple[conditions.Condition, ...], workflow: Workflow) -> tuple[Value, ...]:
    """Return one member of each class of values of a fact."""
    if name.startswith(FIELD):
        asked = [atom for atom in atoms if isinstance(atom, conditions.FieldIs) and name == FIELD + atom.field]
        constants = _distinct(value for atom in asked for value in atom.values if value is not None)
        return (None, *_classes(constants, workflow.field(name.removeprefix(FIELD))))
    if name == ASSIGNEE:
        known = _distinct(who for atom in atoms if isinstance(atom, conditions.AssignedTo) for who in atom.assignees)
        return (None, *known, _other_text(known))
    if name == REOPENINGS:
        return (None, *sorted({atom.times for atom in atoms if isinstance(atom, conditions.Reopened)}))
    return (True,) if name in _SINCE_THE_BEGINNING else (None, True)


_SINCE_THE_BEGINNING = (ONCE + anchors.CREATED, ONCE + anchors.ENTERED)


def _distinct(values: Iterable[Value]) -> list[Value]:
    """Return *values*, each once; True and 1 are two."""
    found: list[Value] = []
    for value in values:
        if not any(is_same(value, other) for other in found):
            found.append(value)
    return found


def _classes(constants: list[Value], field: Field | None) -> Iterator[Value]:
    """Yield the constants that a field can have, and one value of all others that it can have besides None."""
    if field is None:  # of a clock: it stands so, or does not
        yield True
        return
    yield from (value for value in constants if field.takes(value))
    if field.choices:
        others = (choice for choice in field.choices if not any(is_same(choice, value) for value in constants))
        yield from [other for other in others if other is not None][:1]
    elif field.kind == "truth":
        yield from (value for value in (True, False) if not any(is_same(value, each) for each in constants))
    elif field.kind == "number":
        yield 1 + max((value for value in constants if isinstance(value, int)), default=0)
    elif field.kind in ("moment", "future"):
        yield next(at for days in range(len(constants) + 1) if (at := EPOCH + timedelta(days=days)) not in constants)
    else:
        yield _other_text(constants)


def _other_text(constants: list[Value]) -> str:
    return "another" + "'" * max((len(value) for value in constants if isinstance(value, str)), default=0)


def _is_consistent(known: Mapping[str, Value], workflow: Workflow) -> bool:
    """Return whether what is known of the facts leaves out nothing that it brings with it."""
    return all(name not in known or (known[name] is True) is wanted for name, wanted in _brings(known, workflow))


_TRUE_WITH: Mapping[str, tuple[str, ...]] = {
    HIDDEN: (SNOOZED,),
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


def _brings(known: Mapping[str, Value], workflow: Workflow) -> Iterator[tuple[str, bool]]:
    """Yield facts, and whether they must be true, that go with what is known."""
    for name, value in known.items():
        if value is True:
            yield from ((other, True) for other in _TRUE_WITH.get(name, ()))
            clock, _, fact = name.rpartition(" ")
            yield from ((f"{clock} {other}", False) for other in _CLOCK_EXCLUDES.get(fact, ()))
    if known.get(REOPENINGS):
        yield _RESOLVED, True
    if known.get(_WRITTEN + "customer") is True and known.get(UNANSWERED, True) is None:
        yield _WRITTEN + "agent", True  # the customer has written, and waits no more
    if all(known.get(_WRITTEN + who, True) is None for who in ("customer", "agent", "third_party")):
        yield _WRITTEN + "anyone", False
    if STATE in known:
        yield from _of_state(known, workflow)


def _of_state(known: Mapping[str, Value], workflow: Workflow) -> Iterator[tuple[str, bool]]:
    """Yield what must have been, or cannot have been, because of the state the ticket is in: closed is for good."""
    yield f"{_ENTERED}{known[STATE]}", True
    yield _CLOSED, known[CATEGORY] == "closed"
    if known[CATEGORY] in DONE:
        yield _RESOLVED, True
    for state in workflow.states:
        if state.category == "closed":
            yield _LEFT + state.name, False
            yield _ENTERED + state.name, known[STATE] == state.name
