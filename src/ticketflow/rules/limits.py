"""Limits on the size of a rule set. A rule set in Python has the same limits as one in a document.

So every rule set that is accepted can be written as a document and read back.

Source: docs/semantics.md 6.3; docs/reliability.md, "Untrusted documents".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sized
from datetime import timedelta
from functools import cache
from typing import Any, cast

import attrs

from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.hours import Shift
from ticketflow.errors import Problem

MOST: Mapping[tuple[str | int, ...], int] = {
    ("automations",): 1_000,
    ("calendars",): 100,
    ("clocks",): 100,
    ("templates",): 1_000,
    ("workflow", "states"): 200,
    ("workflow", "transitions"): 1_000,
    ("workflow", "fields"): 500,
    ("workflow", "openings"): 500,
    ("workflow", "pipelines"): 100,
    ("workflow", "lists"): 200,
    ("workflow", "groups"): 200,
    ("workflow", "outside_events"): 500,
    ("snoozing", "choices"): 50,
}
"""The length limits of some lists and objects."""
MOST_ITEMS = 1_000
"""The length limit of any other list, such as the rungs of a ladder or the choices of a field."""
MOST_DATED = 10_000
"""The length limit of any other object, such as the holidays of a calendar, and of lists of fixed intervals."""
MOST_SHIFTS = 50
"""The length limit of the hours of a day."""
MOST_COUNTRIES = 20
"""The number of places whose public holidays one rule set may use."""
MOST_BYTES = 2_097_152
"""The limit of what the texts and parts of a rule set take in a document; the document may have twice as many bytes."""
BYTES_A_PART = 16
"""Each value or key counts as this many bytes, and more if it takes more."""


def limit_problems(rules: Any, place: str) -> Iterator[Problem]:  # noqa: ANN401 -- a rule set
    """Yield a problem for each limit that a rule set exceeds."""
    size = _Size(place)
    total = size.of(rules, ())
    yield from size.problems
    if len(size.holidays) > MOST_COUNTRIES:
        what = f"the rule set uses the public holidays of {len(size.holidays)} places"
        yield Problem(f"{place}.calendars", what, f"use at most {MOST_COUNTRIES}", "too_many")
    if total + sum(size.holidays.values()) > MOST_BYTES:
        total += sum(each for known, each in size.holidays.items() if not _is_of_library(known))
        if total > MOST_BYTES:
            what = f"it takes about {total} bytes as a document"
            yield Problem(place, what, f"make it smaller: at most {MOST_BYTES}", "too_large")


def _is_of_library(known: PublicHolidays) -> bool:
    """Return whether documents write the country alone instead of its holidays."""
    from ticketflow.calendars.country_holidays import is_of_source  # noqa: PLC0415 -- slow to import

    return is_of_source(known)


class _Size:
    """Adds up an upper bound of the bytes that a definition takes in a document, and checks lengths on the way.

    Attributes:
        problems: The lengths that exceed their limits.
        holidays: The bytes of the public holidays of each place; documents can leave them out.
    """

    def __init__(self, place: str) -> None:
        self.problems: list[Problem] = []
        self.holidays: dict[PublicHolidays, int] = {}
        self._place = place
        self._known: dict[int, int] = {}  # combined calendars can hold one calendar many times

    def of(self, part: Any, path: tuple[str | int, ...]) -> int:  # noqa: ANN401 -- a part of a definition
        """Return the bytes of a part of a definition."""
        if isinstance(part, str):
            return _bytes_of(part)
        if isinstance(part, tuple | frozenset):
            self._check_length(part, path)
            if part and all(isinstance(each, Shift) for each in part):
                return _bytes_of_hours(cast("tuple[Shift, ...]", part))
            return _A_SCALAR + sum(2 + self.of(each, (*path, place)) for place, each in enumerate(part))
        if isinstance(part, Mapping):
            self._check_length(part, path)
            return _A_PART + sum(
                _bytes_of(str(key)) + 2 + self.of(held, (*path, str(key))) for key, held in part.items()
            )
        if isinstance(part, PublicHolidays):
            self._check_length(part.names, (*path, "names"))
            texts = sum(map(len, part.names.values()))  # not exact: every rule set is measured, and these are thousands
            self.holidays[part] = 4 * texts + _A_SCALAR * len(part.names)
            return _A_PART
        if isinstance(part, timedelta):
            return _A_SPAN
        if not attrs.has(type(part)):
            return _A_SCALAR
        if id(part) not in self._known:
            self._known[id(part)] = self._of_attributes(part, path)
        return self._known[id(part)]

    def _of_attributes(self, part: object, path: tuple[str | int, ...]) -> int:
        kind: Any = type(part)
        held = ((name, getattr(part, name)) for name in _attributes(kind))
        given = ((name, each) for name, each in held if each is not None and each not in ((), frozenset()))
        return _A_PART + sum(len(name) + 4 + self.of(each, (*path, name)) for name, each in given)

    def _check_length(self, part: Sized, path: tuple[str | int, ...]) -> None:
        most = MOST.get(path) or (
            MOST_DATED if isinstance(part, Mapping) or path[-1:] == ("stretches",) else MOST_ITEMS
        )
        if isinstance(part, tuple) and part and isinstance(part[0], Shift):
            most = MOST_SHIFTS
        if len(part) > most:
            where = "".join(f".{each}" if str(each).isidentifier() else f"[{each!r}]" for each in path)
            what = f"there are {len(part)} items"
            self.problems.append(Problem(self._place + where, what, f"give at most {most}", "too_many"))


_A_SCALAR = 32
"""A number, an instant, or the brackets of a list."""
_A_SPAN = 11 * BYTES_A_PART
"""A span: an object of up to five units."""
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_A_PART = 64
"""The braces and the tag of an object, or the header of a table in TOML."""


def _bytes_of_hours(hours: tuple[Shift, ...]) -> int:
    """Return the bytes of the hours of a day: a text if all are whole minutes and shorter than a day."""
    has_text = all(
        not shift.opens % _MINUTE and not shift.closes % _MINUTE and shift.closes - shift.opens < _DAY
        for shift in hours
    )
    return _A_SCALAR + (BYTES_A_PART if has_text else 2 * _A_SPAN + _A_SCALAR) * len(hours)


def _bytes_of(text: str) -> int:
    return BYTES_A_PART + len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@cache
def _attributes(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 -- an attrs class
    return tuple(field.name for field in attrs.fields(kind) if field.init)
