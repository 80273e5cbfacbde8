"""Everything automatic, one by one: when, given, then.

When an event happens (`OnEnter`, `OnMessage`, …) or something comes in time: a span since an anchor (`After`), what
comes round (`On`, `AtOpening`, `AtClosing`), or a moment that the ticket names (`AtField`, `AtSnoozeEnd`); given a
condition over the ticket; then actions. A `Ladder` is the same shape with several rungs that are one episode.

Source: docs/semantics.md 3.1 to 3.7.
"""

from __future__ import annotations

from typing import Literal, assert_never

import attrs

from ticketflow.calendars.spans import ClockSpan, Elapsed, Span
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.labels import Labels, freeze_labels
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import name_kind, refuse_wrong_types
from ticketflow.rules import actions, triggers
from ticketflow.tickets.anchors import Anchor, LastMessage
from ticketflow.workflow.conditions import ALWAYS, Condition, reads


@attrs.frozen(kw_only=True)
class RuleOptions:
    """What rules of every kind can say besides.

    Attributes:
        calendar: The rule set's calendar on which working time and business days count, and whose wall is read.
        rank: Smaller goes first among simultaneous ones.
        generation: A higher one fires anew on purpose.
        is_enabled: Whether it does anything.
        group: What states and snoozes that mask it call it, together with others.
        on_mask: What becomes of an occurrence while it is masked or its gate is shut: held until then, or dropped.
            None: held, but dropped for reactions, which cannot wait, and for what comes round anyway (recurrences,
            openings and closings).
        on_resume: Whether the anchor stays when a mask of its group ends, or the end of the mask is the anchor.
        gate: The rule set's calendar that must be open for it to act.
        labels: What people call it, by language.
    """

    calendar: str = "default"
    rank: int = 0
    generation: int = 1
    is_enabled: bool = True
    group: str | None = None
    on_mask: Literal["hold", "drop"] | None = None
    on_resume: Literal["keep", "restart"] = "keep"
    gate: str | None = None
    labels: Labels = attrs.field(factory=FrozenMap, converter=freeze_labels)

    __attrs_post_init__ = refuse_wrong_types


def _rule_id(value: str) -> str:
    return check_name(value, "rule id")


@attrs.frozen
class Automation(RuleOptions):
    """When something happens or a moment comes, given a condition, then act.

    Attributes:
        id: Its name, of which keys are made.
        when: An event, `After` a span, or what else comes in time.
        then: What to do, in order, as one entry.
        given: What must hold: for events, right after the event; for time, from the arming on.
        ended_by: A moment whose coming ends the episode of a rule that waits for time.
        during: For events: inside or outside which hours they must have happened.
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
        after: What is to pass since the ladder's anchor.
        then: What to do, in order, as one entry.
    """

    after: Span | ClockSpan
    then: tuple[actions.Action, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, after: Span | ClockSpan, *then: actions.Action) -> None:
        """Take the span and the actions."""
        self.__attrs_init__(after, then)


@attrs.frozen
class Ladder(RuleOptions):
    """Reminders and a last, terminal step as one object and one episode.

    No rung comes before its predecessor; a reminder that coincides with the last rung gives way to it.

    Attributes:
        id: Its name, of which keys are made.
        since: The named moment that all rungs count from.
        given: What must hold from the arming on.
        rungs: The steps, first to last.
        ended_by: The moment whose coming ends the episode: by default an answer, a customer's public message.
        min_notice: What lies at least between the last reminder, if a mask or a gate moved it, and the last rung; None:
            what lay between the two by themselves.
    """

    id: str = attrs.field(converter=_rule_id)
    since: Anchor
    given: Condition
    rungs: tuple[Rung, ...]
    ended_by: Anchor | None = LastMessage("customer")  # noqa: RUF009 -- frozen
    min_notice: Elapsed | None = None


Rule = Automation | Ladder
name_kind(Rule, "an Automation or a Ladder")


@attrs.frozen
class Reaction:
    """A rule that waits for an event.

    Attributes:
        rule: The rule.
        trigger: What it waits for.
        watches: The facts of which one must change for it to happen on a ticket that is there already; None: it waits
            for something else than facts.
    """

    rule: Automation
    trigger: triggers.Trigger
    watches: frozenset[str] | None


def watched(trigger: triggers.Trigger) -> frozenset[str] | None:
    """Return the facts of which one must change for a trigger to happen; None for one that waits for something else."""
    return reads(trigger.condition) if isinstance(trigger, triggers.OnEnter | triggers.OnLeave) else None


def action_steps(rule: Rule) -> tuple[tuple[actions.Action, ...], ...]:
    """Return what *rule* may do, step by step."""
    match rule:
        case Ladder(rungs=rungs):
            return tuple(rung.then for rung in rungs)
        case Automation(then=then):
            return (then,)
        case _:
            assert_never(rule)


def drops_masked(rule: Rule) -> bool:
    """Return whether what falls into a mask or a shut gate is dropped, and not held."""
    if rule.on_mask is not None:
        return rule.on_mask == "drop"
    return isinstance(rule, Automation) and isinstance(rule.when, triggers.Occasion | triggers.Trigger)
