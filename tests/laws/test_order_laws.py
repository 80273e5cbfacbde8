"""Laws of order, on random rule sets and commands: listing, names, the week and other tickets do not matter.

Source: docs/semantics.md 1.1, 3.10 to 3.12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar, cast

import attrs
import pytest
from hypothesis import strategies as st

from tests.support.random_lives import Drawn, World, happened, law, lived, picks, rules_of, story, timed, worlds
from ticketflow import After, Elapsed, Ladder, OnOutside, Outside, Ticket, advance, handle
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.automations import Rule
from ticketflow.rules.schedules import schedule_of
from ticketflow.testing.random_rules import ACTS, CALM, KINDS, MESSAGES, PLACES, Pick
from ticketflow.tickets.commands import Command
from ticketflow.workflow.conditions import NEVER

pytestmark = pytest.mark.lives
WEEK = timedelta(weeks=1)
T = TypeVar("T")


class TestListingOrder:
    """3.10: listing rules in another order changes nothing, not even the digest."""

    @law(70, worlds(), firing=0.4, tie=0.05, cascade=0.05)
    def test_any_other_order_gives_the_same_life(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        for turned in (world.rules.automations[::-1], world.rules.automations[2:] + world.rules.automations[:2]):
            other = world.ruled(*turned)
            assert lived(other) == ticket
            assert other.rules.digest == world.rules.digest
        yield from happened(world, ticket)


class TestOrderPreservingRename:
    """3.10: of the names of rules, only their order matters."""

    @law(70, worlds(), firing=0.4, tie=0.05, cascade=0.05)
    def test_other_names_in_the_same_order_give_the_same_life(self, world: World) -> Iterator[str]:
        ids = sorted(rule.id for rule in world.rules.automations)
        names = {old: f"{letter}.{len(old)}" for letter, old in zip("bdfhj", ids, strict=False)}
        renamed = lived(world.each(lambda rule: attrs.evolve(rule, id=names[rule.id])))
        ticket = lived(world)
        assert story(renamed) == story(ticket, names)
        yield from happened(world, ticket)


class TestPriorityShift:
    """3.10: of ranks, only their order matters; among simultaneous occurrences the smaller rank goes first."""

    @law(70, worlds(), st.sampled_from((-9, 7, 1000)), firing=0.4, tie=0.05, cascade=0.05)
    def test_shifted_ranks_give_the_same_life(self, world: World, by: int) -> Iterator[str]:
        ticket = lived(world)
        assert story(lived(world.each(lambda rule: attrs.evolve(rule, rank=rule.rank + by)))) == story(ticket)
        yield from happened(world, ticket)

    @law(70, worlds(kinds=("timer", "ladder"), doings=MESSAGES), tie=0.1, ranks_differ=0.05)
    def test_smaller_ranks_go_first_and_then_smaller_ids(self, world: World) -> Iterator[str]:
        ticket, rules = lived(world), rules_of(world.rules)
        on_time = [(entry.at, cause.key.rule) for entry, cause in timed(ticket) if entry.at == cause.due_at]
        order = [(at, rules[rule].rank, rule) for at, rule in on_time]
        assert order == sorted(order)
        yield from ["ranks differ"] * any(one[0] == other[0] and one[1] < other[1] for one, other in pairwise(order))
        yield from happened(world, ticket)


def irrelevant(pick: Pick) -> tuple[World, Rule]:
    """Draw a world, and a rule that can never apply in it."""
    drawn = Drawn(pick, pick(PLACES))
    rules, life = drawn.rules(), drawn.life()
    rule = drawn.rule(pick(("aaa", "rule1.5", "zzz")), pick(KINDS), ACTS)
    return World(drawn.place, rules, life), pick((_impossible, _disabled, _awaiting_nothing))(rule)


def _impossible(rule: Rule) -> Rule:
    return attrs.evolve(rule, given=NEVER)


def _disabled(rule: Rule) -> Rule:
    return attrs.evolve(rule, is_enabled=False)


def _awaiting_nothing(rule: Rule) -> Rule:
    """Return the rule with an anchor or an event that never occurs."""
    if isinstance(rule, Ladder):
        return attrs.evolve(rule, since=Outside("never"))
    waits = schedule_of(rule) is not None
    return attrs.evolve(rule, when=After(Elapsed(hours=1), Outside("never")) if waits else OnOutside("never"))


class TestIrrelevantRule:
    """3.1, 3.4: a rule that can never apply changes nothing."""

    @law(90, picks.map(irrelevant), firing=0.4, tie=0.05, cascade=0.05)
    def test_one_more_of_these_gives_the_same_life(self, drawn: tuple[World, Rule]) -> Iterator[str]:
        world, rule = drawn
        ticket = lived(world)
        assert story(lived(world.ruled(*world.rules.automations, rule))) == story(ticket)
        yield from happened(world, ticket)


class TestWholeWeekShift:
    """1.1: in a zone without clock changes, commands a week later give the same history a week later."""

    @law(70, worlds((CALM,)), firing=0.4, tie=0.05, cascade=0.05)
    def test_a_week_later_all_is_a_week_later(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        shifted = lived(attrs.evolve(world, life=later(world.life)))
        assert tuple(shifted.history) == later(tuple(ticket.history))
        yield from happened(world, ticket)


def later(value: T) -> T:
    """Return *value* with every instant in it a week later."""
    return cast("T", _later(value))


def _later(value: Any) -> object:  # noqa: ANN401 -- anything
    match value:
        case datetime():
            return value + WEEK
        case tuple():
            return tuple(map(_later, value))
        case FrozenMap():
            return FrozenMap({name: _later(each) for name, each in value.items()})
        case _ if attrs.has(type(value)):
            parts = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
            moved = {name: _later(part) for name, part in parts.items()}
            return attrs.evolve(value, **{name: part for name, part in moved.items() if part != parts[name]})
        case _:
            return value


def twins(pick: Pick) -> tuple[World, World]:
    """Draw the commands of two tickets under one rule set."""
    drawn = Drawn(pick, pick(PLACES))
    rules = drawn.rules()
    return World(drawn.place, rules, drawn.life("T-1")), World(drawn.place, rules, drawn.life("T-2"))


class TestIndependenceOfTickets:
    """1.1, 3.12: the history of a ticket does not depend on other tickets."""

    @law(80, picks.map(twins), both_fired=0.3)
    def test_two_lives_are_as_each_alone(self, drawn: tuple[World, World]) -> Iterator[str]:
        alone = [lived(attrs.evolve(world, rules=attrs.evolve(world.rules))) for world in drawn]
        rules, together = drawn[0].rules, dict[int, Ticket | None]()
        for command, number in sorted(_numbered(drawn), key=lambda numbered: numbered[0].at):
            together[number] = handle(together.get(number), command, rules).ticket
        for number, world in enumerate(drawn):
            ticket = together[number]
            assert ticket is not None
            assert advance(world.end, ticket, rules) == alone[number]
        fired = [any(True for _ in timed(ticket)) for ticket in alone]
        yield from ["both fired"] * all(fired)


def _numbered(worlds: Iterable[World]) -> Iterator[tuple[Command, int]]:
    return ((command, number) for number, world in enumerate(worlds) for command in world.life)
