"""The name of each class in documents, in an explicit table: renaming a class breaks no stored document.

If an annotation allows several classes, a value is written as an object with one key, its tag: ``{"elapsed": {"days":
2}}``. A class without attributes is the tag alone, ``"is_assigned"``. A class in `BARE` is its tag with its main
attribute; if others differ from their defaults, its tag with an object of attributes. Any other class is its tag with
an object of attributes. A choice in `BY_KEY` has no tags: the keys of the object decide its class.
docs/compatibility.md says what may change.
"""

from __future__ import annotations

from collections.abc import Mapping

from ticketflow.calendars import spans
from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
from ticketflow.rules import actions, automations, triggers
from ticketflow.rules.tags import DEFINITION_TAGS
from ticketflow.service import intake
from ticketflow.sla import policies
from ticketflow.sla.policies import Deadline, Target
from ticketflow.tickets import anchors, commands, events
from ticketflow.tickets.messages import Mail, Message
from ticketflow.workflow import conditions

TAGS: Mapping[type, str] = {
    **DEFINITION_TAGS,
    events.Opened: "opened",
    events.MessageAdded: "message_added",
    events.Assigned: "assigned",
    events.RequesterChanged: "requester_changed",
    events.StateChanged: "state_changed",
    events.FieldChanged: "field_changed",
    events.FieldHeld: "field_held",
    events.FieldReleased: "field_released",
    events.Rated: "rated",
    events.OutsideEventRecorded: "outside_event_recorded",
    events.ResolutionMarked: "resolution_marked",
    events.Declined: "declined",
    events.Linked: "linked",
    events.Snoozed: "snoozed",
    events.SnoozeCancelled: "snooze_cancelled",
    events.Surfaced: "surfaced",
    events.Woke: "woke",
    events.MessageRequested: "message_requested",
    events.Emitted: "emitted",
    events.FollowUpRequested: "follow_up_requested",
    events.TargetWarned: "target_warned",
    events.TargetBreached: "target_breached",
    events.Superseded: "superseded",
    events.Dropped: "dropped",
    events.RulesHalted: "rules_halted",
    events.ByCommand: "by_command",
    events.ByRule: "by_rule",
    events.ByBound: "by_bound",
    events.TimeReason: "time",
    events.EventReason: "event",
    events.OccasionReason: "occasion",
    intake.Append: "append",
    intake.Reopen: "reopen",
    intake.Surface: "surface",
    intake.FollowUp: "follow_up",
    intake.OpenNew: "open_new",
    intake.SetAside: "set_aside",
    intake.Load: "load",
    intake.Advance: "advance",
}
"""The tag of each class that is one of several choices; tags are unique within each choice."""

BARE: Mapping[type, str] = {
    spans.Elapsed: "amount",
    spans.WorkingTime: "amount",
    spans.OfTarget: "percent",
    spans.BeforeDue: "lead",
    spans.AfterDue: "span",
    policies.StartedWhile: "calendar",
    anchors.Left: "state",
    anchors.LastMessage: "by",
    anchors.LastActivity: "kind",
    anchors.Outside: "event",
    anchors.Started: "clock",
    anchors.Breached: "clock",
    anchors.Latest: "anchors",
    conditions.StateIs: "states",
    conditions.CategoryIs: "categories",
    conditions.AssignedTo: "assignees",
    conditions.RequesterIs: "requesters",
    conditions.Happened: "anchor",
    conditions.Reopened: "times",
    conditions.HasLink: "kind",
    conditions.All: "of",
    conditions.AnyOf: "of",
    conditions.Not: "condition",
    triggers.OnEnter: "condition",
    triggers.OnLeave: "condition",
    triggers.OnMessage: "by",
    triggers.OnOutside: "event",
    triggers.OnLink: "kind",
    triggers.OnChange: "field",
    triggers.On: "recurrence",
    triggers.AtOpening: "calendar",
    triggers.AtClosing: "calendar",
    triggers.AtField: "field",
    actions.Move: "transition",
    actions.Rate: "score",
    actions.ReleaseField: "field",
    actions.Assign: "assignee",
    actions.AssignTo: "who",
    actions.AddNote: "field",
    actions.Emit: "name",
    actions.RecordWarning: "clock",
    actions.RecordBreach: "clock",
    events.MessageAdded: "message",
    events.Rated: "score",
    events.OutsideEventRecorded: "event",
    events.ResolutionMarked: "message",
    events.Declined: "why",
    events.Emitted: "name",
    events.SnoozeCancelled: "until",
    events.Woke: "slept",
    events.Superseded: "count",
    events.Dropped: "why",
    events.RulesHalted: "rules",
    intake.Append: "ticket",
    intake.Reopen: "ticket",
    intake.Surface: "ticket",
    intake.FollowUp: "ticket",
    intake.OpenNew: "state",
    intake.SetAside: "ticket",
    intake.Load: "ticket",
    intake.Advance: "ticket",
}
"""Classes that are written as their tag with one attribute, each with the name of that attribute.

A class with further attributes is written so while those have their defaults.
"""

BY_KEY: tuple[tuple[frozenset[type], str, type], ...] = (
    (frozenset({Message, Mail}), "subject", Mail),
    (frozenset({Message, Mail}), "text", Mail),
    (frozenset({Message, Mail}), "id", Message),
    (frozenset({automations.Automation, automations.Ladder}), "rungs", automations.Ladder),
    (frozenset({automations.Automation, automations.Ladder}), "when", automations.Automation),
    (frozenset({Target, Deadline}), "field", Deadline),
    (frozenset({Target, Deadline}), "time", Target),
    (frozenset({BusinessCalendar, CombinedCalendar, FixedIntervals}), "how", CombinedCalendar),
    (frozenset({BusinessCalendar, CombinedCalendar, FixedIntervals}), "stretches", FixedIntervals),
    (frozenset({BusinessCalendar, CombinedCalendar, FixedIntervals}), "zone", BusinessCalendar),
)
"""Choices without tags: the keys of each, in order. The first key that an object has decides its class."""

COMMANDS: Mapping[type, str] = commands.NAMES
"""The name of each command, which its object has under the key ``do``."""
