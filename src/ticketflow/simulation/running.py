"""Run a scenario: rules, and the behaviors of people, from one instant to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from random import Random  # noqa: TID251 -- only its type; `stream` makes them

import attrs

from ticketflow.engine.plans import Touched
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import ZERO, to_utc
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.simulation.desk import Progress, SimulatedDesk
from ticketflow.simulation.outcomes import Measures, Outcome, measure, outcome
from ticketflow.simulation.randomness import Seed, check_seed
from ticketflow.tickets.ticket import Ticket

Behavior = Callable[[SimulatedDesk], object]
"""A function of the desk that is called once at the start: `Arrivals`, `Agents`, `Customers`, or one of your own."""


def _rules(value: Rules) -> Rules:
    check_rules(value)
    return value


def _behaviors(value: Iterable[Behavior]) -> tuple[Behavior, ...]:
    found = tuple(value) if isinstance(value, Iterable) else (value,)
    for each in found:
        if not callable(each):
            raise BadValueError(f"behavior {each!r:.200} is not a function", "give functions of the desk")
    return found


def _tickets(value: Iterable[Ticket]) -> tuple[Ticket, ...]:
    found = tuple(value)
    check_argument(found, tuple[Ticket, ...], "tickets")
    return found


@attrs.frozen
class Scenario:
    """Rules, and the behaviors of the people at a desk.

    Attributes:
        rules: The rule set.
        behaviors: The behaviors, such as `Arrivals`, `Agents` and `Customers`. Each is called once at the start with
            the desk (`SimulatedDesk`). In other processes, only functions of modules can be used, no lambdas.
        tickets: The tickets at the start, for example the present backlog.

    Raises:
        BadValueError: An attribute has the wrong type.
    """

    rules: Rules = attrs.field(converter=_rules)
    behaviors: tuple[Behavior, ...] = attrs.field(converter=_behaviors)
    tickets: tuple[Ticket, ...] = attrs.field(default=(), converter=_tickets)


@attrs.frozen
class Run:
    """The result of a run.

    Attributes:
        seed: The seed.
        start: The instant at which the run began, in UTC.
        until: The instant at which it ended, in UTC.
        outcomes: What became of each ticket that was opened after the warm-up, in the order of their openings.
        tickets: The tickets at the end, in the order of their openings. Empty if the run did not keep them.
        refusals: The number of commands that were refused. Those of the warm-up are included.
        refused: How often commands were refused, by refusal code. A refusal can have several codes.
    """

    seed: Seed
    start: datetime
    until: datetime
    outcomes: tuple[Outcome, ...]
    tickets: tuple[Ticket, ...]
    refusals: int
    refused: FrozenMap[str, int]

    @property
    def measures(self) -> Measures:
        """The figures of all outcomes."""
        return measure(self.outcomes, self.refusals)


def run(  # noqa: PLR0913 -- the first four say what is run, the others how
    scenario: Scenario,
    start: datetime,
    until: datetime,
    seed: Seed | Random = 0,
    *,
    warm_up: timedelta = ZERO,
    keep_tickets: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Simulate a desk from one instant to another.

    The scenario and the seed decide everything: the result is the same in every process.

    Args:
        scenario: The rules and behaviors.
        start: The instant at which the run begins; aware.
        until: The instant at which it ends; aware. What happens at that instant is included.
        seed: The seed of all random numbers; a `random.Random` gives the next one.
        warm_up: The time at the start that fills the empty desk. Tickets that are opened in it are not measured.
        keep_tickets: Whether the result has the tickets. False saves memory: a ticket is measured and dropped once it
            is closed, nothing is due on it, and no call is planned for it. A command to it is then an error.
        progress: A function that is called each simulated day with the number of days that are done, and of all.

    Raises:
        NaiveDatetimeError: An instant has no time zone.
        BadValueError: An argument has the wrong type, *until* is before *start*, or *warm_up* is negative.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> from ticketflow.simulation import Arrivals
    >>> monday = datetime(2026, 11, 23, tzinfo=UTC)
    >>> scenario = Scenario(servicenow(), [Arrivals(per_hour=2)])
    >>> found = run(scenario, monday, monday + timedelta(days=1), seed=1)
    >>> 30 < found.measures.backlog < 70, found == run(scenario, monday, monday + timedelta(days=1), seed=1)
    (True, True)
    """
    check_argument(scenario, Scenario, "scenario")
    check_argument(warm_up, timedelta, "warm_up")
    if warm_up < ZERO:
        raise BadValueError(f"warm_up is {warm_up}", "give no time or a positive one")
    chosen = check_seed(seed)
    desk = SimulatedDesk(scenario.rules, start, chosen, scenario.tickets)
    begin, end = desk.now, to_utc(until, "until")
    finished = _Finished(desk, end)
    if not keep_tickets:
        desk.watch(finished.watch)
    for behavior in scenario.behaviors:
        behavior(desk)
    desk.run(end, progress)
    finished.finish(desk.tickets.values())
    measured = (each for each in finished.outcomes if each.opened_at >= begin + warm_up or not warm_up)
    return Run(
        seed=chosen,
        start=begin,
        until=end,
        outcomes=tuple(sorted(measured, key=_order)),
        tickets=tuple(sorted(desk.tickets.values(), key=_opening_order)) if keep_tickets else (),
        refusals=desk.refusals,
        refused=FrozenMap(dict(sorted(desk.refused.items()))),
    )


def _order(each: Outcome) -> tuple[datetime, str]:
    return each.opened_at, each.ticket


def _opening_order(ticket: Ticket) -> tuple[datetime, str]:
    return ticket.history.first.at, ticket.id


_TRY_AGAIN = timedelta(days=7)


class _Finished:
    """The outcomes of tickets, some of which are dropped before the end."""

    def __init__(self, desk: SimulatedDesk, end: datetime) -> None:
        self._desk = desk
        self._end = end
        self.outcomes: list[Outcome] = []

    def watch(self, touched: Touched) -> None:
        """Look at a closed ticket again once all calls of this instant are made."""
        if touched.ticket.category == "closed":
            self._plan(ZERO, touched.ticket.id)

    def _plan(self, delay: timedelta, ticket: str) -> None:
        self._desk.after(delay, partial(self._drop, ticket), ticket)

    def _drop(self, ticket: str) -> None:
        """Measure a ticket and drop it; try again later if something may still happen to it."""
        present = self._desk.tickets[ticket]
        if self._desk.forget(ticket):
            self.finish([present])
        else:
            self._plan(_TRY_AGAIN, ticket)

    def finish(self, tickets: Iterable[Ticket]) -> None:
        """Measure tickets."""
        self.outcomes += (outcome(self._end, ticket, self._desk.rules) for ticket in tickets)
