"""The base of the importers: hostile texts, parts that tell what was read, and names."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from ticketflow import (
    After,
    Automation,
    BusinessCalendar,
    Created,
    Elapsed,
    Rules,
    State,
    Transition,
    Workflow,
    actions,
    importers,
)
from ticketflow.documents.parsing import Plain
from ticketflow.errors import BadValueError, DefinitionError, DocumentError, MissingExtraError
from ticketflow.importers import Imported, Item, Part, System
from ticketflow.importers.desks import ALWAYS_OPEN, Draft
from ticketflow.importers.naming import Names
from ticketflow.importers.parts import Ledger
from ticketflow.importers.sources import plain_data


def _convert(parts: Sequence[Part]) -> Rules:
    for part in parts:
        for day in part.at("days").parts():
            name = day.text()
            if name == "other":
                day.changed(f"the day {name}", "calendars.default.week")
            elif name is not None:
                day.carried(f"the day {name}", "calendars.default.week")
        if part.at("closed").truth():
            raise part.at("closed").refused("the desk is closed", "open it")
        part.at("secret").left_out("the secret", "it is a secret")
        part.at("mood").carried("the mood", "nowhere")
    name = parts[0].at("name").word() or "x"
    calendar = BusinessCalendar("UTC", parts[0].at("week").text() or "mon 09:00-17:00")
    state = parts[0].at("state", "status").text() or "closed"
    return Rules(
        name,
        Workflow((State("open"), State(state, "closed")), (Transition("close", ("open",), state, may={"agent"}),)),
        calendar,
    )


SMALL = System("small", "Small", _convert, "a file")


def read(*sources: importers.Source) -> Imported:
    return importers.read_with(SMALL, *sources)


class TestSources:
    def test_json_and_yaml_and_parsed_data_are_the_same(self) -> None:
        json, yaml, parsed = '{"days": ["mon", "no"]}', "days: [mon, no]\n", {"days": ["mon", "no"]}
        assert read(json) == read(json.encode()) == read(yaml) == read(yaml.encode()) == read(parsed)

    def test_scalars_of_yaml_are_those_of_its_version_1_2(self) -> None:
        text = "a: on\nb: 12:30\nc: 2026-01-01\nd: ~\ne: 'true'\nf: 0x1F\ng: -5\nh: False\ni:\n  - x\n"
        expected = {
            "a": "on",
            "b": "12:30",
            "c": "2026-01-01",
            "d": None,
            "e": "true",
            "f": "0x1F",
            "g": -5,
            "h": False,
            "i": ["x"],
        }
        assert plain_data(text, "x") == expected

    def test_an_alias_stands_for_its_anchor(self) -> None:
        assert plain_data("a: &x [1]\nb: *x", "x") == {"a": [1], "b": [1]}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("a: 1\na: 2", "s:2: the key 'a' occurs twice in one mapping; keep one of them"),
            ("a: &x [*x]", "s:1: no anchor 'x' is complete; name one before"),
            ("a: !!python/object:os.system x", None),
            ("? [1]\n: 2", "s:1: a key is not a text; give texts as keys"),
            ("a: 1\n---\nb: 2", "s:2: there are several documents; give one"),
            ("a: [" * 40, "s:1: the text is nested more than 32 levels deep; nest it less"),
            ("a: {", "s:1: the text is not valid YAML"),
            ('a: "\\UFFFFFFFF"', "s: the text is not valid YAML: a character does not exist; correct it"),
            ("a: \x01", "s: the text is not valid YAML: a character is not allowed; correct it"),
            ("a" * 300_000, "s: the text has 300000 characters; give at most 262144"),
            (b"a: \xff", "s: the text is not UTF-8 at byte 3; save it as UTF-8"),
            (b" " * 5_000_000, "s: the text has 5000000 bytes; give at most 4194304"),
            ("a: " + "9" * 30, "s: a number has 100 bits; give integers that fit in 64 bits"),
            ('{"a": 1, "a": 2}', "s: the key 'a' occurs twice in one object; keep one of them"),
            ("{" + '"a": {' * 40, "s: the document is nested more than 32 levels deep; nest it less"),
            ("[1", "s: the document is not valid JSON: Expecting ',' delimiter at line 1, column 3; correct it there"),
            ({"a": {1: 2}}, "s: a key has the type int; give strings as keys"),
        ],
    )
    def test_hostile_sources_get_errors_of_the_library(self, text: importers.Source, message: str | None) -> None:
        with pytest.raises(DocumentError) as caught:
            plain_data(text, "s")
        assert message is None or str(caught.value).startswith(message), caught.value

    def test_aliases_that_multiply_are_too_many(self) -> None:
        lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
        with pytest.raises(DocumentError, match="more than 131072 values and keys"):
            plain_data("\n".join(lines), "s")

    def test_an_empty_text_has_nothing(self) -> None:
        assert plain_data("", "s") is None
        assert plain_data("a text", "s") == "a text"


class TestItems:
    def test_every_value_has_an_item(self) -> None:
        source = {"days": ["mon", 5], "id": 1, "more": {"a": 1, "b": []}, "secret": {"c": 1}, "week": "tue 09:00-10:00"}
        found = read(source)
        assert [(item.pointer, item.what, item.outcome, item.why) for item in found.items] == [
            ("/days/0", "the day mon", "carried", "calendars.default.week"),
            ("/days/1", "days", "left_out", "it is 5, not a text"),
            ("/id", "id", "left_out", "it is not read"),
            ("/more", "more", "left_out", "it is not read"),
            ("/secret", "the secret", "left_out", "it is a secret"),
        ]
        assert found.counts == {"carried": 1, "left_out": 4}
        assert found.of("carried") == (Item("source 1", "/days/0", "the day mon", "carried", "calendars.default.week"),)

    def test_a_part_can_have_another_meaning(self) -> None:
        [item] = read({"days": ["other"]}).items
        assert (item.outcome, item.pointer) == ("changed", "/days/0")

    def test_wrong_types_are_told(self) -> None:
        found = read({"days": "mon", "name": [], "closed": {}, "state": 1.5})
        assert [(item.pointer, item.why) for item in found.items] == [
            ("/days", "it is 'mon', not a list"),
            ("/name", "it is a list, not a text"),
            ("/closed", "it is an object, not true or false"),
            ("/state", "it is 1.5, not a text"),
        ]

    def test_null_says_nothing(self) -> None:
        assert read({"secret": None, "name": None}).items == ()

    def test_texts_that_people_see_are_readable(self) -> None:
        [item] = read({"a\u202e": 1}).items
        assert item.what == "a\\u202e"


class TestParts:
    def part(self, data: importers.Source) -> Part:
        return Part(plain_data(data, "s"), Ledger("s"))

    def test_numbers_and_truths_are_read_as_systems_write_them(self) -> None:
        part = self.part('{"a": 5, "b": "60", "c": 7.0, "d": "x", "e": true, "f": "1", "g": 0, "h": 2}')
        assert [part.at(key).number() for key in "abcde"] == [5, 60, 7, None, None]
        assert [part.at(key).truth() for key in "efgh"] == [True, True, False, None]
        assert [part.at(key).word() for key in "abe"] == ["5", "60", "true"]

    def test_a_part_that_is_missing_reads_as_nothing(self) -> None:
        part = self.part({"a": {"b": 1}})
        assert not part.at("x").at("y")
        assert (*part.at("x").parts(), *part.at("x").pairs()) == ()
        assert part.at("x", "a").at("b").number() == 1
        assert [(key, each.path) for key, each in part.at("a").pairs()] == [("b", ("a", "b"))]
        assert part.has("a")
        assert part.at("a").is_object()
        assert not part.is_list()
        assert part.at("a").at("b").parts() == ()
        assert part.at("a").at("b").pairs() == ()


class TestReading:
    def test_errors_of_definitions_are_those_of_documents(self) -> None:
        with pytest.raises(DocumentError, match="'Wrong State' is not a valid name"):
            read({"state": "Wrong State"})
        with pytest.raises(DocumentError, match="calendar of UTC: the calendar never opens"):
            read({"week": "mon"})
        with pytest.raises(DocumentError, match="source 1: '9' is not a time of day"):
            read({"week": "mon 9-5"})
        with pytest.raises(DocumentError, match="source 1: the desk is closed; open it"):
            read({"closed": True})
        with pytest.raises(DocumentError, match="tickets cannot leave it"):
            importers.read_with(System("x", "X", lambda _: Rules("x", Workflow((State("a"),)), {}), "a file"), {})

    def test_sources_and_names_belong_together(self) -> None:
        with pytest.raises(BadValueError, match="there is no source; give a file"):
            read()
        with pytest.raises(BadValueError, match="there are 1 sources and 2 names; name each source"):
            importers.read_with(SMALL, {}, names=["a", "b"])
        with pytest.raises(BadValueError, match="no system 'zendsk'"):
            importers.read("zendsk", {})
        assert importers.read("zendesk", {"triggers": []}).system in importers.system_names()
        found = importers.read_with(SMALL, {"a": 1}, names=["a.json"])
        assert str(found.items[0]) == "left out: a (a.json#/a): it is not read"
        assert 'name = "x"' in found.text

    def test_yaml_needs_its_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "yaml", None)
        monkeypatch.delitem(sys.modules, "ticketflow.importers.yaml_texts", raising=False)
        with pytest.raises(MissingExtraError) as raised:
            read("a: 1")
        assert str(raised.value) == "YAML files need the package pyyaml; install it with pip install 'ticketflow[yaml]'"

    def test_a_source_is_named_if_nothing_in_it_is_read(self) -> None:
        assert [(item.pointer, item.what) for item in read("5").items] == [("", "the source")]
        assert [(item.pointer, item.what) for item in read({"days": [], "name": [1]}).items] == [
            ("/name", "name"),
        ]
        assert [item.pointer for item in read([{"a": 1}]).items] == ["/0"]


class TestDrafts:
    def test_a_rule_that_the_library_refuses_is_left_out(self) -> None:
        ledger = Ledger("s")
        data: Plain = [{"move": "nowhere"}, {"move": "close"}]
        draft = Draft("x", Workflow((State("open"), State("closed", "closed")), (CLOSE,)), {"default": ALWAYS_OPEN})
        for part in Part(data, ledger).parts():
            name = part.at("move").text() or ""
            rule = Automation(f"to-{name}", After(Elapsed(days=1), Created()), (actions.Move(name),))
            part.carried(f"the move {name}", "automations")
            draft.rules.append((rule, part))
        assert [rule.id for rule in draft.finished().automations] == ["to-close"]
        assert [(item.pointer, item.what, item.outcome) for item in ledger.in_order(data)] == [
            ("/0", "rule to-nowhere", "left_out"),
            ("/1", "the move close", "carried"),
        ]

    def test_a_mistake_of_the_importer_is_an_error(self) -> None:
        rule = Automation("x", After(Elapsed(days=1), Created()), (actions.Move("nowhere"),))
        workflow = Workflow((State("open"), State("closed", "closed")), (CLOSE,))
        with pytest.raises(DefinitionError, match="no transition 'nowhere'"):
            Draft("x", workflow, {"default": ALWAYS_OPEN}, rules=[(rule, None)]).finished()


CLOSE = Transition("close", ("open",), "closed")


def test_names_are_valid_and_different() -> None:
    names = Names(longest=8)
    assert [names.name(text) for text in ("Ärger & Co", "aerger", "ärger co", "7 days", "***", "")] == [
        "arger-co",
        "aerger",
        "arger-2",
        "x7-days",
        "x",
        "x-2",
    ]


@pytest.mark.parametrize("name", importers.system_names())
def test_each_system_has_a_function_of_its_own(name: str) -> None:
    read = getattr(importers, f"read_{name}")
    with pytest.raises(BadValueError) as raised:
        read()
    assert importers.system(name).files in str(raised.value)
    with pytest.raises(DocumentError, match=r"nothing|no business hours"):
        read("{}", names=["empty.json"])
