"""JSON Schemas (2020-12) of documents, generated from the types with which documents are read.

A schema describes the shape of a document, for editors and other languages. It does not cover references between parts
or values that contradict each other; reading the document reports those.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.date_rules import RULE_PATTERN, DateRule
from ticketflow.calendars.hours import WEEKDAYS
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryWeek, Recurrence
from ticketflow.calendars.spans import AfterDue, ClockSpan, Span, WorkingTime
from ticketflow.documents.conversion import is_wall_time
from ticketflow.documents.evolution import VERSION
from ticketflow.documents.extending import EXTENDS, WITHOUT, WORKFLOW, Preset
from ticketflow.documents.introspection import (
    COLLECTIONS,
    Partial,
    attributes,
    classes,
    deciding_keys,
    hint_of,
    is_optional,
    needed_attributes,
    options,
    without_none,
)
from ticketflow.documents.kinds import KINDS, check_kind, header
from ticketflow.documents.measures import MEASURES
from ticketflow.documents.tags import BARE, COMMANDS, TAGS
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import LONGEST_TAG, TAG_PATTERN, Labels
from ticketflow.rules import actions
from ticketflow.rules.automations import Rule
from ticketflow.rules.composing import PART_KINDS
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import Timer, Trigger
from ticketflow.service.intake import Route
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Policy
from ticketflow.tickets import commands, events
from ticketflow.tickets.anchors import Anchor
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import Condition
from ticketflow.workflow.definition import Workflow

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNITS = ("days", "hours", "minutes", "seconds", "microseconds")


def schema(kind: str) -> Schema:
    """Return the JSON Schema of a kind of document.

    Raises:
        BadValueError: *kind* is not one of `KINDS`.

    >>> schema("rules")["properties"]["format"]
    {'const': 'rules/1'}
    """
    check_kind(kind)
    definitions = Definitions()
    return definitions.titled(kind, definitions.document(kind))


_ONE_TAG_AND_HEADER: Schema = {
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
_WEEK: Schema = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": _HOURS, "minItems": len(WEEKDAYS), "maxItems": len(WEEKDAYS)},
    ]
}
_ANY_DATE = _text(r"([0-9]{4}-)?[0-9]{2}-[0-9]{2}")
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
    date: {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    DateRule: {"pattern": f"^({RULE_PATTERN})$"},
}


_LABELS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": f"^{TAG_PATTERN}$", "maxLength": LONGEST_TAG},
    "additionalProperties": {"type": "string"},
}
_NAMED: Mapping[frozenset[type], str] = {
    classes(alias): name
    for name, alias in {
        "Action": actions.Action,
        "Anchor": Anchor,
        "Cause": events.Cause,
        "Command": commands.Command,
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
"""The names of unions that have too many members to be named after them."""


class Definitions:
    """Collects the schemas of classes, by name, as they are needed."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}
        self._called: dict[str, type] = {}

    def titled(self, name: str, whole: Schema) -> Schema:
        """Return *whole* as a complete schema, with a title and the definitions collected so far."""
        defs = dict(sorted(self.made.items()))
        return {"$schema": _DIALECT, "title": f"ticketflow {name}", **whole, "$defs": defs}

    def document(self, name: str) -> Schema:
        """Return the schema of a kind of document: that of its value, with the header."""
        whole = self._with_header(self.of(KINDS[name]), header(name))
        if name != "rules":
            return whole
        extension = self._with_header(self._extension(), header(name))
        return {
            "type": "object",
            "properties": whole["properties"] | extension["properties"],
            "required": ["format"],
            "if": {"required": [EXTENDS]},
            "then": extension,
            "else": whole,
        }

    def _extension(self) -> Schema:
        """Return the schema of a rule set that extends another one."""
        given = {**self._attributes(Rules), WORKFLOW: self.of(Partial[Workflow])}
        left_out: dict[str, Schema] = {kind: {"type": "array", "items": {"type": "string"}} for kind in PART_KINDS}
        base = {"anyOf": [{"type": "string"}, self._class(Preset)]}
        own = {
            EXTENDS: {"description": "The rule set that this one extends: a preset.", **base},
            WITHOUT: {"description": "The ids of the parts that are left out, by kind.", **_object(left_out)},
        }
        return _object(own | given, [EXTENDS])

    def _with_header(self, inner: Schema, called: str) -> Schema:
        if "$ref" in inner:
            return self._with_header(self.made[inner["$ref"].rpartition("/")[2]], called)
        if "anyOf" in inner:
            return {"anyOf": [self._with_header(each, called) for each in inner["anyOf"] if "enum" not in each]}
        properties = {"format": {"const": called}, "$schema": {"type": "string"}, **inner["properties"]}
        made = inner | {"properties": properties, "required": ["format", *inner.get("required", ())]}
        return made | (_ONE_TAG_AND_HEADER if "maxProperties" in inner else {})

    def of(self, kind: Any) -> Schema:  # noqa: ANN401 -- an annotation
        """Return the schema of values with an annotation."""
        if kind == Value:
            return self._named("Value", lambda: _VALUE)
        if is_optional(kind):
            inner = [self.of(without_none(kind))] if classes(kind) else [self.of(each) for each in options(kind)]
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
        if (key, held) == get_args(Labels):
            return _LABELS
        names = {"enum": list(get_args(key))} if get_origin(key) is Literal else _KEYS.get(key)
        return {"type": "object", "additionalProperties": self.of(held)} | ({"propertyNames": names} if names else {})

    def _classes(self, kind: Any) -> Schema:  # noqa: ANN401 -- an annotation
        among = classes(kind)
        strings = [{"enum": list(get_args(each))} for each in get_args(kind) if get_origin(each) is Literal]
        if str in options(kind):
            return {"anyOf": [_PLAIN[str], *map(self._class, _in_order(among))]}
        if len(among) == 1 and not strings:
            return self._class(next(iter(among)))
        name = _NAMED.get(among, "Or".join(each.__name__ for each in _in_order(among)))
        return self._named(name, lambda: {"anyOf": [*strings, *self._choice(among)]})

    def _choice(self, among: frozenset[type]) -> list[Schema]:
        if deciding_keys(among):
            return [self._class(each) for each in _in_order(among)]
        if among <= COMMANDS.keys():
            return [self._class(each, {"do": {"const": COMMANDS[each]}}) for each in _in_order(among)]
        alone = sorted(TAGS[each] for each in among if not needed_attributes(each))
        tagged = {TAGS[each]: self._class(each) for each in _in_order(among)}
        whole = _object(dict(sorted(tagged.items()))) | {"minProperties": 1, "maxProperties": 1}
        return [{"enum": alone}, whole] if alone else [whole]

    def _class(self, kind: type, more: Mapping[str, Schema] | None = None) -> Schema:
        if kind in BARE and len(attributes(kind)) == 1:
            return self._attribute(kind, BARE[kind])
        if kind in BARE:
            whole = self._named(self._name(kind), lambda: self._whole(kind, {}))
            return {"anyOf": [self._attribute(kind, BARE[kind]), whole]}
        own = _OWN.get(kind)
        return self._named(self._name(kind), lambda: own(self) if own else self._whole(kind, more or {}))

    def _name(self, kind: type) -> str:
        """Return the name of a class; the second class of a name has its module's name in front."""
        taken = self._called.setdefault(kind.__name__, kind)
        return kind.__name__ if taken is kind else f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"

    def _whole(self, kind: type, more: Mapping[str, Schema]) -> Schema:
        properties = {**more, **self._attributes(kind)}
        return {"description": _first_line(kind)} | _object(properties, [*more, *needed_attributes(kind)])

    def _attributes(self, kind: type) -> Schema:
        texts = attribute_texts(kind)
        return {
            name: {"description": texts.get(name, name), **self._attribute(kind, name)} for name in attributes(kind)
        }

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

    def measure(self) -> Schema:
        """Return the schema of a measure: a name, an object of one with the arguments, or written out."""
        whole = {
            name: _object({option: self.of(kind) for option, kind in options.items()}, sorted(needs))
            for name, (_, options, needs) in MEASURES.items()
        }
        alone = [name for name, each in MEASURES.items() if not each.needs]
        by_name = _object(whole) | {"minProperties": 1, "maxProperties": 1}
        return {"anyOf": [{"enum": alone}, by_name, self.of(Measure)]}

    def _named(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self.made:
            self.made[name] = {}  # it may refer to itself
            self.made[name] = make()
        return {"$ref": f"#/$defs/{name}"}


def _public_holidays(definitions: Definitions) -> Schema:
    texts: dict[str, Schema] = {name: {"type": "string"} for name in ("country", "subdivision", "language")}
    texts["categories"] = _array({"type": "string"})
    return {"anyOf": [_object(texts, ["country"]), definitions._whole(PublicHolidays, {})]}  # noqa: SLF001 -- same module


def _ticket(definitions: Definitions) -> Schema:
    return _object({"entries": {"type": "array", "items": definitions.of(events.Entry)}}, ["entries"])


def _entry(definitions: Definitions) -> Schema:
    whole = definitions._whole(events.Entry, {})  # noqa: SLF001 -- same module
    version = {"description": "The version of its form; without it 1.", "enum": [*range(1, VERSION + 1)]}
    return {**whole, "properties": {"v": version, **whole["properties"]}}


def _earlier(definitions: Definitions) -> Schema:
    """Return the schema of what a follow-up goes on from: the name of a history, or in version 1 the histories."""
    digest = _text("[0-9a-f]{20}")
    name = _object(
        {"ticket": {"type": "string"}, "version": {"type": "integer", "minimum": 1}, "digest": digest}, _NAME
    )
    return {"anyOf": [name, _array(_array(definitions.of(events.Entry)))]}


_NAME = ("ticket", "version", "digest")
_OWN: Mapping[Any, Callable[[Definitions], Schema]] = {
    PublicHolidays: _public_holidays,
    events.Entry: _entry,
    Ticket: _ticket,
}


def _array(items: Schema, length: int | None = None) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": length, "maxItems": length} if length else {})


def _dated(keys: Schema, held: Schema) -> Schema:
    return {"type": "object", "propertyNames": keys, "additionalProperties": held}


_SPECIAL: Mapping[tuple[type, str], Callable[[Definitions], Schema]] = {
    **{(kind, "week"): lambda _: _WEEK for kind in (BusinessCalendar, Period)},
    **{(BusinessCalendar, name): lambda _: _dated(_KEYS[DateRule], _TIME) for name in ("half_days", "late_days")},
    (BusinessCalendar, "overrides"): lambda _: _dated(_KEYS[DateRule], _HOURS),
    (BusinessCalendar, "excluded_holidays"): lambda _: _array({"type": "string"}),
    **{(Period, name): lambda _: _ANY_DATE for name in ("first", "last")},
    (EveryWeek, "at"): lambda _: {"anyOf": [_TIME, _array(_TIME) | {"minItems": 1}]},
    (Policy, "measure"): lambda definitions: definitions.measure(),
    (WorkingTime, "amount"): lambda _: _WORKING,
    (AfterDue, "span"): lambda _: {"anyOf": [_duration(_UNITS), _object({"working_time": _WORKING}, ["working_time"])]},
    (FixedIntervals, "stretches"): lambda _: _array(_array(_INSTANT, 2)),
    (events.Opened, "earlier"): _earlier,
}


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or kind.__name__).split("\n\n")[0].replace("\n", " ")


_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def attribute_texts(kind: type) -> Mapping[str, str]:
    """Return the text of each attribute in the docstrings of a class and its bases."""
    texts: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        texts |= {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(inspect.getdoc(each) or "")}
    return texts


def _in_order(among: Iterable[type]) -> list[type]:
    return sorted(among, key=lambda each: each.__name__)
