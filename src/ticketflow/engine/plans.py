"""Plans: what is due on a ticket, as a value.

Source: docs/semantics.md 3.11.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from ticketflow.rules.actions import Action
from ticketflow.tickets import events
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class Due:
    """The actions of one rule at one instant.

    Attributes:
        rule: The rule's id.
        actions: The actions; the events of the entry say what they did.
        reason: Why they are due.
        due_at: When they are due, in UTC. The entry takes effect then, or later if the rules made it due too late.
        key: The identity of the occurrence; the same in every process and every plan.
        entry: The entry that applying the plan adds to the history.
    """

    rule: str
    actions: tuple[Action, ...]
    reason: events.Why
    due_at: datetime
    key: events.Key
    entry: events.Entry


@attrs.frozen
class Plan:
    """Everything that is due, in order: what advancing the ticket would carry out.

    A plan iterates over its `Due` values. It is true if there is anything to apply.

    Attributes:
        due: The actions of rules.
        entries: The entries that applying the plan adds to the history: one for each due, and one for each bound that
            is reached.
        ticket: The id of the ticket that the plan was made for; None if nothing is due.
        version: The version of that ticket.
        has_more: Whether a bound cut the plan short; evaluate again after applying it.
        unknown_from: The instant from which on it is not known what is due, because the public holidays are not known.
            What is due before it is in the plan. None if *now* is before it.
    """

    due: tuple[Due, ...] = ()
    entries: tuple[events.Entry, ...] = ()
    ticket: str | None = None
    version: int = 0
    has_more: bool = False
    unknown_from: datetime | None = None

    def __iter__(self) -> Iterator[Due]:
        return iter(self.due)

    def __len__(self) -> int:
        return len(self.due)

    def __bool__(self) -> bool:
        return bool(self.entries)


NOTHING_DUE = Plan()


@attrs.frozen
class Touched:
    """A ticket that an answer changed or opened, with everything to store and to send for it.

    Attributes:
        ticket: The ticket as it stands after it.
        entries: The new entries, oldest first. The sequence of the first one is the version that was stored before; 0
            for a ticket that was opened.
        due: The due items of the entries that rules made, in their order. They have the messages and follow-ups that
            the rules ask for, with their keys.
    """

    ticket: Ticket
    entries: tuple[events.Entry, ...]
    due: tuple[Due, ...] = ()

    def __iter__(self) -> Iterator[Due]:
        return iter(self.due)


def due_of(entry: events.Entry, cause: events.ByRule, then: tuple[Action, ...]) -> Due:
    """Return the due item of an entry that a rule made."""
    return Due(cause.key.rule, then, cause.reason, cause.due_at, cause.key, entry)
