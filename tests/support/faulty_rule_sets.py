"""Minimal rule sets with one fault each, and their twins without the fault.

`PLANTED` has, by a readable name, the code and the place that a check must report, and both rule sets.
"""

# ruff: noqa: ANN401 -- the helpers pass on what definitions take, which their types check when they are built

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import attrs

from ticketflow import (
    After,
    All,
    AssignedTo,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CalendarSpan,
    CategoryIs,
    Created,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Happened,
    IsSnoozed,
    IsUnanswered,
    Ladder,
    LastMessage,
    Left,
    Listing,
    Missed,
    Not,
    OfTarget,
    On,
    OnChange,
    OnCommand,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    OnRate,
    OnWake,
    Opening,
    Permission,
    Policy,
    RatingIs,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Target,
    Template,
    Transition,
    Workflow,
    WorkingTime,
    sla,
)
from ticketflow.calendars.business import PublicHolidays
from ticketflow.calendars.periods import Period
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import (
    Assign,
    AssignTo,
    CancelSnooze,
    FollowUp,
    LookUp,
    Move,
    Resolve,
    SendMessage,
    SetField,
)
from ticketflow.rules.automations import Rule
from ticketflow.sla.measures import Measure
from ticketflow.tickets.actors import PEOPLE
from ticketflow.tickets.anchors import AssignedLast, Closed, Started
from ticketflow.workflow.conditions import ALWAYS, Condition

OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
DAY = Elapsed(days=1)
LIVE = datetime(2026, 12, 1, tzinfo=UTC)
AGENT, CUSTOMER = ("agent",), ("customer",)
TWO = WorkingTime(hours=2)
EIGHT, ASKED, UNTIL_SOLVED = WorkingTime(hours=8), LastMessage("agent"), sla.resolution()
OPEN, WAITING, SOLVED, DONE = StateIs("open"), StateIs("waiting"), StateIs("solved"), StateIs("closed")
HIGH, LOW, SET = FieldIs("level", "high"), FieldIs("level", "low"), FieldIs("level", "low", "high")
WROTE, BUSY_ANA = LastMessage("customer"), AssignedTo("ana")
NONSENSE = All(OPEN, WAITING)

STATES = (
    State("open"),
    State("waiting", "pending"),
    State("solved", "resolved"),
    State("closed", "closed"),
)
ROWS = (
    Transition("ask", ["open"], "waiting", may=AGENT),
    Transition("solve", ["open", "waiting"], "solved", may=AGENT),
    Transition("resume", ["waiting", "solved"], "open", may=AGENT),
    Transition("close", ["open", "waiting", "solved"], "closed"),
)
FIELDS = (
    Field("level", ("low", "high")),
    Field("urgent", kind="truth"),
    Field("until", kind="moment"),
    Field("outcome", ("won", "lost")),
    Field("method", ("mail", "call")),
)
TABLE = Workflow(STATES, ROWS, FIELDS)
SURVEY = Workflow(
    tuple(attrs.evolve(each, survey_open=each.category == "closed") for each in STATES),
    ROWS,
    (*FIELDS, Field("rating", kind="number")),
)
AT_REST = Automation("back", OnMessage("customer"), (Move("resume"),), given=StateIs("waiting", "solved"))
AT_END = Automation(
    "end", After(BusinessDays(9), Entered()), (Move("close"),), given=StateIs("waiting", "solved"), rank=1
)


def desk(*rules: Rule, workflow: Workflow = TABLE, calendar: Any = OFFICE, **parts: Any) -> Rules:
    """Return a desk that has no fault but those of *rules*: tickets come back to work, and end."""
    return Rules("planted", workflow, calendar, (AT_REST, AT_END, *rules), **parts)


def table(*rows: Transition, states: tuple[State, ...] = (), **parts: Any) -> Workflow:
    """Return the table with more rows and states."""
    return attrs.evolve(TABLE, states=(*STATES, *states), transitions=(*ROWS, *rows), **parts)


def tell(name: str, when: Any, given: Condition = ALWAYS, to: str = "owner", **terms: Any) -> Automation:
    """Return a rule that sends a message of its own name."""
    return Automation(name, when, (SendMessage(name, to),), given=given, **terms)


def act(name: str, when: Any, *then: Any, **terms: Any) -> Automation:
    """Return a rule that does something."""
    return Automation(name, when, then, **terms)


def ladder(*rungs: Rung, since: Any = ASKED, given: Condition = WAITING, **terms: Any) -> Ladder:
    """Return a ladder named *steps*."""
    return Ladder("steps", since, given, rungs, **terms)


def remind(span: Any) -> Rung:
    """Return a rung that reminds the customer."""
    return Rung(span, SendMessage("remind"))


def promise(*targets: Any, measure: Measure = UNTIL_SOLVED, **terms: Any) -> Policy:
    """Return a promise named *fix*."""
    return Policy("fix", measure, targets, **terms)


class Planted(NamedTuple):
    """A fault and its twin.

    Attributes:
        code: The code that a check must report.
        path: The place that it must report.
        fault: Returns the faulty rule set.
        twin: Returns the rule set without the fault.
    """

    code: str
    path: tuple[str, ...]
    fault: Callable[[], Rules]
    twin: Callable[[], Rules]


def rule(name: str, *parts: str) -> tuple[str, ...]:
    """Return the path of a rule."""
    return ("automations", name, *parts)


def row(name: str, *parts: str) -> tuple[str, ...]:
    """Return the path of a transition."""
    return ("workflow", "transitions", name, *parts)


def state(name: str, *parts: str) -> tuple[str, ...]:
    """Return the path of a state."""
    return ("workflow", "states", name, *parts)


LAPSE = Transition("lapse", ["open"], "closed")
TRIAGE = (
    Transition("sort", ["open"], "waiting", may=AGENT, given=FieldIs("level", "low", "high")),
    Transition("sort", ["open"], "solved", may=AGENT, given=HIGH),
)
IN_BOX = State("box")
INTO_BOX = Transition("put", ["open"], "box", may=AGENT)
OUT_OF_BOX = Transition("take", ["box"], "open", may=AGENT)
MASKED = (*STATES[:1], State("busy", masks={"idle"}), *STATES[1:])
TO_BUSY = (Transition("start", ["open"], "busy", may=AGENT), Transition("stop", ["busy"], "open", may=AGENT))
BUSY = attrs.evolve(TABLE, states=MASKED, transitions=(*ROWS, *TO_BUSY))
IDLE = ladder(remind(DAY), group="idle", given=StateIs("open"))
LISTED = {date(2026, month, 25): "a feast" for month in (4, 5, 6, 11, 12)}
KNOWN = PublicHolidays("XX", FrozenMap({date(2026, 12, 25): "a feast"}), 2020, 2030)
OLD = {
    "default": OFFICE,
    "old": BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("XX", FrozenMap(), 2000, 2010)),
}
LABELLED = tuple(attrs.evolve(each, labels={"en": each.name, "es": each.name}) for each in STATES)

PLANTED: dict[str, Planted] = {
    # -- conditions
    "a rule asks for two states at once": Planted(
        "never_true",
        rule("x", "given"),
        lambda: desk(tell("x", After(DAY, Created()), NONSENSE)),
        lambda: desk(tell("x", After(DAY, Created()), StateIs("open", "waiting"))),
    ),
    "a rule waits to enter two states at once": Planted(
        "never_true",
        rule("x", "when"),
        lambda: desk(tell("x", OnEnter(NONSENSE))),
        lambda: desk(tell("x", OnEnter(OPEN))),
    ),
    "a transition asks for two levels at once": Planted(
        "never_true",
        row("hurry", "given"),
        lambda: desk(workflow=table(Transition("hurry", ["open"], "solved", may=AGENT, given=All(HIGH, LOW)))),
        lambda: desk(workflow=table(Transition("hurry", ["open"], "solved", may=AGENT, given=HIGH))),
    ),
    "a permission asks for what no ticket is": Planted(
        "never_true",
        ("workflow", "permissions", "assign", "given"),
        lambda: desk(workflow=table(permissions={"assign": Permission(AGENT, given=NONSENSE)})),
        lambda: desk(workflow=table(permissions={"assign": Permission(AGENT, given=OPEN)})),
    ),
    "a list shows what sleeps, and nothing does": Planted(
        "never_true",
        ("workflow", "lists", "asleep", "shows"),
        lambda: desk(workflow=table(lists=(Listing("asleep", IsSnoozed()),))),
        lambda: desk(workflow=table(lists=(Listing("asleep", IsSnoozed()),)), snoozing=Snoozing()),
    ),
    "a target is for two levels at once": Planted(
        "never_true",
        ("clocks", "fix", "targets", "0", "given"),
        lambda: desk(clocks=(promise(Target(EIGHT, All(HIGH, LOW)), Target(EIGHT)),)),
        lambda: desk(clocks=(promise(Target(EIGHT, HIGH), Target(EIGHT)),)),
    ),
    "a multiplier is for two levels at once": Planted(
        "never_true",
        ("clocks", "fix", "multipliers", "0", "given"),
        lambda: desk(clocks=(promise(Target(EIGHT), multipliers=(sla.Multiplier(50, All(HIGH, LOW)),)),)),
        lambda: desk(clocks=(promise(Target(EIGHT), multipliers=(sla.Multiplier(50, HIGH),)),)),
    ),
    "a clock that never starts": Planted(
        "never_true",
        ("clocks", "fix", "measure", "runs"),
        lambda: desk(clocks=(promise(measure=sla.time_while(NONSENSE)),)),
        lambda: desk(clocks=(promise(measure=sla.time_while(OPEN)),)),
    ),
    "a clock that never stops": Planted(
        "always_true",
        ("clocks", "fix", "measure", "runs"),
        lambda: desk(clocks=(promise(measure=sla.time_while(Not(NONSENSE))),)),
        lambda: desk(clocks=(promise(measure=sla.time_while(Not(DONE))),)),
    ),
    "a condition that decides nothing": Planted(
        "always_true",
        rule("x", "given"),
        lambda: desk(tell("x", OnMessage("customer"), FieldIs("level", "low", "high", None))),
        lambda: desk(tell("x", OnMessage("customer"), FieldIs("level", "low", "high"))),
    ),
    # -- rows
    "a row behind a wider one": Planted(
        "shadowed_row",
        row("sort", "given"),
        lambda: desk(workflow=table(*TRIAGE)),
        lambda: desk(workflow=table(*reversed(TRIAGE))),
    ),
    "a target behind a wider one": Planted(
        "shadowed_row",
        ("clocks", "fix", "targets", "1", "given"),
        lambda: desk(clocks=(promise(Target(EIGHT, SET), Target(EIGHT, HIGH), Target(EIGHT)),)),
        lambda: desk(clocks=(promise(Target(EIGHT, HIGH), Target(EIGHT, SET), Target(EIGHT)),)),
    ),
    "an opening behind two others": Planted(
        "shadowed_row",
        ("workflow", "openings", "2"),
        lambda: desk(
            workflow=table(openings=tuple(Opening("open", may) for may in (AGENT, CUSTOMER, (*AGENT, *CUSTOMER))))
        ),
        lambda: desk(workflow=table(openings=tuple(Opening("open", may) for may in (AGENT, CUSTOMER, ("robot",))))),
    ),
    # -- two rules
    "a rule says what another says": Planted(
        "redundant_rule",
        rule("y"),
        lambda: desk(*(act(name, OnMessage("customer"), SendMessage("hello")) for name in ("x", "y"))),
        lambda: desk(*(act(name, OnMessage("customer"), SendMessage(name)) for name in ("x", "y"))),
    ),
    "a rule within another": Planted(
        "redundant_rule",
        rule("x"),
        lambda: desk(
            act("x", OnMessage("customer"), SendMessage("hello"), given=All(OPEN, HIGH)),
            act("y", OnMessage("customer"), SendMessage("hello"), given=OPEN),
        ),
        lambda: desk(
            act("x", OnMessage("customer"), SendMessage("hello"), given=All(OPEN, HIGH)),
            act("y", OnMessage("customer"), SendMessage("hello"), given=All(OPEN, Not(HIGH))),
        ),
    ),
    "two ladders that say the same": Planted(
        "redundant_rule",
        rule("x"),
        lambda: desk(ladder(remind(DAY)), attrs.evolve(ladder(remind(DAY)), id="x", given=All(WAITING, HIGH))),
        lambda: desk(ladder(remind(DAY)), attrs.evolve(ladder(remind(DAY)), id="x", given=OPEN)),
    ),
    "two rules assign to two people": Planted(
        "order_sensitive",
        rule("x", "then"),
        lambda: desk(act("x", OnMessage("customer"), Assign("ana")), act("y", OnMessage("customer"), Assign("bea"))),
        lambda: desk(
            act("x", OnMessage("customer"), Assign("ana")), act("y", OnMessage("customer"), Assign("bea"), rank=1)
        ),
    ),
    "two rules set a field to two values": Planted(
        "order_sensitive",
        rule("x", "then"),
        lambda: desk(
            act("x", OnMessage("customer"), SetField("level", "high")),
            act("y", OnEnter(OPEN), SetField("level", "low"), given=IsUnanswered()),
        ),
        lambda: desk(
            act("x", OnMessage("customer"), SetField("level", "high"), given=Not(OPEN)),
            act("y", OnEnter(OPEN), SetField("level", "low"), given=IsUnanswered()),
        ),
    ),
    "two rules move to two states": Planted(
        "order_sensitive",
        rule("x", "then"),
        lambda: desk(act("x", OnEnter(OPEN), Move("ask")), act("y", OnEnter(OPEN), Move("solve"))),
        lambda: desk(act("x", OnEnter(All(OPEN, HIGH)), Move("ask")), act("y", OnEnter(All(OPEN, LOW)), Move("solve"))),
    ),
    "a rule closes while another changes": Planted(
        "order_sensitive",
        rule("x", "then"),
        lambda: desk(act("x", OnEnter(SOLVED), Move("close")), act("y", OnEnter(SOLVED), SetField("level", "low"))),
        lambda: desk(
            act("x", OnEnter(SOLVED), Move("close"), rank=1), act("y", OnEnter(SOLVED), SetField("level", "low"))
        ),
    ),
    "won and lost at one event": Planted(
        "opposite_outcomes",
        rule("x", "then"),
        lambda: desk(act("x", OnEnter(SOLVED), Resolve("won")), act("y", OnEnter(SOLVED), Resolve("lost"), given=HIGH)),
        lambda: desk(
            act("x", OnEnter(SOLVED), Resolve("won"), given=LOW), act("y", OnEnter(SOLVED), Resolve("lost"), given=HIGH)
        ),
    ),
    "won and lost when a week comes round": Planted(
        "opposite_outcomes",
        rule("x", "then"),
        lambda: desk(
            act("x", On(EveryWeek("monday", "09:00")), Resolve("won"), given=WAITING),
            act("y", On(EveryWeek("monday", "09:00")), Resolve("lost"), given=StateIs("waiting", "open")),
        ),
        lambda: desk(
            act("x", On(EveryWeek("monday", "09:00")), Resolve("won"), given=WAITING),
            act("y", On(EveryWeek("monday", "10:00")), Resolve("lost"), given=StateIs("waiting", "open")),
        ),
    ),
    "won and lost after the same span": Planted(
        "opposite_outcomes",
        rule("steps", "then"),
        lambda: desk(
            ladder(remind(DAY), Rung(Elapsed(days=2), Resolve("lost"))),
            act("x", After(Elapsed(days=2), LastMessage("agent")), Resolve("won"), given=HIGH),
        ),
        lambda: desk(
            ladder(remind(DAY), Rung(Elapsed(days=2), Resolve("lost"))),
            act("x", After(DAY, LastMessage("agent")), Resolve("won"), given=All(HIGH, OPEN)),
        ),
    ),
    # -- the table
    "a state that nothing leads to": Planted(
        "unreachable_state",
        state("box"),
        lambda: desk(workflow=table(OUT_OF_BOX, states=(IN_BOX,))),
        lambda: desk(workflow=table(OUT_OF_BOX, INTO_BOX, states=(IN_BOX,))),
    ),
    "a state behind a condition that never holds": Planted(
        "unreachable_state",
        state("box"),
        lambda: desk(workflow=table(OUT_OF_BOX, attrs.evolve(INTO_BOX, given=WAITING), states=(IN_BOX,))),
        lambda: desk(workflow=table(OUT_OF_BOX, attrs.evolve(INTO_BOX, given=HIGH), states=(IN_BOX,))),
    ),
    "a row from where nobody is": Planted(
        "dead_transition",
        row("take", "sources"),
        lambda: desk(workflow=table(OUT_OF_BOX, states=(IN_BOX,))),
        lambda: desk(workflow=table(OUT_OF_BOX, states=(attrs.evolve(IN_BOX, name="box"),), openings=_box_too())),
    ),
    "a row whose condition excludes its sources": Planted(
        "dead_transition",
        row("hurry", "given"),
        lambda: desk(workflow=table(Transition("hurry", ["open"], "solved", may=AGENT, given=WAITING))),
        lambda: desk(workflow=table(Transition("hurry", ["open", "waiting"], "solved", may=AGENT, given=WAITING))),
    ),
    "a row that no rule takes": Planted(
        "dead_transition",
        row("lapse", "may"),
        lambda: desk(workflow=table(LAPSE)),
        lambda: desk(
            act("x", After(DAY, Created()), Move("lapse"), given=OPEN),
            workflow=table(LAPSE),
        ),
    ),
    "a desk that never closes": Planted(
        "no_way_to_end",
        ("workflow", "states"),
        lambda: Rules("planted", Workflow((State("a"), State("b")), _to_and_fro("a", "b")), OFFICE),
        lambda: Rules(
            "planted",
            Workflow((State("a"), State("b", "closed")), (Transition("ab", ["a"], "b", may=AGENT),)),
            OFFICE,
        ),
    ),
    "two states that lead to each other alone": Planted(
        "no_way_to_end",
        state("box"),
        lambda: desk(workflow=table(INTO_BOX, *_to_and_fro("box", "bag"), states=(IN_BOX, State("bag")))),
        lambda: desk(workflow=table(INTO_BOX, OUT_OF_BOX, *_to_and_fro("box", "bag"), states=(IN_BOX, State("bag")))),
    ),
    "a pending state that no rule leaves": Planted(
        "rots",
        state("box"),
        lambda: desk(workflow=table(INTO_BOX, OUT_OF_BOX, states=(State("box", "pending"),))),
        lambda: desk(
            act("x", OnMessage("customer"), Move("take"), given=StateIs("box")),
            workflow=table(INTO_BOX, OUT_OF_BOX, states=(State("box", "pending"),)),
        ),
    ),
    "a resolved state that only a snooze could leave": Planted(
        "rots",
        state("solved"),
        lambda: Rules("planted", attrs.evolve(TABLE, reopen="resume"), OFFICE, (_ends(WAITING),)),
        lambda: Rules("planted", attrs.evolve(TABLE, reopen="resume"), OFFICE, (_ends(WAITING),), snoozing=Snoozing()),
    ),
    "a mask that nothing ends": Planted(
        "mask_without_bound",
        state("busy", "masks"),
        lambda: desk(IDLE, workflow=BUSY),
        lambda: desk(IDLE, tell("look", On(EveryWeek("monday", "09:00")), StateIs("busy")), workflow=BUSY),
    ),
    "a mask whose only way out is masked": Planted(
        "mask_without_bound",
        state("busy", "masks"),
        lambda: desk(
            IDLE, act("x", After(DAY, Entered()), Move("stop"), given=StateIs("busy"), group="idle"), workflow=BUSY
        ),
        lambda: desk(IDLE, act("x", After(DAY, Entered()), Move("stop"), given=StateIs("busy")), workflow=BUSY),
    ),
    # -- rules that never act
    "a rule enters one state and asks for another": Planted(
        "never_fires",
        rule("x", "given"),
        lambda: desk(tell("x", OnEnter(OPEN), WAITING)),
        lambda: desk(tell("x", OnEnter(WAITING), WAITING)),
    ),
    "a wait from a moment that never is": Planted(
        "never_fires",
        rule("x", "since"),
        lambda: desk(tell("x", After(DAY, Left("closed")), WAITING)),
        lambda: desk(tell("x", After(DAY, Left("open")), WAITING)),
    ),
    "a rule waits to leave what never ends": Planted(
        "never_fires",
        rule("x", "when"),
        lambda: desk(tell("x", OnLeave(Happened(Created())))),
        lambda: desk(tell("x", OnLeave(OPEN))),
    ),
    "a customer writes and does not wait": Planted(
        "never_fires",
        rule("x", "given"),
        lambda: desk(tell("x", OnMessage("customer"), Not(IsUnanswered()))),
        lambda: desk(tell("x", OnMessage("agent"), Not(IsUnanswered()))),
    ),
    "a rule for a state that no ticket reaches": Planted(
        "never_fires",
        rule("x", "given"),
        lambda: desk(tell("x", After(DAY, Created()), StateIs("box")), workflow=table(OUT_OF_BOX, states=(IN_BOX,))),
        lambda: desk(
            tell("x", After(DAY, Created()), StateIs("box")), workflow=table(OUT_OF_BOX, INTO_BOX, states=(IN_BOX,))
        ),
    ),
    "an outside event that comes to closed tickets": Planted(
        "never_fires",
        rule("x", "given"),
        lambda: desk(tell("x", OnOutside("paid"), DONE), workflow=table(outside_events={"paid"})),
        lambda: desk(tell("x", OnOutside("paid"), OPEN), workflow=table(outside_events={"paid"})),
    ),
    "what begins a ladder ends it": Planted(
        "never_fires",
        rule("steps", "ended_by"),
        lambda: desk(ladder(remind(DAY), since=Entered(), ended_by=Entered())),
        lambda: desk(ladder(remind(DAY), since=Entered(), ended_by=AssignedLast())),
    ),
    "the customer's first message ends the ladder": Planted(
        "ended_at_once",
        rule("steps", "ended_by"),
        lambda: desk(ladder(remind(DAY), since=Created(), given=OPEN, ended_by=WROTE)),
        lambda: desk(ladder(remind(DAY), since=Created(), given=OPEN, ended_by=ASKED)),
    ),
    "the customer's first message ends the ladder of a clock": Planted(
        "ended_at_once",
        rule("steps", "ended_by"),
        lambda: desk(
            ladder(remind(OfTarget(50)), since=Started("fix"), given=ALWAYS, ended_by=WROTE),
            clocks=(promise(Target(EIGHT)),),
        ),
        lambda: desk(
            ladder(remind(OfTarget(50)), since=Started("fix"), given=ALWAYS), clocks=(promise(Target(EIGHT)),)
        ),
    ),
    "a ladder that waits for an answer after the answer": Planted(
        "never_fires",
        rule("steps", "ended_by"),
        lambda: desk(ladder(remind(DAY), since=ASKED, given=IsUnanswered(), ended_by=WROTE)),
        lambda: desk(ladder(remind(DAY), since=ASKED, given=OPEN, ended_by=WROTE)),
    ),
    "a ladder since the opening that has always ended before": Planted(
        "never_fires",
        rule("steps", "ended_by"),
        lambda: desk(ladder(remind(DAY), since=Created(), given=Happened(ASKED), ended_by=ASKED)),
        lambda: desk(ladder(remind(DAY), since=Created(), given=OPEN, ended_by=ASKED)),
    ),
    "reminders that an answer does not end": Planted(
        "answer_ignored",
        rule("steps", "ended_by"),
        lambda: desk(ladder(remind(DAY), given=OPEN, ended_by=None)),
        lambda: desk(ladder(remind(DAY), given=OPEN)),
    ),
    "a ladder that a reopening arms again": Planted(
        "repeats_rungs",
        rule("steps", "given"),
        lambda: desk(
            ladder(remind(OfTarget(50)), remind(OfTarget(75)), since=Started("fix"), given=StateIs("open", "waiting")),
            clocks=(promise(Target(EIGHT)),),
        ),
        lambda: desk(
            ladder(remind(OfTarget(50)), remind(OfTarget(75)), since=Started("fix"), given=ALWAYS),
            clocks=(promise(Target(EIGHT)),),
        ),
    ),
    "what begins an unconditional rule ends it": Planted(
        "never_fires",
        rule("x", "ended_by"),
        lambda: desk(act("x", After(DAY, Created()), SetField("level", "low"), ended_by=Created())),
        lambda: desk(act("x", After(DAY, Created()), SetField("level", "low"), ended_by=LastMessage("agent"))),
    ),
    "what begins a rule of one state ends it": Planted(
        "never_fires",
        rule("x", "ended_by"),
        lambda: desk(tell("x", After(DAY, Entered("waiting")), WAITING, ended_by=Entered("waiting"))),
        lambda: desk(
            tell("x", After(DAY, Entered("waiting")), StateIs("waiting", "open"), ended_by=Entered("waiting"))
        ),
    ),
    "what begins a rule of closed tickets ends it": Planted(
        "never_fires",
        rule("x", "ended_by"),
        lambda: desk(tell("x", After(DAY, Closed()), DONE, ended_by=Closed())),
        lambda: desk(tell("x", After(DAY, Closed()), DONE)),
    ),
    "what begins a rule of whoever works ends it": Planted(
        "never_fires",
        rule("x", "ended_by"),
        lambda: desk(
            act("x", After(DAY, AssignedLast()), SetField("urgent", True), given=BUSY_ANA, ended_by=AssignedLast())
        ),
        lambda: desk(act("x", After(DAY, AssignedLast()), SetField("urgent", True), given=BUSY_ANA)),
    ),
    "what begins a rule of who waits ends it": Planted(
        "never_fires",
        rule("x", "ended_by"),
        lambda: desk(act("x", After(DAY, WROTE), SetField("urgent", True), given=IsUnanswered(), ended_by=WROTE)),
        lambda: desk(
            act("x", After(DAY, WROTE), SetField("urgent", True), given=IsUnanswered(), ended_by=LastMessage("agent"))
        ),
    ),
    "a follow-up of what is not closed": Planted(
        "never_fires",
        rule("x", "then"),
        lambda: desk(act("x", After(DAY, Entered()), FollowUp(), given=SOLVED)),
        lambda: desk(act("x", After(DAY, Entered()), FollowUp(), Move("close"), given=SOLVED)),
    ),
    "a move that leads from elsewhere": Planted(
        "never_fires",
        rule("x", "then"),
        lambda: desk(act("x", After(DAY, Entered()), Move("ask"), given=WAITING)),
        lambda: desk(act("x", After(DAY, Entered()), Move("ask"), given=OPEN)),
    ),
    "an outcome for what has one": Planted(
        "never_fires",
        rule("steps", "rungs", "1"),
        lambda: desk(
            ladder(remind(DAY), Rung(BusinessDays(5), Resolve("lost")), given=All(WAITING, FieldIs("outcome", "won")))
        ),
        lambda: desk(
            ladder(
                remind(DAY), Rung(BusinessDays(5), Resolve("lost")), given=All(WAITING, FieldIs("outcome", "won", None))
            )
        ),
    ),
    "a snooze ends where none begins": Planted(
        "never_fires",
        rule("x", "when"),
        lambda: desk(tell("x", OnWake())),
        lambda: desk(tell("x", OnWake()), snoozing=Snoozing()),
    ),
    "a rule for sleepers where none sleeps": Planted(
        "never_fires",
        rule("x", "given"),
        lambda: desk(tell("x", OnMessage("customer"), IsSnoozed())),
        lambda: desk(tell("x", OnMessage("customer"), IsSnoozed()), snoozing=Snoozing()),
    ),
    "a timer assigns to whoever set it off": Planted(
        "never_fires",
        rule("x", "then"),
        lambda: desk(act("x", After(DAY, Created()), AssignTo("actor"), given=OPEN)),
        lambda: desk(act("x", OnCommand("set_fields", by=AGENT), AssignTo("actor"), given=OPEN)),
    ),
    # -- what has no effect
    "a step that also assigns to who snoozed": Planted(
        "no_effect",
        rule("x", "then"),
        lambda: desk(act("x", OnMessage("customer"), AssignTo("snoozer"), SendMessage("hello"))),
        lambda: desk(act("x", OnMessage("customer"), AssignTo("snoozer"), SendMessage("hello")), snoozing=Snoozing()),
    ),
    "the end of a snooze cancels it": Planted(
        "no_effect",
        rule("x", "then"),
        lambda: desk(act("x", OnWake(), CancelSnooze(), SendMessage("hello")), snoozing=Snoozing()),
        lambda: desk(act("x", OnWake(), SendMessage("hello")), snoozing=Snoozing()),
    ),
    "a restart after a mask that never comes": Planted(
        "no_effect",
        rule("x", "on_resume"),
        lambda: desk(tell("x", After(DAY, Entered()), OPEN, group="idle", on_resume="restart")),
        lambda: desk(tell("x", After(DAY, Entered()), OPEN, group="idle", on_resume="restart"), snoozing=Snoozing()),
    ),
    "dropped by a mask that never comes": Planted(
        "no_effect",
        rule("x", "on_mask"),
        lambda: desk(tell("x", After(DAY, Entered()), OPEN, on_mask="drop")),
        lambda: desk(tell("x", After(DAY, Entered()), OPEN, on_mask="drop", gate="default")),
    ),
    "in force before its rule set": Planted(
        "no_effect",
        rule("x", "in_force_from"),
        lambda: attrs.evolve(desk(tell("x", After(DAY, Entered()), OPEN, in_force_from=LIVE)), in_force_from=LIVE),
        lambda: attrs.evolve(
            desk(tell("x", After(DAY, Entered()), OPEN, in_force_from=LIVE)), in_force_from=LIVE - timedelta(days=1)
        ),
    ),
    "notice before the only rung": Planted(
        "no_effect",
        rule("steps", "min_notice"),
        lambda: desk(ladder(remind(DAY), min_notice=DAY, gate="default")),
        lambda: desk(ladder(remind(DAY), remind(Elapsed(days=3)), min_notice=DAY, gate="default")),
    ),
    "notice of what nothing moves": Planted(
        "no_effect",
        rule("steps", "min_notice"),
        lambda: desk(ladder(remind(DAY), remind(Elapsed(days=3)), min_notice=DAY)),
        lambda: desk(ladder(remind(DAY), remind(Elapsed(days=3)))),
    ),
    # -- timers
    "a reminder for closed tickets too": Planted(
        "reminder_after_close",
        rule("x", "given"),
        lambda: desk(tell("x", On(EveryWeek("monday", "09:00")))),
        lambda: desk(tell("x", On(EveryWeek("monday", "09:00")), Not(CategoryIs("closed")))),
    ),
    "a reminder counted from an entry": Planted(
        "reminder_after_close",
        rule("x", "given"),
        lambda: desk(tell("x", After(DAY, Entered("waiting")))),
        lambda: desk(tell("x", After(DAY, Entered("closed")))),
    ),
    "a ladder of a clock that counts on by itself": Planted(
        "reminder_after_close",
        rule("steps", "given"),
        lambda: desk(
            ladder(remind(OfTarget(50)), remind(DAY), since=Started("fix"), given=All(), ended_by=None),
            clocks=(promise(Target(EIGHT)),),
        ),
        lambda: desk(
            ladder(remind(OfTarget(50)), remind(Missed()), since=Started("fix"), given=All(), ended_by=None),
            clocks=(promise(Target(EIGHT)),),
        ),
    ),
    "a rule on a clock that stands still": Planted(
        "frozen_where_armed",
        rule("x", "given"),
        lambda: desk(
            tell("x", After(OfTarget(50), Started("fix")), WAITING),
            clocks=(promise(Target(EIGHT), measure=sla.requester_wait()),),
        ),
        lambda: desk(
            tell("x", After(OfTarget(50), Started("fix")), OPEN),
            clocks=(promise(Target(EIGHT), measure=sla.requester_wait()),),
        ),
    ),
    "every ten minutes": Planted(
        "message_storm",
        rule("x", "when"),
        lambda: desk(tell("x", After(DAY, Entered(), every=Elapsed(minutes=10)), OPEN)),
        lambda: desk(tell("x", After(DAY, Entered(), every=Elapsed(minutes=10), at_most=3), OPEN)),
    ),
    "every two hours, day and night": Planted(
        "message_storm",
        rule("x", "when"),
        lambda: desk(tell("x", After(DAY, Entered(), every=Elapsed(hours=2)), OPEN)),
        lambda: desk(tell("x", After(EIGHT, Entered(), every=WorkingTime(hours=2)), OPEN)),
    ),
    "a thousand times at most": Planted(
        "message_storm",
        rule("x", "when"),
        lambda: desk(tell("x", After(DAY, Entered(), every=Elapsed(minutes=30), at_most=1_000), OPEN)),
        lambda: desk(tell("x", After(CalendarSpan(days=1), Entered(), every=CalendarSpan(days=1)), OPEN)),
    ),
    "every four hours of two messages": Planted(
        "message_storm",
        rule("x", "when"),
        lambda: desk(act("x", After(DAY, Entered(), every=Elapsed(hours=4)), SendMessage("a"), given=OPEN)),
        lambda: desk(
            act("x", After(DAY, Entered(), every=Elapsed(hours=4)), SendMessage("a"), given=OPEN, gate="default")
        ),
    ),
    "every two hours on hours that nobody knows": Planted(
        "message_storm",
        rule("x", "when"),
        lambda: desk(
            tell("x", After(EIGHT, Entered(), every=WorkingTime(hours=2)), OPEN, calendar="old"), calendar=OLD
        ),
        lambda: desk(tell("x", After(EIGHT, Entered(), every=WorkingTime(hours=2)), OPEN), calendar=OFFICE),
    ),
    "rungs that go back": Planted(
        "ladder_out_of_order",
        rule("steps", "rungs", "1"),
        lambda: desk(ladder(remind(Elapsed(days=3)), remind(DAY))),
        lambda: desk(ladder(remind(DAY), remind(Elapsed(days=3)))),
    ),
    "a rung after the closing one": Planted(
        "ladder_out_of_order",
        rule("steps", "rungs", "0"),
        lambda: desk(ladder(Rung(DAY, Move("close")), remind(BusinessDays(2)))),
        lambda: desk(ladder(remind(DAY), Rung(BusinessDays(2), Move("close")))),
    ),
    # -- promises, calendars, names, texts
    "a level without a promise": Planted(
        "sla_gap",
        ("clocks", "fix", "targets"),
        lambda: desk(clocks=(promise(Target(EIGHT, HIGH)),)),
        lambda: desk(clocks=(promise(Target(EIGHT, HIGH), Target(EIGHT, FieldIs("level", "low", None))),)),
    ),
    "a level that need not be given": Planted(
        "sla_gap",
        ("clocks", "fix", "targets"),
        lambda: desk(clocks=(promise(Target(EIGHT, SET)),)),
        lambda: desk(
            clocks=(promise(Target(EIGHT, SET)),),
            workflow=table(openings=(Opening("open", PEOPLE, needs=("level",)),)),
        ),
    ),
    "a rating that is asked of a field": Planted(
        "no_effect",
        rule("sorry", "given"),
        lambda: desk(tell("sorry", OnEnter(SOLVED), FieldIs("rating", 1, 2)), workflow=SURVEY),
        lambda: desk(tell("sorry", OnRate(), RatingIs(at_most=2)), workflow=SURVEY),
    ),
    "a rating that is asked of a field by its trigger": Planted(
        "no_effect",
        rule("sorry", "when"),
        lambda: desk(tell("sorry", OnEnter(FieldIs("rating", 1, 2))), workflow=SURVEY),
        lambda: desk(
            tell("sorry", OnEnter(FieldIs("rating", 1, 2))),
            Automation("judge", OnMessage("customer"), (SetField("rating", 2),)),
            workflow=SURVEY,
        ),
    ),
    "a rating that no state takes": Planted(
        "never_fires",
        rule("sorry", "given"),
        lambda: desk(tell("sorry", OnCommand("rate"))),
        lambda: desk(tell("sorry", OnCommand("rate")), workflow=SURVEY),
    ),
    "a table without a row": Planted(
        "table_gap",
        rule("rank", "then"),
        lambda: desk(Automation("rank", OnChange("urgent"), (LookUp("level", ("urgent",), {True: "high"}),))),
        lambda: desk(
            Automation("rank", OnChange("urgent"), (LookUp("level", ("urgent",), {True: "high", False: "low"}),))
        ),
    ),
    "holidays known for a few years": Planted(
        "calendar_ends",
        ("calendars", "default"),
        lambda: desk(calendar=BusinessCalendar("UTC", "mon-fri 09:00-18:00", KNOWN)),
        lambda: desk(calendar=BusinessCalendar("UTC", "mon-fri 09:00-18:00", KNOWN, beyond_known="assume_none")),
    ),
    "dates listed for a year": Planted(
        "calendar_ends",
        ("calendars", "default"),
        lambda: desk(calendar=attrs.evolve(OFFICE, dated_until=date(2026, 12, 31))),
        lambda: desk(calendar=attrs.evolve(OFFICE, dated_until=date(2026, 12, 31), beyond_known="assume_none")),
    ),
    "holidays listed for a year": Planted(
        "list_ends",
        ("calendars", "default"),
        lambda: desk(calendar=attrs.evolve(OFFICE, holidays=LISTED)),
        lambda: desk(calendar=attrs.evolve(OFFICE, holidays={f"{day:%m-%d}": name for day, name in LISTED.items()})),
    ),
    "hours until a minute before midnight": Planted(
        "lost_minute",
        ("calendars", "default"),
        lambda: desk(calendar=BusinessCalendar("UTC", "mon-sun 00:00-23:59")),
        lambda: desk(calendar=BusinessCalendar("UTC", "mon-sun 00:00-24:00")),
    ),
    "a closed fortnight": Planted(
        "closed_week",
        ("calendars", "default"),
        lambda: desk(calendar=attrs.evolve(OFFICE, periods=[Period("08-10", "08-23", "")])),
        lambda: desk(calendar=attrs.evolve(OFFICE, periods=[Period("08-10", "08-23", "mon 09:00-12:00")])),
    ),
    "a state without a name in one language": Planted(
        "text_missing",
        state("solved", "labels"),
        lambda: desk(
            workflow=attrs.evolve(
                TABLE, states=tuple(attrs.evolve(s, labels={"en": "x"}) if s.name == "solved" else s for s in LABELLED)
            )
        ),
        lambda: desk(workflow=attrs.evolve(TABLE, states=LABELLED)),
    ),
    "a message without a text": Planted(
        "text_missing",
        rule("x", "then"),
        lambda: desk(tell("x", OnEnter(OPEN)), tell("y", OnEnter(OPEN)), templates=(Template("y", {"en": "hello"}),)),
        lambda: desk(
            tell("x", OnEnter(OPEN)),
            tell("y", OnEnter(OPEN)),
            templates=tuple(Template(name, {"en": "hello"}) for name in ("x", "y")),
        ),
    ),
    "an id that nobody can have": Planted(
        "bad_id",
        rule("x", "given"),
        lambda: desk(tell("x", OnMessage("customer"), AssignedTo("ana lopez"))),
        lambda: desk(tell("x", OnMessage("customer"), AssignedTo("ana.lopez"))),
    ),
}


def _box_too() -> tuple[Opening, ...]:
    return (Opening("open", PEOPLE), Opening("box", AGENT))


def _to_and_fro(one: str, other: str) -> tuple[Transition, ...]:
    return (
        Transition(f"{one}-{other}", [one], other, may=AGENT),
        Transition(f"{other}-{one}", [other], one, may=AGENT),
    )


def _ends(given: Condition) -> Automation:
    return Automation("end", After(BusinessDays(9), Entered()), (Move("close"),), given=given)
