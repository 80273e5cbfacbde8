"""What happens to a ticket if nobody acts: state by state, with times.

Source: docs/checks.md, "Found by search".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, assert_never

import attrs

from ticketflow.analysis.explore.equivalence import StateKeys
from ticketflow.analysis.explore.search import BUDGET, Exploration, explore, was_given
from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.rules.actions import Action
from ticketflow.rules.ruleset import Rules
from ticketflow.tickets import commands, events
from ticketflow.tickets.ticket import Ticket

Ending = Literal["over", "nothing", "repeats", "goes_on"]
"""The ticket is closed; nothing lies ahead of it; it goes round from here on; or more comes than a path lists."""

MOST = 100
"""How many instants at which something is due a path lists."""


@attrs.frozen
class UnattendedStep:
    """One thing that a rule does while nobody acts.

    Attributes:
        after: How long after the ticket came to the state that the path is of.
        rule: The rule's id.
        actions: What it does; nothing where it gives way or is dropped.
        state: The state that the ticket is in then.
    """

    after: timedelta
    rule: str
    actions: tuple[Action, ...]
    state: str

    def __str__(self) -> str:
        does = ", ".join(map(str, self.actions)) or "gives way"
        return f"{spoken(self.after)}: {does} ({self.rule}); {self.state}"


@attrs.frozen
class UnattendedPath:
    """What happens to a ticket that came to a state, if nobody acts from then on.

    Attributes:
        state: The state.
        life: What was asked of the ticket until it was there; the shortest life that leads to it.
        steps: What rules then do, in order.
        ending: How it goes on after that.
    """

    state: str
    life: tuple[commands.AnyCommand, ...]
    steps: tuple[UnattendedStep, ...]
    ending: Ending

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the path as text: the state, each step, and how it goes on."""
        yield self.state
        yield from (f"  {step}" for step in self.steps)
        yield f"  {self._told()}"

    def _told(self) -> str:
        match self.ending:
            case "over":
                return "then it is over" if self.steps else "it is over"
            case "nothing":
                return f"{'then ' if self.steps else ''}nothing, ever: only people lead on from here"
            case "repeats":
                return "and so on, for ever"
            case "goes_on":
                return "and more, which is not listed"
            case _:
                assert_never(self.ending)


def unattended_paths(rules: Rules, budget: int = BUDGET) -> tuple[UnattendedPath, ...]:
    """Return for each state that tickets come to what happens there if nobody acts, in the order of the workflow.

    A state may be come to in several ways; the path is that of the shortest life that leads there. Times are of a
    ticket that is opened at ten on a Monday.

    Args:
        rules: The definition of the desk.
        budget: How many configurations to look at, to find the states.

    Raises:
        BadValueError: the budget is no whole number from 1 on.

    Source: docs/checks.md, "Found by search".

    >>> from ticketflow.presets.senior import senior
    >>> print(next(path for path in unattended_paths(senior()) if path.state == "waiting_for_customer"))
    waiting_for_customer
      2 days: send request-reminder-1 to the customer (close-unanswered-request); waiting_for_customer
      4 days: send request-reminder-2 to the customer (close-unanswered-request); waiting_for_customer
      8 days: set classification to undefined_for_lack_of_information, move by close (close-unanswered-request); closed
      then it is over
    """
    return paths_of(explore(rules, budget))


def paths_of(found: Exploration) -> tuple[UnattendedPath, ...]:
    """Return the paths of a search that was made, as `unattended_paths` does.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> [path.ending for path in paths_of(explore(servicenow(), 1))]
    ['nothing']
    """
    first: dict[str, int] = {}
    for node in found.nodes:
        first.setdefault(node.ticket.state, node.number)
    states = (state.name for state in found.rules.workflow.states if state.name in first)
    return tuple(_path(found, first[state]) for state in states)


def _path(found: Exploration, number: int) -> UnattendedPath:
    ticket, rules = found.nodes[number].ticket, found.rules
    alike, entered = StateKeys(rules), ticket.marks["entered"].at
    seen, steps = {alike.of(ticket)}, list[UnattendedStep]()
    ending: Ending = "goes_on"
    after = ticket
    for _ in range(MOST):
        due = next_due(after, rules)
        if due is None:
            ending = "over" if after.category == "closed" else "nothing"
            break
        made, after = _carried_out(due, after, rules, entered)
        steps += made
        if alike.of(after) in seen:
            ending = "repeats"
            break
        seen.add(alike.of(after))
    return UnattendedPath(ticket.state, found.path_to(number), tuple(steps), ending)


def _carried_out(due: datetime, ticket: Ticket, rules: Rules, since: datetime) -> tuple[list[UnattendedStep], Ticket]:
    """Return what rules do at the instant at which something is due next, and the ticket after it."""
    plan, state, made = evaluate(due, ticket, rules), ticket.state, list[UnattendedStep]()
    for each in plan:
        state = _state_after(each.entry, state)
        does = each.actions if was_given(each.entry) else ()
        made.append(UnattendedStep(each.entry.at - since, each.rule, does, state))
    after = apply(ticket, plan).ticket
    assert after is not None  # noqa: S101 -- a plan of this very version
    return made, after


def _state_after(entry: events.Entry, before: str) -> str:
    moves = [event.after for event in entry.events if isinstance(event, events.StateChanged)]
    return moves[-1] if moves else before


def spoken(after: timedelta) -> str:
    """Return a duration in words.

    >>> spoken(timedelta(days=2)), spoken(timedelta())
    ('2 days', 'at once')
    """
    return str(Elapsed(after)) if after else "at once"
