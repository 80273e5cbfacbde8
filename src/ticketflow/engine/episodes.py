"""Episodes of rules that wait for time: when a rule is armed, and from where its time is counted.

An episode of a rule begins with the entry that made its condition true, or that moved its anchor while it was true. It
ends once the condition is false, or the anchor `ended_by` has occurred; then only a move of its anchor arms it again.
Nothing of this is stored. It is read from the ticket's trails and marks, at a cost that does not depend on the length
of the history.

Source: docs/semantics.md 3.4, 3.5, 3.17.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import assert_never

import attrs

from ticketflow.calendars.spans import ClockSpan, Span, plus_periods
from ticketflow.engine.program import Timer
from ticketflow.kernel.fast_init import fast_init
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Rule
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Schedule, Steps
from ticketflow.sla.clock_spans import instant_of
from ticketflow.sla.progress import Progress
from ticketflow.sla.tracking import progress, unrecorded
from ticketflow.tickets import anchors, events
from ticketflow.tickets.facts import SNOOZE_END, Mark
from ticketflow.tickets.ticket import Firing, Ticket
from ticketflow.workflow.conditions import is_at_or_before


@fast_init
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
        progress: The progress of the clock from whose start it counts; None if it counts from something else.
    """

    timer: Timer
    armed: Mark
    since: datetime
    anchor: anchors.Anchor | None
    behind: Firing | None
    lifted: Mark | None
    in_force_from: datetime | None
    progress: Progress | None = attrs.field(eq=False)

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
    anchor, since, moved, found = origin
    armed = armed_at(timer, moved, ticket)
    if armed is None:
        return None
    lifted = _lifted(timer, armed, ticket)
    if lifted and timer.rule.on_resume == "restart":
        anchor, since, armed, lifted, found = anchors.Resumed(), lifted.at, lifted, None, None
    behind = None
    if timer.firing_name in ticket.fired:
        behind = ticket.last_fired(timer.rule.id, timer.rule.generation, armed.sequence)
    return ArmedTimer(timer, armed, since, anchor, behind, lifted, timer.in_force_from, found)


Origin = tuple[anchors.Anchor | None, datetime, Mark, Progress | None]
"""An anchor, the instant from which time is counted, the mark of the entry that moved it there, and a clock's progress.

The anchor is None if the instant is not that of one, and the progress is None for anchors that are no start of a clock.
"""


def origin_of(timer: Timer, ticket: Ticket) -> Origin | None:
    """Return where the time of a rule is counted from; None if its anchor has not occurred."""
    marks = ticket.marks
    if len(timer.counts_from) == 1:
        ((anchor, name),) = timer.counts_from
        mark = marks.get(name)
        return None if mark is None else (anchor, mark.at, mark, None)
    if timer.counts_from:
        known = ((anchor, marks[name]) for anchor, name in timer.counts_from if name in marks)
        moved = max(known, key=lambda each: each[1].place, default=None)
        return None if moved is None else (moved[0], moved[1].at, moved[1], None)
    match timer.times:
        case Steps(since=anchor) | Repeats(since=anchor):
            assert timer.clock is not None  # noqa: S101 -- all other anchors are simple ones
            # The rule that records breaches waits for each cycle that was missed.
            found = (unrecorded if timer.records_breach else progress)(ticket, timer.clock)
            return (anchor, found.start, found.cycle.start, found) if found else None
        case Recurring():
            opened = marks["created"]
            return None, opened.at, opened, None
        case AtMoment(moment=moment):
            name = f"field.{moment.field}" if isinstance(moment, triggers.AtField) else SNOOZE_END
            trail = ticket.trails.get(name)
            value = trail.value if trail else None
            return (None, value, trail.mark, None) if trail and isinstance(value, datetime) else None
        case _:
            assert_never(timer.times)


def _lifted(timer: Timer, armed: Mark, ticket: Ticket) -> Mark | None:
    """Return the mark of the end of the last mask since the arming; None if the mask holds now, or never did."""
    if timer.unmasked is None:
        return None
    since = timer.unmasked.true_since(ticket, armed)
    return None if since is None or since.sequence == 0 or is_at_or_before(since, armed) else since


def passes_at(present: ArmedTimer, span: Span | ClockSpan, ticket: Ticket) -> datetime | None:
    """Return the instant by which a span of the episode has passed; None if its clock does not get that far."""
    if not isinstance(span, ClockSpan):
        return present.timer.calendar(ticket).after(present.since, span)
    return instant_of(present.progress, span) if present.progress else None


_PLACE = attrgetter("place")
