"""Instants in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = timedelta()
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def to_utc(value: datetime, name: str = "the instant") -> datetime:
    """Return *value* in UTC.

    Raises:
        NaiveDatetimeError: *value* has no time zone. The message calls it by *name*.
        BadValueError: *value* is not a datetime.
        OutOfRangeError: *value* in UTC is outside the years 1 to 9999.

    Source: docs/semantics.md 1.1, 1.9.

    >>> to_utc(datetime(2026, 11, 19, 15, tzinfo=UTC)).isoformat()
    '2026-11-19T15:00:00+00:00'
    """
    if not isinstance(value, datetime):
        raise BadValueError(f"{name} is {value!r:.200}, not a datetime", "give an aware datetime")
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveDatetimeError(name, value)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise OutOfRangeError(f"{name} {value.isoformat()} in UTC") from None
