"""TOML laid out for people: short tables and arrays on one line, sections for everything else.

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import tomli_w

from ticketflow.documents.tags import TAGS

_LINE = 120
_INDENT = 4
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_FIRST = ("format", "id", "name")
"""The keys that stand before all others of their table."""

_TAG_NAMES = frozenset(TAGS.values())


def toml_text(data: Mapping[str, Any]) -> str:
    """Return data without null as a TOML document.

    A value is written in the first of these forms that fits:

    1. on one line of at most 120 characters;
    2. an array, one element a line, whose elements are on one line each, or end in an array or a table of this form;
    3. a section, or one for each table of an array.

    The tables at the top of a document, and its calendars, are always sections.

    >>> print(toml_text({"name": "x", "workflow": {"states": [{"name": "open"}]}}), end="")
    name = "x"
    <BLANKLINE>
    [workflow]
    states = [{ name = "open" }]
    """
    return "\n".join(_table_lines(_ordered(data), ())).lstrip("\n") + "\n"


def _ordered(value: Any) -> Any:  # noqa: ANN401 -- any plain value
    if isinstance(value, dict):
        first = sorted(value, key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST))
        return {key: _ordered(value[key]) for key in first}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _table_lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a table: first the keys that need no section, then the sections."""
    sections: list[tuple[tuple[str, ...], Any]] = []
    for key, value in table.items():
        written = None if _is_section(path, value) else _written(value, len(_key(key)) + len(" = "), 0)
        if written is None and _has_tables(value):
            sections.append(((*path, key), value))
        else:
            yield f"{_key(key)} = {written or _one_line(value)}"
    for name, value in sections:
        header = ".".join(map(_key, name))
        for each in value if isinstance(value, list) else (value,):
            lines = list(_table_lines(each, name))
            if isinstance(value, list) or lines[:1] != [""]:  # a table of nothing but sections has no header
                yield from ("", f"[[{header}]]" if isinstance(value, list) else f"[{header}]")
            yield from lines


def _is_section(path: tuple[str, ...], value: object) -> bool:
    return isinstance(value, dict) and (not path or path == ("calendars",))


def _has_tables(value: object) -> bool:
    """Return whether *value* can be sections: a table with keys, or an array of tables."""
    return (isinstance(value, dict) and bool(value)) or _is_array_of_tables(value)


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _written(value: object, begun: int, indent: int) -> str | None:
    """Return *value* in one of the first two forms, or None.

    Args:
        value: The value.
        begun: The number of characters before it on its line.
        indent: The number of blanks at the start of that line.
    """
    if isinstance(value, str) and "\n" in value:
        return _scalar(value) if not indent else None
    one_line = None if _has_line_breaks(value) else _one_line(value)
    if one_line is not None and begun + len(one_line) <= _LINE:
        return one_line
    if isinstance(value, list) and value:
        return _broken_array(value, indent)
    if isinstance(value, dict) and value and not _is_tag(value):
        return _broken_table(value, begun, indent)
    return None


def _broken_array(value: list[Any], indent: int) -> str | None:
    inner = indent + _INDENT
    items = [_written(each, inner + len(","), inner) for each in value]
    if not _is_array_of_tables(value):  # it cannot be sections
        items = [_one_line(each) if item is None else item for each, item in zip(value, items, strict=True)]
    if any(item is None for item in items):
        return None
    return "\n".join(("[", *(f"{' ' * inner}{item}," for item in items), f"{' ' * indent}]"))


def _broken_table(value: Mapping[str, Any], begun: int, indent: int) -> str | None:
    """Return a table on one line but for its last value, which is a table, or an array with tables, that is broken."""
    *others, (last_key, last) = value.items()
    if not _holds_tables(last) or any(_has_line_breaks(held) for _, held in others):
        return None
    start = "".join(f"{_key(key)} = {_one_line(held)}, " for key, held in others) + f"{_key(last_key)} = "
    begun += len("{ ") + len(start)
    written = _written(last, begun + len(" }"), indent) if begun + len("[") <= _LINE else None
    return None if written is None else f"{{ {start}{written} }}"


def _holds_tables(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_tables, value)))


def _has_line_breaks(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_line_breaks, value.values()))
    if isinstance(value, list):
        return any(map(_has_line_breaks, value))
    return isinstance(value, str) and "\n" in value


def _one_line(value: Any) -> str:  # noqa: ANN401 -- any plain value
    """Return *value* on one line, however long."""
    if isinstance(value, list):
        return f"[{', '.join(map(_one_line, value))}]"
    if isinstance(value, dict):
        if _is_tag(value):
            return _scalar(next(iter(value)))
        pairs = ", ".join(f"{_key(key)} = {_one_line(held)}" for key, held in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return _scalar(value, is_short=True)


def _is_tag(value: Mapping[str, Any]) -> bool:
    """Return whether a table is a tag with its defaults: the tag alone means the same."""
    return len(value) == 1 and list(value.values()) == [{}] and not _TAG_NAMES.isdisjoint(value)


def _scalar(value: object, *, is_short: bool = False) -> str:
    return tomli_w.dumps({"_": value}, multiline_strings=not is_short).removeprefix("_ = ").removesuffix("\n")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _scalar(name, is_short=True)
