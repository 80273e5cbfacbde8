"""Find the tickets whose stored `next_due` is out of date after a change of the rule set.

Source: docs/semantics.md 1.5, 3.13.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.ruleset import Rules, check_rules

Outdated = Literal["none", "unknown", "all"]
"""Which tickets must be woken again after a change of the rule set."""


def outdated(before: Rules, after: Rules) -> Outdated:
    """Return which tickets must be woken again, of those whose `Row.rules` is the digest of *before*.

    - ``none``: the rule sets mean the same. Names of holidays may differ.
    - ``unknown``: *after* only knows the public holidays of more years. Wake the tickets with a `Row.unknown_from`.
    - ``all``: something else changed. Wake all of them. More years change something, too, where a calendar assumes that
      unknown years have no holidays.

    Waking a ticket with `transact_due` computes its row anew. Until then, it is woken late, or for nothing; its history
    never becomes wrong, because a command and a wake-up carry out what is due at its own instant.

    Raises:
        BadValueError: An argument is not a Rules.

    >>> from ticketflow.presets.senior import senior
    >>> outdated(senior(), senior())
    'none'
    """
    check_rules(before)
    check_rules(after)
    return "none" if before.digest == after.digest else _compared(before, after)


@lru_cache(maxsize=64)  # a worker asks for the same versions with every batch
def _compared(before: Rules, after: Rules) -> Outdated:
    if before.calendars.keys() != after.calendars.keys():
        return "all"
    trimmed = {name: _trimmed(each, before.calendars[name]) for name, each in after.calendars.items()}
    return "unknown" if attrs.evolve(after, calendars=trimmed).digest == before.digest else "all"


def _trimmed(calendar: Calendar, earlier: Calendar) -> Calendar:
    """Return a calendar without the years of public holidays that an earlier version of it did not know."""
    if isinstance(calendar, CombinedCalendar) and isinstance(earlier, CombinedCalendar):
        left, right = _trimmed(calendar.left, earlier.left), _trimmed(calendar.right, earlier.right)
        return attrs.evolve(calendar, left=left, right=right)
    if isinstance(calendar, BusinessCalendar) and isinstance(earlier, BusinessCalendar):
        known, known_before = calendar.public_holidays, earlier.public_holidays
        if known is not None and known_before is not None and calendar.beyond_known == "error":
            return attrs.evolve(calendar, public_holidays=_within(known, known_before))
    return calendar


def _within(known: PublicHolidays, earlier: PublicHolidays) -> PublicHolidays:
    """Return the holidays of the years that both know."""
    first, last = max(known.first_year, earlier.first_year), min(known.last_year, earlier.last_year)
    names = FrozenMap({day: name for day, name in known.names.items() if first <= day.year <= last})
    return attrs.evolve(known, names=names, first_year=first, last_year=last)
