"""Calendars by hand: each figure can be checked on a wall calendar."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from desk import sp, utc
from ticketflow import BusinessCalendar
from ticketflow.calendars import PublicHolidays, Shift, parse_hours, parse_week
from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    NaiveDatetimeError,
    NeverOpenError,
    OutOfRangeError,
    UnknownHolidaysError,
)
from ticketflow.public_holidays import public_holidays
from ticketflow.values import FrozenMap

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00", public_holidays=public_holidays("BR"))
LUNCH = BusinessCalendar("UTC", "mon-fri 09:00-12:00 13:00-18:00")
NIGHT = BusinessCalendar("UTC", "fri 22:00-06:00; mon 22:00-06:00")


class TestHours:
    def test_texts_are_read(self) -> None:
        assert parse_hours("09:00-12:00 13:00-24:00")[1] == Shift(13 * HOUR, 24 * HOUR)
        assert parse_hours("") == ()
        week = parse_week("sat-mon 10:00-11:30:15.25; wed 00:00-24:00")
        assert [len(hours) for hours in week] == [1, 0, 1, 0, 0, 1, 1]
        assert week[0][0].closes == timedelta(hours=11, minutes=30, seconds=15, microseconds=250_000)

    def test_given_shifts_are_put_in_order(self) -> None:
        later, earlier = Shift.parse("13:00", "18:00"), Shift.parse("09:00", "12:00")
        assert BusinessCalendar("UTC", ((later, earlier),) * 7).week[0] == (earlier, later)

    @pytest.mark.parametrize(
        "text", ["9:00-18:00", "09:00", "09:00-25:00", "09:60-10:00", "09:00-09:00", "24:00-01:00", "24:30-25:00"]
    )
    def test_bad_hours_are_refused(self, text: str) -> None:
        with pytest.raises(BadValueError):
            parse_hours(text)

    @pytest.mark.parametrize(
        "text", ["lunes 09:00-18:00", "mon-xyz 09:00-18:00", "mon 09:00-10:00; mon-tue 11:00-12:00"][:3]
    )
    def test_bad_weeks_are_refused(self, text: str) -> None:
        with pytest.raises(BadValueError):
            parse_week(text)

    def test_a_calendar_that_never_opens_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="never opens"):
            BusinessCalendar("UTC", "")


class TestOpen:
    def test_hours_are_half_open(self) -> None:
        assert LUNCH.is_open(utc(2026, 11, 23, 9))
        assert not LUNCH.is_open(utc(2026, 11, 23, 12))
        assert LUNCH.is_open(utc(2026, 11, 23, 17, 59, 59, 999_999))

    def test_a_holiday_is_closed_and_an_override_opens_it(self) -> None:
        assert not OFFICE.is_open(sp(2026, 11, 20, 10))
        special = BusinessCalendar(
            "America/Sao_Paulo",
            "mon-fri 09:00-18:00",
            public_holidays=public_holidays("BR"),
            overrides={date(2026, 11, 20): "10:00-12:00", date(2026, 11, 23): ""},
        )
        assert special.is_open(sp(2026, 11, 20, 11))
        assert not special.is_open(sp(2026, 11, 20, 12))
        assert special.next_open(sp(2026, 11, 20, 12)) == sp(2026, 11, 24, 9)

    def test_a_night_shift_belongs_to_the_date_on_which_it_starts(self) -> None:
        """Fri 27 Nov 22:00 to Sat 28 Nov 06:00: a holiday on the Friday takes it all, one on the Saturday nothing."""
        saturday = utc(2026, 11, 28, 3)
        assert NIGHT.is_open(saturday)
        for off, is_open in ((date(2026, 11, 27), False), (date(2026, 11, 28), True)):
            calendar = BusinessCalendar("UTC", "fri 22:00-06:00", holidays={off: "off"})
            assert calendar.is_open(saturday) is is_open

    def test_overlaps_count_once(self) -> None:
        twice = BusinessCalendar("UTC", "mon 09:00-12:00 10:00-14:00 14:00-15:00")
        assert twice.between(utc(2026, 11, 23), utc(2026, 11, 24)) == 6 * HOUR

    def test_always_open_is_elapsed_time(self) -> None:
        always = BusinessCalendar("America/Santiago", "mon-sun 00:00-24:00")
        assert always.between(utc(2025, 1, 1), utc(2027, 1, 1)) == timedelta(days=730)
        assert always.add(utc(2025, 12, 31, 23), 2 * HOUR) == utc(2026, 1, 1, 1)


class TestSums:
    def test_time_used_up_at_closing_is_due_at_closing(self) -> None:
        """1.4; zendesk/biz answers the next opening."""
        assert LUNCH.add(utc(2026, 11, 23, 9), 3 * HOUR) == utc(2026, 11, 23, 12)
        assert LUNCH.add(utc(2026, 11, 23, 9), 3 * HOUR + timedelta(microseconds=1)) == utc(2026, 11, 23, 13, 0, 0, 1)

    def test_a_negative_amount_is_mirrored(self) -> None:
        assert LUNCH.add(utc(2026, 11, 23, 14), -2 * HOUR) == utc(2026, 11, 23, 11)
        assert LUNCH.add(utc(2026, 11, 23, 13), -3 * HOUR) == utc(2026, 11, 23, 9)
        assert LUNCH.add(utc(2027, 1, 4, 9), -HOUR) == utc(2027, 1, 1, 17)

    def test_years_are_crossed(self) -> None:
        """Fri 1 Jan 2027 is a holiday in Brazil: an hour from Thu 31 Dec 17:30 ends on Mon 4 Jan 9:30."""
        assert OFFICE.add(sp(2026, 12, 31, 17, 30), HOUR) == sp(2027, 1, 4, 9, 30)
        assert OFFICE.between(sp(2026, 12, 31, 17, 30), sp(2027, 1, 4, 9, 30)) == HOUR
        assert OFFICE.next_open(sp(2026, 12, 31, 22)) == sp(2027, 1, 4, 9)

    def test_answers_are_in_utc(self) -> None:
        assert OFFICE.add(sp(2026, 11, 23, 9), HOUR).tzinfo is UTC
        assert OFFICE.add(sp(2026, 11, 23, 9), timedelta()).tzinfo is UTC


class TestBusinessDays:
    def test_the_example_of_the_clause(self) -> None:
        """1.7: Saturday 15:00 and one, with Monday to Friday 9 to 18, is Tuesday 9:00."""
        plain = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
        assert plain.add_business_days(sp(2026, 11, 21, 15), 1) == sp(2026, 11, 24, 9)

    def test_a_reading_after_midnight_belongs_to_its_shift(self) -> None:
        """02:00 in Friday's night shift and one is 02:00 in Monday's: Sat 28 Nov 02:00, Tue 1 Dec 02:00."""
        assert NIGHT.add_business_days(utc(2026, 11, 28, 2), 1) == utc(2026, 12, 1, 2)

    def test_a_moment_that_is_shut_goes_forward(self) -> None:
        """Mon 17:00 and one, where Tuesdays close at 12, is Wednesday's opening."""
        short = BusinessCalendar("UTC", "mon 09:00-18:00; tue 09:00-12:00; wed 10:00-18:00")
        assert short.add_business_days(utc(2026, 11, 23, 17), 1) == utc(2026, 11, 25, 10)


class TestLimits:
    def test_beyond_the_known_holidays_is_an_error_or_assumed_by_a_field(self) -> None:
        far = sp(2101, 6, 1, 10)
        questions: list[Callable[[], object]] = [
            lambda: OFFICE.is_open(far),
            lambda: OFFICE.between(sp(2100, 6, 1), far),
            lambda: OFFICE.add(sp(2100, 12, 31), 24 * 365 * HOUR),
            lambda: OFFICE.add_business_days(sp(2100, 12, 1, 10), 40),
        ]
        for question in questions:
            with pytest.raises(UnknownHolidaysError, match="known for 1890 to 2100, not for 2101"):
                question()
        assuming = BusinessCalendar(
            "America/Sao_Paulo",
            "mon-fri 09:00-18:00",
            public_holidays=public_holidays("BR"),
            beyond_known="assume_none",
        )
        assert assuming.is_open(far)

    def test_a_calendar_that_opens_no_more_says_so(self) -> None:
        once = BusinessCalendar("UTC", "", overrides={date(2026, 11, 23): "09:00-10:00"})
        assert once.add(utc(2026, 1, 1), HOUR) == utc(2026, 11, 23, 10)
        questions: list[Callable[[], object]] = [
            lambda: once.next_open(utc(2026, 11, 23, 10)),
            lambda: once.add(utc(2026, 1, 1), 2 * HOUR),
            lambda: once.add(utc(2026, 12, 1), -2 * HOUR),
            lambda: once.add_business_days(utc(2026, 11, 23, 9), 1),
        ]
        for question in questions:
            with pytest.raises(NeverOpenError, match="does not open often enough"):
                question()

    def test_the_ends_of_time_are_our_error(self) -> None:
        edge = BusinessCalendar("Pacific/Apia", "mon-sun 00:00-24:00")
        with pytest.raises(OutOfRangeError):
            edge.is_open(datetime.max.replace(tzinfo=UTC))

    def test_the_first_and_last_years_can_be_asked_about(self) -> None:
        utc_office = BusinessCalendar("UTC", "mon-sun 09:00-18:00")
        assert utc_office.is_open(utc(1, 1, 1, 9))
        assert utc_office.between(utc(9999, 12, 31), datetime.max.replace(tzinfo=UTC)) == 9 * HOUR

    def test_naive_is_refused_at_every_door(self) -> None:
        naive, aware = datetime(2026, 11, 23), utc(2026, 11, 23)  # noqa: DTZ001 -- the point
        doors: list[Callable[[], object]] = [
            lambda: OFFICE.is_open(naive),
            lambda: OFFICE.next_open(naive),
            lambda: OFFICE.add(naive, HOUR),
            lambda: OFFICE.between(aware, naive),
            lambda: OFFICE.between(naive, aware),
            lambda: OFFICE.add_business_days(naive, 1),
        ]
        for door in doors:
            with pytest.raises(NaiveDatetimeError):
                door()


class TestValue:
    def test_equal_by_definition_hashable_and_picklable(self) -> None:
        same = BusinessCalendar("UTC", "mon-fri 09:00-12:00 13:00-18:00")
        assert same.is_open(utc(2026, 11, 23, 9))
        assert same == LUNCH
        assert hash(LUNCH) == hash(same)
        assert pickle.loads(pickle.dumps(same)) == LUNCH  # noqa: S301 -- our own

    def test_public_holidays_are_a_value(self) -> None:
        brazil = public_holidays("BR")
        assert isinstance(brazil, PublicHolidays)
        assert date(2026, 11, 20) in brazil.names
        assert date(2023, 11, 20) not in brazil.names, "a national holiday only since 2024"
        assert isinstance(brazil.names, FrozenMap)

    @pytest.mark.parametrize(("country", "part"), [("XX", None), ("br", None), ("HolidayBase", None), ("BR", "XX")])
    def test_unknown_countries_are_refused(self, country: str, part: str | None) -> None:
        with pytest.raises(BadValueError):
            public_holidays(country, part)

    def test_a_subdivision_adds_its_own(self) -> None:
        assert date(2026, 7, 9) in public_holidays("BR", "SP").names
        assert public_holidays("BR", "SP").country == "BR-SP"
