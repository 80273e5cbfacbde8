"""The canonical text of a definition, from which its digest is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import attrs

from ticketflow.calendars.business import BusinessCalendar
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
    return _Texts(has_names=True).of(value)


def digest_of(value: object) -> str:
    """Return the digest of a definition, which the names of holidays do not change.

    >>> digest_of(("a", 1))
    'b964e3bb15d17e9a0340'
    """
    return blake2b(_Texts(has_names=False).of(value).encode(), digest_size=10).hexdigest()


class _Texts:
    """Makes the texts of the parts of a definition, and keeps those of combined calendars.

    Args:
        has_names: Whether the names of holidays belong to the texts.
    """

    def __init__(self, *, has_names: bool) -> None:
        self._has_names = has_names
        self._known: dict[CombinedCalendar, str] = {}

    def of(self, value: object) -> str:
        """Return the text of a part."""
        if not isinstance(value, CombinedCalendar):
            return self._text(value)
        text = self._known.get(value)
        if text is None:
            text = self._text(value)
            if len(text) > _LONGEST:
                text = f"hash({blake2b(text.encode(), digest_size=20).hexdigest()})"
            self._known[value] = text
        return text

    def _text(self, value: object) -> str:
        kind = type(value)
        if isinstance(value, WRITTEN_RULES):
            return repr(str(value))
        if attrs.has(kind):
            if isinstance(value, BusinessCalendar) and not self._has_names:
                value = value.without_names()
            shown = (field for field in attrs.fields(kind) if is_defining(field) and not _is_default(field, value))
            inner = ",".join(f"{field.name}={self.of(getattr(value, field.name))}" for field in shown)
            return f"{DEFINITION_TAGS.get(kind, '')}({inner})"
        if isinstance(value, Mapping):
            return "{" + ",".join(sorted(f"{self.of(key)}:{self.of(held)}" for key, held in value.items())) + "}"
        if isinstance(value, frozenset):
            return "{" + ",".join(sorted(map(self.of, value))) + "}"
        if isinstance(value, tuple):
            return "(" + ",".join(map(self.of, value)) + ")"
        return value.isoformat() if isinstance(value, date) else repr(value)


def is_defining(field: attrs.Attribute[Any]) -> bool:
    """Return whether an attribute is part of a definition: it is compared, and not derived from others."""
    return bool(field.eq) and field.init


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
