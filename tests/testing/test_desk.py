"""The desk of the testing kit: its verbs, its clock, and the texts of its failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

import ticketflow as tf
from tests.testing.small_desk import NO_ANSWER, RULES
from ticketflow import actions, commands
from ticketflow.errors import BadValueError, NaiveDatetimeError, RefusedError
from ticketflow.testing import Desk
from ticketflow.tickets.commands import NAMES

MADRID = ZoneInfo("Europe/Madrid")
WHY = "by rule no-answer: 2 days after entering the state on Mon 2026-11-23 10:00:00 +0100"
TIMELINE = """\
  Mon 2026-11-23 10:00:00 +0100  customer customer: opened in open, priority high; message m1
  Mon 2026-11-23 10:00:00 +0100  agent ana: message m2; open -> waiting
  Wed 2026-11-25 10:00:00 +0100  reminder-1 is to be sent to the customer
                                by rule no-answer: 2 days after entering the state on Mon 2026-11-23 10:00:00 +0100
  so far: waiting; something is due next at Fri 2026-11-27 10:00:00 +0100"""


def waiting() -> Desk:
    """A customer opened a ticket on Mon 23 Nov 2026 at 10:00, and was asked at once."""
    desk = Desk(RULES, at="2026-11-23 10:00")
    desk.customer.opens("printer", priority="high")
    desk.agent("ana").moves("ask", "which one?")
    return desk


class TestVerbs:
    def test_a_desk_gives_every_command(self) -> None:
        """Each verb is one command, given by its actor at the time of the clock."""
        desk = Desk(RULES, at="2026-11-23 10:00")
        given: list[commands.Command] = []
        desk.give = given.append  # type: ignore[method-assign,assignment]
        ana, later = desk.agent("ana"), datetime(2026, 11, 24, 9, tzinfo=MADRID)
        ana.opens("printer", state="open", assignee="bea", requester="bruno", fields={"priority": "low"})
        ana.opens(priority="high")
        ana.follows_up("T-2", "again", priority="low", requester="carla")
        ana.follows_up("T-3")
        ana.writes("hello", automatic=True)
        ana.writes(tf.Message("own"))
        ana.notes(resolves=True)
        ana.assigns("bea")
        ana.assigns(None)
        ana.gives_back()
        desk.robot("bot").declines("no idea")
        ana.moves("ask", "which one?", resolves=True, priority="low")
        ana.moves("ask")
        ana.sets(priority="high", fields={"text": 1})
        ana.sets_requester("carla")
        desk.administrator("boss").reviews_classification("fault")
        desk.customer("bruno").rates(4, "c1")
        desk.system("releases").records("released")
        ana.reopens("not yet")
        ana.reopens()
        ana.snoozes("tomorrow", why="away")
        ana.snoozes("2026-11-24 09:00")
        ana.snoozes(later)
        ana.cancels_snooze()
        ana.links("T-9", "duplicate_of")
        at, by = datetime(2026, 11, 23, 9, tzinfo=UTC), tf.Actor("agent", "ana")
        assert given == [
            commands.Open(
                "T-1",
                {"priority": "low"},
                tf.Mail("m1", subject="printer", text="printer"),
                "bea",
                "open",
                "bruno",
                at=at,
                by=by,
            ),
            commands.Open("T-1", {"priority": "high"}, at=at, by=by),
            commands.FollowUp("T-2", {"priority": "low"}, tf.Mail("m2", text="again"), "carla", at=at, by=by),
            commands.FollowUp("T-3", at=at, by=by),
            commands.AddMessage(tf.Mail("m3", automatic=True, text="hello"), at=at, by=by),
            commands.AddMessage(tf.Message("own"), at=at, by=by),
            commands.AddMessage(tf.Mail("m4", public=False, resolves=True, text=""), at=at, by=by),
            commands.Assign("bea", at=at, by=by),
            commands.Assign(None, at=at, by=by),
            commands.GiveBack(at=at, by=by),
            commands.Decline("no idea", at=at, by=tf.Actor("robot", "bot")),
            commands.Move("ask", tf.Mail("m5", resolves=True, text="which one?"), {"priority": "low"}, at=at, by=by),
            commands.Move("ask", at=at, by=by),
            commands.SetFields({"priority": "high", "text": 1}, at=at, by=by),
            commands.SetRequester("carla", at=at, by=by),
            commands.ReviewClassification("fault", at=at, by=tf.Actor("administrator", "boss")),
            commands.Rate(4, "c1", at=at, by=tf.Actor("customer", "bruno")),
            commands.RecordEvent("released", at=at, by=tf.Actor("system", "releases")),
            commands.Reopen(tf.Mail("m6", text="not yet"), at=at, by=by),
            commands.Reopen(at=at, by=by),
            commands.Snooze(choice="tomorrow", why="away", at=at, by=by),
            commands.Snooze(until=later, at=at, by=by),
            commands.Snooze(until=later, at=at, by=by),
            commands.CancelSnooze(at=at, by=by),
            commands.Link("T-9", "duplicate_of", at=at, by=by),
        ]
        assert {type(command) for command in given} == set(NAMES)

    def test_people_have_the_role_of_their_property(self) -> None:
        desk = Desk(RULES)
        people = (desk.customer, desk.agent, desk.administrator, desk.third_party, desk.robot, desk.system)
        assert [person.actor.role for person in people] == [
            "customer",
            "agent",
            "administrator",
            "third_party",
            "robot",
            "system",
        ]
        assert desk.customer("bruno", groups={"vip"}).actor == tf.Actor("customer", "bruno", {"vip"})
        with pytest.raises(BadValueError, match="actor"):
            desk.actor("ana")  # type: ignore[arg-type]

    def test_a_verb_returns_the_decision(self) -> None:
        desk = waiting()
        answer = desk.customer.writes("the left one")
        assert [entry.actor.role for entry in answer.entries] == ["customer", "system"]
        assert (desk.state, desk.emitted) == ("open", ["answered"])

    def test_any_command_can_be_given_and_moves_the_clock(self) -> None:
        desk = waiting()
        later = datetime(2026, 11, 24, 12, tzinfo=MADRID)
        desk.agent.gives(commands.Assign("bea", at=later, by=tf.Actor("agent", "bea")))
        assert desk.value.assignee == "bea"
        assert desk.now == later
        desk.agent.gives(commands.Assign(None, at=later - timedelta(hours=3), by=tf.Actor("agent", "bea")))
        assert desk.now == later


class TestTheClock:
    def test_what_is_due_is_carried_out_when_time_passes(self) -> None:
        """Reminders 2 and 4 days after the question; it closes 5 business days after it: Mon 30 Nov at 10:00."""
        desk = waiting()
        desk.passes(days=2)
        assert desk.now == datetime(2026, 11, 25, 10, tzinfo=MADRID)
        assert (desk.sent, desk.state, desk.due) == (["reminder-1"], "waiting", ["no-answer"])
        assert desk.next_due == desk.time("2026-11-27 10:00")
        desk.at("2026-11-30 09:59")
        assert (desk.sent, desk.state) == (["reminder-1", "reminder-2"], "waiting")
        desk.passes(minutes=1)
        assert desk.state == "closed"
        assert desk.next_due is None
        assert not desk.due

    def test_what_is_due_comes_before_a_command_of_that_instant(self) -> None:
        desk = waiting()
        desk.passes(weeks=1)
        with desk.refuses("closed_for_good"):
            desk.customer.writes("the left one")

    def test_the_clock_does_not_tell_microseconds_apart(self) -> None:
        """A rule answers the customer at 10:00, so the question takes effect a microsecond later."""
        desk = waiting()
        desk.customer.writes("the left one")
        desk.agent("ana").moves("ask", "really?")
        assert desk.value.changed_at.microsecond == 1
        assert desk.explain("no-answer").verdict == "waiting"
        desk.at("2026-11-25 10:00")
        assert desk.sent == ["reminder-1"]

    def test_the_clock_starts_on_a_monday(self) -> None:
        assert f"{Desk(RULES).now:%A %H:%M}" == "Monday 09:00"

    def test_local_times_are_those_of_the_zone(self) -> None:
        tokyo = Desk(RULES, at="2026-11-23 10:00", zone=ZoneInfo("Asia/Tokyo"))
        assert tokyo.now == datetime(2026, 11, 23, 1, tzinfo=UTC)
        tokyo.at("2026-11-23 10:00+01:00")
        assert tokyo.now == datetime(2026, 11, 23, 9, tzinfo=UTC)
        tokyo.at(datetime(2026, 11, 23, 10, tzinfo=UTC))
        assert tokyo.now.isoformat() == "2026-11-23T19:00:00+09:00"

    def test_the_clock_does_not_go_back(self) -> None:
        desk = waiting()
        with pytest.raises(BadValueError) as raised:
            desk.at("2026-11-23 09:00")
        assert str(raised.value) == (
            "2026-11-23 09:00:00+01:00 is before 2026-11-23 10:00:00+01:00, the time of the clock; "
            "give a later time; the clock cannot go back"
        )

    def test_a_time_must_be_one(self) -> None:
        with pytest.raises(BadValueError) as raised:
            Desk(RULES, at="tomorrow")
        assert str(raised.value) == "at is 'tomorrow'; give a time such as '2026-11-25 10:00', or a datetime"
        with pytest.raises(BadValueError):
            Desk(RULES, at=5)  # type: ignore[arg-type]
        with pytest.raises(NaiveDatetimeError):
            Desk(RULES, at=datetime(2026, 11, 23))  # noqa: DTZ001 -- the point

    def test_a_desk_needs_rules(self) -> None:
        with pytest.raises(BadValueError, match="is not a Rules"):
            Desk("senior")  # type: ignore[arg-type]


class TestQuestions:
    def test_a_clock_is_read_at_the_time_of_the_desk(self) -> None:
        desk = Desk(RULES, at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.passes(hours=3)
        reading = desk.clock("first-answer")
        assert (reading.state, reading.elapsed) == ("running", timedelta(hours=3))

    def test_a_rule_is_explained(self) -> None:
        desk = waiting()
        assert desk.explain("no-answer").verdict == "waiting"
        with pytest.raises(BadValueError, match="no rule 'no-anwser'; did you mean 'no-answer'"):
            desk.explain("no-anwser")

    def test_a_ticket_that_is_not_open_has_no_value(self) -> None:
        desk = Desk(RULES, ticket="T-7")
        with pytest.raises(BadValueError) as raised:
            _ = desk.value
        assert str(raised.value) == "ticket 'T-7' does not exist yet; open it first, with desk.customer.opens()"
        assert str(desk) == "  it was never opened"

    def test_a_desk_says_which_ticket_it_looks_at(self) -> None:
        assert repr(waiting()) == "<Desk 'support', ticket 'T-1', 2026-11-23 10:00:00+01:00>"

    def test_messages_for_nobody_are_not_sent(self) -> None:
        """The requester is not known, so nobody gets the message."""
        to_requester = attrs.evolve(
            NO_ANSWER, rungs=(tf.Rung(tf.Elapsed(days=2), actions.SendMessage("reminder-1", "requester")),)
        )
        desk = Desk(RULES.replacing("no-answer", to_requester))
        desk.agent.opens()
        desk.agent.moves("ask")
        desk.passes(days=2)
        assert desk.sent == []


class TestSeveralTickets:
    def test_they_share_the_clock(self) -> None:
        desk = waiting()
        other = desk.ticket("T-2")
        other.passes(days=1)
        other.customer.opens("mouse")
        other.agent("ana").moves("ask")
        desk.passes(days=1)
        assert (desk.sent, other.sent) == (["reminder-1"], [])
        desk.passes(days=1)
        assert other.sent == ["reminder-1"]
        assert [ticket.id for ticket in desk.tickets] == ["T-1", "T-2"]

    def test_a_follow_up_is_another_ticket(self) -> None:
        desk = waiting()
        desk.passes(weeks=2)
        desk.customer.follows_up("T-2", "again")
        assert desk.ticket("T-2").value.follows == "T-1"
        desk.customer.gives(commands.FollowUp(event_id="mail-7", at=desk.now, by=tf.Actor("customer", "bruno")))
        desk.customer.gives(commands.FollowUp(event_id="mail-7", at=desk.now, by=tf.Actor("customer", "bruno")))
        assert len(desk.tickets) == 3
        with desk.refuses("bad_value"):
            desk.customer.follows_up("T-2")

    def test_follow_ups_that_rules_request_are_opened(self) -> None:
        followed = tf.Automation("follow", tf.OnEnter(tf.StateIs("closed")), (actions.FollowUp(),))
        desk = Desk(RULES.adding(followed), at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.agent.moves("solve", "done")
        assert [ticket.follows for ticket in desk.tickets] == [None, "T-1"]
        desk.ticket(desk.tickets[1].id).agent.moves("ask")
        desk.passes(weeks=1)
        assert [ticket.follows for ticket in desk.tickets] == [None, "T-1", desk.tickets[1].id]

    def test_a_requested_follow_up_can_be_refused(self) -> None:
        """Only customers may open tickets here, and a robot opens what rules request."""
        followed = tf.Automation("follow", tf.OnEnter(tf.StateIs("closed")), (actions.FollowUp(),))
        workflow = attrs.evolve(RULES.workflow, openings=(tf.Opening("open", ["customer"]),))
        desk = Desk(attrs.evolve(RULES, workflow=workflow).adding(followed), at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.agent.moves("solve", "done")
        assert len(desk.tickets) == 1
        assert [type(refusal.command).__name__ for refusal in desk.refusals] == ["FollowUp"]


class TestRefusals:
    def test_a_refused_command_raises_with_all_reasons(self) -> None:
        desk = waiting()
        desk.passes(days=2)
        with pytest.raises(RefusedError) as raised:
            desk.customer.moves("ask")
        assert raised.value.kinds == {"already_there", "not_allowed"}
        (note,) = raised.value.__notes__
        assert note.startswith("ticket 'T-1' up to Wed 2026-11-25 10:00:00 +0100:\n  Mon 2026-11-23 10:00:00 +0100  ")
        assert "customer customer: move was refused" in note
        assert [refusal.refused.kinds for refusal in desk.refusals] == [raised.value.kinds]

    def test_a_refusal_can_be_expected(self) -> None:
        desk = waiting()
        with desk.refuses():
            desk.customer.moves("solve")
        with desk.refuses("not_allowed", "missing_fields"):
            desk.customer.moves("solve")

    def test_a_refusal_with_other_reasons_fails(self) -> None:
        desk = waiting()
        with pytest.raises(AssertionError) as raised, desk.refuses("guard", "not_allowed"):
            desk.customer.moves("close")
        first, second, *_ = str(raised.value).splitlines()
        assert first == "the command was refused as not_allowed, not as guard"
        assert second.startswith("  nobody may close by hand; it happens by itself at 2026-11-30")

    def test_an_accepted_command_fails(self) -> None:
        desk = waiting()
        with pytest.raises(AssertionError, match="no command was refused"), desk.refuses():
            desk.customer.writes("the left one")


class TestFailures:
    def test_a_missing_message_is_explained(self) -> None:
        desk = waiting()
        desk.passes(days=2)
        with pytest.raises(AssertionError) as raised:
            desk.expect_sent("reminder-1", "reminder-2")
        assert str(raised.value) == (
            "sent is ['reminder-1'], not ['reminder-1', 'reminder-2']\n"
            "  no-answer: waits until Fri 2026-11-27 10:00:00 +0100: send reminder-2 to the customer, "
            "4 days after entering the state on Mon 2026-11-23 10:00:00 +0100; unless the customer writes\n"
            f"ticket 'T-1' up to Wed 2026-11-25 10:00:00 +0100:\n{TIMELINE}"
        )

    def test_a_message_that_no_rule_sends_is_named(self) -> None:
        with pytest.raises(AssertionError, match="\n  no rule sends 'reminder-3'; did you mean 'reminder-2'"):
            waiting().expect_sent("reminder-3")

    def test_a_message_too_many_is_explained(self) -> None:
        desk = waiting()
        desk.passes(days=2)
        with pytest.raises(AssertionError) as raised:
            desk.expect_sent()
        assert str(raised.value).splitlines()[:2] == [
            "sent is ['reminder-1'], not []",
            f"  'reminder-1' was sent on Wed 2026-11-25 10:00:00 +0100, {WHY}",
        ]

    def test_another_state_is_explained(self) -> None:
        desk = waiting()
        desk.passes(days=2)
        with pytest.raises(AssertionError) as raised:
            desk.expect_state("closed")
        first, second, *rest = str(raised.value).splitlines()
        assert first == "the state is 'waiting', not 'closed'"
        assert second.startswith("  no-answer: waits until Fri 2026-11-27 10:00:00 +0100: send reminder-2")
        assert "\n".join(rest) == f"ticket 'T-1' up to Wed 2026-11-25 10:00:00 +0100:\n{TIMELINE}"

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ("closd", "no state 'closd'; did you mean 'closed'?"),
            ("odd", "no state 'odd'; there are: closed, open, waiting"),
        ],
    )
    def test_a_state_that_does_not_exist_is_named(self, state: str, why: str) -> None:
        with pytest.raises(AssertionError, match=f"\n  {why[:-1]}"):
            waiting().expect_state(state)

    def test_a_state_that_only_people_reach_is_explained(self) -> None:
        desk = Desk(RULES)
        desk.customer.opens("printer")
        with pytest.raises(AssertionError, match="\n  no rule moves tickets to 'waiting'; by hand: ask\n"):
            desk.expect_state("waiting")

    def test_what_is_as_expected_passes(self) -> None:
        desk = waiting()
        desk.expect_sent()
        desk.expect_state("waiting")

    def test_the_page_shows_the_text_of_a_failure(self) -> None:
        page = (Path(__file__).parent.parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
        definitions = page.partition("```python\n")[2].partition("```")[0]
        found: dict[str, tf.Rules] = {}
        exec(definitions, found)  # noqa: S102 -- it is our own page
        desk = Desk(found["rules"], at="2026-11-23 10:00")
        desk.customer.opens("printer")
        desk.agent("ana").moves("ask", "which one?")
        desk.passes(days=3)
        with pytest.raises(AssertionError) as raised:
            desk.expect_sent("reminder-1", "reminder-2")
        assert indent(str(raised.value), "    ") in page


@pytest.mark.parametrize(
    ("span", "given"),
    [({"days": "2"}, "days='2'"), ({"hours": float("nan")}, "hours=nan"), ({"weeks": 10**9}, "weeks=1000000000")],
)
def test_a_span_has_numbers_and_ends(span: dict[str, Any], given: str) -> None:
    with pytest.raises(BadValueError, match=f"^the span is {given}; give numbers that end before the year 9999$"):
        Desk(RULES).passes(**span)
