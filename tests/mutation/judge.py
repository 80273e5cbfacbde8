"""Run the stages of the suite against one change, each in its own process, with bounds of processor time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import attrs

Stage = Literal["cases", "tests", "laws"]

TIME_IS_UP = "time is up"

_SECONDS = {"cases": 30, "tests": 400, "laws": 1800}
"""Processor time of a process of each stage: about ten times what it needs. More is counted as noticed."""

_MEMORY = 4 << 20  # KiB

_NOT_RUN = {"support", "fuzz", "mutation", "conformance", "test_architecture.py", "test_public_api.py"}
"""Below tests/: what is no test, what runs the cases again or in another program, and what looks at no meaning."""

_NOT_RUN_FILES = ("--ignore=tests/cli/test_process.py", "--ignore=examples/conformance_harness")
"""Tests that start the command line or a program of cases in other processes, over code that others test directly."""


@attrs.frozen
class Verdict:
    """What the suite says about a change.

    Attributes:
        stage: The stage that noticed it; None if none did.
        by: The first case or test that failed, or how the process ended.
        reached: The last stage that ran to its end or noticed the change; None if time was up before.
        seconds: How long it took.
    """

    stage: Stage | None
    by: str
    reached: Stage | None
    seconds: float


def limits(seconds: int) -> str:
    """Return the shell command that limits processor time and memory; dash takes one limit at a time."""
    return f"ulimit -t {seconds} && ulimit -v {_MEMORY}"


def run(command: Sequence[str], tree: Path, seconds: int, wall: float) -> str | None:
    """Run *command* in the copy at *tree*; return None if it succeeds, else the line that names what failed.

    Raises:
        subprocess.TimeoutExpired: The time on the wall is up; this says nothing about the change.
    """
    own = {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": os.devnull}
    process = subprocess.Popen(
        ("/bin/sh", "-c", f'{limits(seconds)} && exec "$0" "$@"', sys.executable, *command),
        cwd=tree,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=wall)
    except BaseException:
        os.killpg(process.pid, 9)
        process.wait()
        raise
    if process.returncode == 0:
        return None
    if process.returncode < 0:
        return f"ended by signal {-process.returncode}"
    lines = [line for line in said.splitlines() if line.strip()] or ["no output"]
    named = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return (named or lines[-1:])[0][:300]


def commands(stage: Stage, module: Path, tree: Path) -> list[list[str]]:
    """Return the commands of *stage*, those that are likely to notice a change of *module* first."""
    pytest = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--tb=no"]
    if stage == "cases":
        return [["-m", "tests.mutation.cases"]]
    if stage == "laws":
        return [[*pytest, "-m", "lives", "tests/laws"]]
    package = module.parts[2]
    own = [f"tests/{package}"] if (tree / "tests" / package).is_dir() else []
    near = ["calendars", "tickets", "workflow", "sla", "rules", "engine", "service", "scenarios"]
    middle = [f"tests/{each}" for each in near if each != package and (tree / "tests" / each).is_dir()]
    late = {path.name for path in (tree / "tests").glob("[a-z]*") if path.is_dir() or path.match("test_*.py")}
    rest = sorted(late - {package, *near} - _NOT_RUN)
    traced = [*pytest, "-m", "not lives", *_NOT_RUN_FILES]
    return [
        [*traced, *own, str(module), "--deselect=tests/engine/test_mutants.py"],
        [*traced, *middle, "--deselect=tests/engine/test_mutants.py"],
        [*traced, *(f"tests/{each}" for each in rest), "tests/engine/test_mutants.py", "examples", "src", "docs"],
    ]


def judge(module: Path, tree: Path, stages: Sequence[Stage], until: float) -> Verdict:
    """Run *stages* in order until one notices the change that was made to *module* in the copy at *tree*."""
    started = time.monotonic()
    reached: Stage | None = None
    for stage in stages:
        for command in commands(stage, module, tree):
            left = until - time.monotonic()
            try:
                by = run(command, tree, _SECONDS[stage], max(left, 1))
            except subprocess.TimeoutExpired:
                return Verdict(None, TIME_IS_UP, reached, time.monotonic() - started)
            if by is not None:
                return Verdict(stage, by, stage, time.monotonic() - started)
        reached = stage
    return Verdict(None, "", reached, time.monotonic() - started)
