"""Follow-ups: the fields that they copy, their ids, and deliveries that come again."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    TRANSITIONS,
    Json,
    case,
    do,
    look,
    move,
    opened,
    rules,
    z,
)

FIELDS = [
    {"name": "priority", "choices": ["low", "high"]},
    {"name": "vip", "kind": "truth"},
    {"name": "due", "kind": "future"},
]
COPYING = [
    {**each, "follow_up_fields": ["priority", "vip", "due"]} if each["name"] == "close" else each
    for each in TRANSITIONS
]
PLAIN = {"name": "drop", "sources": ["open"], "target": "closed", "may": ["agent"]}
FLOW = {"fields": FIELDS, "transitions": [*COPYING, PLAIN], "after_closing": "follow_up"}
DESK = rules(workflow=FLOW)
GIVEN: Json = {"priority": "high", "vip": True}
DUE: Json = {"due": {"instant": z("mon 12:00")}}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _copies()
    yield from _repeats()


def named(ticket: str, event_id: str) -> str:
    """Return the id of a follow-up, as the contract builds it; both ids are escaped already."""
    digest = blake2b(f"{ticket}/{event_id}".encode(), digest_size=10).hexdigest().upper()
    return f"{digest[:8]}-{digest[8:16]}"


def _closed(by: str = "close", **fields: Any) -> tuple[Json, ...]:
    return opened(by=ANA, fields=fields or GIVEN), move(by, "mon 11:00")


def _again(at: str = "mon 11:30", by: Json = BRUNO, event: str = "mail-7", **more: Any) -> Json:
    return do("follow_up", at, by, event_id=event, **more)


def _copies() -> Iterator[Json]:
    name = named("T-1", "mail-7")
    yield case(
        "a-follow-up-copies-fields",
        "2.2",
        f"the transition that closed it says which; Bruno may not set fields himself; its id is {name} (3.12)",
        DESK,
        *_closed(),
        _again(),
        look("mon 11:30", name, fields=GIVEN | {"due": None}, follows="T-1", earlier=2, state="open"),
    )
    yield case(
        "another-transition-copies-nothing",
        "2.2",
        "drop closes the ticket, too, and does not name any fields",
        DESK,
        *_closed("drop"),
        _again(),
        look("mon 11:30", name, fields={"priority": None, "vip": None}),
    )
    yield case(
        "fields-of-the-command-go-before-copied-ones",
        "2.2",
        "Ana sets the priority and leaves vip without a value",
        DESK,
        *_closed(),
        _again(by=ANA, fields={"priority": "low", "vip": None}),
        look("mon 11:30", name, fields={"priority": "low", "vip": None}),
    )
    yield case(
        "a-moment-that-has-passed-is-not-copied",
        "2.2",
        "due at noon: a follow-up a microsecond before has it, one at noon does not, and neither is refused",
        DESK,
        *_closed("close", **GIVEN, **DUE),
        _again("mon 11:59:59.999999"),
        look("mon 12:30", name, fields=GIVEN | DUE),
        _again("mon 12:00", event="mail-8") | {"ticket": "T-1"},
        look("mon 12:30", named("T-1", "mail-8"), fields=GIVEN | {"due": None}),
    )
    needing = [{"target": "open", "may": ["agent", "customer"], "needs": ["priority"], "takes": ["vip", "due"]}]
    yield case(
        "a-copied-field-is-no-missing-one",
        "2.2",
        "the opening needs a priority: of a dropped ticket none is copied, and Bruno has to give one",
        rules(workflow={**FLOW, "openings": needing}),
        *_closed(),
        _again(),
        look("mon 12:00", name, fields=GIVEN),
        opened("mon 12:00", "T-2", ANA, fields=GIVEN),
        move("drop", "mon 12:30"),
        _again("mon 13:00") | {"refused": ["missing_fields"]},
        _again("mon 13:00", fields={"priority": "low"}),
        look("mon 13:00", named("T-2", "mail-7"), fields={"priority": "low", "vip": None}),
    )
    changed = [{"name": "priority", "choices": ["small", "high"]}, *FIELDS[1:]]
    yield case(
        "a-value-that-is-gone-is-not-copied",
        "2.2",
        "the rules that are passed in have other priorities; vip is copied",
        DESK,
        *_closed(priority="low", vip=True),
        {"rules": rules(workflow={**FLOW, "fields": changed})},
        _again(),
        look("mon 12:00", name, fields={"priority": None, "vip": True}),
    )
    held = {
        "id": "hold",
        "when": {"on_enter": {"state_is": ["busy"]}},
        "then": [{"hold_field": {"field": "vip", "value": False}}],
    }
    yield case(
        "a-held-field-is-copied-as-it-reads",
        "2.2",
        "the rule holds vip at false when the ticket is closed",
        rules(held, workflow=FLOW),
        opened(by=ANA, fields=GIVEN),
        move("start", "mon 10:30"),
        move("close", "mon 11:00"),
        _again(),
        look("mon 12:00", name, fields={"priority": "high", "vip": False}),
    )


def _repeats() -> Iterator[Json]:
    name, other = named("T-1", "mail-7"), named("T-1", "mail-8")
    yield case(
        "a-follow-up-is-opened-once",
        "3.12",
        f"the delivery comes three times, also after the new ticket moved on; another delivery opens {other}",
        DESK,
        *_closed(),
        _again(),
        _again("mon 12:00") | {"ticket": "T-1", "is_repeated": True},
        move("start", "mon 12:30") | {"ticket": name},
        _again("mon 13:00") | {"ticket": "T-1", "is_repeated": True},
        look("mon 13:00", name, state="busy", fields=GIVEN),
        _again("mon 13:00", event="mail-8") | {"ticket": "T-1"},
        look("mon 13:00", other, state="open", follows="T-1"),
    )
    yield case(
        "a-follow-up-with-a-given-id",
        "3.12",
        "the id that is given stays; the same delivery opens it once, and another one may not take its id",
        DESK,
        *_closed(),
        _again(new_ticket="T-2"),
        _again("mon 12:00", new_ticket="T-2") | {"ticket": "T-1", "is_repeated": True},
        _again("mon 12:00", event="mail-8", new_ticket="T-2") | {"ticket": "T-1", "refused": ["bad_value"]},
        do("follow_up", "mon 12:00", BRUNO, new_ticket="T-2") | {"ticket": "T-1", "refused": ["bad_value"]},
        look("mon 12:00", "T-2", follows="T-1"),
    )
    yield case(
        "ids-of-follow-ups-are-escaped",
        "3.12",
        "the slash in either id is escaped, the at sign is not",
        DESK,
        opened(ticket="2026/7"),
        move("drop", "mon 11:00"),
        _again(event="a/b@c"),
        look("mon 12:00", named("2026%2F7", "a%2Fb@c"), follows="2026/7"),
    )
    yield case(
        "follow-ups-in-bulk-have-ids-of-their-own",
        "3.12",
        "without an id each gets its own; one id for several tickets is refused",
        DESK,
        opened(by=ANA),
        move("drop", "mon 11:00"),
        opened("mon 11:00", "T-2", ANA),
        move("drop", "mon 11:30"),
        {
            "bulk": {"do": "follow_up", "event_id": "again", "at": z("mon 12:00"), "by": ANA},
            "tickets": ["T-1", "T-2"],
        },
        look("mon 12:00", named("T-1", "again"), follows="T-1"),
        look("mon 12:00", named("T-2", "again"), follows="T-2"),
        {
            "bulk": {"do": "follow_up", "new_ticket": "T-3", "at": z("mon 12:00"), "by": ANA},
            "tickets": ["T-1", "T-2"],
            "refused": {"T-1": ["bad_value"], "T-2": ["bad_value"]},
        },
    )
