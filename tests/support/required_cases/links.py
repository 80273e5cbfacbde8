"""Kinds of links, and messages to tickets that were merged."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.answers import _arrives
from tests.support.required_cases.writing import ANA, Json, acts, case, do, look, move, on, opened, rules


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _rules()
    yield from _routes()


def _link(at: str, other: str, kind: str, ticket: str = "T-1") -> Json:
    return {**do("link", at, ANA, other=other, kind=kind), "ticket": ticket}


def _rules() -> Iterator[Json]:
    yield case(
        "a-rule-reacts-to-a-kind-of-link",
        "2.6 3.1",
        "another kind is not meant, and the same link again changes nothing",
        rules(on("merged", {"on_link": "merged_from"})),
        opened(),
        _link("mon 11:00", "T-2", "related"),
        _link("mon 12:00", "T-2", "merged_from"),
        _link("mon 13:00", "T-2", "merged_from"),
        _link("mon 14:00", "T-3", "merged_from"),
        look("mon 15:00", automatic=acts(("mon 12:00", "merged"), ("mon 14:00", "merged"))),
    )
    yield case(
        "a-condition-counts-links",
        "2.6 3.1",
        "two tickets are two links; the same one twice is one",
        rules(on("family", {"on_enter": {"has_link": {"kind": "child", "at_least": 2}}})),
        opened(),
        _link("mon 11:00", "T-2", "child"),
        _link("mon 12:00", "T-2", "child"),
        _link("mon 13:00", "T-3", "child"),
        look("mon 15:00", automatic=acts(("mon 13:00", "family"))),
    )


def _routes() -> Iterator[Json]:
    desk = rules(workflow={"after_closing": "follow_up"})
    three = tuple(opened(f"mon 10:0{number}", f"T-{number}", message=f"m{number}") for number in (1, 2, 3))
    yield case(
        "a-message-follows-merges",
        "2.6",
        "T-1 was merged into T-2, and that into T-3, where the conversation goes on",
        desk,
        *three,
        _link("mon 11:00", "T-2", "merged_into", "T-1"),
        {**move("close", "mon 11:00"), "ticket": "T-1"},
        _link("mon 12:00", "T-3", "merged_into", "T-2"),
        _arrives("mon 13:00", {"append": {"ticket": "T-3", "through": ["T-1", "T-2"]}}, reply_to="T-1"),
    )
    yield case(
        "a-message-to-where-merges-lead",
        "2.6",
        "T-3 is named itself",
        desk,
        *three,
        _link("mon 11:00", "T-3", "merged_into", "T-1"),
        _arrives("mon 13:00", {"append": "T-3"}, reply_to="T-3"),
    )
    yield case(
        "a-merge-into-a-closed-ticket",
        "2.6",
        "T-2 is closed: a follow-up of it, not of T-1",
        desk,
        *three,
        _link("mon 11:00", "T-2", "merged_into", "T-1"),
        {**move("close", "mon 11:00"), "ticket": "T-1"},
        {**move("close", "mon 12:00"), "ticket": "T-2"},
        {
            **_arrives("mon 13:00", {"follow_up": {"ticket": "T-2", "through": ["T-1"]}}, reply_to="T-1"),
            "new_ticket": "T-9",
        },
    )
    yield case(
        "an-automatic-message-to-a-merged-ticket",
        "2.6",
        "it answers T-1, which leads to the closed T-2: set aside",
        desk,
        *three,
        _link("mon 11:00", "T-2", "merged_into", "T-1"),
        {**move("close", "mon 12:00"), "ticket": "T-2"},
        _arrives("mon 13:00", {"set_aside": {"ticket": "T-2", "through": ["T-1"]}}, reply_to="T-1", automatic=True),
    )
    yield case(
        "a-merge-into-a-ticket-that-is-missing",
        "2.6",
        "T-7 is not given",
        desk,
        *three,
        _link("mon 11:00", "T-7", "merged_into", "T-1"),
        _arrives("mon 13:00", {"load": {"ticket": "T-7", "through": ["T-1"]}}, reply_to="T-1"),
    )
