"""The answers of python/answers.py, in CPython."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from answers import MOST_COMMANDS, MOST_ENTRIES, answer
from build_page import samples

Json = Any
FIRST = next(each["document"] for each in samples() if each["id"] == "first")
HOUR = 3_600_000
MONDAY = int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()) * 1000
"""Ten in Madrid."""
ANA = {"role": "agent", "id": "ana", "groups": []}
BRUNO = {"role": "customer", "id": "bruno", "groups": []}


def ask(kind: str, **request: Json) -> Json:
    return json.loads(answer(json.dumps({"ask": kind, "document": FIRST, **request})))


def ticket(commands: list[Any], now: int, **request: Json) -> Json:
    return ask("ticket", **{"commands": commands, "now": now, "actor": ANA, **request})


def act(commands: list[Any], now: int, name: str, actor: Json = ANA, **values: Json) -> Json:
    """Give the command, or take the transition, of this name as the page does: with the values of its form."""
    shown = ticket(commands, now, actor=actor)
    option = next(each for each in shown["options"] if name in (each["transition"], each["command"]))
    given = {each["name"]: each["value"] for each in option["inputs"]} | values
    return ask("act", commands=commands, now=now, actor=actor, option={**option, "values": given})


def opened() -> list[Any]:
    started = ask("start")
    assert started["now"] == MONDAY
    commands: list[Any] = started["commands"]
    return commands


def asked() -> list[Any]:
    commands: list[Any] = act(opened(), MONDAY + HOUR, "ask")["commands"]
    return commands


def test_a_rule_set_has_its_diagram_and_its_names() -> None:
    found = ask("read")
    assert found["problems"] == []
    assert (found["name"], found["zone"]) == ("first desk", "Europe/Madrid")
    assert found["diagram"].startswith("digraph {")
    assert found["names"]["states"] == ["open", "waiting", "solved", "closed"]
    assert found["states"][1] == {"name": "waiting", "category": "pending"}


def test_problems_have_their_lines() -> None:
    wrong = FIRST.replace('{ name = "open" }', '{ nmae = "open" }')
    line = wrong[: wrong.index("nmae")].count("\n") + 1
    found = ask("read", document=wrong)["problems"]
    assert [(each["line"], each["code"]) for each in found] == [(line, "missing_key"), (line, "unknown_key")]
    assert found[1]["what"] == "no key 'nmae'"
    assert found[1]["place"] == "workflow.states[0].nmae"


def test_a_syntax_error_has_its_line() -> None:
    (problem,) = ask("read", document='format = "rules/1"\nname = \n')["problems"]
    assert (problem["line"], problem["code"]) == (2, "not_toml")


def test_json_is_recognized() -> None:
    problems = ask("read", document='\n {"format": "rules/1",\n "nmae": "x"}')["problems"]
    assert (problems[-1]["line"], problems[-1]["what"]) == (3, "no key 'nmae'")


@pytest.mark.parametrize("sample", samples(), ids=lambda each: each["id"])
def test_every_sample_opens_a_ticket_without_problems(sample: dict[str, str]) -> None:
    document = sample["document"]
    assert ask("read", document=document)["problems"] == []
    started = ask("start", document=document)
    assert len(started["commands"]) == 1
    shown = ticket(started["commands"], started["now"], document=document)
    assert shown["state"]
    assert shown["refusals"] == []
    assert shown["lanes"][0]["bands"]


def test_every_command_that_is_offered_is_accepted() -> None:
    for sample in samples():
        document = sample["document"]
        started = ask("start", document=document)
        later = started["now"] + HOUR
        for actor in ask("read", document=document)["actors"]:
            shown = ticket(started["commands"], later, document=document, actor=actor)
            for option in shown["options"]:
                if not option["reasons"]:
                    values = {each["name"]: each["value"] for each in option["inputs"]}
                    request = {"commands": started["commands"], "now": later, "actor": actor}
                    done = ask("act", document=document, option={**option, "values": values}, **request)
                    assert "commands" in done, (sample["id"], option["label"], done)


def test_a_question_without_an_answer_closes_the_ticket_after_five_business_days() -> None:
    shown = ticket(asked(), MONDAY + HOUR)
    assert shown["state"]["label"] == "waiting"
    automatic = [(each["local"], each["why"]) for each in shown["history"] if each["automatic"]]
    instants = [local for local, why in automatic if "no-answer" in why]
    assert instants == ["Wed 2026-11-25 11:00:00 +0100", "Mon 2026-11-30 11:00:00 +0100"]
    assert shown["nextDueLocal"] == "Wed 2026-11-25 11:00:00 +0100"


def test_the_ticket_can_be_seen_at_any_instant() -> None:
    commands = asked()
    states = [ticket(commands, MONDAY + hours * HOUR)["state"] for hours in (-1, 0, 2, 24 * 8)]
    assert [each and each["name"] for each in states] == [None, "open", "waiting", "closed"]


def test_a_command_in_the_past_drops_the_later_ones() -> None:
    commands = act(asked(), MONDAY + 2 * HOUR, "resume")["commands"]
    assert [each["do"] for each in commands] == ["open", "move", "move"]
    again = act(commands, MONDAY + HOUR // 2, "assign")["commands"]
    assert [each["do"] for each in again] == ["open", "assign"]


def test_a_refused_command_has_its_reasons() -> None:
    option = {"command": "move", "transition": "close", "values": {}}
    refused = ask("act", commands=opened(), now=MONDAY + HOUR, actor=ANA, option=option)["refused"]
    assert refused[0] == "'close' does not lead from 'open'; from there, agents can: ask, solve"
    assert refused[1].startswith("nobody may close by hand; nothing does it by itself from 'open' now; rule")


def test_each_rule_is_explained_with_its_line() -> None:
    found = {each["rule"]: each for each in ticket(asked(), MONDAY + 2 * HOUR)["explanations"]}
    assert found["no-answer"]["verdict"] == "waiting"
    assert found["no-answer"]["text"].startswith("waits until Wed 2026-11-25 11:00:00 +0100: send still-there")
    assert found["no-answer"]["line"] == FIRST[: FIRST.index('id = "no-answer"')].count("\n")
    assert found["sla.resolution.breach"]["verdict"] == "frozen"
    assert found["sla.resolution.breach"]["line"] == FIRST[: FIRST.index('name = "resolution"')].count("\n")


def test_sentences_can_be_spanish() -> None:
    assert ticket(opened(), MONDAY, language="es")["local"] == "lun 2026-11-23 10:00:00 +0100"


def test_the_picture_has_rows_for_states_messages_rules_and_clocks() -> None:
    lanes = {each["label"]: each for each in ticket(asked(), MONDAY + HOUR)["lanes"]}
    assert list(lanes) == ["state", "messages", "no-answer", "clock first_response", "clock resolution"]
    assert [each["kind"] for each in lanes["state"]["bands"]] == ["open", "pending", "closed"]
    assert [each["kind"] for each in lanes["messages"]["marks"]] == ["customer", "agent", "sent"]
    assert len(lanes["no-answer"]["marks"]) == 2
    assert {each["kind"] for each in lanes["clock resolution"]["bands"]} == {"counted", "closed", "frozen"}


def test_findings_have_lines_and_a_history() -> None:
    senior = next(each["document"] for each in samples() if each["id"] == "preset senior")
    found = ask("check", document=senior, budget=200)
    (finding,) = found["findings"]
    assert (finding["code"], finding["severity"]) == ("rots", "info")
    assert finding["line"] > 1
    assert finding["history"]["lines"][0].endswith("message m0")
    assert finding["history"]["commands"][0]["do"] == "open"


def test_commands_of_an_address_are_not_trusted() -> None:
    assert "error" in ticket([{"format": "command/1", "do": "shutdown"}], MONDAY)
    assert "error" in ticket([{}] * (MOST_COMMANDS + 1), MONDAY)
    assert "error" in ticket(["<script>"], MONDAY)


@pytest.mark.parametrize("document", ["", "{", "\x00", "[" * 100_000, '{"a":' * 5_000, "format = 'rules/1'"])
def test_hostile_documents_get_problems(document: str) -> None:
    assert ask("read", document=document)["problems"]


def test_a_value_of_each_kind_of_field_can_be_given() -> None:
    fields = """fields = [
    { name = "size", kind = "number" },
    { name = "paid", kind = "truth" },
    { name = "visit", kind = "moment" },
    { name = "area", choices = ["docs", "code"] },
    { name = "note", kind = "text" },
]
transitions"""
    document = FIRST.replace("transitions", fields, 1)
    start = ask("start", document=document)
    values = {"size": "3", "paid": "True", "visit": "2026-12-01T10:00", "area": "code", "note": "hello"}
    given = {f"field {key}": each for key, each in values.items()}
    option = {"command": "set_fields", "transition": None, "values": given}
    request = {"document": document, "now": start["now"], "actor": ANA}
    done = ask("act", commands=start["commands"], option=option, **request)
    assert done["commands"][-1]["fields"] == {
        "size": 3,
        "paid": True,
        "visit": {"instant": "2026-12-01T09:00:00Z"},
        "area": "code",
        "note": "hello",
    }
    wrong = {"command": "set_fields", "transition": None, "values": {"field size": "many", "field visit": "soon"}}
    assert ask("act", commands=start["commands"], option=wrong, **request)["refused"]
    shown = ticket(start["commands"], start["now"], document=document)
    (form,) = (each["inputs"] for each in shown["options"] if each["command"] == "set_fields")
    assert [each["kind"] for each in form] == ["number", "choice", "instant", "choice", "text"]


def test_times_beyond_all_years_are_refused() -> None:
    assert ticket(opened(), 10**17) == {"error": "the time lies outside the years 1 to 9999; go back"}


def test_a_history_without_end_is_cut() -> None:
    after = "{ since = 'created', span = 'S', every = 'S' }"
    every = f"[[automations]]\nid = 'e'\nwhen = {{ after = {after} }}\nthen = [{{ emit = 'x' }}]\n"
    document = FIRST + every.replace("'S'", "{ elapsed = { minutes = 1 } }")
    shown = ticket(opened(), MONDAY + 24 * HOUR, document=document)
    assert shown["isCut"]
    assert len(shown["history"]) <= MOST_ENTRIES
