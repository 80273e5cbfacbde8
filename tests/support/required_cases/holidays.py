"""Calendars whose public holidays are known for some years only; worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.writing import (
    OFFICE,
    Json,
    acts,
    after,
    business,
    case,
    do,
    elapsed,
    look,
    on,
    opened,
    rules,
    say,
    working,
)

YEAR_END = "2026-12-31"  # a Thursday; 1 January 2027 is a Friday
NEW_YEAR = "2027-01-01T00:00:00Z"
HOURS: Json = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHTS: Json = {day: [["22:00", "06:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def known(first: int, last: int, **more: object) -> Json:
    """Return the office hours with holidays known for these years."""
    return {**OFFICE, "public_holidays": {"country": "XX", "names": {}, "first_year": first, "last_year": last}, **more}


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _calendars()
    yield from _rules()


def _ask(name: str, op: str, args: Json, expect: object, source: str, calendar: Json | None = None) -> Json:
    given = calendar or {"tz": "UTC", "hours": HOURS, "known_years": [2026, 2026]}
    error = {"error": "unknown_holidays"} if expect is None else {}
    return {
        "id": name,
        "clauses": ["1.5"],
        "source": source,
        "calendar": given,
        "op": op,
        "args": args,
        "expect": expect,
        **error,
    }


def _calendars() -> Iterator[Json]:
    night = {"tz": "UTC", "hours": NIGHTS, "known_years": [2026, 2026]}
    last, first = "2026-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z"
    yield _ask("last-known-microsecond", "is_open", {"at": last}, False, "the known time ends where 2027 begins")
    yield _ask("first-unknown-instant", "is_open", {"at": NEW_YEAR}, None, "2027 is not known")
    yield _ask("first-known-instant", "is_open", {"at": first}, False, "the known time starts with 1 January 2026")
    yield _ask(
        "last-instant-before-the-known", "is_open", {"at": "2025-12-31T23:59:59.999999Z"}, None, "2025 is not known"
    )
    yield _ask(
        "first-night-is-unknown",
        "is_open",
        {"at": "2026-01-01T03:00:00Z"},
        None,
        "a shift of 31 December 2025 could reach to 06:00: with nights the known time starts on 2 January",
        night,
    )
    yield _ask(
        "second-night-is-known",
        "is_open",
        {"at": "2026-01-02T03:00:00Z"},
        True,
        "Friday 03:00 lies in the shift of Thursday 1 January, which is known",
        night,
    )
    yield _ask(
        "known-from-the-second-of-january",
        "is_open",
        {"at": "2026-01-02T00:00:00Z"},
        True,
        "the first instant of the known time",
        night,
    )
    yield _ask(
        "sum-within-the-known",
        "add",
        {"start": "2026-12-31T16:00:00Z", "seconds": 7200},
        "2026-12-31T18:00:00Z",
        "two hours are left on Thursday, to closing",
    )
    yield _ask(
        "sum-into-the-unknown",
        "add",
        {"start": "2026-12-31T16:00:00Z", "seconds": 7201},
        None,
        "one more second would be on 1 January 2027, if that is no holiday",
    )
    yield _ask(
        "opening-in-the-unknown",
        "next_open",
        {"at": "2026-12-31T18:00:00Z"},
        None,
        "the next opening depends on 1 January 2027",
    )
    yield _ask(
        "time-until-the-end-of-the-known",
        "between",
        {"start": "2026-12-31T16:00:00Z", "end": NEW_YEAR},
        7200,
        "all of it is known",
    )
    yield _ask(
        "time-beyond-the-known",
        "between",
        {"start": "2026-12-31T16:00:00Z", "end": "2027-01-01T00:00:00.000001Z"},
        None,
        "a microsecond of 2027 is not known",
    )
    assumed = {"tz": "UTC", "hours": HOURS, "known_years": [2026, 2026], "beyond_known": "assume_none"}
    yield _ask(
        "assumed-to-be-no-holiday",
        "add",
        {"start": "2026-12-31T16:00:00Z", "seconds": 10800},
        "2027-01-01T10:00:00Z",
        "no holidays are assumed: an hour of Friday 1 January",
        assumed,
    )
    yield _ask(
        "business-day-into-the-unknown",
        "add_business_days",
        {"start": "2026-12-31T10:00:00Z", "days": 1},
        None,
        "the next business date depends on 1 January 2027",
    )


def _rules() -> Iterator[Json]:
    two_hours = after("tell", working(hours=2))
    desk = rules(two_hours, calendars={"default": known(2026, 2026)})
    yield case(
        "unknown-from-exactly-now",
        "1.5",
        "opened at 17:00, one hour is left in 2026; the bound is null before the known time ends, and its end from then on",
        desk,
        opened(f"{YEAR_END}T17:00:00Z"),
        look("2026-12-31T23:59:59.999999Z", unknown_from=None, due=[], next_due=None),
        look(NEW_YEAR, unknown_from=NEW_YEAR, due=[], next_due=None),
        look("2027-01-01T12:00:00Z", unknown_from=NEW_YEAR, due=[], next_due=None),
    )
    two = rules(
        after("sooner", working(hours=2)),
        after("later", working(hours=2), calendar="longer"),
        calendars={"default": known(2026, 2026), "longer": known(2026, 2028)},
    )
    yield case(
        "unknown-from-of-several-calendars",
        "1.5",
        "the rule on the longer calendar is due at Fri 1 January 10:00; the other is not known from 2027 on",
        two,
        opened(f"{YEAR_END}T17:00:00Z"),
        look(f"{YEAR_END}T20:00:00Z", unknown_from=None, next_due="2027-01-01T10:00:00Z"),
        look("2027-01-01T09:59:59Z", unknown_from=NEW_YEAR, due=[]),
        look("2027-01-01T10:00:00Z", unknown_from=NEW_YEAR, due=[{"rule": "later", "due_at": "2027-01-01T10:00:00Z"}]),
    )
    yield case(
        "earliest-of-two-unknown-bounds",
        "1.5",
        "both rules need dates that are not known: the earlier end of known time counts",
        rules(
            after("sooner", working(hours=99)),
            after("later", working(hours=9_999), calendar="longer"),
            calendars={"default": known(2026, 2026), "longer": known(2026, 2027)},
        ),
        opened(f"{YEAR_END}T10:00:00Z"),
        look("2028-06-01T00:00:00Z", unknown_from=NEW_YEAR),
    )
    yield case(
        "only-calendars-that-an-episode-needs-count",
        "1.5",
        "the rule on the shorter calendar has no episode; that on the longer one fires in 2027",
        rules(
            after("idle", working(hours=2), given={"state_is": ["waiting"]}),
            after("later", working(hours=2), calendar="longer"),
            calendars={"default": known(2026, 2026), "longer": known(2026, 2028)},
        ),
        opened(f"{YEAR_END}T17:00:00Z"),
        look("2027-01-01T10:00:00Z", unknown_from=None, automatic=acts(("2027-01-01T10:00:00Z", "later"))),
    )
    yield case(
        "elapsed-time-needs-no-holidays",
        "1.5",
        "two elapsed hours are known in any year",
        rules(after("tell", elapsed(hours=20)), calendars={"default": known(2026, 2026)}),
        opened(f"{YEAR_END}T17:00:00Z"),
        look("2027-01-01T13:00:00Z", unknown_from=None, automatic=acts(("2027-01-01T13:00:00Z", "tell"))),
    )
    yield case(
        "commands-in-unknown-years-are-decided",
        "1.5",
        "no command fails because of a date; a reaction with a gate is dropped, and one with during does not run",
        rules(
            on("gated", {"on_message": "customer"}, gate="default"),
            on("during", {"on_message": "customer"}, during={}),
            on("plain", {"on_message": "customer"}),
            calendars={"default": known(2026, 2026)},
        ),
        opened(f"{YEAR_END}T17:00:00Z", message=None),
        say("2027-01-04T10:00:00Z"),
        look(
            "2027-01-04T10:00:00Z",
            automatic=acts(("2027-01-04T10:00:00Z", "gated", "<dropped>"), ("2027-01-04T10:00:00Z", "plain")),
        ),
        do("assign", "2027-01-04T11:00:00Z", assignee="ana"),
    )
    yield case(
        "business-days-into-an-unknown-year",
        "1.5 1.7",
        "the day after 30 December is known, the second is not; explained as never",
        rules(after("one", business(1)), after("two", business(2)), calendars={"default": known(2026, 2026)}),
        opened("2026-12-30T10:00:00Z"),
        look(
            "2027-01-10T00:00:00Z",
            unknown_from=NEW_YEAR,
            automatic=acts(("2026-12-31T10:00:00Z", "one")),
            explain={"two": {"verdict": "never"}},
        ),
    )
