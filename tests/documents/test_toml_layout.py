"""6.1: a TOML document is laid out as people write it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketflow import documents
from ticketflow.documents.toml_layout import toml_text

BY_HAND = """\
format = "rules/1"
name = "desk"
clocks = [
    { name = "answer", measure = "first_response", targets = [{ time = { working_time = { hours = 4 } } }] },
    { name = "solution", measure = { resolution = { frozen = { state_is = ["waiting"] } } }, targets = [
        { time = { working_time = { hours = 8 } }, given = { field_is = { field = "priority", values = ["high"] } } },
        { time = { working_time = { hours = 16 } } },
    ] },
]

[workflow]
states = [
    { name = "open", labels = { en = "open", es = "Abierto" } },
    { name = "waiting", category = "pending", labels = { en = "waiting", es = "En espera" } },
    { name = "closed", category = "closed", labels = { en = "closed", es = "Cerrado" }, survey_open = true },
]
transitions = [
    { name = "ask", sources = ["open"], target = "waiting", may = ["agent"], needs = ["message"] },
    { name = "resume", sources = ["waiting"], target = "open", may = ["agent"] },
    { name = "close", sources = ["open", "waiting"], target = "closed", may = ["agent"] },
]
fields = [{ name = "priority", choices = ["low", "high"] }]
reopen = "resume"

[calendars.default]
zone = "Europe/Madrid"
week = "mon-fri 09:00-18:00"
public_holidays = { country = "ES" }

[calendars.night]
zone = "Europe/Madrid"
week = "mon-fri 22:00-06:00"

[[automations]]
id = "no-answer"
gate = "night"
labels = { en = "the customer does not answer", es = "El cliente no responde" }
since = { latest = ["entered", { last_message = "agent" }] }
given = { state_is = ["waiting"] }
rungs = [
    { after = { elapsed = { days = 2 } }, then = [{ send_message = { template = "still-there" } }] },
    { after = { business_days = { days = 5 } }, then = [
        { set_field = { field = "priority", value = "low" } },
        { send_message = { template = "closing", to = "person:o'brien@example.com" } },
        { move = "close" },
    ] },
]

[[automations]]
id = "reopen"
when = { on_message = "customer" }
then = [{ move = "resume" }]
given = { all = [
    { state_is = ["waiting"] },
    { not = { field_is = { field = "priority", values = ["low"] } } },
    { happened = { anchor = { last_message = "customer" }, at_least = 3 } },
] }

[[templates]]
name = "closing"

[templates.texts]
en = \"\"\"
The ticket {ticket} will be closed.

Please answer.\"\"\"
"""


def test_a_document_by_hand_comes_back_as_it_was() -> None:
    assert documents.write_toml(documents.read("rules", BY_HAND, written="toml")) == BY_HAND


KEYS = st.sampled_from(["id", "name", "a", "entered", "created", "b c", 'q"\n', "é"])
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


def with_bare_tags(value: Any) -> Any:  # noqa: ANN401 -- any plain value
    """Return a value in which tags without attributes stand alone, except at the keys of sections."""
    if isinstance(value, list):
        return [with_bare_tags(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value in ({"entered": {}}, {"created": {}}):
        return next(iter(value))
    return {key: with_bare_tags(held) for key, held in value.items()}


@given(st.dictionaries(st.sampled_from(["workflow", "calendars", "x", "name"]), PLAIN, max_size=4))
def test_the_text_holds_the_data(data: dict[str, Any]) -> None:
    assert with_bare_tags(tomllib.loads(toml_text(data))) == with_bare_tags(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "\n"),
        ({"workflow": {}}, "workflow = {}\n"),
        ({"workflow": {"states": []}}, "[workflow]\nstates = []\n"),
        ({"x": {"y": {}}}, "[x]\ny = {}\n"),
        ({"x": {"y": {"on_wake": {}}}}, '[x]\ny = "on_wake"\n'),
    ],
)
def test_empty_tables(data: dict[str, Any], text: str) -> None:
    assert toml_text(data) == text


def test_a_long_array_of_names_has_one_on_each_line() -> None:
    names = [f"state-number-{number}" for number in range(9)]
    lines = toml_text({"x": {"sources": names}}).splitlines()
    assert lines == ["[x]", "sources = [", *(f'    "{name}",' for name in names), "]"]


def test_a_table_that_fits_no_line_is_a_section() -> None:
    long = "word " * 20
    text = toml_text({"x": [{"name": "a", "texts": {"en": long, "es": long}}]})
    assert text == f'[[x]]\nname = "a"\n\n[x.texts]\nen = "{long}"\nes = "{long}"\n'


def test_a_row_that_fits_no_line_has_one_value_on_each() -> None:
    word = "word " * 30
    lines = toml_text({"x": {"rows": [[word, 1], ["short", 2]]}}).splitlines()
    assert lines[1:] == ["rows = [", "    [", f'        "{word}",', "        1,", "    ],", '    ["short", 2],', "]"]
