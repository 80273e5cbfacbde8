"""Outcomes: what became of a ticket, and the measures of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import HOUR, ZERO, to_utc
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.service.reports import percentile
from ticketflow.simulation.customers import is_reminder
from ticketflow.sla.reading import read_all
from ticketflow.tickets.anchors import CLOSED, CREATED, RESOLVED
from ticketflow.tickets.events import ByRule
from ticketflow.tickets.facts import DONE
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class Outcome:
    """What became of one ticket.

    Attributes:
        ticket: The ticket's id.
        opened_at: The instant at which it was opened.
        is_open: Whether its category is open or pending at the end.
        first_answer: The working time until the first public message of the support; None if there is none.
        resolution: The working time until it was resolved for the last time; None if it is not resolved at the end.
        closed_at: The instant at which it was closed; None if it is not.
        closed_by: The id of the rule that closed it; None if a person did, or if it is not closed.
        follows: The id of the closed ticket that it follows up; None if it is not a follow-up.
        reminders: The instants at which rules sent the customer a message.
        met: How many cycles of each clock met their target.
        breached: How many cycles of each clock missed their target; those still under way are included.
        refused: The refusal codes of its commands, each once, in the order of the alphabet. Only a replay of histories
            fills it in.
        refusals: The number of its commands that were refused. Only a replay of histories counts them.
    """

    ticket: str
    opened_at: datetime
    is_open: bool
    first_answer: timedelta | None = None
    resolution: timedelta | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    follows: str | None = None
    reminders: tuple[datetime, ...] = ()
    met: FrozenMap[str, int] = attrs.field(factory=FrozenMap)
    breached: FrozenMap[str, int] = attrs.field(factory=FrozenMap)
    refused: tuple[str, ...] = ()
    refusals: int = 0


def outcome(until: datetime, ticket: Ticket, rules: Rules, hours: Calendar | None = None) -> Outcome:
    """Return what became of a ticket by an instant. Carry out what is due by then first (`advance`).

    Args:
        until: The instant; aware.
        ticket: The ticket.
        rules: The rule set; all its clocks are read.
        hours: The calendar on which working time is counted. None: the one of the rule set named ``default``.

    Raises:
        NaiveDatetimeError: *until* has no time zone.
        BadValueError: An argument has the wrong type.
        UnknownHolidaysError: The ticket's history reaches into years whose public holidays are not known.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, advance, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> rules, ada, noon = servicenow(), Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC)
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), rules).ticket
    >>> solved = handle(opened, commands.Move("to_resolved", at=noon + HOUR, by=ada), rules).ticket
    >>> later = noon + timedelta(days=30)
    >>> found = outcome(later, advance(later, solved, rules), rules)
    >>> str(found.resolution), found.closed_by, found.closed_at.day
    ('1:00:00', 'close-resolved', 24)
    """
    end = to_utc(until, "until")
    check_arguments(ticket, rules)
    counts_on = hours or rules.calendars["default"]
    opened, resolved, closed = (ticket.marks.get(name) for name in (CREATED, RESOLVED, CLOSED))
    assert opened  # noqa: S101 -- each ticket was opened
    answer, is_closed = ticket.first_answer, ticket.category == "closed"
    cause = ticket.history[closed.sequence].cause if closed and is_closed else None
    results = {policy.name: _results(end, ticket, rules, policy.name) for policy in rules.clocks}
    return Outcome(
        ticket=ticket.id,
        opened_at=opened.at,
        is_open=ticket.category not in DONE,
        first_answer=counts_on.between(opened.at, answer.mark.at) if answer else None,
        resolution=counts_on.between(opened.at, resolved.at) if resolved and ticket.category in DONE else None,
        closed_at=closed.at if closed and is_closed else None,
        closed_by=cause.key.rule if isinstance(cause, ByRule) else None,
        follows=ticket.follows,
        reminders=tuple(entry.at for entry in ticket.history for event in entry.events if is_reminder(event)),
        met=FrozenMap({name: met for name, (met, _) in results.items()}),
        breached=FrozenMap({name: breached for name, (_, breached) in results.items()}),
    )


def _results(at: datetime, ticket: Ticket, rules: Rules, clock: str) -> tuple[int, int]:
    """Return how many cycles of a clock met a target, and how many missed it."""
    readings = read_all(at, ticket, rules.clock(clock))
    met = sum(each.state == "met" and (each.target is not None or each.due_at is not None) for each in readings)
    return met, sum(each.state == "breached" for each in readings)


@attrs.frozen
class Times:
    """Durations of several tickets.

    Attributes:
        tickets: The number of tickets that have one.
        mean: The mean.
        median: The median.
        p90: The ninetieth percentile: nine of ten are no longer.
    """

    tickets: int
    mean: timedelta
    median: timedelta
    p90: timedelta


@attrs.frozen
class Measures:
    """The figures of many tickets.

    Attributes:
        tickets: The number of tickets.
        backlog: The number of tickets that are open or pending at the end.
        closed: The number of tickets that are closed.
        closed_by_rule: The number of tickets that a rule closed.
        follow_ups: The number of tickets that follow up a closed one.
        reminders: The number of messages that rules sent to customers.
        breached: For each clock, the share of cycles that missed their target, of those that met or missed one; None if
            there are none.
        first_answer: The working time until the first answer; None if nothing was answered.
        resolution: The working time until the last resolution; None if nothing is resolved.
        refused: The number of commands that were refused.
    """

    tickets: int
    backlog: int
    closed: int
    closed_by_rule: int
    follow_ups: int
    reminders: int
    breached: FrozenMap[str, float | None]
    first_answer: Times | None
    resolution: Times | None
    refused: int = 0

    @property
    def row(self) -> dict[str, float | None]:
        """The figures as one flat row of numbers. Durations are in hours."""
        row: dict[str, float | None] = {
            name: float(getattr(self, name))
            for name in ("tickets", "backlog", "closed", "closed_by_rule", "follow_ups", "reminders", "refused")
        }
        row |= {f"breached.{clock}": share for clock, share in self.breached.items()}
        for name, times in (("first_answer", self.first_answer), ("resolution", self.resolution)):
            for part in ("mean", "median", "p90"):
                row[f"{name}.{part}_hours"] = getattr(times, part) / HOUR if times else None
        return row


def measure(outcomes: Iterable[Outcome], refused: int = 0) -> Measures:
    """Return the figures of many outcomes.

    Args:
        outcomes: The outcomes, all under the same clocks.
        refused: The number of commands that were refused, beside those that the outcomes count.

    >>> from datetime import UTC
    >>> measure([Outcome("T-1", datetime(2026, 11, 19, tzinfo=UTC), is_open=True)]).row["backlog"]
    1.0
    """
    found = tuple(outcomes)
    met, breached = Counter[str](), Counter[str]()
    for each in found:
        met.update(each.met)
        breached.update(each.breached)
    return Measures(
        tickets=len(found),
        backlog=sum(each.is_open for each in found),
        closed=sum(each.closed_at is not None for each in found),
        closed_by_rule=sum(each.closed_by is not None for each in found),
        follow_ups=sum(each.follows is not None for each in found),
        reminders=sum(len(each.reminders) for each in found),
        breached=FrozenMap({clock: _share(breached[clock], met[clock]) for clock in {**met, **breached}}),
        first_answer=_times([each.first_answer for each in found if each.first_answer is not None]),
        resolution=_times([each.resolution for each in found if each.resolution is not None]),
        refused=refused + sum(each.refusals for each in found),
    )


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


def _times(durations: Sequence[timedelta]) -> Times | None:
    if not durations:
        return None
    mean = sum(durations, ZERO) / len(durations)
    return Times(len(durations), mean, percentile(durations, 50), percentile(durations, 90))
