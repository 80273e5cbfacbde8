"""Zones: the stride with which offsets are looked for misses none."""

from __future__ import annotations

import struct
from datetime import timedelta
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ticketflow.calendars import zones
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
