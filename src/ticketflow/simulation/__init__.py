"""Simulate a desk with many tickets: try rules and staffing on a year of tickets before customers meet them.

A `Scenario` has rules and behaviors: tickets arrive (`Arrivals`), agents work (`Agents`), customers answer
(`Customers`), and your own functions do the rest. `run` simulates it, `what_if` compares several
scenarios under the same random numbers, and `replay_under` replays real histories under other rules. `Tickets` is the
automatic part alone, for the event loop of another simulator.

All randomness comes from a seed that you give.

>>> from ticketflow import simulation
>>> simulation.stream(7, "T-1").random() == simulation.stream(7, "T-1").random()
True
"""

from ticketflow.simulation.agents import Agents
from ticketflow.simulation.arrivals import Arrivals, ResampledArrivals, customer_opens, rates_by_hour
from ticketflow.simulation.comparison import PairedDifference, WhatIf, what_if
from ticketflow.simulation.customers import Customers
from ticketflow.simulation.desk import SimulatedDesk
from ticketflow.simulation.histories import Changed, Replay, ReplayDifference, replay_under
from ticketflow.simulation.intervals import Interval, interval
from ticketflow.simulation.many_tickets import Tickets
from ticketflow.simulation.observations import ObservedAnswers, observed_answers
from ticketflow.simulation.outcomes import Measures, Outcome, Times, measure, outcome
from ticketflow.simulation.progress_bars import progress_bar
from ticketflow.simulation.randomness import Exponential, LogNormal, Resampled, stream
from ticketflow.simulation.recorded_commands import commands_of
from ticketflow.simulation.running import Run, Scenario, run
from ticketflow.simulation.turns import Turn, assign, follow_up, write

__all__ = [
    "Agents",
    "Arrivals",
    "Changed",
    "Customers",
    "Exponential",
    "Interval",
    "LogNormal",
    "Measures",
    "ObservedAnswers",
    "Outcome",
    "PairedDifference",
    "Replay",
    "ReplayDifference",
    "Resampled",
    "ResampledArrivals",
    "Run",
    "Scenario",
    "SimulatedDesk",
    "Tickets",
    "Times",
    "Turn",
    "WhatIf",
    "assign",
    "commands_of",
    "customer_opens",
    "follow_up",
    "interval",
    "measure",
    "observed_answers",
    "outcome",
    "progress_bar",
    "rates_by_hour",
    "replay_under",
    "run",
    "stream",
    "what_if",
    "write",
]
