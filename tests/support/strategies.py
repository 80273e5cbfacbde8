"""What laws draw from: instants near the edges that hurt, calendars, and whole lives of Senior tickets.

Random instants almost never meet a transition, a closing or a rung; so every strategy draws most of its instants from
a pool of awkward ones and a microsecond to either side.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.support.desk import ANA, BOSS, CHANNEL, CUSTOMER, RELEASES, ROBOT, sp
from ticketflow import BusinessCalendar, Message, commands
from ticketflow.testing.calendar_strategies import TRANSITIONS, calendars, zones_and_instants
from ticketflow.tickets.commands import Command

MICRO = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@st.composite
def calendar_cases(draw: st.DrawFn, count: int) -> tuple[BusinessCalendar, list[datetime]]:
    """Draw a calendar, and whole minutes near a change of its zone."""
    zone, instants = draw(zones_and_instants(count))
    calendar = draw(calendars(zone, instants[0].astimezone(ZoneInfo(zone)).date()))
    return calendar, instants


@st.composite
def calendar_pairs(draw: st.DrawFn) -> tuple[BusinessCalendar, BusinessCalendar, list[datetime]]:
    """Draw two calendars, of one zone or of two, and two whole minutes near a change of the first zone."""
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
