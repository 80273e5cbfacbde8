"""Notice after moved reminders, and what is sent of a late plan; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
    CLOSE,
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
    z,
)


def stairs(*hours: int, **more: object) -> Json:
    """Return a ladder with a reminder after each number of hours but the last, when it closes."""
    reminders = (rung(elapsed(hours=each), send(f"at-{each}")) for each in hours[:-1])
    return ladder("stairs", *reminders, rung(elapsed(hours=hours[-1]), CLOSE), **more)


def masked(begins: str, ends: str) -> tuple[Json, Json]:
    """Return the steps that mask the ladder between two instants."""
    return move("start", begins), move("resume", ends)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _notice()
    yield from _dropped()
    yield from _deliveries()
    yield from _late_answers()


def _notice() -> Iterator[Json]:
    busy = masked("mon 10:30", "mon 13:00")
    listed: tuple[tuple[str, Json, tuple[Json, ...], str, str], ...] = (
        (
            "after-a-moved-reminder",
            stairs(1, 2, group="idle"),
            busy,
            "mon 14:00",
            "11:00 is held until 13:00; the rungs are an hour apart: 14:00",
        ),
        (
            "after-a-reminder-that-was-not-moved",
            stairs(1, 3, 4, group="idle"),
            masked("mon 11:30", "mon 12:30"),
            "mon 14:00",
            "the mask holds nothing: 11:00, 13:00 and 14:00 are their own instants",
        ),
        (
            "after-a-moved-reminder-and-another-that-was-not",
            stairs(1, 3, 4, group="idle"),
            masked("mon 10:30", "mon 12:00"),
            "mon 14:00",
            "11:00 is held until 12:00, but the last reminder comes at its own 13:00: no notice",
        ),
        (
            "after-the-last-of-two-moved-reminders",
            stairs(1, 2, 4, group="idle"),
            busy,
            "mon 15:00",
            "11:00 gives way to 12:00, given at 13:00; two hours of notice",
        ),
        (
            "longer-than-what-is-left",
            stairs(1, 48, group="idle"),
            busy,
            "wed 12:00",
            "given at 13:00, 47 hours of notice: Wed 12:00, not Wed 10:00",
        ),
        (
            "of-half-an-hour",
            stairs(1, 2, group="idle", min_notice={"minutes": 30}),
            busy,
            "mon 13:30",
            "given at 13:00, half an hour of notice",
        ),
        (
            "shorter-than-what-is-left",
            stairs(1, 5, group="idle", min_notice={"hours": 1}),
            busy,
            "mon 15:00",
            "given at 13:00; an hour of notice ends at 14:00, before the closing's own 15:00",
        ),
        (
            "of-a-ladder-that-nothing-moved",
            stairs(1, 2, group="idle", min_notice={"days": 1}),
            (),
            "mon 12:00",
            "the notice concerns moved reminders only",
        ),
        (
            "between-own-instants-of-business-days",
            ladder("stairs", rung(elapsed(days=1), send("at-24")), rung(business(3), CLOSE), group="idle"),
            masked("tue 09:00", "tue 15:00"),
            "thu 15:00",
            "Tue 10:00 and Thu 10:00 are 48 hours apart; given at Tue 15:00",
        ),
        (
            "by-a-gate",
            stairs(9, 10, gate="default"),
            (),
            "tue 10:00",
            "19:00 waits for Tue 09:00; an hour of notice ends inside the gate",
        ),
        (
            "that-ends-outside-a-gate",
            stairs(9, 19, gate="default"),
            (),
            "wed 09:00",
            "19:00 waits for Tue 09:00; ten hours of notice end at Tue 19:00, and the gate opens Wed 09:00",
        ),
    )
    for name, rule, steps, closes, source in listed:
        yield case(
            f"notice-{name}",
            "3.7",
            source,
            rules(rule),
            opened(),
            *steps,
            look(closes, state="closed"),
            look(
                closes, records={"state_changed": [*[{"rule": None}] * len(steps), {"at": z(closes), "rule": "stairs"}]}
            ),
        )
    yield case(
        "notice-after-a-reminder-already-given",
        "3.7",
        "11:00 is given by itself; the mask from 11:30 holds the closing of 12:00 until 13:00, and no reminder was moved",
        rules(stairs(1, 2, group="idle")),
        opened(),
        *masked("mon 11:30", "mon 13:00"),
        look("mon 13:00", state="closed"),
    )
    yield case(
        "notice-after-a-moved-reminder-already-in-the-history",
        "3.7",
        "given at 13:00 in place of 11:00, and carried out then; a day later the notice still counts from it: 15:00",
        rules(stairs(1, 3, group="idle")),
        opened(),
        *masked("mon 10:30", "mon 13:00"),
        {"advance": z("mon 13:00")},
        look("mon 14:59:59", state="open", next_due=z("mon 15:00")),
        look("tue 15:00", state="closed", automatic=[{"at": z("mon 13:00")}, {"at": z("mon 15:00")}]),
    )
    yield case(
        "notice-counts-from-the-recorded-due-instant",
        "3.7 3.16",
        "the reminder is due 08:30, an hour before the target of 09:30, and given at 09:00, when the gate opens; at 09:10 "
        "the target becomes 11:30. The last rungs are three hours apart, 08:30 as recorded and 11:30: closed at 12:00",
        rules(
            ladder(
                "stairs",
                rung({"before_due": elapsed(hours=1)}, send("soon")),
                rung({"of_target": 100}, CLOSE),
                since={"started": "solving"},
                gate="default",
            ),
            workflow={"fields": [{"name": "level", "choices": ["low", "high"]}]},
            clocks=[
                {
                    "name": "solving",
                    "measure": {"runs": {"not": {"category_is": ["resolved", "closed"]}}},
                    "targets": [
                        {"time": elapsed(hours=4), "given": {"field_is": {"field": "level", "values": ["high"]}}},
                        {"time": elapsed(hours=2)},
                    ],
                }
            ],
        ),
        opened("mon 07:30"),
        do("set_fields", "mon 09:10", fields={"level": "high"}),
        look("mon 11:00", automatic=acts(("mon 09:00", "stairs", "soon", "mon 08:30"))),
        look("mon 11:59:59", state="open"),
        look("mon 12:00", state="closed"),
    )
    yield case(
        "evaluating-late-collapses-nothing",
        "3.7 3.8",
        "no mask: both reminders and the closing stand at their own instants, whenever somebody looks",
        rules(stairs(1, 2, 3, group="idle")),
        opened(),
        look("fri 10:00", automatic=[{"at": z("mon 11:00")}, {"at": z("mon 12:00")}, {"at": z("mon 13:00")}]),
    )


def _dropped() -> Iterator[Json]:
    yield case(
        "dropped-reminder-at-its-own-instant-gives-no-notice",
        "3.6 3.7",
        "11:00 falls into the mask and is dropped at 11:00, its own instant: the closing of 13:00 waits for nothing",
        rules(stairs(1, 3, group="idle", on_mask="drop")),
        opened(),
        *masked("mon 10:30", "mon 12:00"),
        look(
            "mon 13:00", state="closed", automatic=[*acts(("mon 11:00", "stairs", "<dropped>")), {"at": z("mon 13:00")}]
        ),
    )
    plain, dropping = (
        rules(after("other", elapsed(days=9), group="idle")),
        rules(stairs(1, 3, group="idle", on_mask="drop")),
    )
    for name, advance in (("", []), ("-and-is-in-the-history", [{"advance": z("mon 12:30")}])):
        yield case(
            f"reminder-dropped-late-gives-no-notice{name}",
            "3.7 3.8 3.16",
            "the ladder is added while the ticket is busy since 12:30: its 11:00 is dropped at 12:30, the last entry; nothing "
            "was carried out late, so the closing keeps its 13:00, whether or not somebody looked in between",
            plain,
            opened(),
            move("start", "mon 12:30"),
            {"rules": dropping},
            *advance,
            move("resume", "mon 12:45"),
            look("mon 12:59:59", state="open", automatic=acts(("mon 12:30", "stairs", "<dropped>", "mon 11:00"))),
            look("mon 13:00", state="closed"),
        )
    yield case(
        "dropped-reminder-supersedes-none",
        "3.7",
        "the ladder is added after the note of 13:00. Its 11:00 is late and is given; its 12:00 finds the gate shut at its "
        "own instant and is dropped, so the one before does not give way to it",
        plain,
        opened(),
        say("mon 13:00", ANA, public=False),
        {
            "rules": rules(
                stairs(1, 2, 9, gate="no-noon", on_mask="drop"),
                calendars={"no-noon": {"zone": "UTC", "week": "mon 00:00-11:30 12:30-24:00"}},
            )
        },
        look(
            "mon 18:00",
            state="open",
            automatic=acts(
                ("mon 13:00", "stairs", "at-1", "mon 11:00"), ("mon 13:00", "stairs", "<dropped>", "mon 12:00")
            ),
        ),
    )
    yield case(
        "late-reminder-gives-way-past-a-dropped-one",
        "3.6 3.7",
        "as above, with a reminder of 12:45 that is late, too: it is the last one at 13:00, so that of 11:00 gives way to it",
        plain,
        opened(),
        say("mon 13:00", ANA, public=False),
        {
            "rules": rules(
                ladder(
                    "stairs",
                    rung(elapsed(hours=1), send("at-11")),
                    rung(elapsed(hours=2), send("at-12")),
                    rung(elapsed(minutes=165), send("at-12.45")),
                    rung(elapsed(hours=9), CLOSE),
                    gate="no-noon",
                    on_mask="drop",
                ),
                calendars={"no-noon": {"zone": "UTC", "week": "mon 00:00-11:30 12:30-24:00"}},
            )
        },
        look(
            "mon 18:00",
            state="open",
            automatic=acts(
                ("mon 13:00", "stairs", "<superseded>", "mon 11:00"),
                ("mon 13:00", "stairs", "<dropped>", "mon 12:00"),
                ("mon 13:00", "stairs", "at-12.45", "mon 12:45"),
            ),
        ),
    )
    yield case(
        "masked-closing-is-dropped-before-its-notice",
        "3.6 3.7",
        "11:00 is held until 11:30 by the gate, so the closing would wait until 12:30; but it falls into the mask at its own "
        "12:00 and is dropped there",
        rules(
            stairs(1, 2, group="idle", gate="late", on_mask="hold"),
            calendars={"late": {"zone": "UTC", "week": "mon 11:30-24:00"}},
        ),
        opened(),
        {"advance": z("mon 11:30")},
        {
            "rules": rules(
                stairs(1, 2, group="idle", on_mask="drop"),
            )
        },
        move("start", "mon 11:50"),
        look(
            "mon 18:00",
            state="busy",
            automatic=acts(("mon 11:30", "stairs", "at-1", "mon 11:00"), ("mon 12:00", "stairs", "<dropped>")),
        ),
    )
    yield case(
        "dropped-closing-ends-the-ladder",
        "3.6",
        "the closing of 12:00 falls into the mask and is dropped: nothing more comes",
        rules(stairs(1, 2, group="idle", on_mask="drop")),
        opened(),
        *masked("mon 11:30", "mon 13:00"),
        look(
            "fri 10:00",
            state="open",
            automatic=acts(("mon 11:00", "stairs", "at-1"), ("mon 12:00", "stairs", "<dropped>")),
        ),
        look("fri 10:00", explain={"stairs": {"verdict": "dropped"}}),
    )
    yield case(
        "dropped-for-impossibility-counts-as-an-occurrence",
        "3.1 3.4",
        "from waiting the move is impossible at 11:00: recorded as dropped, and the next repetition is another",
        rules(
            {
                "id": "ask",
                "when": {
                    "after": {"span": elapsed(hours=1), "since": "created", "every": elapsed(hours=1), "at_most": 3}
                },
                "then": [{"move": "ask"}],
            }
        ),
        opened(),
        move("ask", "mon 10:30"),
        move("resume", "mon 11:30"),
        look(
            "mon 20:00",
            automatic=acts(
                ("mon 11:00", "ask", "<dropped>"),
                ("mon 12:00", "ask", "<state_changed>"),
                ("mon 13:00", "ask", "<dropped>"),
            ),
        ),
    )


def _sends(at: str, sends: list[str], withholds: list[tuple[str, str]], **more: object) -> Json:
    split = {
        "sends": [{"template": each} for each in sends],
        "withholds": [{"template": template, "why": why} for template, why in withholds],
    }
    return {"deliveries": split, "at": z(at), **more}


def _answer(command: Json, sends: list[str], withholds: list[tuple[str, str]], **more: object) -> Json:
    split = {
        "sends": [{"template": each} for each in sends],
        "withholds": [{"template": template, "why": why} for template, why in withholds],
    }
    return {**command, "deliveries": split, **more}


def _late_answers() -> Iterator[Json]:
    days = ("day-1", "day-3", "day-7")
    asking = {"since": {"last_message": "agent"}, "ended_by": {"last_message": "customer"}}
    reminders = ladder("remind", *(rung(elapsed(days=int(name[4:])), send(name)) for name in days), **asking)
    asked, answered = [opened(), say("mon 10:30", ANA)], say("thu2 10:30")
    ended = [(name, "episode_ended") for name in days]
    for name, step, source in (
        ("nothing", _answer(answered, [], ended), "nothing is sent: the answer ended the wait"),
        ("all-in-mode-all", _answer(answered, [*days], [], default="all"), "mode all sends them nevertheless"),
        (
            "all-in-mode-all-of-the-rule",
            _answer(answered, [*days], [], modes={"remind": "all"}),
            "the mode of the rule goes before the default",
        ),
        (
            "nothing-of-the-earliest",
            _answer(answered, [], ended, default="earliest"),
            "not even the earliest: the reason goes before the mode",
        ),
        (
            "nothing-within-the-grace",
            _answer(answered, [], ended, default_grace={"days": 9}),
            "the last is three days late and the grace is nine, but the reason goes before it",
        ),
    ):
        yield case(
            f"late-answer-sends-{name}",
            "3.9",
            f"due on days 1, 3 and 7 after the question; the service was down, and the customer answers on day 10: {source}",
            rules(reminders),
            *asked,
            step,
            look(
                "thu2 10:30",
                automatic=acts(("tue 10:30", "remind", "day-1"), ("thu 10:30", "remind", "day-3"))
                + acts(("mon2 10:30", "remind", "day-7")),
            ),
        )
    yield case(
        "late-note-ends-no-wait",
        "3.9",
        "an internal note on day 10 is no answer: the latest reminder is sent, as of any late plan",
        rules(reminders),
        *asked,
        _answer(
            say("thu2 10:30", ANA, public=False), ["day-7"], [(name, "latest_is_sent") for name in ("day-1", "day-3")]
        ),
    )
    yield case(
        "late-answer-sends-what-rules-react-with",
        "3.9 3.2",
        "the thanks for the answer are no reminder of the wait that it ended",
        rules(reminders, on("thanks", {"on_message": "customer"})),
        *asked,
        _answer(answered, ["thanks"], ended),
    )
    yield case(
        "late-answer-that-comes-between-two-reminders",
        "3.9",
        "on day 5, days 1 and 3 were due; day 7 never comes",
        rules(reminders),
        *asked,
        _answer(say("sat 10:30"), [], ended[:2]),
        _sends("thu2 10:30", [], []),
    )
    yield case(
        "repeated-answer-sends-nothing",
        "3.9 3.12",
        "the second delivery of the answer changes nothing and finds nothing due",
        rules(reminders),
        *asked,
        _answer(do("add_message", "thu2 10:30", BRUNO, message={"id": "m9"}, event_id="e9"), [], ended),
        _answer(do("add_message", "thu2 10:30", BRUNO, message={"id": "m9"}, event_id="e9"), [], []),
    )
    resuming = ladder("remind", rung(elapsed(days=1), send("day-1")), **asking, group="idle", on_resume="restart")
    work = after("work", elapsed(days=2), {"entered": {"state": "open"}}, given={"state_is": ["open"]})
    resumed = [*asked, move("start", "mon 11:00"), move("resume", "mon 12:00")]
    yield case(
        "late-answer-behind-a-mask-ends-the-wait",
        "3.9 3.6",
        "counted anew from Mon 12:00; the reminder is due on Tuesday, a rule masks on Wednesday, the answer ends the wait",
        rules(resuming, {**work, "then": [{"move": "start"}]}),
        *resumed,
        _answer(say("thu 12:00"), [], [("day-1", "episode_ended")]),
    )
    for name, command in (("note", say("thu 12:00", ANA, public=False)), ("mask", move("start", "thu 12:00"))):
        yield case(
            f"late-{name}-does-not-end-a-wait-that-was-counted-anew",
            "3.9 3.6",
            "counted anew from Mon 12:00; the reminder is due on Tuesday, and behind a mask the wait goes on",
            rules(resuming),
            *resumed,
            _answer(command, ["day-1"], []),
        )
    yield case(
        "message-that-goes-with-a-closing-is-no-reminder",
        "3.9",
        "the follow-up finds the ticket closed on day 3: the farewell is sent, the reminder before it is not",
        rules(
            ladder("remind", rung(elapsed(days=1), send("day-1")), rung(elapsed(days=3), CLOSE, send("bye")), **asking),
            workflow={"after_closing": "follow_up"},
        ),
        *asked,
        _answer(
            do("follow_up", "thu2 10:30", BRUNO, new_ticket="T-2", message={"id": "m9"}),
            ["bye"],
            [("day-1", "ticket_closes")],
        ),
    )


def _deliveries() -> Iterator[Json]:
    reminders = ladder("stairs", *(rung(elapsed(hours=each), send(f"at-{each}")) for each in (1, 2, 3)))
    latest = "latest_is_sent"
    for name, step, source in (
        (
            "latest",
            _sends("mon 13:00", ["at-3"], [("at-1", latest), ("at-2", latest)]),
            "the last of three in one plan",
        ),
        (
            "earliest",
            _sends(
                "mon 13:00", ["at-1"], [("at-2", "earliest_is_sent"), ("at-3", "earliest_is_sent")], default="earliest"
            ),
            "the first of three in one plan",
        ),
        ("all", _sends("mon 13:00", ["at-1", "at-2", "at-3"], [], default="all"), "all three"),
        (
            "within",
            _sends("mon 13:00", ["at-2", "at-3"], [("at-1", "late")], default_grace={"minutes": 90}),
            "at 13:00, 11:00 is two hours late, 12:00 one, 13:00 none; the grace is an hour and a half",
        ),
        ("one", _sends("mon 11:30", ["at-1"], []), "a single message is the latest"),
        (
            "of-a-rule",
            _sends("mon 13:00", ["at-1", "at-2", "at-3"], [], default="earliest", modes={"stairs": "all"}),
            "the mode of the rule goes before the default",
        ),
        (
            "grace-of-a-rule",
            _sends(
                "mon 13:00",
                ["at-3"],
                [("at-1", "late"), ("at-2", "late")],
                default="all",
                graces={"stairs": {"minutes": 30}},
            ),
            "the grace of the rule goes before the default",
        ),
        (
            "sent-later-than-planned",
            _sends("mon 11:00", [], [("at-1", "late")], sent_at=z("mon 13:00"), default_grace={"hours": 1}),
            "planned at 11:00 and sent at 13:00: two hours late",
        ),
    ):
        yield case(f"late-plan-{name}", "3.9", source, rules(reminders), opened(), step)
    closing = "ticket_closes"
    for name, step in (
        ("by-default", _sends("mon 13:00", [], [("at-1", closing), ("at-2", closing)])),
        ("though-all-are-sent", _sends("mon 13:00", [], [("at-1", closing), ("at-2", closing)], default="all")),
        (
            "though-within-the-grace",
            _sends("mon 13:00", [], [("at-1", closing), ("at-2", closing)], default_grace={"days": 9}),
        ),
    ):
        source = "the ladder closes the ticket in this plan; that reason goes before every mode"
        yield case(f"closing-plan-withholds-{name}", "3.9", source, rules(stairs(1, 2, 3)), opened(), step)
    yield case(
        "message-beside-the-closing-move-is-sent",
        "3.9",
        "another entry of the episode must close the ticket; this message is in the entry that does",
        rules(ladder("stairs", rung(elapsed(hours=1), send("at-1")), rung(elapsed(hours=2), CLOSE, send("bye")))),
        opened(),
        _sends("mon 13:00", ["bye"], [("at-1", closing)]),
    )
    yield case(
        "another-rule-that-closes-withholds-nothing",
        "3.9",
        "the closing is of another rule, so of another episode",
        rules(after("tell", elapsed(hours=1)), {**after("end", elapsed(hours=2)), "then": [CLOSE]}),
        opened(),
        _sends("mon 13:00", ["tell"], []),
    )
    yield case(
        "two-messages-of-one-entry-are-both-sent",
        "3.9",
        "the later of a plan is a later entry; both of the entry of 12:00 are the latest",
        rules(
            ladder(
                "stairs",
                rung(elapsed(hours=1), send("one")),
                rung(elapsed(hours=2), send("two"), send("staff", "agent")),
            )
        ),
        opened(),
        _sends("mon 13:00", ["two", "staff"], [("one", latest)]),
        _sends("mon 13:00", ["one"], [("two", "earliest_is_sent"), ("staff", "earliest_is_sent")], default="earliest"),
    )
    to_and_fro = rules(
        {
            **after("go", elapsed(hours=1), {"entered": {"state": "open"}}, given={"state_is": ["open"]}),
            "then": [{"move": "ask"}],
        },
        {
            **after("back", elapsed(hours=1), {"entered": {"state": "waiting"}}, given={"state_is": ["waiting"]}),
            "then": [{"move": "resume"}],
        },
        after("ping", elapsed(minutes=30), {"entered": {"state": "waiting"}}, given={"state_is": ["waiting"]}),
    )
    yield case(
        "two-episodes-of-one-rule-in-a-late-plan",
        "3.9 3.4",
        "waiting from 11:00 and again from 13:00: pings at 11:30 and 13:30 belong to two episodes, and each is its latest",
        to_and_fro,
        opened(),
        _sends("mon 14:00", ["ping", "ping"], []),
        _sends("mon 14:00", ["ping", "ping"], [], default="earliest"),
        look(
            "mon 13:30",
            automatic=[{"rule": "go"}, {"rule": "ping"}, {"rule": "back"}, {"rule": "go"}, {"rule": "ping"}],
        ),
    )
    gated = rules(after("tell", elapsed(hours=9), gate="default"))
    yield case(
        "lateness-counts-from-the-instant-of-effect",
        "3.9 3.6",
        "due by itself at Mon 19:00, in effect at Tue 09:00: at Tue 09:30 it is half an hour late, not fourteen and a half",
        gated,
        opened(),
        _sends("tue 09:30", ["tell"], [], default_grace={"hours": 1}),
        _sends("tue 10:00", ["tell"], [], default_grace={"hours": 1}),
        _sends("tue 10:30", [], [("tell", "late")], default_grace={"hours": 1}),
    )
    yield case(
        "messages-of-reactions-are-episodes-of-their-own",
        "3.9",
        "a reaction to each move of a rule: the entries that set them off differ, so both are sent",
        rules(
            {
                **after("go", elapsed(hours=1), {"entered": {"state": "open"}}, given={"state_is": ["open"]}),
                "then": [{"move": "ask"}],
            },
            {
                **after("back", elapsed(hours=1), {"entered": {"state": "waiting"}}, given={"state_is": ["waiting"]}),
                "then": [{"move": "resume"}],
            },
            {"id": "tell", "when": {"on_enter": {"state_is": ["waiting"]}}, "then": [send("asked")]},
        ),
        opened(),
        _sends("mon 13:00", ["asked", "asked"], []),
    )
    yield case(
        "recipients-of-messages",
        "3.9",
        "to the customer by default, to a role, to the owner",
        rules({**after("tell", elapsed(hours=1)), "then": [send("a"), send("b", "agent"), send("c", "owner")]}),
        opened(),
        do("assign", "mon 10:30", assignee="ana"),
        {
            "deliveries": {
                "sends": [{"to": "customer", "rule": "tell"}, {"to": "agent"}, {"to": "owner"}],
                "withholds": [],
            },
            "at": z("mon 11:00"),
        },
    )
    for_whom = [
        send("a"),
        send("b", "requester"),
        send("c", "owner"),
        send("d", "agent"),
        send("e", "person:o'brien@x.org"),
    ]
    telling = rules({**after("tell", elapsed(hours=1)), "then": for_whom})
    yield case(
        "whoever-is-meant-stands-in-the-entry",
        "3.9 2.5",
        "Ana opens it for Bruno and owns it; of agents, it is known to the service who they are",
        telling,
        opened(by=ANA, message=None, requester="bruno", assignee="ana"),
        look(
            "mon 11:00",
            automatic=[
                {
                    "rule": "tell",
                    "events": [
                        {"message_requested": {"template": name, "to": to} | ({"recipient": who} if who else {})}
                        for name, to, who in (
                            ("a", "customer", "bruno"),
                            ("b", "requester", "bruno"),
                            ("c", "owner", "ana"),
                            ("d", "agent", None),
                            ("e", "person:o'brien@x.org", "o'brien@x.org"),
                        )
                    ],
                }
            ],
        ),
    )
    yield case(
        "messages-for-nobody-are-withheld",
        "3.9 2.5",
        "Ana opens it for nobody yet and nobody owns it: only agents and the named person have an addressee",
        telling,
        opened(by=ANA, message=None),
        {
            "deliveries": {
                "sends": [{"template": "d"}, {"template": "e"}],
                "withholds": [{"template": name, "why": "no_addressee"} for name in "abc"],
            },
            "at": z("mon 11:00"),
        },
    )
    yield case(
        "nothing-due-nothing-sent",
        "3.9",
        "an empty plan has no messages; what was sent before is in no plan",
        rules(reminders),
        opened(),
        _sends("mon 10:30", [], []),
        {"advance": z("mon 11:00")},
        _sends("mon 11:30", [], []),
        say("mon 11:45"),
        _sends("mon 12:00", ["at-2"], []),
    )
