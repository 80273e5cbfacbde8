"""States that tickets never reach, never leave or never end from, and rows that nothing takes.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, Way
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps, drops_masked
from ticketflow.rules.schedules import schedule_of
from ticketflow.workflow.definition import State, Transition


def table_findings(prospects: Reachability) -> Iterator[Finding]:
    """Yield what is wrong with the ways that tickets can go. What is switched off is meant so, and no finding.

    Source: docs/checks.md.

    >>> from ticketflow.presets.posponer import posponer
    >>> list(table_findings(Reachability(posponer())))
    []
    """
    yield from _unreachable(prospects)
    for row in prospects.rules.workflow.transitions:
        yield from _dead(prospects, row)
    yield from _endless(prospects)
    for state in prospects.live:
        yield from _rotting(prospects, state)
        yield from _unbounded(prospects, state)


def _unreachable(prospects: Reachability) -> Iterator[Finding]:
    for state in prospects.rules.workflow.states:
        if state.is_enabled and state.name not in prospects.reached:
            leading = sorted({row.name for row in prospects.rules.workflow.transitions if row.target == state.name})
            what = f"{', '.join(leading)} would lead there, and never can" if leading else "nothing leads there"
            fix = "add a transition or an opening to it, or leave it out"
            yield make_finding("unreachable_state", ("workflow", "states", state.name), what, fix)


def _dead(prospects: Reachability, row: Transition) -> Iterator[Finding]:
    path = ("workflow", "transitions", row.name)
    sources = [source for source in sorted(row.sources) if source in prospects.reached]
    if not sources:
        what, fix = (
            f"to {row.target}: no ticket reaches {', '.join(sorted(row.sources))}",
            "let something lead there, or leave it out",
        )
        yield make_finding("dead_transition", (*path, "sources"), what, fix)
    elif prospects.possible(row.given) and not any(prospects.possible_in(row.given, source) for source in sources):
        what = f"to {row.target}: it can't hold in {', '.join(sources)} that {row.given}"
        yield make_finding("dead_transition", (*path, "given"), what, "ask for what can be so there, or add a source")
    elif row.is_system_only and not any(way.rules for way in _ways_of(prospects, row)) and _ways_of(prospects, row):
        what = f"to {row.target}: nobody may take it, and no rule does from {', '.join(sources)}"
        yield make_finding("dead_transition", (*path, "may"), what, "say who may, or let a rule move tickets by it")


def _ways_of(prospects: Reachability, row: Transition) -> list[Way]:
    return [way for way in prospects.ways if way.row == row]


def _endless(prospects: Reachability) -> Iterator[Finding]:
    """Yield the states from which no ticket comes to its end; once, where none ever does."""
    end = prospects.end
    if not any(state.category == end for state in prospects.live):
        fix = "give it a closed state, and a way there"
        yield make_finding("no_way_to_end", ("workflow", "states"), f"no ticket is ever {end}", fix)
        return
    for state in prospects.live:
        if state.name not in prospects.ending:
            fix = f"add a transition from it towards a {end} state"
            what = f"no way leads from it to a {end} state"
            yield make_finding("no_way_to_end", ("workflow", "states", state.name), what, fix)


def _rotting(prospects: Reachability, state: State) -> Iterator[Finding]:
    if state.category not in ("pending", "resolved"):
        return  # what is open is ours to do; what is closed is over
    if not prospects.leavers(state) and not prospects.comes_back(state):
        what = f"it is {state.category}, and no rule ever moves a ticket out of it: only people's hands do"
        fix = "let a ladder close it, a message reopen it, or a moment bring it back"
        yield make_finding("rots", ("workflow", "states", state.name), what, fix)


def _unbounded(prospects: Reachability, state: State) -> Iterator[Finding]:
    held = [rule.id for rule in prospects.written if rule.group in state.masks and _is_held(rule)]
    if not held or prospects.leavers(state) or prospects.comes_back(state):
        return
    if not any(_reminds(prospects, rule, state) for rule in prospects.written):
        what = f"it holds back {', '.join(held)}, no rule leaves it, and none reminds anybody of tickets in it"
        fix = "let a rule outside its masks tell somebody from time to time, or bring the ticket back"
        yield make_finding("mask_without_bound", ("workflow", "states", state.name, "masks"), what, fix)


def _is_held(rule: Rule) -> bool:
    return schedule_of(rule) is not None and not drops_masked(rule)


def _reminds(prospects: Reachability, rule: Rule, state: State) -> bool:
    """Return whether a rule that waits for time tells somebody of a ticket that rests in *state*."""
    tells = any(isinstance(action, actions.SendMessage) for then in action_steps(rule) for action in then)
    waits = tells and schedule_of(rule) is not None and rule.group not in state.masks
    return waits and prospects.possible_in(rule.given, state.name)
