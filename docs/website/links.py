"""Check that every link inside a built site leads to a page, a file and an anchor that exist."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The anchors of a page, and where its links and pictures lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.targets: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        del tag
        for name, value in attrs:
            if name in {"id", "name"} and value:
                self.anchors.add(value)
            elif name in {"href", "src"} and value:
                self.targets.add(value)


def broken_links(site: Path) -> list[str]:
    """Return each link of a built site that leads nowhere, with the page that has it."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return [
        f"{path.relative_to(site)}: {target}"
        for path, page in pages.items()
        for target in sorted(page.targets)
        if not _leads_somewhere(path, target, pages, site)
    ]


def _leads_somewhere(path: Path, target: str, pages: dict[Path, _Page], site: Path) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return True
    place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if place.is_dir():
        place /= "index.html"
    if not place.exists() or not place.is_relative_to(site.resolve()):
        return False
    return not parts.fragment or place not in pages or unquote(parts.fragment) in pages[place].anchors
