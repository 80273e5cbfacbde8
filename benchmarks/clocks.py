"""Time the reading of a clock, against the calendar's baseline, side by side in one run.

    make bench

The baseline is `between` of the calendars' baseline, over the time since the ticket was opened. A *cold* ticket has no
cached clocks: each call gets a new one, made outside the timed part.
"""

from __future__ import annotations

import platform
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
from baseline import Baseline
from rounds import ROUNDS, Candidate, Fresh, Promise, ratios, timed, told, verdict

from ticketflow import (
    Actor,
    BusinessCalendar,
    Message,
    Policy,
    Rules,
    State,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    decide,
    evaluate,
    next_due,
    read,
    sla,
)
from ticketflow.calendars.country_holidays import public_holidays

ANA = Actor("agent", "ana")
START = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
HOUR, FAR = timedelta(hours=1), timedelta(days=7305)
NOW = START + timedelta(days=9)
HOLIDAYS = public_holidays("CL")
OFFICE = BusinessCalendar("America/Santiago", "mon-fri 09:00-12:00 13:00-18:00", public_holidays=HOLIDAYS)
CLOCKS = (Policy("resolution", sla.resolution(), (Target(WorkingTime(hours=80)),)),)
FEW, MANY, MESSAGES = 2, 20, 2_000

BASELINE, IDLE, COLD, AGAIN = "baseline, `between`", "`evaluate`, idle", "`read`, cold", "`read`, again"
LATER, WAITED = "`read`, another instant", f"`read`, cold, {MANY} changes of state"
CHATTY, OLD = f"`read`, cold, {MESSAGES:,} messages", "`read`, cold, opened 20 years ago"


def desk() -> Rules:
    """Return a desk whose clock stands still while a ticket waits."""
    states = (
        State("open"),
        State("waiting", "pending", freezes={"resolution"}),
        State("closed", "closed"),
    )
    ways = (
        Transition("wait", ("open",), "waiting", may=("agent",)),
        Transition("back", ("waiting",), "open", may=("agent",)),
        Transition("close", ("open",), "closed", may=("agent",)),
    )
    return Rules("promises", Workflow(states, ways), OFFICE, clocks=CLOCKS)


def lived(rules: Rules, changes: int, messages: int = 0, start: datetime = START) -> Ticket:
    """Return a ticket with that many waits and messages."""
    ticket = decide(None, commands.Open("T-1", message=Message("m"), at=start, by=ANA), rules).unwrap().ticket
    for number in range(messages):
        said = commands.AddMessage(Message(f"m{number}"), at=start, by=ANA)
        ticket = decide(ticket, said, rules).unwrap().ticket
    for number in range(changes):
        move = commands.Move("back" if number % 2 else "wait", at=start + (number + 1) * HOUR, by=ANA)
        ticket = decide(ticket, move, rules).unwrap().ticket
    return ticket


FIELDS = tuple(field.name for field in attrs.fields(Ticket))


def cold(rules: Rules, ticket: Ticket, now: datetime) -> Candidate:
    """Return the reading of a ticket that is new each time."""
    clock = rules.clock("resolution")
    return Fresh(
        lambda each: read(now, each, clock), lambda: Ticket(**{name: getattr(ticket, name) for name in FIELDS})
    )


def main() -> int:
    """Run, print the tables, and return 1 if an aim is missed."""
    print(f"Python {platform.python_version()}, {platform.machine()}; {ROUNDS} rounds, all candidates taking turns")
    rules = desk()
    ticket, clock = lived(rules, FEW), rules.clock("resolution")
    baseline = Baseline(ZoneInfo("America/Santiago"), HOLIDAYS.names, date(2000, 1, 1), date(2030, 1, 1))
    next_due(ticket, rules)
    read(NOW, ticket, clock)
    read(NOW, ticket, clock)
    instants = iter(NOW + timedelta(seconds=number) for number in range(10**9))
    candidates: dict[str, Candidate] = {
        BASELINE: lambda: baseline.between(START, NOW),
        IDLE: lambda: evaluate(START + 3 * HOUR, ticket, rules),
        COLD: cold(rules, ticket, NOW),
        WAITED: cold(rules, lived(rules, MANY), NOW),
        CHATTY: cold(rules, lived(rules, FEW, MESSAGES), NOW),
        OLD: cold(rules, lived(rules, FEW, start=START - FAR), NOW),
        LATER: lambda: read(next(instants), ticket, clock),
        AGAIN: Fresh(lambda each: read(NOW, each, clock), lambda: ticket_read(ticket, rules)),
    }
    seconds = timed(candidates)
    told(seconds, BASELINE)
    return verdict(
        (
            Promise(
                "reading one clock, known, at another instant, to the baseline", ratios(seconds, LATER, BASELINE), 12
            ),
            Promise("reading one clock, cold, to the baseline", ratios(seconds, COLD, BASELINE), 12),
            Promise(f"the same with {MANY} changes of state", ratios(seconds, WAITED, BASELINE), 60),
            Promise(f"with {MESSAGES:,} messages to without", ratios(seconds, CHATTY, COLD), 1.2),
            Promise("opened 20 years ago to nine days", ratios(seconds, OLD, COLD), 1.2),
            Promise("a second reading to an idle `evaluate`", ratios(seconds, AGAIN, IDLE), 2),
        )
    )


def ticket_read(ticket: Ticket, rules: Rules) -> Ticket:
    """Return the ticket after it was read at that instant."""
    read(NOW, ticket, rules.clock("resolution"))
    return ticket


if __name__ == "__main__":
    sys.exit(main())
