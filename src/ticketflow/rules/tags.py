"""The tags of the classes of a definition, for documents and digests.

The table is explicit, so renaming a class changes no stored document and no digest. A class needs a tag if an attribute
can hold one of several classes. Elsewhere the attribute determines the class.
"""

from __future__ import annotations

from collections.abc import Mapping

from ticketflow.calendars import recurrence, spans
from ticketflow.rules import actions, triggers
from ticketflow.tickets import anchors
from ticketflow.workflow import conditions, snooze

DEFINITION_TAGS: Mapping[type, str] = {
    spans.Elapsed: "elapsed",
    spans.WorkingTime: "working_time",
    spans.BusinessDays: "business_days",
    spans.CalendarSpan: "calendar_span",
    spans.OfTarget: "of_target",
    spans.BeforeDue: "before_due",
    spans.AfterDue: "after_due",
    spans.Missed: "missed",
    recurrence.EveryWeek: "every_week",
    recurrence.EveryMonth: "every_month",
    recurrence.EveryMonthOn: "every_month_on",
    recurrence.EveryYear: "every_year",
    anchors.Created: "created",
    anchors.Entered: "entered",
    anchors.Left: "left",
    anchors.AssignedLast: "assigned_last",
    anchors.ResolvedLast: "resolved_last",
    anchors.Closed: "closed",
    anchors.Woke: "woke",
    anchors.LastMessage: "last_message",
    anchors.LastActivity: "last_activity",
    anchors.Outside: "outside",
    anchors.Started: "started",
    anchors.Breached: "breached",
    anchors.Resumed: "resumed",
    anchors.Latest: "latest",
    conditions.StateIs: "state_is",
    conditions.CategoryIs: "category_is",
    conditions.FieldIs: "field_is",
    conditions.IsAssigned: "is_assigned",
    conditions.AssignedTo: "assigned_to",
    conditions.IsSnoozed: "is_snoozed",
    conditions.IsHidden: "is_hidden",
    conditions.Happened: "happened",
    conditions.IsUnanswered: "is_unanswered",
    conditions.WasAnswered: "was_answered",
    conditions.Reopened: "reopened",
    conditions.ClockIs: "clock_is",
    conditions.All: "all",
    conditions.AnyOf: "any_of",
    conditions.Not: "not",
    triggers.OnEnter: "on_enter",
    triggers.OnLeave: "on_leave",
    triggers.OnMessage: "on_message",
    triggers.OnOutside: "on_outside",
    triggers.OnCommand: "on_command",
    triggers.OnChange: "on_change",
    triggers.OnWake: "on_wake",
    triggers.After: "after",
    triggers.On: "on",
    triggers.AtOpening: "at_opening",
    triggers.AtClosing: "at_closing",
    triggers.AtField: "at_field",
    triggers.AtSnoozeEnd: "at_snooze_end",
    actions.Move: "move",
    actions.Resolve: "resolve",
    actions.Rate: "rate",
    actions.SetField: "set_field",
    actions.HoldField: "hold_field",
    actions.ReleaseField: "release_field",
    actions.Assign: "assign",
    actions.AssignTo: "assign_to",
    actions.CancelSnooze: "cancel_snooze",
    actions.Wake: "wake",
    actions.AddNote: "add_note",
    actions.SendMessage: "send_message",
    actions.FollowUp: "follow_up",
    actions.RecordWarning: "record_warning",
    actions.RecordBreach: "record_breach",
    snooze.LaterToday: "later_today",
    snooze.InDays: "in_days",
    snooze.NextWeek: "next_week",
}
