"""Operations on sequences of half-open intervals, and a search index over open time.

Instants are timedeltas since the epoch here: exact, and half the cost of datetimes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta

import attrs

from ticketflow.kernel.instants import ZERO

Interval = tuple[timedelta, timedelta]


def merge_overlapping(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield *intervals*, sorted by start, with those that overlap or touch merged.

    >>> hour = timedelta(hours=1)
    >>> [(start // hour, end // hour) for start, end in merge_overlapping([(0 * hour, 2 * hour), (2 * hour, 3 * hour)])]
    [(0, 3)]
    """
    last: Interval | None = None
    for start, end in intervals:
        if last is None:
            last = (start, end)
        elif start <= last[1]:
            last = (last[0], max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last


def clip(intervals: Iterable[Interval], start: timedelta, end: timedelta) -> Iterator[Interval]:
    """Yield the parts of *intervals* between *start* and *end*."""
    for opens, closes in intervals:
        if opens < end and closes > start:
            yield max(opens, start), min(closes, end)


def complement(intervals: Iterable[Interval], start: timedelta, end: timedelta) -> Iterator[Interval]:
    """Yield the time between *start* and *end* that is in none of *intervals*, which are ascending and disjoint."""
    at = start
    for opens, closes in clip(intervals, start, end):
        if at < opens:
            yield at, opens
        at = closes
    if at < end:
        yield at, end


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> Iterator[Interval]:
    """Yield the time that is both in *left* and in *right*, each ascending and disjoint."""
    rest = iter(right)
    other = next(rest, None)
    for start, end in left:
        while other is not None and other[0] < end:
            if other[1] > start:
                yield max(start, other[0]), min(end, other[1])
            if other[1] > end:
                break
            other = next(rest, None)


@attrs.frozen
class OpenTimeIndex:
    """The open intervals of a calendar between two instants, prepared for binary search.

    Attributes:
        since: The first instant covered.
        until: The first instant after those covered.
        edges: Alternating openings and closings. An instant is open if and only if an odd number of edges lie at or
            before it.
        opened: The open time before each opening, and then the total.
    """

    since: timedelta
    until: timedelta
    edges: list[timedelta]
    opened: list[timedelta]

    @classmethod
    def of(cls, since: timedelta, until: timedelta, intervals: Iterable[Interval]) -> OpenTimeIndex:
        """Build the index of *intervals*, which are ascending and disjoint."""
        edges: list[timedelta] = []
        opened = [ZERO]
        total = ZERO
        for start, end in intervals:
            edges += (start, end)
            total += end - start
            opened.append(total)
        return cls(since, until, edges, opened)

    def __add__(self, other: OpenTimeIndex) -> OpenTimeIndex:
        """Concatenate this index and *other*, which starts where this one ends."""
        assert self.until == other.since, "the indexes are adjacent"  # noqa: S101 -- otherwise time would count twice
        edges, opened = self.edges.copy(), self.opened.copy()
        total = opened[-1]
        added = other.edges
        if edges and added and edges[-1] == added[0]:
            edges.pop()
            opened.pop()
            added = added[1:]
        edges += added
        opened += [total + before for before in other.opened[1:]]
        return OpenTimeIndex(self.since, other.until, edges, opened)

    def intervals(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants that the index covers."""
        edges = self.edges
        for index in range(bisect_right(edges, start) & -2, len(edges), 2):
            if edges[index] >= end:
                return
            yield max(edges[index], start), min(edges[index + 1], end)

    def opened_before(self, at: timedelta) -> timedelta:
        """Return the open time in the index before an instant."""
        index = bisect_right(self.edges, at)
        if index & 1:
            return self.opened[index >> 1] + (at - self.edges[index - 1])
        return self.opened[index >> 1]

    def earliest(self, opened: timedelta) -> timedelta:
        """Return the first instant by which *opened* of open time has passed; 0 < *opened* <= total."""
        index = bisect_left(self.opened, opened)
        return self.edges[2 * index - 1] - (self.opened[index] - opened)

    def latest(self, opened: timedelta) -> timedelta:
        """Return the last instant by which no more than *opened* has passed; 0 <= *opened* < total."""
        index = bisect_right(self.opened, opened) - 1
        return self.edges[2 * index] + (opened - self.opened[index])
