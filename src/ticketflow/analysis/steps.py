"""The budget of a check: a count of steps, which is the same on every machine.

Source: docs/checks.md, "The budget of steps".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ticketflow.analysis.findings import Finding, make_finding
from ticketflow.engine.program import Program
from ticketflow.errors import BadValueError
from ticketflow.rules.automations import Automation
from ticketflow.rules.ruleset import Rules, all_automations
from ticketflow.rules.schedules import schedule_of
from ticketflow.tickets.ticket import Ticket

MOST_STEPS = 7_000_000
"""The default budget of a check, which takes some seconds. The presets take less than that."""


class OutOfSteps(Exception):  # noqa: N818 -- not an error: the budget is used up
    """The budget of steps is used up."""


class Steps:
    """A budget of steps that several checks share, and what was skipped because it was used up.

    A step is one part of a condition that is evaluated for one case. Comparisons and engine steps cost several.
    """

    def __init__(self, most: int = MOST_STEPS) -> None:
        """Start with *most* steps.

        Raises:
            BadValueError: *most* is not a whole number of at least 1.
        """
        if type(most) is not int or most < 1:
            raise BadValueError(f"{most!r:.60} steps are not possible", "give a whole number of at least 1")
        self.most = most
        self.used = 0
        self.skipped: list[str] = []

    @property
    def left(self) -> int:
        """The steps that are left."""
        return max(0, self.most - self.used)

    def spend(self, count: int = 1) -> None:
        """Use *count* steps.

        Raises:
            OutOfSteps: There are not that many left.
        """
        self.used += count
        if self.used > self.most:
            raise OutOfSteps

    def require(self, count: int) -> None:
        """Check that *count* steps are left.

        Raises:
            OutOfSteps: There are not that many left.
        """
        if count > self.left:
            raise OutOfSteps

    def run(self, checks: Mapping[str, Iterator[Finding]]) -> Iterator[Finding]:
        """Yield the findings of checks until the budget is used up, and note the checks that were skipped."""
        kinds = tuple(checks)
        for number, kind in enumerate(kinds):
            try:
                yield from checks[kind]
            except OutOfSteps:
                self.skipped += (f"some {kind}", *kinds[number + 1 :])
                return

    def not_checked(self) -> Iterator[Finding]:
        """Yield a finding that names what was skipped, if anything was."""
        if self.skipped:
            what = f"the budget of {self.most} steps is used up; not checked: {', '.join(self.skipped)}"
            fix = "give more steps, or check a part of the rules"
            yield make_finding("not_checked", ("automations",), what, fix)


def engine_step(rules: Rules, ticket: Ticket | None = None) -> int:
    """Return the steps that a command or a lapse of time costs, besides its entries.

    The engine looks at every rule, and computes the timers that apply to *ticket*; all timers if it is None.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> engine_step(servicenow())
    54
    """
    program = Program.of(rules)
    timers = program.timers if ticket is None else program.timers_of(ticket)
    return 40 + 2 * len(all_automations(rules)) + 12 * len(timers)


def steps_of_entries(count: int, rules: Rules) -> int:
    """Return the steps that *count* new entries of a history cost in one engine step.

    After each entry, the engine asks every reaction whether it reacts, and those that wait for their turn once more.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> steps_of_entries(0, servicenow()), steps_of_entries(2, servicenow())
    (0, 60)
    """
    reactions = sum(isinstance(rule, Automation) and schedule_of(rule) is None for rule in all_automations(rules))
    return count * (10 + 4 * reactions + 20 * (count - 1))
