"""SLA clocks read slowly, from semantics 4 alone: a life walked minute by minute, with no calendar sums and no inverse.

What happened is a plain list of instants and facts, on whole minutes. At each minute the facts then in force say
whether the clock counts it, and the wall says whether it is open. It shares nothing with the code but the definitions.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs

from tests.support import oracles
from ticketflow import BusinessCalendar
from ticketflow.calendars.spans import BusinessDays, Elapsed
from ticketflow.kernel.field_values import Value
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Policy, StartedBetween, StartedWhile, Target
from ticketflow.tickets.anchors import LastMessage
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    CategoryIs,
    Condition,
    FieldIs,
    Happened,
    IsUnanswered,
    Not,
    StateIs,
    WasAnswered,
)
from ticketflow.workflow.ticket_calendar import CalendarOf

MINUTE, MICRO, NONE = timedelta(minutes=1), timedelta(microseconds=1), timedelta()

Facts = Mapping[str, Value]
Told = Sequence[tuple[datetime, Facts]]
"""The facts, and since when they were so; of several at one instant, the last holds from there on."""


class Answer(NamedTuple):
    """What the clauses say of one cycle: what is compared with a reading."""

    state: str
    started: datetime
    done_at: datetime | None
    elapsed: timedelta
    frozen: timedelta
    closed: timedelta
    remaining: timedelta | None
    due_at: datetime | None
    breached_at: datetime | None
    missed: datetime | None


class Cycle(NamedTuple):
    """From which to before which of the facts told it goes; no end while it is under way."""

    first: int
    end: int | None


class Minute(NamedTuple):
    """What a clock does, which row is in force on which calendar, a moment set by hand, and whether it had stopped."""

    kind: str
    row: Target | Deadline | None
    calendar: str | None
    by_hand: Value
    is_over: bool


@dataclass
class Walk:
    """A cycle until now: the facts at its start, and of each minute what had been counted before it.

    *days* has, for targets in business days, up to which minute what was not counted has moved them, and to when.
    """

    start: datetime
    facts: Facts
    minutes: dict[datetime, tuple[Minute, timedelta]] = field(default_factory=dict)
    days: dict[tuple[BusinessDays, str], tuple[datetime, datetime]] = field(default_factory=dict)


def true(condition: Condition, facts: Facts) -> bool:
    match condition:
        case StateIs(states=states):
            return facts["state"] in states
        case CategoryIs(categories=categories):
            return facts["category"] in categories
        case FieldIs(field=field, values=values):
            return facts[field] in values
        case Happened(anchor=LastMessage(by="agent")):
            return facts["answers"] != 0
        case Happened(anchor=LastMessage(by="customer")):
            return facts["asked"] is True
        case IsUnanswered():
            return facts["unanswered"] is True
        case WasAnswered():
            return facts["answered"] is True
        case All(of=of):
            return all(true(each, facts) for each in of)
        case AnyOf(of=of):
            return any(true(each, facts) for each in of)
        case Not(condition=inner):
            return not true(inner, facts)
        case _:
            raise NotImplementedError(condition)


def multiple(row: Target, percent: int) -> Target:
    """4.2: so much of the row's time, rounded up to the microsecond."""
    if isinstance(row.time, BusinessDays):
        return row
    whole, rest = divmod(row.time.amount * percent, 100 * MICRO)
    return attrs.evolve(row, time=type(row.time)((whole + bool(rest)) * MICRO))


@cache
def end_of_days(calendar: BusinessCalendar, start: datetime, span: BusinessDays) -> datetime:
    """1.7: by when so many business days have passed."""
    assert span == BusinessDays(span.days, at=span.at)
    if span.at is None:
        return oracles.add_business_days(calendar, start, span.days)
    return oracles.add_days_to_a_point(calendar, start, span.days, span.at)


class Desk(NamedTuple):
    """A policy, its measure with the states that freeze it, and the calendars, with whether each is open at an instant.

    *calendars* and *is_open* have the same names.
    """

    policy: Policy
    measure: Measure
    is_open: Mapping[str, Callable[[datetime], bool]]
    calendars: Mapping[str, BusinessCalendar]

    def row(self, facts: Facts, cycle: Walk) -> Target | Deadline | None:
        """4.2, 4.4: of the targets, the first whose condition holds, and of the multipliers likewise."""
        rows = (row for row in self.policy.targets if isinstance(row, Deadline) or self.has_begun(row, cycle))
        row = next((row for row in rows if true(row.given, facts)), None)
        percent = next((each.percent for each in self.policy.multipliers if true(each.given, facts)), 100)
        return multiple(row, percent) if isinstance(row, Target) else row

    def has_begun(self, row: Target, cycle: Walk) -> bool:
        """4.2: whether the cycle began when the row asks for it, at a local time or while a calendar was open."""
        match row.started:
            case StartedWhile(calendar=name, is_open=is_open):
                return self.is_open[name](cycle.start) is is_open
            case StartedBetween(since=since, until=until):
                zone = self.calendars[self.named(self.policy.calendar, cycle.facts) or ""].zone
                local = cycle.start.astimezone(ZoneInfo(zone))
                time = timedelta(hours=local.hour, minutes=local.minute)
                return since <= time < until if since < until else time >= since or time < until
            case _:
                return True

    @staticmethod
    def named(calendar: str | CalendarOf | None, facts: Facts) -> str | None:
        """1.12: the calendar of the value that the ticket's field has."""
        if not isinstance(calendar, CalendarOf):
            return calendar
        names = dict(calendar.calendars)
        return names.get(facts[calendar.field], calendar.otherwise)  # type: ignore[arg-type]

    def calendar_of(self, row: Target | Deadline | None, facts: Facts) -> str | None:
        own = row.calendar if isinstance(row, Target) else None
        return self.named(own or self.policy.calendar, facts)

    def is_counted(self, name: str | None, at: datetime) -> bool:
        return name is None or self.is_open[name](at)

    def allowed(self, row: Target, name: str | None, cycle: Walk) -> timedelta:
        """4.2, 4.8: the row's time, or the open time of its business days on the calendar of that name."""
        if isinstance(row.time, BusinessDays):
            minutes = (end_of_days(self.calendars[str(name)], cycle.start, row.time) - cycle.start) // MINUTE
            return sum(self.is_open[str(name)](cycle.start + step * MINUTE) for step in range(minutes)) * MINUTE
        is_open = self.is_counted(self.calendar_of(row, cycle.facts), cycle.start)
        return row.time.amount + (row.extra.amount if row.extra and not is_open else NONE)

    def minute(self, facts: Facts, cycle: Walk) -> Minute:
        """4.3, 4.5: what a clock does under these facts, and on which calendar it counts; elapsed time on none."""
        is_over, row = not true(self.measure.runs, facts), self.row(facts, cycle)
        kind = "frozen" if true(self.measure.frozen, facts) else "runs"
        kind = "stopped" if is_over and self.measure.again == "continue" else kind
        is_elapsed = isinstance(row, Target) and isinstance(row.time, Elapsed)
        calendar = None if is_elapsed else self.calendar_of(row, facts)
        return Minute(kind, row, calendar, facts[row.field] if isinstance(row, Deadline) else None, is_over)

    def cycles(self, told: Told) -> Iterator[Cycle]:
        """4.1, 4.5: from each start to its stop, or only the first; else from the first start to the last stop."""
        runs = [true(self.measure.runs, facts) for _, facts in told]
        if self.measure.again in ("continue", "count"):
            if any(runs):
                after = len(runs) - runs[::-1].index(True)
                yield Cycle(runs.index(True), after if after < len(runs) else None)
            return
        first = None
        for index, goes in enumerate(runs):
            each = self.measure.each
            begins = each is not None and index > 0 and told[index][1][each] != told[index - 1][1][each]
            if first is not None and (begins or not goes):
                yield Cycle(first, index)
                if self.measure.again == "never":
                    return
                first = None
            if goes and first is None:
                first = index
        if first is not None:
            yield Cycle(first, None)

    def read(self, now: datetime, told: Told) -> list[Answer]:
        """Return how every cycle stands at *now*, oldest first."""
        known = [each for each in told if each[0] <= now]
        return [self.answer(now, known, cycle) for cycle in self.cycles(known)]

    def answer(self, now: datetime, told: Told, cycle: Cycle) -> Answer:
        start = told[cycle.first][0]
        end = None if cycle.end is None else told[cycle.end][0]
        changes, sums = deque(told[cycle.first : cycle.end]), Counter[str]()
        walk = Walk(*told[cycle.first])
        missed: tuple[datetime, datetime] | None = None
        at, minute, used = start, self.minute(walk.facts, walk), NONE
        while True:
            walk.minutes[at] = minute, used
            while changes and changes[0][0] == at:
                minute = self.minute(changes.popleft()[1], walk)
                missed = missed or (self.missed(at, walk, by=at, stops=True) if minute.is_over else None)
                walk.minutes[at] = minute, used
            missed = missed or self.missed(at, walk, by=min(at + MICRO, end or now), stops=at == end)
            if at == (end or now):
                break
            does = minute.kind if self.is_counted(minute.calendar, at) else "closed"
            sums[does] += 1
            used += MINUTE * (does == "runs")
            at += MINUTE
        if in_days(minute.row):
            sums = self.reread(walk, minute, at)
            used = sums["runs"] * MINUTE
        is_void = cycle.end is not None and true(self.measure.void, told[cycle.end][1])
        over, row = "void" if is_void else "met", minute.row
        return Answer(
            "breached" if missed else over if end else self.state(now, minute),
            start,
            end,
            used,
            (sums["frozen"] + sums["stopped"]) * MINUTE,
            sums["closed"] * MINUTE,
            self.allowed(row, minute.calendar, walk) - used if isinstance(row, Target) else None,
            None if end else self.due_at(now, walk),
            *(missed or (None, None)),
        )

    def reread(self, walk: Walk, last: Minute, end: datetime) -> Counter[str]:
        """4.8: under a target in business days, the whole cycle counts on its calendar."""
        kinds = ((minute.kind, at) for at, (minute, _) in walk.minutes.items() if at < end)
        return Counter(kind if self.is_counted(last.calendar, at) else "closed" for kind, at in kinds)

    def state(self, now: datetime, minute: Minute) -> str:
        if minute.kind == "frozen":
            return "frozen"
        return "running" if self.is_counted(minute.calendar, now) else "paused"

    def missed(self, at: datetime, walk: Walk, *, by: datetime, stops: bool) -> tuple[datetime, datetime] | None:
        """1.8, 4.3, 4.4: when it counts as missed, *by* then, and when it was due: just before, or long ago.

        A frozen clock misses nothing; but one that *stops* then, after its target had passed, stops too late.
        """
        (kind, row, name, due, is_over), used = walk.minutes[at]
        if is_over:
            return None
        if isinstance(row, Target) and (kind == "runs" or stops):
            if isinstance(row.time, BusinessDays):
                due = self.days_are_over(at, row.time, str(name), walk)
            elif used >= (allowed := self.allowed(row, name, walk)):
                due = self.used_up(allowed, walk)
        if not isinstance(due, datetime) or max(due + MICRO, at) > by:
            return None
        return max(due + MICRO, at), due

    @staticmethod
    def used_up(amount: timedelta, walk: Walk) -> datetime | None:
        """4.3: the first minute by which so much is counted; at a freeze or a stop, the one in which it runs again."""
        minutes = walk.minutes.items()
        return next((at for at, (minute, used) in minutes if used >= amount and minute.kind == "runs"), None)

    def days_are_over(self, now: datetime, span: BusinessDays, name: str, walk: Walk) -> datetime | None:
        """4.8: when business days were due by now, moved by the open minutes that did not count; None if not yet."""
        if (span, name) not in walk.days:
            walk.days[span, name] = walk.start, end_of_days(self.calendars[name], walk.start, span)
        at, due = walk.days[span, name]
        while at < now and not (walk.minutes[at][0].kind == "runs" and due <= at):
            if walk.minutes[at][0].kind != "runs" and self.is_open[name](at):
                due = self.plus_a_minute(due, name)
            at += MINUTE
        walk.days[span, name] = at, due
        return due if walk.minutes[at][0].kind == "runs" and due <= at else None

    def plus_a_minute(self, at: datetime, name: str) -> datetime:
        """1.4: by when another minute of open time has passed."""
        while not self.is_open[name](at):
            at += MINUTE
        return at + MINUTE

    def due_at(self, now: datetime, walk: Walk) -> datetime | None:
        """4.3: of a running clock; of a frozen one only what was set by hand."""
        (kind, row, name, due, _), used = walk.minutes[now]
        if not isinstance(row, Target):
            return due if isinstance(due, datetime) else None
        if kind == "frozen":
            return None
        if isinstance(row.time, BusinessDays):
            return self.days_are_over(now, row.time, str(name), walk) or walk.days[row.time, str(name)][1]
        amount, at = self.allowed(row, name, walk), now
        if used >= amount:
            return self.used_up(amount, walk)
        while used < amount:
            used += MINUTE if self.is_counted(name, at) else NONE
            at += MINUTE
        return at


def in_days(row: Target | Deadline | None) -> bool:
    return isinstance(row, Target) and isinstance(row.time, BusinessDays)
