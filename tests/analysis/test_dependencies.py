"""What events bring, which of them can be one, and which actions get in each other's way."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random
from typing import assert_never

import attrs
import pytest

from tests.support.faulty_rule_sets import AGENT, EIGHT, TABLE, act, desk, promise, table
from tests.support.random_lives import Drawn, World, growing, lived, rules_of, seeded, was_given
from ticketflow import (
    All,
    Automation,
    Breached,
    ClockIs,
    Field,
    FieldIs,
    Happened,
    IsAssigned,
    IsHidden,
    IsSnoozed,
    IsUnanswered,
    OfTarget,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    OnWake,
    Outside,
    Rules,
    Snoozing,
    StateIs,
    Target,
    Transition,
)
from ticketflow.analysis.dependencies import _CHANGED, _changed_by, _overlap, clash, closes, implied, together
from ticketflow.analysis.lint.run import exact_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.analysis.satisfiability import _consequences
from ticketflow.engine.program import happening, ready
from ticketflow.rules.actions import (
    Action,
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    Emit,
    FollowUp,
    HoldField,
    LookUp,
    Move,
    Rate,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
    Wake,
)
from ticketflow.rules.automations import action_steps
from ticketflow.rules.triggers import Trigger
from ticketflow.testing.random_rules import ACTS, PLACES
from ticketflow.tickets.anchors import AUTHORS
from ticketflow.tickets.commands import NAMES
from ticketflow.tickets.events import ByBound, ByCommand, ByRule
from ticketflow.workflow.conditions import ALWAYS, NEVER

PAID = desk(
    workflow=table(
        outside_events={"paid", "sent"}, fields=(*TABLE.fields, Field("subject", kind="text", filled_from="subject"))
    ),
    snoozing=Snoozing(),
)
OPEN, HIGH = StateIs("open"), FieldIs("level", "high")


TOGETHER: tuple[tuple[Trigger, Trigger], ...] = (
    (OnMessage("customer"), OnEnter(OPEN)),
    (OnMessage("agent"), OnCommand("add_message", by=("administrator",))),
    (OnMessage("third_party"), OnMessage("anyone")),
    (OnMessage("customer"), OnEnter(IsUnanswered())),
    (OnMessage("agent"), OnChange("subject")),
    (OnOutside("paid"), OnCommand("record_event")),
    (OnOutside("paid"), OnEnter(Happened(Outside("paid")))),
    (OnChange("level"), OnCommand("set_fields")),
    (OnChange("level"), OnEnter(HIGH)),
    (OnWake(), OnLeave(IsSnoozed())),
    (OnLeave(OPEN), OnEnter(StateIs("waiting"))),
    (OnCommand("assign"), OnEnter(IsAssigned())),
)
APART: tuple[tuple[Trigger, Trigger], ...] = (
    (OnMessage("customer"), OnMessage("agent")),
    (OnMessage("customer"), OnCommand("add_message", by=AGENT)),
    (OnMessage("customer"), OnCommand("assign")),
    (OnOutside("paid"), OnOutside("sent")),
    (OnOutside("paid"), OnMessage("customer")),
    (OnOutside("paid"), OnEnter(OPEN)),
    (OnCommand("assign"), OnCommand("set_fields")),
    (OnCommand("assign"), OnChange("level")),
    (OnWake(), OnMessage("customer")),
    (OnCommand("snooze"), OnEnter(OPEN)),
)


class TestEvents:
    @pytest.mark.parametrize(("one", "other"), TOGETHER)
    def test_can_be_one(self, one: Trigger, other: Trigger) -> None:
        assert can_coincide(one, other, PAID)
        assert can_coincide(other, one, PAID)

    @pytest.mark.parametrize(("one", "other"), APART)
    def test_are_never_one(self, one: Trigger, other: Trigger) -> None:
        assert not can_coincide(one, other, PAID)
        assert not can_coincide(other, one, PAID)

    def test_rules_make_events_too(self) -> None:
        """What one step of a rule changes is one event; what no command changes at once is apart without it."""
        both = act("both", OnMessage("agent"), Assign("ana"), SetField("level", "high"), CancelSnooze())
        one, other = OnEnter(All(IsAssigned(), HIGH)), OnLeave(All(IsSnoozed(), HIGH))
        assert can_coincide(OnEnter(IsAssigned()), OnChange("level"), desk(both))
        assert can_coincide(one, other, desk(both))
        for rules in (desk(attrs.evolve(both, is_enabled=False)), desk()):
            only_open = {"open", "follow_up"}
            assert _commands(OnEnter(IsAssigned()), rules) & _commands(OnChange("level"), rules) == only_open

    def test_a_rule_that_cancels_a_snooze_also_shows_the_ticket_again(self) -> None:
        rules = desk(act("take-over", OnMessage("agent"), Assign("ana"), CancelSnooze()))
        assert together(OnEnter(IsAssigned()), OnLeave(IsHidden()), rules) == ALWAYS
        assert together(OnEnter(IsAssigned()), OnLeave(IsHidden()), desk()) == OPEN

    def test_clocks_are_facts_that_change_by_their_own_rules(self) -> None:
        policy = promise(Target(EIGHT), warn_at=(OfTarget(50),))
        rules = desk(clocks=(policy,))
        breached, warned = OnEnter(ClockIs("fix", "breached")), OnEnter(ClockIs("fix", "warned"))
        assert can_coincide(breached, OnEnter(Happened(Breached("fix"))), rules)
        assert can_coincide(warned, breached, rules)


def can_coincide(one: Trigger, other: Trigger, rules: Rules) -> bool:
    return together(one, other, rules) != NEVER


def _commands(trigger: Trigger, rules: Rules) -> set[str]:
    """Return the commands that can be what a trigger waits for."""
    return {name for name in NAMES.values() if can_coincide(trigger, OnCommand(name), rules)}


CLASHING: tuple[tuple[tuple[Action, ...], tuple[Action, ...]], ...] = (
    ((Assign("ana"),), (Assign("bea"),)),
    ((Assign("ana"),), (AssignTo("actor"),)),
    ((AssignTo("snoozer"),), (CancelSnooze(),)),
    ((AssignTo("snoozer"),), (Wake(),)),
    ((SetField("level", "low"),), (SetField("level", "high"),)),
    ((SetField("level", "low"),), (HoldField("level", "low"),)),
    ((ReleaseField("level"),), (HoldField("level", "low"),)),
    ((SetField("level", "low"),), (AddNote("level"),)),
    ((SetField("outcome", "won"),), (Resolve("won"),)),
    ((SetField("method", "mail"),), (Resolve("won", "call"),)),
    ((Resolve("won"),), (Resolve("won"), SendMessage("x"))),
    ((Rate(1),), (Rate(5),)),
    ((Move("ask"),), (Move("solve"),)),
    ((Move("ask"),), (Move("resume"),)),
    ((Move("close"),), (Assign("ana"),)),
    ((Move("close"),), (FollowUp(),)),
    ((SetField("level", "low"),), (Move("sort"),)),
    ((SetField("level", "low"),), (Emit("x", ("urgent", "level")),)),
    ((Resolve("won"),), (Emit("x", ("outcome",)),)),
    ((Resolve("won", "call"),), (Emit("x", ("method",)),)),
    ((LookUp("level", ("urgent",), {True: "high"}),), (SetField("level", "low"),)),
    ((LookUp("level", ("urgent",), {True: "high"}),), (SetField("urgent", True),)),
    ((LookUp("level", ("outcome",), {"won": "low"}),), (Resolve("won"),)),
    ((LookUp("level", ("method",), {"call": "low"}),), (Resolve("won", "call"),)),
    ((LookUp("method", ("urgent",), {True: "call"}),), (Resolve("won", "call"),)),
)
PEACEFUL: tuple[tuple[tuple[Action, ...], tuple[Action, ...]], ...] = (
    ((Assign("ana"),), (Assign("ana"),)),
    ((Assign("ana"),), (SetField("level", "low"),)),
    ((SetField("level", "low"),), (SetField("urgent", True),)),
    ((SetField("level", "low"), SendMessage("x")), (SetField("level", "low"),)),
    ((SetField("method", "mail"),), (Resolve("won"),)),
    ((Resolve("won"),), (Resolve("lost"),)),
    ((LookUp("level", ("method",), {"call": "low"}),), (Resolve("won"),)),
    ((LookUp("level", ("urgent",), {True: "high"}),), (SetField("method", "mail"),)),
    ((Move("ask"),), (Move("ask"), SendMessage("x"))),
    ((Move("ask"),), (Move("wait"),)),
    ((Move("ask"),), (SetField("level", "low"),)),
    ((Move("ask"),), (FollowUp(),)),
    ((Move("close"),), (SendMessage("x"),)),
    ((SendMessage("x"),), (SendMessage("y"),)),
    ((SetField("level", "low"),), (Emit("x", ("urgent",)),)),
    ((Resolve("won"),), (Emit("x", ("method",)),)),
    ((Move("close"),), (Emit("x"),)),
    ((SetField("urgent", True),), (Move("sort"),)),
    ((Move("back"),), (Move("back-again"),)),
)
TABLE_OF_MOVES = table(
    Transition("sort", ["open"], "waiting", may=AGENT, given=HIGH),
    Transition("sort", ["open"], "solved", may=AGENT),
    Transition("wait", ["open"], "waiting", may=AGENT),
    Transition("back", ["solved"], "open", may=AGENT),
    Transition("back-again", ["waiting"], "open", may=AGENT),
)


class TestActions:
    @pytest.mark.parametrize(("one", "other"), CLASHING)
    def test_whose_order_makes_a_difference(self, one: tuple[Action, ...], other: tuple[Action, ...]) -> None:
        assert self.clash(one, other)
        assert self.clash(other, one)

    @pytest.mark.parametrize(("one", "other"), PEACEFUL)
    def test_whose_order_makes_none(self, one: tuple[Action, ...], other: tuple[Action, ...]) -> None:
        assert not self.clash(one, other)
        assert not self.clash(other, one)

    def clash(self, one: tuple[Action, ...], other: tuple[Action, ...]) -> bool:
        when = OnMessage("customer")
        rules = (Automation("x", when, one), Automation("y", when, other))
        return clash(*rules, ["open"], TABLE_OF_MOVES) is not None

    def test_what_closes(self) -> None:
        assert closes(Move("close"), ["open"], TABLE)
        assert not closes(Move("ask"), ["open"], TABLE)
        assert not closes(Move("close"), ["closed"], TABLE)
        assert not closes(Assign("ana"), ["open"], TABLE)


WAITED_FOR: tuple[Trigger, ...] = (
    OnMessage("customer"),
    OnMessage("agent"),
    OnMessage("anyone"),
    OnMessage("third_party"),
    OnEnter(StateIs("busy", "waiting")),
    OnEnter(IsSnoozed()),
    OnLeave(StateIs("open")),
    OnLeave(IsUnanswered()),
    OnChange("hot"),
    OnOutside("released"),
    OnWake(),
    *(OnCommand(name) for name in NAMES.values()),
)


@pytest.mark.parametrize(
    ("action", "facts"),
    [
        (
            Move("close"),
            {"state", "category", "field.outcome", "resolution", "reopenings", "once.entered", "once.entered.*"}
            | {"once.left.*", "once.resolved", "once.closed"},
        ),
        (CancelSnooze(), {"hidden", "snoozed", "snooze.until"}),
        (Assign("ana"), {"assignee", "once.assigned"}),
        (SetField("level", "low"), {"field.level"}),
        (SetField("outcome", "won"), {"field.outcome", "once.resolved"}),
        (Resolve("won"), {"field.outcome", "field.method", "once.resolved"}),
        (Rate(5), {"rating"}),
        (AddNote("level"), set()),
        (SendMessage("x"), set()),
        (FollowUp(), set()),
        (Emit("x", ("level",)), set()),
    ],
)
def test_an_action_can_change_these_facts(action: Action, facts: set[str]) -> None:
    assert _changed_by(action) == facts


def test_commands_and_rules_change_no_fact_that_is_not_declared() -> None:
    met: Counter[str] = Counter()
    for world in map(seeded, range(40)):
        rules = rules_of(world.rules)
        for after in growing(lived(world)):
            entry = after.history.last
            match entry.cause:
                case ByCommand(command=name):
                    declared = _CHANGED[name]
                case ByRule(key=key):
                    then = (action for step in action_steps(rules[key.rule]) for action in step)
                    name, declared = "rule", frozenset().union(*map(_changed_by, then))
                case ByBound():
                    name, declared = "bound", frozenset()
                case _:
                    assert_never(entry.cause)
            changed = {fact for fact, trail in after.trails.items() if trail.mark.sequence == entry.sequence}
            assert all(_overlap(declared, frozenset({fact})) for fact in changed), (name, changed)
            met.update([name] if changed else [])
    assert met.keys() >= {"rule", "open", "move", "add_message", "set_fields", "record_event", "snooze", "reopen"}


@pytest.mark.lives
class TestLives:
    """On random lives of random desks: what is said to hold, or never to be, is so."""

    @pytest.mark.parametrize("seeds", [range(30), range(30, 60)])
    def test_what_events_bring_and_which_are_one(self, seeds: range) -> None:
        met: Counter[Trigger] = Counter()
        for world in map(quiet, seeds):
            before = None
            for after in growing(lived(world)):
                at_once = [trigger for trigger in WAITED_FOR if happening(trigger, world.rules)(before, after)]
                for trigger in at_once:
                    assert ready(implied(trigger, world.rules), world.rules).holds_for(after), trigger
                for one, other in combinations(at_once, 2):
                    assert ready(together(one, other, world.rules), world.rules).holds_for(after), (one, other)
                met.update(at_once)
                before = after
        assert len(met) > 15, met

    @pytest.mark.parametrize("seeds", [range(30), range(30, 60)])
    def test_no_ticket_is_as_guards_exclude(self, seeds: range) -> None:
        for world in map(quiet, seeds):
            for ticket in growing(lived(world)):
                known = {name: trail.value for name, trail in ticket.trails.items()} | {
                    name: ticket.facts[name]
                    for name in ("unanswered", "answered", *(f"once.message.{who}" for who in AUTHORS))
                }
                for name, wanted in _consequences(known, world.rules.workflow):
                    assert (ticket.facts[name] is True) is wanted, name

    @pytest.mark.parametrize("seeds", [range(50), range(50, 100)])
    def test_what_is_dead_stays_dead(self, seeds: range) -> None:
        told = 0
        for world in map(seeded, seeds):
            prospects, dead = Reachability(world.rules), _dead(world.rules)
            told += len(dead)
            for ticket in growing(lived(world)):
                last = ticket.history.last
                assert ticket.state in {state.name for state in prospects.live_states}
                if isinstance(last.cause, ByRule) and last.events and was_given(last):
                    assert last.cause.key.rule not in dead, [str(each) for each in exact_findings(world.rules)]
        assert told


def quiet(number: int) -> World:
    """Return a world in which no rule cancels the snooze of a ticket that sleeps."""
    pick = Random(number).choice  # noqa: S311 -- no secrets are drawn
    drawn = Drawn(pick, pick(PLACES))
    return World(drawn.place, drawn.rules(acts=[each for each in ACTS if each != CancelSnooze()]), drawn.life())


def _dead(rules: Rules) -> set[str]:
    """Return the rules of which nothing should ever come: all that they do is said to be impossible."""
    found = [each.path for each in exact_findings(rules) if each.code in ("never_fires", "never_true")]
    return {path[1] for path in found if path[0] == "automations" and "rungs" not in path}
