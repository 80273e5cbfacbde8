"""Calendars in documents: rules for dates, periods, excluded holidays, and what is refused."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ticketflow import BusinessCalendar, Period, Yearly
from ticketflow.documents.conversion import read_plain, write_plain
from ticketflow.documents.problems import DataError

OFFICE: dict[str, Any] = {"zone": "UTC", "week": "mon-fri 09:00-17:00"}
EVERYTHING = OFFICE | {
    "holidays": {"2026-12-24": "a", "12-25 observed sat-1 sun+1": "b", "easter-2": "c", "4th thu of nov": "d"},
    "half_days": {"12-31": "12:00", "last fri": "12:30", "orthodox easter+1": "13:00"},
    "late_days": {"easter-46": "12:00", "1st business day": "10:00"},
    "overrides": {"2026-01-02": "10:00-12:00", "business day before easter-2": "09:00-13:00", "last sat": ""},
    "periods": [
        {"first": "06-01", "last": "08-31", "week": "mon-fri 08:00-15:00"},
        {"first": "2026-07-06", "last": "2026-07-17", "week": ""},
    ],
    "excluded_holidays": ["2026-12-24", "d"],
    "dated_until": "2026-12-31",
}


def read(value: object) -> BusinessCalendar:
    found = read_plain(value, BusinessCalendar)
    assert isinstance(found, BusinessCalendar)
    return found


def problems(value: object) -> list[tuple[tuple[str | int, ...], str, str]]:
    with pytest.raises(DataError) as caught:
        read(value)
    return [(problem.path, problem.code, problem.what) for problem in caught.value.problems]


def test_every_part_is_read_and_written_back() -> None:
    calendar = read(EVERYTHING)
    assert calendar.periods[1] == Period(date(2026, 7, 6), date(2026, 7, 17), "")
    assert calendar.half_days[Yearly(12, 31)].seconds == 12 * 3600
    written = write_plain(calendar)
    assert isinstance(written, dict)
    for key in EVERYTHING.keys() - {"periods"}:
        assert written[key] == EVERYTHING[key]
    assert read(written) == calendar


def test_the_text_of_a_rule_is_canonical() -> None:
    written: Any = write_plain(read(OFFICE | {"half_days": {"2nd, 4th sat": "12:00", "easter+0": "12:00"}}))
    assert written["half_days"] == {"2nd and 4th sat": "12:00", "easter": "12:00"}


@pytest.mark.parametrize(
    ("part", "path", "what"),
    [
        (
            {"half_days": {"last friday": "12:00"}},
            ("half_days", "last friday"),
            "'last friday' is not a date or a rule",
        ),
        ({"holidays": {"2026-02-30": "x"}}, ("holidays", "2026-02-30"), "the date 2026-02-30 does not exist"),
        (
            {"overrides": {"business day before last business day": ""}},
            ("overrides", "business day before last business day"),
            "'last business day' names business days, so",
        ),
        (
            {"half_days": {"2nd, 4th sat": "12:00", "2nd and 4th sat": "13:00"}},
            ("half_days", "2nd and 4th sat"),
            "the key '2nd and 4th sat' has the same meaning as another one",
        ),
        ({"late_days": {"12-31": "24:00"}}, (), "the late day on 12-31 begins at 1 day, 0:00:00"),
        ({"late_days": {"12-31": 5}}, ("late_days", "12-31"), "the value is 5"),
        ({"periods": [{"first": "06-01", "week": ""}]}, ("periods", 0, "last"), "the key is missing"),
        ({"periods": [{"first": "06-01", "last": 5, "week": ""}]}, ("periods", 0, "last"), "the value is 5"),
        (
            {"periods": [{"first": "last fri", "last": "06-02", "week": ""}]},
            ("periods", 0),
            "a period cannot begin or end with 'last fri'",
        ),
        (
            {"periods": [{"first": "06-01", "last": "06-02", "week": ""}] * 2},
            (),
            "the periods 06-01 to 06-02 and 06-01 to 06-02 are equally narrow on 2000-06-01",
        ),
        ({"excluded_holidays": ["x"]}, (), "no holiday 'x'"),
        ({"excluded_holidays": ["2026-02-30"]}, ("excluded_holidays", 0), "'2026-02-30' is not a date"),
        ({"excluded_holidays": [5]}, ("excluded_holidays", 0), "the value is 5"),
        ({"dated_until": "2026"}, ("dated_until",), "'2026' is not a date"),
        ({"dated_until": 2026}, ("dated_until",), "2026 is not a date"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(part: dict[str, Any], path: tuple[str | int, ...], what: str) -> None:
    ((found, _, told),) = problems(OFFICE | part)
    assert found == path
    assert told.startswith(what) or what in told


def test_a_hostile_calendar_is_read_or_refused_quickly() -> None:
    """As many rules as a calendar may have, each as slow as it can be, in a calendar that opens once a year."""
    rules = [f"business day before {month:02}-{day:02}" for month in range(1, 13) for day in range(1, 17)][:190]
    slow = OFFICE | {"week": "", "overrides": {"06-15": "09:00-10:00"}, "half_days": dict.fromkeys(rules, "12:00")}
    slow["periods"] = [
        {"first": f"{year:04}-01-01", "last": f"{9999 - year:04}-12-31", "week": ""} for year in range(1, 101)
    ]
    begun = time.perf_counter()
    calendar = read(slow)
    assert str(calendar.next_open(_AT)) == "2027-06-15 09:00:00+00:00"
    assert problems(OFFICE | {"half_days": {f"easter+{number}": "12:00" for number in range(1, 251)}})
    assert problems(OFFICE | {"half_days": {"1st and " * 5_000 + "fri": "12:00"}})
    assert problems(OFFICE | {"half_days": {"business day before " * 5_000 + "12-25": "12:00"}})
    assert time.perf_counter() - begun < 5


_AT = datetime(2026, 6, 16, tzinfo=UTC)
