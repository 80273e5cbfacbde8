"""Small values that everything else is made of: who acts, what a message is, when something happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeVar, get_args

import attrs

from ticketflow.errors import BadValueError, NaiveDatetimeError, OutOfRangeError

Role = Literal["customer", "third_party", "agent", "administrator", "robot", "system"]
"""Who can do something to a ticket. The system acts for the rules themselves and for outside events."""

Category = Literal["open", "pending", "resolved", "closed"]
"""What a state counts as: *open* is ours to do, *pending* waits for somebody, *closed* is for good."""

Language = Literal["en", "es"]

Value = str | int | bool | None
"""What a field of a ticket can hold."""

ROLES: frozenset[str] = frozenset(get_args(Role))
CATEGORIES: tuple[str, ...] = get_args(Category)
PEOPLE: frozenset[str] = frozenset({"customer", "third_party", "agent", "administrator"})
SUPPORT: frozenset[str] = frozenset({"agent", "administrator"})

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@#-]{0,127}", re.ASCII)

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(Mapping[K, V]):
    """A mapping that is frozen and hashable, and prints in the order of its keys.

    >>> one = FrozenMap({"nature": "incident"})
    >>> one.set("priority", 2)
    FrozenMap({'nature': 'incident', 'priority': 2})
    >>> len(one), hash(one) == hash(FrozenMap({"nature": "incident"}))
    (1, True)
    """

    __slots__ = ("_items",)
    _items: dict[K, V]

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        object.__setattr__(self, "_items", dict(items or {}))

    def set(self, key: K, value: V) -> FrozenMap[K, V]:
        """Return a map in which *key* has *value*; this one stays as it is."""
        return FrozenMap(self._items | {key: value})

    def without(self, key: K) -> FrozenMap[K, V]:
        """Return a map without *key*, which need not be there."""
        return FrozenMap({name: value for name, value in self._items.items() if name != key})

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({dict(sorted(self._items.items(), key=lambda item: str(item[0])))!r})"

    def __reduce__(self) -> tuple[object, tuple[dict[K, V]]]:
        return (FrozenMap, (self._items,))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a frozen map does not change; set() returns a new one ({name} was to be set)")


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
        raise BadValueError(f"{name} is {value!r}, not a datetime", "give an aware datetime")
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
            f"{what} {value!r}", "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first"
        )
    return value


def check_id(value: str, what: str) -> str:
    """Return *value* if it can identify a ticket, a person, a message or an event: ASCII, at most 128 characters.

    Raises:
        BadValueError: it can't; *what* says what was to be identified.
    """
    if not _is_text(value) or not _ID.fullmatch(value):
        fix = "use ASCII letters, digits and '_.:@#-', a letter or digit first, at most 128 characters"
        raise BadValueError(f"{what} {value!r}", fix)
    return value


def same(one: Value, other: Value) -> bool:
    """Return whether two values of a field are one: a truth value is no number, though Python finds True equal to 1."""
    return type(one) is type(other) and one == other


def names(values: Iterable[str], what: str) -> frozenset[str]:
    """Return *values* as a set of names.

    Raises:
        BadValueError: they are one text, which would fall into its letters, or no texts.
    """
    if isinstance(values, str) or not isinstance(values, Iterable) or not all(_is_text(value) for value in values):
        raise BadValueError(f"{what} {values!r}", "give a tuple or a set of names")
    return frozenset(values)


def freeze_fields(value: Mapping[str, Value]) -> FrozenMap[str, Value]:
    """Return what is given for the fields of a ticket as a frozen map.

    Raises:
        BadValueError: it is no mapping.
    """
    if not isinstance(value, Mapping):
        raise BadValueError(f"fields {value!r}", "give a mapping of field names to values")
    return FrozenMap(value)


@attrs.frozen
class Mark:
    """When something happened to a ticket, and by which entry of its history.

    Attributes:
        at: The effective instant, in UTC.
        sequence: The entry's place in the history; entries of one instant keep their order by it.
        index: The event's place in the entry: a message that comes with a move comes before it.
        entry: The entry's id, which keys of what it armed are made of.
    """

    at: datetime
    sequence: int
    index: int
    entry: str

    @property
    def place(self) -> tuple[int, int]:
        """Its place among all events of the history."""
        return (self.sequence, self.index)


@attrs.frozen
class Change:
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
    return check_id(value, "message id")


@attrs.frozen
class Message:
    """What a ticket keeps of a message: its id and facts, never its body.

    Attributes:
        id: The message, in whatever store holds it; ASCII.
        public: Whether the customer can see it; an internal note is not public.
        automatic: Whether a machine sent it (an auto-submitted mail); such a message is nobody's activity.
    """

    id: str = attrs.field(converter=_message_id)
    public: bool = True
    automatic: bool = False
