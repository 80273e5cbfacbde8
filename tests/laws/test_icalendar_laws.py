"""Laws of iCalendar files: repetitions as another library has them, and what is written is what is read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.strategies import calendar_cases
from ticketflow import BusinessCalendar, Closures, TicketflowError, read_icalendar, write_icalendar
from ticketflow.calendars import Closing, difference
from ticketflow.calendars.date_rules import BUSINESS_DAY_RULES
from ticketflow.calendars.hours import Shift
from ticketflow.calendars.repetitions import dates_of, parse_repetition
from ticketflow.calendars.zones import from_local
from ticketflow.kernel.frozen_map import FrozenMap

pytestmark = pytest.mark.lives

DAY = timedelta(days=1)
CYCLES = 19 * timedelta(days=146_097)
"""19 times the 400 years after which the Gregorian calendar repeats. dateutil looks for dates until the year 9999."""
WEEKDAYS = st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
CASE = calendar_cases(1)
Case = tuple[BusinessCalendar, list[datetime]]


def numbers(most: int) -> st.SearchStrategy[str]:
    number = st.integers(1, most).flatmap(lambda each: st.sampled_from((each, -each)))
    return st.lists(number, min_size=1, max_size=4).map(lambda each: ",".join(map(str, each)))


def weekdays(most: int) -> st.SearchStrategy[str]:
    """Return lists of weekdays, all with a number or all without: of both, dateutil takes what is in both."""
    plain = st.lists(WEEKDAYS, min_size=1, max_size=3).map(",".join)
    nth = st.integers(1, most).flatmap(lambda each: st.sampled_from((each, -each))) if most else st.nothing()
    return plain | st.lists(st.builds("{}{}".format, nth, WEEKDAYS), min_size=1, max_size=3).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(("YEARLY", "MONTHLY", "WEEKLY", "DAILY")))
    parts = {"FREQ": frequency}
    options = {
        "INTERVAL": st.integers(1, 14).map(str),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=3).map(lambda each: ",".join(map(str, each))),
        "BYDAY": weekdays({"YEARLY": 5, "MONTHLY": 5}.get(frequency, 0)),
        "WKST": WEEKDAYS,
    }
    if frequency != "WEEKLY":
        options["BYMONTHDAY"] = numbers(31)
    if frequency == "YEARLY":
        options["BYYEARDAY"] = numbers(366)
    chosen = draw(st.sets(st.sampled_from(sorted(options))))
    parts |= {name: draw(options[name]) for name in sorted(chosen)}
    if chosen - {"INTERVAL", "WKST"} and frequency != "DAILY":
        parts |= draw(st.fixed_dictionaries({}, optional={"BYSETPOS": numbers(10)}))
    return ";".join(f"{name}={value}" for name, value in parts.items())


class TestRepetitions:
    @given(rules(), st.dates(date(2019, 1, 1), date(2026, 12, 31)), st.integers(0, 1_500), st.integers(0, 1_000))
    @example("FREQ=YEARLY;BYDAY=53SU", date(2023, 1, 1), 0, 1_000)
    @example("FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31", date(2019, 10, 31), 500, 1_000)
    def test_the_dates_are_those_of_dateutil(self, text: str, start: date, skipped: int, length: int) -> None:
        since = start + timedelta(days=skipped)
        until = since + timedelta(days=length)
        first, low, high = (datetime.combine(day + CYCLES, time()) for day in (start, since, until))
        found = rrulestr(text, dtstart=first).between(low, high, inc=True)
        expected = {each.date() - CYCLES for each in found} | ({start} if since <= start else set())
        rule = parse_repetition(text, start)
        assert list(dates_of(rule, start, since, until, lambda _: None)) == sorted(expected)

    @given(rules(), st.dates(date(2019, 1, 1), date(2026, 12, 31)), st.integers(1, 30))
    def test_a_count_cuts_the_same_dates_off(self, text: str, start: date, most: int) -> None:
        until = start + timedelta(days=1_000)
        whole = list(dates_of(parse_repetition(text, start), start, start, until, lambda _: None))
        rule = parse_repetition(f"{text};COUNT={most}", start)
        assert list(dates_of(rule, start, start, until, lambda _: None)) == whole[:most]

    @given(rules(), st.dates(date(1, 1, 1), date(2026, 12, 31)))
    def test_the_work_depends_on_the_dates_asked_for(self, text: str, start: date) -> None:
        spent: list[int] = []
        rule = parse_repetition(text, start)
        list(dates_of(rule, start, date(2026, 1, 1), date(2026, 12, 31), spent.append))
        assert sum(spent) <= 3 * 366 + 14


def window(case: Case) -> tuple[BusinessCalendar, date, date]:
    calendar, (at,) = case
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    return calendar, day - 3 * DAY, day + 3 * DAY


def bounds(zone: str, first: date, last: date) -> tuple[datetime, datetime]:
    start, end = (from_local(datetime.combine(day, time()), ZoneInfo(zone)) for day in (first, last + DAY))
    return start, end


class TestWhatIsWritten:
    @given(CASE)
    def test_the_holidays_that_were_written_are_read(self, case: Case) -> None:
        calendar, first, last = window(case)
        text = write_icalendar(calendar, first, last)
        found = read_icalendar(text, calendar.zone, first_year=first.year, last_year=last.year)
        days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
        expected = {day: name for day in days for why, name in [calendar.decided_by(day)] if why == "holiday"}
        assert dict(found.holidays) == expected
        assert found.closings == ()

    @given(CASE)
    def test_the_hours_that_were_written_are_those_of_the_calendar(self, case: Case) -> None:
        """Read as closings, in a zone that only the text defines, they leave the hours at which it is closed."""
        calendar, first, last = window(case)
        calendar = attrs.evolve(calendar, holidays={}, excluded_holidays=())
        text = write_icalendar(calendar, first, last).replace("TRANSP:TRANSPARENT", "TRANSP:OPAQUE")
        text = text.replace(f"TZID:{calendar.zone}", "TZID:Own").replace(f"TZID={calendar.zone}", "TZID=Own")
        found = read_icalendar(text, calendar.zone, first_year=first.year, last_year=last.year)
        assume(not any("clocks change" in each.why for each in found.not_taken))
        assert found.not_taken == ()
        always = BusinessCalendar(calendar.zone, "mon-sun 00:00-24:00")
        start, end = bounds(calendar.zone, first, last)
        shut = difference(always, calendar)
        assert list(found.added_to(always).open_intervals(start, end)) == list(shut.open_intervals(start, end))


@st.composite
def closings(draw: st.DrawFn, first: date) -> Closing:
    begins = draw(st.integers(0, 95))
    ends = draw(st.integers(begins + 1, 96))
    quarter = timedelta(minutes=15)
    return Closing(first + draw(st.integers(0, 6)) * DAY, begins * quarter, ends * quarter, "closed")


class TestClosures:
    @given(CASE, st.data())
    def test_a_calendar_is_open_outside_its_closures(self, case: Case, data: st.DataObject) -> None:
        calendar, first, last = window(case)
        keys = (*calendar.holidays, *calendar.half_days, *calendar.late_days, *calendar.overrides)
        assume(not any(isinstance(key, BUSINESS_DAY_RULES) for key in keys))
        parts = data.draw(st.lists(closings(first), max_size=4))
        days = data.draw(st.sets(st.integers(0, 6).map(lambda step: first + step * DAY), max_size=1))
        closures = Closures(calendar.zone, first.year, last.year, FrozenMap(dict.fromkeys(days, "feast")), tuple(parts))
        base = Closures(calendar.zone, first.year, last.year, closures.holidays).added_to(calendar)
        shut = {day: tuple(Shift(each.begins, each.ends) for each in parts if each.day == day) for day in
                {each.day for each in parts}}  # fmt: skip
        expected = difference(base, BusinessCalendar(calendar.zone, "", overrides=shut)) if shut else base
        start, end = bounds(calendar.zone, first - DAY, last + 2 * DAY)
        assert list(closures.added_to(calendar).open_intervals(start, end)) == list(expected.open_intervals(start, end))


VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ("20260105", "20260105T090000", "20260105T090000Z", "00010101", "99991231T235959Z", "20260230", "P1D", "PT9H")
    ),
    rules(),
    rules().map(lambda each: f"{each};COUNT=999999999"),
    st.sampled_from(("FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=999999999", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "+0100")),
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(
        ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID", "SEQUENCE", "STATUS",
         "BEGIN", "END", "TZOFFSETFROM", "TZOFFSETTO", "TZID", "DTSTART;VALUE=DATE", "DTSTART;TZID=Own",
         "DTSTART;TZID=Asia/Tokyo")
    ),
    st.text(max_size=8),
)  # fmt: skip
LINES = st.one_of(
    st.builds("{}:{}".format, NAMES, VALUES),
    st.sampled_from(("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD")),
    st.text(max_size=20),
)  # fmt: skip


class TestTrust:
    @given(st.lists(LINES, max_size=8), st.booleans())
    def test_any_text_is_read_or_refused_with_an_error_of_the_library(self, lines: list[str], is_event: bool) -> None:
        inner = ["BEGIN:VEVENT", *lines, "END:VEVENT"] if is_event else lines
        try:
            found = read_icalendar("\n".join(["BEGIN:VCALENDAR", *inner, "END:VCALENDAR"]), "America/Santiago")
        except TicketflowError:
            return
        assert all(date(2000, 1, 1) <= day <= date(2099, 12, 31) for day in found.holidays)
        assert isinstance(found.added_to(BusinessCalendar("America/Santiago", "mon-fri 09:00-17:00")), BusinessCalendar)

    @given(st.binary(max_size=64) | st.text(max_size=64))
    def test_any_bytes_are_refused(self, source: str | bytes) -> None:
        with pytest.raises(TicketflowError):
            read_icalendar(source, "UTC")
