"""The work on one file: replay its histories, and give the commands again under other rules.

It reads and writes files and returns a few numbers. So a scheduler sends paths to its workers, and never tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from ticketflow import Rules, Ticket, TicketflowError, commands_of, documents, records, replay, simulate
from ticketflow_fleet.histories import read_histories, write_rows

OUTCOMES = pa.schema(
    [
        ("ticket", pa.string()),
        ("rules", pa.string()),  # "stored" or "tried"
        ("entries", pa.int32()),
        ("state", pa.string()),
        ("closed_at", pa.timestamp("us", tz="UTC")),
        ("messages", pa.int32()),
        ("breaches", pa.int32()),
        ("refused", pa.int32()),  # the commands that the tried rules refuse
        ("error", pa.string()),  # why there is no outcome
    ]
)
Outcome = dict[str, object]


def work(entries: str, rules: str, until: str, folder: str) -> Counter[str]:
    """Work on one file, write the outcomes to a file of the same name, and return their totals.

    Doing it again, as after the death of a worker, writes an equal file.

    Args:
        entries: The path of a file of histories.
        rules: The path of the rule set to try.
        until: The instant at which all histories end, in ISO 8601.
        folder: The folder for the outcomes.
    """
    tried = documents.read("rules", Path(rules).read_bytes())
    end = datetime.fromisoformat(until)
    rows = [row for ticket, texts in read_histories(Path(entries)) for row in outcomes(ticket, texts, tried, end)]
    write_rows(rows, OUTCOMES, Path(folder) / Path(entries).name)
    return totals(rows)


def outcomes(name: str, entries: list[str], tried: Rules, until: datetime) -> Iterator[Outcome]:
    """Yield the outcome of a stored history, and that of its commands under the rules that are tried."""
    try:
        ticket = replay(documents.read("entry", entry) for entry in entries)
        simulated = simulate(commands_of(ticket), tried, until)
    except TicketflowError as error:  # one bad history stops no other
        yield {"ticket": name, "rules": "stored", "entries": len(entries), "error": str(error)}
        return
    yield _outcome(ticket, "stored")
    if simulated.ticket:
        yield _outcome(simulated.ticket, "tried") | {"refused": len(simulated.refusals)}


def _outcome(ticket: Ticket, rules: str) -> Outcome:
    return {
        "ticket": ticket.id,
        "rules": rules,
        "entries": ticket.version,
        "state": ticket.state,
        "closed_at": ticket.changed_at if ticket.category == "closed" else None,
        "messages": sum(1 for _ in records(ticket, "message_requested")),
        "breaches": len(ticket.breaches),
    }


def totals(rows: list[Outcome]) -> Counter[str]:
    """Return the totals of some outcomes, each under the name of its rules."""
    found = Counter[str]()
    for row in rows:
        if row.get("error"):
            found["errors"] += 1
            continue
        name = row["rules"]
        found[f"{name} tickets"] += 1
        found[f"{name} closed"] += row["closed_at"] is not None
        for column in ("entries", "messages", "breaches", "refused"):
            number = row.get(column)
            found[f"{name} {column}"] += number if isinstance(number, int) else 0
    return found
