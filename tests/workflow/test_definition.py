"""The table of states and transitions: rows that share a name, ways in, and everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.desk import ANA, BOSS, CUSTOMER, ROBOT, Desk, utc
from tests.support.small_rule_set import SUPPORT, WEEKDAYS
from ticketflow import (
    After,
    All,
    AnyOf,
    Automation,
    Created,
    Elapsed,
    Field,
    FieldIs,
    Message,
    Not,
    OnEnter,
    OnMessage,
    Permission,
    Rules,
    State,
    Transition,
    Workflow,
    commands,
)
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, OfTarget, Span, WorkingTime
from ticketflow.engine.decisions import Refused, available, decide_all
from ticketflow.engine.handling import handle
from ticketflow.errors import DefinitionError, OutOfRangeError, TicketflowError
from ticketflow.presets.embudo import embudo
from ticketflow.presets.senior import senior
from ticketflow.rules.actions import (
    AddNote,
    Assign,
    AssignTo,
    CancelSnooze,
    HoldField,
    Move,
    Resolve,
    SendMessage,
    SetField,
)
from ticketflow.rules.automations import Rule
from ticketflow.rules.triggers import OnCommand
from ticketflow.service.intake import Arrival
from ticketflow.text.diagrams import graphviz, mermaid
from ticketflow.tickets.events import Assigned, Dropped, FieldChanged, MessageRequested, StateChanged
from ticketflow.tickets.messages import Mail
from ticketflow.workflow.conditions import AssignedTo, StateIs
from ticketflow.workflow.definition import Listing, Opening, Pipeline
from ticketflow.workflow.snooze import AfterSpan, InDays, NextWeek, Snoozing

NINE = utc(2026, 11, 23, 9)
TEN = utc(2026, 11, 23, 10)
STATES = (
    State("open"),
    State("parked", "pending"),
    State("done", "resolved"),
    State("closed", "closed"),
)
BACK = Transition("back", ("parked", "done"), "open", may=SUPPORT)
CLOSE = Transition("close", ("open", "parked", "done"), "closed", may=SUPPORT)
BY_URGENCY = (
    Transition("go_on", ("open",), "done", may=SUPPORT, given=FieldIs("urgent", True), needs=("note",)),
    Transition("go_on", ("open",), "parked", may=SUPPORT, given=FieldIs("urgent", False), needs=("note", "why")),
)
BY_URGENCY_FREE = (Transition("go_on", ("open",), "done", may=SUPPORT),)
FIELDS = (Field("urgent", kind="truth"), Field("note"), Field("why"), Field("day", kind="future"))


def table(*rows: Transition, states: tuple[State, ...] = STATES, **more: Any) -> Workflow:  # noqa: ANN401 -- whatever a workflow takes
    return Workflow(states, (*rows, BACK, CLOSE), **{"fields": FIELDS, **more})


def desk(*rows: Transition, automations: tuple[Rule, ...] = (), **more: Any) -> Desk:  # noqa: ANN401 -- likewise
    made = Desk(Rules("table", table(*rows, **more), WEEKDAYS, automations))
    made.open(NINE)
    return made


def problems(workflow: Workflow, *automations: Rule, snoozing: Snoozing | None = None) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        Rules("table", workflow, WEEKDAYS, automations, snoozing)
    return [str(problem).removeprefix("rules 'table', ") for problem in caught.value.problems]


class TestRows:
    """Rows of one name can lead to different states. The ticket decides which row is taken, not the actor."""

    def test_the_first_row_whose_condition_holds_is_taken(self) -> None:
        for urgent, state in ((True, "done"), (False, "parked")):
            made = desk(*BY_URGENCY)
            made.move(TEN, "go_on", fields={"urgent": urgent, "note": "x", "why": "y"})
            assert made.ticket.state == state

    def test_a_value_that_was_set_before_counts_as_well(self) -> None:
        made = desk(*BY_URGENCY)
        made.give(commands.SetFields({"urgent": True, "note": "x"}, at=NINE, by=ANA))
        made.move(TEN, "go_on")
        assert made.ticket.state == "done"

    def test_if_no_guard_holds_the_refusal_says_what_would_help(self) -> None:
        refusal = desk(*BY_URGENCY).refused(commands.Move("go_on", at=TEN, by=ANA))
        assert [(reason.kind, reason.lacks) for reason in refusal.reasons] == [
            ("guard", ("urgent",)),
            ("missing_fields", ("note",)),  # both rows need it; why is needed by one of them only
        ]

    def test_a_row_that_is_never_taken_is_found(self) -> None:
        always = Transition("go_on", ("open", "parked"), "done", may=SUPPORT)
        same = Transition("go_on", ("open",), "parked", may=("administrator",), given=FieldIs("urgent", True))
        assert problems(table(BY_URGENCY[0], same)) == [
            (
                "workflow.transitions[1] 'go_on': an earlier row of that name always goes first from open; "
                "use another name, or give the earlier row another guard"
            )
        ]
        found = problems(table(always, *BY_URGENCY))
        assert [text.partition(":")[0] for text in found] == [
            "workflow.transitions[1] 'go_on'",
            "workflow.transitions[2] 'go_on'",
        ]

    def test_rules_take_rows_in_the_same_way(self) -> None:
        move = Automation("m", OnMessage("customer"), (SetField("urgent", value=True), Move("go_on")))
        made = desk(*BY_URGENCY, automations=(move,))
        assert made.ticket.state == "done", "the condition reads the field that is set beside the move"

    def test_an_impossible_move_of_a_rule_is_dropped_with_the_reason(self) -> None:
        for then, why in (
            (Move("go_on"), "possible only when urgent is True or urgent is False"),
            (Move("back"), "it does not lead from 'open'"),
            (Move("off"), "the state 'off' is not enabled"),
        ):
            states = (*STATES, State("off", is_enabled=False))
            rows = (*BY_URGENCY, Transition("off", ("open",), "off"), Transition("on", ("off",), "open"))
            made = desk(*rows, states=states, automations=(Automation("m", OnMessage("customer"), (then,)),))
            (dropped,) = made.ticket.history.last.events
            assert isinstance(dropped, Dropped)
            assert why in dropped.why

    def test_further_fields_of_a_move_need_the_permission_to_set_fields(self) -> None:
        row = Transition("park", ("open",), "parked", may=("customer",), needs=("note",))
        made = desk(row)
        refusal = made.refused(commands.Move("park", fields={"note": "x", "urgent": True}, at=TEN, by=CUSTOMER))
        assert [reason.kind for reason in refusal.reasons] == ["not_allowed"]
        made.give(commands.Move("park", fields={"note": "x"}, at=TEN, by=CUSTOMER))

    def test_the_refusal_of_a_disabled_state_says_how_to_enable_it(self) -> None:
        row = Transition("off", ("open",), "off", may=SUPPORT)
        states = (*STATES, State("off", is_enabled=False))
        made = desk(row, Transition("on", ("off",), "open", may=SUPPORT), states=states)
        (reason,) = made.refused(commands.Move("off", at=TEN, by=ANA)).reasons
        assert (reason.kind, reason.help) == ("state_not_enabled", "enable it in the rules")


class TestOpenings:
    OPENINGS = (
        Opening("parked", ("agent",), needs=("note",)),
        Opening("open", ("customer", "agent"), needs=("message",)),
    )

    def opened(self, command: commands.Open) -> Desk:
        made = Desk(Rules("table", table(*BY_URGENCY, openings=self.OPENINGS), WEEKDAYS))
        made.give(command)
        return made

    def test_each_actor_uses_the_first_opening_that_they_may(self) -> None:
        by_customer = self.opened(commands.Open("T-1", message=Message("m"), at=NINE, by=CUSTOMER))
        by_agent = self.opened(commands.Open("T-1", {"note": "x"}, at=NINE, by=ANA))
        chosen = self.opened(commands.Open("T-1", message=Message("m"), state="open", at=NINE, by=ANA))
        assert [made.ticket.state for made in (by_customer, by_agent, chosen)] == ["open", "parked", "open"]

    @pytest.mark.parametrize(
        ("command", "kinds"),
        [
            (commands.Open("T-1", at=NINE, by=CUSTOMER), {"missing_fields"}),
            (commands.Open("T-1", {"note": " "}, at=NINE, by=ANA), {"missing_fields"}),
            (commands.Open("T-1", state="parked", at=NINE, by=CUSTOMER), {"not_allowed"}),
            (commands.Open("T-1", state="nowhere", at=NINE, by=CUSTOMER), {"not_found"}),
            (commands.Open("T-1", at=NINE, by=ROBOT), {"not_allowed"}),
            (commands.Open("T-1", {"note": "x", "day": NINE}, at=NINE, by=ANA), {"bad_value"}),
        ],
    )
    def test_other_openings_are_refused(self, command: commands.Open, kinds: set[str]) -> None:
        made = Desk(Rules("table", table(*BY_URGENCY, openings=self.OPENINGS), WEEKDAYS))
        refusal = made.refused(command)
        assert refusal.kinds == kinds
        assert all(reason.help for reason in refusal.reasons)

    def test_an_opening_must_be_enabled_and_not_shadowed(self) -> None:
        states = (State("open", is_enabled=False), *STATES[1:])
        opening = Opening("done", ("agent",))
        found = problems(table(*BY_URGENCY, states=states, openings=(Opening("open", ("agent",)), opening, opening)))
        assert found == [
            "workflow.openings[0]: state 'open' is not enabled; enable it, or use another state",
            (
                "workflow.openings[2]: an earlier opening into the same state always goes first; "
                "leave it out, or give it to other roles or groups"
            ),
        ]

    def test_each_option_says_where_it_leads(self) -> None:
        made = desk(*BY_URGENCY, reopen="back", fields=(*FIELDS[:1], Field("note"), Field("why")))

        def targets() -> dict[str | None, str | None]:
            return {each.transition or each.command: each.target for each in available(made.ticket, ANA, made.rules)}

        found = targets()
        assert (found["close"], found["back"], found["reopen"]) == ("closed", None, None)  # it is open already
        assert found["go_on"] is None, "the field urgent decides, and is to come with the move"
        assert (found["add_message"], found["assign"], found["open"], found["follow_up"]) == (None, None, None, None)
        made.give(commands.SetFields({"urgent": False, "note": "n", "why": "w"}, at=TEN, by=ANA))
        assert targets()["go_on"] == "parked"
        made.give(commands.Move("go_on", at=TEN, by=ANA))
        assert (made.ticket.state, targets()["back"], targets()["reopen"]) == ("parked", "open", "open")

    def test_an_opening_says_where_the_ticket_begins(self) -> None:
        rules = Rules("table", table(*BY_URGENCY), WEEKDAYS)
        assert [(each.command, each.target) for each in available(None, CUSTOMER, rules)] == [("open", "open")]

    def test_a_move_to_the_present_state_is_refused_as_already_there(self) -> None:
        made = desk(*BY_URGENCY)
        (reason,) = made.refused(commands.Move("back", at=TEN, by=ANA)).reasons
        assert (reason.kind, reason.what) == ("already_there", "'back' leads to 'open', where the ticket already is")
        assert reason.help == "from there, agents can: go_on, close"
        made.give(commands.Move("go_on", fields={"urgent": False, "note": "n", "why": "w"}, at=TEN, by=ANA))
        assert made.refused(commands.Move("go_on", at=TEN, by=ANA)).kinds == {"already_there"}
        made.give(commands.Move("back", at=TEN, by=ANA))
        assert made.refused(commands.Move("back", at=TEN, by=CUSTOMER)).kinds == {"already_there", "not_allowed"}

    def test_a_transition_from_a_state_to_itself_is_taken(self) -> None:
        made = desk(Transition("again", ("open",), "open", may=SUPPORT))
        made.give(commands.Move("again", at=TEN, by=ANA))
        assert made.ticket.state == "open"

    def test_an_unknown_transition_is_refused(self) -> None:
        (reason,) = desk(*BY_URGENCY).refused(commands.Move("go_one", at=TEN, by=ANA)).reasons
        assert (reason.kind, reason.what) == ("no_such_transition", "transition 'go_one' does not exist")

    def test_openings_are_available_before_there_is_a_ticket(self) -> None:
        rules = Rules("table", table(*BY_URGENCY, openings=self.OPENINGS), WEEKDAYS)
        (for_agent,) = available(None, ANA, rules)
        (for_robot,) = available(None, ROBOT, rules)
        assert (for_agent.command, for_agent.needs, for_agent.is_open) == ("open", ("note",), True)
        assert not for_robot.is_open or not for_robot.needs


class TestProblems:
    def test_problems_of_all_parts_are_listed_together(self) -> None:
        workflow = Workflow(
            states=(
                State("open", pipeline="sals"),
                State("won", pipeline="sales", outcome="wno", masks={"idel"}),
                State("closed", "closed"),
            ),
            transitions=(
                Transition("go", ("open",), "won", may=SUPPORT),
                Transition("end", ("won",), "closed", may=SUPPORT),
            ),
            fields=(
                Field("outcome", ("won", "lost")),
                Field("resolution"),
                Field("return_stage", ("opne",)),
                Field("day", (1,), kind="moment", filled_from="subject", filled_when=FieldIs("dya", 1)),
            ),
            openings=(Opening("opn", ("agnt",), needs=("resolution2",)), Opening("closed", ("agent",))),
            pipelines=(
                Pipeline("sales", "open", channels=("web",)),
                Pipeline("other", "won", channels=("web",)),
                Pipeline("sales", "won"),
            ),
            lists=(Listing("mine", AssignedTo()), Listing("mine", StateIs("opn"))),
            reopen="bakc",
        )
        assert problems(workflow) == [
            "workflow.pipelines[2]: another one is named 'sales'; give each of the pipelines its own name",
            "workflow.lists[1]: another one is named 'mine'; give each of the lists its own name",
            "workflow.reopen: no transition 'bakc'; there are: end, go",
            "workflow.openings[0]: no state 'opn'; did you mean 'open'?",
            "workflow.openings[0].may: no role or group 'agnt'; did you mean 'agent'?",
            "workflow.openings[0].needs: no field 'resolution2'; did you mean 'resolution'?",
            "workflow.openings[1]: state 'closed' is closed; let tickets open in another state",
            "workflow.states[0] 'open': no pipeline 'sals'; did you mean 'sales'?",
            "workflow.pipelines[0] 'sales'.entry: no stage 'open'; there are: won",
            "workflow.pipelines[1] 'other'.entry: no stage 'won'; there are: none",
            (
                "workflow.pipelines[1] 'other': channel 'web' also feeds pipeline 'sales'; "
                "let each channel feed one pipeline"
            ),
            "workflow.pipelines[2] 'sales'.entry: stage 'won' has no opening; add an opening into it",
            (
                "workflow.fields[1] 'resolution': the name 'resolution' has another meaning in the needs of "
                "transitions; use another name"
            ),
            (
                "workflow.fields[3] 'day': a field that mails fill must allow all texts; "
                "make its kind 'text', without choices"
            ),
            "workflow.fields[3] 'day': a field of instants cannot have choices; leave them out",
            "workflow.fields[3] 'day'.filled_when: no field 'dya'; did you mean 'day'?",
            "workflow.fields 'return_stage': no state with an opening 'opne'; did you mean 'opn'?",
            "workflow.states[1] 'won': no outcome 'wno'; did you mean 'won'?",
            "workflow.lists 'mine': AssignedTo has no values; give at least one",
            "workflow.lists 'mine': no state 'opn'; did you mean 'open'?",
            "workflow.states[1] 'won'.masks: no group of rules 'idel'; there are: none",
        ]

    def test_names_in_rules_must_exist(self) -> None:
        rules = (
            Automation("a", OnCommand(), (Assign("bea"), AssignTo("actor"), CancelSnooze(), CancelSnooze())),
            Automation("b", OnCommand("mvoe", by={"agnt"}), (Resolve("won"), SendMessage("x", to="owenr"))),
            Automation("snooze.clear", OnMessage("customer"), (SendMessage("x", to="owner"),)),
        )
        found = problems(table(*BY_URGENCY), *rules, snoozing=Snoozing(calendar="offcie"))
        once = "keep one of the actions; all actions of a step take effect at once"
        assert found == [
            "rules 'table'.snoozing.calendar: no calendar 'offcie'; there are: default",
            "automations[0] 'a'.when: the trigger names no command; name at least one",
            f"automations[0] 'a'.then: one step changes the assignee twice; {once}",
            f"automations[0] 'a'.then: one step changes the snooze twice; {once}",
            "automations[1] 'b'.when: no command 'mvoe'; did you mean 'move'?",
            "automations[1] 'b'.when: no role 'agnt'; did you mean 'agent'?",
            "automations[1] 'b'.then: no outcome 'won'; there are: none",
            "automations[1] 'b'.then: no recipient 'owenr'; did you mean 'owner'?",
            "automations[2] 'snooze.clear': the id 'snooze.clear' is reserved for implied rules; use another id",
        ]

    def test_a_transition_that_cannot_be_taken_is_not_a_way_out(self) -> None:
        """Nobody may take it, its guard never holds, its target is disabled, or its target is the state itself."""
        states = (*STATES, State("off", is_enabled=False))
        stuck = State("stuck")
        for row in (
            Transition("out", ("stuck",), "open"),
            Transition("out", ("stuck",), "open", may=SUPPORT, given=AnyOf()),
            Transition("out", ("stuck",), "off", may=SUPPORT),
            Transition("out", ("stuck",), "stuck", may=SUPPORT),
        ):
            workflow = table(*BY_URGENCY, row, states=(*states, stuck))
            assert any("'stuck': tickets cannot leave it" in text for text in problems(workflow))
        by_a_rule = Automation("out", OnMessage("customer"), (Move("out"),))
        row = Transition("out", ("stuck",), "open")
        Rules("table", table(*BY_URGENCY, row, states=(*STATES, stuck)), WEEKDAYS, (by_a_rule,))

    def test_permissions_without_effect_are_found(self) -> None:
        permissions = {"move": Permission(["agent"]), "open": Permission(["agent"], given=StateIs("open"))}
        assert problems(table(*BY_URGENCY, permissions=permissions)) == [
            (
                "workflow.permissions['move']: transitions have their own permissions; "
                "leave it out, and use the may of each transition"
            ),
            "workflow.permissions['open'].given: a condition needs a ticket, and open has none yet; leave it out",
        ]

    def test_a_workflow_without_states_has_one_problem(self) -> None:
        assert problems(Workflow(())) == [
            "workflow.states: the workflow has no states; give at least the one in which tickets open"
        ]


class TestCommands:
    def test_a_command_that_changes_nothing_leaves_an_entry_and_no_event(self) -> None:
        made = desk(*BY_URGENCY)
        made.assign(TEN, "ana")
        for command in (
            commands.Assign("ana", at=TEN, by=ANA),
            commands.SetFields({"note": None}, at=TEN, by=ANA),
        ):
            assert made.give(command).entries[-1].events == ()

    def test_on_command_ignores_commands_that_change_nothing(self) -> None:
        told = Automation("tell", OnCommand("assign", by={"agent"}), (SendMessage("told", to="owner"),))
        made = desk(*BY_URGENCY, automations=(told,))
        counts = []
        for assignee, by in (("ana", ANA), ("ana", ANA), ("bea", BOSS), ("ana", ANA)):
            entries = made.give(commands.Assign(assignee, at=TEN, by=by)).entries
            counts.append(sum(isinstance(event, MessageRequested) for entry in entries for event in entry.events))
        assert counts == [1, 0, 0, 1]

    def test_rules_assign_and_resolve(self) -> None:
        fields = (*FIELDS, Field("outcome", ("won", "lost")))
        rules = (
            Automation("a", OnMessage("customer"), (Assign("bea"), Resolve("won"))),
            Automation("b", OnMessage("customer"), (Resolve("lost"),), rank=1),
            Automation("c", OnMessage("agent"), (AssignTo("snoozer"),)),
        )
        made = desk(*BY_URGENCY, automations=rules, fields=fields)
        won, lost = list(made.ticket.history)[1:]
        assert won.events == (Assigned(None, "bea"), FieldChanged("outcome", None, "won"))
        assert lost.events == (Dropped("resolve as lost: it ended already, as 'won'"),)
        made.write(TEN, ANA)  # no snooze is armed, so nobody snoozed it and nothing happens
        assert made.ticket.assignee == "bea"
        assert made.ticket.first_resolution is not None

    def test_linking_to_itself_is_refused(self) -> None:
        made = desk(*BY_URGENCY)
        assert made.refused(commands.Link("T-1", at=TEN, by=ANA)).kinds == {"bad_value"}
        made.give(commands.Link("T-2", "duplicate_of", at=TEN, by=ANA))
        assert [(link.ticket, link.kind) for link in made.ticket.links] == [("T-2", "duplicate_of")]

    def test_reopening_an_open_ticket_or_without_a_transition_is_refused(self) -> None:
        made = desk(*BY_URGENCY, reopen="back")
        assert made.refused(commands.Reopen(at=TEN, by=ANA)).kinds == {"already_there"}
        assert desk(*BY_URGENCY).refused(commands.Reopen(at=TEN, by=ANA)).kinds == {"no_such_transition"}
        made.give(commands.Move("go_on", fields={"urgent": True, "note": "x"}, at=TEN, by=ANA))
        (changed,) = made.give(commands.Reopen(at=TEN, by=ANA)).entries[-1].events
        assert isinstance(changed, StateChanged)

    def test_options_that_the_desk_does_not_have_are_not_available(self) -> None:
        made = Desk(Rules("bare", Workflow(STATES, (*BY_URGENCY_FREE, BACK, CLOSE)), WEEKDAYS))
        made.open(NINE)
        shut = {option.command for option in available(made.ticket, ANA, made.rules) if not option.is_open}
        assert {"set_fields", "review_classification", "record_event", "snooze"} <= shut

    def test_snoozing_without_snooze_options_is_refused(self) -> None:
        refusal = desk(*BY_URGENCY).refused(commands.Snooze(choice="tomorrow", at=TEN, by=ANA))
        assert refusal.kinds == {"not_found"}

    def test_permissions_are_data(self) -> None:
        nobody = {"link": Permission((), given=All())}
        (reason,) = desk(*BY_URGENCY, permissions=nobody).refused(commands.Link("T-2", at=TEN, by=ANA)).reasons
        assert (reason.kind, reason.help) == ("not_allowed", "it is for: nobody")
        bulk = {"bulk": Permission(())}
        made = desk(*BY_URGENCY, permissions=bulk)
        assert made.ticket.state == "open"


class TestWhoMaySetWhat:
    """A permission cannot be bypassed by another command."""

    ACCEPT = Transition("accept", ("open",), "done", may=("customer",), given=FieldIs("urgent", True))

    def test_a_field_that_the_actor_may_not_set_does_not_satisfy_a_guard(self) -> None:
        made = desk(*BY_URGENCY, self.ACCEPT)
        command = commands.Move("accept", fields={"urgent": True}, at=TEN, by=CUSTOMER)
        assert made.refused(command).kinds == {"not_allowed"}
        (option,) = (each for each in available(made.ticket, CUSTOMER, made.rules) if each.transition == "accept")
        assert (option.needs, [reason.kind for reason in option.reasons]) == ((), ["guard"])

    def test_fields_that_a_transition_takes_may_come_with_it(self) -> None:
        row = Transition("park", ("open",), "parked", may=("customer",), takes=("why",))
        made = desk(*BY_URGENCY, row)
        made.give(commands.Move("park", fields={"why": "x"}, at=TEN, by=CUSTOMER))
        assert made.ticket.fields["why"] == "x"

    def test_a_field_is_a_need_only_if_it_could_help(self) -> None:
        helps = All(AnyOf(FieldIs("why", "x"), StateIs("done")), AssignedTo("bea"), Not(Not(FieldIs("why", "x"))))
        row = Transition("park", ("open",), "parked", may=SUPPORT, given=helps)
        made = desk(row)
        for assignee, needs in (("ana", ()), ("bea", ("why",))):
            made.assign(TEN, assignee)
            (option,) = (each for each in available(made.ticket, ANA, made.rules) if each.transition == "park")
            assert (option.needs, option.is_open) == (needs, bool(needs))

    def test_opening_does_not_bypass_permissions(self) -> None:
        rules = Rules("table", table(*BY_URGENCY), WEEKDAYS)
        for command in (
            commands.Open("T-1", {"urgent": True}, at=NINE, by=CUSTOMER),
            commands.Open("T-1", assignee="boss", at=NINE, by=CUSTOMER),
            commands.Open("T-1", message=Message("m", public=False), at=NINE, by=CUSTOMER),
        ):
            assert Desk(rules).refused(command).kinds == {"not_allowed"}

    def test_following_up_does_not_bypass_openings(self) -> None:
        openings = (Opening("open", SUPPORT, needs=("message",)),)
        made = Desk(Rules("table", table(*BY_URGENCY, openings=openings), WEEKDAYS))
        made.give(commands.Open("T-1", message=Message("m"), at=NINE, by=ANA))
        made.give(commands.Move("close", at=NINE, by=ANA))
        assert made.refused(commands.FollowUp("T-2", at=TEN, by=CUSTOMER)).kinds == {"not_allowed"}
        assert made.refused(commands.FollowUp("T-2", at=TEN, by=ANA)).kinds == {"missing_fields"}

    def test_an_opening_that_needs_a_message_refuses_an_internal_note(self) -> None:
        openings = (Opening("open", SUPPORT, needs=("message",)),)
        made = Desk(Rules("table", table(*BY_URGENCY, openings=openings), WEEKDAYS))
        note = commands.Open("T-1", message=Message("m", public=False), at=NINE, by=ANA)
        (reason,) = made.refused(note).reasons
        assert (reason.kind, reason.lacks) == ("missing_fields", ("message",))
        made.give(commands.Open("T-1", message=Message("m"), at=NINE, by=ANA))

    def test_a_message_with_a_move_needs_the_permission_to_write(self) -> None:
        row = Transition("park", ("open",), "parked", may=("robot",))
        made = desk(*BY_URGENCY, row, permissions={"add_message": Permission(["customer", "agent"])})
        command = commands.Move("park", Message("m"), at=TEN, by=ROBOT)
        assert made.refused(command).kinds == {"not_allowed"}

    def test_reopening_can_be_restricted(self) -> None:
        permissions = {"reopen": Permission(["administrator"])}
        made = desk(*BY_URGENCY, reopen="back", permissions=permissions)
        made.give(commands.Move("go_on", fields={"urgent": True, "note": "x"}, at=TEN, by=ANA))
        assert made.refused(commands.Reopen(at=TEN, by=ANA)).kinds == {"not_allowed"}
        made.give(commands.Reopen(at=TEN, by=BOSS))

    def test_a_mail_does_not_fill_a_held_field(self) -> None:
        hold = Automation("hold", OnMessage("customer"), (HoldField("why", "held"), SetField("note", None)))
        fields = (*FIELDS[:2], Field("why", kind="text", filled_from="subject"))
        made = desk(*BY_URGENCY, automations=(hold,), fields=fields)
        made.give(commands.AddMessage(Mail("m", subject="other"), at=TEN, by=ANA))
        assert made.ticket.fields["why"] == "held"

    def test_a_refused_bulk_command_lists_every_reason(self) -> None:
        permissions = {"bulk": Permission(["administrator"], given=StateIs("done"))}
        made = desk(*BY_URGENCY, permissions=permissions)
        (refused,) = decide_all([made.ticket], commands.Move("back", at=TEN, by=ANA), made.rules)
        assert isinstance(refused, Refused)
        assert [reason.kind for reason in refused.reasons] == ["not_allowed", "guard", "already_there"]
        (many,) = decide_all([made.ticket], commands.FollowUp("T-2", at=TEN, by=BOSS), made.rules)
        assert isinstance(many, Refused)
        assert {"bad_value", "guard"} <= many.kinds

    def test_the_refusal_of_a_stale_command_says_what_it_missed(self) -> None:
        late = Automation("late", After(Elapsed(hours=1), Created()), (SendMessage("late"),))
        made = desk(*BY_URGENCY, automations=(late,))
        command = commands.Assign("ana", at=utc(2026, 11, 24), by=ANA, expected_version=1)
        (reason,) = made.refused(command).reasons
        assert [entry.sequence for entry in reason.between] == [1]
        assert reason.help == "apply what is due first (evaluate and apply), then read the ticket again and decide anew"
        made.advance(utc(2026, 11, 24))
        (reason,) = made.refused(command).reasons
        assert [entry.sequence for entry in reason.between] == [1]
        assert reason.help == "read the ticket again and decide anew"
        opening = commands.Open("T-2", at=NINE, by=ANA, expected_version=7)
        assert Desk(made.rules).refused(opening).kinds == {"stale"}


class TestBadInput:
    """Bad input raises errors of the library, not of Python."""

    @pytest.mark.parametrize(
        "made",
        [
            lambda: SetField("day", datetime(2026, 1, 1)),  # noqa: DTZ001 -- the point
            lambda: FieldIs("day", datetime(2026, 1, 1)),  # noqa: DTZ001
            lambda: Field("day", (datetime(2026, 1, 1),)),  # noqa: DTZ001
            lambda: Field("day", "abc"),
            lambda: State("a", labels=None),  # type: ignore[arg-type]
            lambda: State("a", labels={"fr_FR": "a"}),
            lambda: State("a", labels={"en": 5}),  # type: ignore[dict-item]
            lambda: Workflow((), permissions=[1]),  # type: ignore[arg-type]
            lambda: Workflow((), groups={"Agent X"}),
            lambda: commands.Rate(10**5000, at=NINE, by=CUSTOMER),
            lambda: commands.Assign("a", at=NINE, by=ANA, expected_version=10**5000),
            lambda: commands.SetFields({"note": 10**5000}, at=NINE, by=ANA),
            lambda: commands.SetFields({"note": "x" * 70_000}, at=NINE, by=ANA),
            lambda: commands.SetFields({"note": "\ud800"}, at=NINE, by=ANA),
            lambda: commands.SetFields({1: "a"}, at=NINE, by=ANA),  # type: ignore[dict-item]
            lambda: OnCommand(["move"]),  # type: ignore[arg-type]
            lambda: InDays("x", "3"),  # type: ignore[arg-type]
            lambda: InDays("x", 1, at=timedelta(hours=-30)),
            lambda: AfterSpan("x", timedelta(hours=3)),  # type: ignore[arg-type]
            lambda: AfterSpan("x", OfTarget(50)),  # type: ignore[arg-type]
            lambda: AfterSpan("x y", Elapsed(hours=3)),
            lambda: Snoozing(choices=("tomorrow",)),  # type: ignore[arg-type]
            lambda: Arrival("x", ANA),  # type: ignore[arg-type]
            lambda: mermaid(senior().workflow, "fr_FR"),
            lambda: handle(None, "move", senior()),  # type: ignore[arg-type]
            lambda: decide_all([], None, senior()),  # type: ignore[arg-type]
        ],
    )
    def test_it_raises_an_error_of_the_library(self, made: Callable[[], object]) -> None:
        with pytest.raises(TicketflowError) as caught:
            made()
        assert str(caught.value)

    def test_a_snooze_beyond_the_year_9999_is_refused(self) -> None:
        end = datetime(9999, 12, 31, tzinfo=UTC)
        with pytest.raises(OutOfRangeError):
            Snoozing().moment(NextWeek(), end, WEEKDAYS)

    def test_a_span_of_a_choice_has_a_length(self) -> None:
        spans: tuple[Span, ...] = (Elapsed(), WorkingTime(), CalendarSpan(), Elapsed(days=36_526), BusinessDays(0))
        choices = tuple(AfterSpan(f"choice{number}", span) for number, span in enumerate(spans))
        where, short = "rules 'table'.snoozing.choices", "too short; give one second or more"
        assert problems(table(*BY_URGENCY), snoozing=Snoozing(choices)) == [
            f"{where}[0].span: the span 0 minutes is {short}",
            f"{where}[1].span: the span 0 minutes of working time is {short}",
            f"{where}[2].span: the span 0 days is {short}",
            f"{where}[3].span: the span 36526 days is too long; give 100 years or less",
        ]


class TestPictures:
    def test_a_transition_from_many_states_is_drawn_once(self) -> None:
        text = mermaid(embudo().workflow, "es")
        assert '    state "cualquier otro estado" as from0' in text.splitlines()
        assert "    from0 --> s0: to.sales.contact" in text.splitlines()
        assert '    state "cualquier estado" as from7' in text.splitlines()
        assert text.count(": close") == 1

    def test_pipelines_are_boxes(self) -> None:
        lines = graphviz(embudo().workflow, "es").splitlines()
        assert '    subgraph cluster_0 { label="Ventas"' in lines
        assert '        s2 [label="Ganado"]' in lines
        assert '    s7 [label="archivado", peripheries=2]' in lines
        assert "    begin -> s4" in lines
        assert lines[-1] == "}"

    def test_transitions_of_rules_are_marked(self) -> None:
        assert "    s2 --> s7: close (by itself)" in mermaid(senior().workflow).splitlines()
        assert '    state "new, in analysis, waiting for customer,' in mermaid(senior().workflow)
        assert 'label="close (automático)"' in graphviz(senior().workflow, "es")


def test_tags_find_states() -> None:
    workflow = table(*BY_URGENCY, states=(*STATES[:1], State("parked", "pending", tags={"wait"}), *STATES[2:]))
    assert workflow.tagged("wait") == ("parked",)


def test_actions_have_texts() -> None:
    asked = (Resolve("won"), Assign("bea"), Assign(), AssignTo("actor"), AddNote("why"), CancelSnooze())
    assert [str(each) for each in asked] == [
        "resolve as won",
        "assign to bea",
        "assign to nobody",
        "assign to the actor",
        "note why",
        "cancel the snooze",
    ]


def test_a_list_shows_the_tickets_of_its_assignees() -> None:
    made = desk(*BY_URGENCY, lists=(Listing("anas", AssignedTo("ana")), Listing("beas", AssignedTo("bea"))))
    made.assign(TEN, "bea")
    assert made.rules.workflow.listed(made.ticket.facts) == ("beas",)


def test_a_rule_may_wait_for_somebody_to_be_assigned() -> None:
    told = Automation("tell", OnEnter(AssignedTo("bea")), (SendMessage("told"),))
    made = desk(*BY_URGENCY, automations=(told,))
    made.assign(TEN, "ana")
    assert not isinstance(made.ticket.history.last.events[0], MessageRequested)
    made.assign(TEN, "bea")
    assert isinstance(made.ticket.history.last.events[0], MessageRequested)
