"""Why a rule did or did not act: one answer for every rule, fired or not, condition by condition.

Source: docs/semantics.md 3.15.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.engine.planning import Due, advance, evaluate
from ticketflow.engine.timers import ArmedTimer, Occurrence, episode, is_masked, occurrences
from ticketflow.errors import UnknownHolidaysError
from ticketflow.kernel.instants import to_utc
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule, drops_masked
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.rules.schedules import Schedule, Steps, schedule_of
from ticketflow.sla.progress import progress
from ticketflow.tickets import events
from ticketflow.tickets.anchors import Started, last_mark
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions

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
    "never",
]
"""What can be said of a rule; there is nothing else.

``held``: a mask holds it now, and nobody knows until when. ``frozen``: its clock stands still. ``awaits_event``: its
conditions hold and its event has not come. ``never``: what it waits for does not come, or nobody knows when.
"""


@attrs.frozen
class Check:
    """A part of a rule's condition, and whether it holds."""

    condition: conditions.Condition
    holds: bool


@attrs.frozen
class Explanation:
    """Why one rule stands as it does.

    Attributes:
        rule: The rule's id.
        verdict: What is the matter with it.
        checks: Its condition, part by part.
        at: When it is due by itself, takes effect, took effect, or was ended; in UTC.
        then: What it does then, where that is known.
        reason: Why it is due at that instant.
        mask: What masks it now; of what waits all the same, the next will be dropped if the mask is still on.
        entry: The entry that fired, dropped or ended it.
        gave_way: The entries in which its occurrences gave way to later ones, newest first.
        due_at: Of what waits, when it is due by itself; it takes effect later if a gate or a notice holds it.
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


def explain(now: datetime, ticket: Ticket, rules: Rules) -> tuple[Explanation, ...]:
    """Return for every rule, by id, why it acts or does not.

    What is not due is explained on the ticket with everything due carried out.

    Args:
        now: When it is asked; aware.
        ticket: The ticket.
        rules: The definition of the desk.

    Raises:
        NaiveDatetimeError: *now* has no time zone.

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
    due: dict[str, Due] = {}
    for each in evaluate(at, ticket, rules):
        gives_way = any(map(_is_superseded, each.entry.events))
        due[each.rule] = due.get(each.rule, each) if gives_way or not _gave_way(due.get(each.rule)) else each
    after = advance(at, ticket, rules) if due else ticket
    return tuple(_explained(rule, due.get(rule.id), after, rules) for rule in rules.all_automations)


def _explained(rule: Rule, due: Due | None, ticket: Ticket, rules: Rules) -> Explanation:
    checks = tuple(Check(part, conditions.holds(part, ticket.facts)) for part in _leaves(rule.given))
    times = schedule_of(rule)
    if due is not None:
        return Explanation(rule.id, "due", checks, due.due_at, due.actions, due.reason, entry=due.entry)
    if not rule.is_enabled:
        return Explanation(rule.id, "not_enabled", checks)
    if rule.id in ticket.halted:
        return Explanation(rule.id, "halted", checks)
    found = _of_event(rule, ticket) if times is None else _of_time(rule, times, ticket, rules)
    gave_way = tuple(entry for entry in _entries(rule, ticket) if any(map(_is_superseded, entry.events)))
    return attrs.evolve(found, checks=checks, gave_way=gave_way)


def _leaves(condition: conditions.Condition) -> Iterator[conditions.Condition]:
    """Yield what a condition asks all together, one by one."""
    if isinstance(condition, conditions.All):
        for part in condition.of:
            yield from _leaves(part)
    else:
        yield condition


def _of_event(rule: Rule, ticket: Ticket) -> Explanation:
    """Return why a rule that waits for an event stands as it does."""
    behind = _last_entry(rule, ticket)
    if behind is not None:
        return _past(rule, behind)
    verdict: Verdict = "awaits_event" if conditions.holds(rule.given, ticket.facts) else "not_applicable"
    return Explanation(rule.id, verdict)


def _last_entry(rule: Rule, ticket: Ticket, armed: int | None = None) -> events.Entry | None:
    """Return the rule's last entry, of the episode that entry *armed* began if one is named."""
    mine = (entry for entry in _entries(rule, ticket) if armed in (None, _armed(entry)))
    return next(mine, None)


def _armed(entry: events.Entry) -> int | None:
    return entry.cause.armed if isinstance(entry.cause, events.ByRule) else None


def _entries(rule: Rule, ticket: Ticket) -> Iterator[events.Entry]:
    """Yield the rule's entries, newest first."""
    for entry in reversed(ticket.history):
        if isinstance(entry.cause, events.ByRule) and entry.cause.key.rule == rule.id:
            yield entry


def _gave_way(due: Due | None) -> bool:
    """Return whether nothing better than an occurrence that gives way was found yet."""
    return due is None or any(map(_is_superseded, due.entry.events))


def _is_superseded(event: events.Event) -> bool:
    return isinstance(event, events.Superseded)


def _past(rule: Rule, entry: events.Entry) -> Explanation:
    verdict: Verdict = "dropped" if any(isinstance(event, events.Dropped) for event in entry.events) else "fired"
    reason = entry.cause.reason if isinstance(entry.cause, events.ByRule) else None
    return Explanation(rule.id, verdict, at=entry.at, reason=reason, entry=entry)


def _of_time(rule: Rule, times: Schedule, ticket: Ticket, rules: Rules) -> Explanation:
    """Return why a rule that waits for time stands as it does."""
    try:
        present = episode(rule, times, ticket, rules)
    except UnknownHolidaysError:
        return Explanation(rule.id, "never")
    if present is None:
        return _without_episode(rule, ticket)
    mask = rules.mask(rule) if is_masked(rule, ticket, rules) else None
    if mask is not None and not drops_masked(rule):
        return Explanation(rule.id, "held", mask=mask)
    upcoming = _first(rule, times, ticket, rules)
    if upcoming is not None:
        said = Explanation(rule.id, "waiting", (), upcoming.at, upcoming.then, upcoming.reason, mask)
        return attrs.evolve(said, due_at=upcoming.due_at)
    if _is_frozen(present, ticket, rules):
        return Explanation(rule.id, "frozen", mask=mask)
    return _exhausted(rule, present, ticket)


def _is_frozen(present: ArmedTimer, ticket: Ticket, rules: Rules) -> bool:
    """Return whether a rule has something left that waits for a clock which stands still."""
    times, anchor = present.times, present.anchor
    if not isinstance(times, Steps) or not isinstance(anchor, Started) or present.next_number == len(times.rungs):
        return False
    found = progress(ticket, rules.clock(anchor.clock))
    return found is not None and found.is_frozen


def _first(rule: Rule, times: Schedule, ticket: Ticket, rules: Rules) -> Occurrence | None:
    """Return what the rule does next, passing over what gives way."""
    ahead = list(occurrences(rule, times, ticket, rules))
    return next((each for each in ahead if each.instead is None), ahead[0] if ahead else None)


def _exhausted(rule: Rule, present: ArmedTimer, ticket: Ticket) -> Explanation:
    behind = _last_entry(rule, ticket, present.armed.sequence)
    return Explanation(rule.id, "never") if behind is None else _past(rule, behind)


def _ended_itself(rule: Rule, ticket: Ticket) -> Explanation | None:
    """Return that a rule fired, if it is its own doing that its condition holds no more."""
    since, behind = conditions.true_since(conditions.Not(rule.given), ticket), _last_entry(rule, ticket)
    return _past(rule, behind) if since and behind and behind.sequence == since.sequence else None


def _without_episode(rule: Rule, ticket: Ticket) -> Explanation:
    """Return why a rule has no episode: its condition does not hold, an event ended it, or its anchor never was."""
    if not conditions.holds(rule.given, ticket.facts):
        return _ended_itself(rule, ticket) or Explanation(rule.id, "not_applicable")
    ended = last_mark(rule.ended_by, ticket.marks) if rule.ended_by else None
    true = conditions.true_since(rule.given, ticket)
    if ended and true and ended.place >= true.place:
        (entry,) = (each for each in ticket.history.after(ended.sequence)[:1])
        return Explanation(rule.id, "ended", at=ended.at, entry=entry)
    behind = _last_entry(rule, ticket)
    return _past(rule, behind) if behind else Explanation(rule.id, "awaits_event")
