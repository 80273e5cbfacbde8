"""Compute everything that a service stores and sends after a command or a wake-up, as one value.

A service that stores a `Transaction` in one database transaction is correct. If it stops before the commit, nothing
has happened: it gives the command again, or wakes the ticket again, and gets an equal value. If it stops after the
commit, everything has happened but the sending, and the stored items of the outbox say what is left to send.

Source: docs/semantics.md 3.9, 3.11, 3.12.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import cast

import attrs

from ticketflow.engine.decisions import Accepted, Decision, Refused
from ticketflow.engine.handling import handle
from ticketflow.engine.lookahead import unknown_from
from ticketflow.engine.planning import apply, evaluate, next_due
from ticketflow.engine.refusals import Reason
from ticketflow.errors import BadValueError
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import check_argument
from ticketflow.rules.ruleset import Rules
from ticketflow.service.delivery import Deliveries, Delivery, Mode, Why, Within, deliveries, follow_ups
from ticketflow.service.intake import active_at
from ticketflow.tickets import commands, events
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.facts import Category
from ticketflow.tickets.ticket import Ticket

_ROBOT = Actor("robot", "ticketflow")


@attrs.frozen
class Row:
    """The facts of a ticket that a store keeps in columns, to find the ticket by.

    Attributes:
        ticket: The ticket's id.
        version: Its version: the number of its entries.
        state: Its state.
        category: The category of the state.
        requester: The id of the person for whom it is; None if nobody is known.
        assignee: The id of its owner; None for nobody.
        active_at: The instant in UTC at which a person last wrote on it; that of its opening if nobody did. `route`
            prefers the latest one.
        follows: The id of the closed ticket that it follows up; None if it follows up none.
        next_due: The instant in UTC at which it must be woken; None for never, as far as the holidays are known.
        unknown_from: The instant in UTC from which on it is not known what is due, because the public holidays are not
            known; None if all is known.
        rules: The digest of the rules by which *next_due* was computed.
    """

    ticket: str
    version: int
    state: str
    category: Category
    requester: str | None
    assignee: str | None
    active_at: datetime
    follows: str | None
    next_due: datetime | None
    unknown_from: datetime | None
    rules: str


def row_of(ticket: Ticket, rules: Rules) -> Row:
    """Return the facts of *ticket* that a store keeps in columns.

    Raises:
        BadValueError: An argument has a wrong type.
    """
    due = next_due(ticket, rules), unknown_from(ticket, rules)
    who = ticket.requester, ticket.assignee
    past = active_at(ticket), ticket.follows
    return Row(ticket.id, ticket.version, ticket.state, ticket.category, *who, *past, *due, rules.digest)


@attrs.frozen
class OutboxItem:
    """A message or an event that rules asked for, to store with the entries and to send after the commit.

    A store needs no copy of the message: it keeps the key, the ticket, the sequence of the entry, *place* and
    *withheld*, and builds the item from the stored entry.

    Attributes:
        entry: The entry of the occurrence that made the event.
        place: The place of the event among the events of the entry, from 0.
        withheld: The reason not to send it; None to send it.

    Raises:
        BadValueError: At *place*, the entry has no message that a rule requests and no event that a rule emits.
    """

    entry: events.Entry
    place: int
    withheld: Why | None = None

    def __attrs_post_init__(self) -> None:
        made = self.entry.events
        known = isinstance(self.entry.cause, events.ByRule) and 0 <= self.place < len(made)
        if not known or not isinstance(made[self.place], events.MessageRequested | events.Emitted):
            what = f"entry {self.entry.sequence} has no message or emitted event of a rule at place {self.place}"
            raise BadValueError(what, "give the place of a MessageRequested or an Emitted among its events")

    @property
    def key(self) -> str:
        """Its identity, the same for every attempt; letters, digits and a hyphen.

        Store it under a unique index, and pass it to the receiver as an idempotency key.
        """
        return f"{self.entry.id}-{self.place}"

    @property
    def request(self) -> events.MessageRequested | events.Emitted:
        """What to send: a message, or an emitted event."""
        return cast("events.MessageRequested | events.Emitted", self.entry.events[self.place])

    @property
    def occurrence(self) -> events.Key:
        """The key of the occurrence: the ticket, and the rule that asked for it."""
        return cast("events.ByRule", self.entry.cause).key

    @property
    def ticket(self) -> str:
        """The id of the ticket."""
        return self.occurrence.ticket

    @property
    def recipient(self) -> str | None:
        """The id of the person whom it is for; None for a group or role, for nobody, and for an emitted event."""
        request = self.request
        return None if isinstance(request, events.Emitted) else request.recipient

    @property
    def group(self) -> str | None:
        """The name of the group or role whom it is for; None for a person, for nobody, and for an emitted event.

        Your service knows the members.
        """
        request = self.request
        if isinstance(request, events.Emitted) or request.recipient or request.to in events.PERSONAL:
            return None
        return request.to


@attrs.frozen
class Write:
    """What to store for one ticket.

    Attributes:
        ticket: The ticket as it stands now.
        entries: The new entries, oldest first. Insert them under a unique index over ticket and sequence: if another
            transaction has stored an entry with one of these sequences, the insert fails, and the command must be
            given again to the ticket as it is stored now.
        row: The facts for the columns. Update them only if *before* is still stored, also if there are no entries.
    """

    ticket: Ticket
    entries: tuple[events.Entry, ...]
    row: Row

    @property
    def before(self) -> PersistentList[events.Entry] | None:
        """The history that the new entries follow; None for a ticket that is opened.

        Compare its version with the stored one, and its digest (`documents.history_digest`): an erasure changes a
        history and leaves its version.
        """
        history: PersistentList[events.Entry] | None = self.ticket.history
        for _ in self.entries:
            history = history.before if history else None
        return history


@attrs.frozen
class Transaction:
    """Everything to store and to send after a command or a wake-up.

    Attributes:
        decision: The answer to the command; of a wake-up, the answer to the plan.
        writes: What to store for each ticket that was changed or opened, follow-ups included. Empty for a refusal and
            for a command that was accepted before. After a wake-up it has the ticket even if nothing was due, because
            the row can have changed. A closed ticket that is followed up comes last if it has no new entries: the
            follow-up names its history, so that history must still be stored.
        outbox: The messages and events, in order; those that are withheld come last.
        refused: The follow-ups that rules asked for and that were refused, each with all reasons.
        has_more: Whether a bound cut a wake-up short: wake the ticket again at once.
    """

    decision: Decision
    writes: tuple[Write, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    refused: tuple[tuple[commands.FollowUp, tuple[Reason, ...]], ...] = ()
    has_more: bool = False

    @property
    def to_send(self) -> tuple[OutboxItem, ...]:
        """The items of the outbox that are not withheld."""
        return tuple(item for item in self.outbox if item.withheld is None)


def transact(  # noqa: PLR0913 -- the arguments of `handle` and `deliveries`
    ticket: Ticket | None,
    command: commands.Command,
    rules: Rules,
    stored: Ticket | None = None,
    *,
    modes: Mapping[str, Mode | Within] = FrozenMap(),
    default: Mode | Within = "latest",
    robot: Actor = _ROBOT,
) -> Transaction:
    """Give a command to a ticket and return everything to store and to send.

    Args:
        ticket: The ticket that gets the command, as it is stored; None for `Open`.
        command: The command.
        rules: The rule set.
        stored: For a follow-up, the ticket that is stored under the id of the new one, as in `handle`.
        modes: The modes for late messages, by rule id, as in `deliveries`.
        default: The mode of all other rules.
        robot: The actor who opens the follow-ups that rules ask for.

    Raises:
        BadValueError: An argument has a wrong type, *stored* is another ticket, or a mode does not exist.

    Source: docs/semantics.md 3.9, 3.12.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> opening = transact(None, commands.Open("T-1", at=noon, by=ada), servicenow())
    >>> [(write.row.ticket, write.row.state, len(write.entries)) for write in opening.writes]
    [('T-1', 'new', 1)]
    """
    check_argument(robot, Actor, "robot")
    decision = handle(ticket, command, rules, stored)
    found = _Collected(rules, lambda each: deliveries(each, command.at, modes, default), robot)
    found.add(decision)
    if ticket is not None:
        found.keep_followed(ticket)
    return found.transaction(decision)


def transact_due(
    now: datetime,
    ticket: Ticket,
    rules: Rules,
    *,
    modes: Mapping[str, Mode | Within] = FrozenMap(),
    default: Mode | Within = "latest",
    robot: Actor = _ROBOT,
) -> Transaction:
    """Carry out what is due on a ticket and return everything to store and to send.

    If nothing is due, there is only a row to store. A worker that wakes a ticket too early, too late or twice does no
    harm. After a change of the rules, `outdated` says which tickets to wake, too.

    Args:
        now: The instant; aware.
        ticket: The ticket, as it is stored.
        rules: The rule set.
        modes: The modes for late messages, by rule id, as in `deliveries`.
        default: The mode of all other rules.
        robot: The actor who opens the follow-ups that rules ask for.

    Raises:
        NaiveDatetimeError: *now* has no time zone.
        BadValueError: An argument has a wrong type, or a mode does not exist.

    Source: docs/semantics.md 3.9, 3.11.
    """
    check_argument(robot, Actor, "robot")
    plan = evaluate(now, ticket, rules)
    decision = apply(ticket, plan)
    found = _Collected(rules, lambda each: deliveries(each, now, modes, default), robot)
    found.keep(ticket, ())  # its row is stored even if nothing is due
    found.add(decision)
    return found.transaction(decision, has_more=plan.has_more)


_MOST_FOLLOW_UPS = 100
"""The number of follow-ups that one transaction opens. Only rules that close what they open can ask for more."""

_TOO_MANY = Reason(
    "behind",
    f"one transaction opened {_MOST_FOLLOW_UPS} follow-ups, each from the one before",
    "let no rule close a new ticket and ask for its follow-up",
)


class _Collected:
    """What several decisions of one transaction store and send."""

    def __init__(self, rules: Rules, split: Callable[[Decision], Deliveries], robot: Actor) -> None:
        self._rules = rules
        self._split = split
        self._robot = robot
        self._tickets: dict[str, Ticket] = {}
        self._entries = defaultdict[str, tuple[events.Entry, ...]](tuple)
        self._outbox = list[OutboxItem]()
        self._refused = list[tuple[commands.FollowUp, tuple[Reason, ...]]]()

    def add(self, decision: Decision) -> None:
        """Add a decision, and those of the follow-ups for which it asks, and so on."""
        todo, opened = deque([decision]), 0
        while todo:
            each = todo.popleft()
            self._outbox += _outbox(self._split(each))
            for touched in each.touched if isinstance(each, Accepted) else ():
                self.keep(touched.ticket, touched.entries)
                for command in follow_ups(touched, self._robot):
                    answer = handle(self._tickets[touched.ticket.id], command, self._rules)
                    if opened == _MOST_FOLLOW_UPS:
                        answer = Refused(touched.ticket, (_TOO_MANY,))
                    if isinstance(answer, Refused):
                        self._refused.append((command, answer.reasons))
                        continue
                    opened += 1
                    todo.append(answer)

    def keep(self, ticket: Ticket, entries: tuple[events.Entry, ...]) -> None:
        """Keep a ticket and its new entries."""
        self._tickets[ticket.id] = ticket
        self._entries[ticket.id] += entries

    def keep_followed(self, ticket: Ticket) -> None:
        """Keep a ticket that did not change and is followed up."""
        if ticket.id not in self._tickets and any(each.follows == ticket.id for each in self._tickets.values()):
            self.keep(ticket, ())

    def transaction(self, decision: Decision, *, has_more: bool = False) -> Transaction:
        """Return everything as a value."""
        writes = (Write(each, self._entries[each.id], row_of(each, self._rules)) for each in self._tickets.values())
        return Transaction(decision, tuple(writes), tuple(self._outbox), tuple(self._refused), has_more)


def _outbox(split: Deliveries) -> Iterator[OutboxItem]:
    for delivery in split.send:
        yield _item(delivery, None)
    for each in split.withheld:
        yield _item(each.delivery, each.why)


def _item(delivery: Delivery, why: Why | None) -> OutboxItem:
    entry = delivery.due.entry
    place = next(index for index, event in enumerate(entry.events) if event is delivery.request)
    return OutboxItem(entry, place, why)
