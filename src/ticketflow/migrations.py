"""What another version of the rules would change for a ticket, before anyone passes it in.

Source: docs/semantics.md 4.6.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from ticketflow.readings import progress
from ticketflow.rules import Rules
from ticketflow.ticket import Ticket
from ticketflow.values import to_utc


@attrs.frozen
class Change:
    """What another version of the rules would change for one clock.

    Attributes:
        clock: Its name.
        old_due: When its target is due under the old rules; None if it is frozen, has none, or is not there.
        new_due: The same under the new ones.
        would_breach: Whether it would be missed under the new rules and is not under the old ones.
        would_unbreach: Whether it is missed under the old rules, or was, and would not be under the new ones. What
            stands in the history stays there all the same.
    """

    clock: str
    old_due: datetime | None
    new_due: datetime | None
    would_breach: bool
    would_unbreach: bool


def migrate(ticket: Ticket, old: Rules, new: Rules, now: datetime | None = None) -> tuple[Change, ...]:
    """Return what *new* would change for the clocks of *ticket*, by their names; nothing for those that stay.

    Args:
        ticket: The ticket.
        old: The rules it lived under.
        new: The rules that it would go on under.
        now: Until when breaches count; aware. None: until its last entry.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        UnknownHolidaysError: a cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.6.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> migrate(handle(None, opened, servicenow()).ticket, servicenow(), servicenow())
    ()
    """
    at = ticket.changed_at if now is None else max(to_utc(now, "now"), ticket.changed_at)
    names = sorted({policy.name for rules in (old, new) for policy in rules.clocks})
    changes = (_change(name, ticket, old, new, at) for name in names)
    return tuple(each for each in changes if _differs(each))


def _change(name: str, ticket: Ticket, old: Rules, new: Rules, at: datetime) -> Change:
    old_due, was_missed = _due(name, ticket, old, at)
    new_due, is_missed = _due(name, ticket, new, at)
    was_missed = was_missed or any(breach.clock == name for breach in ticket.breaches)
    return Change(name, old_due, new_due, is_missed and not was_missed, was_missed and not is_missed)


def _due(name: str, ticket: Ticket, rules: Rules, at: datetime) -> tuple[datetime | None, bool]:
    """Return when a clock's target is due under *rules*, and whether it would have been missed by *at*."""
    is_there = any(policy.name == name for policy in rules.clocks)
    found = progress(ticket, rules.clock(name)) if is_there else None
    if found is None:
        return None, False
    due = None if found.is_frozen and found.target is not None else found.due_at()
    return due, found.missed(at) is not None


def _differs(change: Change) -> bool:
    return change.old_due != change.new_due or change.would_breach or change.would_unbreach
