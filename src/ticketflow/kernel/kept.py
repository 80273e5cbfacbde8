"""Keep what is derived from a frozen value beside it, so that it is derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

K = TypeVar("K", bound="Keeper")
T = TypeVar("T")


class Keeper:
    """A base of frozen values beside which functions keep what they derive from them; see `kept`.

    What is kept is no part of the value. Comparing, hashing, printing, copying and pickling do not see it.
    """

    __slots__ = ("_kept",)
    _kept: dict[Callable[..., object], object]


def kept(derive: Callable[[K], T]) -> Callable[[K], T]:
    """Make a function keep its answer beside its argument, a `Keeper`. It must depend on the argument alone.

    Threads that ask first at the same moment each derive an answer. The answers are equal, and one of them is kept.

    >>> letters = kept(lambda word: list(word.text))
    >>> class Word(Keeper):
    ...     text = "ab"
    >>> letters(word := Word()), letters(word) is letters(word)
    (['a', 'b'], True)
    """

    @wraps(derive)
    def found(value: K) -> T:
        try:
            return value._kept[derive]  # type: ignore[return-value]  # noqa: SLF001 -- its own module
        except AttributeError:
            _keep(value, {})
        except KeyError:
            pass
        return value._kept.setdefault(derive, derive(value))  # type: ignore[return-value]  # noqa: SLF001 -- likewise

    return found


_keep: Callable[[Keeper, object], None] = Keeper.__dict__["_kept"].__set__
