"""A second evaluator of rule sets, written from docs/semantics.md 2.5, 3, 4 and 5 and its reference.

It shares nothing with the engine but the definitions: rules, commands and events. It keeps a plain list of what
happened. At each instant it looks which rules' time has come, carries out the first, and looks again. What waits is
computed anew after each entry, from the beginning.

It leaves out what the random rule sets do not draw: permissions, holds of fields, assignments, ratings by rules,
follow-ups, notes by rules, unknown holidays, bounds, and changed rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import attrs

from tests.support.reference_clocks import multiple
from tests.support.reference_hours import (
    DAY,
    FIRST,
    LAST,
    MICRO,
    NONE,
    STEPS,
    Hours,
    from_local,
    hours,
    midnight,
    several,
    to_local,
)
from ticketflow import actions, commands
from ticketflow.calendars.spans import (
    AfterDue,
    BeforeDue,
    BusinessDays,
    CalendarSpan,
    ClockSpan,
    Elapsed,
    Missed,
    OfTarget,
    Span,
    WorkingTime,
)
from ticketflow.kernel.field_values import Value
from ticketflow.kernel.frozen_map import FrozenMap
from ticketflow.rules import triggers
from ticketflow.rules.automations import Automation, Ladder, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.sla.measures import Measure
from ticketflow.sla.policies import Deadline, Policy, StartedBetween, StartedWhile, Target
from ticketflow.tickets import anchors, events
from ticketflow.tickets.actors import SYSTEM, Actor
from ticketflow.tickets.commands import Command
from ticketflow.tickets.messages import Message
from ticketflow.workflow import conditions
from ticketflow.workflow.snooze import AfterSpan, InDays, LaterToday, NextWeek
from ticketflow.workflow.ticket_calendar import CalendarOf

# --- What happened, and what a ticket is after it: the reference of semantics, "Facts" and "Anchors".

Fact = str | tuple[str, ...] | tuple[str, anchors.Anchor] | anchors.Anchor
Facts = dict[Fact, Value]
PEOPLE = ("customer", "third_party", "agent", "administrator")


class Mark(NamedTuple):
    """When an anchor moved: compared by sequence, then step."""

    sequence: int
    step: int
    at: datetime


class Told(NamedTuple):
    """An entry of the history, as both evaluators tell it."""

    at: datetime
    occurred_at: datetime | None
    id: str
    rule: str | None
    generation: int
    arming: str
    occurrence: int
    due: datetime | None
    armed: int
    since: datetime | None
    events: tuple[events.Event, ...]


class Entry(NamedTuple):
    """An entry, with the facts after each of its steps."""

    told: Told
    stages: list[Facts]

    @property
    def at(self) -> datetime:
        return self.told.at

    @property
    def facts(self) -> Facts:
        return self.stages[-1]


class Episode(NamedTuple):
    rule: Rule
    armed: Mark
    since: datetime


class One(NamedTuple):
    """An occurrence that is not behind the ticket, and its own due instant."""

    episode: Episode
    k: int
    own: datetime


@dataclass
class Cycle:
    """A cycle of a clock: the entry that began it, the mark of its start, and the entry that stopped it."""

    first: int
    start: Mark
    end: int | None = None


class Segment(NamedTuple):
    """A part of a cycle in which nothing about the clock changes."""

    start: datetime
    end: datetime
    kind: str  # runs, frozen, stopped
    row: Target | Deadline | None
    deadline: Value
    is_over: bool
    table: Hours | None  # of the calendar then in force
    facts: Facts


def true(condition: conditions.Condition, facts: Facts) -> bool:
    match condition:
        case conditions.StateIs(states=states):
            return facts["state"] in states
        case conditions.CategoryIs(categories=categories):
            return facts["category"] in categories
        case conditions.FieldIs(field=name, values=values, at_least=None, at_most=None):
            return facts.get(("field", name)) in values
        case conditions.FieldIs(field=name, at_least=least, at_most=most):
            value = facts.get(("field", name))
            is_late = not isinstance(least, datetime) or (isinstance(value, datetime) and value >= least)
            is_early = not isinstance(most, datetime) or (isinstance(value, datetime) and value <= most)
            return is_late and is_early
        case conditions.IsSnoozed():
            return facts.get("snoozed") is True
        case conditions.IsHidden():
            return facts.get("hidden") is True
        case conditions.IsUnanswered():
            return facts.get("unanswered") is True
        case conditions.WasAnswered():
            return facts.get("answered") is True
        case conditions.Happened(anchor=anchors.Latest(anchors=parts)):
            return any(facts.get(part) is True for part in parts)
        case conditions.Happened(anchor=anchor, at_least=1):
            return facts.get(anchor) is True
        case conditions.Happened(anchor=anchor, at_least=times):
            return int(str(facts.get(("times", anchor), 0))) >= times
        case conditions.Reopened(times=times):
            return int(str(facts.get("reopenings", 0))) >= times
        case conditions.HasLink(kind=kind, at_least=times):
            return int(str(facts.get(("links", kind), 0))) >= times
        case conditions.RatingIs(at_least=least, at_most=most):
            return least <= int(str(facts.get("rating", 0))) <= most
        case conditions.RequesterIs(requesters=requesters):
            return facts.get("requester") in requesters
        case conditions.ClockIs(clock=clock, fact=fact):
            return facts.get(("clock", clock, fact)) is True
        case conditions.All(of=of):
            return all(true(each, facts) for each in of)
        case conditions.AnyOf(of=of):
            return any(true(each, facts) for each in of)
        case conditions.Not(condition=inner):
            return not true(inner, facts)
        case _:
            raise NotImplementedError(condition)


def fold(event: events.Event, facts: Facts, by: Actor) -> set[Fact]:
    """Change the facts as an event does, and return the anchors that it moves."""
    role = by.role
    match event:
        case events.Opened(state=state, category=category, fields=fields, requester=named):
            facts |= {"state": state, "category": category}
            if named or role == "customer":  # 2.5
                facts["requester"] = named or by.id
            facts |= {("field", name): fields[name] for name in fields}
            moved: set[Fact] = {anchors.Created(), anchors.Entered(), anchors.Entered(state)}
            return moved | {("moment", name) for name in fields if isinstance(fields[name], datetime)}
        case events.MessageAdded(message=message) if not message.automatic and role in PEOPLE:
            if not message.public:
                return {anchors.LastActivity("note")}
            if role == "customer":
                facts["unanswered"] = True
                return {anchors.LastMessage("customer"), anchors.LastMessage("anyone")}
            if facts.get("unanswered") is True:
                facts["answered"] = True
            facts |= {"unanswered": None, "answers": int(str(facts.get("answers", 0))) + 1}
            return {anchors.LastMessage("agent"), anchors.LastMessage("anyone")}
        case events.StateChanged(before=before, after=after, category=category):
            was, moved = facts["category"], {anchors.Left(before), anchors.Entered(), anchors.Entered(after)}
            facts |= {"state": after, "category": category}
            if was == "resolved" and category in ("open", "pending"):
                facts["reopenings"] = int(str(facts.get("reopenings", 0))) + 1
            moved |= (
                {anchors.ResolvedLast()} if was in ("open", "pending") and category in ("resolved", "closed") else set()
            )
            return moved | ({anchors.Closed()} if category == "closed" else set())
        case events.FieldChanged(field=name, after=after):
            facts[("field", name)] = after
            return {("moment", name)} if isinstance(after, datetime) else set()
        case events.OutsideEventRecorded(event=name):
            return {anchors.Outside(name)}
        case events.Rated(score=score):
            facts["rating"] = score
        case events.Linked(kind=kind):
            facts[("links", kind)] = int(str(facts.get(("links", kind), 0))) + 1
        case events.RequesterChanged(after=requester):
            facts["requester"] = requester
        case events.Snoozed(until=until):
            facts["snoozer"] = by.id
            is_same = facts.get("until") == until  # which sets no fact (2.2): the snooze waits on as it did
            facts |= {"snoozed": True, "hidden": True, "until": until}
            return set() if is_same else {"snooze"}
        case events.SnoozeCancelled():
            facts |= {"snoozed": None, "until": None}
        case events.Surfaced():
            facts["hidden"] = None
        case events.Woke(slept=slept):
            facts |= {"snoozed": None, "until": None, "hidden": None}
            return {anchors.Woke()} if slept else set()
        case events.TargetWarned(clock=clock, cycle=cycle):
            facts[("warned", clock)] = cycle
        case events.TargetBreached(clock=clock, cycle=cycle):
            facts[("breached", clock)] = cycle
            return {anchors.Breached(clock)}
        case _:
            pass
    return set()


@dataclass(eq=False)
class Simulation:
    """A ticket on its way through a sequence of commands."""

    rules: Rules
    end: datetime
    entries: list[Entry] = field(default_factory=list)
    marks: dict[Fact, Mark] = field(default_factory=dict)
    true_since: dict[str, Mark | None] = field(default_factory=dict)
    unmasked: dict[str, Mark] = field(default_factory=dict)
    cycles: dict[str, list[Cycle]] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    parts: dict[tuple[str, int], list[Segment]] = field(default_factory=dict)  # since the last entry
    behind: dict[tuple[str, int], list[Told]] = field(default_factory=dict)
    ahead: list[One] = field(default_factory=list)
    queue: list[tuple[int, str, int, Automation, bool]] = field(default_factory=list)
    look: datetime = FIRST
    ticket: str = ""
    outside: int = 0
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hours = {name: hours(each) for name, each in self.rules.calendars.items()}
        self.clocks = {policy.name: policy for policy in self.rules.clocks}
        self.cycles = {name: [] for name in self.clocks}
        self.known: tuple[Rule, ...] = (*self.rules.automations, *self.implied())
        self.ids = {rule.id: rule for rule in self.known}
        written = {rule.id for rule in self.rules.automations}
        named = {rule.id: (rule.in_force_from, self.rules.in_force_from) for rule in self.known if rule.id in written}
        self.force = {rule.id: max([FIRST, *filter(None, named.get(rule.id, ()))]) for rule in self.known}

    def implied(self) -> Iterator[Automation]:
        """The reference's "Implied rules"."""
        first, last = -1_000_000, 1_000_000
        if self.rules.snoozing:
            then, is_there = (actions.Wake(),), conditions.Not(conditions.CategoryIs("closed"))
            yield Automation("snooze.wake", triggers.AtSnoozeEnd(), then, given=is_there, rank=first)
            if self.rules.snoozing.on_message == "clear":
                when, cancel = triggers.OnMessage("customer"), (actions.CancelSnooze(),)
                yield Automation("snooze.clear", when, cancel, given=conditions.IsSnoozed(), rank=last)
        for name, policy in self.clocks.items():
            since = anchors.Started(name)
            if policy.targets:
                record = (actions.RecordBreach(name),)
                yield Automation(f"sla.{name}.breach", triggers.After(Missed(), since), record, rank=first)
            for number, span in enumerate(sorted(policy.warn_at, key=str)):
                warn = (actions.RecordWarning(name),)
                yield Automation(f"sla.{name}.warning.{number}", triggers.After(span, since), warn, rank=first)

    @property
    def facts(self) -> Facts:
        return self.entries[-1].facts

    @property
    def now(self) -> datetime:
        return self.entries[-1].at

    def table(self, calendar: str | CalendarOf, facts: Facts | None = None) -> Hours:
        """1.12: the hours of the calendar that the ticket's field names, at present or under other facts."""
        if isinstance(calendar, str):
            return self.hours[calendar]
        value = (facts or self.facts).get(("field", calendar.field))
        known = [name for key, name in calendar.calendars.items() if key == value]
        return self.hours[known[0] if known else calendar.otherwise]

    # --- Masks and gates: 3.6 and 5.2.

    def is_masked(self, rule: Rule, facts: Facts) -> bool:
        by_state = rule.group in self.rules.workflow.states_by_name[str(facts["state"])].masks
        snoozing = self.rules.snoozing
        return by_state or bool(snoozing and rule.group in snoozing.masks and facts.get("hidden"))

    def is_held(self, rule: Rule, at: datetime) -> bool:
        is_shut = rule.gate is not None and not self.table(rule.gate).is_open(at)
        return is_shut or self.is_masked(rule, self.facts)

    # --- Episodes: 3.4, and the restart of 3.6.

    def anchor(self, rule: Rule) -> Mark | None:
        match rule:
            case Ladder(since=since) | Automation(when=triggers.After(since=since)):
                return self.mark(since)
            case _ if comes_round(rule):
                return self.mark(anchors.Created())
            case Automation(when=triggers.AtField(field=name)) if isinstance(self.facts.get(("field", name)), datetime):
                return self.marks.get(("moment", name))
            case Automation(when=triggers.AtSnoozeEnd()) if self.facts.get("until"):
                return self.marks["snooze"]
            case _:
                return None

    def mark(self, anchor: anchors.Anchor) -> Mark | None:
        match anchor:
            case anchors.Latest(anchors=parts):
                return max((found for part in parts if (found := self.mark(part))), default=None)
            case anchors.Started(clock=clock):
                return self.cycles[clock][-1].start if self.cycles[clock] else None
            case _:
                return self.marks.get(anchor)

    def episode(self, rule: Rule) -> Episode | None:
        since, anchor = self.true_since[rule.id], self.anchor(rule)
        if since is None or anchor is None:
            return None
        armed = max(since, anchor)
        ended = self.mark(rule.ended_by) if rule.ended_by else None
        arms = armed if comes_round(rule) else anchor  # what has been answered waits for its anchor to move
        if ended and not arms > ended:
            if armed > ended:
                self.seen.add("answered before the arming")
            return None
        resumed = self.unmasked.get(rule.id) if rule.on_resume == "restart" else None
        return Episode(rule, resumed, resumed.at) if resumed and resumed > armed else Episode(rule, armed, anchor.at)

    def watch(self, rule: Rule, entry: Entry, before: Facts | None) -> None:
        """Note since when a rule's condition is true, and when a mask on it ended."""
        if not true(rule.given, entry.facts):
            self.true_since[rule.id] = None
        elif not self.true_since.get(rule.id):
            self.true_since[rule.id] = self.changed_in(entry, before, self.reads(rule.given))
        if before and self.is_masked(rule, before) and not self.is_masked(rule, entry.facts):
            snoozing, states = self.rules.snoozing, self.rules.workflow.states
            names: set[Fact] = {"hidden"} if snoozing and rule.group in snoozing.masks else set()
            names |= {"state"} if any(rule.group in state.masks for state in states) else set()
            self.unmasked[rule.id] = self.changed_in(entry, before, names)

    def changed_in(self, entry: Entry, before: Facts | None, names: set[Fact]) -> Mark:
        """Return the mark of the last event of the last entry that changed one of these facts."""
        steps = enumerate(pairwise([before or {}, *entry.stages]))
        changed = [step for step, (was, now) in steps if any(was.get(name) != now.get(name) for name in names)]
        return Mark(len(self.entries) - 1, max(changed, default=0), entry.at)

    def reads(self, condition: conditions.Condition) -> set[Fact]:
        match condition:
            case conditions.StateIs():
                return {"state"}
            case conditions.CategoryIs():
                return {"category"}
            case conditions.FieldIs(field=name):
                return {("field", name)}
            case conditions.IsSnoozed():
                return {"snoozed"}
            case conditions.IsHidden():
                return {"hidden"}
            case conditions.IsUnanswered():
                return {"unanswered"}
            case conditions.WasAnswered():
                return {"answered"}
            case conditions.Reopened():
                return {"reopenings"}
            case conditions.RatingIs():
                return {"rating"}
            case conditions.RequesterIs():
                return {"requester"}
            case conditions.HasLink(kind=kind):
                return {("links", kind)}
            case conditions.Happened(anchor=anchors.Latest(anchors=parts)):
                return {*parts}
            case conditions.Happened(anchor=anchor, at_least=1):
                return {anchor}
            case conditions.Happened(anchor=anchor):
                return {("times", anchor)}
            case conditions.ClockIs(clock=clock):
                return {("warned", clock), ("breached", clock)} | self.read_by(self.clocks[clock])
            case conditions.All(of=of) | conditions.AnyOf(of=of):
                return set[Fact]().union(*map(self.reads, of))
            case conditions.Not(condition=inner):
                return self.reads(inner)
            case _:
                raise NotImplementedError(condition)

    def read_by(self, policy: Policy) -> set[Fact]:
        """Return the facts that decide how a clock goes."""
        measure = self.measure(policy)
        each: set[Fact] = {fact_of(measure.each)} if measure.each else set()
        return each.union({"category"}, *map(self.reads, (measure.runs, measure.frozen, measure.void)))

    # --- Occurrences: 3.4, 3.5, 4.7.

    def own(self, episode: Episode) -> list[datetime]:
        """Return the own due instant of each occurrence of an episode that is known to come, past ones too."""
        rule, table = episode.rule, self.table(episode.rule.calendar)
        match rule:
            case Ladder(rungs=rungs):
                found: list[datetime] = []
                for rung in rungs:
                    at = self.after(episode, rung.after)
                    if at is None:
                        break
                    found.append(max([at, episode.armed.at, *found[-1:]]))
                return found
            case Automation(when=triggers.After(span=span, every=None)):
                at = self.after(episode, span)
                return [] if at is None else [at]
            case Automation(when=triggers.After(span=span, every=every, at_most=at_most)) if (
                isinstance(span, Span) and every
            ):
                found = []
                while len(found) < (at_most or STEPS) and (not found or found[-1] <= self.end):
                    found.append(table.after(episode.since, several(span, every, len(found))))
                return found
            case Automation(when=triggers.On(recurrence=recurrence)):
                return self.rounds(episode, table.recurring(recurrence))
            case Automation(when=triggers.AtOpening(calendar=name)):
                return self.rounds(episode, self.table(name).openings)
            case Automation(when=triggers.AtClosing(calendar=name)):
                return self.rounds(episode, self.table(name).closings)
            case Automation(when=triggers.AtField(field=name)):
                return [self.moment(("field", name), episode)]
            case Automation(when=triggers.AtSnoozeEnd()):
                return [self.moment("until", episode)]
            case _:
                raise NotImplementedError(rule)

    def rounds(self, episode: Episode, times: Sequence[datetime]) -> list[datetime]:
        """Return what has come of a recurrence, whatever its calendar was then, and what follows on the present one.

        3.17: the first one is neither before the arming nor before the rule is in force.
        """
        first = max(episode.armed.at, self.force[episode.rule.id])
        if first > episode.armed.at and any(episode.armed.at <= at < first for at in times):
            self.seen.add("not in force round")
        done = {told.occurrence: told.due for told in self.done(episode) if told.due}
        last = max(done.values(), default=None)
        behind = [done.get(k, FIRST) for k in range(max(done, default=-1) + 1)]
        return behind + [at for at in times if at >= first and (last is None or at > last)]

    def moment(self, fact: Fact, episode: Episode) -> datetime:
        value, force = self.facts[fact], self.force[episode.rule.id]
        assert isinstance(value, datetime)
        self.seen |= {"moment in force"} if force > max(value, episode.armed.at) else set()
        return max(value, episode.armed.at, force)

    def after(self, episode: Episode, span: Span | ClockSpan) -> datetime | None:
        if isinstance(span, Span):
            return self.table(episode.rule.calendar).after(episode.since, span)
        when = episode.rule if isinstance(episode.rule, Ladder) else episode.rule.when
        assert isinstance(when, Ladder | triggers.After)
        assert isinstance(when.since, anchors.Started)
        return self.clock_instant(when.since.clock, self.cycles[when.since.clock][-1], span)

    def done(self, episode: Episode) -> list[Told]:
        return self.behind.get((episode.rule.id, episode.armed.sequence), [])

    def occurrences(self, episode: Episode) -> Iterator[One]:
        """Of the occurrences at or before the arming only the last exists; those in the history are behind."""
        times, armed = self.own(episode), episode.armed.at
        comes_round = isinstance(episode.rule, Automation) and isinstance(
            episode.rule.when, triggers.On | triggers.AtOpening | triggers.AtClosing
        )
        missed = 0 if comes_round else sum(at <= armed for at in times)
        behind = max((told.occurrence for told in self.done(episode)), default=-1)
        for k in range(max(missed - 1, behind + 1, 0), len(times)):
            if times[k] > self.end:
                return
            if self.exists(episode, k, [max(at, armed) for at in times[: k + 1]], behind):
                yield One(episode, k, max(times[k], armed))

    def exists(self, episode: Episode, k: int, own: list[datetime], behind: int) -> bool:
        """3.17: not before the rule is in force; nor a last rung without any of its reminders."""
        rule, force = episode.rule, self.force[episode.rule.id]
        if own[k] < force:
            self.seen.add("not in force")
            return False
        is_last = isinstance(rule, Ladder) and 0 < k == len(rule.rungs) - 1
        is_alone = is_last and behind < 0 and all(at < force for at in own[:k])
        self.seen |= {"last rung without reminders"} if is_alone else set()
        return not is_alone

    def breaches(self, policy: Policy) -> Iterator[One]:
        """Every cycle that is missed is recorded once, that which has just stopped too (4.4, "Implied rules")."""
        rule = self.ids[f"sla.{policy.name}.breach"]
        for cycle in self.cycles[policy.name]:
            missed = self.missed(policy, cycle)
            if missed and (rule.id, cycle.first) not in self.behind and missed[0] <= self.end:
                yield One(Episode(rule, cycle.start, cycle.start.at), 0, missed[0])

    # --- Clocks: 4.1 to 4.7.

    def measure(self, policy: Policy) -> Measure:
        """Return a measure with the states that freeze the clock by name."""
        if policy.name in self.measures:
            return self.measures[policy.name]
        freezing = [state.name for state in self.rules.workflow.states if policy.name in state.freezes]
        states = (conditions.StateIs(*freezing),) if freezing else ()
        frozen = conditions.AnyOf(policy.measure.frozen, *states)
        return self.measures.setdefault(policy.name, attrs.evolve(policy.measure, frozen=frozen))

    def tick(self, policy: Policy, entry: Entry, before: Facts | None) -> None:
        """4.5: whether an entry starts a cycle, or stops it, and what `conditions.ClockIs` says then."""
        measure, cycles, sequence = self.measure(policy), self.cycles[policy.name], len(self.entries) - 1
        runs, each = true(measure.runs, entry.facts), measure.each
        changed = (
            each is not None and before is not None and before.get(fact_of(each)) != entry.facts.get(fact_of(each))
        )
        if cycles and cycles[-1].end is None and (changed or not runs):
            cycles[-1].end = sequence
        if runs and not (cycles and cycles[-1].end is None):
            if cycles and measure.again == "never":
                pass
            elif cycles and measure.again != "anew":
                cycles[-1].end = None
                self.seen.add("restarted clock")
            else:
                self.seen |= {"another cycle"} if cycles else set()
                rows = [self.reads(row.given) for row in (*policy.targets, *policy.multipliers)]
                fields: set[Fact] = {("field", row.field) for row in policy.targets if isinstance(row, Deadline)}
                names = self.read_by(policy).union({"state"}, fields, *rows)
                cycles.append(Cycle(sequence, self.changed_in(entry, before, names)))
        stands: dict[str, bool] = {}
        if cycles:
            cycle, is_over = cycles[-1], cycles[-1].end is not None
            is_breached = entry.facts.get(("breached", policy.name)) == cycle.first
            is_frozen = true(measure.frozen, entry.facts)
            is_void = cycle.end is not None and true(measure.void, self.entries[cycle.end].facts)
            stands = {
                "running": not is_over and not is_frozen,
                "frozen": not is_over and is_frozen,
                "warned": entry.facts.get(("warned", policy.name)) == cycle.first,
                "breached": is_breached,
                "met": is_over and not is_void and not is_breached,
            }
            self.seen |= {"frozen clock"} if stands["frozen"] else set()
        entry.facts.update({("clock", policy.name, name): value for name, value in stands.items()})

    def segments(self, policy: Policy, cycle: Cycle) -> list[Segment]:
        if (policy.name, cycle.first) not in self.parts:
            self.parts[policy.name, cycle.first] = self.split(policy, cycle)
        return self.parts[policy.name, cycle.first]

    def split(self, policy: Policy, cycle: Cycle) -> list[Segment]:
        measure, found = self.measure(policy), list[Segment]()
        last = self.entries[cycle.end].at if cycle.end is not None else LAST
        entries = self.entries[cycle.first : cycle.end]
        for entry, end in zip(entries, [*(each.at for each in entries[1:]), last], strict=True):
            rows = (row for row in policy.targets if self.has_begun(policy, row, entries[0]))
            row = next((row for row in rows if true(row.given, entry.facts)), None)
            factor = next((each.percent for each in policy.multipliers if true(each.given, entry.facts)), 100)
            row = multiple(row, factor) if isinstance(row, Target) else row
            deadline = entry.facts.get(("field", row.field)) if isinstance(row, Deadline) else None
            is_over = not true(measure.runs, entry.facts)
            kind = "frozen" if true(measure.frozen, entry.facts) else "runs"
            kind = "stopped" if is_over and measure.again == "continue" else kind
            table = self.calendar_of(policy, row, entry.facts)
            segment = Segment(entry.at, end, kind, row, deadline, is_over, table, entry.facts)
            if found and found[-1][2:7] == segment[2:7]:
                segment = segment._replace(start=found[-1].start, facts=found.pop().facts)
            found.append(segment)
        return found

    def has_begun(self, policy: Policy, row: Target | Deadline, begun: Entry) -> bool:
        """4.2: whether the cycle began when the row asks for it."""
        match row.started if isinstance(row, Target) else None:
            case StartedWhile(calendar=name, is_open=is_open):
                return self.hours[name].is_open(begun.at) == is_open
            case StartedBetween(since=since, until=until):
                local = to_local(self.table(policy.calendar or "", begun.facts).calendar.zone, begun.at)
                days = (midnight(local.date() - days * DAY) for days in (0, 1))
                return any(day + since <= local < day + until + (DAY if until < since else NONE) for day in days)
            case _:
                return True

    def calendar_of(self, policy: Policy, row: Target | Deadline | None, facts: Facts) -> Hours | None:
        named = (row.calendar if isinstance(row, Target) else None) or policy.calendar
        return self.table(named, facts) if named else None

    def counted(self, segment: Segment, until: datetime) -> timedelta:
        """4.2: each part counts on the calendar of the row then in force."""
        table = segment.table
        if table is None or (isinstance(segment.row, Target) and isinstance(segment.row.time, Elapsed)):
            return until - segment.start
        return table.between(segment.start, until)

    def used_up(self, parts: Sequence[Segment], amount: timedelta) -> datetime | None:
        """The first instant of a running clock by which so much is counted; the last part goes on."""
        for part in parts:
            if part.kind != "runs" or (part.start == part.end and part is not parts[-1]):
                continue
            end = LAST if part is parts[-1] else part.end
            if amount <= NONE:
                return part.start
            count = self.counted(part, end)
            if count >= amount:
                table = part.table
                is_elapsed = isinstance(part.row, Target) and isinstance(part.row.time, Elapsed)
                at = part.start + amount if table is None or is_elapsed else table.add(part.start, amount)
                if at < end:
                    return at
            amount -= count
        return None

    @staticmethod
    def days(parts: Sequence[Segment]) -> tuple[Hours, datetime] | None:
        """4.8: of a target in business days, its calendar, and when they have passed if nothing is frozen."""
        row, table = parts[-1].row, parts[-1].table
        if not isinstance(row, Target) or not isinstance(row.time, BusinessDays) or not table:
            return None
        return table, table.after(parts[0].start, row.time)

    def due(self, policy: Policy, parts: Sequence[Segment], row: Target) -> datetime | None:
        """When a target is due; one in business days moves by the open time that was not counted before (4.8)."""
        days = self.days(parts)
        if days is None:
            return self.used_up(parts, self.allowed(policy, row, parts))
        (table, end), moved = days, NONE
        for part in parts:
            if part.kind == "runs":
                due = table.add(end, moved)
                if part is parts[-1] or due < part.end:
                    return due
            else:
                moved += table.between(part.start, part.end) if part is not parts[-1] else NONE
        return None

    @staticmethod
    def counted_since(table: Hours, parts: Sequence[Segment], begin: datetime, amount: timedelta) -> datetime | None:
        """4.8: by when so much is counted on one calendar, from an instant on."""
        for part in parts:
            start, end = max(part.start, begin), LAST if part is parts[-1] else part.end
            if part.kind == "runs" and start <= end:
                at = table.add(start, amount)
                if at < end:
                    return at
                amount -= min(table.between(start, end), amount)
        return None

    def part_of_days(
        self, table: Hours, parts: Sequence[Segment], whole: timedelta, due: datetime | None, percent: int
    ) -> datetime | None:
        """4.8: below 100 % by the open time since the start; from there on by that since the due instant."""
        part = -(whole * -percent // 100)
        if percent >= 100:
            return self.counted_since(table, parts, due, part - whole) if due and part > whole else due
        return self.counted_since(table, parts, parts[0].start, part) if whole else parts[0].start

    def allowed(self, policy: Policy, row: Target, parts: Sequence[Segment]) -> timedelta:
        start = parts[0].start
        if isinstance(row.time, BusinessDays):
            days = self.days(parts)
            assert days
            return days[0].between(start, days[1])
        table = self.calendar_of(policy, row, parts[0].facts)
        is_shut = table is not None and not table.is_open(start)
        return row.time.amount + (row.extra.amount if row.extra and is_shut else NONE)

    def missed(self, policy: Policy, cycle: Cycle) -> tuple[datetime, datetime, list[Segment]] | None:
        """4.3, 4.4: when a cycle is missed if nothing changes, when it was due, and its parts until then."""
        parts = self.segments(policy, cycle)
        for index, part in enumerate(parts):
            is_last = part is parts[-1]
            stops = (is_last and cycle.end is not None) or (not is_last and parts[index + 1].is_over)
            if part.is_over or part.row is None or (part.start == part.end and not stops):
                continue
            miss = None
            if isinstance(part.row, Deadline):
                due = part.deadline
                miss = max(due + MICRO, part.start) if isinstance(due, datetime) else None
            else:
                due = self.due(policy, parts[: index + 1], part.row)
                miss = max(due + MICRO, part.start) if due else None
                if part.kind != "runs" and miss:
                    miss = max(miss, part.end) if stops else None
            if miss and isinstance(due, datetime) and (miss < part.end or (stops and miss == part.end)):
                return miss, due, parts[: index + 1]
        return None

    def due_at(self, policy: Policy, cycle: Cycle) -> datetime | None:
        parts = self.segments(policy, cycle)
        row = parts[-1].row
        if isinstance(row, Target):
            return self.due(policy, parts, row)
        return parts[-1].deadline if isinstance(parts[-1].deadline, datetime) else None

    def clock_instant(self, name: str, cycle: Cycle, span: ClockSpan) -> datetime | None:
        """4.7: when a span of a clock has passed; of a stopped cycle what was due before the stop, and the miss."""
        policy = self.clocks[name]
        missed = self.missed(policy, cycle)
        if isinstance(span, Missed):
            return missed[0] if missed else None
        found = self.counted_from_start(policy, self.segments(policy, cycle), span)
        return found if found and (cycle.end is None or found < self.entries[cycle.end].at) else None

    def counted_from_start(self, policy: Policy, parts: list[Segment], span: ClockSpan) -> datetime | None:
        row, deadline, start = parts[-1].row, parts[-1].deadline, parts[0].start
        if isinstance(row, Target):
            whole, due, days = self.allowed(policy, row, parts), self.due(policy, parts, row), self.days(parts)
            if days and isinstance(span, OfTarget):
                return self.part_of_days(days[0], parts, whole, due, span.percent)
            if days and isinstance(span, BeforeDue) and isinstance(span.lead, WorkingTime):
                return self.counted_since(days[0], parts, start, max(whole - span.lead.amount, NONE))
        elif isinstance(deadline, datetime):
            whole, due = max(deadline - start, NONE), deadline
        else:
            return None
        match span:
            case OfTarget(percent=percent):
                part = -(whole * -percent // 100)
                return self.used_up(parts, part) if isinstance(row, Target) else start + part
            case BeforeDue(lead=WorkingTime(amount=lead)) if isinstance(row, Target):
                return self.used_up(parts, max(whole - lead, NONE))
            case BeforeDue(lead=WorkingTime(amount=lead)) if due:
                return self.open_time_left(parts[-1].table, start, due, lead)
            case BeforeDue(lead=Elapsed(amount=lead)):
                return max(due - lead, start) if due else None
            case BeforeDue(lead=BusinessDays(days=lead)):
                table = parts[-1].table
                return max(table.business_days_before(due, lead), start) if due and table else None
            case AfterDue(span=Elapsed(amount=late)):
                return due + late if due else None
            case AfterDue(span=WorkingTime(amount=late)):
                table = parts[-1].table
                return (table.add(due, late) if table else due + late) if due else None
            case _:
                raise NotImplementedError(span)

    def open_time_left(self, table: Hours | None, start: datetime, due: datetime, lead: timedelta) -> datetime:
        """Return the latest instant from which so much open time passes until a deadline, but not before the start."""
        return max(table.subtract(due, lead) if table else due - lead, start)

    # --- What is done when: 3.5 to 3.10.

    def earliest(self, one: One) -> datetime:
        """3.7: after a last reminder that a mask or gate moved, the last rung keeps its distance."""
        rule = one.episode.rule
        if not isinstance(rule, Ladder) or one.k < len(rule.rungs) - 1 or one.k == 0:
            return one.own
        reminder = self.reminder(one)
        done = max(self.done(one.episode), key=lambda told: told.occurrence, default=None)
        if reminder:
            own, effect = reminder.own, max(self.look, reminder.own)
        elif done and done.due and not any(isinstance(e, events.Superseded | events.Dropped) for e in done.events):
            own, effect = done.due, done.at
        else:
            return one.own
        notice = one.own - own if rule.min_notice is None else rule.min_notice.amount
        return one.own if effect == own else max(one.own, effect + notice)

    def reminder(self, one: One) -> One | None:
        """Return the rung before one, if it is still ahead."""
        return next((each for each in self.ahead if each.episode == one.episode and each.k == one.k - 1), None)

    def drops(self, rule: Rule) -> bool:
        return (rule.on_mask or ("drop" if comes_round(rule) else "hold")) == "drop"

    def is_dropped(self, one: One) -> bool:
        """3.6, 3.7: whether a rule that drops falls into a mask or a shut gate, at its own instant or now."""
        rule, unmasked = one.episode.rule, self.unmasked.get(one.episode.rule.id)
        was_masked = unmasked is not None and unmasked > one.episode.armed and unmasked.at > one.own
        is_shut = rule.gate is not None and not self.table(rule.gate).is_open(one.own)
        is_past = one.own < self.look  # the rule drops, so only another calendar of the ticket made it past
        if is_past and isinstance(rule, Automation) and self.gives_way(one):
            return False
        is_missed = is_past and comes_round(rule)
        return self.drops(rule) and (was_masked or is_shut or is_missed or self.is_held(rule, self.look))

    def is_ready(self, one: One) -> bool:
        if one.own > self.look:
            return False
        rule = one.episode.rule
        is_shut = rule.gate is not None and not self.table(rule.gate).is_open(one.own)
        if self.drops(rule) and (is_shut or self.is_masked(rule, self.facts)):
            return True  # 3.7, step 2: it is dropped before the notice is looked at
        if self.earliest(one) > self.look:
            return False
        return self.drops(rule) or not self.is_held(rule, self.look)

    def gives_way(self, one: One) -> bool:
        """3.5 to 3.7: to a last rung just now, or, having been moved, to a later one."""
        rule = one.episode.rule
        last = len(rule.rungs) - 1 if isinstance(rule, Ladder) else None
        due = [each for each in self.ahead if each.episode == one.episode and each.own <= self.look]
        later = [each for each in due if each.k > one.k and not (isinstance(rule, Ladder) and self.is_dropped(each))]
        return any(self.earliest(each) <= self.look if each.k == last else one.own < self.look for each in later)

    def advance(self, until: datetime) -> None:
        """Look at each instant before *until* at which something may be due, and do what is."""
        self.look = self.now
        while self.look < until:
            ready = [one for one in self.ahead if self.is_ready(one)]
            if ready:
                if len({one.episode.rule.id for one in ready}) > 1:
                    self.seen.add("tie")
                self.settle(min((self.record(one, ready) for one in ready), key=place))
            else:
                self.look = min((at for one in self.ahead for at in self.changes(one)), default=until)

    def changes(self, one: One) -> Iterator[datetime]:
        """Yield the instants to come at which an occurrence may become ready."""
        reminder = self.reminder(one)
        is_held_up = reminder is not None and reminder.own <= self.look  # the distance begins when that one is done
        times = [one.own] if is_held_up else [one.own, self.earliest(one)]
        if one.own <= self.look and one.episode.rule.gate:
            times.append(self.table(one.episode.rule.gate).next_opening(self.look))
        return (at for at in times if at > self.look)

    def record(self, one: One, ready: list[One]) -> tuple[One, int]:
        """3.6: repetitions and recurrences that give way are one record, with the key of the last of them."""
        if isinstance(one.episode.rule, Ladder) or self.is_dropped(one) or not self.gives_way(one):
            return one, 1
        way = [each for each in ready if each.episode == one.episode and self.gives_way(each)]
        return way[-1], len(way)

    def settle(self, found: tuple[One, int]) -> None:
        one, count = found
        rule, is_late = one.episode.rule, one.own < self.look
        told = self.entries[-1].told
        if is_late and told.rule is None and told.at == self.look and self.is_moved_by(told):
            self.seen.add("past by another calendar")
        what = "dropped" if self.is_dropped(one) else "superseded" if self.gives_way(one) else "given"
        self.note(one, f"{what} late" if is_late else what)
        instead: dict[str, list[events.Event]] = {
            "dropped": [events.Dropped("")],
            "superseded": [events.Superseded(count)],
        }
        done = instead[what] if what in instead else self.act(rule, one.k)
        is_span = isinstance(rule, Ladder) or isinstance(rule.when, triggers.After)
        self.write(rule, one.k, one.episode.armed.sequence, one.own, one.episode.since if is_span else None, done)
        self.react()

    @staticmethod
    def is_moved_by(told: Told) -> bool:
        return any(isinstance(event, events.FieldChanged) and event.field == "site" for event in told.events)

    def write(
        self, rule: Rule, k: int, armed: int, due: datetime, since: datetime | None, done: Sequence[events.Event]
    ) -> None:
        """Add an entry of a rule; 3.12 says what its key and its id are."""
        key = rule.id, rule.generation, self.entries[armed].told.id, k
        name = blake2b("/".join(map(str, (self.ticket, *key))).encode(), digest_size=10).hexdigest()
        self.happen(Told(self.look, None, name, *key, due, armed, since, tuple(done)), SYSTEM)

    def note(self, one: One, what: str) -> None:
        rule, self.seen = one.episode.rule, self.seen | {what}
        if what == "given late" and rule.gate:
            self.seen.add("gate")
        self.seen |= {"restart"} if one.episode.armed == self.unmasked.get(rule.id) else set()
        if one.own == one.episode.armed.at > one.episode.since:
            self.seen.add("late arming")
        spans: list[object] = [rule.rungs[one.k].after] if isinstance(rule, Ladder) else [rule.when]
        spans += [rule.when.span] if isinstance(rule, Automation) and isinstance(rule.when, triggers.After) else []
        names = {f"{what.split(maxsplit=1)[0]} {type(span).__name__}" for span in spans}
        self.seen |= names if not rule.id.startswith("sla.") else {f"implied {name}" for name in names}

    def react(self) -> None:
        """3.2 and 3.10: to completion, before anything else of the instant."""
        while self.queue:
            self.queue.sort(key=lambda each: each[:3])
            _, _, cause, rule, is_dropped = self.queue.pop(0)
            self.seen |= {"dropped reaction"} if is_dropped else set()
            if done := [events.Dropped("")] if is_dropped else self.act(rule, 0):
                self.look = self.now
                self.write(rule, 0, cause, self.now, None, done)

    def act(self, rule: Rule, k: int) -> list[events.Event]:
        """Carry out a step, all of it or nothing (3.1)."""
        found = list[events.Event]()
        for action in rule.rungs[k].then if isinstance(rule, Ladder) else rule.then:
            done = self.does(action)
            if done is None or (self.facts["category"] == "closed" and done and changes(action)):
                return [events.Dropped("")]
            found += done
        changed = {each.field: each.after for each in found if isinstance(each, events.FieldChanged)}
        for place, each in enumerate(found):
            if isinstance(each, events.Emitted):  # 3.1: it has the values after the step
                values = {name: changed.get(name, before) for name, before in each.fields.items()}
                self.seen |= {"emitted"} if values == each.fields else {"emitted", "emitted a change"}
                found[place] = events.Emitted(each.name, FrozenMap(values))
        return found

    def does(self, action: actions.Action) -> list[events.Event] | None:
        """Return what an action does; None if it is impossible."""
        facts = self.facts
        match action:
            case actions.Move(transition=name):
                moved = self.moved(name)
                return None if moved is None else [moved]
            case actions.SetField(field=name, value=value):
                was = facts.get(("field", name))
                return [] if value == was else [events.FieldChanged(name, was, value)]
            case actions.LookUp(field=name, inputs=inputs, rows=rows):
                was, wanted = facts.get(("field", name)), [facts.get(("field", each)) for each in inputs]
                found = [row[-1] for row in rows if list(row[:-1]) == wanted]
                return [] if not found or found[0] == was else [events.FieldChanged(name, was, found[0])]
            case actions.SendMessage(template=template, to=to):
                return [events.MessageRequested(template, to, self.recipient(to))]
            case actions.Emit(name=name, fields=names):
                return [events.Emitted(name, FrozenMap({each: facts.get(("field", each)) for each in names}))]
            case actions.CancelSnooze():
                until = facts.get("until")
                surfaced: list[events.Event] = [events.Surfaced()] if facts.get("hidden") else []
                return [*surfaced, events.SnoozeCancelled(until)] if isinstance(until, datetime) else []
            case actions.Wake():
                woke, back = events.Woke(facts.get("hidden") is True), self.rules.workflow.reopen
                self.seen.add("slept" if woke.slept else "woke awake")
                moved = self.moved(back) if back and facts["category"] == "resolved" else None
                return [woke, moved] if moved else [woke]
            case actions.RecordWarning(clock=clock):
                cycle = self.cycles[clock][-1]
                self.seen.add("warning")
                return [events.TargetWarned(clock, cycle.first, self.due_at(self.clocks[clock], cycle))]
            case actions.RecordBreach(clock=clock):
                return [self.breach(self.clocks[clock])]
            case _:
                raise NotImplementedError(action)

    def recipient(self, to: str) -> str | None:
        """The reference's "Actions": who is meant before the step. Nobody is assigned here."""
        meant = {"customer": "requester", "requester": "requester", "owner": "snoozer"}
        found = self.facts.get(meant[to]) if to in meant else to.partition("person:")[2]
        self.seen |= {f"sent to the {meant[to]}"} if found and to in meant else set()
        return str(found) if found else None

    def breach(self, policy: Policy) -> events.Event:
        """Return the record of the oldest miss that is not recorded."""
        first = next(self.breaches(policy)).episode.armed.sequence
        missed = next(self.missed(policy, cycle) for cycle in self.cycles[policy.name] if cycle.first == first)
        assert missed
        _, due, parts = missed
        row = parts[-1].row
        target = self.allowed(policy, row, parts) if isinstance(row, Target) else None
        self.seen |= {"breach", "breach of a deadline" if target is None else "breach"}
        self.seen |= {"breach at a change"} if due + MICRO < self.look else set()
        return events.TargetBreached(policy.name, first, target, due)

    def moved(self, name: str) -> events.Event | None:
        state, states = str(self.facts["state"]), self.rules.workflow.states_by_name
        rows = (row for row in self.rules.workflow.transitions if row.name == name and state in row.sources)
        row = next(rows, None)
        return events.StateChanged(state, row.target, states[row.target].category, name) if row else None

    # --- What is written down.

    def happen(self, told: Told, by: Actor) -> None:
        """Add an entry, and work out anew who waits for what."""
        before, sequence = self.entries[-1].facts if self.entries else None, len(self.entries)
        facts, stages, moved = dict(before or {}), list[Facts](), set[Fact]()
        for step, event in enumerate(told.events):
            touched = fold(event, facts, by)
            moved |= touched
            for each in touched:
                if isinstance(each, anchors.LastMessage | anchors.Outside):
                    facts[("times", each)] = int(str(facts.get(("times", each), 0))) + 1
            facts |= dict.fromkeys(touched, True)
            self.marks |= {each: Mark(sequence, 0 if told.rule else step, told.at) for each in touched}
            stages.append(dict(facts))
        is_automatic = any(isinstance(e, events.MessageAdded) and e.message.automatic for e in told.events)
        was_closed = before is not None and before["category"] == "closed"  # a rating then is no activity (2.2)
        if told.events and told.rule is None and by.role in PEOPLE and not is_automatic and not was_closed:
            facts[anchors.LastActivity("command")] = stages[-1][anchors.LastActivity("command")] = True
            self.marks[anchors.LastActivity("command")] = Mark(sequence, len(stages) - 1, told.at)
        entry = Entry(told, (stages[-1:] if told.rule else stages) or [facts])
        self.entries.append(entry)
        self.parts.clear()
        if sum(each.at == told.at for each in self.entries[-60:]) > 50:
            raise RecursionError("rules in a circle at one instant are not evaluated here (3.14)")
        if told.rule and told.due:
            self.behind.setdefault((told.rule, told.armed), []).append(told)
        for policy in self.rules.clocks:
            self.tick(policy, entry, before)
            self.seen |= self.changed(policy, entry, before)
        self.wait(entry, before)
        for rule in self.known:
            if isinstance(rule, Automation) and set_off(rule, before, entry, moved):
                if told.at < self.force[rule.id]:
                    self.seen.add("reaction not in force")
                    continue
                self.seen |= {"cascade"} if told.rule else set()
                self.queue.append((rule.rank, rule.id, sequence, rule, self.is_held(rule, told.at)))
        self.seen |= {"reopened"} if facts.get("reopenings") and not (before or {}).get("reopenings") else set()

    def wait(self, entry: Entry, before: Facts | None) -> None:
        for rule in self.known:
            self.watch(rule, entry, before)
        waiting = [rule for rule in self.known if not (rule.id.startswith("sla.") and rule.id.endswith(".breach"))]
        episodes = [found for rule in waiting if (found := self.episode(rule))]
        self.ahead = [one for episode in episodes for one in self.occurrences(episode)]
        self.ahead += [one for policy in self.rules.clocks if policy.targets for one in self.breaches(policy)]

    def changed(self, policy: Policy, entry: Entry, before: Facts | None) -> set[str]:
        """Name a change of the target of a cycle that is under way."""
        cycles = self.cycles[policy.name]
        if before is None or not cycles or cycles[-1].end is not None or cycles[-1].first == len(self.entries) - 1:
            return set()
        was, now = (
            next((row for row in policy.targets if true(row.given, facts)), None) for facts in (before, entry.facts)
        )
        return {"retarget"} if was != now else set()

    # --- Commands: 3.8 and the reference's "Commands".

    def take(self, command: Command) -> None:
        """Carry out a command after everything that is due before it; one that is refused leaves no trace."""
        at = command.at
        if self.entries:
            self.advance(command.at)
            last = self.entries[-1]
            if last.told.rule and last.at >= at:
                at = last.at + MICRO
                self.seen.add("seal")
            at = max(at, last.at)
            self.advance(at)
        found = self.comes(command, at)
        if found is None:
            self.seen.add("refused")
            return
        occurred = command.at if at != command.at else None
        told = Told(at, occurred, str(self.outside), None, 0, "", 0, None, 0, None, tuple(found))
        self.outside += 1
        self.happen(told, command.by)
        self.react()

    def comes(self, command: Command, at: datetime) -> list[events.Event] | None:
        """Return the events of a command; None if it is refused."""
        if isinstance(command, commands.Open):
            self.ticket = command.ticket
            state, named = self.rules.workflow.states[0], command.requester
            named = None if command.by.role == "customer" and named == command.by.id else named
            opened = events.Opened(command.ticket, state.name, state.category, command.fields, requester=named)
            return [opened, *([events.MessageAdded(command.message)] if command.message else ())]
        facts = self.facts
        surveys = self.rules.workflow.states_by_name[str(facts["state"])].survey_open
        if isinstance(command, commands.Rate):
            return [events.Rated(command.score, command.comment)] if surveys else None
        if facts["category"] == "closed":
            return None
        until, is_hidden = facts.get("until"), facts.get("hidden") is True
        match command:
            case commands.AddMessage(message=message):
                return self.said(command, message)
            case commands.Move(transition=name, message=message):
                found = self.said(command, message) if message else []
                if name == self.rules.workflow.reopen and is_hidden and events.Surfaced() not in found:
                    found.append(events.Surfaced())
                moved = self.moved(name)
                return None if moved is None else [*found, moved]
            case commands.Reopen():
                back = self.rules.workflow.reopen
                moved = self.moved(back) if back else None
                surfaced: list[events.Event] = [events.Surfaced()] if is_hidden else []
                return [*surfaced, moved] if moved else surfaced or None
            case commands.SetFields(fields=fields):
                known = [(name, facts.get(("field", name)), fields[name]) for name in fields]
                return [events.FieldChanged(*each) for each in known if each[1] != each[2]]
            case commands.SetRequester(requester=requester):
                was = facts.get("requester")
                self.seen |= {"another requester"} if requester != was else set()
                return [events.RequesterChanged(str(was) if was else None, requester)] if requester != was else []
            case commands.Link(other=other, kind=kind):
                linked = events.Linked(other, kind)
                return [] if any(linked in each.told.events for each in self.entries) else [linked]
            case commands.RecordEvent(event=event):
                return [events.OutsideEventRecorded(event)]
            case commands.Snooze():
                then = command.until or self.chosen(str(command.choice), at)
                before = until if isinstance(until, datetime) else None
                return [events.Snoozed(then, before, command.why)] if then > at else None
            case commands.CancelSnooze():
                return [events.SnoozeCancelled(until)] if isinstance(until, datetime) and not is_hidden else None
            case _:
                raise NotImplementedError(command)

    def said(self, command: Command, message: Message) -> list[events.Event]:
        """5.1: a customer's public message surfaces a hidden ticket, unless it is to stay hidden."""
        is_heard = message.public and not message.automatic and command.by.role == "customer"
        stays = self.rules.snoozing is None or self.rules.snoozing.on_message == "stay_hidden"
        surfaces = is_heard and not stays and self.facts.get("hidden")
        if surfaces:
            self.seen.add("surfaced by a message")
        return [events.MessageAdded(message), *([events.Surfaced()] if surfaces else ())]

    def chosen(self, name: str, at: datetime) -> datetime:
        """The reference's "Snooze choices", and the business days of 5.1."""
        snoozing = self.rules.snoozing
        assert snoozing
        table = self.table(snoozing.calendar)
        zone = snoozing.zone or table.calendar.zone
        local = to_local(zone, at)
        today = midnight(local.date())
        choice = next(each for each in snoozing.choices if each.name == name)
        match choice:
            case AfterSpan(span=span):
                self.seen.add(f"snoozed for {type(span).__name__}")
                meant = table.after(at, named_zone(span, zone))
                if isinstance(span, WorkingTime | BusinessDays):
                    return meant
                local = to_local(zone, meant)
            case InDays(days=days, at=time):
                local = today + days * DAY + time
                meant = from_local(zone, local)
            case NextWeek(weekday=weekday, at=time):
                local = today + (7 - today.weekday() + weekday) * DAY + time
                meant = from_local(zone, local)
            case LaterToday(after=after, latest=latest, otherwise=otherwise):
                local = to_local(zone, at + after.amount)
                is_today = local - today <= latest
                local = local if is_today else today + DAY + otherwise
                meant = at + after.amount if is_today else from_local(zone, local)  # also in a repeated hour
            case _:
                raise NotImplementedError(choice)
        if not snoozing.business_days or local.date() in table.dates:
            return meant
        while local.date() not in table.dates:
            local += DAY
        return from_local(zone, local)


def named_zone(span: Span, zone: str) -> Span:
    """1.11: the zone of a calendar span is its own, else *zone*."""
    return attrs.evolve(span, zone=span.zone or zone) if isinstance(span, CalendarSpan) else span


def fact_of(name: str) -> Fact:
    return ("field", name.removeprefix("field.")) if name.startswith("field.") else name


def comes_round(rule: Rule) -> bool:
    return isinstance(rule, Automation) and isinstance(rule.when, triggers.Occasion)


def changes(action: actions.Action) -> bool:
    return isinstance(action, actions.Move | actions.SetField | actions.LookUp | actions.CancelSnooze | actions.Wake)


def place(found: tuple[One, int]) -> tuple[datetime, int, str, int, int]:
    """3.10, at one instant of effect: the own due instant, then rank, rule, arming and number."""
    (rule, armed, _), k, own = found[0]
    return own, rule.rank, rule.id, armed.sequence, k


def set_off(rule: Automation, before: Facts | None, entry: Entry, moved: set[Fact]) -> bool:
    """3.2 and the reference's "Triggers": whether a rule reacts to an entry."""
    after, when = entry.facts, rule.when
    match when:
        case triggers.OnEnter(condition=condition) | triggers.OnLeave(condition=condition):
            was, now = before is not None and true(condition, before), true(condition, after)
            happened = (was, now) == ((False, True) if isinstance(when, triggers.OnEnter) else (True, False))
        case triggers.OnMessage(by=author):
            happened = anchors.LastMessage(author) in moved
        case triggers.OnOutside(event=name):
            happened = anchors.Outside(name) in moved
        case triggers.OnChange(field=name):
            was_set, value = before is not None and ("field", name) in before, after.get(("field", name))
            same = value == (before or {}).get(("field", name))
            happened = ("field", name) in after and not same if was_set else value is not None
        case triggers.OnLink(kind=kind):
            happened = any(isinstance(event, events.Linked) and event.kind == kind for event in entry.told.events)
        case triggers.OnRate():
            happened = any(isinstance(event, events.Rated) for event in entry.told.events)
        case triggers.OnWake():
            happened = any(isinstance(event, events.Woke) for event in entry.told.events)
        case _:
            return False
    return happened and true(rule.given, after)


def lived(rules: Rules, life: Sequence[Command], end: datetime) -> Simulation:
    """Return a ticket's life: its commands, and what rules do until *end*, that instant included."""
    found = Simulation(rules, end)
    for command in life:
        found.take(command)
    found.advance(end + MICRO)
    return found
