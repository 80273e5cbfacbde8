"""The systems by name, and the function that imports their exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticketflow.errors import (
    BadValueError,
    DefinitionError,
    DocumentError,
    Problem,
    TicketflowError,
    unknown_name,
)
from ticketflow.importers.items import Imported
from ticketflow.importers.parts import Ledger, Part
from ticketflow.importers.sources import Source, plain_data
from ticketflow.importers.stale import STALE
from ticketflow.importers.systems import System

_ALL: tuple[System, ...] = (STALE,)
_SYSTEMS: Mapping[str, System] = {each.name: each for each in _ALL}


def system_names() -> tuple[str, ...]:
    """Return the names of all systems, in alphabetical order."""
    return tuple(_SYSTEMS)


def system(name: str) -> System:
    """Return a system by its name.

    Raises:
        BadValueError: No system has this name; the message suggests the closest one.
    """
    if name not in _SYSTEMS:
        problem = unknown_name("", "system", str(name), _SYSTEMS)
        raise BadValueError(problem.what, problem.fix)
    return _SYSTEMS[name]


def read(name: str, *sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import the exports of a system.

    Args:
        name: One of `system_names`.
        sources: The texts of its exports in JSON or YAML, or their parsed data.
        names: The names of the sources in messages and items. By default ``source 1``, ``source 2``, ….

    Raises:
        BadValueError: No system has this name, there is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of that system.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    return read_with(system(name), *sources, names=names)


def read_with(using: System, *sources: Source, names: Sequence[str] = ()) -> Imported:
    """Import exports with a system of your own, as `read` does with those of the library.

    Raises:
        BadValueError: There is no source, or the number of names is another.
        DocumentError: A source cannot be read, or nothing in it is of that system.
        MissingExtraError: A source is in YAML, and the extra `yaml` is not installed.
    """
    if not sources:
        raise BadValueError("there is no source", f"give {using.files}")
    if names and (isinstance(names, str) or len(names) != len(sources)):
        raise BadValueError(f"there are {len(sources)} sources and {len(names)} names", "name each source")
    called = [str(each) for each in names] or [f"source {place}" for place in range(1, len(sources) + 1)]
    parts = [Part(plain_data(each, name), Ledger(name)) for each, name in zip(sources, called, strict=True)]
    try:
        rules = using.convert(parts)
    except DocumentError:
        raise
    except DefinitionError as error:
        raise DocumentError(error.problems) from error
    except TicketflowError as error:
        what, _, fix = str(error).partition("; ")
        raise DocumentError((Problem(called[0], what, fix),)) from error
    items = tuple(item for part in parts for item in part.ledger.in_order(part.data))
    return Imported(using.name, rules, items)
