"""Closed days from iCalendar files, and calendars as iCalendar files. Both need the extra `ics`.

Source: RFC 5545.
"""

from __future__ import annotations

from datetime import date, datetime

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.closures import Closures
from ticketflow.calendars.zones import load_zone
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_text
from ticketflow.kernel.type_checks import check_argument

MOST_YEARS = 100
"""The number of years that can be read or written at a time."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_LONGEST_NAME = 200


def read_icalendar(source: str | bytes, zone: str, *, first_year: int = 2000, last_year: int = 2099) -> Closures:
    r"""Return the days and hours that the events of an iCalendar text close, and list what was not taken.

    An event of whole days closes its dates. Any other event closes a part of a date, or whole dates where it lasts that
    long. Repetitions are expanded. These are not taken: events that are cancelled, tentative, or longer than 366 days;
    events with times that do not block time (``TRANSP:TRANSPARENT``); everything that is not an event. Published
    holidays often do not block time, so events of whole days are taken all the same.

    Args:
        source: The text of the file, or its bytes in UTF-8.
        zone: The IANA name of the time zone of the calendar that is to be closed.
        first_year: The first year to read, from 1900.
        last_year: The last year to read, to 2999; at most 100 years in all.

    Raises:
        MissingExtraError: the extra `ics` is not installed.
        DocumentError: *source* is not an iCalendar text, is too large, or closes more than 10,000 days.
        BadValueError: the zone does not exist, or the years are not valid.

    Source: RFC 5545.

    >>> text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\nSUMMARY:Eve\nEND:VEVENT\nEND:VCALENDAR"
    >>> dict(read_icalendar(text, "UTC").holidays)
    {datetime.date(2026, 12, 24): 'Eve'}
    """
    from ticketflow.calendars.icalendar_reading import read  # noqa: PLC0415 -- needs an extra

    for name, year in (("first_year", first_year), ("last_year", last_year)):
        check_argument(year, int, name)
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise BadValueError(f"{name} is {year}", f"give a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    if not 0 <= last_year - first_year < MOST_YEARS:
        what = f"the years {first_year} to {last_year} cannot be read"
        raise BadValueError(what, f"give 1 to {MOST_YEARS} years, the first one first")
    return read(source, load_zone(zone), first_year, last_year)


def write_icalendar(
    calendar: Calendar, first: date, last: date, *, name: str = "Open hours", stamp: datetime | None = None
) -> str:
    r"""Return an iCalendar text with the open hours of a calendar, and its holidays, as events.

    Holidays are those that close a date of a `BusinessCalendar`; an event of the whole day for each. The same arguments
    give the same text, whose events keep their UIDs when the hours change. No event blocks time.

    Args:
        calendar: The calendar.
        first: The first date to write, in the zone of the calendar.
        last: The last date to write; at most 100 years later.
        name: The name of the calendar, and of the events of open hours. Give each calendar its own.
        stamp: When the text is made (``DTSTAMP``); None for the start of the first date.

    Raises:
        MissingExtraError: the extra `ics` is not installed.
        BadValueError: an argument is not valid, the calendar opens or closes within a second, or there are more than
            20,000 events.
        NaiveDatetimeError: *stamp* has no time zone.
        OutOfRangeError: a local time lies outside the years 1 to 9999.
        UnknownHolidaysError: the public holidays are not known in that time.

    Source: RFC 5545.

    >>> from ticketflow import BusinessCalendar
    >>> office = BusinessCalendar("UTC", "mon-fri 09:00-17:00")
    >>> text = write_icalendar(office, date(2026, 11, 23), date(2026, 11, 23))
    >>> [line for line in text.split("\r\n") if line.startswith(("DTSTART", "DTEND"))]
    ['DTSTART:20261123T090000Z', 'DTEND:20261123T170000Z']
    """
    from ticketflow.calendars.icalendar_writing import write  # noqa: PLC0415 -- needs an extra

    check_argument(calendar, Calendar, "calendar")
    for what, day in (("first", first), ("last", last)):
        if type(day) is not date:
            raise BadValueError(f"{what} is {day!r:.80}, not a date", "give a date")
    if not 0 <= (last - first).days <= MOST_YEARS * 366:
        what = f"the dates {first} to {last} cannot be written"
        raise BadValueError(what, f"give at most {MOST_YEARS} years, the first date first")
    check_text(name, "name", _LONGEST_NAME)
    return write(calendar, first, last, name, None if stamp is None else to_utc(stamp, "stamp"))
