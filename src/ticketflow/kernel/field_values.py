"""What a field of a ticket can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import is_text

Value = str | int | bool | datetime | None
"""What a field of a ticket can hold; an instant is aware, and in UTC inside."""


def same(one: Value, other: Value) -> bool:
    """Return whether two values of a field are one: a truth value is no number, though Python finds True equal to 1."""
    return type(one) is type(other) and one == other


def freeze_fields(value: Mapping[str, Value]) -> FrozenMap[str, Value]:
    """Return what is given for the fields of a ticket as a frozen map.

    Raises:
        BadValueError: it is no mapping.
    """
    if not isinstance(value, Mapping) or not all(is_text(name) for name in value):
        raise BadValueError(f"fields {value!r:.200}", "give a mapping of field names to values")
    return FrozenMap({name: frozen_value(held, f"field {name!r}") for name, held in value.items()})


def frozen_value(value: Value, what: str) -> Value:
    """Return what a field is to hold: an instant in UTC, everything else as it is.

    Raises:
        NaiveDatetimeError: an instant has no time zone.
        BadValueError: a number or a text is larger than any store could want, or a text has half a character.
    """
    if isinstance(value, datetime):
        return to_utc(value, what)
    if isinstance(value, int):
        return check_number(value, what)
    if isinstance(value, str) and (len(value) > _LONGEST_TEXT or _HALVES.search(value)):
        raise BadValueError(f"{what}: a text of {len(value)} characters", f"give whole ones, at most {_LONGEST_TEXT}")
    return value


def check_number(value: int, what: str) -> int:
    """Return *value* if 64 bits can hold it.

    Raises:
        BadValueError: they can't.
    """
    if not -_LARGEST <= value < _LARGEST:
        raise BadValueError(f"{what}: a number of {value.bit_length()} bits", "give one that 64 bits can hold")
    return value


_LARGEST = 1 << 63
_LONGEST_TEXT = 65_536
_HALVES = re.compile("[\ud800-\udfff]")
