"""Which messages of a late plan are sent, and which are withheld."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from tests.support.desk import ANA, CUSTOMER, Desk, utc
from tests.support.small_rule_set import SUPPORT, WEEKDAYS
from ticketflow import (
    Accepted,
    After,
    Automation,
    Created,
    Elapsed,
    Ladder,
    LastMessage,
    Message,
    OnEnter,
    OnMessage,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Transition,
    Workflow,
    apply,
    commands,
    documents,
    evaluate,
    handle,
    person,
)
from ticketflow.engine.plans import Plan
from ticketflow.errors import BadValueError, DefinitionError, DocumentError, NaiveDatetimeError
from ticketflow.rules.actions import Emit, Move, SendMessage
from ticketflow.service.delivery import Deliveries, Delivery, Mode, Within, deliveries
from ticketflow.tickets.commands import Command
from ticketflow.tickets.events import Emitted, MessageRequested

NINE = utc(2026, 11, 23, 9)
TEN = NINE + timedelta(hours=1)
WORKFLOW = Workflow(
    (State("open"), State("closed", "closed")), (Transition("close", ("open",), "closed", may=SUPPORT),)
)
LADDER = Ladder(
    "wait",
    Created(),
    StateIs("open"),
    (
        Rung(Elapsed(hours=1), SendMessage("first")),
        Rung(Elapsed(hours=2), SendMessage("second")),
        Rung(Elapsed(hours=9), Move("close"), SendMessage("bye")),
    ),
)
OTHER = Automation("other", After(Elapsed(hours=1), Created()), (SendMessage("other"), SendMessage("again")))


def planned(now: datetime, modes: dict[str, Mode | Within] | None = None, **default: Mode | Within) -> Deliveries:
    desk = Desk(Rules("late", WORKFLOW, WEEKDAYS, (LADDER, OTHER)))
    desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
    return deliveries(evaluate(now, desk.ticket, desk.rules), now, modes or {}, **default)


class TestRecipients:
    """A ticket that Ana opens by telephone; each message is due at 10:00."""

    @pytest.mark.parametrize(
        ("to", "requester", "assignee", "snoozer", "recipient"),
        [
            ("customer", "bruno", None, False, "bruno"),
            ("requester", "bruno", None, False, "bruno"),
            ("owner", "bruno", "eva", True, "eva"),
            ("owner", "bruno", None, True, "ana"),
            (person("o'brien@example.com"), None, None, False, "o'brien@example.com"),
            ("agent", None, "eva", False, None),
            ("guild", None, None, False, None),
        ],
    )
    def test_whoever_is_meant_at_that_instant_stands_in_the_entry(
        self, to: str, requester: str | None, assignee: str | None, snoozer: bool, recipient: str | None
    ) -> None:
        desk = telephoned(to, requester, assignee)
        if snoozer:
            desk.give(commands.Snooze(NINE + timedelta(days=9), at=NINE, by=ANA))
        found = deliveries(evaluate(TEN, desk.ticket, desk.rules), TEN)
        (sent,) = found.send
        assert sent.request == MessageRequested("hello", to, recipient)
        assert isinstance(sent.request, MessageRequested)
        assert sent.request.has_addressee
        assert found.withheld == ()

    def test_it_is_whoever_was_meant_then_although_somebody_else_is_now(self) -> None:
        desk = telephoned("customer", "bruno")
        desk.give(commands.SetRequester("carla", at=TEN + timedelta(hours=1), by=ANA))
        (sent,) = [event for entry in desk.ticket.history for event in entry.events if type(event) is MessageRequested]
        assert sent.recipient == "bruno"

    @pytest.mark.parametrize("to", ["customer", "requester", "owner"])
    @pytest.mark.parametrize("default", ["all", "latest", "earliest", Within(Elapsed(days=9))])
    def test_a_message_for_nobody_is_recorded_and_withheld(self, to: str, default: Mode | Within) -> None:
        desk = telephoned(to, None)
        found = deliveries(evaluate(TEN, desk.ticket, desk.rules), TEN, default=default)
        assert shown(found) == ([], [("hello", "no_addressee")])
        desk.advance(TEN)
        assert desk.ticket.history.last.events == (MessageRequested("hello", to, None),)

    @pytest.mark.parametrize("mode", ["latest", "earliest"])
    def test_a_message_for_nobody_stands_for_no_other_of_its_episode(self, mode: Mode) -> None:
        in_order = ("owner", "agent", "owner")
        rungs = tuple(Rung(Elapsed(hours=hour), SendMessage(to, to)) for hour, to in enumerate(in_order, 1))
        desk = Desk(Rules("late", WORKFLOW, WEEKDAYS, (Ladder("wait", Created(), StateIs("open"), rungs),)))
        desk.give(commands.Open("T-1", at=NINE, by=ANA))
        noon = NINE + timedelta(hours=3)
        found = deliveries(evaluate(noon, desk.ticket, desk.rules), noon, default=mode)
        assert shown(found) == (["agent"], [("owner", "no_addressee"), ("owner", "no_addressee")])

    def test_a_recipient_who_does_not_exist_is_a_mistake(self) -> None:
        with pytest.raises(DefinitionError, match=r"no recipient 'agnt'; did you mean 'agent'\?"):
            telephoned("agnt", None)
        with pytest.raises(
            DefinitionError, match="'person:' is not a recipient; name a role or group, or 'person:' and an id"
        ):
            telephoned("person:", None)
        with pytest.raises(BadValueError, match="person 'a b' is not a valid id"):
            person("a b")

    @pytest.mark.parametrize("to", ["requester", "guild", person("bruno+shop@example.com")])
    def test_documents_keep_the_recipient(self, to: str) -> None:
        rules = telephoned(to, "bruno").rules
        assert documents.read("rules", documents.write(rules)) == rules
        event = MessageRequested("hello", to, "bruno")
        assert documents.read("event", documents.write(event)) == event

    def test_a_document_with_no_recipient_is_refused(self) -> None:
        with pytest.raises(DocumentError, match="'person:a b' is not a recipient; name a role or group, or 'person:'"):
            documents.read("event", '{"format": "event/1", "message_requested": {"template": "x", "to": "person:a b"}}')


def telephoned(to: str, requester: str | None, assignee: str | None = None) -> Desk:
    hello = Automation("hello", After(Elapsed(hours=1), Created()), (SendMessage("hello", to),))
    workflow = attrs.evolve(WORKFLOW, groups={"guild"})
    desk = Desk(Rules("desk", workflow, WEEKDAYS, (hello,), Snoozing()))
    desk.give(commands.Open("T-1", requester=requester, assignee=assignee, at=NINE, by=ANA))
    return desk


def shown(found: Deliveries) -> tuple[list[str], list[tuple[str, str]]]:
    return [name(each) for each in found.send], [(name(each.delivery), str(each.why)) for each in found.withheld]


def name(delivery: Delivery) -> str:
    request = delivery.request
    return request.name if isinstance(request, Emitted) else request.template


class TestModes:
    """At 11:00 both reminders are due: the first since 10:00, the second since 11:00."""

    def test_the_latest_of_an_episode_is_sent(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 11))) == (["other", "again", "second"], [("first", "latest_is_sent")])

    def test_all_messages_are_sent_in_the_order_of_the_plan(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 11), default="all")) == (["other", "again", "first", "second"], [])

    def test_the_earliest_of_an_episode_is_sent(self) -> None:
        send, withheld = shown(planned(utc(2026, 11, 23, 11), {"wait": "earliest"}))
        assert ("first" in send, withheld) == (True, [("second", "earliest_is_sent")])

    def test_a_message_later_than_its_grace_is_withheld(self) -> None:
        send, withheld = shown(planned(utc(2026, 11, 23, 11), {"wait": Within(Elapsed(minutes=30))}))
        assert ("second" in send, withheld) == (True, [("first", "late")])

    def test_a_plan_in_time_is_sent_whole(self) -> None:
        assert shown(planned(utc(2026, 11, 23, 10)))[1] == []


def test_a_reminder_whose_ladder_closes_the_ticket_is_withheld() -> None:
    """A customer is not asked for an answer and told in the same minute that the ticket is closed."""
    send, withheld = shown(planned(utc(2026, 11, 24), default="all"))
    assert "bye" in send, "the message of the closing step itself is sent"
    assert withheld == [("first", "ticket_closes"), ("second", "ticket_closes")]


def test_sent_and_withheld_messages_are_all_messages_of_the_plan() -> None:
    for hour in range(9, 20):
        modes: tuple[Mode | Within, ...] = ("all", "latest", "earliest", Within(Elapsed(hours=1)))
        for mode in modes:
            now = utc(2026, 11, 23, hour)
            asked = {"first": 10, "other": 10, "again": 10, "second": 11, "bye": 18}
            found = planned(now, default=mode)
            names = map(name, (*found.send, *(held.delivery for held in found.withheld)))
            assert sorted(names) == sorted(each for each, due in asked.items() if due <= hour)


class TestEmitted:
    """3.9: an emitted event is no reminder. Webhooks after 1, 2 and 9 hours; the last step also closes the ticket."""

    RULE = Ladder(
        "hooks",
        Created(),
        StateIs("open"),
        (
            Rung(Elapsed(hours=1), Emit("first"), SendMessage("first-mail")),
            Rung(Elapsed(hours=2), Emit("second"), SendMessage("second-mail", "owner")),
            Rung(Elapsed(hours=9), Move("close"), Emit("closed"), Emit("archived")),
        ),
    )

    def split(self, hours: int, mode: Mode | Within, *more: Automation) -> tuple[list[str], list[tuple[str, str]]]:
        now = NINE + timedelta(hours=hours)
        desk = Desk(Rules("hooks", WORKFLOW, WEEKDAYS, (self.RULE, *more)))
        desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        return shown(deliveries(evaluate(now, desk.ticket, desk.rules), now, default=mode))

    @pytest.mark.parametrize("mode", ["all", "latest", "earliest"])
    def test_every_event_is_sent_however_late(self, mode: Mode) -> None:
        send, withheld = self.split(240, mode)
        assert send == ["first", "second", "closed", "archived"]
        assert withheld == [("first-mail", "ticket_closes"), ("second-mail", "no_addressee")]

    def test_an_event_takes_no_messages_place(self) -> None:
        """The later rung has a message for nobody and an event; the first message is the latest one to send."""
        assert self.split(2, "latest")[0] == ["first", "first-mail", "second"]

    def test_only_a_grace_withholds_events(self) -> None:
        send, withheld = self.split(9, Within(Elapsed(hours=7)))
        assert send == ["second", "closed", "archived"]
        assert [each for each in withheld if each[0] == "first"] == [("first", "late")]

    def test_the_command_that_ended_the_episode_withholds_none(self) -> None:
        rule = Ladder(
            "hooks",
            LastMessage("agent"),
            StateIs("open"),
            (Rung(Elapsed(days=1), SendMessage("mail"), Emit("silent")),),
            ended_by=LastMessage("customer"),
        )
        desk = Desk(Rules("hooks", WORKFLOW, WEEKDAYS, (rule,)))
        desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        desk.give(commands.AddMessage(Message("m1"), at=NINE, by=ANA))
        reply = commands.AddMessage(Message("m2"), at=NINE + timedelta(days=2), by=CUSTOMER)
        answer = handle(desk.ticket, reply, desk.rules)
        assert shown(deliveries(answer, reply.at)) == (["silent"], [("mail", "episode_ended")])

    def test_its_key_and_name_identify_it(self) -> None:
        """Two services that evaluate the same ticket find the same deliveries."""
        desk = Desk(Rules("hooks", WORKFLOW, WEEKDAYS, (self.RULE,)))
        desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        late = NINE + timedelta(hours=9)
        found = [deliveries(evaluate(late, desk.ticket, desk.rules), late).send for _ in range(2)]
        ids = [[(each.due.key, name(each)) for each in send] for send in found]
        assert ids[0] == ids[1]
        assert len(set(ids[0])) == len(ids[0]) == 4


class TestAnswers:
    """The reminders are due on days 1, 3 and 7. The service was down, and a command comes on day 10."""

    DAYS = Ladder(
        "remind",
        LastMessage("agent"),
        StateIs("open"),
        tuple(Rung(Elapsed(days=day), SendMessage(f"day-{day}")) for day in (1, 3, 7, 20)),
    )

    def desk(self, *rules: Automation | Ladder) -> Desk:
        desk = Desk(Rules("down", WORKFLOW, WEEKDAYS, rules))
        desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        return desk

    def answered(self, command: Command, *more: Automation) -> Accepted:
        desk = self.desk(self.DAYS, *more)
        asked = handle(desk.ticket, commands.AddMessage(Message("m1"), at=NINE, by=ANA), desk.rules).unwrap().ticket
        return handle(asked, command, desk.rules).unwrap()

    REPLY = commands.AddMessage(Message("m2"), at=NINE + timedelta(days=10), by=CUSTOMER)

    def test_after_the_customers_answer_no_reminder_is_sent(self) -> None:
        answer = self.answered(self.REPLY)
        assert [due.due_at for due in answer.due] == [NINE + timedelta(days=day) for day in (1, 3, 7)]
        names = ["day-1", "day-3", "day-7"]
        assert shown(deliveries(answer, self.REPLY.at)) == ([], [(name, "episode_ended") for name in names])
        assert shown(deliveries(answer, self.REPLY.at, default="all")) == (names, [])
        assert shown(deliveries(answer, self.REPLY.at, default=Within(Elapsed(days=9))))[0] == []

    def test_a_command_that_ends_no_episode_withholds_the_earlier_ones_only(self) -> None:
        note = commands.AddMessage(Message("m2", public=False), at=NINE + timedelta(days=10), by=ANA)
        answer = self.answered(note)
        assert answer.ended == ()
        assert shown(deliveries(answer, note.at))[0] == ["day-7"]

    def test_messages_of_reactions_are_sent(self) -> None:
        thanks = Automation("thanks", OnMessage("customer"), (SendMessage("thanks"),))
        answer = self.answered(self.REPLY, thanks)
        assert shown(deliveries(answer, self.REPLY.at))[0] == ["thanks"]
        (touched,) = answer.touched
        assert (touched.ticket, touched.entries) == (answer.ticket, answer.entries)
        assert [due.rule for due in touched] == ["remind"] * 3 + ["thanks"]

    def test_a_reaction_that_ends_the_episode_counts_as_the_command(self) -> None:
        closing = Automation("close", OnMessage("customer"), (Move("close"),))
        wait = Automation("wait", After(Elapsed(days=1), Created()), (SendMessage("wait"),), given=StateIs("open"))
        desk = self.desk(wait, closing)
        answer = handle(desk.ticket, self.REPLY, desk.rules).unwrap()
        assert shown(deliveries(answer, self.REPLY.at)) == ([], [("wait", "episode_ended")])

    def test_a_follow_up_is_touched_with_what_was_due_before(self) -> None:
        welcome = Automation("welcome", OnEnter(StateIs("open")), (SendMessage("welcome"),))
        workflow = attrs.evolve(WORKFLOW, after_closing="follow_up")
        desk = Desk(Rules("down", workflow, WEEKDAYS, (LADDER, welcome)))
        desk.give(commands.Open("T-1", requester="bruno", at=NINE, by=ANA))
        later = NINE + timedelta(days=2)
        follow_up = commands.FollowUp("NEW", at=later, by=ANA, message=Message("m9"))
        answer = handle(desk.ticket, follow_up, desk.rules).unwrap()
        closed, new = answer.touched
        assert (closed.ticket.state, [due.rule for due in closed]) == ("closed", ["wait"] * 3)
        assert (new.ticket, [due.rule for due in new]) == (answer.created, ["welcome"])
        assert new.entries == tuple(new.ticket.history)
        assert shown(deliveries(answer, later))[0] == ["bye", "welcome"]

    def test_a_refusal_and_a_repeat_send_nothing(self) -> None:
        desk = self.desk(self.DAYS)
        refused = handle(desk.ticket, commands.Move("none", at=NINE, by=ANA), desk.rules)
        assert deliveries(refused, NINE) == Deliveries()
        once = attrs.evolve(self.REPLY, event_id="e1")
        first = handle(desk.ticket, once, desk.rules).unwrap()
        again = handle(first.ticket, once, desk.rules).unwrap()
        assert (again.is_repeated, again.touched, deliveries(again, once.at)) == (True, (), Deliveries())

    def test_an_applied_plan_is_split_like_the_plan(self) -> None:
        desk = self.desk(LADDER)
        plan = evaluate(utc(2026, 11, 24), desk.ticket, desk.rules)
        assert deliveries(apply(desk.ticket, plan), NINE) == deliveries(plan, NINE)


def test_unknown_modes_are_refused() -> None:
    with pytest.raises(
        BadValueError, match=r"mode 'lates' does not exist; give all, latest, earliest or Within\(\.\.\.\)"
    ):
        planned(NINE, {"wait": "lates"})  # type: ignore[dict-item]
    with pytest.raises(BadValueError, match="modes is 5; give a mapping from rule ids to modes"):
        deliveries(Plan(), NINE, 5)  # type: ignore[arg-type]
    with pytest.raises(NaiveDatetimeError, match="now is"):
        planned(datetime(2026, 11, 23))  # noqa: DTZ001 -- the point
