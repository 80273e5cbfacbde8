"""What rules mean, read slowly from semantics 3: a life stepped half hour by half hour, with no index and no inverse.

It shares nothing with the engine but the definitions. What happened is a plain list, read anew after each entry; each
step asks every rule whether its time has come. All lies on half hours, but for microseconds after seals (3.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import NamedTuple

from ticketflow import actions
from ticketflow.calendars.calendar import Calendar
from ticketflow.calendars.spans import ClockSpan, Elapsed, Span, WorkingTime
from ticketflow.kernel.field_values import Value
from ticketflow.rules.automations import Automation, Ladder, Rule
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, AtClosing, OnEnter, OnLeave, OnMessage
from ticketflow.tickets.anchors import Anchor, Created, Entered, LastMessage, Latest, Left
from ticketflow.tickets.commands import AddMessage, AnyCommand, Move, Open, SetFields
from ticketflow.workflow.conditions import All, Condition, FieldIs, Not, StateIs

STEP, MICRO = timedelta(minutes=30), timedelta(microseconds=1)
FIRST, STEPS = datetime(2026, 11, 15, tzinfo=UTC), 10 * 48

Facts = Mapping[str, Value]
Happening = tuple[datetime, str, Value]


class Entry(NamedTuple):  # when, by which rule (None: a command), what moved with it, and how things then stood
    at: datetime
    rule: str | None
    moved: frozenset[Anchor]
    facts: Facts


class Episode(NamedTuple):  # of which rule, the place and instant of its arming, and what spans count from
    rule: Rule
    armed: int
    at: datetime
    since: datetime


class Occurrence(NamedTuple):  # one that fell due by itself, and when; not what became of it
    episode: Episode
    k: int
    due: datetime

    def __hash__(self) -> int:
        return hash((self.episode.rule.id, self.episode.armed, self.k))


def true(condition: Condition, facts: Facts) -> bool:
    match condition:
        case StateIs(states=states):
            return facts["state"] in states
        case FieldIs(field=field, values=values):
            return facts.get(field) in values
        case All(of=of):
            return all(true(each, facts) for each in of)
        case Not(condition=inner):
            return not true(inner, facts)
        case _:
            raise NotImplementedError(condition)


def moves(anchor: Anchor | None, entry: Entry) -> bool:
    """Whether an entry moves an anchor; each of several moves the latest of them."""
    parts = anchor.anchors if isinstance(anchor, Latest) else (anchor,)
    return any(part in entry.moved for part in parts)


@cache
def hours(calendar: Calendar) -> tuple[bool, ...]:
    """Whether the calendar is open in each half hour."""
    return tuple(calendar.is_open(FIRST + step * STEP) for step in range(STEPS))


def open_time(table: tuple[bool, ...], start: datetime, end: datetime) -> timedelta:
    """Count the open half hours from that of *start* to that of *end*; take away what sticks out, add what is left."""
    (first, early), (last, late) = divmod(start - FIRST, STEP), divmod(end - FIRST, STEP)
    return sum(table[first:last]) * STEP - table[first] * early + table[last] * late


def spans_of(rule: Rule) -> list[Span | ClockSpan]:
    """What must have passed for each occurrence of an episode, written out."""
    if isinstance(rule, Ladder) or not isinstance(rule.when, After):
        return [rung.after for rung in getattr(rule, "rungs", ())]
    span, every, most = rule.when.span, rule.when.every, rule.when.at_most or STEPS
    if isinstance(span, Elapsed | WorkingTime) and isinstance(every, Elapsed | WorkingTime):
        return [type(span)(span.amount + k * every.amount) for k in range(most)]
    return [span]


class Slow:
    """A life on its way: what happened, what fell due, what became of that, and what is to be compared."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.hours = rules, {name: hours(each) for name, each in rules.calendars.items()}
        self.spans = {rule.id: spans_of(rule) for rule in rules.automations}
        self.entries, self.fallen = list[Entry](), list[Occurrence]()
        self.done: dict[Occurrence, tuple[datetime, str]] = {}
        self.episodes: list[Episode] = []
        self.queue: list[tuple[int, str, int, Automation]] = []  # of event rules, to completion
        self.told, self.seen = list[Happening](), set[str]()

    def masked(self, rule: Rule, facts: Facts) -> bool:
        return rule.group in self.rules.workflow.states_by_name[str(facts["state"])].masks

    def held(self, rule: Rule, at: datetime) -> bool:
        """3.6: by the state, or by a gate."""
        is_shut = rule.gate is not None and not self.hours[rule.gate][(at - FIRST) // STEP]
        return is_shut or self.masked(rule, self.entries[-1].facts)

    def episode(self, rule: Rule) -> Episode | None:
        """3.4 and the restart of 3.6, read from the beginning."""
        when = rule if isinstance(rule, Ladder) else rule.when
        anchor = when.since if isinstance(when, After | Ladder) else None
        since, found, was_true, was_masked = None, None, False, False
        for place, entry in enumerate(self.entries if isinstance(when, Ladder | After | AtClosing) else ()):
            is_true, is_masked = true(rule.given, entry.facts), self.masked(rule, entry.facts)
            resets = moves(anchor, entry)
            since = entry.at if resets or (anchor is None and not was_true) else since
            if not is_true or (rule.ended_by and moves(rule.ended_by, entry)):
                found = None
            elif since and (resets or not was_true):
                found = Episode(rule, place, entry.at, since)
            elif found and rule.on_resume == "restart" and was_masked and not is_masked:
                found = Episode(rule, place, entry.at, entry.at)
                self.seen.add("restart")
            was_true, was_masked = is_true, is_masked
        return found

    def come(self, episode: Episode, span: Span | ClockSpan, at: datetime) -> bool:
        if isinstance(span, WorkingTime):
            return open_time(self.hours[episode.rule.calendar], episode.since, at) >= span.amount
        return isinstance(span, Elapsed) and at - episode.since >= span.amount

    def fall_due(self, at: datetime) -> None:
        """Note what falls due by itself now; of what was past when its episode was armed, only the last exists."""
        for episode in self.episodes:
            when = None if isinstance(episode.rule, Ladder) else episode.rule.when
            old = max((each.k for each in self.fallen if each.episode == episode), default=-1)
            if isinstance(when, AtClosing):
                table, (k, late) = self.hours[when.calendar], divmod(at - FIRST, STEP)
                new = [k] if k > old and not late and table[k - 1] and not table[k] else []
            else:
                more = (self.come(episode, span, at) for span in self.spans[episode.rule.id][old + 1 :])
                new = [k for k, _ in enumerate(takewhile(bool, more), old + 1)]
            is_late = at == episode.at > episode.since and new
            self.seen |= {"late arming"} if is_late else set()
            self.fallen += [Occurrence(episode, k, at) for k in (new[-1:] if is_late else new)]

    def noticed(self, one: Occurrence, at: datetime) -> bool:
        """3.7: after a last reminder that a mask or gate moved, the terminal rung keeps its distance."""
        rule = one.episode.rule
        reminder = next((e for e in self.fallen if e.episode == one.episode and e.k == one.k - 1), None)
        if reminder is None or not isinstance(rule, Ladder) or one.k < len(rule.rungs) - 1:
            return True
        given, what = self.done.get(reminder, (at, "given"))
        notice = one.due - reminder.due if rule.min_notice is None else rule.min_notice.amount
        return what != "given" or given == reminder.due or at >= given + notice

    def gives_way(self, one: Occurrence, at: datetime) -> bool:
        """3.5 to 3.7: to a terminal rung just now, or, having been held, to a later one."""
        rule = one.episode.rule
        later = (e for e in self.fallen if e.episode == one.episode and e.k > one.k and e not in self.done)
        last = len(rule.rungs) - 1 if isinstance(rule, Ladder) else None
        return any(self.noticed(each, at) if each.k == last else one.due < at for each in later)

    def timers(self, at: datetime) -> None:
        """Everything that is due at an instant, the first of it first; each may change what is due."""
        while True:
            self.fall_due(at)
            ready = [each for each in self.fallen if self.is_ready(each, at)]
            if not ready:
                return
            self.seen |= {"tie"} if len({each.episode for each in ready}) > 1 else set()
            self.settle(min(ready, key=lambda one: self.place(one, ready, at)), at)

    def place(self, one: Occurrence, ready: Sequence[Occurrence], at: datetime) -> tuple[datetime, int, str, int, int]:
        """3.10, and 3.6: repetitions that give way are one record, in the place of the last of them."""
        (rule, armed, *_), due = one.episode, one.due
        if not isinstance(rule, Ladder) and self.gives_way(one, at):
            due = max(each.due for each in ready if each.episode == one.episode and self.gives_way(each, at))
        return due, rule.rank, rule.id, armed, one.k

    def is_ready(self, one: Occurrence, at: datetime) -> bool:
        """3.6: held by default, but a closing missed is missed."""
        rule = one.episode.rule
        if one in self.done or one.episode not in self.episodes or not self.noticed(one, at):
            return False
        default = "drop" if isinstance(getattr(rule, "when", None), AtClosing) else "hold"
        return (rule.on_mask or default) == "drop" or not self.held(rule, at)

    def settle(self, one: Occurrence, at: datetime) -> None:
        rule, was_held = one.episode.rule, one.due < at
        what = "dropped" if self.held(rule, at) else "superseded" if self.gives_way(one, at) else "given"
        self.done[one] = (at, what)
        self.seen |= {f"{what} late" if was_held else what} | ({"gate"} if was_held and rule.gate else set())
        if what != "given":
            return self.happen(Entry(at, rule.id, frozenset(), self.entries[-1].facts), told=[what])
        self.act(rule, one.k, at)
        return self.react()

    def act(self, rule: Rule, k: int, at: datetime) -> None:
        """Carry out a step as one entry, all of it or nothing, and what it sets off."""
        facts, moved, told = dict(was := self.entries[-1].facts), set[Anchor](), list[Value]()
        for action in rule.rungs[k].then if isinstance(rule, Ladder) else rule.then:
            match action:
                case actions.Move() if self.move(action, facts, moved):
                    told.append(facts["state"])
                case actions.SetField(field=name, value=value) if was["category"] != "closed" or value == was.get(name):
                    told += [value] if value != was.get(name) else []
                    facts[name] = value
                case actions.SendMessage(template=template):
                    told.append(template)
                case _:
                    return self.happen(Entry(at, rule.id, frozenset(), was), told=["dropped"])
        is_reaction = isinstance(rule, Automation) and not isinstance(rule.when, After | AtClosing)
        return None if is_reaction and not told else self.happen(Entry(at, rule.id, frozenset(moved), facts), told=told)

    def move(self, action: actions.Move | Move, facts: dict[str, Value], moved: set[Anchor]) -> bool:
        rows = (r for r in self.rules.workflow.transitions if r.name == action.transition)
        for target in [row.target for row in rows if facts["state"] in row.sources]:
            moved.add(Left(str(facts["state"])))
            self.enter(target, facts, moved)
        return bool(moved)

    def enter(self, state: str, facts: dict[str, Value], moved: set[Anchor]) -> None:
        facts |= {"state": state, "category": self.rules.workflow.states_by_name[state].category}
        moved |= {Entered(), Entered(state)}

    def happen(self, *entries: Entry, told: Sequence[Value] = ()) -> None:
        """Write down what happened, dropped and superseded ones too (3.9), and read anew who waits for what."""
        self.told += [(entries[0].at, str(entries[0].rule), what) for what in told]
        before = self.entries[-1].facts if self.entries else None
        self.entries += entries
        if sum(each.at == self.entries[-1].at for each in self.entries) > 60:
            raise RecursionError("rules in a circle at one instant are no business of this reading (3.14)")
        self.episodes = [found for rule in self.rules.automations if (found := self.episode(rule))]
        for rule in self.rules.automations:
            if isinstance(rule, Automation) and set_off(rule, before, entries):
                self.seen |= {"cascade"} if entries[-1].rule else set()
                self.queue.append((rule.rank, rule.id, len(self.entries), rule))

    def react(self) -> None:
        """3.2 and 3.10: to completion, before anything else of the instant, smaller rank and id first."""
        while self.queue:
            self.queue.sort(key=lambda each: each[:3])
            self.act(self.queue.pop(0)[3], 0, self.entries[-1].at)

    def take(self, command: AnyCommand) -> None:
        """Carry out a command, or refuse it (3.8: after the seal); of what comes with a move, the message is first."""
        seals = [entry.at + MICRO for entry in self.entries if entry.rule and entry.at >= command.at]
        at = max([command.at, *seals, *(entry.at for entry in self.entries)])
        self.step(command.at, until=at)
        facts, moved, said = dict(was := self.entries[-1].facts if self.entries else {}), set[Anchor](), set[Anchor]()
        if was.get("category") == "closed" or (isinstance(command, Move) and not self.move(command, facts, moved)):
            return
        if isinstance(command, Open):
            self.enter(self.rules.workflow.states[0].name, facts, moved)
            moved.add(Created())
        facts |= command.fields if isinstance(command, Open | SetFields) else {}
        if isinstance(command, Open | Move | AddMessage) and command.message:
            said = {LastMessage("anyone"), LastMessage("customer" if command.by.role == "customer" else "agent")}
        parts = Entry(at, None, frozenset(said), was or facts), Entry(at, None, frozenset(moved), facts)
        self.happen(*(parts if was else reversed(parts)))
        self.react()

    def step(self, at: datetime, until: datetime) -> None:
        """Look at an instant and the microseconds around it at which anything ever happened; time runs forwards."""
        beside = {(entry.at - FIRST) % STEP for entry in self.entries}
        for late in sorted(beside | {-each % STEP for each in beside}):
            if self.entries[-1].at <= at + late < until:
                self.timers(at + late)


def set_off(rule: Automation, before: Facts | None, new: tuple[Entry, ...]) -> bool:
    """Whether this was the event of an event rule; what is given is read right after it (3.2)."""
    after, when = new[-1].facts, rule.when
    if isinstance(when, OnEnter | OnLeave):
        was, now = before is not None and true(when.condition, before), true(when.condition, after)
        return (was, now) == ((False, True) if isinstance(when, OnEnter) else (True, False)) and true(rule.given, after)
    has_written = isinstance(when, OnMessage) and any(LastMessage(when.by) in entry.moved for entry in new)
    return has_written and true(rule.given, after)


def slow(rules: Rules, life: list[AnyCommand], end: datetime) -> Slow:
    """Step through a life to its end: at each step first its commands, in order, then its timers."""
    found, at = Slow(rules), life[0].at
    while at <= end:
        for command in life:
            if command.at == at:
                found.take(command)
        found.step(at, until=min(at + STEP, end + MICRO))
        at += STEP
    return found
