"""What can become of a ticket: a search, breadth first, whose every step is a step of the engine.

A node is a ticket; tickets that are alike for the rules (`ticketflow.analysis.explore.equivalence`) are one node. From
each, all that can be asked of it is asked (`ticketflow.analysis.explore.inputs`): now, at the instant at which
something is due next (before it is), and when the hours begin or end that some rule minds; and time is let pass until
that something is done. So whatever is found happens when its commands are given, and the way to it is one of the
shortest.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

import attrs

from ticketflow.analysis.explore.equivalence import StateKey, StateKeys, listened_hours
from ticketflow.analysis.explore.inputs import Inputs
from ticketflow.calendars.zones import from_local, load_zone
from ticketflow.engine.decisions import Accepted, effective_at
from ticketflow.engine.handling import handle
from ticketflow.engine.planning import advance, next_due
from ticketflow.errors import BadValueError, NeverClosesError, NeverOpenError, UnknownHolidaysError
from ticketflow.kernel.instants import DAY, EPOCH
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

BUDGET = 2_000
"""How many configurations are looked at unless one says otherwise."""

_MONDAY = datetime(2026, 5, 11, 10)  # noqa: DTZ001 -- read on the wall of the desk
_AHEAD = 400 * DAY  # for how long the public holidays should be known


@attrs.frozen
class Node:
    """A ticket that there can be, the first of its kind that was found.

    Attributes:
        number: Its place in the order of finding.
        ticket: The ticket.
        before: The number of the node it came from; None for one that was opened.
        command: What was asked; None where only time passed.
    """

    number: int
    ticket: Ticket
    before: int | None
    command: commands.AnyCommand | None


@attrs.frozen
class Step:
    """What happened on the way from one node to another, which may be the same.

    Attributes:
        source: The number of the node; None for a ticket that was opened.
        target: The number of the node that the ticket then was like.
        command: What was asked; None where only time passed.
        entries: What was added to the history.
        at: The instant that was reached.
    """

    source: int | None
    target: int
    command: commands.AnyCommand | None
    entries: tuple[events.Entry, ...]
    at: datetime


@attrs.frozen
class Exploration:
    """What a search found.

    Attributes:
        rules: The rules under which tickets lived.
        start: When they were opened.
        nodes: The tickets that there can be, those with the shortest lives first.
        steps: Every step from those whose steps were tried, in the order of trying.
        time_edges: For the number of a node, the step that time alone takes from it.
        tried: How many nodes, the first ones, had every step from them tried.
    """

    rules: Rules
    start: datetime
    nodes: tuple[Node, ...]
    steps: tuple[Step, ...] = attrs.field(repr=False)
    time_edges: dict[int, Step] = attrs.field(repr=False)
    tried: int

    @property
    def is_closed(self) -> bool:
        """Whether every step from every node was tried, and none led to another."""
        return self.tried == len(self.nodes)

    def path_to(self, number: int) -> tuple[commands.AnyCommand, ...]:
        """Return what was asked of a node's ticket, from its opening on."""
        asked, node = list[commands.AnyCommand](), self.nodes[number]
        while True:
            asked += [node.command] if node.command else []
            if node.before is None:
                return tuple(reversed(asked))
            node = self.nodes[node.before]

    def asked(self, step: Step) -> tuple[commands.AnyCommand, ...]:
        """Return what was asked of a ticket from its opening on, that of a step included."""
        before = () if step.source is None else self.path_to(step.source)
        return (*before, step.command) if step.command else before

    def ticket_before(self, step: Step) -> Ticket | None:
        """Return the ticket that a step was taken with; None for one that was opened by it."""
        return None if step.source is None else self.nodes[step.source].ticket

    @property
    def searched(self) -> str:
        """What was looked at, in words."""
        since = f"what tickets opened at {self.start.isoformat()} can become"
        if self.is_closed:
            return f"closed: all {len(self.nodes)} configurations of {since}"
        return f"not closed: {len(self.nodes)} configurations of {since}, and there are more"


def explore(rules: Rules, budget: int = BUDGET) -> Exploration:
    """Return what can become of a ticket under *rules*.

    The same rules and budget give the same answer, always.

    Args:
        rules: The definition of the desk.
        budget: How many configurations to look at; at the first one more, the search stops.

    Raises:
        BadValueError: the budget is no whole number from 1 on.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> make_finding = explore(servicenow())
    >>> found.is_closed, sorted({node.ticket.state for node in found.nodes})[:3], len(explore(servicenow(), 3).nodes)
    (True, ['active', 'awaiting_evidence', 'awaiting_problem'], 3)
    """
    if type(budget) is not int or budget < 1:
        raise BadValueError(f"budget {budget!r}", "give a whole number from 1 on")
    return _Search(rules, budget).run()


def rule_of(entry: events.Entry) -> str | None:
    """Return the rule that made an entry; None if none did."""
    return entry.cause.key.rule if isinstance(entry.cause, events.ByRule) else None


def was_given(entry: events.Entry) -> bool:
    """Return whether what an entry tells of was carried out, and neither dropped nor superseded."""
    return not any(isinstance(event, events.Superseded | events.Dropped) for event in entry.events)


def begins_at(rules: Rules) -> datetime:
    """Return when tickets are opened: at ten on a Monday, on the wall of the desk, where the holidays are known.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> begins_at(servicenow()).isoformat()
    '2026-05-11T10:00:00+00:00'
    """
    calendar = rules.calendars.get("default") or rules.calendars[min(rules.calendars)]
    zone = load_zone(calendar.zone)
    usual = from_local(_MONDAY, zone)
    known_from = max(each.limits[0] for each in rules.calendars.values())
    if known_from <= usual - EPOCH and usual + _AHEAD < rules.known_before:
        return usual
    first = max(known_from, timedelta()) // (7 * DAY) + 1
    return from_local(datetime(1970, 1, 5, 10) + first * 7 * DAY, zone)  # noqa: DTZ001 -- a Monday, on the wall


class _Full(Exception):  # noqa: N818 -- no error: the search has used up what it was given
    """There is one configuration more than there may be."""


class _Search:
    """A search on its way."""

    def __init__(self, rules: Rules, budget: int) -> None:
        self.rules = rules
        self.budget = budget
        self.moves = Inputs(rules)
        self.alike = StateKeys(rules)
        self.hours = {name: rules.calendars[name] for name in sorted(listened_hours(rules))}
        self.numbers: dict[StateKey, int] = {}
        self.nodes: list[Node] = []
        self.steps: list[Step] = []
        self.time_edges: dict[int, Step] = {}

    def run(self) -> Exploration:
        start, tried = begins_at(self.rules), 0
        try:
            for opening in self.moves.openings(start):
                self.ask(None, opening)
            for node in self.nodes:  # which grows while it is walked
                self.expand(node)
                tried += 1
        except _Full:
            pass
        return Exploration(self.rules, start, tuple(self.nodes), tuple(self.steps), self.time_edges, tried)

    def expand(self, node: Node) -> None:
        """Try every step from a node."""
        ticket = node.ticket
        now, due = effective_at(ticket, ticket.changed_at), next_due(ticket, self.rules)
        for command in self.moves.on(ticket, now):
            self.ask(node, command)
        if due is not None:
            self.time_edges[node.number] = self.reach(node, None, advance(due, ticket, self.rules))
        later = {at for at in chain((due,), self.switches(now)) if at and now < at and (due is None or at <= due)}
        for at in sorted(later):
            for command in self.moves.urgent(ticket, at):
                self.ask(node, command)

    def switches(self, now: datetime) -> Iterator[datetime]:
        """Yield when the hours begin or end next that some reaction minds."""
        for name, calendar in tuple(self.hours.items()):
            try:
                yield calendar.next_close(now) if calendar.is_open(now) else calendar.next_open(now)
            except (NeverOpenError, NeverClosesError):
                del self.hours[name]  # so it will be from each later instant on, and finding that out is dear
            except UnknownHolidaysError:
                continue

    def ask(self, node: Node | None, command: commands.AnyCommand) -> None:
        """Give a command to a node's ticket, and keep what came of it if it was taken."""
        decision = handle(node.ticket if node else None, command, self.rules)
        if isinstance(decision, Accepted):
            self.reach(node, command, decision.ticket)

    def reach(self, node: Node | None, command: commands.AnyCommand | None, ticket: Ticket) -> Step:
        number = self.number(node, command, ticket)
        added = ticket.history.after(node.ticket.version if node else 0)
        step = Step(node.number if node else None, number, command, added, ticket.changed_at)
        self.steps.append(step)
        return step

    def number(self, node: Node | None, command: commands.AnyCommand | None, ticket: Ticket) -> int:
        """Return the number of the node that *ticket* is like, which may be new."""
        like = self.alike.of(ticket)
        known = self.numbers.get(like)
        if known is not None:
            return known
        if len(self.nodes) == self.budget:
            raise _Full
        number = self.numbers[like] = len(self.nodes)
        self.nodes.append(Node(number, ticket, node.number if node else None, command))
        return number
