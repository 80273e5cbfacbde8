"""How a clock stands, read from a ticket's history: what was counted, what was frozen, what was closed.

Nothing is counted up and stored. A reading walks the changes of the few facts that decide how the clock goes, takes the
stretches between them, and asks the calendar about each; messages and elapsed time cost nothing.

Source: docs/semantics.md 4.1 to 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile, zip_longest
from typing import Literal, NamedTuple

import attrs

from ticketflow.calendars.calendar import Traced
from ticketflow.calendars.spans import AfterDue, BeforeDue, ClockSpan, Missed, OfTarget, WorkingTime
from ticketflow.calendars.zones import MICROSECOND, ZERO
from ticketflow.errors import BadValueError, NeverClosesError, NeverOpenError, OutOfRangeError, UnknownHolidaysError
from ticketflow.kernel.values import to_utc
from ticketflow.sla.policies import Clock, Deadline, Target
from ticketflow.tickets.ticket import CLOCKS, Facts, Ticket, check_ticket
from ticketflow.workflow.conditions import Cycle, Moment, cycles, holds

State = Literal["not_started", "running", "frozen", "paused", "met", "breached", "void"]
"""How a clock stands. ``frozen`` is by policy, ``paused`` by the calendar; a ``breached`` one may still be going."""

Kind = Literal["runs", "frozen", "stopped"]

_NEVER = (NeverOpenError, NeverClosesError, OutOfRangeError)


class Stretch(NamedTuple):
    """A part of a cycle in which nothing changed that decides how the clock goes.

    Attributes:
        start: From when on.
        end: Until when; None for the one that is under way.
        kind: Whether time counts, is frozen, or lies between a stop and going on.
        is_under_way: Whether the clock had not stopped then; between a stop and going on, nothing is missed.
        row: Which row of the targets is in force; None if none is.
        deadline: The moment that was set by hand, where the row in force is one.
        used: How much time had been counted before it.
        frozen: How much had not, though the calendar was open.
    """

    start: datetime
    end: datetime | None
    kind: Kind
    is_under_way: bool
    row: int | None
    deadline: datetime | None
    used: timedelta
    frozen: timedelta


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
    def start(self) -> datetime:
        """When the cycle began."""
        return self.cycle.start.at

    @property
    def last(self) -> Stretch:
        """The newest stretch."""
        return self.stretches[-1]

    @property
    def is_frozen(self) -> bool:
        """Whether it is under way and stands still by policy."""
        return self.cycle.stop is None and self.last.kind == "frozen"

    @cached_property
    def _allowed(self) -> tuple[timedelta | None, ...]:
        """How much time each row of the targets allows this cycle; None for a deadline that is set by hand."""
        return tuple(_allowed_by(row, self.clock, self.start) for row in self.clock.policy.targets)

    def allowed(self, stretch: Stretch) -> timedelta | None:
        """Return how much time the row allows that is in force in a stretch; None for none, and for a deadline."""
        return None if stretch.row is None else self._allowed[stretch.row]

    @property
    def target(self) -> timedelta | None:
        """How much time the row now in force allows."""
        return self.allowed(self.last)

    @cached_property
    def _reached(self) -> dict[timedelta, datetime | None]:
        return {}

    def reached(self, amount: timedelta) -> datetime | None:
        """Return the earliest instant by which *amount* is counted; None if it never is.

        What is used up exactly when the clock freezes is reached when it runs again; where the cycle has stopped, it is
        when it would have been reached.

        Raises:
            UnknownHolidaysError: it lies beyond the years whose public holidays are known.
        """
        if amount not in self._reached:
            self._reached[amount] = self._search(amount)
        return self._reached[amount]

    def _search(self, amount: timedelta) -> datetime | None:
        for stretch, following in zip_longest(self.stretches, self.stretches[1:]):
            if stretch.kind == "runs" and (following is None or following.used >= amount):
                due = _later(self.clock, stretch, amount - stretch.used)
                if due is not None and (following is None or due < following.start):
                    return due
        return None

    def due_at(self, stretch: Stretch | None = None) -> datetime | None:
        """Return when the target of the row in force is to be met; None if there is none, or nobody knows when."""
        try:
            return self._due(stretch or self.last)
        except UnknownHolidaysError:
            return None

    def _due(self, stretch: Stretch) -> datetime | None:
        allowed = self.allowed(stretch)
        return stretch.deadline if allowed is None else self.reached(allowed)

    def when(self, span: ClockSpan) -> datetime | None:
        """Return when *span* of the clock has passed; None if it never does as things stand.

        Once it has stopped, it nears nothing any more; all that can still come is that it stopped too late.

        Raises:
            UnknownHolidaysError: nobody knows when: it lies beyond the years whose public holidays are known.
        """
        if isinstance(span, Missed):
            if self.miss is None:
                self._due(self.last)  # says so if nobody knows
            return self.miss.at if self.miss else None
        at, stop = self._at(span), self.cycle.stop
        return at if at is not None and (stop is None or at < stop.at) else None

    def _at(self, span: OfTarget | BeforeDue | AfterDue) -> datetime | None:
        target = self.target
        if isinstance(span, OfTarget) and target is not None:
            return self.reached(span.of(target))
        if isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime) and target is not None:
            return self.reached(max(target - span.lead.amount, ZERO))
        due = self._due(self.last)
        if due is None:
            return None
        if isinstance(span, OfTarget):
            return _plus(self.start, span.of(max(due - self.start, ZERO)))
        if isinstance(span, AfterDue):
            return _plus(due, span.span.amount)
        lead = span.lead.amount
        if isinstance(span.lead, WorkingTime):
            begun = _mirrored(self.clock, due, lead)
            return None if begun is None else max(begun, self.start)
        return self.start if lead > due - self.start else due - lead

    @cached_property
    def miss(self) -> Miss | None:
        """The first breach of the cycle, if nothing else happens; None if there is none.

        A clock that is frozen misses nothing; a deadline that was set by hand can be missed all the same. Between a
        stop and going on, nothing is missed.
        """
        for stretch, following in zip_longest(self.stretches, self.stretches[1:]):
            at = self._missed_in(stretch, following) if stretch.is_under_way else None
            if at is not None and (due := self.due_at(stretch)) is not None:
                return Miss(at, due, self.allowed(stretch))
        return None

    def _missed_in(self, stretch: Stretch, following: Stretch | None) -> datetime | None:
        """Return when the target in force in a stretch is missed in it; None if it is not.

        A freeze or another target at that very instant comes before; a stop comes too late (1.8), also one of a clock
        that was frozen after its target had passed.
        """
        due = self.due_at(stretch)
        late = None if due is None else _plus(due, MICROSECOND)
        if late is None:
            return None
        is_stopped = stretch.end is not None and (following is None or not following.is_under_way)
        if stretch.kind == "frozen" and stretch.deadline is None:
            return stretch.end if is_stopped and stretch.end and late <= stretch.end else None
        at = max(late, stretch.start)
        is_in = stretch.end is None or at < stretch.end or (is_stopped and at == stretch.end)
        return at if is_in else None

    def missed(self, until: datetime) -> Miss | None:
        """Return the first breach by *until*; None if there is none."""
        return self.miss if self.miss and self.miss.at <= until else None

    def sums(self, end: datetime) -> tuple[timedelta, timedelta, timedelta]:
        """Return what was counted until *end*, what was frozen, and what was closed; what is both is closed."""
        last = self.last
        opened = _open(self.clock, last.row, last.start, end)
        elapsed, frozen = (
            (last.used + opened, last.frozen) if last.kind == "runs" else (last.used, last.frozen + opened)
        )
        return elapsed, frozen, (end - self.start) - elapsed - frozen


def _allowed_by(row: Target | Deadline, clock: Clock, start: datetime) -> timedelta | None:
    if isinstance(row, Deadline):
        return None
    calendar = clock.calendar_of(row)
    is_outside = calendar is not None and not calendar.is_open(start)
    return row.time.amount + row.extra.amount if row.extra and is_outside else row.time.amount


class Miss(NamedTuple):
    """A target that was missed: when that counted, when it was due, and how much time there was."""

    at: datetime
    due_at: datetime
    target: timedelta | None


def _later(clock: Clock, stretch: Stretch, amount: timedelta) -> datetime | None:
    """Return when *amount* more is counted if a stretch goes on; None if never."""
    calendar = clock.counts_on(stretch.row)
    try:
        return calendar.add(stretch.start, amount) if calendar else _plus(stretch.start, amount)
    except _NEVER:
        return None
    except UnknownHolidaysError:
        if stretch.end is None:
            raise
        return None  # what lies so far ahead comes after its end


def _plus(at: datetime, amount: timedelta) -> datetime | None:
    """Return the instant so much later; None beyond the last one that there is."""
    try:
        return at + amount
    except OverflowError:
        return None


def _mirrored(clock: Clock, due: datetime, lead: timedelta) -> datetime | None:
    """Return from when on *lead* of open time passes until *due*; None if never."""
    calendar = clock.calendar_of(None)
    try:
        return calendar.add(due, -lead) if calendar else due - lead
    except (*_NEVER, OverflowError):
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


def unrecorded(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return how the cycle went whose breach is the next to be recorded: the present one, in nearly every case.

    Where several ended and began at the instant of the ticket's last entry, an earlier one may have been missed then.
    """
    present = progress(ticket, clock)
    if present is None or present.start < ticket.changed_at:
        return present
    ended = (each for each in _all(ticket, clock) if each.cycle.stop)
    now = takewhile(lambda each: each.cycle.stop is not None and each.cycle.stop.at == ticket.changed_at, ended)
    late = [each for each in now if recorded(each, ticket) is None and each.miss]
    return late[-1] if late else present


class _Kept(NamedTuple):
    """What was found out about a ticket's clocks, by their names."""

    progress: dict[str, tuple[Clock, Progress | None]]
    readings: dict[str, tuple[Clock, Reading]]


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
    used, frozen, since = ZERO, ZERO, cycle.start.at
    last: tuple[Kind, bool, int | None, datetime | None] | None = None
    for moment in cycle.moments:
        row, at = _row(clock, moment.facts), moment.mark.at
        now = (_kind(clock, moment), moment.runs, row, _deadline(clock, row, moment.facts))
        if last is not None and now != last:
            yield Stretch(since, at, *last, used, frozen)
            opened = _open(clock, last[2], since, at)
            used, frozen = (used + opened, frozen) if last[0] == "runs" else (used, frozen + opened)
            since = at
        last = now
    assert last is not None  # noqa: S101 -- a cycle has the moment it started at
    yield Stretch(since, cycle.stop.at if cycle.stop else None, *last, used, frozen)


def _kind(clock: Clock, moment: Moment) -> Kind:
    measure = clock.measure
    if measure.again == "continue" and not moment.runs:
        return "stopped"
    return "frozen" if holds(measure.frozen, moment.facts) else "runs"


def _row(clock: Clock, facts: Facts) -> int | None:
    for index, row in enumerate(clock.policy.targets):
        if holds(row.given, facts):
            return index
    return None


def _deadline(clock: Clock, row: int | None, facts: Facts) -> datetime | None:
    in_force = clock.row(row)
    value = facts[f"field.{in_force.field}"] if isinstance(in_force, Deadline) else None
    return value if isinstance(value, datetime) else None


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


def _check(ticket: Ticket, clock: Clock) -> None:
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

    >>> from ticketflow.sla.policies import Clock, Policy, resolution
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
    _check(ticket, clock)
    at, kept = max(to_utc(now, "now"), ticket.changed_at), _kept(ticket)
    known = kept.readings.get(clock.policy.name)
    if known is not None and known[0] is clock and known[1].at == at:
        return known[1]
    found = progress(ticket, clock)
    reading = (
        _read(at, found, ticket) if found else Reading(clock.policy.name, "not_started", at, version=clock.version)
    )
    kept.readings[clock.policy.name] = (clock, reading)
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

    >>> from ticketflow.sla.policies import Clock, Policy, next_reply
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> read_all(noon, opened, Clock(Policy("reply", next_reply()), next_reply(), rules.calendars, rules.digest))
    ()
    """
    _check(ticket, clock)
    at = max(to_utc(now, "now"), ticket.changed_at)
    return tuple(_read(at, found, ticket) for found in _all(ticket, clock))[::-1]


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


def recorded(found: Progress, ticket: Ticket) -> Miss | None:
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
        BadValueError: something else is given as a ticket or a clock.
        UnknownHolidaysError: the cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.2, 4.3.

    >>> from ticketflow.sla.policies import Clock, Policy, resolution
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> noon, rules = datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=Actor("agent", "ada")), rules).ticket
    >>> clock = Clock(Policy("resolution", resolution()), resolution(), rules.calendars, rules.digest)
    >>> [(part.kind, part.state) for part in trace(noon + timedelta(hours=3), opened, clock)]
    [('counted', 'new')]
    """
    _check(ticket, clock)
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
    start, facts, how = moment.mark.at, moment.facts, _kind(clock, moment)
    calendar, state = clock.counts_on(_row(clock, facts)), str(facts["state"])
    kind: PartKind = "counted" if how == "runs" else how
    if calendar is None:
        yield Part(start, end, kind, state, None)
        return
    for piece in calendar.trace(start, end):
        yield Part(piece.start, piece.end, kind if piece.counted else "closed", state, piece)
