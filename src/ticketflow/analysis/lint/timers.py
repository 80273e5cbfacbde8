"""Rules that wait for time: too late, standing still, too often, and rungs out of their order.

Source: docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.analysis.reachability import Reachability
from ticketflow.calendars.spans import (
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
from ticketflow.errors import TicketflowError
from ticketflow.kernel.instants import ZERO
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Ladder, Rule, Rung, action_steps
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.rules.triggers import After
from ticketflow.sla.policies import Deadline
from ticketflow.tickets.anchors import Closed, Entered, Started
from ticketflow.workflow.conditions import All, CategoryIs, Not

_CLOSED = CategoryIs("closed")
_MONTH = timedelta(days=30)
_MOST_MESSAGES = 100
"""How many messages a rule may send about one ticket in thirty days if nobody acts: over three a day."""
_SHORTEST_PERIOD = timedelta(hours=1)
"""What a rule may repeat after without saying how often: nobody can be expected to answer within the hour."""
_SAMPLE = datetime(2026, 3, 2, tzinfo=UTC)
"""From when thirty days of a calendar are counted: a month that is as good as any other."""


def timer_findings(prospects: Reachability) -> Iterator[Finding]:
    """Yield what is wrong with when rules come that wait for time; those that cannot act at all are found elsewhere.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(timer_findings(Reachability(senior())))
    []
    """
    for rule in prospects.written:
        if prospects.states_of(rule.given):
            yield from _after_close(prospects, rule)
            yield from _frozen(prospects, rule)
            yield from _storm(prospects, rule)
            if isinstance(rule, Ladder):
                yield from _out_of_order(prospects, rule)


def _sends(then: tuple[actions.Action, ...]) -> int:
    return sum(isinstance(action, actions.SendMessage) for action in then)


def _after_close(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield that what waits for time writes about closed tickets, unless it is for those alone."""
    times = schedule_of(rule)
    if times is None or not any(map(_sends, action_steps(rule))) or not prospects.states_of(All(rule.given, _CLOSED)):
        return
    is_meant = not prospects.possible(All(rule.given, Not(_CLOSED)))
    if is_meant or (isinstance(times, Steps | Repeats) and _is_of_the_end(prospects, rule, times)):
        return
    what = "it goes on when the ticket is closed"
    fix = "add Not(CategoryIs('closed')) to its condition; what is for closed tickets counts from Closed()"
    yield make_finding("reminder_after_close", ("automations", rule.id, "given"), what, fix)


def _is_of_the_end(prospects: Reachability, rule: Rule, times: Steps | Repeats) -> bool:
    """Return whether a rule counts from the closing on purpose, or by a clock that has stopped by then."""
    match times.since:
        case Closed():
            return True
        case Entered(state=str(state)):
            return "closed" in prospects.categories([state])
        case Started(clock=clock) if isinstance(times, Steps):
            measure = prospects.rules.clock(clock).measure
            by_clock = all(isinstance(rung.after, ClockSpan) for rung in times.rungs)
            return by_clock and not prospects.possible(All(rule.given, measure.runs, _CLOSED))
        case _:
            return False


def _frozen(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    times = schedule_of(rule)
    if not (isinstance(times, Steps) and isinstance(times.since, Started)):
        return
    clock = prospects.rules.clock(times.since.clock)
    by_hand = any(isinstance(row, Deadline) for row in clock.policy.targets)  # frozen or not, a moment comes
    if by_hand or not any(isinstance(rung.after, ClockSpan) for rung in times.rungs):
        return
    goes = All(rule.given, clock.measure.runs, Not(clock.measure.frozen))
    if not prospects.states_of(goes):
        what = f"wherever it can hold that {rule.given}, the clock {times.since.clock} stands still"
        fix = "ask for a state in which the clock runs, or count from another moment"
        yield make_finding("frozen_where_armed", ("automations", rule.id, "given"), what, fix)


def _storm(prospects: Reachability, rule: Rule) -> Iterator[Finding]:
    if not (isinstance(rule, Automation) and isinstance(rule.when, After) and rule.when.every and _sends(rule.then)):
        return
    path, at_most = ("automations", rule.id, "when"), rule.when.at_most
    period = rule.when.every
    if not isinstance(period, Elapsed | WorkingTime):
        return  # once a day at most
    if at_most is None and period.amount < _SHORTEST_PERIOD:
        what = f"it sends every {period}, without an end"
        yield make_finding("message_storm", path, what, "say at_most how often, or repeat more rarely")
        return
    count = _open(prospects, rule, period) // period.amount * _sends(rule.then)
    most = count if at_most is None else min(count, at_most * _sends(rule.then))
    if most > _MOST_MESSAGES:
        what = f"it sends {most} messages about one ticket in 30 days if nobody acts"
        yield make_finding("message_storm", path, what, "say at_most how often, or repeat more rarely")


def _open(prospects: Reachability, rule: Rule, period: Elapsed | WorkingTime) -> timedelta:
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


def _out_of_order(prospects: Reachability, ladder: Ladder) -> Iterator[Finding]:
    """Yield the rungs of a ladder that are not due after those before them, or come after the ticket is closed."""
    path = ("automations", ladder.id, "rungs")
    longest: dict[type, Rung] = {}  # of each kind of span: spans of two kinds are seldom comparable
    for index, rung in enumerate(ladder.rungs):
        later = next((each for each in longest.values() if _is_not_before(each.after, rung.after)), None)
        if later is not None:
            what = f"{rung.after} does not come after {later.after}"
            yield make_finding(
                "ladder_out_of_order", (*path, str(index)), what, "list rungs by when they are due, all apart"
            )
        if later is None or type(later.after) is not type(rung.after):
            longest[type(rung.after)] = rung
    states = prospects.states_of(ladder.given)
    for index, rung in enumerate(ladder.rungs[:-1]):
        if _always_closes(prospects, rung, states):
            what = "it closes the ticket, and rungs follow it"
            yield make_finding("ladder_out_of_order", (*path, str(index)), what, "make it the last one")


def _always_closes(prospects: Reachability, rung: Rung, states: Collection[str]) -> bool:
    moves = [action for action in rung.then if isinstance(action, actions.Move)]
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
        case AfterDue(), Missed():
            return one.span.amount > ZERO  # a target is missed a microsecond after it was due
        case ((Missed() | AfterDue()), (Missed() | BeforeDue())):
            return True
        case ((Missed() | AfterDue()), OfTarget()):
            return other.percent <= _WHOLE
        case _:
            return False


_WHOLE = 100
