"""Details of commands, rules and clocks that no other file looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.support.required_cases.targets import RESOLUTION, policy
from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    STATES,
    TRANSITIONS,
    Json,
    acts,
    after,
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

MICROSECOND_LATE = "2026-11-23T11:00:00.000001Z"


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _commands()
    yield from _actions()
    yield from _rules()
    yield from _routes()
    yield from _warning_numbers()
    yield from _clocks()


def _commands() -> Iterator[Json]:
    hint = {"name": "told", "texts": {"en": "solved as {reference}"}}
    hinted = rules(
        workflow={"transitions": [{**each, "hint": hint} if each["name"] == "solve" else each for each in TRANSITIONS]}
    )
    yield case(
        "hints-of-a-repeated-move",
        "3.12",
        "the repeat is answered with the hint of the row again, though solve leads from solved no more",
        hinted,
        opened(),
        {**move("solve", "mon 11:00", event_id="e1"), "hints": ["told"]},
        {**move("solve", "mon 12:00", event_id="e1"), "hints": ["told"], "is_repeated": True},
        {
            **move("solve", "mon 13:00", event_id="e1", without_hints=["told"]),
            "hints": [],
            "is_repeated": True,
        },
    )
    needing = rules(workflow={"openings": [{"target": "open", "may": ["agent"], "needs": ["message"]}]})
    yield case(
        "what-an-opening-needs-is-for-new-tickets",
        "2.4",
        "a ticket that exists is not opened again: open leads nowhere and needs nothing",
        needing,
        opened(by=ANA),
        {
            "available": {"commands": {"open": {"is_open": False, "target": None, "needs": []}}},
            "at": z("mon 11:00"),
            "by": ANA,
        },
        {
            "available": {"commands": {"open": {"is_open": True, "target": "open", "needs": ["message"]}}},
            "at": z("mon 11:00"),
            "by": ANA,
            "is_new": True,
        },
    )
    for_others = rules(workflow={"permissions": {"set_requester": {"may": ["customer", "agent"]}}})
    yield case(
        "customer-who-opens-for-somebody-else",
        "2.5",
        "who may give set_requester may name another requester",
        for_others,
        opened(requester="carla"),
        look("mon 10:00", requester="carla"),
    )
    yield case(
        "agent-who-opens-for-a-customer-of-the-same-name",
        "2.5",
        "the customer ana is not the agent ana",
        rules(),
        opened(by=ANA, requester="ana"),
        look("mon 10:00", requester="ana"),
    )
    level = {"name": "level", "choices": ["low", "high"]}
    high = {"field_is": {"field": "level", "values": ["high"]}}
    raising = {"name": "raise", "sources": ["open"], "target": "busy", "may": ["customer", "agent"], "given": high}
    guarded = rules(workflow={"fields": [level], "transitions": [*TRANSITIONS, raising]})
    for name, by, lacks in (("who-may-set-it", ANA, ["level"]), ("who-may-not-set-it", BRUNO, [])):
        yield case(
            f"field-of-a-condition-for-{name}",
            "2.4",
            "no row needs or takes the level, so only who may set fields can give it",
            guarded,
            opened(),
            {**move("raise", "mon 11:00", by, refused=["guard"]), "reasons": [{"lacks": lacks}]},
        )
    held = {
        "id": "hold",
        "when": {"on_enter": "is_assigned"},
        "then": [{"hold_field": {"field": "level", "value": "low"}}],
    }
    yield case(
        "field-of-a-condition-that-a-rule-holds",
        "2.4",
        "nobody can give a held field",
        rules(held, workflow={"fields": [level], "transitions": [*TRANSITIONS, raising]}),
        opened(),
        do("assign", "mon 10:30", assignee="ana"),
        {**move("raise", "mon 11:00", ANA, refused=["guard"]), "reasons": [{"lacks": []}]},
    )
    invoice = {"name": "bill", "sources": ["open"], "target": "busy", "may": ["agent"], "needs": ["requester"]}
    yield case(
        "transition-that-needs-a-requester",
        "2.4 2.5",
        "nobody is named at first",
        rules(workflow={"transitions": [*TRANSITIONS, invoice]}),
        opened(by=ANA),
        {**move("bill", "mon 11:00", refused=["missing_fields"]), "reasons": [{"lacks": ["requester"]}]},
        do("set_requester", "mon 12:00", requester="bruno"),
        move("bill", "mon 13:00"),
        look("mon 13:00", state="busy"),
    )
    ids = [f"e{number}" for number in range(70)]
    again = {"step": {"is_repeated": True}}
    yield case(
        "oldest-of-seventy-deliveries",
        "3.12",
        "seventy are remembered: the first of seventy is a repeat, and once there is another, it is new",
        rules(workflow={"outside_events": ["ping"]}, remembered_events=70),
        opened(message=None),
        *(do("record_event", "mon 11:00", event_id=each, event="ping") for each in ids),
        do("record_event", "mon 12:00", event_id="e0", event="ping", **again),
        do("record_event", "mon 12:00", event_id="e5", event="ping", **again),
        do("record_event", "mon 12:00", event_id="e63", event="ping", **again),
        do("record_event", "mon 12:00", event_id="e69", event="ping", **again),
        do("record_event", "mon 13:00", event_id="e70", event="ping"),
        do("record_event", "mon 14:00", event_id="e1", event="ping", **again),
        do("record_event", "mon 14:00", event_id="e0", event="ping"),
    )


def _actions() -> Iterator[Json]:
    fields = [{"name": "text", "kind": "text"}]
    note = after("note", elapsed(hours=1), then=[{"add_note": "text"}])
    for name, given, is_added in (
        ("without-a-value", {}, False),
        ("blank", {"text": " "}, False),
        ("full", {"text": "x"}, True),
    ):
        entry = {"rule": "note", "at": z("mon 11:00"), "kinds": ["message_added"] if is_added else []}
        yield case(
            f"note-of-a-field-{name}",
            "3.1",
            "a note is added if the field is neither null nor blank",
            rules(note, workflow={"fields": fields}),
            opened(),
            *([do("set_fields", "mon 10:30", fields=given)] if given else []),
            look("mon 12:00", automatic=[entry]),
        )
    cancel = after("cancel", elapsed(hours=2), then=["cancel_snooze"])
    desk = rules(cancel, snoozing={"masks": []})
    yield case(
        "rule-that-cancels-the-snooze-of-a-hidden-ticket",
        "3.1 5.1",
        "it is surfaced first",
        desk,
        opened(),
        do("snooze", "mon 11:00", until=z("tue 10:00")),
        look(
            "mon 13:00",
            is_hidden=False,
            snoozed_until=None,
            automatic=[{"rule": "cancel", "at": z("mon 12:00"), "kinds": ["surfaced", "snooze_cancelled"]}],
        ),
    )
    yield case(
        "rule-that-cancels-the-snooze-of-a-visible-ticket",
        "3.1 5.1",
        "the customer's message surfaced it already",
        desk,
        opened(),
        do("snooze", "mon 11:00", until=z("tue 10:00")),
        say("mon 11:30"),
        look("mon 13:00", automatic=[{"rule": "cancel", "at": z("mon 12:00"), "kinds": ["snooze_cancelled"]}]),
    )
    row: Json = {
        "look_up": {
            "field": "priority",
            "inputs": ["impact", "urgency"],
            "rows": [["high", "high", 1], ["high", "low", 2]],
        }
    }
    columns: list[Json] = [
        {"name": "impact", "choices": ["high", "low"]},
        {"name": "urgency", "choices": ["high", "low"]},
        {"name": "priority", "kind": "number"},
    ]
    yield case(
        "table-in-which-the-second-input-decides",
        "3.1",
        "two rows have the same first input",
        rules(
            {"id": "rate", "when": {"on_change": "urgency"}, "then": [row]},
            workflow={"fields": columns},
        ),
        opened(),
        do("set_fields", "mon 11:00", fields={"impact": "high", "urgency": "low"}),
        look("mon 11:00", fields={"priority": 2}),
        do("set_fields", "mon 12:00", fields={"urgency": "high"}),
        look("mon 12:00", fields={"priority": 1}),
    )


def _rules() -> Iterator[Json]:
    idle = after("idle", elapsed(hours=2), {"last_activity": "command"})
    yield case(
        "command-that-changes-nothing-is-no-activity",
        "3.3 2.7",
        "the second assignment to Ana has no event: two hours from 11:00",
        rules(idle),
        opened(),
        *(do("assign", f"mon {hour}:00", assignee="ana") for hour in (11, 12)),
        look("mon 14:00", automatic=acts(("mon 13:00", "idle"))),
    )
    yield case(
        "automatic-message-is-no-activity",
        "3.3",
        "two hours from the opening",
        rules(idle),
        opened(),
        say("mon 11:00", automatic=True),
        look("mon 14:00", automatic=acts(("mon 12:00", "idle"))),
    )
    assign = after("assign", elapsed(hours=1), then=[{"assign": "ana"}])
    yield case(
        "what-a-rule-changes-is-no-activity-by-command",
        "3.3",
        "two hours from the opening",
        rules(idle, assign),
        opened(),
        look("mon 14:00", automatic=[{"rule": "assign", "at": z("mon 11:00")}, *acts(("mon 12:00", "idle"))]),
    )
    ask = after("ask", elapsed(hours=1), given={"state_is": ["open"]}, then=[{"move": "ask"}])
    thanks = on("thanks", {"on_enter": {"state_is": ["waiting"]}})
    yield case(
        "timer-and-its-reaction-before-a-command",
        "3.8 3.11",
        "the move of 11:00 and the reaction to it are done before the command of 12:00",
        rules(ask, thanks),
        opened(),
        say("mon 12:00", ANA),
        look(
            "mon 12:00",
            state="waiting",
            automatic=[{"rule": "ask", "at": z("mon 11:00")}, *acts(("mon 11:00", "thanks"))],
        ),
    )
    note = {"name": "text", "kind": "text"}
    tick = after("tick", elapsed(hours=1), every=elapsed(hours=1), then=[{"add_note": "text"}])
    once = after("once", elapsed(minutes=90), then=[{"assign": "ana"}])
    yield case(
        "only-rules-that-changed-the-ticket-twice-are-halted",
        "3.14",
        "changes at 11:00, 11:30 and 12:00 are three, all that is allowed; at 13:00 tick would make another. It made two, "
        "once made one",
        rules(tick, once, workflow={"fields": [note]}, unattended_changes=3),
        opened(),
        do("set_fields", "mon 10:00", fields={"text": "x"}),
        {"advance": z("mon 20:00")},
        look("mon 20:00", verdicts={"tick": "halted", "once": "fired"}),
    )
    every = {"elapsed": {"hours": 1}}
    later = {"after": {"span": elapsed(hours=9), "since": "created", "every": every}}
    sooner = {"after": {"span": elapsed(hours=1), "since": "created", "every": every, "at_most": 6}}

    def dropping(when: Json) -> Json:
        return {"id": "tell", "when": when, "then": [send("tell")], "group": "idle", "on_mask": "drop"}

    yield case(
        "repetitions-that-other-rules-make-late",
        "3.16 3.6",
        "with the new rules 11:00, 12:00, 13:00 and 14:00 lie before the message of 14:30: the last takes effect then, and "
        "the three before it give way in one entry. 15:00 and 16:00 follow",
        rules(dropping(later)),
        opened(),
        say("mon 14:30", ANA),
        {"rules": rules(dropping(sooner))},
        look(
            "mon 20:00",
            automatic=[
                {"rule": "tell", "at": z("mon 14:30"), "events": [{"superseded": 3}]},
                *acts(("mon 14:30", "tell"), ("mon 15:00", "tell"), ("mon 16:00", "tell")),
            ],
        ),
    )
    half = ladder(
        "half",
        rung({"of_target": 50}, send("half")),
        rung({"of_target": 100}, send("whole")),
        since={"started": "solving"},
    )
    yield case(
        "rungs-of-a-clock-that-has-stopped",
        "3.15 4.7",
        "solved after an hour of four: nothing more comes, and the clock does not stand still",
        rules(half, clocks=[policy(elapsed(hours=4), None)]),
        opened(),
        move("solve", "mon 11:00"),
        look("mon 20:00", verdicts={"half": "never", "sla.solving.breach": "never"}),
    )
    yield case(
        "rungs-of-a-clock-that-stopped-between-them",
        "3.15 4.7",
        "solved after three hours of four: the first rung came at 12:00",
        rules(half, clocks=[policy(elapsed(hours=4), None)]),
        opened(),
        move("solve", "mon 13:00"),
        look("mon 20:00", verdicts={"half": "fired", "sla.solving.breach": "never"}),
    )


def _arrives(at: str, to: Json | str, by: Json = BRUNO, id: str = "m9", **more: object) -> Json:
    return {"arrives": {"message": {"id": id}, "by": by, **more}, "at": z(at), "to": to}


def _routes() -> Iterator[Json]:
    desk = rules(workflow={"reopen": "resume"}, snoozing={})
    merged = do("link", "mon 11:00", other="T-2", kind="merged_into")
    yield case(
        "merges-that-lead-to-a-missing-ticket",
        "2.6",
        "T-1 leads to T-2 and T-2 to T-9, which is not here",
        desk,
        opened(),
        merged,
        opened("mon 10:00", "T-2", BRUNO, "m1"),
        {**do("link", "mon 11:00", other="T-9", kind="merged_into"), "ticket": "T-2"},
        _arrives("mon 12:00", {"load": {"ticket": "T-9", "through": ["T-1", "T-2"]}}, reply_to="T-1"),
    )
    yield case(
        "route-to-the-hidden-before-the-resolved",
        "3.3",
        "T-2 was written to later, but it is resolved; T-1 is hidden",
        desk,
        opened(),
        do("snooze", "mon 10:30", until=z("tue 10:00")),
        opened("mon 11:00", "T-2", BRUNO, "m1"),
        {**move("solve", "mon 12:00"), "ticket": "T-2"},
        _arrives("mon 13:00", {"surface": "T-1"}),
    )
    stages = {
        "states": [{**each, "pipeline": "sales"} if each["name"] == "busy" else each for each in STATES],
        "pipelines": [{"name": "sales", "entry": "busy", "channels": ["form"]}],
        "openings": [{"target": "open", "may": ["agent", "customer"]}, {"target": "busy", "may": ["customer"]}],
    }
    yield case(
        "channel-of-a-pipeline-opens-its-entry-stage",
        "2.3",
        "the form feeds sales, whose entry is busy; other channels open the first state",
        rules(workflow=stages),
        {**_arrives("mon 10:00", {"open_new": "busy"}, channel="form"), "new_ticket": "T-8"},
        look("mon 10:00", "T-8", state="busy"),
        {
            **_arrives("mon 11:00", {"open_new": None}, {"role": "customer", "id": "carla"}, "m8", channel="mail"),
            "new_ticket": "T-9",
        },
        look("mon 11:00", "T-9", state="open"),
    )
    yield case(
        "reopening-at-the-start-of-a-window",
        "2.1",
        "a window counts what comes after its start",
        rules(),
        opened(),
        move("solve", "mon 11:00"),
        move("resume", "mon 12:00"),
        {"reports": {"T-1": {"reopenings": 0}}, "at": z("mon 14:00"), "since": z("mon 12:00")},
        {"reports": {"T-1": {"reopenings": 1}}, "at": z("mon 14:00"), "since": "2026-11-23T11:59:59.999999Z"},
    )


def _warning_numbers() -> Iterator[Json]:
    for name, first, second, why in (
        ("hours", {"hours": 2}, {"hours": 23}, '"2 hours" sorts before "23 hours"'),
        ("an-hour-and-minutes", {"hours": 1}, {"minutes": 59}, '"1 hour" sorts before "59 minutes"'),
        (
            "a-day-and-seconds",
            {"days": 1},
            {"days": 1, "seconds": 5},
            '"1 day before" sorts before "1 day, 0:00:05 before"',
        ),
        ("a-day-and-hours", {"days": 1, "hours": 2}, {"days": 1}, '"1 day 2 hours" sorts before "1 day before"'),
        (
            "two-days",
            {"days": 2},
            {"days": 2, "microseconds": 500_000},
            '"2 days before" sorts before "2 days, 0:00:00.5"',
        ),
        ("two-hours", {"hours": 2, "minutes": 30}, {"hours": 2}, '"2 hours 30" sorts before "2 hours before"'),
    ):
        clock = {
            **policy(elapsed(days=3), None),
            "warn_at": [{"before_due": elapsed(**second)}, {"before_due": elapsed(**first)}],
        }
        yield case(
            f"numbers-of-warnings-by-{name}",
            "4.7",
            f"{why}, so it is warning 0",
            rules(clocks=[clock]),
            opened(),
            look(
                "thu 09:59",
                explain={
                    "sla.solving.warning.0": {"at": _before_thursday(first)},
                    "sla.solving.warning.1": {"at": _before_thursday(second)},
                },
            ),
        )


def _before_thursday(units: dict[str, int]) -> str:
    return z(instant("thu 10:00") - timedelta(**units))


def _clocks() -> Iterator[Json]:
    updates = {
        "name": "updates",
        "measure": "update_interval",
        "targets": [{"time": elapsed(hours=1)}],
        "calendar": None,
    }
    breach = {"rule": "sla.updates.breach", "at": MICROSECOND_LATE}
    yield case(
        "cycle-that-ends-at-the-instant-of-its-miss",
        "4.3 4.7",
        "an update is due at 11:00; that of a microsecond later is too late and begins another cycle, which is due an hour "
        "after it. The miss belongs to the first cycle",
        rules(clocks=[updates]),
        opened(),
        say(MICROSECOND_LATE, ANA),
        look(
            "mon 11:30",
            automatic=[breach],
            cycles={"updates": [{"state": "breached"}, {"state": "running", "due_at": "2026-11-23T12:00:00.000001Z"}]},
        ),
        say("mon 11:40", ANA),
        look("mon 12:00", automatic=[breach], clocks={"updates": {"state": "running"}}),
    )
    yield case(
        "two-updates-at-the-instant-of-a-miss",
        "4.3 4.7",
        "the second update ends a cycle of no time, which is met; the miss of the first is recorded once",
        rules(clocks=[updates]),
        opened(),
        say(MICROSECOND_LATE, ANA, "a1"),
        say(MICROSECOND_LATE, ANA, "a2"),
        look("mon 11:30", automatic=[breach], clocks={"updates": {"state": "running"}}),
        look("mon 13:00", automatic=[breach, {"rule": "sla.updates.breach", "at": "2026-11-23T12:00:00.000002Z"}]),
    )
    anew = {"name": "solving", "measure": {**RESOLUTION, "again": "anew"}, "targets": [{"time": elapsed(hours=4)}]}
    yield case(
        "freeze-begins-no-cycle",
        "4.5 4.3",
        "only a restart after a stop begins another cycle: solved at 13:00 and reopened at 14:00",
        rules(clocks=[{**anew, "calendar": None}]),
        opened(),
        move("ask", "mon 11:00"),
        move("resume", "mon 12:00"),
        look(
            "mon 12:30",
            cycles={"solving": [{"state": "running", "elapsed": {"hours": 1, "minutes": 30}, "frozen": {"hours": 1}}]},
        ),
        move("solve", "mon 13:00"),
        move("resume", "mon 14:00"),
        look(
            "mon 15:00",
            cycles={
                "solving": [{"state": "met", "elapsed": {"hours": 2}}, {"state": "running", "elapsed": {"hours": 1}}]
            },
        ),
    )
    reply = {"name": "reply", "measure": "next_reply", "targets": [{"time": elapsed(hours=1)}], "calendar": None}
    for fact, asked in (("running", acts(("mon 13:00", "tell"))), ("met", [])):
        tell = after("tell", elapsed(hours=3), given={"clock_is": {"clock": "reply", "fact": fact}})
        yield case(
            f"clock-that-never-started-is-not-{fact}",
            "4.1 3.1",
            "nobody answered yet, so no further reply is awaited; later one is, which a customer's second message begins",
            rules(tell, clocks=[{**reply, "targets": []}]),
            opened(),
            look("mon 15:00", automatic=[]),
            say("mon 11:00", ANA),
            say("mon 12:30"),
            look("mon 15:00", automatic=asked),
        )
    frozen = {"name": "solving", "measure": RESOLUTION, "targets": []}
    for fact, then in (("running", []), ("frozen", acts(("mon 13:00", "tell")))):
        tell = after("tell", elapsed(hours=3), given={"clock_is": {"clock": "solving", "fact": fact}})
        yield case(
            f"clock-that-stands-still-is-{fact}" if then else f"clock-that-stands-still-is-not-{fact}",
            "4.1 4.3 3.1",
            "waiting is pending, which freezes the clock",
            rules(tell, clocks=[frozen]),
            opened(),
            move("ask", "mon 11:00"),
            look("mon 15:00", automatic=then),
        )
    run = after("tell", elapsed(hours=3), given={"clock_is": {"clock": "solving", "fact": "running"}})
    yield case(
        "clock-that-goes-on-is-running",
        "4.1 4.3 3.1",
        "paused or not, it is not frozen",
        rules(run, clocks=[frozen]),
        opened(),
        look("mon 15:00", automatic=acts(("mon 13:00", "tell"))),
    )
    once = {"zone": "UTC", "week": "", "overrides": {"2026-11-23": "09:00-12:00"}}
    yield case(
        "target-that-the-calendar-never-reaches",
        "4.3 1.5",
        "two hours are left on Monday and the calendar does not open again: eight hours are never used up",
        rules(clocks=[policy(working(hours=8), "once")], calendars={"once": once}),
        opened(),
        look("mon 11:00", clocks={"solving": {"state": "running", "due_at": None, "elapsed": {"hours": 1}}}),
        look(
            "fri 11:00", clocks={"solving": {"state": "paused", "due_at": None, "elapsed": {"hours": 2}}}, automatic=[]
        ),
    )
    known = {"country": "XX", "names": {}, "first_year": 2026, "last_year": 2026}
    office = {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": known}
    yield case(
        "target-beyond-the-known-holidays",
        "4.3 1.5",
        "opened on Wednesday 30 December 2026 at 10:00: 17 hours are left of 2026, so 20 hours end in a year whose holidays are "
        "not known",
        rules(clocks=[policy(working(hours=20), "known")], calendars={"known": office}),
        opened("2026-12-30T10:00:00Z"),
        look(
            "2026-12-30T12:00:00Z",
            clocks={
                "solving": {"state": "running", "due_at": None, "elapsed": {"hours": 2}, "remaining": {"hours": 18}}
            },
            next_due=None,
        ),
    )
    lead = {"after": {"span": {"before_due": working(hours=1)}, "since": {"started": "solving"}}}
    deadline = {"name": "solving", "measure": RESOLUTION, "targets": [{"field": "until"}], "calendar": None}
    yield case(
        "working-lead-of-a-deadline-without-a-calendar",
        "4.7 4.2",
        "without a calendar all time is open: an hour before Mon 14:00",
        rules(on("lead", lead), clocks=[deadline], workflow={"fields": [{"name": "until", "kind": "moment"}]}),
        opened(),
        do("set_fields", "mon 10:30", fields={"until": {"instant": z("mon 14:00")}}),
        look("mon 10:30", next_due=z("mon 13:00")),
    )
    yes = [True]
    vip, gold = ({"field_is": {"field": name, "values": yes}} for name in ("vip", "gold"))
    fields = [{"name": "vip", "kind": "truth"}, {"name": "gold", "kind": "truth"}, {"name": "until", "kind": "moment"}]
    multipliers = [{"percent": 50, "given": gold}, {"percent": 25, "given": vip}]
    many = {**policy(elapsed(hours=8), None), "multipliers": multipliers}
    yield case(
        "first-of-two-multipliers",
        "4.2",
        "half of eight hours for gold, a quarter for vip, half for both: the first that applies",
        rules(clocks=[many], workflow={"fields": fields}),
        opened(),
        look("mon 10:00", clocks={"solving": {"target": {"hours": 8}}}),
        do("set_fields", "mon 10:10", fields={"vip": True}),
        look("mon 10:10", clocks={"solving": {"target": {"hours": 2}}}),
        do("set_fields", "mon 10:20", fields={"gold": True}),
        look("mon 10:20", clocks={"solving": {"target": {"hours": 4}}}),
        do("set_fields", "mon 10:30", fields={"vip": False}),
        look("mon 10:30", clocks={"solving": {"target": {"hours": 4}}}),
    )
    rows = [{"field": "until", "given": gold}, {"time": elapsed(hours=8)}]
    both = {**policy(elapsed(hours=8), None), "targets": rows, "multipliers": [{"percent": 25, "given": vip}]}
    yield case(
        "multiplier-of-a-table-with-a-deadline",
        "4.2 4.3",
        "deadlines stay as they are; a quarter of eight hours without gold",
        rules(clocks=[both], workflow={"fields": fields}),
        opened(),
        do("set_fields", "mon 10:10", fields={"vip": True, "until": {"instant": z("mon 15:00")}}),
        look("mon 10:10", clocks={"solving": {"target": {"hours": 2}, "due_at": z("mon 12:00")}}),
        do("set_fields", "mon 10:20", fields={"gold": True}),
        look("mon 10:20", clocks={"solving": {"target": None, "due_at": z("mon 15:00")}}),
    )
