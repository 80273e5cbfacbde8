"""The library's own rules: the end of a snooze, and the records of a clock's warnings and breaches."""

from __future__ import annotations

from collections.abc import Iterator

from ticketflow.calendars.spans import Missed
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
"""End a snooze at its moment; on a closed ticket nothing happens (docs/semantics.md 5.1)."""

_CLEAR = Automation("snooze.clear", OnMessage("customer"), (actions.CancelSnooze(),), given=IsSnoozed(), rank=_LAST)
"""Cancel a snooze on a customer's message, after every other rule saw the snooze armed (docs/semantics.md 5.1)."""


def implied_rules(snoozing: Snoozing | None, policies: tuple[Policy, ...]) -> tuple[Automation, ...]:
    """Return the rules that a rule set has without anybody writing them."""
    of_snoozing: tuple[Automation, ...] = ()
    if snoozing is not None:
        of_snoozing = (_WAKE, _CLEAR) if snoozing.on_message == "clear" else (_WAKE,)
    return (*of_snoozing, *(rule for policy in policies for rule in _records_of(policy)))


def is_reserved(rule_id: str) -> bool:
    """Return whether only the library itself may give this id to a rule."""
    return rule_id in (_WAKE.id, _CLEAR.id) or rule_id.startswith("sla.")


def _records_of(policy: Policy) -> Iterator[Automation]:
    """Yield the rules that record the breach and the warnings of a policy's clock."""
    name, since = policy.name, Started(policy.name)
    if policy.targets:
        yield Automation(f"sla.{name}.breach", After(Missed(), since), (actions.RecordBreach(name),), rank=_FIRST)
    for number, span in enumerate(sorted(policy.warn_at, key=str)):
        then = (actions.RecordWarning(name),)
        yield Automation(f"sla.{name}.warning.{number}", After(span, since), then, rank=_FIRST)
