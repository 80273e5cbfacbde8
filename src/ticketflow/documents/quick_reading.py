"""Read values from plain data that has no problems, at the speed of code written by hand.

There is one reader for each class. It is made when it is first used: a function that takes the attributes out of an
object and calls the class. It gives up at the first thing that is not as it expects, without saying why. Then
`ticketflow.documents.conversion` reads the same data and collects all its problems. What is read here is read there as
an equal value; what is refused there is never read here.

Source: docs/semantics.md 6.1 to 6.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Literal, NoReturn, TypeVar, cast, get_args, get_origin

import attrs

from ticketflow.documents.conversion import checked_names, holds_names, own_reader, read_plain
from ticketflow.documents.evolution import present_entry
from ticketflow.documents.introspection import (
    COLLECTIONS,
    attributes,
    classes,
    hint_of,
    is_optional,
    needed_attributes,
    options,
    without_none,
)
from ticketflow.documents.parsing import LARGEST
from ticketflow.documents.scalars import NOTHING, Read, parse_instant, read_value
from ticketflow.documents.tags import BARE, COMMANDS, TAGS
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import is_plain_name
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.events import Entry
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Mail, Message
from ticketflow.tickets.ticket import Ticket

T = TypeVar("T")


def read_quickly(data: object, kind: Any) -> Any:  # noqa: ANN401 -- documents.reading has the types
    """Read a value from plain data within the limits of documents, as `read_plain` does.

    Raises:
        DataError: *data* has problems.

    >>> from ticketflow.calendars.spans import Span
    >>> read_quickly({"elapsed": {"days": 2}}, Span)
    Elapsed(amount=datetime.timedelta(days=2))
    """
    if kind is not Rules:  # a refusal of a rule set would take twice the time
        try:
            return quick_reader(kind)(data)
        except Exception:  # noqa: BLE001, S110 -- whatever it is, the reader below says it in our words
            pass
    return read_plain(data, kind)


class _GaveUpError(Exception):
    """The data is not as expected."""


def _give_up(*_: object) -> NoReturn:
    raise _GaveUpError


@cache
def quick_reader(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    """Return the reader of an annotation."""
    if kind in _LEAVES:
        return _LEAVES[kind]
    if is_optional(kind):
        return _optional(quick_reader(without_none(kind)))
    own = own_reader(kind)
    if own is not None:
        return own
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        chosen = dict(zip(parts, parts, strict=True))
        return lambda value: chosen[value]  # a string, or a KeyError
    if origin in COLLECTIONS:
        return _collection(COLLECTIONS[origin], _later(parts[0]))
    if origin is FrozenMap and parts[0] is str:
        return _map(_later(parts[1]))
    return _reader_of_classes(kind) or (lambda value: read_plain(value, kind))


def _later(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    """Return a reader that is made when it is first used, because classes can refer to themselves."""
    return lambda value: quick_reader(kind)(value)  # noqa: PLW0108 -- see above


def _optional(read: Read) -> Read:
    return lambda value: None if value is None or value == NOTHING else read(value)


def _collection(make: Callable[[list[Any]], object], read: Read) -> Read:
    return lambda value: make([read(each) for each in value] if value.__class__ is list else _give_up())


def _map(read: Read) -> Read:
    def read_map(value: Any) -> object:  # noqa: ANN401 -- plain data
        return FrozenMap({key: read(held) for key, held in value.items()})

    return read_map


def _reader_of_classes(kind: Any) -> Read | None:  # noqa: ANN401 -- an annotation
    """Return the reader of an annotation that allows nothing but classes of one sort; None for any other one."""
    found = classes(kind)
    if found == {Message, Mail}:
        return _read_message
    if not found or len(found) < len(options(kind)):
        return None  # it allows strings, too
    if len(found) == 1:  # a class with an initializer of its own for Python code is left to the other reader
        return None if hasattr(kind, "__attrs_init__") else _object_reader(kind)
    if found <= COMMANDS.keys():
        return _command_reader({COMMANDS[each]: each for each in found})
    return _tagged_reader({TAGS[each]: each for each in found}) if found <= TAGS.keys() else None


def _read_message(value: Any) -> object:  # noqa: ANN401 -- plain data
    return _object_reader(Mail if "subject" in value or "text" in value else Message)(value)


def _command_reader(names: Mapping[str, type]) -> Read:
    def read(value: Any) -> object:  # noqa: ANN401 -- plain data
        given = dict(value)
        return _object_reader(names[given.pop("do")])(given)

    return read


def _tagged_reader(tags: Mapping[str, type]) -> Read:
    """Return the reader of values with a tag; a class without attributes can be the tag alone."""
    readers: dict[str, Read] = {}
    alone = {tag: kind for tag, kind in tags.items() if not needed_attributes(kind)}

    def read(value: Any) -> object:  # noqa: ANN401 -- plain data
        if value.__class__ is str:
            return alone[value]()
        ((tag, inner),) = value.items()
        found = readers.get(tag)
        if found is None:
            found = readers[tag] = quick_reader(tags[tag])
        return found(inner)

    return read


# -- classes ----------------------------------------------------------------------------------------------------------


@cache
def _object_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return the reader of the objects of a class that has the initializer of attrs."""
    if kind not in BARE:
        return _whole_reader(kind)
    name = BARE[kind]
    bare, make = _attribute_reader(kind, name), _with_one(kind, name)
    if len(attributes(kind)) == 1:
        return lambda value: make(bare(value))
    whole = _whole_reader(kind)
    return lambda value: whole(value) if isinstance(value, dict) and name in value else make(bare(value))


def _with_one(kind: Any, name: str) -> Callable[[object], object]:  # noqa: ANN401 -- an attrs class
    """Return a function that makes an object of its main attribute."""
    if next(iter(attributes(kind))) == name:
        return lambda value: kind(value)  # noqa: PLW0108 -- typed
    return lambda value: kind(**{name: value})


_SOURCE = """
def read(data):
    if data.__class__ is not dict:
        give_up()
    count = {needed}
    {takes}
    if count != len(data):
        give_up()
    return make({arguments})
"""
_TAKE = """
    {name} = data[{name!r}]
    {read}"""
_TAKE_OPTIONAL = """
    {name} = data.get({name!r}, missing)
    if {name} is missing:
        {name} = default_{name}
    else:
        count += 1
        {read}"""


def _whole_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return a function that takes the attributes of an object one by one, and calls the class with them."""
    names: dict[str, Any] = {"make": kind, "missing": object(), "give_up": _give_up, **_CHECKS}
    takes, arguments = [], []
    for name, field in attributes(kind).items():
        names[f"read_{name}"] = _attribute_reader(kind, name)
        names[f"default_{name}"] = attrs.NOTHING if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        take = _TAKE if field.default is attrs.NOTHING else _TAKE_OPTIONAL
        takes.append(take.format(name=name, read=_read_line(kind, name)))
        arguments.append(f"{field.alias}={name}" if field.kw_only else name)
    ordered = sorted(arguments, key=lambda argument: "=" in argument)
    needed = len(needed_attributes(kind))
    exec(_SOURCE.format(needed=needed, takes="".join(takes), arguments=", ".join(ordered)), names)  # noqa: S102 -- of attribute names
    made: Read = names["read"]
    return _shared_actors(made) if kind is Actor else made


def _read_line(kind: type, name: str) -> str:
    """Return the source that reads an attribute; the commonest leaves are read in place."""
    hint = hint_of(kind, name)
    is_leaf = own_reader(kind, name) is None
    if is_leaf and hint is str:
        read = f"known({name})" if holds_names(kind, name) else name
        return f"{name} = {read} if {name}.__class__ is str else give_up()"
    if is_leaf and hint is int:
        return f"{name} = {name} if {name}.__class__ is int and least <= {name} < most else give_up()"
    if is_leaf and hint is bool:
        return f"{name} = {name} if {name}.__class__ is bool else give_up()"
    return f"{name} = read_{name}({name})"


def _attribute_reader(kind: type, name: str) -> Read:
    """Return the reader of an attribute."""
    own = own_reader(kind, name)
    if own is not None:
        return own
    hint = hint_of(kind, name)
    if not holds_names(kind, name):
        return _later(hint) if classes(hint) else quick_reader(hint)
    if hint is str:
        return _read_name
    if hint == str | None:
        return _optional(_read_name)
    read = quick_reader(hint)
    return lambda value: checked_names(read(value))


@lru_cache(maxsize=8_192)
def _known(text: str) -> str:
    """Return a name as one object for all places where it stands."""
    return text if is_plain_name(text) else _give_up()


def _read_name(value: Any) -> str:  # noqa: ANN401 -- plain data
    return _known(value) if value.__class__ is str else _give_up()


_CHECKS: Mapping[str, object] = {"known": _known, "least": -LARGEST, "most": LARGEST}


def _shared_actors(read: Read) -> Read:
    """Return a reader that gives actors without groups as one object for all places where they stand."""

    @lru_cache(maxsize=1_024)
    def actor(role: Any, name: str) -> Actor:  # noqa: ANN401 -- checked by the class
        return Actor(role, name)

    def read_actor(data: Any) -> object:  # noqa: ANN401 -- plain data
        return actor(data["role"], data["id"]) if len(data) == 2 and data.__class__ is dict else read(data)  # noqa: PLR2004 -- two keys

    return read_actor


# -- leaves -----------------------------------------------------------------------------------------------------------


def _exact(kind: type) -> Read:
    return lambda value: value if value.__class__ is kind else _give_up()


def _read_integer(value: Any) -> object:  # noqa: ANN401 -- plain data
    return value if value.__class__ is int and -LARGEST <= value < LARGEST else _give_up()


_is_in_utc = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII).fullmatch


def _read_instant(value: Any) -> datetime:  # noqa: ANN401 -- plain data
    if _is_in_utc(value):
        at = datetime.fromisoformat(value)
        return at if at.tzinfo is UTC else _give_up()
    return parse_instant(value)


def _read_ticket(value: Any) -> object:  # noqa: ANN401 -- plain data
    if len(value) != 1:
        _give_up()
    return replay(cast("Entry", _read_entry(entry)) for entry in value["entries"])


def _read_entry(value: Any) -> object:  # noqa: ANN401 -- plain data
    return _object_reader(Entry)(present_entry(value))


_LEAVES: Mapping[Any, Read] = {
    Value: lambda value: value if value is None or value is True or value is False else read_value(value),
    str: _exact(str),
    int: _read_integer,
    bool: _exact(bool),
    object: _give_up,
    datetime: _read_instant,
    Entry: _read_entry,
    Ticket: _read_ticket,
}
"""The readers of annotations for which there is a faster one here."""
