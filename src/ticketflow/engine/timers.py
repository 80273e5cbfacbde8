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

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, assert_never, cast

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.recurrence import next_time
from ticketflow.calendars.spans import ClockSpan, Span, plus_periods
from ticketflow.calendars.zones import load_zone
from ticketflow.engine.program import Program, Timer
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.kernel.instants import EPOCH, MICROSECOND
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Ladder, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps
from ticketflow.sla.clock_spans import instant_of
from ticketflow.sla.progress import Progress
from ticketflow.sla.tracking import progress, unrecorded
from ticketflow.tickets import anchors, events
from ticketflow.tickets.facts import SNOOZE_END, Mark
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.ticket import EARLIER, OUTLOOK, SINCES, Firing, Ticket
from ticketflow.workflow.conditions import is_at_or_before
from ticketflow.workflow.ticket_calendar import calendars_named

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_MOST_REPEATS = 1 << 40  # more than the seconds in ten thousand years


@attrs.frozen
class ArmedTimer:
    """A rule's present episode on a ticket.

    Attributes:
        timer: The timer.
        armed: The mark of the entry that armed it.
        since: The instant from which its time is counted; or, where a fact names the due instant, that instant.
        anchor: The anchor that gave *since*; None if no anchor did.
        behind: The last occurrence that is in the history; None if there is none.
        lifted: The mark of the end of the last mask on the rule since the arming; None if there was none.
        in_force_from: The instant from which the rule is in force; None if it always is.
    """

    timer: Timer
    armed: Mark
    since: datetime
    anchor: anchors.Anchor | None
    behind: Firing | None
    lifted: Mark | None
    in_force_from: datetime | None

    @property
    def times(self) -> Schedule:
        """The schedule of the rule."""
        return self.timer.times

    @property
    def next_number(self) -> int:
        """The number of the first occurrence that is not in the history."""
        return self.behind.occurrence + 1 if self.behind else 0

    @property
    def held_until(self) -> datetime | None:
        """The end of a mask on this episode; None if there was none."""
        return self.lifted.at if self.lifted else None

    def reason(self, number: int, at: datetime) -> events.Why:
        """Return why an occurrence is due.

        Args:
            number: The number of the rung or repetition.
            at: The instant at which it is due, for a schedule that counts from no anchor.
        """
        match self.times:
            case Steps(rungs=rungs):
                return events.TimeReason(self.anchor or anchors.Resumed(), self.since, rungs[number].after)
            case Repeats(span=span, every=every):
                counted = plus_periods(span, every, number)
                return events.TimeReason(self.anchor or anchors.Resumed(), self.since, counted)
            case Recurring(occasion=occasion):
                return events.OccasionReason(str(occasion), at)
            case AtMoment(moment=moment):
                return events.OccasionReason(str(moment), self.since)
            case _:
                assert_never(self.times)


class Occurrence:
    """One future occurrence of a rule on a ticket. Its reason is built when somebody asks for it.

    Attributes:
        present: The episode.
        number: The number of the rung or repetition, from 0.
        due_at: The instant at which it is due by itself.
        at: The instant at which it takes effect: later if something holds it, and never before the ticket's last entry.
        instead: The event that is recorded instead of the actions, if it is superseded or dropped.
    """

    __slots__ = ("at", "due_at", "instead", "number", "present")

    def __init__(
        self, present: ArmedTimer, number: int, due_at: datetime, at: datetime, instead: events.Event | None = None
    ) -> None:
        self.present = present
        self.number = number
        self.due_at = due_at
        self.at = at
        self.instead = instead

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.present.timer.rule

    @property
    def armed(self) -> Mark:
        """The mark of the entry that armed the episode."""
        return self.present.armed

    @property
    def then(self) -> tuple[actions.Action, ...]:
        """The actions."""
        times = self.present.times
        return times.rungs[self.number].then if isinstance(times, Steps) else times.then

    @property
    def reason(self) -> events.Why:
        """Why it is due."""
        return self.present.reason(self.number, self.due_at)

    @property
    def order(self) -> tuple[datetime, datetime, int, str, int, int]:
        """The place among occurrences of one instant; does not depend on the order of the list of rules (3.10)."""
        rule = self.rule
        return (self.at, self.due_at, rule.rank, rule.id, self.armed.sequence, self.number)


def armed_at(timer: Timer, moved: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the entry that armed the rule's present episode; None if there is no episode.

    Args:
        timer: The rule.
        moved: The mark of its anchor. For a recurrence, an opening or a closing: the mark of the ticket's opening.
        ticket: The ticket.

    Source: docs/semantics.md 3.4.
    """
    true = timer.given.true_since(ticket, moved)
    if true is None:
        return None
    armed = moved if is_at_or_before(true, moved) else true
    return None if timer.ended_by and ended_after(timer, moved if timer.has_anchor else armed, ticket) else armed


def ended_after(timer: Timer, mark: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the rule's `ended_by` if it is at or after *mark*."""
    marks = (ticket.marks[name] for name in timer.ended_by if name in ticket.marks)
    ended = max(marks, key=_PLACE, default=None)
    return ended if ended and is_at_or_before(mark, ended) else None


def episode(timer: Timer, ticket: Ticket) -> ArmedTimer | None:
    """Return the rule's present episode on *ticket*; None if it has none.

    Raises:
        UnknownHolidaysError: Its clock reaches into years whose public holidays are not known.
    """
    origin = origin_of(timer, ticket)
    if origin is None:
        return None
    anchor, since, moved = origin
    armed = armed_at(timer, moved, ticket)
    if armed is None:
        return None
    lifted = _lifted(timer, armed, ticket)
    if lifted and timer.rule.on_resume == "restart":
        anchor, since, armed, lifted = anchors.Resumed(), lifted.at, lifted, None
    behind = _behind(timer, armed, ticket)
    return ArmedTimer(timer, armed, since, anchor, behind, lifted, timer.in_force_from)


def _behind(timer: Timer, armed: Mark, ticket: Ticket) -> Firing | None:
    """Return the last occurrence of the episode that is in the history; None if there is none."""
    if timer.firing_name not in ticket.fired:
        return None
    return ticket.last_fired(timer.rule.id, timer.rule.generation, armed.sequence)


def origin_of(timer: Timer, ticket: Ticket) -> tuple[anchors.Anchor | None, datetime, Mark] | None:
    """Return the anchor from which time is counted, its instant, and the mark of the entry that moved it there."""
    marks = ticket.marks
    if len(timer.counts_from) == 1:
        ((anchor, name),) = timer.counts_from
        mark = marks.get(name)
        return None if mark is None else (anchor, mark.at, mark)
    if timer.counts_from:
        known = ((anchor, marks[name]) for anchor, name in timer.counts_from if name in marks)
        moved = max(known, key=lambda each: each[1].place, default=None)
        return None if moved is None else (moved[0], moved[1].at, moved[1])
    match timer.times:
        case Steps(since=anchor) | Repeats(since=anchor):
            found = _progress(timer, ticket)
            return (anchor, found.start, found.cycle.start) if found else None
        case Recurring():
            opened = marks["created"]
            return None, opened.at, opened
        case AtMoment(moment=moment):
            name = f"field.{moment.field}" if isinstance(moment, triggers.AtField) else SNOOZE_END
            trail = ticket.trails.get(name)
            value = trail.last.value if trail else None
            return (None, value, trail.last.mark) if trail and isinstance(value, datetime) else None
        case _:
            assert_never(timer.times)


def _lifted(timer: Timer, armed: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the end of the last mask since the arming; None if the mask holds now, or never did."""
    if timer.unmasked is None:
        return None
    since = timer.unmasked.true_since(ticket, armed)
    return None if since is None or since.sequence == 0 or is_at_or_before(since, armed) else since


def occurrences(timer: Timer, ticket: Ticket, before: datetime | None = None) -> Iterator[Occurrence]:
    """Yield the future occurrences of the rule's present episode in order, as far as they are known.

    An endless series yields only its next occurrence. A rule that a mask holds has none.

    Args:
        timer: The rule.
        ticket: The ticket.
        before: If the first occurrence takes effect after this instant, nothing need be yielded. So a rule is left as
            soon as the earliest instant at which it can be due is known.
    """
    masked = timer.is_masked(ticket)
    if masked and not timer.is_dropping:
        return iter(())
    try:
        present = episode(timer, ticket)
        if present is None or (before is not None and timer.is_ascending and _is_after(before, present, ticket)):
            return iter(())
    except (CalendarError, UnknownHolidaysError):
        return iter(())
    return _known_of(present, ticket, before, masked=masked)


def _is_after(before: datetime, present: ArmedTimer, ticket: Ticket) -> bool:
    """Return whether the next rung of ascending ones can be due only after an instant, or there is none."""
    assert isinstance(present.times, Steps)  # noqa: S101 -- nothing else ascends
    number, rungs = present.next_number, present.times.rungs
    at = passes_at(present, rungs[number].after, ticket) if number < len(rungs) else None
    return at is None or at > before


def _known_of(present: ArmedTimer, ticket: Ticket, before: datetime | None, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the occurrences of an episode as far as they are known."""
    try:
        yield from _OCCURRENCES[type(present.timer.times)](present, ticket, masked=masked, before=before)
    except (CalendarError, UnknownHolidaysError):
        return


def has_too_early(present: ArmedTimer, ticket: Ticket) -> bool:
    """Return whether an episode without anything ahead has occurrences that are due before the rule is in force."""
    always = attrs.evolve(present, in_force_from=None)
    return present.in_force_from is not None and any(_known_of(always, ticket, None, masked=False))


class _Rungs:
    """The rungs of an episode, each computed when somebody asks for it.

    Attributes:
        present: The episode.
        ticket: The ticket.
        masked: Whether a mask drops what is due now.
        count: The number of rungs.
        terminal: The number of the last rung if it comes after reminders; otherwise None.
        first: The number of the first rung that is ahead. `find_first` sets it.
    """

    def __init__(self, present: ArmedTimer, ticket: Ticket, *, masked: bool) -> None:
        assert isinstance(present.times, Steps)  # noqa: S101 -- by the table below
        self.present = present
        self.ticket = ticket
        self.masked = masked
        self._rungs = present.times.rungs
        self.count = len(self._rungs)
        self.terminal = self.count - 1 if self.count > 1 else None
        self.first = present.next_number
        self._known: dict[int, datetime | None] = {}

    def find_first(self) -> int:
        """Return the number of the first rung that is ahead. Of rungs before the arming, only the last exists."""
        armed = self.present.armed.at
        while (own := self.own(self.first)) is not None and own <= armed:
            following = self.own(self.first + 1)
            if following is None or following > armed:
                break
            self.first += 1
        if self.present.in_force_from is not None:
            self.first = max(self.first, self._count_too_early())
        return self.first

    def _count_too_early(self) -> int:
        """Return the number of rungs that do not exist because they are due before the rule is in force.

        The terminal rung does not exist either if all reminders are due before that, and none of them is in the
        history.

        Source: docs/semantics.md 3.17.
        """
        early = 0
        while (own := self.own(early)) is not None and _is_too_early(self.present, own):
            early += 1
        return self.count if early == self.terminal and self.present.behind is None else early

    def own(self, number: int) -> datetime | None:
        """Return when a rung is due by itself or at the arming, never before its predecessor.

        None if there is no such rung, or if it or one before it is never due, or its instant is not known.
        """
        if number >= self.count:
            return None
        known = self._known
        if number not in known:
            start = number if self.present.timer.is_ascending else len(known)
            for each in range(start, number + 1):
                before = known.get(each - 1, self.present.armed.at)
                known[each] = before and self._after(before, each)
        return known[number]

    def _after(self, before: datetime, number: int) -> datetime | None:
        """Return when a rung is due, not before *before*; None if it never is, or its instant is not known."""
        try:
            at = passes_at(self.present, self._rungs[number].after, self.ticket)
        except (CalendarError, UnknownHolidaysError):
            return None
        return at and max(at, before)

    def held(self, own: datetime) -> tuple[datetime, events.Event | None]:
        """Return when a rung takes effect and the event if it is dropped, without a look at the other rungs."""
        return _held(self.present, own, self.ticket, masked=self.masked)

    def coincides(self, number: int, own: datetime, at: datetime) -> bool:
        """Return whether the next rung could take effect at the instant *at* at which this one does."""
        if self.present.timer.is_ascending and at == own:
            return own == self.present.armed.at
        following = self.own(number + 1)
        return following is not None and following <= at


def _is_too_early(present: ArmedTimer, own: datetime) -> bool:
    """Return whether an occurrence is due, by itself or at the arming, before the rule is in force."""
    return present.in_force_from is not None and max(own, present.armed.at) < present.in_force_from


def _rung_occurrences(
    present: ArmedTimer, ticket: Ticket, *, masked: bool, before: datetime | None = None
) -> Iterator[Occurrence]:
    rungs, now = _Rungs(present, ticket, masked=masked), ticket.changed_at
    least = rungs.own(present.next_number)
    if least is None or (before is not None and least > before):
        return
    for number in range(rungs.find_first(), rungs.count):
        own = rungs.own(number)
        if own is None:
            return
        at, instead = _placed(rungs, number, own)
        yield Occurrence(present, number, own, max(now, at), instead)


def _placed(rungs: _Rungs, number: int, own: datetime) -> tuple[datetime, events.Event | None]:
    """Return when a rung takes effect, and the event that is recorded instead, if any.

    Where a mask, a gate or a change of rules moves several reminders to one instant, the last one is given and the
    others are superseded. A reminder that coincides with the terminal rung is superseded, too.

    Source: docs/semantics.md 3.5, 3.6, 3.7.
    """
    if number == rungs.terminal:
        return _terminal(rungs, own)
    at, instead = _among_reminders(rungs, number, own)
    if instead is None and rungs.terminal is not None and rungs.coincides(number, own, at):
        last = rungs.own(rungs.terminal)
        if last is not None and _terminal(rungs, last) == (at, None):
            return at, events.Superseded()
    return at, instead


def _among_reminders(rungs: _Rungs, number: int, own: datetime) -> tuple[datetime, events.Event | None]:
    """Return when a reminder takes effect, and the event that is recorded if it is dropped or a later one is given."""
    at, instead = rungs.held(own)
    if instead is None and at > own and _has_other(rungs, number, at):
        return at, events.Superseded()
    return at, instead


def _has_other(rungs: _Rungs, number: int, at: datetime) -> bool:
    """Return whether the next reminder that is not dropped takes effect at *at*, too."""
    for following in range(number + 1, rungs.terminal or 0):
        own = rungs.own(following)
        if own is None or own > at:
            return False
        other, dropped = rungs.held(own)
        if not dropped:
            return other == at
    return False


def _terminal(rungs: _Rungs, own: datetime) -> tuple[datetime, events.Event | None]:
    """Return when the last rung takes effect, or is dropped: at least its notice after a reminder that was moved."""
    end, dropped = rungs.held(own)
    moved = None if dropped else _moved_reminder(rungs)
    if moved is None:
        return end, dropped
    noticed = max(end, moved + _notice(rungs, own))
    open_at, dropped = _through_gate(rungs.present.timer, noticed, rungs.ticket)
    return max(end, open_at), dropped


def _moved_reminder(rungs: _Rungs) -> datetime | None:
    """Return the instant of the last reminder that is given, if it was moved; otherwise None."""
    reminders = ((rungs.own(number), number) for number in reversed(range(rungs.first, rungs.count - 1)))
    placed = ((own, *_among_reminders(rungs, number, own)) for own, number in reminders if own)
    given = next(((own, at) for own, at, instead in placed if instead is None), None)
    if given is not None:
        return given[1] if given[1] > given[0] else None
    behind = rungs.present.behind
    return behind.at if behind and behind.was_given and behind.at > behind.due_at else None


def _notice(rungs: _Rungs, own: datetime) -> timedelta:
    """Return the least time from the last reminder, which was moved, to the last rung."""
    rule, behind = rungs.present.timer.rule, rungs.present.behind
    assert isinstance(rule, Ladder)  # noqa: S101 -- nothing else has several rungs
    if rule.min_notice:
        return rule.min_notice.amount
    if behind and behind.occurrence == rungs.count - 2:
        return own - behind.due_at
    reminder = rungs.own(rungs.count - 2)
    assert reminder is not None  # noqa: S101 -- the last rung is known, so those before it are
    return own - reminder


def passes_at(present: ArmedTimer, span: Span | ClockSpan, ticket: Ticket) -> datetime | None:
    """Return the instant by which a span of the episode has passed; None if its clock does not get that far."""
    if not isinstance(span, ClockSpan):
        return present.timer.calendar(ticket).after(present.since, span)
    found = _progress(present.timer, ticket) if isinstance(present.anchor, anchors.Started) else None
    return instant_of(found, span) if found else None


def _progress(timer: Timer, ticket: Ticket) -> Progress | None:
    """Return the progress of the cycle that a rule waits for; the breach rule waits for each cycle that was missed."""
    assert timer.clock is not None  # noqa: S101 -- only rules that count from a clock are asked
    return unrecorded(ticket, timer.clock) if timer.records_breach else progress(ticket, timer.clock)


def _held(
    present: ArmedTimer, instant: datetime, ticket: Ticket, *, masked: bool
) -> tuple[datetime, events.Event | None]:
    """Return the instant at which something due at *instant* takes effect, and the event if it is dropped.

    An instant before the ticket's last entry is late: the rules changed, or were halted. It then takes effect at once,
    as at the end of a mask; but a recurrence that was missed is dropped (3.6, 3.16).
    """
    timer, now = present.timer, ticket.changed_at
    if masked:
        return instant, events.Dropped("masked")
    if timer.is_dropping and not timer.has_anchor and instant < now:
        return now, events.Dropped("it was past")
    held_until = present.held_until
    at = held_until if held_until is not None and held_until > instant else instant
    if timer.is_dropping and at > instant:
        return instant, events.Dropped("masked")
    effective = max(now, at)
    for moment in (at, effective) if timer.is_dropping and at < now else (effective,):
        open_at, dropped = _through_gate(timer, moment, ticket)
        if dropped:
            return instant, dropped
        effective = open_at
    return effective, None


def _through_gate(timer: Timer, at: datetime, ticket: Ticket) -> tuple[datetime, events.Event | None]:
    """Return when something that takes effect at *at* gets through the gate, and the event if the gate drops it.

    Only here is it decided whether a closed gate holds or drops.
    """
    gate = timer.gate(ticket)
    open_at = at if gate is None else gate.next_open(at)
    if open_at > at and timer.is_dropping:
        return at, events.Dropped(f"{timer.gate_name(ticket)} was shut")
    return open_at, None


def _held_until(present: ArmedTimer, instant: datetime, ticket: Ticket) -> datetime | None:
    """Return the end of the hold on something due at *instant*; None if no mask, gate or change of rules holds it."""
    if present.timer.is_dropping:
        return ticket.changed_at if instant < ticket.changed_at else None
    at, _ = _held(present, instant, ticket, masked=False)
    return at if at > instant else None


def _repeat_occurrences(
    present: ArmedTimer, ticket: Ticket, *, masked: bool, before: datetime | None = None
) -> Iterator[Occurrence]:
    assert isinstance(present.times, Repeats)  # noqa: S101 -- by the table below
    times, calendar = present.times, present.timer.calendar(ticket)

    def instant(number: int) -> datetime:
        return calendar.after(present.since, plus_periods(times.span, times.every, number))

    count = times.at_most or _MOST_REPEATS
    if before is not None and present.next_number < count and instant(present.next_number) > before:
        return
    late = _passed(instant, present.armed.at, present.next_number, count)
    first = max(late - 1, present.next_number)
    in_force_from = present.in_force_from
    if in_force_from is not None and present.armed.at < in_force_from:
        first = _passed(instant, in_force_from - MICROSECOND, first, count)
    if first < count:
        moved = _held_until(present, max(instant(first), present.armed.at), ticket)
        past = _passed(instant, moved, first, count) if moved else first
        number = max(past - 1, first)
        yield from _collapsed(present, ticket, (number, number - first), instant, masked=masked)


def _collapsed(
    present: ArmedTimer,
    ticket: Ticket,
    which: tuple[int, int],
    instant: Callable[[int], datetime],
    *,
    masked: bool,
) -> Iterator[Occurrence]:
    """Yield the next repetition, after one occurrence for all those that it supersedes.

    Args:
        present: The episode.
        ticket: The ticket.
        which: The number of the repetition, and how many before it are superseded.
        instant: Returns when a repetition is due by itself.
        masked: Whether a mask drops it.
    """
    (number, superseded), armed = which, present.armed
    due_at = max(instant(number), armed.at)
    at, instead = _held(present, due_at, ticket, masked=masked)
    effective = max(at, ticket.changed_at)
    if superseded:
        since = max(instant(number - 1), armed.at)
        yield Occurrence(present, number - 1, since, effective, events.Superseded(superseded))
    yield Occurrence(present, number, due_at, effective, instead)


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


def _recurrence_occurrences(
    present: ArmedTimer,
    ticket: Ticket,
    *,
    masked: bool,
    before: datetime | None = None,  # noqa: ARG001 -- it begins at or before any instant ahead
) -> Iterator[Occurrence]:
    assert isinstance(present.times, Recurring)  # noqa: S101 -- by the table below
    times, timer, behind = present.times, present.timer, present.behind
    calendar = timer.named(
        timer.rule.calendar if isinstance(times.occasion, triggers.On) else times.occasion.calendar, ticket
    )
    start, is_behind = behind.due_at if behind else present.armed.at, bool(behind)
    if present.in_force_from is not None and start < present.in_force_from:
        start, is_behind = present.in_force_from, False
    known = [_next_occasion(times.occasion, start, calendar, after=is_behind)]
    if moved := _held_until(present, known[0], ticket):
        while (following := _next_occasion(times.occasion, known[-1], calendar, after=True)) <= moved:
            known.append(following)
    first = present.next_number
    number = first + len(known) - 1
    which = (number, len(known) - 1)
    yield from _collapsed(present, ticket, which, lambda asked: known[asked - first], masked=masked)


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


def _moment_occurrences(
    present: ArmedTimer, ticket: Ticket, *, masked: bool, before: datetime | None = None
) -> Iterator[Occurrence]:
    if present.behind is None and (before is None or present.since <= before):
        due_at = max(present.since, present.armed.at, present.in_force_from or _EARLIEST)
        at, instead = _held(present, due_at, ticket, masked=masked)
        yield Occurrence(present, 0, due_at, max(at, ticket.changed_at), instead)


_OCCURRENCES: dict[type[Schedule], Callable[..., Iterator[Occurrence]]] = {
    Steps: _rung_occurrences,
    Repeats: _repeat_occurrences,
    Recurring: _recurrence_occurrences,
    AtMoment: _moment_occurrences,
}


def ahead(ticket: Ticket, rules: Rules) -> Iterator[Iterator[Occurrence]]:
    """Yield for each rule its future occurrences if nothing else happens, in order, as far as they are known."""
    live = (timer for timer in Program.of(rules).timers_of(ticket) if timer.id not in ticket.halted)
    yield from (occurrences(timer, ticket) for timer in live)


_ORDER = attrgetter("order")
_PLACE = attrgetter("place")


def first_ahead(ticket: Ticket, program: Program) -> Occurrence | None:
    """Return the next occurrence, as far as it is known; None if there is none.

    A ticket and a rule set are values, so the answer is cached on the ticket for this rule set. Equality, hashing,
    printing and pickling do not see the cache.
    """
    asked, known, _ = ticket.outlook
    if asked is program.rules:
        return cast("Occurrence | None", known)
    first, timers = _known_of_earlier(ticket, program)
    for timer in timers:
        if timer.id not in ticket.halted:
            found = next(occurrences(timer, ticket, first.at if first else None), None)
            if found is not None and (first is None or _is_before(found, first)):
                first = found
    return remembered(first, ticket, program)


def _known_of_earlier(ticket: Ticket, program: Program) -> tuple[Occurrence | None, Iterable[Timer]]:
    """Return what was first ahead of an earlier version, if it still is, and the timers that can come before it now.

    What comes first stays first if no entry since then changed what its timer reads: no other timer was before it, and
    an entry at its instant, or before it, makes nothing late. If it may not be first, all timers can be.
    """
    earlier: _Earlier | None = ticket.__dict__.pop(EARLIER, None)
    timers = program.timers_of(ticket)
    if earlier is None or earlier.rules is not program.rules or len(timers) < _FEW_TIMERS:
        return None, timers
    if earlier.halted or ticket.halted or (earlier.first and earlier.first.at < ticket.changed_at):
        return None, timers
    changed = program.timers_reading(ticket, earlier.version)
    if earlier.first is not None and earlier.first.present.timer in changed:
        return None, timers
    return earlier.first, changed


_FEW_TIMERS = 3
"""The number of timers below which all are looked at anew. That is as quick as finding those that changed."""


class _Earlier(NamedTuple):
    """What was known of an earlier version of a ticket.

    Attributes:
        rules: The rule set.
        first: The next occurrence; None if there was none.
        version: The version.
        halted: Whether rules were halted.
    """

    rules: object
    first: Occurrence | None
    version: int
    halted: bool


def grown(ticket: Ticket, entry: events.Entry) -> Ticket:
    """Return the ticket after *entry*. It knows what was found out about the time before that."""
    after, known = evolve(ticket, entry), ticket.__dict__
    if SINCES in known:
        after.__dict__[SINCES] = known[SINCES]
    rules, first, _ = ticket.outlook
    if rules is not None:
        held = cast("Occurrence | None", first)
        after.__dict__[EARLIER] = _Earlier(rules, held, ticket.version, bool(ticket.halted))
    elif EARLIER in known:
        after.__dict__[EARLIER] = known[EARLIER]
    return after


def remembered(first: Occurrence | None, ticket: Ticket, program: Program) -> Occurrence | None:
    """Return the next occurrence of a ticket, after caching it on the ticket for this rule set."""
    quiet_until = min(first.at, program.known_before) if first else program.known_before
    ticket.__dict__[OUTLOOK] = (program.rules, first, quiet_until)
    return first


def _is_before(one: Occurrence, other: Occurrence) -> bool:
    return one.at < other.at or (one.at == other.at and one.order < other.order)


def unknown_from(ticket: Ticket, rules: Rules) -> datetime | None:
    """Return the instant from which on the occurrences are not known; None if all are known.

    They are not known where an occurrence would be counted beyond the years whose public holidays are known.

    Source: docs/semantics.md 1.5.
    """
    timers = (timer for timer in Program.of(rules).timers if timer.id not in ticket.halted)
    unknown = (timer for timer in timers if _is_cut_short(timer, ticket))
    return min((EPOCH + _known_until(timer, rules) for timer in unknown), default=None)


def _known_until(timer: Timer, rules: Rules) -> timedelta:
    return min(rules.calendars[name].limits[1] for name in _calendars_of(timer))


def _calendars_of(timer: Timer) -> frozenset[str]:
    """Return the names of the calendars that can decide when a rule is due."""
    rule, times = timer.rule, timer.times
    if timer.clock is not None:
        return timer.clock.policy.calendar_names | frozenset(calendars_named(rule.gate))
    occasion = (
        times.occasion.calendar
        if isinstance(times, Recurring) and not isinstance(times.occasion, triggers.On)
        else None
    )
    return frozenset(calendars_named(rule.calendar, rule.gate, occasion))


def _is_cut_short(timer: Timer, ticket: Ticket) -> bool:
    """Return True if part of a rule's present episode lies in years whose public holidays are not known."""
    try:
        present = episode(timer, ticket)
        if present is None:
            return False
        if isinstance(timer.times, Steps):
            for rung in timer.times.rungs:
                at = passes_at(present, rung.after, ticket)
                if at and not _is_too_early(present, at):
                    _through_gate(timer, at, ticket)
        else:
            list(_OCCURRENCES[type(timer.times)](present, ticket, masked=False))
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
