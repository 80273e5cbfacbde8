"""Semantics 3 on random rule sets and lives: the engine against a second evaluator that steps through time.

Each case comes from a seed alone: plain seeds repeat themselves less than drawn examples do, and a failure names its
own. Each run counts what its lives contained, and fails where they held too little of what it is about.

Drawn are elapsed and working time, repetitions, ladders, closings, reactions to states, fields and messages, masks,
gates, restarts, drops and ranks. Not drawn, and left to other laws and to cases by hand: business days and calendar
spans, recurrences, openings, the moments of fields and snoozes, other triggers, hours of events, facts of the history,
generations, clocks, reactions that a mask or a gate drops, and rules in a circle at one instant (3.14).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeVar

import pytest

from tests.support.reference_rules import Happening, slow
from ticketflow import (
    Actor,
    After,
    All,
    Automation,
    BusinessCalendar,
    Created,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Message,
    Not,
    OnEnter,
    OnLeave,
    OnMessage,
    Rules,
    Rung,
    State,
    StateIs,
    Ticket,
    Transition,
    Workflow,
    WorkingTime,
    actions,
    advance,
    commands,
    handle,
)
from ticketflow.kernel.field_values import Value
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import AtClosing
from ticketflow.tickets.anchors import Anchor, Left
from ticketflow.tickets.commands import AnyCommand
from ticketflow.tickets.events import (
    ByRule,
    Dropped,
    Event,
    FieldChanged,
    MessageRequested,
    StateChanged,
    Superseded,
)
from ticketflow.workflow.conditions import ALWAYS, Condition
from ticketflow.workflow.definition import Opening

LIVES = 4  # of each rule set
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SHARES = {
    "given": 0.3,  # a timer acted
    "given_late": 0.04,  # after a mask or a gate held it, or by the distance of a terminal rung
    "gate": 0.04,  # a gate moved it
    "dropped": 0.06,
    "superseded": 0.06,
    "superseded_late": 0.015,  # several collapsed when a mask or a gate lifted
    "late_arming": 0.05,
    "tie": 0.02,  # of rules
    "cascade": 0.015,  # a rule set off by a rule
    "restart": 0.01,
}
"""How many of the lives must at least contain what."""
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANA, CUSTOMER = Actor("agent", "ana"), Actor("customer", "cleo")
pytestmark = pytest.mark.lives

T = TypeVar("T")


class Pick(Protocol):
    """Whatever picks one of several: a random number generator, or hypothesis."""

    def __call__(self, options: Sequence[T], /) -> T: ...


STATES = ("open", "busy", "waiting", "done", "closed")
CALENDARS = {
    "default": BusinessCalendar("UTC", "mon-fri 09:00-13:00 14:00-18:00"),
    "quiet": BusinessCalendar("UTC", "mon-sun 08:00-20:00"),
    "nights": BusinessCalendar("UTC", "mon-sun 18:00-09:00"),
}


def workflow(*, wild: bool) -> Workflow:
    return Workflow(
        states=(
            State("open"),
            State("busy", masks={"nag", "tell"} if wild else {"nag"}),
            State("waiting", "pending", masks={"tell"} if wild else ()),
            State("done", "resolved"),
            State("closed", "closed"),
        ),
        transitions=(
            Transition("work", ("open", "waiting", "done"), "busy", may=("agent",)),
            Transition("free", ("busy", "done"), "open", may=("agent",)),
            Transition("ask", ("open", "busy"), "waiting", may=("agent",), needs=("message",)),
            Transition("reply", ("waiting", "done"), "open", may=("customer",), needs=("message",)),
            Transition("finish", ("open", "busy", "waiting"), "done", may=("agent",)),
            Transition("auto_open", ("busy", "waiting", "done"), "open"),
            Transition("auto_busy", ("open", "waiting"), "busy"),
            Transition("auto_waiting", ("open", "busy"), "waiting"),
            Transition("auto_done", ("open", "busy", "waiting"), "done"),
            Transition("auto_closed", ("open", "busy", "waiting", "done"), "closed"),
        ),
        fields=(Field("level", ("low", "high")),),
        openings=(Opening("open", {"agent", "customer"}, takes=("level",)),),
    )


FLOWS = {wild: workflow(wild=wild) for wild in (False, True)}

CONDITIONS: tuple[Condition, ...] = (
    StateIs("open"),
    StateIs("waiting"),
    StateIs("busy", "waiting"),
    StateIs("open", "busy"),
    Not(StateIs("done", "closed")),
    Not(StateIs("closed")),
    ALWAYS,
    FieldIs("level", "high"),
    All(StateIs("open", "busy", "waiting"), FieldIs("level", "high")),
)
ANCHORS: tuple[Anchor, ...] = (
    Created(),
    Entered(),
    Entered("waiting"),
    Entered("open"),
    Left("open"),
    LastMessage("agent"),
    LastMessage("customer"),
    LastMessage("anyone"),
    Latest(Entered(), LastMessage("agent")),
    Latest(Created(), LastMessage("anyone")),
)
ENDS: tuple[Anchor, ...] = (LastMessage("customer"), LastMessage("agent"), LastMessage("anyone"), Entered("waiting"))
REACHED: tuple[Condition, ...] = (*(StateIs(state) for state in STATES[:4]), FieldIs("level", "high"))
MESSAGES = (OnMessage("customer"), OnMessage("agent"), OnMessage("anyone"))
AMOUNTS = (HALF, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR, 15 * HOUR, DAY)
KINDS: tuple[type[Elapsed | WorkingTime], ...] = (Elapsed, WorkingTime)


class Drawn:
    """Random definitions and lives, by whatever picks one of several."""

    def __init__(self, pick: Pick, *, wild: bool) -> None:
        self.pick, self.wild = pick, wild

    def then(self, name: str, targets: Sequence[str] = STATES) -> tuple[actions.Action, ...]:
        """Draw a step: a message, a state to come to, a field's value, or several of them."""
        kinds = self.pick(("say", "move", "set", "say move", "say set", "say move set"))
        found: list[actions.Action] = [actions.SendMessage(name)] if "say" in kinds else []
        found += [actions.Move(f"auto_{self.pick(targets)}")] if "move" in kinds else []
        found += [actions.SetField("level", self.pick(("low", "high")))] if "set" in kinds else []
        return tuple(found)

    def reaction(self, name: str) -> Automation:
        """Draw an event rule; in well-formed sets none moves a ticket back, so that none goes in a circle."""
        kind = self.pick((OnEnter, OnLeave, None))
        when = kind(self.pick(REACHED)) if kind else self.pick(MESSAGES)
        then = self.then(name, STATES if self.wild else ("waiting", "done"))
        return Automation(
            name, when, then, given=self.pick((ALWAYS, self.pick(CONDITIONS))), rank=self.pick((0, 0, 1, -1))
        )

    def terms(self, *, drops: bool = False) -> dict[str, Any]:
        on_mask, group = self.pick((None, None, "hold", "drop")), self.pick(("nag", "nag", "nag", None, "tell"))
        is_held = on_mask == "hold" or (on_mask is None and not drops)
        return {
            "calendar": self.pick(("default", "default", "default", "nights")),
            "rank": self.pick((0, 0, 1, -1)),
            "group": group,
            "on_mask": on_mask,
            "gate": self.pick((None, None, "quiet", "nights")),
            "on_resume": self.pick(("keep", "restart")) if is_held and group else "keep",
        }

    def timer(self, name: str) -> Automation:
        kind = self.pick(("once", "again", "closing"))
        when: After | AtClosing = AtClosing(self.pick(("default", "quiet")))
        if kind != "closing":
            span, since = self.pick(KINDS)(self.pick(AMOUNTS)), self.pick(ANCHORS)
            every = type(span)(self.pick((HOUR, 3 * HOUR, 8 * HOUR, DAY))) if kind == "again" else None
            when = After(span, since, every, self.pick((2, 3, 5, 8, None)) if every else None)
        terms = self.terms(drops=kind == "closing")
        ended_by = self.pick((None, None, None, *ENDS))
        return Automation(name, when, self.then(name), given=self.pick(CONDITIONS), ended_by=ended_by, **terms)

    def ladder(self, name: str) -> Ladder:
        steps = [(actions.SendMessage(f"{name}{k}"),) for k in range(self.pick((1, 2, 3)))]
        rungs = tuple(Rung(self.pick(KINDS)(self.pick(AMOUNTS)), *then) for then in (*steps, self.then(name)))
        least = self.pick((None, None, Elapsed(), Elapsed(hours=2)))
        since, held, ended_by = (
            self.pick(ANCHORS),
            self.pick(CONDITIONS),
            self.pick((LastMessage("customer"), None, *ENDS)),
        )
        return Ladder(name, since, held, rungs, ended_by=ended_by, min_notice=least, **self.terms())

    def rules(self) -> Rules:
        makers: tuple[Callable[[str], Rule], ...] = (self.reaction, self.timer, self.ladder)
        found = [self.pick(makers)(name) for name in self.pick(("a", "ba", "cab", "abcd"))]
        flow, groups = FLOWS[self.wild], {rule.group for rule in found}
        states = tuple(State(each.name, each.category, masks=each.masks & groups) for each in flow.states)
        known = Workflow(states, flow.transitions, flow.fields, openings=flow.openings)
        return Rules("random", known, CALENDARS, tuple(found), unattended_changes=10_000)

    def life(self) -> list[AnyCommand]:
        at = MONDAY + self.pick((0, 3)) * DAY + self.pick((17, 18, 20, 34, 40)) * HALF
        fields: dict[str, Value] = self.pick(({}, {"level": "high"}))
        said, opener = self.pick((None, Message("m-0"))), self.pick((ANA, CUSTOMER))
        life: list[AnyCommand] = [commands.Open("t-1", fields, said, at=at, by=opener)]
        for number in range(1, self.pick((3, 4, 5, 6))):
            at += self.pick((0 * HALF, 0 * HALF, *WAITS) if self.wild else WAITS)
            life.append(self.pick(WORDS)(at, Message(f"m-{number}")))
        return life


WAITS = (HALF, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 15 * HOUR)
WORDS: tuple[Callable[[datetime, Message], AnyCommand], ...] = (
    lambda at, _: commands.Move("work", at=at, by=ANA),
    lambda at, _: commands.Move("work", at=at, by=ANA),
    lambda at, _: commands.Move("free", at=at, by=ANA),
    lambda at, _: commands.Move("free", at=at, by=ANA),
    lambda at, said: commands.Move("ask", said, at=at, by=ANA),
    lambda at, said: commands.Move("ask", said, at=at, by=ANA),
    lambda at, said: commands.Move("reply", said, at=at, by=CUSTOMER),
    lambda at, _: commands.Move("finish", at=at, by=ANA),
    lambda at, said: commands.AddMessage(said, at=at, by=ANA),
    lambda at, said: commands.AddMessage(said, at=at, by=CUSTOMER),
    lambda at, _: commands.SetFields({"level": "low"}, at=at, by=ANA),
    lambda at, _: commands.SetFields({"level": "high"}, at=at, by=ANA),
)


def lived(rules: Rules, life: list[AnyCommand], end: datetime) -> Ticket:
    ticket: Ticket | None = None
    for command in life:
        ticket = handle(ticket, command, rules).ticket
    assert ticket is not None
    return advance(end, ticket, rules)


def told(ticket: Ticket) -> list[Happening]:
    """Return what rules did, in order."""
    return [
        (entry.at, entry.cause.key.rule, what)
        for entry in ticket.history
        if isinstance(entry.cause, ByRule)
        for event in entry.events
        for what in _whats(event)
    ]


def _whats(event: Event) -> list[Value]:
    match event:
        case MessageRequested(template=what) | StateChanged(after=what) | FieldChanged(after=what):
            return [what]
        case Superseded(count=count):
            return ["superseded"] * count
        case Dropped():
            return ["dropped"]
        case _:
            return []


def agree(*, wild: bool, rule_sets: int, **shares: float) -> None:
    """Let both evaluators live the lives of so many rule sets, and hold their answers against each other."""
    counts: Counter[str] = Counter()
    for seed in range(rule_sets * (320 if LONG else 1)):
        drawn = Drawn(Random(seed).choice, wild=wild)  # noqa: S311 -- no secrets are drawn
        rules = drawn.rules()
        for number in range(LIVES):
            counts.update(compared(rules, drawn.life(), f"seed {seed}, life {number}, wild={wild}"))
    for name, share in shares.items():
        feature = name.replace("_", " ")
        assert counts[feature] >= share * counts["lives"], (feature, counts)
    assert counts["left out"] <= 0.01 * counts["lives"], counts


def compared(rules: Rules, life: list[AnyCommand], name: str) -> set[str]:
    """Return what a life had in it that both evaluators agree about."""
    end = max(life[0].at + 3 * DAY, life[-1].at)
    try:
        expected = slow(rules, life, end)
    except RecursionError:
        return {"left out"}
    assert told(lived(rules, life, end)) == expected.told, name
    return expected.seen | {"lives"}


def test_well_formed_rule_sets_live_the_same_lives() -> None:
    agree(wild=False, rule_sets=400, **SHARES)


def test_wild_rule_sets_live_the_same_lives() -> None:
    """Several commands at one instant, masks that overlap, event rules that move tickets back."""
    agree(wild=True, rule_sets=400, **SHARES)
