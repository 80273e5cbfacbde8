"""The examples of docs/command-line.md are run as they are printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ticketflow.cli.exit_codes import MEANINGS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "command-line.md").read_text(encoding="utf-8")
FILES = re.findall(r"`([\w.]+)`:\n\n```(?:toml|json|python)\n(.*?)```", PAGE, re.DOTALL)
SESSIONS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


def repeated(session: str, folder: Path) -> str:
    """Return a session with the output that its commands have now."""
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    commands = [line.removeprefix("$ ") for line in session.splitlines() if line.startswith("$ ")]
    script = "code=0\n"
    for number, command in enumerate(commands):
        (folder / f"{number}.sh").write_text(f"{command}\n", encoding="utf-8")
        script += f"printf '$ '; cat {number}.sh; (exit $code); . ./{number}.sh; code=$?\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.run(
        ["sh", "-c", script],  # noqa: S607 -- any shell
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return shown.stdout


def test_the_page_has_examples() -> None:
    assert [name for name, _ in FILES] == ["desk.toml", "tickets.jsonl", "team.py", "zendesk.json", "cases.json"]
    for command in ("simulate", "report", "what-if", "check", "diff", "import", "conformance", "schema"):
        assert any(f"python -m ticketflow {command}" in session for session in SESSIONS)


@pytest.mark.parametrize("session", SESSIONS)
def test_an_example_has_the_output_that_the_page_shows(session: str, tmp_path: Path) -> None:
    assert repeated(session, tmp_path) == session


def test_the_page_has_the_exit_codes() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE))
    assert {int(code): meaning for code, meaning in rows.items()} == MEANINGS
