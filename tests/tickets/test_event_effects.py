"""The facts that each event sets and the anchors that it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import pytest

from tests.support.desk import utc
from ticketflow import Message
from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.tickets import events
from ticketflow.tickets.actors import Role
from ticketflow.tickets.event_effects import effects_of
from ticketflow.tickets.facts import Category, Change, Mark

UNTIL = utc(2026, 11, 24, 9)
ASLEEP_NO_MORE = {"snoozed": None, "hidden": None, "snooze.until": None}

EFFECTS: tuple[tuple[events.Event, Mapping[str, Value], set[str]], ...] = (
    (
        events.Opened("T-1", "open", "open", FrozenMap({"level": "high"})),
        {"state": "open", "category": "open", "field.level": "high"},
        {"created", "entered", "entered.open"},
    ),
    (
        events.Opened("T-1", "done", "closed", FrozenMap({"outcome": "won"})),
        {"state": "done", "category": "closed", "field.outcome": "won"},
        {"created", "entered", "entered.done", "closed", "resolved"},
    ),
    (
        events.StateChanged("open", "waiting", "pending", "wait"),
        {"state": "waiting", "category": "pending"},
        {"left.open", "entered", "entered.waiting"},
    ),
    (
        events.Opened("T-1", "open", "open", requester="bruno"),
        {"state": "open", "category": "open", "requester": "bruno"},
        {"created", "entered", "entered.open"},
    ),
    (events.RequesterChanged("bruno", None), {"requester": None}, set()),
    (events.Assigned("ana", None), {"assignee": None}, {"assigned"}),
    (events.FieldChanged("level", "low", "high"), {"field.level": "high"}, set()),
    (events.FieldHeld("level", "low", "high"), {"field.level": "high"}, set()),
    (events.FieldReleased("level", "high", "low"), {"field.level": "low"}, set()),
    (events.FieldChanged("outcome", None, "won"), {"field.outcome": "won"}, {"resolved"}),
    (events.FieldChanged("outcome", None, None), {"field.outcome": None}, set()),
    (events.Rated(5), {"rating": 5}, set()),
    (events.OutsideEventRecorded("paid"), {"times.outside.paid": 1}, {"outside.paid"}),
    (events.ResolutionMarked("m1"), {"resolution": "m1"}, set()),
    (events.Snoozed(UNTIL), {"snoozed": True, "hidden": True, "snooze.until": UNTIL}, set()),
    (events.SnoozeCancelled(UNTIL), {"snoozed": None, "snooze.until": None}, set()),
    (events.Surfaced(), {"hidden": None}, set()),
    (events.Woke(slept=True), ASLEEP_NO_MORE, {"woke"}),
    (events.Woke(slept=False), ASLEEP_NO_MORE, set()),
    (events.TargetWarned("fix", 3, None), {"warned.fix": 3}, set()),
    (events.TargetBreached("fix", 3, None, UNTIL), {"breached.fix": 3}, {"breached.fix"}),
    (events.Declined("busy"), {}, set()),
    (events.Linked("T-2", "related"), {"links.related": 1}, set()),
    (events.MessageRequested("closing", "customer"), {}, set()),
    (events.Emitted("ranked", FrozenMap({"level": 1})), {}, set()),
    (events.FollowUpRequested(), {}, set()),
    (events.Superseded(), {}, set()),
    (events.Dropped("closed"), {}, set()),
    (events.RulesHalted(("a", "b")), {}, set()),
    (
        events.MessageAdded(Message("m1")),
        {"unanswered": None, "answers": 1, "times.message.anyone": 1, "times.message.agent": 1},
        {"message.anyone", "message.agent"},
    ),
)


def known(**facts: Value) -> Mapping[str, Change]:
    mark = Mark(utc(2026, 11, 23), 0, 0, "0")
    return {name: Change(value, mark) for name, value in facts.items()}


@pytest.mark.parametrize(("event", "values", "moved"), EFFECTS)
def test_an_event_sets_these_facts_and_moves_these_anchors(
    event: events.Event, values: Mapping[str, Value], moved: set[str]
) -> None:
    found, anchors = effects_of(event, "agent", {})
    assert (found, set(anchors)) == (values, moved)


def test_the_table_above_has_every_event() -> None:
    assert {type(event) for event, _, _ in EFFECTS} == set(get_args(events.Event))


def test_what_is_not_an_event_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"^5 is not an event; give an event of ticketflow\.events$"):
        effects_of(5, "agent", {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "message", "values", "moved"),
    [
        (
            "customer",
            Message("m"),
            {"unanswered": True, "times.message.anyone": 5, "times.message.customer": 1},
            {"message.anyone", "message.customer"},
        ),
        (
            "third_party",
            Message("m"),
            {"times.message.anyone": 5, "times.message.third_party": 1},
            {"message.anyone", "message.third_party"},
        ),
        (
            "administrator",
            Message("m"),
            {"unanswered": None, "answers": 3, "times.message.anyone": 5, "times.message.agent": 1},
            {"message.anyone", "message.agent"},
        ),
        ("agent", Message("m", public=False), {}, {"activity.note"}),
        ("agent", Message("m", automatic=True), {}, set()),
        ("robot", Message("m", resolves=True), {"resolution": "m"}, set()),
        ("customer", Message("m", resolves=True, automatic=True), {}, set()),
        ("system", Message("m", public=False), {}, set()),
    ],
)
def test_a_message_counts_by_its_author(
    role: Role, message: Message, values: Mapping[str, Value], moved: set[str]
) -> None:
    found, anchors = effects_of(events.MessageAdded(message), role, known(answers=2, **{"times.message.anyone": 4}))
    assert (found, set(anchors)) == (values, moved)


@pytest.mark.parametrize(
    ("before", "after", "values", "moved"),
    [
        ("open", "resolved", {}, {"resolved"}),
        ("open", "closed", {}, {"resolved", "closed"}),
        ("resolved", "closed", {}, {"closed"}),
        ("resolved", "open", {"resolution": None, "reopenings": 2}, set()),
        ("pending", "open", {}, set()),
    ],
)
def test_categories_resolve_close_and_reopen_a_ticket(
    before: str, after: Category, values: Mapping[str, Value], moved: set[str]
) -> None:
    changed = events.StateChanged("old", "new", after, "go")
    found, anchors = effects_of(changed, "agent", known(category=before, reopenings=1))
    assert found == {"state": "new", "category": after, **values}
    assert set(anchors) == {"left.old", "entered", "entered.new", *moved}


def test_an_outcome_that_replaces_another_resolves_nothing() -> None:
    before = {"field.outcome": known(outcome="lost")["outcome"]}
    assert effects_of(events.FieldChanged("outcome", "lost", "won"), "agent", before) == ({"field.outcome": "won"}, ())


@pytest.mark.parametrize(("waits", "values"), [(True, {"answered": True}), (None, {})])
def test_a_message_of_the_support_answers_a_customer_who_waits(waits: bool | None, values: Mapping[str, Value]) -> None:
    """4.1: a message that no customer's message precedes is no answer."""
    found, _ = effects_of(events.MessageAdded(Message("m")), "agent", known(unanswered=waits, answers=0))
    counted = {"times.message.agent": 1, "times.message.anyone": 1}
    assert found == {"unanswered": None, "answers": 1, **counted, **values}
