"""Zones: no offset change is missed, and names that do not exist are answered with likely ones."""

from __future__ import annotations

import struct
import sys
from datetime import timedelta
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ticketflow.calendars import zone_hints, zones
from ticketflow.calendars.zone_hints import likely_zones
from ticketflow.calendars.zones import load_zone, zone_names
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import SECOND


def changes(data: bytes) -> list[int]:
    """Return when the offset changes, read from a TZif file's second block (RFC 8536)."""

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[at + 20 : at + 44])

    isutc, isstd, leap, times, types, chars = counts(0)
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isutc
    times, types = counts(second)[3:5]
    at = second + 44
    instants = struct.unpack(f">{times}q", data[at : at + 8 * times])
    kinds = data[at + 8 * times : at + 9 * times]
    table = at + 9 * times
    offsets = [struct.unpack(">l", data[table + 6 * kind : table + 6 * kind + 4])[0] for kind in range(types)]
    found, now = [], offsets[0]
    for instant, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != now:
            found.append(instant)
            now = offsets[kind]
    return found


def test_offset_changes_are_further_apart_than_the_stride() -> None:
    root = resources.files("tzdata").joinpath("zoneinfo")
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    closest = min(
        later - earlier
        for name in names
        for earlier, later in pairwise(changes(root.joinpath(*name.split("/")).read_bytes()))
    )
    assert closest > 2 * zones._STRIDE.total_seconds()  # noqa: SLF001 -- the constant is what is held


@pytest.mark.parametrize("zone", ["America/Santiago", "Australia/Lord_Howe", "UTC", "Africa/Cairo"])
def test_offset_changes_are_exact_to_the_second(zone: str) -> None:
    tz = ZoneInfo(zone)
    start, end = timedelta(days=19_700), timedelta(days=20_400)
    stretches = list(zones.offsets(tz, start, end))
    assert (stretches[0][0], stretches[-1][1]) == (start, end)
    for (_, until, offset), (since, _, after) in pairwise(stretches):
        assert until == since
        assert zones.offset(tz, until - SECOND) == offset != after == zones.offset(tz, until)


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ("Tokyo", "Asia/Tokyo"),
        ("mexico city", "America/Mexico_City"),
        ("europe/madrid", "Europe/Madrid"),
        ("America/Santaigo", "America/Santiago"),
        ("Eastern Standard Time", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("Romance Standard Time", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Daylight Time", "America/Los_Angeles"),
        ("East Africa Time", "Africa/Nairobi"),
        ("India", "Asia/Calcutta"),
        ("(GMT+09:00) Osaka, Sapporo, Tokyo", "Asia/Tokyo"),
        ("(UTC-04:00) Santiago", "America/Santiago"),
    ],
)
def test_the_usual_name_of_a_zone_is_answered_with_its_iana_name(given: str, first: str) -> None:
    """The Windows names and their zones are those of the CLDR (windowsZones.xml)."""
    assert likely_zones(given, zone_names())[0] == first
    with pytest.raises(BadValueError, match=f"did you mean '{first}'"):
        load_zone(given)


def test_of_several_near_spellings_only_the_nearest_is_suggested() -> None:
    """Europe/Paris is near Europe/Madrdi, too, and America/Antigua near America/Santiag."""
    assert likely_zones("Europe/Madrdi", zone_names()) == ("Europe/Madrid",)
    assert likely_zones("America/Santiag", zone_names()) == ("America/Santiago",)


@pytest.mark.parametrize("given", ["", "(", "," * 64, "GMT+3", "x" * 65, "nowhere at all", "Tokyo" * 40])
def test_a_name_that_means_no_zone_gets_an_example(given: str) -> None:
    """Etc/GMT+3 is three hours behind UTC, so GMT+3 does not suggest it."""
    assert likely_zones(given, zone_names()) == ()
    with pytest.raises(BadValueError, match="use an IANA name, such as 'Europe/Madrid'"):
        load_zone(given)


def test_without_babel_cities_and_near_spellings_are_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    zone_hints._aliases.cache_clear()  # noqa: SLF001 -- as in a process that has not read the tables
    try:
        assert likely_zones("Tokyo", zone_names()) == ("Asia/Tokyo",)
        assert likely_zones("Madird", zone_names()) == ("Europe/Madrid",)
        assert likely_zones("Romance Standard Time", zone_names()) == ()
    finally:
        zone_hints._aliases.cache_clear()  # noqa: SLF001
