"""The ready-made rule sets by name, with options given as plain data."""

from __future__ import annotations

from collections.abc import Mapping

from ticketflow.documents.conversion import read_plain
from ticketflow.documents.problems import DataError, DataProblem, data_problems_of, gathered, refuse_unknown_keys
from ticketflow.errors import BadValueError, DefinitionError, TicketflowError
from ticketflow.presets.options import option_types
from ticketflow.presets.registry import preset
from ticketflow.rules.ruleset import Rules


def build(name: str, options: Mapping[str, object]) -> Rules:
    """Return a ready-made rule set with options given as plain data.

    Args:
        name: Its name.
        options: Arguments of its function, by name, each as documents write values of its type.

    Raises:
        FlawedError: there is no such rule set, or an option is none, is wrong, or makes no sense.

    >>> build("senior", {"close_after": {"elapsed": {"days": 3}}}).name
    'senior'
    """
    try:
        function = preset(name)
    except BadValueError as error:
        raise DataError(DataProblem(("preset",), "unknown_name", error.what, error.fix)) from None
    hints = option_types(function)
    try:
        refuse_unknown_keys(options, hints)
        values = gathered(((key, key) for key in options), lambda key: read_plain(options[key], hints[key]))
        return function(**dict(zip(options, values, strict=True)))
    except DataError as error:
        raise DataError(*(flaw.under("options") for flaw in error.problems)) from None
    except DefinitionError as error:  # its places are those of the rule set that the options would make
        wrong = (
            DataProblem(("options",), each.code, f"{each.place}: {each.what}", each.fix) for each in error.problems
        )
        raise DataError(*wrong) from None
    except TicketflowError as error:
        raise DataError(*(flaw.under("options") for flaw in data_problems_of(error))) from None
