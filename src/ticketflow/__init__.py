"""Support tickets as frozen values, and one pure function that says what is due.

The way of everything: definitions → ticket + events → clocks → evaluate → actions → apply. Start with
`ticketflow.engine`; the meaning is in docs/semantics.md.
"""

from __future__ import annotations

from ticketflow import actions, commands
from ticketflow.anchors import Created, Entered, LastMessage, Latest, Outside
from ticketflow.business_calendars import BusinessCalendar
from ticketflow.conditions import All, AnyOf, CategoryIs, FieldIs, IsAssigned, Not, StateIs
from ticketflow.decisions import Accepted, Refused, accepted, decide
from ticketflow.engine import advance, apply, evaluate, handle, next_due
from ticketflow.errors import TicketflowError
from ticketflow.rules import After, Automation, Ladder, OnEnter, OnLeave, OnMessage, OnOutside, Rules, Rung
from ticketflow.spans import BusinessDays, CalendarSpan, Elapsed, WorkingTime
from ticketflow.ticket import Ticket, evolve, replay
from ticketflow.values import Actor, Message
from ticketflow.workflow import Field, Permission, State, Transition, Workflow

__all__ = [
    "Accepted",
    "Actor",
    "After",
    "All",
    "AnyOf",
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
    "IsAssigned",
    "Ladder",
    "LastMessage",
    "Latest",
    "Message",
    "Not",
    "OnEnter",
    "OnLeave",
    "OnMessage",
    "OnOutside",
    "Outside",
    "Permission",
    "Refused",
    "Rules",
    "Rung",
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
    "apply",
    "commands",
    "decide",
    "evaluate",
    "evolve",
    "handle",
    "next_due",
    "replay",
]
