"""A sequence that only grows, and shares its elements with its earlier versions.

Appending costs the same at 10 and at 10,000 elements, and every shorter version stays valid and unchanged. Equality,
hashing, pickling and printing never recurse, however long the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import index
from typing import Any, ClassVar, SupportsIndex, TypeVar, overload

from ticketflow.errors import BadValueError

T = TypeVar("T")


class PersistentList(Sequence[T]):
    """A frozen sequence that is never empty: its *last* element, and the list *before* it.

    The newest element costs nothing to read. An index or a slice costs the elements from the newest down to the oldest
    one that is asked for, so ``items[-1]`` is cheap and ``items[0]`` walks the whole list. Iterate to read all.

    >>> one = PersistentList.of("a")
    >>> two = one.append("b")
    >>> list(one), list(two), two.last, two.before is one
    (['a'], ['a', 'b'], 'b', True)
    >>> two[0], two[-1], two[:1], len(two)
    ('a', 'b', ('a',), 2)
    """

    __slots__ = ("_length", "before", "digest", "last")
    before: PersistentList[T] | None
    last: T
    digest: str
    """The digest of the list, if somebody computed it (`keep_digest`). It is no part of its value."""
    _length: int
    is_loaded: ClassVar[bool] = True
    """Whether its elements are there. A list of a subclass that is not loaded decides itself what it is equal to."""

    def __init__(self, last: T, before: PersistentList[T] | None = None) -> None:
        _set_last(self, last)
        _set_before(self, before)
        _set_length(self, 1 if before is None else before._length + 1)  # noqa: SLF001 -- its own class

    @classmethod
    def of(cls, *items: T) -> PersistentList[T]:
        """Return the list of *items*, oldest first.

        Raises:
            BadValueError: No item is given; the list is never empty.
        """
        found: PersistentList[T] | None = None
        for item in items:
            found = cls(item, found)
        if found is None:
            raise BadValueError(
                "a persistent list of no items", "give at least one item; use None where there may be none"
            )
        return found

    def keep_digest(self, digest: str) -> None:
        """Keep the digest of the list beside it."""
        _set_digest(self, digest)

    @property
    def first(self) -> T:
        """The oldest element; it costs a walk over the whole list."""
        node = self
        while node.before is not None:
            node = node.before
        return node.last

    def append(self, item: T) -> PersistentList[T]:
        """Return a list with *item* as its newest element; this one does not change."""
        return PersistentList(item, self)

    def after(self, length: int) -> tuple[T, ...]:
        """Return the elements after the first *length* ones, oldest first; costs only the number of them."""
        newest_first = zip(range(self._length - length), reversed(self), strict=False)
        return tuple(item for _, item in newest_first)[::-1]

    @overload
    def __getitem__(self, key: SupportsIndex) -> T: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[T, ...]: ...

    def __getitem__(self, key: SupportsIndex | slice) -> T | tuple[T, ...]:
        """Return the element at an index, or the tuple of the elements of a slice; 0 is the oldest, -1 the newest.

        Raises:
            IndexError: There is no element at this index.
            TypeError: *key* is neither a whole number nor a slice.
        """
        if isinstance(key, slice):
            places = range(self._length)[key]
            if not places:
                return ()
            first = min(places[0], places[-1])
            found = self.after(first)
            return tuple(found[place - first] for place in places)
        if not isinstance(key, SupportsIndex):
            raise TypeError(f"indices of a persistent list are whole numbers or slices, not {type(key).__name__}")
        try:
            place = range(self._length)[index(key)]
        except IndexError:
            raise IndexError(f"no element {key}; there are {self._length}") from None
        return next(islice(reversed(self), self._length - 1 - place, None))

    def __len__(self) -> int:
        return self._length

    def __reversed__(self) -> Iterator[T]:
        rest: PersistentList[T] | None = self
        while rest is not None:
            yield rest.last
            rest = rest.before

    def __iter__(self) -> Iterator[T]:
        return reversed(list(reversed(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersistentList) or not other.is_loaded:
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
        return f"PersistentList.of({', '.join(map(repr, self))})"

    def __reduce__(self) -> tuple[object, tuple[T, ...]]:
        return (PersistentList.of, tuple(self))

    def __copy__(self) -> PersistentList[T]:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> PersistentList[T]:
        return self  # its elements are frozen, too

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a persistent list is frozen; append() returns a new one (tried to set {name})")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a persistent list is frozen (tried to delete {name})")


# A frozen class fills its slots by their descriptors; looked up once, that costs half of object.__setattr__.
_set_last: Callable[[PersistentList[Any], object], None] = PersistentList.__dict__["last"].__set__
_set_before: Callable[[PersistentList[Any], object], None] = PersistentList.__dict__["before"].__set__
_set_length: Callable[[PersistentList[Any], int], None] = PersistentList.__dict__["_length"].__set__
_set_digest: Callable[[PersistentList[Any], str], None] = PersistentList.__dict__["digest"].__set__


class DeferredList(PersistentList[T]):
    """A list of which only the newest element is there. The others are loaded when one of them is asked for.

    Attributes:
        kept: What the others are loaded from.
    """

    __slots__ = ("_found", "_load", "kept")
    kept: Any
    _load: Callable[[Any], PersistentList[T]]
    _found: PersistentList[T]

    def __init__(self, last: T, length: int, kept: object, load: Callable[[Any], PersistentList[T]]) -> None:
        _set_last(self, last)
        _set_length(self, length)
        object.__setattr__(self, "kept", kept)
        object.__setattr__(self, "_load", load)

    @property
    def before(self) -> PersistentList[T] | None:  # type: ignore[override]  # read-only in the base, too
        """The list before the newest element; loaded when it is first asked for."""
        found: PersistentList[T] | None = getattr(self, "_found", None)
        if found is None:  # several threads can load it; they find equal lists
            found = self._load(self.kept)
            object.__setattr__(self, "_found", found)
        return found
