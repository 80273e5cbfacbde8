"""The schedules of rules that wait for time, the same for automations and ladders."""

from __future__ import annotations

from typing import assert_never

import attrs

from ticketflow.calendars.spans import Span
from ticketflow.rules import actions, triggers
from ticketflow.rules.automations import Ladder, Rule, Rung
from ticketflow.tickets.anchors import Anchor


@attrs.frozen
class Steps:
    """Actions after spans since an anchor. An automation that acts once is a ladder of one rung."""

    since: Anchor
    rungs: tuple[Rung, ...]


@attrs.frozen
class Repeats:
    """Actions that repeat, counted from an anchor."""

    since: Anchor
    span: Span
    every: Span
    at_most: int | None
    then: tuple[actions.Action, ...]


@attrs.frozen
class Recurring:
    """Actions at every opening or closing of a calendar, or at every instant of a recurrence."""

    occasion: triggers.Occasion
    then: tuple[actions.Action, ...]


@attrs.frozen
class AtMoment:
    """Actions at an instant of the ticket: that of a field or of the snooze."""

    moment: triggers.Moment
    then: tuple[actions.Action, ...]


Schedule = Steps | Repeats | Recurring | AtMoment


def schedule_of(rule: Rule) -> Schedule | None:
    """Return the schedule of *rule*; None if it waits for an event.

    >>> from ticketflow import Automation
    >>> schedule_of(Automation("tell", triggers.OnMessage("agent"), (actions.SendMessage("hello"),))) is None
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
            return Steps(since, (Rung(span, *rule.then),))  # spans of a clock do not repeat; validation refuses *every*
        case triggers.On() | triggers.AtOpening() | triggers.AtClosing() as occasion:
            return Recurring(occasion, rule.then)
        case triggers.AtField() | triggers.AtSnoozeEnd() as moment:
            return AtMoment(moment, rule.then)
        case _:
            return None


def awaited(times: Schedule) -> str:
    """Return the text of the anchor, recurrence or instant for which a rule waits."""
    match times:
        case Steps(since=since) | Repeats(since=since):
            return str(since)
        case Recurring(occasion=occasion):
            return str(occasion)
        case AtMoment(moment=moment):
            return str(moment)
        case _:
            assert_never(times)
