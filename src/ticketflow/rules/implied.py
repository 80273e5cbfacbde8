"""The implied rules of a rule set: those that end snoozes and record the warnings and breaches of clocks.

Source: docs/semantics.md, implied rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

from ticketflow.calendars.spans import AfterDue, BeforeDue, BusinessDays, Elapsed, Missed, OfTarget, WorkingTime
from ticketflow.rules import actions
from ticketflow.rules.automations import Automation
from ticketflow.rules.triggers import After, AtSnoozeEnd, OnMessage
from ticketflow.sla.policies import Policy
from ticketflow.tickets.anchors import Started
from ticketflow.workflow.conditions import CategoryIs, IsSnoozed, Not
from ticketflow.workflow.snooze import Snoozing

_FIRST = -1_000_000
_LAST = 1_000_000

_WAKE = Automation("snooze.wake", AtSnoozeEnd(), (actions.Wake(),), given=Not(CategoryIs("closed")), rank=_FIRST)
"""End a snooze at its instant. On a closed ticket nothing happens (docs/semantics.md 5.1)."""

_CLEAR = Automation("snooze.clear", OnMessage("customer"), (actions.CancelSnooze(),), given=IsSnoozed(), rank=_LAST)
"""Cancel a snooze on a customer's message, after all other rules that react to it (docs/semantics.md 5.1)."""


def implied_rules(snoozing: Snoozing | None, policies: tuple[Policy, ...]) -> tuple[Automation, ...]:
    """Return the rules that a rule set has without listing them.

    Args:
        snoozing: The snooze options of the rule set, if it has any.
        policies: The policies of the rule set.
    """
    snooze_rules: tuple[Automation, ...] = ()
    if snoozing is not None:
        snooze_rules = (_WAKE, _CLEAR) if snoozing.on_message == "clear" else (_WAKE,)
    return (*snooze_rules, *(rule for policy in policies for rule in _clock_rules(policy)))


def is_reserved(rule_id: str) -> bool:
    """Return whether the id is reserved for implied rules."""
    return rule_id in (_WAKE.id, _CLEAR.id) or rule_id.startswith("sla.")


def _clock_rules(policy: Policy) -> Iterator[Automation]:
    """Yield the rules that record the breach and the warnings of a policy's clock."""
    name, since = policy.name, Started(policy.name)
    if policy.targets:
        yield Automation(f"sla.{name}.breach", After(Missed(), since), (actions.RecordBreach(name),), rank=_FIRST)
    for number, span in enumerate(sorted(policy.warn_at, key=_sort_text)):
        then = (actions.RecordWarning(name),)
        yield Automation(f"sla.{name}.warning.{number}", After(span, since), then, rank=_FIRST)


def _sort_text(span: OfTarget | BeforeDue | AfterDue) -> str:
    """Return the text by which warnings are numbered.

    It must never change: the numbers are part of rule ids, and keys are made from those. It is written here, apart from
    the texts that people read, so that those can change.
    """
    match span:
        case OfTarget(percent=percent):
            return f"{percent} % of the target"
        case BeforeDue(lead=lead):
            return f"{_span_text(lead)} before the target is missed"
        case AfterDue(span=late):
            return f"{_span_text(late)} after the target was due"
        case _:
            assert_never(span)


def _span_text(span: Elapsed | WorkingTime | BusinessDays) -> str:
    match span:
        case Elapsed(amount=amount):
            return _amount_text(amount)
        case WorkingTime(amount=amount):
            return f"{_amount_text(amount)} of working time"
        case BusinessDays(days=days):
            return f"{days} business day" if days == 1 else f"{days} business days"
        case _:
            assert_never(span)


def _amount_text(amount: timedelta) -> str:
    minutes, rest = divmod(amount, timedelta(minutes=1))
    if rest:
        return str(amount)
    days, minutes = divmod(minutes, 24 * 60)
    parts = ((days, "day"), (minutes // 60, "hour"), (minutes % 60, "minute"))
    shown = (f"{number} {unit}" if number == 1 else f"{number} {unit}s" for number, unit in parts if number)
    return " ".join(shown) or "0 minutes"
