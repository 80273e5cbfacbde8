"""Service levels as data: the usual measures, and policies with their targets.

A *measure* says when a clock starts, pauses and stops. A *policy* gives it a name, targets and warnings. Targets are
the rows of a table; the first row whose condition holds is in force.

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
from ticketflow.tickets.anchors import LastMessage
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf, calendars_named

_IS_PENDING = conditions.CategoryIs("pending")
_IS_OVER = conditions.CategoryIs("resolved", "closed")
_HAS_WRITTEN = conditions.Happened(LastMessage("agent"))
_WAS_ANSWERED = conditions.WasAnswered()


def first_response(since: Literal["message", "opening"] = "message") -> conditions.Measure:
    """Return the measure of the time until the support first answers the customer.

    It starts with the customer's first public message, at the opening or later, and ends with the next public message
    by a person of the support. An assignment is not an answer. A ticket without a message of the customer starts no
    such clock. If a ticket is resolved without an answer, the cycle is void: neither met nor missed.

    Args:
        since: ``message`` counts from the customer's first public message. ``opening`` counts from the opening, whoever
            opened the ticket, until the support's first public message: for desks that open tickets by telephone.

    Raises:
        BadValueError: *since* is something else.

    Source: docs/semantics.md 4.1.

    >>> str(first_response("opening").void)
    'not (the last message by the support has happened)'
    """
    if since not in ("message", "opening"):
        raise BadValueError(f"since is {since!r:.200}", "give message or opening")
    if since == "opening":
        runs = conditions.All(conditions.Not(_HAS_WRITTEN), conditions.Not(_IS_OVER))
        return conditions.Measure(runs=runs, void=conditions.Not(_HAS_WRITTEN))
    runs = conditions.All(conditions.IsUnanswered(), conditions.Not(_WAS_ANSWERED), conditions.Not(_IS_OVER))
    return conditions.Measure(runs=runs, void=conditions.Not(_WAS_ANSWERED))


def next_reply(again: Literal["anew", "never"] = "anew") -> conditions.Measure:
    """Return the measure of the time until each answer after the first response.

    A cycle starts at the customer's oldest unanswered message. A message of the support that no customer's message
    precedes is no answer, so on a ticket that the desk began the first cycle is that of the first response. If the
    ticket is resolved before it is answered, the cycle is void: neither met nor missed.

    Args:
        again: ``anew`` for a cycle for each answer, ``never`` for the first of them only.

    Raises:
        BadValueError: *again* is something else.

    Source: docs/semantics.md 4.1.

    >>> next_reply().again
    'anew'
    """
    _check_each_or_first(again)
    return conditions.Measure(
        runs=conditions.All(_WAS_ANSWERED, conditions.IsUnanswered(), conditions.Not(_IS_OVER)),
        void=conditions.IsUnanswered(),
        again=again,
    )


def _check_each_or_first(again: object) -> None:
    if again not in ("anew", "never"):
        raise BadValueError(f"again is {again!r:.200}", "give anew or never")


def resolution(
    again: conditions.Again = "continue", frozen: conditions.Condition = conditions.NEVER
) -> conditions.Measure:
    """Return the measure of the time until the ticket is resolved.

    Args:
        again: What happens on reopening. ``continue`` goes on without the time in which the ticket was resolved,
            ``count`` goes on and counts that time, ``anew`` begins another cycle, ``never`` does nothing.
        frozen: The condition under which the clock stands still. The states that freeze it come on top.

    Source: docs/semantics.md 4.1, 4.5.

    >>> resolution("anew").again
    'anew'
    """
    return conditions.Measure(runs=conditions.Not(_IS_OVER), again=again, frozen=frozen)


def requester_wait(
    waits_for_customer: conditions.Condition = _IS_PENDING, again: conditions.Again = "continue"
) -> conditions.Measure:
    """Return the measure of the time until resolution, without the time in which the desk waits for the customer.

    Args:
        waits_for_customer: The condition under which the desk waits for the customer.
        again: What happens on reopening, as in `resolution`.

    Source: docs/semantics.md 4.1.

    >>> str(requester_wait().frozen)
    'the ticket is pending'
    """
    return resolution(again, waits_for_customer)


def agent_work(again: conditions.Again = "continue") -> conditions.Measure:
    """Return the measure of the time in which the desk has work to do: until resolution, without pending states.

    Args:
        again: What happens on reopening, as in `resolution`.

    Source: docs/semantics.md 4.1.

    >>> str(agent_work().frozen)
    'the ticket is pending'
    """
    return resolution(again, _IS_PENDING)


def update_interval(again: Literal["anew", "never"] = "anew") -> conditions.Measure:
    """Return the measure of the time between updates: every public message of the support begins a cycle.

    The first cycle begins with the first public message of the customer or the support. Until then, the customer knows
    nothing of a ticket that the desk began.

    Args:
        again: ``anew`` for a cycle for each update, ``never`` for the first of them only.

    Raises:
        BadValueError: *again* is something else.

    Source: docs/semantics.md 4.1.

    >>> update_interval().each
    'answers'
    """
    _check_each_or_first(again)
    has_begun = conditions.AnyOf(conditions.Happened(LastMessage("customer")), _HAS_WRITTEN)
    return conditions.Measure(runs=conditions.All(has_begun, conditions.Not(_IS_OVER)), again=again, each="answers")


def time_while(condition: conditions.Condition, again: conditions.Again = "continue") -> conditions.Measure:
    """Return the measure of the time in which *condition* holds, for example in a state or at a priority.

    Args:
        condition: The condition.
        again: ``continue`` adds up all times in which it holds; ``anew`` makes each of them a cycle; ``never``
            measures the first only.

    Source: docs/semantics.md 4.1.

    >>> time_while(conditions.CategoryIs("pending"), "anew").again
    'anew'
    """
    return conditions.Measure(runs=condition, again=again)


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
    measure: conditions.Measure
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
