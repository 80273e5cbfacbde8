"""Findings about timers: reminders after closing, frozen clocks, message storms, and rungs out of order.

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
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Repeats, Steps, schedule_of
from ticketflow.rules.triggers import After
from ticketflow.sla.policies import Deadline
from ticketflow.tickets.anchors import Closed, Entered, Started
from ticketflow.workflow.conditions import All, CategoryIs, Not
from ticketflow.workflow.ticket_calendar import calendars_named

_CLOSED = CategoryIs("closed")
_MONTH = timedelta(days=30)
_MOST_MESSAGES = 100
"""The most messages that a rule may send about one ticket in 30 days without anybody acting."""
_SHORTEST_PERIOD = timedelta(hours=1)
"""The shortest period of a rule that repeats without a limit."""
_SAMPLE = datetime(2026, 3, 2, tzinfo=UTC)
"""The start of the 30 days in which open time is counted."""


def timer_findings(reachability: Reachability) -> Iterator[Finding]:
    """Yield the findings about timers that can act.

    Source: docs/checks.md.

    >>> from ticketflow.presets.senior import senior
    >>> list(timer_findings(Reachability(senior())))
    []
    """
    for rule in reachability.enabled_rules:
        if reachability.reachable_states(rule.given):
            yield from _after_close(reachability, rule)
            yield from _frozen(reachability, rule)
            yield from _storm(reachability, rule)
            if isinstance(rule, Ladder):
                yield from _out_of_order(reachability, rule)


def _message_count(then: tuple[actions.Action, ...]) -> int:
    return sum(isinstance(action, actions.SendMessage) for action in then)


def _after_close(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    """Yield a finding if a timer sends messages about closed tickets, unless it is only for those."""
    times = schedule_of(rule)
    if (
        times is None
        or not any(map(_message_count, action_steps(rule)))
        or not reachability.reachable_states(All(rule.given, _CLOSED))
    ):
        return
    is_meant = not reachability.can_hold(All(rule.given, Not(_CLOSED)))
    if is_meant or (isinstance(times, Steps | Repeats) and _is_for_closed(reachability, rule, times)):
        return
    what = "the rule keeps sending messages when the ticket is closed"
    fix = "add Not(CategoryIs('closed')) to the condition, or count from Closed() if it is meant for closed tickets"
    yield make_finding("reminder_after_close", ("automations", rule.id, "given"), what, fix)


def _is_for_closed(reachability: Reachability, rule: Rule, times: Steps | Repeats) -> bool:
    """Return whether a rule counts from the closing, or on a clock that stops before."""
    match times.since:
        case Closed():
            return True
        case Entered(state=str(state)):
            return "closed" in reachability.categories_of([state])
        case Started(clock=clock) if isinstance(times, Steps):
            measure = reachability.rules.clock(clock).measure
            by_clock = all(isinstance(rung.after, ClockSpan) for rung in times.rungs)
            return by_clock and not reachability.can_hold(All(rule.given, measure.runs, _CLOSED))
        case _:
            return False


def _frozen(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    times = schedule_of(rule)
    if not (isinstance(times, Steps) and isinstance(times.since, Started)):
        return
    clock = reachability.rules.clock(times.since.clock)
    by_hand = any(
        isinstance(row, Deadline) for row in clock.policy.targets
    )  # a deadline passes even while the clock is frozen
    if by_hand or not any(isinstance(rung.after, ClockSpan) for rung in times.rungs):
        return
    running = All(rule.given, clock.measure.runs, Not(clock.measure.frozen))
    if not reachability.reachable_states(running):
        what = f"the clock {times.since.clock} is frozen in every state that allows the condition: {rule.given}"
        fix = "use a condition with which the clock runs, or count from another anchor"
        yield make_finding("frozen_where_armed", ("automations", rule.id, "given"), what, fix)


def _storm(reachability: Reachability, rule: Rule) -> Iterator[Finding]:
    if not (
        isinstance(rule, Automation) and isinstance(rule.when, After) and rule.when.every and _message_count(rule.then)
    ):
        return
    path, at_most = ("automations", rule.id, "when"), rule.when.at_most
    period = rule.when.every
    if not isinstance(period, Elapsed | WorkingTime):
        return  # at most once a day
    if at_most is None and period.amount < _SHORTEST_PERIOD:
        what = f"the rule sends a message every {period} without end"
        yield make_finding("message_storm", path, what, "set at_most, or repeat less often")
        return
    count = _open_time(reachability, rule, period) // period.amount * _message_count(rule.then)
    most = count if at_most is None else min(count, at_most * _message_count(rule.then))
    if most > _MOST_MESSAGES:
        what = f"the rule sends {most} messages about one ticket in 30 days if nobody acts"
        yield make_finding("message_storm", path, what, "set at_most, or repeat less often")


def _open_time(reachability: Reachability, rule: Rule, period: Elapsed | WorkingTime) -> timedelta:
    """Return the time within 30 days that the period of a rule counts and its gate lets pass."""
    counted = calendars_named(rule.calendar) if isinstance(period, WorkingTime) else ()
    return min(
        _longest_open(counted, reachability.rules), _longest_open(calendars_named(rule.gate), reachability.rules)
    )


def _longest_open(names: tuple[str, ...], rules: Rules) -> timedelta:
    """Return the open time of 30 days of the calendar that is open longest; all of it if there are no calendars."""
    try:
        return max((rules.calendars[name].between(_SAMPLE, _SAMPLE + _MONTH) for name in names), default=_MONTH)
    except TicketflowError:
        return _MONTH  # its holidays are not known: count the whole month


def _out_of_order(reachability: Reachability, ladder: Ladder) -> Iterator[Finding]:
    """Yield the rungs that are not later than an earlier rung, or that follow the closing of the ticket."""
    path = ("automations", ladder.id, "rungs")
    longest: dict[type, Rung] = {}  # by kind of span: spans of different kinds are rarely comparable
    for index, rung in enumerate(ladder.rungs):
        later = next((each for each in longest.values() if _is_not_before(each.after, rung.after)), None)
        if later is not None:
            what = f"{rung.after} is not later than {later.after}"
            yield make_finding(
                "ladder_out_of_order",
                (*path, str(index)),
                what,
                "list rungs in the order in which they are due, with different spans",
            )
        if later is None or type(later.after) is not type(rung.after):
            longest[type(rung.after)] = rung
    states = reachability.reachable_states(ladder.given)
    for index, rung in enumerate(ladder.rungs[:-1]):
        if _always_closes(reachability, rung, states):
            what = "the rung closes the ticket, but is not the last one"
            yield make_finding("ladder_out_of_order", (*path, str(index)), what, "move it to the end")


def _always_closes(reachability: Reachability, rung: Rung, states: Collection[str]) -> bool:
    moves = [action for action in rung.then if isinstance(action, actions.Move)]
    workflow = reachability.rules.workflow
    rows = [row for move in moves for state in states for row in workflow.rows(move.transition, state)]
    return bool(rows) and all(workflow.target_of(row).category == "closed" for row in rows)


def _is_not_before(one: Span | ClockSpan, other: Span | ClockSpan) -> bool:
    """Return whether *one* is certainly at least as long as *other*, counted from the same anchor."""
    match one, other:
        case (Elapsed(amount=amount), Elapsed(amount=earlier)) | (
            WorkingTime(amount=amount),
            WorkingTime(amount=earlier),
        ):
            return amount >= earlier
        case BusinessDays(), BusinessDays():
            return one.at == other.at and one.days >= other.days
        case CalendarSpan(), CalendarSpan():
            days, others = 7 * one.weeks + one.days, 7 * other.weeks + other.days
            return one.zone == other.zone and one.months >= other.months and days >= others
        case OfTarget(), OfTarget():
            return one.percent >= other.percent
        case BeforeDue(), BeforeDue():
            return _is_not_before(other.lead, one.lead)
        case AfterDue(span=Elapsed()), AfterDue(span=WorkingTime(amount=earlier)):
            return earlier == ZERO
        case AfterDue(span=WorkingTime(amount=amount)), AfterDue(span=Elapsed(amount=earlier)):
            return amount >= earlier
        case AfterDue(), AfterDue():
            return _is_not_before(one.span, other.span)
        case AfterDue(), Missed():
            return one.span.amount > ZERO  # a target is missed a microsecond after it was due
        case ((Missed() | AfterDue()), (Missed() | BeforeDue())):
            return True
        case ((Missed() | AfterDue()), OfTarget()):
            return other.percent <= _FULL
        case _:
            return False


_FULL = 100
