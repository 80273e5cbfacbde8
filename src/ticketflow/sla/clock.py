"""A clock: a policy with the calendars on which it counts."""

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
    """A policy with everything that is needed to read it. `Rules.clock` returns it.

    Attributes:
        policy: The policy.
        measure: The measure of the policy; its ``frozen`` includes the states that freeze the clock.
        calendars: The calendars of the rule set, by name.
        version: The digest of the rule set.
    """

    policy: Policy
    measure: Measure
    calendars: FrozenMap[str, Calendar]
    version: str

    def row(self, index: int | None) -> Target | Deadline | None:
        """Return the row with this index of `rows`; None if *index* is None."""
        return None if index is None else self.rows[index]

    @cached_property
    def rows(self) -> tuple[Target | Deadline, ...]:
        """The targets of the policy, and then, for each multiplier, the targets that it multiplies."""
        policy = self.policy
        return (*policy.targets, *(each.of(row) for each in policy.multipliers for row in policy.targets))

    def counts_on(self, index: int | None) -> Calendar | None:
        """Return the calendar on which time counts under a row; None if time counts by day and by night."""
        row = self.row(index)
        if isinstance(row, Target) and isinstance(row.time, Elapsed):
            return None
        return self.calendar_of(row)

    def calendar_of(self, row: Target | Deadline | None) -> Calendar | None:
        """Return the calendar that the row names, or else that of the policy; None if neither names one."""
        name = (row.calendar if isinstance(row, Target) else None) or self.policy.calendar
        return None if name is None else self.calendars[name]

    @cached_property
    def watched(self) -> frozenset[str]:
        """The names of the facts that the clock reads, and ``state``, which traces show."""
        rows = self.policy.targets
        deadlines = {f"field.{row.field}" for row in rows if isinstance(row, Deadline)}
        given = (row.given for row in (*rows, *self.policy.multipliers))
        return watched(self.measure).union({"state"}, deadlines, *map(reads, given))
