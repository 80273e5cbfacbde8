"""Time rules that wait for time, against a baseline and the peers, side by side in one run.

    make bench

The baseline is one call of a function that compares two instants. A *cold* ticket has no
cached look-ahead: each call gets one that was just changed, made outside the timed part.
"""

from __future__ import annotations

import gc
import platform
import sys
import timeit
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple

import ladders
from rounds import ROUNDS, Candidate, Fresh, Inline, Promise, Seconds, ratios, short, table, timed, told, verdict

from ticketflow import (
    Actor,
    Agenda,
    Automation,
    BusinessCalendar,
    Message,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    actions,
    commands,
    decide,
    evaluate,
    handle,
    next_due,
)
from ticketflow.calendars.country_holidays import public_holidays
from ticketflow.calendars.spans import WorkingTime
from ticketflow.rules.triggers import After
from ticketflow.tickets.anchors import Entered
from ticketflow.tickets.events import Entry
from ticketflow.tickets.fold import evolve
from ticketflow.workflow.conditions import CategoryIs, Condition, Not

WAITING, WAITS, ELSEWHERE = "waiting", StateIs("waiting"), ("analysis", "joint", "solution", "validation")
CONCERNED, OTHERS, MORE = 6, 24, 300
SHORT, LONG = 10, 10_000
MINUTE, HOUR, DAY_OF_WORK, FAR = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=8), timedelta(days=7305)

ANA = Actor("agent", "ana")
START = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
"""A Monday, half past nine in Santiago; a day of work later it is half past nine again."""
NOW = START + HOUR
OFFICE = BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00", public_holidays=public_holidays("CL"))

TICKETS, DUE, SAMPLE, WEIGHED = 1_000_000, 10_000, 1_000, 50_000
IDS = [f"T-{number:07}" for number in range(TICKETS)]
BETWEEN = HOUR / DUE
STRIDE = 611_953
"""A prime: in such steps every ticket comes once, in no order."""
AGENDA_ROUNDS = 5

BASELINE, ADDITION, IDLE, COLD = "baseline", "`calendar.add`", "`evaluate`, idle", "`evaluate` and `next_due`, changed"
CROWDED, DISTANT = f"{COLD}, {MORE} rules more", f"{COLD}, anchors 20 years back"
HANDLED, NEXT = "`handle`, a note", "`next_due` after it"
AGED, HELD = f"{COLD}, {LONG:,} entries", f"{COLD}, {LONG:,} entries in which a rule's condition held"
OURS = "ticketflow"


def desk(others: int = OTHERS, first: timedelta = DAY_OF_WORK, given: Condition = WAITS) -> Rules:
    """Return a desk with rules for tickets that wait, and others for those that do not.

    Args:
        others: How many the others are.
        first: After how much open time the first rule is due; the next ones follow hour by hour.
        given: The condition of that first rule.
    """
    states = (
        State("open"),
        State(WAITING, "pending"),
        *map(State, ELSEWHERE),
        State("closed", "closed"),
    )
    rows = (
        Transition("wait", ("open",), WAITING, may=("agent",)),
        Transition("answer", (WAITING,), "open", may=("agent",)),
        *(Transition(f"to_{name}", ("open",), name, may=("agent",)) for name in ELSEWHERE),
        Transition("back", ELSEWHERE, "open", may=("agent",)),
        Transition("close", (WAITING,), "closed"),
    )
    conditions = (given, *(WAITS,) * (CONCERNED - 1))
    concerned = (_rule(f"waiting-{hours}", first + hours * HOUR, given) for hours, given in enumerate(conditions))
    elsewhere = islice(cycle(ELSEWHERE), others)
    foreign = (_rule(f"{state}-{number}", DAY_OF_WORK, StateIs(state)) for number, state in enumerate(elsewhere))
    return Rules("timers", Workflow(states, rows), OFFICE, (*concerned, *foreign))


def _rule(name: str, after: timedelta, given: Condition) -> Automation:
    remind = actions.SendMessage("remind", to="customer")
    return Automation(name, After(WorkingTime(after), Entered()), (remind,), given=given)


class Changed(NamedTuple):
    """A ticket before its last entry, and that entry."""

    before: Ticket
    last: Entry

    def fresh(self) -> Ticket:
        """Return the ticket after the entry: equal each time, and without cached look-ahead."""
        return evolve(self.before, self.last)


def lived(rules: Rules, entries: int = SHORT, entered: datetime = START, name: str = "T-1") -> Changed:
    """Return a ticket that went to and fro, has waited since *entered*, and was just changed by a note."""
    moves = tuple(islice(cycle(("wait", "answer")), entries - 3))  # besides it is opened, assigned, and has its note
    at = entered - len(moves) * MINUTE
    ticket = decide(None, commands.Open(name, at=at, by=ANA), rules).unwrap().ticket
    ticket = decide(ticket, commands.Assign(ANA.id, at=at, by=ANA), rules).unwrap().ticket
    for number, move in enumerate(moves, 1):
        ticket = decide(ticket, commands.Move(move, at=at + number * MINUTE, by=ANA), rules).unwrap().ticket
    note = commands.AddMessage(Message("note", public=False), at=max(START, entered), by=ANA)
    changed = decide(ticket, note, rules).unwrap()
    if changed.ticket.version != entries or changed.ticket.state != WAITING:
        raise SystemExit(f"{name} has {changed.ticket.version} entries and is in {changed.ticket.state!r}")
    return Changed(ticket, changed.entries[-1])


def is_before(one: datetime, other: datetime) -> bool:
    """Return whether one instant comes before another: the baseline."""
    return one < other


def cold(changed: Changed, rules: Rules) -> Fresh:
    """Return the candidate that asks about a ticket without caches, after checking that nothing is due on it."""
    due = next_due(changed.fresh(), rules)
    if due is None or not NOW < due < NOW + 2 * HOUR * 24 or evaluate(NOW, changed.fresh(), rules):
        raise SystemExit(f"the ticket is due {due} and not tomorrow")

    def asked(ticket: Ticket) -> None:
        evaluate(NOW, ticket, rules)
        next_due(ticket, rules)

    return Fresh(asked, changed.fresh)


def candidates() -> dict[str, Candidate]:
    """Return the candidates for one ticket. Those as cheap as a call are timed inline."""
    rules, more, held = desk(), desk(OTHERS + MORE), desk(given=Not(CategoryIs("closed")))
    far = desk(first=OFFICE.between(START - FAR, START) + DAY_OF_WORK)
    idle, noted = lived(rules).fresh(), lived(rules)
    note = commands.AddMessage(Message("again", public=False), at=NOW, by=ANA)
    next_due(noted.before, rules)
    next_due(idle, rules)
    names = {"now": NOW, "ticket": idle, "rules": rules, "then": NOW + HOUR, "span": DAY_OF_WORK}
    names |= {"is_before": is_before, "evaluate": evaluate, "add": OFFICE.add}
    return {
        BASELINE: Inline("is_before(now, then)", names),
        ADDITION: Inline("add(now, span)", names),
        IDLE: Inline("evaluate(now, ticket, rules)", names),
        COLD: cold(lived(rules), rules),
        CROWDED: cold(lived(more), more),
        AGED: cold(lived(rules, LONG), rules),
        HELD: cold(lived(held, LONG), held),
        HANDLED: partial(handle, noted.before, note, rules),
        NEXT: Fresh(partial(_next_due, rules), lambda: handle(noted.before, note, rules).unwrap().ticket),
        DISTANT: cold(lived(far, entered=START - FAR), far),
    }


def _next_due(rules: Rules, ticket: Ticket) -> datetime | None:
    return next_due(ticket, rules)


def promises(seconds: Seconds) -> Iterator[Promise]:
    """Yield the promises for one ticket."""
    yield Promise("an idle ticket to the baseline", ratios(seconds, IDLE, BASELINE), 4)
    each = zip(seconds[COLD], seconds[ADDITION], seconds[BASELINE], strict=True)
    least = [changed / (baseline + CONCERNED * addition) for changed, addition, baseline in each]
    yield Promise(f"a changed ticket, to the baseline and {CONCERNED} additions", least, 6)
    yield Promise("`next_due` right after `handle`, to that `handle`", ratios(seconds, NEXT, HANDLED), 0.5)
    yield Promise(f"{MORE} rules more for other states, to {OTHERS}", ratios(seconds, CROWDED, COLD), 1.1)
    yield Promise(f"{LONG:,} entries to {SHORT}", ratios(seconds, AGED, COLD), 1.1)
    yield Promise(f"{LONG:,} in which a rule's condition held", ratios(seconds, HELD, COLD), 1.1)
    yield Promise("anchors 20 years back to the same day", ratios(seconds, DISTANT, COLD), 1.2)


def agenda_of(tickets: int) -> Agenda:
    """Return an agenda of that many tickets, put in no order; they are due one after another, `DUE` of them an hour."""
    numbers = (number * STRIDE % tickets for number in range(tickets))
    return Agenda((IDS[number], START + timedelta(days=1) + number * BETWEEN) for number in numbers)


def bytes_each() -> float:
    """Return the bytes of an agenda per ticket, without the id, which belongs to the ticket."""
    gc.collect()
    tracemalloc.start()
    agenda = agenda_of(WEIGHED)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(agenda)


def evaluated(now: datetime, tickets: Iterable[Ticket], rules: Rules) -> int:
    """Return the number of tickets that have something due."""
    return sum(bool(evaluate(now, ticket, rules)) for ticket in tickets)


def found(agenda: Agenda, now: datetime, tickets: dict[str, Ticket], rules: Rules) -> int:
    """Return the number of tickets that have something due, among those that the agenda names."""
    names, _ = agenda.due(now)
    return evaluated(now, (tickets[name] for name in names), rules)


def once(call: partial[int], expected: int) -> float:
    """Return the seconds of a call, after checking its answer."""
    answers: list[int] = []
    gc.collect()
    seconds = timeit.timeit(lambda: answers.append(call()), number=1)
    if answers != [expected]:
        raise SystemExit(f"{answers} of {expected} tickets are due")
    return seconds


AWAKE, EVERY = "the due ones, by the agenda", "all, cold, reckoned from a sample"


def million(rules: Rules) -> Iterator[Promise]:
    """Print what it costs to find and evaluate those of a million tickets that are due, and yield what is aimed at.

    Those are built anew for each round. What evaluating all costs is reckoned from a sample: of those that are due, and
    of the same ones a day before, when they sleep.
    """
    agenda = agenda_of(TICKETS)
    lives = [lived(rules, 4, START + number * BETWEEN, IDS[number]) for number in range(DUE)]
    asleep_at, due_at = NOW, NOW + timedelta(days=1) - BETWEEN
    seconds: Seconds = {AWAKE: [], EVERY: []}
    for _ in range(AGENDA_ROUNDS):
        tickets = {IDS[number]: life.fresh() for number, life in enumerate(lives)}
        seconds[AWAKE].append(once(partial(found, agenda, due_at, tickets, rules), DUE))
        sample = lives[:: DUE // SAMPLE]
        due = once(partial(evaluated, due_at, [life.fresh() for life in sample], rules), SAMPLE)
        asleep = once(partial(evaluated, asleep_at, [life.fresh() for life in sample], rules), 0)
        seconds[EVERY].append((due * DUE + asleep * (TICKETS - DUE)) / SAMPLE)
    rows = ((name, short(min(values)), short(median(values))) for name, values in seconds.items())
    table((f"{TICKETS:,} tickets, {DUE:,} due", "seconds, best", "median"), rows)
    gain = ratios(seconds, EVERY, AWAKE)
    yield Promise(f"all of {TICKETS:,} to the due ones by the agenda", gain, 25, is_least=True)
    yield Promise("bytes in the agenda for each", [bytes_each()], 200)


_LEAST = {"sismic": 2}
"""The least ratio of a peer's simulation to ours; 1 for others."""


def lives() -> tuple[Seconds, list[str]]:
    """Return the seconds of one life in ours and in the peers that are installed, and the names of those."""
    calls: dict[str, Candidate] = {}
    for name, make in {OURS: ladders.ours, **ladders.PEERS}.items():
        try:
            life = make()
            did = life.told(life.lived())
        except Exception as error:  # noqa: BLE001 -- whatever a peer raises
            print(f"absent: {name}: {type(error).__name__}: {error}")
            continue
        if did != ladders.DONE:
            raise SystemExit(f"{name} did {did}")
        calls[name] = life.lived
    return timed(calls), [name for name in calls if name != OURS]


def main() -> int:
    """Print all times and aims, and return 1 if one is missed."""
    print(f"Python {platform.python_version()}, {platform.machine()}; {ROUNDS} rounds, all candidates taking turns")
    seconds = timed(candidates())
    told(seconds, BASELINE)
    made = [*promises(seconds), *million(desk())]
    peers_seconds, peers = lives()
    told(peers_seconds, OURS)
    made += (
        Promise(f"{peer} to ours", ratios(peers_seconds, peer, OURS), _LEAST.get(peer, 1), is_least=True)
        for peer in peers
    )
    return verdict(made)


if __name__ == "__main__":
    sys.exit(main())
