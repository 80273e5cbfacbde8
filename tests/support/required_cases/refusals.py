"""The table of refusals, row by row; the expected codes are those of the table in the reference of semantics."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ADMIN,
    ANA,
    BRUNO,
    EVA,
    ROBOT,
    THIRD,
    TRANSITIONS,
    Json,
    case,
    do,
    look,
    move,
    opened,
    rules,
    say,
    z,
)

STATES: list[Json] = [
    {"name": "open"},
    {"name": "waiting", "category": "pending"},
    {"name": "busy"},
    {"name": "solved", "category": "resolved", "survey_open": True},
    {"name": "off", "is_enabled": False},
    {"name": "closed", "category": "closed"},
]
MOVES: list[Json] = [
    *TRANSITIONS,
    {"name": "park", "sources": ["open"], "target": "off", "may": ["agent"]},
    {"name": "rate-move", "sources": ["open"], "target": "busy", "may": ["agent"], "needs": ["level"]},
    {
        "name": "urgent",
        "sources": ["open"],
        "target": "busy",
        "may": ["agent"],
        "given": {"field_is": {"field": "level", "values": ["high"]}},
    },
    {"name": "talk", "sources": ["open"], "target": "waiting", "may": ["agent", "customer"], "needs": ["message"]},
    {"name": "auto", "sources": ["open"], "target": "waiting"},
]
FIELDS: list[Json] = [
    {"name": "level", "choices": ["low", "high"]},
    {"name": "call", "kind": "future"},
    {"name": "size", "kind": "number"},
    {"name": "vip", "kind": "truth"},
]
DESK = rules(
    workflow={
        "states": STATES,
        "transitions": MOVES,
        "fields": FIELDS,
        "outside_events": ["shipped"],
        "reopen": "resume",
    },
    snoozing={},
)
PLAIN = rules()


def cases() -> Iterator[Json]:
    """Yield a case for each row; the ticket is open, opened by a customer on Monday at 10:00."""
    for name, codes, source, steps in _rows():
        *before, last = steps
        command = {**last, "refused": codes.split()} if codes else last
        yield case(name, "2.4 2.1", source, DESK, opened(), *before, command, look("mon 20:00", automatic=[]))
    for name, codes, source, step in _rows_of_a_plain_desk():
        yield case(name, "2.4", source, PLAIN, opened(), {**step, "refused": codes.split()})


def _rows() -> Iterator[tuple[str, str, str, tuple[Json, ...]]]:
    at = "mon 11:00"
    yield (
        "move-to-where-it-is",
        "already_there",
        "no row of ask leads from waiting, and one leads to it",
        (move("ask", at), move("ask", "mon 12:00")),
    )
    yield (
        "move-that-leads-from-elsewhere",
        "no_such_transition",
        "start leads from open only, and not to waiting",
        (move("ask", at), move("start", "mon 12:00")),
    )
    yield "move-of-no-row", "no_such_transition", "no row has that name", (move("fly", at),)
    yield "move-for-others", "not_allowed", "solve is for agents", (move("solve", at, BRUNO),)
    yield "move-for-rules", "not_allowed", "nobody may take auto", (move("auto", at),)
    yield (
        "move-for-others-from-elsewhere",
        "no_such_transition not_allowed",
        "no row from waiting or to it, and no row is for customers",
        (move("ask", at), move("start", "mon 12:00", BRUNO)),
    )
    yield "move-to-a-disabled-state", "state_not_enabled", "off is not enabled", (move("park", at),)
    yield "move-without-its-field", "missing_fields", "the row needs the level", (move("rate-move", at),)
    yield "move-with-its-field", "", "the level comes with it", (move("rate-move", at, fields={"level": "low"}),)
    yield (
        "move-with-a-blank-field",
        "missing_fields bad_value",
        "blank text is lacking, and it is none of the choices",
        (move("rate-move", at, fields={"level": " "}),),
    )
    yield "move-whose-condition-does-not-hold", "guard", "the level is not high", (move("urgent", at),)
    yield (
        "move-whose-condition-holds-with-it",
        "",
        "fields that come with the move are read as set",
        (move("urgent", at, fields={"level": "high"}),),
    )
    yield "move-without-its-message", "missing_fields", "a public message must come with it", (move("talk", at),)
    yield (
        "move-with-a-note",
        "missing_fields",
        "a note is no public message",
        (move("talk", at, message={"id": "n1", "public": False}),),
    )
    yield (
        "move-with-a-note-by-a-customer",
        "missing_fields not_allowed",
        "and customers write no notes",
        (move("talk", at, BRUNO, message={"id": "n1", "public": False}),),
    )
    yield (
        "move-with-fields-by-a-customer",
        "not_allowed",
        "talk takes no fields, and customers set none",
        (move("talk", at, BRUNO, message={"id": "m1"}, fields={"level": "low"}),),
    )
    yield (
        "move-with-an-unknown-field",
        "not_found",
        "there is no such field",
        (move("ask", at, fields={"colour": "red"}),),
    )
    yield "note-by-a-customer", "not_allowed", "internal notes are for others", (say(at, BRUNO, "n1", public=False),)
    yield "note-by-a-third-party", "not_allowed", "likewise", (say(at, THIRD, "n1", public=False),)
    yield "note-by-an-agent", "", "the support writes notes", (say(at, ANA, "n1", public=False),)
    yield (
        "assigned-by-a-customer",
        "not_allowed",
        "assigning is for the support",
        (do("assign", at, BRUNO, assignee="ana"),),
    )
    yield (
        "assigned-by-a-robot",
        "not_allowed",
        "a robot is not of the support",
        (do("assign", at, ROBOT, assignee="ana"),),
    )
    yield "assigned-by-an-administrator", "", "an administrator is", (do("assign", at, ADMIN, assignee="ana"),)
    yield "given-back-by-nobody", "guard", "the ticket is not assigned", (do("give_back", at),)
    yield "given-back", "", "Ana has it", (do("assign", at, assignee="ana"), do("give_back", "mon 12:00"))
    yield (
        "declined-by-another",
        "guard",
        "it is assigned to Ana, not to the robot",
        (do("assign", at, assignee="ana"), do("decline", "mon 12:00", ROBOT, why="busy")),
    )
    yield (
        "declined-by-its-assignee",
        "",
        "it is assigned to the robot",
        (do("assign", at, assignee="bot"), do("decline", "mon 12:00", ROBOT, why="busy")),
    )
    yield (
        "declined-by-an-agent",
        "not_allowed",
        "declining is for robots",
        (do("assign", at, assignee="ana"), do("decline", "mon 12:00", why="busy")),
    )
    yield (
        "value-that-is-no-choice",
        "bad_value",
        "the choices are low and high",
        (do("set_fields", at, fields={"level": "mid"}),),
    )
    yield "text-for-a-number", "bad_value", "size holds numbers", (do("set_fields", at, fields={"size": "5"}),)
    yield "truth-for-a-number", "bad_value", "true is not 1", (do("set_fields", at, fields={"size": True}),)
    yield "number-for-a-truth", "bad_value", "1 is not true", (do("set_fields", at, fields={"vip": 1}),)
    yield "null-for-anything", "", "null is always allowed", (do("set_fields", at, fields={"size": None, "vip": None}),)
    yield (
        "future-that-is-now",
        "bad_value",
        "11:00 is not after 11:00",
        (do("set_fields", at, fields={"call": {"instant": z(at)}}),),
    )
    yield (
        "future-a-microsecond-ahead",
        "",
        "after the command",
        (do("set_fields", at, fields={"call": {"instant": "2026-11-23T11:00:00.000001Z"}}),),
    )
    yield (
        "unknown-field-and-bad-value",
        "not_found bad_value",
        "every reason is given",
        (do("set_fields", at, fields={"colour": 1, "level": "x"}),),
    )
    yield (
        "fields-by-a-customer",
        "not_allowed bad_value",
        "not allowed, and the value is none of the choices",
        (do("set_fields", at, BRUNO, fields={"level": "mid"}),),
    )
    yield "rated-while-open", "guard", "the survey is open in solved", (do("rate", at, BRUNO, score=5),)
    yield "rated-when-solved", "", "the survey is open", (move("solve", at), do("rate", "mon 12:00", BRUNO, score=5))
    yield (
        "rated-by-an-agent",
        "not_allowed",
        "rating is for customers",
        (move("solve", at), do("rate", "mon 12:00", score=5)),
    )
    yield (
        "rated-with-a-six",
        "bad_value",
        "a score is 1 to 5",
        (move("solve", at), do("rate", "mon 12:00", BRUNO, score=6)),
    )
    yield (
        "event-from-outside-unknown",
        "not_found",
        "shipped is the only one",
        (do("record_event", at, ROBOT, event="lost"),),
    )
    yield (
        "event-from-outside-by-a-customer",
        "not_allowed",
        "for the support, robots and the system",
        (do("record_event", at, BRUNO, event="shipped"),),
    )
    yield "snoozed-into-the-past", "bad_value", "11:00 is not after 11:00", (do("snooze", at, until=z(at)),)
    yield "snoozed-by-a-choice-of-none", "not_found", "there is no such choice", (do("snooze", at, choice="someday"),)
    yield (
        "snoozed-by-a-customer",
        "not_allowed",
        "snoozing is for the support",
        (do("snooze", at, BRUNO, until=z("tue 10:00")),),
    )
    yield "no-snooze-to-cancel", "guard", "none is armed", (do("cancel_snooze", at),)
    yield (
        "reopened-while-open",
        "already_there",
        "the ticket is not hidden, so it is a reopening by resume: no row leads from open, and one leads to it",
        (do("reopen", at),),
    )
    yield (
        "linked-to-itself",
        "bad_value",
        "a link leads to another ticket",
        (do("link", at, other="T-1", kind="related"),),
    )
    yield "followed-up-while-open", "guard", "the ticket is not closed", (do("follow_up", at, BRUNO, new_ticket="T-2"),)
    yield (
        "followed-up-with-its-own-id",
        "bad_value",
        "the new ticket needs another id",
        (move("close", at), do("follow_up", "mon 12:00", BRUNO, new_ticket="T-1")),
    )
    yield "message-on-a-closed-ticket", "closed_for_good", "closed for good", (move("close", at), say("mon 12:00"))
    yield (
        "move-on-a-closed-ticket",
        "closed_for_good no_such_transition",
        "closed, and no row leads from closed",
        (move("close", at), move("ask", "mon 12:00")),
    )
    yield (
        "assigned-by-a-customer-on-a-closed-ticket",
        "closed_for_good not_allowed",
        "the permission is examined",
        (move("close", at), do("assign", "mon 12:00", BRUNO, assignee="ana")),
    )
    yield (
        "given-back-on-a-closed-ticket",
        "closed_for_good",
        "the condition of the command is not examined",
        (move("close", at), do("give_back", "mon 12:00")),
    )
    yield (
        "stale-and-not-allowed",
        "stale not_allowed",
        "every reason is given",
        (do("assign", at, BRUNO, assignee="ana", expected_version=9),),
    )
    yield (
        "reviewed-without-a-classification",
        "not_found not_found",
        "the desk has no classification, and no field of that name",
        (do("review_classification", at, classification="bug"),),
    )


def _rows_of_a_plain_desk() -> Iterator[tuple[str, str, str, Json]]:
    yield "fields-of-a-desk-without-fields", "not_found", "the desk has none", do("set_fields", "mon 11:00", fields={})
    yield (
        "snooze-of-a-desk-without-snoozing",
        "not_found",
        "the rule set has no snooze options",
        do("snooze", "mon 11:00", until=z("tue 10:00")),
    )
    yield (
        "event-of-a-desk-without-events",
        "not_found not_found",
        "the desk has no events, and not this one",
        do("record_event", "mon 11:00", ROBOT, event="shipped"),
    )
    yield (
        "rating-of-a-desk-without-survey",
        "guard",
        "no state has an open survey",
        do("rate", "mon 11:00", BRUNO, score=3),
    )
    yield (
        "reopening-of-a-desk-without-a-way",
        "no_such_transition",
        "no reopen transition, and not hidden",
        do("reopen", "mon 11:00", EVA),
    )
