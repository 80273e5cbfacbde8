"""Trace a cycle: show which parts of it counted, and why the others did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Literal

import attrs

from ticketflow.calendars.spans import LONGEST
from ticketflow.calendars.trace import Segment
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.instants import to_utc
from ticketflow.sla.arithmetic import plus
from ticketflow.sla.clock import Clock
from ticketflow.sla.cycles import moments
from ticketflow.sla.progress import Progress
from ticketflow.sla.reading import check_clock
from ticketflow.sla.tracking import progress
from ticketflow.tickets.facts import STATE
from ticketflow.tickets.ticket import Ticket

PartKind = Literal["counted", "frozen", "stopped", "closed", "more"]

MOST_PARTS = 10_000
"""The most parts that a trace lists before it says that there are more."""


@attrs.frozen
class Part:
    """A part of a cycle, and why it counted or did not.

    Attributes:
        start: The start of the part, in UTC.
        end: The end of the part.
        kind: ``counted``; ``frozen`` by the policy; ``stopped`` between a stop and the next start; ``closed`` by the
            calendar; ``more`` for the rest of a trace that would be too long.
        state: The state in which the ticket was.
        piece: The segment of the calendar's own trace; None if time counts by day and by night, and for ``more``.
    """

    start: datetime
    end: datetime
    kind: PartKind
    state: str
    piece: Segment[datetime] | None


def trace(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Part, ...]:
    """Return the parts of a clock's present cycle, or of its last one, oldest first and without gaps.

    A part that is frozen and closed is ``closed``. The sums of the parts are those of the reading. If *now* is before
    the ticket's last entry, the clock of the ticket as it stood then is traced. A trace lists at most 10,000 parts, and
    at most 100 years. If there are more, its last part is of the kind ``more`` and stands for all of them.

    Args:
        now: The instant until which the cycle is traced; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, or *clock* is not a Clock.
        UnknownHolidaysError: The cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.3.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.measures import resolution
    >>> from ticketflow.sla.policies import Policy
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC, timedelta
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> clock = Clock(Policy("resolution", resolution()), resolution(), rules.calendars, rules.digest)
    >>> [(part.kind, part.state) for part in trace(noon + timedelta(hours=3), opened, clock)]
    [('counted', 'new')]
    """
    check_clock(ticket, clock)
    at = to_utc(now, "now")
    then = ticket.as_of(at)
    found = progress(then, clock) if then else None
    if found is None or then is None:
        return ()
    first, stop = found.cycle.start, found.cycle.stop
    those = [
        (mark.at, values)
        for mark, values, _ in moments(clock, then.trails, None, -1)
        if mark.place >= first.place and (stop is None or mark.place < stop.place)
    ]
    end = stop.at if stop else at
    known = min(end, plus(found.start, LONGEST) or end)
    ends = [*(start for start, _ in those[1:]), end]
    every = (
        part
        for (start, values), until in zip(those, ends, strict=True)
        if start < min(until, known)
        for part in _parts(found, start, min(until, known), values)
    )
    parts = tuple(islice(every, MOST_PARTS))
    if parts and parts[-1].end < end:
        return (*parts, Part(parts[-1].end, end, "more", parts[-1].state, None))
    return parts


def _parts(found: Progress, start: datetime, end: datetime, values: tuple[Value, ...]) -> Iterator[Part]:
    clock, cycle = found.clock, found.cycle
    mode = clock.mode(clock.course(values), cycle.start.at, cycle.begun)
    calendar = found.calendar_of_days or mode.counts_on
    state = str(clock.facts(values)[STATE])
    kind: PartKind = "counted" if mode.kind == "runs" else mode.kind
    if calendar is None:
        yield Part(start, end, kind, state, None)
        return
    for piece in calendar.iter_trace(start, end):
        yield Part(piece.start, piece.end, kind if piece.counted else "closed", state, piece)
