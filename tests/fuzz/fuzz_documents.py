"""A coverage-guided run on documents of strangers: nothing but our own refusals, nothing past the limits.

    make fuzz                                       # a short run
    python tests/fuzz/fuzz_documents.py -runs=1000000 -max_len=4096

The first byte of an input says as what it is read; what follows is the document. Half of the mutations are of bytes,
and half of the structure of a document that is well-formed. What is read is written and read back.

Source: docs/semantics.md 6.3.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["ticketflow"]):
    from ticketflow import documents
    from ticketflow.conformance import runner as conformance
    from ticketflow.documents.reading import read_line
    from ticketflow.errors import DocumentError, TicketflowError

sys.path[:0] = [str(Path(__file__).parent.parent.parent)]

from tests.support.hostile_documents import allowed, answer, comes_back, corpus, mutated, timed

KINDS = (*documents.KINDS, "line", "conformance", "rules.toml", "rules.toml")
SLOWER = 10
"""How much slower than told a refusal may be here, where every branch is counted."""
_worst = [0.0]


def read(data: bytes) -> None:
    """Read an input as what its first byte says."""
    if data:
        kind, text = KINDS[data[0] % len(KINDS)], data[1:]
        # What is accepted is written and read back besides, and countries cost what they cost once.
        _worst[0] = max(_worst[0], timed(lambda: _read(kind, text)) / allowed(text))
        assert _worst[0] < SLOWER, f"it took {_worst[0]:.1f} times as long as it may"


def _read(kind: str, text: bytes) -> None:
    match kind:
        case "line":
            with contextlib.suppress(DocumentError):
                read_line(text, "x")
        case "conformance":
            with contextlib.suppress(TicketflowError):
                list(conformance.run_cases(conformance.read_cases(text, "x")))
        case _:
            name, _, written = kind.partition(".")
            value, _ = answer(name, text, "toml" if written else "json")
            if value is not None:
                comes_back(name, value)
            with contextlib.suppress(ValueError, RecursionError):
                answer(name, json.loads(text))


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Return another input: other bytes, or a document of another structure."""
    random = Random(seed)  # noqa: S311 -- no secrets
    if random.random() < 0.5:
        return bytes(atheris.Mutate(data, max_size))
    try:
        found = json.loads(data[1:])
    except (ValueError, RecursionError):
        found = random.choice(corpus())[1]
    text = json.dumps(mutated(found if isinstance(found, dict) else {}, random.choice, random.randint(1, 4)))
    return (data[:1] or b"\0") + text.encode()[: max_size - 1]


def seeds() -> list[bytes]:
    """Return inputs to begin with: every document of the corpus that is small, as JSON, and some rule sets as TOML."""
    kinds = list(KINDS)
    found = [bytes([kinds.index(kind)]) + json.dumps(data).encode() for kind, data in corpus()]
    for kind, data in corpus():
        if kind == "rules":
            rules = documents.read("rules", data)
            found.append(bytes([kinds.index("rules.toml")]) + documents.write_toml(rules).encode())
        if kind == "command":
            line = {**data, "ticket": "T-1"}
            found.append(bytes([kinds.index("line")]) + json.dumps(line).encode())
    case: dict[str, Any] = {"id": "x", "op": "is_open", "args": {"at": "2026-11-23T10:00:00Z"}, "expect": True}
    case["calendar"] = {"tz": "UTC", "hours": {"mon": [["09:00", "18:00"]]}}
    told = {"id": "y", "rules": {"preset": "servicenow"}, "source": "s", "steps": []}
    wrong = {"id": "z", "reject": "{}", "source": "s", "problems": [{"code": "wrong_format", "pointer": "/format"}]}
    found.append(bytes([kinds.index("conformance")]) + json.dumps({"cases": [case, told, wrong]}).encode())
    return [each for each in found if len(each) <= 4_096]


def main() -> None:
    """Write the seeds into a folder of their own, and run."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            (Path(folder) / f"{number:03}").write_bytes(seed)
        arguments = [sys.argv[0], "-max_len=4096", "-rss_limit_mb=1024", "-timeout=10", *sys.argv[1:], folder]
        atheris.Setup(arguments, read, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
