"""Write values as documents.

Source: docs/semantics.md 6.1.
"""

from __future__ import annotations

import json
import tomllib
from hashlib import blake2b
from typing import Any, cast

import tomli_w

from ticketflow.documents.conversion import write_named, write_plain
from ticketflow.documents.kinds import KINDS, header
from ticketflow.documents.parsing import Plain
from ticketflow.documents.scalars import NOTHING
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
    return json.dumps(plain(value, frozen=frozen), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write_toml(rules: Rules, *, frozen: bool = False) -> str:
    """Return the TOML document of a rule set, laid out for people.

    Attributes that have their defaults are left out. Measures are named where they can be. An array with one
    element, or that fits the line, is on one line.

    Args:
        rules: The rule set.
        frozen: Whether the document lists the dates of public holidays (`ticketflow.freeze`).
    """
    data: dict[str, Any] = plain(rules, frozen=frozen)
    for clock, policy in zip(data.get("clocks", ()), rules.clocks, strict=True):
        clock["measure"] = write_named(policy.measure)
    text = tomli_w.dumps(cast("dict[str, Any]", _without_null(data)), multiline_strings=True)
    short = _with_short_arrays(text)
    return short if tomllib.loads(short) == tomllib.loads(text) else text  # a text may look like an array


_LINE = 120


def _with_short_arrays(text: str) -> str:
    """Return TOML as `tomli_w` writes it, with arrays on one line where they are short."""
    found: list[str] = []
    opened: list[int] = []  # the places of the lines that begin the arrays around the present line
    for line in text.split("\n"):
        found.append(line)
        if opened and line.lstrip().startswith("]"):  # inside an inline table, more follows the bracket
            begin = opened.pop()
            items = [each.strip().removesuffix(",") for each in found[begin + 1 : -1]]
            joined = f"{found[begin]}{', '.join(items)}{line.strip()}"
            if len(items) == 1 or (items and len(joined) <= _LINE and not any(each.endswith("[") for each in items)):
                found[begin:] = [joined]
        if line.endswith("["):
            opened.append(len(found) - 1)
    return "\n".join(found)


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
