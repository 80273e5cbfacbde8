"""Business calendars: weekly hours in one time zone, holidays, and dates with other hours.

Source: docs/semantics.md 1.2, 1.3, 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.hours import (
    WEEKDAYS,
    Hours,
    Shift,
    Yearly,
    cut_hours,
    parse_hours,
    parse_week,
    sort_shifts,
    time_of_day,
)
from ticketflow.calendars.intervals import Interval, clip, complement, intersect, merge_overlapping
from ticketflow.calendars.trace import Segment, Why, resolve_overlaps
from ticketflow.calendars.zones import from_local, limits, load_zone, offsets, to_local
from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    OutOfRangeError,
    Problem,
    TicketflowError,
    UnknownHolidaysError,
)
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, EPOCH
from ticketflow.kernel.type_checks import refuse_wrong_types

K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")

_EPOCH_ORDINAL = EPOCH.toordinal()
_FIRST_DAY, _LAST_DAY = (day.toordinal() - _EPOCH_ORDINAL for day in (date.min, date.max))
_AROUND = timedelta(hours=72)  # every shift lies within this distance of noon UTC of its date, whatever the offset
_SEASON = timedelta(days=120)
_MONDAY = 3  # 1 January 1970 was a Thursday


@attrs.frozen
class PublicHolidays:
    """The public holidays of a country, as a value.

    Attributes:
        country: The country code for messages, with the subdivision if there is one: ``BR`` or ``BR-SP``.
        names: The name of each holiday, by date.
        first_year: The first year whose holidays are known.
        last_year: The last year whose holidays are known.
    """

    country: str
    names: FrozenMap[date, str] = attrs.field(repr=False)
    first_year: int
    last_year: int

    __attrs_post_init__ = refuse_wrong_types


def _week(value: str | tuple[str | Hours, ...]) -> tuple[Hours, ...]:
    if isinstance(value, str):
        return parse_week(value)
    days = tuple(_items(value, "week"))
    if len(days) != len(WEEKDAYS):
        fix = "give the hours of Monday to Sunday, or one text such as 'mon-fri 09:00-18:00; sat 10:00-14:00'"
        raise BadValueError(f"the week has {len(days)} days", fix)
    return tuple(_hours(hours) for hours in days)


def _hours(value: str | Hours) -> Hours:
    if isinstance(value, str):
        return parse_hours(value)
    shifts = _items(value, "hours")
    for shift in shifts:
        if not isinstance(shift, Shift):
            raise BadValueError(f"hours {shift!r} are not a shift", "give shifts, or a text such as 09:00-18:00")
    return sort_shifts(shifts)


def _items(value: Iterable[T], what: str) -> tuple[T, ...]:
    if not isinstance(value, list | tuple):
        raise BadValueError(f"{what} {value!r} is neither a text nor a tuple", "give a text or a tuple")
    return tuple(value)


def _dated(value: Mapping[K, V], what: str, *kinds: type) -> Mapping[K, V]:
    """Return *value* if all its keys have exactly one of the types *kinds*; a datetime does not pass as a date."""
    if not isinstance(value, Mapping):
        raise BadValueError(f"{what} {value!r} is not a mapping", "give a mapping from dates")
    for day in value:
        if type(day) not in kinds:
            expected = " or a ".join(kind.__name__ for kind in kinds)
            raise BadValueError(f"key {day!r} of {what} is not a {expected}", f"give a {expected}")
    return value


def _holidays(value: Mapping[date | Yearly, str]) -> FrozenMap[date | Yearly, str]:
    for day, name in _dated(value, "holidays", date, Yearly).items():
        if not isinstance(name, str):
            raise BadValueError(f"name {name!r} of the holiday on {day} is not a text", "give a text")
    return FrozenMap(value)


def _half_days(value: Mapping[date | Yearly, str | timedelta]) -> FrozenMap[date | Yearly, timedelta]:
    days = _dated(value, "half_days", date, Yearly)
    ends = {day: at if isinstance(at, timedelta) else time_of_day(at) for day, at in days.items()}
    for day, at in ends.items():
        if not timedelta() <= at <= DAY:
            raise BadValueError(f"the half day on {day} ends at {at}", "give an end from 00:00 to 24:00")
    return FrozenMap(ends)


def _overrides(value: Mapping[date, str | Hours]) -> FrozenMap[date, Hours]:
    return FrozenMap({day: _hours(hours) for day, hours in _dated(value, "overrides", date).items()})


@attrs.frozen
class BusinessCalendar(Calendar):
    """A team's working hours in one time zone: weekly hours, holidays, half days and overrides.

    The hours of a date come from the first of these that applies: an override, a holiday, a half day, the weekly hours.
    A shift belongs to the date on which it starts.

    Attributes:
        zone: The IANA name of the time zone.
        week: The hours of Monday to Sunday, as a text (`ticketflow.calendars.hours.parse_week`) or as shifts.
        public_holidays: The public holidays of a country (`ticketflow.calendars.public_holidays`). Shifts that start
            on one are cancelled.
        holidays: Further holidays with their names, by date or `Yearly`. Shifts that start on one are cancelled.
        half_days: Dates, single or yearly, with the local time at which their hours end.
        overrides: Dates with their own hours, which replace all others, even on a holiday. No hours: closed.
        beyond_known: What to do outside the years whose public holidays are known: ``error`` raises, ``assume_none``
            assumes that there are none.

    Raises:
        BadValueError: the zone does not exist, or a value is malformed.
        DefinitionError: the calendar never opens.

    >>> office = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00", half_days={Yearly(12, 24): "12:00"})
    >>> eve = datetime(2026, 12, 24, 8, tzinfo=ZoneInfo("America/Sao_Paulo"))
    >>> office.between(eve, eve + DAY)
    datetime.timedelta(seconds=10800)
    """

    zone: str
    week: tuple[Hours, ...] = attrs.field(converter=_week)
    public_holidays: PublicHolidays | None = None
    holidays: FrozenMap[date | Yearly, str] = attrs.field(factory=FrozenMap, converter=_holidays)
    half_days: FrozenMap[date | Yearly, timedelta] = attrs.field(factory=FrozenMap, converter=_half_days)
    overrides: FrozenMap[date, Hours] = attrs.field(factory=FrozenMap, converter=_overrides)
    beyond_known: Literal["error", "assume_none"] = "error"
    _special: frozenset[int] = attrs.field(init=False, eq=False, repr=False)
    _has_yearly: bool = attrs.field(init=False, eq=False, repr=False)
    _calm: tuple[int, int] = attrs.field(default=(1, 0), init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.beyond_known not in ("error", "assume_none"):
            raise BadValueError(f"beyond_known {self.beyond_known!r} does not exist", "use error or assume_none")
        if not isinstance(self.public_holidays, PublicHolidays | None):
            raise BadValueError(
                f"public_holidays {self.public_holidays!r} is not a PublicHolidays",
                "use ticketflow.calendars.public_holidays, for example public_holidays('BR')",
            )
        days = (*(self.public_holidays.names if self.public_holidays else ()), *self.holidays, *self.half_days)
        special = [day for day in (*days, *self.overrides) if isinstance(day, date)]
        object.__setattr__(self, "_special", frozenset(day.toordinal() - _EPOCH_ORDINAL for day in special))
        object.__setattr__(self, "_has_yearly", any(isinstance(day, Yearly) for day in days))
        bounds = min(special, default=date.max), max(special, default=date.min)
        self._prepare(self.zone, self._known(load_zone(self.zone)), bounds)
        if not any(self.week) and not any(self.overrides.values()):
            place = f"calendar of {self.zone}"
            raise DefinitionError(
                (Problem(place, "the calendar never opens", "give it weekly hours or overrides with hours"),)
            )

    def _known(self, zone: ZoneInfo) -> Interval:
        """Return the interval, since the epoch, in which the public holidays are known."""
        known = self.public_holidays
        if known is None or self.beyond_known == "assume_none":
            return limits(zone)
        overnight = any(shift.closes > DAY for hours in self.week for shift in hours)
        first, after = date(known.first_year, 1, 1 + overnight), date(known.last_year + 1, 1, 1)
        low, high = (from_local(datetime.combine(day, time()), zone) - EPOCH for day in (first, after))
        return low, high

    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""
        low, high = limits(self._zone)
        known = self.public_holidays
        if known is None or not low <= moment < high:
            return OutOfRangeError(f"the instant or the answer, in local time of {self.zone},")
        asked = to_local(EPOCH + moment, self._zone).year
        return UnknownHolidaysError(known.country, known.first_year, known.last_year, asked)

    def hours_on(self, day: date) -> Hours:
        """Return the shifts that start on *day*."""
        if not self._has_yearly and day.toordinal() - _EPOCH_ORDINAL not in self._special:
            return self.week[day.weekday()]
        if day in self.overrides:
            return self.overrides[day]
        if self._holiday(day) is not None:
            return ()
        hours = self.week[day.weekday()]
        ends = _on(self.half_days, day)
        return hours if ends is None else cut_hours(hours, ends)

    def shift_date(self, at: datetime) -> date:
        """Return the date on which the shift that is open at *at* starts. The calendar must be open then."""
        local = to_local(at, self._zone)
        time_of_day = local - datetime.combine(local.date(), time())
        is_todays = any(shift.opens <= time_of_day < shift.closes for shift in self.hours_on(local.date()))
        return local.date() if is_todays else local.date() - DAY

    def has_open_time_on(self, day: date) -> bool:
        """Return whether the shifts that start on *day* have open time. They have none if DST skips them all."""
        if not self.hours_on(day):
            return False
        first, last = self._calm
        number = day.toordinal() - _EPOCH_ORDINAL
        return first <= number <= last or self._is_calm(number) or super().has_open_time_on(day)

    def _is_calm(self, day: int) -> bool:
        """Return whether the zone's offset is constant around a day since the epoch, and cache for how long."""
        noon = day * DAY + DAY / 2
        low, high = self.limits
        for start, end, _ in offsets(self._zone, max(noon - _SEASON, low), min(noon + _SEASON, high)):
            first, last = (start + _AROUND) // DAY + 1, (end - _AROUND) // DAY - 1
            if first <= day <= last:
                object.__setattr__(self, "_calm", (first, last))
                return True
        return False

    def _holiday(self, day: date) -> str | None:
        public = self.public_holidays
        return (public.names.get(day) if public else None) or _on(self.holidays, day)

    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""
        return merge_overlapping(
            (opens - offset, closes - offset)
            for since, until, offset in offsets(self._zone, start, end)
            for opens, closes in merge_overlapping(
                clip(self._local_hours(since + offset, until + offset), since + offset, until + offset)
            )
        )

    def _local_hours(self, first: timedelta, last: timedelta) -> Iterator[Interval]:
        """Yield the shifts that may overlap two local times, as local time since the epoch."""
        special = self._special | self._yearly(first, last)
        for day in range(max(first // DAY - 1, _FIRST_DAY), min(-(-last // DAY), _LAST_DAY + 1)):
            midnight = day * DAY
            hours = (
                self.hours_on(date.fromordinal(day + _EPOCH_ORDINAL)) if day in special else self.week[(day + 3) % 7]
            )
            for shift in hours:
                yield midnight + shift.opens, midnight + shift.closes

    def _yearly(self, first: timedelta, last: timedelta) -> frozenset[int]:
        """Return the yearly holidays and half days between two local times, as days since the epoch."""
        if not self._has_yearly:
            return frozenset()
        yearly = [day for day in (*self.holidays, *self.half_days) if isinstance(day, Yearly)]
        ends = max(first // DAY - 1, _FIRST_DAY), min(last // DAY, _LAST_DAY)
        begin, end = (date.fromordinal(day + _EPOCH_ORDINAL).year for day in ends)
        years = range(begin, end + 1)
        days = (each.in_year(year) for year in years for each in yearly)
        return frozenset(day.toordinal() - _EPOCH_ORDINAL for day in days if day)

    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, of the shifts that start on *day*."""
        return self._intervals_of(day, self.hours_on(day))

    def _intervals_of(self, day: date, hours: Hours) -> Iterator[Interval]:
        """Yield the intervals in which the local time lies in *hours* of *day*."""
        midnight = (day.toordinal() - _EPOCH_ORDINAL) * DAY
        low, high = self.limits
        since, until = max(midnight - DAY, low), min(midnight + 3 * DAY, high)
        if not hours or since >= until:
            return
        walls = list(merge_overlapping((midnight + shift.opens, midnight + shift.closes) for shift in hours))
        for start, end, offset in offsets(self._zone, since, until):
            for opens, closes in clip(walls, start + offset, end + offset):
                yield opens - offset, closes - offset

    def segments(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield the segments of `trace`, as time since the epoch. Equal neighbors need not be merged."""
        first, last = (to_local(EPOCH + at, self._zone).date().toordinal() for at in (start, end))
        days = range(max(first - 1, date.min.toordinal()), last + 1)
        return resolve_overlaps(
            (segment for day in days for segment in self._segments_of(date.fromordinal(day))), start, end
        )

    def _segments_of(self, day: date) -> Iterator[Segment[timedelta]]:
        """Yield the open segments of *day*, and the usual hours that a holiday, half day or override removes."""
        why, name = self._reason(day)
        opened = list(self.intervals_on(day))
        yield from (Segment(*each, counted=True, why="override" if why == "override" else "hours") for each in opened)
        if why != "hours":
            usual = list(self._intervals_of(day, self.week[day.weekday()]))
            lost = intersect(usual, complement(opened, *(usual[0][0], usual[-1][1]))) if usual else ()
            yield from (Segment(*each, counted=False, why=why, name=name) for each in lost)

    def _reason(self, day: date) -> tuple[Why, str | None]:
        """Return the reason for the hours of *day*, and the name of the holiday if that is the reason."""
        if day in self.overrides:
            return "override", None
        name = self._holiday(day)
        if name is not None:
            return "holiday", name
        return ("hours" if _on(self.half_days, day) is None else "half_day"), None


def _on(days: FrozenMap[date | Yearly, V], day: date) -> V | None:
    """Return the value of *days* for a date, listed as such or as a yearly date."""
    if not days:
        return None
    found = days.get(day)
    return days.get(Yearly(day.month, day.day)) if found is None else found
