"""Support tickets as frozen values, and one pure function that says what is due.

The way of everything: definitions → ticket + events → clocks → evaluate → actions → apply. Start with
`ticketflow.engine`; the meaning is in docs/semantics.md.
"""

from __future__ import annotations

from ticketflow import actions, commands
from ticketflow.agenda import Agenda
from ticketflow.anchors import Created, Entered, LastActivity, LastMessage, Latest, Left, Outside, Woke
from ticketflow.automations import (
    After,
    AtClosing,
    AtField,
    AtOpening,
    Automation,
    During,
    Ladder,
    On,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    OnWake,
    Rung,
)
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    FieldIs,
    Happened,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    Not,
    Reopened,
    StateIs,
    matching,
)
from ticketflow.decisions import Accepted, Refused, accepted, available, decide, decide_all
from ticketflow.engine import advance, apply, evaluate, handle, handle_all, next_due
from ticketflow.errors import TicketflowError
from ticketflow.explanations import explain
from ticketflow.histories import records
from ticketflow.intake import Arrival, answering, route
from ticketflow.rules import Rules
from ticketflow.sending import deliveries, follow_ups
from ticketflow.snooze import Snoozing
from ticketflow.spans import (
    BusinessDays,
    CalendarSpan,
    Elapsed,
    EveryMonth,
    EveryMonthOn,
    EveryWeek,
    EveryYear,
    WorkingTime,
)
from ticketflow.ticket import Ticket, evolve, replay
from ticketflow.values import Actor, Hint, Mail, Message
from ticketflow.workflow import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow

__all__ = [
    "Accepted",
    "Actor",
    "After",
    "Agenda",
    "All",
    "AnyOf",
    "Arrival",
    "AssignedTo",
    "AtClosing",
    "AtField",
    "AtOpening",
    "Automation",
    "BusinessCalendar",
    "BusinessDays",
    "CalendarSpan",
    "CategoryIs",
    "Created",
    "During",
    "Elapsed",
    "Entered",
    "EveryMonth",
    "EveryMonthOn",
    "EveryWeek",
    "EveryYear",
    "Field",
    "FieldIs",
    "Happened",
    "Hint",
    "IsAssigned",
    "IsHidden",
    "IsSnoozed",
    "IsUnanswered",
    "Ladder",
    "LastActivity",
    "LastMessage",
    "Latest",
    "Left",
    "Listing",
    "Mail",
    "Message",
    "Not",
    "On",
    "OnChange",
    "OnCommand",
    "OnEnter",
    "OnLeave",
    "OnMessage",
    "OnOutside",
    "OnWake",
    "Opening",
    "Outside",
    "Permission",
    "Pipeline",
    "Refused",
    "Reopened",
    "Rules",
    "Rung",
    "Snoozing",
    "State",
    "StateIs",
    "Ticket",
    "TicketflowError",
    "Transition",
    "Woke",
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
    "deliveries",
    "evaluate",
    "evolve",
    "explain",
    "follow_ups",
    "handle",
    "handle_all",
    "matching",
    "next_due",
    "records",
    "replay",
    "route",
]
