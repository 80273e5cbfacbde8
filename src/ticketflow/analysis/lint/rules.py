"""Findings about single rules: rules that never act, and parts that have no effect.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ticketflow.analysis.dependencies import closes
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, acting_condition, transitions_of
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rule, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.tickets import anchors
from ticketflow.tickets.facts import OUTCOME
from ticketflow.workflow import conditions

_CLOSED = conditions.CategoryIs("closed")


def rule_findings(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about each enabled rule.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(rule_findings(Reachability(senior())))
    []
    """
    for rule in reachability.enabled_rules:
        if reachability.is_satisfiable(rule.given) is False:
            continue  # never_true reports the condition
        never_fires = list(_never_fires(reachability, rule))
        if never_fires:
            yield from never_fires
            continue
        yield from _ended_by_opening(reachability, rule)
        yield from _answer_ignored(reachability, rule)
        yield from _repeats_rungs(reachability, rule)
        yield from _impossible_steps(reachability, rule)
        yield from _no_effect(reachability, rule)
    yield from _idle_in_force_from(reachability.rules)


# -- Rules that never act


def _never_fires(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield the first reason why a rule never acts, if there is one."""
    path, acting = ("automations", rule.id), acting_condition(rule, reachability.rules)
    if isinstance(rule, Automation) and isinstance(rule.when, triggers.OnWake) and reachability.rules.snoozing is None:
        yield make_finding(
            "never_fires",
            (*path, "when"),
            "the rule waits for the end of a snooze, but the rule set has no snoozing",
            _GIVE_SNOOZING,
        )
    elif not reachability.can_hold(rule.given):
        what = f"the condition cannot hold, because the rule set has no snoozing: {rule.given}"
        yield make_finding("never_fires", (*path, "given"), what, _GIVE_SNOOZING)
    elif not reachability.can_hold(acting):
        yield _contradicted_by_event(reachability, rule)
    elif not reachability.reachable_states(acting):
        what = f"no reachable state allows the condition: {rule.given}"
        yield make_finding(
            "never_fires", (*path, "given"), what, "add a transition to such a state, or remove the rule"
        )
    elif (since := _anchor_of(rule)) and not reachability.can_hold(
        conditions.All(rule.given, conditions.Happened(since))
    ):
        what = f"there is never {since} while {rule.given}"
        yield make_finding(
            "never_fires", (*path, "since"), what, "count from an anchor that can occur, or remove the rule"
        )
    elif why := _ends_at_once(reachability, rule):
        yield make_finding("never_fires", (*path, "ended_by"), why, "set ended_by to None or to another anchor")


_GIVE_SNOOZING = "give the rules a Snoozing, or remove the rule"


def _anchor_of(rule: Rule) -> anchors.Anchor | None:
    """Return the anchor that a rule counts from; None if it has none, or one of a clock."""
    times = schedule_of(rule)
    if not isinstance(times, Steps | Repeats):
        return None
    return (
        None
        if any(isinstance(part, anchors.Started | anchors.Breached) for part in anchors.simple_parts(times.since))
        else times.since
    )


def _contradicted_by_event(reachability: Reachability, rule: Rule) -> Finding:
    """Return the finding that the event of a rule contradicts its condition."""
    assert isinstance(rule, Automation)  # noqa: S101 -- only automations wait for events
    when, path = rule.when, ("automations", rule.id)
    if isinstance(when, triggers.OnEnter | triggers.OnLeave) and not reachability.can_hold(
        acting_condition(_unconditional(rule), reachability.rules)
    ):
        what = f"its event cannot happen: {when}"
        return make_finding("never_fires", (*path, "when"), what, "wait for an event that can happen")
    what = f"the condition cannot hold right after the event ({when}): {rule.given}"
    return make_finding(
        "never_fires", (*path, "given"), what, "use a condition that can hold after the event, or another event"
    )


def _unconditional(rule: Automation) -> Automation:
    return Automation(rule.id, rule.when, rule.then)


def _ends_at_once(reachability: Reachability, rule: Rule) -> str | None:
    """Return why every episode of a rule ends as soon as it begins, if so."""
    times = schedule_of(rule)
    if rule.ended_by is None or not isinstance(times, Steps | Repeats):
        return None
    ends, begins = anchors.simple_parts(rule.ended_by), anchors.simple_parts(times.since)
    if set(begins) <= set(ends) and all(_is_armed_with(rule.given, anchor, reachability) for anchor in begins):
        return f"{times.since} both begins and ends every episode"
    if times.since == anchors.Created() and not any(isinstance(part, _OF_CLOCKS) for part in ends):
        always_ended = not reachability.can_hold(
            conditions.All(rule.given, conditions.Not(conditions.Happened(rule.ended_by)))
        )
    else:
        is_answered = times.since == anchors.LastMessage("agent") and _is_ended_by_customer(rule)
        always_ended = is_answered and not reachability.can_hold(
            conditions.All(rule.given, conditions.Not(conditions.IsUnanswered()))
        )
    if always_ended:
        return f"{rule.ended_by} always comes after {times.since} while {rule.given}"
    return None


_OF_CLOCKS = (anchors.Started, anchors.Breached)


def _is_ended_by_customer(rule: Rule) -> bool:
    """Return whether a customer's message ends an episode of *rule*."""
    ends = anchors.simple_parts(rule.ended_by) if rule.ended_by else ()
    return anchors.LastMessage("customer") in ends or anchors.LastMessage("anyone") in ends


def _ended_by_opening(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield a finding if an episode begins with the opening, but the opening message of a customer ends it."""
    times = schedule_of(rule)
    if not isinstance(times, Steps | Repeats) or not _is_ended_by_customer(rule):
        return
    match times.since:
        case anchors.Created():
            begins, given = "the opening", rule.given
        case anchors.Started(clock=clock):
            begins = f"the start of the clock {clock} at the opening"
            given = conditions.All(rule.given, reachability.rules.clock(clock).measure.runs)
        case _:
            return
    if _holds_at_opening(reachability, given):
        what = f"the episode begins with {begins}, but the message with which a customer opens the ticket ends it"
        fix = "set ended_by to None, or to a message by the support"
        yield make_finding("ended_at_once", ("automations", rule.id, "ended_by"), what, fix)


def _answer_ignored(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield a finding if a rule counts from the support's message and reminds customers who have answered it."""
    times = schedule_of(rule)
    if (
        not isinstance(times, Steps | Repeats)
        or anchors.LastMessage("agent") not in anchors.simple_parts(times.since)
        or _is_ended_by_customer(rule)
        or not any(_writes_to_customer(action) for then in action_steps(rule) for action in then)
    ):
        return
    unanswered = conditions.All(rule.given, conditions.IsUnanswered())
    states = reachability.reachable_states(unanswered)
    kept = [name for name in states if not _is_left_on_answer(reachability, name)]
    if kept:
        what = f"the rule reminds customers who have answered (in {', '.join(kept)}), because nothing ends its episode"
        fix = "set ended_by to LastMessage('customer')"
        yield make_finding("answer_ignored", ("automations", rule.id, "ended_by"), what, fix)


def _writes_to_customer(action: actions.Action) -> bool:
    return isinstance(action, actions.SendMessage) and action.to in ("customer", "requester")


def _is_left_on_answer(reachability: Reachability, state: str) -> bool:
    """Return whether a rule that reacts to customers' messages can move a ticket out of *state*."""
    heard = (triggers.OnMessage("customer"), triggers.OnMessage("anyone"))
    return any(
        when in heard and reachability.can_hold_in(rule.given, state) and transitions_of(rule)
        for rule, when in reachability.reactions
    )


def _repeats_rungs(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield a finding if a ladder is armed again when a ticket is reopened, but its anchor stays where it was.

    The last rung that had passed is then carried out again (docs/semantics.md 3.4).
    """
    if not isinstance(rule, Ladder) or rule.ended_by is not None or not _stays(reachability, rule.since):
        return
    for edge in reachability.edges:
        if (
            (edge.by_hand or edge.rules)
            and reachability.categories_of([edge.source]) == {"resolved"}
            and reachability.reachable_states(conditions.StateIs(edge.source))
            and not reachability.can_hold_in(rule.given, edge.source)
            and reachability.can_hold_in(rule.given, edge.row.target)
        ):
            what = (
                f"the ladder is armed again when {edge.row.name} leads from {edge.source} to {edge.row.target}, "
                f"but {rule.since} does not move, so its last rung that has passed is carried out again"
            )
            fix = "set ended_by to ResolvedLast(), or use a condition that stays true while the ticket is resolved"
            yield make_finding("repeats_rungs", ("automations", rule.id, "given"), what, fix)
            return


def _stays(reachability: Reachability, since: anchors.Anchor) -> bool:
    """Return whether an anchor stays where it is when a ticket is reopened: the opening, or a clock that goes on."""
    if isinstance(since, anchors.Started):
        measure = reachability.rules.clock(since.clock).measure
        return measure.again != "anew" and measure.each is None
    return since == anchors.Created()


def _is_armed_with(given: conditions.Condition, anchor: anchors.Anchor, reachability: Reachability) -> bool:
    """Return whether the entry that makes a condition true always moves *anchor*, too."""
    facts = conditions.reads(given)
    if given == conditions.ALWAYS:
        return True
    match anchor:
        case anchors.Entered(state=None):
            return facts <= {"state", "category"}
        case anchors.Entered(state=str(state)):
            return facts <= {"state", "category"} and not reachability.can_hold(
                conditions.All(given, conditions.Not(conditions.StateIs(state)))
            )
        case anchors.Closed():
            return facts <= {"state", "category"} and not reachability.can_hold(
                conditions.All(given, conditions.Not(_CLOSED))
            )
        case anchors.AssignedLast():
            return facts <= {"assignee"}
        case anchors.LastMessage(by="customer"):
            return facts <= {"unanswered"} and not reachability.can_hold(
                conditions.All(given, conditions.Not(conditions.IsUnanswered()))
            )
        case _:
            return False


def _holds_at_opening(reachability: Reachability, given: conditions.Condition) -> bool:
    """Return whether a condition holds when a customer opens a ticket, whatever its fields."""
    targets = [opening.target for opening in reachability.rules.workflow.ways_in if "customer" in opening.may]
    return any(
        not reachability.can_hold(conditions.All(conditions.StateIs(target), *_FRESH, conditions.Not(given)))
        for target in targets
    )


_FRESH = (
    conditions.IsUnanswered(),
    conditions.Happened(anchors.LastMessage("customer")),
    conditions.Not(conditions.WasAnswered()),
    conditions.Not(conditions.IsAssigned()),
    conditions.Not(conditions.IsSnoozed()),
    conditions.Not(conditions.Reopened()),
    conditions.Not(conditions.Happened(anchors.LastMessage("agent"))),
)
"""The conditions that hold for a ticket that a customer has just opened with a message."""


# -- Steps that are always dropped, and parts without effect


def _impossible_steps(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    states = reachability.reachable_states(acting_condition(rule, reachability.rules))
    others = [other for other, _ in reachability.reactions if other.id != rule.id and transitions_of(other)]
    if others and isinstance(rule, Automation) and isinstance(rule.when, triggers.Trigger):
        states = tuple(
            state.name for state in reachability.rules.workflow.states
        )  # an earlier reaction may have moved the ticket
    for path, then in _steps(rule):
        obstacles = (_obstacle(reachability, rule, action, then, states) for action in then)
        why = next((each for each in obstacles if each), None)
        if why:
            fix = "change the condition so that the action is possible, or remove the step; it is always dropped"
            yield make_finding("never_fires", path, why, fix)


def _steps(rule: Rule) -> Iterator[tuple[tuple[str, ...], tuple[actions.Action, ...]]]:
    if isinstance(rule, Ladder):
        yield from ((("automations", rule.id, "rungs", str(index)), rung.then) for index, rung in enumerate(rule.rungs))
    else:
        yield ("automations", rule.id, "then"), rule.then


def _obstacle(
    reachability: Reachability,
    rule: Rule,
    action: actions.Action,
    then: tuple[actions.Action, ...],
    states: Collection[str],
) -> str | None:
    """Return why *action* is impossible in all states in which the rule can act, if so."""
    workflow = reachability.rules.workflow
    match action:
        case actions.Move(transition=name) if not any(workflow.rows(name, state) for state in states):
            return (
                f"{action}: the transition leads from none of the states in which the rule acts ({', '.join(states)})"
            )
        case actions.FollowUp() if "closed" not in reachability.categories_of(states) and not any(
            closes(other, states, workflow) for other in then
        ):
            return f"{action}: the ticket is not closed when the rule acts"
        case actions.Resolve() if not reachability.can_hold(
            conditions.All(acting_condition(rule, reachability.rules), conditions.FieldIs(OUTCOME, None))
        ):
            return f"{action}: the ticket always has an outcome already when the rule acts"
        case _:
            return None


def _no_effect(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    for path, then in _steps(rule):
        idle = [action for action in then if _is_idle(reachability, rule, action)]
        if idle:
            code = "never_fires" if len(idle) == len(then) else "no_effect"
            yield make_finding(
                code, path, f"{idle[0]}: what this refers to never exists when the rule acts", "remove the action"
            )
    yield from _idle_terms(reachability, rule)


def _is_idle(reachability: Reachability, rule: Rule, action: actions.Action) -> bool:
    """Return whether *action* never has an effect, because the person or snooze it refers to never exists."""
    match action:
        case actions.AssignTo(who="actor"):
            return schedule_of(rule) is not None or (
                isinstance(rule, Automation) and isinstance(rule.when, triggers.OnWake)
            )
        case actions.AssignTo(who="snoozer") | actions.CancelSnooze():
            return not reachability.can_hold(
                conditions.All(acting_condition(rule, reachability.rules), conditions.IsSnoozed())
            )
        case _:
            return False


def _idle_in_force_from(rules: Rules) -> Iterator[Finding]:
    """Yield the rules that are said to be in force from an instant at which their rule set is not, or only just."""
    all_from = rules.in_force_from
    for rule in rules.automations:
        if all_from and rule.is_enabled and rule.in_force_from and rule.in_force_from <= all_from:
            what = f"the whole rule set is in force from {all_from.isoformat()} only"
            yield make_finding("no_effect", ("automations", rule.id, "in_force_from"), what, "remove in_force_from")


def _idle_terms(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield the terms of a rule that never matter, such as those for a rule that is held if nothing ever holds it."""
    path, is_masked = ("automations", rule.id), reachability.is_masked_anywhere(rule)
    if rule.on_resume == "restart" and not is_masked:
        what = f"no state and no snooze masks the group {rule.group}, so the rule never resumes"
        yield make_finding("no_effect", (*path, "on_resume"), what, "let a state mask the group, or remove on_resume")
    is_held = is_masked or rule.gate is not None
    if rule.on_mask is not None and not is_held:
        what = "no mask and no gate ever holds the rule"
        yield make_finding(
            "no_effect", (*path, "on_mask"), what, "give the rule a gate or a group that is masked, or remove on_mask"
        )
    if isinstance(rule, Ladder) and rule.min_notice is not None and (len(rule.rungs) == 1 or not is_held):
        what = "there is no reminder before the last rung" if len(rule.rungs) == 1 else "nothing ever delays a reminder"
        yield make_finding("no_effect", (*path, "min_notice"), what, "remove min_notice")
