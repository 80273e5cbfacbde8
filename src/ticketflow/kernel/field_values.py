"""Values of the fields of a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import is_text

Value = str | int | bool | datetime | None
"""The value of a field. An instant is aware and in UTC."""


def is_same(one: Value, other: Value) -> bool:
    """Return whether two field values have the same type and are equal; True and 1 are not."""
    return type(one) is type(other) and one == other


def freeze_fields(value: Mapping[str, Value]) -> FrozenMap[str, Value]:
    """Return *value* as a frozen map of checked field values.

    Raises:
        BadValueError: *value* is not a mapping of names to values, or a value is too large.
    """
    if not isinstance(value, Mapping) or not all(is_text(name) for name in value):
        raise BadValueError(f"fields {value!r:.200} are not a mapping", "give a mapping of field names to values")
    return FrozenMap(
        {name: held if _is_plain(held) else frozen_value(held, f"field {name!r}") for name, held in value.items()}
    )


def _is_plain(value: Value) -> bool:
    """Return True for values that need no look: truth values, None, and short texts in ASCII."""
    kind = value.__class__
    return kind is bool or value is None or (kind is str and len(value) <= LONGEST_TEXT and value.isascii())  # type: ignore[arg-type,union-attr]


def frozen_value(value: Value, what: str) -> Value:
    """Return *value* as fields hold it: an instant in UTC, any other value unchanged.

    Raises:
        NaiveDatetimeError: *value* is an instant without a time zone.
        BadValueError: *value* is a number that does not fit in 64 bits, a text of more than 65,536 characters, or a
            text with a lone surrogate.
    """
    if isinstance(value, datetime):
        return to_utc(value, what)
    if isinstance(value, int):
        return check_number(value, what)
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise BadValueError(f"{what} is a text of {len(value)} characters", f"use at most {LONGEST_TEXT}")
    if isinstance(value, str) and _SURROGATES.search(value):
        raise BadValueError(f"{what} has a lone surrogate", "write whole characters")
    return value


def check_number(value: int, what: str) -> int:
    """Return *value* if it fits in 64 bits with its sign.

    Raises:
        BadValueError: *value* does not fit.
    """
    if not -_LARGEST <= value < _LARGEST:
        raise BadValueError(f"{what} is a number of {value.bit_length()} bits", "use at most 63 and a sign")
    return value


_LARGEST = 1 << 63
LONGEST_TEXT = 65_536
_SURROGATES = re.compile("[\ud800-\udfff]")
