"""Tables of events and reports: constant columns, plain values, one row an event."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.desk import utc
from ticketflow import (
    Actor,
    Message,
    Ticket,
    commands,
    count_moves,
    events_table,
    replay,
    report,
    reports_table,
    simulate,
)
from ticketflow.errors import BadValueError
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.service import EVENT_COLUMNS
from ticketflow.tickets import events

ANA, BRUNO = Actor("agent", "ana"), Actor("customer", "bruno")
STORY = (
    commands.Open("T-1", message=Message("m1"), at=utc(2026, 11, 17, 19), by=BRUNO),
    commands.Assign("ana", at=utc(2026, 11, 18, 12), by=ANA),
)


def opened() -> Ticket:
    ticket = simulate(STORY, senior()).ticket
    assert ticket is not None
    return ticket


def test_each_event_is_a_row_with_its_state_and_cause() -> None:
    first, second = utc(2026, 11, 17, 19), utc(2026, 11, 18, 12)
    assert [tuple(row.values()) for row in events_table([opened()])] == [
        ("T-1", "opened", first, "bruno", "new", "command:open"),
        ("T-1", "message", first, "bruno", "new", "command:open"),
        ("T-1", "assigned", second, "ana", "new", "command:assign"),
        ("T-1", "start_analysis", second, "ticketflow", "in_analysis", "rule:analysis-on-assignment"),
    ]


def test_a_bound_is_the_cause_of_what_it_halted() -> None:
    by_bound = events.ByBound("unattended", "digest")
    first, last = opened().history.first, opened().history.last
    halted = events.Entry(1, "bound.1", last.at, last.actor, by_bound, (events.RulesHalted(("loop",)),))
    *_, row = events_table([replay([first, halted])])
    assert (row["activity"], row["cause"]) == ("rules_halted", "bound:unattended")


def test_the_columns_are_constant_and_the_rows_load_as_csv() -> None:
    rows = events_table([opened(), opened()])
    assert all(tuple(row) == EVENT_COLUMNS for row in rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, EVENT_COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    assert [row["case"] for row in csv.DictReader(file)] == ["T-1"] * 8


def test_reports_of_several_rule_sets_share_their_columns() -> None:
    other = simulate([commands.Open("T-2", at=utc(2026, 11, 17, 19), by=BRUNO)], servicenow()).ticket
    assert other is not None
    until = utc(2026, 11, 19)
    reports = [report(until, opened(), senior()), report(until, other, servicenow())]
    mine, theirs = reports_table(reports)
    assert tuple(mine) == tuple(theirs)
    assert mine["time_in.in_analysis.elapsed"] == until - utc(2026, 11, 18, 12)
    assert theirs["time_in.in_analysis.elapsed"] is None
    assert mine["time_in.awaiting_vendor.elapsed"] is None
    assert reports_table(reports[:1]) == [reports[0].row]


def test_moves_are_counted_from_state_to_state() -> None:
    assert count_moves([opened(), opened()]) == {("", "new"): 2, ("new", "in_analysis"): 2}


def test_nothing_gives_no_rows() -> None:
    assert events_table([]) == []
    assert reports_table([]) == []
    assert count_moves([]) == {}


def test_other_items_are_refused() -> None:
    with pytest.raises(BadValueError):
        events_table([STORY[0]])  # type: ignore[list-item]
    with pytest.raises(BadValueError):
        reports_table([opened()])  # type: ignore[list-item]
