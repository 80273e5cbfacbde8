"""Support tickets as frozen values, and one pure function that says what is due.

The way of everything: definitions → ticket + events → clocks → evaluate → actions → apply. Start with
`ticketflow.engine`; the meaning is in docs/semantics.md.
"""

from __future__ import annotations

from ticketflow import actions, commands
from ticketflow.anchors import Created, Entered, LastMessage, Latest, Outside
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    FieldIs,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    Not,
    StateIs,
    matching,
)
from ticketflow.decisions import Accepted, Refused, accepted, available, decide, decide_all
from ticketflow.engine import advance, apply, evaluate, handle, handle_all, next_due
from ticketflow.errors import TicketflowError
from ticketflow.histories import records
from ticketflow.intake import Arrival, answering, route
from ticketflow.rules import After, Automation, Ladder, OnCommand, OnEnter, OnLeave, OnMessage, OnOutside, Rules, Rung
from ticketflow.snooze import Snoozing
from ticketflow.spans import BusinessDays, CalendarSpan, Elapsed, WorkingTime
from ticketflow.ticket import Ticket, evolve, replay
from ticketflow.values import Actor, Hint, Mail, Message
from ticketflow.workflow import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow

__all__ = [
    "Accepted",
    "Actor",
    "After",
    "All",
    "AnyOf",
    "Arrival",
    "AssignedTo",
    "Automation",
    "BusinessCalendar",
    "BusinessDays",
    "CalendarSpan",
    "CategoryIs",
    "Created",
    "Elapsed",
    "Entered",
    "Field",
    "FieldIs",
    "Hint",
    "IsAssigned",
    "IsHidden",
    "IsSnoozed",
    "Ladder",
    "LastMessage",
    "Latest",
    "Listing",
    "Mail",
    "Message",
    "Not",
    "OnCommand",
    "OnEnter",
    "OnLeave",
    "OnMessage",
    "OnOutside",
    "Opening",
    "Outside",
    "Permission",
    "Pipeline",
    "Refused",
    "Rules",
    "Rung",
    "Snoozing",
    "State",
    "StateIs",
    "Ticket",
    "TicketflowError",
    "Transition",
    "Workflow",
    "WorkingTime",
    "accepted",
    "actions",
    "advance",
    "answering",
    "apply",
    "available",
    "commands",
    "decide",
    "decide_all",
    "evaluate",
    "evolve",
    "handle",
    "handle_all",
    "matching",
    "next_due",
    "records",
    "replay",
    "route",
]
