"""Documents that extend a preset or another rule set."""

from __future__ import annotations

import pytest

from tests.rules.test_composing import BASE, GREET
from ticketflow import Rules, Template, documents
from ticketflow.errors import DocumentError
from ticketflow.presets import senior, stale


def read(*lines: str, extends: str = '"base"') -> Rules:
    text = "\n".join(('format = "rules/1"', f"extends = {extends}", *lines))
    return documents.read("rules", text, name="mine.toml", written="toml", bases={"base": BASE})


def problems(*lines: str, extends: str = '"base"') -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read(*lines, extends=extends)
    return [str(problem) for problem in caught.value.problems]


class TestBases:
    def test_what_says_nothing_of_its_own_is_the_base(self) -> None:
        assert read() == BASE
        assert read(extends='"senior"') == senior()
        assert read(extends='{ preset = "stale", options = {} }') == stale()

    def test_a_calendar_with_public_holidays_can_be_its_own(self) -> None:
        """The rule set is read without them first, so that a refusal is fast."""
        calendar = '{ zone = "UTC", week = "mon 09:00-10:00", public_holidays = { country = "CL" } }'
        made = read(f"calendars = {{ default = {calendar} }}", extends='"senior"')
        assert made.calendars["default"] != senior().calendars["default"]
        assert problems(f"calendars = {{ default = {calendar} }}", "nme = 5")[0].startswith("mine.toml:4, nme")

    def test_a_name_of_its_own(self) -> None:
        assert read('name = "mine"').name == "mine"

    def test_options_of_a_preset(self) -> None:
        made = read(extends='{ preset = "senior", options = { close_after = { elapsed = { days = 3 } } } }')
        assert made != senior()
        assert made.name == "senior"

    @pytest.mark.parametrize(
        ("extends", "problem"),
        [
            ('"senor"', "mine.toml:2, extends: no rule set 'senor'; did you mean 'senior'?"),
            (
                "5",
                "mine.toml:2, extends: the value is no name; give its name, or an object with preset and options",
            ),
            ('{ preset = "senor" }', "mine.toml:2, extends.preset: no preset 'senor'; did you mean 'senior'?"),
        ],
    )
    def test_what_is_no_rule_set_is_refused(self, extends: str, problem: str) -> None:
        assert problems(extends=extends) == [problem]


class TestParts:
    def test_parts_replace_those_of_their_id_and_are_added_otherwise(self) -> None:
        made = read(
            "workflow.states = [{ name = 'waiting', category = 'pending', labels = { en = 'with you' } },",
            "  { name = 'lab' }]",
            "workflow.transitions = [{ name = 'ask', sources = ['open', 'lab'], target = 'waiting', may = ['agent'] },",
            "  { name = 'send', sources = ['open'], target = 'lab', may = ['agent'] }]",
            "workflow.groups = ['vets']",
            "[[templates]]",
            "name = 'hello'",
            "texts = { en = 'Hi' }",
        )
        assert [state.name for state in made.workflow.states] == ["open", "waiting", "closed", "lab"]
        assert made.workflow.states[1].labels == {"en": "with you"}
        assert [row.name for row in made.workflow.transitions] == ["close", "close", "ask", "send"]
        assert made.workflow.groups == {"vets"}
        assert made.templates == (Template("hello", {"en": "Hi"}), Template("bye", {"en": "Bye"}))

    def test_calendars_and_permissions_are_merged_by_name_other_values_replaced(self) -> None:
        made = read(
            "occurrences_per_call = 7",
            "calendars.night = { zone = 'UTC', week = 'mon-fri 22:00-06:00' }",
            "workflow.permissions.assign = { may = ['administrator'] }",
            "workflow.reopen = 'ask'",
        )
        assert set(made.calendars) == {"default", "night"}
        assert set(made.workflow.permissions) == {"assign"}
        assert (made.workflow.reopen, made.occurrences_per_call) == ("ask", 7)

    def test_parts_are_left_out_together_with_what_needs_them(self) -> None:
        """The ladder waits in the state; leaving out the state alone would be refused."""
        made = read(
            "without = { automations = ['close'], states = ['waiting'], transitions = ['ask', 'close'] }",
            "workflow.transitions = [{ name = 'end', sources = ['open'], target = 'closed', may = ['agent'] }]",
        )
        assert made.automations == (GREET,)
        assert [state.name for state in made.workflow.states] == ["open", "closed"]

    def test_problems_of_own_parts_have_their_lines(self) -> None:
        assert problems(
            "[[automations]]",
            "id = 'close'",
            "when = { on_enter = { state_is = ['waiting'] } }",
            "then = [{ move = 'close' }]",
            "colour = 3",
        )[0].startswith("mine.toml:7, automations[0].colour: no key 'colour'")
        assert problems(
            "[[automations]]",
            "id = 'close'",
            "when = { on_enter = { state_is = ['waiting'] } }",
            "then = [{ move = 'clse' }]",
        ) == ["mine.toml:6, automations[0].then: no transition 'clse'; did you mean 'close'?"]
        assert problems("workflow.states = [{ name = 'lab', masks = ['x'] }]")[0].startswith(
            "mine.toml:3, workflow.states[0]"
        )
        assert problems("", "workflow.reopen = 'bak'") == [
            "mine.toml:4, workflow.reopen: no transition 'bak'; did you mean 'ask'?"
        ]
        assert problems("calendars.night = { zone = 'UTC', week = '' }")[0].startswith("mine.toml:3, calendars.night")

    def test_problems_of_the_base_name_it(self) -> None:
        assert problems("without = { states = ['waiting'] }")[0] == (
            "mine.toml:2, extends: in rules 'base', workflow.transitions[0] 'ask': no state 'waiting'; "
            "there are: closed, open"
        )

    def test_problems_of_the_base_name_it_also_where_the_document_has_parts_of_the_kind(self) -> None:
        own = "workflow.transitions = [{ name = 'end', sources = ['open'], target = 'closed', may = ['agent'] }]"
        assert problems("without = { states = ['waiting'] }", own)[0].startswith(
            "mine.toml:2, extends: in rules 'base', workflow.transitions[0] 'ask': no state 'waiting'"
        )
        own = "workflow.permissions.assign = { may = ['agent'] }"
        guarded = read("workflow.permissions.assign = { may = ['agent'], given = { state_is = ['waiting'] } }")
        text = (
            'format = "rules/1"\nextends = "guarded"\nwithout = { states = ["waiting"] }\n'
            'workflow.permissions.rate = { may = ["customer"] }'
        )
        with pytest.raises(DocumentError, match=r"3?, extends: in rules 'base', workflow.permissions\['assign'\]"):
            documents.read("rules", text, name="mine.toml", written="toml", bases={"guarded": guarded})

    def test_only_parts_of_the_base_can_be_left_out(self) -> None:
        assert problems("without = { automations = ['greeet'] }") == [
            "mine.toml:3, without.automations[0]: rules 'base' has no rule 'greeet'; did you mean 'greet'?"
        ]
        assert problems("without = { rules = ['greet'] }")[0].startswith(
            "mine.toml:3, without.rules: no choice 'rules'"
        )
