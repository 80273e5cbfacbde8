"""The ids of implied rules: keys are made from them, so they never change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ticketflow import AfterDue, BeforeDue, Elapsed, OfTarget, Policy, Target, WorkingTime
from ticketflow.rules.implied import implied_rules
from ticketflow.rules.triggers import After
from ticketflow.sla.measures import resolution

WarningSpan = OfTarget | BeforeDue | AfterDue

SHARES = (OfTarget(100), OfTarget(50), OfTarget(9))
ONE_HOUR = (AfterDue(Elapsed(hours=1)), BeforeDue(Elapsed(hours=1)), BeforeDue(WorkingTime(hours=1)))
MIXED = (
    OfTarget(1),
    BeforeDue(Elapsed(days=1, hours=2)),
    BeforeDue(Elapsed(days=1)),
    BeforeDue(WorkingTime(hours=1, minutes=30)),
    AfterDue(Elapsed(hours=1)),
    BeforeDue(Elapsed(hours=10)),
    BeforeDue(WorkingTime(hours=2)),
    OfTarget(80),
)
PARTS_OF_MINUTES = (
    AfterDue(Elapsed()),
    BeforeDue(WorkingTime(timedelta(seconds=30))),
    BeforeDue(Elapsed(timedelta(seconds=90))),
    BeforeDue(Elapsed(days=1, minutes=5)),
    BeforeDue(Elapsed(timedelta(days=1, seconds=30))),
    AfterDue(Elapsed(timedelta(days=2, microseconds=500_000))),
)


@pytest.mark.parametrize("in_order", [SHARES, ONE_HOUR, MIXED, PARTS_OF_MINUTES])
def test_warnings_are_numbered_by_their_sort_texts(in_order: tuple[WarningSpan, ...]) -> None:
    """Each table is in the order of its sort texts, by code point.

    "100 %" < "50 %" < "9 %"; "1 hour after" < "1 hour before" < "1 hour of working time"; "1 %" < "1 day 2 hours" <
    "1 day before" < "1 hour 30" < "1 hour after"; "0 minutes" < "0:00:30" < "0:01:30" < "1 day 5 minutes" <
    "1 day, 0:00:30" < "2 days, 0:00:00.500000".
    """
    policy = Policy("solve", resolution(), (Target(WorkingTime(hours=8)),), warn_at=in_order[::-1])
    breach, *warnings = implied_rules(None, (policy,))
    assert breach.id == "sla.solve.breach"
    assert [rule.id for rule in warnings] == [f"sla.solve.warning.{number}" for number in range(len(in_order))]
    spans = [rule.when.span for rule in warnings if isinstance(rule.when, After)]
    assert spans == list(in_order)
