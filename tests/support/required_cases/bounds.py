"""The bounds of 3.14: what counts as a circle, and what happens where more is due than one call carries out."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ANA,
    Json,
    acts,
    after,
    case,
    do,
    elapsed,
    look,
    move,
    on,
    opened,
    rules,
    say,
    z,
)

OPEN: Json = {"on_enter": {"state_is": ["open"]}}
WAITING: Json = {"on_enter": {"state_is": ["waiting"]}}
THERE: Json = {"id": "there", "when": OPEN, "then": [{"move": "ask"}]}
BACK: Json = {"id": "back", "when": WAITING, "then": [{"move": "resume"}]}
WROTE: Json = {"on_message": "customer"}
HOURLY = after("hourly", elapsed(hours=1), every=elapsed(hours=1), at_most=4)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _circles()
    yield from _behind()


def _circles() -> Iterator[Json]:
    names = [f"r{number:02}" for number in range(70)]
    yield case(
        "seventy-unrelated-reactions-all-act",
        "3.14",
        "none of the seventy rules sets off another, so none of their steps counts",
        rules(*(on(name, WROTE) for name in names)),
        opened(),
        look("mon 10:00", automatic=acts(*(("mon 10:00", name) for name in names))),
    )
    fields = [{"name": f"f{number}"} for number in range(70)]
    links = [
        {
            "id": f"r{n:02}",
            "when": {"on_change": f"f{n}"},
            "then": [{"set_field": {"field": f"f{n + 1}", "value": "x"}}],
        }
        for n in range(69)
    ]
    yield case(
        "chain-of-seventy-rules-is-no-circle",
        "3.14",
        "each rule sets off the next one and none sets off itself, so the last field is set, too",
        rules(*links, workflow={"fields": fields}),
        opened(),
        do("set_fields", "mon 11:00", fields={"f0": "x"}),
        look("mon 11:00", fields={"f69": "x"}),
    )
    yield case(
        "what-a-circle-sets-off-beside-itself-is-not-halted",
        "3.14",
        "there and back undo each other; follows comes after each, and sets off neither",
        rules(THERE, BACK, on("follows", {"on_leave": {"state_is": ["waiting"]}}), on("hello", WROTE)),
        opened(),
        look(
            "mon 10:00",
            verdicts={"there": "halted", "back": "halted", "follows": "awaits_event", "hello": "fired"},
            automatic=acts(("mon 10:00", "hello")),
        ),
    )
    for most, verdict in ((6, "fired"), (5, "halted")):
        again: Json = {"id": "again", "when": {"on_enter": {"state_is": ["solved"]}}, "then": [{"move": "resume"}]}
        back: Json = {"id": "back", "when": OPEN, "then": [{"move": "solve"}]}
        yield case(
            f"circle-of-six-steps-of-{most}",
            "3.14",
            "reopened three times and solved again three times is six steps, the first two among them",
            rules(
                again | {"given": {"not": {"reopened": 3}}},
                back | {"given": {"reopened": 1}},
                steps_at_one_instant=most,
            ),
            opened(),
            move("solve", "mon 11:00"),
            look("mon 11:00", state="solved", verdicts=dict.fromkeys(("again", "back"), verdict)),
        )


def _behind() -> Iterator[Json]:
    desk = rules(HOURLY, occurrences_per_call=3)
    assign: Json = {"assignee": "ana"}
    yield case(
        "command-behind-more-than-one-call-carries-out",
        "3.14",
        "four are due before Mon 15:00 and a call carries out three; the refusal changes nothing",
        desk,
        opened(),
        do("assign", "mon 15:00", refused=["behind"], **assign),
        look("mon 10:00", automatic=[]),
    )
    yield case(
        "command-behind-exactly-one-call",
        "3.14",
        "the fourth is due at Mon 14:00 itself, and events of an instant come before its timers: three are due before",
        desk,
        opened(),
        do("assign", "mon 14:00", **assign),
        look("mon 14:00", automatic=acts(*((f"mon {hour}:00", "hourly") for hour in (11, 12, 13, 14)))),
    )
    yield case(
        "command-after-the-ticket-was-advanced",
        "3.14",
        "advanced to Mon 14:30, nothing more is due before Mon 15:00",
        desk,
        opened(),
        {"advance": z("mon 14:30")},
        do("assign", "mon 15:00", **assign),
        look("mon 15:00", automatic=acts(*((f"mon {hour}:00", "hourly") for hour in (11, 12, 13, 14)))),
    )
    yield case(
        "repeated-command-is-answered-however-much-is-due",
        "3.14",
        "the delivery of Mon 10:30 is known; that more is due before Mon 15:00 does not matter",
        desk,
        opened(),
        say("mon 10:30", ANA, id="m1"),
        do("assign", "mon 10:40", event_id="e1", **assign),
        do("assign", "mon 15:00", event_id="e1", step={"is_repeated": True}, **assign),
        look("mon 10:40", automatic=[]),
    )
