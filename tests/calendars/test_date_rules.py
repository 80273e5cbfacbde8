"""Rules for dates and periods by hand: each date can be checked on a wall calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN
from dateutil.easter import easter as easter_of_dateutil

from tests.support.desk import utc
from ticketflow import (
    BusinessCalendar,
    BusinessDayAfter,
    BusinessDayBefore,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
    Period,
    PublicHolidays,
    Yearly,
)
from ticketflow.calendars.business import MOST_PERIODS, MOST_RULES
from ticketflow.calendars.combined import intersection
from ticketflow.calendars.date_rules import date_rule, dates_in, easter, parse_date_rule
from ticketflow.calendars.periods import weeks_in
from ticketflow.errors import BadValueError, DefinitionError, NeverOpenError, OutOfRangeError, UnknownHolidaysError
from ticketflow.kernel.frozen_map import FrozenMap

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = "mon-fri 09:00-17:00"


def office(**parts: object) -> BusinessCalendar:
    return BusinessCalendar("UTC", WEEK, **parts)  # type: ignore[arg-type]


def open_hours(calendar: BusinessCalendar, day: date) -> str:
    return " ".join(f"{_clock(shift.opens)}-{_clock(shift.closes)}" for shift in calendar.hours_on(day))


def _clock(at: timedelta) -> str:
    return f"{at // HOUR:02}:{at % HOUR // timedelta(minutes=1):02}"


def is_weekday(day: date) -> bool:
    return day.weekday() < 5


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("2026-12-24", date(2026, 12, 24)),
            ("12-24", Yearly(12, 24)),
            ("last fri", NthWeekday(-1, "fri")),
            ("2nd and 4th sat", NthWeekday((2, 4), "sat")),
            ("1st, 3rd and last mon of jan and jul", NthWeekday((-1, 3, 1), "mon", (7, 1))),
            ("4th thu of nov", NthWeekday(4, "thu", 11)),
            ("easter", Easter()),
            ("easter-46", Easter(-46)),
            ("orthodox easter+1", Easter(1, "orthodox")),
            ("11th and 12th business day", NthBusinessDay((11, 12))),
            ("21st business day of dec", NthBusinessDay(21, 12)),
            ("last business day", NthBusinessDay(-1)),
            ("business day before 12-25", BusinessDayBefore(Yearly(12, 25))),
            ("business day after easter+1", BusinessDayAfter(Easter(1))),
            ("07-04 observed sat-1 sun+1", Observed(Yearly(7, 4), {"sat": -1, "sun": 1})),
            ("business day before 07-04 observed sat-1", BusinessDayBefore(Observed("07-04", {"sat": -1}))),
        ],
    )
    def test_a_rule_has_one_text(self, text: str, rule: object) -> None:
        assert parse_date_rule(text) == rule
        assert str(rule) == text
        assert date_rule(rule) == date_rule(text)

    def test_the_longest_text_is_read_back(self) -> None:
        rule = NthBusinessDay((*range(1, 32), -1), tuple(range(1, 12)))
        assert len(str(rule)) == 257
        assert parse_date_rule(str(rule)) == rule

    def test_several_numbers_can_be_separated_by_commas_alone(self) -> None:
        assert parse_date_rule("2nd, 4th sat") == NthWeekday((2, 4), "sat")
        assert parse_date_rule("easter+0") == Easter()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("fri", "'fri' is not a date or a rule for dates; write a date such as 2026-12-24"),
            ("last friday", "'last friday' is not a date or a rule for dates"),
            ("12-24 observed sat-7", "is not a date or a rule for dates"),
            ("12-24 observed sat-1 sat+1", "is not a date or a rule for dates"),
            ("x observed sat-1", "is not a date or a rule for dates"),
            ("business day before x", "is not a date or a rule for dates"),
            ("last fri" + " of jan" * 99, "is not a date or a rule for dates"),
            ("٢٠٢٦-12-24", "is not a date or a rule for dates"),
            ("2026-02-30", "the date 2026-02-30 does not exist; write it as 2026-12-24"),
            ("02-30", "month 2, day 30 is not a date; give a date that exists"),
            ("2th sat", "'2th' is not a number in order; write 2nd"),
            ("6th sat", r"nth \(6,\) is not valid; give numbers from 1 to 5, or -1 for the last"),
            ("32nd business day", r"nth \(32,\) is not valid; give numbers from 1 to 31, or -1 for the last"),
            ("easter+251", "251 is not a number of days from Easter; give a whole number from -250 to 250"),
            (
                "business day before last business day",
                "'last business day' names business days, so a rule that names business days cannot start from it",
            ),
            ("business day after business day before 12-25", "'business day before 12-25' names business days"),
            (
                "last business day observed sat-1",
                "'last business day' cannot be observed on another day; move a date, a yearly date, an n-th weekday",
            ),
        ],
    )
    def test_bad_texts_are_refused(self, text: str, message: str) -> None:
        with pytest.raises(BadValueError, match=message):
            parse_date_rule(text)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: date_rule(utc(2026, 1, 1)), "is not a date or a rule for dates"),
            (lambda: date_rule(5), "5 is not a date or a rule for dates"),
            (
                lambda: NthWeekday("1", "fri"),  # type: ignore[arg-type]
                "'1' is neither a number nor a tuple of numbers",
            ),
            (lambda: NthWeekday(True, "fri"), "True is neither a number nor a tuple of numbers"),
            (lambda: NthWeekday((), "fri"), r"nth \(\) is not valid"),
            (lambda: NthWeekday(1, "friday"), "'friday' is not a weekday; use one of mon, tue"),
            (lambda: NthWeekday(1, "fri", 13), r"months \(13,\) do not exist"),
            (lambda: NthBusinessDay(1, 0), r"months \(0,\) do not exist"),
            (
                lambda: Easter(1.0),  # type: ignore[arg-type]
                "1.0 is not a number of days from Easter",
            ),
            (
                lambda: Easter(1, "coptic"),  # type: ignore[arg-type]
                "church 'coptic' does not exist; use western or orthodox",
            ),
            (lambda: Observed("12-24", {}), "moves {} name no weekday"),
            (lambda: Observed("12-24", {"sat": 0}), "sat moves by 0 days; give a whole number from 1 to 6"),
            (lambda: Observed("12-24", {"so": 1}), "'so' is not a weekday"),
            (lambda: Observed(Observed("12-24", {"sat": 1}), {"sun": 1}), "cannot be observed on another day"),
            (lambda: BusinessDayAfter(NthBusinessDay(1)), "'1st business day' names business days"),
        ],
    )
    def test_bad_rules_are_refused(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(BadValueError, match=message):
            make()


class TestDates:
    @pytest.mark.parametrize(
        ("text", "year", "days"),
        [
            ("2026-12-24", 2026, ["12-24"]),
            ("2026-12-24", 2027, []),
            ("02-29", 2026, []),
            ("02-29", 2028, ["02-29"]),
            ("last fri of jan and feb", 2026, ["01-30", "02-27"]),
            ("2nd and 4th sat of nov", 2026, ["11-14", "11-28"]),
            ("5th sun of feb", 2026, []),
            ("5th sun of feb", 2032, ["02-29"]),  # a leap year whose February begins on a Sunday
            ("4th thu of nov", 2026, ["11-26"]),
            ("easter-46", 2026, ["02-18"]),
            ("easter-46", 2024, ["02-14"]),
            ("orthodox easter", 2026, ["04-12"]),
            ("easter-110", 2026, ["12-08"]),  # before Easter of 2027, which is on 28 March, the 87th day
            ("1st business day of jan and feb", 2026, ["01-01", "02-02"]),
            ("last business day of may", 2026, ["05-29"]),
            ("23rd business day of feb", 2026, []),
            ("business day before 12-27", 2026, ["12-25"]),
            ("business day after 12-31", 2026, ["01-01"]),  # that of 2025; that of 2026 is in 2027
            ("business day before 01-01", 2026, ["12-31"]),
            ("07-04 observed sat-1 sun+1", 2026, ["07-03"]),
            ("07-04 observed sat-1 sun+1", 2027, ["07-05"]),
            ("07-04 observed sat-1 sun+1", 2025, ["07-04"]),
            ("01-01 observed sat-1", 2021, ["01-01", "12-31"]),  # 1 January 2022 is a Saturday
            ("12-31 observed sun+1", 2024, ["01-01", "12-31"]),  # 31 December 2023 is a Sunday
        ],
    )
    def test_a_rule_names_these_dates(self, text: str, year: int, days: list[str]) -> None:
        found = sorted(set(dates_in(parse_date_rule(text), year, is_weekday)))
        assert [day.isoformat() for day in found] == [f"{year}-{day}" for day in days]

    def test_easter_is_that_of_another_implementation(self) -> None:
        for year in range(1583, 4100):  # the years that it knows
            assert easter(year, "western") == easter_of_dateutil(year, EASTER_WESTERN)
            assert easter(year, "orthodox") == easter_of_dateutil(year, EASTER_ORTHODOX)

    def test_the_first_and_the_last_year_have_dates(self) -> None:
        for text in ("easter-250", "orthodox easter+250", "business day before 01-01", "business day after 12-31"):
            for year in (1, 2, 9998, 9999):
                assert all(day.year == year for day in dates_in(parse_date_rule(text), year, is_weekday))
        assert list(dates_in(Observed("12-31", {"fri": 1}), 9999, is_weekday)) == []  # it would be in the year 10000

    def test_a_business_day_is_looked_for_within_31_days(self) -> None:
        for text, day in (
            ("business day before 08-01", date(2026, 7, 1)),
            ("business day after 07-01", date(2026, 8, 1)),
        ):
            rule = parse_date_rule(text)
            assert list(dates_in(rule, 2026, lambda each, day=day: each == day)) == [day]  # type: ignore[misc]
            farther = day - DAY if day.month == 7 else day + DAY
            assert list(dates_in(rule, 2026, lambda each, far=farther: each == far)) == []  # type: ignore[misc]


class TestPrecedence:
    """1.3: dated override, override by rule, holiday, narrowest period, week; then half and late days."""

    DAY = date(2026, 11, 27)  # a Friday, the last and the fourth of the month

    def test_each_goes_before_the_next(self) -> None:
        calendar = office(
            overrides={self.DAY: "01:00-02:00", "last fri": "02:00-03:00"},
            holidays={"4th fri": "a feast"},
            half_days={"11-27": "15:00"},
            late_days={"last fri of nov": "11:00"},
            periods=[Period("11-01", "11-30", "fri 10:00-16:00")],
        )
        assert open_hours(calendar, self.DAY) == "01:00-02:00"
        calendar = attrs.evolve(calendar, overrides={"last fri": "02:00-03:00"})
        assert open_hours(calendar, self.DAY) == "02:00-03:00"
        calendar = attrs.evolve(calendar, overrides={})
        assert open_hours(calendar, self.DAY) == ""
        calendar = attrs.evolve(calendar, excluded_holidays=[self.DAY])
        assert open_hours(calendar, self.DAY) == "11:00-15:00"
        calendar = attrs.evolve(calendar, half_days={}, late_days={})
        assert open_hours(calendar, self.DAY) == "10:00-16:00"
        assert open_hours(attrs.evolve(calendar, periods=[]), self.DAY) == "09:00-17:00"

    def test_a_single_date_goes_before_a_rule(self) -> None:
        calendar = office(
            half_days={self.DAY: "16:00", "last fri": "12:00"},
            late_days={self.DAY: "10:00", "last fri": "11:00"},
            holidays={date(2026, 12, 25): "dated", "12-25": "yearly"},
        )
        assert open_hours(calendar, self.DAY) == "10:00-16:00"
        christmas = calendar.trace(utc(2026, 12, 25), utc(2026, 12, 26))
        assert [segment.name for segment in christmas if segment.why == "holiday"] == ["dated"]

    def test_of_several_rules_the_earliest_end_and_the_latest_start_count(self) -> None:
        calendar = office(
            half_days={"last fri": "16:00", "11-27": "15:00"}, late_days={"last fri": "10:00", "11-27": "11:00"}
        )
        assert open_hours(calendar, self.DAY) == "11:00-15:00"

    @pytest.mark.parametrize(
        ("one", "other", "hours"),
        [
            ("10:00-12:00", "", ""),
            ("10:00-12:00", "09:00-10:00", "09:00-10:00"),
            ("10:00-12:00", "09:00-11:00", "09:00-11:00"),
            ("10:00-12:00", "10:00-11:00 10:30-13:00", "10:00-12:00"),  # 3 h merged
        ],
    )
    def test_of_several_overrides_by_rules_the_shortest_counts(self, one: str, other: str, hours: str) -> None:
        for pair in ((one, other), (other, one)):
            assert open_hours(office(overrides=dict(zip(("last fri", "11-27"), pair, strict=True))), self.DAY) == hours

    def test_late_days_cut_off_the_time_before(self) -> None:
        calendar = BusinessCalendar(
            "UTC", "mon-sun 06:00-08:00 09:00-17:00 22:00-04:00", late_days={"easter-46": "12:00", "easter": "23:00"}
        )
        assert open_hours(calendar, date(2026, 2, 18)) == "12:00-17:00 22:00-28:00"
        assert open_hours(calendar, date(2026, 4, 5)) == "23:00-28:00"
        assert open_hours(calendar, date(2026, 2, 19)) == "06:00-08:00 09:00-17:00 22:00-28:00"

    def test_a_day_that_begins_late_and_ends_early_may_have_no_hours(self) -> None:
        calendar = office(half_days={"last fri": "11:00"}, late_days={"last fri": "12:00"})
        assert open_hours(calendar, self.DAY) == ""
        assert calendar.between(utc(2026, 11, 27), utc(2026, 11, 28)) == timedelta()

    def test_the_reasons_stand_in_the_trace(self) -> None:
        calendar = BusinessCalendar(
            "UTC",
            "mon-fri 08:00-18:00",
            half_days={"last fri": "15:00"},
            late_days={"last fri": "11:00"},
            periods=[Period("11-01", "11-30", "fri 09:00-17:00; sat 10:00-12:00")],
            holidays={"last wed": "a feast"},
        )
        told = [
            (segment.start.day, segment.start.hour, segment.end.hour, segment.counted, segment.why)
            for segment in calendar.trace(utc(2026, 11, 25), utc(2026, 11, 29))
            if segment.why != "closed"
        ]
        assert told == [
            (25, 8, 18, False, "period"),  # the period has no hours on Wednesdays that the holiday could remove
            (26, 8, 18, False, "period"),
            (27, 8, 9, False, "period"),
            (27, 9, 11, False, "late_day"),
            (27, 11, 15, True, "period"),
            (27, 15, 17, False, "half_day"),
            (27, 17, 18, False, "period"),
            (28, 10, 12, True, "period"),
        ]


class TestBusinessDays:
    def test_they_are_counted_without_the_rules_that_name_them(self) -> None:
        """Both rules count on the plain week: the second day does not move because the first is closed."""
        calendar = office(holidays={"1st business day": "stocktaking", "2nd business day": "stocktaking"})
        assert not calendar.is_open(utc(2026, 12, 1, 10))
        assert not calendar.is_open(utc(2026, 12, 2, 10))
        assert calendar.is_open(utc(2026, 12, 3, 10))

    def test_holidays_overrides_and_periods_decide_what_a_business_day_is(self) -> None:
        calendar = office(
            holidays={"12-25": "Christmas", "12-31": "eve"},
            overrides={date(2026, 12, 30): "", date(2026, 12, 26): "10:00-12:00"},
            periods=[Period("12-28", "12-29", "")],
            half_days={"last business day of dec": "11:00", "business day after 12-25": "11:00"},
        )
        assert open_hours(calendar, date(2026, 12, 26)) == "10:00-12:00"  # an override: no half day shortens it
        assert calendar.between(utc(2026, 12, 24), utc(2027, 1, 1)) == 8 * HOUR + 2 * HOUR

    def test_a_date_that_opens_on_no_instant_is_none(self) -> None:
        """Apia skipped Friday 30 December 2011, so Thursday is the last business day of the year."""
        apia = BusinessCalendar("Pacific/Apia", WEEK, half_days={"last business day of dec": "12:00"})
        assert open_hours(apia, date(2011, 12, 29)) == "09:00-12:00"

    def test_a_calendar_that_opens_on_such_days_alone_never_opens(self) -> None:
        with pytest.raises(DefinitionError, match="the calendar never opens"):
            BusinessCalendar("UTC", "", overrides={"1st business day": "09:00-10:00"})
        assert BusinessCalendar("UTC", "", overrides={"easter": "09:00-10:00"}).is_open(utc(2026, 4, 5, 9))

    def test_an_excluded_name_of_such_a_holiday_is_left_out(self) -> None:
        calendar = office(holidays={"1st business day": "a", "12-25": "b"}, excluded_holidays=["a", "b"])
        assert calendar.is_open(utc(2026, 12, 1, 10))
        assert calendar.is_open(utc(2026, 12, 25, 10))


class TestPeriods:
    def test_the_narrowest_period_counts(self) -> None:
        calendar = office(
            periods=[
                Period("06-01", "08-31", "mon-fri 08:00-15:00"),
                Period("2026-07-06", "2026-07-17", ""),
                Period(date(2026, 7, 13), date(2026, 7, 13), "mon 10:00-11:00"),
            ]
        )
        assert open_hours(calendar, date(2026, 5, 29)) == "09:00-17:00"
        assert open_hours(calendar, date(2026, 6, 1)) == "08:00-15:00"
        assert open_hours(calendar, date(2026, 8, 31)) == "08:00-15:00"
        assert open_hours(calendar, date(2026, 9, 1)) == "09:00-17:00"
        assert open_hours(calendar, date(2026, 7, 10)) == ""
        assert open_hours(calendar, date(2026, 7, 13)) == "10:00-11:00"
        assert open_hours(calendar, date(2027, 7, 12)) == "08:00-15:00"

    def test_a_period_may_run_over_the_end_of_the_year(self) -> None:
        calendar = office(periods=[Period("12-24", "01-02", "")])
        assert calendar.next_open(utc(2026, 12, 23, 17)) == utc(2027, 1, 4, 9)
        assert open_hours(calendar, date(9999, 12, 31)) == ""
        assert open_hours(calendar, date(9999, 12, 23)) == "09:00-17:00"

    def test_the_order_of_periods_has_no_meaning(self) -> None:
        one, other = Period("06-01", "08-31", ""), Period("01-01", "01-06", "")
        assert office(periods=[one, other]) == office(periods=(other, one))

    def test_29_february_is_the_nearest_day_inside_in_common_years(self) -> None:
        closed = [
            day
            for day in range(20, 32)
            if not weeks_in([Period("02-20", "02-29", "")], 2026).get(date(2026, 2, min(day, 28)))
        ]
        assert closed == []
        before = weeks_in([Period("02-25", "02-29", "")], 2026)
        assert (min(before), max(before)) == (date(2026, 2, 25), date(2026, 2, 28))
        after = weeks_in([Period("02-29", "03-03", "")], 2026)
        assert (min(after), max(after)) == (date(2026, 3, 1), date(2026, 3, 3))
        assert weeks_in([Period("02-29", "02-29", "")], 2026) == {}
        assert list(weeks_in([Period("02-29", "02-29", "")], 2028)) == [date(2028, 2, 29)]

    @pytest.mark.parametrize(
        ("periods", "what"),
        [
            (
                [Period("06-01", "06-10", ""), Period("06-10", "06-19", "")],
                "the periods 06-01 to 06-10 and 06-10 to 06-19 are equally narrow on 2000-06-10",
            ),
            (
                [Period("2026-06-05", "2026-06-14", ""), Period("06-01", "06-10", "")],
                "the periods 06-01 to 06-10 and 2026-06-05 to 2026-06-14 are equally narrow on 2026-06-05",
            ),
            (
                [Period("2026-12-28", "2027-01-01", ""), Period("12-31", "01-04", "")],
                "the periods 12-31 to 01-04 and 2026-12-28 to 2027-01-01 are equally narrow on 2026-12-31",
            ),
            (
                # Ten days in leap years only.
                [Period("02-20", "02-29", ""), Period("02-25", "03-05", "")],
                "the periods 02-20 to 02-29 and 02-25 to 03-05 are equally narrow on 2000-02-25",
            ),
        ],
    )
    def test_two_equally_narrow_ones_on_a_date_are_refused(self, periods: list[Period], what: str) -> None:
        with pytest.raises(DefinitionError, match=f"calendar of UTC: {what}; make one of them narrower"):
            office(periods=periods)

    def test_equally_narrow_ones_on_other_dates_are_fine(self) -> None:
        periods = [Period("06-01", "06-10", ""), Period("06-11", "06-20", ""), Period("2026-07-01", "2026-07-10", "")]
        calendar = office(periods=periods)
        closed = [day for day in range(1, 31) if not calendar.has_open_time_on(date(2026, 6, day))]
        assert closed == [*range(1, 21), 21, 27, 28]  # both periods, and the weekends after them

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Period("06-01", date(2026, 8, 31), ""), "the period 06-01 to 2026-08-31 has one date and one"),
            (lambda: Period(date(2026, 8, 1), date(2026, 7, 1), ""), "the period 2026-08-01 to 2026-07-01 ends before"),
            (lambda: Period("last fri", "08-31", ""), "a period cannot begin or end with 'last fri'"),
            (lambda: office(periods=["x"]), r"periods \['x'\] are not a tuple of periods"),
            (lambda: office(periods=5), "periods 5 are not a tuple of periods"),
        ],
    )
    def test_bad_periods_are_refused(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(BadValueError, match=message):
            make()

    def test_night_shifts_of_a_period_belong_to_its_dates(self) -> None:
        calendar = BusinessCalendar("UTC", WEEK, periods=[Period("07-01", "07-31", "mon-sun 22:00-06:00")])
        assert calendar.is_open(utc(2026, 8, 1, 5))
        assert not calendar.is_open(utc(2026, 7, 1, 5))


class TestKnownTime:
    """1.5: what a rule for business days says near the end of known time may not be known."""

    KNOWN = PublicHolidays("XX", FrozenMap({date(2026, 12, 31): "eve", date(2026, 1, 1): "new year"}), 2026, 2026)

    def limits(self, **parts: object) -> tuple[datetime, datetime]:
        low, high = office(public_holidays=self.KNOWN, **parts).limits
        return datetime(1970, 1, 1, tzinfo=UTC) + low, datetime(1970, 1, 1, tzinfo=UTC) + high

    @pytest.mark.parametrize(
        ("rule", "high"),
        [
            ("12-24", utc(2027, 1, 1)),
            ("business day before 12-31", utc(2027, 1, 1)),
            ("business day before 01-01", utc(2027, 1, 1)),  # 31 December is known
            ("business day before 01-02", utc(2026, 12, 30)),  # is 1 January a business day? then it is not the 30th
            ("business day before 01-30", utc(2026, 12, 30)),  # 31 days after the 30th
            ("business day before 01-31", utc(2027, 1, 1)),  # too far
            ("business day after 12-31", utc(2027, 1, 1)),
            ("last business day", utc(2027, 1, 1)),
        ],
    )
    def test_the_last_business_day_may_not_be_decided(self, rule: str, high: datetime) -> None:
        assert self.limits(half_days={rule: "12:00"})[1] == high

    @pytest.mark.parametrize(
        ("rule", "low"),
        [
            ("business day after 12-31", utc(2026, 1, 1)),
            ("business day after 12-30", utc(2026, 1, 3)),  # is 31 December a business day? then it is not the 2nd
            ("business day after 12-02", utc(2026, 1, 3)),  # 31 days before the 2nd
            ("business day after 12-01", utc(2026, 1, 1)),  # too far
            ("business day before 01-02", utc(2026, 1, 1)),
        ],
    )
    def test_the_first_business_day_may_not_be_decided(self, rule: str, low: datetime) -> None:
        assert self.limits(half_days={rule: "12:00"})[0] == low

    @pytest.mark.parametrize(
        ("rule", "until", "high"),
        [
            ("last business day", date(2026, 11, 18), utc(2026, 11, 18)),
            ("last business day of oct", date(2026, 11, 18), utc(2026, 11, 19)),
            ("last business day of nov", date(2026, 11, 30), utc(2026, 12, 1)),
            ("1st business day", date(2026, 11, 18), utc(2026, 11, 19)),
            ("last business day", date(2026, 11, 1), utc(2026, 11, 2)),  # a Sunday: no business day of the month yet
        ],
    )
    def test_the_last_one_of_a_month_is_decided_by_its_end(self, rule: str, until: date, high: datetime) -> None:
        assert self.limits(half_days={rule: "12:00"}, dated_until=until)[1] == high

    def test_a_month_without_business_days_decides_nothing(self) -> None:
        closed = {f"{month:02}-{day:02}": "x" for month in (1, 12) for day in range(1, 32)}
        rules = {"business day after 12-30": "12:00", "business day before 01-02": "12:00"}
        assert self.limits(holidays=closed, half_days=rules) == (utc(2026, 1, 1), utc(2027, 1, 1))

    def test_the_errors_name_the_year_that_is_needed(self) -> None:
        calendar = office(
            public_holidays=self.KNOWN,
            half_days={"business day before 01-02": "12:00", "business day after 12-30": "12:00"},
        )
        with pytest.raises(UnknownHolidaysError, match="are known for 2026 to 2026, not for 2027"):
            calendar.is_open(utc(2026, 12, 30, 10))
        with pytest.raises(UnknownHolidaysError, match="are known for 2026 to 2026, not for 2025"):
            calendar.is_open(utc(2026, 1, 2, 10))
        assert attrs.evolve(calendar, beyond_known="assume_none").is_open(utc(2026, 12, 30, 10))

    def test_a_period_with_night_shifts_hides_the_first_night(self) -> None:
        nights = [Period("12-24", "12-31", "mon-sun 22:00-06:00")]
        assert self.limits(periods=nights)[0] == utc(2026, 1, 2)


class TestBounds:
    def test_the_number_of_rules_and_periods_is_limited(self) -> None:
        rules = [f"easter{number:+}" for number in range(1, MOST_RULES + 2)]
        office(half_days=dict.fromkeys(rules[:-1], "12:00"))
        with pytest.raises(BadValueError, match="the calendar has 201 rules for dates; give at most 200"):
            office(half_days=dict.fromkeys(rules, "12:00"))
        days = [date(2026, 1, 1) + number * DAY for number in range(MOST_PERIODS + 1)]
        office(periods=[Period(day, day, "") for day in days[:-1]])
        with pytest.raises(BadValueError, match="the calendar has 101 periods; give at most 100"):
            office(periods=[Period(day, day, "") for day in days])

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ({"half_days": {"2nd and 4th sat": "12:00", "2nd, 4th sat": "13:00"}}, "'2nd and 4th sat' occurs twice in"),
            ({"half_days": {"x": "12:00"}}, "key 'x' of half_days is not valid: 'x' is not a date or a rule"),
            ({"half_days": {"12-24": 25 * HOUR}}, "the half day on 12-24 ends at 1 day, 1:00:00"),
            ({"late_days": {"12-24": "24:00"}}, "the late day on 12-24 begins at 1 day, 0:00:00; give a start before"),
            ({"late_days": 5}, "late_days 5 is not a mapping"),
            ({"holidays": {"12-24": 5}}, "name 5 of the holiday on 12-24 is not a text"),
            ({"excluded_holidays": "12-24"}, "excluded_holidays '12-24' is not a collection of dates and names"),
            ({"excluded_holidays": [5]}, "5 is neither a date nor the name of a holiday"),
            ({"excluded_holidays": [utc(2026, 1, 1)]}, "is neither a date nor the name of a holiday"),
            (
                {"holidays": {"12-24": "Christmas Eve"}, "excluded_holidays": ["Christmas Eva"]},
                "no holiday 'Christmas Eva'; did you mean 'Christmas Eve'?",
            ),
            ({"dated_until": "2026-12-31"}, "dated_until '2026-12-31' is not a date"),
            (
                {"dated_until": date(2026, 12, 31), "overrides": {date(2027, 1, 1): ""}},
                "the calendar lists 2027-01-01, which is after dated_until 2026-12-31",
            ),
        ],
    )
    def test_malformed_parts_are_refused(self, parts: dict[str, object], message: str) -> None:
        with pytest.raises(BadValueError, match=message):
            office(**parts)

    def test_a_query_over_all_years_stays_bounded(self) -> None:
        """The years that were expanded are dropped from time to time."""
        calendar = office(half_days={"12-24": "12:00"})
        for year in range(1990, 2600):
            calendar.hours_on(date(year, 12, 24))
        assert len(calendar._by_year) <= 500  # noqa: SLF001 -- the cache

    def test_easter_has_no_cycle_of_400_years(self) -> None:
        """Easter fell on 22 March in 1818 and does again in 2285: what waits for both is not closed for good."""
        easters = BusinessCalendar("UTC", "", overrides={"easter": "09:00-10:00"})
        earliest = BusinessCalendar("UTC", "", overrides={"03-22": "09:00-10:00"})
        assert intersection(easters, earliest).next_open(utc(1818, 3, 23)) == utc(2285, 3, 22, 9)

    def test_single_dates_in_rules_and_periods_end_the_search_late_enough(self) -> None:
        far = office(overrides={"business day after 2900-01-01": "20:00-21:00"})
        evening = BusinessCalendar("UTC", "mon-sun 20:00-21:00")
        assert intersection(far, evening).next_open(utc(2026, 1, 1)) == utc(2900, 1, 4, 20)
        with pytest.raises((NeverOpenError, OutOfRangeError)):
            intersection(far, evening).next_open(utc(2901, 1, 1))
        late = office(periods=[Period("2900-01-01", "2900-12-31", "mon 20:00-21:00")])
        assert intersection(late, evening).next_open(utc(2026, 1, 1)) == utc(2900, 1, 4, 20)


class TestExcludedHolidays:
    def test_a_name_or_a_date_is_left_out(self) -> None:
        names = FrozenMap(
            {date(2026, 12, 25): "Christmas; a fair", date(2026, 12, 8): "Feast", date(2026, 5, 1): "Day"}
        )
        known = PublicHolidays("XX", names, 2026, 2026)
        calendar = office(public_holidays=known, excluded_holidays=["Feast", "a fair", "2026-05-01"])
        assert calendar.is_open(utc(2026, 12, 8, 10))
        assert calendar.is_open(utc(2026, 5, 1, 10))
        assert not calendar.is_open(utc(2026, 12, 25, 10))
        assert calendar.excluded_holidays == (date(2026, 5, 1), "Feast", "a fair")
        (found,) = [each.name for each in calendar.trace(utc(2026, 12, 25), utc(2026, 12, 26)) if each.name]
        assert found == "Christmas"

    def test_own_holidays_can_be_left_out_too(self) -> None:
        calendar = office(
            holidays={"last fri": "cleaning", date(2026, 12, 8): "x"}, excluded_holidays=[date(2026, 11, 27), "x"]
        )
        assert calendar.is_open(utc(2026, 11, 27, 10))
        assert not calendar.is_open(utc(2026, 10, 30, 10))
        assert calendar.is_open(utc(2026, 12, 8, 10))


class TestDatedUntil:
    CALENDAR = office(holidays={date(2026, 12, 25): "x"}, dated_until=date(2026, 12, 31))

    def test_beyond_it_is_an_error(self) -> None:
        assert self.CALENDAR.is_open(utc(2026, 12, 31, 10))
        with pytest.raises(UnknownHolidaysError) as caught:
            self.CALENDAR.is_open(utc(2027, 1, 1, 10))
        assert str(caught.value) == (
            "the dates of the calendar of UTC are listed until 2026-12-31 only; ask within that time, list more dates "
            "and move dated_until, or build the calendar with beyond_known='assume_none'"
        )
        assert self.CALENDAR.is_open(utc(1970, 1, 1, 10))

    def test_or_none_are_assumed(self) -> None:
        assert attrs.evolve(self.CALENDAR, beyond_known="assume_none").is_open(utc(2027, 12, 24, 10))
        with pytest.raises(OutOfRangeError):
            attrs.evolve(self.CALENDAR, beyond_known="assume_none").add(utc(9999, 12, 31), 999 * HOUR)

    def test_with_public_holidays_the_earlier_end_counts(self) -> None:
        known = PublicHolidays("XX", FrozenMap(), 2020, 2030)
        both = attrs.evolve(self.CALENDAR, public_holidays=known)
        with pytest.raises(UnknownHolidaysError, match="listed until 2026-12-31 only"):
            both.is_open(utc(2027, 1, 1, 10))
        with pytest.raises(UnknownHolidaysError, match="are known for 2020 to 2030, not for 2019"):
            both.is_open(utc(2019, 1, 1, 10))
        later = attrs.evolve(both, dated_until=date(2031, 6, 1))
        with pytest.raises(UnknownHolidaysError, match="are known for 2020 to 2030, not for 2031"):
            later.is_open(utc(2031, 1, 1, 10))
