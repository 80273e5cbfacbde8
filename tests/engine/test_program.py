"""A rule set is made ready once, and the engine asks only what can matter."""

from __future__ import annotations

import gc
import pickle
import weakref
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from ticketflow import Actor, BusinessCalendar, Message, Rules, advance, commands, evaluate, handle, next_due
from ticketflow.calendars.spans import Elapsed, WorkingTime
from ticketflow.engine import program as program_module
from ticketflow.engine.occurrences import occurrences
from ticketflow.engine.program import Program
from ticketflow.presets.senior import senior
from ticketflow.rules import triggers
from ticketflow.rules.actions import SendMessage
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.tickets.anchors import Created, LastMessage, Latest
from ticketflow.tickets.events import Dropped
from ticketflow.tickets.fold import evolve
from ticketflow.workflow.conditions import IsAssigned, StateIs
from ticketflow.workflow.definition import Field, State, Transition, Workflow

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
ANA = Actor("agent", "ana")
OFFICE = BusinessCalendar("UTC", "mon-fri 09:00-18:00")
TELL = (SendMessage("hello"),)


def desk(*rules: Automation) -> Rules:
    """Return a desk with one state, two fields and these rules."""
    states, close = (State("open"), State("closed", "closed")), Transition("close", {"open"}, "closed", may={"agent"})
    workflow = Workflow(states, (close,), (Field("a"), Field("b")), outside_events={"call"})
    return Rules("desk", workflow, OFFICE, rules)


def test_it_is_made_once_and_kept_beside_the_rule_set() -> None:
    rules = senior()
    assert Program.of(rules) is Program.of(rules)
    assert Program.of(rules).rules is rules
    assert Program.of(senior()) is not Program.of(rules)


def test_it_goes_when_the_rule_set_goes() -> None:
    rules = senior()
    program = weakref.ref(Program.of(rules))
    del rules
    gc.collect()
    assert program() is None


def test_it_is_no_part_of_the_rule_set() -> None:
    asked, fresh = senior(), senior()
    Program.of(asked)
    assert asked == fresh
    assert repr(asked) == repr(fresh)
    assert pickle.loads(pickle.dumps(asked)) == fresh  # noqa: S301 -- just written


def test_timers_stand_by_the_states_in_which_they_can_be_armed() -> None:
    rules = senior()
    ticket = handle(None, commands.Open("T-1", at=NOON, by=ANA), rules).unwrap().ticket
    program = Program.of(rules)
    assert set(program.timers_of(ticket)) < set(program.timers)
    assert program.timers_of(ticket) is program.timers_of(ticket)


def test_only_reactions_whose_facts_changed_are_asked() -> None:
    on_a = Automation("on-a", triggers.OnChange("a"), TELL)
    on_b = Automation("on-b", triggers.OnChange("b"), TELL)
    on_assignment = Automation("on-assignment", triggers.OnEnter(IsAssigned()), TELL)
    on_message = Automation("on-message", triggers.OnMessage("agent"), TELL)
    on_call = Automation("on-call", triggers.OnOutside("call"), TELL)
    on_link = Automation("on-link", triggers.OnLink("merged_from"), TELL)
    on_command = Automation("on-command", triggers.OnCommand("rate"), TELL)
    program = Program.of(desk(on_a, on_b, on_assignment, on_message, on_call, on_link, on_command))
    before = handle(None, commands.Open("T-1", at=NOON, by=ANA), program.rules).unwrap().ticket
    given: dict[str, commands.Command] = {
        "on-a": commands.SetFields({"a": "x"}, at=NOON, by=ANA),
        "on-assignment": commands.Assign("ana", at=NOON, by=ANA),
        "on-message": commands.AddMessage(Message("m"), at=NOON, by=ANA),
        "on-call": commands.RecordEvent("call", at=NOON, by=ANA),
        "on-link": commands.Link("T-2", "merged_from", at=NOON, by=ANA),
    }
    for expected, command in given.items():
        after = handle(before, command, program.rules).unwrap()
        assert [due.rule for due in after.reactions] == [expected]
        first = evolve(before, after.entries[0])
        assert {each.id for each in program.concerned(first).reactions} == {expected, "on-command"}


def test_what_is_kept_of_the_names_that_entries_set_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_module, "_MOST_KEPT", 1)
    rules = desk(Automation("on-a", triggers.OnChange("a"), TELL))
    ticket = handle(None, commands.Open("T-1", at=NOON, by=ANA), rules).unwrap().ticket
    for name, value in (("a", "1"), ("b", "1"), ("a", "2")):
        answer = handle(ticket, commands.SetFields({name: value}, at=NOON, by=ANA), rules).unwrap()
        assert [due.rule for due in answer.reactions] == ["on-a"] * (name == "a")
        assert len(Program.of(rules)._concerned) == 1  # noqa: SLF001 -- what is kept has no public name
        ticket = answer.ticket


class TestOccurrences:
    """The occurrences of one timer on a ticket."""

    def test_they_end_where_a_rung_is_never_due(self) -> None:
        noon, far = datetime(9999, 12, 1, 12, tzinfo=UTC), WorkingTime(hours=1_000)
        rungs = (Rung(Elapsed(hours=1), *TELL), Rung(far, *TELL), Rung(Elapsed(hours=2), *TELL))
        rules = attrs.evolve(desk(), automations=(Ladder("ladder", Created(), StateIs("open"), rungs),))
        ticket = handle(None, commands.Open("T-1", at=noon, by=ANA), rules).unwrap().ticket
        (timer,) = Program.of(rules).timers
        assert [each.number for each in occurrences(timer, ticket)] == [0]
        after = advance(noon + timedelta(hours=1), ticket, rules)
        assert list(occurrences(timer, after)) == []
        assert next_due(after, rules) is None

    def test_a_rule_that_counts_from_what_never_happened_has_none(self) -> None:
        since = Latest(LastMessage("agent"), LastMessage("customer"))
        rules = desk(Automation("late", triggers.After(Elapsed(hours=1), since), TELL))
        ticket = handle(None, commands.Open("T-1", at=NOON, by=ANA), rules).unwrap().ticket
        assert next_due(ticket, rules) is None
        said = handle(ticket, commands.AddMessage(Message("m"), at=NOON, by=ANA), rules).unwrap().ticket
        assert next_due(said, rules) == NOON + timedelta(hours=1)

    def test_a_new_rule_drops_what_a_mask_covered(self) -> None:
        states = (State("open"), State("held", masks={"idle"}), State("closed", "closed"))
        hold = Transition("hold", {"open"}, "held", may={"agent"})
        back = attrs.evolve(hold, name="back", sources={"held"}, target="open")
        workflow = Workflow(states, (hold, back, attrs.evolve(hold, name="close", target="closed")))
        late = Automation("late", triggers.After(Elapsed(hours=1), Created()), TELL, group="idle", on_mask="drop")
        old = Rules("desk", workflow, OFFICE, (attrs.evolve(late, is_enabled=False),))
        ticket = handle(None, commands.Open("T-1", at=NOON, by=ANA), old).unwrap().ticket
        for name, hours in (("hold", 0.5), ("back", 2)):
            move = commands.Move(name, at=NOON + timedelta(hours=hours), by=ANA)
            ticket = handle(ticket, move, old).unwrap().ticket
        (due,) = evaluate(NOON + timedelta(hours=3), ticket, attrs.evolve(old, automations=(late,)))
        assert due.entry.events == (Dropped("masked"),)
        assert (due.due_at, due.entry.at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=2))
