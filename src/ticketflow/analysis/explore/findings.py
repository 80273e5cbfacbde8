"""Findings by search: things that can happen, with a witness, and things that cannot, after a closed search.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from ticketflow.analysis.explore.loops import loop_findings, storm_findings
from ticketflow.analysis.explore.races import race_findings
from ticketflow.analysis.explore.search import BUDGET, Exploration, Step, explore, rule_of, took_effect
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.steps import Steps
from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import next_due
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import schedules
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules, all_automations
from ticketflow.tickets import commands, events
from ticketflow.tickets.anchors import Closed, Entered, simple_parts
from ticketflow.tickets.facts import Facts
from ticketflow.workflow.conditions import could_hold, reads
from ticketflow.workflow.definition import State


def searched_findings(rules: Rules, budget: int = BUDGET) -> Iterator[Finding]:
    """Search the configurations of tickets and yield the findings, each once.

    A finding about something that can happen has a witness that the engine reproduces. Findings about something that
    cannot happen come from closed searches only.

    Args:
        rules: The rule set.
        budget: The most configurations to visit.

    Raises:
        BadValueError: *budget* is not a whole number of at least 1.

    Source: docs/checks.md, "Findings by search".

    >>> from ticketflow.presets.senior import senior
    >>> [str(each) for each in searched_findings(senior()) if each.severity == "error"]
    []
    """
    steps = Steps()
    yield from findings_within(steps, rules, budget)
    yield from steps.not_checked()


def findings_within(steps: Steps, rules: Rules, budget: int) -> Iterator[Finding]:
    """Yield the same as `searched_findings` within a budget of steps, which notes what was skipped."""
    yield from findings_of(explore(rules, budget, steps))


def findings_of(exploration: Exploration) -> Iterator[Finding]:
    """Yield the findings of a finished search. The budget of the search notes what was skipped.

    >>> from ticketflow.presets.senior import senior
    >>> [str(each) for each in findings_of(explore(senior(), 5)) if each.severity == "error"]
    []
    """
    checks = {
        "reminders after the closing": _after_close(exploration),
        "states without a way on": _rotting(exploration),
        "loops": loop_findings(exploration),
        "message storms": storm_findings(exploration),
        "rules that act at one instant": race_findings(exploration),
    }
    if exploration.is_closed and not any(map(_depends_on_calendar, all_automations(exploration.rules))):
        checks["things that never happen"] = chain(
            _unreached(exploration), _untaken(exploration), _unfired(exploration), _endless(exploration)
        )
    yield from exploration.budget.run(checks)


def _depends_on_calendar(rule: Rule) -> bool:
    """Return whether a rule depends on a calendar.

    Configurations are then approximate, so the absence of something proves nothing.
    """
    if rule.gate is not None or (isinstance(rule, Automation) and rule.during is not None):
        return True
    match schedules.schedule_of(rule):
        case schedules.Steps(rungs=rungs):
            return not all(isinstance(rung.after, Elapsed) for rung in rungs)
        case schedules.Repeats(span=span, every=every):
            return not (isinstance(span, Elapsed) and isinstance(every, Elapsed))
        case schedules.Recurring():
            return True
        case _:
            return False


def _after_close(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each timer that sends a message about a closed ticket without being meant for closed ones."""
    known = {rule.id for rule in all_automations(exploration.rules) if _is_for_the_closed(rule, exploration.rules)}
    for step in exploration.steps:
        exploration.budget.spend(1 + len(step.entries))
        for entry in _while_closed(step, exploration):
            rule = rule_of(entry)
            if rule and rule not in known and _is_reminder(entry):
                known.add(rule)
                what = f"{rule!r} sends a message about a closed ticket"
                fix = "restrict its condition to the states in which it should send"
                witness = exploration.witness(exploration.commands_of(step), step.at)
                yield make_finding("reminder_after_close", ("automations", rule), what, fix, witness=witness)


def _while_closed(step: Step, exploration: Exploration) -> Iterator[events.Entry]:
    """Yield the entries of a step that were made while the ticket was closed."""
    before = exploration.ticket_before(step)
    is_closed = before is not None and before.category == "closed"
    for entry in step.entries:
        if is_closed:
            yield entry
        is_closed = is_closed or any(
            isinstance(event, events.StateChanged) and event.category == "closed" for event in entry.events
        )


def _is_reminder(entry: events.Entry) -> bool:
    """Return whether an entry requests a message because time passed, not because of an event."""
    waited = isinstance(entry.cause, events.ByRule) and not isinstance(entry.cause.reason, events.EventReason)
    return waited and any(isinstance(event, events.MessageRequested) for event in entry.events)


def _is_for_the_closed(rule: Rule, rules: Rules) -> bool:
    """Return whether a rule is meant for closed tickets: it counts from the closing, or its condition requires one."""
    times = schedules.schedule_of(rule)
    closings = {Closed(), *(Entered(state.name) for state in rules.workflow.states if state.category == "closed")}
    if isinstance(times, schedules.Steps | schedules.Repeats) and closings.intersection(simple_parts(times.since)):
        return True
    return not any(_could_apply(rule, state) for state in rules.workflow.states if state.category != "closed")


def _could_apply(rule: Rule, state: State) -> bool:
    facts = Facts(FrozenMap(), {"state": state.name, "category": state.category})
    return could_hold(rule.given, facts, reads(rule.given) - {"state", "category"})


def _rotting(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each pending or resolved state in which a ticket can stay until a person acts."""
    known, moved = set[str](), set[int | None]()
    for step in exploration.steps:
        if _is_from_outside(step.command):
            exploration.budget.spend(exploration.engine_step // 4)
            if _has_consequences(step, exploration):
                moved.add(step.source)
    for node in exploration.nodes[: exploration.tried]:
        ticket = node.ticket
        waits = ticket.category in ("pending", "resolved") and ticket.state not in known
        if waits and node.number not in exploration.time_edges and node.number not in moved:
            if unknown_from(ticket, exploration.rules) is not None:
                continue
            known.add(ticket.state)
            what = "a ticket can stay here without end: nothing is due, and no message or outside event moves it"
            fix = "add a rule that reminds or closes after some time, or that reacts to the awaited message"
            witness = exploration.witness(exploration.path_to(node.number), ticket.changed_at)
            yield make_finding("rots", ("workflow", "states", ticket.state), what, fix, witness=witness)


def _is_from_outside(command: commands.Command | None) -> bool:
    """Return whether a command comes from outside: a customer, a third party or another system."""
    is_message = isinstance(command, commands.AddMessage) and command.by.role in ("customer", "third_party")
    return is_message or isinstance(command, commands.RecordEvent)


def _has_consequences(step: Step, exploration: Exploration) -> bool:
    """Return whether a rule reacted in a step, or something is due after it."""
    reacted = any(entry.is_automatic and took_effect(entry) for entry in step.entries)
    return reacted or next_due(exploration.nodes[step.target].ticket, exploration.rules) is not None


# -- Things that never happen, after a closed search


def _absence(code: str, path: tuple[str, ...], what: str, exploration: Exploration, fix: str) -> Finding:
    return make_finding(code, path, what, fix, searched=exploration.searched)


def _entered_states(exploration: Exploration) -> frozenset[str]:
    """Return the states that tickets enter, even within a step."""
    passed = {change.after for step in exploration.steps for change in _changes(step)}
    return frozenset(passed | {node.ticket.state for node in exploration.nodes})


def _changes(step: Step) -> Iterator[events.StateChanged]:
    yield from (event for entry in step.entries for event in entry.events if isinstance(event, events.StateChanged))


def _unreached(exploration: Exploration) -> Iterator[Finding]:
    reached = _entered_states(exploration)
    for state in exploration.rules.workflow.states:
        if state.is_enabled and state.name not in reached:
            path, fix = ("workflow", "states", state.name), "add a way to this state, or remove it"
            yield _absence("unreachable_state", path, "no ticket enters this state", exploration, fix)


def _untaken(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each transition that no ticket takes, although tickets reach its sources."""
    reached, workflow = _entered_states(exploration), exploration.rules.workflow
    taken = {(each.transition, each.before, each.after) for step in exploration.steps for each in _changes(step)}
    for row in workflow.transitions:
        is_taken = any((row.name, source, row.target) in taken for source in row.sources)
        if not is_taken and row.sources & reached and workflow.target_of(row).is_enabled:
            path, fix = ("workflow", "transitions", row.name), "change its condition or who may take it, or remove it"
            yield _absence(
                "dead_transition", path, f"no ticket takes the transition to {row.target!r}", exploration, fix
            )


def _unfired(exploration: Exploration) -> Iterator[Finding]:
    fired = {rule_of(entry) for step in exploration.steps for entry in step.entries if took_effect(entry)}
    enabled = [state for state in exploration.rules.workflow.states if state.is_enabled]
    for rule in exploration.rules.automations:
        is_on = rule.is_enabled and any(_could_apply(rule, state) for state in enabled)
        if is_on and rule.id not in fired:
            path, fix = ("automations", rule.id), "change its condition, or remove it"
            yield _absence("never_fires", path, "the rule never acts in any history of a ticket", exploration, fix)


def _endless(exploration: Exploration) -> Iterator[Finding]:
    """Yield a finding for each state from which a ticket can no longer end."""
    closed = [node.number for node in exploration.nodes if node.ticket.category == "closed"]
    ends = closed or [node.number for node in exploration.nodes if node.ticket.category == "resolved"]
    can_end, known = _can_reach(ends, exploration), set[str]()
    for node in exploration.nodes if ends else ():
        ticket = node.ticket
        if node.number not in can_end and ticket.state not in known:
            known.add(ticket.state)
            what = "a ticket can enter this state in a way that leaves no way to end it"
            fix = "add a transition from here that a person may take or a rule takes"
            path, witness = (
                ("workflow", "states", ticket.state),
                exploration.witness(exploration.path_to(node.number), ticket.changed_at),
            )
            yield make_finding("no_way_to_end", path, what, fix, witness=witness, searched=exploration.searched)


def _can_reach(ends: list[int], exploration: Exploration) -> set[int]:
    """Return the numbers of the nodes from which one of *ends* can be reached."""
    sources = defaultdict[int, list[int]](list)
    for step in exploration.steps:
        if step.source is not None:
            sources[step.target].append(step.source)
    seen, left = set(ends), list(ends)
    while left:
        fresh = [source for source in sources[left.pop()] if source not in seen]
        seen.update(fresh)
        left += fresh
    return seen
