"""The simulation of several databases, against queueing theory and the README."""

from __future__ import annotations

from pathlib import Path
from random import Random
from statistics import mean

import partitions
import pytest

README = Path(__file__).parent.parent / "README.md"


def test_one_database_waits_as_queueing_theory_says() -> None:
    """The mean wait of an M/M/1 queue is rho / (mu - lambda)."""
    rate = 0.5 / partitions.COMMAND
    found = partitions.waits(rate, 600.0, partitions.by_ticket(1), Random(7))
    assert mean(found) == pytest.approx(0.5 / (1 / partitions.COMMAND - rate), rel=0.05)


def test_databases_get_equal_shares_of_the_tickets() -> None:
    assert partitions.database_of("T-1", 1) == 0
    shares = [partitions.database_of(f"T-{number}", 4) for number in range(4000)]
    assert all(900 < shares.count(number) < 1100 for number in range(4))


def test_the_readme_has_the_table() -> None:
    assert "\n".join(partitions.table()) in README.read_text(encoding="utf-8")
