"""The progress of a clock's cycles, as far as the history of the ticket decides it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import takewhile, zip_longest
from typing import Literal, NamedTuple, assert_never

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, ClockSpan, Missed, OfTarget, WorkingTime
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import DAY, MICROSECOND, ZERO
from ticketflow.sla.clock import Clock
from ticketflow.sla.policies import Deadline, StartedBetween, StartedWhile, Target
from ticketflow.tickets.facts import Facts
from ticketflow.tickets.ticket import CLOCKS, Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import calendar_in_force

PhaseKind = Literal["runs", "frozen", "stopped"]


class Phase(NamedTuple):
    """A part of a cycle in which no fact changes that the clock reads.

    Attributes:
        start: The start of the phase.
        end: The end; None while the phase is under way.
        kind: ``runs`` if time counts, ``frozen`` if it does not, ``stopped`` between a stop and the next start.
        is_under_way: Whether the measure's ``runs`` holds. If not, nothing can be missed.
        row: The index of the target in force; None if there is none.
        deadline: The instant in the field, if the target in force is a `Deadline`.
        calendar: The name of the calendar of the row then in force; None if nothing names one.
        used: The time that was counted before the phase.
        frozen: The open time that was not counted before the phase.
    """

    start: datetime
    end: datetime | None
    kind: PhaseKind
    is_under_way: bool
    row: int | None
    deadline: datetime | None
    calendar: str | None
    used: timedelta
    frozen: timedelta


@attrs.frozen(slots=False)
class Progress:
    """The progress of one cycle, as far as the ticket's history decides it. It does not depend on the present instant.

    Attributes:
        clock: The clock.
        cycle: The cycle.
        phases: The phases of the cycle, oldest first.
    """

    clock: Clock
    cycle: conditions.Cycle
    phases: tuple[Phase, ...]

    @property
    def start(self) -> datetime:
        """The instant at which the cycle began."""
        return self.cycle.start.at

    @property
    def last(self) -> Phase:
        """The newest phase."""
        return self.phases[-1]

    @property
    def is_frozen(self) -> bool:
        """Whether the cycle is under way and frozen by the policy."""
        return self.cycle.stop is None and self.last.kind == "frozen"

    @cached_property
    def _allowed(self) -> tuple[timedelta | None, ...]:
        """The time that each row of the targets allows in this cycle; None for a `Deadline`."""
        facts = self.cycle.moments[0].facts
        return tuple(_allowed_by(row, self.clock, self.start, facts) for row in self.clock.rows)

    @cached_property
    def _days(self) -> dict[tuple[int, str], _Days]:
        return {}

    def days(self, phase: Phase) -> _Days | None:
        """Return the target in force in *phase* if it is in business days.

        Raises:
            CalendarError: The calendar has fewer business days left.
            UnknownHolidaysError: The span lies beyond the years whose public holidays are known.
        """
        row = self.clock.row(phase.row)
        if phase.row is None or not isinstance(row, Target) or not isinstance(row.time, BusinessDays):
            return None
        asked = phase.row, phase.calendar or ""
        if asked not in self._days:
            calendar = self.clock.calendars[asked[1]]
            end = calendar.after(self.start, row.time)
            self._days[asked] = _Days(calendar, end, calendar.between(self.start, end))
        return self._days[asked]

    def allowed(self, phase: Phase) -> timedelta | None:
        """Return the time that the target in force allows in *phase*.

        None without a target, for a `Deadline`, and for business days that are not known.
        """
        try:
            days = self.days(phase)
        except (CalendarError, UnknownHolidaysError):
            return None
        return days.length if days else None if phase.row is None else self._allowed[phase.row]

    @property
    def target(self) -> timedelta | None:
        """The time that the target in force allows; None without a target and for a `Deadline`."""
        return self.allowed(self.last)

    @cached_property
    def _reached(self) -> dict[timedelta, datetime | None]:
        return {}

    def reached(self, amount: timedelta) -> datetime | None:
        """Return the earliest instant by which *amount* is counted; None if it never is.

        An amount that is used up exactly when the clock freezes is reached when the clock runs again. If the cycle has
        stopped, the instant is the one at which the amount would have been reached.

        Raises:
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        if amount not in self._reached:
            self._reached[amount] = self._search(amount)
        return self._reached[amount]

    def _search(self, amount: timedelta) -> datetime | None:
        for phase, following in zip_longest(self.phases, self.phases[1:]):
            if phase.kind == "runs" and (following is None or following.used >= amount):
                due = _add_counted(self.clock, phase, amount - phase.used)
                if due is not None and (following is None or due < following.start):
                    return due
        return None

    def due_at(self, phase: Phase | None = None) -> datetime | None:
        """Return the due instant of the target in force; None if there is no target or the instant is not known.

        Args:
            phase: The phase whose target is meant; None for the last one.
        """
        try:
            return self._due(phase or self.last)
        except UnknownHolidaysError:
            return None

    def _due(self, phase: Phase) -> datetime | None:
        try:
            days = self.days(phase)
        except CalendarError:
            return None
        if days is not None:
            return self._due_in_days(days, phase)
        allowed = self.allowed(phase)
        return phase.deadline if allowed is None else self.reached(allowed)

    def _due_in_days(self, days: _Days, last: Phase) -> datetime | None:
        """Return the end of the days, moved by the open time that was not counted before it; None if *last* is frozen.

        Later phases than *last* do not count: what comes after a stop misses nothing before it.
        """
        excluded = ZERO
        phases = self.phases[: self.phases.index(last) + 1]
        for phase, following in zip_longest(phases, phases[1:]):
            if phase.kind == "runs":
                due = _add_in(phase, days.calendar, days.end, excluded)
                if due is not None and (following is None or due < following.start):
                    return due
            elif following is not None:
                excluded += days.calendar.between(phase.start, following.start)
        return None

    def _counted_from(self, begin: datetime, amount: timedelta, calendar: Calendar) -> datetime | None:
        """Return the instant by which *amount* is counted on *calendar* from *begin* on; None if it never is."""
        for phase, following in zip_longest(self.phases, self.phases[1:]):
            start = max(phase.start, begin)
            if phase.kind != "runs" or (following is not None and following.start < start):
                continue
            at = _add_in(phase, calendar, start, amount)
            if at is not None and (following is None or at < following.start):
                return at
            amount -= min(amount, calendar.between(start, following.start)) if following else ZERO
        return None

    def when(self, span: ClockSpan) -> datetime | None:
        """Return the instant at which *span* of the clock has passed; None if it never does as things stand.

        After the clock has stopped, the only instant that can still come is that of a late stop (`Missed`).

        Raises:
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        if isinstance(span, Missed):
            if self.miss is None:
                self._due(self.last)  # raises if the due instant is not known
            return self.miss.at if self.miss else None
        at, stop = self._at(span), self.cycle.stop
        return at if at is not None and (stop is None or at < stop.at) else None

    def _at(self, span: OfTarget | BeforeDue | AfterDue) -> datetime | None:
        days = self.days(self.last)
        if days is not None and isinstance(span, OfTarget):
            return self._part_of(days, span)
        if days is not None and isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
            return self._counted_from(self.start, max(days.length - span.lead.amount, ZERO), days.calendar)
        return self._at_amount(span)

    def _part_of(self, days: _Days, span: OfTarget) -> datetime | None:
        """Return the instant of a percentage of business days: below 100 by open time, else since the due instant."""
        if span.percent < _FULL:
            if days.length == ZERO:
                return self.start
            return self._counted_from(self.start, span.of(days.length), days.calendar)
        due = self._due_in_days(days, self.last)
        late = span.of(days.length) - days.length
        return self._counted_from(due, late, days.calendar) if due and late else due

    def _at_amount(self, span: OfTarget | BeforeDue | AfterDue) -> datetime | None:
        target = None if self.days(self.last) else self.target
        if isinstance(span, OfTarget) and target is not None:
            return self.reached(span.of(target))
        if isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime) and target is not None:
            return self.reached(max(target - span.lead.amount, ZERO))
        due = self._due(self.last)
        if due is None:
            return None
        if isinstance(span, OfTarget):
            return _plus(self.start, span.of(max(due - self.start, ZERO)))
        calendar = None if self.last.calendar is None else self.clock.calendars[self.last.calendar]
        if isinstance(span, AfterDue):
            return _add_open(calendar if isinstance(span.span, WorkingTime) else None, due, span.span.amount)
        if isinstance(span.lead, BusinessDays):
            return self.start if calendar is None else _business_days_before(calendar, due, span.lead.days, self.start)
        lead = span.lead.amount
        if isinstance(span.lead, WorkingTime):
            begin = _subtract_open(calendar, due, lead)
            return None if begin is None else max(begin, self.start)
        return self.start if lead > due - self.start else due - lead

    @cached_property
    def miss(self) -> Miss | None:
        """The first breach of the cycle if nothing else happens; None if there is none.

        A frozen clock misses no target that is an amount of time, but it can miss a `Deadline`. Between a stop and the
        next start nothing is missed.
        """
        for phase, following in zip_longest(self.phases, self.phases[1:]):
            at = self._missed_in(phase, following) if phase.is_under_way else None
            if at is not None and (due := self.due_at(phase)) is not None:
                return Miss(at, due, self.allowed(phase))
        return None

    def _missed_in(self, phase: Phase, following: Phase | None) -> datetime | None:
        """Return the instant in *phase* at which its target is missed; None if it is not missed there.

        A freeze or another target that takes effect at that instant comes first and prevents the miss. A stop at that
        instant comes too late (1.8), and so does the stop of a clock that was frozen after its target had passed.
        """
        due = self.due_at(phase)
        late = None if due is None else _plus(due, MICROSECOND)
        if late is None:
            return None
        is_stopped = phase.end is not None and (following is None or not following.is_under_way)
        if phase.kind == "frozen" and phase.deadline is None:
            return phase.end if is_stopped and phase.end and late <= phase.end else None
        at = max(late, phase.start)
        is_in = phase.end is None or at < phase.end or (is_stopped and at == phase.end)
        return at if is_in else None

    def missed(self, until: datetime) -> Miss | None:
        """Return the first breach by *until*; None if there is none."""
        return self.miss if self.miss and self.miss.at <= until else None

    @property
    def calendar_of_days(self) -> Calendar | None:
        """The calendar of the target in force if it is in business days: the whole cycle is read on it (4.8)."""
        row = self.clock.row(self.last.row)
        in_days = isinstance(row, Target) and isinstance(row.time, BusinessDays)
        return self.clock.counts_on(self.last.row, self.last.calendar) if in_days else None

    def sums(self, end: datetime) -> tuple[timedelta, timedelta, timedelta]:
        """Return the counted, the frozen and the closed time until *end*. Time that is frozen and closed is closed."""
        last, calendar = self.last, self.calendar_of_days
        if calendar is not None:
            counted = {True: ZERO, False: ZERO}
            for phase, following in zip_longest(self.phases, self.phases[1:]):
                counted[phase.kind == "runs"] += calendar.between(phase.start, following.start if following else end)
            return counted[True], counted[False], (end - self.start) - counted[True] - counted[False]
        opened = _open(self.clock.counts_on(last.row, last.calendar), last.start, end)
        elapsed, frozen = (
            (last.used + opened, last.frozen) if last.kind == "runs" else (last.used, last.frozen + opened)
        )
        return elapsed, frozen, (end - self.start) - elapsed - frozen


class _Days(NamedTuple):
    """A target in business days, counted from the start of a cycle.

    Attributes:
        calendar: The calendar of the target.
        end: The instant by which the days have passed if nothing is frozen.
        length: The open time until then.
    """

    calendar: Calendar
    end: datetime
    length: timedelta


_FULL = 100


def _allowed_by(row: Target | Deadline, clock: Clock, start: datetime, facts: Facts) -> timedelta | None:
    if isinstance(row, Deadline) or isinstance(row.time, BusinessDays):
        return None
    calendar = clock.calendar_of(row, facts)
    is_outside = calendar is not None and not calendar.is_open(start)
    return row.time.amount + row.extra.amount if row.extra and is_outside else row.time.amount


class Miss(NamedTuple):
    """A missed target.

    Attributes:
        at: The instant of the breach.
        due_at: The instant at which the target was due.
        target: The time that it allowed; None for a `Deadline`.
    """

    at: datetime
    due_at: datetime
    target: timedelta | None


def _add_counted(clock: Clock, phase: Phase, amount: timedelta) -> datetime | None:
    """Return the instant at which *amount* more is counted if *phase* goes on; None if it never is."""
    return _add_in(phase, clock.counts_on(phase.row, phase.calendar), phase.start, amount)


def _add_in(phase: Phase, calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime | None:
    """Return the instant by which *amount* of open time has passed since *start* if *phase* goes on."""
    try:
        return _add_open(calendar, start, amount)
    except UnknownHolidaysError:
        if phase.end is None:
            raise
        return None  # the instant is not known, but it lies after the end of the phase


def _add_open(calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime | None:
    """Return the instant by which *amount* of open time has passed; None if it never has."""
    try:
        return calendar.add(start, amount) if calendar else _plus(start, amount)
    except CalendarError:
        return None


def _plus(at: datetime, amount: timedelta) -> datetime | None:
    """Return the instant *amount* after *at*; None beyond the year 9999."""
    try:
        return at + amount
    except OverflowError:
        return None


def _business_days_before(calendar: Calendar, due: datetime, days: int, start: datetime) -> datetime:
    """Return the instant *days* business days before *due*, but not before *start*: 1.7, mirrored in time."""
    try:
        before = calendar.add(due, -MICROSECOND)  # the last open microsecond: a closing belongs to the day that it ends
        day, zone = calendar.shift_date(before), load_zone(calendar.zone)
        reading = to_local(before, zone) - datetime.combine(day, time())
        first = to_local(start, zone).date() - DAY  # a shift that runs overnight belongs to the day before
        while days and day >= first:
            day -= DAY
            days -= calendar.has_open_time_on(day)
        at = from_local(datetime.combine(day, time()) + reading, zone)
        return start if days else max(calendar.add(at + MICROSECOND, -MICROSECOND) + MICROSECOND, start)
    except (CalendarError, OverflowError):
        return start


def _subtract_open(calendar: Calendar | None, due: datetime, lead: timedelta) -> datetime | None:
    """Return the instant *lead* of open time before *due*; None if there is none."""
    try:
        return calendar.add(due, -lead) if calendar else due - lead
    except (CalendarError, OverflowError):
        return None


def progress(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return the progress of a clock's present cycle, or of its last one; None if the clock never started.

    The result is cached on the ticket. Ticket and clock are values, so it stays valid.
    """
    kept: dict[str, tuple[Clock, Progress | None]] = ticket.__dict__.setdefault(CLOCKS, {})
    known = kept.get(clock.policy.name)
    if known is None or known[0] is not clock:
        kept[clock.policy.name] = known = (clock, next(all_progress(ticket, clock), None))
    return known[1]


def unrecorded(ticket: Ticket, clock: Clock) -> Progress | None:
    """Return the progress of the cycle whose breach is the next to be recorded.

    This is nearly always the present cycle. If cycles ended at the instant of the ticket's last entry, it is the oldest
    of them that was missed without a record.
    """
    present = progress(ticket, clock)
    if present is None or present.start < ticket.changed_at:
        return present
    ended = (each for each in all_progress(ticket, clock) if each.cycle.stop)
    now = takewhile(lambda each: each.cycle.stop is not None and each.cycle.stop.at == ticket.changed_at, ended)
    late = [each for each in now if recorded(each, ticket) is None and each.miss]
    return late[-1] if late else present


def all_progress(ticket: Ticket, clock: Clock) -> Iterator[Progress]:
    """Yield the progress of each of a clock's cycles, newest first."""
    for cycle in conditions.cycles(clock.measure, ticket.trails, clock.watched):
        yield Progress(clock, cycle, tuple(_phases(clock, cycle)))


def _phases(clock: Clock, cycle: conditions.Cycle) -> Iterator[Phase]:
    """Yield the phases of a cycle, merging adjacent equal ones."""
    used, frozen, since = ZERO, ZERO, cycle.start.at
    last: tuple[PhaseKind, bool, int | None, datetime | None, str | None] | None = None
    for moment in cycle.moments:
        row, at = row_in_force(clock, moment.facts, cycle.moments[0]), moment.mark.at
        calendar = clock.calendar_name(row, moment.facts)
        now = (phase_kind(clock, moment), moment.runs, row, _deadline(clock, row, moment.facts), calendar)
        if last is not None and now != last:
            yield Phase(since, at, *last, used, frozen)
            opened = _open(clock.counts_on(last[2], last[4]), since, at)
            used, frozen = (used + opened, frozen) if last[0] == "runs" else (used, frozen + opened)
            since = at
        last = now
    assert last is not None  # noqa: S101 -- a cycle has at least one moment, that of its start
    yield Phase(since, cycle.stop.at if cycle.stop else None, *last, used, frozen)


def phase_kind(clock: Clock, moment: conditions.Moment) -> PhaseKind:
    """Return the kind of the phase that begins at *moment*."""
    measure = clock.measure
    if measure.again == "continue" and not moment.runs:
        return "stopped"
    return "frozen" if conditions.holds(measure.frozen, moment.facts) else "runs"


def row_in_force(clock: Clock, facts: Facts, begun: conditions.Moment) -> int | None:
    """Return the index, in `Clock.rows`, of the target in force; None if there is none.

    Args:
        clock: The clock.
        facts: The facts of the ticket.
        begun: The first moment of the cycle.
    """
    targets = clock.policy.targets
    for index, row in enumerate(targets):
        if conditions.holds(row.given, facts) and (isinstance(row, Deadline) or _has_started(row, clock, begun)):
            for number, multiplier in enumerate(clock.policy.multipliers, start=1):
                if conditions.holds(multiplier.given, facts):
                    return index + number * len(targets)
            return index
    return None


def _has_started(row: Target, clock: Clock, begun: conditions.Moment) -> bool:
    """Return whether a cycle began when the row wants it to have begun."""
    start = begun.mark.at
    match row.started:
        case None:
            return True
        case StartedWhile(calendar=calendar, is_open=is_open):
            return clock.calendars[calendar].is_open(start) is is_open
        case StartedBetween() as between:
            named = calendar_in_force(clock.policy.calendar or "", begun.facts)
            local = to_local(start, load_zone(clock.calendars[named].zone))
            return between.includes(local - datetime.combine(local.date(), time()))
        case _:
            assert_never(row.started)


def _deadline(clock: Clock, row: int | None, facts: Facts) -> datetime | None:
    in_force = clock.row(row)
    value = facts[f"field.{in_force.field}"] if isinstance(in_force, Deadline) else None
    return value if isinstance(value, datetime) else None


def _open(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """Return the open time from *start* to *end* on a calendar; all of it if there is none."""
    return calendar.between(start, end) if calendar else end - start


def recorded(found: Progress, ticket: Ticket) -> Miss | None:
    """Return the breach of the cycle that is recorded in the history; None if none is.

    A recorded breach stays as it was decided, whatever the rules say now.
    """
    name, number = found.clock.policy.name, found.cycle.start.sequence
    breaches = (each for each in ticket.breaches if each.clock == name and each.cycle == number)
    return next((Miss(each.at, each.due_at, each.target) for each in breaches), None)
