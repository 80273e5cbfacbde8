"""Two definitions of a desk compared, in words: what was added, removed and changed, and what that does to tickets.

The comparison walks both definitions side by side, field by field, and matches what is in lists by name. What is told
of each difference stands in a table (`ticketflow.compare.impact`). What differs is what digests tell apart, no more.

Source: docs/differences.md, docs/semantics.md 3.16, 4.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations, groupby
from typing import NamedTuple

import attrs

from ticketflow.calendars.business import BusinessCalendar, PublicHolidays
from ticketflow.calendars.combined import CombinedCalendar, FixedIntervals
from ticketflow.calendars.hours import WEEKDAYS, Shift, Yearly
from ticketflow.compare.impact import Context, Kind, impact_at, told
from ticketflow.errors import BadValueError
from ticketflow.kernel.instants import DAY
from ticketflow.rules.automations import Automation, Ladder, Rung
from ticketflow.rules.digest import canonical
from ticketflow.rules.ruleset import Rules
from ticketflow.rules.triggers import After, During
from ticketflow.sla.policies import Deadline, Policy, Target
from ticketflow.tickets.messages import Template
from ticketflow.workflow import conditions
from ticketflow.workflow.definition import Field, Listing, Opening, Permission, Pipeline, State, Transition, Workflow
from ticketflow.workflow.snooze import InDays, LaterToday, NextWeek, Snoozing


@attrs.frozen
class Difference:
    """One difference between two definitions.

    Attributes:
        kind: ``added``, ``removed`` or ``changed``; what bears another name has changed its ``name`` or ``id``.
        path: Where it is, as names. Steps of a ladder and rows of targets are named by their number, from 0, in the
            longer of the two lists; rows of transitions that share a name, by where they lead.
        old: What was there, in words; None if it was added.
        new: What is there, in words; None if it was removed.
        effect: What that does to tickets.
        changes_meaning: Whether any ticket could live otherwise by it: labels, texts and the order of lists that mean
            nothing do not.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> from ticketflow.calendars.spans import Elapsed
    >>> (first, *_) = diff(servicenow(), servicenow(Elapsed(days=3)))
    >>> print(first.old, "->", first.new)
    5 days -> 3 days
    """

    kind: Kind
    path: tuple[str, ...]
    old: str | None
    new: str | None
    effect: str
    changes_meaning: bool

    def __str__(self) -> str:
        sign = {"added": "+ ", "removed": "- ", "changed": ""}[self.kind]
        what = " -> ".join(said for said in (self.old, self.new) if said is not None)
        return f"{sign}{'/'.join(self.path)}: {what}: {self.effect}"


def diff(old: Rules, new: Rules) -> tuple[Difference, ...]:
    """Return how *new* differs from *old*, in the order of the definition; nothing where their digests are equal.

    The other way round, what was added was removed and what was old is new, at the same paths. What bears another name
    and is otherwise the same is told once; what names it is told beside it. What the difference is to one ticket's
    clocks, in instants, is told by `migrate`.

    Args:
        old: The rules that tickets lived under.
        new: The rules that they would go on under.

    Raises:
        BadValueError: something else is given as rules.

    Source: docs/differences.md, docs/semantics.md 3.16.

    >>> from ticketflow.presets.servicenow import servicenow
    >>> diff(servicenow(), servicenow())
    ()
    >>> [each.path for each in diff(servicenow(), attrs.evolve(servicenow(), remembered_events=10))]
    [('remembered_events',)]
    """
    for rules in (old, new):
        if not isinstance(rules, Rules):
            raise BadValueError(f"rules {rules!r:.200}", "give a Rules")
    found = (*_begins(old.workflow, new.workflow), *_walked(_Spot(), old, new))
    return tuple(_difference(each, old, new) for each in found)


def _begins(old: Workflow, new: Workflow) -> Iterator[_Found]:
    """Yield that tickets begin in another state: without openings, the first of the list."""
    first = old.states[0].name, new.states[0].name
    if not old.openings and not new.openings and first[0] != first[1]:
        yield _Found(_Spot(("workflow", "states"), "workflow.states"), *first)


class _Spot(NamedTuple):
    """Where the comparison is: as names, as a place of the table, and what names are on the way."""

    path: tuple[str, ...] = ()
    place: str = ""
    names: tuple[str, ...] = ()

    def field(self, name: str) -> _Spot:
        """Return the spot of a field; the halves of a calendar are calendars, and told as such."""
        place = self.place if name in ("left", "right") else f"{self.place}.{name}".removeprefix(".")
        return _Spot((*self.path, name), place, self.names)

    def item(self, name: str, *more: str) -> _Spot:
        """Return the spot of what bears a name in a list, or a mapping, or a set."""
        return _Spot((*self.path, name, *more), f"{self.place}.*", (*self.names, name))

    def about(self, what: str) -> _Spot:
        """Return the same spot, of which something else is to be told."""
        return self._replace(place=f"{self.place}:{what}")


class _Found(NamedTuple):
    """A difference that has not been put into words: what was and what is; None for nothing.

    The words of what is there can be given, where they are not its own.
    """

    spot: _Spot
    before: object
    after: object
    holder: object = None
    words: tuple[str, str] | None = None


def _difference(found: _Found, old: Rules, new: Rules) -> Difference:
    spot, before, after = found.spot, found.before, found.after
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    was, now = found.words or _told_apart(before, after)
    place = ":reworded" if spot.place.endswith(":reworded") else spot.place
    effect = told(place, kind, Context(spot.names, before, after, found.holder, old, new), was, now)
    texts = (None if before is None else was, None if after is None else now)
    return Difference(kind, spot.path, *texts, effect, impact_at(place).means)


_WALKED = (
    *(Rules, Workflow, State, Transition, Field, Permission, Opening, Pipeline, Listing),
    *(Automation, Ladder, Rung, After, During, Policy, conditions.Measure, Target, Deadline),
    *(
        BusinessCalendar,
        PublicHolidays,
        CombinedCalendar,
        FixedIntervals,
        Snoozing,
        LaterToday,
        InDays,
        NextWeek,
        Template,
    ),
)
"""Of what both are of one kind here, the fields are compared; all else is told whole."""


def _walked(spot: _Spot, old: object, new: object, holder: object = None) -> Iterator[_Found]:
    """Yield how *new* differs from *old*; something, if and only if digests tell them apart."""
    if old is new or canonical(old) == canonical(new):
        return
    how = _HOW.get(spot.place)
    if how and old is not None and new is not None:
        yield from how(spot, old, new)
    elif type(old) is type(new) and isinstance(old, _WALKED):
        for field in attrs.fields(type(old)):
            if field.eq:
                yield from _walked(spot.field(field.name), getattr(old, field.name), getattr(new, field.name), new)
    elif isinstance(old, frozenset) and isinstance(new, frozenset):
        yield from _elements(spot, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}, key=str):
            yield from _walked(spot.item(str(key)), old.get(key), new.get(key))
    elif isinstance(old, conditions.Condition) and isinstance(new, conditions.Condition) and _asked(old) == _asked(new):
        yield _Found(spot.about("reworded"), old, new)
    else:
        yield _Found(spot, old, new, holder)


def _asked(condition: conditions.Condition) -> str:
    """Return what a condition asks, in whatever order its parts are written."""
    match condition:
        case conditions.All(of=of) | conditions.AnyOf(of=of):
            return f"{type(condition).__name__}({sorted(map(_asked, of))})"
        case conditions.Not(condition=inner):
            return f"Not({_asked(inner)})"
        case conditions.StateIs() | conditions.CategoryIs() | conditions.AssignedTo():
            return f"{type(condition).__name__}({sorted(map(canonical, condition.asks_for))})"
        case conditions.FieldIs(field=field, values=values):
            return f"{field}({sorted(map(canonical, values))})"
        case _:
            return canonical(condition)


def _items(values: object) -> tuple[object, ...]:
    assert isinstance(values, tuple | frozenset)  # noqa: S101 -- by the types of the definition
    return tuple(values)


def _elements(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    """Yield what came into a set of names, or a list whose order means nothing, and what went."""
    before, after = ({_words(value): value for value in _items(values)} for values in (old, new))
    for name in sorted(before.keys() ^ after.keys()):
        yield _Found(spot.item(name), before.get(name), after.get(name))
    if isinstance(old, tuple):
        yield from _moved(spot, _items(old), _items(new))


def _moved(spot: _Spot, old: tuple[object, ...], new: tuple[object, ...]) -> Iterator[_Found]:
    """Yield that the same values stand in another order."""
    if sorted(map(canonical, old)) == sorted(map(canonical, new)):
        yield _Found(spot.about("order"), old, new)


def _whole(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    """Yield that a list is another, as one difference; all the same for one whose order means nothing."""
    found = list(_moved(spot, _items(old), _items(new)))
    yield from found or [_Found(spot, old, new)]


def _choices(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    """Yield that a field takes other values: none listed are all of its kind."""
    words = ", ".join(map(str, _items(old))), ", ".join(map(str, _items(new)))
    for found in _whole(spot, old, new):
        yield found._replace(words=(words[0] or "all of its kind", words[1] or "all of its kind"))


def _dates(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    """Yield which dates came, which went, and of which something else is said."""
    assert isinstance(old, Mapping) and isinstance(new, Mapping)  # noqa: PT018, S101 -- by the types of the fields
    came, went = ({day: one[day] for day in one if day not in other} for one, other in ((new, old), (old, new)))
    if went:
        yield _Found(spot, went, None)
    if came:
        yield _Found(spot, None, came)
    others = [day for day in old if day in new and canonical(old[day]) != canonical(new[day])]
    if others:
        is_name = any(isinstance(old[day], str) for day in others)
        was, now = ({day: one[day] for day in others} for one in (old, new))
        yield _Found(spot.about("names") if is_name else spot, was, now)


def _week(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    yield _Found(spot, old, new, words=(_week_words(_items(old)), _week_words(_items(new))))


@attrs.frozen
class _Item:
    """Something that bears a name.

    Attributes:
        name: Its name.
        value: What bears it.
        content: What tells it apart beside its name.
        where: What tells rows of one name apart: where they lead from, and where to.
    """

    name: str
    value: object
    content: str
    where: tuple[str, ...] = ()


def _named(values: object, key: str) -> list[_Item]:
    return [_Item(str(getattr(each, key)), each, _nameless(each, key)) for each in _items(values)]


def _nameless(item: object, key: str) -> str:
    """Return what tells things apart beside their names."""
    kind = type(item)
    assert attrs.has(kind)  # noqa: S101 -- by the types of the definition
    fields = (field.name for field in attrs.fields(kind) if field.eq and field.name != key)
    return kind.__name__ + canonical(tuple((name, getattr(item, name)) for name in fields))


def _by(key: str, order: str = "order") -> _How:
    """Return how lists of named things are compared: what *key* is their name, and what their order is called."""

    def how(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
        befores, afters = _named(old, key), _named(new, key)
        matched = _matched(befores, afters, lambda item: (item.name, item.content), lambda item: item.name)
        yield from _told_by_name(spot, key, befores, afters, matched)
        yield from _order(spot.about(order), befores, afters, matched)

    return how


def _calendars(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    assert isinstance(old, Mapping) and isinstance(new, Mapping)  # noqa: PT018, S101 -- by the type of the field
    befores, afters = ([_Item(name, one[name], canonical(one[name])) for name in sorted(one)] for one in (old, new))
    matched = _matched(befores, afters, lambda item: item.name)
    yield from _told_by_name(spot, "name", befores, afters, matched)


def _matched(old: Sequence[_Item], new: Sequence[_Item], *keys: Callable[[_Item], object]) -> dict[int, int]:
    """Return which of *old* is which of *new*, as indexes: by the first key, and of what is left by the next."""
    found: dict[int, int] = {}
    for key in keys:
        places: dict[object, list[int]] = {}
        taken = set(found.values())
        for index, item in enumerate(new):
            if index not in taken:
                places.setdefault(key(item), []).append(index)
        for index, item in enumerate(old):
            if index not in found and places.get(key(item)):
                found[index] = places[key(item)].pop(0)
    return dict(sorted(found.items()))


def _told_by_name(
    spot: _Spot, key: str, old: Sequence[_Item], new: Sequence[_Item], matched: Mapping[int, int]
) -> Iterator[_Found]:
    """Yield what differs in what bears one name, what bears another and is the same, and what went and came."""
    for index, other in matched.items():
        where = [each for each in old[index].where if each in new[other].where]
        yield from _walked(spot.item(old[index].name, *where), old[index].value, new[other].value)
    gone, come = _rest(old, matched), _rest(new, matched.values())
    renamed = _matched(gone, come, lambda item: item.content)
    for index, other in renamed.items():
        before, after = gone[index], come[other]
        words = (before.name, after.name)
        yield _Found(spot.item(before.name).field(key), before.value, after.value, words=words)
    for item in _rest(gone, renamed):
        yield _Found(spot.item(item.name, *item.where), item.value, None)
    for item in _rest(come, renamed.values()):
        yield _Found(spot.item(item.name, *item.where), None, item.value)


def _rest(items: Sequence[_Item], matched: Collection[int]) -> list[_Item]:
    """Return the items that belong to none of the other list, by name: so the other way round gives the same."""
    left = [item for index, item in enumerate(items) if index not in matched]
    return sorted(left, key=lambda item: (item.name, item.where))


def _order(spot: _Spot, old: Sequence[_Item], new: Sequence[_Item], matched: Mapping[int, int]) -> Iterator[_Found]:
    """Yield that what is in both lists is in another order."""
    if list(matched.values()) != sorted(matched.values()):
        names = (
            [" ".join((item.name, *item.where)) for item in old],
            [" ".join((item.name, *item.where)) for item in new],
        )
        yield _Found(spot, old, new, words=(", ".join(names[0]), ", ".join(names[1])))


def _rows(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
    """Yield how transitions differ, row by row, by name and by where they lead from and to.

    Of rows that share a name and a source, the order means something.
    """
    befores, afters = _named(old, "name"), _named(new, "name")
    counts = (Counter(item.name for item in items) for items in (befores, afters))
    shared = sorted({name for count in counts for name in count if count[name] > 1})
    befores, afters = ([_row(item, shared) for item in items] for items in (befores, afters))
    matched = _matched(
        befores,
        afters,
        lambda item: (item.name, item.where, item.content),
        lambda item: (item.name, item.where),
        lambda item: (item.name, item.where[-1:]),
        lambda item: (item.name, item.where[:1]),
    )
    yield from _told_by_name(spot, "name", befores, afters, matched)
    mixed = [mine for name in shared if (mine := _of_name(name, befores, matched)) and _crosses(befores, mine)]
    for mine in mixed:
        name = befores[next(iter(mine))].name
        yield from _order(spot.item(name).about("precedence"), befores, afters, mine)
    if not mixed:
        yield from _order(spot.about("order"), befores, afters, matched)


def _row(item: _Item, shared: Collection[str]) -> _Item:
    row = item.value
    if item.name not in shared or not isinstance(row, Transition):
        return item
    return attrs.evolve(item, where=(f"from {', '.join(sorted(row.sources))}", f"to {row.target}"))


def _of_name(name: str, rows: Sequence[_Item], matched: Mapping[int, int]) -> dict[int, int]:
    return {index: other for index, other in matched.items() if rows[index].name == name}


def _crosses(rows: Sequence[_Item], matched: Mapping[int, int]) -> bool:
    """Return whether two rows that can be taken from one state have changed places."""
    crossing = [pair for pair in combinations(matched.items(), 2) if pair[0][1] > pair[1][1]]
    return any(_share(rows[one].value, rows[other].value) for (one, _), (other, _) in crossing)


def _share(one: object, other: object) -> bool:
    return isinstance(one, Transition) and isinstance(other, Transition) and bool(one.sources & other.sources)


def _numbered(key: str) -> _How:
    """Return how lists are compared whose items go by their number, and of which *key* tells what they are.

    What both begin with and what both end with belongs together; between, number by number.
    """

    def how(spot: _Spot, old: object, new: object) -> Iterator[_Found]:
        befores, afters = _items(old), _items(new)
        keys = [[canonical(getattr(each, key)) for each in items] for items in (befores, afters)]
        head = _alike(*keys)
        tail = _alike(*(each[head:][::-1] for each in keys))
        length = max(len(befores), len(afters))
        pairs = zip(_stretched(befores, tail, length), _stretched(afters, tail, length), strict=True)
        for number, (before, after) in enumerate(pairs):
            yield from _walked(spot.item(str(number)), before, after)

    return how


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many both begin with."""
    return next(
        (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )


def _stretched(values: tuple[object, ...], tail: int, length: int) -> tuple[object, ...]:
    """Return *values* with nothing put in before the last so many, until they are so long."""
    end = len(values) - tail
    return (*values[:end], *(None for _ in range(length - len(values))), *values[end:])


_How = Callable[[_Spot, object, object], Iterator[_Found]]

_HOW: Mapping[str, _How] = {
    "workflow.states": _by("name"),
    "workflow.transitions": _rows,
    "workflow.transitions.*.needs": _elements,
    "workflow.transitions.*.takes": _elements,
    "workflow.fields": _by("name"),
    "workflow.fields.*.choices": _choices,
    "workflow.openings": _by("target", "precedence"),
    "workflow.openings.*.needs": _elements,
    "workflow.openings.*.takes": _elements,
    "workflow.pipelines": _by("name"),
    "workflow.lists": _by("name"),
    "calendars": _calendars,
    "calendars.*.week": _week,
    "calendars.*.holidays": _dates,
    "calendars.*.public_holidays.names": _dates,
    "calendars.*.half_days": _dates,
    "calendars.*.overrides": _dates,
    "calendars.*.stretches": _elements,
    "automations": _by("id"),
    "automations.*.then": _whole,
    "automations.*.rungs": _numbered("then"),
    "automations.*.rungs.*.then": _whole,
    "clocks": _by("name"),
    "clocks.*.targets": _numbered("given"),
    "clocks.*.warn_at": _elements,
    "snoozing.choices": _by("name"),
    "templates": _by("name"),
}
"""How what is not compared field by field is, by its place."""


def _told_apart(before: object, after: object) -> tuple[str, str]:
    """Return two values in words that differ: as Python writes them, where their own words leave out what differs."""
    said = _words(before), _words(after)
    return said if said[0] != said[1] else (repr(before), repr(after))


def _words(value: object) -> str:
    """Return a value of the definition in words."""
    match value:
        case None | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case date():
            return value.isoformat()
        case timedelta():
            return _clock(value)
        case Yearly(month=month, day=day):
            return f"every {month:02}-{day:02}"
        case Shift(opens=opens, closes=closes):
            return f"{_clock(opens)}-{_clock(closes if closes <= DAY else closes - DAY)}"
        case frozenset():
            return ", ".join(sorted(map(_words, value)))
        case tuple():
            return "; ".join(map(_words, value))
        case Mapping():
            return _map_words(value)
        case _:
            return _own_words(value)


def _own_words(value: object) -> str:
    """Return what a value says of itself, or what is said in it, without its name and what is usual."""
    kind = type(value)
    if not attrs.has(kind) or kind.__str__ is not object.__str__:
        return str(value)
    fields = [field for field in attrs.fields(kind) if field.eq and field.name not in _UNSAID]
    said = [
        (field.name, getattr(value, field.name)) for field in fields if not _is_usual(field, getattr(value, field.name))
    ]
    named = (f"{name} {_week_words(held) if name == 'week' else _words(held)}" for name, held in said)
    return "; ".join(named) or "as usual"


_UNSAID = ("name", "id", "labels", "to_enable")


def _is_usual(field: attrs.Attribute[object], value: object) -> bool:
    return canonical(value) == canonical(field.default) or value in (None, (), frozenset(), {})


def _clock(at: timedelta) -> str:
    """Return a wall time as hours are written."""
    minutes, rest = divmod(at, timedelta(minutes=1))
    return str(at) if rest else f"{minutes // 60:02}:{minutes % 60:02}"


_SHOWN = 3


def _map_words(value: Mapping[object, object]) -> str:
    """Return a mapping in words; of dates, how many there are, and the first."""
    pairs = sorted((_words(key), _words(held)) for key, held in value.items())
    if not all(isinstance(key, date | Yearly) for key in value):
        return ", ".join(f"{key}: {held}" for key, held in pairs)
    first = ", ".join(f"{key} ({held})" for key, held in pairs[:_SHOWN])
    count = f"{len(pairs)} date{'s' if len(pairs) > 1 else ''}"
    return f"{count}: {first}" + (", …" if len(pairs) > _SHOWN else "")


def _week_words(week: object) -> str:
    """Return weekly hours as they are written, days of the same hours together."""
    days = zip(WEEKDAYS, map(_hours_words, _items(week)), strict=True)
    runs = [(hours, [day for day, _ in run]) for hours, run in groupby(days, key=lambda pair: pair[1]) if hours]
    return "; ".join(f"{'-'.join(dict.fromkeys((run[0], run[-1])))} {hours}" for hours, run in runs) or "shut"


def _hours_words(hours: object) -> str:
    return " ".join(map(_words, _items(hours)))
