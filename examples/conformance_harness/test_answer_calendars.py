"""The second implementation of calendars passes the suite's calendar cases under the runner."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from ticketflow.cli import main as cli

HERE = Path(__file__).parent
PROGRAM = HERE / "answer_calendars.py"
SUITE = HERE.parent.parent / "tests" / "conformance"


def run(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[int, str]:
    command = f"'{sys.executable}' '{PROGRAM}'"
    status = cli.main(["conformance", *map(str, files), "--harness", command, "--timeout", "60"])
    return status, capsys.readouterr().out


def test_it_imports_the_standard_library_only() -> None:
    nodes = list(ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_answers_the_required_calendar_cases(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = run(capsys, *sorted((SUITE / "required").glob("time*.json")))
    assert status == 0, printed
    assert "0 failed, 0 skipped; by clause" in printed


@pytest.mark.lives
def test_it_answers_the_calendar_cases_of_the_zones(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = run(capsys, *(file for file in (SUITE / "profiles").rglob("*.json") if file.stem != "walls"))
    assert status == 0, printed


def test_what_it_does_not_support_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = run(capsys, SUITE / "required" / "ladders.json")
    assert status == 1, "a file of which nothing passes is no success"
    assert " 0 passed, 0 failed, " in printed
    assert "skipped repetitions-are-counted-from-the-anchor: not supported: only calendars: is_open" in printed
