"""Replay a ServiceNow incident log with the rule "a resolved incident closes after 5 days".

    python examples/servicenow_replay/replay.py LOG.csv [--show NUMBER ...]

Every incident becomes a ticket, its rows become commands, and the rules close it. The closings are compared with the
log's ``closed_at``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
from incident_log import Incident, LogError, Row, read_log, run, to_commands, to_ticket

from ticketflow import Ticket, TicketflowError, advance, apply, evaluate, next_due, simulate, timeline
from ticketflow.presets import servicenow

RULES = servicenow()
HOUR = timedelta(hours=1)
UTC = ZoneInfo("UTC")  # the log names no zone; its times are read as UTC


def last_resolution(incident: Incident) -> tuple[Row, ...]:
    """Return the rows without the resolutions that a later one replaced.

    While the desk's job was down, people resolved incidents again that the rules would have closed by then. To compare
    the closings, each incident is measured from its last resolution, as the desk did.
    """
    resolved = [index for index, row in enumerate(incident.rows) if row.state == "resolved"]
    last = resolved[-1] if resolved else -1
    return tuple(row for index, row in enumerate(incident.rows) if row.state != "resolved" or index == last)


@attrs.frozen
class Comparison:
    """The closing of one incident by the rules and in the log."""

    number: str
    due_at: datetime
    closed_at: datetime
    is_known: bool

    @property
    def verdict(self) -> str:
        """Whether the real closing came early, within the hour after the due instant, or late."""
        if self.closed_at < self.due_at:
            return "early"
        return "in the hour" if self.closed_at - self.due_at <= HOUR else "late"


def compare(incidents: Sequence[Incident]) -> tuple[list[Comparison], dict[str, Ticket], list[str]]:
    """Return the comparisons, the tickets before they close, and a message for each refused incident.

    Incidents that were never resolved are left out. An incident is refused if it was worked on after the rules closed
    it and not resolved again.
    """
    comparisons, tickets, refused = [], {}, []
    for incident in incidents:
        try:
            ticket = to_ticket(last_resolution(incident), RULES)
        except TicketflowError as error:
            refused.append(f"{incident.number}: {error}")
            continue
        due_at = next_due(ticket, RULES)
        if due_at and incident.closed_at:
            known = incident.resolved_at is not None
            comparisons.append(Comparison(incident.number, due_at, incident.closed_at, known))
            tickets[incident.number] = ticket
    return comparisons, tickets, refused


def report(comparisons: Sequence[Comparison], tickets: dict[str, Ticket], incidents: Sequence[Incident]) -> None:
    """Print a comparison of the closings by the rules and in the log."""
    known = [each for each in comparisons if each.is_known]
    verdicts = Counter(each.verdict for each in known)
    print("Real closings against the instant at which the rules close (5 days after the last resolution):")
    print(f"  {verdicts['in the hour']:4}  inside the hour after it: the desk's hourly sweep")
    print(f"  {verdicts['late']:4}  later than that")
    print(f"  {verdicts['early']:4}  earlier: closed by hand")
    unknown = Counter(each.verdict for each in comparisons if not each.is_known)
    by_rows = ", ".join(f"{count} {verdict}" for verdict, count in sorted(unknown.items())) or "none"
    print(f"  {unknown.total():4}  have no resolved_at; by their own rows in the log: {by_rows}")
    print(f"  {len(incidents) - len(comparisons):4}  have no resolution or no closing at all")
    for count, what in (
        (sum(map(_went_on, incidents)), "were worked on after the rules would have closed them"),
        (sum(map(_closed_twice, incidents)), "have a Closed row before their closed_at, which was written anew"),
    ):
        print(f"  {count:4}  of all these {what}")
    late = [each for each in known if each.verdict == "late"]
    if late:
        print("\nThe late ones, by the day on which they were closed:")
        for day, rows in _by_day(late, closed=True):
            due = sorted(each.due_at.date() for each in rows)
            print(f"  {day}  {len(rows):4}  due {_days(due[0], due[-1])}")
        _catch_up(comparisons, tickets, late)


def _went_on(incident: Incident) -> bool:
    """Return True if a row comes after the rules would have closed the incident for good."""
    try:
        refusals = simulate(to_commands(incident.rows), RULES).refusals
    except TicketflowError:
        return False  # counted as refused
    return any("closed_for_good" in refusal.refused.kinds for refusal in refusals)


def _closed_twice(incident: Incident) -> bool:
    first = next((row.updated_at for row in incident.rows if row.state == "closed"), None)
    return first != incident.closed_at


def _days(first: date, last: date) -> str:
    return f"on {first}" if first == last else f"from {first} to {last}"


def _by_day(rows: Iterable[Comparison], *, closed: bool) -> list[tuple[date, list[Comparison]]]:
    days: dict[date, list[Comparison]] = {}
    for each in rows:
        days.setdefault((each.closed_at if closed else each.due_at).date(), []).append(each)
    return sorted(days.items())


def _catch_up(comparisons: Sequence[Comparison], tickets: dict[str, Ticket], late: Sequence[Comparison]) -> None:
    """Print the outage before the day with the most late closings, and what one late evaluation gives."""
    caught_up, batch = max(_by_day(late, closed=True), key=lambda pair: len(pair[1]))
    first = min(each.due_at for each in batch).date() - timedelta(days=1)
    print(f"\nThe sweep seems to have been down until {caught_up}. Day by day:")
    print("  day         due by the rules  closed by the desk  waiting at midnight")
    for step in range((caught_up - first).days + 2):
        day = first + timedelta(days=step)
        due = sum(each.due_at.date() == day for each in comparisons)
        closed = sum(each.closed_at.date() == day for each in comparisons)
        waiting = sum(each.due_at.date() <= day < each.closed_at.date() for each in comparisons)
        print(f"  {day}  {due:16}  {closed:18}  {waiting:19}")
    now = max(each.closed_at for each in batch)
    stored = [tickets[each.number] for each in batch]
    plans = [evaluate(now, ticket, RULES) for ticket in stored]
    oldest = now - min(due.due_at for plan in plans for due in plan)
    same = sum(
        apply(ticket, plan).unwrap().ticket == _evaluated_hourly(ticket, now)
        for ticket, plan in zip(stored, plans, strict=True)
    )
    closings = sum(map(len, plans))
    print(f"\nFrom the rules' side: asked about these {len(batch)} only once, on {now:%d %b at %H:%M},")
    print(f"  evaluate gives {closings} closings, each dated at its own due instant; the oldest is {oldest} late.")
    print(f"  {same} of {len(batch)} tickets are then exactly what asking every hour makes of them.")


def _evaluated_hourly(ticket: Ticket, until: datetime) -> Ticket:
    now = ticket.changed_at
    while now < until:
        now = min(now + HOUR, until)
        ticket = advance(now, ticket, RULES)
    return ticket


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, 1 if incidents were refused, 2 if the file cannot be read at all."""
    parser = argparse.ArgumentParser(description="Replay a ServiceNow incident log under the rule that closed it.")
    parser.add_argument("log", type=Path)
    parser.add_argument(
        "--show", nargs="*", default=(), metavar="NUMBER", help="print these incidents' timelines first"
    )
    options = parser.parse_args(arguments)
    try:
        incidents, problems = read_log(options.log)
    except (OSError, UnicodeDecodeError, LogError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(f"replay: {problem}", file=sys.stderr)
    unknown = sorted(set(options.show) - {incident.number for incident in incidents})
    for number in unknown:
        print(f"replay: no incident {number}; name one of the log", file=sys.stderr)
    for incident in (each for each in incidents if each.number in options.show):
        print(incident.number)
        print(*timeline(simulate(to_commands(incident.rows), RULES), RULES, UTC), sep="\n")
        print(f"  the log says: closed {incident.closed_at:%a %Y-%m-%d %H:%M}\n" if incident.closed_at else "")
    rows = sum(len(incident.rows) for incident in incidents)
    comparisons, tickets, refused = compare(incidents)
    for problem in refused:
        print(f"replay: {problem}", file=sys.stderr)
    refusals = len(problems) + len(refused)
    print(f"{options.log.name}: {len(incidents)} incidents in {rows} rows; {refusals} refused.\n")
    report(comparisons, tickets, incidents)
    return 1 if refusals or unknown else 0


if __name__ == "__main__":
    sys.exit(run(main))
