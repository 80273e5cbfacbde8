"""The first and last instants of calendars, and repetitions without an end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.support.required_cases.writing import DAYS, Json, acts, after, case, do, elapsed, look, on, opened, rules, z


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _edges()
    yield from _far_openings()
    yield from _overlapping_nights()
    yield from _round_the_clock()
    yield from _repetitions()


def _hours(zone: str, days: str, *shifts: str, **more: object) -> Json:
    first, _, last = days.partition("-")
    names = DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    return {"tz": zone, "hours": {name: [shift.split("-") for shift in shifts] for name in names}, **more}


def _asked(name: str, clauses: str, source: str, calendar: Json, op: str, expect: object, **args: object) -> Json:
    error = {"error": args.pop("error")} if "error" in args else {}
    return {
        "id": name,
        "clauses": clauses.split(),
        "source": source,
        "calendar": calendar,
        "op": op,
        "args": args,
        "expect": expect,
        **error,
    }


def _edges() -> Iterator[Json]:
    always = _hours("UTC", "mon-sun", "00:00-24:00")
    yield _asked(
        "first-instant-of-year-1",
        "1.1 1.4",
        "a day back from 2 January of the year 1",
        always,
        "add",
        "0001-01-01T00:00:00Z",
        start="0001-01-02T00:00:00Z",
        seconds=-86_400,
    )
    yield _asked(
        "before-year-1",
        "1.1",
        "there is no year 0",
        always,
        "add",
        None,
        start="0001-01-02T00:00:00Z",
        seconds=-86_401,
    )
    yield _asked(
        "last-day-of-year-9999", "1.1", "open around the clock", always, "is_open", True, at="9999-12-31T12:00:00Z"
    )
    yield _asked(
        "last-instant-of-year-9999",
        "1.1",
        "the last microsecond is an instant",
        always,
        "is_open",
        True,
        at="9999-12-31T23:59:59.999999Z",
    )
    yield _asked(
        "sum-to-the-last-instant-of-year-9999",
        "1.1 1.4",
        "a second later",
        always,
        "add",
        "9999-12-31T23:59:59.999999Z",
        start="9999-12-31T23:59:58.999999Z",
        seconds=1,
    )
    yield _asked(
        "sum-beyond-the-last-instant",
        "1.1 1.4",
        "there is no year 10000",
        always,
        "add",
        None,
        start="9999-12-31T00:00:00Z",
        seconds=86_400,
    )
    yield _asked(
        "last-instant-of-year-9999-is-not-known",
        "1.5",
        "public holidays are known up to 2026",
        {**always, "known_years": [2020, 2026]},
        "is_open",
        None,
        at="9999-12-31T23:59:59.999999Z",
    )
    yield _asked(
        "first-instant-of-year-1-of-a-union",
        "1.5",
        "the second calendar knows 2020 to 2026",
        {"union": [always, {**always, "known_years": [2020, 2026]}]},
        "is_open",
        None,
        at="0001-01-01T00:00:00Z",
        error="unknown_holidays",
    )
    office = _hours("UTC", "mon-fri", "09:00-18:00")
    for name, start, due, why in (
        ("last", "9999-12-30T10:00:00Z", "9999-12-31T10:00:00Z", "31 December 9999 is a Friday"),
        ("after-the-last", "9999-12-31T10:00:00Z", None, "no date follows"),
    ):
        yield _asked(f"business-day-{name}", "1.7 1.1", why, office, "add_business_days", due, start=start, days=1)
    for name, start, due, why in (
        ("first", "0001-01-01T10:00:00Z", "0001-01-02T10:00:00Z", "1 January of the year 1 is a Monday"),
        ("of-none", "0001-01-01T10:00:00Z", "0001-01-01T10:00:00Z", "no day has to pass"),
    ):
        days = 0 if name == "of-none" else 1
        yield _asked(f"business-day-{name}", "1.7 1.1", why, office, "add_business_days", due, start=start, days=days)
    yield _asked(
        "closing-years-ahead",
        "1.4",
        "open around the clock up to a holiday: its date begins at midnight",
        {**always, "holidays": ["2030-01-01"]},
        "next_close",
        "2030-01-01T00:00:00Z",
        at="2026-11-23T10:00:00Z",
    )
    yield _asked(
        "opening-of-another-century",
        "1.4 1.5",
        "two hours are open in 1900 and nine in 1300: ten hours back from the later closing is 1300, 17:00 less eight",
        {
            "tz": "UTC",
            "hours": {},
            "overrides": {"1300-01-04": [["08:00", "17:00"]], "1900-01-04": [["08:00", "10:00"]]},
        },
        "add",
        "1300-01-04T09:00:00Z",
        start="1900-01-04T10:00:00Z",
        seconds=-10 * 3600,
    )
    yield _asked(
        "half-day-that-ends-at-midnight",
        "1.3",
        "hours end at 00:00, so nothing of the date is open",
        {**_hours("UTC", "mon-fri", "00:00-18:00"), "half_days": {"2026-11-24": "00:00"}},
        "next_open",
        "2026-11-25T00:00:00Z",
        at="2026-11-23T18:00:00Z",
    )


def _far_openings() -> Iterator[Json]:
    """Yield questions to calendars that are closed for most of the year, and answers centuries away."""
    christmas = {"tz": "UTC", "hours": {}, "overrides": {"12-25": [["09:00", "10:00"]]}}
    yield _asked(
        "closing-of-the-year-before",
        "1.4",
        "one hour a year, on 25 December: an hour back from June is all of it",
        christmas,
        "add",
        "2025-12-25T09:00:00Z",
        start="2026-06-01T12:00:00Z",
        seconds=-3600,
    )
    yield _asked(
        "last-closing-of-the-year-before",
        "1.7",
        "no day has to pass, and June is shut: the closing before it is that of December",
        christmas,
        "add_business_days",
        "2025-12-25T10:00:00Z",
        start="2026-06-01T12:00:00Z",
        days=0,
        anchor="as_it_is",
        shut="last_closing",
    )
    for name, start, hours, due, why in (
        ("hours-of-seven-centuries", "2000-06-01T00:00:00Z", 700, "2699-12-25T10:00:00Z", "700, the first in 2000"),
        ("hours-of-the-past", "2450-06-01T00:00:00Z", -1100, "1350-12-25T09:00:00Z", "1,100, the last in 2449"),
    ):
        yield _asked(
            name,
            "1.4 1.5",
            f"one hour a year: {why}",
            christmas,
            "add",
            due,
            start=start,
            seconds=hours * 3600,
        )


def _overlapping_nights() -> Iterator[Json]:
    """Yield business days from an instant at which the shift of one date closes within the shift of another."""
    days = {
        "mon": [["22:00", "06:00"]],
        "tue": [["00:00", "02:00"], ["22:00", "06:00"]],
        "thu": [["00:00", "06:00"]],
    }
    calendar = {"tz": "UTC", "hours": days}
    for name, start, due, why in (
        (
            "at-the-closing-of-the-inner-shift",
            "2026-11-24T02:00:00Z",
            "2026-11-25T02:00:00Z",
            "Tuesday's shift is over, Monday's goes on: 26:00 of Monday, and a day later 26:00 of Tuesday",
        ),
        (
            "within-both-shifts",
            "2026-11-24T01:59:00Z",
            "2026-11-26T01:59:00Z",
            "the local date wins: 01:59 of Tuesday, and Thursday is the next date with hours",
        ),
        (
            "at-the-opening-of-the-inner-shift",
            "2026-11-24T00:00:00Z",
            "2026-11-26T00:00:00Z",
            "the opening belongs to Tuesday's shift",
        ),
    ):
        yield _asked(f"business-day-{name}", "1.7", why, calendar, "add_business_days", due, start=start, days=1)


def _round_the_clock() -> Iterator[Json]:
    """Yield rules that ask a calendar at every midnight of half a year: one that is always open has no gap there."""
    whole = {"zone": "UTC", "week": "mon-sun 00:00-24:00"}
    midnights = [datetime(2026, 7, 1, tzinfo=UTC) + timedelta(days=number) for number in range(190)]
    during = on("tick", {"on_outside": "ping"}, during={"calendar": "whole"})
    ticks = [{"rule": "tick", "at": z(each), "sent": ["tick"]} for each in midnights]
    yield case(
        "no-gap-at-any-midnight",
        "1.3 3.2",
        "open around the clock, so the reaction acts at each of 190 midnights",
        rules(during, calendars={"whole": whole}, workflow={"outside_events": ["ping"]}),
        opened("2026-06-30T12:00:00Z"),
        *(do("record_event", z(midnight), event="ping") for midnight in midnights),
        look(z(midnights[-1]), automatic=ticks),
    )
    gated = after("tick", elapsed(hours=12), every=elapsed(days=1), gate="whole")
    yield case(
        "no-wait-at-any-midnight",
        "1.3 3.6",
        "opened at noon; the gate is open around the clock, so each repetition comes at its own midnight",
        rules(gated, calendars={"whole": whole}),
        opened("2026-06-30T12:00:00Z"),
        look(z(midnights[-1]), automatic=ticks),
    )


def _repetitions() -> Iterator[Json]:
    hourly = after("hourly", elapsed(hours=1), every=elapsed(hours=2))
    times = [f"mon {hour}:00" for hour in range(11, 24, 2)]
    yield case(
        "repetition-without-an-end",
        "3.4",
        "an hour after 10:00 and every two hours from then on, without a limit",
        rules(hourly),
        opened(),
        look("mon 23:59", automatic=acts(*((at, "hourly") for at in times))),
        look("fri 23:00", next_due="2026-11-23T11:00:00Z"),
        {"advance": "2026-11-23T23:59:00Z"},
        look("tue 00:30", next_due="2026-11-24T01:00:00Z"),
    )
    once = after("once", elapsed(hours=1), every=elapsed(hours=1), at_most=1)
    yield case(
        "repetition-of-at-most-one",
        "3.4",
        "at_most 1: the first and no other",
        rules(once),
        opened(),
        look("mon 20:00", automatic=acts(("mon 11:00", "once")), next_due="2026-11-23T11:00:00Z"),
        {"advance": "2026-11-23T20:00:00Z"},
        look("mon 20:00", next_due=None),
    )
    night = after("night", elapsed(hours=1), every=elapsed(hours=1), gate="default")
    by_day = [f"mon {hour}:00" for hour in range(11, 18)]
    yield case(
        "repetitions-that-a-gate-holds",
        "3.6",
        "opened Mon 10:00, office to 18:00: those of 18:00 to Tue 09:00 are held. At 09:00 the one of 09:00 was not held, "
        "and those of the 15 hours from 18:00 to 08:00 give way to it with one entry",
        rules(night),
        opened(),
        look(
            "tue 09:30",
            automatic=[
                *acts(*((at, "night") for at in by_day)),
                {"rule": "night", "at": "2026-11-24T09:00:00Z", "events": [{"superseded": 15}]},
                *acts(("tue 09:00", "night")),
            ],
        ),
    )
    yield case(
        "default-choice-in-two-days",
        "5.1",
        "without choices of its own, a rule set offers in_2_days: Wednesday, 09:00",
        rules(snoozing={}),
        opened(),
        do("snooze", "mon 11:00", choice="in_2_days"),
        look("mon 11:00", snoozed_until="2026-11-25T09:00:00Z"),
    )
