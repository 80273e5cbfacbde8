"""Seeds of a simulation on a Dask cluster, in processes and here: equal results."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

from distributed import Client
from ticketflow_fleet.run import local_cluster

from ticketflow import BusinessCalendar, BusinessDays, StateIs, presets, simulation

MONDAY, HOUR = datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=1)
OFFICE = BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")


def support(turn: simulation.Turn) -> None:
    """Ask for information, or send the solution."""
    turn.move("ask_for_information" if turn.chance(0.4) else "inform_solution", message=True)


def desk(days: int) -> simulation.Scenario:
    behaviors = (
        simulation.Arrivals(per_hour=1, during=OFFICE),
        simulation.Agents(2, OFFICE, StateIs("new", "in_analysis"), simulation.Exponential(HOUR), then=support),
        simulation.Customers(StateIs("waiting_for_customer"), simulation.LogNormal(20 * HOUR), answers=0.6),
    )
    return simulation.Scenario(presets.senior(OFFICE, close_after=BusinessDays(days)), behaviors)


def test_a_cluster_and_processes_find_what_one_process_finds() -> None:
    scenarios = {"today": desk(6), "three days": desk(3)}
    arguments = (scenarios, MONDAY, MONDAY + timedelta(days=10), range(2))
    here = simulation.what_if(*arguments)
    closed = here.difference("closed_by_rule", "three days").of
    assert all(each is not None and each > 0 for each in closed)
    with local_cluster(2) as cluster, Client(cluster) as client:
        assert simulation.what_if(*arguments, executor=client) == here
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert simulation.what_if(*arguments, executor=pool) == here
