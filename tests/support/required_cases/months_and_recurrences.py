"""Calendar spans and recurrences; the dates are computed with datetime alone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from tests.support.required_cases.writing import DAYS, Json, acts, after, case, elapsed, look, on, opened, rules, z

DAY = timedelta(days=1)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    yield from _months()
    yield from _recurrences()


def _later(start: datetime, months: int, weeks: int, days: int) -> datetime:
    """Add months with the day clamped to the end of the month, then weeks and days."""
    number = start.year * 12 + start.month - 1 + months
    year, month = divmod(number, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day) + timedelta(weeks=weeks, days=days)


def _span(months: int = 0, weeks: int = 0, days: int = 0) -> Json:
    units = {"months": months, "weeks": weeks, "days": days}
    return {"calendar_span": {unit: amount for unit, amount in units.items() if amount}}


_SPANS = (
    ("2027-01-31T09:00", 1, 0, 0, "February 2027 has 28 days"),
    ("2028-01-31T09:00", 1, 0, 0, "February 2028 has 29 days"),
    ("2027-01-31T09:00", 3, 0, 0, "April has 30 days"),
    ("2027-08-31T23:59", 6, 0, 0, "29 February 2028"),
    ("2027-02-28T09:00", 1, 0, 0, "the 28th stays the 28th: only clamped, not the last day"),
    ("2026-12-15T12:00", 1, 0, 0, "over the end of the year"),
    ("2026-12-15T12:00", 0, 6, 0, "six weeks of seven days"),
    ("2027-01-31T09:00", 1, 0, 1, "28 February first, then a day: 1 March"),
    ("2027-01-30T09:00", 1, 1, 2, "28 February, a week, two days: 9 March"),
    ("2028-02-29T09:00", 12, 0, 0, "2029 has no 29 February"),
    ("2026-11-30T00:00", 15, 0, 0, "February 2028 has 29 days"),
    ("2026-11-23T10:00", 0, 0, 40, "seven days of November are left: 2 January"),
)


def _months() -> Iterator[Json]:
    for text, months, weeks, days, why in _SPANS:
        start = datetime.fromisoformat(text).replace(tzinfo=UTC)
        due = _later(start, months, weeks, days)
        units = "-".join(f"{n}{unit}" for n, unit in ((months, "m"), (weeks, "w"), (days, "d")) if n)
        name = f"calendar-span-{text[:10]}-{units}"
        desk = rules(after("span", _span(months, weeks, days)))
        yield case(
            name,
            "1.10",
            f"{why}; {due:%d %B %Y} at the same time",
            desk,
            opened(z(start)),
            look(z(start), next_due=z(due)),
            look(z(due), automatic=acts((z(due), "span"))),
        )
    for text, months in (("2027-01-31T09:00", 1), ("2026-10-31T09:00", 2), ("2026-11-30T09:00", 1)):
        start = datetime.fromisoformat(text).replace(tzinfo=UTC)
        instants = [_later(start, number * months, 0, 0) for number in range(1, 5)]
        span = _span(months)
        yield case(
            f"every-{months}-months-from-{text[:10]}",
            "1.10 3.4",
            "each repetition is counted from the anchor: " + ", ".join(f"{each:%d %b}" for each in instants),
            rules(after("again", span, every=span, at_most=4)),
            opened(z(start)),
            look(
                z(instants[-1] + DAY),
                automatic=acts(*((z(each), "again") for each in instants)),
                next_due=z(instants[0]),
            ),
        )


def _found(start: datetime, at: time, fits: Callable[[date], bool], count: int) -> list[datetime]:
    """Look at each date from an instant on, which belongs to it."""
    found: list[datetime] = []
    day = start.date()
    while len(found) < count:
        moment = datetime.combine(day, at, UTC)
        if fits(day) and moment >= start:
            found.append(moment)
        day += DAY
    return found


def _is_last(day: date) -> bool:
    return (day + DAY).month != day.month


def _every_month(number: int) -> Callable[[date], bool]:
    return lambda day: day.day == number or (_is_last(day) and day.day < number)


def _month_on(nth: int, weekday: int) -> Callable[[date], bool]:
    def fits(day: date) -> bool:
        rank = -1 if nth < 0 and (day + 7 * DAY).month != day.month else (day.day - 1) // 7 + 1
        return day.weekday() == weekday and rank == nth

    return fits


def _every_year(month: int, number: int) -> Callable[[date], bool]:
    return lambda day: day.month == month and (day.day == number or (_is_last(day) and day.day < number))


def _recurrences() -> Iterator[Json]:
    monday_at_ten = datetime(2026, 11, 23, 10, tzinfo=UTC)
    listed: list[tuple[str, Json, time, Callable[[date], bool], str]] = []
    for number, weekday in enumerate(DAYS):
        full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[number]
        at = time(10) if weekday == "mon" else time(8, 30)
        recurrence: Json = {"every_week": {"weekday": full, "at": f"{at:%H:%M}"}}
        why = "Monday 10:00 itself belongs to it" if weekday == "mon" else f"each {full}"
        listed.append((f"every-{full}", recurrence, at, lambda day, number=number: day.weekday() == number, why))  # type: ignore[misc]
    for number in (1, 23, 29, 30, 31):
        recurrence = {"every_month": {"day": number, "at": "09:00"}}
        why = "in shorter months on the last day" if number > 28 else f"each {number}."
        listed.append((f"every-month-on-the-{number}", recurrence, time(9), _every_month(number), why))
    for nth, number, full in (
        (1, 0, "monday"),
        (2, 2, "wednesday"),
        (4, 4, "friday"),
        (-1, 4, "friday"),
        (-1, 0, "monday"),
    ):
        recurrence = {"every_month_on": {"nth": nth, "weekday": full, "at": "11:00"}}
        which = "last" if nth < 0 else f"{nth}."
        listed.append(
            (
                f"every-{which.rstrip('.')}-{full}",
                recurrence,
                time(11),
                _month_on(nth, number),
                f"the {which} {full} of each month",
            )
        )
    for month, number in ((2, 29), (11, 23), (1, 1), (12, 31)):
        recurrence = {"every_year": {"month": month, "day": number, "at": "12:00"}}
        why = "the 28th in other years, the 29th in 2028" if (month, number) == (2, 29) else "each year"
        listed.append((f"every-year-on-{month}-{number}", recurrence, time(12), _every_year(month, number), why))
    for name, recurrence, at, fits, why in listed:
        found = _found(monday_at_ten, at, fits, 3)
        dates = ", ".join(f"{each:%a %d %b %Y}" for each in found)
        yield case(
            name,
            "3.1 3.4",
            f"{why}: {dates}",
            rules(on("tick", {"on": recurrence})),
            opened(z(monday_at_ten)),
            look(z(monday_at_ten), next_due=z(found[0])),
            look(z(found[-1]), automatic=acts(*((z(each), "tick") for each in found))),
        )
    yield case(
        "recurrence-and-span-together",
        "3.1 3.13",
        "Mon 11:00 comes before Tue 08:30; Tue 10:00 after it",
        rules(
            on("tick", {"on": {"every_week": {"weekday": "tuesday", "at": "08:30"}}}),
            after("hour", elapsed(hours=1)),
            after("day", elapsed(days=1)),
        ),
        opened(),
        look("mon 10:00", next_due=z("mon 11:00")),
        look("tue 12:00", automatic=acts(("mon 11:00", "hour"), ("tue 08:30", "tick"), ("tue 10:00", "day"))),
    )
    weekdays: Json = {"every_week": {"weekday": "mon-fri", "at": ["08:00", "14:00"]}}
    yield case(
        "several-days-and-times",
        "3.1 3.4",
        "from Thursday 10:00: Thu 14:00, Fri 8:00 and 14:00, nothing at the weekend, Mon 8:00",
        rules(on("tick", {"on": weekdays})),
        opened("thu 10:00"),
        look("thu 10:00", next_due=z("thu 14:00")),
        look(
            "mon2 09:00",
            automatic=acts(("thu 14:00", "tick"), ("fri 08:00", "tick"), ("fri 14:00", "tick"), ("mon2 08:00", "tick")),
        ),
    )
