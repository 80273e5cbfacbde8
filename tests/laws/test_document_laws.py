"""Laws of documents drawn from a schema, mutated or noisy: each is refused in time or read and written back.

Source: docs/semantics.md 6.1 to 6.3.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import Any

import attrs
import pytest

from tests.support.desk import ANA
from tests.support.hostile_documents import (
    allowed,
    answer,
    comes_back,
    corpus,
    mistakes,
    mutated,
    noisy,
    takes_too_long,
    timed,
)
from tests.support.random_lives import DAY, World, law, lived, picks, seeded, taken, worlds
from ticketflow import (
    Field,
    Policy,
    Rules,
    Target,
    WorkingTime,
    commands,
    documents,
    evaluate,
    explain,
    handle,
    read_all,
    report,
    sla,
)
from ticketflow.analysis.check import check
from ticketflow.analysis.explore.unattended import unattended_paths
from ticketflow.compare.differences import diff
from ticketflow.documents.conversion import read_plain, write_plain
from ticketflow.documents.parsing import MOST_BYTES, parse
from ticketflow.documents.quick_reading import quick_reader
from ticketflow.engine.decisions import Refused
from ticketflow.errors import DocumentError
from ticketflow.presets.registry import preset
from ticketflow.rules.automations import action_steps
from ticketflow.testing.random_rules import Pick

pytestmark = pytest.mark.lives

KIND = ("rules", "rules", "rules", *(kind for kind in documents.KINDS if kind != "rules"))

# --- Documents drawn from their schema. Names come from pools, so that they often are those of something.

POOLS: Mapping[str, tuple[Any, ...]] = {
    "string": ("open", "busy", "closed", "x", "close", "default", "ação", "one\ntwo", "y" * 70),
    "zone": ("UTC", "UTC", "Europe/Madrid", "America/Santiago", "Mars"),
    "week": ("mon-fri 09:00-18:00", "mon-sun 00:00-24:00", "sat 22:00-04:00", "", "mon 9"),
    "states": ("open", "busy", "closed", "nowhere"),
    "country": ("BR", "CL"),
    "subdivision": ("SP", "RJ"),
    "name": ("open", "busy", "closed", "level", "x", "on", "X"),
    "id": ("a", "b", "c", "T-1", "e1", "B"),
    "field": ("level", "note", "day", "nothing"),
    "may": ("agent", "customer", "administrator", "guild"),
    "commands": ("assign", "move", "asign"),
    "transition": ("close", "back", "go"),
    "to": ("customer", "owner", "nobody"),
    "integer": (0, 1, 2, 3, 5, 31, -1, 64, 10**6),
    "instant": ("2026-11-23T10:00:00Z", "2026-11-24T10:00:00.1Z", "2026-11-23T07:00:00-03:00", "2026-11-31T10:00:00Z"),
    "date": ("2026-11-23", "12-24", "2028-02-29"),
    "time": ("09:00", "00:00", "23:59:59.999999", "24:00"),
}  # fmt: skip
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("state_is", "target", "sources", "state", "left", "entry", "before", "after"), "states"),
    **dict.fromkeys(
        ("ticket", "assignee", "follows", "event_id", "assigned_to", "assign", "other", "new_ticket"), "id"
    ),
    **dict.fromkeys(
        ("set_field", "hold_field", "release_field", "add_note", "on_change", "at_field", "needs"), "field"
    ),
    **dict.fromkeys(("move", "reopen"), "transition"),
    **dict.fromkeys(("calendar", "gate", "at_opening", "at_closing"), "calendar"),
    "by": "may",
}
HOURS = ("09:00-18:00", "22:00-02:00", "")


class Drawn:
    """Documents drawn from one schema."""

    def __init__(self, whole: dict[str, Any], pick: Pick) -> None:
        self.definitions = whole["$defs"]
        self.pick = pick

    def value(self, node: dict[str, Any], called: str = "string", depth: int = 0) -> Any:  # noqa: ANN401 -- plain data
        """Draw a value for a node of the schema, which is under a key."""
        if "$ref" in node:
            return self.value(self.definitions[node["$ref"].rpartition("/")[2]], called, depth)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self.pick(node["enum"])
        if "anyOf" in node:
            return self.value(self._option(node["anyOf"], depth), called, depth)
        kind = node.get("type", "string")
        match self.pick(kind) if isinstance(kind, list) else kind:
            case "object":
                return dict(self._members(node, depth))
            case "array":
                most = node.get("maxItems", 1 if depth > 8 else 3)
                count = self.pick(range(node.get("minItems", 0), most + 1))
                return [self.value(node["items"], called, depth + 1) for _ in range(count)]
            case "integer":
                return self.pick(POOLS["integer"])
            case "boolean":
                return self.pick((True, False))
            case "null":
                return None
            case _:
                return self._text(node, called)

    def _option(self, options: list[dict[str, Any]], depth: int) -> dict[str, Any]:
        """Pick an option; at depth, one with few levels below."""
        short = [each for each in options if "enum" in each or each.get("type") in ("null", "string", "integer")]
        return self.pick(short if depth > 6 and short else options)

    def _members(self, node: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        known, needed = node.get("properties", {}), node.get("required", ())
        if "maxProperties" in node and not needed:  # a tag
            names = [self.pick(list(known))]
        elif "maxProperties" in node:  # a tag below a header
            names = ["format", self.pick([name for name in known if name not in ("format", "$schema")])]
        else:
            others = [name for name in known if name not in needed and name != "$schema"]
            names = [*needed, *(name for name in others if self.pick((True, False, False)) and depth < 9)]
        if node.get("minProperties") and not names:
            names = [self.pick(list(known))]
        for name in names:
            yield name, self.value(known[name], name, depth + 1)
        if isinstance(node.get("additionalProperties"), dict):
            for _ in range(self.pick(range(3))):
                key = self.value(node.get("propertyNames", {}), "name", depth + 1)
                yield str(key), self.value(node["additionalProperties"], str(key), depth + 1)

    def _text(self, node: dict[str, Any], called: str) -> Any:  # noqa: ANN401 -- a text
        pattern = node.get("pattern", "")
        if node.get("format") == "date-time":
            return self.pick(POOLS["instant"])
        if node.get("format") == "date" or "[0-9]{2}-[0-9]{2}" in pattern:
            return self.pick(POOLS["date"][: 1 if node.get("format") else 3])
        if pattern:
            return self.pick(POOLS["time"])
        if called[:2] == "20":
            return self.pick(HOURS)
        if ALIASES.get(called) == "calendar":
            return self.pick(("default", "default", "default", "nights"))
        return self.pick(POOLS.get(ALIASES.get(called, called), POOLS["string"]))


@cache
def _schema(kind: str) -> dict[str, Any]:
    return documents.schema(kind)


@cache
def _desk() -> dict[str, Any]:
    """Return a rule set with the names to which drawn parts refer."""
    states = [{"name": "open"}, {"name": "busy"}, {"name": "closed", "category": "closed"}]
    rows = [
        {"name": "close", "sources": ["open", "busy"], "target": "closed", "may": ["agent"]},
        {"name": "go", "sources": ["open"], "target": "busy", "may": ["agent"]},
        {"name": "back", "sources": ["busy"], "target": "open", "may": ["agent"]},
    ]
    fields = [{"name": "level"}, {"name": "note"}, {"name": "day", "kind": "moment"}]
    workflow = {"states": states, "transitions": rows, "fields": fields, "groups": ["guild"]}
    hours = {
        "default": {"zone": "UTC", "week": "mon-fri 09:00-18:00"},
        "nights": {"zone": "UTC", "week": "mon 22:00-06:00"},
    }
    return {"format": "rules/1", "name": "drawn", "workflow": workflow, "calendars": hours}


PARTS = ("automations", "automations", "automations", "clocks", "snoozing", "templates", "calendars")


def drawn(pick: Pick, kind: str) -> Any:  # noqa: ANN401 -- plain data
    """Draw a document; for a rule set, mostly one part beside a given workflow."""
    whole = _schema(kind)
    if kind != "rules" or pick((True, False, False, False)):
        return Drawn(whole, pick).value(whole)
    part = pick(PARTS)
    given = Drawn(whole, pick).value(whole["properties"][part], part, 2)
    return _desk() | {part: given[:1] if isinstance(given, list) else given}


class TestDrawn:
    @law(600, picks, taken=0.3, rules=0.05, refused=0.3, commands=0.02)
    def test_documents_drawn_from_schemas_are_refused_or_come_back(self, pick: Pick) -> Iterator[str]:
        kind = pick(KIND)
        text = json.dumps(drawn(pick, kind)).encode()
        value, refusal = answer(kind, text)
        yield "taken" if refusal is None else "refused"
        if kind != "rules":
            _is_read_alike(kind, json.loads(text))
        if refusal is None:
            comes_back(kind, value)
            yield {"rules": "rules", "command": "commands"}.get(kind, "other")


class TestWrong:
    """Real documents made wrong, as JSON, as TOML and as parsed data: each is read or refused in time."""

    @law(350, picks, refused=0.5, taken=0.05, toml=0.05)
    def test_mutations_of_structure(self, pick: Pick) -> Iterator[str]:
        kind, data = pick(corpus())
        changed = mutated(data, pick, pick((1, 1, 2, 3, 8)))
        text = json.dumps(changed).encode("utf-8", "surrogatepass")
        yield from _answered(kind, text, "json")
        if kind != "rules" and len(text) <= MOST_BYTES and parsed(kind, text) is not None:
            _is_read_alike(kind, parsed(kind, text))
        if len(text) <= MOST_BYTES:
            assert mistakes(answer(kind, json.loads(text))[1]) == mistakes(answer(kind, text)[1])
        if kind == "rules":
            yield "toml"
            yield from _answered(kind, _as_toml(pick), "toml")

    @law(300, picks, refused=0.6, taken=0.01)
    def test_noise(self, pick: Pick) -> Iterator[str]:
        kind, data = pick(corpus())
        text = noisy(json.dumps(data).encode(), pick, pick((1, 2, 5, 30)))
        yield from _answered(kind, text, "json")
        if pick((True, False, False)):
            yield from _answered("rules", noisy(_as_toml(pick), pick, pick((1, 3, 10))), "toml")


def parsed(kind: str, text: bytes) -> Any:  # noqa: ANN401 -- plain data
    """Return the data of a document within all limits; None if it is not within them."""
    try:
        return parse(text, kind, most=None).data
    except DocumentError:
        return None


def _is_read_alike(kind: str, data: Any) -> None:  # noqa: ANN401 -- plain data
    """Check that the quick reader reads nothing that the other one refuses, and reads it as an equal value."""
    rest = {key: held for key, held in data.items() if key not in ("format", "$schema")} if data else data
    annotation = documents.KINDS[kind]
    try:
        quickly = quick_reader(annotation)(rest)
    except Exception:  # noqa: BLE001 -- it gives up by any of them
        return
    value = read_plain(rest, annotation)
    assert quickly == value
    assert write_plain(quickly, annotation) == write_plain(value, annotation)


@cache
def _toml_of(name: str) -> bytes:
    return documents.write_toml(preset(name)()).encode()


def _as_toml(pick: Pick) -> bytes:
    """Return a preset in TOML with some lines left out, twice, or elsewhere."""
    lines = _toml_of(pick(("posponer", "servicenow"))).split(b"\n")
    for _ in range(pick((0, 1, 2))):
        at, line = pick(range(len(lines))), pick(lines)
        lines[at : at + pick((0, 1, 1))] = [line] if pick((True, False)) else []
    return b"\n".join(lines)


def _answered(kind: str, text: bytes, written: Any) -> Iterator[str]:  # noqa: ANN401 -- a format
    found: list[tuple[object, object]] = []
    took = timed(lambda: found.append(answer(kind, text, written)))
    value, refusal = found[0]
    if refusal is None:
        comes_back(kind, value)
        yield "taken"
        return
    yield "refused"
    if took > allowed(text):  # it was perhaps the first of its kind
        assert takes_too_long(lambda: answer(kind, text, written), allowed(text)) is None


SOLVING = Policy("solving", sla.resolution("anew"), (Target(WorkingTime(hours=4)),))


class TestLives:
    @law(25, worlds(), automatic=0.5, plan=0.2)
    def test_everything_about_a_life_comes_back(self, world: World) -> Iterator[str]:
        ticket, rules, end = taken(world), world.rules, world.end
        assert read_plain(write_plain(rules), Rules) == rules
        comes_back("rules", rules)
        for command in world.life:
            comes_back("command", command)
        plan = evaluate(end, ticket, rules)
        comes_back("plan", plan)
        for explained in explain(end, ticket, rules):
            comes_back("explanation", explained)
        comes_back("report", report(end, ticket, rules))
        after = lived(world)
        text = comes_back("ticket", after)
        assert documents.read("ticket", text).fields == after.fields
        for entry in after.history:
            comes_back("entry", entry)
        for reading in read_all(end, after, attrs.evolve(rules, clocks=(SOLVING,)).clock("solving")):
            comes_back("reading", reading)
        if plan:
            yield "plan"
        if any(entry.is_automatic for entry in after.history):
            yield "automatic"


class TestEveryKind:
    def test_what_the_library_accepts_or_makes_is_read_back(self) -> None:
        """Documents have no limit that an accepted value can exceed."""
        seen: Counter[str] = Counter()
        longest = 0
        for number in range(10):
            pick = Random(number).choice  # noqa: S311 -- no secrets are drawn
            for kind, value in _made(_with_long_texts(seeded(number), pick), seeded(number + 1).rules):
                longest = max(longest, len(comes_back(kind, value).encode()))
                seen[kind] += 1
        assert seen.keys() == documents.KINDS.keys()
        assert min(seen.values()) >= 3, seen
        assert longest > 1_000_000, longest


def _with_long_texts(world: World, pick: Pick) -> World:
    """Return a world in which people also write long texts into a field."""
    workflow = attrs.evolve(world.rules.workflow, fields=(*world.rules.workflow.fields, Field("note", kind="text")))
    life: list[commands.Command] = []
    for number, command in enumerate(world.life):
        text = pick(("x", "\n", '"', "\U0001f600")) * pick((1, 60_000, 65_535)) + str(number % 10)
        life += [command, commands.SetFields({"note": text}, at=command.at, by=ANA, event_id=f"note{number}")]
    return attrs.evolve(world, rules=attrs.evolve(world.rules, workflow=workflow), life=tuple(life))


def _made(world: World, other: Rules) -> Iterator[tuple[str, object]]:
    """Yield values of every kind with their kinds: what a life under a rule set brings, and what is found in it."""
    rules, ticket = world.rules, taken(world)
    after = lived(world)
    yield from (("rules", rules), ("ticket", after), ("plan", evaluate(world.end, ticket, rules)))
    yield from (("command", command) for command in world.life)
    yield from (("entry", entry) for entry in after.history)
    yield from (("event", event) for entry in after.history for event in entry.events)
    yield from (("action", each) for rule in rules.automations for then in action_steps(rule) for each in then)
    yield from (("explanation", each) for each in explain(world.end, ticket, rules))
    yield "report", report(world.end, after, rules)
    clock = attrs.evolve(rules, clocks=(SOLVING,)).clock("solving")
    yield from (("reading", each) for each in read_all(world.end, after, clock))
    early = attrs.evolve(world.life[1], at=world.life[0].at - DAY, event_id="early")
    for decision in (handle(None, world.life[1], rules), handle(after, early, rules)):
        yield from (("reason", each) for each in (decision.reasons if isinstance(decision, Refused) else ()))
    yield from (("finding", each) for each in check(rules, budget=10))
    yield from (("difference", each) for each in diff(rules, other))
    yield from (("silent_path", each) for each in unattended_paths(rules, 5))
