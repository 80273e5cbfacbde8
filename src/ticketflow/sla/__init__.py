"""Service levels: measures, policies, targets, and the readings of their clocks.

A measure says when a clock starts, pauses and stops. A policy gives it a name, targets and warnings.
"""

from ticketflow.sla.clock import Clock
from ticketflow.sla.measures import (
    Measure,
    agent_work,
    first_response,
    next_reply,
    requester_wait,
    resolution,
    time_while,
    update_interval,
)
from ticketflow.sla.policies import Deadline, Multiplier, Policy, StartedBetween, StartedWhile, Target

__all__ = [
    "Clock",
    "Deadline",
    "Measure",
    "Multiplier",
    "Policy",
    "StartedBetween",
    "StartedWhile",
    "Target",
    "agent_work",
    "first_response",
    "next_reply",
    "requester_wait",
    "resolution",
    "time_while",
    "update_interval",
]
