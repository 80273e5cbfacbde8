"""Time zones: conversion between instants and local times.

Source: docs/semantics.md 1.2, 1.11.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ticketflow.calendars import zone_hints
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, SECOND, ZERO

_FIRST = datetime.min.replace(tzinfo=UTC) - EPOCH
_LAST = datetime.max.replace(tzinfo=UTC) - EPOCH
_HOST_DEPENDENT = frozenset({"localtime", "posixrules", "Factory"})
# The closest two offset changes of any zone are 6 days and 23 hours apart (tzdata 2026.6: America/Recife in October
# 2000), so a probe every third day misses none. tests/calendars/test_zones.py checks this against the data.
_STRIDE = 3 * DAY


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones in the tzdata package, whatever zones the host has.

    >>> "America/Sao_Paulo" in zone_names(), "localtime" in zone_names()
    (True, False)
    """
    listed = pkgutil.get_data("tzdata", "zones") or b""
    return frozenset(listed.decode("ascii").split()) - _HOST_DEPENDENT


def load_zone(name: str) -> ZoneInfo:
    """Return the time zone with the IANA name *name*.

    Raises:
        BadValueError: *name* is not in `zone_names`. It suggests likely names. Names as Windows has them need the extra
            `zones`.

    >>> load_zone("Europe")
    Traceback (most recent call last):
        ...
    ticketflow.errors.BadValueError: time zone 'Europe' does not exist; use an IANA name, such as 'Europe/Madrid'
    >>> load_zone("Tokyo")
    Traceback (most recent call last):
        ...
    ticketflow.errors.BadValueError: time zone 'Tokyo' does not exist; did you mean 'Asia/Tokyo'?
    """
    # Checked before ZoneInfo sees the name: ZoneInfo opens whatever file the name leads to, and fails in five ways.
    if isinstance(name, str) and name in zone_names():
        return ZoneInfo(name)
    likely = zone_hints.likely_zones(name, zone_names()) if isinstance(name, str) else ()
    fix = f"did you mean {' or '.join(map(repr, likely))}?" if likely else "use an IANA name, such as 'Europe/Madrid'"
    raise BadValueError(f"time zone {name!r:.80} does not exist", fix)


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time in *zone* at the instant *at*, as a naive datetime.

    Raises:
        OutOfRangeError: the local time lies outside the years 1 to 9999.
    """
    try:
        return at.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise OutOfRangeError(f"the local time in {zone.key} at {at.isoformat()}") from None


def from_local(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the earliest instant, in UTC, at which the local time in *zone* is *local* or later.

    For a local time that DST skips, this is the transition; for a repeated one, the first occurrence.

    Args:
        local: The local date and time, as a naive datetime.
        zone: The time zone.

    Raises:
        OutOfRangeError: the instant lies outside the years 1 to 9999.

    Source: docs/semantics.md 1.11.

    >>> from_local(datetime(2024, 3, 31, 2, 30), ZoneInfo("Europe/Madrid")).isoformat()
    '2024-03-31T01:00:00+00:00'
    """
    try:
        latest = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if to_local(latest, zone) == local:
            return latest
        earliest = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except OverflowError:
        raise OutOfRangeError(f"{local.isoformat()} in {zone.key}") from None
    while latest - earliest > MICROSECOND:  # the gap lies in between: bisect
        middle = earliest + (latest - earliest) // 2
        if to_local(middle, zone) < local:
            earliest = middle
        else:
            latest = middle
    return latest


def limits(zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the interval, since the epoch, in which UTC and local time in *zone* both lie in the years 1 to 9999."""
    west, east = min(offset(zone, _FIRST + DAY), ZERO), max(offset(zone, _LAST - DAY), ZERO)
    return _FIRST - west, _LAST + MICROSECOND - east


def offset(zone: ZoneInfo, at: timedelta) -> timedelta:
    """Return the UTC offset of *zone* at an instant, given as time since the epoch."""
    return (EPOCH + at).astimezone(zone).utcoffset() or ZERO


def offsets(zone: ZoneInfo, start: timedelta, end: timedelta) -> Iterator[tuple[timedelta, timedelta, timedelta]]:
    """Yield the intervals of constant UTC offset between two instants, as start, end and offset.

    Instants are time since the epoch, within `limits`.
    """
    at, now = start, offset(zone, start)
    while at < end - MICROSECOND:
        following = min(at + _STRIDE, end - MICROSECOND)
        if offset(zone, following) != now:
            following = _first_change(zone, at, following)
            yield start, following, now
            start, now = following, offset(zone, following)
        at = following
    yield start, end, now


def _first_change(zone: ZoneInfo, before: timedelta, after: timedelta) -> timedelta:
    """Return the first second in (*before*, *after*] whose offset differs from that at *before*."""
    now = offset(zone, before)
    first, last = before // SECOND, -(-after // SECOND)
    while last - first > 1:
        middle = (first + last) // 2
        if offset(zone, middle * SECOND) == now:
            first = middle
        else:
            last = middle
    return last * SECOND
