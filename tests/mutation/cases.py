"""Run the language-neutral cases in this process; exit with 1 at the first that fails, and name it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ticketflow.conformance.runner import read_cases, run_cases

SUITE = Path(__file__).parents[1] / "conformance"
FOLDERS = ("required", "reject", "profiles/zones")
"""The cases of implementations of the engine. The required ones come first; the others need data of the host."""


def files() -> Iterator[Path]:
    """Yield all files of cases, the short ones of each folder first."""
    for folder in FOLDERS:
        yield from sorted((SUITE / folder).glob("*.json"), key=lambda each: each.stat().st_size)


def main() -> None:
    """Run all files."""
    for path in files():
        for result in run_cases(read_cases(path.read_bytes(), path.name)):
            if result.status != "passed":
                sys.exit(f"{path.relative_to(SUITE)}: {result.case}")


if __name__ == "__main__":
    main()
