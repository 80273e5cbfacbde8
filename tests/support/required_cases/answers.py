"""What can be asked of a ticket: available commands, explanations, agendas, reports, lists, labels, routes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.refusals import DESK
from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    CARLA,
    CLOSE,
    EVA,
    ROBOT,
    STATES,
    THIRD,
    TRANSITIONS,
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
    working,
    z,
)

ONE_HOUR: Json = {"elapsed": {"hours": 1}, "working": {"hours": 1}}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _available()
    yield from _explanations()
    yield from _agenda_and_reports()
    yield from _conditions()
    yield from _routes()


def _can(at: str, by: Json, **available: object) -> Json:
    return {"available": available, "at": z(at), "by": by}


def _available() -> Iterator[Json]:
    plain = rules(snoozing={})
    yield case(
        "agents-moves-from-open",
        "2.4",
        "ask, start, solve and close lead from open and are for agents; resume leads to open",
        plain,
        opened(),
        _can(
            "mon 11:00",
            ANA,
            open_moves=["ask", "start", "solve", "close"],
            moves={"resume": {"is_open": False, "refused": ["already_there"]}},
        ),
    )
    yield case(
        "agents-moves-from-waiting",
        "2.4",
        "solve, resume and close lead from waiting; ask leads to it; start has no row from there",
        plain,
        opened(),
        move("ask", "mon 10:30"),
        _can(
            "mon 11:00",
            ANA,
            open_moves=["solve", "resume", "close"],
            moves={"start": {"refused": ["no_such_transition"]}, "solve": {"target": "solved"}},
        ),
    )
    yield case(
        "customers-moves",
        "2.4",
        "no row is for customers",
        plain,
        opened(),
        _can("mon 11:00", BRUNO, open_moves=[], moves={"ask": {"is_open": False, "refused": ["not_allowed"]}}),
    )
    yield case(
        "customers-commands",
        "2.4",
        "a customer can write; the survey is not open, the ticket not closed",
        plain,
        opened(),
        _can(
            "mon 11:00",
            BRUNO,
            open_commands=["add_message"],
            commands={"rate": {"refused": ["guard"]}, "assign": {"refused": ["not_allowed"]}},
        ),
    )
    yield case(
        "agents-commands",
        "2.4",
        "not: give back without an assignee, cancel without a snooze, what the desk does not have",
        plain,
        opened(),
        _can(
            "mon 11:00",
            ANA,
            open_commands=["add_message", "assign", "set_requester", "snooze", "link"],
            commands={"give_back": {"refused": ["guard"]}, "set_fields": {"refused": ["not_found"]}},
        ),
    )
    yield case(
        "commands-on-a-closed-ticket",
        "2.4 2.2",
        "a closed ticket can only be followed up",
        plain,
        opened(),
        move("close", "mon 10:30"),
        _can(
            "mon 11:00",
            ANA,
            open_commands=["follow_up"],
            open_moves=[],
            commands={"assign": {"refused": ["closed_for_good"]}},
        ),
    )
    yield case(
        "ticket-that-is-to-be-opened",
        "2.4",
        "without a ticket there is one command; tickets begin in the first state",
        plain,
        {
            **_can(
                "mon 10:00",
                BRUNO,
                open_commands=["open"],
                commands={"open": {"is_open": True, "target": "open", "needs": []}},
            ),
            "is_new": True,
        },
        opened(),
    )
    yield case(
        "needs-are-shown-and-do-not-forbid",
        "2.4",
        "rate-move needs the level, talk a message: both are possible now",
        DESK,
        opened(),
        _can(
            "mon 11:00",
            ANA,
            moves={
                "rate-move": {"is_open": True, "needs": ["level"]},
                "talk": {"is_open": True, "needs": ["message"]},
                "park": {"refused": ["state_not_enabled"]},
            },
        ),
    )
    yield case(
        "row-for-rules-is-shown-and-forbidden",
        "2.4",
        "auto is for the rules alone",
        DESK,
        opened(),
        _can("mon 11:00", ANA, moves={"auto": {"is_open": False, "refused": ["not_allowed"]}}),
    )
    yield case(
        "available-after-what-is-due",
        "2.4 3.8",
        "the rule asks at 11:00: at 12:00 the ticket is waiting",
        rules({**after("ask", elapsed(hours=1)), "then": [{"move": "ask"}]}),
        opened(),
        _can("mon 10:59", ANA, open_moves=["ask", "start", "solve", "close"]),
        _can("mon 12:00", ANA, open_moves=["solve", "resume", "close"]),
    )
    yield case(
        "hidden-ticket-can-be-reopened",
        "2.4 5.1",
        "hidden: it can be shown again, and its snooze cannot be cancelled; visible with a snooze armed: the other way round",
        plain,
        opened(),
        do("snooze", "mon 10:30", until=z("tue 10:00")),
        _can(
            "mon 11:00",
            ANA,
            commands={"reopen": {"is_open": True, "target": None}, "cancel_snooze": {"refused": ["guard"]}},
        ),
        do("reopen", "mon 12:00"),
        _can("mon 13:00", ANA, commands={"reopen": {"is_open": False}, "cancel_snooze": {"is_open": True}}),
    )
    labeled = rules(
        {**after("tell", elapsed(hours=1)), "labels": {"en": "Tell somebody"}},
        workflow={
            "states": [{**STATES[0], "labels": {"en": "Open", "es": "Abierto"}}, *STATES[1:]],
            "transitions": [{**TRANSITIONS[0], "labels": {"en": "Ask", "es": "Preguntar"}}, *TRANSITIONS[1:]],
            "fields": [{"name": "level", "labels": {"es": "Nivel"}}],
            "lists": [{"name": "mine", "shows": "is_assigned", "labels": {"en": "Mine"}}],
        },
        snoozing={},
    )
    yield case(
        "labels-by-language",
        "2.3",
        "as the rule set says; a part without labels has none",
        labeled,
        opened(),
        look(
            "mon 10:00",
            labels={
                "states": {"open": {"en": "Open", "es": "Abierto"}},
                "transitions": {"ask": {"en": "Ask", "es": "Preguntar"}},
                "fields": {"level": {"es": "Nivel"}},
                "lists": {"mine": {"en": "Mine"}},
                "automations": {"tell": {"en": "Tell somebody"}},
                "choices": {"tomorrow": {"en": "tomorrow", "es": "Mañana"}},
            },
        ),
    )


def _explanations() -> Iterator[Json]:
    waiting: Json = {"state_is": ["waiting"]}
    at = "mon 12:00"
    listed: tuple[tuple[str, str, str, Json, tuple[Json, ...]], ...] = (
        ("due", "due", "an hour after 10:00, not carried out", after("a", elapsed(hours=1)), ()),
        ("waiting", "waiting", "nine hours after 10:00", after("a", elapsed(hours=9)), ()),
        (
            "fired",
            "fired",
            "carried out at 11:00, and nothing more will come",
            after("a", elapsed(hours=1)),
            ({"advance": z("mon 11:30")},),
        ),
        ("not-enabled", "not_enabled", "switched off", after("a", elapsed(hours=1), is_enabled=False), ()),
        (
            "not-applicable",
            "not_applicable",
            "the ticket is not waiting",
            after("a", elapsed(hours=1), given=waiting),
            (),
        ),
        (
            "no-anchor",
            "awaits_event",
            "no agent has written",
            after("a", elapsed(hours=1), {"last_message": "agent"}),
            (),
        ),
        (
            "held",
            "held",
            "the state masks its group",
            after("a", elapsed(hours=1), group="idle"),
            (move("start", "mon 10:30"),),
        ),
        (
            "dropped",
            "dropped",
            "its 11:00 fell into the mask and was dropped",
            after("a", elapsed(hours=1), group="idle", on_mask="drop"),
            (move("start", "mon 10:30"), say("mon 11:30")),
        ),
        (
            "ended",
            "ended",
            "the customer wrote at 11:00",
            after("a", elapsed(hours=9), ended_by={"last_message": "customer"}),
            (say("mon 11:00"),),
        ),
        ("reaction-that-waits", "awaits_event", "no agent has written", on("a", {"on_message": "agent"}), ()),
        (
            "reaction-that-fired",
            "fired",
            "an agent wrote at 11:00",
            on("a", {"on_message": "agent"}),
            (say("mon 11:00", ANA),),
        ),
        (
            "reaction-dropped",
            "dropped",
            "masked when the agent wrote",
            on("a", {"on_message": "agent"}, group="idle"),
            (move("start", "mon 10:30"), say("mon 11:00", ANA)),
        ),
        (
            "reaction-not-applicable",
            "not_applicable",
            "the ticket is not waiting",
            on("a", {"on_message": "agent"}, given=waiting),
            (),
        ),
    )
    for name, verdict, source, rule, steps in listed:
        yield case(
            f"explained-as-{name}", "3.15", source, rules(rule), opened(), *steps, look(at, verdicts={"a": verdict})
        )
    yield case(
        "explained-part-by-part",
        "3.15",
        "nested all is shown one by one, any other condition whole",
        rules(after("a", elapsed(hours=1), given={"all": [waiting, {"all": ["is_assigned"]}, {"not": waiting}]})),
        opened(),
        look(
            at,
            explain={
                "a": {
                    "checks": [
                        {"condition": waiting, "holds": False},
                        {"condition": "is_assigned", "holds": False},
                        {"condition": {"not": waiting}, "holds": True},
                    ]
                }
            },
        ),
    )
    yield case(
        "explained-rules-are-all",
        "3.15",
        "implied rules are explained too: no snooze is armed, and the clock runs",
        rules(
            after("a", elapsed(hours=9)),
            snoozing={},
            clocks=[
                {
                    "name": "solving",
                    "measure": {"runs": {"not": {"category_is": ["resolved", "closed"]}}},
                    "targets": [{"time": working(hours=4)}],
                }
            ],
        ),
        opened(),
        look(
            at,
            explain={
                "a": {"verdict": "waiting"},
                "sla.solving.breach": {"verdict": "waiting", "at": "2026-11-23T14:00:00.000001Z"},
            },
        ),
    )
    stairs = ladder("a", rung(elapsed(hours=1), send("one")), rung(elapsed(hours=9), CLOSE))
    yield case(
        "explained-next-rung",
        "3.15",
        "the first rung is given; the closing is next",
        rules(stairs),
        opened(),
        {"advance": z("mon 11:00")},
        look(at, explain={"a": {"verdict": "waiting", "at": z("mon 19:00"), "then": [CLOSE]}}),
    )


def _agenda_and_reports() -> Iterator[Json]:
    desk = rules(after("tell", elapsed(hours=2), given={"state_is": ["open"]}))
    yield case(
        "agenda-by-instant-and-then-by-id",
        "3.13",
        "two tickets of 10:00 are due at 12:00, one of 09:00 at 11:00; the id decides between equals",
        desk,
        opened("mon 10:00", "T-2"),
        opened("mon 10:00", "T-1", CARLA, "m1"),
        opened("mon 09:00", "T-3", EVA, None),
        {
            "agenda": [
                {"ticket": "T-3", "at": z("mon 11:00")},
                {"ticket": "T-1", "at": z("mon 12:00")},
                {"ticket": "T-2", "at": z("mon 12:00")},
            ],
            "due": ["T-3"],
            "at": z("mon 11:59:59"),
        },
        {
            "agenda": [{"ticket": "T-1", "at": z("mon 12:00")}, {"ticket": "T-2", "at": z("mon 12:00")}],
            "due": ["T-1", "T-2"],
            "at": z("mon 12:00"),
            "tickets": ["T-2", "T-1"],
        },
    )
    yield case(
        "agenda-without-what-never-comes",
        "3.13",
        "a ticket for which nothing lies ahead is not on it",
        desk,
        opened(),
        move("ask", "mon 10:30"),
        {"agenda": [], "due": [], "at": z("fri 10:00")},
    )
    yield case(
        "reports-of-several-tickets",
        "2.2",
        "answered after an hour; solved after three, and reopened; the other is untouched",
        rules(),
        opened(),
        opened("mon 11:00", "T-2", CARLA, "m1"),
        {**say("mon 11:00", ANA), "ticket": "T-1"},
        {**move("solve", "mon 13:00"), "ticket": "T-1"},
        {**move("resume", "mon 14:00"), "ticket": "T-1"},
        {
            "reports": {
                "T-1": {
                    "customer": "bruno",
                    "state": "open",
                    "is_open": True,
                    "opened_at": z("mon 10:00"),
                    "first_answer": {"elapsed": {"hours": 1}, "working": {"hours": 1}},
                    "first_resolution": {"elapsed": {"hours": 3}, "working": {"hours": 3}},
                    "reopenings": 1,
                    "time_in": {
                        "open": {"elapsed": {"hours": 4}, "working": {"hours": 4}},
                        "solved": {"elapsed": {"hours": 1}, "working": {"hours": 1}},
                    },
                },
                "T-2": {"customer": "carla", "first_answer": None, "first_resolution": None, "reopenings": 0},
            },
            "at": z("mon 15:00"),
        },
        {"summary": {"tickets": 2, "open": 2, "reopened": 1}, "at": z("mon 15:00")},
        {"summary": {"tickets": 1, "open": 1, "reopened": 0}, "at": z("mon 15:00"), "tickets": ["T-2"]},
    )
    yield case(
        "ticket-as-it-stood",
        "2.1",
        "solved Mon 13:00 and closed Mon 15:00; at 12:59:59 it was open and its clock was running, at 13:00 it had stopped",
        rules(
            clocks=[
                {
                    "name": "solving",
                    "measure": {"runs": {"not": {"category_is": ["resolved", "closed"]}}},
                    "targets": [{"time": elapsed(hours=4)}],
                }
            ]
        ),
        opened(),
        move("solve", "mon 13:00"),
        move("close", "mon 15:00", EVA),
        {
            **look("mon 12:00", state="open", clocks={"solving": {"state": "running", "elapsed": {"hours": 2}}}),
            "as_of": True,
        },
        {**look("mon 12:59:59", state="open", next_due="2026-11-23T14:00:00.000001Z"), "as_of": True},
        {**look("mon 13:00", state="solved", clocks={"solving": {"state": "met"}}), "as_of": True},
        {**look("mon 14:59:59", state="solved", report={"closed_at": None, "last_resolver": "ana"}), "as_of": True},
        {**look("fri 10:00", state="closed", report={"closed_at": z("mon 15:00")}), "as_of": True},
    )
    yield case(
        "reports-of-a-window",
        "2.1 4.2",
        "solved Mon 11:00, reopened 12:00, closed 14:00; another opened Tue 10:00. Since Mon 11:30: half an hour solved, two "
        "hours open. A closed ticket is left out of later windows, one that is opened later out of earlier ones",
        rules(),
        opened(),
        move("solve", "mon 11:00"),
        move("resume", "mon 12:00"),
        move("close", "mon 14:00"),
        opened("tue 10:00", "T-2", CARLA, "m1"),
        {
            "reports": {
                "T-1": {
                    "reopenings": 1,
                    "first_resolver": "ana",
                    "time_in": {
                        "open": {"elapsed": {"hours": 2}, "working": {"hours": 2}},
                        "solved": {"elapsed": {"minutes": 30}, "working": {"minutes": 30}},
                    },
                }
            },
            "at": z("tue 12:00"),
            "since": z("mon 11:30"),
        },
        {
            "reports": {"T-1": {"state": "solved", "reopenings": 0, "last_resolution": ONE_HOUR}},
            "at": z("mon 11:45"),
        },
        {"summary": {"tickets": 2, "open": 1, "reopened": 1}, "at": z("tue 12:00"), "since": z("mon 11:30")},
        {"summary": {"tickets": 1, "open": 1, "reopened": 0}, "at": z("tue 12:00"), "since": z("mon 14:00")},
        {"summary": {"tickets": 1, "open": 0, "reopened": 0}, "at": z("mon 11:45")},
    )
    yield case(
        "answer-of-a-robot-is-no-first-answer-in-a-report",
        "2.2",
        "the first public message of a person of the support is that of 13:00; the note of 12:00 is not public",
        rules(),
        opened(),
        say("mon 11:00", ROBOT),
        say("mon 12:00", ANA, public=False),
        say("mon 13:00", EVA),
        look(
            "mon 14:00",
            first_answer_by="eva",
            report={"first_answer": {"elapsed": {"hours": 3}, "working": {"hours": 3}}},
        ),
    )


def _conditions() -> Iterator[Json]:
    """Each condition is that of a list: shown, or not shown, at instants between commands."""
    fields = [
        {"name": "level", "choices": ["low", "high"]},
        {"name": "size", "kind": "number"},
        {"name": "vip", "kind": "truth"},
        {"name": "day", "kind": "moment"},
    ]
    level = {"field_is": {"field": "level", "values": ["high"]}}
    shown: tuple[tuple[str, object, str, tuple[tuple[Json | None, bool], ...]], ...] = (
        (
            "state-is",
            {"state_is": ["waiting", "busy"]},
            "one of those named",
            ((None, False), (move("ask", "mon 11:00"), True), (move("resume", "mon 12:00"), False)),
        ),
        (
            "category-is",
            {"category_is": ["pending", "resolved"]},
            "waiting is pending, solved resolved",
            (
                (None, False),
                (move("ask", "mon 11:00"), True),
                (move("solve", "mon 12:00"), True),
                (move("close", "mon 13:00"), False),
            ),
        ),
        (
            "field-is",
            level,
            "high and nothing else",
            (
                (None, False),
                (do("set_fields", "mon 11:00", fields={"level": "low"}), False),
                (do("set_fields", "mon 12:00", fields={"level": "high"}), True),
            ),
        ),
        (
            "field-is-at-least",
            {"field_is": {"field": "size", "at_least": 2}},
            "from 2 on; a field without a value is in no range",
            (
                (None, False),
                (do("set_fields", "mon 11:00", fields={"size": 1}), False),
                (do("set_fields", "mon 12:00", fields={"size": 2}), True),
                (do("set_fields", "mon 13:00", fields={"size": 30}), True),
                (do("set_fields", "mon 14:00", fields={"size": None}), False),
            ),
        ),
        (
            "field-is-at-most",
            {"field_is": {"field": "size", "at_most": -2}},
            "up to -2",
            (
                (None, False),
                (do("set_fields", "mon 11:00", fields={"size": -1}), False),
                (do("set_fields", "mon 12:00", fields={"size": -2}), True),
            ),
        ),
        (
            "field-is-between-instants",
            {
                "field_is": {
                    "field": "day",
                    "at_least": {"instant": "2026-12-01T00:00:00Z"},
                    "at_most": {"instant": "2026-12-02T00:00:00Z"},
                }
            },
            "both limits belong to the range, to the microsecond",
            (
                (do("set_fields", "mon 11:00", fields={"day": {"instant": "2026-11-30T23:59:59.999999Z"}}), False),
                (do("set_fields", "mon 12:00", fields={"day": {"instant": "2026-12-01T01:00:00+01:00"}}), True),
                (do("set_fields", "mon 13:00", fields={"day": {"instant": "2026-12-02T00:00:00Z"}}), True),
                (do("set_fields", "mon 14:00", fields={"day": {"instant": "2026-12-02T00:00:00.000001Z"}}), False),
            ),
        ),
        (
            "field-is-null",
            {"field_is": {"field": "level", "values": [None]}},
            "null matches a field without a value, also one never set",
            (
                (None, True),
                (do("set_fields", "mon 11:00", fields={"level": "low"}), False),
                (do("set_fields", "mon 12:00", fields={"level": None}), True),
            ),
        ),
        (
            "number-is-no-truth",
            {"field_is": {"field": "size", "values": [1]}},
            "1 and 2 differ",
            (
                (do("set_fields", "mon 11:00", fields={"size": 2}), False),
                (do("set_fields", "mon 12:00", fields={"size": 1}), True),
            ),
        ),
        (
            "truth-is",
            {"field_is": {"field": "vip", "values": [False]}},
            "false is not null",
            (
                (None, False),
                (do("set_fields", "mon 11:00", fields={"vip": False}), True),
                (do("set_fields", "mon 12:00", fields={"vip": True}), False),
            ),
        ),
        (
            "is-assigned",
            "is_assigned",
            "somebody has it",
            ((None, False), (do("assign", "mon 11:00", assignee="ana"), True), (do("give_back", "mon 12:00"), False)),
        ),
        (
            "assigned-to",
            {"assigned_to": ["ana"]},
            "Ana, not Eva",
            ((do("assign", "mon 11:00", assignee="eva"), False), (do("assign", "mon 12:00", assignee="ana"), True)),
        ),
        (
            "is-snoozed",
            "is_snoozed",
            "armed, hidden or not",
            (
                (None, False),
                (do("snooze", "mon 11:00", until=z("tue 10:00")), True),
                (say("mon 12:00"), True),
                (do("cancel_snooze", "mon 13:00"), False),
            ),
        ),
        (
            "is-hidden",
            "is_hidden",
            "until the customer writes",
            ((None, False), (do("snooze", "mon 11:00", until=z("tue 10:00")), True), (say("mon 12:00"), False)),
        ),
        (
            "happened-ever",
            {"happened": {"last_message": "agent"}},
            "once and for all",
            ((None, False), (say("mon 11:00", ROBOT), False), (say("mon 12:00", ANA), True), (say("mon 13:00"), True)),
        ),
        (
            "happened-latest",
            {"happened": {"latest": [{"last_message": "agent"}, {"entered": {"state": "waiting"}}]}},
            "any of the parts",
            ((None, False), (move("ask", "mon 11:00"), True)),
        ),
        (
            "happened-three-times",
            {"happened": {"anchor": {"last_message": "customer"}, "at_least": 3}},
            "the opening message counts; automatic messages, notes and the messages of others do not",
            (
                (say("mon 11:00"), False),
                (say("mon 12:00", automatic=True), False),
                (say("mon 13:00", ANA), False),
                (say("mon 14:00", THIRD), False),
                (say("mon 15:00"), True),
                (say("mon 16:00"), True),
            ),
        ),
        (
            "outside-event-twice",
            {"happened": {"anchor": {"outside": "shipped"}, "at_least": 2}},
            "every recording counts",
            (
                (do("record_event", "mon 11:00", event="shipped"), False),
                (do("record_event", "mon 12:00", event="returned"), False),
                (do("record_event", "mon 13:00", event="shipped"), True),
            ),
        ),
        (
            "is-unanswered",
            "is_unanswered",
            "the customer waits; a note and a third party answer nothing",
            (
                (None, True),
                (say("mon 11:00", ANA, public=False), True),
                (say("mon 12:00", THIRD), True),
                (say("mon 13:00", ANA), False),
                (say("mon 14:00"), True),
            ),
        ),
        (
            "reopened-twice",
            {"reopened": 2},
            "from solved to open, twice; waiting to open does not count",
            (
                (move("ask", "mon 10:30"), False),
                (move("resume", "mon 10:40"), False),
                (move("solve", "mon 11:00"), False),
                (move("resume", "mon 12:00"), False),
                (move("solve", "mon 13:00"), False),
                (move("resume", "mon 14:00"), True),
            ),
        ),
        ("all-of-nothing", {"all": []}, "always", ((None, True),)),
        ("any-of-nothing", {"any_of": []}, "never", ((None, False),)),
        (
            "not",
            {"not": {"state_is": ["open"]}},
            "the part does not hold",
            ((None, False), (move("ask", "mon 11:00"), True)),
        ),
        (
            "all-and-any",
            {"all": [{"any_of": [level, "is_assigned"]}, {"state_is": ["open"]}]},
            "assigned and open",
            ((None, False), (do("assign", "mon 11:00", assignee="ana"), True), (move("ask", "mon 12:00"), False)),
        ),
    )
    for name, condition, source, steps in shown:
        workflow = {
            "fields": fields,
            "lists": [{"name": "shown", "shows": condition}],
            "outside_events": ["returned", "shipped"],
        }
        desk = rules(workflow=workflow, snoozing={})
        taken: list[Json] = []
        for step, holds in steps:
            taken += [step] if step else []
            at = step["command"]["at"] if step else z("mon 10:00")
            taken.append(look(at, lists=["shown"] if holds else []))
        yield case(f"condition-{name}", "3.1 2.3", source, desk, opened(), *taken)


def _arrives(at: str, to: Json | str, by: Json = BRUNO, id: str = "m9", **more: object) -> Json:
    return {
        "arrives": {
            "message": {"id": id, **({"automatic": True} if more.pop("automatic", False) else {})},
            "by": by,
            **more,
        },
        "at": z(at),
        "to": to,
    }


def _routes() -> Iterator[Json]:
    desk = rules(workflow={"reopen": "resume"}, snoozing={})
    pair = (opened("mon 10:00", "T-2"), opened("mon 10:00", "T-1", BRUNO, "m1"))
    yield case(
        "route-of-equal-activity",
        "3.3",
        "both opened at 10:00 with a message: the smaller id",
        desk,
        *pair,
        _arrives("mon 11:00", {"append": "T-1"}),
    )
    yield case(
        "route-by-a-microsecond",
        "3.3",
        "T-2 was written to a microsecond later",
        desk,
        *pair,
        {**say("2026-11-23T10:00:00.000001Z", id="x"), "ticket": "T-2"},
        _arrives("mon 11:00", {"append": "T-2"}),
    )
    yield case(
        "route-ignores-robots-and-notes-of-nobody",
        "3.3",
        "a robot wrote on T-2, which is no activity of a person: the smaller id",
        desk,
        *pair,
        {**say("mon 10:30", ROBOT, "x"), "ticket": "T-2"},
        _arrives("mon 11:00", {"append": "T-1"}),
    )
    yield case(
        "route-to-the-pending-before-the-hidden",
        "3.3",
        "pending counts as open; T-1 is hidden",
        desk,
        *pair,
        {**do("snooze", "mon 10:30", until=z("tue 10:00")), "ticket": "T-1"},
        {**move("ask", "mon 10:15"), "ticket": "T-2"},
        _arrives("mon 11:00", {"append": "T-2"}),
    )
    yield case(
        "route-to-the-named-ticket",
        "3.3",
        "named, though the other was written to later",
        desk,
        *pair,
        {**say("mon 10:30", id="x"), "ticket": "T-2"},
        _arrives("mon 11:00", {"append": "T-1"}, reply_to="T-1"),
    )
    yield case(
        "route-to-a-new-ticket-without-candidates",
        "3.3",
        "the sender has no ticket",
        desk,
        {**_arrives("mon 10:00", {"open_new": None}), "new_ticket": "T-9"},
        look("mon 10:00", "T-9", state="open"),
    )
    yield case(
        "route-surfaces-a-hidden-ticket",
        "3.3 5.1",
        "the only ticket is hidden: the customer's message surfaces it",
        desk,
        opened(),
        do("snooze", "mon 10:30", until=z("tue 10:00")),
        _arrives("mon 11:00", {"surface": "T-1"}),
        look("mon 11:00", is_hidden=False),
    )
    yield case(
        "route-of-an-automatic-message-to-a-hidden-ticket",
        "3.3 5.1",
        "an automatic message surfaces nothing",
        desk,
        opened(),
        do("snooze", "mon 10:30", until=z("tue 10:00")),
        _arrives("mon 11:00", {"append": "T-1"}, automatic=True),
        look("mon 11:00", is_hidden=True),
    )
    yield case(
        "route-to-a-closed-ticket-opens-a-new-one",
        "3.3",
        "after_closing is new_ticket by default",
        desk,
        opened(),
        move("close", "mon 10:30"),
        {**_arrives("mon 11:00", {"open_new": None}), "new_ticket": "T-9"},
    )
    yield case(
        "route-to-a-closed-ticket-follows-it-up",
        "3.3 2.2",
        "after_closing is follow_up",
        rules(workflow={"after_closing": "follow_up"}),
        opened(),
        move("close", "mon 10:30"),
        {**_arrives("mon 11:00", {"follow_up": "T-1"}), "new_ticket": "T-9"},
        look("mon 11:00", "T-9", follows="T-1"),
    )
