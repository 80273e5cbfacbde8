"""Every part of a text has a line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

import pytest
import tomli_w

from tests.support.hostile_documents import corpus
from ticketflow.documents.locations import line_at, lines_of
from ticketflow.documents.paths import Path

TOML = '''# [not.a.table]
one = 1
"two words" = "[x] = 5 # no comment"
dotted . "key" . 'last' = """
a = 1
[b]
\\""" still within """""
'single' = \'\'\'
c = "\'\'\'\'\'
list = [ # of three
  1, [2, 3],
  { a = 1, b.c = [ 4,
    5, ] },
]
empty = []
none = {}
when = 2026-11-23T10:00:00Z

[table]
x = -1.5e3
  [ table . "sub.table" ]
  y = true
[[rows]]
n = 1
[rows.inner]
m = 2
[[rows.items]]
k = 1
[[rows.items]]
k = 2
[[rows]]
n = 3
[[rows.items]]
k = 3
'''


def paths(data: object, path: Path = ()) -> Iterator[Path]:
    yield path
    for key, held in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from paths(held, (*path, key))


def test_every_part_of_a_toml_text_has_a_line() -> None:
    data = tomllib.loads(TOML)
    lines = lines_of(TOML, "toml", paths(data))
    assert {path: lines[path] for path in paths(data)} == {
        (): 1,
        ("one",): 2,
        ("two words",): 3,
        ("dotted",): 4,
        ("dotted", "key"): 4,
        ("dotted", "key", "last"): 4,
        ("single",): 8,
        ("list",): 10,
        ("list", 0): 11,
        ("list", 1): 11,
        ("list", 1, 0): 11,
        ("list", 1, 1): 11,
        ("list", 2): 12,
        ("list", 2, "a"): 12,
        ("list", 2, "b"): 12,
        ("list", 2, "b", "c"): 12,
        ("list", 2, "b", "c", 0): 12,
        ("list", 2, "b", "c", 1): 13,
        ("empty",): 15,
        ("none",): 16,
        ("when",): 17,
        ("table",): 19,
        ("table", "x"): 20,
        ("table", "sub.table"): 21,
        ("table", "sub.table", "y"): 22,
        ("rows",): 23,
        ("rows", 0): 23,
        ("rows", 0, "n"): 24,
        ("rows", 0, "inner"): 25,
        ("rows", 0, "inner", "m"): 26,
        ("rows", 0, "items"): 27,
        ("rows", 0, "items", 0): 27,
        ("rows", 0, "items", 0, "k"): 28,
        ("rows", 0, "items", 1): 29,
        ("rows", 0, "items", 1, "k"): 30,
        ("rows", 1): 31,
        ("rows", 1, "n"): 32,
        ("rows", 1, "items"): 33,
        ("rows", 1, "items", 0): 33,
        ("rows", 1, "items", 0, "k"): 34,
    }


def test_every_part_of_a_json_text_has_a_line() -> None:
    text = '{ "a" :\n [1, "]\\"[",\n{"b\\n": null}\n, [ ]], "\\u00e9":{}}'
    lines = lines_of(text, "json", paths(json.loads(text)))
    assert lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 2,
        ("a", 2): 3,
        ("a", 2, "b\n"): 3,
        ("a", 3): 4,
        ("é",): 4,
    }


@pytest.mark.parametrize("text", ["5", " null", '"x"', "[]", "{}"])
def test_the_whole_is_on_the_first_line(text: str) -> None:
    assert lines_of(text, "json", [()]) == {(): 1}


def test_only_the_given_paths_are_returned() -> None:
    assert lines_of('{"a": {"b": 1, "c": 2}, "d": 3}', "json", [("a", "c"), ("x", "y")]).keys() == {
        (),
        ("a",),
        ("a", "c"),
    }


def test_a_missing_part_has_the_line_of_the_part_around_it() -> None:
    lines = lines_of('{"a":\n {"b": 1}}', "json", [("a", "c", 0)])
    assert line_at(("a", "c", 0), lines) == 1
    assert line_at(("a",), {}) is None


def test_the_scanners_read_whole_documents() -> None:
    for _, data in corpus():
        wanted = list(paths(data))
        for text in (json.dumps(data), json.dumps(data, indent=1)):
            assert lines_of(text, "json", wanted).keys() == set(wanted)
        if "null" not in json.dumps(data):
            for is_long in (True, False):
                written = tomli_w.dumps(data, multiline_strings=is_long)
                assert lines_of(written, "toml", wanted).keys() >= set(wanted)
