"""Check that entries can follow one another in the history of one ticket. No rules are needed.

The engine makes such entries only. The checks are for histories and plans that come from elsewhere.

Source: docs/semantics.md 2.2, 3.11, 3.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ticketflow.errors import HistoryError
from ticketflow.kernel.names import is_name
from ticketflow.tickets import events
from ticketflow.tickets.actors import SYSTEM
from ticketflow.tickets.facts import CATEGORIES
from ticketflow.tickets.ticket import Ticket, changes_ticket
from ticketflow.tickets.unloaded import UnloadedHistory

Mistake = tuple[str, str]
"""What is wrong with an entry, and the fix."""


class HistoryCheck:
    """Checks the entries of one history one after another. An entry costs the same at any length.

    Attributes:
        ticket: The id of the ticket; None while it is not known.
        version: The sequence of the next entry.
        at: The instant of the last entry; None while it is not known.
        state: The state of the ticket; None while it is not known.
        is_closed: Whether the ticket is known to be closed.
    """

    def __init__(self) -> None:
        self.ticket: str | None = None
        self.version = 0
        self.at: datetime | None = None
        self.state: str | None = None
        self.is_closed = False
        self._outside = 0
        self._delivery: str | None = None
        self._sequences: dict[str, int] = {}
        self._first = 0  # the first sequence whose id is known

    @classmethod
    def after(cls, ticket: Ticket) -> HistoryCheck:
        """Return a check of the entries that follow the history of *ticket*; costs a walk over it."""
        check = cls()
        check.ticket, check.version, check.at = ticket.id, ticket.version, ticket.changed_at
        check.state, check.is_closed, check._outside = ticket.state, ticket.category == "closed", ticket.outside
        check._sequences = {entry.id: entry.sequence for entry in reversed(ticket.history)}
        return check

    @classmethod
    def within(cls, ticket: str, version: int) -> HistoryCheck:
        """Return a check of automatic entries that follow *version* entries of *ticket*, which are not known."""
        check = cls()
        check.ticket, check.version, check._first = ticket, version, version
        return check

    def add(self, entry: events.Entry) -> None:
        """Check the next entry.

        Raises:
            HistoryError: The entry cannot follow the ones before it.
        """
        self._add(entry)
        for event in entry.events[:1]:
            if isinstance(event, events.Opened):
                self._check_earlier(event, entry.at)

    def _add(self, entry: events.Entry) -> None:
        """Check the next entry, except for the history that a follow-up has from another ticket."""
        mistake = self._mistake(entry) or self._mistake_of_cause(entry) or self._mistake_of_states(entry)
        if mistake:
            opened = [event for event in entry.events if isinstance(event, events.Opened)]
            name = self.ticket or (opened[0].ticket if opened else "?")
            raise HistoryError(name, self.version, *mistake)
        self.version += 1
        self.at = entry.at
        self._sequences[entry.id] = entry.sequence
        if isinstance(entry.cause, events.ByCommand):
            self._outside += 1
            self._delivery = entry.cause.event_id or self._delivery

    def _mistake(self, entry: events.Entry) -> Mistake | None:
        """Return what is wrong with the place of an entry in the history."""
        if entry.sequence != self.version:
            return f"entry {entry.sequence} stands in the place of entry {self.version}", "give every entry, in order"
        openings = sum(isinstance(event, events.Opened) for event in entry.events)
        if self.version == 0:
            if not openings or not isinstance(entry.events[0], events.Opened):
                return "the first entry is not an opening", "give the history from its opening on"
            if openings > 1:
                return "the first entry opens a ticket twice", "give the history of one ticket only"
            self.ticket = entry.events[0].ticket
        elif openings:
            return "a later entry opens the ticket again", "give the history of one ticket only"
        if entry.id in self._sequences:
            return f"an earlier entry has the same id {entry.id!r}", "give every entry once, with its own id"
        if self.at is not None and entry.at < self.at:
            what = f"its instant {entry.at.isoformat()} precedes {self.at.isoformat()} of the entry before it"
            return what, "give the entries in order; their instants never decrease"
        if self.is_closed and not _may_follow_a_closing(entry):
            fix = "end the history there; only ratings and automatic entries that change nothing follow a closing"
            return "the ticket was closed before it", fix
        return None

    def _mistake_of_cause(self, entry: events.Entry) -> Mistake | None:
        """Return what is wrong with an entry's cause, and with the id and the actor that follow from it."""
        cause = entry.cause
        if isinstance(cause, events.ByCommand):
            expected = str(self._outside)
            if cause.event_id is not None and cause.event_id == self._delivery:
                what = f"its delivery id {cause.event_id!r} is that of the delivery before it"
                return what, "give every delivery once"
        else:
            if self.version == 0:
                return "no command opens the ticket", "give the entry of the command that opened it"
            if entry.actor != SYSTEM:
                what = f"an automatic entry has the actor {entry.actor.role} {entry.actor.id!r}"
                return what, f"give it the actor {SYSTEM.role} {SYSTEM.id!r}"
            if isinstance(cause, events.ByBound):
                expected = f"bound.{self.version}"
            elif mistake := self._mistake_of_key(cause):
                return mistake
            else:
                expected = cause.key.digest
        if entry.id != expected:
            return f"its id is {entry.id!r:.200}, and {expected!r} follows from its cause", "give it that id"
        return None

    def _mistake_of_key(self, cause: events.ByRule) -> Mistake | None:
        key = cause.key
        if key.ticket != self.ticket:
            return f"its key is of ticket {key.ticket!r:.200}", "give the entries of one ticket only"
        found = self._sequences.get(key.arming)
        is_unknown = found is None and 0 <= cause.armed < self._first
        if found != cause.armed and not is_unknown:
            what = f"its key says that entry {key.arming!r:.200} armed it, and its cause that entry {cause.armed} did"
            return what, "give the id and the sequence of one earlier entry"
        return None

    def _mistake_of_states(self, entry: events.Entry) -> Mistake | None:
        """Return what is wrong with the states of an entry; follow them if nothing is."""
        for event in entry.events:
            if isinstance(event, events.Opened):
                before = None
                after = event.state
            elif isinstance(event, events.StateChanged):
                before, after = event.before, event.after
            else:
                continue
            if before is not None and self.state is not None and before != self.state:
                what = f"it leaves the state {before!r:.200}, and the ticket is in {self.state!r}"
                return what, "give every entry of the history"
            if not is_name(after) or event.category not in CATEGORIES:
                what = f"no ticket can be in the state {after!r:.200} of the category {event.category!r:.200}"
                return what, f"give the name of a state, and one of: {', '.join(CATEGORIES)}"
            self.state, self.is_closed = after, event.category == "closed"
        return None

    def _check_earlier(self, opened: events.Opened, at: datetime) -> None:
        """Check the histories behind a follow-up: that of the closed ticket, of the one before it, and so on.

        Of a history that was not loaded, only the ticket is known.
        """
        while opened.follows is not None or opened.earlier is not None:
            check = HistoryCheck()
            if isinstance(opened.earlier, UnloadedHistory):
                check.ticket = opened.earlier.ticket
                for mistake in check._mistakes_before(opened, None):
                    raise HistoryError(self.ticket or "?", 0, *mistake)
                return
            first: events.Entry | None = None
            try:
                for entry in opened.earlier or ():
                    first = first or entry
                    check._add(entry)
            except HistoryError as error:
                what = f"the history of {opened.follows!r:.200} behind it, entry {error.sequence}: {error.what}"
                raise HistoryError(self.ticket or "?", 0, what, error.fix) from None
            for mistake in check._mistakes_before(opened, at):
                raise HistoryError(self.ticket or "?", 0, *mistake)
            assert first is not None and isinstance(first.events[0], events.Opened)  # noqa: PT018, S101 -- checked
            opened, at = first.events[0], first.at

    def _mistakes_before(self, follow_up: events.Opened, at: datetime | None) -> Iterator[Mistake]:
        """Yield why *follow_up*, which opens at *at*, cannot go on from this history; None if that was not loaded."""
        named = f"ticket {follow_up.ticket!r:.200} follows up {follow_up.follows!r:.200}"
        if follow_up.earlier is None:
            yield f"{named}, whose history is missing", "give the whole history of that ticket"
        elif follow_up.follows in (None, follow_up.ticket) or self.ticket != follow_up.follows:
            yield f"{named}, and the history behind it is of {self.ticket!r:.200}", "give the history of that ticket"
        elif at is None:
            return
        elif not self.is_closed:
            yield f"{named}, which is not closed", "follow up closed tickets only"
        elif self.at is None or at < self.at:
            yield f"{named}, whose last entry is later", "open a follow-up after the closing"


def _may_follow_a_closing(entry: events.Entry) -> bool:
    """Return whether an entry can come after the closing: a rating by command, or a record of a rule."""
    if entry.is_automatic:
        return not changes_ticket(entry)
    return len(entry.events) == 1 and isinstance(entry.events[0], events.Rated)
