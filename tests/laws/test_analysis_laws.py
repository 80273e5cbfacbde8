"""Laws of the analysis: what it says cannot happen never happens in random histories.

Rule sets are the planted ones, alone and with rules of others, and random ones. Histories are random commands of every
kind. Each test counts the findings that it compared, so that it shows something for every code.

Source: docs/checks.md; docs/semantics.md 3.1, 3.2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, utc
from tests.support.faulty_lives import PLANTED_LIVES
from tests.support.faulty_rule_sets import PLANTED
from tests.support.random_lives import growing, is_timed, rules_of, seeded, story
from ticketflow import (
    Automation,
    Message,
    Rules,
    Ticket,
    advance,
    commands,
    handle,
)
from ticketflow.analysis.dependencies import _CHANGED, _changed_by, _overlap, implied, together
from ticketflow.analysis.explore.findings import findings_of
from ticketflow.analysis.explore.search import explore
from ticketflow.analysis.explore.unattended import paths_of
from ticketflow.analysis.findings import CODES, Finding
from ticketflow.analysis.lint.run import exact_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.analysis.satisfiability import are_disjoint, implies, is_always_true, is_satisfiable
from ticketflow.calendars.spans import ClockSpan
from ticketflow.engine.decisions import Accepted
from ticketflow.engine.program import happening, ready
from ticketflow.errors import DefinitionError, TicketflowError
from ticketflow.kernel.field_values import Value
from ticketflow.rules.actions import Assign, AssignTo, is_change
from ticketflow.rules.automations import action_steps
from ticketflow.rules.ruleset import all_automations
from ticketflow.rules.schedules import Steps, schedule_of
from ticketflow.rules.triggers import OnChange, OnCommand, OnEnter, OnLeave, OnMessage, OnOutside, OnWake, Trigger
from ticketflow.sla.tracking import progress
from ticketflow.testing.random_rules import Pick
from ticketflow.tickets.anchors import LastMessage
from ticketflow.tickets.commands import NAMES, Command
from ticketflow.tickets.events import (
    Assigned,
    ByCommand,
    ByRule,
    Dropped,
    Entry,
    EventReason,
    MessageRequested,
    Opened,
    SnoozeCancelled,
    StateChanged,
    Superseded,
)
from ticketflow.workflow.conditions import (
    ALWAYS,
    NEVER,
    All,
    AnyOf,
    ClockIs,
    Condition,
    Happened,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    Not,
    StateIs,
    holds,
    parts,
)
from ticketflow.workflow.definition import Field

pytestmark = pytest.mark.lives

HOUR = timedelta(hours=1)
LONG = timedelta(days=60)
GAPS = (0, 0, 1, 1, 5, 20, 30, 80, 240)
"""Hours between commands."""

# --- Rule sets and histories to draw.


def rule_sets(count: int) -> Iterator[tuple[str, Rules]]:
    """Yield the planted rule sets, and that many mixed and random ones."""
    for name, planted in PLANTED.items():
        yield name, planted.fault()
    for number in range(count):
        yield f"mixed {number}", joined(_planted(), Random(number).choice)  # noqa: S311 -- no secrets are drawn
        yield f"random {number}", seeded(number).rules


def joined(among: Sequence[Rules], pick: Pick) -> Rules:
    """Return one of these rule sets with rules of others, as far as it takes them."""
    found = pick(among)
    for number in range(pick((1, 2, 4))):
        others = [rule for rule in pick(among).automations if rule.id not in ("back", "end")]
        if not others:
            continue
        with suppress(DefinitionError):  # the rule has names that this rule set does not have
            rule = attrs.evolve(pick(others), id=f"more{number}", is_enabled=True)
            found = attrs.evolve(found, automations=(*found.automations, rule))
    return found


@cache
def _planted() -> tuple[Rules, ...]:
    return tuple(make() for each in PLANTED.values() for make in (each.fault, each.twin))


@attrs.frozen
class History:
    """What happened to one ticket.

    Attributes:
        given: The accepted commands.
        until: The instant until which time passed after the last one.
        tickets: The ticket after each entry.
    """

    given: tuple[Command, ...]
    until: datetime
    tickets: tuple[Ticket, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.tickets[-1].history)

    def moves(self) -> Iterator[tuple[StateChanged, Entry]]:
        """Yield each change of the state, with its entry."""
        for entry in self.entries:
            yield from ((event, entry) for event in entry.events if isinstance(event, StateChanged))


def histories(rules: Rules, name: str, count: int) -> Iterator[History]:
    """Yield up to that many random histories: a drawn opening can be refused."""
    for number in range(count):
        given = tuple(accepted(rules, Random(f"{name} {number}").choice))  # noqa: S311 -- no secrets are drawn
        if given:
            until = given[-1].at + LONG
            yield History(given, until, tuple(growing(led(given, until, rules))))


def led(given: tuple[Command, ...], until: datetime, rules: Rules) -> Ticket:
    """Return the ticket after commands, left alone until an instant if its holidays are known."""
    ticket: Ticket | None = None
    for command in given:
        ticket = handle(ticket, command, rules).ticket
    assert ticket is not None
    try:
        return advance(until, ticket, rules)
    except TicketflowError:
        return ticket


def accepted(rules: Rules, pick: Pick) -> Iterator[Command]:
    """Yield random commands that are accepted one after another."""
    at = utc(2026, 11, 23, pick(range(24)))
    way = pick(rules.workflow.ways_in)
    by = pick([each for each in (ANA, BOSS, CUSTOMER, ROBOT) if each.is_any_of(way.may)] or [BOSS])
    fields = {name: _value(rules, name, at, pick) for name in way.needs if name != "message"}
    message = Message("m0") if "message" in way.needs else pick((Message("m0"), None))
    opening = commands.Open("T-1", fields, message, state=way.target, at=at, by=by, event_id="e0")
    ticket = handle(None, opening, rules).ticket
    if ticket is None:
        return
    yield opening
    for number in range(1, pick(range(3, 14))):
        at += pick(GAPS) * HOUR
        for command in (_command(rules, at, number, pick) for _ in range(3)):
            decision = handle(ticket, command, rules)
            if isinstance(decision, Accepted):
                ticket = decision.ticket
                yield command
                break


def _value(rules: Rules, name: str, at: datetime, pick: Pick) -> Value:
    field = rules.workflow.field(name) or Field(name)
    if field.choices:
        return pick(field.choices)
    later = at + pick((1, 30, 100)) * HOUR
    values: dict[str, Value] = {"truth": pick((True, False)), "number": pick((0, 1, 7)), "moment": later}
    return (values | {"future": later}).get(field.kind, "x")


def _command(rules: Rules, at: datetime, number: int, pick: Pick) -> Command:
    workflow, event, by = rules.workflow, f"e{number}", pick((ANA, BOSS, BOSS, CUSTOMER, ROBOT))
    kinds = ("move", "move", "move", "message", "message", "fields", *("outside",) * bool(workflow.outside_events))
    match pick((*kinds, "assign", "give back", "snooze", "cancel", "reopen")):
        case "move":
            row = pick(workflow.transitions)
            fields = {name: _value(rules, name, at, pick) for name in row.needs if workflow.field(name)}
            message = Message(f"m{number}") if "message" in row.needs else None
            return commands.Move(row.name, message, fields, at=at, by=by, event_id=event)
        case "message":
            said = Message(f"m{number}", public=pick((True, True, False)) or by == CUSTOMER)
            return commands.AddMessage(said, at=at, by=by, event_id=event)
        case "fields" if workflow.fields:
            field = pick(workflow.fields).name
            value = pick((_value(rules, field, at, pick), None))
            return commands.SetFields({field: value}, at=at, by=by, event_id=event)
        case "give back":
            return commands.GiveBack(at=at, by=by, event_id=event)
        case "snooze":
            return commands.Snooze(at + pick((1, 30, 200)) * HOUR, at=at, by=by, event_id=event)
        case "cancel":
            return commands.CancelSnooze(at=at, by=by, event_id=event)
        case "reopen":
            return commands.Reopen(at=at, by=by, event_id=event)
        case "outside":
            return commands.RecordEvent(pick(sorted(workflow.outside_events)), at=at, by=by, event_id=event)
        case _:
            return commands.Assign(pick(("ana", "boss")), at=at, by=by, event_id=event)


# --- What contradicts a finding, by its code.

Contradicted = Callable[[Finding, Rules, History], bool]


def acted(entry: Entry, rule: str, step: int | None = None) -> bool:
    """Return whether a rule, or one of its steps, acted in an entry."""
    key = entry.cause.key if isinstance(entry.cause, ByRule) else None
    is_it = key is not None and key.rule == rule and step in (None, key.occurrence)
    return is_it and bool(entry.events) and not any(isinstance(each, Dropped | Superseded) for each in entry.events)


def step_of(finding: Finding) -> int | None:
    """Return the number of the rung that a finding is about; None for a rule with one step, or a whole rule."""
    return int(finding.path[3]) if finding.path[2:3] == ("rungs",) else None


def conditions_at(finding: Finding, rules: Rules) -> Iterator[Condition]:
    """Yield the conditions at the path of a finding: several if transitions have one name."""
    part, *names = finding.path
    if part == "automations":
        rule = next(each for each in all_automations(rules) if each.id == names[0])
        is_trigger = isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave) and names[1] == "when"
        yield rule.when.condition if is_trigger else rule.given  # type: ignore[union-attr]
    elif part == "clocks":
        policy = rules.clock(names[0]).policy
        parts = policy.multipliers if names[1] == "multipliers" else policy.targets
        yield policy.measure.runs if names[1] == "measure" else parts[int(names[2])].given
    elif names[0] == "transitions":
        rows = (row.given for row in rules.workflow.transitions if row.name == names[1])
        yield from (given for given in rows if finding.what.endswith(f": {given}"))
    elif names[0] == "permissions":
        yield rules.workflow.permissions[names[1]].given
    else:
        yield from (each.shows for each in rules.workflow.lists if each.name == names[1])


def _holds_somewhere(finding: Finding, rules: Rules, history: History) -> bool:
    return any(holds(each, ticket.facts) for each in conditions_at(finding, rules) for ticket in history.tickets)


def _fails_somewhere(finding: Finding, rules: Rules, history: History) -> bool:
    return any(not holds(each, ticket.facts) for each in conditions_at(finding, rules) for ticket in history.tickets)


def _fires(finding: Finding, _: Rules, history: History) -> bool:
    return any(acted(entry, finding.path[1], step_of(finding)) for entry in history.entries)


def _is_entered(finding: Finding, _: Rules, history: History) -> bool:
    name = finding.path[2]
    return any(ticket.state == name for ticket in history.tickets) or any(
        move.after == name for move, _ in history.moves()
    )


def _is_taken(finding: Finding, _: Rules, history: History) -> bool:
    found = re.match(r"to (\w+): |no ticket takes the transition to '(\w+)'", finding.what)
    assert found is not None
    target = found[1] or found[2]
    return any((move.transition, move.after) == (finding.path[2], target) for move, _ in history.moves())


def _is_not_shadowed(finding: Finding, rules: Rules, history: History) -> bool:
    match finding.path:
        case ("workflow", "transitions", name, *_):
            found = re.fullmatch(r"from (.+), an earlier row of this name is .+ the one to (\w+)", finding.what)
            assert found is not None
            sources = found[1].split(", ")
            return any(
                move.transition == name and move.before in sources and move.after == found[2]
                for move, _ in history.moves()
            )
        case ("clocks", name, "targets", row, _):
            read = (progress(ticket, rules.clock(name)) for ticket in history.tickets)
            return any(phase.mode.row == int(row) for each in read if each for phase in each.cycle.phases)
        case _:
            return False  # a ticket does not say by which opening it came


def _ends(finding: Finding, rules: Rules, history: History) -> bool:
    end = Reachability(rules).end_category
    if len(finding.path) == len(("workflow", "states")):
        return any(ticket.category == end for ticket in history.tickets)
    if finding.searched is not None:  # some tickets in the state cannot end
        return False
    places = [place for place, ticket in enumerate(history.tickets) if ticket.state == finding.path[2]]
    return bool(places) and any(ticket.category == end for ticket in history.tickets[places[0] :])


def _is_left_by_a_rule(finding: Finding, _: Rules, history: History) -> bool:
    name = finding.path[2]
    return any(move.before == name != move.after and entry.is_automatic for move, entry in history.moves())


def _waits(finding: Finding, _: Rules, history: History) -> bool:
    opened = history.entries[0]
    by_customer = opened.actor.role == "customer" and history.tickets[0].facts["once.message.customer"] is True
    return by_customer and any(acted(entry, finding.path[1]) for entry in history.entries)


def _is_due_later(finding: Finding, rules: Rules, history: History) -> bool:
    """Return whether a rung on a clock that stands still is due later than the rule began to wait."""
    times = schedule_of(rules_of(rules)[finding.path[1]])
    assert isinstance(times, Steps)
    on_clock = {place for place, rung in enumerate(times.rungs) if isinstance(rung.after, ClockSpan)}
    causes = (entry.cause for entry in history.entries if acted(entry, finding.path[1]))
    return any(
        cause.key.occurrence in on_clock and cause.due_at > history.entries[cause.armed].at
        for cause in causes
        if isinstance(cause, ByRule)
    )


def _is_assigned(finding: Finding, _: Rules, history: History) -> bool:
    return any(ticket.assignee and finding.what.startswith(repr(ticket.assignee)) for ticket in history.tickets)


def _matters(finding: Finding, rules: Rules, history: History) -> bool:
    """Return whether a part without effect had one: a term, by running the commands again without it."""
    if finding.what.startswith("the answer to the survey is not in field"):
        return any(
            ticket.rating is not None and ticket.fields.get("rating") == ticket.rating for ticket in history.tickets
        )
    rule = rules_of(rules)[finding.path[1]]
    if finding.path[2] in ("then", "rungs"):
        kind = SnoozeCancelled if "snooze" in finding.what.partition(":")[0] else Assigned
        others = [each for then in action_steps(rule) for each in then if isinstance(each, Assign | AssignTo)]
        entries = [entry for entry in history.entries if acted(entry, rule.id, step_of(finding))]
        brought = any(isinstance(event, kind) for entry in entries for event in entry.events)
        return brought and (kind is SnoozeCancelled or len(others) == 1)
    term: dict[str, Any] = {finding.path[2]: "keep" if finding.path[2] == "on_resume" else None}
    plain = attrs.evolve(rule, **term)
    automations = tuple(plain if each.id == rule.id else each for each in rules.automations)
    without = attrs.evolve(rules, automations=automations)
    return story(led(history.given, history.until, without)) != story(history.tickets[-1])


def _acts_alone(finding: Finding, rules: Rules, history: History) -> bool:
    """Return whether a redundant reaction acts on an event on which the other rule does not."""
    found = re.match(r"rule '(.+)' does the same", finding.what)
    assert found is not None
    narrow = rules_of(rules)[finding.path[1]]
    if any(is_change(each) for then in action_steps(narrow) for each in then):
        return False  # then the ticket is another one when the second rule reads its condition
    on = {
        rule: [_occasion(entry.cause) for entry in history.entries if acted(entry, rule)]
        for rule in (narrow.id, found[1])
    }
    return any(each not in on[found[1]] for each in on[narrow.id])


def _occasion(cause: object) -> object:
    assert isinstance(cause, ByRule)
    return cause.reason.entry if isinstance(cause.reason, EventReason) else cause.due_at


def _has_a_target(finding: Finding, rules: Rules, history: History) -> bool:
    """Return whether a ticket for which no target is said to apply has one."""
    clock = rules.clock(finding.path[1])
    shown = re.sub(r"; and \d+ more$", "", finding.what.removeprefix("there is no target when "))
    gaps = [dict(part.split(" is ", 1) for part in gap.split(", ")) for gap in shown.split("; ")]
    for ticket in history.tickets:
        found = progress(ticket, clock)
        values = {name: _in_words(ticket.facts[f"field.{name}"]) for gap in gaps for name in gap}
        if found and found.cycle.stop is None and any(gap.items() <= values.items() for gap in gaps):
            return found.last.mode.row is not None
    return False


def _in_words(value: Value) -> str:
    return "not set" if value is None else str(value)


def _is_reminded_or_left(finding: Finding, rules: Rules, history: History) -> bool:
    name = finding.path[2]
    reminded = any(
        before.state == name
        and is_timed(entry.cause)
        and any(isinstance(each, MessageRequested) for each in entry.events)
        for before, entry in zip(history.tickets, history.entries[1:], strict=False)
    )
    return reminded or _is_left_by_a_rule(finding, rules, history)


def _is_before(finding: Finding, _: Rules, history: History) -> bool:
    """Return whether a rung out of order came before an earlier one of its episode, or did not close the ticket."""
    if "closes the ticket" in finding.what:
        closing = any(acted(entry, finding.path[1], step_of(finding)) for entry in history.entries)
        return closing and history.tickets[-1].category != "closed"
    causes = [entry.cause for entry in history.entries if isinstance(entry.cause, ByRule)]
    keys = [cause.key for cause in causes if cause.key.rule == finding.path[1]]
    return any(
        key.occurrence == step_of(finding) and key.arming == later.arming and later.occurrence < key.occurrence
        for key, later in combinations(keys, 2)
    )


CLAIMS: Mapping[str, Contradicted] = {
    "always_true": _fails_somewhere,
    "bad_id": _is_assigned,
    "dead_transition": _is_taken,
    "ended_at_once": _waits,
    "frozen_where_armed": _is_due_later,
    "ladder_out_of_order": _is_before,
    "mask_without_bound": _is_reminded_or_left,
    "never_fires": _fires,
    "never_true": _holds_somewhere,
    "no_effect": _matters,
    "no_way_to_end": _ends,
    "redundant_rule": _acts_alone,
    "rots": _is_left_by_a_rule,
    "shadowed_row": _is_not_shadowed,
    "sla_gap": _has_a_target,
    "unreachable_state": _is_entered,
}
POSSIBLE = {
    *("feeds_itself", "message_storm", "opposite_outcomes", "order_sensitive", "reminder_after_close"),
    *("answer_ignored", "repeats_rungs", "not_checked", "table_gap"),
    *("calendar_ends", "closed_week", "list_ends", "lost_minute", "text_missing", "unused_name"),
}
"""Codes of what can happen, which have witnesses, and of names, texts and calendars."""


def test_each_code_says_what_cannot_happen_or_what_can() -> None:
    assert CLAIMS.keys() | POSSIBLE == CODES.keys()
    assert not CLAIMS.keys() & POSSIBLE


class TestFindings:
    def test_what_exact_findings_exclude_never_happens(self) -> None:
        compared: Counter[str] = Counter()
        for name, rules in rule_sets(45):
            found = [each for each in exact_findings(rules) if each.code in CLAIMS]
            for history in histories(rules, name, 4 if found else 0):
                compare(found, rules, history, compared)
        assert not {code for code in CLAIMS if compared[code] < 4}, compared
        assert compared["never_fires"] > 100, compared

    def test_what_a_closed_search_excludes_never_happens(self) -> None:
        compared: Counter[str] = Counter()
        for name, rules in searched_rule_sets(20):
            found = [each for each in findings_of(explore(rules, 120)) if each.searched and each.code in CLAIMS]
            for history in histories(rules, name, 5 if found else 0):
                compare(found, rules, history, compared)
        for code in ("never_fires", "dead_transition", "unreachable_state"):
            assert compared[code] > 10, compared


def compare(found: list[Finding], rules: Rules, history: History, compared: Counter[str]) -> None:
    for finding in found:
        is_wrong = CLAIMS[finding.code](finding, rules, history)
        assert not is_wrong, (str(finding), rules, story(history.tickets[-1]))
        compared[finding.code] += 1


def searched_rule_sets(count: int) -> Iterator[tuple[str, Rules]]:
    """Yield small rule sets without calendars, so that a search can finish."""
    made = [make() for fault, twin, _ in PLANTED_LIVES.values() for make in (fault, twin)]
    yield from ((f"searched {number}", rules) for number, rules in enumerate(made))
    for number in range(count):
        pick = Random(number).choice  # noqa: S311 -- no secrets are drawn
        yield f"joined {number}", joined(made, pick)


class TestUnattended:
    def test_a_path_is_what_happens_when_nobody_acts(self) -> None:
        endings: Counter[str] = Counter()
        for _, rules in searched_rule_sets(10):
            for path in paths_of(explore(rules, 40)):
                told = [(step.after, step.rule) for step in path.steps]
                until = path.life[-1].at + LONG + (told[-1][0] if told else timedelta())
                ticket = led(path.life, until, rules)
                assert any(_runs_on(told, path.ending, since, ticket) for since in _entered(path.state, ticket)), path
                endings[path.ending] += 1
        assert min(endings[each] for each in ("over", "nothing", "repeats")) > 3, endings


def _entered(state: str, ticket: Ticket) -> Iterator[datetime]:
    for entry in ticket.history:
        for event in entry.events:
            name = {Opened: "state", StateChanged: "after"}.get(type(event))
            if name and getattr(event, name) == state:
                yield entry.at


def _runs_on(told: list[tuple[timedelta, str]], ending: str, since: datetime, ticket: Ticket) -> bool:
    """Return whether the rules acted as told, counted from an instant, and then no more if the path has an end."""
    steps = [(entry.at - since, entry.cause.key.rule) for entry in ticket.history if isinstance(entry.cause, ByRule)]
    ends = [place for place in range(len(steps) + 1) if steps[:place][-len(told) :] == told or not told]
    if ending in ("over", "nothing"):
        is_over = (ticket.category == "closed") is (ending == "over")
        return is_over and len(steps) in ends and (bool(told) or all(after <= timedelta() for after, _ in steps))
    return bool(ends)


class TestConditions:
    def test_what_is_proven_of_conditions_holds_for_every_ticket(self) -> None:
        proven: Counter[str] = Counter()
        for name, rules in rule_sets(5):
            pick = Random(name).choice  # noqa: S311 -- no secrets are drawn
            pool = [condition for condition in (*_of_rules(rules), ALWAYS) if not _asks_a_clock(condition)]
            asked = [pick((Not, All, AnyOf, All))(*(pick(pool),)) for _ in range(2)]
            asked += [pick((All, AnyOf))(pick(pool), Not(pick(pool))) for _ in range(4)]
            tickets = [ticket for history in histories(rules, name, 2) for ticket in history.tickets]
            for one, other in combinations(asked, 2):
                proven.update(_proven(one, other, rules, tickets))
        assert min(proven[each] for each in ("never", "always", "implied", "apart")) > 40, proven


def _of_rules(rules: Rules) -> Iterator[Condition]:
    for rule in rules.automations:
        yield rule.given
        if isinstance(rule, Automation) and isinstance(rule.when, OnEnter | OnLeave):
            yield rule.when.condition
    yield from (row.given for row in rules.workflow.transitions)
    yield from (StateIs(state.name) for state in rules.workflow.states)
    yield from (IsSnoozed(), IsHidden(), IsAssigned(), IsUnanswered(), Not(IsHidden()), Not(IsUnanswered()))
    yield from (Happened(each) for each in (LastMessage("customer"), LastMessage("agent"), LastMessage("anyone")))


def _asks_a_clock(condition: Condition) -> bool:
    return any(isinstance(part, ClockIs) for part in parts(condition))


def _proven(one: Condition, other: Condition, rules: Rules, tickets: list[Ticket]) -> Iterator[str]:
    """Yield what is proven of two conditions, after comparing it with the tickets."""
    workflow = rules.workflow
    if is_satisfiable(one, workflow) is False:
        assert not any(holds(one, ticket.facts) for ticket in tickets), one
        yield "never"
    if is_always_true(one, workflow):
        assert all(holds(one, ticket.facts) for ticket in tickets), one
        yield "always"
    if implies(one, other, workflow):
        assert all(holds(other, ticket.facts) for ticket in tickets if holds(one, ticket.facts)), (one, other)
        yield "implied"
    if are_disjoint(one, other, workflow):
        assert not any(holds(one, ticket.facts) and holds(other, ticket.facts) for ticket in tickets), (one, other)
        yield "apart"


class TestEvents:
    def test_events_imply_meet_and_change_only_what_is_derived(self) -> None:
        met: Counter[str] = Counter()
        apart = 0
        for name, rules in rule_sets(10):
            waited = _triggers(rules)
            never = {pair for pair in combinations(waited, 2) if together(*pair, rules) == NEVER}
            apart += len(never)
            for history in histories(rules, name, 2):
                for before, after in zip((None, *history.tickets), history.tickets, strict=False):
                    now = [trigger for trigger in waited if happening(trigger, rules)(before, after)]
                    met.update(type(trigger).__name__ for trigger in now)
                    for trigger in now:
                        assert ready(implied(trigger, rules), rules).holds_for(after), (trigger, rules, story(after))
                    for pair in combinations(now, 2):
                        assert pair not in never, (pair, rules, story(after))
                        assert holds(together(*pair, rules), after.facts), (pair, rules, story(after))
                    assert _declared(after, rules), story(after)
        assert apart > 2_000, apart
        assert min(met.values()) > 10, met
        assert met.keys() >= {"OnEnter", "OnLeave", "OnMessage", "OnCommand", "OnChange", "OnWake", "OnOutside"}, met


def _triggers(rules: Rules) -> list[Trigger]:
    """Return the triggers of a rule set, and some that every rule set could have."""
    own = [each.when for each in rules.automations if isinstance(each, Automation) and isinstance(each.when, Trigger)]
    more: list[Trigger] = [OnCommand(name) for name in sorted(NAMES.values())]
    more += [OnMessage(author) for author in ("customer", "agent", "third_party", "anyone")]
    more += [OnWake(), OnEnter(IsHidden()), OnLeave(IsHidden()), OnEnter(IsAssigned()), OnLeave(IsUnanswered())]
    more += [OnChange(field.name) for field in rules.workflow.fields]
    more += [OnOutside(event) for event in sorted(rules.workflow.outside_events)]
    return list(dict.fromkeys((*own, *more)))


def _declared(after: Ticket, rules: Rules) -> bool:
    """Return whether the last entry changed only facts that its command or its rule's actions can change."""
    entry = after.history.last
    match entry.cause:
        case ByCommand(command=name):
            declared = _CHANGED[name]
            if name == "add_message":
                declared |= {f"field.{field.name}" for field in rules.workflow.filled_fields}
        case ByRule(key=key):
            actions = (action for step in action_steps(rules_of(rules)[key.rule]) for action in step)
            declared = frozenset[str]().union(*map(_changed_by, actions))
        case _:
            declared = frozenset[str]()
    changed = {fact for fact, trail in after.trails.items() if trail.mark.sequence == entry.sequence}
    return all(_overlap(declared, frozenset({fact})) for fact in changed)


class TestReachability:
    def test_states_edges_and_movers_are_all_that_histories_show(self) -> None:
        moved: Counter[str] = Counter()
        for name, rules in rule_sets(30):
            reachability = Reachability(rules)
            live = {state.name for state in reachability.live_states}
            edges = {(edge.source, edge.row.name, edge.row.target): edge for edge in reachability.edges}
            for history in histories(rules, name, 2):
                assert {ticket.state for ticket in history.tickets} <= live
                for move, entry in history.moves():
                    if move.transition is None:
                        continue
                    edge = edges[move.before, move.transition, move.after]
                    by = entry.cause.key.rule if isinstance(entry.cause, ByRule) else None
                    assert by in edge.rules if by else edge.by_hand, (move, rules)
                    moved["rule" if by else "person"] += 1
        assert min(moved["rule"], moved["person"]) > 100, moved
