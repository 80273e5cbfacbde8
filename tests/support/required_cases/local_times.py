"""Recurrences, snoozes and targets at local times that a zone skips or repeats. The offsets come from tzdata.

Madrid goes from +01:00 to +02:00 at 2026-03-29T01:00Z, and back at 2026-10-25T01:00Z. Kiritimati went from -10:00 to
+14:00 at 1994-12-31T10:00Z: it had no 31 December 1994.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.support.required_cases.targets import policy
from tests.support.required_cases.writing import Json, acts, business, case, do, elapsed, look, move, on, opened, rules

MADRID, KIRITIMATI = "Europe/Madrid", "Pacific/Kiritimati"


def cases() -> Iterator[Json]:
    """Yield all cases."""
    hours = {"mon": [["23:00", "22:59"]]}
    yield {
        "id": "trace-of-a-long-night-in-the-west",
        "clauses": ["1.4", "1.3"],
        "source": "23:00 in Honolulu is 09:00Z on the next date, and 22:59 is 08:59Z",
        "calendar": {"tz": "Pacific/Honolulu", "hours": hours},
        "op": "trace",
        "args": {"start": "2026-11-24T00:00:00Z", "end": "2026-11-26T00:00:00Z"},
        "expect": [
            {"start": "2026-11-24T00:00:00Z", "end": "2026-11-24T09:00:00Z", "counted": False, "why": "closed"},
            {"start": "2026-11-24T09:00:00Z", "end": "2026-11-25T08:59:00Z", "counted": True, "why": "hours"},
            {"start": "2026-11-25T08:59:00Z", "end": "2026-11-26T00:00:00Z", "counted": False, "why": "closed"},
        ],
    }
    adak = {"tz": "America/Adak", "hours": {"sat": [["23:00", "22:59"]]}}
    yield {
        "id": "closing-of-a-long-night-in-the-west",
        "clauses": ["1.7", "1.2"],
        "source": "Adak goes from -10:00 to -09:00 on 8 March 2026: the shift of Saturday ends on Sunday 22:59, which is 07:59Z",
        "calendar": adak,
        "op": "add_business_days",
        "args": {"start": "2026-03-06T20:00:00Z", "days": 1, "point": "closing"},
        "expect": "2026-03-09T07:59:00Z",
    }
    short = {"tz": "UTC", "hours": {}, "overrides": {"2080-06-03": [["09:00:00", "09:00:00.000001"]]}}
    for op, expect in (("next_close", "2080-06-03T09:00:00.000001Z"), ("next_open", "2080-06-03T09:00:00Z")):
        yield {
            "id": f"far-microsecond-{op.replace('_', '-')}",
            "clauses": ["1.4"],
            "source": "the only open time is a microsecond in 2080",
            "calendar": short,
            "op": op,
            "args": {"at": "2026-11-23T10:00:00Z"},
            "expect": expect,
        }
    auckland = {
        "tz": "Pacific/Auckland",
        "hours": {name: [["09:00", "18:00"]] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    }
    expected: str | None
    for days, expected in ((8, "9999-12-28T21:00:00Z"), (9, "9999-12-29T21:00:00Z"), (30, None)):
        yield {
            "id": f"{days}-business-days-at-the-end-of-time-in-the-east",
            "clauses": ["1.7", "1.1"],
            "source": "Auckland is at +13:00 then. 21 December 9999 at 10:00 is the 20th, 21:00Z; the year 10000 does not exist",
            "calendar": auckland,
            "op": "add_business_days",
            "args": {"start": "9999-12-20T21:00:00Z", "days": days},
            "expect": expected,
        }
    yield case(
        "recurrence-at-the-end-of-a-skipped-day",
        "1.11 3.1",
        "09:00 on 31 December 1994 is skipped with its day, which means the transition: 10:00Z, the instant of the opening",
        rules(on("weekly", {"on": {"every_week": {"weekday": "saturday", "at": "09:00", "zone": KIRITIMATI}}})),
        opened("1994-12-31T10:00:00Z"),
        look(
            "1995-01-07T00:00:00Z",
            automatic=acts(("1994-12-31T10:00:00Z", "weekly"), ("1995-01-06T19:00:00Z", "weekly")),
        ),
    )
    site = {"field": "site", "calendars": {"dubai": "dubai"}}
    morning = {"between": {"since": "09:00", "until": "12:00"}}
    targets = [
        {"time": elapsed(hours=1), "given": {"assigned_to": ["eva"]}},
        {"time": elapsed(hours=4), "started": morning},
        {"time": elapsed(hours=9)},
    ]
    yield case(
        "target-by-the-local-time-at-the-site-of-the-ticket",
        "4.2 1.12",
        "07:00Z is 11:00 in Dubai, so the cycle began in the morning; in UTC it did not. Nobody is assigned at first",
        rules(
            clocks=[policy(elapsed(hours=1), targets=targets) | {"calendar": site}],
            workflow={
                "fields": [{"name": "site", "choices": ["dubai", "lima"]}],
                "openings": [{"target": "open", "may": ["customer"], "takes": ["site"]}],
            },
            calendars={"dubai": {"zone": "Asia/Dubai", "week": "mon-sun 00:00-24:00"}},
        ),
        opened("2026-11-23T07:00:00Z", fields={"site": "dubai"}),
        look("2026-11-23T07:00:00Z", clocks={"solving": {"target": {"hours": 4}}}),
        opened("2026-11-23T07:00:00Z", "T-2", message="m1", fields={"site": "lima"}),
        look("2026-11-23T07:00:00Z", clocks={"solving": {"target": {"hours": 9}}}),
    )
    yield case(
        "recurrence-in-a-skipped-hour",
        "1.11 3.1",
        "02:30 on 29 March is skipped: 01:00Z. On 5 April it is 00:30Z",
        rules(_weekly(MADRID, ["02:30"])),
        opened("2026-03-28T10:00:00Z"),
        look(
            "2026-04-06T00:00:00Z",
            automatic=acts(("2026-03-29T01:00:00Z", "weekly"), ("2026-04-05T00:30:00Z", "weekly")),
        ),
    )
    yield case(
        "recurrence-in-a-repeated-hour",
        "1.11 3.1",
        "02:30 on 25 October is read at 00:30Z and at 01:30Z: only the first counts. On 1 November it is 01:30Z",
        rules(_weekly(MADRID, ["02:30"])),
        opened("2026-10-24T10:00:00Z"),
        look(
            "2026-11-02T00:00:00Z",
            automatic=acts(("2026-10-25T00:30:00Z", "weekly"), ("2026-11-01T01:30:00Z", "weekly")),
        ),
    )
    yield case(
        "two-times-that-are-one-instant",
        "1.11 3.1",
        "02:15 and 02:45 on 29 March are both the transition: one occurrence. On 5 April there are two",
        rules(_weekly(MADRID, ["02:15", "02:45"])),
        opened("2026-03-28T10:00:00Z"),
        look(
            "2026-04-06T00:00:00Z",
            automatic=acts(
                ("2026-03-29T01:00:00Z", "weekly"),
                ("2026-04-05T00:15:00Z", "weekly"),
                ("2026-04-05T00:45:00Z", "weekly"),
            ),
        ),
    )
    last = {"every_month_on": {"nth": -1, "weekday": "saturday", "at": "09:00", "zone": KIRITIMATI}}
    yield case(
        "last-saturday-on-a-date-that-was-skipped",
        "1.11 3.4",
        "the last Saturday of December 1994 was the 31st, which Kiritimati skipped: the transition, 10:00Z. The instant "
        "of the arming is included, though it is 1 January there. Next is 28 January, 09:00 at +14:00",
        rules(on("monthly", {"on": last})),
        opened("1994-12-31T10:00:00Z"),
        look(
            "1995-01-28T00:00:00Z",
            automatic=acts(("1994-12-31T10:00:00Z", "monthly"), ("1995-01-27T19:00:00Z", "monthly")),
        ),
    )
    yield from _snoozes()
    yield from _targets()


def _snoozes() -> Iterator[Json]:
    office, nights = ({"zone": MADRID, "week": week} for week in ("mon-fri 09:00-18:00", "sat 22:00-06:00"))
    for name, source, span, calendar, at, until in (
        (
            "to-a-point-of-a-day-after-the-gap",
            "Friday 27 March and one business day at four: Monday 30 March, 16:00 at +02:00, whatever the zone of the choices",
            business(1, at="16:00"),
            office,
            "2026-03-27T10:00:00Z",
            "2026-03-30T14:00:00Z",
        ),
        (
            "to-the-closing-of-a-night-with-a-repeated-hour",
            "the shift of 24 October closes on the 25th at 06:00, by then at +01:00",
            business(0, at="closing"),
            nights,
            "2026-10-24T12:00:00Z",
            "2026-10-25T05:00:00Z",
        ),
        (
            "to-a-skipped-local-time",
            "a day after 28 March 02:30 in Madrid is 29 March 02:30, which is skipped: the transition, 01:00Z",
            {"calendar_span": {"days": 1, "zone": MADRID}},
            office,
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:00:00Z",
        ),
        (
            "for-a-month-in-the-zone-of-the-choices",
            "in Tokyo it is 31 January, 05:00, so a month later is 28 February, 05:00 at +09:00",
            {"calendar_span": {"months": 1}},
            office,
            "2027-01-30T20:00:00Z",
            "2027-02-27T20:00:00Z",
        ),
    ):
        choices = [{"after_span": {"name": "then", "span": span}}]
        yield case(
            f"snooze-{name}",
            "5.1 1.11",
            source,
            rules(snoozing={"choices": choices, "zone": "Asia/Tokyo"}, calendars={"default": calendar}),
            opened(at),
            do("snooze", at, choice="then"),
            look(at, snoozed_until=until),
        )


def _targets() -> Iterator[Json]:
    """Yield cases of targets on nights of Saturday and Sunday, from 22:00 to 06:00 in Madrid."""
    nights = {"zone": MADRID, "week": "sat-sun 22:00-06:00"}
    by_closing = business(0, at="closing")
    yield case(
        "target-to-the-closing-of-a-night-with-a-repeated-hour",
        "4.8 1.2",
        "from 24 October 22:00 at +02:00 to the 25th 06:00 at +01:00 are nine hours; the second 02:30 is after 5 h 30 min",
        rules(clocks=[policy(by_closing)], calendars={"default": nights}),
        opened("2026-10-24T20:00:00Z"),
        look(
            "2026-10-25T01:30:00Z",
            clocks={
                "solving": {
                    "due_at": "2026-10-25T05:00:00Z",
                    "elapsed": {"hours": 5, "minutes": 30},
                    "remaining": {"hours": 3, "minutes": 30},
                }
            },
        ),
    )
    yield case(
        "target-frozen-in-a-repeated-hour",
        "4.8 1.4",
        "frozen from the first 02:00 to 03:00, which are two hours: the target moves by two hours of the next night",
        rules(clocks=[policy(by_closing)], calendars={"default": nights}),
        opened("2026-10-24T20:00:00Z"),
        move("ask", "2026-10-25T00:00:00Z"),
        move("resume", "2026-10-25T02:00:00Z"),
        look("2026-10-25T02:00:00Z", clocks={"solving": {"due_at": "2026-10-25T23:00:00Z"}}),
    )
    yield case(
        "half-of-a-target-in-a-night-with-a-skipped-hour",
        "4.8 1.2",
        "from 28 March 22:00 at +01:00 to the 29th 06:00 at +02:00 are seven hours; half of them end at 00:30Z",
        rules(clocks=[policy(by_closing, warn_at=[{"of_target": 50}])], calendars={"default": nights}),
        opened("2026-03-28T21:00:00Z"),
        look(
            "2026-03-29T03:00:00Z",
            automatic=acts(("2026-03-29T00:30:00Z", "sla.solving.warning.0", "<target_warned>")),
            clocks={"solving": {"due_at": "2026-03-29T04:00:00Z"}},
        ),
    )
    between = {"between": {"since": "02:00", "until": "03:00"}}
    rows = [{"time": elapsed(hours=2), "started": between}, {"time": elapsed(hours=1)}]
    for name, at, due, source in (
        ("first", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z", "02:30 at +02:00 lies between two and three"),
        ("second", "2026-10-25T01:30:00Z", "2026-10-25T03:30:00Z", "02:30 at +01:00 lies between two and three"),
        ("neither", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z", "03:00 at +01:00 does not"),
    ):
        yield case(
            f"target-by-a-start-in-a-repeated-hour-{name}",
            "4.2 1.11",
            source,
            rules(clocks=[policy(elapsed(hours=1), targets=rows)], calendars={"default": nights}),
            opened(at),
            look(at, clocks={"solving": {"due_at": due}}),
        )


def _weekly(zone: str, at: Sequence[str]) -> Json:
    return on("weekly", {"on": {"every_week": {"weekday": "sunday", "at": [*at], "zone": zone}}})
