"""Plain data read as values and written from them. The only door to cattrs.

Documents are untrusted: unknown keys, numbers where texts are meant, instants without an offset and the like are all
found, and told together, each with its place. What is read is built by the classes themselves, so nothing comes in that
could not be written in Python. What a class has by default is not written; every value has one way of being written.

Source: docs/semantics.md 6.1 to 6.3; tags are those of `ticketflow.documents.tags`.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
from ticketflow.calendars.hours import Hours, Yearly
from ticketflow.calendars.public_holidays import public_holidays
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import Elapsed, WorkingTime
from ticketflow.documents.parsing import Fractional, Plain
from ticketflow.documents.problems import (
    DataError,
    DataProblem,
    data_error,
    data_problems_of,
    gathered,
    refuse_unknown_keys,
)
from ticketflow.documents.scalars import (
    WITHOUT_DAYS,
    a_list,
    exactly,
    is_nothing,
    parse_instant,
    read_date,
    read_date_or_yearly,
    read_duration,
    read_hours,
    read_time,
    read_week,
    shown,
    write_duration,
    write_hours,
    write_instant,
    write_time,
    write_week,
)
from ticketflow.documents.tags import BARE, BY_KEY, COMMANDS, TAGS
from ticketflow.errors import BadValueError, HistoryError, TicketflowError, unknown_name
from ticketflow.kernel.field_values import Value, frozen_value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import is_plain_name, readable
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets.actors import ROLES, Actor
from ticketflow.tickets.events import Entry, MessageRequested, Opened
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Mail, Message
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.snooze import InDays, LaterToday, NextWeek


def read_plain(data: object, kind: Any) -> Any:  # noqa: ANN401 -- typed by the documents above
    """Return the value of *kind* that plain data describes.

    Raises:
        FlawedError: it describes none.

    >>> from ticketflow.calendars.spans import Span
    >>> read_plain({"elapsed": {"days": 2}}, Span)
    Elapsed(amount=datetime.timedelta(days=2))
    """
    try:
        return _converter().structure(data, kind)
    except TicketflowError as error:
        raise DataError(*data_problems_of(error)) from None


def write_plain(value: object, kind: Any = None) -> Plain:  # noqa: ANN401 -- typed by the documents above
    """Return a value as plain data; `read_plain` makes an equal one of it.

    Args:
        value: The value.
        kind: The type it is to be read as; None for its own class.

    >>> from ticketflow.calendars.spans import Elapsed, Span
    >>> write_plain(Elapsed(hours=36), Span)
    {'elapsed': {'days': 1, 'hours': 12}}
    """
    return cast("Plain", _converter().unstructure(value, unstructure_as=type(value) if kind is None else kind))


def shown_plain(value: object) -> str:
    """Return any value in one line as a document would write it, for messages.

    >>> from ticketflow.rules.actions import Move
    >>> print(shown_plain((Move("close"), None)))
    [{"move": "close"}, null]
    """
    return readable(json.dumps(_write_any(value), ensure_ascii=False))


def _write_any(value: Any) -> Plain:  # noqa: ANN401 -- that is its point
    if isinstance(value, Mapping):
        return {_write_key(key): _write_any(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [_write_any(held) for held in value]
    if value is None or isinstance(value, Fractional):
        return value if value is None else value.text
    return _write_tagged(value) if type(value) in TAGS else write_plain(value)


# -- plain parts ------------------------------------------------------------------------------------------------------


def _read_choice(value: object, kind: object) -> str:
    return _chosen(value, get_args(kind))


def _chosen(value: object, options: tuple[str, ...]) -> str:
    text = exactly(value, str)
    if text not in options:
        problem = unknown_name("", "choice", text, options)
        raise data_error("unknown_name", problem.what, problem.fix)
    return text


def _read_value(value: object) -> Value:
    """Return the value of a field; an instant is written as an object, so that no text is taken for one."""
    if isinstance(value, dict):
        if is_nothing(value):
            return None
        if set(value) == {"instant"}:
            return parse_instant(exactly(value["instant"], str))
    if type(value) not in (str, int, bool, type(None)):
        fix = 'give a text, a whole number, true or false, null or {"instant": "…"}'
        raise data_error("wrong_type", f"it is {shown(value)}", fix)
    return frozen_value(cast("Value", value), "the value")


def _write_value(value: Value) -> Plain:
    return {"instant": write_instant(value)} if isinstance(value, datetime) else value


def _read_public_holidays(value: object) -> PublicHolidays:
    """Return a country's holidays: those that the source knows, or, for a document that carries them, its own."""
    given = exactly(value, dict)
    if "names" in given:
        own = cast("PublicHolidays", _object_reader(PublicHolidays)(given))
        if not 1 <= own.first_year <= own.last_year < _LAST_YEAR:
            raise data_error(
                "bad_value", f"from {own.first_year} to {own.last_year}", f"give years 1 to {_LAST_YEAR - 1}"
            )
        return own
    refuse_unknown_keys(given, ("country", "subdivision"))
    country, subdivision = given.get("country"), given.get("subdivision")
    return public_holidays(exactly(country, str), None if subdivision is None else exactly(subdivision, str))


_LAST_YEAR = 9999


def _write_public_holidays(known: PublicHolidays) -> Plain:
    """Return the country alone where its source would give these very dates, else all of them."""
    country, _, subdivision = known.country.partition("-")
    try:
        is_known = public_holidays(country, subdivision or None) == known
    except BadValueError:
        is_known = False
    if is_known:
        return {"country": country, "subdivision": subdivision} if subdivision else {"country": country}
    return _object_writer(PublicHolidays)(known)


# -- attributes that are written otherwise than their type says -------------------------------------------------------


def _read_half_days(value: object) -> object:
    return _read_map(value, read_date_or_yearly, read_time)


def _write_half_days(value: Mapping[date | Yearly, timedelta]) -> Plain:
    return {_write_key(day): write_time(at) for day, at in sorted(value.items(), key=lambda item: _write_key(item[0]))}


def _read_overrides(value: object) -> object:
    return _read_map(value, read_date, read_hours)


def _write_overrides(value: Mapping[date, Hours]) -> Plain:
    return {day.isoformat(): write_hours(hours) for day, hours in sorted(value.items())}


def _read_working(value: object) -> timedelta:
    return _forwards(read_duration(value, WITHOUT_DAYS))


def _forwards(amount: timedelta) -> timedelta:
    if amount < timedelta():
        raise data_error("bad_value", f"a span of {amount}", "spans don't run backwards; give zero or more")
    return amount


def _write_hours_and_less(value: timedelta) -> Plain:
    """Return a duration that may be working time: a day of that has no length."""
    return dict(write_duration(value, WITHOUT_DAYS))


def _read_stretches(value: object) -> object:
    pairs = read_plain(value, tuple[tuple[datetime, ...], ...])
    if any(len(pair) != _PAIR for pair in pairs):
        raise data_error("bad_value", "a stretch of other than two instants", "give from and until")
    return pairs


_PAIR = 2


def _write_stretches(value: tuple[tuple[datetime, datetime], ...]) -> Plain:
    return [[write_instant(at) for at in pair] for pair in value]


def _read_earlier(value: object) -> PersistentList[Entry] | None:
    """Return the history of a closed ticket, whose opening holds that of the one before it, and so on.

    The generations are written beside each other, newest first: a document's depth does not grow with them.
    """
    earlier: PersistentList[Entry] | None = None
    for entries in reversed(read_plain(value, tuple[tuple[Entry, ...], ...])):
        first, *others = entries or (None,)
        if first is None:
            raise data_error("bad_value", "a history of no entries", "give every entry, or leave the history out")
        earlier = PersistentList.of(_with_earlier(first, earlier), *others)
    return earlier


def _with_earlier(first: Entry, earlier: PersistentList[Entry] | None) -> Entry:
    events = (attrs.evolve(each, earlier=earlier) if isinstance(each, Opened) else each for each in first.events)
    return attrs.evolve(first, events=tuple(events))


def _write_earlier(earlier: PersistentList[Entry] | None) -> Plain:
    generations: list[Plain] = []
    while earlier is not None:
        first, *others = earlier
        before = next((event.earlier for event in first.events if isinstance(event, Opened)), None)
        generations.append([write_plain(entry) for entry in (_with_earlier(first, None), *others)])
        earlier = before
    return generations


def _read_addressee(value: object) -> str:
    return _chosen(value, (*sorted(ROLES), "owner"))


Read = Callable[[object], object]
Write = Callable[[Any], Plain]

_WALL_TIME: tuple[Read, Write] = (read_time, write_time)
_SPECIAL: Mapping[tuple[type, str], tuple[Read, Write]] = {
    **{(kind, "at"): _WALL_TIME for kind in (EveryWeek, EveryMonth, EveryMonthOn, EveryYear, InDays, NextWeek)},
    (LaterToday, "latest"): _WALL_TIME,
    (LaterToday, "otherwise"): _WALL_TIME,
    (BusinessCalendar, "week"): (read_week, write_week),
    (BusinessCalendar, "half_days"): (_read_half_days, _write_half_days),
    (BusinessCalendar, "overrides"): (_read_overrides, _write_overrides),
    (Elapsed, "amount"): (lambda value: _forwards(read_duration(value)), lambda amount: dict(write_duration(amount))),
    (WorkingTime, "amount"): (_read_working, _write_hours_and_less),
    (FixedIntervals, "stretches"): (_read_stretches, _write_stretches),
    (Opened, "earlier"): (_read_earlier, _write_earlier),
    (MessageRequested, "to"): (_read_addressee, str),
}


def is_wall_time(kind: type, name: str) -> bool:
    """Return whether an attribute is a time of day, though its type is that of durations."""
    return _SPECIAL.get((kind, name), (None,))[0] is _WALL_TIME[0]


# -- objects ----------------------------------------------------------------------------------------------------------


@cache
def attributes(kind: Any) -> Mapping[str, attrs.Attribute[Any]]:  # noqa: ANN401 -- an attrs class
    """Return the attributes of a class that documents give, by name."""
    return {field.name: field for field in attrs.fields(kind) if field.init}


@cache
def hint_of(kind: Any, name: str) -> Any:  # noqa: ANN401 -- an annotation
    """Return the type of an attribute."""
    return get_type_hints(kind)[name]


def _reader_of(kind: type, name: str) -> Read:
    if (kind, name) in _SPECIAL:
        return _SPECIAL[kind, name][0]
    hint = hint_of(kind, name)
    if _holds_texts(hint) and not _is_prose(kind, name):
        return lambda value: _plainly_named(_converter().structure(value, hint))
    return lambda value: _converter().structure(value, hint)


_PROSE = frozenset(
    {
        *("canonical", "classification", "comment", "fix", "help", "holidays", "labels", "method", "names", "occasion"),
        *(
            "outcome",
            "path",
            "pointer",
            "read",
            "reject",
            "searched",
            "source",
            "subject",
            "text",
            "texts",
            "title",
            "to_enable",
            "trigger",
            "what",
        ),
        "why",
    }
)
"""Attributes whose texts are words of people, or values of a field; those of all others are names."""


def _is_prose(kind: type, name: str) -> bool:
    return name in _PROSE or kind in _CHECKED or (kind is Rules and name == "name")


_CHECKED = frozenset({Actor, Message, Mail, *COMMANDS})
"""Classes that check their ids themselves; other names in a command are looked up in the rules, and refused there."""


def _holds_texts(hint: object) -> bool:
    return hint is str or (hint != Value and any(map(_holds_texts, get_args(hint))))


def _plainly_named(value: Any) -> object:  # noqa: ANN401 -- a text, or a collection of some
    for text in (value,) if isinstance(value, str) else value or ():
        if isinstance(text, str) and not is_plain_name(text):
            raise data_error("bad_value", f"the name {text!a:.80}", "name things in ASCII, with at most 256 characters")
    return value


def _writer_of(kind: type, name: str) -> Write:
    if (kind, name) in _SPECIAL:
        return _SPECIAL[kind, name][1]
    return lambda value: write_plain(value, hint_of(kind, name))


@cache
def _object_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return how an object is read that gives the attributes of *kind*; all that is wrong with it is told together.

    A class that is written as its one attribute is read so where it stands alone, too.
    """
    if kind in BARE:
        bare = _reader_of(kind, BARE[kind])
        return lambda value: _built(kind, {BARE[kind]: bare(value)})
    known = attributes(kind)
    readers = {name: _reader_of(kind, name) for name in known}
    needed = [name for name, field in known.items() if field.default is attrs.NOTHING]

    def read(value: object) -> object:
        given = exactly(value, dict)
        flaws = [
            DataProblem((name,), "missing_key", "it is missing", "give it") for name in needed if name not in given
        ]
        try:
            refuse_unknown_keys(given, known)
        except DataError as error:
            flaws += error.problems
        attributes: dict[str, object] = {}
        try:
            attributes = _read_attributes(given, readers)
        except DataError as error:
            flaws += error.problems
        if flaws:
            raise DataError(*flaws)
        return _built(kind, attributes)

    return read


def _read_attributes(given: Mapping[str, object], readers: Mapping[str, Read]) -> dict[str, object]:
    present = [name for name in readers if name in given]
    values = gathered(((name, (name, given[name])) for name in present), lambda pair: readers[pair[0]](pair[1]))
    return dict(zip(present, values, strict=True))


def _built(kind: Any, read: Mapping[str, object]) -> object:  # noqa: ANN401 -- an attrs class
    if hasattr(kind, "__attrs_init__"):  # in Python it takes its attributes in another shape
        made = kind.__new__(kind)
        made.__attrs_init__(**read)
        return made
    return kind(**read)


@cache
def _object_writer(kind: Any) -> Write:  # noqa: ANN401 -- an attrs class
    """Return how a value of *kind* is written: what is as by default is left out."""
    if kind in BARE:
        bare = _writer_of(kind, BARE[kind])
        return lambda value: bare(getattr(value, BARE[kind]))
    known = attributes(kind)
    writers = {name: _writer_of(kind, name) for name in known}
    defaults = {name: _default(field) for name, field in known.items()}
    kept = _TOLD_BY.get(kind, frozenset())

    def write(value: object) -> Plain:
        held = {name: getattr(value, name) for name in known}
        return {name: writers[name](each) for name, each in held.items() if name in kept or each != defaults[name]}

    return write


_TOLD_BY: Mapping[type, frozenset[str]] = {Mail: frozenset({"subject", "text"})}
"""Attributes that are written even if they are as by default, because they tell which class is meant."""


def _default(field: attrs.Attribute[Any]) -> object:
    default = field.default
    if default is attrs.NOTHING:
        return attrs.NOTHING
    value = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type,union-attr]
    return field.converter(value) if callable(field.converter) else value


# -- choices between classes ------------------------------------------------------------------------------------------


def told_by_key(options: frozenset[type]) -> tuple[tuple[str, type], ...]:
    """Return the keys of which the first that an object has tells its class; none if tags do.

    Classes that no table names are told by their first attribute.
    """
    if any(kind in TAGS or kind in COMMANDS for kind in options):
        return ()
    listed = tuple((key, kind) for among, key, kind in BY_KEY if among == options)
    return listed or tuple(
        (next(iter(attributes(kind))), kind) for kind in sorted(options, key=lambda kind: kind.__name__)
    )


def _choice_reader(options: frozenset[type]) -> Read:
    """Return how a value is read that is of one of several classes."""
    told = told_by_key(options)
    if told:
        return lambda value: _read_told(value, told)
    if options <= COMMANDS.keys():
        return lambda value: _read_command(value, options)
    tags = {TAGS[kind]: kind for kind in options}
    return lambda value: _read_tagged(value, tags)


def _read_told(value: object, told: tuple[tuple[str, type], ...]) -> object:
    given = exactly(value, dict)
    firsts = {next(iter(attributes(kind))): kind for _, kind in told}
    several = [key for key, _ in told if key in given and key in firsts] if len(firsts) == len(told) else []
    if len(several) > 1:
        raise data_error("bad_value", f"it has {' and '.join(several)}", "give one: each tells what is meant")
    for key, kind in told:
        if key in given:
            return _object_reader(kind)(given)
    keys = " or ".join(key for key, _ in told)
    raise data_error("missing_key", f"it has no {keys}", "give one: it tells what is meant")


def _read_command(value: object, options: frozenset[type]) -> object:
    given = dict(exactly(value, dict))
    kinds = {COMMANDS[kind]: kind for kind in options}
    name = given.pop("do", None)
    if not isinstance(name, str) or name not in kinds:
        problem = unknown_name("", "command", str(name) if isinstance(name, str) else shown(name), kinds)
        raise DataError(DataProblem(("do",), "unknown_name", problem.what, problem.fix))
    return read_plain(given, kinds[name])


def _read_tagged(value: object, tags: Mapping[str, type]) -> object:
    tag: object = value
    inner: object = None
    if isinstance(value, dict) and len(value) == 1:
        ((tag, inner),) = value.items()
    elif not isinstance(value, str):
        raise data_error("wrong_type", f"it is {shown(value)}", f"give a tag, or an object of one: {_some(tags)}")
    if tag not in tags:
        problem = unknown_name("", "tag", cast("str", tag), tags)
        raise data_error("unknown_name", problem.what, problem.fix)
    kind = tags[cast("str", tag)]
    if isinstance(value, str) and any(field.default is attrs.NOTHING for field in attributes(kind).values()):
        raise data_error("wrong_type", f"{value!r} alone", f"write {{{value}: …}}")
    if isinstance(value, str):
        return _built(kind, {})
    try:
        return read_plain(inner, kind)
    except DataError as error:
        raise DataError(*(flaw.under(cast("str", tag)) for flaw in error.problems)) from None


def _some(tags: Iterable[str]) -> str:
    return ", ".join(sorted(tags))


def _choice_writer(options: frozenset[type]) -> Write:
    if options <= COMMANDS.keys():
        return lambda value: {"do": COMMANDS[type(value)], **cast("dict[str, Plain]", write_plain(value))}
    return _write_told if told_by_key(options) else _write_tagged


def _write_told(value: object) -> Plain:
    kind: Any = type(value)
    return _object_writer(kind)(value)


def _write_tagged(value: object) -> Plain:
    kind: Any = type(value)
    return {TAGS[kind]: write_plain(value)} if attributes(kind) else TAGS[kind]


# -- what holds several -----------------------------------------------------------------------------------------------


def _read_items(value: object, kind: Any) -> list[object]:  # noqa: ANN401 -- an annotation
    return gathered(enumerate(a_list(value)), lambda item: read_plain(item, kind))


def _read_map(value: object, key: Read, held: Read) -> FrozenMap[Any, Any]:
    given = exactly(value, dict)
    pairs = gathered(((name, name) for name in given), lambda name: (key(name), held(given[name])))
    return FrozenMap(dict(pairs))


def _write_key(key: object) -> str:
    match key:
        case Yearly(month=month, day=day):
            return f"{month:02}-{day:02}"
        case date():
            return key.isoformat()
        case _:
            return str(key)


def _key_reader(kind: object) -> Read:
    if kind == date | Yearly:
        return read_date_or_yearly
    if kind is date:
        return read_date
    return lambda value: _converter().structure(value, cast("Any", kind))


# -- the converter ----------------------------------------------------------------------------------------------------


def _options(kind: object) -> tuple[object, ...]:
    """Return what a type leaves the choice of, nothing (None) aside."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(each for each in get_args(kind) if each is not types.NoneType)
    return (kind,)


def classes(kind: object) -> frozenset[type]:
    """Return the classes of which a type leaves the choice; none if it is of another sort.

    >>> from ticketflow.calendars.spans import AfterDue
    >>> sorted(each.__name__ for each in classes(AfterDue | None))
    ['AfterDue']
    """
    if kind is Calendar:
        return frozenset({BusinessCalendar, CombinedCalendar, FixedIntervals})
    if kind is Message:
        return frozenset({Message, Mail})
    return frozenset(each for each in _options(kind) if isinstance(each, type) and attrs.has(each))


def is_optional(kind: object) -> bool:
    """Return whether a type leaves None as a choice."""
    return get_origin(kind) in (Union, types.UnionType) and types.NoneType in get_args(kind)


def _reader(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    """Return how values of a type are read."""
    if kind == Value:
        return _read_value
    if is_optional(kind):
        inner: Any = Union[_options(kind)]  # noqa: UP007 -- of types that are known only now
        return lambda value: None if is_nothing(value) else read_plain(value, inner)
    if kind in _PLAIN:
        return _PLAIN[kind][0]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda value: _read_choice(value, kind)
    if origin in COLLECTIONS:
        return lambda value: COLLECTIONS[origin](_read_items(value, parts[0]))
    if origin is FrozenMap:
        return lambda value: _read_map(value, _key_reader(parts[0]), lambda held: read_plain(held, parts[1]))
    if origin is Partial:
        return _partial_reader(parts[0])
    return _reader_of_classes(kind)


def _reader_of_classes(kind: Any) -> Read:  # noqa: ANN401 -- an annotation
    options = classes(kind)
    read = _choice_reader(options) if len(options) > 1 else _object_reader(kind)
    texts = next((each for each in _options(kind) if get_origin(each) is Literal), None)
    return (
        read if texts is None else lambda value: _read_choice(value, texts) if isinstance(value, str) else read(value)
    )


T = TypeVar("T")


class Partial(FrozenMap[str, Any], Generic[T]):
    """Some attributes of a class by name: those of which somebody says what they should be."""

    __slots__ = ()


def _partial_reader(kind: Any) -> Read:  # noqa: ANN401 -- an attrs class
    """Return how an object is read that gives any of the attributes of *kind*."""
    names = [field.name for field in attrs.fields(kind)]

    def read(value: object) -> object:
        given = exactly(value, dict)
        refuse_unknown_keys(given, names)
        return Partial(_read_attributes(given, {name: _reader_of(kind, name) for name in names}))

    return read


def _writer(kind: Any) -> Write:  # noqa: ANN401 -- an annotation
    """Return how values of a type are written."""
    if kind == Value:
        return _write_value
    if is_optional(kind):
        inner: Any = Union[_options(kind)]  # noqa: UP007 -- of types that are known only now
        return lambda value: None if value is None else write_plain(value, inner)
    if kind in _PLAIN:
        return _PLAIN[kind][1]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return str
    if origin is frozenset:
        return lambda value: [write_plain(each, parts[0]) for each in sorted(value)]
    if origin in COLLECTIONS:
        return lambda value: [write_plain(each, parts[0]) for each in value]
    if origin is FrozenMap:
        return lambda value: {
            _write_key(key): write_plain(value[key], parts[1]) for key in sorted(value, key=_write_key)
        }
    options = classes(kind)
    return _choice_writer(options) if len(options) > 1 else _object_writer(kind)


def _read_ticket(value: object) -> Ticket:
    entries = _read_history(value)
    try:
        return replay(entries)
    except HistoryError as error:
        place = ("entries", error.sequence) if entries else ("entries",)
        raise DataError(DataProblem(place, "bad_value", error.what, error.fix)) from None


_PLAIN: Mapping[Any, tuple[Read, Write]] = {
    object: (lambda value: value, lambda value: value),
    str: (lambda value: exactly(value, str), str),
    int: (lambda value: exactly(value, int), int),
    bool: (lambda value: exactly(value, bool), bool),
    datetime: (lambda value: parse_instant(exactly(value, str)), write_instant),
    timedelta: (read_duration, _write_hours_and_less),
    PublicHolidays: (_read_public_holidays, _write_public_holidays),
    Ticket: (_read_ticket, lambda ticket: {"entries": _write_history(ticket)}),
}
COLLECTIONS: Mapping[Any, Callable[[list[Any]], object]] = {
    tuple: tuple,
    frozenset: frozenset,
    PersistentList: lambda items: PersistentList.of(*items),
    Iterable: tuple,
    Sequence: tuple,
}


def _read_history(value: object) -> tuple[Entry, ...]:
    given = exactly(value, dict)
    refuse_unknown_keys(given, ("entries",))
    if "entries" not in given:
        raise DataError(DataProblem(("entries",), "missing_key", "it is missing", "give every entry, oldest first"))
    try:
        return cast("tuple[Entry, ...]", read_plain(given["entries"], tuple[Entry, ...]))
    except DataError as error:
        raise DataError(*(flaw.under("entries") for flaw in error.problems)) from None


def _write_history(ticket: Ticket) -> Plain:
    return [write_plain(entry) for entry in ticket.history]


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_structure_hook_factory(lambda _: True, lambda kind: _ignoring_kind(_reader(kind)))
    converter.register_unstructure_hook_factory(lambda _: True, _writer)
    for kind in (str, int, bool):  # these it would convert, and 5 is no text
        converter.register_structure_hook(kind, _ignoring_kind(_PLAIN[kind][0]))
    return converter


def _ignoring_kind(read: Read) -> Callable[[object, object], object]:
    return lambda value, _: read(value)
