"""Support tickets as frozen values, and one pure function that says what is due.

The way of everything: definitions → ticket + events → clocks → evaluate → actions → apply. Start with
`ticketflow.engine.run`; the meaning is in docs/semantics.md.
"""

from __future__ import annotations

from ticketflow import sla
from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryWeek, EveryYear
from ticketflow.calendars.spans import (
    AfterDue,
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    Elapsed,
    Missed,
    OfTarget,
    WorkingTime,
)
from ticketflow.compare.differences import Difference, diff
from ticketflow.engine.decisions import Accepted, Refused, available, decide, decide_all
from ticketflow.engine.handling import handle, handle_all
from ticketflow.engine.planning import advance, apply, evaluate, next_due
from ticketflow.errors import TicketflowError
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import (
    After,
    AtClosing,
    AtField,
    AtOpening,
    During,
    On,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    OnWake,
)
from ticketflow.service.agenda import Agenda
from ticketflow.service.delivery import Within, deliveries, follow_ups
from ticketflow.service.explain import explain
from ticketflow.service.intake import Arrival, command_for, route
from ticketflow.service.migration import preview_migration
from ticketflow.service.reports import percentile, report, report_all
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.sla.reading import read, read_all
from ticketflow.sla.trace import trace
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.anchors import (
    Breached,
    Created,
    Entered,
    LastActivity,
    LastMessage,
    Latest,
    Left,
    Outside,
    Started,
    Woke,
)
from ticketflow.tickets.fold import evolve, replay
from ticketflow.tickets.messages import Hint, Mail, Message, Template
from ticketflow.tickets.records import records
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    ClockIs,
    FieldIs,
    Happened,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    Measure,
    Not,
    Reopened,
    StateIs,
    matching,
)
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow
from ticketflow.workflow.snooze import Snoozing

__all__ = [
    "Accepted",
    "Actor",
    "After",
    "AfterDue",
    "Agenda",
    "All",
    "AnyOf",
    "Arrival",
    "AssignedTo",
    "AtClosing",
    "AtField",
    "AtOpening",
    "Automation",
    "BeforeDue",
    "Breached",
    "BusinessCalendar",
    "BusinessDays",
    "CalendarSpan",
    "CategoryIs",
    "ClockIs",
    "Created",
    "Deadline",
    "Difference",
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
    "Measure",
    "Message",
    "Missed",
    "Not",
    "OfTarget",
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
    "Policy",
    "Refused",
    "Reopened",
    "Rules",
    "Rung",
    "Snoozing",
    "Started",
    "State",
    "StateIs",
    "Target",
    "Template",
    "Ticket",
    "TicketflowError",
    "Transition",
    "Within",
    "Woke",
    "Workflow",
    "WorkingTime",
    "actions",
    "advance",
    "apply",
    "available",
    "command_for",
    "commands",
    "decide",
    "decide_all",
    "deliveries",
    "diff",
    "evaluate",
    "evolve",
    "explain",
    "follow_ups",
    "handle",
    "handle_all",
    "matching",
    "next_due",
    "percentile",
    "preview_migration",
    "read",
    "read_all",
    "records",
    "replay",
    "report",
    "report_all",
    "route",
    "sla",
    "trace",
]
