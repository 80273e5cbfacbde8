"""The check of a rule set has a budget of steps, and says what it did not look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.analysis.test_search import LARGE, PRESETS
from tests.support.calls import count_calls
from tests.support.faulty_rule_sets import PLANTED
from ticketflow import (
    After,
    All,
    Automation,
    Created,
    Elapsed,
    Field,
    FieldIs,
    Not,
    OnCommand,
    OnEnter,
    OnMessage,
    Rules,
    StateIs,
    documents,
)
from ticketflow.analysis.check import check
from ticketflow.analysis.explore.findings import findings_of
from ticketflow.analysis.explore.search import explore
from ticketflow.analysis.explore.unattended import unattended_paths
from ticketflow.analysis.findings import Finding
from ticketflow.analysis.lint.pairs import candidates
from ticketflow.analysis.lint.run import exact_findings, exact_within, linear_findings
from ticketflow.analysis.reachability import Reachability
from ticketflow.analysis.steps import MOST_STEPS, OutOfSteps, Steps
from ticketflow.errors import BadValueError
from ticketflow.presets.enate import enate
from ticketflow.presets.servicenow import servicenow
from ticketflow.rules.actions import Assign, SendMessage
from ticketflow.workflow.conditions import Condition

DESK = servicenow()
STATES = tuple(state.name for state in DESK.workflow.states)


def timers(count: int) -> Rules:
    """Return a rule set with plain timers that wait for different spans."""
    send = (SendMessage("x"),)
    return attrs.evolve(
        DESK, automations=tuple(Automation(f"r{n}", After(Elapsed(hours=n), Created()), send) for n in range(1, count))
    )


def changing_timers(count: int) -> Rules:
    """Return a rule set with timers that wait for different spans and change the ticket."""
    return attrs.evolve(
        DESK,
        automations=tuple(
            Automation(f"r{n}", After(Elapsed(hours=n), Created()), (Assign(f"a{n}"),)) for n in range(1, count)
        ),
    )


def reactions(count: int) -> Rules:
    """Return a rule set with reactions that send different messages."""
    when = OnMessage("customer")
    return attrs.evolve(
        DESK, automations=tuple(Automation(f"r{n}", when, (SendMessage(f"x{n}"),)) for n in range(count))
    )


def pigeonhole(holes: int) -> Rules:
    """Return a rule set with a condition that puts one pigeon more than there are holes into different holes."""
    fields = tuple(Field(f"n{number}", kind="number") for number in range(holes + 1))
    placed = (FieldIs(field.name, *range(holes)) for field in fields)
    apart = (
        Not(All(FieldIs(one.name, hole), FieldIs(other.name, hole)))
        for index, one in enumerate(fields)
        for other in fields[:index]
        for hole in range(holes)
    )
    return with_condition(All(*placed, *apart), fields)


def with_condition(condition: Condition, fields: tuple[Field, ...] = ()) -> Rules:
    workflow = attrs.evolve(DESK.workflow, fields=(*DESK.workflow.fields, *fields))
    rule = Automation("p", OnMessage("customer"), (SendMessage("x"),), given=condition)
    return attrs.evolve(DESK, workflow=workflow, automations=(rule,))


def exact_steps(rules: Rules) -> int:
    steps = Steps(100 * MOST_STEPS)
    list(exact_within(steps, rules))
    return steps.used


def growth(work: Callable[[Any], object], build: Callable[[int], object], small: int, large: int) -> float:
    """Return how many times the calls for a small source the work makes for a large one."""
    work(build(small))  # what is computed once in a process is not counted
    once, more = build(small), build(large)
    return count_calls(lambda: work(more)) / count_calls(lambda: work(once))


def not_checked(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.what for finding in findings if finding.code == "not_checked"]


def _presets() -> list[Any]:
    return [pytest.param(name, marks=[pytest.mark.lives] if name in LARGE else []) for name in sorted(PRESETS)]


BUILDERS = [timers, changing_timers, reactions]


class TestGrowth:
    """Twice the input takes at most 2.5 times the steps, and a step is a bounded number of calls."""

    @pytest.mark.parametrize("build", BUILDERS)
    def test_exact_steps(self, build: Callable[[int], Rules]) -> None:
        assert exact_steps(build(200)) <= 2.5 * exact_steps(build(100))

    @pytest.mark.parametrize("build", BUILDERS)
    def test_calls_of_the_exact_checks(self, build: Callable[[int], Rules]) -> None:
        assert growth(lambda rules: list(exact_findings(rules)), build, 100, 200) <= 2.5

    @pytest.mark.parametrize("build", BUILDERS)
    def test_calls_of_the_linear_checks(self, build: Callable[[int], Rules]) -> None:
        assert growth(lambda rules: list(linear_findings(rules)), build, 100, 200) <= 2.5

    @pytest.mark.parametrize("build", BUILDERS)
    def test_calls_of_loading(self, build: Callable[[int], Rules]) -> None:
        assert growth(documents.load, lambda count: documents.write(build(count)), 100, 200) <= 2.5

    def test_calls_of_loading_a_pigeonhole_condition(self) -> None:
        small, large = (len(documents.write(pigeonhole(holes))) for holes in (5, 7))
        assert large / small >= 2
        assert growth(documents.load, lambda holes: documents.write(pigeonhole(holes)), 5, 7) <= 1.25 * large / small

    @pytest.mark.parametrize("build", [timers, changing_timers])
    def test_calls_of_a_search_of_as_many_configurations(self, build: Callable[[int], Rules]) -> None:
        assert growth(lambda rules: explore(rules, 5), build, 30, 60) <= 2.5

    @pytest.mark.parametrize("build", BUILDERS)
    def test_calls_of_a_whole_check(self, build: Callable[[int], Rules]) -> None:
        assert growth(lambda rules: check(rules, steps=20_000), build, 30, 60) <= 2.5

    def test_calls_of_a_whole_check_of_a_pigeonhole_condition(self) -> None:
        assert growth(lambda rules: check(rules, steps=20_000), pigeonhole, 5, 7) <= 2.5

    @pytest.mark.parametrize(("build", "small"), [(timers, 30), (changing_timers, 30), (reactions, 10)])
    def test_calls_of_unattended_paths(self, build: Callable[[int], Rules], small: int) -> None:
        # all reactions to one event run in one step of the engine, so few of them must fit into the budget
        assert growth(lambda rules: unattended_paths(rules, steps=20_000), build, small, 2 * small) <= 2.5


class TestTheBudget:
    @pytest.mark.parametrize("name", _presets())
    def test_presets_stay_below_it(self, name: str) -> None:
        rules = PRESETS[name][0]
        assert exact_steps(rules) < MOST_STEPS / 10
        assert not_checked(documents.load(documents.write(rules)).findings) == []
        assert not_checked(check(rules)) == []

    def test_what_is_left_out_is_named(self) -> None:
        rules, steps = timers(20), Steps(30_000)
        list(exact_within(steps, rules))
        found = explore(rules, steps=steps)
        assert not_checked(check(rules, steps=30_000)) == [
            f"the budget of 30000 steps is used up; not checked: configurations after the first {len(found.nodes)}"
        ]
        assert not_checked(check(pigeonhole(7), steps=100_000)) == [
            (
                "the budget of 100000 steps is used up; not checked: some conditions, states and transitions, rules, "
                "timers, pairs of rules, histories of tickets"
            ),
        ]

    def test_findings_before_the_end_are_kept(self) -> None:
        rules = PLANTED["a rule asks for two states at once"].fault()
        steps = Steps(exact_steps(rules) - 1)
        kept = [finding.code for finding in exact_within(steps, rules)]
        assert steps.skipped
        assert "never_true" in kept

    def test_a_load_that_takes_too_many_steps_says_so(self) -> None:
        findings = documents.load(documents.write(pigeonhole(5))).findings
        (what,) = not_checked(findings)
        assert what.endswith("steps is used up; not checked: some conditions")

    def test_steps_are_counted(self) -> None:
        steps = Steps(3)
        steps.spend(2)
        steps.require(1)
        assert (steps.used, steps.left) == (2, 1)
        with pytest.raises(OutOfSteps):
            steps.require(2)
        with pytest.raises(OutOfSteps):
            steps.spend(2)
        assert steps.left == 0

    @pytest.mark.parametrize("most", [0, -1, True, 2.0])
    def test_it_is_a_number_of_steps(self, most: int) -> None:
        with pytest.raises(BadValueError, match="steps are not possible; give a whole number of at least 1"):
            check(DESK, steps=most)


class TestTheSearch:
    def test_it_leaves_steps_for_what_it_found(self) -> None:
        found = explore(enate(), steps=Steps(9_000))
        assert not found.is_closed
        assert found.budget.skipped == [f"configurations after the first {len(found.nodes)}"]
        assert found.budget.used <= 7_200

    def test_checks_of_what_it_found_stop_as_well(self) -> None:
        found = explore(enate(), 50)
        found.budget.used = found.budget.most
        assert list(findings_of(found)) == []
        assert found.budget.skipped == [
            "some reminders after the closing",
            "states without a way on",
            "loops",
            "message storms",
            "rules that act at one instant",
        ]

    def test_a_witness_is_made_only_if_it_fits(self) -> None:
        found = explore(reactions(20), 5)
        found.budget.used = found.budget.most - found.engine_step * 5
        with pytest.raises(OutOfSteps):
            found.witness(found.commands_of(found.steps[-1]), found.steps[-1].at)

    def test_unattended_paths_end_early(self) -> None:
        every = unattended_paths(timers(6), 20)
        few = unattended_paths(timers(6), 20, steps=2_000)
        assert few[0].ending == "goes_on"
        assert len(few[0].steps) < len(every[0].steps)


class TestCandidates:
    def test_rules_that_require_different_states_are_not_compared(self) -> None:
        rules = tuple(
            Automation(f"r{n}", OnCommand("assign"), (Assign(f"a{n}"),), given=All(StateIs(state)))
            for n, state in enumerate(STATES[:3] + STATES[:1])
        )
        assert candidates(Reachability(attrs.evolve(DESK, automations=rules))) == [(0, 3)]

    def test_a_rule_without_a_state_is_compared_with_all_others(self) -> None:
        enter = OnEnter(StateIs(STATES[0]))
        rules = tuple(Automation(name, enter, (Assign(name),)) for name in ("ana", "bea"))
        anywhere = Automation("cleo", OnCommand("move"), (Assign("cleo"),))
        found = exact_findings(attrs.evolve(DESK, automations=(*rules, anywhere)))
        pairs = [finding.what for finding in found if finding.code == "order_sensitive"]
        assert len(pairs) == 3

    def test_triggers_are_compared_once(self) -> None:
        reachability = Reachability(DESK)
        one, other = OnMessage("customer"), OnMessage("anyone")
        first = (reachability.together(one, other), reachability.entries(one))
        used = reachability.steps.used
        assert (reachability.together(one, other), reachability.entries(one)) == first
        assert reachability.steps.used == used
