"""Conditions about a ticket as data.

Conditions read facts and nothing else. None of them reads the present instant, an age or an elapsed time. Time enters
rules by timers alone, so the instants at which anything can change are computable (docs/semantics.md 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Literal, NamedTuple, assert_never, cast

import attrs

from ticketflow.errors import BadValueError
from ticketflow.kernel.field_values import Value, frozen_value, is_same
from ticketflow.kernel.type_checks import check_argument, items_of, name_kind, refuse_wrong_types
from ticketflow.kernel.typed import typed
from ticketflow.tickets.anchors import AUTHORS, Anchor, LastMessage, mark_name, simple_parts
from ticketflow.tickets.facts import (
    ANSWERED,
    ASSIGNEE,
    BREACHED,
    CATEGORY,
    CLOCK,
    CYCLE,
    FIELD,
    HIDDEN,
    LINKS,
    ONCE,
    RATING,
    REOPENINGS,
    REQUESTER,
    SCORES,
    SNOOZED,
    STATE,
    TIMES,
    UNANSWERED,
    WARNED,
    Category,
    Change,
    Facts,
    Mark,
)
from ticketflow.tickets.ticket import SINCES, Ticket

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
    "HasLink",
    "IsAssigned",
    "IsHidden",
    "IsSnoozed",
    "IsUnanswered",
    "Not",
    "RatingIs",
    "Reopened",
    "RequesterIs",
    "StateIs",
    "WasAnswered",
    "matching",
]


def _limit(value: Value) -> Value:
    if value is not None and type(value) is not int and not isinstance(value, datetime):
        raise BadValueError(f"a limit is {value!r:.200}", "give a whole number or an instant")
    return frozen_value(value, "a limit")


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
    """A field has one of these values, or a number or an instant in a range.

    Attributes:
        field: The name of the field.
        values: The values, one of which the field must have. None stands for a field without a value. With a range,
            there are none.
        at_least: The smallest number, or the earliest instant, of the range; None for no limit.
        at_most: The greatest number, or the latest instant, of the range; None for no limit.
    """

    field: str
    values: tuple[Value, ...] = attrs.field(default=(), eq=typed)
    at_least: Value = attrs.field(default=None, converter=_limit, eq=typed)
    at_most: Value = attrs.field(default=None, converter=_limit, eq=typed)

    __attrs_post_init__ = refuse_wrong_types

    def __init__(
        self,
        field: str,
        *values: Value,
        at_least: int | datetime | None = None,
        at_most: int | datetime | None = None,
    ) -> None:
        """Build the condition from the name of the field and the values, or the limits of the range."""
        held = tuple(frozen_value(value, f"field {field!r}") for value in values)
        self.__attrs_init__(field, held, at_least, at_most)

    @property
    def limits(self) -> tuple[Value, ...]:
        """The limits of the range; none if the condition asks for values."""
        return tuple(limit for limit in (self.at_least, self.at_most) if limit is not None)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there, or the limits of the range."""
        return (*self.values, *self.limits)

    def __str__(self) -> str:
        if not self.limits:
            return f"{self.field} is {' or '.join(str(value) for value in self.values)}"
        if self.at_least is not None and self.at_most is not None:
            return f"{self.field} is {self.at_least} to {self.at_most}"
        more, less = ("later", "earlier") if isinstance(self.limits[0], datetime) else ("more", "less")
        return f"{self.field} is {self.limits[0]} or {less if self.at_least is None else more}"


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


@attrs.frozen(init=False)
class RequesterIs:
    """The ticket is for one of these customers."""

    requesters: tuple[str, ...]

    __attrs_post_init__ = refuse_wrong_types

    def __init__(self, *requesters: str) -> None:
        """Build the condition from the ids of customers."""
        self.__attrs_init__(requesters)

    @property
    def asks_for(self) -> tuple[object, ...]:
        """The values, one of which must be there."""
        return self.requesters

    def __str__(self) -> str:
        return f"the requester is {' or '.join(self.requesters)}"


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
    """An anchor has occurred; for `Latest`, any of its anchors has.

    Attributes:
        anchor: The anchor.
        at_least: How often it must have occurred. Only messages (`LastMessage`) and outside events (`Outside`) are
            counted; for other anchors it is 1.
    """

    anchor: Anchor
    at_least: int = 1

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        if self.at_least == 1:
            return f"{self.anchor} has happened"
        if isinstance(self.anchor, LastMessage):
            author = "someone" if self.anchor.by == "anyone" else AUTHORS[self.anchor.by]
            return f"{author} wrote {self.at_least} or more times"
        return f"{self.anchor} has happened {self.at_least} or more times"


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
class HasLink:
    """The ticket is linked to others by a kind of link.

    Attributes:
        kind: The kind of link, such as ``merged_into``.
        at_least: How many such links it must have.
    """

    kind: str
    at_least: int = 1

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        return (
            f"it has {self.at_least} or more links {self.kind}" if self.at_least > 1 else f"it has a link {self.kind}"
        )


@attrs.frozen
class RatingIs:
    """The satisfaction survey was last answered with a score in this range; by default, with any.

    Attributes:
        at_least: The lowest score, 1 to 5.
        at_most: The highest score, 1 to 5.
    """

    at_least: int = SCORES[0]
    at_most: int = SCORES[-1]

    __attrs_post_init__ = refuse_wrong_types

    def __str__(self) -> str:
        if self == RatingIs():
            return "the ticket is rated"
        if self.at_least == SCORES[0]:
            return f"the rating is {self.at_most} or less"
        return f"the rating is {self.at_least} " + ("or more" if self.at_most == SCORES[-1] else f"to {self.at_most}")


@attrs.frozen
class ClockIs:
    """The present cycle of a clock, or its last one if none is under way, has this status.

    Only rules can ask it: what it reads is derived from a ticket and the clocks of a rule set.

    Attributes:
        clock: The clock's name.
        fact: ``running`` or ``frozen`` while the cycle is under way; ``warned`` or ``breached`` if that is recorded in
            it; ``met`` if it stopped in time.
    """

    clock: str
    fact: ClockFact

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
    | RequesterIs
    | IsSnoozed
    | IsHidden
    | Happened
    | IsUnanswered
    | WasAnswered
    | Reopened
    | HasLink
    | RatingIs
    | ClockIs
    | All
    | AnyOf
    | Not
)
"""Something that is true or false of a ticket at an instant."""
name_kind(Condition, "a condition, for example StateIs('open')")

ALWAYS = All()
"""The condition that always holds."""
NEVER = AnyOf()
"""The condition that never holds."""

Trails = Mapping[str, Change]
"""For each fact, the values it had."""
Test = Callable[[Trails], bool]
"""A condition as a function of facts; the latest value of each counts."""


def holds(condition: Condition, facts: Facts) -> bool:
    """Return whether *condition* holds for *facts*. For a condition that is asked often, `compiled_test` is faster.

    Source: docs/semantics.md 3.1.

    >>> holds(FieldIs("nature", None), Facts({})), holds(All(), Facts({})), holds(AnyOf(), Facts({}))
    (True, True, False)
    """
    return compiled_test(condition)(facts.current)


def compiled_test(condition: Condition) -> Test:
    """Return a function that says whether *condition* holds for facts.

    It has looked up what depends on the condition alone, such as the names of the facts.
    """
    match condition:
        case StateIs(states=states):
            return _is_one_of(STATE, states)
        case CategoryIs(categories=categories):
            return _is_one_of(CATEGORY, categories)
        case FieldIs(field=field):
            return _field_test(FIELD + field, condition)
        case IsAssigned():
            return _passes(ASSIGNEE, lambda value: value is not None)
        case AssignedTo(assignees=assignees):
            return _is_one_of(ASSIGNEE, assignees)
        case RequesterIs(requesters=requesters):
            return _is_one_of(REQUESTER, requesters)
        case IsSnoozed():
            return _is_true(SNOOZED)
        case IsHidden():
            return _is_true(HIDDEN)
        case Happened(anchor=anchor, at_least=1):
            return _any_of(tuple(_is_true(ONCE + mark_name(part)) for part in simple_parts(anchor)))
        case Happened(anchor=anchor, at_least=times):
            return _is_at_least(TIMES + mark_name(anchor), times)
        case IsUnanswered():
            return _is_true(UNANSWERED)
        case WasAnswered():
            return _is_true(ANSWERED)
        case Reopened(times=times):
            return _is_at_least(REOPENINGS, times)
        case HasLink(kind=kind, at_least=times):
            return _is_at_least(LINKS + kind, times)
        case RatingIs(at_least=least, at_most=most):
            return _passes(RATING, lambda score: isinstance(score, int) and least <= score <= most)
        case ClockIs(clock=clock, fact=fact):
            return _clock_test(clock, fact)
        case All(of=of):
            return _all_of(tuple(map(compiled_test, of)))
        case AnyOf(of=of):
            return _any_of(tuple(map(compiled_test, of)))
        case Not(condition=inner):
            test = compiled_test(inner)
            return lambda trails: not test(trails)
        case _:
            assert_never(condition)


def _passes(name: str, passes: Callable[[Value], bool]) -> Test:
    """Return a test of the value of one fact; None if it was never set."""

    def test(trails: Trails) -> bool:
        trail = trails.get(name)
        return passes(None if trail is None else trail.value)

    return test


def _is_one_of(name: str, values: tuple[str, ...]) -> Test:
    """Return a test of whether a fact has one of several values; None is not one of them."""

    def test(trails: Trails) -> bool:
        trail = trails.get(name)
        return trail is not None and trail.value in values

    return test


def _is_true(name: str) -> Test:
    def test(trails: Trails) -> bool:
        trail = trails.get(name)
        return trail is not None and trail.value is True

    return test


def _is_at_least(name: str, times: int) -> Test:
    return _passes(name, lambda count: isinstance(count, int) and count >= times)


def _field_test(name: str, asked: FieldIs) -> Test:
    values = asked.values
    if not values:
        return _passes(name, lambda held: is_within(asked, held))
    if len(values) == 1:
        (only,) = values
        return _passes(name, lambda held: is_same(only, held))
    return _passes(name, lambda held: any(is_same(value, held) for value in values))


def _all_of(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def are_all(trails: Trails) -> bool:
        for test in tests:  # noqa: SIM110 -- a generator takes twice the time
            if not test(trails):
                return False
        return True

    return are_all


def _any_of(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def is_any(trails: Trails) -> bool:
        for test in tests:  # noqa: SIM110 -- a generator takes twice the time
            if test(trails):
                return True
        return False

    return is_any


def is_within(asked: FieldIs, held: Value) -> bool:
    """Return whether *held* is in the range of a condition on a field. A value of another type is not.

    >>> is_within(FieldIs("score", at_least=2), 2), is_within(FieldIs("score", at_least=2), None)
    (True, False)
    """
    if not asked.limits or any(type(limit) is not type(held) for limit in asked.limits):
        return False
    least, value, most = cast("tuple[int | None, int, int | None]", (asked.at_least, held, asked.at_most))
    return (least is None or least <= value) and (most is None or value <= most)


def matching(condition: Condition, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """Return an iterator over the tickets for which *condition* holds, in the given order.

    Raises:
        BadValueError: *condition* is not a condition, or an item is not a Ticket.

    >>> list(matching(IsSnoozed(), []))
    []
    """
    check_argument(condition, Condition, "condition")
    given, test = items_of(tickets, Ticket, "tickets"), compiled_test(condition)
    return (ticket for ticket in given if test(ticket.trails))


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
            case RequesterIs():
                names.add(REQUESTER)
            case IsSnoozed():
                names.add(SNOOZED)
            case IsHidden():
                names.add(HIDDEN)
            case Happened(anchor=anchor, at_least=1):
                names.update(ONCE + mark_name(each) for each in simple_parts(anchor))
            case Happened(anchor=anchor):
                names.add(TIMES + mark_name(anchor))
            case IsUnanswered():
                names.add(UNANSWERED)
            case WasAnswered():
                names.add(ANSWERED)
            case Reopened():
                names.add(REOPENINGS)
            case HasLink(kind=kind):
                names.add(LINKS + kind)
            case RatingIs():
                names.add(RATING)
            case ClockIs(clock=clock):
                names |= {CLOCK + clock, CYCLE + clock, WARNED + clock, BREACHED + clock}
            case All() | AnyOf() | Not():
                pass
            case _:
                assert_never(part)
    return frozenset(names)


def clocks_asked(condition: Condition) -> tuple[str, ...]:
    """Return the names of the clocks that *condition* asks about.

    >>> clocks_asked(All(ClockIs("reply", "met"), Not(ClockIs("reply", "warned"))))
    ('reply',)
    """
    return tuple(sorted({part.clock for part in parts(condition) if isinstance(part, ClockIs)}))


def true_since(condition: Condition, ticket: Ticket, moved: Mark | None = None) -> Mark | None:
    """Return what `Compiled.true_since` returns for *condition*."""
    return compiled(condition).true_since(ticket, moved)


class _Held(NamedTuple):
    """What a search found: that a condition has held from a mark on until some facts.

    Attributes:
        trails: The facts that the condition reads.
        since: The mark.
        is_exact: Whether the condition did not hold right before the mark; otherwise the search was cut short there.
    """

    trails: Trails
    since: Mark
    is_exact: bool

    def answers(self, trails: Trails, moved: Mark | None) -> bool:
        """Return whether this is the answer for the facts *trails*, too; see `Compiled.true_since`."""
        if not self.is_exact and (moved is None or not is_at_or_before(self.since, moved)):
            return False
        if len(trails) != len(self.trails):
            return False
        for name, trail in trails.items():  # noqa: SIM110 -- a generator takes twice the time
            if self.trails.get(name) is not trail:
                return False
        return True


@attrs.frozen(eq=False)
class Compiled:
    """A condition made ready to be asked often.

    Attributes:
        condition: The condition.
        holds: Says whether it holds for facts.
        reads: The names of the facts that it reads.
        trails_of: Returns the facts of a ticket, with those of clocks if it asks about any.
    """

    condition: Condition
    holds: Test
    reads: tuple[str, ...]
    trails_of: Callable[[Ticket], Trails]

    def holds_for(self, ticket: Ticket) -> bool:
        """Return whether the condition holds for *ticket*."""
        return self.holds(self.trails_of(ticket))

    def true_since(self, ticket: Ticket, moved: Mark | None = None) -> Mark | None:
        """Return the mark of the entry since which the condition has held without interruption; None if it is false.

        The cost grows with the changes, in that time, of the facts that the condition reads, not with the history.
        What was found is kept beside the ticket and handed down to the tickets after it, so each change is looked at
        once.

        Args:
            ticket: The ticket.
            moved: A mark that makes the search shorter: if the condition has held since before it, some mark before it
                is returned.

        Source: docs/semantics.md 3.4.
        """
        known = self.trails_of(ticket)
        if not self.holds(known):
            return None
        trails = {name: known[name] for name in self.reads if name in known}
        newest = _newest(trails.values())
        if newest is None:
            return ticket.marks["created"]
        if moved is not None and is_at_or_before(newest, moved):
            return newest
        kept: dict[Compiled, _Held] = ticket.__dict__.setdefault(SINCES, {})
        before = kept.get(self)
        if before is not None and before.answers(trails, moved):
            return before.since
        if len(kept) > _MOST_KEPT:
            kept.clear()
        found = kept[self] = self._searched(trails, ticket.marks["created"], moved, before)
        return found.since

    def _searched(self, present: Trails, opened: Mark, moved: Mark | None, before: _Held | None) -> _Held:
        """Return since when the condition has held, which it does now, from each change to the one before it.

        Args:
            present: The facts that it reads.
            opened: The mark of the ticket's opening.
            moved: The mark at which the search can end.
            before: What an earlier search found; None if there was none.
        """
        trails = present
        while (newest := _newest(trails.values())) is not None:
            if moved is not None and is_at_or_before(newest, moved):
                return _Held(present, newest, is_exact=False)
            if before is not None and before.answers(trails, moved):
                return _Held(present, before.since, before.is_exact)
            earlier = {}
            for name, trail in trails.items():
                kept = trail.before if trail.mark.sequence == newest.sequence else trail
                if kept is not None:
                    earlier[name] = kept
            if newest.sequence == 0 or not self.holds(earlier):
                return _Held(present, newest, is_exact=True)
            trails = earlier
        return _Held(present, opened, is_exact=True)


_MOST_KEPT = 256
"""The number of conditions from which on what is kept of them is forgotten. Rule sets come and go."""


def is_at_or_before(one: Mark, other: Mark) -> bool:
    """Return whether a mark has the same place in the history as another one, or an earlier one."""
    return one.sequence < other.sequence or (one.sequence == other.sequence and one.step <= other.step)


def _newest(trails: Iterable[Change]) -> Mark | None:
    """Return the mark of the last change of several facts; None if there are none."""
    newest: Mark | None = None
    for trail in trails:
        mark = trail.mark
        if newest is None or not is_at_or_before(mark, newest):
            newest = mark
    return newest


_OWN_TRAILS: Callable[[Ticket], Trails] = attrgetter("trails")


def compiled(condition: Condition, trails_of: Callable[[Ticket], Trails] = _OWN_TRAILS) -> Compiled:
    """Return a condition made ready.

    Args:
        condition: The condition.
        trails_of: Returns the facts of a ticket. A condition on clocks needs the facts of clocks, too.
    """
    return Compiled(condition, compiled_test(condition), tuple(sorted(reads(condition))), trails_of)


def _clock_test(clock: str, fact: ClockFact) -> Test:
    """Return a test of the status of a clock's present or last cycle."""
    match fact:
        case "running" | "frozen":
            return _is_one_of(CLOCK + clock, (fact,))
        case "warned":
            return _is_recorded(WARNED + clock, CYCLE + clock)
        case "breached":
            return _is_recorded(BREACHED + clock, CYCLE + clock)
        case "met":
            is_done = _is_one_of(CLOCK + clock, ("stopped",))
            is_breached = _is_recorded(BREACHED + clock, CYCLE + clock)
            return lambda trails: is_done(trails) and not is_breached(trails)
        case _:
            assert_never(fact)


def _is_recorded(record: str, cycle: str) -> Test:
    """Return a test of whether the cycle of the last record of a clock is its present or last one."""

    def test(trails: Trails) -> bool:
        recorded, present = trails.get(record), trails.get(cycle)
        return recorded is not None and present is not None and recorded.value == present.value

    return test
