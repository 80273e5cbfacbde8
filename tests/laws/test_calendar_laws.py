"""Laws of calendars, one class for each clause of docs/semantics.md 1, compared with a minute-by-minute oracle."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import oracles
from tests.support.reference_dates import hours_on, is_in, is_on
from tests.support.strategies import DAY, MICRO, MINUTE, calendar_cases, calendar_pairs
from ticketflow import BusinessCalendar, PublicHolidays
from ticketflow.calendars import half_years, indexed
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import difference, excluding, intersection, union
from ticketflow.calendars.date_rules import Easter
from ticketflow.calendars.zones import from_local
from ticketflow.errors import CalendarError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import EPOCH
from ticketflow.testing.calendar_strategies import TRANSITIONS, calendars, date_rules, zones_and_instants

pytestmark = pytest.mark.lives

ONE = calendar_cases(1)
TWO = calendar_cases(2)
THREE = calendar_cases(3)
PAIR = calendar_pairs()
PairCase = tuple[BusinessCalendar, BusinessCalendar, list[datetime]]


class TestClause12:
    """A calendar is open if and only if the local time lies in the hours of that local date."""

    @given(ONE)
    def test_is_open_is_what_the_wall_says(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, (at,) = case
        assert calendar.is_open(at) == oracles.is_open(calendar, at)
        assert calendar.is_open(at - MICRO) == oracles.is_open(calendar, at - MICRO)

    @given(TWO)
    def test_between_counts_the_open_minutes(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, instants = case
        start, end = sorted(instants)
        assert calendar.between(start, end) == oracles.between(calendar, start, end)

    @given(ONE)
    def test_next_open_is_the_first_open_minute(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, (at,) = case
        assert calendar.next_open(at) == oracles.next_open(calendar, at)

    @given(ONE)
    def test_next_close_is_the_first_shut_minute_after_an_open_one(
        self, case: tuple[BusinessCalendar, list[datetime]]
    ) -> None:
        calendar, (at,) = case
        assume(all(shift.closes - shift.opens < DAY for hours in calendar.week for shift in hours))
        assert calendar.next_close(at) == oracles.next_close(calendar, at)


class TestClause13:
    """Calendars combine like sets of instants."""

    @given(PAIR)
    def test_union_intersection_and_difference_are_those_of_sets(self, case: PairCase) -> None:
        one, other, (at, _) = case
        a, b = oracles.is_open(one, at), oracles.is_open(other, at)
        assert union(one, other).is_open(at) is (a or b)
        assert intersection(one, other).is_open(at) is (a and b)
        assert difference(one, other).is_open(at) is (a and not b)

    @given(PAIR)
    def test_they_add_up(self, case: PairCase) -> None:
        one, other, (start, end) = case
        both, common = union(one, other).between(start, end), intersection(one, other).between(start, end)
        assert both + common == one.between(start, end) + other.between(start, end)
        assert difference(one, other).between(start, end) == one.between(start, end) - common

    @given(PAIR)
    def test_the_laws_of_sets_hold(self, case: PairCase) -> None:
        one, other, ends = case
        start, end = sorted(ends)

        def same(left: Calendar, right: Calendar) -> bool:
            return list(left.open_intervals(start, end)) == list(right.open_intervals(start, end))

        assert same(union(one, other), union(other, one))
        assert same(intersection(one, other), intersection(other, one))
        assert same(union(one, one), one)
        assert same(intersection(one, one), one)
        assert same(union(one, intersection(one, other)), one)
        assert same(union(difference(one, other), intersection(one, other)), one)
        assert start == end or same(excluding(one, (start, end)), difference(one, one))

    @given(PAIR)
    def test_spans_sum_to_between_and_traces_too(self, case: PairCase) -> None:
        one, other, ends = case
        start, end = sorted(ends)
        for calendar in (one, union(one, other), difference(one, other)):
            spans = sum((closes - opens for opens, closes in calendar.open_intervals(start, end)), timedelta())
            counted = sum((t.end - t.start for t in calendar.trace(start, end) if t.counted), timedelta())
            assert spans == counted == calendar.between(start, end)

    @given(ONE, st.integers(-20, 20))
    def test_whole_weeks_of_a_plain_calendar_are_alike(
        self, case: tuple[BusinessCalendar, list[datetime]], weeks: int
    ) -> None:
        """Without holidays, overrides and DST, a shift by whole weeks shifts every answer."""
        calendar, (at,) = case
        plain, shift = BusinessCalendar("UTC", calendar.week), timedelta(weeks=weeks)
        assert plain.next_open(at + shift) == plain.next_open(at) + shift
        assert plain.add(at + shift, 100 * MINUTE) == plain.add(at, 100 * MINUTE) + shift

    @given(zones_and_instants(1), st.data())
    def test_the_hours_of_each_date_are_those_of_the_first_that_decides(
        self, case: tuple[str, list[datetime]], data: st.DataObject
    ) -> None:
        zone, (at,) = case
        near = at.astimezone(ZoneInfo(zone)).date()
        calendar = data.draw(calendars(zone, near))
        days = [near + step * DAY for step in range(-40, 41)]
        assert [calendar.hours_on(day) for day in days] == [hours_on(calendar, day) for day in days]

    def test_the_drawn_calendars_have_every_part(self) -> None:
        """Each kind of rule names one of the dates that the laws ask about, and each part decides about one."""
        seen = Counter[str]()

        @settings(max_examples=150)
        @given(calendar_cases(1))
        def count(case: tuple[BusinessCalendar, list[datetime]]) -> None:
            calendar, (at,) = case
            seen.update(set(_parts(calendar, at.astimezone(ZoneInfo(calendar.zone)).date())) | {"all"})

        count()
        rules = ("date", "Yearly", "NthWeekday", "Easter western", "Easter orthodox", "Observed")
        business = ("NthBusinessDay", "BusinessDayBefore", "BusinessDayAfter")
        parts = ("period", "overlap", "half day", "late day", "override", "holiday", "excluded", "listed until")
        rare = {name: seen[name] for name in (*rules, *business, *parts) if seen[name] < 0.02 * seen["all"]}
        assert not rare, (rare, seen)


class TestClause15:
    """Inside the known time, no answer depends on what is not known."""

    @given(st.data(), st.sampled_from((2, 31, 60, 180, 364)))
    def test_no_hours_depend_on_unknown_holidays(self, data: st.DataObject, length: int) -> None:
        """A rule for business days at the edge of the known time may need a date beyond it."""
        first, last = date(2025, 1, 1), date(2025, 12, 31)
        until = first + length * DAY
        rules = st.one_of(date_rules(last), date_rules(first), date_rules(until)).filter(_is_rule)
        inside = data.draw(_holidays(first, last))
        calendar = BusinessCalendar(
            "UTC",
            data.draw(st.sampled_from(_WEEKS)),
            PublicHolidays("XX", FrozenMap(inside), 2025, 2025),
            half_days=data.draw(st.dictionaries(rules, st.just("12:00"), min_size=1, max_size=3)),
            dated_until=data.draw(st.sampled_from((None, until))),
        )
        outside = data.draw(_holidays(first - 9 * DAY, first - DAY)) | data.draw(_holidays(last + DAY, last + 9 * DAY))
        other = attrs.evolve(
            calendar,
            public_holidays=PublicHolidays("XX", FrozenMap({**outside, **inside}), 2024, 2026),
            holidays=data.draw(_holidays(until + DAY, until + 9 * DAY)) if calendar.dated_until else {},
            dated_until=None,
        )
        for day in (first + step * DAY for step in range(365)):
            if calendar.limits[0] <= datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH < calendar.limits[1]:
                assert calendar.hours_on(day) == other.hours_on(day), day


def _parts(calendar: BusinessCalendar, near: date) -> Iterator[str]:
    """Yield the kinds of rules that name a date around a date, and the parts without which it had other hours."""
    days = [near + step * DAY for step in range(-6, 7)]
    for named in (calendar.holidays, calendar.half_days, calendar.late_days, calendar.overrides):
        for rule in named:
            if any(is_on(rule, day, calendar) for day in days):
                yield f"Easter {rule.church}" if isinstance(rule, Easter) else type(rule).__name__
    words = {"periods": "period", "half_days": "half day", "late_days": "late day", "overrides": "override"}
    for name, word in {**words, "excluded_holidays": "excluded"}.items():
        nothing: Any = () if name in ("periods", "excluded_holidays") else {}
        without = attrs.evolve(calendar, **{name: nothing})
        if any(hours_on(without, day) != hours_on(calendar, day) for day in days):
            yield word
    without = attrs.evolve(calendar, holidays={}, excluded_holidays=())
    if any(hours_on(without, day) != hours_on(calendar, day) for day in days):
        yield "holiday"
    if any(sum(is_in(period, day) for period in calendar.periods) > 1 for day in days):
        yield "overlap"
    if calendar.dated_until:
        yield "listed until"


_WEEKS = ("mon-fri 09:00-17:00", "mon 09:00-17:00; thu 22:00-02:00", "mon-sun 10:00-11:00")


def _holidays(first: date, last: date) -> st.SearchStrategy[dict[date, str]]:
    return st.dictionaries(st.dates(first, last), st.just("x"), max_size=9)


def _is_rule(rule: object) -> bool:
    return not isinstance(rule, date)


class TestClause14:
    """`add` is the earliest instant by which that much open time has passed; `between` is signed and additive."""

    @given(ONE, st.integers(0, 600))
    def test_add_is_the_first_minute_by_which_it_has_passed(
        self, case: tuple[BusinessCalendar, list[datetime]], minutes: int
    ) -> None:
        calendar, (at,) = case
        assert calendar.add(at, minutes * MINUTE) == oracles.add(calendar, at, minutes)
        assert calendar.add(at, -minutes * MINUTE) == oracles.subtract(calendar, at, minutes)

    @given(ONE, st.timedeltas(-30 * DAY, 30 * DAY))
    def test_between_undoes_add(self, case: tuple[BusinessCalendar, list[datetime]], amount: timedelta) -> None:
        calendar, (at,) = case
        assert calendar.between(at, calendar.add(at, amount)) == amount

    @given(ONE, st.timedeltas(MICRO, 30 * DAY))
    def test_add_is_earliest_and_its_mirror_latest(
        self, case: tuple[BusinessCalendar, list[datetime]], amount: timedelta
    ) -> None:
        calendar, (at,) = case
        assert calendar.between(at, calendar.add(at, amount) - MICRO) < amount
        assert calendar.between(calendar.add(at, -amount) + MICRO, at) < amount

    @given(ONE)
    def test_nothing_added_is_the_start(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, (at,) = case
        assert calendar.add(at, timedelta()) == at

    @given(THREE)
    def test_between_is_additive_and_signed(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, (a, b, c) = case
        assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
        assert calendar.between(a, b) == -calendar.between(b, a)

    @given(TWO, st.sampled_from(sorted(TRANSITIONS)))
    def test_the_zone_of_an_argument_means_nothing(
        self, case: tuple[BusinessCalendar, list[datetime]], zone: str
    ) -> None:
        calendar, (a, b) = case
        there = ZoneInfo(zone)
        assert calendar.between(a.astimezone(there), b.astimezone(there)) == calendar.between(a, b)
        assert calendar.add(a.astimezone(there), MINUTE).tzinfo is UTC


class TestClause17:
    """Business days: first to the next opening, then the same local time on the n-th following business date."""

    @given(ONE)
    def test_no_business_days_are_the_next_opening(self, case: tuple[BusinessCalendar, list[datetime]]) -> None:
        calendar, (at,) = case
        assert calendar.add_business_days(at, 0) == calendar.next_open(at)

    @settings(max_examples=60)
    @given(ONE, st.integers(0, 3))
    def test_it_is_what_walking_the_minutes_gives(
        self, case: tuple[BusinessCalendar, list[datetime]], days: int
    ) -> None:
        calendar, (at,) = case
        assert calendar.add_business_days(at, days) == oracles.add_business_days(calendar, at, days)

    @settings(max_examples=40)
    @given(ONE, st.integers(0, 2), st.sampled_from(("opening", "closing", "00:00", "02:30", "12:00", "16:00", "24:00")))
    def test_a_point_of_the_day_is_what_looking_at_the_minutes_gives(
        self, case: tuple[BusinessCalendar, list[datetime]], days: int, point: str
    ) -> None:
        calendar, (at,) = case
        found = calendar.add_business_days(at, days, at=point)
        assert found == oracles.add_days_to_a_point(calendar, at, days, point) >= at

    @given(ONE, st.integers(1, 6))
    def test_it_lands_in_open_time_and_later_days_come_later(
        self, case: tuple[BusinessCalendar, list[datetime]], days: int
    ) -> None:
        calendar, (at,) = case
        there = calendar.add_business_days(at, days)
        assert calendar.is_open(there)
        assert calendar.add_business_days(at, days - 1) <= there


class TestFarAnswers:
    """What is skipped by sums of half-years is what looking at each date gives."""

    @settings(max_examples=40)
    @given(PAIR, st.sampled_from(("one", "union", "intersection", "difference")), st.integers(-2, 2), st.data())
    def test_short_indexes_give_the_same_answers(
        self, case: PairCase, how: str, years: int, data: st.DataObject
    ) -> None:
        one, other, (start, near) = case
        combine = {"union": union, "intersection": intersection, "difference": difference}
        calendar = one if how == "one" else combine[how](one, other)
        end = near + years * 365 * DAY
        days, amount = data.draw(st.integers(0, 300)), data.draw(st.timedeltas(-400 * DAY, 400 * DAY))
        point = data.draw(st.sampled_from((None, "opening", "closing", "16:00")))
        questions: list[Callable[[Calendar], object]] = [
            lambda asked: asked.between(start, end),
            lambda asked: asked.add(start, amount),
            lambda asked: asked.next_open(start),
            lambda asked: asked.next_close(start),
            lambda asked: asked.add_business_days(start, days, at=point),
            lambda asked: asked.add_business_days(start, days, shut="last_closing"),
            lambda asked: list(asked.open_intervals(start, end)),
            lambda asked: asked.trace(start, end),
        ]
        expected = [_answer(question, calendar) for question in questions]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (("LONGEST", 200 * DAY), ("SHORT", DAY), ("MOST_DAYS", 40), ("MOST_INDEXES", 2)):
                patch.setattr(indexed, name, value)
            copy = pickle.loads(pickle.dumps(calendar))  # noqa: S301 -- our own; it knows nothing yet
            assert [_answer(question, copy) for question in questions] == expected

    @settings(max_examples=40)
    @given(PAIR, st.lists(st.integers(2 * 1700, 2 * 9990), min_size=60, max_size=60))
    def test_half_years_with_one_pattern_are_open_at_the_same_times(self, case: PairCase, numbers: list[int]) -> None:
        one, other, _ = case
        for calendar in (attrs.evolve(one, beyond_known="assume_none"), union(one, other)):
            first_of: dict[Hashable, int] = {}
            for number in numbers:
                same = first_of.setdefault(calendar.pattern_of(number), number)
                if same != number:
                    assert _opened(calendar, number) == _opened(calendar, same)


def _answer(question: Callable[[Calendar], object], calendar: Calendar) -> object:
    try:
        return question(calendar)
    except CalendarError as error:
        return type(error), str(error)


def _opened(calendar: Calendar, number: int) -> tuple[list[tuple[timedelta, timedelta]], list[int]]:
    """Return the open intervals and the business days of a half-year, counted from its start."""
    start, end, first = half_years.start_of(number), half_years.start_of(number + 1), half_years.first_day(number)
    days = range(first, half_years.first_day(number + 1))
    opened = [(opens - start, closes - start) for opens, closes in calendar.intervals_between(start, end)]
    return opened, [day - first for day in days if calendar.has_open_time_on((EPOCH + day * DAY).date())]


class TestClause111:
    """A local time means the earliest instant whose local date and time is at or after it."""

    @given(zones_and_instants(1))
    def test_it_is_the_earliest(self, case: tuple[str, list[datetime]]) -> None:
        zone, (near,) = case
        there = ZoneInfo(zone)
        wall = near.replace(tzinfo=None)
        found = from_local(wall, there)
        assert _reading(found, there) >= wall
        step = found - 27 * 60 * MINUTE
        while step < found:
            assert _reading(step, there) < wall
            step += MINUTE


def _reading(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
