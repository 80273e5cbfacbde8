"""Calendars by hand: each figure can be checked on a wall calendar."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import sp, utc
from ticketflow import BusinessCalendar, BusinessDays, CalendarSpan, Elapsed, WorkingTime, calendars
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals, difference, excluding, intersection, union
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.calendars.hours import Shift, Yearly, parse_hours, parse_week
from ticketflow.calendars.trace import merge_equal
from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    NaiveDatetimeError,
    NeverClosesError,
    NeverOpenError,
    OutOfRangeError,
    UnknownHolidaysError,
)
from ticketflow.kernel.frozen_map import FrozenMap

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
        "make",
        [
            lambda: BusinessCalendar("UTC", None),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", ((),) * 6),
            lambda: BusinessCalendar("UTC", (5,) * 7),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", ((5,),) * 7),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", holidays=["2026-01-01"]),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", holidays={"2026-13-01": "x"}),
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", holidays={utc(2026, 1, 1): "x"}),
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", half_days={date(2026, 1, 1): 5}),  # type: ignore[dict-item]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", overrides={date(2026, 1, 1): None}),  # type: ignore[dict-item]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", beyond_known="whatever"),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", "BR"),  # type: ignore[arg-type]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", holidays={date(2026, 1, 1): None}),  # type: ignore[dict-item]
            lambda: BusinessCalendar("UTC", "mon 09:00-10:00", half_days={date(2026, 1, 1): 99 * HOUR}),
            lambda: BusinessCalendar("right/UTC", "mon 09:00-10:00"),
            lambda: union(LUNCH, "x"),  # type: ignore[arg-type]
            lambda: union(None),  # type: ignore[arg-type]
            lambda: excluding(None),  # type: ignore[arg-type]
            lambda: FixedIntervals(5),  # type: ignore[arg-type]
            lambda: FixedIntervals([(utc(2026, 1, 1),)]),  # type: ignore[list-item]
            lambda: CombinedCalendar("xor", LUNCH, LUNCH),  # type: ignore[arg-type]
            lambda: Shift(1, 2),  # type: ignore[arg-type]
            lambda: public_holidays([]),  # type: ignore[arg-type]
            lambda: public_holidays("BR", 5),  # type: ignore[arg-type]
            lambda: Shift(5 * HOUR, 2 * HOUR),
            lambda: Shift(5 * HOUR, 5 * HOUR),
            lambda: Shift(5 * HOUR, 99 * HOUR),
            lambda: Shift(25 * HOUR, 26 * HOUR),
            lambda: public_holidays(None),  # type: ignore[arg-type]
        ],
    )
    def test_malformed_calendars_are_refused(self, make: Callable[[], object]) -> None:
        with pytest.raises(BadValueError):
            make()

    def test_a_comma_in_hours_is_explained(self) -> None:
        with pytest.raises(
            BadValueError, match=r"have a comma; separate shifts with spaces and days with ';': mon-fri"
        ):
            BusinessCalendar("UTC", "mon 09:00-12:00, 13:00-18:00")

    def test_a_week_of_one_text_in_a_list_is_explained(self) -> None:
        with pytest.raises(
            BadValueError, match=r"^the week has 1 days; give the hours of Monday to Sunday, or one text"
        ):
            BusinessCalendar("UTC", ("mon-fri 09:00-18:00",))

    def test_hours_of_a_week_can_be_texts_each(self) -> None:
        week = ("09:00-18:00",) * 5 + ("", "")
        assert BusinessCalendar("UTC", week) == BusinessCalendar("UTC", "mon-fri 09:00-18:00")

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

    def test_overlapping_shifts_count_once(self) -> None:
        twice = BusinessCalendar("UTC", "mon 09:00-12:00 10:00-14:00 14:00-15:00")
        assert twice.between(utc(2026, 11, 23), utc(2026, 11, 24)) == 6 * HOUR

    def test_working_time_of_an_always_open_calendar_is_elapsed_time(self) -> None:
        always = BusinessCalendar("America/Santiago", "mon-sun 00:00-24:00")
        assert always.between(utc(2025, 1, 1), utc(2027, 1, 1)) == timedelta(days=730)
        assert always.add(utc(2025, 12, 31, 23), 2 * HOUR) == utc(2026, 1, 1, 1)


class TestSums:
    def test_time_used_up_at_closing_is_due_at_closing(self) -> None:
        """1.4; zendesk/biz answers the next opening."""
        assert LUNCH.add(utc(2026, 11, 23, 9), 3 * HOUR) == utc(2026, 11, 23, 12)
        assert LUNCH.add(utc(2026, 11, 23, 9), 3 * HOUR + timedelta(microseconds=1)) == utc(2026, 11, 23, 13, 0, 0, 1)

    def test_a_negative_amount_counts_backwards(self) -> None:
        assert LUNCH.add(utc(2026, 11, 23, 14), -2 * HOUR) == utc(2026, 11, 23, 11)
        assert LUNCH.add(utc(2026, 11, 23, 13), -3 * HOUR) == utc(2026, 11, 23, 9)
        assert LUNCH.add(utc(2027, 1, 4, 9), -HOUR) == utc(2027, 1, 1, 17)

    def test_sums_cross_the_end_of_a_year(self) -> None:
        """Fri 1 Jan 2027 is a holiday in Brazil: an hour from Thu 31 Dec 17:30 ends on Mon 4 Jan 9:30."""
        assert OFFICE.add(sp(2026, 12, 31, 17, 30), HOUR) == sp(2027, 1, 4, 9, 30)
        assert OFFICE.between(sp(2026, 12, 31, 17, 30), sp(2027, 1, 4, 9, 30)) == HOUR
        assert OFFICE.next_open(sp(2026, 12, 31, 22)) == sp(2027, 1, 4, 9)

    def test_answers_are_in_utc(self) -> None:
        assert OFFICE.add(sp(2026, 11, 23, 9), HOUR).tzinfo is UTC
        assert OFFICE.add(sp(2026, 11, 23, 9), timedelta()).tzinfo is UTC


class TestBusinessDays:
    def test_saturday_plus_one_business_day_is_tuesday_morning(self) -> None:
        """1.7: Saturday 15:00 and one, with Monday to Friday 9 to 18, is Tuesday 9:00."""
        plain = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
        assert plain.add_business_days(sp(2026, 11, 21, 15), 1) == sp(2026, 11, 24, 9)

    def test_a_time_after_midnight_belongs_to_its_shift(self) -> None:
        """02:00 in Friday's night shift and one is 02:00 in Monday's: Sat 28 Nov 02:00, Tue 1 Dec 02:00."""
        assert NIGHT.add_business_days(utc(2026, 11, 28, 2), 1) == utc(2026, 12, 1, 2)

    def test_a_closed_answer_moves_to_the_next_opening(self) -> None:
        """Mon 17:00 and one, where Tuesdays close at 12, is Wednesday's opening."""
        short = BusinessCalendar("UTC", "mon 09:00-18:00; tue 09:00-12:00; wed 10:00-18:00")
        assert short.add_business_days(utc(2026, 11, 23, 17), 1) == utc(2026, 11, 25, 10)

    def test_a_point_of_the_day_takes_the_place_of_the_other_options(self) -> None:
        with pytest.raises(BadValueError, match="leave out either at, or anchor and shut"):
            BusinessDays(1, "as_it_is", at="closing")
        with pytest.raises(BadValueError, match="'noon' is no point of a business day; use opening, closing"):
            BusinessDays(1, at="noon")
        assert BusinessDays(1, at="16:00:00") == BusinessDays(1, at="16:00")

    def test_a_point_before_the_start_moves_to_the_next_business_day(self) -> None:
        """Saturday 02:00 lies in Friday's night shift: Saturday's opening is over, so the next one is Monday's."""
        nights = BusinessCalendar("UTC", "fri 22:00-06:00; sat 00:30-01:30; mon 09:00-10:00")
        assert nights.add_business_days(utc(2026, 11, 28, 2), 1, at="opening") == utc(2026, 11, 30, 9)

    def test_a_skipped_date_is_not_a_business_day(self) -> None:
        """Apia skipped Friday 30 December 2011: Thursday 29 and one is Monday 2 January 2012."""
        apia = BusinessCalendar("Pacific/Apia", "mon-fri 09:00-17:00")
        thursday, monday = (
            datetime(*day, 10, tzinfo=ZoneInfo("Pacific/Apia")) for day in ((2011, 12, 29), (2012, 1, 2))
        )
        assert apia.add_business_days(thursday, 1) == monday

    def test_a_start_outside_hours_can_stay_where_it_is(self) -> None:
        """Left on its Saturday, 15:00 and one is Monday 15:00, as zendesk/biz has it."""
        plain = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
        saturday = sp(2026, 11, 21, 15)
        assert plain.add_business_days(saturday, 1, anchor="as_it_is") == sp(2026, 11, 23, 15)
        assert plain.add_business_days(saturday, 0, anchor="as_it_is", shut="as_it_is") == saturday
        assert plain.add_business_days(saturday, 0, anchor="as_it_is") == sp(2026, 11, 23, 9)

    def test_a_closed_answer_can_stay_or_move_to_the_last_closing(self) -> None:
        """Mon 17:00 and one, where Tuesdays close at 12: Wednesday 10:00, Tuesday 17:00, or Tuesday 12:00."""
        short = BusinessCalendar("UTC", "mon 09:00-18:00; tue 09:00-12:00; wed 10:00-18:00")
        monday = utc(2026, 11, 23, 17)
        assert short.add_business_days(monday, 1, shut="as_it_is") == utc(2026, 11, 24, 17)
        assert short.add_business_days(monday, 1, shut="last_closing") == utc(2026, 11, 24, 12)

    def test_the_last_closing_may_lie_long_ago(self) -> None:
        once = BusinessCalendar(
            "UTC", "", overrides={date(2020, 1, 2): "09:00-10:00", date(2026, 11, 23): "09:00-10:00"}
        )
        answer = once.add_business_days(utc(2026, 11, 20), 0, anchor="as_it_is", shut="last_closing")
        assert answer == utc(2020, 1, 2, 10)

    @pytest.mark.parametrize("days", [-1, 1.0, True, "1"])
    def test_days_are_whole_numbers(self, days: int) -> None:
        with pytest.raises(BadValueError):
            LUNCH.add_business_days(utc(2026, 11, 23), days)

    def test_business_day_of(self) -> None:
        assert LUNCH.business_day_of(utc(2026, 11, 23, 12)) is None
        assert LUNCH.business_day_of(utc(2026, 11, 23, 13)) == date(2026, 11, 23)
        assert NIGHT.business_day_of(utc(2026, 11, 28, 2)) == date(2026, 11, 27)
        both = BusinessCalendar("UTC", "fri 22:00-06:00; sat 05:00-13:00")
        assert both.business_day_of(utc(2026, 11, 28, 5, 30)) == date(2026, 11, 28), "the local date goes first"


class TestOpenings:
    def test_next_close(self) -> None:
        assert LUNCH.next_close(utc(2026, 11, 23, 9)) == utc(2026, 11, 23, 12)
        assert LUNCH.next_close(utc(2026, 11, 23, 12)) == utc(2026, 11, 23, 18)
        assert LUNCH.next_close(utc(2026, 11, 21)) == utc(2026, 11, 23, 12)

    def test_open_intervals_are_lazy_and_clipped(self) -> None:
        stretches = LUNCH.open_intervals(utc(2026, 11, 23, 10), utc(2026, 11, 23, 14))
        assert list(stretches) == [
            (utc(2026, 11, 23, 10), utc(2026, 11, 23, 12)),
            (utc(2026, 11, 23, 13), utc(2026, 11, 23, 14)),
        ]
        assert list(LUNCH.open_intervals(utc(2026, 11, 23), utc(2026, 11, 22))) == []
        endless = LUNCH.open_intervals(utc(2026, 11, 23), utc(9999, 1, 1))
        assert next(endless) == (utc(2026, 11, 23, 9), utc(2026, 11, 23, 12))

    def test_open_intervals_merge_over_the_years(self) -> None:
        always = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
        assert list(always.open_intervals(utc(2020, 1, 1), utc(2030, 1, 1))) == [(utc(2020, 1, 1), utc(2030, 1, 1))]


class TestDates:
    def test_yearly_holidays_fall_every_year(self) -> None:
        calendar = BusinessCalendar(
            "UTC", "mon-sun 09:00-10:00", holidays={Yearly(11, 23): "ours", Yearly(2, 29): "leap"}
        )
        closed = [
            day for day in (utc(2025, 11, 23, 9), utc(2026, 11, 23, 9), utc(2028, 2, 29, 9)) if calendar.is_open(day)
        ]
        assert closed == []
        assert calendar.is_open(utc(2026, 3, 1, 9))

    @pytest.mark.parametrize("year", [1920, 2019, 2116, 2262, 9999])
    def test_yearly_dates_are_exact_however_far_and_where_the_offset_changes(self, year: int) -> None:
        """São Tomé changed its offset on 1 January 2019; other years begin at the edge of a block."""
        for zone in ("UTC", "Africa/Sao_Tome"):
            calendar = BusinessCalendar(zone, "mon-sun 00:00-24:00", holidays={Yearly(1, 1): "x"})
            start, end = utc(year - 1, 12, 31), utc(year, 1, 3)
            traced = sum((t.end - t.start for t in calendar.trace(start, end) if t.counted), timedelta())
            assert calendar.between(start, end) == traced
            assert not calendar.is_open(utc(year, 1, 1, 12))

    @pytest.mark.parametrize(("month", "day"), [(13, 1), (True, True), (2, 30), (0, 1), ("x", 1)])
    def test_dates_that_no_year_has_are_refused(self, month: int, day: int) -> None:
        with pytest.raises(BadValueError):
            Yearly(month, day)

    def test_half_days_end_early(self) -> None:
        half = BusinessCalendar(
            "UTC",
            "mon-fri 09:00-12:00 13:00-18:00",
            half_days={Yearly(12, 24): "11:00", date(2026, 11, 23): timedelta(hours=14), date(2026, 11, 24): "08:00"},
        )
        assert half.between(utc(2026, 12, 24), utc(2026, 12, 25)) == 2 * HOUR
        assert half.between(utc(2026, 11, 23), utc(2026, 11, 24)) == 4 * HOUR
        assert half.between(utc(2026, 11, 24), utc(2026, 11, 25)) == timedelta()

    def test_an_override_goes_before_a_holiday_and_a_holiday_before_a_half_day(self) -> None:
        day = date(2026, 11, 23)
        everything = BusinessCalendar(
            "UTC", "mon-fri 09:00-18:00", holidays={day: "x"}, half_days={day: "12:00"}, overrides={day: "10:00-11:00"}
        )
        assert everything.between(utc(2026, 11, 23), utc(2026, 11, 24)) == HOUR
        off = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={day: "x"}, half_days={day: "12:00"})
        assert off.between(utc(2026, 11, 23), utc(2026, 11, 24)) == timedelta()


class TestTrace:
    def told(self, calendar: Calendar, start: datetime, end: datetime) -> list[tuple[int, int, bool, str, str | None]]:
        return [(t.start.day, t.end.day, t.counted, t.why, t.name) for t in calendar.trace(start, end)]

    def test_a_sum_over_a_holiday_and_a_weekend(self) -> None:
        """Thu 19 Nov 17:00 to Mon 23 Nov 10:00 in Brazil: an hour, the night, the holiday, the weekend, an hour."""
        pieces = OFFICE.trace(sp(2026, 11, 19, 17), sp(2026, 11, 23, 10))
        assert [(piece.counted, piece.why) for piece in pieces] == [
            (True, "hours"),
            (False, "closed"),
            (False, "holiday"),
            (False, "closed"),
            (True, "hours"),
        ]
        assert (pieces[2].start, pieces[2].end) == (sp(2026, 11, 20, 9), sp(2026, 11, 20, 18))
        assert pieces[2].name == "National Day of Zumbi and Black Awareness"

    def test_segments_leave_no_gap_and_add_up(self) -> None:
        pieces = OFFICE.trace(sp(2026, 11, 19, 17), sp(2027, 1, 10))
        assert all(one.end == other.start for one, other in itertools.pairwise(pieces))
        counted = sum((piece.end - piece.start for piece in pieces if piece.counted), timedelta())
        assert counted == OFFICE.between(sp(2026, 11, 19, 17), sp(2027, 1, 10))

    def test_overrides_half_days_and_nights(self) -> None:
        calendar = BusinessCalendar(
            "UTC",
            "mon-fri 22:00-06:00",
            half_days={date(2026, 11, 24): "23:00"},
            overrides={date(2026, 11, 25): "10:00-11:00", date(2026, 11, 26): ""},
        )
        assert self.told(calendar, utc(2026, 11, 24), utc(2026, 11, 27)) == [
            (24, 24, True, "hours", None),  # Monday's night, until six
            (24, 24, False, "closed", None),
            (24, 24, True, "hours", None),  # the half-day, until eleven
            (24, 25, False, "half_day", None),
            (25, 25, False, "closed", None),
            (25, 25, True, "override", None),
            (25, 25, False, "closed", None),
            (25, 26, False, "override", None),  # the night that the override took away
            (26, 26, False, "closed", None),
            (26, 27, False, "override", None),
        ]

    def test_an_empty_interval_has_no_segments(self) -> None:
        assert list(merge_equal(())) == []
        assert LUNCH.trace(utc(2026, 11, 23), utc(2026, 11, 23)) == ()
        assert LUNCH.trace(utc(2026, 11, 23), utc(2026, 11, 20)) == ()


class TestCombinations:
    EARLY = BusinessCalendar("UTC", "mon-fri 06:00-14:00")
    LATE = BusinessCalendar("UTC", "mon-fri 13:00-22:00; sat 10:00-12:00")

    def test_a_union_is_open_when_either_calendar_is(self) -> None:
        both = union(self.EARLY, self.LATE)
        assert both.between(utc(2026, 11, 23), utc(2026, 11, 30)) == (5 * 16 + 2) * HOUR
        assert both.next_open(utc(2026, 11, 27, 22)) == utc(2026, 11, 28, 10)
        assert both.business_day_of(utc(2026, 11, 28, 10)) == date(2026, 11, 28)
        assert both.add_business_days(utc(2026, 11, 27, 10), 1) == utc(2026, 11, 28, 10)

    def test_intersection_and_difference(self) -> None:
        assert intersection(self.EARLY, self.LATE).between(utc(2026, 11, 23), utc(2026, 11, 30)) == 5 * HOUR
        assert difference(self.LATE, self.EARLY).between(utc(2026, 11, 23), utc(2026, 11, 30)) == (5 * 8 + 2) * HOUR
        only_saturday = difference(self.LATE, BusinessCalendar("UTC", "mon-fri 00:00-24:00"))
        assert only_saturday.add_business_days(utc(2026, 11, 28, 11), 1) == utc(2026, 12, 5, 11)

    def test_excluded_intervals_are_closed(self) -> None:
        maintenance = (utc(2026, 11, 23, 10), utc(2026, 11, 23, 11))
        calendar = excluding(self.EARLY, maintenance)
        assert calendar.add(utc(2026, 11, 23, 9), 2 * HOUR) == utc(2026, 11, 23, 12)
        assert [piece.why for piece in calendar.trace(utc(2026, 11, 23, 9), utc(2026, 11, 23, 12))] == [
            "hours",
            "excluded",
            "hours",
        ]
        assert excluding(self.EARLY) is self.EARLY
        with pytest.raises(BadValueError):
            excluding(self.EARLY, (maintenance[1], maintenance[0]))
        with pytest.raises(NaiveDatetimeError):
            excluding(self.EARLY, (datetime(2026, 1, 1), maintenance[1]))  # noqa: DTZ001 -- the point

    def test_traces_of_combinations_add_up(self) -> None:
        day = utc(2026, 11, 23), utc(2026, 11, 24)
        for make, counted in ((union, 16), (intersection, 1), (difference, 7)):
            pieces = make(self.EARLY, self.LATE).trace(*day)
            hours = sum((piece.end - piece.start for piece in pieces if piece.counted), timedelta())
            assert hours == counted * HOUR

    def test_fixed_intervals(self) -> None:
        listed = FixedIntervals(
            [(utc(2026, 11, 23, 10), utc(2026, 11, 23, 12)), (utc(2026, 11, 23, 11), utc(2026, 11, 23, 13))]
        )
        assert listed.between(utc(2026, 1, 1), utc(2027, 1, 1)) == 3 * HOUR
        assert listed.business_day_of(utc(2026, 11, 23, 12)) == date(2026, 11, 23)
        twice = FixedIntervals([(utc(2026, 11, day, 10), utc(2026, 11, day, 12)) for day in (20, 29)])
        assert twice.add_business_days(utc(2026, 11, 20, 11), 1) == utc(2026, 11, 29, 11)
        with pytest.raises(NeverOpenError):
            listed.next_open(utc(2026, 11, 23, 13))
        pieces = union(listed, self.EARLY).trace(utc(2026, 11, 23, 9), utc(2026, 11, 23, 15))
        assert [piece.counted for piece in pieces] == [True, False]

    def test_combined_calendars_are_values(self) -> None:
        made = excluding(union(self.EARLY, self.LATE), (utc(2026, 11, 23, 10), utc(2026, 11, 23, 11)))
        copy = pickle.loads(pickle.dumps(made))  # noqa: S301 -- our own
        assert copy == made
        assert hash(copy) == hash(made)
        assert copy.between(utc(2026, 11, 23), utc(2026, 11, 24)) == 15 * HOUR

    def test_a_combination_has_the_limits_of_its_parts(self) -> None:
        for calendar in (union(OFFICE, self.LATE), intersection(self.LATE, OFFICE)):
            with pytest.raises(UnknownHolidaysError):
                calendar.is_open(utc(2101, 6, 1))
        tokyo = BusinessCalendar("Asia/Tokyo", "mon-fri 09:00-18:00")
        for calendar in (union(self.EARLY, tokyo), tokyo, FixedIntervals(())):
            with pytest.raises(OutOfRangeError):
                calendar.between(utc(2026, 1, 1), datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))))
        with pytest.raises(OutOfRangeError):
            tokyo.is_open(utc(9999, 12, 31, 23))
        later = FixedIntervals([(utc(9999, 12, 31), utc(9999, 12, 31, 12))])
        with pytest.raises(OutOfRangeError):
            later.add(utc(9999, 12, 31, 11), 2 * HOUR)


class TestNothingHangs:
    """Calendars that open hardly ever, or never any more, answer or refuse within a second or two."""

    def test_a_calendar_that_opens_a_minute_a_year(self) -> None:
        rare = BusinessCalendar(
            "Australia/Lord_Howe",
            "",
            overrides={date(year, 1, 1): "00:00-00:01" for year in range(2000, 2100)},
        )
        assert rare.add(utc(2000, 6, 1), timedelta(minutes=50)) == rare.next_close(utc(2049, 12, 1))
        with pytest.raises(NeverOpenError):
            rare.add(utc(2000, 6, 1), HOUR * 2)

    @pytest.mark.lives
    def test_holidays_on_every_day(self) -> None:
        every = [date(2020, 1, 1) + timedelta(days=step) for step in range(3653)]
        calendar = BusinessCalendar("UTC", "mon-sun 09:00-10:00", holidays=dict.fromkeys(every, "off"))
        assert calendar.next_open(utc(2020, 1, 1)) == utc(2030, 1, 1, 9)
        yearly: dict[date | Yearly, str] = {Yearly(day.month, day.day): "off" for day in every}
        never = BusinessCalendar("UTC", "mon-sun 09:00-10:00", holidays=yearly)
        for question in (never.next_open, never.next_close, lambda at: never.add_business_days(at, 1)):
            with pytest.raises(NeverOpenError):
                question(utc(2026, 11, 23))

    def test_a_year_of_closed_overrides(self) -> None:
        days = {date(2024, 1, 1) + timedelta(days=step): "" for step in range(366)}
        calendar = BusinessCalendar("UTC", "mon-sun 09:00-10:00", overrides=days)
        assert calendar.next_open(utc(2024, 1, 1)) == utc(2025, 1, 1, 9)

    @pytest.mark.lives
    def test_zones_that_met_once_in_history_are_found_from_far(self) -> None:
        """Berlin and Paris have shared no five minutes around nine since 1400, until they shared a clock in 1916."""
        towns = [BusinessCalendar(zone, "mon-sun 09:00-09:05") for zone in ("Europe/Berlin", "Europe/Paris")]
        met = intersection(*towns).next_open(utc(1850, 1, 1))
        assert met.year == 1916
        both = intersection(*towns)
        assert both.next_open(utc(1400, 1, 1)) == met
        assert both.add_business_days(utc(1400, 1, 1), 0) == met

    @pytest.mark.lives
    def test_an_empty_intersection_never_opens(self) -> None:
        nothing = intersection(BusinessCalendar("UTC", "mon 09:00-10:00"), BusinessCalendar("UTC", "tue 09:00-10:00"))
        with pytest.raises(NeverOpenError):
            nothing.next_open(utc(2026, 11, 23))
        with pytest.raises(NeverOpenError):
            nothing.add(utc(2026, 11, 23), -HOUR)

    def test_a_calendar_that_is_always_open_never_closes(self) -> None:
        with pytest.raises(NeverClosesError, match="never closes"):
            BusinessCalendar("UTC", "mon-sun 00:00-24:00").next_close(utc(2026, 11, 23))


class TestCache:
    def test_a_first_query_builds_at_most_a_year_and_far_queries_nothing_in_between(self) -> None:
        calendar = BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00")
        calendar.between(utc(2050, 6, 1), utc(2050, 6, 2))
        calendar.between(utc(1990, 6, 1), utc(1990, 6, 2))
        kept = [index.until - index.since for index in calendar._indexes]  # noqa: SLF001 -- what is kept is not public
        assert sum(kept, timedelta()) <= timedelta(days=2 * 365)
        assert calendar.between(utc(1990, 6, 1), utc(2050, 6, 2)) > timedelta(days=60 * 80)
        assert calendar.between(utc(2050, 6, 1, 13), utc(2050, 6, 1, 14)) == HOUR

    def test_a_query_during_a_query_never_counts_time_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if another thread asked while this one builds: what it learns may be lost, but never counts twice."""
        calendar, expected = _fresh(), _fresh().between(utc(1999, 6, 1), utc(2015, 6, 1))
        calendar.is_open(utc(2000, 6, 1))
        build, others = BusinessCalendar.intervals_between, [utc(2003, 6, 1), utc(2008, 6, 1), utc(2001, 2, 1)]

        def interrupted(
            self: BusinessCalendar, start: timedelta, end: timedelta
        ) -> Iterator[tuple[timedelta, timedelta]]:
            if others:
                self.is_open(others.pop())
            return build(self, start, end)

        monkeypatch.setattr(BusinessCalendar, "intervals_between", interrupted)
        assert calendar.between(utc(1999, 6, 1), utc(2015, 6, 1)) == expected
        assert calendar.between(utc(1990, 1, 1), utc(2020, 1, 1)) == _fresh().between(utc(1990, 1, 1), utc(2020, 1, 1))

    def test_threads_see_whole_answers(self) -> None:
        calendar = BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00")
        expected = {year: _fresh().between(utc(year, 1, 1), utc(year + 1, 1, 1)) for year in range(2000, 2020)}
        with ThreadPoolExecutor(8) as pool:
            years = [year for year in expected for _ in range(4)]
            found = pool.map(lambda year: calendar.between(utc(year, 1, 1), utc(year + 1, 1, 1)), years)
            assert list(found) == [expected[year] for year in years]


def _fresh() -> BusinessCalendar:
    return BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00")


class TestLimits:
    def test_years_with_unknown_holidays_raise_unless_none_are_assumed(self) -> None:
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

    def test_dates_beyond_the_known_years_have_no_open_time(self) -> None:
        assert OFFICE.has_open_time_on(date(2100, 12, 31))
        assert not OFFICE.has_open_time_on(date(2101, 1, 3))
        assert not OFFICE.has_open_time_on(date(2101, 6, 1))
        assert OFFICE.hours_on(date(2101, 6, 1))

    def test_a_calendar_that_never_opens_again_raises(self) -> None:
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

    def test_an_instant_beyond_the_years_raises(self) -> None:
        edge = BusinessCalendar("Pacific/Apia", "mon-sun 00:00-24:00")
        with pytest.raises(OutOfRangeError):
            edge.is_open(datetime.max.replace(tzinfo=UTC))

    def test_the_first_and_last_years_work(self) -> None:
        utc_office = BusinessCalendar("UTC", "mon-sun 09:00-18:00")
        assert utc_office.is_open(utc(1, 1, 1, 9))
        assert utc_office.between(utc(9999, 12, 31), datetime.max.replace(tzinfo=UTC)) == 9 * HOUR

    def test_business_days_end_with_the_years(self) -> None:
        daily = BusinessCalendar("UTC", "mon-sun 09:00-18:00")
        assert daily.add_business_days(utc(9999, 12, 30, 10), 1) == utc(9999, 12, 31, 10)
        with pytest.raises(OutOfRangeError):
            daily.add_business_days(utc(9999, 12, 30, 10), 2)
        with pytest.raises(OutOfRangeError):
            daily.add(utc(1, 1, 3, 12), -48 * HOUR)
        for amount in (timedelta.max, timedelta.min):
            with pytest.raises(OutOfRangeError):
                daily.add(utc(2026, 11, 23), amount)
        assert daily.add_business_days(utc(1, 1, 1, 10), 1) == utc(1, 1, 2, 10)

    def test_the_end_of_the_year_9999_is_no_instant(self) -> None:
        always = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
        for span in (Elapsed(days=1), WorkingTime(hours=24), BusinessDays(0, at="closing")):
            with pytest.raises(OutOfRangeError, match="lies outside the years 1 to 9999"):
                always.after(utc(9999, 12, 31), span)

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Midway", "America/New_York", "Pacific/Kiritimati"])
    def test_business_days_beyond_the_year_9999_raise(self, zone: str) -> None:
        weekly = BusinessCalendar(zone, "mon 09:00-10:00; sat 20:00-04:00")
        for days in (100, 10**9, 10**30):
            with pytest.raises(OutOfRangeError):
                weekly.add_business_days(utc(9999, 11, 29, 12), days)

    def test_amounts_are_timedeltas(self) -> None:
        with pytest.raises(BadValueError, match="give a timedelta"):
            OFFICE.add(utc(2026, 11, 23), 8)  # type: ignore[arg-type] # the point

    def test_naive_datetimes_are_refused(self) -> None:
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
        with pytest.raises(NaiveDatetimeError, match="start"):
            OFFICE.add_business_days(naive, 1)
        with pytest.raises(NaiveDatetimeError, match="start"):
            CalendarSpan(days=1).after(naive, ZoneInfo("UTC"))


def test_a_question_beyond_the_known_years_changes_no_later_answer() -> None:
    """2082 has the dates of 2026, but only its first five hours in UTC are known in New York, and closed."""
    known = PublicHolidays("XX", FrozenMap(), 2026, 2081)
    office = BusinessCalendar("America/New_York", "mon-fri 09:00-17:00", public_holidays=known)
    with pytest.raises(UnknownHolidaysError):
        office.add(utc(2027, 1, 4, 14), timedelta(days=10_000))
    weeks = (date(2081, 12, 1) - date(2026, 2, 2)).days // 7  # both are Mondays, at -05:00
    assert office.add(utc(2081, 12, 1, 14), -(5 * weeks * timedelta(hours=8))) == utc(2026, 2, 2, 14)


class TestValue:
    def test_equal_by_definition_hashable_and_picklable(self) -> None:
        same = BusinessCalendar("UTC", "mon-fri 09:00-12:00 13:00-18:00")
        assert same.is_open(utc(2026, 11, 23, 9))
        assert same == LUNCH
        assert hash(LUNCH) == hash(same)
        assert pickle.loads(pickle.dumps(same)) == LUNCH  # noqa: S301 -- our own

    def test_its_text_shows_what_was_given_and_nothing_derived(self) -> None:
        fair = FixedIntervals([(utc(2026, 11, 23, 9), utc(2026, 11, 24, 9))])
        assert fair.next_close(utc(2026, 11, 23)) == utc(2026, 11, 24, 9)
        assert repr(fair) == f"FixedIntervals(stretches={fair.stretches!r})"

    def test_public_holidays_are_a_value(self) -> None:
        brazil = public_holidays("BR")
        assert isinstance(brazil, PublicHolidays)
        assert date(2026, 11, 20) in brazil.names
        assert date(2023, 11, 20) not in brazil.names, "a national holiday only since 2024"
        assert isinstance(brazil.names, FrozenMap)

    def test_years_with_incomplete_holidays_are_unknown(self) -> None:
        """India's moving holidays are there for 2001 to 2035 only (holidays 0.109 says so, year by year)."""
        india = public_holidays("IN")
        assert 2001 <= india.first_year <= 2026 <= india.last_year < 2100
        calendar = BusinessCalendar("Asia/Kolkata", "mon-fri 09:00-18:00", public_holidays=india)
        with pytest.raises(UnknownHolidaysError):
            calendar.is_open(utc(2090, 1, 1))

    @pytest.mark.parametrize(("country", "part"), [("XX", None), ("br", None), ("HolidayBase", None), ("BR", "XX")])
    def test_unknown_countries_are_refused(self, country: str, part: str | None) -> None:
        with pytest.raises(BadValueError):
            public_holidays(country, part)

    def test_a_country_has_one_code_of_two_letters(self) -> None:
        with pytest.raises(BadValueError, match="no country 'ITA'; "):
            public_holidays("ITA")

    def test_a_subdivision_adds_its_own_holidays(self) -> None:
        assert date(2026, 7, 9) in public_holidays("BR", "SP").names
        assert public_holidays("BR", "SP").country == "BR-SP"


class TestPackage:
    @pytest.mark.parametrize("name", calendars.__all__)
    def test_each_exported_name_exists(self, name: str) -> None:
        assert getattr(calendars, name) is not None

    def test_public_holidays_loads_on_first_access(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(vars(calendars), "public_holidays", raising=False)
        assert getattr(calendars, "public_holidays") is public_holidays  # noqa: B009 -- a lazy attribute

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match=r"module 'ticketflow\.calendars' has no attribute 'closed'"):
            calendars.closed  # type: ignore[attr-defined]  # noqa: B018 -- the point
