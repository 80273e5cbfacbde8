"""Freeze the public holidays of a rule set.

Source: docs/semantics.md 1.5.
"""

from __future__ import annotations

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar
from ticketflow.rules.ruleset import Rules, check_rules


def freeze(rules: Rules) -> Rules:
    """Return a rule set whose documents list the dates of public holidays instead of naming the country.

    Such a document means the same whatever release of the holidays package reads it. The digest does not change.

    Raises:
        BadValueError: *rules* is not a Rules.
        DefinitionError: the dates exceed the limits of a rule set.

    >>> from ticketflow.presets.senior import senior
    >>> frozen = freeze(senior())
    >>> frozen.digest == senior().digest, frozen == senior()
    (True, False)
    """
    check_rules(rules)
    known: dict[Calendar, Calendar] = {}
    return attrs.evolve(rules, calendars={name: _frozen(each, known) for name, each in rules.calendars.items()})


def _frozen(calendar: Calendar, known: dict[Calendar, Calendar]) -> Calendar:
    """Return a frozen calendar. Those already frozen are in *known*: combinations can hold one many times."""
    if calendar not in known:
        known[calendar] = calendar
        if isinstance(calendar, BusinessCalendar) and calendar.public_holidays is not None:
            known[calendar] = attrs.evolve(calendar, public_holidays=calendar.public_holidays.frozen())
        if isinstance(calendar, CombinedCalendar):
            left, right = (_frozen(part, known) for part in (calendar.left, calendar.right))
            known[calendar] = attrs.evolve(calendar, left=left, right=right)
    return known[calendar]
