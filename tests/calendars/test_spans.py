"""The four spans, and what a wall time means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.desk import sp, utc
from ticketflow import BusinessCalendar, BusinessDays, CalendarSpan, Elapsed, WorkingTime
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear, Recurrence, next_time
from ticketflow.calendars.spans import plus_periods
from ticketflow.calendars.zones import from_local, load_zone
from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError

OFFICE = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")


class TestSpans:
    def test_each_kind_has_its_own_units(self) -> None:
        assert Elapsed(days=2, hours=1) == Elapsed(timedelta(days=2, hours=1))
        assert WorkingTime(hours=8).amount == timedelta(hours=8)
        assert WorkingTime(hours=8) != Elapsed(hours=8)  # type: ignore[comparison-overlap] # the point

    def test_spans_in_words(self) -> None:
        spoken = [
            Elapsed(days=2, hours=1),
            Elapsed(),
            Elapsed(timedelta(seconds=90)),
            WorkingTime(hours=8, minutes=30),
            BusinessDays(1),
            BusinessDays(6),
            CalendarSpan(months=1, days=2),
            CalendarSpan(),
        ]
        assert [str(span) for span in spoken] == [
            "2 days 1 hour",
            "0 minutes",
            "0:01:30",
            "8 hours 30 minutes of working time",
            "1 business day",
            "6 business days",
            "1 month 2 days",
            "0 days",
        ]

    @pytest.mark.parametrize(
        "make",
        [
            lambda: Elapsed(hours=1.5),  # type: ignore[arg-type]
            lambda: Elapsed(hours=True),
            lambda: Elapsed(days=10**12),
            lambda: Elapsed(5),  # type: ignore[arg-type]
            lambda: Elapsed(timedelta(seconds=-1)),
            lambda: WorkingTime(minutes="5"),  # type: ignore[arg-type]
            lambda: BusinessDays(-1),
            lambda: BusinessDays(1, anchor="yesterday"),  # type: ignore[arg-type]
            lambda: BusinessDays(1, shut="never"),  # type: ignore[arg-type]
            lambda: BusinessDays(1.0),  # type: ignore[arg-type]
            lambda: CalendarSpan(months=-1),
            lambda: CalendarSpan(zone="Mars/Olympus"),
        ],
    )
    def test_malformed_spans_are_refused(self, make: object) -> None:
        assert callable(make)
        with pytest.raises(BadValueError):
            make()


class TestAfter:
    def test_each_kind_of_span_ends_at_its_own_instant(self) -> None:
        """From Fri 27 Nov 2026 17:00: two hours are over at 19:00, or Monday 10:00; a day is three different things."""
        friday = sp(2026, 11, 27, 17)
        assert OFFICE.after(friday, Elapsed(hours=2)) == sp(2026, 11, 27, 19)
        assert OFFICE.after(friday, WorkingTime(hours=2)) == sp(2026, 11, 30, 10)
        assert OFFICE.after(friday, BusinessDays(1)) == sp(2026, 11, 30, 17)
        assert OFFICE.after(friday, CalendarSpan(days=1)) == sp(2026, 11, 28, 17)

    def test_months_are_counted_from_the_anchor_and_clamped(self) -> None:
        """1.10: 31 January and one month is 28 February; and two months is 31 March, not 28."""
        assert OFFICE.after(sp(2027, 1, 31, 9), CalendarSpan(months=1)) == sp(2027, 2, 28, 9)
        assert OFFICE.after(sp(2027, 1, 31, 9), CalendarSpan(months=2)) == sp(2027, 3, 31, 9)

    def test_a_calendar_day_is_not_24_hours(self) -> None:
        """Madrid's 31 March 2024 has 23 hours."""
        noon = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Madrid"))
        span = CalendarSpan(days=1, zone="Europe/Madrid")
        assert OFFICE.after(noon, span) - OFFICE.after(noon, Elapsed()) == timedelta(hours=23)

    def test_instants_beyond_the_years_raise(self) -> None:
        for span in (Elapsed(timedelta.max), CalendarSpan(months=120_000)):
            with pytest.raises(OutOfRangeError, match="years 1 to 9999"):
                OFFICE.after(sp(2027, 1, 31, 9), span)

    def test_naive_datetimes_are_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="start"):
            OFFICE.after(datetime(2027, 1, 31), Elapsed())  # noqa: DTZ001 -- the point


class TestLocalTimes:
    def test_a_skipped_date_is_its_transition(self) -> None:
        """Apia had no 30 December 2011: noon of it is the first instant of the 31st, 10:00 UTC on the 30th."""
        assert from_local(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia")) == utc(2011, 12, 30, 10)  # noqa: DTZ001

    def test_a_repeated_local_time_is_its_first_occurrence(self) -> None:
        assert from_local(datetime(2024, 10, 27, 2, 30), ZoneInfo("Europe/Madrid")) == utc(2024, 10, 27, 0, 30)  # noqa: DTZ001

    def test_instants_beyond_the_years_raise(self) -> None:
        with pytest.raises(OutOfRangeError):
            from_local(datetime.min, ZoneInfo("Pacific/Apia"))  # noqa: DTZ901

    def test_a_local_time_beyond_the_years_raises(self) -> None:
        with pytest.raises(OutOfRangeError):
            CalendarSpan(days=1).after(utc(9999, 12, 31, 23), ZoneInfo("Asia/Tokyo"))

    @pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "../../etc/passwd", "", "localtime", "A" * 300, None])
    def test_unknown_zones_are_refused(self, name: str) -> None:
        with pytest.raises(BadValueError, match="IANA"):
            load_zone(name)


class TestRecurrences:
    """Our own closed form: a wall time on dates that come round. Monday is 30 November 2026."""

    MONDAY = utc(2026, 11, 30, 12)

    @pytest.mark.parametrize(
        ("recurrence", "first", "said"),
        [
            (EveryWeek("monday", "12:00"), utc(2026, 11, 30, 12), "every monday at 12:00"),
            (EveryWeek("monday", "11:59"), utc(2026, 12, 7, 11, 59), "every monday at 11:59"),
            (EveryWeek("sunday", "09:00"), utc(2026, 12, 6, 9), "every sunday at 09:00"),
            (EveryMonth(30, "12:00"), utc(2026, 11, 30, 12), "every month on day 30 at 12:00"),
            (EveryMonth(31, "09:00"), utc(2026, 12, 31, 9), "every month on day 31 at 09:00"),
            (EveryMonthOn(1, "monday", "09:00"), utc(2026, 12, 7, 9), "every first monday of the month at 09:00"),
            (EveryMonthOn(-1, "monday", "12:00"), utc(2026, 11, 30, 12), "every last monday of the month at 12:00"),
            (EveryMonthOn(-1, "friday", "09:00"), utc(2026, 12, 25, 9), "every last friday of the month at 09:00"),
            (EveryYear(2, 29, "09:00"), utc(2027, 2, 28, 9), "every year on 29/2 at 09:00"),
            (EveryYear(11, 30, "12:00"), utc(2026, 11, 30, 12), "every year on 30/11 at 12:00"),
        ],
    )
    def test_next_time(self, recurrence: Recurrence, first: datetime, said: str) -> None:
        found = next_time(recurrence, self.MONDAY, ZoneInfo("UTC"), after=False)
        assert (found, str(recurrence)) == (first, said)
        assert next_time(recurrence, first, ZoneInfo("UTC"), after=True) > first
        micro = timedelta(microseconds=1)
        assert next_time(recurrence, first - micro, ZoneInfo("UTC"), after=True) == first

    def test_a_week_can_have_several_days_and_times(self) -> None:
        """Twice a day from Monday to Friday; Monday is 30 November."""
        often, at = EveryWeek("mon-fri", "14:00", "08:00"), utc(2026, 12, 3, 14)
        found = []
        for _ in range(4):
            at = next_time(often, at, ZoneInfo("UTC"), after=True)
            found.append((at.day, at.hour))
        assert found == [(4, 8), (4, 14), (7, 8), (7, 14)]
        assert next_time(often, self.MONDAY, ZoneInfo("UTC"), after=False) == utc(2026, 11, 30, 14)

    def test_two_local_times_that_a_clock_change_skips_are_one_instant(self) -> None:
        """Santiago skips midnight to one on Sunday 6 September 2026: both times are 04:00Z."""
        often = EveryWeek("sunday", "00:15", "00:45", zone="America/Santiago")
        first = next_time(often, utc(2026, 9, 5), ZoneInfo("UTC"), after=False)
        assert first == utc(2026, 9, 6, 4)
        assert next_time(often, first, ZoneInfo("UTC"), after=True) == utc(2026, 9, 13, 3, 15)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("mon", "monday"),
            ("wednesday,mon", "mon,wed"),
            ("mon,tue", "mon,tue"),
            ("mon,tue,wed", "mon-wed"),
            ("fri-mon", "mon,fri-sun"),
            ("sun-sat", "mon-sun"),
            ("monday-friday", "mon-fri"),
        ],
    )
    def test_weekdays_have_one_form(self, given: str, kept: str) -> None:
        assert EveryWeek(given, "09:00").weekday == kept
        assert EveryWeek(given, "09:00", "09:00") == EveryWeek(kept, at="09:00")
        assert attrs.evolve(EveryWeek(given, "10:00", "08:00"), zone="UTC").at == (
            timedelta(hours=8),
            timedelta(hours=10),
        )

    def test_short_months_use_their_last_day(self) -> None:
        end_of_month, at = EveryMonth(31, "09:00"), utc(2027, 1, 31, 9)
        days = []
        for _ in range(4):
            at = next_time(end_of_month, at, ZoneInfo("UTC"), after=True)
            days.append((at.month, at.day))
        assert days == [(2, 28), (3, 31), (4, 30), (5, 31)]

    def test_recurrences_use_the_local_time_of_their_zone(self) -> None:
        """In Santiago, clocks go from midnight to one on Sunday 6 September 2026; half past is the transition."""
        there = EveryWeek("sunday", "00:30", zone="America/Santiago")
        found = next_time(there, utc(2026, 9, 1), ZoneInfo("UTC"), after=False)
        assert found == utc(2026, 9, 6, 4)

    def test_recurrences_end_with_the_year_9999(self) -> None:
        with pytest.raises(OutOfRangeError, match="every year on 1/1"):
            next_time(EveryYear(1, 1, "09:00"), utc(9999, 6, 1), ZoneInfo("UTC"), after=False)

    @pytest.mark.parametrize(
        "made",
        [
            lambda: EveryWeek("Monday", "09:00"),
            lambda: EveryWeek("monday"),
            lambda: EveryWeek("mon-wed-fri", "09:00"),
            lambda: EveryWeek("mon,", "09:00"),
            lambda: EveryWeek(1, "09:00"),  # type: ignore[arg-type]
            lambda: EveryWeek("monday", "9 o'clock"),
            lambda: EveryWeek("monday", "09:00", zone="Europe"),
            lambda: EveryMonth(0, "09:00"),
            lambda: EveryMonth(32, "09:00"),
            lambda: EveryMonthOn(5, "monday", "09:00"),
            lambda: EveryMonthOn(1, "mon", "09:00"),  # type: ignore[arg-type]
            lambda: EveryYear(13, 1, "09:00"),
            lambda: EveryYear(2, 30, "09:00"),
            lambda: EveryMonth(1.5, "09:00"),  # type: ignore[arg-type]
        ],
    )
    def test_malformed_recurrences_are_refused(self, made: Callable[[], object]) -> None:
        with pytest.raises(BadValueError):
            made()


class TestPeriods:
    def test_periods_are_counted_from_one_anchor(self) -> None:
        assert plus_periods(Elapsed(hours=1), Elapsed(hours=5), 2) == Elapsed(hours=11)
        assert plus_periods(WorkingTime(hours=1), WorkingTime(hours=5), 2) == WorkingTime(hours=11)
        assert plus_periods(BusinessDays(1), BusinessDays(2), 2) == BusinessDays(5)
        assert plus_periods(CalendarSpan(weeks=1), CalendarSpan(months=1, days=1), 2) == CalendarSpan(2, 1, 2)
        with pytest.raises(BadValueError, match="of one kind"):
            plus_periods(Elapsed(hours=1), BusinessDays(1), 1)
