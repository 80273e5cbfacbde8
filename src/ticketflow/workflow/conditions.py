"""Questions about a ticket as data: never lambdas, never strings of code.

Conditions read facts and nothing else. None of them mentions now, an age or elapsed time: time enters rules by timers
alone, and so the instants at which anything can change are computable (docs/semantics.md 3.1).
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
    "matching",
]


@attrs.frozen(init=False)
class StateIs:
    """The ticket is in one of these states."""

    states: tuple[str, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *states: str) -> None:
        """Take the names of the states."""
        self.__attrs_init__(states)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """What is looked for, any of it."""
        return self.states

    def __str__(self) -> str:
        return f"the state is {' or '.join(self.states)}"


@attrs.frozen(init=False)
class CategoryIs:
    """The ticket's state counts as one of these."""

    categories: tuple[Category, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *categories: Category) -> None:
        """Take the categories."""
        self.__attrs_init__(categories)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """What is looked for, any of it."""
        return self.categories

    def __str__(self) -> str:
        return f"the ticket is {' or '.join(self.categories)}"


@attrs.frozen(init=False)
class FieldIs:
    """A field reads one of these values; None among them asks for a field that was never set."""

    field: str
    values: tuple[Value, ...] = attrs.field(eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, field: str, *values: Value) -> None:
        """Take the field's name and the values to look for."""
        self.__attrs_init__(field, tuple(frozen_value(value, f"field {field!r}") for value in values))

    @property
    def asks_for(self) -> tuple[object, ...]:
        """What is looked for, any of it."""
        return self.values

    def __str__(self) -> str:
        return f"{self.field} is {' or '.join(str(value) for value in self.values)}"


@attrs.frozen
class IsAssigned:
    """Somebody works on the ticket."""

    def __str__(self) -> str:
        return "somebody is assigned"


@attrs.frozen(init=False)
class AssignedTo:
    """One of these works on the ticket."""

    assignees: tuple[str, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *assignees: str) -> None:
        """Take the ids of people or robots."""
        self.__attrs_init__(assignees)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """What is looked for, any of it."""
        return self.assignees

    def __str__(self) -> str:
        return f"assigned to {' or '.join(self.assignees)}"


@attrs.frozen
class IsSnoozed:
    """A snooze is armed, whether the ticket sleeps or was woken before its moment."""

    def __str__(self) -> str:
        return "a snooze is armed"


@attrs.frozen
class IsHidden:
    """The ticket sleeps, out of sight."""

    def __str__(self) -> str:
        return "the ticket is hidden"


@attrs.frozen
class Happened:
    """A named moment has been at least once, whenever that was; of several, any."""

    anchor: Anchor

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"{self.anchor} has happened"


@attrs.frozen
class IsUnanswered:
    """The customer has written and no person of the support has answered since; others' messages do not matter."""

    def __str__(self) -> str:
        return "the customer waits for an answer"


@attrs.frozen
class Reopened:
    """The ticket came back from being resolved so many times, or more."""

    times: int = 1

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return f"reopened {self.times} or more times"


@attrs.frozen
class ClockIs:
    """A clock's present cycle, or if none is under way its last one, stands so.

    Attributes:
        clock: The clock's name.
        fact: ``running`` or ``frozen`` while the cycle is under way; ``warned``, ``breached``: recorded in it; ``met``:
            it ended in time.
        measure: How the clock goes; the rule set that has the clock puts it in.
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
    """All of these hold; of none, that is always so."""

    of: tuple[Condition, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *of: Condition) -> None:
        """Take the conditions."""
        self.__attrs_init__(of)

    def __str__(self) -> str:
        return " and ".join(f"({each})" for each in self.of) or "always"


@attrs.frozen(init=False)
class AnyOf:
    """At least one of these holds; of none, that is never so."""

    of: tuple[Condition, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *of: Condition) -> None:
        """Take the conditions."""
        self.__attrs_init__(of)

    def __str__(self) -> str:
        return " or ".join(f"({each})" for each in self.of) or "never"


@attrs.frozen
class Not:
    """This does not hold."""

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
    | Reopened
    | ClockIs
    | All
    | AnyOf
    | Not
)
name_kind(Condition, "a condition, for example StateIs('open')")

ALWAYS = All()
NEVER = AnyOf()

Again = Literal["continue", "count", "anew"]
"""What coming back after a stop is: the same cycle without the time between, the same with it, or another cycle."""


@attrs.frozen(kw_only=True)
class Measure:
    """When a clock starts, pauses and stops, as conditions over the ticket.

    Attributes:
        runs: It starts when this comes to hold and stops when it no longer does.
        frozen: It stands still while this holds, too.
        void: A cycle that stops while this holds was never to be met: somebody else made an end of it.
        again: What it is if *runs* comes to hold once more.
        each: A fact whose every change ends a cycle and begins another.
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
            for value in values:  # noqa: SIM110 -- guards are asked of every command, and a generator costs twice
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
        case Reopened(times=times):
            count = facts[REOPENINGS]
            return isinstance(count, int) and count >= times
        case ClockIs():
            return _stands(condition, facts)
        case All(of=of):
            return all(holds(each, facts) for each in of)
        case AnyOf(of=of):
            return any(holds(each, facts) for each in of)
        case Not(condition=inner):
            return not holds(inner, facts)
        case _:
            assert_never(condition)


def matching(condition: Condition, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """Yield the tickets for which *condition* holds, in their order: a filter, a mailbox, a list to work through.

    >>> list(matching(IsSnoozed(), []))
    []
    """
    check_argument(condition, Condition, "condition")
    given = items_of(tickets, Ticket, "tickets")
    return (ticket for ticket in given if holds(condition, ticket.facts))


def could_hold(condition: Condition, facts: Facts, free: frozenset[str]) -> bool:
    """Return whether *condition* could hold for *facts* if the facts named in *free* were set as one pleases.

    >>> could_hold(All(FieldIs("ready", True), IsAssigned()), Facts({}), frozenset({"field.ready"}))
    False
    """
    return _known(condition, facts, free) is not False


def _known(condition: Condition, facts: Facts, free: frozenset[str]) -> bool | None:
    """Return whether *condition* holds whatever *free* is set to; None if that decides it."""
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
    """Return the names of the facts that decide *condition*."""
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
    """Return the mark of the entry that made *condition* true, of the time for which it has held until now.

    Walks back over the changes of the facts that the condition reads, as far as it held, and over nothing else: a
    ticket's messages do not matter. None if the condition doesn't hold.

    Args:
        condition: The condition.
        ticket: The ticket.
        moved: Who asks only for what is newer than this mark gets any mark before it for all of them, and sooner.

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
    """Return the names of the facts that decide how a clock goes; among them one that every ticket begins with."""
    parts = (measure.runs, measure.frozen, measure.void)
    each = {measure.each} if measure.each else set()
    return frozenset({"category"}.union(each, *map(reads, parts)))


class Moment(NamedTuple):
    """How the facts that decide a clock stood from a mark on, and whether it runs by them."""

    mark: Mark
    facts: Facts
    runs: bool


@attrs.frozen(slots=False)
class Cycle:
    """A clock from one start to its stop.

    Attributes:
        start: The mark of what started it.
        stop: The mark of what stopped it; None while it is under way.
        is_void: Whether it stopped without being met or missed.
        moments: The facts that decide how it goes and since when, oldest first, from its start to its stop.
    """

    start: Mark
    stop: Mark | None
    is_void: bool
    moments: tuple[Moment, ...]


def cycles(measure: Measure, trails: Mapping[str, PersistentList[Change]], names: frozenset[str]) -> Iterator[Cycle]:
    """Yield a clock's cycles, newest first; costs the changes of the facts that decide them, as far as it is asked.

    Args:
        measure: When the clock starts, pauses and stops.
        trails: How the facts of a ticket changed.
        names: The facts whose changes are to be seen: those that `watched` names, and perhaps more.
    """
    past = _moments(measure, trails, names)
    if measure.again != "anew":
        yield from _single(measure, list(past))
        return
    run: list[Moment] = []
    later: Moment | None = None
    for moment in past:
        if not moment.runs:
            if run:
                yield _cycle(measure, run, later)
            run, later = [], moment
            continue
        run.append(moment)
        if _begins_another(measure, moment):
            yield _cycle(measure, run, later)
            run, later = [], moment
    if run:
        yield _cycle(measure, run, later)


def _single(measure: Measure, past: list[Moment]) -> Iterator[Cycle]:
    """Yield the one cycle of a clock that goes on after it stopped: from its first start to its last stop."""
    running = [index for index, moment in enumerate(past) if moment.runs]
    if running:
        newest, oldest = running[0], running[-1]
        yield _cycle(measure, past[newest : oldest + 1], past[newest - 1] if newest else None)


def _begins_another(measure: Measure, moment: Moment) -> bool:
    if measure.each is None:
        return False
    trail = moment.facts.trails.get(measure.each)
    return trail is not None and trail.last.mark.sequence == moment.mark.sequence


def _cycle(measure: Measure, run: list[Moment], later: Moment | None) -> Cycle:
    """Return the cycle of moments that are given newest first; *later* is what stopped it."""
    is_void = later is not None and holds(measure.void, later.facts)
    return Cycle(run[-1].mark, later.mark if later else None, is_void, tuple(run[::-1]))


def _moments(measure: Measure, trails: Mapping[str, PersistentList[Change]], names: frozenset[str]) -> Iterator[Moment]:
    """Yield since when the facts of these names were as they were, newest first, back to the opening."""
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


def _stands(asked: ClockIs, facts: Facts) -> bool:
    """Return whether a clock stands as *asked*; one that no rule set has put its measure into never does."""
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
    """Return *condition* with the measure of each clock that it asks about put in."""
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
