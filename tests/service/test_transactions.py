"""Everything that a service stores and sends in one transaction."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, utc
from tests.support.small_rule_set import SUPPORT, WEEKDAYS
from ticketflow import (
    Accepted,
    Actor,
    After,
    Automation,
    Created,
    Elapsed,
    Ladder,
    Message,
    OnEnter,
    OnMessage,
    Permission,
    Refused,
    Rules,
    Rung,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    commands,
    evolve,
    next_due,
    person,
)
from ticketflow.errors import BadValueError, NaiveDatetimeError
from ticketflow.rules.actions import Emit, FollowUp, Move, SendMessage
from ticketflow.rules.automations import Rule
from ticketflow.service.transactions import OutboxItem, Row, Transaction, transact, transact_due
from ticketflow.tickets.events import Emitted

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")), (Transition("close", ("open",), "closed", may=SUPPORT),)
)
REMINDERS = Ladder(
    "remind",
    Created(),
    StateIs("open"),
    (Rung(Elapsed(hours=1), SendMessage("first")), Rung(Elapsed(hours=2), SendMessage("second"))),
)
GREETING = Automation("greet", OnMessage("customer"), (SendMessage("hello"), SendMessage("terms"), Emit("opened")))
AGAIN = Automation("again", OnEnter(StateIs("closed")), (FollowUp(),))


def rules(*all_of: Rule, workflow: Workflow = WORKFLOW) -> Rules:
    return Rules("desk", workflow, WEEKDAYS, all_of)


def opening(desk: Rules) -> Transaction:
    return transact(None, commands.Open("T-1", message=Message("m1"), at=NINE, by=CUSTOMER), desk)


def opened(desk: Rules) -> Ticket:
    return opening(desk).writes[0].ticket


def close(at: int = 1) -> commands.Move:
    return commands.Move("close", at=NINE + at * HOUR, by=ANA)


class TestCommands:
    def test_an_opening_has_the_entries_and_the_row(self) -> None:
        desk = rules(REMINDERS)
        [write] = opening(desk).writes
        assert [entry.sequence for entry in write.entries] == [0]
        assert write.row == Row("T-1", 1, "open", "open", CUSTOMER.id, None, NINE, None, NINE + HOUR, None, desk.digest)

    def test_several_requests_of_one_entry_have_several_keys(self) -> None:
        items = opening(rules(GREETING)).outbox
        assert [getattr(item.request, "template", "opened") for item in items] == ["hello", "terms", "opened"]
        assert len({item.key for item in items}) == 3
        assert [item.recipient for item in items] == [CUSTOMER.id, CUSTOMER.id, None]
        assert {item.ticket for item in items} == {"T-1"}

    def test_recipients_are_people_groups_or_nobody(self) -> None:
        """A person can have the id `agent`, so people and groups are told apart."""
        then = [SendMessage("x", to) for to in ("requester", "agent", "leads", person("leads"), "owner")]
        tell = Automation("tell", OnMessage("customer"), (*then, Emit("opened")))
        desk = rules(tell, workflow=attrs.evolve(WORKFLOW, groups={"leads"}))
        by = Actor("customer", "agent")
        found = transact(None, commands.Open("T-1", message=Message("m1"), at=NINE, by=by), desk)
        assert [(item.recipient, item.group, item.withheld) for item in found.outbox] == [
            ("agent", None, None),
            (None, "agent", None),
            (None, "leads", None),
            ("leads", None, None),
            (None, None, None),
            (None, None, "no_addressee"),
        ]

    def test_a_write_knows_the_history_before_it(self) -> None:
        desk = rules(GREETING)
        first = opening(desk).writes[0]
        second = transact(first.ticket, close(), desk).writes[0]
        third = transact_due(NINE + 9 * HOUR, second.ticket, desk).writes[0]
        assert (first.before, second.before, third.before) == (None, first.ticket.history, second.ticket.history)

    def test_an_item_is_made_of_its_entry(self) -> None:
        [write] = opening(rules(GREETING)).writes
        item = OutboxItem(write.entries[1], 2)
        assert (item.key, item.request) == (f"{write.entries[1].id}-2", Emitted("opened"))
        assert (item.occurrence.rule, item.withheld) == ("greet", None)

    @pytest.mark.parametrize(("entry", "place"), [(0, 0), (1, 3), (1, -1), (2, 0)])
    def test_an_item_is_something_that_a_rule_asked_for(self, entry: int, place: int) -> None:
        closing = Automation("then-close", OnMessage("customer"), (Move("close"),))
        [write] = opening(rules(GREETING, closing)).writes
        what = f"entry {entry} has no message or emitted event of a rule at place {place}; "
        fix = "give the place of a MessageRequested or an Emitted among its events"
        with pytest.raises(BadValueError, match=f"^{what}{fix}$"):
            OutboxItem(write.entries[entry], place)

    def test_a_ticket_is_active_when_a_person_writes(self) -> None:
        desk = rules(REMINDERS, GREETING)
        silent = transact(None, commands.Open("T-2", at=NINE, by=ANA), desk).writes[0]
        written = commands.AddMessage(Message("m2"), at=NINE + HOUR, by=CUSTOMER)
        note = transact(silent.ticket, written, desk).writes[0]
        assert (silent.row.active_at, note.row.active_at) == (NINE, NINE + HOUR)
        assert transact_due(NINE + 9 * HOUR, note.ticket, desk).writes[0].row.active_at == NINE + HOUR

    def test_the_same_command_gives_an_equal_value(self) -> None:
        assert opening(rules(GREETING)) == opening(rules(GREETING))

    def test_what_was_due_before_is_stored_and_withheld(self) -> None:
        desk = rules(attrs.evolve(REMINDERS, ended_by=None))
        found = transact(opened(desk), close(5), desk)
        assert [entry.sequence for entry in found.writes[0].entries] == [1, 2, 3]
        assert [(item.withheld, item in found.to_send) for item in found.outbox] == [("episode_ended", False)] * 2

    def test_modes_choose_what_is_sent(self) -> None:
        desk = rules(attrs.evolve(REMINDERS, ended_by=None))
        assert len(transact(opened(desk), close(5), desk, modes={"remind": "all"}).to_send) == 2
        assert len(transact(opened(desk), close(5), desk, default="all").to_send) == 2

    def test_a_refusal_stores_nothing(self) -> None:
        desk = rules(REMINDERS)
        found = transact(opened(desk), commands.Move("nowhere", at=NINE, by=ANA), desk)
        assert isinstance(found.decision, Refused)
        assert (found.writes, found.outbox) == ((), ())

    def test_a_repeated_command_stores_nothing(self) -> None:
        desk = rules()
        command = attrs.evolve(close(), event_id="e1")
        closed = transact(opened(desk), command, desk).writes[0].ticket
        again = transact(closed, command, desk)
        assert isinstance(again.decision, Accepted)
        assert (again.decision.is_repeated, again.writes) == (True, ())


class TestFollowUps:
    def test_a_follow_up_is_in_the_same_transaction(self) -> None:
        desk = rules(AGAIN, GREETING)
        found = transact(opened(desk), close(), desk)
        first, second = found.writes
        assert (first.row.ticket, first.row.state) == ("T-1", "closed")
        assert (first.row.follows, second.row.follows) == (None, "T-1")
        assert (second.row.state, second.ticket.follows, second.row.requester) == ("open", "T-1", CUSTOMER.id)
        assert [entry.sequence for entry in second.entries] == [0]

    def test_what_rules_do_on_the_follow_up_is_sent(self) -> None:
        hello = Automation("hello", OnEnter(StateIs("open")), (SendMessage("again"),))
        found = transact(opened(rules(AGAIN, hello)), close(), rules(AGAIN, hello))
        assert [item.ticket for item in found.to_send] == [found.writes[1].ticket.id]

    def test_a_command_that_follows_up_needs_the_closed_ticket_as_it_was(self) -> None:
        """The follow-up names its history, so its write comes last, with no entries."""
        desk = rules()
        closed = transact(opened(desk), close(), desk).writes[0].ticket
        command = commands.FollowUp(event_id="e2", at=NINE + 2 * HOUR, by=CUSTOMER)
        follow_up, followed = transact(closed, command, desk).writes
        assert (follow_up.ticket.follows, follow_up.before) == ("T-1", None)
        assert (followed.ticket, followed.entries, followed.before) == (closed, (), closed.history)
        assert transact(closed, command, desk, follow_up.ticket).writes == ()

    def test_a_refused_follow_up_is_told(self) -> None:
        desk = rules(AGAIN, workflow=attrs.evolve(WORKFLOW, permissions={"follow_up": Permission(["agent"])}))
        found = transact(opened(desk), close(), desk)
        [(command, reasons)] = found.refused
        assert (command.at, [reason.kind for reason in reasons]) == (NINE + HOUR, ["not_allowed"])
        assert len(found.writes) == 1

    def test_another_robot_can_open_it(self) -> None:
        desk = rules(AGAIN)
        found = transact(opened(desk), close(), desk, robot=Actor("robot", "desk"))
        assert found.writes[1].ticket.history.first.actor == Actor("robot", "desk")

    def test_follow_ups_that_close_themselves_end(self) -> None:
        at_once = Automation("at-once", OnEnter(StateIs("open")), (Move("close"),))
        desk = rules(AGAIN, at_once)
        found = opening(desk)
        assert len(found.writes) == 101
        [(_, [reason])] = found.refused
        assert reason.what == "one transaction opened 100 follow-ups, each from the one before"


class TestWakeUps:
    def test_what_is_due_is_stored_and_the_latest_reminder_sent(self) -> None:
        desk = rules(REMINDERS)
        found = transact_due(NINE + 3 * HOUR, opened(desk), desk)
        [write] = found.writes
        assert (write.row.version, write.row.next_due, found.has_more) == (3, None, False)
        assert [item.withheld for item in found.outbox] == [None, "latest_is_sent"]

    def test_the_row_is_stored_if_nothing_is_due(self) -> None:
        desk, slower = rules(REMINDERS), rules(attrs.evolve(REMINDERS, rungs=REMINDERS.rungs[1:]))
        found = transact_due(NINE, opened(desk), slower)
        [write] = found.writes
        assert (write.entries, write.row.next_due, write.row.rules) == ((), NINE + 2 * HOUR, slower.digest)

    def test_a_plan_that_a_bound_cut_short_has_more(self) -> None:
        hourly = Automation("hourly", After(Elapsed(hours=1), Created(), every=Elapsed(hours=1)), (SendMessage("x"),))
        desk = attrs.evolve(rules(hourly), occurrences_per_call=3)
        found = transact_due(NINE + 10 * HOUR, opened(desk), desk)
        assert (found.has_more, found.writes[0].row.next_due) == (True, NINE + 4 * HOUR)

    def test_a_crash_at_any_point_loses_and_doubles_nothing(self) -> None:
        """3.12: a service stores each value whole or not at all, and tries again from what it has stored."""
        desk = rules(REMINDERS, GREETING, AGAIN)
        steps = [None, close(5), None]
        for crash in range(3):
            stored: dict[str, Ticket] = {"T-1": opened(desk)}
            outbox = {item.key for item in opening(desk).outbox}
            for number, command in enumerate(steps):
                for commits in (False, True) if number == crash else (True,):
                    at, ticket = NINE + (number + 1) * HOUR, stored["T-1"]
                    found = transact(ticket, command, desk) if command else transact_due(at, ticket, desk)
                    for write in found.writes if commits else ():
                        earlier = stored.get(write.row.ticket)
                        assert (earlier.version if earlier else 0) + len(write.entries) == write.row.version
                        for entry in write.entries:
                            earlier = evolve(earlier, entry)
                        assert earlier is not None
                        assert (earlier, write.row.next_due) == (write.ticket, next_due(earlier, desk))
                        stored[write.row.ticket] = earlier
                    outbox |= {item.key for item in found.outbox} if commits else set()
            assert sorted(each.state for each in stored.values()) == ["closed", "open"]
            assert len(outbox) == 3 + 2


def test_bad_arguments_are_refused() -> None:
    desk = rules()
    with pytest.raises(BadValueError, match="robot is 'x'"):
        transact(opened(desk), close(), desk, robot="x")  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match="robot is 'x'"):
        transact_due(NINE, opened(desk), desk, robot="x")  # type: ignore[arg-type]
    with pytest.raises(NaiveDatetimeError):
        transact_due(NINE.replace(tzinfo=None), opened(desk), desk)
    with pytest.raises(BadValueError, match="mode 'x' does not exist"):
        transact(opened(desk), close(), desk, default="x")  # type: ignore[arg-type]
