"""What the pages show is what comes out; that their examples run is the collector's business (conftest.py)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ticketflow import Elapsed
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.text.diagrams import mermaid

ROOT = Path(__file__).parent.parent
PRESETS = {
    "adereso": adereso(in_progress=True),
    "embudo": embudo(),
    "enate": enate(feedback_window=Elapsed(days=5)),
    "posponer": posponer(),
    "senior": senior(),
    "servicenow": servicenow(),
    "stale": stale(),
}


def test_the_readme_prints_what_it_says() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```\n\n.*?\n\n((?:    [^\n]*\n)+)", page, re.DOTALL)
    assert block
    code, said = block.groups()
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == [line.strip() for line in said.splitlines()]


def test_the_page_of_your_desk_prints_what_it_says() -> None:
    page = (ROOT / "docs" / "your-desk.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    said = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "".join(said) == shown


def test_every_page_is_reached_from_the_readme() -> None:
    """A page that nothing leads to is a page that nobody keeps."""
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        links = re.findall(r"\]\(([^)#]+\.md)", page.read_text(encoding="utf-8"))
        targets = [(page.parent / link).resolve() for link in links]
        assert all(target.exists() for target in targets), page
        waiting += [target for target in targets if target not in seen]
    assert seen >= set((ROOT / "docs").rglob("*.md")) | set((ROOT / "examples").rglob("*.md"))


@pytest.mark.parametrize("name", ["semantics", "helpdesks-compared"])
def test_the_pages_name_laws_and_cases_that_exist(name: str) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)?test_\w+)\.(\w+)", page))
    assert named
    for file, case in named:
        text = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        assert re.search(rf"(class|def) {case}\b", text), (file, case)


def test_the_comparison_of_help_desks_has_a_source_for_each_mark() -> None:
    """Each mark of another desk stands with its source, each key is explained, and each clause is there."""
    page = (ROOT / "docs" / "helpdesks-compared.md").read_text(encoding="utf-8")
    tables, sources = page.split("\n## Sources\n")
    cells = [
        line.strip("| ").split(" | ")
        for line in tables.splitlines()
        if re.match(r"\| [^|]+ \| (?!ticketflow)[a-z]", line)
    ]
    assert len(cells) > 60
    keys = r"[a-z]{2}\d+|[a-z]+(?:#| PR )\d+"
    for row in cells:
        assert len(row) == 11, row[0]
        assert all(re.fullmatch(rf"not found|(?:yes|part|no) \((?:(?:{keys})(?:, )?)+\)", mark) for mark in row[2:]), (
            row
        )
    for key in set(re.findall(r"\b[a-z]{2}\d+\b", tables)):
        assert re.search(rf"\b{key}\b", sources), key
    clauses = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    for clause in set(re.findall(r"\[(\d+\.\d+)\]\(semantics.md\)", tables)):
        assert f"**{clause} " in clauses, clause


def test_every_clause_is_held_and_has_an_example() -> None:
    """From one clause to the next: a *Held by* line, and an example that claims something."""
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8").partition("\n## Not yet\n")[0]
    parts = re.split(r"^(?=\*\*\d+\.\d+ |## )", page, flags=re.MULTILINE)
    clauses = [(found[1], part) for part in parts if (found := re.match(r"(?:\*\*|## )(\d+\.\d+|Intake)\b", part))]
    assert {name.partition(".")[0] for name, _ in clauses} >= {"1", "2", "3", "5", "Intake"}
    for name, part in clauses:
        assert re.search(r"^\*Held by\* ", part, re.MULTILINE), name
        assert re.search(r"^```python\n(?:(?!```).*\n)*assert ", part, re.MULTILINE), name


def test_the_page_of_mistakes_names_the_tests_that_re_enact_them() -> None:
    """All of them, each under its class, and the threads that a class names are those of its section."""
    told = _told((ROOT / "docs" / "mistakes.md").read_text(encoding="utf-8"), r"^## ", r"`(Test\w+)`")
    done = _told(
        (ROOT / "tests" / "scenarios" / "test_six_mistakes.py").read_text(encoding="utf-8"), r"^class ", r"(Test\w+):"
    )
    assert len(told) == 6
    assert told == done


def _told(text: str, begins: str, named: str) -> dict[str, tuple[set[str], set[str]]]:
    """Return for each class the tests and the numbers of threads that its part of *text* has."""
    found = {}
    for part in re.split(begins, text, flags=re.MULTILINE)[1:]:
        name = re.search(named, part)
        assert name
        tests = set(re.findall(r"(?:def |`)(test_\w+)", part))
        found[name[1]] = (tests, set(re.findall(r"(?:#|PR )(\d+)", part)))
    return found


@pytest.mark.parametrize(
    "name", sorted({page.stem for page in (ROOT / "docs" / "presets").glob("*.md")} | set(PRESETS))
)
def test_the_picture_of_a_preset_is_drawn_from_its_table(name: str) -> None:
    assert name in PRESETS, f"docs/presets/{name}.md is no preset's page: rename it, or add the preset to PRESETS"
    page = (ROOT / "docs" / "presets" / f"{name}.md").read_text(encoding="utf-8")
    drawn = f"{mermaid(PRESETS[name].workflow)}\n"
    shown = re.findall(r"^```mermaid\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert shown == [drawn], f"docs/presets/{name}.md: make this its one block of mermaid\n\n{drawn}"
