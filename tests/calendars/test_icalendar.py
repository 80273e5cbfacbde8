"""iCalendar files: what is read of published ones, what is not taken and why, and what is written."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

import pytest
from icalendar import Calendar as TheirCalendar

from tests.support.desk import utc
from ticketflow import (
    BusinessCalendar,
    Closures,
    FixedIntervals,
    NotTaken,
    PublicHolidays,
    TicketflowError,
    public_holidays,
    read_icalendar,
    write_icalendar,
)
from ticketflow.calendars import Closing
from ticketflow.calendars import icalendar_format as form
from ticketflow.calendars.closures import joined
from ticketflow.calendars.icalendar_reading import MOST_DATES
from ticketflow.calendars.repetitions import Repetition, dates_of, shifted
from ticketflow.errors import BadValueError, DocumentError, MissingExtraError, OutOfRangeError, UnknownHolidaysError
from ticketflow.kernel.frozen_map import FrozenMap

HOUR = timedelta(hours=1)


def calendar(*parts: str, head: str = "") -> str:
    """Return the text of a calendar; each event is given by its lines, separated by '|'."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *filter(None, [head])]
    for part in parts:
        inner = part.split("|")
        lines += inner if inner[0].startswith("BEGIN:") else ["BEGIN:VEVENT", *inner, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def read(*parts: str, zone: str = "Europe/Madrid", years: tuple[int, int] = (2026, 2027), head: str = "") -> Closures:
    return read_icalendar(calendar(*parts, head=head), zone, first_year=years[0], last_year=years[1])


def closed(found: Closures) -> list[str]:
    """Return the parts of dates that are closed, such as 2026-12-24 13:00-17:00."""
    midnight = datetime.combine(date(2026, 1, 1), time())
    return [f"{each.day} {midnight + each.begins:%H:%M}-{midnight + each.ends:%H:%M}" for each in found.closings]


def why(found: Closures) -> list[str]:
    return [each.why for each in found.not_taken]


class TestPublishedFiles:
    def test_bank_holidays_of_england(self) -> None:
        """Source: gov.uk/bank-holidays/england-and-wales.ics, the events of 2026. They have no TRANSP."""
        listed = {
            "0101": "New Year's Day",
            "0403": "Good Friday",
            "0406": "Easter Monday",
            "0504": "Early May bank holiday",
            "0525": "Spring bank holiday",
            "0831": "Summer bank holiday",
            "1225": "Christmas Day",
            "1228": "Boxing Day",
        }
        events = []
        for number, (day, name) in enumerate(listed.items()):
            after = (date.fromisoformat(f"2026{day}") + timedelta(days=1)).strftime("%Y%m%d")
            events.append(
                f"DTEND;VALUE=DATE:{after}|DTSTART;VALUE=DATE:2026{day}|SUMMARY:{name}|"
                f"UID:ca6af7456b0088abad9a69f9f620f5ac-{number}@gov.uk|SEQUENCE:0|DTSTAMP:20251103T133900Z"
            )
        found = read(*events, zone="Europe/London", head="PRODID:-//uk.gov/GOVUK calendars//EN")
        assert found.not_taken == ()
        assert {f"{day:%m%d}": name for day, name in found.holidays.items()} == listed
        known = public_holidays("GB", "ENG").names
        assert set(found.holidays) <= set(known)

    def test_google_marks_holidays_as_free_and_folds_lines(self) -> None:
        """Source: calendar.google.com, en.usa#holiday@group.v.calendar.google.com, as fetched on 2026-09-13."""
        found = read(
            "DTSTART;VALUE=DATE:20210118|DTEND;VALUE=DATE:20210119|DTSTAMP:20260913T205101Z|"
            "UID:20210118_09lrg7ebq0id94snlvledsknmc@google.com|CLASS:PUBLIC|CREATED:20240603T101345Z|"
            "DESCRIPTION:Public holiday|LAST-MODIFIED:20240603T101345Z|SEQUENCE:0|STATUS:CONFIRMED|"
            "SUMMARY:Martin Luther King Jr. Day|TRANSP:TRANSPARENT",
            "DTSTART;VALUE=DATE:20210314|DTEND;VALUE=DATE:20210315|"
            "UID:20210314_eut7bu0kn9gl5458v3anfjb1hc@google.com|"
            "DESCRIPTION:Observance\\nTo hide observances\\, go to Google Calendar Setting|"
            " s > Holidays in United States|STATUS:CONFIRMED|SUMMARY:Daylight Saving Time starts|TRANSP:TRANSPARENT",
            head="CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nX-WR-TIMEZONE:UTC",
            years=(2021, 2021),
        )
        names = {date(2021, 1, 18): "Martin Luther King Jr. Day", date(2021, 3, 14): "Daylight Saving Time starts"}
        assert found.holidays == FrozenMap(names)
        office = found.added_to(BusinessCalendar("Europe/Madrid", "mon-sun 09:00-17:00"))
        assert [office.hours_on(day) for day in names] == [(), ()]

    @pytest.mark.parametrize(
        ("start", "rule", "days"),
        [
            ("19970902", "FREQ=DAILY;INTERVAL=10;COUNT=5", "09-02 09-12 09-22 10-02 10-12"),
            ("19970902", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
             "09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02 10-07"),
            ("19970902", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
             "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"),
            ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "08-05 08-10 08-19 08-24"),
            ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "08-05 08-17 08-19 08-31"),
            ("19970905", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "09-05 10-03 11-07 12-05"),
            ("19970922", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "09-22 10-20 11-17"),
            ("19970928", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=4", "09-28 10-29 11-28 12-29"),
            ("19970930", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "09-30 10-01 10-31 11-01"),
            ("19970913", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=4", "09-13 10-11 11-08 12-13"),
            ("19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "09-04 10-07 11-06"),
            ("19970929", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4", "09-29 10-30 11-27 12-30"),
            ("19970101", "FREQ=YEARLY;COUNT=4;BYYEARDAY=1,100,200", "01-01 04-10 07-19 1998-01-01"),
            ("19971226", "FREQ=YEARLY;BYDAY=-1FR;COUNT=3", "12-26 1998-12-25 1999-12-31"),
            ("19970519", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", "05-19 1998-05-18 1999-05-17"),
            ("19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", "03-13 03-20 03-27 1998-03-05"),
            ("19970610", "FREQ=YEARLY;COUNT=3;BYMONTH=6,7", "06-10 07-10 1998-06-10"),
            ("19961105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
             "1996-11-05 2000-11-07 2004-11-02"),
        ],
    )  # fmt: skip
    def test_the_repetitions_of_the_standard(self, start: str, rule: str, days: str) -> None:
        """Source: RFC 5545, 3.8.5.3, the examples and the dates that it lists for them (BYYEARDAY every year)."""
        found = read(f"DTSTART;VALUE=DATE:{start}|RRULE:{rule}", years=(1990, 2010))
        expected = [day if len(day) > 5 else f"1997-{day}" for day in days.split()]
        assert [str(day) for day in found.holidays] == expected
        assert found.not_taken == ()

    @pytest.mark.parametrize(
        ("start", "rule", "days"),
        [
            ("20261123", "INTERVAL=2;COUNT=4;BYDAY=MO,SU", "2026-11-23 2026-11-29 2026-12-07 2026-12-13"),
            ("20261122", "INTERVAL=2;COUNT=4;BYDAY=SU,SA;WKST=SU", "2026-11-22 2026-11-28 2026-12-06 2026-12-12"),
            ("20261122", "INTERVAL=2;COUNT=4;BYDAY=SU,SA;WKST=MO", "2026-11-22 2026-12-05 2026-12-06 2026-12-19"),
        ],
    )
    def test_every_other_week_counts_from_the_week_of_the_start(self, start: str, rule: str, days: str) -> None:
        """23 November 2026 is a Monday: with WKST=MO, the first day of its week."""
        found = read(f"DTSTART;VALUE=DATE:{start}|RRULE:FREQ=WEEKLY;{rule}", years=(2026, 2027))
        assert [str(day) for day in found.holidays] == days.split()

    def test_an_occurrence_that_begins_before_the_first_year_reaches_into_it(self) -> None:
        event = "DTSTART;VALUE=DATE:20201229|DTEND;VALUE=DATE:20210102|RRULE:FREQ=YEARLY"
        days = ["2022-01-01", "2022-12-29", "2022-12-30", "2022-12-31"]
        assert [str(day) for day in read(event, years=(2022, 2022)).holidays] == days

    def test_a_time_in_utc_leaves_out_none_of_a_series_in_local_time(self) -> None:
        event = "DTSTART:20260105T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2|EXDATE:20260105T090000Z"
        assert [each.day for each in read(event, years=(2026, 2026)).closings] == [date(2026, 1, 5), date(2026, 1, 6)]

    def test_the_zone_of_the_standard(self) -> None:
        """Source: RFC 5545, 3.6.5: New York, by rules, under a name that no one knows."""
        zone = (
            "BEGIN:VTIMEZONE|TZID:Office|BEGIN:STANDARD|DTSTART:20071104T020000|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU|"
            "TZOFFSETFROM:-0400|TZOFFSETTO:-0500|TZNAME:EST|END:STANDARD|BEGIN:DAYLIGHT|DTSTART:20070311T020000|"
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU|TZOFFSETFROM:-0500|TZOFFSETTO:-0400|END:DAYLIGHT|END:VTIMEZONE"
        )
        found = read(
            zone,
            "DTSTART;TZID=Office:20260115T090000|DTEND;TZID=Office:20260115T100000",
            "DTSTART;TZID=Office:20260715T090000|DTEND;TZID=Office:20260715T100000",
            "DTSTART;TZID=Office:20260308T023000|DTEND;TZID=Office:20260308T043000",  # 02:30 is skipped
            "DTSTART;TZID=Office:20261101T013000|DTEND;TZID=Office:20261101T040000",  # 01:30 occurs twice
            zone="UTC",
        )
        assert closed(found) == [
            "2026-01-15 14:00-15:00",
            "2026-03-08 07:30-08:30",
            "2026-07-15 13:00-14:00",
            "2026-11-01 05:30-09:00",
        ]


class TestEvents:
    def test_the_end_of_an_event_of_whole_days_is_exclusive(self) -> None:
        found = read(
            "DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261227|SUMMARY:Christmas\\, long",
            "DTSTART:20260105|SUMMARY:Eve",
            "DTSTART;VALUE=DATE:20260810|DURATION:P1W",
            "DTSTART;VALUE=DATE:20260301|DTEND;VALUE=DATE:20260301",
        )
        week = [date(2026, 8, day) for day in range(10, 17)]
        days = [date(2026, 1, 5), date(2026, 3, 1), *week, *(date(2026, 12, day) for day in (24, 25, 26))]
        assert list(found.holidays) == days
        assert found.holidays[date(2026, 12, 26)] == "Christmas, long"
        assert found.holidays[date(2026, 3, 1)] == ""

    def test_events_with_times_close_parts_of_dates(self) -> None:
        found = read(
            "DTSTART:20261224T130000|DTEND:20261224T170000",  # in local time, whatever the zone
            "DTSTART:20260105T110000Z|DURATION:PT1H30M",
            "DTSTART;TZID=America/New_York:20260601T200000|DTEND;TZID=Europe/London:20260602T030000",
            "DTSTART;TZID=Tokyo Standard Time:20260707T200000|DURATION:P1D",
        )
        assert closed(found) == [
            "2026-01-05 12:00-13:30",
            "2026-06-02 02:00-04:00",
            "2026-07-07 13:00-00:00",
            "2026-07-08 00:00-13:00",
            "2026-12-24 13:00-17:00",
        ]

    def test_a_time_that_covers_a_date_closes_it(self) -> None:
        found = read("DTSTART:20261223T230000Z|DTEND:20261226T110000Z|SUMMARY:Closed")
        assert dict(found.holidays) == {date(2026, 12, 24): "Closed", date(2026, 12, 25): "Closed"}
        assert closed(found) == ["2026-12-26 00:00-12:00"]

    def test_an_end_in_local_time_is_repeated_in_local_time_and_an_exact_one_exactly(self) -> None:
        """The clocks go forward at 02:00 on 29 March 2026."""
        night = "DTSTART;TZID=Europe/Madrid:20260327T230000|RRULE:FREQ=DAILY;COUNT=2|"
        assert closed(read(f"{night}DTEND;TZID=Europe/Madrid:20260328T060000"))[-1] == "2026-03-29 00:00-06:00"
        assert closed(read(f"{night}DURATION:PT7H"))[-1] == "2026-03-29 00:00-07:00"

    @pytest.mark.parametrize(
        "tzid",
        [
            "/freeassociation.sourceforge.net/Europe/Madrid",
            "/softwarestudio.org/Tzfile/Europe/Madrid",
            "Romance Standard Time",
            "Madrid office",
        ],
    )
    def test_zones_have_many_names(self, tzid: str) -> None:
        located = "BEGIN:VTIMEZONE|TZID:Madrid office|X-LIC-LOCATION:Europe/Madrid|END:VTIMEZONE"
        event = f"DTSTART;TZID={tzid}:20260105T090000|DTEND;TZID={tzid}:20260105T100000"
        assert closed(read(located, event, event)) == ["2026-01-05 09:00-10:00"]

    def test_several_names_on_one_date(self) -> None:
        found = read("DTSTART:20260101|SUMMARY:One", "DTSTART:20260101|SUMMARY:Two", "DTSTART:20260101|SUMMARY:One")
        assert found.holidays[date(2026, 1, 1)] == "One; Two"

    def test_names_are_one_line_of_plain_text(self) -> None:
        found = read(f"DTSTART:20260101|SUMMARY:a\\n\u202eb\x00  c{'x' * 3000}")
        assert found.holidays[date(2026, 1, 1)] == "a b c" + "x" * 195


class TestSeries:
    def test_dates_are_added_changed_and_left_out(self) -> None:
        found = read(
            "UID:s|DTSTART;VALUE=DATE:20260105|RRULE:FREQ=WEEKLY;COUNT=4|RDATE;VALUE=DATE:20260301,20260302|"
            "EXDATE;VALUE=DATE:20260112,20260302|SUMMARY:usual",
            "UID:s|RECURRENCE-ID;VALUE=DATE:20260119|DTSTART;VALUE=DATE:20260120|SUMMARY:moved",
            "UID:s|RECURRENCE-ID;VALUE=DATE:20260126|DTSTART;VALUE=DATE:20260126|STATUS:CANCELLED",
        )
        assert {f"{day:%m%d}": name for day, name in found.holidays.items()} == {
            "0105": "usual",
            "0120": "moved",
            "0301": "usual",
        }
        assert why(found) == ["it is cancelled (STATUS:CANCELLED)"]

    def test_times_are_left_out_by_instant_or_by_date(self) -> None:
        found = read(
            "UID:s|DTSTART;TZID=Europe/Madrid:20260105T090000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20260110T080000Z|"
            "EXDATE:20260106T080000Z|EXDATE;VALUE=DATE:20260107|EXDATE;TZID=Europe/London:20260108T090000",
            "UID:s|RECURRENCE-ID:20260109T080000Z|DTSTART:20260109T120000|DURATION:PT1H",
        )
        days = ["05 09:00-10:00", "08 09:00-10:00", "09 12:00-13:00", "10 09:00-10:00"]
        assert closed(found) == [f"2026-01-{day}" for day in days]

    @pytest.mark.parametrize(
        ("until", "last"),
        [("20260107", 7), ("20260107T090000", 7), ("20260107T080000Z", 7), ("20260107T075959Z", 6), ("20260104", 5)],
    )
    def test_the_end_of_a_repetition_belongs_to_it(self, until: str, last: int) -> None:
        found = read(f"DTSTART;TZID=Europe/Madrid:20260105T090000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL={until}")
        assert [each.day.day for each in found.closings] == list(range(5, last + 1))

    def test_periods_can_be_listed(self) -> None:
        found = read(
            "DTSTART:20260105T090000|DURATION:PT1H|"
            "RDATE;VALUE=PERIOD:20260106T090000/PT3H,20260107T090000/20260107T100000"
        )
        assert closed(found) == [f"2026-01-{day}" for day in ("05 09:00-10:00", "06 09:00-12:00", "07 09:00-10:00")]

    def test_a_time_of_day_that_repeats_the_start_says_nothing(self) -> None:
        rule = "RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9;BYMINUTE=0;BYSECOND=0;"
        assert len(read(f"DTSTART:20260105T090000|DURATION:PT1H|{rule}").closings) == 2

    def test_the_latest_revision_counts(self) -> None:
        found = read(
            "UID:s|SEQUENCE:1|DTSTART:20260105|SUMMARY:new", "UID:s|DTSTART:20260106|SUMMARY:old", "DTSTART:20260107"
        )
        assert [day.day for day in found.holidays] == [5, 7]
        assert why(found) == ["the text has a later revision of it (SEQUENCE)"]

    def test_events_before_the_years_repeat_into_them(self) -> None:
        found = read("DTSTART;VALUE=DATE:17890714|RRULE:FREQ=YEARLY|SUMMARY:Bastille Day")
        assert list(found.holidays) == [date(2026, 7, 14), date(2027, 7, 14)]
        assert found == read("DTSTART;VALUE=DATE:17890714|RRULE:FREQ=YEARLY;COUNT=300|SUMMARY:Bastille Day")


TIMED = "DTSTART:20260105T090000|DTEND:20260105T100000"
MADRID = "DTSTART;TZID=Europe/Madrid:"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (f"{TIMED}|STATUS:CANCELLED", "it is cancelled (STATUS:CANCELLED)"),
        (f"{TIMED}|STATUS:tentative", "it is tentative (STATUS:TENTATIVE)"),
        (f"{TIMED}|TRANSP:TRANSPARENT", "it does not block time (TRANSP:TRANSPARENT)"),
        ("SUMMARY:nothing", "it has no DTSTART"),
        ("DTSTART:20260105|DTSTART:20260106", "it has DTSTART twice"),
        ("DTSTART:20260230", "its DTSTART '20260230' is not a date or a time"),
        ("DTSTART:2026010", "its DTSTART '2026010' is not a date or a time"),
        ("DTSTART:20260105T250000", "its DTSTART '20260105T250000' is not a date or a time"),
        ("DTSTART:20260105T090000", "it has no end"),
        (f"{TIMED}|DURATION:PT1H", "it has both DTEND and DURATION"),
        ("DTSTART:20260105T090000|DTEND:20260105T090000", "it lasts no time"),
        ("DTSTART:20260105T090000|DTEND:20260105T080000", "it ends before it begins"),
        ("DTSTART:20260105|DTEND:20260104", "it ends before it begins"),
        ("DTSTART:20260105|DTEND:20260106T090000", "one of its ends is a date, and the other one a time"),
        ("DTSTART:20260105T090000|DTEND:20260105T090000Z", "only one of its times has a time zone"),
        ("DTSTART:20260105|DURATION:PT3H", "it begins on a date, and does not last whole days"),
        ("DTSTART:20260105|DURATION:-P1D", "its DURATION '-P1D' is not a positive duration"),
        ("DTSTART:20260105|DURATION:P", "its DURATION 'P' is not a positive duration"),
        ("DTSTART:20260105|DURATION:P0D", "it lasts no time"),
        ("DTSTART:10000101|DTEND:99991231", "it lasts more than 366 days"),
        ("DTSTART:20300105", "none of it lies in the years 2026 to 2027"),
        ("DTSTART:00010101", "none of it lies in the years 2026 to 2027"),
        ("DTSTART:99991231T230000|DURATION:P2D", "none of it lies in the years 2026 to 2027"),
        ("DTSTART:20261229|DTEND:20261231|RRULE:FREQ=SECONDLY", "it does not repeat daily, weekly, monthly or yearly"),
        ("DTSTART:20260105|RRULE:", "its repetition '' cannot be read"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;FREQ=DAILY", "its repetition 'FREQ=DAILY;FREQ=DAILY' cannot be read"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;BYHOUR=9", "the part 'BYHOUR' of its repetition is not supported"),
        (f"{TIMED}|RRULE:FREQ=DAILY;BYHOUR=9,10", "the part 'BYHOUR' of its repetition is not supported"),
        (f"{TIMED}|RRULE:FREQ=DAILY;BYHOUR=10", "the part 'BYHOUR' of its repetition is not supported"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;BYWEEKNO=20", "the part 'BYWEEKNO' of its repetition is not supported"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;INTERVAL=0", "'0' in its repetition is not a number from 1"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;COUNT=x", "'X' in its repetition is not a number from 1"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;BYMONTH=-1", "'-1' in its repetition has numbers that do not exist"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;BYMONTH=13", "'13' in its repetition has numbers that do not exist"),
        ("DTSTART:20260105|RRULE:FREQ=YEARLY;BYMONTHDAY=1,", "'1,' in its repetition has numbers that do not exist"),
        ("DTSTART:20260105|RRULE:FREQ=MONTHLY;BYDAY=1XX", "'1XX' in its repetition is not a weekday"),
        ("DTSTART:20260105|RRULE:FREQ=MONTHLY;BYDAY=0MO", "'0MO' in its repetition is not a weekday"),
        ("DTSTART:20260105|RRULE:FREQ=MONTHLY;BYDAY=54MO", "'54MO' in its repetition is not a weekday"),
        ("DTSTART:20260105|RRULE:FREQ=WEEKLY;BYDAY=1MO", "the parts of its repetition do not go together"),
        ("DTSTART:20260105|RRULE:FREQ=WEEKLY;BYMONTHDAY=1", "the parts of its repetition do not go together"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;BYYEARDAY=1", "the parts of its repetition do not go together"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;WKST=XX", "the parts of its repetition do not go together"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260106", "the parts of its repetition do not go together"),
        ("DTSTART:20260105|RRULE:FREQ=DAILY;UNTIL=soon", "its UNTIL 'SOON' is not a date or a time"),
        ("DTSTART:20260105|EXRULE:FREQ=DAILY", "rules of exceptions (EXRULE) are not supported"),
        ("DTSTART:20260105|RDATE:", "its RDATE '' is not a date or a time"),
        ("DTSTART:20260105|RDATE:20260106T090000", "one of its start and RDATE is a date, and the other one a time"),
        ("DTSTART:20260105|EXDATE:x", "its EXDATE 'x' is not a date or a time"),
        ("UID:s|DTSTART:20260105|RECURRENCE-ID:x", "its RECURRENCE-ID 'x' is not a date or a time"),
        ("DTSTART:20260105|this is no line", "its line 'this is no line' cannot be read"),
        (f"{MADRID}20261025T010000|DURATION:PT1H30M", "the clocks change: local times cannot say it, on 2026-10-25"),
        ("DTSTART;TZID=Nowhere:20260105T090000|DURATION:PT1H", "its time zone 'Nowhere' is not known"),
        ("DTSTART;TZID=/x/y:20260105T090000|DURATION:PT1H", "its time zone '/x/y' is not known"),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000|DURATION:PT1H", "it lies outside the years 1 to 9999"),
    ],
)  # fmt: skip
def test_what_is_not_taken_says_why(event: str, reason: str) -> None:
    found = read(event, "DTSTART:20270101|SUMMARY:New Year")
    assert why(found) == [reason]
    assert dict(found.holidays) == {date(2027, 1, 1): "New Year"}
    assert found.closings == ()


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("", "it has no offset"),
        ("BEGIN:STANDARD|END:STANDARD", "its TZOFFSETFROM is not an offset"),
        ("BEGIN:STANDARD|TZOFFSETFROM:+0100|TZOFFSETTO:+2500|END:STANDARD", "its TZOFFSETTO is not an offset"),
        ("BEGIN:STANDARD|TZOFFSETFROM:+0100|TZOFFSETTO:+0100|END:STANDARD", "it has no DTSTART"),
        (
            "BEGIN:STANDARD|TZOFFSETFROM:+0100|TZOFFSETTO:+0100|DTSTART:20260101|END:STANDARD",
            "its DTSTART is not a time",
        ),
        (
            "BEGIN:STANDARD|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|DTSTART:99991231T235959|END:STANDARD",
            "it lies outside the years 1 to 9999",
        ),
        (
            "BEGIN:STANDARD|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|DTSTART:20260101T000000|RRULE:FREQ=SECONDLY|END:STANDARD",
            "it does not repeat daily, weekly, monthly or yearly",
        ),
    ],
)
def test_a_zone_that_cannot_be_read_is_named(inner: str, reason: str) -> None:
    zone = "|".join(filter(None, ["BEGIN:VTIMEZONE", "TZID:Own", inner, "END:VTIMEZONE"]))
    event = "DTSTART;TZID=Own:20260105T090000|DURATION:PT1H"
    assert why(read(zone, event, event)) == [f"its time zone 'Own' cannot be read: {reason}"] * 2


def test_a_zone_can_list_its_changes() -> None:
    zone = (
        "BEGIN:VTIMEZONE|TZID:Own|BEGIN:STANDARD|DTSTART:20260101T000000|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|"
        "RDATE:20260201T000000|RDATE;VALUE=DATE:20260301|END:STANDARD|END:VTIMEZONE"
    )
    events = [f"DTSTART;TZID=Own:{day}T120000|DURATION:PT1H" for day in ("20251231", "20260102", "20260302")]
    found = read(zone, *events, zone="UTC", years=(2025, 2026))
    assert closed(found) == ["2025-12-31 11:00-12:00", "2026-01-02 10:00-11:00", "2026-03-02 10:00-11:00"]


def test_other_parts_than_events_are_listed() -> None:
    found = read(
        "BEGIN:VTODO|UID:t|SUMMARY:Call|DTSTART:20260105|END:VTODO",
        "BEGIN:VTIMEZONE|END:VTIMEZONE",
        "BEGIN:VEVENT|DTSTART:20260106|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM|END:VEVENT",
        head="no line",
    )
    assert found.not_taken == (
        NotTaken("line", None, "", None, "'no line' cannot be read"),
        NotTaken("todo", "t", "Call", "20260105", "only events close days and hours"),
    )
    assert str(found.not_taken[1]) == "todo 'Call' at 20260105 (UID t): only events close days and hours"
    assert str(found.not_taken[0]) == "line '': 'no line' cannot be read"
    assert list(found.holidays) == [date(2026, 1, 6)]


def test_a_calendar_that_cancels_its_events_closes_nothing() -> None:
    found = read("DTSTART:20260105", head="METHOD:CANCEL")
    assert why(found) == ["the calendar cancels its events (METHOD:CANCEL)"]


def test_a_change_of_all_later_occurrences_leaves_the_whole_series_out() -> None:
    change = "UID:s|RECURRENCE-ID;RANGE=THISANDFUTURE:20260112|DTSTART:20260113"
    found = read("UID:s|DTSTART:20260105|RRULE:FREQ=WEEKLY;COUNT=3", change)
    assert why(found) == ["a change of all later occurrences (RANGE) is not supported"] * 2
    assert not found.holidays


def test_weekdays_with_and_without_a_number_are_those_of_either() -> None:
    """RFC 5545, 3.3.10: BYDAY is a list of days."""
    found = read("DTSTART:20260101|RRULE:FREQ=MONTHLY;COUNT=4;BYDAY=1FR,TH")
    assert [day.day for day in found.holidays] == [1, 2, 8, 15]


class TestBadTexts:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("", "it is not a calendar; give a text from BEGIN:VCALENDAR to END:VCALENDAR"),
            ("<html>", "it is not a calendar; give a text from BEGIN:VCALENDAR to END:VCALENDAR"),
            ("X:1\n", "it is not a calendar; give a text from BEGIN:VCALENDAR to END:VCALENDAR"),
            ("BEGIN:VEVENT\nEND:VEVENT\n", "it is not a calendar; give a text from BEGIN:VCALENDAR to END:VCALENDAR"),
            ("BEGIN:VCALENDAR\n", "BEGIN:'VCALENDAR' has no end; give the whole file"),
            ("END:VCALENDAR\n", "END:'VCALENDAR' ends nothing that is open; end each component after its last line"),
            ("BEGIN:VCALENDAR\nEND:X", "END:'X' ends nothing that is open; end each component after its last line"),
            ("BEGIN:X\n" * 100_000, "components are nested more than 32 deep; nest them less"),
            ("x\n" * 262_145, "it has too many lines; give at most 262,144"),
            ("X" * 4_194_305, "it is too long; give at most 4,194,304 characters"),
            (b"\xff\xfeB\x00", "it is not UTF-8; save the file as UTF-8"),
            ("\ud800", "it is not UTF-8; save the file as UTF-8"),
            (None, "it is of type NoneType; give the text of the file, or its bytes"),
            (calendar(head="CALSCALE:HEBREW"), "the calendar scale 'HEBREW' is not supported; give Gregorian dates"),
        ],
    )
    def test_a_text_that_cannot_be_read_is_an_error(self, source: str, message: str) -> None:
        with pytest.raises(DocumentError) as raised:
            read_icalendar(source, "UTC")
        assert str(raised.value) == f"iCalendar text: {message}"

    @pytest.mark.parametrize(
        ("events", "message"),
        [
            (
                ["DTSTART:20000101|RRULE:FREQ=DAILY"],
                "it closes more than 10,000 days; give fewer years, or a part of the file",
            ),
            (
                ["DTSTART:20000101|RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"] * 14,
                "its events repeat too often; give fewer years, or a part of the file",
            ),
        ],
    )
    def test_a_text_with_too_much_in_it_is_an_error(self, events: list[str], message: str) -> None:
        with pytest.raises(DocumentError) as raised:
            read_icalendar(calendar(*events), "UTC")
        assert str(raised.value) == f"iCalendar text: {message}"

    def test_bytes_and_a_byte_order_mark_are_read(self) -> None:
        source = "\ufeff" + calendar("DTSTART:20260106|SUMMARY:Día de Reyes").replace("\r\n", "\n")
        assert read_icalendar(source.encode(), "UTC").holidays[date(2026, 1, 6)] == "Día de Reyes"

    @pytest.mark.parametrize(
        ("zone", "years", "message"),
        [
            ("Madird", (2026, 2027), "time zone 'Madird' does not exist; did you mean 'Europe/Madrid'?"),
            ("UTC", (2027, 2026), "the years 2027 to 2026 cannot be read; give 1 to 100 years, the first one first"),
            ("UTC", (2000, 2100), "the years 2000 to 2100 cannot be read; give 1 to 100 years, the first one first"),
            ("UTC", (1899, 1900), "first_year is 1899; give a year from 1900 to 2999"),
            ("UTC", (2999, 3000), "last_year is 3000; give a year from 1900 to 2999"),
            ("UTC", (2026, "x"), "last_year is 'x'; give a whole number"),
        ],
    )  # fmt: skip
    def test_wrong_arguments_are_refused(self, zone: str, years: tuple[int, int], message: str) -> None:
        with pytest.raises(BadValueError) as raised:
            read(zone=zone, years=years)
        assert str(raised.value) == message

    def test_without_the_extra_the_error_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "icalendar.parser", None)
        for name in ("format", "reading", "writing"):
            monkeypatch.delitem(sys.modules, f"ticketflow.calendars.icalendar_{name}", raising=False)
        day = date(2026, 1, 5)
        for ask in (
            lambda: read_icalendar("", "UTC"),
            lambda: write_icalendar(BusinessCalendar("UTC", WEEK), day, day),
        ):
            with pytest.raises(MissingExtraError) as raised:
                ask()
            expected = "iCalendar files need the package icalendar; install it with pip install 'ticketflow[ics]'"
            assert str(raised.value) == expected
            assert isinstance(raised.value, ImportError)


WEEK = "mon-fri 09:00-17:00"


def at(text: str, hours: str) -> Closing:
    begins, ends = (timedelta(hours=int(hour)) for hour in hours.split("-"))
    return Closing(date.fromisoformat(text), begins, ends, "closed")


class TestAddingToACalendar:
    @pytest.mark.parametrize(
        ("closings", "part", "hours"),
        [
            (["13-17"], "half_days", "9-13"),
            (["13-24"], "half_days", "9-13"),
            (["8-11"], "late_days", "11-17"),
            (["8-11", "15-18"], "half_days late_days", "11-15"),
            (["11-12"], "overrides", "9-11 12-17"),
            (["9-17"], "holidays", ""),
            (["9-12", "11-17"], "holidays", ""),
            (["18-19"], "", "9-17"),
        ],
    )
    def test_a_closing_is_said_as_simply_as_it_can_be(self, closings: list[str], part: str, hours: str) -> None:
        office = BusinessCalendar("UTC", WEEK)
        found = Closures("UTC", 2026, 2026, closings=tuple(at("2026-11-24", each) for each in closings)).added_to(
            office
        )
        parts = ("half_days", "holidays", "late_days", "overrides")
        assert " ".join(name for name in parts if getattr(found, name)) == part
        shifts = found.hours_on(date(2026, 11, 24))
        assert " ".join(f"{each.opens // HOUR}-{each.closes // HOUR}" for each in shifts) == hours
        assert office.hours_on(date(2026, 11, 24)) != ()

    def test_a_night_is_shortened_from_both_sides(self) -> None:
        night = BusinessCalendar("UTC", "mon-fri 22:00-06:00")
        closings = (at("2026-11-24", "23-24"), at("2026-11-25", "0-2"))
        found = Closures("UTC", 2026, 2026, closings=closings).added_to(night)
        start = utc(2026, 11, 24, 12)
        assert list(found.open_intervals(start, start + timedelta(days=1))) == [
            (utc(2026, 11, 24, 22), utc(2026, 11, 24, 23)),
            (utc(2026, 11, 25, 2), utc(2026, 11, 25, 6)),
        ]

    def test_what_is_left_of_a_night_reaches_past_midnight(self) -> None:
        night = BusinessCalendar("UTC", "mon-fri 22:00-06:00")
        found = Closures("UTC", 2026, 2026, closings=(at("2026-11-24", "22-23"),)).added_to(night)
        start = utc(2026, 11, 24, 12)
        assert list(found.open_intervals(start, start + timedelta(days=1))) == [
            (utc(2026, 11, 24, 23), utc(2026, 11, 25, 6))
        ]

    def test_the_names_of_one_date_are_joined_up_to_500_characters(self) -> None:
        assert joined(["x" * 500]) == "x" * 500
        assert joined(["x" * 300, "y" * 300]) == "x" * 300 + "; " + "y" * 198

    def test_an_override_and_an_excluded_date_keep_their_meaning(self) -> None:
        office = BusinessCalendar(
            "UTC", WEEK, overrides={"2026-11-24": "10:00-12:00"}, excluded_holidays=[date(2026, 11, 25)]
        )
        days = FrozenMap({date(2026, 11, 25): "feast"})
        found = Closures("UTC", 2026, 2026, days, (at("2026-11-24", "9-17"),)).added_to(office)
        assert found.hours_on(date(2026, 11, 24)) == ()
        assert found.hours_on(date(2026, 11, 25)) == office.week[0]

    @pytest.mark.parametrize("excluded", [date(2026, 11, 24), "closed", "a"])
    def test_hours_close_on_an_excluded_date_too(self, excluded: date | str) -> None:
        day = date(2026, 11, 24)
        office = BusinessCalendar(
            "UTC", WEEK, holidays={day: "a", "01-01": "closed"}, excluded_holidays=[excluded, "a", day][:2]
        )
        assert office.hours_on(day) != ()
        found = Closures("UTC", 2026, 2026, closings=(at("2026-11-24", "8-18"),)).added_to(office)
        assert found.hours_on(day) == ()

    def test_names_are_added_to_those_that_there_are(self) -> None:
        day = date(2026, 12, 25)
        office = BusinessCalendar("UTC", WEEK, holidays={day: "Christmas"})
        found = Closures("UTC", 2026, 2026, FrozenMap({day: "Navidad"})).added_to(office)
        assert found.holidays[day] == "Christmas; Navidad"

    def test_another_zone_is_refused(self) -> None:
        with pytest.raises(BadValueError) as raised:
            Closures("UTC", 2026, 2026).added_to(BusinessCalendar("Asia/Tokyo", WEEK))
        assert str(raised.value) == (
            "the closures are in local times of UTC, and the calendar in those of Asia/Tokyo; "
            "read the closures for Asia/Tokyo"
        )

    def test_another_kind_of_calendar_is_refused(self) -> None:
        with pytest.raises(BadValueError, match="give a BusinessCalendar"):
            Closures("UTC", 2026, 2026).added_to(FixedIntervals([]))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("day", "begins", "ends", "message"),
        [
            (date(2026, 1, 1), 9, 9, "the closing from 9:00:00 to 9:00:00 is not a part of a date; "),
            (date(2026, 1, 1), 9, 25, "the closing from 9:00:00 to 1 day, 1:00:00 is not a part of a date; "),
            (date.min, 9, 10, "the closing is on 0001-01-01; give a date in the years 2 to 9998"),
            (date.max, 9, 10, "the closing is on 9999-12-31; give a date in the years 2 to 9998"),
        ],
    )
    def test_a_closing_is_a_part_of_one_date(self, day: date, begins: int, ends: int, message: str) -> None:
        with pytest.raises(BadValueError) as raised:
            Closing(day, begins * HOUR, ends * HOUR, "closed")
        assert str(raised.value).startswith(message)


class TestWriting:
    def test_the_text_is_that_of_the_standard(self) -> None:
        uid = sha256(b"Madrid/Europe/Madrid").hexdigest()[:16]
        office = BusinessCalendar("Europe/Madrid", "mon 09:00-17:00", holidays={"2026-10-27": "Día; A, B"})
        text = write_icalendar(office, date(2026, 10, 23), date(2026, 10, 27), name="Madrid", stamp=utc(2026, 1, 2, 3))
        assert text.split("\r\n") == [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ticketflow//ticketflow//EN", "CALSCALE:GREGORIAN",
            "X-WR-CALNAME:Madrid",
            "BEGIN:VTIMEZONE", "TZID:Europe/Madrid",
            "BEGIN:DAYLIGHT", "DTSTART:20261023T000000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0200", "TZNAME:CEST",
            "END:DAYLIGHT",
            "BEGIN:STANDARD", "DTSTART:20261025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT", f"UID:20261027-holiday-{uid}@ticketflow", "DTSTAMP:20260102T030000Z",
            "DTSTART;VALUE=DATE:20261027", "DTEND;VALUE=DATE:20261028", "SUMMARY:Día\\; A\\, B", "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "BEGIN:VEVENT", f"UID:20261026T090000-open-{uid}@ticketflow", "DTSTAMP:20260102T030000Z",
            "DTSTART;TZID=Europe/Madrid:20261026T090000", "DTEND;TZID=Europe/Madrid:20261026T170000",
            "SUMMARY:Madrid", "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "END:VCALENDAR", "",
        ]  # fmt: skip

    def test_a_year_lists_each_change_of_the_clocks(self) -> None:
        office = BusinessCalendar("Europe/Madrid", WEEK)
        text = write_icalendar(office, date(2025, 1, 1), date(2026, 12, 31))
        assert text.count("RDATE:") == 2
        assert "DTSTART:20250330T020000" in text
        assert "RDATE:20260329T020000" in text

    def test_old_offsets_have_seconds(self) -> None:
        always = BusinessCalendar("America/New_York", "mon-sun 00:00-24:00")
        text = write_icalendar(always, date(1883, 1, 1), date(1883, 12, 31))
        assert "TZOFFSETFROM:-045602" in text

    def test_a_local_time_that_occurs_for_the_second_time_is_written_in_utc(self) -> None:
        once = FixedIntervals([(utc(2026, 10, 25, 1), utc(2026, 10, 25, 1, 30))])
        text = write_icalendar(once, date(2026, 10, 25), date(2026, 10, 25))
        assert "DTSTART:20261025T010000Z" in text

    def test_the_same_calendar_gives_the_same_text_and_another_name_other_uids(self) -> None:
        day = date(2026, 11, 23)
        one, other = (write_icalendar(BusinessCalendar("UTC", WEEK), day, day, name=name) for name in ("a", "b"))
        assert one == write_icalendar(BusinessCalendar("UTC", WEEK), day, day, name="a")
        uids = [{str(event["UID"]) for event in TheirCalendar.from_ical(text).walk("VEVENT")} for text in (one, other)]
        assert not uids[0] & uids[1]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"calendar": None}, "calendar is None; give a Calendar"),
            ({"first": None}, "first is None, not a date; give a date"),
            ({"last": datetime(2026, 11, 23, tzinfo=UTC)}, "not a date; give a date"),
            ({"last": date(2026, 11, 22)}, "the dates 2026-11-23 to 2026-11-22 cannot be written"),
            ({"last": date(2200, 1, 1)}, "the dates 2026-11-23 to 2200-01-01 cannot be written"),
            ({"name": "a\nb"}, "is not a line of plain text"),
            ({"calendar": BusinessCalendar("UTC", "mon 09:00-09:00:00.5")}, "give it hours in whole seconds"),
            ({"stamp": datetime(2026, 1, 1)}, "stamp is 2026-01-01T00:00:00, which has no time zone"),  # noqa: DTZ001
            (
                {"calendar": BusinessCalendar("UTC", WEEK), "last": date(2110, 1, 1)},
                "the calendar has more than 20,000 events from 2026-11-23 to 2110-01-01; give fewer dates",
            ),
        ],
    )  # fmt: skip
    def test_wrong_arguments_are_refused(self, arguments: dict[str, object], message: str) -> None:
        day = date(2026, 11, 23)
        given: dict[str, object] = {"calendar": BusinessCalendar("UTC", WEEK), "first": day, "last": day, **arguments}
        with pytest.raises(TicketflowError) as raised:
            write_icalendar(**given)  # type: ignore[arg-type]
        assert message in str(raised.value)

    def test_as_many_events_as_are_allowed_are_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fairs = FixedIntervals([(utc(2026, 11, 23, hour), utc(2026, 11, 23, hour, 30)) for hour in (9, 11, 13)])
        monkeypatch.setattr("ticketflow.calendars.icalendar_writing.MOST_EVENTS", 3)
        assert write_icalendar(fairs, date(2026, 11, 23), date(2026, 11, 23)).count("BEGIN:VEVENT") == 3
        monkeypatch.setattr("ticketflow.calendars.icalendar_writing.MOST_EVENTS", 2)
        with pytest.raises(BadValueError, match="the calendar has more than 2 events"):
            write_icalendar(fairs, date(2026, 11, 23), date(2026, 11, 23))

    def test_nothing_is_written_beyond_what_is_known(self) -> None:
        known = PublicHolidays("XX", FrozenMap({date(2026, 1, 1): ""}), 2026, 2026)
        office = BusinessCalendar("UTC", WEEK, public_holidays=known)
        assert "SUMMARY:Holiday" in write_icalendar(office, date(2026, 1, 1), date(2026, 12, 31))
        with pytest.raises(UnknownHolidaysError):
            write_icalendar(office, date(2026, 1, 1), date(2027, 1, 1))
        with pytest.raises(OutOfRangeError):
            write_icalendar(BusinessCalendar("UTC", WEEK), date(9999, 12, 30), date.max)


def test_the_parts_of_the_format_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="x"):
        form.offset_of("x")
    assert form.windows_zone("Romance Standard Time") == "Europe/Paris"
    assert MOST_DATES == 10_000


def test_the_dates_of_a_rule_include_the_first_and_the_last_asked_for() -> None:
    daily, looked_at = Repetition("DAILY"), list[int]()
    days = dates_of(daily, date(2026, 11, 1), date(2026, 11, 23), date(2026, 11, 25), looked_at.append)
    assert list(days) == [date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)]
    assert looked_at == [1, 1, 1]


def test_one_event_of_one_day_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ticketflow.calendars.icalendar_reading._MOST_STEPS", 1)
    assert list(read("DTSTART:20260105").holidays) == [date(2026, 1, 5)]
    monkeypatch.setattr("ticketflow.calendars.icalendar_reading._MOST_STEPS", 0)
    with pytest.raises(DocumentError, match="its events repeat too often"):
        read("DTSTART:20260105")


def test_blank_lines_end_nothing() -> None:
    """Mail programs leave spaces that do not break."""
    text = calendar("DTSTART:20260105", "DTSTART:20260106").replace("END:VEVENT", "\r\n\u00a0\r\nEND:VEVENT")
    found = read_icalendar(text, "Europe/Madrid", first_year=2026, last_year=2026)
    assert list(found.holidays) == [date(2026, 1, 5), date(2026, 1, 6)]


@pytest.mark.parametrize("days", [1, 2, 400])
def test_a_date_beyond_all_years_is_the_last_or_the_first(days: int) -> None:
    assert (shifted(date.max, days), shifted(date.min, -days)) == (date.max, date.min)
