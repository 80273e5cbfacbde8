"""The fixes of problems are written in the language of the document."""

from __future__ import annotations

from typing import Literal

import pytest

from ticketflow import documents
from ticketflow.errors import DocumentError, Problem

TOML = """
format = "rules/1"
name = "desk"
workflow = 5
[[automations]]
id = "close"
given = "state_is"
when = { after = { span = "elapsed", since = "entered" } }
then = ["field_is"]
[[automations]]
id = "remind"
when = "after"
then = 5
[[automations]]
id = "tell"
when = { after = { span = "working_time", since = "entered" } }
then = []
"""
JSON = """{"format": "rules/1", "name": "desk", "workflow": 5, "automations": [
{"id": "close", "given": "state_is", "when": {"after": {"span": "elapsed", "since": "entered"}}, "then": ["field_is"]},
{"id": "remind", "when": "after", "then": 5},
{"id": "tell", "when": {"after": {"span": "working_time", "since": "entered"}}, "then": []}
]}"""


def problems(text: str, written: Literal["json", "toml"]) -> dict[str | None, Problem]:
    with pytest.raises(DocumentError) as found:
        documents.read("rules", text, written=written)
    return {problem.pointer: problem for problem in found.value.problems}


@pytest.mark.parametrize(
    ("pointer", "in_toml", "in_json"),
    [
        ("/workflow", "give a table", "give an object"),
        ("/automations/0/given", "write { state_is = … }", 'write {"state_is": …}'),
        ("/automations/0/when/after/span", "write { elapsed = { days = 2 } }", 'write {"elapsed": {"days": 2}}'),
        (
            "/automations/1/when",
            "write { after = { span = …, since = … } }",
            'write {"after": {"span": …, "since": …}}',
        ),
        ("/automations/1/then", "give an array", "give a list"),
        (
            "/automations/2/when/after/span",
            "write { working_time = { hours = 8 } }",
            'write {"working_time": {"hours": 8}}',
        ),
    ],
)
def test_a_fix_is_written_in_the_language_of_the_document(pointer: str, in_toml: str, in_json: str) -> None:
    assert problems(TOML, "toml")[pointer].fix == in_toml
    assert problems(JSON, "json")[pointer].fix == in_json


def test_a_missing_format_is_shown_in_the_language_of_the_document() -> None:
    assert problems('name = "desk"', "toml")["/format"].fix == 'write format = "rules/1"'
    assert problems('{"name": "desk"}', "json")["/format"].fix == 'write "format": "rules/1"'


def test_the_forms_that_fixes_show_are_read() -> None:
    for span in ("{ elapsed = { days = 2 } }", "{ working_time = { hours = 8 } }"):
        text = TOML.replace('"elapsed"', span)
        assert "/automations/0/when/after/span" not in problems(text, "toml")


@pytest.mark.parametrize(
    ("text", "line"),
    [("name =\nx = 1", 1), ('name = "desk"\ngiv', 2), ('name = "desk"\ngiv\n\n', 2), ("a = [\n1,\n", 2)],
)
def test_a_syntax_error_of_toml_has_its_line(text: str, line: int) -> None:
    assert problems(text, "toml")[""].line == line
