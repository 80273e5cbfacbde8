"""Exhaustive test of semantics 3 on a small scope. Nothing is random here.

The rule sets are all sets of one or two of the eight `SHAPES`, 36 in all. Under each, the test runs every sequence of
up to three commands out of five `WORDS` at four `INSTANTS`, several at one instant included. Sequences with a refused
command are left out. Timers are due at the instants of commands and of other timers, and calendars open and close
there. Rules trigger, arm, end and hold each other.

Each sequence runs twice. *Asked*: somebody evaluates and applies every half hour, at the instant of every command, a
microsecond before and after it, and at every due instant. *Unasked*: nobody evaluates before the end. Both must give
the same history. These are 52,448 sequences.

If asking at the instant of a command fires something, the order of the question and the command matters. Above, the
command comes first. The other order is a separate sequence, in which such a command counts as two. It takes effect a
microsecond late (3.8), and the unasked run gets the commands at their effective instants. These are 2,456 more.

Common beginnings run once: tickets are values, so the tree of sequences is walked depth first. After every command,
and at the end, the new entries of both tickets are compared. Keys are unique and instants never decrease in all of
them. Sequences of fewer than three commands, a tenth of all, are replayed as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise, product

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from ticketflow import (
    Accepted,
    After,
    AtClosing,
    Automation,
    BusinessCalendar,
    Created,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Message,
    OnEnter,
    OnMessage,
    Rules,
    Rung,
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
    next_due,
    replay,
)
from ticketflow.rules.actions import Move, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByRule, Dropped, Entry, EventReason, Superseded

pytestmark = pytest.mark.lives

MONDAY = utc(2026, 11, 23)
HALF, MICRO = timedelta(minutes=30), timedelta(microseconds=1)
INSTANTS = tuple(MONDAY.replace(hour=hour) for hour in (8, 9, 11, 12))
"""The instants of commands: before an opening, at it, at a closing, at an opening. Tickets are opened at the first."""
END = MONDAY.replace(hour=13)
OFFICE = BusinessCalendar("UTC", "mon-sun 09:00-11:00 12:00-14:00")
MOST = 3
"""The greatest number of commands after the opening."""

OPENING = commands.Open("T-1", message=Message("m0"), at=INSTANTS[0], by=CUSTOMER)
WORDS: dict[str, Command] = {
    "customer": commands.AddMessage(Message("m1"), at=MONDAY, by=CUSTOMER),
    "agent": commands.AddMessage(Message("m2"), at=MONDAY, by=ANA),
    "wait": commands.Move("wait", at=MONDAY, by=ANA),
    "back": commands.Move("back", at=MONDAY, by=ANA),
    "hot": commands.SetFields({"hot": 1}, at=MONDAY, by=ANA),
}
SPOKEN = {
    (word, at + late): attrs.evolve(command, at=at + late)
    for (word, command), at, late in product(WORDS.items(), INSTANTS, (0 * MICRO, MICRO))
}
"""Every word at every instant, and a microsecond after it."""

WAITING, ALIVE = StateIs("waiting"), StateIs("open", "waiting")
STATES = (State("open"), State("waiting", "pending"), State("closed", "closed"))
TRANSITIONS = (
    Transition("wait", ("open",), "waiting", may=("agent",)),
    Transition("back", ("waiting",), "open", may=("agent",)),
    Transition("close", ("open", "waiting"), "closed"),
)
SHAPES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Ladder(  # held while waiting
            "ladder",
            Latest(Created(), LastMessage("agent")),
            ALIVE,
            (
                Rung(Elapsed(hours=1), SendMessage("first")),
                Rung(Elapsed(hours=3), SendMessage("second")),
                Rung(Elapsed(hours=4), Move("close")),
            ),
            ended_by=None,
            group="idle",
        ),
        Automation(  # again and again, but only in office hours
            "repeats",
            After(Elapsed(hours=1), Entered("open"), every=Elapsed(hours=2), at_most=2),
            (SendMessage("again"),),
            ALIVE,
            gate="default",
        ),
        Automation("parks", After(Elapsed(hours=2), Entered()), (Move("wait"),), StateIs("open")),
        Automation("returns", OnMessage("customer"), (Move("back"),), WAITING),
        Automation("reacts", OnEnter(WAITING), (SetField("hot", 1), SendMessage("parked"))),
        Automation(  # dropped while waiting
            "cools",
            After(WorkingTime(hours=1), LastMessage("customer")),
            (SetField("hot", 0),),
            group="idle",
            on_mask="drop",
        ),
        Automation(  # ended by an answer, and anew after a wait
            "heats",
            After(Elapsed(hours=2), LastMessage("customer")),
            (SetField("hot", 1),),
            ALIVE,
            ended_by=LastMessage("agent"),
            group="idle",
            on_resume="restart",
        ),
        Automation("closing", AtClosing(), (Move("back"),), FieldIs("hot", 1), rank=1),
    )
}
RULE_SETS: tuple[tuple[str, ...], ...] = (*combinations(SHAPES, 1), *combinations(SHAPES, 2))


def rules_of(names: Sequence[str]) -> Rules:
    shapes = tuple(SHAPES[name] for name in names)
    groups = {shape.group for shape in shapes if shape.group}
    states = tuple(attrs.evolve(state, masks=groups if state.name == "waiting" else ()) for state in STATES)
    return Rules("small", Workflow(states, TRANSITIONS, (Field("hot", (0, 1)),)), OFFICE, shapes)


def leg(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Return the fixed instants, from *start* on and before *end*, at which somebody asks."""
    halves = (start + number * HALF for number in range(1, (end - start) // HALF))
    return (start, start + MICRO, *halves, end - MICRO)


LEGS = tuple(leg(start, end) for start, end in pairwise((*INSTANTS, END)))


def asked(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    plan = evaluate(now, ticket, rules)
    return apply(ticket, plan).unwrap().ticket if plan else ticket


def asked_along(polls: Sequence[datetime], ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket asked at *polls*, and between them whenever anything is due."""
    for now in polls:
        while (due := next_due(ticket, rules)) is not None and due < now:
            before, ticket = ticket, asked(due, ticket, rules)
            assert ticket is not before, f"something is due at {due}, as next_due said"
        ticket = asked(now, ticket, rules)
    return ticket


Said = tuple[str, datetime, bool]
"""A command: its word, its instant, and whether somebody asked before it at that instant."""


@attrs.frozen
class Simulation:
    """A ticket right after the last of its commands, asked and unasked.

    Attributes:
        said: The commands after the opening.
        place: The number of the present instant.
        asked: The ticket if somebody asks all the time.
        unasked: The ticket if nobody asks.
    """

    said: tuple[Said, ...]
    place: int
    asked: Ticket
    unasked: Ticket

    @property
    def weight(self) -> int:
        """The number of its commands; one that a question made late counts as two."""
        return len(self.said) + sum(is_late for *_, is_late in self.said)


class Tree:
    """All sequences of commands under one rule set, and their features."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.rules = rules_of(names)
        self.seen = Counter[str]()

    def walk(self) -> Counter[str]:
        opened = handle(None, OPENING, self.rules).unwrap().ticket
        self.grow(Simulation((), 0, opened, opened))
        return self.seen

    def grow(self, life: Simulation) -> None:
        """Run *life* to its end, and all sequences that begin with it."""
        now = life.asked
        for place in range(life.place, len(INSTANTS)):
            for longer in self.longer(life, place, now):
                self.grow(longer)
            now = asked_along(LEGS[place], now, self.rules)
        self.end(life, asked(END, now, self.rules), advance(END, life.unasked, self.rules))

    def longer(self, life: Simulation, place: int, now: Ticket) -> Iterator[Simulation]:
        """Yield the sequence with each word added at an instant; *now* is the ticket just before that instant."""
        if life.weight < MOST:
            for word in WORDS:
                yield from self.said(life, (word, INSTANTS[place], False), place, now)
        if life.weight + 1 < MOST and (late := asked(INSTANTS[place], now, self.rules)) is not now:
            for word in WORDS:
                yield from self.said(life, (word, INSTANTS[place], True), place, late)

    def said(self, life: Simulation, last: Said, place: int, now: Ticket) -> Iterator[Simulation]:
        """Yield the sequence with one more command, if that is accepted."""
        word, at, is_late = last
        mine = handle(now, SPOKEN[word, at], self.rules)
        theirs = handle(life.unasked, SPOKEN[word, at + is_late * MICRO], self.rules)
        longer = attrs.evolve(life, said=(*life.said, last))
        assert type(mine) is type(theirs), self.told(longer)
        if isinstance(mine, Accepted) and isinstance(theirs, Accepted):
            self.compare(longer, mine.ticket, theirs.ticket, is_late=is_late)
            yield Simulation(longer.said, place, mine.ticket, theirs.ticket)

    def compare(self, life: Simulation, mine: Ticket, theirs: Ticket, *, is_late: bool = False) -> None:
        """Compare the entries since *life*. Only one ticket knows the instant that a late command claimed."""
        new = mine.history.after(life.asked.version)
        if is_late:
            new = tuple(attrs.evolve(entry, occurred_at=None) for entry in new)
        assert new == theirs.history.after(life.unasked.version), self.told(life)

    def end(self, life: Simulation, mine: Ticket, theirs: Ticket) -> None:
        """Compare the remaining entries, and check the cheap laws on the whole history."""
        self.compare(life, mine, theirs)
        history = [*mine.history]
        assert len({entry.id for entry in history}) == len(history), f"keys are unique: {self.told(life)}"
        assert all(one.at <= other.at for one, other in pairwise(history)), (
            f"instants never decrease: {self.told(life)}"
        )
        if len(life.said) < MOST:
            assert replay(history) == mine, f"a ticket is what its history makes of it: {self.told(life)}"
        self.seen.update({"late lives" if life.weight > len(life.said) else "lives", *features(history)})

    def told(self, life: Simulation) -> str:
        """Return the commands in short, to reproduce a failure."""
        words = "".join(f", {word} {at:%H:%M}{', asked before' * is_late}" for word, at, is_late in life.said)
        return f"Tree{self.names}.walk(): open {INSTANTS[0]:%H:%M}{words}"


def features(history: Sequence[Entry]) -> Iterator[str]:
    """Yield the features of a history."""
    causes = [(entry, entry.cause) for entry in history if isinstance(entry.cause, ByRule)]
    timed = [(entry, cause) for entry, cause in causes if not isinstance(cause.reason, EventReason)]
    episodes = {(cause.key.rule, cause.armed) for _, cause in timed}
    commanded = {entry.at for entry in history if not entry.is_automatic}
    if timed:
        yield "firing"
    if any(history[cause.armed].is_automatic for _, cause in timed):
        yield "armed by a rule"
    if any(history[cause.armed].is_automatic for _, cause in causes if isinstance(cause.reason, EventReason)):
        yield "cascade"
    if any(cause.due_at in commanded and cause.due_at > history[cause.armed].at for _, cause in timed):
        yield "tie with a command"
    if len({(entry.at, cause.key.rule) for entry, cause in timed}) > len({entry.at for entry, _ in timed}):
        yield "tie of rules"
    if len(episodes) > len({rule for rule, _ in episodes}):
        yield "reset"
    if any(entry.occurred_at for entry in history):
        yield "sealed"
    for entry, cause in timed:
        yield from became(entry, cause)


def became(entry: Entry, cause: ByRule) -> Iterator[str]:
    """Yield the outcome of an occurrence that was not carried out when it was due."""
    for event in entry.events:
        if isinstance(event, Superseded):
            yield "superseded"
        elif isinstance(event, Dropped):
            yield "dropped" if event.why == "masked" else "impossible"
        elif entry.at > cause.due_at:
            yield "gate opened" if SHAPES[cause.key.rule].gate else "mask lifted"


SHARES = {
    "late lives": 0.03,
    "firing": 0.6,
    "tie with a command": 0.15,
    "tie of rules": 0.06,
    "cascade": 0.01,
    "armed by a rule": 0.03,
    "superseded": 0.005,
    "dropped": 0.05,
    "impossible": 0.04,
    "reset": 0.12,
    "mask lifted": 0.005,
    "gate opened": 0.12,
    "sealed": 0.06,
}
"""The least share of sequences that must contain each feature."""


def test_whoever_asks_whenever_every_small_life_is_the_same() -> None:
    """3.8, 2.1, 2.2 and 3.12, on every sequence of the scope."""
    seen = Counter[str]()
    for names in RULE_SETS:
        seen.update(Tree(*names).walk())
    assert seen["lives"] >= 50_000, seen
    lives = seen["lives"] + seen["late lives"]
    found = {name: seen[name] / lives for name in SHARES}
    assert all(found[name] >= share for name, share in SHARES.items()), found
