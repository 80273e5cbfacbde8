"""Check values against the annotations of their attrs classes, at run time.

A definition checks its own attributes when it is built. A part that is a definition itself was checked when *it* was
built, so only its class is looked at. Everything above can rely on its types.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from ticketflow.errors import BadValueError, Problem
from ticketflow.kernel.frozen_map import FrozenMap

T = TypeVar("T")

_Test = Callable[[object], bool]


def refuse_wrong_types(value: Any) -> None:  # noqa: ANN401 -- an attrs value
    """Check the attributes of a new attrs value against the annotations of its class.

    Classes use it as their ``__attrs_post_init__``. A list, or another ordered iterable, that is given for a tuple
    becomes a tuple; a text does not.

    Raises:
        BadValueError: An attribute, or a part of one, has another type. The first is named.
    """
    kind: Any = type(value)
    if _is_right(kind)(value):
        return
    first = next(problems_of(value, kind.__name__), None)
    if first is not None:
        raise _error(first)


def problems_of(value: Any, place: str) -> Iterator[Problem]:  # noqa: ANN401 -- an attrs value
    """Yield a problem for each attribute of a new attrs value, or part of one, that has the wrong type.

    Ordered iterables that are given for tuples become tuples first, as in `refuse_wrong_types`.

    Args:
        value: A value of an attrs class.
        place: Where it stands, for messages; attributes are named behind a dot.
    """
    owner: Any = type(value)
    for read, passes, field in _checks(owner):
        if not passes(read(value)):
            kind = _annotations(owner)[field]
            if get_origin(kind) is tuple and _is_ordered(read(value)):
                object.__setattr__(value, field, tuple(cast("Iterable[object]", read(value))))
            if not passes(read(value)):
                yield from _problems(read(value), kind, f"{place}.{field}")


def _is_ordered(value: object) -> bool:
    """Return True if *value* holds parts in an order, and is not a text."""
    return isinstance(value, Iterable) and not isinstance(value, tuple | str | bytes | Mapping | AbstractSet)


def _error(problem: Problem) -> BadValueError:
    return BadValueError(problem.place + problem.what.removeprefix("it"), problem.fix)


def check_argument(value: object, kind: Any, name: str) -> None:  # noqa: ANN401 -- an annotation
    """Check an argument of a function against a type.

    Args:
        value: The argument.
        kind: An annotation: a class, a union, a tuple of one type, or a `Literal`.
        name: The name of the argument, for the message.

    Raises:
        BadValueError: *value* has another type.

    >>> check_argument(5, str | None, "zone")
    Traceback (most recent call last):
        ...
    ticketflow.errors.BadValueError: zone is 5; give a text or None
    """
    if not _passes(kind)(value):
        raise _error(next(_problems(value, kind, name)))


def items_of(values: Iterable[T], kind: Any, name: str) -> Iterator[T]:  # noqa: ANN401 -- an annotation
    """Return an iterator over an argument that checks each item as it comes.

    Raises:
        BadValueError: *values* is not an iterable of *kind*; raised at once for what is not iterable, and otherwise
            when the item is reached.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise BadValueError(f"{name} is {values!r:.200}", f"give an iterable of {spoken(kind)}")
    return _checked(values, kind, name)


def _checked(values: Iterable[T], kind: Any, name: str) -> Iterator[T]:  # noqa: ANN401 -- an annotation
    for index, value in enumerate(values):
        check_argument(value, kind, f"{name}[{index}]")
        yield value


@cache
def _annotations(kind: Any) -> Mapping[str, object]:  # noqa: ANN401 -- an attrs class
    return get_type_hints(kind)


@cache
def _checks(kind: Any) -> tuple[tuple[Callable[[object], object], _Test, str], ...]:  # noqa: ANN401 -- an attrs class
    """Return the getter, the test and the name of each attribute that the initializer takes."""
    hints = _annotations(kind)
    given = (field.name for field in attrs.fields(kind) if field.init)
    return tuple((attrgetter(name), _passes(hints[name]), name) for name in given)


@cache
def _is_right(kind: Any) -> _Test:  # noqa: ANN401 -- an attrs class
    """Return a test of all attributes that the initializer takes, made as one expression."""
    hints = _annotations(kind)
    names: dict[str, object] = {}
    given = (field.name for field in attrs.fields(kind) if field.init)
    tests = [_expression(hints[name], f"value.{name}", f"of_{name}", names) for name in given]
    made: _Test = eval(f"lambda value: {' and '.join(tests) or True}", names)  # noqa: S307 -- of attribute names
    return made


def _expression(kind: Any, read: str, name: str, names: dict[str, object]) -> str:  # noqa: ANN401 -- an annotation
    """Return the source of a test of what *read* yields. It looks at exact classes first; they are the usual case.

    The objects that it names are kept in *names*, under names that begin with *name*.
    """
    origin = get_origin(kind)
    options = get_args(kind) if origin in (Union, types.UnionType) else (origin or kind,)
    classes = frozenset(each for each in options if isinstance(each, type) and get_origin(each) is None)
    names[name] = _passes(kind)
    names[f"{name}_in"] = classes - {tuple, FrozenMap}
    if classes == {FrozenMap}:
        names[f"{name}_map"] = FrozenMap
        return f"({read}.__class__ is {name}_map and not {read} or {name}({read}))"
    if not names[f"{name}_in"]:
        return f"{name}({read})"
    return f"({read}.__class__ in {name}_in or {name}({read}))"


def _problems(value: object, kind: Any, place: str) -> Iterator[Problem]:  # noqa: ANN401 -- an annotation
    """Yield the problems of a value that does not pass: those of its parts, if it is a tuple or a map as it should."""
    origin = get_origin(kind)
    if origin is tuple and isinstance(value, tuple) and get_args(kind)[1:] == (...,):
        part = get_args(kind)[0]
        for index, each in enumerate(value):
            if not _passes(part)(each):
                yield from _problems(each, part, f"{place}[{index}]")
    elif origin is FrozenMap and isinstance(value, FrozenMap):
        key_kind, part = get_args(kind)
        for key, each in value.items():
            if not _passes(key_kind)(key):
                yield Problem(place, f"it has the key {key!r:.200}", f"give {spoken(key_kind)} as the key")
            if not _passes(part)(each):
                yield from _problems(each, part, f"{place}[{key!r}]")
    else:
        yield Problem(place, f"it is {value!r:.200}", f"give {spoken(kind)}")


@cache
def _passes(kind: Any) -> _Test:  # noqa: ANN401 -- an annotation
    """Return a test of whether a value has the type *kind*; True and False are not whole numbers."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _passes_any(get_args(kind))
    if origin is Literal:
        choices = get_args(kind)
        return lambda value: isinstance(value, str) and value in choices
    if origin is tuple and get_args(kind)[1:] == (...,):
        part = _passes(get_args(kind)[0])
        return lambda value: isinstance(value, tuple) and all(map(part, value))
    if origin is FrozenMap:
        key, part = map(_passes, get_args(kind))
        return lambda value: isinstance(value, FrozenMap) and all(map(key, value)) and all(map(part, value.values()))
    if kind is int:
        return lambda value: type(value) is int
    plain = types.NoneType if kind is None else origin or kind
    return (lambda value: isinstance(value, plain)) if isinstance(plain, type) else lambda _: True


def _passes_any(kinds: tuple[Any, ...]) -> _Test:
    """Return a test of whether a value has one of several types; one look at the classes is enough where it can be."""
    is_number_exact = int in kinds and bool not in kinds
    classes = tuple(kind for kind in kinds if isinstance(kind, type) and not (kind is int and is_number_exact))
    tests = tuple(_passes(kind) for kind in kinds if kind not in classes)
    if not tests:
        return lambda value: isinstance(value, classes)
    return lambda value: isinstance(value, classes) or any(test(value) for test in tests)


_NAMED: dict[frozenset[object], str] = {}


def name_kind(kind: Any, words: str) -> None:  # noqa: ANN401 -- an annotation
    """Set the *words* with which messages name a class, or a union of classes."""
    _NAMED[frozenset(get_args(kind) or (kind,))] = words


def spoken(kind: Any, *, article: bool = True) -> str:  # noqa: ANN401 -- an annotation
    """Return the name of a type in messages. If *article* is true, the name of a class gets an article.

    >>> spoken(tuple[str, ...]), spoken(int | None), spoken(Problem)
    ('a tuple of texts', 'a whole number or None', 'a Problem')
    """
    origin = get_origin(kind)
    if origin is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if origin is tuple and get_args(kind)[1:] == (...,):
        part = get_args(kind)[0]
        return f"a tuple of {_PLURALS.get(part) or spoken(part, article=False)}"
    options = get_args(kind) if origin in (Union, types.UnionType) else (origin or kind,)
    named: dict[Any, str] = {}
    for group in sorted(_NAMED, key=len):  # the largest that fits has the last word
        if group.issubset(options):
            named |= dict.fromkeys(group, _NAMED[group])
    words = list(dict.fromkeys(named.get(each) or _word(each, article=article) for each in options))
    return (", or " if any("," in each for each in words) else " or ").join(words)


def _word(kind: Any, *, article: bool) -> str:  # noqa: ANN401 -- an annotation
    if get_origin(kind):
        return spoken(kind)
    if kind in _WORDS or not article:
        return _WORDS.get(kind) or kind.__name__
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


_WORDS: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    bool: "True or False",
    frozenset: "a set",
    types.NoneType: "None",
}
_PLURALS: Mapping[Any, str] = {str: "texts"}
