"""The house stands as docs/architecture.md says: floors, doors, a light import, and no world in the core."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "ticketflow"

FLOORS = (
    {"errors"},
    {"chain", "values", "walls", "hours", "stretches", "traces"},
    {"checks", "spans", "anchors", "taken", "untrusted", "flaws"},
    {"calendars", "actions", "notation", "positions"},
    {"business_calendars", "snooze"},
    {"combinations", "clocks", "public_holidays", "commands", "events"},
    {"ticket"},
    {"conditions", "histories"},
    {"workflow", "sla"},
    {"workflow_problems", "readings", "guards"},
    {"automations"},
    {"rule_problems", "clock_problems"},
    {"rules"},
    {"episodes", "consequences", "refusals", "effects", "change_texts", "interests"},
    {"objections", "prospects"},
    {"decisions"},
    {"engine"},
    {"intake", "explanations", "sending", "agenda", "reports", "migrations", "differences", "moves", "configurations"},
    {"presets", "presets.offices", "tags"},
    {f"presets.{name}" for name in ("adereso", "embudo", "enate", "posponer", "senior", "servicenow", "stale")},
    {"serialization", "simulation", "diagrams", "wording"},
    {"timelines", "findings", "exploration"},
    {"exact_codes", "circles", "ties", "silence"},
    {"condition_checks", "table_checks", "rule_checks", "timer_checks", "pair_checks", "name_checks", "searching"},
    {"exact_checks"},
    {"documents", "catalogue"},
    {"calendar_cases", "scenario_cases", "checking"},
    {"document_cases"},
    {"conformance", "schemas", "console"},
    {"cli"},
    {"__main__"},
)
DOORS = {"dateutil": "spans", "holidays": "public_holidays", "cattrs": "serialization", "tomli_w": "documents"}
HEAVY = ("cattrs", "holidays", "hypothesis", "tomli_w", "dateutil.rrule")


def modules() -> Iterator[tuple[str, Path]]:
    for path in SOURCE.rglob("*.py"):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        yield name, path


def imports(path: Path) -> Iterator[str]:
    """Yield what a file imports: module names, and for `from ticketflow import x` the submodule x."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module="ticketflow", names=names):
                yield from (f"ticketflow.{alias.name}" for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case _:
                pass


def floor_of(module: str) -> int:
    return next((number for number, names in enumerate(FLOORS) if module in names), -1)


@pytest.mark.parametrize(("name", "path"), [pair for pair in modules() if pair[0] != "__init__"])
def test_a_module_imports_only_from_floors_below_its_own(name: str, path: Path) -> None:
    assert floor_of(name) >= 0, f"{name} stands on no floor"
    for imported in imports(path):
        if imported.startswith("ticketflow."):
            assert floor_of(imported.removeprefix("ticketflow.")) < floor_of(name), f"{name} imports {imported}"


def test_the_package_itself_only_re_exports() -> None:
    body = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8")).body
    assert all(isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign) for node in body)


def test_no_exported_function_bears_the_name_of_a_module() -> None:
    import ticketflow  # noqa: PLC0415 -- only here

    functions = {name for name in ticketflow.__all__ if type(getattr(ticketflow, name)).__name__ == "function"}
    assert not functions & {name for names in FLOORS for name in names}


@pytest.mark.parametrize(("name", "path"), list(modules()))
def test_each_library_has_one_door(name: str, path: Path) -> None:
    for imported in imports(path):
        door = DOORS.get(imported.partition(".")[0])
        assert door in (None, name), f"{name} imports {imported}"


def test_the_picture_of_the_floors_is_of_these_floors() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for number, names in enumerate(FLOORS):
        row = next(line for line in page.splitlines() if line.startswith(f"| {number} |"))
        assert {part.strip(" `") for part in row.split("|")[2].split(",")} == names
        assert f'f{number}["{number}: {row.split("|")[2].replace("`", "").strip()}"]' in page, "the picture differs"


def test_importing_the_package_is_light() -> None:
    code = f"import sys, ticketflow; print([name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "import random",
        "import uuid",
        "import os",
        "from pathlib import Path",
        "import logging",
        "from datetime import datetime\nnow = datetime.now()",
        "from datetime import date\nday = date.today()",
        "text = open('x')",
        "print('x')",
        "from dateutil import rrule",
        "import cattrs",
    ],
)
def test_the_linter_bans_the_world_from_the_core(line: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format=json", "--stdin-filename=src/ticketflow/new.py"]
    shown = subprocess.run([*command, "-"], input=line + "\n", capture_output=True, text=True, cwd=ROOT, check=False)
    codes = {found["code"] for found in json.loads(shown.stdout)}
    assert codes & {"TID251", "T201", "DTZ005", "DTZ011", "PTH123"}
