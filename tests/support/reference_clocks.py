"""SLA clocks read slowly, from semantics 4 alone: a life walked minute by minute, with no calendar sums and no inverse.

What happened is a plain list of instants and facts, on whole minutes. At each minute the facts then in force say
whether the clock counts it, and the wall says whether it is open. It shares nothing with the code but the definitions.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import attrs

from ticketflow.calendars.spans import BusinessDays, Elapsed
from ticketflow.kernel.field_values import Value
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.anchors import LastMessage
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    CategoryIs,
    Condition,
    FieldIs,
    Happened,
    IsUnanswered,
    Measure,
    Not,
    StateIs,
    WasAnswered,
)

MINUTE, MICRO = timedelta(minutes=1), timedelta(microseconds=1)

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
    due_at: datetime | None
    breached_at: datetime | None
    missed: datetime | None


class Cycle(NamedTuple):
    """From which to before which of the facts told it goes; no end while it is under way."""

    first: int
    end: int | None


class Minute(NamedTuple):
    """What a clock does, which row is in force, what moment was set by hand, and whether it had stopped then."""

    kind: str
    row: Target | Deadline | None
    by_hand: Value
    is_over: bool


Walk = dict[datetime, tuple[Minute, timedelta]]
"""Each minute of a cycle until now, and what had been counted before it."""


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


class Desk(NamedTuple):
    """A policy, its measure with the states that freeze it, and whether each of its calendars is open at an instant."""

    policy: Policy
    measure: Measure
    is_open: Mapping[str, Callable[[datetime], bool]]

    def row(self, facts: Facts) -> Target | Deadline | None:
        """4.2, 4.4: of the targets, the first whose condition holds, and of the multipliers likewise."""
        row = next((row for row in self.policy.targets if true(row.given, facts)), None)
        percent = next((each.percent for each in self.policy.multipliers if true(each.given, facts)), 100)
        return multiple(row, percent) if isinstance(row, Target) else row

    def counts_at(self, row: Target | Deadline | None, at: datetime) -> bool:
        """4.2: each minute on the calendar of the row then in force; elapsed time on none."""
        if isinstance(row, Target) and isinstance(row.time, Elapsed):
            return True
        named = (row.calendar if isinstance(row, Target) else None) or self.policy.calendar
        return named is None or self.is_open[str(named)](at)

    def allowed(self, row: Target, start: datetime) -> timedelta:
        named = row.calendar or self.policy.calendar
        is_open = named is None or self.is_open[str(named)](start)
        assert not isinstance(row.time, BusinessDays)  # the second evaluator reads those
        return row.time.amount + (row.extra.amount if row.extra and not is_open else timedelta(0))

    def minute(self, facts: Facts) -> Minute:
        """4.3, 4.5: what a clock does under these facts, its calendar aside."""
        is_over, row = not true(self.measure.runs, facts), self.row(facts)
        kind = "frozen" if true(self.measure.frozen, facts) else "runs"
        kind = "stopped" if is_over and self.measure.again == "continue" else kind
        return Minute(kind, row, facts[row.field] if isinstance(row, Deadline) else None, is_over)

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
        walk: Walk = {}
        missed: tuple[datetime, datetime] | None = None
        at, minute, used = start, self.minute(changes[0][1]), timedelta(0)
        while True:
            walk[at] = minute, used
            while changes and changes[0][0] == at:
                minute = self.minute(changes.popleft()[1])
                missed = missed or (self.missed(at, start, walk, by=at, stops=True) if minute.is_over else None)
                walk[at] = minute, used
            missed = missed or self.missed(at, start, walk, by=min(at + MICRO, end or now), stops=at == end)
            if at == (end or now):
                break
            does = minute.kind if self.counts_at(minute.row, at) else "closed"
            sums[does] += 1
            used += MINUTE * (does == "runs")
            at += MINUTE
        is_void = cycle.end is not None and true(self.measure.void, told[cycle.end][1])
        over = "void" if is_void else "met"
        return Answer(
            "breached" if missed else over if end else self.state(now, minute),
            start,
            end,
            used,
            (sums["frozen"] + sums["stopped"]) * MINUTE,
            sums["closed"] * MINUTE,
            None if end else self.due_at(now, start, walk),
            *(missed or (None, None)),
        )

    def state(self, now: datetime, minute: Minute) -> str:
        if minute.kind == "frozen":
            return "frozen"
        return "running" if self.counts_at(minute.row, now) else "paused"

    def missed(
        self, at: datetime, start: datetime, walk: Walk, *, by: datetime, stops: bool
    ) -> tuple[datetime, datetime] | None:
        """1.8, 4.3, 4.4: when it counts as missed, *by* then, and when it was due: just before, or long ago.

        A frozen clock misses nothing; but one that *stops* then, after its target had passed, stops too late.
        """
        (kind, row, due, is_over), used = walk[at]
        if is_over:
            return None
        if isinstance(row, Target) and (kind == "runs" or stops) and used >= self.allowed(row, start):
            due = self.used_up(self.allowed(row, start), walk)
        if not isinstance(due, datetime) or max(due + MICRO, at) > by:
            return None
        return max(due + MICRO, at), due

    @staticmethod
    def used_up(amount: timedelta, walk: Walk) -> datetime | None:
        """4.3: the first minute by which so much is counted; at a freeze or a stop, the one in which it runs again."""
        return next((at for at, (minute, used) in walk.items() if used >= amount and minute.kind == "runs"), None)

    def due_at(self, now: datetime, start: datetime, walk: Walk) -> datetime | None:
        """4.3: of a running clock; of a frozen one only what was set by hand."""
        (kind, row, due, _), used = walk[now]
        if not isinstance(row, Target):
            return due if isinstance(due, datetime) else None
        if kind == "frozen":
            return None
        amount, at = self.allowed(row, start), now
        if used >= amount:
            return self.used_up(amount, walk)
        while used < amount:
            used += MINUTE if self.counts_at(row, at) else timedelta(0)
            at += MINUTE
        return at
