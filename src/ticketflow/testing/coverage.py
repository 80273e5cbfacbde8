"""Which parts of a rule set tickets have exercised: rules, rungs, transitions, refusals and outcomes of clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Literal, get_args

import attrs

from ticketflow.engine.refusals import REFUSAL_CODES
from ticketflow.errors import BadValueError, UnknownHolidaysError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.automations import Ladder
from ticketflow.rules.ruleset import Rules, all_automations, check_rules
from ticketflow.service.simulation import Refusal
from ticketflow.sla.reading import read_all
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.definition import Transition, Workflow

PartName = Literal["rules", "rungs", "transitions", "clocks", "refusals"]
"""The parts of a rule set that coverage counts."""

_CLOCK = "sla."
"""What the ids of the rules that record warnings and breaches of clocks begin with."""


@attrs.frozen
class Part:
    """What was exercised of one part of a rule set.

    Attributes:
        counts: For each item, how often it was exercised; 0 for one that was not.
    """

    counts: FrozenMap[str, int]

    def __add__(self, other: Part) -> Part:
        if not isinstance(other, Part):
            return NotImplemented
        return Part(FrozenMap({item: count + other.counts.get(item, 0) for item, count in self.counts.items()}))

    @property
    def seen(self) -> tuple[str, ...]:
        """The items that were exercised."""
        return tuple(item for item, count in self.counts.items() if count)

    @property
    def missing(self) -> tuple[str, ...]:
        """The items that were not exercised."""
        return tuple(item for item, count in self.counts.items() if not count)

    @property
    def percent(self) -> int:
        """The share of the exercised items, rounded down; 100 if there are no items."""
        return 100 * len(self.seen) // len(self.counts) if self.counts else 100


@attrs.frozen
class Coverage:
    """Which parts of a rule set were exercised. Its text is a report.

    Coverages of the same rule set can be added.

    Attributes:
        name: The name of the rule set.
        digest: Its digest.
        tickets: The number of tickets.
        rules: The rules that can fire, by id. An occurrence counts if it was carried out, and neither dropped nor
            superseded. The rules that record warnings and breaches of clocks are under *clocks*.
        rungs: The rungs of ladders, each with its number from 1.
        transitions: The transitions between states that are enabled.
        clocks: The outcomes of each clock: met, breached, and each of its warnings.
        refusals: The codes of refusals. A history has no refused commands, so they come from elsewhere.
    """

    name: str
    digest: str
    tickets: int
    rules: Part
    rungs: Part
    transitions: Part
    clocks: Part
    refusals: Part

    @property
    def is_complete(self) -> bool:
        """True if all rules, rungs, transitions and outcomes of clocks were exercised."""
        return not any((self.rules.missing, self.rungs.missing, self.transitions.missing, self.clocks.missing))

    def __add__(self, other: Coverage) -> Coverage:
        if not isinstance(other, Coverage):
            return NotImplemented
        if other.digest != self.digest:
            what = f"the coverages are of two rule sets, {self.name!r} and {other.name!r}"
            raise BadValueError(what, "add coverages of the same rule set")
        parts = {name: getattr(self, name) + getattr(other, name) for name in get_args(PartName)}
        return Coverage(self.name, self.digest, self.tickets + other.tickets, **parts)

    def __str__(self) -> str:
        count = "1 ticket" if self.tickets == 1 else f"{self.tickets} tickets"
        return "\n".join((f"coverage of rule set {self.name!r} by {count}", *self._lines()))

    def _lines(self) -> Iterator[str]:
        for name in get_args(PartName):
            part: Part = getattr(self, name)
            line = f"  {name:<11} {len(part.seen):>3} of {len(part.counts)}"
            if name == "refusals":
                yield f"{line}, seen: {', '.join(part.seen) or 'none'}"
            else:
                yield f"{line}, {part.percent} %"
                yield from (f"    missing: {item}" for item in part.missing)


def coverage_of(tickets: Iterable[Ticket], rules: Rules, refusals: Iterable[Refusal] = ()) -> Coverage:
    """Return which parts of a rule set tickets have exercised.

    Args:
        tickets: The tickets, for example those of a log, in any order. They may have been decided under other rules;
            parts are known by their names.
        rules: The rule set.
        refusals: Commands that were refused, for example `Simulation.refusals`.

    Raises:
        BadValueError: An argument has the wrong type.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> from ticketflow.testing.desk import Desk
    >>> desk = Desk(servicenow(), at="2026-11-19 12:00")
    >>> opened, solved = desk.customer.opens("printer"), desk.agent("ana").moves("to_resolved")
    >>> coverage_of(desk.tickets, servicenow()).rules.missing
    ('close-resolved',)
    """
    check_rules(rules)
    wanted = _items(rules)
    found: dict[PartName, Counter[str]] = {name: Counter() for name in wanted}
    number = 0
    for ticket in items_of(tickets, Ticket, "tickets"):
        number += 1
        found["clocks"].update(_clocks_met(ticket, rules))
        for entry in ticket.history:
            for part, item in _exercised(entry, rules):
                found[part][item] += 1
    for refusal in items_of(refusals, Refusal, "refusals"):
        found["refusals"].update(refusal.refused.kinds)
    parts = {name: Part(FrozenMap({item: found[name][item] for item in items})) for name, items in wanted.items()}
    return Coverage(rules.name, rules.digest, number, **parts)


def _items(rules: Rules) -> Mapping[PartName, tuple[str, ...]]:
    """Return everything that there is to exercise."""
    firing = [rule for rule in all_automations(rules) if rule.is_enabled]
    ladders = [rule for rule in firing if isinstance(rule, Ladder)]
    recorded = [rule.id.removeprefix(_CLOCK) for rule in firing if rule.id.startswith(_CLOCK)]
    return {
        "rules": tuple(rule.id for rule in firing if not rule.id.startswith(_CLOCK)),
        "rungs": tuple(_rung(each, number) for each in ladders for number in range(len(each.rungs))),
        "transitions": tuple(dict.fromkeys(_transition(row) for row in _enabled(rules.workflow))),
        "clocks": (*(_met(policy.name) for policy in rules.clocks), *recorded),
        "refusals": tuple(REFUSAL_CODES),
    }


def _enabled(workflow: Workflow) -> Iterator[Transition]:
    enabled = {state.name for state in workflow.states if state.is_enabled}
    return (row for row in workflow.transitions if row.target in enabled and row.sources & enabled)


def _rung(ladder: Ladder, number: int) -> str:
    return f"{ladder.id} {number + 1}: {ladder.rungs[number].after}"


def _transition(row: Transition) -> str:
    return f"{row.name}: {', '.join(sorted(row.sources))} -> {row.target}"


def _met(clock: str) -> str:
    return f"{clock}.met"


def _exercised(entry: events.Entry, rules: Rules) -> Iterator[tuple[PartName, str]]:
    """Yield what an entry of a history exercised."""
    cause = entry.cause
    passed_over = any(isinstance(event, events.Dropped | events.Superseded) for event in entry.events)
    if isinstance(cause, events.ByRule) and not passed_over:
        rule, occurrence = cause.key.rule, cause.key.occurrence
        yield "rules", rule
        yield "clocks", rule.removeprefix(_CLOCK)
        ladder = next((each for each in rules.automations if each.id == rule), None)
        if isinstance(ladder, Ladder) and occurrence < len(ladder.rungs):
            yield "rungs", _rung(ladder, occurrence)
    for event in entry.events:
        if isinstance(event, events.StateChanged):
            row = rules.workflow.row_between(event.transition, event.before, event.after)
            if row is not None:
                yield "transitions", _transition(row)


def _clocks_met(ticket: Ticket, rules: Rules) -> Iterator[str]:
    """Yield the outcome of each cycle that stopped in time; nothing of a clock whose holidays are not known."""
    for policy in rules.clocks:
        with suppress(UnknownHolidaysError):
            for reading in read_all(ticket.changed_at, ticket, rules.clock(policy.name)):
                yield from [_met(policy.name)] if reading.state == "met" else []
