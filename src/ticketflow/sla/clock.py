"""A policy with the calendars it counts on."""

from __future__ import annotations

from functools import cached_property

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import Elapsed
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.workflow.conditions import (
    Measure,
    reads,
    watched,
)


@attrs.frozen(slots=False)
class Clock:
    """A policy with everything that a reading of it needs; `Rules.clock` gives it.

    Attributes:
        policy: The policy.
        measure: Its measure, in which the states that freeze it are named.
        calendars: The calendars that its name mean.
        version: The digest of the rule set that it belongs to.
    """

    policy: Policy
    measure: Measure
    calendars: FrozenMap[str, Calendar]
    version: str

    def row(self, index: int | None) -> Target | Deadline | None:
        """Return a row of its targets."""
        return None if index is None else self.policy.targets[index]

    def counts_on(self, index: int | None) -> Calendar | None:
        """Return the calendar on which time counts under a row; None if it counts day and night."""
        row = self.row(index)
        if isinstance(row, Target) and isinstance(row.time, Elapsed):
            return None
        return self.calendar_of(row)

    def calendar_of(self, row: Target | Deadline | None) -> Calendar | None:
        """Return the calendar that a row names, or else the policy; None if neither does."""
        name = (row.calendar if isinstance(row, Target) else None) or self.policy.calendar
        return None if name is None else self.calendars[name]

    @cached_property
    def watched(self) -> frozenset[str]:
        """The names of the facts that decide how it goes, and that of the state, by which it is told."""
        rows = self.policy.targets
        deadlines = {f"field.{row.field}" for row in rows if isinstance(row, Deadline)}
        return watched(self.measure).union({"state"}, deadlines, *(reads(row.given) for row in rows))
