"""What to send of a plan, and what to withhold because the plan came late.

Lateness is a matter of delivery, never of state: the history holds every occurrence at its own instant, whatever is
sent.

Source: docs/semantics.md 3.9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.planning import Due, Plan
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, refuse_wrong_types
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor

Mode = Literal["all", "latest", "earliest"]
"""What is sent of several messages of one episode that come in one plan."""

_MODES = ("all", "latest", "earliest")


@attrs.frozen
class Within:
    """Everything that is no later than a grace is sent, and nothing else.

    Attributes:
        grace: How late a message may come.
    """

    grace: Elapsed

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Delivery:
    """A message that a plan asks for.

    Attributes:
        request: What is asked for.
        due: The occurrence that asks; its key makes the delivery the one it is.
    """

    request: events.MessageRequested
    due: Due


@attrs.frozen
class Withheld:
    """A message that is not sent.

    Attributes:
        delivery: The message.
        why: ``late``, ``latest_is_sent``, ``earliest_is_sent``, or ``ticket_closes`` where its own ladder closes the
            ticket in the same plan.
    """

    delivery: Delivery
    why: Literal["late", "latest_is_sent", "earliest_is_sent", "ticket_closes"]


@attrs.frozen
class Deliveries:
    """What becomes of a plan's messages.

    Attributes:
        send: What to send, in order.
        withheld: What not, and why; together with *send* it is all that the plan asks for.
    """

    send: tuple[Delivery, ...] = ()
    withheld: tuple[Withheld, ...] = ()


def deliveries(
    plan: Plan, now: datetime, modes: Mapping[str, Mode | Within] = FrozenMap(), default: Mode | Within = "latest"
) -> Deliveries:
    """Return what to send of *plan* and what to withhold.

    Args:
        plan: What `evaluate` gave.
        now: When it is carried out; aware.
        modes: For rules by id, what is sent of several messages of one episode.
        default: That of all other rules.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: there is no such mode.

    Source: docs/semantics.md 3.9.

    >>> from datetime import UTC
    >>> deliveries(Plan(), datetime(2026, 11, 19, tzinfo=UTC))
    Deliveries(send=(), withheld=())
    """
    check_argument(plan, Plan, "plan")
    at = to_utc(now, "now")
    if not isinstance(modes, Mapping):
        raise BadValueError(f"modes is {modes!r:.200}", "give a mapping of rule ids to modes")
    for mode in (*modes.values(), default):
        if not isinstance(mode, Within) and mode not in _MODES:
            raise BadValueError(f"mode {mode!r}", f"there are: {', '.join(_MODES)}, and Within a grace")
    asked = tuple(_asked(plan))
    send, withheld = list[Delivery](), list[Withheld]()
    for index, delivery in enumerate(asked):
        mode = modes.get(delivery.due.rule, default)
        why = _against(delivery, send, asked[index + 1 :], plan, at, mode)
        if why is None:
            send.append(delivery)
        else:
            withheld.append(Withheld(delivery, why))
    return Deliveries(tuple(send), tuple(withheld))


def follow_ups(plan: Plan, by: Actor) -> tuple[commands.FollowUp, ...]:
    """Return the commands that open the follow-ups which *plan* asks for; give each to the ticket, once it is closed.

    The new ticket's id is made of the key of what asked for it, and the key is the id of the delivery: asking again
    gives the same.

    Args:
        plan: What `evaluate` gave.
        by: Who opens them: somebody who may.

    Source: docs/semantics.md 1.1, 3.1.

    >>> follow_ups(Plan(), Actor("robot", "desk"))
    ()
    """
    check_argument(plan, Plan, "plan")
    check_argument(by, Actor, "by")
    asking = [due for due in plan if any(isinstance(event, events.FollowUpRequested) for event in due.entry.events)]
    return tuple(
        commands.FollowUp(_named_after(due.key), at=due.entry.at, by=by, event_id=due.key.digest) for due in asking
    )


def _named_after(key: events.Key) -> str:
    """Return an id that is the key's alone, in groups that people can say."""
    digest = key.digest.upper()
    return f"{digest[:8]}-{digest[8:16]}"


def _asked(plan: Plan) -> Iterator[Delivery]:
    for due in plan:
        for event in due.entry.events:
            if isinstance(event, events.MessageRequested):
                yield Delivery(event, due)


def _against(
    delivery: Delivery,
    sent: Sequence[Delivery],
    after: tuple[Delivery, ...],
    plan: Plan,
    at: datetime,
    mode: Mode | Within,
) -> Literal["late", "latest_is_sent", "earliest_is_sent", "ticket_closes"] | None:
    """Return what is against sending a message, if anything is."""
    if any(_closes(due) and _episode(due) == _episode(delivery.due) for due in plan if due is not delivery.due):
        return "ticket_closes"
    if isinstance(mode, Within):
        return "late" if at - delivery.due.entry.at > mode.grace.amount else None
    if mode == "latest" and _shares_episode(delivery, after):
        return "latest_is_sent"
    if mode == "earliest" and _shares_episode(delivery, sent):
        return "earliest_is_sent"
    return None


def _closes(due: Due) -> bool:
    return any(isinstance(event, events.StateChanged) and event.category == "closed" for event in due.entry.events)


def _episode(due: Due) -> tuple[str, int, str]:
    return due.key.rule, due.key.generation, due.key.arming


def _shares_episode(delivery: Delivery, others: Sequence[Delivery]) -> bool:
    """Return whether another occurrence of the same episode asks for a message too."""
    mine = delivery.due
    return any(_episode(other.due) == _episode(mine) and other.due is not mine for other in others)
