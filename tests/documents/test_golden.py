"""Every release reads what earlier releases wrote, as the same values.

`tests.support.golden_documents` says how the files are made. What later releases write in another form is listed here.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

import pytest

from tests.support.golden_documents import FOLDER, facts
from ticketflow import Ticket, documents
from ticketflow.documents.evolution import UPCASTERS, VERSION, present_entry
from ticketflow.documents.problems import DataError

FILES = sorted(FOLDER.glob("*.jsonl"))
GOLDEN = [
    pytest.param(json.loads(line), id=f"{path.stem}-{number}")
    for path in FILES
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines())
]


def canonical(data: Any) -> str:  # noqa: ANN401 -- plain data
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def written_now(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return a golden document as it is written now."""
    match kind:
        case "report" if "states" not in data:  # new attributes, which 0.1.0 did not know
            return data | {"closed_at": None, "first_resolver": None, "last_resolver": None, "states": []}
        case "rules":  # ladders since the opening, or since the start of a clock, are ended by nothing by default
            for rule in data.get("automations", ()):
                since = rule.get("since")
                is_plain = since == "created" or (isinstance(since, dict) and "started" in since)
                if is_plain and rule.get("ended_by", "") is None:
                    del rule["ended_by"]
        case "ticket":
            data["entries"][:1] = map(named, data["entries"][:1])
        case "event" if isinstance(data.get("opened", {}).get("earlier"), list):
            opened = data["opened"]
            opened["earlier"] = name_of(opened["earlier"])
    return data


def named(first: dict[str, Any]) -> dict[str, Any]:
    """Return the first entry of a history with the name of the history behind it, which 0.1.0 nested in it."""
    for event in first["events"]:
        earlier = event.get("opened", {}).get("earlier") if isinstance(event, dict) else None
        if isinstance(earlier, list):
            event["opened"]["earlier"] = name_of(earlier)
            return first | {"v": 2}
    return first


def name_of(histories: list[Any]) -> dict[str, Any] | None:
    """Return the name of the first of some histories, nearest first (docs/semantics.md 6.1)."""
    name: dict[str, Any] | None = None
    for first, *others in reversed(histories):
        (opened,) = (event["opened"] for event in first["events"] if isinstance(event, dict) and "opened" in event)
        if name is not None:
            opened["earlier"] = name
            first["v"] = 2
        digest = ""
        for entry in (first, *others):
            digest = blake2b(f"{digest}{canonical(entry)}".encode(), digest_size=10).hexdigest()
        name = {"ticket": opened["ticket"], "version": 1 + len(others), "digest": digest}
    return name


class TestGolden:
    def test_there_is_a_file_for_each_version_of_entries(self) -> None:
        assert {path.stem for path in FILES} >= {"0.1.0", f"entries-{VERSION}"}
        assert len(GOLDEN) > 200

    @pytest.mark.parametrize("row", GOLDEN)
    def test_every_document_is_read_as_the_same_value(self, row: dict[str, Any]) -> None:
        value = documents.read(row["kind"], row["text"])
        expected = canonical(written_now(row["kind"], json.loads(row["text"])))
        assert documents.write(value) == expected
        assert documents.read(row["kind"], expected) == value
        if isinstance(value, Ticket):
            assert facts(value) == row["ticket"]

    def test_follow_ups_of_follow_ups_are_among_them(self) -> None:
        for name in ("0.1.0", "entries-2"):
            lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
            tickets = [row["ticket"] for row in map(json.loads, lines) if row["kind"] == "ticket"]
            assert {"T-0", "T-1", "T-2"} <= {ticket["follows"] for ticket in tickets}


class TestPresentEntry:
    def test_there_is_an_upcaster_for_each_version_before_the_present_one(self) -> None:
        assert len(UPCASTERS) == VERSION - 1

    @pytest.mark.parametrize("version", [0, 3, -1, True, "1", None, 1.0, [1]])
    def test_other_versions_are_refused(self, version: object) -> None:
        with pytest.raises(DataError) as caught:
            present_entry({"v": version, "events": []})
        (problem,) = caught.value.problems
        assert (problem.path, problem.code) == (("v",), "wrong_format")
        assert problem.what == f"the version of the entry is {version!a}"
        assert problem.fix == "give a version from 1 to 2, or read it with the release that wrote it"

    @pytest.mark.parametrize("data", [None, [], "x", 5, {}, {"events": 5}, {"events": []}, {"events": ["opened"]}])
    def test_data_of_other_shapes_is_left_to_the_reader(self, data: object) -> None:
        assert present_entry(data) == data

    @pytest.mark.parametrize("opened", [5, {}, {"earlier": None}, {"earlier": {"ticket": "T"}}])
    def test_openings_without_nested_histories_do_not_change(self, opened: object) -> None:
        data = {"events": [{"opened": opened}]}
        assert present_entry(data) == data
