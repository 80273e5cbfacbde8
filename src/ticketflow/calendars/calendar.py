"""Working-time arithmetic: when a calendar is open, and what a span of its time comes to.

A calendar is open at an instant iff the wall clock read in its zone *at that instant* lies in the hours of that local
date. Reading is a function, so gaps and folds of DST need no policy: a skipped hour is never open, a repeated one
counts twice. One lazy primitive, the open stretches between two instants, carries everything. What has been asked about
is kept, half a year at a time, in a `OpenTimeIndex`, where every question is one search, for a day as for twenty years.

Source: docs/semantics.md 1.2 to 1.5, 1.7.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import assert_never
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.intervals import Interval, OpenTimeIndex, joined
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, Outside, Shut, Span, WorkingTime
from ticketflow.calendars.trace import Segment, alike_joined
from ticketflow.calendars.zones import from_local, load_zone, to_local
from ticketflow.errors import BadValueError, NeverClosesError, NeverOpenError, OutOfRangeError, TicketflowError
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, ZERO, to_utc
from ticketflow.kernel.type_checks import check_argument

# Weekdays and dates come round in 400 years, and so does every zone's rule: what was shut for longer, with no special
# date in that time, is shut for ever.
_CYCLE_YEARS = 400
_CYCLE = _CYCLE_YEARS * timedelta(days=365, hours=6)
# Before the first and after the last of these years zones keep one offset, or change it by rule (tzdata 2026.6: from
# Amsterdam in 1835 until Morocco in 2087); between them lie dates that do not come round.
_FIRST_CHANGE, _LAST_CHANGE = date(1800, 1, 1), date(2100, 1, 1)
# Two blocks are no more than a year, so a question at a block's edge builds no more than that.
_BLOCK = 182 * DAY
_MOST_DAYS = date.max.toordinal()
NOTHING_KNOWN = OpenTimeIndex.of(ZERO, ZERO, ())


@attrs.frozen
class Calendar(ABC):
    """What every calendar can be asked, be it of one team or a combination of several."""

    zone: str = attrs.field(init=False, eq=False, repr=False)
    limits: Interval = attrs.field(init=False, eq=False, repr=False)
    first_special: date = attrs.field(init=False, eq=False, repr=False)
    last_special: date = attrs.field(init=False, eq=False, repr=False)
    _zone: ZoneInfo = attrs.field(init=False, eq=False, repr=False)
    _runs: tuple[OpenTimeIndex, ...] = attrs.field(init=False, eq=False, repr=False)

    def _prepare(self, zone: str, limits: Interval, special: tuple[date, date]) -> None:
        """Set what follows from the definition, once, when it is made.

        Args:
            zone: On whose dates business days are counted.
            limits: From when until when everything is known, since the epoch.
            special: The first and the last date that is not as every week or every year.
        """
        object.__setattr__(self, "zone", zone)
        object.__setattr__(self, "_zone", load_zone(zone))
        object.__setattr__(self, "limits", limits)
        object.__setattr__(self, "first_special", min(special[0], _FIRST_CHANGE))
        object.__setattr__(self, "last_special", max(special[1], _LAST_CHANGE))
        object.__setattr__(self, "_runs", (NOTHING_KNOWN,))

    def __reduce__(self) -> tuple[object, ...]:
        fields = attrs.fields(type(self))
        return (type(self), tuple(getattr(self, field.name) for field in fields if field.init))

    def is_open(self, at: datetime) -> bool:
        """Return whether the calendar is open at the instant *at*.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            OutOfRangeError: the wall cannot be read there.
            UnknownHolidaysError: nobody knows the public holidays of that date.

        Source: docs/semantics.md 1.2.

        >>> from ticketflow import BusinessCalendar
        >>> madrid = BusinessCalendar("Europe/Madrid", "sun 02:00-03:00")
        >>> madrid.is_open(datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Madrid")))  # a skipped hour
        False
        """
        moment = _since_epoch(at, "at")
        run = self._runs[-1]
        if not run.since <= moment < run.until:
            run = self.covering(moment, moment + MICROSECOND)
        return bisect_right(run.edges, moment) & 1 == 1

    def next_open(self, at: datetime) -> datetime:
        """Return the earliest instant, in UTC and not before *at*, at which the calendar is open.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverOpenError: it never opens again.
            OutOfRangeError: the wall cannot be read at *at*.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_open(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T09:00:00+00:00'
        """
        moment = _since_epoch(at, "at")
        run = self._runs[-1]
        if not run.since <= moment < run.until:
            run = self.covering(moment, moment + MICROSECOND)
        index = bisect_right(run.edges, moment)
        if index & 1:
            return EPOCH + moment
        while index == len(run.edges):
            run = self._longer(run, at)
            index = bisect_right(run.edges, moment)
        return EPOCH + run.edges[index]

    def next_close(self, at: datetime) -> datetime:
        """Return the earliest instant, in UTC and after *at*, at which the calendar closes.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            NeverClosesError: it stays open for ever.
            NeverOpenError: it stays shut for ever.
            OutOfRangeError: the wall cannot be read at *at*.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.next_close(datetime(2026, 11, 20, 18, tzinfo=UTC)).isoformat()
        '2026-11-23T18:00:00+00:00'
        """
        moment = _since_epoch(at, "at")
        run = self.covering(moment, moment + MICROSECOND)
        while (closing := bisect_right(run.edges, moment) | 1) >= len(run.edges) or run.edges[closing] == run.until:
            if closing < len(run.edges) and run.until - max(run.edges[closing - 1], _noon(self.last_special)) > _CYCLE:
                raise NeverClosesError(self.zone, at)
            run = self._longer(run, at)
        return EPOCH + run.edges[closing]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from *start* to *end*; negative if *end* comes first.

        Raises:
            NaiveDatetimeError: one of them has no time zone.
            OutOfRangeError: the wall cannot be read at one of them.
            UnknownHolidaysError: nobody knows the public holidays of a date between.

        Source: docs/semantics.md 1.4.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> friday, monday = datetime(2026, 11, 20, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> office.between(friday, monday), office.between(monday, friday)
        (datetime.timedelta(seconds=7200), datetime.timedelta(days=-1, seconds=79200))
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        run = self._runs[-1]
        if not (run.since <= first <= run.until and run.since <= last <= run.until):
            run = self.covering(min(first, last), max(first, last))
        return run.opened_before(last) - run.opened_before(first)

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest instant, in UTC, by which *amount* of open time has passed.

        Time used up exactly at closing is due at that closing, not at the next opening. A negative amount answers
        the latest instant from which that much open time passes until *start*.

        Args:
            start: Where counting begins.
            amount: Open time to let pass, of either sign, exact to the microsecond; 0 answers *start*.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            BadValueError: *amount* is no timedelta.
            NeverOpenError: the calendar does not open for so long.
            OutOfRangeError: the wall cannot be read at *start*, or the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        Source: docs/semantics.md 1.4; zendesk/biz answers the next opening instead.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> office.add(datetime(2026, 11, 20, 9, tzinfo=UTC), timedelta(hours=9)).isoformat()
        '2026-11-20T18:00:00+00:00'
        """
        moment = _since_epoch(start, "start")
        if not isinstance(amount, timedelta):
            raise BadValueError(f"amount {amount!r}", "give a timedelta")
        if not amount:
            return EPOCH + moment
        run = self._runs[-1]
        if not run.since <= moment <= run.until:
            run = self.covering(moment, moment)
        low, high = self.limits
        if not low - moment <= amount <= high - moment:  # no more can be open than there is time
            raise self.beyond(high if amount > ZERO else low - MICROSECOND)
        if amount > ZERO:
            while (needed := run.opened_before(moment) + amount) > run.opened[-1]:
                run = self._longer(run, start)
            return EPOCH + run.earliest(needed)
        while (needed := run.opened_before(moment) + amount) < ZERO:
            run = self._earlier(run, start)
        return EPOCH + run.latest(needed)

    def after(self, start: datetime, span: Span) -> datetime:
        """Return the earliest instant, in UTC, by which *span* has passed since *start*.

        Working time and business days count on this calendar. Elapsed time and calendar spans run day and night; a
        calendar span that names no zone is read on this calendar's wall clock.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            NeverOpenError: the calendar does not open often enough.
            OutOfRangeError: the answer lies outside the years 1 to 9999.
            UnknownHolidaysError: the answer lies where the public holidays are not known.

        Source: docs/semantics.md 1.4, 1.6 to 1.8, 1.10.

        >>> from ticketflow import BusinessCalendar, Elapsed, WorkingTime
        >>> friday = datetime(2026, 11, 20, 17, tzinfo=UTC)
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> [str(office.after(friday, span)) for span in (Elapsed(hours=2), WorkingTime(hours=2))]
        ['2026-11-20 19:00:00+00:00', '2026-11-23 10:00:00+00:00']
        """
        begun = to_utc(start, "start")
        match span:
            case Elapsed(amount=amount):
                try:
                    return begun + amount
                except OverflowError:
                    raise OutOfRangeError(f"{span} after {begun.isoformat()}") from None
            case WorkingTime(amount=amount):
                return self.add(begun, amount)
            case BusinessDays(days=days, anchor=anchor, shut=shut):
                return self.add_business_days(begun, days, anchor=anchor, shut=shut)
            case CalendarSpan():
                return span.after(begun, self._zone)
            case _:
                check_argument(span, Span, "span")
                assert_never(span)

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Return the open stretches from *start* to *end*, in order, in UTC, looked up only as they are asked for.

        None touches the next; the first and the last are cut at *start* and *end*.

        Raises:
            NaiveDatetimeError: one of them has no time zone.
            OutOfRangeError: the wall cannot be read there; raised when the iteration comes to it.
            UnknownHolidaysError: nobody knows the public holidays; likewise.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-12:00 13:00-18:00")
        >>> days = office.spans(datetime(2026, 11, 23, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
        >>> [closes.hour for _, closes in (next(days), next(days), next(days))]
        [12, 18, 12]
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        return ((EPOCH + opens, EPOCH + closes) for opens, closes in joined(self._lazily(first, last)))

    def _lazily(self, first: timedelta, last: timedelta) -> Iterator[Interval]:
        while first < last:
            end = min((first // _BLOCK + 1) * _BLOCK, last)
            yield from self.covering(first, end).stretches(first, end)
            first = end

    def business_day_of(self, at: datetime) -> date | None:
        """Return the date on which the shift that is on at *at* starts; None if the calendar is shut.

        Where the shifts of two dates overlap, it is the local date of *at* itself.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            OutOfRangeError: the wall cannot be read there.
            UnknownHolidaysError: nobody knows the public holidays of that date.

        Source: docs/semantics.md 1.7.

        >>> from ticketflow import BusinessCalendar
        >>> night = BusinessCalendar("UTC", "fri 22:00-06:00")
        >>> night.business_day_of(datetime(2026, 11, 28, 2, tzinfo=UTC))
        datetime.date(2026, 11, 27)
        """
        return self.date_of(at) if self.is_open(at) else None

    def add_business_days(
        self, start: datetime, days: int, *, anchor: Outside = "next_opening", shut: Shut = "next_opening"
    ) -> datetime:
        """Return the instant, in UTC, that lies *days* business dates after *start*.

        A start outside hours is first moved to the next opening. Then its wall time is read on the n-th following
        date that has open time; if that moment is shut, the next opening is the answer. In a shift that runs past
        midnight the reading belongs to the date on which the shift starts.

        Args:
            start: Where counting begins.
            days: How many dates on; zero or more, 0 being the start itself or the next opening.
            anchor: ``as_it_is`` leaves a start outside hours where it is, on its local date.
            shut: ``as_it_is`` answers a moment that is shut; ``last_closing`` the closing before it.

        Raises:
            NaiveDatetimeError: *start* has no time zone.
            BadValueError: *days* is no whole number of zero or more, or another argument none of its values.
            NeverOpenError: the calendar does not open so often.
            OutOfRangeError: the wall cannot be read at *start*.
            UnknownHolidaysError: the answer lies where nobody knows the public holidays.

        Source: docs/semantics.md 1.7; zendesk/biz leaves the start where it is.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
        >>> saturday = datetime(2026, 11, 21, 15, tzinfo=UTC)
        >>> office.add_business_days(saturday, 1).isoformat()
        '2026-11-24T09:00:00+00:00'
        >>> office.add_business_days(saturday, 1, anchor="as_it_is").isoformat()
        '2026-11-23T15:00:00+00:00'
        """
        BusinessDays(days, anchor, shut)  # refuses what makes no sense
        if days > _MOST_DAYS:
            raise OutOfRangeError(f"{days} business days after {start.isoformat()}")
        at = to_utc(start, "start")
        begun = self.next_open(at) if anchor == "next_opening" else at
        if days == 0:
            return self._settled(begun, shut)
        local = to_local(begun, self._zone)
        day = self.date_of(begun) if anchor == "next_opening" or self.is_open(begun) else local.date()
        wall = local - datetime.combine(day, time())
        day = next(islice(self._business_dates_after(day, begun), days - 1, None))
        return self._settled(from_local(datetime.combine(day, time()) + wall, self._zone), shut)

    def _settled(self, at: datetime, shut: Shut) -> datetime:
        """Return what is meant by a moment that may be shut."""
        if shut == "as_it_is" or self.is_open(at):
            return at
        return self.next_open(at) if shut == "next_opening" else self._last_close(at)

    def _last_close(self, at: datetime) -> datetime:
        moment = at - EPOCH
        run = self.covering(moment, moment + MICROSECOND)
        while (index := bisect_right(run.edges, moment)) == 0:
            run = self._earlier(run, at)
        return EPOCH + run.edges[index - 1]

    def _business_dates_after(self, day: date, begun: datetime) -> Iterator[date]:
        """Yield the dates after *day* that have open time, without end: where none can follow, it says so."""
        worked, end = day, self.limits[1]
        near_end = date.max if end > _noon(date.max) else (EPOCH + end).date() - DAY
        while day < date.max:
            day += DAY
            if day >= near_end and from_local(datetime.combine(day, time()), self._zone) - EPOCH >= end:
                raise self.beyond(end)
            if self.works_on(day):
                worked = day
                yield day
            elif day.year - max(worked, self.last_special).year > _CYCLE_YEARS:
                raise NeverOpenError(self.zone, begun)
        raise self.beyond(end)

    def trace(self, start: datetime, end: datetime) -> tuple[Segment[datetime], ...]:
        """Return each stretch from *start* to *end* that a sum counted or skipped, and why, in order and in UTC.

        They fill the time without a gap; neighbours with the same reason are one. There are none if *end* is not after
        *start*.

        Raises:
            NaiveDatetimeError: one of them has no time zone.
            OutOfRangeError: the wall cannot be read there.
            UnknownHolidaysError: nobody knows the public holidays there.

        >>> from ticketflow import BusinessCalendar
        >>> office = BusinessCalendar("UTC", "mon-fri 09:00-18:00", holidays={date(2026, 11, 20): "Consciencia Negra"})
        >>> thursday, monday = datetime(2026, 11, 19, 17, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)
        >>> [(each.why, each.name) for each in office.trace(thursday, monday)]  # doctest: +NORMALIZE_WHITESPACE
        [('hours', None), ('closed', None), ('holiday', 'Consciencia Negra'), ('closed', None), ('hours', None)]
        """
        first, last = _since_epoch(start, "start"), _since_epoch(end, "end")
        if last <= first:
            return ()
        self.covering(first, last)  # refuses what is not known
        return tuple(
            Segment(EPOCH + piece.start, EPOCH + piece.end, piece.counted, piece.why, piece.name)
            for piece in alike_joined(self.pieces(first, last))
        )

    @abstractmethod
    def date_of(self, at: datetime) -> date:
        """Return the date on which the shift starts that is on at *at*, an instant at which the calendar is open."""

    def works_on(self, day: date) -> bool:
        """Return whether there is open time in the shifts that start on *day*."""
        return any(True for _ in self.opened_on(day))

    @abstractmethod
    def opened_on(self, day: date) -> Iterator[Interval]:
        """Yield the open stretches, since the epoch, of the shifts that start on *day*."""

    @abstractmethod
    def opened(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open stretches between two instants since the epoch, in order and apart."""

    @abstractmethod
    def pieces(self, start: timedelta, end: timedelta) -> Iterator[Segment[timedelta]]:
        """Yield what `trace` tells, since the epoch; neighbours may be alike."""

    @abstractmethod
    def beyond(self, moment: timedelta) -> TicketflowError:
        """Return the error of asking about an instant outside the limits."""

    def covering(self, first: timedelta, last: timedelta) -> OpenTimeIndex:
        """Return a run that reaches from *first* to *last*, both since the epoch; what is missing of it is built.

        Runs are kept for the next question, the one last asked behind the others. They are replaced whole and never
        changed, so threads can at worst do the same work twice.

        Raises:
            OutOfRangeError: the wall cannot be read there.
            UnknownHolidaysError: nobody knows the public holidays there.
        """
        runs = self._runs
        for run in runs:
            if run.since <= first and last <= run.until:
                object.__setattr__(self, "_runs", (*(other for other in runs if other is not run), run))
                return run
        low, high = self.limits
        if not low <= first <= last <= high:
            raise self.beyond(first if first < low else last)
        start, end = max(first // _BLOCK * _BLOCK, low), min((last // _BLOCK + 1) * _BLOCK, high)
        apart = tuple(run for run in runs if run.until < start or run.since > end)
        parts = sorted((run for run in runs if run.since <= end and run.until >= start), key=lambda run: run.since)
        begin = min([start, *(run.since for run in parts)])
        whole = OpenTimeIndex.of(begin, begin, ())
        for run in parts:
            whole = self._grown(whole, run.since) + run
        whole = self._grown(whole, end)
        object.__setattr__(self, "_runs", (*apart, whole))
        return whole

    def _grown(self, run: OpenTimeIndex, until: timedelta) -> OpenTimeIndex:
        return run + OpenTimeIndex.of(run.until, until, self.opened(run.until, until)) if run.until < until else run

    def _longer(self, run: OpenTimeIndex, asked: datetime) -> OpenTimeIndex:
        """Return *run* with more after it, unless it was shut for so long that it opens no more."""
        end = self.limits[1]
        was_shut_since = run.since if not run.edges else run.edges[-1]
        if run.until - max(was_shut_since, _noon(self.last_special)) > _CYCLE:
            raise NeverOpenError(self.zone, asked)
        if run.until >= end:
            raise self.beyond(end)
        return self.covering(run.since, min(run.until + _share(run), end))

    def _earlier(self, run: OpenTimeIndex, asked: datetime) -> OpenTimeIndex:
        """Return *run* with more before it, unless it was shut for so long that it never was open before."""
        start = self.limits[0]
        is_shut_until = run.until if not run.edges else run.edges[0]
        if min(is_shut_until, _noon(self.first_special)) - run.since > _CYCLE:
            raise NeverOpenError(self.zone, asked)
        if run.since <= start:
            raise self.beyond(start - MICROSECOND)
        return self.covering(max(run.since - _share(run), start), run.until)


def _share(run: OpenTimeIndex) -> timedelta:
    """Return by how much a run grows: an eighth, so that a long one isn't copied too often."""
    return max((run.until - run.since) // 8, MICROSECOND)


def _noon(day: date) -> timedelta:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - EPOCH


def _since_epoch(at: datetime, name: str) -> timedelta:
    """Return an instant as time since the epoch; the subtraction itself sees to zones and folds."""
    try:
        return at - EPOCH
    except (TypeError, OverflowError):
        return to_utc(at, name) - EPOCH  # says what is wrong with it
