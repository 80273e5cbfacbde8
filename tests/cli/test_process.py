"""The command as a process: its streams, its signals, its exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO

import pytest

import ticketflow
from ticketflow import documents
from ticketflow.cli import process
from ticketflow.cli.exit_codes import MEANINGS
from ticketflow.presets.senior import senior

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "examples" / "senior_life.jsonl"
SIMULATE = ("simulate", str(DEMO), "--rules", "senior")
FAULTY = 'format = "rules/1"\nname = "support"\nworkflow = 5\n'
PYTHON = {"PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8", "NO_COLOR", "TERM", "COLUMNS", "LANG", "LC_ALL"}

Shown = subprocess.CompletedProcess[bytes]


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the tests without what changes the output, and with *changes*."""
    return {**{name: value for name, value in os.environ.items() if name not in PYTHON}, **changes}


def run(
    *arguments: str | bytes,
    cwd: Path | None = None,
    given: bytes = b"",
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    variables: Mapping[str, str] | None = None,
) -> Shown:
    command = [sys.executable, "-m", "ticketflow", *arguments]
    shown = subprocess.run(
        command,
        cwd=cwd,
        input=given,
        timeout=60,
        stdout=stdout,
        stderr=stderr,
        env=environment(variables or {}),
        check=False,
    )
    assert b"Traceback" not in (shown.stderr or b"")
    return shown


Call = Callable[..., Shown]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Run the command in this process, with standard streams and arguments of its own: no interpreter is started."""

    def call(*arguments: str | bytes, cwd: Path = tmp_path, given: bytes = b"") -> Shown:
        written = BytesIO(), BytesIO()
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.syspath_prepend(cwd)
            for name in PYTHON:
                patch.delenv(name, raising=False)
            patch.setattr("sys.argv", ["ticketflow", *map(os.fsdecode, arguments)])
            patch.setattr("sys.stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
            patch.setattr("sys.stdout", TextIOWrapper(written[0], encoding="utf-8"))
            patch.setattr("sys.stderr", TextIOWrapper(written[1], encoding="utf-8"))
            status = process.run()
            sys.stdout.flush()
            return Shown(arguments, status, written[0].getvalue(), written[1].getvalue())

    yield call
    sys.modules.pop("mine", None)


def run_with_closed(number: int, *arguments: str) -> Shown:
    """Run the command with one of its three standard streams closed."""
    redirection = {0: "<&-", 1: ">&-", 2: "2>&-"}[number]
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "ticketflow", *arguments]
    return subprocess.run(command, capture_output=True, env=environment({}), check=False)


class TestOutput:
    @pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}])
    @pytest.mark.parametrize("arguments", [SIMULATE, ("schema", "rules"), ("--help",), ("--version",)])
    def test_a_full_disk_gives_one_line_and_its_own_code(
        self, arguments: tuple[str, ...], variables: dict[str, str]
    ) -> None:
        with Path("/dev/full").open("wb") as full:
            shown = run(*arguments, stdout=full, variables=variables)
        assert shown.returncode == 4
        assert shown.stderr == b"ticketflow: the output cannot be written: No space left on device\n"

    @pytest.mark.parametrize("arguments", [("check", "snior"), ("check",)])
    def test_messages_that_cannot_be_written_are_lost(self, arguments: tuple[str, ...]) -> None:
        with Path("/dev/full").open("wb") as full:
            shown = run(*arguments, stderr=full)
        assert (shown.returncode, shown.stdout) == (3 if arguments[1:] else 2, b"")

    def test_closed_standard_output_is_reported(self) -> None:
        shown = run_with_closed(1, "check", "senior")
        assert (shown.returncode, shown.stdout) == (4, b"")
        assert shown.stderr == b"ticketflow: standard output is closed; redirect it to /dev/null to discard it\n"

    def test_closed_standard_error_loses_only_the_messages(self) -> None:
        shown = run_with_closed(2, "diff", "senior", "snior")
        assert (shown.returncode, shown.stdout, shown.stderr) == (3, b"", b"")

    def test_closed_standard_input_is_reported_if_it_is_read(self) -> None:
        shown = run_with_closed(0, "check", "-")
        assert shown.returncode == 3
        assert shown.stderr == b"error not_readable  <stdin>\n    standard input is closed; give a file\n"
        assert run_with_closed(0, "diff", "senior", "senior").returncode == 0

    def test_a_reader_that_has_seen_enough_ends_the_command_quietly(self) -> None:
        command = [sys.executable, "-m", "ticketflow", "schema", "rules"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == b"{\n"
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 141

    @pytest.mark.parametrize(
        "variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]
    )
    def test_characters_that_the_output_lacks_are_escaped(self, variables: dict[str, str]) -> None:
        shown = run(*SIMULATE, "--language", "es", variables=variables)
        assert (shown.returncode, shown.stderr) == (0, b"")
        text = shown.stdout.decode()
        assert text.isascii()
        assert "2 d\\xedas tras" in " ".join(text.split())

    def test_a_schema_for_ascii_is_still_json(self) -> None:
        usual, ascii_only = run("schema", "rules"), run("schema", "rules", variables={"PYTHONIOENCODING": "ascii"})
        assert ascii_only.stdout.isascii()
        assert json.loads(ascii_only.stdout) == json.loads(usual.stdout)

    def test_ctrl_c_ends_the_command_quietly(self, tmp_path: Path) -> None:
        (tmp_path / "slow.py").write_text(
            "import sys, time\nprint('here', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
        )
        # A shell starts background jobs, such as a whole test run, with Ctrl-C ignored.
        heard = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler); "
        command = [sys.executable, "-c", heard + "runpy.run_module('ticketflow', run_name='__main__', alter_sys=True)"]
        command += ["check", "slow:RULES"]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            assert process.stderr.readline() == b"here\n"
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=30) == (b"", b"")
        assert process.returncode == 130


def _read(terminal: int) -> bytes:
    """Return what a terminal gets next; nothing if no process writes to it."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


class TestColors:
    @staticmethod
    def on_a_terminal(*arguments: str, cwd: Path, **variables: str) -> bytes:
        """Return what the command prints on a terminal of 60 columns."""
        ours, its = pty.openpty()
        command = [sys.executable, "-m", "ticketflow", *arguments]
        settings = environment({"COLUMNS": "60", "TERM": "xterm", **variables})
        with subprocess.Popen(command, cwd=cwd, stdout=its, env=settings):
            os.close(its)
            shown = b""
            while part := _read(ours):
                shown += part
        os.close(ours)
        return shown

    def test_a_terminal_has_color_unless_it_or_its_user_says_no(self, tmp_path: Path) -> None:
        command = ("diff", "senior", "stale")
        assert b"\x1b[31m-" in self.on_a_terminal(*command, cwd=tmp_path, NO_COLOR="")
        assert b"\x1b" not in self.on_a_terminal(*command, cwd=tmp_path, TERM="dumb")
        assert b"\x1b" not in self.on_a_terminal(*command, cwd=tmp_path, NO_COLOR="1")
        assert b"\x1b" not in self.on_a_terminal(*command, "--color", "never", cwd=tmp_path)
        assert b"\x1b[31m-" in self.on_a_terminal(*command, "--color", "always", cwd=tmp_path, TERM="dumb")

    def test_a_pipe_has_color_only_if_told(self) -> None:
        assert b"\x1b" not in run("diff", "senior", "stale").stdout
        assert b"\x1b[31m-" in run("diff", "senior", "stale", "--color", "always").stdout
        assert b"\x1b[31merror" in run("check", "snior", "--color", "always").stderr

    def test_lines_are_as_wide_as_the_terminal_and_100_elsewhere(self, tmp_path: Path) -> None:
        def widest(shown: bytes) -> int:
            """Return the length of the longest line; a single word can be longer than any line."""
            return max(len(line) for line in shown.decode().splitlines() if len(line.split()) > 1)

        for command in (("diff", "senior", "stale"), ("check", "embudo", "--silent"), SIMULATE):
            assert 80 < widest(run(*command).stdout) <= 100
            assert 40 < widest(self.on_a_terminal(*command, "--color", "never", cwd=tmp_path)) <= 60

    def test_messages_about_wrong_use_are_wrapped(self) -> None:
        shown = run("schema", "nothing")
        assert shown.returncode == 2
        assert shown.stderr.startswith(b"usage: python -m ticketflow schema [-h]")
        assert max(map(len, shown.stderr.splitlines())) <= 100


class TestFiles:
    def test_a_name_that_is_not_utf8(self, call: Call, tmp_path: Path) -> None:
        name = b"caf\xe9.toml"
        (tmp_path / os.fsdecode(name)).write_text(FAULTY, encoding="utf-8")
        for command in ((b"check", name), (b"diff", b"senior", name)):
            shown = call(*command, cwd=tmp_path)
            assert shown.returncode == 3
            assert b"caf\\udce9.toml:3, workflow" in shown.stderr
        shown = call(b"check", name, b"--json", cwd=tmp_path)
        assert shown.returncode == 3
        assert {problem["pointer"] for problem in json.loads(shown.stdout)["problems"]} == {"/workflow", "/calendars"}
        shown = call(b"simulate", name, b"--rules", b"senior", cwd=tmp_path)
        assert shown.returncode == 1
        assert b"caf\\udce9.toml:1" in shown.stderr

    def test_a_name_cannot_write_to_the_terminal(self, call: Call, tmp_path: Path) -> None:
        shown = call("check", "\x1b]0;x\x07.toml", cwd=tmp_path)
        assert b"\x1b" not in shown.stderr
        assert b"\\x1b]0;x\\x07.toml" in shown.stderr

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("nowhere.toml", "No such file or directory"),
            ("folder.toml", "Is a directory"),
            ("./", "Is a directory"),
            ("empty.toml/rules.toml", "Not a directory"),
            ("broken.toml", "Input/output error"),
        ],
    )
    def test_what_cannot_be_read_is_no_traceback(self, call: Call, tmp_path: Path, name: str, message: str) -> None:
        (tmp_path / "folder.toml").mkdir()
        (tmp_path / "empty.toml").touch()
        (tmp_path / "broken.toml").symlink_to("/proc/self/mem")
        for command in (("check", name), ("diff", "senior", name), ("simulate", name, "--rules", "senior")):
            shown = call(*command, cwd=tmp_path)
            assert (shown.returncode, shown.stdout) == (3, b"")
            expected = f"error not_readable  {name}\n    the file cannot be read: {message}; give another file\n"
            assert shown.stderr.decode() == expected

    def test_empty_files(self, call: Call, tmp_path: Path) -> None:
        for name in ("empty.toml", "empty.json", "empty.jsonl"):
            (tmp_path / name).touch()
        for name, message in (
            ("empty.toml", "the format is missing"),
            ("empty.json", "the document is not valid JSON"),
        ):
            shown = call("check", name, cwd=tmp_path)
            assert (shown.returncode, shown.stdout) == (3, b"")
            assert message in shown.stderr.decode()
        shown = call("simulate", "empty.jsonl", "--rules", "senior", cwd=tmp_path)
        assert (shown.returncode, shown.stderr) == (0, b"")
        assert shown.stdout.startswith(b"0 tickets")

    def test_suffixes_have_any_case(self, call: Call, tmp_path: Path) -> None:
        (tmp_path / "A.TOML").write_text(documents.write_toml(senior()), encoding="utf-8")
        (tmp_path / "A.Json").write_text(documents.write(senior()), encoding="utf-8")
        shown = call("diff", "A.TOML", "A.Json", cwd=tmp_path)
        assert (shown.returncode, shown.stdout, shown.stderr) == (0, b"", b"")


class TestFilesOfCases:
    def test_all_files_below_a_directory_are_call(self, call: Call, tmp_path: Path) -> None:
        (tmp_path / "cases" / "below").mkdir(parents=True)
        for name in ("b.json", "below/a.JSON", "notes.txt"):
            (tmp_path / "cases" / name).write_text('{"cases": [{"id": "x", "op": "unknown"}]}', encoding="utf-8")
        shown = call("conformance", "cases", cwd=tmp_path)
        assert (shown.returncode, shown.stderr) == (1, b"")
        heads = [line for line in shown.stdout.decode().splitlines() if line.startswith("cases/")]
        assert heads == [f"cases/{name}: 0 passed, 0 failed, 1 skipped" for name in ("b.json", "below/a.JSON")]

    def test_a_directory_without_cases_is_reported(self, call: Call, tmp_path: Path) -> None:
        shown = call("conformance", ".", cwd=tmp_path)
        assert (shown.returncode, shown.stdout) == (3, b"")
        assert shown.stderr == b"error not_readable  .\n    the directory has no JSON files; give one with cases\n"

    def test_cases_that_cannot_be_read_have_the_code_of_files(self, call: Call, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("[]", encoding="utf-8")
        assert call("conformance", "x.json", cwd=tmp_path).returncode == 3
        assert call("conformance", "nowhere.json", cwd=tmp_path).returncode == 3


class TestStandardInput:
    @pytest.mark.parametrize("text", [documents.write(senior()), "\ufeff \n" + documents.write(senior())])
    def test_json_is_recognized(self, call: Call, text: str) -> None:
        given = text.replace("\ufeff \n", "\ufeff")
        shown = call("diff", "-", "senior", given=given.encode())
        assert (shown.returncode, shown.stdout, shown.stderr) == (0, b"", b"")

    def test_toml_is_recognized(self, call: Call) -> None:
        given = documents.write_toml(senior()).encode()
        assert call("diff", "senior", "-", given=given).returncode == 0
        assert call("check", "-", "--budget", "0", given=given).returncode == 0
        assert call("check", "-", "--format", "toml", "--budget", "0", given=given).returncode == 0

    def test_the_format_can_be_given(self, call: Call) -> None:
        shown = call("check", "-", "--format", "json", given=documents.write_toml(senior()).encode())
        assert shown.returncode == 3
        assert shown.stderr.startswith(b"error not_json  <stdin>\n")

    def test_the_format_of_other_files_is_guessed(self, call: Call, tmp_path: Path) -> None:
        (tmp_path / "desk").write_text(documents.write(senior()), encoding="utf-8")
        assert call("diff", "./desk", "senior", cwd=tmp_path).returncode == 0

    def test_commands_can_come_from_standard_input(self, call: Call) -> None:
        shown = call("simulate", "-", "--rules", "senior", given=DEMO.read_bytes())
        assert (shown.returncode, shown.stdout) == (0, call(*SIMULATE).stdout)
        shown = call("simulate", "-", "--rules", "senior", given=b"[]")
        assert shown.returncode == 1
        assert shown.stderr.startswith(b"error bad_value  <stdin>:1\n")

    def test_cases_can_come_from_standard_input(self, call: Call) -> None:
        shown = call("conformance", "-", given=b'{"cases": [{"id": "x"}]}')
        assert shown.returncode == 1
        assert shown.stdout.startswith(b"<stdin>: 0 passed, 1 failed, 0 skipped\n")

    @pytest.mark.parametrize("arguments", [("diff", "-", "-"), ("simulate", "-", "--rules", "-")])
    def test_it_can_be_read_only_once(self, call: Call, arguments: tuple[str, ...]) -> None:
        shown = call(*arguments)
        assert (shown.returncode, shown.stdout) == (2, b"")
        assert shown.stderr == b"ticketflow: standard input is given twice; give a file for one of them\n"


class TestRuleSetsFromModules:
    @pytest.mark.parametrize(
        ("text", "code", "message"),
        [
            ("import sys\nsys.exit(0)", "not_importable", "the module exits the process"),
            ("raise BaseException('no')", "not_importable", "the name cannot be imported: BaseException: no"),
            ("raise GeneratorExit", "not_importable", "the name cannot be imported: GeneratorExit: ;"),
            ("raise OSError(28, 'x\\n\\x1b[31m')", "not_importable", "OSError: [Errno 28] x\\n\\x1b[31m; give"),
            ("def RULES(:", "not_importable", "the name cannot be imported: SyntaxError: "),
            ("RULES = None", "wrong_type", "it is not a rule set; name an instance of ticketflow.Rules"),
            ("def RULES(needed): pass", "not_importable", "TypeError: RULES() missing 1 required positional argument"),
            ("import ticketflow\nticketflow.Actor('boss', 'x')", "bad_value", "the rule set cannot be built: "),
        ],
    )
    def test_what_is_no_rule_set_is_reported(
        self, call: Call, tmp_path: Path, text: str, code: str, message: str
    ) -> None:
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        for command in (("check", "mine:RULES"), ("diff", "mine:RULES", "senior")):
            shown = call(*command, cwd=tmp_path)
            assert (shown.returncode, shown.stdout) == (3, b"")
            assert shown.stderr.startswith(f"error {code}  mine:RULES\n    ".encode())
            assert message in " ".join(shown.stderr.decode().split())

    def test_a_name_that_exits_the_process(self, call: Call) -> None:
        shown = call("check", "sys:exit")
        assert (shown.returncode, shown.stdout) == (3, b"")
        assert b"error not_importable  sys:exit\n    the module exits the process" in shown.stderr

    def test_what_a_module_prints_is_no_output(self, call: Call, tmp_path: Path) -> None:
        text = "print('hello')\nfrom ticketflow.presets.senior import senior as RULES\n"
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        shown = call("check", "mine:RULES", "--json", "--budget", "0", cwd=tmp_path)
        assert (shown.returncode, shown.stderr) == (0, b"hello\n")
        assert json.loads(shown.stdout) == {"findings": [], "silent_paths": []}

    def test_problems_for_machines(self, call: Call) -> None:
        shown = call("diff", "senior", "sys:exit", "--json")
        assert (shown.returncode, shown.stderr) == (3, b"")
        (problem,) = json.loads(shown.stdout)["problems"]
        assert (problem["place"], problem["code"], problem["line"]) == ("sys:exit", "not_importable", None)


class TestErrors:
    BUG = (
        "from ticketflow.cli import main\n"
        "from ticketflow.presets.senior import senior as RULES\n"
        "def check(rules, budget, steps): raise KeyError('a\\nb')\n"
        "main.check = check\n"
    )

    def test_an_internal_error_is_one_line_that_asks_for_a_report(self, tmp_path: Path) -> None:
        (tmp_path / "bug.py").write_text(self.BUG, encoding="utf-8")
        shown = run("check", "bug:RULES", cwd=tmp_path)
        assert (shown.returncode, shown.stdout) == (4, b"")
        assert shown.stderr == (
            b"ticketflow: internal error: KeyError: 'a\\nb'; please report it, with the output of --traceback\n"
        )

    def test_the_traceback_is_printed_on_request(self, tmp_path: Path) -> None:
        (tmp_path / "bug.py").write_text(self.BUG, encoding="utf-8")
        command = [sys.executable, "-m", "ticketflow", "check", "bug:RULES", "--traceback"]
        shown = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        first, *_, last = shown.stderr.splitlines()
        assert first == b"Traceback (most recent call last):"
        assert last.startswith(b"ticketflow: internal error: KeyError")
        (tmp_path / "fault.py").write_text("1 / 0", encoding="utf-8")
        shown = subprocess.run(
            [*command[:4], "fault:RULES", "--traceback"], cwd=tmp_path, capture_output=True, check=False
        )
        assert b'fault.py", line 1, in <module>' in shown.stderr

    def test_the_version(self, call: Call) -> None:
        assert call("--version").stdout.decode() == f"ticketflow {ticketflow.__version__}\n"

    @pytest.mark.parametrize("command", [(), ("simulate",), ("check",), ("diff",), ("conformance",), ("schema",)])
    def test_the_help_of_each_command_has_the_exit_codes(self, call: Call, command: tuple[str, ...]) -> None:
        shown = call(*command, "--help")
        assert (shown.returncode, shown.stderr) == (0, b"")
        lines = shown.stdout.decode().splitlines()
        assert lines[-len(MEANINGS) :] == [f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items()]

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("chek",),
            ("check",),
            ("check", "senior", "--budget", "x"),
            ("check", "senior", "--budget", "-1"),
            ("diff", "senior", "senior", "--format", "yaml"),
        ],
    )
    def test_wrong_use(self, call: Call, arguments: tuple[str, ...]) -> None:
        shown = call(*arguments)
        assert (shown.returncode, shown.stdout) == (2, b"")
        assert b"ticketflow: " in shown.stderr
