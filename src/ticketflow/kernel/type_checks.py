"""Whether a value is what its class says of it: the annotations of attrs classes, read at run time.

Definitions and commands come from people; what they are made of is checked once, when they come together, so that
everything above can rely on its types.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ticketflow.errors import BadValueError, Problem
from ticketflow.kernel.frozen_map import FrozenMap

_DEEPEST = 50


@cache
def _annotations(kind: Any) -> Mapping[str, object]:  # noqa: ANN401 -- an attrs class
    return get_type_hints(kind)


def problems_of(value: Any, place: str, *, choices: bool = False, depth: int = 0) -> Iterator[Problem]:  # noqa: ANN401 -- an attrs value
    """Yield a problem for each part of an attrs value that is not of the type its class gives it.

    Args:
        value: A value of an attrs class.
        place: Where it stands, for messages; parts are named behind a dot.
        choices: Whether to look for texts that are none of their choices, and not for values of another type.
        depth: How deep it lies in what is checked.
    """
    if depth > _DEEPEST:
        yield Problem(place, f"it is nested over {_DEEPEST} deep", "say it with less nesting")
        return
    kind: Any = type(value)
    hints = _annotations(kind)
    for field in attrs.fields(kind):
        if field.init:
            part, where = getattr(value, field.name), f"{place}.{field.name}" if place else field.name
            yield from _problems(part, hints[field.name], where, choices=choices, depth=depth)


def _problems(value: object, kind: Any, place: str, *, choices: bool, depth: int) -> Iterator[Problem]:  # noqa: ANN401 -- an annotation
    if not _fits(value, kind):
        if choices is (isinstance(value, str) and _is_choice(kind)):
            yield Problem(place, f"it is {value!r:.200}", f"give {_spoken(kind)}")
    elif attrs.has(type(value)):
        yield from problems_of(value, place, choices=choices, depth=depth + 1)
    elif isinstance(value, tuple):
        part = _part_of(kind)
        for index, each in enumerate(value):
            yield from _problems(each, part, f"{place}[{index}]", choices=choices, depth=depth)
    elif isinstance(value, Mapping):
        part = _part_of(kind, -1)
        for key, each in value.items():
            yield from _problems(each, part, f"{place}[{key!r}]", choices=choices, depth=depth)


def _fits(value: object, kind: Any) -> bool:  # noqa: ANN401 -- an annotation
    """Return whether *value* is of *kind*, not looking into it; a truth value is no number."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if kind in (None, types.NoneType):
        return value is None
    if kind is int:
        return type(value) is int
    plain = origin or kind
    return not isinstance(plain, type) or isinstance(value, plain)


def _is_choice(kind: Any) -> bool:  # noqa: ANN401 -- an annotation
    return get_origin(kind) is Literal or any(map(_is_choice, get_args(kind)))


def _part_of(kind: Any, index: int = 0) -> Any:  # noqa: ANN401 -- an annotation
    """Return the type of what a tuple or a map holds."""
    arguments = get_args(kind)
    return arguments[index] if arguments else object


def _spoken(kind: Any) -> str:  # noqa: ANN401 -- an annotation
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return " or ".join(_spoken(each) for each in get_args(kind))
    if origin is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if kind in (None, types.NoneType):
        return "None"
    plain = origin or kind
    return _WORDS.get(plain, getattr(plain, "__name__", str(plain)))


_WORDS: Mapping[object, str] = {
    str: "a text",
    int: "a whole number",
    bool: "True or False",
    tuple: "a tuple",
    frozenset: "a set",
}


def refuse_wrong_types(value: object) -> None:
    """Check the parts of an attrs value against its class.

    Raises:
        BadValueError: a part is of another type; the first is named.
    """
    if _parts_pass(value):
        return
    name = type(value).__name__
    first = (*problems_of(value, name), *problems_of(value, name, choices=True))[0]
    raise BadValueError(f"{first.place}: {first.what}", first.fix)


def fits(value: object) -> bool:
    """Return whether all parts of an attrs value are of the types its class gives them: `problems_of`, sooner."""
    try:
        return _parts_pass(value)
    except RecursionError:  # nested so deep that it must be said
        return False


@cache
def _passes(kind: Any) -> Callable[[object], bool]:  # noqa: ANN401 -- an annotation
    """Return a test of whether a value and all its parts are of *kind*: what `_problems` finds nothing in, sooner."""
    if isinstance(kind, type) and attrs.has(kind):
        return lambda value: isinstance(value, kind) and _parts_pass(value)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = tuple(_passes(each) for each in get_args(kind))
        return lambda value: any(option(value) for option in options)
    if origin in (tuple, FrozenMap):
        part = _passes(_part_of(kind, 0 if origin is tuple else -1))
        return lambda value: isinstance(value, origin) and all(map(part, _members(value)))
    return lambda value: _fits(value, kind)


def _members(value: Any) -> Any:  # noqa: ANN401 -- a tuple or a map
    return value.values() if isinstance(value, Mapping) else value


@cache
def _parts(kind: Any) -> tuple[tuple[Callable[[object], object], Callable[[object], bool]], ...]:  # noqa: ANN401 -- an attrs class
    hints = _annotations(kind)
    return tuple((attrgetter(field.name), _passes(hints[field.name])) for field in attrs.fields(kind) if field.init)


def _parts_pass(value: Any) -> bool:  # noqa: ANN401 -- an attrs value
    kind: Any = type(value)
    return all(passes(part(value)) for part, passes in _parts(kind))
