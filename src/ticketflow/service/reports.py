"""Report figures about tickets: durations, reopenings, and how often targets were met.

All figures are read from histories; no counters are kept. Reports are plain data for a table, a data frame or a
database.

Source: docs/semantics.md 4.2; row F2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Literal

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.sla.clock import Clock
from ticketflow.sla.reading import Reading, read_all
from ticketflow.tickets.anchors import CLOSED, CREATED, RESOLVED
from ticketflow.tickets.facts import REOPENINGS, STATE
from ticketflow.tickets.ticket import Ticket

_EARLIEST = datetime.min.replace(tzinfo=UTC)

Method = Literal["nearest_rank", "linear"]
"""``nearest_rank`` returns one of the values; ``linear`` interpolates between two (Hyndman and Fan's method 7)."""


@attrs.frozen
class Spent:
    """A duration, in elapsed and in working time.

    Attributes:
        elapsed: The time by day and by night.
        working: The time while the calendar was open.
    """

    elapsed: timedelta
    working: timedelta


_NO_TIME = Spent(ZERO, ZERO)


@attrs.frozen
class Kept:
    """The number of cycles of a clock by their result.

    Attributes:
        met: Cycles that stopped in time.
        breached: Cycles that missed their target; those still under way are included.
        under_way: Other cycles that have not stopped.
        void: Cycles that stopped and count neither as met nor as missed.
        measured: Cycles that stopped and had no target.
    """

    met: int = 0
    breached: int = 0
    under_way: int = 0
    void: int = 0
    measured: int = 0


@attrs.frozen
class Report:
    """The figures of one ticket.

    Attributes:
        ticket: The ticket's id.
        customer: The id of the requester; None if the ticket is for nobody yet.
        state: Its present state.
        is_open: Whether its category is open or pending.
        opened_at: The instant at which it was opened.
        first_answer: The time until the first public message of the support; None if there is none.
        first_resolution: The time until it was resolved for the first time; None if it was not.
        last_resolution: The time until it was resolved for the last time; None if it was not.
        closed_at: The instant at which it was closed; None if it is not.
        first_resolver: The id of the actor who resolved it for the first time; None if it was not resolved.
        last_resolver: The id of the actor who resolved it for the last time; None if it was not resolved.
        time_in: The time in each state in which it spent any.
        reopenings: How often it was reopened.
        clocks: The number of cycles of each clock by their result.
        follows: The id of the ticket that it follows; None if it is not a follow-up.
        states: The states of the workflow: the columns of `row`.
    """

    ticket: str
    customer: str | None
    state: str
    is_open: bool
    opened_at: datetime
    first_answer: Spent | None
    first_resolution: Spent | None
    last_resolution: Spent | None
    closed_at: datetime | None
    first_resolver: str | None
    last_resolver: str | None
    time_in: FrozenMap[str, Spent]
    reopenings: int
    clocks: FrozenMap[str, Kept]
    follows: str | None
    states: tuple[str, ...]

    @property
    def row(self) -> dict[str, str | int | bool | datetime | timedelta | None]:
        """The report as one flat row: a mapping from column names to texts, numbers, instants and durations.

        All tickets have the same columns in the same order under one rule set. The time in states that are not in the
        workflow stands in the columns of ``time_in_other_states``.
        """
        row: dict[str, str | int | bool | datetime | timedelta | None] = {
            name: getattr(self, name) for name in (*_SIMPLE, "reopenings", "follows")
        }
        for name in ("first_answer", "first_resolution", "last_resolution"):
            row |= _columns(name, getattr(self, name))
        for state in self.states:
            row |= _columns(f"time_in.{state}", self.time_in.get(state, _NO_TIME))
        other = (spent for state, spent in self.time_in.items() if state not in self.states)
        row |= _columns("time_in_other_states", reduce(_sum, other, _NO_TIME))
        for clock, kept in self.clocks.items():
            row |= {f"{clock}.{name}": count for name, count in attrs.asdict(kept).items()}
        return row


_SIMPLE = (
    "ticket",
    "customer",
    "state",
    "is_open",
    "opened_at",
    "closed_at",
    "first_resolver",
    "last_resolver",
)


def _columns(name: str, spent: Spent | None) -> dict[str, timedelta | None]:
    return {
        f"{name}.elapsed": spent.elapsed if spent else None,
        f"{name}.working": spent.working if spent else None,
    }


def report(
    until: datetime,
    ticket: Ticket,
    rules: Rules,
    calendar: str = "default",
    *,
    since: datetime | None = None,
    after_closing: bool = False,
) -> Report:
    """Return the figures of a ticket as it stood at *until*.

    Args:
        until: The instant of the report; aware. Carry out what is due by then first (`advance`).
        ticket: The ticket.
        rules: The rule set; all its clocks are read.
        calendar: The name of the rule set's calendar on which working time is counted.
        since: The start of a window; aware. *time_in*, *reopenings* and *clocks* count what comes after it: cycles that
            stopped by then are left out. All other figures are those of the whole ticket. None: the opening.
        after_closing: Whether *time_in* goes on after the closing. By default, a closed ticket spends no more time.

    Raises:
        NaiveDatetimeError: *until* or *since* has no time zone.
        BadValueError: *ticket* is not a Ticket, *rules* is not a Rules, the calendar does not exist, *until* is before
            *since* or before the opening.
        UnknownHolidaysError: The ticket's history reaches into years whose public holidays are not known.

    Source: row F2.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
    >>> solved = handle(opened, commands.Move("to_resolved", at=noon + timedelta(hours=2), by=ada), servicenow()).ticket
    >>> figures = report(noon + timedelta(hours=5), solved, servicenow())
    >>> figures.is_open, str(figures.first_resolution.elapsed), [str(each.elapsed) for each in figures.time_in.values()]
    (False, '2:00:00', ['2:00:00', '3:00:00'])
    """
    at, start = _window(until, since, rules, calendar)
    check_arguments(ticket, rules)
    then = ticket.as_of(at)
    if then is None:
        opened = ticket.marks["created"].at.isoformat()
        raise BadValueError(f"ticket {ticket.id!r} was opened at {opened}", "give *until* an instant at or after it")
    return _report(at, then, rules, rules.calendars[calendar], start, after_closing=after_closing)


def _window(until: datetime, since: datetime | None, rules: Rules, calendar: str) -> tuple[datetime, datetime]:
    """Return the end and the start of a window, in UTC."""
    check_rules(rules)
    if not isinstance(calendar, str) or calendar not in rules.calendars:
        fix = f"there are: {', '.join(sorted(rules.calendars))}"
        raise BadValueError(f"calendar {calendar!r:.200} does not exist", fix)
    end = to_utc(until, "until")
    start = _EARLIEST if since is None else to_utc(since, "since")
    if start > end:
        raise BadValueError("*until* is before *since*", "exchange them")
    return end, start


def _report(
    at: datetime, ticket: Ticket, rules: Rules, hours: Calendar, since: datetime, *, after_closing: bool
) -> Report:
    opened, closed, last = (ticket.marks.get(name) for name in (CREATED, CLOSED, RESOLVED))
    assert opened  # noqa: S101 -- each ticket was opened
    answer, first = ticket.first_answer, ticket.first_resolution
    is_closed = ticket.category == "closed"
    return Report(
        ticket=ticket.id,
        customer=ticket.requester,
        state=ticket.state,
        is_open=ticket.category in ("open", "pending"),
        opened_at=opened.at,
        first_answer=_spent(opened.at, answer.mark.at, hours) if answer else None,
        first_resolution=_spent(opened.at, first.mark.at, hours) if first else None,
        last_resolution=_spent(opened.at, last.at, hours) if last else None,
        closed_at=closed.at if closed and is_closed else None,
        first_resolver=first.by.id if first else None,
        last_resolver=ticket.history[last.sequence].actor.id if last else None,
        time_in=_time_in(ticket, closed.at if closed and is_closed and not after_closing else at, hours, since),
        reopenings=sum(change.mark.at > since for change in ticket.trails.get(REOPENINGS, ())),
        clocks=FrozenMap({policy.name: _count(at, ticket, rules.clock(policy.name), since) for policy in rules.clocks}),
        follows=ticket.follows,
        states=tuple(state.name for state in rules.workflow.states),
    )


def _spent(start: datetime, end: datetime, hours: Calendar) -> Spent:
    return Spent(end - start, hours.between(start, end))


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(one.elapsed + other.elapsed, one.working + other.working)


def _time_in(ticket: Ticket, end: datetime, hours: Calendar, since: datetime) -> FrozenMap[str, Spent]:
    """Return the time after *since* and until *end* in each state in which the ticket spent any."""
    entered = [(str(change.value), change.mark.at) for change in ticket.trails[STATE]]
    found: dict[str, Spent] = {}
    for (state, start), (_, stop) in pairwise([*entered, ("", end)]):
        if stop > max(start, since):
            found[state] = _sum(found.get(state, _NO_TIME), _spent(max(start, since), stop, hours))
    return FrozenMap(found)


def _count(at: datetime, ticket: Ticket, clock: Clock, since: datetime) -> Kept:
    readings = read_all(at, ticket, clock)
    return Kept(**Counter(_result(each) for each in readings if each.done_at is None or each.done_at > since))


def _result(reading: Reading) -> str:
    """Return the attribute of `Kept` under which a cycle is counted."""
    if reading.state == "met" and reading.target is None and reading.due_at is None:
        return "measured"
    return reading.state if reading.state in ("met", "breached", "void") else "under_way"


@attrs.frozen
class Summary:
    """The totals of several reports.

    Attributes:
        tickets: The number of tickets.
        open: The number of tickets whose category is open or pending.
        reopened: The number of tickets that were reopened at least once.
        cycles: The number of tickets of each customer, by the customer's id.
        clocks: The number of cycles of each clock by their result.
    """

    tickets: int
    open: int
    reopened: int
    cycles: FrozenMap[str, int]
    clocks: FrozenMap[str, Kept]


def report_all(
    until: datetime,
    tickets: Iterable[Ticket],
    rules: Rules,
    calendar: str = "default",
    *,
    since: datetime | None = None,
    after_closing: bool = False,
) -> tuple[tuple[Report, ...], Summary]:
    """Return a report of each ticket, in the given order, and the totals.

    Tickets that were opened after *until*, or closed at or before *since*, are left out.

    Args:
        until: The instant of the reports; aware. Carry out what is due by then first (`advance`).
        tickets: The tickets.
        rules: The rule set; all its clocks are read.
        calendar: The name of the rule set's calendar on which working time is counted.
        since: The start of a window, as for `report`; None: each ticket's opening.
        after_closing: Whether *time_in* goes on after the closing.

    Raises:
        NaiveDatetimeError: *until* or *since* has no time zone.
        BadValueError: An item is not a Ticket, *rules* is not a Rules, the calendar does not exist, or *until* is
            before *since*.
        UnknownHolidaysError: A ticket's history reaches into years whose public holidays are not known.

    Source: row F2.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> report_all(datetime(2026, 11, 19, tzinfo=UTC), [], servicenow())[1].tickets
    0
    """
    at, start = _window(until, since, rules, calendar)
    hours = rules.calendars[calendar]
    present = (ticket.as_of(at) for ticket in items_of(tickets, Ticket, "tickets"))
    reports = tuple(
        _report(at, ticket, rules, hours, start, after_closing=after_closing)
        for ticket in present
        if ticket is not None and not (ticket.category == "closed" and ticket.marks[CLOSED].at <= start)
    )
    clocks = {policy.name: _total(each.clocks[policy.name] for each in reports) for policy in rules.clocks}
    summary = Summary(
        tickets=len(reports),
        open=sum(each.is_open for each in reports),
        reopened=sum(each.reopenings > 0 for each in reports),
        cycles=FrozenMap(Counter(each.customer for each in reports if each.customer is not None)),
        clocks=FrozenMap(clocks),
    )
    return reports, summary


def _total(several: Iterable[Kept]) -> Kept:
    total: Counter[str] = Counter()
    for kept in several:
        total.update(attrs.asdict(kept))
    return Kept(**total)


def percentile(durations: Sequence[timedelta], percent: int, method: Method = "nearest_rank") -> timedelta:
    """Return a percentile of durations: the value that *percent* of them do not exceed.

    Args:
        durations: The durations, in any order; at least one.
        percent: A whole number from 1 to 100.
        method: ``nearest_rank`` or ``linear``. An interpolated value is rounded down to the microsecond.

    Raises:
        BadValueError: *durations* is empty or has items of another type, or *percent* or *method* is not allowed.

    >>> hours = [timedelta(hours=each) for each in (1, 2, 3, 10)]
    >>> str(percentile(hours, 90)), str(percentile(hours, 90, "linear"))
    ('10:00:00', '7:54:00')
    """
    in_order = sorted(items_of(durations, timedelta, "durations"))
    if not in_order:
        raise BadValueError("durations is empty", "give at least one duration")
    if type(percent) is not int or not 1 <= percent <= 100:  # noqa: PLR2004 -- per cent
        raise BadValueError(f"percent is {percent!r:.200}", "give a whole number from 1 to 100")
    if method == "nearest_rank":
        return in_order[-(-len(in_order) * percent // 100) - 1]
    if method != "linear":
        raise BadValueError(f"method {method!r:.200} does not exist", "there are: nearest_rank, linear")
    below, part = divmod((len(in_order) - 1) * percent, 100)
    above = min(below + 1, len(in_order) - 1)
    return in_order[below] + (in_order[above] - in_order[below]) * part // 100
