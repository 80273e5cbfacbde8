"""Conditions decided by classes, against asking them of every ticket there could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.random_lives import SCALE
from tests.support.strategies import MICRO
from ticketflow import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    ClockIs,
    Created,
    Entered,
    Field,
    FieldIs,
    Happened,
    HasLink,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    LastMessage,
    Left,
    Not,
    Outside,
    RatingIs,
    Reopened,
    State,
    StateIs,
    WasAnswered,
    Workflow,
    sla,
)
from ticketflow.analysis import satisfiability as guards_module
from ticketflow.analysis.satisfiability import are_disjoint, implies, is_always_true, is_satisfiable
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.tickets.facts import Facts
from ticketflow.workflow.conditions import ALWAYS, NEVER, Condition, holds, reads

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DESK = Workflow(
    states=(
        State("new"),
        State("busy"),
        State("waiting", "pending"),
        State("stuck", "pending"),
        State("done", "resolved"),
        State("closed", "closed"),
    ),
    fields=(
        Field("level", ("low", "high", "top")),
        Field("urgent", kind="truth"),
        Field("note", kind="text"),
        Field("count", kind="number"),
        Field("until", kind="moment"),
        Field("any"),
    ),
)

World = Mapping[str, Value]


def either(*names: str) -> list[dict[str, Value]]:
    return [dict(zip(names, values, strict=True)) for values in product((None, True), repeat=len(names))]


def states() -> Iterator[World]:
    """Yield how a ticket can stand in the table: closed is for good, and who was reopened had been resolved."""
    for state, once, count in product(DESK.states, either("resolved", "waiting", "left"), (None, 1, 2, 3)):
        is_done = state.category in ("resolved", "closed")
        if (is_done or count) and not once["resolved"]:
            continue
        if state.name == "waiting" and not once["waiting"]:
            continue
        yield {
            "state": state.name,
            "category": state.category,
            "once.created": True,
            "once.entered": True,
            "once.entered.waiting": once["waiting"],
            "once.entered.closed": True if state.name == "closed" else None,
            "once.closed": True if state.name == "closed" else None,
            "once.left.busy": once["left"],
            "once.left.closed": None,
            "once.resolved": once["resolved"],
            "reopenings": count,
        }


def messages() -> Iterator[World]:
    """Yield who can have written, and who waits for an answer."""
    for wrote in either("customer", "agent", "third_party", "unanswered", "answered"):
        unanswered, answered = wrote.pop("unanswered"), wrote.pop("answered")
        if (unanswered or answered) and not wrote["customer"]:
            continue
        if (answered and not wrote["agent"]) or (wrote["customer"] and not unanswered and not answered):
            continue
        anyone = True if any(wrote.values()) else None
        yield {
            "unanswered": unanswered,
            "answered": answered,
            "once.message.anyone": anyone,
            **{f"once.message.{who}": value for who, value in wrote.items()},
        }


def outside_events() -> Iterator[World]:
    for count in (None, 1, 2, 3, 4):
        yield {"times.outside.paid": count, "once.outside.paid": True if count else None}


GROUPS: tuple[list[World], ...] = (
    list(states()),
    [{"snoozed": None, "hidden": None}, {"snoozed": True, "hidden": None}, {"snoozed": True, "hidden": True}],
    list(messages()),
    [{"field.level": value} for value in (None, "low", "high", "top")],
    [{"field.urgent": value} for value in (None, True, False)],
    [{"field.note": value} for value in (None, "a", "b", "something else")],
    [{"field.count": value} for value in (None, 0, 1, 2, 3, 99)],
    [{"field.until": value} for value in (None, NOON - MICRO, NOON, NOON + MICRO, datetime(1999, 1, 1, tzinfo=UTC))],
    list(outside_events()),
    [{"links.child": value} for value in (None, 1, 2, 3)],
    [{"rating": value} for value in (None, 1, 2, 3, 4, 5)],
    [{"field.any": value} for value in (None, True, 1, "1", "x", 7)],
    [{"assignee": value} for value in (None, "ana", "bea", "somebody else")],
)


def enumerated(condition: Condition) -> list[bool]:
    """Return what *condition* answers for every ticket that differs in what it asks for."""
    asked = reads(condition)
    groups = [group for group in GROUPS if asked & set(group[0])]
    worlds = ({name: value for part in parts for name, value in part.items()} for parts in product(*groups))
    return [holds(condition, Facts(FrozenMap(), world)) for world in worlds]


ATOMS = st.one_of(
    st.lists(st.sampled_from([state.name for state in DESK.states]), min_size=1, max_size=3).map(
        lambda names: StateIs(*names)
    ),
    st.sampled_from(["open", "pending", "resolved", "closed"]).map(CategoryIs),  # type: ignore[arg-type]
    st.lists(st.sampled_from(["low", "high", "top", None]), min_size=1, max_size=3).map(
        lambda values: FieldIs("level", *values)
    ),
    st.sampled_from([True, False, None]).map(lambda value: FieldIs("urgent", value)),
    st.sampled_from(["a", "b", None]).map(lambda value: FieldIs("note", value)),
    st.sampled_from([1, 2, None]).map(lambda value: FieldIs("count", value)),
    st.sampled_from([NOON, None]).map(lambda value: FieldIs("until", value)),
    st.sampled_from(
        [
            FieldIs("count", at_least=2),
            FieldIs("count", at_most=1),
            FieldIs("count", at_least=1, at_most=2),
            FieldIs("until", at_least=NOON),
            FieldIs("until", at_most=NOON),
            FieldIs("any", at_least=2),
        ]
    ),
    st.sampled_from([True, 1, "1", "x", None]).map(lambda value: FieldIs("any", value)),
    st.sampled_from([AssignedTo("ana"), AssignedTo("ana", "bea"), IsAssigned()]),
    st.sampled_from([HasLink("child"), HasLink("child", at_least=2)]),
    st.sampled_from([RatingIs(), RatingIs(at_most=2), RatingIs(3, 3), RatingIs(at_least=3)]),
    st.sampled_from([IsSnoozed(), IsHidden(), IsUnanswered(), WasAnswered(), Reopened(), Reopened(2), Reopened(3)]),
    st.sampled_from(
        [
            Happened(Created()),
            Happened(Entered()),
            Happened(Entered("waiting")),
            Happened(Entered("closed")),
            Happened(Left("busy")),
            Happened(Left("closed")),
            Happened(LastMessage("customer")),
            Happened(LastMessage("agent")),
            Happened(LastMessage("third_party")),
            Happened(LastMessage("anyone")),
            Happened(Outside("paid")),
            Happened(Outside("paid"), at_least=2),
            Happened(Outside("paid"), at_least=3),
        ]
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda of: All(*of)),
        st.lists(inner, max_size=3).map(lambda of: AnyOf(*of)),
        inner.map(Not),
    ),
    max_leaves=5,
)


@pytest.mark.lives
class TestLaws:
    @settings(max_examples=40 * SCALE)
    @given(CONDITIONS)
    def test_classes_give_the_same_answer_as_all_tickets(self, condition: Condition) -> None:
        answers = enumerated(condition)
        assert is_satisfiable(condition, DESK) is any(answers)
        assert is_always_true(condition, DESK) is all(answers)

    @settings(max_examples=10 * SCALE)
    @given(CONDITIONS, CONDITIONS)
    def test_implication_and_exclusion(self, one: Condition, other: Condition) -> None:
        assert implies(one, other, DESK) is not any(enumerated(All(one, Not(other))))
        assert are_disjoint(one, other, DESK) is not any(enumerated(All(one, other)))


class TestFacts:
    """What hangs together outside a condition's own words."""

    @pytest.mark.parametrize(
        "condition",
        [
            NEVER,
            All(StateIs("done"), CategoryIs("open")),
            All(IsHidden(), Not(IsSnoozed())),
            All(Reopened(2), Not(Reopened())),
            All(Happened(Outside("paid"), at_least=3), Not(Happened(Outside("paid"), at_least=2))),
            All(Happened(Outside("paid"), at_least=2), Not(Happened(Outside("paid")))),
            All(FieldIs("count", at_least=3), FieldIs("count", at_most=2)),
            All(HasLink("child", at_least=2), Not(HasLink("child"))),
            All(RatingIs(), Not(RatingIs(at_most=2)), Not(RatingIs(at_least=3))),
            All(FieldIs("count", at_least=2**63 - 1), Not(FieldIs("count", 2**63 - 1))),
            All(FieldIs("level", "low"), FieldIs("level", at_least=3)),
            All(IsUnanswered(), Not(Happened(LastMessage("anyone")))),
            All(WasAnswered(), Not(Happened(LastMessage("agent")))),
            All(WasAnswered(), Not(Happened(LastMessage("customer")))),
            All(Happened(LastMessage("customer")), Not(IsUnanswered()), Not(WasAnswered())),
            All(Happened(LastMessage("customer")), Not(IsUnanswered()), Not(Happened(LastMessage("agent")))),
            All(
                Happened(LastMessage("anyone")),
                *(Not(Happened(LastMessage(who))) for who in ("customer", "agent", "third_party")),
            ),
            All(FieldIs("urgent", True), FieldIs("urgent", False)),
            Not(FieldIs("urgent", True, False, None)),
            Not(FieldIs("level", "low", "high", "top", None)),
            All(FieldIs("any", True), FieldIs("any", 1)),
            All(AssignedTo("ana"), AssignedTo("bea")),
            All(AssignedTo("ana"), Not(IsAssigned())),
            Not(Happened(Created())),
            All(StateIs("waiting"), Not(Happened(Entered("waiting")))),
            All(ClockIs("c", "running"), ClockIs("c", "frozen")),
            All(ClockIs("c", "met"), ClockIs("c", "running")),
            All(ClockIs("c", "met"), ClockIs("c", "breached")),
        ],
    )
    def test_unsatisfiable_conditions(self, condition: Condition) -> None:
        assert is_satisfiable(condition, DESK) is False
        assert is_always_true(Not(condition), DESK) is True

    @pytest.mark.parametrize(
        "condition",
        [
            ALWAYS,
            All(IsSnoozed(), Not(IsHidden())),
            All(ClockIs("c", "running"), ClockIs("d", "frozen")),
            All(ClockIs("c", "running"), ClockIs("c", "breached"), ClockIs("c", "warned")),
            All(IsAssigned(), Not(AssignedTo("ana", "bea"))),
            Not(FieldIs("until", NOON, None, datetime(1970, 1, 1, tzinfo=UTC))),
        ],
    )
    def test_satisfiable_conditions(self, condition: Condition) -> None:
        assert is_satisfiable(condition, DESK) is True

    def test_the_measure_of_a_clock_decides_its_conditions(self) -> None:
        measure = sla.resolution(frozen=CategoryIs("pending"))
        running, frozen, met = (ClockIs("c", fact) for fact in ("running", "frozen", "met"))
        waits, is_over = StateIs("waiting"), CategoryIs("resolved", "closed")
        possible = partial(is_satisfiable, workflow=DESK, measures={"c": measure})
        assert not possible(All(running, waits))
        assert not possible(All(waits, Not(frozen)))
        assert not possible(All(met, Not(is_over)))
        assert possible(All(is_over, Not(met)))
        assert possible(All(ClockIs("c", "breached"), running))
        assert possible(All(Not(ClockIs("c", "breached")), waits))

    def test_too_many_steps_give_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guards_module, "MOST_STEPS", 3)
        condition = All(Not(All(FieldIs("note", "a"), FieldIs("any", "x"))), AnyOf(FieldIs("count", 1), Reopened()))
        assert is_satisfiable(condition, DESK) is None
        assert is_always_true(condition, DESK) is None
        assert implies(condition, IsSnoozed(), DESK) is None
        assert are_disjoint(condition, IsSnoozed(), DESK) is None
