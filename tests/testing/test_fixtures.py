"""The plugin for pytest: its fixture, and what the report of a failed test shows."""

from __future__ import annotations

import contextlib
import io
import re
from importlib.metadata import entry_points
from types import SimpleNamespace

import pytest

from tests.testing.small_desk import RULES
from ticketflow.testing import Desk, fixtures
from ticketflow.testing.fixtures import DeskFactory

STORY = """
import pytest
from tests.testing.small_desk import RULES


@pytest.fixture
def desk(desk_of):
    desk = desk_of(RULES, at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.agent("ana").moves("ask", "which one?")
    desk.passes(days=2)
    return desk


def test_that_passes(desk):
    assert desk.sent == ["reminder-1"]


def test_without_a_desk():
    assert 1 == 2


def test_that_expects_a_failure(desk):
    with pytest.raises(AssertionError):
        assert desk.state == "closed"
    raise ValueError
"""
WAITS = "no-answer: waits until Fri 2026-11-27 10:00:00 +0100: send reminder-2 to the customer"
TIMELINE = """\
ticket 'T-1' up to Wed 2026-11-25 10:00:00 +0100:
  Mon 2026-11-23 10:00:00 +0100  customer customer: opened in open; message m1
"""
COMPARISONS = {
    "assert desk.sent == ['reminder-1', 'reminder-2']": "sent is ['reminder-1'], not ['reminder-1', 'reminder-2']",
    "assert ['reminder-2'] == desk.sent": "sent is ['reminder-1'], not ['reminder-2']",
    "assert 'reminder-2' in desk.sent": "sent is ['reminder-1'], not 'reminder-2'",
    "assert desk.due == ['answered', 'no-answer']": "due is ['no-answer'], not ['answered', 'no-answer']",
    "assert desk.due == ['no-anser']": "due is ['no-answer'], not ['no-anser']",
    "assert desk.emitted == ['answered']": "emitted is [], not ['answered']",
    "assert 'answred' in desk.emitted": "emitted is [], not 'answred'",
    "assert desk.state == 'closed'": "the state is 'waiting', not 'closed'",
    "assert desk.state in {'closed'}": "the state is 'waiting', not {'closed'}",
}
WAITS_FOR_EVENT = "answered: waits for its event"
REASONS = {
    "assert desk.due == ['answered', 'no-answer']": WAITS_FOR_EVENT,
    "assert desk.due == ['no-anser']": "no rule 'no-anser'; did you mean 'no-answer'?",
    "assert desk.emitted == ['answered']": WAITS_FOR_EVENT,
    "assert 'answred' in desk.emitted": "no rule emits 'answred'; did you mean 'answered'?",
}
OTHERS = (
    "assert not desk.sent",
    "assert desk.sent != ['reminder-1']",
    "assert desk.state == 5",
    "desk.expect_sent()",
    "desk.customer.moves('ask')",
    "desk.ticket('T-2').expect_sent()",
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The part of pytest's report about each failed test, by the line that fails."""
    lines = dict(enumerate((*COMPARISONS, *OTHERS)))
    tests = "".join(f"\n\ndef test_{number}(desk):\n    {line}\n" for number, line in lines.items())
    path = tmp_path_factory.mktemp("story") / "test_story.py"
    path.write_text(f"{STORY}{tests}", encoding="utf-8")
    plugins = ("no:ticketflow", "ticketflow.testing.fixtures", "no:cacheprovider", "no:cov", "no:xdist")
    options = ["--ticketflow-coverage", *(part for plugin in plugins for part in ("-p", plugin))]
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        assert pytest.main([str(path), f"--rootdir={path.parent}", "-c", "/dev/null", *options]) == 1
    text, _, coverage = shown.getvalue().partition("coverage of rule set")
    parts = re.split(r"^_+ (test_\w+) _+$", text, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert "test_that_passes" not in found
    return {"coverage": coverage, **found, **{line: found[f"test_{number}"] for number, line in lines.items()}}


def test_pytest_finds_the_plugin_by_itself() -> None:
    (plugin,) = entry_points(group="pytest11", name="ticketflow")
    assert plugin.value == "ticketflow.testing.fixtures"


def test_each_desk_is_new(desk_of: DeskFactory) -> None:
    desks = [desk_of(RULES, at="2026-11-23 10:00", ticket="T-7"), desk_of(RULES)]
    assert [desk.id for desk in desks] == ["T-7", "T-1"]
    assert desk_of.desks == desks


@pytest.mark.parametrize("line", COMPARISONS)
def test_a_failed_comparison_shows_why_and_the_timeline(line: str, reports: dict[str, str]) -> None:
    text = reports[line]
    assert f"- ticketflow -{'-' * 5}" in text
    assert f"{COMPARISONS[line]}\n  {REASONS.get(line, WAITS)}" in text
    assert text.count(TIMELINE) == 1


@pytest.mark.parametrize("line", OTHERS)
def test_any_failure_shows_the_timeline_once(line: str, reports: dict[str, str]) -> None:
    assert reports[line].count("ticket 'T-1' up to Wed 2026-11-25 10:00:00 +0100:\n") == 1


def test_a_comparison_that_a_test_expects_to_fail_is_not_shown(reports: dict[str, str]) -> None:
    text = reports["test_that_expects_a_failure"]
    assert "the state is" not in text
    assert text.count(TIMELINE) == 1


def test_other_failures_are_left_alone(reports: dict[str, str]) -> None:
    assert "ticketflow" not in reports["test_without_a_desk"]


def test_the_coverage_of_all_desks_is_shown_at_the_end(reports: dict[str, str]) -> None:
    """Seventeen tests made a desk with one ticket each."""
    assert reports["coverage"].startswith(
        " 'support' by 17 tickets\n  rules         1 of 3, 33 %\n    missing: answered\n"
    )


def test_workers_hand_coverages_to_the_controller() -> None:
    """As pytest-xdist calls the hooks; a worker that crashed has no output."""
    worker, controller = (SimpleNamespace(stash=pytest.Stash(), workeroutput={}) for _ in range(2))
    for each in (worker, controller):
        fixtures.pytest_configure(each)  # type: ignore[arg-type]
    coverage = Desk(RULES).coverage()
    worker.stash[fixtures.COVERAGES][coverage.digest] = coverage
    fixtures.pytest_sessionfinish(SimpleNamespace(config=worker))  # type: ignore[arg-type]
    for node in (SimpleNamespace(workeroutput=worker.workeroutput), SimpleNamespace()):
        node.config = controller
        fixtures.pytest_testnodedown(node)
    assert controller.stash[fixtures.COVERAGES] == {coverage.digest: coverage}
