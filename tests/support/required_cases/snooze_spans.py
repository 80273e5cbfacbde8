"""Snoozes whose choices are spans. The office is open Mon to Fri from 9 to 18; the answers are counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.required_cases.ticket_calendars import CALENDARS, FIELDS, OPENINGS, SITE, at_site
from tests.support.required_cases.writing import (
    NIGHT,
    Json,
    acts,
    business,
    case,
    do,
    elapsed,
    look,
    opened,
    rules,
    working,
    z,
)

CHRISTMAS = {"2026-12-25": "Christmas Day", "2027-01-01": "New Year's Day"}


def desk(span: Json, calendars: dict[str, Json] = {}, **more: Any) -> Json:
    """Return a rule set with one choice, of that span."""
    choices = [{"after_span": {"name": "then", "span": span}}]
    return rules(snoozing={"choices": choices, **more}, calendars=calendars)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    for name, clauses, source, desk_of, at, until in (
        (
            "the-closing-of-the-next-business-day",
            "5.1 1.7",
            "Saturday noon and one business day, at closing: Monday 18:00",
            desk(business(1, at="closing")),
            "sat 12:00",
            "mon2 18:00",
        ),
        (
            "the-closing-of-this-day",
            "5.1 1.7",
            "no business days at closing: the same Monday, 18:00",
            desk(business(0, at="closing")),
            "mon 11:00",
            "mon 18:00",
        ),
        (
            "the-closing-of-this-day-once-it-is-past",
            "5.1 1.7",
            "the closing of Monday is before Monday 19:00, so it is that of Tuesday",
            desk(business(0, at="closing")),
            "mon 19:00",
            "tue 18:00",
        ),
        (
            "the-opening-of-the-next-business-day",
            "5.1 1.7",
            "Friday and one business day, at opening: Monday 9:00",
            desk(business(1, at="opening")),
            "fri 17:00",
            "mon2 09:00",
        ),
        (
            "a-local-time-of-the-next-business-day",
            "5.1 1.7",
            "the next business day at four: Tuesday 16:00",
            desk(business(1, at="16:00")),
            "mon 17:30",
            "tue 16:00",
        ),
        (
            "business-days-at-the-same-time",
            "5.1 1.7",
            "Saturday is outside hours: from Monday 9:00, two business days on is Wednesday 9:00",
            desk(business(2)),
            "sat 12:00",
            "wed2 09:00",
        ),
        (
            "working-time",
            "5.1",
            "one hour until Friday 18:00, two on Monday: 11:00",
            desk(working(hours=3)),
            "fri 17:00",
            "mon2 11:00",
        ),
        (
            "working-time-that-ends-at-closing",
            "5.1",
            "used up exactly at closing is Friday 18:00, not Monday 9:00",
            desk(working(hours=1)),
            "fri 17:00",
            "fri 18:00",
        ),
        (
            "elapsed-time",
            "5.1",
            "day and night: 36 hours after Monday 10:00",
            desk(elapsed(hours=36)),
            "mon 10:00",
            "tue 22:00",
        ),
        (
            "elapsed-time-moved-to-a-business-day",
            "5.1",
            "a day after Friday is a Saturday; the next business day is Monday, at the same time",
            desk(elapsed(days=1), business_days=True),
            "fri 10:00",
            "mon2 10:00",
        ),
        (
            "business-days-that-do-not-move",
            "5.1 1.7",
            "Friday's night shift closes on Saturday 6:00, a date without a shift: the point stays",
            desk(business(0, at="closing"), {"default": NIGHT}, business_days=True),
            "fri 23:00",
            "sat 06:00",
        ),
        (
            "months",
            "5.1",
            "a month after 31 January is the end of February, at the same time",
            desk({"calendar_span": {"months": 1}}),
            "2027-01-31T10:00:00Z",
            "2027-02-28T10:00:00Z",
        ),
        (
            "business-days-over-the-year-end",
            "5.1 1.7",
            "from Thursday 24 December over Christmas Day and New Year's Day: 28, 29, 30, 31 December, 4 January",
            desk(
                business(5, at="closing"),
                {"default": {"zone": "UTC", "week": "mon-fri 09:00-18:00", "holidays": CHRISTMAS}},
            ),
            "2026-12-24T10:00:00Z",
            "2027-01-04T18:00:00Z",
        ),
        (
            "a-calendar-of-its-own",
            "5.1",
            "the night shift of Monday closes on Tuesday 6:00; the office plays no part",
            desk(business(0, at="closing"), {"night": NIGHT}, calendar="night"),
            "mon 10:00",
            "tue 06:00",
        ),
    ):
        yield case(
            f"snooze-to-{name}",
            clauses,
            source,
            desk_of,
            opened(at),
            do("snooze", at, choice="then"),
            look(at, snoozed_until=z(until)),
            look(until, automatic=acts((until, "snooze.wake", "<woke>")), is_hidden=False),
        )
    yield from _others()


def _others() -> Iterator[Json]:
    yield case(
        "snooze-to-the-next-opening-while-open",
        "5.1",
        "no business days while the office is open is now, which is not later than now",
        desk(business(0)),
        opened(),
        do("snooze", "mon 11:00", choice="then", refused=["bad_value"]),
        do("snooze", "mon 20:00", choice="then"),
        look("mon 20:00", snoozed_until=z("tue 09:00")),
    )
    yield case(
        "snooze-for-a-span-on-the-calendar-of-the-ticket",
        "5.1 1.12",
        "Monday's closing in Dubai is 14:00, and stays when the site changes; that of Santiago is 21:00",
        rules(
            snoozing={
                "choices": [{"after_span": {"name": "then", "span": business(0, at="closing")}}],
                "calendar": SITE,
            },
            workflow={"fields": FIELDS, "openings": OPENINGS},
            calendars=CALENDARS,
        ),
        opened(fields={"site": "dubai"}),
        do("snooze", "mon 10:00", choice="then"),
        at_site("santiago", "mon 11:00"),
        look("mon 11:00", snoozed_until=z("mon 14:00")),
        do("snooze", "mon 12:00", choice="then"),
        look("mon 12:00", snoozed_until=z("mon 21:00")),
    )
    known = {"country": "XX", "names": {"2026-12-25": "Christmas"}, "first_year": 2026, "last_year": 2026}
    yield case(
        "snooze-for-a-span-beyond-what-is-known",
        "5.1",
        "the third business day after Tuesday 29 December is of 2027, whose holidays are not known",
        desk(business(3), {"default": {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": known}}),
        opened(),
        do("snooze", "2026-12-29T10:00:00Z", choice="then", refused=["bad_value"]),
        do("snooze", "2026-12-28T10:00:00Z", choice="then"),
        look("2026-12-28T10:00:00Z", snoozed_until="2026-12-31T10:00:00Z"),
    )
