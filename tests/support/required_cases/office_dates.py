"""Calendars as offices keep them: rules for dates, periods, half and late days, and lists that end.

Dates come from published lists and laws, Easter from the tables of the churches; the rest is counted on a wall calendar.
The calendars are those of real offices, read in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tests.support.required_cases.writing import DAYS, Json


def week(days: str, *shifts: str) -> Json:
    """Return the hours of some weekdays: ``mon-fri``, or one of them."""
    first, _, last = days.partition("-")
    names = DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    return {name: [shift.split("-") for shift in shifts] for name in names}


_OFFICE = week("mon-fri", "09:00-17:00")
HEAD: Json = {
    "calendars": {
        "exchange": {
            "tz": "UTC",
            "hours": week("mon-fri", "09:30-16:00"),
            "holidays": {
                "01-01 observed sun+1": "New Year's Day",
                "3rd mon of jan": "Martin Luther King Jr. Day",
                "3rd mon of feb": "Washington's Birthday",
                "easter-2": "Good Friday",
                "last mon of may": "Memorial Day",
                "06-19 observed sat-1 sun+1": "Juneteenth",
                "07-04 observed sat-1 sun+1": "Independence Day",
                "1st mon of sep": "Labor Day",
                "4th thu of nov": "Thanksgiving",
                "12-25 observed sat-1 sun+1": "Christmas",
            },
            "half_days": {"12-24": "13:00", "2026-11-27": "13:00", "2027-11-26": "13:00"},
            "source": "New York Stock Exchange, Holidays & Trading Hours, nyse.com; 13:00 on early closing days",
        },
        "england": {
            "tz": "UTC",
            "hours": _OFFICE,
            "holidays": [
                "01-01 observed sat+2 sun+1",
                "easter-2",
                "easter+1",
                "1st mon of may",
                "last mon of may",
                "last mon of aug",
                "12-25 observed sat+2 sun+2",
                "12-26 observed sat+2 sun+2",
            ],
            "source": "UK bank holidays, England and Wales, gov.uk",
        },
        "target": {
            "tz": "UTC",
            "hours": week("mon-fri", "07:00-18:00"),
            "holidays": ["01-01", "easter-2", "easter+1", "05-01", "12-25", "12-26"],
            "source": "ECB, TARGET services calendar: six closing days beside the weekends",
        },
        "branch": {
            "tz": "UTC",
            "hours": week("mon-fri", "10:00-16:00"),
            "holidays": ["01-01", "easter-48", "easter-47", "easter-2", "easter+60", "last business day of dec"],
            "late_days": {"easter-46": "12:00"},
            "half_days": {"last fri": "15:00"},
            "source": (
                "FEBRABAN: branches open at noon on Ash Wednesday, close on Carnival Monday and Tuesday and Corpus "
                "Christi, and do not serve the public on the last business day of the year; the half day is ours"
            ),
        },
        "india": {
            "tz": "UTC",
            "hours": week("mon-sat", "10:00-16:00"),
            "holidays": ["2nd and 4th sat"],
            "source": "Reserve Bank of India: banks close on the second and fourth Saturday, from 1 September 2015",
        },
        "chile": {
            "tz": "UTC",
            "hours": _OFFICE,
            "holidays": ["06-29 observed tue-1 wed-2 thu-3 fri+3", "10-12 observed tue-1 wed-2 thu-3 fri+3"],
            "source": "Chile, Ley 19.668: two holidays move to a Monday, those on Friday to the next one",
        },
        "colombia": {
            "tz": "UTC",
            "hours": _OFFICE,
            "holidays": [
                "01-06 observed tue+6 wed+5 thu+4 fri+3 sat+2 sun+1",
                "08-15 observed tue+6 wed+5 thu+4 fri+3 sat+2 sun+1",
                "easter+43",
                "easter+64",
                "easter+71",
            ],
            "source": "Colombia, Ley 51 de 1983: holidays that move to the following Monday",
        },
        "greece": {
            "tz": "UTC",
            "hours": week("mon-fri", "08:00-14:00"),
            "holidays": ["orthodox easter-48", "orthodox easter-2", "orthodox easter+1", "orthodox easter+50"],
            "source": "Greek public holidays: Clean Monday, Good Friday, Easter Monday and Whit Monday",
        },
        "ministry": {
            "tz": "UTC",
            "hours": week("mon-thu", "09:00-14:30", "16:00-18:30") | week("fri", "09:00-14:30"),
            "periods": [
                {"first": "06-16", "last": "09-15", "hours": week("mon-fri", "08:00-14:30")},
                {"first": "12-24", "last": "01-05", "hours": week("mon-fri", "09:00-13:00")},
                {"first": "2026-08-10", "last": "2026-08-21", "hours": {}},
                {"first": "2026-08-17", "last": "2026-08-17", "hours": week("mon", "10:00-12:00")},
            ],
            "source": (
                "Resolution of 28 February 2019 on the hours of the Spanish administration: six and a half hours from "
                "16 June to 15 September; the closed fortnight and the day in it are ours"
            ),
        },
        "payroll": {
            "tz": "UTC",
            "hours": _OFFICE,
            "holidays": ["01-01", "05-01", "12-25"],
            "overrides": {"last business day": [["07:00", "19:00"]], "1st business day": [["09:00", "12:00"]]},
            "late_days": {"business day after 05-01": "13:00"},
            "half_days": {"business day before 12-25": "12:00"},
        },
        "nights": {
            "tz": "UTC",
            "hours": week("mon-sun", "22:00-06:00"),
            "holidays": ["12-31"],
            "half_days": {"12-24": "23:00"},
            "late_days": {"12-26": "23:30"},
            "overrides": {"01-01": [["20:00", "02:00"]]},
            "periods": [{"first": "07-01", "last": "07-31", "hours": week("mon-sun", "23:00-05:00")}],
        },
        "listed": {
            "tz": "UTC",
            "hours": _OFFICE,
            "holidays": {"2026-12-24": "eve", "2026-12-25": "Christmas"},
            "dated_until": "2026-12-31",
        },
    }
}

# Each row: the calendar, a date, its open hours in minutes, and why.
_DAYS: tuple[tuple[str, str, int, str], ...] = (
    # The exchange opens for 390 minutes a day, for 210 on early closing days.
    ("exchange", "2026-01-19", 0, "third Monday of January 2026; the first is the 5th"),
    ("exchange", "2026-02-16", 0, "third Monday of February 2026"),
    ("exchange", "2026-04-03", 0, "Easter 2026 is 5 April"),
    ("exchange", "2027-03-26", 0, "Easter 2027 is 28 March"),
    ("exchange", "2026-05-25", 0, "last Monday of May 2026"),
    ("exchange", "2026-06-19", 0, "a Friday"),
    ("exchange", "2027-06-18", 0, "19 June 2027 is a Saturday, kept on Friday"),
    ("exchange", "2026-07-03", 0, "4 July 2026 is a Saturday, kept on Friday"),
    ("exchange", "2027-07-05", 0, "4 July 2027 is a Sunday, kept on Monday"),
    ("exchange", "2027-07-02", 390, "the Friday before is an ordinary day"),
    ("exchange", "2026-11-26", 0, "fourth Thursday of November 2026"),
    ("exchange", "2028-11-23", 0, "fourth Thursday of November 2028; the 30th is the fifth"),
    ("exchange", "2028-11-30", 390, "the fifth Thursday is an ordinary day"),
    ("exchange", "2026-11-27", 210, "early closing on the day after Thanksgiving"),
    ("exchange", "2026-12-24", 210, "early closing on Christmas Eve"),
    (
        "exchange",
        "2027-12-24",
        0,
        "25 December 2027 is a Saturday, kept on Friday: the holiday goes before the half day",
    ),
    ("exchange", "2021-12-31", 390, "1 January 2022 is a Saturday, which the exchange does not keep on Friday"),
    ("exchange", "2023-01-02", 0, "1 January 2023 is a Sunday, kept on Monday"),
    ("england", "2021-12-27", 0, "25 December 2021 is a Saturday: its substitute is Monday"),
    ("england", "2021-12-28", 0, "26 December 2021 is a Sunday: its substitute is Tuesday"),
    ("england", "2022-12-26", 0, "Boxing Day, a Monday"),
    ("england", "2022-12-27", 0, "25 December 2022 is a Sunday: its substitute is Tuesday"),
    ("england", "2022-12-28", 480, "both are over"),
    ("england", "2022-01-03", 0, "1 January 2022 is a Saturday: its substitute is Monday"),
    ("england", "2027-12-24", 480, "Christmas Eve, a Friday, is an ordinary day"),
    ("england", "2026-08-31", 0, "last Monday of August 2026"),
    ("target", "2026-04-06", 0, "Easter Monday"),
    ("target", "2024-03-29", 0, "Good Friday: Easter 2024 is 31 March"),
    ("target", "2024-04-01", 0, "Easter Monday, at the end of a month"),
    ("target", "2026-12-24", 660, "Christmas Eve is a business day"),
    ("branch", "2026-02-16", 0, "Carnival Monday, 48 days before Easter"),
    ("branch", "2026-02-18", 240, "Ash Wednesday, 46 days before Easter: from noon to four"),
    ("branch", "2024-02-14", 240, "Ash Wednesday of 2024, a leap year"),
    ("branch", "2026-06-04", 0, "Corpus Christi, 60 days after Easter"),
    ("branch", "2026-12-31", 0, "the last business day of 2026 is a Thursday"),
    ("branch", "2022-12-30", 0, "31 December 2022 is a Saturday, so the last business day is Friday"),
    ("branch", "2026-12-30", 360, "one day before is an ordinary day"),
    ("branch", "2026-02-27", 300, "last Friday of February: until three"),
    ("branch", "2022-12-23", 360, "the 23rd is a Friday, but not the last one"),
    ("india", "2026-11-14", 0, "second Saturday of November 2026"),
    ("india", "2026-11-28", 0, "fourth Saturday"),
    ("india", "2026-08-29", 360, "fifth Saturday of August 2026"),
    ("chile", "2021-06-28", 0, "29 June 2021 is a Tuesday"),
    ("chile", "2022-06-27", 0, "29 June 2022 is a Wednesday"),
    ("chile", "2023-06-26", 0, "29 June 2023 is a Thursday"),
    ("chile", "2018-07-02", 0, "29 June 2018 is a Friday: the next Monday is in July"),
    ("chile", "2018-06-29", 480, "the Friday itself is an ordinary day"),
    ("chile", "2020-10-12", 0, "12 October 2020 is a Monday, and stays"),
    ("colombia", "2026-01-12", 0, "6 January 2026 is a Tuesday"),
    ("colombia", "2025-01-06", 0, "6 January 2025 is a Monday, and stays"),
    ("colombia", "2026-08-17", 0, "15 August 2026 is a Saturday"),
    ("colombia", "2024-05-13", 0, "Ascension: 43 days after 31 March 2024"),
    ("colombia", "2024-06-10", 0, "Sacred Heart: 71 days after 31 March 2024"),
    ("greece", "2024-03-18", 0, "Clean Monday: orthodox Easter 2024 is 5 May"),
    ("greece", "2024-05-03", 0, "Good Friday of the orthodox churches"),
    ("greece", "2024-03-29", 360, "Good Friday of the western churches is an ordinary day"),
    ("greece", "2025-04-21", 0, "both churches kept Easter on 20 April 2025"),
    ("greece", "2025-06-09", 0, "Whit Monday, 50 days after"),
    ("ministry", "2026-06-15", 480, "the day before the summer hours: 5 h 30 and 2 h 30"),
    ("ministry", "2026-06-16", 390, "the first day of the summer hours"),
    ("ministry", "2026-09-15", 390, "the last day"),
    ("ministry", "2026-09-16", 480, "and the day after"),
    ("ministry", "2026-08-10", 0, "the closed fortnight is narrower than the summer"),
    ("ministry", "2026-08-17", 120, "and the one day in it narrower than the fortnight"),
    ("ministry", "2027-08-10", 390, "it closes in 2026 only"),
    ("ministry", "2026-12-31", 240, "a period that runs over the end of the year"),
    ("ministry", "2027-01-05", 240, "its last day, in the next year"),
    ("ministry", "2027-01-06", 480, "and the day after"),
    ("payroll", "2026-10-30", 720, "last business day of October 2026: the 31st is a Saturday"),
    ("payroll", "2026-11-02", 180, "first business day of November 2026: the 1st is a Sunday"),
    ("payroll", "2027-01-04", 180, "1 January 2027 is a holiday on Friday, so the first business day is Monday"),
    (
        "payroll",
        "2027-05-03",
        180,
        "the first business day of May 2027 and the day after the 1st: an override is not late",
    ),
    ("payroll", "2028-05-02", 180, "likewise: 1 May 2028 is a Monday"),
    ("payroll", "2026-12-24", 180, "the business day before Christmas: until noon"),
    ("payroll", "2022-12-23", 180, "25 December 2022 is a Sunday: the business day before it is Friday"),
    ("payroll", "2026-01-02", 180, "the first business day of January: 1 January 2026 is a holiday on Thursday"),
    ("india", "2026-01-10", 0, "second Saturday of January 2026; the first is the 3rd"),
    ("india", "2026-01-03", 360, "the first Saturday of January is an ordinary day"),
)

# Easter Mondays. In 1954, 1981, 2049 and 2076 Easter is a week earlier than Gauss's rule says without its two exceptions.
_EASTER_MONDAYS = (
    ("1943-04-26", "25 April 1943 is the latest Easter of the century"),
    ("1954-04-19", "Easter 1954 is 18 April, not the 25th"),
    ("1981-04-20", "Easter 1981 is 19 April, not the 26th"),
    ("2000-04-24", "Easter 2000 is 23 April"),
    ("2008-03-24", "Easter 2008 is 23 March"),
    ("2038-04-26", "25 April 2038 is the latest Easter of the century"),
    ("2049-04-19", "Easter 2049 is 18 April, not the 25th"),
    ("2076-04-20", "Easter 2076 is 19 April, not the 26th"),
    ("2285-03-23", "22 March 2285 is the earliest Easter"),
)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    for calendar, day, minutes, source in _DAYS:
        yield _day(calendar, day, minutes, source)
    monday = {"tz": "UTC", "hours": _OFFICE, "holidays": ["easter+1"]}
    for day, source in _EASTER_MONDAYS:
        yield _day(monday, day, 0, source, "easter-monday")
        week_later = date.fromisoformat(day) + timedelta(days=7)
        yield _day(monday, f"{week_later}", 480, f"{source}; a week later is an ordinary Monday", "easter-monday")
    yield from _orthodox_easters()
    yield from _far_from_easter()
    yield from _year_ends()
    yield from _overlaps()
    yield from _business_days()
    yield from _horizons()
    yield from _refused()


def _day(calendar: str | Json, day: str, minutes: int, source: str, name: str = "") -> Json:
    following = date.fromisoformat(day) + timedelta(days=1)
    args = {"start": f"{day}T00:00:00Z", "end": f"{following}T00:00:00Z"}
    return _case(f"{name or calendar}-{day}", calendar, "between", args, minutes * 60, source)


def _orthodox_easters() -> Iterator[Json]:
    """Yield orthodox Easter Mondays of several centuries: the Julian calendar is 12, 13 or 14 days behind."""
    monday = {"tz": "UTC", "hours": _OFFICE, "holidays": ["orthodox easter+1"]}
    for day, source in (
        ("1900-04-23", "Easter 1900 was 22 April (9 April, 13 days behind from 1 March 1900 on)"),
        ("2000-05-01", "Easter 2000 was 30 April"),
        ("2016-05-02", "Easter 2016 was 1 May"),
        ("2019-04-29", "Easter 2019 was 28 April"),
        ("2099-04-13", "Easter 2099 is 12 April"),
        ("2100-05-03", "Easter 2100 is 2 May (18 April, 14 days behind from 1 March 2100 on)"),
        ("2101-04-25", "Easter 2101 is 24 April"),
    ):
        yield _day(monday, day, 0, source, "orthodox-easter-monday")


def _far_from_easter() -> Iterator[Json]:
    """Yield cases at the largest distances from Easter, which is 5 April in 2026 and 28 March in 2027."""
    for name, rule, day, source in (
        ("last-day-after-easter", "easter+250", "2026-12-11", "5 April is day 95 of 2026, 11 December day 345"),
        (
            "first-day-before-easter",
            "easter-250",
            "2026-07-21",
            "28 March is day 87 of 2027, 21 July day 202 of the 365 of 2026",
        ),
    ):
        calendar = {"tz": "UTC", "hours": _OFFICE, "holidays": [rule]}
        yield _day(calendar, day, 0, source, name)


def _case(
    name: str, calendar: object, op: str, args: Json, expect: object, source: str, clauses: str = "1.3", **more: str
) -> Json:
    head = {"id": f"office-dates-{name}", "clauses": clauses.split(), "source": source}
    return head | {"calendar": calendar, "op": op, "args": args, "expect": expect} | more


def _year_ends() -> Iterator[Json]:
    """Yield cases at the ends of years."""
    yield _case(
        "over-new-year-in-london",
        "england",
        "next_open",
        {"at": "2021-12-31T17:00:00Z"},
        "2022-01-04T09:00:00Z",
        "Saturday 1 January 2022 is kept on Monday, so London opens on Tuesday",
    )
    yield _case(
        "sum-over-christmas-in-london",
        "england",
        "add",
        {"start": "2021-12-24T16:00:00Z", "seconds": 7200},
        "2021-12-29T10:00:00Z",
        "an hour on Friday; Monday and Tuesday are substitutes; an hour on Wednesday",
        "1.3 1.4",
    )
    yield _case(
        "sum-back-over-christmas-in-london",
        "england",
        "add",
        {"start": "2022-12-28T10:00:00Z", "seconds": -7200},
        "2022-12-23T16:00:00Z",
        "an hour on Wednesday; Monday and Tuesday are holidays; an hour on Friday",
        "1.3 1.4",
    )
    yield _case(
        "year-end-in-brazil",
        "branch",
        "next_open",
        {"at": "2026-12-30T16:00:00Z"},
        "2027-01-04T10:00:00Z",
        "Thursday is the last business day, Friday New Year",
    )
    yield _case(
        "year-end-in-brazil-2022",
        "branch",
        "next_open",
        {"at": "2022-12-29T16:00:00Z"},
        "2023-01-02T10:00:00Z",
        "Friday 30 December is the last business day; 1 January 2023 is a Sunday",
    )
    yield _case(
        "winter-hours-of-the-ministry",
        "ministry",
        "between",
        {"start": "2026-12-23T00:00:00Z", "end": "2027-01-07T00:00:00Z"},
        (480 + 9 * 240 + 480) * 60,
        "Wed 23 December 8 h; Thu 24 to Tue 5 January nine weekdays of 4 h; Wed 6 January 8 h",
    )
    yield _case(
        "closing-in-the-winter-hours",
        "ministry",
        "next_close",
        {"at": "2027-01-01T12:00:00Z"},
        "2027-01-01T13:00:00Z",
        "the period that began in December closes at one",
    )
    yield _case(
        "last-night-of-the-year",
        "nights",
        "between",
        {"start": "2026-12-30T12:00:00Z", "end": "2027-01-02T12:00:00Z"},
        (8 + 6) * 3600,
        "the night of the 30th is 8 h; that of the 31st is a holiday; the override of 1 January is 20:00 to 02:00",
    )
    yield _case(
        "night-of-christmas-eve",
        "nights",
        "between",
        {"start": "2026-12-24T12:00:00Z", "end": "2026-12-25T12:00:00Z"},
        3600,
        "a half day until 23:00 cuts off the night",
    )
    yield _case(
        "night-of-26-december",
        "nights",
        "between",
        {"start": "2026-12-26T12:00:00Z", "end": "2026-12-27T12:00:00Z"},
        390 * 60,
        "a late day begins at 23:30 and runs to 06:00",
    )
    yield _case(
        "morning-of-a-holiday-at-night",
        "nights",
        "is_open",
        {"at": "2026-12-31T05:59:59Z"},
        True,
        "the shift belongs to the 30th",
    )
    yield _case(
        "morning-after-a-holiday-at-night",
        "nights",
        "is_open",
        {"at": "2027-01-01T01:00:00Z"},
        False,
        "the shift would belong to the 31st, a holiday of every year",
    )
    yield _case(
        "first-night-of-a-period",
        "nights",
        "between",
        {"start": "2026-06-30T12:00:00Z", "end": "2026-07-02T12:00:00Z"},
        (8 + 6) * 3600,
        "30 June has the night of the week, 1 July that of the period",
    )
    yield _case(
        "last-night-of-a-period",
        "nights",
        "is_open",
        {"at": "2026-08-01T04:59:59Z"},
        True,
        "the shift of 31 July runs into August",
    )
    yield _case(
        "after-the-last-night-of-a-period",
        "nights",
        "next_open",
        {"at": "2026-08-01T05:00:00Z"},
        "2026-08-01T22:00:00Z",
        "August has the hours of the week",
    )
    leap = {"tz": "UTC", "hours": _OFFICE, "periods": [{"first": "02-20", "last": "02-29", "hours": {}}]}
    for year, opens, why in (
        (2027, "2027-03-01T09:00:00Z", "in a common year the period ends on 28 February"),
        (2028, "2028-03-01T09:00:00Z", "29 February 2028 is a Tuesday and closed"),
    ):
        yield _case(f"leap-day-ends-a-period-{year}", leap, "next_open", {"at": f"{year}-02-20T00:00:00Z"}, opens, why)
    moved = {"tz": "UTC", "hours": week("mon-sun", "09:00-17:00"), "holidays": ["01-01 observed sat-1 sun+1"]}
    for day, is_open, why in (
        ("2021-12-31", False, "1 January 2022 is a Saturday: it is kept in the year before"),
        ("2022-01-01", True, "and not on its own date"),
        ("2023-01-02", False, "1 January 2023 is a Sunday"),
    ):
        yield _case(f"moved-new-year-{day}", moved, "is_open", {"at": f"{day}T10:00:00Z"}, is_open, why)


def _overlaps() -> Iterator[Json]:
    """Yield cases of several rules on one date."""
    day, at = "2026-11-27", {"start": "2026-11-27T00:00:00Z", "end": "2026-11-28T00:00:00Z"}
    base: Json = {"tz": "UTC", "hours": _OFFICE}
    for name, parts, hours, why in (
        (
            "dated-override-first",
            {"overrides": {day: [["10:00", "11:00"]], "last fri": []}, "holidays": [day]},
            1,
            "the override of the single date goes before that of the rule and before the holiday",
        ),
        (
            "override-by-rule-before-holiday",
            {"overrides": {"last fri": [["10:00", "12:00"]]}, "holidays": [day]},
            2,
            "an override by a rule goes before a holiday",
        ),
        (
            "shortest-override",
            {"overrides": {"last fri": [["10:00", "12:00"]], "4th fri": [["09:00", "12:00"]]}},
            2,
            "the Friday is the fourth and the last one: the shorter hours count",
        ),
        (
            "closed-override",
            {"overrides": {"last fri": [["10:00", "12:00"]], "11-27": []}},
            0,
            "closed is shorter than two hours",
        ),
        (
            "excluded-by-date",
            {"holidays": ["last fri"], "excluded_holidays": [day]},
            8,
            "the rule names the date, and the date is excluded",
        ),
        (
            "excluded-by-name",
            {"holidays": {day: "Black Friday"}, "excluded_holidays": ["Black Friday"]},
            8,
            "the holiday is excluded by its name",
        ),
        (
            "one-of-two-names",
            {"holidays": {"last fri": "a", "4th fri": "b"}, "excluded_holidays": ["a"]},
            0,
            "the date is still the other holiday",
        ),
        (
            "both-names",
            {"holidays": {day: "a; b"}, "excluded_holidays": ["a", "b"]},
            8,
            "both holidays of the date are excluded",
        ),
        (
            "holiday-in-a-period",
            {"periods": [{"first": "11-01", "last": "11-30", "hours": week("fri", "08:00-20:00")}], "holidays": [day]},
            0,
            "a holiday goes before a period",
        ),
        (
            "excluded-holiday-in-a-period",
            {
                "periods": [{"first": "11-01", "last": "11-30", "hours": week("fri", "08:00-20:00")}],
                "holidays": [day],
                "excluded_holidays": [day],
            },
            12,
            "without the holiday, the hours are those of the period",
        ),
        (
            "narrowest-period",
            {
                "periods": [
                    {"first": "11-01", "last": "11-30", "hours": week("fri", "08:00-20:00")},
                    {"first": "2026-11-23", "last": "2026-11-29", "hours": week("fri", "10:00-14:00")},
                    {"first": "11-25", "last": "12-15", "hours": {}},
                ]
            },
            4,
            "7 days are narrower than 21 and 30",
        ),
        (
            "half-and-late-day",
            {"half_days": {"last fri": "15:00"}, "late_days": {"11-27": "11:00"}},
            4,
            "from eleven to three",
        ),
        (
            "late-day-after-the-half-day",
            {"half_days": {"last fri": "11:00"}, "late_days": {"11-27": "12:00"}},
            0,
            "it would open after it closes",
        ),
        (
            "earliest-half-day",
            {"half_days": {"last fri": "15:00", "4th fri": "12:00"}},
            3,
            "of two rules the earliest end counts",
        ),
        (
            "dated-half-day",
            {"half_days": {day: "16:00", "4th fri": "12:00"}},
            7,
            "the entry of the single date goes before the rule",
        ),
        (
            "latest-late-day",
            {"late_days": {"last fri": "10:00", "4th fri": "12:00"}},
            5,
            "of two rules the latest start counts",
        ),
        (
            "half-day-in-a-period",
            {
                "periods": [{"first": "11-01", "last": "11-30", "hours": week("fri", "07:00-13:00", "15:00-20:00")}],
                "half_days": {"last fri": "16:00"},
            },
            7,
            "a half day shortens the hours of the period: six hours and one",
        ),
        (
            "override-is-not-trimmed",
            {"overrides": {"last fri": [["09:00", "20:00"]]}, "half_days": {day: "12:00"}, "late_days": {day: "11:00"}},
            11,
            "half and late days do not shorten an override",
        ),
    ):
        yield _case(f"overlap-{name}", base | parts, "between", at, hours * 3600, f"Friday 27 November 2026: {why}")


def _business_days() -> Iterator[Json]:
    """Yield cases of rules that name business days, and of business days on such calendars."""
    yield _case(
        "business-day-after-carnival",
        "branch",
        "add_business_days",
        {"start": "2026-02-13T11:00:00Z", "days": 1},
        "2026-02-18T12:00:00Z",
        "from Friday, Monday and Tuesday are Carnival; on Ash Wednesday eleven is closed until noon",
        "1.3 1.7",
    )
    yield _case(
        "two-business-days-over-a-closed-fortnight",
        "ministry",
        "add_business_days",
        {"start": "2026-08-07T10:00:00Z", "days": 2},
        "2026-08-24T10:00:00Z",
        "Friday 7; the day in the fortnight is Monday 17; the next is Monday 24",
        "1.3 1.7",
    )
    rule = {"tz": "UTC", "hours": _OFFICE, "holidays": ["1st business day", "2nd business day"]}
    yield _case(
        "counted-without-the-rules",
        rule,
        "next_open",
        {"at": "2026-11-30T17:00:00Z"},
        "2026-12-03T09:00:00Z",
        "both rules count on the plain week, so 1 and 2 December are closed, and no third day",
    )
    for name, holidays, at, opens, why in (
        (
            "business-day-before-a-long-weekend",
            {"12-25": "x", "12-26": "x", "business day before 12-25": "bridge"},
            "2026-12-23T17:00:00Z",
            "2026-12-28T09:00:00Z",
            "Thursday 24 is the business day before Christmas",
        ),
        (
            "business-day-after-a-weekend",
            {"business day after 10-31": "inventory"},
            "2026-10-30T17:00:00Z",
            "2026-11-03T09:00:00Z",
            "31 October 2026 is a Saturday, so Monday is closed",
        ),
        *(
            (
                f"business-day-after-a-{name}",
                {f"business day after {day}": "inventory"},
                at,
                opens,
                f"{day} 2026 is a {name.capitalize()}; the date after it that is a business day is closed",
            )
            for name, day, at, opens in (
                ("wednesday", "11-25", "2026-11-25T17:00:00Z", "2026-11-27T09:00:00Z"),
                ("thursday", "11-26", "2026-11-26T17:00:00Z", "2026-11-30T09:00:00Z"),
                ("friday", "11-27", "2026-11-27T17:00:00Z", "2026-12-01T09:00:00Z"),
                ("sunday", "11-29", "2026-11-27T17:00:00Z", "2026-12-01T09:00:00Z"),
            )
        ),
        (
            "twenty-third-business-day",
            {"23rd business day": "x"},
            "2026-12-30T17:00:00Z",
            "2027-01-01T09:00:00Z",
            "December 2026 has 23 weekdays, the last on the 31st",
        ),
        (
            "no-twenty-third-business-day",
            {"23rd business day": "x"},
            "2026-11-29T00:00:00Z",
            "2026-11-30T09:00:00Z",
            "November 2026 has 21 weekdays",
        ),
        (
            "last-business-day-before-an-observed-feast",
            {"business day before 07-04 observed sat-1": "x", "07-04 observed sat-1": "y"},
            "2026-07-01T17:00:00Z",
            "2026-07-06T09:00:00Z",
            "4 July 2026 is a Saturday, kept on Friday 3, and Thursday 2 is the business day before",
        ),
    ):
        calendar = {"tz": "UTC", "hours": _OFFICE, "holidays": holidays}
        yield _case(name, calendar, "next_open", {"at": at}, opens, why)
    lost = {"tz": "UTC", "hours": week("mon-sun", "00:00-23:59")}
    yield _case(
        "lost-minutes",
        lost,
        "add",
        {"start": "2026-11-23T00:00:00Z", "seconds": 48 * 3600},
        "2026-11-25T00:02:00Z",
        "hours that end at 23:59 lose a minute each night: 48 hours from Monday are due on Wednesday at 00:02",
        "1.3 1.4",
    )


def _horizons() -> Iterator[Json]:
    """Yield cases about the end of a list and of known years."""
    yield _case(
        "listed-to-the-end",
        "listed",
        "add",
        {"start": "2026-12-23T16:00:00Z", "seconds": 7200},
        "2026-12-28T10:00:00Z",
        "Thursday and Friday are listed holidays",
        "1.3 1.5",
    )
    yield _case(
        "listed-last-instant",
        "listed",
        "is_open",
        {"at": "2026-12-31T16:59:59Z"},
        True,
        "31 December belongs to the listed time",
        "1.5",
    )
    for name, op, args in (
        ("beyond", "is_open", {"at": "2027-01-01T10:00:00Z"}),
        ("sum-beyond", "add", {"start": "2026-12-31T16:00:00Z", "seconds": 3601}),
        ("next-beyond", "next_open", {"at": "2026-12-31T17:00:00Z"}),
    ):
        yield _case(
            f"listed-{name}", "listed", op, args, None, "the list is meant until 2026", "1.5", error="unknown_holidays"
        )
    assumed = HEAD["calendars"]["listed"] | {"beyond_known": "assume_none"}
    yield _case(
        "listed-beyond-assumed",
        assumed,
        "next_open",
        {"at": "2026-12-31T17:00:00Z"},
        "2027-01-01T09:00:00Z",
        "no dates are assumed: a Friday is a Friday",
        "1.5",
    )
    known = {"tz": "UTC", "hours": _OFFICE, "known_years": [2026, 2026], "holidays": ["12-31"]}
    for name, rule, expect, why in (
        ("decided", "business day before 01-01", True, "30 December is the last business day: the 31st is known"),
        ("not-decided", "business day before 01-02", None, "is 1 January a business day? then it is not the 30th"),
        ("too-far", "business day before 02-28", True, "more than 31 days away"),
        ("of-the-month", "last business day", True, "the month ends within the known years"),
    ):
        calendar = known | {"half_days": {rule: "12:00"}}
        error = {} if expect else {"error": "unknown_holidays"}
        yield _case(
            f"edge-{name}", calendar, "is_open", {"at": "2026-12-30T10:00:00Z"}, expect, why, "1.3 1.5", **error
        )
    cut = {"tz": "UTC", "hours": _OFFICE, "dated_until": "2026-11-18", "half_days": {"last business day": "12:00"}}
    yield _case(
        "edge-within-a-month",
        cut,
        "is_open",
        {"at": "2026-11-18T10:00:00Z"},
        None,
        "whether Wednesday 18 November is the last business day depends on dates that are not listed",
        "1.3 1.5",
        error="unknown_holidays",
    )
    yield _case(
        "edge-within-a-month-before",
        cut,
        "is_open",
        {"at": "2026-11-17T14:00:00Z"},
        True,
        "Tuesday is not the last one: Wednesday is a business day",
        "1.3 1.5",
    )


def _refused() -> Iterator[Json]:
    """Yield calendars that are refused."""
    at = {"at": "2026-11-23T10:00:00Z"}
    fortnight = {"first": "2026-11-16", "last": "2026-11-29", "hours": {}}
    for name, parts, why in (
        ("nested", {"holidays": ["business day before last business day"]}, "a rule for business days starts from one"),
        ("observed", {"holidays": ["1st business day observed sat-1"]}, "only plain dates are observed on other days"),
        ("no-such-date", {"holidays": ["02-30"]}, "no year has this date"),
        ("no-such-year", {"holidays": ["2026-02-29"]}, "2026 is no leap year"),
        ("sixth-friday", {"holidays": ["6th fri"]}, "no month has six"),
        ("twice", {"half_days": {"2nd and 4th sat": "12:00", "2nd, 4th sat": "13:00"}}, "one rule in two texts"),
        (
            "equally-narrow",
            {"periods": [fortnight, fortnight | {"first": "2026-11-23", "last": "2026-12-06"}]},
            "14 days each",
        ),
        (
            "equally-narrow-in-leap-years",
            {
                "periods": [
                    {"first": "02-20", "last": "02-29", "hours": {}},
                    {"first": "02-25", "last": "03-05", "hours": {}},
                ]
            },
            "in leap years both have ten days and share 25 February",
        ),
        (
            "equally-narrow-over-the-new-year",
            {
                "periods": [
                    {"first": "12-20", "last": "01-05", "hours": {}},
                    {"first": "2026-01-01", "last": "2026-01-17", "hours": {}},
                ]
            },
            "17 days each; the one that began in 2025 shares 1 January",
        ),
        (
            "equally-narrow-and-earlier",
            {
                "periods": [
                    {"first": "11-25", "last": "12-04", "hours": {}},
                    {"first": "2026-11-20", "last": "2026-11-29", "hours": {}},
                ]
            },
            "ten days each; both have 25 November 2026",
        ),
        (
            "equally-narrow-and-later",
            {
                "periods": [
                    {"first": "11-25", "last": "12-04", "hours": {}},
                    {"first": "2026-12-04", "last": "2026-12-13", "hours": {}},
                ]
            },
            "ten days each; both have 4 December 2026",
        ),
        (
            "equally-narrow-at-the-new-year",
            {
                "periods": [
                    {"first": "01-01", "last": "01-10", "hours": {}},
                    {"first": "12-25", "last": "01-03", "hours": {}},
                ]
            },
            "ten days each; both have 1 January of every year",
        ),
        ("farther-from-easter", {"holidays": ["easter+251"]}, "at most 250 days"),
        ("farther-before-easter", {"holidays": ["easter-251"]}, "at most 250 days"),
        ("observed-twice", {"holidays": ["07-04 observed sat-1 sat+2"]}, "by one day or by two?"),
        ("mixed-period", {"periods": [{"first": "11-01", "last": "2026-11-30", "hours": {}}]}, "one end has no year"),
        ("backward-period", {"periods": [fortnight | {"last": "2026-11-01"}]}, "it ends before it begins"),
        ("period-of-rules", {"periods": [{"first": "last fri", "last": "12-31", "hours": {}}]}, "an end is a date"),
        ("late-at-24", {"late_days": {"12-24": "24:00"}}, "a late day begins before 24:00"),
        ("unknown-name", {"holidays": {"12-24": "eve"}, "excluded_holidays": ["Eve"]}, "no holiday has this name"),
        (
            "dated-too-late",
            {"holidays": ["2027-01-01"], "dated_until": "2026-12-31"},
            "listed after the end of the list",
        ),
    ):
        calendar = {"tz": "UTC", "hours": _OFFICE, **parts}
        yield _case(f"refused-{name}", calendar, "is_open", at, None, why)
    never = {"tz": "UTC", "hours": {}, "overrides": {"1st business day": [["09:00", "10:00"]]}}
    yield _case("refused-never", never, "is_open", at, None, "without the rule there are no business days", "1.3 1.5")
