"""Laws of rules that are in force from an instant on, on random rule sets and commands.

Source: docs/semantics.md 3.17.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs
import pytest

from tests.support.random_lives import (
    Moments,
    World,
    going_live,
    happened,
    instants,
    law,
    lived,
    moments,
    rules_of,
    story,
    was_given,
)
from ticketflow import Ladder, Ticket, evaluate, next_due
from ticketflow.rules.automations import Rule
from ticketflow.rules.implied import is_reserved
from ticketflow.rules.schedules import AtMoment, Recurring, schedule_of
from ticketflow.testing.random_rules import MESSAGES
from ticketflow.tickets.events import ByRule, Entry

pytestmark = pytest.mark.lives
GoingLive = tuple[World, datetime]


def by_written_rules(ticket: Ticket) -> Iterator[tuple[Entry, ByRule]]:
    """Yield the entries of written rules, with their causes."""
    for entry in ticket.history:
        if isinstance(entry.cause, ByRule) and not is_reserved(entry.cause.key.rule):
            yield entry, entry.cause


class TestNothingBefore:
    """Nothing that written rules have due before the instant stands in the history."""

    @law(120, going_live(), firing=0.25, cut=0.35, ended_snooze=0.02)
    def test_no_entry_of_a_written_rule_is_due_before(self, drawn: GoingLive) -> Iterator[str]:
        world, at = drawn
        ticket = lived(world.in_force_from(at))
        assert all(cause.due_at >= at and entry.at >= at for entry, cause in by_written_rules(ticket))
        yield from happened(world, ticket)
        if any(cause.due_at < at for _, cause in by_written_rules(lived(world))):
            yield "cut"
        if any(entry.is_automatic and entry.at < at for entry in ticket.history):
            yield "ended snooze"


class TestEquivalentInstants:
    """An instant before the opening is none, one after the end disables, and rules name it as well as their set."""

    @law(60, going_live(), firing=0.3)
    def test_an_instant_at_the_opening_changes_nothing(self, drawn: GoingLive) -> Iterator[str]:
        world, _ = drawn
        ticket = lived(world)
        assert story(lived(world.in_force_from(ticket.history[0].at))) == story(ticket)
        yield from happened(world, ticket)

    @law(60, going_live(), acted=0.4)
    def test_before_the_instant_all_written_rules_are_as_if_disabled(self, drawn: GoingLive) -> Iterator[str]:
        world, _ = drawn
        later = lived(world.in_force_from(world.end + (world.end - world.place.start)))
        assert story(later) == story(lived(world.each(lambda rule: attrs.evolve(rule, is_enabled=False))))
        yield from ("acted" for _ in by_written_rules(lived(world)))

    @law(60, going_live(), firing=0.2)
    def test_the_later_of_both_instants_counts(self, drawn: GoingLive) -> Iterator[str]:
        world, at = drawn
        by_set = lived(world.in_force_from(at))
        by_rules = world.each(lambda rule: attrs.evolve(rule, in_force_from=at))
        assert story(lived(by_rules)) == story(by_set)
        assert story(lived(by_rules.in_force_from(world.place.start))) == story(by_set)
        yield from happened(world, by_set)


class TestTheRestStays:
    """Rules that only send messages do not change what others do. So of what they do, only what is too early is gone.

    Instants of fields are left out, since they move. Recurrences have other numbers. Histories in which an automatic
    entry delays a command by a microsecond (3.8) are left out, too.
    """

    @law(150, going_live(("ladder", "ladder", "timer", "reaction"), MESSAGES), cut=0.3, kept=0.3, last_rung_gone=0.008)
    def test_what_is_due_later_happens_as_without_the_instant(self, drawn: GoingLive) -> Iterator[str]:
        world, at = drawn
        always, later = lived(world), lived(world.in_force_from(at))
        if commands_at(always) != commands_at(later):
            return
        rules = {name: rule for name, rule in rules_of(world.rules).items() if not is_reserved(name)}
        expected = [each for each in given(always, rules) if remains(each, always, at, rules)]
        assert list(given(later, rules)) == expected
        yield from ("kept" for _ in expected)
        gone = [each for each in given(always, rules) if each not in expected]
        yield from ("cut" if each[3] < at else "last rung gone" for each in gone)


Given = tuple[str, int | None, int, datetime, datetime]
"""The rule, the number, the arming entry by its place among outside entries, the own instant and that of effect."""


def given(ticket: Ticket, rules: dict[str, Rule]) -> Iterator[Given]:
    """Yield what rules carried out. Recurrences have no number here; instants of fields are left out."""
    for entry, cause in by_written_rules(ticket):
        times = schedule_of(rules[cause.key.rule])
        if was_given(entry) and not isinstance(times, AtMoment):
            number = None if isinstance(times, Recurring) else cause.key.occurrence
            yield cause.key.rule, number, outside_before(ticket, cause.armed), cause.due_at, entry.at


def commands_at(ticket: Ticket) -> list[datetime]:
    return [entry.at for entry in ticket.history if not entry.is_automatic]


def outside_before(ticket: Ticket, sequence: int) -> int:
    return sum(not entry.is_automatic for entry in ticket.history[: sequence + 1])


def remains(each: Given, always: Ticket, at: datetime, rules: dict[str, Rule]) -> bool:
    """Return whether it is due at or after *at*, and is not a last rung whose reminders are all due before it."""
    name, number, armed, due_at, _ = each
    rule = rules[name]
    if due_at < at:
        return False
    if not isinstance(rule, Ladder) or number == 0 or number != len(rule.rungs) - 1:
        return True
    own = [
        cause.due_at
        for _, cause in by_written_rules(always)
        if cause.key.rule == name
        and outside_before(always, cause.armed) == armed
        and cause.key.occurrence < len(rule.rungs) - 1
    ]
    return not own or max(own) >= at


class TestAsking:
    """`next_due` is exact, and polls make no difference."""

    @law(80, going_live(), moments, firing=0.25)
    def test_polls_make_no_difference(self, drawn: GoingLive, polls: Moments) -> Iterator[str]:
        world = drawn[0].in_force_from(drawn[1])
        never = lived(world)
        assert lived(world, instants(never, polls)) == never
        yield from happened(world, never)

    @law(60, going_live(), due=0.2)
    def test_the_next_due_instant_is_that_of_the_next_entry(self, drawn: GoingLive) -> Iterator[str]:
        world = drawn[0].in_force_from(drawn[1])
        ticket, rules = lived(world), world.rules
        due = next_due(ticket, rules)
        if due is not None:
            assert due >= world.end
            assert evaluate(due, ticket, rules).entries[0].at == due
            yield "due"
