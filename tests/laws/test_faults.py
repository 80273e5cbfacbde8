"""Invariants of a service under faults: skewed clocks, lost and doubled messages, crashes, swapped rules.

Set FAULT_SEEDS to the number of seeds to run: ``FAULT_SEEDS=100000 pytest tests/laws/test_faults.py``.
"""

from __future__ import annotations

import os

import attrs
import pytest

from tests.support import fault_simulator
from tests.support.fault_simulator import BrokenInvariantError, is_broken, run, run_seeds, scenario, shrink
from ticketflow import Decision, Plan, Ticket
from ticketflow.engine.decisions import Accepted
from ticketflow.tickets.fold import evolve

SEEDS = int(os.environ.get("FAULT_SEEDS", "400"))

pytestmark = pytest.mark.lives


class TestService:
    """3.8, 3.11, 3.12: no fault of a service loses, doubles or changes an entry of a ticket."""

    def test_no_fault_breaks_an_invariant(self) -> None:
        found = run_seeds(range(SEEDS))
        shares = {name: sum(name in seen for seen in found) / len(found) for name in set().union(*found)}
        floor = {"fired": 0.4, "plan": 0.4, "stale plan": 0.1, "conflict": 0.3, "doubled": 0.4, "lost write": 0.3}
        for name, least in {**floor, "repeated": 0.1, "plan twice": 0.01}.items():
            assert shares.get(name, 0) >= least, (name, shares)


def apply_stale_plans_too(ticket: Ticket, plan: Plan) -> Decision:
    """Apply a plan without comparing versions: the mistake that the simulator must notice."""
    if ticket.history.after(plan.version)[: len(plan.entries)] == plan.entries:
        return Accepted(ticket, (), is_repeated=True)
    entries = tuple(attrs.evolve(each, sequence=ticket.version + n) for n, each in enumerate(plan.entries))
    for entry in entries:
        ticket = evolve(ticket, entry)
    return Accepted(ticket, entries)


class TestSimulator:
    """The simulator notices a service that is wrong, names the seed, and shrinks the steps."""

    def test_a_service_that_applies_stale_plans_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fault_simulator, "apply", apply_stale_plans_too)
        given = next(given for seed in range(200) if is_broken(given := scenario(seed, swaps=False)))
        short = shrink(given, is_broken)
        assert is_broken(short)
        assert len(short.steps) < len(given.steps) / 2
        with pytest.raises(BrokenInvariantError, match=r"seed \d+: .*; the shortest steps that fail:\nStep"):
            run_seeds(range(200))

    def test_a_service_is_the_same_for_its_seed(self) -> None:
        given = scenario(7, swaps=True)
        assert given == scenario(7, swaps=True)
        assert run(given) == run(given)
