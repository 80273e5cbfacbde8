"""The fleet example: files, totals, and a cluster that loses a worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster
from ticketflow_fleet.__main__ import main
from ticketflow_fleet.histories import SCHEMA, read_histories, write_histories, write_rows
from ticketflow_fleet.run import local_cluster, run
from ticketflow_fleet.sample import sample_tickets

from ticketflow import Ticket, documents, events, replay
from ticketflow.presets.senior import senior

T = TypeVar("T", bound=events.Event)
RULES = senior()
UNATTENDED = attrs.evolve(RULES, automations=())


@pytest.fixture(scope="module")
def tickets() -> list[Ticket]:
    return list(sample_tickets(240, RULES))


@pytest.fixture(scope="module")
def stored(tickets: list[Ticket], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_histories(tickets, tmp_path_factory.mktemp("stored"), per_file=20)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with local_cluster(2) as cluster:
        yield cluster


def a_document(folder: Path, rules: object = RULES) -> Path:
    path = folder / "rules.json"
    path.write_text(documents.write(rules), encoding="utf-8")
    return path


def happened(ticket: Ticket, kind: type[T]) -> list[T]:
    return [event for entry in ticket.history for event in entry.events if isinstance(event, kind)]


def outcomes(folder: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("*.parquet")))


def test_files_hold_the_histories_that_were_written(tickets: list[Ticket], stored: list[Path]) -> None:
    found = [
        replay(documents.read("entry", entry) for entry in row) for path in stored for _, row in read_histories(path)
    ]
    assert found == tickets
    assert len(stored) == 12


def test_the_same_rules_lead_to_the_same_outcomes(stored: list[Path], tmp_path: Path) -> None:
    found = run(stored, a_document(tmp_path), tmp_path / "out")
    assert found["stored tickets"] == found["tried tickets"] == 240
    assert found["tried messages"] > 0
    rows = outcomes(tmp_path / "out").drop_columns(["refused"]).to_pylist()
    by_rules = {
        rules: [{**row, "rules": None} for row in rows if row["rules"] == rules] for rules in ("stored", "tried")
    }
    assert by_rules["stored"] == by_rules["tried"]


def test_without_rules_nothing_is_sent_or_closed(stored: list[Path], tmp_path: Path) -> None:
    found = run(stored, a_document(tmp_path, UNATTENDED), tmp_path / "out")
    assert found["stored closed"] == 240
    assert (found["tried closed"], found["tried messages"]) == (0, 0)


def test_commands_that_other_rules_refuse_are_counted(
    tickets: list[Ticket], stored: list[Path], tmp_path: Path
) -> None:
    kept = tuple(row for row in RULES.workflow.transitions if row.name != "inform_solution")
    workflow = attrs.evolve(RULES.workflow, transitions=kept)
    found = run(stored, a_document(tmp_path, attrs.evolve(UNATTENDED, workflow=workflow)), tmp_path / "out")
    taken = [event for ticket in tickets for event in happened(ticket, events.StateChanged)]
    assert found["tried refused"] == sum(event.transition == "inform_solution" for event in taken) > 0


def test_a_cluster_finds_what_one_process_finds(stored: list[Path], tmp_path: Path, cluster: LocalCluster) -> None:
    rules = a_document(tmp_path)
    here = run(stored, rules, tmp_path / "here")
    with Client(cluster) as client:
        assert run(stored, rules, tmp_path / "there", client=client) == here
    assert outcomes(tmp_path / "there") == outcomes(tmp_path / "here")


def test_a_killed_worker_loses_nothing(stored: list[Path], tmp_path: Path) -> None:
    rules, killed = a_document(tmp_path), list[int]()
    here = run(stored, rules, tmp_path / "here")
    with (
        local_cluster(2) as cluster,
        Client(cluster) as client,
    ):
        pids = client.run(os.getpid)

        def kill_one(done: int, total: int) -> None:
            if not killed:
                assert done < total
                killed.append(next(iter(pids.values())))
                os.kill(killed[0], signal.SIGKILL)

        found = run(stored, rules, tmp_path / "there", client=client, progress=kill_one)
    assert killed
    assert found == here
    assert outcomes(tmp_path / "there") == outcomes(tmp_path / "here")


def test_a_damaged_history_stops_no_other(
    tickets: list[Ticket], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [path] = write_histories(tickets[:3], tmp_path)
    rows = pq.read_table(path).to_pylist()
    second = [row for row in rows if row["ticket"] == tickets[1].id and row["sequence"] == 1]
    write_rows([row for row in rows if row not in second], SCHEMA, path)
    assert main(["try", str(a_document(tmp_path)), str(tmp_path), str(tmp_path / "out"), "--here"]) == 1
    printed = capsys.readouterr().out
    assert "tickets             2          2" in printed
    assert "1 histories cannot be read" in printed
    [error] = [row["error"] for row in outcomes(tmp_path / "out").to_pylist() if row["error"]]
    assert error.startswith(f"history of ticket {tickets[1].id!r}, entry 1: ")


def test_the_commands_of_the_readme(tmp_path: Path, cluster: LocalCluster, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "histories"
    assert main(["sample", str(folder), "--tickets", "150"]) == 0
    asked = ["try", str(folder / "rules.json"), str(folder), str(tmp_path / "out")]
    assert main([*asked, "--scheduler", cluster.scheduler_address]) == 0
    printed = capsys.readouterr()
    assert "150 tickets in 2 files" in printed.out
    assert "tickets           150        150" in printed.out
    assert "2 of 2 files" in printed.err


def test_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["try", "rules.json", str(tmp_path), str(tmp_path / "out"), "--here"])
    assert "has no entries-*.parquet; write some with `sample`" in capsys.readouterr().err


def test_a_ticket_counts_its_entries_and_messages(tickets: list[Ticket], tmp_path: Path) -> None:
    [path] = write_histories(tickets[:1], tmp_path)
    found = run([path], a_document(tmp_path), tmp_path / "out")
    assert found["tried entries"] == len(list(tickets[0].history))
    assert found["tried messages"] == len(happened(tickets[0], events.MessageRequested))
