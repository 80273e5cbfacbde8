"""Strategies of the testing kit: what they draw is valid, and reaches far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import ticketflow as tf
from tests.testing.small_desk import RULES
from ticketflow import BusinessCalendar, Rules, commands, handle
from ticketflow.engine.decisions import Accepted
from ticketflow.errors import BadValueError
from ticketflow.presets.enate import enate
from ticketflow.presets.senior import senior
from ticketflow.testing import coverage_of, strategies
from ticketflow.testing.random_commands import (
    actors_of,
    any_commands,
    offered,
    opening_commands,
    plain,
    values_of,
    ways,
)
from ticketflow.testing.random_rules import PLACES, SITE, RandomRules
from ticketflow.tickets.commands import NAMES, Command

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))


def simple(*rules: tf.Automation, **workflow: Any) -> Rules:  # noqa: ANN401 -- the arguments of Workflow
    """Return a rule set with two states and one transition."""
    states, end = (
        (tf.State("open"), tf.State("closed", "closed")),
        tf.Transition("end", ["open"], "closed", may=["agent"]),
    )
    return tf.Rules("simple", tf.Workflow(states, (end,), **workflow), RULES.calendars, rules)


class TestCommands:
    def test_there_is_an_actor_of_each_role_and_group(self) -> None:
        assert [actor.id for actor in actors_of(RULES)][6:] == ["agent.vip", "customer.vip"]
        assert len({actor.role for actor in actors_of(RULES)}) == 6

    def test_values_are_those_of_the_field(self) -> None:
        """Choices; the values of the kind; and those that conditions of the rules name."""
        kinds = {
            "choice": tf.Field("choice", ("a", "b")),
            "truth": tf.Field("truth", kind="truth"),
            "number": tf.Field("number", kind="number"),
            "moment": tf.Field("moment", kind="moment"),
            "future": tf.Field("future", kind="future"),
            "text": tf.Field("text", kind="text"),
            "any": tf.Field("any"),
        }
        named = tf.AnyOf(tf.FieldIs("text", "vip", None), tf.FieldIs("number", at_least=7), tf.FieldIs("any", 1, True))
        rule = tf.Automation("named", tf.OnMessage("customer"), (tf.actions.SendMessage("x"),), named)
        rules = simple(rule, fields=tuple(kinds.values()))
        found = {name: values_of(field, rules, NOON) for name, field in kinds.items()}
        assert found == {
            "choice": ("a", "b"),
            "truth": (True, False),
            "number": (3, 7),
            "moment": (NOON,),
            "future": (NOON + timedelta(hours=3),),
            "text": ("words", "vip"),
            "any": ("words", 1, True),
        }
        assert [type(value) for value in found["any"]] == [str, int, bool]

    def test_every_opening_can_be_used(self) -> None:
        """Enate has two ways in: a draft for the support, and the list for everybody else."""
        for rules in (enate(), senior(), RULES):
            for actor in actors_of(rules):
                found = [*opening_commands(rules, NOON, actor)]
                assert all(isinstance(handle(None, command, rules), Accepted) for command in found)
                assert bool(found) is bool(rules.workflow.way_in(actor))

    def test_openings_bring_what_they_need(self) -> None:
        needs = tf.Opening("open", ["agent"], needs=("message", "priority", "requester"))
        rules = simple(fields=(tf.Field("priority", ("low", "high")),), openings=(needs,))
        found = [*opening_commands(rules, NOON, tf.Actor("agent", "ana"))]
        assert len(found) == 2
        assert all(command.message and command.fields and command.requester for command in found)

    def test_there_are_commands_of_every_kind(self) -> None:
        actor = tf.Actor("agent", "ana")
        found = [*any_commands(RULES, NOON, actor)]
        assert {type(command) for command in found} == set(NAMES) - {commands.Open}
        assert [*plain("open", RULES, NOON, actor)] == []
        bare = simple()
        assert not any(isinstance(command, commands.RecordEvent) for command in any_commands(bare, NOON, actor))
        assert [*plain("review_classification", bare, NOON, actor)] == []
        numbers = simple(fields=(tf.Field("classification", (1, 2)),))
        assert [*plain("review_classification", numbers, NOON, actor)] == []
        assert len([*plain("snooze", bare, NOON, actor)]) == 1

    def test_what_an_option_needs_comes_with_it(self) -> None:
        """On a new draft of Enate: submitting needs fields, and a requester whom another command names."""
        rules, ana = enate(feedback_window=tf.Elapsed(days=2)), tf.Actor("agent", "ana")
        draft = handle(None, commands.Open("T-1", requester="bruno", at=NOON, by=ana), rules).unwrap().ticket
        for several in offered(draft, rules, NOON, (ana,)):
            assert any(isinstance(handle(draft, command, rules), Accepted) for command in several), several
        nobody = handle(None, commands.Open("T-1", at=NOON, by=ana), rules).unwrap().ticket
        submit = next(option for option in tf.available(nobody, ana, rules) if option.transition == "submit")
        assert [*ways(submit, rules, NOON, ana)] == []
        assert not any(
            "submit" in str(command) for several in offered(nobody, rules, NOON, (ana,)) for command in several
        )

    def test_reopening_brings_a_message_if_it_is_needed(self) -> None:
        ana = tf.Actor("agent", "ana")
        for needs, messages in ((), None), (("message",), "m1"):
            option = tf.Option("reopen", None, needs, ())
            (command,) = ways(option, RULES, NOON, ana)
            assert isinstance(command, commands.Reopen)
            assert (command.message.id if command.message else None) == messages


class TestTickets:
    @FEW
    @given(strategies.lives(RULES, most=6))
    def test_every_command_of_a_life_is_accepted(self, life: tuple[Command, ...]) -> None:
        assert not tf.simulate(life, RULES).refusals
        assert len(life) <= 7

    @FEW
    @given(
        strategies.tickets(RULES).flatmap(lambda each: st.tuples(st.just(each), strategies.commands_for(each, RULES)))
    )
    def test_a_command_for_a_ticket_is_accepted(self, drawn: tuple[tf.Ticket, Command]) -> None:
        ticket, command = drawn
        assert isinstance(handle(ticket, command, RULES), Accepted)

    @FEW
    @given(st.data())
    def test_actors_and_instants_can_be_given(self, data: st.DataObject) -> None:
        ana = tf.Actor("agent", "ana")
        opening = data.draw(strategies.openings(RULES, [ana], ticket="T-7"))
        ticket = handle(None, opening, RULES).unwrap().ticket
        at = opening.at + timedelta(hours=1)
        command = data.draw(strategies.commands_for(ticket, RULES, [ana], at=at, message="m7"))
        assert (ticket.id, opening.by, command.by, command.at) == ("T-7", ana, ana, at)

    @pytest.mark.lives
    def test_tickets_exercise_a_rule_set(self) -> None:
        seen: list[tf.Ticket] = []

        @settings(FEW, max_examples=100, derandomize=True, database=None)
        @given(strategies.tickets(RULES))
        def draw(ticket: tf.Ticket) -> None:
            seen.append(ticket)

        draw()
        assert coverage_of(seen, RULES).transitions.percent == 100

    def test_nobody_may_open(self) -> None:
        @FEW
        @given(strategies.openings(RULES, [tf.Actor("system", "other")]))
        def draw(opening: Command) -> None:
            pytest.fail(f"{opening} was drawn")

        with pytest.raises(BadValueError, match="no actor can open tickets of rule set 'support'; give actors who may"):
            draw()

    def test_a_closed_ticket_takes_no_commands(self) -> None:
        """So no example is left."""
        ana = tf.Actor("agent", "ana")
        opened = handle(None, commands.Open("T-1", at=NOON, by=ana), RULES).unwrap().ticket
        solve = commands.Move("solve", tf.Message("m1"), at=NOON, by=ana)
        closed = handle(opened, solve, RULES).unwrap().ticket
        drawn: list[Command] = []

        @FEW
        @given(strategies.commands_for(closed, RULES, [ana]))
        def draw(command: Command) -> None:
            drawn.append(command)

        with pytest.raises(Exception, match=r"Unsatisfiable|satisfy"):
            draw()
        assert not drawn

    def test_a_life_ends_with_the_ticket(self) -> None:
        closing = tf.Automation("close", tf.OnCommand("open"), (tf.actions.Move("end"),))
        found: list[tuple[Command, ...]] = []

        @FEW
        @given(strategies.lives(simple(closing)))
        def draw(life: tuple[Command, ...]) -> None:
            found.append(life)

        draw()
        assert {len(life) for life in found} == {1}


class TestRuleSets:
    @FEW
    @given(strategies.rule_sets())
    def test_a_rule_set_has_three_to_five_rules(self, rules: Rules) -> None:
        assert 3 <= len(rules.automations) <= 5

    @FEW
    @given(strategies.rule_sets(kinds=("ladder",)))
    def test_kinds_can_be_given(self, rules: Rules) -> None:
        assert all(isinstance(rule, tf.Ladder) for rule in rules.automations)

    def test_rules_of_every_kind_are_drawn(self) -> None:
        pick = Random(21).choice  # noqa: S311 -- no secrets are drawn
        drawn = [RandomRules(pick, PLACES[number % 4], (SITE,)).rules() for number in range(60)]
        whens = {type(getattr(rule, "when", rule)) for rules in drawn for rule in rules.automations}
        assert whens >= {tf.Ladder, tf.After, tf.AtOpening, tf.AtClosing, tf.AtField, tf.On, tf.OnChange, tf.OnMessage}

    @FEW
    @given(strategies.calendars())
    def test_calendars_have_awkward_hours(self, calendar: BusinessCalendar) -> None:
        assert any(calendar.week)

    @FEW
    @given(strategies.calendars("UTC", date(2026, 2, 28)))
    def test_zone_and_date_can_be_given(self, calendar: BusinessCalendar) -> None:
        assert calendar.zone == "UTC"


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        (lambda: strategies.tickets("senior"), "^rules 'senior' is not a Rules; give a Rules"),  # type: ignore[arg-type]
        (lambda: strategies.openings(RULES, [3]), r"^actors\[0\] is 3; give an Actor"),  # type: ignore[list-item]
        (lambda: strategies.rule_sets(["laddr"]), r"^kinds\[0\] is 'laddr'; "),  # type: ignore[list-item]
    ],
)
def test_wrong_arguments_are_refused(strategy: Callable[[], st.SearchStrategy[object]], message: str) -> None:
    @settings(FEW, max_examples=1, database=None)
    @given(strategy())
    def draw(_: object) -> None:
        """Draw one."""

    with pytest.raises(BadValueError, match=message):
        draw()
