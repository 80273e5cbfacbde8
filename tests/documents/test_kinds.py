"""Documents of all kinds come back equal, and all problems of a document are reported with their places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import pytest

from tests.support.complete_rule_set import AT, COMMANDS, ENTRIES, EVENTS, EVERYTHING
from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.hostile_documents import comes_back
from tests.support.random_lives import HOUR, seeded, taken
from ticketflow import (
    Automation,
    Elapsed,
    Field,
    Measure,
    Message,
    OnChange,
    Policy,
    Refused,
    Rules,
    StateIs,
    Template,
    Ticket,
    actions,
    commands,
    documents,
    evaluate,
    explain,
    handle,
    read_all,
    report,
    sla,
)
from ticketflow.analysis.findings import Finding, make_witness
from ticketflow.documents import KINDS, plain, read, write, write_toml
from ticketflow.documents.conversion import history_digest, read_plain, shown_plain, write_plain
from ticketflow.documents.introspection import attributes
from ticketflow.documents.parsing import DEEPEST, MOST_BYTES, Format, Fractional, parse
from ticketflow.documents.reading import all_problems, read_line
from ticketflow.documents.scalars import parse_instant, read_date, write_instant
from ticketflow.documents.tags import BARE, TAGS
from ticketflow.errors import BadValueError, DocumentError, HistoryError, Problem
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.presets.registry import preset, preset_names
from ticketflow.rules.actions import Move, RecordBreach, RecordWarning, SendMessage, SetField, Wake
from ticketflow.rules.automations import action_steps
from ticketflow.service.intake import Advance, Append, FollowUp, Load, OpenNew, Reopen, Route, SetAside, Surface
from ticketflow.tickets.anchors import Resumed
from ticketflow.tickets.events import TimeReason


def small(**changes: object) -> dict[str, Any]:
    """Return the plain data of a small rule set, parts of it changed."""
    states = [{"name": "open"}, {"name": "closed", "category": "closed"}]
    row = {"name": "close", "sources": ["open"], "target": "closed", "may": ["agent"]}
    return {
        "format": "rules/1",
        "name": "small",
        "workflow": {"states": states, "transitions": [row]},
        "calendars": {"default": {"zone": "UTC", "week": "mon-fri 09:00-18:00"}},
    } | changes


def rule(**parts: object) -> dict[str, Any]:
    return {"id": "tell", "when": {"on_message": "agent"}, "then": [{"send_message": {"template": "x"}}]} | parts


def problems(text: str | bytes | dict[str, Any], written: Format = "json", kind: str = "rules") -> list[Problem]:
    """Return what is wrong with a document."""
    if isinstance(text, dict):
        text = json.dumps(text)
    with pytest.raises(DocumentError) as caught:
        read(kind, text, name="x", written=written)
    return list(caught.value.problems)


def told(text: str | bytes | dict[str, Any], written: Format = "json", kind: str = "rules") -> list[tuple[Any, ...]]:
    return [(each.code, each.pointer, each.line) for each in problems(text, written, kind)]


@cache
def desks() -> dict[str, Rules]:
    return {name: preset(name)() for name in preset_names()} | {"everything": EVERYTHING}


class TestRoundTrip:
    @pytest.mark.parametrize("name", [*preset_names(), "everything"])
    def test_rule_sets_come_back_from_json_and_from_toml(self, name: str) -> None:
        rules = desks()[name]
        text = comes_back("rules", rules)
        assert read("rules", text).digest == rules.digest
        from_toml = read("rules", write_toml(rules), written="toml")
        assert (from_toml, from_toml.digest, write(from_toml)) == (rules, rules.digest, text)
        assert documents.digest(from_toml) == documents.digest(rules)

    def test_every_event_entry_and_command_comes_back(self) -> None:
        for event in EVENTS:
            comes_back("event", event)
        for entry in ENTRIES:
            comes_back("entry", entry)
        for command in COMMANDS:
            comes_back("command", command)
        assert {type(event) for event in EVENTS} == set(KINDS["event"].__args__)
        assert {type(command) for command in COMMANDS} == set(KINDS["command"].__args__)

    def test_every_action_comes_back(self) -> None:
        actions = {action for each in EVERYTHING.automations for step in action_steps(each) for action in step}
        actions |= {RecordBreach("solving"), RecordWarning("solving"), Wake(), SetField("x", None), SetField("x", AT)}
        for action in actions:
            comes_back("action", action)
        assert {type(action) for action in actions} == set(KINDS["action"].__args__)

    @pytest.mark.parametrize("number", range(4))
    def test_tickets_plans_and_reports_come_back(self, number: int) -> None:
        world = seeded(number)
        ticket = taken(world)
        comes_back("ticket", ticket)
        comes_back("plan", evaluate(world.end, ticket, world.rules))
        for explained in explain(world.end, ticket, world.rules):
            comes_back("explanation", explained)
        comes_back("report", report(world.end, ticket, world.rules))

    def test_readings_reasons_and_findings_come_back(self) -> None:
        opened = commands.Open("T-1", message=Message("m0"), at=AT, by=CUSTOMER)
        ticket = handle(None, opened, EVERYTHING).unwrap().ticket
        for name in ("solving", "asks", "updates"):
            for reading in read_all(AT + 30 * HOUR, ticket, EVERYTHING.clock(name)):
                comes_back("reading", reading)
        stale = commands.Assign("ana", at=AT + HOUR, by=ANA, expected_version=0)
        refused = handle(ticket, stale, EVERYTHING)
        assert isinstance(refused, Refused)
        for reason in refused.reasons:
            comes_back("reason", reason)
        assert refused.reasons[0].between
        witness = make_witness((opened,), AT + HOUR, EVERYTHING)
        comes_back("finding", Finding("x", "info", ("automations", "ação"), "one\ntwo", "why", "fix", witness, "all"))
        comes_back("finding", Finding("x", "error", (), "", "", ""))

    def test_routes_and_reasons_come_back(self) -> None:
        routes: list[Route] = [
            Append("T"),
            Reopen("T"),
            Surface("T"),
            FollowUp("T"),
            OpenNew("new"),
            OpenNew(),
            SetAside("T"),
            Load("T", ("U", "V")),
            Advance("T"),
        ]
        for route in routes:
            assert read_plain(write_plain(route, Route), Route) == route
        why = TimeReason(Resumed(), AT, Elapsed(days=2))
        assert read_plain(write_plain(why, TimeReason), TimeReason) == why

    def test_these_tests_cover_every_class_with_a_tag(self) -> None:
        seen: set[type] = set()

        def look(value: object) -> None:
            kind: Any = type(value)
            if attrs.has(kind):
                seen.add(kind)
                for name in attributes(kind):
                    look(getattr(value, name))
            elif isinstance(value, tuple | list | frozenset):
                for each in value:
                    look(each)
            elif isinstance(value, dict):
                look(tuple(value.values()))

        look((EVERYTHING, *EVENTS, *(entry.cause for entry in ENTRIES), Wake(), RecordBreach("x"), RecordWarning("x")))
        seen |= {Append, Reopen, Surface, FollowUp, OpenNew, SetAside, Load, Advance, Resumed}
        assert {kind.__name__ for kind in TAGS.keys() - seen} == {"AtSnoozeEnd"}, "no document has it"

    def test_forty_follow_ups_of_follow_ups_name_the_one_before(self) -> None:
        ticket: Ticket | None = None
        for number in range(41):
            at = AT + number * 9 * HOUR
            if ticket is None:
                opening: Any = commands.Open("T-0", message=Message("m0"), at=at, by=CUSTOMER, state="busy", fields={})
                opening = attrs.evolve(opening, by=ANA, fields=FrozenMap({"level": 1}))
                ticket = handle(None, opening, GENERATIONS).unwrap().ticket
            else:
                again = commands.FollowUp(f"T-{number}", message=Message(f"m{number}"), at=at, by=CUSTOMER)
                created = handle(ticket, again, GENERATIONS).unwrap().created
                assert created is not None
                ticket = created
            ticket = handle(ticket, commands.Move("end", at=at + HOUR, by=ANA), GENERATIONS).unwrap().ticket
        text = comes_back("ticket", ticket)
        (opened,) = [each for each in json.loads(text)["entries"][0]["events"] if "opened" in each]
        assert len(text) < 1_500
        assert ticket is not None
        assert ticket.earlier is not None
        digest = history_digest(ticket.earlier)
        assert opened["opened"]["earlier"] == {"ticket": "T-39", "version": 2, "digest": digest}
        back = read("ticket", text)
        assert back.earlier == ticket.earlier
        with pytest.raises(
            HistoryError, match=r"^history of ticket 'T-39', entry 0: the history was not loaded; read "
        ):
            next(iter(back.earlier or ()))

    def test_the_canonical_text_is_the_same_in_every_process(self) -> None:
        code = (
            "from tests.support.complete_rule_set import EVERYTHING, COMMANDS, ENTRIES;"
            "from ticketflow.documents import digest;"
            "from ticketflow.presets import preset, preset_names;"
            "print(*map(digest, (EVERYTHING, *COMMANDS, *ENTRIES, *(preset(name)() for name in preset_names()))))"
        )
        here = [documents.digest(each) for each in (EVERYTHING, *COMMANDS, *ENTRIES)]
        here += [documents.digest(desks()[name]) for name in preset_names()]
        for seed, zone, language in (("1", "Asia/Kathmandu", "C"), ("77", "America/Lima", "es_ES.UTF-8")):
            world = os.environ | {
                "PYTHONHASHSEED": seed,
                "TZ": zone,
                "LANG": language,
                "PYTHONPATH": os.pathsep.join(sys.path),
            }
            shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=world)
            assert shown.stdout.split() == here

    def test_defaults_are_left_out_and_keys_sorted(self) -> None:
        assert write(Move("close")) == '{"format":"action/1","move":"close"}'
        assert write(SendMessage("x", "owner")) == '{"format":"action/1","send_message":{"template":"x","to":"owner"}}'
        assert write(Wake()) == '{"format":"action/1","wake":{}}'
        assert plain(SetField("f", None)) == {"format": "action/1", "set_field": {"field": "f", "value": None}}
        assert write(SetField("f", AT)).endswith('{"field":"f","value":{"instant":"2026-11-23T10:00:00.000001Z"}}}')

    def test_toml_writes_null_as_nothing(self) -> None:
        assert "nothing = true" in write_toml(EVERYTHING)
        null = json.dumps(plain(EVERYTHING))
        assert "null" in null
        assert read("rules", null.replace("null", '{"nothing": true}')) == EVERYTHING

    def test_a_document_can_name_its_schema(self) -> None:
        assert read("rules", json.dumps(small() | {"$schema": "rules.schema.json"})).name == "small"

    def test_other_types_and_kinds_are_refused(self) -> None:
        with pytest.raises(BadValueError, match="no document holds a value of type int; give: rules, ticket"):
            write(5)
        with pytest.raises(BadValueError, match="no kind of document 'rulez'; did you mean 'rules'"):
            read("rulez", "{}")

    def test_messages_show_any_value(self) -> None:
        shown = shown_plain({"at": AT, "both": (None, Fractional("1.5"), Move("x\u202e"))})
        assert shown == '{"at": "2026-11-23T10:00:00.000001Z", "both": [null, "1.5", {"move": "x\\u202e"}]}'


GENERATIONS = attrs.evolve(  # whose agents can close at once, so that there is something to follow
    EVERYTHING,
    workflow=attrs.evolve(
        EVERYTHING.workflow,
        states=tuple(attrs.evolve(each, masks=(), freezes=()) for each in EVERYTHING.workflow.states),
        transitions=(
            *EVERYTHING.workflow.transitions,
            attrs.evolve(EVERYTHING.workflow.transitions[4], name="end", sources=("new", "busy"), target="closed"),
        ),
    ),
    automations=(),
    clocks=(),
)


class TestHeader:
    @pytest.mark.parametrize(
        ("given", "what"),
        [
            ({}, "the format is missing"),
            ({"format": "rules/2"}, "the format is 'rules/2'"),
            ({"format": "ticket/1"}, "the format is 'ticket/1'"),
            ({"format": 1}, "the format is 1"),
            ({"format": ["rules/1"]}, "the format is ['rules/1']"),
        ],
    )
    def test_a_document_needs_its_format(self, given: dict[str, Any], what: str) -> None:
        (problem,) = problems(given)
        assert (problem.code, problem.pointer, problem.what) == ("wrong_format", "/format", what)
        assert problem.fix == 'write "format": "rules/1"'

    @pytest.mark.parametrize("text", ["[]", "5", '"rules/1"', "null", "true"])
    def test_a_document_is_an_object(self, text: str) -> None:
        assert told(text) == [("wrong_type", "", 1)]

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_refuses_a_document_without_its_format(self, kind: str) -> None:
        with pytest.raises(DocumentError, match=f'the format is missing; write "format": "{kind}/1"'):
            read(kind, "{}")


class TestEverythingAtOnce:
    def test_unknown_and_missing_keys_are_reported_with_a_fix(self) -> None:
        given = small(naem="x", workflow={"states": [{"nmae": "open"}]})
        del given["name"]
        found = [(each.pointer, each.what, each.fix) for each in problems(given)]
        assert found == [
            ("/name", "the key is missing", "add it"),
            ("/naem", "no key 'naem'", "did you mean 'name'?"),
            ("/workflow/states/0/name", "the key is missing", "add it"),
            ("/workflow/states/0/nmae", "no key 'nmae'", "did you mean 'name'?"),
        ]

    def test_the_lines_of_a_json_document(self) -> None:
        text = """{
 "format": "rules/1",
 "name": "small",
 "workflow": {"states": [{"name": "open"},
   {"name": "Closed",
    "category": "clsoed"}]},
 "calendars": {
  "default": {"zone": "Europe",
   "week": "mon-fri 9:00-18:00"}},
 "automations": [
  {"id": "a", "when": {"on_mesage": "agent"}, "then": []},
  {"id": "b", "when": {"after": {"span": {"elapsed": {"hours": true}}, "since": "created"}},
   "then": ["wake", {"move": 5},
    {"send_message": {}}]}]}"""
        assert told(text) == [
            ("unknown_name", "/workflow/states/1/category", 6),
            ("bad_value", "/calendars/default/week", 9),
            ("unknown_name", "/automations/0/when", 11),
            ("wrong_type", "/automations/1/when/after/span/elapsed/hours", 12),
            ("wrong_type", "/automations/1/then/1/move", 13),
            ("missing_key", "/automations/1/then/2/send_message/template", 14),
        ]

    def test_the_lines_of_a_toml_document(self) -> None:
        text = '''format = "rules/1"  # [not a table]
name = """
[neither]
"""

[workflow]
states = [
  { name = "open" },  # a comment, with a ]
  { name = "closed",
    category = "clsoed" },
]

[[workflow.transitions]]
name = "close"
sources = ["open"]
target = 5

[[workflow.transitions]]
nmae = 'x'

[workflow."permissions".'rate']
may = "customer"

[calendars.default]
zone = "UTC"
week . x = 1

[calendars]
"a.b" = { zone = "Europe/Madrid", week = 5 }

[[automations]]
id = "a"
when.on_message = "nobody"
then = [
  "wake",
  { move = [
      1, ] },
]
'''.replace("    category", "    category").replace('"open" },  #', '"open" },  #')
        text = text.replace('{ name = "closed",\n    category = "clsoed" }', '{ name = "closed", category = "clsoed" }')
        text = text.replace("[calendars]\n", "[calendars.other]\nzone = 5\nweek = ''\n\n[calendars]\n", 1)
        text = text.replace(
            '[calendars]\n"a.b" = { zone = "Europe/Madrid", week = 5 }', '[calendars."a.b"]\nzone = "Mars"\nweek = 5'
        )
        assert told(text, "toml") == [
            ("unknown_name", "/workflow/states/1/category", 9),
            ("wrong_type", "/workflow/transitions/0/target", 15),
            ("missing_key", "/workflow/transitions/1/name", 17),
            ("missing_key", "/workflow/transitions/1/sources", 17),
            ("missing_key", "/workflow/transitions/1/target", 17),
            ("unknown_key", "/workflow/transitions/1/nmae", 18),
            ("wrong_type", "/workflow/permissions/rate/may", 21),
            ("wrong_type", "/calendars/default/week", 25),
            ("wrong_type", "/calendars/other/zone", 28),
            ("wrong_type", "/calendars/a.b/week", 33),
            ("unknown_name", "/automations/0/when/on_message", 37),
            ("wrong_type", "/automations/0/then/1/move", 40),
        ]

    def test_problems_of_definitions_have_pointers(self) -> None:
        wrong = [
            rule(calendar="ofice", given={"state_is": ["opne"]}),
            rule(id="tell"),
            {"id": "l", "since": {"entered": {"state": "x"}}, "given": "is_assigned", "rungs": []},
        ]
        found = [
            (each.place, each.what, each.fix) for each in problems(small(automations=wrong, occurrences_per_call=0))
        ]
        assert found == [
            ("x:1, occurrences_per_call", "it is 0", "give a whole number from 1 to 100000"),
            ("x:1, automations[0].calendar", "no calendar 'ofice'", "there are: default"),
            ("x:1, automations[0].given", "no state 'opne'", "did you mean 'open'?"),
            ("x:1, automations[1]", "another rule has the id 'tell'", "give each rule its own id"),
            ("x:1, automations[2].since", "no state 'x'", "there are: closed, open"),
            ("x:1, automations[2].rungs", "the ladder has no rungs", "give at least one"),
        ]

    @pytest.mark.parametrize("name", ["a', workflow.states[0] 'b", 'say "no", it', "it's", "x, automations[7]", "\\"])
    def test_pointers_do_not_depend_on_the_name_of_the_rule_set(self, name: str) -> None:
        assert told(small(name=name, automations=[rule(gate="x")])) == [("unknown_name", "/automations/0/gate", 1)]

    def test_names_with_quotes_have_pointers(self) -> None:
        workflow = small()["workflow"] | {"permissions": {"don't": {"may": ["agent"]}, "a\"b'c/~": {"may": ["x"]}}}
        found = {each.pointer for each in problems(small(workflow=workflow))}
        assert found == {
            "/workflow/permissions/don't",
            "/workflow/permissions/a\"b'c~1~0",
            "/workflow/permissions/a\"b'c~1~0/may",
        }

    def test_a_calendar_that_never_opens_has_a_pointer(self) -> None:
        assert told(small(calendars={"x": {"zone": "UTC", "week": ""}})) == [("bad_value", "/calendars/x", 1)]

    def test_at_most_fifty_problems_are_reported(self) -> None:
        assert len(problems(small(automations=[rule(id=f"a{number}", gate="x") for number in range(200)]))) == 50
        assert len(problems(small() | {f"k{number}": 1 for number in range(200)})) == 50
        assert len(problems(small(automations=[{}] * 200))) == 50

    def test_problems_are_available_as_plain_data(self) -> None:
        with pytest.raises(DocumentError) as caught:
            read("rules", "{}", name="x.json")
        assert list(all_problems(caught.value)) == [
            {
                "place": "x.json:1, format",
                "what": "the format is missing",
                "fix": 'write "format": "rules/1"',
                "code": "wrong_format",
                "pointer": "/format",
                "line": 1,
            }
        ]

    @pytest.mark.parametrize(
        ("text", "written", "line"),
        [('{\n"a": 1,\n"b": }', "json", 3), ("a = 1\nb = [\n", "toml", 2), ("a = 1\n\n= 2", "toml", 3)],
    )
    def test_a_syntax_error_has_a_line(self, text: str, written: Format, line: int | None) -> None:
        (problem,) = problems(text, written)
        assert (problem.code, problem.line) == (f"not_{written}", line)


class TestChoices:
    @pytest.mark.parametrize(
        ("given", "code", "what"),
        [
            ("state_is", "wrong_type", "the tag 'state_is' has no attributes"),
            ("is_asigned", "unknown_name", "no tag 'is_asigned'"),
            (5, "wrong_type", "the value is 5"),
            (None, "wrong_type", "the value is None"),
            ({}, "wrong_type", "the value is an object"),
            ({"not": "is_hidden", "all": []}, "wrong_type", "the value is an object"),
            ({"is_hidden": []}, "wrong_type", "the value is a list"),
            ({"state_is": "open"}, "wrong_type", "the value is 'open'"),
        ],
    )
    def test_a_choice_needs_a_known_tag(self, given: object, code: str, what: str) -> None:
        (problem,) = problems(small(automations=[rule(given=given)]))
        assert (problem.code, problem.what) == (code, what)

    def test_a_bare_tag_and_an_empty_object_are_equal(self) -> None:
        ways: list[object] = ["is_hidden", {"is_hidden": {}}]
        texts = [json.dumps(small(automations=[rule(given=each)])) for each in ways]
        one, other = (read("rules", text) for text in texts)
        assert one == other

    @pytest.mark.parametrize(
        ("given", "pointer", "what"),
        [
            ({"id": "x", "then": []}, "/automations/0", "the object does not have rungs or when"),
            (5, "/automations/0", "the value is 5"),
            ({"id": "x", "when": "on_wake", "rungs": []}, "/automations/0/since", "the key is missing"),
        ],
    )
    def test_a_choice_without_tags_needs_a_deciding_key(self, given: object, pointer: str, what: str) -> None:
        found = problems(small(automations=[given]))
        assert (found[0].pointer, found[0].what) == (pointer, what)

    @pytest.mark.parametrize("do", [None, 5, "asign", ["assign"]])
    def test_a_command_needs_its_name(self, do: object) -> None:
        text = json.dumps({"format": "command/1", "do": do})
        assert told(text, kind="command") == [("unknown_name", "/do", 1)]

    def test_every_class_with_one_attribute_is_bare_or_a_tag(self) -> None:
        for kind, name in BARE.items():
            assert name in attributes(kind)
            assert all(field.default is not attrs.NOTHING for key, field in attributes(kind).items() if key != name)


class TestParts:
    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ({}, "missing_key"),
            ({"hours": 1.5}, "wrong_type"),
            ({"hours": True}, "wrong_type"),
            ({"hours": "1"}, "wrong_type"),
            ({"weeks": 1}, "unknown_key"),
            ({"days": 2**62}, "bad_value"),
            ({"hours": -1}, "bad_value"),
            ("2h", "wrong_type"),
            (7200, "wrong_type"),
        ],
    )
    def test_durations_are_integers_of_units(self, amount: object, code: str) -> None:
        (problem,) = problems(
            small(automations=[rule(when={"after": {"span": {"elapsed": amount}, "since": "created"}})])
        )
        assert problem.code == code

    def test_working_time_has_no_days(self) -> None:
        found = problems(
            small(automations=[rule(when={"after": {"span": {"working_time": {"days": 1}}, "since": "created"}})])
        )
        assert [each.what for each in found] == ["no key 'days'"]

    @pytest.mark.parametrize(
        "text",
        [
            *("2026-11-23", "2026-11-23T10:00Z", "2026-11-23T10:00:00", "2026-W48-1T10:00:00Z", "20261123T100000Z"),
            *("2026-11-23T10:00:00,5Z", "2026-11-23T10:00:00.1234567Z", "2026-11-23T24:00:00Z", "2026-02-30T10:00:00Z"),
            *("2026-11-23T10:00:60Z", "2026-11-23T10:00:00+0300", "2026-11-23T10:00:00+25:00", " 2026-11-23T10:00:00Z"),
            *("2026-11-23T10:00:00Z\n", "٢٠٢٦-11-23T10:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01"),
            *("9999-12-31T23:59:59-00:01", "now", ""),
        ],
    )
    def test_instants_have_one_form_and_an_offset(self, text: str) -> None:
        given = {"format": "command/1", "do": "give_back", "at": text, "by": {"role": "agent", "id": "ana"}}
        assert told(given, kind="command") == [("bad_value", "/at", 1)]

    @pytest.mark.parametrize(
        "text", ["2026-11-23T07:00:00-03:00", "2026-11-23t10:00:00z", "2026-11-23 10:00:00.000000Z"]
    )
    def test_other_forms_of_rfc_3339_are_read(self, text: str) -> None:
        assert parse_instant(text) == utc(2026, 11, 23, 10)
        assert write_instant(parse_instant(text)) == "2026-11-23T10:00:00Z"

    @pytest.mark.parametrize("text", ["2026-2-3", "20260203", "2026-W05-2", "2026-02-30", "12-24 ", 5, None])
    def test_dates_have_one_form(self, text: object) -> None:
        with pytest.raises(BadValueError):
            read_date(text)

    def test_shifts_that_have_no_text_are_objects(self) -> None:
        week = json.loads(write(EVERYTHING))["calendars"]["long"]["week"]
        assert week[1] == [{"opens": {"hours": 9}, "closes": {"days": 1, "hours": 9}}]
        wrong = [
            [],
            [{"opens": {"hours": 9}, "close": 5}],
            5,
            "x",
            [5],
            [{"opens": {"hours": 30}, "closes": {"days": 2}}],
            [],
        ]
        found = [(code, pointer) for code, pointer, _ in told(small(calendars={"x": {"zone": "UTC", "week": wrong}}))]
        assert found == [
            ("unknown_key", "/calendars/x/week/1/0/close"),
            ("wrong_type", "/calendars/x/week/2"),
            ("bad_value", "/calendars/x/week/3"),
            ("wrong_type", "/calendars/x/week/4/0"),
            ("bad_value", "/calendars/x/week/5/0"),
        ]

    def test_a_week_too_long_for_a_text_is_a_list_of_days(self) -> None:
        hours = [" ".join(f"{hour:02}:{day:02}-{hour:02}:30" for hour in range(24)) for day in range(7)]
        calendar = {"zone": "UTC", "week": hours}
        rules = read("rules", json.dumps(small(calendars={"x": calendar})))
        assert json.loads(write(rules))["calendars"]["x"]["week"] == hours

    @pytest.mark.parametrize(
        "value", [1.5, {"instant": 5}, {"instant": "2026-11-23"}, {"at": 1}, [1], {}, "x" * 65_537, {"nothing": False}]
    )
    def test_fields_hold_plain_values(self, value: object) -> None:
        given = {"format": "action/1", "set_field": {"field": "x", "value": value}}
        assert [pointer for _, pointer, _ in told(given, kind="action")] in (
            ["/set_field/value"],
            ["/set_field/value/instant"],
        ) or isinstance(value, dict)

    def test_unknown_countries_are_refused(self) -> None:
        for country in ("HolidayBase", "NYSE", "us", "", "BRA ", "__class__", None, 5):
            calendar = {"zone": "UTC", "week": "mon 09:00-10:00", "public_holidays": {"country": country}}
            (found,) = told(small(calendars={"x": calendar}))
            assert found[1].startswith("/calendars/x/public_holidays")
        for place in (
            {"country": "BR", "subdivision": "XX"},
            {"country": "BR", "subdivision": 5},
            {"country": "BR", "x": 1},
        ):
            calendar = {"zone": "UTC", "week": "mon 09:00-10:00", "public_holidays": place}
            assert len(told(small(calendars={"x": calendar}))) == 1

    def test_a_document_can_list_public_holidays(self) -> None:
        own = {"country": "Atlantis", "names": {"2026-11-24": "Flood"}, "first_year": 2026, "last_year": 2027}
        calendar = {"zone": "UTC", "week": "mon-fri 09:00-18:00", "public_holidays": own}
        rules = read("rules", json.dumps(small(calendars={"default": calendar})))
        assert not rules.calendars["default"].is_open(utc(2026, 11, 24, 10))
        assert json.loads(write(rules))["calendars"]["default"]["public_holidays"] == own
        for first, last in ((0, 1), (2027, 2026), (2026, 9999), (-5, 5)):
            wrong = calendar | {"public_holidays": own | {"first_year": first, "last_year": last}}
            assert told(small(calendars={"default": wrong})) == [("bad_value", "/calendars/default/public_holidays", 1)]


class TestLimits:
    def test_bytes(self) -> None:
        text = json.dumps(small()).encode()
        assert read("rules", text + b" " * (MOST_BYTES - len(text)))
        (problem,) = problems(text + b" " * (MOST_BYTES - len(text) + 1))
        assert (problem.code, problem.fix) == ("too_large", f"give at most {MOST_BYTES}")

    @pytest.mark.parametrize(
        ("path", "item", "most"),
        [
            (("automations",), lambda n: rule(id=f"a{n}"), 1_000),
            (("templates",), lambda n: {"name": f"t{n}", "texts": {"en": "x"}}, 1_000),
            (("clocks",), lambda n: {"name": f"c{n}", "measure": {"runs": "is_assigned"}}, 100),
            (("workflow", "fields"), lambda n: {"name": f"f{n}"}, 500),
            (("workflow", "outside_events"), lambda n: f"e{n}", 500),
            (("workflow", "groups"), lambda n: f"g{n}", 200),
            (("workflow", "lists"), lambda n: {"name": f"l{n}", "shows": "is_assigned"}, 200),
        ],
    )
    def test_counts(self, path: tuple[str, ...], item: Callable[[int], object], most: int) -> None:
        def given(count: int) -> dict[str, Any]:
            made = small()
            holder = made if len(path) == 1 else made[path[0]]
            holder[path[-1]] = [item(number) for number in range(count)]
            return made

        read("rules", json.dumps(given(most)))
        assert told(given(most + 1)) == [("too_many", "/" + "/".join(path), 1)]

    def test_other_lists_and_objects(self) -> None:
        many = [{"after": {"elapsed": {"days": day}}, "then": ["wake"]} for day in range(1, 1_002)]
        ladder = {"id": "l", "since": "created", "given": "is_assigned"}
        read("rules", json.dumps(small(automations=[ladder | {"rungs": many[:-1]}])))
        assert told(small(automations=[ladder | {"rungs": many}])) == [("too_many", "/automations/0/rungs", 1)]
        days = {f"{year}-01-{day:02}": "x" for year in range(1700, 2100) for day in range(1, 26)}
        calendar = {"zone": "UTC", "week": "mon 09:00-10:00", "holidays": days}
        read("rules", json.dumps(small(calendars={"default": calendar})))
        one_more = calendar | {"holidays": days | {"2026-12-31": "x"}}
        assert told(small(calendars={"x": one_more})) == [("too_many", "/calendars/x/holidays", 1)]
        stretch = ["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"]
        read("rules", json.dumps(small(calendars={"default": {"stretches": [stretch] * 1_001}})))
        short = {"stretches": [stretch[:1]]}
        assert told(small(calendars={"x": short})) == [("bad_value", "/calendars/x/stretches", 1)]

    def test_hours(self) -> None:
        hour = {"opens": {"hours": 1}, "closes": {"hours": 2}}
        for week, is_fine in (
            (" " * 1_000, False),
            ("mon 01:00-02:00" + " " * 985, True),
            ("mon 01:00-02:00" + " " * 986, False),
        ):
            given = json.dumps(small(calendars={"default": {"zone": "UTC", "week": week}})).encode()
            if is_fine:
                read("rules", given)
            else:
                assert problems(given)[0].pointer in ("/calendars/default/week", "/calendars/default")
        read("rules", json.dumps(small(calendars={"default": {"zone": "UTC", "week": [[hour] * 50, *[""] * 6]}})))
        over = {"zone": "UTC", "week": [[hour] * 51, *[""] * 6]}
        assert told(small(calendars={"default": over})) == [("too_many", "/calendars/default/week/0", 1)]

    def test_countries(self) -> None:
        places = [
            {"country": "BR", "subdivision": each}
            for each in ("AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG")
        ]
        places += [
            {"country": "BR", "subdivision": each} for each in ("MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ", "RN")
        ]

        def given(found: list[dict[str, str]], **more: object) -> dict[str, Any]:
            calendars = {
                f"c{n}": {"zone": "UTC", "week": "mon 09:00-10:00", "public_holidays": p} for n, p in enumerate(found)
            }
            return small(calendars=calendars, **more)

        assert len(places) == 20
        assert told(given(places, snoozing={"zone": "x"})) == [("bad_value", "/snoozing", 1)], (
            "no public holidays were computed"
        )
        over = [*places, {"country": "BR", "subdivision": "RO"}]
        assert told(given(over)) == [("too_many", "/calendars", 1)]

    def test_nesting(self) -> None:
        def nested(depth: int) -> object:
            given: object = "is_assigned"
            for _ in range(depth):
                given = {"not": given}
            return given

        read("rules", json.dumps(small(automations=[rule(given=nested(12))])))
        assert told(small(automations=[rule(given=nested(13))])) == [("bad_value", "/automations/0", 1)]
        deep: Any = 1
        for _ in range(DEEPEST):
            deep = [deep]
        assert parse(json.dumps(deep), "x").data == deep
        assert [each.code for each in problems(json.dumps([deep]))] == ["too_deep"]

    def test_calendars_of_calendars(self) -> None:
        def within(depth: int) -> dict[str, Any]:
            calendar: Any = {"zone": "UTC", "week": "mon 09:00-10:00"}
            for _ in range(depth):
                calendar = {"how": "union", "left": calendar, "right": {"zone": "UTC", "week": "tue 09:00-10:00"}}
            return small(calendars={"default": calendar})

        rules = read("rules", json.dumps(within(24)))
        comes_back("rules", rules)
        assert told(within(25)) == [("bad_value", "/calendars/default", 1)]

    def test_toml_headers_count_as_nesting(self) -> None:
        path = ".".join("abcdefghijklmnopqrstuvwxyz")
        for text in (
            f"[{path}]\n{path} = 1",
            f"[[{path}]]\n# [x]\n  [[{path}.x]]\n{'y.' * 30}y = 1",
            f"[{path}]\nx = {'[' * 7}{']' * 7}",
        ):
            assert [each.code for each in problems(text, "toml")] == ["too_deep"]
        assert [each.code for each in problems(f"[{path}]\nx = 1\n[a.'b'.\"x\"]\ny = [[[[1]]]]", "toml")] == [
            "wrong_format"
        ]
        many = "\n".join(f"[[a.{'.'.join('bcdefghijklmnopq'[:depth])}]]" for depth in range(1, 17))
        assert [each.code for each in problems(many, "toml")] == ["too_deep"], "each list of tables is two deep"

    def test_parts(self) -> None:
        assert parse(json.dumps([1] * 131_071), "x").data == [1] * 131_071
        assert told(json.dumps([1] * 131_072)) == [("too_many", "", None)]
        assert told("x = 1\n" * 150_000, "toml") == [("too_many", "", None)]
        keys = ",".join(f'"{number}":"[,"' for number in range(66_000))
        assert told("{" + keys + "}") == [("too_many", "", None)], "keys count, too"

    @pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
    def test_numbers(self, number: int) -> None:
        comes_back("action", SetField("x", number))

    @pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "9" * 400, "9" * 5_000])
    def test_numbers_beyond_64_bits(self, number: str) -> None:
        text = '{"format": "action/1", "set_field": {"field": "x", "value": N}}'
        (problem,) = problems(text.replace("N", number), kind="action")
        assert problem.code in ("bad_value", "not_json")

    def test_names(self) -> None:
        for name, is_fine in (
            ("x" * 200, True),
            ("x" * 201, False),
            ("a\nb", False),
            ("\u202ex", False),
            ("ação", True),
        ):
            if is_fine:
                assert read("rules", json.dumps(small(name=name))).name == name
            else:
                assert [each.code for each in problems(small(name=name))] == ["bad_value"]
        for name, is_fine in (
            ("x" * 256, True),
            ("x" * 257, False),
            ("\u043ene", False),
            ("", False),
            ("a\x7f", False),
        ):
            given = small(calendars={name: small()["calendars"]["default"]})
            if is_fine:
                read("rules", json.dumps(given))
            else:
                assert told(given) == [("bad_value", "/calendars", 1)]

    def test_spans_are_a_hundred_years_at_most(self) -> None:
        for span, is_fine in (
            ({"elapsed": {"days": 36_525}}, True),
            ({"elapsed": {"days": 36_525, "microseconds": 1}}, False),
            ({"working_time": {"hours": 36_525 * 24}}, True),
            ({"working_time": {"hours": 36_525 * 24 + 1}}, False),
            ({"business_days": {"days": 36_525}}, True),
            ({"business_days": {"days": 36_526}}, False),
            ({"calendar_span": {"months": 1_200}}, True),
            ({"calendar_span": {"months": 1_200, "days": 1}}, False),
            ({"calendar_span": {"weeks": 5_217, "days": 6}}, True),
            ({"calendar_span": {"weeks": 5_217, "days": 7}}, False),
        ):
            given = small(automations=[rule(when={"after": {"span": span, "since": "created"}})])
            if is_fine:
                read("rules", json.dumps(given))
            else:
                assert len(told(given)) == 1, span


@pytest.mark.parametrize("value", [None, [], {}, 0, "", True])
def test_a_line_of_a_file_must_be_an_object(value: object) -> None:
    with pytest.raises(DocumentError):
        read_line(json.dumps(value).encode(), "x:1")


@pytest.mark.parametrize(
    ("text", "written", "other"), [('name = "x"\n', "json", "toml"), ('{"name": "x"}', "toml", "json")]
)
def test_a_document_in_the_other_language_gets_a_hint(text: str, written: Format, other: str) -> None:
    with pytest.raises(DocumentError, match=f"correct it there, or read it with written='{other}'$"):
        read("rules", text, written=written)


class TestLayout:
    """A TOML document is laid out as people write it."""

    def test_short_arrays_are_on_one_line(self) -> None:
        lines = write_toml(preset("senior")()).splitlines()
        assert 'may = ["administrator", "agent"]' in lines
        assert not [begin for begin, end in zip(lines, lines[2:], strict=False) if begin.endswith("[") and end == "]"]

    def test_arrays_inside_inline_tables_are_on_one_line_too(self) -> None:
        look_up = actions.LookUp("vip", ("priority",), {"high": True})
        then = (actions.Emit("closed", ("priority", "vip")), actions.FollowUp(), look_up)
        servicenow = preset("servicenow")()
        fields = (Field("priority", ("low", "high")), Field("vip", kind="truth"))
        workflow = attrs.evolve(servicenow.workflow, fields=fields)
        automations = (*servicenow.automations, Automation("end", OnChange("priority"), then))
        rules = attrs.evolve(servicenow, workflow=workflow, automations=automations)
        lines = write_toml(rules).splitlines()
        assert '    { emit = { name = "closed", fields = ["priority", "vip"] } },' in lines
        table = '{ look_up = { field = "vip", inputs = ["priority"], rows = [["high", true]] } }'
        assert f"    {table}," in lines
        assert read("rules", "\n".join(lines), written="toml") == rules

    @pytest.mark.parametrize("text", ["a [\nb\n]", "a = [\n    1,\n]\nand [", 'quoted """ [\n]', "[\n[\nx\n]"])
    def test_a_text_that_looks_like_an_array_is_kept(self, text: str) -> None:
        rules = attrs.evolve(preset("servicenow")(), templates=(Template("hello", {"en": text}),))
        assert read("rules", write_toml(rules), written="toml") == rules


class TestMeasures:
    """6.1: a clock's measure is written out, or named."""

    @pytest.mark.parametrize(
        ("written", "measure"),
        [
            ("first_response", sla.first_response()),
            ({"first_response": {"since": "opening"}}, sla.first_response("opening")),
            ("next_reply", sla.next_reply()),
            ({"next_reply": {"again": "never"}}, sla.next_reply("never")),
            ("update_interval", sla.update_interval()),
            ("agent_work", sla.agent_work()),
            ({"agent_work": {"again": "count"}}, sla.agent_work("count")),
            ("resolution", sla.resolution()),
            ({"resolution": {"frozen": {"state_is": ["open"]}}}, sla.resolution(frozen=StateIs("open"))),
            (
                {"time_while": {"condition": {"state_is": ["open"]}, "again": "anew"}},
                sla.time_while(StateIs("open"), "anew"),
            ),
        ],
    )
    def test_a_measure_is_named(self, written: object, measure: Measure) -> None:
        rules = read("rules", small(clocks=[{"name": "clock", "measure": written, "targets": []}]))
        assert rules.clocks[0].measure == measure
        assert tomllib.loads(write_toml(rules))["clocks"] == [{"name": "clock", "measure": written}]
        assert read("rules", write_toml(rules), written="toml") == rules

    def test_other_names_for_a_measure_are_read(self) -> None:
        written = {"requester_wait": {"waits_for_customer": {"state_is": ["open"]}}}
        rules = read("rules", small(clocks=[{"name": "clock", "measure": written}]))
        assert rules.clocks[0].measure == sla.requester_wait(StateIs("open"))

    def test_other_measures_are_written_out(self) -> None:
        measure = Measure(runs=StateIs("open"), each="assignee", again="anew")
        rules = attrs.evolve(read("rules", small()), clocks=(Policy("clock", measure),))
        assert 'each = "assignee"' in write_toml(rules)
        assert read("rules", write_toml(rules), written="toml") == rules

    @pytest.mark.parametrize(
        ("written", "code", "pointer"),
        [
            ("first_respons", "unknown_name", "/clocks/0/measure"),
            ("time_while", "missing_key", "/clocks/0/measure/condition"),
            ({"resolution": {"agian": "anew"}}, "unknown_key", "/clocks/0/measure/resolution/agian"),
            ({"resolution": {"again": "often"}}, "unknown_name", "/clocks/0/measure/resolution/again"),
            ({"time_while": {}}, "missing_key", "/clocks/0/measure/time_while/condition"),
            ({"next_reply": 1}, "wrong_type", "/clocks/0/measure/next_reply"),
        ],
    )
    def test_a_mistake_has_its_place(self, written: object, code: str, pointer: str) -> None:
        with pytest.raises(DocumentError) as caught:
            read("rules", small(clocks=[{"name": "clock", "measure": written}]))
        assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [(code, pointer)]
