"""Laws of masks, gates and ladders, on random rule sets and commands.

Rules that only send messages change nothing that masks, conditions or anchors read. So their histories with masks
can be compared with the same histories without: the keys and the due instants are the same.

Source: docs/semantics.md 3.5 to 3.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby, pairwise
from typing import Literal

import attrs
import pytest

from tests.support.random_lives import (
    ASKED,
    World,
    growing,
    happened,
    law,
    lived,
    rules_of,
    story,
    timed,
    turned,
    was_given,
    worlds,
)
from ticketflow import Automation, Elapsed, Ladder, Ticket
from ticketflow.calendars.spans import ClockSpan
from ticketflow.rules.automations import Rule
from ticketflow.rules.ruleset import Rules, mask_of
from ticketflow.rules.schedules import schedule_of
from ticketflow.rules.triggers import Moment
from ticketflow.testing.random_rules import MESSAGES, masking
from ticketflow.tickets.anchors import Resumed
from ticketflow.tickets.events import ByRule, Dropped, Entry, Key, Superseded, TimeReason
from ticketflow.workflow.conditions import holds
from ticketflow.workflow.ticket_calendar import calendar_in_force

pytestmark = pytest.mark.lives
MASKED = (Dropped("masked"),)


def with_masks(world: World, *groups: str) -> World:
    """Return the world in which every state masks these groups, and the snooze masks none."""
    rules = world.rules
    states = tuple(attrs.evolve(state, masks=groups) for state in rules.workflow.states)
    snoozing = rules.snoozing and attrs.evolve(rules.snoozing, masks=())
    workflow = attrs.evolve(rules.workflow, states=states)
    return attrs.evolve(world, rules=attrs.evolve(rules, workflow=workflow, snoozing=snoozing))


class TestEmptyMask:
    """3.6: masks that never apply and gates that are always open have no effect."""

    @law(60, worlds(), masks_or_gates=0.9, firing=0.4, tie=0.05)
    def test_it_masks_nothing(self, world: World) -> Iterator[str]:
        empty = with_masks(world).each(lambda rule: attrs.evolve(rule, gate=rule.gate and "always"))
        bare = empty.each(lambda rule: attrs.evolve(rule, group=None, gate=None, on_mask=None, on_resume="keep"))
        ticket = lived(empty)
        assert story(ticket) == story(lived(bare))
        yield from ["masks or gates"] * any(rule.group or rule.gate for rule in world.rules.automations)
        yield from happened(world, ticket)


class TestFullMask:
    """3.6: a rule that is always masked never acts: it has no entries if it holds, and only records if it drops."""

    @law(50, worlds(), firing=0.2, masked=0.5, reaction=0.2)
    def test_what_is_held_for_ever_never_was(self, world: World) -> Iterator[str]:
        held = always_masked(world, "hold")
        without = held.each(lambda rule: attrs.evolve(rule, is_enabled=rule.group is None))
        ticket = lived(held)
        assert story(ticket) == story(lived(without))
        yield from ["masked"] * any(rule.group for rule in held.rules.automations)
        yield from happened(world, ticket)

    @law(50, worlds(), dropped=0.25)
    def test_what_is_dropped_for_ever_is_recorded_and_no_more(self, world: World) -> Iterator[str]:
        dropping = always_masked(world, "drop")
        for entry, cause in timed(lived(dropping)):
            if rules_of(dropping.rules)[cause.key.rule].group:
                assert (entry.at, entry.events) == (cause.due_at, MASKED)
                yield "dropped"


def always_masked(world: World, on_mask: Literal["hold", "drop"]) -> World:
    """Return the world in which every timer with a group is always masked."""
    free = with_masks(world).each(lambda rule: quietly(rule, on_mask) if schedule_of(rule) else ungrouped(rule))
    return with_masks(free, *{rule.group for rule in free.rules.automations if rule.group})


def ungrouped(rule: Rule) -> Rule:
    return attrs.evolve(rule, group=None, on_resume="keep")


def quietly(rule: Rule, on_mask: Literal["hold", "drop"], on_resume: Literal["keep", "restart"] = "keep") -> Rule:
    """Return a rule without gate and notice, so that only masks hold or drop it."""
    is_moment = isinstance(rule, Automation) and isinstance(rule.when, Moment)
    resumes = on_resume if rule.group and not is_moment else "keep"
    plain = attrs.evolve(rule, gate=None, on_mask=on_mask, on_resume=resumes)
    return attrs.evolve(plain, min_notice=Elapsed()) if isinstance(plain, Ladder) else plain


MASKING = ("move", "move", "move", "move", "snooze", "reopen", "write", "answer")
quiet = worlds(kinds=("ladder", "timer", "timer"), doings=MESSAGES, asked=MASKING)


def crowded(world: World) -> World:
    """Return the world in which masks hold every rule together."""
    together = (quietly(attrs.evolve(rule, group="idle"), "hold") for rule in world.rules.automations)
    rules = attrs.evolve(world.rules, workflow=masking(frozenset({"idle"})), automations=tuple(together))
    return attrs.evolve(world, rules=rules)


def is_masked(rule: Rule, ticket: Ticket, rules: Rules) -> bool:
    """Return whether a mask is on the rule now."""
    mask = mask_of(rule, rules)
    return mask is not None and holds(mask, ticket.facts)


class Masks:
    """The times at which a rule was masked, read from the ticket after each instant."""

    def __init__(self, world: World, ticket: Ticket) -> None:
        self.rules, self.tickets, self.by_id = world.rules, list(growing(ticket))[::-1], rules_of(world.rules)

    def is_on(self, rule: str, at: datetime) -> bool:
        """Return whether the rule is masked after everything of that instant."""
        then = next(each for each in self.tickets if each.changed_at <= at)
        return is_masked(self.by_id[rule], then, self.rules)

    def lets_through(self, rule: str, due_at: datetime) -> datetime | None:
        """Return the instant at which something due then takes effect; None if never."""
        later = (each.changed_at for each in self.tickets[::-1] if each.changed_at > due_at)
        return next((at for at in (due_at, *later) if not self.is_on(rule, at)), None)


def by_key(ticket: Ticket) -> Mapping[Key, tuple[Entry, ByRule]]:
    return {cause.key: (entry, cause) for entry, cause in timed(ticket)}


class TestDrop:
    """3.6: with masks that drop, the same is due as without masks, and what is masked is recorded at its instant."""

    @law(70, quiet, dropped=0.08, firing=0.4)
    def test_what_falls_into_a_mask_is_recorded_instead(self, world: World) -> Iterator[str]:
        dropping = world.each(lambda rule: quietly(rule, "drop"))
        ticket, free = lived(dropping), by_key(lived(with_masks(dropping)))
        masks = Masks(dropping, ticket)
        assert by_key(ticket).keys() == free.keys()
        for key, (entry, cause) in by_key(ticket).items():
            falls = masks.is_on(key.rule, cause.due_at)
            assert (entry.at, entry.events) == (cause.due_at, MASKED if falls else free[key][0].events)
            yield "dropped" if falls else "firing"


class TestHold:
    """3.6: when the mask lifts, the last held occurrence of each rule takes effect, in the order of due instants."""

    @law(160, quiet.map(crowded), held=0.08, gave_way=0.1, firing=0.4)
    def test_what_is_held_takes_effect_when_the_mask_lifts(self, holding: World) -> Iterator[str]:
        ticket, free = lived(holding), by_key(lived(with_masks(holding)))
        masks = Masks(holding, ticket)
        for entry, cause in timed(ticket):
            due_at = free[cause.key][1].due_at
            assert (cause.due_at, entry.at) == (due_at, masks.lets_through(cause.key.rule, due_at))
            rest = (of.due_at for key, (_, of) in free.items() if is_later(key, cause.key))
            together = [at for at in rest if at <= entry.at == masks.lets_through(cause.key.rule, at)]
            assert not (was_given(entry) and entry.at > due_at and together)
            yield ("held" if entry.at > due_at else "firing") if was_given(entry) else "gave way"

    @law(240, quiet.map(crowded), several=0.005)
    def test_what_was_held_keeps_its_order(self, holding: World) -> Iterator[str]:
        listed = {rule.id for rule in holding.rules.automations}
        mine = [(entry, cause) for entry, cause in timed(lived(holding)) if cause.key.rule in listed]
        for _, together in groupby(mine, key=lambda each: each[0].at):
            instants = [cause.due_at for _, cause in together]
            assert instants == sorted(instants)
            yield from ["several"] * (len(set(instants)) > 1)

    @law(90, worlds(), firing=0.4, lift=0.04, mask_on=0.3)
    def test_no_timer_acts_inside_a_mask(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        for before, after in pairwise(growing(ticket)):
            entry, on = (
                after.history.last,
                {each for each in rules_of(world.rules).values() if is_masked(each, before, world.rules)},
            )
            yield from ["mask on"] * bool(on)
            if isinstance(entry.cause, ByRule) and was_given(entry):
                rule = rules_of(world.rules)[entry.cause.key.rule]
                assert rule not in on or schedule_of(rule) is None
        yield from happened(world, ticket)
        yield from turned(world, ticket)


def is_later(one: Key, other: Key) -> bool:
    """Return True if one occurrence is a later one of the episode of the other."""
    return (one.rule, one.arming) == (other.rule, other.arming) and one.occurrence > other.occurrence


class TestRestart:
    """3.6: if the end of a mask is the anchor, it begins another episode and ends the one before."""

    @law(80, quiet, resumed=0.1, firing=0.4)
    def test_the_end_of_the_mask_is_the_anchor(self, world: World) -> Iterator[str]:
        again = world.each(lambda rule: quietly(rule, "hold", "restart"))
        ticket, rules = lived(again), rules_of(again.rules)
        tickets = list(growing(ticket))
        for entry, cause in timed(ticket):
            rule = rules[cause.key.rule]
            is_on = [is_masked(rule, each, again.rules) for each in tickets[cause.armed : entry.sequence]]
            if rule.on_resume == "restart":
                assert not any(was and not now for was, now in pairwise(is_on)), "a mask ended after the arming"
                assert entry.at == cause.due_at
            if isinstance(cause.reason, TimeReason) and cause.reason.anchor == Resumed():
                assert cause.reason.since == tickets[cause.armed].changed_at
                assert not isinstance(cause.reason.span, ClockSpan)
                facts = tickets[entry.sequence - 1].facts
                calendar = again.rules.calendars[calendar_in_force(rule.calendar, facts)]
                own = calendar.after(cause.reason.since, cause.reason.span)
                assert cause.due_at == own if isinstance(rule, Automation) else cause.due_at >= own
                yield "resumed"
            yield "firing"


class TestGate:
    """3.6: no rule acts while its gate is closed, and it is dropped for that only while the gate is closed."""

    @law(120, worlds(), gated=0.25, held=0.03, shut=0.1, DST_day=0.03)
    def test_nothing_acts_outside_its_hours(self, world: World) -> Iterator[str]:
        ticket, rules = lived(world), rules_of(world.rules)
        tickets = list(growing(ticket))
        for entry in ticket.history:
            gate = rules[entry.cause.key.rule].gate if isinstance(entry.cause, ByRule) else None
            if gate is not None:
                name = calendar_in_force(gate, tickets[entry.sequence - 1].facts)
                is_open, shut = world.rules.calendars[name].is_open(entry.at), (Dropped(f"{name} was shut"),)
                assert is_open or not was_given(entry)
                assert not is_open or entry.events != shut
                yield "shut" if entry.events == shut else "gated"
        yield from happened(world, ticket)


ladders = worlds(kinds=("ladder", "ladder", "timer", "reaction"), asked=(*ASKED, *MASKING))


class TestLadderOrder:
    """3.5: no rung comes after a higher one of its episode, or before its predecessor's own instant."""

    @law(120, ladders, several_rungs=0.2, passed_over=0.25, firing=0.4)
    def test_no_lower_rung_comes_after_a_higher_one(self, world: World) -> Iterator[str]:
        ticket = lived(world)
        for rungs in climbed(world, ticket):
            for (lower, below), (higher, above) in pairwise(rungs):
                assert below.key.occurrence < above.key.occurrence
                assert below.due_at <= above.due_at
                assert lower.at <= higher.at
                yield "several rungs"
        yield from ["superseded"] * any(
            isinstance(each, Superseded) for entry, _ in timed(ticket) for each in entry.events
        )
        yield from happened(world, ticket)


def climbed(world: World, ticket: Ticket) -> Iterator[list[tuple[Entry, ByRule]]]:
    """Yield the entries of each episode of each ladder, in order."""
    rules = rules_of(world.rules)
    of_ladders = [each for each in timed(ticket) if isinstance(rules[each[1].key.rule], Ladder)]
    for key in dict.fromkeys((cause.key.rule, cause.key.arming) for _, cause in of_ladders):
        yield [each for each in of_ladders if (each[1].key.rule, each[1].key.arming) == key]


class TestTerminalNotice:
    """3.7: after a last reminder that a mask or a gate moved, the terminal rung does not come before its notice."""

    @law(150, ladders, notice=0.02, notice_that_moved_it=0.01, terminal=0.25)
    def test_the_last_rung_keeps_its_distance(self, world: World) -> Iterator[str]:
        ticket, rules = lived(world), rules_of(world.rules)
        for rungs in climbed(world, ticket):
            ladder, (last, cause) = rules[rungs[-1][1].key.rule], rungs[-1]
            assert isinstance(ladder, Ladder)
            if cause.key.occurrence != len(ladder.rungs) - 1 or not was_given(last):
                continue
            yield "terminal"
            given = [(entry, of) for entry, of in rungs[:-1] if was_given(entry)]
            if given and given[-1][0].at > given[-1][1].due_at:
                notice = ladder.min_notice.amount if ladder.min_notice else cause.due_at - rungs[-2][1].due_at
                assert last.at >= given[-1][0].at + notice
                yield "notice"
                yield from ["notice that moved it"] * (last.at > cause.due_at)
        yield from happened(world, ticket)
