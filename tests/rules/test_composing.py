"""Rule sets from others: parts added, replaced and left out by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from ticketflow import (
    All,
    Automation,
    BusinessCalendar,
    Elapsed,
    Entered,
    Field,
    Ladder,
    Listing,
    OnEnter,
    Pipeline,
    Policy,
    Rules,
    Rung,
    State,
    StateIs,
    Template,
    Transition,
    Workflow,
    actions,
)
from ticketflow.errors import BadValueError, DefinitionError
from ticketflow.sla import resolution

CLOSE = Ladder("close", Entered("waiting"), StateIs("waiting"), (Rung(Elapsed(days=3), actions.Move("close")),))
GREET = Automation("greet", OnEnter(StateIs("open")), (actions.SendMessage("hello"),))
BASE = Rules(
    "base",
    Workflow(
        (State("open"), State("waiting", "pending"), State("closed", "closed")),
        (
            Transition("ask", ["open"], "waiting", may=["agent"]),
            Transition("close", ["open"], "closed", may=["agent"]),
            Transition("close", ["waiting"], "closed", may=["agent"]),
        ),
        (Field("level", ("low", "high")),),
    ),
    BusinessCalendar("UTC", "mon-fri 09:00-18:00"),
    (CLOSE, GREET),
    clocks=(Policy("greet", resolution()),),
    templates=(Template("hello", {"en": "Hello"}), Template("bye", {"en": "Bye"})),
)


class TestReplacing:
    def test_a_rule_is_replaced_by_its_id(self) -> None:
        sooner = attrs.evolve(CLOSE, rungs=(Rung(Elapsed(days=1), actions.Move("close")),))
        made = BASE.adding(attrs.evolve(CLOSE, id="later")).replacing("later", attrs.evolve(sooner, id="sooner"))
        assert made.automations == (CLOSE, GREET, attrs.evolve(sooner, id="sooner"))
        assert made.name == "base"

    def test_a_replacement_takes_the_place_of_the_first_part(self) -> None:
        ajar = State("ajar")
        with pytest.raises(DefinitionError, match=r"rules 'base' with 'open' replaced, workflow.*no state 'open'"):
            BASE.replacing("open", ajar)
        renamed = BASE.replacing("open", State("open", labels={"en": "ajar"}))
        assert [state.name for state in renamed.workflow.states] == ["open", "waiting", "closed"]
        assert renamed.workflow.states[0].labels == {"en": "ajar"}

    def test_all_transitions_of_a_name_are_replaced(self) -> None:
        row = Transition("finish", ["open", "waiting"], "closed", may=["agent"])
        made = BASE.without("close", kind="automations").replacing("close", row)
        assert [each.name for each in made.workflow.transitions] == ["ask", "finish"]

    @pytest.mark.parametrize(
        ("name", "parts", "message"),
        [
            ("greeet", (GREET,), r"rules 'base' has no rule 'greeet'; did you mean 'greet'\?"),
            ("hello", (), r"nothing replaces 'hello'; give a part, or leave it out with without\('hello'\)"),
            ("hello", (GREET, State("x")), "'hello' is replaced by parts of several kinds; give parts of one kind"),
            ("hello", (3,), "'int' is not a part of a rule set with an id; give Automation, Ladder, Policy, "),
            (3, (GREET,), "the id 3 is not a text; give the id of a rule, or the name of another part"),
        ],
    )
    def test_what_cannot_be_replaced(self, name: Any, parts: tuple[Any, ...], message: str) -> None:  # noqa: ANN401
        with pytest.raises(BadValueError, match=message):
            BASE.replacing(name, *parts)


class TestWithout:
    def test_parts_of_several_kinds_are_left_out(self) -> None:
        made = BASE.without("bye", "level")
        assert ([each.name for each in made.templates], made.workflow.fields) == (["hello"], ())

    def test_an_id_of_several_kinds_needs_the_kind(self) -> None:
        with pytest.raises(
            BadValueError, match=r"has 'greet' among its automations and its clocks; say which with kind="
        ):
            BASE.without("greet")
        assert BASE.without("greet", kind="clocks").automations == (CLOSE, GREET)
        assert BASE.without("greet", kind="automations").automations == (CLOSE,)

    def test_what_another_part_needs_is_refused_with_its_place(self) -> None:
        with pytest.raises(DefinitionError) as caught:
            BASE.without("waiting")
        assert str(caught.value.problems[0]) == (
            "rules 'base' without 'waiting', workflow.transitions[0] 'ask': no state 'waiting'; there are: closed, open"
        )

    def test_an_unknown_id_or_kind_is_refused(self) -> None:
        with pytest.raises(BadValueError, match=r"rules 'base' has no part 'greeet'; did you mean 'greet'\?"):
            BASE.without("greeet")
        with pytest.raises(BadValueError, match="no kind 'rules'; there are: automations, clocks"):
            BASE.without("greet", kind="rules")  # type: ignore[arg-type]


class TestAdding:
    def test_parts_go_after_those_of_their_kind(self) -> None:
        lab = State("lab", "pending")
        rows = Transition("send", ["open"], "lab", may=["agent"]), Transition("fetch", ["lab"], "open", may=["agent"])
        made = BASE.adding(lab, *rows, Field("site"), Template("soon", {"en": "Soon"}), Listing("all", All()))
        assert [state.name for state in made.workflow.states] == ["open", "waiting", "closed", "lab"]
        assert [row.name for row in made.workflow.transitions] == ["ask", "close", "close", "send", "fetch"]
        assert [field.name for field in made.workflow.fields] == ["level", "site"]
        assert [template.name for template in made.templates] == ["hello", "bye", "soon"]

    def test_an_id_that_exists_is_refused_but_rows_may_share_a_name(self) -> None:
        with pytest.raises(
            BadValueError, match=r"has 'open' among its states already; replace it with replacing\('open', …\)"
        ):
            BASE.adding(State("open"))
        row = Transition("ask", ["waiting"], "waiting", may=["robot"])
        assert BASE.adding(row).workflow.transitions[-1] == row


@pytest.mark.parametrize(
    "change",
    [
        lambda: BASE.adding(Pipeline("sales", "open")),
        lambda: BASE.replacing("ask", Transition("ask", ["opne"], "waiting", may=["agent"])),
        lambda: BASE.without("close", kind="transitions"),
    ],
)
def test_the_result_is_checked_as_a_whole(change: Callable[[], Rules]) -> None:
    with pytest.raises(DefinitionError, match="rules 'base' with"):
        change()
