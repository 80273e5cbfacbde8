"""Service levels as data: policies and their targets.

A *policy* gives a measure (`ticketflow.sla.measures`) a name, targets and warnings. Targets are the rows of a table;
the first row whose condition holds is in force.

Source: docs/semantics.md 4.1 to 4.5.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import attrs

from ticketflow.calendars.hours import time_of_day, time_text
from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, Elapsed, OfTarget, WorkingTime
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY, ZERO
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.sla.measures import Measure
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf, calendars_named


def _time(value: str | timedelta) -> timedelta:
    return value if isinstance(value, timedelta) else time_of_day(value)


@attrs.frozen
class StartedBetween:
    """Whether a cycle began between two local times, in the zone of the policy's calendar.

    Attributes:
        since: The first local time.
        until: The local time before which it began, at most ``24:00``. If it is not after *since*, it is that of the
            next day.

    Raises:
        BadValueError: A time is not possible, or both are the same.

    >>> night = StartedBetween("22:00", "06:00")
    >>> night.includes(timedelta(hours=5)), night.includes(timedelta(hours=6))
    (True, False)
    """

    since: timedelta = attrs.field(converter=_time)
    until: timedelta = attrs.field(converter=_time)

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if not (ZERO <= self.since < DAY and ZERO <= self.until <= DAY):
            raise BadValueError(f"{self.since} to {self.until} are not times of day", "give 00:00 to 24:00")
        if self.since == self.until:
            raise BadValueError("both times are the same", "give two times, or leave the condition out")

    def __str__(self) -> str:
        return f"between {time_text(self.since)} and {time_text(self.until)}"

    def includes(self, reading: timedelta) -> bool:
        """Return whether a local time, as time since midnight, lies between the two."""
        if self.since < self.until:
            return self.since <= reading < self.until
        return reading >= self.since or reading < self.until


@attrs.frozen
class StartedWhile:
    """Whether a calendar was open when a cycle began.

    Attributes:
        calendar: The name of the calendar.
        is_open: Whether it must have been open, or closed.
    """

    calendar: str
    is_open: bool = True

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"while {self.calendar} was {'open' if self.is_open else 'closed'}"


@attrs.frozen
class Target:
    """A target that allows an amount of time.

    Attributes:
        time: The allowed time. `WorkingTime` and `BusinessDays` count on a calendar, `Elapsed` by day and by night.
        given: The condition under which the row is in force.
        calendar: The name of the calendar on which the time counts, or a `CalendarOf`; None for that of the policy.
        extra: Time that is added if the cycle starts while that calendar is closed. It is of the same type as *time*;
            business days have none.
        started: When the cycle must have begun for the row to be in force; None for any time.

    Source: docs/semantics.md 4.2, 4.8.

    >>> str(Target(BusinessDays(1, at="16:00"), started=StartedBetween("00:00", "10:00")).time)
    '1 business day, at 16:00'
    """

    time: WorkingTime | Elapsed | BusinessDays
    given: conditions.Condition = conditions.ALWAYS
    calendar: str | CalendarOf | None = None
    extra: WorkingTime | Elapsed | None = None
    started: StartedBetween | StartedWhile | None = None

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Deadline:
    """A target that is an instant in a field of the ticket. Freezes do not move it.

    Attributes:
        field: The name of the field.
        given: The condition under which the row is in force.
    """

    field: str
    given: conditions.Condition = conditions.ALWAYS

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Multiplier:
    """A multiple of the targets: under its condition, targets allow a percentage of their time.

    Attributes:
        percent: The percentage, 1 to 1,000; 50 halves the targets. `Target.extra`, targets in business days and
            deadlines are not multiplied.
        given: The condition under which the targets are multiplied.
    """

    percent: int
    given: conditions.Condition = conditions.ALWAYS

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        OfTarget(self.percent)  # validates the percentage

    def of(self, row: Target | Deadline) -> Target | Deadline:
        """Return *row* with its time multiplied, rounded up to the microsecond.

        >>> str(Multiplier(50).of(Target(WorkingTime(hours=5))).time)
        '2 hours 30 minutes of working time'
        """
        if isinstance(row, Deadline) or isinstance(row.time, BusinessDays):
            return row
        return attrs.evolve(row, time=type(row.time)(OfTarget(self.percent).of(row.time.amount)))


def _policy_name(value: str) -> str:
    name = check_name(value, "clock")
    if len(name) > _LONGEST:
        raise BadValueError(f"clock {name!r:.200} has too long a name", f"give at most {_LONGEST} characters")
    return name


_LONGEST = 40  # the ids of implied rules contain the name and must stay valid names


@attrs.frozen
class Policy:
    """A measure with a name, targets and warnings.

    Attributes:
        name: The name of the clock, at most 40 characters. States, conditions and readings use it.
        measure: When the clock starts, pauses and stops.
        targets: The targets; the first whose condition holds is in force. While none does, time is only measured.
        multipliers: The multiples of the targets; the first whose condition holds applies to the target in force.
        warn_at: The spans at which a warning is recorded.
        calendar: The name of the calendar on which time counts, or a `CalendarOf`; None means by day and by night.
        kind: ``sla`` for an agreement with customers, ``ola`` for one between teams of the desk.
    """

    name: str = attrs.field(converter=_policy_name)
    measure: Measure
    targets: tuple[Target | Deadline, ...] = ()
    warn_at: tuple[OfTarget | BeforeDue | AfterDue, ...] = ()
    calendar: str | CalendarOf | None = "default"
    kind: Literal["sla", "ola"] = "sla"
    multipliers: tuple[Multiplier, ...] = ()

    __attrs_post_init__ = refuse_wrong_types

    @property
    def calendar_names(self) -> frozenset[str]:
        """The names of all calendars that the policy reads."""
        rows = [row for row in self.targets if isinstance(row, Target)]
        starts = (row.started.calendar for row in rows if isinstance(row.started, StartedWhile))
        return frozenset(calendars_named(self.calendar, *(row.calendar for row in rows), *starts))
