"""The service for linked tickets: what the README says about parents, children and merges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from linked_tickets import ANA, BRUNO, CARLA, HOUR, MONDAY, SERVICE, Service, desk

import ticketflow as tf
from ticketflow import commands, events
from ticketflow.service import Append, FollowUp, OpenNew, SetAside

PROGRAM = Path(__file__).parent / "linked_tickets.py"


@pytest.fixture
def service() -> Service:
    """Return a service with a parent T-0 and its children T-1 to T-3, of which Carla's is T-2."""
    made = Service(desk())
    made.give(commands.Open("T-0", at=MONDAY, by=ANA))
    for number, by in enumerate((BRUNO, CARLA, BRUNO), 1):
        made.give(commands.Open(f"T-{number}", message=tf.Message(f"m{number}"), at=MONDAY, by=by))
        made.adopt("T-0", f"T-{number}", MONDAY)
    return made


def move(service: Service, transition: str, ticket: str, hours: int) -> tf.Decision:
    return service.give(commands.Move(transition, at=MONDAY + hours * HOUR, by=ANA), ticket)


def told(service: Service) -> list[str]:
    """Return the ids of the events that were recorded on the parent."""
    return [
        str(entry.cause.event_id)
        for entry in service.tickets["T-0"].history
        if isinstance(entry.cause, events.ByCommand) and entry.actor == SERVICE
    ]


class TestParents:
    def test_a_parent_is_resolved_with_its_last_child(self, service: Service) -> None:
        for number, state in enumerate(("open", "open", "resolved"), 1):
            move(service, "resolve", f"T-{number}", number)
            assert service.tickets["T-0"].state == state
        parent = service.tickets["T-0"]
        assert parent.changed_at == MONDAY + 3 * HOUR
        assert told(service) == ["T-1.resolved", "T-2.resolved", "T-3.resolved"]

    def test_a_child_that_is_resolved_again_counts_once(self, service: Service) -> None:
        for hours, transition in enumerate(("resolve", "reopen", "resolve", "reopen", "resolve"), 1):
            move(service, transition, "T-1", hours)
        assert told(service) == ["T-1.resolved"]
        assert service.tickets["T-0"].state == "open"

    def test_telling_a_parent_again_changes_nothing(self, service: Service) -> None:
        move(service, "resolve", "T-1", 1)
        before = service.tickets["T-0"]
        service.tell_parents(service.tickets["T-1"], MONDAY + HOUR)
        assert service.tickets["T-0"] == before

    def test_a_grandparent_is_told_when_a_rule_resolves_the_parent(self, service: Service) -> None:
        service.give(commands.Open("T-9", at=MONDAY, by=ANA))
        service.adopt("T-9", "T-0", MONDAY)
        for number in (1, 2, 3):
            move(service, "resolve", f"T-{number}", number)
        assert service.tickets["T-9"].history.last.events == (events.OutsideEventRecorded("child_resolved"),)

    def test_a_closed_parent_refuses_the_event(self, service: Service) -> None:
        service.merge("T-0", "T-3", MONDAY)
        assert service.tickets["T-0"].state == "closed"
        assert isinstance(move(service, "resolve", "T-1", 1), tf.Accepted)
        assert told(service) == []

    def test_a_refused_command_tells_nobody(self, service: Service) -> None:
        assert isinstance(move(service, "reopen", "T-1", 1), tf.Refused)
        assert told(service) == []


class TestMerges:
    def arrived(self, service: Service, by: tf.Actor = BRUNO, *, automatic: bool = False, to: str = "T-1") -> object:
        arrival = tf.Arrival(tf.Message("m9", automatic=automatic), by, reply_to=to)
        return service.receive(arrival, MONDAY + 9 * HOUR, "T-9")

    def test_a_message_follows_two_merges_to_the_ticket_of_another_customer(self, service: Service) -> None:
        service.give(commands.Open("T-4", message=tf.Message("m4"), at=MONDAY, by=CARLA))
        service.merge("T-1", "T-2", MONDAY + HOUR)
        service.merge("T-2", "T-4", MONDAY + 2 * HOUR)
        assert self.arrived(service) == Append("T-4", ("T-1", "T-2"))
        (added,) = service.tickets["T-4"].history.last.events
        assert isinstance(added, events.MessageAdded)
        assert (added.message.id, service.tickets["T-4"].history.last.actor) == ("m9", BRUNO)

    def test_a_merged_ticket_is_closed_and_its_customer_told(self, service: Service) -> None:
        service.merge("T-1", "T-2", MONDAY + HOUR)
        assert (service.tickets["T-1"].state, service.outbox) == ("closed", [("T-1", "merged", "bruno")])

    def test_after_the_last_ticket_is_closed_a_follow_up_of_it_opens(self, service: Service) -> None:
        service.merge("T-1", "T-2", MONDAY + HOUR)
        move(service, "close", "T-2", 2)
        assert self.arrived(service, automatic=True) == SetAside("T-2", ("T-1",))
        assert "T-9" not in service.tickets
        assert self.arrived(service) == FollowUp("T-2", ("T-1",))
        assert service.tickets["T-9"].follows == "T-2"

    def test_a_closed_ticket_is_not_merged(self, service: Service) -> None:
        move(service, "close", "T-1", 1)
        service.merge("T-1", "T-2", MONDAY + 2 * HOUR)
        assert [link.kind for link in service.tickets["T-2"].links] == ["parent"]

    def test_a_message_without_a_ticket_opens_one(self, service: Service) -> None:
        dora = tf.Actor("customer", "dora")
        assert self.arrived(service, dora, to="T-8") == OpenNew()
        assert service.tickets["T-9"].requester == "dora"


def test_the_program_prints_what_the_readme_says() -> None:
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[2:4] == [
        "T-3 is resolved; its parent T-0 is resolved",
        "Bruno answers T-4: Append(ticket='T-6', through=('T-4', 'T-5'))",
    ]
    assert f"    {lines[3]}\n" in (PROGRAM.parent / "README.md").read_text(encoding="utf-8")
    assert len(lines) == 9
