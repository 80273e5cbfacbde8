"""Why each part of a cycle counted or did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.calendars.trace import Segment
from ticketflow.kernel.instants import to_utc
from ticketflow.sla.clock import Clock
from ticketflow.sla.progress import Progress, phase_kind, progress, row_in_force
from ticketflow.sla.reading import check_clock
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import Moment

PartKind = Literal["counted", "frozen", "stopped", "closed"]


@attrs.frozen
class Part:
    """A part of a cycle, and why it counted or did not.

    Attributes:
        start: From when on, in UTC.
        end: Until when.
        kind: ``counted``; ``frozen`` by the policy; ``stopped`` between a stop and going on; ``closed`` by the
            calendar.
        state: The state the ticket was in.
        piece: What the calendar decided; None where time counts day and night.
    """

    start: datetime
    end: datetime
    kind: PartKind
    state: str
    piece: Segment[datetime] | None


def trace(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Part, ...]:
    """Return why each part of a clock's present cycle counted or did not, oldest first, without a gap.

    What is both frozen and closed is closed. The sums of its parts are those of the reading.

    Args:
        now: When; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: something else is given as a ticket or a clock.
        UnknownHolidaysError: the cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.3.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.policies import Policy, resolution
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> clock = Clock(Policy("resolution", resolution()), resolution(), rules.calendars, rules.digest)
    >>> [(part.kind, part.state) for part in trace(noon + timedelta(hours=3), opened, clock)]
    [('counted', 'new')]
    """
    check_clock(ticket, clock)
    at = max(to_utc(now, "now"), ticket.changed_at)
    found = progress(ticket, clock)
    if found is None:
        return ()
    end = found.cycle.stop.at if found.cycle.stop else at
    return tuple(part for piece in _by_state(found, end) for part in _parts(found.clock, *piece))


def _by_state(found: Progress, end: datetime) -> Iterator[tuple[Moment, datetime]]:
    """Yield how the ticket stood and until when, cut wherever that changed."""
    moments = found.cycle.moments
    edges = [*(moment.mark.at for moment in moments[1:]), end]
    yield from ((moment, until) for moment, until in zip(moments, edges, strict=True) if moment.mark.at < until)


def _parts(clock: Clock, moment: Moment, end: datetime) -> Iterator[Part]:
    start, facts, how = moment.mark.at, moment.facts, phase_kind(clock, moment)
    calendar, state = clock.counts_on(row_in_force(clock, facts)), str(facts["state"])
    kind: PartKind = "counted" if how == "runs" else how
    if calendar is None:
        yield Part(start, end, kind, state, None)
        return
    for piece in calendar.trace(start, end):
        yield Part(piece.start, piece.end, kind if piece.counted else "closed", state, piece)
