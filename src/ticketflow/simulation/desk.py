"""The event loop: a desk with many tickets that jumps from one instant at which something happens to the next."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import chain, count
from random import Random  # noqa: TID251 -- only its type; `stream` makes them
from types import MappingProxyType

from ticketflow.engine.decisions import Decision, Refused
from ticketflow.engine.plans import Touched
from ticketflow.engine.program import ready
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.kernel.instants import DAY, MICROSECOND, SECOND, to_utc
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules
from ticketflow.simulation.many_tickets import Tickets
from ticketflow.simulation.randomness import Seed, check_seed, stream
from ticketflow.tickets import commands
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.validation import condition_problems

Which = conditions.Condition | Callable[[Ticket], bool]
"""A condition of rules, or a function of a ticket."""

_MOST_STEPS, _MOST_STEPS_OF_TICKET = 1_000, 100
"""How many calls and rules can follow each other within a second."""

Progress = Callable[[int, int], object]
"""A function that is called with what is done and the total, in days or runs."""


def check_function(value: object, name: str) -> None:
    """Check that an argument is a function.

    Raises:
        BadValueError: It is not.
    """
    if not callable(value):
        raise BadValueError(f"{name} is {value!r:.200}", "give a function")


class SimulatedDesk:
    """Tickets, a clock, and calls that are planned for later. Behaviors act on it.

    A behavior is a function of the desk. It is called once at the start: it plans calls (`at`, `after`) and watches
    tickets (`watch`). Calls give commands (`give`).

    At one instant, calls come first, in the order of their keys and then in the order in which they were planned. Then
    the rules fire (docs/semantics.md 3.8). Watchers see what rules did a microsecond later, so commands in answer to it
    come after it.

    Args:
        rules: The rule set.
        start: The instant at which the simulation begins; aware.
        seed: The seed of all random numbers.
        tickets: The tickets at the start.

    Attributes:
        now: The present instant, in UTC.
        seed: The seed.
        rules: The rule set.
        tickets: The tickets by their ids, as they are now.
        taken: The ids of the tickets on which agents work now.
        refusals: The number of commands that were refused.
        refused: How often commands were refused, by refusal code. A refusal can have several codes.

    Raises:
        NaiveDatetimeError: *start* has no time zone.
        BadValueError: An argument has the wrong type.

    >>> from datetime import UTC
    >>> from ticketflow import Actor
    >>> from ticketflow.presets.servicenow import servicenow
    >>> ada = Actor("agent", "ada")
    >>> desk = SimulatedDesk(servicenow(), datetime(2026, 11, 19, 12, tzinfo=UTC))
    >>> def solve():
    ...     desk.give(commands.Move("to_resolved", at=desk.now, by=ada), "T-1")
    >>> opened = desk.give(commands.Open("T-1", at=desk.now, by=ada))
    >>> desk.after(timedelta(hours=3), solve)
    >>> desk.run(datetime(2026, 12, 19, tzinfo=UTC))
    >>> desk.tickets["T-1"].state, desk.tickets["T-1"].changed_at.isoformat()
    ('closed', '2026-11-24T15:00:00+00:00')
    """

    def __init__(self, rules: Rules, start: datetime, seed: Seed | Random = 0, tickets: Iterable[Ticket] = ()) -> None:
        self.now = to_utc(start, "start")
        self.seed = check_seed(seed)
        self.rules = rules
        self.taken: set[str] = set()
        self.refusals = 0
        self.refused: Counter[str] = Counter()
        self._kept = Tickets(rules, tickets, self._note)
        self.tickets: Mapping[str, Ticket] = MappingProxyType(self._kept)
        self._calls: list[tuple[datetime, str, int, Callable[[], object]]] = []
        self._numbers = count()
        self._pending: Counter[str] = Counter()
        self._watchers: list[Callable[[Touched], object]] = []
        self._changes: deque[Touched] = deque()
        self._is_telling = False
        self._is_firing = False
        self._second = self.now
        self._steps = 0
        self._names: set[str] = set()

    def random(self, *names: str | int) -> Random:
        """Return the stream of random numbers for these names, such as the id of a ticket and that of a behavior."""
        return stream(self.seed, *names)

    def new_name(self, name: str) -> str:
        """Return a name that no other behavior has: *name*, or *name* with a number behind it."""
        numbered = (f"{name}{number}" for number in count(2))
        found = next(each for each in chain((name,), numbered) if each not in self._names)
        self._names.add(found)
        return found

    def at(self, instant: datetime, call: Callable[[], object], key: str = "") -> None:
        """Plan a call.

        Args:
            instant: The instant of the call; aware, and not in the past.
            call: The function to call.
            key: The id of the ticket that it is about, or another text that orders the calls of one instant.

        Raises:
            NaiveDatetimeError: *instant* has no time zone.
            BadValueError: *instant* is in the past.
        """
        due = to_utc(instant, "instant")
        if due < self.now:
            raise BadValueError(f"instant {due.isoformat()} is before the present {self.now.isoformat()}", "plan ahead")
        self._pending[key] += 1
        heappush(self._calls, (due, key, next(self._numbers), call))

    def after(self, delay: timedelta, call: Callable[[], object], key: str = "") -> None:
        """Plan a call some time from now; otherwise the same as `at`. One after the year 9999 never comes."""
        check_argument(delay, timedelta, "delay")
        try:
            instant = self.now + delay
        except OverflowError:
            return
        self.at(instant, call, key)

    def watch(self, watcher: Callable[[Touched], object]) -> None:
        """Call a function with each ticket that changes from now on, and its new entries."""
        self._watchers.append(watcher)

    def test(self, which: Which) -> Callable[[Ticket], bool]:
        """Return a function that says whether a ticket is one of those that *which* describes.

        Raises:
            BadValueError: *which* is neither a condition nor a function.
            DefinitionError: The condition names something that the workflow does not have.
        """
        if isinstance(which, conditions.Condition):
            problems = tuple(condition_problems(self.rules.workflow, "the condition", which, of_rules=True))
            if problems:
                raise DefinitionError(problems)
            return ready(which, self.rules).holds_for
        if not callable(which):
            raise BadValueError(f"{which!r:.200} selects no tickets", "give a condition or a function of a ticket")
        return which

    def give(self, command: commands.Command, ticket: str | None = None) -> Decision:
        """Give a command to a ticket now, and return the decision.

        Args:
            command: The command. Its instant is the present one (`now`).
            ticket: The id of the ticket; None for `commands.Open`.

        Raises:
            BadValueError: The command has another instant, there is no such ticket, or *command* is not a command.
        """
        commands.check_command(command)
        if command.at != self.now:
            raise BadValueError(
                f"the command is of {command.at.isoformat()} and the present is {self.now.isoformat()}",
                "give it at=desk.now",
            )
        decision = self._kept.give(command, ticket)
        if isinstance(decision, Refused):
            self.refusals += 1
            self.refused.update(decision.kinds)
        self._tell()
        return decision

    def release(self, ticket: str) -> None:
        """Take a ticket out of the hands of an agent. The watchers see it again."""
        self.taken.discard(ticket)
        self._changes.append(Touched(self.tickets[ticket], ()))
        self._tell()

    def run(self, until: datetime, progress: Progress | None = None) -> None:
        """Carry out everything that happens until an instant, that instant included.

        Running to one instant and then to a later one is the same as running to the later one at once. If rules fire at
        the very end, the present is a microsecond later.

        Args:
            until: The instant; aware, and not in the past.
            progress: A function that is called each simulated day with the number of days that are done, and of all.

        Raises:
            NaiveDatetimeError: *until* has no time zone.
            BadValueError: *until* is in the past, *progress* is not a function, or calls follow each other without end
                while no time passes.
        """
        if progress is not None:
            check_function(progress, "progress")
        start, end = self.now, to_utc(until, "until")
        if end < start:
            raise BadValueError(f"until is {end.isoformat()}, before the present {start.isoformat()}", "run forward")
        days, done = -(-(end - start) // DAY), 0
        while self._step(end):
            self._check_that_time_passes()
            if progress is not None and (self.now - start) // DAY > done:
                done = (self.now - start) // DAY
                progress(done, days)
        if progress is not None:
            progress(days, days)
        self.now = max(self.now, end)

    def _step(self, end: datetime) -> bool:
        """Carry out what happens next; return False if nothing does by *end*."""
        call_at, due_at = self._calls[0][0] if self._calls else None, self._kept.next_due
        if call_at is not None and call_at <= end and (due_at is None or call_at <= due_at):
            _, key, _, call = heappop(self._calls)
            self.now = max(self.now, call_at)
            self._pending[key] -= 1
            if not self._pending[key]:
                del self._pending[key]
            call()
            return True
        if due_at is None or due_at > end:
            return False
        self.now = max(self.now, due_at)  # tickets at the start may be overdue
        self._is_firing = True
        self._kept.carry_out(due_at)
        self._is_firing = False
        self.now += MICROSECOND
        return True

    def _check_that_time_passes(self) -> None:
        """Refuse calls and rules that go on without end within a second."""
        if self.now - self._second >= SECOND:
            self._second, self._steps = self.now, 0
        self._steps += 1
        if self._steps > _MOST_STEPS + _MOST_STEPS_OF_TICKET * len(self.tickets):
            raise BadValueError(
                f"no time passes: {self._steps} calls and rules follow each other at {self.now.isoformat()}",
                "let behaviors take some time",
            )

    def forget(self, ticket: str) -> bool:
        """Drop a closed ticket, so that it takes no more memory, unless something can still happen to it.

        Returns:
            False if something is due on it, a call with its id as the key is planned, or an agent works on it.
        """
        if ticket in self._pending or ticket in self.taken:
            return False
        return self._kept.forget(ticket)

    def _note(self, touched: Touched) -> None:
        """Remember a change for the watchers."""
        if not self._watchers:
            return
        if self._is_firing:
            self.at(self.now + MICROSECOND, partial(self._tell_of, touched), touched.ticket.id)
        else:
            self._changes.append(touched)

    def _tell_of(self, touched: Touched) -> None:
        self._changes.append(touched)
        self._tell()

    def _tell(self) -> None:
        """Call the watchers with the changes that they have not seen, oldest first."""
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._changes:
                touched = self._changes.popleft()
                for watcher in self._watchers:
                    watcher(touched)
        finally:
            self._is_telling = False
