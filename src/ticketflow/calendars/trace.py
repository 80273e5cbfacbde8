"""Segments of time that a calendar counts or skips, and the reason for each.

Source: docs/semantics.md 1.2, 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Generic, Literal, TypeVar

import attrs

Why = Literal["hours", "closed", "override", "holiday", "half_day", "excluded", "late_day", "period"]
"""The reason of a segment: weekly hours, no hours, an override, a holiday, a half or late day, a period, exclusion."""


T = TypeVar("T", datetime, timedelta)


@attrs.frozen
class Segment(Generic[T]):
    """An interval that is open or closed as a whole, and the reason.

    Attributes:
        start: The first instant: in UTC in results of `Calendar.trace`, as time since the epoch inside this package.
        end: The first instant after it.
        counted: Whether it is open.
        why: The reason.
        name: The name of the holiday, if a holiday is the reason.
    """

    start: T
    end: T
    counted: bool
    why: Why
    name: str | None = None

    def cut(self, start: T, end: T) -> Segment[T]:
        """Return a copy with another start and end."""
        return Segment(start, end, self.counted, self.why, self.name)

    def has_same_reason(self, other: Segment[T]) -> bool:
        """Return whether both are open, or both closed, for the same reason."""
        return (self.counted, self.why, self.name) == (other.counted, other.why, other.name)


def resolve_overlaps(
    segments: Iterable[Segment[timedelta]], start: timedelta, end: timedelta
) -> Iterator[Segment[timedelta]]:
    """Yield disjoint segments that fill the time between two instants.

    Where segments overlap, one that counts wins. Where there is none, the time is closed.
    """
    waiting = sorted(segments, key=lambda segment: segment.start, reverse=True)
    edges = {edge for segment in waiting for edge in (segment.start, segment.end) if start < edge < end}
    active: list[Segment[timedelta]] = []
    for since, until in pairwise(sorted({start, end, *edges})):
        while waiting and waiting[-1].start <= since:
            active.append(waiting.pop())
        active = [segment for segment in active if segment.end > since]
        decisive = min(active, key=lambda segment: not segment.counted, default=None)
        yield decisive.cut(since, until) if decisive else Segment(since, until, counted=False, why="closed")


def align(
    left: Iterable[Segment[timedelta]], right: Iterable[Segment[timedelta]]
) -> Iterator[tuple[Segment[timedelta], Segment[timedelta]]]:
    """Yield two sequences of segments for the same time in pairs, cutting each where the other changes."""
    ours, theirs = iter(left), iter(right)
    one, other = next(ours, None), next(theirs, None)
    while one is not None and other is not None:
        start, end = max(one.start, other.start), min(one.end, other.end)
        yield one.cut(start, end), other.cut(start, end)
        one, other = (
            next(ours, None) if one.end == end else one,
            next(theirs, None) if other.end == end else other,
        )


def merge_equal(segments: Iterable[Segment[timedelta]]) -> Iterator[Segment[timedelta]]:
    """Yield *segments*, which leave no gaps, with equal neighbors merged."""
    last: Segment[timedelta] | None = None
    for segment in segments:
        if last is None:
            last = segment
        elif last.has_same_reason(segment):
            last = last.cut(last.start, segment.end)
        else:
            yield last
            last = segment
    if last is not None:
        yield last
