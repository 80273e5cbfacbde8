"""Run the required cases in this process; exit with 1 at the first that fails, and name it."""

from __future__ import annotations

import sys
from pathlib import Path

from ticketflow.conformance.runner import read_cases, run_cases

REQUIRED = Path(__file__).parents[1] / "conformance" / "required"


def main() -> None:
    """Run all files of required cases, the short ones first."""
    for path in sorted(REQUIRED.glob("*.json"), key=lambda each: each.stat().st_size):
        for result in run_cases(read_cases(path.read_bytes(), path.name)):
            if result.status != "passed":
                sys.exit(f"{path.stem}: {result.case}")


if __name__ == "__main__":
    main()
