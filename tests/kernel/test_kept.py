"""What is derived from a frozen value is kept beside it, and is no part of it."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy

import attrs

from ticketflow.kernel.kept import Keeper, kept

CALLS: list[str] = []


@attrs.frozen
class Word(Keeper):
    """A word."""

    text: str


@kept
def letters(word: Word) -> list[str]:
    """Return the letters of a word."""
    CALLS.append(word.text)
    return list(word.text)


@kept
def length(word: Word) -> int:
    """Return the length of a word."""
    return len(word.text)


def test_an_answer_is_derived_once() -> None:
    CALLS.clear()
    word = Word("ab")
    assert letters(word) is letters(word)
    assert (letters(word), length(word)) == (["a", "b"], 2)
    assert CALLS == ["ab"]


def test_equal_values_keep_their_own_answers() -> None:
    one, other = Word("ab"), Word("ab")
    assert letters(one) == letters(other)
    assert letters(one) is not letters(other)


def test_what_is_kept_is_no_part_of_the_value() -> None:
    asked, word = Word("ab"), Word("ab")
    letters(asked)
    assert (asked, hash(asked), repr(asked)) == (word, hash(word), "Word(text='ab')")
    assert pickle.dumps(asked) == pickle.dumps(word)
    for other in (copy(asked), deepcopy(asked), pickle.loads(pickle.dumps(asked)), attrs.evolve(asked)):  # noqa: S301
        assert letters(other) == ["a", "b"]
        assert letters(other) is not letters(asked)
