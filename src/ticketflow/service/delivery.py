"""Choose which messages and events of a plan to send, and open the follow-ups that a plan asks for.

A plan that is carried out late can contain reminders that are no longer useful. Withholding them changes no ticket:
the history has every occurrence at its own instant, whether or not its message is sent. An emitted event is no
reminder: no other event takes its place, so only a grace withholds it.

Source: docs/semantics.md 3.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

_Episode = tuple[str, str, int, str]
"""The ticket, rule, generation and arming entry of an episode."""

_MODES = ("all", "latest", "earliest")


@attrs.frozen
class Within:
    """A mode that sends everything that is at most *grace* late.

    Attributes:
        grace: The greatest delay between an occurrence and the delivery.
    """

    grace: Elapsed

    __attrs_post_init__ = refuse_wrong_types


@attrs.frozen
class Delivery:
    """A message that a plan asks for, or an event that it emits for other systems.

    Attributes:
        request: The event of the history: a request for a message, or an emitted event.
        due: The occurrence that made the event. Its key identifies the delivery, together with the name of an emitted
            event if a step emits several.
    """

    request: events.MessageRequested | events.Emitted
    due: Due


@attrs.frozen
class Withheld:
    """A message or emitted event that is not sent.

    Attributes:
        delivery: The message or event.
        why: ``late`` by its mode. Of messages also: ``no_addressee`` if it was for nobody at its instant;
            ``ticket_closes`` if its own episode closes the ticket in the same plan; ``episode_ended`` if the command
            that found it due ended its episode; ``latest_is_sent`` or ``earliest_is_sent`` by its mode.
    """

    delivery: Delivery
    why: Why


@attrs.frozen
class Deliveries:
    """The messages and emitted events of a plan, split into those to send and those to withhold.

    Attributes:
        send: The messages and events to send, in the order of the plan.
        withheld: All others, each with the reason.
    """

    send: tuple[Delivery, ...] = ()
    withheld: tuple[Withheld, ...] = ()


def deliveries(
    plan: Plan | Decision,
    now: datetime,
    modes: Mapping[str, Mode | Within] = FrozenMap(),
    default: Mode | Within = "latest",
) -> Deliveries:
    """Split the messages and emitted events of *plan* into those to send and those to withhold.

    An emitted event is withheld only if a grace says so (`Within`). All other modes are about reminders.

    Args:
        plan: The result of `evaluate`, or the answer of `handle` or `apply`. An answer has the messages and events of
            what it found due, and of the rules that reacted, on each ticket that it touched. A refusal has none.
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
    ended = plan.ended if isinstance(plan, Accepted) else ()
    late = _Late(at, items, frozenset(due.key for due in ended if not _closes(due)))
    send, withheld = list[Delivery](), list[Withheld]()
    for delivery in _requested(items):
        why = late.why_withheld(delivery, modes.get(delivery.due.rule, default))
        if why is None:
            send.append(delivery)
            late.note_sent(delivery)
        else:
            withheld.append(Withheld(delivery, why))
    return Deliveries(tuple(send), tuple(withheld))


class _Late:
    """What the items of a plan say about the messages of each episode; costs one walk over them."""

    def __init__(self, at: datetime, items: Sequence[Due], ended: frozenset[events.Key]) -> None:
        self._first_sent: dict[_Episode, Due] = {}
        self._at = at
        self._ended = ended
        self._closing = {_episode(due): due for due in items if _closes(due)}
        self._latest = {_episode(each.due): each.due for each in _requested(items) if _has_addressee(each.request)}

    def note_sent(self, delivery: Delivery) -> None:
        """Note that a message is sent; the first one of each episode counts."""
        if isinstance(delivery.request, events.MessageRequested):
            self._first_sent.setdefault(_episode(delivery.due), delivery.due)

    def why_withheld(self, delivery: Delivery, mode: Mode | Within) -> Why | None:
        """Return the reason for which a message or event is withheld; None if it is sent."""
        due, episode = delivery.due, _episode(delivery.due)
        why: Why | None = None
        is_late = isinstance(mode, Within) and self._at - due.entry.at > mode.grace.amount
        if isinstance(delivery.request, events.Emitted):
            return "late" if is_late else None
        if not delivery.request.has_addressee:
            why = "no_addressee"
        elif self._closing.get(episode, due) is not due:
            why = "ticket_closes"
        elif mode != "all" and due.key in self._ended:
            why = "episode_ended"
        elif isinstance(mode, Within):
            why = "late" if is_late else None
        elif mode == "latest" and self._latest[episode] is not due:
            why = "latest_is_sent"
        elif mode == "earliest" and self._first_sent.get(episode, due) is not due:
            why = "earliest_is_sent"
        return why


def _requested(items: Iterable[Due]) -> Iterator[Delivery]:
    """Yield the messages that items ask for and the events that they emit, in their order."""
    for due in items:
        yield from (Delivery(event, due) for event in due.entry.events if isinstance(event, _REQUESTS))


_REQUESTS = events.MessageRequested | events.Emitted


def _has_addressee(request: events.MessageRequested | events.Emitted) -> bool:
    return isinstance(request, events.MessageRequested) and request.has_addressee


def _items(plan: Plan | Decision) -> tuple[Due, ...]:
    if isinstance(plan, Plan):
        return plan.due
    return () if isinstance(plan, Refused) else tuple(due for touched in plan.touched for due in touched)


def follow_ups(plan: Plan | Touched, by: Actor) -> tuple[commands.FollowUp, ...]:
    """Return the commands that open the follow-ups for which *plan* asks.

    Give each command to the ticket of the plan once the ticket is closed. The id of the new ticket and the event id
    of the command are made from the key of the occurrence, so the same plan always gives the same commands. The new
    ticket has the fields that the workflow copies (`Transition.follow_up_fields`).

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
        commands.FollowUp(events.sayable_id(name), at=due.entry.at, by=by, event_id=name)
        for due, name in ((due, due.key.digest) for due in asking)
    )


def _closes(due: Due) -> bool:
    return any(isinstance(event, events.StateChanged) and event.category == "closed" for event in due.entry.events)


def _episode(due: Due) -> _Episode:
    return due.key.ticket, due.key.rule, due.key.generation, due.key.arming
