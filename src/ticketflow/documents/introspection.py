"""Inspect classes and annotations for documents: attributes, choices between classes, collections."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
from ticketflow.documents.tags import BY_KEY, COMMANDS, TAGS
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.tickets.messages import Mail, Message

T = TypeVar("T")


class Partial(FrozenMap[str, Any], Generic[T]):
    """Some attributes of a class, by name."""

    __slots__ = ()


COLLECTIONS: Mapping[Any, Callable[[list[Any]], object]] = {
    tuple: tuple,
    frozenset: frozenset,
    PersistentList: lambda items: PersistentList.of(*items),
    Iterable: tuple,
    Sequence: tuple,
}
"""The collections that documents write as lists, each with the function that makes one of a list."""


@cache
def attributes(kind: Any) -> Mapping[str, attrs.Attribute[Any]]:  # noqa: ANN401 -- an attrs class
    """Return the attributes of a class that its documents have, by name."""
    return {field.name: field for field in attrs.fields(kind) if field.init}


@cache
def hint_of(kind: Any, name: str) -> Any:  # noqa: ANN401 -- an annotation
    """Return the annotation of an attribute."""
    return get_type_hints(kind)[name]


def needed_attributes(kind: type) -> list[str]:
    """Return the names of the attributes that have no default."""
    return [name for name, field in attributes(kind).items() if field.default is attrs.NOTHING]


def options(kind: object) -> tuple[object, ...]:
    """Return the members of a union without None; of any other annotation, the annotation itself."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(each for each in get_args(kind) if each is not types.NoneType)
    return (kind,)


def is_optional(kind: object) -> bool:
    """Return whether an annotation is a union with None."""
    return get_origin(kind) in (Union, types.UnionType) and types.NoneType in get_args(kind)


def without_none(kind: Any) -> Any:  # noqa: ANN401 -- annotations
    """Return an optional annotation without None."""
    return Union[options(kind)]  # noqa: UP007 -- the members are known only at run time


def classes(kind: object) -> frozenset[type]:
    """Return the attrs classes that an annotation allows.

    >>> from ticketflow.calendars.spans import AfterDue
    >>> sorted(each.__name__ for each in classes(AfterDue | None))
    ['AfterDue']
    """
    if kind is Calendar:
        return frozenset({BusinessCalendar, CombinedCalendar, FixedIntervals})
    if kind is Message:
        return frozenset({Message, Mail})
    return frozenset(each for each in options(kind) if isinstance(each, type) and attrs.has(each))


def deciding_keys(among: frozenset[type]) -> tuple[tuple[str, type], ...]:
    """Return the keys that tell these classes apart, in order. The first key that an object has decides.

    A class without an entry in `BY_KEY` is recognized by its first attribute. Classes with tags and commands have none.
    """
    if any(kind in TAGS or kind in COMMANDS for kind in among):
        return ()
    listed = tuple((key, kind) for group, key, kind in BY_KEY if group == among)
    return listed or tuple(
        (next(iter(attributes(kind))), kind) for kind in sorted(among, key=lambda kind: kind.__name__)
    )
