"""The peers from PyPI, each asked the same questions in its own way; one that is not installed is left out.

Each gives functions by the name of the question; a question it cannot answer is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Questions = Mapping[str, Callable[..., Any]]
YEARS = (2000, 2045)


def workclock(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Rust; counts on UTC endpoints of local hours."""
    from workclock import Break, Holidays, Schedule, WorkDay  # noqa: PLC0415 -- optional

    rules = [WorkDay(time(9), time(18)), Break(time(12), time(13)), Holidays(holidays)]
    schedule = Schedule(rules, time_zone=zone)
    return {"between": schedule.between, "add": schedule.add}


def django_bizcal(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Walks day by day."""
    from django_bizcal import WorkingCalendar  # noqa: PLC0415 -- optional
    from django_bizcal.providers import SetHolidayProvider  # noqa: PLC0415 -- likewise

    hours = {day: [("09:00", "12:00"), ("13:00", "18:00")] for day in range(5)}
    calendar = WorkingCalendar(
        tz=zone.key, weekly_schedule=hours, holiday_provider=SetHolidayProvider.from_dates(holidays)
    )
    return {
        "between": calendar.business_time_between,
        "add": calendar.add_business_time,
        "is_open": calendar.is_business_time,
        "business_days": calendar.add_business_days,
    }


def businesstimedelta(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Walks rule by rule."""
    import businesstimedelta as btd  # noqa: PLC0415 -- optional
    import pytz  # noqa: PLC0415 -- comes with it

    tz = pytz.timezone(zone.key)
    workday = btd.WorkDayRule(start_time=time(9), end_time=time(18), working_days=list(range(5)), tz=tz)
    lunch = btd.LunchTimeRule(start_time=time(12), end_time=time(13), working_days=list(range(5)), tz=tz)
    rules = btd.Rules([workday, lunch, btd.HolidayRule(dict.fromkeys(holidays, "holiday"), tz=tz)])
    return {
        "between": lambda start, end: rules.difference(start, end).timedelta,
        "add": lambda start, amount: start + btd.BusinessTimeDelta(rules, seconds=int(amount.total_seconds())),
    }


def pandas(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Offsets; no way to count between two instants."""
    import pandas as pd  # noqa: PLC0415 -- optional

    hours = pd.offsets.CustomBusinessHour(start=["09:00", "13:00"], end=["12:00", "18:00"], holidays=holidays)
    days = pd.offsets.CustomBusinessDay(holidays=holidays)
    return {
        "add": lambda start, amount: pd.Timestamp(start) + int(amount / timedelta(hours=1)) * hours,
        "is_open": lambda at: hours.is_on_offset(pd.Timestamp(at)),
        "business_days": lambda start, number: pd.Timestamp(start) + number * days,
        "zone": lambda: zone,
    }


def numpy(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Whole days in C; the hours of the first and the last day are glue of ours."""
    import numpy as np  # noqa: PLC0415 -- optional

    calendar = np.busdaycalendar(holidays=np.array(holidays, dtype="datetime64[D]"))
    hours = ((timedelta(hours=9), timedelta(hours=12)), (timedelta(hours=13), timedelta(hours=18)))

    def opened(local: datetime) -> timedelta:
        if not np.is_busday(local.date(), busdaycal=calendar):
            return timedelta()
        wall = local - datetime(local.year, local.month, local.day)  # noqa: DTZ001 -- a wall
        return sum((max(min(wall, closes) - opens, timedelta()) for opens, closes in hours), timedelta())

    def between(start: datetime, end: datetime) -> timedelta:
        first, last = (each.astimezone(zone).replace(tzinfo=None) for each in (start, end))
        days = int(np.busday_count(first.date(), last.date(), busdaycal=calendar))
        return days * timedelta(hours=8) + opened(last) - opened(first)

    def business_days(start: datetime, number: int) -> datetime:
        day: date = np.busday_offset(start.date(), number, roll="forward", busdaycal=calendar).astype(date)
        return datetime.combine(day, start.time(), zone)

    return {"between": between, "business_days": business_days}


def exchange_calendars(zone: ZoneInfo, holidays: list[date]) -> Questions:
    """Sessions in arrays, made beforehand for a range; counts whole minutes."""
    import exchange_calendars as xc  # noqa: PLC0415 -- optional
    import pandas as pd  # noqa: PLC0415 -- comes with it

    class Desk(xc.ExchangeCalendar):  # type: ignore[misc] # untyped
        name, tz, weekmask = "DESK", zone, "1111100"
        open_times, close_times = ((None, time(9)),), ((None, time(18)),)
        break_start_times, break_end_times = ((None, time(12)),), ((None, time(13)),)
        adhoc_holidays = [pd.Timestamp(day) for day in holidays]  # noqa: RUF012 -- its way

    calendar = Desk(start=f"{YEARS[0]}-01-01", end=f"{YEARS[1]}-01-01")
    minute = timedelta(minutes=1)
    return {
        "between": lambda start, end: len(calendar.minutes_in_range(start, end - minute)) * minute,
        "is_open": calendar.is_open_on_minute,
        "business_days": lambda start, number: calendar.session_offset(start.date(), number),
    }


ALL: tuple[Callable[[ZoneInfo, list[date]], Questions], ...] = (
    workclock,
    exchange_calendars,
    pandas,
    django_bizcal,
    businesstimedelta,
    numpy,
)
