"""Validation of the options that presets take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, get_type_hints

from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import check_argument

T = TypeVar("T")


def refuse_wrong_options(preset: Callable[..., object], given: Mapping[str, object]) -> None:
    """Check the options of a preset against the types in its signature.

    Args:
        preset: The preset's function.
        given: Its arguments by name, as ``locals()`` returns them on the function's first line.

    Raises:
        BadValueError: an option has the wrong type; the message names the first one.
    """
    for name, kind in option_types(preset).items():
        check_argument(given[name], kind, f"{preset.__name__}.{name}")


@cache
def option_types(preset: Callable[..., object]) -> Mapping[str, Any]:
    """Return the types of a preset's options, by name.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> sorted(option_types(servicenow))
    ['close_after', 'frozen']
    """
    return {name: kind for name, kind in get_type_hints(preset).items() if name != "return"}


def members(values: Iterable[T], kind: type[T], option: str) -> tuple[T, ...]:
    """Return the members of an option that lists several values.

    Raises:
        BadValueError: *values* is not a collection, or a member is not a *kind*.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise BadValueError(f"{option}: {values!r:.200}", "give a tuple or a set")
    found = tuple(values)
    for member in found:
        if not isinstance(member, kind):
            raise BadValueError(f"{option}: {member!r:.200}", f"list only values of type {kind.__name__}")
    return found
