"""Limits on what a rule set from a document may have, checked before it is read.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ticketflow.calendars.country_holidays import is_known_place
from ticketflow.documents.parsing import Plain
from ticketflow.documents.paths import Path
from ticketflow.documents.problems import DataError, DataProblem, data_error
from ticketflow.rules.limits import MOST, MOST_COUNTRIES, MOST_DATED, MOST_ITEMS


def check_limits(data: Plain, read: Callable[[Plain], object]) -> None:
    """Check the lengths of the lists and objects of a rule set, and the cost of its public holidays.

    Args:
        data: The plain data of the rule set.
        read: The function that reads it.

    Raises:
        DataError: A limit is exceeded, or a rule set that uses public holidays has other problems.
    """
    problems = [*_too_long_at(data), *(each for each in _too_long_within(data, ()) if each.path not in MOST)]
    if problems:
        raise DataError(*problems)
    _refuse_before_holidays(data, read)


def _too_long_at(data: Plain) -> Iterator[DataProblem]:
    for path, most in MOST.items():
        part: Plain = data
        for key in path:
            part = part.get(str(key)) if isinstance(part, dict) else None
        if isinstance(part, list | dict) and len(part) > most:
            yield _too_many(path, len(part), most)


def _too_long_within(part: Plain, path: Path) -> Iterator[DataProblem]:
    if not isinstance(part, list | dict):
        return
    most = MOST_DATED if isinstance(part, dict) or path[-1:] == ("stretches",) else MOST_ITEMS
    if len(part) > most:
        yield _too_many(path, len(part), most)
    for key, held in part.items() if isinstance(part, dict) else enumerate(part):
        yield from _too_long_within(held, (*path, key))


def _too_many(path: Path, count: int, most: int) -> DataProblem:
    return DataProblem(path, "too_many", f"there are {count} items", f"give at most {most}")


def _refuse_before_holidays(data: Plain, read: Callable[[Plain], object]) -> None:
    """Read a rule set without its public holidays first: computing their dates is slow, and a refusal must be fast."""
    places: set[str] = set()
    without = _without_holidays(data, places)
    if len(places) > MOST_COUNTRIES:
        what = f"the rule set uses the public holidays of {len(places)} places"
        raise data_error("too_many", what, f"use at most {MOST_COUNTRIES}", "calendars")
    if places:
        read(without)


def _without_holidays(part: Plain, places: set[str]) -> Plain:
    """Return a part of a rule set in which each known place has no public holidays; add the places to *places*."""
    if isinstance(part, list):
        return [_without_holidays(each, places) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: _without_holidays(held, places) for key, held in part.items()}
    place = found.get("public_holidays")
    if isinstance(place, dict) and place.keys() <= _SOURCE and is_known_place(*map(place.get, _PLACE)):
        places.add(str(sorted(place.items())))
        found["public_holidays"] = {"country": place["country"], **_NO_HOLIDAYS}
        found.pop("excluded_holidays", None)  # without the holidays, their names are not known
    return found


_PLACE = ("country", "subdivision")
_SOURCE = {*_PLACE, "categories", "language"}
_NO_HOLIDAYS: Mapping[str, Plain] = {"names": {}, "first_year": 1900, "last_year": 2100}
