"""Hostile documents, and the checks that each is refused by the library and in time.

Source: docs/semantics.md 6.3; docs/reliability.md, "Untrusted documents".
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

from tests.support.complete_rule_set import COMMANDS, ENTRIES, EVENTS, EVERYTHING
from tests.support.random_lives import seeded, taken
from ticketflow import documents, evaluate, explain, report
from ticketflow.documents.parsing import Format
from ticketflow.documents.reading import Source
from ticketflow.errors import DocumentError
from ticketflow.kernel.names import is_readable
from ticketflow.presets.registry import preset, preset_names
from ticketflow.rules.actions import Move, SendMessage
from ticketflow.rules.automations import action_steps
from ticketflow.testing.random_rules import Pick

Data: TypeAlias = Any
"""Plain data of any shape."""

SECONDS_A_PIECE = 0.050
"""For every ten kilobytes that a document has begun."""
PIECE = 10 * 1024


def allowed(text: bytes) -> float:
    """Return the seconds that a refusal of *text* may take."""
    return SECONDS_A_PIECE * (len(text) // PIECE + 1)


def takes_too_long(call: Callable[[], object], seconds: float, times: int = 3) -> str | None:
    """Return what a call took that takes longer than it may, every time of several; None if it does not."""
    took: list[float] = []
    while len(took) < times:
        took.append(timed(call))
        if took[-1] <= seconds:
            return None
    return f"{min(took):.3f} s of {seconds:.3f} s"


def timed(call: Callable[[], object], times: int = 1) -> float:
    """Return the processor's seconds that a call took, the least of several: what others do counts for nothing."""
    found = []
    for _ in range(times):
        before = time.thread_time()
        call()
        found.append(time.thread_time() - before)
    return min(found)


def answer(kind: str, source: Source, written: Format = "json") -> tuple[object, DocumentError | None]:
    """Return the value of a document, or the refusal; any other exception is a fault."""
    try:
        return documents.read(kind, source, name="x", written=written), None
    except DocumentError as error:
        refusal = error
    assert 1 <= len(refusal.problems) <= 50
    assert all(is_readable(str(problem)) for problem in refusal.problems)
    return None, refusal


def mistakes(refusal: DocumentError | None) -> list[tuple[str, str | None]]:
    """Return the code and the pointer of each problem of a refusal; none if there is no refusal."""
    return [(problem.code, problem.pointer) for problem in refusal.problems] if refusal else []


def comes_back(kind: str, value: object) -> str:
    """Return the canonical text of a value, which gives an equal one of equal text."""
    text = documents.write(value)
    again = documents.read(kind, text)
    assert again == value, f"{again!r:.500} is not {value!r:.500}"
    assert documents.write(again) == text
    return text


@cache
def corpus() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return documents that are as they should be, small ones too, with their kinds."""
    values: list[object] = [preset(name)() for name in preset_names()]
    values += [EVERYTHING, *COMMANDS, *ENTRIES, *EVENTS, Move("close"), SendMessage("hello")]
    values += [action for rule in EVERYTHING.automations for step in action_steps(rule) for action in step]
    for number in range(6):
        world = seeded(number)
        ticket = taken(world)
        plan = evaluate(world.end, ticket, world.rules)
        told = explain(world.end, ticket, world.rules)
        values += [world.rules, ticket, plan, *told[:2], report(world.end, ticket, world.rules), *world.life[:2]]
    found = ((documents.write(value), value) for value in values)
    return tuple((text.partition('"format":"')[2].partition("/")[0], json.loads(text)) for text, _ in found)


# --- Mutations of plain data.

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**40),
    *(
        "",
        "x",
        "open",
        "default",
        "\u043epen",
        "caf\u0065\u0301",
        "\u202eabc",
        "a\x00b",
        "a\nb",
        "x" * 300,
        "x" * 70_000,
    ),
    *("Europe", "localtime", "../../etc/passwd", "UTC", "HolidayBase", "2026-11-23T10:00:00Z", "9999-12-31T23:59:59Z"),
    *("0001-01-01T00:00:00+14:00", "2026-02-30", "24:00", "25:00", "mon-fri 09:00-18:00", "created", "nothing"),
    *("{t.f.__globals__}", "__class__", "__proto__", "(a+)+$", "%s", "is_assigned"),
    *([], {}, [[]], {"nothing": True}, {"": {}}, [None], [[[[[[]]]]]], {"instant": "2026-11-23T10:00:00Z"}),
    *({"not": {"not": {"not": "is_assigned"}}}, {"days": 36_526}, {"hours": 2**62}, {"elapsed": {"days": 10**9}}),
    *({"country": "NYSE"}, {"latest": []}, {"all": []}, list(range(40))),
)

KEYS = ("", "name", "nmae", "x" * 80, "__init__", "\u202e", "days", "do", "not")


def _places(data: Data, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for key, held in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _places(held, (*path, key))


def _at(data: Data, path: tuple[str | int, ...]) -> Data:
    for key in path:
        data = data[key]
    return data


def mutated(data: dict[str, Any], pick: Pick, times: int) -> Data:
    """Return plain data in which some parts were dropped, doubled, exchanged, renamed or replaced by hostile ones."""
    changed: Any = json.loads(json.dumps(data))
    for _ in range(times):
        places = list(_places(changed))[1:]
        if not places:
            return changed
        *above, last = pick(places)
        holder: Data = _at(changed, tuple(above))
        held = holder[last]
        match pick(("drop", "hostile", "hostile", "exchange", "grow", "wrap", "copy")):
            case "drop":
                del holder[last]
            case "hostile":
                holder[last] = _fresh(pick(HOSTILE))
            case "exchange":
                holder[last] = _copied(changed, pick, places)
            case "grow" if isinstance(holder, list):
                holder.extend(_fresh([held] * pick((1, 2, 60))))
            case "grow":
                holder[pick(KEYS)] = holder.pop(last)
            case "wrap":
                holder[last] = pick(([held], {"not": held}, {"all": [held]}, {"x": held}))
            case _:
                holder[last] = _copied(changed, pick, places)
    return changed


def _copied(data: Data, pick: Pick, places: list[tuple[str | int, ...]]) -> Data:
    return _fresh(_at(data, pick(places)))


def _fresh(part: Data) -> Data:
    """Return a copy: what stands in two places must not change in both, nor hold itself."""
    return json.loads(json.dumps(part)) if isinstance(part, dict | list) else part


def noisy(text: bytes, pick: Pick, times: int) -> bytes:
    """Return a text with that many bytes changed, removed or inserted."""
    changed = bytearray(text)
    for _ in range(times):
        at = pick(range(len(changed) or 1))
        match pick(("change", "cut", "put", "repeat")):
            case "change" if changed:
                changed[at] = pick(range(256))
            case "cut":
                del changed[at : at + pick((1, 1, 8, 100))]
            case "put":
                changed[at:at] = pick(
                    (b'"', b"\\", b"[", b"}", b".", b"\n", b"\xed\xa0\x80", b"1e999", b'"""', b"\xff")
                )
            case _:
                changed[at:at] = changed[at : at + 20] * pick((1, 3, 40))
    return bytes(changed)
