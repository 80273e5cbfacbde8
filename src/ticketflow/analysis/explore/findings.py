"""Findings by search: what can happen, each with a life that shows it, and what cannot, where all was searched.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ticketflow.analysis.explore.loops import loop_findings, storm_findings
from ticketflow.analysis.explore.races import race_findings
from ticketflow.analysis.explore.search import BUDGET, Exploration, Step, explore, rule_of, was_given
from ticketflow.analysis.findings import Finding, make_finding, witnessed
from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.planning import next_due
from ticketflow.engine.timers import unknown_from
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Recurring, Repeats, Steps, schedule_of
from ticketflow.tickets import commands, events
from ticketflow.tickets.anchors import Closed, Entered, simple_parts
from ticketflow.tickets.facts import Facts
from ticketflow.workflow.conditions import could_hold, reads
from ticketflow.workflow.definition import State


def searched_findings(rules: Rules, budget: int = BUDGET) -> Iterator[Finding]:
    """Yield what a search of the lives of tickets finds about *rules*, each finding once, with the shortest life.

    What can happen is shown by a life that the engine lives; what cannot is told only where all was searched.

    Args:
        rules: The definition of the desk.
        budget: How many configurations to look at.

    Raises:
        BadValueError: the budget is no whole number from 1 on.

    Source: docs/checks.md, "Found by search".

    >>> from ticketflow.presets.senior import senior
    >>> [str(each) for each in searched_findings(senior()) if each.severity == "error"]
    []
    """
    yield from findings_of(explore(rules, budget))


def findings_of(found: Exploration) -> Iterator[Finding]:
    """Yield what a search that was made finds, as `searched_findings` does.

    >>> from ticketflow.presets.senior import senior
    >>> [str(each) for each in findings_of(explore(senior(), 5)) if each.severity == "error"]
    []
    """
    yield from loop_findings(found)
    yield from race_findings(found)
    yield from _after_close(found)
    yield from storm_findings(found)
    yield from _rotting(found)
    if found.is_closed and not any(map(_is_by_calendar, found.rules.all_automations)):
        yield from _unreached(found)
        yield from _untaken(found)
        yield from _unfired(found)
        yield from _endless(found)


def _is_by_calendar(rule: Rule) -> bool:
    """Return whether a rule minds a calendar.

    Configurations of such desks are a likeness, and what none of them shows may still be.
    """
    if rule.gate is not None or (isinstance(rule, Automation) and rule.during is not None):
        return True
    match schedule_of(rule):
        case Steps(rungs=rungs):
            return not all(isinstance(rung.after, Elapsed) for rung in rungs)
        case Repeats(span=span, every=every):
            return not (isinstance(span, Elapsed) and isinstance(every, Elapsed))
        case Recurring():
            return True
        case _:
            return False


def _after_close(found: Exploration) -> Iterator[Finding]:
    """Yield each rule that waits for time and sends of a ticket that is closed by then, without being meant for it."""
    known = {rule.id for rule in found.rules.all_automations if _is_for_the_closed(rule, found.rules)}
    for step in found.steps:
        for entry in _while_closed(step, found):
            rule = rule_of(entry)
            if rule and rule not in known and _is_reminder(entry):
                known.add(rule)
                what = f"{rule!r} sends of a ticket that is closed"
                fix = "let its condition say in which states it reminds"
                witness = witnessed(found.asked(step), step.at, found.rules)
                yield make_finding("reminder_after_close", ("automations", rule), what, fix, witness=witness)


def _while_closed(step: Step, found: Exploration) -> Iterator[events.Entry]:
    """Yield the entries of a step that were made while the ticket was closed."""
    before = found.ticket_before(step)
    is_closed = before is not None and before.category == "closed"
    for entry in step.entries:
        if is_closed:
            yield entry
        is_closed = is_closed or any(
            isinstance(event, events.StateChanged) and event.category == "closed" for event in entry.events
        )


def _is_reminder(entry: events.Entry) -> bool:
    """Return whether an entry asks for a message because time has passed, and not because something happened."""
    waited = isinstance(entry.cause, events.ByRule) and not isinstance(entry.cause.reason, events.EventReason)
    return waited and any(isinstance(event, events.MessageRequested) for event in entry.events)


def _is_for_the_closed(rule: Rule, rules: Rules) -> bool:
    """Return whether a rule counts from the closing or asks for a closed ticket: it sends of one on purpose."""
    times = schedule_of(rule)
    closings = {Closed(), *(Entered(state.name) for state in rules.workflow.states if state.category == "closed")}
    if isinstance(times, Steps | Repeats) and closings.intersection(simple_parts(times.since)):
        return True
    return not any(_could_apply(rule, state) for state in rules.workflow.states if state.category != "closed")


def _could_apply(rule: Rule, state: State) -> bool:
    facts = Facts(FrozenMap(), {"state": state.name, "category": state.category})
    return could_hold(rule.given, facts, reads(rule.given) - {"state", "category"})


def _rotting(found: Exploration) -> Iterator[Finding]:
    """Yield each state in which a ticket can lie that waits for somebody, and nothing but people's hands moves it."""
    known = set[str]()
    moved = {step.source for step in found.steps if _is_outsiders(step.command) and _does_something(step, found)}
    for node in found.nodes[: found.tried]:
        ticket = node.ticket
        waits = ticket.category in ("pending", "resolved") and ticket.state not in known
        if waits and node.number not in found.time_edges and node.number not in moved:
            if unknown_from(ticket, found.rules) is not None:
                continue
            known.add(ticket.state)
            what = "a ticket can lie here for ever: nothing is due, and no message or outside event moves it"
            fix = "let a rule remind or close after some time, or react to the message that is awaited"
            witness = witnessed(found.path_to(node.number), ticket.changed_at, found.rules)
            yield make_finding("rots", ("workflow", "states", ticket.state), what, fix, witness=witness)


def _is_outsiders(command: commands.AnyCommand | None) -> bool:
    """Return whether a command is one of those that come from outside the desk."""
    is_message = isinstance(command, commands.AddMessage) and command.by.role in ("customer", "third_party")
    return is_message or isinstance(command, commands.RecordEvent)


def _does_something(step: Step, found: Exploration) -> bool:
    """Return whether a rule reacted in a step, or something lies ahead after it."""
    reacted = any(entry.is_automatic and was_given(entry) for entry in step.entries)
    return reacted or next_due(found.nodes[step.target].ticket, found.rules) is not None


# What never happens, where all was searched


def _never(code: str, path: tuple[str, ...], what: str, found: Exploration, fix: str) -> Finding:
    return make_finding(code, path, what, fix, searched=found.searched)


def _states(found: Exploration) -> frozenset[str]:
    """Return the states that tickets come to, if only in passing."""
    passed = {change.after for step in found.steps for change in _changes(step)}
    return frozenset(passed | {node.ticket.state for node in found.nodes})


def _changes(step: Step) -> Iterator[events.StateChanged]:
    yield from (event for entry in step.entries for event in entry.events if isinstance(event, events.StateChanged))


def _unreached(found: Exploration) -> Iterator[Finding]:
    reached = _states(found)
    for state in found.rules.workflow.states:
        if state.is_enabled and state.name not in reached:
            path, fix = ("workflow", "states", state.name), "let something lead here, or leave the state out"
            yield _never("unreachable_state", path, "no ticket comes to it", found, fix)


def _untaken(found: Exploration) -> Iterator[Finding]:
    """Yield the transitions that no ticket takes, though tickets come to where they lead from."""
    reached, workflow = _states(found), found.rules.workflow
    taken = {(each.transition, each.before, each.after) for step in found.steps for each in _changes(step)}
    for row in workflow.transitions:
        is_taken = any((row.name, source, row.target) in taken for source in row.sources)
        if not is_taken and row.sources & reached and workflow.target_of(row).is_enabled:
            path, fix = ("workflow", "transitions", row.name), "mend its condition or who may take it, or leave it out"
            yield _never("dead_transition", path, f"no ticket takes it to {row.target!r}", found, fix)


def _unfired(found: Exploration) -> Iterator[Finding]:
    fired = {rule_of(entry) for step in found.steps for entry in step.entries if was_given(entry)}
    enabled = [state for state in found.rules.workflow.states if state.is_enabled]
    for rule in found.rules.automations:
        is_on = rule.is_enabled and any(_could_apply(rule, state) for state in enabled)
        if is_on and rule.id not in fired:
            path, fix = ("automations", rule.id), "mend its condition, or leave it out"
            yield _never("never_fires", path, "it does nothing in any life of a ticket", found, fix)


def _endless(found: Exploration) -> Iterator[Finding]:
    """Yield each state in which a ticket can come to be from where it never ends."""
    closed = [node.number for node in found.nodes if node.ticket.category == "closed"]
    ends = closed or [node.number for node in found.nodes if node.ticket.category == "resolved"]
    can_end, known = _leading_to(ends, found), set[str]()
    for node in found.nodes if ends else ():
        ticket = node.ticket
        if node.number not in can_end and ticket.state not in known:
            known.add(ticket.state)
            what = "a ticket can come here from where no way leads to an end"
            fix = "let a transition lead on from here that somebody may take, or a rule takes"
            path, witness = (
                ("workflow", "states", ticket.state),
                witnessed(found.path_to(node.number), ticket.changed_at, found.rules),
            )
            yield make_finding("no_way_to_end", path, what, fix, witness=witness, searched=found.searched)


def _leading_to(ends: list[int], found: Exploration) -> set[int]:
    """Return the numbers of the nodes from which a way leads to one of *ends*."""
    sources = defaultdict[int, list[int]](list)
    for step in found.steps:
        if step.source is not None:
            sources[step.target].append(step.source)
    seen, left = set(ends), list(ends)
    while left:
        fresh = [source for source in sources[left.pop()] if source not in seen]
        seen.update(fresh)
        left += fresh
    return seen
