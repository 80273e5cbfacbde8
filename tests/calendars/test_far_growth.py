"""Questions about far instants: the steps and the memory are bounded by what is asked."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from tests.support.calls import count_calls
from tests.support.desk import utc
from ticketflow import BusinessCalendar, WorkingTime
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import difference, excluding, intersection, union
from ticketflow.calendars.zones import from_local
from ticketflow.errors import CalendarError, NeverClosesError, NeverOpenError, OutOfRangeError, UnknownHolidaysError

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
NOW, MEBIBYTE = utc(2026, 11, 23, 10), 2**20


def office() -> Calendar:
    return BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00")


def easter_office() -> Calendar:
    return BusinessCalendar(
        "Europe/Madrid",
        "mon-fri 09:00-18:00",
        holidays={"easter-2": "x", "easter+1": "y"},
        half_days={"12-24": "12:00"},
    )


def minute_a_week() -> Calendar:
    return BusinessCalendar("UTC", "mon 09:00-09:01")


def combination() -> Calendar:
    madrid = BusinessCalendar("Europe/Madrid", "mon-fri 09:00-18:00", holidays={"12-25": "x"})
    return excluding(union(office(), madrid), (NOW, NOW + 3 * DAY))


CALENDARS: dict[str, Callable[[], Calendar]] = {
    "office": office,
    "easter": easter_office,
    "minute": minute_a_week,
    "combination": combination,
}


def later(years: int) -> datetime:
    return NOW + years * timedelta(days=365, hours=6)


def steps_to_refuse(error: type[CalendarError], question: Callable[[], object]) -> int:
    def refused() -> None:
        with pytest.raises(error):
            question()

    return count_calls(refused)


QUERIES: dict[str, Callable[[Calendar, int], object]] = {
    "between": lambda calendar, years: calendar.between(NOW, later(years)),
    "add": lambda calendar, years: calendar.add(NOW, calendar.between(NOW, later(years))),
    "add back": lambda calendar, years: calendar.add(later(years), -calendar.between(NOW, later(years))),
    "business days": lambda calendar, years: calendar.add_business_days(NOW, 50 * years),
    "is_open": lambda calendar, years: calendar.is_open(later(years)),
    "next_close": lambda calendar, years: calendar.next_close(later(years)),
    "to a point": lambda calendar, years: calendar.add_business_days(NOW, 50 * years, at="closing"),
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("name", CALENDARS)
def test_twice_as_far_costs_at_most_two_and_a_half_times_the_steps(name: str, query: str) -> None:
    near = count_calls(lambda: QUERIES[query](CALENDARS[name](), 800))
    far = count_calls(lambda: QUERIES[query](CALENDARS[name](), 1_600))
    assert far <= 2.5 * near


@pytest.mark.parametrize("name", CALENDARS)
def test_what_a_calendar_keeps_after_a_question_about_the_year_9999_is_bounded(name: str) -> None:
    calendar = CALENDARS[name]()
    tracemalloc.start()
    try:
        calendar.between(NOW, utc(9999, 6, 1))
        calendar.add_business_days(NOW, 10_000)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept <= 2 * MEBIBYTE
    assert peak <= 4 * MEBIBYTE


def test_indexes_of_many_years_are_dropped_again() -> None:
    calendar = office()
    for year in range(1000, 9000, 100):
        calendar.between(utc(year, 1, 1), utc(year + 20, 1, 1))
    kept = calendar._indexes  # noqa: SLF001 -- what is kept is not public
    assert sum(len(index.edges) for index in kept) <= 100_000
    for year in range(1000, 9000, 100):
        calendar.is_open(utc(year, 3, 1))
    assert len(calendar._indexes) <= 16  # noqa: SLF001


def test_a_dense_calendar_keeps_no_more() -> None:
    """Fifty shifts a day: twenty years of them are not built for one sum."""
    shifts = " ".join(f"{hour:02}:{minute:02}-{hour:02}:{minute + 5:02}" for hour in range(24) for minute in (0, 30))
    calendar = BusinessCalendar("UTC", f"mon-sun {shifts}")
    assert calendar.between(utc(2006, 1, 1), utc(2026, 1, 1)) == 7305 * 48 * 5 * MINUTE
    assert sum(len(index.edges) for index in calendar._indexes) <= 100_000  # noqa: SLF001


def test_sums_of_thousands_of_years_are_exact() -> None:
    """The Gregorian calendar has 146,097 days, which are 20,871 weeks, in 400 years."""
    weekdays = BusinessCalendar("UTC", "mon-fri 09:00-17:00")
    cycles = 19
    end = datetime(2000 + 400 * cycles, 1, 1, tzinfo=NOW.tzinfo)
    assert weekdays.between(utc(2000, 1, 1), end) == cycles * 20_871 * 5 * 8 * HOUR
    days = cycles * 20_871 * 5
    assert weekdays.add_business_days(utc(2000, 1, 3, 9), days) == utc(2000 + 400 * cycles, 1, 3, 9)
    assert weekdays.add(utc(2000, 1, 3, 9), days * 8 * HOUR + MINUTE) == utc(2000 + 400 * cycles, 1, 3, 9, 1)
    assert weekdays.add(utc(2000 + 400 * cycles, 1, 3, 9), -days * 8 * HOUR) == utc(2000, 1, 3, 9)


def test_easter_is_closed_once_in_each_of_six_thousand_years() -> None:
    """A calendar that opens eight hours on every day but one of each year."""
    closed = BusinessCalendar("UTC", "mon-sun 09:00-17:00", holidays={"easter": "x"})
    years = 8000 - 2027
    days = (utc(8000, 1, 1) - utc(2027, 1, 1)).days
    assert closed.between(utc(2027, 1, 1), utc(8000, 1, 1)) == (days - years) * 8 * HOUR


def test_a_hundred_years_of_work_a_minute_a_week_is_refused_at_once() -> None:
    """36,525 days of work at a minute a week take a million years."""
    calendar = minute_a_week()
    assert steps_to_refuse(OutOfRangeError, lambda: calendar.after(NOW, WorkingTime(36_525 * DAY))) < 200_000
    assert calendar.add(NOW, 5_218 * MINUTE) == utc(2126, 11, 25, 9, 1)  # 5,218 Mondays after 23 November 2026


def test_a_trace_is_computed_while_iterating() -> None:
    calendar = combination()

    def first(number: int, until: datetime) -> int:
        return count_calls(lambda: list(islice(calendar.iter_trace(NOW, until), number)))

    first(20, later(1))
    assert first(20, utc(9999, 1, 1)) <= first(20, later(2)) + 10
    assert first(4_000, utc(9999, 1, 1)) <= 2.5 * first(2_000, utc(9999, 1, 1))
    some = tuple(calendar.iter_trace(NOW, later(2)))
    assert some == calendar.trace(NOW, later(2))
    assert list(calendar.iter_trace(NOW, NOW)) == []


def test_what_never_comes_is_refused_in_few_steps() -> None:
    nights = intersection(office(), BusinessCalendar("America/Santiago", "mon-fri 20:00-21:00"))
    never = difference(office(), office())
    for calendar in (nights, never):
        assert steps_to_refuse(NeverOpenError, partial(calendar.next_open, NOW)) < 400_000
        assert steps_to_refuse(NeverOpenError, partial(calendar.add, NOW, -HOUR)) < 400_000
        assert steps_to_refuse(NeverOpenError, partial(calendar.add_business_days, NOW, 1)) < 400_000
    always = union(BusinessCalendar("UTC", "mon-sun 00:00-12:00"), BusinessCalendar("UTC", "mon-sun 12:00-24:00"))
    assert steps_to_refuse(NeverClosesError, lambda: always.next_close(NOW)) < 400_000


def test_an_always_open_calendar_closes_once() -> None:
    always = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
    assert excluding(always, (utc(2400, 5, 1), utc(2400, 5, 2))).next_close(NOW) == utc(2400, 5, 1)
    assert excluding(always, (utc(2400, 7, 1), utc(2400, 7, 2))).next_close(NOW) == utc(2400, 7, 1)
    known = BusinessCalendar("UTC", "mon-sun 00:00-24:00", dated_until=date(2100, 1, 1))
    with pytest.raises(UnknownHolidaysError, match="listed until 2100-01-01 only"):
        known.next_close(NOW)


def test_business_days_end_where_the_calendar_does() -> None:
    with pytest.raises(OutOfRangeError):
        office().add_business_days(NOW, 3_000_000)
    week = "mon-fri 09:00-17:00"
    with pytest.raises(UnknownHolidaysError, match="listed until 2100-01-01 only"):
        BusinessCalendar("UTC", week, dated_until=date(2100, 1, 1)).add_business_days(NOW, 40_000)
    once = BusinessCalendar("UTC", "", overrides={NOW.date(): "09:00-11:00"}, dated_until=date(2501, 3, 1))
    with pytest.raises(NeverOpenError):
        once.add_business_days(NOW, 1)
    with pytest.raises(NeverOpenError):
        once.add_business_days(NOW + 300 * DAY, 1, anchor="as_it_is")
    with pytest.raises(NeverOpenError):
        once.add(NOW + 400 * DAY, -3 * HOUR)
    assert once.add(NOW + 400 * DAY, -2 * HOUR) == NOW - HOUR


def test_indexes_grow_in_both_directions() -> None:
    calendar, far = office(), later(-45)
    for start, amount in ((NOW, 3_000), (NOW, -3_000), (later(20), -9_000), (later(-20), 120_000), (far, 90_000)):
        there = calendar.add(start, amount * HOUR)
        assert calendar.between(start, there) == amount * HOUR == office().between(start, there)
    assert office().between(later(-45), NOW) == calendar.between(later(-45), NOW)
    nearly_full = office()
    nearly_full.between(utc(1988, 1, 1), utc(2027, 1, 1))
    assert nearly_full.add(utc(2026, 1, 1), 5_000 * HOUR) == calendar.add(utc(2026, 1, 1), 5_000 * HOUR)
    for day, number in ((NOW, 300), (NOW - 150 * DAY, 20), (NOW - 500 * DAY, 20), (NOW - 510 * DAY, 3), (far, 9_000)):
        assert calendar.add_business_days(day, number) == office().add_business_days(day, number)


def test_a_business_day_keeps_its_local_time_around_a_change_of_the_offset() -> None:
    """Chile put its clocks back on 5 April 2020."""
    zone = ZoneInfo("America/Santiago")
    calendar = BusinessCalendar(zone.key, "mon-sun 00:00-24:00")
    for hour in range(24 * 14):
        at = utc(2020, 3, 29) + hour * HOUR
        local = at.astimezone(zone).replace(tzinfo=None, fold=0)
        assert BusinessCalendar(zone.key, "mon-sun 00:00-24:00").add_business_days(at, 1) == from_local(
            local + DAY, zone
        )
        assert calendar.add_business_days(at, 1) == from_local(local + DAY, zone)


def test_threads_agree_about_far_instants() -> None:
    expected = {years: easter_office().between(NOW, later(years)) for years in range(500, 3_500, 500)}
    days = {number: easter_office().add_business_days(NOW, number) for number in range(6_000, 60_000, 9_000)}
    shared = easter_office()
    with ThreadPoolExecutor(8) as pool:
        sums = pool.map(lambda years: shared.between(NOW, later(years)), [*expected] * 4)
        dates = pool.map(lambda number: shared.add_business_days(NOW, number), [*days] * 4)
        assert list(sums) == [*expected.values()] * 4
        assert list(dates) == [*days.values()] * 4
