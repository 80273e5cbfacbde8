"""Service levels as data: what a clock measures, what its targets are, and the clock that a rule set makes of both.

A *measure* says when a clock starts, pauses and stops; a *policy* gives it a name, targets and warnings. Targets are a
table: of the rows, the first whose condition holds is in force.

Source: docs/semantics.md 4.1 to 4.5.
"""

from __future__ import annotations

from typing import Literal

import attrs

from ticketflow.calendars.spans import AfterDue, BeforeDue, Elapsed, OfTarget, WorkingTime
from ticketflow.errors import BadValueError
from ticketflow.kernel.names import check_name
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.anchors import LastMessage
from ticketflow.workflow import conditions

_IS_PENDING = conditions.CategoryIs("pending")
_IS_OVER = conditions.CategoryIs("resolved", "closed")
_WAS_ANSWERED = conditions.Happened(LastMessage("agent"))


def first_response() -> conditions.Measure:
    """Return the measure of the first public message by a person of the support; assigning is no answer.

    Where the support opens a ticket with a message, it is answered as it begins, and the clock never starts; a ticket
    that is resolved without a word has neither met nor missed it.

    Source: docs/semantics.md 4.1.

    >>> first_response().again
    'continue'
    """
    runs = conditions.All(conditions.Not(_WAS_ANSWERED), conditions.Not(_IS_OVER))
    return conditions.Measure(runs=runs, void=conditions.Not(_WAS_ANSWERED))


def next_reply() -> conditions.Measure:
    """Return the measure of answers after the first: a cycle from the oldest unanswered message of the customer's.

    A ticket that is resolved with the customer's word unanswered has neither met nor missed it.

    Source: docs/semantics.md 4.1.

    >>> next_reply().again
    'anew'
    """
    return conditions.Measure(
        runs=conditions.All(_WAS_ANSWERED, conditions.IsUnanswered(), conditions.Not(_IS_OVER)),
        void=conditions.IsUnanswered(),
        again="anew",
    )


def resolution(
    again: conditions.Again = "continue", frozen: conditions.Condition = conditions.NEVER
) -> conditions.Measure:
    """Return the measure of being resolved.

    Args:
        again: What reopening is: ``continue`` without the time it was resolved, ``count`` that time too, or ``anew``.
        frozen: When it stands still, besides the states that freeze it.

    Source: docs/semantics.md 4.1, 4.5.

    >>> resolution("anew").again
    'anew'
    """
    return conditions.Measure(runs=conditions.Not(_IS_OVER), again=again, frozen=frozen)


def requester_wait(
    waits_for_customer: conditions.Condition = _IS_PENDING, again: conditions.Again = "continue"
) -> conditions.Measure:
    """Return the measure of how long the customer waits for the desk: all but the time in which it waits for them.

    Args:
        waits_for_customer: When it does.
        again: What reopening is.

    Source: docs/semantics.md 4.1.

    >>> str(requester_wait().frozen)
    'the ticket is pending'
    """
    return resolution(again, waits_for_customer)


def agent_work(again: conditions.Again = "continue") -> conditions.Measure:
    """Return the measure of the time in which the desk itself has something to do: nobody is waited for.

    Source: docs/semantics.md 4.1.

    >>> str(agent_work().frozen)
    'the ticket is pending'
    """
    return resolution(again, _IS_PENDING)


def update_interval() -> conditions.Measure:
    """Return the measure of keeping the customer in the loop: every public message of the support begins a cycle.

    Source: docs/semantics.md 4.1.

    >>> update_interval().each
    'answers'
    """
    return conditions.Measure(runs=conditions.Not(_IS_OVER), again="anew", each="answers")


def time_while(condition: conditions.Condition, again: conditions.Again = "continue") -> conditions.Measure:
    """Return the measure of the time in which *condition* holds: in a state, with a group, at a priority.

    Args:
        condition: What must hold.
        again: ``continue`` adds up all such times, ``anew`` makes each a cycle.

    Source: docs/semantics.md 4.1.

    >>> time_while(CategoryIs("pending"), "anew").again
    'anew'
    """
    return conditions.Measure(runs=condition, again=again)


@attrs.frozen
class Target:
    """How much time a clock has.

    Attributes:
        time: `WorkingTime` counts on a calendar, `Elapsed` day and night.
        given: When the row is in force.
        calendar: The rule set's calendar that working time counts on; None: the policy's.
        extra: What is added to it for a cycle that starts while that calendar is shut.
    """

    time: WorkingTime | Elapsed
    given: conditions.Condition = conditions.ALWAYS
    calendar: str | None = None
    extra: WorkingTime | Elapsed | None = None

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Deadline:
    """A moment that somebody sets by hand; freezes never move it.

    Attributes:
        field: The field of the ticket that holds it.
        given: When the row is in force.
    """

    field: str
    given: conditions.Condition = conditions.ALWAYS

    __attrs_post_init__ = refuse_wrong_types


def _policy_name(value: str) -> str:
    name = check_name(value, "clock")
    if len(name) > _LONGEST:
        raise BadValueError(f"clock {name!r}", f"give a name of at most {_LONGEST} characters")
    return name


_LONGEST = 40  # the names of the library's own rules are made of it


@attrs.frozen
class Policy:
    """What a desk promises about one measure.

    Attributes:
        name: What states that freeze it, conditions and readings call the clock; at most 40 characters.
        measure: When the clock starts, pauses and stops.
        targets: The first whose condition holds is in force; where none does, time is only measured.
        warn_at: When it is recorded that the target is about to be missed.
        calendar: The rule set's calendar on which time is open; None: time counts day and night.
        kind: ``sla`` towards customers, ``ola`` within the house.
    """

    name: str = attrs.field(converter=_policy_name)
    measure: conditions.Measure
    targets: tuple[Target | Deadline, ...] = ()
    warn_at: tuple[OfTarget | BeforeDue | AfterDue, ...] = ()
    calendar: str | None = "default"
    kind: Literal["sla", "ola"] = "sla"

    __attrs_post_init__ = refuse_wrong_types
