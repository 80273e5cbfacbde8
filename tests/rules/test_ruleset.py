"""A rule set lists all its problems together when it is built, each with its place and the likely fix."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.small_rule_set import WEEKDAYS, WORKFLOW, small
from ticketflow import (
    After,
    Automation,
    BusinessDays,
    CalendarSpan,
    CategoryIs,
    Created,
    Elapsed,
    Entered,
    Field,
    FieldIs,
    IsAssigned,
    Ladder,
    LastMessage,
    Latest,
    Not,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Outside,
    Permission,
    Rules,
    Rung,
    State,
    StateIs,
    Transition,
    Workflow,
    WorkingTime,
)
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.presets.senior import senior
from ticketflow.presets.servicenow import servicenow
from ticketflow.rules.actions import HoldField, Move, ReleaseField, SendMessage, SetField
from ticketflow.rules.automations import Rule
from ticketflow.workflow.conditions import Condition


def problems(*automations: Rule, workflow: Workflow = WORKFLOW, **options: object) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        Rules("small", workflow, WEEKDAYS, automations, None, (), (), **options)  # type: ignore[arg-type]
    return [str(problem) for problem in caught.value.problems]


NUDGE = (SendMessage("nudge"),)


class TestProblems:
    def test_unknown_names_are_found_together_with_what_was_meant(self) -> None:
        found = problems(
            Automation("a", OnEnter(StateIs("penidng")), (Move("archve"),)),
            Ladder("b", Entered("dne"), StateIs("open"), (Rung(Elapsed(hours=1), SetField("notes", "x")),)),
            Automation("c", OnOutside("deliverd"), NUDGE, given=FieldIs("prioriti", "low"), calendar="night"),
            Automation("d", After(Elapsed(hours=1), Latest(Created(), Outside("x"))), NUDGE, ended_by=Entered("opn")),
            Automation("e", OnLeave(CategoryIs("pending")), (SendMessage("X", to="custmer"), SendMessage("X"))),
            Automation("f", OnLeave(CategoryIs("pending")), (SendMessage("x", to="person:a b"),)),
        )
        assert found == [
            "rules 'small', automations[0] 'a'.when: no state 'penidng'; did you mean 'pending'?",
            "rules 'small', automations[0] 'a'.then: no transition 'archve'; did you mean 'archive'?",
            "rules 'small', automations[1] 'b'.since: no state 'dne'; did you mean 'done'?",
            "rules 'small', automations[1] 'b'.then: no field 'notes'; did you mean 'note'?",
            "rules 'small', automations[2] 'c'.calendar: no calendar 'night'; there are: default",
            "rules 'small', automations[2] 'c'.given: no field 'prioriti'; did you mean 'priority'?",
            "rules 'small', automations[2] 'c'.when: no outside event 'deliverd'; did you mean 'delivered'?",
            "rules 'small', automations[3] 'd'.when.since: no outside event 'x'; there are: delivered",
            "rules 'small', automations[3] 'd'.ended_by: no state 'opn'; did you mean 'open'?",
            "rules 'small', automations[4] 'e'.then: no recipient 'custmer'; did you mean 'customer'?",
            (
                "rules 'small', automations[4] 'e'.then: template 'X' is not a name; "
                "use lower-case ASCII letters, digits, '_', '.' or '-', a letter first, at most 64 characters"
            ),
            (
                "rules 'small', automations[5] 'f'.then: 'person:a b' is not a recipient; "
                "name a role or group, or 'person:' and an id"
            ),
        ]

    def test_a_wrong_type_is_found_before_any_unknown_name(self) -> None:
        found = problems(
            Automation("a", OnMessage("agent"), (Move("archve"),)),
            5,  # type: ignore[arg-type]
            remembered_events="many",
        )
        assert found == [
            "rules 'small'.automations[1]: it is 5; give an Automation or a Ladder",
            "rules 'small'.remembered_events: it is 'many'; give a whole number",
        ]

    def test_wrong_keys_and_values_of_a_mapping_are_found_together(self) -> None:
        with pytest.raises(DefinitionError) as caught:
            Rules("small", WORKFLOW, {3: WEEKDAYS, "default": 5})  # type: ignore[dict-item]
        assert [str(problem) for problem in caught.value.problems] == [
            "rules 'small'.calendars: it has the key 3; give a text as the key",
            "rules 'small'.calendars['default']: it is 5; give a Calendar",
        ]

    def test_conditions_are_nested_at_most_twelve_deep(self) -> None:
        nested: Condition = StateIs("open")
        for _ in range(12):
            nested = Not(nested)
        assert Rules("small", WORKFLOW, WEEKDAYS, (Automation("a", OnMessage("agent"), NUDGE, given=nested),))
        for _ in range(5_000):
            nested = Not(nested)
        assert problems(Automation("a", OnMessage("agent"), NUDGE, given=nested)) == [
            "rules 'small', automations[0]: it is nested more than 12 levels deep; nest it less"
        ]

    @pytest.mark.parametrize(
        ("rule", "what"),
        [
            (Automation("a", OnMessage("agent"), ()), "there are no actions"),
            (Automation("a", OnMessage("agent"), NUDGE, given=StateIs()), "StateIs has no values; give at least one"),
            (
                Automation("a", OnMessage("agent"), NUDGE, given=FieldIs("priority", "hgih")),
                "field 'priority' cannot be 'hgih'; there are: low, high",
            ),
            (Automation("a", OnMessage("agent"), NUDGE, generation=0), "it is 0; count generations from 1"),
            (
                Automation("a", After(CalendarSpan(), Created()), NUDGE),
                "the span 0 days is too short; give one second or more, or use a trigger",
            ),
            (Automation("a", After(Elapsed(hours=1), Latest()), NUDGE), "Latest has no anchors; give at least one"),
        ],
    )
    def test_single_problems_of_a_rule(self, rule: Rule, what: str) -> None:
        assert what in problems(rule)[0]

    @pytest.mark.parametrize(
        "make",
        [
            lambda: Transition("f", "open", "d"),
            lambda: Transition("f", ("open",), "d", may="agent"),
            lambda: Transition("f", ("open",), "d", may=(5,)),  # type: ignore[arg-type]
            lambda: Rules("x", WORKFLOW, None),  # type: ignore[arg-type]
            lambda: Rules("x", WORKFLOW, {"default": 5}),  # type: ignore[dict-item]
            lambda: Rules("x", None, WEEKDAYS),  # type: ignore[arg-type]
            lambda: Workflow("open"),  # type: ignore[arg-type]
        ],
    )
    def test_arguments_of_a_wrong_type_are_refused(self, make: Callable[[], object]) -> None:
        with pytest.raises((BadValueError, DefinitionError)):
            make()

    def test_duplicate_rules_empty_ladders_and_spans_too_short(self) -> None:
        found = problems(
            Automation("a", After(Elapsed(timedelta(milliseconds=999)), Created()), NUDGE),
            Ladder("a", Created(), StateIs("open"), ()),
        )
        assert [text.partition("; ")[0] for text in found] == [
            "rules 'small', automations[0] 'a'.when.span: the span 0:00:00.999000 is too short",
            "rules 'small', automations[1] 'a': another rule has the id 'a'",
            "rules 'small', automations[1] 'a'.rungs: the ladder has no rungs",
        ]

    def test_values_that_a_field_cannot_have(self) -> None:
        (found,) = problems(Automation("a", OnMessage("customer"), (SetField("priority", "hgih"),)))
        assert found.endswith("field 'priority' cannot have 'hgih'; there are: low, high")

    def test_a_step_changes_each_part_of_the_ticket_once(self) -> None:
        twice = (Move("wait"), Move("archive"), HoldField("note", "x"), ReleaseField("note"))
        assert [text.split(": ")[1] for text in problems(Automation("a", OnMessage("anyone"), twice))] == [
            "one step changes field 'note' twice; keep one of the actions; all actions of a step take effect at once",
            "one step changes the state twice; keep one of the actions; all actions of a step take effect at once",
        ]

    def test_bounds_have_ceilings(self) -> None:
        found = problems(steps_at_one_instant=0, unattended_changes=10_001)
        assert [text.partition(":")[0] for text in found] == [
            "rules 'small'.steps_at_one_instant",
            "rules 'small'.unattended_changes",
        ]

    def test_a_workflow_is_checked_whole(self) -> None:
        workflow = Workflow(
            states=(State("open"), State("stuck"), State("open"), State("closed", "closed")),
            transitions=(
                Transition("go", ("opn",), "shut", may=("agnt",), given=StateIs("x"), needs=("messag", "message")),
                Transition("go", ("closed",), "open", may=("agent",)),
                Transition("nowhere", (), "open", may=("agent",)),
            ),
            fields=(Field("note"), Field("note"), Field("message")),
            permissions={"rat": Permission({"customr"}, FieldIs("nte", 1))},
            groups={"agent", "owner"},
        )
        found = [text.removeprefix("rules 'small', workflow.") for text in problems(workflow=workflow)]
        assert found == [
            "states[2]: another one is named 'open'; give each of the states its own name",
            "fields[1]: another one is named 'note'; give each of the fields its own name",
            "groups: group 'agent' has the name of a role; use another name",
            "groups: group 'owner' has the name of a recipient; use another name",
            "transitions[0] 'go': no state 'opn'; did you mean 'open'?",
            "transitions[0] 'go': no state 'shut'; there are: closed, open, stuck",
            "transitions[0] 'go'.needs: no field 'messag'; did you mean 'message'?",
            "transitions[0] 'go'.may: no role or group 'agnt'; did you mean 'agent'?",
            "transitions[0] 'go'.given: no state 'x'; there are: closed, open, stuck",
            "transitions[2] 'nowhere'.sources: the transition has no sources; give the states from which it leads",
            "permissions['rat']: no command 'rat'; did you mean 'rate'?",
            "permissions['rat'].may: no role or group 'customr'; did you mean 'customer'?",
            "permissions['rat'].given: no field 'nte'; did you mean 'note'?",
            "fields[2] 'message': the name 'message' has another meaning in the needs of transitions; use another name",
            "states[0] 'open': tickets cannot leave it; add a transition from it, or make its category 'closed'",
            "states[1] 'stuck': tickets cannot leave it; add a transition from it, or make its category 'closed'",
            "states[2] 'open': tickets cannot leave it; add a transition from it, or make its category 'closed'",
            (
                "transitions 'go': the transition leads from 'closed', which is closed; "
                "leave that source out, or make the category of the state 'resolved'"
            ),
        ]

    def test_a_workflow_needs_a_state(self) -> None:
        assert "states: the workflow has no states; give at least the one" in problems(workflow=Workflow(()))[0]
        assert (
            "states[0]: state 'closed' is closed; let tickets open in another state"
            in problems(workflow=Workflow((State("closed", "closed"),)))[0]
        )
        with pytest.raises(
            BadValueError, match=r"^State\.category is 'opne'; give one of open, pending, resolved, closed$"
        ):
            State("open", "opne")  # type: ignore[arg-type]

    def test_names_are_ascii(self) -> None:
        for make in (
            lambda: State("Open"),
            lambda: Field("día"),
            lambda: Automation("", OnMessage("anyone"), NUDGE),
        ):
            with pytest.raises(BadValueError):
                make()


class TestValues:
    def test_the_order_of_rules_does_not_matter(self) -> None:
        one = Automation("one", OnMessage("customer"), NUDGE)
        two = Automation("two", OnMessage("agent"), NUDGE)
        assert small(one, two) == small(two, one)
        assert small(one, two).digest == small(two, one).digest != small(one).digest

    @pytest.mark.parametrize("rules", [senior(), servicenow()])
    def test_presets_are_values(self, rules: Rules) -> None:
        assert hash(rules) == hash(rules)
        copy = pickle.loads(pickle.dumps(rules))  # noqa: S301 -- our own
        assert (copy, copy.digest) == (rules, rules.digest)

    def test_a_digest_is_the_same_in_every_process(self) -> None:
        code = "from ticketflow.presets.servicenow import servicenow; print(servicenow().digest)"
        digests = {
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": "C"},
            ).stdout
            for seed, zone in (("1", "Asia/Kathmandu"), ("2", "America/Lima"))
        }
        assert digests == {servicenow().digest + "\n"}

    def test_triggers_and_anchors_have_texts(self) -> None:
        spoken = [
            OnEnter(IsAssigned()),
            OnLeave(IsAssigned()),
            OnMessage("agent"),
            OnMessage("anyone"),
            OnOutside("delivered"),
            Created(),
            Entered("open"),
            Latest(LastMessage("customer"), LastMessage("anyone"), Outside("delivered")),
        ]
        assert [str(each) for each in spoken] == [
            "now somebody is assigned",
            "no longer true: somebody is assigned",
            "the support wrote",
            "someone wrote",
            "delivered happened",
            "opening the ticket",
            "entering open",
            "the later of the last message by the customer and the last message by anyone and the event delivered",
        ]

    def test_actions_have_texts(self) -> None:
        spoken = [Move("wait"), SetField("note", 1), HoldField("note", "x"), ReleaseField("note"), SendMessage("hi")]
        assert [str(each) for each in spoken] == [
            "move by wait",
            "set note to 1",
            "hold note at x",
            "release note",
            "send hi to the customer",
        ]

    def test_fields_without_choices_take_plain_values(self) -> None:
        note = Field("note")
        assert all(note.takes(value) for value in ("x", 5, True, None))
        assert not note.takes(1.5)  # type: ignore[arg-type] # the point

    def test_a_ladder_can_mix_all_four_spans(self) -> None:
        spans = (Elapsed(hours=1), WorkingTime(hours=8), BusinessDays(6), CalendarSpan(months=1))
        rungs = tuple(Rung(span, *NUDGE) for span in spans)
        assert small(Ladder("all", Created(), StateIs("open"), rungs)).automations
