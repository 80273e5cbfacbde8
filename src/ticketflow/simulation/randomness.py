"""Random numbers: a stream of its own for each name, and distributions of durations.

Nothing here is hidden. A seed and the names decide every number, in every process. So two scenarios with the same seed
draw the same arrivals and the same answers (common random numbers), even where the rules take different courses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from math import exp, log
from random import Random  # noqa: TID251 -- the only door to random numbers; the seed is given by the user
from statistics import NormalDist
from typing import Protocol, TypeVar

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import ZERO
from ticketflow.kernel.type_checks import check_argument, items_of

Seed = int | str


class HasRandom(Protocol):
    """Something with a stream of random numbers, such as a `Turn`."""

    @property
    def random(self) -> Random:
        """The stream."""


T_contra = TypeVar("T_contra", bound=HasRandom, contravariant=True)
Duration = timedelta | Callable[[T_contra], timedelta]
"""A duration that is always the same, or a function of a turn that draws one."""


def stream(seed: Seed, *names: str | int) -> Random:
    """Return the stream of random numbers for these names.

    Streams of different names are independent. The same seed and names give the same stream in every process.

    >>> stream(7, "T-1", "customer").random() == stream(7, "T-1", "customer").random()
    True
    >>> stream(7, "T-1").random() == stream(7, "T-2").random()
    False
    """
    return Random(repr((seed, *names)))  # noqa: S311 -- a simulation


def check_seed(seed: Seed | Random) -> Seed:
    """Return a seed. A `random.Random` gives its next 64 bits.

    Raises:
        BadValueError: *seed* is of another type.
    """
    if isinstance(seed, Random):
        return seed.getrandbits(64)
    if type(seed) is not int and type(seed) is not str:
        raise BadValueError(f"seed is {seed!r:.200}", "give a whole number, a text or a random.Random")
    return seed


def drawn(duration: Duration[T_contra], turn: T_contra, name: str) -> timedelta:
    """Return a duration, drawn if it is a function.

    Args:
        duration: The duration, or a function of the turn.
        turn: The turn.
        name: The name of the attribute that has it, for the message.

    Raises:
        BadValueError: It is no timedelta, or it is negative.
    """
    found = duration if isinstance(duration, timedelta) else duration(turn)
    if not isinstance(found, timedelta) or found < ZERO:
        raise BadValueError(
            f"{name} is {found!r:.200}", "give a timedelta of 0 or more, or a function that returns one"
        )
    return found


def check_chance(value: float, name: str) -> float:
    """Return a probability.

    Raises:
        BadValueError: *value* is not a number from 0 to 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadValueError(f"{name} is {value!r:.200}", "give a probability from 0 to 1")
    return float(value)


def _positive(value: timedelta, name: str) -> timedelta:
    check_argument(value, timedelta, name)
    if value <= ZERO:
        raise BadValueError(f"{name} is {value}", "give a timedelta of more than 0")
    return value


def _mean(value: timedelta) -> timedelta:
    return _positive(value, "mean")


def _median(value: timedelta) -> timedelta:
    return _positive(value, "median")


def _spread(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _GREATEST_SPREAD:
        raise BadValueError(f"spread is {value!r:.200}", f"give a number from 0 to {_GREATEST_SPREAD}")
    return float(value)


_GREATEST_SPREAD = 10
"""Far more than any that was observed; it keeps the exponential function in its range."""


def _times(span: timedelta, factor: float) -> timedelta:
    """Return a multiple of a span; the longest span if it is longer than that."""
    try:
        return span * factor
    except OverflowError:
        return timedelta.max


def _durations(value: Iterable[timedelta]) -> tuple[timedelta, ...]:
    found = tuple(items_of(value, timedelta, "durations"))
    if not found or min(found) < ZERO:
        raise BadValueError(f"durations is {found!r:.200}", "give at least one timedelta, each of 0 or more")
    return found


@attrs.frozen
class Exponential:
    """Durations with an exponential distribution: most are short, and a few are long.

    Attributes:
        mean: The mean.

    Raises:
        BadValueError: *mean* is not more than 0.

    >>> hour, random = timedelta(hours=1), stream(1)
    >>> draws = [Exponential(hour).draw(random) for _ in range(1000)]
    >>> 0.9 < sum(draws, timedelta()) / 1000 / hour < 1.1
    True
    """

    mean: timedelta = attrs.field(converter=_mean)

    def draw(self, random: Random) -> timedelta:
        """Return a duration drawn from a stream."""
        return _times(self.mean, -log(1 - random.random()))

    def __call__(self, turn: HasRandom) -> timedelta:
        """Return a duration drawn from the stream of a turn."""
        return self.draw(turn.random)


@attrs.frozen
class LogNormal:
    """Durations with a log-normal distribution: as many below the median as above it, with a long tail.

    Attributes:
        median: The median.
        spread: The standard deviation of the logarithm. With 1, two thirds of the durations are between a third of the
            median and three times the median.

    Raises:
        BadValueError: *median* is not more than 0, or *spread* is not from 0 to 10.

    >>> str(LogNormal(timedelta(hours=1), 0).draw(stream(1)))
    '1:00:00'
    """

    median: timedelta = attrs.field(converter=_median)
    spread: float = attrs.field(default=1.0, converter=_spread)

    def draw(self, random: Random) -> timedelta:
        """Return a duration drawn from a stream."""
        return _times(self.median, exp(self.spread * _NORMAL.inv_cdf((random.random() + _TINY) / (1 + 2 * _TINY))))

    def __call__(self, turn: HasRandom) -> timedelta:
        """Return a duration drawn from the stream of a turn."""
        return self.draw(turn.random)


_NORMAL = NormalDist()
_TINY = 1e-12
"""Keeps a draw away from 0 and 1, where the normal distribution has no value."""


@attrs.frozen
class Resampled:
    """Durations drawn from those that were observed, each as likely as the others.

    Attributes:
        durations: The observed durations, for example the times after which customers answered.

    Raises:
        BadValueError: *durations* is empty, or one of them is negative.

    >>> Resampled([timedelta(hours=3)]).draw(stream(1)) == timedelta(hours=3)
    True
    """

    durations: tuple[timedelta, ...] = attrs.field(converter=_durations)

    def draw(self, random: Random) -> timedelta:
        """Return a duration drawn from a stream."""
        return self.durations[int(random.random() * len(self.durations))]

    def __call__(self, turn: HasRandom) -> timedelta:
        """Return a duration drawn from the stream of a turn."""
        return self.draw(turn.random)
