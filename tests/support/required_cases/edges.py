"""The first and last instants of calendars, and repetitions without an end."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import DAYS, Json, acts, after, case, do, elapsed, look, opened, rules


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _edges()
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
