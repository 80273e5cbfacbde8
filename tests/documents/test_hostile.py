"""Hostile documents and hostile parsed data, each with its problems, in limited time and memory.

Source: docs/semantics.md 6.3. Most rows are attacks that are known from other parsers.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.complete_rule_set import EVERYTHING
from tests.support.desk import utc
from tests.support.hostile_documents import PIECE, allowed, answer, mistakes, takes_too_long
from ticketflow import (
    Actor,
    After,
    All,
    Automation,
    Created,
    Elapsed,
    IsHidden,
    Ladder,
    Message,
    Not,
    Rules,
    Rung,
    Snoozing,
    State,
    Template,
    commands,
    documents,
    evaluate,
    handle,
    next_due,
)
from ticketflow.calendars.spans import BeforeDue, Missed
from ticketflow.cli import main as cli
from ticketflow.conformance.runner import read_cases, run_cases
from ticketflow.documents.parsing import Format, Fractional
from ticketflow.documents.reading import read_line
from ticketflow.errors import BadValueError, DefinitionError, TicketflowError
from ticketflow.kernel.names import readable
from ticketflow.presets.registry import preset
from ticketflow.rules.actions import Assign, CancelSnooze
from ticketflow.rules.triggers import OnWake
from ticketflow.tickets.anchors import Started
from ticketflow.tickets.messages import Hint
from ticketflow.workflow.snooze import LaterToday

Expected = tuple[str, str]


def desk(workflow: dict[str, Any] | None = None, **changes: object) -> str:
    """Return a small rule set, parts of it changed."""
    row = {"name": "close", "sources": ["open"], "target": "closed", "may": ["agent"]}
    table = {"states": [{"name": "open"}, {"name": "closed", "category": "closed"}], "transitions": [row]}
    calendars = {"default": {"zone": "UTC", "week": "mon-fri 09:00-18:00"}}
    whole = {"format": "rules/1", "name": "x", "workflow": table | (workflow or {}), "calendars": calendars}
    return json.dumps(whole | changes)


def calendar(**parts: object) -> str:
    return desk(calendars={"c": {"zone": "UTC", "week": "mon-fri 09:00-18:00"} | parts})


def rule(**parts: object) -> str:
    return desk(automations=[{"id": "a", "when": {"on_message": "agent"}, "then": ["cancel_snooze"]} | parts])


def span(amount: object) -> str:
    return rule(when={"after": {"span": amount, "since": "created"}})


def many(item: Callable[[int], Any], count: int) -> list[Any]:
    return [item(number) for number in range(count)]


def told(kind: str, **parts: object) -> str:
    by = {"role": "agent", "id": "ana"}
    return json.dumps({"format": "command/1", "do": kind, "at": "2026-11-23T10:00:00Z", "by": by} | parts)


def history(*entries: dict[str, Any]) -> str:
    usual = {
        "id": "0",
        "at": "2026-11-23T10:00:00Z",
        "actor": {"role": "agent", "id": "ana"},
        "cause": {"by_command": {"command": "x"}},
    }
    written = [{"sequence": number} | usual | entry for number, entry in enumerate(entries)]
    return json.dumps({"format": "ticket/1", "entries": written})


def opening(**parts: object) -> dict[str, Any]:
    return {"events": [{"opened": {"ticket": "T-1", "state": "open", "category": "open"} | parts}]}


def nested(depth: int, within: str = "not") -> object:
    found: object = "is_assigned"
    for _ in range(depth):
        found = {within: found} if within == "not" else {within: [found, found]}
    return found


NAMED: dict[str, object] = {"ticket": "T-0", "version": 2, "digest": "0" * 20}
LONG = [f"s{number:03}{'x' * 58}" for number in range(200)]
ALIKE = [f"s{number:03}{'x' * 57}y" for number in range(900)]
FIFTY = 50
NO_NAMES = (8, 10, 11)  # empty, three hundred letters, and one with an invisible character

# --- Rows: a name, the kind of document, its language, its text, and all its problems. A document without problems is
# read. A word instead of problems is explained in the test below.

Row = tuple[str, str, Format, str | bytes, list[Expected] | str]
TABLE: list[Row] = [
    # Malformed texts, and values that no document may have.
    ("nothing at all", "rules", "json", b"", [("not_json", "")]),
    ("nothing at all, in TOML", "rules", "toml", b"", [("wrong_format", "/format")]),
    ("half a character, raw", "rules", "json", b'{"format": "rules/1", "name": "\xed\xa0\x80"}', [("not_utf8", "")]),
    ("half a character, escaped", "rules", "json", desk(name="\ud800"), [("bad_value", "")]),
    ("half a character as a key", "rules", "json", '{"\\udfff": 1}', [("bad_value", "")]),
    ("half a character in TOML", "rules", "toml", 'name = "\\ud800"', [("not_toml", "")]),
    ("another encoding", "rules", "json", desk().encode("utf-16"), [("not_utf8", "")]),
    ("a mark of byte order", "rules", "json", b"\xef\xbb\xbf" + desk().encode(), []),
    ("two marks of byte order", "rules", "json", b"\xef\xbb\xbf" * 2 + desk().encode(), [("not_json", "")]),
    ("not a number", "rules", "json", desk(remembered_events=float("nan")), [("wrong_type", "/remembered_events")]),
    ("infinity", "rules", "json", desk(remembered_events=float("-inf")), [("wrong_type", "/remembered_events")]),
    ("infinity spelt out", "rules", "json", '{"format": "rules/1", "x": 1e999}', "missing"),
    ("not a number in TOML", "rules", "toml", 'format = "rules/1"\nx = nan', "missing"),
    ("true for a number", "rules", "json", desk(remembered_events=True), [("wrong_type", "/remembered_events")]),
    ("a number as a text", "rules", "json", desk(remembered_events="5"), [("wrong_type", "/remembered_events")]),
    ("a number with a point", "rules", "json", desk(remembered_events=5.0), [("wrong_type", "/remembered_events")]),
    ("minus zero", "rules", "json", '{"format": "action/1", "rate": -0}', [("wrong_format", "/format")]),
    ("minus zero is zero", "action", "json", '{"format": "action/1", "rate": -0}', []),
    ("two to the sixty-third", "rules", "json", desk(remembered_events=2**63), [("bad_value", "")]),
    ("as much below", "rules", "json", desk(remembered_events=-(2**63)), [("bad_value", "/remembered_events")]),
    ("4,299 digits", "rules", "json", '{"x": ' + "9" * 4_299 + "}", [("bad_value", "")]),
    ("250,000 digits", "rules", "json", '{"x": ' + "9" * 250_000 + "}", [("not_json", "")]),
    ("250,000 digits in TOML", "rules", "toml", "x = " + "9" * 250_000, [("not_toml", "")]),
    ("a million bits in TOML", "rules", "toml", "x = 0x" + "f" * 250_000, [("bad_value", "")]),
    ("binary digits in TOML", "rules", "toml", "x = 0b" + "1" * 250_000, [("bad_value", "")]),
    ("a power beyond exponents", "rules", "json", desk(remembered_events=7).replace("7", "1e99999999999", 1), [("wrong_type", "/remembered_events")]),
    ("a key twice", "rules", "json", '{"format": "rules/1", "format": "rules/1"}', [("bad_value", "")]),
    ("a key twice, deep", "rules", "json", desk().replace('"may"', '"target": "open", "may"'), [("bad_value", "")]),
    ("a key twice in TOML", "rules", "toml", "a = 1\na = 2", [("not_toml", "")]),
    ("a date of TOML's own", "rules", "toml", "a = 2026-11-23", [("bad_value", "")]),
    ("a moment of TOML's own", "rules", "toml", "a = 9999-12-31T23:59:59.999999-23:59", [("bad_value", "")]),
    ("a time of TOML's own", "rules", "toml", "a = 10:00:00", [("bad_value", "")]),
    ("control characters raw", "rules", "json", '{"a": "\x00\x1b[31m"}', [("not_json", "")]),
    # Too much.
    ("one byte too many", "rules", "json", desk() + " " * (4_194_305 - len(desk())), [("too_large", "")]),
    ("brackets", "rules", "json", "[" * 260_000, [("too_deep", "")]),
    ("objects in objects", "rules", "json", '{"a":' * 40_000, [("too_deep", "")]),
    ("20 KB of dotted key", "rules", "toml", "a" + ".a" * 10_000 + " = 1", [("too_deep", "")]),
    ("40 KB of dotted key, spaced", "rules", "toml", "a" + " . a" * 10_000 + " = 1", [("too_deep", "")]),
    ("20 KB of dotted header", "rules", "toml", "[" + "a." * 10_000 + "a]", [("too_deep", "")]),
    ("dotted keys quoted", "rules", "toml", "a" + '."a"' * 10_000 + " = 1", [("too_deep", "")]),
    ("dotted below a header", "rules", "toml", f"[a{'.a' * 20}]\na{'.a' * 20} = 1", [("too_deep", "")]),
    ("dotted behind a text of four quotes", "rules", "toml", f'x = """y"""" # \na{".a" * 40} = 1', [("too_deep", "")]),
    ("lists of tables in each other", "rules", "toml", "\n".join(f"[[a{'.a' * n}]]" for n in range(25)), [("too_deep", "")]),
    ("inline tables", "rules", "toml", "a = " + "{a = " * 50_000, [("too_deep", "")]),
    ("66,000 keys", "rules", "json", "{" + ",".join(f'"{n}":1' for n in range(66_000)) + "}", [("too_many", "")]),
    ("40,000 colliding numbers", "rules", "json", "{" + ",".join(f'"{n * (2**61 - 1)}":1' for n in range(9_000)) + "}", [("wrong_format", "/format")]),
    ("empty lists", "rules", "json", "[" + "[]," * 80_000 + "[]]", [("too_many", "")]),
    ("commas of TOML", "rules", "toml", "a = [" + "1," * 140_000 + "]", [("too_many", "")]),
    ("tables of TOML", "rules", "toml", "[[a]]\n" * 70_000, [("too_many", "")]),
    ("an open text of TOML", "rules", "toml", 'a = """' + 'x"' * 100_000, [("not_toml", "")]),
    ("open texts of TOML", "rules", "toml", '"""' * 80_000, [("not_toml", "")]),
    ("an open text that ends in a backslash", "rules", "toml", 'a = """' + "\\" * 200_001, [("not_toml", "")]),
    ("brackets that close", "rules", "json", "]" * 2_000, [("not_json", "")]),
    ("a ticket of nothing", "ticket", "json", '{"format": "ticket/1"}', [("missing_key", "/entries")]),
    ("quotes", "rules", "json", '"' * 260_000, [("not_json", "")]),
    ("escaped quotes", "rules", "json", '{"' + '\\"' * 130_000, [("not_json", "")]),
    ("blanks", "rules", "json", " " * 260_000, [("not_json", "")]),
    ("ends of lines", "rules", "toml", "\n" * 260_000, [("wrong_format", "/format")]),
    ("escapes", "rules", "toml", 'a = "' + "\\u0041" * 40_000 + '"', [("wrong_format", "/format")]),
    ("1,001 rules", "rules", "json", desk(automations=many(lambda n: {"id": f"a{n}"}, 1_001)), [("too_many", "/automations")]),
    ("201 states", "rules", "json", desk({"states": many(lambda n: {"name": f"s{n}"}, 201)}), [("too_many", "/workflow/states")]),
    ("1,001 values", "rules", "json", rule(given={"field_is": {"field": "f", "values": many(int, 1_001)}}), [("too_many", "/automations/0/given/field_is/values")]),
    ("15,000 conditions", "rules", "json", rule(when={"on_enter": {"any_of": ["is_assigned"] * 15_000}}), [("too_many", "/automations/0/when/on_enter/any_of")]),
    ("10,001 holidays", "rules", "json", calendar(holidays={f"{n:05}": "x" for n in range(10_001)}), [("too_many", "/calendars/c/holidays")]),
    ("2,000 choices of a snooze", "rules", "json", desk(snoozing={"choices": many(lambda n: {"name": f"c{n}", "days": 1}, 51)}), [("too_many", "/snoozing/choices")]),
    # Documents that are slow to refuse.
    ("900 names like 200 long ones", "rules", "json", desk({"states": many(lambda n: {"name": LONG[n]}, 200), "transitions": [{"name": "a", "sources": ALIKE, "target": LONG[0]}]}), "fifty"),
    ("10,000 names against 200", "rules", "json", desk({"states": many(lambda n: {"name": LONG[n]}, 200)}, automations=many(lambda n: {"id": f"a{n}", "when": "on_wake", "then": ["wake"], "given": {"state_is": many(lambda m: f"t{n}-{m}", 20)}}, 500)), "fifty"),
    ("13,000 unknown keys", "rules", "json", "{" + ",".join(f'"form{n}":1' for n in range(13_000)) + ',"format":"rules/1"}', [("too_many", "")]),
    ("9,000 unknown keys", "rules", "json", "{" + ",".join(f'"form{n}":1' for n in range(9_000)) + ',"format":"rules/1"}', "fifty"),
    ("long unknown keys", "rules", "json", "{" + ",".join(f'"{"format" * 9}{n}":1' for n in range(3_000)) + ',"format":"rules/1"}', "fifty"),
    ("200 states of one name", "rules", "json", desk({"states": [{"name": "open"}] * 200}), "fifty"),
    ("1,000 rules of one name", "rules", "json", desk(automations=[{"id": "a", "when": "on_wake", "then": ["wake"]}] * 1_000), "fifty"),
    ("1,000 rows that get no turn", "rules", "json", desk({"transitions": [{"name": "a", "sources": ["open"], "target": "closed", "may": ["agent"]}] * 1_000}), "fifty"),
    ("1,000 rules all wrong", "rules", "json", desk(automations=many(lambda n: {"id": f"a{n}", "when": {"on_outside": "x"}, "gate": "y", "then": [{"move": "z"}]}, 1_000)), "fifty"),
    ("a step of 1,000 of one", "rules", "json", rule(then=["cancel_snooze"] * 1_000), [("bad_value", "/automations/0/then")]),
    ("choices asked a hundred thousand times", "rules", "json", desk({"fields": [{"name": "f", "choices": many(int, 1_000)}]}, automations=many(lambda n: {"id": f"a{n}", "when": "on_wake", "then": [{"set_field": {"field": "f", "value": -n - 1}}]}, 1_000)), "fifty"),
    ("conditions 13 deep", "rules", "json", rule(given=nested(13)), [("bad_value", "/automations/0")]),
    ("conditions as deep as can be", "rules", "json", rule(given=nested(25)), [("bad_value", "/automations/0")]),
    ("conditions twice as wide each time", "rules", "json", rule(given=nested(11, "all")), []),
    ("moments within moments", "rules", "json", rule(when={"after": {"span": {"elapsed": {"days": 1}}, "since": {"latest": [{"latest": [{"latest": []}]}]}}}), [("bad_value", "/automations/0/when/after/since")]),
    ("calendars within calendars", "rules", "json", desk(calendars={"c": json.loads('{"how": "union", "left":' * 25 + '{"stretches": []}' + ', "right": {"stretches": []}}' * 25)}), [("bad_value", "/calendars/c")]),
    ("a calendar of itself", "rules", "json", desk(calendars={"c": {"how": "union", "left": "c", "right": "c"}}), [("wrong_type", "/calendars/c/left"), ("wrong_type", "/calendars/c/right")]),
    ("hours of a quarter of a megabyte", "rules", "json", calendar(week="mon-sun " + "09:00-10:00 " * 20_000), [("too_many", "/calendars/c/week")]),
    ("holidays of 100 countries", "rules", "json", desk(calendars={f"c{n}": {"zone": "UTC", "week": "mon 09:00-10:00", "public_holidays": {"country": each}} for n, each in enumerate(["AR", "AT", "AU", "BE", "BG", "BO", "BR", "CA", "CH", "CL", "CN", "CO", "CR", "CU", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB"])}), [("too_many", "/calendars")]),
    # Zones, countries, dates and spans.
    ("zone Europe", "rules", "json", desk(snoozing={"zone": "Europe"}), [("bad_value", "/snoozing")]),
    ("zone of the host", "rules", "json", desk(snoozing={"zone": "localtime"}), [("bad_value", "/snoozing")]),
    ("zones elsewhere", "rules", "json", desk(calendars={f"c{n}": {"zone": each, "week": "mon 09:00-10:00"} for n, each in enumerate(("../../etc/passwd", "/etc/localtime", "posix/UTC", "right/UTC", "Factory", "posixrules", "europe/london", "UTC+3", "", ".", "A" * 300, "UTC\x00", "zone.tab", "EST5EDT4"))}), [("bad_value", f"/calendars/c{n}{'/zone' if n in NO_NAMES else ''}") for n in range(14)]),
    ("zone that is a list", "rules", "json", calendar(zone=["UTC"]), [("wrong_type", "/calendars/c/zone")]),
    ("country HolidayBase", "rules", "json", calendar(public_holidays={"country": "HolidayBase"}), [("bad_value", "/calendars/c/public_holidays")]),
    ("a stock exchange", "rules", "json", calendar(public_holidays={"country": "NYSE"}), [("bad_value", "/calendars/c/public_holidays")]),
    ("a country of Python's", "rules", "json", calendar(public_holidays={"country": "__class__"}), [("bad_value", "/calendars/c/public_holidays")]),
    ("a language beside the country", "rules", "json", calendar(public_holidays={"country": "BR", "language": "../../etc"}), [("bad_value", "/calendars/c/public_holidays")]),
    ("a country that knows year zero", "rules", "json", calendar(public_holidays={"country": "X", "names": {}, "first_year": 0, "last_year": 9999}), [("bad_value", "/calendars/c/public_holidays")]),
    ("overrides in the first year and the last", "rules", "json", calendar(zone="Asia/Tokyo", week="", overrides={"0001-01-01": "00:00-24:00", "9999-12-31": "00:00-24:00"}), []),
    ("30 February", "rules", "json", calendar(holidays={"2026-02-30": "x", "02-30": "x"}), [("bad_value", "/calendars/c/holidays/2026-02-30"), ("bad_value", "/calendars/c/holidays/02-30")]),
    ("a recurrence of text", "rules", "json", rule(when={"on": "FREQ=SECONDLY;INTERVAL=0"}), [("unknown_name", "/automations/0/when/on")]),
    ("a time of day after the day", "rules", "json", rule(when={"on": {"every_week": {"weekday": "monday", "at": "24:00"}}}), [("bad_value", "/automations/0/when/on/every_week")]),
    ("the 32nd", "rules", "json", rule(when={"on": {"every_month": {"day": 32, "at": "09:00"}}}), [("bad_value", "/automations/0/when/on/every_month")]),
    ("a million business days", "rules", "json", span({"business_days": {"days": 10**6}}), [("bad_value", "/automations/0/when/after/span")]),
    ("a thousand million days", "rules", "json", span({"elapsed": {"days": 10**9}}), [("bad_value", "/automations/0/when/after/span/elapsed")]),
    ("10,000 years of months", "rules", "json", span({"calendar_span": {"months": 120_000}}), [("bad_value", "/automations/0/when/after/span")]),
    ("backwards", "rules", "json", span({"elapsed": {"hours": -1}}), [("bad_value", "/automations/0/when/after/span/elapsed")]),
    ("nothing at a time", "rules", "json", rule(when={"after": {"span": {"elapsed": {"hours": 1}}, "since": "created", "every": {"elapsed": {"hours": 0}}}}), [("bad_value", "/automations/0/when/after/every")]),
    # Texts and names.
    ("a template that reaches for attributes", "rules", "json", desk(templates=[{"name": "t", "texts": {"en": "{t.f.__globals__[__name__]} {0:1000000000} %s ${x}"}}]), []),
    ("a pattern for a name", "rules", "json", rule(given={"state_is": ["(a+)+$"]}), [("unknown_name", "/automations/0/given")]),
    ("bidi in a label", "rules", "json", desk({"states": [{"name": "open", "labels": {"en": "\u202eneddih"}}]}), "first"),
    ("a bell in a label", "rules", "json", desk({"lists": [{"name": "l", "shows": "is_hidden", "labels": {"en": "\x07"}}]}), [("bad_value", "/workflow/lists/0")]),
    ("bidi in a template", "rules", "json", desk(templates=[{"name": "t", "texts": {"en": "a\n\u2066b"}}]), [("bad_value", "/templates/0")]),
    ("a template of 20,001 characters", "rules", "json", desk(templates=[{"name": "t", "texts": {"en": "x" * 20_001}}]), [("bad_value", "/templates/0")]),
    ("a label of 501 characters", "rules", "json", desk(templates=[{"name": "t", "texts": {}, "labels": {"es": "x" * 501}}]), [("bad_value", "/templates/0")]),
    ("a name of a hundred thousand characters", "rules", "json", desk(name="x" * 100_000), [("bad_value", "/name")]),
    ("a Cyrillic o", "rules", "json", desk({"states": [{"name": "\u043epen"}]}), [("bad_value", "/workflow/states/0/name")]),
    ("a letter and its accent", "rules", "json", desk(calendars={"cafe\u0301": {"zone": "UTC", "week": "mon 09:00-10:00"}}), [("bad_value", "/calendars")]),
    ("a homoglyph among tags", "rules", "json", desk({"outside_events": ["p\u0430id"]}), [("bad_value", "/workflow/outside_events")]),
    ("keys of objects of other languages", "rules", "json", desk(__proto__={}, __class__="x", constructor={}), [("unknown_key", "/__class__"), ("unknown_key", "/__proto__"), ("unknown_key", "/constructor")]),
    ("a tag of Python's", "rules", "json", rule(given={"__init__": {}}), [("unknown_name", "/automations/0/given")]),
    ("private attributes", "rules", "json", calendar(_special=[], _zone="x"), [("unknown_key", "/calendars/c/_special"), ("unknown_key", "/calendars/c/_zone")]),
    # Commands.
    ("a homoglyph id", "command", "json", told("assign", assignee="\u0430na"), [("bad_value", "")]),
    ("a command that escapes", "command", "json", told("decline", why="\x1b]0;x\x07"), [("bad_value", "")]),
    ("a command from the year zero", "command", "json", told("give_back", at="0000-01-01T00:00:00Z"), [("bad_value", "/at")]),
    ("a command beyond the last year", "command", "json", told("give_back", at="9999-12-31T23:59:59-14:00"), [("bad_value", "/at")]),
    ("Arabic digits", "command", "json", told("give_back", at="٢٠٢٦-11-23T10:00:00Z"), [("bad_value", "/at")]),
    ("a version beyond 64 bits", "command", "json", told("give_back", expected_version=2**64), [("bad_value", "")]),
    ("a field of a megabyte", "command", "json", told("set_fields", fields={"f": "x" * 200_000}), [("bad_value", "/fields/f")]),
    ("a role of one's own", "command", "json", told("give_back", by={"role": "system\u200b", "id": "x"}), [("unknown_name", "/by/role")]),
    ("a system's groups", "command", "json", told("give_back", by={"role": "robot", "id": "x", "groups": ["administrator"]}), [("bad_value", "/by")]),
    # Tickets.
    ("a history of nothing", "ticket", "json", history(), [("bad_value", "/entries")]),
    ("a history without a beginning", "ticket", "json", history({"events": ["surfaced"]}), [("bad_value", "/entries/0")]),
    ("two beginnings", "ticket", "json", history(opening(), opening()), [("bad_value", "/entries/1")]),
    ("backwards in time", "ticket", "json", history(opening(), {"id": "1", "at": "2020-01-01T00:00:00Z", "events": []}), [("bad_value", "/entries/1")]),
    ("an id twice", "ticket", "json", history(opening(), {"events": []}), [("bad_value", "/entries/1")]),
    ("a homoglyph ticket", "ticket", "json", history(opening(ticket="\u0422-1")), [("bad_value", "/entries/0/events/0/opened/ticket")]),
    ("a message to nobody", "ticket", "json", history(opening(), {"id": "1", "events": [{"message_requested": {"template": "x", "to": "a group"}}]}), [("bad_value", "/entries/1/events/0/message_requested/to")]),
    ("an earlier history of nothing", "ticket", "json", history(opening(earlier=[[]])), [("bad_value", "/entries/0/events/0/opened/earlier")]),
    ("a history without a name", "ticket", "json", history(opening(earlier={})), [("missing_key", f"/entries/0/events/0/opened/earlier/{key}") for key in ("ticket", "version", "digest")]),
    ("a history of a million million entries", "ticket", "json", history(opening(earlier=NAMED | {"version": 2**63})), [("bad_value", "")]),
    ("a history of True entries", "ticket", "json", history(opening(earlier=NAMED | {"version": True})), [("wrong_type", "/entries/0/events/0/opened/earlier/version")]),
    ("a digest of other letters", "ticket", "json", history(opening(earlier=NAMED | {"digest": "G" * 20})), [("bad_value", "/entries/0/events/0/opened/earlier")]),
    ("a digest of four megabytes", "ticket", "json", history(opening(earlier=NAMED | {"digest": "0" * 4_000_000})), [("bad_value", "/entries/0/events/0/opened/earlier")]),
    ("a history of a homoglyph ticket", "ticket", "json", history(opening(earlier=NAMED | {"ticket": "\u0422-1"})), [("bad_value", "/entries/0/events/0/opened/earlier")]),
    ("a history with more to it", "ticket", "json", history(opening(earlier=NAMED | {"entries": []})), [("unknown_key", "/entries/0/events/0/opened/earlier/entries")]),
    ("an entry of a later version", "ticket", "json", history(opening() | {"v": 3}), [("wrong_format", "/entries/0/v")]),
    ("nested histories in version 2", "ticket", "json", history(opening(earlier=[[]]) | {"v": 2}), [("wrong_type", "/entries/0/events/0/opened/earlier")]),
    ("4 MB of brackets", "ticket", "json", "[" * 4_000_000, [("too_deep", "")]),
    ("4 MB of one text", "ticket", "json", '{"format":"' + "x" * 4_000_000 + '"}', [("wrong_format", "/format")]),
    ("4 MB of small objects", "ticket", "json", "[" + "{}," * 1_300_000 + "{}]", [("wrong_type", "")]),
    ("4 MB of lists in lists", "ticket", "json", "[" + ("[" * 30 + "]" * 30 + ",") * 68_000 + "[]]", [("wrong_type", "")]),
    ("4 MB of objects in objects", "ticket", "json", "[" + ('{"a":' * 30 + "1" + "}" * 30 + ",") * 22_000 + "{}]", [("wrong_type", "")]),
    ("4 MB of entries of nothing", "ticket", "json", '{"format":"ticket/1","entries":[' + "{}," * 250_000 + "{}]}", "fifty"),
]  # fmt: skip


SMALL = [row for row in TABLE if len(row[3]) < 2 * PIECE]


@pytest.mark.parametrize(
    ("kind", "written", "text", "expected"), [row[1:] for row in SMALL], ids=[row[0] for row in SMALL]
)
def test_each_document_has_its_problems(
    kind: str, written: Format, text: str | bytes, expected: list[Expected] | str
) -> None:
    _, refusal = answer(kind, as_bytes(text), written)
    found = mistakes(refusal)
    match expected:
        case "fifty":
            assert len(found) == FIFTY
        case "missing":
            assert found[-1] == ("unknown_key", "/x")
        case "first":
            assert found[0] == ("bad_value", "/workflow/states/0")
        case _:
            assert found == expected
    assert refusal is None or len(str(refusal)) <= 50 * 5_000, "messages are short"


@pytest.mark.lives
@pytest.mark.parametrize(
    ("kind", "written", "text", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_document_is_refused_in_time(
    kind: str, written: Format, text: str | bytes, expected: list[Expected] | str
) -> None:
    allows = allowed(as_bytes(text))
    assert takes_too_long(lambda: test_each_document_has_its_problems(kind, written, text, expected), allows) is None


def parsed_elsewhere() -> Iterator[tuple[str, str, Any]]:
    """Yield the name, the kind and the data of each small row that a JSON parser accepts."""
    for name, kind, written, text, _ in SMALL:
        if written == "json" and name not in OF_TEXTS:
            with contextlib.suppress(ValueError, RecursionError):
                yield name, kind, json.loads(text)


OF_TEXTS = ("a key twice", "a key twice, deep", "half a character, raw", "another encoding")
"""Mistakes that a text can have and parsed data cannot."""


@pytest.mark.parametrize(("name", "kind", "data"), [pytest.param(*row, id=row[0]) for row in parsed_elsewhere()])
def test_parsed_data_has_the_problems_of_its_text(name: str, kind: str, data: Any) -> None:  # noqa: ANN401 -- any data
    (text,) = (row[3] for row in SMALL if row[0] == name)
    value, refusal = answer(kind, data)
    value_of_text, refusal_of_text = answer(kind, as_bytes(text))
    assert (value, mistakes(refusal)) == (value_of_text, mistakes(refusal_of_text))


def holds_itself() -> dict[str, Any]:
    found: dict[str, Any] = {"format": "rules/1"}
    found["name"] = [found]
    return found


def shared(part: object, times: int, depth: int) -> dict[str, Any]:
    """Return data in which each list holds the list below many times."""
    for _ in range(depth):
        part = [part] * times
    return {"format": "rules/1", "name": part}


def deep(depth: int) -> dict[str, Any]:
    found: Any = "x"
    for _ in range(depth):
        found = {"not": found}
    return {"format": "rules/1", "name": found}


class Text(str):
    __slots__ = ()


class Unshown:
    def __repr__(self) -> str:
        raise RuntimeError


RULES: dict[str, Any] = json.loads(desk())
PARSED: list[tuple[str, Any, list[Expected]]] = [
    ("nothing", None, [("wrong_type", "")]),
    ("a number", 5, [("wrong_type", "")]),
    ("a list", [RULES], [("wrong_type", "")]),
    ("a set", {5}, [("bad_value", "")]),
    ("a buffer", bytearray(b"{}"), [("bad_value", "")]),
    ("an object without text", Unshown(), [("bad_value", "")]),
    ("no keys", {}, [("wrong_format", "/format")]),
    ("a number as a key", RULES | {5: "x"}, [("bad_value", "")]),
    ("null as a key", RULES | {None: "x"}, [("bad_value", "")]),
    ("a tuple as a key", RULES | {("name",): "x"}, [("bad_value", "")]),
    ("a subclass as a key", {Text("format"): "rules/1"}, [("bad_value", "")]),
    ("half a character as a key", RULES | {"\ud800": "x"}, [("bad_value", "")]),
    ("half a character", RULES | {"name": "\udfff"}, [("bad_value", "")]),
    ("a subclass of str", RULES | {"name": Text("x")}, [("bad_value", "")]),
    ("a subclass of int", RULES | {"remembered_events": HTTPStatus.OK}, [("bad_value", "")]),
    ("true for a number", RULES | {"remembered_events": True}, [("wrong_type", "/remembered_events")]),
    ("a number for a text", RULES | {"name": 5}, [("wrong_type", "/name")]),
    ("not a number", RULES | {"remembered_events": math.nan}, [("wrong_type", "/remembered_events")]),
    ("infinity", RULES | {"remembered_events": -math.inf}, [("wrong_type", "/remembered_events")]),
    ("a whole float", RULES | {"remembered_events": 5.0}, [("wrong_type", "/remembered_events")]),
    ("a decimal", RULES | {"remembered_events": Decimal(5)}, [("bad_value", "")]),
    ("two to the sixty-third", RULES | {"remembered_events": 2**63}, [("bad_value", "")]),
    ("a million digits", RULES | {"remembered_events": 1 << 3_000_000}, [("bad_value", "")]),
    ("a date", RULES | {"name": date(2026, 11, 23)}, [("bad_value", "")]),
    ("bytes", RULES | {"name": b"x"}, [("bad_value", "")]),
    ("an iterator", RULES | {"automations": iter(())}, [("bad_value", "")]),
    ("itself", holds_itself(), [("too_deep", "")]),
    ("100,000 levels", deep(100_000), [("too_deep", "")]),
    ("33 levels", deep(32), [("too_deep", "")]),
    ("32 levels", deep(31), [("missing_key", "/workflow"), ("missing_key", "/calendars"), ("wrong_type", "/name")]),
    ("a thousand million shared lists", shared("x", 1_000, 3), [("too_many", "")]),
    ("a shared list of a million", shared([0] * 1_000_000, 1_000, 1), [("too_many", "")]),
    ("a million keys", {str(number): 1 for number in range(1_000_000)}, [("too_many", "")]),
    ("a text of five megabytes", RULES | {"name": "x" * 5_000_000}, [("too_large", "")]),
    ("a key of five megabytes", RULES | {"x" * 5_000_000: 1}, [("too_large", "")]),
    ("a shared text", shared("x" * 700_000, 10, 1), [("too_large", "")]),
    ("tuples and other mappings", MappingProxyType(RULES | {"automations": ()}), []),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in PARSED], ids=[row[0] for row in PARSED])
def test_hostile_parsed_data_is_refused_in_time(data: Any, expected: list[Expected]) -> None:  # noqa: ANN401 -- any data
    _, refusal = answer("rules", data)
    assert mistakes(refusal) == expected
    assert refusal is None or all(problem.line is None for problem in refusal.problems)
    assert takes_too_long(lambda: answer("rules", data), 0.5) is None


def test_a_value_does_not_change_with_the_data_it_was_read_from() -> None:
    data = json.loads(desk(automations=[{"id": "a", "when": "on_wake", "then": ["wake"]}]))
    rules = documents.read("rules", data)
    data["automations"][0]["id"] = "b"
    data["workflow"].clear()
    assert documents.write(rules) == documents.write(documents.read("rules", documents.write(rules)))
    assert [each.id for each in rules.automations] == ["a"]


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def test_the_table_has_enough_rows() -> None:
    assert len({row[0] for row in TABLE}) == len(TABLE) >= 60


@pytest.mark.lives
class TestMemory:
    """Reading a document needs at most 100 MiB, or 64 bytes for each of its bytes if it is larger."""

    @pytest.mark.parametrize(
        "name", [row[0] for row in TABLE if len(row[3]) > 1_000_000 or "40 KB" in row[0] or "tables of" in row[0]]
    )
    def test_large_documents_need_little_memory(self, name: str) -> None:
        ((_, kind, written, text, _),) = [row for row in TABLE if row[0] == name]
        given = text if isinstance(text, bytes) else text.encode()
        tracemalloc.start()
        try:
            answer(kind, given, written)
            most = 64 * len(given) if "in objects" in name or "in lists" in name else 0
            assert tracemalloc.get_traced_memory()[1] < max(100 * 1024 * 1024, most)
        finally:
            tracemalloc.stop()


class TestOtherDoors:
    @pytest.mark.parametrize(
        "line",
        [
            *(b"", b"\xff", b"[" * 60_000, b'{"ticket": "T-1"}', b'{"ticket": 5, "do": "open"}', b"null", b'"x"'),
            *(
                b'{"ticket": "T-1", "do": "open", "at": 1e999}',
                b'{"ticket": "\\u202e"}',
                b'{"ticket": "T-1", "do": {}}',
            ),
        ],
    )
    def test_hostile_lines_of_commands_are_refused(self, line: bytes) -> None:
        with pytest.raises(TicketflowError):
            read_line(line, "x:1")

    @pytest.mark.parametrize(
        "cases",
        [
            *([None], [5], [[]], [{}], ["x"], [{"id": [1]}], [{"id": "\u202e\x1b[31m"}], [{"reject": 5}], [{"steps": 5}]),
            [{"id": "x", "reject": "{}", "problems": [], "source": "s"}],
            [{"id": "x", "reject": "{}", "problems": [{"code": "x", "pointer": "y"}], "source": "s", "kind": "rulez"}],
            [{"id": "x", "reject": "[" * 10_000, "problems": [{"code": "x", "pointer": "y"}], "source": "s"}],
            [{"id": "x", "steps": [{}], "rules": {"preset": "../x"}, "source": "s"}],
            [{"id": "x", "steps": [], "rules": {"preset": "senior", "options": {"close_after": "soon"}}, "source": "s"}],
            [{"id": "x", "steps": [], "rules": {"document": {"name": "x"}}, "source": "s"}],
            [{"id": "x", "steps": [{"expect": {"sate": "x"}, "at": "now"}], "rules": {"preset": "senior"}, "source": "s"}],
            [{"id": "x", "steps": [{"expect": {}, "at": "2026-11-23T10:00:00Z"}], "rules": {"preset": "senior"}, "source": "s"}],
            [{"id": "x", "op": "is_open", "args": {"at": "2026-11-23T10:00:00Z"}, "expect": True, "calendar": {"tz": "Europe"}}],
            [{"id": "x", "op": "add", "args": {"start": "9999-12-31T23:00:00Z", "seconds": 10**12}, "expect": None, "calendar": {"tz": "UTC", "hours": {"mon": [["00:00", "00:01"]]}}}],
            [{"id": "x", "op": "__class__", "args": {}, "expect": 1, "calendar": "x"}],
            [{"id": "x", "op": {"a": 1}}],
            [{"id": "x", "op": "is_open", "args": {"at": "2026-11-23T10:00:00Z"}, "expect": 1, "calendar": {"union": [{"union": []}]}}],
            [{"id": "x", "op": "is_open", "args": {"at": "2026-11-23T10:00:00Z"}, "expect": True, "calendar": {"tz": "UTC", "hours": {"mon": [["09:00", "10:00"]]}, "yearly_holidays": ["13-45", "٠١-٠١"]}}],
        ],
    )  # fmt: skip
    def test_hostile_cases_give_no_traceback(
        self, cases: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "x.json"
        path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
        assert cli.main(["conformance", str(path)]) in (0, 1)
        out = capsys.readouterr().out
        assert all(sign.isprintable() or sign == "\n" for sign in out)

    @pytest.mark.parametrize(
        "text", [b"", b"\xff", b"{}", b"[" * 99_999, b'{"cases": 1}', b'{"cases": [{"id": "x"}, {"id": "x"}]}']
    )
    def test_files_without_cases_give_no_traceback(self, text: bytes, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        path.write_bytes(text)
        assert cli.main(["conformance", str(path)]) == 3

    def test_the_calendars_of_cases_must_be_an_object(self) -> None:
        (found,) = run_cases(read_cases(b'{"calendars": [1], "cases": [{"id": "x", "op": "is_open"}]}', "x"))
        assert found.detail == "the case is not valid: calendars is [1]; give a JSON object"

    def test_the_command_gives_no_traceback(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        path.write_bytes(b'{"cases": [{"id": "\\u202e"}, {"id": "\\ud800"}]}')
        command = [sys.executable, "-m", "ticketflow", "conformance", str(path)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (shown.returncode, shown.stdout) == (3, "")
        assert shown.stderr.endswith("a string has a lone surrogate; write whole characters\n")

    @pytest.mark.lives
    def test_nine_thousand_cases_are_read_in_time(self) -> None:
        text = json.dumps({"cases": [{"id": f"c{number}"} for number in range(9_000)]}).encode()
        assert takes_too_long(lambda: read_cases(text, "x"), allowed(text)) is None


ANA = Actor("agent", "ana")


@pytest.mark.lives
class TestUse:
    """Rule sets that are valid and expensive to use."""

    @staticmethod
    def opened(text: str, year: int) -> tuple[Any, Rules]:
        rules = documents.read("rules", text)
        command = commands.Open("T-1", message=Message("m0"), at=utc(year, 1, 5, 10), by=ANA)
        return handle(None, command, rules).unwrap().ticket, rules

    def test_every_second_for_nine_thousand_years(self) -> None:
        when = {
            "after": {"span": {"elapsed": {"seconds": 1}}, "since": "created", "every": {"elapsed": {"seconds": 1}}}
        }
        then = [{"send_message": {"template": "x"}}]
        ticket, rules = self.opened(
            desk(automations=[{"id": "a", "when": when, "then": then}], occurrences_per_call=100), 1000
        )
        plan = evaluate(utc(9999, 1, 1), ticket, rules)
        assert len(plan.due) <= 100
        assert takes_too_long(lambda: evaluate(utc(9999, 1, 1), ticket, rules), 0.5) is None

    def test_a_hundred_years_of_working_time_in_a_minute_a_week(self) -> None:
        when = {"after": {"span": {"working_time": {"hours": 36_525 * 24}}, "since": "created"}}
        week = {"default": {"zone": "America/Santiago", "week": "mon 09:00-09:01"}}
        given = desk(calendars=week, automations=[{"id": "a", "when": when, "then": ["cancel_snooze"]}])
        ticket, rules = self.opened(given, 9000)  # from 2026 on it takes eight times as long
        found: list[object] = []
        assert takes_too_long(lambda: found.append(next_due(ticket, rules)), 15, 1) is None, (
            "as many years as there are"
        )
        assert found == [None], "there are not so many weeks"

    def test_a_hundred_years_of_business_days(self) -> None:
        when = {"after": {"span": {"business_days": {"days": 36_525}}, "since": "created"}}
        ticket, rules = self.opened(rule(when=when), 2026)
        assert takes_too_long(lambda: next_due(ticket, rules), 2) is None

    @pytest.mark.parametrize("preset_name", ["senior", "posponer", "servicenow"])
    def test_the_last_year_of_all(self, preset_name: str) -> None:
        rules = preset(preset_name)()
        at = utc(9999, 12, 31, 23, 59, 59, 999_999)
        opened = commands.Open("T-1", message=Message("m0"), at=at, by=Actor("customer", "x"))
        decided = handle(None, opened, rules)
        if decided.ticket is not None:
            try:
                evaluate(at, decided.ticket, rules)
                next_due(decided.ticket, rules)
            except TicketflowError:
                pass  # ours, as where public holidays are not known

    def test_a_circle_of_rules_ends(self) -> None:
        table = {"fields": [{"name": "f", "choices": [0, 1]}]}
        turn = [
            {"id": f"to{n}", "when": {"on_change": "f"}, "given": {"field_is": {"field": "f", "values": [1 - n]}}, "then": [{"set_field": {"field": "f", "value": n}}]}
            for n in (0, 1)
        ]  # fmt: skip
        ticket, rules = self.opened(
            desk(table, automations=turn, steps_at_one_instant=1_000, unattended_changes=10_000), 2026
        )
        begin = commands.SetFields({"f": 1}, at=utc(2026, 1, 5, 11), by=ANA)
        assert takes_too_long(lambda: handle(ticket, begin, rules), 5) is None


class TestTexts:
    def test_values_in_a_template_are_not_templates(self) -> None:
        template = Template("t", {"en": "{a} {b} {c} {a.__class__} {0} {}"})
        assert template.text("en", {"a": "{b}", "b": "{a}"}) == "{b} {a} {c} {a.__class__} {0} {}"

    def test_a_text_stays_short_enough_to_be_sent(self) -> None:
        template = Template("t", {"en": "{a}" * 6_000})
        text = template.text("en", {"a": "x" * 65_536})
        assert len(text) <= 1_000_000

    def test_untrusted_text_is_escaped_and_keeps_its_lines(self) -> None:
        hint = Hint("h", {"en": "{a} at {b}"}, {"a": "one\ntwo\u202e\x1b", "b": utc(9999, 12, 31, 23)})
        assert hint.text("en") == "one\ntwo\\u202e\\x1b at 9999-12-31 23:00 +0000"
        assert hint.text("en", ZoneInfo("Asia/Kathmandu")).endswith("at 9999-12-31 23:00 +0000"), (
            "no wall there reads it"
        )

    def test_joiners_are_readable(self) -> None:
        assert (
            readable("\u06a9\u200c \U0001f469\u200d\U0001f4bb \u200b")
            == "\u06a9\u200c \U0001f469\u200d\U0001f4bb \\u200b"
        )

    def test_hints_need_readable_names(self) -> None:
        with pytest.raises(BadValueError):
            Hint("\u202e", {})


class TestRuleSetsInPython:
    """The classes refuse what documents refuse, so every rule set from Python can be written and read."""

    @pytest.mark.parametrize(
        ("parts", "where"),
        [
            ({"generation": 10**9 + 1}, ".generation"),
            ({"rank": -(10**9) - 1}, ".rank"),
            ({"group": "gr\u043eup"}, ".group"),
            ({"then": (Assign("\u0430na"),)}, ".then"),
            ({"when": After(Elapsed(days=36_526), Created())}, ".when.span"),
            ({"when": After(Elapsed(days=1), Created(), Elapsed(days=36_526))}, ".when.every"),
            ({"when": After(Elapsed(days=1), Created(), Elapsed(days=1), 10**9 + 1)}, ".when.at_most"),
        ],
    )
    def test_values_of_automations_are_limited(self, parts: dict[str, Any], where: str) -> None:
        made: dict[str, Any] = {"id": "a", "when": OnWake(), "then": (CancelSnooze(),)} | parts
        with pytest.raises(DefinitionError) as caught:
            attrs.evolve(EVERYTHING, automations=(Automation(**made),), workflow=UNMASKED, clocks=())
        assert [each.place.partition("'a'")[2] for each in caught.value.problems] == [where]

    def test_values_of_ladders_and_snoozes_are_limited(self) -> None:
        rung = Rung(BeforeDue(Elapsed(days=36_526)), CancelSnooze())
        ladder = Ladder(
            "l", Started("solving"), All(), (rung, Rung(Missed(), CancelSnooze())), min_notice=Elapsed(days=36_526)
        )
        later = Snoozing((LaterToday(after=Elapsed(days=36_526)),))
        with pytest.raises(DefinitionError) as caught:
            attrs.evolve(EVERYTHING, automations=(*EVERYTHING.automations, ladder), snoozing=later)
        assert {each.place.partition(" — ação'")[2] for each in caught.value.problems} == {
            ".snoozing.choices[0].after",
            ", automations[23] 'l'.min_notice",
            ", automations[23] 'l'.rungs[0]",
        }

    def test_two_templates_with_one_name_are_refused(self) -> None:
        template = Template("t", {"en": "x"})
        with pytest.raises(DefinitionError, match="another template is named"):
            attrs.evolve(EVERYTHING, templates=(template, template))

    @pytest.mark.parametrize("depth", [13, 60, 2_000])
    def test_nested_conditions_are_limited(self, depth: int) -> None:
        condition: Any = IsHidden()
        for _ in range(depth):
            condition = Not(condition)
        with pytest.raises(DefinitionError, match="nested more than"):
            attrs.evolve(EVERYTHING, automations=(Automation("a", OnWake(), (CancelSnooze(),), condition),))

    def test_names_of_calendars_are_ascii(self) -> None:
        office = EVERYTHING.calendars["default"]
        with pytest.raises(
            DefinitionError, match=r"'caf.+xe9' is not a name for a calendar; use ASCII, at most 256 characters"
        ):
            attrs.evolve(EVERYTHING, calendars=EVERYTHING.calendars.set("café", office))

    def test_names_in_sets_are_ascii(self) -> None:
        with pytest.raises(BadValueError, match="give names in ASCII, at most 256 characters"):
            State("x", tags={"fine", "n\u00f6"})


UNMASKED = attrs.evolve(
    EVERYTHING.workflow,
    states=tuple(attrs.evolve(each, masks=(), freezes=()) for each in EVERYTHING.workflow.states),
)


def test_a_fractional_number_keeps_its_text() -> None:
    assert len({Fractional("1.5"), Fractional("1.5"), Fractional("1.50")}) == 2
    assert repr(Fractional("9" * 50)) == "9" * 40


@pytest.mark.parametrize("source", ["é" * 131_073, "\ud800", "\ufeff" + desk(), "[" * 260_000, '"x"', ""])
def test_a_string_has_the_problems_of_its_bytes(source: str) -> None:
    of_string = answer("rules", source)
    of_bytes = answer("rules", source.encode("utf-8", "surrogatepass"))
    assert (of_string[0], mistakes(of_string[1])) == (of_bytes[0], mistakes(of_bytes[1]))


@pytest.mark.parametrize("kind", ["rulez", "", None, ["rules"]])
def test_an_unknown_kind_is_refused(kind: Any) -> None:  # noqa: ANN401 -- any kind
    with pytest.raises(BadValueError, match="kind of document"):
        documents.read(kind, "{}")


@pytest.mark.parametrize("written", ["yaml", None, ["json"]])
def test_an_unknown_language_is_refused(written: Any) -> None:  # noqa: ANN401 -- any language
    with pytest.raises(BadValueError, match="is not a language of documents; give 'json' or 'toml'"):
        documents.read("rules", "{}", written=written)
