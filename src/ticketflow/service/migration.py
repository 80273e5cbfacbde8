"""Preview what another version of the rules would change for a ticket.

Source: docs/semantics.md 4.6.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import attrs

from ticketflow.kernel.instants import to_utc
from ticketflow.rules.ruleset import Rules, check_arguments
from ticketflow.sla.tracking import progress, recorded
from ticketflow.tickets.ticket import Ticket


@attrs.frozen
class ClockChange:
    """The effect of another version of the rules on the present cycle of one clock.

    Attributes:
        clock: The clock's name.
        old_due: The due instant under the old rules; None if the clock is frozen, has no target or does not exist.
        new_due: The same under the new rules.
        would_breach: Whether the target is missed under the new rules and not under the old ones.
        would_unbreach: Whether the target is missed under the old rules, or its breach is recorded, and it is not
            missed under the new ones. A recorded breach stays in the history all the same.
    """

    clock: str
    old_due: datetime | None
    new_due: datetime | None
    would_breach: bool
    would_unbreach: bool


def preview_migration(ticket: Ticket, old: Rules, new: Rules, now: datetime | None = None) -> tuple[ClockChange, ...]:
    """Return the changes that *new* would make to the present cycles of a ticket's clocks.

    They are in the order of the clocks' names. Clocks for which nothing changes are left out.

    Args:
        ticket: The ticket.
        old: The rules under which the ticket is kept now.
        new: The rules under which it would be kept.
        now: The instant until which breaches count; aware. None means the instant of the last entry. For an earlier
            instant, the ticket as it stood then is compared.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: *ticket* is not a Ticket, or *old* or *new* is not a Rules.
        UnknownHolidaysError: A cycle reaches into years whose public holidays are not known.

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
    at = ticket.changed_at if now is None else to_utc(now, "now")
    then = ticket.as_of(at)
    if then is None:
        return ()
    names = sorted({policy.name for rules in (old, new) for policy in rules.clocks})
    found: list[ClockChange] = []
    for name in names:
        before, after = _outlook(name, then, old, at), _outlook(name, then, new, at)
        would_breach = after.is_missed and not before.is_missed
        would_unbreach = before.is_missed and not after.is_missed_by_rules
        if before.due != after.due or would_breach or would_unbreach:
            found.append(ClockChange(name, before.due, after.due, would_breach, would_unbreach))
    return tuple(found)


class _Outlook(NamedTuple):
    """The due instant of a clock's present cycle, and whether its target is missed.

    ``is_missed`` includes breaches that are recorded in the history; ``is_missed_by_rules`` does not.
    """

    due: datetime | None = None
    is_missed: bool = False
    is_missed_by_rules: bool = False


def _outlook(name: str, ticket: Ticket, rules: Rules, at: datetime) -> _Outlook:
    has_clock = any(policy.name == name for policy in rules.clocks)
    found = progress(ticket, rules.clock(name)) if has_clock else None
    if found is None:
        return _Outlook()
    due = None if found.is_frozen and found.target is not None else found.due_at()
    is_missed_by_rules = found.missed(at) is not None
    return _Outlook(due, is_missed_by_rules or recorded(found, ticket) is not None, is_missed_by_rules)
