"""What a history remembers: what fired, deliveries, resolutions; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    EVA,
    ROBOT,
    TRANSITIONS,
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


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _rules_that_go_and_come_back()
    yield from _resolutions()
    yield from _deliveries()
    yield from _follow_ups()
    yield from _fields()


def _rules_that_go_and_come_back() -> Iterator[Json]:
    with_rule, without = rules(after("tell", elapsed(hours=2))), rules()
    later = rules(after("tell", elapsed(hours=5)))
    second = rules(after("tell", elapsed(hours=2), generation=2))
    yield case(
        "rule-that-goes-and-comes-back-is-silent",
        "3.16 3.12",
        "fired at 12:00; away, back, away and back again: the key is in the history",
        with_rule,
        opened(),
        {"advance": z("mon 13:00")},
        {"rules": without},
        {"advance": z("mon 14:00")},
        {"rules": with_rule},
        {"advance": z("mon 15:00")},
        {"rules": without},
        {"rules": with_rule},
        look("fri 10:00", automatic=acts(("mon 12:00", "tell")), due=[], next_due=None),
    )
    yield case(
        "rule-that-comes-back-with-another-span-is-silent",
        "3.16 3.12",
        "the key has no instant: five hours are the same occurrence as two",
        with_rule,
        opened(),
        {"advance": z("mon 13:00")},
        {"rules": later},
        look("fri 10:00", automatic=acts(("mon 12:00", "tell"))),
    )
    yield case(
        "generations-that-go-and-come-back-fire-once-each",
        "3.16 3.12",
        "generation 1 fires at 12:00, generation 2 at the last entry, 12:00 as well; neither fires a second time",
        with_rule,
        opened(),
        {"advance": z("mon 13:00")},
        {"rules": second},
        {"advance": z("mon 13:00")},
        {"rules": with_rule},
        {"advance": z("mon 14:00")},
        {"rules": second},
        look("fri 10:00", automatic=acts(("mon 12:00", "tell"), ("mon 12:00", "tell"))),
    )
    hourly = rules(after("hourly", elapsed(hours=1), every=elapsed(hours=1), at_most=4))
    yield case(
        "repetitions-that-go-and-come-back-go-on",
        "3.16 3.12 3.4",
        "11:00 and 12:00 fired; the rules are away from 12:30 to 13:30, and 13:00 stands at its own instant: the numbers go on",
        hourly,
        opened(),
        {"advance": z("mon 12:30")},
        {"rules": without},
        {"advance": z("mon 13:30")},
        {"rules": hourly},
        look("mon 20:00", automatic=acts(*((f"mon {hour}:00", "hourly") for hour in (11, 12, 13, 14)))),
    )
    yield case(
        "rule-that-comes-back-late-acts-at-the-last-entry",
        "3.16",
        "without the rule the message of 15:00 is the last entry; the rule's 12:00 takes effect there, once",
        without,
        opened(),
        say("mon 15:00"),
        {"rules": with_rule},
        look("mon 16:00", automatic=acts(("mon 15:00", "tell", "tell", "mon 12:00"))),
    )
    yield case(
        "another-rule-of-the-same-span-fires",
        "3.12",
        "the rule id is part of the key",
        with_rule,
        opened(),
        {"advance": z("mon 13:00")},
        {"rules": rules(after("tell-again", elapsed(hours=2)))},
        look("mon 14:00", automatic=acts(("mon 12:00", "tell"), ("mon 12:00", "tell-again"))),
    )
    stairs = ladder("stairs", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=3), send("two")))
    longer = ladder(
        "stairs",
        rung(elapsed(hours=1), send("one")),
        rung(elapsed(hours=3), send("two")),
        rung(elapsed(hours=5), send("three")),
    )
    yield case(
        "rung-added-to-a-ladder-comes-after-those-that-fired",
        "3.16 3.12",
        "one and two fired; the third rung is number 2 and still ahead",
        rules(stairs),
        opened(),
        {"advance": z("mon 14:00")},
        {"rules": rules(longer)},
        look(
            "mon 20:00",
            automatic=acts(
                ("mon 11:00", "stairs", "one"), ("mon 13:00", "stairs", "two"), ("mon 15:00", "stairs", "three")
            ),
        ),
    )
    yield case(
        "switched-off-and-on-again",
        "3.16",
        "switched off at 12:00, on again at 14:00: it is due at 12:00 still, at the instant itself, since no entry is later",
        rules(after("tell", elapsed(hours=2), is_enabled=False)),
        opened(),
        look("mon 14:00", automatic=[]),
        {"rules": with_rule},
        look("mon 14:00", automatic=acts(("mon 12:00", "tell"))),
    )
    text = "T-1/tell/1/0/0"
    digest = blake2b(text.encode(), digest_size=10).hexdigest()
    yield case(
        "key-of-an-occurrence",
        "3.12",
        f"ticket, rule, generation, arming entry 0, number 0: {text}; its BLAKE2b is {digest}",
        with_rule,
        opened(),
        look(
            "mon 12:00",
            due=[{"key": {"ticket": "T-1", "rule": "tell", "generation": 1, "arming": "0", "occurrence": 0}}],
        ),
    )
    yield case(
        "reaction-to-each-of-two-messages",
        "3.12 3.2",
        "the entry that sets it off is part of the key",
        rules(on("thanks", {"on_message": "customer"})),
        opened(message=None),
        say("mon 11:00"),
        say("mon 12:00"),
        look("mon 13:00", automatic=acts(("mon 11:00", "thanks"), ("mon 12:00", "thanks"))),
    )


def _resolutions() -> Iterator[Json]:
    needing = {
        "transitions": [{**each, "needs": ["resolution"]} if each["name"] == "solve" else each for each in TRANSITIONS]
    }
    desk = rules(workflow=needing)
    yield case(
        "resolution-of-before-a-reopening-is-none",
        "2.2 2.4",
        "what resolved the ticket the first time is forgotten when it leaves solved",
        desk,
        opened(),
        move("solve", "mon 11:00", message={"id": "r1"}),
        move("resume", "mon 12:00"),
        move("solve", "mon 13:00", refused=["missing_fields"], step={"reasons": [{"lacks": ["resolution"]}]}),
        move("solve", "mon 14:00", message={"id": "r2"}),
        look(
            "mon 15:00",
            state="solved",
            records={"resolution": [{"event": {"resolution_marked": "r1"}}, {"event": {"resolution_marked": "r2"}}]},
        ),
    )
    yield case(
        "offered-resolution-of-before-a-reopening-is-none",
        "2.2 2.4",
        "offered at 11:00 and used at 12:00; after the reopening another must be offered",
        desk,
        opened(),
        say("mon 11:00", ANA, "o1", resolves=True),
        move("solve", "mon 12:00"),
        move("resume", "mon 13:00"),
        move("solve", "mon 14:00", refused=["missing_fields"]),
        say("mon 15:00", ANA, "o2", resolves=True),
        move("solve", "mon 16:00"),
        look(
            "mon 17:00",
            records={"resolution": [{"event": {"resolution_marked": "o1"}}, {"event": {"resolution_marked": "o2"}}]},
        ),
    )
    yield case(
        "customers-message-is-no-offered-resolution",
        "2.4",
        "only a message of somebody else than a customer or third party offers one",
        desk,
        opened(),
        say("mon 11:00", BRUNO, "o1", resolves=True),
        move("solve", "mon 12:00", refused=["missing_fields"]),
    )
    yield case(
        "message-with-the-move-goes-before-an-offered-one",
        "2.2",
        "the message that came along resolves the ticket",
        desk,
        opened(),
        say("mon 11:00", ANA, "o1", resolves=True),
        move("solve", "mon 12:00", message={"id": "r1"}),
        look("mon 13:00", records={"resolution": [{"event": {"resolution_marked": "r1"}}]}),
    )
    yield case(
        "closing-with-a-message-replaces-no-resolution",
        "2.2",
        "from solved to closed the ticket is resolved already: the message is a message",
        rules(),
        opened(),
        move("solve", "mon 11:00", message={"id": "r1"}),
        move("close", "mon 12:00", message={"id": "c1"}),
        look(
            "mon 13:00",
            records={
                "resolution": [{"event": {"resolution_marked": "r1"}}],
                "message": [{"message": {"id": "m0"}}, {"message": {"id": "r1"}}, {"message": {"id": "c1"}}],
            },
            first_resolution_by="ana",
        ),
    )
    yield case(
        "closing-an-open-ticket-with-a-message-resolves-it",
        "2.2",
        "from open to closed: the message that came along is what resolved it",
        rules(),
        opened(),
        move("close", "mon 12:00", message={"id": "c1"}),
        look("mon 13:00", records={"resolution": [{"event": {"resolution_marked": "c1"}}]}, first_resolution_by="ana"),
    )
    yield case(
        "second-resolution-moves-the-last-and-not-the-first",
        "2.2 3.3",
        "solved by Ana at 11:00 and by Eva at 14:00: the first stays, resolved_last counts from 14:00",
        rules(after("ask", elapsed(hours=1), "resolved_last")),
        opened(),
        move("solve", "mon 11:00"),
        move("resume", "mon 11:30"),
        move("solve", "mon 14:00", EVA),
        look(
            "mon 16:00",
            first_resolution_by="ana",
            report={
                "first_resolution": {"elapsed": {"hours": 1}, "working": {"hours": 1}},
                "last_resolution": {"elapsed": {"hours": 4}, "working": {"hours": 4}},
                "reopenings": 1,
            },
            automatic=acts(("mon 12:00", "ask"), ("mon 15:00", "ask")),
        ),
    )
    yield case(
        "closing-a-solved-ticket-is-no-second-resolution",
        "2.2 3.3",
        "resolved at 11:00; the closing of 14:00 leads from resolved to closed",
        rules(after("ask", elapsed(hours=1), "resolved_last")),
        opened(),
        move("solve", "mon 11:00"),
        move("close", "mon 14:00"),
        look(
            "mon 16:00",
            automatic=acts(("mon 12:00", "ask")),
            report={"last_resolution": {"elapsed": {"hours": 1}, "working": {"hours": 1}}},
        ),
    )


def _deliveries() -> Iterator[Json]:
    again = {"step": {"is_repeated": True}}
    yield case(
        "repeated-command-on-a-ticket-that-closed-since",
        "3.12",
        "the delivery was accepted before: no refusal, though the ticket is closed; another delivery is refused",
        rules(),
        opened(),
        do("assign", "mon 11:00", assignee="ana", event_id="e1"),
        move("close", "mon 12:00"),
        do("assign", "mon 13:00", assignee="ana", event_id="e1", **again),
        do("assign", "mon 13:00", assignee="ana", event_id="e2", refused=["closed_for_good"]),
        look("mon 14:00", state="closed", records={"assigned": [{"at": z("mon 11:00")}]}),
    )
    yield case(
        "repeated-move-that-would-be-refused-now",
        "3.12",
        "asked already: the same delivery changes nothing, another is refused",
        rules(),
        opened(),
        move("ask", "mon 11:00", event_id="e1"),
        move("ask", "mon 12:00", event_id="e1", **again),
        move("ask", "mon 12:00", event_id="e2", refused=["already_there"]),
    )
    yield case(
        "delivery-seen-again-after-others",
        "3.12",
        "three deliveries, and then the first again",
        rules(),
        opened(event_id="e0"),
        *(
            do("add_message", f"mon 11:0{number}", BRUNO, message={"id": f"d{number}"}, event_id=f"e{number}")
            for number in (1, 2, 3)
        ),
        do("add_message", "mon 12:00", BRUNO, message={"id": "d1"}, event_id="e1", **again),
        do("add_message", "mon 12:01", BRUNO, message={"id": "d0"}, event_id="e0", **again),
        look("mon 13:00", records={"message": [{"message": {"id": name}} for name in ("m0", "d1", "d2", "d3")]}),
    )
    yield case(
        "remembered-deliveries-are-the-last-ones",
        "3.12 3.14",
        "two are remembered: after e1, e2, e1 again (nothing) and e3, the memory has e2 and e3; e1 is taken anew",
        rules(remembered_events=2),
        opened(),
        *(
            do("assign", f"mon 11:0{number}", assignee=name, event_id=f"e{number}")
            for number, name in ((1, "ana"), (2, "eva"))
        ),
        do("assign", "mon 11:30", assignee="ana", event_id="e1", **again),
        do("assign", "mon 12:00", assignee="ada", event_id="e3"),
        do("assign", "mon 12:30", assignee="ada", event_id="e2", **again),
        do("assign", "mon 13:00", assignee="ana", event_id="e1"),
        look("mon 14:00", assignee="ana"),
    )
    yield case(
        "repeated-delivery-leaves-what-is-due",
        "3.8 3.12",
        "the answer is the given ticket: the rule of 11:00 is still to be carried out, and nothing of it is in the history",
        rules(after("tell", elapsed(hours=1))),
        opened(event_id="e0"),
        do("assign", "mon 10:30", assignee="ana", event_id="e1"),
        do("assign", "mon 12:00", assignee="ana", event_id="e1", **again),
        look("mon 12:00", next_due=z("mon 11:00"), due=[{"rule": "tell", "due_at": z("mon 11:00")}]),
    )
    yield case(
        "refused-delivery-is-not-remembered",
        "3.12 2.1",
        "refused at 11:00, when it was impossible; the same delivery is accepted at 13:00",
        rules(),
        opened(),
        move("resume", "mon 11:00", event_id="e1", refused=["already_there"]),
        move("ask", "mon 12:00"),
        move("resume", "mon 13:00", event_id="e1"),
        look("mon 13:00", state="open"),
    )
    yield case(
        "delivery-that-changed-nothing-is-remembered",
        "3.12 2.7",
        "assigned to Ana already: an entry without events, and its delivery counts",
        rules(),
        opened(),
        do("assign", "mon 11:00", assignee="ana"),
        do("assign", "mon 12:00", assignee="ana", event_id="e1"),
        do("assign", "mon 12:30", assignee="eva"),
        do("assign", "mon 13:00", assignee="ana", event_id="e1", **again),
        look("mon 13:00", assignee="eva"),
    )
    yield case(
        "expected-version-that-is-right",
        "3.12",
        "two entries: version 2 is expected, and 1 is stale",
        rules(),
        opened(),
        do("assign", "mon 11:00", assignee="ana", expected_version=1),
        do("assign", "mon 12:00", assignee="eva", expected_version=1, refused=["stale"]),
        do("assign", "mon 12:00", assignee="eva", expected_version=2),
        do("open", "mon 12:00", BRUNO, ticket="T-2", expected_version=1, refused=["stale"]),
        do("open", "mon 12:00", BRUNO, ticket="T-2", expected_version=0),
    )


def _follow_ups() -> Iterator[Json]:
    yield case(
        "follow-up-that-a-reaction-requests",
        "3.1",
        "the reaction is carried out with the closing: it is in the history, and in no plan",
        rules({"id": "more", "when": {"on_enter": {"state_is": ["closed"]}}, "then": ["follow_up"]}),
        opened(),
        move("close", "mon 11:00"),
        {"follow_ups": [], "at": z("mon 11:00"), "by": ROBOT},
        look("mon 12:00", automatic=[{"rule": "more", "at": z("mon 11:00"), "kinds": ["follow_up_requested"]}]),
    )
    key = "T-1/more/1/0/0"
    digest = blake2b(key.encode(), digest_size=10).hexdigest().upper()
    name = f"{digest[:8]}-{digest[8:16]}"
    yield case(
        "follow-up-of-a-plan-is-opened",
        "3.1 3.12 2.2",
        f"an hour after the opening the rule closes and asks for one; the key is {key}, so the ticket is {name}",
        rules({**after("more", elapsed(hours=1)), "then": [{"move": "close"}, "follow_up"]}),
        opened(),
        {"follow_ups": [name], "at": z("mon 12:00"), "by": ROBOT},
        look("mon 12:00", name, follows="T-1", earlier=2, state="open"),
        look("mon 12:00", "T-1", state="closed"),
    )
    odd = "2026/o'brien%2F.#@:."
    key = "2026%2Fo%27brien%252F.#@:./more/1/0/0"
    digest = blake2b(key.encode(), digest_size=10).hexdigest().upper()
    name = f"{digest[:8]}-{digest[8:16]}"
    yield case(
        "key-of-a-ticket-with-an-odd-id",
        "3.12",
        f"slash, quote and percent sign are escaped in the key: {key}; so the follow-up is {name}",
        rules({**after("more", elapsed(hours=1)), "then": [{"move": "close"}, "follow_up"]}),
        do("open", "mon 10:00", BRUNO, ticket=odd),
        {"follow_ups": [name], "at": z("mon 12:00"), "by": ROBOT},
        look("mon 12:00", name, follows=odd, earlier=2, state="open"),
    )
    yield case(
        "follow-up-impossible-while-open",
        "3.1",
        "the ticket is not closed, and the step does not close it: dropped",
        rules({**after("more", elapsed(hours=1)), "then": ["follow_up"]}),
        opened(),
        {"follow_ups": [], "at": z("mon 12:00"), "by": ROBOT},
        look("mon 12:00", automatic=acts(("mon 11:00", "more", "<dropped>"))),
    )


def _fields() -> Iterator[Json]:
    fields = {"fields": [{"name": "level", "choices": ["low", "high"]}, {"name": "call", "kind": "moment"}]}
    hold = {
        "id": "hold",
        "when": {"on_enter": {"state_is": ["waiting"]}},
        "then": [{"hold_field": {"field": "level", "value": "high"}}],
    }
    release = {"id": "release", "when": {"on_leave": {"state_is": ["waiting"]}}, "then": [{"release_field": "level"}]}
    yield case(
        "held-field-is-released-with-the-value-of-before",
        "3.1",
        "low before the hold, high while waiting, low again; meanwhile nobody may set it",
        rules(hold, release, workflow=fields),
        opened(),
        do("set_fields", "mon 10:30", fields={"level": "low"}),
        move("ask", "mon 11:00"),
        do("set_fields", "mon 11:30", fields={"level": "low"}, refused=["guard"]),
        look("mon 11:30", fields={"level": "high"}),
        move("resume", "mon 12:00"),
        look("mon 12:00", fields={"level": "low"}),
        do("set_fields", "mon 12:30", fields={"level": "high"}),
        look("mon 12:30", fields={"level": "high"}),
    )
    yield case(
        "moment-named-before-a-later-arming-comes-once",
        "3.4",
        "the field names Mon 11:00; armed at 12:00, due at the arming, and again only when the field is set anew",
        rules(on("call", {"at_field": "call"}, given={"state_is": ["waiting"]}), workflow=fields),
        opened(),
        do("set_fields", "mon 10:30", fields={"call": {"instant": z("mon 11:00")}}),
        move("ask", "mon 12:00"),
        look("mon 13:00", automatic=acts(("mon 12:00", "call"))),
        do("set_fields", "mon 14:00", fields={"call": {"instant": z("mon 15:00")}}),
        look("mon 20:00", automatic=acts(("mon 12:00", "call"), ("mon 15:00", "call"))),
    )
    yield case(
        "moment-set-to-the-same-value-arms-nothing",
        "3.4 2.7",
        "the field holds Mon 11:00 already: nothing changes, and no other episode begins",
        rules(on("call", {"at_field": "call"}), workflow=fields),
        opened(),
        do("set_fields", "mon 10:30", fields={"call": {"instant": z("mon 11:00")}}),
        do("set_fields", "mon 12:00", fields={"call": {"instant": z("mon 11:00")}}),
        look("mon 20:00", automatic=acts(("mon 11:00", "call"))),
    )
    yield case(
        "moment-that-is-taken-back-does-not-come",
        "3.4",
        "set to Mon 12:00 and to null at 11:00",
        rules(on("call", {"at_field": "call"}), workflow=fields),
        opened(),
        do("set_fields", "mon 10:30", fields={"call": {"instant": z("mon 12:00")}}),
        look("mon 10:30", next_due=z("mon 12:00")),
        do("set_fields", "mon 11:00", fields={"call": None}),
        look("mon 20:00", automatic=[], next_due=None),
    )
