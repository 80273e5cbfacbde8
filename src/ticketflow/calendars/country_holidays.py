"""The public holidays of a country, from the holidays package. No other module imports that package.

A ``holidays`` object fills itself on access and is silently empty beyond its data. This module loads all known years at
once, so that a calendar can raise beyond them instead of guessing (docs/semantics.md 1.5).
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

import holidays

from ticketflow.calendars.business import PublicHolidays
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap


def public_holidays(country: str, subdivision: str | None = None) -> PublicHolidays:
    """Return the public holidays of a country in all years that the holidays package knows.

    Years for which the package warns that its dates are incomplete count as unknown.

    Args:
        country: An ISO 3166 code of two capitals, such as ``BR`` or ``CL``.
        subdivision: The code of a subdivision, such as ``SP``; None for nationwide holidays only.

    Raises:
        BadValueError: the country or the subdivision is unknown.

    Source: the holidays package.

    >>> from datetime import date
    >>> public_holidays("BR").names[date(2026, 12, 25)]
    'Christmas Day'
    """
    supported = _countries()
    if is_known_place(country, subdivision):
        return _load(country, subdivision)
    if not isinstance(country, str) or country not in supported:
        problem = unknown_name("public holidays", "country", str(country), supported)
        raise BadValueError(problem.what, problem.fix)
    problem = unknown_name(f"public holidays of {country}", "subdivision", str(subdivision), supported[country])
    raise BadValueError(problem.what, problem.fix)


def is_known_place(country: object = None, subdivision: object = None) -> bool:
    """Return whether the holidays package knows the country, and the subdivision if one is given.

    >>> is_known_place("BR", "SP"), is_known_place("HolidayBase")
    (True, False)
    """
    supported = _countries()
    if not isinstance(country, str) or country not in supported:
        return False
    return subdivision is None or (isinstance(subdivision, str) and subdivision in supported[country])


def _countries() -> Mapping[str, Collection[str]]:
    """Return the subdivisions of each country. Codes of three letters are left out: a country has one code."""
    return holidays.list_supported_countries(include_aliases=False)


# The holidays of one place take up to 300 KiB, and there are two thousand places.
@lru_cache(maxsize=64)
def _load(country: str, subdivision: str | None) -> PublicHolidays:
    source = type(holidays.country_holidays(country, subdiv=subdivision))
    years = range(source.start_year, source.end_year + 1)
    if _warns(country, subdivision, years):
        years = _without_warning(country, subdivision, years)
    known = holidays.country_holidays(country, subdiv=subdivision, years=years, expand=False, language="en_US")
    place = country if subdivision is None else f"{country}-{subdivision}"
    return PublicHolidays(place, FrozenMap(dict(known)), years[0], years[-1])


def _warns(country: str, subdivision: str | None, years: Iterable[int]) -> bool:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        holidays.country_holidays(country, subdiv=subdivision, years=years, expand=False)
    return bool(caught)


def _without_warning(country: str, subdivision: str | None, years: range) -> range:
    """Return the longest run of years that load without a warning.

    Where holidays follow a lunar calendar, the package has dates for a few decades only, and warns about all other
    years.
    """
    runs = [range(years.start, years.start)]
    for year in years:
        start = year + 1 if _warns(country, subdivision, [year]) else runs[-1].start
        runs.append(range(start, year + 1))
    return max(runs, key=len)
