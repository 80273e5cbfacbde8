"""Read the changes that no test can notice, or no case, each with its reason (`equivalents.toml`)."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import attrs

LIST = Path(__file__).with_name("equivalents.toml")


@attrs.frozen
class Entry:
    """A change that some part of the suite can't notice.

    Attributes:
        module: The module, from the root of the repository.
        change: The lines that are taken away (``-``) and put in (``+``), without indentation.
        kind: ``equivalent``: nothing can notice it. ``python``: no language-neutral case can notice it.
        reason: Why.
    """

    module: str
    change: str
    kind: Literal["equivalent", "python"]
    reason: str


def difference(source: str, changed: str) -> str:
    """Return the lines that differ, without indentation; this names a change even when lines move.

    >>> difference("if a:\\n    b = 1\\n", "if a:\\n    b = 2\\n")
    '- b = 1\\n+ b = 2'
    """
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if not line.startswith(("---", "+++", "@@")))


def read() -> Mapping[tuple[str, str], Entry]:
    """Return the entries of the list, by module and change."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["change"]
    entries = (Entry(each["module"], each["change"].strip(), each["kind"], each["reason"]) for each in listed)
    return {(each.module, each.change): each for each in entries}
