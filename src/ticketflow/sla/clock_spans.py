"""When a span of a clock has passed: a part of its target, the miss, or time before or after the due instant.

Source: docs/semantics.md 4.7, 4.8.
"""

from __future__ import annotations

from datetime import datetime

from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, ClockSpan, Missed, OfTarget, WorkingTime
from ticketflow.kernel.instants import ZERO
from ticketflow.sla.arithmetic import add_open, business_days_before, plus, subtract_open
from ticketflow.sla.progress import Days, Progress

_FULL = 100


def instant_of(found: Progress, span: ClockSpan) -> datetime | None:
    """Return the instant at which *span* of the clock has passed; None if it never does as things stand.

    After the clock has stopped, the only instant that can still come is that of a late stop (`Missed`).

    Raises:
        CalendarError: The target is in business days, and its calendar has fewer of them left.
        UnknownHolidaysError: The instant lies beyond the years whose public holidays are known.
    """
    if isinstance(span, Missed):
        miss = found.miss
        if miss is None:
            found.due()  # raises if the due instant is not known
        return miss.at if miss else None
    at, stop = _at(found, span), found.cycle.stop
    return at if at is not None and (stop is None or at < stop.at) else None


def _at(found: Progress, span: OfTarget | BeforeDue | AfterDue) -> datetime | None:
    mode = found.last.mode
    if mode.days is not None:
        return _at_in_days(found, span, found.days(mode))
    amount = found.amount(mode)
    if amount is not None and isinstance(span, OfTarget):
        return found.reached(span.of(amount))
    if amount is not None and isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
        return found.reached(max(amount - span.lead.amount, ZERO))
    due = found.due()
    if due is None:
        return None
    if isinstance(span, OfTarget):
        return plus(found.start, span.of(max(due - found.start, ZERO)))
    return _after(found, due, span) if isinstance(span, AfterDue) else _before(found, due, span)


def _at_in_days(found: Progress, span: OfTarget | BeforeDue | AfterDue, days: Days) -> datetime | None:
    """Return the instant of a span of business days; percentages below 100 are of the open time from the start."""
    if isinstance(span, OfTarget) and span.percent < _FULL:
        part = span.of(days.length)
        return found.counted_from(found.start, part, days.calendar) if days.length else found.start
    if isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
        return found.counted_from(found.start, max(days.length - span.lead.amount, ZERO), days.calendar)
    due = found.due()
    if due is None:
        return None
    if isinstance(span, OfTarget):
        late = span.of(days.length) - days.length
        return found.counted_from(due, late, days.calendar) if late else due
    return _after(found, due, span) if isinstance(span, AfterDue) else _before(found, due, span)


def _after(found: Progress, due: datetime, span: AfterDue) -> datetime | None:
    """Return the instant by which a span has passed since a due instant; freezes do not count."""
    return add_open(found.last.mode.calendar if isinstance(span.span, WorkingTime) else None, due, span.span.amount)


def _before(found: Progress, due: datetime, span: BeforeDue) -> datetime | None:
    """Return the instant that lies before a due instant by a lead, but not before the start of the cycle."""
    calendar = found.last.mode.calendar
    if isinstance(span.lead, BusinessDays):
        return found.start if calendar is None else business_days_before(calendar, due, span.lead.days, found.start)
    lead = span.lead.amount
    if isinstance(span.lead, WorkingTime):
        begin = subtract_open(calendar, due, lead)
        return None if begin is None else max(begin, found.start)
    return found.start if lead > due - found.start else due - lead
