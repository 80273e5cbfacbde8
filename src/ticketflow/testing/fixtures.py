"""The plugin for pytest: the fixture ``desk_of``, and the timelines of desks in the reports of failed tests.

pytest finds it by itself where ticketflow is installed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ticketflow.rules.ruleset import Rules
from ticketflow.testing.desk import START, CurrentState, Desk, Sent

_WHY = pytest.StashKey[str]()
"""Why the last comparison with a desk failed."""


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
def desk_of() -> DeskFactory:
    """A function that returns a new desk under a rule set: ``desk_of(rules, at="2026-11-23 10:00")``."""
    return DeskFactory()


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Note why a comparison with what a desk said is false. pytest explains the difference itself."""
    said, expected = (left, right) if isinstance(left, Sent | CurrentState) else (right, left)
    if isinstance(said, Sent | CurrentState) and op in ("==", "in"):
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
