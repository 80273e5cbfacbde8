"""Ready-made rule sets: real help desks, each as one value of `ticketflow.rules.ruleset.Rules`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, get_type_hints

from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import check_argument

T = TypeVar("T")


def refuse_wrong_options(preset: Callable[..., object], given: Mapping[str, object]) -> None:
    """Check the options that a preset was called with against its signature.

    Args:
        preset: The function.
        given: Its arguments by name: what ``locals()`` is in its first line.

    Raises:
        BadValueError: An option has another type. The first is named.
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
    """Return what an option lists.

    Raises:
        BadValueError: it lists something that is not of *kind*.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise BadValueError(f"{option}: {values!r:.200}", "give a tuple or a set")
    found = tuple(values)
    for each in found:
        if not isinstance(each, kind):
            raise BadValueError(f"{option}: {each!r:.200}", f"list nothing but {kind.__name__}s")
    return found
