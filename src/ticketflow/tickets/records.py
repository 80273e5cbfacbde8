"""Records: a ticket's history as a flat list, one record an event, to filter by kind.

Source: docs/semantics.md 2.2; rows A10, E4, E17.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.type_checks import check_argument
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket, check_ticket

_KINDS: Mapping[type[events.Event], str] = {
    events.Opened: "opened",
    events.MessageAdded: "message",
    events.Assigned: "assigned",
    events.RequesterChanged: "requester_changed",
    events.StateChanged: "state_changed",
    events.FieldChanged: "field_changed",
    events.FieldHeld: "field_held",
    events.FieldReleased: "field_released",
    events.Rated: "rated",
    events.OutsideEventRecorded: "outside_event",
    events.ResolutionMarked: "resolution",
    events.Declined: "declined",
    events.Linked: "linked",
    events.Snoozed: "snoozed",
    events.SnoozeCancelled: "snooze_cancelled",
    events.Surfaced: "surfaced",
    events.Woke: "woke",
    events.MessageRequested: "message_requested",
    events.Emitted: "emitted",
    events.FollowUpRequested: "follow_up_requested",
    events.TargetWarned: "target_warned",
    events.TargetBreached: "target_breached",
    events.Superseded: "superseded",
    events.Dropped: "dropped",
    events.RulesHalted: "rules_halted",
}
KINDS: tuple[str, ...] = (*_KINDS.values(), "note", "field_set")
"""The kinds of records."""


@attrs.frozen
class Record:
    """An event of a history and its kind.

    Attributes:
        kind: One of `KINDS`.
        event: The event.
        entry: The entry that the event belongs to.
    """

    kind: str
    event: events.Event
    entry: events.Entry


def kind_of(event: events.Event) -> str:
    """Return the kind of an event, one of `KINDS`.

    An internal note is a ``note``, not a ``message``. The first value of a field is a ``field_set``, not a
    ``field_changed``: a first categorization does not count as a change of category.

    >>> kind_of(events.FieldChanged("category", None, "billing"))
    'field_set'
    >>> kind_of(events.FieldChanged("category", "billing", "tax"))
    'field_changed'
    """
    match event:
        case events.FieldChanged(before=None):
            return "field_set"
        case events.MessageAdded(message=message) if not message.public:
            return "note"
        case _:
            return _KINDS[type(event)]


def records(ticket: Ticket, *kinds: str, field: str | None = None) -> Iterator[Record]:
    """Return the records of *ticket*, oldest first.

    Args:
        ticket: The ticket.
        kinds: The kinds to return; all if none is given.
        field: A field's name, to leave out the events of other fields; None to return the events of all fields.

    Raises:
        BadValueError: one of *kinds* does not exist.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, commands, decide
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("customer", "bob"))
    >>> [record.kind for record in records(decide(None, opened, servicenow()).ticket)]
    ['opened']
    """
    check_ticket(ticket)
    check_argument(field, str | None, "field")
    for kind in kinds:
        check_argument(kind, str, "kinds")
        if kind not in KINDS:
            problem = unknown_name("", "kind of record", kind, KINDS)
            raise BadValueError(problem.what, problem.fix)
    return _records(ticket, kinds, field)


def _records(ticket: Ticket, kinds: tuple[str, ...], field: str | None) -> Iterator[Record]:
    for entry in ticket.history:
        for event in entry.events:
            kind = kind_of(event)
            is_other_field = (
                field is not None
                and isinstance(event, events.FieldChanged | events.FieldHeld | events.FieldReleased)
                and event.field != field
            )
            if (not kinds or kind in kinds) and not is_other_field:
                yield Record(kind, event, entry)
