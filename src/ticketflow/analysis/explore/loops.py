"""What goes on for ever while nobody acts: rules that feed each other, and storms of messages.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from ticketflow.analysis.explore.search import Exploration, Node, rule_of
from ticketflow.analysis.findings import Finding, Witness, make_finding, witnessed
from ticketflow.engine.planning import advance, next_due
from ticketflow.kernel.instants import DAY, ZERO
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket, changes_ticket

ROUNDS = 3
"""How often the witness of a circle goes round it."""

MANY = 100
"""How many messages in `QUIET` are no storm yet."""

QUIET = 30 * DAY
"""For how long nobody acts while messages are counted."""

_LONGEST = 1_000  # steps that time alone takes, looked at from one node


def loop_findings(found: Exploration) -> Iterator[Finding]:
    """Yield the rules that feed each other, each group once: at one instant, or as time passes.

    Rules that only send are none of them: a reminder that comes round changes nothing.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(loop_findings(explore(servicenow())))
    []
    """
    known = set[tuple[str, ...]]()
    for rules, how, witness in (*_halted(found), *_coming_back(found)):
        if rules not in known:
            known.add(rules)
            yield _circle(rules, how, witness)


def _circle(rules: tuple[str, ...], how: str, witness: Witness) -> Finding:
    names = " and ".join(repr(rule) for rule in rules)
    what = f"{names} would go on for ever {how}, and nobody has asked for any of it"
    fix = "let one of them wait for a person, or ask for something that its own doing makes false"
    return make_finding("feeds_itself", ("automations", *rules), what, fix, witness=witness)


_Circle = tuple[tuple[str, ...], str, Witness]


def _halted(found: Exploration) -> Iterator[_Circle]:
    """Yield the rules that were put to rest at a bound."""
    for step in found.steps:
        for entry in step.entries:
            for event in entry.events:
                if isinstance(event, events.RulesHalted):
                    yield event.rules, "at one instant", witnessed(found.asked(step), step.at, found.rules)


def _coming_back(found: Exploration) -> Iterator[_Circle]:
    """Yield the rules that, as time passes, bring a ticket back to what it was and change it on the way."""
    for circle in _rounds(found):
        rules = tuple(sorted(_changing(entry for number in circle for entry in found.time_edges[number].entries)))
        first = found.nodes[min(circle)]
        until, seen = _gone_round(first.ticket, len(circle) * ROUNDS, found.rules)
        if rules and all(seen[rule] >= ROUNDS for rule in rules):  # calendars may have made a likeness of it
            yield rules, "as time passes", witnessed(found.path_to(first.number), until, found.rules)


def _changing(entries: Iterable[events.Entry]) -> Counter[str]:
    """Return how often each rule changed the ticket."""
    return Counter(rule for entry in entries if changes_ticket(entry) and (rule := rule_of(entry)))


def _rounds(found: Exploration) -> Iterator[list[int]]:
    """Yield the circles in which time alone leads, as the numbers of their nodes: from each node, it leads one way."""
    walked = set[int]()
    for start in found.time_edges:
        path, number = dict[int, None](), start
        while number in found.time_edges and number not in walked:
            walked.add(number)
            path[number] = None
            number = found.time_edges[number].target
        if number in path:
            numbers = list(path)
            yield numbers[numbers.index(number) :]


def _gone_round(ticket: Ticket, times: int, rules: Rules) -> tuple[datetime, Counter[str]]:
    """Return when time alone has carried something out so many times, and how often each rule changed the ticket."""
    after = ticket
    for _ in range(times):
        due = next_due(after, rules)
        after = advance(due, after, rules) if due else after
    return after.changed_at, _changing(after.history.after(ticket.version))


def storm_findings(found: Exploration) -> Iterator[Finding]:
    """Yield each rule that sends more than `MANY` messages within `QUIET` while nobody acts.

    >>> from ticketflow.analysis.explore.search import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(storm_findings(explore(servicenow())))
    []
    """
    known = set[str]()
    asked = {number: _sent(step.entries) for number, step in found.time_edges.items()}
    totals = {number: each.total() for number, each in asked.items()}
    for node in found.nodes:
        seen = _passed_within(node, found, totals)
        rule = _most(sum((asked[number] for number in seen), Counter[str]())) if seen else None
        if rule is None or rule in known:
            continue
        known.add(rule)
        until, sent = _messages(node.ticket, found.rules)
        if sent.total() > MANY:  # calendars may have made a likeness of it
            yield _storm(_most(sent), witnessed(found.path_to(node.number), until, found.rules))


def _storm(rule: str, witness: Witness) -> Finding:
    count, begun = witness.steps.count(rule), witness.commands[-1].at
    what = f"{rule!r} sends {count} messages in {witness.until - begun} while nobody does anything"
    fix = "let it come at most so many times, or more seldom"
    return make_finding("message_storm", ("automations", rule), what, fix, witness=witness)


def _most(sent: Counter[str]) -> str:
    """Return the rule that sends most, the first by name if there are several."""
    return min(sent, key=lambda rule: (-sent[rule], rule))


def _passed_within(node: Node, found: Exploration, asked: dict[int, int]) -> list[int]:
    """Return the nodes that time alone leads over within `QUIET` of a node to more than `MANY` messages; [] if none."""
    number, spent, count, path = node.number, ZERO, 0, list[int]()
    while number in asked and len(path) < _LONGEST:
        step = found.time_edges[number]
        spent += step.at - found.nodes[number].ticket.changed_at
        if spent > QUIET:
            break
        path.append(number)
        count += asked[number]
        if count > MANY:
            return path
        number = step.target
    return []


def _sent(entries: Iterable[events.Entry]) -> Counter[str]:
    """Return how many messages each rule asks for."""
    each = ((rule_of(entry), event) for entry in entries for event in entry.events)
    return Counter(rule for rule, event in each if rule and isinstance(event, events.MessageRequested))


def _messages(ticket: Ticket, rules: Rules) -> tuple[datetime, Counter[str]]:
    """Return which rules send how many messages while nobody acts, up to the first too many, and when that is."""
    end, after, sent = ticket.changed_at + QUIET, ticket, Counter[str]()
    while sent.total() <= MANY and (due := next_due(after, rules)) and due <= end:
        version, after = after.version, advance(due, after, rules)
        sent += _sent(after.history.after(version))
    return after.changed_at, sent
