"""The Monte Carlo of a desk, for three weeks."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import staffing

from ticketflow import simulation

pytestmark = pytest.mark.lives  # untraced

PROGRAM = Path(staffing.__file__)


def test_the_program_takes_at_most_forty_lines() -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) <= 40


def test_what_each_change_does_is_seen_after_two_weeks() -> None:
    """Closing after three days closes more, and a sixth agent shortens the wait."""
    until = staffing.START + timedelta(weeks=2)
    found = simulation.what_if(staffing.SCENARIOS, staffing.START, until, seeds=range(2))
    first = found.difference("first_answer.mean_hours", "six agents").of
    assert all(each is not None and each < 0 for each in first)
    closed = found.difference("closed_by_rule", "three days").of
    assert all(each is not None and each > 20 for each in closed)
    again = found.difference("follow_ups", "three days").of
    assert all(each is not None and each >= 0 for each in again), "who answers later opens another ticket"
    assert found.values("today", "refused") == (0, 0)


def test_the_program_prints_and_draws_all_differences(tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), "1"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own
    lines = shown.splitlines()
    assert len(lines) == 28
    assert lines[0] == "tickets, six agents - today: 0 (0 to 0)"
    assert "</svg>" in (tmp_path / "staffing.svg").read_text(encoding="utf-8")
