"""People as processes of SimPy, or as behaviors of ticketflow: the same histories."""

from __future__ import annotations

import pytest
import simpy_desk

pytestmark = pytest.mark.lives  # untraced


@pytest.mark.parametrize("seed", [0, 1])
def test_every_ticket_has_the_same_history_in_both(seed: int) -> None:
    one, other = simpy_desk.in_simpy(seed), simpy_desk.in_ticketflow(seed)
    assert one == other
    assert len(one) > 80
    rules = {entry.cause.key.rule for each in one.values() for entry in each.history if entry.is_automatic}  # type: ignore[union-attr]
    assert {"close-unanswered-request", "close-unanswered-solution", "analysis-on-answer"} <= rules


def test_the_program_says_that_they_are_equal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simpy_desk, "UNTIL", simpy_desk.START + 100 * simpy_desk.HOUR)
    simpy_desk.main()
    assert [line.rpartition(", ")[2] for line in capsys.readouterr().out.splitlines()] == ["equal"] * 3
