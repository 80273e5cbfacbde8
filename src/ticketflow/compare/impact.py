"""The effects of changes to a rule set on tickets: a table of sentences for `ticketflow.compare.differences`.

The key of a row is the place of the change, with ``*`` for names: ``automations.*.rungs.*.after``. Sentences have
placeholders: ``{old}`` and ``{new}`` for the two values, ``{0}`` and ``{1}`` for the names in the place, and those of
`PLACEHOLDERS`, which are computed from both rule sets.

Source: docs/semantics.md; comments give the clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Literal

import attrs

from ticketflow.calendars.spans import BusinessDays, CalendarSpan, ClockSpan, Span, WorkingTime
from ticketflow.rules.automations import Automation, Rule, Rung, action_steps, drops_masked
from ticketflow.rules.ruleset import Rules, all_automations, mask_of
from ticketflow.rules.schedules import AtMoment, Recurring, Repeats, Steps, schedule_of
from ticketflow.rules.triggers import AtClosing, AtOpening, On
from ticketflow.sla.policies import Deadline, Multiplier, Target
from ticketflow.workflow.definition import Permission, State, Transition
from ticketflow.workflow.snooze import AfterSpan, Snoozing
from ticketflow.workflow.ticket_calendar import calendars_named

Kind = Literal["added", "removed", "changed"]


@attrs.frozen
class Impact:
    """The effect of a change at one place, by kind of change.

    Attributes:
        changed: The sentence for a changed value, and the default for the other two.
        added: The sentence for an addition, or for a switch from no to yes.
        removed: The sentence for a removal, or for a switch from yes to no.
        affects_tickets: Whether the change can affect any ticket.
    """

    changed: str = ""
    added: str = ""
    removed: str = ""
    affects_tickets: bool = True

    def sentence(self, kind: Kind) -> str:
        """Return the sentence for a change of *kind*."""
        return {"added": self.added, "removed": self.removed}.get(kind) or self.changed


_UNAFFECTED = "; tickets are not affected"
_STAYS = "; the history does not change"
_PENDING = (
    "; pending occurrences follow immediately, and one that is now in the past fires at the ticket's last entry"
    + _STAYS
)  # 3.16; no key fires again
_REARMED = "; {rearmed}" + _STAYS
_BEFORE_FORCE = (
    "; what is due before {new} by itself is never done, and an instant of a field before it is due at {new}; ends of "
    "snoozes and records of clocks do not change" + _STAYS
)  # 3.17
_FROM_HISTORY = (
    "; clocks are computed from the history, so current cycles change from their start: a breach that is now in the "
    "past is recorded at the ticket's last entry, and recorded breaches stay"
)  # 4.2, 4.6
_RECOUNTED = "; {users}" + _STAYS  # 3.12: keys have no instants
_EXISTING = "; existing tickets stay where they are"
_SNOOZED = "; armed snoozes keep their moments"

_LABELLED = (
    "workflow.states.*",
    "workflow.transitions.*",
    "workflow.fields.*",
    "workflow.pipelines.*",
    "workflow.lists.*",
    "automations.*",
    "snoozing.choices.*",
    "templates.*",
)
_LABELS = {
    f"{place}.labels.*": Impact("only the displayed name changes" + _UNAFFECTED, affects_tickets=False)
    for place in _LABELLED
}
_LISTED = (
    "workflow.transitions",
    "workflow.transitions.*.needs",
    "workflow.transitions.*.takes",
    "workflow.transitions.*.follow_up_fields",
    "workflow.fields",
    "workflow.fields.*.choices",
    "workflow.openings.*.needs",
    "workflow.openings.*.takes",
    "workflow.pipelines",
    "workflow.lists",
    "clocks",
    "clocks.*.warn_at",
    "snoozing.choices",
    "templates",
)
_ORDERS = {
    f"{place}:order": Impact("the order of this list does not matter" + _UNAFFECTED, affects_tickets=False)
    for place in _LISTED
}

_BOUNDS = {  # 3.12, 3.14
    "remembered_events": Impact(
        "a repeated delivery is ignored if it is among the last {new} that its ticket accepted, not the last {old}; "
        "earlier deliveries count"
    ),
    "steps_at_one_instant": Impact(
        "rules in a loop halt after {new} of their entries at one instant, not {old}; halted rules stay halted until "
        "the next outside entry"
    ),
    "unattended_changes": Impact(
        "rules in a loop halt after {new} automatic changes without an outside entry, not {old}; halted rules stay "
        "halted until the next outside entry"
    ),
    "occurrences_per_call": Impact(
        "one call makes at most {new} automatic entries, not {old}, before it reports that there is more; a command "
        "before which there is more is refused as behind until its ticket is advanced"
    ),
}

_FORCE = {  # 3.17
    "in_force_from": Impact(
        "rules are in force from {new}, not from {old}, or later where a rule says so" + _BEFORE_FORCE,
        added="rules are in force from {new}, not always, or later where a rule says so" + _BEFORE_FORCE,
        removed="rules are always in force, not only from {old}, except where a rule says so; of what a rule has due "
        "before a ticket's last entry, only the last fires, at the instant of that entry" + _STAYS,
    ),
}

_STATES = {  # 2.3
    "workflow.states": Impact("tickets whose command names no state start in {new}, not in {old}" + _EXISTING),
    "workflow.states:order": Impact("screens list the states in another order" + _UNAFFECTED, affects_tickets=False),
    "workflow.states.*": Impact(
        added="tickets can be in this state; {ways}",
        removed="tickets can no longer enter this state; a ticket in it stays there, and no transition leads out",
    ),
    "workflow.states.*.name": Impact(
        "a ticket in {old} stays in {old}, which is no longer defined, and no transition leads out"
    ),
    "workflow.states.*.category": Impact(
        "tickets that enter this state count as {new}, not as {old}; a ticket in it keeps its category until it moves"
    ),
    "workflow.states.*.to_enable.*": Impact(
        "only the explanation in refusals of how to enable the state changes" + _UNAFFECTED, affects_tickets=False
    ),
    "workflow.states.*.survey_open": Impact(
        added="customers can rate tickets in this state, including those already in it",
        removed="customers can no longer rate tickets in this state; existing ratings stay",
    ),
    "workflow.states.*.tags.*": Impact(
        added="a search for the tag {1} finds this state", removed="a search for the tag {1} no longer finds this state"
    ),
    "workflow.states.*.masks.*": Impact(  # 3.6
        added="rules of the group {1} are held or dropped in this state, also for tickets already in it; their time "
        "keeps running",
        removed="rules of the group {1} act in this state; an occurrence that the state holds fires at the ticket's "
        "last entry, or at its own instant if that is later; of several occurrences of a rule, only the last fires",
    ),
    "workflow.states.*.freezes.*": Impact(  # 3.6, 4.2
        added="the clock {1} is frozen in this state, and time already spent there no longer counts" + _FROM_HISTORY,
        removed="the clock {1} runs in this state, and time already spent there counts" + _FROM_HISTORY,
    ),
    "workflow.states.*.is_enabled": Impact(
        added="tickets can enter this state",
        removed="tickets can no longer enter this state, and rule actions that would move a ticket there are dropped; "
        "a ticket in it stays until it moves",
    ),
    "workflow.states.*.pipeline": Impact("this state is a stage of {new}, not of {old}; tickets in it stay"),
    "workflow.states.*.outcome": Impact(
        "a ticket that enters this state without an outcome gets {new}, not {old}; existing outcomes stay"
    ),
}

_TRANSITIONS = {  # 2.4
    "workflow.transitions.*": Impact(
        added="tickets can move {way}",
        removed="tickets can no longer move {way}; tickets that did stay where they are",
    ),
    "workflow.transitions.*:precedence": Impact(
        "the first row of this name whose condition holds is taken, and the rows are checked in another order"
    ),
    "workflow.transitions.*.name": Impact(
        "a command that asks for {old} is refused and must ask for {new}; the history keeps the old name"
    ),
    "workflow.transitions.*.sources.*": Impact(
        added="the transition also leads from {1}",
        removed="a command to take the transition from {1} is refused, and a rule action that would is dropped",
    ),
    "workflow.transitions.*.target": Impact(
        "the transition leads to {new}, not to {old}; tickets that already took it stay where they are"
    ),
    "workflow.transitions.*.may.*": Impact(
        added="{1} may take the transition by command",
        removed="{1} may no longer take the transition by command{left_to_rules}",
    ),
    "workflow.transitions.*.given": Impact(
        "the transition can be taken when {new}, not when {old}; this applies to rules too"
    ),
    "workflow.transitions.*.needs.*": Impact(
        added="a command must give {1} to take the transition; rules take it without",
        removed="a command can take the transition without {1}",
    ),
    "workflow.transitions.*.takes.*": Impact(
        added="actors who may not set fields can also give {1} with the transition",
        removed="only actors who may set fields can give {1} with the transition",
    ),
    "workflow.transitions.*.follow_up_fields.*": Impact(
        added="a follow-up of a ticket that the transition closed copies {1}",
        removed="a follow-up of a ticket that the transition closed does not copy {1}",
    ),
    "workflow.transitions.*.hint": Impact(
        "screens describe differently who takes the transition" + _UNAFFECTED, affects_tickets=False
    ),
}

_FIELDS = {
    "workflow.fields.*": Impact(
        added="tickets can hold this field; it is None until it is set",
        removed="this field can no longer be set; stored values stay, but nothing reads them",
    ),
    "workflow.fields.*.name": Impact(
        "stored values stay under {old}, where nothing reads them; {new} is None until it is set"
    ),
    "workflow.fields.*.choices": Impact("the field can be set to {new}, not to {old}; stored values stay"),
    "workflow.fields.*.kind": Impact("the field takes values of the kind {new}, not {old}; stored values stay"),
    "workflow.fields.*.filled_from": Impact(
        "if the field has no value, a mail from the support fills it from: {new}, not: {old}; earlier mails fill "
        "nothing"
    ),
    "workflow.fields.*.filled_when": Impact("mails from the support fill the field when {new}, not when {old}"),
}

_PEOPLE = {  # 2.4
    "workflow.permissions.*": Impact("{0} is now allowed for {allowed}; before, it was allowed for {allowed_before}"),
    "workflow.permissions.*.may.*": Impact(
        added="{1} may give the command {0}", removed="{1} may no longer give the command {0}"
    ),
    "workflow.permissions.*.given": Impact("the command {0} can be given when {new}, not when {old}"),
    "workflow.outside_events.*": Impact(
        added="this outside event can be recorded",
        removed="this outside event can no longer be recorded; recorded ones stay",
    ),
    "workflow.groups.*": Impact(
        added="transitions and permissions can name this group; by itself, this allows nothing",
        removed="transitions and permissions can no longer name this group; by itself, this forbids nothing",
        affects_tickets=False,
    ),
    "workflow.openings.*": Impact(
        added="tickets can start in this state; a command that names no state uses the first opening for its actor",
        removed="tickets can no longer start in this state" + _EXISTING + "; a command that names no state uses the "
        "first remaining opening for its actor, or the first state if there are no openings",
    ),
    "workflow.openings.*.target": Impact("tickets start in {new}, not in {old}" + _EXISTING),
    "workflow.openings:precedence": Impact(
        "a command that names no state uses the first opening for its actor, and the openings are checked in another "
        "order" + _EXISTING
    ),
    "workflow.openings.*.may.*": Impact(
        added="{1} may open tickets in this state", removed="{1} may no longer open tickets in this state"
    ),
    "workflow.openings.*.needs.*": Impact(
        added="opening a ticket in this state requires {1}",
        removed="opening a ticket in this state does not require {1}",
    ),
    "workflow.openings.*.must_be_named": Impact(
        added="an opening in this state must name it", removed="an opening in this state need not name it"
    ),
    "workflow.openings.*.takes.*": Impact(
        added="actors who may not set fields can also give {1} when they open a ticket in this state",
        removed="only actors who may set fields can give {1} when they open a ticket in this state",
    ),
    "workflow.pipelines.*": Impact(
        added="messages through its channels open tickets in its entry stage",
        removed="messages through its channels open tickets in the default state; tickets in its stages stay",
    ),
    "workflow.pipelines.*.name": Impact("the pipeline is called {new}, not {old}; tickets stay in its stages"),
    "workflow.pipelines.*.entry": Impact(
        "messages through its channels open tickets in {new}, not in {old}" + _EXISTING
    ),
    "workflow.pipelines.*.channels.*": Impact(
        added="messages through {1} open tickets in the entry stage of this pipeline",
        removed="messages through {1} open tickets in the default state",
    ),
    "workflow.lists.*": Impact(
        added="the list shows all matching tickets immediately", removed="tickets are no longer shown in this list"
    ),
    "workflow.lists.*.name": Impact("the same tickets are shown under {new}, not under {old}"),
    "workflow.lists.*.shows": Impact("the list shows tickets when {new}, not when {old}; this applies immediately"),
    "workflow.reopen": Impact(  # 5.1
        "reopening a ticket, or waking a resolved one, takes {new}, not {old}; this includes armed snoozes"
    ),
    "workflow.after_closing": Impact(  # Intake
        "a message to a closed ticket opens a {new}, not a {old}; this includes tickets that are already closed"
    ),
    "workflow.has_sayable_ids": Impact(
        added="new tickets need ids that people can say; existing ids stay",
        removed="new tickets can have any id",
    ),
}

_CALENDARS = {  # 1.2 to 1.7
    "calendars.*": Impact(
        "the opening hours differ" + _RECOUNTED,
        added="the rule set has a further calendar" + _RECOUNTED,
        removed="the rule set no longer has this calendar, and nothing counts on it",
    ),
    "calendars.*.name": Impact("references to {old} must name {new}; the hours are the same, so no instant changes"),
    "calendars.*.zone": Impact("its hours are in local time of {new}, not of {old}" + _RECOUNTED),
    "calendars.*.week": Impact("the weekly hours differ{weekly_hours}" + _RECOUNTED),
    "calendars.*.holidays": Impact(
        added="shifts that start on these dates are cancelled" + _RECOUNTED,
        removed="these dates have the hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.holidays:names": Impact(
        "traces show other names for these holidays; no hours change", affects_tickets=False
    ),
    "calendars.*.public_holidays": Impact(
        added="shifts that start on public holidays are cancelled, and nothing is computed beyond the years whose "
        "holidays are known" + _RECOUNTED,
        removed="public holidays have the hours of their weekdays, in all years" + _RECOUNTED,
    ),
    "calendars.*.public_holidays.country": Impact(
        "errors call the source {new}, not {old}; dates that differ are listed separately", affects_tickets=False
    ),
    "calendars.*.public_holidays.names": Impact(
        added="shifts that start on these dates are cancelled" + _RECOUNTED,
        removed="these dates have the hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.public_holidays.names:names": Impact(
        "traces show other names for these holidays; no hours change", affects_tickets=False
    ),
    "calendars.*.public_holidays.first_year": Impact(
        "public holidays are known from {new}, not from {old}" + _RECOUNTED
    ),
    "calendars.*.public_holidays.last_year": Impact(
        "public holidays are known until {new}, not until {old}; nothing is computed beyond" + _RECOUNTED
    ),
    "calendars.*.half_days": Impact(
        "hours on these dates end at another time" + _RECOUNTED,
        added="hours on these dates end early" + _RECOUNTED,
        removed="these dates have the full hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.late_days": Impact(
        "hours on these dates begin at another time" + _RECOUNTED,
        added="hours on these dates begin late" + _RECOUNTED,
        removed="these dates have the full hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.periods": Impact(
        added="dates in this period have its weekly hours" + _RECOUNTED,
        removed="dates in this period have the hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.excluded_holidays": Impact(
        added="this holiday has the hours of its weekday" + _RECOUNTED,
        removed="shifts that start on this holiday are cancelled" + _RECOUNTED,
    ),
    "calendars.*.dated_until": Impact(
        "the list of dates is meant until {new}, not until {old}; nothing is computed beyond" + _RECOUNTED,
        added="the list of dates is meant until {new}; nothing is computed beyond" + _RECOUNTED,
        removed="the list of dates has no end; beyond it, all dates have the hours of their weekdays" + _RECOUNTED,
    ),
    "calendars.*.overrides": Impact(
        "these dates have other overriding hours" + _RECOUNTED,
        added="these dates have their own hours, even on holidays" + _RECOUNTED,
        removed="these dates have the hours of their weekdays, or none on holidays" + _RECOUNTED,
    ),
    "calendars.*.beyond_known": Impact(
        "beyond the years whose public holidays are known, the calendar uses {new}, not {old}" + _RECOUNTED
    ),
    "calendars.*.how": Impact("the calendar is the {new} of its two parts, not the {old}" + _RECOUNTED),
    "calendars.*.stretches": Impact(
        added="the calendar also lists this interval" + _RECOUNTED,
        removed="the calendar no longer lists this interval" + _RECOUNTED,
    ),
}

_RULES = {  # 3.1 to 3.7, 3.10, 3.12, 3.16
    "automations.*": Impact(
        "the rule works differently; {missed}, and what the old rule did for the same arming entry counts as done, by "
        "number" + _STAYS,
        added="the rule acts from now on; {missed}",
        removed="the rule no longer acts; its held and pending occurrences are gone" + _STAYS,
    ),
    "automations.*.id": Impact("keys contain the id, so as {new} the rule has done nothing yet: {repeated}" + _STAYS),
    "automations.*.when": Impact("the rule waits for: {new}; not for: {old}; {missed}" + _STAYS),
    "automations.*.when.span": Impact(
        "while {given}, the rule ({then}) fires {new} after {since}, not {old}" + _PENDING
    ),
    "automations.*.when.since": Impact("the rule counts its time from {new}, not from {old}" + _REARMED),
    "automations.*.when.every": Impact(
        "the rule repeats every {new}, not every {old}, always counted from the anchor" + _PENDING,
        added="the rule repeats every {new} instead of firing once" + _PENDING,
        removed="the rule fires once in an episode instead of every {old}" + _STAYS,
    ),
    "automations.*.when.at_most": Impact("an episode has at most {new} occurrences, not {old}; past occurrences count"),
    "automations.*.then": Impact("the rule does ({new}), not ({old}), also for pending occurrences" + _STAYS),
    "automations.*.then:order": Impact(
        "all actions take effect together, so their order does not matter", affects_tickets=False
    ),
    "automations.*.given": Impact("the rule acts when {new}, not when {old}" + _REARMED),
    "automations.*.ended_by": Impact(
        "an episode ends with {new}, not with {old}, if its anchor moved before that" + _PENDING,
        added="an episode ends with {new}; one whose anchor moved before a past occurrence of it ends immediately"
        + _STAYS,
        removed="only its condition ends an episode; one that {old} ended continues" + _PENDING,
    ),
    "automations.*.during": Impact(
        added="the event must fall within: {new}; past events are not considered",
        removed="the event can fall at any time, not only within: {old}",
    ),
    "automations.*.during.calendar": Impact("the event must fall inside or outside the hours of {new}, not of {old}"),
    "automations.*.during.is_open": Impact(
        added="the event must fall inside the hours, not outside",
        removed="the event must fall outside the hours, not inside",
    ),
    "automations.*.calendar": Impact(
        "the rule counts working time and business days on {new}, not on {old}, and uses the local time of {new}"
        + _PENDING
    ),
    "automations.*.rank": Impact(
        "the rule acts {order_of_rank} than before among rules at one instant; lower ranks act first"
    ),
    "automations.*.generation": Impact(
        "the rule fires again on purpose: what it did as generation {old} no longer counts, what it did as generation "
        "{new} does; {repeated}" + _STAYS
    ),
    "automations.*.is_enabled": Impact(
        added="the rule acts from now on; {missed}",
        removed="the rule no longer acts, and pending occurrences do not fire" + _STAYS,
    ),
    "automations.*.group": Impact(
        "the rule is held or dropped where the group {new} is masked, not {old}: {masked}; its time keeps running",
        added="the rule is held or dropped where the group {new} is masked: {masked}; its time keeps running",
        removed="no state and no snooze masks the rule; a held occurrence fires at the ticket's last entry, or at its "
        "own instant if that is later",
    ),
    "automations.*.on_mask": Impact("an occurrence during a mask or while the gate is closed is {held}"),
    "automations.*.on_resume": Impact(
        "when a mask ends, the rule will {new} its anchor, not {old} it; where one has ended, the episode is another "
        "one and {repeated}"
    ),
    "automations.*.gate": Impact(
        "the rule acts only while {new} is open, not {old}",
        added="the rule acts only while {new} is open; until then, an occurrence is {held}",
        removed="the rule acts whether or not {old} is open; a waiting occurrence fires at its own instant, or at the "
        "ticket's last entry",
    ),
    "automations.*.in_force_from": Impact(
        "the rule is in force from {new}, not from {old}; {missed}" + _STAYS,
        added="the rule is in force from {new}, not always; {missed}" + _STAYS,
        removed="the rule is no longer in force only from {old}; {missed}" + _STAYS,
    ),
    "automations.*.since": Impact("all rungs count from {new}, not from {old}" + _REARMED),
    "automations.*.rungs.*": Impact(
        added="{rung} is new: ({new}); {renumbered_rungs}" + _STAYS,
        removed="{rung} is removed: ({old}); {renumbered_rungs}" + _STAYS,
    ),
    "automations.*.rungs.*.after": Impact(
        "while {given}, {rung} ({then}) fires {new} after {since}, not {old}{after_previous}" + _PENDING
    ),
    "automations.*.rungs.*.then": Impact("{rung} does ({new}), not ({old}), also for pending occurrences" + _STAYS),
    "automations.*.rungs.*.then:order": Impact(
        "all actions take effect together, so their order does not matter", affects_tickets=False
    ),
    "automations.*.min_notice": Impact(
        "if a mask or a gate delayed the last reminder, the last rung fires at least this long after it: {new}; "
        "before: {old}; none means the time between the two rungs",
    ),
}

_CLOCKS = {  # 4
    "clocks.*": Impact(
        added="the clock is measured for every ticket from its opening" + _FROM_HISTORY,
        removed="the clock is no longer measured or breached; recorded breaches stay",
    ),
    "clocks.*.name": Impact(
        "the cycles are the same, but what was recorded for {old} does not count for {new}: a breach or a warning of "
        "the current cycle is recorded again; recorded breaches stay"
    ),
    "clocks.*.measure.runs": Impact(
        "the clock runs while {new}, not while {old}, so cycles start and stop at other instants" + _FROM_HISTORY
    ),
    "clocks.*.measure.frozen": Impact("the clock is frozen while {new}, not while {old}" + _FROM_HISTORY),
    "clocks.*.measure.void": Impact(
        "a cycle that stops while {new} is neither met nor missed, not one that stops while {old}; this includes past "
        "cycles"
    ),
    "clocks.*.measure.again": Impact(
        "when the clock starts again after a stop, it uses: {new}, not: {old}" + _FROM_HISTORY
    ),
    "clocks.*.measure.each": Impact("every change of {new} starts a new cycle, not of {old}" + _FROM_HISTORY),
    "clocks.*.targets.*": Impact(
        "when {row_given}, the target is {new}, not {old}" + _FROM_HISTORY,
        added="if this row is the first that applies, the target is {new}" + _FROM_HISTORY,
        removed="the target {old} is removed; the next row that applies gives the target, or there is none"
        + _FROM_HISTORY,
    ),
    "clocks.*.targets.*.time": Impact(
        "when {row_given}, the target is {new}, not {old}; the start and the time used stay the same" + _FROM_HISTORY
    ),
    "clocks.*.targets.*.given": Impact("this row applies when {new}, not when {old}" + _FROM_HISTORY),
    "clocks.*.targets.*.calendar": Impact(
        "the target counts on {new}, not on {old}; none means the calendar of the policy" + _FROM_HISTORY
    ),
    "clocks.*.targets.*.started": Impact(
        "this row applies to cycles that began {new}, not {old}; none means at any time" + _FROM_HISTORY
    ),
    "clocks.*.targets.*.extra": Impact(
        "a cycle that starts while the calendar is closed has this much more time: {new}; before: {old}" + _FROM_HISTORY
    ),
    "clocks.*.targets.*.field": Impact("the target is the value of {new}, not of {old}" + _FROM_HISTORY),
    "clocks.*.multipliers.*": Impact(
        added="if this row is the first that applies, targets are multiplied by {new}" + _FROM_HISTORY,
        removed="targets are not multiplied by {old} any longer; the next row that applies does it" + _FROM_HISTORY,
    ),
    "clocks.*.multipliers.*.percent": Impact(
        "when {row_given}, targets allow {new} % of their time, not {old} %" + _FROM_HISTORY
    ),
    "clocks.*.multipliers.*.given": Impact("targets are multiplied when {new}, not when {old}" + _FROM_HISTORY),
    "clocks.*.warn_at.*": Impact(
        added="a warning is recorded at {new}; one that is in the past of a current cycle is recorded at the ticket's "
        "last entry{renumbered_warnings}",
        removed="no warning is recorded at {old}{renumbered_warnings}; recorded warnings stay",
    ),
    "clocks.*.calendar": Impact(
        "the clock counts open time of {new}, not of {old}; none means day and night" + _FROM_HISTORY
    ),
    "clocks.*.kind": Impact(
        "the clock is called {new}, not {old}; nothing is counted differently", affects_tickets=False
    ),
}

_SNOOZING = {  # 5
    "snoozing": Impact(
        added="tickets can be snoozed",
        removed="tickets can no longer be snoozed, and snoozed tickets do not wake at their moment",
    ),
    "snoozing.choices.*": Impact(
        "the choice means other moments from now on" + _SNOOZED,
        added="this choice is available",
        removed="this choice is no longer available" + _SNOOZED,
    ),
    "snoozing.choices.*.name": Impact("commands choose {new}, not {old}" + _SNOOZED),
    "snoozing.zone": Impact(
        "choices use the local time of {new}, not of {old}; none means the zone of the calendar" + _SNOOZED
    ),
    "snoozing.calendar": Impact("choices count open time and business days of {new}, not of {old}" + _SNOOZED),
    "snoozing.business_days": Impact(
        added="a choice that falls on no business day moves to the next one" + _SNOOZED,
        removed="a choice can fall on any day" + _SNOOZED,
    ),
    "snoozing.on_message": Impact(
        "a customer's message to a snoozed ticket is handled as {new}, not as {old}; this includes armed snoozes"
    ),
    "snoozing.masks.*": Impact(
        added="rules of the group {0} are masked while a ticket is snoozed, including tickets snoozed now",
        removed="rules of the group {0} act while a ticket is snoozed; a held occurrence fires at the ticket's last "
        "entry, or at its own instant if that is later",
    ),
}

_TEMPLATES = {
    "templates.*": Impact(
        added="messages of this name have a text; requests for them do not change",
        removed="messages of this name have no text; they are still requested",
        affects_tickets=False,
    ),
    "templates.*.name": Impact(
        "the text is found under {new}, not under {old}; the messages that rules request do not change",
        affects_tickets=False,
    ),
    "templates.*.texts.*": Impact(
        "messages have another text; whether and when they are requested does not change", affects_tickets=False
    ),
}

IMPACTS: Mapping[str, Impact] = {
    "name": Impact("messages call the rule set {new}, not {old}" + _UNAFFECTED, affects_tickets=False),
    ":reworded": Impact("the condition is equivalent" + _UNAFFECTED, affects_tickets=False),
    **_BOUNDS,
    **_FORCE,
    **_STATES,
    **_TRANSITIONS,
    **_FIELDS,
    **_PEOPLE,
    **_CALENDARS,
    **_RULES,
    **_CLOCKS,
    **_SNOOZING,
    **_TEMPLATES,
    **_LABELS,
    **_ORDERS,
}
"""The effect of each change, by its place."""


def impact_at(place: str) -> Impact:
    """Return the impact for *place*, or for the nearest place that contains it.

    Calendars of other classes can have parts that the table does not know.

    >>> impact_at("clocks.*.kind").affects_tickets, impact_at("calendars.*.of.its.own") is IMPACTS["calendars.*"]
    (False, True)
    """
    while place not in IMPACTS:
        place = place.rpartition(".")[0]
    return IMPACTS[place]


@attrs.frozen
class Context:
    """A change, with the two rule sets that it is between.

    Attributes:
        names: The names in the path of the change.
        before: The old value; None if it was added.
        after: The new value; None if it was removed.
        holder: The object that has the value as a field, such as a rung or a target, if it exists in both rule sets.
        old: The old rule set.
        new: The new rule set.
    """

    names: tuple[str, ...]
    before: object
    after: object
    holder: object
    old: Rules
    new: Rules

    @property
    def rule(self) -> Rule:
        """The rule that the change is about. After a change of its id, the rule sets do not have it under one name."""
        changed = (value for value in (self.after, self.before) if isinstance(value, Rule))
        named = (rule for rules in (self.new, self.old) for rule in rules.automations if rule.id == self.names[0])
        return next(chain(changed, named))


def _allowed(rules: Rules, command: str) -> str:
    permission: Permission = rules.workflow.permission(command)
    given = f" when {permission.given}" if str(permission.given) != "always" else ""
    return (" or ".join(sorted(permission.may)) or "nobody") + given


def _ways(context: Context) -> str:
    """Return the ways into a new state."""
    assert isinstance(context.after, State)  # noqa: S101 -- only the sentence for a new state uses this
    state, workflow = context.names[0], context.new.workflow
    rows = dict.fromkeys(row.name for row in workflow.transitions if row.target == state)
    if rows:
        return f"it is reached by {', '.join(rows)}"
    return "they can start in it" if any(way.target == state for way in workflow.ways_in) else "nothing leads to it"


def _way(context: Context) -> str:
    """Return the sources and the target of a transition, and who may take it."""
    row = context.before if context.after is None else context.after
    assert isinstance(row, Transition)  # noqa: S101 -- only the sentences for transitions use this
    who = " or ".join(sorted(row.may)) or "rules only"
    return f"from {' or '.join(sorted(row.sources))} to {row.target} by {who}"


def _left_to_rules(context: Context) -> str:
    """Return a note if only rules can take the transition now."""
    rows = [row for row in context.new.workflow.transitions if row.name == context.names[0]]
    return "; only rules can take it" if all(row.is_system_only for row in rows) else ""


_LAST_OF_MISSED = (
    "of the occurrences due before a ticket's last entry, only the last fires, at the instant of that entry"
)


def _missed(context: Context) -> str:
    """Return the treatment of past instants by a new rule (3.16, 3.17)."""
    rule = context.rule
    times, in_force_from = schedule_of(rule), _in_force_from(context)
    if times is None:
        return "past events do not trigger it" + (f", nor do those before {in_force_from}" if in_force_from else "")
    is_dropped = isinstance(times, Recurring) and drops_masked(rule)
    found = "past occurrences stay missed" if is_dropped else _LAST_OF_MISSED
    if not in_force_from:
        return found
    if isinstance(times, AtMoment):
        return f"{found}; one before {in_force_from} is due then"
    return f"{found}; those due before {in_force_from} do not exist"


def _in_force_from(context: Context) -> str:
    """Return the instant from which a rule is in force in the new rule set; an empty text if it always is."""
    found = (rule.in_force_from for rule in all_automations(context.new) if rule.id == context.rule.id)
    at = next(found, None)
    return at.isoformat() if at else ""


def _repeated(context: Context) -> str:
    """Return the occurrences that a rule repeats when its keys change."""
    if schedule_of(context.rule) is None:
        return "past events do not trigger it again"
    return "in current episodes, past occurrences may fire again, but only the last of them"


def _rearmed(context: Context) -> str:
    """Return the effect on the episodes of a rule whose condition or anchor changes."""
    if schedule_of(context.rule) is None:
        return "it is checked at the next event, and past events do not trigger it"
    return (
        "pending occurrences follow immediately; where another entry arms the episode now, the keys change and past "
        "occurrences may fire again"
    )


def _then(context: Context) -> str:
    """Return the actions of a rule, or of the rung that the change is in."""
    rung = context.holder if isinstance(context.holder, Rung) else None
    return "; ".join(map(str, rung.then if rung else action_steps(context.rule)[0]))


def _since(context: Context) -> str:
    times = schedule_of(context.rule)
    return str(times.since) if isinstance(times, Steps | Repeats) else "its anchor"


def _rung(context: Context) -> str:
    """Return the number of the rung that the change is about."""
    return f"rung {int(context.names[1]) + 1} of {_rung_count(context)}"


def _after_previous(context: Context) -> str:
    """Return the note that a rung never fires before the previous one (3.5)."""
    return "" if context.names[1] == "0" else ", but never before the previous rung"


def _rung_count(context: Context) -> int:
    """Return the number of rungs of the longer ladder."""
    ladders = [
        rule for rules in (context.old, context.new) for rule in rules.automations if rule.id == context.names[0]
    ]
    return max(len(action_steps(rule)) for rule in ladders)


def _renumbered_rungs(context: Context) -> str:
    """Return the effect of a new or removed rung on current episodes, which only know how many rungs fired (3.12)."""
    if int(context.names[1]) + 1 == _rung_count(context):
        return "the other rungs keep their numbers"
    return "later rungs get other numbers, and as many new rungs count as done as old rungs have fired"


def _order_of_rank(context: Context) -> str:
    before, after = context.before, context.after
    return "earlier" if isinstance(before, int) and isinstance(after, int) and after < before else "later"


def _masked(context: Context) -> str:
    return str(mask_of(context.rule, context.new))


def _held(context: Context) -> str:
    return "dropped" if drops_masked(context.rule) else "held"


def _row_given(context: Context) -> str:
    """Return the condition of a target or multiplier."""
    row = context.holder if isinstance(context.holder, Target | Multiplier) else context.after
    return str(row.given) if isinstance(row, Target | Deadline | Multiplier) else ""


def _renumbered_warnings(context: Context) -> str:
    """Return a note if the numbers of other warnings change. They are numbered in the order of their spans."""
    policies = [each for rules in (context.old, context.new) for each in rules.clocks if each.name == context.names[0]]
    before, after = (sorted(map(str, policy.warn_at)) for policy in policies)
    stay = [name for name in before if name in after]
    if all(before.index(name) == after.index(name) for name in stay):
        return ""
    return "; other warnings get new numbers, so one of a current cycle may be recorded again"


def _users(context: Context) -> str:
    """Return the rules, clocks and snoozes that count on a calendar, and the effect on them."""
    name, rules = context.names[0], context.new
    by_rules = [rule.id for rule in rules.automations if name in _calendars_of_rule(rule)]
    by_clocks = [policy.name for policy in rules.clocks if name in policy.calendar_names]
    parts = [f"pending occurrences of {', '.join(by_rules)} are recomputed and keep their keys"] if by_rules else []
    if by_clocks:
        parts.append(f"current cycles of {', '.join(by_clocks)} are recomputed from their start")
    if _has_snoozes_on(rules.snoozing, name):
        parts.append("new snoozes follow it, armed ones keep their moments")
    return "; ".join(parts) or "nothing counts on it"


def _has_snoozes_on(snoozing: Snoozing | None, calendar: str) -> bool:
    if snoozing is None or calendar not in calendars_named(snoozing.calendar):
        return False
    if snoozing.business_days or snoozing.zone is None:
        return True
    return any(isinstance(choice, AfterSpan) and _needs_calendar(choice.span) for choice in snoozing.choices)


def _calendars_of_rule(rule: Rule) -> frozenset[str]:
    """Return the calendars whose hours or local time a rule uses."""
    named = {rule.gate}
    if isinstance(rule, Automation):
        named.add(rule.during.calendar if rule.during else None)
        named.add(rule.when.calendar if isinstance(rule.when, AtOpening | AtClosing) else None)
    if any(map(_needs_calendar, _spans_of(rule))):
        named.add(rule.calendar)
    return frozenset(calendars_named(*named))


def _spans_of(rule: Rule) -> Iterator[object]:
    match schedule_of(rule):
        case Steps(rungs=rungs):
            yield from (rung.after for rung in rungs)
        case Repeats(span=span, every=every):
            yield from (span, every)
        case Recurring(occasion=On(recurrence=recurrence)):
            yield recurrence
        case _:
            pass


def _needs_calendar(span: object) -> bool:
    """Return whether a span or recurrence needs the calendar of the rule, for its hours or its zone."""
    if isinstance(span, Span | ClockSpan) and not isinstance(span, CalendarSpan):
        return isinstance(span, WorkingTime | BusinessDays)
    return getattr(span, "zone", None) is None


def _weekly_hours(context: Context) -> str:
    """Return the number of weekly hours before and after, if it changes."""
    before, after = map(_open_hours, (context.before, context.after))
    return f": {after:g} hours a week, not {before:g}" if before != after else ""


def _open_hours(week: object) -> float:
    assert isinstance(week, tuple)  # noqa: S101 -- only the sentence for weeks uses this
    return float(sum((shift.closes - shift.opens).total_seconds() for hours in week for shift in hours) / 3600)


PLACEHOLDERS: Mapping[str, Callable[[Context], str]] = {
    "repeated": _repeated,
    "allowed": lambda context: _allowed(context.new, context.names[0]),
    "allowed_before": lambda context: _allowed(context.old, context.names[0]),
    "left_to_rules": _left_to_rules,
    "rearmed": _rearmed,
    "weekly_hours": _weekly_hours,
    "given": lambda context: str(context.rule.given),
    "held": _held,
    "missed": _missed,
    "masked": _masked,
    "after_previous": _after_previous,
    "renumbered_rungs": _renumbered_rungs,
    "rung": _rung,
    "renumbered_warnings": _renumbered_warnings,
    "row_given": _row_given,
    "since": _since,
    "order_of_rank": _order_of_rank,
    "then": _then,
    "users": _users,
    "way": _way,
    "ways": _ways,
}
"""The functions that compute the placeholders of sentences."""


def describe_effect(place: str, kind: Kind, context: Context, old: str, new: str) -> str:
    """Return the sentence that says what a change does to tickets.

    Args:
        place: The place of the change, with ``*`` for names.
        kind: The kind of change.
        context: The change itself.
        old: The old value in words.
        new: The new value in words.
    """
    is_switch = type(context.before) is bool and type(context.after) is bool
    switched: Kind = "added" if context.after else "removed"
    sentence = impact_at(place).sentence(switched if is_switch else kind)
    words = {name: compute(context) for name, compute in PLACEHOLDERS.items() if "{" + name + "}" in sentence}
    return sentence.format(*context.names, old=old, new=new, **words)
