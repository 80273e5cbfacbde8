"""When a rule that waits for time acts, whatever kind of rule it is."""

from __future__ import annotations

from typing import assert_never

import attrs

from ticketflow.calendars.spans import Span
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Ladder, Rule, Rung
from ticketflow.tickets.anchors import Anchor


@attrs.frozen
class Steps:
    """What a rule does after spans since an anchor: an automation that acts once is a ladder of one rung."""

    since: Anchor
    rungs: tuple[Rung, ...]


@attrs.frozen
class Repeats:
    """What a rule does again and again, counted from an anchor."""

    since: Anchor
    span: Span
    every: Span
    at_most: int | None
    then: tuple[actions.Action, ...]


@attrs.frozen
class Recurring:
    """What a rule does whenever something comes round."""

    occasion: triggers.Occasion
    then: tuple[actions.Action, ...]


@attrs.frozen
class AtMoment:
    """What a rule does at the moment that a fact of the ticket names."""

    moment: triggers.Moment
    then: tuple[actions.Action, ...]


Schedule = Steps | Repeats | Recurring | AtMoment


def schedule_of(rule: Rule) -> Schedule | None:
    """Return what a rule that waits for time waits for, and does; None for one that waits for an event.

    >>> from ticketflow.rules.actions import SendMessage
    >>> schedule_of(Automation("tell", OnMessage("agent"), (SendMessage("hello"),))) is None
    True
    """
    if isinstance(rule, Ladder):
        return Steps(rule.since, rule.rungs)
    match rule.when:
        case triggers.After(span=span, since=since, every=None):
            return Steps(since, (Rung(span, *rule.then),))
        case triggers.After(span=span, since=since, every=every, at_most=at_most) if every and isinstance(span, Span):
            return Repeats(since, span, every, at_most, rule.then)
        case triggers.After(span=span, since=since):
            return Steps(since, (Rung(span, *rule.then),))  # of a clock, which does not repeat: no rule set may say so
        case triggers.On() | triggers.AtOpening() | triggers.AtClosing() as occasion:
            return Recurring(occasion, rule.then)
        case triggers.AtField() | triggers.AtSnoozeEnd() as moment:
            return AtMoment(moment, rule.then)
        case _:
            return None


def awaited(times: Schedule) -> str:
    """Return what a rule counts from or waits for, in words."""
    match times:
        case Steps(since=since) | Repeats(since=since):
            return str(since)
        case Recurring(occasion=occasion):
            return str(occasion)
        case AtMoment(moment=moment):
            return str(moment)
        case _:
            assert_never(times)
