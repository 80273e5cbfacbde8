"""The plugin for pytest: the fixture ``desk_of``, timelines in the reports of failed tests, and coverage of rule sets.

pytest finds it by itself where ticketflow is installed.
"""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ticketflow.rules.ruleset import Rules
from ticketflow.testing.coverage import Coverage
from ticketflow.testing.desk import START, CurrentState, Desk, Listed

_WHY = pytest.StashKey[str]()
"""Why the last comparison with a desk failed."""


COVERAGES = pytest.StashKey[dict[str, Coverage]]()
"""The coverage of each rule set, by digest, if it is asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for the coverage of rule sets."""
    parser.getgroup("ticketflow").addoption(
        "--ticketflow-coverage",
        action="store_true",
        help="show which rules, rungs, transitions, refusals and outcomes of clocks the desks of desk_of exercised",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make room for coverages."""
    config.stash[COVERAGES] = {}


class DeskFactory:
    """Makes the desks of one test."""

    def __init__(self) -> None:
        """Build a factory without desks."""
        self.desks: list[Desk] = []

    def __call__(
        self, rules: Rules, at: str | datetime = START, *, ticket: str = "T-1", zone: ZoneInfo | None = None
    ) -> Desk:
        """Return a new desk; the arguments are those of `Desk`."""
        desk = Desk(rules, at, ticket=ticket, zone=zone)
        self.desks.append(desk)
        return desk


@pytest.fixture
def desk_of(pytestconfig: pytest.Config) -> Iterator[DeskFactory]:
    """A function that returns a new desk under a rule set: ``desk_of(rules, at="2026-11-23 10:00")``."""
    factory = DeskFactory()
    yield factory
    if pytestconfig.getoption("--ticketflow-coverage"):
        for desk in factory.desks:
            _add(pytestconfig, desk.coverage())


def _add(config: pytest.Config, coverage: Coverage) -> None:
    coverages = config.stash[COVERAGES]
    known = coverages.get(coverage.digest)
    coverages[coverage.digest] = coverage if known is None else known + coverage


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the coverage of each rule set."""
    for coverage in terminalreporter.config.stash[COVERAGES].values():
        terminalreporter.section("ticketflow")
        terminalreporter.write_line(str(coverage))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the coverages to the controller, in a worker of pytest-xdist."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["ticketflow"] = [pickle.dumps(each) for each in session.config.stash[COVERAGES].values()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 -- pytest-xdist has no types
    """Add the coverages of a worker of pytest-xdist; none if it crashed."""
    for each in getattr(node, "workeroutput", {}).get("ticketflow", ()):
        _add(node.config, pickle.loads(each))  # noqa: S301 -- a worker of this run made it


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Note why a comparison with what a desk said is false. pytest explains the difference itself."""
    said, expected = (left, right) if isinstance(left, Listed | CurrentState) else (right, left)
    if isinstance(said, Listed | CurrentState) and op in ("==", "in"):
        config.stash[_WHY] = said.why_not(expected)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test the timelines of the desks that it used, and why it failed."""
    report = yield
    why = item.config.stash.get(_WHY, "")
    item.config.stash[_WHY] = ""
    if call.excinfo is not None and report.failed:
        told = [why] if why and call.excinfo.errisinstance(AssertionError) else []
        shown = "\n".join((str(call.excinfo.value), *getattr(call.excinfo.value, "__notes__", ())))
        for text in (*told, *(desk.failure(repr(desk), ()) for desk in _desks(call.excinfo))):
            if text.partition("up to ")[2] not in shown:  # the message of the exception can have the timeline already
                report.sections.append(("ticketflow", text))
                shown += text
    return report


def _desks(failure: pytest.ExceptionInfo[BaseException]) -> Iterator[Desk]:
    """Yield the desks in the variables of the functions through which an exception came."""
    for step in failure.traceback:
        yield from (value for value in step.frame.f_locals.values() if isinstance(value, Desk))
