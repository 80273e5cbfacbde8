"""How a clock stands at an instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.sla.clock import Clock
from ticketflow.sla.progress import Progress, all_progress, progress, recorded
from ticketflow.tickets.ticket import READINGS, Ticket, check_ticket

ClockState = Literal["not_started", "running", "frozen", "paused", "met", "breached", "void"]
"""How a clock stands. ``frozen`` is by policy, ``paused`` by the calendar; a ``breached`` one may still be going."""


@attrs.frozen(slots=False)
class Reading:
    """How a clock stands at an instant.

    Attributes:
        clock: Its name.
        state: How it stands; a breached one may still be going: then it has no *done_at*.
        at: When it was read, in UTC.
        started: When the cycle began; None if none ever did.
        done_at: When it stopped; None while it is under way.
        elapsed: What was counted.
        frozen: What was not, because the policy says so: in frozen states, and between a stop and going on.
        closed: What was not, because the calendar was closed. The three make up all the time since the start.
        target: How much time the row in force allows; None if there is none, and for deadlines set by hand.
        remaining: What is left of it; negative once it is overdrawn.
        due_at: When it is to be met; None while it is frozen, or if there is no target.
        breached_at: When it was missed; None if it was not.
        missed: When it was to be met then.
        version: The digest of the rules that it was read under.
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
    """Check the types of what a reading is asked of.

    Raises:
        BadValueError: *ticket* is not a Ticket, or *clock* is not a Clock.
    """
    check_ticket(ticket)
    if not isinstance(clock, Clock):
        raise BadValueError(f"clock {clock!r:.200}", "give a Clock: rules.clock('its name')")


def read(now: datetime, ticket: Ticket, clock: Clock) -> Reading:
    """Return how a clock's present cycle stands, or if none is under way its last one.

    Read as the ticket stands: a *now* before its last entry reads it at that entry. What is due by then should be
    carried out first (`advance`). A second reading at the same instant costs next to nothing.

    Args:
        now: When; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: something else is given as a ticket or a clock.
        UnknownHolidaysError: the cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2 to 4.5.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.policies import Policy, resolution
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
    at = max(to_utc(now, "now"), ticket.changed_at)
    kept: dict[str, tuple[Clock, Reading]] = ticket.__dict__.setdefault(READINGS, {})
    known = kept.get(clock.policy.name)
    if known is not None and known[0] is clock and known[1].at == at:
        return known[1]
    found = progress(ticket, clock)
    reading = (
        _read(at, found, ticket) if found else Reading(clock.policy.name, "not_started", at, version=clock.version)
    )
    kept[clock.policy.name] = (clock, reading)
    return reading


def read_all(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Reading, ...]:
    """Return how each cycle of a clock stands, oldest first; costs what its cycles are.

    Args:
        now: When; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        UnknownHolidaysError: a cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.5.

    >>> from ticketflow.sla.clock import Clock
    >>> from ticketflow.sla.policies import Policy, next_reply
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> read_all(noon, opened, Clock(Policy("reply", next_reply()), next_reply(), rules.calendars, rules.digest))
    ()
    """
    check_clock(ticket, clock)
    at = max(to_utc(now, "now"), ticket.changed_at)
    return tuple(_read(at, found, ticket) for found in all_progress(ticket, clock))[::-1]


def _read(at: datetime, found: Progress, ticket: Ticket) -> Reading:
    """Return how a cycle stands."""
    clock, cycle = found.clock, found.cycle
    end = cycle.stop.at if cycle.stop else at
    elapsed, frozen, closed = found.sums(end)
    missed = recorded(found, ticket) or found.missed(end)
    target = found.target
    return Reading(
        clock=clock.policy.name,
        state="breached" if missed else _state(found, at),
        at=at,
        started=found.start,
        done_at=cycle.stop.at if cycle.stop else None,
        elapsed=elapsed,
        frozen=frozen,
        closed=closed,
        target=target,
        remaining=None if target is None else target - elapsed,
        due_at=None if found.is_frozen and target is not None else found.due_at(),
        breached_at=missed.at if missed else None,
        missed=missed.due_at if missed else None,
        version=clock.version,
    )


def _state(found: Progress, at: datetime) -> ClockState:
    """Return how a cycle stands whose target was not missed."""
    if found.cycle.stop is not None:
        return "void" if found.cycle.is_void else "met"
    if found.is_frozen:
        return "frozen"
    calendar = found.clock.counts_on(found.last.row)
    return "running" if calendar is None or calendar.is_open(at) else "paused"
