"""What only few tickets show: choices from several rows, people of rules, held rungs, unknown dates, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tests.support.required_cases.targets import RESOLUTION, policy
from tests.support.required_cases.writing import (
    ADMIN,
    ANA,
    BRUNO,
    CLOSE,
    EVA,
    ROBOT,
    STATES,
    TRANSITIONS,
    Json,
    acts,
    after,
    business,
    case,
    do,
    elapsed,
    instant,
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

URGENT: Json = {"field_is": {"field": "urgent", "values": [True]}}
FIELDS: list[Json] = [{"name": "urgent", "kind": "truth"}, {"name": "size", "kind": "number"}]


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _choices()
    yield from _refusals()
    yield from _people()
    yield from _reactions()
    yield from _held()
    yield from _unknown()
    yield from _clocks()
    yield from _routes()
    yield from _ratings()


def _row(name: str, target: str, sources: tuple[str, ...] = ("open",), **more: Any) -> Json:
    return {"name": name, "sources": [*sources], "target": target, "may": ["agent"], **more}


def _can(at: str, by: Json = ANA, **available: object) -> Json:
    return {"available": available, "at": z(at), "by": by}


def _choices() -> Iterator[Json]:
    """Yield what can be done where several rows lead from a state, and where a ticket is hidden."""
    two = [
        *TRANSITIONS,
        _row("escalate", "busy", given=URGENT),
        _row("escalate", "waiting", needs=["size"]),
    ]
    desk = rules(workflow={"fields": FIELDS, "transitions": two})
    yield case(
        "where-one-of-two-rows-leads",
        "2.4",
        "not urgent: the second row is taken, which needs the size; the first becomes possible with the field. Urgent: the "
        "first row is taken, and needs nothing",
        desk,
        opened(),
        _can("mon 11:00", moves={"escalate": {"is_open": True, "target": None, "needs": ["size"]}}),
        do("set_fields", "mon 12:00", fields={"urgent": True}),
        _can("mon 12:00", moves={"escalate": {"is_open": True, "target": "busy", "needs": []}}),
        do("set_fields", "mon 13:00", fields={"urgent": False, "size": 1}),
        _can("mon 13:00", moves={"escalate": {"is_open": True, "target": "waiting", "needs": []}}),
    )
    both = [
        *TRANSITIONS,
        _row("hand-over", "busy", given=URGENT, needs=["message", "size"]),
        _row("hand-over", "busy", needs=["size"], given={"field_is": {"field": "size", "at_least": 5}}),
    ]
    yield case(
        "where-two-rows-lead-to-one-state",
        "2.4",
        "neither condition holds: all rows need the size, and only one the message. Both lead to busy",
        rules(workflow={"fields": FIELDS, "transitions": both}),
        opened(),
        {
            **move("hand-over", "mon 11:00", refused=["guard", "missing_fields"]),
            "reasons": [{"lacks": ["urgent", "size"]}, {"lacks": ["size"]}],
        },
        {
            **move("hand-over", "mon 11:00", fields={"urgent": True}, refused=["missing_fields"]),
            "reasons": [{"lacks": ["message", "size"]}],
        },
        {
            **move("hand-over", "mon 11:00", fields={"size": 4}, refused=["guard"]),
            "reasons": [{"lacks": ["urgent", "size"]}],
        },
        move("hand-over", "mon 11:00", fields={"size": 5}),
        look("mon 11:00", state="busy"),
    )
    desk = rules(workflow={"reopen": "resume"}, snoozing={})
    hidden = do("snooze", "mon 10:30", until=z("tue 10:00"))
    yield case(
        "reopening-of-a-hidden-ticket-by-its-transition",
        "2.4 5.1",
        "resume leads from waiting to open, so it is taken",
        desk,
        opened(),
        move("ask", "mon 10:15"),
        hidden,
        _can("mon 11:00", commands={"reopen": {"is_open": True, "target": "open", "needs": []}}),
        do("reopen", "mon 12:00"),
        look("mon 12:00", state="open", is_hidden=False),
    )
    yield case(
        "reopening-of-a-hidden-ticket-without-a-row",
        "2.4 5.1",
        "no row of resume leads from open, so the ticket is only shown again",
        desk,
        opened(),
        hidden,
        _can("mon 11:00", commands={"reopen": {"is_open": True, "target": None, "needs": []}}),
        do("reopen", "mon 12:00"),
        look("mon 12:00", state="open", is_hidden=False),
        _can("mon 13:00", commands={"reopen": {"is_open": False, "refused": ["already_there"]}}),
    )
    yield case(
        "commands-beside-a-reopening",
        "2.4",
        "a transition that reopens changes nothing about the other commands: the ticket is open and has no assignee",
        desk,
        opened(),
        _can(
            "mon 11:00",
            open_commands=["add_message", "assign", "set_requester", "snooze", "link"],
            commands={"assign": {"is_open": True, "target": None}, "give_back": {"refused": ["guard"]}},
        ),
    )


def _refusals() -> Iterator[Json]:
    restricted = rules(
        workflow={"reopen": "resume", "permissions": {"reopen": {"may": ["administrator"]}}}, snoozing={}
    )
    solved = (opened(), move("solve", "mon 11:00"))
    yield case(
        "reopening-that-is-restricted",
        "2.4",
        "agents may resume, and only administrators may reopen; resume is for agents",
        restricted,
        *solved,
        do("reopen", "mon 12:00", refused=["not_allowed"]),
        do("reopen", "mon 12:00", ADMIN, refused=["not_allowed"]),
        move("resume", "mon 12:00"),
        look("mon 12:00", state="open"),
    )
    for_both = [
        {**each, "may": ["administrator", "agent"]} if each["name"] == "resume" else each for each in TRANSITIONS
    ]
    yield case(
        "reopening-by-whom-it-is-for",
        "2.4",
        "the administrator may take the transition, and may reopen; other moves are not restricted",
        rules(
            workflow={
                "reopen": "resume",
                "transitions": for_both,
                "permissions": {"reopen": {"may": ["administrator"]}},
            }
        ),
        *solved,
        do("reopen", "mon 12:00", refused=["not_allowed"]),
        do("reopen", "mon 12:00", ADMIN),
        look("mon 12:00", state="open"),
        move("ask", "mon 13:00"),
        look("mon 13:00", state="waiting"),
    )
    sayable = rules(workflow={"has_sayable_ids": True, "after_closing": "follow_up"})
    for name, ticket, codes in (
        ("groups-of-capitals", "AB12-CD34", []),
        ("of-one-group", "T1", []),
        ("of-four-groups", "ABCDEFGH-12345678-Z-9", []),
        ("of-five-groups", "A-B-C-D-E", ["bad_value"]),
        ("of-nine-letters", "ABCDEFGHI", ["bad_value"]),
        ("in-small-letters", "ab12", ["bad_value"]),
        ("with-a-dot", "AB.12", ["bad_value"]),
    ):
        yield case(
            f"sayable-id-{name}",
            "2.4",
            "up to four groups of up to eight capitals and digits",
            sayable,
            do("open", "mon 10:00", BRUNO, ticket=ticket, refused=codes),
        )
    yield case(
        "sayable-id-of-a-follow-up",
        "2.4",
        "the new ticket has an id that people can say",
        sayable,
        opened(ticket="T1"),
        move("close", "mon 11:00"),
        do("follow_up", "mon 12:00", BRUNO, new_ticket="t2", refused=["bad_value"]),
        do("follow_up", "mon 12:00", BRUNO, new_ticket="T2"),
    )
    yield case(
        "ids-that-need-not-be-sayable",
        "2.4",
        "the workflow does not ask for such ids",
        rules(),
        opened(ticket="2026/00123"),
        look("mon 10:00", "2026/00123", state="open"),
    )
    auto = [*TRANSITIONS, {"name": "auto", "sources": ["open"], "target": "waiting"}]
    taking = {
        **ladder("steps", rung(elapsed(hours=2), send("first")), rung(elapsed(hours=9), send("second"))),
        "gate": "default",
    }
    last = {**taking, "rungs": [*taking["rungs"], rung(elapsed(hours=12), {"move": "auto"})]}
    yield case(
        "instant-of-a-move-after-a-moved-reminder",
        "2.4 3.7",
        "the reminder of Mon 12:00 is not moved, that of 19:00 to Tue 09:00; the last rung, due at 22:00, waits three hours "
        "from then",
        rules(last, workflow={"transitions": auto}),
        opened(),
        {
            **move("auto", "mon 11:00", refused=["not_allowed"]),
            "reasons": [{"lacks": [], "expected_at": z("tue 12:00")}],
        },
        look(
            "wed 00:00",
            automatic=acts(
                ("mon 12:00", "steps", "first"),
                ("tue 09:00", "steps", "second"),
                ("tue 12:00", "steps", "<state_changed>"),
            ),
        ),
    )
    evening = ladder(
        "evening",
        rung(elapsed(hours=9), send("nine")),
        rung(elapsed(hours=10), {"move": "auto"}),
        rung(elapsed(hours=11), send("eleven")),
        rung(elapsed(hours=40), send("forty")),
        gate="default",
    )
    yield case(
        "instant-of-a-move-that-gives-way",
        "2.4 3.7",
        "the gate moves the first three rungs to Tue 09:00; the last of them is carried out, so the move never comes",
        rules(evening, workflow={"transitions": auto}),
        opened(),
        {**move("auto", "mon 11:00", refused=["not_allowed"]), "reasons": [{"lacks": [], "expected_at": None}]},
        look("tue 10:00", state="open"),
    )


def _people() -> Iterator[Json]:
    """Yield whom rules assign a ticket to."""
    to_snoozer = on("back", "on_wake", then=[{"assign_to": "snoozer"}])
    taken = on("take", {"on_message": "agent"}, then=[{"assign_to": "snoozer"}])
    snooze = do("snooze", "mon 10:30", EVA, until=z("mon 14:00"))
    yield case(
        "assigned-to-who-snoozed-it",
        "3.1 5.1",
        "Eva snoozed it, and Ana writes while the snooze is armed",
        rules(taken, snoozing={}),
        opened(),
        snooze,
        say("mon 11:00", ANA),
        look("mon 11:00", assignee="eva"),
    )
    yield case(
        "assigned-to-a-snoozer-that-is-none",
        "3.1",
        "no snooze is armed: nothing changes, and a reaction that changes nothing leaves no entry",
        rules(taken, snoozing={}),
        opened(),
        do("assign", "mon 10:30", assignee="eva"),
        say("mon 11:00", ANA),
        look("mon 11:00", assignee="eva", automatic=[]),
    )
    yield case(
        "assigned-to-a-snoozer-after-the-snooze",
        "3.1 5.1",
        "the snooze has ended when rules react to its end",
        rules(to_snoozer, snoozing={}),
        opened(),
        snooze,
        look("mon 15:00", assignee=None, automatic=acts(("mon 14:00", "snooze.wake", "<woke>"))),
    )
    actor = [{"assign_to": "actor"}]
    yield case(
        "assigned-to-who-gave-the-command",
        "3.1",
        "Eva asks; the snooze of Ana does not matter",
        rules(on("take", {"on_enter": {"state_is": ["waiting"]}}, then=actor), snoozing={}),
        opened(),
        do("snooze", "mon 10:30", ANA, until=z("mon 14:00")),
        move("ask", "mon 11:00", EVA),
        look("mon 11:00", assignee="eva"),
    )
    yield case(
        "assigned-to-nobody-by-a-timer",
        "3.1",
        "no command set the timer off, nor the reaction to it",
        rules(
            {**after("ask", elapsed(hours=1)), "then": [{"move": "ask"}, {"assign_to": "actor"}]},
            on("take", {"on_enter": {"state_is": ["waiting"]}}, then=actor),
        ),
        opened(by=ANA),
        look("mon 12:00", assignee=None, state="waiting", automatic=acts(("mon 11:00", "ask", "<state_changed>"))),
    )


def _reactions() -> Iterator[Json]:
    from_wednesday = {"in_force_from": z("wed 00:00")}
    hello = {"on_message": "customer"}
    yield case(
        "reactions-after-one-that-is-not-in-force",
        "3.17 3.2",
        "a and c are not in force on Monday; b and d are",
        rules(on("a", hello, **from_wednesday), on("b", hello), on("c", hello, **from_wednesday), on("d", hello)),
        opened(),
        look("mon 10:00", automatic=acts(("mon 10:00", "b"), ("mon 10:00", "d"))),
        say("wed 10:00"),
        look(
            "wed 10:00",
            automatic=acts(*(("mon 10:00", each) for each in "bd"), *(("wed 10:00", each) for each in "abcd")),
        ),
    )
    yield case(
        "verdicts-on-reactions-before-and-after-they-are-in-force",
        "3.15 3.17",
        "nothing has happened that they wait for; given has to hold once they are in force",
        rules(
            on("a", {"on_message": "agent"}, **from_wednesday),
            on("b", {"on_message": "agent"}, given={"state_is": ["waiting"]}, **from_wednesday),
        ),
        opened(),
        look(
            "tue 23:59",
            explain={
                "a": {"verdict": "not_in_force", "at": z("wed 00:00")},
                "b": {"verdict": "not_in_force", "at": z("wed 00:00")},
            },
        ),
        look("wed 00:00", verdicts={"a": "awaits_event", "b": "not_applicable"}),
    )
    yield case(
        "reaction-to-what-holds-from-the-opening-on",
        "3.1 3.2",
        "before the opening nothing holds; then the ticket has no assignee and no level. A condition that held before the "
        "message does not become true by it",
        rules(
            on("unassigned", {"on_enter": {"not": "is_assigned"}}),
            on("unset", {"on_enter": {"field_is": {"field": "urgent", "values": [None]}}}),
            workflow={"fields": FIELDS},
        ),
        opened(),
        say("mon 11:00"),
        look("mon 11:00", automatic=acts(("mon 10:00", "unassigned"), ("mon 10:00", "unset"))),
    )
    clear = {"on_message": "clear"}
    for rank, assignee, order, why in (
        (999_999, "ana", ("take", "snooze.clear"), "before the rank of the implied rule: the snooze is still armed"),
        (1_000_001, None, ("snooze.clear",), "after it: the snooze is gone, and nothing changes"),
    ):
        take = on("take", {"on_message": "customer"}, then=[{"assign_to": "snoozer"}], rank=rank)
        yield case(
            f"reaction-of-rank-{rank}-to-a-message-that-clears-a-snooze",
            "5.1 3.2",
            f"snooze.clear has the rank 1,000,000; {rank:,} comes {why}",
            rules(take, snoozing=clear),
            opened(),
            do("snooze", "mon 10:30", until=z("tue 10:00")),
            say("mon 11:00"),
            look("mon 11:00", assignee=assignee, automatic=[{"rule": each, "at": z("mon 11:00")} for each in order]),
        )
    for rank, order in ((-1_000_001, ("early", "sla.solving.breach")), (-999_999, ("sla.solving.breach", "early"))):
        early = after("early", elapsed(hours=1, microseconds=1), rank=rank)
        yield case(
            f"timer-of-rank-minus-{-rank}-at-the-instant-of-a-miss",
            "3.10 4.7",
            "the breach has the rank -1,000,000, and both are due a microsecond after 11:00",
            rules(early, clocks=[policy(elapsed(hours=1), None)]),
            opened(),
            look("mon 12:00", automatic=[{"rule": each, "at": "2026-11-23T11:00:00.000001Z"} for each in order]),
        )


def _held() -> Iterator[Json]:
    """Yield rungs and repetitions that a mask, a gate or other rules moved."""
    stairs = ladder(
        "stairs",
        *(rung(elapsed(hours=hours), send(name)) for hours, name in ((1, "one"), (2, "two"), (3, "three"))),
        rung(elapsed(hours=20), CLOSE),
        group="idle",
    )
    yield case(
        "three-held-reminders",
        "3.6 3.7",
        "held from 10:30 to 14:00: the last of the three is carried out, the first two give way to it. The closing, due at "
        "06:00, comes seventeen hours after it, which is the distance of 13:00 and 06:00",
        rules(stairs),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 14:00"),
        look(
            "wed 00:00",
            automatic=acts(
                ("mon 14:00", "stairs", "<superseded>", "mon 11:00"),
                ("mon 14:00", "stairs", "<superseded>", "mon 12:00"),
                ("mon 14:00", "stairs", "three", "mon 13:00"),
                ("tue 07:00", "stairs", "<state_changed>", "tue 06:00"),
            ),
        ),
    )
    yield case(
        "two-held-reminders-after-one-that-came",
        "3.6 3.7",
        "the first came at 11:00; held from 11:30 to 14:00, the third is carried out and the second gives way",
        rules(stairs),
        opened(),
        move("start", "mon 11:30"),
        move("resume", "mon 14:00"),
        look(
            "mon 15:00",
            automatic=acts(
                ("mon 11:00", "stairs", "one"),
                ("mon 14:00", "stairs", "<superseded>", "mon 12:00"),
                ("mon 14:00", "stairs", "three", "mon 13:00"),
            ),
        ),
    )
    hourly = after("hourly", elapsed(hours=1), every=elapsed(hours=1), group="idle")

    def because(hours: int) -> Json:
        return {"time": {"anchor": "created", "since": z("mon 10:00"), "span": elapsed(hours=hours)}}

    yield case(
        "reasons-of-held-repetitions",
        "3.6 3.11",
        "held from 10:30 to 14:30: the entry for 11:00, 12:00 and 13:00 is that of 13:00, three hours after the opening; the "
        "one of 14:00 is carried out",
        rules(hourly),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 14:30"),
        look(
            "mon 14:45",
            due=[
                {"rule": "hourly", "due_at": z("mon 13:00"), "reason": because(3)},
                {"rule": "hourly", "due_at": z("mon 14:00"), "reason": because(4)},
            ],
        ),
    )
    daily = on("daily", {"on": {"every_week": {"weekday": "mon-sun", "at": "12:00"}}}, group="idle", on_mask="hold")
    yield case(
        "instants-of-held-recurrences",
        "3.6",
        "held from Monday 10:30 to Wednesday 14:30: that of Tuesday stands for Monday and Tuesday, that of Wednesday is "
        "carried out",
        rules(daily),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "wed 14:30"),
        look(
            "wed 15:00",
            due=[{"rule": "daily", "due_at": z("tue 12:00")}, {"rule": "daily", "due_at": z("wed 12:00")}],
            automatic=[
                {"rule": "daily", "at": z("wed 14:30"), "events": [{"superseded": 2}]},
                *acts(("wed 14:30", "daily", "daily", "wed 12:00")),
            ],
        ),
    )
    dropping = ladder(
        "stairs", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=2), CLOSE), gate="default", on_mask="drop"
    )
    for name, hours, then, why in (
        ("open", "mon-fri 09:00-18:00", "<state_changed>", "when the gate is open"),
        ("shut", "mon-fri 09:00-14:00", "<dropped>", "when the gate has shut"),
    ):
        yield case(
            f"notice-of-a-rule-that-drops-and-a-gate-that-is-{name}",
            "3.7 3.16",
            f"other rules make the reminder of 11:00 late: it comes at 13:00, and the last rung an hour later, {why}",
            rules(),
            opened(),
            say("mon 13:00", ANA),
            {"rules": rules(dropping, calendars={"default": {"zone": "UTC", "week": hours}})},
            look(
                "mon 20:00",
                automatic=acts(("mon 13:00", "stairs", "one", "mon 11:00"), ("mon 14:00", "stairs", then, "mon 12:00")),
            ),
        )


def _known_to_2026(**more: Any) -> Json:
    holidays = {"country": "XX", "names": {}, "first_year": 2026, "last_year": 2026, **more}
    return {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": holidays}


def _unknown() -> Iterator[Json]:
    """Yield timers whose instants are not known, or never come."""
    known = {"known": _known_to_2026()}
    tell, slow = after("tell", elapsed(hours=1)), after("slow", working(hours=40), calendar="known")
    yield case(
        "plan-before-the-known-time-ends",
        "1.5 3.11",
        "the slow rule needs dates of 2027, but now is before that",
        rules(tell, slow, calendars=known),
        opened("2026-12-30T10:00:00Z"),
        look("2026-12-31T23:59:59.999999Z", due=[{"rule": "tell"}], unknown_from=None),
        look("2027-01-01T00:00:00Z", due=[{"rule": "tell"}], unknown_from="2027-01-01T00:00:00Z"),
    )
    opening = on("greet", {"at_opening": "known"})
    weekly = on("report", {"on": {"every_week": {"weekday": "monday", "at": "09:00"}}}, gate="known")
    for name, rule in (("openings", opening), ("a-gate", weekly)):
        yield case(
            f"plan-that-does-not-know-{name}",
            "1.5",
            "the default calendar knows everything, the other one 2026",
            rules(rule, calendars=known),
            opened("2026-12-31T19:00:00Z"),
            look("2027-02-01T12:00:00Z", due=[], unknown_from="2027-01-01T00:00:00Z"),
        )
    once = {"zone": "UTC", "week": "", "overrides": {"2026-11-23": "09:00-12:00"}}
    yield case(
        "timers-on-a-calendar-that-opens-no-more",
        "1.5 3.13",
        "two hours are left on Monday, and no business day follows: neither of the two ever comes, nor does a third opening",
        rules(
            after("hours", working(hours=8), calendar="once"),
            after("days", business(1), calendar="once"),
            on("open", {"at_opening": "once"}),
            after("gated", elapsed(hours=3), gate="once"),
            calendars={"once": once},
        ),
        opened(),
        look("fri 10:00", automatic=[], next_due=None, unknown_from=None),
        look("fri 10:00", verdicts={"hours": "never", "days": "never", "open": "never", "gated": "never"}),
    )
    for name, span in (
        ("months", {"calendar_span": {"months": 12}}),
        ("days", {"calendar_span": {"days": 400}}),
        ("elapsed-time", elapsed(days=400)),
    ):
        yield case(
            f"timer-beyond-the-last-year-in-{name}",
            "1.1 1.10 1.5",
            "there is no year 10000: the instant never comes",
            rules(after("late", span)),
            opened("9999-06-01T10:00:00Z"),
            look("9999-12-31T10:00:00Z", automatic=[], next_due=None, verdicts={"late": "never"}),
        )
    half = ladder(
        "half",
        rung({"of_target": 25}, send("quarter")),
        rung({"of_target": 90}, send("most")),
        since={"started": "solving"},
    )
    yield case(
        "clock-that-cannot-be-read-any-more",
        "1.5 4.7",
        "a quarter of 20 hours is used on 30 December at 15:00. The freeze of 5 January makes a part of the clock whose open "
        "time is not known; commands are accepted all the same, and other rules act",
        rules(
            half,
            after("tell", elapsed(days=8)),
            clocks=[{**policy(working(hours=20), "known"), "targets": [{"time": working(hours=20)}]}],
            calendars=known,
        ),
        opened("2026-12-30T10:00:00Z"),
        move("ask", "2027-01-05T10:00:00Z"),
        say("2027-01-06T10:00:00Z", ANA),
        look(
            "2027-01-08T10:00:00Z",
            state="waiting",
            automatic=[
                {"rule": "half", "at": "2026-12-30T15:00:00Z", "sent": ["quarter"]},
                {"rule": "tell", "at": "2027-01-07T10:00:00Z", "sent": ["tell"]},
            ],
        ),
    )
    feast = {"2026-11-24": "feast", "2026-11-25": "feast; fair", "2026-11-26": "fair"}
    nine = after("nine", working(hours=9), calendar="known")
    for name, excluded, due, why in (
        ("by-date", ["2026-11-24"], "tue 10:00", "Tuesday is no holiday"),
        ("by-name", ["feast"], "tue 10:00", "Tuesday is no holiday; Wednesday is one while the fair is left"),
        ("by-another-name", ["fair"], "thu 10:00", "Tuesday and Wednesday are left; Thursday, the fair, is no holiday"),
        ("not-at-all", [], "fri 10:00", "Tuesday, Wednesday and Thursday are holidays"),
    ):
        office = {**_known_to_2026(names=feast), "excluded_holidays": excluded}
        yield case(
            f"public-holiday-excluded-{name}",
            "1.3",
            f"nine hours after Mon 10:00: {why}",
            rules(nine, calendars={"known": office}),
            opened(),
            look("mon 10:00", next_due=z(due)),
        )


def _clocks() -> Iterator[Json]:
    in_days = {"name": "solving", "measure": RESOLUTION, "targets": [{"time": business(1)}]}
    half = {"after": {"span": {"of_target": 50}, "since": {"started": "solving"}}}
    late = {"after": {"span": {"of_target": 120}, "since": {"started": "solving"}}}
    yield case(
        "half-of-a-business-day-at-a-freeze",
        "4.8 4.3",
        "from Mon 10:00 to Tue 10:00 nine hours are open. Half of them are used up at 14:30, when the clock freezes: due when "
        "it runs again",
        rules(on("half", half), clocks=[in_days]),
        opened(),
        move("ask", "mon 14:30"),
        look("mon 15:00", automatic=[], verdicts={"half": "frozen", "sla.solving.breach": "frozen"}),
        move("resume", "mon 16:00"),
        look("mon 17:00", automatic=acts(("mon 16:00", "half"))),
    )
    yield case(
        "more-than-a-business-day-while-frozen",
        "4.8 4.7",
        "while the clock is frozen its due instant is not known, and neither is what comes after it. An hour frozen: due at "
        "11:00, and a fifth of nine hours later at 12:48",
        rules(on("late", late), clocks=[in_days]),
        opened(),
        move("ask", "mon 14:00"),
        look("mon 14:30", automatic=[], verdicts={"late": "frozen", "sla.solving.breach": "frozen"}),
        move("resume", "mon 15:00"),
        look("tue 12:00", clocks={"solving": {"due_at": z("tue 11:00"), "state": "breached"}}),
        look(
            "tue 13:00",
            automatic=[
                {"rule": "sla.solving.breach", "at": "2026-11-24T11:00:00.000001Z"},
                *acts(("tue 12:48", "late")),
            ],
        ),
    )
    rows = [{"time": elapsed(hours=1), "given": URGENT}, {"time": elapsed(hours=8)}]
    table = {"name": "solving", "measure": RESOLUTION, "targets": rows, "calendar": None}
    desk = rules(clocks=[table], workflow={"fields": FIELDS})
    frozen = (
        opened(),
        move("ask", "mon 12:00"),
        do("set_fields", "mon 13:00", fields={"urgent": True}),
        look("mon 14:00", clocks={"solving": {"state": "frozen", "elapsed": {"hours": 2}, "remaining": {"hours": -1}}}),
    )
    for transition, name in (("solve", "stops"), ("resume", "runs-again")):
        yield case(
            f"target-too-strict-while-frozen-and-the-clock-{name}",
            "4.3 4.4",
            "two hours were used when the clock froze, and the target of an hour came then: missed at 15:00",
            desk,
            *frozen,
            move(transition, "mon 15:00"),
            look(
                "mon 15:00",
                clocks={"solving": {"state": "breached", "breached_at": z("mon 15:00")}},
                automatic=[{"rule": "sla.solving.breach", "at": z("mon 15:00")}],
            ),
        )
    anew: Json = {"name": "solving", "measure": {**RESOLUTION, "again": "anew"}, "calendar": None, "targets": []}
    yield case(
        "old-cycle-that-other-rules-would-have-missed",
        "3.16 4.7",
        "the first cycle took two hours and the second half an hour, without a target. The third begins at 14:00 with a "
        "target of an hour. Only cycles that end at that instant are looked at again",
        rules(clocks=[anew]),
        opened(),
        move("solve", "mon 12:00"),
        move("resume", "mon 13:00"),
        move("solve", "mon 13:30"),
        {"rules": rules(clocks=[{**anew, "targets": [{"time": elapsed(hours=1)}]}])},
        move("resume", "mon 14:00"),
        look(
            "mon 16:00",
            automatic=[{"rule": "sla.solving.breach", "at": "2026-11-23T15:00:00.000001Z"}],
            cycles={"solving": [{"state": "breached"}, {"state": "met"}, {"state": "breached"}]},
        ),
    )
    promised = rules(clocks=[policy(elapsed(hours=4), None)])
    yield case(
        "migration-to-rules-without-the-clock",
        "4.6",
        "due Mon 14:00, and missed at 15:00; the other rules have no such clock, so nothing is due and nothing was missed",
        promised,
        opened(),
        {
            "migrate": rules(),
            "at": z("mon 12:00"),
            "changes": [
                {
                    "clock": "solving",
                    "old_due": z("mon 14:00"),
                    "new_due": None,
                    "would_breach": False,
                    "would_unbreach": False,
                }
            ],
        },
        {"advance": z("mon 15:00")},
        {
            "migrate": rules(),
            "at": z("mon 15:00"),
            "changes": [
                {
                    "clock": "solving",
                    "old_due": z("mon 14:00"),
                    "new_due": None,
                    "would_breach": False,
                    "would_unbreach": True,
                }
            ],
        },
    )
    yield case(
        "migration-from-rules-without-the-clock",
        "4.6",
        "the same the other way round: at 15:00 it would have been missed",
        rules(),
        opened(),
        {
            "migrate": promised,
            "at": z("mon 15:00"),
            "changes": [
                {
                    "clock": "solving",
                    "old_due": None,
                    "new_due": z("mon 14:00"),
                    "would_breach": True,
                    "would_unbreach": False,
                }
            ],
        },
    )
    for name, first, second, why in (
        ("three-and-ten-hours", {"hours": 10}, {"hours": 3}, '"10 hours" sorts before "3 hours"'),
        (
            "nine-and-ten-minutes",
            {"hours": 2, "minutes": 10},
            {"hours": 2, "minutes": 9},
            '"2 hours 10 minutes" sorts before "2 hours 9 minutes"',
        ),
        ("seconds", {"seconds": 90}, {"minutes": 1}, '"0:01:30 before" sorts before "1 minute before"'),
    ):
        warnings = [{"before_due": elapsed(**each)} for each in (second, first)]
        clock = {**policy(elapsed(days=3), None), "warn_at": warnings}
        yield case(
            f"numbers-of-warnings-by-{name}",
            "4.7",
            f"{why}, so it is warning 0",
            rules(clocks=[clock]),
            opened(),
            look(
                "mon 10:00",
                explain={
                    f"sla.solving.warning.{number}": {"at": _before_thursday(each)}
                    for number, each in enumerate((first, second))
                },
            ),
        )


def _before_thursday(units: dict[str, int]) -> str:
    return z(instant("thu 10:00") - timedelta(**units))


def _arrives(at: str, to: Json, **more: object) -> Json:
    return {"arrives": {"message": {"id": "m9"}, "by": BRUNO, **more}, "at": z(at), "to": to}


def _routes() -> Iterator[Json]:
    desk = rules()
    names = ("T-1", "T-2", "T-3", "T-4")

    def merged(name: str, into: str, at: str = "mon 11:00") -> Json:
        return {**do("link", at, other=into, kind="merged_into"), "ticket": name}

    yield case(
        "route-through-three-merges",
        "2.6",
        "T-1 leads to T-2, T-2 to T-3 and T-3 to T-4",
        desk,
        *(opened("mon 10:00", name, BRUNO, f"m-{name}") for name in names),
        *(merged(name, into) for name, into in pairwise(names)),
        _arrives("mon 12:00", {"append": {"ticket": "T-4", "through": ["T-1", "T-2", "T-3"]}}, reply_to="T-1"),
        _arrives("mon 12:00", {"append": {"ticket": "T-4", "through": ["T-3"]}}, reply_to="T-3", message={"id": "m10"}),
    )
    yield case(
        "route-by-the-last-of-two-merges",
        "2.6",
        "T-1 was merged into T-2 at first and then into T-3",
        desk,
        *(opened("mon 10:00", name, BRUNO, f"m-{name}") for name in names[:3]),
        merged("T-1", "T-2"),
        merged("T-1", "T-3", "mon 11:30"),
        _arrives("mon 12:00", {"append": {"ticket": "T-3", "through": ["T-1"]}}, reply_to="T-1"),
    )


def _ratings() -> Iterator[Json]:
    surveyed = [{**each, "survey_open": True} if each["name"] == "solved" else each for each in STATES]
    workflow = {"states": surveyed, "outside_events": ["called"]}
    for score, is_taken in ((1, True), (5, True), (0, False), (6, False)):
        codes = [] if is_taken else ["bad_value"]
        yield case(
            f"rating-of-{score}",
            "2.2 2.4",
            "a score is 1 to 5",
            rules(workflow=workflow),
            opened(),
            move("solve", "mon 11:00"),
            do("rate", "mon 12:00", BRUNO, score=score, refused=codes),
            look("mon 12:00", rating=score if is_taken else None),
        )
    rate = on("rate", {"on_outside": "called"}, then=[{"rate": 1}])
    yield case(
        "rating-by-a-rule",
        "3.1",
        "there is no rating, so the rule rates; the second time there is one, and the step is dropped",
        rules(rate, workflow=workflow),
        opened(),
        do("record_event", "mon 11:00", ROBOT, event="called"),
        look("mon 11:00", rating=1),
        do("record_event", "mon 12:00", ROBOT, event="called"),
        look(
            "mon 12:00",
            rating=1,
            automatic=acts(("mon 11:00", "rate", "<rated>"), ("mon 12:00", "rate", "<dropped>")),
        ),
    )
    for limit, scores in (({"at_most": 1}, (1,)), ({"at_least": 5}, (5,)), ({"at_least": 1, "at_most": 1}, (1,))):
        sorry = on("sorry", "on_rate", given={"rating_is": limit})
        name = "-and-".join(f"{key.replace('_', '-')}-{held}" for key, held in limit.items())
        steps = [do("rate", f"mon {11 + score}:00", BRUNO, score=score) for score in range(1, 6)]
        yield case(
            f"rating-is-{name}",
            "3.1",
            "each score from 1 to 5 is given once, at 12:00 to 16:00",
            rules(sorry, workflow=workflow),
            opened(),
            move("solve", "mon 11:00"),
            *steps,
            look("mon 20:00", automatic=acts(*((f"mon {11 + score}:00", "sorry") for score in scores))),
        )
