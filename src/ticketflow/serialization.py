"""Commands as documents. The only door to cattrs.

Documents are untrusted: unknown keys, numbers where texts are meant, instants without an offset and the like are all
found, and raised together as one error of ours, each with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NoReturn, cast

import attrs
from cattrs import Converter, transform_error
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from ticketflow.commands import NAMES, AnyCommand
from ticketflow.errors import BadValueError, DocumentError, Problem, TicketflowError, unknown_name
from ticketflow.values import ROLES, FrozenMap, Mail, Message, Role, Value, check_id, to_utc

_LONGEST = 65_536
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """Return the instant, in UTC, that an RFC 3339 text names.

    Raises:
        BadValueError: it is of another form, names no day or time, or has no offset.
        OutOfRangeError: in UTC it lies outside the years 1 to 9999.

    >>> parse_instant("2026-11-19T15:00:00-03:00").isoformat()
    '2026-11-19T18:00:00+00:00'
    """
    at = read_datetime(text)
    if at.tzinfo is None:
        raise BadValueError(f"instant {text!r} has no offset", f"say which instant is meant, for example {text}Z")
    return to_utc(at, "the instant")


def read_datetime(text: str) -> datetime:
    """Return the datetime that an RFC 3339 text names; without a zone if it has no offset.

    Raises:
        BadValueError: it is of another form, or names no day or time.
    """
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass  # of the right form, but no such day or time
    raise BadValueError(f"instant {text!r}", "write it as 2026-11-19T15:00:00-03:00 or 2026-11-19T18:00:00Z")


def read_line(line: bytes, place: str) -> tuple[str, AnyCommand]:
    """Return the ticket's id and the command that one line of a JSON Lines file holds.

    Args:
        line: One JSON object, in UTF-8.
        place: Where the line stands, for messages.

    Raises:
        DocumentError: it holds none; all its problems together.

    >>> line = b'{"ticket": "T-1", "do": "assign", "assignee": "ana", "by": {"role": "agent", "id": "ana"}}'
    >>> try:
    ...     read_line(line, "line 3")
    ... except DocumentError as error:
    ...     print(error)
    line 3, at: it is missing; give it
    """
    document = _parsed(line, place)
    kinds = {name: kind for kind, name in NAMES.items()}
    name, ticket = document.pop("do", None), document.get("ticket")
    try:
        ticket = check_id(_exactly(ticket, str), "ticket id")
    except BadValueError as error:
        raise DocumentError((Problem(f"{place}, ticket", error.what, error.fix),)) from None
    if not isinstance(name, str) or name not in kinds:
        raise DocumentError((unknown_name(f"{place}, do", "command", str(name), kinds),), ticket)
    kind = kinds[name]
    if "ticket" not in (field.name for field in attrs.fields(kind)):
        del document["ticket"]
    converter = _converter()
    try:
        return ticket, cast("AnyCommand", converter.structure(document, kind))
    except Exception as error:  # noqa: BLE001 -- cattrs groups whatever its hooks and our classes raise
        raise DocumentError(tuple(_problems(error, place)), ticket) from None


def _problems(error: BaseException, place: str) -> Iterator[Problem]:
    for text in transform_error(error, path="", format_exception=_spoken):
        what, _, path = text.rpartition(" @ ")
        where = ", ".join(filter(None, (place, path.lstrip("."))))
        said, _, fix = what.partition("; ")
        yield Problem(where, said, fix)


def _spoken(error: BaseException, _: type | None) -> str:
    """Return what is wrong and, after a semicolon, what would be right."""
    if isinstance(error, KeyError):
        return "it is missing; give it"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown keys {', '.join(sorted(error.extra_fields))}; leave them out or spell them as documented"
    if isinstance(error, TicketflowError):
        return str(error)
    return "it is of the wrong type; see docs/files.md"


def _parsed(line: bytes, place: str) -> dict[str, object]:
    if len(line) > _LONGEST:
        fix = f"keep a line under {_LONGEST} bytes"
        raise DocumentError((Problem(place, f"it has {len(line)} bytes", fix),))
    try:
        document = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except BadValueError as error:
        raise DocumentError((Problem(place, error.what, error.fix),)) from None
    except (ValueError, RecursionError) as error:
        detail = _WRONG.get(type(error)) or getattr(error, "msg", "a number of too many digits")
        raise DocumentError((Problem(place, f"it is no JSON: {detail}", "write one JSON object a line"),)) from None
    if not isinstance(document, dict):
        raise DocumentError((Problem(place, "it is no JSON object", "write one JSON object a line"),))
    return document


_WRONG: Mapping[type, str] = {UnicodeDecodeError: "not UTF-8", RecursionError: "nested too deeply"}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadValueError("a key stands twice in one object", "keep one of them")
    return document


def _no_constant(name: str) -> NoReturn:
    raise BadValueError(f"{name} is no number", "write whole numbers")


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook_func(lambda kind: kind == Role, lambda value, _: _role(value))
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook(datetime, lambda value, _: parse_instant(_exactly(value, str)))
    converter.register_structure_hook_func(lambda kind: kind == FrozenMap[str, Value], lambda value, _: _fields(value))
    converter.register_structure_hook_func(
        lambda kind: kind == frozenset[str], lambda value, _: frozenset(_texts(value))
    )
    _read_messages(converter)
    return converter


def _read_messages(converter: Converter) -> None:
    """Let *converter* read a message as a mail if what it says is given, and as its bare facts if not."""
    bare, mail = (make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True) for kind in (Message, Mail))

    def read(value: object, _: type) -> Message:
        if not isinstance(value, dict):
            raise BadValueError(f"it is {value!r}", "give an object")
        return mail(value, Mail) if {"subject", "text"} & set(value) else bare(value, Message)

    converter.register_structure_hook_func(lambda kind: kind is Message, read)


def _exactly(value: Any, kind: type) -> Any:  # noqa: ANN401 -- a document holds anything
    if type(value) is not kind:
        raise BadValueError(f"it is {value!r}", f"give a {_SPOKEN[kind]}")
    return value


_SPOKEN: Mapping[type, str] = {str: "text", int: "whole number", bool: "truth value"}


def _role(value: object) -> object:
    if not isinstance(value, str) or value not in ROLES:
        raise BadValueError(f"it is {value!r}", f"give one of: {', '.join(sorted(ROLES))}")
    return value


def _texts(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        raise BadValueError(f"it is {value!r}", "give a list of texts")
    for text in value:
        yield _exactly(text, str)


def _fields(value: object) -> FrozenMap[str, Value]:
    if not isinstance(value, dict):
        raise BadValueError(f"it is {value!r}", "give an object of field names and values")
    return FrozenMap({name: _field(name, held) for name, held in value.items()})


def _field(name: str, value: object) -> Value:
    """Return the value of a field; an instant is written as an object, so that no text is taken for one."""
    if isinstance(value, dict) and set(value) == {"instant"}:
        return parse_instant(_exactly(value["instant"], str))
    if type(value) not in (str, int, bool, type(None)):
        fix = 'give a text, a whole number, a truth value, null or {"instant": "…"}'
        raise BadValueError(f"field {name!r} is {value!r}", fix)
    return cast("Value", value)
