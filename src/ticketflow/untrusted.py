"""Texts of strangers made into plain data: size and nesting are looked at before anything is parsed.

JSON and TOML alike give objects, lists, texts, whole numbers, truth values and, in JSON only, null. What else they say
(dates of TOML's own, keys that stand twice, halves of characters) is refused: nothing here needs it.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Literal

from ticketflow.errors import BadValueError, DocumentError, Problem

Format = Literal["json", "toml"]

MOST_BYTES = 262_144
"""Of a rule set, a plan, a command: what people and services write at once."""
MOST_BYTES_OF_A_TICKET = 4_194_304
"""About ten thousand entries."""
DEEPEST = 32
MOST_PARTS = 200_000
"""Values in one document, those within values included."""
LARGEST = 2**53
"""Whole numbers beyond are not the same in every language."""


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
    ticketflow.errors.DocumentError: rules.json: a key stands twice in one object; keep one of them
    """
    document = _decoded(text, name, most)
    deepest = _nesting(document, written)
    if deepest > DEEPEST:
        raise _refused(name, "too_deep", f"it is nested over {DEEPEST} deep", "say it with less nesting")
    try:
        data: Plain = _READ[written](document)
    except BadValueError as error:
        raise _refused(name, "bad_value", error.what, error.fix) from None
    except (ValueError, RecursionError) as error:
        detail = _brief(error)
        raise _refused(name, f"not_{written}", f"it is no {written.upper()}: {detail}", "mend it there") from None
    _check_parts(data, name)
    return data


def _refused(name: str, code: str, what: str, fix: str) -> DocumentError:
    return DocumentError((Problem(name, what, fix, code, ""),))


def _brief(error: Exception) -> str:
    """Return what a parser complains of, in one line and without the document's own words."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, tomllib.TOMLDecodeError):
        return "".join(sign if sign.isprintable() else "?" for sign in str(error)[:200])
    return "a number of too many digits"


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


_TOKENS: Mapping[Format, re.Pattern[str]] = {
    "json": re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL),
    "toml": re.compile(
        r'"""(?:[^\\]|\\.)*?(?:"""|\Z)|'  # one without an end goes to the end: failing there is quadratic
        r"'''.*?(?:'''|\Z)|"
        r'"(?:[^"\\\n]|\\.)*"?|'
        r"'[^'\n]*'?|#[^\n]*|[\[{\]}.\n=,]",
        re.DOTALL,
    ),
}


def _nesting(document: str, written: Format) -> int:
    """Return how deep a document nests at the most, told by its brackets and, in TOML, by the dots of its keys."""
    deepest = depth = dots = 0
    for match in _TOKENS[written].finditer(document):
        sign = match[0]
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth = max(depth - 1, 0)
        elif sign == ".":
            dots += 1
        elif sign in ("\n", "=", ","):
            dots = 0
        deepest = max(deepest, depth + dots)
    return deepest


def _unique(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadValueError("a key stands twice in one object", "keep one of them")
    return document


def _json(document: str) -> Plain:
    data: Plain = json.loads(document, object_pairs_hook=_unique, parse_float=Fractional, parse_constant=Fractional)
    return data


def _toml(document: str) -> Plain:
    data: Plain = tomllib.loads(document, parse_float=Fractional)
    return data


_READ = {"json": _json, "toml": _toml}


def _check_parts(data: Plain, name: str) -> None:
    """Check every part of plain data, without recursion."""
    for count, part in enumerate(_parts(data)):
        if count == MOST_PARTS:
            raise _refused(name, "too_many", f"it has over {MOST_PARTS} parts", "split it")
        problem = _unfit(part)
        if problem:
            raise _refused(name, "bad_value", *problem)


def _unfit(part: object) -> tuple[str, str] | None:
    if isinstance(part, str):
        is_whole = part.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in part)
        return None if is_whole else ("half of a character stands in a text", "write whole characters")
    if type(part) is int and abs(part) > LARGEST:
        return f"a number of {len(str(part))} digits", f"write whole numbers up to {LARGEST}"
    if isinstance(part, dict | list | int | bool | Fractional | None):
        return None
    return f"a {type(part).__name__} of TOML's own", "write dates and instants as texts"


def _parts(data: Plain) -> Iterator[object]:
    """Yield every value in plain data, and every key."""
    waiting: list[object] = [data]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, dict):
            waiting.extend(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
