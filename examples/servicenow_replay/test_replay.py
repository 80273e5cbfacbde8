"""The replay of the extract; the figures were counted by hand from its rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import replay
from incident_log import read_log

EXTRACT = Path(__file__).parent / "extract.csv"


def test_the_extract_gives_the_figures_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main([str(EXTRACT), "--show", "INC0000047"]) == 0
    shown = capsys.readouterr().out
    assert "Sun 2016-03-06 09:52:00 +0000  Resolved -> Closed" in shown, "resolved on 1 March 09:52"
    assert "the log says: closed Sun 2016-03-06 10:00" in shown
    assert "37 incidents in 197 rows; 0 refused" in shown
    for figure in ("  11  inside", "  22  later", "   1  earlier", "   3  have no resolved_at"):
        assert figure in shown
    assert "18 of 18 tickets are then exactly what asking every hour makes of them" in shown


@pytest.mark.parametrize("program", ["replay.py", "agreement.py"])
def test_a_program_whose_reader_stops_ends_without_a_traceback(program: str) -> None:
    command = [sys.executable, str(EXTRACT.with_name(program)), str(EXTRACT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 -- our own
        assert process.stdout is not None and process.stderr is not None  # noqa: PT018
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_due_instants_are_the_logs_own_resolution_and_five_days() -> None:
    """The expected instants come from the log's column, not from our reading of its rows."""
    incidents, problems = read_log(EXTRACT)
    assert not problems
    comparisons, _, refused = replay.compare(incidents)
    assert not refused
    resolved = {incident.number: incident.resolved_at for incident in incidents}
    known = [each for each in comparisons if each.is_known]
    assert len(known) == 34
    for each in known:
        at = resolved[each.number]
        assert at is not None
        assert (each.due_at - at).total_seconds() == 5 * 24 * 3600


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("INC1,Open,29-02-2016 08:00,,,,?,?", "no state 'Open'; there are: New, Active"),
        ("INC1,New,2016-02-29,,,,?,?", "instant '2016-02-29'; write it as"),
        ("INC1,New,?,,,,?,?", "sys_updated_at is missing"),
        ("INC1,New,29-02-2016 08:00,?,,true,?,?", "made_sla 'true'; write TRUE or FALSE"),
        ("INC1,New", "the row has another number of cells than the header; fix the line"),
        ("INC1,New,29-02-2016 08:00,,,,?,?,extra", "the row has another number of cells than the header; fix the line"),
        (
            "INC1,New,29-02-2016 08:00,?,,TRUE,?,?\nINC1,Active,29-02-2016 07:00,?,,TRUE,?,?",
            "the row is older than the incident's row before it; sort the rows",
        ),
    ],
)
def test_a_bad_row_refuses_its_incident_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, complaint: str
) -> None:
    head, *rows = EXTRACT.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "log.csv"
    file.write_text("\n".join([head, *rows, row]) + "\n", encoding="utf-8")
    assert replay.main([str(file)]) == 1
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert "37 incidents in 197 rows; 1 refused" in shown.out


def test_an_incident_that_the_rules_refuse_leaves_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reopened after the rules closed it and never resolved again, it has its own message."""
    rows = ("New,01-03-2016 08:00", "Resolved,02-03-2016 08:00", "Active,12-03-2016 08:00")
    file = tmp_path / "log.csv"
    lines = [f"INC9999999,{row},?,,TRUE,02-03-2016 08:00,?" for row in rows] + ["b d,New,01-03-2016 08:00,?,,TRUE,?,?"]
    file.write_text(EXTRACT.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")
    assert replay.main([str(file), "--show", "INC1"]) == 1
    shown = capsys.readouterr()
    assert "replay: b d: ticket id 'b d'" in shown.err
    assert "no incident INC1" in shown.err
    assert "39 incidents in 201 rows; " in shown.out
    assert "  11  inside" in shown.out


def test_a_file_of_another_format_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert replay.main([str(file)]) == 2
    assert replay.main([str(tmp_path / "nowhere.csv")]) == 2
    assert "no column number, incident_state" in capsys.readouterr().err
