"""The command import: the rule set on standard output or in a file, the list and the findings beside it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Literal

import pytest

from ticketflow import documents
from ticketflow.cli import main as cli
from ticketflow.importers import read_zendesk

SOURCE = {
    "triggers": [
        {
            "id": number,
            "title": f"Mark {number}",
            "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}]},
            "actions": [{"field": field, "value": "5"}],
        }
        for number, field in ((1, "group_id"), (2, "custom_fields_1"))
    ]
}
RULES = read_zendesk(SOURCE).rules


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("zendesk.json").write_text(json.dumps(SOURCE), encoding="utf-8")
    return "zendesk.json"


def test_the_rule_set_is_printed_and_the_list_goes_to_standard_error(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "zendesk", file]) == 0
    shown = capsys.readouterr()
    assert documents.read("rules", shown.out, written="toml") == RULES
    lines = shown.err.splitlines()
    assert lines[:4] == [
        "left out  id (zendesk.json#/triggers/0/id and 1 more)",
        "    Zendesk keeps it for itself",
        "carried  trigger 'Mark 1' (zendesk.json#/triggers/0)",
        "    automations.mark-1",
    ]
    assert "0 changed, 2 left out, 2 carried" in lines
    assert lines[-1].startswith("0 errors, 0 warnings, ")


@pytest.mark.parametrize(("name", "written"), [("rules.toml", "toml"), ("rules.json", "json"), ("rules", "toml")])
def test_the_rule_set_can_go_to_a_file(
    file: str, name: str, written: Literal["toml", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    output = Path(name)
    assert cli.main(["import", "zendesk", file, "-o", str(output)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "0 changed, 2 left out, 2 carried" in shown.out.splitlines()
    assert documents.read("rules", output.read_text(encoding="utf-8"), written=written) == RULES


def test_json_has_the_rule_set_the_list_and_the_findings(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", "zendesk", file, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert documents.read("rules", data["rules"]) == RULES
    assert data["items"][0] == {
        "source": file,
        "pointer": "/triggers/0",
        "what": "trigger 'Mark 1'",
        "outcome": "carried",
        "why": "automations.mark-1",
    }
    assert len(data["added"]) == 3
    assert {each["severity"] for each in data["findings"]} <= {"info"}


def test_files_that_cannot_be_read_are_told(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    assert cli.main(["import", "zendesk", file, "-"]) == 3
    assert "<stdin>" in capsys.readouterr().err
    assert cli.main(["import", "zendesk", "-", "-"]) == 2
    assert "standard input is given twice" in capsys.readouterr().err
    with pytest.raises(OSError, match="rules"):
        cli.main(["import", "zendesk", file, "-o", str(Path(file) / "rules.toml")])


def test_an_unknown_system_is_wrong_use(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["import", "zendsk", file])
    assert raised.value.code == 2
    assert "invalid choice: 'zendsk'" in capsys.readouterr().err
