"""Tables of events and of reports, as plain rows for data frames, databases and process mining.

A row is a mapping from column names to plain values, so `csv.DictWriter`, pandas and polars take the rows as they are.

Source: row F2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import assert_never

from ticketflow.kernel.type_checks import items_of
from ticketflow.service.reports import Report
from ticketflow.tickets import events
from ticketflow.tickets.records import kind_of
from ticketflow.tickets.ticket import Ticket

EVENT_COLUMNS = ("case", "activity", "instant", "actor", "state", "cause")
"""The columns of `events_table`."""


def events_table(tickets: Iterable[Ticket]) -> list[dict[str, str | datetime]]:
    """Return one row for each event of the tickets, in the order of the tickets and of their histories.

    The columns are always those of `EVENT_COLUMNS`:

    * ``case``: the ticket's id.
    * ``activity``: for a change of state, the name of the transition; otherwise the kind of the event, as in `records`.
    * ``instant``: the instant of the event, in UTC.
    * ``actor``: the id of the actor.
    * ``state``: the state after the event.
    * ``cause``: what caused it: ``command:move``, ``rule:no-answer`` or ``bound:steps``, for example.

    Events of one entry have the same instant. A tool that sorts the rows must keep their order.

    Args:
        tickets: The tickets.

    Raises:
        BadValueError: An item is not a Ticket.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
    >>> solved = handle(opened, commands.Move("to_resolved", at=noon, by=ada), servicenow()).ticket
    >>> [(row["activity"], row["state"], row["cause"]) for row in events_table([solved])]
    [('opened', 'new', 'command:open'), ('to_resolved', 'resolved', 'command:move')]
    """
    return [row for ticket in items_of(tickets, Ticket, "tickets") for row in _rows(ticket)]


def _rows(ticket: Ticket) -> Iterator[dict[str, str | datetime]]:
    state = ""
    for entry in ticket.history:
        for event in entry.events:
            activity = kind_of(event)
            if isinstance(event, events.Opened):
                state = event.state
            elif isinstance(event, events.StateChanged):
                state, activity = event.after, event.transition
            values = (ticket.id, activity, entry.at, entry.actor.id, state, _cause(entry.cause))
            yield dict(zip(EVENT_COLUMNS, values, strict=True))


def count_moves(tickets: Iterable[Ticket]) -> Counter[tuple[str, str]]:
    """Return how often the tickets moved from one state to another: the arrows of a process map.

    An opening is a move from an empty text. A transition that leads to the state where the ticket already is counts.

    Args:
        tickets: The tickets.

    Raises:
        BadValueError: An item is not a Ticket.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle
    >>> from ticketflow.presets.servicenow import servicenow
    >>> opened = commands.Open("T-1", at=datetime(2026, 11, 19, 12, tzinfo=UTC), by=Actor("agent", "ada"))
    >>> count_moves([handle(None, opened, servicenow()).ticket])
    Counter({('', 'new'): 1})
    """
    counts: Counter[tuple[str, str]] = Counter()
    for ticket in items_of(tickets, Ticket, "tickets"):
        for entry in ticket.history:
            for event in entry.events:
                if isinstance(event, events.Opened):
                    counts["", event.state] += 1
                elif isinstance(event, events.StateChanged):
                    counts[event.before, event.after] += 1
    return counts


def _cause(cause: events.Cause) -> str:
    match cause:
        case events.ByCommand(command=command):
            return f"command:{command}"
        case events.ByRule(key=key):
            return f"rule:{key.rule}"
        case events.ByBound(bound=bound):
            return f"bound:{bound}"
        case _:
            assert_never(cause)


def reports_table(reports: Iterable[Report]) -> list[dict[str, str | int | bool | datetime | timedelta | None]]:
    """Return the row of each report (`Report.row`), all with the same columns in the same order.

    Reports under one rule set have the same columns anyway. If they are from several rule sets, each row has the
    columns of all; those that a report lacks are None.

    Args:
        reports: The reports.

    Raises:
        BadValueError: An item is not a Report.

    >>> from datetime import UTC
    >>> from ticketflow import Actor, commands, handle, report
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> opened = handle(None, commands.Open("T-1", at=noon, by=ada), servicenow()).ticket
    >>> (row,) = reports_table([report(noon + timedelta(hours=2), opened, servicenow())])
    >>> row["state"], str(row["time_in.new.elapsed"]), row["resolution.under_way"]
    ('new', '2:00:00', 1)
    """
    rows = [each.row for each in items_of(reports, Report, "reports")]
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]
