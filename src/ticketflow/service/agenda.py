"""An agenda of tickets, ordered by the instant at which something is due next.

It can hold a million tickets. Finding out that none of them is due takes one comparison.

Source: docs/semantics.md 3.13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.names import check_id
from ticketflow.kernel.type_checks import items_of


class _Node(NamedTuple):
    """A leftist heap: its earliest entry and two smaller heaps, the right one never deeper than the left one."""

    at: datetime
    ticket: str
    depth: int
    left: _Node | None
    right: _Node | None


class Agenda:
    """Tickets with the instants at which something is due next, earliest first. An agenda is frozen.

    A ticket that is put in again has two entries until the earlier one is due. Evaluating a ticket too often is
    harmless, and no search for the old entry is needed.

    >>> from datetime import UTC
    >>> agenda = Agenda().put("T-2", datetime(2026, 11, 20, tzinfo=UTC)).put("T-1", datetime(2026, 11, 19, tzinfo=UTC))
    >>> tickets, rest = agenda.due(datetime(2026, 11, 19, 12, tzinfo=UTC))
    >>> tickets, len(rest), rest.next.day
    (('T-1',), 1, 20)
    """

    __slots__ = ("_length", "_root")
    _length: int
    _root: _Node | None

    def __init__(self, entries: Iterable[tuple[str, datetime | None]] = ()) -> None:
        """Build an agenda from pairs of a ticket's id and the result of `next_due`; pairs with None are left out."""
        pairs = (_checked_pair(entry) for entry in items_of(entries, tuple | list, "entries"))
        known = ((ticket, at) for ticket, at in pairs if at is not None)
        latest_first = sorted(((to_utc(at, "at"), check_id(name, "ticket id")) for name, at in known), reverse=True)
        root: _Node | None = None
        for at, ticket in latest_first:  # sorted entries need no merging: each one is the parent of the one before
            root = _Node(at, ticket, 1, root, None)
        object.__setattr__(self, "_root", root)
        object.__setattr__(self, "_length", len(latest_first))

    @classmethod
    def _from_heap(cls, root: _Node | None, length: int) -> Agenda:
        agenda = cls()
        object.__setattr__(agenda, "_root", root)
        object.__setattr__(agenda, "_length", length)
        return agenda

    def put(self, ticket: str, at: datetime | None) -> Agenda:
        """Return the agenda with an entry added.

        Args:
            ticket: The ticket's id.
            at: The result of `next_due`. None means that nothing is due; the agenda stays the same.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            BadValueError: *ticket* is not an id.
        """
        if at is None:
            return self
        node = _Node(to_utc(at, "at"), check_id(ticket, "ticket id"), 1, None, None)
        return self._from_heap(_merge(node, self._root), self._length + 1)

    @property
    def next(self) -> datetime | None:
        """The instant of the earliest entry; None if the agenda is empty."""
        return None if self._root is None else self._root.at

    def due(self, now: datetime) -> tuple[tuple[str, ...], Agenda]:
        """Return the ids of the tickets that are due by *now*, and the agenda without their due entries.

        The ids are in the order of their instants, each once.

        Raises:
            NaiveDatetimeError: *now* has no time zone.
        """
        until, root, length = to_utc(now, "now"), self._root, self._length
        found: dict[str, None] = {}
        while root is not None and root.at <= until:
            found[root.ticket] = None
            root, length = _merge(root.left, root.right), length - 1
        return tuple(found), self._from_heap(root, length)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[str, datetime]]:
        """Yield the entries, earliest first."""
        root = self._root
        while root is not None:
            yield root.ticket, root.at
            root = _merge(root.left, root.right)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Agenda) else NotImplemented

    def __hash__(self) -> int:
        return hash((self._length, self.next))

    def __repr__(self) -> str:
        return f"<Agenda of {self._length}, next {self.next and self.next.isoformat()}>"

    def __reduce__(self) -> tuple[object, tuple[list[tuple[str, datetime]]]]:
        return (Agenda, (list(self),))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"attribute {name!r} of an agenda cannot be set; use put(), which returns a new agenda")


def _checked_pair(entry: tuple[str, datetime | None]) -> tuple[str, datetime | None]:
    if len(entry) != 2:  # noqa: PLR2004 -- a pair
        raise BadValueError(f"entry {entry!r:.200} is not a pair", "give pairs of a ticket's id and an instant")
    return entry


def _merge(one: _Node | None, other: _Node | None) -> _Node | None:
    """Merge two heaps along their right sides, whose depth is at most the logarithm of their size."""
    if one is None or other is None:
        return one or other
    first, second = (one, other) if (one.at, one.ticket) <= (other.at, other.ticket) else (other, one)
    right = _merge(first.right, second)
    left = first.left
    if left is None or (right is not None and left.depth < right.depth):
        left, right = right, left
    return _Node(first.at, first.ticket, 1 + (right.depth if right else 0), left, right)
