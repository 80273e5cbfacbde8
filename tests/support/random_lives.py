"""Random rule sets of the testing kit, commands under them, and laws that say which features their examples had.

Source: docs/semantics.md 3.3 to 3.17.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import cycle, groupby, pairwise
from random import Random
from typing import Any, TypeGuard
from zlib import crc32

import attrs
from hypothesis import given, note, seed, settings
from hypothesis import strategies as st

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT
from ticketflow import (
    CalendarOf,
    Message,
    Rules,
    Ticket,
    advance,
    apply,
    commands,
    evaluate,
    evolve,
    explain,
    handle,
    next_due,
)
from ticketflow.engine import program
from ticketflow.engine.decisions import Decision
from ticketflow.engine.episodes import episode
from ticketflow.engine.occurrences import occurrences
from ticketflow.rules.actions import Action
from ticketflow.rules.automations import Rule
from ticketflow.rules.ruleset import implied_automations
from ticketflow.testing.random_rules import ACTS, KINDS, PLACES, VERBS, Kind, Pick, Place, RandomRules
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import (
    ByBound,
    ByRule,
    Cause,
    Dropped,
    Entry,
    Event,
    EventReason,
    RulesHalted,
    Superseded,
)

MICRO = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@attrs.frozen
class World:
    """A rule set, and what people and machines ask of one ticket under it.

    Attributes:
        place: Where and when.
        rules: The rule set.
        life: The commands, in order; each is taken if it can be.
    """

    place: Place
    rules: Rules
    life: tuple[Command, ...]

    @property
    def end(self) -> datetime:
        """When everybody looks for the last time."""
        return self.life[-1].at + 4 * DAY

    def ruled(self, *automations: Rule) -> World:
        """Return the same life under other automations."""
        return attrs.evolve(self, rules=attrs.evolve(self.rules, automations=automations))

    def in_force_from(self, at: datetime | None) -> World:
        """Return the same life under rules that are in force from an instant on; None for always."""
        return attrs.evolve(self, rules=attrs.evolve(self.rules, in_force_from=at))

    def each(self, change: Callable[[Rule], Rule]) -> World:
        """Return the same life with every automation changed."""
        return self.ruled(*map(change, self.rules.automations))


# --- What there is to draw.

STEPS = (0, 0, 1, 4, 4, 8, 12, 36, 48, 96)
SAID: Mapping[str, Callable[[str], tuple[Message, Actor]]] = {
    "answer": lambda name: (Message(name), CUSTOMER),
    "write": lambda name: (Message(name), ANA),
    "note": lambda name: (Message(name, public=False), ANA),
    "machine": lambda name: (Message(name, automatic=True), CUSTOMER),
    "robot": lambda name: (Message(name), ROBOT),
}
ASKED = (
    *(*SAID, "answer", "write", "move", "move", "move", "move", "hot", "hot", "day", "snooze", "reopen", "release") * 2,
    "requester",
)


@attrs.frozen
class Drawn(RandomRules):
    """Draws random rule sets, and commands to a ticket under them."""

    def life(self, ticket: str = "T-1", asked: Sequence[str] = ASKED) -> tuple[Command, ...]:
        """Draw commands some hours, or nothing at all, or days apart."""
        at = self.place.start + self.pick(range(7, 21)) * HOUR
        opening = commands.Open(ticket, message=Message("m0"), at=at, by=self.pick((ANA, CUSTOMER)), event_id="e0")
        life: list[Command] = [opening]
        for number in range(1, self.pick(range(4, 10))):
            at += self.pick(STEPS) * QUARTER
            life.append(self.command(self.pick(asked), at, number))
        return tuple(life)

    def command(self, kind: str, at: datetime, number: int) -> Command:
        """Draw the command of that kind."""
        event = f"e{number}"
        match kind:
            case "move":
                return commands.Move(self.pick(VERBS), at=at, by=BOSS, event_id=event)
            case "hot":
                return commands.SetFields({"hot": self.pick((0, 1, 1))}, at=at, by=ANA, event_id=event)
            case "site":
                site = self.pick(("here", "there", "elsewhere", None))
                return commands.SetFields({"site": site}, at=at, by=ANA, event_id=event)
            case "day":
                day = at + self.pick(range(-2, 24)) * HOUR
                return commands.SetFields({"day": day}, at=at, by=ANA, event_id=event)
            case "snooze":
                until = at + self.pick(range(1, 30)) * HOUR
                return commands.Snooze(until=until, at=at, by=ANA, event_id=event)
            case "reopen":
                return commands.Reopen(at=at, by=ANA, event_id=event)
            case "requester":
                requester = self.pick(("bruno", "carla", None))
                return commands.SetRequester(requester, at=at, by=ANA, event_id=event)
            case "release":
                return commands.RecordEvent("released", at=at, by=BOSS, event_id=event)
            case _:
                said, by = SAID[kind](f"m{number}")
                return commands.AddMessage(said, at=at, by=by, event_id=event)


PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")


@st.composite
def _by_hypothesis(draw: st.DrawFn) -> Pick:
    return lambda options: draw(st.sampled_from(options))


picks: st.SearchStrategy[Pick] = st.randoms(use_true_random=True).map(lambda random: random.choice)
"""Seeds repeat themselves less than drawn choices do, and cost a third; the profile ``shrink`` draws choices."""
if PROFILE == "shrink":
    picks = _by_hypothesis()


def worlds(
    places: Sequence[Place] = PLACES,
    kinds: Sequence[Kind] = KINDS,
    doings: Sequence[Action] = ACTS,
    asked: Sequence[str] = ASKED,
    sites: tuple[CalendarOf, ...] = (),
) -> st.SearchStrategy[World]:
    """Return rule sets of these kinds that do these things, and lives in which these commands are given."""

    def world(pick: Pick) -> World:
        drawn = Drawn(pick, pick(places), sites)
        return World(drawn.place, drawn.rules(kinds, doings), drawn.life(asked=asked))

    return picks.map(world)


def going_live(
    kinds: Sequence[Kind] = KINDS, doings: Sequence[Action] = ACTS
) -> st.SearchStrategy[tuple[World, datetime]]:
    """Return worlds as `worlds` does, each with an instant of its history, or near it."""

    def drawn(pick: Pick) -> tuple[World, datetime]:
        of = Drawn(pick, pick(PLACES))
        world = World(of.place, of.rules(kinds, doings), of.life())
        entries = tuple(lived(world).history)
        return world, pick(entries).at + pick((-MICRO, timedelta(), timedelta(), MICRO, HOUR, 9 * HOUR))

    return picks.map(drawn)


Moments = list[tuple[int, timedelta]]
_BESIDE = (-MICRO, timedelta(), timedelta(), MICRO, 7 * MINUTE, HOUR, 9 * HOUR, DAY)
moments: st.SearchStrategy[Moments] = picks.map(
    lambda pick: [(pick(range(30)), pick(_BESIDE)) for _ in range(pick(range(2, 9)))]
)


Haste = list[tuple[timedelta, timedelta]]
_AHEAD = (-DAY, -DAY, 0 * HOUR, HOUR, 9 * HOUR, 3 * DAY)
_BACK = (0 * HOUR, 0 * HOUR, HOUR, DAY)
hastes: st.SearchStrategy[Haste] = picks.map(lambda pick: [(pick(_AHEAD), pick(_BACK)) for _ in range(5)])
"""How far ahead of a command somebody looks, and how long before it the command claims to have been given."""


def instants(ticket: Ticket, drawn: Moments, since: datetime | None = None) -> list[datetime]:
    """Return instants at, just before and after those at which something happened to *ticket*, since then."""
    entries = [entry for entry in ticket.history if since is None or entry.at >= since] or [ticket.history.last]
    return [entries[place % len(entries)].at + beside for place, beside in drawn]


# --- How lives are led.


def taken(world: World) -> Ticket:
    """Return the ticket after its commands; nobody looked in between, and nobody does thereafter."""
    ticket: Ticket | None = None
    for command in world.life:
        ticket = handle(ticket, command, world.rules).ticket
    assert ticket is not None
    return ticket


def lived(world: World, polls: Iterable[datetime] = ()) -> Ticket:
    """Return the ticket at the end, evaluated and applied at every poll, after the commands of an instant."""
    ticket: Ticket | None = None
    waiting = sorted(poll for poll in polls if poll <= world.end)
    for command in world.life:
        while ticket is not None and waiting and waiting[0] < command.at:
            ticket = polled(waiting.pop(0), ticket, world.rules)
        ticket = handle(ticket, command, world.rules).ticket
    assert ticket is not None
    for now in waiting:
        ticket = polled(now, ticket, world.rules)
    return advance(world.end, ticket, world.rules)


def polled(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket with everything due applied, plan by plan."""
    while plan := evaluate(now, ticket, rules):
        ticket = apply(ticket, plan).unwrap().ticket
    return ticket


def hurried(world: World, haste: Haste) -> Iterator[tuple[Ticket | None, Command, Decision]]:
    """Yield the ticket before each command, looked at ahead of it, the command, which comes late, and its decision."""
    ticket: Ticket | None = None
    for (ahead, back), command in zip(cycle(haste), world.life, strict=False):
        late = command
        if ticket is not None:
            ticket = polled(command.at + ahead, ticket, world.rules)
            late = attrs.evolve(command, at=command.at - back)
        decision = handle(ticket, late, world.rules)
        yield ticket, late, decision
        ticket = decision.ticket


def growing(ticket: Ticket) -> Iterator[Ticket]:
    """Yield the ticket after each entry of its history."""
    grown: Ticket | None = None
    for entry in ticket.history:
        grown = evolve(grown, entry)
        yield grown


def story(ticket: Ticket, names: Mapping[str, str] | None = None) -> list[tuple[object, ...]]:
    """Return what happened, with these other names of rules, and without the digest of those it was decided under."""
    known = names or {}
    return [(entry.at, *_because(entry, known), *_renamed(entry, known)) for entry in ticket.history]


def _because(entry: Entry, names: Mapping[str, str]) -> tuple[object, ...]:
    if not isinstance(entry.cause, ByRule):
        return (entry.actor, entry.id, entry.occurred_at)
    key = entry.cause.key
    return (names.get(key.rule, key.rule), key.occurrence, entry.cause.armed, entry.cause.due_at)


def _renamed(entry: Entry, names: Mapping[str, str]) -> Iterator[Event]:
    for event in entry.events:
        if isinstance(event, RulesHalted):
            yield RulesHalted(tuple(names.get(rule, rule) for rule in event.rules))
        else:
            yield event


def rules_of(rules: Rules) -> Mapping[str, Rule]:
    """Return every rule by id, those that follow from snoozing too."""
    return {rule.id: rule for rule in (*rules.automations, *implied_automations(rules))}


# --- What lives had in them.


def is_timed(cause: Cause) -> TypeGuard[ByRule]:
    """Return whether a rule that waited for time is the cause."""
    return isinstance(cause, ByRule) and not isinstance(cause.reason, EventReason)


def timed(ticket: Ticket) -> Iterator[tuple[Entry, ByRule]]:
    """Yield the entries of rules that waited for time, with their causes."""
    return ((entry, entry.cause) for entry in ticket.history if is_timed(entry.cause))


def was_given(entry: Entry) -> bool:
    """Return whether an occurrence was carried out, and neither dropped nor superseded."""
    return not any(isinstance(event, Dropped | Superseded) for event in entry.events)


def happened(world: World, ticket: Ticket) -> Iterator[str]:
    """Yield the features of a history, so that a law can show that it was not vacuous."""
    for entry, cause in timed(ticket):
        yield "firing" if was_given(entry) else "passed over"
        if was_given(entry) and entry.at > cause.due_at:
            yield "held"
        if world.place.turns and abs(entry.at - world.place.turns) < DAY / 2:
            yield "DST day"
    automatic = {entry.id for entry in ticket.history if entry.is_automatic}
    for entry in ticket.history:
        if isinstance(entry.cause, ByRule) and isinstance(entry.cause.reason, EventReason):
            yield "cascade" if entry.cause.reason.entry in automatic else "reaction"
        if isinstance(entry.cause, ByBound):
            yield "halt"
        if entry.occurred_at:
            yield "late"
    for _, simultaneous in groupby(ticket.history, key=lambda entry: entry.at):
        yield from _ties([entry.cause for entry in simultaneous])


def _ties(causes: Sequence[Cause]) -> Iterator[str]:
    """Yield how causes of one instant meet."""
    rules = {cause.key.rule for cause in causes if is_timed(cause)}
    if len(rules) > 1:
        yield "tie"
    if rules and not isinstance(causes[0], ByRule):
        yield "command first"


def turned(world: World, ticket: Ticket) -> Iterator[str]:
    """Yield how episodes went: cancelled with something ahead, reset, or their masks lifted."""
    for before, after in pairwise(growing(ticket)):
        for timer in program.Program.of(world.rules).timers:
            yield from _turn(timer, before, after)


def _turn(timer: program.Timer, before: Ticket, after: Ticket) -> Iterator[str]:
    was, now, cause = episode(timer, before), episode(timer, after), after.history.last.cause
    if was is None or (isinstance(cause, ByRule) and cause.key.rule == timer.id):
        return
    if now is None and any(occurrences(timer, before)):
        yield "cancel"
    if now is not None and now.armed != was.armed:
        yield "reset"
    if now is not None and timer.is_masked(before) and not timer.is_masked(after):
        yield "lift"


def seeded(number: int) -> World:
    """Return the world of that number, the same in every process."""
    pick = Random(number).choice  # noqa: S311 -- no secrets are drawn
    drawn = Drawn(pick, pick(PLACES))
    return World(drawn.place, drawn.rules(), drawn.life())


def digests(count: int) -> list[str]:
    """Return digests of everything that can be asked about that many examples."""
    return [blake2b(repr(_answers(seeded(number))).encode(), digest_size=8).hexdigest() for number in range(count)]


def _answers(world: World) -> tuple[object, ...]:
    ticket, rules, end = taken(world), world.rules, world.end
    plan, said = evaluate(end, ticket, rules), explain(end, ticket, rules)
    return rules.digest, next_due(ticket, rules), plan, list(plan), said, list(lived(world).history)


class Shares:
    """The share of examples that had each feature."""

    def __init__(self) -> None:
        self.seen = Counter[str]()
        self.lives = 0

    def count(self, features: Iterable[str]) -> None:
        self.lives += 1
        self.seen.update(set(features))

    def hold(self, **shares: float) -> None:
        found = {name: self.seen[name.replace("_", " ")] / self.lives for name in shares}
        assert all(found[name] >= share for name, share in shares.items()), found


SCALE = 100 if PROFILE == "long" else 1
Law = Callable[..., Iterable[str]]


def law(examples: int, *drawn: st.SearchStrategy[Any], **shares: float) -> Callable[[Law], Callable[[Any], None]]:
    """Make a test of a law: it holds in every example, and each feature is in at least its share of the examples.

    Args:
        examples: How many to draw; the long profile draws a hundred times as many.
        drawn: What the law is given.
        shares: The least share of each feature. The law yields the features of one example.
    """

    def test_of(body: Law) -> Callable[[Any], None]:
        def test(self: object) -> None:
            found = Shares()

            def tried(example: tuple[object, ...]) -> None:
                note(example)
                found.count(body(self, *example))

            tried.__name__ = body.__name__
            run = settings(max_examples=examples * SCALE)(given(st.tuples(*drawn))(tried))
            (seed(crc32(body.__qualname__.encode()))(run) if PROFILE == "ci" else run)()
            found.hold(**shares)

        test.__name__, test.__doc__ = body.__name__, body.__doc__
        return test

    return test_of
