"""Find the line on which each part of a JSON or TOML text begins.

The parsers of the standard library keep no lines. The scanners here read texts that a parser has accepted, so they
check nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from ticketflow.documents.parsing import Document, Format, Plain
from ticketflow.documents.paths import Path, pointer


def lines_of(text: str, written: Format, paths: Iterable[Path]) -> Mapping[Path, int]:
    r"""Return the line, from 1, on which each of the given parts of a well-formed text begins.

    Args:
        text: The text.
        written: Its language.
        paths: The parts. The lines of the objects and lists around them are returned too.

    >>> lines_of('{"states": [\n {"name": "open"}]}', "json", [("states", 0, "name")])["states", 0, "name"]
    2
    """
    ways = {path[:length] for path in paths for length in range(len(path) + 1)}
    scanner = _Json(text, ways) if written == "json" else _Toml(text, ways)
    scanner.scan()
    return scanner.lines


def line_at(path: Path, lines: Mapping[Path, int]) -> int | None:
    """Return the line of a part, or of the innermost part around it that exists; None if there is none.

    >>> line_at(("states", 0, "nmae"), {("states",): 1, ("states", 0): 2})
    2
    """
    ways = (path[:length] for length in range(len(path), -1, -1))
    return next((lines[way] for way in ways if way in lines), None)


def located(path: tuple[str, ...], document: Document) -> tuple[str, int | None]:
    r"""Return the JSON pointer and the line of a part of a rule set in its document.

    Args:
        path: Names of attributes and of the parts that they list, as in `Finding.path`.
        document: The document of the rule set.

    Returns:
        The pointer and the line; None if the document has no text.

    >>> from ticketflow.documents.parsing import parse
    >>> document = parse('format = "rules/1"\n[[automations]]\nid = "close"\nrank = 5\n', "rules", "toml")
    >>> located(("automations", "close", "rank"), document)
    ('/automations/0/rank', 4)
    """
    way = tuple(_steps(path, document.data))
    line = None if document.text is None else line_at(way, lines_of(document.text, document.written, [way]))
    return pointer(way), line


def _steps(path: Iterable[str], data: Plain) -> Iterator[str | int]:
    """Yield the keys and indices for a path of names, as far as the document has them."""
    for name in path:
        if isinstance(data, list):
            index = next((index for index, part in enumerate(data) if _is_called(part, index, name)), None)
            if index is None:
                return
            yield index
            data = data[index]
        elif isinstance(data, dict) and name in data:
            yield name
            data = data[name]
        else:
            return


def _is_called(part: Plain, index: int, name: str) -> bool:
    """Return whether *name* is the id or name of an item, or the index of an item that has neither."""
    own = part.get("id", part.get("name")) if isinstance(part, dict) else None
    return own == name if isinstance(own, str) else str(index) == name


class _Scanner:
    """A position in a text, and the lines of the parts before it."""

    def __init__(self, text: str, ways: AbstractSet[Path]) -> None:
        self.text = text
        self.ways = ways
        self.parents = {way[:-1] for way in ways if way}
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self._breaks = [match.start() for match in re.finditer("\n", text)]

    def mark(self, path: Path) -> None:
        if path in self.ways:
            self.lines.setdefault(path, bisect_right(self._breaks, self.at - 1) + 1)

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Return the text that *pattern* matches here, and move behind it; empty if it does not match."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]


_SPACE = re.compile(r"\s*")
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(r"[^,\]\}\s]+")
_SIGN = re.compile(r"[:,]")
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_DEEPER = {"{": 1, "[": 1, "}": -1, "]": -1}


class _Json(_Scanner):
    """Scans a JSON text."""

    def scan(self) -> None:
        self._value(())

    def _value(self, path: Path) -> None:
        self.skip(_SPACE)
        self.mark(path)
        match self.text[self.at]:
            case "{" | "[" if path not in self.parents:
                self._pass(0)
            case "{":
                self._members(path)
            case "[":
                self._items(path)
            case '"':
                self.skip(_STRING)
            case _:
                self.skip(_SCALAR)
        self.skip(_SPACE)

    def _pass(self, depth: int) -> None:
        """Move behind the container that is *depth* brackets further out, without looking for parts."""
        found = _BRACKET.finditer(self.text, self.at)
        is_first = True
        while depth or is_first:
            match, is_first = next(found), False
            depth += _DEEPER.get(match[0], 0)
            self.at = match.end()

    def _members(self, path: Path) -> None:
        self.at += 1
        self.skip(_SPACE)
        while self.text[self.at] != "}":
            begins = self.at
            key = json.loads(self.skip(_STRING))
            self.skip(_SPACE)
            self.skip(_SIGN)
            ends, self.at = self.at, begins
            self.mark((*path, key))
            self.at = ends
            self._value((*path, key))
            self.skip(_SIGN)
            self.skip(_SPACE)
        self.at += 1

    def _items(self, path: Path) -> None:
        last = max((int(way[-1]) for way in self.ways if way and way[:-1] == path and type(way[-1]) is int), default=-1)
        self.at += 1
        self.skip(_SPACE)
        index = 0
        while self.text[self.at] != "]":
            if index > last:
                self._pass(1)
                return
            self._value((*path, index))
            self.skip(_SIGN)
            self.skip(_SPACE)
            index += 1
        self.at += 1


_BLANK = re.compile(r"(?:\s++|#[^\n]*+)*+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_HEADER_END = re.compile(r"[ \t]*\]\]?")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]++|\\.)*+"|' + r"'[^'\n]*'")
_TEXT = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}|"(?:[^"\\\n]++|\\.)*+"|'
    r"'''(?:[^']++|'(?!''))*+'{3,5}|'[^'\n]*+'",
    re.DOTALL,
)
_BARE = re.compile(r"[^,\]\}\n#]+")
_COMMA = re.compile(r",")


class _Toml(_Scanner):
    """Scans a TOML text."""

    def __init__(self, text: str, ways: AbstractSet[Path]) -> None:
        super().__init__(text, ways)
        self._counts: dict[Path, int] = {}

    def scan(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self.skip(_BLANK)

    def _header(self) -> Path:
        begins = self.at
        is_list = self.text.startswith("[[", begins)
        self.at += 2 if is_list else 1
        self.skip(_BLANK)
        path = self._resolved(self._keys())
        self.skip(_HEADER_END)
        ends, self.at = self.at, begins
        for length in range(1, len(path)):
            self.mark(path[:length])
        if is_list:
            self.mark(path)
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
        self.mark(path)
        self.at = ends
        return path

    def _resolved(self, keys: tuple[str, ...]) -> Path:
        """Return the path of a header: in a list of tables it means the last table."""
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if number < len(keys) and path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _keys(self) -> tuple[str, ...]:
        keys = [self._key()]
        while self.skip(_DOT):
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        key = self.skip(_KEY)
        return str(tomllib.loads(f"key = {key}")["key"]) if key[:1] in ('"', "'") else key

    def _pair(self, table: Path) -> None:
        begins = self.at
        keys = self._keys()
        ends, self.at = self.at, begins
        for length in range(1, len(keys) + 1):
            self.mark((*table, *keys[:length]))
        self.at = ends
        self.skip(_EQUALS)
        self._value((*table, *keys))

    def _value(self, path: Path) -> None:
        self.mark(path)
        match self.text[self.at]:
            case "[":
                self._items(path)
            case "{":
                self._members(path)
            case '"' | "'":
                self.skip(_TEXT)
            case _:
                self.skip(_BARE)

    def _items(self, path: Path) -> None:
        self.at += 1
        self.skip(_BLANK)
        index = 0
        while self.text[self.at] != "]":
            self._value((*path, index))
            self._next()
            index += 1
        self.at += 1

    def _members(self, path: Path) -> None:
        self.at += 1
        self.skip(_BLANK)
        while self.text[self.at] != "}":
            self._pair(path)
            self._next()
        self.at += 1

    def _next(self) -> None:
        self.skip(_BLANK)
        self.skip(_COMMA)
        self.skip(_BLANK)
