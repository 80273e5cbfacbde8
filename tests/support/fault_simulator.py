"""Simulate a service under faults: workers with skewed clocks, a lossy network, crashes, and rules that are swapped.

One seed draws a scenario: several tickets, the commands that people give to them, and a list of steps. A step is one
thing that a service does between two points at which it can crash: receive a message, evaluate a ticket, apply a plan,
commit a write. An impossible step does nothing, so any sublist of the steps is a scenario too. A failing scenario
shrinks by leaving out steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Literal

import attrs

from tests.support.random_lives import Drawn, story
from ticketflow import Accepted, Plan, Rules, Ticket, advance, apply, commands, evaluate, handle, replay
from ticketflow.errors import HistoryError
from ticketflow.testing.random_rules import PLACES
from ticketflow.tickets.events import ByCommand, ByRule, Entry, MessageRequested, StateChanged
from ticketflow.tickets.ticket import changes_ticket

TICKETS, WORKERS = 3, 3
MINUTE = timedelta(minutes=1)
SKEWS = (timedelta(), 10 * MINUTE, -10 * MINUTE, timedelta(seconds=1), timedelta(hours=-30))

Kind = Literal["tick", "send", "receive", "evaluate", "apply", "commit", "crash", "swap"]
KINDS: tuple[Kind, ...] = (
    *("tick", "tick", "tick", "send", "send", "send", "receive", "receive", "receive", "receive"),
    *("evaluate", "evaluate", "apply", "apply", "commit", "commit", "commit", "commit", "commit", "crash", "swap"),
)


@attrs.frozen
class Step:
    """One step of the service.

    Attributes:
        kind: What is done.
        worker: Which worker does it.
        which: Which of several is meant: a ticket, a message, a plan, a write; taken modulo how many there are.
        amount: How far the time moves on, in minutes, or how a message is treated: kept, doubled or lost.
    """

    kind: Kind
    worker: int
    which: int
    amount: int


@attrs.frozen
class Scenario:
    """Everything that a seed draws.

    Attributes:
        start: When the first command is given.
        rules: The rule sets that workers may run; the first is the one they begin with.
        commands: For each ticket, the commands in the order in which people give them.
        skews: By how much each worker's clock is wrong.
        steps: What happens.
    """

    start: datetime
    rules: tuple[Rules, ...]
    commands: tuple[tuple[commands.Command, ...], ...]
    skews: tuple[timedelta, ...]
    steps: tuple[Step, ...]


def scenario(seed: int, *, swaps: bool) -> Scenario:
    """Draw the scenario of a seed; *swaps* says whether rule sets are swapped while tickets are open."""
    random = Random(seed)  # noqa: S311 -- no secrets are drawn
    drawn = Drawn(random.choice, random.choice(PLACES))
    lives = tuple(drawn.life(f"T-{number}") for number in range(TICKETS))
    kinds = KINDS if swaps else KINDS[:-1]
    steps = tuple(
        Step(random.choice(kinds), random.randrange(WORKERS), random.randrange(60), random.randrange(1, 2000))
        for _ in range(random.randrange(40, 160))
    )
    rules = tuple(drawn.rules() for _ in range(2 if swaps else 1))
    skews = tuple(random.choice(SKEWS) for _ in range(WORKERS))
    return Scenario(min(life[0].at for life in lives), rules, lives, skews, steps)


@attrs.define
class Write:
    """A decision that a worker has made and not yet stored."""

    ticket: str
    version: int
    entries: tuple[Entry, ...]
    message: commands.Command | None = None


@attrs.define
class Worker:
    """What a worker has in memory, and loses in a crash."""

    skew: timedelta
    rules: Rules
    plans: list[Plan] = attrs.field(factory=list)
    writes: list[Write] = attrs.field(factory=list)


class BrokenInvariantError(AssertionError):
    """Something that must always hold did not."""


class Service:
    """A store, a network and some workers, on their way through a scenario."""

    def __init__(self, given: Scenario) -> None:
        self.given = given
        self.now = given.start
        self.store: dict[str, tuple[Entry, ...]] = {}
        self.outbox: list[str] = []
        self.network: list[commands.Command] = []
        self.unsent = [list(life) for life in given.commands]
        self.workers = [Worker(skew, given.rules[0]) for skew in given.skews]
        self.seen: set[str] = set()

    def run(self) -> None:
        """Carry out every step, then deliver what is left, and check the end of every ticket."""
        for step in self.given.steps:
            self._step(step)
        self._drain()
        for name in self.store:
            self._check_end(name)

    def ticket(self, name: str) -> Ticket | None:
        """Load a ticket from the store."""
        entries = self.store.get(name)
        return replay(entries) if entries else None

    def _step(self, step: Step) -> None:
        worker = self.workers[step.worker]
        match step.kind:
            case "tick":
                self.now += step.amount * MINUTE
            case "send":
                self._send(step)
            case "receive" if self.network:
                self._receive(worker, step)
            case "evaluate" if self.store:
                name = sorted(self.store)[step.which % len(self.store)]
                plan = evaluate(self.now + worker.skew, replay(self.store[name]), worker.rules)
                worker.plans += [plan] * bool(plan)
                self.seen |= {"plan"} if plan else set()
            case "apply" if worker.plans:
                self._apply(worker, step)
            case "commit" if worker.writes:
                self._commit(worker.writes.pop(step.which % len(worker.writes)))
            case "crash":
                self._crash(worker)
            case "swap":
                worker.rules = self.given.rules[step.which % len(self.given.rules)]
            case _:
                pass

    def _send(self, step: Step) -> None:
        """Let the next command of a ticket go out, at the time of its sender's clock, which is right."""
        waiting = self.unsent[step.which % TICKETS]
        if waiting:
            self.now = max(self.now, waiting[0].at)
            self.network.append(waiting.pop(0))

    def _receive(self, worker: Worker, step: Step) -> None:
        """Decide a message; it may stay in the network (delivered twice) or overtake older ones."""
        message = self.network[step.which % len(self.network)]
        if step.amount % 4:
            self.network.remove(message)
        else:
            self.seen.add("doubled")
        name = message.ticket if isinstance(message, commands.Open) else self._addressee(message)
        ticket = self.ticket(name)
        decision = handle(ticket, message, worker.rules)
        if isinstance(decision, Accepted):
            version = ticket.version if ticket else 0
            worker.writes.append(Write(name, version, decision.entries, message))
            self.seen |= {"repeated"} if decision.is_repeated else set()
        elif ticket is None and not isinstance(message, commands.Open) and message not in self.network:
            self.network.append(message)  # it overtook the opening: a service tries again

    def _addressee(self, message: commands.Command) -> str:
        """Return the ticket that a message is for."""
        return next(
            life[0].ticket for life in self.given.commands if isinstance(life[0], commands.Open) and message in life
        )

    def _apply(self, worker: Worker, step: Step) -> None:
        """Apply a plan, however old; some plans are applied twice, some are lost."""
        plan = worker.plans[step.which % len(worker.plans)]
        if step.amount % 3:
            worker.plans.remove(plan)
        ticket = self.ticket(str(plan.ticket))
        assert ticket is not None
        decision = apply(ticket, plan)
        if isinstance(decision, Accepted):
            worker.writes.append(Write(ticket.id, ticket.version, decision.entries))
            self.seen |= {"plan twice"} if decision.is_repeated else set()
        else:
            self.seen.add("stale plan")

    def _commit(self, write: Write) -> None:
        """Store a write if nothing else was stored since it was decided, and check the ticket."""
        stored = self.store.get(write.ticket, ())
        if len(stored) != write.version:
            self.seen.add("conflict")
            if write.message is not None and write.message not in self.network:
                self.network.append(write.message)
            return
        self.store[write.ticket] = (*stored, *write.entries)
        self.outbox += [
            entry.id for entry in write.entries if any(isinstance(e, MessageRequested) for e in entry.events)
        ]
        self._check_ticket(write.ticket)

    def _crash(self, worker: Worker) -> None:
        """Lose what a worker has in memory; the network delivers again what it had not acknowledged."""
        self.seen |= {"lost write"} if worker.writes else set()
        lost = [write.message for write in worker.writes if write.message is not None]
        self.network += [message for message in lost if message not in self.network]
        worker.plans, worker.writes = [], []

    def _drain(self) -> None:
        """Deliver and store all that is left, in order, without faults."""
        for worker in self.workers:
            self._crash(worker)
        worker = self.workers[0]
        worker.rules = self.given.rules[0]
        for life in self.unsent:
            self.network += life
        order = {id(message): number for life in self.given.commands for number, message in enumerate(life)}
        for message in sorted(self.network, key=lambda each: order[id(each)]):
            self.network = [message]
            self._receive(worker, Step("receive", 0, 0, 1))
            while worker.writes:
                self._commit(worker.writes.pop(0))

    def _check_ticket(self, name: str) -> None:
        """Check what must hold after every write."""
        entries = self.store[name]
        ticket = replay(entries)
        _check([entry.sequence for entry in entries] == list(range(len(entries))), "entries are numbered")
        _check(all(earlier.at <= later.at for earlier, later in pairwise(entries)), "instants never decrease")
        keys = [entry.cause.key for entry in entries if isinstance(entry.cause, ByRule)]
        _check(len(keys) == len(set(keys)), "no key fires twice")
        taken = [e.cause.event_id for e in entries if isinstance(e.cause, ByCommand) and e.cause.event_id is not None]
        _check(len(taken) == len(set(taken)), "no delivery is taken twice")
        _check(len({entry.id for entry in entries}) == len(entries), "entry ids differ")
        _check(len(self.outbox) == len(set(self.outbox)), "no message is requested twice")
        closing = next((n for n, entry in enumerate(entries) if _closes(entry)), len(entries))
        after = entries[closing + 1 :]
        _check(all(entry.is_automatic and not changes_ticket(entry) for entry in after), "closed is closed")
        _check(ticket.version == len(entries), "the version counts the entries")

    def _check_end(self, name: str) -> None:
        """Check that a ticket equals the unpolled replay of its commands at their effective instants."""
        self._check_ticket(name)
        if len(self.given.rules) > 1:
            return
        rules = self.given.rules[0]
        (life,) = [
            each for each in self.given.commands if isinstance(each[0], commands.Open) and each[0].ticket == name
        ]
        given = {command.event_id: command for command in life}
        stored = replay(self.store[name])
        unpolled: Ticket | None = None
        for entry in stored.history:
            if isinstance(entry.cause, ByCommand):
                command = attrs.evolve(given[entry.cause.event_id], at=entry.at)
                unpolled = handle(unpolled, command, rules).unwrap().ticket
        assert unpolled is not None
        end = max(stored.changed_at, unpolled.changed_at) + timedelta(days=3)
        ours, theirs = advance(end, stored, rules), advance(end, unpolled, rules)
        _check(_plain(ours) == _plain(theirs), "the end equals the unpolled replay")
        self.seen |= {"fired"} if any(isinstance(entry.cause, ByRule) for entry in ours.history) else set()


def _closes(entry: Entry) -> bool:
    return any(isinstance(event, StateChanged) and event.category == "closed" for event in entry.events)


def _plain(ticket: Ticket) -> list[tuple[object, ...]]:
    """Return a ticket's story without the instants that senders claimed."""
    return story(replay(attrs.evolve(entry, occurred_at=None) for entry in ticket.history))


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise BrokenInvariantError(what)


def run(given: Scenario) -> set[str]:
    """Run a scenario and return what it contained, by name.

    Raises:
        BrokenInvariantError: an invariant did not hold, or what is stored is not a history.
    """
    service = Service(given)
    try:
        service.run()
    except HistoryError as error:
        raise BrokenInvariantError(f"what is stored is a history: {error}") from error
    return service.seen


def shrink(given: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """Return the scenario with as few steps as still fail."""
    size = len(given.steps) // 2
    while size:
        for start in range(0, len(given.steps), size):
            fewer = attrs.evolve(given, steps=given.steps[:start] + given.steps[start + size :])
            if fails(fewer):
                return shrink(fewer, fails)
        size //= 2
    return given


def is_broken(given: Scenario) -> bool:
    """Return whether a scenario breaks an invariant."""
    try:
        run(given)
    except BrokenInvariantError:
        return True
    return False


def run_seeds(seeds: Iterable[int]) -> Sequence[set[str]]:
    """Run the scenarios of seeds; a failure names its seed and its shortest steps."""
    found = []
    for seed in seeds:
        given = scenario(seed, swaps=seed % 3 == 0)
        try:
            found.append(run(given))
        except BrokenInvariantError as error:
            steps = "\n".join(map(str, shrink(given, is_broken).steps))
            raise BrokenInvariantError(f"seed {seed}: {error}; the shortest steps that fail:\n{steps}") from error
    return found
