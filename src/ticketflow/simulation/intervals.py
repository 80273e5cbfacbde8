"""Confidence intervals of a mean by Student's t distribution.

The quantile is computed from the closed form of the distribution for whole degrees of freedom (Abramowitz and Stegun,
Handbook of Mathematical Functions, 26.7.3 and 26.7.4). So three seeds get the interval that three seeds deserve; the
normal distribution would make it half as wide. A package for statistics would be a large dependency for one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import cos, isfinite, pi, sin, sqrt
from statistics import fmean, stdev

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import items_of

_SMALLEST, _LARGEST = 0.5, 0.9999


@attrs.frozen
class Interval:
    """A mean with its confidence interval.

    Attributes:
        mean: The mean.
        low: The lower end; None for a single value, which has no spread.
        high: The upper end; None for a single value.
        confidence: The probability with which such an interval contains the true mean, for example 0.95.
    """

    mean: float
    low: float | None
    high: float | None
    confidence: float

    @property
    def is_clear(self) -> bool:
        """True if the interval does not contain 0, so that the direction of a difference is clear."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:.4g}"
        return f"{self.mean:.4g} ({self.low:.4g} to {self.high:.4g})"


def check_confidence(confidence: float) -> float:
    """Return a confidence.

    Raises:
        BadValueError: *confidence* is not a number from 0.5 to 0.9999.
    """
    is_number = isinstance(confidence, int | float) and not isinstance(confidence, bool)
    if not is_number or not _SMALLEST <= confidence <= _LARGEST:
        raise BadValueError(f"confidence is {confidence!r:.200}", f"give a number from {_SMALLEST} to {_LARGEST}")
    return float(confidence)


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the mean of values and its confidence interval, for values that are about normally distributed.

    Args:
        values: The values, for example the differences between two scenarios for each seed; at least one.
        confidence: The confidence, from 0.5 to 0.9999.

    Raises:
        BadValueError: *values* is empty or has something else than numbers, or *confidence* is out of range.

    >>> print(interval([1.0, 2.0, 3.0]))
    2 (-0.4841 to 4.484)
    """
    sure = check_confidence(confidence)
    found = tuple(items_of(values, int | float, "values"))
    if not found:
        raise BadValueError("values is empty", "give at least one number")
    if not all(map(isfinite, found)):
        raise BadValueError(f"values is {found!r:.200}", "give finite numbers")
    mean = fmean(found)
    if len(found) == 1:
        return Interval(mean, None, None, sure)
    margin = t_quantile(sure, len(found) - 1) * stdev(found) / sqrt(len(found))
    return Interval(mean, mean - margin, mean + margin, sure)


@lru_cache(maxsize=64)
def t_quantile(confidence: float, freedom: int) -> float:
    """Return the number that a variable with Student's t distribution does not exceed in size with a probability.

    Args:
        confidence: The probability.
        freedom: The degrees of freedom; a whole number of 1 or more.

    >>> round(t_quantile(0.95, 2), 3), round(t_quantile(0.95, 9), 3)
    (4.303, 2.262)
    """
    low, high = 0.0, pi / 2  # the angle whose tangent is the quantile over the root of the degrees of freedom
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return sin(low) / cos(low) * sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    """Return the probability of a t value between plus and minus the tangent of *angle* times the root of *freedom*."""
    is_odd = freedom % 2 == 1
    term = cos(angle) if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for number in range(2 if is_odd else 1, freedom - 2, 2):
        term *= number / (number + 1) * cos(angle) ** 2
        total += term
    if is_odd:
        return 2 / pi * (angle + sin(angle) * total)
    return sin(angle) * total
