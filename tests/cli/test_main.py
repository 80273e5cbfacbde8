"""The command line as its user meets it: timelines, complaints, exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from ticketflow import documents
from ticketflow.cli import main as cli

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "examples" / "senior_life.jsonl"
ANA = {"role": "agent", "id": "ana"}
BRUNO = {"role": "customer", "id": "bruno"}

OPEN: dict[str, Any] = {
    "ticket": "T-1",
    "do": "open",
    "at": "2026-11-19T09:00:00-03:00",
    "by": BRUNO,
    "fields": {"nature": "incident"},
}
ASSIGN: dict[str, Any] = {
    "ticket": "T-1",
    "do": "assign",
    "at": "2026-11-19T10:00:00-03:00",
    "by": ANA,
    "assignee": "ana",
}
ASK: dict[str, Any] = {
    "ticket": "T-1",
    "do": "move",
    "at": "2026-11-19T15:00:00-03:00",
    "by": ANA,
    "transition": "ask_for_information",
    "message": {"id": "m1"},
}


def flat(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*lines: object, rules: str = "senior", options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        file = tmp_path / "tickets.jsonl"
        texts = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        file.write_bytes(b"\n".join(texts))
        status = cli.main(["simulate", str(file), "--rules", rules, *options])
        shown = capsys.readouterr()
        return status, shown.out, flat(shown.err.replace(f"{tmp_path}/", ""))

    return run


class TestTimelines:
    def test_a_timeline_has_instants_rules_reasons_and_an_end(self, run: Run) -> None:
        status, out, err = run(OPEN, ASSIGN, ASK)
        assert (status, err) == (0, "")
        due = "  Sat 2026-11-21 15:00:00 -0300  request-reminder-1 is to be sent to the customer\n"
        because = (
            "by rule close-unanswered-request: 2 days after entering the state on\nThu 2026-11-19 15:00:00 -0300\n"
        )
        assert due + indent(because, " " * 32) in out
        assert max(map(len, out.splitlines())) <= 100
        assert "  ended: closed at Mon 2026-11-30 15:00:00 -0300" in out
        assert "1 tickets: 1 closed, 0 not closed, 0 refused." in out

    def test_a_timeline_in_spanish(self, run: Run) -> None:
        status, out, _ = run(OPEN, ASSIGN, ASK, options=("--language", "es"))
        assert status == 0
        assert "agente ana: asignado a ana" in out
        assert "por la regla close-unanswered-request: 2 días tras la entrada en el estado" in flat(out)
        assert "  terminó: Cerrado el lun 2026-11-30 15:00:00 -0300" in out

    def test_a_language_needs_a_catalog(self, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
        assert "agente ana: atribuído a ana" in run(OPEN, ASSIGN, options=("--language", "pt-BR"))[1]
        for tag, message in (
            ("it", "language 'it' has no catalog; there are: en, es, pt"),
            ("en_US", "language 'en_US'; give a BCP 47 tag"),
        ):
            with pytest.raises(SystemExit, match="2"):
                run(OPEN, options=("--language", tag))
            assert message in capsys.readouterr().err

    def test_mails_fill_fields_and_fields_hold_instants(self, run: Run) -> None:
        base = {"ticket": "T-1", "at": "2026-11-19T09:00:00Z", "by": ANA}
        status, out, err = run(
            {**base, "do": "open"},
            {**base, "do": "add_message", "message": {"id": "m1", "subject": "Printer", "text": "It burns."}},
            {**base, "do": "add_message", "message": {"id": "m2", "public": False, "resolves": True}},
            {**base, "do": "set_fields", "fields": {"wait_until": {"instant": "2026-12-01T09:00:00Z"}}},
            {**base, "do": "snooze", "choice": "tomorrow"},
            rules="enate",
        )
        assert status == 1
        assert "title set to Printer; description set to It burns." in flat(out)
        assert "wait until set to Tue 2026-12-01 09:00:00 +0000" in out
        assert "the rule set does not allow snoozes" in err

    def test_until_and_zone_change_the_timeline(self, run: Run) -> None:
        status, out, _ = run(OPEN, ASSIGN, ASK, options=("--until", "2026-11-22T00:00:00Z", "--zone", "UTC"))
        assert status == 0
        assert "  so far: waiting for customer; something is due next at Mon 2026-11-23 18:00:00 +0000" in out

    def test_a_ticket_for_which_nothing_is_due(self, run: Run) -> None:
        _, out, _ = run(OPEN)
        assert "  so far: new; nothing more is due by itself" in out

    def test_refused_commands_are_in_the_timeline_and_the_counts(self, run: Run) -> None:
        close = {"ticket": "T-1", "do": "move", "at": "2026-11-19T16:00:00-03:00", "by": ANA, "transition": "close"}
        status, out, _ = run(OPEN, ASSIGN, ASK, close)
        assert status == 1
        assert "agent ana: move was refused\n" in out
        assert "nobody may close by hand; it happens by itself at 2026-11-30T18:00:00+00:00" in flat(out)
        assert "1 commands refused" in out
        assert "  ended: closed at Mon 2026-11-30 15:00:00 -0300" in out

    def test_follow_ups_have_timelines(self, run: Run) -> None:
        again = {"ticket": "T-1", "do": "follow_up", "at": "2026-12-01T08:00:00Z", "by": BRUNO, "new_ticket": "T-2"}
        status, out, _ = run(OPEN, ASSIGN, ASK, again)
        assert status == 0
        assert "\n\nT-2\n" in out
        assert "opened in new, nature incident, follow-up of T-1" in out

    def test_a_follow_up_takes_its_own_lines(self, run: Run) -> None:
        again = {"ticket": "T-1", "do": "follow_up", "at": "2026-12-01T08:00:00Z", "by": BRUNO, "new_ticket": "T-2"}
        assign = {**ASSIGN, "ticket": "T-2", "at": "2026-12-01T09:00:00Z"}
        status, out, _ = run(OPEN, ASSIGN, ASK, again, assign)
        assert status == 0
        assert "2 tickets: 1 closed, 1 not closed, 0 refused." in out
        assert "  so far: in analysis; nothing more is due by itself" in out

    def test_refused_commands_are_printed_with_their_lines(self, run: Run) -> None:
        _, _, err = run(OPEN, {**ASK, "transition": "close"})
        assert "error refused tickets.jsonl:2 'close' does not lead from 'new'" in err

    def test_a_command_after_the_last_instant_refuses_the_ticket(self, run: Run) -> None:
        """A rule has reacted at the last instant of all, so a further command has no instant left."""
        end = "9999-12-31T23:59:59.999999Z"
        status, out, err = run(OPEN | {"at": end}, ASSIGN | {"at": end}, ASSIGN | {"at": end, "assignee": "bea"})
        assert status == 1
        assert "a microsecond after 9999-12-31T23:59:59.999999+00:00 lies outside the years" in err
        assert "1 tickets: 0 closed, 0 not closed, 1 refused." in out

    @pytest.mark.parametrize("year", ["0001", "9999"])
    def test_the_first_and_the_last_year_have_timelines(self, run: Run, year: str) -> None:
        opening = OPEN | {"at": f"{year}-01-01T00:00:00Z"}
        status, out, err = run(opening, *({**line, "ticket": "T-2"} for line in (OPEN, ASSIGN, ASK)))
        assert "Traceback" not in err
        assert "1 closed" in out
        assert status in (0, 1)

    def test_a_ticket_that_is_never_opened_is_refused(self, run: Run) -> None:
        status, out, _ = run(ASSIGN)
        assert status == 1
        assert "T-1\n" in out
        assert "it was never opened" in out
        assert "1 tickets: 0 closed, 0 not closed, 1 refused." in out

    def test_the_demo_closes_all_tickets(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["simulate", str(DEMO), "--rules", "senior"]) == 0
        assert "3 tickets: 3 closed" in capsys.readouterr().out


class TestJson:
    def test_tickets_are_documents_and_refusals_have_their_lines(self, run: Run) -> None:
        status, out, _ = run(OPEN, ASSIGN, {**ASK, "transition": "resume_analysis"}, options=("--json",))
        found = json.loads(out)
        assert status == 1
        ticket = documents.read("ticket", found["tickets"][0])
        assert (ticket.id, ticket.state) == ("T-1", "in_analysis")
        (refused,) = found["refused"]
        assert refused["place"].endswith("tickets.jsonl:3")
        assert refused["what"].startswith("'resume_analysis' leads to")

    def test_a_picture_can_be_drawn_too(self, run: Run, tmp_path: Path) -> None:
        many = [{**OPEN, "ticket": f"T-{number}"} for number in range(13)]
        file = tmp_path / "out.svg"
        _, out, err = run(*many, options=("--json", "--picture", str(file)))
        assert len(json.loads(out)["tickets"]) == 13
        assert err == "out.svg shows 12 of 13 tickets"


class TestPictures:
    @pytest.mark.parametrize("suffix", ["svg", "PNG", "pdf"])
    def test_the_tickets_are_drawn_in_the_format_of_the_name(self, run: Run, tmp_path: Path, suffix: str) -> None:
        picture = tmp_path / f"out.{suffix}"
        status, out, err = run(OPEN, ASSIGN, ASK, options=("--picture", str(picture)))
        assert (status, err) == (0, "")
        assert "1 tickets: 1 closed" in out
        assert picture.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r", b"%PDF-")

    def test_only_the_first_tickets_are_drawn_and_a_message_says_so(self, run: Run, tmp_path: Path) -> None:
        picture = tmp_path / "out.svg"
        opened = [{**OPEN, "ticket": f"T-{number}"} for number in range(14)]
        status, _, err = run(*opened, options=("--picture", str(picture), "--language", "es"))
        assert (status, err) == (0, "out.svg shows 12 of 14 tickets")
        svg = picture.read_text(encoding="utf-8")
        assert "<!-- T-11: " in svg
        assert "<!-- T-12: " not in svg
        assert "<!-- estado -->" in svg

    def test_no_picture_is_written_if_there_are_no_tickets(self, run: Run, tmp_path: Path) -> None:
        picture = tmp_path / "out.svg"
        assert run(ASSIGN, options=("--picture", str(picture)))[0] == 1
        assert not picture.exists()

    def test_an_unknown_format_is_refused_before_anything_else(self, run: Run) -> None:
        status, out, err = run(OPEN, options=("--picture", "out.gif"))
        assert (status, out) == (2, "")
        assert err == "ticketflow: the picture 'out.gif' has no known format; end its name in .svg, .png or .pdf"

    def test_without_the_extra_nothing_is_simulated(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
        monkeypatch.delitem(sys.modules, "ticketflow.plot.canvas", raising=False)
        status, out, err = run(OPEN, options=("--picture", "out.svg"))
        assert (status, out) == (2, "")
        fix = "install it with pip install 'ticketflow[plot]'"
        assert err == f"ticketflow: pictures need the package matplotlib; {fix}"


class TestReports:
    @pytest.fixture
    def report(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
        def report(*lines: object, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
            file = tmp_path / "tickets.jsonl"
            file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
            status = cli.main(["report", str(file), "--rules", "senior", *options])
            shown = capsys.readouterr()
            return status, shown.out, flat(shown.err.replace(f"{tmp_path}/", ""))

        return report

    def test_the_report_is_of_the_last_command(self, report: Run) -> None:
        status, out, err = report(OPEN, ASSIGN, ASK)
        assert (status, err) == (0, "")
        assert out.splitlines() == [
            "1 ticket on Thu 2026-11-19 15:00:00 -0300: 1 open, 0 reopened",
            "  first answer: median 6 hours, 90 % within 6 hours (1 ticket)",
            "  first resolution: none",
            "  state new: median 1 hour, 90 % within 1 hour (1 ticket)",
            "  state in analysis: median 5 hours, 90 % within 5 hours (1 ticket)",
            "  clock resolution: 0 met, 0 missed, 1 under way, 0 neither met nor missed, 0 without a target",
        ]

    def test_rules_act_until_the_instant_of_the_report(self, report: Run) -> None:
        _, out, _ = report(OPEN, ASSIGN, ASK, options=("--until", "2026-12-01T12:00:00-03:00", "--language", "pt"))
        assert "1 ticket em ter 2026-12-01 12:00:00 -0300: 0 abertos, 0 reabertos" in out
        assert "estado waiting for customer: mediana 11 dias, 90% em até 11 dias (1 ticket)" in out

    def test_json_has_documents_and_totals(self, report: Run) -> None:
        until = ("--until", "2026-11-20T00:00:00Z")
        _, out, _ = report(OPEN, ASSIGN, options=("--json", *until, "--since", "2026-11-19T12:30:00Z"))
        data = json.loads(out)
        (only,) = data["reports"]
        assert (only["format"], only["ticket"], only["state"]) == ("report/1", "T-1", "in_analysis")
        assert only["time_in"]["new"]["elapsed"] == {"minutes": 30}
        assert data["summary"]["clocks"]["resolution"]["under_way"] == 1

    def test_a_picture_has_the_tickets_of_the_window(self, report: Run, tmp_path: Path) -> None:
        picture, later = tmp_path / "out.svg", {**OPEN, "ticket": "T-2", "at": "2026-12-20T09:00:00-03:00"}
        window = ("--since", "2026-12-15T00:00:00Z", "--until", "2026-12-21T00:00:00Z")
        status, out, _ = report(OPEN, ASSIGN, ASK, later, options=("--picture", str(picture), *window))
        assert status == 0
        assert "1 ticket on" in out
        assert "<!-- 1 ticket -->" in picture.read_text(encoding="utf-8")

    def test_refused_commands_are_printed_and_counted_by_the_status(self, report: Run) -> None:
        status, out, err = report(OPEN, {**ASK, "transition": "close"})
        assert status == 1
        assert "1 ticket on" in out
        assert "error refused tickets.jsonl:2" in err

    def test_tickets_with_bad_lines_are_left_out(self, report: Run) -> None:
        status, out, err = report(OPEN, {**OPEN, "ticket": "T-2", "by": 5})
        assert status == 1
        assert "1 ticket on" in out
        assert "tickets.jsonl:2" in err

    def test_a_file_without_commands_needs_an_instant(self, report: Run) -> None:
        fix = "give one with commands, or the instant with --until"
        assert report() == (2, "", f"ticketflow: the file has no commands; {fix}")
        status, out, _ = report(options=("--until", "2026-12-01T00:00:00Z"))
        assert status == 0
        assert out.startswith("0 tickets on Mon 2026-11-30 21:00:00 -0300: 0 open, 0 reopened")


class TestBadInput:
    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            (b'{"ticket": ', "tickets.jsonl:2 the document is not valid JSON: "),
            (b"\xff\xfe", "tickets.jsonl:2 the document is not UTF-8 at byte 0"),
            (b"[" * 60_000, "tickets.jsonl:2 the document is nested more than 32 levels deep"),
            (b'{"ticket": "T-1"' + b" " * 70_000, "tickets.jsonl:2 the document has 70016 bytes; give at most 65536"),
            (b"[1]", "tickets.jsonl:2 the line is not a JSON object; write one JSON object per line"),
            (
                b'{"do": "open", "do": "open"}',
                "tickets.jsonl:2 the key 'do' occurs twice in one object; keep one of them",
            ),
            (
                b'{"ticket": "T-1", "n": ' + b"9" * 5000 + b"}",
                "the document is not valid JSON: a number has too many digits; correct it there",
            ),
            (
                b'{"ticket": "\\u001b[31m"}',
                "tickets.jsonl:2, ticket ticket id '\\x1b[31m' is not a valid id",
            ),
            (b'{"ticket": "\\ud800"}', "tickets.jsonl:2 a string has a lone surrogate; write whole characters"),
            ({"do": "assign"}, "tickets.jsonl:2, ticket ticket id None is not a valid id"),
        ],
    )
    def test_a_malformed_line_is_reported_and_the_others_are_read(self, run: Run, line: object, complaint: str) -> None:
        status, out, err = run(OPEN, line, ASSIGN, ASK)
        assert status == 1
        assert complaint in err
        assert "1 tickets: 1 closed, 0 not closed, 0 refused." in out
        assert "1 lines without a ticket." in out

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"do": "asign"}, "tickets.jsonl:2, do no command 'asign'; did you mean 'assign'?"),
            ({"do": 5}, "tickets.jsonl:2, do no command '5'; there are: add_message, assign"),
            (
                {"at": "2026-11-19T10:00:00"},
                "at the instant '2026-11-19T10:00:00' has no UTC offset; add one, for example 2026-11-19T10:00:00Z",
            ),
            (
                {"at": "2026-11-31T10:00:00Z"},
                "tickets.jsonl:2, at '2026-11-31T10:00:00Z' is not an instant; write it as",
            ),
            ({"at": "yesterday"}, "tickets.jsonl:2, at 'yesterday' is not an instant; write it as"),
            ({"at": 5}, "tickets.jsonl:2, at the value is 5; give a string"),
            ({"at": None}, "tickets.jsonl:2, at the value is None; give a string"),
            ({"by": "ana"}, "tickets.jsonl:2, by"),
            ({"by": {"role": "boss", "id": "ana"}}, "by.role no choice 'boss'; there are: administrator, agent"),
            ({"by": {"role": "agent"}}, "tickets.jsonl:2, by.id the key is missing; add it"),
            ({"by": {"role": "agent", "id": "ana", "groups": "vip"}}, "by.groups the value is 'vip'; give a list"),
            ({"by": {"role": "agent", "id": "ana", "groups": [5]}}, "by.groups[0] the value is 5; give a string"),
            (
                {"by": {"role": "agent", "id": "ána"}},
                "tickets.jsonl:2, by actor id 'ána' is not a valid id",
            ),
            ({"asignee": "ana"}, "tickets.jsonl:2, asignee no key 'asignee'; did you mean 'assignee'?"),
            ({"assignee": 5}, "tickets.jsonl:2, assignee the value is 5; give a string"),
            ({"expected_version": 1.5}, "the value is 1.5; give a"),
            ({"do": "open", "assignee": None, "fields": [1]}, "fields the value is a list; give an object"),
            ({"do": "add_message", "assignee": None, "message": "m1"}, "message the value is 'm1'; give an object"),
            ({"do": "open", "assignee": None, "fields": {"x": 1.5}}, "the value is 1.5; give a"),
        ],
    )
    def test_a_bad_command_refuses_only_its_ticket(self, run: Run, change: dict[str, Any], complaint: str) -> None:
        other = [{**line, "ticket": "T-2"} for line in (OPEN, ASSIGN, ASK)]
        status, out, err = run(OPEN, ASSIGN | change, *other)
        assert status == 1
        assert complaint in err
        assert "2 tickets: 1 closed, 0 not closed, 1 refused." in out
        assert "Traceback" not in err

    def test_all_problems_of_a_line_come_together(self, run: Run) -> None:
        _, _, err = run(OPEN, {"ticket": "T-1", "do": "assign", "by": {"role": "agent"}, "at": 5, "x": 1})
        assert err.count("tickets.jsonl:2") == 4

    def test_many_problems_are_counted_and_the_first_fifty_shown(self, run: Run) -> None:
        bad = ASSIGN | {"do": "asign"}
        status, out, err = run(*[b"{"] * 30, *[bad] * 100, *[bad | {"ticket": "T-2"}] * 60)
        assert status == 1
        assert err.count("error ") == 50
        assert err.count("error not_json") == 30
        assert "tickets.jsonl:50, do" in err
        assert "tickets.jsonl:51" not in err
        assert err.endswith("140 more problems are not shown")
        assert "  refused: 100 problems\n" in out
        assert "  refused: 60 problems\n" in out
        assert "30 lines without a ticket." in out

    def test_instants_that_decrease_refuse_the_ticket(self, run: Run) -> None:
        status, _, err = run(ASSIGN, OPEN)
        assert status == 1
        assert (
            "tickets.jsonl:2 the instant 2026-11-19T12:00:00+00:00 is before 2026-11-19T13:00:00+00:00, "
            "that of the ticket's previous line; sort the lines of each ticket by their instants"
        ) in err

    def test_a_timeline_says_from_when_the_holidays_are_not_known(self, run: Run) -> None:
        far = [line | {"at": "2100-12-30T15:00:00-03:00"} for line in (OPEN, ASSIGN, ASK)]
        status, out, err = run(*far)
        assert (status, err) == (0, "")
        assert "so far: waiting for customer; nothing more is due by itself; not known from Sat 2101-01-01" in out

    @pytest.mark.parametrize(
        ("rules", "complaint"),
        [
            (
                "snior",
                "no preset 'snior'; did you mean 'senior'? Otherwise give FILE.toml, FILE.json, - or MODULE:NAME",
            ),
            (
                "rules",
                "no preset 'rules'; there are: adereso, embudo, enate, posponer, senior, servicenow, stale; otherwise",
            ),
            (
                "nowhere:RULES",
                "nowhere:RULES the name cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
            ),
            ("json:loads", "json:loads the name cannot be imported: TypeError: "),
            (
                "ticketflow:nothing",
                "the name cannot be imported: AttributeError: module 'ticketflow' has no attribute 'nothing'",
            ),
            (
                "ticketflow.tickets.actors:ROLES",
                "ticketflow.tickets.actors:ROLES it is not a rule set; name an instance",
            ),
        ],
    )
    def test_unknown_rule_sets_are_refused(self, run: Run, rules: str, complaint: str) -> None:
        status, out, err = run(OPEN, rules=rules)
        assert (status, out) == (3, "")
        assert complaint in err

    def test_a_rule_set_from_a_module(self, run: Run) -> None:
        assert run(OPEN, rules="ticketflow.presets.senior:senior")[0] == 0

    @pytest.mark.parametrize("options", [("--until", "tomorrow"), ("--zone", "Mars")])
    def test_bad_options_are_refused(self, run: Run, options: tuple[str, str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            run(OPEN, options=options)

    def test_a_missing_file_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["simulate", "nowhere.jsonl", "--rules", "senior"]) == 3
        assert capsys.readouterr().err == (
            "error not_readable  nowhere.jsonl\n"
            "    the file cannot be read: No such file or directory; give another file\n"
        )

    def test_actors_can_have_groups(self, run: Run) -> None:
        inform = {**ASK, "transition": "inform_solution"}
        channel = {"role": "customer", "id": "dario", "groups": ["channel"]}
        review = {"ticket": "T-1", "do": "review_classification", "at": "2026-11-20T09:00:00Z", "by": channel}
        status, out, _ = run(OPEN, ASSIGN, inform, {**review, "classification": "product_error"})
        assert status == 0
        assert "customer dario: classification set to product_error" in out

    def test_a_byte_order_mark_is_ignored(self, run: Run) -> None:
        assert run(b"\xef\xbb\xbf" + json.dumps(OPEN).encode())[0] == 0

    def test_the_problems_of_a_rule_set_from_a_module_are_printed(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.syspath_prepend(str(tmp_path))
        text = (
            "from ticketflow import *\nRULES = Rules('mine', Workflow(()), BusinessCalendar('UTC', 'mon 09:00-10:00'))"
        )
        (tmp_path / "mine_with_a_fault.py").write_text(text, encoding="utf-8")
        status, _, err = run(OPEN, rules="mine_with_a_fault:RULES")
        assert status == 3
        assert "rules 'mine', workflow.states the workflow has no states" in err

    def test_blank_lines_are_ignored(self, run: Run) -> None:
        assert run(OPEN, b"", b"  ")[0] == 0


def test_the_module_returns_the_exit_status() -> None:
    command = [sys.executable, "-m", "ticketflow", "simulate"]
    fine = subprocess.run([*command, str(DEMO), "--rules", "senior"], capture_output=True, text=True, check=False)
    assert (fine.returncode, fine.stderr) == (0, "")
    unreadable = subprocess.run([*command, "x", "--rules", "y"], capture_output=True, text=True, check=False)
    assert (unreadable.returncode, unreadable.stdout) == (3, "")


def test_a_closed_pipe_gives_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ticketflow", "simulate", str(DEMO), "--rules", "senior"]
    shown = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (shown.returncode, shown.stderr) == (141, "")
