"""The second implementation of calendars passes the suite's calendar cases under the runner."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "answer_calendars.py"
SUITE = HERE.parent.parent / "tests" / "conformance"


def run(*files: Path) -> tuple[int, str]:
    harness = f"'{sys.executable}' '{PROGRAM}'"
    command = [
        sys.executable,
        "-m",
        "ticketflow",
        "conformance",
        *map(str, files),
        "--harness",
        harness,
        "--timeout",
        "60",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own programs
    return done.returncode, done.stdout + done.stderr


def test_it_imports_the_standard_library_only() -> None:
    nodes = list(ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_answers_the_required_calendar_cases() -> None:
    status, printed = run(*sorted((SUITE / "required").glob("time*.json")))
    assert status == 0, printed
    assert "0 failed, 0 skipped; by clause" in printed


@pytest.mark.lives
def test_it_answers_the_calendar_cases_of_the_zones() -> None:
    others = {"walls", "local_times", "office_dates"}  # scenarios, traces and rules for dates: it answers none of them
    status, printed = run(*(file for file in (SUITE / "profiles").rglob("*.json") if file.stem not in others))
    assert status == 0, printed


def test_what_it_does_not_support_is_skipped() -> None:
    status, printed = run(SUITE / "required" / "ladders.json")
    assert status == 1, "a file of which nothing passes is no success"
    assert " 0 passed, 0 failed, " in printed
    assert "skipped repetitions-are-counted-from-the-anchor: not supported: only calendars: is_open" in printed
