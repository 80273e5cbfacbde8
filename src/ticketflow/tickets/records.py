"""A ticket's history as people filter it: one record for each thing that happened, with its kind.

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
    events.FollowUpRequested: "follow_up_requested",
    events.TargetWarned: "target_warned",
    events.TargetBreached: "target_breached",
    events.Superseded: "superseded",
    events.Dropped: "dropped",
    events.RulesHalted: "rules_halted",
}
KINDS: tuple[str, ...] = (*_KINDS.values(), "note", "field_set")
"""The kinds of records: what histories are filtered by, and what screens translate."""


@attrs.frozen
class Record:
    """One thing that happened, and the decision that it was part of.

    Attributes:
        kind: Which of `KINDS` it is.
        event: What happened; a field's change says from what to what.
        entry: The decision: its sequence, instant, actor and cause.
    """

    kind: str
    event: events.Event
    entry: events.Entry


def kind_of(event: events.Event) -> str:
    """Return which of `KINDS` an event is.

    An internal note is a ``note`` and no ``message``; a field that had no value before is ``field_set`` and not
    ``field_changed``: a first categorisation is no change of category.

    >>> kind_of(FieldChanged("category", None, "billing")), kind_of(FieldChanged("category", "billing", "tax"))
    ('field_set', 'field_changed')
    """
    match event:
        case events.FieldChanged(before=None):
            return "field_set"
        case events.MessageAdded(message=message) if not message.public:
            return "note"
        case _:
            return _KINDS[type(event)]


def records(ticket: Ticket, *kinds: str, field: str | None = None) -> Iterator[Record]:
    """Return what happened to *ticket*, oldest first.

    Args:
        ticket: The ticket.
        kinds: Which of `KINDS` to give; none named: all.
        field: Of what happened to fields, give only what happened to this one.

    Raises:
        BadValueError: there is no such kind.

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
