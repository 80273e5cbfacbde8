"""What-if: the same seeds under several scenarios."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import attrs
import pytest

from tests.simulation.desks import DAY, HOUR, MONDAY, OFFICE, busy, solves, support
from ticketflow import StateIs
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.simulation import Agents, Arrivals, Measures, Scenario, WhatIf, measure, run, what_if

UNTIL = MONDAY + 5 * DAY


def figures(backlog: int, share: float | None) -> Measures:
    return attrs.evolve(measure([]), backlog=backlog, breached=FrozenMap({"resolution": share}))


FOUND = WhatIf(
    (1, 2, 3),
    FrozenMap(
        {
            "today": (figures(10, 0.5), figures(20, 0.4), figures(30, None)),
            "one more": (figures(9, 0.25), figures(18, 0.25), figures(27, 0.1)),
        }
    ),
)


def test_differences_are_taken_seed_by_seed() -> None:
    """The differences of the backlog are -1, -2 and -3; their spread is that of the pairs, not of the desks."""
    found = FOUND.difference("backlog", "one more")
    assert found.of == (-1, -2, -3)
    assert found.interval is not None
    assert found.interval.mean == -2
    assert found.interval.low == pytest.approx(-2 - 2.4843, abs=1e-3)
    assert str(found) == "backlog, one more - today: -2 (-4.484 to 0.4841)"
    assert FOUND.difference("backlog", "today", "one more").of == (1, 2, 3)


def test_a_pair_without_a_value_is_left_out() -> None:
    found = FOUND.difference("breached.resolution", "one more")
    assert found.of[2] is None
    assert found.of[:2] == pytest.approx((-0.25, -0.15))
    assert found.interval is not None
    assert found.interval.mean == pytest.approx(-0.2)
    nothing = FOUND.difference("resolution.median_hours", "one more")
    assert (nothing.of, nothing.interval) == ((None, None, None), None)
    assert str(nothing) == "resolution.median_hours, one more - today: no value"
    assert FOUND.mean("today", "resolution.median_hours") is None


def test_the_mean_of_a_scenario_has_an_interval_of_its_own() -> None:
    mean = FOUND.mean("today", "backlog")
    assert mean is not None
    assert (mean.mean, mean.confidence) == (20, 0.95)
    assert mean.high == pytest.approx(20 + 24.843, abs=0.01)


def test_all_differences_are_listed_against_the_first_scenario() -> None:
    assert [each.measure for each in FOUND.differences] == list(FOUND.names)
    assert {(each.scenario, each.base) for each in FOUND.differences} == {("one more", "today")}


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadValueError, match=r"^scenario 'tomorrow' does not exist; there are: today, one more$"):
        FOUND.values("tomorrow", "backlog")
    with pytest.raises(BadValueError, match=r"^measure 'cost' does not exist; there are: tickets, backlog, closed"):
        FOUND.values("today", "cost")


def test_equal_scenarios_do_not_differ() -> None:
    found = what_if({"one": busy(), "other": busy()}, MONDAY, UNTIL, seeds=[1, 2])
    assert all(set(each.of) <= {0.0, None} for each in found.differences)


def test_each_seed_meets_the_same_arrivals() -> None:
    """One agent more changes no arrival, and shortens the wait."""
    found = what_if({"two": busy(2), "three": busy(3)}, MONDAY, UNTIL, seeds=range(2))
    assert found.difference("tickets", "three").of == (0, 0)
    difference = found.difference("first_answer.mean_hours", "three")
    assert all(each is not None and each < 0 for each in difference.of)
    assert found.measures["two"] == tuple(run(busy(2), MONDAY, UNTIL, seed).measures for seed in range(2))


def test_a_scenario_without_a_clock_has_no_value_for_it() -> None:
    bare = Scenario(attrs.evolve(support(), clocks=()), busy().behaviors)
    found = what_if({"with": busy(), "without": bare}, MONDAY, MONDAY + 3 * DAY, seeds=[1])
    assert found.values("without", "breached.resolution") == (None,)


def test_other_processes_give_equal_results() -> None:
    """Spawned, so that nothing but the arguments reaches them."""
    scenarios = {"today": busy(), "sooner": busy(days=3)}
    told: list[tuple[int, int]] = []
    here = what_if(
        scenarios, MONDAY, UNTIL, [1, 2], warm_up=DAY, progress=lambda done, total: told.append((done, total))
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert what_if(scenarios, MONDAY, UNTIL, [1, 2], warm_up=DAY, executor=pool) == here
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_threads_give_equal_results() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert what_if({"today": busy()}, MONDAY, UNTIL, [1, 2], executor=pool) == what_if(
            {"today": busy()}, MONDAY, UNTIL, [1, 2]
        )


class Client:
    """An executor with nothing but what a client of Dask has in common with `concurrent.futures`."""

    def submit(self, function: Callable[..., Any], *arguments: object, pure: bool = True) -> Future[Any]:
        found: Future[Any] = Future()
        found.set_result(function(*arguments) if pure else None)
        return found


def test_any_executor_with_submit_will_do() -> None:
    assert not isinstance(Client(), Executor)
    found = what_if({"today": busy()}, MONDAY, MONDAY + 3 * DAY, [1], executor=Client())
    assert found == what_if({"today": busy()}, MONDAY, MONDAY + 3 * DAY, [1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: what_if({}, MONDAY, UNTIL), "^scenarios is {}; give a mapping from names to scenarios$"),
        (lambda: what_if([busy()], MONDAY, UNTIL), "give a mapping from names to scenarios$"),  # type: ignore[arg-type]
        (lambda: what_if({"today": support()}, MONDAY, UNTIL), "^scenarios..today.. is "),  # type: ignore[dict-item]
        (
            lambda: what_if({"today": busy()}, MONDAY, UNTIL, [1, 2, 1]),
            "^seed 1 is given twice; give each once; a second run tells nothing new$",
        ),
        (lambda: what_if({"today": busy()}, MONDAY, UNTIL, []), "^seeds is empty; give at least one$"),
        (
            lambda: what_if({"today": busy()}, MONDAY, UNTIL, [0.5]),  # type: ignore[list-item]
            "^seed is 0.5; give a whole number, a text or a random.Random$",
        ),
    ],
)
def test_a_comparison_needs_scenarios_and_seeds(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValueError, match=message):
        make()


def test_what_differs_is_what_was_changed() -> None:
    """With the same work for each ticket, a second agent makes nothing later."""

    def desk(agents: int) -> Scenario:
        arrivals = Arrivals(1.0, during=OFFICE)
        return Scenario(support(), (arrivals, Agents(agents, OFFICE, StateIs("open"), HOUR / 2, solves)))

    found = what_if({"one": desk(1), "two": desk(2)}, MONDAY, MONDAY + 5 * DAY, seeds=range(2))
    longer = [each for each in found.difference("resolution.mean_hours", "two").of if each is None or each > 0]
    assert not longer
