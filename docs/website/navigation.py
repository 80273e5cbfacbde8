"""The navigation of the site, read from the lists of links on docs/index.md and docs/api/index.md.

Each heading of the contents becomes a caption, and each link an entry. Links under a link become its children. A page
that no list names becomes a child of the first page that links to it, or else stands at the end.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx

_ITEM = re.compile(r"^( *)- (.*(?:\n\1 +(?![- ]).*)*)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:\s]+)\.md")


def with_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add tables of contents to a page, hidden, if other pages belong below it."""
    blocks = [
        "```{toctree}\n:hidden:\n"
        + (f":caption: {caption}\n" if caption else "")
        + "\n"
        + "\n".join(children)
        + "\n```\n"
        for caption, children in navigation(Path(app.srcdir)).get(docname, [])
    ]
    source[0] = "\n\n".join([source[0], *blocks])


@cache
def navigation(folder: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Return for each page that has pages below it: captions, and those pages as paths from the top."""
    texts = {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text("utf-8") for path in folder.rglob("*.md")
    }
    found: dict[str, list[tuple[str, list[str]]]] = {"index": _captions("index", texts["index"], texts)}
    placed = {"index"} | {page.removeprefix("/") for _, pages in found["index"] for page in pages}
    below = {page: list(dict.fromkeys(_targets(page, text))) for page, text in texts.items()}
    pairs = _nested("index", texts["index"])
    pairs += [(page, child) for page in below for child in below[page] if _is_contents(page, child)]
    in_order = [page.removeprefix("/") for _, listed in found["index"] for page in listed]
    for page in (*in_order, *sorted(below)):
        pairs += [(page, child) for child in below[page]]
    pairs += [("index", page) for page in sorted(texts)]
    for parent, child in pairs:
        if child in texts and child not in placed:
            placed.add(child)
            found.setdefault(parent, [("", [])])[-1][1].append(f"/{child}")
    return found


def _is_contents(page: str, child: str) -> bool:
    """Return True if a page is the contents of the folder of another: presets/index.md, or presets.md."""
    folder = posixpath.dirname(child)
    return bool(folder) and page in {f"{folder}/index", folder}


def _captions(page: str, text: str, texts: dict[str, str]) -> list[tuple[str, list[str]]]:
    found = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        caption = section.partition("\n")[0]
        items = [match for match in _ITEM.finditer(section) if not match[1]]
        linked = [f"/{target}" for item in items for target in _targets(page, item[2]) if target in texts]
        if linked:
            found.append((caption, list(dict.fromkeys(linked))))
    return found


def _nested(page: str, text: str) -> list[tuple[str, str]]:
    """Return pairs of a linked page and one that is linked under it."""
    found = []
    parent = page
    for match in _ITEM.finditer(text):
        targets = _targets(page, match[2])
        if not match[1]:
            parent = targets[0] if targets else page
        else:
            found += [(parent, target) for target in targets]
    return found


def _targets(page: str, text: str) -> list[str]:
    return [posixpath.normpath(posixpath.join(posixpath.dirname(page), link)) for link in _LINK.findall(text)]
