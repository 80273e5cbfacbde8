"""Report figures about tickets: durations, reopenings, and how often targets were met.

All figures are read from histories; no counters are kept. Reports are plain data for a table, a data frame or a
database.

Source: docs/semantics.md 4.2; row F2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, cast

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.ruleset import Rules, check_arguments, check_rules
from ticketflow.sla.clock import Clock
from ticketflow.sla.reading import Reading, read_all
from ticketflow.tickets.ticket import Ticket

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
        time_in: The time in each state; a closed state is left out.
        reopenings: How often it was reopened.
        clocks: The number of cycles of each clock by their result.
        follows: The id of the ticket that it follows; None if it is not a follow-up.
    """

    ticket: str
    customer: str | None
    state: str
    is_open: bool
    opened_at: datetime
    first_answer: Spent | None
    first_resolution: Spent | None
    last_resolution: Spent | None
    time_in: FrozenMap[str, Spent]
    reopenings: int
    clocks: FrozenMap[str, Kept]
    follows: str | None

    @property
    def row(self) -> dict[str, str | int | bool | datetime | timedelta | None]:
        """The report as one flat row: a mapping from column names to texts, numbers, instants and durations."""
        row: dict[str, str | int | bool | datetime | timedelta | None] = {
            name: getattr(self, name)
            for name in ("ticket", "customer", "state", "is_open", "opened_at", "reopenings", "follows")
        }
        for name in ("first_answer", "first_resolution", "last_resolution"):
            row |= _columns(name, getattr(self, name))
        for state, spent in self.time_in.items():
            row |= _columns(f"time_in.{state}", spent)
        for clock, kept in self.clocks.items():
            row |= {f"{clock}.{name}": count for name, count in attrs.asdict(kept).items()}
        return row


def _columns(name: str, spent: Spent | None) -> dict[str, timedelta | None]:
    return {
        f"{name}.elapsed": spent.elapsed if spent else None,
        f"{name}.working": spent.working if spent else None,
    }


def report(now: datetime, ticket: Ticket, rules: Rules, calendar: str = "default") -> Report:
    """Return the figures of a ticket as of *now*.

    Args:
        now: The instant of the report; aware. Carry out what is due by then first (`advance`).
        ticket: The ticket.
        rules: The rule set; all its clocks are read.
        calendar: The name of the rule set's calendar on which working time is counted.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, *rules* is not a Rules, or the calendar does not exist.
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
    _check(rules, calendar)
    check_arguments(ticket, rules)
    at = max(to_utc(now, "now"), ticket.changed_at)
    hours, opened = rules.calendars[calendar], ticket.marks["created"].at
    answer, first, last = ticket.first_answer, ticket.first_resolution, ticket.marks.get("resolved")
    return Report(
        ticket=ticket.id,
        customer=ticket.requester,
        state=ticket.state,
        is_open=ticket.category in ("open", "pending"),
        opened_at=opened,
        first_answer=_spent(opened, answer.mark.at, hours) if answer else None,
        first_resolution=_spent(opened, first.mark.at, hours) if first else None,
        last_resolution=_spent(opened, last.at, hours) if last else None,
        time_in=_time_in(ticket, at, hours),
        reopenings=cast("int", ticket.facts["reopenings"] or 0),
        clocks=FrozenMap({policy.name: _count(at, ticket, rules.clock(policy.name)) for policy in rules.clocks}),
        follows=ticket.follows,
    )


def _check(rules: Rules, calendar: str) -> None:
    check_rules(rules)
    if not isinstance(calendar, str) or calendar not in rules.calendars:
        fix = f"there are: {', '.join(sorted(rules.calendars))}"
        raise BadValueError(f"calendar {calendar!r:.200} does not exist", fix)


def _spent(start: datetime, end: datetime, hours: Calendar) -> Spent:
    return Spent(end - start, hours.between(start, end))


def _time_in(ticket: Ticket, at: datetime, hours: Calendar) -> FrozenMap[str, Spent]:
    """Return the time in each state until *at*; the time after the closing is left out."""
    entered = [(change.value, change.mark.at) for change in ticket.trails["state"]]
    end = ("", ticket.marks["closed"].at if ticket.category == "closed" else at)
    found: dict[str, Spent] = {}
    for (state, since), (_, until) in pairwise([*entered, end]):
        if not (ticket.category == "closed" and state == ticket.state):
            before, now = found.get(str(state), Spent(ZERO, ZERO)), _spent(since, until, hours)
            found[str(state)] = Spent(before.elapsed + now.elapsed, before.working + now.working)
    return FrozenMap(found)


def _count(at: datetime, ticket: Ticket, clock: Clock) -> Kept:
    return Kept(**Counter(map(_result, read_all(at, ticket, clock))))


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
    now: datetime, tickets: Iterable[Ticket], rules: Rules, calendar: str = "default"
) -> tuple[tuple[Report, ...], Summary]:
    """Return a report of each ticket, in the given order, and the totals.

    Args:
        now: The instant of the reports; aware. Carry out what is due by then first (`advance`).
        tickets: The tickets.
        rules: The rule set; all its clocks are read.
        calendar: The name of the rule set's calendar on which working time is counted.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: An item is not a Ticket, *rules* is not a Rules, or the calendar does not exist.
        UnknownHolidaysError: A ticket's history reaches into years whose public holidays are not known.

    Source: row F2.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> report_all(datetime(2026, 11, 19, tzinfo=UTC), [], servicenow())[1].tickets
    0
    """
    _check(rules, calendar)
    to_utc(now, "now")
    reports = tuple(report(now, ticket, rules, calendar) for ticket in items_of(tickets, Ticket, "tickets"))
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
