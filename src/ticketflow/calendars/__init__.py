"""Working-time calendars, spans of time and recurrences.

Build a `BusinessCalendar`, combine calendars with `union`, `intersection`, `difference` and `excluding`, and query open
time with the methods of `Calendar`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import (
    CombinedCalendar,
    FixedIntervals,
    difference,
    excluding,
    intersection,
    union,
)
from ticketflow.calendars.date_rules import (
    BusinessDayAfter,
    BusinessDayBefore,
    DateRule,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
)
from ticketflow.calendars.hours import Shift, Yearly
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import (
    AfterDue,
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    Elapsed,
    Missed,
    OfTarget,
    WorkingTime,
)
from ticketflow.calendars.trace import Segment

__all__ = [
    "AfterDue",
    "BeforeDue",
    "BusinessCalendar",
    "BusinessDayAfter",
    "BusinessDayBefore",
    "BusinessDays",
    "Calendar",
    "CalendarSpan",
    "Closing",
    "Closures",
    "CombinedCalendar",
    "DateRule",
    "Easter",
    "Elapsed",
    "EveryMonth",
    "EveryMonthOn",
    "EveryWeek",
    "EveryYear",
    "FixedIntervals",
    "Missed",
    "NotTaken",
    "NthBusinessDay",
    "NthWeekday",
    "Observed",
    "OfTarget",
    "Period",
    "PublicHolidays",
    "Segment",
    "Shift",
    "WorkingTime",
    "Yearly",
    "difference",
    "excluding",
    "intersection",
    "public_holidays",
    "read_icalendar",
    "union",
    "write_icalendar",
]

_LAZY_NAMES = {
    "Closing": "closures",
    "Closures": "closures",
    "NotTaken": "closures",
    "public_holidays": "country_holidays",
    "read_icalendar": "icalendar_files",
    "write_icalendar": "icalendar_files",
}
"""The module of each name that is imported when it is first asked for."""

if TYPE_CHECKING:
    from ticketflow.calendars.closures import Closing, Closures, NotTaken
    from ticketflow.calendars.country_holidays import public_holidays
    from ticketflow.calendars.icalendar_files import read_icalendar, write_icalendar
else:  # type checkers see only names that exist

    def __getattr__(name: str) -> object:
        """Import a public name that is not loaded yet, and the holidays package with `public_holidays` (PEP 562)."""
        if name not in _LAZY_NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f"ticketflow.calendars.{_LAZY_NAMES[name]}")
        value = globals()[name] = getattr(module, name)
        return value
