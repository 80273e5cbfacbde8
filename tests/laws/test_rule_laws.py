"""Random small rule sets and random lives: what must hold whatever the rules say and whenever anybody asks.

Masks, gates, repetitions, recurrences, closings, ladders and snoozes all lie near one another here, on quarters of an
hour around openings and closings, so that ties, late armings and lifted masks are common.

Source: docs/semantics.md 3.4 to 3.16.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import ANA, BOSS, CUSTOMER, utc
from ticketflow import (
    After,
    AtClosing,
    AtField,
    AtOpening,
    Automation,
    BusinessCalendar,
    BusinessDays,
    Created,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Ladder,
    LastMessage,
    Latest,
    Message,
    Not,
    On,
    OnEnter,
    OnMessage,
    Rules,
    Rung,
    Snoozing,
    State,
    StateIs,
    Ticket,
    Transition,
    Woke,
    Workflow,
    WorkingTime,
    accepted,
    advance,
    apply,
    commands,
    evaluate,
    evolve,
    explain,
    handle,
    next_due,
)
from ticketflow.actions import Action, CancelSnooze, Move, SendMessage, SetField
from ticketflow.anchors import Anchor
from ticketflow.automations import Rule, Trigger, timetable
from ticketflow.commands import AnyCommand
from ticketflow.conditions import ALWAYS, IsHidden, holds
from ticketflow.events import ByRule, Dropped, Superseded

SUPPORT = ("agent", "administrator")
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
NIGHTS = BusinessCalendar("UTC", "mon-sun 20:00-06:00")
MONDAY = utc(2026, 11, 23)
QUARTER = timedelta(minutes=15)
MICRO = timedelta(microseconds=1)
WEEK = timedelta(weeks=1)

WORKFLOW = Workflow(
    states=(
        State("open"),
        State("busy", masks={"idle"}),
        State("waiting", "pending", masks={"loud"}),
        State("done", "resolved"),
        State("closed", "closed"),
    ),
    transitions=(
        Transition("start", ("open", "waiting"), "busy", may=SUPPORT),
        Transition("wait", ("open", "busy"), "waiting", may=SUPPORT),
        Transition("back", ("busy", "waiting", "done"), "open", may=SUPPORT),
        Transition("finish", ("open", "busy", "waiting"), "done", may=SUPPORT),
        Transition("close", ("open", "waiting", "done"), "closed"),
    ),
    fields=(Field("hot", (0, 1)), Field("day", kind="moment")),
    reopen="back",
)
TRANSITIONS = ("start", "wait", "back", "finish")

conditions = st.sampled_from(
    (
        ALWAYS,
        StateIs("open"),
        StateIs("open", "busy", "waiting"),
        Not(StateIs("done")),
        FieldIs("hot", 1),
        Not(IsHidden()),
    )
)
anchors: st.SearchStrategy[Anchor] = st.sampled_from(
    (Created(), Entered(), LastMessage("agent"), LastMessage("anyone"), Latest(Entered(), LastMessage("agent")), Woke())
)
hours = st.sampled_from((1, 2, 3, 9, 12, 24, 48))
spans = st.one_of(
    hours.map(lambda each: Elapsed(hours=each)),
    hours.map(lambda each: WorkingTime(hours=each)),
    st.sampled_from((BusinessDays(0), BusinessDays(1), BusinessDays(2))),
)
doings: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from((SendMessage("x"), SendMessage("y"))),
    st.sampled_from(TRANSITIONS).map(Move),
    st.sampled_from((0, 1, None)).map(lambda value: SetField("hot", value)),
    st.just(CancelSnooze()),
)


endings: st.SearchStrategy[Action] = st.sampled_from((Move("close"), Move("finish"), SendMessage("end")))


@st.composite
def terms(draw: st.DrawFn) -> dict[str, object]:
    on_mask = draw(st.sampled_from((None, "hold", "drop", "drop")))
    group = draw(st.sampled_from((None, "idle", "idle", "loud")))
    return {
        "group": group,
        "gate": draw(st.sampled_from((None, None, "default", "nights"))),
        "on_mask": on_mask,
        "on_resume": draw(st.sampled_from(("keep", "restart"))) if on_mask == "hold" and group else "keep",
        "rank": draw(st.integers(-1, 1)),
    }


@st.composite
def repeated(draw: st.DrawFn) -> After:
    kind = draw(st.sampled_from((Elapsed, WorkingTime)))
    every = draw(st.sampled_from((2, 5, 24)))
    at_most = draw(st.sampled_from((None, 1, 3)))
    return After(kind(hours=draw(hours)), draw(anchors), every=kind(hours=every), at_most=at_most)


@st.composite
def automations(draw: st.DrawFn, name: str) -> Rule:
    if draw(st.integers(0, 2)) == 0:
        rungs = [Rung(span, SendMessage(f"r{index}")) for index, span in enumerate(draw(st.lists(spans, max_size=2)))]
        rungs.append(Rung(draw(spans), draw(endings)))
        notice = draw(st.sampled_from((None, Elapsed(), Elapsed(hours=5))))
        more: dict[str, object] = draw(terms())
        return Ladder(name, draw(anchors), draw(conditions), tuple(rungs), min_notice=notice, **more)  # type: ignore[arg-type]
    timed = st.one_of(
        st.builds(After, spans, anchors),
        repeated(),
        st.sampled_from(
            (AtClosing(), AtOpening(), AtClosing("nights"), AtField("day"), On(EveryWeek("tuesday", "09:00")))
        ),
    )
    events = st.sampled_from((OnMessage("customer"), OnEnter(StateIs("busy")), OnEnter(FieldIs("hot", 1))))
    when = draw(st.one_of(timed, timed, timed, events))
    more = draw(terms())
    if isinstance(when, Trigger):
        more |= {"on_mask": None, "on_resume": "keep"}
    return Automation(name, when, (draw(doings),), draw(conditions), **more)  # type: ignore[arg-type]


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    count = draw(st.integers(1, 4))
    rules = tuple(draw(automations(f"rule{number}")) for number in range(count))
    groups = {rule.group for rule in rules}
    states = tuple(attrs.evolve(state, masks=state.masks & groups) for state in WORKFLOW.states)
    snoozing = Snoozing(on_message=draw(st.sampled_from(("keep", "clear", "stay_hidden"))))
    calendars = {"default": OFFICE, "nights": NIGHTS}
    return Rules("random", attrs.evolve(WORKFLOW, states=states), calendars, rules, snoozing)


@st.composite
def lives(draw: st.DrawFn) -> list[AnyCommand]:
    """Draw commands a quarter of an hour, or none, or days apart; each is taken if it can be."""
    at = MONDAY + draw(st.integers(30, 80)) * QUARTER
    life: list[AnyCommand] = [commands.Open("T-1", message=Message("m0"), at=at, by=CUSTOMER)]
    for number in range(1, draw(st.integers(2, 7))):
        at += draw(st.sampled_from((0, 1, 4, 8, 36, 60, 96, 200))) * QUARTER
        kind = draw(st.sampled_from(("answer", "write", "move", "move", "move", "hot", "day", "snooze", "reopen")))
        match kind:
            case "answer" | "write":
                by = CUSTOMER if kind == "answer" else ANA
                life.append(commands.AddMessage(Message(f"m{number}"), at=at, by=by))
            case "move":
                life.append(commands.Move(draw(st.sampled_from(TRANSITIONS)), at=at, by=BOSS))
            case "hot":
                life.append(commands.SetFields({"hot": draw(st.sampled_from((0, 1)))}, at=at, by=ANA))
            case "day":
                life.append(commands.SetFields({"day": at + draw(st.integers(-8, 96)) * QUARTER}, at=at, by=ANA))
            case "snooze":
                life.append(commands.Snooze(until=at + draw(st.integers(1, 120)) * QUARTER, at=at, by=ANA))
            case _:
                life.append(commands.Reopen(at=at, by=ANA))
    return life


def lived(life: list[AnyCommand], rules: Rules, polls: list[datetime], end: datetime) -> Ticket:
    """Give a ticket its commands, evaluating and applying at every poll between them."""
    ticket: Ticket | None = None
    waiting = sorted(polls)
    for command in life:
        while ticket is not None and waiting and waiting[0] < command.at:
            ticket = polled(waiting.pop(0), ticket, rules)
        decision = handle(ticket, command, rules)
        ticket = decision.ticket if decision.ticket is not None else ticket
    assert ticket is not None
    for now in waiting:
        ticket = polled(now, ticket, rules)
    return advance(end, ticket, rules)


def polled(now: datetime, ticket: Ticket, rules: Rules) -> Ticket:
    plan = evaluate(now, ticket, rules)
    while plan:
        ticket = accepted(apply(ticket, plan)).ticket
        plan = evaluate(now, ticket, rules)
    return ticket


def happened(ticket: Ticket) -> Iterator[str]:
    """Yield what of interest a life had in it, so that a law can show it was not vacuous."""
    previous = None
    for entry in ticket.history:
        if isinstance(entry.cause, ByRule):
            yield "firing"
            yield from ("superseded" for event in entry.events if isinstance(event, Superseded))
            yield from ("dropped" for event in entry.events if isinstance(event, Dropped) and event.why == "masked")
            if entry.at > entry.cause.due_at:
                yield "moved"
            if previous == entry.at:
                yield "tie or cascade"
        previous = entry.at


class Shares:
    """How often a law's lives had what it is about."""

    def __init__(self) -> None:
        self.seen = Counter[str]()
        self.lives = 0

    def count(self, ticket: Ticket) -> None:
        self.lives += 1
        self.seen.update(set(happened(ticket)))

    def hold(self, **shares: float) -> None:
        found = {name: self.seen[name.replace("_", " ")] / self.lives for name in shares}
        assert all(found[name] >= share for name, share in shares.items()), found


EXAMPLES = 150 * (100 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1)


@pytest.mark.lives
class TestWheneverAnybodyAsks:
    """3.8, 3.11, 3.13: asking often, seldom or never makes no difference, and what is due is known beforehand."""

    def test_polls_make_no_difference(self) -> None:
        shares = Shares()

        @settings(max_examples=EXAMPLES)
        @given(rule_sets(), lives(), st.lists(st.integers(0, 900), max_size=8))
        def law(rules: Rules, life: list[AnyCommand], quarters: list[int]) -> None:
            end = life[-1].at + timedelta(days=4)
            never = lived(life, rules, [], end)
            # Polls lie off the grid: a command at the very instant of a firing that was seen takes effect after it.
            polls = [life[0].at + quarter * QUARTER + timedelta(minutes=7) for quarter in quarters]
            asked = lived(life, rules, [poll for poll in polls if poll <= end], end)
            assert [*asked.history] == [*never.history]
            shares.count(never)

        law()
        shares.hold(firing=0.5, moved=0.1, tie_or_cascade=0.2, superseded=0.02, dropped=0.02)

    @settings(max_examples=EXAMPLES)
    @given(rule_sets(), lives())
    def test_next_due_is_exact_on_both_sides(self, rules: Rules, life: list[AnyCommand]) -> None:
        ticket = lived(life, rules, [], life[-1].at)
        for _ in range(4):
            due = next_due(ticket, rules)
            if due is None or ticket.category == "closed":
                break
            assert not evaluate(due - MICRO, ticket, rules) or due == ticket.changed_at
            plan = evaluate(due, ticket, rules)
            assert plan
            assert evaluate(due, ticket, rules) == plan, "asking changes nothing"
            said = {each.rule for each in explain(due, ticket, rules) if each.verdict == "due"}
            assert said == {each.rule for each in plan}
            ticket = accepted(apply(ticket, plan)).ticket
            assert not evaluate(due, ticket, rules), "what was applied is not due again"


@pytest.mark.lives
class TestWhateverTheRulesAreCalled:
    """3.10, 3.12: neither their order, their ranks' origin nor the week decides anything."""

    @settings(max_examples=EXAMPLES // 2)
    @given(rule_sets(), lives())
    def test_listing_order_and_shifted_ranks_change_nothing(self, rules: Rules, life: list[AnyCommand]) -> None:
        end = life[-1].at + timedelta(days=4)
        turned = attrs.evolve(rules, automations=rules.automations[::-1])
        assert [*lived(life, turned, [], end).history] == [*lived(life, rules, [], end).history]
        ranked = attrs.evolve(
            rules, automations=tuple(attrs.evolve(rule, rank=rule.rank + 7) for rule in rules.automations)
        )
        assert story(lived(life, ranked, [], end)) == story(lived(life, rules, [], end))

    @settings(max_examples=EXAMPLES // 2)
    @given(rule_sets(), lives())
    def test_a_week_later_all_is_a_week_later(self, rules: Rules, life: list[AnyCommand]) -> None:
        end = life[-1].at + timedelta(days=4)
        later = [shifted(command) for command in life]
        expected = [(at + WEEK, what) for at, what in story(lived(life, rules, [], end))]
        assert story(lived(later, rules, [], end + WEEK)) == expected

    @settings(max_examples=EXAMPLES // 2)
    @given(rule_sets(), lives(), st.integers(1, 3))
    def test_a_bound_on_calls_changes_nothing(self, rules: Rules, life: list[AnyCommand], bound: int) -> None:
        end = life[-1].at + timedelta(days=4)
        small = attrs.evolve(rules, occurrences_per_call=bound)
        whole, ticket = lived(life, rules, [], end), lived(life, rules, [], life[-1].at)
        assert story(polled(end, ticket, small)) == story(whole)

    @settings(max_examples=EXAMPLES // 2)
    @given(rule_sets(), lives())
    def test_keys_are_unique_and_instants_never_decrease(self, rules: Rules, life: list[AnyCommand]) -> None:
        ticket = lived(life, rules, [], life[-1].at + timedelta(days=4))
        keys = [entry.cause.key for entry in ticket.history if isinstance(entry.cause, ByRule)]
        assert len(keys) == len(set(keys))
        instants = [entry.at for entry in ticket.history]
        assert instants == sorted(instants)
        for entry in ticket.history:
            assert not isinstance(entry.cause, ByRule) or entry.at >= entry.cause.due_at


@pytest.mark.lives
class TestGatesAndMasks:
    """3.6, 3.7."""

    @settings(max_examples=EXAMPLES)
    @given(rule_sets(), lives())
    def test_no_timer_acts_outside_its_gate_or_inside_a_mask(self, rules: Rules, life: list[AnyCommand]) -> None:
        ticket = lived(life, rules, [], life[-1].at + timedelta(days=4))
        by_id = {rule.id: rule for rule in (*rules.automations, *rules.own)}
        before: Ticket | None = None
        for entry in ticket.history:
            is_passed_over = any(isinstance(event, Dropped | Superseded) for event in entry.events)
            if before is not None and isinstance(entry.cause, ByRule) and not is_passed_over:
                rule = by_id[entry.cause.key.rule]
                assert rule.gate is None or rules.calendars[rule.gate].is_open(entry.at)
                mask = rules.mask(rule)
                assert mask is None or not timetable(rule) or not holds(mask, before.facts)
            before = evolve(before, entry)


def story(ticket: Ticket) -> list[tuple[datetime, str]]:
    """Return what happened, without the digests of the rules it was decided under."""
    return [(entry.at, f"{_who(entry.cause)} {_plain(entry.events)}") for entry in ticket.history]


def _who(cause: object) -> str:
    return cause.key.rule if isinstance(cause, ByRule) else type(cause).__name__


def _plain(events: tuple[object, ...]) -> str:
    return ", ".join(type(event).__name__ for event in events)


def shifted(command: AnyCommand) -> AnyCommand:
    """Return the command a week later, with everything in it."""
    later: dict[str, object] = {"at": command.at + WEEK}
    if isinstance(command, commands.Snooze) and command.until:
        later["until"] = command.until + WEEK
    if isinstance(command, commands.SetFields):
        later["fields"] = {
            name: value + WEEK if isinstance(value, datetime) else value for name, value in command.fields.items()
        }
    return attrs.evolve(command, **later)  # type: ignore[arg-type]
