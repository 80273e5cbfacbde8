"""The decision about a year of Senior's desk, as the README shows it."""

from __future__ import annotations

import re
from pathlib import Path

import decision
import pytest

from ticketflow.simulation import interval

README = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.lives  # thirteen simulated years; tracing them would show nothing new
def test_a_year_gives_four_pictures_and_the_decision_of_the_readme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decision.main(str(tmp_path))
    *sentences, files = capsys.readouterr().out.splitlines()
    _, _, after = README.partition("python examples/what_if/decision.py\n")
    shown = re.search(r"\n\n((?:    .+\n)+)", after)
    assert shown
    assert [line.strip() for line in shown[1].splitlines()] == sentences
    names = ["what-ifs.svg", "year.svg", "moves.svg", "longest-ticket.svg"]
    assert files == f"Pictures: {' '.join(str(tmp_path / name) for name in names)}"
    assert all((tmp_path / name).read_text(encoding="utf-8").rstrip().endswith("</svg>") for name in names)


def test_a_change_whose_interval_contains_0_is_not_clear() -> None:
    assert decision.in_words(interval([-1.0, 1.0]), "reminders") == "no clear change in reminders"
    assert decision.in_words(interval([9.0, 10.0, 11.0]), "reminders") == "10 more reminders"
    assert decision.in_words(interval([-9.0, -10.0, -11.0]), "reminders") == "10 fewer reminders"
