"""Business calendars: weekly hours in one time zone, holidays, and dates with other hours.

Source: docs/semantics.md 1.2, 1.3, 1.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.date_rules import (
    BUSINESS_DAY_RULES,
    WRITTEN_RULES,
    DateRule,
    date_rule,
    dates_in,
    dates_near,
    first_decided,
    is_about_easter,
    last_decided,
)
from ticketflow.calendars.hours import Hours, cut_hours, start_late, time_of_day, to_hours, to_week
from ticketflow.calendars.intervals import Interval, clip, complement, intersect, merge_overlapping
from ticketflow.calendars.periods import Period, equally_narrow, weeks_in
from ticketflow.calendars.repeats import Repeats
from ticketflow.calendars.trace import Segment, Why, resolve_overlaps
from ticketflow.calendars.zones import from_local, limits, load_zone, offsets, to_local
from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    OutOfRangeError,
    Problem,
    TicketflowError,
    UnknownHolidaysError,
    unknown_name,
)
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, EPOCH
from ticketflow.kernel.type_checks import refuse_wrong_types

K = TypeVar("K")
V = TypeVar("V")

MOST_RULES = 200
"""The number of rules for dates that one calendar may have, dates and yearly dates aside."""
MOST_PERIODS = 100
"""The number of periods that one calendar may have."""

_EPOCH_ORDINAL = EPOCH.toordinal()
_FIRST_DAY, _LAST_DAY = (day.toordinal() - _EPOCH_ORDINAL for day in (date.min, date.max))
_MONDAY = 3  # 1 January 1970 was a Thursday
_MOST_YEARS = 32


@attrs.frozen
class HolidaySource:
    """What public holidays were asked for.

    Attributes:
        country: The country code.
        subdivision: The code of the subdivision; None for the whole country.
        categories: The categories of holidays; none for the public ones.
        language: The language of the names; None for English, where there are English names.
    """

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ()
    language: str | None = None


@attrs.frozen
class PublicHolidays:
    """The public holidays of a country, as a value.

    Attributes:
        country: The country code for messages, with the subdivision if there is one: ``BR`` or ``BR-SP``.
        names: The name of each holiday, by date.
        first_year: The first year whose holidays are known.
        last_year: The last year whose holidays are known.
        source: What `ticketflow.calendars.public_holidays` was asked for. None for holidays that were built from dates,
            or frozen: documents list their dates.
    """

    country: str
    names: FrozenMap[date, str] = attrs.field(repr=False)
    first_year: int
    last_year: int
    source: HolidaySource | None = attrs.field(default=None, init=False, repr=False)

    __attrs_post_init__ = refuse_wrong_types

    def from_source(self, source: HolidaySource) -> PublicHolidays:
        """Return equal holidays that documents write as *source*, without their dates."""
        found = attrs.evolve(self)
        object.__setattr__(found, "source", source)
        return found

    def frozen(self) -> PublicHolidays:
        """Return equal holidays whose dates documents list, so no release of the holidays package changes them."""
        return attrs.evolve(self)


def _dated(value: Mapping[Any, V], what: str) -> dict[DateRule, V]:
    """Return *value* with its keys as rules for dates; each can be given as its text."""
    if not isinstance(value, Mapping):
        raise BadValueError(f"{what} {value!r} is not a mapping", "give a mapping from dates")
    found: dict[DateRule, V] = {}
    for key, held in value.items():
        try:
            day = date_rule(key)
        except BadValueError as error:
            raise BadValueError(f"key {key!r} of {what} is not valid: {error.what}", error.fix) from None
        if day in found:
            raise BadValueError(f"'{day}' occurs twice in {what}", "give it once")
        found[day] = held
    return found


def _holidays(value: Mapping[Any, str]) -> FrozenMap[DateRule, str]:
    days = _dated(value, "holidays")
    for day, name in days.items():
        if not isinstance(name, str):
            raise BadValueError(f"name {name!r} of the holiday on {day} is not a text", "give a text")
    return FrozenMap(days)


def _times(value: Mapping[Any, str | timedelta], what: str) -> FrozenMap[DateRule, timedelta]:
    days = _dated(value, what)
    return FrozenMap({day: at if isinstance(at, timedelta) else time_of_day(at) for day, at in days.items()})


def _half_days(value: Mapping[Any, str | timedelta]) -> FrozenMap[DateRule, timedelta]:
    ends = _times(value, "half_days")
    for day, at in ends.items():
        if not timedelta() <= at <= DAY:
            raise BadValueError(f"the half day on {day} ends at {at}", "give an end from 00:00 to 24:00")
    return ends


def _late_days(value: Mapping[Any, str | timedelta]) -> FrozenMap[DateRule, timedelta]:
    starts = _times(value, "late_days")
    for day, at in starts.items():
        if not timedelta() <= at < DAY:
            raise BadValueError(f"the late day on {day} begins at {at}", "give a start before 24:00")
    return starts


def _overrides(value: Mapping[Any, str | Hours]) -> FrozenMap[DateRule, Hours]:
    return FrozenMap({day: to_hours(hours) for day, hours in _dated(value, "overrides").items()})


def _periods(value: Iterable[Period]) -> tuple[Period, ...]:
    """Return periods in the order of their texts: their order has no meaning."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, Period) for each in value):
        raise BadValueError(f"periods {value!r} are not a tuple of periods", "give a tuple of Period objects")
    return tuple(sorted(value, key=str))


def _excluded(value: Iterable[date | str]) -> tuple[date | str, ...]:
    """Return dates, then names, each sorted; a text that is a date becomes one."""
    if not isinstance(value, list | tuple | set | frozenset):
        fix = "give a tuple of dates and names of holidays"
        raise BadValueError(f"excluded_holidays {value!r} is not a collection of dates and names", fix)
    found: set[date | str] = set()
    for each in value:
        day = date_rule(each) if isinstance(each, str) and _DATE.fullmatch(each) else each
        if type(day) is not date and not isinstance(day, str):
            raise BadValueError(f"{each!r} is neither a date nor the name of a holiday", "give a date or a name")
        found.add(day)
    return tuple(sorted(found, key=lambda each: (isinstance(each, str), str(each))))


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_BETWEEN_NAMES = "; "
"""What separates the names of several holidays on one date."""


@attrs.frozen
class _Rules:
    """What the rules of a calendar say about the dates of one year. Single dates go before them.

    Attributes:
        days: The dates that rules or periods change, as days since the epoch.
        overrides: The hours of overrides.
        holidays: The names of holidays.
        ends: The ends of half days.
        starts: The starts of late days.
        weeks: The weekly hours of dates in periods.
    """

    days: frozenset[int] = frozenset()
    overrides: Mapping[date, Hours] = FrozenMap()
    holidays: Mapping[date, str] = FrozenMap()
    ends: Mapping[date, timedelta] = FrozenMap()
    starts: Mapping[date, timedelta] = FrozenMap()
    weeks: Mapping[date, tuple[Hours, ...]] = FrozenMap()


_NO_RULES = _Rules()


class _Day(NamedTuple):
    """The hours of a date, and what decided them.

    Attributes:
        hours: The hours.
        why: The reason.
        usual: The hours of the weekday, or of the narrowest period, before a holiday, half day or late day.
        starts: When a late day starts.
        name: The name of the holiday.
    """

    hours: Hours
    why: Why
    usual: Hours
    starts: timedelta | None = None
    name: str | None = None


@attrs.frozen
class BusinessCalendar(Calendar):
    """A team's working hours in one time zone: weekly hours, periods, holidays, half and late days, overrides.

    The hours of a date come from the first of these that applies: an override of that date, an override by a rule, a
    holiday, the narrowest period, the weekly hours. Half and late days shorten the last two. A shift belongs to the
    date on which it starts. Instead of a date, give a rule that names dates of every year: a `Yearly` date, one of
    `DateRule`, or its text, such as ``last fri`` or ``business day before 12-25``.

    Attributes:
        zone: The IANA name of the time zone.
        week: The hours of Monday to Sunday, as a text (`ticketflow.calendars.hours.parse_week`) or as shifts.
        public_holidays: The public holidays of a country (`ticketflow.calendars.public_holidays`). Shifts that start
            on one are cancelled.
        holidays: Further holidays with their names, by date or rule. Shifts that start on one are cancelled.
        half_days: Dates or rules, with the local time at which their hours end. The earliest of several rules counts.
        overrides: Dates or rules with their own hours, which replace all others, even on a holiday. No hours: closed.
            Of several rules on one date, the one with the shortest hours counts.
        beyond_known: What to do outside the years whose public holidays are known, and after `dated_until`: ``error``
            raises, ``assume_none`` assumes that there are none.
        late_days: Dates or rules, with the local time before which they are closed. The latest of several rules counts.
        periods: Periods with weekly hours of their own. The narrowest one counts.
        excluded_holidays: Dates and names of holidays on which the team works as usual.
        dated_until: The last date for which the list of single dates is meant; None if it has no end.

    Raises:
        BadValueError: the zone does not exist, or a value is malformed.
        DefinitionError: the calendar never opens, or two periods are equally narrow on a date.

    >>> office = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00", half_days={"12-24": "12:00"})
    >>> eve = datetime(2026, 12, 24, 8, tzinfo=ZoneInfo("America/Sao_Paulo"))
    >>> office.between(eve, eve + DAY)
    datetime.timedelta(seconds=10800)
    """

    zone: str
    week: tuple[Hours, ...] = attrs.field(converter=to_week)
    public_holidays: PublicHolidays | None = None
    holidays: FrozenMap[DateRule, str] = attrs.field(factory=FrozenMap, converter=_holidays)
    half_days: FrozenMap[DateRule, timedelta] = attrs.field(factory=FrozenMap, converter=_half_days)
    overrides: FrozenMap[DateRule, Hours] = attrs.field(factory=FrozenMap, converter=_overrides)
    beyond_known: Literal["error", "assume_none"] = "error"
    late_days: FrozenMap[DateRule, timedelta] = attrs.field(factory=FrozenMap, converter=_late_days)
    periods: tuple[Period, ...] = attrs.field(default=(), converter=_periods)
    excluded_holidays: tuple[date | str, ...] = attrs.field(default=(), converter=_excluded)
    dated_until: date | None = None
    _special: frozenset[int] = attrs.field(init=False, eq=False, repr=False)
    _has_rules: bool = attrs.field(init=False, eq=False, repr=False)
    _named: Mapping[date, str] = attrs.field(init=False, eq=False, repr=False)
    _own: Mapping[DateRule, str] = attrs.field(init=False, eq=False, repr=False)
    _base: BusinessCalendar | None = attrs.field(init=False, eq=False, repr=False)
    _by_year: Mapping[int, _Rules] = attrs.field(init=False, eq=False, repr=False, factory=FrozenMap)
    _repeats: Repeats | None = attrs.field(default=None, init=False, eq=False, repr=False)
    _open_hours: tuple[tuple[Interval, ...], ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.beyond_known not in ("error", "assume_none"):
            raise BadValueError(f"beyond_known {self.beyond_known!r} does not exist", "use error or assume_none")
        if not isinstance(self.public_holidays, PublicHolidays | None):
            raise BadValueError(
                f"public_holidays {self.public_holidays!r} is not a PublicHolidays",
                "use ticketflow.calendars.public_holidays, for example public_holidays('BR')",
            )
        zone = load_zone(self.zone)
        self._exclude()
        keys = (*self._own, *self.half_days, *self.late_days, *self.overrides)
        rules = [key for key in keys if not isinstance(key, date)]
        self._check_sizes(rules)
        dated = [key for key in keys if isinstance(key, date)]
        self._check_dated(dated)
        special = [*self._named, *dated]
        object.__setattr__(self, "_special", frozenset(day.toordinal() - _EPOCH_ORDINAL for day in special))
        object.__setattr__(self, "_has_rules", bool(rules or self.periods))
        object.__setattr__(self, "_base", self._without_business_days(rules))
        object.__setattr__(self, "_open_hours", tuple(map(_merged, self.week)))
        weeks = (self.week, *(period.week for period in self.periods), tuple(self.overrides.values()))
        overnight = any(shift.closes > DAY for week in weeks for hours in week for shift in hours)
        bounds = _bounds(special, rules, self.periods)
        self._prepare(self.zone, limits(zone), bounds, runs_overnight=overnight)
        object.__setattr__(self, "limits", self._known(zone))
        self._check_openings()

    def _exclude(self) -> None:
        """Set the holidays that are left after the excluded ones."""
        public = self.public_holidays.names if self.public_holidays else {}
        days = {each for each in self.excluded_holidays if isinstance(each, date)}
        names = {each for each in self.excluded_holidays if isinstance(each, str)}
        known = _single_names((*public.values(), *self.holidays.values())) if names else names
        for name in sorted(names - known):
            problem = unknown_name("calendar", "holiday", name, known)
            raise BadValueError(problem.what, problem.fix)
        object.__setattr__(self, "_named", _without(public, days, names) if self.excluded_holidays else public)
        object.__setattr__(self, "_own", _without(self.holidays, days, names))

    def _check_sizes(self, rules: Sequence[DateRule]) -> None:
        written = [rule for rule in rules if isinstance(rule, WRITTEN_RULES)]
        for what, items, most in (("rules for dates", written, MOST_RULES), ("periods", self.periods, MOST_PERIODS)):
            if len(items) > most:
                raise BadValueError(f"the calendar has {len(items)} {what}", f"give at most {most}")

    def _check_dated(self, dated: Iterable[date]) -> None:
        until = self.dated_until
        if until is None:
            return
        if type(until) is not date:
            raise BadValueError(f"dated_until {until!r} is not a date", "give the last date of the list, or None")
        late = max(dated, default=until)
        if late > until:
            raise BadValueError(
                f"the calendar lists {late}, which is after dated_until {until}", "move dated_until, or leave it out"
            )

    def _check_openings(self) -> None:
        place = f"calendar of {self.zone}"
        if pair := equally_narrow(self.periods):
            one, other, day = pair
            what = f"the periods {one} and {other} are equally narrow on {day}"
            raise DefinitionError((Problem(place, what, "make one of them narrower"),))
        weeks = (self.week, *(period.week for period in self.periods))
        opens = any(hours for key, hours in self.overrides.items() if not isinstance(key, BUSINESS_DAY_RULES))
        if not any(map(any, weeks)) and not opens:
            raise DefinitionError(
                (Problem(place, "the calendar never opens", "give it weekly hours or overrides with hours"),)
            )

    def _without_business_days(self, rules: Iterable[DateRule]) -> BusinessCalendar | None:
        """Return the calendar without the rules that name business days; None if it has none."""
        if not any(isinstance(rule, BUSINESS_DAY_RULES) for rule in rules):
            return None
        kept: dict[str, Any] = {
            name: {key: held for key, held in getattr(self, name).items() if not isinstance(key, BUSINESS_DAY_RULES)}
            for name in ("holidays", "half_days", "overrides", "late_days")
        }
        public = self.public_holidays.names if self.public_holidays else {}
        names = _single_names((*public.values(), *kept["holidays"].values()))
        kept["excluded_holidays"] = [each for each in self.excluded_holidays if isinstance(each, date) or each in names]
        return attrs.evolve(self, **kept)

    def without_names(self) -> BusinessCalendar:
        """Return a calendar with the same hours whose holidays have no names. Digests are made of it."""
        excluded = [each for each in self.excluded_holidays if isinstance(each, date)]
        public = self.public_holidays
        if public is not None:
            public = attrs.evolve(public, names=FrozenMap(dict.fromkeys(self._named, "")))
        own: Any = dict.fromkeys(self._own, "")
        return attrs.evolve(self, public_holidays=public, holidays=own, excluded_holidays=excluded)

    def _known(self, zone: ZoneInfo) -> Interval:
        """Return the interval, since the epoch, in which the holidays are known."""
        low, high = limits(zone)
        if self.beyond_known == "assume_none":
            return low, high
        first, last = self._known_dates()
        if first is not None:
            weeks = (self.week, *(period.week for period in self.periods))
            overnight = any(shift.closes > DAY for week in weeks for hours in week for shift in hours)
            low = from_local(datetime.combine(first + overnight * DAY, time()), zone) - EPOCH
        if last is not None:
            high = from_local(datetime.combine(last + DAY, time()), zone) - EPOCH
        return low, high

    def _known_dates(self) -> tuple[date | None, date | None]:
        """Return the first and the last date whose hours are known; None where there is no such bound."""
        known, until = self.public_holidays, self.dated_until
        first = date(known.first_year, 1, 1) if known else None
        ends = [*([date(known.last_year, 12, 31)] if known else []), *([until] if until else [])]
        last = min(ends, default=None)
        if self._base is None:
            return first, last
        rules = [key for key in self._all_rules() if isinstance(key, BUSINESS_DAY_RULES)]
        is_open = self._base.has_open_time_on
        return first and first_decided(rules, first, is_open), last and last_decided(rules, last, is_open)

    def _find_repeats(self) -> Repeats:
        """Return which half-years of this calendar are alike."""
        rules = [key for key in self._all_rules() if not isinstance(key, date)]
        dated = [_EPOCH_ORDINAL + day for day in self._special]
        excluded = (day for day in self.excluded_holidays if isinstance(day, date))
        dated += (day.toordinal() for rule in rules for day in dates_near(rule))
        dated += (day.toordinal() for day in excluded)
        periods = [(each.first, each.last) for each in self.periods]
        return Repeats.of(self._zone, dated, rules, periods)

    def _all_rules(self) -> Iterator[DateRule]:
        return (key for days in (self._own, self.half_days, self.late_days, self.overrides) for key in days)

    def error_beyond_limits(self, moment: timedelta) -> TicketflowError:
        """Return the error for a query about an instant outside the limits."""
        low, high = limits(self._zone)
        known, until = self.public_holidays, self.dated_until
        if (known is None and until is None) or self.beyond_known == "assume_none" or not low <= moment < high:
            return OutOfRangeError(f"the instant or the answer, in local time of {self.zone},")
        asked = to_local(EPOCH + moment, self._zone).year
        is_late = moment >= self.limits[1]
        if until is not None and is_late and (known is None or until < date(known.last_year, 12, 31)):
            return UnknownHolidaysError(self.zone, date.min.year, until.year, asked, until)
        assert known is not None  # noqa: S101 -- only public holidays have a first year
        asked = max(asked, known.last_year + 1) if is_late else min(asked, known.first_year - 1)
        return UnknownHolidaysError(known.country, known.first_year, known.last_year, asked)

    def hours_on(self, day: date) -> Hours:
        """Return the shifts that start on *day*."""
        number = day.toordinal() - _EPOCH_ORDINAL
        if number not in self._special and not (self._has_rules and number in self._rules_of(day.year).days):
            return self.week[day.weekday()]
        return self._decide(day).hours

    def decided_by(self, day: date) -> tuple[Why, str | None]:
        """Return what decides the hours of *day*, as in `Calendar.trace`, and its name if that is a holiday."""
        decided = self._decide(day)
        return decided.why, decided.name

    def _decide(self, day: date) -> _Day:
        """Return the hours of a date by the order of docs/semantics.md 1.3."""
        rules = self._rules_of(day.year) if self._has_rules else _NO_RULES
        week = rules.weeks.get(day)
        usual = (self.week if week is None else week)[day.weekday()]
        override = self.overrides.get(day, rules.overrides.get(day))
        if override is not None:
            return _Day(override, "override", usual)
        name = self._named.get(day, self._own.get(day, rules.holidays.get(day)))
        if name is not None:
            return _Day((), "holiday", usual, name=name)
        ends, starts = self.half_days.get(day, rules.ends.get(day)), self.late_days.get(day, rules.starts.get(day))
        hours = usual if ends is None else cut_hours(usual, ends)
        hours = hours if starts is None else start_late(hours, starts)
        return _Day(hours, "hours" if week is None else "period", usual, starts)

    def _rules_of(self, year: int) -> _Rules:
        """Return what the rules say about the dates of a year, and cache it."""
        known = self._by_year
        found = known.get(year)
        if found is None:
            found = self._expand(year)
            kept = known if len(known) < _MOST_YEARS else {}
            object.__setattr__(self, "_by_year", {**kept, year: found})
        return found

    def _expand(self, year: int) -> _Rules:
        is_business_day = (self._base or self).has_open_time_on  # not asked where no rule names business days

        def by_date(days: Mapping[DateRule, V], better: Callable[[V, V], V]) -> dict[date, V]:
            """Return the value of each date that a rule names; *better* chooses between two."""
            found: dict[date, V] = {}
            for rule, value in days.items():
                if not isinstance(rule, date):
                    for day in dates_in(rule, year, is_business_day):
                        found[day] = better(found[day], value) if day in found else value
            return found

        holidays = by_date(self._own, min)
        for excluded in self.excluded_holidays:
            if isinstance(excluded, date):
                holidays.pop(excluded, None)
        overrides = by_date(self.overrides, lambda one, other: min(one, other, key=_shortness))
        ends, starts = by_date(self.half_days, min), by_date(self.late_days, max)
        weeks = weeks_in(self.periods, year)
        days = frozenset(day.toordinal() - _EPOCH_ORDINAL for day in (*holidays, *overrides, *ends, *starts, *weeks))
        return _Rules(days, overrides, holidays, ends, starts, weeks)

    def shift_date(self, at: datetime) -> date:
        """Return the date on which the shift that is open at *at* starts. The calendar must be open then."""
        local = to_local(at, self._zone)
        if not self.runs_overnight:
            return local.date()
        time_of_day = local - datetime.combine(local.date(), time())
        is_todays = any(shift.opens <= time_of_day < shift.closes for shift in self.hours_on(local.date()))
        return local.date() if is_todays else local.date() - DAY

    def has_open_time_on(self, day: date) -> bool:
        """Return whether the shifts that start on *day* have open time. They have none if DST skips them all."""
        if not self.hours_on(day):
            return False
        return self.calm_offset(day.toordinal() - _EPOCH_ORDINAL) is not None or super().has_open_time_on(day)

    def pattern_of(self, half_year: int) -> Hashable:
        """Return a value that is equal for two half-years only if the calendar is open at the same times of both."""
        if self._repeats is None:
            self._keep("_repeats", self._find_repeats())
        assert self._repeats is not None  # noqa: S101 -- set above, and never unset
        return self._repeats.pattern_of(half_year)

    def intervals_between(self, start: timedelta, end: timedelta) -> Iterator[Interval]:
        """Yield the open intervals between two instants since the epoch, ascending and disjoint."""
        parts = [
            [(opens - offset, closes - offset) for opens, closes in self._local_hours(since + offset, until + offset)]
            for since, until, offset in offsets(self._zone, start, end)
        ]
        return iter(parts[0]) if len(parts) == 1 else merge_overlapping(chain.from_iterable(parts))

    def _local_hours(self, first: timedelta, last: timedelta) -> list[Interval]:
        """Return the open intervals between two local times, as local time since the epoch."""
        days = range(max(first // DAY - 1, _FIRST_DAY), min(-(-last // DAY), _LAST_DAY + 1))
        special = self._special | self._ruled(days) if self._has_rules else self._special
        found: list[Interval] = []
        week, midnight, closed = self._open_hours, days.start * DAY, first
        for day in days:
            if day in special:
                hours = _merged(self.hours_on(date.fromordinal(day + _EPOCH_ORDINAL)))
            else:
                hours = week[(day + _MONDAY) % 7]
            for opens, closes in hours:
                start, end = midnight + opens, midnight + closes
                if start > closed:
                    found.append((start, end))
                    closed = end
                elif end > closed:  # it overlaps what is there, or touches it, or begins before the first instant
                    start = found.pop()[0] if found else first
                    found.append((start, end))
                    closed = end
            midnight += DAY
        while found and found[-1][0] >= last:
            found.pop()
        if found and found[-1][1] > last:
            found.append((found.pop()[0], last))
        return found

    def _ruled(self, days: range) -> frozenset[int]:
        """Return the days since the epoch that rules or periods change, in the years of *days*."""
        years = [date.fromordinal(day + _EPOCH_ORDINAL).year for day in (days[0], days[-1])] if days else [0, -1]
        return frozenset[int]().union(*(self._rules_of(year).days for year in range(years[0], years[1] + 1)))

    def intervals_on(self, day: date) -> Iterator[Interval]:
        """Yield the open intervals, as time since the epoch, of the shifts that start on *day*."""
        return self._intervals_of(day, self.hours_on(day))

    def _intervals_of(self, day: date, hours: Hours) -> Iterator[Interval]:
        """Yield the intervals in which the local time lies in *hours* of *day*."""
        number = day.toordinal() - _EPOCH_ORDINAL
        midnight = number * DAY
        low, high = self.limits
        since, until = max(midnight - DAY, low), min(midnight + 3 * DAY, high)
        if not hours or since >= until:
            return
        walls = [(midnight + opens, midnight + closes) for opens, closes in _merged(hours)]
        calm = self.calm_offset(number)
        if calm is not None:
            yield from ((opens - calm, closes - calm) for opens, closes in walls)
            return
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
        """Yield the open segments of *day*, and the hours that are lost, each with the reason."""
        decided = self._decide(day)
        opened = list(self.intervals_on(day))
        yield from (Segment(*each, counted=True, why=decided.why) for each in opened)
        if decided.why == "hours" and decided.hours == decided.usual:
            return
        is_trimmed = decided.why in ("hours", "period")
        if is_trimmed and decided.starts is not None:
            late = list(self._intervals_of(day, cut_hours(decided.usual, decided.starts)))
            yield from (Segment(*each, counted=False, why="late_day") for each in _lost(late, opened))
            opened = list(merge_overlapping(sorted([*opened, *late])))
        why: Why = "half_day" if is_trimmed else decided.why
        usual = list(self._intervals_of(day, decided.usual))
        yield from (Segment(*each, counted=False, why=why, name=decided.name) for each in _lost(usual, opened))
        if decided.why != "override":
            opened = list(merge_overlapping(sorted([*opened, *usual])))
            weekly = list(self._intervals_of(day, self.week[day.weekday()]))
            yield from (Segment(*each, counted=False, why="period") for each in _lost(weekly, opened))


def _merged(hours: Hours) -> tuple[Interval, ...]:
    """Return shifts as intervals of local time since midnight, ascending and disjoint."""
    return tuple(merge_overlapping((shift.opens, shift.closes) for shift in hours))


def _lost(usual: Sequence[Interval], opened: Sequence[Interval]) -> Iterator[Interval]:
    """Yield the parts of the usual hours that are not open."""
    return intersect(usual, complement(opened, usual[0][0], usual[-1][1])) if usual else iter(())


def _without(holidays: Mapping[K, str], days: AbstractSet[date], names: AbstractSet[str]) -> dict[K, str]:
    """Return holidays without excluded dates and names. A date with two names is one while one of them is left."""
    kept = {key: _left(name, names) for key, name in holidays.items() if key not in days}
    return {key: name for key, name in kept.items() if name is not None}


def _single_names(names: Iterable[str]) -> frozenset[str]:
    """Return the names of holidays, with those of dates that have several apart."""
    return frozenset(part for name in names for part in name.split(_BETWEEN_NAMES))


def _left(name: str, names: AbstractSet[str]) -> str | None:
    """Return what is left of the name of a holiday without the excluded names; None if nothing is."""
    parts = [part for part in name.split(_BETWEEN_NAMES) if part not in names]
    return _BETWEEN_NAMES.join(parts) if parts else None


def _bounds(special: Iterable[date], rules: Iterable[DateRule], periods: Iterable[Period]) -> tuple[date, date]:
    """Return the first and the last date on which a calendar may differ from its pattern of 400 years."""
    if any(is_about_easter(rule) for rule in rules):  # Easter has no pattern of 400 years
        return date.min, date.max
    ends = (end for period in periods for end in (period.first, period.last) if isinstance(end, date))
    named = (day for rule in rules for day in dates_near(rule))
    days = sorted({*special, *ends, *named})
    return (days[0], days[-1]) if days else (date.max, date.min)


def _shortness(hours: Hours) -> tuple[timedelta, list[tuple[timedelta, timedelta]]]:
    """Return a key that sorts shorter hours first, and equally long ones by their times."""
    merged = list(merge_overlapping((shift.opens, shift.closes) for shift in hours))
    return sum((closes - opens for opens, closes in merged), timedelta()), merged
