"""What the commands say when something is wrong: one line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from ticketflow_service.__main__ import main

SQLITE = "give sqlite:///FILE or postgresql://USER@HOST/NAME"


def fails(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> str:
    """Run a command that cannot be done, and return what it says."""
    assert main(["--database", url, *arguments]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said.strip()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("bogus", f"'bogus' is not a URL; {SQLITE}"),
        ("mysql://root@localhost/desk", f"there is no store on mysql; {SQLITE}"),
        ("sqlite:////nowhere/desk.db", "unable to open database file"),
    ],
)
def test_a_wrong_database_is_named(url: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, url, "migrate") == f"python -m ticketflow_service migrate: {expected}"


def test_a_server_that_does_not_answer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = fails(capsys, "postgresql://ana:secret@127.0.0.1:1/desk", "status")
    assert "Connection refused" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "command", [["rules", "senior"], ["work"], ["status"], ["put-back", "T-1"], ["resend"], ["erase", "a=b"]]
)
def test_without_tables_the_commands_say_what_to_do(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = fails(capsys, f"sqlite:///{tmp_path}/desk.db", *command)
    assert said.endswith("the database has no tables; run the command 'migrate'")


def test_tables_of_another_release_are_refused(url: str, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    version = "UPDATE alembic_version SET version_num = '{}'"
    with engine.execution_options(writes=True).begin() as connection:
        [present] = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
        connection.execute(text(version.format("0001")))
    expected = "the database has the tables of another release (0001); run the command 'migrate'"
    assert fails(capsys, url, "work").endswith(expected)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text(version.format(present)))


@pytest.mark.usefixtures("engine")
def test_a_worker_without_rules_does_not_start(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys, url, "work").endswith(
        "no rules are in force; put a rule set in force with the command 'rules'"
    )


def test_wrong_rules_are_named(sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", sqlite_url, "migrate"]) == 0
    damaged = tmp_path / "rules.toml"
    damaged.write_text('name = "a"')
    assert "no preset 'senor'; did you mean 'senior'?" in fails(capsys, sqlite_url, "rules", "senor")
    assert "No such file or directory: 'nowhere.toml'" in fails(capsys, sqlite_url, "rules", "nowhere.toml")
    assert 'rules.toml:1, format: the format is missing; write format = "rules/1"' in fails(
        capsys, sqlite_url, "rules", str(damaged)
    )


def test_other_rules_do_not_replace_those_of_the_tickets(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", sqlite_url, "migrate"]) == 0
    assert main(["--database", sqlite_url, "rules", "senior"]) == 0
    assert main(["--database", sqlite_url, "rules", "senior"]) == 0
    assert fails(capsys, sqlite_url, "rules", "stale").endswith(
        "the tickets are under the rule set 'senior', and this one is 'stale'; "
        "give a version of that one, or use another database"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--clock", "noon", "status"], "'noon' is not a clock"),
        (["--clock", "2026-11-23T12:00:00@0*1", "status"], "the instant has no zone, or the clock stands still"),
        (["work", "--post-to", "mail.example"], "'mail.example' is not an address; give one with http:// or https://"),
        (["work", "--heartbeat", "-1"], "-1 is not a number of seconds; give one above 0"),
        (["erase", "bruno"], "'bruno' has no pseudonym; give NAME=PSEUDONYM"),
        (["work", "--late", "never"], "invalid choice: 'never'"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert expected in capsys.readouterr().err
