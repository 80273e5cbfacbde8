"""Streams, and distributions of durations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulation.desks import HOUR
from ticketflow.errors import BadValueError
from ticketflow.simulation import Exponential, LogNormal, Resampled, stream
from ticketflow.simulation.randomness import check_seed, drawn


def test_a_stream_depends_on_the_seed_and_on_each_name() -> None:
    keys: list[tuple[int | str, ...]] = [(1,), (2,), (1, "a"), (1, "b"), (1, "a", 1), (1, "a", 2), (1, "a/b"), ("1",)]
    assert len({stream(*key).random() for key in keys}) == len(keys)
    assert stream(1, "a", "b").random() != stream(1, "a/b").random()


def test_a_generator_as_the_seed_gives_its_next_bits() -> None:
    one, other = Random(5), Random(5)  # noqa: S311 -- a simulation
    assert check_seed(one) == other.getrandbits(64)
    assert check_seed("x") == "x"


@pytest.mark.parametrize("seed", [None, 1.5, True])
def test_other_seeds_are_refused(seed: int) -> None:
    with pytest.raises(BadValueError, match=f"seed is {seed}; give a whole number, a text or a random.Random"):
        check_seed(seed)


def test_a_log_normal_distribution_has_its_median_and_spread() -> None:
    random = stream(1)
    draws = [LogNormal(HOUR, 0.5).draw(random) for _ in range(2000)]
    assert 0.46 < sum(draw < HOUR for draw in draws) / 2000 < 0.54
    inner = sum(HOUR * 0.6065 < draw < HOUR * 1.6487 for draw in draws) / 2000  # from exp(-0.5) to exp(0.5)
    assert 0.65 < inner < 0.72, "68.3 % are within one standard deviation"


def test_resampled_durations_are_the_observed_ones_in_about_equal_parts() -> None:
    random = stream(1)
    draws = [Resampled([HOUR, 2 * HOUR]).draw(random) for _ in range(1000)]
    assert set(draws) == {HOUR, 2 * HOUR}
    assert 450 < draws.count(HOUR) < 550


@pytest.mark.parametrize("kind", [Exponential(HOUR), LogNormal(HOUR), Resampled([HOUR, 2 * HOUR, 3 * HOUR])])
def test_a_distribution_draws_from_the_stream_of_the_turn(kind: Exponential | LogNormal | Resampled) -> None:
    turn: Any = SimpleNamespace(random=stream(3, "T-1"))
    assert drawn(kind, turn, "work") == kind.draw(stream(3, "T-1"))


def test_a_duration_may_be_fixed() -> None:
    turn: Any = SimpleNamespace(random=stream(3))
    assert drawn(HOUR, turn, "work") == HOUR


@pytest.mark.parametrize("wrong", [lambda _: 3, lambda _: -HOUR, -HOUR])
def test_a_duration_that_is_none_or_negative_is_refused(wrong: timedelta) -> None:
    turn: Any = SimpleNamespace(random=stream(3))
    fix = "give a timedelta of 0 or more, or a function that returns one"
    with pytest.raises(BadValueError, match=rf"^work is .*; {fix}$"):
        drawn(wrong, turn, "work")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(timedelta()), "mean is 0:00:00; give a timedelta of more than 0"),
        (lambda: LogNormal(-HOUR), "median is -1 day, 23:00:00; give a timedelta of more than 0"),
        (lambda: LogNormal(HOUR, -1), "spread is -1; give a number from 0 to 10"),
        (lambda: LogNormal(HOUR, True), "spread is True; give a number from 0 to 10"),
        (lambda: Resampled([]), r"durations is \(\); give at least one timedelta, each of 0 or more"),
        (lambda: Resampled([-HOUR]), "give at least one timedelta, each of 0 or more"),
        (lambda: Exponential(5), "mean is 5; give a timedelta"),  # type: ignore[arg-type]
    ],
)
def test_distributions_refuse_values_out_of_range(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        make()
