"""One ladder in ticketflow and in the peers from PyPI that have timers; a peer that is not installed is left out.

A ticket is opened and waits; reminders are due after an hour, a day and three days, and after five days it closes.
Each has its table made beforehand and a clock that is told what time it is; it is told five times: when the ticket
begins to wait, and at each of the four moments. Each keeps a record of what it did and when: the peers the cheapest
there is, a pair in a list. Our two commands are made beforehand, like the peers' names of events. Where a peer has
several ways, it gets the quickest of those tried.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ticketflow import (
    Actor,
    BusinessCalendar,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    actions,
    advance,
    commands,
    handle,
)
from ticketflow.calendars.spans import Elapsed
from ticketflow.rules.automations import Ladder, Rung
from ticketflow.tickets.anchors import Entered
from ticketflow.tickets.events import MessageRequested

HOUR = 3600
REMINDERS = (HOUR, 24 * HOUR, 72 * HOUR)
CLOSE = 120 * HOUR
MOMENTS = (*REMINDERS, CLOSE)
DONE = [*((second, "remind") for second in REMINDERS), (CLOSE, "close")]
"""The expected actions; each candidate is checked before it is timed."""

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = Actor("agent", "ana")

Told = list[tuple[float, str]]


class Simulation(NamedTuple):
    """A life from the opening to the close, and how to read off what happened in it, by seconds."""

    lived: Callable[[], Any]
    told: Callable[[Any], Told]


def ours() -> Simulation:
    """One ladder, since entering the state."""
    reminders = (Rung(Elapsed(timedelta(seconds=second)), actions.SendMessage("remind")) for second in REMINDERS)
    close = Rung(Elapsed(timedelta(seconds=CLOSE)), actions.Move("close"))
    ladder = Ladder("ladder", Entered(), StateIs("waiting"), (*reminders, close))
    states = (State("open"), State("waiting", "pending"), State("closed", "closed"))
    rows = (Transition("wait", ("open",), "waiting", may=("agent",)), Transition("close", ("waiting",), "closed"))
    office = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
    rules = Rules("ladder", Workflow(states, rows), office, (ladder,))
    opening, waiting = commands.Open("T-1", at=START, by=ANA), commands.Move("wait", at=START, by=ANA)
    instants = [START + timedelta(seconds=second) for second in MOMENTS]

    def lived() -> Ticket:
        ticket = handle(None, opening, rules).unwrap().ticket
        ticket = handle(ticket, waiting, rules).unwrap().ticket
        for instant in instants:
            ticket = advance(instant, ticket, rules)
        return ticket

    def told(ticket: Ticket) -> Told:
        found = [(entry.at - START, event) for entry in ticket.history if entry.is_automatic for event in entry.events]
        return [
            (at.total_seconds(), "remind" if isinstance(event, MessageRequested) else "close") for at, event in found
        ]

    return Simulation(lived, told)


def sismic() -> Simulation:
    """A statechart whose guards ask how long a state has been entered: a state for each wait between two moments."""
    from sismic.interpreter import Interpreter  # noqa: PLC0415 -- optional
    from sismic.model import BasicState, CompoundState, FinalState, Statechart, Transition  # noqa: PLC0415 -- likewise

    waits = [f"waiting_{second}" for second in MOMENTS]
    chart = Statechart("tickets")
    chart.add_state(CompoundState("ticket", initial="open"), None)
    chart.add_state(BasicState("open"), "ticket")
    for name in waits:
        chart.add_state(BasicState(name), "ticket")
    chart.add_state(FinalState("closed"), "ticket")
    chart.add_transition(Transition("open", waits[0], event="wait"))
    froms = (0, *REMINDERS)
    for source, target, begun, (second, what) in zip(waits, (*waits[1:], "closed"), froms, DONE, strict=True):
        record = f"records.append((time, {what!r}))"
        chart.add_transition(Transition(source, target, guard=f"after({second - begun})", action=record))

    def lived() -> Told:
        records: Told = []
        machine = Interpreter(chart, initial_context={"records": records}, ignore_contract=True)
        machine.execute()
        machine.queue("wait").execute()
        for second in MOMENTS:
            machine.clock.time = second
            machine.execute()
        return records if machine.final else []

    return Simulation(lived, list)


def xstate_statemachine() -> Simulation:
    """A machine that runs in the caller's thread on a simulated clock; a state arms all its timers on entering."""
    from xstate_statemachine import MachineLogic, SimulatedClock, SyncInterpreter, create_machine  # noqa: PLC0415

    def remind(machine: Any, context: Any, _event: object, _action: object) -> None:  # noqa: ANN401 -- its way
        context["records"].append((machine.clock.now(), "remind"))

    def close(machine: Any, context: Any, _event: object, _action: object) -> None:  # noqa: ANN401 -- likewise
        context["records"].append((machine.clock.now(), "close"))

    timers: dict[int, object] = {second * 1000: {"actions": "remind"} for second in REMINDERS}
    timers[CLOSE * 1000] = {"target": "closed", "actions": "close"}
    states = {"open": {"on": {"WAIT": "waiting"}}, "waiting": {"after": timers}, "closed": {"type": "final"}}
    table = {"id": "ticket", "initial": "open", "context": {"records": []}, "states": states}
    machine = create_machine(table, logic=MachineLogic(actions={"remind": remind, "close": close}))

    def lived() -> Any:  # noqa: ANN401 -- untyped
        clock = SimulatedClock()
        ticket = SyncInterpreter(machine, clock=clock).start()
        ticket.send("WAIT")
        for second in MOMENTS:
            clock.set(second * 1000)
        return ticket

    return Simulation(lived, lambda ticket: ticket.context["records"] if ticket.status == "done" else [])


PEERS: dict[str, Callable[[], Simulation]] = {"sismic": sismic, "xstate-statemachine": xstate_statemachine}
