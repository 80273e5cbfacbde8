"""The check of a rule set, exact and by search: planted faults, their corrected twins, and the presets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from tests.support.faulty_lives import PLANTED_LIVES
from tests.support.faulty_rule_sets import PLANTED
from ticketflow import CalendarSpan, Elapsed, Rules, documents
from ticketflow.analysis.check import check
from ticketflow.analysis.findings import SEVERITIES, Finding
from ticketflow.cli import main as cli
from ticketflow.errors import BadValueError
from ticketflow.presets.adereso import adereso
from ticketflow.presets.enate import enate
from ticketflow.presets.registry import preset, preset_names
from ticketflow.presets.senior import senior

CASES = Path(__file__).parent.parent / "conformance" / "check"
PAIRS: dict[str, tuple[str, Callable[[], Rules], Callable[[], Rules]]] = {
    **{name: (planted.code, planted.fault, planted.twin) for name, planted in PLANTED.items()},
    **{name: (code, fault, twin) for name, (fault, twin, code) in PLANTED_LIVES.items()},
}
SMALL = 400
"""The most configurations to search; the planted rule sets are small."""


def grave(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding) for finding in findings if finding.severity != "info"]


def test_there_are_at_least_25_planted_faults() -> None:
    assert len(PAIRS) >= 25


def desks() -> Iterator[Rules]:
    yield from (preset(name)() for name in preset_names())
    yield adereso(in_progress=True, closes_out_of_hours=True)
    yield enate(close_unanswered_after=CalendarSpan(days=5), feedback_window=Elapsed(days=3))


@pytest.mark.parametrize("rules", tuple(desks()), ids=lambda rules: rules.name)
def test_presets_have_no_errors_or_warnings(rules: Rules) -> None:
    assert grave(check(rules, budget=0)) == []  # test_search covers their findings by search


def test_findings_are_unique_and_sorted_by_severity() -> None:
    found = [check(PAIRS[name][1](), 50) for name in sorted(PAIRS)[::8]]
    for findings in found:
        ranks = [SEVERITIES.index(finding.severity) for finding in findings]
        assert ranks == sorted(ranks)
        places = [(finding.code, finding.path) for finding in findings]
        assert len(set(places)) == len(places)


def test_without_a_budget_nothing_is_searched() -> None:
    rules = PLANTED_LIVES["a nudge that reopens"][0]()
    assert "feeds_itself" not in {finding.code for finding in check(rules, budget=0)}


@pytest.mark.parametrize("given", [(senior, 5), (None, 5), (senior(), -1), (senior(), True), (senior(), 1.5)])
def test_wrong_arguments_are_refused(given: tuple[Rules, int]) -> None:
    with pytest.raises(BadValueError):
        check(*given)


# -- the same as data


def cases() -> dict[str, str]:
    """Return the case files made from the planted faults."""
    made: dict[str, list[dict[str, object]]] = {"exact": [], "searched": []}
    for name, (code, fault, twin) in PAIRS.items():
        file = "exact" if name in PLANTED else "searched"
        budget = 0 if name in PLANTED else SMALL
        slug = name.replace(" ", "-").replace(",", "").replace("'", "")
        for suffix, rules, finds in (("", fault(), [code]), ("-mended", twin(), [])):
            document = {key: held for key, held in documents.plain(rules).items() if key != "format"}
            case = {"id": f"{file}-{slug}{suffix}", "check": {"document": document}, "finds": finds, "budget": budget}
            made[file].append(case | {"clauses": ["6.2"], "source": "a fault that was planted; its twin has it mended"})
    return {file: json.dumps({"cases": each}, indent=1, ensure_ascii=False) + "\n" for file, each in made.items()}


@pytest.mark.parametrize("file", ["exact", "searched"])
def test_the_case_files_match_the_planted_faults(file: str) -> None:
    """`python -c "from tests.analysis import test_check; test_check.write_cases()"` writes them again."""
    assert (CASES / f"{file}.json").read_text(encoding="utf-8") == cases()[file]


def write_cases() -> None:
    for file, text in cases().items():
        (CASES / f"{file}.json").write_text(text, encoding="utf-8")


# -- at loading, and at the command line


def test_loading_a_document_gives_exact_findings_with_lines() -> None:
    fault = documents.write_toml(PLANTED["a rule asks for two states at once"].fault())
    loaded = documents.load(fault, name="desk.toml", written="toml")
    first = loaded.findings[0]
    assert (first.code, first.path) == ("never_true", ("automations", "x", "given"))
    assert "given" in fault.splitlines()[loaded.lines[first.path] - 1]
    assert loaded.rules == documents.read("rules", fault, written="toml")


class TestCommandLine:
    def test_a_clean_desk(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["check", "enate", "--budget", "100"]) == 0
        assert capsys.readouterr().out == "0 errors, 0 warnings, 0 infos\n"

    def test_a_file_with_a_fault_names_its_line_and_shows_a_life(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "desk.toml"
        file.write_text(documents.write_toml(PLANTED_LIVES["a nudge that reopens"][0]()), encoding="utf-8")
        assert cli.main(["check", str(file)]) == 1
        out = capsys.readouterr().out
        assert "error feeds_itself" in out
        assert f"({file}:" in out
        assert "A history that shows it:" in out
        assert "\x1b" not in out, "no colours where there is no terminal"

    def test_for_machines(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "desk.json"
        file.write_text(documents.write(PLANTED_LIVES["a nudge that reopens"][0]()), encoding="utf-8")
        assert cli.main(["check", str(file), "--json", "--silent"]) == 1
        told = json.loads(capsys.readouterr().out)
        first = told["findings"][0]
        assert (first["code"], first["severity"], first["line"]) == ("feeds_itself", "error", 1)
        assert first["pointer"].startswith("/automations/")
        assert {path["state"] for path in told["silent_paths"]} >= {"open"}

    def test_what_happens_if_nobody_acts(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["check", "senior", "--silent", "--budget", "0"]) == 0
        out = capsys.readouterr().out
        assert "If nobody acts:" in out
        assert "2 days: send request-reminder-1 to the customer" in out

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "desk.toml"
        file.write_text('format = "rules/1"\nname = 5\n', encoding="utf-8")
        assert cli.main(["check", str(file)]) == 3
        shown = capsys.readouterr()
        assert f"error wrong_type {file}:2, name the value is 5; give a string" in " ".join(shown.err.split())
        assert shown.out == ""
        assert cli.main(["check", str(file), "--json"]) == 3
        told = json.loads(capsys.readouterr().out)["problems"]
        assert ("wrong_type", "/name", 2) in {(each["code"], each["pointer"], each["line"]) for each in told}
        assert cli.main(["diff", "senior", str(file)]) == 3

    def test_of_a_file_without_an_end_only_the_beginning_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        endless = tmp_path / "endless.toml"
        endless.symlink_to("/dev/zero")
        assert cli.main(["check", str(endless)]) == 3
        assert "error too_large" in capsys.readouterr().err
        monkeypatch.setattr("ticketflow.cli.command_files._MOST_OF_LINES", 1_000)
        assert cli.main(["simulate", str(endless), "--rules", "senior"]) == 3
        assert "has more than 1000 bytes" in capsys.readouterr().err

    def test_differences(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "desk.toml"
        changed = attrs.evolve(senior(), remembered_events=10)
        file.write_text(documents.write_toml(changed), encoding="utf-8")
        assert cli.main(["diff", "senior", str(file)]) == 1
        assert capsys.readouterr().out.startswith("~ remembered_events: 1000 -> 10\n    ")
        assert cli.main(["diff", "senior", "senior"]) == 0
        assert capsys.readouterr().out == ""
        assert cli.main(["diff", "senior", str(file), "--json"]) == 1
        (told,) = json.loads(capsys.readouterr().out)["differences"]
        assert (told["kind"], told["path"], told["changes_meaning"]) == ("changed", ["remembered_events"], True)

    def test_tickets_live_under_a_document(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rules, lines = tmp_path / "desk.toml", tmp_path / "tickets.jsonl"
        rules.write_text(documents.write_toml(senior()), encoding="utf-8")
        given = {"ticket": "S-1", "do": "open", "at": "2026-11-19T09:00:00Z", "by": {"role": "agent", "id": "ana"}}
        lines.write_text(json.dumps(given), encoding="utf-8")
        assert cli.main(["simulate", str(lines), "--rules", str(rules)]) == 0
        assert "opened in new" in capsys.readouterr().out
