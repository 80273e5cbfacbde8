"""A run that keeps the next occurrence of each timer answers as one that looks at all timers after each entry."""

from __future__ import annotations

import pytest

from tests.support.random_lives import lived, seeded
from ticketflow.engine import run

pytestmark = pytest.mark.lives


def test_keeping_the_next_occurrences_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(150):
        world = seeded(number)
        monkeypatch.setattr(run, "MANY_TIMERS", 1_000)
        expected = lived(world)
        monkeypatch.setattr(run, "MANY_TIMERS", 0)
        assert lived(world).history == expected.history, number
