"""The clocks of a ticket, followed through its history: each one's present cycle, and all its cycles.

What was followed is kept beside the ticket, and the ticket after the next entry goes on from there. So an entry costs
what it changes, not what the history has.

Source: docs/semantics.md 4.2 to 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ticketflow.kernel.field_values import Value
from ticketflow.sla.clock import Clock
from ticketflow.sla.cycles import Cycle, Trails, follow, moments
from ticketflow.sla.progress import Miss, Progress
from ticketflow.tickets.ticket import CLOCKS, Ticket

_new = tuple.__new__  # a named tuple made by its class costs twice as much


class _Track(NamedTuple):
    """A clock followed through the history of a ticket.

    Attributes:
        clock: The clock.
        sequence: The last entry that changed a fact of the clock; -1 before the opening.
        values: The values of the facts after it; None before the opening.
        present: The progress of the last cycle; None if the clock did not start.
        ended: Earlier cycles that stopped at the instant of that entry, oldest first.
    """

    clock: Clock
    sequence: int = -1
    values: tuple[Value, ...] | None = None
    present: Progress | None = None
    ended: tuple[Cycle, ...] = ()

    def followed(self, trails: Trails) -> _Track:
        """Return the track after the later entries of the same history; itself if they do not concern the clock."""
        those = moments(self.clock, trails, self.values, self.sequence)
        if not those:
            return self
        mark, values, _ = those[-1]
        clock, _, _, present, ended = self
        cycles = follow(clock, present.cycle if present else None, those)
        if cycles:
            last = cycles.pop()
            if present is None or present.cycle.start is not last.start:
                present = Progress(clock, last)
            elif present.cycle is not last:
                present = Progress(clock, last, present)
        if ended or cycles:
            ended = tuple(each for each in (*ended, *cycles) if each.stop and each.stop.at == mark.at)
        return _new(_Track, (clock, mark.sequence, values, present, ended))


def _track(ticket: Ticket, clock: Clock) -> _Track:
    """Return the clock followed through the history of a ticket, and cache it there.

    A ticket inherits what was cached on the ticket before its last entry (`ticketflow.tickets.fold`).
    """
    kept: dict[str, _Track] | None = ticket.__dict__.get(CLOCKS)
    name = clock.policy.name
    known = kept.get(name) if kept else None
    if known is None or known.clock is not clock:
        known = _Track(clock)
    found = known.followed(ticket.trails)
    if found is not known:
        ticket.__dict__[CLOCKS] = {**kept, name: found} if kept else {name: found}  # new, because tickets share it
    return found


def progress(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return the progress of a clock's present cycle, or of its last one; None if the clock never started."""
    return _track(ticket, clock).present


def unrecorded(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return the progress of the cycle whose breach is the next to be recorded.

    This is nearly always the present cycle. If cycles ended at the instant of the ticket's last entry, it is the oldest
    of them that was missed without a record.
    """
    _, _, _, present, ended = _track(ticket, clock)
    now = ticket.changed_at
    if present is None or present.start < now:
        return present
    before = (Progress(clock, each) for each in ended if each.stop and each.stop.at == now)
    stopped = (*before, present) if present.cycle.stop else before
    return next((each for each in stopped if recorded(each, ticket) is None and each.miss), present)


def all_progress(ticket: Ticket, clock: Clock) -> Iterator[Progress]:
    """Yield the progress of each of a clock's cycles, oldest first."""
    for cycle in follow(clock, None, moments(clock, ticket.trails, None, -1)):
        yield Progress(clock, cycle)


def recorded(found: Progress, ticket: Ticket) -> Miss | None:
    """Return the breach of the cycle that is recorded in the history; None if none is.

    A recorded breach stays as it was decided, whatever the rules say now.
    """
    name, number = found.clock.policy.name, found.cycle.start.sequence
    breaches = (each for each in ticket.breaches if each.clock == name and each.cycle == number)
    return next((Miss(each.at, each.due_at, each.target) for each in breaches), None)
