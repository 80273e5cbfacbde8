"""What an accepted command or a rule changes: mails that fill fields, bulk commands, late commands, outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.targets import RESOLUTION
from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    EVA,
    Json,
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
    working,
    z,
)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _mails()
    yield from _bulk()
    yield from _late_commands()
    yield from _outcomes()
    yield from _weeks()
    yield from _clocks()
    yield from _unknown_days()
    yield from _later_today()


def _mails() -> Iterator[Json]:
    topic: Json = {"name": "topic", "kind": "text", "filled_from": "subject"}
    body: Json = {"name": "body", "kind": "text", "filled_from": "text"}
    desk = rules(workflow={"fields": [topic, body]})
    in_waiting = rules(workflow={"fields": [{**topic, "filled_when": {"state_is": ["waiting"]}}, body]})
    mail: Json = {"subject": "Printer", "text": "It is broken."}
    both, neither = {"topic": "Printer", "body": "It is broken."}, {"topic": None, "body": None}

    def ends(name: str, source: str, fields: Json, *steps: Json, desk: Json = desk, clauses: str = "2.1 2.3") -> Json:
        return case(f"mail-{name}", clauses, source, desk, *steps, look("mon 12:00", fields=fields))

    yield ends(
        "fills-its-fields",
        "a public mail by the support fills both fields",
        both,
        opened(),
        say("mon 11:00", ANA, **mail),
    )
    yield ends(
        "fills-its-fields-at-the-opening",
        "the opening counts, too",
        both,
        do("open", "mon 10:00", ANA, ticket="T-1", message={"id": "m0", **mail}),
    )
    yield ends(
        "fills-its-fields-with-a-move",
        "a message that comes with a move counts, too",
        both,
        opened(),
        move("ask", "mon 11:00", message={"id": "m1", **mail}),
    )
    yield ends(
        "by-a-customer-fills-nothing",
        "Bruno is a customer",
        neither,
        opened(),
        say("mon 11:00", BRUNO, **mail),
    )
    yield ends(
        "that-is-internal-fills-nothing",
        "it is not public",
        neither,
        opened(),
        say("mon 11:00", ANA, public=False, **mail),
    )
    yield ends(
        "without-subject-fills-the-rest",
        "the subject is blank; the text is not",
        {"topic": None, "body": "It is broken."},
        opened(),
        say("mon 11:00", ANA, subject=" ", text="It is broken."),
    )
    yield ends(
        "without-text-fills-the-rest",
        "the text is blank; the subject is not",
        {"topic": "Printer", "body": None},
        opened(),
        say("mon 11:00", ANA, subject="Printer", text=""),
    )
    yield ends(
        "replaces-no-value",
        "the topic has a value since the first mail",
        both,
        opened(),
        say("mon 11:00", ANA, **mail),
        say("mon 11:30", ANA, subject="Scanner", text="It works."),
    )
    yield ends(
        "replaces-a-blank-value",
        "a blank text is lacking",
        both,
        opened(),
        do("set_fields", "mon 10:30", ANA, fields={"topic": " "}),
        say("mon 11:00", ANA, **mail),
    )
    yield ends(
        "replaces-no-value-of-its-command",
        "the move sets the topic; the mail fills the rest",
        {"topic": "Scanner", "body": "It is broken."},
        opened(),
        move("ask", "mon 11:00", fields={"topic": "Scanner"}, message={"id": "m1", **mail}),
    )
    yield ends(
        "before-its-condition-holds",
        "the ticket is open before the move; the condition asks for waiting",
        {"topic": None, "body": "It is broken."},
        opened(),
        move("ask", "mon 11:00", message={"id": "m1", **mail}),
        desk=in_waiting,
    )
    yield ends(
        "while-its-condition-holds",
        "the ticket is waiting when the mail comes",
        both,
        opened(),
        move("ask", "mon 11:00"),
        say("mon 11:30", ANA, **mail),
        desk=in_waiting,
    )
    yield ends(
        "that-ends-its-condition",
        "the ticket is waiting before the move, and open after it",
        both,
        opened(),
        move("ask", "mon 11:00"),
        move("resume", "mon 11:30", message={"id": "m1", **mail}),
        desk=in_waiting,
    )
    yield case(
        "message-that-is-no-mail-fills-nothing",
        "2.1 2.3",
        "a message without subject and text",
        desk,
        opened(),
        say("mon 11:00", ANA),
        look("mon 12:00", fields=neither),
    )


def _bulk() -> Iterator[Json]:
    desk = rules()
    two = (opened(), opened("mon 10:30", "T-2"), move("ask", "mon 10:45"))

    def bulk(name: str, by: Json, refused: Json, **more: object) -> Json:
        command = {"do": name, "at": z("mon 11:00"), "by": by, **more}
        return {"bulk": command, "tickets": ["T-1", "T-2"]} | ({"refused": refused} if refused else {})

    yield case(
        "bulk-command-for-some",
        "2.4",
        "start leads from open: T-1 moves, and T-2, which is waiting, does not",
        desk,
        *two,
        bulk("move", ANA, {"T-2": ["no_such_transition"]}, transition="start"),
        look("mon 12:00", "T-1", state="busy"),
        look("mon 12:00", "T-2", state="waiting"),
    )
    message = {"id": "m9"}
    yield case(
        "bulk-command-by-a-customer",
        "2.4",
        "customers can write, but give no commands in bulk",
        desk,
        *two,
        bulk("add_message", BRUNO, {"T-1": ["not_allowed"], "T-2": ["not_allowed"]}, message=message),
    )
    yield case(
        "bulk-command-with-two-reasons",
        "2.4",
        "not in bulk; and no row of that name",
        desk,
        *two,
        bulk(
            "move",
            BRUNO,
            {"T-1": ["not_allowed", "no_such_transition"], "T-2": ["not_allowed", "no_such_transition"]},
            transition="fly",
        ),
    )
    waiting = rules(workflow={"permissions": {"bulk": {"may": ["agent"], "given": {"state_is": ["waiting"]}}}})
    yield case(
        "bulk-command-where-its-condition-holds",
        "2.4",
        "in bulk only on tickets that are waiting: T-2",
        waiting,
        *two,
        bulk("assign", ANA, {"T-1": ["guard"]}, assignee="eva"),
        look("mon 12:00", "T-1", assignee=None),
        look("mon 12:00", "T-2", assignee="eva"),
    )


def _late_commands() -> Iterator[Json]:
    desk = rules(after("tell", elapsed(hours=2)))
    yield case(
        "command-in-time-claims-nothing-else",
        "3.8",
        "11:00 is after the opening, and nothing happened since: it takes effect then",
        desk,
        opened(),
        do("assign", "mon 11:00", ANA, assignee="eva"),
        look("mon 11:30", records={"assigned": [{"at": z("mon 11:00"), "occurred_at": None}]}),
    )
    yield case(
        "late-command-keeps-its-claim",
        "3.8",
        "the rule acted at 12:00; a command of 11:00 takes effect a microsecond later",
        desk,
        opened(),
        {"advance": z("mon 13:00")},
        do("assign", "mon 11:00", ANA, assignee="eva"),
        look("mon 13:00", records={"assigned": [{"at": z("mon 12:00:00.000001"), "occurred_at": z("mon 11:00")}]}),
    )
    yield case(
        "command-before-the-last-one-keeps-its-claim",
        "3.8",
        "Eva's command of 11:00 was taken first: that of 10:30 takes effect at 11:00",
        desk,
        opened(),
        do("assign", "mon 11:00", EVA, assignee="eva"),
        do("assign", "mon 10:30", ANA, assignee="ana"),
        look(
            "mon 11:30",
            assignee="ana",
            records={
                "assigned": [
                    {"by": "eva", "at": z("mon 11:00"), "occurred_at": None},
                    {"by": "ana", "at": z("mon 11:00"), "occurred_at": z("mon 10:30")},
                ]
            },
        ),
    )


def _outcomes() -> Iterator[Json]:
    fields = [{"name": "outcome"}, {"name": "method"}]
    for name, given, method in (
        ("with-its-method", {"outcome": "won", "method": "call"}, "call"),
        ("without-method", {"outcome": "won"}, "mail"),
    ):
        yield case(
            f"rule-that-resolves-{name}",
            "3.1",
            "the outcome is set, and the method if one is given; it was mail",
            rules({**after("win", elapsed(hours=2)), "then": [{"resolve": given}]}, workflow={"fields": fields}),
            opened(),
            do("set_fields", "mon 10:30", ANA, fields={"method": "mail"}),
            look("mon 12:00", outcome="won", fields={"method": method}),
        )


def _weeks() -> Iterator[Json]:
    """Ranges of weekdays that pass Sunday, and a single day."""
    for name, week, due, why in (
        ("friday-to-monday", "fri-mon 09:00-17:00", "fri 09:30", "open Friday to Monday: 7 h on Monday, 30 min on Friday"),
        ("saturday-to-sunday", "sat-sun 09:00-17:00", "sat 16:30", "open at the weekend: 7.5 h on Saturday"),
        ("sunday-to-tuesday", "sun-tue 09:00-17:00", "tue 09:30", "open Sunday to Tuesday: 7 h on Monday, 30 min on Tuesday"),
        ("monday-to-sunday", "mon-sun 09:00-17:00", "tue 09:30", "open every day: 7 h on Monday, 30 min on Tuesday"),
        ("monday", "mon 09:00-17:00", "mon2 09:30", "open on Mondays: 7 h on this, 30 min on the next"),
    ):  # fmt: skip
        desk = rules(after("tell", working(hours=7, minutes=30)), calendars={"default": {"zone": "UTC", "week": week}})
        yield case(f"week-of-{name}", "1.3 1.4", why, desk, opened(), look("mon 10:00", next_due=z(due)))


def _clocks() -> Iterator[Json]:
    target: Json = {"targets": [{"time": elapsed(hours=2)}]}
    half = on("half", {"after": {"span": {"of_target": 50}, "since": {"started": "solving"}}})
    for at, solved in (("mon 11:00", "mon 11:00"), ("mon 11:00", "mon 11:00:00.000001")):
        acts = [] if solved == at else [{"rule": "half", "at": z(at)}]
        yield case(
            f"part-of-a-target-{'at' if solved == at else 'just-before'}-the-stop",
            "4.7 3.8",
            f"half of two hours is at 11:00; the ticket is solved at {solved[4:]}: a command comes before its timer",
            rules(half, clocks=[{"name": "solving", "measure": RESOLUTION, **target}]),
            opened(),
            move("solve", solved),
            look("mon 13:00", automatic=acts),
        )
    frozen = {"clock_is": {"clock": "solving", "fact": "frozen"}}
    freezing = {**RESOLUTION, "frozen": {"state_is": ["waiting", "solved"]}}
    tell = on("tell", {"on_message": "customer"}, given=frozen)
    clocks = [{"name": "solving", "measure": freezing, **target}]
    for name, source, steps, acts in (
        ("while-it-runs", "open freezes nothing", (), []),
        ("while-it-is-frozen", "waiting freezes the clock", (move("ask", "mon 10:30"),), [{"rule": "tell", "at": z("mon 11:00")}]),
        ("after-it-stopped", "solving stops the clock; what has stopped is not frozen", (move("solve", "mon 10:30"),), []),
    ):  # fmt: skip
        asked = look("mon 12:00", automatic=acts)
        yield case(
            f"frozen-clock-{name}", "4.7", source, rules(tell, clocks=clocks), opened(), *steps, say("mon 11:00"), asked
        )
    yield case(
        "summary-counts-each-cycle-once",
        "4.2",
        "T-1 was solved after an hour of two; T-2 runs since 10:30; T-3 missed 12:00",
        rules(clocks=[{"name": "solving", "measure": RESOLUTION, **target}]),
        opened(),
        move("solve", "mon 11:00"),
        opened("mon 10:30", "T-2"),
        opened("mon 10:00", "T-3"),
        {"summary": {"clocks": {"solving": {"met": 1, "under_way": 1, "breached": 1}}}, "at": z("mon 12:10")},
        {"summary": {"clocks": {"solving": {"met": 1}}}, "at": z("mon 12:10"), "tickets": ["T-1"]},
        {"summary": {"clocks": {"solving": {"under_way": 1}}}, "at": z("mon 12:10"), "tickets": ["T-2"]},
    )


def _later_today() -> Iterator[Json]:
    desk = rules(snoozing={"choices": [{"in_days": {"name": "later", "days": 0, "at": "17:00"}}]})
    yield case(
        "snooze-to-a-local-time-of-this-date",
        "5.1",
        "no days from today: Mon 17:00 before that instant; at it and after it the choice is refused",
        desk,
        opened(),
        do("snooze", "mon 17:00", ANA, choice="later", refused=["bad_value"]),
        do("snooze", "mon 18:00", ANA, choice="later", refused=["bad_value"]),
        opened("tue 10:00", ticket="T-2"),
        do("snooze", "tue 16:59:59.999999", ANA, choice="later"),
        look("tue 16:59:59.999999", ticket="T-2", snoozed_until=z("tue 17:00")),
    )


def _unknown_days() -> Iterator[Json]:
    known = {"country": "XX", "names": {"2026-12-25": "Christmas"}, "first_year": 2026, "last_year": 2026}
    choices = [{"in_days": {"name": "soon", "days": 3}}, {"in_days": {"name": "far", "days": 60}}]
    desk = rules(
        snoozing={"choices": choices, "business_days": True, "calendar": "fairs"},
        calendars={"fairs": {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": known}},
    )
    yield case(
        "snooze-to-a-day-whose-holidays-are-not-known",
        "5.1 1.5 2.4",
        "three days from Monday are Thursday; sixty are 22 January 2027, a year whose holidays are not known",
        desk,
        opened(),
        do("snooze", "mon 11:00", ANA, choice="far", refused=["bad_value"]),
        do("snooze", "mon 11:00", ANA, choice="soon"),
        look("mon 12:00", snoozed_until=z("thu 09:00")),
    )
    known = {"country": "XX", "names": {}, "first_year": 1960, "last_year": 1969}
    yield case(
        "snooze-to-the-first-days-of-1970",
        "5.1 1.5 2.4",
        "the holidays are known up to 1969, so no day of 1970 is; Friday 2 January 1970 is none either",
        rules(
            snoozing={"choices": choices[:1], "business_days": True, "calendar": "fairs"},
            calendars={"fairs": {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": known}},
        ),
        opened("1969-12-27T11:00:00Z"),
        do("snooze", "1969-12-28T11:00:00Z", ANA, choice="soon"),
        do("snooze", "1969-12-30T11:00:00Z", ANA, choice="soon", refused=["bad_value"]),
        look("1969-12-30T12:00:00Z", snoozed_until="1969-12-31T09:00:00Z"),
    )
