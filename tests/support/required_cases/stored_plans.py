"""Plans that were stored, what an answer to a command sends, and rule sets that extend another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.required_cases.writing import (
    ANA,
    Json,
    after,
    case,
    elapsed,
    ladder,
    look,
    move,
    on,
    opened,
    rules,
    rung,
    say,
    send,
    working,
    z,
)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _verified()
    yield from _answers()
    yield from _extended()


def _made(at: str, name: str = "p") -> Json:
    return {"plan": name, "at": z(at)}


def _verify(*, is_true: bool, name: str = "p") -> Json:
    return {"verify": name, "is_true": is_true}


def _verified() -> Iterator[Json]:
    hourly = after("hourly", elapsed(hours=1), every=elapsed(hours=1))
    desk = rules(hourly, occurrences_per_call=2)
    yield case(
        "plan-that-a-bound-cut-short-is-true",
        "3.11 3.14",
        "made at 15:00, it has the entries of 11:00 and 12:00, and says that there is more",
        desk,
        opened(),
        _made("mon 15:00"),
        _verify(is_true=True),
        {"apply": "p"},
        _verify(is_true=False),
        look("mon 12:30", next_due=z("mon 13:00")),
    )
    yield case(
        "plan-that-a-bound-did-not-cut-is-true",
        "3.11",
        "made at 12:30, it has the same entries and nothing more",
        desk,
        opened(),
        _made("mon 12:30"),
        _verify(is_true=True),
    )
    yield case(
        "plan-of-other-rules-is-not-true",
        "3.11",
        "the same entry, but the action of the rule is another one",
        rules(after("tell", elapsed(hours=1))),
        opened(),
        _made("mon 12:00"),
        _verify(is_true=True),
        {"rules": rules({**after("tell", elapsed(hours=1)), "then": [send("other")]})},
        _verify(is_true=False),
    )
    yield case(
        "plan-of-another-version-is-not-true",
        "3.11",
        "a message came after the plan",
        rules(after("tell", elapsed(hours=1))),
        opened(),
        _made("mon 12:00"),
        say("mon 10:30", ANA),
        _verify(is_true=False),
        {"apply": "p", "refused": ["stale"]},
    )
    yield case(
        "plan-of-nothing-is-true",
        "3.11",
        "nothing is due before 11:00",
        rules(after("tell", elapsed(hours=1))),
        opened(),
        _made("mon 10:59:59.999999"),
        _verify(is_true=True),
        {"apply": "p"},
        _verify(is_true=True),
    )
    ask = after("ask", elapsed(hours=1), given={"state_is": ["open"]})
    end = after("end", elapsed(hours=2), {"entered": {"state": "waiting"}})
    thanks = on("thanks", {"on_enter": {"state_is": ["waiting"]}})
    yield case(
        "stored-plan-that-closes-the-ticket",
        "3.11",
        "the move of 11:00, the reaction to it, and the closing of 13:00",
        rules({**ask, "then": [{"move": "ask"}]}, {**end, "then": [{"move": "close"}]}, thanks),
        opened(),
        _made("mon 14:00"),
        _verify(is_true=True),
        {"apply": "p"},
        look(
            "mon 14:00",
            state="closed",
            automatic=[{"rule": "ask"}, {"rule": "thanks"}, {"rule": "end", "at": z("mon 13:00")}],
        ),
        {"apply": "p", "is_repeated": True},
    )
    known = {"country": "XX", "names": {}, "first_year": 2026, "last_year": 2026}
    office = {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": known}
    slow = after("slow", working(hours=40), calendar="known")
    yield case(
        "plan-that-does-not-know-all-is-true",
        "3.11 1.5",
        "one rule acts at 11:00; the other needs holidays of 2027. A plan made in 2027 says from when on it is incomplete",
        rules(after("tell", elapsed(hours=1)), slow, calendars={"known": office}),
        opened("2026-12-30T10:00:00Z"),
        _made("2026-12-30T12:00:00Z", "early"),
        _made("2027-02-01T12:00:00Z", "late"),
        _verify(is_true=True, name="early"),
        _verify(is_true=True, name="late"),
        {"apply": "late"},
    )


def _answers() -> Iterator[Json]:
    reminders = ladder(
        "remind",
        rung(elapsed(hours=2), send("two")),
        rung(elapsed(hours=4), send("four")),
        since={"last_message": "agent"},
    )
    waiting = {**reminders, "ended_by": {"last_message": "customer"}}
    hello = on("hello", {"on_message": "customer"}, given={"happened": {"last_message": "agent"}})
    steps = (opened(), say("mon 11:00", ANA))
    two, four = (
        {"template": name, "rule": "remind", "at": z(at)} for name, at in (("two", "mon 13:00"), ("four", "mon 15:00"))
    )
    yield case(
        "answer-that-ends-a-wait-withholds-its-reminders",
        "3.9",
        "both were due before the answer of 16:00, which ends their episode",
        rules(waiting),
        *steps,
        {
            **say("mon 16:00"),
            "deliveries": {
                "sends": [],
                "withholds": [{**two, "why": "episode_ended"}, {**four, "why": "episode_ended"}],
            },
        },
    )
    yield case(
        "command-that-ends-no-wait-sends-the-latest-reminder",
        "3.9",
        "a note ends nothing: the latest reminder is sent",
        rules(waiting),
        *steps,
        {
            **say("mon 16:00", ANA, public=False),
            "deliveries": {"sends": [four], "withholds": [{**two, "why": "latest_is_sent"}]},
        },
    )
    yield case(
        "answer-of-a-reaction-is-sent",
        "3.9",
        "what rules do in reaction to the command belongs to its answer",
        rules(hello),
        *steps,
        {
            **say("mon 12:00"),
            "deliveries": {
                "sends": [{"template": "hello", "rule": "hello", "at": z("mon 12:00")}],
                "withholds": [],
            },
        },
    )
    yield case(
        "wait-that-a-reaction-ends",
        "3.9 3.2",
        "the answer of 16:00 moves the ticket to open, and the wait was for waiting",
        rules(
            {**reminders, "given": {"state_is": ["waiting"]}},
            {
                "id": "back",
                "when": {"on_message": "customer"},
                "given": {"state_is": ["waiting"]},
                "then": [{"move": "resume"}],
            },
        ),
        opened(),
        move("ask", "mon 10:30"),
        say("mon 11:00", ANA),
        {
            **say("mon 16:00"),
            "deliveries": {
                "sends": [],
                "withholds": [{**two, "why": "episode_ended"}, {**four, "why": "episode_ended"}],
            },
        },
    )
    yield case(
        "refused-command-sends-nothing",
        "3.9",
        "a refusal has no messages",
        rules(waiting),
        *steps,
        move("start", "mon 16:00", {"role": "customer", "id": "bruno"}, refused=["not_allowed"]),
        look("mon 16:00", sends=["four"], withholds=["latest_is_sent"]),
    )


# -- rule sets that extend another ------------------------------------------------------------------------------------

_FIRST, _SECOND = (
    {"id": name, "when": {"on_message": "customer"}, "then": [send(name)]} for name in ("first", "second")
)
_MOVES: list[Json] = [
    {"name": "start", "sources": ["open"], "target": "busy", "may": ["agent"]},
    {"name": "end", "sources": ["busy", "open"], "target": "done", "may": ["agent"]},
]
_DAY: Json = {"zone": "UTC", "week": "mon-fri 09:00-18:00"}
_NIGHT: Json = {"zone": "UTC", "week": "mon-fri 22:00-06:00"}
_BASE: Json = {
    "name": "base",
    "workflow": {
        "states": [{"name": "open"}, {"name": "busy"}, {"name": "done", "category": "closed"}],
        "transitions": _MOVES,
        "groups": ["staff"],
        "outside_events": ["paid"],
        "fields": [{"name": "level", "choices": ["high", "low"]}],
        "permissions": {"assign": {"may": ["staff"]}},
    },
    "calendars": {"default": _DAY, "night": _NIGHT},
    "automations": [_FIRST, _SECOND],
    "templates": [{"name": "first", "texts": {"en": "one"}}],
}


def _whole(workflow: Json = {}, /, **more: Any) -> Json:
    """Return the canonical document of the base with other values."""
    return {"format": "rules/1", **_BASE, **more, "workflow": {**_BASE["workflow"], **workflow}}


def _reading(name: str, source: str, given: Json, whole: Json) -> Json:
    return {
        "id": f"extending-{name}",
        "clauses": ["6.1"],
        "source": source,
        "bases": {"base": {"document": _BASE}},
        "read": json.dumps({"format": "rules/1", "extends": "base", **given}),
        "canonical": json.dumps(whole, sort_keys=True, separators=(",", ":")),
    }


def _extended() -> Iterator[Json]:
    yield _reading("nothing", "the rule set of the base", {}, _whole())
    yield _reading("a-name", "other values replace", {"name": "mine"}, _whole(name="mine"))
    third = {"id": "third", "when": {"on_message": "agent"}, "then": [send("third")]}
    yield _reading(
        "with-another-rule", "it is added", {"automations": [third]}, _whole(automations=[_FIRST, _SECOND, third])
    )
    changed = {**_FIRST, "rank": 5}
    yield _reading(
        "with-a-changed-rule",
        "it replaces that of its id in its place",
        {"automations": [third, changed]},
        _whole(automations=[changed, _SECOND, third]),
    )
    yield _reading(
        "without-a-rule", "it is left out", {"without": {"automations": ["first"]}}, _whole(automations=[_SECOND])
    )
    yield _reading(
        "without-a-rule-and-with-another",
        "what is left out is left out first; then a rule of that id is added. Rules are listed by id",
        {"without": {"automations": ["first"]}, "automations": [changed]},
        _whole(automations=[changed, _SECOND]),
    )
    yield _reading(
        "without-a-field",
        "parts of the workflow, too",
        {"without": {"fields": ["level"]}},
        {**_whole(), "workflow": {key: held for key, held in _BASE["workflow"].items() if key != "fields"}},
    )
    start = {**_MOVES[0], "may": ["agent", "customer"]}
    yield _reading(
        "with-a-changed-transition",
        "transitions that replace others stand at the end",
        {"workflow": {"transitions": [start]}},
        _whole({"transitions": [_MOVES[1], start]}),
    )
    evening = {"zone": "UTC", "week": "mon-fri 18:00-22:00"}
    yield _reading(
        "with-calendars",
        "calendars are merged by name",
        {"calendars": {"night": evening, "weekend": {"zone": "UTC", "week": "sat 10:00-14:00"}}},
        _whole(calendars={"default": _DAY, "night": evening, "weekend": {"zone": "UTC", "week": "sat 10:00-14:00"}}),
    )
    yield _reading(
        "with-groups-and-outside-events",
        "they are united",
        {"workflow": {"groups": ["board"], "outside_events": ["paid", "sent"]}},
        _whole({"groups": ["board", "staff"], "outside_events": ["paid", "sent"]}),
    )
    yield _reading(
        "with-permissions",
        "they are merged by name",
        {"workflow": {"permissions": {"bulk": {"may": ["staff"]}}}},
        _whole({"permissions": {"assign": {"may": ["staff"]}, "bulk": {"may": ["staff"]}}}),
    )
    yield _reading(
        "with-a-state",
        "states are added after those of the base",
        {
            "workflow": {
                "states": [{"name": "parked"}],
                "transitions": [{"name": "unpark", "sources": ["parked"], "target": "open", "may": ["agent"]}],
            }
        },
        _whole(
            {
                "states": [*_BASE["workflow"]["states"], {"name": "parked"}],
                "transitions": [*_MOVES, {"name": "unpark", "sources": ["parked"], "target": "open", "may": ["agent"]}],
            }
        ),
    )
    for name, given, problem, why, times in (
        (
            "without-what-is-not-there",
            {"without": {"automations": ["frist"]}},
            ("unknown_name", "/without/automations/0"),
            "the base has no such rule",
            1,
        ),
        (
            "without-a-part-of-another-kind",
            {"without": {"clocks": ["first"]}},
            ("unknown_name", "/without/clocks/0"),
            "first is a rule, and no clock",
            1,
        ),
        ("an-unknown-base", {"extends": "bsae"}, ("unknown_name", "/extends"), "there is no such rule set", 1),
        (
            "without-what-is-needed",
            {"without": {"states": ["busy"]}},
            ("unknown_name", "/extends"),
            "two transitions of the base name busy",
            2,
        ),
    ):
        yield {
            "id": f"extending-{name}",
            "clauses": ["6.1", "6.2"],
            "source": why,
            "bases": {"base": {"document": _BASE}},
            "reject": json.dumps({"format": "rules/1", "extends": "base", **given}),
            "problems": [{"code": problem[0], "pointer": problem[1]}] * times,
        }
