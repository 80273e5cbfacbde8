"""Every mutant of the library fails the required case that its table names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.case_mutants import CASE_MUTANTS, CaseMutant
from tests.support.mutants import MUTANTS, Mutant
from ticketflow.conformance.runner import Case, read_cases, run_cases

REQUIRED = sorted((Path(__file__).parent / "required").glob("*.json"))


def required() -> Iterator[tuple[str, Case]]:
    """Yield each required case by its id, as a file of its own."""
    for file in REQUIRED:
        document = read_cases(file.read_bytes(), file.name)
        cases = document["cases"]
        assert isinstance(cases, list)
        yield from ((case["id"], {**document, "cases": [case]}) for case in cases)


CASES = dict(required())


def fails(name: str) -> bool:
    """Return True if a case does not pass."""
    try:
        return [result.status for result in run_cases(CASES[name])] != ["passed"]
    except Exception:  # noqa: BLE001 -- a mutant can break anything
        return True


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_required_case_kills_the_mutant(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not fails(mutant.case)
    for place, name, value in mutant.patches:
        monkeypatch.setattr(place, name, value)
    if not fails(mutant.case):
        others = [name for name in CASES if fails(name)]
        pytest.fail(f"{mutant.case} does not kill it; these do: {', '.join(others) or 'none'}")


@pytest.mark.parametrize("mutant", CASE_MUTANTS, ids=lambda mutant: mutant.name)
def test_each_required_case_named_for_a_mutant_kills_it(mutant: CaseMutant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name in mutant.cases if fails(name)] == []
    for place, name, value in mutant.patches:
        monkeypatch.setattr(place, name, value)
    assert [name for name in mutant.cases if not fails(name)] == []
