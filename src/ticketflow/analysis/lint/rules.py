"""Rules that can never act, and what of them does nothing when they do.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ticketflow.analysis.dependencies import closes
from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability, acts_when, moves_of
from ticketflow.analysis.satisfiability import satisfiable
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rule
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.tickets import anchors
from ticketflow.tickets.facts import OUTCOME
from ticketflow.workflow import conditions

_CLOSED = conditions.CategoryIs("closed")


def rule_findings(prospects: Reachability) -> Iterator[Finding]:
    """Yield what is wrong with each rule that is switched on, taken by itself.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(rule_findings(Reachability(senior())))
    []
    """
    for rule in prospects.written:
        if satisfiable(rule.given, prospects.rules.workflow) is False:
            continue  # said of its condition
        dead = list(_never_fires(prospects, rule))
        yield from dead or _of_live(prospects, rule)


def _of_live(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    yield from _ended_by_opening(prospects, rule)
    yield from _impossible_steps(prospects, rule)
    yield from _no_effect(prospects, rule)


# -- Rules that never act


def _never_fires(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield the first reason why a rule never acts, if there is one."""
    path, acting = ("automations", rule.id), acts_when(rule, prospects.rules)
    if isinstance(rule, Automation) and isinstance(rule.when, triggers.OnWake) and prospects.rules.snoozing is None:
        yield make_finding("never_fires", (*path, "when"), "no snooze ends: this desk does not snooze", _GIVE_SNOOZING)
    elif not prospects.possible(rule.given):
        what = f"it can't hold that {rule.given}: this desk does not snooze"
        yield make_finding("never_fires", (*path, "given"), what, _GIVE_SNOOZING)
    elif not prospects.possible(acting):
        yield _excluded(prospects, rule)
    elif not prospects.states_of(acting):
        what = f"no ticket reaches a state in which it can hold that {rule.given}"
        yield make_finding("never_fires", (*path, "given"), what, "let something lead there, or leave the rule out")
    elif (since := _counted_from(rule)) and not prospects.possible(
        conditions.All(rule.given, conditions.Happened(since))
    ):
        what = f"there never is {since} while it holds that {rule.given}"
        yield make_finding(
            "never_fires", (*path, "since"), what, "count from something that comes about, or leave the rule out"
        )
    elif why := _ends_at_once(prospects, rule):
        yield make_finding(
            "never_fires", (*path, "ended_by"), why, "leave ended_by out (None), or end it by something else"
        )


_GIVE_SNOOZING = "give the rules a Snoozing, or leave it out"


def _counted_from(rule: Rule) -> anchors.Anchor | None:
    """Return the moment of the ticket that a rule counts from; None if it counts from none, or from a clock's."""
    times = schedule_of(rule)
    if not isinstance(times, Steps | Repeats):
        return None
    return (
        None
        if any(isinstance(part, anchors.Started | anchors.Breached) for part in anchors.simple_parts(times.since))
        else times.since
    )


def _excluded(prospects: Reachability, rule: Rule) -> Finding:
    """Return that the event a rule waits for brings what its condition excludes."""
    assert isinstance(rule, Automation)  # noqa: S101 -- nothing else waits for events
    when, path = rule.when, ("automations", rule.id)
    if isinstance(when, triggers.OnEnter | triggers.OnLeave) and not prospects.possible(
        acts_when(_unconditional(rule), prospects.rules)
    ):
        what = f"it never comes about that {when}"
        return make_finding("never_fires", (*path, "when"), what, "wait for something that can come about")
    what = f"right after its event ({when}) it can't hold that {rule.given}"
    return make_finding(
        "never_fires", (*path, "given"), what, "ask for what holds after the event, or wait for another one"
    )


def _unconditional(rule: Automation) -> Automation:
    return Automation(rule.id, rule.when, rule.then)


def _ends_at_once(prospects: Reachability, rule: Rule) -> str | None:
    """Return why each episode of a rule is over as it begins, if that is so."""
    times = schedule_of(rule)
    if rule.ended_by is None or not isinstance(times, Steps | Repeats):
        return None
    ends, begins = anchors.simple_parts(rule.ended_by), anchors.simple_parts(times.since)
    if set(begins) <= set(ends) and all(_comes_with(rule.given, anchor, prospects) for anchor in begins):
        return f"{times.since} both begins and ends it"
    return None


def _ended_by_opening(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield that what counts from the opening is over at once for tickets that a customer opens with a message."""
    times = schedule_of(rule)
    if (
        rule.ended_by is None
        or not isinstance(times, Steps | Repeats)
        or anchors.simple_parts(times.since) != (anchors.Created(),)
    ):
        return
    ends = anchors.simple_parts(rule.ended_by)
    if (anchors.LastMessage("customer") in ends or anchors.LastMessage("anyone") in ends) and _opens_with(
        prospects, rule.given
    ):
        what = "it counts from the opening, and is ended by the very message with which a customer opens a ticket"
        fix = "leave ended_by out (None), or end it by the support's word"
        yield make_finding("ended_at_once", ("automations", rule.id, "ended_by"), what, fix)


def _comes_with(given: conditions.Condition, anchor: anchors.Anchor, prospects: Reachability) -> bool:
    """Return whether a condition never comes to hold but at a move of *anchor*, so that both are the same entry."""
    asked = conditions.reads(given)
    if given == conditions.ALWAYS:
        return True
    match anchor:
        case anchors.Entered(state=None):
            return asked <= {"state", "category"}
        case anchors.Entered(state=str(state)):
            return asked <= {"state", "category"} and not prospects.possible(
                conditions.All(given, conditions.Not(conditions.StateIs(state)))
            )
        case anchors.Closed():
            return asked <= {"state", "category"} and not prospects.possible(
                conditions.All(given, conditions.Not(_CLOSED))
            )
        case anchors.AssignedLast():
            return asked <= {"assignee"}
        case anchors.LastMessage(by="customer"):
            return asked <= {"unanswered"} and not prospects.possible(
                conditions.All(given, conditions.Not(conditions.IsUnanswered()))
            )
        case _:
            return False


def _opens_with(prospects: Reachability, given: conditions.Condition) -> bool:
    """Return whether a condition holds as a customer opens a ticket, whatever its fields hold."""
    targets = [opening.target for opening in prospects.rules.workflow.ways_in if "customer" in opening.may]
    return any(
        not prospects.possible(conditions.All(conditions.StateIs(target), *_FRESH, conditions.Not(given)))
        for target in targets
    )


_FRESH = (
    conditions.IsUnanswered(),
    conditions.Not(conditions.IsAssigned()),
    conditions.Not(conditions.IsSnoozed()),
    conditions.Not(conditions.Reopened()),
    conditions.Not(conditions.Happened(anchors.LastMessage("agent"))),
)
"""How a ticket stands that a customer has just opened with a message."""


# -- Steps that are always dropped, and what does nothing


def _impossible_steps(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    states = prospects.states_of(acts_when(rule, prospects.rules))
    others = [other for other, _ in prospects.reactions if other.id != rule.id and moves_of(other)]
    if others and isinstance(rule, Automation) and isinstance(rule.when, triggers.Trigger):
        states = tuple(state.name for state in prospects.rules.workflow.states)  # moved on before its turn, perhaps
    for path, then in _steps(rule):
        obstacles = (_obstacle(prospects, rule, action, then, states) for action in then)
        why = next((each for each in obstacles if each), None)
        if why:
            fix = "ask for what makes it possible, or leave the step out: it is always dropped"
            yield make_finding("never_fires", path, why, fix)


def _steps(rule: Rule) -> Iterator[tuple[tuple[str, ...], tuple[actions.Action, ...]]]:
    if isinstance(rule, Ladder):
        yield from ((("automations", rule.id, "rungs", str(index)), rung.then) for index, rung in enumerate(rule.rungs))
    else:
        yield ("automations", rule.id, "then"), rule.then


def _obstacle(
    prospects: Reachability,
    rule: Rule,
    action: actions.Action,
    then: tuple[actions.Action, ...],
    states: Collection[str],
) -> str | None:
    """Return why *action* is impossible in all the states in which its rule can act, if it is."""
    workflow = prospects.rules.workflow
    match action:
        case actions.Move(transition=name) if not any(workflow.rows(name, state) for state in states):
            return f"{action}: it leads from no state in which the rule acts ({', '.join(states)})"
        case actions.FollowUp() if "closed" not in prospects.categories(states) and not any(
            closes(other, states, workflow) for other in then
        ):
            return f"{action}: the ticket is not closed when the rule acts"
        case actions.Resolve() if not prospects.possible(
            conditions.All(acts_when(rule, prospects.rules), conditions.FieldIs(OUTCOME, None))
        ):
            return f"{action}: it has an outcome already whenever the rule acts"
        case _:
            return None


def _no_effect(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    for path, then in _steps(rule):
        idle = [action for action in then if _is_idle(prospects, rule, action)]
        if idle:
            code = "never_fires" if len(idle) == len(then) else "no_effect"
            yield make_finding(
                code, path, f"{idle[0]}: there is never anybody or anything it means then", "leave it out"
            )
    yield from _idle_terms(prospects, rule)


def _is_idle(prospects: Reachability, rule: Rule, action: actions.Action) -> bool:
    """Return whether carrying out *action* never changes anything, because what it means is not there."""
    match action:
        case actions.AssignTo(who="actor"):
            return schedule_of(rule) is not None or (
                isinstance(rule, Automation) and isinstance(rule.when, triggers.OnWake)
            )
        case actions.AssignTo(who="snoozer") | actions.CancelSnooze():
            return not prospects.possible(conditions.All(acts_when(rule, prospects.rules), conditions.IsSnoozed()))
        case _:
            return False


def _idle_terms(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield the terms of a rule that say what becomes of it when it is held, where nothing holds it."""
    path, is_masked = ("automations", rule.id), prospects.is_masked_anywhere(rule)
    if rule.on_resume == "restart" and not is_masked:
        what = f"no state and no snooze masks the group {rule.group}, so nothing ever resumes"
        yield make_finding("no_effect", (*path, "on_resume"), what, "let a state mask the group, or leave it out")
    is_held = is_masked or rule.gate is not None
    if rule.on_mask is not None and not is_held:
        what = "no mask and no gate ever holds it"
        yield make_finding(
            "no_effect", (*path, "on_mask"), what, "name a gate or a group that is masked, or leave it out"
        )
    if isinstance(rule, Ladder) and rule.min_notice is not None and (len(rule.rungs) == 1 or not is_held):
        what = "there is no reminder before the last rung" if len(rule.rungs) == 1 else "nothing ever moves a reminder"
        yield make_finding("no_effect", (*path, "min_notice"), what, "leave it out")
