"""Parse JSON and TOML from unknown sources into plain data.

Plain data has objects, lists, strings, integers, booleans and, in JSON only, null. Everything else that the languages
allow is refused: TOML's dates, repeated keys, lone surrogates. A text is measured before it is parsed, and its data
again afterwards. Data that somebody else has parsed goes through the same second measurement.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

import attrs

from ticketflow.errors import BadValueError, DocumentError, Problem
from ticketflow.rules import limits

Format = Literal["json", "toml"]

MOST_BYTES = 2 * limits.MOST_BYTES
"""The size limit of a rule set: twice what its texts and parts may take, for the punctuation and layout around them."""
_NO_LIMIT = 2**63
_MOST_PARSED_PARTS = 2**22
"""Parsed data is counted even without a limit: a list that is in many others would be copied without end."""
DEEPEST = 32
"""The nesting limit of objects and lists."""
MOST_PARTS = limits.MOST_BYTES // limits.BYTES_A_PART
"""The limit of values and keys of a rule set."""
BYTES_A_PART = 8
"""In other documents, the limit of values and keys is the size limit divided by this."""
LARGEST = 2**63
"""Integers fit in 64 bits: from ``-LARGEST`` to ``LARGEST - 1``."""


class Fractional:
    """A number with a fraction or an exponent, kept as written.

    No document needs one. It is kept so that the refusal can say where it is.
    """

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


@attrs.frozen
class Document:
    """The plain data of a document and, if it was parsed here, its text.

    Attributes:
        name: Its name in messages.
        data: Its data, within all limits.
        text: Its text; None for data that was given parsed.
        written: The language of the text.
    """

    name: str
    data: Plain
    text: str | None = None
    written: Format = "json"


def parse(
    source: str | bytes | Mapping[str, object],
    name: str,
    written: Format = "json",
    most: int | None = MOST_BYTES,
    parts: int | None = MOST_PARTS,
) -> Document:
    """Parse a text, or take data that is already parsed, within the limits of documents.

    Args:
        source: The text, as a string or in UTF-8, or parsed data.
        name: The document's name in messages.
        written: The language of a text.
        most: The size limit in bytes; None for no limit.
        parts: The limit of values and keys; None for one that follows from the size limit.

    Raises:
        DocumentError: A limit is exceeded, the text is not in that language, or it has something no document needs.
        BadValueError: *written* is not a language of documents.

    >>> parse('{"states": 1, "states": 2}', "rules.json")
    Traceback (most recent call last):
        ...
    ticketflow.errors.DocumentError: rules.json: the key 'states' occurs twice in one object; keep one of them
    """
    if written not in get_args(Format):
        raise BadValueError(f"{written!r:.40} is not a language of documents", "give 'json' or 'toml'")
    if most is None:
        most, parts = _NO_LIMIT, _NO_LIMIT if isinstance(source, str | bytes) else _MOST_PARSED_PARTS
    elif parts is None:
        parts = most // BYTES_A_PART
    if not isinstance(source, str | bytes):
        return Document(name, _Measure(name, most, parts).copied(source))
    text = _decoded(source, name, most)
    if written == "json" and _has_few_parts(text, parts):
        try:
            return Document(name, _quickly_parsed(text), text)
        except (ValueError, RecursionError):
            pass  # what follows finds out what is wrong
    for depth, count in _MEASURES[written](text):
        if depth > DEEPEST:
            raise _too_deep(name)
        if count > parts:
            raise _too_many(name, parts)
    try:
        data = _PARSERS[written](text)
    except BadValueError as error:
        raise _refused(name, "bad_value", error.what, error.fix) from None
    except (ValueError, RecursionError) as error:
        detail, line = _parser_message(error, text)
        what = f"the document is not valid {written.upper()}: {detail}"
        looks_like_json = text.lstrip().startswith("{")
        other = "toml" if written == "json" else "json"
        hint = "" if looks_like_json == (written == "json") else f", or read it with written={other!r}"
        raise _refused(name, f"not_{written}", what, f"correct it there{hint}", line) from None
    _Measure(name, most, parts).check(data)
    return Document(name, data, text, written)


def _refused(name: str, code: str, what: str, fix: str, line: int | None = None) -> DocumentError:
    return DocumentError((Problem(name, what, fix, code, "", line),))


def _too_deep(name: str) -> DocumentError:
    return _refused(name, "too_deep", f"the document is nested more than {DEEPEST} levels deep", "nest it less")


def _too_many(name: str, parts: int) -> DocumentError:
    what = f"the document has more than {parts} values and keys"
    return _refused(name, "too_many", what, "split it")


_AT_LINE = re.compile(r"at line (\d+)")


def _parser_message(error: Exception, text: str) -> tuple[str, int | None]:
    """Return a parser's message in one line, and the line of the document that it names."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}", error.lineno
    if isinstance(error, tomllib.TOMLDecodeError):
        message = "".join(sign if sign.isprintable() else "?" for sign in str(error)[:200])
        line = _AT_LINE.search(message)
        return message, int(line[1]) if line else text.rstrip().count("\n") + 1  # "at end of document"
    return "a number has too many digits", None


def _decoded(source: str | bytes, name: str, most: int) -> str:
    if len(source) > most:  # a string has at least as many bytes as characters
        raise _too_large(name, len(source), most)
    if isinstance(source, str) and source.isascii():
        return source
    try:
        text = source.encode() if isinstance(source, str) else source
        if len(text) > most:
            raise _too_large(name, len(text), most)
        return text.decode("utf-8-sig")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeEncodeError | UnicodeDecodeError) else 0
        unit = "character" if isinstance(error, UnicodeEncodeError) else "byte"
        what = f"the document is not UTF-8 at {unit} {start}"
        raise _refused(name, "not_utf8", what, "save it as UTF-8") from None


def _too_large(name: str, size: int, most: int) -> DocumentError:
    return _refused(name, "too_large", f"the document has {size} bytes", f"give at most {most}")


# The patterns are possessive: a pattern that can backtrack keeps a hundred bytes for every character it has passed. A
# string without an end extends to the end of the text; failing at each of its quotes would take quadratic time.
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]++")
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\Z|\\)|'
    r"'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)|"
    r'"(?:[^"\\\n]++|\\.)*+"?|'
    r"'[^'\n]*+'?|#[^\n]*+|[\[{\]}.\n=,]",
    re.DOTALL,
)


def _measures_of_json(text: str) -> Iterator[tuple[int, int]]:
    """Yield the depth so far and a lower bound of the number of parts, counted by brackets and commas."""
    bare = _TEXT.sub("", text)
    depth, parts = 0, bare.count(",")
    yield depth, parts
    for sign in _NO_BRACKET.sub("", bare):
        if sign in "[{":
            depth += 1
            parts += 1
            yield depth, parts
        elif depth:
            depth -= 1


def _measures_of_toml(text: str) -> Iterator[tuple[int, int]]:
    """Yield the depth so far and a lower bound of the number of parts, counted by brackets, dots and equals signs.

    A key is as deep as its header and its own dots together. A list of tables adds one level to its header.
    """
    depth = dots = parts = above = 0
    begins_line, is_header = True, False
    for match in _TOKEN.finditer(text):
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


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        (repeated, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise BadValueError(f"the key {repeated!a:.80} occurs twice in one object", "keep one of them")
    return found


def _json(text: str) -> Any:  # noqa: ANN401 -- not measured yet
    return json.loads(text, object_pairs_hook=_unique, parse_float=Fractional, parse_constant=Fractional)


def _toml(text: str) -> Any:  # noqa: ANN401 -- not measured yet
    return tomllib.loads(text, parse_float=Fractional)


_PARSERS = {"json": _json, "toml": _toml}
_MEASURES = {"json": _measures_of_json, "toml": _measures_of_toml}


# -- documents that are clearly within all limits ---------------------------------------------------------------------


def _has_few_parts(text: str, parts: int) -> bool:
    """Return True if a JSON text can have at most *parts* values and keys, whatever stands in its strings."""
    return parts == _NO_LIMIT or len(text) <= parts or sum(map(text.count, ",[{:")) + 1 <= parts


def _quickly_parsed(text: str) -> Any:  # noqa: ANN401 -- plain data
    """Parse a JSON text with few parts, in one pass of the parser and one over its objects and lists.

    Raises:
        ValueError: The text is not JSON, or could exceed a limit or have something that no document needs.
        RecursionError: It is nested too deep.
    """
    if "\\ud" in text or "\\uD" in text:
        raise ValueError("it may have a lone surrogate")
    data = _DECODER.decode(text)
    bare = text if "\\" not in text else _TEXT.sub('""', text)
    keys = _keys_of(data, DEEPEST) if data.__class__ in _CONTAINERS else 0
    if keys != bare.count('":'):
        raise ValueError("a key may occur twice")
    return data


def _keys_of(part: Any, levels: int) -> int:  # noqa: ANN401 -- a dict or a list
    """Return the number of keys in an object or a list, and in all that it holds.

    Raises:
        ValueError: It has more than so many *levels*.
    """
    if not levels:
        raise ValueError("it is too deep")
    keys, all_held = (len(part), part.values()) if part.__class__ is dict else (0, part)
    for held in all_held:
        if held.__class__ in _CONTAINERS:
            keys += _keys_of(held, levels - 1)
    return keys


def _integer(text: str) -> int:
    if len(text) < _SHORTEST_LARGE or -LARGEST <= int(text) < LARGEST:
        return int(text)
    raise ValueError("the number does not fit in 64 bits")


_SHORTEST_LARGE = len(str(LARGEST))
_CONTAINERS = frozenset({dict, list})
_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=Fractional, parse_constant=Fractional)


class _Measure:
    """Measures untrusted data in one pass, and stops at the first value that exceeds a limit.

    Data that the caller parsed is copied, and only the copy is used afterwards. So a container that holds itself, that
    is shared by many others, or that changes later does no harm. Data that was parsed here is not copied: nobody else
    has it, and a copy would need as much memory again.
    """

    def __init__(self, name: str, most: int, parts: int) -> None:
        self._name = name
        self._most = most
        self._most_parts = parts
        self._parts = 0
        self._characters = 0

    def copied(self, part: object, depth: int = 0) -> Any:  # noqa: ANN401 -- plain data, or a fraction to be refused
        """Return plain data equal to *part*.

        Types are compared exactly: a subclass can behave in any way.
        """
        self._count()
        kind = type(part)
        if kind is str:
            return self._checked_text(part)
        if kind is dict and depth < DEEPEST:
            below = depth + 1
            return {self._key(key): self.copied(held, below) for key, held in part.items()}  # type: ignore[attr-defined]
        if part is None or kind is bool or kind is Fractional:
            return part
        if kind is int:
            return self._checked_number(part)
        if kind is float:
            return Fractional(json.dumps(part))
        if depth >= DEEPEST and isinstance(part, Mapping | list | tuple):
            raise _too_deep(self._name)
        if isinstance(part, Mapping):
            return {self._key(key): self.copied(held, depth + 1) for key, held in part.items()}
        if isinstance(part, list | tuple):
            return [self.copied(held, depth + 1) for held in part]
        raise self._bad_value(f"a value has the type {kind.__name__:.40}", "write dates and instants as strings")

    def check(self, part: Any, depth: int = 0) -> None:  # noqa: ANN401 -- from a parser of this module
        """Check data that was parsed here."""
        if not isinstance(part, dict | list):
            self.copied(part)
            return
        if depth >= DEEPEST:
            raise _too_deep(self._name)
        self._count()
        if isinstance(part, dict):
            for key in part:
                self._key(key)
        for held in part.values() if isinstance(part, dict) else part:
            self.check(held, depth + 1)

    def _key(self, key: object) -> str:
        self._count()
        if type(key) is not str:
            raise self._bad_value(f"a key has the type {type(key).__name__:.40}", "give strings as keys")
        return self._checked_text(key)

    def _count(self) -> None:
        self._parts += 1
        if self._parts > self._most_parts:
            raise _too_many(self._name, self._most_parts)

    def _checked_text(self, text: Any) -> str:  # noqa: ANN401 -- exactly a string
        self._characters += len(text)
        if self._characters > self._most:
            raise _too_large(self._name, self._characters, self._most)
        if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
            raise self._bad_value("a string has a lone surrogate", "write whole characters")
        return str(text)

    def _checked_number(self, number: Any) -> int:  # noqa: ANN401 -- exactly an integer
        if not -LARGEST <= number < LARGEST:
            raise self._bad_value(f"a number has {number.bit_length()} bits", "give integers that fit in 64 bits")
        return int(number)

    def _bad_value(self, what: str, fix: str) -> DocumentError:
        return _refused(self._name, "bad_value", what, fix)
