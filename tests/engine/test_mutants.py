"""Every wrong meaning is noticed by the test that is named for it, and the table of them says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mutants import MUTANTS, Mutant
from ticketflow import TicketflowError

PAGE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_is_killed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.killer()  # without the wrong meaning it passes
    for place, name, value in mutant.patches:
        monkeypatch.setattr(place, name, value)
    with pytest.raises((AssertionError, TicketflowError, LookupError, ValueError, pytest.fail.Exception)):
        mutant.killer()


def test_the_table_of_mutants_is_of_these_mutants() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "`" in line]
    expected = [
        f"| {each.name} | {each.clause} | {each.belief} | `{each.killed_by}` | `{each.case}` |" for each in MUTANTS
    ]
    assert rows == expected, "the page should hold:\n" + "\n".join(expected)


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 35
    assert len({each.name for each in MUTANTS}) == len(MUTANTS)
