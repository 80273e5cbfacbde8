"""Laws of every importer, for the tests of each: nothing is silent, and hostile sources get the library's errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ticketflow.analysis.check import check
from ticketflow.documents.loading import load
from ticketflow.documents.paths import Path, pointer
from ticketflow.documents.reading import read as read_document
from ticketflow.errors import DocumentError
from ticketflow.importers import Imported, read


def leaves(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all values in plain data. Null and empty objects and lists say nothing."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if data is not None and not isinstance(data, dict | list):
        yield path
    for key, held in inner:
        yield from leaves(held, (*path, key))


def without(data: Any, path: Path) -> Any:
    """Return plain data in which the value at *path* is missing, or null in a list."""
    key, *rest = path
    if isinstance(data, dict):
        others = {name: held for name, held in data.items() if name != key}
        return {**others, key: without(data[key], tuple(rest))} if rest else others
    return [(without(each, tuple(rest)) if rest else None) if place == key else each for place, each in enumerate(data)]


def altered(data: Any, path: Path) -> Any:
    """Return plain data in which the value at *path* is another one of its type."""
    if path:
        key, *rest = path
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        found = {name: altered(held, tuple(rest)) if name == key else held for name, held in pairs}
        return found if isinstance(data, dict) else [*found.values()]
    if isinstance(data, bool):
        return not data
    return data + 1 if isinstance(data, int) else f"{data}1"


def untold(system: str, *sources: Any) -> list[str]:
    """Return the places of values that no item names and that change neither the rules nor the items.

    A value is told if an item is about it, or about a part around it that is left out, or if it matters: without it, or
    with another one in its place, the rule set or the texts of the items are others.
    """
    whole = read(system, *sources)
    found = []
    for place, source in enumerate(sources):
        named = {(item.pointer, item.outcome) for item in whole.items if item.source == f"source {place + 1}"}
        for path in leaves(source):
            around = {pointer(path[:end]) for end in range(len(path) + 1)}
            is_named = any(at == pointer(path) or (at in around and outcome == "left_out") for at, outcome in named)
            if not is_named and not _matters(system, sources, place, path, whole):
                found.append(f"source {place + 1}#{pointer(path)}")
    return found


def _matters(system: str, sources: Sequence[Any], place: int, path: Path, whole: Imported) -> bool:
    for change in (without, altered):
        changed = [change(each, path) if number == place else each for number, each in enumerate(sources)]
        try:
            found = read(system, *changed)
        except DocumentError:
            return True
        if found.rules != whole.rules or _told(found) != _told(whole):
            return True
    return False


def _told(imported: Imported) -> set[tuple[str, str, str]]:
    return {(item.what, item.outcome, item.why) for item in imported.items}


def mutants(data: Any, words: Sequence[object]) -> Iterator[Any]:
    """Yield plain data in which one value is another one, for each value and each of some *words*."""
    for path in [*leaves(data)]:
        for word in words:
            yield replaced(data, path, word)


def replaced(data: Any, path: Path, value: object) -> Any:
    """Return plain data with *value* at *path*."""
    if not path:
        return value
    key, *rest = path
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    found = {name: replaced(held, tuple(rest), value) if name == key else held for name, held in pairs}
    return found if isinstance(data, dict) else [*found.values()]


def check_result(imported: Imported) -> None:
    """Check that a result is a document that loads as an equal rule set, and that `check` finds no error in it."""
    assert read_document("rules", imported.text, written="toml") == imported.rules
    found = [*load(imported.text, written="toml").findings, *check(imported.rules, budget=20)]
    assert not [each for each in found if each.severity == "error"], found


def check_hostile(system: str, *sources: Any) -> None:
    """Check that sources give a result or an error of the library."""
    try:
        imported = read(system, *sources)
    except DocumentError:
        return
    assert read_document("rules", imported.text, written="toml") == imported.rules
