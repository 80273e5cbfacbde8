"""Texts of strangers made into plain data: size and nesting are looked at before anything is parsed.

JSON and TOML alike give objects, lists, texts, whole numbers, truth values and, in JSON only, null. What else they say
(dates of TOML's own, keys that stand twice, halves of characters) is refused: nothing here needs it.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from ticketflow.errors import BadValueError, DocumentError, Problem

Format = Literal["json", "toml"]

MOST_BYTES = 262_144
"""Of a rule set, a plan, a command: what people and services write at once."""
MOST_BYTES_OF_A_TICKET = 4_194_304
"""About ten thousand entries."""
DEEPEST = 32
BYTES_A_PART = 8
"""A document may have a part, which is a value or a key, for so many bytes that it might have: what is read weighs many
times what was written."""
LARGEST = 2**63
"""Whole numbers lie from its negative to below it: 64 bits hold them, as those of fields."""


class Fractional:
    """A number that is not whole, as it is written: nothing is one, and so it is told where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fractional) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text[:_LONGEST_NUMBER]


_LONGEST_NUMBER = 40

Plain = dict[str, "Plain"] | list["Plain"] | str | int | bool | None


def parsed(text: bytes, name: str, written: Format = "json", most: int = MOST_BYTES) -> Plain:
    """Return the plain data of a document.

    Args:
        text: The document, in UTF-8.
        name: What messages call it.
        written: In which language.
        most: How many bytes it may have.

    Raises:
        DocumentError: it is too large or too deep, is not of that language, or says what no document needs to.

    >>> parsed(b'{"states": 1, "states": 2}', "rules.json")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: rules.json: a key stands twice in one object, 'states'; keep one of them
    """
    document = _decoded(text, name, most)
    for depth, parts in _MEASURES[written](document):
        if depth > DEEPEST:
            raise _too_deep(name)
        if parts > most // BYTES_A_PART:
            raise _too_many(name, most)
    try:
        data: Plain = _READ[written](document)
    except BadValueError as error:
        raise _refused(name, "bad_value", error.what, error.fix) from None
    except (ValueError, RecursionError) as error:
        detail, line = _brief(error)
        what = f"it is no {written.upper()}: {detail}"
        raise _refused(name, f"not_{written}", what, "mend it there", line) from None
    _check_parts(data, name, most)
    return data


def _refused(name: str, code: str, what: str, fix: str, line: int | None = None) -> DocumentError:
    return DocumentError((Problem(name, what, fix, code, "", line),))


def _too_deep(name: str) -> DocumentError:
    return _refused(name, "too_deep", f"it is nested over {DEEPEST} deep", "say it with less nesting")


def _too_many(name: str, most: int) -> DocumentError:
    return _refused(name, "too_many", f"it has over {most // BYTES_A_PART} parts", "split it")


_AT_LINE = re.compile(r"at line (\d+)")


def _brief(error: Exception) -> tuple[str, int | None]:
    """Return what a parser complains of, in one line, and on which line of the document that is, if it says so."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}", error.lineno
    if isinstance(error, tomllib.TOMLDecodeError):
        said = "".join(sign if sign.isprintable() else "?" for sign in str(error)[:200])
        line = _AT_LINE.search(said)
        return said, int(line[1]) if line else None
    return "a number of too many digits", None


def _decoded(text: bytes, name: str, most: int) -> str:
    if not isinstance(text, bytes):
        raise BadValueError(f"{name} of type {type(text).__name__}", "give bytes, in UTF-8")
    if len(text) > most:
        raise _refused(name, "too_large", f"it has {len(text)} bytes", f"keep it under {most}")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise _refused(name, "not_utf8", f"it is not UTF-8 at {where}", "save it as UTF-8") from None


# Possessive throughout: what may go back remembers a hundred bytes for every character it passed. A text without an end
# goes to the document's: to fail there from every quote would be quadratic.
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]++")
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\Z|\\)|'
    r"'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)|"
    r'"(?:[^"\\\n]++|\\.)*+"?|'
    r"'[^'\n]*+'?|#[^\n]*+|[\[{\]}.\n=,]",
    re.DOTALL,
)


def _measures_of_json(document: str) -> Iterator[tuple[int, int]]:
    """Yield how deep a document nests so far, and how many parts it has at the least, told by brackets and commas."""
    bare = _TEXT.sub("", document)
    depth, parts = 0, bare.count(",")
    yield depth, parts
    for sign in _NO_BRACKET.sub("", bare):
        if sign in "[{":
            depth += 1
            parts += 1
            yield depth, parts
        elif depth:
            depth -= 1


def _measures_of_toml(document: str) -> Iterator[tuple[int, int]]:
    """Yield the same of a document in TOML, told by the dots and equals signs of its keys, too.

    The headers above a key count; a list of tables nests once more than it shows.
    """
    depth = dots = parts = above = 0
    begins_line, is_header = True, False
    for match in _TOKEN.finditer(document):
        sign = match[0]
        if sign in _OPENING:
            is_header = is_header or (begins_line and depth == 0)
            above = 0 if is_header else above
            depth += 1
            parts += 1
        elif sign in _CLOSING:
            depth = max(depth - 1, 0)
        elif sign == ".":
            dots += 1
            parts += 1
        elif sign in _BREAKING:
            above = dots + 1 if is_header else above
            is_header, dots = False, 0
            parts += sign != "\n"
        begins_line = sign == "\n" or (begins_line and sign[0] == "#")
        yield above + depth + dots, parts


_OPENING, _CLOSING, _BREAKING = frozenset("[{"), frozenset("]}"), frozenset("\n=,")


def _unique(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    document = dict(pairs)
    if len(document) != len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise BadValueError(f"a key stands twice in one object, {twice!a:.80}", "keep one of them")
    return document


def _json(document: str) -> Plain:
    data: Plain = json.loads(document, object_pairs_hook=_unique, parse_float=Fractional, parse_constant=Fractional)
    return data


def _toml(document: str) -> Plain:
    data: Plain = tomllib.loads(document, parse_float=Fractional)
    return data


_READ = {"json": _json, "toml": _toml}
_MEASURES = {"json": _measures_of_json, "toml": _measures_of_toml}


def _check_parts(data: Plain, name: str, most: int) -> None:
    """Check every part of plain data, without recursion."""
    parts = 0
    for level, found in enumerate(_levels(data)):
        if level >= DEEPEST and any(isinstance(part, dict | list) for part in found):
            raise _too_deep(name)
        parts += len(found)
        if parts > most // BYTES_A_PART:
            raise _too_many(name, most)
    for part in chain.from_iterable(_levels(data)):
        problem = _unfit(part)
        if problem:
            raise _refused(name, "bad_value", *problem)


def _unfit(part: object) -> tuple[str, str] | None:
    if isinstance(part, str):
        is_whole = part.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in part)
        return None if is_whole else ("half of a character stands in a text", "write whole characters")
    if type(part) is int and not -LARGEST <= part < LARGEST:
        return f"a number of {part.bit_length()} bits", "write whole numbers that 64 bits hold"
    if isinstance(part, dict | list | int | bool | Fractional | None):
        return None
    return f"a {type(part).__name__} of TOML's own", "write dates and instants as texts"


def _levels(data: Plain) -> Iterator[list[object]]:
    """Yield every value in plain data, and every key, those as deep together."""
    level: list[object] = [data]
    while level:
        yield level
        within: list[object] = []
        for part in level:
            if isinstance(part, dict):
                within.extend(part)
                within.extend(part.values())
            elif isinstance(part, list):
                within.extend(part)
        level = within
