"""Traces of calendars and clocks: what counted, what did not, and why."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.targets import RESOLUTION, policy
from tests.support.required_cases.writing import DAYS, Json, case, do, elapsed, look, move, opened, rules, working, z


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _calendars()
    yield from _clocks()


def _hours(days: str, *shifts: str, **more: object) -> Json:
    first, _, last = days.partition("-")
    names = DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    return {"tz": "UTC", "hours": {name: [shift.split("-") for shift in shifts] for name in names}, **more}


_COUNTED = {"hours", "override", "period"}


def _segments(start: str, *parts: tuple[str, str]) -> list[Json]:
    """Return segments, each with its end and its reason.

    ``-override`` and ``-period`` do not count.
    """
    found: list[Json] = []
    at = start
    for until, reason in parts:
        why, _, name = reason.removeprefix("-").partition(" ")
        counted = why in _COUNTED and not reason.startswith("-")
        found.append(
            {"start": z(at), "end": z(until), "counted": counted, "why": why} | ({"name": name} if name else {})
        )
        at = until
    return found


def _trace(name: str, source: str, calendar: Json, start: str, *parts: tuple[str, str]) -> Json:
    end = parts[-1][0] if parts else start
    return {
        "id": f"trace-{name}",
        "clauses": ["1.4", "1.3"],
        "source": source,
        "calendar": calendar,
        "op": "trace",
        "args": {"start": z(start), "end": z(end)},
        "expect": _segments(start, *parts),
    }


OFFICE = _hours("mon-fri", "09:00-18:00")


def _calendars() -> Iterator[Json]:
    yield _trace("within-hours", "all of it counts", OFFICE, "mon 10:00", ("mon 12:00", "hours"))
    yield _trace("within-a-night", "nothing counts", OFFICE, "mon 20:00", ("tue 06:00", "closed"))
    yield _trace("of-no-time", "there is no segment", OFFICE, "mon 10:00")
    yield _trace(
        "of-two-days",
        "closed, hours, closed, hours",
        OFFICE,
        "mon 08:00",
        ("mon 09:00", "closed"),
        ("mon 18:00", "hours"),
        ("tue 09:00", "closed"),
        ("tue 10:00", "hours"),
    )
    yield _trace(
        "from-an-opening-to-a-closing",
        "no segment is empty",
        OFFICE,
        "mon 09:00",
        ("mon 18:00", "hours"),
        ("tue 09:00", "closed"),
        ("tue 18:00", "hours"),
    )
    yield _trace(
        "of-a-weekend",
        "Friday's closing to Monday's opening is one segment",
        OFFICE,
        "fri 17:00",
        ("fri 18:00", "hours"),
        ("mon2 09:00", "closed"),
        ("mon2 09:30", "hours"),
    )
    nights = _hours("mon-fri", "22:00-06:00")
    yield _trace(
        "from-the-middle-of-a-night-shift",
        "the shift began on Monday, before the trace does",
        nights,
        "tue 03:00",
        ("tue 06:00", "hours"),
        ("tue 07:00", "closed"),
    )
    yield _trace(
        "from-the-middle-of-a-holiday-night",
        "the shift that would have begun on Monday does not count",
        {**nights, "holidays": {"2026-11-23": "feast"}},
        "tue 03:00",
        ("tue 06:00", "holiday feast"),
        ("tue 07:00", "closed"),
    )
    for name, begins, parts, why in (
        ("late-day", "12:00", (("mon 12:00", "late_day"), ("mon 18:00", "hours")), "the usual three hours are lost"),
        ("late-day-that-begins-early", "08:00", (("mon 18:00", "hours"),), "nothing is lost"),
        ("late-day-without-hours", "18:00", (("mon 18:00", "late_day"),), "the shift that closes at it falls away"),
    ):
        calendar = {**OFFICE, "late_days": {"2026-11-23": begins}}
        whole = (("mon 09:00", "closed"), *parts, ("mon 20:00", "closed"))
        yield _trace(f"of-a-{name}", why, calendar, "mon 08:00", *whole)
    yield _trace(
        "of-a-day-that-is-late-and-half",
        "late in the morning, half in the afternoon",
        {**OFFICE, "late_days": {"2026-11-23": "11:00"}, "half_days": {"2026-11-23": "14:00"}},
        "mon 08:00",
        ("mon 09:00", "closed"),
        ("mon 11:00", "late_day"),
        ("mon 14:00", "hours"),
        ("mon 18:00", "half_day"),
        ("mon 20:00", "closed"),
    )
    summer = {"first": "2026-11-23", "last": "2026-11-24", "hours": {"mon": [["08:00", "12:00"]]}}
    yield _trace(
        "of-a-period",
        "Monday's hours are those of the period; those of the week from 12:00 on are lost, and so are all of Tuesday",
        {**OFFICE, "periods": [summer]},
        "mon 07:00",
        ("mon 08:00", "closed"),
        ("mon 12:00", "period"),
        ("mon 18:00", "-period"),
        ("tue 09:00", "closed"),
        ("tue 18:00", "-period"),
        ("wed 09:00", "closed"),
        ("wed 10:00", "hours"),
    )
    yield _trace(
        "of-a-holiday-in-a-period",
        "the hours of the period are a holiday; the hours of the week after them are those that the period replaces",
        {**OFFICE, "periods": [summer], "holidays": {"2026-11-23": "feast"}},
        "mon 07:00",
        ("mon 08:00", "closed"),
        ("mon 12:00", "holiday feast"),
        ("mon 18:00", "-period"),
        ("mon 20:00", "closed"),
    )
    yield _trace(
        "of-a-lunch",
        "two shifts of a day",
        _hours("mon-fri", "09:00-12:00", "13:00-18:00"),
        "mon 11:00",
        ("mon 12:00", "hours"),
        ("mon 13:00", "closed"),
        ("mon 14:00", "hours"),
    )
    yield _trace(
        "of-overlapping-shifts",
        "overlaps count once, and what touches is one",
        _hours("mon", "09:00-12:00", "11:00-14:00", "14:00-15:00"),
        "mon 08:00",
        ("mon 09:00", "closed"),
        ("mon 15:00", "hours"),
        ("mon 16:00", "closed"),
    )
    yield _trace(
        "of-nights",
        "a shift belongs to the date on which it starts, and ends on the next",
        _hours("mon-tue", "22:00-06:00"),
        "mon 20:00",
        ("mon 22:00", "closed"),
        ("tue 06:00", "hours"),
        ("tue 22:00", "closed"),
        ("wed 06:00", "hours"),
        ("wed 12:00", "closed"),
    )
    yield _trace(
        "of-a-long-night",
        "Monday 23:00 to Tuesday 22:59",
        _hours("mon", "23:00-22:59"),
        "mon 12:00",
        ("mon 23:00", "closed"),
        ("tue 22:59", "hours"),
        ("wed 12:00", "closed"),
    )
    yield _trace(
        "of-a-holiday",
        "the hours that it takes away have its name",
        {**OFFICE, "holidays": {"2026-11-24": "a fair"}},
        "mon 17:00",
        ("mon 18:00", "hours"),
        ("tue 09:00", "closed"),
        ("tue 18:00", "holiday a fair"),
        ("wed 09:00", "closed"),
        ("wed 10:00", "hours"),
    )
    yield _trace(
        "of-a-holiday-with-two-shifts",
        "lunch is closed on a holiday, too",
        {**_hours("mon-fri", "09:00-12:00", "13:00-18:00"), "holidays": {"2026-11-24": "a fair"}},
        "tue 08:00",
        ("tue 09:00", "closed"),
        ("tue 12:00", "holiday a fair"),
        ("tue 13:00", "closed"),
        ("tue 18:00", "holiday a fair"),
        ("tue 19:00", "closed"),
    )
    yield _trace(
        "of-two-holidays",
        "each has its own name",
        {**_hours("mon-sun", "00:00-24:00"), "holidays": {"2026-11-24": "one", "2026-11-25": "two"}},
        "mon 23:00",
        ("tue 00:00", "hours"),
        ("wed 00:00", "holiday one"),
        ("thu 00:00", "holiday two"),
        ("thu 01:00", "hours"),
    )
    yield _trace(
        "of-a-yearly-holiday",
        "a date of every year has a name, too",
        {**OFFICE, "yearly_holidays": {"11-24": "yearly"}},
        "tue 10:00",
        ("tue 18:00", "holiday yearly"),
        ("tue 20:00", "closed"),
    )
    yield _trace(
        "of-a-holiday-on-a-closed-date",
        "a Saturday has no hours to take away",
        {**OFFICE, "holidays": {"2026-11-28": "a fair"}},
        "sat 08:00",
        ("sun 08:00", "closed"),
    )
    yield _trace(
        "of-a-half-day",
        "the hours after its end",
        {**OFFICE, "half_days": {"2026-11-24": "12:00"}},
        "tue 08:00",
        ("tue 09:00", "closed"),
        ("tue 12:00", "hours"),
        ("tue 18:00", "half_day"),
        ("wed 08:00", "closed"),
    )
    yield _trace(
        "of-an-override",
        "its hours count, and usual hours outside of them do not",
        {**OFFICE, "overrides": {"2026-11-24": [["10:00", "12:00"], ["17:00", "20:00"]]}},
        "tue 08:00",
        ("tue 09:00", "closed"),
        ("tue 10:00", "-override"),
        ("tue 12:00", "override"),
        ("tue 17:00", "-override"),
        ("tue 20:00", "override"),
        ("tue 21:00", "closed"),
    )
    yield _trace(
        "of-a-date-closed-by-an-override",
        "all usual hours are taken away",
        {**OFFICE, "overrides": {"2026-11-24": []}},
        "tue 08:00",
        ("tue 09:00", "closed"),
        ("tue 18:00", "-override"),
        ("tue 20:00", "closed"),
    )
    yield _trace(
        "of-a-night-into-a-holiday",
        "Monday's shift goes on into the holiday; the shift of the holiday does not start",
        {**_hours("mon-fri", "22:00-06:00"), "holidays": {"2026-11-24": "a fair"}},
        "mon 21:00",
        ("mon 22:00", "closed"),
        ("tue 06:00", "hours"),
        ("tue 22:00", "closed"),
        ("wed 06:00", "holiday a fair"),
        ("wed 22:00", "closed"),
        ("wed 23:00", "hours"),
    )
    early, late = _hours("mon", "08:00-14:00"), _hours("mon", "12:00-20:00")
    span = "mon 06:00"
    yield _trace(
        "of-a-union",
        "open when either is",
        {"union": [early, late]},
        span,
        ("mon 08:00", "closed"),
        ("mon 20:00", "hours"),
        ("mon 22:00", "closed"),
    )
    yield _trace(
        "of-an-intersection",
        "open when both are",
        {"intersection": [early, late]},
        span,
        ("mon 12:00", "closed"),
        ("mon 14:00", "hours"),
        ("mon 22:00", "closed"),
    )
    yield _trace(
        "of-a-difference",
        "only what both would count is excluded",
        {"difference": [early, late]},
        span,
        ("mon 08:00", "closed"),
        ("mon 12:00", "hours"),
        ("mon 14:00", "excluded"),
        ("mon 22:00", "closed"),
    )
    yield _trace(
        "of-excluded-instants",
        "an exclusion of closed time changes nothing",
        {
            "calendar": OFFICE,
            "excluding": [[z("mon 10:00"), z("mon 11:00")], [z("mon 17:30"), z("mon 20:00")]],
        },
        "mon 09:00",
        ("mon 10:00", "hours"),
        ("mon 11:00", "excluded"),
        ("mon 17:30", "hours"),
        ("mon 18:00", "excluded"),
        ("mon 21:00", "closed"),
    )
    fair = {**early, "holidays": {"2026-11-23": "a fair"}}
    yield _trace(
        "of-a-union-with-a-holiday",
        "the reason of the first calendar, unless the second counts",
        {"union": [fair, late]},
        span,
        ("mon 08:00", "closed"),
        ("mon 12:00", "holiday a fair"),
        ("mon 20:00", "hours"),
        ("mon 21:00", "closed"),
    )
    yield _trace(
        "of-an-intersection-with-a-holiday",
        "the reason of the second calendar, if only it is closed",
        {"intersection": [late, fair]},
        span,
        ("mon 12:00", "closed"),
        ("mon 14:00", "holiday a fair"),
        ("mon 21:00", "closed"),
    )
    yield {
        "id": "calendar-that-never-closes",
        "clauses": ["1.5"],
        "source": "open around the clock, with no date on which it is not",
        "calendar": _hours("mon-sun", "00:00-24:00"),
        "op": "next_close",
        "args": {"at": z("mon 10:00")},
        "expect": None,
        "error": "never_closes",
    }


def _parts(*parts: tuple[str, str, str, str]) -> list[Json]:
    """Return parts of a cycle: the end, the kind, the state and the reason of the calendar."""
    found: list[Json] = []
    for until, kind, state, why in parts:
        found.append({"end": z(until), "kind": kind, "state": state, "why": why or None})
    return found


def _clocks() -> Iterator[Json]:
    fair = {"zone": "UTC", "week": "mon-fri 09:00-18:00", "holidays": {"2026-11-24": "a fair"}}
    desk = rules(clocks=[policy(working(hours=20), "fair")], calendars={"fair": fair})
    steps = (opened(), move("ask", "mon 12:00"), move("resume", "wed 10:00"))
    first = _parts(
        ("mon 12:00", "counted", "open", "hours"),
        ("mon 18:00", "frozen", "waiting", "hours"),
        ("tue 09:00", "closed", "waiting", "closed"),
        ("tue 18:00", "closed", "waiting", "holiday"),
        ("wed 09:00", "closed", "waiting", "closed"),
        ("wed 10:00", "frozen", "waiting", "hours"),
    )
    yield case(
        "trace-of-a-clock",
        "4.2",
        "counted to Mon 12:00, frozen to Mon 18:00; Tuesday is a holiday; frozen from Wed 09:00 to 10:00. What is frozen and "
        "closed is closed",
        desk,
        *steps,
        look("wed 12:00", traces={"solving": [*first, *_parts(("wed 12:00", "counted", "open", "hours"))]}),
        {
            **look(
                "mon 13:00",
                traces={
                    "solving": [
                        *_parts(("mon 12:00", "counted", "open", "hours"), ("mon 13:00", "frozen", "waiting", "hours"))
                    ]
                },
            ),
            "as_of": True,
        },
    )
    yield case(
        "trace-of-a-clock-by-day-and-night",
        "4.2",
        "without a calendar all time counts, and there is no reason of a calendar; a stop at 12:00 ends the trace",
        rules(clocks=[policy(elapsed(hours=20), None)]),
        opened(),
        move("ask", "mon 11:00"),
        move("solve", "mon 12:00"),
        look(
            "mon 14:00",
            traces={
                "solving": [
                    *_parts(("mon 11:00", "counted", "open", ""), ("mon 12:00", "frozen", "waiting", "")),
                ]
            },
        ),
    )
    again = {**policy(elapsed(hours=20), None), "measure": {**RESOLUTION, "again": "continue"}}
    yield case(
        "trace-of-a-clock-that-was-stopped",
        "4.2 4.5",
        "the time between the stop of 11:00 and the restart of 13:00 is neither counted nor frozen by a state",
        rules(clocks=[again]),
        opened(),
        move("solve", "mon 11:00"),
        move("resume", "mon 13:00"),
        look(
            "mon 14:00",
            traces={
                "solving": _parts(
                    ("mon 11:00", "counted", "open", ""),
                    ("mon 13:00", "stopped", "solved", ""),
                    ("mon 14:00", "counted", "open", ""),
                )
            },
        ),
    )
    yield case(
        "trace-of-a-freeze-without-duration",
        "4.2",
        "asked and resumed at 11:00: no part is empty",
        rules(clocks=[policy(elapsed(hours=20), None)]),
        opened(),
        move("ask", "mon 11:00"),
        move("resume", "mon 11:00"),
        look(
            "mon 12:00",
            traces={"solving": _parts(("mon 11:00", "counted", "open", ""), ("mon 12:00", "counted", "open", ""))},
        ),
    )
    unanswered = {"name": "reply", "measure": "next_reply", "targets": []}
    yield case(
        "trace-of-a-clock-that-never-started",
        "4.2",
        "there are no parts",
        rules(clocks=[unanswered]),
        opened(message=None),
        do("assign", "mon 11:00", assignee="ana"),
        look("mon 12:00", traces={"reply": []}),
    )
