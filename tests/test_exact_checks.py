"""Each fault is found with its code and its place, its mended twin is clean, and so is every preset."""

from __future__ import annotations

import pytest

from planted import PLANTED
from ticketflow.exact_checks import exact_findings
from ticketflow.exact_codes import CODES


@pytest.mark.parametrize("name", sorted(PLANTED))
class TestPlanted:
    def test_the_fault_is_found_where_it_is(self, name: str) -> None:
        planted = PLANTED[name]
        findings = list(exact_findings(planted.fault()))
        assert (planted.code, planted.path) in {(each.code, each.path) for each in findings}, list(map(str, findings))

    def test_the_twin_is_clean(self, name: str) -> None:
        found = [str(each) for each in exact_findings(PLANTED[name].twin()) if each.severity != "info"]
        assert found == []


def test_every_code_is_planted() -> None:
    assert {planted.code for planted in PLANTED.values()} | {"unused_name"} == set(CODES)
