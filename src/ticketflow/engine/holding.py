"""When an occurrence takes effect: masks and gates hold it or drop it, and what is late takes effect at once.

Three things are kept apart. A *mask* holds or drops the occurrences of a rule, while its time runs on. A *gate* is a
calendar that must be open. A *freeze* stops a clock; see `ticketflow.sla.progress`.

Source: docs/semantics.md 3.6, 3.16.
"""

from __future__ import annotations

from datetime import datetime

from ticketflow.engine.episodes import ArmedTimer
from ticketflow.engine.program import Timer
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket


def held(
    present: ArmedTimer, instant: datetime, ticket: Ticket, *, masked: bool
) -> tuple[datetime, events.Event | None]:
    """Return the instant at which something due at *instant* takes effect, and the event if it is dropped.

    An instant before the ticket's last entry is late: the rules changed, or were halted. It then takes effect at once,
    as at the end of a mask; but a recurrence that was missed is dropped (3.6, 3.16).
    """
    timer, now = present.timer, ticket.changed_at
    if masked:
        return instant, events.Dropped("masked")
    if timer.is_dropping and not timer.has_anchor and instant < now:
        return now, events.Dropped("it was past")
    held_until = present.held_until
    at = held_until if held_until is not None and held_until > instant else instant
    if timer.is_dropping and at > instant:
        return instant, events.Dropped("masked")
    effective = max(now, at)
    for moment in (at, effective) if timer.is_dropping and at < now else (effective,):
        open_at, dropped = through_gate(timer, moment, ticket)
        if dropped:
            return instant, dropped
        effective = open_at
    return effective, None


def through_gate(timer: Timer, at: datetime, ticket: Ticket) -> tuple[datetime, events.Event | None]:
    """Return when something that takes effect at *at* gets through the gate, and the event if the gate drops it.

    Only here is it decided whether a closed gate holds or drops.
    """
    gate = timer.gate(ticket)
    open_at = at if gate is None else gate.next_open(at)
    if open_at > at and timer.is_dropping:
        return at, events.Dropped(f"{timer.gate_name(ticket)} was shut")
    return open_at, None


def held_until_of(present: ArmedTimer, instant: datetime, ticket: Ticket) -> datetime | None:
    """Return the end of the hold on something due at *instant*; None if no mask, gate or change of rules holds it."""
    if present.timer.is_dropping:
        return ticket.changed_at if instant < ticket.changed_at else None
    at, _ = held(present, instant, ticket, masked=False)
    return at if at > instant else None
