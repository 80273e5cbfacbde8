"""What laws draw from: instants near the edges that hurt, calendars, and whole lives of Senior tickets.

Random instants almost never meet a transition, a closing or a rung; so every strategy draws most of its instants from
a pool of awkward ones and a microsecond to either side.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
from dateutil.easter import easter
from hypothesis import strategies as st

from tests.support.desk import ANA, BOSS, CHANNEL, CUSTOMER, RELEASES, ROBOT, sp
from ticketflow import BusinessCalendar, Message, commands
from ticketflow.calendars.date_rules import (
    BusinessDayAfter,
    BusinessDayBefore,
    DateRule,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
)
from ticketflow.calendars.hours import WEEKDAYS, Shift, Yearly
from ticketflow.calendars.periods import Period, equally_narrow
from ticketflow.tickets.commands import Command

MICRO = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

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
"""Zones that hurt, and instants in UTC at which their offset changes."""


@st.composite
def zones_and_instants(draw: st.DrawFn, count: int) -> tuple[str, list[datetime]]:
    """Draw a zone, and whole minutes near one of its transitions."""
    zone = draw(st.sampled_from(sorted(TRANSITIONS)))
    near = datetime.fromisoformat(draw(st.sampled_from(TRANSITIONS[zone]))).replace(tzinfo=UTC)
    minutes = st.one_of(st.integers(-120, 120), st.integers(-4 * 1440, 4 * 1440))
    return zone, [near + draw(minutes) * MINUTE for _ in range(count)]


_QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15 * MINUTE)


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
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
        days.map(lambda day: Easter(max(-250, min(250, (day - easter(day.year)).days)))),
        days.map(lambda day: Easter(max(-250, min(250, (day - easter(day.year, 2)).days)), "orthodox")),
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
        if not is_about_leap_day(period) and equally_narrow((*found, period)) is None:
            found.append(period)
    return tuple(found)


def is_about_leap_day(period: Period) -> bool:
    """Return whether a yearly period begins or ends on 29 February; laws of its own are about those."""
    return Yearly(2, 29) in (period.first, period.last)


@st.composite
def calendar_cases(draw: st.DrawFn, count: int) -> tuple[BusinessCalendar, list[datetime]]:
    """Draw a calendar and whole minutes near a transition of its zone, an opening or a closing."""
    zone, instants = draw(zones_and_instants(count))
    calendar = draw(calendars(zone, instants[0].astimezone(ZoneInfo(zone)).date()))
    return calendar, instants


@st.composite
def calendar_pairs(draw: st.DrawFn) -> tuple[BusinessCalendar, BusinessCalendar, list[datetime]]:
    """Draw two calendars, of one zone or of two, and two whole minutes near a transition of the first one's."""
    zone, instants = draw(zones_and_instants(2))
    near = instants[0].astimezone(ZoneInfo(zone)).date()
    other = draw(st.sampled_from([zone, *sorted(TRANSITIONS)]))
    return draw(calendars(zone, near)), draw(calendars(other, near)), instants


Maker = Callable[[datetime, int], Command]


def _message(number: int, **facts: bool) -> Message:
    return Message(f"m{number}", **facts)


SENIOR_COMMANDS: dict[str, Maker] = {
    "answer": lambda at, n: commands.AddMessage(_message(n), at=at, by=CUSTOMER),
    "write": lambda at, n: commands.AddMessage(_message(n), at=at, by=ANA),
    "note": lambda at, n: commands.AddMessage(_message(n, public=False), at=at, by=BOSS),
    "out of office": lambda at, n: commands.AddMessage(_message(n, automatic=True), at=at, by=CUSTOMER),
    "robot": lambda at, n: commands.AddMessage(_message(n), at=at, by=ROBOT),
    "assign": lambda at, _: commands.Assign("bea", at=at, by=ANA),
    "ask": lambda at, n: commands.Move("ask_for_information", _message(n), at=at, by=ANA),
    "hand over": lambda at, n: commands.Move("hand_over_temporary_file", _message(n), at=at, by=ANA),
    "inform": lambda at, n: commands.Move("inform_solution", _message(n), at=at, by=ANA),
    "call": lambda at, _: commands.Move("record_close_request", at=at, by=ANA),
    "please close": lambda at, n: commands.Move("record_close_request", _message(n), at=at, by=CUSTOMER),
    "resume": lambda at, _: commands.Move("resume_analysis", at=at, by=ANA),
    "release": lambda at, _: commands.RecordEvent("version_released", at=at, by=RELEASES),
    "nature": lambda at, _: commands.SetFields({"nature": "request"}, at=at, by=ANA),
    "review": lambda at, _: commands.ReviewClassification("product_error", at=at, by=CHANNEL),
    "rate": lambda at, _: commands.Rate(4, at=at, by=CUSTOMER),
    "close": lambda at, _: commands.Move("close", at=at, by=BOSS),
}

_STARTS = [
    sp(2026, 11, 18, 10),
    sp(2026, 11, 19, 15),  # the holiday of 20 November lies ahead
    sp(2026, 11, 20, 12),  # on it
    sp(2026, 11, 21, 15),  # a Saturday
    sp(2026, 11, 27, 18),  # a Friday at closing
    sp(2026, 12, 23, 8, 59),
    sp(2026, 11, 30, 0),
]
_WAITS = [
    *(timedelta(0), MINUTE, HOUR, HOUR - MINUTE, HOUR + MINUTE, 3 * HOUR),
    *(DAY, 2 * DAY, 2 * DAY - MINUTE, 2 * DAY + MINUTE, 4 * DAY, 5 * DAY, 6 * DAY, 8 * DAY, 11 * DAY),
]
_LIKELY = ["ask", "inform", "call", "answer", "write", "please close", "hand over", "release"]


@st.composite
def senior_lives(draw: st.DrawFn, *, fine: bool) -> list[Command]:
    """Draw the commands of a Senior ticket's life, in order, near the rungs of its ladders.

    With *fine*, some share an instant or are a microsecond off; without, each lies on a whole minute of its own, as
    the oracle needs: a command at the instant of an automatic entry takes effect a microsecond later.
    """
    at = draw(st.sampled_from(_STARTS))
    fields = draw(st.sampled_from([{"nature": "incident"}, {"nature": "improvement"}, {}]))
    opening = commands.Open("T-1", fields, _message(0), at=at, by=CUSTOMER)
    life: list[Command] = [opening, commands.Assign("ana", at=at, by=ANA)]
    names = st.one_of(st.sampled_from(_LIKELY), st.sampled_from(sorted(SENIOR_COMMANDS)))
    for number in range(1, draw(st.integers(2, 7))):
        at += draw(st.sampled_from(_WAITS if fine else _WAITS[1:]))
        if fine and draw(st.booleans()):
            at += MICRO
        life.append(SENIOR_COMMANDS[draw(names)](at, number))
    return life
