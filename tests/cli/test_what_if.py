"""The command ``what-if``: scenarios under the same seeds, and a file under several rule sets."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ticketflow.cli import main as cli
from ticketflow.cli.progress import shown_progress

Run = Callable[..., tuple[int, str, str]]

DESKS = """
    from datetime import timedelta
    from ticketflow import presets
    from ticketflow.simulation import Arrivals, Scenario

    def desk(rate):
        return Scenario(presets.servicenow(), [Arrivals(per_hour=rate)])

    SCENARIOS = {"quiet": desk(2), "busy": desk(3)}
    def MADE():
        return SCENARIOS
    ALONE = {"quiet": desk(2)}
    NUMBERS = {1: desk(2), 2: desk(3)}
    RULES = {"a": presets.servicenow(), "b": presets.servicenow()}
    LAMBDAS = {"a": desk(2), "b": Scenario(presets.servicenow(), [lambda desk: None])}
    def BROKEN():
        return {"a": desk(-1)}
"""
TIMES = ("--start", "2026-11-23T00:00:00Z", "--until", "2026-11-24T00:00:00Z")
BOB, ADA = {"role": "customer", "id": "bob"}, {"role": "agent", "id": "ada"}
OPEN: dict[str, Any] = {"ticket": "T-1", "do": "open", "at": "2026-11-19T09:00:00Z", "by": BOB}
SOLVE: dict[str, Any] = {
    "ticket": "T-1",
    "do": "move",
    "at": "2026-11-19T12:00:00Z",
    "by": ADA,
    "transition": "to_resolved",
}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    (tmp_path / "what_if_desks.py").write_text(dedent(DESKS), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(["what-if", *arguments])
        shown = capsys.readouterr()
        return status, shown.out, " ".join(shown.err.split())

    return run


def lines(folder: Path, *commands: dict[str, Any]) -> str:
    file = folder / "tickets.jsonl"
    file.write_text("\n".join(map(json.dumps, commands)), encoding="utf-8")
    return str(file)


_NOTHING_TO_COMPARE = (
    "it is not said what to compare; give --rules TODAY OTHER for a file of commands, or scenarios as MODULE:NAME"
)


class TestScenarios:
    def test_the_means_of_the_first_and_the_differences_of_the_others_are_printed(self, run: Run) -> None:
        status, out, err = run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "3")
        assert (status, err) == (0, "")
        shown = out.splitlines()
        assert shown[0] == "quiet: mean of 3 seeds, with its interval of 95 %"
        assert "  first_answer.mean_hours    no value" in shown
        base = shown.index("busy - quiet: mean of the differences")
        assert shown[base + 1].startswith("  tickets ")
        assert shown[base + 1].endswith(") *")
        assert shown[-1] == "*: the interval does not contain 0"

    def test_json_has_the_measures_by_seed_and_the_differences(self, run: Run) -> None:
        found = json.loads(run("what_if_desks:MADE", *TIMES, "--seeds", "2", "--json")[1])
        assert (found["seeds"], found["confidence"]) == ([0, 1], 0.95)
        quiet, busy = ([row["tickets"] for row in found["measures"][name]] for name in ("quiet", "busy"))
        difference = found["differences"][0]
        assert (difference["scenario"], difference["base"], difference["measure"]) == ("busy", "quiet", "tickets")
        assert difference["of"] == [more - less for more, less in zip(busy, quiet, strict=True)]
        assert difference["mean"] == sum(difference["of"]) / 2
        without = next(each for each in found["differences"] if each["measure"] == "first_answer.p90_hours")
        assert (without["of"], without["mean"], without["is_clear"]) == ([None, None], None, False)

    def test_other_processes_give_the_same_output(self, run: Run) -> None:
        here = run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "1", "--json")
        assert run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "1", "--json", "--processes", "2") == here

    def test_a_warm_up_leaves_tickets_out(self, run: Run) -> None:
        whole, half = (
            json.loads(run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "1", "--json", "--warm-up", days)[1])
            for days in ("0", "0.5")
        )
        assert 0 < half["measures"]["busy"][0]["tickets"] < whole["measures"]["busy"][0]["tickets"]

    def test_a_picture_shows_the_differences(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "found.svg"
        assert run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "1", "--picture", str(file))[0] == 0
        assert "</svg>" in file.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ("tickets.jsonl",),
                _NOTHING_TO_COMPARE,
            ),
            (("a:b",), "--start is missing; give the first and the last instant of the scenarios"),
            (("a:b", *TIMES[:2]), "--until is missing; give the first and the last instant of the scenarios"),
            (("a:b", *TIMES, "--seeds", "0"), "--seeds is 0; give a number from 1 to 100000"),
            (("a:b", *TIMES, "--processes", "62"), "--processes is 62; give a number from 1 to 61"),
            (("what_if_desks:SCENARIOS", *TIMES, "--warm-up", "nan"), "--warm-up is nan; give a number of days"),
            (
                ("what_if_desks:SCENARIOS", *TIMES, "--warm-up", "-1"),
                "warm_up is -1 day, 0:00:00; give no time or a positive one",
            ),
            (
                ("a:b", *TIMES, "--picture", "a.gif"),
                "the picture 'a.gif' has no known format; end its name in .svg, .png or .pdf",
            ),
        ],
    )
    def test_wrong_use_is_explained(self, run: Run, arguments: tuple[str, ...], message: str) -> None:
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert err == f"ticketflow: {message}"

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("ALONE", "it has 1 scenarios; give two or more to compare"),
            ("NUMBERS", "it has no scenarios; name a mapping from names to ticketflow.simulation.Scenario"),
            ("RULES", "it has no scenarios; name a mapping from names to ticketflow.simulation.Scenario"),
            ("desk", "the name cannot be imported: TypeError: desk() missing 1 required positional argument"),
            ("BROKEN", "the scenarios cannot be built: per_hour is -1"),
        ],
    )
    def test_other_names_are_no_scenarios(self, run: Run, name: str, message: str) -> None:
        status, _, err = run(f"what_if_desks:{name}", *TIMES)
        assert status == 3
        assert message in err

    def test_functions_without_names_stay_in_this_process(self, run: Run) -> None:
        assert run("what_if_desks:LAMBDAS", *TIMES, "--seeds", "1")[0] == 0
        status, _, err = run("what_if_desks:LAMBDAS", *TIMES, "--seeds", "1", "--processes", "2")
        assert status == 2
        assert "the scenarios cannot be sent to other processes: " in err
        assert err.endswith("; give functions of modules, or leave out --processes")


class TestFiles:
    """The preset closes resolved tickets after five days; `stale` has no such commands."""

    @pytest.fixture
    def sooner(self, tmp_path: Path) -> str:
        code = "from ticketflow import Elapsed, presets\nRULES = presets.servicenow(Elapsed(days=3))\n"
        (tmp_path / "sooner_rules.py").write_text(code, encoding="utf-8")
        return "sooner_rules:RULES"

    def test_the_tickets_that_differ_are_named(self, run: Run, tmp_path: Path, sooner: str) -> None:
        status, out, err = run(lines(tmp_path, OPEN, SOLVE), "--rules", "servicenow", sooner)
        assert (status, err) == (1, "")
        shown = out.splitlines()
        assert shown[0].split() == ["servicenow", sooner]
        assert shown[1].split() == ["tickets", "1", "1"]
        assert shown[-5:] == [
            f"{sooner}, compared with servicenow:",
            "  other closings: 1 (T-1)",
            "  other reminders: 0",
            "  other breaches: 0",
            "  other refusals: 0",
        ]

    def test_json_has_the_figures_and_the_names(self, run: Run, tmp_path: Path, sooner: str) -> None:
        file = lines(tmp_path, OPEN, SOLVE)
        found = json.loads(run(file, "--rules", "servicenow", sooner, "--json")[1])
        assert found["until"] == "2027-11-19T12:00:00+00:00"
        assert found["measures"][sooner]["closed_by_rule"] == 1
        assert found["unopened"] == {"servicenow": [], sooner: []}
        other: dict[str, list[str]] = {"reminded": [], "breached": [], "refused": []}
        assert found["differences"] == [{"rules": sooner, "base": "servicenow", "closed": ["T-1"], **other}]

    def test_nothing_differs_before_the_first_closing(self, run: Run, tmp_path: Path, sooner: str) -> None:
        file = lines(tmp_path, OPEN, SOLVE)
        status, out, _ = run(file, "--rules", "servicenow", sooner, "--until", "2026-11-22T11:00:00Z")
        assert status == 0
        assert "other closings: 0" in out

    def test_tickets_that_cannot_be_opened_are_named(self, run: Run, tmp_path: Path) -> None:
        file = lines(tmp_path, {**OPEN, "fields": {"short_description": "printer"}})
        status, out, _ = run(file, "--rules", "servicenow", "stale")
        assert status == 1
        assert "not opened under stale: T-1" in out

    def test_many_names_are_cut(self, run: Run, tmp_path: Path, sooner: str) -> None:
        many = [{**each, "ticket": f"T-{number}"} for number in range(22) for each in (OPEN, SOLVE)]
        assert "T-18, T-19 and 2 more)" in run(lines(tmp_path, *many), "--rules", "servicenow", sooner)[1]

    def test_lines_that_cannot_be_read_are_reported_and_the_others_compared(self, run: Run, tmp_path: Path) -> None:
        follow = {**SOLVE, "ticket": "T-2"}
        status, out, err = run(lines(tmp_path, OPEN, follow, {"do": "open"}), "--rules", "servicenow", "stale")
        assert status == 1
        assert out.splitlines()[1].split()[:2] == ["tickets", "1"]
        assert "error bad_value tickets.jsonl:3, ticket ticket id None is not a valid id" in err.replace(
            f"{tmp_path}/", ""
        )
        assert (
            "error not_opened ticket T-2 its first line is not its opening; tickets that other tickets open are not "
            "compared; the other tickets are not affected"
        ) in err

    def test_a_year_after_the_last_year_is_the_last_command(self, run: Run, tmp_path: Path, sooner: str) -> None:
        file = lines(tmp_path, {**OPEN, "at": "9999-06-01T00:00:00Z"})
        found = json.loads(run(file, "--rules", "servicenow", sooner, "--json")[1])
        assert found["until"] == "9999-06-01T00:00:00+00:00"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ("tickets.jsonl", "--rules", "senior"),
                "one rule set is given; give two or more, today's first: --rules TODAY OTHER",
            ),
            (("tickets.jsonl", "--rules", "stale", "stale"), "the rule set 'stale' is given twice; give each once"),
            (("-", "--rules", "stale", "-"), "standard input is given twice; give a file for one of them"),
            (
                ("tickets.jsonl", "--rules", "stale", "senior", "--picture", "a.svg"),
                "a file of commands has no picture of a what-if; draw it with report, or give scenarios",
            ),
            (("empty.jsonl", "--rules", "stale", "senior"), "the file has no commands; give one with commands"),
        ],
    )
    def test_wrong_use_is_explained(self, run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
        (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert err == f"ticketflow: {message}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgress:
    def test_a_terminal_has_a_bar(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        assert run("what_if_desks:SCENARIOS", *TIMES, "--seeds", "1")[0] == 0
        assert "runs: 100%" in terminal.getvalue()

    def test_files_have_a_bar_of_tickets(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        for command in ("simulate", "report"):
            assert cli.main([command, lines(tmp_path, OPEN, SOLVE), "--rules", "servicenow"]) == 0
        run(lines(tmp_path, OPEN, SOLVE), "--rules", "servicenow", "stale")
        assert terminal.getvalue().count("tickets: 100%") == 3

    def test_no_bar_is_drawn_into_results_on_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setattr(sys, "stdout", Terminal())
        with shown_progress("tickets", beside_output=True) as show:
            assert show is None

    def test_without_the_extra_there_is_no_bar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setattr("ticketflow.cli.progress.find_spec", lambda _: None)
        with shown_progress("tickets") as show:
            assert show is None
