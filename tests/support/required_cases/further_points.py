"""Points that appear only where two things meet: ends of lists, swapped rules, guards, far dates, clocks that are over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

from tests.support.required_cases.definitions import _reject as refused_document
from tests.support.required_cases.edges import _asked as asked
from tests.support.required_cases.edges import _hours as hours
from tests.support.required_cases.holidays import known
from tests.support.required_cases.targets import RESOLUTION, policy
from tests.support.required_cases.valid_rules import ELEVEN, END, START, TEN
from tests.support.required_cases.valid_rules import STATES as THREE_STATES
from tests.support.required_cases.valid_rules import _desk as plain_desk
from tests.support.required_cases.valid_rules import _entry as entry
from tests.support.required_cases.valid_rules import _opened as opening
from tests.support.required_cases.valid_rules import _read as read_document
from tests.support.required_cases.writing import (
    ANA,
    BRUNO,
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
WAITING: Json = {"state_is": ["waiting"]}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _ends_of_lists()
    yield from _only_open_time()
    yield from _far_easters()
    yield from _repetitions()
    yield from _swapped_rules()
    yield from _openings()
    yield from _conditions()
    yield from _clocks()
    yield from _reports()
    yield from _many_rules()
    yield from _refused_moves()
    yield from _documents()
    yield from _spans()
    yield from _starts()
    yield from _histories()
    yield from _marks()
    yield from _limits()
    yield from _named_measures()
    yield from _dead_ends()
    yield from _tables()
    yield from _explained()
    yield from _looks()


def _ends_of_lists() -> Iterator[Json]:
    both = hours("UTC", "mon-fri", "09:00-18:00", known_years=[2026, 2026], dated_until="2026-06-30")
    for name, at, expect, why in (
        ("before-both-ends", "2026-06-30T10:00:00Z", True, "the last date of the list, a Tuesday"),
        ("after-the-list", "2026-07-01T10:00:00Z", None, "the list ends on 30 June, though 2026 is known"),
        ("after-both-ends", "2027-01-04T10:00:00Z", None, "neither the list nor the year is known"),
        ("before-the-known-years", "2025-12-30T10:00:00Z", None, "the list has no first date, but 2025 is not known"),
    ):
        error = {"error": "unknown_holidays"} if expect is None else {}
        yield asked(f"list-that-ends-in-a-known-year-{name}", "1.5", why, both, "is_open", expect, at=at, **error)
    year = hours("UTC", "mon-fri", "09:00-18:00", known_years=[2026, 2026])
    for name, start, days, due, why in (
        (
            "from-january",
            "2026-01-05T10:00:00Z",
            258,
            "2026-12-31T10:00:00Z",
            "Mon 5 January is day 5 of the year, Mon 28 December day 362: 51 weeks of five days, and three more days",
        ),
        (
            "from-june",
            "2026-06-30T10:00:00Z",
            130,
            "2026-12-29T10:00:00Z",
            "Tue 30 June is day 181, Tue 29 December is day 363: 26 weeks of five days",
        ),
        (
            "from-july",
            "2026-07-01T10:00:00Z",
            131,
            "2026-12-31T10:00:00Z",
            "Wed 1 July is day 182. 26 weeks of five days to Wed 30 December, and one day more",
        ),
        ("beyond", "2026-01-05T10:00:00Z", 259, None, "the day after 31 December 2026 is not known"),
    ):
        error = {"error": "unknown_holidays"} if due is None else {}
        yield asked(
            f"business-days-to-the-last-known-days-{name}",
            "1.5 1.7",
            why,
            year,
            "add_business_days",
            due,
            start=start,
            days=days,
            **error,
        )
    fifth = hours("UTC", "mon-fri", "09:00-18:00", holidays=["5th mon"])
    for name, at, expect, why in (
        ("fifth", "2026-11-30T10:00:00Z", False, "2, 9, 16, 23 and 30 November 2026 are Mondays"),
        ("fourth", "2026-11-23T10:00:00Z", True, "the fourth Monday of November"),
        ("last-that-is-the-fourth", "2026-12-28T10:00:00Z", True, "7, 14, 21 and 28 December: there is no fifth"),
    ):
        yield asked(f"{name}-weekday-of-a-month", "1.3", why, fifth, "is_open", expect, at=at)


def _only_open_time() -> Iterator[Json]:
    """Yield questions to calendars that are open once: the amount asked is all the open time that there is."""
    once = {"tz": "UTC", "hours": {}, "overrides": {"2000-01-03": [["09:00", "17:00"]]}}
    eight = 8 * 3600
    for name, start, seconds, expect, why in (
        ("all-before", "2080-06-01T00:00:00Z", -eight, "2000-01-03T09:00:00Z", "eight hours back, all that there is"),
        ("more-than-all-before", "2080-06-01T00:00:00Z", -eight - 1, None, "a second more than there is"),
        ("one-less-before", "2080-06-01T00:00:00Z", 1 - eight, "2000-01-03T09:00:01Z", "a second after the opening"),
        ("all-after", "1920-06-01T00:00:00Z", eight, "2000-01-03T17:00:00Z", "eight hours on, all that there is"),
        ("more-than-all-after", "1920-06-01T00:00:00Z", eight + 1, None, "a second more than there is"),
    ):
        error = {"error": "never_open"} if expect is None else {}
        yield asked(f"open-once-{name}", "1.4 1.5", why, once, "add", expect, start=start, seconds=seconds, **error)


def _easter(year: int) -> date:
    """Return the Sunday after the first full moon of spring, by the rules of Clavius: golden number and epact."""
    golden = year % 19 + 1
    century = year // 100 + 1
    solar, lunar = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    epact = (11 * golden + 20 + lunar - solar) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    moon = 44 - epact if 44 - epact >= 21 else 74 - epact
    full = date(year, 3, 1) + timedelta(days=moon - 1)
    return full + timedelta(days=(6 - full.weekday()) % 7 or 7)


def _far_easters() -> Iterator[Json]:
    """Yield sums over centuries in which the date of Easter decides how much a holiday takes away."""
    moved = hours("UTC", "sun", "09:00-17:00", holidays=["2029-01-06 observed sat-6"])
    yield asked(
        "far-time-with-a-date-that-moves-over-new-year",
        "1.3 1.4",
        "6 January 2029 is a Saturday, so the holiday is Sunday 31 December 2028. The Sundays from 2 January 2000 to 28 "
        "December 2059 are 3131, one of them free",
        moved,
        "between",
        3130 * 8 * 3600,
        start="2000-01-01T00:00:00Z",
        end="2060-01-01T00:00:00Z",
    )
    sundays = hours("UTC", "sun", "09:00-17:00", holidays=["easter"])
    for month_day, expect in (("04-18", True), ("04-25", False)):
        for year in ("0827", "7515"):
            yield asked(
                f"latest-easter-of-{year}-{month_day}",
                "1.3",
                "epact 25 and golden number 11: the full moon is on Sunday 18 April, so Easter is a week later",
                sundays,
                "is_open",
                expect,
                at=f"{year}-{month_day}T10:00:00Z",
            )
    friday = [["09:00", "13:00"]]
    spring = {
        "tz": "UTC",
        "hours": {"fri": [["09:00", "17:00"]]},
        "holidays": ["easter-2"],
        "periods": [{"first": "04-01", "last": "04-30", "hours": {"fri": friday}}],
    }
    autumn = {
        "tz": "UTC",
        "hours": {"fri": [["09:00", "17:00"]]},
        "holidays": ["easter+180"],
        "periods": [{"first": "10-01", "last": "10-31", "hours": {"fri": friday}}],
    }
    for name, calendar, distance, short in (("spring", spring, -2, 4), ("autumn", autumn, 180, 10)):
        for first, last in ((1990, 2290), (2100, 2140), (2400, 2900)):
            days = [
                date(first, 1, 1) + timedelta(days=each) for each in range((date(last, 1, 1) - date(first, 1, 1)).days)
            ]
            free = {_easter(year) + timedelta(days=distance) for year in range(first, last)}
            opens = [4 if day.month == short else 8 for day in days if day.weekday() == 4 and day not in free]
            yield asked(
                f"far-holidays-by-easter-in-{name}-{first}-{last}",
                "1.3 1.4",
                "counted day by day: eight hours of each Friday, four in the short month, none on the holiday. Easter by the "
                "rules of Clavius",
                calendar,
                "between",
                sum(opens) * 3600,
                start=f"{first}-01-01T00:00:00Z",
                end=f"{last}-01-01T00:00:00Z",
            )


def _repetitions() -> Iterator[Json]:
    for number in (1, 2, 3, 4, 7, 8):
        yield case(
            f"armed-after-all-{number}-repetitions",
            "3.4",
            f"hourly since Mon 10:00, {number} times, armed at Wed 10:00: of those before only the last exists",
            rules(after("hourly", elapsed(hours=1), every=elapsed(hours=1), at_most=number, given=WAITING)),
            opened(),
            move("ask", "wed 10:00"),
            look("fri 20:00", automatic=acts(("wed 10:00", "hourly")), has_more=False),
        )
    for name, since, expected in (
        ("before", "mon 12:29", [("mon 12:30", "hourly"), ("mon 13:00", "hourly")]),
        ("at", "mon 12:30", [("mon 12:30", "hourly"), ("mon 13:00", "hourly")]),
        ("after", "mon 12:31", [("mon 13:00", "hourly")]),
    ):
        yield case(
            f"in-force-{name}-the-arming",
            "3.17 3.4",
            "hourly since Mon 10:00, armed at Mon 12:30: that of 12:00 is due at the arming, if that is in force",
            rules(
                after(
                    "hourly",
                    elapsed(hours=1),
                    every=elapsed(hours=1),
                    at_most=3,
                    given=WAITING,
                    in_force_from=z(since),
                )
            ),
            opened(),
            move("ask", "mon 12:30"),
            look("fri 20:00", automatic=acts(*expected)),
        )


def _swapped_rules() -> Iterator[Json]:
    def desk(first: int) -> Json:
        return rules(*(after(f"rule-{each}", elapsed(hours=first + each), generation=first) for each in range(4)))

    def fired(first: int) -> list[Json]:
        return acts((z(instant("mon 10:00") + timedelta(hours=first)), "rule-0"))

    yield case(
        "rules-swapped-after-a-look",
        "3.12 3.11",
        "the first rule set has nothing due before Tue 10:00, the second at Mon 15:00; what was found out with the first "
        "says nothing of the second",
        desk(24),
        opened(),
        look("mon 11:00", due=[], next_due=z("tue 10:00")),
        {"rules": desk(5)},
        {"deliveries": {"sends": [{"template": "rule-0"}], "withholds": []}, "at": z("mon 15:00")},
        look("mon 14:59", due=[], next_due=z("mon 15:00")),
        look("mon 15:00", automatic=fired(5)),
        {"rules": desk(24)},
        look("mon 15:00", due=[], next_due=z("tue 10:00")),
    )
    yield case(
        "rules-swapped-after-a-command",
        "3.12 3.11",
        "the same, with a message between: it changes no rule of either set",
        desk(24),
        opened(),
        look("mon 11:00", due=[], next_due=z("tue 10:00")),
        say("mon 12:00"),
        {"rules": desk(5)},
        look("mon 15:00", due=[{"rule": "rule-0"}], next_due=z("mon 15:00")),
        say("mon 14:00"),
        {"rules": desk(24)},
        look("mon 15:00", due=[], next_due=z("tue 10:00")),
        look("tue 10:00", due=[{"rule": "rule-0"}]),
    )


def _openings() -> Iterator[Json]:
    ways = {
        "openings": [
            {"target": "open", "may": ["customer", "agent"]},
            {"target": "busy", "may": ["agent"], "needs": ["size"]},
        ],
        "fields": [{"name": "size", "kind": "number"}],
    }
    desk = rules(workflow=ways)
    yield case(
        "states-in-which-tickets-begin",
        "2.4",
        "customers begin in open only, agents also in busy with a size; nobody begins in waiting, and lost is no state",
        desk,
        opened(by=ANA, state="lost", refused=["not_found"]),
        opened(state="waiting", refused=["not_allowed"]),
        opened(state="busy", refused=["not_allowed"]),
        opened(by=ANA, state="waiting", refused=["not_allowed"]),
        opened(by=ANA, state="busy", refused=["missing_fields"]),
        opened(by=ANA, state="busy", fields={"size": 3}),
        look("mon 10:00", state="busy"),
    )
    weekly: Json = {
        "choices": [{"next_week": {"name": "thursday", "weekday": 3}}, {"next_week": {"name": "sunday", "weekday": 6}}]
    }
    yield case(
        "weekdays-of-next-week",
        "5.1",
        "on Sun 29 November 2026, next week begins the day after: Thu 3 and Sun 6 December. On Mon 23 it begins on Mon 30",
        rules(snoozing=weekly),
        opened(),
        do("snooze", "mon 12:00", choice="thursday"),
        look("mon 12:00", snoozed_until="2026-12-03T09:00:00Z"),
        do("snooze", "sun 12:00", choice="thursday"),
        look("sun 12:00", snoozed_until="2026-12-03T09:00:00Z"),
        do("snooze", "sun 12:01", choice="sunday"),
        look("sun 12:01", snoozed_until="2026-12-06T09:00:00Z"),
        do("snooze", "mon2 12:00", choice="sunday"),
        look("mon2 12:00", snoozed_until="2026-12-13T09:00:00Z"),
    )


def _conditions() -> Iterator[Json]:
    level = {"name": "level", "choices": ["low", "high", "urgent"]}
    hurry: Json = {"field_is": {"field": "level", "values": ["high", "urgent"]}}
    yield case(
        "one-of-two-values",
        "3.1",
        "the rule reacts while the level is one of two, and waits an hour for the same",
        rules(
            on("hello", {"on_message": "customer"}, given=hurry),
            after("tell", elapsed(hours=1), given=hurry),
            workflow={"fields": [level]},
        ),
        opened(message=None, fields={"level": "low"}, by=ANA),
        say("mon 10:10"),
        do("set_fields", "mon 10:20", fields={"level": "urgent"}),
        say("mon 10:30"),
        do("set_fields", "mon 10:40", fields={"level": "high"}),
        say("mon 10:50"),
        look("tue 10:00", automatic=acts(("mon 10:30", "hello"), ("mon 10:50", "hello"), ("mon 11:00", "tell"))),
    )
    hand_over = {"name": "hand-over", "sources": ["open"], "target": "busy", "may": ["customer"]}
    for name, given, urgent, is_open in (
        ("holds", {"not": URGENT}, False, True),
        ("does-not-hold", {"not": URGENT}, True, False),
        ("of-two-holds", {"not": {"any_of": [URGENT, WAITING]}}, False, True),
        ("of-two-does-not-hold", {"not": {"any_of": [WAITING, URGENT]}}, True, False),
    ):
        refused = {} if is_open else {"refused": ["guard"]}
        yield case(
            f"guard-with-not-that-{name}",
            "2.4",
            "customers may not set fields, so nothing that comes with the move changes whether it is urgent",
            rules(
                workflow={
                    "fields": [{"name": "urgent", "kind": "truth"}],
                    "states": STATES,
                    "transitions": [*TRANSITIONS, {**hand_over, "given": given}],
                }
            ),
            opened(by=ANA, fields={"urgent": urgent}),
            {
                "available": {"moves": {"hand-over": {"is_open": is_open, **refused}}},
                "at": z("mon 11:00"),
                "by": BRUNO,
            },
        )
    for name, days in (("one", -1), ("many", -300)):
        yield refused_document(
            f"{name}-business-days-back",
            "rules",
            "a number of days is 0 or more",
            {**rules(after("tell", {"business_days": {"days": days}}))["document"]},
            ("bad_value", "/automations/0/when/after/span/business_days"),
            clauses="1.7 6.2",
        )
    clock: Json = {"name": "solving", "targets": [{"time": elapsed(hours=1)}]}
    for name, condition in (
        ("a-clock", {"clock_is": {"clock": "solving", "fact": "breached"}}),
        ("a-clock-in-a-not", {"not": {"clock_is": {"clock": "solving", "fact": "breached"}}}),
        ("a-start", {"happened": {"anchor": {"started": "solving"}}}),
        ("a-breach", {"happened": {"anchor": {"breached": "solving"}}}),
    ):
        yield refused_document(
            f"clock-that-asks-about-{name}",
            "rules",
            "a clock is read from the ticket, so its condition can't ask about a clock",
            {**rules(clocks=[{**clock, "measure": {"runs": condition}}])["document"]},
            ("bad_value", "/clocks/0/measure/runs"),
            clauses="4.1 6.2",
        )


def _clocks() -> Iterator[Json]:
    year_end, new_year = "2026-12-31", "2027-01-01T00:00:00Z"
    solving = policy(working(hours=2))
    desk = rules(clocks=[solving], calendars={"default": known(2026, 2026)})
    yield case(
        "breach-in-unknown-years",
        "1.5 4.5",
        "one of two hours is left in 2026: whether the target is missed is not known from 2027 on",
        desk,
        opened(f"{year_end}T17:00:00Z"),
        look(f"{year_end}T23:00:00Z", unknown_from=None, next_due=None, clocks={"solving": {"due_at": None}}),
        look(new_year, unknown_from=new_year, due=[]),
    )
    yield case(
        "stopped-before-unknown-years",
        "1.5 4.2",
        "solved after half an hour: the due instant is not known, and nothing else depends on it",
        desk,
        opened(f"{year_end}T17:00:00Z"),
        move("solve", f"{year_end}T17:30:00Z"),
        look(
            "2027-01-04T00:00:00Z",
            unknown_from=None,
            clocks={"solving": {"state": "met", "due_at": None, "elapsed": {"minutes": 30}}},
        ),
    )
    hour, eight, six = (policy(elapsed(hours=each), None) for each in (1, 8, 6))
    yield case(
        "recorded-breach-under-other-rules",
        "4.5 4.6",
        "missed at Mon 11:00 by the target of an hour; with eight hours it was not, but what is recorded stays",
        rules(clocks=[hour]),
        opened(),
        {"advance": z("mon 12:00")},
        {"rules": rules(clocks=[eight])},
        look(
            "mon 13:00",
            clocks={
                "solving": {"state": "breached", "breached_at": "2026-11-23T11:00:00.000001Z", "due_at": z("mon 18:00")}
            },
        ),
    )
    frozen = [
        {
            "clock": "solving",
            "old_due": None,
            "new_due": None,
            "would_breach": True,
            "would_unbreach": False,
        }
    ]
    yield case(
        "migration-of-a-clock-that-stands-still",
        "4.6 4.3",
        "frozen since Mon 13:00 after three hours: it has no due instant, neither with eight hours nor with one or six. "
        "With one it is missed",
        rules(clocks=[eight]),
        opened(),
        move("ask", "mon 13:00"),
        {"migrate": rules(clocks=[six]), "at": z("mon 14:00"), "changes": []},
        {"migrate": rules(clocks=[hour]), "at": z("mon 14:00"), "changes": frozen},
    )
    call = [{"name": "call", "kind": "future"}]
    promised: Json = {"name": "solving", "measure": RESOLUTION, "targets": [{"field": "call"}]}
    yield case(
        "migration-of-a-clock-that-stands-still-without-a-target",
        "4.6",
        "the call is not set, so there is no target with either rule set",
        rules(clocks=[{**promised, "name": "solving"}], workflow={"fields": call}),
        opened(),
        move("ask", "mon 13:00"),
        {
            "migrate": rules(clocks=[promised], workflow={"fields": call}),
            "at": z("mon 14:00"),
            "changes": [],
        },
    )


def _reports() -> Iterator[Json]:
    spent = {"elapsed": {"hours": 2}, "working": {"hours": 2}}
    yield case(
        "report-of-a-closed-ticket",
        "2.2",
        "two hours open; a closed ticket spends no more time",
        rules(),
        opened(),
        move("close", "mon 12:00"),
        look("fri 12:00", report={"state": "closed", "time_in": {"open": spent}}),
    )
    none = dict.fromkeys(("under_way", "met", "breached", "void", "measured"), 0)
    yield case(
        "report-of-a-clock-without-a-target",
        "2.2 4.2",
        "under way until it is solved; then it is measured, since there was nothing to meet",
        rules(clocks=[{"name": "solving", "measure": RESOLUTION, "calendar": None}]),
        opened(),
        look("mon 11:00", report={"clocks": {"solving": {**none, "under_way": 1}}}),
        move("solve", "mon 12:00"),
        look("mon 13:00", report={"clocks": {"solving": {**none, "measured": 1}}}),
    )
    yield case(
        "report-of-a-clock-with-a-target",
        "2.2 4.2",
        "under way, and met once it is solved within two hours",
        rules(clocks=[policy(elapsed(hours=2), None)]),
        opened(),
        look("mon 11:00", report={"clocks": {"solving": {**none, "under_way": 1}}}),
        move("solve", "mon 11:30"),
        look("mon 13:00", report={"clocks": {"solving": {**none, "met": 1}}}),
    )


def _many_rules() -> Iterator[Json]:
    """Yield late plans of many rules: some are ended by what others do on the way, and some begin."""
    open_only: Json = {"state_is": ["open"]}
    early = [after(f"early-{each:02}", elapsed(hours=1 + each), given=open_only) for each in range(10)]
    late = [after(f"late-{each:02}", elapsed(hours=20 + each), given=open_only) for each in range(10)]
    waiting = [
        after(
            f"waiting-{each:02}", elapsed(hours=1 + each), "entered", given=WAITING, at_most=2, every=elapsed(hours=9)
        )
        for each in range(2)
    ]
    turn = {"id": "turn", "when": {"after": {"span": elapsed(hours=15), "since": "created"}}, "then": [{"move": "ask"}]}
    base = instant("mon 10:00")

    def at(hour: int) -> str:
        return z(base + timedelta(hours=hour))

    first = [(at(1 + each), f"early-{each:02}") for each in range(10)]
    moved = [(at(15), "turn", "<state_changed>")]
    then = [(at(16), "waiting-00"), (at(17), "waiting-01"), (at(25), "waiting-00"), (at(26), "waiting-01")]
    yield case(
        "many-rules-in-one-late-plan",
        "3.8 3.11",
        "ten rules fire, the move after 15 hours ends ten others before their time, and two begin to count from it",
        rules(*early, *late, *waiting, turn),
        opened(),
        look("sun 00:00", automatic=acts(*first, *moved, *then), has_more=False),
    )
    yield case(
        "many-rules-of-one-instant",
        "3.8 3.10",
        "twenty rules are due at 11:00, by id; the fifth moves the ticket, and those after it no longer apply",
        rules(
            *(
                {
                    "id": f"rule-{each:02}",
                    "when": {"after": {"span": elapsed(hours=1), "since": "created"}},
                    "then": [{"move": "ask"} if each == 4 else {"send_message": {"template": f"rule-{each:02}"}}],
                    "given": open_only,
                }
                for each in range(20)
            )
        ),
        opened(),
        look(
            "sun 00:00",
            automatic=acts(
                *(("mon 11:00", f"rule-{each:02}") for each in range(4)), ("mon 11:00", "rule-04", "<state_changed>")
            ),
        ),
    )


def _refused_moves() -> Iterator[Json]:
    auto = {"name": "auto", "sources": ["open"], "target": "waiting"}
    flow = {"states": STATES, "transitions": [*TRANSITIONS, auto]}
    yield case(
        "row-of-the-rules-from-another-state",
        "2.4",
        "auto does not lead from busy, and only rules take it",
        rules(workflow=flow),
        opened(),
        move("start", "mon 11:00"),
        move("auto", "mon 12:00", refused=["no_such_transition", "not_allowed"]),
        move("auto", "mon 12:00", BRUNO, refused=["no_such_transition", "not_allowed"]),
    )
    urgent = {"fields": [{"name": "urgent", "kind": "truth"}], "states": STATES}
    for name, state, lacks in (("open", {"state_is": ["open"]}, []), ("waiting", WAITING, ["urgent"])):
        guarded = {
            "name": "hand-over",
            "sources": ["open"],
            "target": "busy",
            "may": ["agent"],
            "given": {"all": [{"not": state}, URGENT]},
        }
        yield case(
            f"field-that-a-guard-lacks-beside-not-{name}",
            "2.4",
            "the ticket is open and not urgent: a field helps only where the rest of the condition holds",
            rules(workflow={**urgent, "transitions": [*TRANSITIONS, guarded]}),
            opened(),
            {**move("hand-over", "mon 11:00", refused=["guard"]), "reasons": [{"lacks": lacks}]},
        )
    level = {"name": "level", "choices": ["low", "high"]}
    told = {name: {"name": name, "texts": {"en": name}} for name in ("first", "second")}
    rows = [
        {
            "name": "hand-over",
            "sources": ["open"],
            "target": "busy",
            "may": ["agent"],
            "hint": told["second"],
            "given": {"field_is": {"field": "level", "values": ["high"]}},
        },
        {"name": "hand-over", "sources": ["open"], "target": "busy", "may": ["agent"], "hint": told["first"]},
    ]
    yield case(
        "hints-of-a-move-that-is-repeated-later",
        "3.12",
        "the level was high when the move was accepted, and low before and after it; the repeat has the hint of that row",
        rules(workflow={"fields": [level], "states": STATES, "transitions": [*TRANSITIONS, *rows]}),
        opened(by=ANA, fields={"level": "low"}),
        do("assign", "mon 10:10", assignee="ana"),
        do("set_fields", "mon 10:20", fields={"level": "high"}),
        {**move("hand-over", "mon 11:00", event_id="e1"), "hints": ["second"]},
        do("set_fields", "mon 11:30", fields={"level": "low"}),
        {**move("hand-over", "mon 12:00", event_id="e1"), "hints": ["second"], "is_repeated": True},
    )
    stages = {
        "states": STATES,
        "fields": [{"name": "return_stage", "choices": ["open", "busy"]}],
        "openings": [{"target": "open", "may": ["customer", "agent"]}, {"target": "busy", "may": ["agent"]}],
    }
    for stage, to in (("busy", None), ("open", "open")):
        yield case(
            f"new-ticket-after-the-return-stage-{stage}",
            "2.3",
            "customers may open tickets in open and not in busy, so a stage that they may not use is not taken",
            rules(workflow=stages),
            opened(),
            do("set_fields", "mon 10:30", fields={"return_stage": stage}),
            move("close", "mon 11:00"),
            {
                "arrives": {"message": {"id": "m9"}, "by": BRUNO},
                "at": z("mon 12:00"),
                "to": {"open_new": to},
                "new_ticket": "T-9",
            },
        )


def _documents() -> Iterator[Json]:
    tell = after("tell", elapsed(hours=1))
    rating: Json = {"field_is": {"field": "rating", "values": [1]}}
    lost: Json = {"field_is": {"field": "lost", "values": [1]}}
    for name, given in (("first", [rating, lost]), ("last", [lost, rating])):
        yield refused_document(
            f"missing-rating-field-that-comes-{name}",
            "rules",
            "neither field exists; both are reported",
            {**rules({**tell, "given": {"all": given}})["document"]},
            ("bad_value", "/automations/0/given"),
            ("unknown_name", "/automations/0/given"),
        )
    for name, first, second, is_useful in (
        ("the-same-people", ["customer", "agent"], ["agent", "customer"], False),
        ("some-of-them", ["customer", "agent"], ["agent"], False),
        ("more-people", ["agent"], ["agent", "customer"], True),
        ("other-people", ["agent"], ["customer"], True),
    ):
        ways = {"openings": [{"target": "open", "may": first}, {"target": "open", "may": second, "needs": ["message"]}]}
        desk = plain_desk(ways)
        why = "the first opening for an actor is taken, so the second must be for somebody else"
        if is_useful:
            yield read_document(f"second-opening-for-{name}", "2.4 6.2", why, desk)
        else:
            yield refused_document(
                f"second-opening-for-{name}",
                "rules",
                why,
                desk,
                ("bad_value", "/workflow/openings/1"),
                clauses="2.4 6.2",
            )
    level = {"name": "level", "choices": ["low", "high"]}
    by_level = {
        "name": "solving",
        "calendar": None,
        "measure": {"runs": {"not": {"category_is": ["resolved", "closed"]}}},
        "targets": [
            {"time": elapsed(hours=1), "given": {"field_is": {"field": "level", "values": ["high"]}}},
            {"time": elapsed(hours=8)},
        ],
    }
    yield case(
        "target-that-was-missed-before-it-changed",
        "4.5 4.6",
        "high until Mon 12:00: the hour was over at 11:00. The rules that say so came later, and nothing is recorded",
        rules(workflow={"fields": [level]}),
        opened(by=ANA, fields={"level": "high"}),
        do("set_fields", "mon 12:00", fields={"level": "low"}),
        {"rules": rules(workflow={"fields": [level]}, clocks=[by_level])},
        {
            **look(
                "mon 13:00",
                clocks={
                    "solving": {
                        "state": "breached",
                        "breached_at": "2026-11-23T11:00:00.000001Z",
                        "due_at": z("mon 18:00"),
                    }
                },
            ),
            "as_of": True,
        },
    )


def _spans() -> Iterator[Json]:
    clock: Json = {"name": "solving", "measure": {"runs": {"all": []}}, "targets": [{"time": elapsed(hours=1)}]}
    for percent, is_allowed in ((0, False), (1, True), (1000, True), (1001, False), (-1, False)):
        desk = plain_desk(clocks=[{**clock, "warn_at": [{"of_target": percent}]}])
        name, why = f"warning-at-{percent}-percent".replace("-at--", "-at-minus-"), "1 to 1,000 per cent"
        if is_allowed:
            yield read_document(name, "4.7 6.2", why, desk)
        else:
            place = "/clocks/0/warn_at/0/of_target"
            yield refused_document(name, "rules", why, desk, ("bad_value", place), clauses="4.7 6.2")
    for name, units, is_allowed in (
        ("weeks", {"weeks": 5217}, True),
        ("weeks-and-days", {"weeks": 5217, "days": 6}, True),
        ("more-weeks", {"weeks": 5218}, False),
        ("weeks-and-a-week-of-days", {"weeks": 5217, "days": 7}, False),
        ("months-and-weeks", {"months": 1199, "weeks": 4, "days": 2}, True),
        ("months-and-more-weeks", {"months": 1199, "weeks": 4, "days": 3}, False),
    ):
        desk = plain_desk(automations=[after("tell", {"calendar_span": units})])
        why = (
            "a hundred years are 36,525 days: 5,217 weeks and six days. A month is a twelfth of a hundredth: 30.4 days"
        )
        if is_allowed:
            yield read_document(f"a-hundred-years-of-{name}", "1.10 6.3", why, desk)
        else:
            yield refused_document(
                f"a-hundred-years-of-{name}",
                "rules",
                why,
                desk,
                ("bad_value", "/automations/0/when/after/span"),
                clauses="1.10 6.3",
            )
    call: Json = {"fields": [{"name": "call", "kind": "moment"}]}
    at_call: Json = {"at_field": "call"}
    later: list[Json] = [{"id": "b"}, {"id": "a"}]
    ranked: list[Json] = [{"id": "a"}, {"id": "b", "rank": -1}]
    for name, listed, order in (("ids", later, ("a", "b")), ("ranks", ranked, ("b", "a"))):
        yield case(
            f"two-rules-at-one-moment-by-{name}",
            "3.10",
            "both wait for the call; rank comes first, then the id, and the order of the list means nothing",
            rules(*({"when": at_call, "then": [send(each["id"])], **each} for each in listed), workflow=call),
            opened(),
            do("set_fields", "mon 10:30", fields={"call": {"instant": z("mon 12:00")}}),
            look("mon 13:00", automatic=acts(*(("mon 12:00", each) for each in order))),
        )
    nights = {"night": {"zone": "UTC", "week": "mon-fri 22:00-06:00"}}
    for name, days, at in (("one", 1, "tue 04:00"), ("two", 2, "tue 02:00")):
        yield case(
            f"{name}-business-days-before-a-target-that-began-at-night",
            "4.7 1.7",
            "begun on Tue 02:00 in the shift of Monday, due on Wed 04:00 in that of Tuesday: a day before is Tue 04:00, two "
            "days before lies before the start",
            rules(
                clocks=[
                    policy(elapsed(hours=26), None, warn_at=[{"before_due": {"business_days": {"days": days}}}])
                    | {"calendar": "night"}
                ],
                calendars=nights,
            ),
            opened("tue 02:00"),
            look(
                "wed 05:00", automatic=[{"rule": "sla.solving.warning.0", "at": z(at)}, {"rule": "sla.solving.breach"}]
            ),
        )


def _starts() -> Iterator[Json]:
    for again in ("anew", "never", "continue", "count"):
        clock = policy(elapsed(hours=20), None, measure={**RESOLUTION, "again": again})
        yield case(
            f"cycle-that-goes-on-through-a-freeze-{again.replace('continue', 'continues')}",
            "4.1 4.2",
            "begun at Mon 10:00 and frozen from 11:00 to 12:00: that begins no cycle, and the clock runs again after it",
            rules(
                after("since-start", elapsed(hours=3), {"started": "solving"}),
                on("hello", {"on_message": "customer"}, given={"clock_is": {"clock": "solving", "fact": "running"}}),
                clocks=[clock],
            ),
            opened(message=None),
            move("ask", "mon 11:00"),
            say("mon 11:30"),
            move("resume", "mon 12:00"),
            say("mon 12:30"),
            look(
                "mon 20:00",
                automatic=acts(("mon 12:30", "hello"), ("mon 13:00", "since-start")),
                cycles={"solving": [{"started": z("mon 10:00"), "elapsed": {"hours": 9}, "frozen": {"hours": 1}}]},
            ),
        )
    for since, until, is_in, name in (
        ("22:00", "00:00", True, "until-midnight"),
        ("22:00", "24:00", True, "until-the-end-of-the-day"),
        ("22:00", "23:00", False, "until-eleven"),
        ("23:30", "00:00", False, "from-half-past-eleven"),
    ):
        rows = [
            {"time": elapsed(hours=2), "started": {"between": {"since": since, "until": until}}},
            {"time": elapsed(hours=1)},
        ]
        yield case(
            f"target-of-what-begins-{name}",
            "4.2",
            f"begun on Mon 23:15, which is {'' if is_in else 'not '}from {since} to {until}: {2 if is_in else 1} h",
            rules(clocks=[policy(elapsed(hours=1), targets=rows)]),
            opened("mon 23:15"),
            look("mon 23:15", clocks={"solving": {"target": {"hours": 2 if is_in else 1}}}),
        )
    needy = {"openings": [{"target": "open", "may": ["customer", "agent"], "needs": ["requester"]}]}
    yield case(
        "opening-that-needs-a-requester",
        "2.5 2.4",
        "a customer is the requester; an agent must name one",
        rules(workflow=needy),
        opened(by=ANA, refused=["missing_fields"]),
        opened(),
        look("mon 10:00", requester="bruno"),
        opened("mon 11:00", "T-2", ANA, "m1", requester="carla"),
        look("mon 11:00", requester="carla"),
    )
    pipelines: list[Json]
    for name, pipelines, openings, problem in (
        ("with-an-entry-of-another", [{"name": "sales", "entry": "busy"}], ["open"], ("unknown_name", "/entry")),
        ("without-an-opening", [{"name": "sales", "entry": "lead"}], ["open"], ("bad_value", "/entry")),
        (
            "fed-by-a-channel-of-another",
            [
                {"name": "sales", "entry": "lead", "channels": ["form"]},
                {"name": "help", "entry": "plea", "channels": ["mail", "form"]},
            ],
            ["lead", "plea"],
            ("bad_value", ""),
        ),
    ):
        stages = [{"name": "lead", "pipeline": "sales"}]
        stages += [{"name": "plea", "pipeline": "help"}] if len(pipelines) > 1 else []
        flow = {
            "states": [*STATES, *stages],
            "transitions": [
                *TRANSITIONS,
                *(
                    {"name": f"leave-{each['name']}", "sources": [each["name"]], "target": "closed", "may": ["agent"]}
                    for each in stages
                ),
            ],
            "pipelines": pipelines,
            "openings": [{"target": each, "may": ["customer"]} for each in openings],
        }
        code, place = problem
        yield refused_document(
            f"pipeline-{name}",
            "rules",
            "tickets enter a pipeline at one of its own stages, which has an opening, and a channel feeds one pipeline",
            {**rules(workflow=flow)["document"]},
            (code, f"/workflow/pipelines/{len(pipelines) - 1}{place}"),
            clauses="2.3 6.2",
        )


def _histories() -> Iterator[Json]:
    first = entry(0, TEN, BRUNO, "open", opening())

    def delivered(number: int, delivery: str) -> Json:
        event = {"field_changed": {"field": "size", "before": number - 1 or None, "after": number}}
        said = entry(number, ELEVEN, BRUNO, "set_fields", event)
        return {**said, "cause": {"by_command": {"command": "set_fields", "event_id": delivery}}}

    def ticket(*entries: Json) -> Json:
        return {"format": "ticket/1", "entries": [*entries]}

    twice = ticket(first, delivered(1, "e1"), delivered(2, "e1"))
    yield {
        "id": "ticket-with-a-delivery-twice",
        "kind": "ticket",
        "clauses": ["3.12", "6.2"],
        "source": "a delivery is taken once; two in a row with one id are one delivery",
        "reject": json.dumps(twice),
        "problems": [{"code": "bad_value", "pointer": "/entries/2"}],
    }
    other = ticket(first, delivered(1, "e1"), delivered(2, "e2"))
    yield read_document("ticket-with-two-deliveries", "3.12 6.1", "two ids are two deliveries", other, "ticket")
    yield case(
        "follow-up-at-the-instant-of-the-closing",
        "2.2",
        "closed at eleven and followed up at eleven, later; the new ticket opens at that instant, too",
        rules(workflow={"after_closing": "follow_up"}),
        opened(),
        move("close", "mon 11:00"),
        do("follow_up", "mon 11:00", BRUNO, new_ticket="T-2", message={"id": "m2"}),
        look("mon 11:00", "T-2", state="open", follows="T-1", earlier=2),
    )
    bound = {**entry(0, TEN, {"role": "system", "id": "ticketflow"}, "open", opening()), "id": "bound.0"}
    bound["cause"] = {"by_bound": {"bound": "steps_at_one_instant", "rules": "0" * 20}}
    yield {
        "id": "ticket-that-no-command-opens",
        "kind": "ticket",
        "clauses": ["2.2", "6.2"],
        "source": "a bound is reached on a ticket that exists",
        "reject": json.dumps(ticket(bound)),
        "problems": [{"code": "bad_value", "pointer": "/entries/0"}],
    }


def _marks() -> Iterator[Json]:
    steps = [{"assign": "ana"}, {"move": "ask"}]
    for name, then in (("assignee-first", steps), ("move-first", steps[::-1])):
        yield case(
            f"events-of-one-step-have-one-mark-{name}",
            "3.4 3.1",
            "the step enters waiting and assigns with one mark: an event that both ends and arms ends",
            rules(
                after("tell", elapsed(hours=1), "entered", given=WAITING, ended_by="assigned_last"),
                {"id": "turn", "when": {"after": {"span": elapsed(hours=2), "since": "created"}}, "then": then},
            ),
            opened(),
            look("tue 10:00", automatic=[{"rule": "turn", "at": z("mon 12:00")}]),
        )
    unclosed: Json = {"not": {"state_is": ["closed"]}}
    yield case(
        "one-condition-of-two-rules-with-two-anchors",
        "3.4 3.12",
        "both conditions hold from the opening on. The rule since the opening fires once, at 10:30; that since the message "
        "of 12:30 waits for ten hours",
        rules(
            after("answer", elapsed(hours=10), {"last_message": "agent"}, given=unclosed),
            after("early", elapsed(minutes=30), given=unclosed),
        ),
        opened(),
        move("start", "mon 11:00"),
        say("mon 12:30", ANA),
        move("resume", "mon 13:00"),
        move("ask", "mon 14:00"),
        look("mon 15:00", automatic=acts(("mon 10:30", "early")), due=[]),
        look("tue 10:00", automatic=acts(("mon 10:30", "early"), ("mon 22:30", "answer"))),
    )
    for early, answer in (("a", "b"), ("b", "a")):
        yield case(
            f"one-condition-of-two-new-rules-{early}-then-{answer}",
            "3.4 3.16",
            "the same where the rules come at 14:30: half an hour after the opening is due at 10:30 by itself, and late",
            rules(),
            opened(),
            move("start", "mon 11:00"),
            say("mon 12:30", ANA),
            move("resume", "mon 13:00"),
            move("ask", "mon 14:00"),
            {
                "rules": rules(
                    after(answer, elapsed(hours=10), {"last_message": "agent"}, given=unclosed),
                    after(early, elapsed(minutes=30), given=unclosed),
                )
            },
            look("mon 14:30", automatic=acts(("mon 14:00", early, early, "mon 10:30"))),
        )
    once: Json = {"has_link": {"kind": "child"}}
    for name, given in (("some", once), ("one", {"has_link": {"kind": "child", "at_least": 1}})):
        yield case(
            f"condition-that-asks-for-{name}-link",
            "2.6 3.1",
            "one link is enough by default",
            rules(on("hello", {"on_message": "customer"}, given=given)),
            opened(),
            do("link", "mon 10:10", other="T-2", kind="parent"),
            say("mon 10:20"),
            do("link", "mon 10:30", other="T-2", kind="child"),
            say("mon 10:40"),
            look("mon 11:00", automatic=acts(("mon 10:40", "hello"))),
        )


def _limits() -> Iterator[Json]:
    once = {"tz": "UTC", "hours": {}, "overrides": {"9000-01-03": [["09:00", "17:00"]]}}
    yield asked(
        "one-business-day-in-the-year-9000",
        "1.7",
        "the only business day, at the time of the start",
        once,
        "add_business_days",
        "9000-01-03T10:00:00Z",
        start="8990-01-03T10:00:00Z",
        days=1,
        anchor="as_it_is",
    )
    yield asked(
        "second-business-day-after-the-year-9000",
        "1.7 1.5",
        "there is no second business day, and the year 9999 is more than four centuries away",
        once,
        "add_business_days",
        None,
        start="8990-01-03T10:00:00Z",
        days=2,
        anchor="as_it_is",
        error="never_open",
    )
    for op, expect, more in (
        ("next_open", "9000-01-03T09:00:00Z", {"at": "8000-06-01T00:00:00Z"}),
        ("next_close", "9000-01-03T17:00:00Z", {"at": "8000-06-01T00:00:00Z"}),
        ("add", "9000-01-03T10:00:00Z", {"start": "8000-06-01T00:00:00Z", "seconds": 3600}),
    ):
        yield asked(
            f"{op.replace('_', '-')}-a-thousand-years-ahead", "1.4 1.5", "open once, in 9000", once, op, expect, **more
        )
    for percent, due in ((99, "mon 17:55:12"), (100, "tue 09:00"), (101, "tue 09:04:48")):
        yield case(
            f"{percent}-percent-of-a-target-to-an-opening",
            "4.8",
            "the target to the opening of Tuesday has eight hours of open time, up to Mon 18:00, and is due at the opening: "
            "100 % is the due instant, and a percent more are 4 minutes 48 seconds of open time after it",
            rules(
                on("part", {"after": {"span": {"of_target": percent}, "since": {"started": "solving"}}}),
                clocks=[policy(business(1, at="opening"))],
            ),
            opened(),
            look("tue 12:00", automatic=_beside_breach("part", due)),
        )
    yield case(
        "deadline-at-the-last-instant-of-all",
        "4.3 1.1",
        "no instant comes after it, so the target is never missed",
        rules(
            clocks=[{"name": "solving", "measure": RESOLUTION, "calendar": None, "targets": [{"field": "until"}]}],
            workflow={"fields": [{"name": "until", "kind": "moment"}]},
        ),
        opened(by=ANA, fields={"until": {"instant": "9999-12-31T23:59:59.999999Z"}}),
        look(
            "fri 10:00",
            next_due=None,
            clocks={"solving": {"state": "running", "due_at": "9999-12-31T23:59:59.999999Z"}},
        ),
        move("solve", "fri 11:00"),
        look("fri 11:00", clocks={"solving": {"state": "met"}}),
    )
    clock: Json = {"name": "solving", "measure": {"runs": {"all": []}}}
    for seconds, percent, is_allowed in ((2, 50, True), (2, 49, False), (1, 100, True), (10, 10, True), (10, 9, False)):
        desk = plain_desk(
            clocks=[{**clock, "multipliers": [{"percent": percent}], "targets": [{"time": elapsed(seconds=seconds)}]}]
        )
        name, why = f"{percent}-percent-of-{seconds}-seconds", "a target is a second or more, multiplied too"
        if is_allowed:
            yield read_document(f"target-of-{name}", "4.2 6.2", why, desk)
        else:
            place = "/clocks/0/multipliers/0/percent"
            yield refused_document(f"target-of-{name}", "rules", why, desk, ("bad_value", place), clauses="4.2 6.2")


def _named_measures() -> Iterator[Json]:
    for name, measure, by_telephone in (
        ("message", "first_response", []),
        ("the-default", {"first_response": {"since": "message"}}, []),
        ("opening", {"first_response": {"since": "opening"}}, [{"started": z("mon 10:00"), "state": "running"}]),
    ):
        clock = {"name": "reply", "measure": measure, "calendar": None, "targets": [{"time": elapsed(hours=4)}]}
        yield case(
            f"first-response-since-{name}",
            "4.1",
            "opened by telephone, so the customer wrote nothing: the clock begins with the message of 11:00, or else with "
            "the opening. The answer of 12:00 ends it",
            rules(clocks=[clock]),
            opened(by=ANA, message=None, requester="bruno"),
            look("mon 10:30", cycles={"reply": by_telephone}),
            say("mon 11:00"),
            say("mon 12:00", ANA),
            look(
                "mon 13:00",
                cycles={
                    "reply": [{"started": z("mon 10:00" if by_telephone else "mon 11:00"), "done_at": z("mon 12:00")}]
                },
            ),
        )


def _dead_ends() -> Iterator[Json]:
    stuck = {"name": "stuck"}
    into = {"name": "stick", "sources": ["open"], "target": "stuck", "may": ["agent"]}
    out = {"name": "free", "sources": ["stuck"], "target": "open"}
    by_rule = {
        "id": "free",
        "when": {"after": {"span": elapsed(days=1), "since": "created"}},
        "then": [{"move": "free"}],
    }
    for name, row, automations, is_dead in (
        ("of-the-rules-that-no-rule-takes", out, [], True),
        ("of-the-rules-that-a-rule-takes", out, [by_rule], False),
        ("whose-condition-never-holds", {**out, "may": ["agent"], "given": {"any_of": []}}, [], True),
        ("that-leads-to-itself", {**out, "may": ["agent"], "target": "stuck"}, [], True),
        ("that-an-agent-takes", {**out, "may": ["agent"]}, [], False),
    ):
        more = {"automations": automations} if automations else {}
        desk = plain_desk({"states": [*THREE_STATES, stuck], "transitions": [START, END, into, row]}, **more)
        why = "a state that is not closed needs a way out that somebody can take, into another state"
        if is_dead:
            yield refused_document(
                f"only-way-out-{name}",
                "rules",
                why,
                desk,
                ("bad_value", "/workflow/states/3"),
                clauses="2.3 6.2",
            )
        else:
            yield read_document(f"only-way-out-{name}", "2.3 6.2", why, desk)


def _beside_breach(rule: str, due: str) -> list[Json]:
    """Return the entries of a rule and of the breach on Tuesday at nine, in order."""
    breach = {"rule": "sla.solving.breach", "at": "2026-11-24T09:00:00.000001Z"}
    own: Json = {"rule": rule, "at": z(due)}
    return [own, breach] if instant(due) <= instant("tue 09:00") else [breach, own]


def _explained() -> Iterator[Json]:
    stairs = ladder(
        "stairs",
        rung(elapsed(hours=1), send("one")),
        rung(elapsed(hours=2), send("two")),
        rung(elapsed(days=4), send("three")),
        group="idle",
    )
    yield case(
        "explained-as-due-beside-what-it-supersedes",
        "3.15 3.7",
        "held from 10:30 to 13:00: the reminder of 11:00 gives way to that of 12:00, which is the one that is due",
        rules(stairs),
        opened(),
        move("start", "mon 10:30"),
        move("resume", "mon 13:00"),
        look("mon 13:00", explain={"stairs": {"verdict": "due", "at": z("mon 12:00")}}),
    )


def _looks() -> Iterator[Json]:
    for name, leave, woken in (("waiting", "ask", "waiting"), ("solved", "solve", "open")):
        yield case(
            f"snooze-that-ends-while-{name}",
            "5.1",
            "resume leads from both states to open, but only a resolved ticket is reopened by the end of its snooze",
            rules(workflow={"reopen": "resume"}, snoozing={}),
            opened(),
            move(leave, "mon 11:00"),
            do("snooze", "mon 12:00", until=z("tue 10:00")),
            look("tue 09:59", state=name, is_hidden=True),
            look("tue 10:00", state=woken, is_hidden=False),
        )
    yield case(
        "message-that-moves-one-of-several-anchors",
        "3.4 3.13",
        "the first of three rules is due at 20:00, until an agent's message of 11:00 arms another for 13:00",
        rules(
            after("later", elapsed(hours=10)),
            after("latest", elapsed(hours=30)),
            after("answered", elapsed(hours=2), {"last_message": "agent"}),
        ),
        opened(),
        look("mon 10:30", next_due=z("mon 20:00")),
        say("mon 11:00", ANA),
        look("mon 11:00", next_due=z("mon 13:00")),
        look("mon 13:00", automatic=acts(("mon 13:00", "answered"))),
    )
    twice = look(
        "mon 12:00", clocks={"solving": {"state": "running", "elapsed": {"hours": 2}, "due_at": z("mon 14:00")}}
    )
    yield case(
        "clock-that-is-read-twice-at-one-instant",
        "4.2",
        "reading changes nothing",
        rules(clocks=[policy(elapsed(hours=4), None)]),
        opened(),
        twice,
        twice,
        look("mon 13:00", clocks={"solving": {"elapsed": {"hours": 3}}}),
        twice,
    )
    clock: Json = {"name": "solving", "calendar": "default", "measure": {"runs": {"all": []}}}
    for name, since, until, place in (
        ("the-whole-day", "00:00", "24:00", ""),
        ("the-last-minute", "23:59", "24:00", ""),
        ("the-next-day", "24:00", "06:00", "/clocks/0/targets/0/started/between"),
        ("more-than-a-day", "06:00", "24:01", "/clocks/0/targets/0/started/between/until"),
    ):
        times = [{"time": elapsed(hours=1), "started": {"between": {"since": since, "until": until}}}]
        desk = plain_desk(clocks=[{**clock, "targets": [*times, {"time": elapsed(hours=2)}]}])
        why = "a local time is before 24:00, and 24:00 is the end of the day"
        if not place:
            del desk["clocks"][0]["calendar"]  # the default
            yield read_document(f"started-in-{name}", "4.2 6.2", why, desk)
        else:
            yield refused_document(f"started-in-{name}", "rules", why, desk, ("bad_value", place), clauses="4.2 6.2")


def _tables() -> Iterator[Json]:
    fields = [{"name": "level", "choices": ["low", "high"]}, {"name": "size", "kind": "number"}]
    for name, inputs, row, problem in (
        ("value-that-is-no-choice", ["size"], [1, "urgent"], "bad_value"),
        ("input-of-another-kind", ["size"], ["one", "low"], "bad_value"),
        ("unknown-input", ["weight"], [1, "low"], "unknown_name"),
    ):
        table = {"look_up": {"field": "level", "inputs": inputs, "rows": [row]}}
        rule = {"id": "level", "when": {"on_message": "customer"}, "then": [table]}
        yield refused_document(
            f"table-with-an-{name}".replace("an-value", "a-value"),
            "rules",
            "each value of a row must be one that its field takes; fields that do not exist take none",
            plain_desk({"fields": fields}, automations=[rule]),
            (problem, "/automations/0/then"),
            clauses="3.1 6.2",
        )
