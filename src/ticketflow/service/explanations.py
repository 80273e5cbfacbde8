"""Explain why each rule has acted or not, condition by condition.

Source: docs/semantics.md 3.15.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.engine.episodes import ArmedTimer, Occurrence, ended_after, episode, origin_of
from ticketflow.engine.occurrences import has_too_early, occurrences
from ticketflow.engine.planning import apply, evaluate
from ticketflow.engine.plans import Due
from ticketflow.engine.program import Program, Timer, ready
from ticketflow.errors import UnknownHolidaysError
from ticketflow.kernel.instants import to_utc
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule
from ticketflow.rules.ruleset import Rules, all_automations, check_arguments
from ticketflow.rules.schedules import Steps
from ticketflow.sla.tracking import progress
from ticketflow.tickets import events
from ticketflow.tickets.anchors import Started
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf, calendar_in_force

Verdict = Literal[
    "due",
    "waiting",
    "held",
    "frozen",
    "fired",
    "dropped",
    "ended",
    "halted",
    "not_applicable",
    "awaits_event",
    "not_enabled",
    "not_in_force",
    "never",
]
"""The status of a rule.

* ``due``: it acts in the present plan.
* ``waiting``: its next occurrence has a known instant.
* ``held``: a mask holds it; the end of the mask is not known.
* ``frozen``: it waits for a clock that stands still.
* ``fired``, ``dropped``: it has acted, or its occurrence was dropped; nothing more comes in this episode.
* ``ended``: the anchor of ``ended_by`` ended its episode.
* ``halted``: it rests until the next outside event, because rules went in a circle.
* ``not_applicable``: its condition does not hold.
* ``awaits_event``: its condition holds, and its event or its anchor has not occurred.
* ``not_enabled``: it is switched off.
* ``not_in_force``: what it waits for lies before the instant from which it is in force, or has not come before that.
* ``never``: nothing more comes, or the instant is not known.
"""


@attrs.frozen
class Check:
    """One part of a rule's condition, with its truth value.

    Attributes:
        condition: The part.
        holds: Whether it holds.
    """

    condition: conditions.Condition
    holds: bool


@attrs.frozen
class Explanation:
    """The status of one rule and the reasons for it.

    Attributes:
        rule: The rule's id.
        verdict: Its status.
        checks: Its condition, part by part.
        at: For ``due``, the own due instant; for ``waiting``, the instant of effect; for ``not_in_force``, the instant
            from which the rule is in force; otherwise the instant of *entry*. In UTC.
        then: The actions that it takes at that instant, if they are known.
        reason: Why it is due at that instant.
        mask: The mask that is on now. If the rule is ``waiting`` all the same, its next occurrence is dropped if the
            mask is still on by then.
        entry: The entry that fired, dropped or ended it.
        gave_way: The entries in which occurrences of the rule were superseded by later ones, newest first.
        due_at: For ``waiting``, the own due instant. A gate or a notice can move the effect (*at*) after it.
        calendar: The calendar in force, if the rule takes it from a field of the ticket; otherwise None.
        gate: The gate in force, if the rule takes it from a field of the ticket; otherwise None.
    """

    rule: str
    verdict: Verdict
    checks: tuple[Check, ...] = ()
    at: datetime | None = None
    then: tuple[actions.Action, ...] = ()
    reason: events.Why | None = None
    mask: conditions.Condition | None = None
    entry: events.Entry | None = None
    gave_way: tuple[events.Entry, ...] = ()
    due_at: datetime | None = None
    calendar: str | None = None
    gate: str | None = None


def explain(now: datetime, ticket: Ticket, rules: Rules) -> tuple[Explanation, ...]:
    """Return an explanation of every rule, in the order of their ids.

    Rules that are not due are explained for the ticket with everything due carried out. If *now* is before the ticket's
    last entry, the ticket as it stood then is explained; before the opening there is nothing to explain.

    Args:
        now: The instant at which the question is asked; aware.
        ticket: The ticket.
        rules: The rule set.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, or *rules* is not a Rules.

    Source: docs/semantics.md 3.15.

    >>> from datetime import UTC, timedelta
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, 12, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> ticket = handle(None, opened, servicenow()).ticket
    >>> [(each.rule, each.verdict) for each in explain(ticket.changed_at, ticket, servicenow())]
    [('close-resolved', 'not_applicable')]
    """
    at = to_utc(now, "now")
    check_arguments(ticket, rules)
    then = ticket.as_of(at)
    if then is None:
        return ()
    due: dict[str, Due] = {}
    plan = evaluate(at, then, rules)
    for each in plan:
        shown = due.setdefault(each.rule, each)
        if _is_superseded(shown.entry) and not _is_superseded(each.entry):
            due[each.rule] = each
    after = apply(then, plan).unwrap().ticket
    return tuple(_explanation(rule, due.get(rule.id), at, after, rules) for rule in all_automations(rules))


def _explanation(rule: Rule, due: Due | None, now: datetime, ticket: Ticket, rules: Rules) -> Explanation:
    calendar, gate = (
        calendar_in_force(each, ticket.facts) if isinstance(each, CalendarOf) else None
        for each in (rule.calendar, rule.gate)
    )
    return attrs.evolve(_explained(rule, due, now, ticket, rules), calendar=calendar, gate=gate)


def _explained(rule: Rule, due: Due | None, now: datetime, ticket: Ticket, rules: Rules) -> Explanation:
    checks = tuple(Check(part, ready(part, rules).holds_for(ticket)) for part in _flattened(rule.given))
    if due is not None:
        return Explanation(rule.id, "due", checks, due.due_at, due.actions, due.reason, entry=due.entry)
    if not rule.is_enabled:
        return Explanation(rule.id, "not_enabled", checks)
    if rule.id in ticket.halted:
        return Explanation(rule.id, "halted", checks)
    timer = Program.of(rules).timers_by_id.get(rule.id)
    found = _explain_reaction(rule, now, ticket, rules) if timer is None else _explain_timer(timer, ticket)
    gave_way = tuple(filter(_is_superseded, _entries(rule, ticket)))
    return attrs.evolve(found, checks=checks, gave_way=gave_way)


def _flattened(condition: conditions.Condition) -> Iterator[conditions.Condition]:
    """Yield the parts of nested `All` conditions one by one, and any other condition whole."""
    if isinstance(condition, conditions.All):
        for part in condition.of:
            yield from _flattened(part)
    else:
        yield condition


def _explain_reaction(rule: Rule, now: datetime, ticket: Ticket, rules: Rules) -> Explanation:
    last = _last_entry(rule, ticket)
    if last is not None:
        return _fired_or_dropped(rule, last)
    if rule.in_force_from is not None and now < rule.in_force_from:
        return Explanation(rule.id, "not_in_force", at=rule.in_force_from)
    verdict: Verdict = "awaits_event" if ready(rule.given, rules).holds_for(ticket) else "not_applicable"
    return Explanation(rule.id, verdict)


def _last_entry(rule: Rule, ticket: Ticket, armed: int | None = None) -> events.Entry | None:
    """Return the rule's last entry; if *armed* is given, the last one of the episode that this entry armed."""
    return next((entry for entry in _entries(rule, ticket) if armed in (None, _armed(entry))), None)


def _armed(entry: events.Entry) -> int | None:
    return entry.cause.armed if isinstance(entry.cause, events.ByRule) else None


def _entries(rule: Rule, ticket: Ticket) -> Iterator[events.Entry]:
    """Yield the rule's entries, newest first."""
    for entry in reversed(ticket.history):
        if isinstance(entry.cause, events.ByRule) and entry.cause.key.rule == rule.id:
            yield entry


def _is_superseded(entry: events.Entry) -> bool:
    return any(isinstance(event, events.Superseded) for event in entry.events)


def _fired_or_dropped(rule: Rule, entry: events.Entry) -> Explanation:
    verdict: Verdict = "dropped" if any(isinstance(event, events.Dropped) for event in entry.events) else "fired"
    reason = entry.cause.reason if isinstance(entry.cause, events.ByRule) else None
    return Explanation(rule.id, verdict, at=entry.at, reason=reason, entry=entry)


def _explain_timer(timer: Timer, ticket: Ticket) -> Explanation:
    rule = timer.rule
    try:
        present = episode(timer, ticket)
    except UnknownHolidaysError:
        return Explanation(rule.id, "never")
    if present is None:
        return _explain_without_episode(timer, ticket)
    mask = timer.mask.condition if timer.mask is not None and timer.is_masked(ticket) else None
    if mask is not None and not timer.is_dropping:
        return Explanation(rule.id, "held", mask=mask)
    upcoming = _next_occurrence(timer, ticket)
    if upcoming is not None:
        waiting = Explanation(rule.id, "waiting", (), upcoming.at, upcoming.then, upcoming.reason, mask)
        return attrs.evolve(waiting, due_at=upcoming.due_at)
    if _is_frozen(present, ticket):
        return Explanation(rule.id, "frozen", mask=mask)
    last = _last_entry(rule, ticket, present.armed.sequence)
    if last is not None:
        return _fired_or_dropped(rule, last)
    if has_too_early(present, ticket):
        return Explanation(rule.id, "not_in_force", at=rule.in_force_from, mask=mask)
    return Explanation(rule.id, "never")


def _is_frozen(present: ArmedTimer, ticket: Ticket) -> bool:
    """Return whether the rule has a rung left that waits for a clock that stands still."""
    times, clock = present.times, present.timer.clock
    is_counting = clock is not None and isinstance(present.anchor, Started)
    if not isinstance(times, Steps) or not is_counting or present.next_number == len(times.rungs):
        return False
    found = progress(ticket, clock) if clock is not None else None
    return found is not None and found.is_frozen


def _next_occurrence(timer: Timer, ticket: Ticket) -> Occurrence | None:
    """Return the first occurrence that does not give way to a later one, or else the first of all."""
    ahead = list(occurrences(timer, ticket))
    return next((each for each in ahead if each.instead is None), ahead[0] if ahead else None)


def _ended_itself(timer: Timer, ticket: Ticket) -> Explanation | None:
    """Return an explanation if the rule's own last entry made its condition false; otherwise None."""
    rule, given = timer.rule, timer.given
    false = conditions.compiled(conditions.Not(rule.given), given.trails_of)
    since, last = false.true_since(ticket), _last_entry(rule, ticket)
    return _fired_or_dropped(rule, last) if since and last and last.sequence == since.sequence else None


def _explain_without_episode(timer: Timer, ticket: Ticket) -> Explanation:
    """Explain a timer that is not armed.

    Its condition does not hold, an event ended its episode, or its anchor has not occurred.
    """
    rule = timer.rule
    if not timer.given.holds_for(ticket):
        return _ended_itself(timer, ticket) or Explanation(rule.id, "not_applicable")
    origin = origin_of(timer, ticket)
    ended = ended_after(timer, origin[2], ticket) if origin else None
    if ended:
        (entry,) = (each for each in ticket.history.after(ended.sequence)[:1])
        return Explanation(rule.id, "ended", at=ended.at, entry=entry)
    last = _last_entry(rule, ticket)
    return _fired_or_dropped(rule, last) if last else Explanation(rule.id, "awaits_event")
