"""Public holidays of a country, taken once into a value. The only door to the holidays package.

A ``holidays`` object fills itself when asked and is silently empty beyond its data; here all the years that it knows
are taken at once, and the calendar refuses to guess beyond them (docs/semantics.md 1.5).
"""

from __future__ import annotations

from functools import cache

import holidays

from ticketflow.business_calendars import PublicHolidays
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.values import FrozenMap


@cache
def public_holidays(country: str, subdivision: str | None = None) -> PublicHolidays:
    """Return the public holidays of a country, for all years that their source knows.

    Args:
        country: An ISO 3166 code in capitals, such as ``BR`` or ``CL``.
        subdivision: A part of it, such as ``SP``; None for those of the whole country.

    Raises:
        BadValueError: the source knows no such country or subdivision.

    Source: the holidays package.

    >>> from datetime import date
    >>> public_holidays("BR").names[date(2026, 12, 25)]
    'Christmas Day'
    """
    supported = holidays.list_supported_countries()
    if country not in supported:
        problem = unknown_name("public holidays", "country", country, supported)
        raise BadValueError(problem.what, problem.fix)
    if subdivision is not None and subdivision not in supported[country]:
        problem = unknown_name(f"public holidays of {country}", "subdivision", subdivision, supported[country])
        raise BadValueError(problem.what, problem.fix)
    source = type(holidays.country_holidays(country, subdiv=subdivision))
    years = range(source.start_year, source.end_year + 1)
    known = holidays.country_holidays(country, subdiv=subdivision, years=years, expand=False, language="en_US")
    place = country if subdivision is None else f"{country}-{subdivision}"
    return PublicHolidays(place, FrozenMap(dict(known)), source.start_year, source.end_year)
