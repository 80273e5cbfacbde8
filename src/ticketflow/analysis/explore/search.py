"""A breadth-first search for the configurations that tickets can reach.

Every step is a step of the engine. Tickets with equal state keys (`ticketflow.analysis.explore.equivalence`) are one
node. From each node the search tries all relevant commands (`ticketflow.analysis.explore.inputs`) now, just before the
next due instant, and when relevant hours begin or end. It also lets time pass until the next due instant. So everything
it finds happens when the commands on the path are given, and no path is shorter.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain

import attrs

from ticketflow.analysis.explore.equivalence import StateKey, StateKeys, relevant_calendars
from ticketflow.analysis.explore.inputs import Inputs
from ticketflow.analysis.findings import Witness, make_witness
from ticketflow.analysis.steps import OutOfSteps, Steps, engine_step, steps_of_entries
from ticketflow.calendars.zones import from_local, load_zone
from ticketflow.engine.decisions import Accepted, effective_at
from ticketflow.engine.handling import handle
from ticketflow.engine.planning import advance, next_due
from ticketflow.errors import BadValueError, CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import DAY, EPOCH
from ticketflow.rules.ruleset import Rules, all_automations, known_before
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

BUDGET = 2_000
"""The default number of configurations to visit."""

_MONDAY = datetime(2026, 5, 11, 10)  # noqa: DTZ001 -- local time
_AHEAD = 400 * DAY  # the public holidays should be known for this long


@attrs.frozen
class Node:
    """A configuration, with the first ticket found in it.

    Attributes:
        number: The number in the order of discovery.
        ticket: The ticket.
        before: The number of the preceding node; None for a newly opened ticket.
        command: The command that led here; None if only time passed.
    """

    number: int
    ticket: Ticket
    before: int | None
    command: commands.Command | None


@attrs.frozen
class Step:
    """A step from one node to another, or to the same node.

    Attributes:
        source: The number of the first node; None if the step opens a ticket.
        target: The number of the second node.
        command: The command; None if only time passed.
        entries: The entries added to the history.
        at: The instant reached.
    """

    source: int | None
    target: int
    command: commands.Command | None
    entries: tuple[events.Entry, ...]
    at: datetime


@attrs.frozen
class Exploration:
    """The result of a search.

    Attributes:
        rules: The rule set.
        start: The instant at which tickets are opened.
        nodes: The nodes found, those with the shortest paths first.
        steps: The steps tried, in order.
        time_edges: The step that only lets time pass, by the number of its node.
        tried: The number of nodes, from the first, whose steps were all tried.
        budget: The budget of steps, which the search shares with the checks of what it found.
    """

    rules: Rules
    start: datetime
    nodes: tuple[Node, ...]
    steps: tuple[Step, ...] = attrs.field(repr=False)
    time_edges: dict[int, Step] = attrs.field(repr=False)
    tried: int
    budget: Steps = attrs.field(factory=Steps, eq=False, repr=False)

    @property
    def is_closed(self) -> bool:
        """Whether all steps from all nodes were tried."""
        return self.tried == len(self.nodes)

    def path_to(self, number: int) -> tuple[commands.Command, ...]:
        """Return the commands that lead to a node, from the opening on."""
        given, node = list[commands.Command](), self.nodes[number]
        while True:
            given += [node.command] if node.command else []
            if node.before is None:
                return tuple(reversed(given))
            node = self.nodes[node.before]

    def commands_of(self, step: Step) -> tuple[commands.Command, ...]:
        """Return the commands from the opening on, including the command of a step."""
        before = () if step.source is None else self.path_to(step.source)
        return (*before, step.command) if step.command else before

    def ticket_before(self, step: Step) -> Ticket | None:
        """Return the ticket before a step; None if the step opens it."""
        return None if step.source is None else self.nodes[step.source].ticket

    @cached_property
    def engine_step(self) -> int:
        """The steps that a command or a lapse of time costs."""
        return engine_step(self.rules)

    @cached_property
    def _most_added(self) -> int:
        return max((len(step.entries) for step in self.steps), default=0)

    def witness(self, given: tuple[commands.Command, ...], until: datetime) -> Witness:
        """Return the witness of a sequence of commands.

        Raises:
            OutOfSteps: The budget of steps is used up.
        """
        self.budget.spend(self.engine_step * (1 + len(given)))
        self.budget.require(steps_of_entries(self._most_added, self.rules))
        made = make_witness(given, until, self.rules)
        self.budget.spend(steps_of_entries(len(made.steps), self.rules))
        return made

    @property
    def searched(self) -> str:
        """The searched space in words."""
        since = f"tickets opened at {self.start.isoformat()}"
        if self.is_closed:
            return f"closed: all {len(self.nodes)} configurations of {since}"
        return f"not closed: {len(self.nodes)} configurations of {since}, of more"


def explore(rules: Rules, budget: int = BUDGET, steps: Steps | None = None) -> Exploration:
    """Search for the configurations that tickets can reach under *rules*.

    The result is deterministic. Tickets are opened when all rules are in force.

    Args:
        rules: The rule set.
        budget: The most configurations to visit.
        steps: The budget of steps; None for the default. The search uses four fifths of what is left of it, and leaves
            the rest for the checks of what it found.

    Raises:
        BadValueError: *budget* is not a whole number of at least 1.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> found = explore(servicenow())
    >>> found.is_closed, sorted({node.ticket.state for node in found.nodes})[:3], len(explore(servicenow(), 3).nodes)
    (True, ['active', 'awaiting_evidence', 'awaiting_problem'], 3)
    """
    if type(budget) is not int or budget < 1:
        raise BadValueError(f"budget {budget!r} is not possible", "give a whole number of at least 1")
    return _Search(_searchable(rules), budget, steps or Steps()).run()


def rule_of(entry: events.Entry) -> str | None:
    """Return the id of the rule that made an entry; None if none did."""
    return entry.cause.key.rule if isinstance(entry.cause, events.ByRule) else None


def took_effect(entry: events.Entry) -> bool:
    """Return whether an entry took effect and was neither dropped nor superseded."""
    return not any(isinstance(event, events.Superseded | events.Dropped) for event in entry.events)


def _all_in_force_from(rules: Rules) -> datetime | None:
    """Return the instant from which all rules are in force; None if they always are."""
    return max((rule.in_force_from for rule in all_automations(rules) if rule.in_force_from), default=None)


def _searchable(rules: Rules) -> Rules:
    """Return *rules*; always in force if the public holidays are not known long enough after they come into force."""
    in_force, known = _all_in_force_from(rules), known_before(rules) - EPOCH
    if in_force is None or in_force - EPOCH + 2 * _AHEAD < known:
        return rules
    always = tuple(attrs.evolve(rule, in_force_from=None) for rule in rules.automations)
    return attrs.evolve(rules, automations=always, in_force_from=None)


def start_instant(rules: Rules) -> datetime:
    """Return the instant at which tickets are opened: a Monday, 10:00 local time, with known public holidays.

    All rules are in force by then.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> start_instant(servicenow()).isoformat()
    '2026-05-11T10:00:00+00:00'
    """
    calendar = rules.calendars.get("default") or rules.calendars[min(rules.calendars)]
    zone = load_zone(calendar.zone)
    usual = from_local(_MONDAY, zone)
    in_force = _all_in_force_from(rules) or EPOCH
    known_from = max(in_force - EPOCH, *(each.limits[0] for each in rules.calendars.values()))
    if known_from <= usual - EPOCH and usual + _AHEAD < known_before(rules):
        return usual
    first = max(known_from, timedelta()) // (7 * DAY) + 1
    return from_local(datetime(1970, 1, 5, 10) + first * 7 * DAY, zone)  # noqa: DTZ001 -- a Monday in local time


class _Full(Exception):  # noqa: N818 -- not an error: the budget is used up
    """The search found one configuration more than its budget."""


class _Search:
    """A running search."""

    def __init__(self, rules: Rules, budget: int, spent: Steps) -> None:
        self.rules = rules
        self.budget = budget
        self.spent, self.most = spent, spent.used + spent.left * 4 // 5
        self.dearest = 0
        self.inputs = Inputs(rules)
        self.state_keys = StateKeys(rules)
        self.hours = {name: rules.calendars[name] for name in sorted(relevant_calendars(rules))}
        self.numbers: dict[StateKey, int] = {}
        self.nodes: list[Node] = []
        self.steps: list[Step] = []
        self.time_edges: dict[int, Step] = {}

    def run(self) -> Exploration:
        start, tried = start_instant(self.rules), 0
        try:
            for opening in self.inputs.openings(start):
                self.try_command(None, opening)
            for node in self.nodes:  # grows while it is iterated
                self.expand(node)
                tried += 1
        except _Full:
            pass
        except OutOfSteps:
            self.spent.skipped.append(f"configurations after the first {len(self.nodes)}")
        return Exploration(self.rules, start, tuple(self.nodes), tuple(self.steps), self.time_edges, tried, self.spent)

    def begin_step(self, ticket: Ticket | None) -> None:
        """Use up an engine step, if its entries are likely to fit into the budget."""
        cost = engine_step(self.rules, ticket)
        if self.spent.used + cost + self.dearest > self.most:
            raise OutOfSteps
        self.spend(cost)

    def spend(self, count: int) -> None:
        """Use up steps of the part of the budget that is for the search."""
        self.spent.spend(count)
        self.dearest = max(self.dearest, count)

    def expand(self, node: Node) -> None:
        """Try every step from a node."""
        ticket = node.ticket
        now, due = effective_at(ticket, ticket.changed_at), next_due(ticket, self.rules)
        for command in self.inputs.commands_for(ticket, now):
            self.try_command(node, command)
        self.begin_step(ticket)
        if due is not None:
            self.time_edges[node.number] = self.record(node, None, advance(due, ticket, self.rules))
        later = {
            at for at in chain((due,), self.opening_changes(now)) if at and now < at and (due is None or at <= due)
        }
        for at in sorted(later):
            for command in self.inputs.time_sensitive(ticket, at):
                self.try_command(node, command)

    def opening_changes(self, now: datetime) -> Iterator[datetime]:
        """Yield when relevant hours begin or end next."""
        for name, calendar in tuple(self.hours.items()):
            try:
                yield calendar.next_close(now) if calendar.is_open(now) else calendar.next_open(now)
            except CalendarError:
                del self.hours[name]  # this holds for all later instants, and is expensive to find out
            except UnknownHolidaysError:
                continue

    def try_command(self, node: Node | None, command: commands.Command) -> None:
        """Give a command to the ticket of a node, and record the step if it is accepted."""
        self.begin_step(node.ticket if node else None)
        decision = handle(node.ticket if node else None, command, self.rules)
        if isinstance(decision, Accepted):
            self.record(node, command, decision.ticket)

    def record(self, node: Node | None, command: commands.Command | None, ticket: Ticket) -> Step:
        number = self.number(node, command, ticket)
        added = ticket.history.after(node.ticket.version if node else 0)
        step = Step(node.number if node else None, number, command, added, ticket.changed_at)
        self.steps.append(step)
        self.spend(steps_of_entries(len(added), self.rules))  # its size is not known before
        return step

    def number(self, node: Node | None, command: commands.Command | None, ticket: Ticket) -> int:
        """Return the number of the node of *ticket*, adding the node if it is new."""
        key = self.state_keys.key_of(ticket)
        known = self.numbers.get(key)
        if known is not None:
            return known
        if len(self.nodes) == self.budget:
            raise _Full
        number = self.numbers[key] = len(self.nodes)
        self.nodes.append(Node(number, ticket, node.number if node else None, command))
        return number
