"""What each change of a definition does to tickets, as a table of sentences for `ticketflow.compare.differences`.

A row is found by where the change is, names left out: ``automations.*.rungs.*.after``. Its sentence may ask for what
was and what is (``{old}``, ``{new}``), for the names on the way (``{0}``, ``{1}``), and for words that are found out
about both definitions (`WORDS`).

Source: docs/semantics.md; the clause of each part stands beside its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import attrs

from ticketflow.calendars.spans import BusinessDays, CalendarSpan, ClockSpan, Span, WorkingTime
from ticketflow.rules.automations import Automation, Rule, Rung, action_steps, drops_masked
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.schedules import Recurring, Repeats, Steps, schedule_of
from ticketflow.rules.triggers import AtClosing, AtOpening, On
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.workflow.definition import Permission, State, Transition
from ticketflow.workflow.snooze import Snoozing

Kind = Literal["added", "removed", "changed"]


@attrs.frozen
class Impact:
    """What a change at some place does, by its kind.

    Attributes:
        changed: When something is otherwise; also where nothing else is said.
        added: When something came, or *no* became *yes*.
        removed: When something went, or *yes* became *no*.
        means: Whether tickets live otherwise by it.
    """

    changed: str = ""
    added: str = ""
    removed: str = ""
    means: bool = True

    def sentence(self, kind: Kind) -> str:
        """Return the sentence for a change of this kind."""
        return {"added": self.added, "removed": self.removed}.get(kind) or self.changed


_STAYS = "; what is in the history stays"
_PENDING = (
    "; pending ones follow at once, what is past by then comes at the ticket's last entry" + _STAYS
)  # 3.16; no key fires again
_ANEW = "; {armed}" + _STAYS
_READ = (
    "; clocks are read from the history, so this holds for present cycles from their starts: a miss that is past by "
    "that is recorded at the ticket's last entry, and recorded breaches stay"
)  # 4.2, 4.6
_COUNTED = "; {users}" + _STAYS  # 3.12: keys have no instants

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
    f"{place}.labels.*": Impact("screens call it otherwise; no ticket notices", means=False) for place in _LABELLED
}
_LISTED = (
    "workflow.transitions",
    "workflow.transitions.*.needs",
    "workflow.transitions.*.takes",
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
_ORDERS = {f"{place}:order": Impact("the order of the list means nothing to tickets", means=False) for place in _LISTED}

_BOUNDS = {  # 3.12, 3.14
    "remembered_events": Impact(
        "a delivery that comes again changes nothing if it is among the last {new} that its ticket took, not the last "
        "{old}; those that were taken before count"
    ),
    "steps_at_one_instant": Impact(
        "rules in a circle rest after {new} automatic entries at one instant, not {old}; what rests goes on resting "
        "until the next outside event"
    ),
    "unattended_changes": Impact(
        "rules in a circle rest after {new} automatic changes without an outside event, not {old}; what rests goes on "
        "resting until the next one"
    ),
    "occurrences_per_call": Impact(
        "a call makes at most {new} automatic entries, not {old}, before it says that there is more; what becomes of "
        "tickets is the same"
    ),
}

_STATES = {  # 2.3
    "workflow.states": Impact(
        "tickets whose command names no state begin in {new}, not in {old}; those that began stay"
    ),
    "workflow.states.*": Impact(
        added="tickets can be in it: {ways}",
        removed="no ticket comes to it any more; one that is in it stays there, and nothing leads out",
    ),
    "workflow.states.*.name": Impact(
        "a ticket that is in {old} stays in {old}, which is no state any more, and nothing leads out"
    ),
    "workflow.states.*.category": Impact(
        "tickets that come to it count as {new}, not as {old}; one that is in it counts as before until it moves"
    ),
    "workflow.states.*.to_enable.*": Impact("refusals say otherwise how to enable it; no ticket notices", means=False),
    "workflow.states.*.survey_open": Impact(
        added="customers can rate tickets in it, those that are there already too",
        removed="customers can rate no ticket in it any more; ratings that were given stay",
    ),
    "workflow.states.*.tags.*": Impact(
        added="who looks for the tag {1} finds it", removed="who looks for the tag {1} finds it no longer"
    ),
    "workflow.states.*.masks.*": Impact(  # 3.6
        added="rules of the group {1} are held back or dropped in it, for tickets that are there already too; their "
        "clocks run on",
        removed="rules of the group {1} act in it: what it holds of tickets that are there comes at their last entry, "
        "or at its own instant if that is later, and of one rule the last",
    ),
    "workflow.states.*.freezes.*": Impact(  # 3.6, 4.2
        added="the clock {1} stands still in it, and time already spent there counts no longer" + _READ,
        removed="the clock {1} runs on in it, and time already spent there counts" + _READ,
    ),
    "workflow.states.*.is_enabled": Impact(
        added="tickets can come to it",
        removed="no transition leads to it any more, and a rule's step that would is dropped; one that is in it stays "
        "until it moves",
    ),
    "workflow.states.*.pipeline": Impact("it is a stage of {new}, not of {old}; tickets that are in it stay"),
    "workflow.states.*.outcome": Impact(
        "a ticket that comes to it without an outcome takes {new}, not {old}; those that came before keep theirs"
    ),
}

_STATES["workflow.states:order"] = Impact("screens list them in another order; no ticket notices", means=False)

_TRANSITIONS = {  # 2.4
    "workflow.transitions.*": Impact(
        added="tickets can be taken {way}",
        removed="tickets can no longer be taken {way}; those that were stay where they are",
    ),
    "workflow.transitions.*:precedence": Impact(
        "of the rows of this name the first whose condition holds is taken, and they are asked in another order"
    ),
    "workflow.transitions.*.name": Impact(
        "a command that asks for {old} is refused, {new} is to be asked for; the history keeps the old name"
    ),
    "workflow.transitions.*.sources.*": Impact(
        added="it leads from {1}, too",
        removed="from {1} it is refused, and a rule's step that would take it from there is dropped",
    ),
    "workflow.transitions.*.target": Impact("it leads to {new}, not to {old}; tickets that took it before stay"),
    "workflow.transitions.*.may.*": Impact(
        added="{1} may take it by hand", removed="{1} may take it by hand no longer{alone}"
    ),
    "workflow.transitions.*.given": Impact("it can be taken when {new}, not when {old}, by rules too"),
    "workflow.transitions.*.needs.*": Impact(
        added="by hand it can be taken only with {1}; rules take it without",
        removed="by hand it can be taken without {1}",
    ),
    "workflow.transitions.*.takes.*": Impact(
        added="{1} may come with it from those who may not set fields, too",
        removed="{1} may come with it only from those who may set fields",
    ),
    "workflow.transitions.*.hint": Impact("screens tell who takes it otherwise; no ticket notices", means=False),
}

_FIELDS = {
    "workflow.fields.*": Impact(
        added="tickets can hold it; it reads None until it is set",
        removed="it can be set no longer; what tickets hold there stays, and nothing asks for it",
    ),
    "workflow.fields.*.name": Impact(
        "what tickets hold stays under {old}, where nothing asks for it; {new} reads None until it is set"
    ),
    "workflow.fields.*.choices": Impact("it can be set to {new}, not to {old}; what tickets hold stays"),
    "workflow.fields.*.kind": Impact("it can be set to what is of the kind {new}, not {old}; what tickets hold stays"),
    "workflow.fields.*.filled_from": Impact(
        "where it is lacking, a mail of the support fills it from: {new}, not: {old}; mails that came before fill "
        "nothing"
    ),
    "workflow.fields.*.filled_when": Impact("mails of the support fill it when {new}, not when {old}"),
}

_PEOPLE = {  # 2.4
    "workflow.permissions.*": Impact("{0} is for {allowed} from now on; it was for {allowed_before}"),
    "workflow.permissions.*.may.*": Impact(added="{1} may give {0}", removed="{1} may give {0} no longer"),
    "workflow.permissions.*.given": Impact("{0} can be given when {new}, not when {old}"),
    "workflow.outside_events.*": Impact(
        added="it can be recorded", removed="it can be recorded no longer; what was recorded stays"
    ),
    "workflow.groups.*": Impact(
        added="rows and permissions can name it; nobody may more by that alone",
        removed="rows and permissions can name it no longer; nobody may less by that alone",
        means=False,
    ),
    "workflow.openings.*": Impact(
        added="tickets can begin there; where a command names no state, the first opening for its actor is meant",
        removed="tickets can begin there no longer; those that did stay. Where nothing else is said, they begin in the "
        "first opening for the actor, and without any opening in the first state",
    ),
    "workflow.openings.*.target": Impact("by this way tickets begin in {new}, not in {old}; those that began stay"),
    "workflow.openings:precedence": Impact(
        "where a command names no state, tickets begin by the first opening that is for their actor, and the order is "
        "another; those that began stay"
    ),
    "workflow.openings.*.may.*": Impact(
        added="{1} may begin tickets there", removed="{1} may begin tickets there no longer"
    ),
    "workflow.openings.*.needs.*": Impact(
        added="beginning there needs {1}", removed="beginning there does without {1}"
    ),
    "workflow.openings.*.takes.*": Impact(
        added="{1} may come with it from those who may not set fields, too",
        removed="{1} may come with it only from those who may set fields",
    ),
    "workflow.pipelines.*": Impact(
        added="its channels' messages begin tickets in its entry stage",
        removed="its channels' messages begin tickets where tickets usually begin; those in its stages stay",
    ),
    "workflow.pipelines.*.name": Impact("its stages name {new}, not {old}; tickets stay in them"),
    "workflow.pipelines.*.entry": Impact(
        "messages through its channels begin tickets in {new}, not in {old}; those that began stay"
    ),
    "workflow.pipelines.*.channels.*": Impact(
        added="messages through {1} begin tickets in its entry stage",
        removed="messages through {1} begin tickets where tickets usually begin",
    ),
    "workflow.lists.*": Impact(
        added="tickets are shown in it at once, for it follows from what they are", removed="no ticket is shown in it"
    ),
    "workflow.lists.*.name": Impact("the same tickets are shown as {new}, not as {old}"),
    "workflow.lists.*.shows": Impact("it shows tickets of which: {new}; not of which: {old}; at once"),
    "workflow.reopen": Impact(  # 5.1
        "reopening, and waking a resolved ticket, takes {new}, not {old}; armed snoozes follow"
    ),
    "workflow.after_closing": Impact(  # Intake
        "a message to a closed ticket begins a {new}, not a {old}, tickets that were closed before included"
    ),
    "workflow.has_sayable_ids": Impact(
        added="new tickets need ids that people can say; those that are there keep theirs",
        removed="new tickets may have any id",
    ),
}

_CALENDARS = {  # 1.2 to 1.7
    "calendars.*": Impact(
        "other hours are open" + _COUNTED,
        added="what names it counts on it" + _COUNTED,
        removed="nothing counts on it any more",
    ),
    "calendars.*.name": Impact("what named {old} names {new}; the hours are the same, so nothing moves by it"),
    "calendars.*.zone": Impact("its hours are read off the wall of {new}, not of {old}" + _COUNTED),
    "calendars.*.week": Impact("weekly hours are otherwise{days}" + _COUNTED),
    "calendars.*.holidays": Impact(
        added="the shifts that start on these dates fall away" + _COUNTED,
        removed="these dates have the hours of their weekdays" + _COUNTED,
    ),
    "calendars.*.holidays:names": Impact("traces name these holidays otherwise; no hour changes", means=False),
    "calendars.*.public_holidays": Impact(
        added="the shifts that start on them fall away, and beyond the years they are known for nothing is told"
        + _COUNTED,
        removed="these dates have the hours of their weekdays, in all years" + _COUNTED,
    ),
    "calendars.*.public_holidays.country": Impact(
        "errors call the source {new}, not {old}; which dates differ is told beside it", means=False
    ),
    "calendars.*.public_holidays.names": Impact(
        added="the shifts that start on these dates fall away" + _COUNTED,
        removed="these dates have the hours of their weekdays" + _COUNTED,
    ),
    "calendars.*.public_holidays.names:names": Impact(
        "traces name these holidays otherwise; no hour changes", means=False
    ),
    "calendars.*.public_holidays.first_year": Impact(
        "public holidays are known from {new} on, not from {old}" + _COUNTED
    ),
    "calendars.*.public_holidays.last_year": Impact(
        "public holidays are known until {new}, not until {old}: what lies beyond is not told by evaluate" + _COUNTED
    ),
    "calendars.*.half_days": Impact(
        "hours of these dates end at other times" + _COUNTED,
        added="hours of these dates end early" + _COUNTED,
        removed="these dates have the whole hours of their weekdays" + _COUNTED,
    ),
    "calendars.*.overrides": Impact(
        "these dates have other hours of their own" + _COUNTED,
        added="these dates have hours of their own, holidays or not" + _COUNTED,
        removed="these dates have the hours of their weekdays, or none on holidays" + _COUNTED,
    ),
    "calendars.*.beyond_known": Impact(
        "beyond the years whose public holidays are known it is: {new}, not: {old}" + _COUNTED
    ),
    "calendars.*.how": Impact("its two parts make a {new}, not a {old}" + _COUNTED),
    "calendars.*.stretches": Impact("these stretches of time differ" + _COUNTED),
}

_RULES = {  # 3.1 to 3.7, 3.10, 3.12, 3.16
    "automations.*": Impact(
        "it works otherwise: {late}, and what its old form did for the same arming entry counts as done by number"
        + _STAYS,
        added="it acts from now on: {late}",
        removed="it does nothing any more, what it held or had ahead is gone" + _STAYS,
    ),
    "automations.*.id": Impact("keys are made of its name, so it has done nothing yet as {new}: {again}" + _STAYS),
    "automations.*.when": Impact("it waits for: {new}; not for: {old}; {late}" + _STAYS),
    "automations.*.when.span": Impact("while {given}, it does ({then}) {new} after {since}, not {old}" + _PENDING),
    "automations.*.when.since": Impact("its time counts from {new}, not from {old}" + _ANEW),
    "automations.*.when.every": Impact(
        "it comes again after every {new}, not {old}, always counted from the anchor" + _PENDING,
        added="it comes again and again, every {new}, and not once" + _PENDING,
        removed="it comes once in an episode, and not every {old}" + _STAYS,
    ),
    "automations.*.when.at_most": Impact("an episode has at most {new} of them, not {old}; what was given counts"),
    "automations.*.then": Impact("it does ({new}), not ({old}), where it is pending too" + _STAYS),
    "automations.*.then:order": Impact("its actions hold all at once, in whatever order they are written", means=False),
    "automations.*.given": Impact("it acts when {new}, not when {old}" + _ANEW),
    "automations.*.ended_by": Impact(
        "an episode ends with {new}, not with {old}, if it was armed before that" + _PENDING,
        added="an episode ends with {new}; one that was armed before that moment is over at once" + _STAYS,
        removed="nothing but its condition ends an episode: one that {old} had ended goes on" + _PENDING,
    ),
    "automations.*.during": Impact(
        added="its event must fall within: {new}; no event of the past is asked",
        removed="its event may fall whenever it does, not only within: {old}",
    ),
    "automations.*.during.calendar": Impact("its event must fall inside or outside the hours of {new}, not of {old}"),
    "automations.*.during.is_open": Impact(
        added="its event must fall inside the hours, not outside", removed="its event must fall outside, not inside"
    ),
    "automations.*.calendar": Impact(
        "its working time and business days count on {new}, not on {old}, whose wall it reads too" + _PENDING
    ),
    "automations.*.rank": Impact("of what happens at one instant it goes {sooner} than before; smaller ranks go first"),
    "automations.*.generation": Impact(
        "it fires anew on purpose: what it did as generation {old} counts no longer, what it did as {new} does; {again}"
        + _STAYS
    ),
    "automations.*.is_enabled": Impact(
        added="it acts from now on: {late}", removed="it does nothing any more, pending or not" + _STAYS
    ),
    "automations.*.group": Impact(
        "it is held back or dropped where the group {new} is masked, not {old}: {masked}; its clock runs on",
        added="it is held back or dropped where the group {new} is masked: {masked}; its clock runs on",
        removed="no state and no snooze masks it: what they hold comes at the ticket's last entry, or at its own "
        "instant if that is later",
    ),
    "automations.*.on_mask": Impact("what falls into a mask or a shut gate is {held}"),
    "automations.*.on_resume": Impact(
        "when a mask ends it will {new} its anchor, not {old}; where one has ended, the episode is another and {again}"
    ),
    "automations.*.gate": Impact(
        "it acts only while {new} is open, not {old}",
        added="it acts only while {new} is open, and is {held} till then",
        removed="it acts whether {old} is open or not: what waits for that comes at its own instant, or at the "
        "ticket's last entry",
    ),
    "automations.*.since": Impact("all its steps count from {new}, not from {old}" + _ANEW),
    "automations.*.rungs.*": Impact(
        added="{place} comes in: ({new}); {numbers}" + _STAYS,
        removed="{place} comes no more: ({old}); {numbers}" + _STAYS,
    ),
    "automations.*.rungs.*.after": Impact(
        "while {given}, {place} ({then}) comes {new} after {since}, not {old}{no_sooner}" + _PENDING
    ),
    "automations.*.rungs.*.then": Impact("{place} does ({new}), not ({old}), where it is pending too" + _STAYS),
    "automations.*.rungs.*.then:order": Impact(
        "its actions hold all at once, in whatever order they are written", means=False
    ),
    "automations.*.min_notice": Impact(
        "where a mask or a gate moved the last reminder, the last step comes no sooner after it than {new}, not {old}; "
        "none: what lies between the two by themselves",
    ),
}

_CLOCKS = {  # 4
    "clocks.*": Impact(
        added="it is measured for every ticket from its beginning" + _READ,
        removed="it is read no longer and misses nothing; recorded breaches stay",
    ),
    "clocks.*.name": Impact(
        "its cycles read the same, but what was recorded for {old} counts no longer: a miss or a warning of the "
        "present cycle is recorded again, for {new}; recorded breaches stay"
    ),
    "clocks.*.measure.runs": Impact("it runs while {new}, not while {old}, so cycles begin and end elsewhere" + _READ),
    "clocks.*.measure.frozen": Impact("it stands still while {new}, not while {old}" + _READ),
    "clocks.*.measure.void": Impact(
        "a cycle that stops while {new} is neither met nor missed, not one that stops while {old}; cycles that are "
        "over read so too"
    ),
    "clocks.*.measure.again": Impact("coming back after a stop is: {new}, not: {old}" + _READ),
    "clocks.*.measure.each": Impact("every change of {new} begins another cycle, not of {old}" + _READ),
    "clocks.*.targets.*": Impact(
        "what is promised when {row_given} is {new}, not {old}" + _READ,
        added="when it is the first row that holds, this is promised: {new}" + _READ,
        removed="this is promised no longer: {old}; the next row that holds is, or nothing" + _READ,
    ),
    "clocks.*.targets.*.time": Impact(
        "when {row_given}, {new} is promised, not {old}; the start and the time that was used stay" + _READ
    ),
    "clocks.*.targets.*.given": Impact("this row is in force when {new}, not when {old}" + _READ),
    "clocks.*.targets.*.calendar": Impact("its working time counts on {new}, not on {old}; none: the policy's" + _READ),
    "clocks.*.targets.*.extra": Impact(
        "a cycle that starts while its calendar is shut has {new} more, not {old}" + _READ
    ),
    "clocks.*.targets.*.field": Impact("what {new} holds is promised, not what {old} does" + _READ),
    "clocks.*.warn_at.*": Impact(
        added="a warning is recorded at {new}; one that is past in a present cycle, at the ticket's last "
        "entry{renumbered}",
        removed="no warning is recorded at {old} any more{renumbered}; recorded ones stay",
    ),
    "clocks.*.calendar": Impact("its time is open on {new}, not on {old}; none: day and night" + _READ),
    "clocks.*.kind": Impact("it is called {new}, not {old}; nothing counts otherwise", means=False),
}

_SNOOZING = {  # 5
    "snoozing": Impact(
        added="tickets can be snoozed",
        removed="tickets can be snoozed no longer, and nothing wakes one that sleeps at its moment",
    ),
    "snoozing.choices.*": Impact(
        "it means other moments from now on; armed snoozes keep theirs",
        added="it can be chosen",
        removed="it can be chosen no longer; armed snoozes keep their moments",
    ),
    "snoozing.choices.*.name": Impact("commands choose {new}, not {old}; armed snoozes keep their moments"),
    "snoozing.zone": Impact(
        "choices are read off the wall of {new}, not of {old}, none: the calendar's; armed snoozes keep their moments"
    ),
    "snoozing.calendar": Impact(
        "choices fall on the business days of {new}, not of {old}; armed snoozes keep their moments"
    ),
    "snoozing.business_days": Impact(
        added="a choice that falls on no business day moves on to the next; armed snoozes keep their moments",
        removed="a choice may fall on any day; armed snoozes keep their moments",
    ),
    "snoozing.on_message": Impact(
        "a customer's message to a sleeping ticket will {new}, not {old}, it; armed ones too"
    ),
    "snoozing.masks.*": Impact(
        added="rules of the group {0} sleep with tickets, those that sleep already too",
        removed="rules of the group {0} act while tickets sleep: what was held comes at their last entry, or at its "
        "own instant if that is later",
    ),
}

_TEMPLATES = {
    "templates.*": Impact(
        added="messages of that name have a ready text; what is asked for stays",
        removed="messages of that name have no ready text; they are asked for all the same",
        means=False,
    ),
    "templates.*.name": Impact("the text is found as {new}, not as {old}; no rule asks otherwise by it", means=False),
    "templates.*.texts.*": Impact("messages read otherwise; that they are asked for, and when, stays", means=False),
}

IMPACTS: Mapping[str, Impact] = {
    "name": Impact("messages call the desk {new}, not {old}; no ticket notices", means=False),
    ":reworded": Impact("it asks the same in other words; no ticket notices", means=False),
    **_BOUNDS,
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
"""The table: what a change does, by where it is."""


def impact_at(place: str) -> Impact:
    """Return the row of a place, or of the nearest one around it: calendars can have parts that nobody knows.

    >>> impact_at("clocks.*.kind").means, impact_at("calendars.*.of.its.own") is EFFECTS["calendars.*"]
    (False, True)
    """
    while place not in IMPACTS:
        place = place.rpartition(".")[0]
    return IMPACTS[place]


@attrs.frozen
class Context:
    """A change, and the two definitions that it is between.

    Attributes:
        names: The names on the way to it.
        before: What was there; None for nothing.
        after: What is there; None for nothing.
        holder: What has it as one of its fields, if that was there before and is: a step, a row.
        old: The rules it was in.
        new: The rules it is in.
    """

    names: tuple[str, ...]
    before: object
    after: object
    holder: object
    old: Rules
    new: Rules

    @property
    def rule(self) -> Rule:
        """The rule that it is about, which a new name hides from the rules."""
        held = [each for each in (self.after, self.before) if isinstance(each, Rule)]
        known = (
            *held,
            *(each for rules in (self.new, self.old) for each in rules.automations if each.id == self.names[0]),
        )
        return known[0]


def _allowed(rules: Rules, command: str) -> str:
    permission: Permission = rules.workflow.permission(command)
    given = f" when {permission.given}" if str(permission.given) != "always" else ""
    return (" or ".join(sorted(permission.may)) or "nobody") + given


def _ways(scene: Context) -> str:
    """Return what leads to a state that came."""
    assert isinstance(scene.after, State)  # noqa: S101 -- the sentence of a state that came asks for it
    rows = [row.name for row in scene.new.workflow.transitions if row.target == scene.names[0]]
    begins = any(way.target == scene.names[0] for way in scene.new.workflow.ways_in)
    leads = ", ".join(dict.fromkeys(rows)) or ("they begin there" if begins else "nothing")
    return f"what leads there is {leads}" if rows or not begins else leads


def _way(scene: Context) -> str:
    """Return from where to where a transition leads, and who may take it."""
    row = scene.before if scene.after is None else scene.after
    assert isinstance(row, Transition)  # noqa: S101 -- the sentence of a transition asks for it
    who = " or ".join(sorted(row.may)) or "rules alone"
    return f"from {' or '.join(sorted(row.sources))} to {row.target} by {who}"


def _alone(scene: Context) -> str:
    """Return that a transition is left to rules, where nobody may take it by hand now."""
    rows = [row for row in scene.new.workflow.transitions if row.name == scene.names[0]]
    return "; nobody may, it is left to rules" if all(row.is_system_only for row in rows) else ""


def _late(scene: Context) -> str:
    """Return what becomes of what a rule would have done before it was there (3.16)."""
    rule = scene.rule
    times = schedule_of(rule)
    if times is None:
        return "no event of the past sets it off"
    if isinstance(times, Recurring) and drops_masked(rule):
        return "moments that are past stay missed"
    return "of what would have been due before a ticket's last entry, the last comes at that entry's instant"


def _again(scene: Context) -> str:
    """Return what a rule does once more when its keys are others."""
    if schedule_of(scene.rule) is None:
        return "no event of the past sets it off again"
    return "in episodes under way what it has done may come again, of what is past the last"


def _armed(scene: Context) -> str:
    """Return what arms a rule whose condition or anchor is another."""
    if schedule_of(scene.rule) is None:
        return "it is asked at the next event, and none of the past sets it off"
    return (
        "pending ones follow at once, and where another entry arms the episode by that, keys are others and what was "
        "done may come again"
    )


def _then(scene: Context) -> str:
    """Return what a rule or a step of it does."""
    step = scene.holder if isinstance(scene.holder, Rung) else None
    return "; ".join(map(str, step.then if step else action_steps(scene.rule)[0]))


def _since(scene: Context) -> str:
    times = schedule_of(scene.rule)
    return str(times.since) if isinstance(times, Steps | Repeats) else "its anchor"


def _place(scene: Context) -> str:
    """Return which step of a ladder is meant."""
    return f"step {int(scene.names[1]) + 1} of {_longer(scene)}"


def _no_sooner(scene: Context) -> str:
    """Return that no step comes before its predecessor (3.5); the first has none."""
    return "" if scene.names[1] == "0" else ", and no sooner than the step before it"


def _longer(scene: Context) -> int:
    ladders = [rule for rules in (scene.old, scene.new) for rule in rules.automations if rule.id == scene.names[0]]
    return max(len(action_steps(rule)) for rule in ladders)


def _numbers(scene: Context) -> str:
    """Return what a step more or less does to episodes under way: how many were given is all they remember (3.12)."""
    if int(scene.names[1]) + 1 == _longer(scene):
        return "the others keep their numbers"
    return "the steps after it take other numbers, and where some were given, as many of the new ones count as given"


def _sooner(scene: Context) -> str:
    before, after = scene.before, scene.after
    return "sooner" if isinstance(before, int) and isinstance(after, int) and after < before else "later"


def _masked(scene: Context) -> str:
    return str(scene.new.mask(scene.rule))


def _held(scene: Context) -> str:
    return "dropped" if drops_masked(scene.rule) else "held"


def _row_given(scene: Context) -> str:
    """Return when a row of targets is in force."""
    row = scene.holder if isinstance(scene.holder, Target) else scene.after
    return str(row.given) if isinstance(row, Target | Deadline) else ""


def _renumbered(scene: Context) -> str:
    """Return that warnings are counted in the order of their spans, where another one's number changes."""
    policies = [each for rules in (scene.old, scene.new) for each in rules.clocks if each.name == scene.names[0]]
    before, after = (sorted(map(str, policy.warn_at)) for policy in policies)
    stay = [name for name in before if name in after]
    if all(before.index(name) == after.index(name) for name in stay):
        return ""
    return "; the others are numbered anew, so one that a present cycle has had may be recorded again"


def _users(scene: Context) -> str:
    """Return what counts on a calendar, and what that means for it."""
    name, rules = scene.names[0], scene.new
    by_rules = [rule.id for rule in rules.automations if name in _asked_of(rule)]
    by_clocks = [policy.name for policy in rules.clocks if name in _counted_on(policy)]
    parts = [f"what lies ahead of {', '.join(by_rules)} is counted anew and keeps its keys"] if by_rules else []
    if by_clocks:
        parts.append(f"of {', '.join(by_clocks)} present cycles are counted anew from their starts")
    if _snoozes_by(rules.snoozing, name):
        parts.append("snoozes that are chosen from now on follow it, armed ones keep their moments")
    return "; ".join(parts) or "nothing counts on it"


def _snoozes_by(snoozing: Snoozing | None, calendar: str) -> bool:
    return snoozing is not None and snoozing.calendar == calendar and (snoozing.business_days or snoozing.zone is None)


def _asked_of(rule: Rule) -> frozenset[str | None]:
    """Return the calendars whose hours or walls a rule asks for."""
    named = {rule.gate}
    if isinstance(rule, Automation):
        named.add(rule.during.calendar if rule.during else None)
        named.add(rule.when.calendar if isinstance(rule.when, AtOpening | AtClosing) else None)
    if any(map(_asks, _spans_of(rule))):
        named.add(rule.calendar)
    return frozenset(named)


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


def _asks(span: object) -> bool:
    """Return whether what is counted needs the rule's calendar, for its hours or for its wall."""
    if isinstance(span, Span | ClockSpan) and not isinstance(span, CalendarSpan):
        return isinstance(span, WorkingTime | BusinessDays)
    return getattr(span, "zone", None) is None


def _counted_on(policy: Policy) -> frozenset[str | None]:
    return frozenset({policy.calendar, *(row.calendar for row in policy.targets if isinstance(row, Target))})


def _days(scene: Context) -> str:
    """Return how many hours a week has, before and after."""
    before, after = map(_open_hours, (scene.before, scene.after))
    return f", {after:g} hours a week and not {before:g}" if before != after else ""


def _open_hours(week: object) -> float:
    assert isinstance(week, tuple)  # noqa: S101 -- the sentence of a week asks for it
    return float(sum((shift.closes - shift.opens).total_seconds() for hours in week for shift in hours) / 3600)


WORDS: Mapping[str, Callable[[Context], str]] = {
    "again": _again,
    "allowed": lambda scene: _allowed(scene.new, scene.names[0]),
    "allowed_before": lambda scene: _allowed(scene.old, scene.names[0]),
    "alone": _alone,
    "armed": _armed,
    "days": _days,
    "given": lambda scene: str(scene.rule.given),
    "held": _held,
    "late": _late,
    "masked": _masked,
    "no_sooner": _no_sooner,
    "numbers": _numbers,
    "place": _place,
    "renumbered": _renumbered,
    "row_given": _row_given,
    "since": _since,
    "sooner": _sooner,
    "then": _then,
    "users": _users,
    "way": _way,
    "ways": _ways,
}
"""What a sentence may ask to be found out, by the word in its braces."""


def told(place: str, kind: Kind, scene: Context, old: str, new: str) -> str:
    """Return what a change does to tickets, in words.

    Args:
        place: Where it is, names left out.
        kind: Of which kind it is.
        scene: What was and is there, and the definitions around it.
        old: What was there, in words.
        new: What is there, in words.
    """
    is_switch = type(scene.before) is bool and type(scene.after) is bool
    switched: Kind = "added" if scene.after else "removed"
    sentence = impact_at(place).sentence(switched if is_switch else kind)
    found = {word: find(scene) for word, find in WORDS.items() if "{" + word + "}" in sentence}
    return sentence.format(*scene.names, old=old, new=new, **found)
