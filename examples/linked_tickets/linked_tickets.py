"""A service for linked tickets: parents that are resolved with their children, and merged tickets.

The library decides one ticket at a time. What happens between tickets is the service's part: it links them, records on
a parent that a child was resolved, and loads the ticket into which another one was merged.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

import ticketflow as tf
from ticketflow import actions, commands, events
from ticketflow.service import Load, OpenNew, Route

ANA, BRUNO, CARLA = tf.Actor("agent", "ana"), tf.Actor("customer", "bruno"), tf.Actor("customer", "carla")
SERVICE = tf.Actor("robot", "service")
MONDAY, HOUR = datetime(2026, 11, 23, 9, tzinfo=UTC), timedelta(hours=1)
CHILDREN = 3


def desk() -> tf.Rules:
    """Return a desk that resolves a parent with its third child, and closes a ticket that was merged."""
    states = (tf.State("open"), tf.State("resolved", "resolved"), tf.State("closed", "closed"))
    transitions = (
        tf.Transition("resolve", ["open"], "resolved", may=["agent"]),
        tf.Transition("reopen", ["resolved"], "open", may=["agent"]),
        tf.Transition("close", ["open", "resolved"], "closed", may=["agent"]),
    )
    workflow = tf.Workflow(states, transitions, outside_events={"child_resolved"}, after_closing="follow_up")
    all_resolved = tf.Happened(tf.Outside("child_resolved"), at_least=CHILDREN)
    rules = (
        tf.Automation("resolve-parent", tf.OnEnter(all_resolved), (actions.Move("resolve"),)),
        tf.Automation("tell-resolved", tf.OnEnter(tf.StateIs("resolved")), (actions.SendMessage("resolved"),)),
        tf.Automation("close-merged", tf.OnLink("merged_into"), (actions.Move("close"), actions.SendMessage("merged"))),
    )
    return tf.Rules("linked", workflow, tf.BusinessCalendar("UTC", "mon-fri 09:00-18:00"), rules)


class Service:
    """Tickets in memory, and the messages to send.

    A real service stores the entries of `Accepted.touched`, and the messages among them, in one transaction.

    Attributes:
        rules: The rule set.
        tickets: The tickets, by id.
        outbox: The messages to send: ticket, template and recipient.
    """

    def __init__(self, rules: tf.Rules) -> None:
        self.rules = rules
        self.tickets: dict[str, tf.Ticket] = {}
        self.outbox: list[tuple[str, str, str | None]] = []

    def give(self, command: commands.Command, ticket: str | None = None) -> tf.Decision:
        """Give a command to a ticket, keep what it changes, and tell the parents of resolved children."""
        decision = tf.handle(self.tickets[ticket] if ticket else None, command, self.rules)
        if not isinstance(decision, tf.Accepted):
            return decision
        for touched in decision.touched:
            self.tickets[touched.ticket.id] = touched.ticket
        for delivery in tf.deliveries(decision, command.at).send:
            request = delivery.request
            if isinstance(request, events.MessageRequested):  # an emitted event goes to another system, not to a person
                self.outbox.append((delivery.due.key.ticket, request.template, request.recipient))
        for touched in decision.touched:
            changes = ((entry.at, event) for entry in touched.entries for event in entry.events)
            for at, event in changes:
                if isinstance(event, events.StateChanged) and event.category == "resolved":
                    self.tell_parents(touched.ticket, at)
        return decision

    def tell_parents(self, child: tf.Ticket, at: datetime) -> None:
        """Record on each parent that a child was resolved.

        The event id is that of the child. So the same child counts once, even if it is resolved again, or if the
        service stops between the two tickets and tells the parent again. A closed parent refuses the event.
        """
        told = commands.RecordEvent("child_resolved", at=at, by=SERVICE, event_id=f"{child.id}.resolved")
        for link in child.links:
            if link.kind == "parent":
                self.give(told, link.ticket)

    def adopt(self, parent: str, child: str, at: datetime) -> None:
        """Make a ticket the child of another one."""
        self.give(commands.Link(child, "child", at=at, by=ANA), parent)
        self.give(commands.Link(parent, "parent", at=at, by=ANA), child)

    def merge(self, ticket: str, into: str, at: datetime) -> None:
        """Merge a ticket into another one, in which the conversation goes on. A closed ticket cannot be merged."""
        merged = self.give(commands.Link(into, "merged_into", at=at, by=ANA), ticket)
        if isinstance(merged, tf.Accepted):
            self.give(commands.Link(ticket, "merged_from", at=at, by=ANA), into)

    def receive(self, arrival: tf.Arrival, at: datetime, new_ticket: str) -> Route:
        """Route a message that has arrived, and add it where it belongs.

        The candidates are the sender's own tickets and the one that the message names. Merges can lead to tickets of
        other customers; `route` names them one by one.
        """
        found = {each.id: each for each in self.tickets.values() if each.requester == arrival.by.id}
        if arrival.reply_to in self.tickets:
            found[arrival.reply_to] = self.tickets[arrival.reply_to]
        route = tf.route(arrival, found.values(), self.rules, at)
        while isinstance(route, Load):
            found[route.ticket] = self.tickets[route.ticket]
            route = tf.route(arrival, found.values(), self.rules, at)
        command = tf.command_for(route, arrival, at, new_ticket)
        if command is not None:
            self.give(command, None if isinstance(route, OpenNew) else route.ticket)
        return route


def outage(service: Service) -> None:
    """Three customers report an outage. Ana resolves their tickets one by one."""
    service.give(commands.Open("T-0", at=MONDAY, by=ANA))
    for number, by in enumerate((BRUNO, CARLA, BRUNO), 1):
        service.give(commands.Open(f"T-{number}", message=tf.Message(f"m{number}"), at=MONDAY, by=by))
    for number in range(1, CHILDREN + 1):
        service.adopt("T-0", f"T-{number}", MONDAY + HOUR)
    for number in range(1, CHILDREN + 1):
        at = MONDAY + (1 + number) * HOUR
        service.give(commands.Move("resolve", at=at, by=ANA), f"T-{number}")
        print(f"T-{number} is resolved; its parent T-0 is {service.tickets['T-0'].state}")


def duplicates(service: Service) -> None:
    """Bruno and Carla report the same fault. Their tickets are merged, twice, and Bruno answers the first mail."""
    for name, by in (("T-4", BRUNO), ("T-5", CARLA), ("T-6", CARLA)):
        service.give(commands.Open(name, message=tf.Message(f"m-{name}"), at=MONDAY + 6 * HOUR, by=by))
    service.merge("T-4", "T-5", MONDAY + 7 * HOUR)
    service.merge("T-5", "T-6", MONDAY + 8 * HOUR)
    answer = tf.Arrival(tf.Message("m7"), BRUNO, reply_to="T-4")
    print(f"Bruno answers T-4: {service.receive(answer, MONDAY + 9 * HOUR, 'T-7')}")


def main() -> None:
    """Print what happens to the tickets, and what is sent."""
    service = Service(desk())
    outage(service)
    duplicates(service)
    for ticket, template, recipient in service.outbox:
        print(f"send {template!r} of {ticket} to {recipient}")


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output has stopped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
