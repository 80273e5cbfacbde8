"""Small values that everything else is made of: who acts, what a message is, when something happened."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Literal, NamedTuple, NoReturn, TypeVar, get_args

import attrs

from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError

Role = Literal["customer", "third_party", "agent", "administrator", "robot", "system"]
"""Who can do something to a ticket. The system acts for the rules themselves and for outside events."""

Category = Literal["open", "pending", "resolved", "closed"]
"""What a state counts as: *open* is ours to do, *pending* waits for somebody, *closed* is for good."""

Language = Literal["en", "es"]

Value = str | int | bool | datetime | None
"""What a field of a ticket can hold; an instant is aware, and in UTC inside."""

ROLES: frozenset[str] = frozenset(get_args(Role))
CATEGORIES: tuple[str, ...] = get_args(Category)
SCORES = range(1, 6)
"""What the satisfaction survey asks for."""

PEOPLE: frozenset[str] = frozenset({"customer", "third_party", "agent", "administrator"})
SUPPORT: frozenset[str] = frozenset({"agent", "administrator"})

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@#-]*", re.ASCII)
_LONGEST_MESSAGE_ID = 256  # mails have long ones, and those of notes are made of the ticket's

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A mapping that is frozen and hashable, and prints in the order of its keys.

    A dictionary underneath, whose look-ups are twice as fast as those of a mapping written in Python; everything that
    would change it raises.

    >>> one = FrozenMap({"nature": "incident"})
    >>> one.set("priority", 2)
    FrozenMap({'nature': 'incident', 'priority': 2})
    >>> len(one), hash(one) == hash(FrozenMap({"nature": "incident"}))
    (1, True)
    """

    __slots__ = ()

    def set(self, key: K, value: V) -> FrozenMap[K, V]:
        """Return a map in which *key* has *value*; this one stays as it is."""
        return FrozenMap({**self, key: value})

    def without(self, key: K) -> FrozenMap[K, V]:
        """Return a map without *key*, which need not be there."""
        return FrozenMap({name: value for name, value in self.items() if name != key}) if key in self else self

    def __hash__(self) -> int:  # type: ignore[override]  # dictionaries change and so have none; this does not
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({dict(sorted(self.items(), key=lambda item: str(item[0])))!r})"

    def __reduce__(self) -> tuple[object, tuple[dict[K, V]]]:
        return (FrozenMap, (dict(self),))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a frozen map does not change; set() and without() return new ones")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


Labels = FrozenMap[Language, str]
"""What people call something, by language."""


def to_utc(value: datetime, name: str = "the instant") -> datetime:
    """Return the same instant in UTC.

    Raises:
        NaiveDatetimeError: *value* has no time zone; *name* says which one it was.
        BadValueError: *value* is no datetime.
        OutOfRangeError: in UTC it lies outside the years 1 to 9999.

    Source: docs/semantics.md 1.1, 1.9.

    >>> to_utc(datetime(2026, 11, 19, 15, tzinfo=UTC)).isoformat()
    '2026-11-19T15:00:00+00:00'
    """
    if not isinstance(value, datetime):
        raise BadValueError(f"{name} is {value!r:.200}, not a datetime", "give an aware datetime")
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveDatetimeError(name, value)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise OutOfRangeError(f"{name} {value.isoformat()} in UTC") from None


def _is_text(value: object) -> bool:
    """Return whether *value* is a text, whatever its annotation promised."""
    return isinstance(value, str)


def is_name(value: str) -> bool:
    """Return whether *value* can name a part of a rule set."""
    return _is_text(value) and _NAME.fullmatch(value) is not None


def check_name(value: str, what: str) -> str:
    """Return *value* if it can name a part of a rule set: lower-case ASCII, a letter first, at most 64 characters.

    Raises:
        BadValueError: it can't; *what* says what was to be named.
    """
    if not is_name(value):
        raise BadValueError(
            f"{what} {value!r:.200}", "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first"
        )
    return value


def is_id(value: str, longest: int = 128) -> bool:
    """Return whether *value* can identify a ticket, a person, a message or an event."""
    return _is_text(value) and len(value) <= longest and _ID.fullmatch(value) is not None


def check_id(value: str, what: str, longest: int = 128) -> str:
    """Return *value* if it can identify a ticket, a person, a message or an event: ASCII, at most *longest* characters.

    Raises:
        BadValueError: it can't; *what* says what was to be identified.
    """
    if not is_id(value, longest):
        fix = f"use ASCII letters, digits and '_.:@#-', a letter or digit first, at most {longest} characters"
        raise BadValueError(f"{what} {value!r:.300}", fix)
    return value


def check_text(value: str, what: str, longest: int = 500) -> str:
    """Return *value* if people can read it safely: no control or direction characters, at most *longest* characters.

    Raises:
        BadValueError: it is no text, too long, or has characters that a screen would obey instead of show.
    """
    if not _is_text(value) or len(value) > longest or not is_readable(value):
        raise BadValueError(f"{what} {value!a:.80}", f"give plain text in one line, at most {longest} characters")
    return value


_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Of Persian, of Hindi, and of faces made of several: they direct nothing."""


def _is_unreadable(sign: str) -> bool:
    return unicodedata.category(sign) in _UNREADABLE and sign not in _JOINERS


def is_readable(text: str) -> bool:
    """Return whether a screen shows every character of *text* and obeys none: no line ends, no turns of direction.

    >>> is_readable("Em análise"), is_readable("safe\u202etxt.exe")
    (True, False)
    """
    return text.isprintable() or not any(map(_is_unreadable, text))


def readable(text: str) -> str:
    r"""Return *text* with every character escaped that a screen would obey: what strangers wrote, to be shown.

    >>> readable("one\\ntwo")
    'one\\ntwo'
    """
    if is_readable(text):
        return text
    return "".join(ascii(sign)[1:-1] if _is_unreadable(sign) else sign for sign in text)


_PLAIN_NAME = re.compile(r"[ -~]{1,256}", re.ASCII)


def is_plain_name(value: str) -> bool:
    """Return whether *value* can be the name of anything: ASCII that a screen shows, at most 256 characters.

    >>> is_plain_name("Europe/Madrid"), is_plain_name("\u043epen")
    (True, False)
    """
    return _is_text(value) and _PLAIN_NAME.fullmatch(value) is not None


def same(one: Value, other: Value) -> bool:
    """Return whether two values of a field are one: a truth value is no number, though Python finds True equal to 1."""
    return type(one) is type(other) and one == other


def names(values: Iterable[str], what: str) -> frozenset[str]:
    """Return *values* as a set of names.

    Raises:
        BadValueError: they are one text, which would fall into its letters, or no texts, or not ASCII.
    """
    given = () if isinstance(values, str) or not isinstance(values, Iterable) else tuple(values)
    if isinstance(values, str) or not isinstance(values, Iterable) or not all(map(_is_text, given)):
        raise BadValueError(f"{what} {values!r:.200}", "give a tuple or a set of names")
    found = frozenset(given)
    wrong = min((value for value in found if not is_plain_name(value)), default=None)
    if wrong is not None:
        raise BadValueError(f"{what}: {wrong!a:.80}", "give names in ASCII, at most 256 characters")
    return found


def freeze_fields(value: Mapping[str, Value]) -> FrozenMap[str, Value]:
    """Return what is given for the fields of a ticket as a frozen map.

    Raises:
        BadValueError: it is no mapping.
    """
    if not isinstance(value, Mapping) or not all(_is_text(name) for name in value):
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


def freeze_labels(value: Mapping[Language, str]) -> Labels:
    """Return *value* frozen.

    Raises:
        BadValueError: it is no mapping of languages that there are to plain texts of one line each.
    """
    return _labels(value, _LONGEST_LABEL, "")


_LONGEST_LABEL = 500
_LONGEST_TEMPLATE = 20_000


def _freeze_paragraphs(value: Mapping[Language, str]) -> Labels:
    return _labels(value, _LONGEST_TEMPLATE, "\n\t")


def _labels(value: Mapping[Language, str], longest: int, also: str) -> Labels:
    """Return *value* frozen; of characters that are obeyed and not shown, only those in *also* may stand in it."""
    if not isinstance(value, Mapping) or not all(_is_text(text) for text in value.values()):
        raise BadValueError(f"texts {value!r:.200}", "give a mapping of languages to texts")
    dropped = dict.fromkeys(map(ord, also))
    for language, text in value.items():
        check_language(language)
        if len(text) > longest or not is_readable(text.translate(dropped)):
            what = "lines of plain text" if also else "plain text in one line"
            raise BadValueError(f"the text {text!a:.80}", f"give {what}, at most {longest} characters")
    return FrozenMap(value)


def check_language(value: Language) -> Language:
    """Return *value* if it is a language that the library speaks.

    Raises:
        BadValueError: it isn't.
    """
    if value not in get_args(Language):
        raise BadValueError(f"language {value!r:.80}", f"there are: {', '.join(get_args(Language))}")
    return value


class Mark(NamedTuple):
    """When something happened to a ticket, and by which entry of its history.

    A named tuple and no attrs class, as `Change` is: a fold makes several for each event, and they cost a third.

    Attributes:
        at: The effective instant, in UTC.
        sequence: The entry's place in the history; entries of one instant keep their order by it.
        step: The event's place in the entry: a message that comes with a move comes before it. Of what a rule did at
            once, all have one.
        entry: The entry's id, which keys of what it armed are made of.
    """

    at: datetime
    sequence: int
    step: int
    entry: str

    @property
    def place(self) -> tuple[int, int]:
        """Its place among all events of the history."""
        return (self.sequence, self.step)


class Change(NamedTuple):
    """A value that a ticket came to have, and when."""

    value: Value
    mark: Mark


def _actor_id(value: str) -> str:
    return check_id(value, "actor id")


def _groups(value: frozenset[str] | set[str] | tuple[str, ...]) -> frozenset[str]:
    return frozenset(check_name(name, "group") for name in names(value, "groups"))


@attrs.frozen
class Actor:
    """Who does something: a role, an id, and the groups of it that a rule set may speak of.

    Attributes:
        role: What they are to the desk.
        id: Who they are; ASCII.
        groups: Further names that permissions may mention, for example ``accredited_consultant``.

    Raises:
        BadValueError: the role is none of `Role`, a group bears the name of a role, or an id is not ASCII.

    >>> Actor("customer", "ana", groups={"channel"}).is_any_of({"agent", "channel"})
    True
    """

    role: Role
    id: str = attrs.field(converter=_actor_id)
    groups: frozenset[str] = attrs.field(default=frozenset(), converter=_groups)

    def __attrs_post_init__(self) -> None:
        if not _is_text(self.role) or self.role not in ROLES:
            raise BadValueError(f"role {self.role!r}", f"there are: {', '.join(sorted(ROLES))}")
        if self.groups & ROLES:
            named = ", ".join(sorted(self.groups & ROLES))
            raise BadValueError(f"group {named!r} bears the name of a role", "name the group otherwise")

    def is_any_of(self, names: frozenset[str] | set[str]) -> bool:
        """Return whether the actor's role or one of its groups is among *names*."""
        return self.role in names or not self.groups.isdisjoint(names)


SYSTEM = Actor("system", "ticketflow")
"""Who acts when a rule does."""


def _message_id(value: str) -> str:
    return check_id(value, "message id", _LONGEST_MESSAGE_ID)


@attrs.frozen
class Message:
    """What a ticket keeps of a message: its id and facts, never its body.

    Attributes:
        id: The message, in whatever store holds it; ASCII.
        public: Whether the customer can see it; an internal note is not public.
        automatic: Whether a machine sent it (an auto-submitted mail); such a message is nobody's activity.
        resolves: Whether it is offered as the resolution: the mail or note that says how the ticket was solved.
    """

    id: str = attrs.field(converter=_message_id)
    public: bool = True
    automatic: bool = False
    resolves: bool = False

    @property
    def facts(self) -> Message:
        """What a ticket keeps of it."""
        return self


@attrs.frozen
class Mail(Message):
    """A message on its way in, with what it says, so that fields of a draft can be filled from it.

    Attributes:
        subject: Its subject line, if it has one.
        text: Its body, as plain text.
    """

    subject: str | None = None
    text: str | None = None

    @property
    def facts(self) -> Message:
        """What a ticket keeps of it: neither subject nor text."""
        return Message(self.id, self.public, self.automatic, self.resolves)


def _hint_name(value: str) -> str:
    return check_name(value, "hint")


@attrs.frozen
class Hint:
    """Something a screen may tell its user beside the outcome: data, never a reason to do otherwise.

    Attributes:
        name: What preferences call it, to leave it out.
        texts: What it says, by language; ``{at}`` and the like stand for *data*.
        data: What it is about.
    """

    name: str = attrs.field(converter=_hint_name)
    texts: Labels = attrs.field(converter=freeze_labels)
    data: FrozenMap[str, Value] = attrs.field(factory=FrozenMap, converter=freeze_fields)

    def text(self, language: Language, zone: tzinfo = UTC) -> str:
        """Return what it says in *language*, in English if it says nothing in that; instants on the wall of *zone*.

        >>> Hint("opened", {"en": "opened as {reference}"}, {"reference": "T-1"}).text("es")
        'opened as T-1'
        """
        return _filled(self.texts.get(language) or self.texts.get("en") or self.name, self.data, zone)


_BRACES = re.compile(r"\{([^{}]*)\}")
_LONGEST_FILLED = 1_000_000


def _filled(text: str, data: Mapping[str, Value], zone: tzinfo) -> str:
    """Return *text* with what *data* says for each ``{name}``; other braces stay, for no text is a program.

    What is put in is not read again. What would make it longer than a million characters is not put in.
    """
    room = _LONGEST_FILLED

    def put_in(match: re.Match[str]) -> str:
        nonlocal room
        shown = _spoken(data[match[1]], zone) if match[1] in data and room > 0 else match[0]
        room -= len(shown)
        return shown if room > 0 else ""

    return _BRACES.sub(put_in, text)


def _spoken(value: Value, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        try:
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M %z}"
        except OverflowError:  # no wall there reads such a year
            return f"{value:%Y-%m-%d %H:%M %z}"
    return "\n".join(map(readable, str(value).split("\n")))


def _template_name(value: str) -> str:
    return check_name(value, "template")


@attrs.frozen
class Template:
    """The ready-made text of a message that rules ask for; whoever sends it may use another.

    Attributes:
        name: What the rules call it.
        texts: What it says, by language; ``{ticket}`` and the like stand for what the sender knows.
        labels: What people call it, by language.
    """

    name: str = attrs.field(converter=_template_name)
    texts: Labels = attrs.field(converter=_freeze_paragraphs)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    def text(self, language: Language, data: Mapping[str, Value] | None = None, zone: tzinfo = UTC) -> str:
        """Return what it says in *language*, in English if it says nothing in that; instants on the wall of *zone*.

        Args:
            language: Of its reader.
            data: What stands for each ``{name}``; others are left as they are.
            zone: Of its reader.

        Source: row F4.

        >>> Template("closing", {"en": "{ticket} closes on {at}."}).text("es", {"ticket": "T-1"})
        'T-1 closes on {at}.'
        """
        return _filled(self.texts.get(language) or self.texts.get("en") or self.name, data or {}, zone)
