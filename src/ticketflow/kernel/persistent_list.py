"""A sequence that only grows, and shares what it already has.

Appending costs the same at 10 and at 10,000 elements, and every earlier length stays valid and unchanged. The newest
element is at hand; equality, hashing, pickling and printing never recurse, however long the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from ticketflow.errors import BadValueError

T = TypeVar("T")


class PersistentList(Generic[T]):
    """A non-empty, frozen sequence: its *last* element, and all *before* it.

    >>> one = Chain.of("a")
    >>> two = one.append("b")
    >>> list(one), list(two), two.last, two.before is one
    (['a'], ['a', 'b'], 'b', True)
    """

    __slots__ = ("_length", "before", "last")
    before: PersistentList[T] | None
    last: T
    _length: int

    def __init__(self, last: T, before: PersistentList[T] | None = None) -> None:
        _set_last(self, last)
        _set_before(self, before)
        _set_length(self, 1 if before is None else before._length + 1)  # noqa: SLF001 -- its own class

    @classmethod
    def of(cls, *items: T) -> PersistentList[T]:
        """Return the chain of *items*, oldest first.

        Raises:
            BadValueError: no item is given; a chain is never empty.
        """
        chain: PersistentList[T] | None = None
        for item in items:
            chain = cls(item, chain)
        if chain is None:
            raise BadValueError("a chain of nothing", "give at least one item; use None where there may be none")
        return chain

    def append(self, item: T) -> PersistentList[T]:
        """Return a chain with *item* as its newest element; this one stays as it is."""
        return PersistentList(item, self)

    def after(self, length: int) -> tuple[T, ...]:
        """Return the elements that follow the first *length* ones, oldest first; costs only their number."""
        newest_first = zip(range(self._length - length), reversed(self), strict=False)
        return tuple(item for _, item in newest_first)[::-1]

    def __len__(self) -> int:
        return self._length

    def __reversed__(self) -> Iterator[T]:
        chain: PersistentList[T] | None = self
        while chain is not None:
            yield chain.last
            chain = chain.before

    def __iter__(self) -> Iterator[T]:
        return reversed(list(reversed(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentList):
            return NotImplemented
        if self._length != other._length:
            return False
        mine: PersistentList[T] | None = self
        theirs: PersistentList[T] | None = other
        while mine is not None and theirs is not None and mine is not theirs:
            if mine.last != theirs.last:
                return False
            mine, theirs = mine.before, theirs.before
        return True

    def __hash__(self) -> int:
        return hash((self._length, self.last))

    def __repr__(self) -> str:
        return f"Chain.of({', '.join(map(repr, self))})"

    def __reduce__(self) -> tuple[object, tuple[T, ...]]:
        return (PersistentList.of, tuple(self))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a chain is frozen; append() returns a new one ({name} was to be set)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a chain is frozen ({name} was to be deleted)")


# A frozen class fills its slots by their descriptors; looked up once, that costs half of object.__setattr__.
_set_last: Callable[[PersistentList[Any], object], None] = PersistentList.__dict__["last"].__set__
_set_before: Callable[[PersistentList[Any], object], None] = PersistentList.__dict__["before"].__set__
_set_length: Callable[[PersistentList[Any], int], None] = PersistentList.__dict__["_length"].__set__
