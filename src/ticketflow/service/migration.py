"""What another version of the rules would change for a ticket, before anyone passes it in.

Source: docs/semantics.md 4.6.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import attrs

from ticketflow.kernel.instants import to_utc
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.sla.progress import progress, recorded
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class ClockChange:
    """What another version of the rules would change for the present cycle of one clock.

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


def preview_migration(ticket: Ticket, old: Rules, new: Rules, now: datetime | None = None) -> tuple[ClockChange, ...]:
    """Return what *new* would change for the present cycles of a ticket's clocks, by name; nothing for those that stay.

    Args:
        ticket: The ticket.
        old: The rules it lived under.
        new: The rules that it would go on under.
        now: Until when breaches count; aware. None: until its last entry.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: something else is given as a ticket or as rules.
        UnknownHolidaysError: a cycle reaches into years whose public holidays are not known.

    Source: docs/semantics.md 4.6.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> preview_migration(handle(None, opened, servicenow()).ticket, servicenow(), servicenow())
    ()
    """
    check_arguments(ticket, old)
    check_arguments(ticket, new)
    at = ticket.changed_at if now is None else max(to_utc(now, "now"), ticket.changed_at)
    names = sorted({policy.name for rules in (old, new) for policy in rules.clocks})
    changes = (_change(name, ticket, old, new, at) for name in names)
    return tuple(each for each in changes if _differs(each))


def _change(name: str, ticket: Ticket, old: Rules, new: Rules, at: datetime) -> ClockChange:
    before, after = _stands(name, ticket, old, at), _stands(name, ticket, new, at)
    would_breach = after.is_missed and not before.is_missed
    return ClockChange(name, before.due, after.due, would_breach, before.is_missed and not after.is_missed_anew)


class _Standing(NamedTuple):
    """How a clock stands: when it is due, and whether it was missed, by the record or by these rules alone."""

    due: datetime | None = None
    is_missed: bool = False
    is_missed_anew: bool = False


def _stands(name: str, ticket: Ticket, rules: Rules, at: datetime) -> _Standing:
    is_there = any(policy.name == name for policy in rules.clocks)
    found = progress(ticket, rules.clock(name)) if is_there else None
    if found is None:
        return _Standing()
    due = None if found.is_frozen and found.target is not None else found.due_at()
    anew = found.missed(at) is not None
    return _Standing(due, anew or recorded(found, ticket) is not None, anew)


def _differs(change: ClockChange) -> bool:
    return change.old_due != change.new_due or change.would_breach or change.would_unbreach
