"""Rules that are in force from an instant on (3.17); worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ANA,
    CLOSE,
    Json,
    acts,
    after,
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
    z,
)

DAYS = (rung(elapsed(days=1), send("one")), rung(elapsed(days=2), send("two")), rung(elapsed(days=4), CLOSE))
"""Reminders a day and two days after Monday at ten; the closing is due on Friday at ten."""
WEDNESDAY: Json = {"in_force_from": z("wed 00:00")}
FIRST: Json = {
    "name": "first",
    "measure": "first_response",
    "targets": [{"time": {"elapsed": {"hours": 1}}}],
}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _ladders()
    yield from _other_timers()
    yield from _others()


def _ladders() -> Iterator[Json]:
    yield case(
        "rungs-before-the-instant-do-not-exist",
        "3.17 3.5",
        "in force from Wednesday 0:00: the reminder of Tue 10:00 never was, that of Wed 10:00 and the closing follow",
        rules(ladder("steps", *DAYS, **WEDNESDAY)),
        opened(),
        look("tue 12:00", automatic=[], next_due=z("wed 10:00")),
        look("sat 00:00", automatic=acts(("wed 10:00", "steps", "two"), ("fri 10:00", "steps", "<state_changed>"))),
    )
    yield case(
        "a-reminder-due-at-the-very-instant-exists",
        "3.17",
        "in force from Wed 10:00, when the second reminder is due: it is not before it",
        rules(ladder("steps", *DAYS, in_force_from=z("wed 10:00"))),
        opened(),
        look("sat 00:00", automatic=acts(("wed 10:00", "steps", "two"), ("fri 10:00", "steps", "<state_changed>"))),
    )
    yield case(
        "no-last-rung-without-any-reminder",
        "3.17",
        "in force from a second after the second reminder: nobody was reminded, so nothing closes",
        rules(ladder("steps", *DAYS, in_force_from=z("wed 10:00:01"))),
        opened(),
        look(
            "sat 00:00",
            automatic=[],
            next_due=None,
            explain={"steps": {"verdict": "not_in_force", "at": z("wed 10:00:01")}},
        ),
    )
    yield case(
        "a-ladder-without-reminders-keeps-its-rung",
        "3.17",
        "its only rung is due on Fri 10:00, in force",
        rules(ladder("steps", DAYS[-1], **WEDNESDAY)),
        opened(),
        look("sat 00:00", automatic=acts(("fri 10:00", "steps", "<state_changed>"))),
    )
    waiting: Json = {"given": {"state_is": ["waiting"]}}
    yield case(
        "armed-late-and-in-force",
        "3.17 3.4",
        "waiting from Thu 10:00: of the reminders of Tuesday and Wednesday the last is due at the arming, in force",
        rules(ladder("steps", *DAYS, **waiting, **WEDNESDAY)),
        opened(),
        move("ask", "thu 10:00", message={"id": "q"}),
        look(
            "sat 00:00",
            automatic=acts(("thu 10:00", "steps", "two"), ("fri 10:00", "steps", "<state_changed>")),
        ),
    )
    yield case(
        "armed-late-and-not-in-force",
        "3.17 3.4",
        "waiting from Thu 10:00, in force from Thu 12:00: the reminder due at the arming is too early, the closing too",
        rules(ladder("steps", *DAYS, **waiting, in_force_from=z("thu 12:00"))),
        opened(),
        move("ask", "thu 10:00", message={"id": "q"}),
        look("sat 00:00", automatic=[]),
    )
    yield case(
        "a-mask-does-not-carry-it-over-the-instant",
        "3.17 3.6",
        "due Tue 10:00 while busy, which ends on Wed 12:00: meant is the own instant, before the mask",
        rules(after("remind", elapsed(days=1), group="nags", **WEDNESDAY)),
        opened(),
        move("start", "mon 11:00"),
        move("resume", "wed 12:00"),
        look("sat 00:00", automatic=[]),
    )
    yield case(
        "a-gate-does-not-carry-it-over-the-instant",
        "3.17 3.6",
        "due Mon 20:00 behind a gate that opens on Tue 9:00, in force from Tue 0:00",
        rules(after("remind", elapsed(hours=10), gate="default", in_force_from=z("tue 00:00"))),
        opened(),
        look("sat 00:00", automatic=[]),
    )


def _other_timers() -> Iterator[Json]:
    yield case(
        "repetitions-count-from-the-anchor",
        "3.17",
        "every 30 hours from Mon 11:00: Tue 17:00, Wed 23:00, Fri 5:00; two of them are before Wednesday",
        rules(after("again", elapsed(hours=1), every=elapsed(hours=30), at_most=4, **WEDNESDAY)),
        opened(),
        look("sat2 00:00", automatic=acts(("wed 23:00", "again"), ("fri 05:00", "again"))),
    )
    yield case(
        "openings-begin-at-the-instant",
        "3.17",
        "the office opens at 9:00 on each day; in force from Wed 9:00, an opening itself",
        rules(on("hello", {"at_opening": "default"}, in_force_from=z("wed 09:00"))),
        opened(),
        look("fri 00:00", automatic=acts(("wed 09:00", "hello"), ("thu 09:00", "hello"))),
    )
    yield case(
        "recurrences-begin-after-the-instant",
        "3.17",
        "Mondays at 12:00, in force from a minute later: the next Monday",
        rules(on("weekly", {"on": {"every_week": {"weekday": "monday", "at": "12:00"}}}, in_force_from=z("mon 12:01"))),
        opened(),
        look("wed2 00:00", automatic=acts(("mon2 12:00", "weekly"))),
    )
    moments: Json = {
        "fields": [{"name": "day", "kind": "moment"}],
        "openings": [{"target": "open", "may": ["customer"], "takes": ["day"]}],
    }
    for name, day, due in (("before", "tue 12:00", "wed 00:00"), ("after", "thu 12:00", "thu 12:00")):
        yield case(
            f"an-instant-of-a-field-{name}-is-due",
            "3.17",
            f"the field names {day.title()}, the rule is in force from Wednesday 0:00: due {due.title()}",
            rules(on("day", {"at_field": "day"}, **WEDNESDAY), workflow=moments),
            opened(fields={"day": {"instant": z(day)}}),
            look("sat 00:00", automatic=acts((due, "day"))),
        )


def _others() -> Iterator[Json]:
    yield case(
        "events-before-the-instant-set-nothing-off",
        "3.17 3.2",
        "messages of Tue 23:59 and Wed 0:00; the second one is not before the instant",
        rules(on("thanks", {"on_message": "customer"}, **WEDNESDAY)),
        opened(),
        say("tue 23:59"),
        say("wed 00:00"),
        look("sat 00:00", automatic=acts(("wed 00:00", "thanks"))),
    )
    yield case(
        "records-and-ends-of-snoozes-are-always-in-force",
        "3.17",
        "the answer was due on Mon 11:00, so its breach is a microsecond later; the snooze ends on Mon 12:00",
        rules(
            on("thanks", {"on_message": "customer"}),
            clocks=[FIRST],
            snoozing={},
            **WEDNESDAY,
        ),
        opened(),
        do("snooze", "mon 10:30", ANA, until=z("mon 12:00")),
        look(
            "sat 00:00",
            automatic=acts(
                ("mon 11:00:00.000001", "sla.first.breach", "<target_breached>"),
                ("mon 12:00", "snooze.wake", "<woke>"),
            ),
        ),
    )
    yield case(
        "the-later-of-both-instants-counts",
        "3.17",
        "one rule names an instant before that of the rule set, one a later one: Wednesday and Thursday 0:00",
        rules(
            after("early", elapsed(days=1), every=elapsed(days=1), at_most=3, in_force_from=z("mon 00:00")),
            after("late", elapsed(days=1), every=elapsed(days=1), at_most=3, in_force_from=z("thu 00:00")),
            **WEDNESDAY,
        ),
        opened(),
        look("sat 00:00", automatic=acts(("wed 10:00", "early"), ("thu 10:00", "early"), ("thu 10:00", "late"))),
    )
    yield case(
        "a-new-ladder-on-an-old-ticket",
        "3.17 3.16",
        "opened Monday, last entry on Thursday; a ladder in force from Friday 0:00 does nothing about last week",
        rules(ladder("steps", *DAYS, in_force_from=z("fri 00:00"))),
        opened(),
        say("thu 12:00", ANA),
        look(
            "sat2 00:00",
            automatic=[],
            explain={"steps": {"verdict": "not_in_force", "at": z("fri 00:00")}},
        ),
    )
