"""Slow and obvious answers, written from the clauses and sharing nothing with the code but the definitions.

The calendar looks at the local time of every minute. The Senior desk is stepped minute by minute in plain local time.
São Paulo has had no summer time since 2019, so its local time is UTC-3. The holidays of the weeks in which tickets are
drawn are written out below.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.reference_dates import hours_on
from ticketflow import BusinessCalendar, commands
from ticketflow.tickets.commands import Command

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    """Semantics 1.2: compare the local time with the hours of that date and of the night before."""
    wall = at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None, fold=0)
    for day in (wall.date(), wall.date() - DAY):
        for shift in hours_on(calendar, day):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- a wall, not an instant
            if midnight + shift.opens <= wall < midnight + shift.closes:
                return True
    return False


def between(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """Count open minutes; start and end lie on whole minutes, and hours and offsets change on them."""
    minutes = 0
    at = start
    while at < end:
        minutes += is_open(calendar, at)
        at += MINUTE
    return minutes * MINUTE


def add(calendar: BusinessCalendar, start: datetime, minutes: int) -> datetime:
    """Walk until that many open minutes have passed."""
    at = start
    while minutes:
        minutes -= is_open(calendar, at)
        at += MINUTE
    return at


def subtract(calendar: BusinessCalendar, start: datetime, minutes: int) -> datetime:
    """Walk back until that many open minutes have passed."""
    at = start
    while minutes:
        at -= MINUTE
        minutes -= is_open(calendar, at)
    return at


def next_close(calendar: BusinessCalendar, at: datetime) -> datetime:
    """Walk until it is shut after having been open."""
    while not is_open(calendar, at):
        at += MINUTE
    while is_open(calendar, at):
        at += MINUTE
    return at


def add_business_days(calendar: BusinessCalendar, start: datetime, days: int) -> datetime:
    """Clause 1.7, read aloud, by walking minutes: the opening, the reading, the n-th date, the moment or opening."""
    zone = ZoneInfo(calendar.zone)
    begun = next_open(calendar, start)
    if days == 0:
        return begun
    wall = begun.astimezone(zone).replace(tzinfo=None, fold=0)
    day = wall.date()
    if not any(shift.opens <= wall - _midnight(day) < shift.closes for shift in hours_on(calendar, day)):
        day -= DAY
    reading = wall - _midnight(day)
    while days:
        day += DAY
        days -= _has_open_time(calendar, day)
    at = begun
    while at.astimezone(zone).replace(tzinfo=None, fold=0) < _midnight(day) + reading:
        at += MINUTE
    return next_open(calendar, at)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- a wall, not an instant


def _has_open_time(calendar: BusinessCalendar, day: date) -> bool:
    """Look whether the local time of any minute around a date lies in its hours."""
    hours = hours_on(calendar, day)
    zone, at = ZoneInfo(calendar.zone), _midnight(day).replace(tzinfo=UTC) - 16 * 60 * MINUTE
    for _ in range(80 * 60 if hours else 0):
        wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
        if any(_midnight(day) + shift.opens <= wall < _midnight(day) + shift.closes for shift in hours):
            return True
        at += MINUTE
    return False


def add_days_to_a_point(calendar: BusinessCalendar, start: datetime, days: int, point: str) -> datetime:
    """Clause 1.7 with a point of the day, by looking at every minute of the dates."""
    wall = start.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None, fold=0)
    day = wall.date()
    if start not in (opened := _open_minutes(calendar, day)) and start in (
        before := _open_minutes(calendar, day - DAY)
    ):
        day, opened = day - DAY, before
    days += not days and not opened
    while True:
        while days:
            day += DAY
            days -= bool(opened := _open_minutes(calendar, day))
        if (at := _point(calendar, day, opened, point)) >= start:
            return at
        days = 1


def _point(calendar: BusinessCalendar, day: date, opened: list[datetime], point: str) -> datetime:
    if point in ("opening", "closing"):
        return opened[0] if point == "opening" else opened[-1] + MINUTE
    hour, minute = map(int, point.split(":"))
    at = _midnight(day).replace(tzinfo=UTC) - 16 * 60 * MINUTE
    wanted = _midnight(day) + timedelta(hours=hour, minutes=minute)
    while at.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None, fold=0) < wanted:
        at += MINUTE
    return next((each for each in opened if each >= at), opened[-1] + MINUTE)


def _open_minutes(calendar: BusinessCalendar, day: date) -> list[datetime]:
    """Return the minutes whose local time lies in the hours of *day*."""
    zone, start = ZoneInfo(calendar.zone), _midnight(day).replace(tzinfo=UTC) - 16 * 60 * MINUTE
    minutes = [start + number * MINUTE for number in range(80 * 60)]
    walls = (at.astimezone(zone).replace(tzinfo=None, fold=0) - _midnight(day) for at in minutes)
    hours = hours_on(calendar, day)
    return [at for at, wall in zip(minutes, walls, strict=True) if any(s.opens <= wall < s.closes for s in hours)]


def next_open(calendar: BusinessCalendar, at: datetime) -> datetime:
    """Walk until it is open."""
    while not is_open(calendar, at):
        at += MINUTE
    return at


SENIOR_HOLIDAYS = {date(2026, 11, 2), date(2026, 11, 15), date(2026, 11, 20), date(2026, 12, 25), date(2027, 1, 1)}
_MINUTES_OF = {"waiting": (2 * 1440, 4 * 1440), "validation": (60, 2 * 1440, 5 * 1440)}
_WITH_CUSTOMER = ("customer_validation", "customer_asked_to_close")
_WAYS = {
    "ask_for_information": (
        {"new", "in_analysis", "joint_analysis", "waiting_for_final_solution", *_WITH_CUSTOMER},
        "waiting_for_customer",
    ),
    "hand_over_temporary_file": (
        {"in_analysis", "joint_analysis", "waiting_for_customer", *_WITH_CUSTOMER},
        "waiting_for_final_solution",
    ),
    "inform_solution": (
        {"new", "in_analysis", "joint_analysis", "waiting_for_customer", "waiting_for_final_solution"},
        "customer_validation",
    ),
    "record_close_request": (
        {
            *("new", "in_analysis", "joint_analysis"),
            *("waiting_for_customer", "waiting_for_final_solution", "customer_validation"),
        },
        "customer_asked_to_close",
    ),
    "resume_analysis": (
        {"waiting_for_customer", "waiting_for_final_solution", "joint_analysis", *_WITH_CUSTOMER},
        "in_analysis",
    ),
}


def _works(day: date) -> bool:
    return day.weekday() < 5 and day not in SENIOR_HOLIDAYS


def senior_close(anchor: datetime) -> datetime:
    """Six business days after a local moment: first to the next opening, then the same local time six workdays on."""
    if not _works(anchor.date()) or anchor.hour >= 18:
        anchor = datetime.combine(anchor.date() + DAY, datetime.min.time())
        while not _works(anchor.date()):
            anchor += DAY
    if anchor.hour < 9:
        anchor = anchor.replace(hour=9, minute=0)
    for _ in range(6):
        anchor += DAY
        while not _works(anchor.date()):
            anchor += DAY
    return anchor


class SeniorDesk:
    """A Senior ticket stepped minute by minute: what it becomes, and which mails are asked for when."""

    def __init__(self) -> None:
        self.state = ""
        self.anchor = datetime.min  # noqa: DTZ901 -- a wall
        self.waiting = False
        self.sent = 0
        self.told: list[tuple[datetime, str]] = []

    def enter(self, state: str, now: datetime) -> None:
        self.state, self.anchor, self.waiting, self.sent = state, now, True, 0
        self.told.append((now, state))

    def take(self, command: Command, now: datetime) -> None:
        if self.state == "closed":
            return
        match command:
            case commands.Open():
                self.enter("new", now)
            case commands.Assign(assignee=str()) if self.state == "new":
                self.enter("in_analysis", now)
            case commands.AddMessage(message=message) if message.public and not message.automatic:
                self.hear(command.by.role, now)
            case commands.Move(transition=name) if name in _WAYS and self.state in _WAYS[name][0]:
                self.enter(_WAYS[name][1], now)  # a message that comes with it comes before it
            case commands.RecordEvent() if self.state == "waiting_for_final_solution":
                self.enter("customer_validation", now)
            case _:
                pass

    def hear(self, role: str, now: datetime) -> None:
        if role == "agent":
            self.anchor, self.waiting, self.sent = now, True, 0
        elif role == "customer":
            self.waiting = False
            if self.state in ("waiting_for_customer", "waiting_for_final_solution", "customer_validation"):
                self.enter("in_analysis", now)

    def tick(self, now: datetime) -> None:
        kind = {"waiting_for_customer": "waiting"}.get(self.state) or (
            "validation" if self.state in _WITH_CUSTOMER else None
        )
        if not kind or not self.waiting:
            return
        spans = _MINUTES_OF[kind]
        if self.sent < len(spans) and now - self.anchor >= spans[self.sent] * MINUTE:
            self.sent += 1
            self.told.append((now, f"{'request' if kind == 'waiting' else 'solution'}-reminder-{self.sent}"))
        if now >= senior_close(self.anchor):
            self.enter("closed", now)


def senior_life(life: list[Command], until: datetime) -> list[tuple[datetime, str]]:
    """Return the states entered and mails asked for in a life on whole minutes, in UTC."""
    desk = SeniorDesk()
    wall = [(command.at.astimezone(UTC).replace(tzinfo=None) - timedelta(hours=3), command) for command in life]
    now, end = wall[0][0], until.astimezone(UTC).replace(tzinfo=None) - timedelta(hours=3)
    while now <= end:
        for at, command in wall:
            if at == now:
                desk.take(command, now)
        desk.tick(now)
        now += MINUTE
    return [((at + timedelta(hours=3)).replace(tzinfo=UTC), what) for at, what in desk.told]
