"""Closed days and hours from iCalendar texts, such as published holidays or the closing days of an office.

Source: RFC 5545.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from ticketflow.calendars.closures import Closing, Closures, NotTaken, joined, merged
from ticketflow.calendars.icalendar_format import (
    Component,
    Property,
    duration,
    error,
    moment_of,
    offset_of,
    parse,
    text_of,
    windows_zone,
)
from ticketflow.calendars.intervals import clip
from ticketflow.calendars.repetitions import NotSupportedError, dates_of, parse_repetition, shifted
from ticketflow.calendars.zones import load_zone, offsets, to_local, zone_names
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import DAY, EPOCH, MICROSECOND, ZERO
from ticketflow.kernel.names import is_readable

MOST_DATES = 10_000
"""The number of closed days and parts of days that one text may have: as many as a calendar in a rule set."""
_MOST_STEPS = 500_000
_LONGEST = timedelta(days=366)
_LONGEST_NAME = 200
_MOST_PARTS = 5
_TOO_MUCH = "give fewer years, or a part of the file"


def read(source: str | bytes, zone: ZoneInfo, first_year: int, last_year: int) -> Closures:
    """Return what an iCalendar text closes; see `ticketflow.calendars.icalendar_files.read_icalendar`."""
    reader = _Reader(zone, first_year, last_year)
    for calendar in parse(text_of(source)):
        reader.read(calendar)
    return reader.result()


# -- Times -------------------------------------------------------------------------------------------------------------


@attrs.frozen
class _OwnZone:
    """A time zone that a text defines.

    Attributes:
        changes: The local times from which an offset is in use, ascending, in the old or the new time, whichever is
            later: times that the change skips are read in the old one (RFC 5545, 3.3.5), and so are those that it
            repeats.
        offsets: The offsets: one before the first change, and one after each.
    """

    changes: tuple[datetime, ...]
    offsets: tuple[timedelta, ...]

    def offset(self, local: datetime) -> timedelta:
        """Return the offset at a local time."""
        return self.offsets[bisect_right(self.changes, local)]


_Zone = ZoneInfo | _OwnZone | None
_UTC = ZoneInfo("UTC")


@attrs.frozen
class _Moment:
    """A date, or a local time with its zone.

    Attributes:
        at: The date, or the date and time.
        zone: The zone of a time; None for a date, and for a time in whatever zone the reader is.
    """

    at: date | datetime
    zone: _Zone = None

    @property
    def is_timed(self) -> bool:
        """Whether it has a time."""
        return isinstance(self.at, datetime)

    @property
    def day(self) -> date:
        """The date."""
        return self.at.date() if isinstance(self.at, datetime) else self.at

    def on(self, day: date) -> _Moment:
        """Return the same time of day on another date."""
        if isinstance(self.at, datetime):
            return _Moment(datetime.combine(day, self.at.time()), self.zone)
        return _Moment(day)

    def instant(self) -> date | datetime:
        """Return a time with a zone in UTC, and any other moment as it is."""
        if not isinstance(self.at, datetime) or self.zone is None:
            return self.at
        return _in_utc(self.at, self.zone)


def _in_utc(local: datetime, zone: ZoneInfo | _OwnZone) -> datetime:
    try:
        if isinstance(zone, _OwnZone):
            return (local - zone.offset(local)).replace(tzinfo=UTC)
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise NotSupportedError("it lies outside the years 1 to 9999") from None


@attrs.frozen
class _Length:
    """How long an event lasts.

    Attributes:
        local: The part that local clocks show, such as whole days.
        exact: The part that passes exactly.
    """

    local: timedelta = ZERO
    exact: timedelta = ZERO

    @property
    def total(self) -> timedelta:
        """Both parts."""
        return self.local + self.exact


_Occurrence = tuple[_Moment, _Length]


# -- Events ------------------------------------------------------------------------------------------------------------


class _Reader:
    """What was read of a text so far."""

    def __init__(self, zone: ZoneInfo, first_year: int, last_year: int) -> None:
        self.zone = zone
        self.first, self.last = date(first_year, 1, 1), date(last_year, 12, 31)
        self.steps = 0
        self.names: dict[date, list[str]] = defaultdict(list)
        self.closings: set[Closing] = set()
        self.not_taken: list[tuple[int, NotTaken]] = []
        self.zones: dict[str, Component] = {}
        self.known: dict[str, ZoneInfo | _OwnZone | str] = {}
        self.place = 0

    def result(self) -> Closures:
        """Return what was read."""
        holidays = FrozenMap({day: joined(self.names[day]) for day in sorted(self.names)})
        if len(holidays) + len(self.closings) > MOST_DATES:
            raise error(f"it closes more than {MOST_DATES:,} days", _TOO_MUCH, "too_many")
        closings = sorted(self.closings, key=lambda each: (each.day, each.begins, each.ends, each.name))
        not_taken = tuple(each for _, each in sorted(self.not_taken, key=lambda pair: pair[0]))
        return Closures(self.zone.key, self.first.year, self.last.year, holidays, tuple(closings), not_taken)

    def spend(self, steps: int) -> None:
        """Count steps, and raise once there are too many."""
        self.steps += steps
        if self.steps > _MOST_STEPS:
            raise error("its events repeat too often", _TOO_MUCH, "too_many")

    def read(self, calendar: Component) -> None:
        """Read the events of a calendar."""
        scale = calendar.text("CALSCALE") or "GREGORIAN"
        if scale != "GREGORIAN":
            raise error(f"the calendar scale {scale!a:.40} is not supported", "give Gregorian dates")
        self.known = {}
        self.zones = {_tzid(part): part for part in calendar.parts if part.name == "VTIMEZONE"}
        series: dict[str, list[tuple[int, Component]]] = defaultdict(list)
        for line in calendar.unreadable:
            self._leave(self.place, None, "line", f"{line!a} cannot be read")
        for part in calendar.parts:
            self.place += 1
            if part.name != "VEVENT":
                if part.name != "VTIMEZONE":
                    kind = part.name.removeprefix("V").lower()
                    self._leave(self.place, part, kind, "only events close days and hours")
            elif calendar.text("METHOD") == "CANCEL":
                self._leave(self.place, part, "event", "the calendar cancels its events (METHOD:CANCEL)")
            else:
                uid = part.first("UID")
                series[uid.value if uid else f"\n{self.place}"].append((self.place, part))
        for events in series.values():
            self._read_series(events)

    def _leave(self, place: int, part: Component | None, what: str, why: str) -> None:
        """List something as not taken."""
        uid, summary, start = (part.first(name) if part else None for name in ("UID", "SUMMARY", "DTSTART"))
        self.not_taken.append(
            (
                place,
                NotTaken(
                    _name(what)[:40],
                    _name(uid.value) if uid else None,
                    _name(summary.value) if summary else "",
                    _name(start.value) if start else None,
                    why,
                ),
            )
        )

    def _read_series(self, events: Sequence[tuple[int, Component]]) -> None:
        """Read the events with one UID: those that change single occurrences of a repeated one have a RECURRENCE-ID."""
        latest: dict[str, int] = {}
        for _, event in events:
            occurrence = event.text("RECURRENCE-ID")
            latest[occurrence] = max(latest.get(occurrence, 0), _sequence(event))
        changes_rest = any(each.parameters.get("RANGE") for _, event in events for each in event.all("RECURRENCE-ID"))
        replaced: set[date | datetime] = set()
        for _, event in events:
            replaced |= self._replaced(event)
        for place, event in events:
            if changes_rest:
                self._leave(place, event, "event", "a change of all later occurrences (RANGE) is not supported")
            elif _sequence(event) < latest[event.text("RECURRENCE-ID")]:
                self._leave(place, event, "event", "the text has a later revision of it (SEQUENCE)")
            else:
                self._try_event(place, event, set() if event.first("RECURRENCE-ID") else replaced)

    def _replaced(self, event: Component) -> set[date | datetime]:
        """Return the occurrence that an event replaces; none if it replaces none that can be read."""
        written = event.first("RECURRENCE-ID")
        if written is None:
            return set()
        try:
            return {self._moment(written, written.value).instant()}
        except NotSupportedError:
            return set()

    def _try_event(self, place: int, event: Component, replaced: AbstractSet[date | datetime]) -> None:
        try:
            self._read_event(place, event, replaced)
        except NotSupportedError as reason:
            self._leave(place, event, "event", str(reason))

    def _read_event(self, place: int, event: Component, replaced: AbstractSet[date | datetime]) -> None:
        if event.unreadable:
            raise NotSupportedError(f"its line {event.unreadable[0]!a} cannot be read")
        status = event.text("STATUS")
        if status in ("CANCELLED", "TENTATIVE"):
            raise NotSupportedError(f"it is {status.lower()} (STATUS:{status})")
        for name in ("DTSTART", "DTEND", "DURATION"):
            if len(list(event.all(name))) > 1:
                raise NotSupportedError(f"it has {name} twice")
        if changed := event.first("RECURRENCE-ID"):
            self._moment(changed, changed.value)
        start = self._needed_moment(event, "DTSTART")
        if isinstance(start.at, datetime) and event.text("TRANSP") == "TRANSPARENT":
            raise NotSupportedError("it does not block time (TRANSP:TRANSPARENT)")
        length = self._length(event, start)
        name = _named(event)
        found: list[tuple[date, Closing | None]] = []
        left: list[str] = []
        for moment, lasting in self._occurrences(event, start, length, replaced):
            try:
                found += self._closed(moment, lasting, name)
            except NotSupportedError as reason:
                left.append(f"{reason}, on {moment.day}")
        for why in left:
            self._leave(place, event, "event", why)
        if not found and not left:
            raise NotSupportedError(f"none of it lies in the years {self.first.year} to {self.last.year}")
        for day, closing in found:
            if closing is None:
                self.names[day].append(name)
            else:
                self.closings.add(closing)

    # -- The parts of an event

    def _needed_moment(self, part: Component, name: str) -> _Moment:
        found = part.first(name)
        if found is None:
            raise NotSupportedError(f"it has no {name}")
        return self._moment(found, found.value)

    def _moment(self, written: Property, text: str) -> _Moment:
        try:
            at, is_utc = moment_of(text.strip())
        except ValueError:
            raise NotSupportedError(f"its {written.name} {text!a:.60} is not a date or a time") from None
        if not isinstance(at, datetime):
            return _Moment(at)
        tzid = written.parameters.get("TZID")
        return _Moment(at, _UTC if is_utc else self._zone_of(tzid) if tzid else None)

    def _length(self, event: Component, start: _Moment) -> _Length:
        """Return how long an event lasts: until its end, for its duration, or for a day."""
        is_timed = start.is_timed
        ends, lasts = event.first("DTEND"), event.first("DURATION")
        if ends is not None and lasts is not None:
            raise NotSupportedError("it has both DTEND and DURATION")
        if ends is not None:
            end = self._moment(ends, ends.value)
            length = _between(start, end)
            if not is_timed and not length.total:
                return _Length(DAY)  # not allowed, and always meant
        elif lasts is not None:
            length = self._duration(lasts, lasts.value)
            if not is_timed and length.total % DAY:
                raise NotSupportedError("it begins on a date, and does not last whole days")
        elif is_timed:
            raise NotSupportedError("it has no end")
        else:
            return _Length(DAY)
        return _checked(length)

    def _duration(self, written: Property, text: str) -> _Length:
        try:
            return _Length(*duration(text.strip().upper()))
        except ValueError:
            raise NotSupportedError(f"its {written.name} {text!a:.60} is not a positive duration") from None

    # -- Occurrences

    def _occurrences(
        self, event: Component, start: _Moment, length: _Length, replaced: AbstractSet[date | datetime]
    ) -> Iterator[_Occurrence]:
        """Yield the occurrences of an event that may lie in the years that are read."""
        if event.first("EXRULE"):
            raise NotSupportedError("rules of exceptions (EXRULE) are not supported")
        days = {start.day}
        for rule in event.all("RRULE"):
            days |= set(self._repeated(rule, start, length.total))
        found = [(start.on(day), length) for day in sorted(days)]
        for dated in event.all("RDATE"):
            found += [self._dated(dated, text, start, length) for text in dated.value.split(",")]
        excluded: set[date | datetime] = set()
        for written in event.all("EXDATE"):
            moments = (self._moment(written, text) for text in written.value.split(","))
            excluded |= {each.instant() if start.is_timed else each.day for each in moments}
        for moment, lasting in found:
            self.spend(1)
            at = moment.instant()
            if not {at, moment.day} & excluded and at not in replaced and moment.day not in replaced:
                excluded.add(at)
                yield moment, lasting

    def _repeated(self, written: Property, start: _Moment, length: timedelta) -> Iterator[date]:
        """Yield the dates on which a rule repeats an event that begins at *start*."""
        rule = parse_repetition(written.value, start.at)
        since, until = shifted(self.first, -(length // DAY) - 2), shifted(self.last, 2)
        if rule.until is None:
            yield from dates_of(rule, start.day, since, until, self.spend)
            return
        end = self._moment(Property("UNTIL", rule.until), rule.until)
        end = end if end.zone and start.zone else _Moment(end.at, start.zone)
        for day in dates_of(rule, start.day, since, min(until, shifted(end.day, 2)), self.spend):
            if _is_until(start.on(day), end):
                yield day

    def _dated(self, written: Property, text: str, start: _Moment, length: _Length) -> _Occurrence:
        """Return the occurrence that a listed date, time or period adds."""
        begins, slash, rest = text.partition("/")
        moment = self._moment(written, begins)
        if moment.is_timed != start.is_timed:
            raise NotSupportedError("one of its start and RDATE is a date, and the other one a time")
        if not slash:
            return moment, length
        if rest.strip().upper().startswith(("P", "+P")):
            return moment, _checked(self._duration(written, rest))
        return moment, _checked(_between(moment, self._moment(written, rest)))

    # -- Closed days and hours

    def _closed(self, moment: _Moment, length: _Length, name: str) -> Iterator[tuple[date, Closing | None]]:
        """Yield the dates in the years that are read on which an occurrence closes, and the part unless it is all."""
        if not shifted(self.first, -2 * _LONGEST.days) <= moment.day <= shifted(self.last, 2):
            return
        if isinstance(moment.at, datetime):
            begins, ends = self._local(moment.at, moment.zone, length)
        else:
            begins = datetime.combine(moment.at, time())
            ends = begins + length.total
        first, last = max(begins.date(), self.first), min((ends - MICROSECOND).date(), self.last)
        self.spend(max(0, (last - first).days))
        for number in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(number)
            midnight = datetime.combine(day, time())
            opens, closes = max(begins - midnight, ZERO), min(ends - midnight, DAY)
            yield day, None if closes - opens == DAY else Closing(day, opens, closes, name)

    def _local(self, at: datetime, zone: _Zone, length: _Length) -> tuple[datetime, datetime]:
        """Return the local times at which an occurrence begins and ends."""
        if zone is None:
            return at, at + length.total
        start, end = _in_utc(at, zone), _in_utc(at + length.local, zone) + length.exact
        begins, ends = to_local(start, self.zone), to_local(end, self.zone)
        walls = begins.replace(tzinfo=UTC) - EPOCH, ends.replace(tzinfo=UTC) - EPOCH
        said = merged(
            (opens - offset, closes - offset)
            for since, until, offset in offsets(self.zone, start - EPOCH - DAY, end - EPOCH + DAY)
            for opens, closes in clip([walls], since + offset, until + offset)
        )
        if said != [(start - EPOCH, end - EPOCH)]:
            raise NotSupportedError("the clocks change: local times cannot say it")
        return begins, ends

    # -- Time zones

    def _zone_of(self, tzid: str) -> ZoneInfo | _OwnZone:
        """Return the zone with an identifier: one that exists, one of Windows, or one that the text defines."""
        found = self.known.get(tzid)
        if found is None:
            try:
                found = self._find_zone(tzid)
            except NotSupportedError as reason:
                found = str(reason)
            self.known[tzid] = found
        if isinstance(found, str):
            raise NotSupportedError(f"its time zone {tzid!a:.60} {found}")
        return found

    def _find_zone(self, tzid: str) -> ZoneInfo | _OwnZone:
        definition = self.zones.get(tzid)
        location = definition.first("X-LIC-LOCATION") if definition else None
        parts = tzid.strip("/").split("/")[-_MOST_PARTS:] if tzid.startswith("/") else []
        global_ids = ["/".join(parts[number:]) for number in range(len(parts))]
        for name in (tzid, location.value if location else "", windows_zone(tzid), *global_ids):
            if name in zone_names():
                return load_zone(name)
        if definition is None:
            raise NotSupportedError("is not known")
        try:
            return self._defined_zone(definition)
        except NotSupportedError as reason:
            raise NotSupportedError(f"cannot be read: {reason}") from None

    def _defined_zone(self, definition: Component) -> _OwnZone:
        """Return the zone that a text defines, in the years that are read."""
        changes: list[tuple[datetime, timedelta, timedelta]] = []
        for part in definition.parts:
            before, after = self._offset(part, "TZOFFSETFROM"), self._offset(part, "TZOFFSETTO")
            begins = self._needed_moment(part, "DTSTART").at
            if not isinstance(begins, datetime):
                raise NotSupportedError("its DTSTART is not a time")
            start = _Moment(begins, _OwnZone((), (before,)))
            onsets = {begins}
            for rule in part.all("RRULE"):
                onsets |= {datetime.combine(day, begins.time()) for day in self._repeated(rule, start, 4 * _LONGEST)}
            for dated in part.all("RDATE"):
                for text in dated.value.split(","):
                    moment = self._moment(dated, text)
                    onsets.add(moment.at if isinstance(moment.at, datetime) else datetime.combine(moment.at, time()))
            changes += [(onset, before, after) for onset in onsets]
        if not changes:
            raise NotSupportedError("it has no offset")
        changes.sort()
        try:
            starts = tuple(onset + max(ZERO, after - before) for onset, before, after in changes)
        except OverflowError:
            raise NotSupportedError("it lies outside the years 1 to 9999") from None
        return _OwnZone(starts, (changes[0][1], *(after for _, _, after in changes)))

    def _offset(self, part: Component, name: str) -> timedelta:
        found = part.first(name)
        try:
            return offset_of(found.value.strip() if found else "")
        except ValueError:
            raise NotSupportedError(f"its {name} is not an offset") from None


def _is_until(moment: _Moment, end: _Moment) -> bool:
    """Return whether an occurrence is not after the end of a repetition. A date as the end belongs to it as a whole."""
    if not moment.is_timed or not end.is_timed:
        return moment.day <= end.day
    return moment.instant() <= end.instant()


def _between(start: _Moment, end: _Moment) -> _Length:
    """Return how long an event lasts that begins and ends at two moments."""
    if isinstance(start.at, datetime) and isinstance(end.at, datetime):
        if start.zone == end.zone:
            return _Length(local=end.at - start.at)
        if start.zone is not None and end.zone is not None:
            return _Length(exact=_in_utc(end.at, end.zone) - _in_utc(start.at, start.zone))
        raise NotSupportedError("only one of its times has a time zone")
    if start.is_timed or end.is_timed:
        raise NotSupportedError("one of its ends is a date, and the other one a time")
    return _Length(local=end.at - start.at)


def _checked(length: _Length) -> _Length:
    if length.total <= ZERO:
        raise NotSupportedError("it ends before it begins" if length.total else "it lasts no time")
    if length.total > _LONGEST:
        raise NotSupportedError(f"it lasts more than {_LONGEST.days} days")
    return length


def _sequence(event: Component) -> int:
    text = event.text("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 -- 32 bits


def _tzid(definition: Component) -> str:
    found = definition.first("TZID")
    return found.value if found else ""


def _named(event: Component) -> str:
    found = event.first("SUMMARY")
    return _name(found.value) if found else ""


def _name(text: str) -> str:
    """Return a text as a name: in one line, without control characters, and not too long."""
    text = text[: 10 * _LONGEST_NAME]
    return " ".join("".join(each if is_readable(each) else " " for each in text).split())[:_LONGEST_NAME]
