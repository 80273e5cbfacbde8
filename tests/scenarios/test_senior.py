"""Rows D1 to D11: the support desk of Senior. Instants are worked out by hand, as the docstrings show.

November 2026 in São Paulo (UTC-3, no summer time): Thu 19, Fri 20 is Consciência Negra, Sat 21, Mon 23 to Fri 27,
Mon 30. Hours are Monday to Friday 9 to 18.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.desk import (
    ANA,
    BOSS,
    CHANNEL,
    CONSULTANT,
    CUSTOMER,
    RELEASES,
    ROBOT,
    SAO_PAULO,
    Desk,
    happenings,
    mails,
    sp,
)
from ticketflow import Actor, BusinessCalendar, BusinessDays, Elapsed, Message, commands, evaluate, next_due
from ticketflow.calendars.spans import WorkingTime
from ticketflow.engine.decisions import Refused
from ticketflow.engine.handling import handle
from ticketflow.presets.senior import HD1, senior
from ticketflow.service.intake import Append, Arrival, FollowUp, route
from ticketflow.sla.policies import Target
from ticketflow.sla.reading import read
from ticketflow.tickets.events import FieldChanged, FieldHeld, StateChanged

RULES = senior()
MICRO = timedelta(microseconds=1)
LABELS = {
    "new": "Nuevo",
    "in_analysis": "En análisis",
    "waiting_for_customer": "Esperando respuesta del cliente",
    "waiting_for_final_solution": "Esperando solución definitiva",
    "joint_analysis": "En análisis conjunto con otras áreas",
    "customer_validation": "Validación cliente",
    "customer_asked_to_close": "Cliente solicitó el cierre",
    "closed": "Cerrado",
}


def in_analysis(nature: str = "incident") -> Desk:
    """A ticket that an analyst took on Wed 18 Nov 2026 at 10:00."""
    desk = Desk(RULES)
    desk.open(sp(2026, 11, 18, 9, 30), nature=nature)
    desk.assign(sp(2026, 11, 18, 10))
    return desk


THURSDAY = sp(2026, 11, 19, 15)


def waiting(at: datetime = THURSDAY, nature: str = "incident") -> Desk:
    """A ticket whose customer was asked for information at *at*."""
    desk = in_analysis(nature)
    desk.move(at, "ask_for_information")
    return desk


def validating(at: datetime = THURSDAY) -> Desk:
    """Return a ticket whose customer got the solution at *at*."""
    desk = in_analysis()
    desk.move(at, "inform_solution")
    return desk


def asked_to_close(at: datetime = THURSDAY) -> Desk:
    """Return a ticket whose customer asked by phone at *at* to close it; Ana recorded it."""
    desk = in_analysis()
    desk.give(commands.Move("record_close_request", at=at, by=ANA))
    return desk


class TestD1:
    def test_d1_states_are_the_eight_of_the_source(self) -> None:
        assert {state.name: state.labels["es"] for state in RULES.workflow.states} == LABELS
        assert all("en" in state.labels for state in RULES.workflow.states)

    def test_d1_a_ticket_begins_as_new(self) -> None:
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 18, 9, 30))
        assert desk.ticket.state == "new"

    def test_d1_joint_analysis_and_back(self) -> None:
        desk = in_analysis()
        desk.move(sp(2026, 11, 18, 11), "involve_other_areas")
        assert desk.ticket.state == "joint_analysis"
        desk.move(sp(2026, 11, 18, 12), "resume_analysis")
        assert desk.ticket.state == "in_analysis"


class TestD2:
    def test_d2_assigning_an_analyst_begins_the_analysis_by_itself(self) -> None:
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 18, 9, 30))
        desk.assign(sp(2026, 11, 18, 10))
        assert desk.ticket.state == "in_analysis"
        last = desk.ticket.history.last
        assert (last.at, last.actor.role) == (sp(2026, 11, 18, 10), "system")

    def test_d2_a_ticket_opened_with_an_analyst_is_in_analysis_at_once(self) -> None:
        desk = Desk(RULES)
        desk.give(commands.Open("T-1", assignee="ana", at=sp(2026, 11, 18, 9), by=ANA))
        assert desk.ticket.state == "in_analysis"

    def test_d2_reassigning_later_changes_no_state(self) -> None:
        desk = waiting()
        desk.assign(sp(2026, 11, 19, 16), "bea")
        assert desk.ticket.state == "waiting_for_customer"
        assert desk.ticket.assignee == "bea"

    def test_d2_until_then_it_stays_new_and_taking_the_analyst_away_changes_no_state(self) -> None:
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 18, 9, 30))
        desk.write(sp(2026, 11, 18, 9, 45), CUSTOMER)
        desk.advance(sp(2026, 11, 18, 10) - MICRO)
        assert desk.ticket.state == "new"
        desk.assign(sp(2026, 11, 18, 10))
        desk.give(commands.GiveBack(at=sp(2026, 11, 18, 10) + MICRO, by=ANA))
        assert (desk.ticket.state, desk.ticket.assignee) == ("in_analysis", None)

    def test_d2_customers_cannot_assign(self) -> None:
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 18, 9, 30))
        refusal = desk.refused(commands.Assign("ana", at=sp(2026, 11, 18, 10), by=CUSTOMER))
        assert refusal.kinds == {"not_allowed"}


class TestD3:
    @pytest.mark.parametrize("nature", ["incident", "request"])
    def test_d3_waiting_holds_the_classification(self, nature: str) -> None:
        assert waiting(nature=nature).ticket.fields["classification"] == HD1

    def test_d3_it_is_held_in_that_state_alone_to_the_instant_of_leaving(self) -> None:
        """Asked on Thu 19 Nov 15:00; it is held up to the last microsecond of the wait."""
        desk = in_analysis()
        assert desk.ticket.fields.get("classification") is None
        desk.move(THURSDAY, "ask_for_information")
        desk.advance(sp(2026, 11, 20, 8) - MICRO)
        assert desk.ticket.fields["classification"] == HD1
        desk.move(sp(2026, 11, 20, 8), "resume_analysis")
        assert desk.ticket.fields["classification"] is None
        desk.give(commands.SetFields({"classification": "wrong_use"}, at=sp(2026, 11, 20, 8), by=ANA))
        assert desk.ticket.fields["classification"] == "wrong_use"

    def test_d3_other_natures_are_unaffected(self) -> None:
        assert "classification" not in waiting(nature="improvement").ticket.fields

    def test_d3_the_earlier_value_comes_back_on_leaving(self) -> None:
        desk = in_analysis()
        desk.give(commands.SetFields({"classification": "wrong_use"}, at=sp(2026, 11, 18, 11), by=ANA))
        desk.move(sp(2026, 11, 19, 15), "ask_for_information")
        assert desk.ticket.fields["classification"] == HD1
        desk.write(sp(2026, 11, 20, 8), CUSTOMER)
        assert desk.ticket.fields["classification"] == "wrong_use"

    def test_d3_a_change_of_nature_while_waiting_counts(self) -> None:
        desk = waiting(nature="improvement")
        desk.give(commands.SetFields({"nature": "request"}, at=sp(2026, 11, 19, 16), by=ANA))
        assert desk.ticket.fields["classification"] == HD1
        desk.give(commands.SetFields({"nature": "improvement"}, at=sp(2026, 11, 19, 17), by=ANA))
        assert desk.ticket.fields["classification"] is None

    def test_d3_nobody_can_set_it_while_it_is_held(self) -> None:
        refusal = waiting().refused(
            commands.SetFields({"classification": "wrong_use"}, at=sp(2026, 11, 19, 16), by=ANA)
        )
        assert refusal.kinds == {"guard"}
        assert "waiting_for_customer" in refusal.reasons[0].help


class TestD4:
    def test_d4_thursday_anchor_over_a_holiday(self) -> None:
        """Thu 19 Nov 15:00: mails Sat 21 and Mon 23 at 15:00; Fri 20 is a holiday: 23 24 25 26 27 30 are six days."""
        desk = waiting(sp(2026, 11, 19, 15))
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket) == [
            (sp(2026, 11, 21, 15), "request-reminder-1"),
            (sp(2026, 11, 23, 15), "request-reminder-2"),
        ]
        assert desk.ticket.state == "closed"
        assert desk.ticket.changed_at == sp(2026, 11, 30, 15)

    def test_d4_saturday_anchor_counts_from_monday_opening(self) -> None:
        """Sat 7 Nov 15:00: mails Mon 9 and Wed 11 at 15:00; from Mon 9 9:00 on, 10 11 12 13 16 17 are six days."""
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 6, 9), nature="request")
        desk.assign(sp(2026, 11, 6, 10))
        desk.move(sp(2026, 11, 7, 15), "ask_for_information")
        desk.advance(sp(2027, 1, 1))
        assert [at for at, _ in mails(desk.ticket)] == [sp(2026, 11, 9, 15), sp(2026, 11, 11, 15)]
        assert desk.ticket.changed_at == sp(2026, 11, 17, 9)

    def test_d4_evening_anchor_counts_from_the_next_opening(self) -> None:
        """Wed 18 Nov 19:30 is shut: from Thu 19 9:00 on, 23 24 25 26 27 30 (Fri 20 is a holiday)."""
        desk = waiting(sp(2026, 11, 18, 19, 30))
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 30, 9)

    def test_d4_an_anchor_at_closing_counts_from_the_next_opening(self) -> None:
        """Wed 18 Nov 18:00 is after hours; a microsecond earlier is working time and keeps its local time."""
        desk = waiting(sp(2026, 11, 18, 18))
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 30, 9)
        desk = waiting(sp(2026, 11, 18, 17, 59, 59, 999_999))
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 27, 17, 59, 59, 999_999)

    def test_d4_nothing_happens_a_microsecond_before_the_due_instant(self) -> None:
        desk = waiting()
        desk.advance(sp(2026, 11, 23, 15))
        close = sp(2026, 11, 30, 15)
        assert not evaluate(close - MICRO, desk.ticket, RULES)
        plan = evaluate(close, desk.ticket, RULES)
        assert [(due.rule, due.due_at) for due in plan] == [("close-unanswered-request", close)]
        assert next_due(desk.ticket, RULES) == close

    def test_d4_the_mails_come_at_their_instants_and_not_a_microsecond_before(self) -> None:
        """Thu 19 Nov 15:00, two and four days: Sat 21 and Mon 23 at 15:00."""
        desk = waiting()
        for number, at in enumerate((sp(2026, 11, 21, 15), sp(2026, 11, 23, 15)), start=1):
            desk.advance(at - MICRO)
            assert len(mails(desk.ticket)) == number - 1
            desk.advance(at)
            assert mails(desk.ticket)[-1] == (at, f"request-reminder-{number}")

    def test_d4_no_state_of_the_supports_own_work_reminds_or_closes(self) -> None:
        """In new, in analysis and joint analysis, no reminder is sent and nothing closes."""
        fresh = Desk(RULES)
        fresh.open(sp(2026, 11, 18, 9, 30))
        joint = in_analysis()
        joint.move(THURSDAY, "involve_other_areas")
        for desk in (fresh, in_analysis(), joint):
            assert next_due(desk.ticket, RULES) is None

    def test_d4_closing_classifies_whatever_the_nature(self) -> None:
        for nature in ("incident", "request", "improvement"):
            desk = waiting(nature=nature)
            desk.advance(sp(2027, 1, 1))
            assert (desk.ticket.state, desk.ticket.fields["classification"]) == ("closed", HD1)

    def test_d4_another_message_of_the_support_starts_the_count_anew(self) -> None:
        """Mon 23 Nov 10:00 is the support's last request now: mails Wed 25, Fri 27; 24 25 26 27 30 Nov, 1 Dec."""
        desk = waiting()
        desk.write(sp(2026, 11, 23, 10), ANA)
        desk.advance(sp(2027, 1, 1))
        assert [at for at, _ in mails(desk.ticket)] == [
            sp(2026, 11, 21, 15),
            sp(2026, 11, 25, 10),
            sp(2026, 11, 27, 10),
        ]
        assert desk.ticket.changed_at == sp(2026, 12, 1, 10)

    @pytest.mark.parametrize(
        "note", [{"public": False}, {"automatic": True}], ids=["internal note", "automatic message"]
    )
    def test_d4_notes_and_machines_do_not_restart_the_count(self, note: dict[str, bool]) -> None:
        desk = waiting()
        desk.write(sp(2026, 11, 23, 10), ANA, **note)
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 30, 15)

    def test_d4_a_robots_message_is_not_a_request(self) -> None:
        desk = waiting()
        desk.write(sp(2026, 11, 23, 10), ROBOT)
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 30, 15)

    def test_d4_an_answer_between_two_rungs_ends_it_and_the_next_wait_starts_anew(self) -> None:
        """Answer Sun 22 Nov after one mail; asked again Tue 24 Nov 11:00: mails Thu 26, Sat 28; closes Wed 2 Dec."""
        desk = waiting()
        desk.write(sp(2026, 11, 22, 9, 30), CUSTOMER)
        assert desk.ticket.state == "in_analysis"
        assert next_due(desk.ticket, RULES) is None
        desk.move(sp(2026, 11, 24, 11), "ask_for_information")
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket) == [
            (sp(2026, 11, 21, 15), "request-reminder-1"),
            (sp(2026, 11, 26, 11), "request-reminder-1"),
            (sp(2026, 11, 28, 11), "request-reminder-2"),
        ]
        assert desk.ticket.changed_at == sp(2026, 12, 2, 11)

    def test_d4_an_answer_at_the_instant_of_closing_is_in_time(self) -> None:
        desk = waiting()
        desk.write(sp(2026, 11, 30, 15), CUSTOMER)
        assert desk.ticket.state == "in_analysis"

    def test_d4_a_microsecond_later_the_ticket_is_closed(self) -> None:
        desk = waiting()
        late = sp(2026, 11, 30, 15) + MICRO
        refusal = desk.refused(commands.AddMessage(Message("late"), at=late, by=CUSTOMER))
        assert "closed_for_good" in refusal.kinds

    def test_d4_every_due_action_says_rule_reason_instant_and_key(self) -> None:
        plan = evaluate(sp(2026, 11, 21, 15), waiting().ticket, RULES)
        (due,) = plan
        assert due.rule == "close-unanswered-request"
        assert due.due_at == sp(2026, 11, 21, 15)
        assert str(due.key) == "T-1/close-unanswered-request/1/2/0"
        assert str(due.reason) == "2 days after entering the state (2026-11-19T18:00:00+00:00)"


class TestD5:
    def handed_over(self) -> Desk:
        desk = in_analysis()
        desk.move(sp(2026, 11, 19, 15), "hand_over_temporary_file")
        assert desk.ticket.state == "waiting_for_final_solution"
        return desk

    def test_d5_nothing_closes_it(self) -> None:
        desk = self.handed_over()
        assert next_due(desk.ticket, RULES) is None
        desk.advance(sp(2036, 1, 1))
        assert desk.ticket.state == "waiting_for_final_solution"

    def test_d5_the_release_moves_it_and_the_ladder_counts_from_there(self) -> None:
        """Released Fri 4 Dec 18:30, shut: mails 1 h, 2 d, 5 d on; from Mon 7 9:00 on, 8 9 10 11 14 15."""
        desk = self.handed_over()
        desk.give(commands.RecordEvent("version_released", at=sp(2026, 12, 4, 18, 30), by=RELEASES))
        assert desk.ticket.state == "customer_validation"
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket) == [
            (sp(2026, 12, 4, 19, 30), "solution-reminder-1"),
            (sp(2026, 12, 6, 18, 30), "solution-reminder-2"),
            (sp(2026, 12, 9, 18, 30), "solution-reminder-3"),
        ]
        assert desk.ticket.changed_at == sp(2026, 12, 15, 9)

    def test_d5_a_release_is_an_outside_event_and_not_a_message(self) -> None:
        event = commands.RecordEvent("version_released", at=sp(2026, 11, 19, 16), by=CUSTOMER)
        assert self.handed_over().refused(event).kinds == {"not_allowed"}
        by_hand = commands.Move("release_version", at=sp(2026, 11, 19, 16), by=ANA)
        refusal = self.handed_over().refused(by_hand)
        assert refusal.kinds == {"not_allowed"}
        assert "validation-on-release" in refusal.reasons[0].help

    def test_d5_until_the_release_it_waits(self) -> None:
        desk, at = self.handed_over(), sp(2026, 12, 4, 18, 30)
        desk.advance(at - MICRO)
        assert desk.ticket.state == "waiting_for_final_solution"
        desk.give(commands.RecordEvent("version_released", at=at, by=RELEASES))
        assert (desk.ticket.state, desk.ticket.changed_at) == ("customer_validation", at)

    def test_d5_a_release_elsewhere_changes_nothing(self) -> None:
        desk = waiting()
        desk.give(commands.RecordEvent("version_released", at=sp(2026, 11, 19, 16), by=RELEASES))
        assert desk.ticket.state == "waiting_for_customer"

    def test_d5_unknown_events_are_refused(self) -> None:
        event = commands.RecordEvent("version_relesed", at=sp(2026, 11, 19, 16), by=RELEASES)
        assert self.handed_over().refused(event).kinds == {"not_found"}


class TestD6:
    def test_d6_validation_from_the_last_answer_of_the_support(self) -> None:
        """Thu 19 Nov 15:00: 16:00, Sat 21 15:00, Tue 24 15:00; closes Mon 30 15:00 (Fri 20 is a holiday)."""
        desk = validating()
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket) == [
            (sp(2026, 11, 19, 16), "solution-reminder-1"),
            (sp(2026, 11, 21, 15), "solution-reminder-2"),
            (sp(2026, 11, 24, 15), "solution-reminder-3"),
        ]
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", sp(2026, 11, 30, 15))

    def test_d6_asked_to_close_counts_from_its_entry_if_that_is_later(self) -> None:
        """By a call on Mon 23 Nov 10:00: 11:00, Wed 25, Sat 28; 24 25 26 27 30 Nov and 1 Dec."""
        desk = validating()
        desk.advance(sp(2026, 11, 22))
        desk.give(commands.Move("record_close_request", at=sp(2026, 11, 23, 10), by=ANA))
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket)[2:] == [
            (sp(2026, 11, 23, 11), "solution-reminder-1"),
            (sp(2026, 11, 25, 10), "solution-reminder-2"),
            (sp(2026, 11, 28, 10), "solution-reminder-3"),
        ]
        assert desk.ticket.changed_at == sp(2026, 12, 1, 10)

    def test_d6_saturday_answer(self) -> None:
        """Sat 21 Nov 15:00: 16:00, Mon 23, Thu 26 at 15:00; from Mon 23 9:00 on, 24 25 26 27 30 Nov, 1 Dec."""
        desk = validating(sp(2026, 11, 21, 15))
        desk.advance(sp(2027, 1, 1))
        assert [at for at, _ in mails(desk.ticket)] == [
            sp(2026, 11, 21, 16),
            sp(2026, 11, 23, 15),
            sp(2026, 11, 26, 15),
        ]
        assert desk.ticket.changed_at == sp(2026, 12, 1, 9)

    @pytest.mark.parametrize("of", [validating, asked_to_close], ids=["validation", "asked to close"])
    def test_d6_mails_and_close_at_their_instants_and_not_a_microsecond_before(self, of: Callable[[], Desk]) -> None:
        """Both count from Thu 19 Nov 15:00: 16:00, Sat 21 and Tue 24 at 15:00; close Mon 30 15:00."""
        desk = of()
        instants = (sp(2026, 11, 19, 16), sp(2026, 11, 21, 15), sp(2026, 11, 24, 15))
        for number, at in enumerate(instants, start=1):
            desk.advance(at - MICRO)
            assert len(mails(desk.ticket)) == number - 1
            desk.advance(at)
            assert mails(desk.ticket)[-1] == (at, f"solution-reminder-{number}")
        close = sp(2026, 11, 30, 15)
        desk.advance(close - MICRO)
        assert desk.ticket.category == "resolved"
        desk.advance(close)
        assert (desk.ticket.state, desk.ticket.changed_at) == ("closed", close)

    def test_d6_an_answer_of_the_supports_counts_if_it_is_later_than_the_entry(self) -> None:
        """Informed Thu 19 Nov 15:00, answered again Mon 23 Nov 10:00: 24 25 26 27 30 Nov and 1 Dec."""
        desk = validating()
        desk.write(sp(2026, 11, 23, 10), ANA)
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 12, 1, 10)

    @pytest.mark.parametrize("score", [1, 5])
    @pytest.mark.parametrize("of", [validating, asked_to_close], ids=["validation", "asked to close"])
    def test_d6_the_survey_is_open(self, of: Callable[[], Desk], score: int) -> None:
        desk = of()
        desk.give(commands.Rate(score, at=sp(2026, 11, 20, 8), by=CUSTOMER))
        assert desk.ticket.rating == score

    @pytest.mark.parametrize("score", [0, 6])
    def test_d6_scores_are_one_to_five(self, score: int) -> None:
        assert validating().refused(commands.Rate(score, at=sp(2026, 11, 20), by=CUSTOMER)).kinds == {"bad_value"}

    def test_d6_the_survey_is_shut_elsewhere(self) -> None:
        refusal = waiting().refused(commands.Rate(5, at=sp(2026, 11, 20), by=CUSTOMER))
        assert refusal.kinds == {"guard"}
        assert "customer_validation" in refusal.reasons[0].help

    def test_d6_the_survey_is_open_in_these_two_states_only(self) -> None:
        assert {state.name for state in RULES.workflow.states if state.survey_open} == {
            "customer_validation",
            "customer_asked_to_close",
        }

    def test_d6_the_survey_is_open_until_the_instant_of_closing(self) -> None:
        """It closes on Mon 30 Nov 15:00; a command at that instant comes first."""
        close = sp(2026, 11, 30, 15)
        validating().give(commands.Rate(4, at=close, by=CUSTOMER))
        late = validating().refused(commands.Rate(4, at=close + MICRO, by=CUSTOMER))
        assert "closed_for_good" in late.kinds

    def test_d6_rating_is_not_an_answer(self) -> None:
        desk = validating()
        desk.give(commands.Rate(5, at=sp(2026, 11, 20, 8), by=CUSTOMER))
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 30, 15)


class TestD7:
    @pytest.mark.parametrize("actor", [ANA, BOSS, CUSTOMER, ROBOT])
    def test_d7_nobody_closes_by_hand_and_the_refusal_says_when_it_closes(self, actor: Actor) -> None:
        refusal = validating().refused(commands.Move("close", at=sp(2026, 11, 20, 8), by=actor))
        (reason,) = refusal.reasons
        assert reason.kind == "not_allowed"
        assert reason.expected_at == sp(2026, 11, 30, 15)

    @pytest.mark.parametrize(
        ("of", "expected"),
        [
            (waiting, sp(2026, 11, 30, 15)),
            (validating, sp(2026, 11, 30, 15)),
            (asked_to_close, sp(2026, 11, 30, 15)),
            (in_analysis, None),
        ],
        ids=["waiting", "validation", "asked to close", "in analysis"],
    )
    @pytest.mark.parametrize("by", [ANA, BOSS])
    def test_d7_closing_by_hand_is_refused_in_every_state(
        self, of: Callable[[], Desk], expected: datetime | None, by: Actor
    ) -> None:
        refusal = of().refused(commands.Move("close", at=sp(2026, 11, 20, 8), by=by))
        (reason,) = [reason for reason in refusal.reasons if reason.kind == "not_allowed"]
        assert reason.expected_at == expected
        assert ("happens by itself at" if expected else "nothing does it by itself") in reason.help

    def test_d7_closing_by_hand_is_refused_until_the_instant_of_closing(self) -> None:
        close = sp(2026, 11, 30, 15)
        for at, kind in ((close - MICRO, "not_allowed"), (close, "not_allowed"), (close + MICRO, "closed_for_good")):
            assert kind in validating().refused(commands.Move("close", at=at, by=ANA)).kinds

    def test_d7_not_even_when_the_customer_asks(self) -> None:
        desk = validating()
        desk.move(sp(2026, 11, 19, 17), "record_close_request", by=CUSTOMER)
        refusal = desk.refused(commands.Move("close", at=sp(2026, 11, 19, 17, 5), by=ANA))
        assert refusal.reasons[0].expected_at == sp(2026, 11, 30, 17)

    def test_d7_if_nothing_closes_it_the_refusal_says_what_would(self) -> None:
        refusal = in_analysis().refused(commands.Move("close", at=sp(2026, 11, 19), by=ANA))
        assert refusal.kinds == {"no_such_transition", "not_allowed"}
        help_ = next(reason.help for reason in refusal.reasons if reason.kind == "not_allowed")
        assert "nothing does it by itself from 'in_analysis'" in help_
        assert "close-unanswered-solution" in help_

    def test_d7_after_an_answer_in_asked_to_close_nothing_closes_it(self) -> None:
        desk = validating()
        desk.give(commands.Move("record_close_request", at=sp(2026, 11, 19, 16, 30), by=ANA))
        desk.write(sp(2026, 11, 19, 17), CUSTOMER)
        assert desk.ticket.state == "customer_asked_to_close"
        refusal = desk.refused(commands.Move("close", at=sp(2026, 11, 19, 18), by=ANA))
        assert refusal.reasons[0].expected_at is None
        assert "'close-unanswered-solution' was ended by the last message by the customer" in refusal.reasons[0].help
        desk.write(sp(2026, 11, 19, 17, 30), ANA)
        refusal = desk.refused(commands.Move("close", at=sp(2026, 11, 19, 18), by=ANA))
        assert refusal.reasons[0].expected_at == sp(2026, 11, 30, 17, 30)


class TestD8:
    def closed(self) -> Desk:
        desk = validating()
        desk.advance(sp(2026, 12, 1))
        assert desk.ticket.state == "closed"
        return desk

    def test_d8_nothing_changes_a_closed_ticket_not_even_the_survey(self) -> None:
        at = sp(2026, 12, 2)
        desk = self.closed()
        for command in (
            commands.AddMessage(Message("x"), at=at, by=CUSTOMER),
            commands.Assign("bea", at=at, by=BOSS),
            commands.Move("resume_analysis", at=at, by=BOSS),
            commands.SetFields({"nature": "request"}, at=at, by=BOSS),
            commands.ReviewClassification("x", at=at, by=CONSULTANT),
            commands.Rate(5, at=at, by=CUSTOMER),
            commands.RecordEvent("version_released", at=at, by=RELEASES),
        ):
            assert "closed_for_good" in desk.refused(command).kinds

    def test_d8_a_follow_up_continues_and_keeps_the_history(self) -> None:
        desk = self.closed()
        old = desk.ticket
        decision = desk.give(commands.FollowUp("T-2", message=Message("again"), at=sp(2026, 12, 2), by=CUSTOMER))
        assert decision.ticket == old
        new = decision.created
        assert new is not None
        assert (new.id, new.state, new.follows, new.earlier) == ("T-2", "new", "T-1", old.history)

    def test_d8_a_follow_up_has_the_nature_and_priority_of_the_closed_ticket(self) -> None:
        """The classification (HD1, by D4) is the result of the analysis that ended."""
        desk = Desk(RULES)
        desk.open(sp(2026, 11, 18, 9), nature="incident", priority="urgent")
        desk.assign(sp(2026, 11, 18, 10))
        desk.move(sp(2026, 11, 19, 15), "ask_for_information")
        desk.advance(sp(2026, 12, 1))
        assert desk.ticket.fields == {"nature": "incident", "priority": "urgent", "classification": HD1}
        new = desk.give(commands.FollowUp("T-2", message=Message("m9"), at=sp(2026, 12, 2), by=CUSTOMER)).created
        assert new is not None
        assert new.fields == {"nature": "incident", "priority": "urgent"}

    def test_d8_only_a_closed_ticket_is_followed_up(self) -> None:
        refusal = validating().refused(commands.FollowUp("T-2", at=sp(2026, 11, 20), by=CUSTOMER))
        assert refusal.kinds == {"guard"}

    def test_d8_a_follow_up_is_possible_from_the_instant_after_the_closing(self) -> None:
        close = sp(2026, 11, 30, 15)
        early = validating().refused(commands.FollowUp("T-2", at=close, by=CUSTOMER))
        assert early.kinds == {"guard"}
        assert validating().give(commands.FollowUp("T-2", at=close + MICRO, by=CUSTOMER)).created is not None

    def test_d8_a_message_to_a_closed_ticket_starts_one(self) -> None:
        arrival, at = Arrival(Message("m9"), CUSTOMER), sp(2026, 12, 2)
        assert route(arrival, [self.closed().ticket], RULES, at) == FollowUp("T-1")
        assert route(arrival, [waiting().ticket], RULES, sp(2026, 11, 20)) == Append("T-1")

    def test_d8_what_was_due_before_the_message_counts_as_done(self) -> None:
        """The stored ticket still waits. It closes on Mon 30 Nov 15:00; a message of that instant comes first."""
        arrival, ticket, due = Arrival(Message("m9"), CUSTOMER), waiting().ticket, sp(2026, 11, 30, 15)
        assert route(arrival, [ticket], RULES, due) == Append("T-1")
        assert route(arrival, [ticket], RULES, due + MICRO) == FollowUp("T-1")

    def test_d8_a_follow_up_waits_for_the_closing_that_is_due_before_it(self) -> None:
        """The stored ticket was last evaluated before its closing; the follow-up still comes after it."""
        desk = validating()
        decision = desk.give(commands.FollowUp("T-2", at=sp(2026, 12, 2), by=CUSTOMER))
        assert (decision.ticket.state, decision.ticket.changed_at) == ("closed", sp(2026, 11, 30, 15))
        assert decision.created is not None
        assert decision.created.earlier == decision.ticket.history


class TestD9:
    def test_d9_the_calendar_is_configurable(self) -> None:
        """Without holidays, six business days after Thu 19 Nov 15:00 are 20 23 24 25 26 27."""
        plain = senior(BusinessCalendar("America/Sao_Paulo", "mon-fri 09:00-18:00"))
        desk = Desk(plain)
        desk.open(sp(2026, 11, 18, 9))
        desk.assign(sp(2026, 11, 18, 10))
        desk.move(sp(2026, 11, 19, 15), "ask_for_information")
        desk.advance(sp(2027, 1, 1))
        assert desk.ticket.changed_at == sp(2026, 11, 27, 15)

    def test_d9_clocks_respect_the_holidays_too(self) -> None:
        """Opened Wed 18 Nov 9:00, twenty hours: nine on Wed, nine on Thu, none on Fri 20 (holiday), two on Mon 23."""
        promising = senior(targets=(Target(WorkingTime(hours=20)),))
        desk = Desk(promising)
        desk.open(sp(2026, 11, 18, 9))
        told = read(sp(2026, 11, 20, 12), desk.ticket, promising.clock("resolution"))
        assert (told.state, told.elapsed, told.due_at) == ("paused", timedelta(hours=18), sp(2026, 11, 23, 11))

    def test_d9_spans_are_configurable(self) -> None:
        rules = senior(
            waiting_reminders=(Elapsed(days=1),),
            validation_reminders=(),
            close_after=BusinessDays(3),
        )
        desk = Desk(rules)
        desk.open(sp(2026, 11, 18, 9))
        desk.assign(sp(2026, 11, 18, 10))
        desk.move(sp(2026, 11, 19, 15), "ask_for_information")
        desk.advance(sp(2027, 1, 1))
        assert mails(desk.ticket) == [(sp(2026, 11, 20, 15), "request-reminder-1")]
        assert desk.ticket.changed_at == sp(2026, 11, 25, 15)

    def test_d9_brazils_holidays_by_default(self) -> None:
        """Fri 20 Nov 2026 is a holiday since the law 14.759 of 2023; Christmas and New Year are in the next count."""
        desk = Desk(RULES)
        desk.open(sp(2026, 12, 21, 9))
        desk.assign(sp(2026, 12, 22, 10))
        desk.move(sp(2026, 12, 23, 11), "inform_solution")
        desk.advance(sp(2027, 2, 1))
        # 24, 28, 29, 30, 31 December and 4 January: 25 December and 1 January are Fridays off
        assert desk.ticket.changed_at == sp(2027, 1, 4, 11)


class TestD10:
    @pytest.mark.parametrize("of", [validating, asked_to_close], ids=["validation", "asked to close"])
    @pytest.mark.parametrize("actor", [CONSULTANT, CHANNEL])
    def test_d10_accredited_consultants_and_channels_review(self, actor: Actor, of: Callable[[], Desk]) -> None:
        desk = of()
        desk.give(commands.ReviewClassification("product_error", at=sp(2026, 11, 20), by=actor))
        assert desk.ticket.fields["classification"] == "product_error"

    def test_d10_they_review_until_closing(self) -> None:
        desk = validating()
        close = sp(2026, 11, 30, 15)
        late = commands.ReviewClassification("x", at=close + MICRO, by=CHANNEL)
        assert "closed_for_good" in desk.refused(late).kinds
        desk.give(commands.ReviewClassification("product_error", at=close, by=CHANNEL))

    @pytest.mark.parametrize("actor", [CUSTOMER, ROBOT])
    def test_d10_nobody_else_reviews(self, actor: Actor) -> None:
        refusal = validating().refused(commands.ReviewClassification("x", at=sp(2026, 11, 20), by=actor))
        assert refusal.kinds == {"not_allowed"}

    def test_d10_in_other_states_it_is_refused_with_all_reasons(self) -> None:
        refusal = waiting().refused(commands.ReviewClassification("x", at=sp(2026, 11, 20), by=CUSTOMER))
        assert refusal.kinds == {"not_allowed", "guard"}


class TestD11:
    @pytest.mark.parametrize(
        ("transition", "state"),
        [
            ("ask_for_information", "waiting_for_customer"),
            ("hand_over_temporary_file", "waiting_for_final_solution"),
            ("inform_solution", "customer_validation"),
        ],
    )
    def test_d11_ways_in_need_a_message_and_an_answer_leads_back(self, transition: str, state: str) -> None:
        desk = in_analysis()
        bare = commands.Move(transition, at=sp(2026, 11, 19, 15), by=ANA)
        assert desk.refused(bare).kinds == {"missing_fields"}
        hidden = commands.Move(transition, Message("n", public=False), at=sp(2026, 11, 19, 15), by=ANA)
        assert desk.refused(hidden).kinds == {"missing_fields"}
        desk.move(sp(2026, 11, 19, 15), transition)
        assert desk.ticket.state == state
        desk.write(sp(2026, 11, 19, 16), CUSTOMER, automatic=True)
        assert desk.ticket.state == state, "an out-of-office mail is no answer"
        desk.write(sp(2026, 11, 19, 17), CUSTOMER)
        assert desk.ticket.state == "in_analysis"

    def test_d11_an_answer_at_the_instant_of_the_move_leads_back_too(self) -> None:
        """A message after the move at the same instant is an answer; one a microsecond before it is not."""
        for answered, state in ((THURSDAY - MICRO, "waiting_for_customer"), (THURSDAY, "in_analysis")):
            desk = in_analysis()
            if answered < THURSDAY:
                desk.write(answered, CUSTOMER)
            desk.move(THURSDAY, "ask_for_information")
            if answered == THURSDAY:
                desk.write(answered, CUSTOMER)
            assert desk.ticket.state == state

    @pytest.mark.parametrize("by", [ANA, CUSTOMER])
    def test_d11_asked_to_close_by_a_call_or_in_the_ticket(self, by: Actor) -> None:
        desk = in_analysis()
        desk.give(commands.Move("record_close_request", at=sp(2026, 11, 19, 15), by=by))
        assert desk.ticket.state == "customer_asked_to_close"

    def test_d11_an_answer_leaves_asked_to_close_as_it_is(self) -> None:
        desk = in_analysis()
        desk.give(commands.Move("record_close_request", at=sp(2026, 11, 19, 15), by=ANA))
        desk.write(sp(2026, 11, 19, 17), CUSTOMER)
        assert desk.ticket.state == "customer_asked_to_close"
        assert next_due(desk.ticket, RULES) is None

    def test_d11_customers_cannot_ask_for_information(self) -> None:
        move = commands.Move("ask_for_information", Message("m"), at=sp(2026, 11, 19), by=CUSTOMER)
        assert in_analysis().refused(move).kinds == {"not_allowed"}


def test_every_change_is_in_the_history() -> None:
    """The history has the whole wait: held, reminded twice, classified and closed, each at its instant."""
    desk = waiting()
    desk.advance(sp(2027, 1, 1))
    told = [(entry.at.astimezone(SAO_PAULO), type(event).__name__) for entry, event in happenings(desk.ticket)][-6:]
    assert told == [
        (sp(2026, 11, 19, 15), "StateChanged"),
        (sp(2026, 11, 19, 15), "FieldHeld"),
        (sp(2026, 11, 21, 15), "MessageRequested"),
        (sp(2026, 11, 23, 15), "MessageRequested"),
        (sp(2026, 11, 30, 15), "FieldChanged"),
        (sp(2026, 11, 30, 15), "StateChanged"),
    ]
    assert desk.ticket.changed_at.tzinfo is UTC
    assert {FieldHeld, FieldChanged, StateChanged} <= {type(event) for _, event in happenings(desk.ticket)}


def test_a_refusal_can_be_raised_as_an_exception() -> None:
    from ticketflow.errors import RefusedError  # noqa: PLC0415 -- only here

    decision = handle(in_analysis().ticket, commands.Move("close", at=sp(2026, 11, 19), by=ANA), RULES)
    assert isinstance(decision, Refused)
    with pytest.raises(RefusedError, match="T-1"):
        decision.unwrap()
