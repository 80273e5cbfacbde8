"""A small desk for simulations. Its functions are those of a module, so other processes can call them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from ticketflow import (
    Actor,
    Automation,
    BusinessCalendar,
    Elapsed,
    Entered,
    Ladder,
    Message,
    OnMessage,
    Policy,
    Rules,
    Rung,
    State,
    StateIs,
    Target,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    commands,
)
from ticketflow.simulation import Agents, Arrivals, Customers, Exponential, LogNormal, Scenario, Turn
from ticketflow.sla import first_response, resolution

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")


def support(days: int = 5, hours: int = 8) -> Rules:
    """Return a desk that reminds a silent customer after two days and closes; a solved ticket closes after three."""
    workflow = Workflow(
        states=(State("open"), State("waiting", "pending"), State("solved", "resolved"), State("closed", "closed")),
        transitions=(
            Transition("ask", ("open",), "waiting", may={"agent"}, needs=("message",)),
            Transition("solve", ("open", "waiting"), "solved", may={"agent"}, needs=("message",)),
            Transition("resume", ("waiting", "solved"), "open"),
            Transition("close", ("waiting", "solved"), "closed", may={"agent"}),
        ),
    )
    return Rules(
        "support",
        workflow,
        OFFICE,
        (
            Automation("resume", OnMessage("customer"), (actions.Move("resume"),), StateIs("waiting", "solved")),
            Ladder(
                "no-answer",
                Entered(),
                StateIs("waiting"),
                (
                    Rung(Elapsed(days=2), actions.SendMessage("reminder")),
                    Rung(Elapsed(days=days), actions.Move("close")),
                ),
            ),
            Ladder("done", Entered(), StateIs("solved"), (Rung(Elapsed(days=3), actions.Move("close")),)),
        ),
        clocks=(
            Policy("first_response", first_response(), (Target(WorkingTime(hours=1)),)),
            Policy("resolution", resolution(), (Target(WorkingTime(hours=hours)),)),
        ),
    )


def opens(ticket: str, at: datetime, random: Random) -> commands.Open:
    """Return a customer's opening."""
    del random
    return commands.Open(ticket, message=Message("m0"), at=at, by=BRUNO)


def asks_or_solves(turn: Turn) -> None:
    """Ask four times of ten, and solve otherwise."""
    turn.move("ask" if turn.chance(0.4) else "solve", message=True)


def solves(turn: Turn) -> None:
    """Solve."""
    turn.move("solve", message=True)


def asks(turn: Turn) -> None:
    """Ask."""
    turn.move("ask", message=True)


def busy(agents: int = 2, days: int = 5) -> Scenario:
    """Return a desk with random arrivals, work and answers."""
    return Scenario(
        support(days),
        (
            Arrivals(1.0, during=OFFICE),
            Agents(agents, OFFICE, StateIs("open"), Exponential(HOUR), asks_or_solves),
            Customers(StateIs("waiting"), LogNormal(20 * HOUR), answers=0.6, reminded=0.3),
            Customers(StateIs("solved"), LogNormal(30 * HOUR), answers=0.1),
        ),
    )
