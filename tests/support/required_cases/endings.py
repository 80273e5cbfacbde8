"""What ends a wait, and what arms another one after an answer; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ANA,
    CLOSE,
    Json,
    acts,
    after,
    business,
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
    z,
)

WAITING: Json = {"state_is": ["waiting"]}
SUPPORT: Json = {"last_message": "agent"}
CUSTOMER: Json = {"last_message": "customer"}
REMIND = rung(elapsed(hours=1), send("remind"))
LATE = rung({"of_target": 50}, send("late", "owner"))
SOLVING: Json = {
    "name": "solving",
    "measure": {"runs": {"category_is": ["open", "pending"]}},
    "targets": [{"time": {"elapsed": {"hours": 8}}}],
}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _answered()
    yield from _recurrences_and_moments()
    yield from _masks()
    yield from _escalations()


def _usual(name: str, *rungs: Json, since: Json | str, given: Json = WAITING, **more: Json | str) -> Json:
    """Return a ladder that does not say what ends it."""
    return {
        key: held for key, held in ladder(name, *rungs, since=since, given=given, **more).items() if key != "ended_by"
    }


def _answered() -> Iterator[Json]:
    asked = (opened(), say("mon 14:00", ANA), say("mon 14:03"), move("ask", "mon 14:05"))
    yield case(
        "asked-and-answered-before-the-state",
        "3.4 3.5",
        "the message of Mon 14:00 was answered at 14:03, so waiting from 14:05 on reminds nobody of it",
        rules(_usual("wait", REMIND, since=SUPPORT)),
        *asked,
        look("fri 00:00", automatic=[], explain={"wait": {"verdict": "ended", "at": z("mon 14:03")}}),
    )
    yield case(
        "asked-again-after-the-answer",
        "3.4",
        "only the message of Mon 15:00 begins a wait: an hour later is Mon 16:00",
        rules(_usual("wait", REMIND, since=SUPPORT)),
        *asked,
        say("mon 15:00", ANA),
        look("fri 00:00", automatic=acts(("mon 16:00", "wait", "remind"))),
    )
    yield case(
        "since-the-later-of-the-state-and-the-message",
        "3.4",
        "entering the state at Mon 14:05 moves the anchor after the answer: an hour later is Mon 15:05",
        rules(_usual("wait", REMIND, since={"latest": [{"entered": {}}, SUPPORT]})),
        *asked,
        look("fri 00:00", automatic=acts(("mon 15:05", "wait", "remind"))),
    )
    yield case(
        "out-of-the-state-and-back-after-an-answer",
        "3.4",
        "asked at Mon 11:00, answered at 11:30; the state is left and entered again without a message",
        rules(_usual("wait", REMIND, since=SUPPORT)),
        opened(),
        move("ask", "mon 11:00", message={"id": "q"}),
        say("mon 11:30"),
        move("resume", "mon 12:00"),
        move("ask", "mon 13:00"),
        look("fri 00:00", automatic=[]),
    )
    yield case(
        "out-of-the-state-and-back-without-an-answer",
        "3.4",
        "nobody answered the message of Mon 11:00; its hour is over at Mon 13:00, so the reminder is due at the arming",
        rules(_usual("wait", REMIND, since=SUPPORT)),
        opened(),
        move("ask", "mon 11:00", message={"id": "q"}),
        move("resume", "mon 11:30"),
        move("ask", "mon 13:00"),
        look("fri 00:00", automatic=acts(("mon 13:00", "wait", "remind"))),
    )
    yield case(
        "question-and-answer-in-the-instant-of-the-state",
        "3.4",
        "all at Mon 11:00, the answer between the question and the state: it is answered",
        rules(_usual("wait", REMIND, since=SUPPORT)),
        opened(),
        say("mon 11:00", ANA),
        say("mon 11:00", id="answer"),
        move("ask", "mon 11:00"),
        look("fri 00:00", automatic=[]),
    )
    yield case(
        "repetitions-end-with-the-answer",
        "3.4",
        "hourly from Mon 11:00; the answer of 13:30 ends it, and the state of 14:00 arms nothing",
        rules(
            after(
                "hourly", elapsed(hours=1), SUPPORT, every=elapsed(hours=1), at_most=9, given=WAITING, ended_by=CUSTOMER
            )
        ),
        opened(),
        move("ask", "mon 11:00", message={"id": "q"}),
        say("mon 13:30"),
        move("resume", "mon 13:45"),
        move("ask", "mon 14:00"),
        look("tue 00:00", automatic=acts(("mon 12:00", "hourly"), ("mon 13:00", "hourly"))),
    )


def _recurrences_and_moments() -> Iterator[Json]:
    there_and_back = (
        opened(),
        move("ask", "mon 10:30"),
        say("mon 11:00"),
        move("resume", "mon 15:00"),
        move("ask", "mon 16:00"),
    )
    for name, when, expected, source in (
        ("recurrence", {"on": {"every_week": {"weekday": "tuesday", "at": "12:00"}}}, "tue 12:00", "at Tue 12:00"),
        ("opening", {"at_opening": "default"}, "tue 09:00", "at the opening of Tue 09:00"),
        ("closing", {"at_closing": "default"}, "mon 18:00", "at the closing of Mon 18:00"),
    ):
        yield case(
            f"{name}-after-an-answer-is-armed-by-the-condition",
            "3.4",
            f"it has no anchor, so waiting again from Mon 16:00 arms it: {source}",
            rules(on("tell", when, given=WAITING, ended_by=CUSTOMER)),
            *there_and_back,
            look(expected, automatic=acts((expected, "tell"))),
        )
        yield case(
            f"{name}-after-an-answer-in-one-wait-never-comes",
            "3.4",
            "the answer of Mon 11:00 ends the episode, and the condition does not become true again",
            rules(on("tell", when, given=WAITING, ended_by=CUSTOMER)),
            *there_and_back[:3],
            look("fri 20:00", automatic=[]),
        )


def _masks() -> Iterator[Json]:
    waiting = {"any_of": [WAITING, {"state_is": ["busy"]}]}
    restarted = _usual("wait", REMIND, since=SUPPORT, given={"all": []}, group="idle", on_resume="restart")
    yield case(
        "end-of-a-mask-revives-no-ended-wait",
        "3.4 3.6",
        "asked at Mon 11:00 and answered at 11:10; the mask of 11:20 to 12:00 ends, and nothing waits",
        rules(restarted),
        opened(),
        say("mon 11:00", ANA),
        say("mon 11:10"),
        move("start", "mon 11:20"),
        move("resume", "mon 12:00"),
        look("fri 00:00", automatic=[]),
    )
    yield case(
        "answer-within-a-mask-ends-the-wait",
        "3.4 3.6",
        "answered at Mon 11:30, while the mask of 11:20 to 12:00 holds the reminder: its end restarts nothing",
        rules(restarted),
        opened(),
        say("mon 11:00", ANA),
        move("start", "mon 11:20"),
        say("mon 11:30"),
        move("resume", "mon 12:00"),
        look("fri 00:00", automatic=[]),
    )
    yield case(
        "end-of-a-mask-restarts-an-open-wait",
        "3.4 3.6",
        "asked at Mon 11:00; the mask of 11:20 to 12:00 ends, and an hour later is Mon 13:00",
        rules(restarted),
        opened(),
        say("mon 11:00", ANA),
        move("start", "mon 11:20"),
        move("resume", "mon 12:00"),
        look("fri 00:00", automatic=acts(("mon 13:00", "wait", "remind"))),
    )
    yield case(
        "state-after-an-answer-within-two-states",
        "3.4",
        "the condition holds from Mon 11:00 on in both states; the answer of 11:10 ended it, and only 12:30 begins anew",
        rules(_usual("wait", REMIND, since={"latest": [{"entered": {}}, SUPPORT]}, given=waiting)),
        opened(),
        move("ask", "mon 11:00"),
        say("mon 11:10"),
        move("resume", "mon 12:00"),
        move("start", "mon 12:30"),
        look("fri 00:00", automatic=acts(("mon 13:30", "wait", "remind"))),
    )


def _escalations() -> Iterator[Json]:
    half, close = rung(elapsed(hours=2), send("late", "owner")), rung(business(1), CLOSE)
    yield case(
        "escalation-since-a-clock-is-not-ended-by-the-customer",
        "3.5",
        "half of eight hours after Mon 10:00 is Mon 14:00, whatever the customer writes",
        rules(_usual("escalate", LATE, since={"started": "solving"}, given={"all": []}), clocks=[SOLVING]),
        opened(),
        say("mon 11:00"),
        look("mon 15:00", automatic=acts(("mon 14:00", "escalate", "late"))),
    )
    yield case(
        "escalation-since-the-opening-is-not-ended-by-the-customer",
        "3.5",
        "two hours after Mon 10:00 is Mon 12:00, and a business day after it is Tue 10:00",
        rules(_usual("escalate", half, close, since="created", given={"all": []})),
        opened(),
        say("mon 11:00"),
        look("tue 12:00", state="closed", automatic=[*acts(("mon 12:00", "escalate", "late")), _closing("tue 10:00")]),
    )
    yield case(
        "escalation-that-says-the-customer-ends-it",
        "3.5",
        "the message with which the customer opens the ticket ends it at once",
        rules({**_usual("escalate", half, since="created", given={"all": []}), "ended_by": CUSTOMER}),
        opened(),
        look("fri 00:00", automatic=[]),
    )
    yield case(
        "wait-that-says-nothing-ends-it",
        "3.5",
        "null is not the default: the answer of Mon 11:30 does not end the wait of Mon 11:00",
        rules(ladder("wait", REMIND, since=SUPPORT, given=WAITING)),
        opened(),
        move("ask", "mon 11:00", message={"id": "q"}),
        say("mon 11:30"),
        look("fri 00:00", automatic=acts(("mon 12:00", "wait", "remind"))),
    )
    yield case(
        "later-of-the-opening-and-a-message-is-no-escalation",
        "3.5",
        "only the opening alone counts as an escalation: the answer of Mon 11:30 ends the wait for Mon 12:00",
        rules(_usual("wait", REMIND, since={"latest": ["created", SUPPORT]}, given={"all": []})),
        opened(),
        say("mon 11:00", ANA),
        say("mon 11:30"),
        look("fri 00:00", automatic=[]),
    )


def _closing(at: str) -> Json:
    return acts((at, "escalate", "<state_changed>"))[0]
