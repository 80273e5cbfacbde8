"""Compare the engine with a second evaluator on random rule sets, entry by entry (semantics 1, 3, 4 and 5).

Each case comes from a seed alone: plain seeds repeat themselves less than drawn examples do, and a failure names it.
Each run counts the features of its histories, and fails if a feature was too rare.

The cases have all spans, repetitions, ladders, recurrences, openings, closings, the instants of fields, snoozes, clocks
and rules on clocks, reactions, masks, gates, restarts, drops, ranks, generations and calendars of tickets, requesters
and recipients, in three zones. In two of them, clocks change in those weeks. Some are in force only from an instant on.
Other laws and cases by hand cover the rest: months of calendar spans, hours of events, reactions to commands, holds of
fields, assignments, ratings, follow-ups, unknown holidays, combined calendars, changed rules, and loops of rules at one
instant (3.14).

Two environment variables run more: ``HYPOTHESIS_PROFILE=long`` runs 1,024,000 histories, and
``DIFFERENTIAL=<first seed>:<number of seeds>`` runs a range of seeds, so that a long run can be resumed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeVar

import attrs
import pytest

from tests.support.reference_rules import Simulation, Told, lived
from ticketflow import (
    Actor,
    After,
    AfterSpan,
    All,
    AtClosing,
    AtField,
    AtOpening,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarOf,
    CalendarSpan,
    Created,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    HasLink,
    IsHidden,
    Ladder,
    LastActivity,
    LastMessage,
    Latest,
    Message,
    Not,
    On,
    OnChange,
    OnEnter,
    OnLeave,
    OnLink,
    OnMessage,
    OnOutside,
    OnRate,
    Outside,
    Policy,
    RatingIs,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Ticket,
    Transition,
    WasAnswered,
    Woke,
    Workflow,
    WorkingTime,
    actions,
    advance,
    commands,
    handle,
    person,
    sla,
)
from ticketflow.calendars.periods import Period
from ticketflow.calendars.recurrence import EveryMonth, EveryMonthOn, EveryYear, Recurrence
from ticketflow.calendars.spans import AfterDue, BeforeDue, ClockSpan, Missed, OfTarget, Span
from ticketflow.kernel.field_values import Value
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import OnWake, Timer, Trigger
from ticketflow.sla.measures import Again, Measure
from ticketflow.sla.policies import Deadline, Multiplier, StartedBetween, StartedWhile
from ticketflow.tickets import events
from ticketflow.tickets.anchors import Anchor, Breached, Left, Started
from ticketflow.tickets.commands import Command
from ticketflow.workflow.conditions import (
    ALWAYS,
    CategoryIs,
    ClockFact,
    ClockIs,
    Condition,
    Happened,
    IsSnoozed,
    IsUnanswered,
    Reopened,
    RequesterIs,
)
from ticketflow.workflow.definition import Opening
from ticketflow.workflow.snooze import CHOICES

LIVES = 4  # of each rule set
RULE_SETS = 128_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 400
SHARES = {
    "given": 0.6,  # a rule that waits for time acted
    "given late": 0.09,  # after a mask or a gate held it, or by the distance of a last rung
    "gate": 0.07,  # a gate moved it
    "dropped": 0.045,
    "dropped reaction": 0.025,
    "superseded": 0.03,
    "superseded late": 0.02,  # several collapsed when a mask or a gate lifted
    "late arming": 0.04,
    "answered before the arming": 0.022,  # its condition became true after the answer, and its anchor did not move
    "tie": 0.06,  # of rules
    "cascade": 0.02,  # a rule set off by a rule
    "restart": 0.03,
    "given BusinessDays": 0.035,
    "given CalendarSpan": 0.012,
    "given WorkingTime": 0.07,
    "given AtOpening": 0.025,
    "given AtClosing": 0.015,
    "given On": 0.012,
    "given AtField": 0.035,
    "slept": 0.25,  # a hidden ticket woke at its moment
    "woke awake": 0.03,
    "surfaced by a message": 0.028,
    "snoozed for BusinessDays": 0.05,
    "snoozed for CalendarSpan": 0.024,
    "snoozed for Elapsed": 0.01,
    "snoozed for WorkingTime": 0.016,
    "reopened": 0.15,
    "breach": 0.38,
    "breach at a change": 0.03,  # a stricter target, or a clock that runs again
    "breach of a deadline": 0.055,
    "warning": 0.32,
    "retarget": 0.1,
    "emitted": 0.08,
    "emitted a change": 0.065,  # of a field that the same step sets
    "frozen clock": 0.13,
    "restarted clock": 0.048,
    "another cycle": 0.07,
    "given OfTarget": 0.016,  # by rules on clocks
    "given BeforeDue": 0.016,
    "given AfterDue": 0.006,
    "given Missed": 0.006,
    "another requester": 0.09,
    "sent to the requester": 0.12,
    "sent to the snoozer": 0.01,
}
"""The least share of histories that must contain each feature."""
IN_FORCE_SHARES = {
    "not in force": 0.2,  # an occurrence did not exist
    "not in force round": 0.05,
    "reaction not in force": 0.06,
    "last rung without reminders": 0.003,
    "moment in force": 0.01,
    "given": 0.6,
}
"""The same for histories of rule sets that are in force only from an instant on."""
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANA, CUSTOMER = Actor("agent", "ana"), Actor("customer", "cleo")
pytestmark = pytest.mark.lives

T = TypeVar("T")


class Pick(Protocol):
    """Picks one of several: a random number generator, or hypothesis."""

    def __call__(self, options: Sequence[T], /) -> T: ...


STATES = ("open", "busy", "waiting", "done", "closed")
ZONES = {"UTC": 21, "Europe/Madrid": 23, "America/New_York": 29}  # a day of October 2026 on which histories begin
PLACES = {
    zone: {
        "default": BusinessCalendar(
            zone,
            "mon-fri 09:00-13:00 14:00-18:00",
            holidays={date(2026, 10, 27): "a feast", "1st tue of nov": "too"},
            half_days={"last fri": "17:30"},
            late_days={"business day after 10-22": "10:30"},
        ),
        "quiet": BusinessCalendar(
            zone, "mon-sun 08:00-20:00", periods=[Period("10-29", "11-03", "mon-sun 09:00-21:00")]
        ),
        "nights": BusinessCalendar(zone, "mon-sat 18:00-09:00", overrides={"last business day": "18:00-02:30"}),
    }
    for zone in ZONES
}


def workflow(*, wild: bool) -> Workflow:
    return Workflow(
        states=(
            State("open"),
            State("busy", masks={"nag", "tell"} if wild else {"nag"}),
            State("waiting", "pending", masks={"tell"} if wild else (), freezes={"first"}),
            State("done", "resolved"),
            State("closed", "closed", survey_open=True),
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
        fields=(Field("level", ("low", "high")), Field("day", kind="moment"), Field("site", ("near", "far", "away"))),
        openings=(Opening("open", {"agent", "customer"}, takes=("level", "day", "site")),),
        outside_events={"released"},
        reopen="free",
    )


FLOWS = {wild: workflow(wild=wild) for wild in (False, True)}

SITE = CalendarOf("site", {"near": "nights", "far": "quiet"})
LATER = datetime(2026, 10, 27, 12, tzinfo=UTC)
SWAP = actions.LookUp("level", ("level",), {"low": "high", "high": "low", None: "low"})

CONDITIONS: tuple[Condition, ...] = (
    StateIs("open"),
    StateIs("waiting"),
    StateIs("busy", "waiting"),
    StateIs("open", "busy"),
    Not(StateIs("done", "closed")),
    Not(StateIs("closed")),
    ALWAYS,
    ALWAYS,
    FieldIs("level", "high"),
    All(StateIs("open", "busy", "waiting"), FieldIs("level", "high")),
    Not(IsHidden()),
    IsSnoozed(),
    IsUnanswered(),
    WasAnswered(),
    Reopened(),
    CategoryIs("open", "pending"),
    Happened(LastMessage("agent")),
    Not(Happened(Latest(Woke(), Outside("released")))),
)
COUNTED: tuple[Condition, ...] = (
    RatingIs(at_most=2),
    HasLink("child"),
    HasLink("child", at_least=2),
    Happened(LastMessage("customer"), at_least=2),
    Happened(LastMessage("anyone"), at_least=3),
    Happened(Outside("released"), at_least=2),
    FieldIs("day", at_least=LATER),
    FieldIs("day", at_most=LATER),
    RequesterIs("cleo"),
    RequesterIs("dora", "elsa"),
    Not(RequesterIs("cleo", "dora", "elsa")),
)
"""Conditions that few tickets fulfil, and are drawn less often."""
ANCHORS: tuple[Anchor, ...] = (
    Created(),
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
    Latest(LastActivity("command"), Woke()),
    LastActivity("note"),
    Outside("released"),
    Woke(),
)
ENDS: tuple[Anchor, ...] = (
    LastMessage("customer"),
    LastMessage("agent"),
    LastMessage("anyone"),
    Entered("waiting"),
    Outside("released"),
)
REACHED: tuple[Condition, ...] = (
    *(StateIs(state) for state in (*STATES[:4], *STATES[2:4])),
    *(FieldIs("level", "high"), IsHidden(), RequesterIs("dora")),
)
EVENTS: tuple[Trigger, ...] = (
    OnMessage("customer"),
    OnMessage("agent"),
    OnMessage("anyone"),
    OnChange("level"),
    OnOutside("released"),
    OnWake(),
    OnRate(),
    OnLink("child"),
)
AMOUNTS = (HALF, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR, 15 * HOUR, DAY)
RECIPIENTS = ("customer", "requester", "requester", "owner", "agent", person("dora"))
HOURLY: tuple[type[Elapsed | WorkingTime], ...] = (Elapsed, WorkingTime, WorkingTime)
DAYS: tuple[Span, ...] = (
    BusinessDays(0),
    BusinessDays(1),
    BusinessDays(1),
    BusinessDays(2),
    BusinessDays(1, anchor="as_it_is"),
    BusinessDays(1, anchor="as_it_is", shut="last_closing"),
    BusinessDays(2, shut="as_it_is"),
    BusinessDays(0, anchor="as_it_is", shut="last_closing"),
    *(BusinessDays(0, at="16:00"), BusinessDays(1, at="opening"), BusinessDays(1, at="closing")),
    CalendarSpan(days=1),
    CalendarSpan(days=2),
    CalendarSpan(days=1, zone="Asia/Tokyo"),
)
RECURRENCES: tuple[Recurrence, ...] = (
    EveryWeek("monday", "09:00"),
    EveryWeek("sunday", "02:30"),
    EveryWeek("mon-fri", "08:00", "14:00"),
    EveryWeek("sunday", "01:30", zone="America/New_York"),
    EveryMonth(31, "02:00"),
    EveryMonth(26, "12:00"),
    EveryMonthOn(-1, "friday", "17:00"),
    EveryMonthOn(1, "sunday", "01:30"),
    EveryYear(10, 25, "08:00"),
)
CLOCK_SPANS: tuple[ClockSpan, ...] = (
    OfTarget(50),
    OfTarget(75),
    OfTarget(150),
    BeforeDue(Elapsed(hours=1)),
    BeforeDue(WorkingTime(hours=2)),
    AfterDue(Elapsed(hours=2)),
    Missed(),
    Missed(),
    AfterDue(WorkingTime(hours=2)),
    BeforeDue(BusinessDays(1)),  # needs a calendar, so it is the last
)
CLOCK_FACTS: tuple[ClockFact, ...] = ("running", "frozen", "warned", "breached", "met")
AGAIN: tuple[Again, ...] = ("continue", "count", "anew", "never")
FROZEN: tuple[Condition, ...] = (StateIs("waiting"), IsHidden())
IN_FORCE: tuple[Condition, ...] = (ALWAYS, ALWAYS, StateIs("open", "waiting"))
DAYS_ALLOWED = (BusinessDays(0), BusinessDays(1), *(BusinessDays(1, at=at) for at in ("opening", "closing", "16:00")))
STARTS = (None, None, StartedWhile("quiet"), StartedWhile("default", is_open=False))
TARGETS = (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 15 * HOUR, DAY)


class Drawn:
    """Draws random definitions and commands with a `Pick`."""

    def __init__(self, pick: Pick, *, wild: bool, sites: Sequence[CalendarOf] = ()) -> None:
        self.pick, self.wild, self.sites = pick, wild, sites
        self.zone = pick((*ZONES,))
        self.clocks = [self.policy(name) for name in pick(((), ("first",), ("first",), ("first", "other")))]

    def then(self, name: str, targets: Sequence[str] = STATES) -> tuple[actions.Action, ...]:
        """Draw a step: a message, a move to a state, a field's value, an event, or several of them."""
        kinds = self.pick(("say", "say", "move", "set", "say move", "say set emit", "say move set emit", "wake"))
        found: list[actions.Action] = [self.message(name)] if "say" in kinds else []
        found += [actions.Move(f"auto_{self.pick(targets)}")] if "move" in kinds else []
        sets: tuple[actions.Action, ...] = (*(actions.SetField("level", value) for value in ("low", "high")), SWAP)
        found += [self.pick(sets)] if "set" in kinds else []
        found += [actions.CancelSnooze()] if "wake" in kinds else []
        found += [actions.Emit(name, ("level", "day"))] if "emit" in kinds else []
        return tuple(found)

    def message(self, name: str) -> actions.SendMessage:
        return actions.SendMessage(name, self.pick(RECIPIENTS))

    def condition(self) -> Condition:
        if self.clocks and self.pick((1, 0, 0)) == 1:
            found: Condition = ClockIs(self.pick(self.clocks).name, self.pick(CLOCK_FACTS))
            return self.pick((found, found, Not(found)))
        return self.pick(self.pick((*[CONDITIONS] * 9, COUNTED)))

    def reaction(self, name: str) -> Automation:
        """Draw a reaction. In well-formed sets none moves a ticket back, so that there are no loops."""
        kind = self.pick((OnEnter, OnLeave, None))
        clocks = [ClockIs(each.name, fact) for each in self.clocks for fact in CLOCK_FACTS]
        when: Trigger = kind(self.pick((*REACHED, *clocks))) if kind else self.pick(EVENTS)
        then = self.then(name, STATES if self.wild else ("waiting", "done"))
        return Automation(
            name,
            when,
            then,
            given=self.pick((ALWAYS, self.condition())),
            rank=self.pick((0, 0, 1, -1)),
            group=self.pick((None, None, "nag")),
            gate=self.pick((None, None, "quiet", "nights", *self.sites)),
        )

    def terms(self, *, drops: bool = False, restarts: bool = True) -> dict[str, Any]:
        on_mask, group = self.pick((None, None, "hold", "drop")), self.pick(("nag", "nag", "nag", None, "tell"))
        is_held = on_mask == "hold" or (on_mask is None and not drops)
        return {
            "calendar": self.pick(("default", "default", "default", "nights", *self.sites)),
            "rank": self.pick((0, 0, 1, -1)),
            "generation": self.pick((1, 1, 2)),
            "group": group,
            "on_mask": on_mask,
            "gate": self.pick((None, None, "quiet", "quiet", "nights", "nights", *self.sites)),
            "on_resume": self.pick(("keep", "restart", "restart")) if is_held and group and restarts else "keep",
        }

    def span(self) -> Span:
        return self.pick((self.pick(HOURLY)(self.pick(AMOUNTS)), self.pick(DAYS)))

    def again(self, span: Span) -> Span:
        match span:
            case BusinessDays():
                return BusinessDays(self.pick((1, 2)))
            case CalendarSpan():
                return CalendarSpan(days=self.pick((1, 2)))
            case _:
                return type(span)(self.pick((HOUR, 3 * HOUR, 8 * HOUR, DAY)))

    def timer(self, name: str) -> Automation:
        of_clocks = ("clock", "clock", "clock") if self.clocks else ("once",)
        kind = self.pick(("once", "once", "again", "round", "round", "field", "field", *of_clocks))
        when: Timer = AtField("day")
        if kind in ("once", "again"):
            span, since = self.span(), self.pick(self.anchors())
            every = self.again(span) if kind == "again" else None
            when = After(span, since, every, self.pick((2, 3, 5, 8, None)) if every else None)
        if kind == "round":
            named: tuple[str | CalendarOf, ...] = ("default", "quiet", "nights", *self.sites)
            calendar = self.pick(named)
            recurring: Timer = On(self.pick(RECURRENCES))
            when = self.pick((AtClosing(calendar), AtOpening(calendar), AtOpening(calendar), recurring, recurring))
        if kind == "clock":
            policy = self.pick(self.clocks)
            spans = self.spans_of(policy)
            span_of_clock = self.pick((self.pick(spans), self.pick(spans), self.pick(HOURLY)(HOUR)))
            when = After(span_of_clock, Started(policy.name))
        terms = self.terms(drops=kind == "round", restarts=kind in ("once", "again"))
        ended_by = self.pick((None, None, None, *ENDS))
        return Automation(name, when, self.then(name), given=self.condition(), ended_by=ended_by, **terms)

    @staticmethod
    def spans_of(policy: Policy) -> tuple[ClockSpan, ...]:
        return CLOCK_SPANS if policy.calendar else CLOCK_SPANS[:-1]

    def anchors(self) -> tuple[Anchor, ...]:
        return (*ANCHORS, *(Breached(each.name) for each in self.clocks))

    def ladder(self, name: str) -> Ladder:
        steps = [(self.message(f"{name}{k}"),) for k in range(self.pick((1, 2, 3, 3)))]
        policy = self.pick(self.clocks) if self.clocks and self.pick((1, 0)) == 1 else None
        clock = policy.name if policy else None
        spans = [self.pick(self.spans_of(policy)) if policy else self.span() for _ in range(len(steps) + 1)]
        rungs = tuple(Rung(span, *then) for span, then in zip(spans, (*steps, self.then(name)), strict=True))
        least = self.pick((None, None, Elapsed(), Elapsed(hours=2)))
        since = Started(clock) if clock else self.pick(self.anchors())
        ended_by = self.pick((LastMessage("customer"), None, *ENDS))
        terms = self.terms(restarts=clock is None)
        return Ladder(name, since, self.condition(), rungs, ended_by=ended_by, min_notice=least, **terms)

    def policy(self, name: str) -> Policy:
        again, frozen = self.pick(AGAIN), self.pick(FROZEN)
        measure = self.pick(
            (
                sla.first_response(),
                sla.first_response("opening"),
                sla.next_reply(),
                sla.resolution(again, frozen),
                sla.resolution(again),
                sla.requester_wait(again=again),
                sla.agent_work(again),
                sla.update_interval(),
                sla.time_while(StateIs("open", "busy"), again),
                Measure(runs=CategoryIs("open", "pending"), again="anew", each=self.pick(("field.level", "state"))),
            )
        )
        rows: list[Target | Deadline] = []
        if self.pick((True, False)):
            rows.append(self.target(FieldIs("level", "high")))
        if self.pick((True, False, False)):
            rows.append(Deadline("day", Not(FieldIs("day", None))))
        if self.pick((True, True, True, False)):
            rows.append(self.target(self.pick(IN_FORCE)))
        warnings = self.pick(((), CLOCK_SPANS[:1], CLOCK_SPANS[:1], CLOCK_SPANS[3:5], (OfTarget(100), CLOCK_SPANS[5])))
        named: tuple[str | CalendarOf | None, ...] = ("default", "default", "nights", None, *self.sites)
        calendar = self.pick(named)
        warn_at = tuple(each for each in warnings if not isinstance(each, Missed)) if rows else ()
        if calendar is None:  # no zone to read local times in
            rows = [attrs.evolve(row, started=None) if isinstance(row, Target) else row for row in rows]
        elif self.pick((True, False)):
            between = StartedBetween(*self.pick((("10:00", "24:00"), ("00:00", "10:00"), ("18:00", "09:00"))))
            rows = [
                attrs.evolve(row, started=between)
                if isinstance(row, Target) and isinstance(row.time, BusinessDays)
                else row
                for row in rows
            ]
        multipliers = (
            self.pick(((), (), (Multiplier(33, FieldIs("level", "high")),), (Multiplier(50),))) if rows else ()
        )
        return Policy(name, measure, tuple(rows), warn_at, calendar, multipliers=multipliers)

    def target(self, given: Condition) -> Target:
        named: tuple[str | CalendarOf, ...] = ("default", "quiet", *self.sites)
        if self.pick((True, False, False)):
            return Target(self.pick(DAYS_ALLOWED), given, self.pick(named), started=self.pick(STARTS))
        kind, calendar = self.pick((Elapsed, WorkingTime, WorkingTime)), self.pick(named)
        extra = self.pick((None, None, kind(2 * HOUR)))
        return Target(kind(self.pick(TARGETS)), given, calendar if kind is WorkingTime else None, extra)

    def rules(self) -> Rules:
        makers: tuple[Callable[[str], Rule], ...] = (self.reaction, self.timer, self.timer, self.ladder)
        found = [self.pick(makers)(name) for name in self.pick(("a", "ba", "cab", "abcd"))]
        flow, groups = FLOWS[self.wild], {rule.group for rule in found}
        names = {each.name for each in self.clocks}
        states = tuple(
            attrs.evolve(each, masks=each.masks & groups, freezes=each.freezes & names) for each in flow.states
        )
        known = attrs.evolve(flow, states=states)
        masks = {group for group in self.pick((("nag",), ("nag", "tell"))) if group in groups}
        snoozing = Snoozing(
            (*CHOICES, *SPANS),
            zone=self.pick((None, "Asia/Tokyo")),
            calendar=SITE if self.sites else "default",
            business_days=self.pick((True, False)),
            on_message=self.pick(("keep", "keep", "clear", "stay_hidden")),
            masks=masks,
        )
        return Rules(
            "random",
            known,
            PLACES[self.zone],
            tuple(found),
            snoozing,
            clocks=tuple(self.clocks),
            unattended_changes=10_000,
        )

    def in_force_from(self) -> datetime | None:
        """Draw an instant of the days in which histories happen, or none."""
        after = self.pick((None, *IN_FORCE_AFTER))
        return None if after is None else datetime(2026, 10, ZONES[self.zone], tzinfo=UTC) + after

    def going_live(self, rules: Rules) -> Rules:
        """Return *rules* with instants from which they are in force: of some rules, or of all."""
        named = tuple(attrs.evolve(each, in_force_from=self.in_force_from()) for each in rules.automations)
        return attrs.evolve(rules, automations=named, in_force_from=self.in_force_from())

    def life(self) -> list[Command]:
        at = datetime(2026, 10, ZONES[self.zone], tzinfo=UTC) + self.pick((0, 0, 1, 2)) * DAY
        at += self.pick((17, 18, 20, 34, 40)) * HALF
        fields: dict[str, Value] = self.pick(({}, {"level": "high"}, {"day": at + self.pick(MOMENTS)}))
        said, opener = self.pick((None, Message("m-0"))), self.pick((ANA, CUSTOMER))
        requester = self.pick((None, "cleo", "dora") if opener == ANA else (None, "cleo"))
        life: list[Command] = [commands.Open("t-1", fields, said, requester=requester, at=at, by=opener)]
        for number in range(1, self.pick((4, 5, 6, 7))):
            at += self.pick((0 * HALF, 0 * HALF, *WAITS) if self.wild else WAITS)
            words = self.pick((WORDS, (move_to_site,))) if self.sites else WORDS
            life.append(self.pick(words)(self.pick, at, f"m-{number}"))
        return life


WAITS = (HALF, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 15 * HOUR, DAY, 2 * DAY)
IN_FORCE_AFTER = (DAY, 2 * DAY, 3 * DAY + 9 * HOUR, 5 * DAY)
MOMENTS = (-HOUR, 2 * HOUR, 4 * HOUR, 7 * HOUR, 15 * HOUR, DAY, 30 * HOUR, 50 * HOUR)


def move(name: str) -> Callable[[Pick, datetime, str], Command]:
    by = CUSTOMER if name == "reply" else ANA
    has_message = name in ("ask", "reply")
    return lambda _, at, said: commands.Move(name, Message(said) if has_message else None, at=at, by=by)


def move_to_site(pick: Pick, at: datetime, _: str) -> Command:
    return commands.SetFields({"site": pick(("near", "far", "away", None))}, at=at, by=ANA)


def write(by: Actor, *, public: bool = True, automatic: bool = False) -> Callable[[Pick, datetime, str], Command]:
    return lambda _, at, said: commands.AddMessage(Message(said, public, automatic), at=at, by=by)


SPANS = tuple(
    AfterSpan(f"span{number}", span)
    for number, span in enumerate(
        (*map(Elapsed, (3 * HOUR, 15 * HOUR)), *map(WorkingTime, (HOUR, 8 * HOUR)), *DAYS[1:3], *DAYS[8:])
    )
)
OFFERED = ("later_today", "tomorrow", "next_week", *(choice.name for choice in SPANS))
WORDS: tuple[Callable[[Pick, datetime, str], Command], ...] = (
    *(move("work"), move("work"), move("free"), move("free"), move("ask"), move("ask"), move("reply"), move("finish")),
    *(move("finish"), write(ANA), write(CUSTOMER), write(CUSTOMER), write(ANA, public=False)),
    write(CUSTOMER, automatic=True),
    lambda pick, at, _: commands.SetFields({"level": pick(("low", "high"))}, at=at, by=ANA),
    lambda pick, at, _: commands.SetFields({"level": pick(("low", "high"))}, at=at, by=ANA),
    lambda pick, at, _: commands.SetFields({"day": pick((None, *(at + each for each in MOMENTS)))}, at=at, by=ANA),
    lambda pick, at, _: commands.Snooze(until=at + pick(MOMENTS), at=at, by=ANA),
    lambda pick, at, _: commands.Snooze(until=at + pick(MOMENTS), at=at, by=ANA),
    lambda pick, at, _: commands.Snooze(choice=pick(OFFERED), at=at, by=ANA),
    lambda _, at, __: commands.CancelSnooze(at=at, by=ANA),
    lambda _, at, __: commands.Reopen(at=at, by=ANA),
    lambda _, at, __: commands.RecordEvent("released", at=at, by=ANA),
    lambda pick, at, _: commands.Link(pick(("L-1", "L-2")), pick(("child", "related")), at=at, by=ANA),
    lambda pick, at, _: commands.SetRequester(pick(("cleo", "dora", "elsa", None)), at=at, by=ANA),
    lambda pick, at, _: commands.Rate(pick((1, 2, 5)), at=at, by=CUSTOMER),
)


def engine_history(rules: Rules, life: list[Command], end: datetime) -> list[Told]:
    ticket: Ticket | None = None
    for command in life:
        ticket = handle(ticket, command, rules).ticket
    assert ticket is not None
    return [told(entry) for entry in advance(end, ticket, rules).history]


def told(entry: events.Entry) -> Told:
    happened = tuple(events.Dropped("") if isinstance(each, events.Dropped) else each for each in entry.events)
    if not isinstance(entry.cause, events.ByRule):
        return Told(entry.at, entry.occurred_at, entry.id, None, 0, "", 0, None, 0, None, happened)
    key, cause = entry.cause.key, entry.cause
    since = cause.reason.since if isinstance(cause.reason, events.TimeReason) else None
    return Told(
        entry.at,
        entry.occurred_at,
        entry.id,
        key.rule,
        key.generation,
        key.arming,
        key.occurrence,
        cause.due_at,
        cause.armed,
        since,
        happened,
    )


def compared(rules: Rules, life: list[Command], name: str) -> set[str]:
    """Check that both evaluators agree on a history, and return its features."""
    end = life[-1].at + 3 * DAY
    try:
        expected: Simulation = lived(rules, life, end)
    except RecursionError:
        return {"left out"}
    assert engine_history(rules, life, end) == [entry.told for entry in expected.entries], name
    return expected.seen | {"lives"}


def agree(
    shares: Mapping[str, float], *, wild: bool, sites: Sequence[CalendarOf] = (), goes_live: bool = False
) -> None:
    """Compare the answers of both evaluators about this many rule sets."""
    counts: Counter[str] = Counter()
    first, count = map(int, os.environ.get("DIFFERENTIAL", f"0:{RULE_SETS}").split(":"))
    for seed in range(first, first + count, 2 if goes_live else 1):
        drawn = Drawn(Random(seed).choice, wild=wild, sites=sites)  # noqa: S311 -- no secrets are drawn
        rules = drawn.going_live(drawn.rules()) if goes_live else drawn.rules()
        for number in range(LIVES):
            counts.update(compared(rules, drawn.life(), f"seed {seed}, history {number}, wild={wild}"))
    rare = {name: counts[name] for name, share in shares.items() if counts[name] < share * counts["lives"]}
    assert not rare, (rare, counts["lives"])
    assert counts["left out"] <= 0.01 * counts["lives"], counts


def test_both_evaluators_agree_on_well_formed_rule_sets() -> None:
    agree(SHARES, wild=False)


def test_both_evaluators_agree_on_wild_rule_sets() -> None:
    """Several commands at one instant, masks that overlap, event rules that move tickets back."""
    agree(SHARES, wild=True)


@pytest.mark.parametrize("wild", [False, True])
def test_both_evaluators_agree_on_rules_that_come_into_force(wild: bool) -> None:
    """3.17: single rules and whole rule sets name instants among those of the histories."""
    agree(IN_FORCE_SHARES, wild=wild, goes_live=True)


@pytest.mark.parametrize("wild", [False, True])
def test_both_evaluators_agree_on_calendars_of_tickets(wild: bool) -> None:
    """Most rules take their calendars from a field that changes often (1.12)."""
    agree({"past by another calendar": 0.025, "gate": 0.08}, wild=wild, sites=[SITE] * 6)
