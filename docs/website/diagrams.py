"""Draw the pages' diagrams in Mermaid's language as pictures for the site: ``make diagrams``.

GitHub draws these diagrams itself. The site shows pictures instead: they need no script in the reader's browser and no
network. They are drawn by Mermaid itself, from npm, in Chromium, and are named by a digest of the diagram's text.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.website.staging import DIAGRAMS, digest, pages

MERMAID = "mermaid@11.12.0"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGE = """<!doctype html><meta charset="utf-8"><body><script src="mermaid.min.js"></script><script>
const sources = %s;
mermaid.initialize({startOnLoad: false, htmlLabels: false, flowchart: {htmlLabels: false}, theme: "neutral"});
(async () => {
  for (const [name, source] of Object.entries(sources)) {
    const {svg} = await mermaid.render("d" + name, source);
    const holder = document.createElement("template-picture");
    holder.id = name;
    holder.innerHTML = svg;
    // As XML: HTML leaves out what a file needs.
    holder.textContent = btoa(unescape(encodeURIComponent(new XMLSerializer().serializeToString(holder.firstChild))));
    document.body.append(holder);
  }
})();
</script>"""


def main() -> int:
    """Draw every diagram, and delete pictures that no page needs any more."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    npm = shutil.which("npm")
    if browser is None or npm is None:
        sys.stderr.write("drawing needs Chromium and npm\n")
        return 1
    sources = {digest(source): source for source in diagrams()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run((npm, "pack", "--silent", MERMAID), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (packed,) = folder.glob("*.tgz")
        shutil.unpack_archive(packed, folder, filter="data")
        shutil.copy(folder / "package" / "dist" / "mermaid.min.js", folder)
        page = folder / "page.html"
        page.write_text(PAGE % json.dumps(sources).replace("</", "<\\/"), encoding="utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom")
        drawn = subprocess.run((browser, *options, page.as_uri()), check=True, capture_output=True, text=True).stdout
    save(dict(re.findall(r'<template-picture id="(\w+)">([^<]+)<', drawn)), sources)
    return 0


def diagrams() -> list[str]:
    """Return the text of each diagram of the pages."""
    found: list[str] = []
    for page in pages():
        found += re.findall(r"^```mermaid\n(.*?)^```\n", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return found


def save(drawn: dict[str, str], sources: dict[str, str]) -> None:
    """Write the pictures, and delete the others."""
    missing = sources.keys() - drawn.keys()
    if missing:
        raise ValueError(f"{len(missing)} diagrams were not drawn; look at {sorted(missing)}")
    DIAGRAMS.mkdir(exist_ok=True)
    for old in DIAGRAMS.glob("*.svg"):
        old.unlink()
    for name, content in drawn.items():
        (DIAGRAMS / f"{name}.svg").write_text(f"{slim(base64.b64decode(content).decode())}\n", encoding="utf-8")
        sys.stdout.write(f"{name}.svg: {sources[name].splitlines()[0]}\n")


def slim(picture: str) -> str:
    """Make a picture a tenth of its size: boxes are drawn as rectangles, and numbers have one decimal."""

    def box(found: re.Match[str]) -> str:
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found[1])]
        left, top = min(numbers[::2]), min(numbers[1::2])
        size = f'width="{max(numbers[::2]) - left}" height="{max(numbers[1::2]) - top}"'
        return f'<rect x="{left}" y="{top}" {size} rx="5" fill="#eee" stroke="#999" stroke-width="1.3"/></g>'

    picture = re.sub(r' data-[a-z-]+="[^"]*"', "", picture)
    picture = re.sub(r'(?<=outer-path">)<path d="(M[^"]*)"[^>]*/><path[^>]*/></g>', box, picture)
    return re.sub(r"(\d+\.\d)\d+", r"\1", picture)


if __name__ == "__main__":
    sys.exit(main())
