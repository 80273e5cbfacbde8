"""Write values as documents.

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, cast

from ticketflow.documents.conversion import write_named, write_plain
from ticketflow.documents.histories import CANONICAL
from ticketflow.documents.kinds import KINDS, header
from ticketflow.documents.parsing import Plain
from ticketflow.documents.scalars import NOTHING
from ticketflow.documents.toml_layout import toml_text
from ticketflow.errors import BadValueError
from ticketflow.rules.freezing import freeze
from ticketflow.rules.ruleset import Rules


def plain(value: object, *, frozen: bool = False) -> dict[str, Plain]:
    """Return the plain data of a value's document.

    Args:
        value: The value.
        frozen: Whether a rule set lists the dates of its public holidays (`ticketflow.freeze`).

    Raises:
        BadValueError: No kind of document holds such values, or *frozen* is asked for another value than a rule set.

    >>> from ticketflow.rules.actions import Move
    >>> plain(Move("close"))
    {'format': 'action/1', 'move': 'close'}
    """
    value = freeze(cast("Rules", value)) if frozen else value
    kind = next((name for name, held in KINDS.items() if isinstance(value, held)), None)
    if kind is None:
        raise BadValueError(f"no document holds a value of type {type(value).__name__}", f"give: {', '.join(KINDS)}")
    data = write_plain(value, KINDS[kind])
    return {"format": header(kind)} | (data if isinstance(data, dict) else {cast("str", data): {}})


def write(value: object, *, frozen: bool = False) -> str:
    """Return the canonical JSON document of a value: keys sorted, no white space, no defaults.

    Equal values have equal texts in every process. `read` returns a value equal to *value*, or to the frozen rule set.

    Args:
        value: The value.
        frozen: Whether a rule set lists the dates of its public holidays (`ticketflow.freeze`).

    Raises:
        BadValueError: No kind of document holds such values, or *frozen* is asked for another value than a rule set.

    >>> from ticketflow.rules.actions import SendMessage
    >>> write(SendMessage("still-there"))
    '{"format":"action/1","send_message":{"template":"still-there"}}'
    """
    return CANONICAL.encode(plain(value, frozen=frozen))


def write_toml(rules: Rules, *, frozen: bool = False) -> str:
    """Return the TOML document of a rule set, laid out for people.

    Attributes that have their defaults are left out. Measures are named where they can be. Tables and arrays that
    fit the line are on one line.

    Args:
        rules: The rule set.
        frozen: Whether the document lists the dates of public holidays (`ticketflow.freeze`).
    """
    data: dict[str, Any] = plain(rules, frozen=frozen)
    for clock, policy in zip(data.get("clocks", ()), rules.clocks, strict=True):
        clock["measure"] = write_named(policy.measure)
    return toml_text(cast("dict[str, Any]", _without_null(data)))


def _without_null(data: Plain) -> Plain:
    if isinstance(data, dict):
        return {key: _without_null(held) for key, held in data.items()}
    if isinstance(data, list):
        return [_without_null(held) for held in data]
    return dict(NOTHING) if data is None else data


def digest(value: object) -> str:
    """Return a hash of a value's canonical document, as a short text.

    Raises:
        BadValueError: No kind of document holds such values.
    """
    return blake2b(write(value).encode(), digest_size=10).hexdigest()
