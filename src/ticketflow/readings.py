"""How a clock stands, read from a ticket's history: what was counted, what was frozen, what was closed.

Nothing is counted up and stored. A reading walks the changes of the few facts that decide how the clock goes, takes the
stretches between them, and asks the calendar about each; messages and elapsed time cost nothing.

Source: docs/semantics.md 4.1 to 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, assert_never

import attrs

from ticketflow.calendars import Traced
from ticketflow.conditions import Cycle, cycles, holds
from ticketflow.errors import NeverClosesError, NeverOpenError, OutOfRangeError, UnknownHolidaysError
from ticketflow.sla import Clock, Deadline, Target
from ticketflow.spans import AfterDue, BeforeDue, ClockSpan, Elapsed, Missed, OfTarget
from ticketflow.ticket import CLOCKS, Facts, Ticket
from ticketflow.values import to_utc
from ticketflow.walls import MICROSECOND, ZERO

State = Literal["not_started", "running", "frozen", "paused", "met", "breached", "void"]
"""How a clock stands. ``frozen`` is by policy, ``paused`` by the calendar; a ``breached`` one may still be going."""

Kind = Literal["runs", "frozen", "stopped"]

_UNKNOWN = (NeverOpenError, NeverClosesError, OutOfRangeError, UnknownHolidaysError)


@attrs.frozen
class Stretch:
    """A part of a cycle in which nothing changed that decides how the clock goes.

    Attributes:
        start: From when on.
        end: Until when; None for the one that is under way.
        kind: Whether the clock runs, is frozen, or had stopped and went on later.
        row: Which row of the targets is in force; None if none is.
        used: How much time had been counted before it.
        facts: How the ticket stood.
    """

    start: datetime
    end: datetime | None
    kind: Kind
    row: int | None
    used: timedelta
    facts: Facts


@attrs.frozen(slots=False)
class Progress:
    """A cycle of a clock as far as the ticket's history decides it, whatever the hour.

    Attributes:
        clock: The clock.
        cycle: The cycle.
        stretches: Its stretches, oldest first.
    """

    clock: Clock
    cycle: Cycle
    stretches: tuple[Stretch, ...]

    @property
    def last(self) -> Stretch:
        """The newest stretch."""
        return self.stretches[-1]

    @property
    def target(self) -> timedelta | None:
        """How much time the row in force allows; None for none, and for a deadline that was set by hand."""
        return self.allowed(self.last)

    def allowed(self, stretch: Stretch) -> timedelta | None:
        """Return how much time the row allows that is in force in a stretch."""
        row = self.clock.row(stretch.row)
        if not isinstance(row, Target):
            return None
        if row.extra is None or self.clock.calendars[row.calendar or self.clock.policy.calendar].is_open(self.start):
            return row.time.amount
        return row.time.amount + row.extra.amount

    @property
    def is_frozen(self) -> bool:
        """Whether it is under way and stands still by policy."""
        return self.cycle.stop is None and self.last.kind == "frozen"

    @property
    def start(self) -> datetime:
        """When the cycle began."""
        return self.cycle.start.at

    def due_at(self, stretch: Stretch | None = None) -> datetime | None:
        """Return when the target of the row in force is to be met; None if there is none, or nobody knows when."""
        at = stretch or self.last
        row = self.clock.row(at.row)
        if isinstance(row, Deadline):
            value = at.facts[f"field.{row.field}"]
            return value if isinstance(value, datetime) else None
        allowed = self.allowed(at)
        return None if allowed is None else self.reached(allowed)

    def reached(self, amount: timedelta) -> datetime | None:
        """Return the earliest instant by which *amount* is counted; None if it never is, or nobody knows when.

        What is used up exactly when the clock freezes or stops is reached when it runs again.
        """
        for stretch in self.stretches:
            if stretch.kind == "runs":
                due = _later(self.clock, stretch, amount - stretch.used)
                if due is not None and (stretch.end is None or due < stretch.end):
                    return due
        return None

    def when(self, span: ClockSpan) -> datetime | None:
        """Return when *span* of the clock has passed; None if it never does as things stand."""
        due, target = self.due_at(), self.target
        match span:
            case OfTarget() if target is not None:
                return self.reached(span.of(target))
            case OfTarget():
                return None if due is None else self.start + span.of(max(due - self.start, ZERO))
            case BeforeDue(lead=Elapsed(amount=lead)):
                return None if due is None else max(due - lead, self.start)
            case BeforeDue(lead=lead) if target is not None:
                return self.reached(max(target - lead.amount, ZERO))
            case BeforeDue(lead=lead):
                return None if due is None else _mirrored(self.clock, due, lead.amount)
            case AfterDue(span=after):
                return None if due is None else due + after.amount
            case Missed():
                found = self.missed()
                return found.at if found else None
            case _:
                assert_never(span)

    def missed(self, until: datetime | None = None) -> Miss | None:
        """Return the first breach by *until*, or at all; None if there is none.

        A clock that is frozen misses nothing; a deadline that was set by hand can be missed all the same.
        """
        for stretch in self.stretches:
            is_by_hand = isinstance(self.clock.row(stretch.row), Deadline)
            if stretch.kind == "runs" or (is_by_hand and stretch.kind == "frozen"):
                due = self.due_at(stretch)
                at = None if due is None else max(due + MICROSECOND, stretch.start)
                if due is not None and at is not None and self._is_within(at, stretch, until):
                    return Miss(at, due, self.allowed(stretch))
        return None

    def _is_within(self, at: datetime, stretch: Stretch, until: datetime | None) -> bool:
        """Return whether something can be missed at *at* in a stretch: what ends one at that instant comes before."""
        if stretch is self.last:
            end = stretch.end or until
            return end is None or at <= end
        return stretch.end is not None and at < stretch.end


class Miss(NamedTuple):
    """A target that was missed: when that counted, when it was due, and how much time there was."""

    at: datetime
    due_at: datetime
    target: timedelta | None


def _later(clock: Clock, stretch: Stretch, amount: timedelta) -> datetime | None:
    """Return when *amount* more is counted if a stretch goes on; None if never, or nobody knows."""
    calendar = clock.counts_on(stretch.row)
    try:
        return calendar.add(stretch.start, amount) if calendar else stretch.start + amount
    except (*_UNKNOWN, OverflowError):
        return None


def _mirrored(clock: Clock, due: datetime, lead: timedelta) -> datetime | None:
    """Return from when on *lead* of open time passes until *due*."""
    try:
        return clock.calendars[clock.policy.calendar].add(due, -lead)
    except _UNKNOWN:
        return None


def progress(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return how a clock's present cycle went, or if none is under way its last one; None if it never started.

    A ticket and a clock are values, so the answer is kept beside the ticket, where nothing sees it.
    """
    kept = _kept(ticket).progress
    known = kept.get(clock.policy.name)
    if known is None or known[0] is not clock:
        kept[clock.policy.name] = known = (clock, next(_all(ticket, clock), None))
    return known[1]


class _Kept(NamedTuple):
    """What was found out about a ticket's clocks, by their names."""

    progress: dict[str, tuple[Clock, Progress | None]]
    readings: dict[str, tuple[Clock, datetime, Reading]]


def _kept(ticket: Ticket) -> _Kept:
    kept: _Kept | None = ticket.__dict__.get(CLOCKS)
    if kept is None:
        ticket.__dict__[CLOCKS] = kept = _Kept({}, {})
    return kept


def _all(ticket: Ticket, clock: Clock) -> Iterator[Progress]:
    """Yield how each of a clock's cycles went, newest first."""
    for cycle in cycles(clock.measure, ticket.trails, clock.watched):
        yield Progress(clock, cycle, tuple(_stretches(clock, cycle)))


def _stretches(clock: Clock, cycle: Cycle) -> Iterator[Stretch]:
    """Yield the stretches of a cycle, neighbours alike made one."""
    used, since = ZERO, cycle.start.at
    last: tuple[Kind, int | None, Facts] | None = None
    for mark, facts in cycle.moments:
        kind, row = _kind(clock, facts), _row(clock, facts)
        if last is not None and (kind, row) != last[:2]:
            yield Stretch(since, mark.at, last[0], last[1], used, last[2])
            used += _counted(clock, last[0], last[1], since, mark.at)
            since = mark.at
        last = (kind, row, facts)
    assert last is not None  # noqa: S101 -- a cycle has the moment it started at
    yield Stretch(since, cycle.stop.at if cycle.stop else None, last[0], last[1], used, last[2])


def _kind(clock: Clock, facts: Facts) -> Kind:
    measure = clock.measure
    if measure.again == "continue" and not holds(measure.runs, facts):
        return "stopped"
    return "frozen" if holds(measure.frozen, facts) else "runs"


def _row(clock: Clock, facts: Facts) -> int | None:
    for index, row in enumerate(clock.policy.targets):
        if holds(row.given, facts):
            return index
    return None


def _counted(clock: Clock, kind: Kind, row: int | None, start: datetime, end: datetime) -> timedelta:
    return _open(clock, row, start, end) if kind == "runs" else ZERO


def _open(clock: Clock, row: int | None, start: datetime, end: datetime) -> timedelta:
    """Return how much of a stretch was open on the calendar then in force."""
    calendar = clock.counts_on(row)
    return calendar.between(start, end) if calendar else end - start


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
    state: State
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
        UnknownHolidaysError: the cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2 to 4.5.

    >>> from ticketflow.sla import Clock, Policy, resolution
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
    kept = _kept(ticket)
    known = kept.readings.get(clock.policy.name)
    if known is not None and known[0] is clock and known[1] == now:
        return known[2]
    at = max(to_utc(now, "now"), ticket.changed_at)
    found = progress(ticket, clock)
    reading = (
        _read(at, found, ticket) if found else Reading(clock.policy.name, "not_started", at, version=clock.version)
    )
    kept.readings[clock.policy.name] = (clock, now, reading)
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

    >>> from ticketflow.sla import Clock, Policy, next_reply
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> read_all(noon, opened, Clock(Policy("reply", next_reply()), next_reply(), rules.calendars, rules.digest))
    ()
    """
    at = max(to_utc(now, "now"), ticket.changed_at)
    return tuple(_read(at, found, ticket) for found in _all(ticket, clock))[::-1]


def _read(at: datetime, found: Progress, ticket: Ticket) -> Reading:
    """Return how a cycle stands."""
    clock, cycle = found.clock, found.cycle
    end = cycle.stop.at if cycle.stop else at
    elapsed, frozen, closed = _sums(found, end)
    missed = _recorded(found, ticket) or found.missed(end)
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


def _sums(found: Progress, end: datetime) -> tuple[timedelta, timedelta, timedelta]:
    """Return what was counted until *end*, what was frozen, and what was closed; what is both counts as closed."""
    sums: dict[Kind, timedelta] = {"runs": ZERO, "frozen": ZERO, "stopped": ZERO}
    for stretch in found.stretches:
        sums[stretch.kind] += _open(found.clock, stretch.row, stretch.start, stretch.end or end)
    frozen = sums["frozen"] + sums["stopped"]
    return sums["runs"], frozen, (end - found.start) - sums["runs"] - frozen


def _recorded(found: Progress, ticket: Ticket) -> Miss | None:
    """Return the breach of this cycle that stands in the history: it stays as it was decided."""
    name, number = found.clock.policy.name, found.cycle.start.sequence
    mine = (each for each in ticket.breaches if each.clock == name and each.cycle == number)
    return next((Miss(each.at, each.due_at, each.target) for each in mine), None)


def _state(found: Progress, at: datetime) -> State:
    """Return how a cycle stands whose target was not missed."""
    if found.cycle.stop is not None:
        return "void" if found.cycle.is_void else "met"
    if found.is_frozen:
        return "frozen"
    calendar = found.clock.counts_on(found.last.row)
    return "running" if calendar is None or calendar.is_open(at) else "paused"


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
    piece: Traced | None


def trace(now: datetime, ticket: Ticket, clock: Clock) -> tuple[Part, ...]:
    """Return why each part of a clock's present cycle counted or did not, oldest first, without a gap.

    What is both frozen and closed is closed. The sums of its parts are those of the reading.

    Args:
        now: When; aware.
        ticket: The ticket.
        clock: The clock, from `Rules.clock`.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        UnknownHolidaysError: the cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.3.

    >>> from ticketflow.sla import Clock, Policy, resolution
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> clock = Clock(Policy("resolution", resolution()), resolution(), rules.calendars, rules.digest)
    >>> [(part.kind, part.state) for part in trace(noon + timedelta(hours=3), opened, clock)]
    [('counted', 'new')]
    """
    at = max(to_utc(now, "now"), ticket.changed_at)
    found = progress(ticket, clock)
    if found is None:
        return ()
    end = found.cycle.stop.at if found.cycle.stop else at
    return tuple(part for stretch in _by_state(found, end) for part in _parts(found.clock, stretch))


def _by_state(found: Progress, end: datetime) -> Iterator[Stretch]:
    """Yield the stretches of a cycle cut where the ticket's state changed."""
    moments = [(mark.at, facts) for mark, facts in found.cycle.moments]
    edges = [*(at for at, _ in moments[1:]), end]
    for (start, facts), until in zip(moments, edges, strict=True):
        if start < until:
            yield Stretch(start, until, _kind(found.clock, facts), _row(found.clock, facts), ZERO, facts)


def _parts(clock: Clock, stretch: Stretch) -> Iterator[Part]:
    calendar, state = clock.counts_on(stretch.row), str(stretch.facts["state"])
    end = stretch.end or stretch.start
    kind: PartKind = "counted" if stretch.kind == "runs" else stretch.kind
    if calendar is None:
        yield Part(stretch.start, end, kind, state, None)
        return
    for piece in calendar.trace(stretch.start, end):
        yield Part(piece.start, piece.end, kind if piece.counted else "closed", state, piece)
