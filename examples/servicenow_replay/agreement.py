"""Find the target that best explains the log's flag ``made_sla``.

    python examples/servicenow_replay/agreement.py LOG.csv

Every closed incident becomes a ticket. Clocks measure its time in each state, and its time to the resolution in four
ways. For each priority and way, the target is the observed time with which most flags agree.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median_low

import attrs
from incident_log import STATES, Incident, LogError, Row, read_log, run, to_ticket

from ticketflow import BusinessCalendar, Policy, Rules, StateIs, TicketflowError, read
from ticketflow.presets import servicenow
from ticketflow.sla import time_while

ZERO = timedelta(0)
ALWAYS = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
OFFICE = BusinessCalendar("UTC", "mon-fri 08:00-18:00")
IN_STATE = {state.name: f"in_{state.name}" for state in STATES.states if state.category != "closed"}


def _rules(hours: BusinessCalendar, *, frozen: bool) -> Rules:
    """Return the desk's rules with a clock for each state, without the closing; the log's own closing counts here."""
    rules = servicenow(frozen=frozen)
    in_states = (Policy(clock, time_while(StateIs(state))) for state, clock in IN_STATE.items())
    return attrs.evolve(rules, calendars=hours, automations=(), clocks=(*rules.clocks, *in_states))


RULES = _rules(ALWAYS, frozen=False)
WAYS = {
    "elapsed": RULES,
    "elapsed, frozen": _rules(ALWAYS, frozen=True),
    "working hours": _rules(OFFICE, frozen=False),
    "working hours, frozen": _rules(OFFICE, frozen=True),
}
"""The ways to measure the time to the resolution: which hours count, and whether waiting freezes the clock."""


@attrs.frozen
class Measured:
    """The readings of the clocks for one incident.

    Attributes:
        first: Its first row.
        last: Its last row, with the flag and priority that count.
        in_state: How long it was in each state until its first closing.
        to_resolution: How long it took to be resolved, measured in each way.
    """

    first: Row
    last: Row
    in_state: Mapping[str, timedelta]
    to_resolution: Mapping[str, timedelta]


def measure(incident: Incident) -> Measured | None:
    """Return the readings of an incident at its first closing; None if the log does not close it.

    Raises:
        TicketflowError: The rules refuse a command of the incident.
    """
    closing = next((row.updated_at for row in incident.rows if row.state == "closed"), None)
    if closing is None:
        return None
    ticket = to_ticket(incident.rows, RULES)
    return Measured(
        first=incident.rows[0],
        last=incident.rows[-1],
        in_state={state: read(closing, ticket, RULES.clock(name)).elapsed for state, name in IN_STATE.items()},
        to_resolution={way: read(closing, ticket, rules.clock("resolution")).elapsed for way, rules in WAYS.items()},
    )


Flagged = tuple[timedelta, bool]
"""A time to the resolution, and the flag ``made_sla``."""


def best_target(flagged: Sequence[Flagged]) -> timedelta:
    """Return the observed time that agrees with most flags: the smallest of equals, no limit without times."""
    gain, gains = 0, {}
    for time, made_sla in sorted(flagged):
        gain += 1 if made_sla else -1  # against a target smaller than all
        gains[time] = gain
    return max(gains, key=gains.__getitem__, default=timedelta.max)


def agreeing(flagged: Sequence[Flagged], target: timedelta) -> int:
    """Return the number of flags that agree with a target."""
    return sum((time <= target) == made_sla for time, made_sla in flagged)


def agreeing_unseen(flagged: Sequence[Flagged]) -> int:
    """Return the number of flags that agree with the best target of the other half of the incidents."""
    halves = (flagged[::2], flagged[1::2])
    return sum(agreeing(half, best_target(other)) for half, other in (halves, halves[::-1]))


@attrs.frozen
class Fit:
    """How well one target explains the flags of a group.

    Attributes:
        group: The priority.
        way: The way time was measured.
        target: The best target, in words.
        of: The number of flags.
        made: The number of true flags.
        agree: The number of flags that the target agrees with.
        unseen: The number of flags that the best target of the other half agrees with.
        trivial: The number of flags that equal the more frequent one.
    """

    group: str
    way: str
    target: str
    of: int
    made: int
    agree: int
    unseen: int
    trivial: int


def fit(priority: str, way: str, flagged: Sequence[Flagged]) -> Fit:
    """Return the fit of the best target for a priority."""
    target = best_target(flagged)
    longer = min((time for time, _ in flagged if time > target), default=None)
    made = sum(made_sla for _, made_sla in flagged)
    return Fit(
        group=priority,
        way=way,
        target=f"{_hours(target)} to {_hours(longer)}" if longer else f"{_hours(target)} and up",
        of=len(flagged),
        made=made,
        agree=agreeing(flagged, target),
        unseen=agreeing_unseen(flagged),
        trivial=max(made, len(flagged) - made),
    )


def of_all(way: str, fits: Sequence[Fit]) -> Fit:
    """Return the fit for all flags, with the best target of each priority."""
    return Fit(
        group="all",
        way=way,
        target="each its own",
        of=sum(each.of for each in fits),
        made=sum(each.made for each in fits),
        agree=sum(each.agree for each in fits),
        unseen=sum(each.unseen for each in fits),
        trivial=sum(each.trivial for each in fits),
    )


def fit_all(measured: Sequence[Measured], decisive: Callable[[Measured], Row]) -> list[Fit]:
    """Return the fits per way, for each priority of the *decisive* rows and for all."""
    groups: dict[str, list[Measured]] = {}
    for each in measured:
        groups.setdefault(decisive(each).priority, []).append(each)
    found = [
        fit(priority, way, [(each.to_resolution[way], each.last.made_sla) for each in group])
        for priority, group in sorted(groups.items())
        for way in WAYS
    ]
    return found + [of_all(way, [each for each in found if each.way == way]) for way in WAYS]


def report(incidents: Sequence[Incident], measured: Sequence[Measured]) -> None:
    """Print the time in each state and the fits of the targets."""
    print("Time in each state, from opening to the first closing, in hours:\n")
    _print_table(("state", "incidents in it", "median of these", "together", "share"), _by_state(measured))
    print("\nThe target that explains made_sla best, in hours; up to just below the second figure, all do as well:\n")
    head = (
        "priority",
        "incidents",
        "made_sla true",
        "time",
        "target",
        "agree",
        "agree unseen",
        "always the same answer",
    )
    by_last = fit_all(measured, lambda each: each.last)
    _print_table(head, map(_cells, by_last))
    before = [row.made_sla for incident in incidents for row in incident.rows if row.state != "closed"]
    print("\nThe flag and the priority are those of an incident's last row.")
    print(f"Of the {len(before)} rows before a closing, {sum(before)} say true.")
    by_first = fit_all(measured, lambda each: each.first)
    for way, last, first in zip(WAYS, by_last[-len(WAYS) :], by_first[-len(WAYS) :], strict=True):
        print(f"By the priority of the first row, {way}: {first.agree} agree, by that of the last {last.agree}.")


def _by_state(measured: Sequence[Measured]) -> Iterator[tuple[str, ...]]:
    total = sum((time for each in measured for time in each.in_state.values()), ZERO)
    for state in IN_STATE:
        times = [each.in_state[state] for each in measured if each.in_state[state]]
        together = sum(times, ZERO)
        median = _hours(median_low(times)) if times else "-"
        yield state, str(len(times)), median, _hours(together), f"{together / (total or timedelta.max):.1%}"


def _cells(found: Fit) -> tuple[str, ...]:
    counts = (f"{count} ({count / found.of:.1%})" for count in (found.agree, found.unseen, found.trivial))
    return (found.group, str(found.of), f"{found.made / found.of:.1%}", found.way, found.target, *counts)


def _hours(time: timedelta) -> str:
    minutes = time // timedelta(minutes=1)
    return f"{minutes // 60}:{minutes % 60:02}"


def _print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for cells in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(cells)} |")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, 1 if incidents were refused, 2 if there is nothing to measure."""
    parser = argparse.ArgumentParser(description="Ask which target explains the made_sla of a ServiceNow incident log.")
    parser.add_argument("log", type=Path)
    options = parser.parse_args(arguments)
    try:
        incidents, problems = read_log(options.log)
    except (OSError, UnicodeDecodeError, LogError) as error:
        print(f"agreement: {error}", file=sys.stderr)
        return 2
    measured = []
    for incident in incidents:
        try:
            found = measure(incident)
        except TicketflowError as error:
            problems.append(f"{incident.number}: {error}")
            continue
        measured += [found] if found else []
    for problem in problems:
        print(f"agreement: {problem}", file=sys.stderr)
    if not measured:
        print(
            f"agreement: {options.log}: no closed incident; made_sla means something only once closed", file=sys.stderr
        )
        return 2
    print(f"{options.log.name}: {len(incidents)} incidents, {len(measured)} of them closed; {len(problems)} refused.\n")
    report(incidents, measured)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run(main))
