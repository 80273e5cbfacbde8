"""What the pages show is what comes out; that their examples run is the collector's business (conftest.py)."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from ticketflow import Elapsed
from ticketflow.calendars.recurrence import Recurrence
from ticketflow.calendars.spans import OfTarget
from ticketflow.documents.tags import TAGS
from ticketflow.engine.refusals import REFUSAL_CODES, RefusalCode
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.adereso import adereso
from ticketflow.presets.embudo import embudo
from ticketflow.presets.enate import enate
from ticketflow.presets.posponer import posponer
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.presets.stale import stale
from ticketflow.rules import actions, triggers
from ticketflow.rules.implied import implied_rules
from ticketflow.sla.measures import resolution
from ticketflow.sla.policies import Policy, Target
from ticketflow.text.diagrams import mermaid
from ticketflow.tickets import anchors, commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.fold import replay
from ticketflow.tickets.messages import Message
from ticketflow.workflow import conditions, snooze

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


@pytest.mark.parametrize("name", ["tutorial", "your-desk"])
def test_the_page_prints_what_it_says(name: str) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    said = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "".join(said) == shown


def test_the_picture_of_the_readme_is_drawn_from_a_simulation() -> None:
    script = ROOT / "docs" / "pictures" / "senior_ticket.py"
    drawn = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
    committed = script.with_suffix(".svg")
    assert drawn == committed.read_text(encoding="utf-8"), f"python {script.name} > {committed.name}"


@pytest.mark.lives  # it draws five pictures, and tracing them would show nothing new
def test_the_pictures_of_the_pages_are_drawn_by_their_script() -> None:
    """All words and numbers are compared. Lines are not: releases of matplotlib place them a little differently."""
    script = ROOT / "docs" / "pictures" / "draw.py"
    draw = runpy.run_path(str(script))
    for name in draw["PICTURES"]:
        committed = script.with_name(f"{name}.svg").read_text(encoding="utf-8")
        assert _words_of(draw["drawn"](name)) == _words_of(committed), f"python docs/pictures/{script.name}"


def _words_of(picture: str) -> list[str]:
    found = re.findall(r">([^<>]+)</text>", picture)
    assert found
    return found


def test_the_doctests_of_every_module_are_collected() -> None:
    """The patterns in conftest.py reach modules in packages of packages; a deeper one needs another pattern."""
    source = ROOT / "src" / "ticketflow"
    assert max(len(path.relative_to(source).parts) for path in source.rglob("*.py")) == 3
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", "src"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    with_examples = {path for path in source.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")}
    assert {ROOT / line.partition("::")[0] for line in shown.splitlines() if "::" in line} == with_examples


PUBLIC_PACKAGES = {
    "analysis",
    "calendars",
    "compare",
    "documents",
    "errors",
    "importers",
    "plot",
    "presets",
    "service",
    "simulation",
    "sla",
    "testing",
    "text",
}


def test_pages_and_examples_import_public_names_only() -> None:
    """docs/compatibility.md says what is public: the package, its public packages, and each preset's own module."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    for page in pages:
        for module in re.findall(r"^\s*from ticketflow\.(\S+) import ", page.read_text(encoding="utf-8"), re.MULTILINE):
            is_preset = module.partition(".")[0] == "presets" and module.partition(".")[2] in PRESETS
            assert module in PUBLIC_PACKAGES or is_preset, (page.name, module)


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
    pages = set((ROOT / "docs").rglob("*.md")) | set((ROOT / "examples").rglob("*.md"))
    assert seen >= {page for page in pages if ".pytest_cache" not in page.parts}


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


def test_every_clause_has_a_reason_an_example_and_tests() -> None:
    """Between one clause and the next: one *Why*, an example that asserts something, and one *Tested by*."""
    clauses = _clauses()
    assert {name.partition(".")[0] for name in clauses} == {"1", "2", "3", "4", "5", "6", "Intake"}
    for name, clause in clauses.items():
        assert len(re.findall(r"^\*Why\*: \S", clause, re.MULTILINE)) == 1, name
        assert re.search(r"^```python\n(?:(?!```).*\n)*assert ", clause, re.MULTILINE), name
        assert len(re.findall(r"^\*Tested by\*: `", clause, re.MULTILINE)) == 1, name


def test_every_test_that_a_clause_names_exists() -> None:
    for name, clause in _clauses().items():
        for tested_by in _tested_by(clause):
            path, _, members = tested_by.partition(".")
            if path.endswith("/"):
                assert (ROOT / "tests" / path).is_dir(), (name, tested_by)
                continue
            file = ROOT / "tests" / (f"{path}.json" if path.startswith("conformance/") else f"{path}.py")
            assert file.exists(), (name, tested_by)
            for member in filter(None, members.split(".")):
                assert re.search(rf"(class|def) {member}\b", file.read_text(encoding="utf-8")), (name, tested_by)


def test_every_clause_names_the_required_cases_that_cover_it() -> None:
    files = (ROOT / "tests" / "conformance" / "required").glob("*.json")
    cases = [(file.stem, case) for file in files for case in json.loads(file.read_text(encoding="utf-8"))["cases"]]
    for name, clause in _clauses().items():
        covering = {f"conformance/required/{stem}" for stem, case in cases if name in case["clauses"]}
        assert covering <= _tested_by(clause), name


def _clauses() -> dict[str, str]:
    """Return the text of each clause of the page of semantics, by its number."""
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=\*\*\d+\.\d+ |## )", page, flags=re.MULTILINE)
    return {found[1]: part for part in parts if (found := re.match(r"(?:\*\*|## )(\d+\.\d+|Intake)\b", part))}


def _tested_by(clause: str) -> set[str]:
    """Return what the *Tested by* of a clause names, remarks in parentheses aside."""
    found = re.search(r"^\*Tested by\*: ((?:.+\n)+)", clause, re.MULTILINE)
    assert found
    return set(re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", found[1])))


def _reference(section: str) -> set[str]:
    """Return the code in the first cell of each row of a section of the reference."""
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    (part,) = re.findall(rf"^### {section}\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)
    cells = re.findall(r"^\| ([^|]+) \|", part, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("section", "kinds"),
    [
        ("Anchors", get_args(anchors.Anchor)),
        ("Conditions", get_args(conditions.Condition)),
        ("Triggers and timers", (*get_args(triggers.Trigger), *get_args(triggers.Timer), *get_args(Recurrence))),
        ("Actions", get_args(actions.Action)),
        ("Events", get_args(events.Event)),
        ("Snooze choices", get_args(snooze.Choice)),
    ],
)
def test_the_reference_lists_every_name_of_a_kind(section: str, kinds: tuple[type, ...]) -> None:
    assert _reference(section) == {TAGS[kind] for kind in kinds}


def test_the_reference_lists_every_command_refusal_and_implied_rule() -> None:
    assert _reference("Commands") == set(commands.NAMES.values())
    assert _reference("Refusals") == set(get_args(RefusalCode))
    snoozing = snooze.Snoozing(on_message="clear")
    clock = Policy("clock", resolution(), (Target(Elapsed(hours=1)),), warn_at=(OfTarget(50),))
    implied = {rule.id.replace("clock", "<clock>").replace(".0", ".<n>") for rule in implied_rules(snoozing, (clock,))}
    assert _reference("Implied rules") == implied


def test_the_reference_lists_every_fact() -> None:
    at, agent, customer = datetime(2026, 11, 23, tzinfo=UTC), Actor("agent", "ana"), Actor("customer", "bruno")
    happened = (
        events.MessageAdded(Message("m1", resolves=True)),
        events.Assigned(None, "ana"),
        events.Rated(5),
        events.Linked("T-2", "related"),
        events.Snoozed(at),
        events.TargetWarned("clock", 0, None),
        events.TargetBreached("clock", 0, None, at),
        events.StateChanged("solved", "open", "open", "resume"),
    )
    by_command = events.ByCommand("any")
    opened = events.Opened("T-1", "solved", "resolved", FrozenMap({"level": "low"}))
    asked = (opened, events.MessageAdded(Message("m0")))
    entries = (
        events.Entry(0, "0", at, customer, by_command, asked),
        events.Entry(1, "1", at, agent, by_command, happened),
    )
    facts = {re.sub(r"^(field|links|once|times|warned|breached)\..*", r"\1", name) for name in replay(entries).trails}
    assert {re.sub(r"\.<\w+>", "", name) for name in _reference("Facts")} == facts


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


def test_the_page_of_refusals_shows_the_table_of_the_code() -> None:
    page = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert shown == list(REFUSAL_CODES.items())
    assert tuple(REFUSAL_CODES) == get_args(RefusalCode)
