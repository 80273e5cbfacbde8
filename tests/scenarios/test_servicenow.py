"""Incidents of a ServiceNow desk. Instants are worked out by hand, in UTC; February 2016 has 29 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, utc
from ticketflow import Actor, Elapsed, Rules, commands, evaluate, next_due, read
from ticketflow.errors import DefinitionError
from ticketflow.presets.servicenow import servicenow
from ticketflow.text.sentences import Wording

RULES, FROZEN = servicenow(), servicenow(frozen=True)
MICRO, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
OPENED = utc(2016, 2, 26, 9)  # a Friday
RESOLVED = utc(2016, 2, 27, 9)
CLOSES = utc(2016, 3, 3, 9)  # 28 and 29 February, 1, 2 and 3 March
AWAITING = ("awaiting_user_info", "awaiting_vendor", "awaiting_problem", "awaiting_evidence")
STATES = ("new", "active", *AWAITING, "resolved")


def incident(rules: Rules = RULES) -> Desk:
    """An incident that an agent opened on Friday 26 February 2016 at 9:00."""
    desk = Desk(rules)
    desk.open(OPENED, by=ANA)
    return desk


def moved(desk: Desk, at: datetime, *states: str) -> Desk:
    """Move an incident to one state after another, an hour between them."""
    for number, state in enumerate(states):
        desk.give(commands.Move(f"to_{state}", at=at + number * HOUR, by=ANA))
    return desk


def resolved(rules: Rules = RULES) -> Desk:
    """An incident that was resolved on Saturday 27 February at 9:00."""
    return moved(incident(rules), RESOLVED, "resolved")


class TestClosing:
    def test_five_days_after_the_resolution_and_no_sooner(self) -> None:
        desk = resolved()
        assert not evaluate(CLOSES - MICRO, desk.ticket, RULES)
        (due,) = evaluate(CLOSES, desk.ticket, RULES)
        assert (due.rule, due.due_at) == ("close-resolved", CLOSES)

    def test_other_spans(self) -> None:
        rules = servicenow(Elapsed(hours=36))
        assert next_due(resolved(rules).ticket, rules) == utc(2016, 2, 28, 21)

    def test_messages_do_not_postpone_the_closing(self) -> None:
        desk = resolved()
        for by in (ANA, CUSTOMER, ROBOT):
            desk.write(CLOSES - HOUR, by)
        assert next_due(desk.ticket, RULES) == CLOSES

    def test_an_unresolved_incident_never_closes(self) -> None:
        assert next_due(incident().ticket, RULES) is None

    @pytest.mark.parametrize("by", [ANA, BOSS, CUSTOMER, ROBOT])
    def test_nobody_closes_it_by_hand(self, by: Actor) -> None:
        refusal = resolved().refused(commands.Move("close", at=RESOLVED + HOUR, by=by))
        assert refusal.kinds == {"not_allowed"}
        assert refusal.reasons[0].expected_at == CLOSES

    def test_a_closed_incident_stays_closed(self) -> None:
        desk = resolved()
        desk.advance(CLOSES)
        refusal = desk.refused(commands.Move("to_active", at=CLOSES + HOUR, by=ANA))
        assert refusal.kinds == {"closed_for_good", "no_such_transition"}

    def test_a_closing_after_no_time_is_refused(self) -> None:
        with pytest.raises(DefinitionError):
            servicenow(Elapsed())


class TestResolvingAgain:
    def test_resolving_again_restarts_the_five_days(self) -> None:
        desk = moved(resolved(), CLOSES - MICRO, "resolved")
        assert next_due(desk.ticket, RULES) == CLOSES - MICRO + 5 * DAY

    def test_at_the_due_instant_it_still_restarts_them(self) -> None:
        desk = moved(resolved(), CLOSES, "resolved")
        assert next_due(desk.ticket, RULES) == CLOSES + 5 * DAY

    def test_a_microsecond_later_it_is_closed(self) -> None:
        refusal = resolved().refused(commands.Move("to_resolved", at=CLOSES + MICRO, by=ANA))
        assert refusal.kinds == {"closed_for_good", "no_such_transition"}

    def test_reopened_it_does_not_close(self) -> None:
        assert next_due(moved(resolved(), RESOLVED + DAY, "active").ticket, RULES) is None

    def test_reopened_and_resolved_it_closes_five_days_after_the_second_time(self) -> None:
        desk = moved(resolved(), RESOLVED + DAY, "active", "resolved")  # Sunday 9:00, and 10:00
        assert next_due(desk.ticket, RULES) == utc(2016, 3, 4, 10)
        assert desk.ticket.first_resolution is not None
        assert desk.ticket.first_resolution.mark.at == RESOLVED


class TestAwaiting:
    @pytest.mark.parametrize("state", AWAITING)
    def test_nothing_closes_it_there(self, state: str) -> None:
        desk = moved(incident(), OPENED + HOUR, state)
        assert desk.ticket.category == "pending"
        assert next_due(desk.ticket, RULES) is None

    @pytest.mark.parametrize("state", AWAITING)
    def test_an_answer_does_not_end_it(self, state: str) -> None:
        desk = moved(incident(), OPENED + HOUR, state)
        desk.write(OPENED + 2 * HOUR, CUSTOMER)
        assert desk.ticket.state == state

    @pytest.mark.parametrize("state", AWAITING)
    def test_from_resolved_back_to_it_ends_the_five_days(self, state: str) -> None:
        assert next_due(moved(resolved(), CLOSES - MICRO, state).ticket, RULES) is None

    @pytest.mark.parametrize("state", AWAITING)
    def test_resolved_from_there_it_closes_five_days_later(self, state: str) -> None:
        desk = moved(incident(), OPENED + HOUR, state, "resolved")  # resolved at 11:00
        assert next_due(desk.ticket, RULES) == utc(2016, 3, 2, 11)


class TestClock:
    @pytest.mark.parametrize("state", AWAITING)
    def test_the_clock_runs_on_or_stops_while_waiting(self, state: str) -> None:
        """Waiting from 10:00 to 13:00, resolved at 15:00: six hours, three of them waiting."""
        for rules, elapsed in ((RULES, 6 * HOUR), (FROZEN, 3 * HOUR)):
            desk = moved(incident(rules), OPENED + HOUR, state)
            moved(moved(desk, OPENED + 4 * HOUR, "active"), OPENED + 6 * HOUR, "resolved")
            assert read(OPENED + DAY, desk.ticket, rules.clock("resolution")).elapsed == elapsed

    def test_the_clock_stops_at_the_instant_of_entering(self) -> None:
        desk = moved(incident(FROZEN), OPENED + HOUR, "awaiting_vendor")
        told = [read(OPENED + HOUR + late, desk.ticket, FROZEN.clock("resolution")) for late in (0 * HOUR, HOUR)]
        assert [(each.state, each.elapsed) for each in told] == [("frozen", HOUR), ("frozen", HOUR)]

    def test_freezing_does_not_hold_rules(self) -> None:
        assert next_due(resolved(FROZEN).ticket, FROZEN) == CLOSES

    def test_reopened_the_clock_continues_without_the_resolved_time(self) -> None:
        desk = moved(resolved(), RESOLVED + 2 * DAY, "active")
        assert read(RESOLVED + 2 * DAY + HOUR, desk.ticket, RULES.clock("resolution")).elapsed == DAY + HOUR


class TestTransitions:
    @pytest.mark.parametrize("source", STATES)
    @pytest.mark.parametrize("target", STATES)
    def test_from_each_state_to_each_other(self, source: str, target: str) -> None:
        desk = incident()
        if source != "new":
            moved(desk, OPENED, source)
        command = commands.Move(f"to_{target}", at=OPENED + HOUR, by=ANA)
        if source == target != "resolved":
            assert desk.refused(command).kinds == {"already_there"}
        else:
            desk.give(command)
            assert desk.ticket.state == target

    @pytest.mark.parametrize("by", [CUSTOMER, ROBOT, BOSS])
    def test_agents_only(self, by: Actor) -> None:
        assert incident().refused(commands.Move("to_active", at=OPENED + HOUR, by=by)).kinds == {"not_allowed"}


class TestLabels:
    def test_states_and_the_rule_have_labels_in_both_languages(self) -> None:
        named = (*RULES.workflow.states, *RULES.automations)
        assert all(set(each.labels) == {"en", "es"} for each in named)

    def test_a_wait_in_spanish(self) -> None:
        assert Wording(RULES, ZoneInfo("UTC"), "es").state("awaiting_vendor") == "Esperando al proveedor"
