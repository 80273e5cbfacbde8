"""Time the replay of a log through `handle`, against the code before, in turns.

    python benchmarks/logs.py [commit]

The log has 15,000 commands on 1,500 tickets, in the order of their instants; the desk has two ladders and one clock.
Each round starts one process with the sources of this checkout and one with those of the commit, which git supplies. A
process makes the commands, gives them once, and prints how many seconds of its own processor time that took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from rounds import Promise, ratios, told, verdict

from ticketflow import (
    Actor,
    BusinessCalendar,
    BusinessDays,
    Field,
    FieldIs,
    Ladder,
    Message,
    OfTarget,
    Policy,
    Rules,
    Rung,
    State,
    StateIs,
    Target,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    anchors,
    commands,
    handle,
    sla,
)

BEFORE = "f8adaa9"
"""The last commit before rule sets were made ready."""
TICKETS, EVENTS, ROUNDS = 1_500, 10, 5
ROOT = Path(__file__).parent.parent
START, MINUTE = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(minutes=1)
ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")
NOW, THEN = "this code", "the code before"


def desk() -> Rules:
    """Return a desk with a ladder for tickets that wait, one for open tickets, and a clock that stops meanwhile."""
    states = (
        State("open"),
        State("waiting", "pending", freezes={"resolution"}),
        State("solved", "resolved"),
        State("closed", "closed"),
    )
    rows = (
        Transition("ask", {"open"}, "waiting", may={"agent"}),
        Transition("answer", {"waiting"}, "open", may={"agent", "customer"}),
        Transition("solve", {"open", "waiting"}, "solved", may={"agent"}),
        Transition("close", {"waiting", "solved"}, "closed"),
    )
    remind, close = actions.SendMessage("remind"), actions.Move("close")
    waits = Ladder(
        "unanswered",
        anchors.LastMessage("agent"),
        StateIs("waiting"),
        (Rung(BusinessDays(1), remind), Rung(BusinessDays(3), remind), Rung(BusinessDays(6), close)),
    )
    idle = Ladder(
        "idle",
        anchors.LastActivity("command"),
        StateIs("open"),
        (Rung(WorkingTime(hours=8), remind), Rung(WorkingTime(hours=24), remind)),
        ended_by=None,
    )
    hours = {"high": 8, "low": 40}
    targets = tuple(Target(WorkingTime(hours=hours[name]), FieldIs("priority", name)) for name in hours)
    clock = Policy("resolution", sla.resolution(), targets, warn_at=(OfTarget(75),))
    office = BusinessCalendar("America/Santiago", "mon-fri 09:00-13:00 14:00-18:00")
    workflow = Workflow(states, rows, (Field("priority", tuple(hours)),))
    return Rules("replay", workflow, office, (waits, idle), clocks=(clock,))


def log() -> list[tuple[str, commands.Command]]:
    """Return the commands of all tickets, each with the id of its ticket."""
    pick = Random(19)  # noqa: S311 -- no secrets are drawn
    found: list[tuple[str, commands.Command]] = []
    for number in range(TICKETS):
        name, at = f"T-{number}", START + pick.randrange(60 * 24 * 60) * MINUTE
        urgency = pick.choice(("high", "low"))
        found.append((name, commands.Open(name, {"priority": urgency}, Message("m0"), at=at, by=ANA)))
        for step in range(1, EVENTS):
            at += pick.randrange(5, 60 * 24) * MINUTE
            found.append((name, _command(step, at, pick)))
    return sorted(found, key=lambda each: each[1].at)


def _command(step: int, at: datetime, pick: Random) -> commands.Command:
    match pick.randrange(6):
        case 0:
            return commands.Move("ask", Message(f"m{step}"), at=at, by=ANA)
        case 1:
            return commands.Move("answer", at=at, by=ANA)
        case 2:
            return commands.AddMessage(Message(f"m{step}"), at=at, by=BRUNO)
        case 3:
            return commands.SetFields({"priority": pick.choice(("high", "low"))}, at=at, by=ANA)
        case 4:
            return commands.Assign(pick.choice(("ana", "bea")), at=at, by=ANA)
        case _:
            return commands.AddMessage(Message(f"m{step}"), at=at, by=ANA)


def replayed() -> tuple[float, int]:
    """Give the whole log; return the seconds that it took, and the number of entries that it made."""
    rules, given = desk(), log()
    tickets: dict[str, Ticket | None] = {}
    begun = time.process_time()
    for name, command in given:
        tickets[name] = handle(tickets.get(name), command, rules).ticket
    seconds = time.process_time() - begun
    return seconds, sum(ticket.version for ticket in tickets.values() if ticket)


def child(sources: Path) -> tuple[float, int]:
    """Return what `replayed` returns with these sources."""
    environment = {**os.environ, "PYTHONPATH": str(sources)}
    call = [sys.executable, __file__, "--once"]
    shown = subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout
    seconds, entries = shown.split()
    return float(seconds), int(entries)


def main() -> int:
    """Print the times of both, and return 1 if the aim is missed or the histories differ in length."""
    if sys.argv[1:] == ["--once"]:
        print(*replayed())
        return 0
    commit = sys.argv[1] if len(sys.argv) > 1 else BEFORE
    with tempfile.TemporaryDirectory() as folder:
        sources = subprocess.run(["git", "-C", ROOT, "archive", commit, "src"], capture_output=True, check=True)  # noqa: S607
        subprocess.run(["tar", "x", "-C", folder], input=sources.stdout, check=True)  # noqa: S607
        seconds: dict[str, list[float]] = {NOW: [], THEN: []}
        made = set[int]()
        for _ in range(ROUNDS):
            for name, place in ((NOW, ROOT / "src"), (THEN, Path(folder) / "src")):
                took, entries = child(place)
                seconds[name].append(took)
                made.add(entries)
    if len(made) != 1:
        raise SystemExit(f"the histories differ: {made} entries")
    print(f"{TICKETS * EVENTS:,} commands, {made.pop():,} entries")
    told(seconds, NOW)
    return verdict([Promise("the code before to this code", ratios(seconds, THEN, NOW), 4.5, is_least=True)])


if __name__ == "__main__":
    sys.exit(main())
