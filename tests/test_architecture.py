"""The packages import in one order, each library has one door, the import is light, and the core does no I/O."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "ticketflow"

ORDER = (
    {"errors"},
    {"kernel"},
    {"calendars"},
    {"tickets"},
    {"workflow"},
    {"sla"},
    {"rules"},
    {"engine"},
    {"service", "presets", "compare"},
    {"text", "analysis", "simulation"},
    {"plot"},
    {"documents"},
    {"conformance", "testing", "importers"},
    {"cli"},
    {"__main__"},
)
DOORS = {
    "babel": {"calendars.zone_hints"},
    "dateutil": {"calendars.spans", "calendars.recurrence"},
    "holidays": {"calendars.country_holidays"},
    "hypothesis": {"testing.calendar_strategies", "testing.machine", "testing.strategies"},
    "icalendar": {"calendars.icalendar_format"},
    "matplotlib": {"plot.canvas"},
    "pytest": {"testing", "testing.fixtures", "testing.store_contract"},
    "tomli_w": {"documents.toml_layout"},
    "tqdm": {"simulation.progress_bars"},
    "yaml": {"importers.yaml_texts"},
}
HEAVY = (
    "babel",
    "holidays",
    "hypothesis",
    "icalendar",
    "matplotlib",
    "pytest",
    "tomli_w",
    "tqdm",
    "yaml",
    "dateutil.rrule",
)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        yield name, path


MODULES = dict(modules())


def imports(path: Path) -> Iterator[str]:
    """Yield what a file imports when it runs: modules, and for `from package import module` that module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    skipped = {inner for node in for_types for inner in ast.walk(node)}
    for node in set(ast.walk(tree)) - skipped:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                inner = module.removeprefix("ticketflow").lstrip(".")
                for alias in names:
                    submodule = f"{inner}.{alias.name}".lstrip(".")
                    yield f"ticketflow.{submodule}" if submodule in MODULES else module
            case _:
                pass


def imported_modules(path: Path) -> set[str]:
    return {name.removeprefix("ticketflow.") for name in imports(path) if name.startswith("ticketflow.")}


def rank(module: str) -> int:
    package = module.partition(".")[0]
    return next(number for number, packages in enumerate(ORDER) if package in packages)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__"])
def test_packages_import_only_from_packages_before_them(module: str) -> None:
    package = module.partition(".")[0]
    for imported in imported_modules(MODULES[module]):
        assert imported.partition(".")[0] == package or rank(imported) < rank(module), f"{module} imports {imported}"


def test_no_module_imports_itself_through_others() -> None:
    needed = {name: imported_modules(path) & set(MODULES) for name, path in MODULES.items() if name != "__init__"}
    TopologicalSorter(needed).prepare()  # raises CycleError, which shows the circle


def test_the_package_itself_only_re_exports() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert functions == {"__getattr__", "__dir__"}
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(tree))


def test_no_exported_function_has_the_name_of_a_package() -> None:
    import ticketflow  # noqa: PLC0415 -- only here

    functions = {name for name in ticketflow.__all__ if type(getattr(ticketflow, name)).__name__ == "function"}
    assert not functions & set().union(*ORDER)


@pytest.mark.parametrize(("name", "path"), list(modules()))
def test_each_library_has_one_door(name: str, path: Path) -> None:
    for imported in imports(path):
        doors = DOORS.get(imported.partition(".")[0])
        assert doors is None or name in doors, f"{name} imports {imported}"


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
    ],
)
def test_the_linter_bans_the_world_from_the_core(line: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format=json", "--stdin-filename=src/ticketflow/new.py"]
    shown = subprocess.run([*command, "-"], input=line + "\n", capture_output=True, text=True, cwd=ROOT, check=False)
    codes = {found["code"] for found in json.loads(shown.stdout)}
    assert codes & {"TID251", "T201", "DTZ005", "DTZ011", "PTH123"}
