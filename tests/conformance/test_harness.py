"""Another program answers the cases: what it is asked, how its answers are compared, and what if it misbehaves."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ticketflow.cli import main as cli
from ticketflow.cli.harness_process import HarnessProcess
from ticketflow.conformance.harness import HarnessError, ask_cases, request
from ticketflow.conformance.runner import Result, read_cases

CASES = Path(__file__).parent
FILES = sorted(CASES.rglob("*.json"))
OFFICE = {"tz": "Etc/UTC", "hours": {"mon": [["09:00", "18:00"]]}}
GOOD = {"id": "x", "calendar": "office", "op": "is_open", "args": {"at": "2026-11-23T09:00:00Z"}, "expect": True}
ANA = {"role": "agent", "id": "ana"}
BRUNO = {"role": "customer", "id": "bruno"}
NINE, TEN = "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"
OPENED = {"command": {"do": "open", "ticket": "T-1", "message": {"id": "m1"}, "at": NINE, "by": BRUNO}}
ASSIGN = {"do": "assign", "assignee": "ana", "at": TEN, "by": ANA}


def asked(case: object, reply: object) -> Result:
    """Return the result of a case that a program answers with this."""
    document = {"cases": [case], "calendars": {"office": OFFICE}}
    line = reply if isinstance(reply, str) else json.dumps(reply)
    (found,) = ask_cases(document, lambda _: line)
    return found


def scenario(*steps: object) -> dict[str, Any]:
    return {"id": "x", "source": "by hand", "rules": {"preset": "senior"}, "steps": [*steps]}


def expected_answer(case: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that says exactly what a case expects."""
    keys = [*("refused", "reasons", "hints", "hint_data", "is_repeated", "to", "expect", "changes", "summary")]
    keys += ("is_true", "available", "deliveries", "follow_ups", "agenda", "due", "reports")
    if "op" in case:
        return {"answer": case["expect"]} | ({"error": case["error"]} if "error" in case else {})
    if "steps" in case:
        return {"answer": [{key: step[key] for key in keys if key in step} for step in case["steps"]]}
    if "check" in case:
        return {"answer": [{"code": code, "severity": "error"} for code in case["finds"]]}
    if "differences" in case:
        return {"answer": case["differences"]}
    return {"answer": {"canonical": case["canonical"]} if "read" in case else {"problems": case["problems"]}}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(CASES)))
def test_a_program_that_answers_what_is_expected_passes_every_case(file: Path) -> None:
    """The protocol carries every kind of case, and a request does not tell the answer."""
    document = read_cases(file.read_bytes(), file.name)
    plain = json.loads(file.read_text(encoding="utf-8"), parse_float=str)["cases"]
    replies: Iterator[dict[str, Any]] = iter(expected_answer(case) for case in plain)

    def answer(line: str) -> str:
        said = json.loads(line)
        assert "expect" not in said
        return json.dumps({"id": said["id"], **next(replies)})

    results = list(ask_cases(document, answer))
    fractions = {case["id"] for case in plain if isinstance(case.get("expect"), str) and case.get("op") == "between"}
    assert [each for each in results if each.status != "passed" and each.case not in fractions] == []


def test_a_request_has_the_case_without_its_expectations() -> None:
    calendar = request(GOOD, {"cases": [], "calendars": {"office": OFFICE}})
    assert calendar == {
        "protocol": "harness/1",
        "id": "x",
        "kind": "calendar",
        "op": "is_open",
        "args": {"at": NINE},
        "calendar": OFFICE,
    }
    nested = {**GOOD, "calendar": {"calendar": {"union": ["office", "office"]}, "excluding": [[NINE, TEN]]}}
    found = request(nested, {"cases": [], "calendars": {"office": OFFICE}})
    assert found["calendar"] == {"calendar": {"union": [OFFICE, OFFICE]}, "excluding": [[NINE, TEN]]}
    steps = scenario(
        {**OPENED, "comment": "a remark"},
        {"command": ASSIGN, "refused": ["not_allowed"]},
        {"at": TEN, "expect": {"state": "new", "clocks": {"c": {"state": "met"}}, "automatic": [{"rule": "a"}]}},
        {"follow_ups": [], "at": TEN, "by": ANA},
        {"agenda": [], "due": [], "at": TEN},
    )
    assert request(steps, {"cases": []})["steps"] == [
        OPENED,
        {"command": ASSIGN},
        {"at": TEN, "expect": {"state": None, "clocks": {"c": {"state": None}}, "automatic": None}},
        {"follow_ups": None, "at": TEN, "by": ANA},
        {"agenda": None, "at": TEN},
    ]


LOOK = {"at": TEN, "expect": {"state": "new", "fields": {"nature": None}, "automatic": [{"rule": "a"}]}}
READ = {
    "id": "x",
    "source": "s",
    "kind": "action",
    "read": '{"format": "action/1", "move": "close"}',
    "canonical": "{}",
}
REJECT = {"id": "x", "source": "s", "reject": "x", "problems": [{"code": "not_json", "pointer": ""}]}
CHECK = {"id": "x", "source": "s", "check": {"preset": "senior"}, "finds": ["never_true"], "budget": 5}
SAME = {"old": {"preset": "senior"}, "new": {"preset": "senior"}}
COMPARE = {"id": "x", "source": "s", **SAME, "differences": [{"kind": "added", "path": ["a"]}]}
COMMANDS = scenario(OPENED, {"command": ASSIGN, "refused": ["stale", "guard"]})


def said(answer: object, **more: object) -> dict[str, object]:
    return {"id": "x", "answer": answer, **more}


@pytest.mark.parametrize(
    ("case", "reply", "status", "detail"),
    [
        (GOOD, said(True), "passed", ""),
        (GOOD, said(False), "failed", "expected True, got False"),
        (GOOD, said(None), "failed", "expected True, got never"),
        (GOOD, said(None, error="naive"), "failed", "expected True, got naive"),
        (GOOD, said(1), "failed", "the answer is not valid: 1 is not a boolean; give true or false"),
        ({**GOOD, "expect": None}, said(None), "passed", ""),
        ({**GOOD, "expect": None}, said(None, error="any"), "passed", ""),
        ({**GOOD, "expect": None, "error": "naive"}, said(None, error="naive"), "passed", ""),
        ({**GOOD, "expect": None, "error": "naive"}, said(None, error="never_open"), "failed", "expected naive, got"),
        ({**GOOD, "expect": None}, said(False), "failed", "expected never, got False"),
        (GOOD, {"id": "x", "unsupported": "no\ncalendars"}, "skipped", "not supported: no"),
        (GOOD, {"id": "x", "failed": "IndexError"}, "failed", "the program failed: IndexError"),
        (GOOD, "Traceback", "failed", "the answer is not valid: the answer: the document is not valid JSON"),
        (GOOD, "[" * 100, "failed", "the answer is not valid: the answer: the document is nested more than"),
        (GOOD, [], "failed", "the answer is not valid: [] is not an answer; write a JSON object on one line"),
        (GOOD, {"id": "y", "answer": True}, "failed", "the id is 'y', not 'x'; answer each request once, in order"),
        (GOOD, {"id": "x"}, "failed", "does not say what it is; give one of: answer, unsupported, failed"),
        (GOOD, {"id": "x", "answer": True, "failed": ""}, "failed", "does not say what it is"),
        ({**GOOD, "calendar": "ofice"}, said(True), "failed", "the case is not valid: no calendar 'ofice'"),
        (
            {**GOOD, "calendar": {"calendar": "office", "excluding": 5}},
            said(True),
            "failed",
            "the case is not valid: excluding is 5",
        ),
        ({**GOOD, "op": "x"}, said(True), "skipped", "op 'x' is not known here"),
        (5, said(True), "failed", "the case is not valid: 5 is not a case"),
        ({"id": "x"}, said(True), "failed", "the case does not say what it tests; add one of: op, steps"),
        (COMMANDS, said([{}, {"refused": ["guard", "stale"]}]), "passed", ""),
        (
            COMMANDS,
            said([{}, {"refused": ["guard"]}]),
            "failed",
            "step 1 (Assign at 2026-11-23T10:00:00+00:00): refused",
        ),
        (COMMANDS, said([{}]), "failed", "there are 1 answers to 2 steps; give an object for each step"),
        (COMMANDS, said([{}, {"refuzed": []}]), "failed", "answer[1].refuzed: no key 'refuzed'"),
        (COMMANDS, said([{"hints": []}, {"refused": ["codes"]}]), "failed", "answer[1].refused[0]: no choice 'codes'"),
        (
            scenario(OPENED, LOOK),
            said([{}, {"expect": {"state": "new", "fields": {"nature": None, "x": 1}, "automatic": [{"rule": "a"}]}}]),
            "passed",
            "",
        ),
        (
            scenario(OPENED, LOOK),
            said([{}, {"expect": {"state": "old", "fields": {}, "automatic": []}}]),
            "failed",
            'expect.state: expected "new", got "old"; expect.fields.nature: the answer does not have it; expect.auto',
        ),
        (scenario(OPENED, LOOK), said([{}, {}]), "failed", "expect: the answer does not have it"),
        (scenario(OPENED, {"at": TEN, "expect": {}}), said([{}, {}]), "failed", "the expectation is empty"),
        (READ, said({"canonical": "{}"}), "passed", ""),
        (READ, said({"problems": []}), "failed", 'canonical: expected "{}", got null'),
        (REJECT, said({"problems": [{"code": "not_json", "pointer": ""}]}), "passed", ""),
        (REJECT, said({"canonical": "{}"}), "failed", "problems: expected"),
        ({**REJECT, "problems": []}, said({}), "failed", "the case expects no problems"),
        (CHECK, said([{"code": "never_true", "severity": "error"}]), "passed", ""),
        (CHECK, said([]), "failed", "expected never_true, got no findings"),
        ({**CHECK, "finds": []}, said([{"code": "a", "severity": "error"}]), "failed", "expected no findings, got a"),
        ({**CHECK, "finds": []}, said([{"code": "a", "severity": "info"}]), "passed", ""),
        (COMPARE, said([{"kind": "added", "path": ["a"]}]), "passed", ""),
        (COMPARE, said([]), "failed", "differences: expected"),
    ],
)
def test_answers_are_compared_with_the_expectations(case: object, reply: object, status: str, detail: str) -> None:
    found = asked(case, reply)
    assert found.status == status, found.detail
    assert detail in found.detail


BULK = scenario(
    OPENED,
    {"bulk": ASSIGN, "tickets": ["T-1"], "refused": {"T-1": ["stale", "guard"]}},
    {"command": ASSIGN, "hints": ["a"], "hint_data": {"a": {"x": 1}}},
)


def test_the_data_of_hints_and_the_refusals_of_bulk_commands_are_compared() -> None:
    right = [{}, {"refused": {"T-1": ["guard", "stale"]}}, {"hints": ["a"], "hint_data": {"a": {"x": 1}, "b": {}}}]
    assert asked(BULK, said(right)).status == "passed"
    wrong = [*right[:2], {"hints": ["a"], "hint_data": {"a": {"x": 2}}}]
    assert 'hint_data.a: expected {"x": 1}, got {"x": 2}' in asked(BULK, said(wrong)).detail
    assert "refused: expected" in asked(BULK, said([{}, {}, right[2]])).detail


# -- programs ---------------------------------------------------------------------------------------------------------

ECHO = """
import sys, json
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "answer": True}), flush=True)
"""
PROGRAMS = {
    "it ends": ("import sys; sys.exit(3)", "the program ended with status 3 before it answered"),
    "it closes its output": (
        "import os, time\nos.close(1)\ntime.sleep(60)",
        "the program ended before it answered",
    ),
    "it hangs": ("import time; time.sleep(60)", "the program did not answer within 0.5 seconds"),
    "it writes without end": (
        "import sys\ninput()\nwhile True: sys.stdout.write('x' * 65536)",
        "the answer is longer than 1048576 bytes",
    ),
    "it writes nonsense": (
        "input(); print('Hello', flush=True)\nimport time; time.sleep(60)",
        "the answer is not valid",
    ),
    "it writes what is no text": (
        r"import sys, time; input(); sys.stdout.buffer.write(b'\xff\n'); sys.stdout.flush(); time.sleep(60)",
        "the answer is not valid",
    ),
}


def command(tmp_path: Path, program: str) -> list[str]:
    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    return [sys.executable, str(file)]


def results(tmp_path: Path, program: str, cases: int = 2, timeout: float = 0.5) -> list[Result]:
    document = {"cases": [{**GOOD, "id": f"x{number}"} for number in range(cases)], "calendars": {"office": OFFICE}}
    with HarnessProcess(command(tmp_path, program), timeout) as process:
        return list(ask_cases(document, process.ask))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_misbehaves_fails_the_cases_and_nothing_more(name: str, tmp_path: Path) -> None:
    program, detail = PROGRAMS[name]
    found = results(tmp_path, program, cases=1, timeout=0.5 if name == "it hangs" else 60)
    assert [each.status for each in found] == ["failed"]
    assert detail in found[0].detail


def test_a_program_that_ended_before_it_was_asked_is_said_to_have_ended(tmp_path: Path) -> None:
    with HarnessProcess(command(tmp_path, "import sys; sys.exit(3)"), 60) as process:
        running = process._running  # noqa: SLF001 -- to wait until its end is known
        assert running is not None
        while running._output.empty():  # noqa: SLF001
            sleep(0.01)
        with pytest.raises(HarnessError, match="the program ended with status 3 before it answered"):
            process.ask("{}")


def test_a_program_that_answers_passes(tmp_path: Path) -> None:
    assert [each.status for each in results(tmp_path, ECHO, cases=50, timeout=10)] == ["passed"] * 50


def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    dies = ECHO.replace("    print", "    if 'x1' in line: sys.exit(1)\n    print")
    assert [each.status for each in results(tmp_path, dies, cases=4, timeout=10)] == [
        "passed",
        "failed",
        "passed",
        "passed",
    ]


def test_a_program_that_hangs_is_not_asked_for_ever(tmp_path: Path) -> None:
    begun = monotonic()
    found = results(tmp_path, "import time; time.sleep(60)", cases=500)
    assert monotonic() - begun < 30
    assert {each.status for each in found} == {"failed"}
    assert found[-1].detail == "not asked: the program failed too often before"


def test_a_program_that_says_too_much_fails_the_next_case(tmp_path: Path) -> None:
    twice = ECHO.replace("flush=True)", "flush=True); print('more', flush=True)")
    found = results(tmp_path, twice, cases=3, timeout=10)
    assert found[0].status == "passed"
    assert "failed" in {each.status for each in found[1:]}


def test_a_program_that_does_not_read_blocks_nobody(tmp_path: Path) -> None:
    document = {"cases": [{**GOOD, "calendar": OFFICE | {"holidays": ["2026-11-24"] * 50_000}}]}
    with HarnessProcess(command(tmp_path, "import time; time.sleep(60)"), 0.5) as process:
        (found,) = ask_cases(document, process.ask)
    assert "did not answer within 0.5 seconds" in found.detail


def test_output_that_nobody_reads_blocks_nobody(tmp_path: Path) -> None:
    floods = "import sys\nsys.stdin.readline()\nprint('{}', flush=True)\nwhile True: print('x' * 100_000)"
    begun = monotonic()
    found = results(tmp_path, floods, cases=1)
    assert monotonic() - begun < 20
    assert found[0].status == "failed"


def test_a_program_ends_with_what_it_started(tmp_path: Path) -> None:
    """The child of a program that has ended holds a pipe open for as long as it runs."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = f"import time; held = open({str(pipe)!r}, 'wb', 0); held.write(b'-'); time.sleep(3600)"
    starts = f"import subprocess\nsubprocess.Popen([{sys.executable!r}, '-c', {child!r}])"
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert "did not answer" in results(tmp_path, starts, cases=1, timeout=3)[0].detail
    os.read(end, 1)  # nothing on a machine that is too busy to start the child in time
    assert select.select([end], [], [], 30)[0], "the child still runs"
    assert os.read(end, 1) == b""
    os.close(end)


def test_a_program_is_asked_only_while_it_runs(tmp_path: Path) -> None:
    process = HarnessProcess(command(tmp_path, ECHO), 0.1)
    with process:
        pass
    with pytest.raises(HarnessError):
        process.ask("{}")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    file = tmp_path / "suite" / "cases.json"
    file.parent.mkdir()
    cases = [
        {**GOOD, "clauses": ["1.2", "1.10"]},
        {**GOOD, "id": "y", "clauses": ["1.2", "intake"]},
        {**GOOD, "id": "z"},
    ]
    file.write_text(json.dumps({"cases": cases, "calendars": {"office": OFFICE}}), encoding="utf-8")
    return file.parent


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(suite: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*options: str) -> tuple[int, str, str]:
        status = cli.main(["conformance", str(suite), *options])
        return status, *capsys.readouterr()

    return call


def test_the_command_counts_cases_by_clause(run: Run, suite: Path) -> None:
    status, printed, _ = run()
    assert status == 0
    assert printed.splitlines() == [
        f"{suite / 'cases.json'}: 3 passed, 0 failed, 0 skipped",
        "3 cases: 3 passed, 0 failed, 0 skipped; by clause (a case can test several):",
        "  1.2: 2 passed, 0 failed, 0 skipped",
        "  1.10: 1 passed, 0 failed, 0 skipped",
        "  intake: 1 passed, 0 failed, 0 skipped",
        "  none: 1 passed, 0 failed, 0 skipped",
    ]


def test_the_command_asks_a_program(run: Run, tmp_path: Path) -> None:
    program = " ".join(f"'{part}'" for part in command(tmp_path, ECHO))
    status, printed, _ = run("--harness", program)
    assert (status, printed.splitlines()[0].partition(": ")[2]) == (0, "3 passed, 0 failed, 0 skipped")
    status, printed, _ = run("--harness", program.replace("program.py", "nothing.py"))
    assert status == 1
    assert "  failed x: the program ended with status 2 before it answered" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--harness", "no-such-program-anywhere"), "the program 'no-such-program-anywhere' cannot be started: "),
        (("--harness", ""), "the command is empty; give a program and its arguments"),
        (("--harness", "a 'b"), "cannot be split: No closing quotation; close its quotes"),
        (("--harness", "a", "--timeout", "0"), "the timeout is 0; give seconds, at most 3600"),
        (("--harness", "a", "--timeout", "nan"), "the timeout is nan; give seconds, at most 3600"),
    ],
)
def test_a_wrong_call_has_status_2(run: Run, options: tuple[str, ...], message: str) -> None:
    status, _, errors = run(*options)
    assert status == 2
    assert message in errors
