"""Time candidates side by side: all take turns in many short rounds, so that a busy machine slows them equally.

A time is the best of all rounds; a ratio is taken within each round, and shown as the median with the spread.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any, NamedTuple

Call = Callable[[], Any]
Seconds = dict[str, list[float]]

ROUNDS = 41
TRIES = 10
BUDGET = 0.001


class Inline(NamedTuple):
    """Code that is run without a call around it, because a call would cost as much as the code."""

    text: str
    names: dict[str, Any]


class Fresh(NamedTuple):
    """A call that is given something new each time, made outside the timed part."""

    call: Callable[[Any], object]
    make: Call


Candidate = Call | Inline | Fresh


def seconds_for(candidate: Candidate, number: int) -> float:
    """Return the seconds of that many calls together, without garbage collection."""
    match candidate:
        case Inline(text=text, names=names):
            return timeit.timeit(text, number=number, globals=names)
        case Fresh(call=call, make=make):
            following = iter([make() for _ in range(number)]).__next__
            return timeit.timeit("call(following())", number=number, globals={"call": call, "following": following})
        case _:
            return timeit.timeit(candidate, number=number)


def timed(candidates: dict[str, Candidate]) -> Seconds:
    """Return seconds a call for each candidate and round, the best of a few tries in each."""
    numbers = {}
    for name, candidate in candidates.items():
        once = min(seconds_for(candidate, 10) for _ in range(5)) / 10
        numbers[name] = max(1, int(BUDGET / once))
    seconds: Seconds = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, candidate in candidates.items():
            best = min(seconds_for(candidate, numbers[name]) for _ in range(TRIES))
            seconds[name].append(best / numbers[name])
    return seconds


def ratios(seconds: Seconds, name: str, base: str) -> list[float]:
    """Return the ratio of a candidate to the base in each round."""
    return [value / other for value, other in zip(seconds[name], seconds[base], strict=True)]


def short(value: float) -> str:
    """Return a figure with three digits that count, or all of a greater whole number."""
    whole = 100
    return f"{value:,.0f}" if value >= whole else f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table in Markdown, with a line free before it."""
    print()
    for row in (head, ("---",) * len(head), *rows):
        print(f"| {' | '.join(row)} |")


def told(seconds: Seconds, base: str) -> None:
    """Print each candidate's best time, and its ratio to the base."""

    def row(name: str, values: list[float]) -> tuple[str, ...]:
        each = ratios(seconds, name, base)
        return name, short(min(values) * 1e6), short(median(each)), f"{short(min(each))} to {short(max(each))}"

    head = ("candidate", "microseconds", f"to {base}", "spread of the ratio")
    table(head, (row(name, values) for name, values in seconds.items()))


class Promise(NamedTuple):
    """A promised ratio, and the ratios that were measured in each round."""

    what: str
    values: list[float]
    limit: float
    is_least: bool = False

    @property
    def is_kept(self) -> bool:
        value = median(self.values)
        return value >= self.limit if self.is_least else value <= self.limit

    @property
    def row(self) -> tuple[str, ...]:
        limit = f"{'at least' if self.is_least else 'at most'} {self.limit:g}"
        spread = f"{short(min(self.values))} to {short(max(self.values))}"
        return self.what, short(median(self.values)), spread, limit, "yes" if self.is_kept else "**no**"


def verdict(promises: Iterable[Promise]) -> int:
    """Print the promised and the measured ratios, and return 1 if a promise is broken."""
    made = list(promises)
    table(("aim", "measured", "spread", "aimed at", "kept"), (promise.row for promise in made))
    return int(not all(promise.is_kept for promise in made))
