"""The exceptions of the library.

A refused command raises nothing; it returns a `ticketflow.engine.decisions.Refused`. An exception means that a
definition, an argument or a stored history is wrong, or that a calendar cannot answer. Fields are positional and stay
in ``args``, so the errors pickle. The classes and fields are stable; the wording of messages may change.
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import compress, count
from operator import ne
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

__all__ = [
    "BadValueError",
    "CalendarError",
    "ConflictError",
    "DefinitionError",
    "DocumentError",
    "HistoryError",
    "MissingExtraError",
    "NaiveDatetimeError",
    "NeverClosesError",
    "NeverOpenError",
    "OutOfRangeError",
    "Problem",
    "RefusedError",
    "TicketflowError",
    "UnknownHolidaysError",
]


class TicketflowError(Exception):
    """The base class of every exception that ticketflow raises on purpose. Never raised itself."""


@attrs.frozen
class Problem:
    """One thing wrong with a definition or a document.

    Attributes:
        place: Where it is, for people.
        what: What is wrong.
        fix: What would be right.
        code: The kind of mistake, for machines.
        pointer: Its place in the document, as a JSON pointer (RFC 6901); None if there is no document.
        line: The line of the text, from 1; None if the text is not known.
    """

    place: str
    what: str
    fix: str
    code: str = "bad_value"
    pointer: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.what}; {self.fix}"


_LONGEST_NAME, _MOST_OPTIONS, _MOST_SHOWN = 64, 500, 60
_MOST_COMPARED = 2_500
_LONGEST_SHOWN = 80


def unknown_name(place: str, kind: str, name: str, known: Iterable[str]) -> Problem:
    """Return the problem of a *name* that is not *known*, with the closest known name as the fix.

    >>> str(unknown_name("rules 'support', automations[2]", "state", "penidng", ["open", "pending"]))
    "rules 'support', automations[2]: no state 'penidng'; did you mean 'pending'?"
    """
    options = sorted(set(known))
    near = _nearest(name, options)
    shown = [*map(_shown, options[:_MOST_SHOWN]), *(["…"] if len(options) > _MOST_SHOWN else [])]
    fix = f"there are: {', '.join(shown) or 'none'}" if near is None else f"did you mean {near!r}?"
    return Problem(place, f"no {kind} {name!r:.200}", fix, "unknown_name")


def _nearest(name: str, options: list[str]) -> str | None:
    """Return the option that was likely meant; None if no option is close.

    Comparing texts costs the product of their lengths, and an untrusted document can have thousands of names. If there
    are many options, only single typing mistakes are recognized.
    """
    if len(name) > _LONGEST_NAME or len(options) > _MOST_OPTIONS:
        return None
    if len(name) * sum(map(len, options)) <= _MOST_COMPARED:
        return next(iter(get_close_matches(name, options, n=1)), None)
    return next((option for option in options if _is_slip(name, option)), None)


def _is_slip(name: str, option: str) -> bool:
    """Return True if the names differ by one added, missing or replaced character, or by two swapped ones."""
    if abs(len(name) - len(option)) > 1:
        return False
    begins = next(compress(count(), map(ne, name, option)), min(len(name), len(option)))
    rest, other = name[begins:], option[begins:]
    is_swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return is_swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def _shown(option: str) -> str:
    short = option if len(option) <= _LONGEST_SHOWN else f"{option[:_LONGEST_SHOWN]}…"
    return short if short.isprintable() else ascii(short)[1:-1]


@attrs.frozen
class DefinitionError(TicketflowError, ValueError):
    """A calendar, a workflow or a rule set is wrong as written; all its problems are listed together."""

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@attrs.frozen
class BadValueError(TicketflowError, ValueError):
    """A value that no rule set accepts, such as an id that is not ASCII, or a fraction instead of a whole number."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}; {self.fix}"


@attrs.frozen
class MissingExtraError(TicketflowError, ImportError):
    """A function needs a package that only an extra installs.

    Attributes:
        what: What needs it.
        package: The package.
        extra: The extra of ticketflow that installs it.
    """

    what: str
    package: str
    extra: str

    def __str__(self) -> str:
        return f"{self.what} need the package {self.package}; install it with pip install 'ticketflow[{self.extra}]'"


@attrs.frozen
class NaiveDatetimeError(TicketflowError, ValueError):
    """A public function was given a datetime without a time zone, which is not an instant."""

    name: str
    value: datetime

    def __str__(self) -> str:
        return (
            f"{self.name} is {self.value.isoformat()}, which has no time zone; "
            "give an aware datetime, for example datetime(..., tzinfo=UTC) or ZoneInfo('America/Sao_Paulo')"
        )


class CalendarError(TicketflowError, ValueError):
    """A calendar has no answer: it never opens, it never closes, or the answer is out of range. Never raised itself."""


@attrs.frozen
class OutOfRangeError(CalendarError):
    """An answer lies outside the years 1 to 9999 that a datetime can hold."""

    what: str

    def __str__(self) -> str:
        return f"{self.what} lies outside the years 1 to 9999; give an instant or a span that stays within them"


@attrs.frozen
class NeverOpenError(CalendarError):
    """A calendar has no opening where one was needed."""

    zone: str
    since: datetime

    def __str__(self) -> str:
        return (
            f"the calendar of {self.zone} does not open often enough from {self.since.isoformat()} on; "
            "give it weekly hours or later special openings"
        )


@attrs.frozen
class NeverClosesError(CalendarError):
    """A calendar has no closing where one was needed."""

    zone: str
    since: datetime

    def __str__(self) -> str:
        return (
            f"the calendar of {self.zone} never closes from {self.since.isoformat()} on; "
            "give it hours that end, or do not ask for its closing"
        )


@attrs.frozen
class UnknownHolidaysError(TicketflowError, ValueError):
    """A query needs holidays that are not known: beyond the years of their source, or after the end of a dated list.

    Attributes:
        country: The country; for a dated list, the zone of the calendar.
        first_year: The first year that is known.
        last_year: The last year that is known.
        asked_year: The year that is needed.
        dated_until: The last date for which a dated list is meant; None if public holidays are not known.
    """

    country: str
    first_year: int
    last_year: int
    asked_year: int
    dated_until: date | None = None

    def __str__(self) -> str:
        if self.dated_until is not None:
            return (
                f"the dates of the calendar of {self.country} are listed until {self.dated_until} only; ask within "
                "that time, list more dates and move dated_until, or build the calendar with beyond_known='assume_none'"
            )
        return (
            f"public holidays of {self.country} are known for {self.first_year} to {self.last_year}, not for "
            f"{self.asked_year}; ask within them, update the holidays package, or build the calendar with "
            "beyond_known='assume_none'"
        )


@attrs.frozen
class HistoryError(TicketflowError, ValueError):
    """A stored history or a plan is not valid: an entry is missing, an id is repeated, or an instant decreases."""

    ticket: str
    sequence: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"history of ticket {self.ticket!r}, entry {self.sequence}: {self.what}; {self.fix}"


@attrs.frozen
class ConflictError(TicketflowError):
    """A store refuses a transaction because one of its tickets changed after it was loaded. Nothing was stored.

    Attributes:
        ticket: The ticket's id.
        version: The version that the transaction goes on from; 0 for a ticket that it opens.
    """

    ticket: str
    version: int

    def __str__(self) -> str:
        has = f"no longer has the history of version {self.version}" if self.version else "exists already"
        return f"ticket {self.ticket!r} {has}; load it and start again"


@attrs.frozen
class DocumentError(TicketflowError, ValueError):
    """A document or a line of a file that cannot be read; all its problems are listed together.

    Attributes:
        problems: Everything wrong with it.
        ticket: The id of the ticket that it is about, if that could be read.
    """

    problems: tuple[Problem, ...]
    ticket: str | None = None

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@attrs.frozen
class RefusedError(TicketflowError):
    """A command was refused, and the caller asked for an exception (`Refused.unwrap`).

    Attributes:
        ticket: The ticket's id; ``?`` if there is none.
        reasons: Every reason, in words.
        kinds: The refusal codes of the reasons (docs/refusals.md).
    """

    ticket: str
    reasons: tuple[str, ...]
    kinds: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"ticket {self.ticket!r}: " + "; ".join(self.reasons)
