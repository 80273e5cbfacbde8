"""Stretches of time: half-open, in order, apart; and how long a calendar was open within them.

Instants are time since the epoch here: exact, and half the cost of datetimes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import timedelta

import attrs

from ticketflow.kernel.instants import ZERO

Interval = tuple[timedelta, timedelta]


def joined(stretches: Iterable[Interval]) -> Iterator[Interval]:
    """Yield *stretches*, given in the order of their starts, with those that overlap or touch made one.

    >>> hour = timedelta(hours=1)
    >>> [(start // hour, end // hour) for start, end in joined([(0 * hour, 2 * hour), (2 * hour, 3 * hour)])]
    [(0, 3)]
    """
    last: Interval | None = None
    for start, end in stretches:
        if last is None:
            last = (start, end)
        elif start <= last[1]:
            last = (last[0], max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last


def within(stretches: Iterable[Interval], start: timedelta, end: timedelta) -> Iterator[Interval]:
    """Yield the parts of *stretches* that lie between *start* and *end*."""
    for opens, closes in stretches:
        if opens < end and closes > start:
            yield max(opens, start), min(closes, end)


def outside(stretches: Iterable[Interval], start: timedelta, end: timedelta) -> Iterator[Interval]:
    """Yield what *stretches*, in order and apart, leave of the time between *start* and *end*."""
    at = start
    for opens, closes in within(stretches, start, end):
        if at < opens:
            yield at, opens
        at = closes
    if at < end:
        yield at, end


def common(left: Iterable[Interval], right: Iterable[Interval]) -> Iterator[Interval]:
    """Yield the time that lies in *left* and in *right*, each in order and apart."""
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
    """What is known of a calendar from one instant to another.

    Attributes:
        since: From when on it is known.
        until: Until when.
        edges: Openings and closings in turn; an instant is open iff an odd number of them lie at or before it.
        opened: How much open time has passed by each opening, and at the end all of it.
    """

    since: timedelta
    until: timedelta
    edges: list[timedelta]
    opened: list[timedelta]

    @classmethod
    def of(cls, since: timedelta, until: timedelta, stretches: Iterable[Interval]) -> OpenTimeIndex:
        """Return the run in which just *stretches*, in order and apart, are open."""
        edges: list[timedelta] = []
        opened = [ZERO]
        total = ZERO
        for start, end in stretches:
            edges += (start, end)
            total += end - start
            opened.append(total)
        return cls(since, until, edges, opened)

    def __add__(self, other: OpenTimeIndex) -> OpenTimeIndex:
        """Return this run and the *other* one, which begins where this one ends, as one."""
        assert self.until == other.since, "runs that are joined follow each other"  # noqa: S101 -- or time would count twice
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

    def stretches(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open stretches between two instants of the run."""
        edges = self.edges
        for index in range(bisect_right(edges, start) & -2, len(edges), 2):
            if edges[index] >= end:
                return
            yield max(edges[index], start), min(edges[index + 1], end)

    def opened_before(self, at: timedelta) -> timedelta:
        """Return how much open time lies in the run before an instant."""
        index = bisect_right(self.edges, at)
        if index & 1:
            return self.opened[index >> 1] + (at - self.edges[index - 1])
        return self.opened[index >> 1]

    def earliest(self, opened: timedelta) -> timedelta:
        """Return the first instant before which *opened*, over zero and at most all of it, has passed."""
        index = bisect_left(self.opened, opened)
        return self.edges[2 * index - 1] - (self.opened[index] - opened)

    def latest(self, opened: timedelta) -> timedelta:
        """Return the last instant before which only *opened*, zero or more and less than all, has passed."""
        index = bisect_right(self.opened, opened) - 1
        return self.edges[2 * index] + (opened - self.opened[index])
