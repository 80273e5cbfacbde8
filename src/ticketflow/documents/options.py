"""The ready-made rule sets by name, with options given as plain data."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import cast

from ticketflow import presets
from ticketflow.documents.conversion import read_plain
from ticketflow.documents.problems import Flaw, FlawedError, flaws_of, gathered, refuse_unknown_keys
from ticketflow.errors import BadValueError, DefinitionError, TicketflowError, unknown_name
from ticketflow.presets.options import option_types
from ticketflow.rules.ruleset import Rules

_NO_DESKS = frozenset({"calendars", "options"})


@cache
def preset_names() -> tuple[str, ...]:
    """Return the names of the ready-made rule sets.

    >>> preset_names()[:2]
    ('adereso', 'embudo')
    """
    found = {module.name for module in pkgutil.iter_modules(presets.__path__)}
    return tuple(sorted(found - _NO_DESKS))


def preset(name: str) -> Callable[..., Rules]:
    """Return the function that builds a ready-made rule set.

    Raises:
        BadValueError: there is none of that name.
    """
    if name not in preset_names():
        problem = unknown_name("", "preset", str(name), preset_names())
        raise BadValueError(problem.what, problem.fix)
    return cast("Callable[..., Rules]", getattr(importlib.import_module(f"{presets.__name__}.{name}"), name))


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
        raise FlawedError(Flaw(("preset",), "unknown_name", error.what, error.fix)) from None
    hints = option_types(function)
    try:
        refuse_unknown_keys(options, hints)
        values = gathered(((key, key) for key in options), lambda key: read_plain(options[key], hints[key]))
        return function(**dict(zip(options, values, strict=True)))
    except FlawedError as error:
        raise FlawedError(*(flaw.under("options") for flaw in error.flaws)) from None
    except DefinitionError as error:  # its places are those of the rule set that the options would make
        wrong = (Flaw(("options",), each.code, f"{each.place}: {each.what}", each.fix) for each in error.problems)
        raise FlawedError(*wrong) from None
    except TicketflowError as error:
        raise FlawedError(*(flaw.under("options") for flaw in flaws_of(error))) from None
