"""The systems by name, and the function that imports their exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticketflow.errors import BadValueError, unknown_name
from ticketflow.importers.freshdesk import FRESHDESK, FRESHSERVICE
from ticketflow.importers.glpi import GLPI
from ticketflow.importers.items import Imported
from ticketflow.importers.osticket import OSTICKET
from ticketflow.importers.sources import Source
from ticketflow.importers.stale import STALE
from ticketflow.importers.systems import System, read_with
from ticketflow.importers.zammad import ZAMMAD
from ticketflow.importers.zendesk import ZENDESK

_ALL: tuple[System, ...] = (FRESHDESK, FRESHSERVICE, GLPI, OSTICKET, STALE, ZAMMAD, ZENDESK)
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
