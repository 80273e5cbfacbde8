"""Laws about the messages that a command finds due (semantics 3.9).

Whether a command ended an episode is read here from the history alone: from the condition, the anchor and `ended_by`
after each entry.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from tests.support.random_lives import ASKED, World, growing, law, rules_of, worlds
from ticketflow import Accepted, Due, Elapsed, Ticket, Within, handle
from ticketflow.rules.automations import Rule
from ticketflow.rules.schedules import AtMoment, Repeats, Steps, schedule_of
from ticketflow.rules.triggers import AtField
from ticketflow.service.delivery import Delivery, Mode, deliveries
from ticketflow.tickets.anchors import last_moved
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import ByRule, Key, MessageRequested, StateChanged
from ticketflow.tickets.facts import Mark
from ticketflow.workflow.conditions import holds

pytestmark = pytest.mark.lives

MODES: tuple[Mode | Within, ...] = ("all", "latest", "earliest", Within(Elapsed(hours=12)))
FIRST_REASONS = ("no_addressee", "ticket_closes")
"""The reasons that go before the end of an episode."""
Message = tuple[Key, MessageRequested]


class TestLateCommands:
    """3.9: no reminder is sent of an episode that the command ended, except in mode all."""

    @law(
        300,
        worlds(kinds=("ladder", "ladder", "ladder", "timer", "reaction"), asked=(*ASKED, *["answer"] * 12)),
        sent=0.15,
        withheld=0.3,
        episode_ended=0.03,
        sent_nevertheless=0.03,
        goes_on=0.15,
    )
    def test_no_reminder_of_an_episode_that_the_command_ended_is_sent(self, world: World) -> Iterator[str]:
        ticket: Ticket | None = None
        for command in late(world):
            answer = handle(ticket, command, world.rules)
            if ticket is not None and isinstance(answer, Accepted):
                yield from splits(answer, world)
            ticket = answer.ticket


def late(world: World) -> Iterator[Command]:
    """Yield the commands of a world with ten times the time between them."""
    start = world.life[0].at
    return (attrs.evolve(command, at=start + 10 * (command.at - start)) for command in world.life)


def splits(answer: Accepted, world: World) -> Iterator[str]:
    """Check how each mode splits the messages of an answer, and yield what there was."""
    over = {due.key for due in answer.due if not closes(due) and is_ended(due, answer.ticket, world)}
    asked = [(due.key, event) for due in (*answer.due, *answer.reactions) for event in messages_of(due)]
    for mode in MODES:
        found = deliveries(answer, answer.ticket.changed_at, default=mode)
        sent = [message for each in found.send for message in message_of(each)]
        withheld = [(message, each.why) for each in found.withheld for message in message_of(each.delivery)]
        assert sorted([*sent, *(message for message, _ in withheld)], key=str) == sorted(asked, key=str)
        yield from ["sent"] * bool(sent)
        for (key, _), why in withheld:
            yield "withheld"
            assert why in FIRST_REASONS or (key in over and mode != "all") is (why == "episode_ended")
            yield why.replace("_", " ")
        for key, _ in sent:
            assert key not in over or mode == "all"
            yield "sent nevertheless" if key in over else "goes on"


def messages_of(due: Due) -> Iterator[MessageRequested]:
    return (event for event in due.entry.events if isinstance(event, MessageRequested))


def message_of(delivery: Delivery) -> Iterator[Message]:
    """Yield the message of a delivery, unless it is an emitted event, which is no reminder."""
    if isinstance(delivery.request, MessageRequested):
        yield delivery.due.key, delivery.request


def closes(due: Due) -> bool:
    return any(isinstance(event, StateChanged) and event.category == "closed" for event in due.entry.events)


def is_ended(due: Due, after: Ticket, world: World) -> bool:
    """Return True if the episode of a due item goes on until the last command to a ticket, and not beyond it."""
    tickets, rule, cause = list(growing(after)), rules_of(world.rules)[due.rule], due.entry.cause
    assert isinstance(cause, ByRule)
    if schedule_of(rule) is None:
        return False  # a reaction has no episode
    command = max(entry.sequence for entry in after.history if not entry.is_automatic)
    before, since = tickets[cause.armed + 1 : command], tickets[command:]
    return not any(is_over(rule, each) for each in before) and any(is_over(rule, each) for each in since)


def is_over(rule: Rule, ticket: Ticket) -> bool:
    """Return True if the last entry of a ticket ended an episode of a rule, or began another one."""
    ended = last_moved(rule.ended_by, ticket.marks) if rule.ended_by else None
    marks = (ended and ended[1], anchor_of(rule, ticket))
    moved = (mark and mark.sequence == ticket.history.last.sequence for mark in marks)
    return not holds(rule.given, ticket.facts) or any(moved)


def anchor_of(rule: Rule, ticket: Ticket) -> Mark | None:
    """Return the mark of the anchor of a rule that waits for time; None if it has none, or the anchor never moved."""
    match schedule_of(rule):
        case Steps(since=since) | Repeats(since=since):
            moved = last_moved(since, ticket.marks)
            return moved[1] if moved else None
        case AtMoment(moment=AtField(field=field)):
            trail = ticket.trails.get(f"field.{field}")
            return trail.mark if trail else None
        case _:
            return None
