"""What is tried on tickets, and when two of them are alike: one small desk for each thing that rules can ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import attrs
import pytest

from tests.support.desk import utc
from tests.support.faulty_lives import END, FIELDS, HIGH, OFFICE, OPEN, ROWS, STATES, WAITING, desk
from ticketflow import (
    Actor,
    After,
    All,
    AssignedTo,
    AtField,
    Automation,
    BusinessCalendar,
    BusinessDays,
    CategoryIs,
    ClockIs,
    Created,
    Deadline,
    During,
    Elapsed,
    Entered,
    EveryWeek,
    Field,
    FieldIs,
    Happened,
    IsAssigned,
    IsUnanswered,
    LastActivity,
    LastMessage,
    Not,
    OfTarget,
    On,
    OnChange,
    OnCommand,
    OnEnter,
    OnMessage,
    OnOutside,
    Opening,
    Outside,
    Permission,
    Policy,
    Reopened,
    Rules,
    Snoozing,
    Started,
    State,
    StateIs,
    Target,
    Transition,
    Workflow,
    WorkingTime,
    commands,
    handle,
    sla,
)
from ticketflow.analysis.explore.equivalence import StateKeys
from ticketflow.analysis.explore.findings import findings_of, searched_findings
from ticketflow.analysis.explore.inputs import Inputs
from ticketflow.analysis.explore.loops import loop_findings, storm_findings
from ticketflow.analysis.explore.relevance import relevance_of
from ticketflow.analysis.explore.search import Exploration, explore, start_instant
from ticketflow.calendars.business import PublicHolidays
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules.actions import (
    Assign,
    AssignTo,
    HoldField,
    LookUp,
    Move,
    Rate,
    ReleaseField,
    Resolve,
    SendMessage,
    SetField,
)
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import Trigger
from ticketflow.tickets.anchors import AssignedLast, Closed
from ticketflow.tickets.commands import NAMES, Command
from ticketflow.tickets.ticket import Ticket

TELL = (SendMessage("told", "owner"),)


def on(trigger: Trigger, *then: SetField | Move, name: str = "tell") -> Automation:
    return Automation(name, trigger, then or TELL)


def opened(rules: Rules) -> Ticket:
    """Return a ticket as it begins."""
    command = commands.Open("T-1", at=start_instant(rules), by=Actor("agent", "agent"))
    ticket = handle(None, command, rules).ticket
    assert ticket
    return ticket


def tried(rules: Rules, *given: Command) -> list[Command]:
    """Return what is tried on a ticket that was given these."""
    ticket = opened(rules)
    for command in given:
        ticket = handle(ticket, command, rules).ticket or ticket
    return list(Inputs(rules).commands_for(ticket, ticket.changed_at))


def named(moves: Iterable[Command]) -> set[tuple[str, str]]:
    """Return what commands are called and who gives them."""
    return {(NAMES[type(move)], move.by.role) for move in moves}


def with_workflow(rules: Rules, **terms: object) -> Rules:
    return attrs.evolve(rules, workflow=attrs.evolve(rules.workflow, **terms))  # type: ignore[arg-type]  # by name


class TestWhoWrites:
    @pytest.mark.parametrize(
        ("rule", "authors"),
        [
            (on(OnMessage("customer")), {"customer"}),
            (on(OnMessage("anyone")), {"customer"}),
            (
                Automation("a", After(Elapsed(days=1), LastMessage("anyone")), TELL, ended_by=LastMessage("customer")),
                {"agent", "customer"},
            ),
            (Automation("a", After(Elapsed(days=1), LastMessage("agent")), TELL), {"agent"}),
            (Automation("a", After(Elapsed(days=1), Created()), TELL, given=IsUnanswered()), {"agent", "customer"}),
            (on(OnEnter(Happened(LastMessage("third_party")))), {"third_party"}),
            (on(OnCommand("add_message", by=("robot", "agent", "administrator"))), {"customer", "agent", "robot"}),
            (Automation("a", After(Elapsed(days=1), LastActivity("note")), TELL), {"agent"}),
            (on(OnEnter(IsAssigned())), set()),
        ],
    )
    def test_messages_are_tried_by_relevant_authors(self, rule: Rule, authors: set[str]) -> None:
        assert {by for name, by in named(tried(desk(rule))) if name == "add_message"} == authors

    def test_notes_are_written_only_by_those_who_may_write(self) -> None:
        quiet = desk(Automation("a", After(Elapsed(days=1), LastActivity("note")), TELL))
        (note,) = (move for move in tried(quiet) if isinstance(move, commands.AddMessage))
        assert not note.message.public
        deaf = with_workflow(quiet, permissions=FrozenMap({"add_message": Permission({"customer"})}))
        assert "add_message" not in {name for name, _ in named(tried(deaf))}

    def test_answers_that_a_clock_counts_are_tried(self) -> None:
        promise = Policy("update", sla.update_interval(), (Target(WorkingTime(hours=8)),))
        rules = attrs.evolve(desk(), clocks=(promise,))
        assert ("add_message", "agent") in named(tried(rules))
        assert searched_findings(rules, 40)


class TestWhatIsGiven:
    def test_awaited_commands_are_tried(self) -> None:
        names = ("link", "rate", "assign", "give_back", "decline", "reopen", "snooze", "review_classification")
        fields = (*FIELDS, Field("classification"))
        rules = with_workflow(desk(on(OnCommand(*names))), fields=fields, reopen="resume")
        rules = attrs.evolve(rules, snoozing=Snoozing())
        agent = Actor("agent", "agent")
        to_robot = commands.Assign("robot", at=start_instant(rules), by=agent)
        ask = commands.Move("ask", at=start_instant(rules), by=agent)
        assert named(tried(rules, ask, to_robot)) >= {
            ("link", "agent"),
            ("rate", "customer"),
            ("assign", "agent"),
            ("give_back", "agent"),
            ("decline", "robot"),
            ("reopen", "agent"),
            ("snooze", "agent"),
            ("review_classification", "agent"),
        }
        to_ana = commands.Assign("ana", at=start_instant(rules), by=agent)
        assert "decline" not in {name for name, _ in named(tried(rules, to_ana))}

    def test_commands_are_tried_by_each_awaited_role(self) -> None:
        rules = desk(
            on(OnCommand("set_fields", "record_event", by=("administrator",))), Automation("b", OnEnter(HIGH), TELL)
        )
        rules = with_workflow(rules, outside_events={"released", "recalled"})
        asked = named(tried(rules))
        assert {by for name, by in asked if name == "set_fields"} == {"agent", "administrator"}
        events = {move.event for move in tried(rules) if isinstance(move, commands.RecordEvent)}
        assert events == {"released", "recalled"}

    def test_relevant_outside_events_are_tried(self) -> None:
        rule = Automation("a", After(Elapsed(days=1), Outside("shipped")), TELL)
        events = {"released", "shipped", "lost"}
        workflow = attrs.evolve(desk().workflow, outside_events=events)
        rules = Rules("outside", workflow, OFFICE, (rule, on(OnOutside("released"))))
        assert [move.event for move in tried(rules) if isinstance(move, commands.RecordEvent)] == [
            "released",
            "shipped",
        ]

    @pytest.mark.parametrize(
        ("rule", "assignees"),
        [
            (on(OnEnter(IsAssigned())), ["agent"]),
            (on(OnEnter(AssignedTo("ana", "bea"))), ["agent", "ana", "bea"]),
            (Automation("a", After(Elapsed(days=1), AssignedLast()), TELL), ["agent"]),
            (on(OnMessage("customer")), []),
        ],
    )
    def test_relevant_assignees_are_tried(self, rule: Rule, assignees: list[str]) -> None:
        assert [move.assignee for move in tried(desk(rule)) if isinstance(move, commands.Assign)] == assignees

    def test_one_value_of_each_class_of_a_field_is_tried(self) -> None:
        rules = desk(Automation("a", OnEnter(FieldIs("level", "high", "low")), TELL))
        values = [move.fields for move in tried(rules) if isinstance(move, commands.SetFields)]
        assert values == [{"level": "high"}]
        back = commands.SetFields({"level": "high"}, at=start_instant(rules), by=Actor("agent", "agent"))
        again = [move.fields for move in tried(rules, back) if isinstance(move, commands.SetFields)]
        assert again == [{"level": None}]

    def test_two_values_are_tried_for_a_field_whose_changes_matter(self) -> None:
        off = Automation("off", OnEnter(HIGH), TELL, is_enabled=False)
        rules = desk(on(OnChange("level")), off)
        values = [dict(move.fields) for move in tried(rules) if isinstance(move, commands.SetFields)]
        assert values == [{"level": "low"}, {"level": "high"}]

    def test_required_fields_with_a_value_are_not_given_again(self) -> None:
        rows = (*ROWS, Transition("need", ["open"], "waiting", may=["agent"], needs=("level",)))
        rules = desk(rows=rows)
        low = commands.SetFields({"level": "low"}, at=start_instant(rules), by=Actor("agent", "agent"))
        needs = [
            dict(move.fields)
            for given in ((), (low,))
            for move in tried(rules, *given)
            if isinstance(move, commands.Move) and move.transition == "need"
        ]
        assert needs == [{"level": "low"}, {}]

    def test_moments_lie_a_day_ahead_and_are_not_moved_again(self) -> None:
        rule = Automation("a", AtField("until"), TELL)
        rules = with_workflow(desk(), fields=(*FIELDS, Field("until", kind="future")))
        rules = attrs.evolve(rules, automations=(END, rule))
        (move,) = (move for move in tried(rules) if isinstance(move, commands.SetFields))
        assert move.fields == {"until": start_instant(rules) + timedelta(days=1)}
        assert not [each for each in tried(rules, move) if isinstance(each, commands.SetFields)]

    def test_required_fields_come_with_the_transition(self) -> None:
        kind, why, when = Field("kind", ("part", "word")), Field("why"), Field("due", kind="moment")
        rows = (
            *ROWS,
            Transition("wait", ["open"], "waiting", may=["vip"], given=FieldIs("kind", "part"), needs=("kind", "why")),
            Transition("wait", ["open"], "waiting", may=["vip"], needs=("kind", "due", "resolution"), takes=("why",)),
            Transition("hold", ["open"], "waiting", may=["agent"], given=FieldIs("why", "x"), takes=("why",)),
        )
        workflow = Workflow(STATES, rows, (kind, why, when), groups={"vip"})
        moves = [move for move in tried(Rules("needs", workflow, OFFICE, (END,))) if isinstance(move, commands.Move)]
        waits = [dict(move.fields) for move in moves if move.transition == "wait"]
        due = start_instant(desk()) + timedelta(days=1)
        assert waits[:2] == [{"kind": "part", "why": "x"}, {"kind": "part", "why": "something"}]
        assert {"kind": "word", "due": due} in waits
        assert [dict(move.fields) for move in moves if move.transition == "hold"] == [
            {},
            {"why": "x"},
            {"why": "something"},
        ]
        (vip,) = {move.by for move in moves if move.transition == "wait"}
        assert vip == Actor("agent", "agent", groups={"vip"})

    def test_fields_that_are_always_given_are_not_set_before(self) -> None:
        rows = (Transition("go", ["open"], "waiting", may=["agent"], given=HIGH, needs=("level",)), *ROWS)
        rules = desk(rows=rows)
        assert relevance_of(rules).always_given == {"level"}
        assert not [move for move in tried(rules) if isinstance(move, commands.SetFields)]
        assert relevance_of(desk(rows=(attrs.evolve(rows[0], needs=()), *ROWS))).always_given == set()

    def test_commands_that_nobody_may_give_are_not_tried(self) -> None:
        rules = with_workflow(desk(on(OnCommand("link"))), permissions=FrozenMap({"link": Permission(())}))
        assert "link" not in {name for name, _ in named(tried(rules))}

    def test_openings_have_their_required_fields(self) -> None:
        ways = (
            Opening("open", {"customer", "robot"}, needs=("message",)),
            Opening("waiting", {"vip"}, needs=("level",), takes=("outcome",)),
        )
        workflow = Workflow(STATES, ROWS, FIELDS, openings=ways, groups={"vip"})
        rules = Rules("ways", workflow, OFFICE, (END, Automation("a", OnEnter(FieldIs("outcome", "won")), TELL)))
        given = [
            (each.by.role, bool(each.message), dict(each.fields))
            for each in Inputs(rules).openings(start_instant(rules))
        ]
        assert given == [
            ("customer", True, {}),
            ("robot", True, {}),
            ("agent", False, {"level": "low"}),
            ("agent", False, {"level": "low", "outcome": "won"}),
            ("agent", False, {"level": "low", "outcome": "lost"}),
        ]

    def test_hidden_tickets_are_woken_and_pending_snoozes_cancelled(self) -> None:
        rules = attrs.evolve(with_workflow(desk(), reopen="resume"), snoozing=Snoozing())
        agent, at = Actor("agent", "agent"), start_instant(rules)
        sleep = commands.Snooze(at + timedelta(days=1), at=at, by=agent)
        ask, wake = commands.Move("ask", at=at, by=agent), commands.Reopen(at=at, by=agent)
        assert ("snooze", "agent") in named(tried(rules))
        assert ("reopen", "agent") in named(tried(rules, sleep))
        assert ("reopen", "agent") in named(tried(rules, ask, sleep))
        assert ("cancel_snooze", "agent") in named(tried(rules, ask, sleep, wake))

    def test_nothing_is_tried_on_a_closed_ticket(self) -> None:
        rules = desk(on(OnMessage("customer")))
        close = commands.Move("close", at=start_instant(rules), by=Actor("agent", "agent"))
        assert tried(rules, close) == []

    def test_a_held_field_is_left_alone(self) -> None:
        hold = Automation("hold", OnEnter(OPEN), (HoldField("level", "high"),))
        free = Automation("free", OnEnter(WAITING), (ReleaseField("level"),), given=HIGH)
        rows = (*ROWS, Transition("need", ["open"], "waiting", may=["agent"], needs=("level",)))
        rules = desk(hold, free, rows=rows)
        assert not [move for move in tried(rules) if isinstance(move, commands.SetFields)]
        need = next(move for move in tried(rules) if isinstance(move, commands.Move) and move.transition == "need")
        assert need.fields == {}


PROMISE = Policy(
    "solving",
    sla.resolution(frozen=WAITING),
    (Target(WorkingTime(hours=4), HIGH), Deadline("until", FieldIs("level", "low")), Target(WorkingTime(hours=8))),
    warn_at=(OfTarget(50),),
)


def promising(*rules: Rule) -> Rules:
    workflow = attrs.evolve(desk().workflow, fields=(*FIELDS, Field("until", kind="moment")))
    return Rules("promising", workflow, OFFICE, (END, *rules), clocks=(PROMISE, Policy("idle", sla.agent_work())))


def only(rules: Rules, budget: int = 80) -> tuple[Exploration, set[str]]:
    """Return what a search of a desk found."""
    found = explore(rules, budget)
    return found, {each.code for each in findings_of(found)}


class TestStateKeys:
    def test_relevant_clocks_change_the_key(self) -> None:
        late = Automation("late", OnEnter(ClockIs("solving", "breached")), TELL)
        half = Automation("half", After(OfTarget(50), Started("solving")), TELL, given=HIGH)
        rules = promising(late, half)
        assert relevance_of(rules).clocks == {"solving"}
        assert "until" in relevance_of(rules).fields
        found, codes = only(rules)
        assert "feeds_itself" not in codes
        assert any(node.ticket.breaches for node in found.nodes)

    def test_a_clock_that_never_started_has_its_own_key(self) -> None:
        reply = Policy("reply", sla.next_reply(), (Target(WorkingTime(hours=8)),))
        rules = attrs.evolve(desk(), clocks=(reply,))
        state_keys = StateKeys(rules)
        assert state_keys.key_of(opened(rules)) == state_keys.key_of(opened(rules))

    @pytest.mark.parametrize("at_most", [None, 3])
    def test_repetitions_count_while_the_rule_is_not_armed(self, at_most: int | None) -> None:
        daily = After(Elapsed(days=1), Created(), every=Elapsed(days=1), at_most=at_most)
        worked = After(WorkingTime(hours=8), Created(), every=WorkingTime(hours=8))
        rules = desk(
            Automation("daily", daily, TELL, given=WAITING),
            Automation("worked", worked, TELL, given=All(WAITING, HIGH)),
        )
        assert only(rules)[1] <= {"never_fires"}

    def test_held_occurrences_change_the_key(self) -> None:
        states = (State("open", masks={"idle"}), *STATES[1:])
        rules = desk(
            Automation("masked", After(Elapsed(days=1), Created()), TELL, group="idle"),
            Automation("often", After(Elapsed(days=1), Created(), every=Elapsed(days=9)), TELL, group="idle"),
            states=states,
        )
        found, _ = only(rules)
        assert {step.command is None for step in found.steps} == {True, False}

    def test_halted_rules_do_not_count(self) -> None:
        weekly = On(EveryWeek("monday", "12:00"))
        up = Automation("up", weekly, (SetField("level", "high"),), given=Not(HIGH))
        rules = desk(up, Automation("down", weekly, (SetField("level", "low"),), given=HIGH))
        (found,) = loop_findings(explore(rules, 20))
        assert found.path == ("automations", "down", "up")

    def test_ratings_outcomes_and_reopenings_change_the_key(self) -> None:
        states = (*STATES, State("done", "resolved"))
        rows = (
            *ROWS,
            Transition("finish", ["open"], "done", may=["agent"]),
            Transition("again", ["done"], "open", may=["agent"]),
        )
        rules = desk(
            Automation("rate", After(Elapsed(days=1), Entered("done")), (Rate(5),), given=StateIs("done")),
            Automation("win", After(Elapsed(days=2), Entered("done")), (Resolve("won"),), given=StateIs("done")),
            Automation("end-done", After(Elapsed(days=3), Entered("done")), (Move("close"),), given=StateIs("done")),
            Automation("twice", OnEnter(Reopened(2)), (Assign("boss"),)),
            states=states,
            rows=(*rows, Transition("close", ["done"], "closed")),
        )
        found, codes = only(rules, 1000)
        assert found.is_closed
        assert codes == set()
        assert max(int(str(node.ticket.facts["reopenings"] or 0)) for node in found.nodes) == 2

    def test_counts_change_the_key_up_to_what_conditions_ask_for(self) -> None:
        twice = Happened(LastMessage("customer"), at_least=2)
        found, codes = only(desk(Automation("twice", OnEnter(twice), (Assign("boss"),))), 200)
        assert (found.is_closed, codes) == (True, set())
        assert any(node.ticket.assignee == "boss" for node in found.nodes)

    def test_the_values_of_a_table_are_tried(self) -> None:
        table = LookUp("outcome", ("level",), {"high": "won", None: "lost"})
        rules = desk(Automation("rank", OnMessage("customer"), (table,)))
        found, codes = only(rules, 200)
        assert (found.is_closed, codes) == (True, set())
        assert {node.ticket.outcome for node in found.nodes} >= {"won", "lost"}

    def test_both_sides_of_a_limit_are_tried(self) -> None:
        fields = (*FIELDS, Field("size", kind="number"), Field("day", kind="moment"))
        big, early = FieldIs("size", at_least=5), FieldIs("day", at_most=utc(2030, 1, 1))
        asking = (on(OnEnter(big), name="big"), on(OnEnter(early), name="early"))
        rules = attrs.evolve(with_workflow(desk(), fields=fields), automations=asking)
        given = [move.fields for move in tried(rules) if isinstance(move, commands.SetFields)]
        assert {each["size"] for each in given if "size" in each} == {5}
        assert utc(2030, 1, 1) in {each["day"] for each in given if "day" in each}

    def test_assigned_tickets_have_another_key_if_giving_back_matters(self) -> None:
        rules = desk(on(OnCommand("give_back")), on(OnCommand("decline"), name="sorry"))
        found, codes = only(rules)
        assert codes == set()
        assert {node.ticket.assignee for node in found.nodes} == {None, "agent", "robot"}

    def test_the_actor_may_come_to_own_the_ticket(self) -> None:
        rules = desk(Automation("own", OnEnter(WAITING), (AssignTo("actor"),)))
        assert {node.ticket.assignee for node in only(rules)[0].nodes} == {None, "agent"}


def known_to_2026(*rules: Rule) -> Rules:
    calendar = BusinessCalendar("UTC", "mon-fri 09:00-18:00", PublicHolidays("XX", FrozenMap(), 2026, 2026))
    return Rules("known", desk().workflow, calendar, rules)


class TestUnknownAndNever:
    def test_unknown_holidays_give_no_rots(self) -> None:
        late = Automation("late", After(BusinessDays(600), Created()), (Move("close"),), given=WAITING)
        found, codes = only(known_to_2026(late))
        assert found.is_closed
        assert "rots" not in codes

    def test_unknown_hours_are_neither_open_nor_closed(self) -> None:
        shut = Automation("shut", OnMessage("customer"), TELL, during=During(is_open=False))
        late = Automation("late", After(Elapsed(days=400), Created()), (SetField("level", "high"),))
        found, _ = only(known_to_2026(shut, late))
        assert any(node.ticket.changed_at.year > 2026 for node in found.nodes)

    def test_a_calendar_that_never_closes_is_not_waited_for(self) -> None:
        always = BusinessCalendar("UTC", "mon-sun 00:00-24:00")
        rule = Automation("tell", OnMessage("customer"), TELL, gate="default")
        found, _ = only(attrs.evolve(desk(rule), calendars=always))
        assert found.is_closed

    def test_an_approximate_loop_that_the_engine_does_not_repeat_is_not_reported(self) -> None:
        found = explore(desk(Automation("up", After(Elapsed(days=1), Created()), (SetField("level", "high"), *TELL))))
        number, step = next(iter(found.time_edges.items()))
        round_and_round = attrs.evolve(found, time_edges={number: attrs.evolve(step, target=number)})
        assert list(loop_findings(round_and_round)) == []
        often = attrs.evolve(step, target=number, at=found.nodes[number].ticket.changed_at)
        assert list(storm_findings(attrs.evolve(found, time_edges={number: often}))) == []

    def test_messages_meant_for_closed_tickets_give_no_finding(self) -> None:
        survey = Automation("survey", After(Elapsed(days=1), Entered("closed")), TELL, given=CategoryIs("closed"))
        assert only(desk(survey))[1] == set()
        since = Automation("survey", After(Elapsed(days=1), Closed()), TELL)
        assert only(desk(since))[1] == set()
