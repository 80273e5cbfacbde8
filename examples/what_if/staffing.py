"""Senior's desk by three what-ifs and three seeds: python examples/what_if/staffing.py [weeks]."""

import sys
from datetime import UTC, datetime, timedelta

from ticketflow import BusinessCalendar, BusinessDays, Elapsed, StateIs, Target, WorkingTime, plot, simulation
from ticketflow.presets import senior

HOUR, ZONE, START = timedelta(hours=1), "America/Sao_Paulo", datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = BusinessCalendar(ZONE, "mon-fri 09:00-18:00")
BY_HOUR = ([0] * 8 + [2, 4, 5, 4, 2, 3, 4, 4, 3, 1] + [0] * 6) * 5 + [0.2] * 48  # of the week, from Monday on
QUEUE, ASKED, SOLVED = StateIs("new", "in_analysis"), StateIs("waiting_for_customer"), StateIs("customer_validation")
WORK, REPLY = simulation.LogNormal(0.6 * HOUR, 0.5), simulation.LogNormal(12 * HOUR)
BOTH, TARGETS = (Elapsed(days=2), Elapsed(days=4)), (Target(WorkingTime(hours=16)),)


def support(turn: simulation.Turn) -> None:
    """Ask for information, or send the solution."""
    turn.move("ask_for_information" if turn.chance(0.3) else "inform_solution", message=True)


def desk(agents: int = 5, days: int = 6, reminders: tuple[Elapsed, ...] = BOTH) -> simulation.Scenario:
    """Return the desk with a number of agents, the days until an unanswered ticket closes, and the reminders before."""
    rules = senior(OFFICE, close_after=BusinessDays(days), waiting_reminders=reminders, targets=TARGETS)
    behaviors = (
        simulation.Arrivals(BY_HOUR, zone=ZONE),
        simulation.Agents(agents, OFFICE, QUEUE, WORK, then=support),
        simulation.Customers(ASKED, REPLY, answers=0.6, reminded=0.3, when_closed=simulation.follow_up),
        simulation.Customers(SOLVED, REPLY, answers=0.15),
    )
    return simulation.Scenario(rules, behaviors)


SCENARIOS = {"today": desk(), "six agents": desk(6), "three days": desk(days=3, reminders=BOTH[:1])}

if __name__ == "__main__":
    until = START + timedelta(weeks=int(sys.argv[1] if sys.argv[1:] else 52))
    found = simulation.what_if(SCENARIOS, START, until, seeds=range(3), warm_up=timedelta(days=4))
    print(*found.differences, sep="\n")
    plot.plot_comparison(found).figure.savefig("staffing.svg")  # type: ignore[union-attr]
