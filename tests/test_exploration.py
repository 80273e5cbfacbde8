"""What a search finds: planted faults and their mended twins, the presets, and lives that the engine lives."""

from __future__ import annotations

import pytest

from planted_lives import PLANTED_LIVES
from ticketflow.searching import searched_findings


@pytest.mark.parametrize("name", PLANTED_LIVES)
class TestPlanted:
    def test_a_planted_fault_is_found_and_shown(self, name: str) -> None:
        fault, _, code = PLANTED_LIVES[name]
        rules = fault()
        found = list(searched_findings(rules))
        assert code in {each.code for each in found}
        for each in found:
            assert each.witness or each.searched
            assert each.witness is None or each.witness.replays(rules)

    def test_its_mended_twin_is_clean(self, name: str) -> None:
        _, twin, _ = PLANTED_LIVES[name]
        assert [str(each) for each in searched_findings(twin()) if each.severity != "info"] == []
