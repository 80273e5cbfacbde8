"""Follow-ups: the fields that they copy, the ids that they get, and deliveries that come again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import attrs
import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, utc
from tests.support.small_rule_set import WEEKDAYS
from ticketflow import (
    Accepted,
    Automation,
    Field,
    FieldIs,
    OnEnter,
    OnRate,
    Opening,
    Rules,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    commands,
    decide,
    documents,
    follow_ups,
    handle,
    handle_all,
    replay,
    simulate,
)
from ticketflow.engine.decisions import Refused
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.kernel.field_values import Value
from ticketflow.rules.actions import FollowUp, HoldField, SendMessage
from ticketflow.tickets.actors import PEOPLE, SUPPORT
from ticketflow.tickets.commands import Command
from ticketflow.tickets.messages import Mail

NINE = utc(2026, 11, 23, 9)
HOUR = timedelta(hours=1)
TEN, NOON = NINE + HOUR, NINE + 3 * HOUR
STATES = (
    State("open"),
    State("busy"),
    State("closed", "closed", survey_open=True),
    State("spam", "closed"),
)
FIELDS = (
    Field("priority", ("low", "high")),
    Field("vip", kind="truth"),
    Field("due", kind="future"),
    Field("title", kind="text", filled_from="subject"),
)
COPIED = ("priority", "vip", "due", "title")
MOVES = (
    Transition("start", ["open"], "busy", may=SUPPORT),
    Transition("close", ["open", "busy"], "spam", may=SUPPORT, given=FieldIs("priority", "low")),
    Transition("close", ["open", "busy"], "closed", may=SUPPORT, follow_up_fields=COPIED),
    Transition("archive", ["open"], "closed", may=SUPPORT, follow_up_fields=("vip",)),
)
WORKFLOW = Workflow(STATES, MOVES, FIELDS, after_closing="follow_up")
RULES = Rules("desk", WORKFLOW, WEEKDAYS)
NO_VPI = "no field 'vpi'; did you mean 'vip'?"
NOT_CLOSED = (
    "only closed tickets are followed up, and 'busy' is not closed; name the fields on the transition that closes "
    "the ticket"
)
NOT_TAKEN = "the opening into 'open' does not take: priority; add them to its takes, or do not copy them"
OTHER_FIELDS = (
    "an earlier row of that name leads to 'closed', too, and copies other fields; name the same fields on both"
)
GIVEN: Mapping[str, Value] = {"priority": "high", "vip": True, "due": NOON}


def closed(by: str = "close", rules: Rules = RULES, **fields: Value) -> Ticket:
    """Return a ticket that Ana opened at nine, with these fields, and closed by a transition."""
    desk = Desk(rules)
    desk.give(commands.Open("T-1", fields or GIVEN, requester="bruno", at=NINE, by=ANA))
    desk.give(commands.Move(by, at=NINE, by=ANA))
    return desk.ticket


def follow_up(at: datetime = TEN, by: str = "customer", event_id: str = "mail-7", **more: object) -> commands.FollowUp:
    actor = {"customer": CUSTOMER, "agent": ANA}[by]
    return commands.FollowUp(event_id=event_id, at=at, by=actor, **more)  # type: ignore[arg-type]


def opened(ticket: Ticket, command: Command, rules: Rules = RULES, stored: Ticket | None = None) -> Ticket:
    created = handle(ticket, command, rules, stored).unwrap().created
    assert created is not None
    return created


class TestCopies:
    """2.2: the transition that closed a ticket says which fields its follow-up copies."""

    def test_a_follow_up_by_a_customer_has_what_the_transition_copies(self) -> None:
        """Bruno may not set fields. The rules set them."""
        assert opened(closed(), follow_up()).fields == GIVEN

    def test_another_transition_copies_other_fields(self) -> None:
        assert opened(closed("archive"), follow_up()).fields == {"vip": True}

    def test_a_row_of_the_same_name_that_leads_elsewhere_does_not_count(self) -> None:
        ticket = closed(priority="low", vip=True)
        assert ticket.state == "spam"
        assert opened(ticket, follow_up()).fields == {}

    def test_a_field_without_a_value_is_not_copied(self) -> None:
        assert "title" not in opened(closed(), follow_up()).fields

    def test_the_fields_of_the_command_go_first(self) -> None:
        command = follow_up(by="agent", fields={"priority": "low", "vip": None})
        child = opened(closed(), command)
        assert (child.fields["priority"], child.fields["vip"], child.fields["due"]) == ("low", None, NOON)

    def test_a_moment_that_has_passed_is_left_out(self) -> None:
        assert "due" not in opened(closed(), follow_up(NOON)).fields
        assert "due" in opened(closed(), follow_up(NOON - timedelta(microseconds=1))).fields

    def test_a_value_that_the_field_can_no_longer_have_is_left_out(self) -> None:
        fields = (Field("priority", (1, 2)), *FIELDS[1:])
        moves = tuple(attrs.evolve(each, given=StateIs("open")) if each.target == "spam" else each for each in MOVES)
        now = attrs.evolve(RULES, workflow=attrs.evolve(WORKFLOW, fields=fields, transitions=moves))
        assert opened(closed(), follow_up(), now).fields == {"vip": True, "due": NOON}

    def test_a_transition_that_is_gone_copies_nothing(self) -> None:
        moves = (*MOVES[:1], attrs.evolve(MOVES[2], name="end"), MOVES[3])
        rules = attrs.evolve(RULES, workflow=attrs.evolve(WORKFLOW, transitions=moves))
        assert opened(closed(), follow_up(), rules).fields == {}

    def test_the_value_is_that_of_the_closed_ticket_as_people_see_it(self) -> None:
        hold = Automation("hold", OnEnter(StateIs("busy")), (HoldField("vip", value=False),))
        rules = attrs.evolve(RULES, automations=(hold,))
        desk = Desk(rules)
        desk.give(commands.Open("T-1", {"vip": True}, at=NINE, by=ANA))
        desk.give(commands.Move("start", at=NINE, by=ANA))
        desk.give(commands.Move("close", at=NINE, by=ANA))
        assert opened(desk.ticket, follow_up(), rules).fields == {"vip": False}

    def test_a_rating_after_the_closing_changes_nothing(self) -> None:
        rated = handle(closed(), commands.Rate(1, at=TEN, by=CUSTOMER), RULES).unwrap().ticket
        assert opened(rated, follow_up(NINE + 2 * HOUR)).fields == GIVEN

    def test_a_mail_fills_only_what_is_not_copied(self) -> None:
        mail = Mail("m9", subject="Again", text="It is broken again")
        command = commands.FollowUp("T-2", message=mail, at=TEN, by=ANA)
        assert opened(closed(title="Printer"), command).fields["title"] == "Printer"
        assert opened(closed(), command).fields["title"] == "Again"

    def test_what_is_copied_need_not_come_with_the_command(self) -> None:
        openings = (Opening("open", PEOPLE, needs=("priority",), takes=COPIED),)
        rules = attrs.evolve(RULES, workflow=attrs.evolve(WORKFLOW, openings=openings))
        assert opened(closed(rules=rules), follow_up(), rules).fields == GIVEN
        refused = handle(closed("archive", rules), follow_up(), rules)
        assert isinstance(refused, Refused)
        assert [reason.lacks for reason in refused.reasons] == [("priority",)]

    def test_a_rule_that_asks_for_one_copies_too(self) -> None:
        sorry = Automation("sorry", OnRate(), (SendMessage("sorry"), FollowUp()))
        rules = attrs.evolve(RULES, automations=(sorry,))
        answer = handle(closed(rules=rules), commands.Rate(1, at=TEN, by=CUSTOMER), rules).unwrap()
        ((command,),) = (follow_ups(touched, ROBOT) for touched in answer.touched)
        assert opened(answer.ticket, command, rules).fields == GIVEN

    def test_the_new_ticket_is_its_history(self) -> None:
        child = opened(closed(), follow_up())
        assert replay(child.history) == child
        assert documents.read("ticket", documents.write(child)) == child


class TestMistakes:
    VIP = Transition("archive", ["open"], "closed", SUPPORT, FieldIs("vip", True), follow_up_fields=("vip",))

    @pytest.mark.parametrize(
        ("row", "openings", "said"),
        [
            (Transition("end", ["open"], "closed", SUPPORT, follow_up_fields=("vpi",)), (), NO_VPI),
            (Transition("end", ["open"], "busy", SUPPORT, follow_up_fields=("vip",)), (), NOT_CLOSED),
            (
                Transition("end", ["open"], "closed", SUPPORT, follow_up_fields=("vip", "title", "priority")),
                (Opening("open", PEOPLE, needs=("title",), takes=("due", "vip")),),
                NOT_TAKEN,
            ),
            (Transition("archive", ["open", "busy"], "closed", SUPPORT), (), OTHER_FIELDS),
        ],
    )
    def test_what_cannot_be_meant_is_found(self, row: Transition, openings: tuple[Opening, ...], said: str) -> None:
        rows = (MOVES[0], MOVES[1], attrs.evolve(MOVES[2], follow_up_fields=()), self.VIP, row)
        with pytest.raises(DefinitionError) as caught:
            Rules("desk", attrs.evolve(WORKFLOW, transitions=rows, openings=openings), WEEKDAYS)
        assert [str(problem).split(": ", 1)[1] for problem in caught.value.problems] == [said]

    def test_only_openings_that_a_follow_up_can_use_take_what_is_copied(self) -> None:
        """It names no state: agents who open one by hand go through the first opening, robots through the last."""
        row = Transition("end", ["open", "busy"], "closed", SUPPORT, follow_up_fields=("vip",))
        named = Opening("busy", SUPPORT, must_be_named=True)
        ways = (named, Opening("open", PEOPLE, takes=("vip",)))
        assert Workflow(STATES[:3], (MOVES[0], row), FIELDS, openings=ways).follow_up_ways == ways[1:]
        Rules("desk", Workflow(STATES[:3], (MOVES[0], row), FIELDS, openings=ways), WEEKDAYS)
        robots = (*ways, attrs.evolve(named, may={"robot"}))
        with pytest.raises(DefinitionError, match="the opening into 'busy' does not take: vip"):
            Rules("desk", Workflow(STATES[:3], (MOVES[0], row), FIELDS, openings=robots), WEEKDAYS)


def derived(text: str) -> str:
    """Return the id that the contract gives: capitals of the BLAKE2b of ten bytes, eight and eight."""
    digest = blake2b(text.encode(), digest_size=10).hexdigest().upper()
    return f"{digest[:8]}-{digest[8:16]}"


class TestIds:
    """3.12: the id of a follow-up follows from its parent and the delivery, unless it is given."""

    def test_it_follows_from_the_closed_ticket_and_the_delivery(self) -> None:
        assert opened(closed(), follow_up()).id == derived("T-1/mail-7")
        assert opened(closed(), follow_up(event_id="mail-8")).id == derived("T-1/mail-8")
        assert follow_up().ticket_id("T-1") == derived("T-1/mail-7")

    def test_odd_ids_are_escaped(self) -> None:
        assert follow_up(event_id="a/b@c").ticket_id("2026/7") == derived("2026%2F7/a%2Fb@c")

    def test_one_that_is_given_stays(self) -> None:
        assert opened(closed(), follow_up(new_ticket="T-2")).id == "T-2"

    def test_it_can_be_said_aloud(self) -> None:
        rules = attrs.evolve(RULES, workflow=attrs.evolve(WORKFLOW, has_sayable_ids=True))
        assert opened(closed(rules=rules), follow_up(), rules).id == derived("T-1/mail-7")

    def test_without_either_there_is_none(self) -> None:
        with pytest.raises(BadValueError, match="the follow-up has no id; give new_ticket or event_id"):
            commands.FollowUp(at=TEN, by=ANA)

    def test_several_tickets_can_be_followed_up_in_bulk(self) -> None:
        tickets = [attrs.evolve(closed(), id=name) for name in ("T-1", "T-2")]
        answers = handle_all(tickets, follow_up(by="agent"), RULES)
        ids = [answer.unwrap().created for answer in answers]
        assert [each and each.id for each in ids] == [derived("T-1/mail-7"), derived("T-2/mail-7")]
        many = handle_all(tickets, follow_up(by="agent", new_ticket="T-9"), RULES)
        assert [answer.kinds for answer in many if isinstance(answer, Refused)] == [{"bad_value"}] * 2


class TestRepeats:
    """3.12: the same delivery opens no second ticket."""

    def test_the_answer_to_a_repeat_is_the_stored_ticket(self) -> None:
        parent, first = closed(), opened(closed(), follow_up())
        again = handle(parent, follow_up(NOON), RULES, stored=first)
        assert isinstance(again, Accepted)
        assert (again.ticket, again.created, again.is_repeated) == (parent, first, True)
        assert (again.entries, again.touched) == ((), ())

    def test_it_is_recognized_after_both_tickets_have_changed(self) -> None:
        first = opened(closed(), follow_up())
        moved = handle(first, commands.Move("start", at=NOON, by=ANA), RULES).unwrap().ticket
        rated = handle(closed(), commands.Rate(5, at=NOON, by=CUSTOMER), RULES).unwrap().ticket
        again = handle(rated, follow_up(), RULES, stored=moved).unwrap()
        assert (again.created, again.is_repeated) == (moved, True)

    def test_it_is_recognized_by_the_delivery_under_any_id(self) -> None:
        first = opened(closed(), follow_up(new_ticket="T-2"))
        assert handle(closed(), follow_up(new_ticket="T-3"), RULES, stored=first).unwrap().created == first
        assert decide(closed(), follow_up(), RULES, stored=first).unwrap().created == first

    def test_without_the_stored_ticket_the_same_one_is_opened_again(self) -> None:
        assert opened(closed(), follow_up()) == opened(closed(), follow_up())

    def test_another_delivery_opens_another_ticket(self) -> None:
        assert opened(closed(), follow_up()).id != opened(closed(), follow_up(event_id="mail-8")).id

    @pytest.mark.parametrize(
        ("event_id", "stored"),
        [
            ("mail-8", opened(closed(), follow_up(new_ticket="T-2"))),
            ("mail-7", Desk(RULES).give(commands.Open("T-2", at=NINE, by=ANA, event_id="mail-7")).ticket),
            (None, opened(closed(), commands.FollowUp("T-2", at=TEN, by=ANA))),
        ],
    )
    def test_an_id_that_another_ticket_has_is_refused(self, event_id: str | None, stored: Ticket) -> None:
        command = commands.FollowUp("T-2", event_id=event_id, at=NOON, by=ANA)
        refused = handle(closed(), command, RULES, stored=stored)
        assert isinstance(refused, Refused)
        assert [str(reason) for reason in refused.reasons] == ["ticket 'T-2' exists already; give another id"]

    def test_what_is_not_the_follow_up_is_an_error(self) -> None:
        first = opened(closed(), follow_up(new_ticket="T-2"))
        with pytest.raises(BadValueError, match="stored is ticket 'T-2', but the command opens 'T-3'; give the ticket"):
            handle(closed(), commands.FollowUp("T-3", at=NOON, by=ANA), RULES, stored=first)
        with pytest.raises(BadValueError, match="stored is given, but the command is no follow-up; leave it out"):
            handle(closed(), commands.Rate(1, at=NOON, by=CUSTOMER), RULES, stored=first)
        with pytest.raises(BadValueError, match="ticket"):
            handle(closed(), follow_up(), RULES, stored="T-2")  # type: ignore[arg-type]

    def test_a_simulation_opens_it_once(self) -> None:
        life: list[Command] = [
            commands.Open("T-1", GIVEN, at=NINE, by=ANA),
            commands.Move("close", at=NINE, by=BOSS),
            follow_up(),
            follow_up(NOON),
            commands.FollowUp(derived("T-1/mail-7"), at=NOON, by=ANA),
        ]
        found = simulate(life, RULES)
        assert [each.id for each in found.created] == [derived("T-1/mail-7")]
        assert [refusal.refused.kinds for refusal in found.refusals] == [{"bad_value"}]
