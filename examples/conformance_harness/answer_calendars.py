"""A second implementation of calendars, tested by the conformance runner.

It reads requests, one JSON object per line, and writes one answer per line. It answers the calendar cases and says of
all others that they are not supported. It uses the standard library only, and nothing of ticketflow. It computes with
lists of open intervals, date by date, and is written for reading, not for speed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
CYCLE = timedelta(days=146_097)  # after 400 years, weekdays, dates and zone rules repeat
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Interval = tuple[datetime, datetime]


class UnsupportedError(Exception):
    """The calendar has a part that this program does not know."""


class RefusedError(Exception):
    """The question has no answer. The message is the name of the error, or empty."""


# -- intervals: sorted, disjoint, in UTC ------------------------------------------------------------------------------


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the union of intervals; touching ones become one."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def common(these: Iterable[Interval], those: Iterable[Interval]) -> list[Interval]:
    """Return the intersection of intervals."""
    others = list(those)
    return merged((max(a, c), min(b, d)) for a, b in these for c, d in others)


def without(these: Iterable[Interval], those: Iterable[Interval]) -> list[Interval]:
    """Return the time that lies in *these* and not in *those*."""
    left = list(these)
    for c, d in those:
        left = [part for a, b in left for part in ((a, min(b, c)), (max(a, d), b)) if part[0] < part[1]]
    return merged(left)


# -- calendars --------------------------------------------------------------------------------------------------------


class Calendar(NamedTuple):
    """A calendar, known by the open time of the shifts that start on each date.

    Attributes:
        zone: The zone of its dates.
        shifts: The open intervals of the shifts that start on a date.
        special: The first and the last date on which it differs from its week.
        known: The time in which its holidays are known.
    """

    zone: ZoneInfo
    shifts: Callable[[date], list[Interval]]
    special: tuple[date, date]
    known: Interval

    def open_time(self, start: datetime, end: datetime) -> list[Interval]:
        """Return the open time between two instants that are a few days apart at most."""
        first, last = (at.astimezone(self.zone).date() for at in (start, end))
        days = range(first.toordinal() - 2, last.toordinal() + 2)
        return common(merged(part for day in days for part in self.shifts_on(day)), [(start, end)])

    def shifts_on(self, ordinal: int) -> list[Interval]:
        """Return the shifts of a date given by its number; none for a date outside the years 1 to 9999."""
        try:
            return self.shifts(date.fromordinal(ordinal))
        except (ValueError, OverflowError):
            return []


def read_calendar(plain: Any) -> Calendar:  # noqa: ANN401 -- JSON
    """Build a calendar from its description."""
    for name, combine in (("union", None), ("intersection", common), ("difference", without)):
        if name in plain:
            first, *others = map(read_calendar, plain[name])
            for other in others:
                first = united(first, other) if combine is None else reduced(first, other, combine)
            return first
    if "excluding" in plain:
        pairs = merged((instant(start), instant(end)) for start, end in plain["excluding"])
        whole = read_calendar(plain["calendar"])
        days = [at.date() for pair in pairs for at in pair]
        special = (min([whole.special[0], *days]), max([whole.special[1], *days]))
        return whole._replace(shifts=lambda day: without(whole.shifts(day), pairs), special=special)
    return business(plain)


def united(one: Calendar, other: Calendar) -> Calendar:
    """Return a calendar that is open when either is."""
    return both(one, other, lambda day: merged(one.shifts(day) + other.shifts(day)))


def reduced(one: Calendar, other: Calendar, combine: Callable[..., list[Interval]]) -> Calendar:
    """Return the first calendar's shifts, combined with the open time of the other."""

    def shifts(day: date) -> list[Interval]:
        found = one.shifts(day)
        return combine(found, other.open_time(found[0][0], found[-1][1])) if found else []

    return both(one, other, shifts)


def both(one: Calendar, other: Calendar, shifts: Callable[[date], list[Interval]]) -> Calendar:
    """Return a combination of two calendars, in the zone of the first."""
    special = (min(one.special[0], other.special[0]), max(one.special[1], other.special[1]))
    known = (max(one.known[0], other.known[0]), min(one.known[1], other.known[1]))
    return Calendar(one.zone, shifts, special, known)


NEWER = ("late_days", "periods", "excluded_holidays", "dated_until")
DATE = re.compile("([0-9]{4}-)?[0-9]{2}-[0-9]{2}")


def business(plain: Any) -> Calendar:  # noqa: ANN401 -- JSON
    """Build a calendar of weekly hours and dates that differ."""
    dated = [day for key in ("holidays", "half_days", "overrides") for day in plain.get(key, ())]
    if any(key in plain for key in NEWER) or not all(DATE.fullmatch(day) for day in dated):
        raise UnsupportedError
    try:
        zone = ZoneInfo(plain["tz"])
    except (KeyError, ValueError, OSError):
        raise RefusedError from None
    week = [hours(plain.get("hours", {}).get(day, [])) for day in WEEKDAYS]
    overrides = {date.fromisoformat(day): hours(times or []) for day, times in plain.get("overrides", {}).items()}
    if not any(week) and not any(overrides.values()):
        raise RefusedError
    holidays = {*plain.get("holidays", ()), *plain.get("yearly_holidays", ())}
    half_days = {day: time_of_day(until) for day, until in plain.get("half_days", {}).items()}

    def hours_on(day: date) -> list[tuple[timedelta, timedelta]]:
        names = (day.isoformat(), f"{day:%m-%d}")
        if day in overrides:
            return overrides[day]
        if any(name in holidays for name in names):
            return []
        until = next((half_days[name] for name in names if name in half_days), 2 * DAY)
        return [(opens, min(closes, until)) for opens, closes in week[day.weekday()] if opens < until]

    def shifts(day: date) -> list[Interval]:
        walls = ((at(day, opens), at(day, closes)) for opens, closes in hours_on(day))
        return merged(part for start, end in walls for part in instants_between(start, end, zone))

    days = [date.fromisoformat(day) for day in (*holidays, *half_days) if len(day) == len("2026-11-23")]
    special = (min([*days, *overrides], default=date.max), max([*days, *overrides], default=date.min))
    known = (FIRST, LAST)
    if "known_years" in plain and plain.get("beyond_known", "error") == "error":
        first, last = plain["known_years"]
        begins = date(first, 1, 2 if any(closes > DAY for each in week for _, closes in each) else 1)
        known = (local(datetime.combine(begins, time()), zone), local(datetime(last + 1, 1, 1), zone))  # noqa: DTZ001 -- local
    return Calendar(zone, shifts, special, known)


def at(day: date, time_of_day: timedelta) -> datetime:
    """Return a local time of a date; 26:00 is 02:00 of the next date."""
    return datetime.combine(day, time()) + time_of_day


def hours(pairs: list[list[str]]) -> list[tuple[timedelta, timedelta]]:
    """Read shifts as distances from midnight."""
    found = []
    for opens, closes in (map(time_of_day, pair) for pair in pairs):
        if opens in (closes, DAY):
            raise RefusedError
        found.append((opens, closes if closes > opens else closes + DAY))
    return found


def time_of_day(text: str) -> timedelta:
    """Read a time of day as the distance from midnight."""
    hour, minute, *rest = text.split(":")
    whole, _, part = rest[0].partition(".") if rest else ("0", "", "")
    microseconds = int(f"{part:0<6}") if part else 0
    return timedelta(hours=int(hour), minutes=int(minute), seconds=int(whole), microseconds=microseconds)


# -- local times ------------------------------------------------------------------------------------------------------


def stretches(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield the parts between two instants in which the offset from UTC stays the same, with that offset."""
    while start < end:
        offset = start.astimezone(zone).utcoffset() or timedelta()
        step, low = timedelta(hours=1), start
        while low < end and low.astimezone(zone).utcoffset() == offset:
            low += step
        high = min(low, end)
        low = max(high - step, start)
        while high - low > MICROSECOND and high.astimezone(zone).utcoffset() != offset:
            middle = low + (high - low) / 2
            low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
        yield start, high, offset
        start = high


def instants_between(start: datetime, end: datetime, zone: ZoneInfo) -> list[Interval]:
    """Return the instants at which the local time lies between two local times."""
    if zone.key in ("UTC", "Etc/UTC"):
        return [(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))]
    window = (start.replace(tzinfo=UTC) - DAY, end.replace(tzinfo=UTC) + DAY)
    found = (
        (max(first, start.replace(tzinfo=UTC) - offset), min(last, end.replace(tzinfo=UTC) - offset))
        for first, last, offset in stretches(*window, zone)
    )
    return merged(found)


def local(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the earliest instant at which the zone reads a local time or a later one."""
    window = (wall.replace(tzinfo=UTC) - DAY, wall.replace(tzinfo=UTC) + DAY)
    for first, last, offset in stretches(*window, zone):
        instant = max(first, wall.replace(tzinfo=UTC) - offset)
        if instant < last:
            return instant
    raise RefusedError


# -- questions --------------------------------------------------------------------------------------------------------


def forwards(calendar: Calendar, start: datetime) -> Iterator[Interval]:
    """Yield the open time from an instant on, in parts, until it is certain that there is no more."""
    require_known(calendar, start)
    day, pending = start.astimezone(calendar.zone).toordinal() - 3, list[Interval]()
    last = max(day, calendar.special[1].toordinal())
    while day <= min(last + CYCLE.days, date.max.toordinal()):
        pending = merged(pending + calendar.shifts_on(day))
        day += 1
        limit = midnight(day - 2)
        for part in common(pending, [(FIRST, limit)]):
            last = max(last, day)
            yield from clipped(calendar, part, (start, LAST))
        pending = common(pending, [(limit, LAST)])
        if limit > calendar.known[1]:
            raise RefusedError("unknown_holidays")
    yield from (part for each in pending for part in clipped(calendar, each, (start, LAST)))
    raise RefusedError("never_open")


def backwards(calendar: Calendar, end: datetime) -> Iterator[Interval]:
    """Yield the open time until an instant, in parts, latest first."""
    require_known(calendar, end - MICROSECOND)
    day, pending = end.astimezone(calendar.zone).toordinal() + 2, list[Interval]()
    first = min(day, calendar.special[0].toordinal())
    while day >= max(first - CYCLE.days, 0):
        pending = merged(pending + calendar.shifts_on(day))
        day -= 1
        limit = midnight(day + 3)
        for part in reversed(common(pending, [(limit, LAST)])):
            first = min(first, day)
            yield from clipped(calendar, part, (FIRST, end))
        pending = common(pending, [(FIRST, limit)])
        if limit < calendar.known[0]:
            raise RefusedError("unknown_holidays")
    yield from (part for each in reversed(pending) for part in clipped(calendar, each, (FIRST, end)))
    raise RefusedError("never_open")


def midnight(ordinal: int) -> datetime:
    """Return the beginning of a date in UTC; the date can lie outside the years 1 to 9999."""
    return FIRST + max(min(ordinal - 1, date.max.toordinal() - 1), 0) * DAY


def clipped(calendar: Calendar, interval: Interval, window: Interval) -> Iterator[Interval]:
    """Yield the part of an interval that lies in a window; refuse a part that is not known."""
    for start, end in common([interval], [window]):
        known = common([(start, end)], [calendar.known])
        yield from known
        if known != [(start, end)]:
            raise RefusedError("unknown_holidays")


def require_known(calendar: Calendar, instant: datetime) -> None:
    """Refuse an instant at which the holidays are not known."""
    if not calendar.known[0] <= instant < calendar.known[1]:
        raise RefusedError("unknown_holidays" if FIRST <= instant < LAST else "")


def is_open(calendar: Calendar, instant: datetime) -> bool:
    """Answer whether the calendar is open at an instant."""
    require_known(calendar, instant)
    return bool(calendar.open_time(instant, min(instant + MICROSECOND, LAST)))


def next_open(calendar: Calendar, instant: datetime) -> datetime:
    """Answer with the earliest open instant at or after an instant."""
    return next(forwards(calendar, instant))[0]


def next_close(calendar: Calendar, instant: datetime) -> datetime:
    """Answer with the earliest closing after an instant."""
    closing: datetime | None = None
    try:
        for opens, closes in forwards(calendar, instant):
            if closing is not None and opens > closing:
                return closing
            closing = closes
            if closes - instant > CYCLE and closes.toordinal() > calendar.special[1].toordinal() + CYCLE.days:
                break  # it never closes
    except RefusedError:
        if closing is None or not is_known_shut(calendar, closing):
            raise
        return closing
    raise RefusedError


def is_known_shut(calendar: Calendar, instant: datetime) -> bool:
    """Return whether a part that ends at an instant ends because the calendar closes."""
    return instant < calendar.known[1] and instant < LAST and not is_open(calendar, instant)


def add(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """Answer with the earliest instant by which an amount of open time has passed."""
    if not amount:
        return start
    left = abs(amount)
    for opens, closes in forwards(calendar, start) if amount > timedelta() else backwards(calendar, start):
        if left <= closes - opens:
            return opens + left if amount > timedelta() else closes - left
        left -= closes - opens
    raise RefusedError


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Answer with the open time between two instants."""
    if end < start:
        return -between(calendar, end, start)
    total = timedelta()
    try:
        for opens, closes in forwards(calendar, start) if start < end else ():
            total += max(min(closes, end) - opens, timedelta())
            if closes >= end or opens >= end:
                return total
    except RefusedError as error:
        if str(error) != "never_open" and end > calendar.known[1]:
            raise
    return total


def add_business_days(
    calendar: Calendar,
    start: datetime,
    days: int,
    anchor: str = "next_opening",
    shut: str = "next_opening",
    point: str | None = None,
) -> datetime:
    """Answer with the same local time on the n-th following business date, step by step as clause 1.7 says."""
    if point is not None:
        return add_days_to_a_point(calendar, start, days, point)
    begun = start if anchor == "as_it_is" else next_open(calendar, start)
    if not days:
        return placed(calendar, begun, shut)
    require_known(calendar, begun)
    day = date_of(calendar, begun)
    distance = begun.astimezone(calendar.zone).replace(tzinfo=None, fold=0) - datetime.combine(day, time())
    for _ in range(days):
        day = next_business_day(calendar, day, begun)
    return placed(calendar, local(datetime.combine(day, time()) + distance, calendar.zone), shut)


def date_of(calendar: Calendar, at: datetime) -> date:
    """Return the date of the shift that is open, or else the local date."""
    day = at.astimezone(calendar.zone).date()
    for date_of_shift in (day, day - DAY):
        if any(opens <= at < closes for opens, closes in calendar.shifts(date_of_shift)):
            return date_of_shift
    return day


def next_business_day(calendar: Calendar, day: date, begun: datetime) -> date:
    """Return the first date after *day* with open time."""
    first = max(begun.date(), day, calendar.special[1])
    while True:
        day += DAY
        if day >= LAST.date() or day > first + CYCLE:
            raise RefusedError
        if calendar.known != (FIRST, LAST):
            require_known(calendar, local(datetime.combine(day, time()), calendar.zone))
        if calendar.shifts(day):
            return day


def add_days_to_a_point(calendar: Calendar, start: datetime, days: int, point: str) -> datetime:
    """Answer with a point of the n-th business date after the anchor's own, but not before the anchor (1.7)."""
    require_known(calendar, start)
    day = date_of(calendar, start)
    for _ in range(days or not calendar.shifts(day)):
        day = next_business_day(calendar, day, start)
    while (found := point_of(calendar, day, point)) < start:
        day = next_business_day(calendar, day, start)
    return found


def point_of(calendar: Calendar, day: date, point: str) -> datetime:
    """Return the opening or closing of a date, or the first instant at or after a local time that its shifts open."""
    shifts = merged(calendar.shifts(day))
    if point == "opening":
        return shifts[0][0]
    closing = shifts[-1][1]
    if point == "closing":
        return closing
    hours, minutes = map(int, point.split(":"))
    reached = local(datetime.combine(day, time()) + timedelta(hours=hours, minutes=minutes), calendar.zone)
    return next((max(opens, reached) for opens, closes in shifts if reached < closes), closing)


def placed(calendar: Calendar, instant: datetime, shut: str) -> datetime:
    """Return an instant if the calendar is open then, or else what *shut* says."""
    if shut == "as_it_is" or is_open(calendar, instant):
        return instant
    return next_open(calendar, instant) if shut == "next_opening" else next(backwards(calendar, instant))[1]


# -- the protocol -----------------------------------------------------------------------------------------------------


def instant(text: str) -> datetime:
    """Read an instant; one without an offset is refused."""
    found = datetime.fromisoformat(text.upper())
    if found.tzinfo is None:
        raise RefusedError("naive")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise RefusedError from None


def seconds(number: Decimal | int) -> timedelta:
    """Read a number of seconds, exactly."""
    try:
        return int(Decimal(number) * 1_000_000) * MICROSECOND
    except (ArithmeticError, ValueError):
        raise RefusedError from None


def answered(request: dict[str, Any]) -> Any:  # noqa: ANN401 -- JSON
    """Return the answer to a request about a calendar."""
    calendar, args = read_calendar(request["calendar"]), dict(request["args"])
    instants = {key: instant(args[key]) for key in ("at", "start", "end") if key in args}
    match request["op"]:
        case "is_open":
            return is_open(calendar, instants["at"])
        case "next_open":
            return written(next_open(calendar, instants["at"]))
        case "next_close":
            return written(next_close(calendar, instants["at"]))
        case "add":
            return written(add(calendar, instants["start"], seconds(args["seconds"])))
        case "between":
            return exactly(between(calendar, **instants))
        case _:
            args |= instants
            if args["days"] != int(args["days"]) or not 0 <= args["days"] <= LAST.toordinal():
                raise RefusedError
            return written(add_business_days(calendar, **args | {"days": int(args["days"])}))


def written(instant: datetime) -> str:
    """Write an instant."""
    return instant.isoformat()


def exactly(amount: timedelta) -> float:
    """Write a number of seconds. A float has enough places for a day; whole seconds stay integers."""
    whole, rest = divmod(amount, timedelta(seconds=1))
    return whole + rest / timedelta(seconds=1) if rest else whole


OPS = ("is_open", "next_open", "next_close", "add", "between", "add_business_days")


def reply(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request."""
    if request["kind"] != "calendar" or request["op"] not in OPS:
        return {"id": request["id"], "unsupported": f"only calendars: {', '.join(OPS)}"}
    try:
        return {"id": request["id"], "answer": answered(request)}
    except UnsupportedError:
        return {"id": request["id"], "unsupported": "only single dates and dates of every year"}
    except RefusedError as error:
        return {"id": request["id"], "answer": None} | ({"error": str(error)} if str(error) else {})
    except OverflowError:
        return {"id": request["id"], "answer": None}


def main() -> None:
    """Answer each line of the input."""
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line, parse_float=Decimal))), flush=True)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:  # whoever reads the answers has stopped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
