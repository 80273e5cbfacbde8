"""The clock of the service: the real time, or one that runs faster for a demonstration or a test."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import attrs


@attrs.frozen
class Clock:
    """A clock that runs at any speed. Processes with equal clocks agree on the time.

    Attributes:
        start: The instant that it shows at *origin*.
        origin: The real time, in seconds since 1970.
        speed: The seconds that pass on it in a real second.
    """

    start: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    origin: float = 0.0
    speed: float = 1.0

    def now(self) -> datetime:
        """Return the instant."""
        return self.start + timedelta(seconds=(time.time() - self.origin) * self.speed)

    def real_seconds_until(self, at: datetime) -> float:
        """Return the real seconds until it shows an instant; negative if it is past."""
        return (at - self.now()).total_seconds() / self.speed

    def __str__(self) -> str:
        return f"{self.start.isoformat()}@{self.origin!r}*{self.speed!r}"


REAL = Clock()
"""The real time."""


def read_clock(text: str) -> Clock:
    """Read what ``str`` makes of a clock; the empty text is the real time.

    Raises:
        ValueError: The text is not a clock that runs forward from an instant with a zone.

    >>> read_clock("2026-11-23T09:00:00+00:00@0.0*3600.0").speed
    3600.0
    """
    if not text:
        return REAL
    start, _, rest = text.partition("@")
    origin, _, speed = rest.partition("*")
    clock = Clock(datetime.fromisoformat(start), float(origin), float(speed))
    if clock.start.tzinfo is None or not 0 < clock.speed < float("inf"):
        raise ValueError("the instant has no zone, or the clock stands still")
    return clock
