"""Measures: when a clock starts, pauses and stops, as conditions over the ticket; and the usual ones.

Source: docs/semantics.md 4.1, 4.5.
"""

from __future__ import annotations

from typing import Literal

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.type_checks import refuse_wrong_types
from ticketflow.tickets.anchors import LastMessage
from ticketflow.workflow import conditions

_IS_PENDING = conditions.CategoryIs("pending")
_IS_OVER = conditions.CategoryIs("resolved", "closed")
_HAS_WRITTEN = conditions.Happened(LastMessage("agent"))
_WAS_ANSWERED = conditions.WasAnswered()

Again = Literal["continue", "count", "anew", "never"]
"""What happens when a clock starts again after a stop.

``continue`` goes on with the same cycle without the time in between, ``count`` counts that time too, ``anew`` begins
another cycle, and ``never`` leaves the clock stopped: its first cycle is its only one.
"""


@attrs.frozen(kw_only=True)
class Measure:
    """When a clock starts, pauses and stops, as conditions over the ticket.

    Attributes:
        runs: The clock starts when this condition becomes true, and stops when it becomes false.
        frozen: The clock stands still while this condition holds.
        void: A cycle that stops while this condition holds is void: neither met nor missed.
        again: What happens when *runs* becomes true once more.
        each: The name of a fact; each of its changes ends a cycle and begins another.
    """

    runs: conditions.Condition
    frozen: conditions.Condition = conditions.NEVER
    void: conditions.Condition = conditions.NEVER
    again: Again = "continue"
    each: str | None = None

    __attrs_post_init__ = refuse_wrong_types


def first_response(since: Literal["message", "opening"] = "message") -> Measure:
    """Return the measure of the time until the support first answers the customer.

    It starts with the customer's first public message, at the opening or later, and ends with the next public message
    by a person of the support. An assignment is not an answer. A ticket without a message of the customer starts no
    such clock. If a ticket is resolved without an answer, the cycle is void: neither met nor missed.

    Args:
        since: ``message`` counts from the customer's first public message. ``opening`` counts from the opening, whoever
            opened the ticket, until the support's first public message: for desks that open tickets by telephone.

    Raises:
        BadValueError: *since* is something else.

    Source: docs/semantics.md 4.1.

    >>> str(first_response("opening").void)
    'not (the last message by the support has happened)'
    """
    if since not in ("message", "opening"):
        raise BadValueError(f"since is {since!r:.200}", "give message or opening")
    if since == "opening":
        runs = conditions.All(conditions.Not(_HAS_WRITTEN), conditions.Not(_IS_OVER))
        return Measure(runs=runs, void=conditions.Not(_HAS_WRITTEN))
    runs = conditions.All(conditions.IsUnanswered(), conditions.Not(_WAS_ANSWERED), conditions.Not(_IS_OVER))
    return Measure(runs=runs, void=conditions.Not(_WAS_ANSWERED))


def next_reply(again: Literal["anew", "never"] = "anew") -> Measure:
    """Return the measure of the time until each answer after the first response.

    A cycle starts at the customer's oldest unanswered message. A message of the support that no customer's message
    precedes is no answer, so on a ticket that the desk began the first cycle is that of the first response. If the
    ticket is resolved before it is answered, the cycle is void: neither met nor missed.

    Args:
        again: ``anew`` for a cycle for each answer, ``never`` for the first of them only.

    Raises:
        BadValueError: *again* is something else.

    Source: docs/semantics.md 4.1.

    >>> next_reply().again
    'anew'
    """
    _check_each_or_first(again)
    return Measure(
        runs=conditions.All(_WAS_ANSWERED, conditions.IsUnanswered(), conditions.Not(_IS_OVER)),
        void=conditions.IsUnanswered(),
        again=again,
    )


def _check_each_or_first(again: object) -> None:
    if again not in ("anew", "never"):
        raise BadValueError(f"again is {again!r:.200}", "give anew or never")


def resolution(again: Again = "continue", frozen: conditions.Condition = conditions.NEVER) -> Measure:
    """Return the measure of the time until the ticket is resolved.

    Args:
        again: What happens on reopening. ``continue`` goes on without the time in which the ticket was resolved,
            ``count`` goes on and counts that time, ``anew`` begins another cycle, ``never`` does nothing.
        frozen: The condition under which the clock stands still. The states that freeze it come on top.

    Source: docs/semantics.md 4.1, 4.5.

    >>> resolution("anew").again
    'anew'
    """
    return Measure(runs=conditions.Not(_IS_OVER), again=again, frozen=frozen)


def requester_wait(waits_for_customer: conditions.Condition = _IS_PENDING, again: Again = "continue") -> Measure:
    """Return the measure of the time until resolution, without the time in which the desk waits for the customer.

    Args:
        waits_for_customer: The condition under which the desk waits for the customer.
        again: What happens on reopening, as in `resolution`.

    Source: docs/semantics.md 4.1.

    >>> str(requester_wait().frozen)
    'the ticket is pending'
    """
    return resolution(again, waits_for_customer)


def agent_work(again: Again = "continue") -> Measure:
    """Return the measure of the time in which the desk has work to do: until resolution, without pending states.

    Args:
        again: What happens on reopening, as in `resolution`.

    Source: docs/semantics.md 4.1.

    >>> str(agent_work().frozen)
    'the ticket is pending'
    """
    return resolution(again, _IS_PENDING)


def update_interval(again: Literal["anew", "never"] = "anew") -> Measure:
    """Return the measure of the time between updates: every public message of the support begins a cycle.

    The first cycle begins with the first public message of the customer or the support. Until then, the customer knows
    nothing of a ticket that the desk began.

    Args:
        again: ``anew`` for a cycle for each update, ``never`` for the first of them only.

    Raises:
        BadValueError: *again* is something else.

    Source: docs/semantics.md 4.1.

    >>> update_interval().each
    'answers'
    """
    _check_each_or_first(again)
    has_begun = conditions.AnyOf(conditions.Happened(LastMessage("customer")), _HAS_WRITTEN)
    return Measure(runs=conditions.All(has_begun, conditions.Not(_IS_OVER)), again=again, each="answers")


def time_while(condition: conditions.Condition, again: Again = "continue") -> Measure:
    """Return the measure of the time in which *condition* holds, for example in a state or at a priority.

    Args:
        condition: The condition.
        again: ``continue`` adds up all times in which it holds; ``anew`` makes each of them a cycle; ``never``
            measures the first only.

    Source: docs/semantics.md 4.1.

    >>> time_while(conditions.CategoryIs("pending"), "anew").again
    'anew'
    """
    return Measure(runs=condition, again=again)
