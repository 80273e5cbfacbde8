"""Unattended paths: what happens to a ticket in each state if nobody acts, with times.

Source: docs/checks.md, "Findings by search".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, assert_never

import attrs

from ticketflow.analysis.explore.equivalence import StateKeys
from ticketflow.analysis.explore.search import BUDGET, Exploration, explore, took_effect
from ticketflow.analysis.steps import MOST_STEPS, Steps, steps_of_entries
from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.rules.actions import Action
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

Ending = Literal["over", "nothing", "repeats", "goes_on"]
"""The end of a path: the ticket is closed, nothing is due, the path repeats, or it is longer than the list."""

MOST = 100
"""The most due instants in a path."""


@attrs.frozen
class UnattendedStep:
    """A step of a rule while nobody acts.

    Attributes:
        after: The time since the ticket entered the state of the path.
        rule: The id of the rule.
        actions: The actions; none if the step is superseded or dropped.
        state: The state of the ticket after the step.
    """

    after: timedelta
    rule: str
    actions: tuple[Action, ...]
    state: str

    def __str__(self) -> str:
        actions = ", ".join(map(str, self.actions)) or "superseded or dropped"
        return f"{in_words(self.after)}: {actions} ({self.rule}); {self.state}"


@attrs.frozen
class UnattendedPath:
    """What happens to a ticket after it enters a state if nobody acts.

    Attributes:
        state: The state.
        life: The commands that lead to the state, on a shortest path.
        steps: The steps of rules, in order.
        ending: How the path ends.
    """

    state: str
    life: tuple[commands.Command, ...]
    steps: tuple[UnattendedStep, ...]
    ending: Ending

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the path as text: the state, each step, and the end."""
        yield self.state
        yield from (f"  {step}" for step in self.steps)
        yield f"  {self._ending_words()}"

    def _ending_words(self) -> str:
        match self.ending:
            case "over":
                return "the ticket is closed"
            case "nothing":
                return f"nothing {'else ' if self.steps else ''}happens until somebody acts"
            case "repeats":
                return "and so on, without end"
            case "goes_on":
                return "and more steps, which are not listed"
            case _:
                assert_never(self.ending)


def unattended_paths(rules: Rules, budget: int = BUDGET, steps: int = MOST_STEPS) -> tuple[UnattendedPath, ...]:
    """Return what happens in each state that tickets reach if nobody acts, in the order of the workflow.

    The ticket enters the state on a shortest path. Times are those of a ticket opened on a Monday at ten.

    Args:
        rules: The rule set.
        budget: The most configurations to visit to find the states.
        steps: The budget of steps. When it is used up, states are left out, and paths end with ``goes_on``.

    Raises:
        BadValueError: *budget* or *steps* is not a whole number of at least 1.

    Source: docs/checks.md, "Findings by search".

    >>> from ticketflow.presets.senior import senior
    >>> print(next(path for path in unattended_paths(senior()) if path.state == "waiting_for_customer"))
    waiting_for_customer
      2 days: send request-reminder-1 to the customer (close-unanswered-request); waiting_for_customer
      4 days: send request-reminder-2 to the customer (close-unanswered-request); waiting_for_customer
      8 days: set classification to undefined_for_lack_of_information, move by close (close-unanswered-request); closed
      the ticket is closed
    """
    return paths_of(explore(rules, budget, Steps(steps)))


def paths_of(exploration: Exploration) -> tuple[UnattendedPath, ...]:
    """Return the unattended paths of a finished search.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> [path.ending for path in paths_of(explore(servicenow(), 1))]
    ['nothing']
    """
    first: dict[str, int] = {}
    for node in exploration.nodes:
        first.setdefault(node.ticket.state, node.number)
    states = (state.name for state in exploration.rules.workflow.states if state.name in first)
    return tuple(_path(exploration, first[state]) for state in states)


def _path(exploration: Exploration, number: int) -> UnattendedPath:
    ticket, rules = exploration.nodes[number].ticket, exploration.rules
    state_keys, entered = StateKeys(rules), ticket.marks["entered"].at
    seen, steps = {state_keys.key_of(ticket)}, list[UnattendedStep]()
    ending: Ending = "goes_on"
    after = ticket
    budget, cost = exploration.budget, 2 * exploration.engine_step
    for _ in range(MOST):
        if budget.left < cost:
            break
        budget.spend(cost)
        due = next_due(after, rules)
        if due is None:
            ending = "over" if after.category == "closed" else "nothing"
            break
        made, after = _carried_out(due, after, rules, entered)
        budget.used += steps_of_entries(len(made), rules)
        steps += made
        if state_keys.key_of(after) in seen:
            ending = "repeats"
            break
        seen.add(state_keys.key_of(after))
    return UnattendedPath(ticket.state, exploration.path_to(number), tuple(steps), ending)


def _carried_out(due: datetime, ticket: Ticket, rules: Rules, since: datetime) -> tuple[list[UnattendedStep], Ticket]:
    """Return the steps at the next due instant, and the ticket after them."""
    plan, state, made = evaluate(due, ticket, rules), ticket.state, list[UnattendedStep]()
    for each in plan:
        state = _state_after(each.entry, state)
        effective = each.actions if took_effect(each.entry) else ()
        made.append(UnattendedStep(each.entry.at - since, each.rule, effective, state))
    after = apply(ticket, plan).ticket
    assert after is not None  # noqa: S101 -- the plan is of this version
    return made, after


def _state_after(entry: events.Entry, before: str) -> str:
    moves = [event.after for event in entry.events if isinstance(event, events.StateChanged)]
    return moves[-1] if moves else before


def in_words(after: timedelta) -> str:
    """Return a duration in words.

    >>> in_words(timedelta(days=2)), in_words(timedelta())
    ('2 days', 'immediately')
    """
    return str(Elapsed(after)) if after else "immediately"
