"""On which line of a JSON or TOML text each of its parts begins.

The texts have been parsed before, so they are well-formed; what is looked for here is only where things stand, for
which the parsers of the standard library have no answer.
"""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from ticketflow.documents.parsing import Format

Path = tuple[str | int, ...]


def lines_of(text: str, written: Format, paths: Iterable[Path]) -> Mapping[Path, int]:
    r"""Return the line, from 1, on which each part on the way along some paths of a well-formed document begins.

    Args:
        text: The document.
        written: In which language.
        paths: The paths; of the others, of which a document may have many, nothing is kept.

    >>> lines_of('{"states": [\n {"name": "open"}]}', "json", [("states", 0, "name")])["states", 0, "name"]
    2
    """
    ways = {path[:length] for path in paths for length in range(len(path) + 1)}
    scanner = _Json(text, ways) if written == "json" else _Toml(text, ways)
    scanner.scan()
    return scanner.lines


def line_at(path: Path, lines: Mapping[Path, int]) -> int | None:
    """Return the line of the innermost part on the way along *path* that is there; None for none.

    >>> line_at(("states", 0, "nmae"), {("states",): 1, ("states", 0): 2})
    2
    """
    ways = (path[:length] for length in range(len(path), -1, -1))
    return next((lines[way] for way in ways if way in lines), None)


class _Scanner:
    """A place in a text, and the lines of what was passed."""

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
        """Pass what *pattern* matches here, and return it; nothing if it does not."""
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
    """A JSON text, part by part."""

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
        """Pass the rest of what lies so many brackets deep: nothing in it is asked for."""
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
    """A TOML text, line by line."""

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
        """Return the path that a header means: within lists of tables, the one that was begun last."""
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
