"""The scripts of the page: their types, and completion by the JSON Schema, in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from build_page import HERE, install, samples

SCRIPT = """
import { readFileSync } from "node:fs";
import { describe, placeAt, suggestions } from "./completion.mjs";
const { schema, cases, names } = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(cases.map((text) => {
  const at = text.indexOf("|");
  const clean = text.replace("|", "");
  const place = placeAt(clean, at);
  const found = place ? suggestions(place, schema, names, clean.trimStart().startsWith("{")) : [];
  return [found.map((each) => [each.label, each.insert]), describe(clean, at, schema)];
})));
"""
TOOLS = HERE / "node_modules" / ".bin"
NAMES = {"states": ["open", "waiting"], "transitions": ["ask"], "templates": ["hello"], "calendars": ["default"]}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    install()
    esbuild = TOOLS / "esbuild"
    made = [str(esbuild), "src/completion.ts", f"--outfile={folder}/completion.mjs"]
    subprocess.run(made, cwd=HERE, check=True, capture_output=True)
    (folder / "ask.mjs").write_text(SCRIPT)
    return folder


def completed(module: Path, *cases: str) -> list[Any]:
    schema = json.loads((HERE.parent / "schemas" / "rules.schema.json").read_text("utf-8"))
    given = json.dumps({"schema": schema, "cases": cases, "names": NAMES})
    asked = [shutil.which("node") or "node", str(module / "ask.mjs")]
    done = subprocess.run(asked, input=given, capture_output=True, text=True, check=True, timeout=60)
    answers: list[Any] = json.loads(done.stdout)
    return answers


CASES = [
    ("|", {"format", "workflow", "automations"}),
    ("for|", {"format", "workflow"}),
    ('format = "rules/1"\n|', {"name", "workflow"}),
    ("[work|", {"workflow", "automations", "calendars"}),
    ("[[auto|", {"automations"}),
    ("[workflow]\n|", {"states", "transitions", "fields"}),
    ("[workflow]\nstates = [{ |", {"name", "category"}),
    ('[workflow]\nstates = [{ name = "a", category = "|', {"pending", "closed"}),
    ("[workflow]\nstates = [{ name = 'a', category = |", {"pending", "closed"}),
    ('[workflow]\ntransitions = [{ name = "x", sources = ["|', {"open", "waiting"}),
    ('[workflow]\ntransitions = [\n  { name = "x", target = "op|" },\n]', {"open"}),
    ("[[automations]]\n|", {"id", "given", "rungs", "when", "since"}),
    ("[[automations]]\ngiven = |", {"is_assigned", "{ state_is }"}),
    ("[[automations]]\ngiven = { |", {"state_is", "not"}),
    ("[[automations]]\ngiven = { not = { state_is = ['|", {"open", "waiting"}),
    ("[[automations]]\nrungs = [{ after = { elapsed = { |", {"days", "hours"}),
    ("[[automations]]\nrungs = [\n { after = { elapsed = { days = 2 } }, then = [{ mo|", {"move"}),
    ("[[automations]]\nthen = [{ move = '|", {"ask"}),
    ("[[automations]]\nis_enabled = |", {"true", "false"}),
    ("[calendars.default]\n|", {"zone", "week", "holidays"}),
    ("[calendars]\ndefault = { |", {"zone", "week"}),
    ("workflow.states = [{ |", {"name", "category"}),
    ('{ "|', {"format", "workflow"}),
    ('{ "workflow": { "states": [{ "name": "a", "|', {"category"}),
    ('{ "workflow": { "states": [{ "category": "|', {"pending"}),
    ('{ "automations": [{ "given": |', {"is_assigned", "{ state_is }"}),
]


def test_completion_knows_keys_values_and_names(module: Path) -> None:
    for (text, expected), (found, _) in zip(CASES, completed(module, *(text for text, _ in CASES)), strict=True):
        assert expected <= {label for label, _ in found}, (text, found)


def test_completion_leaves_out_what_is_there_or_cannot_be_there(module: Path) -> None:
    comment, there, after = completed(
        module, "# form|", '[workflow]\nstates = [{ name = "a", |', '[[automations]]\nid = "x"\ni|'
    )
    assert comment[0] == []
    assert "name" not in [label for label, _ in there[0]]
    assert "id" not in [label for label, _ in after[0]]


def test_what_is_inserted_fits_the_language(module: Path) -> None:
    answers = completed(module, "[work|", "na|", "given|", "{ na|", '{ "na|', '{ "workflow": |')
    inserted = [dict(found) for found, _ in answers]
    assert inserted[0]["workflow"] == "workflow"
    assert inserted[1]["name"] == "name = "
    assert inserted[3]["name"] == '"name": '
    assert inserted[4]["name"] == "name"


def test_keys_have_descriptions(module: Path) -> None:
    cases = ("[[automations]]\n|is_enabled = true\n", "[[automations]]\nis_en|abled = true\n", "[automations]\nx = |1")
    assert [text for _, text in completed(module, *cases)] == ["Whether the rule is switched on."] * 2 + [""]


def test_no_text_before_the_cursor_breaks_the_scanner(module: Path) -> None:
    cases = []
    for sample in samples():
        document = sample["document"].replace("|", "")
        cuts = range(0, len(document), max(len(document) // 60, 1))
        cases += [f"{document[:at]}|{document[at:]}" for at in cuts]
    hostile = [each + "|" for each in ("[" * 3000, "{" * 3000, '"' * 999, "a." * 999, "=" * 999, '"\\', "]}]}", "'''")]
    assert len(completed(module, *cases, *hostile)) == len(cases) + len(hostile)


def test_the_scripts_have_no_type_errors(module: Path) -> None:
    assert module.exists()  # the packages are installed
    done = subprocess.run([str(TOOLS / "tsc"), "--noEmit"], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_a_machine_without_npm_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"the playground needs npm and node 20 or newer; install Node\.js"):
        install()
