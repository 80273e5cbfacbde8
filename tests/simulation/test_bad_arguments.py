"""Wrong arguments and behaviors that never end: each is an error of the library, and nothing hangs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.simulation.desks import DAY, HOUR, MONDAY, OFFICE, support
from ticketflow import StateIs
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.simulation import (
    Agents,
    Arrivals,
    Customers,
    Exponential,
    LogNormal,
    Scenario,
    SimulatedDesk,
    Turn,
    interval,
    replay_under,
    run,
    what_if,
)

WRONG = cast("Any", 3)
EMPTY = Scenario(support(), ())


def idle(turn: Turn) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Agents(1, OFFICE, StateIs("open"), HOUR, then=WRONG), "then is 3; give a function"),
        (lambda: Agents(1, OFFICE, StateIs("open"), HOUR, idle, begins=WRONG), "begins is 3; give a function"),
        (lambda: Agents(1, OFFICE, StateIs("open"), HOUR, idle, first=WRONG), "first is 3; give a function"),
        (lambda: Customers(StateIs("open"), HOUR, then=WRONG), "then is 3; give a function"),
        (lambda: Customers(StateIs("open"), HOUR, when_closed=WRONG), "when_closed is 3; give a function"),
        (lambda: run(EMPTY, MONDAY, MONDAY, progress=WRONG), "progress is 3; give a function"),
        (
            lambda: what_if({"a": EMPTY}, MONDAY, MONDAY, seeds=WRONG),
            r"seeds is 3; give several, for example range\(10\)",
        ),
        (
            lambda: what_if({"a": EMPTY}, MONDAY, MONDAY, executor=WRONG),
            "executor is 3; give one with a method submit, or None",
        ),
        (lambda: what_if({"a": EMPTY}, MONDAY, MONDAY, progress=WRONG), "progress is 3; give a function"),
        (
            lambda: replay_under({"a": support()}, WRONG, MONDAY),
            "histories is 3; give an iterable of tickets, or of their commands",
        ),
        (lambda: replay_under({"a": support()}, [], MONDAY, progress=WRONG), "progress is 3; give a function"),
        (lambda: interval([1.0, float("nan")]), r"values is \(1.0, nan\); give finite numbers"),
    ],
)
def test_wrong_arguments_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=f"^{message}$"):
        call()


@pytest.mark.parametrize("behavior", [Agents(1, OFFICE, StateIs("opne"), HOUR, idle), Customers(StateIs("opne"), HOUR)])
def test_a_condition_names_states_that_exist(behavior: Callable[[SimulatedDesk], object]) -> None:
    with pytest.raises(DefinitionError, match=r"^the condition: no state 'opne'; did you mean 'open'"):
        run(Scenario(support(), [behavior]), MONDAY, MONDAY + DAY)


def test_calls_that_plan_each_other_without_end_are_refused() -> None:
    def again(desk: SimulatedDesk) -> None:
        desk.after(timedelta(), lambda: again(desk))

    with pytest.raises(BadValueError, match=r"^no time passes: 1001 calls .* at 2.*; let behaviors take some time$"):
        run(Scenario(support(), [again]), MONDAY, MONDAY + DAY)


def test_work_without_end_at_one_instant_is_refused() -> None:
    """Each message is a change, so the ticket is taken again."""
    team = Agents(1, OFFICE, StateIs("open"), timedelta(), then=lambda turn: turn.write())
    with pytest.raises(BadValueError, match=r"^no time passes"):
        run(Scenario(support(), [Arrivals(1, during=OFFICE), team]), MONDAY, MONDAY + 2 * DAY)


def test_calls_after_the_last_year_never_come() -> None:
    desk = SimulatedDesk(support(), MONDAY)
    desk.after(timedelta.max, lambda: pytest.fail("it came"))
    desk.run(MONDAY + DAY)


def test_durations_are_never_too_long_for_python() -> None:
    stream = SimulatedDesk(support(), MONDAY).random("x")
    assert LogNormal(timedelta.max, 5).draw(stream) <= timedelta.max
    assert max(Exponential(timedelta.max).draw(stream) for _ in range(9)) == timedelta.max
