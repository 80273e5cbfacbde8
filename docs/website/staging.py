"""Gather the pages of the site in one folder, as Sphinx wants them.

Pages stay where GitHub shows them well: in docs/, next to the examples, and at the top. In the folder of the site,
links between them lead to their copies, and blocks of names in the API reference are replaced by entries.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from docs.website.public_names import ROOT, PublicNames
from docs.website.reference import Reference, expand, listed_names, names_of_patterns

OUTSIDE = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/*/README.md",
    "playground/README.md",
    "tests/conformance/README.md",
)
"""The pages that are not in docs/."""
DIAGRAMS = ROOT / "docs" / "pictures" / "diagrams"
_CODE = re.compile(r"^(`{3,}).*?^\1[ ]*$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(\]\()([^)#\s]+)([^)]*\))")


def pages() -> dict[Path, Path]:
    """Return each page of the repository with its place in the site."""
    inside = {path: path.relative_to(ROOT / "docs") for path in sorted((ROOT / "docs").rglob("*.md"))}
    outside = {path: _place(path) for pattern in OUTSIDE for path in sorted(ROOT.glob(pattern))}
    return {path: place for path, place in (inside | outside).items() if "website" not in place.parts}


def _place(path: Path) -> Path:
    if path.name == "README.md":
        return path.relative_to(ROOT).parent.with_suffix(".md")
    return Path(path.name.lower())


def stage(target: Path) -> Reference:
    """Write all pages and pictures to a folder. What has not changed keeps its time, so Sphinx need not read it again.

    Args:
        target: The folder. Other files in it are deleted.

    Raises:
        ValueError: A link leads to no page and no file, or a diagram has no picture.
    """
    places = pages()
    texts = {path: path.read_text(encoding="utf-8") for path in places}
    reference = Reference(PublicNames())
    listed = listed_names(texts.values())
    rest = names_of_patterns(listed, reference.names)
    written: dict[Path, bytes] = {}
    for picture in (ROOT / "docs" / "pictures").glob("*.svg"):
        written[Path("pictures", picture.name)] = picture.read_bytes()
    # The page of types comes last: it shows what the others name.
    for path in sorted(texts, key=lambda each: "```api\ntypes\n" in texts[each]):
        text = _with_diagrams(texts[path], path, written)
        text = _relinked(text, path, places, written)
        written[places[path]] = expand(text, reference, rest).encode()
    for old in [each for each in target.rglob("*") if each.is_file() and each.relative_to(target) not in written]:
        old.unlink()
    for place, content in written.items():
        file = target / place
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return reference


def _with_diagrams(text: str, path: Path, written: dict[Path, bytes]) -> str:
    """Replace diagrams in Mermaid's language, which GitHub draws, by their pictures."""

    def picture(block: re.Match[str]) -> str:
        file = DIAGRAMS / f"{digest(block[1])}.svg"
        if not file.exists():
            raise ValueError(f"{path.relative_to(ROOT)}: a diagram has no picture; run make diagrams")
        place = Path("pictures", "diagrams", file.name)
        written[place] = file.read_bytes()
        return f"![Diagram](/{place.as_posix()})\n"

    return re.sub(r"^```mermaid\n(.*?)^```\n", picture, text, flags=re.DOTALL | re.MULTILINE)


def digest(diagram: str) -> str:
    """Return the name of a diagram's picture."""
    return hashlib.sha256(diagram.encode()).hexdigest()[:16]


def _relinked(text: str, path: Path, places: dict[Path, Path], written: dict[Path, bytes]) -> str:
    """Change the links of a page so that they lead from its place in the site to those of the others."""
    here = places[path].parent

    def link(found: re.Match[str]) -> str:
        opening, target, closing = found.groups()
        if re.match(r"[a-z]+:", target) or target.startswith("/pictures/"):
            return found[0]
        linked = (path.parent / target).resolve()
        if linked.is_dir() and (linked / "README.md") in places:
            linked /= "README.md"
        if linked in places:
            place = places[linked]
        elif linked == ROOT / "README.md":
            place = Path("index.md")
        elif linked.is_file():
            place = (
                Path("files", linked.relative_to(ROOT)) if linked.suffix != ".svg" else Path("pictures", linked.name)
            )
            written[place] = linked.read_bytes()
        else:
            raise ValueError(f"{path.relative_to(ROOT)}: the link {target!r} leads to no page and no file")
        return f"{opening}{Path(os.path.relpath(place, here)).as_posix()}{closing}"

    found, end = [], 0
    for code in _CODE.finditer(text):
        found += [_LINK.sub(link, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*found, _LINK.sub(link, text[end:])])
