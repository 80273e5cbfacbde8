"""Rows A1 to A11: the state *in progress* of Adereso. Instants are worked out by hand, as the docstrings show.

November 2026 in Santiago (UTC-3, summer time): Mon 23 to Fri 27, Mon 30. Tue 8 December is a holiday. Winter time,
UTC-4, ends on Sun 6 September 2026 and begins on Sun 5 April. Hours are Monday to Friday 9 to 18.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, happenings, mails, utc
from ticketflow import Accepted, Actor, Elapsed, Message, Refused, Rules, Ticket, commands, evaluate, next_due
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import WorkingTime
from ticketflow.engine.decisions import Decision, Option, available
from ticketflow.engine.handling import handle_all
from ticketflow.errors import BadValueError
from ticketflow.presets.adereso import adereso
from ticketflow.rules.actions import SendMessage
from ticketflow.service.explanations import Explanation, explain
from ticketflow.service.intake import Append, Arrival, OpenNew, route
from ticketflow.service.reports import Spent, report, report_all
from ticketflow.sla.policies import Target
from ticketflow.sla.reading import read
from ticketflow.text.sentences import Wording
from ticketflow.tickets.anchors import Anchor, AssignedLast, LastActivity, LastMessage, Latest
from ticketflow.tickets.events import (
    Assigned,
    ByRule,
    Dropped,
    MessageAdded,
    MessageRequested,
    StateChanged,
    Superseded,
)
from ticketflow.tickets.messages import Hint
from ticketflow.tickets.records import records
from ticketflow.workflow.conditions import AnyOf, StateIs, matching

SANTIAGO = ZoneInfo("America/Santiago")
OFF = adereso()
RULES = adereso(in_progress=True)
MICRO = timedelta(microseconds=1)
LABELS = {"open": "Abierto", "in_progress": "En Progreso", "closed": "Cerrado"}
BEA = Actor("agent", "bea")
VENDOR = Actor("third_party", "vendor")
CLOCKWORK = Actor("system", "clockwork")


def cl(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant in Santiago's local time."""
    return datetime(year, month, day, hour, minute, tzinfo=SANTIAGO)


MONDAY = cl(2026, 11, 23, 9)
BEGUN = cl(2026, 11, 23, 10)
LATER = cl(2026, 11, 23, 11)


def opened(rules: Rules = RULES) -> Desk:
    """Return a ticket that its customer opened on Mon 23 Nov 2026 at 9:00, assigned to Ana."""
    desk = Desk(rules)
    desk.open(MONDAY)
    desk.assign(cl(2026, 11, 23, 9, 5))
    return desk


QUIET = adereso(in_progress=True, review=None)

# each of the three automations of A2 alone
CLOSING = adereso(in_progress=True, wake_after=(), answers_out_of_hours=False, review=None)
WAKING = adereso(in_progress=True, close_after=None, answers_out_of_hours=False, review=None)
SHUTTING = adereso(
    in_progress=True, close_after=None, wake_after=(), closes_out_of_hours=True, answers_out_of_hours=False, review=None
)
SPEAKING = adereso(in_progress=True, close_after=None, wake_after=(), review=None)
NOTHING = adereso(in_progress=True, close_after=None, wake_after=(), answers_out_of_hours=False, review=None)
ALL_ON = adereso(in_progress=True, closes_out_of_hours=True)

# what the clock makes of an answer of Mon 23 Nov 10:00
FIRST_WAKE = cl(2026, 11, 24, 10)  # one day
SECOND_WAKE = cl(2026, 11, 25, 10)  # two days
CLOSE = cl(2026, 11, 26, 10)  # three days
SHUT = cl(2026, 11, 23, 18)  # the next closing


def in_progress(rules: Rules = RULES) -> Desk:
    """A ticket that Ana put in progress on Mon 23 Nov 2026 at 10:00."""
    desk = opened(rules)
    move(desk, BEGUN, "start_progress")
    assert desk.ticket.state == "in_progress"
    return desk


def closed() -> Desk:
    desk = opened()
    move(desk, BEGUN, "close")
    assert desk.ticket.category == "closed"
    return desk


def move(desk: Desk, at: datetime, transition: str, by: Actor = ANA) -> Accepted:
    """Take a transition without a message."""
    return desk.give(commands.Move(transition, at=at, by=by))


def answered(rules: Rules = RULES) -> Desk:
    """A ticket that its customer opened on Mon 23 Nov at 9:00 and Ana answered at 10:00."""
    desk = opened(rules)
    desk.write(BEGUN, ANA)
    return desk


def busy(rules: Rules, since: datetime, until: datetime | None = None) -> Desk:
    """A ticket answered on Mon 23 Nov at 10:00 that was in progress for a while."""
    desk = answered(rules)
    move(desk, since, "start_progress")
    if until:
        move(desk, until, "back_to_open")
    return desk


def why(desk: Desk, rule: str, now: datetime) -> Explanation:
    """Return the explanation of *rule*."""
    return next(each for each in explain(now, desk.ticket, desk.rules) if each.rule == rule)


def start(by: Actor = ANA, at: datetime = BEGUN) -> commands.Move:
    return commands.Move("start_progress", at=at, by=by)


def help_of(refusal: Refused) -> str:
    return "; ".join(reason.help for reason in refusal.reasons)


def option(ticket: Ticket, actor: Actor, rules: Rules, transition: str) -> Option:
    return next(each for each in available(ticket, actor, rules) if each.transition == transition)


class TestA1:
    def test_a1_states_and_their_labels(self) -> None:
        assert {state.name: state.labels["es"] for state in RULES.workflow.states} == LABELS
        assert [state.labels["en"] for state in RULES.workflow.states] == ["open", "in progress", "closed"]

    def test_a1_a_ticket_begins_as_open(self) -> None:
        assert opened().ticket.state == "open"
        assert opened(OFF).ticket.state == "open"

    def test_a1_off_by_default_and_the_refusal_says_how_to_enable_it(self) -> None:
        refusal = opened(OFF).refused(start())
        assert refusal.kinds == {"state_not_enabled"}
        assert "adereso(in_progress=True)" in help_of(refusal)

    def test_a1_it_is_off_for_administrators_too(self) -> None:
        assert opened(OFF).refused(start(BOSS)).kinds == {"state_not_enabled"}

    def test_a1_a_refusal_gives_both_reasons_when_disabled_and_not_allowed(self) -> None:
        assert opened(OFF).refused(start(CUSTOMER)).kinds == {"state_not_enabled", "not_allowed"}

    def test_a1_how_to_enable_it_can_be_read_in_both_languages(self) -> None:
        state = OFF.workflow.state("in_progress")
        assert state is not None
        assert set(state.to_enable) == {"en", "es"}
        assert all("adereso(in_progress=True)" in text for text in state.to_enable.values())

    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a1_switched_on_it_is_for_all_agents(self, by: Actor) -> None:
        desk = opened()
        desk.give(start(by))
        assert desk.ticket.state == "in_progress"

    def test_a1_available_transitions_show_that_it_is_disabled(self) -> None:
        off = option(opened(OFF).ticket, ANA, OFF, "start_progress")
        assert [reason.kind for reason in off.reasons] == ["state_not_enabled"]
        assert option(opened().ticket, ANA, RULES, "start_progress").is_open

    def test_a1_switched_off_again_a_stored_ticket_can_still_leave_it(self) -> None:
        """A stored ticket that was put in progress while the account had the state."""
        for way, state in (("back_to_open", "open"), ("close", "closed")):
            desk = in_progress()
            desk.rules = OFF
            move(desk, LATER, way)
            assert desk.ticket.state == state
        assert "state_not_enabled" in opened(OFF).refused(start()).kinds

    def test_a1_entered_only_from_open(self) -> None:
        ways = [row.sources for row in RULES.workflow.transitions if row.target == "in_progress"]
        assert ways == [{"open"}]

    def test_a1_it_is_not_entered_twice_and_the_refusal_says_what_can_be_done(self) -> None:
        refusal = in_progress().refused(start(at=LATER))
        assert refusal.kinds == {"already_there"}
        assert "back_to_open" in help_of(refusal)
        assert "close" in help_of(refusal)

    def test_a1_it_is_not_entered_from_closed(self) -> None:
        refusal = closed().refused(start(at=LATER))
        assert refusal.kinds == {"no_such_transition", "closed_for_good"}
        assert "follow-up" in help_of(refusal)

    @pytest.mark.parametrize("by", [ANA, BOSS, CUSTOMER])
    def test_a1_no_ticket_begins_in_it(self, by: Actor) -> None:
        desk = Desk(RULES)
        refusal = desk.refused(commands.Open("T-1", state="in_progress", at=MONDAY, by=by))
        assert refusal.kinds == {"not_allowed"}
        assert "they may in: open" in help_of(refusal)


class TestA2:
    def test_a2_inactivity_closes_an_open_ticket(self) -> None:
        """Answered Mon 23 Nov 10:00, and three days: Thu 26 Nov 10:00, 13:00Z."""
        desk = answered(CLOSING)
        assert next_due(desk.ticket, CLOSING) == CLOSE == utc(2026, 11, 26, 13)
        assert not evaluate(CLOSE - MICRO, desk.ticket, CLOSING)
        desk.advance(CLOSE - MICRO)
        assert desk.ticket.state == "open"
        desk.advance(CLOSE)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", CLOSE)
        assert desk.ticket.history.last.actor.role == "system"
        assert mails(desk.ticket) == []

    def test_a2_the_customer_is_reminded_before_the_closing(self) -> None:
        """One and two days after Mon 10:00: Tue 24 and Wed 25 Nov 10:00. Without a closing, nothing else is due."""
        desk = answered(WAKING)
        assert next_due(desk.ticket, WAKING) == FIRST_WAKE
        desk.advance(FIRST_WAKE - MICRO)
        assert mails(desk.ticket) == []
        desk.advance(SECOND_WAKE - MICRO)
        assert mails(desk.ticket) == [(FIRST_WAKE, "wake-customer-1")]
        desk.advance(cl(2027, 6, 1))
        assert mails(desk.ticket) == [(FIRST_WAKE, "wake-customer-1"), (SECOND_WAKE, "wake-customer-2")]
        assert desk.ticket.state == "open"

    def test_a2_the_reminders_go_to_the_customer(self) -> None:
        desk = answered(WAKING)
        desk.advance(SECOND_WAKE)
        sent = [event.to for _, event in happenings(desk.ticket) if isinstance(event, MessageRequested)]
        assert sent == ["customer", "customer"]

    def test_a2_reminders_and_close_together(self) -> None:
        desk = answered(QUIET)
        desk.advance(cl(2027, 6, 1))
        assert mails(desk.ticket) == [(FIRST_WAKE, "wake-customer-1"), (SECOND_WAKE, "wake-customer-2")]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", CLOSE)

    @pytest.mark.parametrize(
        "since", [LastMessage("anyone"), Latest(LastMessage("agent"), LastMessage("customer")), LastActivity("command")]
    )
    def test_a2_silence_of_everybody_closes_although_the_customer_wrote_last(self, since: Anchor) -> None:
        """Answered Mon 23 Nov 10:00; the customer writes Tue 24 at 09:00, so three days end on Fri 27 at 09:00."""
        desk = answered(adereso(inactive_since=since, wake_after=(), answers_out_of_hours=False))
        desk.write(cl(2026, 11, 24, 9), CUSTOMER)
        assert next_due(desk.ticket, desk.rules) == cl(2026, 11, 27, 9)
        desk.advance(cl(2026, 11, 27, 9))
        assert desk.ticket.state == "closed"

    def test_a2_the_customers_answer_ends_the_silence_of_the_support(self) -> None:
        desk = answered(CLOSING)
        desk.write(cl(2026, 11, 24, 9), CUSTOMER)
        desk.advance(cl(2027, 6, 1))
        assert desk.ticket.state == "open"

    def test_a2_closing_time_closes_an_open_ticket(self) -> None:
        """The desk shuts on Mon 23 Nov at 18:00, 21:00Z."""
        desk = answered(SHUTTING)
        assert next_due(desk.ticket, SHUTTING) == SHUT == utc(2026, 11, 23, 21)
        desk.advance(SHUT - MICRO)
        assert desk.ticket.state == "open"
        desk.advance(SHUT)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", SHUT)

    @pytest.mark.parametrize(
        ("at", "closes"),
        [
            (
                cl(2026, 11, 23, 18),
                cl(2026, 11, 23, 18),
            ),  # that very instant: what happens in it comes before its timers
            (cl(2026, 11, 23, 18) + MICRO, cl(2026, 11, 24, 18)),
            (cl(2026, 11, 27, 20), cl(2026, 11, 30, 18)),  # Friday evening: Monday's closing
            (cl(2026, 12, 7, 18) + MICRO, cl(2026, 12, 9, 18)),  # Tue 8 Dec is a holiday and has no closing
        ],
    )
    def test_a2_tickets_close_at_the_calendars_closings(self, at: datetime, closes: datetime) -> None:
        desk = Desk(SHUTTING)
        desk.open(at)
        assert next_due(desk.ticket, SHUTTING) == closes
        desk.advance(closes)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", closes)

    def test_a2_each_has_its_own_setting_and_all_can_be_off(self) -> None:
        assert next_due(answered(NOTHING).ticket, NOTHING) is None
        assert "out-of-hours-close" not in {rule.id for rule in adereso().automations}, "off by default"

    def test_a2_their_spans_are_settings(self) -> None:
        """Mon 10:00: reminded an hour later, closed at 15:00."""
        rules = adereso(wake_after=(Elapsed(hours=1),), close_after=Elapsed(hours=5), review=None)
        desk = answered(rules)
        desk.advance(cl(2026, 11, 24))
        assert mails(desk.ticket) == [(cl(2026, 11, 23, 11), "wake-customer-1")]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", cl(2026, 11, 23, 15))

    @pytest.mark.parametrize("rules", [CLOSING, WAKING], ids=["close", "reminders"])
    def test_a2_each_rule_is_held_while_in_progress(self, rules: Rules) -> None:
        desk = busy(rules, LATER)
        assert next_due(desk.ticket, rules) is None
        assert not evaluate(cl(2027, 6, 1), desk.ticket, rules)
        desk.advance(cl(2027, 6, 1))
        assert (desk.ticket.state, mails(desk.ticket)) == ("in_progress", [])

    def test_a2_closing_time_does_not_close_in_progress(self) -> None:
        """In progress since Mon 11:00: past every closing of a fortnight, with a record of each."""
        desk = busy(SHUTTING, LATER)
        desk.advance(cl(2026, 12, 7))
        assert desk.ticket.state == "in_progress"
        dropped = [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, Dropped)]
        assert dropped == [cl(2026, 11, day, 18) for day in (23, 24, 25, 26, 27, 30)] + [
            cl(2026, 12, day, 18) for day in (1, 2, 3, 4)
        ]

    @pytest.mark.parametrize(
        ("rules", "at"), [(CLOSING, CLOSE), (WAKING, FIRST_WAKE), (SHUTTING, SHUT)], ids=["close", "wake", "shut"]
    )
    def test_a2_a_rule_due_at_the_instant_of_entering_is_held(self, rules: Rules, at: datetime) -> None:
        """Commands at an instant come before its timers; a microsecond later the timer came first."""
        desk = busy(rules, at)
        desk.advance(at + timedelta(hours=1))
        assert (desk.ticket.state, mails(desk.ticket)) == ("in_progress", [])
        late = answered(rules)
        late.advance(at)
        assert late.ticket.history.last.at == at
        assert late.ticket.state == "closed" or mails(late.ticket)

    def test_a2_in_progress_and_back_before_it_is_due_changes_nothing(self) -> None:
        desk = busy(QUIET, LATER, cl(2026, 11, 23, 12))
        desk.advance(cl(2027, 6, 1))
        assert [at for at, _ in mails(desk.ticket)] == [FIRST_WAKE, SECOND_WAKE]
        assert desk.ticket.changed_at == CLOSE

    def test_a2_the_anchor_is_a_setting(self) -> None:
        """From being assigned, on Mon 23 Nov 9:05: three days end on Thu 26 Nov 9:05, though Ana wrote at 10:00."""
        rules, due = adereso(wake_after=(), inactive_since=AssignedLast(), review=None), cl(2026, 11, 26, 9, 5)
        desk = answered(rules)
        assert next_due(desk.ticket, rules) == due
        desk.advance(due - MICRO)
        assert desk.ticket.state == "open"
        desk.advance(due)
        assert desk.ticket.state == "closed"

    @pytest.mark.parametrize(
        ("rules", "switched_on"),
        [
            (adereso(), {"inactivity"}),
            (adereso(close_after=None, wake_after=()), set()),
            (adereso(close_after=None, wake_after=(), closes_out_of_hours=True), {"out-of-hours-close"}),
            (adereso(closes_out_of_hours=True), {"inactivity", "out-of-hours-close"}),
        ],
    )
    def test_a2_each_of_the_three_has_its_own_switch(self, rules: Rules, switched_on: set[str]) -> None:
        others = {"out-of-hours-answer", "review-in-progress"}
        assert {rule.id for rule in rules.automations} == switched_on | others

    def test_a2_a_ticket_that_nobody_answered_is_not_inactive(self) -> None:
        assert next_due(opened(QUIET).ticket, QUIET) is None

    def test_a2_a_customers_message_ends_the_count_and_the_next_answer_restarts_it(self) -> None:
        """Ana again on Wed 25 Nov 15:00, and three days: Sat 28 Nov 15:00."""
        desk = answered(CLOSING)
        desk.write(cl(2026, 11, 25, 14), CUSTOMER)
        assert next_due(desk.ticket, CLOSING) is None
        desk.write(cl(2026, 11, 25, 15), ANA)
        assert next_due(desk.ticket, CLOSING) == cl(2026, 11, 28, 15)

    def test_a2_a_message_at_the_due_instant_is_in_time_and_a_microsecond_later_is_not(self) -> None:
        desk = answered(CLOSING)
        desk.write(CLOSE, CUSTOMER)
        assert (desk.ticket.state, next_due(desk.ticket, CLOSING)) == ("open", None)
        late = commands.AddMessage(Message("late"), at=CLOSE + MICRO, by=CUSTOMER)
        assert "closed_for_good" in answered(CLOSING).refused(late).kinds

    @pytest.mark.parametrize(
        ("by", "public", "automatic"),
        [(ANA, False, False), (ROBOT, True, False), (ANA, True, True), (CUSTOMER, True, True), (VENDOR, True, False)],
        ids=["note", "robot", "automatic", "the customer's machine", "a third party"],
    )
    def test_a2_only_the_supports_and_the_customers_own_public_messages_move_it(
        self, by: Actor, public: bool, automatic: bool
    ) -> None:
        desk = answered(CLOSING)
        desk.write(FIRST_WAKE, by, public=public, automatic=automatic)
        assert next_due(desk.ticket, CLOSING) == CLOSE

    def test_a2_three_days_are_elapsed_time_over_a_change_of_the_clocks(self) -> None:
        """Fri 4 Sep 2026 10:00 at UTC-4 is 14:00Z; 72 hours later it is Mon 7 Sep 14:00Z, 11:00 at UTC-3."""
        desk = Desk(CLOSING)
        desk.open(cl(2026, 9, 4, 9))
        desk.write(cl(2026, 9, 4, 10), ANA)
        assert next_due(desk.ticket, CLOSING) == utc(2026, 9, 7, 14) == cl(2026, 9, 7, 11)

    def test_a2_only_these_three_are_held(self) -> None:
        state = ALL_ON.workflow.state("in_progress")
        assert state is not None
        held = {rule.id for rule in ALL_ON.automations if rule.group in state.masks}
        assert held == {"inactivity", "out-of-hours-close"}  # close and reminders are one ladder

    def test_a2_explained_before_while_held_and_after(self) -> None:
        """Waiting for Tue 10:00; held by in progress; back on Wed 15:00 due at once; then waiting for Thu 10:00."""
        desk = answered(QUIET)
        before = why(desk, "inactivity", LATER)
        assert (before.verdict, before.at, before.then) == ("waiting", FIRST_WAKE, (SendMessage("wake-customer-1"),))
        move(desk, LATER, "start_progress")
        back = cl(2026, 11, 25, 15)
        held = why(desk, "inactivity", back)
        assert (held.verdict, held.mask) == ("held", AnyOf(StateIs("in_progress")))
        move(desk, back, "back_to_open")
        assert why(desk, "inactivity", back).verdict == "due"
        desk.advance(back)
        after = why(desk, "inactivity", back)
        assert (after.verdict, after.at, after.mask) == ("waiting", CLOSE, None)

    def test_a2_explained_once_it_has_closed(self) -> None:
        """The explanation names the rule that closed the ticket, and when."""
        desk = answered(QUIET)
        assert why(desk, "inactivity", CLOSE).verdict == "due"
        desk.advance(CLOSE)
        done = why(desk, "inactivity", CLOSE)
        assert (done.verdict, done.at) == ("fired", CLOSE)

    def test_a2_explained_for_a_closing_that_will_be_dropped(self) -> None:
        """In progress, the explanation of the closing names the mask."""
        desk = busy(SHUTTING, LATER)
        found = why(desk, "out-of-hours-close", cl(2026, 11, 23, 12))
        assert found.mask == AnyOf(StateIs("in_progress"))

    def test_a2_explained_when_the_customer_has_answered(self) -> None:
        desk = answered(QUIET)
        desk.write(LATER, CUSTOMER)
        found = why(desk, "inactivity", LATER)
        assert (found.verdict, found.at) == ("ended", LATER)
        assert found.entry is not None
        assert found.entry.actor == CUSTOMER


class TestA3:
    @pytest.mark.parametrize(
        "at",
        [
            cl(2026, 11, 23, 18),  # Monday, the minute the desk shuts
            cl(2026, 11, 25, 3, 30),  # a Wednesday night
            cl(2026, 11, 29, 4),  # a Sunday
            cl(2026, 12, 8, 11),  # a Tuesday, but a holiday
        ],
    )
    def test_a3_agents_answer_at_any_hour(self, at: datetime) -> None:
        desk = in_progress(QUIET)
        decision = desk.give(commands.AddMessage(Message("answer"), at=at, by=ANA))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("in_progress", at)
        assert [event for entry in decision.entries for event in entry.events] == [MessageAdded(Message("answer"))]

    def test_a3_agents_assign_and_reassign_by_hand(self) -> None:
        desk = in_progress()
        desk.give(commands.Assign("bea", at=cl(2026, 11, 29, 4), by=ANA))
        assert (desk.ticket.assignee, desk.ticket.state) == ("bea", "in_progress")
        desk.give(commands.Assign("carlos", at=cl(2026, 11, 29, 5), by=BEA))
        assert (desk.ticket.assignee, desk.ticket.state) == ("carlos", "in_progress")
        desk.give(commands.GiveBack(at=cl(2026, 11, 29, 6), by=BOSS))
        assert (desk.ticket.assignee, desk.ticket.state) == (None, "in_progress")

    def test_a3_customers_do_not_assign(self) -> None:
        refusal = in_progress().refused(commands.Assign("bea", at=LATER, by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    def test_a3_the_history_goes_on_being_written(self) -> None:
        desk = in_progress()
        version = desk.ticket.version
        desk.write(cl(2026, 11, 29, 4), ANA)
        desk.write(cl(2026, 11, 29, 5), ANA, public=False)
        desk.assign(cl(2026, 11, 29, 6), "bea")
        told = [record.kind for record in records(desk.ticket) if record.entry.sequence >= version]
        assert told == ["message", "note", "assigned"]

    @pytest.mark.parametrize("state", ["open", "in_progress"])
    @pytest.mark.parametrize(
        ("at", "is_told"),
        [
            (cl(2026, 11, 23, 18) - MICRO, False),
            (cl(2026, 11, 23, 18), True),  # half-open: at 18:00 the desk is shut
            (cl(2026, 11, 24, 9) - MICRO, True),
            (cl(2026, 11, 24, 9), False),
            (cl(2026, 11, 29, 4), True),  # a Sunday
            (cl(2026, 12, 8, 11), True),  # a holiday
            (cl(2026, 12, 9, 11), False),
        ],
    )
    def test_a3_a_customer_who_writes_while_the_desk_is_shut_is_answered(
        self, at: datetime, is_told: bool, state: str
    ) -> None:
        desk = opened(SPEAKING)
        if state == "in_progress":
            move(desk, BEGUN, "start_progress")
        desk.write(at, CUSTOMER)
        assert mails(desk.ticket) == ([(at, "out-of-hours-answer")] if is_told else [])
        assert desk.ticket.state == state

    def test_a3_the_automatic_answer_goes_to_the_customer_and_is_the_systems(self) -> None:
        desk = in_progress(SPEAKING)
        desk.write(cl(2026, 11, 29, 4), CUSTOMER)
        last = desk.ticket.history.last
        assert (last.actor.role, last.events) == (
            "system",
            (MessageRequested("out-of-hours-answer", "customer", CUSTOMER.id),),
        )

    def test_a3_the_message_that_opens_a_ticket_is_answered_too(self) -> None:
        desk = Desk(SPEAKING)
        desk.open(cl(2026, 11, 29, 4))
        assert mails(desk.ticket) == [(cl(2026, 11, 29, 4), "out-of-hours-answer")]

    def test_a3_every_message_is_answered(self) -> None:
        desk = in_progress(SPEAKING)
        nights = [cl(2026, 11, 28, 4), cl(2026, 11, 28, 5)]
        for night in nights:
            desk.write(night, CUSTOMER)
        assert [at for at, _ in mails(desk.ticket)] == nights

    @pytest.mark.parametrize(("by", "automatic"), [(CUSTOMER, True), (ROBOT, False), (VENDOR, False), (ANA, False)])
    def test_a3_machines_and_other_people_get_no_automatic_answer(self, by: Actor, automatic: bool) -> None:
        desk = in_progress(SPEAKING)
        desk.write(cl(2026, 11, 29, 4), by, automatic=automatic)
        assert mails(desk.ticket) == []

    def test_a3_it_has_its_own_setting(self) -> None:
        desk = in_progress(NOTHING)
        desk.write(cl(2026, 11, 29, 4), CUSTOMER)
        assert mails(desk.ticket) == []

    def test_a3_the_automatic_answer_does_not_count_as_an_agents(self) -> None:
        """It does not start or postpone inactivity: no agent has answered, so nothing is due."""
        desk = opened(QUIET)
        desk.write(cl(2026, 11, 29, 4), CUSTOMER)
        assert mails(desk.ticket) == [(cl(2026, 11, 29, 4), "out-of-hours-answer")]
        assert (desk.ticket.first_answer, next_due(desk.ticket, QUIET)) == (None, None)


class TestA4:
    def hints(self, desk: Desk, command: commands.Move) -> tuple[Hint, ...]:
        return desk.give(command).hints

    def test_a4_the_command_counts_as_accepting_and_its_answer_carries_the_notice(self) -> None:
        desk = opened()
        (notice,) = self.hints(desk, start())
        assert notice.name == "in_progress_notice"
        assert notice.data["reference"] == "T-1"
        assert desk.ticket.state == "in_progress"

    def test_a4_the_notice_in_both_languages(self) -> None:
        (notice,) = self.hints(opened(), start())
        assert set(notice.texts) == {"en", "es"}
        assert "in progress" in notice.text("en")
        assert "En Progreso" in notice.text("es")

    def test_a4_dont_show_again_is_passed_in_by_the_caller(self) -> None:
        desk = opened()
        quiet = commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"})
        assert self.hints(desk, quiet) == ()
        assert desk.ticket.state == "in_progress"

    def test_a4_the_preference_is_the_agents_and_the_ticket_keeps_none(self) -> None:
        desk = opened()
        self.hints(desk, commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"}))
        move(desk, LATER, "back_to_open")
        assert len(self.hints(desk, start(BEA, cl(2026, 11, 23, 12)))) == 1
        move(desk, cl(2026, 11, 23, 13), "back_to_open")
        assert len(self.hints(desk, start(ANA, cl(2026, 11, 23, 14)))) == 1

    def test_a4_other_preferences_leave_it_alone(self) -> None:
        command = commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"interrupts_flow"})
        assert len(self.hints(opened(), command)) == 1

    def test_a4_the_preference_changes_nothing_else(self) -> None:
        loud, quiet = opened(), opened()
        loud.give(start())
        quiet.give(commands.Move("start_progress", at=BEGUN, by=ANA, without_hints={"in_progress_notice"}))
        assert loud.ticket == quiet.ticket

    @pytest.mark.parametrize("transition", ["back_to_open", "close"])
    def test_a4_leaving_in_progress_carries_no_notice(self, transition: str) -> None:
        assert in_progress().move(LATER, transition).hints == ()


class TestA5:
    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a5_back_to_open_at_once(self, by: Actor) -> None:
        desk = in_progress()
        move(desk, BEGUN + MICRO, "back_to_open", by)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("open", BEGUN + MICRO)

    def test_a5_back_to_open_at_the_instant_of_entering(self) -> None:
        desk = in_progress()
        move(desk, BEGUN, "back_to_open")
        assert (desk.ticket.state, desk.ticket.changed_at) == ("open", BEGUN)

    def test_a5_an_open_ticket_is_open_already(self) -> None:
        refusal = opened().refused(commands.Move("back_to_open", at=BEGUN, by=ANA))
        assert refusal.kinds == {"already_there"}
        assert "start_progress" in help_of(refusal)

    @pytest.mark.parametrize("by", [CUSTOMER, ROBOT, CLOCKWORK])
    def test_a5_only_those_who_may_edit_go_back(self, by: Actor) -> None:
        refusal = in_progress().refused(commands.Move("back_to_open", at=LATER, by=by))
        assert refusal.kinds == {"not_allowed"}

    def test_a5_it_can_be_put_in_progress_again(self) -> None:
        desk = in_progress()
        move(desk, LATER, "back_to_open")
        move(desk, cl(2026, 11, 23, 12), "start_progress")
        assert desk.ticket.state == "in_progress"

    def test_a5_held_reminders_collapse_to_the_latest(self) -> None:
        """Due Tue and Wed 10:00, in progress until Wed 15:00: one is given then; the close keeps its Thu 10:00."""
        back = cl(2026, 11, 25, 15)
        desk = busy(QUIET, LATER, back)
        assert next_due(desk.ticket, QUIET) == back
        desk.advance(back)
        assert mails(desk.ticket) == [(back, "wake-customer-2")]
        assert [event.count for _, event in happenings(desk.ticket) if isinstance(event, Superseded)] == [1]
        assert next_due(desk.ticket, QUIET) == CLOSE

    def test_a5_one_held_reminder_is_given_and_the_other_keeps_its_instant(self) -> None:
        back = cl(2026, 11, 24, 15)
        desk = busy(QUIET, LATER, back)
        desk.advance(cl(2027, 6, 1))
        assert mails(desk.ticket) == [(back, "wake-customer-1"), (SECOND_WAKE, "wake-customer-2")]
        assert desk.ticket.changed_at == CLOSE

    def test_a5_no_minimum_notice_before_the_close(self) -> None:
        """Back a microsecond before Thu 10:00: the last reminder is given, and a microsecond later it closes."""
        desk = busy(QUIET, LATER, CLOSE - MICRO)
        desk.advance(CLOSE - MICRO)
        assert (mails(desk.ticket), desk.ticket.state) == ([(CLOSE - MICRO, "wake-customer-2")], "open")
        desk.advance(CLOSE)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", CLOSE)

    def test_a5_a_desk_may_want_a_notice_before_the_close(self) -> None:
        """Back a microsecond before Thu 10:00, the held reminder comes then, and the close an hour after it."""
        rules = adereso(in_progress=True, review=None, min_notice=Elapsed(hours=1))
        desk = busy(rules, LATER, CLOSE - MICRO)
        desk.advance(CLOSE + timedelta(hours=1) - 2 * MICRO)
        assert (mails(desk.ticket), desk.ticket.state) == ([(CLOSE - MICRO, "wake-customer-2")], "open")
        desk.advance(CLOSE + timedelta(hours=1) - MICRO)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", CLOSE + timedelta(hours=1) - MICRO)

    @pytest.mark.parametrize("back", [CLOSE, CLOSE + MICRO, cl(2026, 11, 27, 11), cl(2027, 5, 29, 3)])
    @pytest.mark.parametrize("rules", [QUIET, CLOSING], ids=["with reminders", "alone"])
    def test_a5_an_overdue_ticket_closes_at_the_next_evaluation(self, back: datetime, rules: Rules) -> None:
        """The mask did not stop the clock: three days were over on Thu 10:00. No reminder comes with the close."""
        desk = busy(rules, LATER, back)
        assert desk.ticket.state == "open"
        assert next_due(desk.ticket, rules) == back
        assert evaluate(back, desk.ticket, rules)
        desk.advance(back)
        assert (desk.ticket.state, desk.ticket.changed_at, mails(desk.ticket)) == ("closed", back, [])
        cause = desk.ticket.history.last.cause
        assert isinstance(cause, ByRule)
        assert cause.due_at == CLOSE, "its own instant stands beside that of its effect"

    def test_a5_the_reminders_alone_collapse_too(self) -> None:
        back = cl(2026, 11, 27, 11)
        desk = busy(WAKING, LATER, back)
        desk.advance(cl(2027, 6, 1))
        assert (mails(desk.ticket), desk.ticket.state) == ([(back, "wake-customer-2")], "open")

    def test_a5_in_progress_twice(self) -> None:
        """First until Tue 24 Nov 15:00, when what was due at 10:00 is given; then from Wed 9:00 to Fri 9:00."""
        desk = busy(QUIET, LATER, cl(2026, 11, 24, 15))
        move(desk, cl(2026, 11, 25, 9), "start_progress")
        move(desk, cl(2026, 11, 27, 9), "back_to_open")
        desk.advance(cl(2027, 6, 1))
        assert mails(desk.ticket) == [(cl(2026, 11, 24, 15), "wake-customer-1")]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", cl(2026, 11, 27, 9))

    def test_a5_back_and_in_progress_again_at_one_instant_releases_nothing(self) -> None:
        """Back on Tue 24 Nov 12:00 and in progress again in that instant: what was held is held until Wed 9:00."""
        desk = busy(QUIET, LATER, cl(2026, 11, 24, 12))
        move(desk, cl(2026, 11, 24, 12), "start_progress")
        move(desk, cl(2026, 11, 25, 9), "back_to_open")
        desk.advance(cl(2026, 11, 25, 9))
        assert mails(desk.ticket) == [(cl(2026, 11, 25, 9), "wake-customer-1")]

    def test_a5_at_the_instant_of_going_back_it_can_be_put_in_progress_again(self) -> None:
        """Commands at an instant come before its timers."""
        back = cl(2026, 11, 27, 11)
        desk = busy(QUIET, LATER, back)
        move(desk, back, "start_progress")
        desk.advance(cl(2027, 6, 1))
        assert (desk.ticket.state, mails(desk.ticket)) == ("in_progress", [])

    def test_a5_an_answer_in_progress_begins_the_time_anew(self) -> None:
        """Ana wrote Wed 25 Nov 15:00 in progress; back on Fri 27 11:00 one day is over, three on Sat 28 15:00."""
        back = cl(2026, 11, 27, 11)
        desk = busy(QUIET, LATER)
        desk.write(cl(2026, 11, 25, 15), ANA)
        move(desk, back, "back_to_open")
        desk.advance(cl(2027, 6, 1))
        assert mails(desk.ticket) == [(back, "wake-customer-1"), (cl(2026, 11, 27, 15), "wake-customer-2")]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", cl(2026, 11, 28, 15))

    def test_a5_a_closing_of_the_desk_missed_in_progress_is_not_repeated(self) -> None:
        """Back on Tue 24 Nov 10:00: Monday's closing is over, Tuesday's comes at 18:00."""
        desk = busy(SHUTTING, LATER, cl(2026, 11, 24, 10))
        assert next_due(desk.ticket, SHUTTING) == cl(2026, 11, 24, 18)
        desk.advance(cl(2026, 11, 24, 18) - MICRO)
        assert desk.ticket.state == "open"
        desk.advance(cl(2026, 11, 24, 18))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", cl(2026, 11, 24, 18))

    def test_a5_back_at_the_instant_of_a_closing_it_closes(self) -> None:
        desk = busy(SHUTTING, LATER, SHUT)
        desk.advance(SHUT)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", SHUT)


class TestA6:
    def test_a6_counts_as_open(self) -> None:
        ticket = in_progress().ticket
        assert ticket.category == "open"
        assert (ticket.first_resolution, "resolved" in ticket.marks) == (None, False)

    def test_a6_in_reports_it_is_open_and_the_time_to_resolve_grows_until_it_is_closed(self) -> None:
        """Opened Mon 23 Nov 9:00, in progress 10:00, closed Wed 25 Nov 10:00: 49 hours, of which 9 + 9 + 1 worked."""
        desk = in_progress()
        end = cl(2026, 11, 25, 10)
        before = report(end - MICRO, desk.ticket, RULES)
        assert (before.is_open, before.first_resolution) == (True, None)
        assert before.time_in["in_progress"].elapsed == timedelta(hours=48) - MICRO
        _, summary = report_all(end, [desk.ticket, opened().ticket, closed().ticket], RULES)
        assert (summary.tickets, summary.open) == (3, 2)
        move(desk, end, "close")
        after = report(end, desk.ticket, RULES)
        assert not after.is_open
        assert after.first_resolution == Spent(timedelta(hours=49), timedelta(hours=19))

    def test_a6_stays_in_the_inbox(self) -> None:
        assert "inbox" in RULES.workflow.listed(in_progress().ticket.facts)

    def test_a6_the_resolution_time_includes_in_progress(self) -> None:
        """Opened Mon 23 Nov 9:00, in progress from 10:00, closed Mon 30 Nov 9:00: seven whole days."""
        desk = in_progress()
        move(desk, cl(2026, 11, 30, 9), "close")
        resolved = desk.ticket.first_resolution
        assert resolved is not None
        assert resolved.mark.at - desk.ticket.marks["created"].at == timedelta(days=7)

    def test_a6_no_clock_stops_in_progress(self) -> None:
        """Opened Mon 23 Nov 9:00, in progress from 10:00: eight working hours are over at 17:00."""
        promising = adereso(in_progress=True, review=None, targets=(Target(WorkingTime(hours=8)),))
        desk = in_progress(promising)
        clock = promising.clock("resolution")
        five = cl(2026, 11, 23, 17)
        assert [read(at, desk.ticket, clock).state for at in (five - MICRO, five, five + MICRO)] == [
            "running",
            "running",
            "breached",
        ]
        assert read(five, desk.ticket, clock).frozen == timedelta(0)
        desk.advance(five + MICRO)
        assert [breach.at for breach in desk.ticket.breaches] == [five + MICRO]


class TestA7:
    @pytest.mark.parametrize("automatic", [False, True])
    def test_a7_the_customer_writes_at_any_time_and_it_stays_in_progress(self, *, automatic: bool) -> None:
        desk = in_progress()
        sunday_night = cl(2026, 11, 29, 3)
        desk.write(sunday_night, CUSTOMER, automatic=automatic)
        assert (desk.ticket.state, desk.ticket.category, desk.ticket.assignee) == ("in_progress", "open", "ana")
        messages = [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, MessageAdded)]
        assert messages == [MONDAY, sunday_night]

    def test_a7_a_message_that_arrives_belongs_to_it(self) -> None:
        """F1: the message is appended; after the close the next one begins a ticket of its own."""
        desk, arrival = in_progress(), Arrival(Message("m9"), CUSTOMER)
        assert route(arrival, [desk.ticket], RULES, LATER) == Append("T-1")
        move(desk, LATER, "close")
        assert route(arrival, [desk.ticket], RULES, LATER + MICRO) == OpenNew()

    def test_a7_a_message_to_a_closed_ticket_is_refused(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close")
        refusal = desk.refused(commands.AddMessage(Message("late"), at=LATER, by=CUSTOMER))
        assert refusal.kinds == {"closed_for_good"}
        assert "follow-up" in help_of(refusal)

    def test_a7_a_message_by_the_customer_in_progress_ends_the_inactivity(self) -> None:
        """Written on Thu 26 Nov 10:00, when an open ticket would have been closed; back to open, nothing is due."""
        desk = busy(QUIET, LATER)
        desk.write(CLOSE, CUSTOMER)
        assert desk.ticket.state == "in_progress"
        move(desk, cl(2026, 11, 27, 11), "back_to_open")
        assert next_due(desk.ticket, QUIET) is None
        desk.advance(cl(2027, 6, 1))
        assert desk.ticket.state == "open"


class TestA8:
    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a8_any_agent_without_an_administrators_right(self, by: Actor) -> None:
        """The ticket is Ana's; Bea is no administrator."""
        desk = opened()
        desk.give(start(by))
        assert desk.ticket.history.last.actor == by

    def test_a8_on_a_ticket_without_an_assignee(self) -> None:
        desk = Desk(RULES)
        desk.open(MONDAY)
        desk.give(start(BEA))
        assert (desk.ticket.state, desk.ticket.assignee) == ("in_progress", None)

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT, CLOCKWORK])
    def test_a8_nobody_without_the_permission_to_edit(self, by: Actor) -> None:
        refusal = opened().refused(start(by))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    @pytest.mark.parametrize("by", [ANA, BOSS])
    def test_a8_who_may_edit_can_be_a_group(self, by: Actor) -> None:
        """Then a role alone is not enough, not even the administrator's. The same people in the group may."""
        rules = adereso(in_progress=True, may_edit={"editors"})
        desk = Desk(rules)
        desk.open(MONDAY)
        refusal = desk.refused(start(by))
        assert refusal.kinds == {"not_allowed"}
        assert "editors" in help_of(refusal)
        desk.give(start(Actor(by.role, by.id, groups={"editors"})))
        assert desk.ticket.state == "in_progress"

    @pytest.mark.parametrize(
        "command",
        [
            commands.Move("close", at=BEGUN, by=ANA),
            commands.Assign("ana", at=BEGUN, by=ANA),
            commands.Link("T-9", at=BEGUN, by=ANA),
        ],
    )
    def test_a8_the_group_edits_everything(self, command: commands.Move | commands.Assign | commands.Link) -> None:
        desk = Desk(adereso(in_progress=True, may_edit={"editors"}))
        desk.open(MONDAY)
        assert desk.refused(command).kinds == {"not_allowed"}

    def test_a8_somebody_must_be_able_to_edit(self) -> None:
        with pytest.raises(BadValueError, match=r"^may_edit is empty; name at least one role or group$"):
            adereso(may_edit=())


class TestA9:
    def tickets(self) -> list[Ticket]:
        """One open, one in progress, one closed, one more in progress: T-1 to T-4."""
        found = []
        for number, way in enumerate((None, "start_progress", "close", "start_progress"), start=1):
            desk = Desk(RULES)
            desk.give(commands.Open(f"T-{number}", at=MONDAY, by=CUSTOMER))
            if way:
                move(desk, BEGUN, way)
            found.append(desk.ticket)
        return found

    def test_a9_a_filter_finds_all_in_progress_and_no_other(self) -> None:
        found = matching(StateIs("in_progress"), self.tickets())
        assert [ticket.id for ticket in found] == ["T-2", "T-4"]

    def test_a9_they_have_a_list_of_their_own(self) -> None:
        listed = {ticket.id: RULES.workflow.listed(ticket.facts) for ticket in self.tickets()}
        assert listed == {
            "T-1": ("inbox",),
            "T-2": ("inbox", "in_progress"),
            "T-3": (),
            "T-4": ("inbox", "in_progress"),
        }
        labels = {listing.name: listing.labels["es"] for listing in RULES.workflow.lists}
        assert labels["in_progress"] == "En Progreso"

    def test_a9_bulk_close_gives_one_result_per_ticket_and_continues_after_refusals(self) -> None:
        tickets = self.tickets()
        results = handle_all(tickets, commands.Move("close", at=LATER, by=BOSS), RULES)
        assert [isinstance(result, Accepted) for result in results] == [True, True, False, True]
        assert [result.ticket.id for result in results if result.ticket] == ["T-1", "T-2", "T-3", "T-4"]
        assert {result.ticket.state for result in results if result.ticket} == {"closed"}

    def test_a9_the_closed_one_among_them_is_refused_with_its_reason(self) -> None:
        tickets = self.tickets()
        refusal = handle_all(tickets, commands.Move("close", at=LATER, by=BOSS), RULES)[2]
        assert isinstance(refusal, Refused)
        assert "closed_for_good" in refusal.kinds
        assert refusal.ticket is tickets[2]

    def test_a9_a_refused_first_ticket_does_not_stop_the_others(self) -> None:
        results = handle_all(self.tickets()[::-1], commands.Move("back_to_open", at=LATER, by=BOSS), RULES)
        assert [self.summary(result) for result in results] == [
            ("T-4", "open"),
            ("T-3", "closed_for_good no_such_transition"),
            ("T-2", "open"),
            ("T-1", "already_there"),
        ]

    def summary(self, result: Decision) -> tuple[str, str]:
        assert result.ticket is not None
        outcome = result.ticket.state if isinstance(result, Accepted) else " ".join(sorted(result.kinds))
        return result.ticket.id, outcome

    @pytest.mark.parametrize("by", [ANA, CUSTOMER, ROBOT])
    def test_a9_bulk_is_for_administrators(self, by: Actor) -> None:
        tickets = self.tickets()
        results = handle_all(tickets, commands.Move("close", at=LATER, by=by), RULES)
        assert len(results) == len(tickets)
        for ticket, result in zip(tickets, results, strict=True):
            assert isinstance(result, Refused)
            assert "not_allowed" in result.kinds
            assert "administrator" in help_of(result)
            assert result.ticket is ticket

    def test_a9_a_desk_may_let_others_do_it_too(self) -> None:
        """Ana, in the group, closes two tickets at once; Bea, outside it, may not."""
        rules = adereso(in_progress=True, may_bulk=("administrator", "lead"))
        lead = Actor("agent", "ana", groups={"lead"})
        tickets = [desk.ticket for desk in (opened(rules), in_progress(rules))]
        results = handle_all(tickets, commands.Move("close", at=LATER, by=lead), rules)
        assert [result.ticket.state for result in results if result.ticket] == ["closed", "closed"]
        assert not any(
            isinstance(result, Accepted)
            for result in handle_all(tickets, commands.Move("close", at=LATER, by=BEA), rules)
        )

    def test_a9_what_is_refused_in_bulk_an_agent_may_do_one_by_one(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close", ANA)
        assert desk.ticket.state == "closed"

    def test_a9_no_tickets_give_no_results(self) -> None:
        assert handle_all([], commands.Move("close", at=LATER, by=BOSS), RULES) == ()

    def reviews(self, desk: Desk) -> list[datetime]:
        return [at for at, what in mails(desk.ticket) if what == "review-in-progress"]

    def test_a9_a_weekly_reminder_to_the_owner(self) -> None:
        """In progress since Mon 23 Nov 10:00: Mon 30 Nov 9:00 (12:00Z), Mon 7 Dec, Mon 14 Dec."""
        desk = in_progress()
        first = cl(2026, 11, 30, 9)
        assert next_due(desk.ticket, RULES) == first == utc(2026, 11, 30, 12)
        assert not evaluate(first - MICRO, desk.ticket, RULES)
        desk.advance(first - MICRO)
        assert self.reviews(desk) == []
        desk.advance(first)
        assert desk.ticket.history.last.events == (MessageRequested("review-in-progress", "owner", ANA.id),)
        desk.advance(cl(2026, 12, 14, 9))
        assert self.reviews(desk) == [first, cl(2026, 12, 7, 9), cl(2026, 12, 14, 9)]

    def test_a9_its_addressee_and_moment_are_settings(self) -> None:
        rules = adereso(in_progress=True, review=EveryWeek("friday", "16:30"), review_to="administrator")
        desk = in_progress(rules)
        desk.advance(cl(2026, 11, 27, 16, 30) - MICRO)
        assert self.reviews(desk) == []
        desk.advance(cl(2026, 11, 27, 16, 30))
        assert desk.ticket.history.last.events == (MessageRequested("review-in-progress", "administrator"),)

    def test_a9_only_tickets_in_progress_are_in_the_reminder(self) -> None:
        for desk in (opened(), closed()):
            assert next_due(desk.ticket, RULES) is None
            desk.advance(cl(2027, 6, 1))
            assert mails(desk.ticket) == []

    def test_a9_a_ticket_put_in_progress_at_the_instant_of_the_reminder_is_included(self) -> None:
        """Commands at an instant come before its timers; a microsecond later it is next week's."""
        monday = cl(2026, 11, 30, 9)
        for at, first in ((monday, monday), (monday + MICRO, cl(2026, 12, 7, 9))):
            desk = opened()
            move(desk, at, "start_progress")
            assert next_due(desk.ticket, RULES) == first

    def test_a9_a_ticket_that_leaves_at_the_instant_of_the_reminder_is_not_included(self) -> None:
        desk = in_progress()
        move(desk, cl(2026, 11, 30, 9), "back_to_open")
        desk.advance(cl(2026, 12, 31))
        assert self.reviews(desk) == []

    @pytest.mark.parametrize(
        ("begun", "moments"),
        [
            # UTC-4 until Sun 6 Sep 2026, UTC-3 from then on: the wall counts
            (cl(2026, 8, 25, 10), [utc(2026, 8, 31, 13), utc(2026, 9, 7, 12), utc(2026, 9, 14, 12)]),
            # UTC-3 until Sun 5 Apr 2026, UTC-4 from then on
            (cl(2026, 3, 24, 10), [utc(2026, 3, 30, 12), utc(2026, 4, 6, 13), utc(2026, 4, 13, 13)]),
        ],
        ids=["to summer time", "to winter time"],
    )
    def test_a9_at_nine_local_time_across_clock_changes(self, begun: datetime, moments: list[datetime]) -> None:
        desk = Desk(RULES)
        desk.give(commands.Open("T-1", at=begun, by=CUSTOMER))
        move(desk, begun, "start_progress")
        desk.advance(moments[-1])
        assert self.reviews(desk) == moments

    def test_a9_the_reminder_changes_nothing_and_does_not_count_as_an_agents_message(self) -> None:
        desk = in_progress()
        desk.advance(cl(2026, 12, 31))
        assert (desk.ticket.state, desk.ticket.assignee, desk.ticket.first_answer) == ("in_progress", "ana", None)

    def test_a9_it_can_be_switched_off(self) -> None:
        assert next_due(in_progress(QUIET).ticket, QUIET) is None

    def test_a9_explained(self) -> None:
        assert why(opened(), "review-in-progress", LATER).verdict == "not_applicable"
        found = why(in_progress(), "review-in-progress", LATER)
        assert (found.verdict, found.at) == ("waiting", cl(2026, 11, 30, 9))


class TestA10:
    def test_a10_every_automatic_action_with_its_rule_and_instant(self) -> None:
        """Both reminders were held; back on Wed 25 Nov 15:00 the first gives way, and Thu 10:00 it closes."""
        back = cl(2026, 11, 25, 15)
        desk = busy(QUIET, LATER, back)
        desk.advance(cl(2026, 12, 31))
        told = [
            (entry.at, entry.actor.role, entry.cause.key.rule, entry.cause.due_at, entry.events)
            for entry in desk.ticket.history
            if isinstance(entry.cause, ByRule)
        ]
        assert told == [
            (back, "system", "inactivity", FIRST_WAKE, (Superseded(),)),
            (
                back,
                "system",
                "inactivity",
                SECOND_WAKE,
                (MessageRequested("wake-customer-2", "customer", CUSTOMER.id),),
            ),
            (CLOSE, "system", "inactivity", CLOSE, (StateChanged("open", "closed", "closed", "close"),)),
        ]

    def life(self) -> Ticket:
        """Ana's ticket: in progress 10:00, to Bea 11:00, an answer 12:00, back to open 13:00, again 14:00, closed."""
        desk = in_progress()
        desk.assign(LATER, "bea")
        desk.write(cl(2026, 11, 23, 12), CUSTOMER)
        move(desk, cl(2026, 11, 23, 13), "back_to_open", BEA)
        move(desk, cl(2026, 11, 23, 14), "start_progress", BEA)
        move(desk, cl(2026, 11, 23, 15), "close", BOSS)
        return desk.ticket

    def test_a10_every_change_of_state_with_who_when_from_and_to(self) -> None:
        told = [(each.entry.at, each.entry.actor, each.event) for each in records(self.life(), "state_changed")]
        assert told == [
            (BEGUN, ANA, StateChanged("open", "in_progress", "open", "start_progress")),
            (cl(2026, 11, 23, 13), BEA, StateChanged("in_progress", "open", "open", "back_to_open")),
            (cl(2026, 11, 23, 14), BEA, StateChanged("open", "in_progress", "open", "start_progress")),
            (cl(2026, 11, 23, 15), BOSS, StateChanged("in_progress", "closed", "closed", "close")),
        ]

    def test_a10_every_assignment_with_who_when_from_and_to(self) -> None:
        told = [(each.entry.at, each.entry.actor, each.event) for each in records(self.life(), "assigned")]
        assert told == [
            (cl(2026, 11, 23, 9, 5), ANA, Assigned(None, "ana")),
            (LATER, ANA, Assigned("ana", "bea")),
        ]

    def test_a10_the_history_is_complete_and_in_order(self) -> None:
        kinds = [record.kind for record in records(self.life())]
        assert kinds == [
            "opened",
            "message",
            "assigned",
            "state_changed",
            "assigned",
            "message",
            "state_changed",
            "state_changed",
            "state_changed",
        ]

    def test_a10_read_in_spanish(self) -> None:
        spanish = Wording(RULES, SANTIAGO, "es")
        assert [spanish.event(each.event) for each in records(self.life(), "state_changed")] == [
            "Abierto -> En Progreso",
            "En Progreso -> Abierto",
            "Abierto -> En Progreso",
            "En Progreso -> Cerrado",
        ]

    def test_a10_a_refused_command_leaves_no_entry(self) -> None:
        desk = in_progress()
        version = desk.ticket.version
        desk.refused(start(at=LATER))
        assert desk.ticket.version == version


class TestA11:
    def test_a11_nothing_automatic_ends_it(self) -> None:
        """A year and a half later, weekends and holidays and all."""
        desk = in_progress()
        desk.advance(cl(2028, 5, 23, 9))
        assert (desk.ticket.state, desk.ticket.category) == ("in_progress", "open")
        changed = [entry.at for entry, event in happenings(desk.ticket) if isinstance(event, StateChanged)]
        assert changed == [BEGUN]

    def test_a11_with_everything_switched_on_and_answered_before(self) -> None:
        """Past its reminders, its close and all closings; 78 Mondays from 30 Nov 2026 to 22 May 2028."""
        desk = busy(ALL_ON, LATER)
        desk.advance(cl(2028, 5, 23, 9))
        assert (desk.ticket.state, desk.ticket.category) == ("in_progress", "open")
        assert [what for _, what in mails(desk.ticket)] == ["review-in-progress"] * 78

    def test_a11_by_hand_it_closes_at_any_time(self) -> None:
        desk = busy(ALL_ON, LATER)
        move(desk, cl(2027, 6, 6, 4), "close")
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", cl(2027, 6, 6, 4))

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR])
    def test_a11_no_message_ends_it(self, by: Actor) -> None:
        desk = in_progress()
        desk.write(LATER, by)
        assert desk.ticket.state == "in_progress"

    @pytest.mark.parametrize("by", [ANA, BEA, BOSS])
    def test_a11_somebody_closes_it_by_hand(self, by: Actor) -> None:
        desk = in_progress()
        move(desk, LATER, "close", by)
        assert (desk.ticket.state, desk.ticket.category) == ("closed", "closed")

    @pytest.mark.parametrize("by", [CUSTOMER, VENDOR, ROBOT, CLOCKWORK])
    def test_a11_only_those_who_may_edit_end_it(self, by: Actor) -> None:
        refusal = in_progress().refused(commands.Move("close", at=LATER, by=by))
        assert refusal.kinds == {"not_allowed"}
        assert "agent" in help_of(refusal)

    def test_a11_a_closed_ticket_stays_closed(self) -> None:
        desk = in_progress()
        move(desk, LATER, "close")
        for command in (
            start(BOSS, cl(2026, 11, 24)),
            commands.Move("back_to_open", at=cl(2026, 11, 24), by=BOSS),
            commands.Assign("bea", at=cl(2026, 11, 24), by=BOSS),
        ):
            assert "closed_for_good" in desk.refused(command).kinds
