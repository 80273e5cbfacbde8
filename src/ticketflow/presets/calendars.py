"""The calendar of desks whose source names no hours."""

from __future__ import annotations

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.country_holidays import public_holidays


def office(country: str = "BR", zone: str = "America/Sao_Paulo", week: str = "mon-fri 09:00-18:00") -> BusinessCalendar:
    """Return an office calendar: weekly hours, closed on a country's public holidays.

    Args:
        country: The country of the public holidays, as a two-letter code.
        zone: The time zone of the hours, as an IANA name.
        week: The weekly hours, in the format of `parse_week`.

    Raises:
        BadValueError: *country* or *zone* is unknown, or *week* has another format.

    >>> office("CL", "America/Santiago").zone
    'America/Santiago'
    """
    return BusinessCalendar(zone, week, public_holidays=public_holidays(country))
