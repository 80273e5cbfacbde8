"""Trace a cycle: show which parts of it counted, and why the others did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.calendars.trace import Segment
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.instants import to_utc
from ticketflow.sla.clock import Clock
from ticketflow.sla.cycles import moments
from ticketflow.sla.progress import Progress, progress
from ticketflow.sla.reading import check_clock
from ticketflow.tickets.facts import STATE
from ticketflow.tickets.ticket import Ticket

PartKind = Literal["counted", "frozen", "stopped", "closed"]


@attrs.frozen
class Part:
    """A part of a cycle, and why it counted or did not.

    Attributes:
        start: The start of the part, in UTC.
        end: The end of the part.
        kind: ``counted``; ``frozen`` by the policy; ``stopped`` between a stop and the next start; ``closed`` by the
            calendar.
        state: The state in which the ticket was.
        piece: The segment of the calendar's own trace; None if time counts by day and by night.
    """

    start: datetime
    end: datetime
    kind: PartKind
    state: str
    piece: Segment[datetime] | None


def trace(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Part, ...]:
    """Return the parts of a clock's present cycle, or of its last one, oldest first and without gaps.

    A part that is frozen and closed is ``closed``. The sums of the parts are those of the reading. If *now* is before
    the ticket's last entry, the clock of the ticket as it stood then is traced.

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
    >>> from ticketflow.sla.policies import Policy, resolution
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
    ends = [*(start for start, _ in those[1:]), stop.at if stop else at]
    return tuple(
        part
        for (start, values), end in zip(those, ends, strict=True)
        if start < end
        for part in _parts(found, start, end, values)
    )


def _parts(found: Progress, start: datetime, end: datetime, values: tuple[Value, ...]) -> Iterator[Part]:
    clock, cycle = found.clock, found.cycle
    mode = clock.mode(clock.course(values), cycle.start.at, cycle.begun)
    calendar = found.calendar_of_days or mode.counts_on
    state = str(clock.facts(values)[STATE])
    kind: PartKind = "counted" if mode.kind == "runs" else mode.kind
    if calendar is None:
        yield Part(start, end, kind, state, None)
        return
    for piece in calendar.trace(start, end):
        yield Part(piece.start, piece.end, kind if piece.counted else "closed", state, piece)
