"""Draw the process map of an incident log, and compare it with two workflows.

    python examples/process_map/process_map.py LOG.csv [--picture MAP.svg] [--events EVENTS.csv]

A process map shows which state directly followed which, and how often. It is made from `events_table`, a row an event.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import attrs
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent / "servicenow_replay"))
from incident_log import LogError, read_log, run, to_commands

from ticketflow import Rules, Ticket, Transition, events_table, plot, presets, simulate

Row = Mapping[str, str | datetime]
Move = tuple[str, str]

RULES = presets.servicenow()
_TEXTBOOK = {
    "take": (("new",), "active"),
    "wait_for_user": (("active",), "awaiting_user_info"),
    "wait_for_vendor": (("active",), "awaiting_vendor"),
    "wait_for_problem": (("active",), "awaiting_problem"),
    "wait_for_evidence": (("active",), "awaiting_evidence"),
    "resume": (("awaiting_user_info", "awaiting_vendor", "awaiting_problem", "awaiting_evidence"), "active"),
    "resolve": (("active",), "resolved"),
    "reopen": (("resolved",), "active"),
    "close": (("resolved",), "closed"),
}


def textbook() -> Rules:
    """Return the desk as a textbook would have it: somebody takes each incident, and only active ones are resolved.

    It is made up for the comparison. The log's desk has published no such rules.
    """
    table = tuple(Transition(name, sources, target, may=["agent"]) for name, (sources, target) in _TEXTBOOK.items())
    return Rules("textbook", attrs.evolve(RULES.workflow, transitions=table), RULES.calendars)


def tickets_of(path: Path) -> list[Ticket]:
    """Return the incidents of a log as tickets that the rules of the desk close.

    Raises:
        LogError: The log cannot be read.
    """
    incidents, _ = read_log(path)
    lives = (simulate(to_commands(incident.rows), RULES).ticket for incident in incidents)
    return [ticket for ticket in lives if ticket is not None]


def steps(rows: Iterable[Row]) -> Iterator[tuple[str, Move, timedelta | None]]:
    """Yield each step from one row of a case to the next: the case, the two states, and the time between them."""
    last: dict[str, Row] = {}
    for row in rows:
        case, before = str(row["case"]), last.get(str(row["case"]))
        move = (str(before["state"]) if before else "", str(row["state"]))
        yield case, move, _between(before, row) if before else None
        last[case] = row


def _between(before: Row, after: Row) -> timedelta:
    one, other = before["instant"], after["instant"]
    assert isinstance(one, datetime)  # noqa: S101 -- what the column holds
    assert isinstance(other, datetime)  # noqa: S101 -- likewise
    return other - one


def allowed(rules: Rules) -> set[Move]:
    """Return the moves of a workflow."""
    return {(source, row.target) for row in rules.workflow.transitions for source in row.sources}


def report(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the process map as lines, and its comparison with the two workflows."""
    counts: Counter[Move] = Counter()
    hours: dict[Move, list[float]] = defaultdict(list)
    cases: dict[Move, set[str]] = defaultdict(set)
    for case, move, wait in steps(rows):
        counts[move] += 1
        cases[move].add(case)
        if wait is not None:
            hours[move].append(wait / timedelta(hours=1))
    every = {str(row["case"]) for row in rows}
    yield f"{len(every)} incidents, {counts.total()} steps. What directly followed what, and the median time between:"
    for move, count in counts.most_common():
        between = f"{median(hours[move]):8.1f} h" if move in hours else ""
        yield f"  {count:4}  {move[0] or '(opening)':>18} -> {move[1]:<18} {between}".rstrip()
    inner = {move for move in counts if move[0]}
    for rules in (RULES, textbook()):
        known = allowed(rules)
        foreign = inner - known
        strays = set().union(*(cases[move] for move in foreign))
        yield ""
        yield f"Against the workflow of {rules.name!r}: {len(inner & known)} of its {len(known)} moves were taken."
        yield f"  {sum(counts[move] for move in foreign)} steps are not in it, in {len(strays)} incidents."
        for move in sorted(foreign, key=lambda move: (-counts[move], move)):
            yield f"  {counts[move]:4}  {move[0]:>18} -> {move[1]}"


def picture(rows: Sequence[Row]) -> Figure:
    """Return the process map, drawn over the workflow of the desk and over that of the textbook."""
    counts = Counter(move for _, move, _ in steps(rows))
    figure = Figure(figsize=(12, 12), layout="constrained")
    upper, lower = figure.subplots(2)
    plot.plot_workflow(RULES, counts, upper)
    plot.plot_workflow(textbook(), counts, lower)
    upper.set_title("The incidents over what the desk allows", loc="left", fontsize=10)
    lower.set_title("The same incidents over a textbook", loc="left", fontsize=10)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, or 2 if the log cannot be read."""
    parser = argparse.ArgumentParser(description="Draw the process map of an incident log.")
    parser.add_argument("log", type=Path)
    parser.add_argument("--picture", type=Path, help="where to write the map: a file in .svg, .png or .pdf")
    parser.add_argument("--events", type=Path, help="where to write the events as CSV, for other tools")
    options = parser.parse_args(arguments)
    try:
        rows = events_table(tickets_of(options.log))
    except (OSError, UnicodeDecodeError, LogError) as error:
        print(f"process_map: {error}", file=sys.stderr)
        return 2
    print(*report(rows), sep="\n")
    if options.events:
        with options.events.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ("case", "activity", "instant", "actor", "state", "cause"))
            writer.writeheader()
            writer.writerows(rows)
    if options.picture:
        picture(rows).savefig(options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
