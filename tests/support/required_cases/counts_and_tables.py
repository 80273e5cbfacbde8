"""Rules that wait for a count, and fields that are looked up in a table."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import Json, acts, after, case, do, elapsed, look, on, opened, rules, say

FIELDS = [
    {"name": "impact", "choices": ["high", "low"]},
    {"name": "urgency", "choices": ["high", "low"]},
    {"name": "priority", "kind": "number"},
]
TABLE = {
    "look_up": {
        "field": "priority",
        "inputs": ["impact", "urgency"],
        "rows": [["high", "high", 1], ["high", "low", 2], ["low", "high", 2], ["low", None, 3]],
    }
}
DESK = rules(
    {"id": "by-impact", "when": {"on_change": "impact"}, "then": [TABLE]},
    {"id": "by-urgency", "when": {"on_change": "urgency"}, "then": [TABLE]},
    workflow={"fields": FIELDS},
)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _counts()
    yield from _tables()


def _counts() -> Iterator[Json]:
    third = {"happened": {"anchor": {"outside": "child_done"}, "at_least": 3}}
    counted = rules(on("all-done", {"on_enter": third}), workflow={"outside_events": ["child_done"]})
    yield case(
        "a-rule-acts-at-the-third-event",
        "3.1",
        "two events are too few, and at the fourth the condition is true already",
        counted,
        opened(),
        *(do("record_event", f"mon {hour}:00", event="child_done") for hour in (11, 12)),
        look("mon 12:30", automatic=[]),
        *(do("record_event", f"mon {hour}:00", event="child_done") for hour in (13, 14)),
        look("mon 15:00", automatic=acts(("mon 13:00", "all-done"))),
    )
    twice = {"happened": {"anchor": {"last_message": "customer"}, "at_least": 2}}
    yield case(
        "a-count-arms-a-timer",
        "3.1 3.4",
        "armed at 11:30 by the second message, and due two hours after the opening; the third changes nothing",
        rules(after("insists", elapsed(hours=2), given=twice)),
        opened(),
        say("mon 11:30"),
        say("mon 11:45"),
        look("mon 13:00", automatic=acts(("mon 12:00", "insists"))),
    )


def _tables() -> Iterator[Json]:
    yield case(
        "priority-from-impact-and-urgency",
        "3.1",
        "high and high is 1; high and low is 2",
        DESK,
        opened(fields={"impact": "high", "urgency": "high"}, by={"role": "agent", "id": "ana"}),
        look("mon 10:30", fields={"priority": 1}),
        do("set_fields", "mon 11:00", fields={"urgency": "low"}),
        look("mon 11:30", fields={"priority": 2}),
    )
    yield case(
        "a-table-without-a-row",
        "3.1",
        "no row for low and low: the field stays as it is",
        DESK,
        opened(),
        do("set_fields", "mon 11:00", fields={"impact": "low"}),
        look("mon 11:30", fields={"priority": 3}),
        do("set_fields", "mon 12:00", fields={"urgency": "low"}),
        look("mon 12:30", fields={"priority": 3}),
    )
