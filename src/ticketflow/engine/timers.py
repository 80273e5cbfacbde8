"""Find when timers are armed, and compute their future occurrences on a ticket.

An episode of a rule begins with the entry that made its condition true, or that moved its anchor while it was true. It
ends once the condition is false, or the anchor `ended_by` has occurred; then only a move of its anchor arms it again.
Nothing of this is stored. It is read from the ticket's trails and marks, at a cost that does not depend on the length
of the history.

A rule that is in force from an instant on has no occurrences before it: those of its own instant or, armed late, of
the arming.

Three things are kept apart. A *mask* holds or drops the occurrences of a rule, while its time runs on. A *gate* is a
calendar that must be open. A *freeze* stops a clock; see `ticketflow.sla.progress`.

Source: docs/semantics.md 3.4 to 3.7, 3.10, 3.17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise
from operator import attrgetter
from typing import assert_never, cast

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.recurrence import next_time
from ticketflow.calendars.spans import ClockSpan, Span, plus_periods
from ticketflow.calendars.zones import load_zone
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import EPOCH, MICROSECOND
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rule, action_steps, drops_masked
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps
from ticketflow.sla.progress import Progress, progress, unrecorded
from ticketflow.tickets import anchors, events
from ticketflow.tickets.facts import SNOOZE_END, Mark
from ticketflow.tickets.ticket import OUTLOOK, Firing, Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.ticket_calendar import calendar_in_force, calendars_named

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_REPEATS = 1 << 40  # more than the seconds in ten thousand years


@attrs.frozen
class Occurrence:
    """One future occurrence of a rule on a ticket.

    Attributes:
        rule: The rule.
        number: The number of the rung or repetition, from 0.
        then: The actions.
        armed: The mark of the entry that armed the episode.
        due_at: The instant at which it is due by itself.
        at: The instant at which it takes effect: later if something holds it, and never before the ticket's last entry.
        reason: Why it is due.
        instead: The event that is recorded instead of the actions, if it is superseded or dropped.
    """

    rule: Rule
    number: int
    then: tuple[actions.Action, ...]
    armed: Mark
    due_at: datetime
    at: datetime
    reason: events.Why
    instead: events.Event | None = None

    @property
    def order(self) -> tuple[datetime, datetime, int, str, int, int]:
        """The place among occurrences of one instant; does not depend on the order of the list of rules (3.10)."""
        return (self.at, self.due_at, self.rule.rank, self.rule.id, self.armed.sequence, self.number)


@attrs.frozen
class ArmedTimer:
    """A rule's present episode on a ticket.

    Attributes:
        rule: The rule.
        times: The schedule of the rule.
        armed: The mark of the entry that armed it.
        since: The instant from which its time is counted; or, where a fact names the due instant, that instant.
        anchor: The anchor that gave *since*; None if no anchor did.
        behind: The last occurrence that is in the history; None if there is none.
        lifted: The mark of the end of the last mask on the rule; None if there never was one.
        in_force_from: The instant from which the rule is in force; None if it always is.
    """

    rule: Rule
    times: Schedule
    armed: Mark
    since: datetime
    anchor: anchors.Anchor | None
    behind: Firing | None
    lifted: Mark | None
    in_force_from: datetime | None

    @property
    def next_number(self) -> int:
        """The number of the first occurrence that is not in the history."""
        return self.behind.occurrence + 1 if self.behind else 0

    @property
    def held_until(self) -> datetime | None:
        """The end of a mask on this episode; None if there was none."""
        lifted = self.lifted
        return lifted.at if lifted and lifted.place > self.armed.place else None


def is_masked(rule: Rule, ticket: Ticket, rules: Rules) -> bool:
    """Return True if the ticket's state, or its snooze, masks *rule* now."""
    mask = rules.mask(rule)
    return mask is not None and conditions.holds(mask, ticket.facts)


def armed_at(rule: Rule, moved: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the entry that armed the rule's present episode; None if there is no episode.

    Args:
        rule: The rule.
        moved: The mark of its anchor. For a recurrence, an opening or a closing: the mark of the ticket's opening.
        ticket: The ticket.

    Source: docs/semantics.md 3.4.
    """
    true = conditions.true_since(rule.given, ticket, moved)
    if true is None:
        return None
    armed = max(true, moved, key=lambda mark: mark.place)
    has_anchor = not (isinstance(rule, Automation) and isinstance(rule.when, triggers.Occasion))
    return None if ended_after(rule, moved if has_anchor else armed, ticket) else armed


def ended_after(rule: Rule, mark: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the rule's `ended_by` if it is at or after *mark*."""
    ended = anchors.last_mark(rule.ended_by, ticket.marks) if rule.ended_by else None
    return ended if ended and ended.place >= mark.place else None


def episode(rule: Rule, times: Schedule, ticket: Ticket, rules: Rules) -> ArmedTimer | None:
    """Return the rule's present episode on *ticket*; None if it has none.

    Raises:
        UnknownHolidaysError: Its clock reaches into years whose public holidays are not known.
    """
    origin = origin_of(times, ticket, rules)
    armed = armed_at(rule, origin[2], ticket) if origin else None
    if origin is None or armed is None:
        return None
    anchor, since, _ = origin
    lifted = _lifted(rules.mask(rule), ticket)
    if lifted and rule.on_resume == "restart" and lifted.place > armed.place:
        anchor, since, armed = anchors.Resumed(), lifted.at, lifted
    behind = ticket.last_fired(rule.id, rule.generation, armed.sequence)
    return ArmedTimer(rule, times, armed, since, anchor, behind, lifted, rule.in_force_from)


def origin_of(times: Schedule, ticket: Ticket, rules: Rules) -> tuple[anchors.Anchor | None, datetime, Mark] | None:
    """Return the anchor from which time is counted, its instant, and the mark of the entry that moved it there."""
    match times:
        case Steps(since=anchors.Started() as anchor) | Repeats(since=anchors.Started() as anchor):
            found = _progress(anchor, times, ticket, rules)
            return (anchor, found.start, found.cycle.start) if found else None
        case Steps(since=anchor) | Repeats(since=anchor):
            moved = anchors.last_moved(anchor, ticket.marks)
            return (moved[0], moved[1].at, moved[1]) if moved else None
        case Recurring():
            opened = ticket.marks["created"]
            return None, opened.at, opened
        case AtMoment(moment=moment):
            name = f"field.{moment.field}" if isinstance(moment, triggers.AtField) else SNOOZE_END
            trail = ticket.trails.get(name)
            value = trail.last.value if trail else None
            return (None, value, trail.last.mark) if trail and isinstance(value, datetime) else None
        case _:
            assert_never(times)


def _lifted(mask: conditions.Condition | None, ticket: Ticket) -> Mark | None:
    """Return the mark of the end of a mask; None if the mask holds now, or never did."""
    if mask is None:
        return None
    since = conditions.true_since(conditions.Not(mask), ticket)
    return None if since is None or since.sequence == ticket.marks["created"].sequence else since


def occurrences(rule: Rule, times: Schedule, ticket: Ticket, rules: Rules) -> Iterator[Occurrence]:
    """Yield the future occurrences of the rule's present episode in order, as far as they are known.

    An endless series yields only its next occurrence. A rule that a mask holds has none.
    """
    masked = is_masked(rule, ticket, rules)
    if masked and not drops_masked(rule):
        return
    try:
        present = episode(rule, times, ticket, rules)
    except (CalendarError, UnknownHolidaysError):
        return
    if present is not None:
        yield from _occurrences_of(present, ticket, rules, masked=masked)


def _occurrences_of(present: ArmedTimer, ticket: Ticket, rules: Rules, *, masked: bool) -> Iterator[Occurrence]:
    try:
        yield from _OCCURRENCES[type(present.times)](present, ticket, rules, masked=masked)
    except (CalendarError, UnknownHolidaysError):
        return


def has_too_early(present: ArmedTimer, ticket: Ticket, rules: Rules) -> bool:
    """Return whether an episode without anything ahead has occurrences that are due before the rule is in force."""
    always = attrs.evolve(present, in_force_from=None)
    return present.in_force_from is not None and any(_occurrences_of(always, ticket, rules, masked=False))


def _is_too_early(present: ArmedTimer, own: datetime) -> bool:
    """Return whether an occurrence is due, by itself or at the arming, before the rule is in force."""
    return present.in_force_from is not None and max(own, present.armed.at) < present.in_force_from


def _count_too_early(present: ArmedTimer, own: Sequence[datetime]) -> int:
    """Return the number of rungs that do not exist because they are due before the rule is in force.

    The terminal rung does not exist either if all reminders are due before that, and none of them is in the history.

    Source: docs/semantics.md 3.17.
    """
    early = sum(_is_too_early(present, instant) for instant in own)
    last = len(action_steps(present.rule)) - 1
    return last + 1 if 0 < last == early and present.behind is None else early


def _rung_occurrences(present: ArmedTimer, ticket: Ticket, rules: Rules, *, masked: bool) -> Iterator[Occurrence]:
    assert isinstance(present.times, Steps)  # noqa: S101 -- by the table below
    times = present.times
    instants = list(_rung_instants(present, ticket, rules))
    late = sum(instant <= present.armed.at for instant in instants)
    own = [max(instant, present.armed.at) for instant in instants]
    first = max(late - 1, present.next_number, _count_too_early(present, own))
    placed = _placed(present, own, first, ticket, rules, masked=masked)
    for number, (at, instead) in enumerate(placed, first):
        rung = times.rungs[number]
        reason = events.TimeReason(present.anchor or anchors.Resumed(), present.since, rung.after)
        effective = max(at, ticket.changed_at)
        yield Occurrence(present.rule, number, rung.then, present.armed, own[number], effective, reason, instead)


def _rung_instants(present: ArmedTimer, ticket: Ticket, rules: Rules) -> Iterator[datetime]:
    """Yield the due instant of each rung, never before that of its predecessor, until one is never due or not known."""
    assert isinstance(present.times, Steps)  # noqa: S101 -- by the table below
    latest = _EARLIEST
    for rung in present.times.rungs:
        try:
            at = _passes_at(present, rung.after, ticket, rules)
        except (CalendarError, UnknownHolidaysError):
            return
        if at is None:
            return
        latest = max(latest, at)
        yield latest


def _passes_at(present: ArmedTimer, span: Span | ClockSpan, ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant by which a span of the episode has passed; None if its clock does not get that far."""
    if not isinstance(span, ClockSpan):
        return rules.calendar_for(present.rule.calendar, ticket.facts).after(present.since, span)
    anchor = present.anchor
    found = _progress(anchor, present.times, ticket, rules) if isinstance(anchor, anchors.Started) else None
    return found.when(span) if found else None


def _progress(anchor: anchors.Started, times: Schedule, ticket: Ticket, rules: Rules) -> Progress | None:
    """Return the progress of the cycle that a rule waits for; the breach rule waits for each cycle that was missed."""
    clock = rules.clock(anchor.clock)
    records = isinstance(times, Steps) and any(actions.RecordBreach(anchor.clock) in rung.then for rung in times.rungs)
    return unrecorded(ticket, clock) if records else progress(ticket, clock)


def _placed(
    present: ArmedTimer, own: Sequence[datetime], first: int, ticket: Ticket, rules: Rules, *, masked: bool
) -> list[tuple[datetime, events.Event | None]]:
    """Return for each rung from *first* on when it takes effect, and the event that is recorded instead, if any.

    Where a mask, a gate or a change of rules moves several reminders to one instant, the last one is given and the
    others are superseded. The terminal rung comes at least `min_notice` after a reminder that was moved.

    Source: docs/semantics.md 3.5, 3.6, 3.7.
    """
    count = len(action_steps(present.rule))
    found = [_held(present, instant, ticket, rules, masked=masked) for instant in own[first:]]
    has_terminal = count > 1 and len(own) == count and bool(found)
    reminders = len(found) - has_terminal
    for index, (one, other) in enumerate(pairwise(found[:reminders])):
        if one[1] is None and one[0] == other[0] and one[0] > own[first + index]:
            found[index] = (one[0], events.Superseded())
    if has_terminal and found[-1][1] is None:
        end, dropped = found[-1] = _terminal(present, own, found, first, ticket, rules)
        for index in range(reminders):
            if dropped is None and found[index][1] is None and found[index][0] == end:
                found[index] = (end, events.Superseded())
    return found


def _terminal(
    present: ArmedTimer,
    own: Sequence[datetime],
    found: list[tuple[datetime, events.Event | None]],
    first: int,
    ticket: Ticket,
    rules: Rules,
) -> tuple[datetime, events.Event | None]:
    """Return when the last rung takes effect, at least its notice after a reminder that was moved, or is dropped."""
    end = found[-1][0]
    assert isinstance(present.rule, Ladder)  # noqa: S101 -- nothing else has several rungs
    given = [(at, own[first + index]) for index, (at, instead) in enumerate(found[:-1]) if instead is None]
    behind = present.behind
    reminder = behind.due_at if behind and behind.occurrence == len(own) - 2 else own[-2]
    notice = present.rule.min_notice.amount if present.rule.min_notice else own[-1] - reminder
    if not given and behind and behind.was_given:
        given = [(behind.at, behind.due_at)]
    if given and given[-1][0] > given[-1][1]:
        noticed = max(end, given[-1][0] + notice)
        end = max(end, _gate_open_at(present.rule, noticed, ticket, rules))
        if drops_masked(present.rule) and end > noticed:
            return noticed, events.Dropped(f"{_gate_name(present.rule, ticket)} was shut")
    return end, None


def _held(
    present: ArmedTimer, instant: datetime, ticket: Ticket, rules: Rules, *, masked: bool
) -> tuple[datetime, events.Event | None]:
    """Return the instant at which something due at *instant* takes effect, and the event if it is dropped.

    An instant before the ticket's last entry is late: the rules changed, or were halted. It then takes effect at once,
    as at the end of a mask; but a recurrence that was missed is dropped (3.6, 3.16).
    """
    rule, now = present.rule, ticket.changed_at
    if masked:
        return instant, events.Dropped("masked")
    if isinstance(present.times, Recurring) and drops_masked(rule) and instant < now:
        return now, events.Dropped("it was past")
    at = max(instant, present.held_until) if present.held_until else instant
    if drops_masked(rule) and _gate_open_at(rule, at, ticket, rules) > instant:
        return instant, events.Dropped("masked" if at > instant else f"{_gate_name(rule, ticket)} was shut")
    effective = max(at, now)
    open_at = _gate_open_at(rule, effective, ticket, rules)
    if drops_masked(rule) and open_at > effective:
        return instant, events.Dropped(f"{_gate_name(rule, ticket)} was shut")
    return open_at, None


def _held_until(present: ArmedTimer, instant: datetime, ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the end of the hold on something due at *instant*; None if no mask, gate or change of rules holds it."""
    if drops_masked(present.rule):
        return ticket.changed_at if instant < ticket.changed_at else None
    at, _ = _held(present, instant, ticket, rules, masked=False)
    return at if at > instant else None


def _gate_open_at(rule: Rule, at: datetime, ticket: Ticket, rules: Rules) -> datetime:
    """Return the first instant from *at* on at which the rule's gate is open."""
    return at if rule.gate is None else rules.calendar_for(rule.gate, ticket.facts).next_open(at)


def _gate_name(rule: Rule, ticket: Ticket) -> str | None:
    """Return the name of the calendar that is the rule's gate on the ticket; None if it has no gate."""
    return None if rule.gate is None else calendar_in_force(rule.gate, ticket.facts)


def _repeat_occurrences(present: ArmedTimer, ticket: Ticket, rules: Rules, *, masked: bool) -> Iterator[Occurrence]:
    assert isinstance(present.times, Repeats)  # noqa: S101 -- by the table below
    times, calendar = present.times, rules.calendar_for(present.rule.calendar, ticket.facts)

    def instant(number: int) -> datetime:
        return calendar.after(present.since, plus_periods(times.span, times.every, number))

    count = times.at_most or _MOST_REPEATS
    late = _passed(instant, present.armed.at, present.next_number, count)
    first = max(late - 1, present.next_number)
    in_force_from = present.in_force_from
    if in_force_from is not None and present.armed.at < in_force_from:
        first = _passed(instant, in_force_from - MICROSECOND, first, count)
    if first < count:
        moved = _held_until(present, max(instant(first), present.armed.at), ticket, rules)
        past = _passed(instant, moved, first, count) if moved else first
        number = max(past - 1, first)
        yield from _collapsed(present, ticket, rules, (number, number - first), instant, masked=masked)


def _collapsed(
    present: ArmedTimer,
    ticket: Ticket,
    rules: Rules,
    which: tuple[int, int],
    instant: Callable[[int], datetime],
    *,
    masked: bool,
) -> Iterator[Occurrence]:
    """Yield the next repetition, after one occurrence for all those that it supersedes.

    Args:
        present: The episode.
        ticket: The ticket.
        rules: The rule set.
        which: The number of the repetition, and how many before it are superseded.
        instant: Returns when a repetition is due by itself.
        masked: Whether a mask drops it.
    """
    (number, superseded), rule, armed = which, present.rule, present.armed
    then = action_steps(rule)[0]
    due_at = max(instant(number), armed.at)
    at, instead = _held(present, due_at, ticket, rules, masked=masked)
    effective = max(at, ticket.changed_at)
    if superseded:
        before, why = number - 1, _reason(present, number - 1, instant(number - 1))
        since = max(instant(before), armed.at)
        yield Occurrence(rule, before, then, armed, since, effective, why, events.Superseded(superseded))
    yield Occurrence(rule, number, then, armed, due_at, effective, _reason(present, number, due_at), instead)


def _reason(present: ArmedTimer, number: int, at: datetime) -> events.Why:
    times = present.times
    if isinstance(times, Repeats):
        return events.TimeReason(
            present.anchor or anchors.Resumed(), present.since, plus_periods(times.span, times.every, number)
        )
    occasion = times.occasion if isinstance(times, Recurring) else times.moment if isinstance(times, AtMoment) else ""
    return events.OccasionReason(str(occasion), at)


def _passed(instant: Callable[[int], datetime], at: datetime, first: int, count: int) -> int:
    """Return the number of *count* occurrences that are due at or before *at*; the first *first* count as due.

    The search doubles its steps and halves them again: it asks about two dozen instants for a century of minutes.
    """
    if first >= count or _instant_or_none(instant, first, at) is None:
        return first
    step, low = 1, first
    while low + step < count and _instant_or_none(instant, low + step, at) is not None:
        low, step = low + step, step * 2
    high = min(low + step, count)
    while high - low > 1:
        middle = (low + high) // 2
        if _instant_or_none(instant, middle, at) is None:
            high = middle
        else:
            low = middle
    return low + 1


def _instant_or_none(instant: Callable[[int], datetime], number: int, at: datetime) -> datetime | None:
    """Return the due instant of occurrence *number*; None if it is after *at*."""
    try:
        due_at = instant(number)
    except (CalendarError, UnknownHolidaysError):
        return None
    return due_at if due_at <= at else None


def _recurrence_occurrences(present: ArmedTimer, ticket: Ticket, rules: Rules, *, masked: bool) -> Iterator[Occurrence]:
    assert isinstance(present.times, Recurring)  # noqa: S101 -- by the table below
    times, calendar = present.times, rules.calendar_for(present.rule.calendar, ticket.facts)
    behind = present.behind
    if isinstance(times.occasion, triggers.AtOpening | triggers.AtClosing):
        calendar = rules.calendar_for(times.occasion.calendar, ticket.facts)
    start, is_behind = behind.due_at if behind else present.armed.at, bool(behind)
    if present.in_force_from is not None and start < present.in_force_from:
        start, is_behind = present.in_force_from, False
    known = [_next_occasion(times.occasion, start, calendar, after=is_behind)]
    if moved := _held_until(present, known[0], ticket, rules):
        while (following := _next_occasion(times.occasion, known[-1], calendar, after=True)) <= moved:
            known.append(following)
    first = present.next_number
    number = first + len(known) - 1
    which = (number, len(known) - 1)
    yield from _collapsed(present, ticket, rules, which, lambda asked: known[asked - first], masked=masked)


def _next_occasion(occasion: triggers.Occasion, at: datetime, calendar: Calendar, *, after: bool) -> datetime:
    """Return the first instant of a recurrence, an opening or a closing at or after *at*, or only after it.

    Args:
        occasion: The recurrence, opening or closing.
        at: The instant.
        calendar: The calendar that opens or closes, or whose local time a recurrence has.
        after: Whether *at* itself does not count.
    """
    if isinstance(occasion, triggers.On):
        return next_time(occasion.recurrence, at, load_zone(calendar.zone), after=after)
    start = at if after or at == _EARLIEST else at - MICROSECOND
    if not isinstance(occasion, triggers.AtOpening):
        return calendar.next_close(start)
    return calendar.next_open(calendar.next_close(start) if calendar.is_open(start) else start)


def _moment_occurrences(present: ArmedTimer, ticket: Ticket, rules: Rules, *, masked: bool) -> Iterator[Occurrence]:
    assert isinstance(present.times, AtMoment)  # noqa: S101 -- by the table below
    if present.behind is None:
        due_at = max(present.since, present.armed.at, present.in_force_from or _EARLIEST)
        at, instead = _held(present, due_at, ticket, rules, masked=masked)
        reason = _reason(present, 0, present.since)
        then, effective = present.times.then, max(at, ticket.changed_at)
        yield Occurrence(present.rule, 0, then, present.armed, due_at, effective, reason, instead)


_OCCURRENCES: dict[type[Schedule], Callable[..., Iterator[Occurrence]]] = {
    Steps: _rung_occurrences,
    Repeats: _repeat_occurrences,
    Recurring: _recurrence_occurrences,
    AtMoment: _moment_occurrences,
}


def ahead(ticket: Ticket, rules: Rules) -> Iterator[Iterator[Occurrence]]:
    """Yield for each rule its future occurrences if nothing else happens, in order, as far as they are known."""
    for rule, times in rules.timers_of(ticket):
        if rule.id not in ticket.halted:
            yield occurrences(rule, times, ticket, rules)


_ORDER = attrgetter("order")


def first_ahead(ticket: Ticket, rules: Rules) -> Occurrence | None:
    """Return the next occurrence, as far as it is known; None if there is none.

    A ticket and a rule set are values, so the answer is cached on the ticket for this rule set. Equality, hashing,
    printing and pickling do not see the cache.
    """
    asked, known, _ = ticket.outlook
    if asked is rules:
        return cast("Occurrence | None", known)
    firsts = (next(mine, None) for mine in ahead(ticket, rules))
    first = min((each for each in firsts if each), key=_ORDER, default=None)
    quiet_until = min(first.at, rules.known_before) if first else rules.known_before
    ticket.__dict__[OUTLOOK] = (rules, first, quiet_until)
    return first


def unknown_from(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant from which on the occurrences are not known; None if all are known.

    They are not known where an occurrence would be counted beyond the years whose public holidays are known.

    Source: docs/semantics.md 1.5.
    """
    limits = []
    for rule, times in rules.timers:
        if rule.id not in ticket.halted and _is_cut_short(rule, times, ticket, rules):
            limits.append(EPOCH + min(rules.calendars[name].limits[1] for name in _calendars_of(rule, times, rules)))
    return min(limits, default=None)


def _calendars_of(rule: Rule, times: Schedule, rules: Rules) -> frozenset[str]:
    """Return the names of the calendars that can decide when a rule is due."""
    if isinstance(times, Steps | Repeats) and isinstance(times.since, anchors.Started):
        policy = rules.clock(times.since.clock).policy
        return policy.calendar_names | frozenset(calendars_named(rule.gate))
    occasion = (
        times.occasion.calendar
        if isinstance(times, Recurring) and not isinstance(times.occasion, triggers.On)
        else None
    )
    return frozenset(calendars_named(rule.calendar, rule.gate, occasion))


def _is_cut_short(rule: Rule, times: Schedule, ticket: Ticket, rules: Rules) -> bool:
    """Return True if part of a rule's present episode lies in years whose public holidays are not known."""
    try:
        present = episode(rule, times, ticket, rules)
        if present is None:
            return False
        if isinstance(times, Steps):
            for rung in times.rungs:
                at = _passes_at(present, rung.after, ticket, rules)
                _gate_open_at(rule, at, ticket, rules) if at and not _is_too_early(present, at) else None
        else:
            list(_OCCURRENCES[type(times)](present, ticket, rules, masked=False))
    except UnknownHolidaysError:
        return True
    except CalendarError:
        return False
    return False


def next_move_at(transition: str, ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant at which a rule takes *transition* if nothing else happens; None if another move is first."""
    every = chain.from_iterable(ahead(ticket, rules))
    moves = (each for each in every if each.instead is None and any(map(_is_move, each.then)))
    first = min(moves, key=_ORDER, default=None)
    return first.at if first and actions.Move(transition) in first.then else None


def _is_move(action: actions.Action) -> bool:
    return isinstance(action, actions.Move)
