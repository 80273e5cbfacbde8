"""How the cycles of a clock went, as far as the history decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile, zip_longest
from typing import Literal, NamedTuple

import attrs

from ticketflow.calendars.spans import AfterDue, BeforeDue, ClockSpan, Missed, OfTarget, WorkingTime
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import MICROSECOND, ZERO
from ticketflow.sla.clock import Clock
from ticketflow.sla.policies import Deadline, Target
from ticketflow.tickets.facts import Facts
from ticketflow.tickets.ticket import CLOCKS, Ticket
from ticketflow.workflow import conditions

PhaseKind = Literal["runs", "frozen", "stopped"]


class Phase(NamedTuple):
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
    kind: PhaseKind
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
    cycle: conditions.Cycle
    stretches: tuple[Phase, ...]

    @property
    def start(self) -> datetime:
        """When the cycle began."""
        return self.cycle.start.at

    @property
    def last(self) -> Phase:
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

    def allowed(self, stretch: Phase) -> timedelta | None:
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

    def due_at(self, stretch: Phase | None = None) -> datetime | None:
        """Return when the target of the row in force is to be met; None if there is none, or nobody knows when."""
        try:
            return self._due(stretch or self.last)
        except UnknownHolidaysError:
            return None

    def _due(self, stretch: Phase) -> datetime | None:
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

    def _missed_in(self, stretch: Phase, following: Phase | None) -> datetime | None:
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


def _later(clock: Clock, stretch: Phase, amount: timedelta) -> datetime | None:
    """Return when *amount* more is counted if a stretch goes on; None if never."""
    calendar = clock.counts_on(stretch.row)
    try:
        return calendar.add(stretch.start, amount) if calendar else _plus(stretch.start, amount)
    except CalendarError:
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
    except (CalendarError, OverflowError):
        return None


def progress(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return how a clock's present cycle went, or if none is under way its last one; None if it never started.

    A ticket and a clock are values, so the answer is kept beside the ticket, where nothing sees it.
    """
    kept: dict[str, tuple[Clock, Progress | None]] = ticket.__dict__.setdefault(CLOCKS, {})
    known = kept.get(clock.policy.name)
    if known is None or known[0] is not clock:
        kept[clock.policy.name] = known = (clock, next(all_progress(ticket, clock), None))
    return known[1]


def unrecorded(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return how the cycle went whose breach is the next to be recorded: the present one, in nearly every case.

    Where several ended and began at the instant of the ticket's last entry, an earlier one may have been missed then.
    """
    present = progress(ticket, clock)
    if present is None or present.start < ticket.changed_at:
        return present
    ended = (each for each in all_progress(ticket, clock) if each.cycle.stop)
    now = takewhile(lambda each: each.cycle.stop is not None and each.cycle.stop.at == ticket.changed_at, ended)
    late = [each for each in now if recorded(each, ticket) is None and each.miss]
    return late[-1] if late else present


def all_progress(ticket: Ticket, clock: Clock) -> Iterator[Progress]:
    """Yield how each of a clock's cycles went, newest first."""
    for cycle in conditions.cycles(clock.measure, ticket.trails, clock.watched):
        yield Progress(clock, cycle, tuple(_stretches(clock, cycle)))


def _stretches(clock: Clock, cycle: conditions.Cycle) -> Iterator[Phase]:
    """Yield the stretches of a cycle, neighbours alike made one."""
    used, frozen, since = ZERO, ZERO, cycle.start.at
    last: tuple[PhaseKind, bool, int | None, datetime | None] | None = None
    for moment in cycle.moments:
        row, at = row_in_force(clock, moment.facts), moment.mark.at
        now = (phase_kind(clock, moment), moment.runs, row, _deadline(clock, row, moment.facts))
        if last is not None and now != last:
            yield Phase(since, at, *last, used, frozen)
            opened = _open(clock, last[2], since, at)
            used, frozen = (used + opened, frozen) if last[0] == "runs" else (used, frozen + opened)
            since = at
        last = now
    assert last is not None  # noqa: S101 -- a cycle has the moment it started at
    yield Phase(since, cycle.stop.at if cycle.stop else None, *last, used, frozen)


def phase_kind(clock: Clock, moment: conditions.Moment) -> PhaseKind:
    """Return whether time runs, is frozen or is stopped from *moment* on."""
    measure = clock.measure
    if measure.again == "continue" and not moment.runs:
        return "stopped"
    return "frozen" if conditions.holds(measure.frozen, moment.facts) else "runs"


def row_in_force(clock: Clock, facts: Facts) -> int | None:
    """Return the index of the first target whose condition holds; None if none does."""
    for index, row in enumerate(clock.policy.targets):
        if conditions.holds(row.given, facts):
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


def recorded(found: Progress, ticket: Ticket) -> Miss | None:
    """Return the breach of this cycle that stands in the history: it stays as it was decided."""
    name, number = found.clock.policy.name, found.cycle.start.sequence
    mine = (each for each in ticket.breaches if each.clock == name and each.cycle == number)
    return next((Miss(each.at, each.due_at, each.target) for each in mine), None)
