"""What goes on for ever while nobody acts: rules that feed each other, and storms of messages.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from ticketflow.engine import advance, next_due
from ticketflow.events import Entry, MessageRequested, RulesHalted
from ticketflow.exploration import Exploration, Node, rule_of
from ticketflow.findings import Finding, Witness, witnessed
from ticketflow.rules import Rules
from ticketflow.ticket import Ticket, changes_ticket
from ticketflow.walls import DAY, ZERO

ROUNDS = 3
"""How often the witness of a circle goes round it."""

MANY = 100
"""How many messages in `QUIET` are no storm yet."""

QUIET = 30 * DAY
"""For how long nobody acts while messages are counted."""

_LONGEST = 1_000  # steps that time alone takes, looked at from one node


def circles(found: Exploration) -> Iterator[Finding]:
    """Yield the rules that feed each other, each group once: at one instant, or as time passes.

    Rules that only send are none of them: a reminder that comes round changes nothing.

    >>> from ticketflow.exploration import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(circles(explore(servicenow())))
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
    why = "only a bound would end it, at which rules are put to rest until the next outside event"
    fix = "let one of them wait for a person, or ask for something that its own doing makes false"
    return Finding("feeds_itself", "error", ("automations", *rules), what, why, fix, witness)


_Circle = tuple[tuple[str, ...], str, Witness]


def _halted(found: Exploration) -> Iterator[_Circle]:
    """Yield the rules that were put to rest at a bound."""
    for step in found.steps:
        for entry in step.entries:
            for event in entry.events:
                if isinstance(event, RulesHalted):
                    yield event.rules, "at one instant", witnessed(found.asked(step), step.at, found.rules)


def _coming_back(found: Exploration) -> Iterator[_Circle]:
    """Yield the rules that, as time passes, bring a ticket back to what it was and change it on the way."""
    for circle in _rounds(found):
        rules = tuple(sorted(_changing(entry for number in circle for entry in found.lapses[number].entries)))
        first = found.nodes[min(circle)]
        until, seen = _gone_round(first.ticket, len(circle) * ROUNDS, found.rules)
        if rules and all(seen[rule] >= ROUNDS for rule in rules):  # calendars may have made a likeness of it
            yield rules, "as time passes", witnessed(found.life(first.number), until, found.rules)


def _changing(entries: Iterable[Entry]) -> Counter[str]:
    """Return how often each rule changed the ticket."""
    return Counter(rule for entry in entries if changes_ticket(entry) and (rule := rule_of(entry)))


def _rounds(found: Exploration) -> Iterator[list[int]]:
    """Yield the circles in which time alone leads, as the numbers of their nodes: from each node, it leads one way."""
    walked = set[int]()
    for start in found.lapses:
        path, number = dict[int, None](), start
        while number in found.lapses and number not in walked:
            walked.add(number)
            path[number] = None
            number = found.lapses[number].target
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


def storms(found: Exploration) -> Iterator[Finding]:
    """Yield each rule that sends more than `MANY` messages within `QUIET` while nobody acts.

    >>> from ticketflow.exploration import explore
    >>> from ticketflow.presets.servicenow import servicenow
    >>> list(storms(explore(servicenow())))
    []
    """
    known = set[str]()
    for node in found.nodes:
        if _asked_within(node, found) <= MANY:
            continue
        until, sent = _messages(node.ticket, found.rules)
        ((rule, count),) = sent.most_common(1) or (("", 0),)
        if sent.total() > MANY and rule not in known:
            known.add(rule)
            what = f"{rule!r} sends {count} messages by {until.isoformat()} while nobody does anything"
            fix = "let it come at most so many times, or more seldom"
            witness = witnessed(found.life(node.number), until, found.rules)
            why = "who gets them reads none of them"
            yield Finding("message_storm", "warning", ("automations", rule), what, why, fix, witness)


def _asked_within(node: Node, found: Exploration) -> int:
    """Return how many messages time alone asks for within `QUIET` of a node, as far as the search has seen."""
    number, spent, count = node.number, ZERO, 0
    for _ in range(_LONGEST):
        step = found.lapses.get(number)
        if step is None or count > MANY or spent > QUIET:
            break
        spent += step.at - found.nodes[number].ticket.changed_at
        count += sum(_requests(entry) for entry in step.entries) if spent <= QUIET else 0
        number = step.target
    return count


def _requests(entry: Entry) -> int:
    return sum(isinstance(event, MessageRequested) for event in entry.events)


def _messages(ticket: Ticket, rules: Rules) -> tuple[datetime, Counter[str]]:
    """Return which rules send how many messages while nobody acts, up to the first too many, and when that is."""
    end, after, sent = ticket.changed_at + QUIET, ticket, Counter[str]()
    while sent.total() <= MANY and (due := next_due(after, rules)) and due <= end:
        version, after = after.version, advance(due, after, rules)
        for entry in after.history.after(version):
            sent[rule_of(entry) or ""] += _requests(entry)
    return after.changed_at, sent
