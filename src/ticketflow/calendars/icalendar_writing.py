"""The open hours and holidays of a calendar as an iCalendar text.

Source: RFC 5545.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from itertools import chain
from zoneinfo import ZoneInfo

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.icalendar_format import Component, Property, properties, write_component
from ticketflow.calendars.zones import from_local, load_zone, offsets, to_local
from ticketflow.errors import BadValueError, OutOfRangeError
from ticketflow.kernel.instants import DAY, EPOCH, ZERO
from ticketflow.kernel.names import is_readable

MOST_EVENTS = 20_000
"""The number of events that one text may have."""
_PRODUCT = "-//ticketflow//ticketflow//EN"


def write(calendar: Calendar, first: date, last: date, name: str, stamp: datetime | None) -> str:
    """Return the text of a calendar; see `ticketflow.calendars.icalendar_files.write_icalendar`."""
    zone = load_zone(calendar.zone)
    start, end = _midnight(first, zone), _midnight(_after(last), zone)
    whole = Component("VCALENDAR")
    whole.properties.extend(
        properties([("VERSION", "2.0"), ("PRODID", _PRODUCT), ("CALSCALE", "GREGORIAN"), ("X-WR-CALNAME", name)])
    )
    if zone.key != "UTC":
        whole.parts.append(_time_zone(zone, start, end))
    made = _utc_text(start if stamp is None else stamp)
    suffix = sha256(f"{name}/{zone.key}".encode()).hexdigest()[:16] + "@ticketflow"
    for kind, summary, begins, ends in chain(_holidays(calendar, first, last), _open_hours(calendar, start, end, name)):
        if len(whole.parts) >= MOST_EVENTS:
            what = f"the calendar has more than {MOST_EVENTS:,} events from {first} to {last}"
            raise BadValueError(what, "give fewer dates")
        event = Component("VEVENT")
        event.properties.extend(properties([("UID", f"{begins.value}-{kind}-{suffix}"), ("DTSTAMP", made)]))
        event.properties.extend([begins, ends, *properties([("SUMMARY", summary), ("TRANSP", "TRANSPARENT")])])
        whole.parts.append(event)
    return write_component(whole)


_Event = tuple[str, str, Property, Property]
"""The kind of an event, its name, and its first and last property of time."""


def _holidays(calendar: Calendar, first: date, last: date) -> Iterator[_Event]:
    if not isinstance(calendar, BusinessCalendar):
        return
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        why, name = calendar.decided_by(day)
        if why == "holiday":
            shown = "".join(each if is_readable(each) else " " for each in name or "Holiday")
            dated = {"VALUE": "DATE"}
            begins, ends = Property("DTSTART", _text(day), dated), Property("DTEND", _text(_after(day)), dated)
            yield "holiday", shown, begins, ends


def _open_hours(calendar: Calendar, start: datetime, end: datetime, name: str) -> Iterator[_Event]:
    zone = load_zone(calendar.zone)
    for opens, closes in calendar.open_intervals(start, end):
        yield "open", name, _moment("DTSTART", opens, zone), _moment("DTEND", closes, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return from_local(datetime.combine(day, time()), zone)


def _after(day: date) -> date:
    if day == date.max:
        raise OutOfRangeError(f"the day after {day}")
    return day + DAY


def _moment(name: str, at: datetime, zone: ZoneInfo) -> Property:
    """Return a property with a local time; in UTC where the local time has occurred before, as it means the first."""
    if at.microsecond:
        what = f"the calendar opens or closes at {at.isoformat()}"
        raise BadValueError(what, "give it hours in whole seconds, as an iCalendar text has no parts of them")
    local = to_local(at, zone)
    if zone.key == "UTC" or from_local(local, zone) != at:
        return Property(name, _utc_text(at))
    return Property(name, _text(local), {"TZID": zone.key})


def _text(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        moment = moment.replace(tzinfo=None, microsecond=0)
    return moment.isoformat().replace("-", "").replace(":", "")


def _utc_text(at: datetime) -> str:
    return f"{_text(at)}Z"


# -- Time zones --------------------------------------------------------------------------------------------------------


def _time_zone(zone: ZoneInfo, start: datetime, end: datetime) -> Component:
    """Return the offsets of a zone between two instants. Each begins at a local time of the offset before it."""
    begun: dict[tuple[timedelta, timedelta, str, str], list[str]] = defaultdict(list)
    before: timedelta | None = None
    for since, _, offset in offsets(zone, start - EPOCH, end - EPOCH):
        before = offset if before is None else before
        local = (EPOCH + since).astimezone(zone)
        kind = "DAYLIGHT" if local.dst() else "STANDARD"
        begun[before, offset, kind, local.tzname() or ""].append(_text(EPOCH + since + before))
        before = offset
    whole = Component("VTIMEZONE", properties([("TZID", zone.key)]))
    for (earlier, later, kind, name), starts in begun.items():
        shown = [("DTSTART", starts[0]), ("TZOFFSETFROM", _offset(earlier)), ("TZOFFSETTO", _offset(later))]
        repeated = [("RDATE", each) for each in starts[1:]]
        whole.parts.append(Component(kind, properties([*shown, ("TZNAME", name), *repeated])))
    return whole


def _offset(value: timedelta) -> str:
    minutes, seconds = divmod(abs(value) // timedelta(seconds=1), 60)
    sign = "-" if value < ZERO else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")
