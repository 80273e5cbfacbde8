"""Service levels: what is measured and promised, and how a clock stands."""

from ticketflow.sla.clock import Clock
from ticketflow.sla.policies import (
    Deadline,
    Policy,
    Target,
    agent_work,
    first_response,
    next_reply,
    requester_wait,
    resolution,
    time_while,
    update_interval,
)

__all__ = [
    "Clock",
    "Deadline",
    "Policy",
    "Target",
    "agent_work",
    "first_response",
    "next_reply",
    "requester_wait",
    "resolution",
    "time_while",
    "update_interval",
]
