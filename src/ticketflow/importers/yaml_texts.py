"""Parse YAML from unknown sources. No other module imports PyYAML.

Of three packages, ruamel.yaml keeps comments and layout, which no import needs, and strictyaml wants a schema and
refuses flow style, which vendors use. PyYAML gives the events of a text one by one. Data is built from these here, so
no constructor runs, depth is limited before anything is nested, and an alias is a reference that `parse` then measures.

Scalars follow the core schema of YAML 1.2: ``on`` and ``12:30`` are texts, dates too.
"""

from __future__ import annotations

import re
from typing import Any

from ticketflow.documents.parsing import DEEPEST, Fractional
from ticketflow.errors import DocumentError, MissingExtraError
from ticketflow.importers.source_errors import document_error

try:
    import yaml
except ImportError:
    raise MissingExtraError("YAML files", "pyyaml", "yaml") from None

MOST_CHARACTERS = 262_144
"""The size limit of a text: YAML takes much longer to parse than JSON."""
_LONGEST_NUMBER = 40
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FRACTION = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII
)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}  # type: ignore[dict-item]


def parse_yaml(text: str, name: str) -> Any:  # noqa: ANN401 -- not measured yet
    """Return the data of a YAML text with one document.

    Args:
        text: The text.
        name: Its name in messages.

    Raises:
        DocumentError: The text is too long, nested too deep or not valid, a key is repeated, or it has a tag.

    >>> parse_yaml("on: {daysUntilStale: 60, exempt: [no, 1.5]}", "stale.yml")
    {'on': {'daysUntilStale': 60, 'exempt': ['no', 1.5]}}
    """
    if len(text) > MOST_CHARACTERS:
        raise document_error(
            name, "too_large", f"the text has {len(text)} characters", f"give at most {MOST_CHARACTERS}"
        )
    try:
        return _Builder(text, name).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or "a character is not allowed")
        shown = "".join(sign if sign.isprintable() else "?" for sign in what[:200])
        line = None if mark is None else mark.line + 1
        raise document_error(name, "not_yaml", f"the text is not valid YAML: {shown}", "correct it", line) from None
    except DocumentError:
        raise
    except (ValueError, OverflowError):  # of an escaped character that does not exist
        raise document_error(
            name, "not_yaml", "the text is not valid YAML: a character does not exist", "correct it"
        ) from None


class _Builder:
    """Builds plain data from the events of a text."""

    def __init__(self, text: str, name: str) -> None:
        self._events = yaml.parse(text, Loader=yaml.SafeLoader)
        self._name = name
        self._anchors: dict[str, Any] = {}

    def document(self) -> Any:  # noqa: ANN401 -- plain data
        found: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                found.append(self._node(next(self._events), 0))
            if len(found) > 1:
                raise self._error("not_yaml", "there are several documents", "give one", event)
        return found[0] if found else None

    def _node(self, event: Any, depth: int) -> Any:  # noqa: ANN401 -- an event
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._error("not_yaml", f"no anchor {event.anchor!a:.80} is complete", "name one before", event)
            return self._anchors[event.anchor]
        if event.tag not in (None, "!"):
            raise self._error("bad_value", f"a value has the tag {event.tag!a:.80}", "leave it out", event)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event.value) if event.style is None and event.tag is None else event.value
        elif depth >= DEEPEST:
            what = f"the text is nested more than {DEEPEST} levels deep"
            raise self._error("too_deep", what, "nest it less", event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(depth + 1)
        else:
            value = self._mapping(depth + 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _sequence(self, depth: int) -> list[Any]:
        found = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, depth))
        return found

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error("wrong_type", "a key is not a text", "give texts as keys", event)
            if event.value in found:
                what = f"the key {event.value!a:.80} occurs twice in one mapping"
                raise self._error("bad_value", what, "keep one of them", event)
            found[event.value] = self._node(next(self._events), depth)
        return found

    def _error(self, code: str, what: str, fix: str, event: Any) -> DocumentError:  # noqa: ANN401 -- an event
        return document_error(self._name, code, what, fix, event.start_mark.line + 1)


def _scalar(text: str) -> Any:  # noqa: ANN401 -- plain data
    """Return the value of a scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
        return int(text)
    return Fractional(text) if _FRACTION.fullmatch(text) else text
