"""A progress bar by tqdm."""

from __future__ import annotations

import io
import sys

import pytest

from tests.simulation.desks import DAY, MONDAY, busy
from ticketflow.errors import MissingExtraError
from ticketflow.simulation import progress_bar, what_if


def test_a_bar_shows_what_is_done_and_the_total() -> None:
    shown = io.StringIO()
    with progress_bar("runs", shown) as show:
        what_if({"today": busy()}, MONDAY, MONDAY + DAY, [1, 2, 3], progress=show)
    assert shown.getvalue().rpartition("runs: ")[2].startswith("100%")
    assert "| 3/3 [" in shown.getvalue()


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as show:
        show(1, 2)
    assert capsys.readouterr() == ("", "")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(MissingExtraError) as raised, progress_bar():
        pass
    assert str(raised.value) == (
        "progress bars need the package tqdm; install it with pip install 'ticketflow[progress]'"
    )
