"""A clock: a policy with the calendars on which it counts."""

from __future__ import annotations

from functools import cached_property

import attrs

from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import Elapsed
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.facts import Facts
from ticketflow.workflow.conditions import Measure, reads, watched
from ticketflow.workflow.ticket_calendar import calendar_in_force, fields_named


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

    def counts_on(self, index: int | None, name: str | None) -> Calendar | None:
        """Return the calendar on which time counts under a row; None if time counts by day and by night.

        Args:
            index: The index of the row; None for none.
            name: The name of its calendar, from `calendar_name`.
        """
        row = self.row(index)
        if isinstance(row, Target) and isinstance(row.time, Elapsed):
            return None
        return None if name is None else self.calendars[name]

    def calendar_of(self, row: Target | Deadline | None, facts: Facts) -> Calendar | None:
        """Return the calendar that the row names, or else that of the policy; None if neither names one.

        Args:
            row: The row of the targets; None for none.
            facts: The facts of the ticket, which decide about a `CalendarOf`.
        """
        name = self._name_of(row, facts)
        return None if name is None else self.calendars[name]

    def calendar_name(self, index: int | None, facts: Facts) -> str | None:
        """Return the name of the calendar of a row for a ticket with these facts; None if nothing names one."""
        return self._name_of(self.row(index), facts)

    def _name_of(self, row: Target | Deadline | None, facts: Facts) -> str | None:
        named = (row.calendar if isinstance(row, Target) else None) or self.policy.calendar
        return None if named is None else calendar_in_force(named, facts)

    @cached_property
    def watched(self) -> frozenset[str]:
        """The names of the facts that the clock reads, and ``state``, which traces show."""
        rows = self.policy.targets
        deadlines = {f"field.{row.field}" for row in rows if isinstance(row, Deadline)}
        given = (row.given for row in (*rows, *self.policy.multipliers))
        named = (self.policy.calendar, *(row.calendar for row in rows if isinstance(row, Target)))
        sites = {f"field.{name}" for name in fields_named(*named)}
        return watched(self.measure).union({"state"}, deadlines, sites, *map(reads, given))
