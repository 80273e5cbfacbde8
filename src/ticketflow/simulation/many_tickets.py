"""Many tickets under one rule set, and what is due next among them.

A ticket that waits costs one entry in a heap. Nothing asks it anything until its next instant comes, or until it gets a
command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heappop, heappush

from ticketflow.engine.decisions import Accepted, Decision
from ticketflow.engine.lookahead import first_ahead
from ticketflow.engine.plans import Touched
from ticketflow.engine.program import Program
from ticketflow.engine.run import Run, dues
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import to_utc
from ticketflow.kernel.type_checks import items_of
from ticketflow.rules.ruleset import Rules, check_rules
from ticketflow.service.delivery import follow_ups
from ticketflow.service.simulation import give
from ticketflow.tickets import commands
from ticketflow.tickets.actors import Actor
from ticketflow.tickets.ticket import Ticket

FOLLOW_UPS = Actor("robot", "follow-ups")
"""The actor who opens the follow-ups that rules request."""


def _ignore(_: Touched) -> None:
    """Do nothing with a change."""


class Tickets(Mapping[str, Ticket]):
    """Tickets by their ids, under one rule set. They change by commands and as time passes.

    This is the part of a simulation that is automatic. Use it in the event loop of another simulator, such as SimPy:
    give it the commands of people, wait until `next_due`, and `carry_out` what is due then.

    Args:
        rules: The rule set.
        tickets: The tickets at the start.
        on_change: A function that is called with each ticket that changes, and its new entries.

    Raises:
        BadValueError: An argument has the wrong type.

    >>> from datetime import UTC
    >>> from ticketflow.presets.servicenow import servicenow
    >>> noon, ada = datetime(2026, 11, 19, 12, tzinfo=UTC), Actor("agent", "ada")
    >>> tickets = Tickets(servicenow())
    >>> opened = tickets.give(commands.Open("T-1", at=noon, by=ada))
    >>> solved = tickets.give(commands.Move("to_resolved", at=noon, by=ada), "T-1")
    >>> tickets.next_due.isoformat()
    '2026-11-24T12:00:00+00:00'
    >>> tickets.carry_out(tickets.next_due)
    >>> tickets["T-1"].state, tickets.next_due
    ('closed', None)
    """

    def __init__(
        self, rules: Rules, tickets: Iterable[Ticket] = (), on_change: Callable[[Touched], None] = _ignore
    ) -> None:
        check_rules(rules)
        self.rules = rules
        self.on_change = on_change
        self._program = Program.of(rules)
        self._tickets: dict[str, Ticket] = {}
        self._next: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        for ticket in items_of(tickets, Ticket, "tickets"):
            self._keep(ticket)

    def __getitem__(self, ticket: str) -> Ticket:
        return self._tickets[ticket]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tickets)

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def next_due(self) -> datetime | None:
        """The next instant, in UTC, at which something is due on any ticket; None if there is none."""
        heap = self._heap
        while heap and self._next.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def give(self, command: commands.Command, ticket: str | None = None) -> Decision:
        """Give a command to a ticket and return the decision.

        Everything due before the command is carried out on that ticket first. Follow-ups that rules request are opened.

        Args:
            command: The command.
            ticket: The id of the ticket; None for `commands.Open`.

        Raises:
            BadValueError: There is no such ticket, or *command* is not a command.
        """
        if isinstance(command, commands.Open):
            ticket = command.ticket
        elif ticket not in self._tickets:
            raise BadValueError(f"there is no ticket {ticket!r:.200}", "open it first")
        present = None if ticket is None else self._tickets.get(ticket)
        stored = None
        if present is not None and isinstance(command, commands.FollowUp):
            stored = self._tickets.get(command.ticket_id(present.id))
        _, decision = give(present, command, self.rules, stored)
        if isinstance(decision, Accepted):
            self._take(decision.touched)
        return decision

    def carry_out(self, until: datetime) -> None:
        """Carry out everything that is due at or before an instant, in the order of time.

        Raises:
            NaiveDatetimeError: *until* has no time zone.
        """
        end = to_utc(until, "until")
        while (due := self.next_due) is not None and due <= end:
            _, ticket = heappop(self._heap)
            del self._next[ticket]
            run = Run(self._tickets[ticket], self._program)  # as `advance`, with the due items
            while run.next_instant(due):
                pass
            self._take((Touched(run.ticket, run.entries(), tuple(dues(run))),))

    def forget(self, ticket: str) -> bool:
        """Drop a ticket, so that it takes no more memory, unless something is due on it.

        Returns:
            False if something is due on it.
        """
        if ticket in self._next:
            return False
        del self._tickets[ticket]
        return True

    def _take(self, changed: tuple[Touched, ...]) -> None:
        """Keep tickets that changed, and open the follow-ups for which they ask."""
        for touched in changed:
            self._keep(touched.ticket)
            self.on_change(touched)
        for touched in changed:
            for command in follow_ups(touched, FOLLOW_UPS) if touched.due else ():
                self.give(command, touched.ticket.id)

    def _keep(self, ticket: Ticket) -> None:
        self._tickets[ticket.id] = ticket
        first = first_ahead(ticket, self._program)
        if first is None:
            self._next.pop(ticket.id, None)
        elif self._next.get(ticket.id) != first.at:
            self._next[ticket.id] = first.at
            heappush(self._heap, (first.at, ticket.id))
