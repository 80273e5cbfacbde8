"""The log's own counts under the present rules, and what other rules change; worked out by hand from the rows."""

from __future__ import annotations

from pathlib import Path

import other_rules
import pytest
from incident_log import read_log
from replay import last_resolution

from ticketflow import simulation

EXTRACT = Path(__file__).parent.parent / "servicenow_replay" / "extract.csv"


@pytest.fixture(name="found")
def replayed() -> simulation.Replay:
    incidents, problems = read_log(EXTRACT)
    assert not problems
    return other_rules.replay(incidents, other_rules.all_rows)


def names(changed: tuple[simulation.Changed, ...]) -> list[str]:
    return [each.ticket for each in changed]


def test_the_present_rules_give_the_counts_of_the_log() -> None:
    """The same counts as those of replay.py; the flags are those of the column made_sla."""
    incidents, _ = read_log(EXTRACT)
    found = other_rules.replay(incidents, last_resolution)
    counts = other_rules.closings(found, incidents)
    assert counts == {"in the hour": 11, "later": 22, "earlier": 1, "no resolved_at": 3}
    assert other_rules.flags(found, incidents) == {(True, True): 15, (False, False): 22}
    assert found.measures("today").closed_by_rule == len(incidents) == 37


def test_a_shorter_time_closes_all_earlier_and_two_before_more_was_done(found: simulation.Replay) -> None:
    """INC0000294 was resolved on 8 March at 11:30, reopened at 14:14, and changed its state four times more.

    INC0000782 was resolved on 8 March, and again on 9 and on 16 March; today, only the last one comes too late.
    """
    difference = found.difference("close after 2 hours")
    assert len(difference.closed) == 37
    assert names(difference.refused) == ["INC0000294", "INC0000782"]
    assert [each.after.refusals for each in difference.refused] == [5, 2]
    assert [each.before.refusals for each in difference.refused] == [0, 1]
    assert str(difference.refused[0].after.closed_at) == "2016-03-08 13:30:00+00:00"
    assert not difference.reminded
    assert not difference.breached


def test_a_longer_time_leaves_one_open_until_it_is_resolved_again(found: simulation.Replay) -> None:
    """INC0000782 was resolved on 9 March, and again on 16 March."""
    difference = found.difference("close after 10 days")
    assert names(difference.refused) == ["INC0000782"]
    (changed,) = difference.refused
    assert str(changed.before.closed_at) == "2016-03-14 08:21:00+00:00"
    assert str(changed.after.closed_at) == "2016-03-26 15:24:00+00:00"


def test_a_shorter_target_is_missed_by_four_more(found: simulation.Replay) -> None:
    """They were opened on 29 February from 8:03 to 9:14 and resolved on 2 March after 14:37: two days and six hours."""
    difference = found.difference("target of 48 hours")
    assert names(difference.breached) == ["INC0000066", "INC0000087", "INC0000103", "INC0000111"]
    assert not difference.closed


def test_the_program_prints_the_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    assert other_rules.main([str(EXTRACT)]) == 0
    shown = capsys.readouterr().out
    assert "agrees with the target of 90 hours for 37 of 37 incidents" in shown
    assert "INC0000294: 5 changes of state come after the closing; today, 0 do" in shown
    assert "INC0000782: 0 changes of state come after the closing; today, 1 do" in shown


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert other_rules.main([str(tmp_path / "nowhere.csv")]) == 2
    file = tmp_path / "log.csv"
    file.write_text(EXTRACT.read_text(encoding="utf-8") + "INC9,Lost,,,,TRUE,?,?\n", encoding="utf-8")
    assert other_rules.main([str(file)]) == 0
    assert "no state 'Lost'" in capsys.readouterr().err
