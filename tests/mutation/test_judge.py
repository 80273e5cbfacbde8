from __future__ import annotations

from pathlib import Path

from tests.mutation import judge


def test_a_change_that_never_ends_is_stopped_and_counts_as_noticed(tmp_path: Path) -> None:
    by = judge.run(["-c", "while True: pass"], tmp_path, 1, 60.0)
    assert by is not None
    assert by.startswith("ended by signal ")


def test_a_change_that_takes_all_memory_is_noticed(tmp_path: Path) -> None:
    by = judge.run(["-c", "bytearray(8 << 30)"], tmp_path, 10, 60.0)
    assert by == "MemoryError"


def test_a_process_that_succeeds_says_nothing(tmp_path: Path) -> None:
    assert judge.run(["-c", "print('fine')"], tmp_path, 10, 60.0) is None


def test_the_traced_tests_run_from_the_package_outwards_and_none_twice() -> None:
    tree = Path(__file__).parents[2]
    module = Path("src/ticketflow/engine/rungs.py")
    own, near, rest = (judge.command(stage, module, tree) for stage in judge.TESTS)
    assert "tests/engine" in own
    assert {"tests/rules", "tests/sla", "tests/calendars"} <= set(near)
    assert {"tests/laws", "tests/documents", "examples", "tests/engine/test_mutants.py"} <= set(rest)
    icalendar = judge.command("own", Path("src/ticketflow/calendars/icalendar_reading.py"), tree)
    assert {"tests/calendars/test_icalendar.py", "tests/laws/test_icalendar_laws.py"} <= set(icalendar)
    assert "tests/calendars" in judge.command("own", Path("src/ticketflow/calendars/__init__.py"), tree)
    folders = [each for command in (own, near, rest) for each in command if each.startswith("tests/")]
    assert len(folders) == len(set(folders))
