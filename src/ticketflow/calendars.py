"""Working-time arithmetic: when a calendar is open, and what a span of its time comes to.

A calendar is open at an instant iff the wall clock read in its zone *at that instant* lies in the hours of that local
date. Reading is a function, so gaps and folds of DST need no policy: a skipped hour is never open, a repeated one
counts twice. Inside, instants are time since the epoch and everything is a look-up in blocks, one a UTC year, that are
built when first needed.

Source: docs/semantics.md 1.2 to 1.5, 1.7.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    NeverOpenError,
    OutOfRangeError,
    Problem,
    UnknownHolidaysError,
)
from ticketflow.spans import ZERO, at_wall, load_zone
from ticketflow.values import FrozenMap, to_utc

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_SECOND = timedelta(seconds=1)
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?", re.ASCII)


def _time_of_day(text: str) -> timedelta:
    """Return how long after midnight ``HH:MM``, ``HH:MM:SS`` or ``24:00`` is."""
    match = _CLOCK.fullmatch(text)
    if match:
        hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
        fraction = int((match.group(4) or "").ljust(6, "0"))
        wall = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)
        if minute < 60 and second < 60 and wall <= DAY:  # noqa: PLR2004 -- minutes and seconds
            return wall
    raise BadValueError(f"time of day {text!r}", "write HH:MM or HH:MM:SS, from 00:00 to 24:00")


@attrs.frozen
class Shift:
    """One stretch of hours of the date on which it starts, half-open.

    Attributes:
        opens: How long after that date's midnight it opens; under 24 hours.
        closes: How long after that same midnight it closes; up to 24 hours after it opens.
    """

    opens: timedelta
    closes: timedelta

    @classmethod
    def parse(cls, opens: str, closes: str) -> Shift:
        """Return the shift from *opens* to *closes*; one that ends before it begins runs overnight.

        Raises:
            BadValueError: a text is no time of day, both are equal, or the opening is 24:00.

        >>> Shift.parse("22:00", "06:00").closes
        datetime.timedelta(days=1, seconds=21600)
        """
        start, end = _time_of_day(opens), _time_of_day(closes)
        if start in (end, DAY):
            raise BadValueError(f"hours {opens}-{closes}", "an opening comes before 24:00 and differs from its closing")
        return cls(start, end if end > start else end + DAY)


Hours = tuple[Shift, ...]
_DAY_RANGE = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")


def parse_hours(text: str) -> Hours:
    """Return the shifts written as ``09:00-12:00 13:00-18:00``; an empty text means closed.

    Raises:
        BadValueError: a part is not of that form.
    """
    shifts = []
    for part in text.split():
        opens, dash, closes = part.partition("-")
        if not dash:
            raise BadValueError(f"hours {part!r}", "write them as 09:00-18:00")
        shifts.append(Shift.parse(opens, closes))
    return _in_order(shifts)


def _in_order(shifts: Iterable[Shift]) -> Hours:
    return tuple(sorted(shifts, key=lambda shift: (shift.opens, shift.closes)))


def parse_week(text: str) -> tuple[Hours, ...]:
    """Return the hours of Monday to Sunday written as ``mon-fri 09:00-18:00; sat 10:00-14:00``.

    Raises:
        BadValueError: a part is not of that form, or a weekday stands in two of them.

    >>> [len(hours) for hours in parse_week("mon-thu 09:00-12:00 13:00-18:00; fri 09:00-15:00")]
    [2, 2, 2, 2, 1, 0, 0]
    """
    week: dict[int, Hours] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        days, _, hours = part.partition(" ")
        for weekday in _weekdays(days):
            if weekday in week:
                raise BadValueError(f"{WEEKDAYS[weekday]} stands twice in {text!r}", "put all its hours in one part")
            week[weekday] = parse_hours(hours)
    return tuple(week.get(weekday, ()) for weekday in range(7))


def _weekdays(text: str) -> Iterator[int]:
    match = _DAY_RANGE.fullmatch(text)
    named = [name for name in (match.groups() if match else ()) if name]
    if not named or not set(named) <= set(WEEKDAYS):
        raise BadValueError(f"weekdays {text!r}", f"write {', '.join(WEEKDAYS)}, or a range such as mon-fri")
    first, last = WEEKDAYS.index(named[0]), WEEKDAYS.index(named[-1])
    for step in range((last - first) % 7 + 1):
        yield (first + step) % 7


@attrs.frozen
class PublicHolidays:
    """A country's public holidays, taken once into a value.

    Attributes:
        country: Whose, for messages: ``BR`` or ``BR-SP``.
        names: What each date is called.
        first_year: The first year for which the source knows any.
        last_year: The last one.
    """

    country: str
    names: FrozenMap[date, str] = attrs.field(repr=False)
    first_year: int
    last_year: int


@attrs.frozen
class _Block:
    """The open stretches of one UTC year.

    Attributes:
        starts: Where each begins, since the epoch.
        opened: How much open time of the year passed before each, and at the end the year's total.
    """

    starts: tuple[timedelta, ...]
    opened: tuple[timedelta, ...]

    @property
    def total(self) -> timedelta:
        return self.opened[-1]

    def opened_before(self, at: timedelta) -> timedelta:
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return ZERO
        return min(self.opened[index] + (at - self.starts[index]), self.opened[index + 1])

    def is_open(self, at: timedelta) -> bool:
        index = bisect_right(self.starts, at) - 1
        return index >= 0 and at - self.starts[index] < self.opened[index + 1] - self.opened[index]

    def earliest(self, opened: timedelta) -> timedelta:
        """Return the first instant before which *opened*, over zero and within the total, has passed."""
        index = bisect_left(self.opened, opened) - 1
        return self.starts[index] + (opened - self.opened[index])

    def latest(self, opened: timedelta) -> timedelta:
        """Return the last instant before which only *opened*, under the total, has passed."""
        index = bisect_right(self.opened, opened) - 1
        return self.starts[index] + (opened - self.opened[index])


def _week(value: str | tuple[Hours, ...]) -> tuple[Hours, ...]:
    return parse_week(value) if isinstance(value, str) else tuple(_in_order(hours) for hours in value)


def _holidays(value: Mapping[date, str]) -> FrozenMap[date, str]:
    return FrozenMap(value)


def _overrides(value: Mapping[date, str | Hours]) -> FrozenMap[date, Hours]:
    return FrozenMap(
        {day: parse_hours(hours) if isinstance(hours, str) else _in_order(hours) for day, hours in value.items()}
    )


@attrs.frozen
class BusinessCalendar:
    """When people work, in one zone: weekly hours, holidays, and dates that differ.

    Attributes:
        zone: The IANA name of the zone whose wall clock is read.
        week: The hours of Monday to Sunday, as a text that `parse_week` reads or as shifts.
        public_holidays: A country's (`ticketflow.public_holidays`); the shifts starting on them fall away.
        holidays: Own ones, date to name; likewise.
        overrides: Dates with hours of their own, which replace that date's, holiday or not; no hours: closed.
        beyond_known: What holds outside the years that the source of public holidays knows: ``error``, or
            ``assume_none``.

    Raises:
        BadValueError: the zone or a text of hours is none.
        DefinitionError: the calendar never opens.

    >>> office = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
    >>> saturday = datetime(2026, 11, 21, 15, tzinfo=ZoneInfo("America/Sao_Paulo"))
    >>> office.add_business_days(saturday, 1).isoformat()
    '2026-11-24T12:00:00+00:00'
    """

    zone: str
    week: tuple[Hours, ...] = attrs.field(converter=_week)
    public_holidays: PublicHolidays | None = None
    holidays: FrozenMap[date, str] = attrs.field(factory=FrozenMap, converter=_holidays)
    overrides: FrozenMap[date, Hours] = attrs.field(factory=FrozenMap, converter=_overrides)
    beyond_known: Literal["error", "assume_none"] = "error"
    _tz: ZoneInfo = attrs.field(init=False, eq=False, repr=False)
    _blocks: dict[int, _Block] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_tz", load_zone(self.zone))
        if not any(self.week) and not any(self.overrides.values()):
            place = f"calendar of {self.zone}"
            raise DefinitionError((Problem(place, "it never opens", "give it weekly hours or special openings"),))

    def is_open(self, at: datetime) -> bool:
        """Return whether the wall clock read at the instant *at* lies in that local date's hours.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            UnknownHolidaysError: nobody knows the public holidays of that date.

        Source: docs/semantics.md 1.2.
        """
        moment = to_utc(at, "at")
        return self._block(moment.year).is_open(moment - _EPOCH)

    def next_open(self, at: datetime) -> datetime:
        """Return the earliest instant, in UTC and not before *at*, at which the calendar is open.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverOpenError: it never opens again.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_open(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T09:00:00+00:00'
        """
        moment = to_utc(at, "at")
        since = moment - _EPOCH
        for block in self._blocks_from(moment):
            if block.is_open(since):
                return _EPOCH + since
            index = bisect_left(block.starts, since)
            if index < len(block.starts):
                return _EPOCH + block.starts[index]
        raise NeverOpenError(self.zone, moment)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from *start* to *end*; negative if *end* comes first.

        Raises:
            NaiveDatetimeError: one of them has no time zone.
            UnknownHolidaysError: nobody knows the public holidays of a date between.

        Source: docs/semantics.md 1.4.

        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> friday, monday = datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> office.between(friday, monday), office.between(monday, friday)
        (datetime.timedelta(seconds=7200), datetime.timedelta(days=-1, seconds=79200))
        """
        first, last = to_utc(start, "start"), to_utc(end, "end")
        if last < first:
            return -self.between(last, first)
        passed = self._block(last.year).opened_before(last - _EPOCH)
        passed -= self._block(first.year).opened_before(first - _EPOCH)
        return sum((self._block(year).total for year in range(first.year, last.year)), passed)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant, in UTC, by which *amount* of open time has passed.

        Time used up exactly at closing is due at that closing, not at the next opening. A negative amount answers
        the latest instant from which that much open time passes until *start*.

        Args:
            start: Where counting begins.
            amount: Open time to let pass, of either sign, exact to the microsecond; 0 answers *start*.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            NeverOpenError: the calendar does not open for so long.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        Source: docs/semantics.md 1.4; zendesk/biz answers the next opening instead.

        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.add(datetime(2026, 11, 20, 9, tzinfo=UTC), timedelta(hours=9)).isoformat()
        '2026-11-20T18:00:00+00:00'
        """
        moment = to_utc(start, "start")
        if not amount:
            return moment
        needed = self._block(moment.year).opened_before(moment - _EPOCH) + amount
        return self._later(moment, needed) if amount > ZERO else self._earlier(moment, needed)

    def _later(self, moment: datetime, needed: timedelta) -> datetime:
        for block in self._blocks_from(moment):
            if needed <= block.total:
                return _EPOCH + block.earliest(needed)
            needed -= block.total
        raise NeverOpenError(self.zone, moment)

    def _earlier(self, moment: datetime, needed: timedelta) -> datetime:
        year = moment.year
        while needed < ZERO:
            year -= 1
            if year < 1:
                raise NeverOpenError(self.zone, moment)
            needed += self._block(year).total
        return _EPOCH + self._block(year).latest(needed)

    def add_business_days(self, start: datetime, days: int) -> datetime:
        """Return the instant, in UTC, that lies *days* business dates after *start*.

        A start outside hours is first moved to the next opening. Then its wall time is read on the n-th following
        date on which a shift starts; if that moment is shut, the next opening is the answer. In a shift that runs
        past midnight the reading belongs to the date on which the shift starts.

        Args:
            start: Where counting begins.
            days: How many dates on; zero or more, 0 being the start itself or the next opening.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            NeverOpenError: the calendar does not open so often.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        Source: docs/semantics.md 1.7; zendesk/biz does not move the start.
        """
        anchor = self.next_open(start)
        local = anchor.astimezone(self._tz).replace(tzinfo=None, fold=0)
        day = self._business_date(local)
        reading = local - datetime.combine(day, datetime.min.time())
        for _ in range(days):
            day = self._next_business_date(day, anchor)
        return self.next_open(max(anchor, at_wall(datetime.combine(day, datetime.min.time()) + reading, self._tz)))

    def _business_date(self, local: datetime) -> date:
        """Return the date on which the shift that is on at *local* starts: that day's, or the night before's."""
        since_midnight = local - datetime.combine(local.date(), datetime.min.time())
        today = any(shift.opens <= since_midnight < shift.closes for shift in self._hours_on(local.date()))
        return local.date() if today else local.date() - DAY

    def _next_business_date(self, day: date, anchor: datetime) -> date:
        last = max((*self.overrides, day)) + 366 * DAY if not any(self.week) else date.max
        while day < last:
            day += DAY
            self._check_known(day.year)
            if self._hours_on(day):
                return day
        raise NeverOpenError(self.zone, anchor)

    def _hours_on(self, day: date) -> Hours:
        """Return the shifts that start on *day*."""
        if day in self.overrides:
            return self.overrides[day]
        if day in self.holidays or (self.public_holidays and day in self.public_holidays.names):
            return ()
        return self.week[day.weekday()]

    def _check_known(self, year: int) -> None:
        known = self.public_holidays
        if known and self.beyond_known == "error" and not known.first_year <= year <= known.last_year:
            raise UnknownHolidaysError(known.country, known.first_year, known.last_year, year)

    def _blocks_from(self, moment: datetime) -> Iterator[_Block]:
        """Yield the block of *moment* and all later ones that can have an opening."""
        last = date.max.year if any(self.week) else max(day.year for day in self.overrides) + 1
        for year in range(moment.year, last + 1):
            yield self._block(year)

    def _block(self, year: int) -> _Block:
        block = self._blocks.get(year)
        if block is None:
            self._check_known(year)
            block = self._blocks[year] = self._build(year)
        return block

    def _build(self, year: int) -> _Block:
        starts: list[timedelta] = []
        opened = [ZERO]
        closed_at: timedelta | None = None
        for opens, closes in self._stretches(year):
            if opens == closed_at:
                opened[-1] += closes - opens
            else:
                starts.append(opens)
                opened.append(opened[-1] + (closes - opens))
            closed_at = closes
        return _Block(tuple(starts), tuple(opened))

    def _stretches(self, year: int) -> Iterator[tuple[timedelta, timedelta]]:
        """Yield the open stretches of a UTC year in order, cut where the zone's offset changes."""
        for start, end, offset in _offsets(self._tz, year):
            for opens, closes in self._local_stretches(start + offset, end + offset):
                yield max(opens - offset, start), min(closes - offset, end)

    def _local_stretches(self, start: timedelta, end: timedelta) -> Iterator[tuple[timedelta, timedelta]]:
        """Yield the open stretches of the wall between two readings, joined where they overlap or touch."""
        last: tuple[timedelta, timedelta] | None = None
        for ordinal in range(max(start // DAY - 1, date.min.toordinal() - _EPOCH_ORDINAL), end // DAY + 1):
            if ordinal + _EPOCH_ORDINAL > date.max.toordinal():
                break
            midnight = ordinal * DAY
            for shift in self._hours_on(date.fromordinal(ordinal + _EPOCH_ORDINAL)):
                opens, closes = midnight + shift.opens, midnight + shift.closes
                if closes <= start or opens >= end:
                    continue
                if last and opens <= last[1]:
                    last = (last[0], max(last[1], closes))
                    continue
                if last:
                    yield last
                last = (opens, closes)
        if last:
            yield last


def _offsets(tz: ZoneInfo, year: int) -> Iterator[tuple[timedelta, timedelta, timedelta]]:
    """Yield the stretches of a UTC year in which a zone's offset stays the same: start, end, offset."""
    start = datetime(year, 1, 1, tzinfo=UTC) - _EPOCH
    year_end = datetime(year, 12, 31, tzinfo=UTC) - _EPOCH + DAY
    offset = _offset(tz, start)
    day = start
    while day < year_end:
        later = _offset(tz, min(day + DAY, year_end - _SECOND))
        if later == offset:
            day += DAY
            continue
        change = _change(tz, day, min(day + DAY, year_end - _SECOND))
        yield start, change, offset
        start = day = change
        offset = _offset(tz, change)
    yield start, year_end, offset


def _change(tz: ZoneInfo, before: timedelta, after: timedelta) -> timedelta:
    """Return the first second, after *before* and at the latest *after*, with another offset than *before*."""
    offset = _offset(tz, before)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if _offset(tz, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(tz: ZoneInfo, at: timedelta) -> timedelta:
    try:
        return (_EPOCH + at).astimezone(tz).utcoffset() or ZERO
    except OverflowError:
        raise OutOfRangeError(f"a local time in {tz.key}") from None
