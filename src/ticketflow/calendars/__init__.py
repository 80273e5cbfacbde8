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
    "union",
]

if TYPE_CHECKING:
    from ticketflow.calendars.country_holidays import public_holidays
else:  # type checkers see only names that exist

    def __getattr__(name: str) -> object:
        """Import `public_holidays`, and with it the holidays package, on first access (PEP 562)."""
        if name != "public_holidays":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = import_module("ticketflow.calendars.country_holidays").public_holidays
        return value
