"""Replay real histories under other rules: which tickets would have been closed, reminded or breached otherwise.

People do what they did, at the instants at which they did it. Only the rules differ. So a replay says what the rules
would have done, and not how people would have answered; for that, simulate them (`what_if`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, items_of
from ticketflow.rules.ruleset import Rules
from ticketflow.service.simulation import simulate
from ticketflow.simulation.desk import Progress, check_function
from ticketflow.simulation.outcomes import Measures, Outcome, measure, outcome
from ticketflow.simulation.recorded_commands import commands_of
from ticketflow.tickets import commands
from ticketflow.tickets.commands import Command
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class Changed:
    """What became of one ticket under two rule sets.

    Attributes:
        ticket: The ticket's id.
        before: What became of it under the rule set that the other is compared with.
        after: What became of it under the other rule set.
    """

    ticket: str
    before: Outcome
    after: Outcome


@attrs.frozen
class ReplayDifference:
    """The tickets of which something else became under other rules. A ticket can be in several lists.

    Attributes:
        scenario: The name of the rule set.
        base: The name of the rule set that it is compared with.
        closed: The tickets that are closed at another instant or by another rule, or only under one of the two.
        reminded: The tickets whose customers get messages of rules at other instants.
        breached: The tickets with another number of cycles of a clock that missed their target.
        refused: The tickets of which other commands are refused. Somebody did what is not possible under the rules, for
            example because they had closed the ticket.
    """

    scenario: str
    base: str
    closed: tuple[Changed, ...]
    reminded: tuple[Changed, ...]
    breached: tuple[Changed, ...]
    refused: tuple[Changed, ...]

    def __str__(self) -> str:
        counts = f"closed otherwise {len(self.closed)}, reminded otherwise {len(self.reminded)}"
        others = f"breached otherwise {len(self.breached)}, refused otherwise {len(self.refused)}"
        return f"{self.scenario} - {self.base}: {counts}, {others}"


@attrs.frozen
class Replay:
    """Histories under several rule sets.

    Attributes:
        outcomes: For each rule set, what became of each ticket that could be opened, in the order of the histories.
        unopened: For each rule set, the ids of the tickets that could not be opened.
    """

    outcomes: FrozenMap[str, tuple[Outcome, ...]]
    unopened: FrozenMap[str, tuple[str, ...]]

    def measures(self, scenario: str) -> Measures:
        """Return the figures under a rule set.

        Raises:
            BadValueError: There is no such rule set.
        """
        return measure(self._of(scenario))

    def difference(self, scenario: str, base: str | None = None) -> ReplayDifference:
        """Return the tickets of which something else became under a rule set. Tickets opened under both are compared.

        Args:
            scenario: The name of the rule set.
            base: The name of the rule set that it is compared with; None for the first one.

        Raises:
            BadValueError: There is no such rule set.
        """
        against = next(iter(self.outcomes)) if base is None else base
        known = {each.ticket: each for each in self._of(against)}
        pairs = [Changed(each.ticket, known[each.ticket], each) for each in self._of(scenario) if each.ticket in known]

        def differing(aspect: Callable[[Outcome], object]) -> tuple[Changed, ...]:
            return tuple(pair for pair in pairs if aspect(pair.before) != aspect(pair.after))

        return ReplayDifference(
            scenario,
            against,
            closed=differing(lambda each: (each.closed_at, each.closed_by)),
            reminded=differing(lambda each: each.reminders),
            breached=differing(lambda each: {clock: count for clock, count in each.breached.items() if count}),
            refused=differing(lambda each: (each.refused, each.refusals)),
        )

    def _of(self, scenario: str) -> tuple[Outcome, ...]:
        if scenario not in self.outcomes:
            raise BadValueError(f"rule set {scenario!r:.200} does not exist", f"there are: {', '.join(self.outcomes)}")
        return self.outcomes[scenario]


def replay_under(
    rules: Mapping[str, Rules],
    histories: Iterable[Ticket | Iterable[Command]],
    until: datetime,
    *,
    progress: Progress | None = None,
) -> Replay:
    """Replay real tickets under several rule sets.

    Args:
        rules: The rule sets by their names. The others are compared with the first one.
        histories: The tickets, of which the commands are read back (`commands_of`); or the commands to each ticket, in
            the order of their instants, of which the first one opens it.
        until: The instant at which the replays end; aware. Later commands are left out.
        progress: A function that is called after each ticket with the number of tickets that are done, and of all.

    Raises:
        NaiveDatetimeError: *until* has no time zone.
        BadValueError: An argument has the wrong type, *rules* is empty, or a history does not begin with an opening.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, Elapsed, commands
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> opened = commands.Open("T-1", at=noon, by=ada)
    >>> solved = commands.Move("to_resolved", at=noon, by=ada)
    >>> again = commands.Move("to_active", at=noon + timedelta(days=4), by=ada)
    >>> five, three = servicenow(), servicenow(close_after=Elapsed(days=3))
    >>> found = replay_under({"five": five, "three": three}, [(opened, solved, again)], noon + timedelta(days=30))
    >>> [each.after.refused for each in found.difference("three").closed]
    [('closed_for_good', 'no_such_transition')]
    """
    if not isinstance(rules, Mapping) or not rules:
        raise BadValueError(f"rules is {rules!r:.200}", "give a mapping from names to rule sets")
    for name, each in rules.items():
        check_argument(each, Rules, f"rules[{name!r}]")
    end = to_utc(until, "until")
    if not isinstance(histories, Iterable):
        raise BadValueError(f"histories is {histories!r:.200}", "give an iterable of tickets, or of their commands")
    if progress is not None:
        check_function(progress, "progress")
    given = [_checked(at, each) for at, each in enumerate(histories)]
    outcomes: dict[str, list[Outcome]] = {name: [] for name in rules}
    unopened: dict[str, list[str]] = {name: [] for name in rules}
    for done, (opening, others) in enumerate(given, 1):
        for name, each in rules.items() if opening.at <= end else ():
            found = simulate((opening, *(command for command in others if command.at <= end)), each, end)
            if found.ticket is None:
                unopened[name].append(opening.ticket)
                continue
            refused = {kind for refusal in found.refusals for kind in refusal.refused.kinds}
            became = outcome(end, found.ticket, each)
            outcomes[name].append(attrs.evolve(became, refused=tuple(sorted(refused)), refusals=len(found.refusals)))
        if progress is not None:
            progress(done, len(given))
    return Replay(
        FrozenMap({name: tuple(each) for name, each in outcomes.items()}),
        FrozenMap({name: tuple(each) for name, each in unopened.items()}),
    )


def _checked(at: int, history: Ticket | Iterable[Command]) -> tuple[commands.Open, tuple[Command, ...]]:
    """Return the opening of a history, and the other commands."""
    given = commands_of(history) if isinstance(history, Ticket) else history
    found = tuple(items_of(given, Command, f"histories[{at}]"))
    first = found[0] if found else None
    if not isinstance(first, commands.Open):
        raise BadValueError(f"histories[{at}] does not begin with an opening", "give commands.Open first")
    return first, found[1:]
