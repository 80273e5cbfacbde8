"""Look ahead: the next occurrence on a ticket, and the one of a transition.

What is found is kept beside the ticket and handed down to the tickets after it. After an entry, only the timers that
read what it changed are asked again. Equality, hashing, printing and pickling do not see what is kept.

Source: docs/semantics.md 1.5, 3.10, 3.13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import chain, count
from operator import attrgetter
from typing import NamedTuple, cast

from ticketflow.engine.episodes import Occurrence
from ticketflow.engine.occurrences import is_cut_short, next_occurrence, occurrences
from ticketflow.engine.program import Program, Timer
from ticketflow.kernel.instants import EPOCH
from ticketflow.rules import actions, triggers
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Recurring
from ticketflow.tickets import events
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import AHEAD, OUTLOOK, SINCES, Ticket
from ticketflow.workflow.ticket_calendar import calendars_named

_NEVER = datetime.max.replace(tzinfo=UTC)
"""An instant that is not before any other."""


class _Ahead(NamedTuple):
    """What is known of the occurrences ahead of a ticket.

    Attributes:
        program: The rules.
        first: The next occurrence at the last look; None if there was none.
        rest: The instant before which no other timer acts.
        changed: The bits of the timers for which this may be otherwise now.
    """

    program: Program
    first: Occurrence | None
    rest: datetime
    changed: int


def first_ahead(ticket: Ticket, program: Program) -> Occurrence | None:
    """Return the next occurrence, as far as it is known; None if there is none.

    A ticket and a rule set are values, so the answer is cached on the ticket for this rule set.
    """
    asked, first, _ = ticket.outlook
    if asked is program.rules:
        return cast("Occurrence | None", first)
    known: _Ahead | None = ticket.__dict__.get(AHEAD)
    if known is not None and known.program is program and known.rest >= ticket.changed_at:
        first, rest, unsettled = _looked_again(known, ticket)
    else:
        first, rest, unsettled = _looked_at(program.timers_of(ticket), None, _NEVER, ticket)
    ticket.__dict__[AHEAD] = _Ahead(program, first, rest, unsettled)
    return remembered(first, ticket, program)


_Found = tuple[Occurrence | None, datetime, int]
"""The next occurrence, the instant before which no other timer acts, and the bits of those to ask after any entry."""


def _looked_again(known: _Ahead, ticket: Ticket) -> _Found:
    """Return what is ahead, from what was ahead before the last entries and a look at the timers that they concern.

    The other timers are asked only if one of them can be the next now: entries at the instant of an occurrence, or
    before it, make nothing late.
    """
    program, first, least, changed = known
    if first is not None and (changed & first.present.timer.bit or first.at < ticket.changed_at):
        changed |= first.present.timer.bit
        first = None
    timers = program.timers_of(ticket)
    found, rest, unsettled = _looked_at([each for each in timers if each.bit & changed], first, _NEVER, ticket)
    if least is _NEVER or (found is not None and found.at < least):
        return found, min(least, rest), unsettled
    if first is not None:
        changed |= first.present.timer.bit
    found, rest, more = _looked_at([each for each in timers if not each.bit & changed], found, rest, ticket)
    return found, rest, unsettled | more


def _looked_at(timers: Iterable[Timer], first: Occurrence | None, rest: datetime, ticket: Ticket) -> _Found:
    """Return what is ahead after a look at some timers.

    Args:
        timers: The timers.
        first: The next occurrence of the others; None if there is none.
        rest: The instant before which none of the others acts, but for that occurrence.
        ticket: The ticket.
    """
    halted, unsettled = ticket.halted, 0
    for timer in timers:
        if timer.id in halted:
            continue
        if timer.records_breach and _is_unsettled(timer, ticket):
            unsettled |= timer.bit
        found = next_occurrence(timer, ticket, _NEVER if first is None else first.at)
        if found is None:
            continue
        if isinstance(found, datetime):
            rest = min(found, rest)
        elif first is None:
            first = found
        elif found.at < first.at or (found.at == first.at and found.order < first.order):
            first, rest = found, min(first.at, rest)
        else:
            rest = min(found.at, rest)
    return first, rest, unsettled


def _is_unsettled(timer: Timer, ticket: Ticket) -> bool:
    """Return whether any later entry can decide which breach is recorded next: a cycle ended or began at this instant.

    `ticketflow.sla.tracking.unrecorded` tells why.
    """
    assert timer.clock is not None  # noqa: S101 -- breaches are those of a clock
    trails, now = ticket.trails, ticket.changed_at
    return any(name in trails and trails[name].mark.at == now for name in timer.clock.names)


def grown(ticket: Ticket, entry: events.Entry) -> Ticket:
    """Return the ticket after *entry*. It knows what was found out about the time before that."""
    after, known = evolve(ticket, entry), ticket.__dict__
    if SINCES in known:
        after.__dict__[SINCES] = known[SINCES]
    ahead: _Ahead | None = known.get(AHEAD)
    if ahead is not None and not ticket.halted and not after.halted:
        program, first, rest, changed = ahead
        changed |= program.concerned(after).bits
        fired = program.timer_of(entry)
        if fired is not None:
            changed |= fired.bit
        after.__dict__[AHEAD] = _Ahead(program, first, rest, changed)
    return after


def remembered(first: Occurrence | None, ticket: Ticket, program: Program) -> Occurrence | None:
    """Return the next occurrence of a ticket, after caching it on the ticket for this rule set."""
    quiet_until = min(first.at, program.known_before) if first else program.known_before
    ticket.__dict__[OUTLOOK] = (program.rules, first, quiet_until)
    return first


class Lookahead:
    """The next occurrence of every timer of a ticket, as far as they are known, from one entry to the next.

    Where many timers are due one after another, it would cost the square of their number to compare all of them after
    each entry. Here, an entry costs the timers that read what it changed.

    An entry at the instant of the first occurrence, or before it, does not move the others, unless it changes something
    that they read: nothing of theirs is late at the new entry that was not late before it.
    """

    def __init__(self, ticket: Ticket, program: Program) -> None:
        self._program = program
        self._numbers = count()
        self._look_at_all(ticket)

    def _look_at_all(self, ticket: Ticket) -> None:
        self._timers = self._program.timers_of(ticket)
        self._next: dict[str, Occurrence] = {}
        self._heap: list[tuple[tuple[object, ...], int, Occurrence]] = []
        for timer in self._timers:
            self._look_at(timer, ticket)

    def _look_at(self, timer: Timer, ticket: Ticket) -> None:
        found = None if timer.id in ticket.halted else next(occurrences(timer, ticket), None)
        if found is None:
            self._next.pop(timer.id, None)
        else:
            self._next[timer.id] = found
            heappush(self._heap, (found.order, next(self._numbers), found))

    def first(self) -> Occurrence | None:
        """Return the next occurrence; None if there is none."""
        heap = self._heap
        while heap and self._next.get(heap[0][2].rule.id) is not heap[0][2]:
            heappop(heap)
        return heap[0][2] if heap else None

    def add(self, ticket: Ticket) -> None:
        """Take note of the last entry of *ticket*, the first one since the ticket that was looked at last."""
        program = self._program
        if program.timers_of(ticket) is not self._timers:
            self._look_at_all(ticket)
            return
        fired = program.timer_of(ticket.history.last)
        concerned = dict.fromkeys((*program.concerned(ticket).timers, *program.recording, *((fired,) if fired else ())))
        for timer in concerned:
            self._look_at(timer, ticket)


def ahead(ticket: Ticket, rules: Rules) -> Iterator[Iterator[Occurrence]]:
    """Yield for each rule its future occurrences if nothing else happens, in order, as far as they are known."""
    live = (timer for timer in Program.of(rules).timers_of(ticket) if timer.id not in ticket.halted)
    yield from (occurrences(timer, ticket) for timer in live)


def next_move_at(transition: str, ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant at which a rule takes *transition* if nothing else happens; None if another move is first."""
    every = chain.from_iterable(ahead(ticket, rules))
    kept = (each for each in every if each.instead is None)
    moves = (each for each in kept if any(isinstance(action, actions.Move) for action in each.then))
    first = min(moves, key=_ORDER, default=None)
    return first.at if first and actions.Move(transition) in first.then else None


_ORDER = attrgetter("order")


def unknown_from(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant from which on the occurrences are not known; None if all are known.

    They are not known where an occurrence would be counted beyond the years whose public holidays are known.

    Source: docs/semantics.md 1.5.
    """
    timers = (timer for timer in Program.of(rules).timers if timer.id not in ticket.halted)
    names = (name for timer in timers if is_cut_short(timer, ticket) for name in _calendars_of(timer))
    first = min((rules.calendars[name].limits[1] for name in names), default=None)
    return None if first is None else EPOCH + first


def _calendars_of(timer: Timer) -> frozenset[str]:
    """Return the names of the calendars that can decide when a rule is due."""
    rule, times = timer.rule, timer.times
    if timer.clock is not None:
        return timer.clock.policy.calendar_names | frozenset(calendars_named(rule.gate))
    occasion = (
        times.occasion.calendar
        if isinstance(times, Recurring) and not isinstance(times.occasion, triggers.On)
        else None
    )
    return frozenset(calendars_named(rule.calendar, rule.gate, occasion))
