"""The canonical text of a definition, from which its digest is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import attrs

from ticketflow.calendars.combined import CombinedCalendar
from ticketflow.calendars.date_rules import WRITTEN_RULES
from ticketflow.rules.tags import DEFINITION_TAGS

_LONGEST = 10_000
"""The longest text of a combined calendar. Longer ones are hashed: parts that repeat make the text grow fast."""


def canonical(value: object) -> str:
    """Return the canonical text of a definition.

    It is the same for equal definitions, whatever the order in which their sets and maps were written. It names classes
    by the tags of documents, so a class can be renamed. It is stricter than equality: True equals 1 in Python, but they
    have different texts.

    >>> canonical(frozenset({"b", "a"})), canonical(True) == canonical(1)
    ("{'a','b'}", False)
    """
    return _text(value, {})


def _text(value: object, known: dict[CombinedCalendar, str]) -> str:
    """Return the canonical text of a part. The texts of combined calendars are kept in *known*."""
    if not isinstance(value, CombinedCalendar):
        return _text_of(value, known)
    text = known.get(value)
    if text is None:
        text = _text_of(value, known)
        if len(text) > _LONGEST:
            text = f"hash({blake2b(text.encode(), digest_size=20).hexdigest()})"
        known[value] = text
    return text


def _text_of(value: object, known: dict[CombinedCalendar, str]) -> str:
    kind = type(value)
    if isinstance(value, WRITTEN_RULES):
        return repr(str(value))
    if attrs.has(kind):
        shown = (field for field in attrs.fields(kind) if field.eq and not _is_default(field, value))
        inner = ",".join(f"{field.name}={_text(getattr(value, field.name), known)}" for field in shown)
        return f"{DEFINITION_TAGS.get(kind, '')}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_text(k, known)}:{_text(v, known)}" for k, v in value.items())) + "}"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(_text(each, known) for each in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(_text(each, known) for each in value) + ")"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _is_default(field: attrs.Attribute[Any], value: object) -> bool:
    """Return whether an attribute has its default value. It is left out, so a new attribute changes no digest."""
    default, held = default_of(field, value), getattr(value, field.name)
    return type(held) is type(default) and bool(held == default)


def default_of(field: attrs.Attribute[Any], value: object) -> object:
    """Return the default of an attribute; it can depend on the other attributes of *value*."""
    default: Any = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class; its stub declares a function
        return default.factory(value) if default.takes_self else default.factory()
    return default
