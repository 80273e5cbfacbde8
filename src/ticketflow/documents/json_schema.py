"""JSON Schemas (2020-12) of documents, made from the types by which they are read.

A schema says of which shape a document is, for editors and for other languages; names that must be there, spans that
must be apart and the like are found when it is read.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.hours import WEEKDAYS, Yearly
from ticketflow.calendars.recurrence import Recurrence
from ticketflow.calendars.spans import ClockSpan, Span, WorkingTime
from ticketflow.documents.conversion import (
    COLLECTIONS,
    Partial,
    attributes,
    classes,
    hint_of,
    is_optional,
    is_wall_time,
    told_by_key,
)
from ticketflow.documents.kinds import KINDS, VERSION
from ticketflow.documents.tags import BARE, COMMANDS, TAGS
from ticketflow.errors import BadValueError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import Timer, Trigger
from ticketflow.service.intake import Route
from ticketflow.tickets import commands, events
from ticketflow.tickets.anchors import Anchor
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import Condition

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNITS = ("days", "hours", "minutes", "seconds", "microseconds")


def schema(kind: str) -> Schema:
    """Return the JSON Schema of a kind of document.

    Raises:
        BadValueError: *kind* is not one of `ticketflow.documents.kinds.KINDS`.

    >>> schema("rules")["properties"]["format"]
    {'const': 'rules/1'}
    """
    if kind not in KINDS:
        problem = unknown_name("", "schema", str(kind), KINDS)
        raise BadValueError(problem.what, problem.fix)
    definitions = Definitions()
    return definitions.titled(kind, definitions.document(kind))


_ONE_BESIDE_THE_HEADER: Schema = {
    "if": {"required": ["$schema"]},
    "then": {"minProperties": 3},
    "else": {"maxProperties": 2},
    "minProperties": 2,
    "maxProperties": 3,
}


def _object(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    needed = list(required)
    made: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return made | ({"required": needed} if needed else {})


def _duration(units: Iterable[str]) -> Schema:
    return _object({unit: {"type": "integer"} for unit in units}) | {"minProperties": 1}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"}


_NOTHING = _object({"nothing": {"const": True}}, ["nothing"])
_INSTANT = {"type": "string", "format": "date-time"}
_DATE = {"type": "string", "format": "date"}
_TIME = _text(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_WORKING = _duration(_UNITS[1:])
_SHIFT = _object({"opens": _duration(_UNITS), "closes": _duration(_UNITS)}, ["opens", "closes"])
_HOURS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": _SHIFT}]}
_YEARLY = r"[0-9]{2}-[0-9]{2}"
_ANY_DATE = rf"([0-9]{{4}}-)?{_YEARLY}"
_VALUE: Schema = {
    "anyOf": [
        {"type": ["string", "integer", "boolean", "null"]},
        _object({"instant": _INSTANT}, ["instant"]),
        _NOTHING,
    ]
}
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    object: {},
    datetime: _INSTANT,
    date: _DATE,
    timedelta: _duration(_UNITS),
}
_KEYS: Mapping[Any, Schema] = {
    date: {"pattern": rf"^[0-9]{{4}}-{_YEARLY}$"},
    date | Yearly: {"pattern": f"^{_ANY_DATE}$"},
}


_NAMED: Mapping[frozenset[type], str] = {
    classes(alias): name
    for name, alias in {
        "Action": actions.Action,
        "Anchor": Anchor,
        "Cause": events.Cause,
        "Command": commands.AnyCommand,
        "Condition": Condition,
        "Event": events.Event,
        "Recurrence": Recurrence,
        "Route": Route,
        "Rule": Rule,
        "Span": Span,
        "SpanOrClockSpan": Span | ClockSpan,
        "When": Trigger | Timer,
        "Why": events.Why,
    }.items()
}
"""What unions are called that are too long to be called after their parts."""


class Definitions:
    """The schemas of classes, by name, as they come to be needed."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        self._called: dict[str, type] = {}

    def titled(self, name: str, whole: Schema) -> Schema:
        """Return *whole* as a schema of its own, with a title and every definition that it needs."""
        defs = dict(sorted(self.made.items()))
        return {"$schema": _DIALECT, "title": f"ticketflow {name}", **whole, "$defs": defs}

    def document(self, name: str) -> Schema:
        """Return the schema of a document: of what it holds, with a header."""
        inner = self.of(KINDS[name])
        header = {"format": {"const": f"{name}/{VERSION}"}, "$schema": {"type": "string"}}
        return self._merged(inner, header)

    def _merged(self, inner: Schema, header: Mapping[str, Schema]) -> Schema:
        """Return *inner* with the properties of a header beside its own."""
        if "$ref" in inner:
            return self._merged(self.made[inner["$ref"].rpartition("/")[2]], header)
        if "anyOf" in inner:
            return {"anyOf": [self._merged(each, header) for each in inner["anyOf"] if "enum" not in each]}
        required = ["format", *inner.get("required", ())]
        made = inner | {"properties": {**header, **inner["properties"]}, "required": required}
        return made | (_ONE_BESIDE_THE_HEADER if "maxProperties" in inner else {})

    def of(self, kind: Any) -> Schema:  # noqa: ANN401 -- an annotation
        """Return the schema of values of a type."""
        if kind == Value:
            return self._named("Value", lambda: _VALUE)
        if is_optional(kind):
            given = [each for each in get_args(kind) if each is not type(None)]
            whole: Any = Union[tuple(given)]  # noqa: UP007 -- of types that are known only now
            inner = [self.of(whole)] if classes(kind) else [self.of(each) for each in given]
            return {"anyOf": [*inner, {"type": "null"}, _NOTHING]}
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind in _OWN:
            return self._named(kind.__name__, lambda: _OWN[kind](self))
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(parts)}
        if origin in COLLECTIONS:
            return {"type": "array", "items": self.of(parts[0])}
        if origin is FrozenMap:
            return self._map(*parts)
        if origin is Partial:
            return self._partial(parts[0])
        return self._classes(kind)

    def _map(self, key: Any, held: Any) -> Schema:  # noqa: ANN401 -- annotations
        names = {"enum": list(get_args(key))} if get_origin(key) is Literal else _KEYS.get(key)
        return {"type": "object", "additionalProperties": self.of(held)} | ({"propertyNames": names} if names else {})

    def _classes(self, kind: Any) -> Schema:  # noqa: ANN401 -- an annotation
        options = sorted(classes(kind), key=lambda each: each.__name__)
        texts = [{"enum": list(get_args(each))} for each in get_args(kind) if get_origin(each) is Literal]
        if len(options) == 1 and not texts:
            return self._class(options[0])
        either = frozenset(options)
        name = _NAMED.get(either, "Or".join(each.__name__ for each in options))
        return self._named(name, lambda: {"anyOf": [*texts, *self._choice(either)]})

    def _choice(self, options: frozenset[type]) -> list[Schema]:
        in_order = sorted(options, key=lambda each: each.__name__)
        if told_by_key(options):
            return [self._class(each) for each in in_order]
        if options <= COMMANDS.keys():
            return [self._class(each, {"do": {"const": COMMANDS[each]}}) for each in in_order]
        bare = sorted(TAGS[each] for each in options if self._has_no_needs(each))
        tagged = {TAGS[each]: self._class(each) for each in in_order}
        whole = _object(dict(sorted(tagged.items()))) | {"minProperties": 1, "maxProperties": 1}
        return [{"enum": bare}, whole] if bare else [whole]

    @staticmethod
    def _has_no_needs(kind: type) -> bool:
        return all(field.default is not attrs.NOTHING for field in attributes(kind).values())

    def _class(self, kind: type, more: Mapping[str, Schema] | None = None) -> Schema:
        if kind in BARE:
            return self._attribute(kind, BARE[kind])
        own = _OWN.get(kind)
        return self._named(self._name(kind), lambda: own(self) if own else self._whole(kind, more or {}))

    def _name(self, kind: type) -> str:
        """Return what a class is called here: its name, and of two of one name, the second's module before it."""
        taken = self._called.setdefault(kind.__name__, kind)
        return kind.__name__ if taken is kind else f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"

    def _whole(self, kind: type, more: Mapping[str, Schema]) -> Schema:
        required = [*more, *(name for name, field in attributes(kind).items() if field.default is attrs.NOTHING)]
        return {"description": _first_line(kind)} | _object({**more, **self._attributes(kind)}, required)

    def _attributes(self, kind: type) -> Schema:
        told = told_attributes(kind)
        return {name: {"description": told.get(name, name), **self._attribute(kind, name)} for name in attributes(kind)}

    def _partial(self, kind: Any) -> Schema:  # noqa: ANN401 -- an attrs class
        names = [field.name for field in attrs.fields(kind)]
        return self._named(
            f"Some{kind.__name__}", lambda: _object({name: self._attribute(kind, name) for name in names})
        )

    def _attribute(self, kind: type, name: str) -> Schema:
        if is_wall_time(kind, name):
            return _TIME
        special = _SPECIAL.get((kind, name))
        return special(self) if special else self.of(hint_of(kind, name))

    def _named(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.made:
            self.made[name] = {}  # it may hold itself
            self.made[name] = make()
        return {"$ref": f"#/$defs/{name}"}


def _public_holidays(definitions: Definitions) -> Schema:
    texts = {name: {"type": "string"} for name in ("country", "subdivision")}
    return {"anyOf": [_object(texts, ["country"]), definitions._whole(PublicHolidays, {})]}  # noqa: SLF001 -- its own


def _ticket(definitions: Definitions) -> Schema:
    return _object({"entries": {"type": "array", "items": definitions.of(events.Entry)}}, ["entries"])


_OWN: Mapping[Any, Callable[[Definitions], Schema]] = {PublicHolidays: _public_holidays, Ticket: _ticket}


def _array(items: Schema, length: int | None = None) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": length, "maxItems": length} if length else {})


def _dated(keys: Schema, held: Schema) -> Schema:
    return {"type": "object", "propertyNames": keys, "additionalProperties": held}


_SPECIAL: Mapping[tuple[type, str], Callable[[Definitions], Schema]] = {
    (BusinessCalendar, "week"): lambda _: {"anyOf": [{"type": "string"}, _array(_HOURS, len(WEEKDAYS))]},
    (BusinessCalendar, "half_days"): lambda _: _dated(_KEYS[date | Yearly], _TIME),
    (BusinessCalendar, "overrides"): lambda _: _dated(_KEYS[date], _HOURS),
    (WorkingTime, "amount"): lambda _: _WORKING,
    (FixedIntervals, "stretches"): lambda _: _array(_array(_INSTANT, 2)),
    (events.Opened, "earlier"): lambda definitions: _array(_array(definitions.of(events.Entry))),
}


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).split("\n\n")[0].replace("\n", " ")


_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def told_attributes(kind: type) -> Mapping[str, str]:
    """Return what the docstring of a class, and of those it builds on, says of each attribute."""
    told: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        told |= {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(inspect.getdoc(each) or "")}
    return told
