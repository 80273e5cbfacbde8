"""Rules about clocks: warnings, ladders, anchors, facts, and why they wait. Worked by hand; see `clockwork`."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from tests.support.clocks import Clocks, desk_rules, on
from tests.support.desk import ANA, CUSTOMER, mails
from ticketflow import (
    After,
    All,
    AnyOf,
    Automation,
    Created,
    Elapsed,
    FieldIs,
    Ladder,
    Not,
    OnEnter,
    OnLeave,
    OnMessage,
    Rung,
    StateIs,
    WorkingTime,
    explain,
    next_due,
)
from ticketflow.calendars.spans import AfterDue, BeforeDue, ClockSpan, Missed, OfTarget
from ticketflow.rules.actions import Action, RecordBreach, RecordWarning, SendMessage
from ticketflow.rules.automations import Rule
from ticketflow.service.explanations import Explanation
from ticketflow.sla.measures import next_reply, resolution
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.text.sentences import Wording
from ticketflow.tickets.anchors import Anchor, Breached, Started
from ticketflow.tickets.events import Event, TargetBreached, TargetWarned, TimeReason
from ticketflow.workflow.conditions import ALWAYS, ClockFact, ClockIs, Condition, IsAssigned

HOUR = timedelta(hours=1)
Warning_ = OfTarget | BeforeDue | AfterDue
EIGHT = Target(WorkingTime(hours=8))
SOLVING = Policy("solving", resolution(), (Target(WorkingTime(hours=4), FieldIs("prio", "high")), EIGHT))
LADDER = Ladder(
    "escalate",
    Started("solving"),
    ALWAYS,
    (
        Rung(OfTarget(50), SendMessage("half", "agent")),
        Rung(OfTarget(80), SendMessage("eighty", "agent")),
        Rung(Missed(), SendMessage("missed", "administrator")),
        Rung(AfterDue(Elapsed(hours=2)), SendMessage("late", "administrator")),
    ),
    ended_by=None,
)


def warnings(desk: Clocks, now: datetime) -> list[tuple[datetime, datetime | None]]:
    """Return when it was warned of the target until *now*, and when it was due."""
    desk.advance(now)
    events = [(entry.at, event) for entry in desk.ticket.history for event in entry.events]
    return [(at, event.due_at) for at, event in events if isinstance(event, TargetWarned)]


def sent(desk: Clocks, now: datetime) -> list[tuple[datetime, str]]:
    desk.advance(now)
    return mails(desk.ticket)


def explained(desk: Clocks, now: datetime, rule: str = "escalate") -> Explanation:
    (found,) = (each for each in explain(now, desk.ticket, desk.rules) if each.rule == rule)
    return found


class TestWarnings:
    """3.1: x % of a target, or x before its breach."""

    @pytest.mark.parametrize(
        ("span", "at"),
        [
            (OfTarget(75), on(23, 17)),  # six of eight hours, from 11
            (OfTarget(100), on(24, 10)),
            (OfTarget(150), on(24, 14)),
            (BeforeDue(WorkingTime(hours=2)), on(23, 17)),
            (BeforeDue(Elapsed(hours=2)), on(24, 8)),
            (BeforeDue(WorkingTime(hours=9)), on(23, 11)),  # there are but eight
            (BeforeDue(Elapsed(days=2)), on(23, 11)),
            (AfterDue(Elapsed(hours=1)), on(24, 11)),
        ],
    )
    def test_of_working_time(self, span: Warning_, at: datetime) -> None:
        """Opened on Monday at 11, seven hours until 18; due on Tuesday at 10."""
        desk = Clocks(attrs.evolve(SOLVING, warn_at=(span,)), opened=on(23, 11))
        assert warnings(desk, on(25, 9)) == [(at, on(24, 10))]

    @pytest.mark.parametrize(
        ("span", "at"),
        [
            (OfTarget(50), on(24, 9)),
            (BeforeDue(WorkingTime(hours=1)), on(24, 17)),  # nobody works on Wednesday before 9
            (BeforeDue(WorkingTime(hours=2)), on(24, 16)),
            (BeforeDue(Elapsed(hours=2)), on(25, 7)),
            (BeforeDue(Elapsed(days=3)), on(23, 9)),
            (AfterDue(Elapsed(hours=2)), on(25, 11)),
        ],
    )
    def test_of_a_deadline(self, span: Warning_, at: datetime) -> None:
        """From Monday at 9 to Wednesday at 9."""
        policy = Policy("promise", resolution(), (Deadline("promised"),), (span,))
        assert warnings(Clocks(policy, promised=on(25, 9)), on(26, 9)) == [(at, on(25, 9))]

    @pytest.mark.parametrize("span", [OfTarget(50), BeforeDue(WorkingTime(hours=1)), BeforeDue(Elapsed(hours=1))])
    def test_of_nothing(self, span: Warning_) -> None:
        for target in (Deadline("promised"), Target(WorkingTime(hours=8), FieldIs("prio", "high"))):
            assert warnings(Clocks(Policy("promise", resolution(), (target,), (span,))), on(30, 9)) == []

    @pytest.mark.parametrize("target", [Deadline("promised"), EIGHT])
    def test_who_is_done_is_not_warned(self, target: Target | Deadline) -> None:
        """It was due at 17; 75 % are over at 15."""
        spans = (OfTarget(75), BeforeDue(WorkingTime(hours=1)), BeforeDue(Elapsed(hours=1)), AfterDue(Elapsed(hours=1)))
        desk = Clocks(Policy("promise", resolution(), (target,), spans), promised=on(23, 17))
        desk.go(on(23, 15), "done")
        assert warnings(desk, on(30, 9)) == []

    def test_a_target_that_moves_takes_what_is_before_it_along(self) -> None:
        """Six of eight hours would be over at 15; frozen from 10 to 12, they are at 17."""
        desk = Clocks(attrs.evolve(SOLVING, warn_at=(OfTarget(75),)), freezes=["solving"])
        desk.go(on(23, 10), "waiting")
        assert next_due(desk.ticket, desk.rules) is None
        desk.go(on(23, 12), "open")
        assert warnings(desk, on(23, 18)) == [(on(23, 17), on(24, 10))]

    def test_a_stricter_target_warns_at_the_change(self) -> None:
        """Three of four hours are over at noon; it is raised at half past."""
        desk = Clocks(attrs.evolve(SOLVING, warn_at=(OfTarget(75),)))
        desk.put(on(23, 12, 30), prio="high")
        assert warnings(desk, on(23, 18)) == [(on(23, 12, 30), on(23, 13))]

    def test_each_cycle_warns(self) -> None:
        desk = Clocks(Policy("solving", resolution("anew"), (EIGHT,), (OfTarget(25),)))
        desk.go(on(23, 12), "done")
        desk.go(on(23, 13), "open")
        assert [at for at, _ in warnings(desk, on(23, 18))] == [on(23, 11), on(23, 15)]


class TestLadders:
    """3.5, 4.3: escalation at 50 %, 80 %, the breach, and two hours later; nothing comes while the clock is frozen."""

    def test_frozen_in_between(self) -> None:
        """Five of eight hours until 14; from Tuesday at 10, 80 % (6:24 h) are over at 11:24, eight hours at 13."""
        desk = Clocks(SOLVING, rules=[LADDER], freezes=["solving"])
        waiting = explained(desk, on(23, 12))
        assert (waiting.verdict, waiting.at) == ("waiting", on(23, 13))
        assert waiting.reason == TimeReason(Started("solving"), on(23, 9), OfTarget(50))
        desk.go(on(23, 14), "waiting")
        frozen = explained(desk, on(24, 9))
        assert (frozen.verdict, frozen.at, next_due(desk.ticket, desk.rules)) == ("frozen", None, None)
        desk.go(on(24, 10), "open")
        assert sent(desk, on(25, 9)) == [
            (on(23, 13), "half"),
            (on(24, 11, 24), "eighty"),
            (on(24, 13, micro=1), "missed"),
            (on(24, 15), "late"),
        ]
        assert explained(desk, on(25, 9)).verdict == "fired"

    def test_frozen_after_the_breach(self) -> None:
        """It was due at 17; the last rung is two hours later by everybody's clock; then none is left."""
        desk = Clocks(SOLVING, rules=[LADDER], freezes=["solving"])
        desk.go(on(23, 18), "waiting")
        assert explained(desk, on(23, 18, 30)).verdict == "waiting"
        assert sent(desk, on(23, 20))[-1] == (on(23, 19), "late")
        assert explained(desk, on(23, 20)).verdict == "fired"

    def test_who_is_done_is_not_escalated(self) -> None:
        """Half was over at 13, and it was missed at 17; it is resolved before two hours are over."""
        desk = Clocks(SOLVING, rules=[LADDER])
        desk.go(on(23, 18), "done")
        assert [what for _, what in sent(desk, on(30, 9))] == ["half", "eighty", "missed"]

    def test_a_stricter_target_brings_all_that_is_past(self) -> None:
        desk = Clocks(SOLVING, rules=[LADDER])
        desk.put(on(23, 12, 30), prio="high")  # half of four hours are over at 11, 80 % at 12:12
        assert sent(desk, on(23, 18)) == [  # and half gives way to it (3.7)
            (on(23, 12, 30), "eighty"),
            (on(23, 13, micro=1), "missed"),
            (on(23, 15), "late"),
        ]

    def test_a_cycle_is_an_episode(self) -> None:
        """Each answer ends the one before: of two hours, one is over at 12 and at 16."""
        rungs = (Rung(OfTarget(50), SendMessage("half")), Rung(Missed(), SendMessage("missed")))
        ladder = attrs.evolve(LADDER, since=Started("reply"), rungs=rungs)
        desk = Clocks(Policy("reply", next_reply(), (Target(WorkingTime(hours=2)),)), rules=[ladder], by=CUSTOMER)
        assert explained(desk, on(23, 9)).verdict == "awaits_event", "no cycle has begun"
        for hour, by in ((10, ANA), (11, CUSTOMER), (13, ANA), (15, CUSTOMER)):
            desk.write(on(23, hour), by)
        assert sent(desk, on(24, 9)) == [(on(23, 12), "half"), (on(23, 16), "half"), (on(23, 17, micro=1), "missed")]

    def test_a_deadline_waits_while_the_clock_is_frozen(self) -> None:
        policy = Policy("solving", resolution(), (Deadline("promised"),))
        desk = Clocks(policy, rules=[LADDER], freezes=["solving"], promised=on(24, 9))
        desk.go(on(23, 10), "waiting")
        found = explained(desk, on(23, 12))
        assert (found.verdict, found.at) == ("waiting", on(23, 21))


class TestAnchors:
    """3.3: a clock's start and its breach are anchors like others."""

    def test_spans_of_everybodys_time(self) -> None:
        rules = [
            Automation("start", After(Elapsed(hours=2), Started("solving")), (SendMessage("start"),)),
            Automation(
                "again", After(Elapsed(hours=3), Started("solving"), Elapsed(hours=3), 2), (SendMessage("again"),)
            ),
            Automation("breach", After(WorkingTime(hours=2), Breached("solving")), (SendMessage("breach"),)),
        ]
        desk = Clocks(SOLVING, rules=rules, freezes=["solving"])
        desk.go(on(23, 10), "waiting")  # which freezes nobody's time but the clock's own
        assert explained(desk, on(23, 10), "start").verdict == "waiting"
        desk.go(on(23, 11), "open")  # due at 18
        assert sent(desk, on(25, 9)) == [
            (on(23, 11), "start"),
            (on(23, 12), "again"),
            (on(23, 15), "again"),
            (on(24, 11), "breach"),
        ]

    def test_a_breach_ends_an_episode(self) -> None:
        nudge = Automation(
            "nudge", After(Elapsed(hours=10), Started("solving")), (SendMessage("nudge"),), ended_by=Breached("solving")
        )
        desk = Clocks(SOLVING, rules=[nudge])  # missed at 17, two hours before
        assert sent(desk, on(24, 9)) == []
        assert explained(desk, on(24, 9), "nudge").verdict == "ended"


FACTS: tuple[ClockFact, ...] = ("running", "frozen", "warned", "breached", "met")


class TestFacts:
    """3.1: conditions ask about facts of clocks, never about readings."""

    POLICY = attrs.evolve(SOLVING, warn_at=(OfTarget(75),))

    def desk(self, *rules: Rule) -> Clocks:
        return Clocks(self.POLICY, rules=rules, freezes=["solving"])

    def live(self, desk: Clocks, *, late: bool) -> None:
        """Frozen from 10 to 12; six hours are over at 17, eight on Tuesday at 10; done then, or at 13."""
        desk.go(on(23, 10), "waiting")
        desk.go(on(23, 12), "open")
        desk.go(on(24, 13) if late else on(24, 9), "done")

    def test_becoming_so_sets_rules_off(self) -> None:
        rules = [Automation(fact, OnEnter(ClockIs("solving", fact)), (SendMessage(fact),)) for fact in FACTS]
        desk = self.desk(*rules)
        self.live(desk, late=True)
        first = [(on(23, 9), "running"), (on(23, 10), "frozen"), (on(23, 12), "running"), (on(23, 17), "warned")]
        assert sent(desk, on(30, 9)) == [*first, (on(24, 10, micro=1), "breached")]
        desk = self.desk(*rules)
        self.live(desk, late=False)
        assert sent(desk, on(30, 9)) == [*first, (on(24, 9), "met")]

    def test_being_so_no_longer_too(self) -> None:
        gone = Automation("thawed", OnLeave(ClockIs("solving", "frozen")), (SendMessage("thawed"),))
        desk = self.desk(gone)
        self.live(desk, late=False)
        assert sent(desk, on(30, 9)) == [(on(23, 12), "thawed")]

    def test_they_are_what_rules_are_given(self) -> None:
        """The customer writes at 9, 11, 12:30 and 17:30, and on Tuesday at 11 and 14."""
        rules = [
            Automation(fact, OnMessage("customer"), (SendMessage(fact),), given=ClockIs("solving", fact))
            for fact in FACTS
        ]
        desk = self.desk(*rules)
        desk.go(on(23, 10), "waiting")
        desk.write(on(23, 11), CUSTOMER)
        desk.go(on(23, 12), "open")
        for at in (on(23, 12, 30), on(23, 17, 30), on(24, 11)):
            desk.write(at, CUSTOMER)
        desk.go(on(24, 13), "done")
        desk.write(on(24, 14), CUSTOMER)
        assert [(at.hour, what) for at, what in sent(desk, on(30, 9))] == [
            *((9, "running"), (11, "frozen"), (12, "running")),
            *((17, "running"), (17, "warned")),
            *((11, "breached"), (11, "running"), (11, "warned")),
            *((14, "breached"), (14, "warned")),
        ]

    @pytest.mark.parametrize(
        ("given", "at"),
        [
            (All(ClockIs("solving", "warned"), StateIs("open")), on(23, 18)),
            (AnyOf(ClockIs("solving", "breached"), IsAssigned()), on(24, 11)),
            (Not(ClockIs("solving", "running")), on(23, 11)),
        ],
    )
    def test_a_timer_is_armed_by_what_made_them_true(self, given: Condition, at: datetime) -> None:
        """Nine hours from Monday 9 are over at 18; 26 are on Tuesday at 11, two on Monday at 11."""
        spans = {on(23, 18): 9, on(24, 11): 26, on(23, 11): 2}
        rule = Automation(
            "then", After(Elapsed(hours=spans[at]), Started("solving")), (SendMessage("then"),), given=given
        )
        desk = self.desk(rule)
        self.live(desk, late=True)
        assert sent(desk, on(24, 12)) == [(at, "then")]

    def test_another_cycle_begins_without_them(self) -> None:
        told = Automation("told", OnMessage("customer"), (SendMessage("told"),), given=ClockIs("solving", "breached"))
        policy = Policy("solving", resolution("anew"), (EIGHT,))
        desk = Clocks(policy, rules=[told])
        desk.write(on(24, 9), CUSTOMER)  # missed on Monday at 17
        desk.go(on(24, 10), "done")
        desk.write(on(24, 11), CUSTOMER)
        desk.go(on(24, 12), "open")
        desk.write(on(24, 13), CUSTOMER)
        assert [at for at, _ in sent(desk, on(24, 14))] == [on(24, 9), on(24, 11)]

    def test_the_word_is_in_the_explanation(self) -> None:
        asked = ClockIs("solving", "frozen")
        desk = self.desk(Automation("told", OnMessage("customer"), (SendMessage("told"),), given=asked))
        (check,) = explained(desk, on(23, 9), "told").checks
        assert (str(check.condition), check.holds) == ("the clock solving is frozen", False)
        desk.go(on(23, 10), "waiting")
        (check,) = explained(desk, on(23, 10), "told").checks
        assert check.holds


class TestWords:
    """What people read of clocks, in both languages."""

    ENGLISH = Wording(desk_rules(SOLVING), ZoneInfo("UTC"))
    SPANISH = Wording(desk_rules(SOLVING), ZoneInfo("UTC"), "es")

    @pytest.mark.parametrize(
        ("span", "said", "dicho"),
        [
            (OfTarget(50), "50 % of the target", "50 % de la meta"),
            (
                BeforeDue(WorkingTime(hours=1)),
                "1 hour of working time before the target is missed",
                "1 hora de tiempo laboral antes de que venza la meta",
            ),
            (AfterDue(Elapsed(hours=2)), "2 hours after the target was due", "2 horas después de vencer la meta"),
            (Missed(), "missing the target", "el incumplimiento de la meta"),
        ],
    )
    def test_spans(self, span: ClockSpan, said: str, dicho: str) -> None:
        assert (self.ENGLISH.span(span), self.SPANISH.span(span)) == (said, dicho)
        assert str(span) == said

    @pytest.mark.parametrize(
        ("anchor", "said", "dicho"),
        [
            (Started("solving"), "the start of the clock solving", "el inicio del reloj solving"),
            (Breached("solving"), "the breach of solving", "el incumplimiento de solving"),
        ],
    )
    def test_anchors(self, anchor: Anchor, said: str, dicho: str) -> None:
        assert (self.ENGLISH.anchor(anchor), self.SPANISH.anchor(anchor)) == (said, dicho)
        assert str(anchor) == said

    @pytest.mark.parametrize(
        ("event", "said", "dicho"),
        [
            (
                TargetWarned("solving", 0, on(23, 17)),
                "the target of solving is about to be missed",
                "la meta de solving está por vencer",
            ),
            (
                TargetBreached("solving", 0, 8 * HOUR, on(23, 17)),
                "the target of solving was missed: it was due on Mon 2026-11-23 17:00:00 +0000",
                "se incumplió la meta de solving: vencía el lun 2026-11-23 17:00:00 +0000",
            ),
        ],
    )
    def test_events(self, event: Event, said: str, dicho: str) -> None:
        assert (self.ENGLISH.event(event), self.SPANISH.event(event)) == (said, dicho)

    @pytest.mark.parametrize(
        ("action", "said", "dicho"),
        [
            (RecordWarning("solving"), "warn of solving", "avisar de solving"),
            (RecordBreach("solving"), "record the breach of solving", "registrar el incumplimiento de solving"),
        ],
    )
    def test_actions(self, action: Action, said: str, dicho: str) -> None:
        assert (self.ENGLISH.action(action), self.SPANISH.action(action)) == (said, dicho)
        assert str(action) == said

    def test_facts(self) -> None:
        said = [
            "el reloj solving está en marcha",
            "el reloj solving está congelado",
            "la meta de solving está por vencer",
            "la meta de solving se incumplió",
            "la meta de solving se cumplió",
        ]
        asked = [ClockIs("solving", fact) for fact in FACTS]
        assert [self.SPANISH.condition(each) for each in asked] == said
        assert [self.ENGLISH.condition(each) for each in asked] == [f"the clock solving is {fact}" for fact in FACTS]


def test_what_freezes_a_clock_masks_no_rule() -> None:
    """2.3: waiting freezes the clock and names no group, so the rule acts while nothing is counted."""
    ping = Automation("ping", After(Elapsed(hours=5), Created()), (SendMessage("ping"),), group="idle")
    desk = Clocks(SOLVING, rules=(ping,), freezes=("solving",))
    desk.go(on(23, 10), "waiting")
    assert desk.read(on(23, 15)).elapsed == HOUR
    assert mails(desk.ticket) == [(on(23, 14), "ping")]
