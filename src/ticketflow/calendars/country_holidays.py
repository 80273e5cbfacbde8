"""The public holidays of a country, from the holidays package. No other module imports that package.

A ``holidays`` object fills itself on access and is silently empty beyond its data. This module loads all known years at
once, so that a calendar can raise beyond them instead of guessing (docs/semantics.md 1.5).
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache

import holidays

from ticketflow.calendars.business import HolidaySource, PublicHolidays
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.frozen_map import FrozenMap


def public_holidays(
    country: str,
    subdivision: str | None = None,
    *,
    categories: Iterable[str] = (),
    language: str | None = None,
) -> PublicHolidays:
    """Return the public holidays of a country in all years that the holidays package knows.

    Years for which the package warns that its dates are incomplete count as unknown.

    Args:
        country: An ISO 3166 code of two capitals, such as ``BR`` or ``CL``.
        subdivision: The code of a subdivision, such as ``SP``; None for nationwide holidays only.
        categories: The categories of the package, such as ``public``, ``bank`` or ``catholic``; none for ``public``.
        language: The language of the names, such as ``de``; None for English, where the package has English names.

    Raises:
        BadValueError: the country, the subdivision, a category or the language is unknown.

    Source: the holidays package.

    >>> from datetime import date
    >>> public_holidays("BR").names[date(2026, 12, 25)]
    'Christmas Day'
    >>> public_holidays("DE", "BY", categories=("public", "catholic"), language="de").names[date(2026, 8, 15)]
    'Mariä Himmelfahrt'
    """
    supported = _countries()
    if not isinstance(country, str) or country not in supported:
        problem = unknown_name("public holidays", "country", str(country), supported)
        raise BadValueError(problem.what, problem.fix)
    if not is_known_place(country, subdivision):
        problem = unknown_name(f"public holidays of {country}", "subdivision", str(subdivision), supported[country])
        raise BadValueError(problem.what, problem.fix)
    if not isinstance(categories, list | tuple | set | frozenset):
        raise BadValueError(f"categories {categories!r} are not a tuple of texts", "give a tuple such as ('public',)")
    kind, asked = type(holidays.country_holidays(country, subdiv=subdivision)), tuple(sorted(set(map(str, categories))))
    _check_names(country, "category", asked, kind.supported_categories)
    _check_names(country, "language", () if language is None else (str(language),), kind.supported_languages)
    return _load(HolidaySource(country, subdivision, () if asked == _DEFAULT else asked, language))


_DEFAULT = ("public",)


def _check_names(country: str, what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            problem = unknown_name(f"public holidays of {country}", what, name, known)
            raise BadValueError(problem.what, problem.fix)


def is_of_source(known: PublicHolidays) -> bool:
    """Return whether holidays are those that the installed holidays package gives for their source."""
    source = known.source
    return source is not None and _load(source) == known


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
def _load(source: HolidaySource) -> PublicHolidays:
    kind = type(holidays.country_holidays(source.country, subdiv=source.subdivision))
    years = range(kind.start_year, kind.end_year + 1)
    if _warns(source, years):
        years = _without_warning(source, years)
    known, _ = _dates(source, years)
    place = source.country if source.subdivision is None else f"{source.country}-{source.subdivision}"
    return PublicHolidays(place, FrozenMap(known), years[0], years[-1]).from_source(source)


def _dates(source: HolidaySource, years: Iterable[int]) -> tuple[Mapping[date, str], bool]:
    """Return the holidays of some years, and whether the package warns that they are incomplete."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = holidays.country_holidays(
            source.country,
            subdiv=source.subdivision,
            years=years,
            expand=False,
            categories=source.categories or _DEFAULT,
            language=source.language or "en_US",
        )
    return dict(found), bool(caught)


def _warns(source: HolidaySource, years: Iterable[int]) -> bool:
    return _dates(source, years)[1]


def _without_warning(source: HolidaySource, years: range) -> range:
    """Return the longest run of years that load without a warning.

    Where holidays follow a lunar calendar, the package has dates for a few decades only, and warns about all other
    years.
    """
    runs = [range(years.start, years.start)]
    for year in years:
        start = year + 1 if _warns(source, [year]) else runs[-1].start
        runs.append(range(start, year + 1))
    return max(runs, key=len)
