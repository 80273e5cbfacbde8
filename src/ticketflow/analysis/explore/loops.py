"""Findings about loops: rules that trigger each other without end, and message storms.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from ticketflow.analysis.explore.search import Exploration, Node, rule_of
from ticketflow.analysis.findings import Finding, Witness, make_finding
from ticketflow.engine.planning import advance, next_due
from ticketflow.kernel.instants import DAY, ZERO
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket, changes_ticket

ROUNDS = 3
"""How often the witness of a loop repeats it."""

MANY = 100
"""The most messages in `QUIET` that are not a storm."""

QUIET = 30 * DAY
"""The time without commands in which messages are counted."""

_LONGEST = 1_000  # time steps to follow from one node


def loop_findings(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each group of rules that trigger each other without end, at one instant or over time.

    Rules that only send messages are not in a loop, because they do not change the ticket.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(loop_findings(explore(servicenow())))
    []
    """
    known = set[tuple[str, ...]]()
    for rules, how, given, until in chain(_halted(exploration), _recurring(exploration)):
        if rules not in known:
            known.add(rules)
            yield _feeds_itself(rules, how, exploration.witness(given, until))


def _feeds_itself(rules: tuple[str, ...], how: str, witness: Witness) -> Finding:
    names = " and ".join(repr(rule) for rule in rules)
    what = f"{names} would act without end {how} while nobody acts"
    fix = "let one of them wait for a person, or give it a condition that its own action makes false"
    return make_finding("feeds_itself", ("automations", *rules), what, fix, witness=witness)


_Loop = tuple[tuple[str, ...], str, tuple[commands.Command, ...], datetime]


def _halted(exploration: Exploration) -> Iterator[_Loop]:
    """Yield the rules that a bound halted."""
    for step in exploration.steps:
        for entry in step.entries:
            for event in entry.events:
                if isinstance(event, events.RulesHalted):
                    yield event.rules, "at one instant", exploration.commands_of(step), step.at


def _recurring(exploration: Exploration) -> Iterator[_Loop]:
    """Yield the rules that change a ticket and bring it back to the same configuration over time."""
    for cycle in _cycles(exploration):
        rules = tuple(sorted(_changing(entry for number in cycle for entry in exploration.time_edges[number].entries)))
        first = exploration.nodes[min(cycle)]
        exploration.budget.spend(exploration.engine_step * len(cycle) * ROUNDS)
        until, seen = _repeat(first.ticket, len(cycle) * ROUNDS, exploration.rules)
        if rules and all(seen[rule] >= ROUNDS for rule in rules):  # with calendars, configurations are approximate
            yield rules, "as time passes", exploration.path_to(first.number), until


def _changing(entries: Iterable[events.Entry]) -> Counter[str]:
    """Return how often each rule changed the ticket."""
    return Counter(rule for entry in entries if changes_ticket(entry) and (rule := rule_of(entry)))


def _cycles(exploration: Exploration) -> Iterator[list[int]]:
    """Yield the cycles of time steps as lists of node numbers. Each node has at most one time step."""
    walked = set[int]()
    for start in exploration.time_edges:
        path, number = dict[int, None](), start
        while number in exploration.time_edges and number not in walked:
            walked.add(number)
            path[number] = None
            number = exploration.time_edges[number].target
        if number in path:
            numbers = list(path)
            yield numbers[numbers.index(number) :]


def _repeat(ticket: Ticket, times: int, rules: Rules) -> tuple[datetime, Counter[str]]:
    """Let time pass *times* due instants; return the instant, and how often each rule changed the ticket."""
    after = ticket
    for _ in range(times):
        due = next_due(after, rules)
        after = advance(due, after, rules) if due else after
    return after.changed_at, _changing(after.history.after(ticket.version))


def storm_findings(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each rule that sends more than `MANY` messages within `QUIET` while nobody acts.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(storm_findings(explore(servicenow())))
    []
    """
    known = set[str]()
    messages = {number: _sent(step.entries) for number, step in exploration.time_edges.items()}
    totals = {number: each.total() for number, each in messages.items()}
    for node in exploration.nodes:
        seen = _storm_path(node, exploration, totals)
        exploration.budget.spend(1 + len(seen))
        rule = _most(sum((messages[number] for number in seen), Counter[str]())) if seen else None
        if rule is None or rule in known:
            continue
        known.add(rule)
        exploration.budget.spend(exploration.engine_step * MANY)
        until, sent = _count_messages(node.ticket, exploration.rules)
        if sent.total() > MANY:  # with calendars, configurations are approximate
            yield _storm(_most(sent), exploration.witness(exploration.path_to(node.number), until))


def _storm(rule: str, witness: Witness) -> Finding:
    count, begun = witness.steps.count(rule), witness.commands[-1].at
    what = f"{rule!r} sends {count} messages in {witness.until - begun} while nobody acts"
    fix = "limit the number of messages, or send them less often"
    return make_finding("message_storm", ("automations", rule), what, fix, witness=witness)


def _most(sent: Counter[str]) -> str:
    """Return the rule that sends the most messages, the first by id if there are several."""
    return min(sent, key=lambda rule: (-sent[rule], rule))


def _storm_path(node: Node, exploration: Exploration, counts: dict[int, int]) -> list[int]:
    """Return the nodes on the time steps from *node* until more than `MANY` messages; [] if `QUIET` passes first."""
    number, spent, count, path = node.number, ZERO, 0, list[int]()
    while number in counts and len(path) < _LONGEST:
        step = exploration.time_edges[number]
        spent += step.at - exploration.nodes[number].ticket.changed_at
        if spent > QUIET:
            break
        path.append(number)
        count += counts[number]
        if count > MANY:
            return path
        number = step.target
    return []


def _sent(entries: Iterable[events.Entry]) -> Counter[str]:
    """Return how many messages each rule requests."""
    each = ((rule_of(entry), event) for entry in entries for event in entry.events)
    return Counter(rule for rule, event in each if rule and isinstance(event, events.MessageRequested))


def _count_messages(ticket: Ticket, rules: Rules) -> tuple[datetime, Counter[str]]:
    """Let time pass until more than `MANY` messages or `QUIET`; return the instant, and the messages of each rule."""
    end, after, sent = ticket.changed_at + QUIET, ticket, Counter[str]()
    while sent.total() <= MANY and (due := next_due(after, rules)) and due <= end:
        version, after = after.version, advance(due, after, rules)
        sent += _sent(after.history.after(version))
    return after.changed_at, sent
