"""Conditions about a ticket as data, and measures of clocks, which are made of conditions.

Conditions read facts and nothing else. None of them reads the present instant, an age or an elapsed time. Time enters
rules by timers alone, so the instants at which anything can change are computable (docs/semantics.md 3.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal, NamedTuple, assert_never

import attrs

from ticketflow.kernel.field_values import Value, frozen_value, is_same
from ticketflow.kernel.persistent_list import PersistentList
from ticketflow.kernel.type_checks import check_argument, items_of, name_kind, refuse_wrong_types
from ticketflow.kernel.typed import typed
from ticketflow.tickets.anchors import Anchor, mark_name, simple_parts
from ticketflow.tickets.facts import (
    ANSWERED,
    ASSIGNEE,
    BREACHED,
    CATEGORY,
    FIELD,
    HIDDEN,
    ONCE,
    REOPENINGS,
    SNOOZED,
    STATE,
    UNANSWERED,
    WARNED,
    Category,
    Change,
    Facts,
    Mark,
)
from ticketflow.tickets.ticket import Ticket

__all__ = [
    "ALWAYS",
    "NEVER",
    "All",
    "AnyOf",
    "AssignedTo",
    "CategoryIs",
    "ClockIs",
    "Condition",
    "FieldIs",
    "Happened",
    "IsAssigned",
    "IsHidden",
    "IsSnoozed",
    "IsUnanswered",
    "Measure",
    "Not",
    "Reopened",
    "StateIs",
    "WasAnswered",
    "matching",
]


@attrs.frozen(init=False)
class StateIs:
    """The ticket is in one of these states."""

    states: tuple[str, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *states: str) -> None:
        """Build the condition from the names of the states."""
        self.__attrs_init__(states)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there."""
        return self.states

    def __str__(self) -> str:
        return f"the state is {' or '.join(self.states)}"


@attrs.frozen(init=False)
class CategoryIs:
    """The category of the ticket's state is one of these."""

    categories: tuple[Category, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *categories: Category) -> None:
        """Build the condition from the categories."""
        self.__attrs_init__(categories)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there."""
        return self.categories

    def __str__(self) -> str:
        return f"the ticket is {' or '.join(self.categories)}"


@attrs.frozen(init=False)
class FieldIs:
    """A field has one of these values. None stands for a field without a value."""

    field: str
    values: tuple[Value, ...] = attrs.field(eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, field: str, *values: Value) -> None:
        """Build the condition from the name of the field and the values."""
        self.__attrs_init__(field, tuple(frozen_value(value, f"field {field!r}") for value in values))

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there."""
        return self.values

    def __str__(self) -> str:
        return f"{self.field} is {' or '.join(str(value) for value in self.values)}"


@attrs.frozen
class IsAssigned:
    """The ticket is assigned to somebody."""

    def __str__(self) -> str:
        return "somebody is assigned"


@attrs.frozen(init=False)
class AssignedTo:
    """The ticket is assigned to one of these."""

    assignees: tuple[str, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *assignees: str) -> None:
        """Build the condition from the ids of people or robots."""
        self.__attrs_init__(assignees)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there."""
        return self.assignees

    def __str__(self) -> str:
        return f"assigned to {' or '.join(self.assignees)}"


@attrs.frozen
class IsSnoozed:
    """A snooze is armed, whether the ticket is hidden or has surfaced before the instant of the snooze."""

    def __str__(self) -> str:
        return "a snooze is armed"


@attrs.frozen
class IsHidden:
    """The ticket is hidden by a snooze."""

    def __str__(self) -> str:
        return "the ticket is hidden"


@attrs.frozen
class Happened:
    """An anchor has occurred at least once; for `Latest`, any of its anchors has."""

    anchor: Anchor

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.anchor} has happened"


@attrs.frozen
class IsUnanswered:
    """The customer has written, and no person of the support has answered since. Messages of others do not matter."""

    def __str__(self) -> str:
        return "the customer waits for an answer"


@attrs.frozen
class WasAnswered:
    """A person of the support has written publicly after the customer's first public message."""

    def __str__(self) -> str:
        return "the customer was answered"


@attrs.frozen
class Reopened:
    """The ticket was reopened this many times or more."""

    times: int = 1

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"reopened {self.times} or more times"


@attrs.frozen
class ClockIs:
    """The present cycle of a clock, or its last one if none is under way, has this status.

    Attributes:
        clock: The clock's name.
        fact: ``running`` or ``frozen`` while the cycle is under way; ``warned`` or ``breached`` if that is recorded in
            it; ``met`` if it stopped in time.
        measure: The measure of the clock. The rule set puts it in.
    """

    clock: str
    fact: ClockFact
    measure: Measure | None = None

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"the clock {self.clock} is {self.fact}"


ClockFact = Literal["running", "frozen", "warned", "breached", "met"]


@attrs.frozen(init=False)
class All:
    """All of these conditions hold. Without conditions, it always holds."""

    of: tuple[Condition, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *of: Condition) -> None:
        """Build the condition from its parts."""
        self.__attrs_init__(of)

    def __str__(self) -> str:
        return " and ".join(f"({each})" for each in self.of) or "always"


@attrs.frozen(init=False)
class AnyOf:
    """At least one of these conditions holds. Without conditions, it never holds."""

    of: tuple[Condition, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *of: Condition) -> None:
        """Build the condition from its parts."""
        self.__attrs_init__(of)

    def __str__(self) -> str:
        return " or ".join(f"({each})" for each in self.of) or "never"


@attrs.frozen
class Not:
    """This condition does not hold."""

    condition: Condition

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"not ({self.condition})"


Condition = (
    StateIs
    | CategoryIs
    | FieldIs
    | IsAssigned
    | AssignedTo
    | IsSnoozed
    | IsHidden
    | Happened
    | IsUnanswered
    | WasAnswered
    | Reopened
    | ClockIs
    | All
    | AnyOf
    | Not
)
name_kind(Condition, "a condition, for example StateIs('open')")

ALWAYS = All()
NEVER = AnyOf()

Again = Literal["continue", "count", "anew", "never"]
"""What happens when a clock starts again after a stop.

``continue`` goes on with the same cycle without the time in between, ``count`` counts that time too, ``anew`` begins
another cycle, and ``never`` leaves the clock stopped: its first cycle is its only one.
"""


@attrs.frozen(kw_only=True)
class Measure:
    """When a clock starts, pauses and stops, as conditions over the ticket.

    Attributes:
        runs: The clock starts when this condition becomes true, and stops when it becomes false.
        frozen: The clock stands still while this condition holds.
        void: A cycle that stops while this condition holds is void: neither met nor missed.
        again: What happens when *runs* becomes true once more.
        each: The name of a fact; each of its changes ends a cycle and begins another.
    """

    runs: Condition
    frozen: Condition = NEVER
    void: Condition = NEVER
    again: Again = "continue"
    each: str | None = None

    __attrs_post_init__ = refuse_wrong_types


def holds(condition: Condition, facts: Facts) -> bool:
    """Return whether *condition* holds for *facts*.

    Source: docs/semantics.md 3.1.

    >>> holds(FieldIs("nature", None), Facts({})), holds(All(), Facts({})), holds(AnyOf(), Facts({}))
    (True, True, False)
    """
    match condition:
        case StateIs(states=states):
            return facts[STATE] in states
        case CategoryIs(categories=categories):
            return facts[CATEGORY] in categories
        case FieldIs(field=field, values=values):
            held = facts[FIELD + field]
            for value in values:  # noqa: SIM110 -- guards are checked for every command; a generator takes twice the time
                if is_same(value, held):
                    return True
            return False
        case IsAssigned():
            return facts[ASSIGNEE] is not None
        case AssignedTo(assignees=assignees):
            return facts[ASSIGNEE] in assignees
        case IsSnoozed():
            return facts[SNOOZED] is True
        case IsHidden():
            return facts[HIDDEN] is True
        case Happened(anchor=anchor):
            return any(facts[ONCE + mark_name(part)] is True for part in simple_parts(anchor))
        case IsUnanswered():
            return facts[UNANSWERED] is True
        case WasAnswered():
            return facts[ANSWERED] is True
        case Reopened(times=times):
            count = facts[REOPENINGS]
            return isinstance(count, int) and count >= times
        case ClockIs():
            return _clock_is(condition, facts)
        case All(of=of):
            return all(holds(each, facts) for each in of)
        case AnyOf(of=of):
            return any(holds(each, facts) for each in of)
        case Not(condition=inner):
            return not holds(inner, facts)
        case _:
            assert_never(condition)


def matching(condition: Condition, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """Return an iterator over the tickets for which *condition* holds, in the given order.

    Raises:
        BadValueError: *condition* is not a condition, or an item is not a Ticket.

    >>> list(matching(IsSnoozed(), []))
    []
    """
    check_argument(condition, Condition, "condition")
    given = items_of(tickets, Ticket, "tickets")
    return (ticket for ticket in given if holds(condition, ticket.facts))


def could_hold(condition: Condition, facts: Facts, free: frozenset[str]) -> bool:
    """Return whether *condition* can hold for *facts* if the facts named in *free* can have any value.

    >>> could_hold(All(FieldIs("ready", True), IsAssigned()), Facts({}), frozenset({"field.ready"}))
    False
    """
    return _known(condition, facts, free) is not False


def _known(condition: Condition, facts: Facts, free: frozenset[str]) -> bool | None:
    """Return whether *condition* holds for all values of the facts in *free*; None if it depends on them."""
    match condition:
        case All(of=of):
            found = [_known(each, facts, free) for each in of]
            return False if False in found else None if None in found else True
        case AnyOf(of=of):
            found = [_known(each, facts, free) for each in of]
            return True if True in found else None if None in found else False
        case Not(condition=inner):
            answer = _known(inner, facts, free)
            return None if answer is None else not answer
        case _:
            return None if reads(condition) & free else holds(condition, facts)


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return *condition* and every condition inside it."""
    match condition:
        case All(of=of) | AnyOf(of=of):
            return (condition, *(part for each in of for part in parts(each)))
        case Not(condition=inner):
            return (condition, *parts(inner))
        case _:
            return (condition,)


def reads(condition: Condition) -> frozenset[str]:
    """Return the names of the facts that *condition* reads."""
    names = set()
    for part in parts(condition):
        match part:
            case StateIs():
                names.add(STATE)
            case CategoryIs():
                names.add(CATEGORY)
            case FieldIs(field=field):
                names.add(FIELD + field)
            case IsAssigned() | AssignedTo():
                names.add(ASSIGNEE)
            case IsSnoozed():
                names.add(SNOOZED)
            case IsHidden():
                names.add(HIDDEN)
            case Happened(anchor=anchor):
                names.update(ONCE + mark_name(each) for each in simple_parts(anchor))
            case IsUnanswered():
                names.add(UNANSWERED)
            case WasAnswered():
                names.add(ANSWERED)
            case Reopened():
                names.add(REOPENINGS)
            case ClockIs(clock=clock, measure=measure):
                names |= {WARNED + clock, BREACHED + clock} | (watched(measure) if measure else set())
            case All() | AnyOf() | Not():
                pass
            case _:
                assert_never(part)
    return frozenset(names)


def true_since(condition: Condition, ticket: Ticket, moved: Mark | None = None) -> Mark | None:
    """Return the mark of the entry since which *condition* has held without interruption; None if it does not hold.

    The cost grows with the changes, in that time, of the facts that the condition reads, not with the history.

    Args:
        condition: The condition.
        ticket: The ticket.
        moved: A mark that makes the search shorter: if the condition has held since before it, some mark before it is
            returned.

    Source: docs/semantics.md 3.4.
    """
    if not holds(condition, ticket.facts):
        return None
    opened = ticket.marks["created"]
    trails = {name: ticket.trails[name] for name in reads(condition) if name in ticket.trails}
    while trails:
        newest = max((trail.last.mark for trail in trails.values()), key=lambda mark: mark.place)
        if moved is not None and newest.place <= moved.place:
            return newest
        earlier = {}
        for name, trail in trails.items():
            kept = trail.before if trail.last.mark.sequence == newest.sequence else trail
            if kept is not None:
                earlier[name] = kept
        if newest.sequence == opened.sequence or not holds(condition, Facts(earlier)):
            return newest
        trails = earlier
    return opened


def watched(measure: Measure) -> frozenset[str]:
    """Return the names of the facts that a clock reads, and ``category``, which every ticket has from the start."""
    parts = (measure.runs, measure.frozen, measure.void)
    each = {measure.each} if measure.each else set()
    return frozenset({"category"}.union(each, *map(reads, parts)))


class Moment(NamedTuple):
    """The facts that a clock reads from a mark on, and whether the clock runs then."""

    mark: Mark
    facts: Facts
    runs: bool


@attrs.frozen(slots=False)
class Cycle:
    """One cycle of a clock, from its start to its stop.

    Attributes:
        start: The mark of the entry that started it.
        stop: The mark of the entry that stopped it; None while it is under way.
        is_void: Whether it stopped and counts neither as met nor as missed.
        moments: The facts that the clock reads, with the marks since which they hold, oldest first.
    """

    start: Mark
    stop: Mark | None
    is_void: bool
    moments: tuple[Moment, ...]


def cycles(measure: Measure, trails: Mapping[str, PersistentList[Change]], names: frozenset[str]) -> Iterator[Cycle]:
    """Yield the cycles of a clock, newest first.

    The cost grows with the changes of the facts that the clock reads, for the cycles that are taken.

    Args:
        measure: The measure of the clock.
        trails: The changes of a ticket's facts.
        names: The names of the facts whose changes become moments: those of `watched`, and perhaps more.
    """
    past = _moments(measure, trails, names)
    match measure.again:
        case "continue" | "count":
            yield from _single(measure, list(past))
        case "anew":
            yield from _separate(measure, past)
        case "never":
            yield from tuple(_separate(measure, past))[-1:]
        case _:
            assert_never(measure.again)


def _separate(measure: Measure, past: Iterable[Moment]) -> Iterator[Cycle]:
    """Yield the cycles of a clock that begins another one at each start, newest first."""
    run: list[Moment] = []
    later: Moment | None = None
    for moment in past:
        if not moment.runs:
            if run:
                yield _cycle(measure, run, later)
            run, later = [], moment
            continue
        run.append(moment)
        if _begins_cycle(measure, moment):
            yield _cycle(measure, run, later)
            run, later = [], moment
    if run:
        yield _cycle(measure, run, later)


def _single(measure: Measure, past: list[Moment]) -> Iterator[Cycle]:
    """Yield the only cycle of a clock that goes on after a stop, from its first start to its last stop."""
    running = [index for index, moment in enumerate(past) if moment.runs]
    if running:
        newest, oldest = running[0], running[-1]
        yield _cycle(measure, past[newest : oldest + 1], past[newest - 1] if newest else None)


def _begins_cycle(measure: Measure, moment: Moment) -> bool:
    if measure.each is None:
        return False
    trail = moment.facts.trails.get(measure.each)
    return trail is not None and trail.last.mark.sequence == moment.mark.sequence


def _cycle(measure: Measure, run: list[Moment], later: Moment | None) -> Cycle:
    """Return the cycle of these moments, which are newest first. *later* is the moment that stopped it."""
    is_void = later is not None and holds(measure.void, later.facts)
    return Cycle(run[-1].mark, later.mark if later else None, is_void, tuple(run[::-1]))


def _moments(measure: Measure, trails: Mapping[str, PersistentList[Change]], names: frozenset[str]) -> Iterator[Moment]:
    """Yield the moments at which one of these facts changed, newest first, back to the opening."""
    live = {name: trails[name] for name in names if name in trails}
    while live:
        mark = max((trail.last.mark for trail in live.values()), key=_PLACE)
        facts = Facts(live)
        yield Moment(mark, facts, holds(measure.runs, facts))
        earlier = {}
        for name, trail in live.items():
            kept = trail.before if trail.last.mark.sequence == mark.sequence else trail
            if kept is not None:
                earlier[name] = kept
        live = earlier


_PLACE = attrgetter("place")


def _clock_is(asked: ClockIs, facts: Facts) -> bool:
    """Return whether a condition about a clock holds. Without its measure, it never does."""
    measure = asked.measure
    cycle = next(cycles(measure, facts.trails, watched(measure)), None) if measure else None
    if measure is None or cycle is None:
        return False
    is_breached = facts[BREACHED + asked.clock] == cycle.start.sequence
    match asked.fact:
        case "running":
            return cycle.stop is None and not holds(measure.frozen, facts)
        case "frozen":
            return cycle.stop is None and holds(measure.frozen, facts)
        case "warned":
            return facts[WARNED + asked.clock] == cycle.start.sequence
        case "breached":
            return is_breached
        case "met":
            return cycle.stop is not None and not cycle.is_void and not is_breached
        case _:
            assert_never(asked.fact)


def bound(condition: Condition, measures: Mapping[str, Measure]) -> Condition:
    """Return *condition* with the measures of the clocks put in."""
    match condition:
        case ClockIs(clock=clock):
            return attrs.evolve(condition, measure=measures.get(clock))
        case All(of=of):
            return All(*(bound(each, measures) for each in of))
        case AnyOf(of=of):
            return AnyOf(*(bound(each, measures) for each in of))
        case Not(condition=inner):
            return Not(bound(inner, measures))
        case _:
            return condition
