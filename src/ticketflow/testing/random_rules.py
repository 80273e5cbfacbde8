"""Random rule sets in which rules of all kinds lie close together.

Masks, gates, repetitions, recurrences, closings, ladders, snoozes and reactions lie near one another, on whole hours
around openings and closings and around the days on which clocks change. So ties, late armings, cascades and lifted
masks are common.

Source: docs/semantics.md 3.3 to 3.17.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, Protocol, TypeVar

import attrs

from ticketflow.calendars.business import BusinessCalendar
from ticketflow.calendars.recurrence import EveryWeek
from ticketflow.calendars.spans import BusinessDays, CalendarSpan, Elapsed, Span, WorkingTime
from ticketflow.rules.actions import Action, AddNote, CancelSnooze, Emit, Move, SendMessage, SetField
from ticketflow.rules.automations import Automation, Ladder, Rule, Rung, action_steps
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import (
    After,
    AtClosing,
    AtField,
    AtOpening,
    On,
    OnChange,
    OnEnter,
    OnLeave,
    OnMessage,
    OnOutside,
    Timer,
    Trigger,
)
from ticketflow.tickets.anchors import (
    Anchor,
    Created,
    Entered,
    LastActivity,
    LastMessage,
    Latest,
    Outside,
    Woke,
)
from ticketflow.workflow.conditions import (
    ALWAYS,
    Condition,
    FieldIs,
    IsHidden,
    IsUnanswered,
    Not,
    RequesterIs,
    StateIs,
)
from ticketflow.workflow.definition import Field, State, Transition, Workflow
from ticketflow.workflow.snooze import Snoozing
from ticketflow.workflow.ticket_calendar import CalendarOf

T = TypeVar("T")

SUPPORT = ("agent", "administrator")
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
    fields=(Field("hot", (0, 1)), Field("day", kind="moment"), Field("site", ("here", "there", "elsewhere"))),
    outside_events={"released", "never"},
    reopen="back",
)
TARGETS = {row.name: row.target for row in WORKFLOW.transitions}
VERBS = ("start", "wait", "back", "finish")


@attrs.frozen
class Place:
    """A time zone, a week in it, and the calendars of a desk there.

    Attributes:
        zone: The time zone.
        start: The midnight in UTC at which examples begin.
        turns: The instant in that week at which clocks change; None if they do not.
    """

    zone: str
    start: datetime
    turns: datetime | None

    @property
    def calendars(self) -> Mapping[str, BusinessCalendar]:
        """The calendars by name: office hours, nights, and always."""
        return _CALENDARS[self.zone]


CALM = Place("UTC", datetime(2026, 11, 23, tzinfo=UTC), None)
MADRID = Place("Europe/Madrid", datetime(2026, 10, 23, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
SANTIAGO = Place("America/Santiago", datetime(2026, 9, 4, tzinfo=UTC), datetime(2026, 9, 6, 4, tzinfo=UTC))
PLACES = (CALM, CALM, MADRID, SANTIAGO)
_CALENDARS = {
    place.zone: {
        "default": BusinessCalendar(place.zone, "mon-fri 09:00-18:00"),
        "nights": BusinessCalendar(place.zone, "mon-sun 20:00-06:00"),
        "always": BusinessCalendar(place.zone, "mon-sun 00:00-24:00"),
    }
    for place in PLACES
}


CONDITIONS: tuple[Condition, ...] = (
    *(ALWAYS, ALWAYS, ALWAYS),
    StateIs("open"),
    StateIs("open", "busy", "waiting"),
    Not(StateIs("done")),
    FieldIs("hot", 1),
    Not(IsHidden()),
    IsUnanswered(),
    RequesterIs("bruno"),
)
ANCHORS: tuple[Anchor, ...] = (
    *(Created(), Created(), Entered(), Entered(), LastMessage("agent"), LastMessage("anyone"), LastMessage("anyone")),
    *(Latest(Entered(), LastMessage("agent")), Latest(Created(), LastActivity("note")), Outside("released"), Woke()),
)
ENDS: tuple[Anchor | None, ...] = (
    *(None, None, None, LastMessage("customer"), LastMessage("customer")),
    *(LastMessage("anyone"), Outside("released")),
)
TRIGGERS: tuple[Trigger, ...] = (
    OnMessage("customer"),
    OnMessage("anyone"),
    OnEnter(StateIs("busy")),
    OnEnter(FieldIs("hot", 1)),
    OnLeave(StateIs("open")),
    OnChange("hot"),
    OnOutside("released"),
)
MESSAGES: tuple[Action, ...] = (SendMessage("x"), SendMessage("y", "requester"))
CHANGES: tuple[Action, ...] = (
    *map(Move, VERBS),
    *(Move("start"), Move("back")),
    *(SetField("hot", value) for value in (1, 0, 1, 0, None)),
    *(CancelSnooze(), AddNote("hot")),
)
ACTS = (*MESSAGES, *CHANGES)
BESIDE: tuple[tuple[Action, ...], ...] = ((), (), (SendMessage("z"), Emit("z", ("hot",))))
ROUNDS: tuple[Timer, ...] = (
    AtClosing(),
    AtOpening(),
    AtClosing("nights"),
    AtField("day"),
    On(EveryWeek("tuesday", "09:00")),
    On(EveryWeek("sunday", "02:30")),
)
SITE = CalendarOf("site", {"here": "nights", "there": "always"})
HOURS = (1, 2, 3, 9, 12, 24, 48)
SPANS: tuple[Span, ...] = (
    *(Elapsed(hours=each) for each in HOURS),
    *(WorkingTime(hours=each) for each in HOURS),
    *(BusinessDays(0), BusinessDays(1), BusinessDays(2), CalendarSpan(days=1)),
)
NOTICES = (None, None, Elapsed(), Elapsed(hours=5))
Kind = Literal["ladder", "timer", "reaction"]
KINDS: tuple[Kind, ...] = ("ladder", "timer", "timer", "reaction", "reaction")


class Pick(Protocol):
    """Picks one of several options: a random number generator, or hypothesis."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Return one of the options."""
        ...


@attrs.frozen
class RandomRules:
    """Draws random rule sets.

    Attributes:
        pick: Picks one of several options.
        place: The time zone and the calendars.
        sites: Calendars that rules take from a field.
    """

    pick: Pick
    place: Place
    sites: tuple[CalendarOf, ...] = ()

    def rules(self, kinds: Sequence[Kind] = KINDS, acts: Sequence[Action] = ACTS) -> Rules:
        """Draw a rule set of three to five rules of these kinds, with these actions.

        The last rule comes together with another one, or is caused by it.
        """
        drawn = [self.rule(f"rule{number}", self.pick(kinds), acts) for number in range(self.pick((2, 3, 4)))]
        after = self.pick((self.twin, self.echo)) if "reaction" in kinds else self.twin
        drawn.append(after(self.pick(drawn), acts))
        snoozing = Snoozing(on_message=self.pick(("keep", "clear", "stay_hidden")))
        workflow = masking(frozenset(rule.group for rule in drawn if rule.group))
        return Rules("random", workflow, self.place.calendars, tuple(drawn), snoozing)

    def rule(self, name: str, kind: Kind, acts: Sequence[Action]) -> Rule:
        """Draw a rule of a kind."""
        if kind == "ladder":
            return self.ladder(name, acts)
        then, given_that = self.then(acts), self.pick(CONDITIONS)
        if kind == "timer":
            when, more = self.timer(), self.terms(waits=True)
            more |= {"on_resume": "keep"} if isinstance(when, AtField) else {}
            return Automation(name, when, then, given_that, self.pick(ENDS), **more)
        return Automation(name, self.pick(TRIGGERS), then, given_that, **self.terms(waits=False))

    def twin(self, of: Rule, acts: Sequence[Action]) -> Rule:
        """Draw a rule that comes together with another."""
        twin = attrs.evolve(of, id="twin", rank=self.pick((0, 1)))
        return twin if isinstance(twin, Ladder) else attrs.evolve(twin, then=self.then(acts))

    def echo(self, of: Rule, acts: Sequence[Action]) -> Rule:
        """Draw a rule that reacts to what another one does."""
        does = action_steps(of)[-1][0]
        entered = OnEnter(StateIs(TARGETS[does.transition])) if isinstance(does, Move) else None
        when = entered or (OnChange("hot") if isinstance(does, SetField) else self.pick(TRIGGERS))
        return Automation("echo", when, self.then(acts), rank=self.pick((0, 1)))

    def then(self, acts: Sequence[Action]) -> tuple[Action, ...]:
        """Draw a step: one action, and sometimes a message and an event."""
        return (self.pick(acts), *self.pick(BESIDE))

    def ladder(self, name: str, acts: Sequence[Action]) -> Ladder:
        """Draw reminders and a last rung. It can close the ticket, unless rules only send messages."""
        rungs = [Rung(self.pick(SPANS), SendMessage(f"r{index}")) for index in range(self.pick((0, 1, 2, 3)))]
        rungs.append(Rung(self.pick(SPANS), self.pick(acts if acts == MESSAGES else (Move("close"), *acts))))
        ended_by, notice = self.pick(ENDS), self.pick(NOTICES)
        since, held, more = self.pick(ANCHORS), self.pick(CONDITIONS), self.terms(waits=True)
        return Ladder(name, since, held, tuple(rungs), ended_by=ended_by, min_notice=notice, **more)

    def timer(self) -> Timer:
        """Draw a timer that comes once, again and again, or at recurring instants."""
        match self.pick(("once", "again", "round")):
            case "once":
                return After(self.pick(SPANS), self.pick(ANCHORS))
            case "again":
                kind = self.pick(_HOURLY)
                span, every = kind(hours=self.pick(HOURS)), kind(hours=self.pick((2, 5, 24)))
                return After(span, self.pick(ANCHORS), every=every, at_most=self.pick((None, 1, 3)))
            case _:
                return self.pick((*ROUNDS, *map(AtOpening, self.sites)))

    def terms(self, *, waits: bool) -> dict[str, Any]:
        """Draw the options of a rule. Only a rule that waits can be held, and only one of a group resumes."""
        group = self.pick((None, "idle", "idle", "loud"))
        on_mask = self.pick((None, "hold", "drop") if waits else (None, "drop"))
        return {
            "calendar": self.pick(("default", "default", "nights", *self.sites)),
            "rank": self.pick((0, 0, 1)),
            "group": group,
            "gate": self.pick((None, None, "default", "nights", *self.sites)),
            "on_mask": on_mask,
            "on_resume": self.pick(("keep", "restart")) if group and on_mask == "hold" else "keep",
        }


_HOURLY: tuple[type[Elapsed | WorkingTime], ...] = (Elapsed, WorkingTime)


@cache
def masking(groups: frozenset[str]) -> Workflow:
    """Return the workflow with the masks of these groups only."""
    states = tuple(attrs.evolve(each, masks=each.masks & groups) for each in WORKFLOW.states)
    return attrs.evolve(WORKFLOW, states=states)
