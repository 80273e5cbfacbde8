"""The process map of the extract; its arrows are also counted from the rows of the file itself."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import groupby, pairwise
from pathlib import Path

import process_map
import pytest

from ticketflow import count_moves, events_table

EXTRACT = Path(__file__).parent.parent / "servicenow_replay" / "extract.csv"


def moves_in_the_file() -> Counter[tuple[str, str]]:
    """Count the changes of state in the file. Each incident opens as new, and resolving again counts."""
    counts: Counter[tuple[str, str]] = Counter()
    with EXTRACT.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for _, incident in groupby(rows, key=lambda row: row["number"]):
        states = ["", "new", *(row["incident_state"].lower().replace(" ", "_") for row in incident)]
        for before, after in pairwise(states):
            if before != after or after == "resolved":
                counts[before, after] += 1
    return counts


def test_the_map_has_the_moves_of_the_file() -> None:
    tickets = process_map.tickets_of(EXTRACT)
    found = Counter(move for _, move, _ in process_map.steps(events_table(tickets)))
    too_late = Counter({("resolved", "resolved"): 2})  # INC0000782 and INC0001230: the rules had closed them before
    assert found == count_moves(tickets) == moves_in_the_file() - too_late


def test_the_report_compares_with_both_workflows(capsys: pytest.CaptureFixture[str]) -> None:
    assert process_map.main([str(EXTRACT)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("37 incidents, 147 steps.")
    assert "    37            resolved -> closed                120.0 h" in lines  # the rule: five days
    assert "Against the workflow of 'servicenow': 13 of its 44 moves were taken." in lines
    assert "  33 steps are not in it, in 27 incidents." in lines  # 16 + 8 + 3 + 2 + 2 + 1 + 1


def test_the_picture_is_that_of_the_page(tmp_path: Path) -> None:
    drawn, events = tmp_path / "map.svg", tmp_path / "events.csv"
    assert process_map.main([str(EXTRACT), "--picture", str(drawn), "--events", str(events)]) == 0
    committed = Path(process_map.__file__).with_name("process_map.svg")
    assert words(drawn) == words(committed), "python examples/process_map/process_map.py … --picture process_map.svg"
    with events.open(newline="", encoding="utf-8") as file:
        assert sum(1 for _ in csv.DictReader(file)) == 147


def words(picture: Path) -> list[str]:
    """Return the texts of an SVG, which matplotlib repeats in comments. Lines differ a little between its releases."""
    return [line.strip() for line in picture.read_text(encoding="utf-8").splitlines() if "<!--" in line]


def test_an_unreadable_log_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert process_map.main([str(tmp_path / "none.csv")]) == 2
    assert "process_map: " in capsys.readouterr().err
