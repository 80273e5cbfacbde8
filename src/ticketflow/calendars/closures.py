"""Closed days and hours that were read from elsewhere, and calendars to which they are added.

Source: docs/semantics.md 1.3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.hours import Hours, Shift, cut_hours, sort_shifts, start_late
from ticketflow.calendars.intervals import Interval, complement, intersect, merge_overlapping
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, ZERO
from ticketflow.kernel.type_checks import check_argument, refuse_wrong_types

_LONGEST_NAME = 500
_BETWEEN_NAMES = "; "


@attrs.frozen
class NotTaken:
    """An event, or another part of a text, that was not taken.

    Attributes:
        what: What it is, such as ``event``.
        uid: Its identifier; None if it has none.
        summary: Its name; empty if it has none.
        start: When it begins, as the text writes it; None if it does not say so.
        why: The reason.
    """

    what: str
    uid: str | None
    summary: str
    start: str | None
    why: str

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        start = f" at {self.start}" if self.start else ""
        uid = f" (UID {self.uid})" if self.uid else ""
        return f"{self.what} {self.summary!r}{start}{uid}: {self.why}"


@attrs.frozen
class Closing:
    """A part of a date that is closed.

    Attributes:
        day: The date.
        begins: When it closes, as the local time since midnight.
        ends: When it opens again, at most 24 hours after midnight.
        name: The name of the closing.

    Raises:
        BadValueError: it is not a part of one date, or the date is not in the years 2 to 9998.
    """

    day: date
    begins: timedelta
    ends: timedelta
    name: str

    def __attrs_post_init__(self) -> None:
        refuse_wrong_types(self)
        if not ZERO <= self.begins < self.ends <= DAY:
            what = f"the closing from {self.begins} to {self.ends} is not a part of a date"
            raise BadValueError(what, "give a start from 00:00 and a later end, at most 24:00")
        if not date.min.year < self.day.year < date.max.year:
            raise BadValueError(f"the closing is on {self.day}", "give a date in the years 2 to 9998")


@attrs.frozen
class Closures:
    """The closed days and hours of an iCalendar text, from `read_icalendar`.

    Attributes:
        zone: The IANA name of the time zone of dates and times.
        first_year: The first year that was read.
        last_year: The last year that was read.
        holidays: The names of the dates that are closed as a whole. `BusinessCalendar.holidays` takes them.
        closings: The parts of dates that are closed, in order.
        not_taken: Everything that was not taken, in the order of the text.
    """

    zone: str
    first_year: int
    last_year: int
    holidays: FrozenMap[date, str] = attrs.field(factory=FrozenMap)
    closings: tuple[Closing, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()

    __attrs_post_init__ = refuse_wrong_types

    def added_to(self, calendar: BusinessCalendar) -> BusinessCalendar:
        """Return a calendar that is closed on these days and in these hours, too.

        Closed days become holidays. A closing becomes a half day or a late day where its end or start lies outside the
        hours of its date, a holiday where it leaves no hours, and an override otherwise. Excluded holidays stay open.

        Raises:
            BadValueError: *calendar* is not a `BusinessCalendar`, has another zone, or lists no dates that late
                (`BusinessCalendar.dated_until`).

        >>> from ticketflow import BusinessCalendar
        >>> eve = Closing(date(2026, 12, 24), timedelta(hours=13), timedelta(hours=17), "Christmas Eve")
        >>> closures = Closures("UTC", 2026, 2026, FrozenMap({date(2026, 12, 25): "Christmas"}), (eve,))
        >>> office = closures.added_to(BusinessCalendar("UTC", "mon-fri 09:00-17:00"))
        >>> [str(shift) for shift in office.hours_on(date(2026, 12, 24))], office.hours_on(date(2026, 12, 25))
        (['9:00:00-13:00:00'], ())
        """
        check_argument(calendar, BusinessCalendar, "calendar")
        if calendar.zone != self.zone:
            what = f"the closures are in local times of {self.zone}, and the calendar in those of {calendar.zone}"
            raise BadValueError(what, f"read the closures for {calendar.zone}")
        own = calendar.holidays
        named = {day: joined([*filter(None, [own.get(day)]), name]) for day, name in self.holidays.items()}
        changes = _Changes(attrs.evolve(calendar, holidays={**own, **named}))
        closings: dict[date, list[Closing]] = defaultdict(list)
        for closing in self.closings:
            closings[closing.day].append(closing)
            closings[closing.day - DAY].append(closing)  # a shift of the day before may run overnight
        for day in sorted(closings):
            changes.close(day, closings[day])
        return changes.applied()


class _Changes:
    """The changes of a calendar's dates, collected day by day."""

    def __init__(self, base: BusinessCalendar) -> None:
        self.base = base
        self.holidays: dict[date, str] = {}
        self.half_days: dict[date, timedelta] = {}
        self.late_days: dict[date, timedelta] = {}
        self.overrides: dict[date, Hours] = {}
        self.moved: dict[date, list[Interval]] = {}

    def applied(self) -> BusinessCalendar:
        """Return the calendar with the changes."""
        parts = ("holidays", "half_days", "late_days", "overrides")
        changed: dict[str, Mapping[object, object]] = {
            name: {**getattr(self.base, name), **getattr(self, name)} for name in parts if getattr(self, name)
        }
        return attrs.evolve(self.base, **changed)  # type: ignore[arg-type]  # each is of the type of its attribute

    def close(self, day: date, closings: Iterable[Closing]) -> None:
        """Close parts of the hours of *day*, and of the night after it."""
        closings = list(closings)
        hours = self.base.hours_on(day)
        closed = merged((each.begins + (each.day - day), each.ends + (each.day - day)) for each in closings)
        opened = list(complement(closed, ZERO, 3 * DAY))
        left = [part for shift in hours for part in intersect([(shift.opens, shift.closes)], opened)]
        # A shift begins on its own date, so what is left of a night after midnight moves to the next date.
        self.moved[day + DAY] = [(opens - DAY, closes - DAY) for opens, closes in left if opens >= DAY]
        moved = self.moved.get(day, [])
        kept = sort_shifts(Shift(*each) for each in (*left, *moved) if each[0] < DAY)
        if _merged(kept) == _merged(hours):
            return
        name = joined(each.name for each in closings)
        is_excluded = not {day, *name.split(_BETWEEN_NAMES)}.isdisjoint(self.base.excluded_holidays)
        if moved or self.base.decided_by(day)[0] not in ("hours", "period") or (is_excluded and not kept):
            self.overrides[day] = kept
        elif not kept:
            self.holidays[day] = joined([*filter(None, [self.base.holidays.get(day)]), name])
        else:
            self._shorten(day, hours, kept)

    def _shorten(self, day: date, hours: Hours, kept: Hours) -> None:
        """Say the rest of the hours by a half day, a late day or both; by an override if they cannot say it."""
        usual, rest = _merged(hours), _merged(kept)
        start, end = rest[0][0], rest[-1][1]
        is_late, is_short = start > usual[0][0], usual[-1][1] > end <= DAY
        trimmed = cut_hours(hours, end) if is_short else hours
        trimmed = start_late(trimmed, start) if is_late else trimmed
        if _merged(trimmed) != rest:
            self.overrides[day] = kept
            return
        if is_short:
            self.half_days[day] = end
        if is_late:
            self.late_days[day] = start


def _merged(hours: Hours) -> list[Interval]:
    return merged((shift.opens, shift.closes) for shift in hours)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return intervals sorted, with overlapping ones as one."""
    return list(merge_overlapping(sorted(intervals)))


def joined(names: Iterable[str]) -> str:
    """Return several names of one date as one, as public holidays have them."""
    return _BETWEEN_NAMES.join(dict.fromkeys(names))[:_LONGEST_NAME]
