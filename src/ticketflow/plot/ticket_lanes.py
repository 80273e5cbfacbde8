"""The rows of a ticket's picture: its states, its messages, the rules that fired, and its clocks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

import attrs

from ticketflow.engine.planning import evaluate, next_due
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import MICROSECOND
from ticketflow.plot import canvas
from ticketflow.plot.canvas import Axes, Style, shortened
from ticketflow.plot.lanes import Band, Lane, Mark
from ticketflow.plot.time_axis import draw_lanes
from ticketflow.plot.words import Words
from ticketflow.rules.ruleset import Rules, implied_automations
from ticketflow.sla.clock import Clock
from ticketflow.sla.cycles import moments
from ticketflow.sla.reading import Reading, read_all
from ticketflow.sla.trace import MOST_PARTS, PartKind
from ticketflow.tickets import events
from ticketflow.tickets.facts import STATE, Category
from ticketflow.tickets.messages import Message
from ticketflow.tickets.ticket import Ticket

MOST_RULES = 8
"""The number of rows for rules; further rules share the last one."""
_BY_ROLE: Mapping[str, tuple[str, str, float]] = {
    "customer": ("o", canvas.ORANGE, 0.25),
    "third_party": ("^", canvas.PURPLE, 0.25),
    "agent": ("s", canvas.BLUE, -0.25),
    "administrator": ("p", canvas.BLUE, -0.25),
    "robot": ("h", canvas.SKY, -0.25),
}
_BY_SYSTEM = ("H", canvas.GREY, 0.0)
_AN_HOUR, _MARGIN = timedelta(hours=1), 0.04
_LATEST = datetime.max.replace(tzinfo=UTC)


def draw_ticket(ticket: Ticket, rules: Rules, until: datetime | None, words: Words, ax: Axes | None) -> Axes:
    """Draw a ticket until an instant; None for an end that suits it.

    Raises:
        BadValueError: *until* is before the opening.
    """
    then = ticket if until is None else ticket.as_of(until)
    if then is None:
        opened = ticket.marks["created"].at.isoformat()
        raise BadValueError(f"ticket {ticket.id!r} was opened at {opened}", "give *until* an instant at or after it")
    due = None if then.category == "closed" else next_due(then, rules)
    end = until or _end(then, due)
    is_before_due = until is None and end == due  # what is due at the end has not happened yet
    picture = _Picture(then, rules, words, end, end - MICROSECOND if is_before_due else end)
    return draw_lanes(list(picture.lanes(due)), then.history.first.at, end, words, ax, picture.title)


def _end(ticket: Ticket, due: datetime | None) -> datetime:
    """Return the end of a picture: the next due instant, unless it would squeeze the history into less than half."""
    first, last = ticket.history.first.at, ticket.changed_at
    if due is not None and (last == first or due - last <= last - first):
        return due
    return last + min((last - first) * _MARGIN or _AN_HOUR, _LATEST - last)


def state_styles(words: Words, names: Mapping[str, Category]) -> dict[str, Style]:
    """Return a look for each state: the color says the category, patterns tell states of one category apart."""
    numbers: Counter[Category] = Counter()
    styles: dict[str, Style] = {}
    for name, category in names.items():
        hatch = canvas.HATCHES[numbers[category] % len(canvas.HATCHES)]
        styles[name] = Style(words.state(name), canvas.COLORS[category], hatch)
        numbers[category] += 1
    return styles


@attrs.frozen
class _Picture:
    """The parts of a ticket's picture.

    Attributes:
        ticket: The ticket.
        rules: Its rule set.
        words: The words.
        end: The end of the picture.
        read_at: The instant at which its clocks are read.
    """

    ticket: Ticket
    rules: Rules
    words: Words
    end: datetime
    read_at: datetime

    def _say(self, key: str, **parts: str | int) -> str:
        return self.words.say(key, **parts)

    @property
    def title(self) -> str:
        zone = str(self.words.zone)
        first, last = map(self.words.instant, (self.ticket.history.first.at, self.end))
        return self._say("picture.ticket", ticket=shortened(self.ticket.id), first=first, last=last, zone=zone)

    def lanes(self, due: datetime | None) -> Iterator[Lane]:
        """Yield the rows: the states, the messages, the rules, the clocks."""
        yield Lane(self._say("picture.state"), tuple(self._states()))
        yield Lane(self._say("picture.messages"), marks=tuple(self._messages()))
        sent = tuple(self._sent())
        if sent:
            yield Lane(self._say("picture.sent"), marks=sent)
        yield from self._rules(due)
        for policy in self.rules.clocks:
            yield self._clock(policy.name)

    def _states(self) -> Iterator[Band]:
        changes = [(str(change.value), change.mark.at) for change in self.ticket.trails[STATE]]
        names: dict[str, Category] = {state.name: state.category for state in self.rules.workflow.states}
        for entry in self.ticket.history:  # states that the workflow no longer has
            for event in entry.events:
                if isinstance(event, events.Opened):
                    names.setdefault(event.state, event.category)
                elif isinstance(event, events.StateChanged):
                    names.setdefault(event.after, event.category)
        styles = state_styles(self.words, names)
        ends = [*(at for _, at in changes[1:]), self.end]
        for (state, start), end in zip(changes, ends, strict=True):
            if start < end:
                yield Band(start, end, styles[state], styles[state].words)

    def _messages(self) -> Iterator[Mark]:
        for entry in self.ticket.history:
            for event in entry.events:
                if isinstance(event, events.MessageAdded):
                    yield self._message(entry, event.message)

    def _sent(self) -> Iterator[Mark]:
        style = Style(self._say("picture.sent"), canvas.GREEN, marker="D")
        for entry in self.ticket.history:
            yield from (Mark(entry.at, style) for event in entry.events if isinstance(event, events.MessageRequested))

    def _message(self, entry: events.Entry, message: Message) -> Mark:
        marker, color, level = _BY_ROLE.get(entry.actor.role, _BY_SYSTEM)
        words = self.words.role(entry.actor.role)
        if not message.public:
            words = self._say("picture.note", role=words)
        return Mark(entry.at, Style(words, color, marker=marker, is_hollow=not message.public), level)

    def _rules(self, due: datetime | None) -> Iterator[Lane]:
        fired = Style(self._say("picture.fired"), canvas.BLACK, marker="v")
        dropped = Style(self._say("picture.dropped"), canvas.BLACK, marker="v", is_hollow=True)
        planned = Style(self._say("picture.planned"), canvas.VERMILION, marker="D", is_hollow=True)
        of_clocks = {rule.id for rule in implied_automations(self.rules)}
        marks: dict[str, list[Mark]] = {}
        for entry in self.ticket.history:
            if isinstance(entry.cause, events.ByRule) and entry.cause.key.rule not in of_clocks:
                is_void = any(isinstance(event, events.Dropped | events.Superseded) for event in entry.events)
                marks.setdefault(entry.cause.key.rule, []).append(Mark(entry.at, dropped if is_void else fired))
        later: dict[str, str] = {}
        for each in evaluate(due, self.ticket, self.rules) if due else ():
            if each.rule in of_clocks or each.entry.at != due:
                continue
            found = marks.setdefault(each.rule, [])
            if due <= self.end:
                found.append(Mark(due, planned))
            else:
                later[each.rule] = self._say("picture.next", at=self.words.instant(due))
        shown = list(marks) if len(marks) <= MOST_RULES else list(marks)[: MOST_RULES - 1]
        for rule in shown:
            yield Lane(self.words.rule(rule), marks=tuple(marks[rule]), later=later.get(rule, ""))
        others = [mark for rule in list(marks)[len(shown) :] for mark in marks[rule]]
        if others:
            yield Lane(self._say("picture.other_rules", count=len(marks) - len(shown)), marks=tuple(others))

    def _clock(self, name: str) -> Lane:
        clock = self.rules.clock(name)
        readings = read_all(self.read_at, self.ticket, clock)
        bands = self._limited(self._parts(clock, readings))
        warned = Style(self._say("picture.warned"), canvas.PURPLE, marker="^")
        warnings = [
            Mark(entry.at, warned, 0.4)
            for entry in self.ticket.history
            for event in entry.events
            if isinstance(event, events.TargetWarned) and event.clock == name
        ]
        marks = [mark for reading in readings for mark in self._due(reading)]
        last = readings[-1] if readings else None
        later = ""
        if last and last.done_at is None and last.missed is None and last.due_at and last.due_at > self.end:
            later = self._say("picture.due_later", at=self.words.instant(last.due_at))
        return Lane(self._say("picture.clock", clock=name), bands, (*warnings, *marks), later)

    def _parts(self, clock: Clock, readings: Iterable[Reading]) -> Iterator[Band]:
        """Yield the parts of all cycles, as `trace` lists those of one."""
        those = moments(clock, self.ticket.trails, None, -1)
        instants = [mark.at for mark, _, _ in those]
        for reading in readings:
            assert reading.started is not None  # noqa: S101 -- each cycle has begun
            end = reading.done_at or self.read_at
            first = bisect_right(instants, reading.started) - 1
            inside = those[first : max(bisect_left(instants, end), first + 1)]
            begun = inside[0][1]
            modes = [clock.mode(clock.course(values), reading.started, begun) for _, values, _ in inside]
            starts = [reading.started, *(mark.at for mark, _, _ in inside[1:])]
            of_days = modes[-1].calendar if modes[-1].days is not None else None
            for start, stop, mode in zip(starts, [*starts[1:], end], modes, strict=True):
                kind: PartKind = "counted" if mode.kind == "runs" else mode.kind
                calendar = of_days or mode.counts_on
                if calendar is None:
                    yield self._band(start, stop, kind)
                    continue
                for piece in calendar.iter_trace(start, stop):
                    yield self._band(piece.start, piece.end, kind if piece.counted else "closed")

    def _limited(self, bands: Iterator[Band]) -> tuple[Band, ...]:
        """Return bands; if there are too many, one band stands for the rest, as in a trace."""
        found = tuple(islice(bands, MOST_PARTS))
        if next(bands, None) is None:
            return found
        return (*found, self._band(found[-1].end, self.read_at, "more"))

    def _band(self, start: datetime, end: datetime, kind: PartKind) -> Band:
        color, hatch, height = _PARTS[kind]
        key = "picture.closed_hours" if kind == "closed" else f"part.{kind}"
        return Band(start, end, Style(self._say(key), color, hatch, height=height, is_minor=kind == "closed"))

    def _due(self, reading: Reading) -> Iterator[Mark]:
        if reading.missed is not None:
            yield Mark(reading.missed, Style(self._say("picture.breach"), canvas.VERMILION, marker="X"))
        elif reading.due_at is not None and reading.due_at <= self.end:
            yield Mark(reading.due_at, Style(self._say("picture.due"), canvas.VERMILION, marker="|"))


_PARTS: Mapping[PartKind, tuple[str, str, float]] = {
    "counted": (canvas.BLUE, "", 0.62),
    "frozen": (canvas.YELLOW, "///", 0.62),
    "stopped": (canvas.GREY, "...", 0.62),
    "closed": (canvas.DARK, "", 0.08),
    "more": (canvas.GREY, "xxx", 0.62),
}
"""The color, the pattern and the height of each kind of part of a cycle."""
