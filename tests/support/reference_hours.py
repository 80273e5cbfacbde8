"""Calendars, spans and recurrences read slowly, from docs/semantics.md 1.2 to 1.11.

A calendar is a table of half hours: offsets change on them, and so do the hours that are drawn. Sums of open time count
them, and local times are looked up in them. The tables cover the weeks in which random histories take place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from tests.support.reference_dates import hours_on
from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.hours import Shift
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear, Recurrence
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, Span, WorkingTime

STEP, MICRO, DAY, NONE = timedelta(minutes=30), timedelta(microseconds=1), timedelta(days=1), timedelta()
FIRST, STEPS = datetime(2026, 10, 16, tzinfo=UTC), 40 * 48
LAST = FIRST + STEPS * STEP
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- a local time, not an instant


@cache
def local_times(zone: str) -> tuple[datetime, ...]:
    """Return the local time at the start of each half hour."""
    return tuple((FIRST + step * STEP).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for step in range(STEPS))


def to_local(zone: str, at: datetime) -> datetime:
    step, late = divmod(at - FIRST, STEP)
    return local_times(zone)[step] + late


@cache
def from_local(zone: str, local: datetime) -> datetime:
    """1.11: the earliest instant at which the zone reads that date and time or a later one."""
    for step, start in enumerate(local_times(zone)):
        if start + STEP > local:
            return FIRST + step * STEP + max(local - start, NONE)
    return LAST


@dataclass(eq=False)
class Hours:
    """A calendar as a table of half hours: to which date the shift belongs that is open then, if one is."""

    calendar: BusinessCalendar

    @cached_property
    def dates(self) -> tuple[date | None, ...]:
        """1.2, 1.3, and of two shifts that overlap, that of the local date (1.7)."""
        return tuple(self.shift(local) for local in local_times(self.calendar.zone))

    def shift(self, local: datetime) -> date | None:
        for day in (local.date(), local.date() - DAY):
            if any(midnight(day) + shift.opens <= local < midnight(day) + shift.closes for shift in self.shifts(day)):
                return day
        return None

    def shifts(self, day: date) -> tuple[Shift, ...]:
        if day not in self.known:
            self.known[day] = hours_on(self.calendar, day)
        return self.known[day]

    @cached_property
    def known(self) -> dict[date, tuple[Shift, ...]]:
        return {}

    @cached_property
    def openings(self) -> list[datetime]:
        return [FIRST + step * STEP for step in range(1, STEPS) if self.dates[step] and not self.dates[step - 1]]

    @cached_property
    def closings(self) -> list[datetime]:
        return [FIRST + step * STEP for step in range(1, STEPS) if self.dates[step - 1] and not self.dates[step]]

    def is_open(self, at: datetime) -> bool:
        return self.dates[(at - FIRST) // STEP] is not None

    def next_opening(self, at: datetime) -> datetime:
        return at if self.is_open(at) else next((each for each in self.openings if each > at), LAST)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Count the open half hours from that of *start* to that of *end*, without what sticks out."""
        (first, early), (last, late) = divmod(start - FIRST, STEP), divmod(end - FIRST, STEP)
        table = self.dates
        whole = (last - first - table[first:last].count(None)) * STEP
        return whole - (early if table[first] else NONE) + (late if last < STEPS and table[last] else NONE)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """1.4: the earliest instant by which so much open time has passed."""
        step, at = (start - FIRST) // STEP, start
        while amount > NONE and step < STEPS:
            end = FIRST + (step + 1) * STEP
            if self.dates[step]:
                if end - at >= amount:
                    return at + amount
                amount -= end - at
            step, at = step + 1, end
        return at

    def subtract(self, end: datetime, amount: timedelta) -> datetime:
        """1.4: the latest instant from which so much open time passes."""
        step, at = -((FIRST - end) // STEP), end
        while amount > NONE and step > 0:
            step -= 1
            start = FIRST + step * STEP
            if self.dates[step]:
                if at - start >= amount:
                    return at - amount
                amount -= at - start
            at = start
        return at

    def business_days(self, start: datetime, span: BusinessDays) -> datetime:
        """1.7, step by step."""
        if span.at is not None:
            return self.days_to_a_point(start, span.days, span.at)
        at = self.next_opening(start) if span.anchor == "next_opening" else start
        if span.days and at < LAST:
            local = to_local(self.calendar.zone, at)
            day = self.dates[(at - FIRST) // STEP] or local.date()
            later = sorted({each for each in self.dates if each and each > day})
            if len(later) < span.days:
                return LAST
            at = from_local(self.calendar.zone, midnight(later[span.days - 1]) + (local - midnight(day)))
        if at >= LAST or self.is_open(at) or span.shut == "as_it_is":
            return at
        return self.next_opening(at) if span.shut == "next_opening" else max(e for e in self.closings if e <= at)

    def days_to_a_point(self, start: datetime, days: int, point: str) -> datetime:
        """1.7: the n-th business date after the anchor's own, and never before the anchor."""
        zone = self.calendar.zone
        own = self.dates[(start - FIRST) // STEP] or to_local(zone, start).date()
        later = sorted({each for each in self.dates if each and (each > own or (days == 0 and each == own))})
        points = (self.point(day, point) for day in later[max(days - 1, 0) :])
        return next((at for at in points if at >= start), LAST)

    def point(self, day: date, point: str) -> datetime:
        opened = [FIRST + step * STEP for step, each in enumerate(self.dates) if each == day]
        if point == "opening":
            return opened[0]
        hour, minute = (24, 0) if point == "closing" else map(int, point.split(":"))
        reached = from_local(self.calendar.zone, midnight(day) + timedelta(hours=hour, minutes=minute))
        after = [max(at, reached) for at in opened if at + STEP > reached and point != "closing"]
        return after[0] if after else opened[-1] + STEP

    def business_days_before(self, end: datetime, days: int) -> datetime:
        """1.7, mirrored in time: a closing belongs to the day that it ends."""
        at = self.last_closing(end)
        zone, day = self.calendar.zone, self.dates[(at - MICRO - FIRST) // STEP]
        if days == 0 or day is None:
            return at
        reading = to_local(zone, at - MICRO) - midnight(day)
        earlier = sorted({each for each in self.dates if each and each < day}, reverse=True)
        if len(earlier) < days:
            return FIRST
        return self.last_closing(from_local(zone, midnight(earlier[days - 1]) + reading) + MICRO)

    def last_closing(self, at: datetime) -> datetime:
        """Return the instant itself if it is open just before it, else the closing before it."""
        if self.dates[(at - MICRO - FIRST) // STEP]:
            return at
        return max((each for each in self.closings if each <= at), default=FIRST + STEP)

    @cache  # noqa: B019 -- of the few calendars that tests have
    def after(self, start: datetime, span: Span) -> datetime:
        match span:
            case Elapsed(amount=amount):
                return start + amount
            case WorkingTime(amount=amount):
                return self.add(start, amount)
            case BusinessDays():
                return self.business_days(start, span)
            case CalendarSpan(months=0, weeks=weeks, days=days, zone=zone):
                named = zone or self.calendar.zone
                return from_local(named, to_local(named, start) + (7 * weeks + days) * DAY)
            case _:
                raise NotImplementedError(span)

    @cache  # noqa: B019 -- of the few calendars that tests have
    def recurring(self, recurrence: Recurrence) -> list[datetime]:
        """Look at each date whether it is one of the recurrence."""
        zone = recurrence.zone or self.calendar.zone
        days = sorted({local.date() for local in local_times(zone)})[1:]
        times = recurrence.at if isinstance(recurrence.at, tuple) else (recurrence.at,)
        return sorted({from_local(zone, midnight(day) + at) for day in days if is_on(recurrence, day) for at in times})


@cache
def hours(calendar: BusinessCalendar) -> Hours:
    return Hours(calendar)


def is_on(recurrence: Recurrence, day: date) -> bool:
    match recurrence:
        case EveryWeek(weekdays=weekdays):
            return WEEKDAYS[day.weekday()] in weekdays
        case EveryMonth(day=number):
            return day.day == number or (day.day < number and (day + DAY).month != day.month)
        case EveryMonthOn(nth=nth, weekday=weekday):
            is_nth = (day + 7 * DAY).month != day.month if nth < 0 else (day.day - 1) // 7 + 1 == nth
            return WEEKDAYS[day.weekday()] == weekday and is_nth
        case EveryYear(month=month, day=number):
            return (day.month, day.day) == (month, number)


def several(span: Span, every: Span, count: int) -> Span:
    """3.4: what has passed before repetition *count*."""
    match span, every:
        case (Elapsed() | WorkingTime(), Elapsed() | WorkingTime()):
            return type(span)(span.amount + count * every.amount)
        case BusinessDays(), BusinessDays():
            return BusinessDays(span.days + count * every.days, span.anchor, span.shut, span.at)
        case CalendarSpan(), CalendarSpan():
            return CalendarSpan(days=span.days + count * every.days, zone=span.zone)
        case _:
            raise NotImplementedError(span)
