"""The pages about other systems print what they say."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parent.parent.parent / "docs" / "coming-from").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_prints_what_it_says(page: Path) -> None:
    parts = re.findall(r"```python\n(.*?)```\n(?:\n((?:    [^\n]*\n)+))?", page.read_text(encoding="utf-8"), re.DOTALL)
    assert parts
    names: dict[str, object] = {}
    for code, said in parts:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            exec(code, names)  # noqa: S102 -- the code of our own page
        assert shown.getvalue().splitlines() == [line.removeprefix("    ") for line in said.splitlines()]
