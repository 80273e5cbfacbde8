"""Zones: what a wall clock reads at an instant, and which instant a reading means.

Source: docs/semantics.md 1.2, 1.11.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, SECOND, ZERO

_FIRST = datetime.min.replace(tzinfo=UTC) - EPOCH
_LAST = datetime.max.replace(tzinfo=UTC) - EPOCH
_HOST_DEPENDENT = frozenset({"localtime", "posixrules", "Factory"})
# No two changes of any zone's offset lie closer than 6 days and 23 hours (tzdata 2026.6: America/Recife in October
# 2000), so looking every third day misses none; tests/calendars/test_zones.py holds this against the data.
_STRIDE = 3 * DAY


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones: those that the tzdata package lists, whatever the host has besides.

    >>> "America/Sao_Paulo" in zone_names(), "localtime" in zone_names()
    (True, False)
    """
    listed = pkgutil.get_data("tzdata", "zones") or b""
    return frozenset(listed.decode("ascii").split()) - _HOST_DEPENDENT


def load_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA *name*.

    Raises:
        BadValueError: `zone_names` has none of that name.

    >>> load_zone("Europe")
    Traceback (most recent call last):
        ...
    ticketflow.errors.BadValueError: time zone 'Europe'; use an IANA name such as 'America/Sao_Paulo' or 'UTC'
    """
    # Never asked of zoneinfo first: it opens what a name leads to, and has five ways to say that there is nothing.
    if isinstance(name, str) and name in zone_names():
        return ZoneInfo(name)
    raise BadValueError(f"time zone {name!r:.80}", "use an IANA name such as 'America/Sao_Paulo' or 'UTC'")


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the wall clock of *zone* reads at the instant *at*, without a zone.

    Raises:
        OutOfRangeError: the reading lies outside the years 1 to 9999.
    """
    try:
        return at.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise OutOfRangeError(f"the wall of {zone.key} at {at.isoformat()}") from None


def from_local(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the earliest instant, in UTC, at which the wall clock of *zone* reads *local* or later.

    A reading that DST skips is the transition itself; of a repeated one it is the first.

    Args:
        local: A date and time as read off a wall, without a zone.
        zone: Where the wall stands.

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
    while latest - earliest > MICROSECOND:  # a gap lies between: halve it
        middle = earliest + (latest - earliest) // 2
        if to_local(middle, zone) < local:
            earliest = middle
        else:
            latest = middle
    return latest


def limits(zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return from when until when, since the epoch, both UTC and the wall of *zone* read the years 1 to 9999."""
    west, east = min(offset(zone, _FIRST + DAY), ZERO), max(offset(zone, _LAST - DAY), ZERO)
    return _FIRST - west, _LAST + MICROSECOND - east


def offset(zone: ZoneInfo, at: timedelta) -> timedelta:
    """Return the offset of *zone* from UTC at an instant, given as time since the epoch."""
    return (EPOCH + at).astimezone(zone).utcoffset() or ZERO


def offsets(zone: ZoneInfo, start: timedelta, end: timedelta) -> Iterator[tuple[timedelta, timedelta, timedelta]]:
    """Yield the stretches between two instants in which the zone's offset stays the same: start, end, offset.

    All three are time since the epoch, and lie within `readable`.
    """
    at, now = start, offset(zone, start)
    while at < end - MICROSECOND:
        following = min(at + _STRIDE, end - MICROSECOND)
        if offset(zone, following) != now:
            following = _change(zone, at, following)
            yield start, following, now
            start, now = following, offset(zone, following)
        at = following
    yield start, end, now


def _change(zone: ZoneInfo, before: timedelta, after: timedelta) -> timedelta:
    """Return the first second, after *before* and at the latest *after*, with another offset than *before*."""
    now = offset(zone, before)
    first, last = before // SECOND, -(-after // SECOND)
    while last - first > 1:
        middle = (first + last) // 2
        if offset(zone, middle * SECOND) == now:
            first = middle
        else:
            last = middle
    return last * SECOND
