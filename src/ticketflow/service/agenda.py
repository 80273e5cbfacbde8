"""When to look at which ticket again: a value that holds a million sleeping tickets and costs nothing until one is due.

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
    """A heap: the earliest of its entries, and two smaller heaps, of which the right one is never the deeper one."""

    at: datetime
    ticket: str
    depth: int
    left: _Node | None
    right: _Node | None


class Agenda:
    """Tickets and the instants at which something is due next, earliest first. Frozen: changes are new agendas.

    A ticket that is put again is in it twice, until its earlier instant has come: looking at a ticket too often is
    harmless, and nothing need be searched for.

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
        """Take tickets' ids with what `next_due` said of them; those with None, for never, are left out."""
        pairs = (_pair(entry) for entry in items_of(entries, tuple | list, "entries"))
        known = ((ticket, at) for ticket, at in pairs if at is not None)
        latest_first = sorted(((to_utc(at, "at"), check_id(name, "ticket id")) for name, at in known), reverse=True)
        root: _Node | None = None
        for at, ticket in latest_first:  # a sorted list is a heap already: each the only child of the one before it
            root = _Node(at, ticket, 1, root, None)
        object.__setattr__(self, "_root", root)
        object.__setattr__(self, "_length", len(latest_first))

    @classmethod
    def _of(cls, root: _Node | None, length: int) -> Agenda:
        agenda = cls()
        object.__setattr__(agenda, "_root", root)
        object.__setattr__(agenda, "_length", length)
        return agenda

    def put(self, ticket: str, at: datetime | None) -> Agenda:
        """Return the agenda with *ticket* to be looked at then.

        Args:
            ticket: Its id.
            at: What `next_due` said; None, for never, changes nothing.

        Raises:
            NaiveDatetimeError: *at* has no time zone.
            BadValueError: *ticket* is no id.
        """
        if at is None:
            return self
        return self._of(_merged(_alone(ticket, at), self._root), self._length + 1)

    @property
    def next(self) -> datetime | None:
        """When the next ticket is to be looked at; None if none is."""
        return None if self._root is None else self._root.at

    def due(self, now: datetime) -> tuple[tuple[str, ...], Agenda]:
        """Return the ids of the tickets due by *now*, earliest first and each once, and the agenda without them.

        Raises:
            NaiveDatetimeError: *now* has no time zone.
        """
        until, root, length = to_utc(now, "now"), self._root, self._length
        found: dict[str, None] = {}
        while root is not None and root.at <= until:
            found[root.ticket] = None
            root, length = _merged(root.left, root.right), length - 1
        return tuple(found), self._of(root, length)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[str, datetime]]:
        """Yield its entries, earliest first."""
        root = self._root
        while root is not None:
            yield root.ticket, root.at
            root = _merged(root.left, root.right)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Agenda) else NotImplemented

    def __hash__(self) -> int:
        return hash((self._length, self.next))

    def __repr__(self) -> str:
        return f"<Agenda of {self._length}, next {self.next and self.next.isoformat()}>"

    def __reduce__(self) -> tuple[object, tuple[list[tuple[str, datetime]]]]:
        return (Agenda, (list(self),))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an agenda is frozen; put() returns a new one ({name} was to be set)")


def _pair(entry: tuple[str, datetime | None]) -> tuple[str, datetime | None]:
    if len(entry) != 2:  # noqa: PLR2004 -- a pair
        raise BadValueError(f"entry {entry!r:.200} of an agenda", "give pairs of a ticket's id and an instant")
    return entry


def _alone(ticket: str, at: datetime) -> _Node:
    return _Node(to_utc(at, "at"), check_id(ticket, "ticket id"), 1, None, None)


def _merged(one: _Node | None, other: _Node | None) -> _Node | None:
    """Return both heaps as one: down their right sides, which are never deeper than the logarithm of their size."""
    if one is None or other is None:
        return one or other
    first, second = (one, other) if (one.at, one.ticket) <= (other.at, other.ticket) else (other, one)
    right = _merged(first.right, second)
    left = first.left
    if left is None or (right is not None and left.depth < right.depth):
        left, right = right, left
    return _Node(first.at, first.ticket, 1 + (right.depth if right else 0), left, right)
