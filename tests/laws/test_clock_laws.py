"""Laws of SLA clocks, on random policies and histories near due instants, openings and closings.

Commands lie on whole minutes, so that an oracle can count them (`minutes`); polls and probes lie off them.

Source: docs/semantics.md 4.1 to 4.5.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, cached_property, partial
from itertools import pairwise
from random import Random
from typing import NamedTuple

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import oracles
from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.reference_clocks import MICRO, MINUTE, Answer, Desk, Facts, Walk, in_days, true
from ticketflow import (
    AnyOf,
    BusinessCalendar,
    BusinessDays,
    CalendarOf,
    Elapsed,
    Field,
    FieldIs,
    Message,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    advance,
    apply,
    commands,
    evaluate,
    handle,
    replay,
)
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import AfterDue, BeforeDue, OfTarget
from ticketflow.kernel.field_values import Value
from ticketflow.sla.clock import Clock
from ticketflow.sla.measures import (
    Again,
    agent_work,
    first_response,
    next_reply,
    requester_wait,
    resolution,
    time_while,
    update_interval,
)
from ticketflow.sla.policies import Deadline, Multiplier, Policy, StartedBetween, StartedWhile, Target
from ticketflow.sla.reading import Reading, read, read_all
from ticketflow.sla.trace import trace
from ticketflow.tickets import facts as ticket_facts
from ticketflow.tickets.commands import Command
from ticketflow.workflow.conditions import ALWAYS, Condition

CALENDARS = {
    "default": BusinessCalendar("UTC", "mon-fri 09:00-18:00"),
    "nights": BusinessCalendar("Europe/Berlin", "mon-sun 22:00-06:00"),  # whose Sunday has two hours from 2 to 3
    "always": BusinessCalendar("UTC", "mon-sun 00:00-24:00"),
}
IS_OPEN = {name: cache(partial(oracles.is_open, calendar)) for name, calendar in CALENDARS.items()}
FIRST = utc(2026, 10, 22, 14)  # a Thursday; summer time ends on Sunday
DAYS = timedelta(days=1)
NAMES = ("one", "two")
CATEGORIES = {"open": "open", "waiting": "pending", "done": "resolved"}
ON_HOLD = FieldIs("hold", 1)


class Doing(NamedTuple):
    """A change to the ticket, on a whole minute."""

    at: datetime
    what: str
    value: Value = None


@attrs.frozen(slots=False)
class Case:
    """The number of a rule set with two clocks, changes to a ticket, polls, and the source of the instants."""

    number: int
    life: tuple[Doing, ...]
    end: datetime
    ties: frozenset[str]

    @cached_property
    def ticket(self) -> Ticket:
        return lived(self.life, self.rules)

    @property
    def advanced(self) -> Ticket:
        """The ticket with everything due carried out."""
        return advance(self.end, self.ticket, self.rules)

    @property
    def rules(self) -> Rules:
        return RULES[self.number]


def command(doing: Doing, number: int) -> Command:
    at, what, value = doing
    match what:
        case "open":
            message = Message("m0") if value else None
            return commands.Open("T-1", message=message, at=at, by=ANA if value == "agent" else CUSTOMER)
        case "move":
            return commands.Move(f"to_{value}", at=at, by=ANA)
        case "write" | "answer":
            return commands.AddMessage(Message(f"m{number}"), at=at, by=CUSTOMER if what == "write" else ANA)
        case _:
            return commands.SetFields({what: value}, at=at, by=ANA)


def told(life: Iterable[Doing]) -> list[tuple[datetime, Facts]]:
    """Return the changes as plain facts, for the oracle."""
    facts: dict[str, Value] = {"prio": None, "hold": None, "promised": None, "answers": 0, "unanswered": False}
    facts |= {"asked": False, "answered": False, "site": None}
    found = list[tuple[datetime, Facts]]()
    for at, what, value in life:
        match what:
            case "open":
                facts |= {"state": "open", "unanswered": value == "customer", "answers": int(value == "agent")}
                facts |= {"asked": value == "customer"}
            case "move":
                facts |= {"state": value}
            case "write":
                facts |= {"unanswered": True, "asked": True}
            case "answer":
                facts |= {"answered": facts["answered"] or facts["unanswered"]}
                facts |= {"unanswered": False, "answers": int(str(facts["answers"])) + 1}
            case _:
                facts |= {what: value}
        facts["category"] = CATEGORIES[str(facts["state"])]
        found.append((at, dict(facts)))
    return found


def desk(policies: Iterable[Policy], freezes: Iterable[str]) -> Rules:
    every = tuple(CATEGORIES)
    return Rules(
        "clocks",
        Workflow(
            (
                State("open"),
                State("waiting", "pending", freezes=frozenset(freezes)),
                State("done", "resolved"),
            ),
            tuple(Transition(f"to_{name}", set(every) - {name}, name, may=("agent",)) for name in every),
            (
                Field("prio", ("low", "high")),
                Field("hold", (0, 1)),
                Field("promised", kind="moment"),
                Field("site", ("near", "far")),
            ),
        ),
        CALENDARS,
        clocks=tuple(policies),
    )


AGAINS: tuple[Again, ...] = ("continue", "count", "anew")
MEASURES = (
    *(resolution(again) for again in ("continue", "continue", "continue", *AGAINS)),
    *(requester_wait(again=again) for again in ("continue", *AGAINS)),
    *(time_while(StateIs("waiting"), again) for again in AGAINS),
    *(agent_work(), first_response(), next_reply(), update_interval()),
)
RARER_MEASURES = (agent_work("never"), first_response("opening"), next_reply("never"))
LENGTHS = (1, 30, 60, 120, 240, 540, 600, 960)
GIVENS: tuple[Condition, ...] = (*[FieldIs("prio", "high")] * 4, StateIs("waiting"), ON_HOLD)
WARNINGS: tuple[OfTarget | BeforeDue | AfterDue, ...] = (
    OfTarget(50),
    BeforeDue(WorkingTime(minutes=10)),
    BeforeDue(Elapsed(hours=1)),
    AfterDue(Elapsed()),
)
RARER_WARNINGS = (AfterDue(WorkingTime(minutes=10)), BeforeDue(BusinessDays(1)))


def row(chance: Random, given: Condition) -> Target | Deadline:
    if chance.random() < 0.2:
        return Deadline("promised", given)
    kind = chance.choice((WorkingTime, WorkingTime, Elapsed))
    extra = kind(minutes=60) if chance.random() < 0.3 else None
    return Target(kind(minutes=chance.choice(LENGTHS)), given, chance.choice((None, *CALENDARS)), extra)


IN_DAYS = (
    *(BusinessDays(0), BusinessDays(1), BusinessDays(2)),
    *(BusinessDays(0, at="closing"), BusinessDays(1, at="closing"), BusinessDays(1, at="opening")),
    *(BusinessDays(1, at="16:00"), BusinessDays(1, at="02:30")),
)
STARTS = (StartedBetween("10:00", "24:00"), StartedBetween("22:00", "10:00"), StartedWhile("nights", is_open=False))
SITE = CalendarOf("site", {"near": "nights", "far": "always"})


def kept(chance: Random, policy: Policy) -> Policy:
    """Give a policy what offices keep: targets in business days or by the start, and calendars of the ticket."""
    if chance.random() < 0.3:
        policy = attrs.evolve(policy, calendar=SITE)
    return attrs.evolve(policy, targets=tuple(kept_row(chance, each) for each in policy.targets))


def kept_row(chance: Random, row: Target | Deadline) -> Target | Deadline:
    if isinstance(row, Deadline):
        return row
    if chance.random() < 0.4:
        row = attrs.evolve(row, time=chance.choice(IN_DAYS), extra=None)
    if chance.random() < 0.2:
        row = attrs.evolve(row, started=chance.choice(STARTS))
    is_open_time = not isinstance(row.time, Elapsed)
    return attrs.evolve(row, calendar=SITE) if is_open_time and chance.random() < 0.1 else row


def policy(chance: Random, rarer: Random, name: str) -> Policy:
    """Draw a policy. What is *rarer* has draws of its own, so that it changes nothing about the others."""
    measure = chance.choice(MEASURES)
    if rarer.random() < 0.15:
        measure = rarer.choice(RARER_MEASURES)
    if chance.random() < 0.5:
        measure = attrs.evolve(measure, frozen=AnyOf(measure.frozen, ON_HOLD))
    targets = [row(chance, chance.choice(GIVENS))] if chance.random() < 0.8 else []
    targets += [row(chance, ALWAYS)] if chance.random() < 0.9 else []
    warn_at = tuple(chance.sample(WARNINGS, chance.randint(0, 2))) if targets else ()
    warn_at += (rarer.choice(RARER_WARNINGS),) if targets and rarer.random() < 0.2 else ()
    multipliers = (Multiplier(rarer.choice((50, 150)), ON_HOLD),) if targets and rarer.random() < 0.2 else ()
    if any(isinstance(each, Target) and each.time in (WorkingTime(minutes=1), Elapsed(minutes=1)) for each in targets):
        multipliers = ()  # half a minute is too short for the oracle
    return Policy(name, measure, tuple(targets), warn_at, chance.choice(tuple(CALENDARS)), multipliers=multipliers)


def rule_set(seed: int) -> Rules:
    chance, rarer, offices = Random(seed), Random(f"rarer {seed}"), Random(f"offices {seed}")  # noqa: S311 -- no secrets
    freezes = chance.sample(NAMES, chance.randint(0, 2))
    return desk((kept(offices, policy(chance, rarer, name)) for name in NAMES), freezes)


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
RULES = tuple(map(rule_set, range(2000 if LONG else 80)))  # drawn once: to build one takes longer than to live a life
NO_CLOCKS = desk((), ())


def due_instants(ticket: Ticket, rules: Rules) -> list[datetime]:
    """Return the due instants of the clocks."""
    found = (read(ticket.changed_at, ticket, rules.clock(policy.name)).due_at for policy in rules.clocks)
    return [due for due in found if due is not None and due >= ticket.changed_at]


@st.composite
def cases(draw: st.DrawFn, numbers: tuple[int, ...] = tuple(range(len(RULES)))) -> Case:
    """Draw rules and changes to a ticket, mostly at instants at which something begins or ends by itself."""
    which = draw(st.sampled_from(numbers))
    rules, at = RULES[which], FIRST + draw(st.integers(0, 40)) * 15 * MINUTE
    life = [Doing(at, "open", draw(st.sampled_from(("customer", "customer", "agent", None))))]
    ticket, state, ties = lived(life, rules), "open", set[str]()
    for number in range(1, draw(st.integers(4, 12))):
        where = draw(st.sampled_from(("due", "due", "edge", "same", "later", "later")))
        options = [at] if where == "same" else [at + draw(st.sampled_from((1, 45, 120, 600, 1500))) * MINUTE]
        if where == "due":
            options = due_instants(ticket, rules) or options
        elif where == "edge":
            calendar = CALENDARS[draw(st.sampled_from(("default", "nights")))]
            options = [calendar.next_close(at), calendar.next_close(at), calendar.next_open(calendar.next_close(at))]
        found = draw(st.sampled_from(options))
        if found > FIRST + 9 * DAYS:
            continue
        at = found
        ties |= {where}
        usual = ("move", "move", "move", "prio", "prio", "prio", "hold", "promised", "talk", "site", "site")
        what = draw(st.sampled_from(("move", "move", "move", "move", "prio", "talk") if state == "done" else usual))
        value: Value = None
        match what:
            case "move":
                value = state = draw(st.sampled_from(sorted(set(CATEGORIES) - {state})))
            case "talk":
                what = draw(st.sampled_from(("write", "answer")))
            case "promised":
                value = draw(st.sampled_from((at, at + 60 * MINUTE, at + DAYS, at - 60 * MINUTE, None)))
            case "site":
                value = draw(st.sampled_from(("near", "far", None)))
            case _:
                values: tuple[Value, ...] = ("low", "high") if what == "prio" else (0, 1)
                value = draw(st.sampled_from(values))
        life.append(Doing(at, what, value))
        ticket = handle(ticket, command(life[-1], number), rules).unwrap().ticket
    case = Case(which, tuple(life), at + draw(st.sampled_from((0, 1, 61, 1500))) * MINUTE, frozenset(ties))
    case.__dict__["ticket"] = ticket  # known already
    return case


def lived(life: Iterable[Doing], rules: Rules, polls: Iterable[datetime] = ()) -> Ticket:
    """Give a ticket its commands, evaluating and applying at every poll between them."""
    ticket: Ticket | None = None
    waiting = sorted(polls)
    for number, doing in enumerate(life):
        while ticket is not None and waiting and waiting[0] < doing.at:
            ticket = apply(ticket, evaluate(waiting.pop(0), ticket, rules)).unwrap().ticket
        ticket = handle(ticket, command(doing, number), rules).unwrap().ticket
    assert ticket is not None
    return ticket


def bare(life: Iterable[Doing]) -> Ticket:
    """Return the ticket under rules without clocks, so that its history has no records of them."""
    return lived(life, NO_CLOCKS)


def answer(reading: Reading) -> Answer:
    """Return the part of a reading that the oracle computes."""
    assert reading.started is not None
    return Answer(
        reading.state,
        reading.started,
        reading.done_at,
        reading.elapsed,
        reading.frozen,
        reading.closed,
        reading.remaining,
        None if reading.done_at else reading.due_at,
        reading.breached_at,
        reading.missed,
    )


def readings(now: datetime, ticket: Ticket, rules: Rules) -> dict[str, list[Answer]]:
    """Return the readings of every cycle of every clock."""
    return {name: [answer(each) for each in read_all(now, ticket, rules.clock(name))] for name in NAMES}


def clocks(rules: Rules) -> list[Clock]:
    return [rules.clock(name) for name in NAMES]


def oracle(rules: Rules, name: str) -> Desk:
    """Return the oracle for one clock, with the states that freeze it in its measure."""
    policy = next(each for each in rules.clocks if each.name == name)
    states = [state.name for state in rules.workflow.states if name in state.freezes]
    return Desk(
        policy, attrs.evolve(policy.measure, frozen=AnyOf(policy.measure.frozen, StateIs(*states))), IS_OPEN, CALENDARS
    )


class Shares:
    """The share of examples that had each feature."""

    def __init__(self) -> None:
        self.seen = Counter[str]()
        self.lives = 0

    def count(self, case: Case, ticket: Ticket) -> None:
        self.lives += 1
        self.seen.update(set(self.happened(case, ticket)))

    @staticmethod
    def happened(case: Case, ticket: Ticket) -> Iterator[str]:
        facts = [each for _, each in told(case.life)]
        begun = Walk(case.life[0].at, facts[0])
        yield from case.ties
        yield from ("breach" for _ in ticket.breaches)
        yield from ("reopen" for one, other in pairwise(facts) if one["state"] == "done" != other["state"])
        for name in NAMES:
            slow = oracle(case.rules, name)
            yield from (part.kind for part in trace(case.end, ticket, case.rules.clock(name)))
            rows = [slow.row(each, begun) for each in facts if true(slow.measure.runs, each)]
            yield from ("retarget" for one, other in pairwise(rows) if one is not other)
            yield from ("days" for each in rows if in_days(each))
            yield from ("days or not" for one, other in pairwise(rows) if in_days(one) != in_days(other))
            yield from ("start" for each in slow.policy.targets if isinstance(each, Target) and each.started)
            running = [slow.minute(each, begun) for each in facts if true(slow.measure.runs, each)]
            yield from (
                "site" for one, other in pairwise(running) if one.row == other.row and one.calendar != other.calendar
            )
            yield from ("frozen days" for each in running if in_days(each.row) and each.kind == "frozen")
        names = {each.clock for each in ticket.breaches}
        late = [oracle(case.rules, name).row(facts[-1], begun) for name in names]
        yield from ("breach of days" for each in late if in_days(each))

    def hold(self, **shares: float) -> None:
        found = {name: self.seen[name] / self.lives for name in shares}
        assert all(found[name] >= share for name, share in shares.items()), found


EXAMPLES = 30 * (100 if LONG else 1)


@pytest.mark.lives
class TestMinuteByMinute:
    """4.1 to 4.5: an oracle that counts minute by minute agrees on random histories."""

    def test_the_oracle_agrees(self) -> None:
        shares = Shares()

        @settings(max_examples=4 * EXAMPLES)
        @given(cases())
        def law(case: Case) -> None:
            ticket = case.advanced
            for name in NAMES:
                expected = oracle(case.rules, name).read(case.end, told(case.life))
                assert [answer(each) for each in read_all(case.end, ticket, case.rules.clock(name))] == expected
                last = read(case.end, ticket, case.rules.clock(name))
                assert (last.state if last.started is None else answer(last)) == (
                    expected[-1] if expected else "not_started"
                )
            shares.count(case, ticket)

        law()
        shares.hold(breach=0.4, frozen=0.25, stopped=0.2, retarget=0.2, reopen=0.4, due=0.5, edge=0.4, same=0.4)
        shares.hold(
            **{
                "days": 0.2,
                "frozen days": 0.05,
                "breach of days": 0.05,
                "days or not": 0.05,
                "site": 0.01,
                "start": 0.2,
            }
        )

    @settings(max_examples=EXAMPLES)
    @given(cases())
    def test_it_agrees_where_nothing_was_recorded(self, case: Case) -> None:
        ticket = bare(case.life)
        for name in NAMES:
            expected = oracle(case.rules, name).read(case.end, told(case.life))
            assert [answer(each) for each in read_all(case.end, ticket, case.rules.clock(name))] == expected


def inserted(life: tuple[Doing, ...], *more: Doing) -> tuple[Doing, ...]:
    """Return the changes with more of them inserted, each after the other changes of its instant."""
    return tuple(sorted((*life, *more), key=lambda doing: doing.at))


def there_and_back(life: tuple[Doing, ...], at: datetime, field: str, other: Value) -> tuple[Doing, ...]:
    """Return the changes with a field that is set at an instant and set back immediately."""
    before = [facts for since, facts in told(life) if since <= at][-1]
    return inserted(life, Doing(at, field, other), Doing(at, field, before[field]))


def moments(case: Case) -> list[datetime]:
    """Return the instants at which something happened or was due, up to the last poll."""
    ticket = case.advanced
    dues = (breach.due_at for breach in ticket.breaches)
    return sorted({*(doing.at for doing in case.life), *(due for due in dues if due >= case.life[0].at)})


seconds = st.integers(0, 3 * 24 * 60 * 60)


@pytest.mark.lives
class TestConservation:
    """4.2: elapsed + frozen + closed is always the whole time since the start; a trace says the same, without gaps."""

    @settings(max_examples=EXAMPLES)
    @given(cases(), seconds)
    def test_nothing_is_lost(self, case: Case, later: int) -> None:
        ticket, now = case.ticket, case.life[-1].at + timedelta(seconds=later, microseconds=later)
        for name in NAMES:
            clock = case.rules.clock(name)
            for each in read_all(now, ticket, clock):
                assert each.started is not None
                assert each.elapsed + each.frozen + each.closed == (each.done_at or now) - each.started
            reading, parts = read(now, ticket, clock), trace(now, ticket, clock)
            sums = Counter[str]()
            for part in parts:
                sums[part.kind] += (part.end - part.start) // MICRO
            assert all(one.end == other.start for one, other in pairwise(parts))
            assert sums["counted"] * MICRO == reading.elapsed
            assert (sums["frozen"] + sums["stopped"]) * MICRO == reading.frozen
            assert sums["closed"] * MICRO == reading.closed


UNSET = ticket_facts.Facts({})


def hours_of(clock: Clock) -> Iterator[Calendar | None]:
    """Yield the calendar on which time counts without a target, and under each."""
    for row in (None, *range(len(clock.policy.targets))):
        target = None if row is None else clock.rows[row]
        name = clock.calendar_name(target, UNSET)
        is_elapsed = isinstance(target, Target) and isinstance(target.time, Elapsed)
        yield None if name is None or is_elapsed else clock.calendars[name]


def names_a_field(policy: Policy) -> bool:
    return SITE in (policy.calendar, *(row.calendar for row in policy.targets if isinstance(row, Target)))


def has_one_calendar(clock: Clock) -> bool:
    return len(set(hours_of(clock))) == 1 and not names_a_field(clock.policy)


def may_be_read_anew(clock: Clock) -> bool:
    """Return whether a target in business days can read on its calendar what another calendar counted (4.8)."""
    return any(map(in_days, clock.policy.targets)) and not has_one_calendar(clock)


@pytest.mark.lives
class TestMonotony:
    """4.2: the time that was counted, frozen or closed in a cycle never decreases."""

    COUNTED_ONCE = tuple(number for number, rules in enumerate(RULES) if not any(map(may_be_read_anew, clocks(rules))))

    @settings(max_examples=EXAMPLES)
    @given(cases(COUNTED_ONCE), seconds)
    def test_nothing_is_taken_back(self, case: Case, later: int) -> None:
        latest = dict[tuple[str, datetime | None], Reading]()
        instants = [*(doing.at for doing in case.life[1:]), case.life[-1].at + timedelta(seconds=later)]
        for number, now in enumerate(instants, 1):
            ticket = lived(case.life[:number], case.rules)
            for name in NAMES:
                reading = read(now, ticket, case.rules.clock(name))
                before = latest.get((name, reading.started), reading)
                assert reading.elapsed >= before.elapsed
                assert reading.frozen >= before.frozen
                assert reading.closed >= before.closed
                latest[name, reading.started] = reading


@pytest.mark.lives
class TestFreezing:
    """4.2, 4.3: freezing and unfreezing at once, or splitting a freeze, changes nothing; frozen clocks never miss."""

    @settings(max_examples=EXAMPLES)
    @given(cases(), st.data())
    def test_at_once_changes_nothing(self, case: Case, data: st.DataObject) -> None:
        at = data.draw(st.sampled_from(moments(case)))
        self.compare(case, case.life, there_and_back(case.life, at, "hold", 1))

    @settings(max_examples=EXAMPLES)
    @given(cases(), st.data())
    def test_splitting_changes_nothing(self, case: Case, data: st.DataObject) -> None:
        life = [doing for doing in case.life if doing.what != "hold"]
        instants = st.sampled_from(moments(case))
        start, at, end = sorted(data.draw(st.tuples(instants, instants, instants)))
        held = inserted(tuple(life), Doing(start, "hold", 1), Doing(end, "hold", 0))
        split = inserted(tuple(life), *(Doing(*each) for each in ((start, "hold", 1), (at, "hold", 0))))
        split = inserted(split, Doing(at, "hold", 1), Doing(end, "hold", 0))
        self.compare(case, held, split)

    @staticmethod
    def compare(case: Case, one: Iterable[Doing], other: Iterable[Doing]) -> None:
        end = case.end + DAYS
        first, second = (advance(end, lived(life, case.rules), case.rules) for life in (one, other))
        assert readings(end, first, case.rules) == readings(end, second, case.rules)
        assert [(each.clock, each.at, each.due_at) for each in first.breaches] == [
            (each.clock, each.at, each.due_at) for each in second.breaches
        ]

    @settings(max_examples=EXAMPLES)
    @given(cases(), st.data())
    def test_a_frozen_clock_misses_nothing(self, case: Case, data: st.DataObject) -> None:
        at = data.draw(st.sampled_from(moments(case)))
        life = [doing for doing in case.life if doing.at <= at and doing.what != "hold"]
        ticket = advance(at + 30 * DAYS, lived([*life, Doing(at, "hold", 1)], case.rules), case.rules)
        for name in NAMES:
            slow, facts = oracle(case.rules, name), told([*life, Doing(at, "hold", 1)])[-1][1]
            if true(slow.measure.frozen, facts) and true(slow.measure.runs, facts):
                changes = told([*life, Doing(at, "hold", 1)])
                begun = Walk(*changes[[*slow.cycles(changes)][-1].first])
                reading = read(at + 30 * DAYS, ticket, case.rules.clock(name))
                mine = [breach for breach in ticket.breaches if breach.clock == name and breach.target is not None]
                assert all(breach.at <= at for breach in mine)
                if isinstance(slow.row(facts, begun), Target):
                    assert reading.target is not None
                    assert (reading.due_at, reading.remaining) == (None, reading.target - reading.elapsed)


@pytest.mark.lives
class TestRetargeting:
    """4.4: another target keeps the start, the used and the frozen time; the one record of a cycle stays."""

    ALIKE = tuple(number for number, rules in enumerate(RULES) if all(map(has_one_calendar, clocks(rules))))

    @settings(max_examples=EXAMPLES)
    @given(cases(), st.data(), st.sampled_from(("low", "high")))
    def test_there_and_back_at_once_changes_nothing(self, case: Case, data: st.DataObject, other: str) -> None:
        at = data.draw(st.sampled_from(moments(case)))
        TestFreezing.compare(case, case.life, there_and_back(case.life, at, "prio", other))

    @settings(max_examples=EXAMPLES)
    @given(cases(ALIKE), st.data(), st.sampled_from(("low", "high")))
    def test_there_and_back_changes_only_the_record(self, case: Case, data: st.DataObject, other: str) -> None:
        life = tuple(doing for doing in case.life if doing.what != "prio")
        start, end = sorted(data.draw(st.tuples(*[st.sampled_from(moments(case))] * 2)))
        changed = inserted(life, Doing(start, "prio", other), Doing(end, "prio", None))
        ticket, back = (advance(case.end, lived(each, case.rules), case.rules) for each in (life, changed))
        for name in NAMES:
            kept, found = (read(case.end, each, case.rules.clock(name)) for each in (ticket, back))
            if found.done_at is None or found.done_at > end:
                when, due = found.breached_at, found.missed
                assert attrs.evolve(kept, state=found.state, breached_at=when, missed=due) == found
                assert found.state in (kept.state, "breached")

    @settings(max_examples=EXAMPLES)
    @given(cases())
    def test_a_record_is_one_a_cycle_and_stays(self, case: Case) -> None:
        ticket = case.advanced
        cycles = [(breach.clock, breach.cycle) for breach in ticket.breaches]
        assert len(cycles) == len(set(cycles))
        for number in range(1, len(case.life)):
            earlier = lived(case.life[:number], case.rules)
            assert ticket.breaches[: len(earlier.breaches)] == earlier.breaches


@pytest.mark.lives
class TestCycles:
    """4.5: finished cycles do not change."""

    @settings(max_examples=EXAMPLES)
    @given(cases())
    def test_what_is_over_stays(self, case: Case) -> None:
        ticket = case.advanced
        for name in NAMES:
            clock = case.rules.clock(name)
            if clock.measure.again == "anew":
                every = read_all(case.end, ticket, clock)
                assert all(each.done_at for each in every[:-1])
                for number in range(1, len(case.life)):
                    now = case.life[number].at
                    earlier = read_all(
                        now, advance(now - MICRO, lived(case.life[:number], case.rules), case.rules), clock
                    )
                    over = [answer(each) for each in earlier if each.done_at and each.done_at < now]
                    assert [answer(each) for each in every[: len(over)]] == over


@pytest.mark.lives
class TestDueInstants:
    """1.8, 4.3: due_at is exact: met at it, breached a microsecond after."""

    @settings(max_examples=EXAMPLES)
    @given(cases())
    def test_on_both_sides(self, case: Case) -> None:
        ticket, rules = case.ticket, case.rules
        for name in NAMES:
            clock = rules.clock(name)
            due = read(ticket.changed_at, ticket, clock).due_at
            now = read(ticket.changed_at, advance(ticket.changed_at, ticket, rules), clock)
            if due is None or due <= ticket.changed_at or now.done_at or now.breached_at:
                continue
            late = due + MICRO
            for at, is_late in ((due, False), (late, True)):
                finished = lived([*case.life, Doing(at, "move", "done")], rules)
                for each in (ticket, finished, advance(at, ticket, rules), advance(at, finished, rules)):
                    reading = read(at, each, clock)
                    assert (reading.breached_at, reading.missed) == ((late, due) if is_late else (None, None))
                    assert (reading.state == "breached") is is_late


@pytest.mark.lives
class TestReplays:
    """2.1: a replayed ticket has the same readings."""

    @settings(max_examples=EXAMPLES // 2)
    @given(cases(), seconds)
    def test_the_events_are_enough(self, case: Case, later: int) -> None:
        ticket, now = case.ticket, case.life[-1].at + timedelta(seconds=later)
        for clock in clocks(case.rules):
            assert read_all(now, replay(ticket.history), clock) == read_all(now, ticket, clock)


def twins(rules: Rules) -> tuple[Rules, Rules]:
    """Return the rules in working time on a calendar that is always open, and in elapsed time."""

    def on(kind: type[WorkingTime | Elapsed], row: Target | Deadline) -> Target | Deadline:
        if isinstance(row, Deadline) or isinstance(row.time, BusinessDays):
            return row
        return Target(kind(row.time.amount), row.given, None, kind(row.extra.amount) if row.extra else None)

    def of(kind: type[WorkingTime | Elapsed]) -> Rules:
        every = (
            attrs.evolve(each, targets=tuple(on(kind, row) for row in each.targets), calendar="always")
            for each in rules.clocks
        )
        return desk(every, [name for name in NAMES if name in rules.workflow.states_by_name["waiting"].freezes])

    return of(WorkingTime), of(Elapsed)


@pytest.mark.lives
class TestAlwaysOpen:
    """1.6, 4.2: working time on a calendar that is always open is elapsed time."""

    TWINS = tuple(map(twins, RULES[: len(RULES) // 4]))

    @settings(max_examples=EXAMPLES // 2)
    @given(cases(tuple(range(len(TWINS)))))
    def test_all_day_is_elapsed_time(self, case: Case) -> None:
        one, other = self.TWINS[case.number]
        first, second = (advance(case.end, lived(case.life, each), each) for each in (one, other))
        assert readings(case.end, first, one) == readings(case.end, second, other)
        assert [attrs.evolve(each, rules="") for each in first.breaches] == [
            attrs.evolve(each, rules="") for each in second.breaches
        ]


@pytest.mark.lives
class TestRecords:
    """3.8, 4.4: the records agree with the readings, and do not depend on when or how often anybody asks."""

    def test_the_record_is_what_is_read(self) -> None:
        shares = Shares()

        @settings(max_examples=EXAMPLES)
        @given(cases())
        def law(case: Case) -> None:
            ticket = case.advanced
            entries = [*ticket.history]
            recorded = [
                (breach.clock, entries[breach.cycle].at, breach.at, breach.due_at) for breach in ticket.breaches
            ]
            unseen = bare(case.life)
            read_off = [
                (each.clock, each.started, each.breached_at, each.missed)
                for clock in clocks(case.rules)
                for each in read_all(case.end, unseen, clock)
                if each.breached_at
            ]
            assert sorted(recorded) == sorted(read_off)
            assert readings(case.end, ticket, case.rules) == readings(case.end, unseen, case.rules)
            shares.count(case, ticket)

        law()
        shares.hold(breach=0.3)

    @settings(max_examples=EXAMPLES)
    @given(cases(), st.lists(st.integers(0, 9 * 24 * 4), max_size=8))
    def test_polls_make_no_difference(self, case: Case, quarters: list[int]) -> None:
        polls = [case.life[0].at + quarter * 15 * MINUTE + MINUTE / 2 for quarter in quarters]
        asked = lived(case.life, case.rules, [poll for poll in polls if poll <= case.end])
        never = case.ticket
        assert [*advance(case.end, asked, case.rules).history] == [*advance(case.end, never, case.rules).history]
