"""Calendars for desks whose source names none."""

from __future__ import annotations

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.public_holidays import public_holidays


def office(country: str = "BR", zone: str = "America/Sao_Paulo", week: str = "mon-fri 09:00-18:00") -> BusinessCalendar:
    """Return a support's calendar: weekly hours and a country's public holidays.

    Args:
        country: Whose public holidays, as a code of two letters.
        zone: On whose wall, as an IANA name.
        week: The hours, as `parse_week` reads them.

    Raises:
        BadValueError: there is no such country or zone, or *week* is written otherwise.

    >>> office("CL", "America/Santiago").zone
    'America/Santiago'
    """
    return BusinessCalendar(zone, week, public_holidays=public_holidays(country))
