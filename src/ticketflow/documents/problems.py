"""Problems of plain data, collected part by part.

Source: docs/semantics.md 6.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import attrs

from ticketflow.documents.locations import line_at, lines_of
from ticketflow.documents.parsing import Document, Plain
from ticketflow.documents.paths import Path, path_of, pointer, spoken
from ticketflow.errors import BadValueError, DefinitionError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.kernel.names import readable

P = TypeVar("P")
T = TypeVar("T")

MOST_PROBLEMS = 50
"""The most problems that are reported at once; untrusted data can have any number."""


@attrs.frozen
class DataProblem:
    """Something wrong with plain data.

    It becomes an `ticketflow.errors.Problem` once the document around it is known.

    Attributes:
        path: The keys and indices that lead to it.
        code: The kind of mistake.
        what: What is wrong.
        fix: What would be right, with examples in JSON.
        fix_in_toml: The fix with examples in TOML, if it has any.
    """

    path: Path
    code: str
    what: str
    fix: str
    fix_in_toml: str | None = None

    def under(self, *parts: str | int) -> DataProblem:
        """Return the same problem seen from a container around it; *parts* lead from there to this data."""
        return attrs.evolve(self, path=(*parts, *self.path))


class DataError(Exception):
    """Plain data has problems. Functions for users raise `ticketflow.errors.DocumentError` instead."""

    def __init__(self, *problems: DataProblem) -> None:
        super().__init__(problems)
        self.problems = problems[:MOST_PROBLEMS]

    def under(self, *parts: str | int) -> DataError:
        """Return the same error seen from a container around the data."""
        return DataError(*(problem.under(*parts) for problem in self.problems))


def data_error(code: str, what: str, fix: str, *path: str | int, fix_in_toml: str | None = None) -> DataError:
    """Return an error with one problem."""
    return DataError(DataProblem(path, code, what, fix, fix_in_toml))


def as_data_error(error: DataError | TicketflowError) -> DataError:
    """Return an error of the classes that data is made into as problems of that data."""
    if isinstance(error, DataError):
        return error
    if isinstance(error, DefinitionError):
        return DataError(*(DataProblem(path_of(each.place), each.code, each.what, each.fix) for each in error.problems))
    if isinstance(error, BadValueError):
        return data_error("bad_value", error.what, error.fix)
    what, _, fix = str(error).partition("; ")
    return data_error("bad_value", what, fix)


def collect(parts: Iterable[tuple[str | int, P]], read: Callable[[P], T]) -> list[T]:
    """Call *read* with each part, and collect the problems of all.

    Args:
        parts: Each with its key or index.
        read: Reads one part.

    Returns:
        The results, in order.

    Raises:
        DataError: Some parts have problems; these of all parts, up to `MOST_PROBLEMS`.

    >>> collect([("days", "2")], int)
    [2]
    """
    found: list[T] = []
    problems: list[DataProblem] = []
    for name, part in parts:
        try:
            found.append(read(part))
        except (DataError, TicketflowError) as error:
            problems += as_data_error(error).under(name).problems
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise DataError(*problems)
    return found


def unknown_keys(given: Mapping[str, object], known: Iterable[str]) -> Iterator[DataProblem]:
    """Yield a problem for each key of an object that is not *known*, in the same order in every process."""
    for key in sorted(given.keys() - set(known))[:MOST_PROBLEMS]:
        problem = unknown_name("", "key", key, known)
        yield DataProblem((key,), "unknown_key", problem.what, problem.fix)


def refuse_unknown_keys(given: Mapping[str, object], known: Iterable[str]) -> None:
    """Check that all keys of an object are *known*.

    Raises:
        DataError: The object has other keys.
    """
    problems = list(unknown_keys(given, known))
    if problems:
        raise DataError(*problems)


def document_error(error: DataError, document: Document, ticket: str | None = None) -> DocumentError:
    """Return the error of a document whose data has problems, with the line and the JSON pointer of each.

    Args:
        error: The problems of the data.
        document: The document.
        ticket: The id of the ticket that it is about, if known.
    """
    ways = [tuple(with_tags(problem.path, document.data)) for problem in error.problems]
    lines = {} if document.text is None else lines_of(document.text, document.written, ways)
    pairs = zip(error.problems, ways, strict=True)
    return DocumentError(tuple(_located(each, way, document, line_at(way, lines)) for each, way in pairs), ticket)


def with_tags(path: Path, data: Plain) -> Iterator[str | int]:
    """Yield the parts of a path of attributes, with the tags that stand between them in a document.

    >>> [*with_tags(("when", "span"), {"when": {"after": {"span": 5}}})]
    ['when', 'after', 'span']
    """
    for part in path:
        if isinstance(data, dict) and part not in data and len(data) == 1:
            ((tag, inner),) = data.items()
            if isinstance(inner, dict) and part in inner:
                yield tag
                data = inner
        yield part
        data = _inside(data, part)


def _inside(data: Plain, part: str | int) -> Plain:
    if isinstance(data, dict) and isinstance(part, str):
        return data.get(part)
    return data[part] if isinstance(data, list) and isinstance(part, int) and part < len(data) else None


def _located(problem: DataProblem, way: Path, document: Document, line: int | None) -> Problem:
    name = document.name if line is None else f"{document.name}:{line}"
    place = ", ".join(filter(None, (name, spoken(problem.path))))
    fix = problem.fix
    if document.written == "toml":
        fix = problem.fix_in_toml or _TYPES_IN_TOML.get(fix, fix)
    return Problem(place, _shown(problem.what), _shown(fix), problem.code, pointer(way), line)


_TYPES_IN_TOML: Mapping[str, str] = {"give an object": "give a table", "give a list": "give an array"}
"""Fixes that name a type of JSON, with the name that TOML has for it."""


def _shown(text: str) -> str:
    """Return a message, which may quote untrusted text, in one printable line of limited length."""
    return readable(text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…")


_LONGEST_MESSAGE = 2_000
