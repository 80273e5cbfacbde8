"""Read values from plain data and write them as plain data.

Plain data is untrusted. Unknown keys, values of a wrong type and the like are collected and reported together, each
with its path. Values are built by calling their classes, so a document cannot hold what Python code could not build.
Attributes that have their defaults are not written, so equal values are written equally.

Source: docs/semantics.md 6.1 to 6.3. `ticketflow.documents.tags` has the tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin

import attrs

from ticketflow.calendars.business import BusinessCalendar, HolidaySource, PublicHolidays
from ticketflow.calendars.combined import FixedIntervals
from ticketflow.calendars.country_holidays import is_of_source, public_holidays
from ticketflow.calendars.date_rules import DateRule
from ticketflow.calendars.hours import time_text
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import AfterDue, Elapsed, WorkingTime
from ticketflow.documents.evolution import NestedHistories, present_entry, version_of
from ticketflow.documents.histories import digest_of_entries, name_of, with_earlier
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
from ticketflow.documents.measures import MEASURES, named
from ticketflow.documents.parsing import Fractional, Plain
from ticketflow.documents.problems import (
    DataError,
    DataProblem,
    as_data_error,
    collect,
    data_error,
    refuse_unknown_keys,
    unknown_keys,
)
from ticketflow.documents.scalars import (
    Read,
    Write,
    a_list,
    chosen,
    exactly,
    is_nothing,
    parse_instant,
    read_date,
    read_date_rule,
    read_dated_times,
    read_duration,
    read_excluded,
    read_map,
    read_overrides,
    read_span,
    read_time,
    read_value,
    read_week,
    read_working_span,
    shown,
    write_dated_times,
    write_instant,
    write_key,
    write_overrides,
    write_span,
    write_value,
    write_week,
    write_working_span,
)
from ticketflow.documents.tags import BARE, COMMANDS, TAGS
from ticketflow.engine.planning import check_plan
from ticketflow.engine.plans import Plan
from ticketflow.errors import HistoryError, TicketflowError, unknown_name
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import is_name, is_plain_name, person_in, readable
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.digest import default_of
from ticketflow.rules.ruleset import Rules
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Policy, StartedBetween
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.events import Entry, MessageRequested, Opened
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Mail, Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.tickets.unloaded import UnloadedHistory
from ticketflow.workflow.snooze import InDays, LaterToday, NextWeek
from ticketflow.workflow.ticket_calendar import CalendarOf


def read_plain(data: object, kind: Any) -> Any:  # noqa: ANN401 -- documents.reading has the types
    """Read a value from plain data.

    Args:
        data: The plain data.
        kind: The annotation of the value.

    Raises:
        DataError: *data* has problems.

    >>> from ticketflow.calendars.spans import Span
    >>> read_plain({"elapsed": {"days": 2}}, Span)
    Elapsed(amount=datetime.timedelta(days=2))
    """
    try:
        return _reader(kind)(data)
    except TicketflowError as error:
        raise as_data_error(error) from None


def write_plain(value: object, kind: Any = None) -> Plain:  # noqa: ANN401 -- documents.writing has the types
    """Write a value as plain data, from which `read_plain` reads an equal value.

    Args:
        value: The value.
        kind: The annotation with which it will be read; None for its class.

    >>> from ticketflow.calendars.spans import Elapsed, Span
    >>> write_plain(Elapsed(hours=36), Span)
    {'elapsed': {'days': 1, 'hours': 12}}
    """
    annotation: Any = type(value) if kind is None else kind
    return _writer(annotation)(value)


def shown_plain(value: object) -> str:
    """Return any value for messages, in one line and as a document would write it.

    >>> from ticketflow.rules.actions import Move
    >>> print(shown_plain((Move("close"), None)))
    [{"move": "close"}, null]
    """
    return readable(json.dumps(_write_any(value), ensure_ascii=False))


def _write_any(value: Any) -> Plain:  # noqa: ANN401 -- of any type
    if isinstance(value, Mapping):
        return {write_key(key): _write_any(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [_write_any(held) for held in value]
    if value is None or isinstance(value, Fractional):
        return value if value is None else value.text
    return _write_tagged(value) if type(value) in TAGS else write_plain(value)


# -- annotations ------------------------------------------------------------------------------------------------------


@cache
def _reader(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    """Return the reader for an annotation."""
    if kind == Value:
        return read_value
    if is_optional(kind):
        inner = without_none(kind)
        return lambda value: None if is_nothing(value) else read_plain(value, inner)
    if kind in _OWN_FORM:
        return _OWN_FORM[kind][0]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda value: chosen(value, parts)
    if origin in COLLECTIONS:
        return lambda value: COLLECTIONS[origin](
            collect(enumerate(a_list(value)), lambda item: read_plain(item, parts[0]))
        )
    if origin is FrozenMap:
        return lambda value: read_map(value, _key_reader(parts[0]), lambda held: read_plain(held, parts[1]))
    if origin is Partial:
        return _partial_reader(parts[0])
    return _reader_of_classes(kind)


def _reader_of_classes(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    found = classes(kind)
    if found and str in options(kind):
        (own,) = found  # a name, or an object of the one class
        return lambda value: read_plain(value, own if isinstance(value, dict) else str)
    read = _choice_reader(found) if len(found) > 1 else _object_reader(kind)
    strings = next((get_args(each) for each in options(kind) if get_origin(each) is Literal), None)
    if strings is None:
        return read
    return lambda value: chosen(value, strings) if isinstance(value, str) else read(value)


def _key_reader(kind: object) -> Read:
    if kind == DateRule:
        return read_date_rule
    return read_date if kind is date else _reader(kind)


@cache
def _writer(kind: Any) -> Write:  # noqa: ANN401 -- an annotation
    """Return the writer for an annotation."""
    if kind == Value:
        return write_value
    if is_optional(kind):
        inner = _writer(without_none(kind))
        return lambda value: None if value is None else inner(value)
    if kind in _OWN_FORM:
        return _OWN_FORM[kind][1]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return str
    if origin is Partial:
        return lambda value: {name: _attribute_writer(parts[0], name)(held) for name, held in value.items()}
    if origin in COLLECTIONS:
        return _collection_writer(_writer(parts[0]), is_sorted=origin is frozenset)
    if origin is FrozenMap:
        return _map_writer(_writer(parts[1]))
    found = classes(kind)
    if str in options(kind):
        return lambda value: value if isinstance(value, str) else _write_object(value)
    return _choice_writer(found) if len(found) > 1 else lambda value: _object_writer(kind)(value)  # noqa: PLW0108 -- made late, because classes can refer to themselves


def _collection_writer(write: Write, *, is_sorted: bool) -> Write:
    if is_sorted:
        return lambda value: [write(each) for each in sorted(value)]
    return lambda value: [write(each) for each in value]


def _map_writer(write: Write) -> Write:
    return lambda value: {write_key(key): write(value[key]) for key in sorted(value, key=write_key)}


# -- objects ----------------------------------------------------------------------------------------------------------


@cache
def _object_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return the reader of objects with the attributes of *kind*, which collects all problems of an object.

    A class in `BARE` is read from its main attribute alone. If it has others, an object with the name of the main one
    has them, too.
    """
    if kind not in BARE:
        return _whole_reader(kind)
    name = BARE[kind]
    bare, whole = _attribute_reader(kind, name), _whole_reader(kind)
    if len(attributes(kind)) == 1:
        return lambda value: _built(kind, {name: bare(value)})
    return lambda value: (
        whole(value) if isinstance(value, dict) and name in value else _built(kind, {name: bare(value)})
    )


def _whole_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return the reader of objects with all attributes of *kind*."""
    readers = {name: _attribute_reader(kind, name) for name in attributes(kind)}
    needed = needed_attributes(kind)

    def read(value: object) -> object:
        given = exactly(value, dict)
        problems = [
            DataProblem((name,), "missing_key", "the key is missing", "add it") for name in needed if name not in given
        ]
        problems += unknown_keys(given, readers)
        found: dict[str, object] = {}
        try:
            found = _read_attributes(given, readers)
        except DataError as error:
            problems += error.problems
        if problems:
            raise DataError(*problems)
        return _built(kind, found)

    return read


def _partial_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return the reader of objects with any of the attributes of *kind*."""
    readers = {field.name: _attribute_reader(kind, field.name) for field in attrs.fields(kind)}

    def read(value: object) -> object:
        given = exactly(value, dict)
        refuse_unknown_keys(given, readers)
        return Partial(_read_attributes(given, readers))

    return read


def _read_attributes(given: Mapping[str, object], readers: Mapping[str, Read]) -> dict[str, object]:
    present = [name for name in readers if name in given]
    values = collect(((name, name) for name in present), lambda name: readers[name](given[name]))
    return dict(zip(present, values, strict=True))


def _built(kind: Any, found: Mapping[str, object]) -> object:  # noqa: ANN401 -- an attrs class
    if hasattr(kind, "__attrs_init__"):  # the class has an initializer of its own for Python code
        made = kind.__new__(kind)
        made.__attrs_init__(**found)
        return made
    return kind(**found)


def _attribute_reader(kind: type, name: str) -> Read:
    if (kind, name) in _SPECIAL:
        return _SPECIAL[kind, name][0]
    hint = hint_of(kind, name)
    if holds_names(kind, name):
        return lambda value: checked_names(_reader(hint)(value))
    return lambda value: _reader(hint)(value)  # noqa: PLW0108 -- made late, because classes can refer to themselves


def _has_strings(hint: object) -> bool:
    return hint is str or (hint != Value and any(map(_has_strings, get_args(hint))))


def holds_names(kind: type, name: str) -> bool:
    """Return True if the strings of an attribute are names, and not prose."""
    return _has_strings(hint_of(kind, name)) and not _is_prose(kind, name)


def checked_names(value: Any) -> object:  # noqa: ANN401 -- a string, or a collection of them
    """Return *value* if all its strings are names.

    Raises:
        DataError: A string is not a name.
    """
    for text in (value,) if isinstance(value, str | CalendarOf) else value or ():
        if isinstance(text, str) and not is_plain_name(text):
            raise data_error("bad_value", f"{text!a:.80} is not a name", "use ASCII, at most 256 characters")
    return value


def _is_prose(kind: type, name: str) -> bool:
    return name in _PROSE or kind in _CHECKED or (kind, name) in {(Rules, "name"), (CalendarOf, "calendars")}


_PROSE = frozenset(
    {
        *("canonical", "classification", "comment", "fix", "help", "holidays", "labels", "method", "names", "occasion"),
        *("outcome", "path", "pointer", "read", "reject", "searched", "source", "subject", "text", "texts", "title"),
        *("effect", "new", "old", "to_enable", "trigger", "what", "why"),
    }
)
"""Attributes that hold prose or values of fields. All other strings are names."""
_CHECKED = frozenset({Actor, Message, Mail, *COMMANDS})
"""Classes that check their ids themselves. The rules refuse commands with names that they don't have."""


@cache
def _object_writer(kind: Any) -> Write:  # noqa: ANN401 -- an attrs class
    """Return the writer of objects with the attributes of *kind* that differ from their defaults.

    A class in `BARE` whose other attributes have their defaults is written as its main attribute. The writer is a
    function that is made of the names of the attributes.
    """
    bare = BARE.get(kind)
    kept = _ALWAYS_WRITTEN.get(kind, frozenset())
    names: dict[str, Any] = {"default_of": default_of}
    lines: list[str] = []
    for name, field in attributes(kind).items():
        names[f"write_{name}"] = _attribute_writer(kind, name)
        names[f"field_{name}"] = field
        names[f"default_{name}"] = None if _depends(field) else _default(field)
        default = f"default_of(field_{name}, value)" if _depends(field) else f"default_{name}"
        is_always = name == bare or name in kept or field.default is attrs.NOTHING
        lines.append(f"held = value.{name}")
        lines.append(f"{'if True' if is_always else f'if held is not {default} and held != {default}'}:")
        lines.append(f"    written[{name!r}] = {_write_source(kind, name)}")
    alone = "" if bare is None else f"if len(written) == 1: return written[{bare!r}]"
    body = "\n    ".join([*lines, alone, "return written"])
    exec(f"def write(value):\n    written = {{}}\n    {body}", names)  # noqa: S102 -- made of attribute names
    made: Write = names["write"]
    return made


def _write_source(kind: type, name: str) -> str:
    """Return the source that writes an attribute; the commonest leaves are written in place."""
    hint = hint_of(kind, name)
    inner = without_none(hint) if is_optional(hint) else hint
    leaf = str if get_origin(inner) is Literal else inner
    if (kind, name) in _SPECIAL or leaf not in _AS_THEY_ARE:
        return f"write_{name}(held)"
    test = f"held.__class__ is {leaf.__name__}" + (" or held is None" if is_optional(hint) else "")
    return f"held if {test} else write_{name}(held)"


_AS_THEY_ARE = (str, int, bool)


_ALWAYS_WRITTEN: Mapping[type, frozenset[str]] = {Mail: frozenset({"subject", "text"})}
"""Attributes that are written even with their defaults, because their keys decide the class."""


def _attribute_writer(kind: type, name: str) -> Write:
    if (kind, name) in _SPECIAL:
        return _SPECIAL[kind, name][1]
    return _writer(hint_of(kind, name))


def _depends(field: attrs.Attribute[Any]) -> bool:
    """Return whether the default of an attribute depends on other attributes."""
    default: Any = field.default
    return isinstance(default, attrs.Factory) and bool(default.takes_self)  # type: ignore[arg-type]  # as in digest


def _default(field: attrs.Attribute[Any]) -> object:
    default = field.default
    if default is attrs.NOTHING:
        return attrs.NOTHING
    value = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type,union-attr]
    return field.converter(value) if callable(field.converter) else value


# -- choices between classes ------------------------------------------------------------------------------------------


def _choice_reader(among: frozenset[type]) -> Read:
    """Return the reader of values of one of several classes."""
    keys = deciding_keys(among)
    if keys:
        return lambda value: _read_by_key(value, keys)
    if among <= COMMANDS.keys():
        return lambda value: _read_command(value, {COMMANDS[kind]: kind for kind in among})
    tags = {TAGS[kind]: kind for kind in among}
    return lambda value: _read_tagged(value, tags)


def _read_by_key(value: object, keys: tuple[tuple[str, type], ...]) -> object:
    given = exactly(value, dict)
    firsts = {next(iter(attributes(kind))) for _, kind in keys}
    several = [key for key, _ in keys if key in given and key in firsts] if len(firsts) == len(keys) else []
    fitting = [(key, kind) for key, kind in keys if attributes(kind).keys() >= set(several)]
    if not fitting:
        raise data_error("bad_value", f"the object has {' and '.join(several)}", "give one of them")
    for key, kind in fitting:
        if key in given:
            return _object_reader(kind)(given)
    names = " or ".join(key for key, _ in keys)
    raise data_error("missing_key", f"the object does not have {names}", "give one of them")


def _read_command(value: object, names: Mapping[str, type]) -> object:
    given = dict(exactly(value, dict))
    name = given.pop("do", None)
    if not isinstance(name, str) or name not in names:
        problem = unknown_name("", "command", name if isinstance(name, str) else shown(name), names)
        raise data_error("unknown_name", problem.what, problem.fix, "do")
    return read_plain(given, names[name])


def _read_tagged(value: object, tags: Mapping[str, type]) -> object:
    tag: object = value
    inner: object = {}
    if isinstance(value, dict) and len(value) == 1:
        ((tag, inner),) = value.items()
    elif not isinstance(value, str):
        fix = f"give a tag, or an object with one tag as its key: {', '.join(sorted(tags))}"
        raise data_error("wrong_type", f"the value is {shown(value)}", fix)
    kind = tags.get(cast("str", tag))
    if kind is None:
        problem = unknown_name("", "tag", cast("str", tag), tags)
        raise data_error("unknown_name", problem.what, problem.fix)
    if isinstance(value, str) and needed_attributes(kind):
        what = f"the tag {value!r} has no attributes"
        fix, fix_in_toml = (f"write {text}" for text in _tag_forms(value, kind))
        raise data_error("wrong_type", what, fix, fix_in_toml=fix_in_toml)
    if isinstance(value, str):
        return _built(kind, {})
    try:
        return read_plain(inner, kind)
    except DataError as error:
        raise error.under(cast("str", tag)) from None


def _tag_forms(tag: str, kind: type) -> tuple[str, str]:
    """Return the form of a tag with attributes, in JSON and in TOML.

    >>> _tag_forms("elapsed", Elapsed)
    ('{"elapsed": {"days": 2}}', '{ elapsed = { days = 2 } }')
    """
    names = () if kind in BARE else needed_attributes(kind)
    held = ", ".join(f'"{name}": …' for name in names), ", ".join(f"{name} = …" for name in names)
    if kind is Elapsed:
        held = '"days": 2', "days = 2"
    if kind is WorkingTime:
        held = '"hours": 8', "hours = 8"
    json_form, toml_form = (f"{{{held[0]}}}", f"{{ {held[1]} }}") if held[0] else ("…", "…")
    return f'{{"{tag}": {json_form}}}', f"{{ {tag} = {toml_form} }}"


def _choice_writer(among: frozenset[type]) -> Write:
    if among <= COMMANDS.keys():
        return lambda value: {"do": COMMANDS[type(value)], **cast("dict[str, Plain]", _write_object(value))}
    return _write_object if deciding_keys(among) else _write_tagged


def _write_object(value: object) -> Plain:
    kind: Any = type(value)
    return _object_writer(kind)(value)


def _write_tagged(value: object) -> Plain:
    kind: Any = type(value)
    return {TAGS[kind]: _writer(kind)(value)} if attributes(kind) else TAGS[kind]


# -- classes and attributes with a form of their own ------------------------------------------------------------------


def _read_public_holidays(value: object) -> PublicHolidays:
    """Read the holidays of a country: those that the library knows, or those that the document lists."""
    given = exactly(value, dict)
    if "names" in given:
        own = cast("PublicHolidays", _object_reader(PublicHolidays)(given))
        if not 1 <= own.first_year <= own.last_year < _LAST_YEAR:
            what = f"the years {own.first_year} to {own.last_year} are not a range"
            raise data_error("bad_value", what, f"give years from 1 to {_LAST_YEAR - 1}, the first one first")
        return own
    refuse_unknown_keys(given, ("country", "subdivision", "categories", "language"))
    country, categories = exactly(given.get("country"), str), a_list(given.get("categories", []))
    subdivision, language = (given.get(key) for key in ("subdivision", "language"))
    return public_holidays(
        country,
        None if subdivision is None else exactly(subdivision, str),
        categories=collect(enumerate(categories), lambda category: exactly(category, str)),
        language=None if language is None else exactly(language, str),
    )


_LAST_YEAR = 9999


def _write_public_holidays(known: PublicHolidays) -> Plain:
    """Write the country if the library gives exactly these holidays for it; all of them if not, or if frozen."""
    if not is_of_source(known):
        return _object_writer(PublicHolidays)(known)
    source = attrs.asdict(cast("HolidaySource", known.source))
    return {name: list(held) if isinstance(held, tuple) else held for name, held in source.items() if held}


def _read_ticket(value: object) -> Ticket:
    given = exactly(value, dict)
    refuse_unknown_keys(given, ("entries",))
    if "entries" not in given:
        raise data_error("missing_key", "the key is missing", "give every entry, oldest first", "entries")
    try:
        entries = read_plain(given["entries"], tuple[Entry, ...])
    except DataError as error:
        raise error.under("entries") from None
    try:
        return replay(entries)
    except HistoryError as error:
        path = ("entries", error.sequence) if entries else ("entries",)
        raise DataError(DataProblem(path, "bad_value", error.what, error.fix)) from None


def _read_plan(value: object) -> Plan:
    plan = cast("Plan", _object_reader(Plan)(value))
    try:
        check_plan(plan)
    except HistoryError as error:
        path = ("entries", error.sequence - plan.version)
        raise DataError(DataProblem(path, "bad_value", error.what, error.fix)) from None
    return plan


def _write_plan(plan: Plan) -> Plain:
    return _object_writer(Plan)(plan)


def _read_entry(value: object) -> object:
    return _object_reader(Entry)(present_entry(value))


def _write_entry(entry: Entry) -> Plain:
    written = cast("dict[str, Plain]", _object_writer(Entry)(entry))
    version = version_of(entry)
    return written if version == 1 else {"v": version, **written}


def _write_ticket(ticket: Ticket) -> Plain:
    return {"entries": [_write_entry(entry) for entry in ticket.history]}


_OWN_FORM: Mapping[Any, tuple[Read, Write]] = {
    object: (lambda value: value, lambda value: value),
    str: (lambda value: exactly(value, str), str),
    int: (lambda value: exactly(value, int), int),
    bool: (lambda value: exactly(value, bool), bool),
    date: (read_date, write_key),
    datetime: (lambda value: parse_instant(exactly(value, str)), write_instant),
    timedelta: (read_duration, write_working_span),
    PublicHolidays: (_read_public_holidays, _write_public_holidays),
    Entry: (_read_entry, _write_entry),
    Ticket: (_read_ticket, _write_ticket),
    Plan: (_read_plan, _write_plan),
}


def _read_stretches(value: object) -> object:
    pairs = read_plain(value, tuple[tuple[datetime, ...], ...])
    if any(len(pair) != _PAIR for pair in pairs):
        raise data_error("bad_value", "a stretch is not a pair of instants", "give [from, until]")
    return pairs


_PAIR = 2


def _write_stretches(value: tuple[tuple[datetime, datetime], ...]) -> Plain:
    return [[write_instant(at) for at in pair] for pair in value]


def _read_earlier(value: object) -> PersistentList[Entry] | None:
    """Read the history of the closed ticket that a follow-up goes on from: its name, or in version 1 the history.

    That ticket can be a follow-up, too. Version 1 has these histories side by side, nearest first.
    """
    if not isinstance(value, NestedHistories):
        return read_history_name(value)
    earlier: PersistentList[Entry] | None = None
    for entries in reversed(read_plain(list(value), tuple[tuple[Entry, ...], ...])):
        first, *others = entries or (None,)
        if first is None:
            raise data_error("bad_value", "a history has no entries", "give all its entries, or leave it out")
        earlier = PersistentList.of(with_earlier(first, earlier), *others)
    return earlier


def read_history_name(value: object) -> UnloadedHistory:
    """Read the name of a history: the id of a ticket, the number of its entries, and their digest."""
    given = exactly(value, dict)
    refuse_unknown_keys(given, _NAME)
    if lacking := [name for name in _NAME if name not in given]:
        raise DataError(*(DataProblem((name,), "missing_key", "the key is missing", "add it") for name in lacking))
    ticket, version, digest = collect(((name, name) for name in _NAME), lambda name: exactly(given[name], _NAME[name]))
    if version < 1 or not _DIGEST.fullmatch(digest):
        what = f"no history has the version {version} and the digest {digest!a:.40}"
        raise data_error("bad_value", what, "give the number of its entries, and 20 hexadecimal digits")
    return UnloadedHistory(ticket, version, digest, history_digest)


_NAME: Mapping[str, type[Any]] = {"ticket": str, "version": int, "digest": str}
_DIGEST = re.compile(r"[0-9a-f]{20}", re.ASCII)


def _write_earlier(earlier: PersistentList[Entry]) -> Plain:
    return dict(name_of(earlier, write_plain, history_digest).plain)


def history_digest(history: PersistentList[Entry]) -> str:
    """Return the digest of a history, which follows from the canonical texts of its entries.

    A follow-up names the history that it goes on from by it, and a snapshot its history. Each entry changes the digest
    of the entries before it, so after one more entry only that one is hashed.

    >>> from datetime import UTC, datetime
    >>> from ticketflow import Actor, commands, decide
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, tzinfo=UTC), by=Actor("customer", "bob"))
    >>> len(history_digest(decide(None, opened, servicenow()).ticket.history))
    20
    """
    return digest_of_entries(history, write_plain)


def _read_recipient(value: object) -> str:
    """Read the recipient of a message: a role, a group or another name, or a person."""
    text = exactly(value, str)
    if not is_name(text) and person_in(text) is None:
        raise data_error(
            "bad_value", f"{text!a:.80} is not a recipient", "name a role or group, or 'person:' and an id"
        )
    return text


def _read_measure(value: object) -> object:
    """Read a measure that is written out, or named: a name, or an object of one with the arguments."""
    if isinstance(value, str):
        if value not in MEASURES:
            problem = unknown_name("", "measure", value, MEASURES)
            raise data_error("unknown_name", problem.what, problem.fix)
        return _named_measure(value, {})
    if isinstance(value, dict) and len(value) == 1 and value.keys() <= MEASURES.keys():
        (made,) = collect(((name, name) for name in value), lambda name: _named_measure(name, value[name]))
        return made
    return read_plain(value, Measure)


def _named_measure(name: str, value: object) -> Measure:
    make, kinds, needed = MEASURES[name]
    given = exactly(value, dict)
    refuse_unknown_keys(given, kinds)
    if lacking := needed - given.keys():
        raise data_error("missing_key", "the key is missing", "add it", *sorted(lacking))
    return make(**_read_attributes(given, {option: _reader(kind) for option, kind in kinds.items()}))


def write_named(measure: Measure) -> Plain:
    """Write a measure by its name, or written out if it has none."""
    found = named(measure)
    if found is None:
        return write_plain(measure)
    name, given = found
    kinds = MEASURES[name].options
    return {name: {option: write_plain(held, kinds[option]) for option, held in given.items()}} if given else name


def _read_times(value: object) -> object:
    if not isinstance(value, list):
        return read_time(value)
    return tuple(collect(enumerate(value), read_time))


def _write_times(at: timedelta | tuple[timedelta, ...]) -> Plain:
    return [time_text(each) for each in at] if isinstance(at, tuple) else time_text(at)


def _read_after_due(value: object) -> Elapsed | WorkingTime:
    is_tagged = isinstance(value, dict) and "working_time" in value
    return cast("Elapsed | WorkingTime", read_plain(value, Elapsed | WorkingTime if is_tagged else Elapsed))


def _write_after_due(value: Any) -> Plain:  # noqa: ANN401 -- as other writers
    return write_plain(value, Elapsed if isinstance(value, Elapsed) else Elapsed | WorkingTime)


_WALL_TIME: tuple[Read, Write] = (read_time, time_text)
_SPECIAL: Mapping[tuple[type, str], tuple[Read, Write]] = {
    **{(kind, "at"): _WALL_TIME for kind in (EveryMonth, EveryMonthOn, EveryYear, InDays, NextWeek)},
    (EveryWeek, "at"): (_read_times, _write_times),
    **{(StartedBetween, name): _WALL_TIME for name in ("since", "until")},
    (LaterToday, "latest"): _WALL_TIME,
    (LaterToday, "otherwise"): _WALL_TIME,
    (BusinessCalendar, "week"): (read_week, write_week),
    **{(BusinessCalendar, name): (read_dated_times, write_dated_times) for name in ("half_days", "late_days")},
    (BusinessCalendar, "excluded_holidays"): (read_excluded, lambda value: [str(each) for each in value]),
    (Period, "week"): (read_week, write_week),
    **{(Period, name): (read_date_rule, write_key) for name in ("first", "last")},
    (BusinessCalendar, "overrides"): (read_overrides, write_overrides),
    (Elapsed, "amount"): (read_span, write_span),
    (WorkingTime, "amount"): (read_working_span, write_working_span),
    (AfterDue, "span"): (_read_after_due, _write_after_due),
    (FixedIntervals, "stretches"): (_read_stretches, _write_stretches),
    (Policy, "measure"): (_read_measure, write_plain),
    (Opened, "earlier"): (_read_earlier, _write_earlier),
    (MessageRequested, "to"): (_read_recipient, str),
}
"""Attributes whose annotations do not decide their form."""


def own_reader(kind: Any, name: str | None = None) -> Read | None:  # noqa: ANN401 -- an annotation
    """Return the reader of an annotation, or of an attribute, that has a form of its own; None if it has none."""
    found = _OWN_FORM.get(kind) if name is None else _SPECIAL.get((kind, name))
    return None if found is None else found[0]


def is_wall_time(kind: type, name: str) -> bool:
    """Return True if an attribute of type timedelta is a time of day."""
    return _SPECIAL.get((kind, name)) is _WALL_TIME
