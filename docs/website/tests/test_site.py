"""The site builds without a warning, every link inside it leads somewhere, and every public name has one entry."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import ticketflow
from docs.website import build
from docs.website.diagrams import diagrams
from docs.website.extension import target_of
from docs.website.links import broken_links
from docs.website.navigation import navigation
from docs.website.public_names import ROOT, PublicNames
from docs.website.reference import Reference, expand
from docs.website.staging import DIAGRAMS, digest, pages

MODULES = sorted(
    name
    for name in ticketflow.__all__
    if isinstance(getattr(ticketflow, name), type(ticketflow)) and name != "ticketflow"
)


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site. Building it is a test of its own: a warning is an error."""
    command = (sys.executable, "-m", "docs.website.build")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return build.SITE


@pytest.fixture(scope="session")
def names() -> PublicNames:
    return PublicNames()


def entries(site: Path) -> Counter[str]:
    """Return how often each name is the anchor of an entry on the pages of the API reference."""
    found: Counter[str] = Counter()
    for page in (site / "api").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        found.update(re.findall(r'(?:<dt class="sig [^"]*" |<span class="target" )id="([\w.]+)"', text))
        found.update(re.findall(r'id="module-([\w.]+)"', text))
    return found


def test_every_public_name_has_one_entry(site: Path) -> None:
    """A name that two modules export, such as `StateIs`, is one name: it has an entry under one of its paths."""
    paths: dict[int, set[str]] = {}
    for module in ("", *MODULES):
        home = import_module(f"ticketflow.{module}") if module else ticketflow
        for name in home.__all__:
            if not name.startswith("__"):
                path = f"ticketflow.{module}.{name}" if module else f"ticketflow.{name}"
                paths.setdefault(id(getattr(home, name)), set()).add(path)
    found = entries(site)
    assert len(paths) > 400
    for same in paths.values():
        assert sum(found[path] for path in same) == 1, same


def test_the_released_names_have_entries_too(site: Path, names: PublicNames) -> None:
    found = entries(site)
    assert [name for name in names.members if found[name] != 1] == []
    assert {name.partition(".")[0] for name in found} == {"ticketflow"}


def test_the_pages_show_attributes_with_their_texts(site: Path) -> None:
    page = (site / "api" / "rules.html").read_text(encoding="utf-8")
    entry = page[page.index('id="ticketflow.Ladder.min_notice"') :]
    assert re.search(r"min_notice.*Elapsed.*The least time between the last reminder", entry, re.DOTALL)


def test_the_read_function_says_what_each_kind_gives(site: Path) -> None:
    page = (site / "api" / "store.html").read_text(encoding="utf-8")
    entry = page[page.index('id="ticketflow.documents.read"') : page.index('id="ticketflow.documents.write"')]
    assert len(re.findall(r"<dt class=\"sig ", entry)) == 1
    assert 'href="look.html#ticketflow.Ticket"' in entry


def test_the_search_knows_the_names_and_the_pages(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert '"evaluate"' in index or "evaluate:" in index
    assert "glossary" in index


def test_the_navigation_is_short(site: Path) -> None:
    """Captions as on the contents page; what belongs together is under one entry."""
    assert site.exists()
    captions = navigation(build.PAGES)["index"]
    assert [caption for caption, _ in captions] == ["Tutorial", "How-to guides", "Reference", "Explanation"]
    assert max(len(children) for _, children in captions) <= 16
    assert {"/presets/senior", "/presets/servicenow"} <= set(navigation(build.PAGES)["presets"][0][1])
    assert "/coming-from/stale" in navigation(build.PAGES)["importing"][0][1]


def test_a_page_that_nothing_lists_is_still_in_the_navigation(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text(
        "# All\n\n## Learn\n\n- [One](one.md)\n  - [Below](below.md)\n", encoding="utf-8"
    )
    (tmp_path / "one.md").write_text("# One\n\n[linked](linked.md)\n", encoding="utf-8")
    for name in ("below", "linked", "alone"):
        (tmp_path / f"{name}.md").write_text("# Text\n", encoding="utf-8")
    assert navigation(tmp_path) == {
        "index": [("Learn", ["/one", "/alone"])],
        "one": [("", ["/below", "/linked"])],
    }


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html">b</a> <a href="a.html#x">x</a> <a href="https://example.org">', "utf-8"
    )
    (tmp_path / "c.html").write_text(
        '<p id="x"></p> <a href="#x">x</a> <a href="a.html">a</a> <a href="../d.html">', "utf-8"
    )
    assert broken_links(tmp_path) == ["a.html: a.html#x", "a.html: b.html", "c.html: ../d.html"]


def test_no_link_inside_the_site_leads_nowhere(site: Path) -> None:
    assert broken_links(site) == []


def test_every_diagram_has_its_picture() -> None:
    """After a change of a diagram, `make diagrams` draws it."""
    assert {path.stem for path in DIAGRAMS.glob("*.svg")} == {digest(diagram) for diagram in diagrams()}


def test_pages_outside_of_docs_have_places_of_their_own() -> None:
    places = pages()
    assert len(set(places.values())) == len(places)
    assert places[ROOT / "examples" / "service" / "README.md"] == Path("examples", "service.md")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("tf.handle", "ticketflow.handle"),
        ("handle", "ticketflow.handle"),
        ("actions.Move", "ticketflow.actions.Move"),
        ("EveryWeek(...)", "ticketflow.EveryWeek"),
        ("Rules.digest", "ticketflow.Rules.digest"),
        ("Rules.nothing", None),
        ("read", None),  # documents.read or the reading of a clock
        ("tf.read", "ticketflow.read"),
        ("Move", None),  # a command or an action
        ("open", None),
        ("python -m ticketflow", None),
    ],
)
def test_names_in_prose_are_linked_when_they_have_one_meaning(
    text: str, target: str | None, names: PublicNames
) -> None:
    assert target_of(text, Reference(names)) == target


def test_an_entry_has_the_signature_as_users_write_it(names: PublicNames) -> None:
    entry = Reference(names).entry("ticketflow.Transition")
    assert entry.startswith(
        ".. py:class:: Transition(name: str, sources: ~collections.abc.Iterable[str], target: str, may:"
    )


def test_a_block_of_names_becomes_entries(names: PublicNames) -> None:
    page = expand("# Title\n\n```api\nticketflow.person\n```\n", Reference(names), {})
    assert ".. py:function:: person(name: str) -> str" in page


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text(
        "# Contents\n\n[nowhere](#nowhere) {py:obj}`ticketflow.nothing`\n", encoding="utf-8"
    )
    command = (sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "dummy", "-c", str(ROOT / "docs"))
    done = subprocess.run(
        (*command, str(tmp_path), str(tmp_path / "site")), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "ticketflow.nothing" in done.stderr
