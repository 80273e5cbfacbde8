"""Findings about states and transitions: unreachable, dead, endless or forgotten ones.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, action_steps, drops_masked
from ticketflow.rules.schedules import schedule_of
from ticketflow.workflow.definition import State, Transition


def table_findings(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about states and transitions. Disabled ones are intended and give no finding.

    Source: docs/checks.md.

    >>> from ticketflow.presets.posponer import posponer
    >>> list(table_findings(Reachability(posponer())))
    []
    """
    yield from _unreachable(reachability)
    for row in reachability.rules.workflow.transitions:
        yield from _dead(reachability, row)
    yield from _endless(reachability)
    for state in reachability.live_states:
        yield from _rotting(reachability, state)
        yield from _unbounded(reachability, state)


def _unreachable(reachability: Reachability) -> Iterator[Finding]:
    for state in reachability.rules.workflow.states:
        if state.is_enabled and state.name not in reachability.reachable:
            leading = sorted({row.name for row in reachability.rules.workflow.transitions if row.target == state.name})
            names = ", ".join(leading)
            what = f"its transitions can never be taken: {names}" if leading else "no transition or opening leads to it"
            fix = "add a transition or an opening to it, or remove it"
            yield make_finding("unreachable_state", ("workflow", "states", state.name), what, fix)


def _dead(reachability: Reachability, row: Transition) -> Iterator[Finding]:
    path = ("workflow", "transitions", row.name)
    sources = [source for source in sorted(row.sources) if source in reachability.reachable]
    if not sources:
        what = f"to {row.target}: no ticket reaches {', '.join(sorted(row.sources))}"
        fix = "add a way to one of these states, or remove the transition"
        yield make_finding("dead_transition", (*path, "sources"), what, fix)
        return
    if reachability.can_hold(row.given) and not any(reachability.can_hold_in(row.given, each) for each in sources):
        what = f"to {row.target}: the condition cannot hold in {', '.join(sources)}: {row.given}"
        yield make_finding("dead_transition", (*path, "given"), what, "change the condition, or add a source")
        return
    edges = [edge for edge in reachability.edges if edge.row == row]
    if row.is_system_only and edges and not any(edge.rules for edge in edges):
        what = f"to {row.target}: no person may take it, and no rule takes it from {', '.join(sources)}"
        yield make_finding("dead_transition", (*path, "may"), what, "say who may take it, or let a rule take it")


def _endless(reachability: Reachability) -> Iterator[Finding]:
    """Yield the states from which tickets cannot end; a single finding if no ticket ever ends."""
    end = reachability.end_category
    if not any(state.category == end for state in reachability.live_states):
        fix = f"add a {end} state, and a way to it"
        yield make_finding("no_way_to_end", ("workflow", "states"), f"no ticket is ever {end}", fix)
        return
    for state in reachability.live_states:
        if state.name not in reachability.ending_states:
            fix = f"add a transition towards a {end} state"
            what = f"no sequence of transitions leads to a {end} state"
            yield make_finding("no_way_to_end", ("workflow", "states", state.name), what, fix)


def _rotting(reachability: Reachability, state: State) -> Iterator[Finding]:
    if state.category not in ("pending", "resolved"):
        return  # open tickets are in work, and closed ones have ended
    if not reachability.rules_leaving(state) and not reachability.is_left_by_waking(state):
        what = f"the state is {state.category}, and no rule moves a ticket out of it; only people do"
        fix = "add a ladder that closes the ticket, or a rule that moves it on a message or at a moment"
        yield make_finding("rots", ("workflow", "states", state.name), what, fix)


def _unbounded(reachability: Reachability, state: State) -> Iterator[Finding]:
    held = [rule.id for rule in reachability.enabled_rules if rule.group in state.masks and _is_held(rule)]
    if not held or reachability.rules_leaving(state) or reachability.is_left_by_waking(state):
        return
    if not any(_reminds(reachability, rule, state) for rule in reachability.enabled_rules):
        what = f"the state holds {', '.join(held)}, no rule leaves it, and no rule reminds anybody of tickets in it"
        fix = "add a rule outside the masked groups that sends reminders or moves the ticket on"
        yield make_finding("mask_without_bound", ("workflow", "states", state.name, "masks"), what, fix)


def _is_held(rule: Rule) -> bool:
    return schedule_of(rule) is not None and not drops_masked(rule)


def _reminds(reachability: Reachability, rule: Rule, state: State) -> bool:
    """Return whether a timer sends messages about a ticket that stays in *state*."""
    tells = any(isinstance(action, actions.SendMessage) for then in action_steps(rule) for action in then)
    waits = tells and schedule_of(rule) is not None and rule.group not in state.masks
    return waits and reachability.can_hold_in(rule.given, state.name)
