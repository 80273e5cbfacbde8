"""What coverage counts of a rule set: rules, rungs, transitions, outcomes of clocks, refusals."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from textwrap import indent

import attrs
import pytest

import ticketflow as tf
from tests.testing.small_desk import ANSWERED, NO_ANSWER, RULES
from ticketflow import actions
from ticketflow.errors import BadValueError, UnknownHolidaysError
from ticketflow.presets.adereso import adereso
from ticketflow.sla import Policy, first_response
from ticketflow.testing import Desk, coverage_of

NOTHING = """\
coverage of rule set 'support' by 0 tickets
  rules         0 of 3, 0 %
    missing: answered
    missing: no-answer
    missing: snooze.wake
  rungs         0 of 3, 0 %
    missing: no-answer 1: 2 days
    missing: no-answer 2: 4 days
    missing: no-answer 3: 5 business days
  transitions   0 of 4, 0 %
    missing: ask: open -> waiting
    missing: resume: waiting -> open
    missing: close: waiting -> closed
    missing: solve: open, waiting -> closed
  clocks        0 of 2, 0 %
    missing: first-answer.met
    missing: first-answer.breach
  refusals      0 of 11, seen: none"""


def reminded() -> Desk:
    """A ticket that was answered in time, and whose customer was reminded once."""
    desk = Desk(RULES, at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.agent.moves("ask", "which one?")
    desk.passes(days=2)
    return desk


def test_nothing_was_exercised() -> None:
    assert str(Desk(RULES).coverage()) == NOTHING


def test_a_history_exercises_what_its_entries_did() -> None:
    desk = reminded()
    with desk.refuses():
        desk.customer.moves("resume")
    found = desk.coverage()
    assert found.rules.seen == ("no-answer",)
    assert found.rungs.seen == ("no-answer 1: 2 days",)
    assert found.transitions.counts["ask: open -> waiting"] == 1
    assert found.clocks.seen == ("first-answer.met",)
    assert found.refusals.seen == ("not_allowed",)
    assert (found.rules.percent, found.rungs.percent, found.transitions.percent, found.clocks.percent) == (
        33,
        33,
        25,
        50,
    )
    assert str(found).splitlines()[0] == "coverage of rule set 'support' by 1 ticket"
    assert str(found).splitlines()[-1] == "  refusals      1 of 11, seen: not_allowed"
    assert not found.is_complete


def test_everything_can_be_exercised() -> None:
    desk = reminded()
    desk.passes(weeks=1)
    late = desk.ticket("T-2")
    late.customer.opens("mouse")
    late.passes(days=1)
    late.agent.moves("ask")
    late.customer.writes("the left one")
    late.agent.snoozes("tomorrow")
    late.passes(days=1)
    late.agent.moves("solve", "done")
    assert late.coverage().is_complete
    assert coverage_of(desk.tickets, RULES).is_complete
    assert not coverage_of(desk.tickets[:1], RULES).is_complete


def test_a_breach_is_an_outcome() -> None:
    desk = Desk(RULES, at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.passes(days=1)
    assert desk.coverage().clocks.seen == ("first-answer.breach",)


def test_warnings_are_outcomes() -> None:
    warned = Policy("first-answer", first_response(), (tf.Target(tf.Elapsed(hours=8)),), warn_at=(tf.OfTarget(50),))
    desk = Desk(RULES.replacing("first-answer", warned), at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.passes(hours=5)
    assert desk.coverage().clocks.counts == {
        "first-answer.met": 0,
        "first-answer.breach": 0,
        "first-answer.warning.0": 1,
    }


def test_a_dropped_occurrence_does_not_count() -> None:
    """The rule cannot move the ticket: nothing leads from closed."""
    stuck = tf.Automation("stuck", tf.OnEnter(tf.StateIs("closed")), (actions.Move("ask"),))
    desk = Desk(RULES.adding(stuck))
    desk.customer.opens("printer")
    desk.agent.moves("solve", "done")
    assert "dropped" in desk.timeline()
    assert "stuck" in desk.coverage().rules.missing


def test_superseded_reminders_do_not_count() -> None:
    """Both reminders and the closing wait for the end of the snooze, and only the closing comes."""
    masked = attrs.evolve(NO_ANSWER, group="idle", min_notice=tf.Elapsed())
    desk = Desk(RULES.replacing("no-answer", masked), at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.agent.moves("ask", "which one?")
    desk.agent.snoozes("2026-12-14 10:00")
    desk.passes(weeks=4)
    assert desk.coverage().rungs.seen == ("no-answer 3: 5 business days",)


def test_what_cannot_happen_is_not_counted() -> None:
    """A disabled rule, and transitions from and to a disabled state."""
    rules = adereso()
    assert "in_progress" not in " ".join(item.partition("->")[2] for item in coverage_of((), rules).transitions.counts)
    off = attrs.evolve(ANSWERED, is_enabled=False)
    assert "answered" not in coverage_of((), RULES.replacing("answered", off)).rules.counts
    assert coverage_of((), tf.Rules("none", RULES.workflow, RULES.calendars)).rules.percent == 100


def test_histories_of_other_rules_count_by_name() -> None:
    """What the rule set no longer has is left out."""
    desk = reminded()
    desk.passes(days=2)
    short = attrs.evolve(NO_ANSWER, rungs=NO_ANSWER.rungs[:1])
    assert coverage_of(desk.tickets, RULES.replacing("no-answer", short)).rungs.counts == {"no-answer 1: 2 days": 1}
    renamed = attrs.evolve(
        RULES.workflow,
        transitions=tuple(attrs.evolve(row, name=f"{row.name}-it") for row in RULES.workflow.transitions),
        reopen=None,
    )
    bare = tf.Rules("bare", renamed, RULES.calendars)
    found = coverage_of(desk.tickets, bare)
    assert not any((*found.transitions.seen, *found.rules.seen))


def test_coverages_add_up() -> None:
    one = reminded().coverage()
    both = one + one
    assert both.tickets == 2
    assert both.rungs.counts["no-answer 1: 2 days"] == 2
    with pytest.raises(BadValueError) as raised:
        _ = one + Desk(adereso()).coverage()
    assert str(raised.value) == (
        "the coverages are of two rule sets, 'support' and 'adereso'; add coverages of the same rule set"
    )
    with pytest.raises(TypeError):
        _ = one + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = one.rules + 1  # type: ignore[operator]


def test_clocks_whose_hours_are_not_known_are_left_out() -> None:
    """The dates of the calendar are known until 24 November, and the answer came on the 30th."""
    dated = tf.BusinessCalendar("Europe/Madrid", "mon-fri 09:00-18:00", dated_until=date(2026, 11, 24))
    promised = Policy("first-answer", first_response(), (tf.Target(tf.WorkingTime(hours=80)),))
    desk = Desk(attrs.evolve(RULES, calendars=dated, clocks=(promised,)), at="2026-11-23 10:00")
    desk.customer.opens("printer")
    desk.at("2026-11-30 10:00")
    desk.agent.moves("ask", "which one?")
    with pytest.raises(UnknownHolidaysError):
        desk.clock("first-answer")
    assert desk.coverage().clocks.seen == ()


def test_arguments_are_checked() -> None:
    with pytest.raises(BadValueError, match="is not a Rules"):
        coverage_of((), "senior")  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match="tickets"):
        coverage_of(("T-1",), RULES)  # type: ignore[arg-type]
    with pytest.raises(BadValueError, match="refusals"):
        coverage_of((), RULES, ("no",))  # type: ignore[arg-type]


def test_the_page_shows_the_report_of_its_story() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
    story = re.findall(r"^```python\n(.*?)^```", page.partition("found.is_complete")[0], re.MULTILINE | re.DOTALL)
    names: dict[str, Desk] = {}
    exec("".join(story), names)  # noqa: S102 -- it is our own page
    assert indent(str(names["desk"].coverage()), "    ") in page
