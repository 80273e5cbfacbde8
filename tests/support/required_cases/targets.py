"""Parts of targets, warnings and cycles. Percentages are computed with integers: rounded up to a microsecond."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    Json,
    acts,
    business,
    case,
    do,
    elapsed,
    instant,
    look,
    move,
    on,
    opened,
    rules,
    say,
    send,
    working,
    z,
)

MICROSECOND = timedelta(microseconds=1)
RESOLUTION: Json = {"runs": {"not": {"category_is": ["resolved", "closed"]}}, "frozen": {"category_is": ["pending"]}}


def policy(time: Json, calendar: str | None = "default", **more: object) -> Json:
    """Return a policy with one target."""
    return {"name": "solving", "measure": RESOLUTION, "targets": [{"time": time}], "calendar": calendar, **more}


def part(span: Json | str, name: str = "part") -> Json:
    """Return a rule that waits for a part of the target."""
    return on(name, {"after": {"span": span, "since": {"started": "solving"}}})


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _percentages()
    yield from _leads()
    yield from _warnings()
    yield from _cycles()
    yield from _conversations()
    yield from _multiples()


def _percentages() -> Iterator[Json]:
    for percent, units in (
        (1, {"hours": 1}),
        (33, {"hours": 1}),
        (33, {"seconds": 1}),
        (67, {"minutes": 7}),
        (99, {"hours": 1}),
        (50, {"seconds": 1, "microseconds": 1}),
        (1, {"seconds": 1, "microseconds": 1}),
        (7, {"hours": 3, "microseconds": 7}),
        (100, {"hours": 2}),
        (150, {"hours": 2}),
    ):
        target = timedelta(**units)
        micros = -(-(target // MICROSECOND) * percent // 100)
        due = instant("mon 10:00") + micros * MICROSECOND
        name = f"{percent}-percent-of-" + "-".join(f"{amount}-{unit}" for unit, amount in units.items())
        how = f"{percent} % of {target // MICROSECOND} µs, rounded up, are {micros} µs"
        late = instant("mon 10:00") + target + MICROSECOND
        missed = [{"rule": "sla.solving.breach", "at": z(late)}] if late <= due else []
        yield case(
            name,
            "4.7",
            how,
            rules(part({"of_target": percent}), clocks=[policy(elapsed(**units), None)]),
            opened(),
            look(z(due - MICROSECOND), automatic=missed),
            look(z(due), automatic=[*missed, {"rule": "part", "at": z(due)}]),
        )
    for percent, hours, reached, how in (
        (50, 9, "mon 14:30", "4:30 h of nine"),
        (75, 8, "mon 16:00", "six of eight hours"),
        (75, 12, "tue 10:00", "nine of twelve hours: eight on Monday, one on Tuesday"),
        (25, 40, "tue 11:00", "ten of forty hours: eight on Monday, two on Tuesday"),
    ):
        yield case(
            f"{percent}-percent-of-{hours}-working-hours",
            "4.7 4.2",
            f"{how} of the office from Mon 10:00",
            rules(part({"of_target": percent}), clocks=[policy(working(hours=hours))]),
            opened(),
            look(z(reached), automatic=[{"rule": "part", "at": z(reached)}]),
            look("mon 10:00", next_due=z(reached)),
        )


def _leads() -> Iterator[Json]:
    for name, span, due, source in (
        (
            "working-lead",
            working(hours=1),
            "mon 18:00",
            "one of nine hours is left when eight are used, at Mon 18:00 closing",
        ),
        (
            "longer-working-lead",
            working(hours=20),
            "mon 10:00",
            "more than the whole target is left: not before the start",
        ),
        ("elapsed-lead", elapsed(hours=1), "tue 09:00", "an hour before Tue 10:00"),
        ("longer-elapsed-lead", elapsed(days=3), "mon 10:00", "three days before Tue 10:00 are before the start"),
        ("elapsed-lead-overnight", elapsed(hours=12), "mon 22:00", "twelve hours before Tue 10:00, day and night"),
    ):
        yield case(
            f"before-due-{name}",
            "4.7",
            f"nine working hours from Mon 10:00 are due at Tue 10:00; {source}",
            rules(part({"before_due": span}), clocks=[policy(working(hours=9))]),
            opened(),
            look("mon 10:00", next_due=z(due)),
            look("tue 09:30", automatic=[{"rule": "part", "at": z(due)}]),
        )
    for name, span, due in (
        ("an-hour", elapsed(hours=1), "mon 13:00"),
        ("a-night", elapsed(hours=14), "tue 02:00"),
    ):
        yield case(
            f"after-due-by-{name}",
            "4.7",
            f"two working hours are due at Mon 12:00; day and night from there, {due.title()}",
            rules(part({"after_due": span["elapsed"]}), clocks=[policy(working(hours=2))]),
            opened(),
            look("tue 03:00", automatic=[{"rule": "sla.solving.breach"}, {"rule": "part", "at": z(due)}]),
        )
    yield case(
        "missed-and-the-record-of-it",
        "4.7 3.10",
        "both at a microsecond past Mon 12:00; the record has the rank -1,000,000",
        rules(part("missed"), clocks=[policy(working(hours=2))]),
        opened(),
        look(
            "mon 13:00",
            automatic=[
                {"rule": "sla.solving.breach", "at": "2026-11-23T12:00:00.000001Z"},
                {"rule": "part", "at": "2026-11-23T12:00:00.000001Z"},
            ],
        ),
    )
    yield case(
        "part-of-a-deadline",
        "4.7 4.3",
        "half of the time from Mon 10:00 to Mon 14:00 is Mon 12:00",
        rules(
            part({"of_target": 50}),
            clocks=[{"name": "solving", "measure": RESOLUTION, "targets": [{"field": "until"}]}],
            workflow={"fields": [{"name": "until", "kind": "moment"}]},
        ),
        opened(),
        do("set_fields", "mon 10:30", fields={"until": {"instant": z("mon 14:00")}}),
        look("mon 10:30", next_due=z("mon 12:00")),
        look("mon 12:00", automatic=[{"rule": "part", "at": z("mon 12:00")}]),
    )
    yield case(
        "part-comes-later-by-a-freeze",
        "4.7 4.3",
        "one of four hours is used at Mon 11:00; frozen until 13:00, half is used at 14:00",
        rules(part({"of_target": 50}), clocks=[policy(working(hours=4))]),
        opened(),
        move("ask", "mon 11:00"),
        look("mon 12:30", automatic=[], next_due=None, verdicts={"part": "frozen", "sla.solving.breach": "frozen"}),
        move("resume", "mon 13:00"),
        look("mon 15:00", automatic=[{"rule": "part", "at": z("mon 14:00")}]),
    )
    yield case(
        "part-does-not-come-after-the-stop",
        "4.7",
        "solved at Mon 11:00, before half of four hours",
        rules(part({"of_target": 50}), clocks=[policy(working(hours=4))]),
        opened(),
        move("solve", "mon 11:00"),
        look("tue 10:00", automatic=[]),
    )


def _warnings() -> Iterator[Json]:
    warned = policy(working(hours=4), warn_at=[{"of_target": 50}])
    yield case(
        "warning-with-a-lead-longer-than-its-target",
        "4.7",
        "a day before Mon 14:00 lies before the start: warned at the start",
        rules(clocks=[policy(working(hours=4), warn_at=[{"before_due": elapsed(days=1)}])]),
        opened(),
        look(
            "mon 10:00", automatic=[{"rule": "sla.solving.warning.0", "at": z("mon 10:00"), "kinds": ["target_warned"]}]
        ),
    )
    yield case(
        "warnings-in-the-order-of-their-instants",
        "4.7",
        "three hours of four are used at Mon 13:00, half at Mon 12:00; numbered by their texts, '1 hour ...' before '50 % ...'",
        rules(clocks=[policy(working(hours=4), warn_at=[{"of_target": 50}, {"before_due": elapsed(hours=1)}])]),
        opened(),
        look(
            "mon 13:30",
            automatic=[
                {"rule": "sla.solving.warning.1", "at": z("mon 12:00")},
                {"rule": "sla.solving.warning.0", "at": z("mon 13:00")},
            ],
        ),
    )
    is_warned = {"clock_is": {"clock": "solving", "fact": "warned"}}
    anew = {**RESOLUTION, "again": "anew"}
    tell = {"id": "tell", "when": {"on_enter": {"state_is": ["solved"]}}, "given": is_warned, "then": [send("warned")]}
    yield case(
        "warning-of-an-earlier-cycle-is-none-of-this-one",
        "4.7 4.5",
        "warned at 12:00 in the first cycle; the second began at 14:00 and is solved unwarned at 15:00",
        rules(tell, clocks=[{**warned, "measure": anew}]),
        opened(),
        move("solve", "mon 13:00"),
        move("resume", "mon 14:00"),
        move("solve", "mon 15:00"),
        look(
            "mon 16:00",
            automatic=[{"rule": "sla.solving.warning.0", "at": z("mon 12:00")}, {"rule": "tell", "at": z("mon 13:00")}],
        ),
    )
    yield case(
        "each-cycle-is-warned",
        "4.7 4.5",
        "two of four hours: Mon 12:00 in the first cycle, and Mon 16:00 in the second, which began at 14:00",
        rules(clocks=[{**warned, "measure": anew}]),
        opened(),
        move("solve", "mon 13:00"),
        move("resume", "mon 14:00"),
        look("mon 16:00", records={"target_warned": [{"at": z("mon 12:00")}, {"at": z("mon 16:00")}]}),
    )
    yield case(
        "one-cycle-is-warned-once",
        "4.7 4.5",
        "the cycle goes on at 14:00; it was warned at 12:00",
        rules(clocks=[warned]),
        opened(),
        move("solve", "mon 13:00"),
        move("resume", "mon 14:00"),
        look("tue 12:00", records={"target_warned": [{"at": z("mon 12:00")}]}),
    )


def _cycles() -> Iterator[Json]:
    for again, readings, source in (
        (
            "continue",
            [{"started": z("mon 10:00"), "elapsed": {"hours": 2}, "state": "running"}],
            "an hour until 11:00 and one since 13:00; one cycle",
        ),
        (
            "count",
            [{"started": z("mon 10:00"), "elapsed": {"hours": 4}, "state": "running"}],
            "from 10:00 to 14:00, with the time between; one cycle",
        ),
        (
            "anew",
            [
                {"started": z("mon 10:00"), "done_at": z("mon 11:00"), "elapsed": {"hours": 1}, "state": "met"},
                {"started": z("mon 13:00"), "elapsed": {"hours": 1}, "state": "running"},
            ],
            "two cycles of an hour",
        ),
    ):
        yield case(
            f"cycles-after-a-reopening-{again}",
            "4.5",
            source,
            rules(clocks=[policy(working(hours=8)) | {"measure": {**RESOLUTION, "again": again}}]),
            opened(),
            move("solve", "mon 11:00"),
            move("resume", "mon 13:00"),
            look("mon 14:00", cycles={"solving": readings}),
        )
    yield case(
        "cycle-for-each-answer",
        "4.1 4.5",
        "each public message of the support begins another cycle: 11:00 and 13:00; the note of 12:00 does not",
        rules(
            clocks=[
                policy(working(hours=8))
                | {"measure": {"runs": {"not": {"category_is": ["closed"]}}, "each": "answers", "again": "anew"}}
            ]
        ),
        opened(),
        say("mon 11:00", ANA),
        say("mon 12:00", ANA, public=False),
        say("mon 13:00", ANA),
        look(
            "mon 14:00",
            cycles={"solving": [{"elapsed": {"hours": 1}}, {"elapsed": {"hours": 2}}, {"elapsed": {"hours": 1}}]},
        ),
    )
    yield case(
        "cycle-for-each-assignee",
        "4.5",
        "an hour of nobody, an hour of Ana, two of Eva",
        rules(
            clocks=[
                policy(working(hours=8))
                | {"measure": {"runs": {"not": {"category_is": ["closed"]}}, "each": "assignee", "again": "anew"}}
            ]
        ),
        opened(),
        do("assign", "mon 11:00", assignee="ana"),
        do("assign", "mon 12:00", assignee="eva"),
        do("assign", "mon 13:00", assignee="eva"),
        look(
            "mon 14:00",
            cycles={"solving": [{"elapsed": {"hours": 1}}, {"elapsed": {"hours": 1}}, {"elapsed": {"hours": 2}}]},
        ),
    )
    yield case(
        "clock-that-never-started",
        "4.3",
        "it runs while the ticket is waiting, which it never was",
        rules(clocks=[policy(working(hours=8)) | {"measure": {"runs": {"state_is": ["waiting"]}}}]),
        opened(),
        look("mon 14:00", clocks={"solving": {"state": "not_started"}}, cycles={"solving": []}),
    )
    yield case(
        "conservation-of-time",
        "4.2",
        "from Mon 10:00 to Tue 10:00: counted until 12:00 and from Tue 09:00, frozen to 18:00, closed overnight",
        rules(clocks=[policy(working(hours=8))]),
        opened(),
        move("ask", "mon 12:00"),
        move("resume", "mon 20:00"),
        look(
            "tue 10:00",
            clocks={
                "solving": {
                    "elapsed": {"hours": 3},
                    "frozen": {"hours": 6},
                    "closed": {"hours": 15},
                    "remaining": {"hours": 5},
                }
            },
        ),
    )
    yield case(
        "overdrawn-clock-has-negative-time-left",
        "4.3",
        "two working hours from 10:00; at 15:00 five are used",
        rules(clocks=[policy(working(hours=2))]),
        opened(),
        look(
            "mon 15:00",
            clocks={
                "solving": {"state": "breached", "elapsed": {"hours": 5}, "breached_at": "2026-11-23T12:00:00.000001Z"}
            },
        ),
    )
    yield case(
        "answer-of-another-customer-keeps-the-wait",
        "4.1",
        "a third party's word is no answer of the support: the customer waits from 10:00 to 13:00",
        rules(clocks=[policy(working(hours=8)) | {"measure": {"runs": "is_unanswered", "again": "anew"}}]),
        opened(),
        say("mon 11:00", {"role": "third_party", "id": "lab"}),
        say("mon 12:00", BRUNO),
        say("mon 13:00", ANA),
        look("mon 14:00", cycles={"solving": [{"elapsed": {"hours": 3}, "state": "met", "done_at": z("mon 13:00")}]}),
    )


OVER: Json = {"category_is": ["resolved", "closed"]}
FIRST: Json = {
    "runs": {"all": ["is_unanswered", {"not": "was_answered"}, {"not": OVER}]},
    "void": {"not": "was_answered"},
}
"""First response, as 4.1 defines it."""
NEXT: Json = {
    "runs": {"all": ["was_answered", "is_unanswered", {"not": OVER}]},
    "void": "is_unanswered",
    "again": "anew",
}
NOTE: Json = {"message": {"id": "m0", "public": False}}


def _conversations() -> Iterator[Json]:
    """Tickets that the desk begins."""
    clocks = [
        policy(working(hours=1)) | {"name": name, "measure": kind} for name, kind in (("first", FIRST), ("later", NEXT))
    ]
    yield case(
        "first-response-to-a-ticket-that-the-desk-began",
        "4.1",
        "an internal note at 9:00 and a public message at 11:00 answer nobody; the customer writes on Tuesday at 11:00 and "
        "is answered at 11:30: 30 min of 1 h",
        rules(clocks=clocks),
        do("open", "mon 09:00", ANA, ticket="T-1", **NOTE),
        say("mon 11:00", ANA),
        look("tue 10:59", clocks={"first": {"state": "not_started"}}, automatic=[]),
        say("tue 11:00", BRUNO),
        say("tue 11:30", ANA),
        look(
            "wed 12:00",
            clocks={
                "first": {
                    "state": "met",
                    "started": z("tue 11:00"),
                    "done_at": z("tue 11:30"),
                    "elapsed": {"minutes": 30},
                },
                "later": {"state": "not_started"},
            },
            automatic=[],
        ),
    )
    yield case(
        "next-reply-on-a-ticket-that-the-desk-began",
        "4.1",
        "the answer of 12:00 is the first response to the message of 11:00; the next reply counts from 13:00 to 13:45",
        rules(clocks=clocks),
        opened("mon 10:00", by=ANA),
        say("mon 11:00", BRUNO),
        say("mon 12:00", ANA),
        say("mon 13:00", BRUNO),
        say("mon 13:45", ANA),
        look(
            "mon 15:00",
            cycles={
                "first": [{"started": z("mon 11:00"), "elapsed": {"hours": 1}, "state": "met"}],
                "later": [{"started": z("mon 13:00"), "elapsed": {"minutes": 45}, "state": "met"}],
            },
        ),
    )
    yield case(
        "first-response-without-a-message-of-the-customer",
        "4.1",
        "a ticket that the support opened starts no clock of the first response until the customer writes",
        rules(clocks=clocks[:1]),
        opened("mon 10:00", by=ANA),
        look("wed 12:00", clocks={"first": {"state": "not_started"}}, automatic=[]),
    )
    only: Json = {"runs": {"not": OVER}, "again": "never"}
    yield case(
        "first-cycle-only",
        "4.5",
        "again is never: the clock ran from 10:00 to 12:00, and the reopening at 13:00 starts nothing",
        rules(clocks=[policy(working(hours=4)) | {"measure": only}]),
        opened(),
        move("solve", "mon 12:00"),
        move("resume", "mon 13:00"),
        look("wed 12:00", cycles={"solving": [{"state": "met", "elapsed": {"hours": 2}}]}, automatic=[]),
    )


VIP: Json = {"fields": [{"name": "vip", "kind": "truth"}]}


def _multiples() -> Iterator[Json]:
    """Multiples of targets, working time after a target, business days before it."""
    half = policy(working(hours=9)) | {
        "multipliers": [{"percent": 50, "given": {"field_is": {"field": "vip", "values": [True]}}}]
    }
    desk = rules(clocks=[half], workflow={**VIP, "permissions": {"set_fields": {"may": ["agent"]}}})
    yield case(
        "half-a-target",
        "4.2 4.4",
        "half of nine working hours from Mon 10:00 is Mon 14:30; before Mon 12:00 the whole, Tue 10:00, is in force",
        desk,
        opened(),
        look("mon 11:00", clocks={"solving": {"due_at": z("tue 10:00"), "target": {"hours": 9}}}),
        do("set_fields", "mon 12:00", ANA, fields={"vip": True}),
        look("mon 12:00", clocks={"solving": {"due_at": z("mon 14:30"), "target": {"hours": 4, "minutes": 30}}}),
        do("set_fields", "mon 13:00", ANA, fields={"vip": False}),
        look("mon 15:00", clocks={"solving": {"state": "running", "due_at": z("tue 10:00")}}),
    )
    yield case(
        "a-third-is-rounded-up",
        "4.2",
        "34 % of 3.000001 s are 1.02000034 s, rounded up 1.020001 s",
        rules(clocks=[policy(elapsed(seconds=3, microseconds=1), None) | {"multipliers": [{"percent": 34}]}]),
        opened(),
        look("mon 10:00", clocks={"solving": {"due_at": z(instant("mon 10:00") + timedelta(microseconds=1_020_001))}}),
    )
    breach = ("mon 17:00:00.000001", "sla.solving.breach", "<target_breached>")
    for name, span, done, source in (
        ("working-time-after-due", working(hours=2), [breach, ("tue 10:00", "part")], "1 h then and 1 h on Tuesday"),
        ("no-working-time-after-due", working(hours=0), [("mon 17:00", "part"), breach], "no time later is Mon 17:00"),
    ):
        yield case(
            name,
            "4.7",
            f"seven working hours from Mon 10:00 are due at 17:00; {source}",
            rules(part({"after_due": span}), clocks=[policy(working(hours=7))]),
            opened(),
            look("wed 12:00", automatic=acts(*done)),
        )
    for hours, days, due in ((18, 1, "tue 10:00"), (17, 1, "mon 18:00"), (26, 2, "mon 18:00"), (26, 3, "mon 10:00")):
        end = {18: "wed 10:00", 17: "tue 18:00", 26: "wed 18:00"}[hours]
        yield case(
            f"{days}-business-days-before-{hours}-working-hours",
            "4.7",
            f"{hours} working hours from Mon 10:00 are due at {end}; {days} business days earlier, not before the start",
            rules(part({"before_due": business(days)}), clocks=[policy(working(hours=hours))]),
            opened(),
            look("mon 10:00", next_due=z(due)),
        )
