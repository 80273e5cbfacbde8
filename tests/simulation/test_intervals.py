"""Confidence intervals. The quantiles are those of printed tables of Student's t distribution."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import pytest

from ticketflow.errors import BadValueError
from ticketflow.simulation import interval
from ticketflow.simulation.intervals import t_quantile

TABLE = {
    # Two-sided critical values, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    (0.90, 1): 6.314,
    (0.95, 1): 12.706,
    (0.99, 1): 63.657,
    (0.90, 2): 2.920,
    (0.95, 2): 4.303,
    (0.99, 2): 9.925,
    (0.95, 3): 3.182,
    (0.95, 4): 2.776,
    (0.99, 4): 4.604,
    (0.90, 9): 1.833,
    (0.95, 9): 2.262,
    (0.99, 10): 3.169,
    (0.95, 29): 2.045,
    (0.95, 30): 2.042,
    (0.99, 60): 2.660,
    (0.95, 100): 1.984,
}


@pytest.mark.parametrize(("confidence", "freedom"), TABLE)
def test_quantiles_are_those_of_the_table(confidence: float, freedom: int) -> None:
    assert t_quantile(confidence, freedom) == pytest.approx(TABLE[confidence, freedom], abs=0.0006)


def test_with_many_values_the_distribution_is_nearly_normal() -> None:
    assert t_quantile(0.95, 5000) == pytest.approx(NormalDist().inv_cdf(0.975), abs=0.001)


def test_an_interval_by_hand() -> None:
    """The mean of 1, 2 and 3 is 2, their standard deviation 1: plus and minus 4.303 / 1.732."""
    found = interval([1, 2, 3])
    assert found.mean == 2
    assert [found.low, found.high] == pytest.approx([2 - 2.4843, 2 + 2.4843], abs=1e-3)
    assert not found.is_clear
    assert str(found) == "2 (-0.4841 to 4.484)"


def test_an_interval_that_excludes_zero_is_clear() -> None:
    assert interval([-1.0, -1.1, -1.2]).is_clear
    assert interval([1.0, 1.1, 1.2]).is_clear
    assert not interval([0.0, 0.0]).is_clear


def test_one_value_has_no_interval() -> None:
    found = interval([3.5])
    assert (found.mean, found.low, found.high, found.is_clear, str(found)) == (3.5, None, None, False, "3.5")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: interval([]), "values is empty; give at least one number"),
        (lambda: interval(["a"]), r"values\[0\] is 'a'"),  # type: ignore[list-item]
        (lambda: interval([1], 1), "confidence is 1; give a number from 0.5 to 0.9999"),
        (lambda: interval([1], "95"), "confidence is '95'; give a number from 0.5 to 0.9999"),  # type: ignore[arg-type]
        (lambda: interval([1], True), "confidence is True; give a number from 0.5 to 0.9999"),
    ],
)
def test_an_interval_needs_numbers_and_a_confidence(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        make()
