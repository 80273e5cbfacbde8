"""Initializers of frozen attrs classes that cost what those of plain classes do.

attrs fills a frozen object with one call of ``object.__setattr__`` for each attribute. The initializers here fill it by
plain assignments, while it has a subclass that allows them, and give it its own class at the end. They convert and
check as those of attrs do. A default is converted once, not for each object.

On a free-threaded build, changing the class of an object stops all threads. There the initializers of attrs stay.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import attrs

C = TypeVar("C", bound=type)

HAS_GIL = not sysconfig.get_config_var("Py_GIL_DISABLED")


def fast_init(kind: C, *, has_gil: bool = HAS_GIL) -> C:
    """Give a frozen attrs class with slots an initializer that takes the same arguments in less time.

    The initializer is made when the first object is. Defaults must not change, and must not depend on the object.

    Args:
        kind: The class, as `attrs.frozen` returns it.
        has_gil: Whether the interpreter has a global lock.
    """
    if not has_gil:
        return kind
    original: Any = kind.__init__  # type: ignore[misc]  # that of this very class

    @wraps(original)
    def first_init(self: object, *arguments: object, **named: object) -> None:
        made = _initializer(kind, original)
        kind.__init__ = wraps(original)(made)  # type: ignore[misc]
        made(self, *arguments, **named)

    kind.__init__ = first_init  # type: ignore[misc]
    return kind


_SOURCE = """
def __init__(self, {parameters}):
    if self.__class__ is not kind:
        return original(self, {arguments})
    set_class(self, thawed)
    {assignments}
    self.__class__ = kind
    {check}
"""


def _initializer(kind: type, original: Callable[..., None]) -> Callable[..., None]:
    """Return the initializer of a class. Subclasses are left to the *original* one."""
    thawed = type(kind.__name__, (kind,), {"__slots__": (), **_THAWED, "__module__": kind.__module__})
    names: dict[str, Any] = {"kind": kind, "thawed": thawed, "original": original, "set_class": _set_class}
    fields = [field for field in attrs.fields(kind) if field.init]
    fields.sort(key=lambda field: field.kw_only)
    parameters = [_parameter(field, names) for field in fields]
    keywords = [place for place, field in enumerate(fields) if field.kw_only]
    if keywords:
        parameters.insert(keywords[0], "*")
    source = _SOURCE.format(
        parameters=", ".join(parameters),
        arguments=", ".join(f"{field.alias}={field.alias}" for field in fields),
        assignments="\n    ".join(_assignment(field, names) for field in attrs.fields(kind)) or "pass",
        check="self.__attrs_post_init__()" if hasattr(kind, "__attrs_post_init__") else "",
    )
    exec(source, names)  # noqa: S102 -- made of the names of attributes
    made: Callable[..., None] = names["__init__"]
    return made


_THAWED = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
_set_class = object.__dict__["__class__"].__set__


def _parameter(field: attrs.Attribute[Any], names: dict[str, Any]) -> str:
    """Return the parameter of an attribute; keep its default and its converter in *names*."""
    name = field.alias
    names[f"convert_{field.name}"] = field.converter
    if field.default is attrs.NOTHING:
        return str(name)
    names[f"default_{field.name}"] = attrs.NOTHING if _is_made(field) else field.default
    names[f"converted_{field.name}"] = _default(field)
    return f"{name}=default_{field.name}"


def _assignment(field: attrs.Attribute[Any], names: dict[str, Any]) -> str:
    """Return the line that fills an attribute."""
    own, given = field.name, field.alias
    if not field.init:
        names[f"converted_{own}"] = _default(field)
        return f"self.{own} = converted_{own}"
    value = f"convert_{own}({given})" if field.converter else given
    if field.default is not attrs.NOTHING and (field.converter or _is_made(field)):
        value = f"converted_{own} if {given} is default_{own} else {value}"
    return f"self.{own} = {value}"


def _is_made(field: attrs.Attribute[Any]) -> bool:
    return isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]  # a class; its stub declares a function


def _default(field: attrs.Attribute[Any]) -> object:
    default: Any = field.default.factory() if _is_made(field) else field.default  # type: ignore[union-attr]
    return field.converter(default) if callable(field.converter) else default
