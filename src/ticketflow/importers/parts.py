"""Parts of sources: plain data that remembers which of its values were read, and what was said about them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from ticketflow.documents.parsing import Fractional, Plain
from ticketflow.documents.paths import Path, pointer
from ticketflow.errors import DocumentError, Problem
from ticketflow.importers.items import Item, Outcome
from ticketflow.kernel.names import readable

_LONGEST_TEXT = 300
_WHOLE = re.compile(r"[-+]?[0-9]{1,15}(\.0{1,15})?", re.ASCII)


@attrs.define
class Ledger:
    """What was read of one source, and the items about it.

    Attributes:
        source: The name of the source.
        items: The items by path, in the order in which they were added.
        read: The paths of the values that were read.
    """

    source: str
    items: list[tuple[Path, Item]] = attrs.field(factory=list)
    read: set[Path] = attrs.field(factory=set)

    def add(self, path: Path, what: str, outcome: Outcome, why: str) -> None:
        """Add an item. Its texts may quote the source."""
        self.items.append((path, Item(self.source, pointer(path), _shown(what), outcome, _shown(why))))

    def in_order(self, data: Plain) -> tuple[Item, ...]:
        """Return the items in the order of the source, with one for each part that nothing has read."""
        settled = {path for path, item in self.items if item.outcome == "left_out"}
        unread = Ledger(self.source)
        for path, name in _unread(data, (), self.read, settled):
            unread.add(path, name, "left_out", "it is not read")
        places = {path: place for place, path in enumerate(_paths(data, ()))}
        said = [(path, item) for path, item in self.items if not _is_within(path, item, settled)]
        in_order = sorted([*said, *unread.items], key=lambda pair: places[pair[0]])
        return tuple(dict.fromkeys(item for _, item in in_order))


@attrs.frozen(eq=False)
class Part:
    """A part of a source, with the values that an importer reads.

    A value of a wrong type gives an item that leaves it out, and reads as if it were not there. At the end, every value
    that was neither read nor left out gives an item, too.

    Attributes:
        data: The plain data; None if there is no such part.
        ledger: The ledger of the source.
        path: The keys and indices that lead to it.
        exists: Whether the source has such a part.

    >>> part = Part({"id": 1, "name": 5, "hours": [{"day": "mon"}]}, Ledger("x.json"))
    >>> part.at("name").text(), [each.at("day").text() for each in part.at("hours").parts()]
    (None, ['mon'])
    >>> [str(item) for item in part.ledger.in_order(part.data)]
    ['left out: id (x.json#/id): it is not read', 'left out: name (x.json#/name): it is 5, not a text']
    """

    data: Plain = attrs.field(repr=False)
    ledger: Ledger = attrs.field(repr=False)
    path: Path = ()
    exists: bool = True

    def __bool__(self) -> bool:
        """Return whether the part is there, and not null."""
        return self.data is not None

    @property
    def key(self) -> str:
        """The last key that leads to the part."""
        named = [str(part) for part in self.path if isinstance(part, str)]
        return named[-1] if named else self.ledger.source

    @property
    def place(self) -> tuple[str, Path]:
        """The name of the source and the path in it, which no other part has."""
        return self.ledger.source, self.path

    # -- looking inside ----------------------------------------------------------------------------------------------

    def has(self, key: str) -> bool:
        """Return whether the part is an object with this key."""
        return isinstance(self.data, dict) and key in self.data

    def at(self, *keys: str) -> Part:
        """Return the part under the first of several keys that is there; one without data if none is."""
        if isinstance(self.data, dict):
            self._mark_empty()
            for key in keys:
                if key in self.data:
                    return Part(self.data[key], self.ledger, (*self.path, key))
        return Part(None, self.ledger, (*self.path, keys[-1]), exists=False)

    def is_list(self) -> bool:
        """Return whether the part is a list."""
        return isinstance(self.data, list)

    def is_object(self) -> bool:
        """Return whether the part is an object."""
        return isinstance(self.data, dict)

    def parts(self) -> tuple[Part, ...]:
        """Return the members of a list; none if the part is not there or is something else."""
        if isinstance(self.data, list):
            self._mark_empty()
            return tuple(Part(each, self.ledger, (*self.path, place)) for place, each in enumerate(self.data))
        self._wrong("a list")
        return ()

    def pairs(self) -> tuple[tuple[str, Part], ...]:
        """Return the keys and values of an object; none if the part is not there or is something else."""
        if isinstance(self.data, dict):
            self._mark_empty()
            return tuple((key, Part(each, self.ledger, (*self.path, key))) for key, each in self.data.items())
        self._wrong("an object")
        return ()

    # -- reading values ----------------------------------------------------------------------------------------------

    def text(self) -> str | None:
        """Return a text; None if there is none."""
        if isinstance(self.data, str):
            self._mark()
            return self.data
        self._wrong("a text")
        return None

    def word(self) -> str | None:
        """Return a text, a number or a truth value as a text; None if there is none. Ids are often written as both."""
        if isinstance(self.data, bool):
            self._mark()
            return "true" if self.data else "false"
        if isinstance(self.data, int):
            self._mark()
            return str(self.data)
        return self.text()

    def number(self) -> int | None:
        """Return a whole number, also one written as a text or with a fraction of zero; None if there is none."""
        written = str(self.data) if isinstance(self.data, str | int | Fractional) else ""
        if not isinstance(self.data, bool) and _WHOLE.fullmatch(written):
            self._mark()
            return int(written.partition(".")[0])
        self._wrong("a whole number of at most 15 digits")
        return None

    def truth(self) -> bool | None:
        """Return a truth value, also one that is written as 0 or 1 or as a text; None if there is none."""
        found = _TRUTHS.get(str(self.data).lower()) if isinstance(self.data, str | int) else None
        if found is None:
            self._wrong("true or false")
        else:
            self._mark()
        return found

    # -- saying what became of it ------------------------------------------------------------------------------------

    def carried(self, what: str, why: str) -> None:
        """Say that the part, if it is there, means the same in the rule set. Read its values one by one."""
        self._say(what, "carried", why)

    def changed(self, what: str, why: str) -> None:
        """Say that the part, if it is there, has another meaning in the rule set. Read its values one by one."""
        self._say(what, "changed", why)

    def left_out(self, what: str, why: str) -> None:
        """Say that the part, if it is there, is not in the rule set, with everything in it. Null says nothing."""
        if self.data is not None:
            self._say(what, "left_out", why)

    def skipped(self, *keys: str, why: str) -> None:
        """Say for each of these keys that its value is not in the rule set."""
        for key in keys:
            self.at(key).left_out(key, why)

    def refused(self, what: str, fix: str, code: str = "bad_value") -> DocumentError:
        """Return the error of a source that cannot be imported at all."""
        return DocumentError((Problem(self.ledger.source, _shown(what), fix, code, pointer(self.path)),))

    def _say(self, what: str, outcome: Outcome, why: str) -> None:
        if not self.exists:
            return
        if not isinstance(self.data, dict | list):
            self._mark()
        self.ledger.add(self.path, what, outcome, why)

    def _mark(self) -> None:
        self.ledger.read.add(self.path)

    def _mark_empty(self) -> None:
        if not self.data:
            self._mark()

    def _wrong(self, expected: str) -> None:
        if self.data is None:
            return
        kind = "an object" if self.is_object() else "a list" if self.is_list() else repr(self.data)[:80]
        self.left_out(self.key, f"it is {kind}, not {expected}")


_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _shown(text: str) -> str:
    """Return a text that may quote the source in one printable line of limited length."""
    return readable(text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…")


def _unread(data: Plain, path: Path, read: set[Path], settled: set[Path]) -> Iterator[tuple[Path, str]]:
    """Yield the largest parts of which nothing was read and that no item leaves out, with their keys."""
    if data is None or path in settled:  # null says nothing
        return
    inner = [*_members(data)]
    if not inner:
        if path not in read:
            yield path, _name(path)
        return
    found = [each for key, held in inner for each in _unread(held, (*path, key), read, settled)]
    is_whole = path and len(found) == len(inner) and all(len(each) == len(path) + 1 for each, _ in found)
    if is_whole:
        yield path, _name(path)
    else:
        yield from found


def _is_within(path: Path, item: Item, settled: set[Path]) -> bool:
    """Return whether an item is about a part that another item leaves out as a whole."""
    is_around = any(path[:end] in settled for end in range(len(path)))
    return is_around or (item.outcome != "left_out" and path in settled)


def _name(path: Path) -> str:
    named = [str(part) for part in path if isinstance(part, str)]
    return named[-1] if named else "the source"


def _paths(data: Plain, path: Path) -> Iterator[Path]:
    yield path
    for key, held in _members(data):
        yield from _paths(held, (*path, key))


def _members(data: Plain) -> Iterator[tuple[str | int, Plain]]:
    if isinstance(data, dict):
        yield from data.items()
    elif isinstance(data, list):
        yield from enumerate(data)
