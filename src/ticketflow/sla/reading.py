"""Read a clock: its state at an instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.fast_init import fast_init
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.sla.clock import Clock
from ticketflow.sla.progress import Progress
from ticketflow.sla.tracking import all_progress, progress, recorded
from ticketflow.tickets.ticket import READINGS, Ticket, check_ticket

ClockState = Literal["not_started", "running", "frozen", "paused", "met", "breached", "void"]
"""The state of a cycle. A ``frozen`` clock stands still by policy, a ``paused`` one because its calendar is closed.

A ``breached`` cycle can still be under way.
"""


@fast_init
@attrs.frozen
class Reading:
    """The state of one cycle of a clock at an instant.

    Attributes:
        clock: The clock's name.
        state: The state of the cycle. A breached cycle that is still under way has no *done_at*.
        at: The instant of the reading, in UTC.
        started: The start of the cycle; None if the clock never started.
        done_at: The instant at which the cycle stopped; None while it is under way.
        elapsed: The counted time.
        frozen: The open time that was not counted: in frozen states, and between a stop and the next start.
        closed: The time in which the calendar was closed. The three add up to the time since the start.
        target: The time that the target in force allows; None without a target, and for a `Deadline`.
        remaining: The rest of the target; negative once more time is counted than it allows.
        due_at: The due instant of the target; None while the clock is frozen, unless the target is a `Deadline`, and
            without a target.
        breached_at: The instant of the breach; None if there is none.
        missed: The due instant that was missed; None if there is no breach.
        version: The digest of the rule set under which the clock was read.
    """

    clock: str
    state: ClockState
    at: datetime
    started: datetime | None = None
    done_at: datetime | None = None
    elapsed: timedelta = ZERO
    frozen: timedelta = ZERO
    closed: timedelta = ZERO
    target: timedelta | None = None
    remaining: timedelta | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None
    missed: datetime | None = None
    version: str = ""


def check_clock(ticket: Ticket, clock: Clock) -> None:
    """Check the types of the arguments of a reading.

    Raises:
        BadValueError: *ticket* is not a Ticket, or *clock* is not a Clock.
    """
    check_ticket(ticket)
    if not isinstance(clock, Clock):
        raise BadValueError(
            f"clock {clock!r:.200} is not a Clock", "give a Clock, for example rules.clock('first_response')"
        )


def read(now: datetime, ticket: Ticket, clock: Clock) -> Reading:
    """Return the reading of a clock's present cycle, or of its last one if none is under way.

    Carry out what is due by *now* first (`advance`). If *now* is before the ticket's last entry, the clock
    of the ticket as it stood then is read (`Ticket.as_of`). A second reading at the same instant is cached.

    Args:
        now: The instant of the reading; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, or *clock* is not a Clock.
        UnknownHolidaysError: The cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2 to 4.5.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.measures import resolution
    >>> from ticketflow.sla.policies import Policy
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> clock = Clock(Policy("resolution", resolution()), resolution(), rules.calendars, rules.digest)
    >>> reading = read(noon + timedelta(hours=3), opened, clock)
    >>> reading.state, str(reading.elapsed), reading.due_at
    ('running', '3:00:00', None)
    """
    check_clock(ticket, clock)
    at, name = to_utc(now, "now"), clock.policy.name
    then = ticket if at >= ticket.history.last.at else ticket.as_of(at)
    if then is None:
        return Reading(name, "not_started", at, version=clock.version)
    kept: dict[str, tuple[Clock, Reading]] = then.__dict__.setdefault(READINGS, {})
    known = kept.get(name)
    if known is not None and known[0] is clock and known[1].at == at:
        return known[1]
    found = progress(then, clock)
    reading = _read(at, found, then) if found else Reading(name, "not_started", at, version=clock.version)
    kept[name] = (clock, reading)
    return reading


def read_all(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Reading, ...]:
    """Return the reading of each cycle of a clock, oldest first.

    The cost grows with the number of cycles. If *now* is before the ticket's last entry, the ticket as it stood then is
    read; before the opening there are no cycles.

    Args:
        now: The instant of the readings; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, or *clock* is not a Clock.
        UnknownHolidaysError: A cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.5.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.measures import next_reply
    >>> from ticketflow.sla.policies import Policy
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> read_all(noon, opened, Clock(Policy("reply", next_reply()), next_reply(), rules.calendars, rules.digest))
    ()
    """
    check_clock(ticket, clock)
    at = to_utc(now, "now")
    then = ticket.as_of(at)
    return tuple(_read(at, found, then) for found in all_progress(then, clock)) if then else ()


def _read(at: datetime, found: Progress, ticket: Ticket) -> Reading:
    stop, target = found.cycle.stop, found.target
    end = at if stop is None else stop.at
    elapsed, frozen, closed = found.sums(end)
    missed = (recorded(found, ticket) if ticket.breaches else None) or found.missed(end)
    is_frozen = stop is None and found.last.mode.kind == "frozen"
    return Reading(
        found.clock.policy.name,
        "breached" if missed else _state(found, at),
        at,
        found.start,
        None if stop is None else stop.at,
        elapsed,
        frozen,
        closed,
        target,
        None if target is None else target - elapsed,
        None if is_frozen and target is not None else found.due_at(),
        missed.at if missed else None,
        missed.due_at if missed else None,
        found.clock.version,
    )


def _state(found: Progress, at: datetime) -> ClockState:
    """Return the state of a cycle whose target was not missed."""
    if found.cycle.stop is not None:
        return "void" if found.cycle.is_void else "met"
    if found.is_frozen:
        return "frozen"
    calendar = found.last.mode.counts_on
    return "running" if calendar is None or calendar.is_open(at) else "paused"
