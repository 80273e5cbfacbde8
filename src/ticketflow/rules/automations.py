"""Rules: automations and ladders.

An `Automation` has a trigger or timer (*when*), a condition (*given*) and actions (*then*). A trigger is an event
(`OnEnter`, `OnMessage`, …). A timer is a span since an anchor (`After`), a recurrence (`On`, `AtOpening`, `AtClosing`)
or an instant of the ticket (`AtField`, `AtSnoozeEnd`). A `Ladder` has several rungs that belong to one episode.

Source: docs/semantics.md 3.1 to 3.7.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never

import attrs

from ticketflow.calendars.spans import ClockSpan, Elapsed, Span
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.rules import actions, triggers
from ticketflow.tickets.anchors import Anchor, Created, LastMessage, Started
from ticketflow.workflow.conditions import ALWAYS, Condition
from ticketflow.workflow.ticket_calendar import CalendarOf


def utc_in_force_from(value: datetime | None) -> datetime | None:
    """Return the instant from which something is in force, in UTC."""
    return None if value is None else to_utc(value, "in_force_from")


@attrs.frozen(kw_only=True)
class RuleOptions:
    """The options that automations and ladders share.

    Attributes:
        calendar: The name of the calendar on which working time and business days count, and whose local time is used;
            or a `CalendarOf`.
        rank: The order among rules that are due at the same instant; the smaller rank goes first.
        generation: The generation of the rule. A higher one lets it fire again for what it has already handled.
        is_enabled: Whether the rule is switched on.
        group: The group by which states and snoozes mask the rule.
        on_mask: What happens to an occurrence while the rule is masked or its gate is closed: ``hold`` or ``drop``.
            None means ``hold``, except for reactions, which cannot wait, and for recurrences, openings and closings,
            which come again; those are dropped.
        on_resume: What happens to the anchor when a mask ends: ``keep`` keeps it, ``restart`` counts from the end of
            the mask.
        gate: The name of the calendar that must be open for the rule to act; or a `CalendarOf`.
        in_force_from: The instant from which the rule is in force. Occurrences due before it do not exist, and earlier
            events do not trigger the rule. None means always.
        labels: The names that people see, by language.
    """

    calendar: str | CalendarOf = "default"
    rank: int = 0
    generation: int = 1
    is_enabled: bool = True
    group: str | None = None
    on_mask: Literal["hold", "drop"] | None = None
    on_resume: Literal["keep", "restart"] = "keep"
    gate: str | CalendarOf | None = None
    in_force_from: datetime | None = attrs.field(default=None, converter=utc_in_force_from)
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types


def _rule_id(value: str) -> str:
    return check_name(value, "rule id")


@attrs.frozen
class Automation(RuleOptions):
    """A rule with one trigger or timer and one list of actions.

    Attributes:
        id: The rule's id. Keys are made from it.
        when: The trigger or timer.
        then: The actions, in order. They make one entry.
        given: The condition. For a trigger it must hold right after the event; for a timer, from the arming on.
        ended_by: For timers: the anchor that ends the episode when it occurs.
        during: For triggers: the hours in which the event must happen.
    """

    id: str = attrs.field(converter=_rule_id)
    when: triggers.Trigger | triggers.Timer
    then: tuple[actions.Action, ...]
    given: Condition = ALWAYS
    ended_by: Anchor | None = None
    during: triggers.During | None = None


@attrs.frozen(init=False)
class Rung:
    """One step of a ladder.

    Attributes:
        after: The span since the ladder's anchor.
        then: The actions, in order. They make one entry.
    """

    after: Span | ClockSpan
    then: tuple[actions.Action, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, after: Span | ClockSpan, *then: actions.Action) -> None:
        """Build a rung from a span and its actions."""
        self.__attrs_init__(after, then)


def _usual_end(ladder: Ladder) -> Anchor | None:
    return None if isinstance(ladder.since, Created | Started) else LastMessage("customer")


@attrs.frozen
class Ladder(RuleOptions):
    """A rule with several steps in one episode: reminders and a last, terminal step.

    No rung comes before its predecessor. A reminder that coincides with the last rung is superseded by it.

    Attributes:
        id: The rule's id. Keys are made from it.
        since: The anchor from which all rungs count.
        given: The condition, which must hold from the arming on.
        rungs: The steps, first to last.
        ended_by: The anchor that ends the episode when it occurs; None for nothing. By default the customer's last
            public message; nothing for a ladder since `Created` or `Started`, because customers do not end escalations.
        min_notice: The least time between the last reminder, if a mask or a gate moved it, and the last rung. None
            means the time that would have been between the two if the reminder had not been moved.
    """

    id: str = attrs.field(converter=_rule_id)
    since: Anchor
    given: Condition
    rungs: tuple[Rung, ...]
    ended_by: Anchor | None = attrs.field(default=attrs.Factory(_usual_end, takes_self=True))
    min_notice: Elapsed | None = None


Rule = Automation | Ladder
name_kind(Rule, "an Automation or a Ladder")


def action_steps(rule: Rule) -> tuple[tuple[actions.Action, ...], ...]:
    """Return the actions of each step of *rule*."""
    match rule:
        case Ladder(rungs=rungs):
            return tuple(rung.then for rung in rungs)
        case Automation(then=then):
            return (then,)
        case _:
            assert_never(rule)


def drops_masked(rule: Rule) -> bool:
    """Return whether occurrences in a mask or behind a closed gate are dropped, and not held."""
    if rule.on_mask is not None:
        return rule.on_mask == "drop"
    return isinstance(rule, Automation) and isinstance(rule.when, triggers.Occasion | triggers.Trigger)
