"""Functions for applications that keep many tickets.

They compute what one transaction stores and sends, import the past of tickets, route messages, hold an agenda of what
is due next, choose which messages to send, explain rules, report figures, return tables, preview another version of the
rules, and simulate tickets.

>>> from ticketflow import service
>>> service.OpenNew("triage").state
'triage'
"""

from ticketflow.service.agenda import Agenda
from ticketflow.service.delivery import Deliveries, Delivery, Mode, Why, Withheld, Within, deliveries, follow_ups
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.going_live import ImportedHistory, ImportRefusal, import_history
from ticketflow.service.intake import (
    Advance,
    Append,
    Arrival,
    FollowUp,
    Load,
    OpenNew,
    Reopen,
    Route,
    SetAside,
    Surface,
    command_for,
    route,
)
from ticketflow.service.migration import ClockChange, preview_migration
from ticketflow.service.past_commands import commands_of
from ticketflow.service.reports import Report, Summary, percentile, report, report_all
from ticketflow.service.rule_changes import Outdated, outdated
from ticketflow.service.simulation import Simulation, simulate
from ticketflow.service.storage import Store, find_outdated
from ticketflow.service.tables import EVENT_COLUMNS, count_moves, events_table, reports_table
from ticketflow.service.transactions import OutboxItem, Row, Transaction, Write, row_of, transact, transact_due

__all__ = [
    "EVENT_COLUMNS",
    "Advance",
    "Agenda",
    "Append",
    "Arrival",
    "ClockChange",
    "Deliveries",
    "Delivery",
    "Explanation",
    "FollowUp",
    "ImportRefusal",
    "ImportedHistory",
    "Load",
    "Mode",
    "OpenNew",
    "OutboxItem",
    "Outdated",
    "Reopen",
    "Report",
    "Route",
    "Row",
    "SetAside",
    "Simulation",
    "Store",
    "Summary",
    "Surface",
    "Transaction",
    "Why",
    "Withheld",
    "Within",
    "Write",
    "command_for",
    "commands_of",
    "count_moves",
    "deliveries",
    "events_table",
    "explain",
    "find_outdated",
    "follow_ups",
    "import_history",
    "outdated",
    "percentile",
    "preview_migration",
    "report",
    "report_all",
    "reports_table",
    "route",
    "row_of",
    "simulate",
    "transact",
    "transact_due",
]
