"""The public names: all reachable, loaded when asked for, and typed as they are at run time."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import ticketflow
from tests.support.public_api import public_lines

SOURCE = Path(ticketflow.__file__)
ROOT = Path(__file__).parent.parent
LAZY_PACKAGES = (
    "analysis",
    "compare",
    "documents",
    "importers",
    "plot",
    "presets",
    "service",
    "simulation",
    "testing",
    "text",
    "conformance",
    "cli",
)


@pytest.mark.parametrize("name", ticketflow.__all__)
def test_every_public_name_is_reachable(name: str) -> None:
    assert getattr(ticketflow, name) is not None
    assert name in dir(ticketflow)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ticketflow' has no attribute 'handel'"):
        ticketflow.handel  # type: ignore[attr-defined]  # noqa: B018 -- the point


def test_the_version_is_that_of_the_distribution() -> None:
    assert ticketflow.__version__ == version("ticketflow")


def test_type_checkers_see_the_names_that_load_when_asked_for() -> None:
    """The imports for type checkers and the table of lazy names are the same list."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    packages = {alias.name for node in imports if node.module == "ticketflow" for alias in node.names}
    names = {
        alias.name: str(node.module).removeprefix("ticketflow.")
        for node in imports
        if node.module != "ticketflow"
        for alias in node.names
    }
    assert packages == ticketflow._LAZY_PACKAGES  # noqa: SLF001 -- what the type checker's block is compared with
    assert names == ticketflow._LAZY_NAMES  # noqa: SLF001


def test_importing_loads_only_what_deciding_and_evaluating_need() -> None:
    code = "import sys, ticketflow; print(*sorted(name for name in sys.modules if name.startswith('ticketflow.')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "ticketflow.engine.planning" in shown
    assert not [name for name in shown if name.split(".")[1] in LAZY_PACKAGES]


@pytest.mark.parametrize("name", ["explain", "check", "presets", "timeline", "documents"])
def test_lazy_names_work_in_a_fresh_process(name: str) -> None:
    code = f"import ticketflow as tf; from ticketflow import {name}; print(tf.{name} is {name})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "True\n"


@pytest.mark.parametrize(
    "name", ["actions", "anchors", "commands", "conditions", "errors", "events", "sla", "triggers"]
)
def test_public_modules_can_be_imported_by_their_names(name: str) -> None:
    module = import_module(f"ticketflow.{name}")
    assert module is getattr(ticketflow, name)
    assert set(module.__all__) <= set(vars(module))


def test_the_changelog_names_every_change_of_the_public_api() -> None:
    """Compare with the last release's list; CONTRIBUTING.md says how a release rewrites it."""
    released = set((ROOT / "tests" / "public_api.txt").read_text(encoding="utf-8").splitlines())
    unreleased = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", unreleased))))
    changed = (re.split(r"[(:]", line)[0] for line in released.symmetric_difference(public_lines()))
    unnamed = {path for path in changed if named.isdisjoint(path.split(".")[1:])}
    assert len(released) > 500
    assert not unnamed, "name these in CHANGELOG.md, in backticks"
