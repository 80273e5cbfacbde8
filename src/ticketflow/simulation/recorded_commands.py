"""Read the commands of a ticket back from its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import TypedDict, TypeVar

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.fold import evolve
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket, check_ticket

T = TypeVar("T")


class _Header(TypedDict):
    """What every command has."""

    at: datetime
    by: Actor
    event_id: str | None


def commands_of(ticket: Ticket) -> tuple[commands.Command, ...]:
    """Return the commands that people and machines gave to a ticket, in order, read back from its history.

    A replay of them under the same rules gives the same ticket. What a history does not record is lost: the choice of a
    snooze, of which the instant is known, and the texts of mails. Fields that were filled from an added mail come as a
    command of their own. A follow-up is opened as a ticket without a past.

    Raises:
        BadValueError: *ticket* is not a Ticket, or its history has a command that does not exist.

    >>> from datetime import UTC
    >>> from ticketflow import handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> given = commands.Open("T-1", at=noon, by=ada), commands.Move("to_resolved", at=noon, by=ada)
    >>> opened = handle(None, given[0], servicenow()).ticket
    >>> [type(command).__name__ for command in commands_of(handle(opened, given[1], servicenow()).ticket)]
    ['Open', 'Move']
    """
    check_ticket(ticket)
    return tuple(_commands_of(ticket))


def _commands_of(ticket: Ticket) -> Iterator[commands.Command]:
    before: Ticket | None = None
    for entry in ticket.history:
        cause = entry.cause
        if isinstance(cause, events.ByCommand):
            if cause.command not in _READERS:
                known = ", ".join(_READERS)
                raise BadValueError(f"command {cause.command!r:.200} does not exist", f"there are: {known}")
            header = _Header(at=entry.occurred_at or entry.at, by=entry.actor, event_id=cause.event_id)
            yield from _READERS[cause.command](_Recorded(entry, before), header)
        before = evolve(before, entry)


class _Recorded:
    """The events of an entry, and the ticket before it. A command that changed nothing has no events."""

    def __init__(self, entry: events.Entry, before: Ticket | None) -> None:
        self._entry = entry
        self._before = before

    def any(self, kind: type[T]) -> T | None:
        """Return the first event of a kind; None if there is none."""
        return next((event for event in self._entry.events if isinstance(event, kind)), None)

    def one(self, kind: type[T]) -> T:
        """Return the first event of a kind, which the command always makes."""
        found = self.any(kind)
        if found is None:
            what = f"entry {self._entry.sequence} records no {kind.__name__}, which its command makes"
            raise BadValueError(what, "give a ticket that handle or replay returned")
        return found

    @property
    def before(self) -> Ticket:
        """The ticket before the entry."""
        assert self._before is not None  # noqa: S101 -- no command but the opening comes first
        return self._before

    @property
    def message(self) -> Message | None:
        """The message that was added; None if there is none."""
        added = self.any(events.MessageAdded)
        return added.message if added else None

    @property
    def fields(self) -> Mapping[str, Value]:
        """The fields that were set. The outcome that a new state sets comes after it, and is left out."""
        before = takewhile(lambda event: not isinstance(event, events.StateChanged), self._entry.events)
        return {event.field: event.after for event in before if isinstance(event, events.FieldChanged)}


_Reader = Callable[[_Recorded, _Header], Iterator[commands.Command]]


def _open(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    opened, assigned = found.one(events.Opened), found.any(events.Assigned)
    assignee = assigned.after if assigned else None
    yield commands.Open(opened.ticket, opened.fields, found.message, assignee, opened.state, opened.requester, **header)


def _add_message(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.AddMessage(found.one(events.MessageAdded).message, **header)
    if found.fields:
        yield commands.SetFields(found.fields, at=header["at"], by=header["by"])


def _move(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    moved = found.one(events.StateChanged)
    yield commands.Move(moved.transition, found.message, found.fields, **header)


def _reopen(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.Reopen(found.message, **header)


def _set_fields(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.SetFields(found.fields, **header)


def _set_requester(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    changed = found.any(events.RequesterChanged)
    yield commands.SetRequester(changed.after if changed else found.before.requester, **header)


def _review_classification(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.ReviewClassification(str({**found.before.fields, **found.fields}["classification"]), **header)


def _assign(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    changed = found.any(events.Assigned)
    yield commands.Assign(changed.after if changed else found.before.assignee, **header)


def _give_back(_: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.GiveBack(**header)


def _decline(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    declined = found.one(events.Declined)
    yield commands.Decline(declined.why, **header)


def _rate(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    rated = found.one(events.Rated)
    yield commands.Rate(rated.score, rated.comment, **header)


def _record_event(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    recorded = found.one(events.OutsideEventRecorded)
    yield commands.RecordEvent(recorded.event, **header)


def _snooze(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    snoozed = found.one(events.Snoozed)
    yield commands.Snooze(snoozed.until, why=snoozed.why, **header)


def _cancel_snooze(_: _Recorded, header: _Header) -> Iterator[commands.Command]:
    yield commands.CancelSnooze(**header)


def _link(found: _Recorded, header: _Header) -> Iterator[commands.Command]:
    linked = found.any(events.Linked) or found.before.links[0]  # a link that was there already changes nothing
    yield commands.Link(linked.ticket, linked.kind, **header)


_READERS: Mapping[str, _Reader] = {
    "open": _open,
    "follow_up": _open,
    "add_message": _add_message,
    "assign": _assign,
    "give_back": _give_back,
    "decline": _decline,
    "move": _move,
    "reopen": _reopen,
    "set_fields": _set_fields,
    "set_requester": _set_requester,
    "review_classification": _review_classification,
    "rate": _rate,
    "record_event": _record_event,
    "snooze": _snooze,
    "cancel_snooze": _cancel_snooze,
    "link": _link,
}
