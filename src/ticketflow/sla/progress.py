"""The progress of a clock's cycles, as far as the history of the ticket decides it.

What the phases of a cycle decide that have ended stays true while the cycle goes on. So it is computed once, and the
same cycle inherits it when it goes on: a new phase costs the same after ten phases and after ten thousand.

Source: docs/semantics.md 4.2 to 4.5, 4.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeVar, cast

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, ClockSpan, Missed, OfTarget, WorkingTime
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import MICROSECOND, ZERO
from ticketflow.sla.arithmetic import add_open, business_days_before, opened_between, plus, subtract_open
from ticketflow.sla.clock import Clock, Mode
from ticketflow.sla.cycles import Cycle, Phase, Trails, follow, moments
from ticketflow.sla.policies import Target
from ticketflow.tickets.ticket import CLOCKS, Ticket

T = TypeVar("T")

_FULL = 100


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


class _Search(NamedTuple):
    """A search through the phases that have ended for the instant by which an amount has passed.

    Attributes:
        amount: The amount to add in the next phase.
        at: The instant; None if it is not in these phases.
    """

    amount: timedelta
    at: datetime | None = None


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


class Progress:
    """The progress of one cycle, as far as the ticket's history decides it. It does not depend on the present instant.

    Attributes:
        clock: The clock.
        cycle: The cycle.
        start: The instant at which the cycle began.
        last: The newest phase.
        used: The time that was counted before it.
        frozen: The open time before it that was not counted.
    """

    def __init__(self, clock: Clock, cycle: Cycle, before: Progress | None = None) -> None:
        """Compute what the phases that have ended decide.

        Args:
            clock: The clock.
            cycle: The cycle.
            before: The progress of the same cycle before its newest phases; None if it is not known.

        Raises:
            UnknownHolidaysError: A phase that has ended reaches into years whose public holidays are not known.
        """
        phases = cycle.phases
        self.clock, self.cycle, self.start, self.last = clock, cycle, cycle.start.at, phases[-1]
        self.used, self.frozen = ZERO, ZERO
        self._missed: Miss | None = None
        self._known: dict[object, object] = {}
        self._reached: dict[timedelta, datetime | None] = {}
        if before is not None:
            phases = phases[len(before.cycle.phases) - 1 :]
            self.used, self.frozen = before.used, before.frozen
            self._missed, self._known = before._missed, before._known.copy()  # noqa: SLF001 -- its own class
        if len(phases) > 1:
            self._end(phases)

    def _end(self, phases: tuple[Phase, ...]) -> None:
        """Count the phases that have ended, all but the last of these, and look for a miss in them."""
        used, frozen = self.used, self.frozen
        first = len(self.cycle.phases) - len(phases)
        for number, (phase, following) in enumerate(pairwise(phases), start=first + 1):
            mode, start, end = phase.mode, phase.start, following.start
            opened = mode.counts_on.between(start, end) if mode.counts_on else end - start
            if mode.kind == "runs":
                used += opened
            else:
                frozen += opened
            is_in_time = mode.target is None or (mode.amount is not None and used < mode.amount)
            if not is_in_time and self._missed is None:
                due, is_stopped = self._due_before(phase, used, number), not following.mode.is_under_way
                self._missed = self._missed_in(phase, due, end, is_stopped=is_stopped)
        self.used, self.frozen = used, frozen

    @property
    def is_frozen(self) -> bool:
        """Whether the cycle is under way and frozen by the policy."""
        return self.cycle.stop is None and self.last.mode.kind == "frozen"

    def _over_ended(self, key: object, first: T, step: Callable[[T, Phase, Phase], T], count: int | None = None) -> T:
        """Fold the phases that have ended. Those that an earlier call with this key has passed are not passed again.

        Args:
            key: The name of the fold.
            first: The state before the first phase.
            step: Returns the state after a phase, given the state before it, the phase, and the phase that follows.
            count: The number of phases to fold, at least as many as before; None for all that have ended.
        """
        phases = self.cycle.phases
        until = len(phases) - 1 if count is None else count
        passed, state = cast("tuple[int, T]", self._known.get(key, (0, first)))
        for phase, following in pairwise(phases[passed : until + 1]):
            state = step(state, phase, following)
        self._known[key] = (until, state)
        return state

    # What the targets allow

    @property
    def target(self) -> timedelta | None:
        """The time that the target in force allows; None without a target, for a `Deadline`, and if it is not known."""
        return self._allowed(self.last.mode)

    def _allowed(self, mode: Mode) -> timedelta | None:
        if mode.days is None:
            return self._amount(mode)
        try:
            return self._days(mode).length
        except (CalendarError, UnknownHolidaysError):
            return None

    def _amount(self, mode: Mode) -> timedelta | None:
        """Return the working or elapsed time that a target allows in this cycle; None if it allows none."""
        amount, target = mode.amount, mode.target
        if amount is None or not isinstance(target, Target) or target.extra is None:
            return amount
        name = self.clock.calendar_name(target, self.clock.facts(self.cycle.begun))
        is_outside = name is not None and not self.clock.calendars[name].is_open(self.start)
        return amount + target.extra.amount if is_outside else amount

    def _days(self, mode: Mode) -> _Days:
        """Return the target of a mode, which is in business days.

        Raises:
            CalendarError: The calendar has fewer business days left.
            UnknownHolidaysError: The span lies beyond the years whose public holidays are known.
        """
        calendar, days = mode.calendar, mode.days
        assert calendar is not None and days is not None  # noqa: PT018, S101 -- rule sets are checked for it
        key = ("days", mode.row, id(calendar))
        if key not in self._known:
            end = calendar.after(self.start, days)
            self._known[key] = _Days(calendar, end, calendar.between(self.start, end))
        return cast("_Days", self._known[key])

    # When an amount is counted

    def reached(self, amount: timedelta) -> datetime | None:
        """Return the earliest instant by which *amount* is counted; None if it never is.

        An amount that is used up exactly when the clock freezes is reached when the clock runs again. If the cycle has
        stopped, the instant is the one at which the amount would have been reached.

        Raises:
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        if amount not in self._reached:
            search = _Search(amount - self.used) if self.used < amount else self._search(amount, self.start, None)
            self._reached[amount] = self._found(search, self.last.mode.counts_on, self.last.start)
        return self._reached[amount]

    def _counted_from(self, begin: datetime, amount: timedelta, calendar: Calendar) -> datetime | None:
        """Return the instant by which *amount* is counted on *calendar* from *begin* on; None if it never is."""
        search = self._search(amount, begin, calendar)
        return self._found(search, calendar, max(self.last.start, begin))

    def _search(
        self, amount: timedelta, begin: datetime, calendar: Calendar | None, count: int | None = None
    ) -> _Search:
        """Search the phases that have ended for the instant by which *amount* is counted.

        Args:
            amount: The amount.
            begin: The instant from which it is counted.
            calendar: The calendar on which it is counted; None for that of each phase.
            count: The number of phases to search; None for all that have ended.
        """

        def step(search: _Search, phase: Phase, following: Phase) -> _Search:
            start, end, left = max(phase.start, begin), following.start, search.amount
            if search.at is not None or phase.mode.kind != "runs" or end <= start:
                return search
            hours = calendar or phase.mode.counts_on
            opened = opened_between(hours, start, end)
            at = add_open(hours, start, left) if opened >= left else None
            return _Search(left - min(left, opened), at if at is not None and at < end else None)

        return self._over_ended((amount, begin, id(calendar)), _Search(amount), step, count)

    def _end_of_days(self, days: _Days, count: int | None = None) -> _Search:
        """Search the phases that have ended for the end of *days*, moved by the open time that was not counted."""

        def step(search: _Search, phase: Phase, following: Phase) -> _Search:
            if search.at is not None:
                return search
            if phase.mode.kind != "runs":
                return _Search(search.amount + days.calendar.between(phase.start, following.start))
            at = _add_if_known(days.calendar, days.end, search.amount)
            return _Search(search.amount, at if at is not None and at < following.start else None)

        return self._over_ended(("end", days.end, id(days.calendar)), _Search(ZERO), step, count)

    def _found(self, search: _Search, calendar: Calendar | None, start: datetime) -> datetime | None:
        """Return the instant that a search found, or else the one in the last phase; None if that phase counts none.

        Args:
            search: The search.
            calendar: The calendar on which the last phase counts.
            start: The instant from which on the amount of the search is added.
        """
        if search.at is not None or self.last.mode.kind != "runs":
            return search.at
        add = add_open if self.cycle.stop is None else _add_if_known
        return add(calendar, start, search.amount)

    # When the target is due

    def due_at(self) -> datetime | None:
        """Return the due instant of the target in force; None if there is no target or the instant is not known."""
        try:
            return self._due()
        except UnknownHolidaysError:
            return None

    def _due(self) -> datetime | None:
        mode = self.last.mode
        if mode.amount is not None:
            return self.reached(cast("timedelta", self._amount(mode)))
        if mode.days is None:
            return self.last.deadline
        try:
            days = self._days(mode)
        except CalendarError:
            return None
        return self._found(self._end_of_days(days), days.calendar, days.end)

    def _due_before(self, phase: Phase, used: timedelta, number: int) -> datetime | None:
        """Return the due instant of the target of an ended phase; None if it is not known, or not reached by its end.

        Later phases do not count: what was missed by the end of a phase does not depend on what comes after it.

        Args:
            phase: The phase.
            used: The time that was counted by its end.
            number: The number of phases that have ended then, this one included.
        """
        mode = phase.mode
        if mode.amount is not None:
            amount = cast("timedelta", self._amount(mode))
            return self._search(amount, self.start, None, number).at if used >= amount else None
        if mode.days is None:
            return phase.deadline
        try:
            return self._end_of_days(self._days(mode), number).at
        except (CalendarError, UnknownHolidaysError):
            return None

    # When a span of the clock has passed

    def when(self, span: ClockSpan) -> datetime | None:
        """Return the instant at which *span* of the clock has passed; None if it never does as things stand.

        After the clock has stopped, the only instant that can still come is that of a late stop (`Missed`).

        Raises:
            CalendarError: The target is in business days, and its calendar has fewer of them left.
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        if isinstance(span, Missed):
            miss = self.miss
            if miss is None:
                self._due()  # raises if the due instant is not known
            return miss.at if miss else None
        at, stop = self._at(span), self.cycle.stop
        return at if at is not None and (stop is None or at < stop.at) else None

    def _at(self, span: OfTarget | BeforeDue | AfterDue) -> datetime | None:
        mode = self.last.mode
        if mode.days is not None:
            return self._at_in_days(span, self._days(mode))
        amount = self._amount(mode)
        if amount is not None and isinstance(span, OfTarget):
            return self.reached(span.of(amount))
        if amount is not None and isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
            return self.reached(max(amount - span.lead.amount, ZERO))
        due = self._due()
        if due is None:
            return None
        if isinstance(span, OfTarget):
            return plus(self.start, span.of(max(due - self.start, ZERO)))
        return self._after(due, span) if isinstance(span, AfterDue) else self._before(due, span)

    def _at_in_days(self, span: OfTarget | BeforeDue | AfterDue, days: _Days) -> datetime | None:
        """Return the instant of a span of business days; percentages below 100 are of the open time from the start."""
        if isinstance(span, OfTarget) and span.percent < _FULL:
            part = span.of(days.length)
            return self._counted_from(self.start, part, days.calendar) if days.length else self.start
        if isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
            return self._counted_from(self.start, max(days.length - span.lead.amount, ZERO), days.calendar)
        due = self._due()
        if due is None:
            return None
        if isinstance(span, OfTarget):
            late = span.of(days.length) - days.length
            return self._counted_from(due, late, days.calendar) if late else due
        return self._after(due, span) if isinstance(span, AfterDue) else self._before(due, span)

    def _after(self, due: datetime, span: AfterDue) -> datetime | None:
        """Return the instant by which a span has passed since a due instant; freezes do not count."""
        return add_open(self.last.mode.calendar if isinstance(span.span, WorkingTime) else None, due, span.span.amount)

    def _before(self, due: datetime, span: BeforeDue) -> datetime | None:
        """Return the instant that lies before a due instant by a lead, but not before the start of the cycle."""
        calendar = self.last.mode.calendar
        if isinstance(span.lead, BusinessDays):
            return self.start if calendar is None else business_days_before(calendar, due, span.lead.days, self.start)
        lead = span.lead.amount
        if isinstance(span.lead, WorkingTime):
            begin = subtract_open(calendar, due, lead)
            return None if begin is None else max(begin, self.start)
        return self.start if lead > due - self.start else due - lead

    # What was missed, and what was counted

    @property
    def miss(self) -> Miss | None:
        """The first breach of the cycle if nothing else happens; None if there is none.

        A frozen clock misses no target that is an amount of time, but it can miss a `Deadline`. Between a stop and the
        next start nothing is missed.
        """
        if self._missed is not None:
            return self._missed
        stop = self.cycle.stop
        if stop is None:
            return self._missed_in(self.last, self.due_at(), None, is_stopped=False)
        return self._missed_in(self.last, self.due_at(), stop.at, is_stopped=True)

    def missed(self, until: datetime) -> Miss | None:
        """Return the first breach by *until*; None if there is none."""
        if self._missed is None:
            due = self.due_at()
            if due is None or due >= until:
                return None  # a breach comes after the due instant
        miss = self.miss
        return miss if miss and miss.at <= until else None

    def _missed_in(self, phase: Phase, due: datetime | None, end: datetime | None, *, is_stopped: bool) -> Miss | None:
        """Return the miss of a target that is due at *due* in a phase; None if it is not missed there.

        A freeze or another target that takes effect at that instant comes first and prevents the miss. A stop at that
        instant comes too late (1.8), and so does the stop of a clock that was frozen after its target had passed.

        Args:
            phase: The phase.
            due: The due instant of its target; None if there is none.
            end: The end of the phase; None while it is under way.
            is_stopped: Whether the clock stops at the end.
        """
        late = None if due is None else plus(due, MICROSECOND)
        if due is None or late is None or not phase.mode.is_under_way:
            return None
        at = max(late, phase.start)
        if phase.mode.kind == "frozen" and phase.deadline is None:
            if end is None or not is_stopped or late > end:
                return None
            at = end
        elif end is not None and (at > end or (at == end and not is_stopped)):
            return None
        return Miss(at, due, self._allowed(phase.mode))

    @property
    def calendar_of_days(self) -> Calendar | None:
        """The calendar of the target in force if it is in business days: the whole cycle is read on it (4.8)."""
        return None if self.last.mode.days is None else self.last.mode.calendar

    def sums(self, end: datetime) -> tuple[timedelta, timedelta, timedelta]:
        """Return the counted, the frozen and the closed time until *end*. Time that is frozen and closed is closed."""
        last, hours = self.last, self.calendar_of_days
        if hours is None:
            hours, used, frozen = last.mode.counts_on, self.used, self.frozen
        else:
            used, frozen = self._sums_on(hours)
        opened = opened_between(hours, last.start, end)
        if last.mode.kind == "runs":
            used += opened
        else:
            frozen += opened
        return used, frozen, (end - self.start) - used - frozen

    def _sums_on(self, calendar: Calendar) -> tuple[timedelta, timedelta]:
        """Return the counted and the frozen time of the phases that have ended, all read on *calendar*."""

        def step(sums: tuple[timedelta, timedelta], phase: Phase, following: Phase) -> tuple[timedelta, timedelta]:
            opened = calendar.between(phase.start, following.start)
            return (sums[0] + opened, sums[1]) if phase.mode.kind == "runs" else (sums[0], sums[1] + opened)

        return self._over_ended(("sums", id(calendar)), (ZERO, ZERO), step)


def _add_if_known(calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime | None:
    """Return the instant by which *amount* has passed; None if it is not known, because it lies after a known end."""
    try:
        return add_open(calendar, start, amount)
    except UnknownHolidaysError:
        return None


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
        present, ended = self.present, self.ended
        cycles = follow(self.clock, present.cycle if present else None, those)
        if cycles:
            last = cycles.pop()
            if present is None or present.cycle.start is not last.start:
                present = Progress(self.clock, last)
            elif present.cycle is not last:
                present = Progress(self.clock, last, present)
        if ended or cycles:
            ended = tuple(each for each in (*ended, *cycles) if each.stop and each.stop.at == mark.at)
        return _Track(self.clock, mark.sequence, values, present, ended)


def _track(ticket: Ticket, clock: Clock) -> _Track:
    """Return the clock followed through the history of a ticket, and cache it there.

    A ticket inherits what was cached on the ticket before its last entry (`ticketflow.tickets.fold`).
    """
    kept: Mapping[str, _Track] = ticket.__dict__.get(CLOCKS, _NOTHING)
    known = kept.get(clock.policy.name)
    if known is None or known.clock is not clock:
        known = _Track(clock)
    found = known.followed(ticket.trails)
    if found is not known:
        ticket.__dict__[CLOCKS] = {**kept, clock.policy.name: found}  # a new mapping, because tickets share the old one
    return found


_NOTHING: Mapping[str, _Track] = FrozenMap()


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
