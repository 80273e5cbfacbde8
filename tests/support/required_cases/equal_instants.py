"""Several things at one instant: which comes first, and which is not held; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    CLOSE,
    EVA,
    Json,
    acts,
    after,
    business,
    case,
    do,
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

WAITING: Json = {"state_is": ["waiting"]}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _arming()
    yield from _masks()
    yield from _gates_and_moments()
    yield from _lateness()
    yield from _clocks()


def _arming() -> Iterator[Json]:
    stairs = ladder("stairs", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=2), send("two")), given=WAITING)
    for name, asked, expected, source in (
        ("before", "mon 10:59", [("mon 11:00", "stairs", "one"), ("mon 12:00", "stairs", "two")], "both are ahead"),
        (
            "at",
            "mon 11:00",
            [("mon 11:00", "stairs", "one"), ("mon 12:00", "stairs", "two")],
            "the rung of Mon 11:00 is due at its arming; the command of that instant comes first",
        ),
        (
            "after",
            "mon 11:01",
            [("mon 11:01", "stairs", "one", "mon 11:01"), ("mon 12:00", "stairs", "two")],
            "the rung of Mon 11:00 is before the arming, and the last such: due at the arming",
        ),
        (
            "at-the-next",
            "mon 12:00",
            [("mon 12:00", "stairs", "two")],
            "of the rungs at or before the arming of Mon 12:00 only the last exists: two",
        ),
    ):
        yield case(
            f"armed-{name}-a-rung",
            "3.4",
            source,
            rules(stairs),
            opened(),
            move("ask", asked),
            look("tue 00:00", automatic=acts(*expected)),
        )
    yield case(
        "timer-due-exactly-at-its-arming",
        "3.4 3.8",
        "an hour after Mon 10:00 is Mon 11:00, the instant of the move that arms it",
        rules(after("tell", elapsed(hours=1), given=WAITING)),
        opened(),
        move("ask", "mon 11:00"),
        look("mon 11:00", automatic=acts(("mon 11:00", "tell", "tell", "mon 11:00"))),
    )
    yield case(
        "repetition-due-exactly-at-its-arming",
        "3.4",
        "hourly since Mon 10:00, armed at Mon 12:00: the one of 12:00 is the last at or before; 11:00 never existed",
        rules(after("hourly", elapsed(hours=1), every=elapsed(hours=1), at_most=3, given=WAITING)),
        opened(),
        move("ask", "mon 12:00"),
        look("mon 20:00", automatic=acts(("mon 12:00", "hourly"), ("mon 13:00", "hourly"))),
    )
    yield case(
        "ended-at-the-instant-of-the-arming",
        "3.4",
        "asked at Mon 11:00 and answered at Mon 11:00, later: the answer ends the wait, and nothing comes",
        rules(after("tell", elapsed(hours=1), "entered", given=WAITING, ended_by={"last_message": "customer"})),
        opened(),
        move("ask", "mon 11:00"),
        say("mon 11:00"),
        look("tue 00:00", automatic=[]),
    )
    yield case(
        "armed-at-the-instant-of-an-earlier-answer",
        "3.4",
        "answered at Mon 11:00 and then asked at Mon 11:00: marks are compared by sequence, so the wait goes on",
        rules(after("tell", elapsed(hours=1), "entered", given=WAITING, ended_by={"last_message": "customer"})),
        opened(),
        say("mon 11:00"),
        move("ask", "mon 11:00"),
        look("tue 00:00", automatic=acts(("mon 12:00", "tell"))),
    )
    yield case(
        "condition-false-at-the-instant-it-is-due",
        "3.8",
        "the move of Mon 11:00 comes before the timer of Mon 11:00",
        rules(after("tell", elapsed(hours=1), given={"state_is": ["open"]})),
        opened(),
        move("ask", "mon 11:00"),
        look("tue 00:00", automatic=[]),
    )
    yield case(
        "condition-true-again-within-the-instant-it-is-due",
        "3.4 3.8",
        "out and back at Mon 11:00: another episode, armed at 11:00, and due at its arming",
        rules(after("tell", elapsed(hours=1), given={"state_is": ["open"]})),
        opened(),
        move("ask", "mon 11:00"),
        move("resume", "mon 11:00"),
        look("tue 00:00", automatic=acts(("mon 11:00", "tell"))),
    )
    yield case(
        "two-rungs-of-one-own-instant",
        "3.5 3.7",
        "both reminders are due at Mon 11:00 by themselves; neither was moved, so neither gives way",
        rules(
            ladder(
                "stairs",
                rung(elapsed(hours=1), send("one")),
                rung(elapsed(hours=1), send("two")),
                rung(elapsed(hours=3), CLOSE),
            )
        ),
        opened(),
        look("mon 12:00", automatic=acts(("mon 11:00", "stairs", "one"), ("mon 11:00", "stairs", "two"))),
    )
    yield case(
        "reminder-a-microsecond-before-the-last-rung",
        "3.5",
        "the rungs are a microsecond apart: both are carried out",
        rules(
            ladder(
                "stairs",
                rung(elapsed(hours=1), send("one")),
                rung(elapsed(hours=1, microseconds=1), CLOSE),
            )
        ),
        opened(),
        look("mon 11:00", state="open", automatic=acts(("mon 11:00", "stairs", "one"))),
        look("mon 11:00:00.000001", state="closed"),
    )
    yield case(
        "own-instant-before-rank-before-id",
        "3.10",
        "all take effect when the mask ends at Mon 14:00: b was due at 11:00; of those of 12:00 the rank -1 of c comes "
        "before a",
        rules(
            after("a", elapsed(hours=2), group="idle"),
            after("b", elapsed(hours=1), group="idle"),
            after("c", elapsed(hours=2), group="idle", rank=-1),
        ),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 14:00"),
        look("mon 14:00", automatic=acts(("mon 14:00", "b"), ("mon 14:00", "c"), ("mon 14:00", "a"))),
    )
    yield case(
        "ids-compare-by-code-point",
        "3.10",
        "of one instant and rank: '-' and '.' come before '1', and '1' before 'a', as their code points do",
        rules(*(after(name, elapsed(hours=1)) for name in ("x_a", "xa", "x1", "x-a", "x.a"))),
        opened(),
        look("mon 11:00", automatic=acts(*(("mon 11:00", name) for name in ("x-a", "x.a", "x1", "x_a", "xa")))),
    )
    yield case(
        "timer-that-a-timer-of-the-instant-makes-impossible",
        "3.10 3.8",
        "a asks at Mon 11:00; then b is not due, because its condition is false",
        rules(
            {**after("a", elapsed(hours=1), given={"state_is": ["open"]}), "then": [{"move": "ask"}]},
            after("b", elapsed(hours=1), given={"state_is": ["open"]}),
        ),
        opened(),
        look("tue 00:00", automatic=[{"rule": "a", "at": z("mon 11:00")}]),
    )
    yield case(
        "timer-that-a-timer-of-the-instant-arms",
        "3.10 3.4",
        "a asks at Mon 11:00; b counts an hour from Mon 10:00, and is armed and due at 11:00",
        rules(
            {**after("a", elapsed(hours=1), given={"state_is": ["open"]}), "then": [{"move": "ask"}]},
            after("b", elapsed(hours=1), given=WAITING),
        ),
        opened(),
        look("tue 00:00", automatic=[{"rule": "a", "at": z("mon 11:00")}, {"rule": "b", "at": z("mon 11:00")}]),
    )
    yield case(
        "two-commands-of-one-instant",
        "3.8",
        "events of an instant come in the order in which they are given",
        rules(),
        opened(),
        do("assign", "mon 11:00", assignee="ana"),
        do("assign", "mon 11:00", by=EVA, assignee="eva"),
        look("mon 11:00", assignee="eva", records={"assigned": [{"by": "ana"}, {"by": "eva"}]}),
    )


def _masks() -> Iterator[Json]:
    stairs = ladder(
        "stairs",
        rung(elapsed(hours=1), send("one")),
        rung(elapsed(hours=3), send("two")),
        rung(elapsed(hours=5), CLOSE),
        group="idle",
    )
    for name, lifted, expected, closes, source in (
        (
            "before",
            "mon 12:59",
            [("mon 12:59", "stairs", "one", "mon 11:00"), ("mon 13:00", "stairs", "two", "mon 13:00")],
            "mon 15:00",
            "one is held until 12:59, two comes at its own 13:00, and the closing at its own 15:00: two was not moved",
        ),
        (
            "exactly-at",
            "mon 13:00",
            [("mon 13:00", "stairs", "<superseded>", "mon 11:00"), ("mon 13:00", "stairs", "two", "mon 13:00")],
            "mon 15:00",
            "two is due exactly when the mask ends and was not held, so no notice is due; the held one gives way to it",
        ),
        (
            "after",
            "mon 13:01",
            [("mon 13:01", "stairs", "<superseded>", "mon 11:00"), ("mon 13:01", "stairs", "two", "mon 13:00")],
            "mon 15:01",
            "both are held until 13:01; two is carried out, and two hours of notice end at 15:01",
        ),
    ):
        yield case(
            f"mask-that-lifts-{name}-a-rung",
            "3.6 3.7",
            source,
            rules(stairs),
            opened(),
            move("start", "mon 10:30"),
            move("resume", lifted),
            look("mon 14:00", automatic=acts(*expected), state="open"),
            look(closes, state="closed"),
        )
    yield case(
        "mask-that-lifts-exactly-at-the-last-rung",
        "3.6 3.7",
        "both reminders are held until 15:00 and the closing is due then: the last reminder was moved, so it is given and "
        "two hours of notice end at 17:00",
        rules(stairs),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 15:00"),
        look(
            "mon 16:59:59",
            state="open",
            automatic=acts(
                ("mon 15:00", "stairs", "<superseded>", "mon 11:00"), ("mon 15:00", "stairs", "two", "mon 13:00")
            ),
        ),
        look("mon 17:00", state="closed"),
    )
    yield case(
        "mask-of-no-length-holds-nothing",
        "3.6",
        "begun and ended at Mon 11:00, before the timers of that instant",
        rules(after("tell", elapsed(hours=1), group="idle")),
        opened(),
        move("start", "mon 11:00"),
        move("resume", "mon 11:00"),
        look("mon 11:00", automatic=acts(("mon 11:00", "tell", "tell", "mon 11:00"))),
    )
    hourly = after("hourly", elapsed(hours=1), every=elapsed(hours=1), at_most=4, group="idle")
    holds: tuple[tuple[str, str, list[tuple[str, ...]], str], ...] = (
        (
            "before",
            "mon 12:59",
            [("mon 12:59", "hourly", "<superseded>", "mon 11:00"), ("mon 12:59", "hourly", "hourly", "mon 12:00")]
            + [("mon 13:00", "hourly"), ("mon 14:00", "hourly")],
            "11:00 and 12:00 are held; the last of them is carried out at 12:59",
        ),
        (
            "exactly-at",
            "mon 13:00",
            [("mon 13:00", "hourly", "<superseded>", "mon 12:00"), ("mon 13:00", "hourly", "hourly", "mon 13:00")]
            + [("mon 14:00", "hourly")],
            "13:00 is due exactly when the hold ends: 11:00 and 12:00 give way to it, in one entry",
        ),
        (
            "after",
            "mon 13:01",
            [("mon 13:01", "hourly", "<superseded>", "mon 12:00"), ("mon 13:01", "hourly", "hourly", "mon 13:00")]
            + [("mon 14:00", "hourly")],
            "three are held: 11:00 and 12:00 in one entry, and 13:00 carried out",
        ),
    )
    for name, lifted, acted, source in holds:
        yield case(
            f"hold-that-ends-{name}-a-repetition",
            "3.6",
            source,
            rules(hourly),
            opened(),
            move("start", "mon 10:30"),
            move("resume", lifted),
            look("mon 20:00", automatic=acts(*acted)),
        )
    yield case(
        "restart-exactly-at-the-own-instant",
        "3.6",
        "the mask ends at Mon 12:00, when the rule would be due: it counts anew, two hours from there",
        rules(after("again", elapsed(hours=2), group="idle", on_resume="restart")),
        opened(),
        move("start", "mon 11:00"),
        move("resume", "mon 12:00"),
        look("mon 20:00", automatic=acts(("mon 14:00", "again"))),
    )
    yield case(
        "drop-exactly-when-the-mask-ends",
        "3.6",
        "what is due exactly when a mask ends was not under it: not dropped",
        rules(after("tell", elapsed(hours=2), group="idle", on_mask="drop")),
        opened(),
        move("start", "mon 11:00"),
        move("resume", "mon 12:00"),
        look("mon 20:00", automatic=acts(("mon 12:00", "tell"))),
    )
    yield case(
        "drop-exactly-when-the-mask-begins",
        "3.6",
        "what is due when a mask begins is under it: dropped at its own instant",
        rules(after("tell", elapsed(hours=1), group="idle", on_mask="drop")),
        opened(),
        move("start", "mon 11:00"),
        move("resume", "mon 12:00"),
        look("mon 20:00", automatic=acts(("mon 11:00", "tell", "<dropped>", "mon 11:00"))),
    )


def _gates_and_moments() -> Iterator[Json]:
    yield case(
        "gate-that-opens-exactly-at-the-due-instant",
        "3.6",
        "23 hours after Mon 10:00 is Tue 09:00, the opening, which is open",
        rules(after("tell", elapsed(hours=23), gate="default")),
        opened(),
        look("tue 09:00", automatic=acts(("tue 09:00", "tell", "tell", "tue 09:00"))),
    )
    yield case(
        "gate-that-closes-exactly-at-the-due-instant",
        "3.6 1.3",
        "eight hours after Mon 10:00 is Mon 18:00, the closing, which is shut: Tue 09:00",
        rules(after("tell", elapsed(hours=8), gate="default")),
        opened(),
        look("tue 09:00", automatic=acts(("tue 09:00", "tell", "tell", "mon 18:00"))),
    )
    yield case(
        "working-time-used-up-at-closing-before-a-gate",
        "1.4 3.6",
        "eight hours of work are used up at Mon 18:00; the gate is shut then",
        rules(after("tell", working(hours=8), gate="default")),
        opened(),
        look("tue 09:00", automatic=acts(("tue 09:00", "tell", "tell", "mon 18:00"))),
    )
    yield case(
        "opened-exactly-at-the-opening",
        "3.4",
        "openings count from the arming on, its instant included",
        rules(on("opens", {"at_opening": "default"})),
        opened("mon 09:00"),
        look("tue 09:00", automatic=acts(("mon 09:00", "opens"), ("tue 09:00", "opens"))),
    )
    yield case(
        "opened-exactly-at-the-closing",
        "3.4",
        "closings likewise",
        rules(on("closes", {"at_closing": "default"})),
        opened("mon 18:00"),
        look("tue 18:00", automatic=acts(("mon 18:00", "closes"), ("tue 18:00", "closes"))),
    )
    yield case(
        "recurrence-exactly-at-the-arming",
        "3.4",
        "armed at Tue 10:00, when the recurrence comes",
        rules(on("tick", {"on": {"every_week": {"weekday": "tuesday", "at": "10:00"}}}, given=WAITING)),
        opened(),
        move("ask", "tue 10:00"),
        look("tue2 10:00", automatic=acts(("tue 10:00", "tick"), ("tue2 10:00", "tick"))),
    )
    yield case(
        "recurrence-a-microsecond-before-the-arming",
        "3.4",
        "armed a microsecond too late for Tue 10:00",
        rules(on("tick", {"on": {"every_week": {"weekday": "tuesday", "at": "10:00"}}}, given=WAITING)),
        opened(),
        move("ask", "tue 10:00:00.000001"),
        look("tue2 10:00", automatic=acts(("tue2 10:00", "tick"))),
    )
    moment = {"fields": [{"name": "call", "kind": "moment"}]}
    call = on("call", {"at_field": "call"}, given=WAITING)
    for name, value, expected, source in (
        ("before", "mon 09:00", "mon 12:00", "before the arming of Mon 12:00: due at the arming"),
        ("at", "mon 12:00", "mon 12:00", "exactly at the arming"),
        ("after", "mon 13:00", "mon 13:00", "at its own instant"),
    ):
        yield case(
            f"moment-of-a-field-{name}-the-arming",
            "3.4",
            f"the field names {value.title()}, {source}",
            rules(call, workflow=moment),
            opened(),
            do("set_fields", "mon 11:00", fields={"call": {"instant": z(value)}}),
            move("ask", "mon 12:00"),
            look("tue 00:00", automatic=acts((expected, "call", "call", expected))),
        )
    yield case(
        "snooze-that-ends-exactly-when-a-rule-is-due",
        "5.1 5.2 3.10",
        "at Tue 10:00 the ticket wakes first, by its rank; then the rule is not held, and due at its own instant",
        rules(after("idle", elapsed(days=1), group="idle"), snoozing={}),
        opened(),
        do("snooze", "mon 11:00", until=z("tue 10:00")),
        look(
            "tue 10:00",
            is_hidden=False,
            automatic=[
                {"rule": "snooze.wake", "at": z("tue 10:00")},
                {"rule": "idle", "at": z("tue 10:00"), "due_at": z("tue 10:00")},
            ],
        ),
    )
    yield case(
        "message-exactly-when-a-snooze-ends",
        "5.1 3.8",
        "the message of Tue 10:00 comes before the timer of that instant: it surfaces the ticket, and the snooze ends then",
        rules(snoozing={}),
        opened(),
        do("snooze", "mon 11:00", until=z("tue 10:00")),
        say("tue 10:00"),
        look(
            "tue 10:00",
            is_hidden=False,
            records={"surfaced": [{"at": z("tue 10:00")}], "woke": [{"event": {"woke": False}}]},
        ),
    )


def _lateness() -> Iterator[Json]:
    stairs = ladder("stairs", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=3), send("two")))
    for name, now, sends, withholds, source in (
        ("exactly", "mon 12:00", ["one"], [], "an hour late is not more than an hour"),
        ("a-microsecond-more-than", "mon 12:00:00.000001", [], ["one"], "an hour and a microsecond late"),
    ):
        yield case(
            f"late-by-{name}-the-grace",
            "3.9",
            source,
            rules(stairs),
            opened(),
            {
                "deliveries": {
                    "sends": [{"template": template, "at": z("mon 11:00")} for template in sends],
                    "withholds": [{"template": template, "why": "late"} for template in withholds],
                },
                "at": z(now),
                "default_grace": {"hours": 1},
            },
        )
    yield case(
        "plan-exactly-at-the-due-instant",
        "1.8 3.11",
        "due at or before now: at Mon 11:00, and not a microsecond before",
        rules(stairs),
        opened(),
        look("mon 10:59:59.999999", due=[]),
        look("mon 11:00", due=[{"rule": "stairs", "due_at": z("mon 11:00")}]),
    )
    held = ladder(
        "stairs",
        rung(elapsed(hours=1), send("one")),
        rung(elapsed(hours=5), CLOSE),
        group="idle",
        min_notice={"hours": 3},
    )
    yield case(
        "notice-that-ends-exactly-at-the-last-rung",
        "3.7",
        "the reminder is held until Mon 12:00; three hours of notice end at 15:00, the closing's own instant",
        rules(held),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 12:00"),
        look("mon 14:59:59", state="open"),
        look(
            "mon 15:00",
            state="closed",
            automatic=[{"at": z("mon 12:00")}, {"at": z("mon 15:00"), "due_at": z("mon 15:00")}],
        ),
    )
    yield case(
        "business-day-and-elapsed-day-at-one-instant",
        "1.6 3.10",
        "a day after Mon 10:00 is Tue 10:00 either way; then the ids decide",
        rules(after("b", elapsed(days=1)), after("a", business(1))),
        opened(),
        look("tue 10:00", automatic=acts(("tue 10:00", "a"), ("tue 10:00", "b"))),
    )


def _clocks() -> Iterator[Json]:
    measure: Json = {"runs": {"not": {"category_is": ["resolved", "closed"]}}, "frozen": WAITING}
    promise: Json = {"name": "solving", "measure": measure, "targets": [{"time": working(hours=4)}]}
    missed = "2026-11-23T14:00:00.000001Z"
    yield case(
        "freeze-exactly-at-the-miss",
        "4.3",
        "the freeze of a microsecond past Mon 14:00 comes before the miss of that instant; missed when it runs again at 16:00",
        rules(clocks=[promise]),
        opened(),
        move("ask", missed),
        look("mon 15:00", clocks={"solving": {"state": "frozen", "due_at": None}}, records={"target_breached": []}),
        move("resume", "mon 16:00"),
        look(
            "mon 16:00",
            records={"target_breached": [{"at": z("mon 16:00")}]},
            clocks={"solving": {"state": "breached"}},
        ),
    )
    yield case(
        "freeze-exactly-at-the-due-instant",
        "4.3",
        "frozen at Mon 14:00 with nothing left: due when the clock runs again, Mon 16:00, and missed a microsecond later",
        rules(clocks=[promise]),
        opened(),
        move("ask", "mon 14:00"),
        move("resume", "mon 16:00"),
        look(
            "mon 16:00", clocks={"solving": {"state": "running", "remaining": {"seconds": 0}, "due_at": z("mon 16:00")}}
        ),
        look("mon 16:01", records={"target_breached": [{"at": "2026-11-23T16:00:00.000001Z"}]}),
    )
    yield case(
        "laxer-target-exactly-at-the-miss",
        "4.3 4.4",
        "the change of a microsecond past Mon 14:00 comes before the miss: eight hours, Mon 18:00",
        rules(
            clocks=[
                promise
                | {
                    "targets": [
                        {"time": working(hours=8), "given": {"field_is": {"field": "level", "values": ["low"]}}}
                    ]
                    + promise["targets"]
                }
            ],
            workflow={"fields": [{"name": "level", "choices": ["low", "high"]}]},
        ),
        opened(),
        do("set_fields", missed, fields={"level": "low"}),
        look(
            "mon 15:00",
            clocks={"solving": {"state": "running", "due_at": z("mon 18:00")}},
            records={"target_breached": []},
        ),
    )
    yield case(
        "stop-exactly-at-the-miss",
        "4.3",
        "a stop a microsecond past Mon 14:00 is too late, and the miss of that instant is recorded after it",
        rules(clocks=[promise]),
        opened(),
        move("solve", missed),
        look(
            "mon 15:00",
            clocks={"solving": {"state": "breached", "done_at": missed}},
            records={"target_breached": [{"at": missed}]},
        ),
    )
