"""Paths of keys and indices into plain data, and the texts that stand for them."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable

Path = tuple[str | int, ...]
"""The keys and indices that lead to a part of plain data."""


def spoken(path: Iterable[str | int]) -> str:
    """Return a path for messages.

    >>> spoken(("workflow", "states", 1, "masks"))
    'workflow.states[1].masks'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def printable(text: str) -> str:
    """Return untrusted text in ASCII without control characters, cut to 80 characters."""
    return ascii(text)[1:-1] if len(text) <= 80 else ascii(text[:79])[1:-1] + "…"  # noqa: PLR2004 -- said above


def pointer(path: Iterable[str | int]) -> str:
    """Return a path as a JSON pointer.

    Source: RFC 6901.

    >>> pointer(("calendars", "a/b", 0))
    '/calendars/a~1b/0'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


_QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_WHOLE = re.compile(rf"rules(?: {_QUOTED})?(?:, |(?=\.)|$)")
_PART = re.compile(rf"\.?([a-z_]+)|\[(\d+)\]|\[({_QUOTED})\]| {_QUOTED}")


def path_of(place: str) -> Path:
    """Return the path for the place of a `ticketflow.errors.DefinitionError`.

    A place of another form, such as that of a calendar on its own, gives the empty path.

    >>> path_of("rules 'x', workflow.states[1] 'open'.masks")
    ('workflow', 'states', 1, 'masks')
    """
    whole = _WHOLE.match(place)
    if whole is None:
        return ()
    found = (match.groups() for match in _PART.finditer(place, whole.end()))
    parts = (int(index) if index else name or (key and literal_eval(key)) for name, index, key in found)
    return tuple(part for part in parts if part is not None)
