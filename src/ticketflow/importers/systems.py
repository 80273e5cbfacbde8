"""What a system is to the importers, and how one is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from ticketflow.errors import BadValueError, DefinitionError, DocumentError, Problem, TicketflowError
from ticketflow.importers.items import Imported
from ticketflow.importers.parts import Ledger, Part
from ticketflow.importers.sources import Source, plain_data
from ticketflow.rules.ruleset import Rules


@attrs.frozen
class System:
    """A system whose exports can be imported.

    Attributes:
        name: The name on the command line, such as ``zendesk``.
        title: The name that people know.
        convert: Makes a rule set of the sources, and says what became of their parts.
        files: What files it takes, for the help.
        added: What the rule set has that no source says: the system's fixed statuses and built-in rules, and the preset
            or the vendor's page that has them.
    """

    name: str
    title: str
    convert: Callable[[Sequence[Part]], Rules]
    files: str
    added: tuple[str, ...] = ()


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
    return Imported(using.name, rules, items, using.added)
