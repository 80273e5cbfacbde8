"""Replay a ServiceNow incident log under other rules: which incidents would have been closed or breached otherwise.

    python examples/what_if/other_rules.py examples/servicenow_replay/extract.csv

Under the present rules, the log's own counts come out. Then resolved incidents close after two hours, three days or
ten days instead of five days, and the target of the resolution is 48 hours instead of 90.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import attrs

from ticketflow import Elapsed, Policy, Rules, Target, simulation
from ticketflow.presets import servicenow
from ticketflow.sla import resolution

sys.path.insert(0, str(Path(__file__).parent.parent / "servicenow_replay"))

from incident_log import Incident, LogError, Row, read_log, run, to_commands
from replay import last_resolution

HOUR = timedelta(hours=1)
FIVE_DAYS, NINETY_HOURS = Elapsed(days=5), Elapsed(hours=90)


def desk(close_after: Elapsed = FIVE_DAYS, target: Elapsed = NINETY_HOURS) -> Rules:
    """Return the rules of the desk. The target of 90 hours explains the log's flag ``made_sla``."""
    return attrs.evolve(servicenow(close_after), clocks=(Policy("resolution", resolution(), (Target(target),)),))


RULES = {
    "today": desk(),
    "close after 2 hours": desk(Elapsed(hours=2)),
    "close after 3 days": desk(Elapsed(days=3)),
    "close after 10 days": desk(Elapsed(days=10)),
    "target of 48 hours": desk(target=Elapsed(hours=48)),
}


def replay(incidents: Sequence[Incident], rows: Callable[[Incident], Iterable[Row]]) -> simulation.Replay:
    """Replay some rows of each incident under all rules, until a year after the last one."""
    until = max(incident.rows[-1].updated_at for incident in incidents) + timedelta(days=365)
    return simulation.replay_under(RULES, [tuple(to_commands(rows(each))) for each in incidents], until)


def all_rows(incident: Incident) -> tuple[Row, ...]:
    """Return all rows of an incident."""
    return incident.rows


def closings(found: simulation.Replay, incidents: Sequence[Incident]) -> Counter[str]:
    """Count the real closings against those of the present rules: in the hour after it, later, or earlier.

    The desk measured each incident from its last resolution, so *found* is a replay of `last_resolution`.
    """
    real = {incident.number: incident for incident in incidents}
    counts: Counter[str] = Counter()
    for each in found.outcomes["today"]:
        closed_at = real[each.ticket].closed_at
        if each.closed_at is None or closed_at is None:
            counts["not closed"] += 1
        elif real[each.ticket].resolved_at is None:
            counts["no resolved_at"] += 1
        else:
            late = closed_at - each.closed_at
            counts["earlier" if late < timedelta() else "in the hour" if late <= HOUR else "later"] += 1
    return counts


def flags(found: simulation.Replay, incidents: Sequence[Incident]) -> Counter[tuple[bool, bool]]:
    """Count the pairs of the log's flag ``made_sla`` and whether the present rules met the target."""
    made = {incident.number: incident.rows[-1].made_sla for incident in incidents}
    return Counter((made[each.ticket], not each.breached["resolution"]) for each in found.outcomes["today"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, or 2 if the file cannot be read."""
    parser = argparse.ArgumentParser(description="Replay a ServiceNow incident log under other rules.")
    parser.add_argument("log", type=Path)
    options = parser.parse_args(arguments)
    try:
        incidents, problems = read_log(options.log)
    except (OSError, UnicodeDecodeError, LogError) as error:
        print(f"other_rules: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(f"other_rules: {problem}", file=sys.stderr)
    as_then, found = replay(incidents, last_resolution), replay(incidents, all_rows)
    print(f"{len(incidents)} incidents. Under the present rules, the real closing came:")
    for name, count in sorted(closings(as_then, incidents).items()):
        print(f"  {count:4}  {name}")
    counts = flags(as_then, incidents)
    agreed = counts[True, True] + counts[False, False]
    print(f"The flag made_sla agrees with the target of 90 hours for {agreed} of {len(incidents)} incidents.\n")
    for name in list(RULES)[1:]:
        difference = found.difference(name)
        print(difference)
        for changed in difference.refused:
            now, then = changed.before.refusals, changed.after.refusals
            print(f"  {changed.ticket}: {then} changes of state come after the closing; today, {now} do")
        for changed in difference.breached:
            print(f"  {changed.ticket}: only one of the two targets is missed")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
