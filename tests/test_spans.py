"""The four spans, and what a wall time means."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk import sp, utc
from ticketflow import BusinessCalendar, BusinessDays, CalendarSpan, Elapsed, WorkingTime
from ticketflow.clocks import reached
from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError
from ticketflow.walls import at_wall, load_zone

OFFICE = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")


class TestSpans:
    def test_each_kind_has_its_own_units(self) -> None:
        assert Elapsed(days=2, hours=1) == Elapsed(timedelta(days=2, hours=1))
        assert WorkingTime(hours=8).amount == timedelta(hours=8)
        assert WorkingTime(hours=8) != Elapsed(hours=8)  # type: ignore[comparison-overlap] # the point

    def test_they_speak(self) -> None:
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
    def test_bad_ones_are_refused(self, make: object) -> None:
        assert callable(make)
        with pytest.raises(BadValueError):
            make()


class TestReached:
    def test_the_four_kinds_answer_four_questions(self) -> None:
        """From Fri 27 Nov 2026 17:00: two hours are over at 19:00, or Monday 10:00; a day is three different things."""
        friday = sp(2026, 11, 27, 17)
        assert reached(friday, Elapsed(hours=2), OFFICE) == sp(2026, 11, 27, 19)
        assert reached(friday, WorkingTime(hours=2), OFFICE) == sp(2026, 11, 30, 10)
        assert reached(friday, BusinessDays(1), OFFICE) == sp(2026, 11, 30, 17)
        assert reached(friday, CalendarSpan(days=1), OFFICE) == sp(2026, 11, 28, 17)

    def test_months_are_counted_from_the_anchor_and_clamped(self) -> None:
        """1.10: 31 January and one month is 28 February; and two months is 31 March, not 28."""
        assert reached(sp(2027, 1, 31, 9), CalendarSpan(months=1), OFFICE) == sp(2027, 2, 28, 9)
        assert reached(sp(2027, 1, 31, 9), CalendarSpan(months=2), OFFICE) == sp(2027, 3, 31, 9)

    def test_a_calendar_day_is_not_24_hours(self) -> None:
        """Madrid's 31 March 2024 has 23 hours."""
        noon = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Madrid"))
        span = CalendarSpan(days=1, zone="Europe/Madrid")
        assert reached(noon, span, OFFICE) - reached(noon, Elapsed(), OFFICE) == timedelta(hours=23)

    def test_beyond_the_years_is_our_error(self) -> None:
        for span in (Elapsed(timedelta.max), CalendarSpan(months=120_000)):
            with pytest.raises(OutOfRangeError, match="years 1 to 9999"):
                reached(sp(2027, 1, 31, 9), span, OFFICE)

    def test_naive_is_refused(self) -> None:
        with pytest.raises(NaiveDatetimeError, match="since"):
            reached(datetime(2027, 1, 31), Elapsed(), OFFICE)  # noqa: DTZ001 -- the point


class TestWalls:
    def test_a_skipped_date_is_its_transition(self) -> None:
        """Apia had no 30 December 2011: noon of it is the first instant of the 31st, 10:00 UTC on the 30th."""
        assert at_wall(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia")) == utc(2011, 12, 30, 10)  # noqa: DTZ001

    def test_of_a_repeated_reading_the_first(self) -> None:
        assert at_wall(datetime(2024, 10, 27, 2, 30), ZoneInfo("Europe/Madrid")) == utc(2024, 10, 27, 0, 30)  # noqa: DTZ001

    def test_beyond_the_years_is_our_error(self) -> None:
        with pytest.raises(OutOfRangeError):
            at_wall(datetime.min, ZoneInfo("Pacific/Apia"))  # noqa: DTZ901

    def test_a_wall_beyond_the_years_is_our_error(self) -> None:
        with pytest.raises(OutOfRangeError):
            CalendarSpan(days=1).after(utc(9999, 12, 31, 23), ZoneInfo("Asia/Tokyo"))

    @pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "../../etc/passwd", "", "localtime", "A" * 300, None])
    def test_zones_have_one_error(self, name: str) -> None:
        with pytest.raises(BadValueError, match="IANA"):
            load_zone(name)
