"""Why each stretch of time counted or did not.

Source: docs/semantics.md 1.2, 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Generic, Literal, TypeVar

import attrs

Why = Literal["hours", "closed", "override", "holiday", "half_day", "excluded"]
"""What decided: weekly hours or their absence, a dated override, a holiday, a half-day, or an exclusion."""


T = TypeVar("T", datetime, timedelta)


@attrs.frozen
class Segment(Generic[T]):
    """An interval that a sum of open time counted or skipped, and why.

    Attributes:
        start: Its first instant: in UTC where a calendar is asked, as time since the epoch inside this package.
        end: The first instant after it.
        counted: Whether it was open.
        why: What decided it.
        name: The holiday's name, where one did.
    """

    start: T
    end: T
    counted: bool
    why: Why
    name: str | None = None

    def cut(self, start: T, end: T) -> Segment[T]:
        """Return the same decision for another stretch."""
        return Segment(start, end, self.counted, self.why, self.name)

    def is_like(self, other: Segment[T]) -> bool:
        """Return whether both were decided alike."""
        return (self.counted, self.why, self.name) == (other.counted, other.why, other.name)


def layered(pieces: Iterable[Segment[timedelta]], start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
    """Yield who decides when between two instants: a counted piece first, then any, then nobody: closed."""
    waiting = sorted(pieces, key=lambda piece: piece.start, reverse=True)
    edges = {edge for piece in waiting for edge in (piece.start, piece.end) if start < edge < end}
    on: list[Segment[timedelta]] = []
    for since, until in pairwise(sorted({start, end, *edges})):
        while waiting and waiting[-1].start <= since:
            on.append(waiting.pop())
        on = [piece for piece in on if piece.end > since]
        decisive = min(on, key=lambda piece: not piece.counted, default=None)
        yield decisive.cut(since, until) if decisive else Segment(since, until, counted=False, why="closed")


def paired(
    left: Iterable[Segment[timedelta]], right: Iterable[Segment[timedelta]]
) -> Iterator[tuple[Segment[timedelta], Segment[timedelta]]]:
    """Yield two tellings of the same time piece by piece, cut where either changes."""
    ours, theirs = iter(left), iter(right)
    one, other = next(ours, None), next(theirs, None)
    while one is not None and other is not None:
        start, end = max(one.start, other.start), min(one.end, other.end)
        yield one.cut(start, end), other.cut(start, end)
        one, other = (
            next(ours, None) if one.end == end else one,
            next(theirs, None) if other.end == end else other,
        )


def alike_joined(pieces: Iterable[Segment[timedelta]]) -> Iterator[Segment[timedelta]]:
    """Yield *pieces*, which follow each other without a gap, with neighbours that were decided alike made one."""
    last: Segment[timedelta] | None = None
    for piece in pieces:
        if last is None:
            last = piece
        elif last.is_like(piece):
            last = last.cut(last.start, piece.end)
        else:
            yield last
            last = piece
    if last is not None:
        yield last
