"""State keys: equal keys for tickets that the rules cannot tell apart.

A *configuration* is everything that the rules can read from a ticket, and the time left in everything that is counted,
from the last entry on. It has no dates. For elapsed time it is exact to the second. With calendars it is an
approximation: a ticket on a Tuesday may have the same key as one on a Wednesday.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import cast

from ticketflow.analysis.explore.relevance import Relevance, relevance_of
from ticketflow.calendars.spans import ClockSpan, Elapsed, Span
from ticketflow.engine.episodes import Occurrence, armed_at, ended_after, origin_of
from ticketflow.engine.occurrences import occurrences
from ticketflow.engine.program import Program, Timer
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, HOUR, SECOND, ZERO
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps
from ticketflow.rules.triggers import AtField, Trigger
from ticketflow.sla.clock import Clock
from ticketflow.sla.progress import Progress
from ticketflow.sla.standing import trails_with
from ticketflow.sla.tracking import progress
from ticketflow.tickets import anchors, events
from ticketflow.tickets.facts import OUTCOME, Facts
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import calendar_in_force, calendars_named

StateKey = tuple[object, ...]
"""A hashable configuration, equal for tickets that the rules cannot tell apart."""


class StateKeys:
    """The state keys of tickets under one rule set.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> ada, noon, rules = Actor("agent", "ada"), datetime(2026, 11, 19, 12, tzinfo=UTC), servicenow()
    >>> opened = [commands.Open("T-1", at=noon + timedelta(hours=hours), by=ada) for hours in (0, 9)]
    >>> state_keys = StateKeys(rules)
    >>> len({state_keys.key_of(handle(None, each, rules).ticket) for each in opened})
    1
    """

    def __init__(self, rules: Rules) -> None:
        """Compute what the rules depend on."""
        self._rules = rules
        relevance = relevance_of(rules)
        self._questions = tuple(map(conditions.compiled_test, _questions(relevance)))
        self._most = dict(sorted(_most_counted(relevance)))
        self._facts = tuple(_exact_facts(relevance))
        self._asks_assignee = anchors.AssignedLast() in relevance.anchors or _asks_assignment(relevance)
        self._asks_rating = any(isinstance(each, actions.Rate) for each in relevance.actions)
        self._clocks = tuple(rules.clock(name) for name in sorted(relevance.clocks))
        self._calendars = tuple(rules.calendars[name] for name in sorted(relevant_calendars(rules)))
        self._program = Program.of(rules)
        self._restarts = {each.id: _is_restarted(each.rule, each.times, rules) for each in self._program.timers}
        self._instants: dict[tuple[str, str, datetime], tuple[datetime, ...]] = {}

    def key_of(self, ticket: Ticket) -> StateKey:
        """Return the state key of *ticket* at its last entry."""
        facts, now = ticket.facts, ticket.changed_at
        trails = trails_with(ticket, self._clocks)
        ahead: list[datetime] = []
        timers = tuple(self._timers(ticket, ahead))
        places = {at: place for place, at in enumerate(sorted(set(ahead)))}
        return (
            ticket.state,
            tuple(holds(trails) for holds in self._questions),
            tuple(facts[name] for name in self._facts),
            tuple(min(cast("int", facts[name] or 0), most) for name, most in self._most.items()),
            self._asks_rating and ticket.rating is not None,
            self._asks_assignee and ticket.assignee is not None,
            ticket.is_hidden,
            ticket.snooze is not None,
            ticket.held,
            ticket.halted,
            tuple(_is_open(calendar.is_open, now) for calendar in self._calendars),
            tuple(_clock_key(ticket, clock) for clock in self._clocks),
            timers,
            tuple(places[at] for at in ahead),
        )

    def _timers(self, ticket: Ticket, ahead: list[datetime]) -> Iterator[object]:
        """Yield the time left for each timer, and append to *ahead* when it is due next."""
        applicable = {timer.id for timer in self._program.timers_of(ticket)}
        for timer in self._program.timers:
            times, is_applicable = timer.times, timer.id in applicable
            if timer.id in ticket.halted:
                yield None
            elif _has_ended(timer, ticket):
                yield "ended"
            elif isinstance(times, Steps | Repeats) and timer.clock is None:
                yield self._progress_of(timer, times, ticket, ahead, is_applicable=is_applicable)
            elif is_applicable:
                yield (self._future(timer, ticket, ahead), _time_until_moment(times, ticket))
            else:
                yield None if self._restarts[timer.id] else _time_until_moment(times, ticket)

    def _progress_of(
        self, timer: Timer, times: Steps | Repeats, ticket: Ticket, ahead: list[datetime], *, is_applicable: bool
    ) -> object:
        """Return the progress of a timer that counts from an anchor of the ticket."""
        moved, rule = anchors.last_moved(times.since, ticket.marks), timer.rule
        if moved is None or (not is_applicable and self._restarts[rule.id]):
            return None
        armed = armed_at(timer, moved[1], ticket) if is_applicable else None
        if armed is None:
            return self._remaining_from(rule, times, moved[1].at, ticket)
        coming = self._future(timer, ticket, ahead)
        if coming or not timer.is_masked(ticket):
            return ("armed", coming)
        behind = ticket.last_fired(rule.id, rule.generation, armed.sequence)
        held = behind.occurrence if behind and isinstance(times, Steps) else None
        return ("held", held, self._remaining_from(rule, times, moved[1].at, ticket))

    def _future(self, timer: Timer, ticket: Ticket, ahead: list[datetime]) -> tuple[object, ...]:
        """Return the future occurrences of the current episode, with the time left."""
        times, now, found = timer.times, ticket.changed_at, list[tuple[object, ...]]()
        for place, each in enumerate(occurrences(timer, ticket)):
            if place == 0:
                ahead.append(each.at)
            counts = isinstance(times, Steps) or (isinstance(times, Repeats) and times.at_most)
            found.append((each.number if counts else 0, _remaining(each, times, now), type(each.instead)))
        return tuple(found)

    def _remaining_from(
        self, rule: Rule, times: Steps | Repeats, since: datetime, ticket: Ticket
    ) -> tuple[object, ...]:
        """Return the time left until each occurrence counted from *since*, 0 if it has passed."""
        now, calendar = ticket.changed_at, calendar_in_force(rule.calendar, ticket.facts)
        if isinstance(times, Repeats):
            return tuple(_phase(times, now - since))
        known = self._instants.get((rule.id, calendar, since))
        if known is None:
            spans = (rung.after for rung in times.rungs if isinstance(rung.after, Span))
            known = self._instants[rule.id, calendar, since] = tuple(self._instants_of(calendar, since, spans))
        left = zip(times.rungs, known, strict=False)
        return tuple(_time_remaining_from(rung.after, at, since, now) for rung, at in left)

    def _instants_of(self, calendar: str, since: datetime, spans: Iterator[Span]) -> Iterator[datetime]:
        for span in spans:
            try:
                yield self._rules.calendars[calendar].after(since, span)
            except (CalendarError, UnknownHolidaysError):
                return


def _has_ended(timer: Timer, ticket: Ticket) -> bool:
    """Return whether only a move of its anchor arms a rule again."""
    if not timer.ended_by or not timer.has_anchor:
        return False
    origin = origin_of(timer, ticket)
    return origin is not None and ended_after(timer, origin[2], ticket) is not None


def _remaining(each: Occurrence, times: Schedule, now: datetime) -> object:
    """Return the time left until an occurrence, or the time since its anchor if a calendar counts it."""
    match times:
        case Recurring():
            return (each.at - now) // DAY
        case Steps(rungs=rungs) if isinstance(each.reason, events.TimeReason):
            return _time_remaining_from(rungs[each.number].after, each.at, each.reason.since, now)
        case _:
            return _seconds(each.at - now)


def _time_remaining_from(span: Span | ClockSpan, at: datetime, since: datetime, now: datetime) -> object:
    """Return the time left until *at*, 0 if it has passed, or the time since the anchor if a calendar counts it."""
    left = max(_seconds(at - now), 0)
    return left if left == 0 or isinstance(span, Elapsed | ClockSpan) else ("since", (now - since) // HOUR)


def relevant_calendars(rules: Rules) -> frozenset[str]:
    """Return the names of the calendars whose hours decide whether a reaction acts.

    >>> from ticketflow.presets.adereso import adereso
    >>> relevant_calendars(adereso())
    frozenset({'default'})
    """
    found = set[str]()
    for rule in rules.automations:
        if isinstance(rule, Automation) and isinstance(rule.when, Trigger):
            found.update(calendars_named(rule.gate, rule.during.calendar if rule.during else None))
    return frozenset(found)


def _questions(relevance: Relevance) -> Iterator[conditions.Condition]:
    """Yield the conditions, other than on the state, whose current value decides something later."""
    for each in relevance.questions:
        is_always_given = isinstance(each, conditions.FieldIs) and each.field in relevance.always_given
        if not is_always_given and not isinstance(
            each, conditions.StateIs | conditions.CategoryIs | conditions.Reopened
        ):
            yield each


def _most_counted(relevance: Relevance) -> Iterator[tuple[str, int]]:
    """Yield the facts that conditions count, with the number beyond which counting makes no difference."""
    for each in relevance.questions:
        if isinstance(each, conditions.Reopened):
            yield from ((name, each.times) for name in conditions.reads(each))
        elif isinstance(each, conditions.HasLink) or (isinstance(each, conditions.Happened) and each.at_least > 1):
            yield from ((name, each.at_least) for name in conditions.reads(each))


def _exact_facts(relevance: Relevance) -> Iterator[str]:
    """Yield the facts whose exact value matters, not only the conditions on them."""
    yield from (f"field.{name}" for name in sorted(relevance.watched_fields))
    if any(isinstance(each, actions.Resolve) for each in relevance.actions):
        yield f"field.{OUTCOME}"
    if relevance.roles_awaited("decline") is not None:
        yield "assignee"


def _asks_assignment(relevance: Relevance) -> bool:
    """Return whether it matters that the ticket is assigned."""
    heard = any(relevance.roles_awaited(name) is not None for name in ("assign", "give_back", "decline"))
    return heard or any(isinstance(each, actions.Assign | actions.AssignTo) for each in relevance.actions)


def _is_restarted(rule: Rule, times: Schedule, rules: Rules) -> bool:
    """Return whether a rule always restarts when the ticket enters a state in which it could apply."""
    states = _could_apply(rule, rules)
    if isinstance(times, Steps | Repeats):
        entries = [each.state for each in anchors.simple_parts(times.since) if isinstance(each, anchors.Entered)]
        return None in entries or states <= set(entries)
    if isinstance(times, AtMoment) and isinstance(times.moment, AtField):
        ways = [row for row in rules.workflow.transitions if row.target in states and row.sources - states]
        return all(times.moment.field in row.needs for row in ways)
    return False


def _could_apply(rule: Rule, rules: Rules) -> frozenset[str]:
    """Return the names of the states in which a rule's condition could hold."""
    others = conditions.reads(rule.given) - {"state", "category"}
    known = (
        (each.name, Facts(FrozenMap(), {"state": each.name, "category": each.category}))
        for each in rules.workflow.states
    )
    return frozenset(name for name, facts in known if conditions.could_hold(rule.given, facts, others))


def _time_until_moment(times: Schedule, ticket: Ticket) -> int | None:
    """Return the time left until the moment that a rule waits for, 0 if it has passed, or None if there is none."""
    match times:
        case AtMoment(moment=AtField(field=field)):
            at = ticket.facts[f"field.{field}"]
        case AtMoment():
            at = ticket.snooze.until if ticket.snooze else None
        case _:
            return None
    return max(_seconds(at - ticket.changed_at), 0) if isinstance(at, datetime) else None


def _phase(times: Repeats, age: timedelta) -> Iterator[int]:
    """Yield the time left until the next repetition and, if repetitions are limited, how many have passed."""
    if not isinstance(times.span, Elapsed) or not isinstance(times.every, Elapsed):
        return
    late = age - times.span.amount
    passed = late // times.every.amount + 1 if late >= ZERO else 0
    yield _seconds(times.span.amount + passed * times.every.amount - age)
    if times.at_most is not None:
        yield min(passed, times.at_most)


def _clock_key(ticket: Ticket, clock: Clock) -> object:
    """Return the reading of a clock, without the time left, which the rules on it have."""
    name = clock.policy.name
    found = progress(ticket, clock)
    if found is None:
        return None
    number, facts = found.cycle.start.sequence, ticket.facts
    recorded = (facts[f"warned.{name}"] == number, facts[f"breached.{name}"] == number)
    return (found.last.mode.kind, found.cycle.stop is None, found.last.mode.row, recorded, _used(found))


def _used(found: Progress) -> int | None:
    """Return the time used of a clock that does not run, at most its target; None for a running clock."""
    if found.cycle.stop is None and found.last.mode.kind == "runs":
        return None
    used, _, _ = found.sums(found.cycle.stop.at if found.cycle.stop else found.last.start)
    return _seconds(min(used, found.target)) if found.target is not None else None


def _is_open(is_open: Callable[[datetime], bool], at: datetime) -> bool | None:
    try:
        return is_open(at)
    except UnknownHolidaysError:
        return None


def _seconds(left: timedelta) -> int:
    """Return a duration rounded to seconds, because a command may shorten it by a microsecond."""
    return (left + SECOND / 2) // SECOND
