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

Stage = Literal["cases", "own", "near", "rest", "laws"]
STAGES: tuple[Stage, ...] = ("cases", "own", "near", "rest", "laws")
TESTS: tuple[Stage, ...] = ("own", "near", "rest")
"""The traced tests: those of the changed module and package, those of the other packages that carry meaning, and all
others, with those of growth, which count steps."""

TIME_IS_UP = "time is up"

_SECONDS = {"cases": 40, "own": 160, "near": 400, "rest": 900, "laws": 1800}
"""Processor time of a process of each stage: several times what it needs. More is counted as noticed."""

_MEMORY = 4 << 20  # KiB

_NOT_RUN = {"support", "fuzz", "mutation", "conformance", "test_architecture.py", "test_public_api.py"}
"""Below tests/: what is no test, what runs the cases again or in another program, and what looks at no meaning."""

_MUTANTS = ("tests/engine/test_mutants.py",)
_TEXTS = ("src", "docs")

_NOT_RUN_FILES = ("--ignore=tests/cli/test_process.py", "--ignore=examples/conformance_harness")
"""Tests that start the command line or a program of cases in other processes, over code that others test directly."""


@attrs.frozen
class Verdict:
    """What the suite says about a change.

    Attributes:
        stage: The stage that noticed it; None if none did.
        by: The first case or test that failed, or how the process ended.
        reached: The last stage that ran to its end or noticed the change; None if the time was up before.
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


def command(stage: Stage, module: Path, tree: Path) -> list[str]:
    """Return the command of *stage* for a change of *module*."""
    pytest = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--tb=no"]
    if stage == "cases":
        return ["-m", "tests.mutation.cases"]
    if stage == "laws":
        return [*pytest, "-m", "lives", "tests/laws"]
    package, tests = module.parts[2], tree / "tests"
    near = ["tickets", "workflow", "sla", "rules", "engine", "scenarios", "service", "calendars"]  # the slow ones last
    rest = {path.name for path in tests.glob("[a-z]*") if path.is_dir() or path.match("test_*.py")}
    rest -= {*near, *_NOT_RUN}
    word = module.stem.strip("_").partition("_")[0]
    named = sorted(path.relative_to(tree) for path in tests.glob(f"*/test_*{word}*.py"))
    last = [*_MUTANTS, *(str(path.relative_to(tree)) for path in sorted(tests.glob("*/test_*growth.py")))]
    tested = {
        "own": [
            *(str(path) for path in named if path.parts[1] not in _NOT_RUN),
            *_folders(tree, [package]),
            str(module),
        ],
        "near": _folders(tree, [each for each in near if each != package]),
        "rest": [*_folders(tree, sorted(rest, key=lambda each: (each == "laws", each))), *last, "examples", *_TEXTS],
    }
    later = () if stage == "rest" else (f"--deselect={each}" for each in last)
    return [*pytest, "-m", "not lives", *_NOT_RUN_FILES, *later, *tested[stage]]


def _folders(tree: Path, names: Sequence[str]) -> list[str]:
    return [f"tests/{each}" for each in names if (tree / "tests" / each).exists()]


def judge(module: Path, tree: Path, stage: Stage, until: float) -> Verdict:
    """Run *stage* against the change that was made to *module* in the copy at *tree*."""
    started = time.monotonic()
    try:
        by = run(command(stage, module, tree), tree, _SECONDS[stage], max(until - started, 1))
    except subprocess.TimeoutExpired:
        return Verdict(None, TIME_IS_UP, None, time.monotonic() - started)
    return Verdict(None if by is None else stage, by or "", stage, time.monotonic() - started)
