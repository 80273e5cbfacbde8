"""Rules that can never act, do nothing when they do, come out of order, too late, or far too often.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from ticketflow.actions import Action, AssignTo, CancelSnooze, FollowUp, Move, Resolve, SendMessage
from ticketflow.anchors import Anchor, AssignedLast, Closed, Created, Entered, LastMessage, Started, named
from ticketflow.automations import (
    After,
    Automation,
    Ladder,
    OnEnter,
    OnLeave,
    OnWake,
    Repeats,
    Rule,
    Rung,
    Rungs,
    Trigger,
    steps_of,
    timetable,
)
from ticketflow.conditions import (
    ALWAYS,
    All,
    CategoryIs,
    Condition,
    FieldIs,
    IsSnoozed,
    IsUnanswered,
    Not,
    StateIs,
    reads,
)
from ticketflow.effects import closes
from ticketflow.errors import TicketflowError
from ticketflow.exact_codes import found
from ticketflow.findings import Finding
from ticketflow.guards import satisfiable
from ticketflow.prospects import Prospects, acts_when, moves_of
from ticketflow.sla import Deadline
from ticketflow.spans import (
    AfterDue,
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    ClockSpan,
    Elapsed,
    Missed,
    OfTarget,
    Span,
    WorkingTime,
)
from ticketflow.ticket import OUTCOME

_CLOSED = CategoryIs("closed")
_MONTH = timedelta(days=30)
_MOST_MESSAGES = 100
"""How many messages a rule may send about one ticket in thirty days if nobody acts: over three a day."""
_SHORTEST_PERIOD = timedelta(hours=1)
"""What a rule may repeat after without saying how often: nobody can be expected to answer within the hour."""
_SAMPLE = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday from which thirty days of a calendar are counted: what calendar is asked about, any month would do."""


def rule_findings(prospects: Prospects) -> Iterator[Finding]:
    """Yield what is wrong with each rule that is switched on, taken by itself.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(rule_findings(Prospects(senior())))
    []
    """
    for rule in prospects.written:
        if satisfiable(rule.given, prospects.rules.workflow) is False:
            continue  # said of its condition
        dead = list(_never_fires(prospects, rule))
        yield from dead or _of_live(prospects, rule)


def _of_live(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    yield from _impossible_steps(prospects, rule)
    yield from _no_effect(prospects, rule)
    yield from _after_close(prospects, rule)
    yield from _frozen(prospects, rule)
    yield from _storm(prospects, rule)
    if isinstance(rule, Ladder):
        yield from _out_of_order(prospects, rule)


# -- Rules that never act


def _never_fires(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    """Yield the first reason why a rule never acts, if there is one."""
    path, acting = ("automations", rule.id), acts_when(rule, prospects.rules)
    if isinstance(rule, Automation) and isinstance(rule.when, OnWake) and prospects.rules.snoozing is None:
        yield found("never_fires", (*path, "when"), "no snooze ends: this desk does not snooze", _GIVE_SNOOZING)
    elif not prospects.possible(rule.given):
        what = f"it can't hold that {rule.given}: this desk does not snooze"
        yield found("never_fires", (*path, "given"), what, _GIVE_SNOOZING)
    elif not prospects.possible(acting):
        yield _excluded(prospects, rule)
    elif not prospects.states_of(acting):
        what = f"no ticket reaches a state in which it can hold that {rule.given}"
        yield found("never_fires", (*path, "given"), what, "let something lead there, or leave the rule out")
    elif why := _ends_at_once(prospects, rule):
        yield found("never_fires", (*path, "ended_by"), why, "leave ended_by out (None), or end it by something else")


_GIVE_SNOOZING = "give the rules a Snoozing, or leave it out"


def _excluded(prospects: Prospects, rule: Rule) -> Finding:
    """Return that the event a rule waits for brings what its condition excludes."""
    assert isinstance(rule, Automation)  # noqa: S101 -- nothing else waits for events
    when, path = rule.when, ("automations", rule.id)
    if isinstance(when, OnEnter | OnLeave) and not prospects.possible(acts_when(_unconditional(rule), prospects.rules)):
        what = f"it never comes about that {when}"
        return found("never_fires", (*path, "when"), what, "wait for something that can come about")
    what = f"right after its event ({when}) it can't hold that {rule.given}"
    return found("never_fires", (*path, "given"), what, "ask for what holds after the event, or wait for another one")


def _unconditional(rule: Automation) -> Automation:
    return Automation(rule.id, rule.when, rule.then)


def _ends_at_once(prospects: Prospects, rule: Rule) -> str | None:
    """Return why each episode of a rule is over as it begins, if that is so."""
    times = timetable(rule)
    if rule.ended_by is None or not isinstance(times, Rungs | Repeats):
        return None
    ends, begins = named(rule.ended_by), named(times.since)
    if set(begins) <= set(ends) and all(_comes_with(rule.given, anchor, prospects) for anchor in begins):
        return f"{times.since} both begins and ends it"
    is_of_customers = LastMessage("customer") in ends or LastMessage("anyone") in ends
    if begins == (Created(),) and is_of_customers and _opens_with(prospects, rule.given):
        return "it counts from the opening, and the message with which a customer opens a ticket ends it"
    return None


def _comes_with(given: Condition, anchor: Anchor, prospects: Prospects) -> bool:
    """Return whether a condition never comes to hold but at a move of *anchor*, so that both are the same entry."""
    asked = reads(given)
    if given == ALWAYS:
        return True
    match anchor:
        case Entered(state=None):
            return asked <= {"state", "category"}
        case Entered(state=str(state)):
            return asked <= {"state", "category"} and not prospects.possible(All(given, Not(StateIs(state))))
        case Closed():
            return asked <= {"state", "category"} and not prospects.possible(All(given, Not(_CLOSED)))
        case AssignedLast():
            return asked <= {"assignee"}
        case LastMessage(by="customer"):
            return asked <= {"unanswered"} and not prospects.possible(All(given, Not(IsUnanswered())))
        case _:
            return False


def _opens_with(prospects: Prospects, given: Condition) -> bool:
    """Return whether a condition can hold as a customer opens a ticket."""
    openings = prospects.rules.workflow.ways_in
    return any("customer" in opening.may and prospects.possible_in(given, opening.target) for opening in openings)


# -- Steps that are always dropped, and what does nothing


def _impossible_steps(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    states = prospects.states_of(acts_when(rule, prospects.rules))
    others = [other for other, _ in prospects.reactions if other.id != rule.id and moves_of(other)]
    if others and isinstance(rule, Automation) and isinstance(rule.when, Trigger):
        states = tuple(state.name for state in prospects.rules.workflow.states)  # moved on before its turn, perhaps
    for path, then in _steps(rule):
        obstacles = (_obstacle(prospects, rule, action, then, states) for action in then)
        why = next((each for each in obstacles if each), None)
        if why:
            fix = "ask for what makes it possible, or leave the step out: it is always dropped"
            yield found("never_fires", path, why, fix)


def _steps(rule: Rule) -> Iterator[tuple[tuple[str, ...], tuple[Action, ...]]]:
    if isinstance(rule, Ladder):
        yield from ((("automations", rule.id, "rungs", str(index)), rung.then) for index, rung in enumerate(rule.rungs))
    else:
        yield ("automations", rule.id, "then"), rule.then


def _obstacle(
    prospects: Prospects, rule: Rule, action: Action, then: tuple[Action, ...], states: Collection[str]
) -> str | None:
    """Return why *action* is impossible in all the states in which its rule can act, if it is."""
    workflow = prospects.rules.workflow
    match action:
        case Move(transition=name) if not any(workflow.rows(name, state) for state in states):
            return f"{action}: it leads from no state in which the rule acts ({', '.join(states)})"
        case FollowUp() if "closed" not in prospects.categories(states) and not any(
            closes(other, states, workflow) for other in then
        ):
            return f"{action}: the ticket is not closed when the rule acts"
        case Resolve() if not prospects.possible(All(acts_when(rule, prospects.rules), FieldIs(OUTCOME, None))):
            return f"{action}: it has an outcome already whenever the rule acts"
        case _:
            return None


def _no_effect(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    for path, then in _steps(rule):
        idle = [action for action in then if _is_idle(prospects, rule, action)]
        if idle:
            code = "never_fires" if len(idle) == len(then) else "no_effect"
            yield found(code, path, f"{idle[0]}: there is never anybody or anything it means then", "leave it out")
    yield from _idle_terms(prospects, rule)


def _is_idle(prospects: Prospects, rule: Rule, action: Action) -> bool:
    """Return whether carrying out *action* never changes anything, because what it means is not there."""
    match action:
        case AssignTo(who="actor"):
            return timetable(rule) is not None or (isinstance(rule, Automation) and isinstance(rule.when, OnWake))
        case AssignTo(who="snoozer") | CancelSnooze():
            return not prospects.possible(All(acts_when(rule, prospects.rules), IsSnoozed()))
        case _:
            return False


def _idle_terms(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    """Yield the terms of a rule that say what becomes of it when it is held, where nothing holds it."""
    path, is_masked = ("automations", rule.id), prospects.is_masked_anywhere(rule)
    if rule.on_resume == "restart" and not is_masked:
        what = f"no state and no snooze masks the group {rule.group}, so nothing ever resumes"
        yield found("no_effect", (*path, "on_resume"), what, "let a state mask the group, or leave it out")
    is_held = is_masked or rule.gate is not None
    if rule.on_mask is not None and not is_held:
        what = "no mask and no gate ever holds it"
        yield found("no_effect", (*path, "on_mask"), what, "name a gate or a group that is masked, or leave it out")
    if isinstance(rule, Ladder) and rule.min_notice is not None and (len(rule.rungs) == 1 or not is_held):
        what = "there is no reminder before the last rung" if len(rule.rungs) == 1 else "nothing ever moves a reminder"
        yield found("no_effect", (*path, "min_notice"), what, "leave it out")


# -- Too late, standing still, too often


def _sends(then: tuple[Action, ...]) -> int:
    return sum(isinstance(action, SendMessage) for action in then)


def _after_close(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    """Yield that what waits for time writes about closed tickets, unless it is for those alone."""
    times = timetable(rule)
    if times is None or not any(map(_sends, steps_of(rule))) or not prospects.states_of(All(rule.given, _CLOSED)):
        return
    is_meant = not prospects.possible(All(rule.given, Not(_CLOSED)))
    if is_meant or (isinstance(times, Rungs | Repeats) and _is_of_the_end(prospects, rule, times)):
        return
    what = "it goes on when the ticket is closed"
    fix = "add Not(CategoryIs('closed')) to its condition; what is for closed tickets counts from Closed()"
    yield found("reminder_after_close", ("automations", rule.id, "given"), what, fix)


def _is_of_the_end(prospects: Prospects, rule: Rule, times: Rungs | Repeats) -> bool:
    """Return whether a rule counts from the closing on purpose, or by a clock that has stopped by then."""
    match times.since:
        case Closed():
            return True
        case Entered(state=str(state)):
            return "closed" in prospects.categories([state])
        case Started(clock=clock) if isinstance(times, Rungs):
            measure = prospects.rules.clock(clock).measure
            by_clock = all(isinstance(rung.after, ClockSpan) for rung in times.rungs)
            return by_clock and not prospects.possible(All(rule.given, measure.runs, _CLOSED))
        case _:
            return False


def _frozen(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    times = timetable(rule)
    if not (isinstance(times, Rungs) and isinstance(times.since, Started)):
        return
    clock = prospects.rules.clock(times.since.clock)
    by_hand = any(isinstance(row, Deadline) for row in clock.policy.targets)  # frozen or not, a moment comes
    if by_hand or not any(isinstance(rung.after, ClockSpan) for rung in times.rungs):
        return
    goes = All(rule.given, clock.measure.runs, Not(clock.measure.frozen))
    if not prospects.states_of(goes):
        what = f"wherever it can hold that {rule.given}, the clock {times.since.clock} stands still"
        fix = "ask for a state in which the clock runs, or count from another moment"
        yield found("frozen_where_armed", ("automations", rule.id, "given"), what, fix)


def _storm(prospects: Prospects, rule: Rule) -> Iterator[Finding]:
    if not (isinstance(rule, Automation) and isinstance(rule.when, After) and rule.when.every and _sends(rule.then)):
        return
    path, at_most = ("automations", rule.id, "when"), rule.when.at_most
    period = rule.when.every
    if not isinstance(period, Elapsed | WorkingTime):
        return  # once a day at most
    if at_most is None and period.amount < _SHORTEST_PERIOD:
        what = f"it sends every {period}, without an end"
        yield found("message_storm", path, what, "say at_most how often, or repeat more rarely")
        return
    count = _open(prospects, rule, period) // period.amount * _sends(rule.then)
    most = count if at_most is None else min(count, at_most * _sends(rule.then))
    if most > _MOST_MESSAGES:
        what = f"it sends {most} messages about one ticket in 30 days if nobody acts"
        yield found("message_storm", path, what, "say at_most how often, or repeat more rarely")


def _open(prospects: Prospects, rule: Rule, period: Elapsed | WorkingTime) -> timedelta:
    """Return how much of thirty days a rule's period counts and its gate lets through."""
    calendars = [rule.calendar] if isinstance(period, WorkingTime) else []
    calendars += [rule.gate] if rule.gate else []
    opened = [_MONTH]
    for name in calendars:
        try:
            opened.append(prospects.rules.calendars[name].between(_SAMPLE, _SAMPLE + _MONTH))
        except TicketflowError:
            continue  # nobody knows its holidays: count the whole month
    return min(opened)


# -- Ladders


def _out_of_order(prospects: Prospects, ladder: Ladder) -> Iterator[Finding]:
    path = ("automations", ladder.id, "rungs")
    for index, rung in enumerate(ladder.rungs):
        later = next((each for each in ladder.rungs[:index] if _is_not_before(each.after, rung.after)), None)
        if later is not None:
            what = f"{rung.after} does not come after {later.after}"
            yield found("ladder_out_of_order", (*path, str(index)), what, "list rungs by when they are due, all apart")
    states = prospects.states_of(ladder.given)
    for index, rung in enumerate(ladder.rungs[:-1]):
        if _always_closes(prospects, rung, states):
            what = "it closes the ticket, and rungs follow it"
            yield found("ladder_out_of_order", (*path, str(index)), what, "make it the last one")


def _always_closes(prospects: Prospects, rung: Rung, states: Collection[str]) -> bool:
    moves = [action for action in rung.then if isinstance(action, Move)]
    workflow = prospects.rules.workflow
    rows = [row for move in moves for state in states for row in workflow.rows(move.transition, state)]
    return bool(rows) and all(workflow.target_of(row).category == "closed" for row in rows)


def _is_not_before(one: Span | ClockSpan, other: Span | ClockSpan) -> bool:
    """Return whether *one* is certainly as long as *other* or longer, counted from one moment."""
    match one, other:
        case (Elapsed(amount=amount), Elapsed(amount=earlier)) | (
            WorkingTime(amount=amount),
            WorkingTime(amount=earlier),
        ):
            return amount >= earlier
        case BusinessDays(), BusinessDays():
            return one.days >= other.days
        case CalendarSpan(), CalendarSpan():
            days, others = 7 * one.weeks + one.days, 7 * other.weeks + other.days
            return one.zone == other.zone and one.months >= other.months and days >= others
        case OfTarget(), OfTarget():
            return one.percent >= other.percent
        case BeforeDue(), BeforeDue():
            return type(one.lead) is type(other.lead) and one.lead.amount <= other.lead.amount
        case AfterDue(), AfterDue():
            return one.span.amount >= other.span.amount
        case ((Missed() | AfterDue()), (Missed() | BeforeDue())):
            return True
        case ((Missed() | AfterDue()), OfTarget()):
            return other.percent <= _WHOLE
        case _:
            return False


_WHOLE = 100
