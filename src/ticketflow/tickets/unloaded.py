"""Histories that a ticket names and that were not loaded with it.

Source: docs/semantics.md 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ticketflow.errors import HistoryError
from ticketflow.kernel.names import check_id
from ticketflow.kernel.persistent_list import PersistentList

Digest = Callable[[PersistentList[Any]], str]
"""Returns the digest of a history's entries."""


class UnloadedHistory(PersistentList[Any]):
    """The history of a closed ticket, named by a follow-up that was stored.

    Its length is known. Asking for an entry raises `HistoryError`. `Ticket.with_earlier` gives the follow-up the
    history. It is equal to the history that it names.

    Attributes:
        ticket: The id of the closed ticket.
        digest: The digest of its entries when it was followed up.
        digest_of: The function that computed the digest.
    """

    __slots__ = ("digest_of", "ticket")
    is_loaded = False
    ticket: str
    digest_of: Digest

    def __init__(self, ticket: str, version: int, digest: str, digest_of: Digest) -> None:
        object.__setattr__(self, "_length", version)
        object.__setattr__(self, "ticket", check_id(ticket, "ticket id"))
        object.__setattr__(self, "digest", digest)
        object.__setattr__(self, "digest_of", digest_of)

    def _refuse(self) -> NoReturn:
        fix = f"read ticket {self.ticket!r}, and give it to Ticket.with_earlier of its follow-up"
        raise HistoryError(self.ticket, 0, "the history was not loaded", fix)

    @property
    def last(self) -> NoReturn:
        """Refuse; the history was not loaded."""
        self._refuse()

    @property
    def before(self) -> Any:  # type: ignore[override]  # noqa: ANN401 -- always an error
        """Refuse; the history was not loaded."""
        self._refuse()

    @property
    def first(self) -> Any:  # noqa: ANN401 -- always an error
        """Refuse; the history was not loaded."""
        self._refuse()

    def __reversed__(self) -> Iterator[Any]:
        self._refuse()

    def __iter__(self) -> Iterator[Any]:
        self._refuse()

    @property
    def plain(self) -> dict[str, str | int]:
        """The name as plain data, as documents have it."""
        return {"ticket": self.ticket, "version": len(self), "digest": self.digest}

    def names(self, history: PersistentList[Any]) -> bool:
        """Return whether this is the name of *history*."""
        if isinstance(history, UnloadedHistory):
            return (self.ticket, self.digest) == (history.ticket, history.digest)
        return self.digest_of(history) == self.digest

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentList):
            return NotImplemented
        return len(self) == len(other) and self.names(other)

    def __hash__(self) -> int:
        return hash((self.ticket, len(self)))

    def __repr__(self) -> str:
        return f"UnloadedHistory({self.ticket!r}, {len(self)}, {self.digest!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (UnloadedHistory, (self.ticket, len(self), self.digest, self.digest_of))
