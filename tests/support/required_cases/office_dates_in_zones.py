"""Rules for dates, periods, half and late days where the UTC offset changes; worked out by hand from the transitions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.required_cases.office_dates import week
from tests.support.required_cases.writing import Json

# The transitions of the IANA database: Madrid 2024-03-31 02:00 to 03:00 and 2024-10-27 03:00 to 02:00; New York
# 2024-03-10 02:00 to 03:00 and 2024-11-03 02:00 to 01:00; Santiago 2024-09-08 00:00 to 01:00 and 2024-04-07 00:00 to
# 23:00; Lord Howe 2024-10-06 02:00 to 02:30 and 2024-04-07 02:00 to 01:30; Apia skipped 30 December 2011.
_EARLY, _ALL_DAY = week("mon-sun", "00:00-06:00"), week("mon-sun", "00:00-24:00")
_NIGHT, _OFFICE = week("sat", "22:00-06:00"), week("mon-fri", "09:00-17:00")
_MADRID = "Europe/Madrid"
_MARCH = ("2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00")
_OCTOBER = ("2024-10-27T00:00:00+02:00", "2024-10-28T00:00:00+01:00")
_MARCH_NIGHT = ("2024-03-30T12:00:00+01:00", "2024-03-31T12:00:00+02:00")
_OCTOBER_NIGHT = ("2024-10-26T12:00:00+02:00", "2024-10-27T12:00:00+01:00")

_SUMS: tuple[tuple[str, str, Json, Json, tuple[str, str], int, str], ...] = (
    (
        "half-day-in-a-gap",
        _MADRID,
        _EARLY,
        {"half_days": {"last sun of mar": "02:30"}},
        _MARCH,
        120,
        "0:00 to 2:00; 2:00 to 2:30 is skipped",
    ),
    (
        "late-day-in-a-gap",
        _MADRID,
        _EARLY,
        {"late_days": {"last sun of mar": "02:30"}},
        _MARCH,
        180,
        "the first local time from 2:30 on is 3:00",
    ),
    (
        "half-day-in-a-fold",
        _MADRID,
        _EARLY,
        {"half_days": {"last sun of oct": "02:30"}},
        _OCTOBER,
        180,
        "0:00 to 2:00, and 2:00 to 2:30 twice",
    ),
    (
        "late-day-in-a-fold",
        _MADRID,
        _EARLY,
        {"late_days": {"last sun of oct": "02:30"}},
        _OCTOBER,
        240,
        "2:30 to 3:00 twice, and 3:00 to 6:00",
    ),
    (
        "half-and-late-day-in-a-fold",
        _MADRID,
        _EARLY,
        {"late_days": {"last sun of oct": "02:15"}, "half_days": {"10-27": "02:45"}},
        _OCTOBER,
        60,
        "2:15 to 2:45 twice",
    ),
    (
        "override-in-a-gap",
        _MADRID,
        _EARLY,
        {"overrides": {"last sun of mar": [["02:00", "03:00"]]}},
        _MARCH,
        0,
        "all of it is skipped",
    ),
    (
        "override-in-a-fold",
        _MADRID,
        _EARLY,
        {"overrides": {"last sun of oct": [["02:00", "03:00"]]}},
        _OCTOBER,
        120,
        "all of it is repeated",
    ),
    (
        "easter-on-the-day-of-the-gap",
        _MADRID,
        _ALL_DAY,
        {"half_days": {"easter": "12:00"}},
        _MARCH,
        660,
        "Easter 2024 is 31 March: eleven hours from midnight to noon",
    ),
    (
        "holiday-on-the-day-of-the-gap",
        _MADRID,
        _ALL_DAY,
        {"holidays": ["easter"]},
        ("2024-03-30T00:00:00+01:00", "2024-04-02T00:00:00+02:00"),
        2880,
        "Saturday and Monday have 24 hours, Easter Sunday none",
    ),
    (
        "period-from-the-gap",
        _MADRID,
        {},
        {"periods": [{"first": "03-31", "last": "10-27", "hours": _ALL_DAY}]},
        _MARCH,
        1380,
        "the first day of the period has 23 hours",
    ),
    (
        "period-to-the-fold",
        _MADRID,
        {},
        {"periods": [{"first": "03-31", "last": "10-27", "hours": _ALL_DAY}]},
        ("2024-10-26T00:00:00+02:00", "2024-10-29T00:00:00+01:00"),
        2940,
        "24 hours on the 26th, 25 on the 27th, the last day; none after it",
    ),
    (
        "late-night-over-a-gap",
        _MADRID,
        _NIGHT,
        {"late_days": {"last sat": "23:00"}},
        _MARCH_NIGHT,
        360,
        "23:00 to 2:00 and 3:00 to 6:00",
    ),
    (
        "late-night-over-a-fold",
        _MADRID,
        _NIGHT,
        {"late_days": {"last sat": "23:00"}},
        _OCTOBER_NIGHT,
        480,
        "23:00 to 2:00, 2:00 to 3:00 twice, 3:00 to 6:00",
    ),
    (
        "night-cut-before-a-gap",
        _MADRID,
        _NIGHT,
        {"half_days": {"last sat": "24:00"}},
        _MARCH_NIGHT,
        120,
        "22:00 to 24:00 of its own date",
    ),
    (
        "night-of-a-period-over-a-fold",
        _MADRID,
        {},
        {"periods": [{"first": "10-26", "last": "10-26", "hours": _NIGHT}]},
        _OCTOBER_NIGHT,
        540,
        "the shift belongs to the 26th and lasts nine hours",
    ),
    (
        "late-day-in-new-york",
        "America/New_York",
        week("sun", "00:00-08:00"),
        {"late_days": {"2nd sun of mar": "02:30"}},
        ("2024-03-10T00:00:00-05:00", "2024-03-11T00:00:00-04:00"),
        300,
        "the first local time from 2:30 on is 3:00",
    ),
    (
        "late-day-in-new-york-in-november",
        "America/New_York",
        week("sun", "00:00-08:00"),
        {"late_days": {"1st sun of nov": "01:30"}},
        ("2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00"),
        420,
        "1:30 to 2:00 twice, and 2:00 to 8:00",
    ),
    (
        "override-at-a-skipped-midnight",
        "America/Santiago",
        _OFFICE,
        {"overrides": {"2nd sun of sep": [["00:00", "02:00"]]}},
        ("2024-09-08T00:00:00-04:00", "2024-09-09T00:00:00-03:00"),
        60,
        "the day begins at 1:00",
    ),
    (
        "half-day-in-a-repeated-evening",
        "America/Santiago",
        week("sat", "20:00-24:00"),
        {"half_days": {"1st sat of apr": "23:30"}},
        ("2024-04-06T00:00:00-03:00", "2024-04-08T00:00:00-04:00"),
        240,
        "20:00 to 23:00, and 23:00 to 23:30 twice",
    ),
    (
        "half-day-in-a-gap-of-half-an-hour",
        "Australia/Lord_Howe",
        week("sun", "00:00-04:00"),
        {"half_days": {"1st sun of oct": "02:15"}},
        ("2024-10-06T00:00:00+10:30", "2024-10-07T00:00:00+11:00"),
        120,
        "2:00 to 2:15 is skipped",
    ),
    (
        "half-day-in-a-fold-of-half-an-hour",
        "Australia/Lord_Howe",
        week("sun", "00:00-04:00"),
        {"half_days": {"1st sun of apr": "01:45"}},
        ("2024-04-07T00:00:00+11:00", "2024-04-08T00:00:00+10:30"),
        120,
        "0:00 to 1:30, and 1:30 to 1:45 twice",
    ),
    (
        "last-business-day-is-not-skipped",
        _MADRID,
        week("mon-sun", "02:00-03:00"),
        {"late_days": {"last business day of mar": "02:30"}},
        ("2024-03-29T00:00:00+01:00", "2024-04-01T00:00:00+02:00"),
        90,
        "Sunday 31 March has no open time, so Saturday is the last business day: 60 and 30 minutes",
    ),
    (
        "last-business-day-before-a-date-that-was-not",
        "Pacific/Apia",
        _OFFICE,
        {"half_days": {"last business day of dec": "12:00"}},
        ("2011-12-28T00:00:00-10:00", "2012-01-01T00:00:00+14:00"),
        660,
        "Friday 30 December 2011 was skipped: Wednesday 8 hours, Thursday 3",
    ),
    (
        "business-day-before-a-date-that-was-not",
        "Pacific/Apia",
        _OFFICE,
        {"half_days": {"business day before 12-31": "10:00"}},
        ("2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00"),
        60,
        "Thursday 29 December 2011 is the business day before Saturday",
    ),
)


def cases() -> Iterator[Json]:
    """Yield all cases."""
    for name, zone, hours, parts, (start, end), minutes, source in _SUMS:
        yield _case(name, zone, hours, parts, "between", {"start": start, "end": end}, minutes * 60, source)
    yield _case(
        "easter-monday-after-the-gap",
        _MADRID,
        _OFFICE,
        {"holidays": ["easter+1", "easter-2"]},
        "next_open",
        {"at": "2024-03-28T17:00:00+01:00"},
        "2024-04-02T09:00:00+02:00",
        "Good Friday 29 March and Easter Monday 1 April, with the change of the offset between",
    )
    yield _case(
        "observed-after-the-gap",
        _MADRID,
        _OFFICE,
        {"holidays": ["easter observed sun+1"]},
        "add",
        {"start": "2024-03-29T16:00:00+01:00", "seconds": 7200},
        "2024-04-02T10:00:00+02:00",
        "an hour on Friday; Easter Sunday is kept on Monday; an hour on Tuesday",
    )
    yield _case(
        "business-days-over-the-fold",
        _MADRID,
        _OFFICE,
        {"late_days": {"last mon of oct": "12:00"}},
        "add_business_days",
        {"start": "2024-10-25T10:00:00+02:00", "days": 1},
        "2024-10-28T12:00:00+01:00",
        "Monday 10:00 is closed until noon",
    )


def _case(name: str, zone: str, hours: Json, parts: Json, op: str, args: Json, expect: object, source: str) -> Json:
    head = {"id": f"office-dates-{name}", "clauses": ["1.2", "1.3"], "source": source}
    return head | {"calendar": {"tz": zone, "hours": hours, **parts}, "op": op, "args": args, "expect": expect}
