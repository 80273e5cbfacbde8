"""A rule set made ready for the engine: what depends on the definition alone is worked out once.

`Program.of` makes it on the first question and keeps it beside the rule set. Conditions become functions of facts.
Timers know the marks, masks, gates and calendars that they read, and stand by the states in which they can be armed.
Reactions stand by the facts that they watch.

Source: docs/semantics.md 3.1, 3.2, 3.4, 3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple, assert_never

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import Elapsed, WorkingTime
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.kept import kept
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Rule, drops_masked
from ticketflow.rules.implied import is_reserved
from ticketflow.rules.ruleset import Rules, all_automations, known_before, mask_of
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps, schedule_of
from ticketflow.sla.clock import Clock
from ticketflow.sla.standing import trails_with
from ticketflow.tickets import anchors, events
from ticketflow.tickets.facts import FIELD, LINKS, SNOOZE_END, TIMES, Facts
from ticketflow.tickets.ticket import TOUCHED, Ticket, firing_name
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import CalendarOf, calendar_in_force, fields_named


def ready(condition: conditions.Condition, rules: Rules) -> conditions.Compiled:
    """Return a condition of a rule made ready; where it asks about clocks, it reads their facts."""
    clocks = tuple(map(rules.clock, conditions.clocks_asked(condition)))
    if not clocks:
        return conditions.compiled(condition)
    return conditions.compiled(condition, partial(trails_with, clocks=clocks))


def facts_behind(condition: conditions.Condition, rules: Rules) -> frozenset[str]:
    """Return the facts that a condition reads, with those from which the facts of clocks are derived."""
    clocks = map(rules.clock, conditions.clocks_asked(condition))
    return conditions.reads(condition).union(*(clock.measured for clock in clocks))


class Prepared:
    """A rule made ready: a `Timer` or a `Reaction`.

    Attributes:
        rule: The rule.
        id: Its id.
        given: Its condition.
        mask: The condition under which it is masked; None if it is in no group.
        unmasked: The opposite of that condition.
        is_dropping: Whether what falls into a mask or behind a closed gate is dropped, and not held.
        in_force_from: The instant from which it is in force; None if it always is.
    """

    is_dropping = False

    def __init__(self, rule: Rule, rules: Rules) -> None:
        self.rule = rule
        self.id = rule.id
        self.given = ready(rule.given, rules)
        mask = mask_of(rule, rules)
        self.mask = None if mask is None else conditions.compiled(mask)
        self.unmasked = None if mask is None else conditions.compiled(conditions.Not(mask))
        self.is_dropping = drops_masked(rule)
        self.in_force_from = rule.in_force_from
        self._calendars = rules.calendars
        self._gate = rule.gate

    def is_masked(self, ticket: Ticket) -> bool:
        """Return whether the ticket's state, or its snooze, masks the rule now."""
        return self.mask is not None and self.mask.holds(ticket.trails)

    def gate_name(self, ticket: Ticket) -> str | None:
        """Return the name of the calendar that is the rule's gate; None if it has no gate."""
        return None if self._gate is None else calendar_in_force(self._gate, ticket.facts)

    def gate(self, ticket: Ticket) -> Calendar | None:
        """Return the calendar that must be open for the rule to act; None if it has no gate."""
        return None if self._gate is None else self.named(self._gate, ticket)

    def named(self, calendar: str | CalendarOf, ticket: Ticket) -> Calendar:
        """Return the calendar of that name, or the one that a table of names has for the ticket."""
        if type(calendar) is str:
            return self._calendars[calendar]
        return self._calendars[calendar_in_force(calendar, ticket.facts)]


class Timer(Prepared):
    """A rule that waits for time, made ready.

    Attributes:
        times: Its schedule.
        clock: The clock from whose start it counts; None if it counts from something else.
        records_breach: Whether it records the breaches of that clock.
        counts_from: The simple anchors of which the latest is where it counts from, with the names of their marks. None
            for a clock, and for a schedule without an anchor.
        ended_by: The names of the marks that end its episode.
        has_anchor: Whether only a move of its anchor arms it again after its end. Recurrences, openings and closings
            have none.
        is_ascending: Whether each of its rungs is due after the one before on any calendar, without a look at it.
        is_plain: Whether no mask, gate or change of the rules moves its rungs, and they are ascending.
        firing_name: The name under which tickets keep its past occurrences.
        reads: The names of the facts and marks that decide when it is due. A rule that records breaches reads the
            history, too.
        bit: A whole number with one bit set, another for each timer of a program. So sets of timers are whole numbers.
    """

    bit: int

    def __init__(self, rule: Rule, times: Schedule, rules: Rules) -> None:
        super().__init__(rule, rules)
        self.times = times
        self.clock: Clock | None = None
        self.records_breach = False
        self.counts_from: tuple[tuple[anchors.Anchor, str], ...] = ()
        if isinstance(times, Steps | Repeats):
            if isinstance(times.since, anchors.Started):
                self.clock = rules.clock(times.since.clock)
                self.records_breach = isinstance(times, Steps) and _records_breach(times)
            else:
                self.counts_from = _named_marks(times.since)
        self.ended_by = tuple(name for _, name in _named_marks(rule.ended_by)) if rule.ended_by else ()
        self.has_anchor = not isinstance(times, Recurring)
        self.is_ascending = isinstance(times, Steps) and _is_ascending(times)
        self.is_plain = self.is_ascending and self.mask is None and rule.gate is None and not rule.in_force_from
        self.firing_name = firing_name(rule.id, rule.generation)
        self.reads = frozenset(_read(self, rules))

    def calendar(self, ticket: Ticket) -> Calendar:
        """Return the calendar on which the rule counts."""
        return self.named(self.rule.calendar, ticket)


def _read(timer: Timer, rules: Rules) -> Iterator[str]:
    """Yield the names of the facts and marks that a timer reads."""
    rule, times = timer.rule, timer.times
    yield from facts_behind(rule.given, rules)
    yield from timer.clock.names if timer.clock else ()
    yield from timer.mask.reads if timer.mask else ()
    yield from (name for _, name in timer.counts_from)
    yield from timer.ended_by
    occasion = times.occasion if isinstance(times, Recurring) else None
    named = occasion.calendar if isinstance(occasion, triggers.AtOpening | triggers.AtClosing) else None
    yield from (FIELD + name for name in fields_named(rule.calendar, rule.gate, named))
    if isinstance(times, AtMoment):
        yield FIELD + times.moment.field if isinstance(times.moment, triggers.AtField) else SNOOZE_END


def _named_marks(anchor: anchors.Anchor) -> tuple[tuple[anchors.Anchor, str], ...]:
    return tuple((part, anchors.mark_name(part)) for part in anchors.simple_parts(anchor))


def _records_breach(times: Steps) -> bool:
    return any(isinstance(action, actions.RecordBreach) for rung in times.rungs for action in rung.then)


def _is_ascending(times: Steps) -> bool:
    """Return whether each rung is due after the one before on any calendar.

    So it is if all count elapsed time, or all count working time, and each a longer one than the last.
    """
    spans = [rung.after for rung in times.rungs]
    if len(spans) == 1:
        return True
    for kind in (Elapsed, WorkingTime):
        amounts = [span.amount for span in spans if isinstance(span, kind)]
        if len(amounts) == len(spans):
            return amounts == sorted(set(amounts))
    return False


class Reaction(Prepared):
    """A rule that waits for an event, made ready.

    Attributes:
        event: Its trigger, in words.
        has_happened: Says whether the last entry of a ticket is the event that it waits for.
        reads: The names of the facts of which one changes with the event; none if the event need not change any.
        order: Its place among the reactions to one entry: rank, then id.
        then: Its actions.
        during: The hours that it asks for; None for any.
    """

    def __init__(self, rule: Automation, trigger: triggers.Trigger, rules: Rules) -> None:
        super().__init__(rule, rules)
        self.event = str(trigger)
        self.has_happened = happening(trigger, rules)
        self.reads = _watched(trigger, rules)
        self.order = (rule.rank, rule.id)
        self.then = rule.then
        self.during = rule.during


Happening = Callable[[Ticket | None, Ticket], bool]
"""Says whether something happened, from the ticket before its last entry, if there was one, and the ticket after it."""


def happening(trigger: triggers.Trigger, rules: Rules) -> Happening:
    """Return a function that says whether the last entry of a ticket is the event that a trigger waits for."""
    match trigger:
        case triggers.OnEnter(condition=condition):
            holds = ready(condition, rules).holds_for
            return lambda before, after: holds(after) and not (before is not None and holds(before))
        case triggers.OnLeave(condition=condition):
            holds = ready(condition, rules).holds_for
            return lambda before, after: before is not None and holds(before) and not holds(after)
        case triggers.OnMessage(by=author):
            return _moving(anchors.LastMessage(author))
        case triggers.OnOutside(event=event):
            return _moving(anchors.Outside(event))
        case triggers.OnChange(field=field):
            return _changing(FIELD + field)
        case triggers.OnWake():
            return _bringing(lambda event: isinstance(event, events.Woke))
        case triggers.OnLink(kind=kind):
            return _bringing(lambda event: isinstance(event, events.Linked) and event.kind == kind)
        case triggers.OnRate():
            return _bringing(lambda event: isinstance(event, events.Rated))
        case triggers.OnCommand(commands=names, by=roles):
            return lambda _, after: _is_command(after.history.last, names, roles)
        case _:
            assert_never(trigger)


def _moving(anchor: anchors.Anchor) -> Happening:
    name = anchors.mark_name(anchor)

    def is_moved(_: Ticket | None, after: Ticket) -> bool:
        mark = after.marks.get(name)
        return mark is not None and mark.sequence == after.history.last.sequence

    return is_moved


def _changing(name: str) -> Happening:
    def has_changed(_: Ticket | None, after: Ticket) -> bool:
        trail = after.trails.get(name)
        is_new = trail is not None and trail.mark.sequence == after.history.last.sequence
        return is_new and trail is not None and (trail.before is not None or trail.value is not None)

    return has_changed


def _bringing(is_meant: Callable[[events.Event], bool]) -> Happening:
    return lambda _, after: any(map(is_meant, after.history.last.events))


def _is_command(last: events.Entry, names: frozenset[str], roles: frozenset[str]) -> bool:
    is_meant = isinstance(last.cause, events.ByCommand) and last.cause.command in names
    return is_meant and (not roles or last.actor.role in roles) and last.is_by_hand


def _watched(trigger: triggers.Trigger, rules: Rules) -> frozenset[str]:
    """Return the names of the facts of which one changes when the event happens; none if it need not change any."""
    match trigger:
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            return facts_behind(condition, rules)
        case triggers.OnChange(field=field):
            return frozenset({FIELD + field})
        case triggers.OnMessage(by=author):
            return frozenset({TIMES + anchors.mark_name(anchors.LastMessage(author))})
        case triggers.OnOutside(event=event):
            return frozenset({TIMES + anchors.mark_name(anchors.Outside(event))})
        case triggers.OnLink(kind=kind):
            return frozenset({LINKS + kind})
        case _:
            return frozenset()


class Program:
    """A rule set made ready for the engine. `Program.of` returns it; it never changes what rules mean.

    Attributes:
        rules: The rule set.
        digest: Its digest, which entries record.
        known_before: The instant before which all calendars know their public holidays.
        timers: The enabled rules that wait for time, in the order of their ids.
        reserved: The ids of the library's own rules.
        reactions: The enabled rules that wait for events, by rank, then by id.
        recording: The timers that record breaches.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.digest = rules.digest
        self.known_before: datetime = known_before(rules)
        enabled = [rule for rule in all_automations(rules) if rule.is_enabled]
        self.timers = tuple(Timer(rule, times, rules) for rule in enabled if (times := schedule_of(rule)))
        self.timers_by_id: Mapping[str, Timer] = {timer.id: timer for timer in self.timers}
        self.reserved = frozenset(rule.id for rule in enabled if is_reserved(rule.id))
        self.reactions = tuple(sorted(_reactions(enabled, rules), key=lambda reaction: reaction.order))
        self.recording = tuple(timer for timer in self.timers if timer.records_breach)
        self._timers_in: dict[tuple[str, str], tuple[Timer, ...]] = {}
        self._concerned: dict[tuple[str, ...], Concerned] = {}
        for number, timer in enumerate(self.timers):
            timer.bit = 1 << number

    @staticmethod
    def of(rules: Rules) -> Program:
        """Return the program of a rule set. It is made on the first call and kept beside the rule set."""
        return _program_of(rules)

    def timers_of(self, ticket: Ticket) -> tuple[Timer, ...]:
        """Return the timers whose condition can hold in the ticket's state. Others have nothing ahead."""
        state, category = ticket.state, ticket.category
        found = self._timers_in.get((state, category))
        if found is None:
            facts = Facts(FrozenMap(), {"state": state, "category": category})
            found = tuple(timer for timer in self.timers if _could_apply(timer.rule, facts))
            self._timers_in[state, category] = found
        return found

    def timer_of(self, entry: events.Entry) -> Timer | None:
        """Return the timer that made an entry; None if none did."""
        cause = entry.cause
        return self.timers_by_id.get(cause.key.rule) if isinstance(cause, events.ByRule) else None

    def concerned(self, ticket: Ticket) -> Concerned:
        """Return the rules that read something that the ticket's last entry set or moved. It was just folded."""
        names: tuple[str, ...] = ticket.__dict__[TOUCHED]
        found = self._concerned.get(names)
        if found is None:
            if len(self._concerned) >= _MOST_KEPT:
                self._concerned.clear()
            found = self._concerned[names] = self._concerned_by(frozenset(names))
        return found

    def _concerned_by(self, names: frozenset[str]) -> Concerned:
        timers = tuple(timer for timer in self.timers if not names.isdisjoint(timer.reads))
        reactions = (each for each in self.reactions if not each.reads or not names.isdisjoint(each.reads))
        return Concerned(timers, sum(timer.bit for timer in timers), tuple(reactions))


class Concerned(NamedTuple):
    """The rules that read something that an entry set or moved. What an entry sets may be what it was before.

    Attributes:
        timers: The timers that can be due at another instant than before the entry.
        bits: Their bits.
        reactions: The reactions whose event the entry can be.
    """

    timers: tuple[Timer, ...]
    bits: int
    reactions: tuple[Reaction, ...]


_MOST_KEPT = 1_024
"""The number of sets of names from which on what is kept of them is forgotten. Names come from rules and commands."""


@kept
def _program_of(rules: Rules) -> Program:
    return Program(rules)


def _could_apply(rule: Rule, facts: Facts) -> bool:
    """Return whether the rule's condition can hold for a ticket in this state and category."""
    return conditions.could_hold(rule.given, facts, conditions.reads(rule.given) - {"state", "category"})


def _reactions(enabled: list[Rule], rules: Rules) -> Iterator[Reaction]:
    for rule in enabled:
        if isinstance(rule, Automation) and isinstance(rule.when, triggers.Trigger):
            yield Reaction(rule, rule.when, rules)
