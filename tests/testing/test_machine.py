"""The state machine of the testing kit: it finds wrong invariants, and broken laws."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

import ticketflow as tf
from tests.support.random_lives import seeded
from tests.testing.small_desk import RULES
from tests.testing.test_strategies import simple
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import MICROSECOND
from ticketflow.testing import Desk, machine
from ticketflow.testing.machine import TicketMachine

FEW = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(FEW, max_examples=1_000, phases=(Phase.generate,), derandomize=True, report_multiple_bugs=False)


class Support(TicketMachine):
    rule_set = RULES


class NeverClosedByARule(Support):
    """A wrong invariant: the last rung closes tickets of every priority."""

    @invariant()
    def a_ticket_of_high_priority_is_never_closed_by_a_rule(self) -> None:
        is_closed_by_rule = self.ticket.category == "closed" and self.ticket.history.last.is_automatic
        assert not (is_closed_by_rule and self.ticket.fields.get("priority") == "high")


class PriorityIsLeftAlone(Support):
    """A true invariant."""

    @invariant()
    def no_rule_sets_the_priority(self) -> None:
        changed = (entry for entry in self.ticket.history if entry.is_automatic)
        assert not any(isinstance(event, tf.events.FieldChanged) for entry in changed for event in entry.events)


def run(tested: type[TicketMachine], bounds: settings = FEW) -> None:
    run_state_machine_as_test(tested, settings=bounds)


def test_the_laws_hold() -> None:
    run(Support)


def test_a_true_invariant_holds() -> None:
    run(PriorityIsLeftAlone)


def test_a_wrong_invariant_is_found_false(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError) as raised:
        run(NeverClosedByARule, MANY)
    notes = "\n".join(getattr(raised.value, "__notes__", ())) + capsys.readouterr().out
    assert "timeline:" in notes
    assert "by rule no-answer: 5 business days" in notes


def test_actors_can_be_given() -> None:
    people = (tf.Actor("customer", "bruno"),)
    by_customer = type("ByCustomer", (Support,), {"actors": people})
    made = by_customer()
    assert made._people == people  # noqa: SLF001 -- whoever acts
    run(by_customer, settings(FEW, max_examples=2))


def test_a_ticket_to_which_nobody_can_do_anything() -> None:
    """A rule closes it at once."""
    closing = tf.Automation("close", tf.OnCommand("open"), (tf.actions.Move("end"),))
    run(type("Short", (TicketMachine,), {"rule_set": simple(closing)}))


def test_a_machine_needs_a_rule_set() -> None:
    with pytest.raises(BadValueError, match="machine TicketMachine has no rule set; give the class a rule_set"):
        TicketMachine()


def test_a_machine_has_rules_and_actors() -> None:
    with pytest.raises(BadValueError, match=r"^rules 'senior' is not a Rules; give a Rules$"):
        type("Named", (TicketMachine,), {"rule_set": "senior"})()
    with pytest.raises(BadValueError, match=r"^actors is 'ana'; give an iterable of an Actor$"):
        type("Ana", (Support,), {"actors": "ana"})()


def test_a_machine_without_a_ticket_ends_quietly() -> None:
    Support().teardown()


def test_the_laws_hold_for_random_rules() -> None:
    """Rules with gates, masks and cascades; among them are some that never let a ticket rest."""
    for number in (3, 8):
        run(type("Random", (TicketMachine,), {"rule_set": seeded(number).rules}), settings(FEW, max_examples=3))


class TestBrokenLaws:
    """Each law fails if the engine breaks it."""

    def broken(self, monkeypatch: pytest.MonkeyPatch, name: str, function: object) -> str:
        monkeypatch.setattr(machine, name, function)
        with pytest.raises(AssertionError) as raised:
            run(Support, MANY)
        return str(raised.value)

    def test_next_due_too_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        right = tf.next_due

        def late(ticket: tf.Ticket, rules: tf.Rules) -> object:
            due = right(ticket, rules)
            return due and due + 2 * MICROSECOND

        self.broken(monkeypatch, "next_due", late)

    def test_next_due_forgets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken(monkeypatch, "next_due", lambda _ticket, _rules: None)

    def test_replay_of_another_history(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken(monkeypatch, "replay", lambda history: tf.replay([history.first]))

    def test_polls_that_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What two equal tickets become is no longer equal."""
        self.broken(monkeypatch, "advance", lambda _now, ticket, _rules: id(ticket))

    def test_a_closed_ticket_that_changes(self) -> None:
        """Its opening comes again."""
        desk = Desk(RULES)
        desk.customer.opens("printer")
        desk.agent.moves("solve", "done")
        made = Support()
        made.ticket = desk.value
        made.closed_is_closed()
        history = (*desk.value.history, desk.value.history.first)
        made.ticket = SimpleNamespace(history=history)  # type: ignore[assignment]
        with pytest.raises(AssertionError):
            made.closed_is_closed()


def test_time_passes_until_nothing_is_due_or_for_a_dozen_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(RULES)
    desk.customer.opens("printer")
    desk.agent.moves("ask", "which one?")
    made = Support()
    made.ticket, made.now = desk.value, desk.now
    monkeypatch.setattr(machine, "_DOZEN", 1)
    made.nobody_acts_for_long()
    assert (made.ticket.state, made.now - desk.now) == ("waiting", timedelta(days=2))
    monkeypatch.setattr(machine, "_DOZEN", 12)
    made.nobody_acts_for_long()
    assert made.ticket.state == "closed"
