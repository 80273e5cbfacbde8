"""Golden documents: what a release wrote, kept to be read by all later ones.

    python -m tests.support.golden_documents entries-2

writes ``tests/documents/golden/entries-2.jsonl`` with the code at hand. Whoever adds a version of a form does this
once; the file never changes after that. The file of 0.1.0 was written with the code of that release, by the same steps.

A line of the file has the kind of a document and its text. Of a ticket it also has what the release took it for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.desk import ANA, CUSTOMER
from tests.support.hostile_documents import corpus
from tests.support.random_lives import lived, seeded
from ticketflow import (
    BusinessCalendar,
    Field,
    Message,
    Rules,
    State,
    Ticket,
    Transition,
    Workflow,
    commands,
    documents,
    handle,
)

FOLDER = Path(__file__).parent.parent / "documents" / "golden"
STATES = (State("busy"), State("done", "closed"))
TABLE = Workflow(STATES, (Transition("end", ("busy",), "done", may=("agent",)),), (Field("level", kind="number"),))
GENERATIONS = Rules("generations", TABLE, BusinessCalendar("UTC", "mon-fri 09:00-18:00"))


def facts(ticket: Ticket) -> dict[str, Any]:
    """Return what a release takes a ticket for, without names of its classes and attributes."""
    marks = ticket.marks.items()
    resolved, answered = ticket.first_resolution, ticket.first_answer
    return {
        "id": ticket.id,
        "state": ticket.state,
        "category": ticket.category,
        "assignee": ticket.assignee,
        "version": ticket.version,
        "changed_at": ticket.changed_at.isoformat(),
        "hidden": ticket.is_hidden,
        "follows": ticket.follows,
        "earlier": len(ticket.earlier or ()),
        "fields": {
            name: held.isoformat() if isinstance(held, datetime) else held for name, held in ticket.fields.items()
        },
        "marks": {name: [mark.at.isoformat(), mark.sequence, mark.step, mark.entry] for name, mark in marks},
        "links": [[link.ticket, link.kind] for link in ticket.links],
        "breaches": [[breach.clock, breach.cycle] for breach in ticket.breaches],
        "outside": ticket.outside,
        "unattended": ticket.unattended,
        "halted": sorted(ticket.halted),
        "first_answer": None if answered is None else answered.mark.at.isoformat(),
        "first_resolution": None if resolved is None else resolved.mark.at.isoformat(),
    }


def rows() -> Iterator[dict[str, Any]]:
    """Yield the documents that the code at hand writes."""
    seen: set[str] = set()
    for kind, data in corpus():
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if text not in seen:
            seen.add(text)
            value = documents.read(kind, text)
            yield {"kind": kind, "text": text} | ({"ticket": facts(value)} if isinstance(value, Ticket) else {})
    for ticket in (*(lived(seeded(number)) for number in range(40)), *_generations()):
        text = documents.write(ticket)
        if text not in seen:
            seen.add(text)
            yield {"kind": "ticket", "text": text, "ticket": facts(ticket)}


def _generations() -> Iterator[Ticket]:
    """Yield a ticket, its follow-up, and so on."""
    ticket: Ticket | None = None
    for number in range(4):
        at = datetime(2026, 11, 23, 10, tzinfo=UTC) + number * timedelta(hours=9)
        message = Message(f"m{number}")
        opening: commands.Command = commands.Open("T-0", {"level": 1}, message, at=at, by=ANA, state="busy")
        if ticket is not None:
            opening = commands.FollowUp(f"T-{number}", message=message, at=at, by=CUSTOMER)
        decision = handle(ticket, opening, GENERATIONS).unwrap()
        opened = decision.created or decision.ticket
        yield opened
        move = commands.Move("end", at=at + timedelta(hours=1), by=ANA)
        ticket = handle(opened, move, GENERATIONS).unwrap().ticket
        yield ticket


def write_golden(name: str) -> Path:
    """Write the golden documents of the code at hand, one a line; return the path."""
    path = FOLDER / f"{name}.jsonl"
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows())
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write_golden(sys.argv[1]))  # noqa: T201 -- a script
