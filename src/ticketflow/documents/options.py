"""Build presets with options given as plain data."""

from __future__ import annotations

from collections.abc import Mapping

from ticketflow.documents.conversion import read_plain
from ticketflow.documents.problems import (
    DataError,
    DataProblem,
    as_data_error,
    collect,
    data_error,
    refuse_unknown_keys,
)
from ticketflow.errors import BadValueError, DefinitionError, TicketflowError
from ticketflow.presets.options import option_types
from ticketflow.presets.registry import preset
from ticketflow.rules.ruleset import Rules


def build(name: str, options: Mapping[str, object]) -> Rules:
    """Return a preset built with options.

    Args:
        name: The name of the preset.
        options: The arguments of its function by name, as documents write values of their types.

    Raises:
        DataError: There is no such preset, or an option is unknown, not valid, or makes the rule set invalid.

    >>> build("senior", {"close_after": {"elapsed": {"days": 3}}}).name
    'senior'
    """
    try:
        function = preset(name)
    except BadValueError as error:
        raise data_error("unknown_name", error.what, error.fix, "preset") from None
    hints = option_types(function)
    try:
        refuse_unknown_keys(options, hints)
        values = collect(((key, key) for key in options), lambda key: read_plain(options[key], hints[key]))
        return function(**dict(zip(options, values, strict=True)))
    except DefinitionError as error:  # its places are those of the rule set that the options would give
        problems = (
            DataProblem(("options",), each.code, f"{each.place}: {each.what}", each.fix) for each in error.problems
        )
        raise DataError(*problems) from None
    except (DataError, TicketflowError) as error:
        raise as_data_error(error).under("options") from None
