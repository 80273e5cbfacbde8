"""Calendars, asked about at chosen instants. The answers are counted minute by minute from the descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from tests.support.required_cases.writing import DAYS, Json, instant, z

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def _week(days: str, *shifts: str) -> Json:
    first, _, last = days.partition("-")
    names = DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    return {name: [shift.split("-") for shift in shifts] for name in names}


_OFFICE: Json = {"tz": "UTC", "hours": _week("mon-fri", "09:00-18:00")}
_LUNCH: Json = {
    "tz": "UTC",
    "hours": _week("mon-fri", "09:00-12:00", "13:00-18:00"),
    "holidays": ["2026-11-25"],
    "half_days": {"2026-11-27": "12:00"},
}
_NIGHT: Json = {"tz": "UTC", "hours": _week("mon-fri", "22:00-06:00"), "holidays": ["2026-11-26"]}
_EARLY: Json = {"tz": "UTC", "hours": _week("mon-wed", "06:00-14:00")}
_LATE: Json = {"tz": "UTC", "hours": _week("tue-thu", "12:00-20:00")}
HEAD: Json = {
    "calendars": {
        "office": _OFFICE,
        "lunch": _LUNCH,
        "night": _NIGHT,
        "early": _EARLY,
        "late": _LATE,
        "shifts": {"union": ["early", "late"]},
        "day-and-night": {"union": ["office", "night"]},
        "both": {"intersection": ["early", "late"]},
        "morning": {"difference": ["early", "late"]},
        "without-fair": {
            "calendar": "office",
            "excluding": [
                ["2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"],
                ["2026-11-26T12:00:00Z", "2026-11-26T15:00:00Z"],
            ],
        },
        "fair": {
            "tz": "UTC",
            "hours": {},
            "overrides": {"2026-11-24": [["22:00", "02:00"]], "2026-11-26": [["10:00", "16:00"]]},
        },
    }
}
_CALENDARS: Json = HEAD["calendars"]

# -- the slow method: is it open in this minute? ----------------------------------------------------------------------


@cache
def _minutes(text: str) -> timedelta:
    hour, minute = map(int, text.split(":"))
    return timedelta(hours=hour, minutes=minute)


def _in_shift(calendar: Any, day: date, at: datetime) -> bool:
    """Return whether an instant lies in the open time of the shifts that start on a date."""
    described = _CALENDARS[calendar] if isinstance(calendar, str) else calendar
    if "union" in described:
        return any(_in_shift(part, day, at) for part in described["union"])
    if "intersection" in described:
        first, *others = described["intersection"]
        return _in_shift(first, day, at) and all(is_open(part, at) for part in others)
    if "difference" in described:
        first, *others = described["difference"]
        return _in_shift(first, day, at) and not any(is_open(part, at) for part in others)
    if "excluding" in described:
        out = any(instant(start) <= at < instant(end) for start, end in described["excluding"])
        return _in_shift(described["calendar"], day, at) and not out
    name = day.isoformat()
    shifts = described["hours"].get(DAYS[day.weekday()], [])
    if name in described.get("overrides", {}):
        shifts = described["overrides"][name]
    elif name in described.get("holidays", []):
        shifts = []
    ends = _minutes(described.get("half_days", {}).get(name, "48:00"))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for opens, closes in (map(_minutes, shift) for shift in shifts):
        end = min(closes if closes > opens else closes + DAY, ends)
        if midnight + opens <= at < midnight + end:
            return True
    return False


def is_open(calendar: Any, at: datetime) -> bool:
    """Return whether a calendar is open in a minute: by the shifts of its date or of the date before."""
    return any(_in_shift(calendar, day, at) for day in (at.date(), at.date() - DAY))


def _walk(
    calendar: str, at: datetime, minutes: int, step: timedelta
) -> tuple[datetime, list[tuple[datetime, datetime]]]:
    """Walk until so many open minutes have passed; return the instant and the stretches that were counted."""
    counted: list[tuple[datetime, datetime]] = []
    while minutes:
        first = at if step > timedelta() else at + step
        if is_open(calendar, first):
            minutes -= 1
            start, end = (at, at + step) if step > timedelta() else (at + step, at)
            if counted and start == counted[-1][1]:
                counted[-1] = (counted[-1][0], end)
            elif counted and end == counted[-1][0]:
                counted[-1] = (start, counted[-1][1])
            else:
                counted.append((start, end))
        at += step
    return at, counted


def _next(calendar: str, at: datetime, *, opens: bool) -> datetime:
    while is_open(calendar, at) is not opens:
        at += MINUTE
    return at


def _business_days(calendar: str, start: datetime, days: int, anchor: str, shut: str) -> tuple[datetime, str]:
    """Follow the steps of 1.7; return the answer and how it came about."""
    begun = start if anchor == "as_it_is" else _next(calendar, start, opens=True)
    day = begun.date()
    if not _in_shift(calendar, day, begun) and _in_shift(calendar, day - DAY, begun):
        day -= DAY
    distance = begun - datetime(day.year, day.month, day.day, tzinfo=UTC)
    anchor_day = day
    while days:
        day += DAY
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        days -= any(_in_shift(calendar, day, midnight + number * MINUTE) for number in range(48 * 60))
    found = datetime(day.year, day.month, day.day, tzinfo=UTC) + distance
    how = f"the anchor {_said(begun)} is of {anchor_day:%a}; the date is {day:%a}, the same time {_said(found)}"
    if shut == "as_it_is" or is_open(calendar, found):
        return found, how
    if shut == "next_opening":
        return (opening := _next(calendar, found, opens=True)), f"{how} is shut, and opens {_said(opening)}"
    closing = found
    while not is_open(calendar, closing - MINUTE):
        closing -= MINUTE
    return closing, f"{how} is shut, and closed {_said(closing)}"


def _to_a_point(calendar: str, start: datetime, days: int, point: str) -> tuple[datetime, str]:
    """Follow 1.7 for a point of the day: the n-th business date after the anchor's own, and not before the anchor."""
    own = start.date() - DAY * (not _in_shift(calendar, start.date(), start) and is_open(calendar, start))
    day, left = own, days + (not days and not _opened(calendar, own))
    while True:
        while left:
            day += DAY
            left -= bool(_opened(calendar, day))
        opened = _opened(calendar, day)
        closing = opened[-1] + MINUTE
        if point in ("opening", "closing"):
            found = opened[0] if point == "opening" else closing
        else:
            wall = datetime(day.year, day.month, day.day, tzinfo=UTC) + _minutes(point)
            found = next((each for each in opened if each >= wall), closing)
        if found >= start:
            return found, f"the anchor {_said(start)} is of {own:%a}; the day is {day:%a}, {point} is {_said(found)}"
        left = 1


@cache
def _opened(calendar: str, day: date) -> list[datetime]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    minutes = (midnight + number * MINUTE for number in range(48 * 60))
    return [at for at in minutes if _in_shift(calendar, day, at)]


def _said(at: datetime) -> str:
    return f"{at:%a %H:%M}"


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{whole} h" if whole else "", f"{rest} min" if rest else "") if part) or "0 h"


# -- the questions ----------------------------------------------------------------------------------------------------

_PROBES = {
    "lunch": ("tue 11:30", "wed 10:00", "fri 12:00"),
    "night": ("tue 03:00", "fri 05:00", "sat 03:00"),
    "shifts": ("mon 13:00", "tue 12:30", "wed 14:00"),
    "day-and-night": ("mon 17:30", "tue 05:00", "sat 05:30"),
    "both": ("tue 12:00", "wed 13:30"),
    "morning": ("mon 13:00", "tue 11:00"),
    "without-fair": ("mon 17:00", "thu 11:00"),
    "fair": ("tue 23:00", "wed 01:00"),
}
_AMOUNTS = {
    "lunch": 400,
    "night": 600,
    "shifts": 700,
    "day-and-night": 500,
    "both": 90,
    "morning": 300,
    "without-fair": 300,
}


def cases() -> Iterator[Json]:
    """Yield a case for each question."""
    for calendar, probes in _PROBES.items():
        for probe in probes:
            yield from _questions(calendar, probe)
    yield from _boundaries()


def _case(name: str, calendar: str, op: str, args: Json, expect: object, clause: str, source: str) -> Json:
    found = {"id": name, "clauses": [clause], "source": source, "calendar": calendar, "op": op, "args": args}
    return {**found, "expect": expect}


def _questions(calendar: str, probe: str) -> Iterator[Json]:
    at, name = instant(probe), f"{calendar}-{probe.replace(' ', '-').replace(':', '')}"
    asked = {"at": z(at)}
    opening = _next(calendar, at, opens=True)
    closing = _next(calendar, opening, opens=False)
    yield _case(
        f"{name}-is-open", calendar, "is_open", asked, is_open(calendar, at), "1.3", f"{_said(at)}, in its hours or not"
    )
    yield _case(
        f"{name}-next-open",
        calendar,
        "next_open",
        asked,
        z(opening),
        "1.4",
        f"from {_said(at)} it is open first at {_said(opening)}",
    )
    yield _case(
        f"{name}-next-close",
        calendar,
        "next_close",
        asked,
        z(closing),
        "1.4",
        f"open at {_said(opening)} and until {_said(closing)}",
    )
    for sign in (1, -1) if calendar in _AMOUNTS else ():
        amount = _AMOUNTS[calendar]
        found, counted = _walk(calendar, at, amount, sign * MINUTE)
        parts = " + ".join(
            f"{_said(start)} to {_said(end)} {_hours(int((end - start) / MINUTE))}" for start, end in counted
        )
        args = {"start": z(at), "seconds": sign * amount * 60}
        op = "add" if sign > 0 else "subtract"
        yield _case(
            f"{name}-{op}", calendar, "add", args, z(found), "1.4", f"{parts} = {_hours(amount)}, {_said(found)}"
        )
    end = at + timedelta(hours=60)
    minutes = sum(is_open(calendar, at + number * MINUTE) for number in range(60 * 60))
    args = {"start": z(at), "end": z(end)}
    yield _case(
        f"{name}-between",
        calendar,
        "between",
        args,
        minutes * 60,
        "1.4",
        f"of 60 hours {_hours(minutes)} are open, minute by minute",
    )
    variants = ((1, "next_opening", "next_opening"), (1, "as_it_is", "as_it_is"), (1, "as_it_is", "last_closing"))
    for days, anchor, shut in variants if calendar != "fair" else ():
        answer, how = _business_days(calendar, at, days, anchor, shut)
        more = {key: value for key, value in (("anchor", anchor), ("shut", shut)) if value != "next_opening"}
        suffix = {"next_opening": "", "as_it_is": "-as-it-is", "last_closing": "-last-closing"}[shut]
        args = {"start": z(at), "days": days, **more}
        yield _case(f"{name}-day{suffix}", calendar, "add_business_days", args, z(answer), "1.7", how)
    points = ((1, "opening"), (1, "closing"), (0, "16:00"), (2, "12:30"))
    for days, point in points if calendar not in ("fair", "morning") else ():
        answer, how = _to_a_point(calendar, at, days, point)
        args = {"start": z(at), "days": days, "point": point}
        suffix = point.replace(":", "")
        yield _case(f"{name}-{days}-to-{suffix}", calendar, "add_business_days", args, z(answer), "1.7", how)


def _boundaries() -> Iterator[Json]:
    """Yield the questions of which the answer is an instant of the question, worked out by hand."""
    half: Json = {**_OFFICE, "half_days": {"2026-11-25": "12:00"}}
    args: Json = {"start": z("tue 12:00"), "days": 1, "shut": "last_closing"}
    source = "Wed 12:00 is the closing of the half day itself: outside hours, and the closing that is not after it"
    yield {"id": "last-closing-at-the-instant-itself", "clauses": ["1.7"], "source": source, "calendar": half} | {
        "op": "add_business_days",
        "args": args,
        "expect": z("wed 12:00"),
    }
    source = "closing time is outside hours: Wed 12:00 moves to Thu 09:00"
    yield {"id": "next-opening-from-the-closing-itself", "clauses": ["1.7"], "source": source, "calendar": half} | {
        "op": "add_business_days",
        "args": {"start": z("tue 12:00"), "days": 1},
        "expect": z("thu 09:00"),
    }
    yield _case(
        "next-close-at-a-closing",
        "office",
        "next_close",
        {"at": z("mon 18:00")},
        z("tue 18:00"),
        "1.4",
        "strictly after Mon 18:00",
    )
    yield _case(
        "next-open-at-a-closing",
        "office",
        "next_open",
        {"at": z("mon 18:00")},
        z("tue 09:00"),
        "1.4",
        "the closing is not open",
    )
    yield _case(
        "next-open-while-open",
        "office",
        "next_open",
        {"at": z("mon 10:30")},
        z("mon 10:30"),
        "1.4",
        "at or after Mon 10:30, which is open",
    )
    yield _case(
        "add-from-a-closing",
        "office",
        "add",
        {"start": z("mon 18:00"), "seconds": 60},
        z("tue 09:01"),
        "1.4",
        "no minute is left on Monday",
    )
    yield _case(
        "subtract-from-an-opening",
        "office",
        "add",
        {"start": z("tue 09:00"), "seconds": -60},
        z("mon 17:59"),
        "1.4",
        "no minute has passed on Tuesday",
    )
    yield _case(
        "subtract-a-whole-day",
        "office",
        "add",
        {"start": z("tue 18:00"), "seconds": -9 * 3600},
        z("tue 09:00"),
        "1.4",
        "nine hours, to the opening: the latest instant from which they pass",
    )
    yield _case(
        "between-from-closing-to-opening",
        "office",
        "between",
        {"start": z("mon 18:00"), "end": z("tue 09:00")},
        0,
        "1.4",
        "all of it is shut",
    )
    yield _case(
        "between-an-instant-and-itself",
        "office",
        "between",
        {"start": z("mon 10:00"), "end": z("mon 10:00")},
        0,
        "1.4",
        "nothing passes",
    )
    last = "2026-11-23T17:59:59.999999Z"
    yield _case(
        "microsecond-before-closing-is-open",
        "office",
        "is_open",
        {"at": last},
        True,
        "1.3",
        "half-open: 18:00 is the first instant that is shut",
    )
    yield _case(
        "next-close-a-microsecond-before",
        "office",
        "next_close",
        {"at": last},
        z("mon 18:00"),
        "1.4",
        "strictly after 17:59:59.999999",
    )
    yield _case(
        "naive-next-open",
        "office",
        "next_open",
        {"at": "2026-11-23T10:00:00"},
        None,
        "1.1",
        "an instant without an offset is refused",
    ) | {"error": "naive"}
    yield _case(
        "naive-end",
        "office",
        "between",
        {"start": z("mon 10:00"), "end": "2026-11-23T10:00:00"},
        None,
        "1.1",
        "likewise of an end",
    ) | {"error": "naive"}
    yield _case(
        "naive-business-day",
        "office",
        "add_business_days",
        {"start": "2026-11-23T10:00:00", "days": 1},
        None,
        "1.1",
        "likewise of an anchor",
    ) | {"error": "naive"}
    yield _case(
        "no-opening-after-the-fair",
        "fair",
        "next_open",
        {"at": z("thu 16:00")},
        None,
        "1.5",
        "its last opening is over at Thu 16:00",
    ) | {"error": "never_open"}
    yield _case(
        "no-sum-after-the-fair",
        "fair",
        "add",
        {"start": z("thu 15:00"), "seconds": 3601},
        None,
        "1.5",
        "an hour is left, not an hour and a second",
    ) | {"error": "never_open"}
    yield _case(
        "sum-that-uses-up-the-fair",
        "fair",
        "add",
        {"start": z("thu 15:00"), "seconds": 3600},
        z("thu 16:00"),
        "1.5",
        "the hour that is left",
    )
    yield _case(
        "no-time-before-the-fair",
        "fair",
        "add",
        {"start": z("tue 22:30"), "seconds": -1801},
        None,
        "1.5",
        "half an hour has passed, and nothing before",
    ) | {"error": "never_open"}
    nightly: Json = {"tz": "UTC", "hours": _week("mon-fri", "22:00-06:00")}
    for name, more, expect, source in (
        ("", {}, "sat 03:00", "Fri 03:00 is 27:00 of Thursday's shift; 27:00 of Friday's is Sat 03:00, inside it"),
        ("-two-days", {"days": 2}, "tue2 03:00", "27:00 of Monday's shift, the second business date after Thursday"),
        ("-as-it-is", {"anchor": "as_it_is"}, "sat 03:00", "inside a shift, the anchor stays in any case"),
    ):
        args = {"start": z("fri 03:00"), "days": 1, **more}
        head = {"id": f"friday-of-the-night-shift{name}", "clauses": ["1.7"], "source": source}
        yield head | {"calendar": nightly, "op": "add_business_days", "args": args, "expect": z(expect)}
