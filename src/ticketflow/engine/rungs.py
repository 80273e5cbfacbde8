"""The occurrences of a ladder, and of a rule with one span: its rungs.

Source: docs/semantics.md 3.4 to 3.7, 3.17.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ticketflow.engine.episodes import ArmedTimer, Occurrence, passes_at
from ticketflow.engine.holding import held, through_gate
from ticketflow.errors import CalendarError, UnknownHolidaysError
from ticketflow.rules.automations import Ladder
from ticketflow.rules.schedules import Steps
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket


def first_rung(present: ArmedTimer, ticket: Ticket) -> datetime | None:
    """Return the instant before which no rung is due that is not in the history; None if none ever is."""
    assert isinstance(present.times, Steps)  # noqa: S101 -- by the table of its callers
    number, rungs = present.next_number, present.times.rungs
    return passes_at(present, rungs[number].after, ticket) if number < len(rungs) else None


def rung_occurrences(present: ArmedTimer, ticket: Ticket, *, masked: bool) -> Iterator[Occurrence]:
    """Yield the rungs ahead, in order."""
    rungs, now = _Rungs(present, ticket, masked=masked), ticket.changed_at
    for number in range(rungs.find_first(), rungs.count):
        own = rungs.own(number)
        if own is None:
            return
        at, instead = _placed(rungs, number, own)
        yield Occurrence(present, number, own, max(now, at), instead)


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
        while (own := self.own(early)) is not None and is_too_early(self.present, own):
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
        return held(self.present, own, self.ticket, masked=self.masked)

    def coincides(self, number: int, own: datetime, at: datetime) -> bool:
        """Return whether the next rung could take effect at the instant *at* at which this one does."""
        if self.present.timer.is_ascending and at == own:
            return own == self.present.armed.at
        following = self.own(number + 1)
        return following is not None and following <= at


def is_too_early(present: ArmedTimer, own: datetime) -> bool:
    """Return whether an occurrence is due, by itself or at the arming, before the rule is in force."""
    return present.in_force_from is not None and max(own, present.armed.at) < present.in_force_from


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
    open_at, dropped = through_gate(rungs.present.timer, noticed, rungs.ticket)
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
