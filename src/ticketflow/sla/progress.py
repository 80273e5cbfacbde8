"""The progress of a clock's cycles, as far as the history of the ticket decides it.

What the phases of a cycle decide that have ended stays true while the cycle goes on. So it is computed once, and the
same cycle inherits it when it goes on: a new phase costs the same after ten phases and after ten thousand.

Source: docs/semantics.md 4.2 to 4.5, 4.8.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar, cast

from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import MICROSECOND, ZERO
from ticketflow.sla.arithmetic import add_open, lengths, opened_between, plus
from ticketflow.sla.clock import Clock, Mode
from ticketflow.sla.cycles import Cycle, Phase
from ticketflow.sla.policies import Target

T = TypeVar("T")


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


class Days(NamedTuple):
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

    __slots__ = ("_due_at", "_folds", "_missed", "_reached", "clock", "cycle", "frozen", "last", "start", "used")

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
        self._due_at: datetime | Literal["unknown"] | None = "unknown"
        self._folds: dict[object, object] = {}
        self._reached: dict[timedelta, datetime | None] = {}
        if before is not None:
            phases = phases[len(before.cycle.phases) - 1 :]
            self.used, self.frozen = before.used, before.frozen
            self._missed, self._folds = before._missed, before._folds.copy()  # noqa: SLF001 -- its own class
        if len(phases) > 1:
            self._end(phases)

    def _end(self, phases: tuple[Phase, ...]) -> None:
        """Count the phases that have ended, all but the last of these, and look for a miss in them."""
        used, frozen = self.used, self.frozen
        first = len(self.cycle.phases) - len(phases)
        for place, opened in enumerate(_open_times(phases), start=1):
            phase = phases[place - 1]
            _, mode, _ = phase
            if mode.kind == "runs":
                used += opened
            else:
                frozen += opened
            is_in_time = mode.target is None or (mode.amount is not None and used < mode.amount)
            if not is_in_time and self._missed is None:
                due, following = self._due_before(phase, used, first + place), phases[place]
                is_stopped = not following.mode.is_under_way
                self._missed = self._missed_in(phase, due, following.start, is_stopped=is_stopped)
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
        passed, state = cast("tuple[int, T]", self._folds.get(key, (0, first)))
        for phase, following in pairwise(phases[passed : until + 1]):
            state = step(state, phase, following)
        self._folds[key] = (until, state)
        return state

    # What the targets allow

    @property
    def target(self) -> timedelta | None:
        """The time that the target in force allows; None without a target, for a `Deadline`, and if it is not known."""
        return self._allowed(self.last.mode)

    def _allowed(self, mode: Mode) -> timedelta | None:
        if mode.days is None:
            return self.amount(mode)
        try:
            return self.days(mode).length
        except (CalendarError, UnknownHolidaysError):
            return None

    def amount(self, mode: Mode) -> timedelta | None:
        """Return the working or elapsed time that a target allows in this cycle; None if it allows none."""
        amount, target = mode.amount, mode.target
        if amount is None or not isinstance(target, Target) or target.extra is None:
            return amount
        name = self.clock.calendar_name(target, self.clock.facts(self.cycle.begun))
        is_outside = name is not None and not self.clock.calendars[name].is_open(self.start)
        return amount + target.extra.amount if is_outside else amount

    def days(self, mode: Mode) -> Days:
        """Return the target of a mode, which is in business days.

        Raises:
            CalendarError: The calendar has fewer business days left.
            UnknownHolidaysError: The span lies beyond the years whose public holidays are known.
        """
        calendar, days = mode.calendar, mode.days
        assert calendar is not None and days is not None  # noqa: PT018, S101 -- rule sets are checked for it
        key = ("days", mode.row, id(calendar))
        if key not in self._folds:
            end = calendar.after(self.start, days)
            self._folds[key] = Days(calendar, end, calendar.between(self.start, end))
        return cast("Days", self._folds[key])

    # When an amount is counted

    def reached(self, amount: timedelta) -> datetime | None:
        """Return the earliest instant by which *amount* is counted; None if it never is.

        An amount that is used up exactly when the clock freezes is reached when the clock runs again. If the cycle has
        stopped, the instant is the one at which the amount would have been reached.

        Raises:
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        if amount in self._reached:
            return self._reached[amount]
        left, at = amount - self.used, None
        if left <= ZERO:
            left, at = self._search(amount, self.start, None)
        at = self._reached[amount] = at or self._in_last(left, self.last.mode.counts_on, self.last.start)
        return at

    def counted_from(self, begin: datetime, amount: timedelta, calendar: Calendar) -> datetime | None:
        """Return the instant by which *amount* is counted on *calendar* from *begin* on; None if it never is."""
        left, at = self._search(amount, begin, calendar)
        return at or self._in_last(left, calendar, max(self.last.start, begin))

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

    def _end_of_days(self, days: Days, count: int | None = None) -> _Search:
        """Search the phases that have ended for the end of *days*, moved by the open time that was not counted."""

        def step(search: _Search, phase: Phase, following: Phase) -> _Search:
            if search.at is not None:
                return search
            if phase.mode.kind != "runs":
                return _Search(search.amount + days.calendar.between(phase.start, following.start))
            at = _add_if_known(days.calendar, days.end, search.amount)
            return _Search(search.amount, at if at is not None and at < following.start else None)

        return self._over_ended(("end", days.end, id(days.calendar)), _Search(ZERO), step, count)

    def _in_last(self, amount: timedelta, calendar: Calendar | None, start: datetime) -> datetime | None:
        """Return the instant by which *amount* has passed since *start*; None if the last phase does not count."""
        if self.last.mode.kind != "runs":
            return None
        add = add_open if self.cycle.stop is None else _add_if_known
        return add(calendar, start, amount)

    # When the target is due

    def due_at(self) -> datetime | None:
        """Return the due instant of the target in force; None if there is no target or the instant is not known."""
        if self._due_at == "unknown":
            try:
                self._due_at = self.due()
            except UnknownHolidaysError:
                self._due_at = None
        return self._due_at

    def due(self) -> datetime | None:
        """Return the due instant of the target in force; None if there is none.

        Raises:
            UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
        """
        mode = self.last.mode
        if mode.amount is not None:
            return self.reached(cast("timedelta", self.amount(mode)))
        if mode.days is None:
            return self.last.deadline
        try:
            days = self.days(mode)
        except CalendarError:
            return None
        moved, at = self._end_of_days(days)
        return at or self._in_last(moved, days.calendar, days.end)

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
            amount = cast("timedelta", self.amount(mode))
            return self._search(amount, self.start, None, number).at if used >= amount else None
        if mode.days is None:
            return phase.deadline
        try:
            return self._end_of_days(self.days(mode), number).at
        except (CalendarError, UnknownHolidaysError):
            return None

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


def _open_times(phases: tuple[Phase, ...]) -> list[timedelta]:
    """Return the open time of each of these phases but the last, on the calendar on which it counts."""
    opened: list[timedelta] = []
    instants: list[datetime] = []
    calendar = phases[0].mode.counts_on
    for start, mode, _ in phases:
        instants.append(start)
        if mode.counts_on is not calendar:
            opened += lengths(calendar, instants)
            calendar, instants = mode.counts_on, [start]
    opened += lengths(calendar, instants)
    return opened


def _add_if_known(calendar: Calendar | None, start: datetime, amount: timedelta) -> datetime | None:
    """Return the instant by which *amount* has passed; None if it is not known, because it lies after a known end."""
    try:
        return add_open(calendar, start, amount)
    except UnknownHolidaysError:
        return None
