"""Decide about Senior's desk: a year, three what-ifs, four pictures, and the decision in words.

    python examples/what_if/decision.py [folder for the pictures]

Today, one agent gets about 18 tickets a week. Three changes are tried under the same seeds: a second agent, closing
unanswered requests after three business days instead of six, and one reminder instead of two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ticketflow as tf
from ticketflow import plot, presets, simulation
from ticketflow.simulation import Interval, Run, Scenario, WhatIf

START, UNTIL = datetime(2026, 1, 5, 3, tzinfo=UTC), datetime(2027, 1, 4, 3, tzinfo=UTC)
HOUR, WARM_UP, SEEDS = timedelta(hours=1), timedelta(days=14), range(3)
OFFICE = tf.BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00")
WORK, REPLY = simulation.LogNormal(1.1 * HOUR, 0.6), simulation.LogNormal(30 * HOUR)
QUEUE, ASKED, SOLVED = (
    tf.StateIs("new", "in_analysis"),
    tf.StateIs("waiting_for_customer"),
    tf.StateIs("customer_validation"),
)
TWICE = (tf.Elapsed(days=2), tf.Elapsed(days=4))
PROMISED = 9.0
"""Nine of ten first answers come within so many working hours: one business day."""
FEW = 0.01
"""The share of tickets up to which a change for the worse does not matter."""
MEASURES = (
    "first_answer.mean_hours",
    "first_answer.p90_hours",
    "resolution.mean_hours",
    "breached.resolution",
    "reminders",
    "closed_by_rule",
    "follow_ups",
)


def support(turn: simulation.Turn) -> None:
    """Ask for information, or send the solution."""
    turn.move("ask_for_information" if turn.chance(0.4) else "inform_solution", message=True)


def desk(agents: int = 1, close_after: int = 6, reminders: Sequence[tf.Elapsed] = TWICE) -> Scenario:
    """Return the desk with a number of agents, and the rules about customers who do not answer."""
    rules = presets.senior(
        OFFICE,
        close_after=tf.BusinessDays(close_after),
        close_validated_after=tf.BusinessDays(6),
        waiting_reminders=tuple(reminders),
        targets=(tf.Target(tf.WorkingTime(hours=27)),),
    )
    behaviors = (
        simulation.Arrivals(per_hour=0.4, during=OFFICE),
        simulation.Agents(agents, OFFICE, QUEUE, WORK, then=support),
        simulation.Customers(ASKED, REPLY, answers=0.6, reminded=0.3, when_closed=simulation.follow_up),
        simulation.Customers(SOLVED, REPLY, answers=0.15),
    )
    return Scenario(rules, behaviors)


SCENARIOS: Mapping[str, Scenario] = {
    "today": desk(),
    "a second agent": desk(agents=2),
    "three days": desk(close_after=3, reminders=TWICE[:1]),
    "one reminder": desk(reminders=TWICE[:1]),
}


def decision(found: WhatIf) -> Iterator[str]:
    """Yield a sentence for each what-if: what it changes, and whether to do it."""

    def change(measure: str, scenario: str) -> Interval:
        interval = found.difference(measure, scenario).interval
        assert interval is not None  # noqa: S101 -- every seed has tickets
        return interval

    def mean(measure: str, scenario: str = "today") -> float:
        interval = found.mean(scenario, measure)
        assert interval is not None  # noqa: S101 -- every seed has tickets
        return interval.mean

    tickets, answered = mean("tickets"), "first_answer.p90_hours"
    now, then = mean(answered), mean(answered, "a second agent")
    advice = "Hire" if then <= PROMISED < now else "Do not hire"
    yield (
        f"A second agent: nine of ten first answers come within {then:.1f} working hours instead of {now:.1f}; "
        f"we promise {PROMISED:g}. {advice}."
    )
    for name, what in (("three days", "Closing after three days"), ("one reminder", "One reminder")):
        saved, again, closed = (change(each, name) for each in ("reminders", "follow_ups", "closed_by_rule"))
        is_harmless = max(again.mean, 0) <= FEW * tickets
        advice = "Do it" if saved.is_clear and saved.mean < 0 and is_harmless else "Leave it"
        changes = (in_words(saved, "reminders"), in_words(closed, "closings by a rule"), in_words(again, "follow-ups"))
        yield f"{what}, of {tickets:.0f} tickets: {', '.join(changes)}. {advice}."


def in_words(change: Interval, what: str) -> str:
    """Return a change in words; one whose interval contains 0 is not clear."""
    if not change.is_clear:
        return f"no clear change in {what}"
    return f"{abs(change.mean):.0f} {'more' if change.mean > 0 else 'fewer'} {what}"


def pictures(found: WhatIf, year: Run) -> Iterator[tuple[str, Axes]]:
    """Yield four pictures with their names: the what-ifs, the year as it is, its moves, and one ticket."""
    rules = SCENARIOS["today"].rules
    yield "what-ifs", plot.plot_comparison(found, MEASURES)
    reports, _ = tf.report_all(UNTIL, year.tickets, rules)
    readings = [each for ticket in year.tickets for each in tf.read_all(UNTIL, ticket, rules.clock("resolution"))]
    yield "year", plot.plot_reports(reports, readings, rules=rules)[0]
    yield "moves", plot.plot_workflow(rules, tf.count_moves(year.tickets))
    longest = max(year.tickets, key=lambda ticket: ticket.version)
    yield "longest-ticket", plot.plot_ticket(longest, rules)


def save(found: WhatIf, year: Run, folder: Path) -> Iterator[Path]:
    """Write the four pictures into a folder, and yield their files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, ax in pictures(found, year):
        assert isinstance(ax.figure, Figure)  # noqa: S101 -- no part of another one
        file = folder / f"{name}.svg"
        ax.figure.savefig(file)
        yield file


def main(folder: str = "decision") -> None:
    """Simulate, draw and decide."""
    with simulation.progress_bar("runs") as show:
        found = simulation.what_if(SCENARIOS, START, UNTIL, SEEDS, warm_up=WARM_UP, progress=show)
    year = simulation.run(SCENARIOS["today"], START, UNTIL, SEEDS[0], warm_up=WARM_UP)
    print(*decision(found), sep="\n")
    print("Pictures:", *save(found, year, Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:2])
