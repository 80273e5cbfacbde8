"""The committed JSON Schemas are current. Real documents are valid under them, and wrong ones are not."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.complete_rule_set import EVERYTHING
from tests.support.hostile_documents import corpus
from tests.support.random_lives import seeded, taken
from ticketflow.calendars.spans import BusinessDays
from ticketflow.cli import main as cli
from ticketflow.conformance.case_schema import case_schema
from ticketflow.documents import KINDS, plain, read
from ticketflow.documents import schema as document_schema
from ticketflow.documents.json_schema import Schema, attribute_texts
from ticketflow.errors import BadValueError
from ticketflow.presets.registry import preset, preset_names


def schema(name: str) -> Schema:
    return case_schema() if name == "conformance" else document_schema(name)


ROOT = Path(__file__).parent.parent.parent
COMMITTED = sorted((ROOT / "schemas").glob("*.schema.json"))
CASES = sorted((ROOT / "tests" / "conformance").rglob("*.json"))


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)


def wrong(name: str, document: object) -> list[str]:
    return [error.message[:200] for error in validator(name).iter_errors(document)]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_the_committed_schemas_are_current(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", path.name.partition(".")[0]]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8"), f"python -m ticketflow schema … > {path.name}"


def test_three_schemas_are_committed() -> None:
    assert {path.name for path in COMMITTED} >= {f"{name}.schema.json" for name in ("rules", "ticket", "conformance")}


@pytest.mark.lives
@pytest.mark.parametrize("name", [*KINDS, "conformance"])
def test_each_schema_is_valid(name: str) -> None:
    made = schema(name)
    Draft202012Validator.check_schema(made)
    said = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(made)))
    assert said <= made["$defs"].keys(), "every reference has a definition"


def test_an_unknown_kind_has_no_schema() -> None:
    with pytest.raises(BadValueError, match="no kind of document 'rule'; did you mean 'rules'"):
        schema("rule")


@pytest.mark.lives
@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid(name: str) -> None:
    assert wrong("rules", plain(preset(name)())) == []


@pytest.mark.lives
def test_every_written_document_is_valid() -> None:
    assert wrong("rules", plain(EVERYTHING)) == []
    for kind, data in corpus():
        assert wrong(kind, data) == [], data


@pytest.mark.lives
@pytest.mark.parametrize("number", range(8))
def test_simulated_tickets_are_valid(number: int) -> None:
    assert wrong("ticket", plain(taken(seeded(number)))) == []


@pytest.mark.lives
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_files_of_cases_are_valid(path: Path) -> None:
    assert wrong("conformance", json.loads(path.read_text(encoding="utf-8"))) == []


RULES = plain(preset("servicenow")())


@pytest.mark.parametrize(
    "change",
    [
        {"format": "rules/2"},
        {"format": None},
        {"workflow": {}},
        {"workflow": {"states": [{}]}},
        {"workflow": {"states": [{"name": "x", "category": "done"}]}},
        {"workflow": {"states": {"name": "x"}}},
        {"calendars": []},
        {"calendars": {"x": {"zone": "UTC"}}},
        {"calendars": {"x": {"zone": "UTC", "week": 5}}},
        {"calendars": {"x": {"zone": "UTC", "week": "", "holidays": {"tomorrow": "x"}}}},
        {"name": 5},
        {"nmae": "x"},
        {"remembered_events": "many"},
        {"remembered_events": 1.5},
        {"automations": [{"id": "x", "when": "on_enter", "then": []}]},
        {"automations": [{"id": "x", "when": {"on_enter": {"state_is": "x"}}, "then": []}]},
        {"automations": [{"id": "x", "when": {"on_wake": {}, "after": {}}, "then": []}]},
        {"automations": [{"id": "x", "when": "on_wake", "then": ["move"]}]},
        {"automations": [{"id": "x", "when": "on_wake", "then": [{"set_field": {"field": "x", "value": [1]}}]}]},
        {"automations": [{"id": "x", "when": {"after": {"span": {"elapsed": {}}, "since": "created"}}, "then": []}]},
        {
            "automations": [
                {"id": "x", "when": {"after": {"span": {"elapsed": {"weeks": 1}}, "since": "created"}}, "then": []}
            ]
        },
        {"snoozing": {"on_message": "wake"}},
        {"templates": [{"name": "x", "texts": {"pt_BR": "x"}}]},
        {"clocks": [{"name": "x", "measure": {}}]},
    ],
)
def test_wrong_rule_sets_are_not_valid(change: dict[str, Any]) -> None:
    assert wrong("rules", RULES | change)


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("command", {"format": "command/1", "do": "asign", "at": "2026-11-23T10:00:00Z"}),
        ("command", {"format": "command/1", "do": "give_back", "at": "2026-11-23T10:00:00Z"}),
        ("action", {"format": "action/1"}),
        ("action", {"format": "action/1", "move": "x", "wake": {}}),
        ("event", {"format": "event/1", "rated": "five"}),
        ("ticket", {"format": "ticket/1"}),
        ("ticket", {"format": "ticket/1", "entries": [{}]}),
        ("entry", {"format": "entry/1", "sequence": 0}),
        ("conformance", {"cases": {}}),
        ("conformance", {"cases": [{"id": "x", "steps": [{}]}]}),
        ("conformance", {"cases": [{}]}),
        ("plan", []),
        ("reason", {"format": "reason/1", "kind": "because", "what": "", "help": ""}),
    ],
)
def test_other_wrong_documents_are_not_valid(kind: str, document: object) -> None:
    assert wrong(kind, document)


def test_descriptions_come_from_docstrings() -> None:
    assert attribute_texts(BusinessDays)["days"].startswith("The number of days; 0 is the anchor itself")


def test_texts_in_any_language_are_of_it_and_read_in_canonical_case() -> None:
    document = RULES | {"templates": [{"name": "x", "texts": {"it": "chiuso", "pt-br": "fechado", "zh-Hant": "x"}}]}
    assert wrong("rules", document) == []
    (template,) = read("rules", json.dumps(document)).templates
    assert dict(template.texts) == {"it": "chiuso", "pt-BR": "fechado", "zh-Hant": "x"}
