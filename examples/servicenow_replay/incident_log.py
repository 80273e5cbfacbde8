"""Read a ServiceNow incident log: its rows, its incidents, and the commands and tickets that they become."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from ticketflow import Actor, Rules, Ticket, commands, handle
from ticketflow.presets import servicenow

STATES = servicenow().workflow
DESK = Actor("agent", "desk")
COLUMNS = (
    "number",
    "incident_state",
    "sys_updated_at",
    "opened_at",
    "priority",
    "made_sla",
    "resolved_at",
    "closed_at",
)


def run(main: Callable[[], int]) -> int:
    """Return the exit status of a program; 141 if whoever reads its output stops, as ``head`` does."""
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes the rest at its end
        return 141
    return status


class LogError(Exception):
    """A row or file of the log that cannot be read."""


@attrs.frozen
class Row:
    """The columns of a row that the replay needs."""

    number: str
    state: str
    updated_at: datetime
    opened_at: datetime | None
    priority: str
    made_sla: bool
    resolved_at: datetime | None
    closed_at: datetime | None


@attrs.frozen
class Incident:
    """An incident with its rows in order."""

    number: str
    rows: tuple[Row, ...]

    @property
    def resolved_at(self) -> datetime | None:
        """The instant of the resolution in the log; None without one."""
        return self.rows[-1].resolved_at

    @property
    def closed_at(self) -> datetime | None:
        """The instant of the closing in the log; None without one."""
        return self.rows[-1].closed_at


def read_log(path: Path) -> tuple[list[Incident], list[str]]:
    """Return the incidents of a log, and a message for each one that is left out."""
    rows: dict[str, list[Row]] = {}
    bad: dict[str, str] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise LogError(f"{path}: no column {', '.join(missing)}; give a log in the format of extract.csv")
        for found in reader:
            number = found["number"] or "?"
            try:
                row = _row(found)
                _check_order(rows.get(number, []), row)
            except LogError as error:
                bad.setdefault(number, f"{path}:{reader.line_num}: {number}: {error}")
                continue
            rows.setdefault(number, []).append(row)
    incidents = [Incident(number, tuple(found)) for number, found in rows.items() if number not in bad]
    return incidents, list(bad.values())


def _row(found: dict[str, str | None]) -> Row:
    if None in found or None in found.values():
        raise LogError("the row has another number of cells than the header; fix the line")
    cells = {name: str(cell) for name, cell in found.items()}
    state = cells["incident_state"].lower().replace(" ", "_")
    if STATES.state(state) is None:
        names = ", ".join(each.labels["en"] for each in STATES.states)
        raise LogError(f"no state {cells['incident_state']!r}; there are: {names}")
    updated_at = _instant(cells["sys_updated_at"])
    if updated_at is None:
        raise LogError("sys_updated_at is missing; every row needs it")
    if cells["made_sla"] not in _FLAGS:
        raise LogError(f"made_sla {cells['made_sla']!r}; write TRUE or FALSE")
    return Row(
        number=cells["number"],
        state=state,
        updated_at=updated_at,
        opened_at=_instant(cells["opened_at"]),
        priority=cells["priority"],
        made_sla=_FLAGS[cells["made_sla"]],
        resolved_at=_instant(cells["resolved_at"]),
        closed_at=_instant(cells["closed_at"]),
    )


_FLAGS = {"TRUE": True, "FALSE": False}


def _instant(text: str) -> datetime | None:
    if text == "?":
        return None
    try:
        return datetime.strptime(text, "%d-%m-%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise LogError(f"instant {text!r}; write it as 29-02-2016 04:57, or ? for none") from None


def _check_order(before: Sequence[Row], row: Row) -> None:
    if before and row.updated_at < before[-1].updated_at:
        raise LogError("the row is older than the incident's row before it; sort the rows")


def to_commands(rows: Iterable[Row]) -> Iterator[commands.Command]:
    """Yield the commands of an incident: opening and each change of state. The rules do the closing.

    The ticket opens at its ``opened_at`` or at the first row, whichever is older. Resolving again while resolved
    counts, because the log moves ``resolved_at`` too.
    """
    state = None
    for row in rows:
        if state is None:
            yield commands.Open(row.number, at=min(row.opened_at or row.updated_at, row.updated_at), by=DESK)
            state = "new"
        if row.state == "closed" or row.state == state != "resolved":
            continue
        yield commands.Move(f"to_{row.state}", at=row.updated_at, by=DESK)
        state = row.state


def to_ticket(rows: Iterable[Row], rules: Rules) -> Ticket:
    """Return the ticket of an incident at its last change by hand.

    Raises:
        TicketflowError: the rules refuse one of the commands.
    """
    ticket: Ticket | None = None
    for command in to_commands(rows):
        ticket = handle(ticket, command, rules).unwrap().ticket
    assert ticket is not None  # noqa: S101 -- an incident has a row
    return ticket
