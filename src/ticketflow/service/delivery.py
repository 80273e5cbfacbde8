"""Choose which messages of a plan to send, and open the follow-ups that a plan asks for.

A plan that is carried out late can contain reminders that are no longer useful. Withholding them changes no ticket:
the history has every occurrence at its own instant, whether or not its message is sent.

Source: docs/semantics.md 3.9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import attrs

from ticketflow.calendars.spans import Elapsed
from ticketflow.engine.decisions import Accepted, Decision, Refused
from ticketflow.engine.plans import Due, Plan, Touched
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import check_argument, refuse_wrong_types
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor

Mode = Literal["all", "latest", "earliest"]
"""Which messages are sent if one plan has several messages of one episode."""

Why = Literal["no_addressee", "late", "latest_is_sent", "earliest_is_sent", "ticket_closes", "episode_ended"]
"""The reason for which a message is withheld."""

_MODES = ("all", "latest", "earliest")


@attrs.frozen
class Within:
    """A mode that sends every message that is at most *grace* late.

    Attributes:
        grace: The greatest delay between a message's occurrence and the delivery.
    """

    grace: Elapsed

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Delivery:
    """A message that a plan asks for.

    Attributes:
        request: The event that asks for it.
        due: The occurrence that made the event. Its key identifies the delivery.
    """

    request: events.MessageRequested
    due: Due


@attrs.frozen
class Withheld:
    """A message that is not sent.

    Attributes:
        delivery: The message.
        why: ``no_addressee`` if it was for nobody at its instant; ``ticket_closes`` if its own episode closes the
            ticket in the same plan; ``episode_ended`` if the command that found it due ended its episode; ``late``,
            ``latest_is_sent`` or ``earliest_is_sent`` by its mode.
    """

    delivery: Delivery
    why: Why


@attrs.frozen
class Deliveries:
    """The messages of a plan, split into those to send and those to withhold.

    Attributes:
        send: The messages to send, in the order of the plan.
        withheld: All other messages of the plan, each with the reason.
    """

    send: tuple[Delivery, ...] = ()
    withheld: tuple[Withheld, ...] = ()


def deliveries(
    plan: Plan | Decision,
    now: datetime,
    modes: Mapping[str, Mode | Within] = FrozenMap(),
    default: Mode | Within = "latest",
) -> Deliveries:
    """Split the messages of *plan* into those to send and those to withhold.

    Args:
        plan: The result of `evaluate`, or the answer of `handle` or `apply`. An answer has the messages of what it
            found due, and of the rules that reacted, on each ticket that it touched. A refusal has none.
        now: The instant at which the plan is carried out; aware.
        modes: The modes of rules, by rule id.
        default: The mode of all other rules.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: A mode does not exist.

    Source: docs/semantics.md 3.9.

    >>> from datetime import UTC
    >>> deliveries(Plan(), datetime(2026, 11, 19, tzinfo=UTC))
    Deliveries(send=(), withheld=())
    """
    check_argument(plan, Plan | Decision, "plan")
    at = to_utc(now, "now")
    if not isinstance(modes, Mapping):
        raise BadValueError(f"modes is {modes!r:.200}", "give a mapping from rule ids to modes")
    for mode in (*modes.values(), default):
        if not isinstance(mode, Within) and mode not in _MODES:
            raise BadValueError(f"mode {mode!r:.200} does not exist", f"give {', '.join(_MODES)} or Within(...)")
    items = _items(plan)
    requested = tuple(
        Delivery(event, due)
        for due in items
        for event in due.entry.events
        if isinstance(event, events.MessageRequested)
    )
    closing = {_episode(due): due for due in items if _closes(due)}
    ended = {due.key for due in plan.ended if not _closes(due)} if isinstance(plan, Accepted) else set[events.Key]()

    def addressed_after(index: int) -> list[Delivery]:
        return [each for each in requested[index + 1 :] if each.request.has_addressee]

    send, withheld = list[Delivery](), list[Withheld]()
    for index, delivery in enumerate(requested):
        mode = modes.get(delivery.due.rule, default)
        if not delivery.request.has_addressee:
            why: Why | None = "no_addressee"
        elif closing.get(_episode(delivery.due), delivery.due) is not delivery.due:
            why = "ticket_closes"
        elif mode != "all" and delivery.due.key in ended:
            why = "episode_ended"
        elif isinstance(mode, Within):
            why = "late" if at - delivery.due.entry.at > mode.grace.amount else None
        elif mode == "latest" and _shares_episode(delivery, addressed_after(index)):
            why = "latest_is_sent"
        elif mode == "earliest" and _shares_episode(delivery, send):
            why = "earliest_is_sent"
        else:
            why = None
        if why is None:
            send.append(delivery)
        else:
            withheld.append(Withheld(delivery, why))
    return Deliveries(tuple(send), tuple(withheld))


def _items(plan: Plan | Decision) -> tuple[Due, ...]:
    if isinstance(plan, Plan):
        return plan.due
    return () if isinstance(plan, Refused) else tuple(due for touched in plan.touched for due in touched)


def follow_ups(plan: Plan | Touched, by: Actor) -> tuple[commands.FollowUp, ...]:
    """Return the commands that open the follow-ups for which *plan* asks.

    Give each command to the ticket of the plan once the ticket is closed. The id of the new ticket and the event id
    of the command are made from the key of the occurrence, so the same plan always gives the same commands.

    Args:
        plan: The result of `evaluate`, or an item of `Accepted.touched`.
        by: The actor who opens them. They need the permission to do so.

    Source: docs/semantics.md 1.1, 3.1.

    >>> follow_ups(Plan(), Actor("robot", "desk"))
    ()
    """
    check_argument(plan, Plan | Touched, "plan")
    check_argument(by, Actor, "by")
    asking = [due for due in plan if any(isinstance(event, events.FollowUpRequested) for event in due.entry.events)]
    return tuple(
        commands.FollowUp(_ticket_id(due.key), at=due.entry.at, by=by, event_id=due.key.digest) for due in asking
    )


def _ticket_id(key: events.Key) -> str:
    """Return an id made from *key*, in groups of letters and digits that people can read aloud."""
    digest = key.digest.upper()
    return f"{digest[:8]}-{digest[8:16]}"


def _closes(due: Due) -> bool:
    return any(isinstance(event, events.StateChanged) and event.category == "closed" for event in due.entry.events)


def _episode(due: Due) -> tuple[str, str, int, str]:
    return due.key.ticket, due.key.rule, due.key.generation, due.key.arming


def _shares_episode(delivery: Delivery, others: Sequence[Delivery]) -> bool:
    """Return whether another occurrence of the same episode is among *others*."""
    due = delivery.due
    return any(_episode(other.due) == _episode(due) and other.due is not due for other in others)
