"""Events that rules emit for other systems, and when they are sent."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ANA,
    CLOSE,
    Json,
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

FIELDS = [{"name": "level", "choices": ["low", "high"]}, {"name": "vip", "kind": "truth"}]
DESK = {"fields": FIELDS}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _values()
    yield from _sending()


def emit(name: str, *fields: str) -> Json:
    """Return an action that emits an event."""
    return {"emit": {"name": name, "fields": [*fields]} if fields else name}


def _emitted(name: str, **fields: object) -> Json:
    return {"emitted": {"name": name, "fields": fields} if fields else name}


def _after_an_hour(*then: Json) -> Json:
    return {**after("act", elapsed(hours=1)), "then": [*then]}


def _values() -> Iterator[Json]:
    vip = opened(by=ANA, fields={"vip": True, "level": "low"})
    yield case(
        "an-event-has-the-values-of-its-fields",
        "3.1",
        "the field level has no value, and the name alone is enough",
        rules(_after_an_hour(emit("plain"), emit("full", "vip", "level")), workflow=DESK),
        opened(by=ANA, fields={"vip": True}),
        look("mon 11:00", automatic=[{"events": [_emitted("plain"), _emitted("full", vip=True, level=None)]}]),
    )
    changed = {"field_changed": {"field": "level", "before": "low", "after": "high"}}
    yield case(
        "an-event-has-the-values-after-the-step",
        "3.1",
        "the level is set beside it; the order of the actions is that of the events, and decides nothing else",
        rules(
            _after_an_hour(
                emit("before", "level"),
                {"set_field": {"field": "level", "value": "high"}},
                emit("after", "level", "vip"),
            ),
            workflow=DESK,
        ),
        vip,
        look(
            "mon 11:00",
            automatic=[
                {"events": [_emitted("before", level="high"), changed, _emitted("after", level="high", vip=True)]}
            ],
        ),
    )
    yield case(
        "an-event-keeps-its-values",
        "3.1 2.2",
        "the level becomes high an hour after the event",
        rules(_after_an_hour(emit("told", "level")), workflow=DESK),
        vip,
        do("set_fields", "mon 12:00", fields={"level": "high"}),
        look("mon 12:30", automatic=[{"events": [_emitted("told", level="low")]}], fields={"level": "high"}),
    )
    yield case(
        "an-event-is-no-message-and-changes-nothing",
        "3.1",
        "the first answer is Ana's of noon; the reminder counts from the opening message, not from the event",
        rules(
            _after_an_hour(emit("told", "vip")),
            after("reminder", elapsed(hours=4), {"last_message": "anyone"}),
            workflow=DESK,
        ),
        opened(),
        look("mon 11:30", first_answer_by=None, records={"emitted": [{"rule": "act", "at": z("mon 11:00")}]}),
        look("mon 14:00", automatic=[{"rule": "act"}, {"rule": "reminder", "at": z("mon 14:00")}]),
        say("mon 15:00", ANA),
        look("mon 15:00", first_answer_by="ana"),
    )
    yield case(
        "a-closed-ticket-emits",
        "2.2 3.1",
        "an event changes nothing, so it may follow the closing",
        rules(
            {"id": "archive", "when": {"on_enter": {"state_is": ["closed"]}}, "then": [emit("archived", "vip")]},
            workflow=DESK,
        ),
        vip,
        move("close", "mon 11:00"),
        look("mon 11:00", state="closed", automatic=[{"rule": "archive", "events": [_emitted("archived", vip=True)]}]),
    )
    yield case(
        "an-impossible-step-emits-nothing",
        "3.1",
        "resume does not lead from open, so nothing of the step is carried out",
        rules(_after_an_hour(emit("told"), {"move": "resume"})),
        opened(),
        look("mon 11:00", automatic=[{"rule": "act", "kinds": ["dropped"]}]),
    )
    yield case(
        "a-reaction-to-a-field-emits-it",
        "3.1",
        "a tag is told to another system whenever it changes",
        rules({**on("tell", {"on_change": "level"}), "then": [emit("level_changed", "level")]}, workflow=DESK),
        opened(),
        do("set_fields", "mon 11:00", fields={"level": "high"}),
        do("set_fields", "mon 12:00", fields={"level": "high"}),
        do("set_fields", "mon 13:00", fields={"level": None}),
        look(
            "mon 14:00",
            automatic=[
                {"at": z("mon 11:00"), "events": [_emitted("level_changed", level="high")]},
                {"at": z("mon 13:00"), "events": [_emitted("level_changed", level=None)]},
            ],
        ),
    )


def _sending() -> Iterator[Json]:
    hooks = rules(
        ladder(
            "hooks",
            rung(elapsed(hours=1), emit("first"), send("mail-1")),
            rung(elapsed(hours=2), emit("second"), send("mail-2")),
            rung(elapsed(hours=9), CLOSE, emit("closed")),
        )
    )
    late = "tue 10:00"
    first, second, closed = ({"event": name, "rule": "hooks"} for name in ("first", "second", "closed"))
    mails = [{"template": "mail-1", "why": "ticket_closes"}, {"template": "mail-2", "why": "ticket_closes"}]
    for mode in ("all", "latest", "earliest"):
        yield case(
            f"late-events-are-all-sent-in-mode-{mode}",
            "3.9",
            "the service was down for a day; reminders of a ticket that closes are withheld, events are not",
            hooks,
            opened(),
            {"deliveries": {"sends": [first, second, closed], "withholds": mails}, "at": z(late), "default": mode},
        )
    yield case(
        "an-event-takes-no-messages-place",
        "3.9",
        "at noon the second mail is the latest, and both events are sent, in the order of the plan",
        hooks,
        opened(),
        {
            "deliveries": {
                "sends": [first, second, {"template": "mail-2", "to": "customer", "event": None}],
                "withholds": [{"template": "mail-1", "why": "latest_is_sent"}],
            },
            "at": z("mon 12:00"),
        },
        look("mon 12:00", sends=["first", "second", "mail-2"], withholds=["latest_is_sent"]),
    )
    grace = {"default_grace": {"hours": 17}}
    yield case(
        "a-grace-withholds-late-events",
        "3.9",
        "at ten the events are 23, 22 and 15 hours old, and the grace is 17 hours",
        hooks,
        opened(),
        {
            "deliveries": {
                "sends": [{"event": "closed", "at": z("mon 19:00")}],
                "withholds": [{**first, "why": "late"}, mails[0], {**second, "why": "late"}, mails[1]],
            },
            "at": z(late),
            **grace,
        },
    )
