"""What is wrong with plain data, found part by part and told together.

Source: docs/semantics.md 6.2.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import attrs

from ticketflow.errors import BadValueError, DefinitionError, TicketflowError, unknown_name

P = TypeVar("P")
T = TypeVar("T")

MOST_PROBLEMS = 50
"""How many are told at once; a stranger can make more mistakes than anybody reads."""


@attrs.frozen
class DataProblem:
    """Something wrong with plain data.

    Attributes:
        path: The keys and indices that lead to it.
        code: Which kind of mistake it is.
        what: What is wrong.
        fix: What would be right.
    """

    path: tuple[str | int, ...]
    code: str
    what: str
    fix: str

    def under(self, *parts: str | int) -> DataProblem:
        """Return the same flaw of what lies deeper by *parts*."""
        return DataProblem((*parts, *self.path), self.code, self.what, self.fix)


class DataError(Exception):
    """Data that is not what it should be; all its flaws. Never leaves the package's documents."""

    def __init__(self, *flaws: DataProblem) -> None:
        super().__init__(flaws)
        self.problems = flaws[:MOST_PROBLEMS]


def data_error(code: str, what: str, fix: str) -> DataError:
    """Return the error of data of which this is wrong as a whole."""
    return DataError(DataProblem((), code, what, fix))


def data_problems_of(error: TicketflowError) -> Iterator[DataProblem]:
    """Yield what a class of the library found wrong with what it was given."""
    if isinstance(error, DefinitionError):
        for problem in error.problems:
            yield DataProblem(_path(problem.place), problem.code, problem.what, problem.fix)
    elif isinstance(error, BadValueError):
        yield DataProblem((), "bad_value", error.what, error.fix)
    else:
        what, _, fix = str(error).partition("; ")
        yield DataProblem((), "bad_value", what, fix)


_QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_WHOLE = re.compile(rf"rules(?: {_QUOTED})?(?:, |(?=\.)|$)")
_PART = re.compile(rf"\.?([a-z_]+)|\[(\d+)\]|\[({_QUOTED})\]| {_QUOTED}")


def _path(place: str) -> tuple[str | int, ...]:
    """Return the keys and indices of a definition's place, such as ``rules 'x', workflow.states[1] 'open'.masks``.

    A place of another form, such as that of a calendar that does not know its own name, is that of the whole.
    """
    whole = _WHOLE.match(place)
    if whole is None:
        return ()
    found = (match.groups() for match in _PART.finditer(place, whole.end()))
    parts = (int(index) if index else name or (key and literal_eval(key)) for name, index, key in found)
    return tuple(part for part in parts if part is not None)


def gathered(parts: Iterable[tuple[str | int, P]], read: Callable[[P], T]) -> list[T]:
    """Return what *read* makes of each part.

    Args:
        parts: Each with the key or index under which it stands.
        read: What makes a value of it.

    Raises:
        FlawedError: some are flawed; the flaws of all of them.

    >>> gathered([("days", "2")], int)
    [2]
    """
    found: list[T] = []
    flaws: list[DataProblem] = []
    for name, part in parts:
        try:
            found.append(read(part))
        except DataError as error:
            flaws += (flaw.under(name) for flaw in error.problems)
        except TicketflowError as error:
            flaws += (flaw.under(name) for flaw in data_problems_of(error))
        if len(flaws) >= MOST_PROBLEMS:
            break
    if flaws:
        raise DataError(*flaws)
    return found


def refuse_unknown_keys(given: Mapping[str, object], known: Iterable[str]) -> None:
    """Check that an object has no other keys than the *known* ones.

    Raises:
        FlawedError: it has.
    """
    flaws = []
    unknown = sorted(given.keys() - set(known))  # in every process the same ones are told
    for key in unknown[:MOST_PROBLEMS]:
        problem = unknown_name("", "key", key, known)
        flaws.append(DataProblem((key,), "unknown_key", problem.what, problem.fix))
    if flaws:
        raise DataError(*flaws)
