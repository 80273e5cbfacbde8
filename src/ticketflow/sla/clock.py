"""A clock: a policy with its calendars, made ready to be read.

How a clock goes is looked up by the values of the facts that it reads. So its conditions are evaluated once for each
combination of values, not once for each ticket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from datetime import time as wall_time
from functools import cached_property
from typing import Literal, NamedTuple

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import BusinessDays, Elapsed
from ticketflow.calendars.zones import load_zone, to_local
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Policy, StartedBetween, StartedWhile, Target
from ticketflow.tickets.facts import CATEGORY, FIELD, STATE, Facts
from ticketflow.workflow.conditions import holds, reads
from ticketflow.workflow.ticket_calendar import calendar_in_force, fields_named

PhaseKind = Literal["runs", "frozen", "stopped"]
"""``runs`` if time counts, ``frozen`` if it does not, ``stopped`` between a stop and the next start."""

_MOST_COURSES = 1_000  # a field without choices can have any number of values


class Mode(NamedTuple):
    """How a clock goes: whether time counts, on which calendar, and to which target.

    Attributes:
        kind: Whether time counts.
        is_under_way: Whether the measure's ``runs`` holds. If not, nothing can be missed.
        row: The index of the target in force, in `Clock.rows`; None if there is none.
        target: The target in force; None if there is none.
        amount: The working or elapsed time that the target allows, without its `extra`; None if it allows none.
        days: The business days that the target allows; None if it allows none.
        calendar: The calendar of the target, or else of the policy; None if neither names one.
        counts_on: The calendar on which time counts; None if it counts by day and by night.
        place: The place in `Clock.names` of the field that holds the due instant; None if the target is no `Deadline`.
    """

    kind: PhaseKind
    is_under_way: bool
    row: int | None
    target: Target | Deadline | None
    amount: timedelta | None
    days: BusinessDays | None
    calendar: Calendar | None
    counts_on: Calendar | None
    place: int | None


class Course(NamedTuple):
    """What the values of the facts decide about a clock.

    Attributes:
        runs: Whether the measure's ``runs`` holds.
        is_void: Whether a cycle that stops with these values is void.
        mode: How the clock goes; None if that depends on when the cycle began.
        modes: How it can go: the first counts whose target suits the start of the cycle.
    """

    runs: bool
    is_void: bool
    mode: Mode | None
    modes: tuple[Mode, ...]


class _Courses(dict[tuple[Value, ...], Course]):
    """The courses of a clock by the values of its facts. Each is decided when it is first needed."""

    def __init__(self, decide: Callable[[tuple[Value, ...]], Course]) -> None:
        super().__init__()
        self.decide = decide

    def __missing__(self, values: tuple[Value, ...]) -> Course:
        if len(self) >= _MOST_COURSES:
            self.clear()
        found = self[values] = self.decide(values)
        return found


@attrs.frozen(slots=False)
class Clock:
    """A policy with everything that is needed to read it. `Rules.clock` returns it.

    Attributes:
        policy: The policy.
        measure: The measure of the policy; its ``frozen`` includes the states that freeze the clock.
        calendars: The calendars of the rule set, by name.
        version: The digest of the rule set.
    """

    policy: Policy
    measure: Measure
    calendars: FrozenMap[str, Calendar]
    version: str

    @cached_property
    def rows(self) -> tuple[Target | Deadline, ...]:
        """The targets of the policy, and then, for each multiplier, the targets that it multiplies."""
        policy = self.policy
        return (*policy.targets, *(each.of(row) for each in policy.multipliers for row in policy.targets))

    @cached_property
    def measured(self) -> frozenset[str]:
        """The names of the facts that the measure reads, and ``category``, which every ticket has from the start."""
        measure = self.measure
        each = {measure.each} if measure.each else set()
        return reads(measure.runs).union({CATEGORY}, each, reads(measure.frozen), reads(measure.void))

    @cached_property
    def _decisive(self) -> tuple[str, ...]:
        """The names of the facts that decide how the clock goes, and ``state``, which traces show."""
        rows = self.policy.targets
        given = (row.given for row in (*rows, *self.policy.multipliers))
        named = (self.policy.calendar, *(row.calendar for row in rows if isinstance(row, Target)))
        sites = {FIELD + name for name in fields_named(*named)}
        return tuple(sorted(self.measured.union({STATE}, sites, *map(reads, given))))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the facts that the clock reads. Fields that only hold deadlines come last."""
        deadlines = (FIELD + row.field for row in self.policy.targets if isinstance(row, Deadline))
        return tuple(dict.fromkeys((*self._decisive, *sorted(deadlines))))

    @cached_property
    def without_targets(self) -> Clock:
        """The clock of the same measure that has no targets and no calendar: it reads fewer facts."""
        policy = attrs.evolve(self.policy, targets=(), multipliers=(), warn_at=(), calendar=None)
        return attrs.evolve(self, policy=policy)

    @cached_property
    def _modes(self) -> dict[object, Mode]:
        return {}

    def facts(self, values: tuple[Value, ...]) -> Facts:
        """Return the facts that have these values, in the order of `names`."""
        return Facts(FrozenMap(), dict(zip(self.names, values, strict=True)))

    @cached_property
    def course(self) -> Callable[[tuple[Value, ...]], Course]:
        """The function that returns the course of the clock for the values of its facts, in the order of `names`."""
        if not any(name.startswith(FIELD) for name in self.names):
            return _Courses(self._decide).__getitem__
        count = len(self._decisive)
        by_types = defaultdict[tuple[type, ...], _Courses](lambda: _Courses(self._decide))

        def course(values: tuple[Value, ...]) -> Course:
            decisive = values[:count]
            return by_types[tuple(map(type, decisive))][decisive]  # in a field, True is not 1

        return course

    def _decide(self, values: tuple[Value, ...]) -> Course:
        facts, measure = Facts(FrozenMap(), dict(zip(self._decisive, values, strict=True))), self.measure
        runs = holds(measure.runs, facts)
        kind: PhaseKind = "frozen" if holds(measure.frozen, facts) else "runs"
        if measure.again == "continue" and not runs:
            kind = "stopped"
        modes = tuple(self._mode(kind, row, facts, runs=runs) for row in self._rows_in_force(facts))
        return Course(runs, holds(measure.void, facts), modes[0] if len(modes) == 1 else None, modes)

    def _rows_in_force(self, facts: Facts) -> Iterator[int | None]:
        """Yield the index of each target that is in force, as far as these facts decide it, the first one first."""
        targets, multipliers = self.policy.targets, enumerate(self.policy.multipliers, start=1)
        times = next((number for number, each in multipliers if holds(each.given, facts)), 0)
        for index, row in enumerate(targets):
            if holds(row.given, facts):
                yield index + times * len(targets)
                if isinstance(row, Deadline) or row.started is None:
                    return
        yield None

    def _mode(self, kind: PhaseKind, row: int | None, facts: Facts, *, runs: bool) -> Mode:
        """Return a mode; equal modes are one object."""
        target = None if row is None else self.rows[row]
        name = self.calendar_name(target, facts)
        calendar = None if name is None else self.calendars[name]
        place = self.names.index(FIELD + target.field) if isinstance(target, Deadline) else None
        time = target.time if isinstance(target, Target) else None
        amount, days = (None, time) if isinstance(time, BusinessDays) else (time.amount if time else None, None)
        counts_on = None if isinstance(time, Elapsed) else calendar
        mode = Mode(kind, runs, row, target, amount, days, calendar, counts_on, place)
        return self._modes.setdefault((kind, runs, row, name), mode)

    def calendar_name(self, target: Target | Deadline | None, facts: Facts) -> str | None:
        """Return the name of the calendar that the target names, or else that of the policy; None if neither does.

        Args:
            target: The target; None for none.
            facts: The facts of the ticket, which decide about a `CalendarOf`.
        """
        named = (target.calendar if isinstance(target, Target) else None) or self.policy.calendar
        return None if named is None else calendar_in_force(named, facts)

    def mode(self, course: Course, start: datetime, begun: tuple[Value, ...]) -> Mode:
        """Return how the clock goes in a cycle.

        Args:
            course: What the present values of the facts decide.
            start: The start of the cycle.
            begun: The values of the facts at the start, in the order of `names`.
        """
        *conditional, last = course.modes
        return next((mode for mode in conditional if self._suits(mode.target, start, begun)), last)

    def _suits(self, target: Target | Deadline | None, start: datetime, begun: tuple[Value, ...]) -> bool:
        """Return whether a cycle began when a conditional target wants it to have begun."""
        started = target.started if isinstance(target, Target) else None
        if isinstance(started, StartedWhile):
            return self.calendars[started.calendar].is_open(start) is started.is_open
        assert isinstance(started, StartedBetween)  # noqa: S101 -- without it, the target is not conditional
        named = calendar_in_force(self.policy.calendar or "", self.facts(begun))
        local = to_local(start, load_zone(self.calendars[named].zone))
        return started.includes(local - datetime.combine(local.date(), wall_time()))
