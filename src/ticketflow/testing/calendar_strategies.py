"""Strategies of calendars with awkward dates, and of instants near the edges of their hours.

Random instants almost never meet a change of clocks or a closing. So most instants are whole minutes near one.

Source: docs/semantics.md 1.1 to 1.13.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
from hypothesis import strategies as st

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.date_rules import (
    BusinessDayAfter,
    BusinessDayBefore,
    DateRule,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
    easter,
)
from ticketflow.calendars.hours import WEEKDAYS, Shift, Yearly
from ticketflow.calendars.periods import Period, equally_narrow
from ticketflow.kernel.instants import DAY

MINUTE = timedelta(minutes=1)

TRANSITIONS = {
    "Australia/Lord_Howe": ("2024-04-06T15:00", "2024-10-05T15:30"),  # thirty minutes
    "Asia/Kathmandu": ("1985-12-31T18:30",),  # +5:30 became +5:45
    "Pacific/Apia": ("2011-12-30T10:00", "2012-03-31T14:00"),  # the date 30 December 2011 never was
    "America/Santiago": ("2024-04-07T03:00", "2024-09-08T04:00"),  # at midnight
    "America/Sao_Paulo": ("2015-10-18T03:00", "2016-02-21T02:00"),  # at midnight
    "Europe/Madrid": ("2024-03-31T01:00", "2024-10-27T01:00"),
    "America/New_York": ("2024-03-10T07:00", "2024-11-03T06:00"),
    "UTC": ("2024-02-29T12:00",),
}
"""Time zones with unusual changes, and instants in UTC at which their offsets change."""


@st.composite
def zones_and_instants(draw: st.DrawFn, count: int) -> tuple[str, list[datetime]]:
    """Draw a time zone, and whole minutes near one of its changes."""
    zone = draw(st.sampled_from(sorted(TRANSITIONS)))
    near = datetime.fromisoformat(draw(st.sampled_from(TRANSITIONS[zone]))).replace(tzinfo=UTC)
    minutes = st.one_of(st.integers(-120, 120), st.integers(-4 * 1440, 4 * 1440))
    return zone, [near + draw(minutes) * MINUTE for _ in range(count)]


_QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15 * MINUTE)


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    """Draw a shift of whole quarters of an hour; it can end on the next day."""
    opens = draw(_QUARTERS)
    return Shift(opens, opens + draw(st.integers(1, 96)) * 15 * MINUTE)


@st.composite
def calendars(draw: st.DrawFn, zone: str, near: date) -> BusinessCalendar:
    """Draw a calendar with awkward hours, holidays and overrides around a date."""
    week = tuple(tuple(draw(st.lists(shifts(), max_size=2))) for _ in range(7))
    if not any(week):
        week = ((draw(shifts()),), *week[1:])
    days = st.integers(-4, 4).map(lambda step: near + step * DAY)
    rules = date_rules(near)
    overridden = draw(st.sets(st.one_of(days, rules), max_size=2))
    calendar = BusinessCalendar(
        zone,
        week,
        holidays=draw(st.dictionaries(st.one_of(days, rules), st.sampled_from(("a", "b", "a; b")), max_size=2)),
        half_days=draw(st.dictionaries(st.one_of(days, rules), _QUARTERS, max_size=2)),
        late_days=draw(st.dictionaries(st.one_of(days, rules), _QUARTERS, max_size=1)),
        overrides={day: tuple(draw(st.lists(shifts(), max_size=2))) for day in overridden},
        periods=draw(periods(near)),
        dated_until=draw(st.sampled_from((None, near + 5 * DAY))),
        beyond_known="assume_none",
    )
    names = {part for name in calendar.holidays.values() for part in name.split("; ")}
    excluded = draw(st.sets(st.one_of(days, st.sampled_from(sorted(names))) if names else days, max_size=1))
    return attrs.evolve(calendar, excluded_holidays=excluded)


def date_rules(near: date) -> st.SearchStrategy[DateRule]:
    """Return a strategy of rules for dates; most of them name one near a date."""
    days = st.integers(-4, 4).map(lambda step: near + step * DAY)
    months = st.sampled_from(((), (near.month,), (near.month, near.month % 12 + 1)))
    nth = st.sets(st.sampled_from((1, 2, 3, 4, 5, -1)), min_size=1, max_size=3).map(tuple)
    plain = st.one_of(
        days,
        days.map(lambda day: Yearly(day.month, day.day)),
        st.builds(NthWeekday, nth, st.sampled_from(WEEKDAYS), months),
        days.map(lambda day: Easter(max(-250, min(250, (day - easter(day.year, "western")).days)))),
        days.map(lambda day: Easter(max(-250, min(250, (day - easter(day.year, "orthodox")).days)), "orthodox")),
    )
    moves = st.dictionaries(st.sampled_from(WEEKDAYS), st.sampled_from((-6, -2, -1, 1, 2, 6)), min_size=1, max_size=4)
    movable = st.one_of(plain, st.builds(Observed, plain, moves))
    return st.one_of(
        movable,
        st.builds(NthBusinessDay, st.one_of(nth, st.integers(1, 31).map(lambda number: (number,))), months),
        st.builds(BusinessDayBefore, movable),
        st.builds(BusinessDayAfter, movable),
    )


@st.composite
def periods(draw: st.DrawFn, near: date) -> tuple[Period, ...]:
    """Draw periods around a date, of which no two are equally narrow on a date."""
    found: list[Period] = []
    for _ in range(draw(st.integers(0, 2))):
        first = near + draw(st.integers(-20, 5)) * DAY
        last = first + draw(st.integers(0, 30)) * DAY
        ends: tuple[date | Yearly, date | Yearly] = (first, last)
        if draw(st.booleans()):
            ends = Yearly(first.month, first.day), Yearly(last.month, last.day)
        week = tuple(tuple(draw(st.lists(shifts(), max_size=1))) for _ in range(7))
        period = Period(*ends, week)
        is_drawn = not is_about_leap_day(period) and equally_narrow((*found, period)) is None
        found += [period] if is_drawn else []
    return tuple(found)


def is_about_leap_day(period: Period) -> bool:
    """Return whether a yearly period begins or ends on 29 February. Such periods are not drawn."""
    return Yearly(2, 29) in (period.first, period.last)
