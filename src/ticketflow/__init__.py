"""Support tickets as frozen values, and one pure function that says what is due.

Define a desk with `Rules`, give commands to tickets with `handle`, ask `evaluate` what is due, and `apply` the answer.
docs/semantics.md says what every rule means.

What deciding and evaluating need is imported at once; everything else loads when it is first asked for.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ticketflow import errors, sla
from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.date_rules import (
    BusinessDayAfter,
    BusinessDayBefore,
    Easter,
    NthBusinessDay,
    NthWeekday,
    Observed,
)
from ticketflow.calendars.hours import Shift, Yearly
from ticketflow.calendars.periods import Period
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
from ticketflow.engine.decisions import Accepted, Decision, Option, Refused, available, decide, decide_all
from ticketflow.engine.handling import advance_before, handle, handle_all
from ticketflow.engine.planning import advance, apply, evaluate, evaluate_all, next_due, verify
from ticketflow.engine.plans import Due, Plan, Touched
from ticketflow.engine.refusals import REFUSAL_CODES, Reason
from ticketflow.errors import TicketflowError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.names import escape_id, person, unescape_id
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.rules.freezing import freeze
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import (
    After,
    AtClosing,
    AtField,
    AtOpening,
    AtSnoozeEnd,
    During,
    On,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnLink,
    OnMessage,
    OnOutside,
    OnRate,
    OnWake,
)
from ticketflow.sla.clock import Clock
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.sla.reading import Reading, read, read_all
from ticketflow.sla.trace import trace
from ticketflow.tickets import anchors, commands, events
from ticketflow.tickets.actors import Actor, Role
from ticketflow.tickets.anchors import (
    AssignedLast,
    Breached,
    Closed,
    Created,
    Entered,
    LastActivity,
    LastMessage,
    Latest,
    Left,
    Outside,
    ResolvedLast,
    Resumed,
    Started,
    Woke,
)
from ticketflow.tickets.facts import Category
from ticketflow.tickets.fold import evolve, replay
from ticketflow.tickets.messages import Hint, Mail, Message, Template
from ticketflow.tickets.ticket import Ticket
from ticketflow.workflow import conditions
from ticketflow.workflow.conditions import (
    All,
    AnyOf,
    AssignedTo,
    CategoryIs,
    ClockIs,
    FieldIs,
    Happened,
    HasLink,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    Not,
    RatingIs,
    Reopened,
    RequesterIs,
    StateIs,
    WasAnswered,
    matching,
)
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow
from ticketflow.workflow.snooze import AfterSpan, InDays, LaterToday, NextWeek, Snoozing
from ticketflow.workflow.ticket_calendar import CalendarOf

# `import ticketflow.conditions` works as well, although the module has its home in one of the packages.
for _module in (actions, anchors, commands, conditions, events, triggers):
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module

__version__ = "0.2.0"

_LAZY_PACKAGES = frozenset(
    {
        "analysis",
        "calendars",
        "compare",
        "documents",
        "importers",
        "plot",
        "presets",
        "service",
        "simulation",
        "testing",
        "text",
    }
)
_LAZY_NAMES = {
    "check": "analysis.check",
    "Finding": "analysis.findings",
    "Closures": "calendars.closures",
    "NotTaken": "calendars.closures",
    "CombinedCalendar": "calendars.combined",
    "FixedIntervals": "calendars.combined",
    "public_holidays": "calendars.country_holidays",
    "read_icalendar": "calendars.icalendar_files",
    "write_icalendar": "calendars.icalendar_files",
    "Difference": "compare.differences",
    "diff": "compare.differences",
    "Agenda": "service.agenda",
    "Within": "service.delivery",
    "deliveries": "service.delivery",
    "follow_ups": "service.delivery",
    "Explanation": "service.explanations",
    "explain": "service.explanations",
    "import_history": "service.going_live",
    "Arrival": "service.intake",
    "command_for": "service.intake",
    "commands_of": "service.past_commands",
    "route": "service.intake",
    "preview_migration": "service.migration",
    "Report": "service.reports",
    "percentile": "service.reports",
    "report": "service.reports",
    "report_all": "service.reports",
    "Simulation": "service.simulation",
    "simulate": "service.simulation",
    "count_moves": "service.tables",
    "events_table": "service.tables",
    "reports_table": "service.tables",
    "transact": "service.transactions",
    "transact_due": "service.transactions",
    "Catalog": "text.catalog",
    "timeline": "text.timeline",
    "Wording": "text.sentences",
    "Record": "tickets.records",
    "records": "tickets.records",
}
"""The module of each name that is imported when it is first asked for."""

__all__ = [
    "REFUSAL_CODES",
    "Accepted",
    "Actor",
    "After",
    "AfterDue",
    "AfterSpan",
    "Agenda",
    "All",
    "AnyOf",
    "Arrival",
    "AssignedLast",
    "AssignedTo",
    "AtClosing",
    "AtField",
    "AtOpening",
    "AtSnoozeEnd",
    "Automation",
    "BeforeDue",
    "Breached",
    "BusinessCalendar",
    "BusinessDayAfter",
    "BusinessDayBefore",
    "BusinessDays",
    "Calendar",
    "CalendarOf",
    "CalendarSpan",
    "Catalog",
    "Category",
    "CategoryIs",
    "Clock",
    "ClockIs",
    "Closed",
    "Closures",
    "CombinedCalendar",
    "Created",
    "Deadline",
    "Decision",
    "Difference",
    "Due",
    "During",
    "Easter",
    "Elapsed",
    "Entered",
    "EveryMonth",
    "EveryMonthOn",
    "EveryWeek",
    "EveryYear",
    "Explanation",
    "Field",
    "FieldIs",
    "Finding",
    "FixedIntervals",
    "FrozenMap",
    "Happened",
    "HasLink",
    "Hint",
    "InDays",
    "IsAssigned",
    "IsHidden",
    "IsSnoozed",
    "IsUnanswered",
    "Ladder",
    "LastActivity",
    "LastMessage",
    "LaterToday",
    "Latest",
    "Left",
    "Listing",
    "Mail",
    "Measure",
    "Message",
    "Missed",
    "NextWeek",
    "Not",
    "NotTaken",
    "NthBusinessDay",
    "NthWeekday",
    "Observed",
    "OfTarget",
    "On",
    "OnChange",
    "OnCommand",
    "OnEnter",
    "OnLeave",
    "OnLink",
    "OnMessage",
    "OnOutside",
    "OnRate",
    "OnWake",
    "Opening",
    "Option",
    "Outside",
    "Period",
    "Permission",
    "Pipeline",
    "Plan",
    "Policy",
    "PublicHolidays",
    "RatingIs",
    "Reading",
    "Reason",
    "Record",
    "Refused",
    "Reopened",
    "Report",
    "RequesterIs",
    "ResolvedLast",
    "Resumed",
    "Role",
    "Rules",
    "Rung",
    "Shift",
    "Simulation",
    "Snoozing",
    "Started",
    "State",
    "StateIs",
    "Target",
    "Template",
    "Ticket",
    "TicketflowError",
    "Touched",
    "Transition",
    "WasAnswered",
    "Within",
    "Woke",
    "Wording",
    "Workflow",
    "WorkingTime",
    "Yearly",
    "__version__",
    "actions",
    "advance",
    "advance_before",
    "analysis",
    "anchors",
    "apply",
    "available",
    "calendars",
    "check",
    "command_for",
    "commands",
    "commands_of",
    "compare",
    "conditions",
    "count_moves",
    "decide",
    "decide_all",
    "deliveries",
    "diff",
    "documents",
    "errors",
    "escape_id",
    "evaluate",
    "evaluate_all",
    "events",
    "events_table",
    "evolve",
    "explain",
    "follow_ups",
    "freeze",
    "handle",
    "handle_all",
    "import_history",
    "importers",
    "matching",
    "next_due",
    "percentile",
    "person",
    "plot",
    "presets",
    "preview_migration",
    "public_holidays",
    "read",
    "read_all",
    "read_icalendar",
    "records",
    "replay",
    "report",
    "report_all",
    "reports_table",
    "route",
    "service",
    "simulate",
    "simulation",
    "sla",
    "testing",
    "text",
    "timeline",
    "trace",
    "transact",
    "transact_due",
    "triggers",
    "unescape_id",
    "verify",
    "write_icalendar",
]

if TYPE_CHECKING:
    from ticketflow import (
        analysis,
        calendars,
        compare,
        documents,
        importers,
        plot,
        presets,
        service,
        simulation,
        testing,
        text,
    )
    from ticketflow.analysis.check import check
    from ticketflow.analysis.findings import Finding
    from ticketflow.calendars.closures import Closures, NotTaken
    from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
    from ticketflow.calendars.country_holidays import public_holidays
    from ticketflow.calendars.icalendar_files import read_icalendar, write_icalendar
    from ticketflow.compare.differences import Difference, diff
    from ticketflow.service.agenda import Agenda
    from ticketflow.service.delivery import Within, deliveries, follow_ups
    from ticketflow.service.explanations import Explanation, explain
    from ticketflow.service.going_live import import_history
    from ticketflow.service.intake import Arrival, command_for, route
    from ticketflow.service.migration import preview_migration
    from ticketflow.service.past_commands import commands_of
    from ticketflow.service.reports import Report, percentile, report, report_all
    from ticketflow.service.simulation import Simulation, simulate
    from ticketflow.service.tables import count_moves, events_table, reports_table
    from ticketflow.service.transactions import transact, transact_due
    from ticketflow.text.catalog import Catalog
    from ticketflow.text.sentences import Wording
    from ticketflow.text.timeline import timeline
    from ticketflow.tickets.records import Record, records
else:  # type checkers see only names that exist

    def __getattr__(name: str) -> object:
        """Import a public name that is not loaded yet (PEP 562)."""
        if name in _LAZY_PACKAGES:
            return import_module(f"ticketflow.{name}")
        if name not in _LAZY_NAMES:
            raise AttributeError(f"module 'ticketflow' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"ticketflow.{_LAZY_NAMES[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return __all__
